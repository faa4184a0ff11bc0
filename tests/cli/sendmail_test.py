#!/usr/bin/env python3
"""squab sendmail, as the programs call it that have one: cron, git, PHP."""
import email
import os
import re
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.environ["SRCDIR"], "tests"))
import tap  # noqa: E402
from fake_smtp import Server  # noqa: E402

SQUAB = os.environ["SQUAB"]
NOTE = b"Subject: hi\nTo: bob@example.net\n\nHello.\n"


class Home:
    """A user with a config, as a context."""

    def __init__(self, server, more="", sender="ann@example.org"):
        self.config = ("tls = off\n%s\n[account old]\n"
                       "url = pop3s://ann@example.org\n\n[account home]\n"
                       "url = pop3s://ann@example.org\nsend-url = %s\n"
                       "from = %s\n" % (more, server.url, sender))

    def __enter__(self):
        self.dir = tempfile.TemporaryDirectory()
        tmp = self.dir.name
        os.makedirs(tmp + "/config/squab")
        with open(os.open(tmp + "/config/squab/config", os.O_CREAT |
                          os.O_WRONLY, 0o600), "w", encoding="utf-8") as f:
            f.write(self.config)
        os.mkdir(tmp + "/bin")
        os.symlink(SQUAB, tmp + "/bin/sendmail")
        self.env = dict(os.environ, HOME=tmp, XDG_CONFIG_HOME=tmp + "/config",
                        XDG_STATE_HOME=tmp + "/state")
        return self

    def __exit__(self, *_):
        self.dir.cleanup()

    def run(self, *args, text=NOTE, program=None):
        p = subprocess.run([*(program or [SQUAB, "sendmail"]), *args],
                           input=text, env=self.env, capture_output=True,
                           timeout=60)
        p.said = p.stderr.decode()
        return p

    def link(self, *args, text=NOTE):
        return self.run(*args, text=text,
                        program=[self.dir.name + "/bin/sendmail"])

    def queued(self):
        place = self.dir.name + "/state/squab/queue/mail"
        return sorted(os.listdir(place)) if os.path.isdir(place) else []


def header(mail, name):
    return email.message_from_bytes(mail.message)[name]


def test_plain():
    with Server() as server, Home(server) as home:
        p = home.run("bob@example.net")
        mail = server.mails[0]
        tap.ok(p.returncode == 0 and p.said == "" and len(server.mails) == 1,
               "a note is sent, and nothing is said", p.said)
        tap.ok(mail.sender == "ann@example.org" and
               mail.to == ["bob@example.net"], "from and to", mail.to)
        tap.ok(header(mail, "From") == "ann@example.org" and
               re.fullmatch(r"\w{3}, \d+ \w+ \d{4} [\d:]{8} [+-]\d{4}",
                            header(mail, "Date")) and
               re.fullmatch(r"<[^@<>]+@[^@<>]+>", header(mail, "Message-ID")),
               "what it must have is added", mail.message)
        tap.ok(mail.message.endswith(b"\r\n\r\nHello.\r\n") and
               b"\n" not in mail.message.replace(b"\r\n", b""),
               "lines end in CRLF", mail.message)
        p = home.run("-f", "", "-v", "a@b", text=b"x\n.\ny\n")
        mail = server.mails[1]
        tap.ok(p.returncode == 0 and "sent" in p.said and mail.sender == ""
               and mail.message.endswith(b"\r\n\r\nx\r\n"),
               "no sender, no field, and a dot that ends it", mail.message)
        p = home.link("-i", "-f", "me@x.org", "-F", "Mé", "a@b",
                      text=b"Subject: s\n\n.\n..\nGr\xc3\xbc\xc3\x9fe\n")
        mail = server.mails[2]
        tap.ok(p.returncode == 0 and mail.sender == "me@x.org" and
               "=?" in header(mail, "From") and "BODY=8BITMIME" in
               mail.parameters and mail.message.endswith(
                   b"\r\n.\r\n..\r\nGr\xc3\xbc\xc3\x9fe\r\n"),
               "called as sendmail: a dot that does not end it, 8 bits",
               mail.message)


