#!/usr/bin/env python3
"""squab fetch from a Dovecot: 10,000 messages to the octet, and what must not
be lost when two fetch at once, or when either side is killed at it."""
import hashlib
import json
import os
import signal
import sys
import threading
import time
from collections import Counter

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.dirname(HERE)]
import corpus  # noqa: E402
import dovecot  # noqa: E402
import tap  # noqa: E402
from client import PASSWORD, Client, listing, octets, why, wire  # noqa: E402

MANY, FEW, SOME = 10000, 150, 2500


def digests(messages):
    return Counter(hashlib.sha256(m).digest() for m in messages)


def files(folder):
    for d, _, names in os.walk(folder):
        for name in names:
            with open(os.path.join(d, name), "rb") as f:
                yield f.read()


def stored(messages):
    """As they must lie in a Maildir."""
    return digests(wire(m).replace(b"\r\n", b"\n") for m in messages.values())


def same(folder, messages, name):
    got, want = digests(files(folder)), stored(messages)
    tap.ok(got == want, name, "%d files, %d messages; %d wrong or twice, %d "
           "missing" % (sum(got.values()), sum(want.values()),
                        sum((got - want).values()),
                        sum((want - got).values())))


class Box:
    """A user's mailbox on the server, and where it is fetched to."""

    def __init__(self, client, user, messages):
        self.client, self.user, self.messages = client, user, messages
        self.folder = client.server.path("to-" + user)
        client.server.deliver(user, messages)

    def arguments(self, *args, to=None, state=None):
        return ["--to", to or "maildir:" + self.folder, "--state",
                state or self.client.server.path("state-" + self.user),
                "--json", *args, self.client.url(self.user, True)]

    def start(self, *args, **more):
        return self.client.start("fetch", *self.arguments(*args, **more))

    def fetch(self, *args, **more):
        """The result, and the summary that it prints."""
        return self.sum(self.start(*args, **more))

    def sum(self, process):
        r = self.client.end(process)
        lines = r.stdout.splitlines()
        whole = lines and r.stdout.endswith(b"\n")
        return r, json.loads(lines[-1]) if whole else {}

    def left(self):
        p = self.client.poplib(self.user)
        n = p.stat()[0]
        p.quit()
        return n


def told(tap_name, r, summary, status, **want):
    got = {k: summary.get(k) for k in want}
    return tap.ok(r.returncode == status and got == want, tap_name,
                  "%s\n%s, not %s" % (why(r), got, want))


def test_many(client):
    box = Box(client, "alice", corpus.make(MANY, seed=1))
    r, summary = box.fetch("--limit", "4000")
    told("fetch 4,000 over TLS", r, summary, 0, new=4000, deleted=0)
    r, summary = box.fetch()
    told("and the rest", r, summary, 0, new=MANY - 4000)
    same(box.folder, box.messages, "10,000 messages, each to the octet")
    before = sorted(os.listdir(os.path.join(box.folder, "new")))
    r, summary = box.fetch()
    told("a second time nothing is new", r, summary, 0, new=0)
    tap.ok(sorted(os.listdir(os.path.join(box.folder, "new"))) == before and
           not os.listdir(os.path.join(box.folder, "tmp")),
           "nor changed, nor left in tmp")
    return box


def test_lists_of_many(box):
    p = box.client.poplib(box.user)
    want = listing(p)
    p.quit()
    r = box.client.run("list", "--json", box.client.url(box.user))
    rows = [json.loads(line) for line in r.stdout.splitlines()]
    tap.ok([(o["number"], o["size"], o["uidl"]) for o in rows] == want,
           "10,000 rows of LIST and UIDL", why(r))
    r = box.client.run("list", "--json", "--headers",
                       box.client.url(box.user))
    rows = [json.loads(line) for line in r.stdout.splitlines()]
    tap.ok([o["subject"] for o in rows] ==
           ["number %d" % n for n in range(1, MANY + 1)],
           "10,000 headers by TOP, in order", why(r))


def test_raw(client):
    """As poplib sees it; then deleted, and what comes later."""
    box = Box(client, "bob", corpus.make(FEW, seed=2))
    raw = client.server.path("raw")
    p = client.poplib(box.user)
    want = digests(octets(p, n) for n in range(1, FEW + 1))
    p.quit()
    tap.ok(want == digests(map(wire, box.messages.values())),
           "poplib sees the files as this test thinks it should")
    r, summary = box.fetch("--newest", to="raw:" + raw,
                           state=client.server.path("state-raw"))
    told("fetch to raw:", r, summary, 0, new=FEW)
    tap.ok(digests(files(raw)) == want, "the octets that poplib got")
    tap.ok(box.left() == FEW, "by default all stays on the server")
    r, summary = box.fetch("--limit", "100")
    told("a part of it", r, summary, 0, new=100, deleted=0)
    r, summary = box.fetch("--delete")
    told("--delete takes what was fetched before too", r, summary, 0,
         new=FEW - 100, deleted=FEW)
    tap.ok(box.left() == 0, "and the mailbox is empty")
    later = corpus.make(5, seed=3)
    client.server.deliver(box.user, later)
    box.messages = {**{"1" + k: v for k, v in box.messages.items()}, **later}
    r, summary = box.fetch("--delete")
    told("what comes later", r, summary, 0, new=5, deleted=5)
    same(box.folder, box.messages, "all of it, and once")


