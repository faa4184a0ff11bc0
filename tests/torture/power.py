"""What a disk may hold when the power fails: from the log of a run's calls,
the states that the system was allowed to leave. What was synced is there. Of
the rest any part may be: names made, moved and removed in a directory that
was not synced since, writes whole, in part, as zeros or not at all. A rename
is there or is not, and is never half of it: so are all journals that we know.

The index of SQLite's write-ahead log is left out: it is written through a
mapping, and built anew when the first process opens the database.
"""
import os
import random
import time

SECTOR = 512
PLAIN = ("all", "durable", "names", "data")


class Node:
    """A file or a directory. kept: the file's octets as of the last sync."""

    def __init__(self, is_dir, path=""):
        self.is_dir = is_dir
        self.top = path.partition("/")[0]       # "dest" or "state"
        self.kept = b""
        self.pending = []       # (offset, octets), or (size, None)


def changed(data, writes):
    data = bytearray(data)
    for offset, octets in writes:
        if octets is None:
            data[offset:] = b"\0" * max(0, offset - len(data))
            continue
        data.extend(b"\0" * (offset - len(data)))
        data[offset:offset + len(octets)] = octets
    return bytes(data)


def read_log(path, root):
    """[(call, fd, offset, octets, path, path)], paths below root."""
    with open(path, "rb") as f:
        log = f.read()
    at, out = 0, []
    while at < len(log):
        end = log.index(b"\n", at)
        kind, call, fd, _, offset, size, *paths = \
            log[at:end].decode().split("\t")
        data = log[end + 1:end + 1 + int(size)]
        at = end + 1 + int(size)
        where = [os.path.relpath(p, root) if p else "" for p in paths]
        out.append((kind if call != "syncfs" else call, call, int(fd),
                    int(offset), data, *where))
    return out


