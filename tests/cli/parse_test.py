#!/usr/bin/env python3
"""squab parse and what squab show says of bodies: against Python's email,
with mboxes, Maildirs, folders, attachments of evil names and wrong input."""
import base64
import email
import email.policy
import hashlib
import json
import mailbox
import os
import pty
import random
import socket
import subprocess
import sys
from email.message import EmailMessage

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import post  # noqa: E402
from post import SQUAB, WAIT, run, test

DATA = os.path.join(os.environ["SRCDIR"], "tests", "data", "mail")


def make(n, parts=0):
    m = EmailMessage(policy=email.policy.default)
    m["From"] = "Ännchen %d <a%d@example.org>" % (n, n)
    m["To"] = "Bob <b@example.net>, c@example.net"
    m["Subject"] = "Nachricht %d über €uro" % n
    m["Date"] = "Thu, 31 Dec 2026 23:59:30 +0100"
    m["Message-ID"] = "<%d@example.org>" % n
    m.set_content("Hallo %d\n\nFrom here on\n>From there\nGrüße\n" % n)
    if n % 2:
        m.add_alternative("<p>Hallo <b>%d</b>" % n, subtype="html")
    for i in range(parts):
        m.add_attachment(random.Random(n * 97 + i).randbytes(1000 + i),
                         maintype="application", subtype="pdf",
                         filename="Größe %d.pdf" % i)
    return m


def write(path, data):
    with open(path, "wb") as f:
        f.write(data)
    return path


def parse(tmp, *args, want=0, stdin=None):
    out, err = run(tmp, "parse", *args, want=want, stdin=stdin)
    return [json.loads(line) for line in out.splitlines()], err


def same(found, m, leaves):
    """One object against what Python's parser says of the message."""
    assert found["subject"] == m["Subject"], found
    assert found["messageId"] == [m["Message-ID"][1:-1]]
    assert [(a["name"], a["email"]) for a in found["from"]] == [
        (a.display_name, a.addr_spec) for a in m["From"].addresses]
    assert [a["email"] for a in found["to"]] == [
        a.addr_spec for a in m["To"].addresses]
    assert found["sentAt"] == "2026-12-31T23:59:30+01:00"
    part = m.get_body(("plain",))
    text = part.get_payload(decode=True).decode(part.get_content_charset())
    value = found["bodyValues"][found["textBody"][0]["partId"]]
    assert value["value"] == text.replace("\r\n", "\n"), value
    assert not value["isEncodingProblem"] and not value["isTruncated"]
    assert [a["name"] for a in found["attachments"]] == [
        a.get_filename() for a in m.iter_attachments()]
    for a, b in zip(found["attachments"], m.iter_attachments()):
        content = b.get_payload(decode=True)
        assert a["size"] == len(content) and a["type"] == b.get_content_type()
        if leaves:
            assert a["sha256"] == hashlib.sha256(content).hexdigest()
            assert base64.b64decode(
                found["bodyValues"][a["partId"]]["value"]) == content
    assert found["hasAttachment"] == (found["attachments"] != [])
    assert found["defects"] == []


@test
def agrees_with_python(tmp):
    for n in range(8):
        m = make(n, n % 4)
        path = write(tmp + "/m", m.as_bytes())
        found, err = parse(tmp, path)
        assert err == "" and len(found) == 1
        assert found[0]["source"] == path
        same(found[0], m, False)
        found, _ = parse(tmp, path, "--digest", "--bodies", "all")
        same(found[0], m, True)
        with open(path, "rb") as f:
            again, _ = parse(tmp, "--digest", "--bodies=all", stdin=f)
        again[0]["source"] = path
        assert again == found


