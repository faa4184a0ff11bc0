#!/usr/bin/env python3
"""The manual is true: its pages are well formed, the functions and names in
section 3 are those of the headers, the examples compile, and each command
has a page with the options that it takes."""
import glob
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile

import tap

ROOT = os.environ["SRCDIR"]
CC = os.environ.get("CC", "cc").split()
FLAGS = ["-std=c17", "-D_DEFAULT_SOURCE", "-Wall", "-Wextra", "-Werror",
         "-fsyntax-only", "-I" + os.path.join(ROOT, "include")]
FLAGS += os.environ["GIO_FLAGS"].split()
SQUAB = os.environ["SQUAB"]
WORD = re.compile(r"\b(?:sqb|SQB)_[A-Za-z0-9_]+\b")


def read(path):
    with open(path, encoding="utf-8") as f:
        return f.read()


def squeeze(text):
    return re.sub(r"\s+", " ", text).strip()


def code_of(header):
    return re.sub(r"/\*.*?\*/", " ", header, flags=re.S)


def declared(code):
    """{name: (type, [parameter])} of the functions of a header."""
    found = {}
    code = re.sub(r"^#.*(\\\n.*)*$", "", code, flags=re.M)
    for m in re.finditer(r"\bSQB_API\s+([^;]*?)\b(sqb_\w+)\(([^;]*)\);",
                         code):
        found[m[2]] = (squeeze(m[1]), [squeeze(a) for a in m[3].split(",")])
    return found


def section(page, name):
    m = re.search(r'^\.Sh "?%s"?\n(.*?)(?=^\.Sh |\Z)' % name, page,
                  re.M | re.S)
    return m[1] if m else ""


def shown(page):
    """The same, of the SYNOPSIS of a page; and what is there twice."""
    found, twice, kind, name, args = {}, [], "", "", []
    for line in section(page, "SYNOPSIS").splitlines():
        macro, *words = shlex.split(line)
        if macro == ".Ft":
            kind = " ".join(words)
        elif macro in (".Fn", ".Fo"):
            name, args = words[0], words[1:]
        elif macro == ".Fa":
            args += words
        if macro in (".Fn", ".Fc"):
            twice += [name] if name in found else []
            found[name] = (kind, args)
    return found, twice


def wrong_functions(headers, pages):
    """What the synopses lack, and what they say too much."""
    want, got = {}, {}
    for code in headers.values():
        want.update(declared(code))
    for path, page in pages.items():
        found, twice = shown(page)
        for name in twice + [n for n in found if n in got]:
            yield "%s: %s is there twice" % (path, name)
        got.update(found)
        names = set(re.findall(r"^\.Nm (sqb_\w+)", section(page, "NAME"),
                               re.M))
        if names != set(found):
            yield "%s: NAME and SYNOPSIS differ in %s" % (
                path, sorted(names ^ set(found)))
    for name in sorted(set(want) | set(got)):
        if want.get(name) != got.get(name):
            yield "%s: the header has %s, the manual %s" % (
                name, want.get(name), got.get(name))


def constants(code):
    macros = re.findall(r"^#define (SQB_\w+)", code, re.M)
    enums = re.findall(r"\benum\b[^{;]*\{(.*?)\}", code, re.S)
    return set(macros).union(*(re.findall(r"\bSQB_\w+", e) for e in enums))


def wrong_words(headers, pages):
    """Names that no header has, and constants that no page has."""
    known = set(WORD.findall("".join(headers.values())))
    known |= {os.path.basename(p)[:-2] for p in pages}
    for path, page in pages.items():
        body = re.sub(r"^\.Dt .*", "", page, flags=re.M)
        for word in sorted(set(WORD.findall(body)) - known):
            yield "%s: there is no %s" % (path, word)
    said = set(WORD.findall("".join(pages.values())))
    for code in headers.values():
        for word in sorted(constants(code) - said):
            yield "%s is in no page" % word


def examples(page):
    """(line, C) of the literal blocks that include something."""
    for m in re.finditer(r"^\.Bd -literal[^\n]*\n(.*?)^\.Ed$", page,
                         re.M | re.S):
        if "#include" in m[1]:
            code = m[1].replace("\\e", "\\").replace("\\&", "")
            yield page.count("\n", 0, m.start()) + 2, code


def compile_error(path, line, code):
    r = subprocess.run(CC + FLAGS + ["-xc", "-"], text=True,
                       input='#line %d "%s"\n' % (line, path) + code,
                       capture_output=True)
    return r.stderr if r.returncode else ""


def lint(path):
    r = subprocess.run(["mandoc", "-T", "lint", "-W", "warning", path],
                       text=True, capture_output=True)
    return r.stdout + r.stderr if r.returncode else ""


def long_options(page):
    """--name in its source: .Fl -name, where mdoc adds a dash."""
    return set(re.findall(r"\bFl (-[a-z][a-z0-9-]*)", page))


def wrong_command(usage, page, shared):
    """How a command's page and its --help differ; shared: options that other
    pages describe, {"squab 1": {…}}, where this one refers to them."""
    for name in ("EXAMPLES", "EXIT STATUS"):
        if not section(page, name).strip():
            yield "there is no section " + name
    takes = {o[1:] for o in re.findall(r"(?<![\w-])--[a-z][a-z0-9-]*", usage)}
    takes -= {"-help"}
    said = long_options(page) - {"-help"}
    for name, options in shared.items():
        if ".Xr " + name in section(page, "DESCRIPTION"):
            takes -= options - said
    yield from ("-%s is in no page" % o for o in sorted(takes - said))
    yield from ("there is no -%s" % o for o in sorted(said - takes))


