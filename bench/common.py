"""What the benches share: where things are, the corpora, the machine."""
import datetime
import os
import platform
import re
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)
HARNESS = os.path.join(os.path.dirname(ROOT), "shared", "bench")
WORK = os.path.join(os.environ.get("TMPDIR", "/tmp"), "squab-bench")


def run(*argv, **kw):
    return subprocess.run(argv, check=True, text=True, **kw)


def timed(tmp, argv):
    """CPU seconds, wall seconds and peak KB of one run. The peak is told by
    time(1): a child of Python's begins with Python's own."""
    peak = os.path.join(tmp, "peak")
    start = time.monotonic()
    p = subprocess.Popen(["/usr/bin/time", "-o", peak, "-f", "%M"] + argv,
                         stdout=subprocess.DEVNULL)
    _, status, u = os.wait4(p.pid, 0)
    wall = time.monotonic() - start
    p.returncode = os.waitstatus_to_exitcode(status)
    if p.returncode:
        sys.exit("bench: exit %d: %s" % (p.returncode, " ".join(argv)))
    with open(peak, encoding="ascii") as f:
        return u.ru_utime + u.ru_stime, wall, int(f.read())


def make_corpora():
    """From the harness, once."""
    if not os.path.isdir(os.path.join(WORK, "corpus", "large", "eml")):
        print("making the corpora in %s (700 MB)" % WORK)
        run(sys.executable, HARNESS + "/gen.py", WORK + "/corpus")


def machine():
    with open("/proc/cpuinfo", encoding="ascii", errors="replace") as f:
        model = re.search(r"model name\s*: (.*)", f.read())
    gcc = run("gcc", "--version", stdout=subprocess.PIPE).stdout.split("\n")[0]
    git = subprocess.run(["git", "-C", ROOT, "describe", "--always",
                          "--dirty"], text=True, stdout=subprocess.PIPE)
    return "%s, %d cores; Linux %s; %s\n%s, commit %s" % (
        model[1] if model else platform.machine(), os.cpu_count(),
        platform.release(), gcc, datetime.date.today(), git.stdout.strip())
