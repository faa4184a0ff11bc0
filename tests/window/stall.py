"""A POP3 server under TLS that stalls at a stage until it is told to go on."""
import os
import socket
import ssl
import subprocess
import threading

STAGES = ("connect", "tls", "greeting", "login", "list", "headers", "message")


def certificate(tmp):
    """For 127.0.0.1: a file of key and certificate, to be trusted as well."""
    key, pem = os.path.join(tmp, "key.pem"), os.path.join(tmp, "ca.pem")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
         "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
         "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1",
         "-keyout", key, "-out", pem], check=True, capture_output=True)
    return key, pem


class Server:
    """Serves mails, a list of octets with CRLF."""

    def __init__(self, key, pem, mails, stage="", die=False, password="test"):
        self.mails, self.stage, self.die = mails, stage, die
        self.password = password
        self.stalled, self.go = threading.Event(), threading.Event()
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(pem, key)
        self.listener = socket.socket()
        self.listener.bind(("127.0.0.1", 0))
        self.listener.listen(0 if stage == "connect" else 64)
        self.port = self.listener.getsockname()[1]
        self.fill = []
        if stage == "connect":
            self.fill_queue()
            self.stalled.set()
        threading.Thread(target=self.serve, daemon=True).start()

    def fill_queue(self):
        """Linux answers no SYN while the queue is full."""
        for _ in range(4):
            s = socket.socket()
            s.setblocking(False)
            s.connect_ex(("127.0.0.1", self.port))
            self.fill.append(s)

    def close(self):
        self.go.set()
        self.listener.close()
        for s in self.fill:
            s.close()

    def pause(self, stage):
        """True: here the line is to break."""
        if stage != self.stage:
            return False
        self.stalled.set()
        if not self.die:
            self.go.wait()
        return self.die

    def serve(self):
        if self.stage == "connect":
            self.go.wait()
            for s in self.fill:
                s.close()
        while True:
            try:
                line, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.talk, args=(line,),
                             daemon=True).start()

    def talk(self, line):
        try:
            with line:
                if self.pause("tls"):
                    return
                with self.context.wrap_socket(line, server_side=True) as s:
                    self.session(s)
        except OSError:
            pass

    def session(self, s):
        if self.pause("greeting"):
            return
        s.sendall(b"+OK here I am\r\n")
        lines = s.makefile("rb")
        for line in lines:
            words = line.decode("ascii", "replace").split()
            verb = words[0].upper() if words else ""
            if verb == "QUIT":
                s.sendall(b"+OK\r\n")
                return
            if self.answer(s, verb, words[1:]):
                return

    def answer(self, s, verb, args):
        """True: the line is over."""
        def listing(rows):
            s.sendall(b"+OK\r\n" + b"".join(b"%d %s\r\n" % (i + 1, r)
                      for i, r in enumerate(rows)) + b".\r\n")

        if verb == "CAPA":
            s.sendall(b"+OK\r\nUSER\r\nTOP\r\nUIDL\r\nPIPELINING\r\n.\r\n")
        elif verb == "PASS":
            if self.pause("login"):
                return True
            good = " ".join(args) == self.password
            s.sendall(b"+OK\r\n" if good else b"-ERR no such user or "
                      b"password\r\n")
        elif verb == "LIST":
            if self.pause("list"):
                return True
            listing(b"%d" % len(m) for m in self.mails)
        elif verb == "UIDL":
            listing(b"u%d" % i for i in range(len(self.mails)))
        elif verb in ("TOP", "RETR"):
            return self.send_mail(s, verb, int(args[0]))
        elif verb == "STAT":
            s.sendall(b"+OK %d %d\r\n" % (len(self.mails),
                                          sum(map(len, self.mails))))
        else:
            s.sendall(b"+OK\r\n")
        return False

    def send_mail(self, s, verb, number):
        mail = self.mails[number - 1]
        if verb == "TOP":
            # the newest come first: half of them are there
            if number == len(self.mails) // 2 and self.pause("headers"):
                return True
            mail = mail[:mail.index(b"\r\n\r\n") + 4]
        half = len(mail) // 2 if verb == "RETR" else 0
        s.sendall(b"+OK\r\n" + mail[:half])
        if verb == "RETR" and self.pause("message"):
            return True
        s.sendall(mail[half:] + b".\r\n")
        return False
