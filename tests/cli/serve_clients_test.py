#!/usr/bin/env python3
"""squab serve takes mail from the clients that people have: curl, git
send-email, msmtp, swaks and squab itself, under TLS and logged in. A client
that is not installed is skipped, but not all of them."""
import os
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.environ["SRCDIR"], "tests"))
from office import Office, SQUAB, body, equal, trace  # noqa: E402
from tap import done, ok, skip  # noqa: E402

TEXT = ".one dot\n..two\n.\nFrom me\nend\n"
MAIL = "From: Ann <a@x.org>\nTo: b@y.org\nSubject: p\u00e9ople\n\n" + TEXT
PATCH = ("From 0123456789012345678901234567890123456789 Mon Sep 17 00:00:00 "
         "2001\nFrom: Ann <a@x.org>\nDate: Mon, 1 Jan 2024 00:00:00 +0000\n"
         "Subject: [PATCH] a change\n\n---\n.dot\n")


def run(args, stdin="", **env):
    return subprocess.run(args, input=stdin, capture_output=True, text=True,
                          timeout=60, env=dict(os.environ, **env))


def curl(o, service, trust, recipients):
    return run(["curl", "-sS", "smtp%s://localhost:%d" %
                ("s" if service == "smtps" else "", o.ports[service]),
                "--ssl-reqd", "--cacert", trust, "--user", "test:test",
                "--mail-from", "a@x.org", "-T", "-", "--crlf"] +
               [x for r in recipients for x in ("--mail-rcpt", r)], MAIL)


def msmtp(o, service, trust, recipients):
    return run(["msmtp", "--host=localhost", "--port=%d" % o.ports[service],
                "--tls=on", "--tls-trust-file=" + trust, "--tls-starttls=" +
                ("off" if service == "smtps" else "on"), "--auth=plain",
                "--user=test", "--passwordeval=echo test", "--from=a@x.org",
                "--file=/dev/null"] + recipients, MAIL)


def swaks(o, service, trust, recipients):
    return run(["swaks", "--server", "localhost:%d" % o.ports[service],
                "--tls-on-connect" if service == "smtps" else "--tls",
                "--tls-verify", "--tls-ca-path", trust, "--auth", "LOGIN",
                "--auth-user", "test", "--auth-password", "test", "--from",
                "a@x.org", "--to", ",".join(recipients), "--data", "-"],
               MAIL)


def squab(o, service, trust, recipients):
    return run([SQUAB, "send", "%s://test@localhost:%d" %
                (service, o.ports[service]), "--ca-file", trust, "--from",
                "a@x.org"] + [x for r in recipients for x in ("--to", r)] +
               ["--subject", "p\u00e9ople", "--text", "-"], TEXT,
               SQUAB_PASSWORD="test")


def test_client(o, client, service):
    name = client.__name__ + " by " + service
    if not shutil.which(client.__name__) and client is not squab:
        skip(name, "it is not installed")
        return False
    p = client(o, service, o.ca, ["b@y.org", "c@y.org"])
    ok(p.returncode == 0, name, p.stdout + p.stderr)
    mail = o.mail()
    equal(len(mail), 1, name + ": one mail")
    lines = trace(mail[0]) if mail else []
    equal(lines[:3], [b"Return-Path: <a@x.org>", b"Delivered-To: b@y.org",
                      b"Delivered-To: c@y.org"], name + ": its envelope")
    ok(lines and b"SMTPSA;" in lines[-1], name + ": under TLS, logged in",
       lines)
    # swaks ends it with one more line end
    return ok(mail and body(mail[0]).partition(b"\n\n")[2].rstrip() ==
              TEXT.rstrip().encode(), name + ": its text", mail)


def test_git(o):
    if not os.path.exists("/usr/lib/git-core/git-send-email"):
        skip("git send-email", "it is not installed")
        return
    patch = os.path.join(o.tmp.name, "patch")
    with open(patch, "w", encoding="utf-8") as f:
        f.write(PATCH)
    p = run(["git", "send-email", "--quiet", "--confirm=never", "--to=b@y.org",
             "--suppress-cc=all", "--from=a@x.org", "--smtp-server=localhost",
             "--smtp-server-port=%d" % o.ports["smtp"],
             "--smtp-encryption=tls", "--smtp-ssl-cert-path=" + o.ca,
             "--smtp-user=test", "--smtp-pass=test", patch], HOME=o.tmp.name,
            GIT_AUTHOR_NAME="Ann", GIT_AUTHOR_EMAIL="a@x.org",
            GIT_COMMITTER_NAME="Ann", GIT_COMMITTER_EMAIL="a@x.org")
    ok(p.returncode == 0, "git send-email", p.stdout + p.stderr)
    mail = o.mail()
    ok(len(mail) == 1 and b"\nSubject: [PATCH] a change\n" in mail[0] and
       mail[0].endswith(b"\n---\n.dot\n"), "… and the patch is there", mail)


def test_refused():
    """What a client says where it is refused on purpose."""
    with Office("--fail", "rcpt:c@y.org=550 5.1.1 no such user") as o:
        for client in (curl, msmtp, swaks, squab):
            if client is not squab and not shutil.which(client.__name__):
                continue
            p = client(o, "smtp", o.ca, ["c@y.org"])
            ok(p.returncode != 0, client.__name__ + " is refused",
               p.stdout + p.stderr)
            equal(o.mail(), [], "… and nothing came")


def main():
    tried = 0
    with Office() as o:
        for client in (curl, msmtp, swaks, squab):
            for service in ("smtp", "smtps"):
                tried += test_client(o, client, service)
        test_git(o)
        equal(o.left(), [], "nothing is left in tmp")
    ok(tried > 2, "one that is not ours was there")
    test_refused()
    done()


main()
