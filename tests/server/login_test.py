#!/usr/bin/env python3
"""Every way to log in to a Dovecot, with TLS and without; servers that are
not who they should be; what list, show and probe say of a small mailbox."""
import base64
import email
import email.utils
import json
import os
import re
import sys
from concurrent.futures import ThreadPoolExecutor

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.dirname(HERE)]
import dovecot  # noqa: E402
import tap  # noqa: E402
from client import PASSWORD, Client, listing, octets, why  # noqa: E402

MAIL = {
    "1700000001.M1.test": b"From: a@example.org\nDate: Thu, 31 Dec 2026 "
    b"23:59:30 +0100\nSubject: plain\n\none\n",
    "1700000002.M2.test": b"From: b@example.org\nSubject: dots\n\n.\n..\n.a",
    "1700000003.M3.test": b"From: c@example.org\nSubject: =?utf-8?q?caf=C3"
    b"=A9?=\n\n" + b"long " * 20000 + b"\n",
}
MECHANISMS = ["PLAIN", "LOGIN", "CRAM-MD5", "DIGEST-MD5", "SCRAM-SHA-1",
              "SCRAM-SHA-256", "APOP", "USER"]
# A timestamp from before STLS may be anybody's: APOP is not done with it.
MODES = {"STLS": [m for m in MECHANISMS if m != "APOP"],
         "POP3S": MECHANISMS, "in clear": MECHANISMS}


def arguments(client, mode):
    tls = ["--tls", "off"] if mode == "in clear" else []
    return tls + [client.url(tls=mode == "POP3S")]


def sent(lines):
    return [line[3:] for line in lines if line.startswith("C: ")]


def test_mechanism(client, mode, mechanism):
    name = "%s %s" % (mechanism, mode)
    result, lines = client.trace(
        name.replace(" ", "-"), "list", "--json", "--auth", mechanism,
        *arguments(client, mode))
    begins = mechanism if mechanism in ("APOP", "USER") else \
        "AUTH " + mechanism
    started = any(line.startswith(begins) for line in sent(lines))
    good = result.returncode == 0 and result.stdout.count(b"\n") == len(MAIL)
    plain = "\n".join(lines)
    secrets = [PASSWORD] + [
        base64.b64encode(s.encode()).decode() for s in (
            PASSWORD, "\0alice\0" + PASSWORD)]
    masked = not any(s in plain for s in secrets) and "***" in plain
    checks = [(good, name, why(result)),
              (started, name + " is what was used", plain),
              (masked, name + " is masked in the trace", plain)]
    if mode == "POP3S":
        wrong = client.run("list", "--auth", mechanism,
                           client.url(tls=True), password="close sesame")
        checks.append((wrong.returncode == 77 and wrong.stdout == b"",
                       mechanism + ", wrong password: 77", why(wrong)))
    return checks


def test_mechanisms(client):
    work = [(mode, m) for mode in MODES for m in MODES[mode]]
    with ThreadPoolExecutor(2) as pool:
        for checks in pool.map(lambda w: test_mechanism(client, *w), work):
            for check in checks:
                tap.ok(*check)
    log = client.server.logged()
    for m in MECHANISMS:
        method = "PLAIN" if m == "USER" else m
        tap.ok("user=<alice>, method=%s," % method in log,
               "Dovecot has seen " + method)


def test_choice(client):
    for mode in MODES:
        r = client.run("probe", "--json", *arguments(client, mode))
        told = json.loads(r.stdout) if r.returncode == 0 else {}
        tap.ok(told.get("mechanism") == "SCRAM-SHA-256",
               "the choice is SCRAM-SHA-256 " + mode, why(r))
        tap.ok(told.get("messages") == len(MAIL) and told.get("pipelining"),
               "probe sees the mailbox " + mode, told)
        tap.ok(mode == "in clear" or (told.get("verified") is True and
               told.get("tls") == "TLSv1.3"), "and TLS " + mode, told)
    return told


def test_external(client):
    cert, key = client.server.ca.issue(
        "mallory", "/CN=client", "extendedKeyUsage=clientAuth")
    for tls in (False, True):
        r = client.run("list", "--auth", "EXTERNAL", "--cert", cert, "--key",
                       key, client.url("client", tls))
        tap.ok(r.returncode == 0, "EXTERNAL with a certificate", why(r))
    r = client.run("list", "--auth", "EXTERNAL", client.url("client"))
    tap.ok(r.returncode in (69, 77), "EXTERNAL without", why(r))
    r = client.run("list", "--auth", "ANONYMOUS", client.url("somebody"))
    tap.ok(r.returncode == 0, "ANONYMOUS", why(r))
    log = client.server.logged()
    tap.ok("user=<client>, method=EXTERNAL" in log, "Dovecot knows who")
    tap.ok("method=ANONYMOUS" in log, "and who not")


