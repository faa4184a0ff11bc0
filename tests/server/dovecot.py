"""A private Dovecot for the tests: its own configuration, users, certificates
and directories under one temporary directory, on loopback and free ports. It
runs as root (mail as nobody) or as an ordinary user, and ends with the test.
"""
import atexit
import grp
import os
import pwd
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time

PROGRAM = shutil.which("dovecot", path=os.environ.get("PATH", "") +
                       ":/usr/sbin:/usr/local/sbin")
POP3D = ("/usr/lib/dovecot/pop3", "/usr/libexec/dovecot/pop3",
         "/usr/local/libexec/dovecot/pop3")
MECHANISMS = ["PLAIN", "LOGIN", "CRAM-MD5", "DIGEST-MD5", "SCRAM-SHA-1",
              "SCRAM-SHA-256"]

CONF = """
base_dir = {run}
state_dir = {dir}/state
log_path = {dir}/log
info_log_path = {dir}/log
instance_name = squab-test
protocols = pop3
listen = 127.0.0.1
default_internal_user = {internal}
default_internal_group = {internal_group}
default_login_user = {login}
first_valid_uid = 1
first_valid_gid = 1
mail_fsync = never
ssl = yes
ssl_cert = <{dir}/server.pem
ssl_key = <{dir}/server.key
ssl_ca = <{dir}/ca.pem
ssl_require_crl = no
ssl_verify_client_cert = yes
auth_ssl_username_from_cert = yes
auth_mechanisms = plain login cram-md5 digest-md5 apop scram-sha-1 \
scram-sha-256 external anonymous
auth_failure_delay = 0
passdb {{
  driver = passwd-file
  args = scheme=PLAIN username_format=%u {dir}/users
}}
userdb {{
  driver = static
  args = uid={mail_uid} gid={mail_gid} home={dir}/mail/%u
}}
mail_location = maildir:~/Maildir
service pop3-login {{
  chroot =
  inet_listener pop3 {{
    address = 127.0.0.1
    port = {port}
  }}
  inet_listener pop3s {{
    address = 127.0.0.1
    port = {tls_port}
    ssl = yes
  }}
  inet_listener pop3-far {{
    address = {far}
    port = {port}
  }}
}}
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  chroot =
}}
protocol pop3 {{
  pop3_lock_session = {lock}
  mail_max_userip_connections = 100
}}
"""


def why_not():
    """None, or what is missing for these tests."""
    if not PROGRAM or not any(os.access(p, os.X_OK) for p in POP3D):
        return "install dovecot-pop3d"
    if not shutil.which("openssl"):
        return "install openssl"
    return None


def roomy():
    """Memory where there is enough, for tens of thousands of files. The path
    has to be short: Dovecot's sockets live there."""
    try:
        if shutil.disk_usage("/dev/shm").free > 1 << 30 and \
                os.access("/dev/shm", os.W_OK | os.X_OK):
            return "/dev/shm"
    except OSError:
        pass
    return "/tmp"


def free_ports(n):
    socks = [socket.socket() for _ in range(n)]
    for s in socks:
        s.bind(("127.0.0.1", 0))
    ports = [s.getsockname()[1] for s in socks]
    for s in socks:
        s.close()
    return ports


def openssl(*args):
    subprocess.run(("openssl",) + args, check=True,
                   stdin=subprocess.DEVNULL, capture_output=True)


class Authority:
    """A certification authority for a day."""

    def __init__(self, folder, name="ca"):
        self.folder, self.pem = folder, os.path.join(folder, name + ".pem")
        self.key = os.path.join(folder, name + ".key")
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt",
                "ec_paramgen_curve:P-256", "-nodes", "-days", "1",
                "-subj", "/CN=squab test " + name, "-keyout", self.key,
                "-out", self.pem)

    def issue(self, name, subject, extension):
        base = os.path.join(self.folder, name)
        with open(base + ".ext", "w", encoding="ascii") as f:
            f.write(extension + "\n")
        openssl("req", "-newkey", "ec", "-pkeyopt",
                "ec_paramgen_curve:P-256", "-nodes", "-subj", subject,
                "-keyout", base + ".key", "-out", base + ".csr")
        openssl("x509", "-req", "-in", base + ".csr", "-CA", self.pem,
                "-CAkey", self.key, "-CAcreateserial", "-days", "1",
                "-extfile", base + ".ext", "-out", base + ".pem")
        return base + ".pem", base + ".key"


