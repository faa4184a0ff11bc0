#!/usr/bin/env python3
"""squab queue: what waits is sent, once, whoever is killed and whatever a
server says."""
import json
import os
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.environ["SRCDIR"], "tests"))
import tap  # noqa: E402
from fake_smtp import Server  # noqa: E402
from spool import SQUAB, Spool  # noqa: E402

DAY = 86400


def test_run():
    with Server() as server, Spool() as spool:
        p = spool.run()
        tap.ok(p.returncode == 0 and p.out == p.said == "",
               "an empty queue", p)
        for i in range(5):
            spool.add(server.url, "u%d@y" % i, "v@y")
        p = spool.run()
        tap.ok(p.returncode == 75 and server.mails == [] and
               len(spool.ids()) == 5, "what is not due waits: exit 75", p)
        p = spool.run("--all")
        tap.ok(p.returncode == 0 and spool.ids() == [] and
               server.connections == 1 and p.out.count("  sent") == 10,
               "all are sent over one connection", p)
        tap.ok([m.to for m in server.mails] ==
               [["u%d@y" % i, "v@y"] for i in range(5)] and
               all(m.message.endswith(b"\r\n\r\nHello.\r\n") and
                   m.sender == "a@x" for m in server.mails),
               "in order, each whole", server.mails)
        entry = spool.add(server.url, "u@y")
        other = spool.add(server.url, "w@y")
        p = spool.run("--quiet", entry)
        tap.ok(p.returncode == 75 and p.out == "" and spool.ids() == [other]
               and server.mails[-1].to == ["u@y"], "one by its name", p)


def test_fates():
    with Server() as server, Spool() as spool:
        entry = spool.add(server.url, "ann@y", "later@y", "no@y", "odd@y")
        p = spool.run("--all")
        tap.ok(p.returncode == 69 and "no@y: refused: 550 5.1.1" in p.said
               and "\x1b" not in p.said and "ann@y  sent" in p.out and
               "later@y  waits" in p.out, "each is told of", p)
        got = spool.states()
        tap.ok({to: s[0] for to, s in got.items()} ==
               {"ann@y": "done", "later@y": "waiting", "no@y": "failed",
                "odd@y": "failed"} and got["later@y"][2] == 1,
               "and written down", got)
        server.replies.clear()
        p = spool.run("--all")
        tap.ok(p.returncode == 0 and server.mails[-1].to == ["later@y"],
               "only who waits gets it again", p)
        p = spool.run("--all")
        tap.ok(p.returncode == 0 and p.said == "" and
               spool.ids() == [entry], "what failed is told of once", p)
        p = spool.run("--resend", entry)
        tap.ok(p.returncode == 0 and spool.ids() == [] and
               server.mails[-1].to == ["no@y", "odd@y"], "--resend", p)


def test_unknown():
    with Server(lost=1) as server, Spool() as spool:
        entry = spool.add(server.url, "ann@y")
        spool.add(server.url, "bob@y")
        p = spool.run("--all")
        tap.ok(p.returncode == 69 and "may have been delivered" in p.said
               and {to: s[0] for to, s in spool.states().items()} ==
               {"ann@y": "unknown", "bob@y": "waiting"},
               "a lost answer, and a mail behind it that did not leave", p)
        spool.run("--all")
        tap.ok([m.to for m in server.mails] == [["ann@y"], ["bob@y"]] and
               spool.ids() == [entry], "the latter does now", server.mails)
        p = spool.run(entry)
        tap.ok(len(server.mails) == 2 and p.returncode in (0, 69),
               "it is not sent again", p)
        p = spool.run("--resend", "--all")
        tap.ok(p.returncode == 64, "--resend wants names", p)
        p = spool.run("--resend", entry)
        tap.ok(p.returncode == 0 and spool.ids() == [] and
               len(server.mails) == 3, "but by its name", p)


def test_schedule():
    """Each time later, for five days."""
    with Server() as server, Spool() as spool:
        entry = spool.add(server.url, "later@y")
        waits = []
        for _ in range(8):
            now = time.time()
            p = spool.run("--all")
            with open("%s/%s/envelope" % (spool.mail, entry)) as f:
                head = json.loads(f.readline())
            waits.append(round((head["nextTry"] - now) / 60))
        tap.ok(waits == [15, 30, 60, 120, 240, 240, 240, 240] and
               p.returncode == 75, "waits grow", waits)
        queued = head["queued"]
        spool.edit(entry, '"queued":%d' % queued,
                   '"queued":%d' % (queued - 5 * DAY - 60))
        p = spool.run("--all")
        tap.ok(p.returncode == 69 and spool.states()["later@y"][0] ==
               "failed" and "later@y: refused: 450" in p.said,
               "and after five days it has failed", p)
    with Spool() as spool:
        spool.add("smtp://127.0.0.1:1", "ann@y")
        p = spool.run("--all")
        tap.ok(p.returncode == 75 and spool.states()["ann@y"][2] == 1,
               "no server: a try, and it waits", p)
        spool.add("nobody", "bob@y")
        p = spool.run("--all")
        tap.ok(p.returncode == 75 and "no account" in p.said and
               spool.states()["bob@y"][2] == 0,
               "an account that is gone: no try, and it is told of", p)


