#!/usr/bin/env python3
"""squab ledger: what was seen is shown, forgotten, and moves to another
machine without loss."""
import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import post  # noqa: E402
from post import Fake, message, run, test  # noqa: E402

ROWS = [
    {"account": "a@h", "uidl": "one", "size": 10, "first_seen": 100,
     "delivered": 200, "delete_due": 300, "deleted": 0,
     "destination": "maildir:/m"},
    {"account": "a@h", "uidl": "one", "size": 11, "first_seen": 100,
     "delivered": 0, "delete_due": 0, "deleted": 0},
    {"account": "a@h", "uidl": "t\u0000w\no\"\\\u00e9\u202e", "size": 0,
     "first_seen": 1, "delivered": 2, "delete_due": 0, "deleted": 3,
     "destination": "raw:/r"},
    {"account": "a@h", "digest": "00112233445566778899aabbccddeeff",
     "size": 5, "first_seen": 1, "delivered": 2, "delete_due": 0,
     "deleted": 0, "destination": "raw:/r"},
    {"account": "b@h", "uidl_hex": "ff00fe", "digest": "ff" * 16,
     "size": 2 ** 64 - 1, "first_seen": 2 ** 63 - 1, "delivered": 0,
     "delete_due": 0, "deleted": 0, "destination_hex": "7261773a2fff"},
]


def ledger(tmp, *args, state="s", status=0, stdin=""):
    """stdout and stderr."""
    r = subprocess.run(
        [post.SQUAB, "ledger", *args, "--state", "%s/%s" % (tmp, state)],
        input=stdin, capture_output=True, text=True, timeout=post.WAIT,
        env=dict(os.environ, TZ="UTC", HOME=tmp))
    assert r.returncode == status, (args, r)
    return r.stdout, r.stderr


def lines(rows):
    return "".join(json.dumps(row) + "\n" for row in rows)


def read(text):
    return [json.loads(line) for line in text.splitlines()]


def fill(tmp, rows=None, state="s"):
    rows = ROWS if rows is None else rows
    out, err = ledger(tmp, "import", state=state, stdin=lines(rows))
    assert (out, err) == ("%d imported\n" % len(rows), ""), (out, err)


def by_key(rows):
    return sorted(rows, key=lambda r: json.dumps(r, sort_keys=True))


@test
def what_is_exported_and_imported_is_the_same(tmp):
    fill(tmp)
    out, err = ledger(tmp, "export")
    assert err == "" and by_key(read(out)) == by_key(ROWS), out
    with open(tmp + "/rows", "w", encoding="utf-8") as f:
        f.write(out)
    ledger(tmp, "import", tmp + "/rows", state="other")
    assert ledger(tmp, "export", state="other")[0] == out
    ledger(tmp, "import", "-", state="other", stdin=out)
    assert ledger(tmp, "export", state="other")[0] == out, "once more"
    one, _ = ledger(tmp, "export", "b@h")
    assert read(one) == ROWS[4:]
    assert ledger(tmp, "list", "--json")[0] == out


@test
def a_table_for_people(tmp):
    assert ledger(tmp, "list") == ("", "")
    fill(tmp)
    out, _ = ledger(tmp, "list")
    table = out.split("\n")
    assert table[0] == "a@h" and table[1].split() == [
        "FIRST", "SEEN", "DELIVERED", "DELETED", "SIZE", "UIDL",
        "DESTINATION"], out
    assert "1970-01-01 00:01  1970-01-01 00:03  due 1970-01-01       10  " \
        "one                       maildir:/m" in table, out
    assert "t\\x00w\\x0ao\"\\\u00e9\\xe2\\x80\\xae" in out, out
    assert "\nb@h\n" in out and "\\xff\\x00\\xfe" in out, out
    out, _ = ledger(tmp, "list", "b@h")
    assert out.startswith("b@h\n") and "one" not in out
    _, err = ledger(tmp, "list", "c@h", status=66)
    assert "c@h" in err and err.count("\n") == 1


@test
def forgetting(tmp):
    fill(tmp)
    _, err = ledger(tmp, "forget", "c@h", status=66)
    assert "knows nothing of c@h" in err
    out, err = ledger(tmp, "forget", "a@h", "one", "none")
    assert out == "2 forgotten\n" and "no UIDL none" in err, (out, err)
    assert len(read(ledger(tmp, "export")[0])) == 3
    ledger(tmp, "forget", "a@h", "", status=64)
    assert len(read(ledger(tmp, "export")[0])) == 3
    out, _ = ledger(tmp, "forget", "a@h")
    assert out == "2 forgotten\n", out
    assert read(ledger(tmp, "export")[0]) == ROWS[4:]


@test
def two_machines_become_one(tmp):
    here = dict(ROWS[0], first_seen=50, delivered=70, delete_due=100,
                destination="raw:/late")
    there = dict(ROWS[0], first_seen=60, delivered=65, delete_due=90,
                 deleted=95, destination="raw:/early", digest="ab" * 16)
    want = dict(there, first_seen=50, delete_due=100)
    for state, rows in ("1", [here, there]), ("2", [there, here]):
        for row in rows:
            fill(tmp, [row], state)
        assert read(ledger(tmp, "export", state=state)[0]) == [want], state