class Dovecot:
    """users: {name: password}. start() it; it stops at exit at the latest.
    lock: one session a mailbox, where the others wait ten seconds and are
    told IN-USE. Dovecot sometimes keeps it that long after a lost line."""

    def __init__(self, users, lock=False):
        self.dir = tempfile.mkdtemp(prefix="squab.", dir=roomy())
        os.chmod(self.dir, 0o711)
        self.run = os.path.join(self.dir, "run")
        self.log = os.path.join(self.dir, "log")
        self.process = None
        self.users, self.lock = users, lock
        atexit.register(self.clear)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, lambda n, frame: sys.exit(128 + n))
        self.ca = Authority(self.dir)
        self.certificate, _ = self.ca.issue(
            "server", "/CN=localhost",
            "subjectAltName=DNS:localhost,IP:127.0.0.1,IP:127.0.0.2")
        self._configure()

    def _configure(self):
        if os.geteuid() == 0:
            mail = pwd.getpwnam("nobody")
            who = {"internal": "dovecot", "internal_group": "dovecot",
                   "login": "dovenull"}
        else:
            mail = pwd.getpwuid(os.geteuid())
            who = {"internal": mail.pw_name, "login": mail.pw_name,
                   "internal_group": grp.getgrgid(mail.pw_gid).gr_name}
        self.mail_uid, self.mail_gid = mail.pw_uid, mail.pw_gid
        self.port, self.tls_port = free_ports(2)
        self.far = "127.0.0.2" if can_bind("127.0.0.2") else "127.0.0.1"
        self.conf = self.path("conf")
        for name in ("run", "state", "mail"):
            os.mkdir(self.path(name), 0o755)
        with open(self.conf, "w", encoding="ascii") as f:
            f.write(CONF.format(dir=self.dir, run=self.run, port=self.port,
                                tls_port=self.tls_port, far=self.far,
                                mail_uid=self.mail_uid,
                                mail_gid=self.mail_gid,
                                lock="yes" if self.lock else "no", **who))
        with open(self.path("users"), "w", encoding="utf-8") as f:
            for name, password in self.users.items():
                f.write("%s:%s%s\n" % (
                    name, "{PLAIN}" + password if password else "",
                    "" if password else "::::::nopassword"))
        os.chmod(self.path("users"), 0o644)
        for name in list(self.users) + ["anonymous"]:
            self.deliver(name, {})

    def path(self, name):
        return os.path.join(self.dir, name)

    def maildir(self, user):
        return os.path.join(self.dir, "mail", user, "Maildir")

    def deliver(self, user, messages):
        """messages: {file name: bytes}, which go to the user's Maildir."""
        home = os.path.dirname(self.maildir(user))
        folders = [home, self.maildir(user)] + [
            os.path.join(self.maildir(user), d) for d in ("cur", "new", "tmp")]
        for folder in folders:
            if not os.path.isdir(folder):
                os.mkdir(folder, 0o700)
                os.chown(folder, self.mail_uid, self.mail_gid)
        for name, data in messages.items():
            file = os.path.join(self.maildir(user), "new", name)
            fd = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(fd, "wb") as f:
                f.write(data)
            os.chown(file, self.mail_uid, self.mail_gid)

    def start(self):
        with open(self.path("out"), "ab") as out:
            self.process = subprocess.Popen(
                [PROGRAM, "-F", "-c", self.conf], stdin=subprocess.DEVNULL,
                stdout=out, stderr=out, start_new_session=True)
        for _ in range(200):
            if self.process.poll() is not None:
                break
            if all(greets(p, tls) for p, tls in ((self.port, False),
                                                 (self.tls_port, True))):
                return self
            time.sleep(0.05)
        raise RuntimeError("Dovecot does not start\n" + self.complaint())

    def logged(self, name="log"):
        if not os.path.exists(self.path(name)):
            return ""
        with open(self.path(name), errors="replace", encoding="utf-8") as f:
            return f.read()

    def complaint(self):
        return self.logged("out")[-3000:] + self.logged()[-3000:]

    def stop(self):
        """Ends it in good order."""
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                pass
        self.kill()

    def kill(self):
        """SIGKILL, to it and all that it has started."""
        if not self.process:
            return
        for pid in [self.process.pid] + descendants(self.process.pid):
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        self.process.wait()
        self.process = None

    def clear(self):
        self.stop()
        shutil.rmtree(self.dir, ignore_errors=True)


def can_bind(address):
    with socket.socket() as s:
        try:
            s.bind((address, 0))
        except OSError:
            return False
    return True


def greets(port, tls):
    context = ssl._create_unverified_context()
    try:
        with socket.create_connection(("127.0.0.1", port), 5) as s:
            if tls:
                s = context.wrap_socket(s)
            return s.recv(512).startswith(b"+OK")
    except OSError:
        return False


def descendants(pid):
    """The children of a process and theirs, from /proc."""
    parents = {}
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open("/proc/%s/stat" % name, encoding="latin-1") as f:
                parents[int(name)] = int(f.read().rpartition(")")[2].split()[1])
        except OSError:
            pass
    found, front = [], [pid]
    while front:
        front = [p for p, parent in parents.items() if parent in front]
        found += front
    return found
