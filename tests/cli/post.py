"""What the tests of the commands share: a mailbox on disk, squab serve over
it, a server of our own that misbehaves, and runs of the program."""
import os
import socket
import subprocess
import sys
import tempfile
import threading
import traceback

sys.path.insert(0, os.path.join(os.environ["SRCDIR"], "tests"))
import tap  # noqa: E402

SQUAB = os.environ["SQUAB"]
WAIT = 60               # seconds until a hang is called one
TESTS = []


def test(f):
    TESTS.append(f)
    return f


def main():
    for f in TESTS:
        name = f.__name__.replace("_", " ")
        with tempfile.TemporaryDirectory() as tmp:
            try:
                f(tmp)
                tap.ok(True, name)
            except Exception:
                tap.ok(False, name, traceback.format_exc())
    tap.done()


def wire(data):
    """A message of a Maildir as a server sends it."""
    return data.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def message(n, size=200, subject=None):
    head = b"From: a%d@example.org\nTo: b@example.org\n" \
        b"Date: Thu, 31 Dec 2026 23:59:30 +0100\nSubject: %s\n\n" % (
            n, subject or b"message %d" % n)
    line = b"." * (n % 3) + b"line of message %d\n" % n
    return head + line * max(1, (size - len(head)) // len(line))


def maildir(tmp, messages):
    """Made below tmp; the messages are numbered in this order."""
    path = os.path.join(tmp, "source")
    for sub in ("cur", "new", "tmp"):
        os.makedirs(os.path.join(path, sub), exist_ok=True)
    for i, data in enumerate(messages):
        with open("%s/new/17000%05d.M%d.test" % (path, i, i), "wb") as f:
            f.write(data)
    return path


class Server:
    """squab serve. With it, URLs and the flags that go with them."""

    def __init__(self, path, *args):
        self.ca = os.path.join(os.path.dirname(path), "ca.pem")
        self.process = subprocess.Popen(
            [SQUAB, "serve", path, "--pop3", "0", "--pop3s", "0", "--quiet",
             "--write-ca", self.ca, *args],
            stdout=subprocess.PIPE, text=True)

    def __enter__(self):
        ports = {}
        while len(ports) < 2:
            line = self.process.stdout.readline()
            assert line, "squab serve has not begun"
            name, _, at = line.strip().partition(" ")
            ports[name] = at
        self.url = "pop3s://test@" + ports["pop3s"]
        self.stls = "pop3://test@" + ports["pop3"]
        self.flags = ["--ca-file", self.ca]
        return self

    def __exit__(self, *_):
        self.process.terminate()
        assert self.process.wait(WAIT) == 0
        self.process.stdout.close()


class Fake(threading.Thread):
    """A POP3 server in clear, for one login after the other, that does what
    it is told to do wrong. Its hooks: on(verb, number) is called with each
    command and may return what to send instead, None to hang up after, or
    True to go on."""

    def __init__(self, messages, uidls=None, sizes=None, stuff=True, on=None,
                 caps=(), port=0):
        super().__init__(daemon=True)
        self.messages = [wire(m) for m in messages]
        self.uidls = uidls or [b"u%d" % i for i in range(len(messages))]
        self.sizes = sizes or [len(m) for m in self.messages]
        self.stuff, self.caps = stuff, caps
        self.on = on or (lambda verb, number: True)
        self.deleted = set()
        self.log = []
        self.listener = socket.create_server(("127.0.0.1", port))
        self.url = "pop3://test@127.0.0.1:%d" % (
            self.listener.getsockname()[1])
        self.flags = ["--tls", "off"]

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.join(WAIT)

    def run(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            with connection:
                try:
                    self.talk(connection)
                except OSError:
                    pass

    def there(self):
        return [i for i in range(len(self.messages)) if i not in self.gone]

    def body(self, data):
        if self.stuff:
            data = data.replace(b"\r\n.", b"\r\n..")
            data = b"." + data if data.startswith(b".") else data
        if not data.endswith(b"\r\n"):
            data += b"\r\n"
        return data + b".\r\n"

    def rows(self, verb):
        column = self.uidls if verb == "UIDL" else self.sizes
        return b"+OK\r\n" + b"".join(
            b"%d %s\r\n" % (n + 1, str(column[i]).encode()
                            if verb == "LIST" else column[i])
            for n, i in enumerate(self.there())) + b".\r\n"

    def answer(self, verb, number):
        i = self.there()[number - 1] if number else None
        if verb == "CAPA":
            return b"+OK\r\n" + b"".join(
                c + b"\r\n" for c in (b"USER", b"UIDL", b"TOP") +
                tuple(self.caps)) + b".\r\n"
        if verb == "UIDL" and number:
            return b"+OK %d %s\r\n" % (number, self.uidls[i])
        if verb in ("LIST", "UIDL"):
            return self.rows(verb)
        if verb == "STAT":
            there = self.there()
            return b"+OK %d %d\r\n" % (
                len(there), sum(self.sizes[k] for k in there))
        if verb == "RETR":
            return b"+OK\r\n" + self.body(self.messages[i])
        if verb == "TOP":
            head = self.messages[i].partition(b"\r\n\r\n")[0]
            return b"+OK\r\n" + self.body(head + b"\r\n\r\n")
        if verb == "DELE":
            self.marked.add(i)
        if verb == "QUIT":
            self.deleted |= self.marked
        return b"+OK\r\n"

    def talk(self, connection):
        self.connection = connection
        self.gone, self.marked = set(self.deleted), set()
        connection.sendall(b"+OK fake\r\n")
        for line in connection.makefile("rb"):
            words = line.decode().split()
            verb = words[0].upper()
            number = int(words[1]) if words[1:] and words[1].isdigit() else 0
            self.log.append(line.decode().strip())
            said = self.on(verb, number)
            if said is None:
                return
            connection.sendall(self.answer(verb, number)
                               if said is True else said)
            if verb == "QUIT":
                return


def run(tmp, *args, password="test", env=None, want=0, binary=False, **kw):
    """Runs squab with its state below tmp. Returns (stdout, stderr)."""
    e = dict(os.environ, XDG_STATE_HOME=os.path.join(tmp, "state"),
             XDG_CONFIG_HOME=os.path.join(tmp, "config"), HOME=tmp,
             **(env or {}))
    e.pop("SQUAB_PASSWORD", None)
    if password is not None:
        e["SQUAB_PASSWORD"] = password
    p = subprocess.run([SQUAB, *args], env=e, capture_output=True,
                       timeout=WAIT, start_new_session=True, **kw)
    err = p.stderr.decode()
    assert p.returncode == want, "exit %d, not %s\n%s" % (
        p.returncode, want, err)
    return p.stdout if binary else p.stdout.decode(), err


def delivered(path):
    """What lies in a Maildir or raw folder, each as bytes, sorted."""
    out = []
    for sub in ("new", "cur") if os.path.isdir(path + "/new") else (".",):
        folder = os.path.join(path, sub)
        for name in os.listdir(folder):
            if not name.startswith("."):
                with open(os.path.join(folder, name), "rb") as f:
                    out.append(f.read())
    return sorted(out)
