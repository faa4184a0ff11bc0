"""TAP for the tests written in Python: say ok() for each, done() at the end."""
import sys

results = []


def ok(good, name, why=""):
    results.append(bool(good))
    print("%s %d - %s" % ("ok" if good else "not ok", len(results), name))
    for line in str(why).splitlines() if not good else []:
        print("# " + line)
    sys.stdout.flush()
    return good


def skip(name, why):
    results.append(True)
    print("ok %d - %s # SKIP %s" % (len(results), name, why))


def done():
    print("1..%d" % len(results))
    sys.exit(0 if all(results) and results else 1)
