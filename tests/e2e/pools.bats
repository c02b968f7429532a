# pools.bats - who has the slots, who waits and why; limits that are edited while tasks run.

load ../fixture/project

setup() {
	project
	cat >"$dir/tidemill.yaml" <<-YAML
		pools: {default: 4, heavy: {slots: 2, rate: 100/min, description: jobs that fill a disk}}
		max_active_tasks: 5
	YAML
	cat >"$dir/dags/few.yaml" <<-YAML
		dag: few
		max_active_tasks: 2
		defaults: {timeout: 1m}
		tasks:
		  a: {operator: command, run: [./wait.sh], pool: heavy, priority: 9, memory: 64MiB}
		  b: {operator: command, run: [./wait.sh], priority: 8}
		  c: {operator: command, run: [./wait.sh]}
		  d: {operator: command, run: [./wait.sh]}
	YAML
	cat >"$dir/dags/many.yaml" <<-YAML
		dag: many
		tasks:
		  w: {operator: command, run: [./wait.sh], pool: heavy, pool_slots: 2, timeout: 1m}
	YAML
	printf '#!/bin/sh\nuntil [ -e go ]; do sleep 0.05; done\n' >"$dir/wait.sh"
	chmod +x "$dir/wait.sh"
}

pool_is() { [ "$(tm pools show "$1" -o json 2>/dev/null | jq -r '"\(.used)/\(.slots) \(.waiting)"')" = "$2" ]; }

@test "pools: without a scheduler those of tidemill.yaml, and it is said that nobody decides" {
	run tm pools list
	echo "$output"
	[ "$status" -eq 0 ]
	[[ "$output" == *"nobody starts tasks now"* ]]
	[ "$(tm pools list -o json 2>/dev/null | jq -c '[.[] | [.pool, .slots, .used, .rate, .decided]]')" = \
		'[["default",4,0,null,false],["sensors",4,0,null,false],["heavy",2,0,"100/min",false]]' ]
	run tm pools show hevy
	[ "$status" -eq 2 ]
	[[ "$output" == *"there is no pool 'hevy'; did you mean 'heavy'?"* ]]
}

@test "pools: slots, holders and how many wait; why names the limit of each task, with numbers" {
	start_scheduler
	tm dags trigger few
	wait_for pool_is heavy "1/2 0"
	wait_for pool_is default "1/4 2"
	tm dags trigger many
	wait_for pool_is heavy "1/2 1"
	tm pools list -o json | jq -e '.[] | select(.pool == "heavy").holders[0] | .dag == "few" and .task == "a" and .memory_bytes == 67108864'
	COLUMNS=80 tm pools list 2>/dev/null | tee "$dir/table"
	[ "$(wc -L <"$dir/table")" -le 80 ]
	grep -q '^heavy .*few.a' "$dir/table"
	run tm pools show heavy
	[[ "$output" == *"jobs that fill a disk"* && "$output" == *"few"*"a"* ]]
	# Each has its own gate, not only the first of its pool.
	tm why few -o json >"$dir/why"
	for task in c d; do
		jq -e --arg t $task '.gates[] | select(.task == $t and .gate == "limit") |
			.text == "dag '"'few'"' has 2 of 2 tasks running: max_active_tasks"' "$dir/why"
	done
	tm why many w -o json | jq -e '.gates[0] |
		.held_by == {"gate": "pool", "pool": "heavy", "slots": 2, "used": 1, "total": 2}'
	touch "$dir/go"
	wait_for pool_is default "0/4 0"
}

