#!/usr/bin/env python3
"""Python's email package reads what we write, and reads what was meant:
random messages of tests/unit/compose_random.c, all their values. Where the
two differ it is written here why.

COMPOSE_SEED and COMPOSE_ROUNDS go on from elsewhere."""
import base64
import datetime
import email
import email.errors
import email.policy
import email.utils
import json
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(HERE))
import tap

SEED = int(os.environ.get("COMPOSE_SEED", "1"))
ROUNDS = int(os.environ.get("COMPOSE_ROUNDS", "600"))
BREAKS = {9, 10, 11, 12, 13, 0x85, 0x2028, 0x2029}
HIDDEN = {0x61c, 0x200e, 0x200f, 0xfeff} | set(range(0x20)) | \
    set(range(0x7f, 0xa0)) | set(range(0x2028, 0x202f)) | \
    set(range(0x2066, 0x206a))


def safe(text):
    """As message.h gives texts, and so the values that are wanted."""
    return "".join(" " if ord(c) in BREAKS else c for c in text
                   if ord(c) in BREAKS or ord(c) not in HIDDEN)


class Differs(Exception):
    pass


def same(what, got, want):
    if got != want:
        raise Differs("%s: %r, not %r" % (what, got, want))


def check_text(m, name, want):
    if want is None:
        same(name, m[name], None)
    else:
        same(name, safe(str(m[name])).strip(" "), want.strip(" "))


def known(name, defect, want):
    """What Python says and we know: a control character that was meant, in an
    encoded word; an id that we were given; and the name of a file in encoded
    words, which RFC 2047, section 5, forbids in a parameter, and which is there
    for readers that know no RFC 2231, beside the right form."""
    return isinstance(defect, email.errors.NonPrintableDefect) or \
        (name == "Message-ID" and want["Message-ID"] is not None) or \
        (name == "Content-Type" and "encoded" in str(defect))


def words(text, raw):
    """Of blanks in a row in a name Python makes one, and of any blank in an
    encoded word, such as U+00A0, a space. Before 3.12.9 and 3.13.2 it keeps
    those between two encoded words (cpython issue 128110), which RFC 2047,
    section 6.2, drops: there blanks are not compared."""
    text = " ".join(safe(text).split())
    return text.replace(" ", "") if "?= =?" in raw else text


def check_addresses(m, name, want):
    got = []
    raw = " ".join(str(dict(m.raw_items()).get(name, "")).split())
    for group in m[name].groups if m[name] else ():
        rows = [(a.display_name, a.username, a.domain)
                for a in group.addresses] or [("", "", "")]
        got += [(words(n, raw), u, d, words(group.display_name or "", raw))
                for n, u, d in rows]
    same(name, got, [(words(n, raw),) + split(a) + (words(g, raw),)
                     for n, a, g in want])


def split(address):
    """Local part, unquoted as Python gives it, and domain."""
    local, _, domain = address.rpartition("@")
    if local.startswith('"'):
        local = local[1:-1].replace('\\"', '"').replace("\\\\", "\\")
    return local, domain


def check_ids(m, want):
    got = m["References"].split() if m["References"] else []
    same("References", got, ["<%s>" % i for i in want["References"]])
    if want["Message-ID"] is not None:
        same("Message-ID", m["Message-ID"].strip(),
             "<%s>" % want["Message-ID"])
    same("ids", len(m.get_all("Message-ID")), 1)


