#!/usr/bin/env python3
"""The SMTP and LMTP side of squab serve, with Python's smtplib and with bare
sockets: the protocol, what lands in the Maildir, and what is to go wrong."""
import base64
import os
import poplib
import smtplib
import socket
import struct
import subprocess
import sys

sys.path.insert(0, os.path.join(os.environ["SRCDIR"], "tests"))
from office import Office, SQUAB, body, equal, trace  # noqa: E402
from tap import done, ok  # noqa: E402

MAIL = "MAIL FROM:<a@x.org>\r\nRCPT TO:<b@y.org>\r\n"


def test_smtplib(o):
    with smtplib.SMTP("127.0.0.1", o.ports["smtp"]) as s:
        s.starttls(context=o.tls())
        s.login("test", "test")
        refused = s.sendmail(
            "a@x.org", ["b@y.org", "c@y.org"],
            "Subject: hi\n\n.one\n..two\n.\nend", mail_options=["SIZE=30"],
            rcpt_options=["NOTIFY=SUCCESS,FAILURE", "ORCPT=rfc822;b@y.org"])
        equal(refused, {}, "smtplib: STARTTLS, AUTH, DSN, two recipients")
        equal(sorted(s.esmtp_features), [
            "8bitmime", "auth", "chunking", "dsn", "enhancedstatuscodes",
            "pipelining", "size", "smtputf8"], "what is announced under TLS")
    mail = o.mail()
    equal([body(m) for m in mail], [b"Subject: hi\n\n.one\n..two\n.\nend\n"],
          "it is one message, as it was")
    equal([t.split(b" with ")[0] for t in trace(mail[0])],
          [b"Return-Path: <a@x.org>", b"Delivered-To: b@y.org",
           b"Delivered-To: c@y.org",
           trace(mail[0])[3], b"\tby localhost"], "… behind its trace")
    ok(b"with ESMTPSA;" in mail[0], "… which says how it came", mail[0])
    with smtplib.SMTP_SSL("127.0.0.1", o.ports["smtps"],
                          context=o.tls()) as s:
        s.ehlo()
        s.auth_initial_response_ok = False
        s.user, s.password = "test", "test"
        equal(s.auth("LOGIN", s.auth_login)[0], 235, "AUTH LOGIN")
        s.sendmail("\u00e9@x.org", ["\u00fc@y.org"], "Subject: x\n\n",
                   mail_options=["SMTPUTF8", "BODY=8BITMIME"])
    mail = o.mail()[0]
    ok("Delivered-To: \u00fc@y.org".encode() in mail, "SMTPUTF8")
    ok(b"with UTF8SMTPSA;" in mail, "… and its trace says so", mail)
    with smtplib.SMTP("127.0.0.1", o.ports["smtp"]) as s:
        try:
            s.login("test", "wrong")
            ok(False, "a wrong password is refused")
        except smtplib.SMTPAuthenticationError as e:
            equal(e.smtp_code, 535, "a wrong password is refused")


