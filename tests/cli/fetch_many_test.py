#!/usr/bin/env python3
"""squab fetch --all over 1,000 accounts of which some stall, drip, fail or
hang up: every other one is fetched meanwhile, and no host sees more at once
than it should."""
import asyncio
import os
import sys
import threading

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import post  # noqa: E402
from post import delivered, message, run, test, wire  # noqa: E402

N, PER_HOST, JOBS = 1000, 24, 48
HOSTS = ("127.0.0.1", "localhost")
# By number % 100; a host has every second, so of those who hold a line ten of
# each kind, and four lines for all others.
BAD = {7: "stalls", 18: "drips", 20: "refuses", 31: "hangs up",
       42: "stalls", 43: "drips"}


def letter(number):
    """None of its lines begins with a dot."""
    return wire(message(3 * number))


class Host:
    """Where one name leads to: how many are there, and at most were."""

    def __init__(self, many):
        self.many, self.now, self.most = many, 0, 0

    async def serve(self, reader, writer):
        self.now += 1
        self.most = max(self.most, self.now)
        try:
            writer.write(b"+OK\r\n")
            await self.talk(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            self.leave()
        writer.close()

    def leave(self):
        """The client may come again as soon as it knows that it is over."""
        self.now -= 1

    async def talk(self, reader, writer):
        number = -1
        while True:
            verb, *args = (await reader.readuntil(b"\r\n")).split()
            if verb == b"USER":
                number = int(args[0].partition(b"+")[2])
                self.many.seen.append(number)
            elif verb == b"PASS" and number % 100 in BAD:
                await self.go_wrong(writer, BAD[number % 100])
                return
            elif verb == b"QUIT":
                self.leave()
                self.many.is_done(number)
                writer.write(b"+OK\r\n")
                return
            writer.write(self.answer(verb, number))

    @staticmethod
    def answer(verb, number):
        if verb == b"CAPA":
            return b"+OK\r\nUSER\r\nUIDL\r\nPIPELINING\r\n.\r\n"
        if verb == b"STAT":
            return b"+OK 1 200\r\n"
        if verb == b"LIST":
            return b"+OK\r\n1 200\r\n.\r\n"
        if verb == b"UIDL":
            return b"+OK\r\n1 u%d\r\n.\r\n" % number
        if verb == b"RETR":
            return b"+OK\r\n%s.\r\n" % letter(number)
        return b"+OK\r\n"

    async def go_wrong(self, writer, how):
        """What stalls or drips does so until all others are done."""
        if how == "drips":
            for _ in range(3):
                writer.write(b"+")
                await asyncio.sleep(0)
        if how in ("stalls", "drips"):
            await self.many.all_done.wait()
        self.leave()
        if how == "refuses":
            writer.write(b"-ERR [AUTH] no\r\n")


class Many(threading.Thread):
    """Two hosts, in a loop of their own."""

    def __init__(self):
        super().__init__()
        self.hosts = [Host(self) for _ in HOSTS]
        self.seen, self.done, self.ports = [], set(), []
        self.ready = threading.Event()

    def is_done(self, number):
        self.done.add(number)
        if len(self.done) == N - N // 100 * len(BAD):
            self.all_done.set()

    async def main(self):
        self.all_done, self.stop = asyncio.Event(), asyncio.Event()
        self.loop = asyncio.get_running_loop()
        servers = [await asyncio.start_server(h.serve, "127.0.0.1", 0)
                   for h in self.hosts]
        self.ports = [s.sockets[0].getsockname()[1] for s in servers]
        self.ready.set()
        await self.stop.wait()
        for s in servers:
            s.close()

    def run(self):
        asyncio.run(self.main())

    def __enter__(self):
        self.start()
        assert self.ready.wait(post.WAIT)
        return self

    def __exit__(self, *why):
        self.loop.call_soon_threadsafe(self.all_done.set)
        self.loop.call_soon_threadsafe(self.stop.set)
        self.join()


def write_config(path, many, tmp):
    with open(path, "w", encoding="ascii") as f:
        f.write("tls = off\nauth = user\ndelete = yes\nto = raw:%s/out\n" % tmp)
        for i in range(N):
            f.write("[account a%d]\nurl = pop3://u+%d@%s:%d\n" % (
                i, i, HOSTS[i % 2], many.ports[i % 2]))


@test
def who_stalls_starves_nobody(tmp):
    config = os.path.join(tmp, "config")
    with Many() as many:
        write_config(config, many, tmp)
        out, err = run(tmp, "fetch", "--all", "--config", config,
                       "--jobs", str(JOBS), "--jobs-per-host", str(PER_HOST),
                       want=75)
    good = [i for i in range(N) if i % 100 not in BAD]
    assert many.done == set(good), set(good) - many.done
    assert sorted(many.seen) == list(range(N)), "each is asked once"
    assert delivered(tmp + "/out") == sorted(letter(i) for i in good)
    assert all(h.most <= PER_HOST for h in many.hosts), \
        [h.most for h in many.hosts]
    total = out.splitlines()[-1]
    assert total.startswith("%d accounts, %d failed: %d new" % (
        N, N - len(good), len(good))), total
    assert len(err.splitlines()) == N - len(good), err


post.main()