@test
def maildir_in_order(tmp):
    os.makedirs(tmp + "/M/cur")
    os.makedirs(tmp + "/M/new")
    os.makedirs(tmp + "/M/tmp")
    for n in range(60):
        write("%s/M/%s/%03d" % (tmp, ("cur", "new")[n >= 40], n),
              make(n, n % 3).as_bytes())
    write(tmp + "/M/tmp/x", b"Subject: no\n\n")
    write(tmp + "/M/cur/.hidden", b"Subject: no\n\n")
    outs = []
    for jobs in ("1", "2", "7"):
        out, err = run(tmp, "parse", tmp + "/M", "--jobs", jobs)
        assert err == ""
        outs.append(out)
    assert outs[0] == outs[1] == outs[2]
    found = [json.loads(line) for line in outs[0].splitlines()]
    assert [f["messageId"][0] for f in found] == [
        "%d@example.org" % n for n in range(60)]


@test
def folders_in_folders(tmp):
    os.makedirs(tmp + "/f/b/c")
    for name in ("f/a", "f/b/c/x", "f/d"):
        write(tmp + "/" + name, b"Subject: " + name.encode() + b"\n\n")
    os.symlink(tmp + "/f/a", tmp + "/f/link")
    os.symlink(tmp + "/f", tmp + "/f/b/loop")
    found, _ = parse(tmp, tmp + "/f")
    assert [f["subject"] for f in found] == ["f/a", "f/b/c/x", "f/d"]
    found, _ = parse(tmp, tmp + "/f/link")
    assert len(found) == 1


@test
def records(tmp):
    path = write(tmp + "/m", b"List-Id: <a.b>\nList-Help: <https://x/>\n"
                 b"Authentication-Results: mx; spf=pass smtp.mailfrom=a@b\n"
                 b"Subject: \xe4\xc1\nContent-Type: text/plain; "
                 b"charset=koi8-r\n\n")
    found, _ = parse(tmp, path)
    assert found[0]["list"]["id"] == "a.b"
    assert found[0]["list"]["help"] == ["https://x/"]
    assert found[0]["authenticationResults"][0]["results"] == [{
        "method": "spf", "version": None, "result": "pass", "reason": None,
        "properties": [{"type": "smtp", "property": "mailfrom",
                        "value": "a@b"}]}]
    assert found[0]["subject"] == "\u0414\u0430"
    found, _ = parse(tmp, write(tmp + "/n", b"Subject: x\n\n"))
    assert not {"list", "authenticationResults"} & found[0].keys()


@test
def mbox_as_python_writes_it(tmp):
    box = mailbox.mbox(tmp + "/box")
    for n in range(30):
        box.add(make(n, n % 2).as_bytes())
    box.close()
    with open(tmp + "/box", "rb") as f:
        raw = f.read()
    assert raw.count(b"\n>From here") == 30
    found, _ = parse(tmp, tmp + "/box")
    assert len(found) == 30
    for n, f in enumerate(found):
        assert f["source"] == "%s/box#%d" % (tmp, n + 1)
        text = f["bodyValues"][f["textBody"][0]["partId"]]["value"]
        # mboxo does not quote what was quoted, so that loses its mark too
        assert "\nFrom here on\nFrom there\n" in text, text
    child = subprocess.Popen(["cat", tmp + "/box"], stdout=subprocess.PIPE)
    piped, _ = parse(tmp, "-", stdin=child.stdout)
    child.wait(WAIT)
    assert [f["subject"] for f in piped] == [f["subject"] for f in found]


@test
def mbox_of_odd_shapes(tmp):
    from_ = b"From a@b Thu Jan  1 00:00:00 2026\n"
    for box, want in [
            (from_ + b"Subject: 1\n\nx\n\n" + from_ + b"Subject: 2\n\ny\n",
             ["x\n", "y\n"]),
            (from_ + b"\n\nFrom no time\n\n", ["\nFrom no time\n"]),
            (from_ + b"\nx\n" + from_ + b"y", ["x\n" + from_.decode() + "y"]),
            (from_ + b"\n>>From x\n> From\n>Fro\n",
             [">From x\n> From\n>Fro\n"]),
            ((from_ + b"Subject: 1\n\nx\n\n").replace(b"\n", b"\r\n") * 2,
             ["x\n", "x\n"]),
            (from_, [""]), (from_[:-1], [""]),
            (from_ + b"A: b\n\n" + b"x" * 3000000, ["x" * 3000000])]:
        found, _ = parse(tmp, write(tmp + "/box", box))
        texts = [f["bodyValues"]["1"]["value"] for f in found]
        assert texts == want, (box[:80], [t[:80] for t in texts])


