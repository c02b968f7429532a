# terminal.bats - what a person is told: words, projects, logs, and what reaches a terminal.

load ../fixture/project

setup() {
	project sub/deep
	cat >"$dir/dags/sales.yaml" <<-YAML
		dag: sales
		schedule: {partition: day}
		start_date: 2026-05-01
		params: {name: {default: nobody}}
		datasets: {score: {path: lake/score, columns: {id: int64}}}
		tasks:
		  show: {operator: command, shell: "printf '\\\\033]0;title\\\\007\\\\033[2J\\\\033[31mred\\\\033[0m caf\\\\351\\\\n'"}
		  many: {operator: command, run: [seq, "200000"]}
	YAML
}

# The command on a terminal, what it printed on standard output of this.
on_terminal() { timeout 20 script -qec "$TIDEMILL -C $dir $*" /dev/null </dev/null; }

@test "text that is not UTF-8 is refused by name, and nothing is run" {
	run tm dags trigger sales -p $'name=caf\xe9' --wait
	[ "$status" -eq 2 ]
	[ "$output" = "tidemill: --param 'name=caf\\xe9' is not UTF-8 text" ]
	run tm dags trigger sales --idempotency-key $'k\xff'
	[ "$status" -eq 2 ]
	[[ "$output" == *"--idempotency-key 'k\\xff' is not UTF-8 text"* ]]
	run tm tasks logs sales $'sh\xf6w' 2026-05-01
	[ "$status" -eq 2 ]
	[[ "$output" == *"TASK 'sh\\xf6w' is not UTF-8 text"* ]]
	run tm dags trigger sales -p name=a -p name=b
	[ "$status" -eq 2 ]
	[[ "$output" == *"--param gives 'name' twice"* ]]
	[ ! -e "$dir/.tidemill/state.db" ] || [ "$(tm runs list -o json | jq length)" = 0 ]
}

@test "a log acts on nothing but the colours of a terminal, and is whole behind a pipe" {
	tm dags trigger sales -l 2026-05-01 --wait
	tm tasks logs sales show 2026-05-01 >"$dir/raw"
	[ "$(od -An -c "$dir/raw" | tr -d ' \n')" = '033]0;title\a033[2J033[31mred033[0mcaf351\n' ]
	on_terminal tasks logs sales show 2026-05-01 >"$dir/seen"
	cat -v "$dir/seen"
	grep -qF '^[]0;title^G^[[2J' "$dir/seen"
	grep -qF $'\033[31mred\033[0m caf\\xe9' "$dir/seen"
	not grep -qF $'\033[2J' "$dir/seen"
}

@test "what is said fits a terminal of 80 columns, in words, and is as it is behind a pipe" {
	printf 'dag: wrong\nschedule: {cron: "0 6 * * *", timezone: Europe/Berlin, dst_gap: skip, dst_overlap: first, partition: daily}\nstart_date: 2026-05-01\ntasks:\n  t: {operator: command, run: [make], retry_on: [SIGKIL]}\n' >"$dir/dags/wrong.yaml"
	COLUMNS=80 on_terminal validate | tr -d '\r' | sed 's/\x1b\[[0-9;]*m//g' >"$dir/seen"
	cat "$dir/seen"
	[ "$(awk '{ if (length > most) most = length } END { print most }' "$dir/seen")" -le 80 ]
	grep -qx "      quarter, year or none, not 'daily' \[E0504\]" "$dir/seen"
	# The caret stands below what it points at.
	[ "$(awk '/partition: daily/ { at = index($0, "daily") } /\^\^\^\^\^$/ { print index($0, "^") - at; exit }' "$dir/seen")" = 0 ]
	tm validate 2>&1 | grep -q "partition' has to be hour, day, week, month, quarter, year or none, not 'daily' \[E0504\]$"
	COLUMNS=60 on_terminal runs list -s nowhere | tr -d '\r' >"$dir/seen"
	cat "$dir/seen"
	[ "$(cat "$dir/seen")" = $'tidemill: --state \'nowhere\' is not queued, running, success,\n  failed, cancelled or up_for_retry' ]
	run tm runs list -s illegal
	[ "$status" -eq 2 ]
	[[ "$output" == *"--state 'illegal' is not queued, running"* ]]
}

@test "a log is JSON when JSON is asked for, and -o is refused where there is none" {
	tm dags trigger sales -l 2026-05-01 --wait
	[ "$(tm tasks logs sales many 2026-05-01 -o json | jq -r '.log | length')" = 1288895 ]
	run tm scheduler -o json
	[ "$status" -eq 2 ]
	[[ "$output" == *"has no -o"* ]]
}