def check_date(m, want):
    when = m["Date"].datetime
    same("Date", int(when.timestamp()), int(want["date"]))
    zone = when.utcoffset() or datetime.timedelta()
    same("zone", int(zone.total_seconds()) // 60, int(want["zone"]))


def content(part):
    return part.get_payload(decode=True)


def take(leaves, *kinds):
    if not leaves:
        raise Differs("there is no " + kinds[0])
    if leaves[0].get_content_type() not in kinds:
        same("type", leaves[0].get_content_type(), kinds)
    return leaves.pop(0)


def kinds(part):
    """A message that is not ASCII may have to be a message/global."""
    kind = part["type"]
    return (kind, "message/global") if kind == "message/rfc822" else (kind,)


def message(part):
    """Python takes no transfer encoding from a message, which may have one:
    RFC 6532, section 3.5."""
    if part.get("Content-Transfer-Encoding") == "base64":
        return base64.b64decode(part.get_payload(0).get_payload())
    flat = email.policy.SMTP.clone(refold_source="none")
    return part.get_payload(0).as_bytes(policy=flat)


def check_part(part, want):
    # Python takes quotes, < and > and blanks from the ends of a name
    same("name", safe(part.get_filename("")).strip(),
         email.utils.unquote(want["name"]).strip())
    # a field that begins in its second line begins with a blank there
    same("description", safe(part.get("Content-Description", "")).strip(),
         want["description"].strip())
    same("Content-ID", part.get("Content-ID"),
         want["content_id"] and "<%s>" % want["content_id"])
    same("disposition", part.get_content_disposition(),
         "inline" if want["content_id"] else "attachment")
    data = base64.b64decode(want["content"])
    if part.get_content_maintype() == "message":
        same("message", message(part), data)
    else:
        same("content", content(part), data)


def parts_of(m):
    """As walk(), but it goes into no message in the message."""
    yield m
    if m.get_content_maintype() == "multipart":
        for part in m.iter_parts():
            yield from parts_of(part)


def check_bodies(m, want):
    leaves = [p for p in parts_of(m)
              if p.get_content_maintype() != "multipart"]
    shown = [p for p in want["parts"] if want["html"] and p["content_id"]]
    others = [p for p in want["parts"] if p not in shown]
    empty = not (want["html"] or want["calendar"] or want["parts"])
    if want["text_made"]:
        take(leaves, "text/plain")
    elif want["text"] is not None or empty:
        check_body(take(leaves, "text/plain"), want["text"] or "")
    if want["html"]:
        check_body(take(leaves, "text/html"), want["html"])
    for p in shown:
        check_part(take(leaves, *kinds(p)), p)
    if want["calendar"]:
        check_body(take(leaves, "text/calendar"), want["calendar"])
    for p in others:
        check_part(take(leaves, *kinds(p)), p)
    same("parts", leaves, [])


def check_body(part, want):
    data = base64.b64decode(want)
    same("text", content(part), data)
    same("charset", part.get_content_charset(), "utf-8")
    same("as text", part.get_content().replace("\r\n", "\n"),
         data.decode().replace("\r\n", "\n"))


def check(want):
    data = base64.b64decode(want["message"])
    m = email.message_from_bytes(data, policy=email.policy.default)
    for name in ("Subject", "Comments"):
        check_text(m, name, want[name])
    for name in ("From", "Sender", "To", "Cc", "Reply-To"):
        check_addresses(m, name, want[name])
    same("Bcc", m["Bcc"], None)
    check_ids(m, want)
    check_date(m, want)
    check_bodies(m, want)
    for part in parts_of(m):
        same("defects", part.defects, [])
        for name, value in part.items():
            same("defects of " + name, [d for d in value.defects
                                        if not known(name, d, want)], [])


def main():
    if "COMPOSE_WRITE" not in os.environ:
        print("1..0 # SKIP no cmocka, with which the writer is built")
        return
    lines = subprocess.run([os.environ["COMPOSE_WRITE"], str(SEED),
                            str(ROUNDS)], check=True,
                           capture_output=True).stdout.splitlines()
    wrong = []
    for i, line in enumerate(lines):
        try:
            check(json.loads(line))
        except Differs as e:
            wrong.append("COMPOSE_SEED=%d: %s" % (SEED + i, e))
    tap.ok(len(lines) == ROUNDS, "%d messages were written" % ROUNDS)
    tap.ok(not wrong, "Python reads what was meant",
           "%d of %d\n" % (len(wrong), ROUNDS) + "\n".join(wrong[:20]))
    tap.done()


main()
