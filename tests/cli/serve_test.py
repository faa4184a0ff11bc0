#!/usr/bin/env python3
"""squab serve against Python's own POP3 client, and against bare sockets.

$SQUAB is the program; prints TAP.
"""
import base64
import hashlib
import os
import poplib
import resource
import signal
import socket
import ssl
import stat
import subprocess
import sys
import tempfile
import threading
from contextlib import closing

sys.path.insert(0, os.path.join(os.environ['SRCDIR'], 'tests'))
import tap  # noqa: E402

SQUAB = os.environ['SQUAB']
WAIT = 60           # seconds until a hang is called one
poplib._MAXLINE = 10 * 1024 * 1024

BIG_LINE = b'x' * 75 + b'\n'
FILES = {
    'new/1700000005.M5.host': b'Subject: five\n\nno final newline',
    'cur/1700000001.M1.host:2,S':
        b'From: a@example.org\nSubject: one\n\nfirst\nsecond\nthird\n',
    'cur/1700000002.M2.host:2,':
        b'Subject: dots\r\n\r\n.\r\n..\r\n.start\nin . side\n\n.',
    'cur/1700000003.M3.host:2,': b'',
    'new/1700000004.M4.host': b'Subject: big\n\n' + 70000 * BIG_LINE,
    'new/1700000006.M6.host': b'header only: yes\r\n',
    'new/1700000007.M7.host': b'a: b\n\nlone \r in it\r\n\n\nend\r',
    'new/1700000008.M8 with blank': b'a: b\n\nshort\n',
    'new/1700000009.M9.host,S=14,W=4321': b'a: b\n\nlying\n\n',
}
NAMES = sorted(FILES, key=lambda name: name[4:])


def wire(data):
    """What a client must see of a message, without dot-stuffing."""
    data = data.replace(b'\r\n', b'\n').replace(b'\n', b'\r\n')
    if data and not data.endswith(b'\r\n'):
        data += b'\n' if data.endswith(b'\r') else b'\r\n'
    return data


def lines(data):
    return wire(data).split(b'\r\n')[:-1]


def make_maildir(parent, files):
    path = tempfile.mkdtemp(dir=parent)
    for sub in ('cur', 'new', 'tmp'):
        os.mkdir(os.path.join(path, sub))
    for name, data in files.items():
        with open(os.path.join(path, name), 'wb') as f:
            f.write(data)
    return path


class Server:
    def __init__(self, *args):
        self.process = subprocess.Popen([SQUAB, 'serve', *args],
                                        stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, text=True)
        self.ports = {}

    def __enter__(self):
        args = self.process.args
        n = sum(a in ('--pop3', '--pop3s') for a in args) or 2
        for _ in range(n):
            line = self.process.stdout.readline()
            name, _, address = line.strip().partition(' ')
            host, _, port = address.rpartition(':')
            assert host == '127.0.0.1', line + self.process.stderr.read()
            self.ports[name] = int(port)
        return self

    def stop(self, sig=signal.SIGTERM):
        self.process.send_signal(sig)
        self.err = self.process.communicate(timeout=WAIT)[1]
        return self.process.returncode

    def __exit__(self, *_):
        if self.process.returncode is None:
            assert self.stop() == 0, self.err

    def client(self):
        return poplib.POP3('127.0.0.1', self.ports['pop3'], timeout=WAIT)

    def logged_in(self):
        c = self.client()
        c.user('test')
        c.pass_('test')
        return c

    def socket(self):
        s = socket.create_connection(('127.0.0.1', self.ports['pop3']),
                                     timeout=WAIT)
        return s, s.makefile('rb')


def refused(call, *args, word=b''):
    try:
        call(*args)
    except poplib.error_proto as e:
        return e.args[0].startswith(b'-ERR') and word in e.args[0]
    return False


TESTS = []


def test(f):
    TESTS.append(f)
    return f


