# expand.bats - tasks that are expanded: instances by name, done again, refused.

load ../fixture/project

setup() {
	project
	cat >"$dir/dags/a.yaml" <<-'Y'
		dag: a
		schedule: {partition: day}
		defaults: {retries: 0}
		tasks:
		  list:
		    operator: command
		    outputs: {files: json}
		    shell: 'echo "{\"files\": $(cat list)}" >"$TIDEMILL_RESULT"'
		  load:
		    operator: command
		    needs: list
		    expand: {file: "{{ outputs.list.files }}"}
		    shell: 'printf "%s %s\n" {{ item.file }} "$TIDEMILL_MAP_INDEX"; [ ! -e bad{{ item.file }} ]'
		  all: {operator: command, needs: load, run: [echo, done]}
	Y
}

states() {
	tm runs show a 2026-05-02 -o json | jq -r '[.task_list[] | .task + " " + .state] | join(", ")'
}

@test "what an item is never becomes a part of a shell line" {
	echo '["x; touch y", "$(touch y)", 7]' >"$dir/list"
	tm dags trigger a -l 2026-05-02 --wait
	[ "$(tm tasks logs a 'load[0]' 2026-05-02)" = 'x; touch y 0' ]
	[ "$(tm tasks logs a 'load[1]' 2026-05-02)" = '$(touch y) 1' ]
	[ "$(tm tasks logs a 'load[2]' 2026-05-02)" = '7 2' ]
	[ ! -e "$dir/y" ]
	[ "$(tm runs show a 2026-05-02 -o json | jq -c '.task_list[] | select(.task == "load[2]") | [.index, .item]')" = '[2,{"file":7}]' ]
}

@test "what failed is done again alone, one by its name, and a new list takes the place of the old" {
	echo '["a", "b", "c"]' >"$dir/list"
	touch "$dir/badb"
	run tm dags trigger a -l 2026-05-02 --wait
	[ "$status" -eq 1 ]
	[ "$(states)" = "list success, load failed, load[0] success, load[1] failed, load[2] success, all upstream_failed" ]
	rm "$dir/badb"
	tm runs clear a 2026-05-02 --only-failed --wait
	[ "$(states)" = "list success, load success, load[0] success, load[1] success, load[2] success, all success" ]
	[ "$(tm runs show a 2026-05-02 -o json | jq -c '[.task_list[] | .tries]')" = '[1,0,1,2,1,1]' ]
	run tm runs clear a 2026-05-02 -t 'load[9]'
	echo "$output"
	[ "$status" -ne 0 ]
	[[ "$output" == *"has no instance '[9]': they are load[0] to load[2]"* ]]
	tm runs clear a 2026-05-02 -t 'load[2]' --wait
	[ "$(tm runs show a 2026-05-02 -o json | jq -c '[.task_list[] | .tries]')" = '[1,0,1,2,2,2]' ]
	echo '["d"]' >"$dir/list"
	tm runs clear a 2026-05-02 --wait
	[ "$(states)" = "list success, load success, load[0] success, all success" ]
	[ "$(tm tasks logs a 'load[0]' 2026-05-02)" = 'd 0' ]
}

@test "a list without items skips, and one that is none says so" {
	echo '[]' >"$dir/list"
	tm dags trigger a -l 2026-05-02 --wait
	[ "$(states)" = "list success, load skipped, all skipped" ]
	echo '"abc"' >"$dir/list"
	run tm runs clear a 2026-05-02 --wait
	[ "$status" -eq 1 ]
	run tm why a load
	echo "$output"
	[[ "$output" == *'outputs.list.files is "abc", and a list is wanted'* ]]
}

@test "why tells how many instances have ended, and of each what it waits for" {
	echo '["a", "b"]' >"$dir/list"
	sed -i 's/retries: 0/retries: 3, retry_delay: 1h/' "$dir/dags/a.yaml"
	touch "$dir/badb"
	tm dags trigger a -l 2026-05-02
	timeout 5 "$TIDEMILL" -C "$dir" scheduler >"$dir/out" 2>&1 || true
	run tm why a load
	echo "$output"
	[[ "$output" == *"1 of 2 instances have ended, 0 failed; load[1] has not"* ]]
	run tm why a 'load[1]'
	echo "$output"
	[[ "$output" == *"try 1 did not succeed: exit status 1"* ]]
}

