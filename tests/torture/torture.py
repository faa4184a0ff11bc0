#!/usr/bin/env python3
"""squab fetch, killed and failed at every call that changes the world, with
its line cut after every octet, with the disk full, with the power gone: see
./dev torture. $SQUAB is the program, $FAULT the shim that is preloaded.

    torture.py [all | DEST...]
    torture.py --case CASE...       as they are printed; see case.py
"""
import os
import shutil
import signal
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(os.path.dirname(HERE), "server")]
import real  # noqa: E402
import sweep  # noqa: E402
from case import Bench, Case, Result, can_mount, room  # noqa: E402
from places import ALL  # noqa: E402


def say(name, result, start):
    print("torture: %s: %s (%.0f s)" % (name, result, time.time() - start))
    for line in result.said[:10]:
        print("  " + line)
    sys.stdout.flush()


def one_place(name, root, seed):
    """All sweeps of a destination, each with its line."""
    total, start = Result(), time.time()
    bench = Bench(root=root)
    if not sweep.takes(bench, ALL[name]):
        print("torture: %s: this squab does not know it" % name)
        return total
    for what, cases in sweep.everything(bench, name, seed):
        begun = time.time()
        result = sweep.run(cases, root)
        say("%s, %s" % (name, what), result, begun)
        total.add(result)
    say(name, total, start)
    return total


def torture(names):
    root = tempfile.mkdtemp(prefix="squab-torture-", dir=room())
    # A build meanwhile does not change what is tortured.
    os.environ["SQUAB"] = shutil.copy2(os.environ["SQUAB"], root)
    seed = os.environ.get("SEED", str(time.time_ns() % 100000))
    print("torture: SEED=%s; a full disk is %s" % (
        seed, "a small tmpfs" if can_mount() else "a limit of file sizes"))
    total, start = Result(), time.time()
    try:
        for name in names:
            total.add(one_place(name, root, seed))
        for server in real.servers(root):
            begun = time.time()
            result = real.run(server, names, root, int(seed))
            say("from " + server, result, begun)
            total.add(result)
    finally:
        shutil.rmtree(root, ignore_errors=True)
    say("sum", total, start)
    return total


def single(texts):
    total = Result()
    bench = Bench()
    try:
        for text in texts:
            total.add(Case(bench, text).run())
    finally:
        bench.close()
    say("cases", total, time.time())
    return total


def main():
    args = sys.argv[1:]
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    if args[:1] == ["--case"]:
        total = single(args[1:])
    else:
        names = list(ALL) if args in ([], ["all"]) else args
        wrong = [n for n in names if n not in ALL]
        if wrong:
            sys.exit("torture: %s: there are %s" % (
                " ".join(wrong), " ".join(ALL)))
        total = torture(names)
    return 1 if total.bad() else 0


if __name__ == "__main__":
    sys.exit(main())
