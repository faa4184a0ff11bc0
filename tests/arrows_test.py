#!/usr/bin/env python3
"""The arrows of docs/architecture.md: who includes whom, and that the folders
from base to smtp reach no socket, clock, file or malloc of the C library."""
import os
import re
import subprocess
import sys
import tempfile

import tap

SRC = os.path.join(os.environ["SRCDIR"], "src")
ORDER = ["base", "text", "mime", "wire", "pop3", "smtp", "net", "session",
         "adapters", "store", "cli"]
PURE = ["base", "text", "mime", "wire", "pop3", "smtp"]

# May include these and itself; the others: all that stand before them.
MAY = {"net": ["base"], "adapters": [], "store": ["base"], "cli": []}

# What a pure folder may call besides sqb_*: what needs only its arguments.
PURE_CALLS = re.compile(r"""
    sqb_\w+ | mem\w+ | str(n?len|n?cmp|chr|rchr|n?casecmp|str|spn|cspn|pbrk)
    | qsort | bsearch | abort | explicit_bzero
    | __explicit_bzero_chk | __mem\w+_chk | __assert_fail | __stack_chk_fail
    | __(asan|ubsan|sanitizer|gcov|llvm|sancov|start|stop)_*\w+
    | _GLOBAL_OFFSET_TABLE_ | __popcountdi2 | __cpu_model | __cpu_indicator_init
    """, re.X)
MORE_CALLS = {
    "allocator": r"malloc|realloc|free",
    "text": r"iconv(_open|_close)?|__errno_location|idn2_\w+",
    "compose": r"RAND_bytes",
    "charset_detect": r"uchardet_\w+",
    "dkim": r"EVP_(sha256|Digest(Init_ex|Update|Final_ex)|MD_CTX_(new|free))",
    "dkim_key": r"EVP_(sha256|Digest(SignInit|Sign)|MD_CTX_(new|free)"
                r"|PKEY_\w+)|BIO_(new_mem_buf|free)|CRYPTO_free"
                r"|ERR_(set_mark|pop_to_mark)|PEM_read_bio_PrivateKey"
                r"|i2d_PUBKEY",
    "json_body": r"EVP_(sha256|Digest(Init_ex|Update|Final_ex)"
                 r"|MD_CTX_(new|free))",
    "md5": r"EVP_(md5|Digest(Init_ex|Update|Final_ex)|MD_CTX_(new|free))",
    "sasl_plain": r"EVP_md5|HMAC",
    "sasl_scram": r"EVP_(Digest|get_digestbyname|MD_get_size)|HMAC"
                  r"|PKCS5_PBKDF2_HMAC|CRYPTO_memcmp|RAND_bytes",
    "wire": r"gsasl_\w+",
}


def includes(path):
    with open(path, encoding="utf-8") as f:
        for number, line in enumerate(f, 1):
            m = re.match(r'\s*#\s*include\s*([<"])([^>"]+)', line)
            if m:
                yield number, m[1], m[2]


def target(path, name, root):
    """The folder of src/ that a quoted name means."""
    near = os.path.join(os.path.dirname(path), name)
    found = near if os.path.exists(near) else os.path.join(root, name)
    return os.path.relpath(os.path.realpath(found),
                           os.path.realpath(root)).split(os.sep)[0]


def wrong_includes(root):
    wrong = []
    for folder, _, files in os.walk(root):
        own = os.path.relpath(folder, root).split(os.sep)[0]
        if own not in ORDER:
            continue
        may = MAY.get(own, ORDER[:ORDER.index(own)]) + [own]
        for name in sorted(files):
            path = os.path.join(folder, name)
            if not name.endswith((".c", ".h")):
                continue
            for number, quote, what in includes(path):
                inside = what.split("/")[0] in ORDER
                if quote == "<" and not inside:
                    continue
                to = target(path, what, root)
                if to not in may:
                    wrong.append("%s:%d: %s may not include %s" % (
                        os.path.relpath(path, root), number, own, what))
    return wrong


def undefined(paths):
    """{object: [symbol, …]}"""
    calls = {path: [] for path in paths}
    out = subprocess.run(["nm", "-u", "-A", "--format=posix"] + list(paths),
                         check=True, capture_output=True, text=True).stdout
    for line in out.splitlines():
        path, symbol = line.split(": ", 1)
        calls[path].append(symbol.split()[0].split("@")[0])
    return calls


def wrong_calls(symbols, folder, stem):
    more = MORE_CALLS.get(stem, MORE_CALLS.get(folder, "(?!)"))
    return [s for s in symbols
            if not PURE_CALLS.fullmatch(s) and not re.fullmatch(more, s)]


def objects(builddir):
    """(object, folder, stem) of each library object of a pure folder."""
    for folder, _, files in os.walk(builddir):
        if not os.path.basename(folder).startswith("libsquab."):
            continue
        for name in sorted(files):
            m = re.fullmatch(r"src_([a-z0-9]+)_(\w+)\.c\.o", name)
            if m and m[1] in PURE:
                yield os.path.join(folder, name), m[1], m[2]


def test_self():
    """Both checks find what is planted for them."""
    with tempfile.TemporaryDirectory() as tmp:
        for d in ("base", "wire", "net", "cli"):
            os.mkdir(os.path.join(tmp, d))
        for name, text in {
                "base/bad.c": '#include "wire/x.h"\n',
                "wire/x.h": '#include "base/y.h"\n',
                "net/bad.c": '#include <squab/link.h>\n#include "wire/x.h"\n',
                "cli/bad.c": '#include "../base/y.h"\n#include "own.h"\n',
                "cli/own.h": "", "base/y.h": ""}.items():
            with open(os.path.join(tmp, name), "w", encoding="utf-8") as f:
                f.write(text)
        found = {w.split(":")[0] for w in wrong_includes(tmp)}
        tap.ok(found == {"base/bad.c", "net/bad.c", "cli/bad.c"},
               "planted includes are found", found)

        c, obj = os.path.join(tmp, "bad.c"), os.path.join(tmp, "bad.o")
        with open(c, "w", encoding="utf-8") as f:
            f.write("#include <stdio.h>\n#include <stdlib.h>\n"
                    "#include <time.h>\n#include <sys/socket.h>\n"
                    "void *f(void);\nvoid *f(void) {\n"
                    "printf(\"%d\", (int)time(NULL)); socket(1, 2, 3);\n"
                    "return malloc(3); }\n")
        subprocess.run(os.environ.get("CC", "cc").split() +
                       ["-c", c, "-o", obj], check=True)
        found = set(wrong_calls(undefined([obj])[obj], "wire", "bad"))
        tap.ok(found >= {"printf", "time", "socket", "malloc"},
               "planted calls are found", found)


def main():
    test_self()
    wrong = wrong_includes(SRC)
    tap.ok(not wrong, "includes follow the arrows", "\n".join(wrong))
    found = list(objects(os.environ["BUILDDIR"]))
    calls = undefined([obj for obj, _, _ in found])
    for obj, folder, stem in found:
        wrong = wrong_calls(calls[obj], folder, stem)
        tap.ok(not wrong, "%s/%s.c calls nobody" % (folder, stem),
               " ".join(wrong))
    tap.ok(len(found) >= 5, "the library's objects were looked at")
    tap.done()


sys.exit(main())
