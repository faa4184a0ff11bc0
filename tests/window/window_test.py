#!/usr/bin/env python3
"""The window of examples/mailcheck-gtk, on a display of its own.

At each stage the server stalls for ten seconds. Meanwhile the window is used,
and answers before the server has said another word, and so does Cancel. No turn
of its main loop takes more than 50 ms of the processor, nor does Cancel, in a
build that is not slow for what it looks for: what else goes on here counts for
the clock, which is for the bench. Of each state a picture is kept in window/
beside the logs of the tests, in light and dark.
"""
import os
import struct
import sys
import tempfile
import threading
import time
import traceback
import zlib

sys.path.insert(0, os.path.join(os.environ["SRCDIR"], "tests"))
import tap  # noqa: E402
import stall  # noqa: E402
from screen import Display, Window, account  # noqa: E402

REMOTE = os.environ["REMOTE"]
SHOTS = os.path.join(os.environ["BUILDDIR"], "meson-logs", "window")
SLOW = os.environ["SANITIZED"] != "none"
STALL = 1 if SLOW else 10       # seconds
TURN = 50               # ms at most
WORDS = {"connect": "Connecting to", "tls": "Securing the connection",
         "greeting": "Waiting for the greeting", "login": "Logging in",
         "list": "Listing", "headers": "Reading headers, ",
         "message": "Fetching “"}


def mail(n, subject, attachments=(), lines=8):
    head = ("From: Zoe Lark <zoe@birds.example>\r\nTo: ann@example.org\r\n"
            "Date: Mon, %d Nov 2026 10:%02d:00 +0000\r\nSubject: %s\r\n"
            "MIME-Version: 1.0\r\n" % (n % 28 + 1, n % 60, subject))
    text = "Line of message %d.\r\n" % n * lines
    if not attachments:
        return (head + "\r\n" + text).encode()
    head += "Content-Type: multipart/mixed; boundary=b\r\n\r\n"
    body = "--b\r\n\r\n" + text
    for name, content in attachments:
        body += "\r\n--b\r\nContent-Disposition: attachment; filename=\"%s\"" \
            "\r\n\r\n%s" % (name, content)
    return (head + body + "\r\n--b--\r\n").encode()


FILES = [("notes.txt", "one\r\ntwo\r\n"), ("table.csv", "a;b\r\n1;2\r\n")]
MAILS = [mail(n, "Message number %d" % n) for n in range(30)]
MAILS[-1] = mail(30, "The newest", FILES, 20000)


def pixels(file):
    """Width, height, and how many different lines a PNG has."""
    with open(file, "rb") as f:
        data = f.read()
    assert data[:8] == b"\x89PNG\r\n\x1a\n", file
    at, packed = 8, b""
    while at < len(data):
        n, kind = struct.unpack(">I4s", data[at:at + 8])
        if kind == b"IHDR":
            width, height = struct.unpack(">II", data[at + 8:at + 16])
        elif kind == b"IDAT":
            packed += data[at + 8:at + 8 + n]
        at += n + 12
    raw = zlib.decompress(packed)
    line = len(raw) // height
    return width, height, len({raw[i * line:(i + 1) * line]
                               for i in range(height)})


def shoot(w, name, least=(900, 600)):
    for style in ("light", "dark"):
        file = os.path.join(SHOTS, "%s-%s.png" % (name, style))
        w.do("shot " + file)
        width, height, n = pixels(file)
        assert width >= least[0] and height >= least[1] and n > 20, \
            (file, width, height, n)
        w.do("do win.dark")
        if style == "light":
            with open(file, "rb") as f:
                light = f.read()
    with open(file, "rb") as f:
        assert f.read() != light, name + " is not dark"


def use(w, n):
    """What one does while one waits; each is answered."""
    w.do("size %d 640" % (980 + 20 * (n % 4)))
    w.ask("get status")
    assert w.ask("is cancel") == "yes"


def reach(w, stage):
    """Up to where the server stalls."""
    if stage == "message":
        w.wait_for("status", "30 messages")
        w.do("do win.show-message 0")
    w.wait_for("status", WORDS[stage])


