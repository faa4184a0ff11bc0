"""Messages of all the kinds that mailboxes hold, the same in every run."""
import random

POOL = 1 << 18


def pools(rng):
    words = [bytes(rng.choices(b"abcdefghijklmnopqrstuvwxyz", k=k))
             for k in range(1, 13) for _ in range(40)]
    lines = []
    for _ in range(6000):
        lines.append(b" ".join(rng.choices(words, k=rng.randint(0, 11))))
    for i in range(0, len(lines), 13):
        lines[i] = rng.choice([b".", b"..", b"...", b". ", b".QUIT", b"",
                               b"From me", b"-ERR", b"+OK", b"\t"])
    text = b"\n".join(lines)
    high = bytes(rng.choices(
        [c for c in range(1, 256) if c != 13], k=POOL))
    return {
        "text": text,
        "crlf": text.replace(b"\n", b"\r\n"),
        "mixed": b"".join(line + rng.choice([b"\n", b"\r\n", b"\r", b"\n."])
                          for line in lines),
        "8-bit": high,
        "long lines": high.replace(b"\n", b"x"),
        "dots": b"".join(rng.choices([b".", b"..", b"\n", b"\n.", b".\n",
                                      b"\r\n", b"x"], k=POOL // 2)),
    }


ENDS = [b"", b"\n", b"\n\n", b"\n.", b"\n.\n", b"\r\n", b"\r\n.\r\n", b"\r",
        b"\n..", b" "]


def message(number, kinds, rng):
    """Sizes from 200 octets to 60 KB, most of them small."""
    head = (b"From: Sender %d <s%d@example.org>\nTo: alice@example.org\n"
            b"Subject: number %d\nMessage-ID: <%d@test>\n"
            % (number, number % 97, number, number))
    kind = number % 10
    if kind == 0 and number % 3 == 0:
        return head + rng.choice([b"", b"\n", b"\r\n", b"\n\n"])
    pool = kinds[["text", "text", "text", "crlf", "text", "mixed", "8-bit",
                  "long lines", "dots", "text"][kind]]
    size = 1000000 if number % 2500 == 7 else \
        int(60 * 1000 ** (rng.random() ** 2))
    start = rng.randrange(len(pool))
    while len(pool) < start + size:
        pool += pool
    return head + b"\n" + pool[start:start + size] + rng.choice(ENDS)


def make(n, seed):
    """{file name: bytes}, in the order of the server's numbers."""
    rng = random.Random(seed)
    kinds = pools(rng)
    return {"%d.M%dP1.test" % (1700000000 + i, i): message(i, kinds, rng)
            for i in range(1, n + 1)}
