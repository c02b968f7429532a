# wait.bats - `--wait` beside a scheduler: what it follows, what it says, and when nobody is left.

load ../fixture/project

setup() {
	project
	cat >"$dir/dags/days.yaml" <<-YAML
		dag: days
		schedule: "0 3 * * *"
		start_date: 2026-05-02
		catchup: none
		params:
		  end: {type: string, default: good}
		tasks:
		  one:
		    operator: command
		    retries: 0
		    shell: "echo begin >> $dir/ran; until [ -e $dir/go ]; do sleep 0.05; done; echo {{ params.end }} >> $dir/ran; [ {{ params.end }} = good ]"
	YAML
	start_scheduler
}

ran() { [ -f "$dir/ran" ] && [ "$(grep -c "$1" "$dir/ran")" -eq "$2" ]; }
states() { tm runs list -o json | jq -r 'map(.state) | unique | join(",")'; }

@test "a line for each run that ended, with its id, state and count" {
	touch "$dir/go"
	run tm backfill create days --from-date 2026-05-02 --to-date 2026-05-03 --wait
	echo "$output"
	[ "$status" -eq 0 ]
	[[ "$output" == *"backfill days: backfill__2026-05-02 success ("[12]" of 2 runs)"* ]]
	[[ "$output" == *"backfill days: backfill__2026-05-03 success ("[12]" of 2 runs)"* ]]
	[[ "$output" == *"(2 of 2 runs)"* ]]
	[[ "$output" != *"see: "* ]]
}

@test "a run that fails: status 1, and the command that says why" {
	touch "$dir/go"
	run tm dags trigger days -l 2026-05-02 -p end=bad --wait
	echo "$output"
	[ "$status" -eq 1 ]
	[[ "$output" == *"trigger days: manual__2026-05-02 failed (1 of 1 runs)"* ]]
	[[ "$output" == *"see: tidemill why days -l 2026-05-02" ]]
	run tm why days -l 2026-05-02
	[ "$status" -eq 0 ]
}

@test "a second backfill --wait follows what is in flight, and only those days" {
	tm backfill create days --from-date 2026-05-02 --to-date 2026-05-03
	wait_for ran begin 1
	tm dags trigger days -l 2026-05-05
	run tm backfill create days --from-date 2026-05-02 --to-date 2026-05-03
	echo "$output"
	[[ "$output" == *"2 days are in flight"* ]]
	"$TIDEMILL" -C "$dir" backfill create days --from-date 2026-05-02 --to-date 2026-05-03 --wait \
		2>"$dir/err" </dev/null 3>&- &
	waiter=$!
	wait_for grep -q "2 days are in flight" "$dir/err"
	kill -0 "$waiter"
	touch "$dir/go"
	status=0
	wait "$waiter" || status=$?
	cat "$dir/err"
	[ "$status" -eq 0 ]
	grep -q "(2 of 2 runs)" "$dir/err"
	not grep -q 2026-05-05 "$dir/err"
}

@test "trigger --wait with a key that was used: the same run, followed to its end" {
	tm dags trigger days -l 2026-05-02 --idempotency-key mine
	touch "$dir/go"
	run tm dags trigger days -l 2026-05-02 --idempotency-key mine --wait
	echo "$output"
	[ "$status" -eq 0 ]
	[[ "$output" == *"manual__2026-05-02 success (1 of 1 runs)"* ]]
	run tm dags trigger days -l 2026-05-02 --idempotency-key mine --wait
	[ "$status" -eq 0 ]
	ran begin 1
}

@test "the scheduler dies: the follower says so within seconds, status 3; the same key goes on" {
	key=(--idempotency-key mine)
	"$TIDEMILL" -C "$dir" dags trigger days -l 2026-05-02 "${key[@]}" --wait \
		2>"$dir/err" </dev/null 3>&- &
	waiter=$!
	wait_for ran begin 1
	kill -KILL "$scheduler"
	status=0
	wait "$waiter" || status=$?
	cat "$dir/err"
	[ "$status" -eq 3 ]
	grep -q 'the scheduler is gone; the runs wait for the next one: `tidemill scheduler`' "$dir/err"
	grep -q 'the same --idempotency-key (mine)' "$dir/err"
	touch "$dir/go"
	run tm dags trigger days -l 2026-05-02 "${key[@]}" --wait
	echo "$output"
	[ "$status" -eq 0 ]
	[ "$(states)" = success ]
	ran begin 1
}

@test "params of a backfill are those of the runs that it clears" {
	touch "$dir/go"
	days=(backfill create days --from-date 2026-05-02 --to-date 2026-05-03)
	run tm "${days[@]}" -p end=bad --wait
	[ "$status" -eq 1 ]
	run tm "${days[@]}" -p end=good --reprocess-behavior failed --wait
	echo "$output"
	[ "$status" -eq 0 ]
	ran good 2
	[ "$(tm runs list -o json | jq -r 'map(.params.end) | unique | join(",")')" = good ]
	run tm "${days[@]}" -p end=1 -p start=2 --reprocess-behavior completed
	[ "$status" -eq 2 ]
}

@test "a plan says which days are before start_date" {
	run tm backfill create days --from-date 2026-05-01 --to-date 2026-05-02 --dry-run
	echo "$output"
	[ "$status" -eq 0 ]
	[[ "$output" == *"2 of 2 days would run (1 before start_date)"* ]]
	grep -q "^2026-05-01.*before start_date" <<<"$output"
	not grep -q "^2026-05-02.*before start_date" <<<"$output"
}

@test "Ctrl-C beside a scheduler: the runs go on, the answer is given all the same, status 130" {
	status=0
	timeout --preserve-status -s INT 3 "$TIDEMILL" -C "$dir" -o json dags trigger days \
		-l 2026-05-02 --wait >"$dir/out" 2>"$dir/err" </dev/null 3>&- || status=$?
	cat "$dir/out" "$dir/err"
	[ "$status" -eq 130 ]
	grep -q "detached; the runs go on" "$dir/err"
	[ "$(jq -r .run_id "$dir/out")" = manual__2026-05-02 ]
	[ "$(states)" = running ]
	touch "$dir/go"
	wait_for ran good 1
}
