#!/bin/bash
# kills.sh - whole backfills under kills: `make kills`, KILLS=200 SEED=1 DAYS=6 EVENTS=40000.
#
# Each round is a project of its own: ingest, dedup, a gate, a score and two commands over DAYS days.
# While it works a process of it is killed or stopped for a while, again and again: the scheduler, a
# session, the spawner, a shim, a worker.  Whoever has died is started again, as a daemon or as a
# session.  At the end of a round
#   every run is a success, and the part files are those of a backfill that nobody disturbed;
#   no attempt began twice, no two attempts of a task ran at once;
#   no process, no staging directory and no attempt directory is left behind.
set -u
cd "$(dirname "$0")/../.." || exit 2
TIDEMILL=${TIDEMILL:-$PWD/${BUILD:-build}/tidemill}
KILLS=${KILLS:-200} DAYS=${DAYS:-6} EVENTS=${EVENTS:-40000} RANDOM=${SEED:-1}
top=$(mktemp -d /tmp/tidemill-kills.XXXXXXXX) || exit 2
first=2026-05-01 last=$(date -u -d "2026-05-01 + $((DAYS - 1)) days" +%F)
dir=
kills=0 rounds=0 bad=0 roll=0 main=
declare -A struck=()

# Processes of the program by their command line, commands of tasks by their environment.
ours() {
	pgrep -f -- "$dir/" 2>/dev/null
	grep -lszF "TIDEMILL_PROJECT=$dir" /proc/[0-9]*/environ 2>/dev/null | cut -d/ -f3
}

sweep() {
	local pid
	for pid in $([ -n "$dir" ] && ours); do kill -KILL "$pid" 2>/dev/null; done
}
trap 'sweep; rm -rf "$top"' EXIT

tm() { "$TIDEMILL" -C "$dir/" "$@"; }

# A number from 0 to $1 - 1 in $roll; not in a subshell, whose numbers would repeat.
roll() { roll=$((RANDOM % $1)); }

project() {
	mkdir -p "$dir/dags" "$dir/held"
	mkdir -m 700 "$dir/runtime"
	export XDG_RUNTIME_DIR=$dir/runtime
	cp -r "$top/landing" "$dir/"
	sed "s|%DIR%|$dir|g" >"$dir/dags/kills.yaml" <<-'YAML'
		dag: kills
		schedule: {partition: day}
		max_active_runs: 3
		defaults: {retries: 60, retry_delay: 1s, backoff: 1, max_retry_delay: 1s, jitter: 0}
		datasets:
		  events_raw: {path: lake/events_raw, schema: events}
		  events: {path: lake/events, schema: events}
		  engagement: {path: lake/engagement}
		  counts: {path: lake/counts, format: csv, columns: {day: date, lines: int64}}
		tasks:
		  ingest:
		    operator: ingest
		    from: {path: "landing/{{ ds }}.jsonl.gz", format: jsonl}
		    event_time: timestamp
		    received_at: received_at
		    max_bad: 5%
		    output: events_raw
		  dedup: {operator: dedup, input: events_raw, key: [event_id], output: events}
		  gate: {operator: quality, dataset: events, checks: [unique: {columns: [event_id]}]}
		  engagement: {operator: score, method: engagement, needs: [gate], input: events,
		               window: 3d, output: engagement}
		  counts:
		    operator: command
		    needs: [gate]
		    output: counts
		    shell: |
		      sleep 0.2
		      printf 'day,lines\n%s,%s\n' {{ ds }} "$(gzip -dc landing/{{ ds }}.jsonl.gz | wc -l)" \
		        > "$TIDEMILL_OUTPUT/part.csv"
		  alone:
		    operator: command
		    needs: [engagement, counts]
		    shell: |
		      exec 9> held/{{ ds }}
		      flock -n 9 || echo "{{ ds }} try {{ try_number }}" >> two-at-once
		      echo "$TIDEMILL_ATTEMPT" >> began
		      sleep 0.3
	YAML
}

# The part files of the lake, by content.
parts() {
	(cd "$dir/lake" && find . -name '.tidemill-lake' -prune -o -name 'part*' -type f -print0 |
		sort -z | xargs -0 sha256sum)
}

daemon() {
	"$TIDEMILL" -C "$dir/" scheduler >>"$dir/out" 2>&1 </dev/null &
	main=$!
	disown # bash says nothing when it is killed
}

session() {
	"$TIDEMILL" -C "$dir/" backfill create kills --from-date $first --to-date "$last" \
		--reprocess-behavior failed --wait >>"$dir/out" 2>&1 </dev/null &
	main=$!
	disown
}

# Whoever schedules is there, as a daemon or a session.
ensure() {
	kill -0 "$main" 2>/dev/null && return
	roll 2
	if [ "$roll" = 0 ]; then daemon; else session; fi
}

