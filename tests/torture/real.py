"""Other servers than our own, for a sample: under TLS, squab serve, Dovecot.
What they have deleted is what is no longer in the Maildir they serve."""
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(os.path.dirname(HERE), "server")]
import dovecot  # noqa: E402
import sweep  # noqa: E402
from case import Bench, Case, Result  # noqa: E402
from places import ALL  # noqa: E402
from server import Server  # noqa: E402


class Box:
    """A Maildir that is served: message i is the i-th file of new."""
    attempts = 5        # a session that was killed may still hold messages
    check, cuts = None, ()

    def __init__(self):
        self.wrong, self.messages = [], []
        self.out = self.into = 0

    def name(self, i):
        return "17000%05d.M%d.torture" % (i, i)

    @property
    def gone(self):
        there = os.listdir(self.folder + "/new") + \
            os.listdir(self.folder + "/cur")
        left = {name.partition(":")[0].partition(",")[0] for name in there}
        return {i for i in range(len(self.messages))
                if self.name(i) not in left}

    def there(self):
        gone = self.gone
        return [i for i in range(len(self.messages)) if i not in gone]

    def settle(self):
        pass

    def files(self, messages):
        self.messages = messages
        return {self.name(i): m.replace(b"\r\n", b"\n")
                for i, m in enumerate(messages)}


class Serve(Box):
    """squab serve"""

    def __init__(self, root):
        super().__init__()
        self.folder = root + "/serve"
        for sub in ("cur", "new", "tmp"):
            os.makedirs("%s/%s" % (self.folder, sub))
        ca = root + "/serve-ca.pem"
        self.process = subprocess.Popen(
            [os.environ["SQUAB"], "serve", self.folder, "--pop3s", "0",
             "--quiet", "--write-ca", ca], stdout=subprocess.PIPE, text=True)
        at = self.process.stdout.readline().split()[1]
        self.url, self.flags = "pop3s://test@" + at, ["--ca-file", ca]

    def reset(self, messages):
        for sub in ("cur", "new"):
            for name in os.listdir("%s/%s" % (self.folder, sub)):
                os.unlink("%s/%s/%s" % (self.folder, sub, name))
        for name, data in self.files(messages).items():
            with open("%s/new/%s" % (self.folder, name), "wb") as f:
                f.write(data)

    def close(self):
        self.process.terminate()
        self.process.wait()
        self.process.stdout.close()


class Dovecot(Box):
    """A new user for each case: none sees the sessions of the last one."""
    USERS = 400

    def __init__(self, root):
        super().__init__()
        self.server = dovecot.Dovecot(
            {"u%d" % i: "test" for i in range(self.USERS)})
        self.server.start()
        self.n = -1

    def reset(self, messages):
        self.n += 1
        user = "u%d" % self.n
        self.folder = self.server.maildir(user)
        self.server.deliver(user, self.files(messages))
        self.url = "pop3://%s@127.0.0.1:%d" % (user, self.server.port)
        self.flags = ["--tls", "off"]

    def close(self):
        self.server.clear()


def servers(root):
    """Those that there are."""
    return ["our own under TLS", "squab serve"] + \
        ([] if dovecot.why_not() else ["Dovecot"])


def tls(root):
    """The certificate of our own server, made once."""
    if not os.path.exists(root + "/own.pem"):
        dovecot.Authority(root, "own-ca").issue(
            "own", "/CN=localhost",
            "subjectAltName=DNS:localhost,IP:127.0.0.1")
    return root + "/own.pem", root + "/own.key", root + "/own-ca.pem"


def cases(bench, names, n, offset):
    """n of the faults for each destination and policy."""
    for name in names:
        if not sweep.takes(bench, ALL[name]):
            continue
        for policy in sweep.POLICIES:
            kind = "%s/%s/%d/" % (name, policy, sweep.LARGE)
            yield from sweep.sample(sweep.faults(bench, kind), n, offset)


def run(server, names, root, offset, n=50):
    if server == "our own under TLS":
        bench = Bench(Server(tls(root)), root=root)
        lists = [c for name in names
                 if sweep.takes(bench, ALL[name])
                 for c in sweep.sample(
                     sweep.cuts(bench, name + "/delete/0/"), 10 * n, offset)]
        return sweep.run(lists, root, tls=tls(root))
    box = (Serve if server == "squab serve" else Dovecot)(root)
    total = Result()
    try:
        bench = Bench(box, root=root)
        for text in list(cases(bench, names, n, offset)):
            total.add(Case(bench, text).run())
    finally:
        box.close()
    return total
