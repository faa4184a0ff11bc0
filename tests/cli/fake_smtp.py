"""An SMTP server for tests of what sends: it takes mail on loopback, in clear,
and does to each recipient what the local part says."""
import socket
import threading

REPLIES = {"no": "550 5.1.1 no such user", "policy": "554 5.7.1 go away",
           "later": "450 4.2.1 mailbox busy", "full": "452 4.2.2 full",
           "odd": "550 5.1.1 \"}\x1b[2J\\"}


class Mail:
    def __init__(self, sender, parameters):
        self.sender, self.parameters, self.to = sender, parameters, []
        self.notify, self.message = [], b""


class Server:
    """A context. mails: what was taken. lost: as many messages are read, and
    then the line breaks before the answer."""

    def __init__(self, lost=0, refuse=None):
        self.mails, self.connections = [], 0
        self.lost, self.refuse = lost, refuse
        self.replies = dict(REPLIES)

    def __enter__(self):
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.url = "smtp://127.0.0.1:%d" % self.port
        self.thread = threading.Thread(target=self.accept, daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()
        self.thread.join()

    def accept(self):
        while True:
            try:
                line, _ = self.socket.accept()
            except OSError:
                return
            self.connections += 1
            try:
                self.serve(line, line.makefile("rb"))
            except OSError:
                pass
            line.close()

    def serve(self, line, lines):
        def say(text):
            line.sendall(text.encode("latin-1") + b"\r\n")

        mail = None
        say(self.refuse or "220 fake ESMTP")
        for word in lines:
            text = word.decode("utf-8").rstrip("\r\n")
            verb = text.split(" ")[0].upper()
            if verb == "EHLO":
                say("250-fake\r\n250-PIPELINING\r\n250-8BITMIME\r\n"
                    "250-SMTPUTF8\r\n250-DSN\r\n250 ENHANCEDSTATUSCODES")
            elif verb == "MAIL":
                path, _, more = text[10:].partition(">")
                mail = Mail(path.lstrip("<"), more.strip())
                say("250 2.1.0 ok")
            elif verb == "RCPT":
                path, _, more = text[8:].partition(">")
                self.recipient(mail, path.lstrip("<"), more.strip(), say)
            elif verb == "DATA" and mail.to:
                say("354 go on")
                if not self.message(mail, lines):
                    return
                if self.lost > 0:
                    self.lost -= 1
                    return
                say("250 2.0.0 taken")
            elif verb == "DATA":
                say("503 5.5.1 for whom?")
            elif verb == "QUIT":
                say("221 2.0.0 bye")
                return
            else:
                say("250 2.0.0 ok")

    def recipient(self, mail, address, more, say):
        reply = self.replies.get(address.split("@")[0])
        if not reply:
            mail.to.append(address)
            mail.notify.append(more)
        say(reply or "250 2.1.5 ok")

    def message(self, mail, lines):
        text = []
        for line in lines:
            if line == b".\r\n":
                mail.message = b"".join(text)
                self.mails.append(mail)
                return True
            text.append(line[1:] if line.startswith(b".") else line)
        return False