@test "a task whose instances failed names the first of them, and lists all" {
	echo '["a", "b", "c"]' >"$dir/list"
	touch "$dir/badb"
	run tm dags trigger a -l 2026-05-02 --wait
	[ "$status" -eq 1 ]
	run tm why a
	echo "$output"
	[[ "$output" == *"1 of 3 instances failed, the first is load[1]: \`tidemill why a 'load[1]'\`"* ]]
	run tm tasks logs a load 2026-05-02
	echo "$output"
	[ "$status" -eq 1 ]
	[[ "$output" == *"\`tidemill tasks logs a 'load[1]' 2026-05-02\`"* ]]
	run tm tasks state a load 2026-05-02
	echo "$output"
	[[ "$output" != *"processor time"* ]]
	[[ "$output" == *'load[1]  {"file":"b"} failed'* ]]
	[ "$(tm tasks state a load 2026-05-02 -o json | jq -c '[.instances[] | .task + " " + .state]')" = \
		'["load[1] failed","load[0] success","load[2] success"]' ]
}

@test "an item is any text of a line, of many, with quotes, and too long is told" {
	cat >"$dir/dags/odd.yaml" <<-'Y'
		dag: odd
		params: {files: {type: list}}
		defaults: {retries: 0}
		tasks:
		  load:
		    operator: command
		    expand: {file: "{{ params.files }}"}
		    shell: 'printf %s {{ item.file }} | sha256sum; touch done$TIDEMILL_MAP_INDEX'
		  argument: {operator: command, expand: "{{ params.files }}", run: [printf, '%s', "{{ item }}"]}
	Y
	item=$'two\nlines "and" \'quotes\' $(touch y) \\ {{ ds }} \t é'
	big=$(head -c 60000 /dev/zero | tr '\0' x)
	list=$(jq -cn --arg a "$item" --arg b "$big" '[$a, $b, "", "é"]')
	tm dags trigger odd -p "files=$list" --wait
	run_id=$(tm runs list -d odd -o json | jq -r '.[0].run_id')
	[ "$(tm tasks logs odd 'load[0]' "$run_id" | cut -c1-64)" = "$(printf %s "$item" | sha256sum | cut -c1-64)" ]
	[ "$(tm tasks logs odd 'load[1]' "$run_id" | cut -c1-64)" = "$(printf %s "$big" | sha256sum | cut -c1-64)" ]
	[ "$(tm tasks logs odd 'argument[0]' "$run_id")" = "$item" ]
	[ ! -e "$dir/y" ]
	run tm dags trigger odd -p "files=[\"$(head -c 70000 /dev/zero | tr '\0' x)\"]"
	[ "$status" -ne 0 ]
	[[ "$output" == *"at most 64 KiB"* ]]
}

@test "too many items, of one list or of all, fail their task alone" {
	cat >"$dir/dags/many.yaml" <<-'Y'
		dag: many
		params: {n: {type: int}, levels: {type: list}}
		defaults: {retries: 0}
		tasks:
		  list:
		    operator: command
		    outputs: {l: json}
		    run: [sh, -c, 'jq -cn "{l: [range({{ params.n }})]}" >"$TIDEMILL_RESULT"']
		  load: {operator: command, needs: list, expand: "{{ outputs.list.l }}", run: ["true"]}
		  split:
		    operator: command
		    expand: "{{ params.levels }}"
		    outputs: {l: json}
		    run: [sh, -c, 'cat thousand >"$TIDEMILL_RESULT"']
		  deep: {operator: command, needs: split, expand: "{{ outputs.split.l }}", run: ["true"]}
		  beside: {operator: command, run: ["true"]}
	Y
	jq -cn "{l: [range(1000)]}" >"$dir/thousand"
	levels=$(jq -cn '[range(101)]')
	run tm dags trigger many -p n=1001 -p "levels=$levels" --wait
	[ "$status" -eq 1 ]
	run_id=$(tm runs list -d many -o json | jq -r '.[0].run_id')
	tm runs show many "$run_id" -o json >"$dir/run"
	[ "$(jq -r '[.task_list[] | select(.index == null) | .task + " " + .state] | join(", ")' "$dir/run")" = \
		"list success, load failed, split success, deep failed, beside success" ]
	jq -r '.task_list[] | select(.task == "load") | .waits' "$dir/run" |
		grep -q 'outputs.list.l has 1001 items, and a task is expanded over 1000'
	jq -r '.task_list[] | select(.task == "deep") | .waits' "$dir/run" |
		grep -q 'it comes to 101000 instances, and a run has at most 100000'
	tm runs show many "$run_id" | grep -q '^split  *success.*101 instances: 101 success'
	tm runs show many "$run_id" --all | grep -q '^split\[100\]  *success'
}