@test
def every_command_of_rfc_1939(tmp):
    with Server(make_maildir(tmp, FILES)) as server:
        c = server.client()
        assert refused(c.stat) and refused(c._shortcmd, 'RETR 1')
        assert refused(c.pass_, 'test'), 'PASS before USER'
        c.user('test')
        assert refused(c.pass_, 'wrong', word=b'[AUTH]')
        assert refused(c.pass_, 'test'), 'USER is forgotten'
        c.user('nobody')
        assert refused(c.pass_, 'test', word=b'[AUTH]')
        c.user('test')
        c.pass_('test')
        assert refused(c.user, 'test') and refused(c._shortcmd, 'STLS')
        sizes = [4321 if 'W=' in n else len(wire(FILES[n])) for n in NAMES]
        assert c.stat() == (len(NAMES), sum(sizes))
        assert c.list()[1] == [b'%d %d' % (i + 1, s)
                               for i, s in enumerate(sizes)]
        assert c.list(2) == b'+OK 2 %d' % sizes[1]
        for n, name in enumerate(NAMES):
            assert c.retr(n + 1)[1] == lines(FILES[name]), name
        c.noop()
        for bad in ('0', '10', '99999999999999999999', 'x', '-1', '', '1 2'):
            assert refused(c._shortcmd, 'RETR ' + bad), bad
        for bad in ('', '1', '1 x', '1 2 3', '10 1'):
            assert refused(c._shortcmd, 'TOP ' + bad), bad
        for bad in ('STAT 1', 'QUIT now', 'LIST 1 2', 'LIST x', 'NOOP 1',
                    'XYZZY', '', 'RETR', 'DELE 0'):
            assert refused(c._shortcmd, bad), bad
        c.dele(1)
        c.dele(3)
        for command in ('DELE 1', 'RETR 1', 'LIST 3', 'UIDL 3', 'TOP 1 0'):
            assert refused(c._shortcmd, command), command
        assert c.stat() == (len(NAMES) - 2,
                            sum(sizes) - sizes[0] - sizes[2])
        assert len(c.list()[1]) == len(c.uidl()[1]) == len(NAMES) - 2
        c.rset()
        assert c.stat() == (len(NAMES), sum(sizes))
        c.quit()


@test
def top_cuts_after_the_lines(tmp):
    with Server(make_maildir(tmp, FILES)) as server:
        c = server.logged_in()
        head = [b'From: a@example.org', b'Subject: one', b'']
        body = [b'first', b'second', b'third']
        for n in range(5):
            assert c.top(1, n)[1] == head + body[:n], n
        assert c.top(2, 2)[1] == [b'Subject: dots', b'', b'.', b'..']
        assert c.top(4, 1)[1] == [b'Subject: big', b'', BIG_LINE[:-1]]
        assert c.top(6, 5)[1] == [b'header only: yes']
        assert c.top(3, 5)[1] == []
        c.quit()


@test
def uidl_is_the_unique_part_or_a_digest(tmp):
    with Server(make_maildir(tmp, FILES)) as server:
        c = server.logged_in()
        uidls = [u.split(b' ', 1)[1].decode() for u in c.uidl()[1]]
        for uidl, name in zip(uidls, NAMES):
            unique = name[4:].split(':2,')[0]
            if ' ' in unique:
                unique = hashlib.sha256(unique.encode()).hexdigest()
            assert uidl == unique, name
        assert c.uidl(2) == b'+OK 2 1700000002.M2.host'
        assert refused(c.uidl, 10)
        c.quit()


@test
def bytes_on_the_wire_are_exact(tmp):
    with Server(make_maildir(tmp, FILES)) as server:
        s, f = server.socket()
        f.readline()
        s.sendall(b'USER test\r\nPASS test\r\n')
        assert f.readline() + f.readline()
        for n, name in enumerate(NAMES):
            s.sendall(b'RETR %d\r\n' % (n + 1))
            want = wire(FILES[name])
            size = 4321 if 'W=' in name else len(want)
            if want.startswith(b'.'):
                want = b'.' + want
            want = want.replace(b'\n.', b'\n..')
            assert f.readline() == b'+OK %d octets\r\n' % size
            assert f.read(len(want) + 3) == want + b'.\r\n', name
        s.close()


@test
def dele_happens_at_quit_only(tmp):
    maildir = make_maildir(tmp, FILES)
    there = [os.path.join(maildir, n) for n in NAMES]
    with Server(maildir) as server:
        c = server.logged_in()
        c.dele(1)
        c.close()
        c, other = server.logged_in(), server.logged_in()
        c.dele(2)
        c.dele(5)
        assert all(os.path.exists(p) for p in there)
        c.quit()
        assert [n for n, p in enumerate(there, 1)
                if not os.path.exists(p)] == [2, 5]
        assert other.stat()[0] == len(NAMES)
        assert refused(other.retr, 2, word=b'[SYS/TEMP]')
        assert other.retr(1)[1] == lines(FILES[NAMES[0]])
        other.dele(2)
        other.quit()
        assert server.logged_in().stat()[0] == len(NAMES) - 2


