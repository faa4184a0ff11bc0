#!/usr/bin/env python3
"""Each public header stands alone, as C11 and as C++11, and each function
in it is documented."""
import os
import re
import shutil
import subprocess
import sys

import tap

INCLUDE = os.path.join(os.environ["SRCDIR"], "include")
C = os.environ.get("CC", "cc").split()
CXX = [next(filter(shutil.which, ("clang++", "g++", "c++")), "c++")]
WARN = ["-Wall", "-Wextra", "-Wpedantic", "-Werror", "-fsyntax-only",
        "-I" + INCLUDE, "-"]
# What the header of another library that is included asks for.
MORE = {"uv.h": ["-D_DEFAULT_SOURCE"],
        "glib.h": os.environ["GIO_FLAGS"].split()}


def compile_text(compiler, text):
    r = subprocess.run(compiler + WARN, input=text, text=True,
                       capture_output=True)
    return r.returncode == 0, r.stderr


def undocumented(text):
    """Declarations in a paragraph that has no comment above them."""
    seen = False
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            seen = False
        elif re.match(r"\s*/?\*", line) or "/*" in line:
            seen = True
        elif line.startswith("SQB_API") and not seen:
            yield "%d: %s" % (number, line)


def main():
    tap.ok(list(undocumented("/* f. */\nSQB_API int f(void);\n\n"
                             "SQB_API int g(void);\n")) ==
           ["4: SQB_API int g(void);"],
           "a function with no comment is found")
    tap.ok(not compile_text(C + ["-std=c11", "-xc"], "int f() { retrn; }")[0],
           "a header that does not compile is found")
    for name in sorted(os.listdir(os.path.join(INCLUDE, "squab"))):
        more = MORE.get(name, [])
        use = "#include <squab/%s>\n#include <squab/%s>\n" % (name, name)
        good, why = compile_text(C + more + ["-std=c11", "-xc"], use)
        tap.ok(good, "%s alone is C11" % name, why)
        good, why = compile_text(CXX + more + ["-std=c++11", "-xc++"],
                                 use)
        tap.ok(good, "%s alone is C++11" % name, why)
        path = os.path.join(INCLUDE, "squab", name)
        with open(path, encoding="utf-8") as f:
            bad = list(undocumented(f.read()))
        tap.ok(not bad, "%s is documented" % name, "\n".join(bad))
    tap.done()


sys.exit(main())
