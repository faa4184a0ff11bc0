#!/usr/bin/env python3
"""send.h against real servers, by way of send_test.c ($SEND_TEST): Dovecot's
LMTP and submission, smtp-sink with its faults, and a few that no real one is.
"""
import email
import email.policy
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.dirname(HERE)]
import mta  # noqa: E402
from tap import done, ok, skip  # noqa: E402

SHORT = b"From: a@example.org\r\nSubject: hi\r\n\r\n.dot\r\n..\r\nend\r\n"


def act(url, *args, timeout=120):
    """The lines that it prints."""
    result = subprocess.run([os.environ["SEND_TEST"], url, *map(str, args)],
                            stdin=subprocess.DEVNULL, timeout=timeout,
                            capture_output=True, text=True)
    if result.returncode != 0 or result.stderr:
        return ["died %d" % result.returncode, result.stderr]
    return result.stdout.splitlines()


def says(lines, *want):
    """Each of want is in a line, in this order."""
    at = 0
    for text in want:
        while at < len(lines) and text not in lines[at]:
            at += 1
        if at == len(lines):
            return False
        at += 1
    return True


def told(lines, name, *want):
    return ok(says(lines, *want), name, "\n".join(lines) + "\nwant " +
              " / ".join(want))


def file_of(folder, name, content):
    path = os.path.join(folder, name)
    with open(path, "wb") as f:
        f.write(content)
    return path


class Office:
    """A post office, what goes on from it, and files to send."""

    def __init__(self, tmp):
        self.tmp = tmp
        self.sink = mta.Sink()
        self.post = mta.PostOffice({"alice": "open sesame", "bob": "b",
                                    "carol": "c"}, self.sink.port).start()
        self.lmtp = ("lmtp://127.0.0.1:%d" % self.post.lmtp, "tls=off")
        self.login = ("user=alice", "password=open sesame",
                      "ca=" + self.post.ca.pem)
        self.short = file_of(tmp, "short", SHORT)


def test_lmtp(o):
    ways = [("by TCP", *o.lmtp),
            ("over TLS", "lmtp://127.0.0.1:%d" % o.post.lmtp,
             "ca=" + o.post.ca.pem),
            ("by a Unix socket", "lmtp://" + o.post.path("run/lmtp"))]
    for stepped in ((), ("stepped=1",)):
        for name, *where in ways:
            lines = act(*where, *stepped, "mail", "a@example.org",
                        "alice@example.org,nobody-here@example.org,"
                        "bob@example.org", o.short, "whole", "about", "quit")
            told(lines, "LMTP %s tells of each recipient%s" % (
                name, " in steps" if stepped else ""), "open OK",
                "- alice@example.org OK 250 2.0.0",
                "- nobody-here@example.org REFUSED 550 5.1.1",
                "- bob@example.org OK 250 2.0.0",
                "mail PARTIAL lmtp: taken for 2 of 3; "
                "nobody-here@example.org refused: 550 5.1.1",
                "TLS" if "over TLS" in name else "clear", "quit OK")
    for user in ("alice", "bob"):
        found = o.post.delivered(user)
        ok(len(found) == 6 and all(
            m.replace(b"\n", b"\r\n").endswith(SHORT.split(b"\r\n\r\n")[1])
            for m in found), user + " has them, and the dots are right",
           found[:1])
    ok(all(b"Return-Path: <a@example.org>" in m
           for m in o.post.delivered("alice")), "from the right sender")


def test_submission(o):
    for scheme, port in (("smtp", o.post.submission),
                         ("smtps", o.post.submissions)):
        lines = act("%s://localhost:%d" % (scheme, port), *o.login, "about",
                    "send", "Alice <alice@example.org>",
                    "Zoë <zoe@example.net>, bob@example.net", "Grüße",
                    "Hello, wörld.", "-", "noop", "quit")
        told(lines, "submission: " + scheme, "open OK",
             "|SCRAM-SHA-256|TLS",
             "- zoe@example.net OK 250", "- bob@example.net OK 250",
             "send OK", "noop OK", "quit OK")
    got = o.sink.mails()
    m = email.message_from_bytes(got[0][1], policy=email.policy.default)
    ok(len(got) == 2 and m["Subject"] == "Grüße" and
       m.get_content().strip() == "Hello, wörld.", "and arrives", got)


