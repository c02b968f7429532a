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
