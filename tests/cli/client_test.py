#!/usr/bin/env python3
"""squab list, show and probe, the connection options, and what they say:
nothing that a terminal obeys, and never a secret."""
import json
import os
import pty
import re
import select
import socket
import struct
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import post  # noqa: E402
from post import Fake, Server, maildir, message, run, test, wire

MAIL = [message(1), message(2, 5000, b"=?utf-8?q?caf=C3=A9?="),
        message(3, 2500000)]
EVIL = b"\x1b[2J\x07\x9b1m\xc2\x9b2m\xe2\x80\xae\x7f\xff evil"
SECRET = "s3cr3t-p4ssw0rd"


def is_safe(text):
    """No control but LF, nothing that turns text around."""
    return not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]", text)


@test
def list_is_a_table(tmp):
    with Server(maildir(tmp, MAIL)) as s:
        out, err = run(tmp, "list", s.url, *s.flags)
        rows = [line.split() for line in out.splitlines()]
        assert rows[0] == ["NO", "SIZE", "UIDL"], out
        assert [r[0] for r in rows[1:]] == ["1", "2", "3"]
        assert rows[1][1] == str(len(wire(MAIL[0]))), out
        assert rows[2][1].endswith("K") and rows[3][1].endswith("M"), out
        assert len({len(line) for line in out.splitlines()[1:]}) == 1
        out, err = run(tmp, "list", s.url, *s.flags, "--headers")
        assert "2026-12-31 23:59  a2@example.org" in out, out
        assert "caf\u00e9" in out and err == "", out


@test
def list_as_json(tmp):
    with Server(maildir(tmp, MAIL)) as s:
        out, _ = run(tmp, "list", s.stls, *s.flags, "--json")
        rows = [json.loads(line) for line in out.splitlines()]
        assert [sorted(r) for r in rows] == 3 * [["number", "size", "uidl"]]
        assert [r["size"] for r in rows] == [len(wire(m)) for m in MAIL]
        assert [r["number"] for r in rows] == [1, 2, 3]
        out, _ = run(tmp, "list", s.stls, *s.flags, "--json", "--headers")
        rows = [json.loads(line) for line in out.splitlines()]
        assert rows[1]["subject"] == "caf\u00e9"
        assert rows[1]["from"] == "a2@example.org"
        assert rows[1]["date"] == "2026-12-31T23:59:30+01:00"


@test
def list_reads_dates_and_senders(tmp):
    rows = [("Thu Feb 13 23:32:54 EST 1969", "1969-02-13 23:32",
             "1969-02-13T23:32:54-05:00",
             "Doe, J <j@example.org>", "Doe, J"),
            ("31 Feb 2026 10:00 +0000", "31 Feb 2026 10:\u2026",
             "31 Feb 2026 10:00 +0000", "<j@example.org>", "j@example.org"),
            ("1 Jan 2026 10:00 -0000", "2026-01-01 10:00",
             "2026-01-01T10:00:00-00:00",
             "=?utf-8?Q?x=40y,=FF?= <a@b>", "x@y,\ufffd"),
            ("", " " * 16, "", "nobody at all", "nobody at all")]
    mail = ["From: %s\nDate: %s\nSubject: s\n\nx\n" % (r[3], r[0])
            for r in rows]
    with Server(maildir(tmp, [m.encode() for m in mail])) as s:
        out, err = run(tmp, "list", s.url, *s.flags, "--headers")
        assert err == "", err
        for row, line in zip(rows, out.splitlines()[1:], strict=True):
            assert row[1] + "  " + row[4] + " " in line, (row, line)
        out, _ = run(tmp, "list", s.url, *s.flags, "--headers", "--json")
        got = [json.loads(line) for line in out.splitlines()]
        assert [g["date"] for g in got] == [r[2] for r in rows], got
        assert got[0]["from"] == rows[0][3], got


@test
def an_empty_mailbox_says_so(tmp):
    with Server(maildir(tmp, [])) as s:
        out, err = run(tmp, "list", s.url, *s.flags)
        assert out == "" and "empty" in err, err
        out, err = run(tmp, "fetch", s.url, *s.flags, "--to",
                       "maildir:" + tmp + "/out")
        assert out.startswith("0 new"), out


