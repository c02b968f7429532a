# scheduler.bats - the scheduler dies, is stopped, or is started twice, while tasks run.

load common

@test "kill -9 while a task runs: it goes on, is adopted, and runs once" {
	dag_hold
	start_scheduler
	tm dags trigger hold
	wait_for ran begin 1
	kill_scheduler
	start_scheduler
	wait_for state_is "SELECT state FROM attempt" running
	open_gate
	wait_for runs_are success
	ran begin 1
	ran end 1
	state_is "SELECT count(*), max(outcome) FROM attempt" "1|ok"
}

@test "a task that ends while no scheduler is there: its record is applied" {
	dag_hold
	start_scheduler
	tm dags trigger hold
	wait_for ran begin 1
	kill_scheduler
	open_gate
	wait_for ran end 1
	wait_for is_dead "$(cat "$dir/shim")"
	start_scheduler
	wait_for runs_are success
	ran begin 1
	state_is "SELECT count(*) FROM attempt" 1
}

@test "SIGTERM: exit 0 at once, the task lives on and is adopted" {
	dag_hold
	start_scheduler
	tm dags trigger hold
	wait_for ran begin 1
	stop_scheduler
	not is_dead "$(cat "$dir/shim")"
	start_scheduler
	open_gate
	wait_for runs_are success
	ran begin 1
}

@test "kill -9 again and again under a chain of tasks: each runs once, none is lost" {
	{
		echo "dag: chain"
		echo "tasks:"
		for i in $(seq 40); do
			echo "  t$i:"
			echo "    operator: command"
			[ "$i" -gt 1 ] && echo "    needs: [t$((i - 1))]"
			echo "    shell: \"echo t$i >> %DIR%/ran\""
		done
	} | dag chain
	start_scheduler
	tm dags trigger chain
	for n in 3 9 14 21 30; do
		wait_for grep -q "^t$n\$" "$dir/ran"
		kill_scheduler
		start_scheduler
	done
	wait_for runs_are success
	sort "$dir/ran" | uniq -d | tee "$dir/twice"
	[ ! -s "$dir/twice" ]
	[ "$(wc -l <"$dir/ran")" -eq 40 ]
}

@test "a second scheduler is refused with status 4, also while the first is stopped" {
	dag_hold
	start_scheduler
	run tm scheduler
	echo "$output"
	[ "$status" -eq 4 ]
	[[ "$output" == *"$scheduler"* ]]
	kill -STOP "$scheduler"
	run tm scheduler
	[ "$status" -eq 4 ]
	kill -CONT "$scheduler"
	kill_scheduler
	start_scheduler
}

@test "the spawner dies: the scheduler starts over, the task goes on, the next one runs" {
	dag_hold
	start_scheduler
	tm dags trigger hold
	wait_for ran begin 1
	spawner=$(pgrep -P "$scheduler")
	# Also right after the start; only a circle of starts is slowed down.
	kill -KILL "$spawner"
	wait_for fresh_spawner "$spawner"
	open_gate
	wait_for runs_are success
	ran begin 1
	tm dags trigger hold
	wait_for ran begin 2
	open_gate
	wait_for runs_are success
}

fresh_spawner() {
	local now
	now=$(pgrep -P "$scheduler") && [ -n "$now" ] && [ "$now" != "$1" ]
}

@test "the runtime directory is removed: what runs is ended and tried again" {
	dag long <<-'YAML'
		dag: long
		tasks:
		  hold:
		    operator: command
		    retries: 0
		    shell: "echo begin >> %DIR%/ran; if [ {{ try_number }} = 1 ]; then read line < %DIR%/gate; fi"
	YAML
	start_scheduler
	tm dags trigger long
	wait_for ran begin 1
	rm -rf "$XDG_RUNTIME_DIR"/tidemill
	wait_for grep -q 'runtime directory .* was removed' "$dir/log"
	wait_for ran begin 2
	wait_for runs_are success
	state_is "SELECT group_concat(state, ',') FROM (SELECT state FROM attempt ORDER BY key)" \
		lost,success
}

# The worker of this test, which shows the token of its attempt.
worker() {
	local pid
	for pid in $(pgrep -x tm-worker); do
		grep -qs -- "$dir" "/proc/$pid/environ" && echo "$pid"
	done
}

has_worker() { [ -n "$(worker)" ]; }

