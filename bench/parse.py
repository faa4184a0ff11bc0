#!/usr/bin/env python3
"""parse.py: how fast messages are taken apart.

Where the folder ../shared/bench is, which is not part of this repository:
build/bench/parse_all beside GMime on its corpora, in memory, taking turns. Both
print sums of what they saw, which must be equal. Then squab parse, from a
Maildir on disk to JSON. Written to bench/PARSE.md. Everywhere: the hostile
shapes of bench/hostile.c.
"""
import os
import re
import statistics
import subprocess
import sys
import time

from common import HARNESS, HERE, ROOT, WORK, machine, make_corpora

BUILD = os.path.join(ROOT, "build")
PARSE_ALL = os.path.join(BUILD, "bench", "parse_all")
ROUNDS = 5

# Corpus; must and aim, as ratios to GMime; MB/s of structure alone, must
ROWS = [("mixed", 6.5, 14, 4000), ("small", 12, 30, None),
        ("large", None, None, None)]

HEAD = """# Taking messages apart

All header fields decoded, every leaf transfer-decoded, text made UTF-8: in
memory, one core, MB/s of processor time, medians of %d rounds in turns with
GMime. The sums of what was seen (messages, fields, leaves, octets of content
and of text) are equal. Structure is parts and fields alone. Written by
`./dev bench parse`.

%s

| messages | GMime | squab | ratio | must / aim | | structure |
|---|---|---|---|---|---|---|
"""


def measure(*argv):
    """(MB/s, sums) as parse_all and the peers print them."""
    out = subprocess.run(argv, check=True, text=True,
                         stdout=subprocess.PIPE).stdout
    sums = re.search(r"\| (.*)", out)[1].split()
    sums = dict(zip(sums[::2], sums[1::2]))
    sums.pop("hbytes")      # GMime's values are not trimmed as ours are
    return float(out.split()[0]), sums


def gmime():
    """The peer's program, built once."""
    path = os.path.join(WORK, "bin", "gmime_parse")
    if not os.path.exists(path):
        flags = subprocess.run(["pkg-config", "--cflags", "--libs",
                                "gmime-3.0"], check=True, text=True,
                               stdout=subprocess.PIPE).stdout.split()
        os.makedirs(os.path.dirname(path), exist_ok=True)
        subprocess.run(["cc", "-O2", "-o", path, HARNESS +
                        "/peers/gmime_parse.c"] + flags, check=True)
    return path


def verdict(ratio, must, aim):
    if must is None:
        return ""
    return "reaches its aim" if ratio >= aim else "passes" \
        if ratio >= must else "**too slow**"


def row(name, must, aim, peer):
    folder = os.path.join(WORK, "corpus", name, "eml")
    theirs, ours = [], []
    for _ in range(ROUNDS):
        rate, their_sums = measure(peer, folder, "3")
        theirs.append(rate)
        rate, our_sums = measure(PARSE_ALL, folder, "9")
        ours.append(rate)
    if our_sums != their_sums:
        sys.exit("bench: %s: GMime saw %s, squab %s" % (
            name, their_sums, our_sums))
    structure, _ = measure(PARSE_ALL, folder, "9", "--structure")
    a, b = statistics.median(theirs), statistics.median(ours)
    return "| %s | %.0f | %.0f | **%.1f** | %s | %s | %.0f |" % (
        name, a, b, b / a, "%g / %g" % (must, aim) if must else "",
        verdict(b / a, must, aim), structure)


def program():
    """squab parse of a Maildir of 2,000 mixed messages."""
    maildir = os.path.join(WORK, "corpus", "mixed", "Maildir")
    octets = sum(os.path.getsize(os.path.join(d, f))
                 for d, _, files in os.walk(maildir) for f in files)
    lines = ["", "`squab parse` of a Maildir of 2,000 mixed messages "
             "(%.0f MB) to JSON, the files in the page cache:" % (
                 octets / 1e6), "",
             "| options | seconds | MB/s | CPU seconds | peak MB |",
             "|---|---|---|---|---|"]
    for options in (["--jobs", "1"], [], ["--bodies", "none"],
                    ["--bodies", "all", "--digest"]):
        found = []
        for _ in range(ROUNDS):
            start = time.monotonic()
            p = subprocess.Popen(
                ["/usr/bin/time", "-f", "%U %S %M", BUILD + "/squab",
                 "parse", maildir] + options, stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE, text=True)
            user, system, peak = p.communicate()[1].split()
            found.append((time.monotonic() - start,
                          float(user) + float(system), int(peak)))
            if p.returncode:
                sys.exit("bench: squab parse: exit %d" % p.returncode)
        wall, cpu, peak = sorted(found)[ROUNDS // 2]
        lines.append("| %s | %.2f | %.0f | %.2f | %.1f |" % (
            " ".join(options) or "(none: all processors)", wall,
            octets / 1e6 / wall, cpu, peak / 1024))
    return "\n".join(lines) + "\n"


def hostile():
    p = subprocess.run([BUILD + "/bench/hostile"], text=True,
                       stdout=subprocess.PIPE)
    print(p.stdout)
    return p


def main():
    subprocess.run(["ninja", "-C", BUILD, "bench/parse_all", "bench/hostile"],
                   check=True, stdout=subprocess.DEVNULL)
    table = ""
    if os.path.isdir(HARNESS):
        make_corpora()
        peer = gmime()
        table = HEAD % (ROUNDS, machine()) + "".join(
            row(name, must, aim, peer) + "\n" for name, must, aim, _ in ROWS)
        table += program()
        print(table)
    shapes = hostile()
    if table:
        with open(os.path.join(HERE, "PARSE.md"), "w",
                  encoding="utf-8") as f:
            f.write(table + "\n## Messages made to be slow\n\nEach shape at n "
                    "and at 2n octets, everything in it asked for:\nprocessor "
                    "time and what twice as much costs, which must be at most "
                    "2.2.\n\n```\n" + shapes.stdout + "```\n")
    sys.exit(shapes.returncode)


main()
