#!/usr/bin/env python3
"""The units in contrib are what systemd understands, where there is one."""
import os
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.environ["SRCDIR"], "tests"))
import tap  # noqa: E402

CONTRIB = os.path.join(os.environ["SRCDIR"], "contrib")
# A template is looked at as one of its units.
UNITS = {"squab-watch@.service": "squab-watch@work.service",
         "squab-fetch.service": "squab-fetch.service",
         "squab-fetch.timer": "squab-fetch.timer",
         "squab-queue.service": "squab-queue.service",
         "squab-queue.timer": "squab-queue.timer"}


def commands(text):
    return [line.split("=", 1)[1] for line in text.splitlines()
            if line.startswith("ExecStart=")]


def verify(tmp):
    """What systemd has to say; "" is good."""
    for name, unit in UNITS.items():
        with open(os.path.join(CONTRIB, name), encoding="utf-8") as f:
            text = f.read()
        with open(os.path.join(tmp, unit), "w", encoding="utf-8") as f:
            f.write(text.replace("ExecStart=squab ", "ExecStart=%s " %
                                 os.environ["SQUAB"]))
    p = subprocess.run(
        ["systemd-analyze", "verify", "--user", "--man=no",
         *(os.path.join(tmp, unit) for unit in UNITS.values())],
        env=dict(os.environ, XDG_RUNTIME_DIR=tmp, SYSTEMD_UNIT_PATH=tmp +
                 ":"), capture_output=True, text=True)
    return "" if p.returncode == 0 and p.stderr == "" else \
        "exit %d\n%s" % (p.returncode, p.stderr)


tap.ok(sorted(os.listdir(CONTRIB)) == sorted(UNITS), "every unit is tested")
for name in UNITS:
    with open(os.path.join(CONTRIB, name), encoding="utf-8") as f:
        text = f.read()
    for line in commands(text):
        # An unknown option is told of before anything else.
        words = line.replace("%i", "work").split()
        p = subprocess.run([os.environ["SQUAB"], *words[1:], "--help"],
                           capture_output=True, text=True)
        tap.ok(words[0] == "squab" and p.returncode == 0,
               "%s: squab takes its options" % name, p.stderr)
if shutil.which("systemd-analyze"):
    with tempfile.TemporaryDirectory() as tmp:
        why = verify(tmp)
    tap.ok(why == "", "systemd takes them", why)
else:
    tap.skip("systemd takes them", "no systemd-analyze")
tap.done()
