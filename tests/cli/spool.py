"""A queue of squab's in a folder of its own, for tests."""
import json
import os
import subprocess
import tempfile

SQUAB = os.environ["SQUAB"]
NOTE = b"Subject: hi\n\nHello.\n"


class Spool:
    """A queue, as a context."""

    def __enter__(self):
        self.dir = tempfile.TemporaryDirectory()
        self.mail = self.dir.name + "/queue/mail"
        return self

    def __exit__(self, *_):
        self.dir.cleanup()

    def squab(self, *args, text=None, env=None):
        p = subprocess.run([SQUAB, *args, "--state", self.dir.name, "--tls",
                            "off"], input=text, capture_output=True,
                           timeout=60, env=dict(os.environ, **(env or {})))
        p.said, p.out = p.stderr.decode(), p.stdout.decode()
        return p

    def add(self, url, *to):
        """By an account that cannot be reached: it is kept."""
        before = set(self.ids())
        p = self.squab("sendmail", "--queue", "--account", "smtp://[::1]:1",
                       "-f", "a@x", *to, text=NOTE)
        assert p.returncode == 0, p
        entry = (set(self.ids()) - before).pop()
        self.edit(entry, "smtp://[::1]:1", url)
        return entry

    def edit(self, entry, old, new):
        with open("%s/%s/envelope" % (self.mail, entry), "r+") as f:
            text = f.read()
            assert old in text
            f.seek(0)
            f.truncate()
            f.write(text.replace(old, new))

    def run(self, *args, **more):
        return self.squab("queue", "run", *args, **more)

    def ids(self):
        return sorted(os.listdir(self.mail)) if os.path.isdir(self.mail) \
            else []

    def states(self):
        """{recipient: (state, why, tries)}"""
        p = self.squab("queue", "list", "--json")
        rows = [json.loads(line) for line in p.out.splitlines()]
        return {r["to"]: (r["state"], r["why"], r["tries"]) for r in rows
                if "to" in r}