@test "nobody reading any more is no failure and no message" {
	tm dags trigger sales -l 2026-05-01 --wait
	[ "$(tm tasks logs sales many 2026-05-01 2>"$dir/err" | head -n 1)" = 1 ]
	[ ! -s "$dir/err" ]
	"$TIDEMILL" help 2>"$dir/err" | true
	[ ! -s "$dir/err" ]
	run bash -c "'$TIDEMILL' help >/dev/full"
	[ "$status" -eq 1 ]
	[[ "$output" == *"No space left"* ]]
}

@test "the logs of a task that the dag has no more are reached" {
	tm dags trigger sales -l 2026-05-01 --wait
	sed -i '/show:/d' "$dir/dags/sales.yaml"
	tm runs clear sales 2026-05-01 --wait
	tm tasks logs sales show 2026-05-01 | grep -q red
	tm tasks logs sales show 2026-05-01 --epoch 1 | grep -q red
	run tm tasks logs sales show 2026-05-01 --epoch 2
	[ "$status" -eq 2 ]
	[ "$(tm tasks state sales show 2026-05-01 -o json | jq -r '.state + " " + .attempts[0].state')" = "removed success" ]
	run tm tasks logs sales shwo 2026-05-01
	[ "$status" -eq 2 ]
}

@test "the project is found upwards, and where there is none nothing is made" {
	cd "$dir/sub/deep"
	[ "$("$TIDEMILL" dags list -o json | jq -r '.[0].dag')" = sales ]
	cd /
	mkdir "$dir/none"
	local before command
	for command in "runs list" "dags list" scheduler "dags trigger sales" standalone validate; do
		run "$TIDEMILL" -C "$dir/none" $command
		echo "$command: $output"
		[ "$status" -eq 2 ]
		[[ "$output" == *"is no project"* ]]
	done
	[ -z "$(ls -A "$dir/none")" ]
	run "$TIDEMILL" -C "$dir/nothing" runs list
	[ "$status" -eq 2 ]
}

@test "a word that is not known: what was meant" {
	local line
	tm dags trigger sales -l 2026-05-01 --wait
	while IFS='|' read -r line said; do
		run tm $line
		echo "$line: $status $output"
		[ "$status" -eq 2 ]
		[[ "$output" == *"$said"* ]]
	done <<-'LINES'
		dags trigger slaes|perhaps 'sales'
		runs list -d slaes|did you mean 'sales'?
		why slaes|did you mean 'sales'?
		runs show sales 2019-01-01|dag 'sales' has no run '2019-01-01'; there is manual__2026-05-01
		runs show sales manual__2026-05-11|did you mean 'manual__2026-05-01'?
		runs show sales|RUN is missing
		runs clear sales 2026-05-01 -t shwo|perhaps 'show'
		tasks logs sales shwo 2026-05-01|did you mean 'show'?
		tasks logs sales 2026-05-01 show|tidemill tasks logs sales show 2026-05-01
		backfill create sales --from 2026-05-01|perhaps '--from-date'
		backfill sales|perhaps 'backfill create'
		trigger sales|perhaps 'dags trigger'
		logs sales|perhaps 'tasks logs'
		init|mkdir dags
		run list|perhaps 'runs list'
		dag list|perhaps 'dags list'
		dags trigger dags/sales.yaml|perhaps 'sales'
		dags trigger sales -l 2026-5-1|perhaps 2026-05-01
		version|tidemill --version
		variables list|tidemill.yaml
		connections|tidemill.yaml
		tasks run|tasks test
		tasks clear sales|runs clear DAG RUN -t TASK
		dags delete sales|dags/
		backfill create sales -s 2026-05-01|--from-date
		runs list -v|--version
		--limit 1 runs list|belongs behind it
		dags trigger sales extra|'extra' is one argument too many
		dags trigger sales -p colour=red|it has name
		dags trigger sales -l 01.05.2026|perhaps 2026-05-01
		dags trigger sales -l 20260501|perhaps 2026-05-01
		dags trigger sales -l yesterday|perhaps 20
		backfill create sales --from-date 2026-05-01|needs --to-date too
		why sales shwo|tidemill tasks list sales
		why sales show -l gestern|there is manual__2026-05-01
		backfill create sales --start-date 2026-05-01|--from-date and --to-date
		data head --sep ; sales.csv|--delimiter
		runs clear sales 2026-05-01 -t show -t many|--task is given twice, 'show' and 'many'
		web --host 0.0.0.0|--listen
		datasets show scroe|did you mean 'score'?
	LINES
}

