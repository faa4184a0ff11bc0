#!/usr/bin/env python3
"""smtp.py: how fast mail leaves, and in how much memory.

Sends messages of 4 KB over one connection to Postfix's smtp-sink and to
`squab serve`: with the library (smtp_send.c) and with `squab send`. Where
../shared/bench is there, its clients of libcurl, libetpan, smtplib and
smtp-source take turns in the same runs, and bench/SMTP.md is written.
"""
import asyncio
import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time

from common import HARNESS, HERE, ROOT, WORK, machine, timed

SQUAB = os.path.join(ROOT, "build", "squab")
SENDER = os.path.join(ROOT, "build", "bench", "smtp_send")
SINK = shutil.which("smtp-sink") or "/usr/sbin/smtp-sink"
RUNS = 5
MAILS = 5000
FAR_MAILS = 100
RTT = 0.050
MUST, AIM = .30, .15	# client CPU, libcurl = 1.00
FAR_MUST = 3.0		# messages a second at 50 ms, the best peer = 1.00


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_port(port):
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.05)
    sys.exit("bench: nothing listens on port %d" % port)


def message(path):
    """4 KB of lines, as the harness's small set has them."""
    words = "the mail that was sent before noon came back in the evening"
    lines = ["From: a@bench.example", "To: b@bench.example",
             "Subject: a message of the bench", "Message-ID: <1@bench.example>",
             "Date: Sun, 01 Jan 2023 00:00:00 +0000", ""]
    while sum(len(line) + 2 for line in lines) < 4000:
        lines.append("%s, line %d" % (words, len(lines)))
    with open(path, "w", encoding="ascii", newline="") as f:
        f.write("\r\n".join(lines) + "\r\n")


class Far:
    """A proxy on loopback that lets every octet wait for half a round trip."""

    def __init__(self, port):
        self.port, self.to = free_port(), port
        self.loop = asyncio.new_event_loop()
        threading.Thread(target=self.run, daemon=True).start()
        wait_port(self.port)

    def run(self):
        asyncio.set_event_loop(self.loop)
        self.loop.run_until_complete(asyncio.start_server(
            self.accept, "127.0.0.1", self.port))
        self.loop.run_forever()

    async def accept(self, reader, writer):
        there, back = await asyncio.open_connection("127.0.0.1", self.to)
        await asyncio.gather(self.pump(reader, back),
                             self.pump(there, writer),
                             return_exceptions=True)

    async def pump(self, reader, writer):
        queue = asyncio.Queue()

        async def late():
            while True:
                when, data = await queue.get()
                await asyncio.sleep(max(0, when - time.monotonic()))
                if not data:
                    writer.close()
                    return
                writer.write(data)

        task = asyncio.create_task(late())
        data = True
        while data:
            try:
                data = await reader.read(1 << 18)
            except OSError:
                data = b""
            queue.put_nowait((time.monotonic() + RTT / 2, data))
        await task


