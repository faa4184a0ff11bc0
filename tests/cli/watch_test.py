#!/usr/bin/env python3
"""squab watch: each new message is told of, none twice, whatever the server
does in between."""
import contextlib
import json
import os
import queue
import signal
import socket
import stat
import subprocess
import sys
import threading

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import post  # noqa: E402
from post import Fake, delivered, message, run, test, wire  # noqa: E402

EVENT = ["event", "account", "number", "size", "uidl", "date", "from", "to",
         "subject", "messageId", "listId"]


class Box(Fake):
    """A Fake into which messages come, and which tells what it has heard."""

    def __init__(self, messages=(), **kw):
        super().__init__(list(messages), **kw)
        self.heard, self.told = threading.Condition(), self.on
        self.on = self.hear

    def hear(self, verb, number):
        with self.heard:
            self.heard.notify_all()
        return self.told(verb, number)

    def count(self, verb):
        return sum(line.split()[0] == verb for line in self.log)

    def wait(self, verb, n):
        """Until it has heard verb so often."""
        with self.heard:
            assert self.heard.wait_for(lambda: self.count(verb) >= n,
                                       post.WAIT), self.log

    def come(self, *messages):
        """In one step for the session that is under way."""
        self.uidls += [b"u%d" % (len(self.messages) + i)
                       for i in range(len(messages))]
        self.sizes += [len(wire(m)) for m in messages]
        self.messages += [wire(m) for m in messages]

    def there(self):
        """As many as there were when the session began."""
        return [i for i in self.begun if i not in self.gone]

    def talk(self, connection):
        self.begun = range(len(self.messages))
        super().talk(connection)


class Watch:
    """squab watch, and the lines that it prints, while it runs."""

    def __init__(self, tmp, *args, env=None, password="test", **kw):
        e = dict(os.environ, XDG_STATE_HOME=tmp + "/state", HOME=tmp,
                 XDG_CONFIG_HOME=tmp + "/config", **(env or {}))
        e.pop("SQUAB_PASSWORD", None)
        if password is not None:
            e["SQUAB_PASSWORD"] = password
        self.process = subprocess.Popen(
            [post.SQUAB, "watch", *args, "--interval", "1s"], env=e,
            stdout=kw.pop("stdout", subprocess.PIPE), stderr=subprocess.PIPE,
            text=True, start_new_session=True, **kw)
        self.out, self.err = queue.Queue(), queue.Queue()
        self.threads = [
            threading.Thread(target=self.read, args=pair, daemon=True)
            for pair in ((self.process.stdout, self.out),
                         (self.process.stderr, self.err)) if pair[0]]
        for t in self.threads:
            t.start()

    def read(self, stream, lines):
        with stream:
            for line in stream:
                lines.put(line)

    def next(self):
        return json.loads(self.out.get(timeout=post.WAIT))

    def __enter__(self):
        return self

    def __exit__(self, *why):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(post.WAIT)
        for t in self.threads:
            t.join(post.WAIT)

    def rest(self, lines):
        return [lines.get() for _ in range(lines.qsize())]

    def stop(self, want=0, number=signal.SIGTERM):
        """What has not been read of its output and of its errors."""
        self.process.send_signal(number)
        return self.end(want)

    def end(self, want=0):
        assert self.process.wait(post.WAIT) == want, self.rest(self.err)
        for t in self.threads:
            t.join(post.WAIT)
        return self.rest(self.out), "".join(self.rest(self.err))


@contextlib.contextmanager
def gate(tmp):
    """Where commands wait, "read x <PATH", until go(n) lets n of them on."""
    path = tmp + "/gate"
    os.mkfifo(path)
    fd = os.open(path, os.O_RDWR)
    try:
        yield path, lambda n: os.write(fd, n * b"\n")
    finally:
        os.close(fd)


def letter(n, head):
    return b"Message-ID: <%d@example.org>\n%s\n\ntext %d\n" % (n, head, n)


