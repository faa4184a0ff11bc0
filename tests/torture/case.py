"""One case: a fetch to which things happen, run after run, and at last one to
which nothing does. It is written PLACE/POLICY/SIZE/STEP[,STEP...], which is
what --case takes: SIZE is that of the large message, 0 for none; a step is

    kill@rename:3       killed before the third rename
    torn@write:2        half of a write is made, and then it is killed
    short@send:1        half of it is made (a recv: one octet), and told
    ENOSPC@write:1      that error; ENOSPC+: that and all that follow
    out@117, in@20      the line is cut after so many octets of the server,
                        of the client
    full@65536          a file system of that size
    3*kill@write:2      three at once, of which the first one is killed
    power@names:117     what a disk may hold when the power fails after so
                        many calls of a good run: see power.py; order:0,
                        whether all is durable before the first DELE
"""
import collections
import errno
import os
import resource
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import mail  # noqa: E402
import power  # noqa: E402
from places import ALL  # noqa: E402
from server import Server  # noqa: E402

WAIT = 120              # seconds until a hang is called one
WRONG = ("lost", "early", "duplicates", "half", "other")


def room():
    """Where files cost least."""
    return "/dev/shm" if os.access("/dev/shm", os.W_OK | os.X_OK) else None


def preload(shim, squab):
    """A sanitizer's library wants to be the first."""
    out = subprocess.run(["ldd", squab], capture_output=True, text=True)
    first = [line.split()[2] for line in out.stdout.splitlines()
             if "libasan" in line and "=>" in line]
    return ":".join(first + [shim])


def parse_step(text):
    """(how many at once, what, kind or None, number)"""
    many, star, rest = text.partition("*")
    many, rest = (int(many), rest) if star else (1, text)
    what, _, at = rest.partition("@")
    kind, _, number = at.rpartition(":")
    return many, what, kind or None, int(number or 0)


def fault(what, kind, number):
    """The environment that makes the shim do that."""
    if kind is None or what == "power":
        return {}
    name, plus, _ = what.partition("+")
    if name not in ("kill", "torn", "short"):
        name = "%d%s" % (getattr(errno, name), plus)
    return {"FAULT_AT": "%s:%d" % (kind, number), "FAULT_DO": name}


class Result:
    """What cases have come to: counts, and what was wrong."""

    def __init__(self):
        self.counts = collections.Counter()
        self.said = []

    def add(self, other):
        self.counts += other.counts
        self.said += other.said

    def wrong(self, what, why):
        self.counts[what] += 1
        self.said.append("%s: %s" % (what, why))

    def bad(self):
        return any(self.counts[w] for w in WRONG)

    def __str__(self):
        c = self.counts
        return "kills %d, errors %d, cuts %d, races %d, power failures %d, " \
            "lost %d, early deletes %d, duplicates %d, half %d, other %d" % (
                c["kills"], c["errors"], c["cuts"], c["races"], c["powers"],
                *(c[w] for w in WRONG))


class Bench:
    """What the cases of one process share. server may be another one than
    ours; program another one than squab."""

    def __init__(self, server=None, program=None, lie=None, root=None):
        self.squab = program or [os.path.abspath(os.environ["SQUAB"])]
        self.preload = preload(os.environ["FAULT"], self.squab[0])
        self.server = server or Server()
        self.lie, self.mounts = lie, can_mount()
        self.base = tempfile.mkdtemp(prefix="torture-", dir=root or room())
        self.mails, self.logs = {}, {}

    def close(self):
        shutil.rmtree(self.base, ignore_errors=True)

    def messages(self, large):
        if large not in self.mails:
            self.mails[large] = mail.messages(large)
        return self.mails[large]

    def log_of(self, text):
        """The calls of a good run of that kind; made once."""
        kind = text.rpartition("/")[0]
        if kind not in self.logs:
            file = self.base + "/log"
            # In the folder of all cases: intents have the path in them.
            case = Case(self, kind + "/")
            case.prepare()
            status, err = case.end(case.start({"FAULT_LOG": file}))
            self.server.settle()
            case.clear()
            if status != 0:
                raise RuntimeError("%s: exit %s: %s" % (kind, status, err))
            self.logs[kind] = power.read_log(file, case.dir)
            os.unlink(file)
        return self.logs[kind]