def test_list_and_drop():
    with Spool() as spool:
        first = spool.add("smtp://u@h", "ann@y")
        second = spool.add("smtp://u@h", "bob@y")
        p = spool.squab("queue", "list")
        tap.ok(p.returncode == 0 and p.out.index(first) <
               p.out.index(second) and "a@x  by smtp://u@h" in p.out and
               "    waiting ann@y" in p.out, "list", p.out)
        with open("%s/%s/envelope" % (spool.mail, first), "w") as f:
            f.write("{")
        p = spool.squab("queue", "list")
        tap.ok(p.returncode == 0 and first + "  damaged: " in p.out and
               "bob@y" in p.out, "a damaged one is shown", p.out)
        p = spool.squab("queue", "list", "--json")
        tap.ok([json.loads(s)["id"] for s in p.out.splitlines()] ==
               [first, second], "as JSON too", p.out)
        p = spool.run("--all")
        tap.ok(p.returncode == 69 and "damaged" in p.said and
               first in spool.ids(), "run tells of it, and keeps it", p)
        p = spool.squab("queue", "drop", first, "0" * 15)
        tap.ok(p.returncode == 66 and spool.ids() == [second],
               "drop: one that is there, and one that is not", p)
        for name in ("0" * 15, "x/../y"):
            p = spool.run(name)
            tap.ok(p.returncode == 66 and name in p.said and
                   p.said.count("\n") == 1, "run of one that is not", p)
        for args in (("drop",), ("drop", "--all", second), ("what",), (),
                     ("list", second), ("run", "--json"),
                     ("run", "--all", second)):
            p = spool.squab("queue", *args)
            tap.ok(p.returncode == 64 and p.said.count("\n") == 1,
                   "queue %s: exit 64" % " ".join(args), p)
        p = spool.squab("queue", "drop", "--all")
        tap.ok(p.returncode == 0 and spool.ids() == [], "drop --all", p)


def test_two_runs():
    """Two at once: each mail is sent by one of them."""
    with Server() as server, Spool() as spool:
        names = ["u%d@y" % i for i in range(12)]
        for name in names:
            spool.add(server.url, name)
        runs = [subprocess.Popen([SQUAB, "queue", "run", "--all", "--state",
                                  spool.dir.name, "--tls", "off"],
                                 stdout=subprocess.DEVNULL,
                                 stderr=subprocess.PIPE) for _ in range(2)]
        said = [p.communicate(timeout=60)[1] for p in runs]
        sent = sorted(m.to[0] for m in server.mails)
        tap.ok(sent == sorted(names) and spool.ids() == [],
               "two runs send each mail once", [sent, said])


def test_send():
    """squab send --queue: letters and finished messages."""
    with Server() as server, Spool() as spool:
        letter = ("--from", "a@x", "--subject", "Grüße", "--text", "Schön")
        p = spool.squab("send", "--queue", server.url, *letter, "--to",
                        "later@y, no@y", "--to", "ann@y", "--dsn", "failure")
        states = spool.states()
        tap.ok(p.returncode == 69 and "kept in the queue" in p.said and
               list(states) == ["later@y"] and server.mails[0].to ==
               ["ann@y"], "a letter: who waits is kept", [p, states])
        server.replies.clear()
        p = spool.run("--all")
        first, second = server.mails
        tap.ok(p.returncode == 0 and second.to == ["later@y"] and
               second.notify == ["NOTIFY=FAILURE"] and
               b"Subject: =?" in second.message and
               b"Sch=C3=B6n" in second.message and
               second.message.split(b"Message-ID")[1].split()[1] ==
               first.message.split(b"Message-ID")[1].split()[1],
               "it is the same message that leaves later", second.message)
        names = []
        for i in range(3):
            names.append("%s/%d.eml" % (spool.dir.name, i))
            with open(names[-1], "wb") as f:
                f.write(b"From: a@x\r\nTo: u%d@y\r\nBcc: v@y\r\n\r\n"
                        b"\xc3\xa9 %d\r\n" % (i, i))
        p = spool.squab("send", "--queue", "smtp://127.0.0.1:1", *names)
        tap.ok(p.returncode == 0 and len(spool.ids()) == 3,
               "no server: all are kept", p)
        for entry in spool.ids():
            spool.edit(entry, "smtp://127.0.0.1:1", server.url)
        p = spool.run("--all")
        got = server.mails[2:]
        tap.ok(p.returncode == 0 and [m.to for m in got] ==
               [["u%d@y" % i, "v@y"] for i in range(3)] and
               all("BODY=8BITMIME" in m.parameters and b"Bcc" not in
                   m.message and b"\xc3\xa9" in m.message for m in got),
               "and leave as they are, without Bcc", got[0].message)
        p = spool.squab("send", "--queue", "--hold-for", "1h", server.url,
                        *letter, "--to", "ann@y")
        tap.ok(p.returncode == 64 and "--hold-for" in p.said,
               "what a queue would lose does not go with it", p)


test_run()
test_send()
test_fates()
test_unknown()
test_schedule()
test_list_and_drop()
test_two_runs()
tap.done()