@test
def each_new_message_is_a_line(tmp):
    odd = letter(1, b"From: =?utf-8?q?J=C3=BCrgen?= <j@example.org>\n"
                 b"To: a@example.org, \"B, C\" <b@example.org>\n"
                 b"Date: Thu, 31 Dec 2026 23:59:30 +0100\n"
                 b"Subject: =?iso-8859-1?q?caf=E9_=0A=1B?=\n =?utf-8?q?_x?=\n"
                 b"List-Id: Squab <squab.example.org>")
    with Box([message(0)]) as s, Watch(tmp, s.url, *s.flags) as w:
        s.wait("QUIT", 1)
        s.come(odd, b"no header at all")
        e = w.next()
        assert list(e) == EVENT, e
        assert e["event"] == "new" and e["uidl"] == "u1", e
        assert e["account"] == s.url[7:] and e["number"] == 2, e
        assert e["size"] == s.sizes[1], e
        assert e["from"].startswith("Jürgen") and "caf\u00e9" in e["subject"]
        assert "\n" not in e["subject"] and "\x1b" not in e["subject"], e
        assert "squab.example.org" in e["listId"], e
        assert "1@example.org" in e["messageId"], e
        e = w.next()
        assert e["uidl"] == "u2" and list(e) == EVENT, e
        assert w.stop() == ([], "")
        assert s.count("RETR") == 0 and s.count("DELE") == 0


@test
def what_is_there_is_told_of_where_asked_for(tmp):
    mail = [message(i) for i in range(3)]
    with Box(mail) as s:
        with Watch(tmp, s.url, *s.flags) as w:
            s.wait("QUIT", 2)
            assert w.stop() == ([], "")
        # It is seen now, and so is not new for the same ledger.
        with Watch(tmp, s.url, *s.flags, "--existing") as w:
            s.wait("QUIT", 4)
            assert w.stop() == ([], "")
        assert s.count("TOP") == 0, "headers that nobody wants"
        with Watch(tmp, s.url, *s.flags, "--existing", "--state",
                   tmp + "/2") as w:
            assert [w.next()["number"] for _ in mail] == [1, 2, 3]
            assert w.stop() == ([], "")


@test
def an_empty_mailbox_has_been_looked_at_too(tmp):
    with Box() as s:
        with Watch(tmp, s.url, *s.flags) as w:
            s.wait("QUIT", 2)
            s.come(message(0))
            assert w.next()["subject"] == "message 0"
            w.stop()
        with Watch(tmp, s.url, *s.flags, "--state", tmp + "/2") as w:
            s.deleted.add(0)
            s.wait("QUIT", s.count("QUIT") + 2)
            w.stop()
        s.come(message(1))
        with Watch(tmp, s.url, *s.flags, "--state", tmp + "/2") as w:
            assert w.next()["subject"] == "message 1"
            w.stop()


@test
def nothing_is_told_twice_and_nothing_is_missed(tmp):
    with Box([message(0)]) as s:
        seen = []
        for i in range(1, 4):
            with Watch(tmp, s.url, *s.flags) as w:
                if i == 1:
                    s.wait("QUIT", 1)
                    s.come(message(9))
                seen.append(w.next()["uidl"])
                n = s.count("QUIT")
                s.wait("QUIT", n + 2)
                assert w.stop() == ([], "")
            s.come(message(i))
        assert seen == ["u1", "u2", "u3"], seen
        # Others have a say in what is new.
        run(tmp, "fetch", s.url, *s.flags, "--to", "raw:" + tmp + "/out")
        with Watch(tmp, s.url, *s.flags) as w:
            s.wait("QUIT", s.count("QUIT") + 2)
            assert w.stop() == ([], "")


