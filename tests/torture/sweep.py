"""The sweeps of a torture: lists of cases, and two processes that run them."""
import concurrent.futures
import multiprocessing
import os
import random
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import power  # noqa: E402
from case import Bench, Case, Result  # noqa: E402
from places import ALL  # noqa: E402
from server import Server  # noqa: E402

DISK = ["ENOSPC", "EIO", "EDQUOT"]
NAMES = DISK + ["ENOMEM"]
# What may befall a call, beside the kill before it. That of a lock, or of
# what is no file, only ever fails in ways that mean another thing.
FAULTS = {
    "open": DISK + ["EMFILE", "ENOMEM", "EINTR", "EMFILE+"],
    "write": DISK + ["EINTR", "ENOMEM", "short", "torn", "ENOSPC+", "EIO+"],
    "sync": DISK + ["EIO+"],
    "rename": NAMES + ["EIO+"], "link": NAMES, "mkdir": NAMES,
    "unlink": ["EIO", "ENOMEM"],
    "truncate": DISK + ["EINTR"],
    "close": DISK + ["EINTR"],
    "connect": ["ENOMEM", "EINTR"], "socket": ["ENOMEM", "EMFILE"],
    "send": ["ENOMEM", "EINTR", "ECONNRESET", "short"],
    "recv": ["ENOMEM", "EINTR", "ECONNRESET", "short"],
    "lock": [], "pipe": [],
}
LARGE = 300000
GROUP = 17 << 20        # a message that ends a group, so that there are two
POLICIES = ("delete", "keep")


def faults(bench, kind):
    """Every fault at every call. kind: a case without steps."""
    calls, _, _ = Case(bench, kind).calls()
    for name, n in sorted(calls.items()):
        # How much is received at once differs from run to run.
        for at in range(1, n + 1 + 4 * (name == "recv")):
            for what in ["kill"] + FAULTS[name]:
                yield "%s%s@%s:%d" % (kind, what, name, at)


def groups(bench, kind):
    """Kills and errors where there are two groups; of the many writes only
    some."""
    calls, _, _ = Case(bench, kind).calls()
    for name, n in sorted(calls.items()):
        if name in ("recv", "pipe"):
            continue
        for at in range(1, n + 1):
            if name != "write" or n - at < 16 or at < 16 or at % 32 == 0:
                yield "%skill@%s:%d" % (kind, name, at)
                if "EIO" in FAULTS[name]:
                    yield "%sEIO@%s:%d" % (kind, name, at)


def cuts(bench, kind, fine=True):
    """The line cut after every octet of the server's and the client's; not
    fine: near the ends, and otherwise here and there."""
    _, out, into = Case(bench, kind).calls()
    for word, n in (("out", out), ("in", into)):
        for at in range(n + 1):
            if fine or at < 64 or n - at < 1500 or at % 1009 == 0:
                yield "%s%s@%d" % (kind, word, at)


def races(bench, kind):
    """Several at once, with and without a kill in the first."""
    calls, _, _ = Case(bench, kind).calls()
    yield kind + "100*"
    for _ in range(10):
        yield kind + "2*"
    for name, n in sorted(calls.items()):
        for at in range(1, n + 1, 3):
            yield "%s2*kill@%s:%d" % (kind, name, at)


def full(bench, kind):
    for pages in range(5, 160):
        yield "%sfull@%d" % (kind, pages * 4096)


def chains(bench, kind, seed, n):
    """One to five mishaps, one after the other."""
    rng = random.Random("%s %s" % (seed, kind))
    calls, out, into = Case(bench, kind).calls()
    places = [(name, at) for name, k in sorted(calls.items())
              for at in range(1, k + 1)]
    for _ in range(n):
        steps = []
        for _ in range(rng.randrange(1, 6)):
            name, at = rng.choice(places)
            steps.append(rng.choice([
                "kill@%s:%d" % (name, at), "kill@%s:%d" % (name, at),
                "%s@%s:%d" % (rng.choice(["kill"] + FAULTS[name]), name, at),
                "out@%d" % rng.randrange(out), "in@%d" % rng.randrange(into)]))
        yield kind + ",".join(steps)


def powers(bench, kind, n_random=16):
    if "/delete/" in kind:
        yield kind + "power@order:0"
    for variant, at in power.states(bench.log_of(kind), n_random):
        yield "%spower@%s:%d" % (kind, variant, at)


def takes(bench, place):
    """Does this squab know the destination?"""
    with tempfile.TemporaryDirectory() as tmp:
        return subprocess.run(
            bench.squab + ["fetch", "pop3://test@127.0.0.1:1", "--tls", "off",
                           "--to", place.to(tmp), "--state", tmp],
            capture_output=True, stdin=subprocess.DEVNULL,
            env={"SQUAB_PASSWORD": "test"}).returncode != 64


def everything(bench, name, seed):
    """(name of the sweep, its cases), for one destination."""
    for policy in POLICIES:
        small, large = ("%s/%s/%d/" % (name, policy, size)
                        for size in (0, LARGE))
        yield "faults", faults(bench, small)
        yield "faults", faults(bench, large)
        yield "cuts", cuts(bench, small)
        yield "cuts", cuts(bench, large, fine=False)
        yield "groups", groups(bench, "%s/%s/%d/" % (name, policy, GROUP))
        yield "races", races(bench, small)
        yield "full", full(bench, large)
        yield "chains", chains(bench, large, seed, 500)
        if ALL[name].synced:
            yield "power", powers(bench, small)


def sample(cases, n, offset):
    """About n of them, one by chance of each stretch of equal length; every
    offset gives another sample."""
    cases, rng = list(cases), random.Random(offset)
    step = max(1, len(cases) // max(1, n))
    return [rng.choice(cases[at:at + step])
            for at in range(0, len(cases), step)]


# Two processes, each with a bench of its own

BENCH = None


def begin(root, tls, lie, program):
    global BENCH
    BENCH = Bench(Server(tls) if tls else None, program, lie, root)


def one(text):
    r = Case(BENCH, text).run()
    return r.counts, r.said


def run(cases, root, tls=None, lie=None, program=None):
    """The Result of all; root: a directory for what they make."""
    total = Result()
    with concurrent.futures.ProcessPoolExecutor(
            min(2, os.cpu_count() or 1),
            multiprocessing.get_context("fork"), begin,
            (root, tls, lie, program)) as pool:
        try:
            for counts, said in pool.map(one, cases, chunksize=4):
                total.counts += counts
                total.said += said
        except BaseException:           # ended: not after all the others
            pool.shutdown(cancel_futures=True)
            raise
    return total
