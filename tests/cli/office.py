"""A squab serve of a test's own, and what has come into its Maildir."""
import os
import socket
import ssl
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.environ["SRCDIR"], "tests"))
from tap import ok  # noqa: E402

SQUAB = os.environ["SQUAB"]
TRACE = (b"Return-Path:", b"Delivered-To:", b"Received:", b"\tby ")


def equal(got, wanted, name):
    ok(got == wanted, name, "got    %r\nwanted %r" % (got, wanted))


class Office:
    def __init__(self, *flags):
        self.tmp = tempfile.TemporaryDirectory()
        self.box, self.ca = self.tmp.name + "/box", self.tmp.name + "/ca.pem"
        for sub in ("cur", "new", "tmp"):
            os.makedirs(os.path.join(self.box, sub))
        self.flags = flags

    def __enter__(self):
        services = [s for s in ("pop3", "smtp", "smtps", "lmtp")
                    if "--" + s not in self.flags]
        self.process = subprocess.Popen(
            [SQUAB, "serve", "--quiet", "--write-ca", self.ca, self.box] +
            [x for s in services for x in ("--" + s, "0")] +
            list(self.flags), stdout=subprocess.PIPE, text=True)
        self.ports = {}
        for _ in services:
            name, address = self.process.stdout.readline().split()
            self.ports[name] = int(address.rpartition(":")[2])
        return self

    def __exit__(self, *_):
        self.process.terminate()
        status = self.process.wait(60)
        ok(status == 0, "serve ends well (%s)" % " ".join(self.flags), status)
        self.process.stdout.close()
        self.tmp.cleanup()

    def mail(self):
        """The mails in new/ as they came; they are taken out."""
        found, folder = [], os.path.join(self.box, "new")
        for name in sorted(os.listdir(folder)):
            with open(os.path.join(folder, name), "rb") as f:
                found.append(f.read())
            os.unlink(os.path.join(folder, name))
        return found

    def left(self):
        return os.listdir(os.path.join(self.box, "tmp"))

    def client(self, service="smtp"):
        return Client(self.ports[service])

    def tls(self):
        return ssl.create_default_context(cafile=self.ca)


class Client:
    """Octets out, replies in."""

    def __init__(self, port):
        self.s = socket.create_connection(("127.0.0.1", port), 30)
        self.f = self.s.makefile("rb")
        self.greeting = self.reply()

    def reply(self):
        """The code and last line of a reply; None: the line is closed."""
        while True:
            line = self.f.readline().decode()
            if not line:
                return None
            if line[3] == " ":
                return line.rstrip("\r\n")

    def codes(self, n):
        return [r[:3] if r else "gone" for r in (self.reply()
                                                for _ in range(n))]

    def say(self, octets, n=1):
        self.s.sendall(octets if isinstance(octets, bytes) else
                       octets.encode())
        return self.codes(n)

    def close(self):
        self.f.close()
        self.s.close()


def body(mail):
    lines = mail.split(b"\n")
    while lines and lines[0].startswith(TRACE):
        lines.pop(0)
    return b"\n".join(lines)


def trace(mail):
    return [line for line in mail.split(b"\n") if line.startswith(TRACE)]
