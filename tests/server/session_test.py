#!/usr/bin/env python3
"""Runs session_test.c ($SESSION_TEST) against a Dovecot with the mailbox that
it expects; prints its TAP."""
import os
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import dovecot  # noqa: E402

N_MESSAGES, LARGE_LINES = 40, 40000


def message(number):
    head = "From: a@example.org\nSubject: number %d\n\n" % number
    lines = LARGE_LINES if number == N_MESSAGES else number
    body = "".join("line %d\n" % i for i in range(lines))
    return (head + body + ".\n..\nend\n").encode()


def main():
    why = dovecot.why_not()
    if why:
        print("1..0 # SKIP " + why)
        return 0
    server = dovecot.Dovecot({"alice": "open sesame"})
    server.deliver("alice", {"%d.M%d.test" % (1700000000 + n, n): message(n)
                             for n in range(1, N_MESSAGES + 1)})
    server.start()
    result = subprocess.run([os.environ["SESSION_TEST"], str(server.port),
                             str(server.tls_port), server.ca.pem, server.far],
                            stdin=subprocess.DEVNULL, timeout=240)
    if result.returncode != 0:
        for line in server.complaint().splitlines()[-40:]:
            print("# " + line)
    return result.returncode


if __name__ == "__main__":
    sys.exit(main())