@test
def header_forms(tmp):
    path = write(tmp + "/m", b"X-A: =?utf-8?q?=C3=A4?=\nList-Post: <mailto:x@"
                 b"y>\nReceived: 1\nReceived: 2\n\n")
    found, _ = parse(tmp, path, "--headers",
                     "x-a,header:List-Post:asURLs,header:received:asText:all")
    assert found[0]["header:x-a:asText"] == "\u00e4"
    assert found[0]["header:List-Post:asURLs"] == ["mailto:x@y"]
    assert found[0]["header:received:asText:all"] == ["1", "2"]
    assert "header:x-a:asText" in parse(
        tmp, path, "--headers", "x-a", "--headers=Received")[0][0]
    for wrong in ("header:x:asSome", "a b", "a,,b"):
        out, err = run(tmp, "parse", path, "--headers", wrong, want=64)
        assert out == "" and err.count("\n") == 1 and "--headers" in err


def attachment(*names):
    out = b"Content-Type: multipart/mixed; boundary=b\n\n"
    for i, name in enumerate(names):
        out += (b"--b\nContent-Type: application/x\nContent-Disposition: "
                b"attachment; filename=\"%s\"\n\n%d\n" % (name, i))
    return out + b"--b--\n"


@test
def extract_never_leaves_its_folder(tmp):
    names = [b"../../x", b"/etc/y", b"a", b"A", b"a", b"..", b"con.txt",
             b"-rf", b"z\\\\w", b"p|q", b"new\nline"]
    os.mkdir(tmp + "/out")
    os.symlink(tmp + "/target", tmp + "/out/y")
    write(tmp + "/out/x", b"mine")
    path = write(tmp + "/m", attachment(*names[:-1]))
    before = set(os.listdir(tmp))
    for n in (1, 2):
        found, err = parse(tmp, path, "--extract", tmp + "/out")
        assert err == "" and len(found) == 1
        assert len(os.listdir(tmp + "/out")) == 2 + n * 10
    assert set(os.listdir(tmp)) == before
    with open(tmp + "/out/x") as f:
        assert f.read() == "mine"
    assert os.path.islink(tmp + "/out/y") and not os.path.exists(
        tmp + "/target")
    for name in os.listdir(tmp + "/out"):
        assert name[0] not in ".-~" and "|" not in name
        assert name == "y" or not os.stat(tmp + "/out/" + name).st_mode & 0o111
    assert "_con.txt" in os.listdir(tmp + "/out")


@test
def extract_goes_into_messages(tmp):
    inner = attachment(b"deep.txt")
    path = write(tmp + "/m", b"Content-Type: multipart/mixed; boundary=c\n\n"
                 b"--c\nContent-Type: message/rfc822\n\n" + inner +
                 b"--c\nContent-Type: message/rfc822\n"
                 b"Content-Transfer-Encoding: base64\n\n" +
                 base64.encodebytes(attachment(b"coded.txt")) + b"--c--\n")
    found, _ = parse(tmp, path, "--extract", tmp + "/new", "--jobs", "2")
    assert sorted(os.listdir(tmp + "/new")) == [
        "coded.txt", "deep.txt", "part-1.eml", "part-2.eml"]
    for name, want in (("part-1.eml", inner),
                       ("part-2.eml", attachment(b"coded.txt"))):
        with open(tmp + "/new/" + name, "rb") as f:
            assert f.read() == want, name
    parts = found[0]["bodyStructure"]["subParts"]
    assert [p["message"]["attachments"][0]["name"] for p in parts] == [
        "deep.txt", "coded.txt"]
    assert parts[1]["messageKind"] == "encoded"