def test_commands(o):
    c = o.client()
    ok(c.greeting.startswith("220 "), "a greeting", c.greeting)
    for line, code in (
            ("MAIL FROM:<a@x.org>", "503"), ("EHLO", "501"),
            ("EHLO a b", "501"), ("EHLO x.org", "250"), ("NOOP", "250"),
            ("RCPT TO:<b@y.org>", "503"), ("DATA", "503"),
            ("MAIL FROM:a@x.org", "501"), ("MAIL FROM:<a@x.org", "501"),
            ("MAIL FROM: <a@x.org>", "501"),
            ("MAIL FROM:<a@x.org> BODY=9BIT", "501"),
            ("MAIL FROM:<a@x.org> SIZE=x", "501"),
            ("MAIL FROM:<a@x.org> SIZE=99999999999", "552"),
            ("MAIL FROM:<a@x.org> SIZE=99999999999999999999", "552"),
            ("MAIL FROM:<a@x.org> SIZE=18446744073709551617", "552"),
            ("MAIL FROM:<a@x.org> SIZE=100000000000000000000", "501"),
            ("MAIL FROM:<a@x.org> NEW=1", "555"),
            ("MAIL FROM:<\u00e9@x.org>", "553"),
            ("mail from:<a@x.org> body=8bitmime", "250"),
            ("MAIL FROM:<a@x.org>", "503"), ("DATA", "554"),
            ("RCPT TO:<>", "501"), ("RCPT TO:<b@y.org> NOTIFY=x", "501"),
            ("RCPT TO:<b@y.org> ORCPT=x", "501"),
            ("RCPT TO:<b@y.org> FOO=x", "555"),
            ('RCPT TO:<"b > c"@y.org>', "250"),
            ("RCPT TO:<@r1,@r2:b@y.org> NOTIFY=NEVER", "250"),
            ("DATA now", "501"), ("VRFY b", "252"), ("HELP", "214"),
            ("XYZ", "500"), ("AUTH CRAM-MD5", "503"), ("RSET", "250"),
            ("AUTH CRAM-MD5", "504"), ("AUTH PLAIN !!", "501"),
            ("LHLO x", "500"), ("HELO x.org", "250"),
            ("MAIL FROM:<>", "250"), ("QUIT", "221")):
        equal(c.say(line + "\r\n"), [code], line)
    equal(c.reply(), None, "the line is closed after QUIT")
    c.close()
    c = o.client()
    equal(c.say("EHLO x\r\n" + "NOOP " + "x" * 5000 + "\r\n", 2),
          ["250", "500"], "a line that is too long ends the session")
    c.close()
    c = o.client()
    equal(c.say("EHLO x\r\nSTARTTLS\r\nNOOP\r\n", 2), ["250", "501"],
          "nothing may follow STARTTLS")
    c.close()


def test_trace(o):
    """How it came: RFC 3848 and RFC 6531, section 4.3."""
    end = MAIL + "DATA\r\n.\r\n"
    for service, hello, utf8, word in (
            ("smtp", "HELO", "", b"SMTP"), ("smtp", "EHLO", "", b"ESMTP"),
            ("lmtp", "LHLO", "", b"LMTP"),
            ("smtp", "EHLO", " SMTPUTF8", b"UTF8SMTP"),
            ("lmtp", "LHLO", " SMTPUTF8", b"UTF8LMTP")):
        c = o.client(service)
        c.say("%s x\r\n%s" % (hello, end.replace("org>", "org>" + utf8, 1)),
              5)
        c.close()
        lines = trace((o.mail() + [b""])[0])
        ok(lines and b" with " + word + b"; " in lines[-1],
           "with %s" % word.decode(), lines)


def test_odd(o):
    c = o.client()
    equal(c.say("BDAT 6\r\nNOOP\r\nNOOP\r\n", 2), ["503", "250"],
          "BDAT before EHLO keeps in step")
    equal(c.say("EHLO x\r\nSTARTTLS now\r\nMAIL FROM:<a@x.org>\r\n", 3),
          ["250", "501", "250"], "STARTTLS takes nothing")
    for address in ('"\\\rX"@x', '"\\\0X"@x', '"\\\x7f"@x'):
        equal(c.say("RCPT TO:<%s>\r\n" % address), ["501"],
              "%r is no address" % address)
    equal(c.say("RSET\r\nAUTH PLAIN =\r\nAUTH PLAIN\r\n\r\n", 4),
          ["250", "535", "334", "535"], "an empty response is one")
    c.close()
    c = o.client("lmtp")
    equal(c.say("LHLO x\r\nMAIL FROM:<>\r\nDATA\r\n", 3),
          ["250", "250", "503"], "LMTP: no recipients, RFC 2033, 4.2")
    n = 1000
    c.say("RCPT TO:<b@y>\r\n" * n, n)
    equal(c.say("DATA\r\nx\r\n.\r\nNOOP\r\n", n + 2),
          ["354"] + ["250"] * (n + 1), "LMTP: a thousand replies")
    c.close()
    o.mail()


