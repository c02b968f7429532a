# when.bats - `when:` and skip_exit_code, as a person meets them.

load ../fixture/project

setup() {
	project landing
}

@test "branching: one of three runs, the others say why not" {
	cp "$examples/branching.yaml" "$dir/dags/"
	tm backfill create branching --from-date 2026-05-02 --to-date 2026-05-03 --wait
	[ "$(states branching 2026-05-02)" = "look success, full skipped, quick success, nothing skipped, report success" ]
	[ "$(states branching 2026-05-03)" = "look success, full success, quick skipped, nothing skipped, report success" ]
	run tm why branching quick
	echo "$output"
	[[ "$output" == *"skipped: its \`when\` is false: params.mode = 'quick' or"* ]]
	run tm runs show branching 2026-05-02
	echo "$output"
	[[ "$output" == *"full"*"skipped"*"its \`when\` is false: params.mode = 'full' or"* ]]
}

@test "branching: a parameter of a run decides, and a run in which nothing ran is a success" {
	cp "$examples/branching.yaml" "$dir/dags/"
	tm dags trigger branching --logical-date 2026-05-02 -p mode=full --wait
	[ "$(states branching 2026-05-02)" = "look success, full success, quick skipped, nothing skipped, report success" ]
	tm dags trigger branching --logical-date 2026-05-03 -p mode=other --wait
	[ "$(states branching 2026-05-03)" = "look success, full skipped, quick skipped, nothing success, report success" ]
}

@test "short_circuit: a program that ends with its skip_exit_code skips what follows" {
	cp "$examples/short_circuit.yaml" "$dir/dags/"
	tm dags trigger short_circuit --wait
	run_id=$(tm runs list -o json | jq -r '.[0].run_id')
	[ "$(states short_circuit "$run_id")" = "fetch skipped, load skipped, index skipped, tidy skipped" ]
	[ "$(tm tasks state short_circuit fetch "$run_id" -o json | jq -r '.attempts[0] | .outcome + " " + (.exit_code | tostring)')" = "skipped 99" ]
	run tm why short_circuit fetch
	echo "$output"
	[[ "$output" == *"skipped: it ended with its skip_exit_code"* ]]
	run tm why short_circuit load
	[[ "$output" == *"skipped: an upstream was skipped: fetch"* ]]
	run tm runs show short_circuit "$run_id"
	[[ "$output" == *"index"*"an upstream was skipped: load"* ]]
	run tm why short_circuit 2026-05-02
	[ "$status" -eq 2 ]
	[[ "$output" == *"has no task '2026-05-02'"*"tidemill why short_circuit --logical-date 2026-05-02"* ]]
	echo a,b >"$dir/landing/new.csv"
	tm runs clear short_circuit "$run_id" --wait
	[ "$(states short_circuit "$run_id")" = "fetch success, load success, index success, tidy success" ]
}

@test "another exit code is a failure, and without skip_exit_code 99 is one too" {
	cat >"$dir/dags/a.yaml" <<-'Y'
		dag: a
		tasks:
		  other: {operator: command, shell: "exit 98", skip_exit_code: 99, on_fail: ignore}
		  plain: {operator: command, shell: "exit 99", on_fail: ignore}
		  seven: {operator: command, shell: "exit 7", skip_exit_code: 7}
	Y
	tm dags trigger a --wait
	[ "$(states a "$(tm runs list -o json | jq -r '.[0].run_id')")" = "other failed, plain failed, seven skipped" ]
}

@test "a rule that cannot accept names what stands against it" {
	cat >"$dir/dags/a.yaml" <<-'Y'
		dag: a
		tasks:
		  good: {operator: command, run: ["true"]}
		  none: {operator: command, shell: "exit 99", skip_exit_code: 99}
		  last: {operator: command, run: ["true"], needs: [good, none], trigger_rule: none_skipped}
	Y
	tm dags trigger a --wait
	run tm why a last
	echo "$output"
	[[ "$output" == *"its trigger rule none_skipped cannot accept any more: none skipped"* ]]
}

@test "a skip publishes nothing of what was left, and who reads it is skipped too" {
	cat >"$dir/dags/a.yaml" <<-'Y'
		dag: a
		schedule: {partition: day}
		datasets: {d: {path: lake/d, format: csv, columns: {n: int64}}}
		tasks:
		  write:
		    operator: command
		    output: d
		    skip_exit_code: 99
		    shell: 'printf "n\n1\n" >"$TIDEMILL_OUTPUT/a.csv"; exit 99'
		  read: {operator: command, inputs: [d], run: [echo, read]}
	Y
	tm dags trigger a --logical-date 2026-05-02 --wait
	[ "$(states a 2026-05-02)" = "write skipped, read skipped" ]
	[ ! -e "$dir/lake/d/event_date=2026-05-02" ]
	[ -z "$(find "$dir/lake" -name '*.csv')" ]
}

@test "a when without a value fails its task at once, whatever the retries are" {
	cat >"$dir/dags/a.yaml" <<-'Y'
		dag: a
		params: {n: {type: int, default: 2}}
		tasks:
		  t: {operator: command, run: [echo], retries: 5, when: "params.n * 9223372036854775807 > 0"}
	Y
	run tm dags trigger a --wait
	[ "$status" -ne 0 ]
	run tm why a t
	echo "$output"
	[[ "$output" == *"its \`when\` has no value: 'params.n * 9223372036854775807': the result is beyond int64"* ]]
	[ "$(tm runs show a "$(tm runs list -o json | jq -r '.[0].run_id')" -o json | jq -r '.task_list[0] | .state + " " + (.tries | tostring) + " " + .gate.gate')" = "failed 0 when_error" ]
	tm dags trigger a -p n=0 --wait
}

@test "a when decides anew when its task is cleared" {
	cat >"$dir/dags/a.yaml" <<-'Y'
		dag: a
		schedule: {partition: day}
		tasks:
		  up: {operator: command, shell: "test -e go"}
		  down: {operator: command, needs: up, trigger_rule: all_done, when: "tasks.up.state = 'success'", run: [echo]}
	Y
	run tm dags trigger a --logical-date 2026-05-02 --wait
	[ "$status" -ne 0 ]
	[ "$(states a 2026-05-02)" = "up failed, down skipped" ]
	touch "$dir/go"
	tm runs clear a 2026-05-02 -t up --wait
	[ "$(states a 2026-05-02)" = "up success, down success" ]
}

@test "mistakes in a when are shown under the caret, with what to type" {
	cat >"$dir/dags/a.yaml" <<-'Y'
		dag: a
		params: {n: {type: int, default: 2}}
		tasks:
		  t: {operator: command, run: [echo], when: "params.n = 'two'"}
	Y
	run tm validate
	echo "$output"
	[ "$status" -eq 1 ]
	[[ "$output" == *"a.yaml:4:57: error: 'when': int64 is compared with text [E0903]"* ]]
	[[ "$output" == *"= help: a number is written without quotes: 7"* ]]
	tm explain E0903 | grep -q "Where true or false is wanted"
}