@test
def a_table_fits_the_terminal(tmp):
    long = b"\xe6\x97\xa5" * 60
    with Server(maildir(tmp, [message(1, 200, long)])) as s:
        for columns in (60, 100):
            master, slave = pty.openpty()
            subprocess.run(["stty", "cols", str(columns)], stdin=slave,
                           check=True)
            with subprocess.Popen(
                    [post.SQUAB, "list", "--headers", s.url, *s.flags],
                    stdout=slave, env=dict(os.environ,
                                           SQUAB_PASSWORD="test")) as p:
                os.close(slave)
                out = b""
                try:
                    while select.select([master], [], [], post.WAIT)[0]:
                        out += os.read(master, 65536)
                except OSError:
                    pass
                os.close(master)
            assert p.returncode == 0
            for line in out.decode().split("\r\n"):
                width = len(line) + line.count("\u65e5")
                assert width <= columns, (columns, width, line)
            assert "\u2026" in out.decode()


@test
def show_from_a_server_and_from_files(tmp):
    mail = MAIL + [b"From: a@b\nSubject: x\n\n\x1b]0;t\x07\tbody\n.\nend"]
    want = "From: a2@example.org\nTo: b@example.org\n" \
        "Date: Thu, 31 Dec 2026 23:59:30 +0100\nSubject: caf\u00e9\n"
    path = tmp + "/mail"
    with open(path, "wb") as f:
        f.write(mail[1])
    with Server(maildir(tmp, mail)) as s:
        out, _ = run(tmp, "show", s.url, "2", *s.flags)
        body = mail[1].split(b"\n\n", 1)[1].decode()
        assert out == want + "\n" + body
        out, _ = run(tmp, "show", s.url, "2", *s.flags, "--headers")
        assert out == want
        out, _ = run(tmp, "show", s.url, "2", *s.flags, "--raw", binary=True)
        assert out == wire(mail[1])
        out, _ = run(tmp, "show", s.url, "4", *s.flags)
        assert out == "From: a@b\nSubject: x\n\n" \
            "]0;t\tbody\n.\nend\n", repr(out)
        _, err = run(tmp, "show", s.url, "5", *s.flags, want=69)
        assert err.count("\n") == 1, err
        run(tmp, "show", s.url, *s.flags, want=64)
        run(tmp, "show", s.url, "0", *s.flags, want=64)
        run(tmp, "show", s.url, "x", *s.flags, want=64)
    out, _ = run(tmp, "show", path)
    assert out == want + "\n" + body
    with open(path, "rb") as f:
        out, _ = run(tmp, "show", "-", "--raw", binary=True, stdin=f)
    assert out == mail[1]
    run(tmp, "show", tmp + "/none", want=66)
    run(tmp, "show", path, path, want=64)
    run(tmp, "show", path, "--max-message", "1K", want=66)


@test
def probe_tells_what_there_is(tmp):
    with Server(maildir(tmp, MAIL)) as s:
        out, _ = run(tmp, "probe", s.url, *s.flags)
        for word in ("TLSv1.3", "verified              yes", "localhost",
                     "pipelining            yes", "round trip",
                     "squab logs in with    PLAIN", "messages              3"):
            assert word in out, out
        out, _ = run(tmp, "probe", s.stls, *s.flags, "--json")
        p = json.loads(out)
        assert "STLS" in p["capabilities_clear"], p
        assert "STLS" not in p["capabilities_before"], p
        assert p["pipelining"] is True and p["uidl"] == "yes", p
        assert p["mechanism"] == "PLAIN" and p["messages"] == 3, p
        assert re.fullmatch("[0-9a-f]{64}", p["certificate_pin"])
        run(tmp, "probe", s.url, "--pin", p["certificate_pin"], *s.flags)
        run(tmp, "list", s.url, "--pin", "0" * 64, *s.flags, want=69)
        out, _ = run(tmp, "probe", s.stls, *s.flags, "--json", password=None)
        p = json.loads(out)
        assert "capabilities_after" not in p and p["mechanism"] == "" \
            if "mechanism" in p else True, p
        assert "round_trip_us" in p, p


