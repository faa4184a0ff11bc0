#!/usr/bin/env python3
"""squab fetch: all of it once, none of it lost, nothing else deleted."""
import json
import os
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
import threading

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import post  # noqa: E402
from post import Fake, Server, delivered, maildir, message, run, test, wire

MAIL = [message(i, size) for i, size in
        enumerate((200, 5000, 300000, 150, 900))]
MAIL.append(b"Subject: lone\r\n\na\rb\r\n\n.\n..\nno end")


def files(path):
    return [f for _, _, names in os.walk(path) for f in names]


@test
def a_Maildir_gets_every_message_once(tmp):
    to = tmp + "/a/out"
    with Server(maildir(tmp, MAIL)) as s:
        out, err = run(tmp, "fetch", s.url, *s.flags, "--to", "maildir:" + to)
        assert out.startswith("6 new, 0 skipped, ") and err == "", out + err
        want = sorted(wire(m).replace(b"\r\n", b"\n") for m in MAIL)
        want = sorted(m if m.endswith(b"\n") else m + b"\n" for m in want)
        assert delivered(to) == want
        out, err = run(tmp, "fetch", s.stls, *s.flags, "--to",
                       "maildir:" + to, "--state", tmp + "/state/squab")
        assert out.startswith("6 new"), "another port is another account"
        out, err = run(tmp, "fetch", s.url, *s.flags, "--to", "maildir:" + to)
        assert out.startswith("0 new, 0 skipped, 0B"), out
    assert len(delivered(to)) == 12
    for folder, dirs, names in os.walk(tmp + "/a"):
        for d in dirs:
            mode = os.stat(os.path.join(folder, d)).st_mode
            assert stat.S_IMODE(mode) == 0o700, d
        for f in names:
            mode = os.stat(os.path.join(folder, f)).st_mode
            assert stat.S_IMODE(mode) == 0o600, f
    assert os.listdir(to + "/tmp") == []


@test
def raw_files_are_the_octets_as_sent(tmp):
    with Fake(MAIL) as s:
        run(tmp, "fetch", s.url, *s.flags, "--to", "raw:" + tmp + "/out")
        want = [m if m.endswith(b"\r\n") else m + b"\r\n"
                for m in s.messages]
    assert delivered(tmp + "/out") == sorted(want)
    assert all(f.endswith(".eml") for f in files(tmp + "/out"))


@test
def a_message_goes_on_from_new_to_cur_and_is_not_fetched_again(tmp):
    with Server(maildir(tmp, MAIL)) as s:
        args = ["fetch", s.url, *s.flags, "--to", "maildir:" + tmp + "/out"]
        run(tmp, *args)
        # The ledger is lost: what has been delivered is recognised.
        shutil.rmtree(tmp + "/state/squab")
        names = sorted(os.listdir(tmp + "/out/new"))
        os.rename("%s/out/new/%s" % (tmp, names[0]),
                  "%s/out/cur/%s:2,S" % (tmp, names[0]))
        os.unlink("%s/out/new/%s" % (tmp, names[1]))
        out, _ = run(tmp, *args)
    assert out.startswith("6 new"), out
    assert len(delivered(tmp + "/out")) == 6
    assert os.listdir(tmp + "/out/cur") == [names[0] + ":2,S"]


@test
def deletion_waits_for_the_ledger(tmp):
    with Fake(MAIL) as s:
        args = ["fetch", s.url, *s.flags, "--to", "maildir:" + tmp + "/out"]
        run(tmp, *args, "--limit", "2")
        assert s.deleted == set()
        out, _ = run(tmp, *args, "--delete", "--limit", "1")
        assert "1 new" in out and "3 deleted" in out, out
        assert s.deleted == {0, 1, 2}
        run(tmp, *args, "--delete")
        assert s.deleted == set(range(6))
        assert len(delivered(tmp + "/out")) == 6
        at = [i for i, line in enumerate(s.log) if line == "QUIT"]
        last = s.log[at[1] + 1:]
        dele = [i for i, line in enumerate(last) if line.startswith("DELE")]
        assert min(dele) > last.index("NOOP")


