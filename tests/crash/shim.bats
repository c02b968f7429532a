# shim.bats - shims are killed, workers misbehave: one end for every attempt, and nothing left alive.

load common

# shell_dag NAME KEYS TEXT: a dag of one command.
shell_dag() {
	dag "$1" <<-YAML
		dag: $1
		tasks:
		  only:
		    operator: command
		    retries: 0
		    $2
		    shell: "$3"
	YAML
}

settings() { printf '%s\n' "$@" >"$dir/tidemill.yaml"; }

# Processes of this test's tasks: their sleeps are of a length nobody else uses.
sleepers() { pgrep -f "^sleep 98[0-9][0-9]$" | wc -l; }

no_sleepers() { [ "$(sleepers)" -eq 0 ]; }

@test "kill -9 of a shim whose worker has a grandchild of its own session: lost, swept, tried again" {
	shell_dag orphan "timeout: 1h" \
		"echo \$PPID > %DIR%/shim; setsid sh -c 'sleep 9801 & sleep 9802' & echo begin >> %DIR%/ran; if [ {{ try_number }} = 1 ]; then sleep 9803; fi; kill \$!"
	start_scheduler
	tm dags trigger orphan
	wait_for ran begin 1
	kill -KILL "$(cat "$dir/shim")"
	wait_for state_is "SELECT outcome FROM attempt WHERE try_number = 1" lost
	wait_for ran begin 2
	wait_for runs_are success
	wait_for no_sleepers
	state_is "SELECT group_concat(state, ',') FROM (SELECT state FROM attempt ORDER BY key)" \
		lost,success
}

@test "scheduler and shim killed together: the next scheduler sweeps before it tries again" {
	shell_dag orphan "timeout: 1h" \
		"echo \$PPID > %DIR%/shim; setsid sleep 9811 & echo begin >> %DIR%/ran; if [ {{ try_number }} = 1 ]; then sleep 9812; fi; kill \$!"
	start_scheduler
	tm dags trigger orphan
	wait_for ran begin 1
	kill_scheduler
	kill -KILL "$(cat "$dir/shim")"
	start_scheduler
	wait_for ran begin 2
	wait_for runs_are success
	wait_for no_sleepers
	state_is "SELECT group_concat(state, ',') FROM (SELECT state FROM attempt ORDER BY key)" \
		lost,success
}

@test "the timeout is kept while no scheduler is there" {
	shell_dag slow "timeout: 2s" "echo begin >> %DIR%/ran; exec sleep 9821"
	start_scheduler
	tm dags trigger slow
	wait_for ran begin 1
	kill_scheduler
	wait_for no_sleepers
	start_scheduler
	wait_for runs_are failed
	state_is "SELECT outcome FROM attempt" timeout
}

@test "a worker that ignores SIGTERM is killed after the grace time" {
	settings "kill_grace: 1s"
	shell_dag deaf "timeout: 1s" "trap '' TERM; echo begin >> %DIR%/ran; while :; do sleep 9831; done"
	start_scheduler
	tm dags trigger deaf
	wait_for runs_are failed
	wait_for no_sleepers
	state_is "SELECT outcome FROM attempt" timeout
}

@test "children that are left behind are ended, and the attempt ends at once" {
	shell_dag litter "timeout: 1h" "sleep 9841 & setsid sleep 9842 & exit 0"
	start_scheduler
	tm dags trigger litter
	wait_for runs_are success
	no_sleepers
}

@test "a worker that crashes: its signal is told" {
	shell_dag crash "timeout: 1h" "kill -SEGV \$\$"
	start_scheduler
	tm dags trigger crash
	wait_for runs_are failed
	state_is "SELECT outcome, signal FROM attempt" "signal|11"
}

