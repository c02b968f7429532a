#!/bin/bash
# run.sh - the same DAGs of `true` beside other orchestrators, each as its own package installs it.
#   tests/bench/peers/run.sh BUILD [PEER...]      default: all that have a file here
# Two tasks at a time everywhere.  A run's time is from its making to its end as the peer's own
# database has it, so that no command line is timed.  Raw figures stay in BUILD/peers/raw.tsv.
# One that is not to be had is skipped by name.  Judges nothing.
#
# A peer is one file, NAME.sh, with these functions; all run in "$dir", which is empty at first:
#   peer_install      makes it from its package under "$packages/NAME"; fails if it cannot be had
#   peer_version      prints it
#   peer_project      writes the DAGs chain (50), fan (256), three and one
#   peer_start        begins it with `begin` and waits until it answers
#   peer_run DAG      makes a run and waits for its end
#   peer_seconds DAG  prints how long the last of its runs took
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
build=$(cd "$1" && pwd)
shift
packages=$build/peers
raw=$packages/raw.tsv
mkdir -p "$packages"
[ $# -gt 0 ] || set -- $(cd "$here" && ls -- *.sh | sed 's/\.sh$//' | grep -vx run)
work=$(mktemp -d "$packages/run.XXXXXX")
pid=
trap 'stop; rm -rf "$work"' EXIT

begin() { # begin COMMAND...: in the background; its processes bear its mark or are of its session
	BENCH_PEER=$dir setsid "$@" >>"$dir/log" 2>&1 &
	pid=$!
}
processes() { # the numbers of all that the peer began: some leave the session, some write over the mark
	{
		pgrep -s "$pid" || true
		{ grep -lzxF "BENCH_PEER=$dir" /proc/[0-9]*/environ 2>/dev/null || true; } | cut -d/ -f3
	} | sort -un
}
stop() {
	[ -n "$pid" ] || return 0
	kill "$pid" || true
	for _ in $(seq 100); do
		[ -n "$(processes)" ] || break
		sleep 0.1
	done
	for signal in TERM KILL; do
		# shellcheck disable=SC2046
		[ -z "$(processes)" ] || kill -$signal $(processes) || true
		sleep 0.1
	done
	wait "$pid" 2>/dev/null || true
	pid=
}
wait_for() { # wait_for SECONDS COMMAND...: until it succeeds
	local until=$((SECONDS + $1))
	shift
	while ! "$@" >>"$dir/log" 2>&1; do
		[ $SECONDS -lt $until ] || { echo "never: $*" >&2; tail -n 20 "$dir/log" >&2; return 1; }
		sleep 0.1
	done
}
fetch() { # fetch URL: of a server on this machine
	curl --fail --silent --max-time 5 "$1"
}
python_package() { # python_package PACKAGE...: in an environment of its own
	[ ! -e "$packages/$peer/installed" ] || return 0
	python3 -m venv --clear "$packages/$peer" && "$packages/$peer/bin/pip" install --quiet "$@" &&
		touch "$packages/$peer/installed"
}
memory() { # MiB of the peer's processes, what they share counted once
	processes | while read -r p; do cat "/proc/$p/smaps_rollup" 2>/dev/null || true; done |
		awk '/^Pss:/ { n += $2 } END { printf "%.0f", n / 1024 }'
}
cpu() { # seconds of processor time that its living processes have had
	processes | while read -r p; do cat "/proc/$p/stat" 2>/dev/null || true; done |
		sed 's/.*) //' | awk -v hz="$(getconf CLK_TCK)" '{ n += $12 + $13 } END { printf "%.2f", n / hz }'
}
note() { # note WHAT VALUE
	printf '%s\t%s\t%s\n' "$peer" "$1" "$2" >>"$raw"
}
measure() {
	local from before
	from=$(date +%s.%N)
	peer_start
	peer_run one
	note start "$(awk -v a="$from" -v b="$(date +%s.%N)" 'BEGIN { printf "%.3f", b - a }')"
	for dag in three three three three three chain fan; do
		peer_run $dag
		note $dag "$(peer_seconds $dag)"
	done
	sleep 5
	before=$(cpu)
	sleep 20
	note idle_cpu "$(awk -v a="$before" -v b="$(cpu)" 'BEGIN { printf "%.2f", (b - a) / 20 * 100 }')"
	note idle_mib "$(memory)"
	stop
	from=$(date +%s.%N)
	peer_start
	peer_run one
	note restart "$(awk -v a="$from" -v b="$(date +%s.%N)" 'BEGIN { printf "%.3f", b - a }')"
	stop
}

: >"$raw"
for peer in "$@"; do
	# shellcheck source=/dev/null
	. "$here/$peer.sh"
	dir=$work/$peer
	mkdir "$dir"
	cd "$dir"
	if ! peer_install >"$dir/log" 2>&1; then
		echo "skipped: $peer, its package is not to be had here: $(tail -n 1 "$dir/log")"
		continue
	fi
	note version "$(peer_version)"
	peer_project
	measure
done
echo "seconds from the making of a run to its end; 50 tasks in a chain, 256 side by side, median of five runs of three;"
echo "first start and restart until a run of one task has ended; idle: MiB (Pss) and % of a core, all its processes"
sort -t "$(printf '\t')" -k1,1 -k2,2 -k3,3g "$raw" | awk -F'\t' '
	{ v[$1, $2, ++n[$1, $2]] = $3; if (!($1 in seen)) { seen[$1] = 1; order[++peers] = $1 } }
	END {
		printf "  %-24s %8s %8s %8s %8s %8s %8s %8s\n", "", "chain", "fan", "three", "start", "restart", "MiB", "% cpu"
		for (i = 1; i <= peers; i++) {
			p = order[i]
			printf "  %-24s %8.2f %8.2f %8.3f %8.2f %8.2f %8d %8.2f\n", p " " v[p, "version", 1], v[p, "chain", 1], v[p, "fan", 1],
				v[p, "three", 3], v[p, "start", 1], v[p, "restart", 1], v[p, "idle_mib", 1], v[p, "idle_cpu", 1]
		}
	}'