def broken_references(pages):
    names = {os.path.basename(p) for p in pages} | {"squab.1"}
    for path, page in pages.items():
        for name, number in re.findall(
                r"^\.Xr (squab[\w-]*|sqb_\w+) (\d)", page, re.M):
            if "%s.%s" % (name, number) not in names:
                yield "%s: there is no %s(%s)" % (path, name, number)


BAD_HEADER = """/* SQB_API int sqb_no(void); */
#define SQB_API
#define SQB_BOTH 1
enum { SQB_LOST = 2 };
SQB_API const char *sqb_a(int x,
    const char *y);
SQB_API int sqb_b(void);
"""
BAD_PAGE = """.Sh NAME
.Nm sqb_a ,
.Nm sqb_c
.Sh SYNOPSIS
.Ft "const char *"
.Fn sqb_a "int x"
.Ft int
.Fo sqb_c
.Fa "int x"
.Fc
.Sh DESCRIPTION
.Dv SQB_BOTH ,
.Dv SQB_MADE_UP .
.Xr sqb_none 3
.Bd -literal
#include <squab/base.h>
int main(void) { return nothing; }
.Ed
"""


def test_self():
    headers, pages = {"h": code_of(BAD_HEADER)}, {"x.3": BAD_PAGE}
    got = [w.split(":")[0] for w in wrong_functions(headers, pages)]
    tap.ok(got == ["sqb_a", "sqb_b", "sqb_c"],
           "arguments, functions missing and made up are found", got)
    good = BAD_PAGE.replace('"int x"', '"int x" "const char *y"', 1)
    good = good.replace("sqb_c", "sqb_b").replace('.Fa "int x"', ".Fa void")
    got = list(wrong_functions(headers, {"x.3": good}))
    tap.ok(not got, "and a true synopsis has nothing to find", got)
    got = list(wrong_functions(headers, {"x.3": good, "y.3": good}))
    tap.ok(len(got) == 2, "a function on two pages is found", got)
    got = " ".join(wrong_words(headers, pages))
    tap.ok("no SQB_MADE_UP" in got and "SQB_LOST is in no page" in got and
           "SQB_BOTH" not in got, "names made up and missing are found", got)
    tap.ok(len(list(broken_references(pages))) == 1,
           "a reference to no page is found")
    line, code = next(examples(BAD_PAGE))
    tap.ok(line == 16 and "x.3:17:" in compile_error("x.3", line, code),
           "an example that does not compile is found")
    page = ".Sh EXAMPLES\nx\n.It Fl -old\n.It Fl -json\n"
    got = list(wrong_command("usage: a\n  --json\n  --new X\n", page,
                             {"squab 1": {"-new"}}))
    tap.ok(got == ["there is no section EXIT STATUS", "--new is in no page",
                   "there is no --old"],
           "options and sections that differ are found", got)
    if shutil.which("mandoc"):
        with tempfile.TemporaryDirectory() as tmp:
            path = os.path.join(tmp, "bad.3")
            with open(path, "w", encoding="utf-8") as f:
                f.write(".Dd today\n.Dt BAD 3\n.Os\n.Sh NAME\n.Nn bad\n")
            tap.ok(lint(path), "a page that is not well formed is found")


def test_lint(paths):
    for path in paths:
        name = "%s is well formed" % os.path.relpath(path, ROOT)
        if shutil.which("mandoc"):
            why = lint(path)
            tap.ok(not why, name, why)
        else:
            tap.skip(name, "mandoc is not installed")


def test_library(pages):
    headers = {p: code_of(read(p)) for p in
               glob.glob(os.path.join(ROOT, "include", "squab", "*.h"))}
    pages = {p: t for p, t in pages.items() if p.endswith(".3")}
    why = list(wrong_functions(headers, pages))
    tap.ok(not why, "each function is on one page, as it is declared",
           "\n".join(why))
    why = list(wrong_words(headers, pages))
    tap.ok(not why, "the names on the pages are those of the headers",
           "\n".join(why))
    for path, page in sorted(pages.items()):
        found = list(examples(page))
        why = "".join(compile_error(path, *e) for e in found)
        tap.ok(found and not why, "the examples of %s compile" %
               os.path.basename(path), why or "there is none")


def squab(*args):
    return subprocess.run([SQUAB, *args], text=True, capture_output=True,
                          check=True, timeout=60).stdout


def test_commands(pages):
    pages = {os.path.basename(p): t for p, t in pages.items()}
    shared = {name: long_options(pages.get(name.replace(" ", "."), ""))
              for name in ("squab 1", "squab-compose 1")}
    commands = re.findall(r"^  (\w+)  ", squab("help"), re.M)
    tap.ok("serve" in commands, "squab help lists the commands", commands)
    for name in commands:
        page = pages.get("squab-%s.1" % name)
        if name == "help":      # squab(1) is about it
            continue
        if not page and "squab.1" not in pages:
            tap.skip("squab %s has a page" % name, "nor has squab itself")
            continue
        if not page:
            tap.ok(False, "squab %s has a page" % name)
            continue
        why = list(wrong_command(squab(name, "--help"), page, shared))
        tap.ok(not why, "squab %s takes what its page says" % name,
               "\n".join(why))


def test_listed(paths):
    listed = read(os.path.join(ROOT, "meson.build"))
    why = [p for p in paths if "'%s'" % os.path.relpath(p, ROOT) not in listed]
    tap.ok(not why, "every page is in meson.build", "\n".join(why))


def main():
    paths = sorted(glob.glob(os.path.join(ROOT, "man", "*.[1-9]")))
    pages = {p: read(p) for p in paths}
    test_self()
    test_lint(paths)
    test_listed(paths)
    why = list(broken_references(pages))
    tap.ok(not why, "references lead to pages", "\n".join(why))
    test_library(pages)
    test_commands(pages)
    tap.done()


sys.exit(main())
