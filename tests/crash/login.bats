#!/usr/bin/env bats
# login.bats - what a login gives to a scheduler: a umask, limits.

load common

@test "what is made is changed by nobody else, whatever the umask" {
	cd "$dir"
	mkdir landing
	echo '{"id": 1, "at": "2026-05-01T00:00:00Z"}' >landing/2026-05-01.jsonl
	cat >dags/rows.yaml <<-'YAML'
		dag: rows
		schedule: {partition: day}
		start_date: 2026-05-01
		datasets:
		  raw: {path: lake/raw, format: csv, columns: {id: int64, at: timestamp}}
		  made: {path: lake/made, format: csv, columns: {id: int64}}
		tasks:
		  raw:
		    operator: ingest
		    from: {path: "landing/{{ ds }}.jsonl", format: jsonl}
		    event_time: at
		    output: raw
		  made:
		    operator: command
		    needs: [raw]
		    output: made
		    shell: 'umask >umask; { echo id; echo 1; } >"$TIDEMILL_OUTPUT/a.csv"'
	YAML
	(umask 000 && tm backfill create rows --from-date 2026-05-01 --to-date 2026-05-01 --wait)
	[ "$(cat umask)" = 0000 ]
	[ -z "$(find lake .tidemill ! -type l -perm /022)" ]
	[ "$(stat -c %a .tidemill)" = 700 ]
}

@test "a limit of file sizes is told as an error" {
	cd "$dir"
	printf 'dag: one\ntasks:\n  t: {operator: command, run: ["true"]}\n' >dags/one.yaml
	run bash -c "ulimit -f 20; '$TIDEMILL' -C '$dir' dags trigger one --wait"
	[ "$status" -eq 1 ] || [ "$status" -eq 3 ]
	[[ "$output" == *"File too large"* ]]
}

@test "with too little memory it says so and nothing is begun, or the work is done" {
	if ldd "$TIDEMILL" | grep -q 'lib[a-z]*san'; then
		skip "the sanitizers take address space of their own"
	fi
	cd "$dir"
	printf 'dag: one\ntasks:\n  t: {operator: command, run: ["true"]}\n' >dags/one.yaml
	# More than the program and its libraries, less than the stacks of its threads.
	run bash -c "ulimit -v 30000; '$TIDEMILL' -C '$dir' dags trigger one --wait"
	[ "$status" -eq 1 ]
	[[ "$output" == *"ulimit -v"* ]]
	[ "$(sqlite3 -readonly .tidemill/state.db 'SELECT count(*) FROM v_run')" = 0 ]
	run bash -c "ulimit -v 120000; '$TIDEMILL' -C '$dir' dags trigger one --wait"
	[ "$status" -eq 0 ]
}