@test
def new_mail_is_seen_at_the_next_login(tmp):
    maildir = make_maildir(tmp, {})
    with Server(maildir) as server:
        for n in range(20):
            c = server.logged_in()
            assert c.stat()[0] == n
            c.quit()
            with open(os.path.join(maildir, 'new', '%05d' % n), 'wb') as f:
                f.write(b'a: b\n\n' + b'x' * n)


@test
def apop(tmp):
    with Server(make_maildir(tmp, FILES)) as server, \
            closing(server.client()) as c, \
            closing(server.client()) as other:
        assert c.welcome != other.welcome
        assert refused(c._shortcmd, 'APOP test')
        assert refused(c.apop, 'test', 'wrong', word=b'[AUTH]')
        assert refused(c.apop, 'nobody', 'test', word=b'[AUTH]')
        c.apop('test', 'test')
        assert c.stat()[0] == len(NAMES)


@test
def auth_plain(tmp):
    good = base64.b64encode(b'\0test\0test').decode()
    also = base64.b64encode(b'test\0test\0test').decode()
    bad = [base64.b64encode(b).decode() for b in (
        b'\0test\0wrong', b'other\0test\0test', b'\0test', b'test',
        b'\0test\0test\0', b'\0\0')]
    with Server(make_maildir(tmp, FILES)) as server:
        for word in (good, also):
            with closing(server.client()) as c:
                assert c._longcmd('AUTH')[1] == [b'PLAIN']
                c._shortcmd('auth plain ' + word)
                assert c.stat()[0] == len(NAMES)
        with closing(server.client()) as c:
            for word in bad + ['=', '====', 'A', '!!!!', '']:
                assert refused(c._shortcmd, 'AUTH PLAIN ' + word), word
            assert refused(c._shortcmd, 'AUTH CRAM-MD5')
            for word in bad + ['*', '', '!!!!', 'x' * 60000]:
                c._putcmd('AUTH PLAIN')
                assert c._getline()[0] == b'+ '
                assert refused(c._shortcmd, word), word
            c._putcmd('AUTH PLAIN')
            assert c._getline()[0] == b'+ '
            c._shortcmd(good)
            assert c.stat()[0] == len(NAMES)


class Pop3s(poplib.POP3_SSL):
    """The host is the name to verify: not every chroot knows localhost."""

    def _create_socket(self, timeout):
        s = socket.create_connection(('127.0.0.1', self.port), timeout)
        return self.context.wrap_socket(s, server_hostname=self.host)


@test
def stls_and_pop3s_verify_with_the_written_authority(tmp):
    ca = os.path.join(tmp, 'ca.pem')
    with Server(make_maildir(tmp, FILES), '--write-ca', ca) as server:
        assert stat.S_IMODE(os.stat(ca).st_mode) == 0o644
        tls = ssl.create_default_context(cafile=ca)
        tls.verify_flags |= ssl.VERIFY_X509_STRICT
        for host in ('127.0.0.1', 'localhost'):
            c = Pop3s(host, server.ports['pop3s'], context=tls,
                      timeout=WAIT)
            assert 'STLS' not in c.capa()
            c.user('test')
            c.pass_('test')
            for n, name in enumerate(NAMES):
                assert c.retr(n + 1)[1] == lines(FILES[name]), name
            c.quit()
        c = server.client()
        assert 'STLS' in c.capa()
        c.user('test')
        c.stls(tls)
        assert refused(c.pass_, 'test'), 'USER outlived STLS'
        assert 'STLS' not in c.capa() and refused(c._shortcmd, 'STLS')
        c.user('test')
        c.pass_('test')
        assert c.retr(1)[1] == lines(FILES[NAMES[0]])
        c.quit()
        try:
            Pop3s('localhost', server.ports['pop3s'], timeout=WAIT,
                  context=ssl.create_default_context())
            assert False, 'trusted by everybody'
        except ssl.SSLCertVerificationError:
            pass


@test
def nothing_may_follow_stls(tmp):
    with Server(make_maildir(tmp, FILES)) as server:
        s, f = server.socket()
        f.readline()
        s.sendall(b'STLS\r\nUSER test\r\nPASS test\r\n')
        assert f.readline().startswith(b'-ERR')
        assert f.read() == b''
        s.close()


