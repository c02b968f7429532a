# wakes.bats - dags whose runs datasets make, as a person sees them.

load ../fixture/project

# A run gets there: await DAG DATE STATE EPOCH
await() {
	for _ in $(seq 150); do
		[ "$(tm runs show "$1" "$2" -o json 2>/dev/null | jq -r '"\(.state) \(.epoch)"')" = "$3 $4" ] &&
			return
		sleep 0.1
	done
	tm why "$1" || true
	return 1
}

# A dag that writes a dataset by hand, a day at a time: writer DAG DATASET
writer() {
	cat >"$dir/dags/$1.yaml" <<-YAML
		dag: $1
		schedule: {partition: day}
		datasets: {$2: {path: lake/$2, format: csv, columns: {n: int64}}}
		tasks: {t: {operator: command, shell: "printf 'n\\\\n{{ params.n }}\\\\n' >\$TIDEMILL_OUTPUT/x.csv", output: $2}}
		params: {n: {type: int, default: 1}}
	YAML
}

@test "page_views, views_by_day: a day runs when its hours are there, and again after an update" {
	cp "$examples/page_views.yaml" "$examples/views_by_day.yaml" "$dir/dags/"
	start_scheduler
	tm backfill create page_views --from-date 2026-05-01 --to-date 2026-05-01 --wait
	await views_by_day 2026-05-01 success 1
	tm runs show views_by_day 2026-05-01 -o json >"$dir/run"
	[ "$(jq -r '.triggered_by | length' "$dir/run")" -eq 24 ]
	[ "$(jq -r '.triggered_by[23] | "\(.dataset) \(.partition) \(.version) \(.dag)"' "$dir/run")" = \
		"page_views 2026-05-01T23 1 page_views" ]
	[[ "$(tm tasks logs views_by_day sum scheduled__2026-05-01)" == *"woken by 24 updates"* ]]
	grep -qx 'home,24' "$dir"/lake/views_by_day/event_date=2026-05-01/*.csv
	# One of them is done again: with the same content nothing happens, with another the day follows.
	tm runs clear page_views 2026-05-01T05 --wait
	sed -i 's/default: 1/default: 5/' "$dir/dags/page_views.yaml"
	for _ in $(seq 50); do
		[[ "$(tm dags show page_views -o json | jq -r .edit)" == null ]] && break
		sleep 0.1
	done
	sleep 0.5
	tm runs clear page_views 2026-05-01T06 --wait
	await views_by_day 2026-05-01 success 2
	[ "$(tm runs show views_by_day 2026-05-01 -o json | jq -r '.triggered_by | map(.partition) | join(" ")')" = \
		"2026-05-01T06" ]
	grep -qx 'home,28' "$dir"/lake/views_by_day/event_date=2026-05-01/*.csv
	run tm runs show views_by_day 2026-05-01
	echo "$output"
	[[ "$output" == *"page_views 2026-05-01T06"* ]]
}

@test "all waits for each of its datasets, any for one; unpartitioned dags run for each update" {
	writer left l
	writer right r
	printf 'dag: all\nschedule: {datasets: [l, r], partition: day}\ntasks: {t: {operator: command, run: ["true"]}}\n' \
		>"$dir/dags/all.yaml"
	printf 'dag: any\nschedule: {datasets: {any: [l, r]}, partition: day}\ntasks: {t: {operator: command, run: ["true"]}}\n' \
		>"$dir/dags/any.yaml"
	printf 'dag: each\nschedule: {datasets: {any: [l, r]}}\ntasks: {t: {operator: command, run: ["true"]}}\n' \
		>"$dir/dags/each.yaml"
	run tm validate
	echo "$output"
	[[ "$output" == *"all "*"day"*"all of l, r"* ]]
	[[ "$output" == *"each "*"none"*"any of l, r"* ]]
	[ "$(tm dags show any -o json | jq -c .woken_by)" = '{"any":["l","r"],"on_update":"keep","debounce":null}' ]
	run tm dags next-execution all
	[ "$status" -eq 1 ]
	[[ "$output" == *"no clock makes runs of dag 'all'"*"tidemill why all"* ]]
	start_scheduler
	run tm why all
	[[ "$output" == *"no run was made yet: no update came for it"* ]]
	tm dags trigger left -l 2026-05-01 --wait
	await any 2026-05-01 success 1
	run tm why all -l 2026-05-01
	echo "$output"
	[[ "$output" == *"1 update came for its run of 2026-05-01: r 2026-05-01 does not exist"* ]]
	tm dags trigger right -l 2026-05-01 --wait
	await all 2026-05-01 success 1
	[ "$(tm runs show any 2026-05-01 -o json | jq .epoch)" -eq 1 ]
	[ "$(tm runs list --dag each -o json | jq length)" -eq 2 ]
}

@test "an update waits while its dag is paused and while no scheduler runs" {
	writer left l
	printf 'dag: after\nschedule: {datasets: [l], partition: day}\ntasks: {t: {operator: command, run: ["true"]}}\n' \
		>"$dir/dags/after.yaml"
	start_scheduler
	tm dags pause after
	tm dags trigger left -l 2026-05-01 --wait
	[ "$(tm runs list --dag after -o json | jq length)" -eq 0 ]
	run tm why after
	echo "$output"
	[[ "$output" == *"1 update came for its run of 2026-05-01"* ]]
	tm dags unpause after
	await after 2026-05-01 success 1
	stop_scheduler
	tm dags trigger left -l 2026-05-02 --wait
	[ "$(tm runs list --dag after -o json | jq length)" -eq 1 ]
	start_scheduler
	await after 2026-05-02 success 1
	[ "$(sqlite3 -readonly "$dir/.tidemill/state.db" \
		"SELECT count(*) FROM v_dataset_event WHERE consumed_by IS NULL")" -eq 0 ]
}

@test "a scheduler that is killed between an update and its run makes it once" {
	writer left l
	printf 'dag: after\nschedule: {datasets: [l], partition: day}\ntasks: {t: {operator: command, run: ["true"]}}\n' \
		>"$dir/dags/after.yaml"
	start_scheduler
	for day in 01 02 03 04 05 06; do
		tm dags trigger left -l "2026-05-$day"
		sleep "0.0$((RANDOM % 5))"
		kill -KILL "$scheduler"
		wait "$scheduler" 2>/dev/null || true
		start_scheduler
		await after "2026-05-$day" success 1
	done
	[ "$(tm runs list --dag after -o json | jq length)" -eq 6 ]
}

@test "dags that wake each other are refused, with the circle" {
	printf 'dag: a\nschedule: {datasets: [y], partition: day}\ndatasets: {x: {path: x, format: csv, columns: {n: int64}}}\ntasks: {t: {operator: command, run: ["true"], output: x}}\n' \
		>"$dir/dags/a.yaml"
	printf 'dag: b\nschedule: {partition: day}\ndatasets: {y: {path: y, format: csv, columns: {n: int64}}}\ntasks: {t: {operator: command, run: ["true"], inputs: [x], output: y}}\n' \
		>"$dir/dags/b.yaml"
	run tm validate
	echo "$output"
	[ "$status" -eq 1 ]
	[[ "$output" == *"the dags wake each other with their datasets: a.t -> b.t -> a.t"*E0711* ]]
}

@test "the page of a run tells what triggered it" {
	writer left l
	printf 'dag: after\nschedule: {datasets: [l], partition: day}\ntasks: {t: {operator: command, run: ["true"]}}\n' \
		>"$dir/dags/after.yaml"
	start_scheduler
	tm dags trigger left -l 2026-05-01 --wait
	await after 2026-05-01 success 1
	start_web
	page=$(get /dags/after/runs/scheduled__2026-05-01)
	stop_web
	[[ "$page" == *"Triggered by"*"l 2026-05-01"* ]]
}
