#!/usr/bin/env python3
"""Accounts by the name that the config gives them: in every command, with
options of their own, with passwords and tokens that commands print, and what
is said of a config that is wrong."""
import base64
import json
import os
import pty
import select
import signal
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import post  # noqa: E402
from post import Fake, Server, delivered, maildir, message, run, test, wire

MAIL = [message(1), message(2, 5000)]


def config(tmp, text, mode=0o600):
    """The user's own, as run() has it."""
    path = tmp + "/config/squab/config"
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)
    os.chmod(path, mode)
    return path


def account(name, s, **keys):
    """Of a Server."""
    keys = {"url": s.url, "ca-file": s.ca, "password": "test", **keys}
    return "[account %s]\n" % name + "".join(
        "%s = %s\n" % (k.replace("_", "-"), v) for k, v in keys.items() if v)


@test
def every_command_takes_an_account(tmp):
    with Server(maildir(tmp, MAIL)) as s:
        config(tmp, account("work", s) + account("home", s, url=s.stls))
        for name in ("work", "home"):
            out, err = run(tmp, "list", name, "--json", password=None)
            assert out.count("\n") == 2 and err == "", (out, err)
            out, err = run(tmp, "show", name, "2", "--raw", password=None,
                           binary=True)
            assert out == wire(MAIL[1]) and err == ""
            out, err = run(tmp, "probe", name, "--json", password=None)
            assert json.loads(out)["messages"] == 2 and err == ""
            out, err = run(tmp, "fetch", name, "--to", "raw:%s/%s" % (
                tmp, name), password=None)
            assert delivered(tmp + "/" + name) == sorted(map(wire, MAIL))
        run(tmp, "show", "work", "x", want=64)
        _, err = run(tmp, "list", "wrok", want=64)
        assert "no account wrok" in err and "work, home" in err, err
        _, err = run(tmp, "show", "wrok", "1", want=64)
        assert "no account wrok" in err, err


@test
def who_has_the_last_word(tmp):
    with Server(maildir(tmp, MAIL)) as s:
        other = tmp + "/other"
        with open(other, "w", encoding="utf-8") as f:
            f.write("password = test\njson = yes\nca-file = %s\n" % s.ca +
                    account("a", s, password=None, ca_file=None) +
                    account("b", s, password="no", json="no"))
        os.chmod(other, 0o600)
        config(tmp, "json = no\n" + account("a", s, password="bad"))
        _, err = run(tmp, "list", "a", password=None, want=77)
        args = ["--config", other]
        out, _ = run(tmp, "list", "a", *args, password=None)
        assert out.startswith("{"), out
        out, _ = run(tmp, "list", s.url, *args, password=None)
        assert out.startswith("{"), out
        _, err = run(tmp, "list", "b", *args, password=None, want=77)
        out, _ = run(tmp, "list", "b", *args, "--password-command",
                     "echo test", password=None)
        assert out.startswith(" NO"), out
        _, err = run(tmp, "list", "b", *args, password="test", want=77)
        run(tmp, "list", "a", *args, "--user", "nobody", want=77)


@test
def fetching_all(tmp):
    with Server(maildir(tmp, MAIL)) as s:
        config(tmp, "delete-after = 30d\n" +
               account("a", s, to="raw:" + tmp + "/a", limit=1) +
               account("b", s, to="raw:" + tmp + "/b", keep="yes",
                       state=tmp + "/b-state") +
               account("c", s, to="maildir:" + tmp + "/c",
                       state=tmp + "/c-state"))
        for jobs in ([], ["--jobs", "3"]):
            out, err = run(tmp, "fetch", "--all", *jobs, password=None)
            assert err == "" and out.count("\n") == 4, (out, err)
            assert "\n3 accounts, 0 failed: " in out, out
        assert delivered(tmp + "/a") == sorted(map(wire, MAIL))
        assert delivered(tmp + "/b") == sorted(map(wire, MAIL))
        assert delivered(tmp + "/c") == sorted(MAIL)
        out, _ = run(tmp, "fetch", "c", "b", password=None)
        assert out.count("\n") == 3, out
        run(tmp, "fetch", "--all", "a", want=64)
        run(tmp, "fetch", want=64)
        run(tmp, "fetch", "--all", "--config", "/dev/null", want=78)