@test
def what_may_not_be_deleted_is_not_recorded_as_deleted(tmp):
    def on(verb, number):
        return b"-ERR no\r\n" if verb == "DELE" and number == 1 else True

    with Fake(MAIL[:2], on=on) as s:
        args = ["fetch", s.url, *s.flags, "--to", "raw:" + tmp + "/out",
                "--delete"]
        run(tmp, *args, want=69)
        assert s.deleted == {1}
        db = sqlite3.connect(tmp + "/state/squab/ledger.db")
        rows = db.execute("SELECT id, deleted FROM message").fetchall()
        db.close()
        assert (b"u0", 0) in rows and len(rows) == 2, rows
        s.on = lambda verb, number: True
        out, _ = run(tmp, *args)
        assert "0 new" in out and "1 deleted" in out, out
        assert s.deleted == {0, 1}


@test
def delete_after_counts_from_the_delivery(tmp):
    with Fake(MAIL[:2]) as s:
        args = ["fetch", s.url, *s.flags, "--to", "raw:" + tmp + "/out",
                "--delete-after", "30d"]
        out, _ = run(tmp, *args)
        assert "2 new" in out and s.deleted == set()
        db = sqlite3.connect(tmp + "/state/squab/ledger.db")
        with db:
            db.execute("UPDATE message SET delivered = delivered - ? "
                       "WHERE id = (SELECT min(id) FROM message)",
                       [31 * 86400])
        db.close()
        out, _ = run(tmp, *args)
        assert "0 new" in out and "1 deleted" in out, out
        assert s.deleted == {0}


@test
def what_is_too_large_stays_and_is_said(tmp):
    with Fake(MAIL) as s:
        args = ["fetch", s.url, *s.flags, "--to", "raw:" + tmp + "/out"]
        out, err = run(tmp, *args, "--max-size", "10K", "--delete")
        assert out.startswith("5 new, 1 skipped, 5 deleted"), out
        assert "message 3" in err and err.count("\n") == 1, err
        assert s.deleted == {0, 1, 3, 4, 5}
        out, err = run(tmp, *args, "--delete")
        assert out.startswith("1 new, 0 skipped") and err == "", out
        assert s.deleted == set(range(6))
    with Fake(MAIL) as s:
        out, err = run(tmp, "fetch", s.url, *s.flags, "--to",
                       "raw:" + tmp + "/2", "--max-message", "10K")
        assert out.startswith("5 new, 1 skipped"), out


@test
def limit_and_newest(tmp):
    with Fake(MAIL) as s:
        args = ["fetch", s.url, *s.flags, "--to", "raw:" + tmp + "/out",
                "--json"]
        got = []
        for more in (["--limit", "2"], ["--newest", "--limit=2"],
                     ["--newest"]):
            out, _ = run(tmp, *args, *more)
            got.append([e["number"] for e in map(json.loads,
                       out.splitlines()) if e["event"] == "delivered"])
        assert got == [[1, 2], [6, 5], [4, 3]], got


@test
def dry_run_changes_nothing(tmp):
    with Fake(MAIL) as s:
        out, _ = run(tmp, "fetch", s.url, *s.flags, "--dry-run", "--delete",
                     "--max-size", "10K", "--to", "maildir:" + tmp + "/out")
        lines = out.splitlines()
        assert sum(x.startswith("would fetch") for x in lines) == 5, out
        assert sum(x.startswith("would skip") for x in lines) == 1, out
        assert sum(x.startswith("would delete") for x in lines) == 5, out
        assert not any(x.startswith(("RETR", "DELE")) for x in s.log)
        assert not os.path.exists(tmp + "/out")
        out, _ = run(tmp, "fetch", s.url, *s.flags, "--to",
                     "raw:" + tmp + "/out")
        assert out.startswith("6 new"), out


@test
def json_tells_each_event(tmp):
    with Fake(MAIL, uidls=[b"a", b'"b\\', b"c", b"d", b"e", b"f"]) as s:
        out, _ = run(tmp, "fetch", s.url, *s.flags, "--to",
                     "raw:" + tmp + "/out", "--json", "--delete",
                     "--max-size", "10K")
    events = [json.loads(line) for line in out.splitlines()]
    kinds = [e["event"] for e in events]
    assert kinds == ["skipped"] + 5 * ["delivered"] + 5 * ["deleted"] + [
        "summary"], kinds
    assert events[2]["uidl"] == '"b\\'
    assert events[1]["size"] == len(wire(MAIL[0]))
    assert events[-1]["new"] == 5 and events[-1]["deleted"] == 5
    assert events[-1]["skipped"] == 1 and events[-1]["status"] == 0
    assert all(e["account"].startswith("test@127.0.0.1:") for e in events)


