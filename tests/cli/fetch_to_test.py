#!/usr/bin/env python3
"""squab fetch to one file, a database, a program, standard output: all of it
once, readable by others, and nothing torn by a run that was killed."""
import json
import mailbox
import os
import re
import signal
import sqlite3
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import post  # noqa: E402
from post import Fake, Server, maildir, message, run, test, wire  # noqa: E402

MAIL = [message(i, size) for i, size in
        enumerate((200, 5000, 300000, 150, 900))]
MAIL.append(b"Subject: lone\n\nFrom me\n>From you\n\nFromage\n>>From\n"
            b"no end\nFrom ")
HUGE = message(9, 3000000).replace(b"line of", b"From a line of")


def lf(m):
    return m if m.endswith(b"\n") else m + b"\n"


def unquoted(path):
    """The messages of an mbox, by Python's reader, mboxrd undone."""
    box = mailbox.mbox(path, create=False)
    out = [re.sub(rb"(?m)^>(>*From )", rb"\1", box.get_bytes(key))
           for key in sorted(box.keys())]
    box.close()
    return out


@test
def an_mbox_gives_back_what_was_fetched(tmp):
    to = tmp + "/a/box"
    mail = MAIL[:3] + [HUGE] + MAIL[3:]
    with Server(maildir(tmp, mail)) as s:
        args = ["fetch", s.url, *s.flags, "--to", "mbox:" + to]
        out, err = run(tmp, *args)
        assert out.startswith("7 new, 0 skipped, ") and err == "", out + err
        assert unquoted(to) == [lf(m) for m in mail]
        out, _ = run(tmp, *args)
        assert out.startswith("0 new"), out
    assert unquoted(to) == [lf(m) for m in mail]
    assert os.listdir(tmp + "/a") == ["box"]


@test
def a_lost_ledger_means_twice_and_no_less(tmp):
    with Server(maildir(tmp, MAIL)) as s:
        args = ["fetch", s.url, *s.flags, "--to", "mbox:" + tmp + "/box"]
        run(tmp, *args, "--state", tmp + "/one")
        run(tmp, *args, "--state", tmp + "/two")
    assert unquoted(tmp + "/box") == [lf(m) for m in MAIL] * 2


def refuse_rows(state, refuse):
    """Of a ledger that is there already."""
    db = sqlite3.connect(state + "/ledger.db")
    db.execute("CREATE TRIGGER full BEFORE INSERT ON message "
               "BEGIN SELECT RAISE(ABORT, 'full'); END" if refuse else
               "DROP TRIGGER full")
    db.commit()
    db.close()


@test
def what_the_ledger_refuses_is_found_whatever_came_between(tmp):
    between = [[], ["--skip", "Subject: *"], ["--max-size", "1K"],
               ["--limit", "1", "--newest"],
               ["--limit", "1", "--to", "mbox:" + tmp + "/else"]]
    for i, more in enumerate(between):
        with Fake(MAIL) as s:
            to, state = tmp + "/box%d" % i, tmp + "/state%d" % i
            args = ["fetch", s.url, *s.flags, "--state", state]
            here = ["--to", "mbox:" + to]
            run(tmp, *args, *here, "--max-size", "1")
            refuse_rows(state, True)
            _, err = run(tmp, *args, *here, "--delete", want=75)
            assert "cannot be written" in err and not s.deleted, err
            refuse_rows(state, False)
            run(tmp, *args, *([] if "--to" in more else here), *more)
            run(tmp, *args, *here)
        assert unquoted(to) == [lf(m) for m in MAIL], (more, len(
            unquoted(to)))


def kill_at(n, log, *args):
    """Runs squab under a tracer that kills it before the nth of the calls
    that matter. False: it has ended before that."""
    env = dict(os.environ, SQUAB_PASSWORD="test")
    p = subprocess.run(
        ["strace", "-f", "-qq", "-o", log, "-e",
         "inject=write,pwrite64,fsync,fdatasync,ftruncate,linkat,unlinkat:"
         "signal=KILL:when=%d" % n, post.SQUAB, *args],
        env=env, capture_output=True, timeout=post.WAIT)
    return p.returncode == -signal.SIGKILL


@test
def a_run_killed_anywhere_leaves_nothing_torn_and_nothing_twice(tmp):
    if subprocess.run(["which", "strace"], capture_output=True).returncode:
        return
    for kind, step in (("mbox", 1), ("json", 7), ("sqlite", 17)):
        with Fake(MAIL[:4]) as s:
            n, killed = 0, True
            while killed:
                n += step
                to = "%s/%s-%d" % (tmp, kind, n)
                args = ["fetch", s.url, *s.flags, "--state",
                        "%s/state-%s-%d" % (tmp, kind, n), "--to",
                        kind + ":" + to]
                killed = kill_at(n, tmp + "/log", *args)
                run(tmp, *args)
                if kind == "mbox":
                    got = unquoted(to)
                    assert got == [lf(m) for m in MAIL[:4]], (n, len(got))
                elif kind == "json":
                    with open(to, encoding="utf-8") as f:
                        got = [json.loads(line)["uidl"] for line in f]
                    assert got == ["u0", "u1", "u2", "u3"], (n, got)
                else:
                    db = sqlite3.connect(to)
                    got = [r[0] for r in db.execute(
                        "SELECT uidl FROM message ORDER BY id")]
                    db.close()
                    assert got == ["u0", "u1", "u2", "u3"], (n, got)
            assert n > 10, n


