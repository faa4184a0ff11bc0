#!/usr/bin/env python3
"""bench.py [own | peers [ROW...]]: how fast build/squab fetches, and in how
much memory.

own     needs nothing but this repository: fetches from `squab serve`, one
        connection, to a Maildir on tmpfs. Absolute figures, which say
        something only beside others from the same machine.
peers   needs the folder ../shared/bench, which is not part of this
        repository: its corpora, in-memory server and floor, and mpop. Ratios
        from one run, written to bench/RESULTS.md. ROWs are numbers, from 1.

With no word: both where that folder is, else own.
"""
import os
import random
import re
import shutil
import statistics
import subprocess
import sys
import tempfile

from common import (HARNESS, HERE, ROOT, WORK, machine, make_corpora, run,
                    timed)

SQUAB = os.path.join(ROOT, "build", "squab")
TMPFS = "/dev/shm" if os.path.isdir("/dev/shm") else None
RUNS = 5

MBOX = "small, to one mbox"

# What is fetched; run.py's arguments; the floor; "cpu" or "wall"; must, aim.
ROWS = [
    ("small: 10,000 x 4 KB", "--set small", "minimal-files", "cpu", .50, .45),
    (MBOX, "--set small", "minimal", "cpu", .17, .11),
    ("mixed: 2,000, to 5 MB", "--set mixed", "minimal-files", "cpu", .40, .33),
    ("large: 20 x 25 MB", "--set large", "minimal-files", "cpu", .38, .30),
    ("small, TLS", "--set small --tls", "minimal-tls-readahead", "cpu",
     .50, .45),
    ("mixed, TLS", "--set mixed --tls", "minimal-tls-readahead", "cpu",
     .36, .28),
    ("large, TLS", "--set large --tls", "minimal-tls-readahead", "cpu",
     .36, .28),
    ("500 small, 50 ms round trip", "--set small --n 500 --rtt 50 --runs 3",
     "minimal-files", "wall", .42, .30),
    ("small, on a disk (fsync)", "--set small --runs 3 --out {disk}",
     "minimal-files", "wall", .20, .08),
]


def make_maildir(path, count, size):
    r = random.Random(1)
    words = ["".join(r.choices("aeiounrtlsdk", k=r.randint(2, 9)))
             for _ in range(2000)]
    for d in ("cur", "new", "tmp"):
        os.makedirs(os.path.join(path, d))
    for i in range(count):
        lines = []
        while sum(map(len, lines)) < size:
            lines.append(" ".join(r.choices(words, k=11)) + "\n")
        with open("%s/new/1700000000.M%06d.bench" % (path, i), "w",
                  encoding="ascii") as f:
            f.write("From: a@bench.example\nTo: b@bench.example\n"
                    "Subject: message %d\nMessage-ID: <%d@bench.example>\n"
                    "Date: Sun, 01 Jan 2023 00:00:00 +0000\n\n" % (i, i) +
                    "".join(lines))


def serve(maildir, ca):
    """The server's process, and where it listens: {"pop3": port, …}"""
    p = subprocess.Popen(
        [SQUAB, "serve", maildir, "--pop3", "0", "--pop3s", "0", "--quiet",
         "--write-ca", ca], stdout=subprocess.PIPE, text=True)
    ports = {}
    while len(ports) < 2:
        name, address = p.stdout.readline().split()
        ports[name] = address.rsplit(":", 1)[1]
    return p, ports


def write_secret(path, text):
    with open(path, "w", encoding="ascii") as f:
        os.chmod(path, 0o600)
        f.write(text + "\n")


def fetch_once(tmp, url, flags, count):
    out, state = os.path.join(tmp, "out"), os.path.join(tmp, "state")
    for d in (out, state):
        shutil.rmtree(d, ignore_errors=True)
    result = timed(tmp, [SQUAB, "fetch", url, "--password-file",
                    os.path.join(tmp, "password"), "--to", "maildir:" + out,
                    "--state", state] + flags)
    there = sum(len(os.listdir(os.path.join(out, d))) for d in ("new", "cur"))
    if there != count:
        sys.exit("bench: %d of %d messages came" % (there, count))
    return result


def own():
    print("From squab serve, one connection, to a Maildir; medians of %d.\n"
          % RUNS)
    print("%-22s %10s %12s %9s" % ("", "CPU us/msg", "messages/s", "peak MB"))
    for name, count, size in (("5,000 x 4 KB", 5000, 4000),
                              ("50 x 2 MB", 50, 2000000)):
        with tempfile.TemporaryDirectory(dir=TMPFS) as tmp:
            box, ca = os.path.join(tmp, "box"), os.path.join(tmp, "ca.pem")
            make_maildir(box, count, size)
            write_secret(os.path.join(tmp, "password"), "test")
            server, ports = serve(box, ca)
            try:
                for scheme, flags in (("pop3", ["--tls", "off"]),
                                      ("pop3s", ["--ca-file", ca])):
                    url = "%s://test@127.0.0.1:%s" % (scheme, ports[scheme])
                    runs = [fetch_once(tmp, url, flags, count)
                            for _ in range(RUNS)]
                    cpu, wall, kb = map(statistics.median, zip(*runs))
                    print("%-22s %10.1f %12.0f %9.1f" % (
                        name + (", TLS" if scheme == "pop3s" else ""),
                        cpu / count * 1e6, count / wall, kb / 1024))
            finally:
                server.terminate()
                server.wait()
    print()