@test
def progress_is_for_terminals_unless_asked_for(tmp):
    with Fake(MAIL) as s:
        args = ["fetch", s.url, *s.flags, "--to"]
        _, err = run(tmp, *args, "raw:" + tmp + "/1")
        assert err == ""
        _, err = run(tmp, *args, "raw:" + tmp + "/2", "--progress", "json",
                     "--state", tmp + "/s2")
        assert err.startswith("{"), repr(err)
        first = json.loads(err.splitlines()[0])
        assert first["event"] == "progress"
        assert first["messages_total"] == 6
        _, err = run(tmp, *args, "raw:" + tmp + "/3", "--progress", "always",
                     "--state", tmp + "/s3")
        assert "/6 " in err and err.endswith("\r\033[K"), repr(err)


@test
def several_servers_in_turn(tmp):
    def broken(verb, number):
        return b"-ERR no\r\n" if verb == "PASS" else True

    with Fake(MAIL[:2]) as a, Fake(MAIL, on=broken) as b, Fake(MAIL) as c:
        out, err = run(tmp, "fetch", a.url, b.url, c.url, *a.flags, "--to",
                       "raw:" + tmp + "/out", "--jobs", "1", want=77)
    *lines, total = out.splitlines()
    assert len(lines) == 2 and "2 new" in lines[0] and "6 new" in lines[1]
    assert all(line.startswith("test@127.0.0.1:") for line in lines), out
    assert total.startswith("3 accounts, 1 failed: 8 new, 0 skipped"), total
    assert err.count("\n") == 1 and "squab: test@127" in err, err


def no_uidl(verb, number):
    return b"-ERR what\r\n" if verb == "UIDL" else True


def neither(verb, number):
    return b"-ERR what\r\n" if verb in ("UIDL", "TOP") else True


@test
def messages_without_a_UIDL_are_known_by_their_header(tmp):
    twins = [b"x", b"x", b"z", b"y", b"y", b"w"]
    for i, how in enumerate(({"uidls": twins}, {"on": no_uidl})):
        sub = "%s/%d" % (tmp, i)
        with Fake(MAIL, **how) as s:
            args = ["fetch", s.url, *s.flags, "--to", "raw:" + sub,
                    "--state", sub + "-state"]
            out, err = run(tmp, *args)
            assert out.startswith("6 new") and err == "", out + err
            out, err = run(tmp, *args)
            assert out.startswith("0 new") and err == "", out + err
            s.messages.append(wire(message(99)))
            s.sizes.append(len(s.messages[-1]))
            s.uidls = (s.uidls or []) + [b"y"]
            out, err = run(tmp, *args, "--delete")
            assert out.startswith("1 new, 0 skipped, 7 deleted"), out
            assert len(delivered(sub)) == 7


@test
def messages_that_cannot_be_told_apart_are_fetched_again(tmp):
    """Two with one header and no UIDL; and where there is no TOP either."""
    same = [message(1), message(1), message(2)]
    for i, (mail, hook, n) in enumerate(((same, no_uidl, 2),
                                         (MAIL, neither, 6))):
        sub = "%s/%d" % (tmp, i)
        with Fake(mail, on=hook) as s:
            args = ["fetch", s.url, *s.flags, "--to", "raw:" + sub,
                    "--state", sub + "-state"]
            out, err = run(tmp, *args)
            assert out.startswith("%d new" % len(mail)), out + err
            assert "%d messages" % n in err and err.count("\n") == 1, err
            out, err = run(tmp, *args)
            assert out.startswith("%d new" % n), out
            out, err = run(tmp, *args, "--delete")
            assert out.startswith("%d new, 0 skipped, %d deleted" %
                                  (n, len(mail))), out


