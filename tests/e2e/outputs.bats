# outputs.bats - what a program leaves in $TIDEMILL_RESULT, and what asks for it.

load ../fixture/project

setup() { project landing; }

@test "outputs: what the first task found decides what runs" {
	cp "$examples/outputs.yaml" "$dir/dags/"
	touch "$dir"/landing/2026-05-02.a "$dir"/landing/2026-05-03.{a,b,c}
	tm backfill create outputs --from-date 2026-05-01 --to-date 2026-05-03 --wait
	[ "$(states outputs 2026-05-01)" = "look success, load skipped, load_in_parts skipped, tell success" ]
	[ "$(states outputs 2026-05-02)" = "look success, load success, load_in_parts skipped, tell skipped" ]
	[ "$(states outputs 2026-05-03)" = "look success, load success, load_in_parts success, tell skipped" ]
	[ "$(tm runs show outputs 2026-05-03 -o json | jq -c '.task_list[0].outputs')" = '{"files":3,"newest":"2026-05-03","kind":"many"}' ]
	[ "$(tm runs show outputs 2026-05-03 -o json | jq -c '.task_list[1].outputs')" = null ]
	run tm runs show outputs 2026-05-03
	echo "$output"
	[[ "$output" == *"OUTPUTS"* && "$output" == *"files=3 newest=2026-05-03 kind=many"* ]]
	run tm tasks state outputs look 2026-05-01
	echo "$output"
	[[ "$output" == *"files=0 newest=null kind=few"* ]]
	run tm tasks state outputs load 2026-05-03
	[[ "$output" != *"OUTPUTS"* ]]
	run tm why outputs tell
	echo "$output"
	[[ "$output" == *"its \`when\` is false: outputs.look.newest is null"* ]]
}

@test "what a task left stands in the commands of those that need it, whatever is in it" {
	cat >"$dir/dags/a.yaml" <<-'Y'
		dag: a
		schedule: {partition: day}
		tasks:
		  up:
		    operator: command
		    outputs: {n: int64, name: string, all: json, none: string}
		    shell: |
		      echo '{"n": 7, "name": "a b; touch x $(touch y)", "all": [1, "a"], "none": null}' >"$TIDEMILL_RESULT"
		  shell: {operator: command, needs: up, shell: "printf '%s|' {{ outputs.up.n }} {{ outputs.up.name }} {{ outputs.up.all }}"}
		  run: {operator: command, needs: up, run: [printf, '%s|', "{{ outputs.up.name }}", "{{ outputs.up.all }}"]}
		  env: {operator: command, needs: up, env: {N: "{{ outputs.up.n }}"}, run: [printenv, N]}
		  none: {operator: command, needs: up, run: [echo, "{{ outputs.up.none }}"]}
		on_exit:
		  say: {operator: command, run: [echo, "it was {{ outputs.up.n }}"]}
	Y
	run tm dags trigger a --logical-date 2026-05-02 --wait
	[ "$status" -eq 1 ]
	[ "$(states a 2026-05-02)" = "up success, shell success, run success, env success, none failed, say success" ]
	[ "$(tm tasks logs a shell 2026-05-02)" = '7|a b; touch x $(touch y)|[1,"a"]|' ]
	[ "$(tm tasks logs a run 2026-05-02)" = 'a b; touch x $(touch y)|[1,"a"]|' ]
	[ "$(tm tasks logs a env 2026-05-02)" = 7 ]
	[ "$(tm tasks logs a say 2026-05-02)" = 'it was 7' ]
	[ ! -e "$dir/x" ] && [ ! -e "$dir/y" ]
	run tm why a none
	echo "$output"
	[[ "$output" == *"outputs.up.none in its templates has no value: task up, success, left none"* ]]
	run tm tasks test a env 2026-05-02
	echo "$output"
	[ "$status" -ne 0 ]
	[[ "$output" == *"'outputs.up.n' has no value"* ]]
}

