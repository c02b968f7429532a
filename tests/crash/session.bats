# session.bats - the scheduler inside a --wait command: its end, Ctrl-C, and who comes after it.

load common

@test "without a daemon and without --wait: queued, and the next scheduler runs it once" {
	dag_hold
	run tm dags trigger hold
	echo "$output"
	[ "$status" -eq 0 ]
	[[ "$output" == *"no scheduler is running"* ]]
	state_is "SELECT count(*) FROM attempt" 0
	start_scheduler
	wait_for ran begin 1
	open_gate
	wait_for runs_are success
	state_is "SELECT count(*) FROM attempt" 1
}

@test "--wait runs it to the end: status 0, one line for the run" {
	dag quick <<-'YAML'
		dag: quick
		tasks:
		  one: {operator: command, run: ["true"]}
	YAML
	run tm dags trigger quick --wait
	echo "$output"
	[ "$status" -eq 0 ]
	[[ "$output" == *"success (1 of 1 runs)"* ]]
	runs_are success
}

@test "--wait on a run that fails: status 1" {
	dag bad <<-'YAML'
		dag: bad
		tasks:
		  one: {operator: command, retries: 0, run: ["false"]}
	YAML
	run tm dags trigger bad --wait
	echo "$output"
	[ "$status" -eq 1 ]
	runs_are failed
	hint=$(sed -n 's/^see: tidemill //p' <<<"$output")
	[[ "$hint" == "why bad -l "* ]]
	run tm $hint
	[ "$status" -eq 0 ]
}

# A dag of one run a day; its tasks wait for the file $dir/go.
dag_days() {
	dag days <<-'YAML'
		dag: days
		schedule: "0 3 * * *"
		start_date: 2026-05-02
		catchup: none
		tasks:
		  one:
		    operator: command
		    shell: "echo begin >> %DIR%/ran; until [ -e %DIR%/go ]; do sleep 0.05; done; echo end >> %DIR%/ran"
	YAML
}

@test "backfill --wait again after kill -9: it takes over what is in flight and stays to the end" {
	dag_days
	days=(backfill create days --from-date 2026-05-02 --to-date 2026-05-04 --max-active-runs 1)
	"$TIDEMILL" -C "$dir" "${days[@]}" --wait 2>"$dir/log" >/dev/null </dev/null 3>&- &
	waiter=$!
	wait_for ran begin 1
	kill -KILL "$waiter"
	wait_for is_dead "$waiter"
	run tm "${days[@]}"
	echo "$output"
	[ "$status" -eq 0 ]
	[[ "$output" == *"3 days are in flight"* ]]
	[[ "$output" == *"no scheduler is running"* ]]
	"$TIDEMILL" -C "$dir" "${days[@]}" --wait 2>"$dir/err2" >/dev/null </dev/null 3>&- &
	waiter=$!
	wait_for test -S "$dir/.tidemill/control.sock"
	touch "$dir/go"
	status=0
	wait "$waiter" || status=$?
	cat "$dir/err2"
	[ "$status" -eq 0 ]
	runs_are success
	ran begin 3
	ran end 3
	# The first may end before this command has counted it.
	grep -qE "\((2 of 2|3 of 3) runs\)" "$dir/err2"
	# Nothing is left to do: it says so and promises nothing.
	run tm "${days[@]}"
	echo "$output"
	[[ "$output" == *"no day of the range needs a run"* ]]
	[[ "$output" != *"queued"* ]]
}

@test "trigger --wait again with the same key: the run of the killed command is seen through" {
	dag_days
	again=(dags trigger days -l 2026-05-02 --idempotency-key mine --wait)
	"$TIDEMILL" -C "$dir" "${again[@]}" 2>"$dir/log" >/dev/null </dev/null 3>&- &
	waiter=$!
	wait_for ran begin 1
	kill -KILL "$waiter"
	wait_for is_dead "$waiter"
	touch "$dir/go"
	run tm "${again[@]}"
	echo "$output"
	[ "$status" -eq 0 ]
	runs_are success
	ran begin 1
}

@test "a cancel without a daemon has its message and no count of runs" {
	dag_days
	tm dags trigger days -l 2026-05-02
	run tm runs cancel days 2026-05-02
	echo "$output"
	[ "$status" -eq 0 ]
	[[ "$output" == *"is cancelled"* ]]
	[[ "$output" != *"of 0 runs"* ]]
	runs_are cancelled
}

# A --wait command in a session of its own, so that a signal reaches it alone; pid in $waiter.
start_waiter() {
	"$TIDEMILL" -C "$dir" dags trigger hold --wait 2>"$dir/log" >/dev/null </dev/null 3>&- &
	waiter=$!
	wait_for ran begin 1
}

@test "Ctrl-C cancels the runs of the session" {
	dag_hold
	set -m # or the shell has the background command ignore SIGINT
	start_waiter
	shim=$(cat "$dir/shim")
	kill -INT "$waiter"
	run wait "$waiter"
	cat "$dir/log"
	wait_for is_dead "$waiter"
	wait_for is_dead "$shim"
	runs_are cancelled
	state_is "SELECT state FROM attempt" cancelled
}

@test "a second Ctrl-C leaves at once; a scheduler brings the cancelled run to its end" {
	dag stubborn <<-'YAML'
		dag: stubborn
		tasks:
		  hold:
		    operator: command
		    retries: 0
		    shell: "trap '' TERM; echo begin >> %DIR%/ran; read line < %DIR%/gate; read line < %DIR%/gate"
	YAML
	set -m
	"$TIDEMILL" -C "$dir" dags trigger stubborn --wait 2>"$dir/log" >/dev/null </dev/null 3>&- &
	waiter=$!
	wait_for ran begin 1
	kill -INT "$waiter"
	wait_for grep -q cancelling "$dir/log"
	kill -INT "$waiter"
	wait_for is_dead "$waiter"
	state_is "SELECT state FROM attempt" killing
	start_scheduler
	wait_for runs_are cancelled
}

