# groups.bats - groups of tasks as a person sees them: one line, unfolded when asked for.

load ../fixture/project

setup() {
	project
	cat >"$dir/dags/night.yaml" <<-'YAML'
		dag: night
		tasks:
		  extract: {operator: command, run: ["true"]}
		  report: {operator: command, needs: load, run: ["true"]}
		groups:
		  load:
		    needs: extract
		    tasks:
		      users: {operator: command, run: ["true"]}
		      odd: {operator: command, shell: "exit 3"}
		    groups:
		      check:
		        needs: [users, odd]
		        tasks:
		          count: {operator: command, run: ["true"]}
		          compare: {operator: command, run: ["true"]}
		  tell:
		    tasks:
		      mail: {operator: command, run: ["true"]}
	YAML
}

@test "tasks list: a group is one line, with what comes before it" {
	run tm tasks list night
	echo "$output"
	[[ "$output" == *"load "*"4 tasks"*"extract"* ]]
	[[ "$output" == *"tell "*"1 task"* ]]
	[[ "$output" != *"load.users "*"command"* ]]
	[[ "$output" == *"--all shows their tasks"* ]]
	run tm tasks list night --all
	[[ "$output" == *"load.check.count"* ]]
	[ "$(tm tasks list night -o json | jq length)" -eq 7 ]
}

@test "runs show: a group is as bad as the worst of it, and says how many are how" {
	tm dags trigger night --wait || true
	run_id=$(tm runs list -o json | jq -r '.[0].run_id')
	run tm runs show night "$run_id"
	echo "$output"
	[[ "$output" == *"load"*"failed"*"4 tasks: 1 failed, 2 upstream_failed, 1 success"* ]]
	[[ "$output" == *"tell"*"success"*"1 task: 1 success"* ]]
	[[ "$output" != *"load.check.count "* ]]
	run tm runs show night "$run_id" --all
	[[ "$output" == *"load.check.count "* ]]
	[[ "$output" != *"--all"* ]]
	[ "$(tm runs show night "$run_id" -o json | jq '.task_list | length')" -eq 7 ]
}

@test "the page of a run folds its groups, and opens the one that went wrong" {
	tm dags trigger night --wait || true
	run_id=$(tm runs list -o json | jq -r '.[0].run_id')
	start_web
	get "/dags/night/runs/$run_id" >"$dir/page"
	grep -q '<details open><summary>load ' "$dir/page"
	grep -q '4 tasks: 1 failed, 2 upstream_failed, 1 success</summary>' "$dir/page"
	grep -q '<details><summary>tell ' "$dir/page"
	# What is chosen by its state is a plain list.
	get "/dags/night/runs/$run_id?state=failed" >"$dir/page"
	run grep -c '<details' "$dir/page"
	[ "$output" = 0 ]
	grep -q 'load.odd' "$dir/page"
}

@test "runs clear: a group runs again as one, with what comes after it and nothing before it" {
	tm dags trigger night --wait || true
	run_id=$(tm runs list -o json | jq -r '.[0].run_id')
	sed -i 's/exit 3/exit 0/' "$dir/dags/night.yaml"
	tm runs clear night "$run_id" -t load --wait
	[ "$(tm runs show night "$run_id" -o json | jq -r '.task_list | map("\(.task) \(.tries)") | join(", ")')" = \
		"extract 1, report 1, load.users 2, load.odd 2, load.check.count 1, load.check.compare 1, tell.mail 1" ]
	tm runs clear night "$run_id" -t load.check --wait
	[ "$(tm runs show night "$run_id" -o json | jq -r '.task_list | map("\(.task) \(.tries)") | join(", ")')" = \
		"extract 1, report 2, load.users 2, load.odd 2, load.check.count 2, load.check.compare 2, tell.mail 1" ]
}
