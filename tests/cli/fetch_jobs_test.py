#!/usr/bin/env python3
"""squab fetch --jobs: many accounts at once, each as if it were alone."""
import contextlib
import json
import os
import resource
import signal
import socket
import subprocess
import sys
import threading

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import post  # noqa: E402
from post import Fake, Server, delivered, maildir, message, run, test, wire

MAIL = [message(i, size) for i, size in
        enumerate((200, 5000, 300000, 150, 900))]
MAIL.append(b"Subject: lone\r\n\na\rb\r\n\n.\n..\nno end")


class Posts:
    """squab serve a few times over: two accounts each, by their ports, of
    one mailbox."""

    def __init__(self, tmp, *boxes):
        self.stack = contextlib.ExitStack()
        self.tmp, self.boxes = tmp, boxes

    def __enter__(self):
        self.urls = []
        bundle = self.tmp + "/bundle.pem"
        for i, mail in enumerate(self.boxes):
            s = self.stack.enter_context(
                Server(maildir("%s/post%d" % (self.tmp, i), mail)))
            self.urls += [s.url, s.stls]
            with open(s.ca, "rb") as ca, open(bundle, "ab") as out:
                out.write(ca.read())
        self.flags = ["--ca-file", bundle]
        return self

    def __exit__(self, *why):
        return self.stack.__exit__(*why)