def is_alive_at(stage, files, display, together):
    """What the windows wait for each other for is that none is measured while
    another starts: a display is one process, and draws for all of them."""
    server = stall.Server(*files, MAILS, stage)
    with Window(REMOTE, display, account(server, files[1])) as w:
        reach(w, stage)
        assert server.stalled.wait(60)
        if stage == "message":  # half of it has come
            w.wait_for("status", "kB of ")
        shoot(w, stage)
        together.wait()
        w.turns()
        for n in range(STALL):
            time.sleep(1)
            use(w, n)
        turns = [("a turn", w.turns()[1])]
        together.wait()
        w.do("do win.cancel")
        w.wait_for("status", "Canceled")
        turns += [("Cancel", w.turns()[1])]
        assert not server.go.is_set()
        together.wait()
        assert w.ask("is cancel") == "no"
        shoot(w, stage + "-canceled")
        server.go.set()
        w.do("do win.check")
        w.wait_for("status", "30 messages")
        assert w.ask("rows") == "30"
    server.close()
    assert w.status == 0, (w.status, w.said)
    return turns


def goes_on_after(stage, files, display):
    """The server only took its time."""
    server = stall.Server(*files, MAILS, stage)
    with Window(REMOTE, display, account(server, files[1])) as w:
        reach(w, stage)
        assert server.stalled.wait(60)
        server.go.set()
        if stage == "message":
            w.wait_for("subject", "The newest")
        else:
            w.wait_for("status", "30 messages")
            assert w.ask("rows") == "30"
    server.close()
    assert w.status == 0, (w.status, w.said)


def fails(name, words, display, files, change=(), **how):
    """An error is told in words, and the next try may be better."""
    server = stall.Server(*files, MAILS, **how)
    with Window(REMOTE, display, dict(account(server, files[1]),
                                      **dict(change))) as w:
        if how.get("stage") == "message":
            reach(w, "message")
        w.wait_for("status", words)
        assert w.ask("is retry") == "yes" and w.ask("is cancel") == "no"
        shoot(w, "error-" + name)
        if name == "password":
            w.do("press retry")         # the account is what helps
            assert w.ask("is save") == "yes"
        if how.get("die"):
            server.stage = ""
            w.do("press retry")
            w.wait_for("status", "30 messages")
    server.close()
    assert w.status == 0, (w.status, w.said)


def is_read_and_saved(files, display):
    server = stall.Server(*files, MAILS)
    with Window(REMOTE, display, account(server, files[1])) as w, \
            tempfile.TemporaryDirectory() as folder:
        w.wait_for("status", "30 messages")
        shoot(w, "list")
        assert w.ask("is tls") == "yes"
        w.do("do win.show-message 0")
        w.wait_for("subject", "The newest")
        w.wait_for("text", "Line of message 30.")
        assert "\x1b" not in w.ask("get text")
        shoot(w, "message-shown")
        for suffix in ("", " (2)"):
            w.do("do win.save-all-to " + folder)
            w.wait_for("status", "2 attachments saved")
            w.do("do win.check")        # other words, for the next
            w.wait_for("status", "30 messages")
            for name, content in FILES:
                stem, dot, end = name.partition(".")
                with open("%s/%s%s%s%s" % (folder, stem, suffix, dot, end),
                          "rb") as f:
                    assert f.read() == content.encode(), name
        server.mails = MAILS + [mail(31, "Just in")]
        w.do("do win.check")
        w.wait_for("status", "31 messages, 1 new")
        assert w.ask("rows") == "31"
        w.do("size 1100 700")
        w.do("do window.close")
        assert w.process.wait(60) == 0
        with open(w.tmp.name + "/mailcheck/window.ini") as f:
            assert "width=1100" in f.read()
    server.close()
    assert w.status == 0, (w.status, w.said)


def hostile():
    """What takes long, or shows what is not there, where one lets it."""
    def one(subject, body, head=""):
        return (subject.split()[0], (
            "From: %s <a@x>\r\nSubject: %s\r\n%s\r\n%s\r\n" % (
                "n" * len(subject), subject, head, body)).encode())

    files = "".join("--b\r\nContent-Disposition: attachment; "
                    "filename=f%d.txt\r\n\r\nx\r\n" % i
                    for i in range(1000))
    return [one("subject " + "s" * 60000, "x"),
            one("unbroken", "w" * 1000000), one("lines", "x\r\n" * 100000),
            one("files", files + "--b--", "MIME-Version: 1.0\r\nContent-Type"
                ": multipart/mixed; boundary=b\r\n"),
            one("html", "<tr><td>a</td><td><b>b</b></td></tr>\r\n" * 50000,
                "MIME-Version: 1.0\r\nContent-Type: text/html\r\n"),
            one("bidi \u202e\u2066 \x07 end", "\u202e")]


