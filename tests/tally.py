#!/usr/bin/env python3
"""tally.py LOG...: adds up the tests in meson's testlog.json files.

Shows what failed, and closes with "N passed, N failed[, N skipped]". A
program that crashed, ran out of time or tested nothing is a failure too.
Exits 1 when there is a failure, or no test.
"""
import json
import re
import sys

LINE = re.compile(r"^(not )?ok\b[^#]*(?:#\s*(\w+))?")


def count_tap(text):
    passed = failed = skipped = 0
    for line in text.splitlines():
        if re.match(r"1\.\.0\s*#\s*skip", line, re.I):
            skipped += 1
        m = LINE.match(line)
        if not m:
            continue
        if m[2] and m[2].lower() == "skip":
            skipped += 1
        elif m[1]:
            failed += 1
        else:
            passed += 1
    return passed, failed, skipped


def count(test):
    result = test["result"]
    if "1.." in test.get("stdout", ""):
        passed, failed, skipped = count_tap(test["stdout"])
    else:
        passed, failed = int(result == "OK"), 0
        skipped = int(result == "SKIP")
    if failed == 0 and (result not in ("OK", "SKIP") or
                        passed + skipped == 0):
        failed = 1
    return passed, failed, skipped


def show(test):
    print("\n--- %s: %s" % (test["name"], test["result"]))
    out = test.get("stdout", "").splitlines()
    bad = False
    said = []
    for line in out:
        if not line.startswith("#"):
            bad = line.startswith("not ok")
        if bad:
            said.append(line)
    print("\n".join(said[:60] or out[-40:]))
    print("\n".join(test.get("stderr", "").splitlines()[-40:]))


def main():
    sums = [0, 0, 0]
    for path in sys.argv[1:]:
        try:
            with open(path, encoding="utf-8") as log:
                tests = [json.loads(line) for line in log]
        except OSError as e:
            print("no log: %s" % e)
            tests = [{"name": path, "result": "ERROR"}]
        for test in tests:
            n = count(test)
            if n[1]:
                show(test)
            sums = [a + b for a, b in zip(sums, n)]
    skipped = ", %d skipped" % sums[2] if sums[2] else ""
    print("%d passed, %d failed%s" % (sums[0], sums[1], skipped))
    return 1 if sums[1] or not sums[0] else 0


sys.exit(main())
