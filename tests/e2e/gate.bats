# gate.bats - publishing is the gate: checks of every kind of task, and days without rows.

load ../fixture/project

setup() {
	project in
}

days() {
	tm backfill create "$1" --from-date "$2" --to-date "$3" --wait
}

# The outcome of the newest attempt for a day.
outcome() {
	sqlite3 -readonly "$dir/.tidemill/state.db" "SELECT a.outcome FROM v_attempt a
		WHERE a.logical_date LIKE '$1%' ORDER BY a.key DESC LIMIT 1"
}

command_dag() { # the shell line, the checks
	cat >"$dir/dags/c.yaml" <<-YAML
		dag: c
		schedule: {partition: day}
		datasets:
		  stock: {path: lake/stock, format: csv, columns: {sku: string, pieces: int64}}
		tasks:
		  count:
		    operator: command
		    shell: $1
		    output: stock
		    retries: 2
		    retry_delay: 0s
		    checks: $2
	YAML
}

@test "a command that leaves bad rows publishes nothing" {
	command_dag 'printf "sku,pieces\\na,-5\\nb,2\\n" >$TIDEMILL_OUTPUT/x.csv' \
		'[accepted_range: {column: pieces, min: 0}]'
	run days c 2026-05-01 2026-05-01
	[ "$status" = 1 ]
	[ "$(outcome 2026-05-01)" = gate_failed ]
	[ -z "$(find "$dir/lake/stock" -name "part-*")" ]
}

@test "a command's failing rows are moved to the quarantine, the others published" {
	command_dag 'printf "sku,pieces\\na,-5\\nb,2\\nc,\\n" >$TIDEMILL_OUTPUT/x.csv' \
		'[accepted_range: {column: pieces, min: 0, on_fail: quarantine}, row_count: {max: 2}]'
	days c 2026-05-01 2026-05-01
	[ "$(cat "$dir"/lake/stock/*/part-*)" = $'sku,pieces\nb,2\nc,' ]
	grep -q '"sku":"a","pieces":-5\|""sku"":""a"",""pieces"":-5' "$dir"/lake/stock_quarantine/*/part-*
	[ "$(jq -c '[.rows, .counters.read, .counters.quarantined, (.checks | length)]' \
		"$dir"/lake/stock/*/_manifest.json)" = '[2,3,1,2]' ]
}

@test "a command that leaves no file has failed, one that says that there are no rows has not" {
	command_dag 'true' '[unique: {columns: sku}]'
	run days c 2026-05-01 2026-05-01
	[ "$status" = 1 ]
	[ "$(outcome 2026-05-01)" = error ]
	command_dag 'touch $TIDEMILL_OUTPUT/_EMPTY' '[unique: {columns: sku}]'
	days c 2026-05-02 2026-05-02
	[ "$(jq .rows "$dir"/lake/stock/*02/_manifest.json)" = 0 ]
}

ingest_dag() { # further lines of the task
	cat >"$dir/dags/i.yaml" <<-YAML
		dag: i
		schedule: {partition: day}
		datasets:
		  visits: {path: lake/visits, format: csv, columns: {id: int64, at: timestamp}}
		tasks:
		  load:
		    operator: ingest
		    from: {path: "in/{{ ds }}.csv", format: csv}
		    event_time: at
		    output: visits
		    retries: 3
		    retry_delay: 0s
		    $1
	YAML
}

landing() { # a day, how many rows
	echo id,at >"$dir/in/$1.csv"
	for ((i = 0; i < $2; i++)); do
		echo "$i,${1}T08:00:00Z" >>"$dir/in/$1.csv"
	done
}