def test_logins(o):
    url = "smtp://localhost:%d" % o.post.submission
    ca = "ca=" + o.post.ca.pem
    told(act(url, "user=alice", "password=wrong", ca),
         "a wrong password is refused",
         "open AUTH smtp: login refused")
    told(act(url, "user=alice", "password=open sesame"),
         "a stranger's certificate is not trusted", "open TLS smtp: ")
    told(act(url, "user=alice", ca, "noop"),
         "without a password nobody logs in", "open OK")
    told(act(url, "password=x", ca), "a password without a user",
         "open USAGE smtp: a password was given, but no user")
    told(act(url, *o.login, "mechanism=none", "about"), "mechanism none",
         "open OK", "||TLS")
    told(act("smtp://127.0.0.1:%d" % o.sink.port, "ca=" + o.post.ca.pem),
         "a server without STARTTLS", "open TLS smtp: ")
    bare = mta.Sink("-a")
    told(act("smtp://127.0.0.1:%d" % bare.port, "tls=off", "user=a",
             "password=b"),
         "credentials for a server that has no AUTH",
         "open UNSUPPORTED smtp: ")
    bare.stop()


def test_large(o):
    """25 MB, attached, streamed from the file."""
    content = os.urandom(25 * 1000 * 1000)
    path = file_of(o.tmp, "photo.jpg", content)
    for user, where in (
            ("carol", (o.lmtp[0], "tls=off")),
            ("", ("smtp://localhost:%d" % o.post.submission, *o.login))):
        lines = act(*where, "send", "a@example.org",
                    "carol@example.org", "large", "text", path, "quit")
        if not told(lines, "25 MB go " + where[0].split(":")[0],
                    "- carol@example.org OK 250", "send OK", "quit OK"):
            continue
        got = o.post.delivered(user)[-1] if user else max(
            (m for _, m in o.sink.mails()), key=len)
        m = email.message_from_bytes(got)
        parts = [p for p in m.walk() if p.get_filename() == "photo.jpg"]
        ok(len(parts) == 1 and
           parts[0].get_payload(decode=True) == content,
           "and arrive octet by octet")


def test_many(o):
    before = len(o.post.delivered("alice"))
    lines = act(*o.lmtp, "all", "a@example.org",
                "alice@example.org,none@example.org", o.short, 1000, 0,
                "quit")
    told(lines, "many by LMTP, each told of in order",
         "= begun 1000 ended 1000 good 500", "all REFUSED lmtp: "
         "none@example.org refused: 550 5.1.1", "quit OK")
    found = len(o.post.delivered("alice")) - before
    ok(found == 500, "and delivered once", found)
    for option in ((), ("no_pipelining=1",), ("stepped=1",)):
        sink = mta.Sink()
        lines = act("smtp://127.0.0.1:%d" % sink.port, "tls=off", *option,
                    "all", "a@example.org", "b@example.org", o.short, 3000, 0,
                    "quit")
        told(lines, "thousands to a relay %s" % "".join(option),
             "= begun 3000 ended 3000 good 3000", "all OK", "quit OK")
        mails = sink.mails()
        want = SHORT.replace(b"\r\n", b"\n")
        ok(len(mails) == 3000 and all(m.rstrip(b"\n") == want.rstrip(b"\n")
                                      for _, m in mails),
           "and all are there", (len(mails), mails[:1]))
        sink.stop()
    before = len(o.sink.mails())
    lines = act("smtps://localhost:%d" % o.post.submissions, *o.login, "all",
                "alice@example.org", "b@example.org", o.short, 500, 0, "quit")
    told(lines, "many by submission, in chunks over TLS",
         "= begun 500 ended 500 good 500", "all OK", "quit OK")
    ok(len(o.sink.mails()) == before + 500, "and all went on")
    told(act("smtp://127.0.0.1:%d" % o.sink.port, "tls=off", "all", "a@x.org",
             "b@x.org", o.short, 1000, 10, "noop"),
         "an outbox can stop the sending, not the session",
         "all SINK", "noop OK")