@test "every try keeps its own, and a cleared task is asked about its last" {
	cat >"$dir/dags/a.yaml" <<-'Y'
		dag: a
		schedule: {partition: day}
		tasks:
		  up:
		    operator: command
		    outputs: {n: int64}
		    skip_exit_code: 99
		    shell: 'echo "{\"n\": $(cat n)}" >"$TIDEMILL_RESULT"; [ "$(cat n)" -ne 3 ] || exit 99'
		  more: {operator: command, needs: up, trigger_rule: all_done, when: outputs.up.n > 1, run: [echo]}
		  none: {operator: command, needs: up, trigger_rule: all_done, when: outputs.up.n is null, run: [echo]}
	Y
	echo 2 >"$dir/n"
	tm dags trigger a --logical-date 2026-05-02 --wait
	[ "$(states a 2026-05-02)" = "up success, more success, none skipped" ]
	echo 1 >"$dir/n"
	tm runs clear a 2026-05-02 --wait
	[ "$(states a 2026-05-02)" = "up success, more skipped, none skipped" ]
	echo 3 >"$dir/n"
	tm runs clear a 2026-05-02 --wait
	[ "$(states a 2026-05-02)" = "up skipped, more skipped, none success" ]
	[ "$(tm tasks state a up 2026-05-02 -o json | jq -c '[.attempts[].outputs]')" = '[{"n":2},{"n":1},null]' ]
	[ "$(tm runs show a 2026-05-02 -o json | jq -c '.task_list[0].outputs')" = null ]
	# Only what comes after runs again: what it asks for was left in an epoch before.
	echo 2 >"$dir/n"
	tm runs clear a 2026-05-02 --wait
	tm runs clear a 2026-05-02 -t more --wait
	[ "$(states a 2026-05-02)" = "up success, more success, none skipped" ]
	# ... also where the definition is another one by then.
	sed -i 's/^  more:/  extra: {operator: command, run: [echo]}\n  more:/; s/n > 1/n < 1/' "$dir/dags/a.yaml"
	tm runs clear a 2026-05-02 -t more --wait
	[ "$(states a 2026-05-02)" = "up success, extra success, more skipped, none skipped" ]
}

@test "what is left and does not fit fails the try, and says what to write" {
	cat >"$dir/dags/a.yaml" <<-'Y'
		dag: a
		defaults: {retries: 0}
		tasks:
		  text: {operator: command, outputs: {n: int64}, shell: "echo '{\"n\": \"7\"}' >$TIDEMILL_RESULT"}
		  lacks: {operator: command, outputs: {n: int64}, shell: "echo '{\"m\": 7}' >$TIDEMILL_RESULT"}
		  nothing: {operator: command, outputs: {n: int64}, run: [echo]}
		  no_json: {operator: command, outputs: {n: int64}, shell: "echo 7, >$TIDEMILL_RESULT"}
		  large: {operator: command, outputs: {n: int64}, shell: "head -c 99999 /dev/zero >$TIDEMILL_RESULT"}
	Y
	run tm dags trigger a --wait
	[ "$status" -ne 0 ]
	run_id=$(tm runs list -o json | jq -r '.[0].run_id')
	message() { tm tasks state a "$1" "$run_id" -o json | jq -r '.attempts[0].message'; }
	[ "$(message text)" = "output 'n' in \$TIDEMILL_RESULT is the text \"7\"; int64 is wanted: write a whole number of 64 bits, such as 7" ]
	[ "$(message lacks)" = "the outputs in \$TIDEMILL_RESULT have no 'n', which is declared as int64: write it, or null when it is not known" ]
	[ "$(message nothing)" = "the task declares outputs, and it left nothing: write a JSON object into the file that \$TIDEMILL_RESULT names, {\"n\": ...}" ]
	[[ "$(message no_json)" == "read the outputs in \$TIDEMILL_RESULT as JSON: line 1: "* ]]
	[ "$(message large)" = "the outputs in \$TIDEMILL_RESULT are longer than 64 KiB: leave what is large in a file or a dataset, and its name here" ]
}

