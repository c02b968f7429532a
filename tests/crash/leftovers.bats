#!/usr/bin/env bats
# leftovers.bats - what is left behind by kills and by projects that are gone is cleared away.

load common

dag_made() {
	dag made <<-'YAML'
		dag: made
		schedule: {partition: day}
		start_date: 2026-05-01
		datasets:
		  rows: {path: lake/rows, format: csv, columns: {id: int64}}
		tasks:
		  make:
		    operator: command
		    retries: 0
		    output: rows
		    shell: |
		      mkdir -p "$TIDEMILL_OUTPUT/deep"
		      echo begin >>%DIR%/ran
		      if [ ! -e %DIR%/go ]; then read line <%DIR%/gate; fi
		      rmdir "$TIDEMILL_OUTPUT/deep"
		      { echo id; echo 1; } >"$TIDEMILL_OUTPUT/a.csv"
	YAML
}

staging() { echo "$dir/lake/.tidemill-lake/rows/staging/$1"; }

gone() { [ ! -e "$1" ]; }

@test "what a killed program had made goes with its attempt" {
	dag_made
	start_scheduler
	tm backfill create made --from-date 2026-05-01 --to-date 2026-05-01
	wait_for ran begin 1
	[ -d "$(staging a1-work)/deep" ]
	touch "$dir/go"
	kill -KILL "$(pgrep -P "$(pgrep -P "$scheduler")")" # the shim, and the worker dies with it
	wait_for runs_are success
	wait_for gone "$(staging a1-work)"
}

@test "what ended attempts left in staging is cleared away by the next scheduler" {
	dag_made
	touch "$dir/go"
	tm backfill create made --from-date 2026-05-01 --to-date 2026-05-01 --wait
	mkdir -p "$(staging a1)" "$(staging a1-work)/deep" "$(staging a99)" "$(staging other)"
	echo 1 >"$(staging a1)/part-00000.csv"
	start_scheduler
	wait_for gone "$(staging a1)"
	wait_for gone "$(staging a1-work)"
	[ -d "$(staging a99)" ] # no attempt of ours: somebody else's
	[ -d "$(staging other)" ]
}

@test "the runtime directory of a project that is gone is removed by its neighbour" {
	dag_quick_at() {
		mkdir -p "$1/dags"
		printf 'dag: q\ntasks:\n  t: {operator: command, run: ["true"]}\n' >"$1/dags/q.yaml"
		"$TIDEMILL" -C "$1" dags trigger q --wait 3>&-
	}
	dag_quick_at "$dir/one"
	dag_quick_at "$dir/two"
	[ "$(ls "$XDG_RUNTIME_DIR/tidemill" | wc -l)" -eq 2 ]
	left=$(readlink "$dir/one/.tidemill/runtime")
	rm -rf "$dir/one"
	"$TIDEMILL" -C "$dir/two" dags trigger q --wait 3>&-
	[ ! -e "$left" ]
	[ -d "$(readlink "$dir/two/.tidemill/runtime")" ]
}