@test
def a_command_has_the_fields_in_its_environment(tmp):
    """Whatever they are: nothing of them is run, and none is too long."""
    evil = b"\"'`touch %s/evil`$(touch %s/evil); touch %s/evil\n -x=?utf-8?q" \
        b"?=0Aa=0Atouch_=00?=" % ((tmp.encode(),) * 3)
    mail = letter(1, b"From: $(id) <a@example.org>\nSubject: " + evil)
    long = letter(2, b"Subject: " + b"\n ".join(
        [b"=?utf-8?b?w6TDtsO8?="] * 4200) + b"\nTo: x@example.org")
    names = ["ACCOUNT", "NUMBER", "SIZE", "UIDL", "DATE", "FROM", "TO",
             "SUBJECT", "MESSAGE_ID", "LIST_ID"]
    script = "cat >'%s/in'; echo said; for n in %s; do eval \"v=\\$SQUAB_$n" \
        "\"; printf '%%s=%%s\\0' $n \"$v\"; done >\"%s/$SQUAB_UIDL\"; " \
        "grep -e SigBlk -e SigIgn /proc/self/status >'%s/signals'; " \
        "ls /proc/self/fd >'%s/fds'" % (tmp, " ".join(names), tmp, tmp, tmp)
    with Box() as s, Watch(tmp, s.url, *s.flags, "--exec", script) as w:
        s.wait("QUIT", 1)
        s.come(mail, long)
        assert w.err.get(timeout=post.WAIT) == "said\n"
        assert w.err.get(timeout=post.WAIT) == "said\n"
        s.wait("QUIT", s.count("QUIT") + 1)
        assert w.stop() == ([], "")
    got = []
    for n in (0, 1):
        with open("%s/u%d" % (tmp, n), encoding="utf-8") as f:
            rows = [row.split("=", 1) for row in f.read().split("\0")[:-1]]
        assert [row[0] for row in rows] == names, rows
        got.append(dict(rows))
    assert got[0]["SUBJECT"].startswith("\"'`touch "), got[0]
    assert "$(touch " in got[0]["SUBJECT"] and "\n" not in got[0]["SUBJECT"]
    assert got[0]["FROM"].startswith("$(id)"), got[0]
    assert got[0]["SIZE"] == str(len(wire(mail))), got[0]
    assert got[1]["SUBJECT"].startswith("äöü"), got[1]["SUBJECT"][:20]
    assert 4000 < len(got[1]["SUBJECT"].encode()) <= 8192
    assert not os.path.exists(tmp + "/evil")
    with open(tmp + "/in", "rb") as f:
        assert f.read() == b"", "standard input is empty"
    with open(tmp + "/signals", encoding="ascii") as f:
        for line in f:
            assert int(line.split()[1], 16) & 0x7fffffff == 0, line
    with open(tmp + "/fds", encoding="ascii") as f:
        fds = f.read().split()
    # ls has its own for the folder.
    assert len(fds) <= 4 and set(fds) >= {"0", "1", "2"}, fds


@test
def a_command_that_fails_is_run_once(tmp):
    with Box() as s, Watch(tmp, s.url, *s.flags, "--exec",
                           "echo x >>'%s/runs'; exit 3" % tmp) as w:
        s.wait("QUIT", 1)
        s.come(message(0))
        assert "exit 3" in w.err.get(timeout=post.WAIT)
        s.wait("QUIT", s.count("QUIT") + 2)
        out, err = w.stop()
        assert out == [] and err == "", err
    with open(tmp + "/runs", encoding="ascii") as f:
        assert f.read() == "x\n"
    with Box([message(0)]) as s:
        args = [s.url, *s.flags, "--existing", "--exec", "[\"no such\", \"x\"]"]
        with Watch(tmp, *args) as w:
            assert "no such" in w.err.get(timeout=post.WAIT)
            s.wait("QUIT", 2)
            w.stop()


@test
def what_comes_is_delivered_and_told_of(tmp):
    to = "maildir:" + tmp + "/out"
    with Box([message(0)]) as s:
        with Watch(tmp, s.url, *s.flags, "--to", to) as w:
            assert w.next()["subject"] == "message 0"
            assert len(delivered(tmp + "/out")) == 1
            s.come(*(message(i) for i in range(1, 40)))
            got = [w.next()["uidl"] for _ in range(39)]
            assert got == ["u%d" % i for i in range(1, 40)], got
            assert len(delivered(tmp + "/out")) == 40
            s.wait("QUIT", s.count("QUIT") + 2)
            assert w.stop() == ([], "")
        assert s.deleted == set() and s.count("RETR") == 40
        with Watch(tmp, s.url, *s.flags, "--to", to, "--delete",
                   "--exec", "echo $SQUAB_UIDL") as w:
            s.come(message(41))
            assert w.err.get(timeout=post.WAIT) == "u40\n"
            s.wait("QUIT", s.count("QUIT") + 2)
            assert w.stop() == ([], "")
        assert s.deleted == set(range(41)), s.deleted
        assert len(delivered(tmp + "/out")) == 41


@test
def what_a_dead_run_delivered_is_told_of(tmp):
    """It is in its place and not in the ledger."""
    to = "raw:" + tmp + "/out"
    with Box([message(0)]) as s:
        run(tmp, "fetch", s.url, *s.flags, "--to", to)
        with Watch(tmp, s.url, *s.flags, "--to", to, "--state",
                   tmp + "/2") as w:
            assert w.next()["uidl"] == "u0"
            w.stop()
        assert s.count("RETR") == 1 and len(delivered(tmp + "/out")) == 1


