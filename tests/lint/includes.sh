#!/bin/sh
# includes.sh - the arrows of docs/ARCHITECTURE.md, checked.
#   core <- scheduler, worker, cli; cli/main.c wires them; tests see all
#   a third-party header is included only by the files that own it
set -eu
bad=0
say() {
	echo "$1"
	bad=1
}

for dir in core scheduler worker cli; do
	for hit in $(grep -rnoE '^#include "(core|scheduler|worker|cli|tests)/' "$dir" --include='*.[ch]' | tr -d ' '); do
		to=${hit##*\"}
		to=${to%/}
		case "$hit:$dir:$to" in
		*":$dir:$dir" | *:*:core) ;;
		cli/main.c:*) ;;
		*) say "$hit: $dir may not include $to" ;;
		esac
	done
done

only() { # only HEADER FILE...
	header=$1
	shift
	for file in $(grep -rlE "^#include <$header>" core scheduler worker cli --include='*.[ch]'); do
		case " $* " in *" $file "*) ;; *) say "$file: <$header> belongs to $*" ;; esac
	done
}
only sqlite3.h core/base/db.c
only yaml.h core/text/ytree.c
only jansson.h core/base/json.h
only nettle/sha2.h core/base/hash.c
only zlib.h worker/format/stream.c worker/parquet/code/codec.c
only zstd.h worker/format/stream.c worker/parquet/code/codec.c
only brotli/decode.h worker/parquet/code/codec.c
only snappy-c.h worker/parquet/code/codec.c
only lz4.h worker/parquet/code/codec.c
only lz4frame.h worker/parquet/code/codec.c
only xxhash.h core/base/hash.c
only libsmartcols/libsmartcols.h cli/term/out.c
only microhttpd.h scheduler/web/web.c
for file in $(grep -rlE '^#include <uv.h>' core scheduler worker cli --include='*.[ch]'); do
	case "$file" in scheduler/*) ;; *) say "$file: <uv.h> belongs to scheduler/" ;; esac
done
# The pure files: no clock, no log, no descriptors.
for file in core/model/state.c core/time/cron.c core/time/civil.c core/model/dag.c core/text/template.c core/model/lake.c scheduler/engine*.c; do
	[ -f "$file" ] || continue
	if grep -nE '#include "core/base/clock.h"|#include <(unistd|fcntl|time|sys/[a-z]+)\.h>' "$file"; then
		say "$file: a pure file may not touch the world"
	fi
done
exit $bad