@test "a day whose rows are all bad is not empty: what was live stays, and nothing is retried" {
	ingest_dag 'priority: 0'
	landing 2026-05-01 3
	days i 2026-05-01 2026-05-01
	before=$(cat "$dir"/lake/visits/*/part-*)
	printf 'id,at\none,2026-05-01T08:00:00Z\ntwo,2026-05-01T08:00:00Z\n' >"$dir/in/2026-05-01.csv"
	run tm backfill create i --from-date 2026-05-01 --to-date 2026-05-01 \
		--reprocess-behavior completed --wait
	[ "$status" = 1 ]
	[ "$(outcome 2026-05-01)" = all_bad ]
	[ "$(cat "$dir"/lake/visits/*/part-*)" = "$before" ]
	[ "$(sqlite3 -readonly "$dir/.tidemill/state.db" 'SELECT count(*) FROM attempt')" = 2 ]
	run tm why i load -l 2026-05-01
	[[ "$output" == *"2 rows were read and none is left, 2 were refused"* ]]
	ingest_dag 'empty: allow'
	tm backfill create i --from-date 2026-05-01 --to-date 2026-05-01 \
		--reprocess-behavior failed --wait
	[ "$(jq .rows "$dir"/lake/visits/*/_manifest.json)" = 0 ]
}

@test "a file without even a header is no empty day, a header alone is" {
	ingest_dag 'priority: 0'
	: >"$dir/in/2026-05-01.csv"
	printf '\xef\xbb\xbf' >"$dir/in/2026-05-02.csv"
	landing 2026-05-03 0
	run days i 2026-05-01 2026-05-03
	[ "$status" = 1 ]
	[ "$(outcome 2026-05-01)" = error ]
	[ "$(outcome 2026-05-02)" = error ]
	[ "$(outcome 2026-05-03)" = ok ]
	[ "$(ls "$dir/lake/visits")" = event_date=2026-05-03 ]
}

@test "no rows where the same weekdays had some are an error" {
	ingest_dag 'priority: 0'
	landing 2026-05-01 120
	landing 2026-05-08 100
	landing 2026-05-15 0
	landing 2026-05-16 0
	for day in 01 08 16; do days i 2026-05-$day 2026-05-$day; done
	run days i 2026-05-15 2026-05-15
	[ "$status" = 1 ]
	[ "$(outcome 2026-05-15)" = gate_failed ]
	run tm why i load -l 2026-05-15
	[[ "$output" == *"no rows, where the last 2 same weekdays had 110"* ]]
	ingest_dag 'empty: allow'
	tm backfill create i --from-date 2026-05-15 --to-date 2026-05-15 \
		--reprocess-behavior failed --wait
}

@test "volume_change finds each empty day, also the first" {
	ingest_dag 'checks: [volume_change: {baseline: previous, severity: warn}]'
	for day in 01 02; do landing 2026-05-$day 0; done
	days i 2026-05-01 2026-05-02
	[ "$(jq -r '.checks[] | .status + " " + .reason' "$dir"/lake/visits/*/_manifest.json |
		uniq -c | tr -s ' ')" = ' 2 warn empty_partition' ]
}

@test "rows that were set aside are said by --wait, runs show and why" {
	ingest_dag 'priority: 0'
	landing 2026-05-01 2
	echo 'x,2026-05-01T08:00:00Z' >>"$dir/in/2026-05-01.csv"
	run days i 2026-05-01 2026-05-01
	[ "$status" = 0 ]
	[[ "$output" == *"2026-05-01 load: 3 rows read, 1 set aside in 'visits_quarantine'"* ]]
	[[ "$output" == *"which and why: tidemill tasks logs i load 2026-05-01"* ]]
	[[ "$(tm tasks logs i load 2026-05-01)" == *"set aside: 1, the first: "*" row "* ]]
	run tm runs show i 2026-05-01
	[[ "$output" == *"load: 3 rows read, 1 set aside in 'visits_quarantine'"* ]]
	run tm why i load -l 2026-05-01
	[[ "$output" == *"load: 3 rows read, 1 set aside in 'visits_quarantine'"* ]]
	[ "$(tm runs show i 2026-05-01 -o json | jq -c '.set_aside[0] | [.task, .read, .quarantined,
		.dropped, .dataset]')" = '["load",3,1,0,"visits_quarantine"]' ]
	[ "$(tm why i -l 2026-05-01 -o json | jq '.set_aside[0].quarantined')" = 1 ]
	landing 2026-05-02 2
	days i 2026-05-02 2026-05-02
	[ "$(tm runs show i 2026-05-02 -o json | jq -c .set_aside)" = '[]' ]
}