@test
def hostile_text_reaches_no_terminal(tmp):
    evil_mail = b"From: " + EVIL + b"\nSubject: " + EVIL + b"\nDate: " + \
        EVIL + b"\n\nbody " + EVIL + b"\n"

    def on(verb, number):
        if verb == "RETR" and number == 2:
            return b"-ERR " + EVIL + b"\r\n"
        if verb == "CAPA":
            return b"+OK\r\nUSER\r\nIMPLEMENTATION " + EVIL.replace(
                b"\xff", b"") + b"\r\n.\r\n"
        return True

    with Fake([evil_mail, MAIL[0]], on=on, uidls=[b"\xc2\x9b\xe2\x80\xae",
                                                 b"u\xff"]) as s:
        for want, args in ((0, ["list", s.url]),
                           (0, ["list", s.url, "--headers"]),
                           (0, ["list", s.url, "--headers", "--json"]),
                           (0, ["show", s.url, "1"]),
                           (69, ["show", s.url, "2"]),
                           (0, ["probe", s.url]),
                           (0, ["probe", s.url, "--json"]),
                           (69, ["fetch", s.url, "--json", "--to",
                                 "raw:" + tmp + "/out"]),
                           (0, ["list", s.url, "--trace", "-"])):
            out, err = run(tmp, *args, *s.flags, want=want)
            assert is_safe(out), (args, out)
            assert is_safe(err), (args, err)
            if "--json" in args:
                for line in out.splitlines():
                    json.loads(line)
    with Fake(MAIL, on=lambda v, n: b"-ERR " + EVIL + b"\r\n"
              if v == "PASS" else True) as s:
        out, err = run(tmp, "list", s.url, *s.flags, want=77)
        assert is_safe(err) and "evil" in err and err.count("\n") == 1, err


@test
def exit_statuses(tmp):
    free = socket.create_server(("127.0.0.1", 0))
    port = free.getsockname()[1]
    free.close()
    with Server(maildir(tmp, MAIL)) as s:
        cases = [(77, ["list", s.url, *s.flags], "wrong"),
                 (69, ["list", "pop3s://a@127.0.0.1:%d" % port], "x"),
                 (69, ["list", s.url], "test"),
                 (68, ["list", "pop3s://a@no..such"], "x"),
                 (64, ["list", "pop3s://"], "x"),
                 (64, ["list", s.url, "--cert", "x"], "test"),
                 (64, ["list", s.url, "--password-file", "x",
                       "--password-command", "y"], None),
                 (64, ["list"], None), (64, ["frob"], None), (64, [], None),
                 (64, ["list", s.url, s.url], None),
                 (66, ["list", s.url, "--password-file", tmp + "/x"], None),
                 (78, ["list", s.url, *s.flags], None),
                 (78, ["list", s.url, "--password-command", "exit 3"], None),
                 (65, ["list", s.url, "--password-command", "true"], None),
                 (73, ["list", s.url, "--trace", "/dev/null/x"], "test")]
        for want, args, password in cases:
            out, err = run(tmp, *args, password=password, want=want)
            assert out == "" and err != "", args
            assert err.count("\n") == 1 or args == [], (args, err)
        for args in (["--help"], ["-h"], ["help"], ["--version"],
                     ["help", "fetch"], ["list", "--help"],
                     ["fetch", "-h"], ["show", "--help"],
                     ["probe", "--help"]):
            out, err = run(tmp, *args)
            assert out.count("\n") >= 1 and err == "", args
            assert all(len(x) < 80 for x in out.splitlines()), out
        with open("/dev/full", "wb") as full:
            for args in (["--help"], ["list", "--help"], ["help", "fetch"]):
                p = subprocess.run([post.SQUAB, *args], stdout=full,
                                   stderr=subprocess.PIPE)
                assert p.returncode == 74 and p.stderr, args


@test
def a_line_that_breaks_is_to_be_tried_again(tmp):
    def reset(verb, number):
        if verb != "RETR":
            return True
        s.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                struct.pack("ii", 1, 0))
        return None

    for on in (reset, lambda verb, number: verb != "RETR" or None):
        with Fake(MAIL[:1], on=on) as s:
            _, err = run(tmp, "show", s.url, "1", *s.flags, want=75)
            assert err.count("\n") == 1, err


