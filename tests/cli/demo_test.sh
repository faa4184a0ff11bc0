#!/bin/sh
# The demo does what it says, and leaves nothing behind.
set -u

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
n=0 failed=0

# check NAME COMMAND...
check()
{
	n=$((n + 1))
	name=$1
	shift
	if "$@" >/dev/null; then
		echo "ok $n - $name"
	else
		echo "not ok $n - $name"
		sed 's/^/# /' "$work/out"
		failed=$((failed + 1))
	fi
}

TMPDIR=$work sh "$SRCDIR/examples/demo.sh" "$SQUAB" >"$work/out" 2>&1
status=$?
check 'it ends well' [ $status -eq 0 ]
check 'one is sent' grep -q '^1 message taken for 1 rec' "$work/out"
check 'five messages are new' grep -q '^5 new' "$work/out"
check 'the sent one is shown' grep -q '^Subject: Fünf Tauben' "$work/out"
check 'a subject is decoded' grep -q '^Subject: Grüße aus Köln' "$work/out"
check 'the big one came whole' grep -Eq '^ *52[0-9]{5} mail/new' "$work/out"
check 'then nothing is new' grep -q '^0 new' "$work/out"
check 'five files' grep -q '^5 messages in mail/new' "$work/out"
check 'nothing is left' [ "$(ls "$work")" = out ]
echo "1..$n"
[ $failed -eq 0 ]