def test_pipelining(o):
    c = o.client()
    equal(c.say("EHLO x\r\n" + (MAIL + "DATA\r\n"), 4),
          ["250", "250", "250", "354"], "an envelope in one go")
    equal(c.say("one\r\n.\r\n" + MAIL + "DATA\r\n", 4),
          ["250", "250", "250", "354"], "… and the next behind the dot")
    equal(c.say("two\r\n.\r\nQUIT\r\n", 2), ["250", "221"], "… and QUIT")
    equal([body(m) for m in o.mail()], [b"one\n", b"two\n"], "both are there")
    c.close()


def test_splits(o):
    session = ("EHLO x\r\n" + MAIL + "DATA\r\n..a\r\n.\r\n" + MAIL +
               "BDAT 4\r\nb\r\n.BDAT 3 LAST\r\nc\r\nQUIT\r\n").encode()
    right = 0
    for cut in range(1, len(session)):
        c = o.client()
        c.s.sendall(session[:cut])
        got = c.say(session[cut:], 10)
        right += got == ["250", "250", "250", "354", "250", "250", "250",
                         "250", "250", "221"]
        c.close()
    equal(right, len(session) - 1, "a session cut at every octet")
    mails = [body(m) for m in o.mail()]
    ok(len(mails) == 2 * (len(session) - 1) and
       set(mails) == {b".a\n", b"b\n.c\n"}, "… its mails are all there",
       len(mails))


def test_chunks(o):
    c = o.client()
    c.say("EHLO x\r\n")
    equal(c.say("BDAT 3\r\na\r\n"), ["503"], "BDAT before MAIL")
    equal(c.say(MAIL, 2), ["250", "250"], "… does not confuse")
    equal(c.say("BDAT 0 LAST\r\n"), ["250"], "BDAT 0 LAST: an empty one")
    equal(c.say(MAIL + "BDAT 5\r\n.\r\nx\rBDAT 1\r\n\nDATA\r\nRCPT TO:<c@y>"
                "\r\nBDAT 3 LAST\r\ny\r\n", 7),
          ["250", "250", "250", "250", "503", "503", "250"],
          "no DATA and no RCPT between chunks")
    equal([body(m) for m in o.mail()], [b"", b".\nx\ny\n"],
          "dots are not looked at, CRLF is found across chunks")
    equal(c.say(MAIL + "BDAT 3\r\na\nbBDAT 2\r\nxyRSET\r\nNOOP\r\n", 6),
          ["250", "250", "550", "503", "250", "250"],
          "a bad chunk spoils the rest, until RSET")
    equal(c.say("BDAT x\r\n"), ["501"], "a chunk of no size")
    equal(c.reply(), None, "… ends the session: where would it go on?")
    c.close()
    equal((o.mail(), o.left()), ([], []), "nothing is left of it")


def test_smuggling(o):
    for text in (b"a\n.\nb", b"a\n.\r\nb", b"a\r\n.\nb", b"a\r.\rb",
                 b"a\r.\r\nb", b"a\r\n.\rb", b"a\r\n\r.\r\n", b"\n", b"\r"):
        c = o.client()
        got = c.say(b"EHLO x\r\n" + MAIL.encode() + b"DATA\r\n" + text +
                    b"\r\nMAIL FROM:<evil@x>\r\n\r\n.\r\nNOOP\r\n", 6)
        equal(got, ["250", "250", "250", "354", "550", "250"],
              "%r is refused, and ends nothing" % text)
        c.close()
    equal((o.mail(), o.left()), ([], []), "nothing of it is taken")


