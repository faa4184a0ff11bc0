"""What squab fetch must not be: a fetch into a Maildir with one fault, which
the torture has to find. broken.py FAULT fetch URL ... as squab is called.

    early   deletes what it has not delivered yet
    twice   keeps no ledger, and knows no message that it has delivered
    half    writes into the folder that everybody reads
    proud   says 0 whatever has happened
"""
import os
import poplib
import sys
import uuid


class Fetch:
    def __init__(self, fault, args):
        self.fault = fault
        self.folder = args[args.index("--to") + 1].partition(":")[2]
        self.deletes = "--delete" in args
        port = args[0].rpartition(":")[2]
        self.pop = poplib.POP3("127.0.0.1", int(port), timeout=60)
        self.pop.user("test")
        self.pop.pass_("test")

    def deliver(self, uidl, data):
        name = uuid.uuid4().hex if self.fault == "twice" else uidl
        new = "%s/new/%s" % (self.folder, name)
        tmp = new if self.fault == "half" else "%s/tmp/%s" % (
            self.folder, name)
        with open(tmp, "wb", buffering=64) as f:
            f.write(data)
        os.replace(tmp, new)

    def run(self):
        for sub in ("new", "tmp"):
            os.makedirs("%s/%s" % (self.folder, sub), exist_ok=True)
        rows = [line.decode().split() for line in self.pop.uidl()[1]]
        early = self.fault == "early"
        kept = [(n, u, self.pop.retr(n)[1]) for n, u in rows]
        if early:
            self.delete(rows)
        for _, uidl, lines in kept:
            self.deliver(uidl, b"".join(line + b"\n" for line in lines))
        if not early:
            self.delete(rows)

    def delete(self, rows):
        for n, _ in rows if self.deletes else []:
            self.pop.dele(n)
        self.pop.quit()


def main():
    fault, *args = sys.argv[1:]
    try:
        Fetch(fault, args[1:]).run()
    except (OSError, poplib.error_proto, EOFError) as e:
        print(e, file=sys.stderr)
        return 0 if fault == "proud" else 74
    return 0


sys.exit(main())