def test_postfix(o):
    why = mta.Postfix.why_not()
    if why:
        return skip("Postfix", why)
    p = mta.Postfix()
    url = ("smtp://localhost:%d" % p.port, "ca=" + p.ca.pem)
    to = ",".join("r%d@example.org" % i for i in range(25))
    told(act(*url, "mail", "a@example.net", to, o.short, "streamed", "quit"),
         "Postfix takes ten recipients a mail, and so gets three mails",
         "- r0@example.org OK 250", "- r24@example.org OK 250", "mail OK")
    told(act(*url, "all", "a@example.net", "b@example.org", o.short, 300, 0,
             "quit"), "many in chunks over TLS",
         "= begun 300 ended 300 good 300", "all OK", "quit OK")
    big = file_of(o.tmp, "over", (b"x" * 76 + b"\r\n") * 15000)
    told(act(*url, "mail", "a@example.net", "b@example.org,c@example.com",
             o.short, "whole", "mail", "a@example.net", "b@example.org", big,
             "whole", "send", "a@example.net", "Zoë <zoe@example.org>",
             "Grüße", "ä", "-", "quit"),
         "it refuses what is not its own or too large",
         "- c@example.com RETRY 454 4.7.1", "mail PARTIAL smtp: taken for "
         "1 of 2; c@example.com refused for now, try again later: 454",
         "mail REFUSED smtp: ", "send OK", "quit OK")
    got = p.delivered(25 + 300 + 2)
    body = SHORT.split(b"\r\n\r\n")[1].replace(b"\r\n", b"\n")
    ok(len(got) == 327 and sum(m.endswith(body) for m in got) == 326,
       "and all is delivered, once", (len(got), got[:1]))
    p.stop()
    return None


def faulty(o, name, options, *want, args=()):
    sink = mta.Sink(*options)
    lines = act("smtp://127.0.0.1:%d" % sink.port, "tls=off", "mail",
                "a@example.org", "b@example.org,c@example.org", o.short,
                "whole", *args)
    told(lines, name, *want)
    n = len(sink.mails())
    sink.stop()
    return n


def test_faults(o):
    both = ("- b@example.org %s", "- c@example.org %s")

    def each(text):
        return [b % text for b in both]

    for c in ("MAIL", "RCPT", "DATA", "."):
        faulty(o, "%s is refused" % c, ("-f", c), *each("REFUSED 500 5.3.0"),
               "mail REFUSED smtp: b@example.org refused: 500 5.3.0",
               "noop OK", args=("noop",))
        faulty(o, "%s is refused for now" % c, ("-r", c),
               *each("RETRY 450 4.3.0"), "mail RETRY smtp: b@example.org "
               "refused for now, try again later: 450", "noop OK",
               args=("noop",))
        faulty(o, "the server leaves with 421 at %s" % c, ("-Q", c),
               "- b@example.org RETRY 421", "- c@example.org RETRY",
               "mail RETRY smtp: ", "noop RETRY", args=("noop",))
    for c in ("MAIL", "RCPT", "DATA"):
        faulty(o, "the line ends at %s: certainly not taken" % c, ("-q", c),
               *each("EOF"), "mail EOF smtp: ", "noop EOF", args=("noop",))
    faulty(o, "the line ends behind the message: nobody knows", ("-q", "."),
           *each("UNKNOWN"), "mail UNKNOWN smtp: b@example.org: the reply "
           "was lost; it may or may not be done", "noop EOF", args=("noop",))
    faulty(o, "EHLO is refused: HELO", ("-e",), *each("OK 250"), "mail OK")
    faulty(o, "connections are refused", ("-f", "CONNECT"), "open REFUSED")


def caps(*words):
    return "".join("250-%s\r\n" % w for w in words) + "250 OK\r\n"