def peers():
    """The harness's clients that are built: name, and argv of port, file, n"""
    found, programs = {}, os.path.join(WORK, "bin")
    if os.path.isdir(HARNESS) and not os.path.exists(programs + "/curl_smtp"):
        subprocess.run(["sh", HARNESS + "/build.sh", WORK],
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def add(name, program, argv):
        if program and os.path.exists(program):
            found[name] = argv

    curl, etpan = programs + "/curl_smtp", programs + "/etpan_smtp"
    python = HARNESS + "/peers/pysmtp.py"
    source = shutil.which("smtp-source") or "/usr/sbin/smtp-source"
    add("libcurl", curl, lambda port, eml, n: [
        curl, "smtp://127.0.0.1:%d" % port, eml, str(n)])
    add("libetpan", etpan, lambda port, eml, n: [
        etpan, "127.0.0.1", str(port), eml, str(n)])
    add("smtp-source", source, lambda port, eml, n: [
        source, "-d", "-s", "1", "-m", str(n), "-l", "4000", "-f",
        "a@bench.example", "-t", "b@bench.example", "inet:127.0.0.1:%d" % port])
    add("smtplib", python, lambda port, eml, n: [
        sys.executable, python, "127.0.0.1", str(port), eml, str(n)])
    return found


def ours(folder):
    return {
        "libsquab": lambda port, eml, n: [
            SENDER, "smtp://127.0.0.1:%d" % port, eml, str(n)],
        "squab send": lambda port, eml, n: [
            SQUAB, "send", "smtp://127.0.0.1:%d" % port, "--tls", "off",
            "--from", "a@bench.example", "--to", "b@bench.example",
            "--messages", folder[n]],
    }


def run_all(tmp, clients, port, eml, n, runs):
    """{name: (cpu, wall, MB)}, medians, the clients taking turns."""
    found = {name: [] for name in clients}
    for turn in range(runs):
        for name, argv in clients.items():
            found[name].append(timed(tmp, argv(port, eml, n)))
    return {name: tuple(map(statistics.median, zip(*r)))
            for name, r in found.items()}


def table(title, found, n, base, unit):
    out = ["", "## " + title, "",
           "| client | CPU us a mail | wall, mails a second | %s | peak MB |"
           % unit, "|---|---|---|---|---|"]
    for name, (cpu, wall, mb) in found.items():
        ratio = "-"
        if base in found:
            ratio = "%.2f" % (cpu / found[base][0] if unit.startswith("CPU")
                              else found[base][1] / wall)
        out.append("| %s | %.1f | %.0f | %s | %.1f |" % (
            name, cpu / n * 1e6, n / wall, ratio, mb / 1024))
    return "\n".join(out) + "\n"


def sink(port):
    user = ["-u", "nobody"] if os.getuid() == 0 else []
    p = subprocess.Popen([SINK] + user + ["127.0.0.1:%d" % port, "128"],
                         stderr=subprocess.DEVNULL)
    wait_port(port)
    return p


def serve(tmp):
    box = os.path.join(tmp, "box")
    for folder in ("cur", "new", "tmp"):
        os.makedirs(os.path.join(box, folder))
    p = subprocess.Popen([SQUAB, "serve", box, "--smtp", "0", "--quiet"],
                         stdout=subprocess.PIPE, text=True)
    for line in p.stdout:
        m = re.match(r"smtp\s+\S*?:(\d+)\s*$", line)
        if m:
            return p, int(m[1])
    sys.exit("bench: squab serve does not say where its SMTP is")


def main():
    tmpfs = "/dev/shm" if os.path.isdir("/dev/shm") else None
    with tempfile.TemporaryDirectory(dir=tmpfs) as tmp:
        eml, folder = os.path.join(tmp, "eml"), {}
        message(eml)
        for n in (MAILS, FAR_MAILS):
            folder[n] = os.path.join(tmp, "out%d" % n)
            os.mkdir(folder[n])
            for i in range(n):
                shutil.copy(eml, "%s/%06d" % (folder[n], i))
        found, theirs = "", peers()
        if os.path.exists(SINK):
            port = free_port()
            server = sink(port)
            try:
                near = run_all(tmp, {**theirs, **ours(folder)}, port, eml,
                               MAILS, RUNS)
                found += table("%d x 4 KB to smtp-sink (PIPELINING)" % MAILS,
                               near, MAILS, "libcurl", "CPU, libcurl = 1.00")
                far = {k: v for k, v in theirs.items() if k != "smtplib"}
                apart = run_all(tmp, {**far, **ours(folder)}, Far(port).port,
                                eml, FAR_MAILS, 3)
                best = min((k for k in far), default="",
                           key=lambda k: apart[k][1])
                found += table("%d x 4 KB, 50 ms round trip" % FAR_MAILS,
                               apart, FAR_MAILS, best,
                               "mails a second, %s = 1.00" % best)
            finally:
                server.terminate()
                server.wait()
        server, port = serve(tmp)
        try:
            chunked = run_all(tmp, ours(folder), Far(port).port, eml,
                              FAR_MAILS, 3)
            found += table("%d x 4 KB, 50 ms, to squab serve (CHUNKING)"
                           % FAR_MAILS, chunked, FAR_MAILS, "", "-")
        finally:
            server.terminate()
            server.wait()
    print(found)
    if "libcurl" in theirs and os.path.exists(SINK):
        write(found)


HEAD = """# Sending

One connection, clients taking turns in one run, medians of %d. CPU is user +
system of the client; less is better. Must: %.2f of libcurl's CPU, aim %.2f;
at a 50 ms round trip %.0f times the mails a second of the best other client.
`squab send` opens and reads a file a mail, the others send the same octets from
memory again. Written by `./dev bench smtp`.

%s
"""


def write(found):
    path, notes = os.path.join(HERE, "SMTP.md"), ""
    if os.path.exists(path):
        with open(path, encoding="utf-8") as f:
            notes = "".join(re.split(r"(?m)^(?=## What bounds)", f.read())[1:])
    with open(path, "w", encoding="utf-8") as f:
        f.write(HEAD % (RUNS, MUST, AIM, FAR_MUST, machine()) + found +
                ("\n" + notes if notes else ""))


main()
