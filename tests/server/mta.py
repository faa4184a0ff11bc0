"""Servers that take mail, private to a test, on loopback and free ports: a
Dovecot with LMTP and submission, a Postfix, its smtp-sink, and one that says
what a test wants."""
import atexit
import contextlib
import grp
import os
import pwd
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
SBIN = os.path.dirname(SINK or "/usr/sbin/smtp-sink")
DAEMONS = "/usr/lib/postfix/sbin"

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


POSTFIX = """
compatibility_level = 3.6
queue_directory = {dir}/spool
data_directory = {dir}/data
command_directory = {sbin}
daemon_directory = {daemons}
mail_owner = postfix
setgid_group = postdrop
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = post.example.org
mydestination =
mynetworks = 192.0.2.1
alias_maps =
virtual_mailbox_domains = example.org
virtual_mailbox_base = {dir}/mail
virtual_mailbox_maps = static:box/
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
virtual_mailbox_limit = 0
message_size_limit = 1000000
smtpd_recipient_limit = 10
smtpd_tls_security_level = may
smtpd_tls_cert_file = {dir}/server.pem
smtpd_tls_key_file = {dir}/server.key
maillog_file = {dir}/log
maillog_file_prefixes = {root}
"""

# service, type, private, unprivileged, chroot, wake-up, processes, program
SERVICES = """
127.0.0.1:{port} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
proxymap unix - - n - - proxymap
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
smtp unix - - n - - smtp
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
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


class Postfix:
    """Takes mail for example.org, all of it into one Maildir; ten recipients
    of a mail and a megabyte. Only root can run one."""

    def __init__(self):
        self.dir = tempfile.mkdtemp(prefix="squab.", dir=dovecot.roomy())
        self.port, = dovecot.free_ports(1)
        self.process = None
        atexit.register(self.stop)
        os.chmod(self.dir, 0o755)
        self.ca = dovecot.Authority(self.dir)
        self.ca.issue("server", "/CN=localhost",
                      "subjectAltName=DNS:localhost,IP:127.0.0.1")
        self._configure()
        subprocess.run([os.path.join(SBIN, "postfix"), "-c",
                        self.dir + "/conf", "check"], check=True,
                       stdin=subprocess.DEVNULL, capture_output=True)
        self.process = subprocess.Popen(
            [os.path.join(DAEMONS, "master"), "-c", self.dir + "/conf", "-d"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, start_new_session=True)
        wait_for(self.port)

    def _configure(self):
        nobody, owner = pwd.getpwnam("nobody"), pwd.getpwnam("postfix")
        for name, who in (("conf", 0), ("spool", 0), ("data", owner.pw_uid),
                          ("mail", nobody.pw_uid)):
            os.mkdir(os.path.join(self.dir, name), 0o755)
            os.chown(os.path.join(self.dir, name), who, -1)
        for name, text in (("main.cf", POSTFIX), ("master.cf", SERVICES)):
            with open("%s/conf/%s" % (self.dir, name), "w",
                      encoding="ascii") as f:
                f.write(text.lstrip().format(
                    dir=self.dir, port=self.port, sbin=SBIN, daemons=DAEMONS,
                    root="/" + self.dir.split("/")[1], uid=nobody.pw_uid,
                    gid=nobody.pw_gid))

    @staticmethod
    def why_not():
        if os.geteuid() != 0:
            return "only root can run a Postfix"
        try:
            grp.getgrnam("postdrop")
            os.stat(os.path.join(DAEMONS, "virtual"))
        except (KeyError, OSError):
            return "install postfix"
        return None

    def delivered(self, n):
        """The messages, once there are n; or what there is after a while."""
        folder = os.path.join(self.dir, "mail", "box", "new")
        for _ in range(600):
            if os.path.isdir(folder) and len(os.listdir(folder)) >= n:
                break
            time.sleep(0.1)
        messages = []
        for name in os.listdir(folder) if os.path.isdir(folder) else []:
            with open(os.path.join(folder, name), "rb") as f:
                messages.append(f.read())
        return messages

    def stop(self):
        if self.process:
            for pid in dovecot.descendants(self.process.pid):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            self.process.kill()
            self.process.wait()
            self.process = None
        shutil.rmtree(self.dir, ignore_errors=True)


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
