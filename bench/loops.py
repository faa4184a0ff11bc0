#!/usr/bin/env python3
"""loops.py: many mailboxes on one thread; see loops.c.

Opens N sessions of the library against `squab serve`, in clear and under TLS,
and says what one holds in memory while it idles, and what CPU it takes to ask
for its list and to look into it from connect to QUIT, beside a program that
moves the same octets over bare epoll. Then the same of squab fetch and squab
watch with N accounts. Writes bench/LOOPS.md.
"""
import os
import re
import resource
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time

from common import HERE, ROOT, machine

SQUAB = os.path.join(ROOT, "build", "squab")
LOOPS = os.path.join(ROOT, "build", "bench", "loops")
N = 10000
ROUNDS, POLLS = 5, 5000
RUNS = 3
JOBS, MOST_JOBS = 64, 1024
PATIENCE = 120                  # s, for what must come
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


# --- the program

class Accounts:
    """n accounts of one server in a config, and a ledger for them."""

    def __init__(self, n, url, ca):
        self.n, self.url, self.ca = n, url, ca

    def __enter__(self):
        self.tmp = tempfile.TemporaryDirectory()
        config = self.tmp.name + "/config"
        scheme, _, host = self.url.partition("://test@")
        with open(config, "w", encoding="ascii") as f:
            f.write("ca-file = %s\n" % self.ca if scheme == "pop3s"
                    else "tls = off\n")
            for i in range(self.n):
                f.write("[account a%d]\nurl = %s://test+%d@%s\n" % (
                    i, scheme, i, host))
        self.flags = ["--all", "--config", config, "--state", self.tmp.name]
        return self

    def __exit__(self, *why):
        self.tmp.cleanup()

    def begin(self, command, jobs, *flags):
        return subprocess.Popen(
            [SQUAB, command, *self.flags, "--jobs", str(jobs),
             "--jobs-per-host", str(jobs), *flags],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            env=dict(os.environ, SQUAB_PASSWORD="test"))

    def fetch(self, jobs):
        return self.begin("fetch", jobs, "--to",
                          "maildir:%s/mail" % self.tmp.name)

    def n_seen(self):
        """Accounts of which the ledger knows."""
        try:
            with sqlite3.connect("file:%s/ledger.db?mode=ro" % self.tmp.name,
                                 uri=True) as db:
                return db.execute("SELECT count(*) FROM account"
                                  ).fetchone()[0]
        except sqlite3.OperationalError:
            return 0			# there is none yet


def until(true, what):
    for _ in range(PATIENCE * 20):
        if true():
            return
        time.sleep(0.05)
    sys.exit("bench: %s: it never came" % what)


def resident(process):
    with open("/proc/%d/statm" % process.pid, encoding="ascii") as f:
        return int(f.read().split()[1]) * resource.getpagesize()


def cpu(process):
    with open("/proc/%d/stat" % process.pid, encoding="ascii") as f:
        ticks = f.read().rpartition(")")[2].split()[11:13]
    return sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")


def stop(process):
    process.terminate()
    process.terminate()			# and wait for nobody
    process.wait()


def cpu_of_fetch(a):
    p = a.fetch(JOBS)
    _, status, usage = os.wait4(p.pid, 0)
    p.returncode = os.waitstatus_to_exitcode(status)
    if p.returncode != 0:
        sys.exit("bench: squab fetch: exit status %d" % p.returncode)
    return usage.ru_utime + usage.ru_stime


def waiting(jobs):
    """The memory of so many runs whose servers take them and say nothing."""
    with socket.create_server(("127.0.0.1", 0), backlog=2 * MOST_JOBS) as s:
        url = "pop3://test@127.0.0.1:%d" % s.getsockname()[1]
        with Accounts(MOST_JOBS, url, None) as a:
            p = a.fetch(jobs)
            until(lambda: len(os.listdir("/proc/%d/fd" % p.pid)) > 2 * jobs,
                  "squab fetch with %d jobs" % jobs)
            time.sleep(1)
            held = resident(p)
            stop(p)
    return held


def fetch_all(n, scheme):
    few, many, found = JOBS, MOST_JOBS, {}
    if scheme == "pop3":
        found["resident"] = (waiting(many) - waiting(few)) / (
            many - few) / 1024
    with Serve() as s:
        total = []
        for k in (JOBS, n):
            with Accounts(k, s.urls[scheme], s.ca) as a:
                cpu_of_fetch(a)		# makes locks and places
                total.append(cpu_of_fetch(a))
    found["poll"] = (total[1] - total[0]) / (n - JOBS) * 1e6
    return found


def watch_all(n, scheme):
    """After its first round, while it waits for the second."""
    held, used = [], []
    with Serve() as s:
        for k in (JOBS, n):
            with Accounts(k, s.urls[scheme], s.ca) as a:
                p = a.begin("watch", JOBS, "--interval", "1d")
                until(lambda: a.n_seen() == k, "squab watch")
                time.sleep(1)
                held.append(resident(p))
                used.append(cpu(p))
                stop(p)
    return {"resident": (held[1] - held[0]) / (n - JOBS) / 1024,
            "poll": (used[1] - used[0]) / (n - JOBS) * 1e6}


# --- all of it

def medians(n):
    kinds = {"bare epoll": (measure, "bare", "pop3", POLLS),
             "libsquab": (measure, "squab", "pop3", POLLS),
             "libsquab, TLS": (measure, "squab", "pop3s", POLLS // 10),
             "squab fetch --all": (fetch_all, "pop3"),
             "squab fetch --all, TLS": (fetch_all, "pop3s"),
             "squab watch --all": (watch_all, "pop3")}
    runs = {name: [] for name in kinds}
    for _ in range(RUNS):			# they take turns
        for name, (f, *kind) in kinds.items():
            runs[name].append(f(n, *kind))
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

The program has as many accounts, in one config. Besides what the library does
for it, a look of its locks the account, opens its places and asks the ledger.
Memory of `squab fetch` is what an account holds whose server is silent, of
`squab watch` what one holds that waits for its next look; its look is the
first, which makes a file to lock and is written down.

Written by `./dev bench loops`.

%s

| client | KiB resident | KiB allocated | CPU us a list | times | CPU us a look \
| times |
|---|---|---|---|---|---|---|
"""


def table(found):
    base, rows = found["bare epoll"], ""
    for name, f in found.items():
        cells = ["%.1f" % f[k] if k in f else "–"
                 for k in ("resident", "allocated", "list")]
        cells += ["%.2f" % (f["list"] / base["list"]) if "list" in f else "–",
                  "%.1f" % f["poll"], "%.2f" % (f["poll"] / base["poll"])]
        rows += "| %s | %s |\n" % (name, " | ".join(cells))
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
