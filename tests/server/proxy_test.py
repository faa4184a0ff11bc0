#!/usr/bin/env python3
"""--proxy and --tunnel: SOCKS5 and CONNECT servers of our own that do well or
badly; microsocks and tinyproxy."""
import base64
import os
import shutil
import socket
import subprocess
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "cli"))
import post  # noqa: E402
from post import Server, maildir, message, run, test  # noqa: E402

SECRET = "s3cr3t/p@ss"
MAIL = [message(1), message(2, 300000)]
NEEDED = "microsocks tinyproxy-bin"
TARGET = "mail.test"            # a name that the proxy alone knows


class OneOf(list):
    """Exit statuses: unavailable, to be tried again, broken grammar."""

    def __eq__(self, code):
        return code in tuple(self)


FAILED = OneOf([69, 75, 76])


def pump(a, b):
    try:
        while True:
            data = a.recv(65536)
            if not data:
                break
            b.sendall(data)
    except OSError:
        pass
    for s in (a, b):
        try:
            s.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


def exactly(s, n):
    data = b""
    while len(data) < n:
        piece = s.recv(n - len(data))
        if not piece:
            raise EOFError
        data += piece
    return data


class Proxy(threading.Thread):
    """Connects all to one port on 127.0.0.1. say: what it sends instead of
    speaking its protocol; then it hangs up, or, hang, listens on."""

    def __init__(self, kind, port=0, login=None, say=None, hang=False):
        super().__init__(daemon=True)
        self.kind, self.port, self.login = kind, port, login
        self.say, self.hang = say, hang
        self.asked, self.listener = [], socket.create_server(("127.0.0.1", 0))
        self.at = "127.0.0.1:%d" % self.listener.getsockname()[1]
        self.url = "%s://%s" % (kind, self.at)

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.join(post.WAIT)

    def run(self):
        while True:
            try:
                s, _ = self.listener.accept()
            except OSError:
                return
            with s:
                try:
                    self.serve(s)
                except (EOFError, OSError):
                    pass

    def serve(self, s):
        if self.say is not None:
            s.sendall(self.say)
            while self.hang and s.recv(4096):
                pass
            return
        reply = self.socks(s) if self.kind == "socks5" else self.http(s)
        if reply is None:
            return
        with socket.create_connection(("127.0.0.1", self.port)) as up:
            # The server's greeting in the same piece as our own answer.
            s.sendall(reply)
            t = threading.Thread(target=pump, args=(up, s), daemon=True)
            t.start()
            pump(s, up)
            t.join(post.WAIT)

    def socks(self, s):
        methods = exactly(s, exactly(s, 2)[1])
        if self.login:
            if 2 not in methods:
                s.sendall(b"\5\xff")
                return None
            s.sendall(b"\5\2")
            user = exactly(s, exactly(s, 2)[1]).decode()
            password = exactly(s, exactly(s, 1)[0]).decode()
            good = (user, password) == self.login
            s.sendall(b"\1" + (b"\0" if good else b"\1"))
            if not good:
                return None
        else:
            s.sendall(b"\5\0")
        kind = exactly(s, 4)[3]
        host = exactly(s, exactly(s, 1)[0]).decode() if kind == 3 else \
            socket.inet_ntoa(exactly(s, 4))
        self.asked.append((host, int.from_bytes(exactly(s, 2), "big")))
        return b"\5\0\0\3\7a-proxy\0\1"

    def http(self, s):
        head = b""
        while b"\r\n\r\n" not in head:
            head += exactly(s, 1)
        lines = head.decode().split("\r\n")
        host, _, port = lines[0].split()[1].rpartition(":")
        self.asked.append((host, int(port)))
        if self.login:
            want = "Proxy-Authorization: Basic " + base64.b64encode(
                ":".join(self.login).encode()).decode()
            if want not in lines:
                s.sendall(b"HTTP/1.1 407 Authentication\r\n"
                          b"Proxy-Authenticate: Basic\r\n\r\n")
                return None
        return b"HTTP/1.1 200 Connected\r\nContent-Length: 9\r\n\r\n"


def port_of(server):
    return int(server.url.rpartition(":")[2])


def far(server):
    """The server by a name that only the proxy knows, and the flags."""
    return ("pop3s://test@%s:%d" % (TARGET, port_of(server)),
            [*server.flags, "--tls-name", "localhost"])


def check(tmp, server, proxy, *more, **kw):
    url, flags = far(server)
    out, err = run(tmp, "list", url, *flags, "--proxy", proxy.url, *more, **kw)
    assert len(out.splitlines()) == 1 + len(MAIL), out
    assert proxy.asked[-1] == (TARGET, port_of(server)), proxy.asked
    return err


@test
def both_kinds_resolve_the_name_themselves(tmp):
    with Server(maildir(tmp, MAIL)) as s:
        for kind in ("socks5", "http"):
            with Proxy(kind, port_of(s)) as p:
                assert check(tmp, s, p) == ""


