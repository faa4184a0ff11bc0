"""Servers that take mail, private to a test, on loopback and free ports: a
Dovecot with LMTP and submission, Postfix's smtp-sink, and one that says what a
test wants."""
import atexit
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time

import dovecot

SINK = shutil.which("smtp-sink", path=os.environ.get("PATH", "") +
                    ":/usr/sbin:/usr/local/sbin")

CONF = """
protocols = pop3 lmtp submission
hostname = post.example.org
submission_relay_host = 127.0.0.1
submission_relay_port = {relay}
submission_max_mail_size = 100M
service lmtp {{
  chroot =
  inet_listener lmtp {{
    address = 127.0.0.1
    port = {lmtp}
  }}
  unix_listener lmtp {{
    mode = 0666
  }}
}}
service submission-login {{
  chroot =
  inet_listener submission {{
    address = 127.0.0.1
    port = {submission}
  }}
  inet_listener submissions {{
    address = 127.0.0.1
    port = {submissions}
    ssl = yes
  }}
}}
protocol lmtp {{
  auth_username_format = %Ln
}}
"""


def why_not():
    """None, or what is missing for these tests."""
    for name in ("lmtp", "submission"):
        if not any(os.access(os.path.join(os.path.dirname(p), name), os.X_OK)
                   for p in dovecot.POP3D):
            return "install dovecot-%sd" % name
    if not SINK:
        return "install postfix, for its smtp-sink"
    return dovecot.why_not()


class PostOffice(dovecot.Dovecot):
    """relay: the port of the server that submitted mail goes on to."""

    def __init__(self, users, relay):
        self.relay = relay
        self.lmtp, self.submission, self.submissions = dovecot.free_ports(3)
        super().__init__(users)

    def _configure(self):
        super()._configure()
        with open(self.conf, "a", encoding="ascii") as f:
            f.write(CONF.format(dir=self.dir, **{
                n: getattr(self, n) for n in ("relay", "lmtp", "submission",
                                              "submissions")}))

    def start(self):
        super().start()
        wait_for(self.lmtp)
        wait_for(self.submission)
        return self

    def delivered(self, user):
        """What is in the user's Maildir: the messages, as a list of bytes."""
        folder = os.path.join(self.maildir(user), "new")
        messages = []
        for name in sorted(os.listdir(folder)):
            with open(os.path.join(folder, name), "rb") as f:
                messages.append(f.read())
        return messages


def wait_for(port):
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port), 5).close()
            return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError("nothing listens at port %d" % port)


class Sink:
    """smtp-sink with the options given; it keeps what it takes."""

    def __init__(self, *options):
        self.dir = tempfile.mkdtemp(prefix="squab.", dir=dovecot.roomy())
        self.port, = dovecot.free_ports(1)
        user = ["-u", "root"] if os.geteuid() == 0 else []
        self.process = subprocess.Popen(
            [SINK, *user, *options, "-d", os.path.join(self.dir, "mail."),
             "127.0.0.1:%d" % self.port, "100"], stdin=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        atexit.register(self.stop)
        wait_for(self.port)

    def mails(self):
        """(headers of the dump, message) of each mail that was taken whole."""
        found = []
        for name in os.listdir(self.dir):
            with open(os.path.join(self.dir, name), "rb") as f:
                head, message = split_dump(f.read())
                found.append((head, message))
        return found

    def stop(self):
        if self.process:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
            self.process = None
        shutil.rmtree(self.dir, ignore_errors=True)


def split_dump(dump):
    """smtp-sink writes X-… lines of the envelope and a Received in front."""
    lines = dump.split(b"\n")
    n = 0
    while lines[n].startswith((b"X-", b"Received:", b"\t", b" ")):
        n += 1
    return b"\n".join(lines[:n]), b"\n".join(lines[n:])


class Talker:
    """A server that answers by a function: answer(line, talker) gives what is
    said to a line (without its CRLF), None to close the line. Messages are
    taken in by it, to DATA's dot: answer gets "." then. lines has all."""

    def __init__(self, answer, greeting="220 here ESMTP\r\n"):
        self.answer, self.greeting = answer, greeting
        self.lines, self.messages = [], []
        self.listener = socket.socket()
        self.listener.bind(("127.0.0.1", 0))
        self.listener.listen(10)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        while True:
            try:
                s, _ = self.listener.accept()
            except OSError:
                return
            s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with s, s.makefile("rwb") as f:
                try:
                    self.talk(f)
                except OSError:
                    pass

    def talk(self, f):
        say = self.greeting
        while say is not None:
            f.write(say.encode())
            f.flush()
            if say.startswith("354"):
                line = self.take_message(f)
            else:
                line = f.readline().decode("utf-8", "replace")
                line = line.rstrip("\r\n") if line else None
            if line is None:
                return
            self.lines.append(line)
            say = self.answer(line, self)

    def take_message(self, f):
        message = b""
        for line in f:
            if line == b".\r\n":
                self.messages.append(message)
                return "."
            message += line[1:] if line.startswith(b".") else line
        return None

    def stop(self):
        self.listener.close()
