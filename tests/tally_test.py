#!/usr/bin/env python3
"""The count at the end of ./dev test: nothing that went wrong may pass."""
import json
import os
import subprocess
import sys
import tempfile

import tap

TALLY = os.path.join(os.environ["SRCDIR"], "tests", "tally.py")
GOOD = {"name": "t", "result": "OK", "stdout": "ok 1 - a\nok 2 - b\n1..2\n"}
CASES = [
    ("all is well", [GOOD], "2 passed, 0 failed", 0),
    ("several programs", [GOOD, GOOD], "4 passed, 0 failed", 0),
    ("a subtest fails",
     [{"result": "FAIL", "stdout": "1..2\nok 1\nnot ok 2 - x\n"}],
     "1 passed, 1 failed", 1),
    ("a crash after good subtests",
     [{"result": "ERROR", "stdout": "1..3\nok 1\nok 2\n"}],
     "2 passed, 1 failed", 1),
    ("out of time", [{"result": "TIMEOUT", "stdout": ""}],
     "0 passed, 1 failed", 1),
    ("an exit status", [GOOD, {"result": "ERROR", "stdout": "ok 1\n1..1\n"}],
     "3 passed, 1 failed", 1),
    ("a program without TAP", [{"result": "OK"}], "1 passed, 0 failed", 0),
    ("a skipped subtest",
     [{"result": "OK", "stdout": "1..2\nok 1\nok 2 - x # SKIP not here\n"}],
     "1 passed, 0 failed, 1 skipped", 0),
    ("nothing ran", [], "0 passed, 0 failed", 1),
    ("an empty plan", [{"result": "OK", "stdout": "1..0\n"}],
     "0 passed, 1 failed", 1),
    ("no log at all", None, "0 passed, 1 failed", 1),
]


def main():
    with tempfile.TemporaryDirectory() as tmp:
        log = os.path.join(tmp, "testlog.json")
        for name, tests, last, status in CASES:
            if tests is None:
                os.unlink(log)
            else:
                with open(log, "w", encoding="utf-8") as f:
                    f.writelines(json.dumps(dict({"name": name}, **t)) + "\n"
                                 for t in tests)
            r = subprocess.run([sys.executable, TALLY, log], text=True,
                               capture_output=True)
            tap.ok(r.returncode == status and
                   r.stdout.splitlines()[-1] == last, name, r.stdout)
    tap.done()


sys.exit(main())