@test
def starttls_and_the_greeting_behind_the_answer(tmp):
    with Server(maildir(tmp, MAIL)) as s:
        port = int(s.stls.rpartition(":")[2])
        for kind in ("socks5", "http"):
            with Proxy(kind, port) as p:
                for _ in range(5):
                    run(tmp, "list", "pop3://test@%s:%d" % (TARGET, port),
                        *s.flags, "--tls-name", "localhost", "--proxy", p.url)


@test
def the_certificate_must_be_the_servers(tmp):
    with Server(maildir(tmp, MAIL)) as s, Proxy("socks5", port_of(s)) as p:
        url, _ = far(s)
        _, err = run(tmp, "list", url, *s.flags, "--proxy", p.url, want=FAILED)
        assert "not for " + TARGET in err, err


@test
def passwords_come_from_anywhere_but_the_command_line(tmp):
    secret = os.path.join(tmp, "secret")
    with open(secret, "w", opener=lambda p, f: os.open(p, f, 0o600)) as f:
        f.write(SECRET + "\n")
    with Server(maildir(tmp, MAIL)) as s:
        for kind in ("socks5", "http"):
            with Proxy(kind, port_of(s), login=("me", SECRET)) as p:
                p.url = "%s://me@%s" % (kind, p.at)
                trace = os.path.join(tmp, "trace" + kind)
                check(tmp, s, p, "--proxy-password-file", secret,
                      "--trace", trace)
                with open(trace) as f:
                    text = f.read()
                assert "C: " in text and SECRET not in text, text
                check(tmp, s, p, env={"SQUAB_PROXY_PASSWORD": SECRET})
                config = os.path.join(tmp, "config-file")
                with open(config, "w",
                          opener=lambda p, f: os.open(p, f, 0o600)) as f:
                    f.write("[account a]\nurl = %s\nca-file = %s\n"
                            "tls-name = localhost\n"
                            "proxy = %s://me:s3cr3t%%2Fp%%40ss@%s\n" % (
                                far(s)[0], s.ca, kind, p.at))
                run(tmp, "list", "a", "--config", config)
                os.chmod(config, 0o644)
                _, err = run(tmp, "list", "a", "--config", config)
                assert "chmod 600" in err, err
                n = len(p.asked)
                _, err = run(tmp, "list", far(s)[0], "--proxy",
                             "%s://me:%s@%s" % (kind, "s3cr3t", p.at),
                             want=64)
                assert "s3cr3t" not in err and "config" in err, err
                assert len(p.asked) == n
                for env, words in (({"SQUAB_PROXY_PASSWORD": "wrong"},
                                    "refuses the user name or the"),
                                   ({}, "refuses the user name or the")):
                    _, err = run(tmp, "list", *flat(far(s)), "--proxy", p.url,
                                 env=env, want=FAILED)
                    assert words in err and err.count("\n") == 1, err
                _, err = run(tmp, "list", *flat(far(s)), "--proxy",
                             "%s://%s" % (kind, p.at), want=FAILED)
                assert "wants a user name and a password" in err, err


def flat(pair):
    return [pair[0], *pair[1]]


@test
def bad_proxies_are_told_in_a_line(tmp):
    cases = (("socks5", b"\5\0\5\2", "refused: its rules"),
             ("socks5", b"HTTP/1.0 400 Bad\r\n\r\n", "not speak SOCKS5"),
             ("socks5", b"\5", "it closed the connection"),
             ("socks5", b"", "it closed the connection"),
             ("socks5", b"\5\2", "not offered"),
             ("http", b"HTTP/1.1 403 No\x1b[2J\r\n\r\n",
              "refused: 403 No\\x1b[2J"),
             ("http", b"\5\0", "it closed the connection"),
             ("http", b"SSH-2.0-x\r\n", "does not speak HTTP"),
             ("http", b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 9999,
              "its answer is too long"))
    for kind, say, words in cases:
        with Proxy(kind, say=say) as p:
            _, err = run(tmp, "list", "pop3s://test@%s:7" % TARGET, "--proxy",
                         p.url, want=FAILED)
            # What was sent and not read may come back as a reset.
            assert words in err or "reset by" in err, (words, err)
            assert "%s port 7: proxy 127.0.0.1 port " % TARGET in err, err
            assert err.count("\n") == 1 and "\x1b" not in err, err


@test
def a_silent_proxy_is_left(tmp):
    for say in (b"", b"HTTP/1.1 200 OK\r\nX: y"):
        with Proxy("http", say=say, hang=True) as p:
            _, err = run(tmp, "list", "pop3s://test@%s:7" % TARGET, "--proxy",
                         p.url, "--connect-timeout", "1", want=FAILED)
            assert "no answer within 1 s" in err, err