@test
def new_UIDLs_for_old_mail_deliver_nothing_twice(tmp):
    with Fake(MAIL) as s:
        args = ["fetch", s.url, *s.flags, "--to", "raw:" + tmp + "/out"]
        run(tmp, *args)
        s.uidls = [b"renamed-%d" % i for i in range(len(MAIL))]
        # One is not what it was: it has the size, and another header.
        other = s.messages[0].replace(b"message 0", b"message X")
        assert len(other) == len(s.messages[0])
        s.messages[0] = other
        out, err = run(tmp, *args)
        assert out.startswith("1 new") and err == "", out + err
        assert len(delivered(tmp + "/out")) == 7
        out, _ = run(tmp, *args, "--delete")
        assert out.startswith("0 new, 0 skipped, 6 deleted"), out


@test
def a_message_that_breaks_the_session_is_the_last_of_the_next(tmp):
    """The line goes down whenever message 2 is asked for."""
    with Fake(MAIL, on=lambda v, n: None if (v, n) == ("RETR", 2) else
              True) as s:
        args = ["fetch", s.url, *s.flags, "--to", "raw:" + tmp + "/out",
                "--delete"]
        out, _ = run(tmp, *args, want=75)
        assert out.startswith("0 new"), out
        out, _ = run(tmp, *args, want=75)
        assert out.startswith("5 new"), out
        assert s.deleted == set()
        s.on = lambda verb, number: True
        out, _ = run(tmp, *args)
        assert out.startswith("1 new, 0 skipped, 6 deleted"), out


@test
def a_message_that_was_only_seen_is_none_that_breaks_sessions(tmp):
    """All of them are asked for at once, with one NOOP behind the last."""
    with Fake(MAIL) as s:
        args = ["fetch", s.url, *s.flags, "--to", "raw:" + tmp + "/out"]
        run(tmp, *args, "--limit", "1")
        del s.log[:]
        out, _ = run(tmp, *args)
        assert out.startswith("5 new"), out
        assert s.log.count("NOOP") == 1, s.log


@test
def header_fields_choose(tmp):
    mail = [message(1, subject=b"invoice 7"),
            message(2, subject=b"=?utf-8?q?INVO=49CE_8?="),
            message(3, subject=b"spam for an invoice"),
            message(4)]
    with Fake(mail) as s:
        args = ["fetch", s.url, *s.flags, "--to", "raw:" + tmp + "/out",
                "--delete"]
        out, _ = run(tmp, *args, "--match", "Subject: *invoice*", "--skip",
                     "subject:spam*")
        assert out.startswith("2 new, 2 skipped, 2 deleted"), out
        assert s.deleted == {0, 1}
        out, _ = run(tmp, *args, "--skip", "X-None: *")
        assert out.startswith("2 new, 0 skipped, 2 deleted"), out
    for wrong in ("Subject", ": x", "Subject:", "a b: c"):
        _, err = run(tmp, "fetch", "pop3s://a@b", "--to", "raw:x", "--match",
                     wrong, want=64)
        assert "Name: pattern" in err, err


@test
def quiet_is_quiet_and_verbose_shows_the_wire(tmp):
    with Fake(MAIL) as s:
        args = ["fetch", s.url, *s.flags, "--to", "raw:" + tmp + "/out"]
        out, err = run(tmp, *args, "--quiet")
        assert out == err == "", out + err
        out, err = run(tmp, *args, "--verbose")
        assert "C: PASS ***" in err and "S: +OK fake" in err, err


@test
def a_UIDL_used_again_is_a_new_message(tmp):
    with Fake(MAIL[:1], uidls=[b"1"]) as s:
        args = ["fetch", s.url, *s.flags, "--to", "raw:" + tmp + "/out",
                "--delete"]
        run(tmp, *args)
        s.messages, s.sizes, s.deleted = [wire(MAIL[1])], [9], set()
        out, _ = run(tmp, *args)
        assert out.startswith("1 new, 0 skipped, 1 deleted"), out
    assert len(delivered(tmp + "/out")) == 2