def test_limits():
    with Office("--max-message", "1000") as o:
        c = o.client()
        equal(c.say("EHLO x\r\n" + MAIL + "DATA\r\n" + "x" * 998 +
                    "\r\n.\r\n", 5), ["250", "250", "250", "354", "250"],
              "a message of --max-message")
        equal(c.say(MAIL + "DATA\r\n" + "y" * 3000 + "\r\n.\r\nNOOP\r\n", 5),
              ["250", "250", "354", "552", "250"], "… and one above it")
        c.say("MAIL FROM:<a@x.org>\r\n")
        got = c.say("RCPT TO:<b@y>\r\n" * 1001, 1001)
        equal((got.count("250"), got[-1]), (1000, "452"),
              "a thousand recipients, and no more")
        c.close()
        equal(len(o.mail()), 1, "one was taken")
        c = o.client()
        c.say("EHLO x\r\n" + MAIL + "DATA\r\nhalf", 4)
        c.close()
        c = o.client()
        c.say("NOOP\r\n")
        c.close()
    with Office("--require-auth", "--require-tls") as o:
        c = o.client()
        equal(c.say("EHLO x\r\nMAIL FROM:<a@x>\r\nAUTH PLAIN " +
                    base64.b64encode(b"\0test\0test").decode() + "\r\n", 3),
              ["250", "530", "538"], "--require-auth and --require-tls")
        c.close()
        with smtplib.SMTP_SSL("127.0.0.1", o.ports["smtps"],
                              context=o.tls()) as s:
            s.login("test", "test")
            equal(s.sendmail("a@x.org", "b@y.org", "x\n"), {},
                  "… under TLS, logged in")


def test_lmtp(o):
    c = o.client("lmtp")
    equal(c.say("EHLO x\r\nLHLO x\r\n" + MAIL +
                "RCPT TO:<c@y.org>\r\nDATA\r\n", 6),
          ["500", "250", "250", "250", "250", "354"], "LMTP: LHLO")
    equal(c.say("x\r\n.\r\nNOOP\r\n", 3), ["250", "250", "250"],
          "… a reply for each recipient")
    c.close()
    equal(len(o.mail()), 1, "… of one mail")


def test_pop3(o):
    with smtplib.SMTP("127.0.0.1", o.ports["smtp"]) as s:
        s.sendmail("a@x.org", "b@y.org", "Subject: first\n\n.x\n")
        s.sendmail("a@x.org", "b@y.org", "Subject: second\n\n")
    p = poplib.POP3("127.0.0.1", o.ports["pop3"], timeout=30)
    p.user("test")
    p.pass_("test")
    equal(p.stat()[0], 2, "POP3 sees what has come in")
    ok(b"Subject: first" in p.retr(1)[1] and p.retr(1)[1][-1] == b".x" and
       b"Subject: second" in p.retr(2)[1], "… in its order")
    p.dele(1)
    p.dele(2)
    p.quit()
    equal(o.mail(), [], "… and may delete it")


def fail(rule, talk, n, want, taken, name):
    with Office("--fail", rule) as o:
        c = o.client()
        got = [c.greeting[:3] if c.greeting else "gone"]
        if n:
            got += c.say(talk, n)
        c.close()
        equal((got, len(o.mail())), (want.split(), taken), name)