@test "pools: a task that waits for a rate is told which, and until when" {
	printf 'pools: {slow: {slots: 4, rate: 1/hour}}\n' >"$dir/tidemill.yaml"
	rm "$dir"/dags/*
	printf '%s\n' 'dag: two' 'tasks:' \
		'  a: {operator: command, run: ["true"], pool: slow, priority: 1}' \
		'  b: {operator: command, run: ["true"], pool: slow}' >"$dir/dags/two.yaml"
	start_scheduler
	tm dags trigger two
	wait_for sh -c "'$TIDEMILL' -C '$dir' why two b -o json 2>/dev/null | grep -q 1/hour"
	tm why two b -o json | tee "$dir/why" | jq -e --argjson now "$(date +%s)" '.gates[0] |
		.text == "it waits for the rate of pool slow, 1/hour: so many have begun within it"
		and ((.until | sub("[.][0-9]+"; "") | fromdateiso8601) - $now | . > 3500 and . <= 3600)'
}

@test "pools: a task that asks for more memory than there can be is told before it waits for ever" {
	rm "$dir"/dags/*
	printf '%s\n' 'dag: large' 'tasks:' \
		'  fits: {operator: command, run: ["true"], memory: 2GiB}' \
		'  much: {operator: command, run: ["true"], memory: 1TiB}' >"$dir/dags/large.yaml"
	printf 'memory: 2GiB\n' >"$dir/tidemill.yaml"
	run tm validate
	echo "$output"
	[ "$status" -eq 1 ]
	[[ "$output" == *"dags/large.yaml:4:3: error: task 'much' asks for 1 TiB of memory, and all tasks together may have 2 GiB by tidemill.yaml [E0643]"* ]]
	[[ "$output" == *"1 error, 0 warnings"* ]]
	# Of another machine nobody knows.
	: >"$dir/tidemill.yaml"
	run tm validate
	echo "$output"
	[ "$status" -eq 0 ]
	[[ "$output" == *"dags/large.yaml:4:3: warning: task 'much' asks for 1 TiB of memory, and this machine has "*"iB [E0644]"* ]]
	# What is not written down is not counted.
	sed -i 's/, memory: [0-9A-Za-z]*//' "$dir/dags/large.yaml"
	tm validate
}

@test "pools: an edit of tidemill.yaml counts for what starts; what runs goes on" {
	start_scheduler
	tm dags trigger few
	wait_for pool_is heavy "1/2 0"
	sed -i 's/default: 4, heavy: {slots: 2/default: 4, heavy: {slots: 1/' "$dir/tidemill.yaml"
	run tm validate
	echo "$output"
	[ "$status" -eq 1 ]
	[[ "$output" == *"dags/many.yaml:3:50: error: task 'w' takes 2 slots of pool 'heavy', which has 1"*"^^^^^"* ]]
	wait_for grep -q 'limits of tidemill.yaml count from now on.*heavy 1' "$dir/log"
	pool_is heavy "1/1 0"
	# What is wrong in it keeps what it was.
	sed -i 's/heavy: {slots: 1/heavy: {slots: -1/' "$dir/tidemill.yaml"
	run tm validate
	echo "$output"
	[ "$status" -eq 1 ]
	[[ "$output" == *"tidemill.yaml:1:"*"slots: -1"*"^"* ]]
	wait_for grep -q 'tidemill.yaml has mistakes: the limits stay as they were' "$dir/log"
	pool_is heavy "1/1 0"
	touch "$dir/go"
	wait_for pool_is default "0/4 0"
	[ "$(tm runs list -o json | jq -r '.[0].state')" = success ]
}

@test "pools: the page, the API and the metrics say the same" {
	start_scheduler
	tm dags trigger few
	wait_for pool_is default "1/4 2"
	start_web
	get /metrics >"$dir/metrics"
	cat "$dir/metrics"
	grep -qx 'tidemill_scheduler_up 1' "$dir/metrics"
	grep -qx 'tidemill_pool_slots{pool="default"} 4' "$dir/metrics"
	grep -qx 'tidemill_pool_used{pool="default"} 1' "$dir/metrics"
	grep -qx 'tidemill_pool_waiting{pool="default"} 2' "$dir/metrics"
	[ "$(get /api/v1/pools | jq -cS .)" = "$(tm pools list -o json 2>/dev/null | jq -cS .)" ]
	[ "$(get /api/v1/pools/heavy | jq .used)" = 1 ]
	[ "$(get /api/v1/pools/hevy | jq -r .error)" = "there is no pool 'hevy'; did you mean 'heavy'?" ]
	get /pools >"$dir/page"
	grep -q 'jobs that fill a disk' "$dir/page"
	grep -q 'href="/dags/few"' "$dir/page"
}