@test
def what_is_not_wanted_is_left_and_said_once(tmp):
    mail = [message(0), message(1, 9000), message(2, subject=b"spam")]
    with Box(mail) as s, Watch(tmp, s.url, *s.flags, "--to", "raw:" + tmp +
                               "/out", "--max-size", "5K", "--skip",
                               "Subject: spam") as w:
        assert w.next()["uidl"] == "u0"
        s.wait("QUIT", 3)
        out, err = w.stop()
        assert out == [] and err.count("\n") == 1 and "message 2" in err, err
    assert len(delivered(tmp + "/out")) == 1


@test
def messages_without_identity_are_not_fetched_for_ever(tmp):
    """No UIDL, and two with one header."""
    def on(verb, number):
        return b"-ERR no\r\n" if verb == "UIDL" else True

    with Box([message(8)], on=on) as s, Watch(tmp, s.url, *s.flags) as w:
        s.wait("QUIT", 1)
        s.come(message(9))
        assert w.next()["subject"] == "message 9"
        s.wait("QUIT", s.count("QUIT") + 2)
        assert w.stop() == ([], "")
    twins = [b"Subject: twin\n\n%d\n" % i for i in range(2)]
    with Box([*twins, message(2)], on=on) as s:
        with Watch(tmp, s.url, *s.flags, "--to", "raw:" + tmp + "/out") as w:
            assert w.next()["subject"] == "message 2"
            s.wait("QUIT", 3)
            out, err = w.stop()
            assert out == [] and err.count("\n") == 1, err
            assert "2 messages" in err and "identity" in err, err
        assert s.count("RETR") == 1
        with Watch(tmp, s.url, *s.flags, "--to", "raw:" + tmp + "/out",
                   "--delete") as w:
            assert [w.next()["subject"] for _ in range(2)] == ["twin"] * 2
            s.wait("QUIT", s.count("QUIT") + 2)
            w.stop()
        assert s.deleted == {0, 1, 2}
        assert len(delivered(tmp + "/out")) == 3


@test
def a_server_is_not_asked_more_often_than_it_allows(tmp):
    """One that says so only once, and then refuses, is remembered too."""
    with contextlib.ExitStack() as stack:
        slow = stack.enter_context(Box(caps=(b"LOGIN-DELAY 3600",)))
        deaf = stack.enter_context(
            Box(caps=(b"LOGIN-DELAY 3600",), on=lambda verb, number:
                b"-ERR [LOGIN-DELAY] wait\r\n" if verb == "PASS" else True))
        quick = stack.enter_context(Box())
        with Watch(tmp, slow.url, deaf.url, quick.url, *slow.flags) as w:
            slow.wait("QUIT", 1)
            deaf.wait("PASS", 1)
            # Long enough for one that had failed to be asked again.
            quick.wait("QUIT", 18)
            assert slow.count("PASS") == 1 and deaf.count("PASS") == 1
            w.stop()


@test
def a_server_that_fails_is_asked_again(tmp):
    """All at the same time, for the first wait is of fifteen seconds."""
    once = set()

    def first(name, verb, what):
        def on(heard, number):
            if heard != verb or name in once:
                return True
            once.add(name)
            return what
        return on

    with contextlib.ExitStack() as stack:
        kinds = [
            Box([message(0)], on=first("in use", "PASS",
                                       b"-ERR [IN-USE] busy\r\n")),
            Box([message(1)], on=first("drops", "LIST", None)),
            Box([message(2)], on=first("nonsense", "TOP", b"what?\r\n")),
        ]
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        urls = [s.url for s in kinds] + ["pop3://test@127.0.0.1:%d" % port]
        for s in kinds:
            stack.enter_context(s)
        with Watch(tmp, *urls, *kinds[0].flags, "--existing") as w:
            errors = [w.err.get(timeout=post.WAIT) for _ in range(4)]
            assert sum(urls[3][7:] in e for e in errors) == 1, errors
            late = stack.enter_context(Box([message(3)], port=port))
            got = sorted(w.next()["subject"] for _ in range(4))
            assert got == ["message %d" % i for i in range(4)], got
            out, err = w.stop()
            assert out == [] and err == "", err
        assert once == {"in use", "drops", "nonsense"} and late.log


