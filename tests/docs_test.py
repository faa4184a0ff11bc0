#!/usr/bin/env python3
"""The C in README.md and docs/ compiles, and runs against squab serve: a
whole program is given a URL, a page's function the main() of tests/docs."""
import os
import re
import subprocess
import sys
import tempfile

import tap

ROOT, BUILD = os.environ["SRCDIR"], os.environ["BUILDDIR"]
FLAGS = ["-std=c17", "-D_DEFAULT_SOURCE", "-Wall", "-Wextra", "-Werror",
         "-I" + os.path.join(ROOT, "include")] + \
    os.environ["GIO_FLAGS"].split()
LIB = ["-L" + BUILD, "-lsquab", "-lsquab-uv", "-luv", "-lsquab-glib",
       "-lgio-2.0", "-lgobject-2.0", "-lglib-2.0", "-Wl,-rpath," + BUILD]
SUBJECTS = ["Plain words", "Grüße", "Third"]
# What a page's program prints, if it is not the subjects of the server's mail
PRINTS = {"docs/compose.md": ["DKIM-Signature: ", "To: =?UTF-8?", "cid:logo",
                              "multipart/related"]}


def pages():
    docs = os.path.join(ROOT, "docs")
    names = ["README.md"] + sorted("docs/" + n for n in os.listdir(docs))
    return [n for n in names if os.path.isfile(os.path.join(ROOT, n)) and
            n.endswith(".md")]


def blocks(page):
    with open(os.path.join(ROOT, page), encoding="utf-8") as f:
        text = f.read()
    for m in re.finditer(r"^```c\n(.*?)^```$", text, re.M | re.S):
        if "#include" in m[1]:
            yield text.count("\n", 0, m.start()) + 2, m[1]


def compiler():
    """The build's own, with its sanitizers."""
    with open(os.path.join(BUILD, "build.ninja"), encoding="utf-8") as f:
        m = re.search(r"-fsanitize=\S+", f.read())
    return os.environ.get("CC", "cc").split() + ([m[0]] if m else [])


class Server:
    """squab serve over a small Maildir, as a context."""

    def __init__(self, tmp):
        self.ca, self.box = os.path.join(tmp, "ca.pem"), tmp + "/box"
        for d in ("cur", "new", "tmp"):
            os.makedirs(os.path.join(self.box, d))
        for i, subject in enumerate(SUBJECTS):
            path = "%s/new/170000000%d.M1.host" % (self.box, i)
            with open(path, "w", encoding="utf-8") as f:
                f.write("Subject: %s\n\nbody %d\n" % (subject, i))

    def __enter__(self):
        self.process = subprocess.Popen(
            [os.environ["SQUAB"], "serve", self.box, "--pop3", "0",
             "--pop3s", "0", "--write-ca", self.ca, "--quiet"],
            stdout=subprocess.PIPE, text=True)
        self.port = {}
        for _ in range(2):
            name, address = self.process.stdout.readline().split()
            self.port[name] = address.rsplit(":", 1)[1]
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()
        self.process.stdout.close()


def run(exe, arg, server):
    env = dict(os.environ, MAIL_PASSWORD="test", MAIL_CA_FILE=server.ca)
    return subprocess.run([exe, arg], stdin=subprocess.DEVNULL, text=True,
                          capture_output=True, timeout=60, env=env,
                          errors="replace")


def check(page, line, code, server):
    name = "%s:%d" % (page, line)
    src, exe = server.box + "/block.c", server.box + "/block"
    driver = os.path.join(ROOT, "tests", page.replace(".md", ".c"))
    whole = re.search(r"^int main\(", code, re.M)
    with open(src, "w", encoding="utf-8") as f:
        f.write('#line %d "%s"\n' % (line, page) + code)
    how = ["-c", "-o", exe, src]
    if whole or os.path.exists(driver):
        how = ["-o", exe, src] + ([] if whole else [driver]) + LIB
    r = subprocess.run(compiler() + FLAGS + how, text=True,
                       capture_output=True)
    if not tap.ok(r.returncode == 0, name + " compiles", r.stderr):
        return
    if whole:
        url = "pop3s://test@localhost:" + server.port["pop3s"]
        r, want = run(exe, url, server), PRINTS.get(page, SUBJECTS)
    elif os.path.exists(driver):
        r, want = run(exe, server.port["pop3"], server), ["body 0"]
    else:
        return
    tap.ok(r.returncode == 0 and all(w in r.stdout for w in want),
           name + " runs", "exit %d\n%s%s" % (r.returncode, r.stdout,
                                              r.stderr))


def check_proofs(page):
    """The page names every session script, and no test that is not there."""
    with open(os.path.join(ROOT, page), encoding="utf-8") as f:
        text = f.read()
    scripts = {os.path.splitext(name)[0] for name in
               os.listdir(os.path.join(ROOT, "tests/script/pop3"))}
    missing = sorted(scripts - set(re.findall(r"[\w-]+", text)))
    tap.ok(not missing, page + " names every script", "\n".join(missing))
    last = [row.rstrip("|\n ").rsplit("|", 1)[1]
            for row in text.split("\n") if row.startswith("| ")]
    named = {w for cell in last for w in re.findall(r"[a-z0-9]+(?:-[\w]+)+",
                                                    re.sub("`.*?`", "", cell))}
    files = re.findall(r"`(tests/[\w/.]+)`", text)
    wrong = sorted(named - scripts) + [
        f for f in files if not os.path.exists(os.path.join(ROOT, f))]
    tap.ok(not wrong, page + " names no test that is not there",
           "\n".join(wrong))


def check_functions(page):
    """Each row of the page names a test, and each is there."""
    with open(os.path.join(ROOT, page), encoding="utf-8") as f:
        text = f.read()
    wrong = [f for f in re.findall(r"`(tests/[\w/.]+)`", text)
             if "NAME" not in f and not os.path.exists(os.path.join(ROOT, f))]
    for unit, function in re.findall(r"(\w+)/(test_\w+)", text):
        path = os.path.join(ROOT, "tests/unit/%s_test.c" % unit)
        code = open(path, encoding="utf-8").read() \
            if os.path.exists(path) else ""
        if "static void %s(" % function not in code:
            wrong.append(unit + "/" + function)
    for row in re.findall(r"^\| (?!what |---)(.*) \|$", text, re.M):
        cell = row.rsplit("|", 1)[1]
        if not re.search(r"/test_|\bparse\b", cell):
            wrong.append("no test: " + row)
    tap.ok(not wrong, page + " names tests, and none that is not there",
           "\n".join(wrong))


def check_files(page):
    with open(os.path.join(ROOT, page), encoding="utf-8") as f:
        files = re.findall(r"`(tests/[\w/.]+)`", f.read())
    wrong = [f for f in files if not os.path.exists(os.path.join(ROOT, f))]
    tap.ok(files and not wrong, page + " names no test that is not there",
           "\n".join(wrong))


def main():
    check_proofs("docs/pop3.md")
    check_files("docs/delivery.md")
    check_functions("docs/message.md")
    check_functions("docs/compose.md")
    with tempfile.TemporaryDirectory() as tmp, Server(tmp) as server:
        for page in pages():
            for line, code in blocks(page):
                check(page, line, code, server)
    tap.done()


sys.exit(main())