@test
def one_account_of_all_is_wrong(tmp):
    with Server(maildir(tmp, MAIL)) as s:
        config(tmp, account("a", s) +
               account("b", s, to="raw:" + tmp + "/b"))
        _, err = run(tmp, "fetch", "--all", want=64)
        assert "a: where to?" in err and not os.path.exists(tmp + "/b"), err
        config(tmp, account("a", s, to="raw:" + tmp + "/a", password="no") +
               account("b", s, to="raw:" + tmp + "/b"))
        _, err = run(tmp, "fetch", "--all", password=None, want=77)
        assert len(delivered(tmp + "/b")) == 2


@test
def a_password_by_a_list_of_words(tmp):
    secret = tmp + "/a secret; 'it' is"
    with open(secret, "w", encoding="utf-8") as f:
        f.write("test\n")
    words = json.dumps(["cat", secret])
    with Server(maildir(tmp, MAIL)) as s:
        config(tmp, account("a", s, password=None, password_command=words))
        out, err = run(tmp, "list", "a", password=None)
        assert "UIDL" in out and err == "", err
        out, err = run(tmp, "list", s.url, *s.flags, "--password-command",
                       words, password=None)
        assert "UIDL" in out and err == "", err
        for bad in ('["cat"', "[cat]", "[]"):
            _, err = run(tmp, "list", s.url, *s.flags, "--password-command",
                         bad, password=None, want=64)
            assert err.count("\n") == 1, err
        _, err = run(tmp, "list", s.url, *s.flags, "--password-command",
                     '["no-such-program"]', password=None, want=78)
        assert "no-such-program" in err, err
        out, _ = run(tmp, "list", s.url, *s.flags, "--password-command",
                     "read x; echo test", password=None,
                     stdin=subprocess.PIPE)
        assert "UIDL" in out


@test
def a_command_may_ask_at_the_terminal(tmp):
    with Server(maildir(tmp, MAIL)) as s:
        pid, master = pty.fork()
        if pid == 0:
            os.environ.pop("SQUAB_PASSWORD", None)
            os.execv(post.SQUAB, [
                post.SQUAB, "list", s.url, *s.flags, "--password-command",
                "printf 'which? ' >/dev/tty; read x; echo $x"])
        out, typed = b"", False
        try:
            while select.select([master], [], [], post.WAIT)[0]:
                out += os.read(master, 65536)
                if b"which? " in out and not typed:
                    typed = True
                    os.write(master, b"test\n")
        except OSError:
            pass
        os.close(master)
        status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        assert status == 0 and b"UIDL" in out, (status, out)


@test
def a_signal_ends_the_command_too(tmp):
    pids = tmp + "/pids"
    os.mkfifo(pids)
    with Fake(MAIL) as s:
        p = subprocess.Popen(
            [post.SQUAB, "list", s.url, *s.flags, "--password-command",
             "echo $$ >%s; exec sleep 1000" % pids],
            stdin=subprocess.DEVNULL, stderr=subprocess.PIPE)
        with open(pids, encoding="ascii") as f:
            pid = int(f.read())
        p.send_signal(signal.SIGTERM)
        assert p.wait(post.WAIT) == 128 + signal.SIGTERM
        assert p.stderr.read() == b""
        p.stderr.close()
        assert not os.path.exists("/proc/%d" % pid)


