"""A POP3 server within the torture: it knows what was marked, and what QUIT
has deleted; it can cut the line after any octet, either way. Each connection
is a thread of its own, and they may have the mailbox at the same time."""
import os
import socket
import ssl
import sys
import threading

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import mail  # noqa: E402


class Cut(Exception):
    """The line is to be cut here."""


class Line:
    """A connection, in clear or under TLS, that breaks after so many octets
    on the wire; None: never."""

    def __init__(self, sock, context, cut_out, cut_in):
        self.sock, self.cut_out, self.cut_in = sock, cut_out, cut_in
        self.n_out = self.n_in = 0
        self.tls = None
        if context:
            self.into, self.out = ssl.MemoryBIO(), ssl.MemoryBIO()
            self.tls = context.wrap_bio(self.into, self.out, True)

    def raw_send(self, data):
        room = len(data) if self.cut_out is None else self.cut_out - self.n_out
        self.sock.sendall(data[:room])
        self.n_out += len(data[:room])
        if room < len(data) or room == 0 and data:
            raise Cut

    def raw_recv(self):
        if self.cut_in is not None and self.n_in >= self.cut_in:
            raise Cut
        data = self.sock.recv(65536)
        if self.cut_in is not None:
            data = data[:self.cut_in - self.n_in]
        self.n_in += len(data)
        return data

    def send(self, data):
        if not self.tls:
            self.raw_send(data)
            return
        self.under_tls(self.tls.do_handshake)
        self.tls.write(data)
        self.raw_send(self.out.read())

    def recv(self):
        if not self.tls:
            return self.raw_recv()
        return self.under_tls(lambda: self.tls.read(65536))

    def under_tls(self, f):
        """What f gives, once the wire has moved enough for it."""
        while True:
            try:
                return f()
            except ssl.SSLWantReadError:
                if self.out.pending:
                    self.raw_send(self.out.read())
                data = self.raw_recv()
                if not data:
                    raise Cut from None
                self.into.write(data)
            except ssl.SSLError:
                raise Cut from None


class Server:
    """certificate: files of it, its key, and whom to trust, for TLS from the
    first octet. Use reset() between cases. check(i), where there is one, is called
    when message i is marked for deletion, and again when it goes."""
    attempts = 1        # that a run may need; real servers settle later

    def __init__(self, certificate=None):
        self.context = None
        if certificate:
            self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.context.load_cert_chain(*certificate[:2])
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        port = self.listener.getsockname()[1]
        self.url = "pop3%s://test@127.0.0.1:%d" % (
            "s" if certificate else "", port)
        self.flags = ["--ca-file", certificate[2]] if certificate else [
            "--tls", "off"]
        self.lock = threading.Lock()
        self.idle = threading.Condition()
        self.n_open = 0
        self.reset([])
        threading.Thread(target=self.accept, daemon=True).start()

    def reset(self, messages):
        self.messages = messages
        self.bodies = [b"+OK\r\n" + mail.stuffed(m) for m in messages]
        self.gone = set()
        self.check = None
        self.cuts = []          # of the next connections: (out, in)
        self.out = self.into = 0        # octets of the last connection
        self.wrong = []         # what check has found

    def there(self):
        return [i for i in range(len(self.messages)) if i not in self.gone]

    def settle(self):
        """Waits until no connection is being served."""
        with self.idle:
            self.idle.wait_for(lambda: self.n_open == 0, 60)

    def accept(self):
        while True:
            sock, _ = self.listener.accept()
            with self.idle:
                self.n_open += 1
            threading.Thread(target=self.serve, args=(sock,),
                             daemon=True).start()

    def serve(self, sock):
        with sock:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            cut = self.cuts.pop(0) if self.cuts else (None, None)
            line = Line(sock, self.context, *cut)
            try:
                Session(self, line).run()
            except (Cut, OSError):
                pass
            self.out, self.into = line.n_out, line.n_in
        with self.idle:
            self.n_open -= 1
            self.idle.notify_all()


class Session:
    def __init__(self, server, line):
        self.server, self.line = server, line
        self.box = server.there()
        self.marked = set()

    def run(self):
        rest = b""
        self.line.send(b"+OK torture\r\n")
        while True:
            data = self.line.recv()
            if not data:
                return
            *lines, rest = (rest + data).split(b"\n")
            out = b""
            for one in lines:
                out += self.answer(one.split())
                if one.upper().startswith(b"QUIT"):
                    self.line.send(out)
                    return
            self.line.send(out)

    def check(self, i):
        if self.server.check and not self.server.check(i):
            self.server.wrong.append(i)

    def rows(self, column):
        return b"+OK\r\n" + b"".join(
            b"%d %s\r\n" % (n + 1, column(i))
            for n, i in enumerate(self.box)) + b".\r\n"

    def number(self, word):
        """The message, or None where it is gone or never was."""
        if not word or not 0 < int(word[0]) <= len(self.box):
            return None
        i = self.box[int(word[0]) - 1]
        return None if i in self.marked or i in self.server.gone else i

    def answer(self, words):
        verb = words[0].upper() if words else b""
        f = getattr(self, "on_" + verb.decode("latin-1").lower(), None)
        return f(words[1:]) if f else b"-ERR what?\r\n"

    def on_capa(self, _):
        return b"+OK\r\nUSER\r\nUIDL\r\nTOP\r\nPIPELINING\r\n.\r\n"

    def on_user(self, _):
        return b"+OK\r\n"

    on_pass = on_noop = on_user

    def on_rset(self, _):
        self.marked.clear()
        return b"+OK\r\n"

    def on_stat(self, _):
        return b"+OK %d %d\r\n" % (len(self.box), sum(
            len(self.server.messages[i]) for i in self.box))

    def on_list(self, _):
        return self.rows(lambda i: b"%d" % len(self.server.messages[i]))

    def on_uidl(self, _):
        return self.rows(lambda i: b"uidl-%d" % i)

    def on_retr(self, word):
        i = self.number(word)
        return b"-ERR gone\r\n" if i is None else self.server.bodies[i]

    def on_dele(self, word):
        i = self.number(word)
        if i is None:
            return b"-ERR gone\r\n"
        self.check(i)
        self.marked.add(i)
        return b"+OK\r\n"

    def on_quit(self, _):
        with self.server.lock:
            for i in self.marked:
                self.check(i)
            self.server.gone |= self.marked
        return b"+OK\r\n"
