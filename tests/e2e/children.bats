# children.bats - a dag that runs others: their runs are made, joined, taken over, cancelled with it.

load ../fixture/project

# The dag p with a task that runs c, whose program is given; more keys of p's task behind it.
two() {
	cat >"$dir/dags/p.yaml" <<-END
		dag: p
		tasks:
		  child: {operator: dag, dag: c, params: {n: 5}${2-}}
		  last: {operator: command, run: ["true"], needs: child}
	END
	cat >"$dir/dags/c.yaml" <<-END
		dag: c
		params: {n: {type: int, default: 1}}
		tasks: {t: {operator: command, shell: '$1'}}
	END
}

@test "a day runs 24 hours and a report, and both sides name each other" {
	cp "$examples"/{nightly,hourly_totals,tenant_report}.yaml "$dir/dags/"
	tm dags trigger nightly -l 2026-05-02 --wait
	[ "$(tm runs show nightly 2026-05-02 -o json | jq -r .state)" = success ]
	[ "$(tm runs list -d hourly_totals -o json | jq -r 'map(.state) | unique[]')" = success ]
	[ "$(tm runs list -d hourly_totals -o json | jq length)" -eq 24 ]
	[ "$(tm runs show nightly 2026-05-02 -o json | jq '.children | length')" -eq 25 ]
	[ "$(tm runs show tenant_report 2026-05-02 -o json | jq -c .parent)" = \
		'{"dag":"nightly","run_id":"manual__2026-05-02","task":"report"}' ]
	[ "$(tm tasks logs tenant_report report 2026-05-02)" = "tenant 7, 2026-05-02" ]
	[[ "$(tm runs show nightly 2026-05-02)" == *"report "*"tenant_report"*"manual__2026-05-02"* ]]
	[[ "$(tm runs show tenant_report 2026-05-02)" == *"task report of run manual__2026-05-02 of dag nightly"* ]]
	# What has ended well is taken over when the parent runs again.
	tm runs clear nightly 2026-05-02 --wait
	[ "$(tm runs show tenant_report 2026-05-02 -o json | jq .epoch)" -eq 1 ]
}

@test "what failed is run again by each retry, and the task tells how it ended" {
	two 'test -e "'"$dir"'/good" || { touch "'"$dir"'/good"; exit 1; }' ', retries: 1, retry_delay: 0s'
	tm dags trigger p --wait
	[ "$(tm runs list -d c -o json | jq -r '.[0] | "\(.state) \(.epoch)"')" = "success 2" ]
	two 'exit 1'
	run tm dags trigger p --wait
	[ "$status" -eq 1 ]
	run_id=$(tm runs list -d p -o json | jq -r '.[0].run_id')
	[[ "$(tm why p --run-id "$run_id" 2>&1)" == *"of dag c ended as failed"* ]]
}

@test "other params are a conflict, and nothing is run" {
	two true
	tm dags trigger c -l 2026-05-02 -p n=6 --wait
	run tm dags trigger p -l 2026-05-02 --wait
	[ "$status" -eq 1 ]
	[[ "$(tm why p -l 2026-05-02 2>&1)" == *"conflict: run manual__2026-05-02 of dag c is there with another value of param n"* ]]
	[ "$(tm runs show c 2026-05-02 -o json | jq .epoch)" -eq 1 ]
}

@test "what does not fit between two dags is told with its place" {
	two true
	sed -i 's/dag: c,/dag: d,/' "$dir/dags/p.yaml"
	run tm validate
	[[ "$output" == *"task 'child' runs dag 'd', which there is not"*"E0680"* ]]
	two true
	sed -i 's/params: {n: 5}/params: {n: x, m: 1}/' "$dir/dags/p.yaml"
	run tm validate
	[[ "$output" == *"gives param 'n' of dag 'c' a value of another type: 'x'"* ]]
	[[ "$output" == *"the param 'm', which it does not have"* ]]
	two true
	sed -i '1a schedule: {partition: hour}' "$dir/dags/p.yaml"
	sed -i '1a schedule: {partition: day}' "$dir/dags/c.yaml"
	run tm validate
	[[ "$output" == *"task 'child' of one hour runs dag 'c' of one day, which is not over then"* ]]
	two true
	echo 'dag: c
params: {n: {type: int, default: 1}}
tasks: {t: {operator: dag, dag: p}}' >"$dir/dags/c.yaml"
	run tm validate
	[[ "$output" == *"dags run each other, or wait for each other: "* ]]
	echo 'dag: s
tasks: {t: {operator: dag, dag: s}}' >"$dir/dags/s.yaml"
	run tm validate
	[[ "$output" == *"s -> s.t -> s"* || "$output" == *"s.t -> s -> s.t"* ]]
}

@test "a try of such a task says where its runs are made" {
	two true
	run tm tasks test p child 2026-05-02
	[ "$status" -ne 0 ]
	[[ "$output" == *"has runs of dag 'c' made by the scheduler"* ]]
}