@test
def a_message_that_ends_early_is_never_deleted(tmp):
    """The server does not stuff dots: the second message seems to end in
    its middle, and what follows is no status line."""
    bad = message(1) + b".\nthe rest of it\n" + message(2)
    with Fake([MAIL[0], bad, MAIL[3]], stuff=False) as s:
        args = ["fetch", s.url, *s.flags, "--to", "raw:" + tmp + "/out",
                "--delete"]
        out, err = run(tmp, *args, want=76)
        assert out.startswith("1 new"), out
        assert s.deleted == set()
        run(tmp, *args, want=76)
        assert delivered(tmp + "/out") == [wire(MAIL[0])]
        assert s.deleted == set()
    # The last message: only NOOP's answer can tell.
    with Fake([MAIL[0], bad], stuff=False) as s:
        run(tmp, "fetch", s.url, *s.flags, "--to", "raw:" + tmp + "/2",
            "--delete", want=76)
        assert len(delivered(tmp + "/2")) == 1 and s.deleted == set()


@test
def a_refused_message_does_not_stop_the_others(tmp):
    refuse = {3: b"-ERR [SYS/PERM] no\r\n"}
    with Fake(MAIL, on=lambda v, n: refuse.get(n, True) if v == "RETR"
              else True) as s:
        args = ["fetch", s.url, *s.flags, "--to", "raw:" + tmp + "/out",
                "--delete"]
        out, err = run(tmp, *args, want=69)
        assert out.startswith("5 new, 0 skipped, 1 failed, 5 deleted"), out
        assert "message 3" in err and err.count("\n") == 1, err
        assert s.deleted == {0, 1, 3, 4, 5}
        refuse.clear()
        out, _ = run(tmp, *args)
        assert out.startswith("1 new") and len(s.deleted) == 6


