"""The window under a display of its own, driven by remote.c."""
import os
import subprocess
import sys
import tempfile
import threading

WAIT = 60               # seconds until a hang is called one
KEPT = "print_suppressions=0:suppressions=" + os.path.join(
    os.path.dirname(os.path.abspath(__file__)), "lsan.supp")


class Display:
    """Xvfb, on a number that it finds itself."""

    def __enter__(self):
        r, w = os.pipe()
        self.process = subprocess.Popen(
            ["Xvfb", "-displayfd", str(w), "-screen", "0", "1280x900x24",
             "-nolisten", "tcp"], pass_fds=[w], stderr=subprocess.DEVNULL)
        os.close(w)
        with os.fdopen(r) as f:
            self.name = ":" + f.readline().strip()
        if self.name == ":":
            sys.exit("Xvfb did not start")
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()


class Window:
    """The application, with settings and data of its own."""

    def __init__(self, program, display, account=None):
        self.tmp = tempfile.TemporaryDirectory()
        env = dict(os.environ, DISPLAY=display.name, GDK_BACKEND="x11",
                   GSK_RENDERER="cairo", GTK_A11Y="none", LC_ALL="C.UTF-8",
                   GDK_DEBUG="gl-disable", GSETTINGS_BACKEND="memory",
                   HOME=self.tmp.name,
                   XDG_CONFIG_HOME=self.tmp.name, GIO_USE_VFS="local",
                   XDG_RUNTIME_DIR=self.tmp.name, LSAN_OPTIONS=KEPT,
                   XDG_DATA_HOME=self.tmp.name + "/data")
        env.pop("DBUS_SESSION_BUS_ADDRESS", None)
        if account:
            folder = self.tmp.name + "/mailcheck"
            os.mkdir(folder)
            with open(folder + "/account.ini", "w") as f:
                f.write("[account]\n" + "".join(
                    "%s=%s\n" % row for row in account.items()))
        self.process = subprocess.Popen(
            [program], env=env, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        """The window closes; what it has said of itself is in self.said."""
        self.process.stdin.close()
        try:
            self.status = self.process.wait(WAIT)
        finally:
            self.process.kill()
            self.said = self.process.stderr.read()
            self.process.stdout.close()
            self.process.stderr.close()
            self.tmp.cleanup()

    def ask(self, command):
        late = threading.Timer(WAIT, self.process.kill)
        late.start()
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        late.cancel()
        if not answer:
            raise RuntimeError("%s: no answer: %s"
                               % (command, self.process.stderr.read()))
        return answer.rstrip("\n")

    def do(self, command):
        answer = self.ask(command)
        assert answer == "ok", "%s: %s" % (command, answer)

    def wait_for(self, name, words):
        """How many us that took since the last command."""
        return int(self.ask("await %s %s" % (name, words)))

    def turns(self):
        """The longest turn of the main loop since the last time, in ms: by the
        clock, and what it took of the processor."""
        return [int(us) / 1000 for us in self.ask("turns").split()]


def account(server, pem):
    return {"server": "127.0.0.1", "port": server.port, "security": "tls",
            "user": "ann@example.org", "password-command": "echo test",
            "ca-file": pem}
