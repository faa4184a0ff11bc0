#!/usr/bin/env python3
"""Every call that changes the world fails, or is the last that squab makes,
while a mail is queued and while it is sent: it is there, or it was sent, and
never twice."""
import os
import re
import sys

TESTS = os.path.join(os.environ["SRCDIR"], "tests")
sys.path[:0] = [TESTS, os.path.join(TESTS, "cli")]
import tap  # noqa: E402
from fake_smtp import Server  # noqa: E402
from spool import NOTE, Spool  # noqa: E402

FAULT = os.environ.get("FAULT", "")


def calls(spool, kinds, *args, text=None):
    """How many of each kind a run of squab makes."""
    path = spool.dir.name + "/count"
    spool.squab(*args, text=text, env={"LD_PRELOAD": FAULT,
                                       "FAULT_COUNT": path})
    with open(path) as f:
        found = dict(re.findall(r"(\w+):(\d+)", f.read()))
    os.unlink(path)
    return {k: int(found.get(k, 0)) for k in kinds}


def faults(counts, what):
    for kind, n in counts.items():
        for k in range(1, n + 1):
            for do in what:
                yield {"LD_PRELOAD": FAULT, "FAULT_AT": "%s:%d" % (kind, k),
                       "FAULT_DO": do}


KINDS = ("open", "write", "sync", "rename", "unlink", "mkdir", "lock")


def test_faults_adding():
    """Whatever fails, or kills it: exit 0 and one entry, or none."""
    args = ("sendmail", "--queue", "--account", "smtp://[::1]:1", "-f",
            "a@x", "b@y")
    wrong, n = [], 0
    with Spool() as spool:
        spool.squab("queue", "list")
        counts = calls(spool, KINDS, *args, text=NOTE)
        tap.ok(counts["sync"] >= 4 and counts["rename"] == 1,
               "the calls of keeping a mail are seen", counts)
        for env in faults(counts, ("kill", "28", "5")):
            before = spool.ids()
            p = spool.squab(*args, text=NOTE, env=env)
            spool.squab("queue", "list")
            new = set(spool.ids()) - set(before)
            states = spool.states()
            good = len(new) == 1 if p.returncode == 0 else \
                len(new) == 0 or (p.returncode == -9 and len(new) == 1)
            n += 1
            if not good or not set(before) <= set(spool.ids()) or \
                    os.listdir(spool.dir.name + "/queue/tmp") or \
                    len(spool.ids()) > 0 and "b@y" not in states:
                wrong.append((env, p.returncode, new, p.said))
    tap.ok(n > 30 and not wrong, "%d faults while a mail is kept" % n,
           wrong[:3])


def test_faults_sending():
    """Whatever fails, or kills it: the mail is sent once, or still there."""
    wrong, n = [], 0
    with Server() as server, Spool() as spool:
        spool.add(server.url, "ann@y")
        counts = calls(spool, KINDS + ("send", "recv"), "queue", "run",
                       "--all")
        tap.ok(counts["sync"] >= 3 and len(server.mails) == 1,
               "the calls of sending it are seen", counts)
        for env in faults(counts, ("kill", "5", "28+")):
            server.mails.clear()
            spool.add(server.url, "ann@y")
            p = spool.run("--all", env=env)
            there = spool.states()
            q = spool.run("--all")
            after = spool.states()
            n += 1
            if len(server.mails) > 1 or \
                    (not server.mails and not after) or \
                    (after and after["ann@y"][0] not in
                     ("unknown", "waiting")):
                wrong.append((env, p.returncode, len(server.mails), there,
                              after, p.said, q.said))
            spool.squab("queue", "drop", "--all")
    tap.ok(n > 20 and not wrong, "%d faults while it is sent" % n, wrong[:3])


def has_shim():
    """Not where there is a sanitizer: it wants to be first."""
    if not os.path.exists(FAULT):
        return False
    with Spool() as spool:
        return spool.squab("queue", "list",
                           env={"LD_PRELOAD": FAULT}).returncode == 0


if has_shim():
    test_faults_adding()
    test_faults_sending()
else:
    tap.skip("faults", "there is no shim for this build")
tap.done()