@test
def a_line_that_breaks_anywhere_loses_nothing(tmp):
    """The server hangs up with each command in turn, and once in the middle
    of each message; the runs after it bring the rest."""
    for point in range(18):
        count = [0]
        half = point % 2

        def on(verb, number):
            count[0] += 1
            if count[0] != point + 1:
                return True
            if half and verb == "RETR":
                data = b"+OK\r\n" + s.body(s.messages[number - 1])
                s.on = lambda v, n: None
                return data[:len(data) // 2]
            return None

        sub = "%s/%d" % (tmp, point)
        with Fake(MAIL[:4], on=on, caps=[b"PIPELINING"]) as s:
            args = ["fetch", s.url, *s.flags, "--to", "raw:" + sub,
                    "--delete", "--timeout", "5"]
            try:
                run(tmp, *args)
            except AssertionError:
                pass
            have = delivered(sub) if os.path.isdir(sub) else []
            for i in s.deleted:
                assert s.messages[i] in have, "deleted early"
            s.on = lambda verb, number: True
            run(tmp, *args)
            assert delivered(sub) == sorted(s.messages), point
            assert s.deleted == {0, 1, 2, 3}, point


@test
def the_reply_to_QUIT_is_lost(tmp):
    def on(verb, number):
        if verb != "QUIT":
            return True
        s.deleted |= s.marked
        return None

    with Fake(MAIL, on=on) as s:
        args = ["fetch", s.url, *s.flags, "--to", "raw:" + tmp + "/out",
                "--delete"]
        out, err = run(tmp, *args, want=75)
        assert out.startswith("6 new, 0 skipped, ") and "deleted" not in out
        assert "lost" in err, err
        s.on = lambda verb, number: True
        out, _ = run(tmp, *args)
        assert out.startswith("0 new"), out
    assert len(delivered(tmp + "/out")) == 6


@test
def killed_with_each_message_nothing_is_lost_or_twice(tmp):
    for point in range(6):
        holder = {}
        ready = threading.Event()

        def on(verb, number):
            if verb == "RETR" and number == point + 1:
                ready.wait(post.WAIT)
                holder["p"].kill()
                holder["p"].wait()
                return None
            return True

        sub = "%s/%d" % (tmp, point)
        with Fake(MAIL, on=on) as s:
            args = ["fetch", s.url, *s.flags, "--to", "maildir:" + sub,
                    "--delete"]
            ready.clear()
            holder["p"] = subprocess.Popen(
                [post.SQUAB, *args], env=dict(
                    os.environ, SQUAB_PASSWORD="test",
                    XDG_STATE_HOME=tmp + "/state"))
            ready.set()
            assert holder["p"].wait(post.WAIT) == -signal.SIGKILL
            assert s.deleted == set()
            s.on = lambda verb, number: True
            run(tmp, *args)
            assert len(delivered(sub)) == 6 and len(s.deleted) == 6
            assert os.listdir(sub + "/tmp") == []


@test
def an_interrupt_commits_what_has_arrived(tmp):
    for sig, status in ((signal.SIGINT, 130), (signal.SIGTERM, 143)):
        holder = {}
        ready = threading.Event()

        def on(verb, number):
            if verb == "RETR" and number == 4:
                ready.wait(post.WAIT)
                holder["p"].send_signal(sig)
                holder["p"].wait(post.WAIT)
                return None
            return True

        sub = "%s/%d" % (tmp, sig)
        with Fake(MAIL, on=on) as s:
            args = ["fetch", s.url, *s.flags, "--to", "raw:" + sub,
                    "--delete"]
            holder["p"] = subprocess.Popen(
                [post.SQUAB, *args], stdout=subprocess.PIPE,
                stderr=subprocess.PIPE, text=True, env=dict(
                    os.environ, SQUAB_PASSWORD="test",
                    XDG_STATE_HOME=tmp + "/state"))
            ready.set()
            out, err = holder["p"].communicate(timeout=post.WAIT)
            assert holder["p"].returncode == status, (out, err)
            assert out.startswith("2 new"), out + err
            assert len(delivered(sub)) == 2 and s.deleted == set()
            s.on = lambda verb, number: True
            out, _ = run(tmp, *args)
            assert out.startswith("4 new, 0 skipped, 6 deleted"), out


@test
def a_second_run_waits_a_little_and_says_so(tmp):
    holder = {}

    def on(verb, number):
        if verb == "RETR" and "err" not in holder:
            holder["err"] = run(tmp, "fetch", s.url, *s.flags, "--to",
                                "raw:" + tmp + "/out", want=75)[1]
        return True

    with Fake(MAIL[:1], on=on) as s:
        out, _ = run(tmp, "fetch", s.url, *s.flags, "--to",
                     "raw:" + tmp + "/out")
    assert out.startswith("1 new"), out
    assert "another squab" in holder["err"], holder


@test
def a_full_or_forbidden_place(tmp):
    with Fake(MAIL) as s:
        args = ["fetch", s.url, *s.flags, "--delete"]
        _, err = run(tmp, *args, "--to", "raw:/dev/null/x", want=73)
        assert err.count("\n") == 1, err
        _, err = run(tmp, *args, "--to", "raw:" + tmp + "/out", "--state",
                     "/dev/null/x", want=73)
        # A file may not grow past 100,000 octets: the third message is
        # longer.
        import resource

        def limit():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (100000, 100000))

        out, err = run(tmp, *args, "--to", "raw:" + tmp + "/out", want=75,
                       preexec_fn=limit)
        assert err.count("\n") == 1 and "too large" in err, err
        assert s.deleted == set()
        assert delivered(tmp + "/out") == sorted(s.messages[:2])
        out, _ = run(tmp, *args, "--to", "raw:" + tmp + "/out")
        assert out.startswith("4 new, 0 skipped, 6 deleted"), out
        assert delivered(tmp + "/out") == sorted(
            m if m.endswith(b"\r\n") else m + b"\r\n" for m in s.messages)


@test
def misuse(tmp):
    cases = [["fetch"], ["fetch", "pop3s://a@b"],
             ["fetch", "pop3s://a@b", "--to", "mailbox:x"],
             ["fetch", "http://a@b", "--to", "raw:" + tmp],
             ["fetch", "pop3s://a:b@c", "--to", "raw:" + tmp],
             ["fetch", "pop3s://a@b", "--to", "raw:x", "--keep", "--delete"],
             ["fetch", "pop3s://a@b", "--to", "raw:x", "--limit", "0"],
             ["fetch", "pop3s://b", "--to", "raw:" + tmp]]
    for args in cases:
        out, err = run(tmp, *args, want=64)
        assert out == "" and err.count("\n") == 1, (args, err)
        assert err.startswith("squab: "), err


post.main()