@test
def wrong_options(tmp):
    for args, words in ((["--proxy", "ftp://x"], "neither socks5 nor http"),
                        (["--proxy", "http://x", "--tunnel", "cat"],
                         "only one can be"),
                        (["--proxy-password-file", "x"], "who logs in?"),
                        (["--tunnel", "[1]"], "--tunnel: ")):
        _, err = run(tmp, "list", "pop3s://test@%s" % TARGET, *args, want=64)
        assert words in err and err.count("\n") == 1, err


@test
def a_tunnel_is_a_line_or_words(tmp):
    tunnel = os.path.join(tmp, "tunnel.py")
    with open(tunnel, "w") as f:
        f.write("import os, socket, sys, threading\n"
                "s = socket.create_connection(('127.0.0.1', "
                "int(sys.argv[1])))\n"
                "def up():\n"
                "    data = b' '\n"
                "    while data:\n"
                "        data = os.read(0, 65536)\n"
                "        try: s.sendall(data)\n"
                "        except OSError: break\n"
                "threading.Thread(target=up, daemon=True).start()\n"
                "while True:\n"
                "    data = s.recv(65536)\n"
                "    if not data: break\n"
                "    while data: data = data[os.write(1, data):]\n")
    with Server(maildir(tmp, MAIL)) as s:
        url, flags = far(s)
        port = str(port_of(s))
        for command in ("exec %s %s %s" % (sys.executable, tunnel, port),
                        '["%s", "%s", "%s"]' % (sys.executable, tunnel, port)):
            out, err = run(tmp, "list", url, *flags, "--tunnel", command)
            assert len(out.splitlines()) == 1 + len(MAIL) and not err, err
            to = os.path.join(tmp, "to")
            run(tmp, "fetch", url, *flags, "--tunnel", command, "--to",
                "raw:" + to, "--keep")
            assert len(post.delivered(to)) == len(MAIL)
            shutil.rmtree(to)
            shutil.rmtree(os.path.join(tmp, "state"))
        _, err = run(tmp, "list", url, "--tunnel", '["/none"]', want=FAILED)
        assert "tunnel: cannot run /none: there is no such command" in err
        _, err = run(tmp, "list", url, "--tunnel", "echo no way >&2; exit 3",
                     want=FAILED)
        assert "no way" in err, err
        assert "(exit status 3)" in err or "closed" in err, err


def await_port(port):
    until = time.monotonic() + post.WAIT
    while time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return
        except OSError:
            time.sleep(0.02)
    raise AssertionError("nobody listens")


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as s:
        return s.getsockname()[1]


def real(tmp, server, command, port, url, env=None, bad=None):
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL)
    try:
        await_port(port)
        target = "pop3s://test@localhost:%d" % port_of(server)
        out, _ = run(tmp, "list", target, *server.flags, "--proxy", url,
                     env=env)
        assert len(out.splitlines()) == 1 + len(MAIL), out
        if bad:
            _, err = run(tmp, "list", target, "--proxy", url, env=bad,
                         want=FAILED)
            assert "refuses the user name or the password" in err, err
        _, err = run(tmp, "list", "pop3s://test@127.0.0.1:1", "--proxy", url,
                     env=env, want=FAILED)
        assert "refused: " in err, err
    finally:
        process.terminate()
        process.wait(post.WAIT)


@test
def microsocks(tmp):
    if not shutil.which("microsocks"):
        raise AssertionError("it is not installed: apt-get install " + NEEDED)
    with Server(maildir(tmp, MAIL)) as s:
        port = free_port()
        here = ["microsocks", "-i", "127.0.0.1", "-p", str(port)]
        real(tmp, s, here, port, "socks5://127.0.0.1:%d" % port)
        real(tmp, s, [*here, "-u", "me", "-P", SECRET], port,
             "socks5://me@127.0.0.1:%d" % port,
             {"SQUAB_PROXY_PASSWORD": SECRET}, {"SQUAB_PROXY_PASSWORD": "x"})


@test
def tinyproxy(tmp):
    if not shutil.which("tinyproxy"):
        raise AssertionError("it is not installed: apt-get install " + NEEDED)
    with Server(maildir(tmp, MAIL)) as s:
        for login in ("", "BasicAuth me secret\n"):
            port = free_port()
            config = os.path.join(tmp, "tinyproxy.conf")
            with open(config, "w") as f:
                f.write("Port %d\nListen 127.0.0.1\nTimeout 60\n"
                        "Allow 127.0.0.1\n%s" % (port, login))
            real(tmp, s, ["tinyproxy", "-d", "-c", config], port,
                 "http://%s127.0.0.1:%d" % ("me@" if login else "", port),
                 {"SQUAB_PROXY_PASSWORD": "secret"} if login else None,
                 {"SQUAB_PROXY_PASSWORD": "x"} if login else None)


if __name__ == "__main__":
    post.main()
