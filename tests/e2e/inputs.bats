# inputs.bats - what a command reads: it waits for it, needs it, and is told where it is.

setup() {
	dir=$(mktemp -d)
	mkdir -p "$dir/dags" "$dir/landing"
	cat >"$dir/dags/write.yaml" <<-'YAML'
		dag: write
		schedule: {partition: day}
		datasets:
		  my-orders: {path: lake/orders, format: csv, columns: {id: int64, at: timestamp}}
		tasks:
		  load:
		    operator: ingest
		    from: {path: "landing/{{ ds }}.csv", format: csv}
		    event_time: at
		    output: my-orders
	YAML
	cat >"$dir/dags/read.yaml" <<-'YAML'
		dag: read
		schedule: {partition: day}
		datasets:
		  names: {path: names.csv, format: csv, partitioned: false, columns: {id: int64}}
		  seen: {path: lake/seen, format: csv, columns: {file: string}}
		tasks:
		  look:
		    operator: command
		    inputs: [{dataset: my-orders, window: 2d}, names]
		    output: seen
		    shell: |
		      echo file >$TIDEMILL_OUTPUT/a.csv
		      echo "$TIDEMILL_INPUT_MY_ORDERS" >>$TIDEMILL_OUTPUT/a.csv
		      echo "$TIDEMILL_FILES_MY_ORDERS" >>$TIDEMILL_OUTPUT/a.csv
		      echo "$TIDEMILL_INPUT_NAMES" >>$TIDEMILL_OUTPUT/a.csv
	YAML
	echo id >"$dir/names.csv"
	for day in 01 02; do
		printf 'id,at\n1,2026-05-%sT10:00:00Z\n' $day >"$dir/landing/2026-05-$day.csv"
	done
}

teardown() { rm -rf "$dir"; }

tm() { "$TIDEMILL" -C "$dir" "$@"; }

load() { tm backfill create write --from-date 2026-05-01 --to-date 2026-05-02 --wait; }
look() { tm dags trigger read --logical-date 2026-05-0$1 --wait; }
last() { tm tasks state read "$1" 2026-05-0$2 -o json | jq -r ".attempts[-1].$3"; }

@test "a command is told where its pinned inputs are, oldest first, and which files they have" {
	load
	look 2
	run tail -n +2 "$dir"/lake/seen/event_date=2026-05-02/part-*
	[ "${#lines[@]}" = 5 ]
	[ "${lines[0]}" = "$dir/lake/orders/event_date=2026-05-01" ]
	[ "${lines[1]}" = "$dir/lake/orders/event_date=2026-05-02" ]
	[[ "${lines[2]}" == "$dir"/lake/orders/event_date=2026-05-01/part-00000-*.csv ]]
	[ -f "${lines[3]}" ]
	[ "${lines[4]}" = "$dir/names.csv" ]
	run jq -c '[.inputs[] | [.dataset, .partition, .version]]' \
		"$dir/lake/seen/event_date=2026-05-02/_manifest.json"
	[ "$output" = '[["my-orders","event_date=2026-05-01",1],["my-orders","event_date=2026-05-02",1],["names","",0]]' ]
}

@test "a command whose own day was never written is missing its input, and does not run" {
	run look 2
	[ "$status" -eq 1 ]
	run tm why read look -l 2026-05-02
	[[ "$output" == *"my-orders 2026-05-02 does not exist"* ]]
	[ "$(last look 2 outcome)" = null ]
}

@test "a window may begin before its input, a file that is not there is missing" {
	rm "$dir/landing/2026-05-01.csv"
	tm dags trigger write --logical-date 2026-05-02 --wait
	look 2
	run tail -n +2 "$dir"/lake/seen/event_date=2026-05-02/part-*
	[ "${lines[0]}" = "$dir/lake/orders/event_date=2026-05-02" ]
	rm "$dir/names.csv"
	run tm runs clear read 2026-05-02 --wait
	[ "$status" -eq 1 ]
	[ "$(last look 2 outcome)" = missing ]
}

@test "what a program leaves as its exit status stays its own, with and without inputs" {
	load
	cat >"$dir/dags/end.yaml" <<-'YAML'
		dag: end
		schedule: {partition: day}
		tasks:
		  bare: {operator: command, shell: "exit 7"}
		  given: {operator: command, inputs: [my-orders], shell: "exit 7"}
	YAML
	run tm dags trigger end --logical-date 2026-05-01 --wait
	[ "$status" -eq 1 ]
	for task in bare given; do
		[ "$(tm tasks state end $task 2026-05-01 -o json | jq '.attempts[-1].exit_code')" = 7 ]
	done
}

@test "an input that is published anew while the program reads it does not count as read" {
	load
	cat >"$dir/dags/slow.yaml" <<-'YAML'
		dag: slow
		schedule: {partition: day}
		tasks:
		  read:
		    operator: command
		    inputs: [my-orders]
		    shell: |
		      echo x >>tries
		      [ $(wc -l <tries) = 1 ] || exit 0
		      mv $TIDEMILL_INPUT_MY_ORDERS old
		      cp -r old $TIDEMILL_INPUT_MY_ORDERS
	YAML
	tm dags trigger slow --logical-date 2026-05-01 --wait
	run tm tasks state slow read 2026-05-01 -o json
	[ "$(jq -r '[.attempts[].outcome] | join(" ")' <<<"$output")" = "input_changed ok" ]
}
