#!/usr/bin/env python3
"""squab fetch --to lmtp: and smtp: a Dovecot's mailbox goes on to another of
its users, and to servers that refuse."""
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.dirname(HERE)]
import mta  # noqa: E402
from tap import done, ok  # noqa: E402

N = 70


def message(i):
    path = b"Return-Path: <from%d@example.org>\n" % i if i % 2 else b""
    body = b"line %d\n..\n.\n" % i * (1 + i * 50)
    return path + b"From: a@example.org\nSubject: %d\n\nGr\xc3\xbc\xc3\x9fe\n" \
        % i + body


def without_path(m):
    return m.split(b"\n", 1)[1] if m.startswith(b"Return-Path") else m


class Mailbox:
    def __init__(self, tmp, n=N):
        self.tmp, self.n = tmp, n
        self.post = mta.PostOffice({"alice": "open sesame", "bob": "b"}, 1)
        self.post.deliver("alice", {"%d.M%d.x" % (1700000000 + i, i):
                                    message(i) for i in range(n)})
        self.post.start()
        self.url = "pop3s://alice@localhost:%d" % self.post.tls_port
        self.password = os.path.join(tmp, "password")
        with open(self.password, "w", encoding="ascii") as f:
            f.write("open sesame\n")
        os.chmod(self.password, 0o600)

    def start(self, to, *args, state="state"):
        return subprocess.Popen(
            [os.environ["SQUAB"], "fetch", self.url, "--ca-file",
             self.post.ca.pem, "--password-file", self.password, "--state",
             os.path.join(self.tmp, state), "--to", to, *args],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True)

    def fetch(self, *args, **kw):
        p = self.start(*args, **kw)
        out, err = p.communicate(timeout=120)
        return subprocess.CompletedProcess(p.args, p.returncode, out, err)

    def left(self):
        folder = self.post.maildir("alice")
        return sum(len(os.listdir(os.path.join(folder, d)))
                   for d in ("new", "cur"))


def came(name, r, status, text):
    return ok(r.returncode == status and text in r.stdout + r.stderr, name,
              "%d\n%s%s" % (r.returncode, r.stdout, r.stderr))


def bodies(messages):
    """Without what the server has put in front."""
    return sorted(b"From: a@" + m.partition(b"From: a@")[2] for m in messages)


def test_lmtp(m):
    want = sorted(without_path(message(i)) for i in range(m.n))
    ways = (("lmtp:bob@" + m.post.path("run/lmtp"), "a Unix socket"),
            ("lmtp:bob@example.org@127.0.0.1:%d,tls=off" % m.post.lmtp,
             "TCP"))
    for i, (to, name) in enumerate(ways):
        came("fetch to LMTP by " + name, m.fetch(to, state="by" + str(i)), 0,
             "%d new" % m.n)
        came("and nothing twice", m.fetch(to, state="by" + str(i)), 0, "0 new")
    got = m.post.delivered("bob")
    ok(bodies(got) == sorted(want * 2), "all of it is there, as it was",
       len(got))
    ok(sum(b"Return-Path: <from" in g for g in got) == m.n and
       sum(b"Return-Path: <>" in g for g in got) == m.n,
       "from whoever it was, or from nobody")
    ok(all(g.count(b"Return-Path:") == 1 for g in got),
       "and the old Return-Path is gone")


def test_smtp(m):
    sink = mta.Sink()
    came("fetch to SMTP", m.fetch("smtp:list@example.org@127.0.0.1:%d,tls=off"
                                  % sink.port, state="smtp"), 0,
         "%d new" % m.n)
    got = sink.mails()
    ok(len(got) == m.n and all(b"X-Rcpt-Args: <list@example.org>" in head
                               for head, _ in got), "to the recipient",
       got[:1])
    ok(sorted(t.rstrip(b"\n") for _, t in got) == sorted(
        without_path(message(i)).rstrip(b"\n") for i in range(m.n)),
       "all of it, as it was", got[:1])
    sink.stop()


def plain(line):
    verb = line.split(" ")[0]
    if verb == "EHLO":
        return "250-x\r\n250-8BITMIME\r\n250 PIPELINING\r\n"
    return "354 go\r\n" if verb == "DATA" else "250 ok\r\n"


def refuser(code, when):
    """Says code to the mails that when() is true of."""
    return mta.Talker(lambda line, t: code if line == "." and
                      when(t.messages[-1]) else plain(line))


