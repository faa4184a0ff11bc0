#!/usr/bin/env python3
"""examples/tutorial and the Python program of docs/tutorial.md against squab
serve: they print the same, leave the same, and have as many lines as said."""
import os
import re
import subprocess
import sys
import tempfile

ROOT, BUILD = os.environ["SRCDIR"], os.environ["BUILDDIR"]
sys.path.insert(0, os.path.join(ROOT, "tests"))
import tap  # noqa: E402

SQUAB = os.environ["SQUAB"]
SMALL = b"Subject: small\n\n.dots\nand text\n"
MAIL = {"1.small": SMALL, "2.large": b"Subject: large\n\n" + 999 * (
    b"a line of the large one\n"), "3.small": SMALL}


class Server:
    def __init__(self, tmp):
        self.box = os.path.join(tmp, "Maildir")
        self.ca = os.path.join(tmp, "ca.pem")
        for sub in ("cur", "new", "tmp"):
            os.makedirs(os.path.join(self.box, sub))
        for name, data in MAIL.items():
            with open(os.path.join(self.box, "new", name), "wb") as f:
                f.write(data)

    def __enter__(self):
        self.process = subprocess.Popen(
            [SQUAB, "serve", "--quiet", "--write-ca", self.ca, self.box],
            stdout=subprocess.PIPE, text=True)
        self.ports = dict(self.process.stdout.readline().split()
                          for _ in range(2))
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.communicate(timeout=60)

    def url(self, scheme):
        port = self.ports[scheme].rpartition(":")[2]
        return "%s://test@127.0.0.1:%s" % (scheme, port)

    def left(self):
        return sorted(os.listdir(os.path.join(self.box, "new")))


def blocks(language):
    with open(os.path.join(ROOT, "docs", "tutorial.md"),
              encoding="utf-8") as f:
        text = f.read()
    return re.findall(r"^```%s\n(.*?)^```$" % language, text,
                      re.M | re.S), text


def count(code):
    """Lines that say something; checks for errors do not count."""
    code = re.sub(r"/\*.*?\*/", "", code, flags=re.S)
    code = re.sub(r"^static int fail\(.*?^}$", "", code, flags=re.M | re.S)
    code = re.sub(r"^\tif \(argc < 2\)\n[^;]*;\n", "", code, flags=re.M)
    return sum(1 for line in code.splitlines()
               if line.strip(" \t{}") and "return fail(" not in line)


def run(program, *args, password="test", ca):
    r = subprocess.run([*program, *args], capture_output=True, timeout=60,
                       env=dict(os.environ, MAIL_PASSWORD=password,
                                MAIL_CA_FILE=ca))
    return r.returncode, r.stdout, r.stderr.decode(errors="replace")


def statuses(out):
    """What must be equal: the greeting's stamp is another each time, and C
    does not wait for the answer to QUIT when nothing was marked."""
    out = re.sub(rb"\A(\+OK )?[^\n]*", b"hello", out)
    return out if b"deleted" in out else re.sub(rb"\+OK bye\n\Z", b"", out)


def test_run(name, program):
    wire = SMALL.replace(b"\n", b"\r\n")
    with tempfile.TemporaryDirectory() as tmp, Server(tmp) as server:
        seen = []
        for scheme, how in (("pop3s", "USER"), ("pop3", "PLAIN"),
                            ("pop3s", "APOP")):
            code, out, err = run(program, server.url(scheme), how,
                                 ca=server.ca)
            seen.append(statuses(out))
            tap.ok(code == 0 and out.count(wire) == 2 and
                   b"large" not in out and out.count(b"+OK") >= 4,
                   "%s: %s, %s" % (name, scheme, how),
                   "%r\n%s" % (out, err))
        tap.ok(server.left() == sorted(MAIL), name + " deletes nothing unasked",
               server.left())
        code, out, err = run(program, server.url("pop3s"), "USER",
                             password="wrong", ca=server.ca)
        tap.ok(code != 0 and wire not in out, name + ": a wrong password",
               err)
        code, out, err = run(program, server.url("pop3s"), "USER", "delete",
                             ca=server.ca)
        seen.append(statuses(out))
        tap.ok(code == 0 and server.left() == ["2.large"] and
               out.endswith(b"\n+OK bye\n"),
               name + " deletes what it has shown", err)
    return seen


def main():
    (listing, *_), text = blocks("c")
    (script, *_), _ = blocks("python")
    with open(os.path.join(ROOT, "examples", "tutorial.c"),
              encoding="utf-8") as f:
        source = f.read()
    tap.ok(source.endswith(listing) and "int main" in listing,
           "docs/tutorial.md shows examples/tutorial.c")
    said = re.search(r"(\d+) lines of C and (\d+) of\s+Python", text)
    got = (count(source), count(script))
    tap.ok(said and tuple(map(int, said.groups())) == got and
           got[0] <= got[1], "and counts their lines", got)
    ours = test_run("C", [os.path.join(BUILD, "tests", "example-tutorial")])
    theirs = test_run("Python", [sys.executable, "-c", script])
    tap.ok(ours == theirs, "both print the same",
           "\n".join(map(repr, ours + theirs)))
    tap.done()


sys.exit(main())