@test "with an output dataset nothing is published when what is left does not fit" {
	cat >"$dir/dags/a.yaml" <<-'Y'
		dag: a
		schedule: {partition: day}
		datasets: {d: {path: lake/d, format: csv, columns: {n: int64}}}
		tasks:
		  write:
		    operator: command
		    output: d
		    outputs: {rows: int64}
		    shell: 'printf "n\n1\n" >"$TIDEMILL_OUTPUT/a.csv"; cp left "$TIDEMILL_RESULT"'
		  read: {operator: command, inputs: [d], needs: write, when: outputs.write.rows = 1, run: [echo]}
	Y
	echo '{"rows": true}' >"$dir/left"
	run tm dags trigger a --logical-date 2026-05-02 --wait
	[ "$status" -ne 0 ]
	[ ! -e "$dir/lake/d/event_date=2026-05-02" ]
	echo '{"rows": 1}' >"$dir/left"
	tm runs clear a 2026-05-02 --wait
	[ "$(states a 2026-05-02)" = "write success, read success" ]
	[ -e "$dir/lake/d/event_date=2026-05-02" ]
}

@test "tasks test shows what is left, and refuses what does not fit" {
	cat >"$dir/dags/a.yaml" <<-'Y'
		dag: a
		tasks:
		  up: {operator: command, outputs: {n: int64, share: float64}, shell: 'cp left "$TIDEMILL_RESULT"'}
	Y
	echo '{"n": 7, "share": 0.5}' >"$dir/left"
	run tm tasks test a up 2026-05-02
	echo "$output"
	[ "$status" -eq 0 ]
	[[ "$output" == *"n = 7"* && "$output" == *"share = 0.5"* ]]
	[ "$(tm tasks test a up 2026-05-02 -o json | jq -c .left)" = '{"n":7,"share":0.5}' ]
	echo '{"n": 7}' >"$dir/left"
	run tm tasks test a up 2026-05-02
	echo "$output"
	[ "$status" -eq 1 ]
	[[ "$output" == *"have no 'share', which is declared as float64"* ]]
}

@test "state: a try goes on where the last one stopped, and clear begins anew" {
	cp "$examples/state.yaml" "$dir/dags/"
	tm dags trigger state --logical-date 2026-05-02 --wait
	[ "$(tr '\n' ' ' <"$dir/fetched-2026-05-02")" = "page 1 page 2 page 3 page 4 page 5 " ]
	[ "$(tm tasks logs state fetch 2026-05-02)" = "all pages, in try 4" ]
	[ "$(tm runs show state 2026-05-02 -o json | jq -c '.task_list[0].kept')" = '{"page":5}' ]
	tm runs clear state 2026-05-02 --wait
	[ "$(grep -c 'page 1' "$dir/fetched-2026-05-02")" -eq 2 ]
	run tm tasks test state fetch 2026-05-02
	echo "$output"
	[ "$status" -eq 1 ]
}

@test "a state that cannot be kept fails a try that went well, and what was kept stays" {
	cat >"$dir/dags/a.yaml" <<-'Y'
		dag: a
		tasks:
		  t: {operator: command, state: true, retries: 1, retry_delay: 0s, shell: 'cat "$TIDEMILL_STATE"; cat "left$TIDEMILL_TRY_NUMBER" >"$TIDEMILL_STATE"'}
	Y
	echo '{"n": 1}' >"$dir/left1"
	head -c 70000 /dev/zero >"$dir/left2"
	echo '{"n": 2}' >"$dir/left3"
	tm dags trigger a --logical-date 2026-05-02T00:00:00Z --wait
	tm runs clear a 2026-05-02T00:00:00Z --wait && false || [ $? -eq 1 ]
	[ "$(tm tasks state a t 2026-05-02T00:00:00Z -o json | jq -r '.attempts[1].message')" = "the state in \$TIDEMILL_STATE is longer than 64 KiB: keep what is large in a file, and its name here" ]
	[ "$(tm tasks logs a t 2026-05-02T00:00:00Z)" = '{}' ]
	[ "$(tm runs show a 2026-05-02T00:00:00Z -o json | jq -c '.task_list[0].kept')" = '{"n":2}' ]
	# By hand: nothing is recorded.
	[ "$(tm tasks test a t 2026-05-02 -o json 2>/dev/null | jq -c .kept)" = '{"n":1}' ]
}