WRONG = [
    ("", "object"), ("x", "object"), ("{}", "account"), ("[]", "object"),
    ('{"account":"a"}', "UIDL"), ('{"uidl":"u"}', "account"),
    ('{"account":"a","uidl":"u","size":-1}', "whole number"),
    ('{"account":"a","uidl":"u","size":"1"}', "text where a number"),
    ('{"account":1,"uidl":"u"}', "number where a text"),
    ('{"account":"a","uidl":"u","color":"red"}', "not known"),
    ('{"account":"a","uidl":"u","uidl":"v"}', "twice"),
    ('{"account":"a","uidl":"u","uidl_hex":"00"}', "twice"),
    ('{"account":"a","uidl_hex":"0"}', "hex"),
    ('{"account":"a","uidl_hex":"0g"}', "hex"),
    ('{"account":"a","digest":"00"}', "digest"),
    ('{"account":"a","digest":"%s"}' % ("0" * 32), "UIDL"),
    ('{"account":"a","uidl":"%s"}' % ("u" * 1025), "too long"),
    ('{"account":"a","uidl":"u","destination":"%s"}' % ("d" * 4097),
     "too long"),
    ('{"account":"%s","uidl":"u"}' % ("a" * 4097), "account"),
    ('{"account":"a\\u0000b","uidl":"u"}', "account"),
    ('{"account":"a","uidl":"u","deleted":9223372036854775808}',
     "too large"),
    ('{"account":"a","uidl":"%s"}' % ("u" * 70000), "too long"),
    ("{" * 70000, "too long"),
]


@test
def a_wrong_line_is_named_and_nothing_is_imported(tmp):
    fill(tmp, ROWS[4:])
    for text, why in WRONG:
        _, err = ledger(tmp, "import", status=65,
                        stdin=lines(ROWS[:2]) + text + "\n" + lines(ROWS[:1]))
        assert ", line 3: " in err and why in err and \
            err.count("\n") == 1, (text[:80], err)
        assert len(err) < 400, err
    assert read(ledger(tmp, "export")[0]) == ROWS[4:]


@test
def the_last_line_needs_no_end(tmp):
    ledger(tmp, "import", stdin=lines(ROWS[:2]).rstrip("\n"))
    assert len(read(ledger(tmp, "export")[0])) == 2
    ledger(tmp, "import", stdin="", state="none")


@test
def wrong_use(tmp):
    for args in ([], ["show"], ["list", "a", "b"], ["forget"],
                 ["export", "a", "b"], ["import", "a", "b"],
                 ["export", "--json"], ["list", "--colour"]):
        _, err = ledger(tmp, *args, status=64)
        assert err.startswith("squab: ") and err.count("\n") == 1, err
    _, err = ledger(tmp, "import", tmp + "/none", status=66)
    assert tmp + "/none" in err
    with open(tmp + "/file", "w", encoding="ascii"):
        pass
    ledger(tmp, "list", state="file", status=73)
    r = subprocess.run([post.SQUAB, "ledger", "list"], capture_output=True,
                       text=True, env={"PATH": os.environ["PATH"]})
    assert r.returncode == 78 and "--state" in r.stderr, r
    r = subprocess.run([post.SQUAB, "ledger", "list"], capture_output=True,
                       text=True, env=dict(os.environ, HOME=tmp,
                                           XDG_STATE_HOME=""))
    assert r.returncode == 0 and os.path.exists(
        tmp + "/.local/state/squab/ledger.db"), r


@test
def a_damaged_ledger_is_set_aside_and_told_of(tmp):
    fill(tmp)
    with open(tmp + "/s/ledger.db", "r+b") as f:
        f.write(b"\0" * 4096)
    out, err = ledger(tmp, "list")
    assert out == "" and "warning: the ledger was damaged" in err, err
    assert [n for n in os.listdir(tmp + "/s")
            if n.startswith("ledger.db.damaged-")]
    assert ledger(tmp, "list") == ("", "")


@test
def a_fetch_is_found_in_it(tmp):
    with Fake([message(i) for i in range(3)]) as s:
        args = ["fetch", s.url, *s.flags, "--to", "raw:" + tmp + "/out",
                "--state", tmp + "/s"]
        run(tmp, *args, "--limit", "2", "--delete-after", "30d")
        *rows, later = read(ledger(tmp, "export")[0])
        # What was over the limit has been seen, and no more.
        assert later["first_seen"] > 10 ** 9 and later["delivered"] == 0 and \
            "destination" not in later, later
        assert len(rows) == 2 and all(
            r["first_seen"] == r["delivered"] > 10 ** 9 and
            r["delete_due"] == r["delivered"] + 30 * 86400 and
            r["deleted"] == 0 and r["destination"] == "raw:" + tmp + "/out"
            for r in rows), rows
        account = rows[0]["account"]
        ledger(tmp, "forget", account, rows[0]["uidl"])
        # What was deleted long ago is forgotten by the next that deletes.
        fill(tmp, [dict(ROWS[2], account=account, uidl="old", deleted=5)])
        for name in os.listdir(tmp + "/out"):
            if name.endswith(".eml"):
                os.unlink(tmp + "/out/" + name)
        out, _ = run(tmp, *args, "--delete")
        assert out.startswith("2 new, 0 skipped, 3 deleted"), out
        rows = read(ledger(tmp, "export")[0])
        assert len(rows) == 3 and all(r["deleted"] > 10 ** 9
                                      for r in rows), rows


post.main()
