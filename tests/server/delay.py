"""A line that is slow and bad, without root: what a kernel's netem does, done
by a proxy on loopback. Octets come late, by a seeded chance in small pieces,
and a line can break in the middle."""
import asyncio
import random
import threading


class Delay:
    """Forwards to 127.0.0.1:to. late: seconds each way, and as much again by
    chance; piece: octets of a piece at most; of the client's octets, and of the
    server's, so many go through before the line is reset (None: all)."""

    def __init__(self, to, seed=1, late=0.002, piece=200, up=None, down=None):
        self.to, self.seed, self.late = to, seed, late
        self.piece, self.up, self.down = piece, up, down
        self.loop = asyncio.new_event_loop()
        self.ready = threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)

    def __enter__(self):
        self.thread.start()
        self.ready.wait()
        return self

    def __exit__(self, *_):
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()

    def run(self):
        asyncio.set_event_loop(self.loop)
        server = self.loop.run_until_complete(
            asyncio.start_server(self.on_line, "127.0.0.1", 0))
        self.port = server.sockets[0].getsockname()[1]
        self.ready.set()
        self.loop.run_forever()
        server.close()
        tasks = asyncio.all_tasks(self.loop)
        for task in tasks:
            task.cancel()
        self.loop.run_until_complete(
            asyncio.gather(*tasks, return_exceptions=True))
        self.loop.close()

    async def on_line(self, reader, writer):
        chance = random.Random(self.seed)
        await asyncio.sleep(self.late)
        far_reader, far_writer = await asyncio.open_connection(
            "127.0.0.1", self.to)
        both = asyncio.gather(
            self.carry(reader, far_writer, random.Random(chance.random()),
                       self.up),
            self.carry(far_reader, writer, random.Random(chance.random()),
                       self.down))
        try:
            await both
        except OSError:
            writer.transport.abort()
            far_writer.transport.abort()

    async def carry(self, reader, writer, chance, most):
        total = 0
        while data := await reader.read(65536):
            await asyncio.sleep(self.late * (1 + chance.random()))
            for piece in self.cut(data, chance):
                total += len(piece)
                if most is not None and total > most:
                    raise ConnectionResetError
                writer.write(piece)
                await writer.drain()
                if chance.random() < 0.02:
                    await asyncio.sleep(self.late)
        writer.write_eof()

    def cut(self, data, chance):
        """One octet alone is the worst, and half of what comes; large data
        in fewer pieces, or it takes all day."""
        most = max(self.piece, len(data) // 8)
        at = 0
        while at < len(data):
            n = 1 if chance.random() < 0.3 else chance.randint(1, most)
            yield data[at:at + n]
            at += n
