#!/usr/bin/env python3
"""Each way of use (ways.c) over a slow line that hands octets on in pieces
(delay.py), in clear and under TLS, against squab serve: what comes out is what
comes out over a good line; and over one that breaks each ends with an error."""
import os
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.environ["SRCDIR"], "tests"))
sys.path.insert(0, os.path.join(os.environ["SRCDIR"], "tests", "server"))
import tap  # noqa: E402
from delay import Delay  # noqa: E402

SQUAB, WAYS = os.environ["SQUAB"], os.environ["WAYS"]
NAMES = ("block", "poll", "uv", "glib", "task")
N = 50
# Within the messages, of the server's octets or of ours.
BREAK = {"pop3s": {"down": 20000}, "smtps": {"up": 20000}}
LIMIT = 120             # seconds until a hang is called one


class Serve:
    """A mailbox of its own, so that each begins with the same messages."""

    def __enter__(self):
        self.tmp = tempfile.TemporaryDirectory()
        self.box, self.ca = self.tmp.name + "/box", self.tmp.name + "/ca.pem"
        for folder in ("cur", "new", "tmp"):
            os.makedirs(os.path.join(self.box, folder))
        for i in range(N):
            with open("%s/new/17000%05d.M1.x" % (self.box, i), "w") as f:
                f.write("Subject: %d\n\n" % i + ".line\n.\n" * (3 * i)
                        + "x" * (i * 40) + "\n")
        self.process = subprocess.Popen(
            [SQUAB, "serve", self.box, "--pop3", "0", "--pop3s", "0", "--smtp",
             "0", "--smtps", "0", "--quiet", "--write-ca", self.ca],
            stdout=subprocess.PIPE, text=True)
        self.ports = {}
        while len(self.ports) < 4:
            m = re.match(r"(\w+)\s+\S*?:(\d+)\s*$",
                         self.process.stdout.readline())
            self.ports[m[1]] = int(m[2])
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()
        self.process.stdout.close()
        self.tmp.cleanup()

    def left(self):
        return sum(len(files) for _, _, files in os.walk(self.box))


def run(way, scheme, port, ca):
    url = "%s://test@127.0.0.1:%d" % (scheme, port)
    p = subprocess.run([WAYS, way, url, ca], stdin=subprocess.DEVNULL,
                       capture_output=True, text=True, timeout=LIMIT)
    return p.returncode, p.stdout, p.stderr


def job(way, scheme, **line):
    """What it printed, and how many messages are left in the mailbox."""
    with Serve() as s:
        if not line:
            return run(way, scheme, s.ports[scheme], s.ca) + (s.left(),)
        with Delay(s.ports[scheme], **line) as d:
            return run(way, scheme, d.port, s.ca) + (s.left(),)


def main():
    for scheme in ("pop3s", "smtps"):
        good = job("block", scheme)
        tap.ok(good[0] == 0 and good[2] == "" and
               good[3] == (N // 2 if scheme == "pop3s" else N + 10),
               "%s: over a good line" % scheme, good)
        for seed, way in enumerate(NAMES):
            bad = job(way, scheme, seed=seed)
            tap.ok(bad == good, "%s, %s: the same over a slow one"
                   % (scheme, way), bad)
            broken = job(way, scheme, seed=seed, **BREAK[scheme])
            tap.ok(broken[0] == 1 and broken[2] == "" and (
                scheme == "smtps" or broken[3] == N),
                "%s, %s: an error, and nothing deleted, where it breaks"
                % (scheme, way), broken)
    tap.done()


main()
