"""What the tests against a server share: running $SQUAB, Python's own POP3
client as the second opinion, and the bytes that a server makes of a file."""
import os
import poplib
import ssl
import subprocess

poplib._MAXLINE = 16 * 1024 * 1024
PASSWORD = "open sesame"


def wire(data):
    """A Maildir's file as a client sees it, without dot-stuffing."""
    data = data.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    return data if data.endswith(b"\n") else data + b"\r\n"


class Client:
    def __init__(self, server):
        self.server = server
        self.env = dict(os.environ, SQUAB_PASSWORD=PASSWORD,
                        HOME=server.path("home"), LC_ALL="C.UTF-8")

    def url(self, user="alice", tls=False, host="localhost"):
        return "pop3%s://%s@%s:%d" % (
            "s" if tls else "", user, host,
            self.server.tls_port if tls else self.server.port)

    def start(self, command, *args, password=None, **more):
        """With the right --ca-file, unless one is given."""
        args = [os.environ["SQUAB"], command] + list(args)
        if "--ca-file" not in args:
            args += ["--ca-file", self.server.ca.pem]
        env = dict(self.env, SQUAB_PASSWORD=password or PASSWORD)
        return subprocess.Popen(args, env=env, stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, **more)

    def end(self, process):
        """stdout as bytes, the others as text."""
        out, err = process.communicate(timeout=200)
        return subprocess.CompletedProcess(
            process.args, process.returncode, out,
            err.decode(errors="replace"))

    def run(self, command, *args, **more):
        return self.end(self.start(command, *args, **more))

    def trace(self, name, command, *args, **more):
        """Runs it; the result and the lines of the trace."""
        file = self.server.path(name + ".trace")
        result = self.run(command, "--trace", file, *args, **more)
        if not os.path.exists(file):
            return result, []
        with open(file, encoding="utf-8", errors="replace") as f:
            return result, f.read().splitlines()

    def poplib(self, user="alice"):
        p = poplib.POP3_SSL(
            "127.0.0.1", self.server.tls_port, timeout=60,
            context=ssl.create_default_context(cafile=self.server.ca.pem))
        p.user(user)
        p.pass_(PASSWORD)
        return p


def octets(p, number):
    """The message as poplib has received it."""
    return b"".join(line + b"\r\n" for line in p.retr(number)[1])


def listing(p):
    """[(number, size, UIDL)] as poplib sees it."""
    sizes = [line.split() for line in p.list()[1]]
    uidls = dict(line.split() for line in p.uidl()[1])
    return [(int(n), int(size), uidls[n].decode()) for n, size in sizes]


def why(result):
    return "exit %d\n%s" % (result.returncode, result.stderr)