def test_refusals(m):
    def has(n):
        return lambda text: b"Subject: %d\r\n" % n in text

    for code, status, word in (
            ("550 5.7.1 spam\r\n", 69, "refused: 550 5.7.1 spam"),
            ("451 4.3.0 later\r\n", 75, "refused for now")):
        t = refuser(code, has(3))
        to = "smtp:bob@example.org@127.0.0.1:%d,tls=off" % t.port
        state = "refused" + code[0]
        r = m.fetch(to, state=state)
        came("a message refused with %s stays, the others go" % code[:3], r,
             status, "%d new, 0 skipped, 1 failed" % (m.n - 1))
        ok("stays on the server" in r.stderr and word in r.stderr,
           "and it is said why", r.stderr)
        t.stop()
        t = refuser(code, has(-1))
        to = "smtp:bob@example.org@127.0.0.1:%d,tls=off" % t.port
        came("it is tried again by the next run", m.fetch(to, state=state), 0,
             "1 new")
        ok(len(t.messages) == 1, "alone", len(t.messages))
        t.stop()
    t = mta.Talker(lambda line, t: None if line == "NOOP" else plain(line))
    came("a session that ended between two groups is begun anew",
         m.fetch("smtp:bob@example.org@127.0.0.1:%d,tls=off" % t.port,
                 state="idle"), 0, "%d new" % m.n)
    ok(len(t.messages) == m.n and
       sum(line.startswith("EHLO") for line in t.lines) > 1,
       "and nothing is sent twice", len(t.messages))
    t.stop()
    t = refuser(None, has(40))
    r = m.fetch("smtp:bob@example.org@127.0.0.1:%d,tls=off" % t.port,
                "--delete", state="lost")
    came("a line that ends: what has no answer is not delivered", r, 75,
         "failed")
    ok(m.left() < m.n and m.left() > 0, "nor deleted", m.left())
    taken = {msg.split(b"Subject: ")[1].split(b"\r\n")[0]
             for msg in t.messages}
    t.stop()
    t = refuser(None, has(-1))
    before = m.left()
    r = m.fetch("smtp:bob@example.org@127.0.0.1:%d,tls=off" % t.port,
                "--delete", state="lost")
    came("the next run delivers the rest", r, 0, "%d new" % before)
    taken |= {msg.split(b"Subject: ")[1].split(b"\r\n")[0]
              for msg in t.messages}
    ok(len(taken) == m.n and m.left() == 0, "nothing is lost",
       (len(taken), m.left()))
    t.stop()


def test_killed(m):
    """SIGKILL while it sends: nothing is lost, and few are twice."""
    counts = {}

    def number(text):
        return int(text.split(b"Subject: ")[1].split(b"\r\n")[0])

    for kill_at in (5, 20, 20, 0):
        def answer(line, t):
            if line == ".":
                n = number(t.messages[-1])
                counts[n] = counts.get(n, 0) + 1
                if len(t.messages) == kill_at:
                    run.kill()
            return plain(line)

        t = mta.Talker(answer)
        run = m.start("smtp:bob@example.org@127.0.0.1:%d,tls=off" % t.port,
                      state="killed")
        run.communicate(timeout=120)
        t.stop()
    ok(run.returncode == 0 and len(counts) == m.n,
       "killed three times, and nothing is lost", (run.returncode, counts))
    ok(sum(counts.values()) <= m.n + 3 * 32, "a group at most comes again",
       counts)


def test_usage(m):
    for to, text in (
            ("lmtp:bob", "write RECIPIENT@SERVER"),
            ("lmtp:@host", "write RECIPIENT@SERVER"),
            ("lmtp:bob@", "write RECIPIENT@SERVER"),
            ("lmtp:bob@host,tls=maybe", "write tls=off"),
            ("smtp:bob@host:99999", "the port is not a number"),
            ("smtp:bob@" + "h" * 300, "the host is missing or wrong")):
        came(to[:30], m.fetch(to), 64, text)
    came("no server there", m.fetch("lmtp:bob@/nowhere/lmtp"), 75,
         "No such file or directory")
    came("a server without TLS", m.fetch("lmtp:bob@127.0.0.1:%d" %
                                         m.post.lmtp), 75, "lmtp:bob@127")


def main():
    why = mta.why_not()
    if why:
        print("1..0 # SKIP " + why)
        return
    with tempfile.TemporaryDirectory() as tmp:
        m = Mailbox(tmp)
        for test in (test_lmtp, test_smtp, test_usage, test_killed,
                     test_refusals):
            if len(sys.argv) < 2 or test.__name__ in sys.argv[1:]:
                test(m)
    done()


if __name__ == "__main__":
    main()