@test "a table fits the terminal: 80 columns, 40 columns; what is left out is said" {
	local width
	tm backfill create sales --from-date 2026-05-01 --to-date 2026-05-03 --wait
	for width in 80 40; do
		timeout 20 script -qec "stty cols $width; cd $dir; $TIDEMILL runs list; $TIDEMILL runs show sales 2026-05-01; $TIDEMILL why sales; $TIDEMILL dags list; $TIDEMILL tasks state sales many 2026-05-02" /dev/null </dev/null >"$dir/seen"
		tr -d '\r' <"$dir/seen" | awk -v width=$width 'length($0) > width { print; bad = 1 } END { exit bad }'
	done
	tr -d '\r' <"$dir/seen" | grep -A 1 'left out, the terminal is narrow:' | grep -q ' RUN_ID, EPOCH'
	# Nothing is left out behind a pipe, and no time has a fraction.
	[ "$(tm runs list | head -n 1 | wc -w)" -eq 9 ]
	tm runs list | not grep -q '\.[0-9]*Z'
	tm runs list -o json | grep -q 'started_at.*\.[0-9]*Z'
}

@test "runs list: the newest work first, since when, and how many there are" {
	tm backfill create sales --from-date 2026-05-01 --to-date 2026-05-03 --wait
	tm runs clear sales 2026-05-02 --wait
	[ "$(tm runs list -o json | jq -r '.[0].logical_date')" = 2026-05-02T00:00:00Z ]
	[ "$(tm runs list --sort logical_date -o json | jq -r '.[0].logical_date')" = 2026-05-03T00:00:00Z ]
	run tm runs list --limit 2
	[[ "$output" == *"the newest 2 of 3: --limit N shows more"* ]]
	[ "$(tm runs list --since 1h -o json | jq length)" = 3 ]
	[ "$(tm runs list --since 2030-01-01 -o json | jq length)" = 0 ]
	run tm runs list --since yesterday
	[ "$status" -eq 2 ]
	run tm runs list --sort size
	[ "$status" -eq 2 ]
}

@test "what could not run names who failed" {
	cat >"$dir/dags/chain.yaml" <<-YAML
		dag: chain
		tasks:
		  load: {operator: command, run: ["false"]}
		  next: {operator: command, run: ["true"], needs: [load]}
		  last: {operator: command, run: ["true"], needs: [next]}
	YAML
	run tm dags trigger chain --wait
	[ "$status" -eq 1 ]
	local id
	id=$(tm runs list -d chain -o json | jq -r '.[0].run_id')
	tm runs show chain "$id" | grep -q '^last upstream_failed .* load did not succeed'
	[ "$(tm runs show chain "$id" -o json | jq -c '.task_list[2].failed_upstream')" = '["load"]' ]
}

@test "--wait ends with counts, the days that failed, the last line of a log and what to type" {
	cat >"$dir/dags/flaky.yaml" <<-'YAML'
		dag: flaky
		schedule: {partition: day}
		start_date: 2026-05-01
		tasks:
		  load: {operator: command, shell: "echo begin; echo no connection >&2; [ {{ ds }} = 2026-05-02 ]"}
	YAML
	run tm backfill create flaky --from-date 2026-05-01 --to-date 2026-05-03 --wait
	echo "$output"
	[ "$status" -eq 1 ]
	[[ "$output" == *"backfill flaky: 3 runs: 1 success, 2 failed: 2026-05-01, 2026-05-03"* ]]
	[[ "$output" == *"2026-05-01: task load, try 1: error: exit status 1"*"its log ends: no connection"* ]]
	local typed
	typed=$(sed -n 's/^again, what failed: tidemill //p' <<<"$output")
	sed -i 's/\[ {{ ds }} = 2026-05-02 \]/true/' "$dir/dags/flaky.yaml"
	tm $typed
	typed=$(sed -n 's/^  tidemill //p' <<<"$output" | head -n 1)
	tm $typed | grep -q "no connection"
	[ "$(tm runs clear flaky 2026-05-01 --wait -o json | jq -r '.outcome | .state + " " + .runs[0].state + " " + (.success | tostring)')" = "success success 1" ]
}

@test "the outcome is one JSON value, also when a daemon carried it out" {
	printf 'dag: bad\ntasks: {load: {operator: command, shell: "echo why; exit 3"}}\n' >"$dir/dags/bad.yaml"
	local answer
	start_scheduler
	answer=$(tm dags trigger bad --wait -o json) || [ $? -eq 1 ]
	stop_scheduler
	[ "$(jq -r '.ok, .outcome.state, .outcome.runs[0].failed_tasks[0].last_line' <<<"$answer" | tr '\n' ' ')" = "true failed why " ]
}

@test "clear says which tasks run again and what they will read" {
	mkdir -p "$dir/landing"
	printf 'id,at\n1,2026-05-01T00:00:00Z\n' >"$dir/landing/2026-05-01.csv"
	cat >"$dir/dags/flow.yaml" <<-'YAML'
		dag: flow
		schedule: {partition: day}
		start_date: 2026-05-01
		datasets: {e: {path: lake/e, format: csv, columns: {id: int64, at: timestamp}}}
		tasks:
		  in: {operator: ingest, from: {path: "landing/{{ ds }}.csv", format: csv}, event_time: at, output: e}
		  use: {operator: command, inputs: [e], run: ["false"]}
	YAML
	run tm dags trigger flow -l 2026-05-01 --wait
	[ "$status" -eq 1 ]
	run tm runs clear flow 2026-05-01 --only-failed --wait
	echo "$output"
	[[ "$output" == *"queued again, epoch 2: use runs again and will read e as published by then"* ]]
}

