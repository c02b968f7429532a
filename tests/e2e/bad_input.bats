# bad_input.bats - wrong input of every kind: a clear message, the right exit code, nothing lost.

load ../fixture/project

setup() {
	project landing
}

# A dag that ingests one file a day; $1 replaces the on_bad_row line.
ingest_dag() {
	cat >"$dir/dags/load.yaml" <<-YAML
		dag: load
		schedule: "0 3 * * *"
		start_date: 2026-05-01
		datasets:
		  events: {path: lake/events, format: csv, schema: events}
		tasks:
		  ingest:
		    operator: ingest
		    from: {path: "landing/{{ ds }}.jsonl${1:-}", format: jsonl}
		    event_time: timestamp
		    on_bad_row: ${2:-quarantine}
		    output: events
	YAML
}

event() { # event ID: one good line
	printf '{"event_id":%s,"event_type":"page_view","feature_name":"f","tenant_id":1,"user_id":2,"project_key":"P","timestamp":"2026-05-01T10:00:00Z","properties":{"a":[1,2]}}\n' "$1"
}

why_failed() { tm tasks state load ingest 2026-05-01 -o json | jq -r '.attempts[-1].message'; }
reasons() { tail -q -n +2 "$dir"/lake/events_quarantine/event_date=2026-05-01/part-* 2>/dev/null; }
rows() { tail -q -n +2 "$dir"/lake/events/event_date=2026-05-01/part-* 2>/dev/null | wc -l; }

@test "missing landing file: the run fails, the message names the pattern, nothing is published" {
	ingest_dag
	run tm dags trigger load --logical-date 2026-05-01 --wait
	[ "$status" -eq 1 ]
	[[ "$(why_failed)" == *landing/2026-05-01.jsonl* ]]
	[ "$(tm tasks state load ingest 2026-05-01 -o json | jq -r '.attempts | length')" = 1 ]
	[ ! -e "$dir/lake/events/event_date=2026-05-01" ]
}

@test "empty landing file: an empty partition, present and not missing" {
	ingest_dag
	: >"$dir/landing/2026-05-01.jsonl"
	tm dags trigger load --logical-date 2026-05-01 --wait
	[ "$(jq .rows "$dir/lake/events/event_date=2026-05-01/_manifest.json")" = 0 ]
}

@test "truncated gzip: failed, the file is named, the earlier version stays" {
	ingest_dag .gz
	event 1 | gzip >"$dir/landing/2026-05-01.jsonl.gz"
	tm dags trigger load --logical-date 2026-05-01 --wait
	before=$(cat "$dir"/lake/events/event_date=2026-05-01/part-*)
	for i in $(seq 200); do event "$i"; done | gzip | head -c 200 >"$dir/landing/2026-05-01.jsonl.gz"
	run tm runs clear load 2026-05-01 --wait
	[ "$status" -eq 1 ]
	[[ "$(why_failed)" == *2026-05-01.jsonl.gz* ]]
	[ "$(cat "$dir"/lake/events/event_date=2026-05-01/part-*)" = "$before" ]
}

@test "bad rows: UTF-8, numbers beyond int64, wrong types, broken JSON, a 20 MiB line: quarantined with reasons" {
	ingest_dag
	{
		event 1
		printf '{"event_id":2,"feature_name":"\xff\xfe","timestamp":"2026-05-01T10:00:00Z"}\n'
		event 9223372036854775808
		event '"text"'
		printf '{"event_id":\n'
		head -c 20971520 /dev/zero | tr '\0' x
		printf '\n'
		event 9223372036854775807
	} >"$dir/landing/2026-05-01.jsonl"
	tm dags trigger load --logical-date 2026-05-01 --wait
	[ "$(rows)" -eq 2 ]
	grep -q ^9223372036854775807, "$dir"/lake/events/event_date=2026-05-01/part-*
	reasons | cut -c1-150
	[ "$(reasons | wc -l)" -eq 5 ]
	[[ "$(reasons)" == *line_too_long* ]]
	[ "$(jq '.counters.read' "$dir/lake/events/event_date=2026-05-01/_manifest.json")" = 7 ]
}

@test "on_bad_row: fail refuses the file and names file and line" {
	ingest_dag "" fail
	{ event 1; echo nonsense; } >"$dir/landing/2026-05-01.jsonl"
	run tm dags trigger load --logical-date 2026-05-01 --wait
	[ "$status" -eq 1 ]
	why_failed
	[[ "$(why_failed)" == *2026-05-01.jsonl*"row 2"* ]]
}

@test "null keys go to the quarantine of dedup" {
	ingest_dag
	cat >>"$dir/dags/load.yaml" <<-YAML
		  dedup: {operator: dedup, input: events, key: [event_id], output: unique}
	YAML
	sed -i 's|^tasks:|  unique: {path: lake/unique, format: csv, schema: events}\ntasks:|' "$dir/dags/load.yaml"
	{ event 1; event null; event 1; } >"$dir/landing/2026-05-01.jsonl"
	tm dags trigger load --logical-date 2026-05-01 --wait
	grep -q null_key "$dir"/lake/unique_quarantine/event_date=2026-05-01/part-*
	[ "$(tail -q -n +2 "$dir"/lake/unique/event_date=2026-05-01/part-* | wc -l)" -eq 1 ]
}