@test "the runtime directory is removed: a built-in worker is dead before another begins" {
	cd "$dir"
	mkdir landing
	yes '{"id": 1, "at": "2026-05-01T00:00:00Z"}' | head -n 3000000 | gzip -1 >landing/2026-05-01.jsonl.gz
	dag load <<-'YAML'
		dag: load
		schedule: {partition: day}
		start_date: 2026-05-01
		datasets:
		  rows: {path: lake/rows, format: parquet, columns: {id: int64, at: timestamp}}
		tasks:
		  load:
		    operator: ingest
		    from: {path: "landing/{{ ds }}.jsonl.gz", format: jsonl}
		    event_time: at
		    output: rows
	YAML
	start_scheduler
	tm backfill create load --from-date 2026-05-01 --to-date 2026-05-01
	wait_for has_worker
	old=$(worker)
	kill -STOP "$old"
	rm -rf "$XDG_RUNTIME_DIR"/tidemill
	wait_for grep -q 'runtime directory .* was removed' "$dir/log"
	wait_for runs_are success
	not kill -0 "$old"
	state_is "SELECT group_concat(state, ',') FROM (SELECT state FROM attempt ORDER BY key)" 		lost,success
}

@test "a task that stops its shim is ended at its timeout all the same" {
	dag stops <<-'YAML'
		dag: stops
		tasks:
		  stop: {operator: command, retries: 0, timeout: 1s, shell: "kill -STOP $PPID; sleep 600"}
	YAML
	start_scheduler
	tm dags trigger stops
	wait_for runs_are failed
	state_is "SELECT outcome FROM attempt" timeout
	grep -q 'the shim of attempt 1 .* was stopped; it is told to go on' "$dir/log"
}

@test "a stopped spawner is told to go on" {
	dag_hold
	start_scheduler
	kill -STOP "$(pgrep -P "$scheduler")"
	tm dags trigger hold
	wait_for grep -q 'the spawner .* was stopped; it is told to go on' "$dir/log"
	wait_for ran begin 1
	open_gate
	wait_for runs_are success
}

