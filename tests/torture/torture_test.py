#!/usr/bin/env python3
"""A sample of the torture, and proof that it can find something: fetches that
are broken on purpose, and disks and libraries that lie. ./dev torture does
all of it."""
import os
import shutil
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.dirname(HERE)]
import real  # noqa: E402
import sweep  # noqa: E402
import tap  # noqa: E402
from case import Bench, room  # noqa: E402
from places import ALL  # noqa: E402

# Of each sweep so many, of all destinations; another part of them every day.
SAMPLE = {"faults": 180, "cuts": 120, "groups": 16, "races": 12, "full": 24,
          "chains": 50, "power": 120}
OFFSET = int(os.environ.get("OFFSET", time.time() // 86400))


def good(result, name):
    c = result.counts
    n = c["kills"] + c["errors"] + c["cuts"] + c["races"] + c["powers"]
    tap.ok(n > 0 and not result.bad(), name, "\n".join(result.said[:20]) or
           "nothing was tried")
    print("# torture: %s: %s" % (name, result))


def test_places(root, offset):
    bench = Bench(root=root)
    known = [name for name, place in ALL.items() if sweep.takes(bench, place)]
    for name in known:
        cases = []
        for what, more in sweep.everything(bench, name, offset):
            cases += sweep.sample(more, SAMPLE[what] // len(known), offset)
        if ALL[name].synced:
            cases.append(name + "/delete/0/power@order:0")
        good(sweep.run(cases, root), name)


def test_servers(root, offset):
    for server in real.servers(root):
        good(real.run(server, ["maildir"], root, offset, 8),
             "from " + server)


def bad_disk(root):
    """What such a disk holds when the power fails at the end of a run."""
    kind = "maildir/delete/0/power@"
    end = len(Bench(root=root, lie="sync").log_of(kind))
    return [kind + "order:0"] + [
        kind + "durable:%d" % n for n in range(end, end - 60, -6)]


# (what is wrong, how, cases, what must be found)
BROKEN = [
    ("a fetch that deletes first", {"fault": "early"},
     ["maildir/delete/0/", "maildir/delete/0/kill@rename:4"],
     ("early", "lost")),
    ("a fetch that forgets", {"fault": "twice"},
     ["maildir/keep/0/kill@rename:4"], ("duplicates",)),
    ("a fetch that writes where all can see", {"fault": "half"},
     ["maildir/delete/0/torn@write:9"], ("half",)),
    ("a fetch that hides its failure", {"fault": "proud"},
     ["maildir/delete/0/out@3000"], ("other",)),
    ("a disk that does not sync", {"lie": "sync"}, bad_disk,
     ("lost", "early")),
    ("a disk that does not write", {"lie": "data"}, ["maildir/delete/0/"],
     ("lost", "early", "half")),
]


def test_self(root):
    for name, how, cases, want in BROKEN:
        program = how.get("fault") and [
            sys.executable, HERE + "/broken.py", how["fault"]]
        if callable(cases):
            cases = cases(root)
        r = sweep.run(cases, root, None, how.get("lie"), program)
        tap.ok(all(r.counts[w] for w in want), name + " is found out",
               "%s\n%s" % (r, "\n".join(r.said[:5])))


def main():
    if not os.path.exists(os.environ.get("FAULT", "")):
        print("1..0 # SKIP the shim is for Linux and glibc")
        return
    root = tempfile.mkdtemp(prefix="squab-torture-", dir=room())
    print("# OFFSET=%d" % OFFSET)
    try:
        test_self(root)
        test_places(root, OFFSET)
        test_servers(root, OFFSET)
    finally:
        shutil.rmtree(root, ignore_errors=True)
    tap.done()


if __name__ == "__main__":
    main()
