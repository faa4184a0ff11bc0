#!/usr/bin/env python3
"""loops.py: many mailboxes on one thread; see loops.c.

Opens N sessions of the library against `squab serve`, in clear and under TLS,
and says what one holds in memory while it idles, and what CPU it takes to ask
for its list and to look into it from connect to QUIT, beside a program that
moves the same octets over bare epoll. Writes bench/LOOPS.md.
"""
import os
import re
import resource
import statistics
import subprocess
import sys
import tempfile

from common import HERE, ROOT, machine

SQUAB = os.path.join(ROOT, "build", "squab")
LOOPS = os.path.join(ROOT, "build", "bench", "loops")
N = 10000
ROUNDS, POLLS = 5, 5000
RUNS = 3
MUST_PLAIN, MUST_TLS, MUST_CPU = 16, 64, 1.5


class Serve:
    """squab serve over an empty mailbox."""

    def __enter__(self):
        self.tmp = tempfile.TemporaryDirectory()
        box, self.ca = self.tmp.name + "/box", self.tmp.name + "/ca.pem"
        for folder in ("cur", "new", "tmp"):
            os.makedirs(os.path.join(box, folder))
        self.server = subprocess.Popen(
            [SQUAB, "serve", box, "--pop3", "0", "--pop3s", "0", "--quiet",
             "--write-ca", self.ca], stdout=subprocess.PIPE, text=True)
        self.urls = {}
        for line in self.server.stdout:
            m = re.match(r"(pop3s?)\s+\S*?:(\d+)\s*$", line)
            if m:
                self.urls[m[1]] = "%s://test@127.0.0.1:%s" % (m[1], m[2])
            if len(self.urls) == 2:
                return self
        sys.exit("bench: squab serve does not say where it is")

    def __exit__(self, *why):
        self.server.terminate()
        self.server.wait()
        self.tmp.cleanup()


def measure(n, client, scheme, polls):
    """A server of its own, so that none inherits another's leavings."""
    with Serve() as s:
        argv = [LOOPS, client, s.urls[scheme], str(n), str(ROUNDS), str(polls)]
        out = subprocess.run(argv + ([s.ca] if scheme == "pop3s" else []),
                             check=True, text=True, timeout=300,
                             stdout=subprocess.PIPE).stdout
    return {k: float(v) for k, v in re.findall(r"(\w+) ([\d.]+)", out)}


def medians(n):
    kinds = {"bare epoll": ("bare", "pop3", POLLS),
             "libsquab": ("squab", "pop3", POLLS),
             "libsquab, TLS": ("squab", "pop3s", POLLS // 10)}
    runs = {name: [] for name in kinds}
    for _ in range(RUNS):			# they take turns
        for name, kind in kinds.items():
            runs[name].append(measure(n, *kind))
    return {name: {k: statistics.median(r[k] for r in found)
                   for k in found[0]} for name, found in runs.items()}


def most():
    """A process has N connections, and a few descriptors more."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < 2 * N:
        print("bench: %d connections, not %d: ulimit -Hn is %d"
              % (hard // 2, N, hard), file=sys.stderr)
        return hard // 2
    return N


HEAD = """# Many mailboxes on one thread

%d connections in one process, over `squab serve` with an empty mailbox;
medians of %d runs that take turns. Memory is what a connection holds that idles after
its log-in. CPU is user + system of the client: of LIST and UIDL on a
connection that is there, and of a whole look into a mailbox: connect, log in,
list, QUIT. Bare epoll says and counts the same octets and does nothing else.
Must: %d KiB plain, %d KiB TLS, %.1f times bare epoll for the whole look.
Written by `./dev bench loops`.

%s

| client | KiB resident | KiB allocated | CPU us a list | times | CPU us a look \
| times |
|---|---|---|---|---|---|---|
"""


def table(found):
    base, rows = found["bare epoll"], ""
    for name, f in found.items():
        rows += "| %s | %.1f | %.1f | %.1f | %.2f | %.1f | %.2f |\n" % (
            name, f["resident"], f["allocated"], f["list"],
            f["list"] / base["list"], f["poll"], f["poll"] / base["poll"])
    return rows


def main():
    n = most()
    found = medians(n)
    text = HEAD % (n, RUNS, MUST_PLAIN, MUST_TLS, MUST_CPU,
                   machine()) + table(found)
    with open(os.path.join(HERE, "LOOPS.md"), "w", encoding="utf-8") as f:
        f.write(text)
    print(text)
    print("loops: %d connections, %.1f KiB plain, %.1f KiB TLS, %.2f times "
          "bare epoll" % (n, found["libsquab"]["resident"],
                          found["libsquab, TLS"]["resident"],
                          found["libsquab"]["poll"]
                          / found["bare epoll"]["poll"]))


main()