@test "a stopped worker is noted in the log of its task" {
	dag stopped <<-'YAML'
		dag: stopped
		tasks:
		  stop: {operator: command, run: [sh, -c, "kill -STOP $$; echo went on"]}
	YAML
	start_scheduler
	tm dags trigger stopped
	log() { cat "$dir"/.tidemill/logs/stopped/*/stop/1.log; }
	noted() { log | grep -q 'stopped by signal 19 (Stopped (signal)); it goes on with SIGCONT'; }
	wait_for noted
	kill -CONT $(ps -eo pid=,stat=,args= | awk '$2 ~ /T/ && /went on/ { print $1 }')
	wait_for runs_are success
	log | grep -q 'went on'
}

# Can we make a cgroup (v2) below our own?
has_cgroup() {
	local mount own
	mount=$(awk '/ - cgroup2 / && $4 == "/" { print $5; exit }' /proc/self/mountinfo)
	own=$(sed -n 's/^0:://p' /proc/self/cgroup)
	[ -n "$mount" ] && mkdir "$mount$own/tidemill-test-$$" 2>/dev/null &&
		rmdir "$mount$own/tidemill-test-$$"
}

@test "a daemon without a token is dead before another try, where there is a cgroup" {
	has_cgroup || skip "needs cgroup v2"
	dag leaves <<-'YAML'
		dag: leaves
		tasks:
		  leave:
		    operator: command
		    retries: 0
		    shell: |
		      echo begin >>%DIR%/ran
		      setsid env -i /bin/sh -c 'echo $$ >>%DIR%/daemons; exec sleep 600' &
		      if [ {{ try_number }} = 1 ]; then read line <%DIR%/gate; fi
	YAML
	start_scheduler
	tm dags trigger leaves
	wait_for test -s "$dir/daemons"
	spawner=$(pgrep -P "$scheduler")
	kill -KILL "$scheduler" "$spawner" "$(pgrep -P "$spawner")"
	wait "$scheduler" || true
	kill -0 "$(head -n 1 "$dir/daemons")"
	start_scheduler
	wait_for ran begin 2
	is_dead "$(head -n 1 "$dir/daemons")"
	wait_for runs_are success
	is_dead "$(tail -n 1 "$dir/daemons")"
}

@test "a broken edit leaves the last good definition active, over a restart too" {
	dag_hold
	start_scheduler
	state_is "SELECT present FROM dag" 1
	echo "tasks: [" >>"$dir/dags/hold.yaml"
	wait_for grep -q 'hold.yaml' "$dir/log"
	wait_for test -s "$dir/.tidemill/import-errors.json"
	[ "$(jq -r '.[0].level' "$dir/.tidemill/import-errors.json")" = error ]
	tm dags trigger hold
	wait_for ran begin 1
	open_gate
	wait_for runs_are success
	kill_scheduler
	start_scheduler
	grep -q 'hold.yaml' "$dir/log"
	tm dags trigger hold
	wait_for ran begin 2
	open_gate
	wait_for runs_are success
	dag_hold
	wait_for test "$(jq length "$dir/.tidemill/import-errors.json")" != ""
	wait_for no_problems
}

no_problems() { [ "$(jq length "$dir/.tidemill/import-errors.json")" -eq 0 ]; }

@test "a new DAG file is taken up while the scheduler runs" {
	start_scheduler
	dag_hold
	wait_for state_is "SELECT present FROM dag WHERE dag = 'hold'" 1
	tm dags trigger hold
	wait_for ran begin 1
	open_gate
	wait_for runs_are success
	rm "$dir/dags/hold.yaml"
	wait_for state_is "SELECT present FROM dag WHERE dag = 'hold'" 0
}

@test "a project under a path of 150 characters" {
	long=$dir/$(printf 'x%.0s' $(seq 100))/$(printf 'y%.0s' $(seq 50))
	mkdir -p "$long/dags"
	mkfifo "$long/gate"
	dir=$long
	dag_hold
	start_scheduler
	tm dags trigger hold
	wait_for ran begin 1
	kill_scheduler
	start_scheduler
	open_gate
	wait_for runs_are success
}

@test "a state directory that cannot be made: said by path, status 1" {
	dag_hold
	: >"$dir/.tidemill"
	run tm scheduler
	echo "$output"
	[ "$status" -eq 1 ]
	[[ "$output" == *"$dir/.tidemill"* ]]
}

@test "a read-only state directory: said by path, status 1" {
	dag_hold
	mkdir -m 700 "$dir/.tidemill"
	unshare -m true 2>/dev/null || skip "needs the right to mount"
	run unshare -m sh -c "mount --bind '$dir' '$dir' && mount -o remount,ro,bind '$dir' &&
		exec '$TIDEMILL' -C '$dir' scheduler" 3>&-
	echo "$output"
	[ "$status" -eq 1 ]
	[[ "$output" == *"$dir/.tidemill"* ]]
}

@test "descriptors of the scheduler stay as many, whatever it ran" {
	dag quick <<-'YAML'
		dag: quick
		schedule: {partition: day}
		start_date: 2026-05-01
		tasks:
		  one: {operator: command, run: ["true"]}
		  two: {operator: command, needs: [one], run: ["true"]}
	YAML
	start_scheduler
	before=$(ls "/proc/$scheduler/fd" | wc -l)
	tm backfill create quick --from-date 2026-03-01 --to-date 2026-04-09 --max-active-runs 8
	wait_for state_is "SELECT count(*) FROM run WHERE state = 'success'" 40
	wait_for test "$(ls "/proc/$scheduler/fd" | wc -l)" -le "$((before + 1))"
	[ -z "$(find "$XDG_RUNTIME_DIR"/tidemill/*/ -mindepth 1 -name "[at][0-9]*")" ]
}

# ends_saying WORDS: the scheduler has ended, with them and with what to type.
ends_saying() {
	wait_for is_dead "$scheduler"
	status=0
	wait "$scheduler" || status=$?
	cat "$dir/log"
	[ "$status" -eq 1 ]
	grep -q "$1" "$dir/log"
	grep -q 'tidemill .*scheduler`\|`tidemill scheduler`' "$dir/log"
}

@test "the state is removed under a scheduler: it ends, and no second one works beside it" {
	for gone in state.db state.db-shm; do
		start_scheduler
		rm -f "$dir/.tidemill/$gone"
		ends_saying "$gone' was removed"
		rm -rf "$dir/.tidemill"
	done
	for gone in lock ""; do
		start_scheduler
		rm -rf "$dir/.tidemill/$gone"
		begun=$EPOCHREALTIME
		first=$scheduler
		# One that begins meanwhile waits for the end of the other.
		"$TIDEMILL" -C "$dir" scheduler 2>"$dir/err2" >/dev/null </dev/null 3>&- &
		second=$!
		ends_saying "was removed"
		is_dead "$first"
		took=$(((${EPOCHREALTIME/./} - ${begun/./}) / 1000))
		echo "$gone: $took ms"
		[ "$took" -lt 5000 ]
		wait_for grep -q control.sock "$dir/err2"
		kill "$second"
		wait "$second"
		rm -rf "$dir/.tidemill"
	done
}

@test "what was acknowledged before the log was removed is there afterwards" {
	dag_hold
	start_scheduler
	tm dags trigger hold
	rm "$dir/.tidemill/state.db-wal"
	ends_saying "state.db-wal' was removed"
	start_scheduler
	state_is "SELECT count(*) FROM run" 1
	open_gate
	wait_for runs_are success
}