def answers(line, rcpts=lambda line, n: "250 ok\r\n", more=()):
    """What a server says that has nothing against mail."""
    verb = line.split(":")[0].split(" ")[0].upper()
    if verb == "EHLO":
        return caps("here", "PIPELINING", *more)
    if verb == "RCPT":
        return rcpts(line, 0)
    return {"DATA": "354 go\r\n", ".": "250 2.0.0 queued\r\n",
            "QUIT": "221 bye\r\n"}.get(verb, "250 ok\r\n")


class Counter:
    """Takes n recipients a mail and says 452 to the others; of each mail."""

    def __init__(self, n, more=(), words="452 4.5.3 too many recipients"):
        self.n, self.more, self.here, self.mails = n, more, 0, []
        self.words = words

    def __call__(self, line, talker):
        if line.startswith("MAIL"):
            self.here = 0
            self.mails.append([])
        if not line.startswith("RCPT"):
            return answers(line, more=self.more)
        self.here += 1
        if self.here > self.n:
            return self.words + "\r\n"
        self.mails[-1].append(line.split("<")[1].split(">")[0])
        return "250 2.1.5 ok\r\n"


def test_parts(o):
    to = ["r%d@example.org" % i for i in range(25)]

    def play(server, how="whole", file=o.short):
        t = mta.Talker(server)
        lines = act("smtp://127.0.0.1:%d" % t.port, "tls=off", "mail",
                    "a@example.org", ",".join(to), file, how, "noop", "quit")
        t.stop()
        return lines, t

    for how in ("whole", "streamed"):
        c = Counter(10)
        lines, t = play(c, how)
        told(lines, "who is put off is asked in another mail, " + how,
             "- r0@", "OK 250", "- r24@example.org OK 250", "mail OK",
             "noop OK", "quit OK")
        ok(c.mails == [to[:10], to[10:20], to[20:]] and
           t.messages == [SHORT] * 3, "in as few as can be", c.mails)
    lines, t = play(Counter(10), "once")
    told(lines, "but not what cannot be read twice",
         "- r9@example.org OK 250", "- r10@example.org SINK",
         "mail PARTIAL", "noop OK")
    c = Counter(0)
    lines, t = play(c)
    told(lines, "it ends where it leads nowhere", "- r0@example.org RETRY 452",
         "- r24@example.org RETRY 452 4.5.3 too many recipients",
         "mail RETRY", "noop OK")
    ok(len(c.mails) == 1, "at once", len(c.mails))
    c = Counter(10, words="552 too many recipients")
    lines, t = play(c)
    told(lines, "552 is what servers of old say for it", "mail OK")
    c = Counter(10, words="452 4.2.2 mailbox full")
    lines, t = play(c)
    told(lines, "a mailbox that is full is another thing",
         "- r10@example.org RETRY 452 4.2.2", "mail PARTIAL")
    ok(len(c.mails) == 1, "and not asked again", len(c.mails))
    c = Counter(10)
    lines, t = play(c, "all")
    told(lines, "all or none is never parted", "- r0@example.org CANCELED",
         "- r24@example.org RETRY 452", "mail ", "noop OK")
    ok(len(c.mails) == 1 and not t.messages, "nor sent", c.mails)
    c = Counter(100, ("LIMITS RCPTMAX=8",))
    lines, t = play(c)
    told(lines, "RCPTMAX is kept", "mail OK")
    ok([len(m) for m in c.mails] == [8, 8, 8, 1], "in four mails", c.mails)
    to[:] = ["r%d@d%d.example" % (i, i // 2) for i in range(10)]
    c = Counter(100, ("LIMITS RCPTDOMAINMAX=2",))
    lines, t = play(c)
    told(lines, "RCPTDOMAINMAX is kept", "mail OK")
    ok([len(m) for m in c.mails] == [4, 4, 2], "in three mails", c.mails)


def test_odd_answers(o):
    def mail(server, to, *args, greeting="220 here ESMTP\r\n"):
        t = mta.Talker(server, greeting)
        lines = act("smtp://127.0.0.1:%d" % t.port, "tls=off", *args, "mail",
                    "a@example.org", to, o.short, "whole", "noop")
        t.stop()
        return lines, t

    def say(reply):
        return lambda line, t: answers(line, lambda line, n: reply)

    lines, t = mail(say("550-5.1.1 no\x1b[31m such\r\n550 5.1.1 user\r\n"),
                    "b@example.org")
    told(lines, "words are made safe, and one line of many",
         "- b@example.org REFUSED 550 5.1.1 no\\x1b[31m such user",
         "mail REFUSED smtp: b@example.org refused: 550 5.1.1 "
         "no\\x1b[31m such user")
    lines, t = mail(say("250 ok\r\n"), "b@ex\rample.org")
    told(lines, "an address that cannot be sent",
         "mail USAGE smtp: ", "noop OK")
    lines, t = mail(say("250 ok\r\n"), "b@example.org", "helo=me.example.org")
    ok("EHLO me.example.org" in t.lines, "our name is what was said", t.lines)
    lines, t = mail(say("250 ok\r\n"), "b@example.org")
    ok(any(line.startswith("EHLO ") and ("." in line) for line in t.lines),
       "or one that is no bare word", t.lines)
    lines, t = mail(say("250 ok\r\n"), "b@example.org",
                    greeting="554 go away\r\n")
    told(lines, "a greeting that refuses", "open REFUSED smtp: ")


def test_streams(o):
    url = ("smtp://127.0.0.1:%d" % o.sink.port, "tls=off")
    big = file_of(o.tmp, "big", b"Subject: x\n\n" + b"x" * 70 * 1024 + b"\n")
    before = len(o.sink.mails())
    told(act(*url, "mail", "", "b@example.org", big, "broken", "noop"),
         "a message that cannot be read ends the session",
         "- b@example.org SINK", "mail SINK smtp: ", "noop SINK")
    ok(len(o.sink.mails()) == before, "and is not delivered")
    huge = file_of(o.tmp, "huge", (b"x" * 76 + b"\r\n") * 400000)
    slow = mta.Sink("-H", "60")
    told(act("smtp://127.0.0.1:%d" % slow.port, "tls=off", "cancel=1", "mail",
             "", "b@example.org", huge, "streamed", "noop"),
         "on_progress cancels", "mail CANCELED", "noop CANCELED")
    slow.stop()
    told(act(*url, "interrupt", "noop", "send", "a@x.org", "b@x.org", "x", "y",
             "-"),
         "an interrupt ends the session", "noop CANCELED", "send CANCELED")


def test_commands(o):
    for how in ((), ("stepped=1",)):
        sink = ("smtp://127.0.0.1:%d" % o.sink.port, "tls=off") + how
        name = " in steps" if how else ""
        told(act(*sink, "vrfy", "bob", "help", "", "rset", "etrn",
                 "example.org", "send", "a@x.org", "", "no recipient", "x", "-",
                 "send", "a@x.org", "b@x.org", "yes", "x", "-", "quit"),
             "one line asked" + name, "| Ok", "vrfy OK", "help ", "rset OK",
             "etrn UNSUPPORTED smtp: ETRN is not supported", "send USAGE "
             "smtp: the mail has no recipients", "send OK", "quit OK")
        told(act(*o.lmtp, *how, "expn", "list", "vrfy", "a\rb", "noop"),
             "and what is wrong with it" + name, "expn UNSUPPORTED",
             "vrfy USAGE", "noop OK")


def main():
    why = mta.why_not()
    if why:
        print("1..0 # SKIP " + why)
        return
    with tempfile.TemporaryDirectory() as tmp:
        o = Office(tmp)
        for test in (test_lmtp, test_submission, test_logins, test_large,
                     test_many, test_postfix, test_faults, test_parts, test_odd_answers,
                     test_streams, test_commands):
            if len(sys.argv) < 2 or test.__name__ in sys.argv[1:]:
                test(o)
    done()


if __name__ == "__main__":
    main()
