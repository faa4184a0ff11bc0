#!/usr/bin/env python3
"""squab send and squab compose: what leaves, and what is said about it, with
a server that answers as the test wants. Real servers are in server/."""
import email
import email.policy
import json
import os
import re
import subprocess
import sys
import tempfile

ROOT = os.environ["SRCDIR"]
sys.path[:0] = [os.path.join(ROOT, "tests"),
                os.path.join(ROOT, "tests", "server")]
from mta import Talker  # noqa: E402
from tap import done, ok  # noqa: E402

SQUAB = os.environ["SQUAB"]
TMP = tempfile.TemporaryDirectory()
FROM = ["--from", "ann@example.org"]


def squab(*args, stdin="", env=None):
    """Status, stdout, stderr."""
    p = subprocess.run([SQUAB] + list(args), input=stdin, text=True,
                       capture_output=True, timeout=60, cwd=TMP.name,
                       env=dict(os.environ, **(env or {})))
    return p.returncode, p.stdout, p.stderr


def equal(got, wanted, name):
    ok(got == wanted, name, "got    %r\nwanted %r" % (got, wanted))


def put(name, text):
    path = os.path.join(TMP.name, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as f:
        f.write(text if isinstance(text, bytes) else text.encode())
    return path


def read(text):
    return email.message_from_string(text, policy=email.policy.default)


def read_bytes(octets):
    return email.message_from_bytes(octets, policy=email.policy.default)


def server(caps="250-x\r\n250-8BITMIME\r\n250 PIPELINING\r\n", **replies):
    """A Talker; replies by the keyword, or by the recipient's local part."""
    def answer(line, talker):
        word = line.split(" ")[0].rstrip(":").lower()
        to = re.match(r"RCPT TO:<(\w+)", line)
        if to and to[1] in replies:
            return replies[to[1]] + "\r\n"
        if line == ".":
            word = "dot"
        if word in replies:
            reply = replies[word]
            return None if reply is None else reply + "\r\n"
        return {"ehlo": caps, "data": "354 go\r\n",
                "quit": "221 bye\r\n"}.get(word, "250 2.0.0 ok\r\n")
    return Talker(answer)


def send(s, *args, **kw):
    return squab("send", "smtp://127.0.0.1:%d" % s.port, "--tls", "off",
                 *args, **kw)


def said(s, word):
    return [line for line in s.lines if line.startswith(word)]


# --- compose


def test_compose():
    put("note.txt", "from a file\n")
    put("a.png", b"\x89PNG\r\n\x1a\n\0\xff")
    status, out, err = squab(
        "compose", "--from", "ann@example.org", "--from-name", "Ann, L\u00e4rk",
        "--to", "bob@example.net, Zo\u00eb <zoe@example.net>", "--cc",
        "eve@example.net", "--bcc", "secret@example.net", "--subject",
        "Gr\u00fc\u00dfe", "--text", "@note.txt", "--html",
        '<img src="cid:a.png"> hi', "--inline", "a.png", "--attach", "a.png",
        "--header", "X-Board: birds")
    m = read(out)
    equal((status, err), (0, ""), "compose: it is printed")
    equal(str(m["From"]), '"Ann, L\u00e4rk" <ann@example.org>', "… from whom")
    equal(str(m["To"]), "bob@example.net, Zo\u00eb <zoe@example.net>",
          "… to whom")
    equal((str(m["Subject"]), str(m["X-Board"])), ("Gr\u00fc\u00dfe", "birds"),
          "… about what")
    ok("secret" not in out, "… Bcc is not in it", out)
    ok("\r" not in out and max(map(len, out.splitlines())) <= 78,
       "… in lines of a file, of 78 characters at most")
    equal([p.get_content_type() for p in m.walk()],
          ["multipart/mixed", "multipart/alternative", "text/plain",
           "multipart/related", "text/html", "image/png", "image/png"],
          "… in the right multiparts")
    parts = [p for p in m.walk() if not p.is_multipart()]
    equal(parts[0].get_content(), "from a file\n", "… with the file's text")
    equal(parts[-1].get_content(), b"\x89PNG\r\n\x1a\n\0\xff",
          "… and the file")
    equal(parts[2]["Content-ID"], "<a.png>", "… and its name for the HTML")


def test_compose_answers():
    put("in.eml", "From: Bob <bob@example.net>\nTo: ann@example.org, "
        "eve@example.net\nSubject: Lunch\nMessage-ID: <1@example.net>\n"
        "Date: Mon, 04 Jan 2027 10:00:00 +0000\n\nAt noon?\n")
    status, out, err = squab("compose", *FROM, "--reply", "in.eml",
                             "--reply-all", "--quote", "--text", "Yes.\n")
    m = read(out)
    equal((status, err), (0, ""), "compose --reply")
    equal((m["To"], m["Cc"], m["Subject"], m["In-Reply-To"]),
          ("Bob <bob@example.net>", "eve@example.net", "Re: Lunch",
           "<1@example.net>"), "… to everybody, in the thread")
    ok(out.count("Yes.") == 1 and "> At noon?" in out, "… quoted", out)
    status, out, err = squab("compose", *FROM, "--to", "zoe@example.net",
                             "--forward", "in.eml", "--attached")
    equal([p.get_content_type() for p in read(out).walk()],
          ["multipart/mixed", "text/plain", "message/rfc822", "text/plain"]
          if "text/plain" in out.split("message/rfc822")[0] else
          ["multipart/mixed", "message/rfc822", "text/plain"],
          "compose --forward --attached")


def test_compose_wrong():
    for args, words in (
            (["--to", "x"], "no address"),
            (["--to", "a@b.c\r\nBcc: d@e.f"], ""),
            (["--header", "no colon"], "Name: text"),
            (["--header", "Subject: a\nX: b"], ""),
            (["--header", "MIME-Version: 2"], ""),
            (["--attach", "nowhere.pdf"], "nowhere.pdf"),
            (["--text", "@nowhere.txt"], "nowhere.txt"),
            (["--text", "-", "--html", "-"], "standard input"),
            (["--dkim-key", "k.pem"], "--dkim-selector")):
        status, out, err = squab("compose", *FROM, *args)
        ok(status in (64, 66) and err.count("\n") == 1 and words in err and
           out == "", "compose %s is refused in one line" % args[0],
           "%d %s" % (status, err))
    status, out, err = squab("compose", "--to", "a@b.c", "--text", "x")
    ok(status == 64 and "From" in err or "from" in err,
       "compose without --from says so", err)


# --- send


def test_flags():
    s = server()
    status, out, err = send(s, *FROM, "--to", "bob@example.net", "--bcc",
                            "eve@example.net", "--subject", "Hi", "--text",
                            "Gr\u00fc\u00dfe\n.\n")
    equal((status, out, err),
          (0, "1 message taken for 2 recipients\n", ""), "send: flags")
    equal(said(s, "RCPT"), ["RCPT TO:<bob@example.net>",
                            "RCPT TO:<eve@example.net>"], "… to both")
    equal(said(s, "MAIL"), ["MAIL FROM:<ann@example.org> BODY=8BITMIME"],
          "… with 8BITMIME, as the server has it")
    m = read_bytes(s.messages[0])
    equal(m.get_content().replace("\r\n", "\n"), "Gr\u00fc\u00dfe\n.\n", "… as it was written")
    ok(b"eve@" not in s.messages[0], "… without Bcc")
    s = server("250 x\r\n")
    send(s, *FROM, "--to", "b@x.org", "--text", "Gr\u00fc\u00dfe")
    equal(said(s, "MAIL"), ["MAIL FROM:<ann@example.org>"],
          "send: a server without extensions gets none")
    ok(all(c < 128 for c in s.messages[0]), "… and seven bits")


def test_partial():
    s = server(bob="550 5.1.1 no \x1b[31msuch user", eve="450 4.2.1 later")
    flags = FROM + ["--to", "ann@x.org, bob@x.org, eve@x.org", "--text", "x"]
    status, out, err = send(s, *flags)
    equal((status, out), (69, "1 message taken for 1 recipient\n"),
          "send: one of three is refused, one put off")
    equal(err, "squab: bob@x.org: refused: 550 5.1.1 no \\x1b[31msuch user\n"
          "squab: eve@x.org: refused for now, try again later: 450 "
          "4.2.1 later\n",
          "… both are told of, safe to print")
    status, out, err = send(s, *flags, "--json")
    rows = [json.loads(line) for line in out.splitlines()]
    equal([(r["to"], r["code"], r["reply"], r["enhanced"]) for r in rows],
          [("ann@x.org", "OK", 250, "2.0.0"),
           ("bob@x.org", "REFUSED", 550, "5.1.1"),
           ("eve@x.org", "RETRY", 450, "4.2.1")], "send --json")
    s = server(bob="550 5.1.1 no")
    status, out, err = send(s, *flags, "--all-or-none")
    ok(status == 69 and not s.messages, "send --all-or-none sends nothing",
       "%d %s" % (status, s.messages))


def test_refusals():
    for name, replies, status in (
            ("data", {"dot": "554 5.7.1 spam"}, 69),
            ("for now", {"dot": "451 4.3.0 later"}, 75),
            ("sender", {"mail": "550 no"}, 69),
            ("greeting", {"ehlo": "421 busy"}, 75),
            ("line", {"mail": None}, 75)):
        s = server(**replies)
        got = send(s, *FROM, "--to", "b@x.org", "--text", "x")
        ok(got[0] == status and got[2].count("\n") == 1,
           "send: refused (%s): status %d" % (name, status), str(got))
    s = server(dot=None)
    status, out, err = send(s, *FROM, "--to", "b@x.org", "--text", "x")
    ok(status == 79 and "may have been delivered" in err,
       "send: a lost answer has a status of its own", "%d %s" % (status, err))


def test_finished():
    s = server()
    mail = ("Received: x\nFrom: Ann <ann@example.org>\nBcc: hid@x.org,\n"
            " den@x.org\nTo: bob@x.org\nbcc: third@x.org\nSubject: s\n\n"
            "Bcc: this is text\n..\n")
    put("one.eml", mail)
    status, out, err = send(s, "one.eml")
    equal((status, out, err), (0, "1 message taken for 4 recipients\n", ""),
          "send FILE: to all that it names")
    equal(s.messages[0].decode(), mail.replace(
        "Bcc: hid@x.org,\n den@x.org\n", "").replace(
            "bcc: third@x.org\n", "").replace("\n", "\r\n"),
          "… as it is, but for Bcc")
    s = server()
    status, out, err = send(s, "--from", "<>", "--to", "q@x.org", stdin=mail)
    equal((status, said(s, "MAIL"), said(s, "RCPT")),
          (0, ["MAIL FROM:<>"], ["RCPT TO:<q@x.org>"]),
          "send: standard input, with an envelope of its own")
    put("box/new/1", mail)
    put("box/cur/2:2,S", mail)
    put("many.mbox", "From a Mon Jan  4 10:00:00 2027\n%s\nFrom b Mon Jan  4 "
        "10:00:00 2027\n%s" % (mail, mail))
    s = server()
    status, out, err = send(s, "--messages", "box", "many.mbox")
    equal((status, out, len(s.messages)),
          (0, "4 messages taken for 16 recipients\n", 4),
          "send: a Maildir and an mbox over one connection")
    equal(len(said(s, "EHLO")), 1, "… which is one")
    put("nobody.eml", "Subject: x\n\nx\n")
    s = server()
    status, out, err = send(s, "nobody.eml", "one.eml")
    ok(status == 65 and "nobody.eml" in err and len(s.messages) == 1,
       "send: a message to nobody does not keep the others",
       "%d %s" % (status, err))
    s = server()
    status, out, err = send(s, "--subject", "x", "one.eml")
    ok(status == 64 and not s.lines, "send: a finished message has no flags",
       err)
    put("resent.eml", "Resent-To: new@x.org\nResent-From: me@x.org\n" + mail)
    s = server()
    send(s, "resent.eml")
    equal((said(s, "MAIL"), said(s, "RCPT")),
          (["MAIL FROM:<me@x.org>"], ["RCPT TO:<new@x.org>"]),
          "send: Resent- fields go before others")


def test_who_gets_it():
    """What a header hides, and whom it means."""
    head = "From: ann@x.org\nTo: orig@x.org\nBcc: old@x.org\n"
    for name, fields, to in (
            ("Cc alone", "Resent-Cc: carol@x.org\n", ["carol"]),
            ("Bcc alone", "Resent-Bcc: carol@x.org\n", ["carol"]),
            ("the last of two", "Resent-To: new@x.org\nReceived: x\n"
             "Resent-To: first@x.org\n", ["new"])):
        s = server()
        send(s, stdin="Resent-From: me@x.org\n" + fields + head + "\nhi\n")
        equal(said(s, "RCPT"), ["RCPT TO:<%s@x.org>" % a for a in to],
              "send: resent, " + name)
    for name, between in (("100,001 fields", "X: y\n" * 100001),
                          ("2M of header", ("X: %s\n" % ("y" * 900)) * 2400),
                          ("a CR alone", "X: y\r")):
        s = server()
        send(s, stdin="From: ann@x.org\n" + between +
             "Bcc: hid@x.org\nTo: bob@x.org\n\nhi\n")
        ok(said(s, "RCPT") == ["RCPT TO:<hid@x.org>", "RCPT TO:<bob@x.org>"]
           and b"hid@" not in s.messages[0],
           "send: Bcc is seen and hidden behind " + name,
           "%r" % said(s, "RCPT"))
    s = server()
    status, out, err = send(s, stdin="From: ann@x.org\nTo: bob@x.org, foo "
                            "bar\n\nhi\n")
    ok(status == 65 and '"foo bar' in err and "is no address" in err
       and not s.messages, "send: what is no address is not left out",
       "%d %s" % (status, err))
    for stdin, name in (("", "nothing"), ("secret\n", "a text"),
                        ("\nFrom: a@x.org\n\nx\n", "an empty line first")):
        status, out, err = send(s, *FROM, "--to", "b@x.org", stdin=stdin)
        ok(status == 65 and "no message" in err and not s.messages,
           "send: no message is " + name, "%d %s" % (status, err))
    many = ", ".join("u%d@x.org" % i for i in range(10001))
    status, out, err = send(s, stdin="From: a@x.org\nTo: %s\n\nhi\n" % many)
    ok(status == 65 and "over 10000 recipients" in err,
       "send: too many recipients are named so", "%d %s" % (status, err))


def test_merge():
    lines = [{"to": "ann@x.org", "name": "Ann <A>", "fee": 20},
             {"to": "bob@x.org"}, {"name": "x", "fee": 1},
             {"to": "eve@x.org", "name": "E\n{{fee}}", "fee": 3,
              "subject": "Own {{fee}}"}]
    put("merge.jsonl", "\n".join(map(json.dumps, lines)) + "\n\nnot json\n")
    s = server()
    status, out, err = send(
        s, *FROM, "--from-file", "merge.jsonl", "--subject", "Fee {{fee}}",
        "--text", "Dear {{name}}, {{fee}} {braces}", "--html",
        "<b>{{name}}</b>")
    equal((status, out), (65, "2 messages taken for 2 recipients\n"),
          "send --from-file: two letters of five")
    ok(re.search("line 2: .*fee", err) and "line 3: " in err and
       "line 6: " in err and err.count("\n") == 3,
       "… what is wrong with the others is said", err)
    status, out, err = send(s, *FROM, "--from-file", "-", "--text", "x",
                            stdin=json.dumps({"to": "a@x\r\nBcc: b@x"}))
    ok(status == 64 and err.startswith("squab: line 1: compose: "),
       "… in one way", "%d %s" % (status, err))
    first = read_bytes(s.messages[0])
    text, html = (p.get_content() for p in first.iter_parts())
    equal((str(first["Subject"]), str(first["To"]), text.strip(),
           html.strip()),
          ("Fee 20", "ann@x.org", "Dear Ann <A>, 20 {braces}",
           "<b>Ann &lt;A&gt;</b>"), "… filled in, in HTML as text")
    second = read_bytes(s.messages[1])
    text = next(second.iter_parts()).get_content()
    ok(str(second["Subject"]) == "Own 3" and
       "E\n{{fee}}, 3" in text.replace("\r\n", "\n"),
       "… a value is no form", str(second))
    s = server()
    status, out, err = send(
        s, *FROM, "--from-file", "-", "--to", "b@x.org", "--subject", "x",
        "--text", "x", stdin=' \r\n{}\n{"v": "%s"}\n\n{}' % ("x" * (2 << 20)))
    ok(status == 65 and err == "squab: line 3: longer than 1M\n" and
       len(s.messages) == 2, "… blank lines are none, and a huge one is "
       "dropped", "%d %s %d" % (status, err[:200], len(s.messages)))
    s = server()
    status, out, err = send(
        s, *FROM, "--from-file", "-", "--to", "b@x.org", "--subject",
        "x {{v}}", "--text", "x", stdin='{"v": "a\\r\\nBcc: c@x.org"}\n')
    ok(status != 0 and not s.messages, "send --from-file: no line gets a "
       "field in", "%s" % s.messages)


def test_dry_run():
    s = server()
    status, out, err = send(s, *FROM, "--to", "b@x.org", "--bcc", "c@x.org",
                            "--text", "hello", "--dry-run")
    ok(status == 0 and out.startswith(
        "from ann@example.org\nto   b@x.org\nto   c@x.org\n\n") and
       "hello" in out and not s.lines, "send --dry-run", out)


def test_extensions():
    s = server("250-x\r\n250-DSN\r\n250-DELIVERBY\r\n250-MT-PRIORITY\r\n"
               "250 FUTURERELEASE 86400 2030-01-01T00:00:00Z\r\n")
    status, out, err = send(
        s, *FROM, "--to", "b@x.org", "--text", "x", "--dsn",
        "success,failure", "--ret", "headers", "--envid", "q+1",
        "--priority", "-2", "--deliver-by", "1h", "--hold-for", "10m",
        "--helo", "me.example.org")
    equal((status, err), (0, ""), "send: extensions")
    equal((said(s, "EHLO"), said(s, "MAIL"), said(s, "RCPT")),
          (["EHLO me.example.org"],
           ["MAIL FROM:<ann@example.org> RET=HDRS ENVID=q+2B1 BY=3600;R "
            "HOLDFOR=600 MT-PRIORITY=-2"],
           ["RCPT TO:<b@x.org> NOTIFY=SUCCESS,FAILURE"]), "… as asked")
    s = server("250 x\r\n")
    status, out, err = send(s, *FROM, "--to", "b@x.org", "--text", "x",
                            "--require-tls")
    ok(status == 69 and "REQUIRETLS" in err,
       "send: what the server has not is said", err)
    for args in (["--dsn", "sometimes"], ["--dsn", "never,success"],
                 ["--priority", "10"], ["--ret", "all"]):
        status, out, err = send(s, *FROM, "--to", "b@x.org", *args)
        ok(status == 64 and err.count("\n") == 1,
           "send %s %s is refused" % tuple(args), err)


def test_accounts():
    s = server()
    put("config", "from = ann@example.org\n[account work]\n"
        "url = pop3://127.0.0.1:1\nsend-url = smtp://127.0.0.1:%d\n"
        "tls = off\n\n[account only]\nurl = pop3://127.0.0.1:1\n" % s.port)
    status, out, err = squab("send", "work", "--config", "config", "--to",
                             "b@x.org", "--text", "x")
    equal((status, said(s, "MAIL")), (0, ["MAIL FROM:<ann@example.org>"]),
          "send ACCOUNT: by its send-url, from whom the config says")
    status, out, err = squab("send", "only", "--config", "config", "--to",
                             "b@x.org", "--text", "x")
    ok(status == 64 and "send-url" in err, "send: an account that only "
       "fetches", err)
    status, out, err = squab("send", "smtp://127.0.0.1:%d" % s.port, *FROM,
                             "--to", "b@x.org", "--text", "x")
    ok(status == 69 and "STARTTLS" in err, "send: no TLS is an error", err)


def main():
    for test in (test_compose, test_compose_answers, test_compose_wrong,
                 test_flags, test_partial, test_refusals, test_finished,
                 test_who_gets_it,
                 test_merge, test_dry_run, test_extensions, test_accounts):
        test()
    TMP.cleanup()
    done()


main()