@test "the project is moved while a task runs: the scheduler ends, nothing comes back at the old place" {
	dag slow <<-'YAML'
		dag: slow
		tasks:
		  one: {operator: command, retries: 0, shell: "echo begin >> %DIR%/ran; sleep 2; echo end"}
	YAML
	start_scheduler
	tm dags trigger slow
	wait_for ran begin 1
	mv "$dir" "$dir-moved"
	mkdir "$dir"
	cp "$dir-moved/log" "$dir/log"
	wait_for is_dead "$scheduler"
	grep -q "the project was moved from '$dir' to '$dir-moved'" "$dir-moved/log"
	rm -rf "$dir"
	sleep 2
	[ ! -e "$dir" ]
	mv "$dir-moved" "$dir"
	start_scheduler
	wait_for runs_are success
}

# The wall clock of a scheduler reads $dir/clock, "+400d" say; boot time stays what it is.
start_scheduler_on_a_clock() {
	lib=$(echo /usr/lib/*/faketime/libfaketime.so.1)
	[ -e "$lib" ] || skip "needs faketime"
	! ldd "$TIDEMILL" | grep -q 'lib[a-z]*san' || skip "the sanitizers want to be loaded first"
	echo "+0" >"$dir/clock"
	: >"$dir/log"
	LD_PRELOAD=$lib FAKETIME_DONT_FAKE_MONOTONIC=1 FAKETIME_NO_CACHE=1 \
		FAKETIME_TIMESTAMP_FILE=$dir/clock \
		"$TIDEMILL" -C "$dir" scheduler 2>"$dir/log" >/dev/null </dev/null 3>&- &
	scheduler=$!
	wait_for grep -q 'control.sock' "$dir/log"
}

three() { state_is "SELECT count(*) FROM run WHERE state = 'success'" 3; }

dag_daily() {
	dag daily <<-YAML
		dag: daily
		schedule: {cron: "0 0 * * *", partition: day}
		start_date: $(date -u -d '3 days ago' +%F)
		catchup: all
		tasks: {a: {operator: command, run: ["true"]}}
	YAML
}

@test "the clock jumps a year ahead and comes back: no runs of days to come, and it is said" {
	dag_daily
	start_scheduler_on_a_clock
	wait_for three
	cursor=$(state "SELECT next_partition FROM v_dag")
	echo "+400d" >"$dir/clock"
	wait_for grep -q "the wall clock jumped ahead by 400d" "$dir/log"
	run tm why daily
	echo "$output"
	[[ "$output" == *"the schedule makes no runs until"*"tidemill scheduler accept-clock"* ]]
	state_is "SELECT count(*) FROM run" 3
	echo "+0" >"$dir/clock"
	wait_for grep -q "the wall clock was set back by 400d" "$dir/log"
	state_is "SELECT count(*) FROM run" 3
	[ "$(state "SELECT next_partition FROM v_dag")" = "$cursor" ]
	run tm why daily
	[[ "$output" != *"accept-clock"* ]]
}

@test "a clock that jumped ahead and is right: accept-clock lets the schedule go on" {
	dag_daily
	start_scheduler_on_a_clock
	wait_for three
	echo "+2d" >"$dir/clock"
	wait_for grep -q "the wall clock jumped ahead by 2d" "$dir/log"
	run tm scheduler accept-clock
	echo "$output"
	[ "$status" -eq 0 ]
	five() { state_is "SELECT count(*) FROM run WHERE state = 'success'" 5; }
	wait_for five
	# A clock that is set back takes back what was made too early: it is made again when due.
	echo "+0" >"$dir/clock"
	wait_for grep -qE "the wall clock was set back by (2d|1d23h59m59s)" "$dir/log"
	state_is "SELECT count(*) FROM run WHERE early" 2
	[ "$(state "SELECT date(next_partition) FROM v_dag")" = "$(date -u +%F)" ]
}

@test "the clock is set back a day while a task waits for its next try: it waits no longer" {
	dag again <<-'YAML'
		dag: again
		tasks:
		  a: {operator: command, retries: 1, retry_delay: 3s, jitter: 0, shell: 'test "$TIDEMILL_TRY_NUMBER" = 2'}
	YAML
	start_scheduler_on_a_clock
	tm dags trigger again
	waits() { state_is "SELECT count(*) FROM task WHERE state = 'up_for_retry'" 1; }
	wait_for waits
	echo "-1d" >"$dir/clock"
	begun=$SECONDS
	wait_for runs_are success
	[ $((SECONDS - begun)) -lt 15 ]
}