@test
def require_tls(tmp):
    plain = base64.b64encode(b'\0test\0test').decode()
    with Server(make_maildir(tmp, FILES), '--require-tls') as server:
        c = server.client()
        capa = c.capa()
        assert 'USER' not in capa and 'SASL' not in capa
        assert refused(c.user, 'test') and refused(c.apop, 'test', 'test')
        assert refused(c._shortcmd, 'AUTH PLAIN ' + plain)
        assert c._longcmd('AUTH')[1] == []
        c.stls(ssl._create_unverified_context())
        assert 'USER' in c.capa()
        c.user('test')
        c.pass_('test')
        c.quit()


@test
def capa(tmp):
    with Server(make_maildir(tmp, FILES)) as server:
        c = server.client()
        got = c.capa()
        assert got == {
            'TOP': [], 'UIDL': [], 'USER': [], 'SASL': ['PLAIN'],
            'STLS': [], 'PIPELINING': [], 'RESP-CODES': [],
            'AUTH-RESP-CODE': [], 'EXPIRE': ['NEVER'],
            'IMPLEMENTATION': ['squab']}, got
        c.user('test')
        c.pass_('test')
        del got['STLS']
        assert c.capa() == got
        c.quit()


BURST = b''.join(b'NOOP\r\nRETR 1\r\nLIST 1\r\nBAD\r\nTOP 1 1\r\n'
                 for _ in range(100))


def burst(server, size):
    s, f = server.socket()
    f.readline()
    both = b'USER test\r\nPASS test\r\n' + BURST + b'QUIT\r\n'
    for at in range(0, len(both), size):
        s.sendall(both[at:at + size])
    reply = f.read()
    message = wire(FILES['cur/1700000001.M1.host:2,S'])
    top = message[:message.index(b'second')]
    one = b''.join((b'+OK nothing done\r\n',
                    b'+OK %d octets\r\n' % len(message), message,
                    b'.\r\n+OK 1 %d\r\n' % len(message),
                    b'-ERR unknown command\r\n',
                    b'+OK %d octets\r\n' % len(message), top, b'.\r\n'))
    assert reply.endswith(100 * one + b'+OK bye\r\n')
    s.close()


@test
def five_hundred_commands_in_one_write(tmp):
    with Server(make_maildir(tmp, FILES)) as server:
        burst(server, 1 << 20)
        burst(server, 7)


@test
def no_pipelining_is_still_correct(tmp):
    with Server(make_maildir(tmp, FILES), '--no-pipelining') as server:
        with closing(server.client()) as c:
            assert 'PIPELINING' not in c.capa()
        burst(server, 1 << 20)


def session(server, failures):
    try:
        c = server.logged_in()
        for n, name in enumerate(NAMES):
            if c.retr(n + 1)[1] != lines(FILES[name]):
                failures.append(name)
        c.quit()
    except Exception as e:
        failures.append(repr(e))