def prepare(disk):
    """Corpora, certificates, server and floor, once."""
    os.makedirs(disk, exist_ok=True)
    write_secret(os.path.join(WORK, "password"), "pw")
    make_corpora()
    run("sh", HARNESS + "/mkcerts.sh", WORK + "/tls")
    if not os.path.exists(os.path.join(WORK, "bin", "popmin")):
        subprocess.run(["sh", HARNESS + "/build.sh", WORK],
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def row(args, floor, disk, to):
    """What run.py measured: {client: {"cpu", "wall", "rss"}}"""
    args = args.format(disk=disk).split()
    ports = str(20000 + os.getpid() % 5000 * 2)
    tls = "--ca-file {ca}" if "--tls" in args else "--tls off"
    squab = ("squab=%s fetch pop3{s}://{user}@{host}:{port} --password-file "
             "%s/password --to %s --state {out}/.state %s"
             % (SQUAB, WORK, to, tls))
    p = subprocess.run(
        [sys.executable, HARNESS + "/run.py", WORK, "fetch"] + args +
        ["--port-base", ports, "--only", "mpop-maildir," + floor,
         "--base", "mpop-maildir", "--with", squab], text=True, stdout=subprocess.PIPE)
    print(p.stdout)
    found = {}
    for m in re.finditer(r"^(\S+) +([\d.]+) +[\d.]+ +[\d.]+ +([\d.]+) +"
                         r"([\d.]+) .*$", p.stdout, re.M):
        found[m[1]] = {"cpu": float(m[2]), "wall": float(m[3]),
                       "rss": float(m[4]), "bad": "SHORT" in m[0]}
    return found


def line(number, spec, found):
    name, _, floor, unit, must, aim = spec
    if not {"squab", "mpop-maildir", floor} <= set(found):
        return "| %d | %s | - | - | not measured | | | |" % (number, name)
    mine, mpop = found["squab"], found["mpop-maildir"]
    ratio = mine[unit] / mpop[unit]
    verdict = ("failed" if mine["bad"] else "reaches its aim" if ratio <= aim
               else "passes" if ratio <= must else "**too slow**")
    return "| %d | %s | %s | %.2f s | %.2f | **%.2f** | %.2f / %.2f | %s | " \
        "%.1f |" % (number, name, unit, mpop[unit],
                    found[floor][unit] / mpop[unit], ratio, must, aim,
                    verdict, mine["rss"])


HEAD = """# Results

`squab fetch --to maildir:`, and once `--to mbox:`, beside mpop to a Maildir and
a floor that is no client: it sends all requests at once and writes what comes,
to a file a message or, beside an mbox and under TLS, to one. Ratios to mpop
in one run, clients taking turns, medians; less is better. cpu is user + system
of the whole process, wall is elapsed. Output goes to tmpfs, where fsync is
free, but for the row that names a disk. Written by `./dev bench peers`.

%s

| | messages | unit | mpop | floor | squab | must / aim | | peak MB |
|---|---|---|---|---|---|---|---|---|
"""


def peers(numbers):
    if not os.path.isdir(HARNESS):
        sys.exit("bench: ../shared/bench is not there; ./dev bench own works "
                 "without it")
    disk = os.path.join(WORK, "disk")
    prepare(disk)
    lines = []
    for number, spec in enumerate(ROWS, 1):
        if not numbers or str(number) in numbers:
            to = "mbox:{out}/mbox" if spec[0] == MBOX else "maildir:{out}/m"
            lines.append(line(number, spec, row(spec[1], spec[2], disk, to)))
    table = HEAD % machine() + "\n".join(lines) + "\n"
    print(table)
    path = os.path.join(HERE, "RESULTS.md")
    if numbers:
        print("bench: not all rows: RESULTS.md is left as it is")
        return
    notes = ""
    if os.path.exists(path):
        with open(path, encoding="utf-8") as f:
            notes = "".join(re.split(r"(?m)^(?=## )", f.read(), 1)[1:])
    with open(path, "w", encoding="utf-8") as f:
        f.write(table + ("\n" + notes if notes else ""))


def main():
    what = sys.argv[1] if len(sys.argv) > 1 else ""
    if what not in ("", "own", "peers"):
        sys.exit(__doc__)
    os.makedirs(WORK, exist_ok=True)
    if what != "peers":
        own()
    if what == "peers" or (not what and os.path.isdir(HARNESS)):
        peers(sys.argv[2:])


main()