@test
def json_lines_in_a_file_and_on_standard_output(tmp):
    with Server(maildir(tmp, MAIL)) as s:
        args = ["fetch", s.url, *s.flags, "--to"]
        out, err = run(tmp, *args, "json:" + tmp + "/j")
        assert out.startswith("6 new") and err == "", out + err
        with open(tmp + "/j", encoding="utf-8") as f:
            rows = [json.loads(line) for line in f]
        assert [r["subject"] for r in rows] == [
            "message %d" % i for i in range(5)] + ["lone"]
        assert len({r["uidl"] for r in rows}) == 6
        assert {r["account"] for r in rows} == {"test@" + s.url.split("@")[1]}
        out, err = run(tmp, *args, "json:-", "--state", tmp + "/other")
        assert [json.loads(line) for line in out.splitlines()] == rows
        assert err.startswith("6 new, 0 skipped, "), err


@test
def standard_output_that_nobody_reads_is_an_error(tmp):
    with Fake(MAIL) as s:
        reader, writer = os.pipe()
        os.close(reader)
        p = subprocess.run(
            [post.SQUAB, "fetch", s.url, *s.flags, "--to", "json:-",
             "--delete", "--state", tmp + "/state"],
            env=dict(os.environ, SQUAB_PASSWORD="test"), stdout=writer,
            stderr=subprocess.PIPE, text=True, timeout=post.WAIT)
        os.close(writer)
        assert p.returncode == 75 and "json:-: write" in p.stderr, p.stderr
        assert s.deleted == set()
        _, err = run(tmp, "fetch", s.url, *s.flags, "--to", "json:-",
                     "--json", want=64)
        assert "json:-" in err


@test
def a_database_has_each_once_and_can_be_searched(tmp):
    to = tmp + "/mail.db"
    with Server(maildir(tmp, MAIL)) as s:
        args = ["fetch", s.url, *s.flags, "--to", "sqlite:" + to]
        run(tmp, *args, "--state", tmp + "/one")
        out, _ = run(tmp, *args, "--state", tmp + "/two")
        assert out.startswith("6 new"), out
    db = sqlite3.connect(to)
    got = [bytes(r[0]) for r in db.execute("SELECT raw FROM message "
                                           "ORDER BY id")]
    want = [wire(m) for m in MAIL]
    assert got == [m if m.endswith(b"\r\n") else m + b"\r\n" for m in want]
    hits = db.execute("SELECT message.subject FROM message JOIN search "
                      "ON search.rowid = message.id WHERE search MATCH "
                      "'fromage'").fetchall()
    assert hits == [("lone",)], hits
    db.close()


@test
def what_a_command_does_not_take_stays_on_the_server(tmp):
    with Fake(MAIL, uidls=[b"u-'$(x)%d" % i for i in range(len(MAIL))]) as s:
        to = "command:cat >'%s'/$SQUAB_SIZE.tmp; case $SQUAB_UIDL in " \
            "*1) exit 75;; *2) exit 1;; esac; printf '%%s\\n' " \
            "\"$SQUAB_ACCOUNT $SQUAB_UIDL\" >>'%s'/uidls" % (tmp, tmp)
        args = ["fetch", s.url, *s.flags, "--delete", "--to", to]
        out, err = run(tmp, *args, want=75)
        assert out.startswith("4 new, 0 skipped, 2 failed, 4 deleted"), out
        assert "message 2 stays on the server: " in err, err
        assert "exit status 75" in err and "exit status 1" in err, err
        assert s.deleted == {0, 3, 4, 5}
        with open(tmp + "/uidls", encoding="ascii") as f:
            got = f.read().splitlines()
        account = "test@" + s.url.split("@")[1]
        assert got == ["%s u-'$(x)%d" % (account, i) for i in (0, 3, 4, 5)]
        with open("%s/%d.tmp" % (tmp, s.sizes[0]), "rb") as f:
            assert f.read() == MAIL[0]
        out, _ = run(tmp, "fetch", s.url, *s.flags, "--to",
                     'command:["sh", "-c", "cat >>%s/rest"]' % tmp)
        assert out.startswith("2 new"), out
    with open(tmp + "/rest", "rb") as f:
        assert f.read() == MAIL[1] + MAIL[2]


@test
def a_command_that_cannot_be_run_ends_it(tmp):
    with Fake(MAIL) as s:
        _, err = run(tmp, "fetch", s.url, *s.flags, "--to",
                     'command:["/nonexistent"]', want=75)
        assert "cannot be run" in err, err
        _, err = run(tmp, "fetch", s.url, *s.flags, "--to", "command:[",
                     want=64)
        assert "JSON array" in err, err


@test
def a_file_that_is_no_mbox_is_left_alone(tmp):
    with open(tmp + "/notes", "w", encoding="ascii") as f:
        f.write("my notes\n")
    with Fake(MAIL) as s:
        _, err = run(tmp, "fetch", s.url, *s.flags, "--to",
                     "mbox:" + tmp + "/notes", want=73)
        assert "is no mbox file" in err, err
    with open(tmp + "/notes", encoding="ascii") as f:
        assert f.read() == "my notes\n"


@test
def accounts_at_once_into_one_file(tmp):
    with Fake(MAIL) as a, Fake(MAIL) as b, Fake(MAIL) as c:
        for kind in ("mbox", "sqlite", "json"):
            run(tmp, "fetch", a.url, b.url, c.url, *a.flags, "--jobs", "3",
                "--to", "%s:%s/%s" % (kind, tmp, kind), "--state",
                tmp + "/state-" + kind)
    assert sorted(unquoted(tmp + "/mbox")) == sorted(
        lf(m) for m in MAIL * 3)
    db = sqlite3.connect(tmp + "/sqlite")
    assert db.execute("SELECT count(*), count(DISTINCT account) "
                      "FROM message").fetchone() == (18, 3)
    db.close()
    with open(tmp + "/json", encoding="utf-8") as f:
        assert len([json.loads(line) for line in f]) == 18


post.main()