def nobody():
    """A URL where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as s:
        return "pop3s://test@127.0.0.1:%d" % s.getsockname()[1]


def begin(tmp, *args, **kw):
    return subprocess.Popen(
        [post.SQUAB, *args], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True, start_new_session=True,
        env=dict(os.environ, SQUAB_PASSWORD="test",
                 XDG_STATE_HOME=tmp + "/state"), **kw)


class Rendezvous:
    """Accounts whose servers, n of them, all wait with message 3 until what
    is done then has been done; they hang up, unless it gives True."""

    def __init__(self, n, done):
        self.all = threading.Barrier(n)
        self.done, self.off, self.lock = done, False, threading.Lock()
        self.result = []
        self.servers = [Fake(MAIL, on=self.on) for _ in range(n)]
        self.urls = [s.url for s in self.servers]

    def on(self, verb, number):
        if self.off or verb != "RETR" or number != 3:
            return True
        self.all.wait(post.WAIT)
        with self.lock:
            if not self.result:
                self.result.append(self.done())
        return self.result[0]

    def __enter__(self):
        for s in self.servers:
            s.start()
        return self

    def __exit__(self, *why):
        for s in self.servers:
            s.__exit__(*why)


@test
def jobs_deliver_all_of_every_account(tmp):
    boxes = [[message(100 * i + k) for k in range(5 + i)] for i in range(4)]
    with Posts(tmp, *boxes) as p:
        urls = p.urls[:2] + [nobody()] + p.urls[2:]
        args = ["fetch", *urls, "--jobs", "3", *p.flags, "--to"]
        out, err = run(tmp, *args, "raw:" + tmp + "/out", want=69)
        assert err.count("\n") == 1 and urls[2][8:] in err, err
        *lines, total = out.splitlines()
        assert len(lines) == 8, out
        assert total.startswith("9 accounts, 1 failed: 52 new"), total
        for i, box in enumerate(boxes):
            for url in p.urls[2 * i:2 * i + 2]:
                start = "%s: %d new" % (url.split("//")[1], len(box))
                assert sum(x.startswith(start) for x in lines) == 1, out
        assert delivered(tmp + "/out") == sorted(
            wire(m) for box in boxes for m in 2 * box)
        out, _ = run(tmp, *args, "raw:" + tmp + "/out", want=69)
        assert out.count(": 0 new") == 9, out
        out, err = run(tmp, *args, "raw:" + tmp + "/2", "--dry-run",
                       "--state", tmp + "/s2", want=69)
        assert sum(x.startswith(urls[0][8:] + ": would fetch ")
                   for x in out.splitlines()) == 5, out


@test
def the_status_is_of_the_first_URL_that_failed(tmp):
    """The others fail sooner: it waits until they have."""
    ended = threading.Event()

    def refused(verb, number):
        if verb != "PASS":
            return True
        assert ended.wait(post.WAIT)
        return b"-ERR no\r\n"

    def last(verb, number):
        if verb == "QUIT":
            ended.set()
        return True

    with Fake(MAIL, on=refused) as a, Fake(MAIL[:1], on=last) as b:
        _, err = run(tmp, "fetch", b.url, a.url, nobody(), "--jobs", "3",
                     *a.flags, "--to", "raw:" + tmp + "/out", want=77)
        assert err.count("\n") == 2, err
        _, err = run(tmp, "fetch", nobody(), a.url, "--jobs", "2", *a.flags,
                     "--to", "raw:" + tmp + "/out", want=69)


def most_at_once(tmp, *args):
    """Each of nine waits until there are three. With --delete the answer to
    QUIT is waited for, so that none is gone before its server knows."""
    three, lock = threading.Barrier(3), threading.Lock()
    now, most = set(), []

    def hook(i):
        def on(verb, number):
            with lock:
                (now.discard if verb == "QUIT" else now.add)(i)
                most.append(len(now))
            if verb == "RETR":
                three.wait(post.WAIT)
            return True
        return on

    with contextlib.ExitStack() as stack:
        all = [stack.enter_context(Fake(MAIL[:1], on=hook(i)))
               for i in range(9)]
        out, err = run(tmp, "fetch", *(s.url for s in all), *args,
                       "--delete", *all[0].flags, "--to",
                       "raw:" + tmp + "/out")
    assert out.count("1 new") == 9 and err == "", out + err
    return max(most)


@test
def so_many_jobs_and_no_more(tmp):
    assert most_at_once(tmp, "--jobs=3") == 3


@test
def so_many_jobs_of_one_host_and_no_more(tmp):
    assert most_at_once(tmp, "--jobs=9", "--jobs-per-host=3") == 3


@test
def a_host_that_stalls_holds_no_other(tmp):
    """Its second account is due before those of the other host; they are over
    before it gets an answer."""
    others, lock = threading.Event(), threading.Lock()
    left = [3]

    def stalled(verb, number):
        assert verb != "RETR" or others.wait(post.WAIT)
        return True

    def quick(verb, number):
        with lock:
            left[0] -= verb == "QUIT"
            if left[0] == 0:
                others.set()
        return True

    with contextlib.ExitStack() as stack:
        slow = [stack.enter_context(Fake(MAIL[:1], on=stalled))
                for _ in range(2)]
        fast = [stack.enter_context(Fake(MAIL[:1], on=quick))
                for _ in range(3)]
        urls = [s.url for s in slow] + [
            s.url.replace("127.0.0.1", "LocalHost") for s in fast]
        assert all("LocalHost" in u for u in urls[2:]), urls
        out, err = run(tmp, "fetch", *urls, "--jobs=4", "--jobs-per-host=1",
                       "--delete", *slow[0].flags, "--to",
                       "raw:" + tmp + "/out")
    assert out.count("1 new") == 5 and err == "", out + err


@test
def few_descriptors_are_few_jobs(tmp):
    def limit():
        resource.setrlimit(resource.RLIMIT_NOFILE, (70, 70))

    with contextlib.ExitStack() as stack:
        all = [stack.enter_context(Fake(MAIL[:1])) for _ in range(8)]
        p = begin(tmp, "fetch", *(s.url for s in all), *all[0].flags,
                  "--to", "raw:" + tmp + "/out", preexec_fn=limit)
        out, err = p.communicate(timeout=post.WAIT)
    assert p.returncode == 0 and out.count("1 new") == 8, out + err
    assert err == ("squab: warning: 3 accounts at once, not 8: there are only "
                   "70 file descriptors (ulimit -n)\n"), err


@test
def lines_of_jobs_are_whole(tmp):
    boxes = [[message(k) for k in range(120)] for _ in range(3)]
    with Posts(tmp, *boxes) as p:
        out, err = run(tmp, "fetch", *p.urls, "--jobs", "6", *p.flags,
                       "--to", "raw:" + tmp + "/out", "--json", "--progress",
                       "json")
        names = {u.split("//")[1] for u in p.urls}
        events = [json.loads(line) for line in out.splitlines()]
        for kind, n in (("delivered", 720), ("summary", 6)):
            got = [e["account"] for e in events if e["event"] == kind]
            assert len(got) == n and set(got) == names, kind
        told = [json.loads(line) for line in err.splitlines()]
        assert {e["account"] for e in told} == names
        assert all(e["event"] == "progress" for e in told)
        # One bar for them all.
        out, err = run(tmp, "fetch", *p.urls[::2], "--jobs", "3", *p.flags,
                       "--to", "raw:" + tmp + "/2", "--progress", "always",
                       "--json", "--delete", "--state", tmp + "/s2")
        assert "3/3 accounts  360/360 " in err, err
        assert err.endswith("\r\033[K") and "\n" not in err, err
        events = [json.loads(line)["event"] for line in out.splitlines()]
        assert events[-1] == "total"
        assert events.count("delivered") == 360
        assert events.count("deleted") == 360, events[-1]


@test
def a_signal_ends_every_job_in_good_order(tmp):
    def listen():
        holder["out"] = holder["p"].communicate(timeout=post.WAIT)
        heard.set()

    def terminate():
        holder["p"].terminate()
        listen()

    def interrupt():
        """As the terminal does."""
        os.killpg(holder["p"].pid, signal.SIGINT)
        listen()

    for done, status in ((terminate, 143), (interrupt, 130)):
        holder, sub = {}, "%s/%d" % (tmp, status)
        heard = threading.Event()
        with Rendezvous(3, done) as r, Fake(MAIL) as late:
            args = ["fetch", *r.urls, late.url, *late.flags, "--jobs", "3",
                    "--delete", "--to", "maildir:" + sub]
            with r.lock:
                holder["p"] = begin(tmp, *args)
            assert heard.wait(post.WAIT)
            for s in r.servers:
                assert s.deleted == set()
            r.off = True
            assert holder["p"].returncode == status, holder
            out, err = holder["out"]
            assert out.count(": 1 new") == 3, out + err
            assert late.log == [] and len(delivered(sub)) == 3
            out, _ = run(tmp, *args)
            assert out.count(": 5 new, 0 skipped, 6 deleted") == 3, out
            assert len(delivered(sub)) == 24
            assert os.listdir(sub + "/tmp") == []


@test
def a_second_signal_does_not_wait(tmp):
    """The first is noted while a command for a password runs, which takes no
    notice of signals itself; the second ends the program."""
    go = tmp + "/go"
    os.mkfifo(go)
    p = begin(tmp, "fetch", nobody(), nobody(), "--to", "raw:" + tmp + "/out",
              "--password-command",
              "trap '' TERM; echo up >'%s'; sleep 1000" % go)
    with open(go, encoding="ascii") as f:
        f.read()
    # Two of a kind could arrive as one.
    p.send_signal(signal.SIGTERM)
    p.send_signal(signal.SIGINT)
    p.wait(post.WAIT)
    # The command may have outlived it, and holds on to stderr; its shell may
    # be about to start another process, which is not there to be seen yet.
    while subprocess.run(["pkill", "-KILL", "-s", str(p.pid)],
                         check=False).returncode == 0:
        pass
    out, err = p.communicate(timeout=post.WAIT)
    assert p.returncode in (-signal.SIGTERM, -signal.SIGINT, 143, 130), \
        p.returncode
    assert "accounts" not in err, err


@test
def an_account_twice_at_once_waits_for_itself(tmp):
    said = threading.Event()

    def on(verb, number):
        return verb != "RETR" or said.wait(post.WAIT)

    with Fake(MAIL[:1], on=on) as s:
        p = begin(tmp, "fetch", s.url, s.url, *s.flags, "--jobs", "2",
                  "--to", "raw:" + tmp + "/out")
        line = p.stderr.readline()
        said.set()
        out, err = p.communicate(timeout=post.WAIT)
    assert p.returncode == 75 and err == "", err
    assert "another squab" in line, line
    assert "2 accounts, 1 failed: 1 new" in out, out
    assert out.count(": 1 new") == 2, out


@test
def what_jobs_cannot_do_is_said_once(tmp):
    urls = [nobody(), nobody()]
    args = ["fetch", *urls, "--to", "raw:" + tmp + "/out", "--jobs"]
    for password in (None, ""):
        _, err = run(tmp, *args, "2", password=password, want=78)
        assert err.count("\n") == 1 and "--password-file" in err, err
    for more in (["0"], ["1025"], ["x"],
                 ["2", "--jobs-per-host", "0"]):
        _, err = run(tmp, *args, *more, want=64)
        assert err.count("\n") == 1, err
    # The wires of several are told apart.
    with Fake(MAIL[:1]) as a, Fake(MAIL[:1]) as b:
        out, err = run(tmp, "fetch", a.url, b.url, *a.flags, "--trace", "-",
                       "--to", "raw:" + tmp + "/out")
    for s in (a, b):
        assert "test@" + s.url.split("@")[1] + " S: +OK fake" in err, err
    assert all("127.0.0.1" in x for x in err.splitlines()), err


post.main()