@test
def one_bad_message_does_not_hold_up_the_others(tmp):
    """The account is looked at as often as before."""
    def on(verb, number):
        return b"-ERR no\r\n" if verb == "RETR" and number == 1 else True

    with Box([message(0), message(1)], on=on) as s:
        with Watch(tmp, s.url, *s.flags, "--to", "raw:" + tmp + "/o") as w:
            assert w.next()["uidl"] == "u1"
            s.wait("QUIT", 4)
            s.come(message(2))
            assert w.next()["uidl"] == "u2"
            w.stop()
        assert s.deleted == set() and len(delivered(tmp + "/o")) == 2


@test
def commands_do_not_hold_up_other_accounts(tmp):
    """More of them wait than libuv has workers of its own."""
    with contextlib.ExitStack() as stack:
        path, go = stack.enter_context(gate(tmp))
        boxes = [stack.enter_context(Box([message(0)])) for _ in range(6)]
        last = stack.enter_context(Box())
        with Watch(tmp, *(s.url for s in boxes), last.url, *last.flags,
                   "--existing", "--exec", "echo up; read x <" + path) as w:
            for _ in boxes:
                assert w.err.get(timeout=post.WAIT) == "up\n"
            last.wait("QUIT", last.count("QUIT") + 2)
            go(len(boxes))
            for s in boxes:
                s.wait("QUIT", 1)
            assert w.stop() == ([], "")


@test
def a_signal_leaves_nothing_behind(tmp):
    """In the middle of a message: those before it are delivered, recorded and
    told of."""
    for number, how in ((signal.SIGTERM, []),
                        (signal.SIGINT, ["--exec", "echo $SQUAB_UIDL"])):
        reached, go = threading.Event(), threading.Event()

        def on(verb, n, reached=reached, go=go):
            if verb == "RETR" and n == 3 and not go.is_set():
                reached.set()
                assert go.wait(post.WAIT)
                return None
            return True

        sub = "%s/%d" % (tmp, number)
        args = ["--to", "maildir:" + sub, "--state", sub + "-state", *how]
        with Box([message(i) for i in range(4)], on=on) as s:
            with Watch(tmp, s.url, *s.flags, *args) as w:
                assert reached.wait(post.WAIT)
                out, err = w.stop(number=number)
                go.set()
            told = err.splitlines() if how else [
                json.loads(line)["uidl"] for line in out]
            assert [x for x in told if x.startswith("u")] == ["u0"], told
            assert len(delivered(sub)) == 1
            with Watch(tmp, s.url, *s.flags, *args) as w:
                got = [w.err.get(timeout=post.WAIT).strip() if how else
                       w.next()["uidl"] for _ in range(3)]
                assert got == ["u1", "u2", "u3"], got
                w.stop()
            assert len(delivered(sub)) == 4


@test
def what_a_signal_leaves_untold_is_new_the_next_time(tmp):
    """The command that runs is let finish, and then no other is begun."""
    with Box([message(i) for i in range(5)]) as s, gate(tmp) as (path, go):
        args = [s.url, *s.flags, "--existing", "--exec"]
        with Watch(tmp, *args, "read x <%s; echo $SQUAB_UIDL" % path) as w:
            s.wait("TOP", 5)
            go(1)
            told = [w.err.get(timeout=post.WAIT)]
            w.process.terminate()
            go(4)
            out, err = w.end()
            told += err.splitlines(True)
        with Watch(tmp, *args, "echo $SQUAB_UIDL") as w:
            while len(told) < 5:
                told.append(w.err.get(timeout=post.WAIT))
            assert told == ["u%d\n" % i for i in range(5)], told
            s.wait("QUIT", s.count("QUIT") + 2)
            assert w.stop() == ([], "")


@test
def a_second_signal_of_another_kind_does_not_wait(tmp):
    with Box([message(0)]) as s, gate(tmp) as (path, go):
        with Watch(tmp, s.url, *s.flags, "--existing", "--exec",
                   "echo up; read x <" + path) as w:
            assert w.err.get(timeout=post.WAIT) == "up\n"
            w.process.send_signal(signal.SIGINT)
            w.process.send_signal(signal.SIGTERM)
            # Which of two that are pending comes first is the system's.
            assert w.process.wait(post.WAIT) in (130, 143)
            go(1)


