#!/usr/bin/env python3
"""The examples that send, against squab serve: what they say, and what lies in
the Maildir afterwards, as Python's email package reads it."""
import email
import email.policy
import os
import subprocess
import sys
import tempfile

ROOT, BUILD = os.environ["SRCDIR"], os.environ["BUILDDIR"]
sys.path.insert(0, os.path.join(ROOT, "tests"))
from tap import done, ok  # noqa: E402

SQUAB = os.environ["SQUAB"]
MAX_LINES = 80


class Office:
    """squab serve, with POP3, SMTP and the mail that came in."""

    def __init__(self, tmp):
        self.box, self.ca = os.path.join(tmp, "box"), tmp + "/ca.pem"
        for sub in ("cur", "new", "tmp"):
            os.makedirs(os.path.join(self.box, sub))

    def __enter__(self):
        self.process = subprocess.Popen(
          [SQUAB, "serve", "--quiet", "--write-ca", self.ca, self.box,
             "--pop3s", "0", "--smtps", "0"],
            stdout=subprocess.PIPE, text=True)
        self.ports = dict(self.process.stdout.readline().split()
                          for _ in range(2))
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.communicate(timeout=60)

    def url(self, scheme):
        port = self.ports[scheme].rpartition(":")[2]
        return "%s://test@127.0.0.1:%s" % (scheme, port)

    def run(self, name, *args, stdin=""):
        p = subprocess.run(
          [os.path.join(BUILD, "tests", "example-" + name)] + list(args),
            input=stdin, text=True, capture_output=True, timeout=60,
            env=dict(os.environ, MAIL_PASSWORD="test", MAIL_CA_FILE=self.ca))
        return p.returncode, p.stdout, p.stderr

    def put(self, name, text):
        with open(os.path.join(self.box, "new", name), "w",
                  encoding="utf-8") as f:
            f.write(text)

    def mail(self):
        """What is there, and is taken out."""
        found = []
        folder = os.path.join(self.box, "new")
        for name in sorted(os.listdir(folder)):
            path = os.path.join(folder, name)
            with open(path, "rb") as f:
                found.append(email.message_from_binary_file(
                    f, policy=email.policy.default))
            os.unlink(path)
        return found


def equal(got, wanted, name):
    ok(got == wanted, name, "got    %r\nwanted %r" % (got, wanted))


def lines_of(name):
    with open(os.path.join(ROOT, "examples", name + ".c"),
              encoding="utf-8") as f:
        return len(f.readlines())


def board(office, tmp):
    subscribers = os.path.join(tmp, "subscribers")
    with open(subscribers, "w", encoding="ascii") as f:
        f.write("ann@example.org\nnobody\nbob@example.org\n")
    status, out, err = office.run(
        "board-notify", office.url("smtps"), "birds", "Zo\u00eb",
        "A pigeon \U0001f426", subscribers, stdin="It has landed.\n")
    mail = office.mail()
    equal((status, out), (1, "ann@example.org: told\n"
                               "bob@example.org: told\n"),
          "board-notify: two are told, one cannot be")
    ok(err.startswith("nobody: "), "… which is said", err)
    equal(sorted(m["To"] for m in mail),
          ["ann@example.org", "bob@example.org"], "… each with a message")
    first = mail[0] if mail else email.message.EmailMessage()
    equal(str(first["Subject"]), "[birds] A pigeon \U0001f426",
          "… with the subject")
    equal(str(first["From"]), "Zo\u00eb <board@board.example>",
          "… from the poster")
    equal(str(first["List-Unsubscribe-Post"]),
          "List-Unsubscribe=One-Click", "… that says how to leave")
    equal(first.get_content().replace("\r\n", "\n"), "It has landed.\n",
          "… and what the post says")


def calendar(office):
    status, out, err = office.run(
        "calendar-invite", office.url("smtps"), "ann@example.org",
        "bob@example.org", "20270105T140000Z", "2", "The plan")
    mail = office.mail()
    equal((status, out, err), (0, "invited bob@example.org\n", ""),
          "calendar-invite: it is sent")
    parts = [p for m in mail for p in m.walk() if not p.is_multipart()]
    equal([p.get_content_type() for p in parts],
          ["text/plain", "text/calendar"], "… as a text and an object")
    equal(parts[-1].get_param("method") if parts else None, "REQUEST",
          "… which asks for an answer")
    ok(parts and "DTSTART:20270105T140000Z" in parts[-1].get_content(),
       "… and is as it was written")


def helpdesk(office):
    office.put("1.ask", "From: Zoe <zoe@example.org>\nTo: desk@example.org\n"
               "Subject: It is broken\nMessage-ID: <1@example.org>\n"
               "References: <0@example.org>\n"
               "Date: Mon, 04 Jan 2027 10:00:00 +0000\n\nMy nest leaks.\n")
    office.put("2.auto", "From: robot@example.org\nSubject: Gone fishing\n"
               "Message-ID: <2@example.org>\nAuto-Submitted: auto-replied\n\n"
               "I am away.\n")
    status, out, err = office.run("helpdesk", office.url("pop3s"),
                                  office.url("smtps"), "desk@example.org")
    mail = office.mail()
    equal((status, out, err),
          (0, "1: It is broken\n2: Gone fishing\n", ""),
          "helpdesk: both are seen")
    equal([str(m["To"]) for m in mail], ["Zoe <zoe@example.org>"],
          "… a person is answered, a program is not, both are deleted")
    first = mail[0] if mail else email.message.EmailMessage()
    equal(str(first["Subject"]), "Re: It is broken", "… with its subject")
    equal((str(first["In-Reply-To"]), str(first["References"])),
          ("<1@example.org>", "<0@example.org> <1@example.org>"),
          "… in its thread")
    text = first.get_content() if mail else ""
    ok("ticket 1 now." in text and "> My nest leaks." in text, "… quoted",
       text)


def main():
    with tempfile.TemporaryDirectory() as tmp, Office(tmp) as office:
        board(office, tmp)
        calendar(office)
        helpdesk(office)
    for name in ("board-notify", "calendar-invite", "helpdesk"):
        n = lines_of(name)
        ok(n < MAX_LINES, "examples/%s.c is under %d lines" %
           (name, MAX_LINES), n)
    done()


main()