@test "kill -9 of the session: the task goes on, a scheduler takes it over" {
	dag_hold
	start_waiter
	kill -KILL "$waiter"
	wait_for is_dead "$waiter"
	start_scheduler
	open_gate
	wait_for runs_are success
	ran begin 1
}

@test "a session answers on the control socket" {
	dag_hold
	start_waiter
	run tm dags pause hold
	echo "$output"
	[ "$status" -eq 0 ]
	state_is "SELECT paused FROM dag" 1
	open_gate
	wait_for is_dead "$waiter"
	runs_are success
}

@test "after kill -9 of --wait: lists and why say that nobody keeps the run, and pause settles it" {
	dag_days
	"$TIDEMILL" -C "$dir" dags trigger days -l 2026-05-02 --wait 2>"$dir/log" >/dev/null </dev/null 3>&- &
	waiter=$!
	wait_for ran begin 1
	kill -KILL "$waiter"
	wait_for is_dead "$waiter"
	# The kernel lets go of the lock when the last thread is gone, a moment after the first.
	nobody_keeps() { tm $look | grep -qF "no scheduler is running: start one with \`tidemill scheduler\`"; }
	for look in "runs list" "runs show days 2026-05-02" "why days"; do
		wait_for nobody_keeps
	done
	touch "$dir/go"
	wait_for ran end 1
	# Its shim still has to leave the record: whoever comes next finds it.
	settled() { tm dags pause days && runs_are success; }
	wait_for settled
	run tm runs clear days 2026-05-02
	echo "$output"
	[ "$status" -eq 0 ]
	# Neither of the two alone would start it.
	run tm runs list
	echo "$output"
	[[ "$output" == *"no scheduler is running"*"dag 'days' is paused"* ]]
}

@test "--wait on a paused dag says so, and what to type" {
	dag_days
	tm dags pause days
	run tm dags trigger days -l 2026-05-02 --wait
	echo "$output"
	[ "$status" -eq 1 ]
	[[ "$output" == *"dag 'days' is paused: \`tidemill dags unpause days\`"* ]]
}

# A dag whose one task sleeps and ends with a status.
dag_sleep() {
	dag "$1" <<-YAML
		dag: $1
		tasks:
		  one: {operator: command, retries: 0, shell: "echo $1 >> %DIR%/ran; sleep $2; exit $3"}
	YAML
}

@test "commands that begin in one moment: each of them has its run" {
	dag_sleep a 0 0
	dag_sleep b 0 0
	dag_sleep c 0 0
	for round in 1 2 3; do
		rm -f "$dir"/status.*
		for one in a b c; do
			(
				status=0
				tm dags trigger "$one" --wait || status=$?
				echo "$status" >"$dir/status.$one"
			) &
		done
		wait
		[ "$(cat "$dir"/status.* | tr -d '\n')" = 000 ]
		ran a "$round"
		ran b "$round"
		ran c "$round"
	done
}

@test "a second --wait is served by the first, which stays for it and has its own status" {
	dag_sleep first 1 0
	dag_sleep second 2 1
	"$TIDEMILL" -C "$dir" dags trigger first --wait 2>"$dir/log" >/dev/null </dev/null 3>&- &
	waiter=$!
	wait_for ran first 1
	run tm dags trigger second --wait
	echo "$output"
	[ "$status" -eq 1 ]
	status=0
	wait "$waiter" || status=$?
	cat "$dir/log"
	[ "$status" -eq 0 ]
	grep -q "it stays until 1 run that other commands asked it for has ended" "$dir/log"
}

@test "a scheduler beside a --wait command waits for its end, and is not refused" {
	dag_sleep first 2 0
	"$TIDEMILL" -C "$dir" dags trigger first --wait 2>"$dir/log" >/dev/null </dev/null 3>&- &
	waiter=$!
	wait_for ran first 1
	"$TIDEMILL" -C "$dir" scheduler 2>"$dir/err2" >/dev/null </dev/null 3>&- &
	scheduler=$!
	wait_for grep -q "waiting for the state: a command with --wait (pid $waiter)" "$dir/err2"
	wait "$waiter"
	wait_for grep -q control.sock "$dir/err2"
	run tm scheduler
	echo "$output"
	[ "$status" -eq 4 ]
	[[ "$output" == *"another scheduler (pid $scheduler) works on"* ]]
}

@test "the command that keeps a guest's run is killed: the guest takes it up and sees it to its end" {
	dag_sleep first 20 0
	dag chain <<-'YAML'
		dag: chain
		max_active_runs: 2
		tasks:
		  one: {operator: command, shell: "echo one >> %DIR%/ran; until [ -e %DIR%/go ]; do sleep 0.05; done"}
		  two: {operator: command, needs: [one], shell: "echo two >> %DIR%/ran"}
	YAML
	"$TIDEMILL" -C "$dir" dags trigger first --wait 2>"$dir/log" >/dev/null </dev/null 3>&- &
	host=$!
	wait_for ran first 1
	for guest in 1 2; do
		"$TIDEMILL" -C "$dir" dags trigger chain --wait 2>"$dir/log$guest" >/dev/null </dev/null 3>&- &
		guests[$guest]=$!
		wait_for ran one "$guest"
	done
	kill -KILL "$host"
	touch "$dir/go"
	for guest in 1 2; do
		status=0
		wait "${guests[$guest]}" || status=$?
		cat "$dir/log$guest"
		[ "$status" -eq 0 ]
	done
	ran one 2
	ran two 2
}
