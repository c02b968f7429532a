# try.bats - `tasks test` judges as the run would: the same history, the same params.

load ../fixture/project

setup() {
	project landing
}

# land DATE ROWS: a file of so many rows.
land() {
	local i
	echo "id,at" >"$dir/landing/$1.csv"
	for ((i = 1; i <= $2; i++)); do
		echo "$i,${1}T00:00:00Z" >>"$dir/landing/$1.csv"
	done
}

volume() {
	cat >"$dir/dags/v.yaml" <<-YAML
		dag: v
		schedule: {partition: day}
		start_date: 2026-05-01
		datasets:
		  e: {path: lake/e, format: csv, columns: {id: int64, at: timestamp}}
		tasks:
		  in:
		    operator: ingest
		    from: {path: "landing/{{ ds }}.csv", format: csv}
		    event_time: at
		    output: e
		    checks:
		      - volume_change: {baseline: previous, error_drop: 50%, min_baseline: 1}
	YAML
}

params() {
	cat >"$dir/dags/p.yaml" <<-YAML
		dag: p
		params:
		  name: {type: string}
		  times: {type: int, default: 1}
		tasks:
		  greet: {operator: command, run: ["echo", "hello [{{ params.name }}] {{ params.times }}"]}
	YAML
}

@test "a drop against the partition before is seen by both" {
	volume
	land 2026-05-01 10
	land 2026-05-02 1
	tm dags trigger v --logical-date 2026-05-01 --wait
	run tm tasks test v in 2026-05-02
	echo "$output"
	[ "$status" -eq 1 ]
	[[ "$output" == *"volume_change"*"fail"* ]]
	[ ! -e "$dir/lake/e/event_date=2026-05-02" ]
	run tm dags trigger v --logical-date 2026-05-02 --wait
	echo "$output"
	[ "$status" -eq 1 ]
}

@test "as many rows as before pass both" {
	volume
	land 2026-05-01 10
	land 2026-05-02 10
	tm dags trigger v --logical-date 2026-05-01 --wait
	tm tasks test v in 2026-05-02
	tm dags trigger v --logical-date 2026-05-02 --wait
}

@test "a param without a default is asked for in the same words" {
	params
	run tm dags trigger p --wait
	echo "$output"
	[ "$status" -eq 2 ]
	[[ "$output" == *"param 'name' of dag 'p' has no default: give it with -p name=VALUE"* ]]
	run tm tasks test p greet 2026-05-01
	echo "$output"
	[ "$status" -eq 2 ]
	[[ "$output" == *"param 'name' of dag 'p' has no default: give it with -p name=VALUE"* ]]
	run tm tasks test p greet 2026-05-01 -p name=Ada -p times=3
	echo "$output"
	[ "$status" -eq 0 ]
	[[ "$output" == *"hello [Ada] 3"* ]]
}

@test "a value is spelled as in the file, wherever it is given" {
	local times
	params
	for times in 007 +5 5.0 99999999999999999999 x ""; do
		run tm dags trigger p -p name=Ada -p "times=$times" --wait
		echo "trigger $times: $output"
		[ "$status" -eq 2 ]
		run tm tasks test p greet 2026-05-01 -p name=Ada -p "times=$times"
		echo "test $times: $output"
		[ "$status" -eq 2 ]
	done
	run tm tasks test p greet 2026-05-01 -p name=Ada -p nome=Bob
	echo "$output"
	[ "$status" -eq 2 ]
	[[ "$output" == *"dag 'p' has no param 'nome'"* ]]
}

@test "a day that its input may not miss is missed by both" {
	volume
	cat >>"$dir/dags/v.yaml" <<-YAML
		  look:
		    operator: command
		    inputs: [{dataset: e, window: 2d}]
		    run: ["true"]
	YAML
	land 2026-05-02 3
	run tm tasks test v look 2026-05-02
	echo "$output"
	[ "$status" -eq 1 ]
	sed -i 's/^    inputs:/    missing: allow\n&/' "$dir/dags/v.yaml"
	tm tasks test v look 2026-05-02
}

@test "with -o json standard output is the result alone" {
	params
	run bash -c "'$TIDEMILL' -C '$dir' tasks test p greet 2026-05-01 -p name=Ada -o json 2>'$dir/err' | jq -r .outcome"
	[ "$output" = ok ]
	grep -q 'hello \[Ada\]' "$dir/err"
}

@test "tests chain: what a test made is read by the test of the next task, until it is published" {
	volume
	cat >>"$dir/dags/v.yaml" <<-'YAML'
		  look: {operator: command, inputs: [e], shell: "echo $TIDEMILL_INPUT_E"}
	YAML
	land 2026-05-01 3
	run tm tasks test v look 2026-05-01
	echo "$output"
	[ "$status" -eq 1 ]
	[[ "$output" == *"make it with: tidemill dags trigger v -l 2026-05-01 --wait"* ]]
	tm tasks test v in 2026-05-01
	tm tasks test v in 2026-05-01
	run tm tasks test v look 2026-05-01
	echo "$output"
	[ "$status" -eq 0 ]
	[[ "$output" == *"e 2026-05-01 is not published"*"/.tidemill/scratch/v/e/event_date=2026-05-01"* ]]
	[ ! -e "$dir/lake/e" ]
	tm dags trigger v -l 2026-05-01 --wait
	run tm tasks test v look 2026-05-01
	[[ "$output" == *"$dir/lake/e/event_date=2026-05-01"* ]]
	[[ "$output" != *"not published"* ]]
}

@test "DATE is one of the dag's grid and zone, as for a run" {
	[ -e /usr/share/zoneinfo/Europe/Berlin ] || skip "no tzdata"
	command='tasks: {t: {operator: command, run: [echo, "{{ data_interval_start }} {{ data_interval_end }}"]}}'
	printf 'dag: h\nschedule: {partition: hour}\n%s\n' "$command" >"$dir/dags/h.yaml"
	printf 'dag: b\nschedule: {partition: day, timezone: Europe/Berlin}\n%s\n' "$command" >"$dir/dags/b.yaml"
	printf 'dag: m\nschedule: {partition: month}\n%s\n' "$command" >"$dir/dags/m.yaml"
	printf 'dag: k\nstart_date: 2026-05-01\nschedule: "*/15 * * * *"\n%s\n' "$command" >"$dir/dags/k.yaml"
	run tm tasks test h t 2026-05-01T13
	[[ "$output" == *"2026-05-01T13:00:00Z 2026-05-01T14:00:00Z"* ]]
	run tm tasks test b t 2026-05-01
	[[ "$output" == *"2026-04-30T22:00:00Z 2026-05-01T22:00:00Z"* ]]
	run tm tasks test m t 2026-05
	[[ "$output" == *"2026-05-01T00:00:00Z 2026-06-01T00:00:00Z"* ]]
	run tm tasks test k t 2026-05-01T13:15
	[[ "$output" == *"2026-05-01T13:15:00Z 2026-05-01T13:30:00Z"* ]]
	run tm tasks test m t 2026-05-02
	echo "$output"
	[ "$status" -eq 2 ]
	[[ "$output" == *"dag 'm' has one run per month: the logical date has to be one such as 2026-05"* ]]
	run tm tasks test b t 2026-05-01T00:00:00Z
	[ "$status" -eq 2 ]
	run tm tasks test b t tomorrow
	[ "$status" -eq 2 ]
}
