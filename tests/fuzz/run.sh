#!/bin/sh
# run.sh PROGRAM: one libFuzzer target for $FUZZ_SECONDS (10) on its corpus,
# which stays in $BUILDDIR/corpus/NAME and begins with tests/fuzz/seeds/NAME,
# the session scripts of that name, and the sample messages for what reads
# those.
set -eu

program=$1
name=$(basename "$program" _fuzz)
corpus=$BUILDDIR/corpus/$name
seeds=$SRCDIR/tests/fuzz/seeds/$name

mkdir -p "$corpus" "$BUILDDIR/crashes"
[ -d "$seeds" ] || seeds=
case $name in
json | message | reader) mail=$SRCDIR/tests/data/mail ;;
*) mail= ;;
esac
if [ -d "$SRCDIR/tests/script/$name" ]; then
	"$BUILDDIR/tests/player" --seeds "$corpus" "$SRCDIR/tests/script/$name"
fi
# Not libFuzzer's 77, which means skipped.
exec "$program" -error_exitcode=1 -timeout=10 -rss_limit_mb=1024 \
    -max_total_time="${FUZZ_SECONDS:-10}" \
    -print_final_stats=1 -verbosity=0 \
    -artifact_prefix="$BUILDDIR/crashes/$name-" "$corpus" ${seeds:+"$seeds"} \
    ${mail:+"$mail"}