@test "a gigabyte of output: the log stays at its cap, the scheduler small" {
	settings "log_max: 4MiB"
	shell_dag noisy "timeout: 1h" "head -c 1G /dev/zero | tr '\\\\0' x"
	start_scheduler
	# What the database took to be made is no part of it.
	before=$(awk '/VmHWM/ { print $2 }' "/proc/$scheduler/status")
	tm dags trigger noisy
	wait_for runs_are success
	[ "$(find "$dir/.tidemill/logs" -type f -printf '%s\n' | sort -n | tail -1)" -le $((5 << 20)) ]
	[ "$(awk '/VmHWM/ { print $2 }' "/proc/$scheduler/status")" -le $((before + (16 << 10))) ]
}

@test "a program that does not exist: the attempt fails and says so" {
	dag none <<-'YAML'
		dag: none
		tasks:
		  only: {operator: command, retries: 0, run: ["/no/such/program"]}
	YAML
	start_scheduler
	tm dags trigger none
	wait_for runs_are failed
	[[ "$(state "SELECT message FROM attempt")" == *"/no/such/program"* ]] ||
		grep -q "/no/such/program" -r "$dir/.tidemill/logs"
}

@test "cancel: the tree ends, the run is cancelled, the slot is free for the next" {
	settings "pools: {default: 1}"
	dag_hold
	start_scheduler
	tm dags trigger hold
	wait_for ran begin 1
	tm runs cancel hold "$(tm runs list -o json | jq -r '.[0].run_id')"
	wait_for runs_are cancelled
	wait_for is_dead "$(cat "$dir/shim")"
	tm dags trigger hold
	wait_for ran begin 2
	open_gate
	wait_for ran end 1
}

# Two tasks, of which the second has the shim of the first.
dag_second() { # dag_second SCRIPT
	dag second <<-YAML
		dag: second
		defaults: {retries: 0}
		tasks:
		  a: {operator: command, shell: "echo \$PPID > %DIR%/first"}
		  b:
		    operator: command
		    needs: a
		    shell: "echo \$PPID > %DIR%/shim; $1"
	YAML
}

has_the_same() { cmp -s "$dir/first" "$dir/shim"; }

@test "kill -9 of a shim in its second attempt: that one is lost, swept and tried again" {
	dag_second "setsid sleep 9851 & echo begin >> %DIR%/ran; if [ {{ try_number }} = 1 ]; then sleep 9852; fi; kill \$!"
	start_scheduler
	tm dags trigger second
	wait_for ran begin 1
	has_the_same
	kill -KILL "$(cat "$dir/shim")"
	wait_for ran begin 2
	not has_the_same
	wait_for runs_are success
	wait_for no_sleepers
	state_is "SELECT group_concat(task || ' ' || state, ',') FROM (SELECT task, state FROM attempt ORDER BY key)" \
		"a success,b lost,b success"
}

@test "scheduler killed while a shim has its second attempt: the next adopts it, and it ends after it" {
	dag_second "echo begin >> %DIR%/ran; read line < %DIR%/gate; echo end >> %DIR%/ran"
	start_scheduler
	tm dags trigger second
	wait_for ran begin 1
	has_the_same
	kill_scheduler
	start_scheduler
	open_gate
	wait_for runs_are success
	wait_for is_dead "$(cat "$dir/shim")"
	ran begin 1
	ran end 1
}

@test "cancel of the second attempt of a shim ends that, and the first stays as it was" {
	dag_second "echo begin >> %DIR%/ran; exec sleep 9861"
	start_scheduler
	tm dags trigger second
	wait_for ran begin 1
	has_the_same
	tm runs cancel second "$(tm runs list -o json | jq -r '.[0].run_id')"
	wait_for runs_are cancelled
	wait_for no_sleepers
	wait_for is_dead "$(cat "$dir/shim")"
	state_is "SELECT group_concat(task || ' ' || outcome, ',') FROM (SELECT task, outcome FROM attempt ORDER BY key)" \
		"a ok,b cancelled"
}

@test "shims that wait for an attempt end with the scheduler, killed or not" {
	dag_second "exit 0"
	for how in kill_scheduler stop_scheduler; do
		start_scheduler
		tm dags trigger second --wait
		$how
		wait_for is_dead "$(cat "$dir/shim")"
	done
}