@test
def extract_keeps_a_message_once(tmp):
    m = b"Subject: x\n\nbottom\n"
    for n in range(5):
        m = b"Content-Type: message/rfc822\n\n" + m
    out = tmp + "/out"
    parse(tmp, write(tmp + "/m", m), "--extract", out)
    assert len(os.listdir(out)) == 1
    with open(out + "/" + os.listdir(out)[0], "rb") as f:
        assert f.read() == m[m.index(b"\n\n") + 2:]


@test
def extract_keeps_a_text_with_files(tmp):
    text = b"Hi\nbegin 644 a.txt\n#86)C\n`\nend\nBye\n"
    parse(tmp, write(tmp + "/m", b"Content-Type: text/plain\nContent-Dispos"
                     b"ition: attachment; filename=t.txt\n\n" + text),
          "--extract", tmp + "/out")
    for name, want in (("t.txt", text), ("a.txt", b"abc")):
        with open(tmp + "/out/" + name, "rb") as f:
            assert f.read() == want, name
    assert len(os.listdir(tmp + "/out")) == 2


@test
def many_of_one_name(tmp):
    names = [write("%s/%d" % (tmp, n), attachment(b"a.txt", b"A.TXT"))
             for n in range(50)]
    parse(tmp, *names, "--extract", tmp + "/out", "--jobs", "4")
    assert len(os.listdir(tmp + "/out")) == 100


@test
def fifos_and_folders_with_nothing(tmp):
    os.mkfifo(tmp + "/fifo")
    child = subprocess.Popen(["cp", "/dev/stdin", "fifo"], cwd=tmp,
                             stdin=subprocess.PIPE)
    child.stdin.write(b"Subject: x\n\n")
    child.stdin.close()
    try:
        found, _ = parse(tmp, tmp + "/fifo")
        assert [f["subject"] for f in found] == ["x"]
    finally:
        child.terminate()
        child.wait(WAIT)
    os.mkdir(tmp + "/none")
    assert parse(tmp, tmp + "/none") == ([], "")
    assert parse(tmp, tmp) == ([], "")      # the pipe is passed over


@test
def samples_are_json(tmp):
    found, err = parse(tmp, DATA, "--bodies", "all", "--digest")
    assert err == "" and len(found) == len(os.listdir(DATA))


@test
def wrong_input(tmp):
    good = write(tmp + "/good", b"Subject: x\n\n")
    found, err = parse(tmp, tmp + "/none", good, want=66)
    assert len(found) == 1 and err.count("\n") == 1 and "none" in err
    found, _ = parse(tmp, write(tmp + "/empty", b""))
    assert found[0]["size"] == 0 and found[0]["subject"] is None
    run(tmp, "parse", good, "--bodies", "some", want=64)
    run(tmp, "parse", good, "--jobs", "0", want=64)
    with socket.socket(socket.AF_UNIX) as s:
        s.bind(tmp + "/socket")
    parse(tmp, tmp + "/socket", want=66)
    os.truncate(write(tmp + "/large", b""), 1024 ** 3 + 1)
    found, err = parse(tmp, tmp + "/large", good, want=74)
    assert len(found) == 1 and "larger than 1G" in err, err
    _, err = parse(tmp, good, "--extract", good, want=73)
    assert err.count("\n") == 1
    full = subprocess.run([SQUAB, "parse", good], timeout=WAIT,
                          stdout=open("/dev/full", "w"),
                          stderr=subprocess.PIPE, text=True)
    assert full.returncode == 74 and full.stderr.count("\n") == 1, full


@test
def show_prints_bodies(tmp):
    m = make(3, 2)
    path = write(tmp + "/m", m.as_bytes())
    out, _ = run(tmp, "show", path)
    assert "Subject: Nachricht 3 über €uro\n\nHallo 3\n" in out, out
    assert out.endswith("\n[1] Größe 0.pdf, application/pdf, 1.0K\n"
                        "[2] Größe 1.pdf, application/pdf, 1.0K\n"), out
    run(tmp, "show", path, "--save-attachments", tmp + "/att")
    assert sorted(os.listdir(tmp + "/att")) == ["Größe 0.pdf", "Größe 1.pdf"]
    html = write(tmp + "/h", b"Content-Type: text/html\n\n<p>a<script>x</"
                 b"script><ul><li>\x1b[2Jb</ul>")
    out, _ = run(tmp, "show", html)
    assert out == "\na\n\n- [2Jb\n", repr(out)