@test
def it_stops_before_it_has_begun(tmp):
    """While a password is waited for, and while a server says nothing."""
    go = tmp + "/go"
    os.mkfifo(go)
    with socket.create_server(("127.0.0.1", 0)) as mute:
        url = "pop3://test@127.0.0.1:%d" % mute.getsockname()[1]
        with Watch(tmp, url, "--tls=off", "--password-command",
                   "echo up >'%s'; sleep 1000" % go, password=None) as w:
            with open(go, encoding="ascii") as f:
                f.read()
            assert w.stop() == ([], "")
        with Watch(tmp, url, "--tls=off") as w:
            mute.accept()[0].close()
            assert w.err.get(timeout=post.WAIT).startswith("squab: ")
            assert w.stop() == ([], "")
        with Watch(tmp, url, "--tls=off") as w:
            line, _ = mute.accept()
            with line:
                w.stop()


@test
def output_that_cannot_be_written_is_told_again(tmp):
    with Box([message(0)]) as s, open("/dev/full", "w") as full:
        with Watch(tmp, s.url, *s.flags, "--existing", stdout=full) as w:
            assert "standard output" in w.err.get(timeout=post.WAIT)
            w.process.terminate()
            assert w.process.wait(post.WAIT) == 0
        with Watch(tmp, s.url, *s.flags, "--existing") as w:
            assert w.next()["uidl"] == "u0"
            w.stop()


@test
def a_service_manager_is_told(tmp):
    for name in (tmp + "/notify", "\0squab-test-%d" % os.getpid()):
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
            manager.bind(name)
            manager.settimeout(post.WAIT)
            env = {"NOTIFY_SOCKET": name.replace("\0", "@")}
            with Box() as s, Watch(tmp, s.url, *s.flags, env=env) as w:
                assert manager.recv(100) == b"READY=1"
                s.wait("QUIT", 1)
                w.stop()
                assert manager.recv(100) == b"STOPPING=1"
    for bad in ("", "/", "x", "@", "/no/such", "/" + 200 * "x"):
        with Box() as s, Watch(tmp, s.url, *s.flags,
                               env={"NOTIFY_SOCKET": bad}) as w:
            s.wait("QUIT", 1)
            assert w.stop() == ([], "")


@test
def accounts_of_the_config_have_their_own(tmp):
    os.makedirs(tmp + "/config/squab")
    file = tmp + "/config/squab/config"
    with Box([message(0)]) as a, Box([message(1)]) as b:
        with open(file, "w", encoding="ascii") as f:
            f.write("tls = off\npassword = test\n"
                    "[account one]\nurl = %s\nto = raw:%s/one\n"
                    "[account two]\nurl = %s\nexisting = yes\n"
                    "exec = echo $SQUAB_SUBJECT\n" % (a.url, tmp, b.url))
        os.chmod(file, stat.S_IRUSR | stat.S_IWUSR)
        with Watch(tmp, "--all", password=None) as w:
            assert w.next()["subject"] == "message 0"
            assert w.err.get(timeout=post.WAIT) == "message 1\n"
            assert w.stop() == ([], "")
        assert len(delivered(tmp + "/one")) == 1
        _, err = run(tmp, "watch", "--all", "--delete", want=64)
        assert err.count("\n") == 1 and "two" in err, err


@test
def what_makes_no_sense_is_said_once(tmp):
    url, off = "pop3://test@127.0.0.1:1", ["--tls", "off"]
    for args, status in (([], 64), ([url, "--all"], 64),
                         ([url, "--delete"], 64),
                         ([url, "--delete-after", "1d"], 64),
                         ([url, "--to", "raw:x", "--delete",
                           "--delete-after", "1d"], 64),
                         ([url, "--match", "x"], 64),
                         ([url, "--skip", ": x"], 64),
                         ([url, "--jobs", "1025"], 64),
                         ([url, "--jobs", "0"], 64),
                         ([url, "--interval", "0"], 64),
                         ([url, "--interval", "soon"], 64),
                         (["nobody"], 64), (["http://x"], 64)):
        _, err = run(tmp, "watch", *args, *off, want=status)
        assert err.count("\n") == 1 and err.startswith("squab: "), err
    _, err = run(tmp, "watch", url, *off, password=None, want=78)
    assert "--password-file" in err, err
    out, _ = run(tmp, "watch", "--help")
    assert "--existing" in out


post.main()