@test
def fifty_clients_at_once(tmp):
    with Server(make_maildir(tmp, FILES)) as server:
        idle = [server.logged_in() for _ in range(50)]
        failures = []
        threads = [threading.Thread(target=session, args=(server, failures))
                   for _ in range(50)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        assert not failures, failures
        for c in idle:
            c.noop()
            c.close()


@test
def a_thousand_clients_at_once(tmp):
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    with Server(make_maildir(tmp, FILES)) as server:
        clients = [server.socket() for _ in range(1000)]
        for s, f in clients:
            assert f.readline().startswith(b'+OK')
            s.sendall(b'QUIT\r\n')
        for s, f in clients:
            assert f.read() == b'+OK bye\r\n'
            f.close()
            s.close()


def resident(pid):
    with open('/proc/%d/statm' % pid) as f:
        return int(f.read().split()[1]) * os.sysconf('SC_PAGESIZE')


@test
def who_does_not_read_costs_no_memory(tmp):
    with Server(make_maildir(tmp, FILES)) as server:
        s, f = server.socket()
        f.readline()
        s.sendall(b'USER test\r\nPASS test\r\n')
        assert f.readline() + f.readline()
        before = resident(server.process.pid)
        s.sendall(1000 * b'RETR 4\r\n')         # five gigabytes
        for _ in range(3):                      # others are served meanwhile
            c = server.logged_in()
            c.retr(4)
            c.quit()
        grown = resident(server.process.pid) - before
        assert grown < 16 << 20, grown
        f.close()
        s.close()


@test
def long_lines_end_the_session(tmp):
    with Server(make_maildir(tmp, FILES)) as server:
        for line, good in ((b'NOOP' + b'x' * 249, True),
                           (b'NOOP' + b'x' * 250, False),
                           (b'x' * 100000, False)):
            s, f = server.socket()
            f.readline()
            s.sendall(line + b'\r\nQUIT\r\n')
            assert f.readline().startswith(b'-ERR'), len(line)
            assert f.read() == (b'+OK bye\r\n' if good else b''), len(line)
            s.close()
        s, f = server.socket()
        f.readline()
        s.sendall(b'AUTH PLAIN\r\n')
        assert f.readline() == b'+ \r\n'
        s.sendall(b'x' * 70000)                 # and no end of the line
        assert f.readline().startswith(b'-ERR')
        assert f.read() == b''
        s.close()


@test
def garbage_is_survived(tmp):
    with Server(make_maildir(tmp, FILES)) as server:
        for junk in (b'\0\0\0\r\n', b'\xff' * 200 + b'\n', b'\n\n\r\n',
                     b'GET / HTTP/1.1\r\nHost: x\r\n\r\n', b'US'):
            for name in server.ports:
                s = socket.create_connection(
                    ('127.0.0.1', server.ports[name]), timeout=WAIT)
                s.sendall(junk)
                s.shutdown(socket.SHUT_WR)
                try:
                    while s.recv(65536):
                        pass
                except ConnectionResetError:
                    pass
                s.close()
        server.logged_in().quit()


@test
def a_web_page_cannot_delete_mail(tmp):
    maildir = make_maildir(tmp, FILES)
    with Server(maildir) as server:
        s, f = server.socket()
        s.sendall(b'POST / HTTP/1.1\r\nHost: localhost\r\nA: b\r\nC: d\r\n'
                  b'\r\nUSER test\r\nPASS test\r\nDELE 1\r\nQUIT\r\n')
        assert f.read().count(b'\n') == 1 + 5
        f.close()
        s.close()
    assert os.path.exists(os.path.join(maildir, NAMES[0]))


@test
def a_half_closed_line_gets_its_replies(tmp):
    maildir = make_maildir(tmp, FILES)
    with Server(maildir) as server:
        s, f = server.socket()
        s.sendall(b'USER test\r\nPASS test\r\nDELE 1\r\nRETR 4\r\nNOOP\r\n')
        s.shutdown(socket.SHUT_WR)
        assert f.read().endswith(b'\r\n.\r\n+OK nothing done\r\n')
        f.close()
        s.close()
    assert os.path.exists(os.path.join(maildir, NAMES[0]))


@test
def who_hangs_up_harms_nobody(tmp):
    with Server(make_maildir(tmp, FILES)) as server:
        for n in range(20):
            s, f = server.socket()
            f.readline()
            s.sendall(b'USER test\r\nPASS test\r\n' + 5 * b'RETR 4\r\n')
            f.read(n * 1000)
            f.close()
            s.close()
        session(server, failures := [])
        assert not failures, failures


@test
def slow_readers_under_tls(tmp):
    tls = ssl._create_unverified_context()
    with Server(make_maildir(tmp, FILES)) as server:
        s = socket.socket()
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        s.settimeout(WAIT)
        s.connect(('127.0.0.1', server.ports['pop3s']))
        s = tls.wrap_socket(s)
        f = s.makefile('rb', buffering=0)
        s.sendall(b'USER test\r\nPASS test\r\nRETR 4\r\nQUIT\r\n')
        got = bytearray()
        while piece := f.read(3001):
            got += piece
        assert got.endswith(wire(FILES[NAMES[3]]) + b'.\r\n+OK bye\r\n')
        f.close()
        s.close()


@test
def ten_thousand_messages(tmp):
    names = ['%010d.a-rather-long-name-as-they-are.host:2,S' % n
             for n in range(10000)]
    with Server(make_maildir(tmp, {'cur/' + n: b'' for n in names})) as server:
        c = server.logged_in()
        assert c.uidl()[1] == [b'%d %s' % (n, name[:-4].encode())
                               for n, name in enumerate(names, 1)]
        assert c.list()[1] == [b'%d 0' % n for n in range(1, 10001)]
        for n in range(1, 10001, 2):
            c._putline(b'DELE %d' % n)
            c._getresp()
        c.quit()
        c = server.logged_in()
        assert c.stat() == (5000, 0)
        assert c.uidl(1).endswith(names[1][:-4].encode())
        c.quit()


@test
def only_regular_files_are_messages(tmp):
    maildir = make_maildir(tmp, FILES)
    os.mkfifo(os.path.join(maildir, 'cur', '00fifo'))
    os.mkdir(os.path.join(maildir, 'cur', '00folder'))
    os.symlink('nowhere', os.path.join(maildir, 'new', '00link'))
    with open(os.path.join(maildir, 'cur', '.hidden'), 'w') as f:
        f.write('a: b')
    with Server(maildir) as server:
        c = server.logged_in()
        assert c.stat()[0] == len(NAMES)
        c.quit()


@test
def both_families(tmp):
    with Server(make_maildir(tmp, FILES)) as server:
        try:
            socket.socket(socket.AF_INET6).bind(('::1', 0))
        except OSError:
            return              # a machine without IPv6
        c = poplib.POP3('::1', server.ports['pop3'], timeout=WAIT)
        assert c.welcome.startswith(b'+OK')
        c.close()


@test
def user_and_password_file(tmp):
    secret = os.path.join(tmp, 'secret')
    with open(secret, 'w') as f:
        f.write('open  sesame \nsecond line\n')
    with Server(make_maildir(tmp, FILES), '--user', 'ali baba',
                '--password-file', secret) as server:
        c = server.client()
        c.user('test')
        assert refused(c.pass_, 'test', word=b'[AUTH]')
        c.user('ali baba')
        c.pass_('open  sesame ')
        c.quit()
        with closing(server.client()) as c:
            c.apop('ali baba', 'open  sesame ')


@test
def a_name_has_many_accounts(tmp):
    """What stands behind a plus is the client's."""
    with Server(make_maildir(tmp, FILES)) as server:
        for name in ('test+', 'test+1', 'test+a+b'):
            c = server.client()
            c.user(name)
            c.pass_('test')
            assert c.stat()[0] == len(FILES)
            c.quit()
        with closing(server.client()) as c:
            c.apop('test+1', 'test')
        for name in ('tes', 'tes+t', 'test1', '+test', 'test1+'):
            c = server.client()
            c.user(name)
            assert refused(c.pass_, 'test', word=b'[AUTH]'), name
            c.close()


@test
def signals_end_it_cleanly(tmp):
    maildir = make_maildir(tmp, FILES)
    for sig in (signal.SIGTERM, signal.SIGINT):
        server = Server(maildir, '--pop3', '0').__enter__()
        c = server.logged_in()
        c.dele(1)
        assert server.stop(sig) == 0, server.err
        assert server.err.count('\n') == 1
        assert 'development' in server.err
        c.close()
    assert os.path.exists(os.path.join(maildir, NAMES[0]))
    server = Server(maildir, '--quiet').__enter__()
    assert server.stop() == 0 and server.err == ''


@test
def wrong_usage_has_its_exit_status(tmp):
    maildir = make_maildir(tmp, FILES)
    with Server(maildir, '--pop3', '0') as server:
        taken = str(server.ports['pop3'])
        for status, *args in (
                (64,), (64, maildir, maildir), (64, maildir, '--nonsense'),
                (64, maildir, '--pop3', 'x'), (64, maildir, '--pop3', '65536'),
                (64, maildir, '--pop3'), (64, maildir, '--user', 'x'),
                (66, os.path.join(tmp, 'none')), (66, tmp),
                (66, maildir, '--user', 'x', '--password-file', '/dev/null'),
                (73, maildir, '--write-ca', os.path.join(tmp, 'no', 'ca')),
                (69, maildir, '--pop3', taken)):
            r = subprocess.run([SQUAB, 'serve', *args], text=True,
                               capture_output=True, timeout=WAIT)
            assert r.returncode == status, (args, r)
            assert r.stderr.count('\n') == 1 and r.stdout == '', (args, r)


def run(t, tmp):
    name = t.__name__.replace('_', ' ')
    try:
        t(tmp)
        tap.ok(True, name)
    except Exception as e:
        where = e.__traceback__
        while where.tb_next:
            where = where.tb_next
        tap.ok(False, name, 'line %d: %r' % (where.tb_lineno, e))


def main():
    with tempfile.TemporaryDirectory() as tmp:
        for t in TESTS:
            run(t, tmp)
    tap.done()


main()
