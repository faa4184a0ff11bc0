#!/usr/bin/env python3
"""window.py: how long the window of examples/mailcheck-gtk stands still.

The server stalls for ten seconds at each stage, while the window is resized;
then Cancel is pressed. The longest turn of
the main loop is what a user would feel. It is also taken while 5,000 headers
arrive, and a message of 25 MB. Writes bench/WINDOW.md.
"""
import os
import sys
import tempfile
import time

from common import HERE, ROOT, machine

sys.path.insert(0, os.path.join(ROOT, "tests", "window"))
import stall  # noqa: E402
from screen import Display, Window, account  # noqa: E402

REMOTE = os.path.join(ROOT, "build", "tests", "window", "window-remote")
STALL = 10              # seconds
MANY, LARGE = 5000, 25 * 1000 * 1000
MUST_TURN, MUST_CANCEL = 50, 100
WORDS = {"connect": "Connecting to", "tls": "Securing the connection",
         "greeting": "Waiting for the greeting", "login": "Logging in",
         "list": "Listing", "headers": "Reading headers, ",
         "message": "kB of"}


def mail(n, size=400):
    head = b"From: Ann <ann@example.org>\r\nSubject: message %d\r\n" \
        b"Date: Thu, 31 Dec 2026 23:59:30 +0100\r\n\r\n" % n
    line = b"A line of message %d, as long as lines of mail are.\r\n" % n
    return head + line * (1 + max(0, size - len(head)) // len(line))


def with_attachment(size):
    line = b"QUJD" * 19 + b"\r\n"
    return (b"From: Ann <ann@example.org>\r\nSubject: large\r\n"
            b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\n"
            b"See attachment.\r\n--b\r\nContent-Type: application/pdf; "
            b"name=a.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n" +
            line * (size // len(line)) + b"--b--\r\n")


def stalled(stage, files, display):
    mails = [mail(n) for n in range(199)] + [mail(200, 400000)]
    server = stall.Server(*files, mails, stage)
    with Window(REMOTE, display, account(server, files[1])) as w:
        if stage == "message":
            w.wait_for("status", "200 messages")
            w.do("do win.show-message 0")
        w.wait_for("status", WORDS[stage])
        w.turns()
        for n in range(4 * STALL):
            w.do("size %d 640" % (980 + 20 * (n % 4)))
            time.sleep(0.25)
        turn = w.turns()[0]
        w.do("do win.cancel")
        cancel = w.wait_for("status", "Canceled") / 1000
        turn = max(turn, w.turns()[0])
    server.close()
    return turn, cancel


def busy(what, mails, ends, files, display):
    server = stall.Server(*files, mails)
    with Window(REMOTE, display, account(server, files[1])) as w:
        if what == "message":
            w.wait_for("status", "1 message")
            w.do("do win.show-message 0")
        else:
            w.wait_for("status", "Reading headers")
        w.turns()
        w.wait_for(*ends)
        time.sleep(1)
        turn = w.turns()[0]
    server.close()
    return turn


HEAD = """# How long the window stands still

The longest turn of the main loop of examples/mailcheck-gtk, by the clock, on a
display in memory and drawn by the processor. At each stage the server stalls
for %d s; meanwhile the window is resized four times a second. Cancel: from the
key to the words in the status bar. Must: %d ms and %d ms. Written by `./dev bench window`.

%s

| the server | longest turn, ms | Cancel, ms |
|---|---|---|
"""


def main():
    rows, text = {}, ""
    with Display() as display, tempfile.TemporaryDirectory() as tmp:
        files = stall.certificate(tmp)
        for stage in stall.STAGES:
            rows[stage] = stalled(stage, files, display)
            text += "| stalls at: %s | %.1f | %.1f |\n" % ((stage,)
                                                          + rows[stage])
            print(text.splitlines()[-1], flush=True)
        n = busy("headers", [mail(n) for n in range(MANY)],
                 ("status", "%d messages" % MANY), files, display)
        text += "| sends %d headers | %.1f | |\n" % (MANY, n)
        n = busy("message", [with_attachment(LARGE)],
                 ("subject", "large"), files, display)
        text += "| sends a message of %d MB | %.1f | |\n" % (
            LARGE // 10**6, n)
    text = HEAD % (STALL, MUST_TURN, MUST_CANCEL, machine()) + text
    with open(os.path.join(HERE, "WINDOW.md"), "w", encoding="utf-8") as f:
        f.write(text)
    print(text)
    print("window: longest gap %.1f ms, cancel %.1f ms" % (
        max(turn for turn, _ in rows.values()),
        max(cancel for _, cancel in rows.values())))


main()