@test "two schedulers on one project: the second says who holds it, exit 4" {
	start_scheduler
	run timeout 10 "$TIDEMILL" -C "$dir" scheduler
	stop_scheduler
	echo "$output"
	[ "$status" -eq 4 ]
	[[ "$output" == *"$scheduler"* ]]
}

@test "a state directory that cannot be written: named, exit 1" {
	mkdir "$dir/.tidemill"
	if [ "$(id -u)" -eq 0 ]; then
		command -v setpriv >/dev/null || skip "needs setpriv when run as root"
		chmod 0755 "$dir" "$dir/.tidemill"
		run timeout 10 setpriv --reuid 65534 --clear-groups "$TIDEMILL" -C "$dir" scheduler
	else
		rmdir "$dir/.tidemill"
		chmod 0500 "$dir"
		run timeout 10 "$TIDEMILL" -C "$dir" scheduler
	fi
	echo "$output"
	[ "$status" -eq 1 ]
	[[ "$output" == *"$dir/.tidemill"* ]]
}

@test "YAML mistakes are all reported at once, with file, line and column" {
	cat >"$dir/dags/bad.yaml" <<-YAML
		dag: bad
		owner: me
		owner: you
		schedul: "@daily"
		datasets:
		  a: {path: lake/a, format: csv, columns: {x: int64}}
		tasks:
		  one: {operator: command, run: [a], needs: [three]}
		  two: {operator: command, run: ["{{ dss }}"], needs: [one]}
		  three: {operator: command, run: [b], needs: [two]}
		  four: {operator: comand, run: [c]}
		  five: {operator: command, run: [c], needs: [oen]}
		  six: {operator: command, run: [c], timeout: soon}
	YAML
	run tm validate
	echo "$output"
	[ "$status" -eq 1 ]
	[[ "$output" == *"bad.yaml:3:1: error:"* ]]
	[[ "$output" == *"bad.yaml:4:1: error:"* ]]
	[[ "$output" == *"schedule"* ]]
	[[ "$output" == *"one -> two -> three -> one"* || "$output" == *"two -> three -> one -> two"* || "$output" == *"three -> one -> two -> three"* ]]
	[[ "$output" == *"did you mean 'ds'"* ]]
	[[ "$output" == *"did you mean 'command'"* ]]
	[[ "$output" == *"did you mean 'one'"* ]]
	[[ "$output" == *"bad.yaml:13:"* ]]
	run tm validate -o json
	[ "$status" -eq 1 ]
	[ "$(jq -r '.[0].file' <<<"$output")" = "$dir/dags/bad.yaml" ] || [ "$(jq -r '.[0].file' <<<"$output")" = dags/bad.yaml ]
}

@test "aliases, two writers, an unknown dag: refused by name" {
	printf 'dag: a\ntasks:\n  t: &x {operator: command, run: [a]}\n  u: *x\n' >"$dir/dags/a.yaml"
	for n in b c; do
		cat >"$dir/dags/$n.yaml" <<-YAML
			dag: $n
			schedule: "@daily"
			start_date: 2026-05-01
			datasets: {shared: {path: lake/shared, format: csv, columns: {x: int64}}}
			tasks: {w: {operator: command, run: [a], output: shared}}
		YAML
	done
	run tm validate
	echo "$output"
	[ "$status" -eq 1 ]
	[[ "$output" == *a.yaml:3:*alias* || "$output" == *a.yaml:3:*anchor* ]]
	[[ "$output" == *"'shared'"* ]]
	run tm dags trigger nobody
	echo "$output"
	[ "$status" -eq 2 ]
	[[ "$output" == *"'nobody'"* ]]
}

@test "a broken edit leaves the last good definition active" {
	cat >"$dir/dags/h.yaml" <<-YAML
		dag: h
		tasks: {t: {operator: command, run: [echo, one]}}
	YAML
	tm dags trigger h --wait
	echo "tasks: [" >>"$dir/dags/h.yaml"
	run tm validate
	[ "$status" -eq 1 ]
	start_scheduler
	tm dags trigger h --wait
	stop_scheduler
	[ "$(tm runs list -o json | jq 'map(select(.state == "success")) | length')" = 2 ]
}

@test "wrong command lines: exit 2 and a word about what to do" {
	run tm dags lst
	[ "$status" -eq 2 ]
	[[ "$output" == *"dags list"* ]]
	run tm backfill create x --from-date 2026-13-01 --to-date 2026-05-02
	[ "$status" -eq 2 ]
	[[ "$output" == *2026-13-01* ]]
	run tm runs list --limt 3
	[ "$status" -eq 2 ]
	[[ "$output" == *--limit* ]]
}
