"""The destinations of a torture: how each is named, how what is visible there
is read back, and what is promised of it. A new one is a class and a place in
ALL."""
import glob
import json
import os
import re
import sqlite3


class Place:
    """atomic: at no time is a part of a message visible. once: never is a
    message there twice. synced: by squab, so that it outlives the power."""
    atomic = once = synced = True
    stdout = False

    def to(self, folder):
        """What --to is given."""
        return "%s:%s" % (self.name, folder)

    def expected(self, message):
        """What read() gives for a message that is whole."""
        return message.replace(b"\r\n", b"\n")


def files(pattern):
    for path in glob.iglob(pattern):
        try:
            with open(path, "rb") as f:
                yield f.read()
        except FileNotFoundError:       # a reader of it was quicker
            pass


class Maildir(Place):
    name = "maildir"

    def read(self, folder):
        return list(files(folder + "/new/*")) + list(files(folder + "/cur/*"))


class Raw(Place):
    name = "raw"

    def read(self, folder):
        return list(files(folder + "/*.eml"))

    def expected(self, message):
        return message


class Appended(Place):
    """One file, which a crash may leave with a part of a message at its end
    until the next run."""
    atomic = False

    def to(self, folder):
        return "%s:%s/file" % (self.name, folder)

    def octets(self, folder):
        return b"".join(files(folder + "/file"))


class Mbox(Appended):
    """mboxrd"""
    name = "mbox"

    def read(self, folder):
        first, *parts = (b"\n\n" + self.octets(folder)).split(b"\n\nFrom ")
        # The split has taken the ends of all but the last.
        ended = [p + b"\n" for p in parts[:-1]] + [p[:-1] for p in parts[-1:]]
        return [first[2:]] * (len(first) > 2) + [
            self.unquoted(p.partition(b"\n")[2]) for p in ended]

    @staticmethod
    def unquoted(text):
        return text if b">From " not in text else re.sub(
            rb"(?m)^>(>*From )", rb"\1", text)


def of_json(line):
    """The digest that both sides of a JSON line are compared by."""
    try:
        email = json.loads(line)
        return b"%s %d" % (email["subject"].encode(), email["size"])
    except (ValueError, KeyError):
        return b"half: " + line


class Json(Appended):
    name = "json"

    def read(self, folder):
        return [of_json(line) for line in
                self.octets(folder).splitlines(True)]

    def expected(self, message):
        subject = re.search(rb"(?m)^Subject: (.*)\r$", message)[1]
        return b"%s %d" % (subject, len(message))


class JsonOut(Json):
    """json:- of each run goes to a file of its own. A crash may cut its last
    line, which by that is not one."""
    once, synced, stdout = False, False, True

    def to(self, folder):
        return "json:-"

    def read(self, folder):
        return [of_json(line) for text in files(folder + "/out.*")
                for line in text.splitlines(True) if line.endswith(b"\n")]


class Sqlite(Place):
    name = "sqlite"

    def to(self, folder):
        return "sqlite:%s/mail.db" % folder

    def read(self, folder):
        path = folder + "/mail.db"
        if not os.path.exists(path):
            return []
        db = sqlite3.connect(path, timeout=60)
        try:
            return [bytes(row[0]) for row in
                    db.execute("SELECT raw FROM message")]
        except sqlite3.OperationalError as e:
            if "no such table" in str(e):
                return []
            raise
        finally:
            db.close()

    def expected(self, message):
        return message


class Command(Maildir):
    """Publishes by rename, so that what it has made is whole; it may go on
    when squab is dead."""
    once = synced = False

    def to(self, folder):
        os.makedirs(folder + "/new", exist_ok=True)
        os.makedirs(folder + "/tmp", exist_ok=True)
        return "command:f=$SQUAB_UIDL.$$; cat >%s/tmp/$f && " \
            "mv %s/tmp/$f %s/new/" % (folder, folder, folder)


ALL = {"maildir": Maildir(), "raw": Raw(), "mbox": Mbox(),
       "sqlite": Sqlite(), "json": Json(), "json-": JsonOut(),
       "command": Command()}