class Disk:
    """Calls are played onto it, one after the other."""

    def __init__(self):
        self.root = Node(True)
        self.names = {}         # {(dir, name): node, or None}
        self.durable = {}
        self.pending = []       # changes of names that are not durable
        self.fds = {}
        self.files = []
        self.sent = b""
        self.n_played = 0
        self.touched = {}       # {"dest" or "state": the last call}

    def find(self, path):
        node = self.root
        for part in [] if path == "." else path.split("/"):
            node = self.names.get((node, part)) if node else None
        return node

    def place(self, path):
        head, _, name = path.rpartition("/")
        return self.find(head or "."), name

    def change(self, by_path):
        """Names that come, or with None go, at once."""
        moved = {self.place(p): n for p, n in by_path.items()}
        self.names.update(moved)
        self.pending.append(moved)

    def settle(self, node):
        """node has been synced; None: everything."""
        for file in self.files if node is None else [node]:
            file.kept = changed(file.kept, file.pending)
            file.pending = []
        left = []
        for moved in self.pending:
            if node is None or any(d is node for d, _ in moved):
                self.durable.update(moved)
            else:
                left.append(moved)
        self.pending = left

    def make(self, path, is_dir):
        node = Node(is_dir, path or "")
        self.files.append(node)
        if path:
            self.change({path: node})
        return node

    def open(self, call, fd, creates, path):
        if path.startswith("../") or path.endswith("-shm"):
            self.fds[fd] = None
            return
        node = None if call == "nameless" else self.find(path)
        if not node:
            assert creates or call == "nameless", path
            node = self.make(None if call == "nameless" else path, False)
        if call == "trunc":
            node.pending.append((0, None))
        self.fds[fd] = node

    def play(self, entry):
        kind, call, fd, offset, data, path, to = entry
        self.n_played += 1
        if path.endswith("-shm") and kind != "open":
            return
        node = self.fds.get(fd)
        if kind == "open":
            self.open(call, fd, offset, path)
        elif kind == "close":
            self.fds.pop(fd, None)
        elif kind == "write" and node:
            node.pending.append((offset, data))
            self.touched[node.top] = self.n_played
        elif kind == "truncate" and node:
            size = len(changed(node.kept, node.pending))
            node.pending.append((max(size, offset) if call == "room"
                                 else offset, None))
        elif kind == "syncfs":
            self.settle(None)
        elif kind == "sync" and node:
            self.settle(node)
        elif kind == "send":
            self.sent += data
        else:
            self.play_name(kind, path, to)

    def play_name(self, kind, path, to):
        self.touched[(to or path).partition("/")[0]] = self.n_played
        if kind == "mkdir":
            self.make(path, True)
        elif kind == "unlink":
            self.change({path: None})
        elif kind == "rename":
            self.change({path: None, to: self.find(path)})
        elif kind == "link":
            self.change({to: self.find(path)})

    # What may be left

    def some_of(self, writes, rng):
        for offset, data in writes:
            how = rng.randrange(6)
            if how < 3 or data is None and how < 5:
                yield offset, data
            elif how == 3:
                yield offset, data[:rng.randrange(len(data) + 1) //
                                   SECTOR * SECTOR]
            elif how == 4:
                yield offset, b"\0" * len(data)

    def content(self, node, variant, rng):
        if variant in ("durable", "names"):
            return node.kept
        writes = node.pending
        if rng:
            writes = self.some_of(writes, rng)
        return changed(node.kept, writes)

    def state(self, variant):
        """{path: octets, or None for a directory}"""
        rng = None if variant in PLAIN else random.Random(variant)
        names = dict(self.durable)
        for moved in self.pending:
            if variant in ("all", "names") or rng and rng.random() < .5:
                names.update(moved)
        out, front = {}, [("", self.root)]
        while front:
            at, node = front.pop()
            for (folder, name), child in names.items():
                if folder is not node or child is None:
                    continue
                path = at + name
                out[path] = None
                if child.is_dir:
                    front.append((path + "/", child))
                else:
                    out[path] = self.content(child, variant, rng)
        return out

    def gone(self):
        """What the server has deleted, if all that was sent has arrived."""
        if b"QUIT\r\n" not in self.sent:
            return set()
        return {int(line[5:]) - 1 for line in self.sent.split(b"\r\n")
                if line.startswith(b"DELE ")}


def disk_at(log, position):
    disk = Disk()
    for entry in log[:position]:
        disk.play(entry)
    return disk


def disorder(log):
    """What was not done yet when the first DELE was sent: all must have been
    synced, and the ledger written after the destination. None: all is well."""
    disk = Disk()
    for entry in log:
        if entry[0] == "send" and entry[4].startswith(b"DELE "):
            break
        disk.play(entry)
    else:
        return "nothing is deleted"
    there, kept = disk.state("all"), disk.state("durable")
    late = [p for p, data in there.items() if data and kept.get(p) != data]
    if late:
        return "not synced: " + " ".join(late)
    if disk.touched.get("state", 0) < disk.touched.get("dest", 0):
        return "the ledger does not know"
    return None


def put(case, log, variant, position):
    """The state, made into files in the case's folder."""
    disk = disk_at(log, position)
    for path, data in sorted(disk.state(variant).items()):
        where = os.path.join(case.dir, path)
        if data is None:
            os.mkdir(where, 0o700)
        else:
            with open(where, "wb") as f:
                f.write(data)
            # The power comes back, and all are up again, an hour later.
            os.utime(where, (time.time() - 3600,) * 2)
    case.bench.server.gone = disk.gone()


def states(log, n_random):
    """The (variant, position) that differ, in order."""
    seen = set()
    for position in range(len(log) + 1):
        disk = disk_at(log, position)
        variants = list(PLAIN) + ["r%d" % (position * n_random + k)
                                  for k in range(n_random)]
        for variant in variants:
            key = hash((frozenset(disk.state(variant).items()),
                        frozenset(disk.gone())))
            if key not in seen:
                seen.add(key)
                yield variant, position