def test_recipients():
    with Server() as server, Home(server, "local-to = root@x.org") as home:
        text = (b"To: a@b, C <c@d>\nCc: e@f\nBcc: g@h,\n i@j\nSubject: s\n\n"
                b"x\n")
        p = home.run("-t", "k@l", "a@b", text=text)
        mail = server.mails[0]
        tap.ok(p.returncode == 0 and sorted(mail.to) ==
               ["a@b", "c@d", "e@f", "g@h", "i@j", "k@l"],
               "-t: those of the fields and the operands, once", mail.to)
        tap.ok(b"bcc" not in mail.message.lower() and
               b"i@j" not in mail.message, "Bcc is gone", mail.message)
        home.run("-ti", text=b"Resent-To: new@x\n" + text)
        tap.ok(server.mails[1].to == ["new@x"], "Resent fields win",
               server.mails[1].to)
        home.run("root", "postmaster")
        tap.ok(server.mails[2].to == ["root@x.org"], "local-to",
               server.mails[2].to)
        home.run("-Nfailure,delay", "-Rhdrs", "-V", "id+1", "a@b")
        mail = server.mails[3]
        tap.ok("RET=HDRS" in mail.parameters and "ENVID=id+2B1" in
               mail.parameters and mail.notify == ["NOTIFY=FAILURE,DELAY"],
               "delivery reports are asked for", mail.parameters)
        n = len(server.mails)
        for args, text, code in (
                (("-t",), b"Subject: s\n\nx\n", 64), ((), NOTE, 64),
                (("a b c",), NOTE, 65), (("-t",), b"To: a@b, x y\n\n", 65),
                (("-bd",), NOTE, 64), (("--nonsense", "a@b"), NOTE, 64),
                (("-f", "x y", "a@b"), NOTE, 64),
                (("-f", "x@y>\r\nRCPT TO:<c@d", "a@b"), NOTE, 64),
                (("a@b\nRCPT TO:<c@d>",), NOTE, 64),
                (("--account", "none", "a@b"), NOTE, 64)):
            p = home.run(*args, text=text)
            tap.ok(p.returncode == code and p.said.startswith("squab: ") and
                   p.said.count("\n") in (1, 2),
                   "%r: exit %d" % (" ".join(args), code), p)
        tap.ok(len(server.mails) == n, "nothing of these was sent")


def test_refusals():
    with Server() as server, Home(server) as home:
        for to, code in ((["no@x"], 67), (["no@x", "policy@x"], 69),
                         (["no@x", "ann@x"], 67), (["later@x"], 75),
                         (["later@x", "no@x"], 67)):
            p = home.run(*to)
            tap.ok(p.returncode == code and to[0] in p.said,
                   "%s: exit %d" % (" ".join(to), code), p)
        tap.ok([m.to for m in server.mails] == [["ann@x"]],
               "who was accepted got it", server.mails)
        server.lost = 1
        p = home.run("ann@x")
        tap.ok(p.returncode == 79 and "may have been delivered" in p.said,
               "a lost answer is told of", p)
        p = home.run("odd@x")
        tap.ok(p.returncode == 67 and "\x1b" not in p.said,
               "what a server says is safe to print", p)
        tap.ok(home.queued() == [], "nothing is queued where that is off")
    with Home(server) as home:
        p = home.run("ann@x")
        tap.ok(p.returncode == 75, "no server: exit 75", p)


def test_queue():
    with Server() as server, Home(server, "queue = yes") as home:
        p = home.run("ann@x", "later@x", "no@x")
        tap.ok(p.returncode == 67 and len(home.queued()) == 1 and
               home.queued()[0] in p.said, "later: kept; no: exit 67", p)
        p = home.run("-bp")
        listed = p.stdout.decode()
        tap.ok(p.returncode == 0 and "waiting later@x: 450 4.2.1" in listed
               and "no@x" not in listed and "ann@x" not in listed,
               "-bp lists who is left", listed)
        server.lost = 1
        p = home.run("ann@x")
        tap.ok(p.returncode == 0 and len(home.queued()) == 2 and
               b"unknown ann@x" in home.run("-bp").stdout,
               "a lost answer is kept as that", p)
        p = home.run("-q")
        tap.ok(p.returncode == 75 and len(server.mails) == 2,
               "-q: nothing is due, and what is unknown is not sent", p)
    with Home(server, "queue = yes") as home:
        p = home.run("a@x", "b@x", text=b"Subject: s\n\n" + b"line\n" * 99999)
        tap.ok(p.returncode == 0 and len(home.queued()) == 1,
               "no server: kept", p)
        place = home.dir.name + "/state/squab/queue/mail/" + home.queued()[0]
        with open(place + "/message", "rb") as f:
            kept = f.read()
        tap.ok(kept.endswith(b"\r\n\r\n" + b"line\r\n" * 99999),
               "all of it")
        os.chmod(home.dir.name + "/state/squab/queue", 0o770)
        p = home.run("a@x")
        tap.ok(p.returncode == 73 and "chmod" in p.said,
               "a queue that others may write to is not used: exit 73", p)
        os.chmod(home.dir.name + "/state/squab/queue", 0o700)
        if os.geteuid() == 0:
            os.chown(home.dir.name + "/state/squab/queue", 1, -1)
            p = home.run("a@x")
            tap.ok(p.returncode == 73 and "another user" in p.said,
                   "nor one that belongs to somebody else", p)