def can_mount():
    folder = tempfile.mkdtemp(dir=room())
    try:
        r = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k",
                            "squab-torture", folder], capture_output=True)
        if r.returncode == 0:
            subprocess.run(["umount", folder], check=True)
        return r.returncode == 0
    except OSError:
        return False
    finally:
        os.rmdir(folder)


class Case:
    """run() gives the Result. Its folder is gone afterwards."""

    def __init__(self, bench, text):
        self.bench, self.text = bench, text
        place, self.policy, large, steps = text.split("/", 3)
        self.place = ALL[place]
        self.steps = [s for s in steps.split(",") if s]
        self.messages = bench.messages(int(large))
        self.expected = [self.place.expected(m) for m in self.messages]
        self.dir = os.path.join(bench.base, "case")
        self.dest, self.state = self.dir + "/dest", self.dir + "/state"
        self.hit = self.dir + "/hit"
        self.result = Result()
        self.seen, self.n_runs, self.crashes = set(), 0, 0

    def start(self, more=None, limit=None):
        """A run of squab, with the shim where more says what for."""
        b = self.bench
        env = {"PATH": os.environ["PATH"], "HOME": self.dir,
               "SQUAB_PASSWORD": "test", "LC_ALL": "C.UTF-8",
               "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "")}
        if b.lie:
            more = dict(more or {}, FAULT_LIE=b.lie)
        if more:
            env.update(more, LD_PRELOAD=b.preload, FAULT_OUT=self.hit)
        args = b.squab + [
            "fetch", b.server.url, *b.server.flags, "--" + self.policy,
            "--to", self.place.to(self.dest), "--state", self.state]
        out = subprocess.DEVNULL
        self.n_runs += 1
        if self.place.stdout:
            os.makedirs(self.dest, exist_ok=True)
            out = open("%s/out.%d" % (self.dest, self.n_runs), "wb")
        try:
            return subprocess.Popen(
                args, env=env, stdin=subprocess.DEVNULL, stdout=out,
                stderr=subprocess.PIPE, close_fds=False,
                restore_signals=limit is None,
                preexec_fn=limit and (lambda: resource.setrlimit(
                    resource.RLIMIT_FSIZE, (limit, limit))))
        finally:
            if self.place.stdout:
                out.close()

    def end(self, process):
        """(exit status, what it has said)"""
        try:
            _, err = process.communicate(timeout=WAIT)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            return None, "it hangs"
        return process.returncode, err.decode(errors="replace")

    def wrong(self, what, why):
        self.result.wrong(what, "%s\n    --case '%s'" % (why, self.text))

    # What is looked at

    def look(self):
        return collections.Counter(self.place.read(self.dest))

    def is_whole(self, i):
        """For the server: may message i be deleted?"""
        if i not in self.seen:
            there = self.look()
            self.seen = {k for k, e in enumerate(self.expected) if there[e]}
        return i in self.seen

    def judge(self, last):
        """How many messages are at the destination."""
        there, server = self.look(), self.bench.server
        gone, n = server.gone, 0
        allowed = 1 if self.place.once else 1 + self.crashes
        for i, e in enumerate(self.expected):
            n += there[e] > 0
            if there[e] == 0 and (last or i in gone):
                self.wrong("lost", "message %d is not there%s" % (
                    i, ", and deleted" if i in gone else ""))
            if there[e] > allowed:
                self.wrong("duplicates", "message %d is there %d times" % (
                    i, there[e]))
        parts = set(there) - set(self.expected)
        if parts and (last or self.place.atomic):
            self.wrong("half", "there is %r" % sorted(parts)[0][:60])
        for i in server.wrong:
            self.wrong("early", "message %d was marked or deleted" % i)
        server.wrong = []
        return n

    def judge_end(self, status, err, killed):
        """One run's exit status, against what it has done."""
        if status is None or (status < 0 and not killed) or \
                "Sanitizer" in err:
            self.wrong("other", "exit %s: %s" % (status, err[-2000:]))

    def judge_success(self, n, err):
        left = self.policy == "delete" and self.bench.server.there()
        if n < len(self.expected) or left:
            self.wrong("other", "success, but %d delivered, %s left: %s" % (
                n, left, err))

    # What is done

    def step(self, text):
        many, what, kind, number = parse_step(text)
        if kind == "order":
            problem = power.disorder(self.log)
            if problem:
                self.wrong("early", "before DELE: " + problem)
            return
        if what == "power":
            power.put(self, self.log, kind, number)
            self.result.counts["powers"] += 1
            self.judge(False)
            return
        server, more, limit = self.bench.server, fault(what, kind, number), \
            None
        if what in ("out", "in"):
            server.cuts = [(number, None) if what == "out" else
                           (None, number)]
        if what == "full":
            limit = self.shrink(number)
        runs = [self.start(more if k == 0 else None, limit)
                for k in range(many)]
        ends = [self.end(p) for p in runs]
        if what == "full":
            self.grow()
        server.settle()
        self.seen = set()
        hit = os.path.exists(self.hit) and os.path.getsize(self.hit) > 0
        if hit:
            os.unlink(self.hit)
        self.count(what, kind, hit, many)
        for status, err in ends:
            self.judge_end(status, err, hit and
                           what in ("kill", "torn") and status == -9)
            if many > 1 and status not in (0, 75, -9):
                self.wrong("other", "of %d at once one exits with %s: %s" % (
                    many, status, err))
        n = self.judge(False)
        for status, err in ends:
            if status == 0:
                self.judge_success(n, err)

    def count(self, what, kind, hit, many):
        self.crashes += many
        counts = self.result.counts
        counts["races"] += many > 1
        if kind:
            counts["kills" if what in ("kill", "torn") else "errors"] += hit
        elif what:
            counts["errors" if what == "full" else "cuts"] += 1

    def shrink(self, size):
        """A small tmpfs for all of it, or at least small files."""
        if not self.bench.mounts:
            return size
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=%d" % size,
                        "squab-torture", self.dir], check=True)
        self.mounted = True
        return None

    mounted = False

    def grow(self):
        if self.mounted:
            subprocess.run(["mount", "-o", "remount,size=64m", self.dir],
                           check=True)

    def good(self):
        """The run to which nothing happens."""
        server = self.bench.server
        server.cuts = []
        self.seen = set()
        for _ in range(server.attempts):
            status, err = self.end(self.start())
            server.settle()
            if status == 0:
                break
        self.judge_end(status, err, False)
        n = self.judge(True)
        if status == 0:
            self.judge_success(n, err)
        else:
            self.wrong("other", "the next run exits with %s: %s" % (
                status, err))
        if self.policy == "keep" and server.gone:
            self.wrong("early", "--keep has deleted %s" % server.gone)

    def prepare(self):
        os.makedirs(self.dir)
        self.bench.server.reset(self.messages)
        self.bench.server.check = self.is_whole

    def run(self):
        if any(s.startswith("power@") for s in self.steps):
            self.log = self.bench.log_of(self.text)
        self.prepare()
        try:
            for step in self.steps:
                self.step(step)
            self.good()
        except Exception as e:
            self.wrong("other", "%s: %s" % (type(e).__name__, e))
        finally:
            self.clear()
        return self.result

    def clear(self):
        if self.mounted:
            subprocess.run(["umount", self.dir], check=True)
        shutil.rmtree(self.dir)

    def calls(self):
        """{kind: how many calls of it there are} in a good run, and the
        octets that went out of the server and in."""
        self.prepare()
        file = self.bench.base + "/count"
        try:
            status, err = self.end(self.start({"FAULT_COUNT": file}))
            self.bench.server.settle()
            if status != 0:
                raise RuntimeError("%s: exit %s: %s" % (self.text, status,
                                                        err))
            with open(file, encoding="ascii") as f:
                counts = dict(line.strip().split(":") for line in f)
            os.unlink(file)
        finally:
            self.clear()
        server = self.bench.server
        return {k: int(n) for k, n in counts.items()}, server.out, server.into