@test "dags list marks files that are broken or gone" {
	printf 'dag: other\ntasks: {a: {operator: command, run: [make]}}\n' >"$dir/dags/other.yaml"
	printf 'dag: never\ntasks: [\n' >"$dir/dags/never.yaml"
	tm dags pause sales
	tm dags pause other
	rm "$dir/dags/other.yaml"
	echo 'nonsense: {' >>"$dir/dags/sales.yaml"
	[ "$(tm dags list -o json | jq -r 'map(.dag + " " + .file_state) | sort | join(", ")')" = "never broken, other removed, sales broken" ]
	tm dags list | grep -q '^other .* removed$'
}

@test "a plan of many days is told in ranges on a terminal, day by day behind a pipe" {
	[ "$(tm backfill create sales --from-date 2026-03-01 --to-date 2026-06-30 -n | wc -l)" -eq 123 ]
	on_terminal backfill create sales --from-date 2026-03-01 --to-date 2026-06-30 -n >"$dir/seen"
	cat "$dir/seen"
	grep -q '^2026-03-01 to 2026-04-30 .*before start_date' "$dir/seen"
	[ "$(wc -l <"$dir/seen")" -le 5 ]
}

@test "a failed check shows its first rows, wherever it is told" {
	mkdir -p "$dir/landing"
	printf 'id,at\n1,2026-05-01T00:00:00Z\n,2026-05-01T00:00:00Z\n' >"$dir/landing/2026-05-01.csv"
	cat >"$dir/dags/flow.yaml" <<-'YAML'
		dag: flow
		schedule: {partition: day}
		start_date: 2026-05-01
		datasets: {e: {path: lake/e, format: csv, columns: {id: int64, at: timestamp}}}
		tasks:
		  in:
		    operator: ingest
		    from: {path: "landing/{{ ds }}.csv", format: csv}
		    event_time: at
		    output: e
		    checks: [not_null: {columns: [id]}]
		  use: {operator: command, inputs: [e], run: ["true"]}
	YAML
	run tm tasks test flow in 2026-05-01
	echo "$output"
	[[ "$output" == *"check not_null "*" fail "*"row 2: id=NULL"* ]]
	run tm dags trigger flow -l 2026-05-01 --wait
	echo "$output"
	[ "$status" -eq 1 ]
	[[ "$output" == *"check not_null "*" fail "*"row 2: id=NULL"*"tidemill tasks logs flow in 2026-05-01"* ]]
	run tm tasks logs flow in 2026-05-01
	[[ "$output" == *"row 2: id=NULL"* ]]
	run tm why flow use -l 2026-05-01
	[[ "$output" == *"upstream_failed: in did not succeed"* ]]
	run tm tasks test flow use 2026-05-01
	[ "$status" -eq 1 ]
	[[ "$output" == *"it reads e 2026-05-01, which is not published; make it with: tidemill dags trigger flow -l 2026-05-01 --wait"* ]]
}

@test "nothing that a file holds acts on a terminal: rows, JSON, messages, tables" {
	local esc=$'\033]0;title\007' command
	printf 'id,name\n1,%s\n' "$esc" >"$dir/x.csv"
	printf 'id,na%sme\n1,2\n' "$esc" >"$dir/y.csv"
	mkdir "$dir/landing"
	for command in "data cat -o csv $dir/x.csv" "data cat -o jsonl $dir/x.csv" "data head $dir/x.csv" "data stats -o json $dir/x.csv" \
		"data schema -o csv $dir/y.csv" "data head $dir/y.csv" "data cat -c none $dir/y.csv" "dags trigger '$esc'" "validate '$esc'"; do
		on_terminal "$command" >"$dir/seen" || true
		if grep -qF "$esc" "$dir/seen"; then
			echo "$command"
			cat -v "$dir/seen"
			return 1
		fi
		[ -s "$dir/seen" ]
	done
	# Behind a pipe the bytes are those of the file.
	tm data cat -o csv "$dir/x.csv" | grep -qF "$esc"
}

@test "a run that has not ended is asked about, not cleared" {
	tm dags trigger sales -l 2026-05-02
	run tm dags trigger sales -l 2026-05-02
	echo "$output"
	[ "$status" -eq 4 ]
	[[ "$output" == *"(manual__2026-05-02, queued); what it waits for tells: tidemill why sales -l 2026-05-02"* ]]
	run tm why sales -l 2026-05-02
	[ "$status" -eq 0 ]
}
