# inputs.bats - what a command reads: it waits for it, needs it, and is told where it is.

load ../fixture/project

setup() {
	project landing
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
	# What waits for it says so at its end, without an attempt or a log to name.
	run tm runs clear read 2026-05-02 --only-failed --wait
	echo "$output"
	[ "$status" -eq 1 ]
	[[ "$output" == *"2026-05-02: task look: my-orders 2026-05-02 does not exist"* ]]
	[[ "$output" != *"tasks logs"* ]]
	run tm why read look -l 2026-05-02
	[[ "$output" == *"my-orders 2026-05-02 does not exist"* ]]
	[ "$(last look 2 outcome)" = null ]
	# A test of the task says the same, and what to type.
	run tm tasks test read look 2026-05-02
	[ "$status" -eq 1 ]
	[[ "$output" == *"my-orders 2026-05-02, which is not published"* ]]
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

# ---- what was published is what is read ----

live() { echo "$dir"/lake/orders/event_date=2026-05-01/part-*; }
sum_dag() { # a built-in operator and a command that read the same partition
	cat >"$dir/dags/sum.yaml" <<-'YAML'
		dag: sum
		schedule: {partition: day}
		datasets:
		  once: {path: lake/once, format: csv, columns: {id: int64, at: timestamp, _received_at: timestamp, _source_file: string, _row: int64}}
		tasks:
		  once: {operator: dedup, input: my-orders, key: [id], output: once}
		  count: {operator: command, inputs: [my-orders], shell: "true"}
	YAML
}
sum() { tm dags trigger sum --logical-date 2026-05-01 --wait; }
again() { tm backfill create write --from-date 2026-05-01 --to-date 2026-05-01 --reprocess-behavior completed --wait; }
said() { tm tasks state sum "$1" 2026-05-01 -o json | jq -r '.attempts[-1].message'; }

@test "a live file that was written over at its size is refused, and a re-run mends it" {
	load
	sum_dag
	cp "$(live)" "$dir/good"
	sed -i 's/^1,/9,/' "$(live)"
	run sum
	[ "$status" -eq 1 ]
	for task in once count; do
		[[ "$(said $task)" == *"its content is not what was published; make the partition again: tidemill backfill create write --from-date 2026-05-01 --to-date 2026-05-01 --reprocess-behavior completed"* ]]
	done
	again
	cmp "$(live)" "$dir/good"
	tm runs clear sum 2026-05-01 --wait
	# The rows are the same, so nothing that read them is stale.
	[ "$(tm datasets show once -o json | jq -r '.[0].stale')" = false ]
}

@test "a copy of the lake has other files with the same content, and is read" {
	load
	sum_dag
	for file in "$dir"/lake/orders/*/part-*; do
		cp "$file" "$dir/copy"
		mv "$dir/copy" "$file"
	done
	sum
}

@test "a link in place of a partition or of its file is not followed" {
	load
	sum_dag
	mv "$(live)" "$dir/away"
	ln -s "$dir/away" "$dir/lake/orders/event_date=2026-05-01/$(jq -r '.files[0].path' "$dir/lake/orders/event_date=2026-05-01/_manifest.json")"
	run sum
	[ "$status" -eq 1 ]
	[[ "$(said once)" == *"or a link, which is not followed"* ]]
	again
	[ ! -L "$(live)" ]
	mv "$dir/lake/orders/event_date=2026-05-01" "$dir/moved"
	ln -s "$dir/moved" "$dir/lake/orders/event_date=2026-05-01"
	run tm runs clear sum 2026-05-01 --wait
	[ "$status" -eq 1 ]
	for task in once count; do
		[[ "$(said $task)" == *"a link inside a dataset, which is not followed"* ]]
	done
}
