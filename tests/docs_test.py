#!/usr/bin/env python3
"""The C in README.md and docs/ compiles, and whole programs run: with no
argument each says how it is used, or what it lacks, and does not crash."""
import os
import re
import subprocess
import sys
import tempfile

import tap

ROOT, BUILD = os.environ["SRCDIR"], os.environ["BUILDDIR"]
PAGES = ["README.md"] + sorted(
    os.path.join("docs", n) for n in os.listdir(os.path.join(ROOT, "docs")))
FLAGS = ["-std=c17", "-D_DEFAULT_SOURCE", "-Wall", "-Wextra", "-Werror",
         "-I" + os.path.join(ROOT, "include")]
LIB = ["-L" + BUILD, "-lsquab", "-Wl,-rpath," + BUILD]


def blocks(page):
    with open(os.path.join(ROOT, page), encoding="utf-8") as f:
        text = f.read()
    for m in re.finditer(r"^```c\n(.*?)^```$", text, re.M | re.S):
        yield text.count("\n", 0, m.start()) + 2, m[1]


def compiler():
    cc = os.environ.get("CC", "cc").split()
    with open(os.path.join(BUILD, "build.ninja"), encoding="utf-8") as f:
        ninja = f.read()
    m = re.search(r"-fsanitize=\S+", ninja)
    return cc + ([m[0]] if m else [])


def check(page, line, code, tmp):
    name = "%s:%d" % (page, line)
    src, exe = os.path.join(tmp, "block.c"), os.path.join(tmp, "block")
    with open(src, "w", encoding="utf-8") as f:
        f.write('#line %d "%s"\n' % (line, page) + code)
    whole = re.search(r"^(int )?main\(", code, re.M)
    how = ["-o", exe, src] + LIB if whole else ["-fsyntax-only", src]
    r = subprocess.run(compiler() + FLAGS + how, text=True,
                       capture_output=True)
    if not tap.ok(r.returncode == 0, name + " compiles", r.stderr):
        return
    if not whole:
        return
    r = subprocess.run([exe], stdin=subprocess.DEVNULL, text=True,
                       capture_output=True, timeout=60, errors="replace")
    tap.ok(0 <= r.returncode < 128 and "Sanitizer" not in r.stderr,
           name + " runs", "exit %d\n%s" % (r.returncode, r.stderr))


def main():
    found = 0
    with tempfile.TemporaryDirectory() as tmp:
        for page in PAGES:
            if not os.path.isfile(os.path.join(ROOT, page)):
                continue
            for line, code in blocks(page):
                if "#include" in code:
                    check(page, line, code, tmp)
                    found += 1
    if not found:
        tap.skip("programs in the documentation", "none yet")
    tap.done()


sys.exit(main())