def shows_hostile_mail(files, display):
    mails = hostile()
    server = stall.Server(*files, [m for _, m in mails])
    turns = []
    with Window(REMOTE, display, account(server, files[1])) as w:
        w.wait_for("status", "%d messages" % len(mails))
        for i, (name, _) in enumerate(reversed(mails)):
            w.turns()
            w.do("do win.show-message %d" % i)
            w.wait_for("subject", name)
            w.wait_for("status", "messages")
            turns += [(name, w.turns()[1])]
            shown = w.ask("get subject")
            # what is not ASCII comes as the octets of its UTF-8
            assert len(shown) < 400 and "\\342\\200\\256" not in shown and \
                "\\342\\201\\246" not in shown, shown
            assert len(w.ask("get text")) < 600000
    server.close()
    assert w.status == 0, (w.status, w.said)
    return turns


def asks_for_the_account(files, display):
    server = stall.Server(*files, MAILS)
    with Window(REMOTE, display) as w:
        shoot(w, "welcome")
        w.do("do win.account")
        for command, words in (
                ("type server a b", "such as pop.example.org"),
                ("type server 127.0.0.1", "user name"),
                ("type user ann", "password"),
                ("type port 0", "from 1 to 65535"),
                ("type port %d" % server.port, "password"),
                ("choose security 2", "password"),
                ("type password test", "anybody on the way"),
                ("choose security 0", "is not stored")):
            w.do(command)
            assert words in w.ask("get hint"), (command, w.ask("get hint"))
            assert w.ask("is save") == (
                "yes" if "password test" in command or "security 0" in command
                else "no"), command
        w.do("type ca-file " + files[1])
        shoot(w, "account", (400, 300))
        w.do("press save")
        w.wait_for("status", "30 messages")
        with open(w.tmp.name + "/mailcheck/account.ini") as f:
            kept = f.read()
        assert "server=127.0.0.1" in kept and "test" not in kept, kept
    server.close()
    assert w.status == 0, (w.status, w.said)


def in_parallel(jobs, at_once, together):
    """Stalls are waits: all of them together take as long as one."""
    found, room = {}, threading.Semaphore(at_once)

    def run(name, f, args):
        with room:
            try:
                found[name] = f(*args), ""
            except Exception:
                found[name] = None, traceback.format_exc()
                together.abort()

    threads = [threading.Thread(target=run, args=job) for job in jobs]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    return found


def judge(stage, turns):
    for what, took in turns:
        name = "%s: %s takes %d ms at most" % (stage, what, TURN)
        if SLOW:
            tap.skip(name, "not in this build")
        else:
            tap.ok(took <= TURN, name, "%.1f ms" % took)


def main():
    os.makedirs(SHOTS, exist_ok=True)
    with Display() as display, tempfile.TemporaryDirectory() as tmp:
        files = stall.certificate(tmp)
        common = (files, display)
        together = threading.Barrier(len(stall.STAGES))
        stalls = [("alive while the server stalls at " + s, is_alive_at,
                   (s,) + common + (together,)) for s in stall.STAGES]
        jobs = [("goes on where it stalled: " + s, goes_on_after,
                  (s,) + common) for s in stall.STAGES]
        jobs += [("a message is read and saved", is_read_and_saved, common),
                 ("hostile mail is shown", shows_hostile_mail, common),
                 ("the account", asks_for_the_account, common)]
        jobs += [("error: " + name, lambda a=args, k=kw: fails(
            *a, display, files, **k), ()) for name, args, kw in (
            ("password", ("password", "no such user or password"),
             {"password": "other"}),
            ("trust", ("trust", "certificate"), {"change": {"ca-file": ""}}),
            ("refused", ("refused", "connection refused"),
             {"change": {"port": 1}}),
            ("greeting", ("greeting", "closed"),
             {"stage": "greeting", "die": True}),
            ("message", ("message", "closed"),
             {"stage": "message", "die": True}))]
        found = in_parallel(stalls, len(stalls), together)
        found.update(in_parallel(jobs, 3, together))
    for name, _, _ in stalls + jobs:
        turns, why = found[name]
        tap.ok(not why, name, why)
        if turns:
            judge(name.rpartition(" ")[2], turns)
    tap.done()


main()
