# exit.bats - on_exit: what runs when a run ends, however it does.

load ../fixture/project

run_is() { [ "$(tm runs list -d "$1" -o json | jq -r '.[0].state')" = "$2" ]; }
has() { grep -q "$2" "$dir/$1"; }
present() { [ -e "$dir/$1" ]; }

@test "a run that is cancelled has its end, and cancelling once more ends that too" {
	cat >"$dir/dags/slow.yaml" <<-'YAML'
		dag: slow
		params: {wait: {type: int, default: 0}}
		tasks:
		  work: {operator: command, shell: "touch began; exec sleep 100"}
		  next: {operator: command, run: [touch, next], needs: work}
		on_exit:
		  tell: {operator: command, shell: "touch telling; sleep {{ params.wait }}; echo {{ run.state }} >>told"}
	YAML
	start_scheduler
	tm dags trigger slow
	wait_for present began
	run_id=$(tm runs list -d slow -o json | jq -r '.[0].run_id')
	run tm runs cancel slow "$run_id"
	[[ "$output" == *"its teardowns and on_exit go on"* ]]
	wait_for run_is slow cancelled
	[ "$(cat "$dir/told")" = cancelled ]
	[ ! -e "$dir/next" ]
	rm "$dir/began" "$dir/telling" "$dir/told"
	tm dags trigger slow -p wait=100
	wait_for present began
	run_id=$(tm runs list -d slow -o json | jq -r '.[0].run_id')
	tm runs cancel slow "$run_id"
	wait_for present telling
	tm runs cancel slow "$run_id"
	wait_for run_is slow cancelled
	[ ! -e "$dir/told" ]
}

@test "the timeout of a run ends its work, not its end" {
	cat >"$dir/dags/late.yaml" <<-'YAML'
		dag: late
		timeout: 1s
		tasks:
		  work: {operator: command, run: [sleep, "100"]}
		on_exit:
		  tell: {operator: command, shell: "sleep 1; echo {{ run.state }} $TIDEMILL_RUN_STATE >>told"}
	YAML
	run tm dags trigger late --wait
	echo "$output"
	[ "$status" -eq 1 ]
	[ "$(cat "$dir/told")" = "failed failed" ]
	run_is late failed
}

@test "its own failure fails the run unless it is forgiven, and it can be cleared alone" {
	cat >"$dir/dags/odd.yaml" <<-'YAML'
		dag: odd
		tasks:
		  work: {operator: command, shell: "echo work >>did"}
		on_exit:
		  tell: {operator: command, shell: "echo tell >>did; test -e well"}
	YAML
	run tm dags trigger odd --wait
	[ "$status" -eq 1 ]
	run_is odd failed
	touch "$dir/well"
	run_id=$(tm runs list -o json | jq -r '.[0].run_id')
	tm runs clear odd "$run_id" -t tell --wait
	[ "$(tr '\n' ' ' <"$dir/did")" = "work tell tell " ]
	tm runs clear odd "$run_id" -t work --wait
	[ "$(tr '\n' ' ' <"$dir/did")" = "work tell tell work tell " ]
	rm "$dir/well"
	sed -i 's/tell: {/tell: {on_fail: ignore, /' "$dir/dags/odd.yaml"
	tm dags trigger odd --wait
	run_is odd success
}

@test "mistakes about on_exit say where the task belongs" {
	cat >"$dir/dags/bad.yaml" <<-'YAML'
		dag: bad
		tasks:
		  work: {operator: command, run: [echo, "{{ run.state }}"]}
		  more: {operator: command, run: ["true"], when: run.state = 'failed'}
		on_exit:
		  tell: {operator: command, run: ["true"], needs: work}
		  once: {operator: command, run: ["true"], when: run.state = 'faild'}
	YAML
	run tm validate
	echo "$output"
	[ "$status" -ne 0 ]
	[[ "$output" == *"E0805"* ]]
	[[ "$output" == *"the run has no state before all its tasks have ended"* ]]
	[[ "$output" == *"task 'tell' of on_exit waits for 'work', which is not of on_exit"* ]]
	[[ "$output" == *"'faild'"*"failed"* ]]
	run tm explain E0346
	[ "$status" -eq 0 ]
}