def test_two_at_once(client):
    box = Box(client, "carol", corpus.make(FEW, seed=4))
    runs = [box.start("--delete") for _ in range(2)]
    ends = [box.sum(run)[0] for run in runs]
    tap.ok(sorted(r.returncode for r in ends) in ([0, 0], [0, 75]),
           "of two at once one may be told to try later",
           "\n".join(map(why, ends)))
    r, _ = box.fetch("--delete")
    tap.ok(r.returncode == 0 and box.left() == 0, "the mailbox is empty",
           why(r))
    same(box.folder, box.messages, "nothing is lost, and nothing twice")


def stop_midway(box, name):
    """A fetch, stopped when it has published something but not all."""
    process = box.start("--delete")
    new = os.path.join(box.folder, "new")
    while process.poll() is None:
        if os.path.isdir(new) and os.listdir(new):
            process.send_signal(signal.SIGSTOP)
            break
        time.sleep(0.002)
    n = len(os.listdir(new))
    tap.ok(process.poll() is None and 0 < n < len(box.messages), name, n)
    return process


def test_server_killed(client):
    box = Box(client, "dave", corpus.make(SOME, seed=5))
    process = stop_midway(box, "Dovecot is killed in the middle")
    client.server.kill()
    process.send_signal(signal.SIGCONT)
    r, summary = box.sum(process)
    tap.ok(r.returncode in (69, 75) and summary.get("deleted") == 0 and
           r.stderr.count("\n") == 1, "which is told", why(r))
    client.server.start()
    tap.ok(box.left() == SOME, "nothing was deleted")
    r, summary = box.fetch("--delete")
    told("the next fetch takes the rest", r, summary, 0, deleted=SOME)
    tap.ok(0 < summary.get("new", 0) < SOME, "and only that", summary)
    same(box.folder, box.messages, "every message exactly once")
    tap.ok(box.left() == 0, "and the mailbox is empty")


def test_we_are_killed(client):
    box = Box(client, "erin", corpus.make(SOME, seed=6))
    process = stop_midway(box, "squab is killed in the middle")
    process.kill()
    client.end(process)
    tap.ok(box.left() == SOME, "nothing was deleted")
    r, summary = box.fetch("--delete")
    told("the next fetch takes the rest", r, summary, 0, deleted=SOME)
    same(box.folder, box.messages, "every message exactly once")
    tap.ok(box.left() == 0, "and the mailbox is empty")


def test_in_use(server):
    """A Dovecot that lets one session at a time to a mailbox."""
    box = Box(Client(server.start()), "frank", corpus.make(20, seed=7))
    p = box.client.poplib(box.user)
    r, _ = box.fetch("--delete")
    checks = [(r.returncode == 75 and "[IN-USE]" in r.stderr and
               r.stderr.count("\n") == 1, "in use: try again later", why(r))]
    p.quit()
    r, summary = box.fetch("--delete")
    checks.append((r.returncode == 0 and summary.get("deleted") == 20,
                   "and then it works", why(r)))
    return checks + [(digests(files(box.folder)) == stored(box.messages),
                      "with nothing lost")]


class Aside(threading.Thread):
    """Dovecot's wait for the lock is ten seconds: not spent idle."""

    def __init__(self):
        super().__init__()
        self.server = dovecot.Dovecot({"frank": PASSWORD}, lock=True)
        self.checks = [(False, "in use: the test has ended early")]

    def run(self):
        self.checks = test_in_use(self.server)


def main():
    missing = dovecot.why_not()
    if missing:
        print("1..0 # SKIP " + missing)
        return
    users = ("alice", "bob", "carol", "dave", "erin")
    server = dovecot.Dovecot({user: PASSWORD for user in users})
    client = Client(server.start())
    aside = Aside()
    aside.start()
    test_lists_of_many(test_many(client))
    test_raw(client)
    test_two_at_once(client)
    test_server_killed(client)
    test_we_are_killed(client)
    aside.join()
    for check in aside.checks:
        tap.ok(*check)
    if not all(tap.results):
        print("\n".join("# " + s for s in server.complaint().splitlines()))
    tap.done()


if __name__ == "__main__":
    main()