def token_server(good):
    """Takes that token only."""
    want = base64.b64encode(
        b"user=test\1auth=Bearer " + good + b"\1\1").decode()

    def on(verb, number):
        word = s.log[-1].split()[-1]
        if word == "XOAUTH2":
            return b"+ \r\n"
        if not s.log[-2:][0].startswith("AUTH"):
            return True
        tried.append(word)
        return b"+OK\r\n" if word == want else b"-ERR [AUTH] expired\r\n"

    tried = []
    s = Fake(MAIL, on=on, caps=[b"SASL XOAUTH2", b"AUTH-RESP-CODE"])
    s.tried = tried
    return s


@test
def a_token_is_refreshed_once(tmp):
    count = tmp + "/count"
    command = "echo x >>%s; echo token$(wc -l <%s)" % (count, count)

    def tokens():
        with open(count, encoding="ascii") as f:
            return f.read().count("x")

    for good, n_tokens, n_tried, want in ((1, 1, 1, 0), (2, 2, 2, 0),
                                          (9, 2, 2, 77)):
        if os.path.exists(count):
            os.unlink(count)
        with token_server(b"token%d" % good) as s:
            config(tmp, "[account a]\nurl = %s\ntls = off\n"
                   "auth = XOAUTH2\ntoken-command = %s\n" % (s.url, command))
            out, err = run(tmp, "list", "a", password=None, want=want)
            assert tokens() == n_tokens, (good, tokens())
            assert len(s.tried) == n_tried, s.tried
            assert ("UIDL" in out) == (want == 0)
            assert err.count("\n") == (want != 0), err
    with token_server(b"other") as s:
        _, err = run(tmp, "list", s.url, "--tls", "off", "--auth", "XOAUTH2",
                     "--token-command", "echo same", password=None, want=77)
        assert len(s.tried) == 1 and err.count("\n") == 1, (s.tried, err)


@test
def who_else_may_use_it(tmp):
    secret = tmp + "/secret"
    with open(secret, "w", encoding="ascii") as f:
        f.write("test\n")
    os.chmod(secret, 0o600)
    with Server(maildir(tmp, MAIL)) as s:
        with_password = account("a", s)
        without = account("a", s, password=None, password_file=secret)
        for text, mode, warned in ((with_password, 0o600, 0),
                                   (with_password, 0o640, 1),
                                   (with_password, 0o604, 1),
                                   (without, 0o644, 0), (without, 0o620, 1),
                                   (without, 0o602, 1)):
            path = config(tmp, text, mode)
            _, err = run(tmp, "list", "a", password=None)
            assert err.count("\n") == warned, (oct(mode), err)
            assert warned == (path in err and "chmod 600" in err), err


@test
def what_is_wrong_is_said_in_one_line(tmp):
    for text, line, why in (("frob = 1\n", 1, "no option frob"),
                            ("\ntimeout = x\n", 2, "timeout takes a time"),
                            ("[account a]\n", 1, "url"),
                            ("[account a]\nurl = x\n", 2, "URL"),
                            ("user = \x1b[2J\n", 1, "control character"),
                            ("a\x1b\n", 1, "control"),
                            ("bodies = all\n", 1, "no option bodies")):
        path = config(tmp, text)
        for args in (["list", "a"], ["list", "pop3s://a@b"], ["show", "x"],
                     ["fetch", "--all"], ["probe", "a"]):
            out, err = run(tmp, *args, want=78)
            assert out == "" and err.count("\n") == 1, (args, err)
            assert err.startswith("squab: %s:%d: " % (path, line)), err
            assert why in err and "\x1b" not in err, err
    # the keys of the other commands are no concern of this one
    config(tmp, "headers = yes\ndelete = yes\nno-pager = yes\n")
    out, err = run(tmp, "show", "-", stdin=subprocess.DEVNULL)
    assert "no account" in run(tmp, "list", "a", want=64)[1]
    os.unlink(tmp + "/config/squab/config")
    _, err = run(tmp, "list", "a", want=64)
    assert tmp + "/config/squab/config" in err and "pop3s://" in err, err
    _, err = run(tmp, "list", "a", "--config", tmp + "/none", want=78)
    assert tmp + "/none" in err, err


post.main()