@test "a list of a million is refused where it is written, left or given" {
	{
		printf 'dag: big\ntasks:\n  t: {operator: command, run: [x], expand: ['
		seq -s, 1000000 | tr -d '\n'
		printf ']}\n'
	} >"$dir/dags/big.yaml"
	run tm validate "$dir/dags/big.yaml"
	[ "$status" -ne 0 ]
	[[ "$output" == *"a list to expand has 1 to 1000 items, this has 1000000"* ]]
	rm "$dir/dags/big.yaml"
	seq -s, 1000000 | sed 's/^/[/; s/$/]/' >"$dir/list"
	run tm dags trigger a -l 2026-05-02 --wait
	[ "$status" -eq 1 ]
	[ "$(states)" = "list failed, load upstream_failed, all upstream_failed" ]
	run tm dags list
	[ "$status" -eq 0 ]
}

@test "what a task leaves may become another type: it is told, and mended by another try" {
	echo '{"a": 1}' >"$dir/list"
	run tm dags trigger a -l 2026-05-02 --wait
	[ "$status" -eq 1 ]
	run tm why a load
	[[ "$output" == *'outputs.list.files is the object {"a":1}, and a list is wanted'* ]]
	echo '["a", null]' >"$dir/list"
	run tm runs clear a 2026-05-02 --wait
	[ "$status" -eq 1 ]
	run tm why a load
	[[ "$output" == *'outputs.list.files[1] is null: texts, numbers, true and false are items'* ]]
	echo '["a", 7]' >"$dir/list"
	tm runs clear a 2026-05-02 --wait
	[ "$(states)" = "list success, load success, load[0] success, load[1] success, all success" ]
}

@test "what all instances left is one argument, and one that is too long is told" {
	cat >"$dir/dags/sum.yaml" <<-'Y'
		dag: sum
		params: {bytes: {type: int}}
		defaults: {retries: 0}
		tasks:
		  load:
		    operator: command
		    expand: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]
		    outputs: {x: string}
		    run: [sh, -c, 'printf "{\"x\":\"%0{{ params.bytes }}d\"}" 7 >"$TIDEMILL_RESULT"']
		  all: {operator: command, needs: load, shell: 'printf %s {{ outputs.load.x }} | jq length'}
	Y
	tm dags trigger sum -p bytes=12000 --wait
	[ "$(tm tasks logs sum all "$(tm runs list -d sum -o json | jq -r '.[0].run_id')")" = 10 ]
	run tm dags trigger sum -p bytes=14000 --wait
	[ "$status" -eq 1 ]
	[[ "$output" == *"task all, try 1: error: run '/bin/sh': Argument list too long"* ]]
}

# The instances of task t of the run of dag big.
made() {
	sqlite3 -readonly "$dir/.tidemill/state.db" "SELECT $1 FROM v_task
		WHERE dag = 'big' AND map_index IS NOT NULL" 2>/dev/null || echo 0
}

some_are_made() {
	[ "$(made 'count(*)')" -gt 0 ]
}

@test "a list of thousands is made in pieces beside other runs, and after a kill each is there once" {
	numbers=$(seq -s, 0 999)
	cat >"$dir/dags/big.yaml" <<-Y
		dag: big
		tasks:
		  t:
		    operator: command
		    max_active_tis_per_dag: 1
		    expand: {a: [$(seq -s, 0 29)], b: [$numbers]}
		    shell: 'until [ -e go ]; do sleep 0.05; done'
		  after: {operator: command, needs: t, run: ["true"]}
	Y
	echo '["a"]' >"$dir/list"
	start_scheduler
	tm dags trigger big
	wait_for some_are_made
	kill -STOP "$scheduler"
	there=$(made 'count(*)')
	echo "$there are there"
	# A prefix of the list, whole pieces.
	[ "$there" -le 30000 ]
	[ "$(made 'max(map_index)')" -eq $((there - 1)) ]
	if [ "$there" -lt 30000 ]; then
		run tm why big t
		echo "$output"
		[[ "$output" == *"$there of 30000 instances are made; none begins before all are there"* ]]
		run tm why big 't[0,7]'
		[[ "$output" == *"it begins when all instances are made"* ]]
		[ "$(made "sum(state <> 'none')")" -eq 0 ]
	fi
	kill_scheduler
	start_scheduler
	tm dags trigger a -l 2026-05-02 --wait
	wait_for eval '[ "$(made "count(*) || count(DISTINCT map_index) || max(map_index)")" = 300003000029999 ]'
	[ "$(made "count(DISTINCT item)")" -eq 30000 ]
	wait_for eval '[ "$(made "sum(state = \"running\")")" -eq 1 ]'
	tm runs cancel big "$(tm runs list -d big -o json | jq -r '.[0].run_id')"
	touch "$dir/go"
	wait_for eval '[ "$(tm runs list -d big -o json | jq -r ".[0].state")" = cancelled ]'
	stop_scheduler
}
