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