@test
def passwords_from_everywhere_and_nowhere_to_be_seen(tmp):
    secret = tmp + "/secret"
    trace = tmp + "/trace"
    with open(secret, "w", encoding="ascii") as f:
        f.write(SECRET + "\r\nnot this\n")
    os.chmod(secret, 0o600)
    with Server(maildir(tmp, MAIL), "--user", "test",
                "--password-file", secret) as s:
        said = ""
        for i, (args, password) in enumerate((
                (["--password-file", secret], None),
                (["--password-command", "cat " + secret], None),
                (["--password-command", "head -1 %s; yes | head -90000" %
                  secret], None),
                (["--auth", "USER"], SECRET), (["--auth", "plain"], SECRET),
                ([], SECRET))):
            for url in (s.url, s.stls):
                out, err = run(tmp, "list", url, *s.flags, *args, "--trace",
                               "-" if i % 2 else trace, password=password)
                assert "UIDL" in out
                said += out + err
        out, err = run(tmp, "list", s.stls, "--tls", "off", "--auth", "USER",
                       "--trace", "-", password=SECRET)
        said += out + err
        assert "C: PASS ***" in err and "S: +OK" in err, err
        os.chmod(secret, 0o644)
        out, err = run(tmp, "list", s.url, *s.flags, "--password-file",
                       secret, password=None)
        assert "chmod 600" in err, err
        out, err = run(tmp, "list", s.url, *s.flags, "--password-file",
                       secret, "--user", "nobody", password=None, want=77)
        said += out + err
        run(tmp, "fetch", s.url, *s.flags, "--to", "raw:" + tmp + "/out",
            password=SECRET)
    for folder, _, names in os.walk(tmp):
        for name in names:
            if name != "secret":
                with open(os.path.join(folder, name), "rb") as f:
                    said += f.read().decode("latin-1")
    import base64
    for form in (SECRET, base64.b64encode(SECRET.encode()).decode(),
                 base64.b64encode(b"\0test\0" + SECRET.encode()).decode(),
                 SECRET.encode().hex(), SECRET[::-1], SECRET.upper()):
        assert form not in said, form
    assert os.stat(trace).st_mode & 0o777 == 0o600


@test
def a_prompt_does_not_echo(tmp):
    secret = tmp + "/secret"
    with open(secret, "w", encoding="ascii") as f:
        f.write(SECRET + "\n")
    with Server(maildir(tmp, MAIL), "--user", "test",
                "--password-file", secret) as s:
        for typed, want in ((SECRET.encode() + b"\n", 0), (b"\x03", 130)):
            pid, master = pty.fork()
            if pid == 0:
                os.environ.pop("SQUAB_PASSWORD", None)
                os.execv(post.SQUAB, [post.SQUAB, "list", s.url, *s.flags])
            out, sent = b"", False
            try:
                while select.select([master], [], [], post.WAIT)[0]:
                    out += os.read(master, 65536)
                    if out.endswith(b": ") and not sent:
                        sent = True
                        time.sleep(0.1)     # until echo is off
                        os.write(master, typed)
            except OSError:
                pass
            status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
            assert status == want, (status, out)
            assert b"Password of test@127.0.0.1" in out, out
            assert SECRET.encode() not in out, out
            assert (b"UIDL" in out) == (want == 0), out
            os.close(master)


@test
def no_core_may_be_left(tmp):
    def hold(verb, number):
        if verb != "STAT":
            return True
        with open("/proc/%d/limits" % holder[0], encoding="ascii") as f:
            found.append(re.search("Max core file size +([^ ]+)", f.read())[1])
        return True

    holder, found = [], []
    with Fake(MAIL[:1], on=hold) as s:
        p = subprocess.Popen([post.SQUAB, "list", s.url, *s.flags],
                             stdin=subprocess.DEVNULL,
                             stdout=subprocess.DEVNULL,
                             env=dict(os.environ, SQUAB_PASSWORD="x"))
        holder.append(p.pid)
        assert p.wait(post.WAIT) == 0
    assert found == ["0"], found


post.main()
