#!/bin/sh
# demo.sh SQUAB: the main job in a minute. A sample Maildir is served on
# loopback under TLS; a message is sent to it; it is listed, fetched, looked
# at, and fetched again.
set -eu

squab=$(realpath "$1")
dir=$(mktemp -d)
server=
trap 'end_server; rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM
cd "$dir"
export SQUAB_PASSWORD=test XDG_STATE_HOME="$dir/state"

end_server()
{
	[ -z "$server" ] || kill "$server" 2>/dev/null || true
}

heading()
{
	if [ -t 1 ]; then
		printf '\n\033[1m%s\033[0m\n' "$*"
	else
		printf '\n== %s\n' "$*"
	fi
}

# Shows the command and runs it.
squab()
{
	printf '$ squab %s\n' "$*"
	"$squab" "$@"
}

# mail NUMBER SUBJECT: the header; the body comes from stdin.
mail()
{
	cat >"sample/new/170000000$1.M1P1.demo" <<EOF
From: =?UTF-8?Q?Zo=C3=AB?= Lark <zoe@birds.example>
To: you@birds.example
Subject: $2
Date: 0$1 Jan 2024 09:30:00 +0100
Message-ID: <$1@birds.example>
MIME-Version: 1.0
$(cat)
EOF
}

# base64 KILOBYTES: lines of it.
base64_lines()
{
	awk -v n="$(($1 * 1024 / 77))" 'BEGIN {
		for (i = 0; i < 76; i++)
			s = s substr("squabSQUAB0123456789+/", i % 22 + 1, 1)
		while (n-- > 0)
			print s
	}'
}

# with_file TEXT NAME KILOBYTES: a body of two parts.
with_file()
{
	cat <<EOF
Content-Type: multipart/mixed; boundary=cut

--cut
Content-Type: text/plain; charset=utf-8

$1
--cut
Content-Type: application/octet-stream
Content-Disposition: attachment; filename=$2
Content-Transfer-Encoding: base64

$(base64_lines "$3")
--cut--
EOF
}

make_sample()
{
	mkdir -p sample/cur sample/new sample/tmp
	mail 1 'Plain words' <<EOF

Hello, this is a plain message.
.
The line above is one dot: POP3 must not end there.
EOF
	mail 2 '=?UTF-8?B?R3LDvMOfZSBhdXMgS8O2bG4g8J+Qpg==?=' <<EOF
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: 8bit

Grüße aus Köln! 🐦
Two loaves, one crumb each, and a view of the river.
EOF
	with_file 'The plan is attached.' plan.bin 40 | mail 3 'The plan'
	with_file 'It is big: 5 MB.' nest.bin 5120 | mail 4 'Photos of the nest'
}

# The first line that begins with $1 in the server's words, once it is there.
port_of()
{
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		port=$(sed -n "s/^$1 127.0.0.1://p" serve.out)
		[ -z "$port" ] || break
		kill -0 "$server" || exit 1
		sleep 0.2
	done
	echo "$port"
}

make_sample
heading 'A post office on loopback, with a certificate of its own'
echo '$ squab serve sample --pop3s 0 --smtps 0 --write-ca ca.pem &'
: >serve.out
"$squab" serve sample --pop3s 0 --smtps 0 --write-ca ca.pem --quiet \
    >serve.out &
server=$!
url=pop3s://test@127.0.0.1:$(port_of pop3s)
out=smtps://test@127.0.0.1:$(port_of smtps)
cat serve.out

heading 'One more message, sent to it'
squab send "$out" --ca-file ca.pem --from ann@birds.example \
    --from-name 'Ann Lark' --to you@birds.example --subject 'Fünf Tauben 🐦' \
    --html '<p>Five of them, on the <b>roof</b>.' --make-text \
    --attach ca.pem

heading 'What is there'
squab list "$url" --ca-file ca.pem --headers

heading 'All of it into a Maildir'
squab fetch "$url" --ca-file ca.pem --to maildir:mail
wc -c mail/new/*

heading 'Two messages'
squab show "$(grep -l 'S8O2bG4g' mail/new/*)"
squab show "$(grep -l 'Ann Lark' mail/new/*)"

heading 'Once more: nothing is new'
squab fetch "$url" --ca-file ca.pem --to maildir:mail
printf '%d messages in mail/new\n' "$(find mail/new -type f | wc -l)"