people_dag() { # on_fail of the check
	cat >"$dir/dags/p.yaml" <<-YAML
		dag: p
		schedule: {partition: day}
		datasets:
		  people:
		    path: lake/people
		    format: csv
		    columns: {id: int64, mail: {type: string, personal: true}, at: {type: timestamp}}
		  once: {path: lake/once, format: csv, columns: {id: int64, mail: string, at: timestamp,
		         _received_at: timestamp, _source_file: string, _row: int64}}
		tasks:
		  load:
		    operator: ingest
		    from: {path: "in/{{ ds }}.csv", format: csv}
		    event_time: at
		    output: people
		    checks:
		      - accepted_values: {column: mail, values: [a@b.c], severity: warn}
		      - accepted_range: {column: id, max: 0, severity: warn}
		  once:
		    operator: dedup
		    input: people
		    key: id
		    output: once
		    checks: [accepted_values: {column: mail, values: [a@b.c], severity: warn}]
	YAML
	printf 'id,mail,at\n7,ada@home.example,2026-05-01T08:00:00Z\n' >"$dir/in/2026-05-01.csv"
}

@test "values of a personal column are in no sample, and none are with check_samples: false" {
	people_dag
	days p 2026-05-01 2026-05-01
	run jq -c '.checks[] | .failed_count, .sample' "$dir"/lake/people/*/_manifest.json
	[ "$output" = '1
[{"row":1,"_source_file":"in/2026-05-01.csv","_row":1}]
1
[{"row":1,"id":7,"_source_file":"in/2026-05-01.csv","_row":1}]' ]
	grep -rq ada@home.example "$dir"/lake/people/*/part-*
	run grep -r ada@home.example "$dir/.tidemill" "$dir"/lake/people/*/_manifest.json \
		"$dir"/lake/once/*/_manifest.json
	[ "$status" = 1 ]
	echo 'check_samples: false' >"$dir/tidemill.yaml"
	tm backfill create p --from-date 2026-05-01 --to-date 2026-05-01 \
		--reprocess-behavior completed --wait
	[ "$(jq -c '[.checks[].sample]' "$dir"/lake/people/*/_manifest.json)" = '[[],[]]' ]
}

@test "what is said of a day whose rows are all bad shows no personal values" {
	people_dag
	printf 'id,mail,at\nseven,ada@home.example,2026-05-01T08:00:00Z\n' >"$dir/in/2026-05-01.csv"
	run days p 2026-05-01 2026-05-01
	[ "$status" = 1 ]
	run tm why p load -l 2026-05-01
	[[ "$output" == *"row 1: wrong_type; not published"* ]]
	sed -i 's/event_time: at/event_time: at\n    on_bad_row: fail/' "$dir/dags/p.yaml"
	run tm backfill create p --from-date 2026-05-01 --to-date 2026-05-01 \
		--reprocess-behavior failed --wait
	[ "$status" = 1 ]
	run tm why p load -l 2026-05-01
	[[ "$output" == *"row 1: wrong_type"* && "$output" != *seven* ]]
	run grep -r 'seven\|ada@home' "$dir/.tidemill/logs"
	[ "$status" != 0 ]
}

@test "values that a column of another file never has are a mistake of the project" {
	people_dag
	cat >"$dir/dags/look.yaml" <<-YAML
		dag: look
		schedule: {partition: day}
		tasks:
		  look: {operator: quality, dataset: people, checks: [accepted_values: {column: at, values: [noon]}]}
	YAML
	run tm validate
	[ "$status" = 1 ]
	[[ "$output" == *"look.yaml:4:"*"'noon' is no timestamp, and the column is timestamp [E0709]"* ]]
	[[ "$output" == *"write it as 2026-05-01T12:00:00Z"* ]]
}