def test_failures():
    all_of_it = "EHLO x\r\n" + MAIL + "DATA\r\nx\r\n.\r\nQUIT\r\n"
    fail("greeting=421 busy", "", 0, "421", 0, "--fail greeting=421")
    fail("greeting=drop", "", 0, "gone", 0, "--fail greeting=drop")
    fail("ehlo=550", "EHLO x\r\nHELO x\r\n", 2, "220 550 550", 0,
         "--fail ehlo=550")
    fail("mail=451*1", "EHLO x\r\n" + MAIL + MAIL, 5,
         "220 250 451 503 250 250", 0, "--fail mail=451*1: once")
    fail("rcpt:b@y.org=550 5.1.1 no", "EHLO x\r\n" + MAIL +
         "RCPT TO:<c@y.org>\r\n", 4, "220 250 250 550 250", 0,
         "--fail rcpt:ADDRESS=550")
    fail("data=452", all_of_it, 4, "220 250 250 250 452", 0,
         "--fail data=452")
    fail("data=452 4.3.1 full", "EHLO x\r\n" + MAIL + "BDAT 3\r\nx\r\n"
         "BDAT 0 LAST\r\nRSET\r\n", 6, "220 250 250 250 452 503 250", 0,
         "--fail data=452, and chunks instead of DATA")
    fail("data=drop", "EHLO x\r\n" + MAIL + "BDAT 3 LAST\r\nx\r\n", 4,
         "220 250 250 250 gone", 0, "--fail data=drop, likewise")
    fail("end=554 5.7.1 spam", all_of_it, 6,
         "220 250 250 250 354 554 221", 0, "--fail end=554: it is not taken")
    fail("end=drop", all_of_it, 5, "220 250 250 250 354 gone", 1,
         "--fail end=drop: it is taken, and nobody knows")
    fail("message=drop", all_of_it, 5, "220 250 250 250 354 gone", 0,
         "--fail message=drop: in the middle of it")
    fail("auth=454", "EHLO x\r\nAUTH PLAIN\r\n", 2, "220 250 454", 0,
         "--fail auth=454")
    fail("starttls=454", "EHLO x\r\nSTARTTLS\r\n", 2, "220 250 454", 0,
         "--fail starttls=454")
    fail("quit=drop", "EHLO x\r\nQUIT\r\n", 2, "220 250 gone", 0,
         "--fail quit=drop")
    fail("end=421 4.3.2 bye", all_of_it, 6,
         "220 250 250 250 354 421 gone", 0, "--fail end=421 is the last word")
    fail("rcpt:a=b@y.org=550", "EHLO x\r\nMAIL FROM:<>\r\n"
         "RCPT TO:<a=b@y.org>\r\n", 3, "220 250 250 550", 0,
         "--fail rcpt:ADDRESS with = in it")
    fail("mail=451 4.3.0 ** later **", "EHLO x\r\n" + MAIL, 3,
         "220 250 451 503", 0, "--fail with stars in its words")
    fail("ehlo=550", "EHLO x\r\nMAIL FROM:<a@x>\r\n", 2, "220 550 503", 0,
         "--fail ehlo=550: nobody has said EHLO")
    with Office("--fail", "rcpt=550", "--fail", "quit=stall") as o:
        c = o.client()
        c.say("EHLO x\r\nMAIL FROM:<a@x>\r\n", 2)
        c.s.sendall(b"RCPT TO:<b@y>\r\n")
        equal(c.reply(), "550 5.0.0 as you wished", "--fail rcpt=550 alone")
        c.s.sendall(b"QUIT\r\n")
        c.s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                       struct.pack("ii", 1, 0))
        c.close()
        fds = "/proc/%d/fd" % o.process.pid
        before = None
        for _ in range(50):
            other = o.client()
            other.say("NOOP\r\n")
            n, before = len(os.listdir(fds)), before or len(os.listdir(fds))
            other.close()
        ok(n <= before, "a stalled line that is reset is closed",
           "%d of %d" % (n, before))
    with Office("--fail", "mail=stall", "--fail", "rcpt=450") as o:
        c = o.client()
        c.s.sendall(b"EHLO x\r\nMAIL FROM:<a@x>\r\n")
        equal(c.codes(1), ["250"], "--fail mail=stall")
        c.s.settimeout(0.3)
        try:
            c.reply()
            ok(False, "… nothing is said any more")
        except OSError:
            ok(True, "… nothing is said any more")
        c.close()
        other = o.client()
        equal(other.say("EHLO x\r\nNOOP\r\n", 2), ["250", "250"],
              "… and others are served")
        other.close()
    for rule in ("x=550", "rcpt", "rcpt=250", "rcpt=5500", "mail:a@b=550",
                 "end=drop*0", "end=drop*x", "end=", "rcpt=550\nx"):
        p = subprocess.run([SQUAB, "serve", "--fail", rule, "/"],
                           capture_output=True, text=True, timeout=30)
        ok(p.returncode == 64 and p.stderr.count("\n") == 1,
           "--fail %r is none" % rule, p.stderr)


def main():
    with Office() as o:
        for test in (test_smtplib, test_commands, test_trace, test_odd,
                     test_pipelining, test_splits, test_chunks,
                     test_smuggling, test_lmtp, test_pop3):
            test(o)
        equal(o.left(), [], "nothing is left in tmp")
    test_limits()
    test_failures()
    done()


main()