@test "a child reads what its parent wrote before it, and is read by the tasks behind it" {
	cat >"$dir/dags/p.yaml" <<-END
		dag: p
		schedule: {partition: day}
		datasets: {x: {path: lake/x, format: csv, columns: {n: int64}}}
		tasks:
		  make: {operator: command, shell: 'printf "n\\n3\\n" >"\$TIDEMILL_OUTPUT/x.csv"', output: x}
		  child: {operator: dag, dag: c, needs: make}
		  read: {operator: command, shell: 'cat "\$TIDEMILL_INPUT_Y"/*.csv', inputs: [y], needs: child}
	END
	cat >"$dir/dags/c.yaml" <<-END
		dag: c
		schedule: {partition: day}
		datasets: {y: {path: lake/y, format: csv, columns: {n: int64}}}
		tasks: {t: {operator: command, shell: 'cat "\$TIDEMILL_INPUT_X"/*.csv >"\$TIDEMILL_OUTPUT/y.csv"', inputs: [x], output: y}}
	END
	tm backfill create p --from-date 2026-05-01 --to-date 2026-05-03 --wait
	[ "$(tm runs list -d c -o json | jq -r 'map(.state) | join(" ")')" = "success success success" ]
	[[ "$(tm tasks logs p read 2026-05-02)" == *3* ]]
}

@test "a command with --wait fails by its own run, and not by one that it may do without" {
	two 'exit 3' ', on_fail: ignore'
	tm dags trigger p -l 2026-05-02 --wait
	[ "$(tm runs list -d c -o json | jq -r '.[0].state')" = failed ]
}

@test "what a command left that was killed, another that runs it too sees to its end" {
	two 'touch "'"$dir"'/begun"; until test -e "'"$dir"'/good"; do sleep 0.05; done'
	sed 's/^dag: p/dag: q/' "$dir/dags/p.yaml" >"$dir/dags/q.yaml"
	sed -i 's/^tasks: {\(.*\)}$/tasks: {\1, u: {operator: command, run: ["true"], needs: t}}/' "$dir/dags/c.yaml"
	"$TIDEMILL" -C "$dir" dags trigger p -l 2026-05-02 --wait 3>&- &
	killed=$!
	wait_for test -e "$dir/begun"
	kill -KILL "$killed"
	wait "$killed" || true
	tm dags trigger q -l 2026-05-02 --wait 3>&- &
	joined=$!
	wait_for tm runs show q 2026-05-02
	touch "$dir/good"
	wait "$joined"
	[ "$(states c 2026-05-02)" = "t success, u success" ]
	[ "$(tm runs show c 2026-05-02 -o json | jq .epoch)" -eq 1 ]
	# What nobody asked for stays where it was, for a scheduler.
	[ "$(states p 2026-05-02)" = "child none, last none" ]
	start_scheduler
	wait_for eval '[ "$(states p 2026-05-02)" = "child success, last success" ]'
}

@test "an interrupted command cancels what its tasks have run" {
	two 'touch "'"$dir"'/begun"; sleep 60'
	"$TIDEMILL" -C "$dir" dags trigger p -l 2026-05-02 --wait 3>&- &
	command=$!
	wait_for test -e "$dir/begun"
	kill -INT "$command"
	status=0
	wait "$command" || status=$?
	[ "$status" -eq 130 ]
	[ "$(tm runs list -o json | jq -r 'map(.dag + " " + .state) | sort | join(", ")')" = "c cancelled, p cancelled" ]
}

@test "a command whose child is paused ends and says what to ask" {
	two true
	tm dags pause c
	run timeout 60 "$TIDEMILL" -C "$dir" dags trigger p -l 2026-05-02 --wait 3>&-
	[ "$status" -eq 1 ]
	[[ "$output" == *'`tidemill why c -r manual__2026-05-02`'* ]]
	[[ "$(tm why c -r manual__2026-05-02)" == *"paused"* ]]
	tm dags unpause c
	start_scheduler
	wait_for eval '[ "$(states p 2026-05-02)" = "child success, last success" ]'
}

@test "who asks a command that is under way has its children seen to their end there" {
	two 'touch "'"$dir"'/begun"; until test -e "'"$dir"'/good"; do sleep 0.05; done'
	printf 'dag: q\ntasks: {child: {operator: dag, dag: bad}}\n' >"$dir/dags/q.yaml"
	printf 'dag: bad\ntasks: {t: {operator: command, run: ["false"]}}\n' >"$dir/dags/bad.yaml"
	"$TIDEMILL" -C "$dir" dags trigger p -l 2026-05-02 --wait 3>&- &
	command=$!
	wait_for test -e "$dir/begun"
	run tm dags trigger q -l 2026-05-02 --wait
	[ "$status" -eq 1 ]
	[ "$(tm runs list -d bad -o json | jq -r '.[0].state')" = failed ]
	touch "$dir/good"
	wait "$command"
}