def pin(client):
    r = client.run("probe", "--json", client.url())
    return json.loads(r.stdout)["certificate_pin"]


def test_strangers(client):
    """Refused, and before anything was said."""
    other = dovecot.Authority(client.server.dir, "other-ca")
    right = pin(client)
    wrong = right[:-1] + ("0" if right[-1] != "0" else "1")
    cases = [("another authority", ["--ca-file", other.pem]),
             ("another name", ["--tls-name", "example.org"]),
             ("another key", ["--pin", wrong])]
    for name, args in cases:
        for tls in (False, True):
            r, lines = client.trace(name.replace(" ", "-") + str(tls), "list",
                                    *args, client.url(tls=tls))
            tap.ok(r.returncode == 69 and r.stdout == b"" and
                   r.stderr.count("\n") == 1, name + " is refused", why(r))
            tap.ok(sent(lines) in ([], ["STLS"]), "and told nothing", lines)
    for name, args in [("the right key", ["--pin", right]),
                       ("the right name", ["--tls-name", "127.0.0.1"])]:
        r = client.run("list", *args, client.url())
        tap.ok(r.returncode == 0, name + " is taken", why(r))
    r = client.run("list", client.url(host="127.0.0.1"))
    tap.ok(r.returncode == 0, "an address is in the certificate", why(r))


def test_far(client):
    """From afar Dovecot takes no password in clear; nor do we offer one."""
    host = client.server.far
    if host == "127.0.0.1":
        tap.skip("a server that wants TLS", "no second loopback address")
        return
    for m in ("PLAIN", "LOGIN", "USER"):
        r = client.run("list", "--tls", "off", "--auth", m,
                       client.url(host=host))
        tap.ok(r.returncode in (69, 77) and r.stderr.count("\n") == 1,
               m + " in clear is refused by the server", why(r))
        r = client.run("list", "--auth", m, client.url(host=host))
        tap.ok(r.returncode == 0, m + " after STLS is not", why(r))
    r = client.run("list", "--tls", "off", client.url(host=host))
    tap.ok(r.returncode == 0, "SCRAM in clear is not", why(r))


def test_list(client):
    p = client.poplib()
    want = listing(p)
    for tls in (False, True):
        r = client.run("list", "--json", client.url(tls=tls))
        rows = [json.loads(line) for line in r.stdout.splitlines()]
        got = [(o["number"], o["size"], o["uidl"]) for o in rows]
        tap.ok(got == want, "list --json says what poplib says", (got, want))
    r = client.run("list", client.url())
    got = re.findall(rb"^ *(\d+) +\S+ +(\S+)$", r.stdout, re.M)
    tap.ok([(int(n), uidl.decode()) for n, uidl in got] ==
           [(n, uidl) for n, size, uidl in want], "and so does the table",
           r.stdout)
    r = client.run("list", "--headers", "--json", client.url())
    rows = [json.loads(line) for line in r.stdout.splitlines()]
    tap.ok([o["subject"] for o in rows] == ["plain", "dots", "café"],
           "subjects", rows)
    heads = [email.message_from_bytes(b"\r\n".join(p.top(n, 0)[1]))
             for n, _, _ in want]
    dates = [email.utils.parsedate_to_datetime(h["Date"]).isoformat()
             if h["Date"] else "" for h in heads]
    tap.ok([(o["from"], o["date"]) for o in rows] ==
           [(h["From"], d) for h, d in zip(heads, dates)],
           "senders and dates", rows)
    for n, _, _ in want:
        r = client.run("show", "--raw", client.url(), str(n))
        tap.ok(r.returncode == 0 and
               r.stdout.replace(b"\r\n", b"\n") ==
               octets(p, n).replace(b"\r\n", b"\n"),
               "show --raw %d is what poplib gets" % n, why(r))
    p.quit()


def main():
    missing = dovecot.why_not()
    if missing:
        print("1..0 # SKIP " + missing)
        return
    server = dovecot.Dovecot({"alice": PASSWORD, "client": None})
    server.deliver("alice", MAIL)
    client = Client(server.start())
    test_list(client)
    test_mechanisms(client)
    test_choice(client)
    test_external(client)
    test_strangers(client)
    test_far(client)
    if not all(tap.results):
        print("\n".join("# " + s for s in server.complaint().splitlines()))
    tap.done()


if __name__ == "__main__":
    main()
