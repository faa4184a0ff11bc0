#!/usr/bin/env python3
"""What we sign, somebody else verifies: dkimpy, which Debian has as
python3-dkim. Random messages by keys of both kinds, and what must not verify.
Skipped where there is no dkimpy."""
import os
import random
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.environ["SRCDIR"], "tests"))
import tap

try:
    import dkim
    import nacl                 # dkimpy needs it for Ed25519
except ImportError:
    # Debian's packages are those of Debian's Python, if this is another
    if sys.executable != "/usr/bin/python3" and not os.environ.get("AGAIN") \
            and os.path.exists("/usr/bin/python3"):
        os.environ["AGAIN"] = "yes"
        os.execv("/usr/bin/python3", ["/usr/bin/python3"] + sys.argv)
    print("1..0 # SKIP no dkimpy (python3-dkim, python3-nacl)")
    sys.exit(0)

SIGN = os.environ["DKIM_SIGN"]
KEYS = [("ed25519", []), ("rsa", ["-pkeyopt", "rsa_keygen_bits:2048"]),
        ("rsa", ["-pkeyopt", "rsa_keygen_bits:1024"]),
        ("rsa", ["-pkeyopt", "rsa_keygen_bits:4096"])]
MESSAGES = 150
ONCE = ["Subject", "To", "Cc", "Date", "Message-ID", "Reply-To", "References",
        "In-Reply-To", "MIME-Version", "Content-Type", "List-Unsubscribe",
        "List-Unsubscribe-Post", "X-Other", "Received", "Sender"]
WORDS = ["a", "Joe <joe@a.example>", "=", ";", "b=x", "  ", "\t", " \t ", "",
         "zoë", "wörld", "bh=", "x" * 70, ":", "=?utf-8?q?x?=", '"q"', "(c)"]


def random_case(rng, name):
    return "".join(rng.choice((c.lower(), c.upper())) for c in name)


def random_value(rng):
    """Words with blanks and folds between and around them."""
    value = rng.choice(("", " ", "\t", "  "))
    for _ in range(rng.randint(0, 8)):
        value += rng.choice(WORDS)
        value += rng.choice((" ", "", "\t", "\r\n ", "\r\n\t  ", " \r\n "))
    return value + rng.choice(("", " ", " \t")) + "\r\n"


def random_message(rng):
    names = ["From"] + rng.sample(ONCE, rng.randint(0, len(ONCE)))
    names += [rng.choice(names) for _ in range(rng.randint(0, 4))]
    if names.count("From") > 1:     # dkimpy refuses those, as it may
        names = ["From"] + [n for n in names if n != "From"]
    rng.shuffle(names)
    text = ""
    for name in names:
        name = random_case(rng, name) if rng.random() < .3 else name
        text += name + ":" + random_value(rng)
    text += "\r\n"
    for _ in range(rng.choice((0, 0, 1, 3, 30))):
        text += "".join(rng.choice(WORDS) for _ in range(rng.randint(0, 5)))
        text += "\r\n" * rng.choice((1, 1, 2, 5))
    text += rng.choice(("", " ", "\r\n", "no end", " \r\n\t\r\n"))
    return text.encode()


class Signer:
    """A key, and the program that signs with it."""

    def __init__(self, folder, algorithm, options):
        self.selector = "s%d" % len(os.listdir(folder))
        pem = os.path.join(folder, self.selector)
        subprocess.run(["openssl", "genpkey", "-algorithm", algorithm,
                        "-out", pem] + options, check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.program = subprocess.Popen(
            [SIGN, "mail.example.org", self.selector, pem],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        k, p = self.program.stdout.readline().split()
        self.record = b"v=DKIM1; k=" + k + b"; p=" + p

    def sign(self, message):
        self.program.stdin.write(b"%d\n" % len(message) + message)
        self.program.stdin.flush()
        return self.program.stdout.read(int(self.program.stdout.readline()))

    def lookup(self, name, timeout=5):
        want = (self.selector + "._domainkey.mail.example.org").encode()
        return self.record if name.rstrip(b".") == want else None

    def verifies(self, message):
        try:
            return dkim.verify(message, dnsfunc=self.lookup)
        except dkim.DKIMException as e:
            print("#", e)
            return False

    def end(self):
        self.program.stdin.close()
        return self.program.wait()


def test_random(signer, rng, n):
    for i in range(n):
        message = random_message(rng)
        field = signer.sign(message)
        # SMTP ends the last line (and without that dkimpy keeps its blanks)
        sent = message if message.endswith(b"\r\n") else message + b"\r\n"
        if not signer.verifies(field + sent):
            return "message %d:\n%s" % (i, repr(field + sent))
        lf = message.replace(b"\r\n", b"\n")
        if signer.sign(lf) != field and "ed25519" in str(signer.record):
            return "message %d is another with LF" % i
    return ""


def test_changed(signer):
    """What is done to this message, the signature tells."""
    header = (b"From: a@mail.example.org\r\nSubject: x\r\nTo: b@c.example\r\n"
              b"List-Unsubscribe: <https://u.example>\r\n"
              b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n")
    body = b"\r\nHello.\r\n"
    field = signer.sign(header + body)
    tap.ok(signer.verifies(field + header + body), "as it was signed")
    tap.ok(signer.verifies(field + b"Received: x\r\n" + header + body +
                           b"\r\n\r\n"), "a trace and empty lines may come")
    for more in (b"From: z@z.example", b"Subject: z", b"To: z@z.example",
                 b"Cc: z@z.example", b"Reply-To: z@z.example",
                 b"Content-Type: text/html", b"MIME-Version: 1.0",
                 b"Content-Transfer-Encoding: base64",
                 b"List-Unsubscribe: <https://z.example>",
                 b"List-Unsubscribe-Post: z"):
        changed = field + more + b"\r\n" + header + body
        tap.ok(not signer.verifies(changed), "not with another " +
               more.decode())
    for old, new in ((b"Hello", b"hello"), (b"Hello", b"Hel lo"),
                     (b"Subject: x", b"Subject: y"),
                     (b"<https://u", b"<https://v"),
                     (b"=One-Click", b"=Two-Click")):
        changed = field + (header + body).replace(old, new)
        tap.ok(not signer.verifies(changed), "not with %s for %s" %
               (new.decode(), old.decode()))


def main():
    rng = random.Random(6376)
    with tempfile.TemporaryDirectory() as folder:
        for algorithm, options in KEYS:
            signer = Signer(folder, algorithm, options)
            why = test_random(signer, rng, MESSAGES)
            tap.ok(not why, "%s %s: %d messages verify" %
                   (algorithm, options[-1:], MESSAGES), why)
            test_changed(signer)
            tap.ok(signer.end() == 0, "the signer ended well")
    tap.done()


main()