# Processes of one kind: their names are tidemill (scheduler or session), tm-spawner, tm-shim, tm-worker.
of_kind() {
	local pid
	for pid in $(ours); do
		[ "$(cat "/proc/$pid/comm" 2>/dev/null)" = "$1" ] && echo "$pid"
	done
}

strike() {
	local kinds=(tidemill tm-spawner tm-shim tm-worker tm-worker) kind pids pid
	roll 5
	kind=${kinds[$roll]}
	mapfile -t pids < <(of_kind "$kind")
	[ ${#pids[@]} -gt 0 ] || return
	roll ${#pids[@]}
	pid=${pids[$roll]}
	roll 4
	if [ "$roll" = 0 ]; then
		kill -STOP "$pid" 2>/dev/null || return
		roll 10
		sleep "0.$roll"
		roll 2
		[ "$roll" = 0 ] && kill -KILL "$pid" 2>/dev/null
		kill -CONT "$pid" 2>/dev/null
		kind="$kind, stopped"
	else
		kill -KILL "$pid" 2>/dev/null || return
	fi
	kills=$((kills + 1)) here=$((here + 1))
	struck[$kind]=$((${struck[$kind]:-0} + 1))
}

runs() { tm runs list -o json 2>/dev/null | jq -r 'group_by(.state) | map("\(length) \(.[0].state)") | join(", ")'; }

complain() {
	echo "round $rounds (SEED=${SEED:-1}): $*"
	bad=$((bad + 1))
	[ -z "${KEEP:-}" ] || cp -a "$dir" "$KEEP/round-$rounds"
}

# Let it come to its end, undisturbed.
finish() {
	local end=$((SECONDS + 120))
	until [ "$(runs)" = "$DAYS success" ]; do
		if ((SECONDS > end)); then
			complain "after two minutes in peace: $(runs)"
			tm why kills 2>&1 | head -5
			return
		fi
		kill -0 "$main" 2>/dev/null || daemon
		sleep 0.1
	done
}

# End whoever schedules, in order.
stop() {
	local end=$((SECONDS + 20))
	kill -TERM "$main" 2>/dev/null
	while kill -0 "$main" 2>/dev/null; do
		((SECONDS > end)) && return 1
		sleep 0.05
	done
}

gone() {
	local end=$((SECONDS + 20))
	while [ -n "$(ours)" ]; do
		((SECONDS > end)) && return 1
		sleep 0.1
	done
}

look_back() {
	local left
	parts | cmp -s - "$top/parts" || complain "the part files differ: $(parts | diff - "$top/parts" | head -4)"
	[ ! -e "$dir/two-at-once" ] || complain "two attempts at once: $(head -1 "$dir/two-at-once")"
	left=$(sort "$dir/began" | uniq -d | head -1)
	[ -z "$left" ] || complain "attempt $left began twice"
	# A daemon that starts in peace clears away what a killed one left.
	stop
	daemon
	sleep 1
	stop
	gone || complain "left running: $(ours | xargs -r ps -o pid=,comm=,args= -p)"
	left=$(find "$dir/lake/.tidemill-lake" -path '*/staging/*' -print -quit 2>/dev/null)
	[ -z "$left" ] || complain "left in staging: $left"
	# A tombstone stands for an hour: a spawner that was stopped may still hold the launch.
	left=$(find "$dir/runtime" -mindepth 3 -name 'a*' ! -exec test -e '{}/tombstone' \; -print -quit)
	[ -z "$left" ] || complain "left in the runtime directory: $left"
}

round() {
	rounds=$((rounds + 1)) here=0
	dir=$top/$rounds
	project
	session
	roll 8
	local strikes=$((6 + roll))
	while ((here < strikes)) && [ "$(runs)" != "$DAYS success" ]; do
		roll 500
		sleep "$(printf '0.%03d' "$roll")"
		ensure
		strike
	done
	finish
	look_back
	echo "round $rounds: $here kills, $kills in all"
	rm -rf "$dir"
}

dir=$top/0
mkdir -p "$dir"
tm sample create --events "$EVENTS" --days "$DAYS" >/dev/null 2>&1
mv "$dir/landing" "$top/landing"
rm -rf "$dir"
project
tm backfill create kills --from-date $first --to-date "$last" --wait >"$dir/out" 2>&1 || { cat "$dir/out"; exit 1; }
parts >"$top/parts"
echo "undisturbed: $(wc -l <"$top/parts") part files"
while ((kills < KILLS && rounds < KILLS)); do round; done
for kind in "${!struck[@]}"; do echo "  ${struck[$kind]} $kind"; done | sort -rn
echo "$kills kills in $rounds rounds, $bad found"
[ $bad = 0 ] && ((kills >= KILLS))