@test
def show_says_what_is_too_large(tmp):
    path = write(tmp + "/m", b"Subject: x\n\n" + b"x" * 5000)
    _, err = run(tmp, "show", path, "--max-message", "4K", want=66)
    assert err.count("\n") == 1 and "--max-message" in err, err


def in_terminal(tmp, columns, pager, *args):
    """What a terminal of that width gets."""
    master, slave = pty.openpty()
    subprocess.run(["stty", "cols", str(columns)], stdin=slave, check=True)
    env = dict(os.environ, PAGER=pager, TERM="dumb", SQUAB_PASSWORD="test")
    child = subprocess.Popen([SQUAB, *args], stdin=slave, stdout=slave,
                             stderr=slave, env=env, cwd=tmp)
    os.close(slave)
    out = b""
    while True:
        try:
            piece = os.read(master, 65536)
        except OSError:
            break
        if not piece:
            break
        out += piece
    os.close(master)
    return child.wait(WAIT), out.decode().replace("\r\n", "\n")


@test
def show_wraps_and_pages(tmp):
    path = write(tmp + "/m", b"Subject: x\n\n" + b"word " * 20 +
                 b"\n> " + b"quoted " * 10 + b"\n")
    for args in (["--no-pager"], []):
        status, out = in_terminal(tmp, 40, "cat", "show", path, *args)
        lines = [line.rstrip() for line in
                 out.split("\n\n", 1)[1].splitlines()]
        assert status == 0 and max(map(len, lines)) <= 40, out
        assert lines[0] == " ".join(["word"] * 8), lines
        assert lines[3:] == ["> " + " ".join(["quoted"] * 5)] * 2, lines
    status, out = in_terminal(tmp, 80, "sed s/^/PAGED:/", "show", path)
    assert status == 0 and "PAGED:Subject: x" in out, out
    status, out = in_terminal(tmp, 80, "no-such-pager", "show", path)
    assert status == 0 and "\nSubject: x" in "\n" + out, out
    status, out = in_terminal(tmp, 80, "true", "show", path)
    assert status == 0


@test
def show_leaves_the_server_first(tmp):
    paged = []

    def on(verb, number):
        if verb == "QUIT":
            paged.append(os.path.exists(tmp + "/paged"))
        return True

    with post.Fake([attachment(b"a.txt")], on=on) as f:
        flags = ["--tls", "off", f.url]
        status, out = in_terminal(tmp, 80, "touch paged; cat", "show", *flags,
                                  "1")
        assert status == 0 and "[1] a.txt" in out, out
        assert paged == [False] and os.path.exists(tmp + "/paged")
        run(tmp, "show", "--headers", "--save-attachments", tmp + "/out",
            *flags, "1")
    assert os.listdir(tmp + "/out") == ["a.txt"]


@test
def show_wraps_wide_characters(tmp):
    path = write(tmp + "/m", b"Content-Type: text/plain; charset=utf-8\n\n" +
                 ("\u6f22" * 20 + "\u3002" + "\u5b57" * 5 + "\n").encode())
    _, out = in_terminal(tmp, 40, "cat", "show", path)
    assert out.split("\n\n", 1)[-1].strip().splitlines() == [
        "\u6f22" * 19, "\u6f22\u3002" + "\u5b57" * 5], out


@test
def a_key_for_the_pager_is_not_for_show(tmp):
    path = write(tmp + "/m", b"Subject: x\n\n" + b"word\n" * 50000)
    pager = "trap : INT; kill -INT $PPID; kill -INT $$; cat >/dev/null; " \
        "echo PAGED"
    status, out = in_terminal(tmp, 80, pager, "show", path)
    assert status == 0 and "PAGED" in out, (status, out)


sys.exit(post.main())