def test_smtp():
    with Server() as server, Home(server) as home:
        p = home.run("-bs", text=b"EHLO me\r\nMAIL FROM:<me@x>\r\n"
                     b"RCPT TO:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\n"
                     b"Subject: s\r\n\r\n..\r\nx\r\n.\r\n"
                     b"MAIL FROM:<>\r\nRCPT TO:<no@x>\r\nRCPT TO:<a@b>\r\n"
                     b"DATA\r\nx\r\n.\r\nQUIT\r\n")
        codes = re.findall(rb"^(\d{3}) ", p.stdout, re.M)
        tap.ok(p.returncode == 0 and codes == b"220 250 250 250 250 354 250 "
               b"250 250 250 354 554 221".split(), "-bs: two messages",
               p.stdout)
        tap.ok(len(server.mails) == 1 and server.connections == 1 and
               server.mails[0].to == ["a@b", "c@d"] and
               server.mails[0].sender == "me@x" and
               server.mails[0].message.endswith(b"\r\n\r\n.\r\nx\r\n"),
               "one is sent, over one connection; the other to nobody",
               server.mails)
        p = home.run("-bs", text=b"EHLO me\r\nMAIL FROM:<me@x>\r\n"
                     b"RCPT TO:<a@b>\r\nDATA\r\nSubject: s\r\n\r\nx")
        tap.ok(p.returncode == 76 and len(server.mails) == 1,
               "-bs: an end within a message is an error, and sends nothing",
               p)
        server.lost = 1
        mail = (b"MAIL FROM:<me@x>\r\nRCPT TO:<a@b>\r\nDATA\r\nx\r\n"
                b".\r\n")
        p = home.run("-bs", text=b"EHLO me\r\n" + mail + mail + b"QUIT\r\n")
        codes = re.findall(rb"^(\d{3}) ", p.stdout, re.M)
        tap.ok(codes == b"220 250 250 250 354 554 250 250 354 250 221".split()
               and len(server.mails) == 3 and server.connections == 3,
               "after a lost answer the next goes over another connection",
               p.stdout)


def git(home, *args, **more):
    return subprocess.run(["git", *args], env=dict(
        home.env, GIT_CONFIG_NOSYSTEM="1", GIT_AUTHOR_NAME="Zoë",
        GIT_AUTHOR_EMAIL="zoe@x.org", GIT_COMMITTER_NAME="Zoë",
        GIT_COMMITTER_EMAIL="zoe@x.org"), capture_output=True, text=True,
        timeout=60, cwd=home.dir.name + "/repo", **more)


def test_git():
    exec_path = subprocess.run(["git", "--exec-path"], capture_output=True,
                               text=True).stdout.strip()
    if not os.path.exists(exec_path + "/git-send-email"):
        tap.skip("git send-email", "it is not installed")
        return
    with Server() as server, Home(server) as home:
        os.mkdir(home.dir.name + "/repo")
        git(home, "init", "-q")
        for i in range(2):
            with open(home.dir.name + "/repo/file", "w") as f:
                f.write("%d\n" % i)
            git(home, "add", "file")
            git(home, "commit", "-q", "-m", "Größe %d" % i)
        for how in (("--sendmail-cmd=%s sendmail" % SQUAB,),
                    ("--smtp-server=%s/bin/sendmail" % home.dir.name,)):
            server.mails.clear()
            p = git(home, "send-email", *how, "--to=list@y.org",
                    "--cc=c@y.org", "--confirm=never", "--quiet", "--root",
                    "HEAD")
            tap.ok(p.returncode == 0 and
                   [sorted(m.to) for m in server.mails] ==
                   [["c@y.org", "list@y.org", "zoe@x.org"]] * 2,
                   "git send-email %s" % how[0].split("=")[0],
                   p.stderr + str([m.to for m in server.mails]))


