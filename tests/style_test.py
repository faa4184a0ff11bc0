#!/usr/bin/env python3
"""The measures of CONTRIBUTING.md: sizes of functions and files, width of
lines, functions that are not to be used, and tests that nobody listed."""
import os
import re
import statistics
import subprocess
import sys

import tap

ROOT = os.environ["SRCDIR"]
MAX_FUNCTION, MEDIAN_FUNCTION, MAX_FILE, MAX_WIDTH = 70, 15, 800, 80
MAX_PARAMETERS, MAX_DEPTH = 6, 4
BANNED = re.compile(r"\b(strcpy|strcat|sprintf|vsprintf|gets|atoi|atol|atof|"
                    r"strtok|strtok_r|alloca|ctype\.h|tolower|toupper|"
                    r"is(alpha|digit|space|alnum|upper|lower|print|xdigit|"
                    r"punct|cntrl))\b(?=\s*\(|>)")
NOT_CODE = re.compile(r'/\*.*?\*/|//[^\n]*|"(\\.|[^"\\\n])*"|'
                      r"'(\\.|[^'\\\n])+'", re.S)
ASCII_H = os.path.join("src", "base", "ascii.h")


def sources(*tops, ends=(".c", ".h")):
    for top in tops:
        for folder, _, files in os.walk(os.path.join(ROOT, top)):
            for name in sorted(files):
                if name.endswith(ends):
                    yield os.path.relpath(os.path.join(folder, name), ROOT)


def read(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as f:
        return f.read()


def functions(paths):
    """(path, name, first line, last line, parameters) of each function."""
    out = subprocess.run(
        ["ctags", "-f", "-", "--languages=C", "--langmap=C:+.h",
         "--kinds-C=f", "--fields=neS", "--sort=no", "-L", "-"],
        input="\n".join(paths), cwd=ROOT, check=True, text=True,
        capture_output=True).stdout
    for line in out.splitlines():
        name, path, rest = line.split("\t", 2)
        fields = dict(f.split(":", 1) for f in rest.split("\t") if ":" in f)
        sig = fields.get("signature", "()")[1:-1]
        while re.search(r"\([^()]*\)", sig):
            sig = re.sub(r"\([^()]*\)", "", sig)
        count = 0 if sig in ("", "void") else sig.count(",") + 1
        yield (path, name, int(fields["line"]),
               int(fields.get("end", fields["line"])), count)


def depth(lines):
    """Levels of blocks within a body, by its indenting."""
    tabs = [len(s) - len(s.lstrip("\t")) for s in lines
            if re.match(r"\t+(if|for|while|switch|do|return|\w+\()", s)]
    return max(tabs, default=1) - 1


def blank_comments(text):
    """Comments and literals blanked out, line numbers kept."""
    return NOT_CODE.sub(lambda m: re.sub(r"[^\n]", " ", m[0]), text)


def banned(path, text):
    for number, line in enumerate(blank_comments(text).splitlines(), 1):
        m = BANNED.search(line)
        if m:
            yield "%s:%d: %s" % (path, number, m[1])


def wide(path, text):
    for number, line in enumerate(text.splitlines(), 1):
        if len(line.expandtabs(8)) > MAX_WIDTH:
            yield "%s:%d: %d columns" % (path, number,
                                         len(line.expandtabs(8)))
        elif line != line.rstrip():
            yield "%s:%d: blanks at the end" % (path, number)
        elif re.match(r"\t* {8}", line) and path.endswith((".c", ".h")):
            yield "%s:%d: eight blanks where a tab goes" % (path, number)


def none(items, name):
    items = list(items)
    tap.ok(not items, name, "\n".join(items[:30]))


def test_self():
    bad = "int f(void)\n{\n\treturn atoi(s) + sprintf(s, \"x\");\n}\n"
    tap.ok(len(list(banned("x.c", bad))) == 1 and
           not list(banned("x.c", "/* atoi(x) */ \"gets(x)\"")),
           "a banned call is found, but not in comments and strings")
    tap.ok(len(list(wide("x.c", "\t" * 9 + "123456789\n" + "x \n"))) == 2,
           "a wide line and blanks at the end are found")
    tap.ok(depth(["\tfor (;;)", "\t\tif (x)", "\t\t\treturn;"]) == 2,
           "blocks are counted")


def test_functions(code):
    found = list(functions(code))
    lengths = [end - line + 1 for _, _, line, end, _ in found]
    none(("%s:%d: %s has %d lines" % (p, l, n, e - l + 1)
          for p, n, l, e, _ in found if e - l + 1 > MAX_FUNCTION),
         "no function has over %d lines" % MAX_FUNCTION)
    none(("%s:%d: %s has %d parameters" % (p, l, n, c)
          for p, n, l, _, c in found if c > MAX_PARAMETERS),
         "no function has over %d parameters" % MAX_PARAMETERS)
    texts = {p: read(p).splitlines() for p in code}
    none(("%s:%d: %s has blocks %d deep" % (p, l, n, depth(texts[p][l:e]))
          for p, n, l, e, _ in found if depth(texts[p][l:e]) > MAX_DEPTH),
         "no function nests over %d deep" % MAX_DEPTH)
    median = statistics.median(lengths)
    tap.ok(median <= MEDIAN_FUNCTION, "the median function has %d lines, "
           "of %d functions" % (median, len(lengths)), median)


def test_listed():
    listed = read(os.path.join("tests", "meson.build"))
    for top, end in (("unit", "_test.c"), ("fuzz", "_fuzz.c")):
        none((p for p in sources(os.path.join("tests", top), ends=(end,))
              if "'%s'" % os.path.basename(p)[:-len(end)] not in listed),
             "every tests/%s/*%s is in tests/meson.build" % (top, end))
    none((p for top in ("cli", "server")
          for p in sources(os.path.join("tests", top),
                           ends=("_test.sh", "_test.py"))
          if "'%s'" % os.path.basename(p) not in listed),
         "every script of tests is in tests/meson.build")
    listed = read("meson.build")
    none((p for p in sources("src", ends=(".c",)) if "'%s'" % p not in listed),
         "every source is in meson.build")


def main():
    test_self()
    code = list(sources("src"))
    every = code + list(sources("include", "tests", "examples", "bench"))
    test_functions(code)
    none(("%s: %d lines" % (p, read(p).count("\n")) for p in every
          if read(p).count("\n") > MAX_FILE),
         "no file has over %d lines" % MAX_FILE)
    sizes = [read(p).count("\n") for p in code if p.endswith(".c")]
    print("# the median source file has %d lines" % statistics.median(sizes))
    none((w for p in code if p != ASCII_H for w in banned(p, read(p))),
         "no banned function is used")
    none((w for p in every for w in wide(p, read(p))),
         "80 columns, tabs, and no blanks at the end")
    test_listed()
    tap.done()


sys.exit(main())
