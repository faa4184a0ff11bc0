#!/bin/sh
# What meson install puts in place can be used with pkg-config, shared and
# static; the library shows only its own names; uninstalling leaves nothing.
set -u

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
dest=$work/dest
n=0 failed=0

# check NAME COMMAND...
check()
{
	name=$1
	shift
	n=$((n + 1))
	if "$@" >"$work/log" 2>&1; then
		echo "ok $n - $name"
	else
		echo "not ok $n - $name"
		sed 's/^/# /' "$work/log"
		failed=$((failed + 1))
	fi
}

config()
{
	PKG_CONFIG_PATH=$(dirname "$(find "$dest" -name squab.pc)") \
	    pkg-config --define-variable=prefix="$dest/usr/local" "$@" squab
}

build()
{
	out=$1
	shift
	# shellcheck disable=SC2046,SC2086	# lists of words
	$CC -std=c11 -o "$work/$out" "$work/use.c" $(config --cflags) "$@"
}

is_soname()
{
	objdump -p "$1" | grep -q 'SONAME *libsquab\.so\.0$'
}

only_ours()
{
	nm -D --defined-only "$1" | awk '
	    { name = $NF; sub(/@.*/, "", name); n++ }
	    name !~ /^sqb_[^_]/ { print "exported: " name; bad = 1 }
	    END { exit bad || n == 0 }'
}

all_exported()
{
	sed -n 's/^SQB_API .*[ *]\(sqb_[a-z0-9_]*\)(.*/\1/p' \
	    "$SRCDIR"/include/squab/*.h | sort -u >"$work/declared"
	for lib; do
		nm -D --defined-only "$lib"
	done | awk '{ print $NF }' | sort -u >"$work/exported"
	comm -23 "$work/declared" "$work/exported" >"$work/missing"
	cat "$work/missing"
	[ -s "$work/declared" ] && [ ! -s "$work/missing" ]
}

is_empty()
{
	find "$dest" ! -type d
	[ -z "$(find "$dest" ! -type d)" ]
}

cat >"$work/use.c" <<'EOF'
#include <squab/squab.h>
#include <string.h>

int main(void)
{
	return strlen(sqb_code_name(SQB_E_NOMEM)) > 0 ? 0 : 1;
}
EOF

check 'meson install' \
    meson install -C "$BUILDDIR" --no-rebuild --destdir "$dest"
so=$(find "$dest" -name 'libsquab.so')
a=$(find "$dest" -name 'libsquab.a')
libdir=$(dirname "$so")
check 'a shared library with soname libsquab.so.0' is_soname "$so"
check 'it exports nothing but sqb_ names' only_ours "$so"
check 'with its companions it exports every function of the headers' \
    all_exported "$so" "${so%.so}-store.so" "${so%.so}-uv.so" \
    "${so%.so}-glib.so"
# shellcheck disable=SC2046	# lists of words
check 'a program builds with the shared library' build shared \
    $(config --libs)
check 'and runs' env LD_LIBRARY_PATH="$libdir" "$work/shared"
# shellcheck disable=SC2046
check 'a program builds with the static library' build static "$a" \
    $(pkg-config --libs $(config --print-requires-private)) -pthread
check 'and runs' "$work/static"
check 'the program is installed and runs' \
    "$dest/usr/local/bin/squab" --version
check 'ninja uninstall' ninja -C "$BUILDDIR" uninstall
check 'leaves nothing' is_empty
echo "1..$n"
[ "$failed" -eq 0 ]