def test_callers():
    with Server() as server, Home(server, "local-to = ann@x.org",
                                  "Ann Lee <ann@x.org>") as home:
        p = home.link("-i", "-FCronDaemon", "-B8BITMIME", "-oem", "root",
                      text=b"From: root (Cron Daemon)\nTo: root\n"
                      b"Subject: Cron <root@host> job\n"
                      b"Content-Type: text/plain; charset=UTF-8\n\n"
                      b"\xc3\xa9\n")
        tap.ok(p.returncode == 0 and server.mails[0].to == ["ann@x.org"] and
               server.mails[0].message.count(b"From:") == 1, "cron", p)
        home.run("a@b")
        home.run("-f", "b@x.org", "a@b")
        tap.ok([header(m, "From") for m in server.mails[1:]] ==
               ["Ann Lee <ann@x.org>", "b@x.org"],
               "the account's name goes with its address alone",
               server.mails[1].message)
        if not shutil.which("php"):
            tap.skip("PHP", "it is not installed")
            return
        p = subprocess.run(
            ["php", "-n", "-d", "sendmail_path=%s sendmail -t -i" % SQUAB,
             "-r", "exit(mail('a@b, c@d', 'Hello', \"one\\n.\\ntwo\\n\", "
             "\"Bcc: e@f\\r\\nFrom: shop@x.org\", '-fbounce@x.org') "
             "? 0 : 1);"], env=home.env, capture_output=True, text=True)
        mail = server.mails[-1]
        tap.ok(p.returncode == 0 and sorted(mail.to) == ["a@b", "c@d", "e@f"]
               and mail.sender == "bounce@x.org" and b"e@f" not in
               mail.message and b"\r\n.\r\ntwo" in mail.message, "PHP",
               p.stdout + p.stderr + str(mail.message))


def test_config():
    with Server() as server, Home(server) as home:
        with open(home.dir.name + "/other", "w", encoding="utf-8") as f:
            f.write("[account x]\nurl = pop3s://a@b\n")
        p = home.run("-C", home.dir.name + "/other", "a@b")
        tap.ok(p.returncode == 78 and "send-url" in p.said,
               "no account can send: exit 78", p)
        p = home.run("--account", server.url, "a@b")
        tap.ok(p.returncode == 0 and len(server.mails) == 1,
               "a URL as the account", p)
        p = home.run("--account=old", "a@b")
        tap.ok(p.returncode == 64 and "takes no mail" in p.said,
               "one that cannot send", p)
        server.refuse = "554 5.3.2 no service"
        p = home.run("a@b")
        tap.ok(p.returncode in (69, 75), "a server that wants none", p)


def test_serve():
    """Over TLS, logged in, to a server that is none of the test's own."""
    with tempfile.TemporaryDirectory() as tmp:
        for place in ("cur", "new", "tmp"):
            os.makedirs(tmp + "/box/" + place)
        serve = subprocess.Popen(
            [SQUAB, "serve", tmp + "/box", "--smtps", "0", "--require-auth",
             "--write-ca", tmp + "/ca.pem", "--quiet"],
            stdout=subprocess.PIPE, text=True)
        with open(os.open(tmp + "/password", os.O_CREAT | os.O_WRONLY,
                          0o600), "w", encoding="utf-8") as f:
            f.write("test\n")
        port = serve.stdout.readline().split()[1].rsplit(":", 1)[1]
        with Server() as server, Home(server) as home:
            args = ("--account", "smtps://test@127.0.0.1:" + port,
                    "--ca-file", tmp + "/ca.pem", "--tls", "implicit",
                    "--password-file", tmp + "/password")
            p = home.run(*args, "-t", "-f", "a@x.org")
            got = os.listdir(tmp + "/box/new")
            text = open("%s/box/new/%s" % (tmp, got[0])).read() if got else ""
            tap.ok(p.returncode == 0 and len(got) == 1 and
                   "Subject: hi\n" in text and text.endswith("\n\nHello.\n"),
                   "squab serve takes it", [p, text])
            with open(tmp + "/password", "w", encoding="utf-8") as f:
                f.write("wrong\n")
            p = home.run(*args, "-t")
            tap.ok(p.returncode == 77, "the wrong password: exit 77", p)
            p = home.run(*args, "-t", "--queue")
            tap.ok(p.returncode == 0 and len(home.queued()) == 1,
                   "it is kept where that may be", p)
        serve.terminate()
        serve.wait()
        serve.stdout.close()


test_plain()
test_serve()
test_recipients()
test_refusals()
test_queue()
test_smtp()
test_git()
test_callers()
test_config()
tap.done()
