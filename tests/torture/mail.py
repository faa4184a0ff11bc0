"""The messages of a torture: 20, each different and each awkward. As a server
has them: lines end in CRLF, and no dot is stuffed yet."""

COUNT = 20


def head(n):
    return b"From: a%d@example.org\r\nTo: b@example.org\r\n" \
        b"Date: Thu, 31 Dec 2026 23:%02d:30 +0100\r\n" \
        b"Message-ID: <%d@torture.example>\r\nSubject: message %d\r\n" % (
            n, n, n, n)


BODIES = [
    b"",
    b"\r\n",
    b"\r\n.\r\n..\r\n...\r\n.end\r\n",
    b"\r\nFrom here on\r\n>From there\r\n\r\nFrom nowhere  Thu Jan  1\r\n",
    b"\r\n\r\n\r\n",
    b"\r\nGr\xc3\xbc\xc3\x9fe\r\n\xff\xfe\r\n",
    b"\r\n" + b"a line of words and nothing else\r\n" * 20,
    b"\r\n" + b"x" * 998 + b"\r\n",
]


def message(n, large):
    if n == 7 and large:
        line = b"%04d: no line is as the one before, From_ or .dot\r\n"
        return head(n) + b"\r\n" + b"".join(
            line % i for i in range(large // 52))
    return head(n) + BODIES[n % len(BODIES)]


def messages(large=0):
    """With large, the eighth has about so many octets."""
    return [message(n, large) for n in range(COUNT)]


def stuffed(data):
    """As RETR sends it, with the dot that ends it."""
    data = data.replace(b"\r\n.", b"\r\n..")
    return (b"." + data if data.startswith(b".") else data) + b".\r\n"
