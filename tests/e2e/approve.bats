# approve.bats - tasks that ask a person: what is asked, who answers, and what comes of it.

load ../fixture/project

is() { [ "$(state "SELECT state FROM task WHERE task = '$1'")" = "$2" ]; }
asks() { [[ "$(state "SELECT waits FROM task WHERE task = '$1'")" == *'"gate":"person"'* ]]; }

@test "approve: the example asks, over a kill, and the answer is its output" {
	cp "$examples/approve.yaml" "$dir/dags/"
	start_scheduler
	wait_for tm dags trigger approve
	wait_for asks publish
	kill_scheduler
	start_scheduler
	run tm why approve publish
	echo "$output"
	[[ "$output" == *"it waits for a person: Publish 7 rows?: \`tidemill tasks approve approve publish "* ]]
	[ "$(state "SELECT count(*) FROM attempt WHERE task = 'publish'")" = 0 ]
	id=$(tm runs list -o json | jq -r '.[0].run_id')
	tm tasks approve approve publish "$id" -p limit=20
	wait_for is send success
	[ "$(tm tasks logs approve send "$id")" = "sent all, at most 20" ]
}

@test "who answered, what and when is told; the same again is fine, another is refused" {
	cp "$examples/approve.yaml" "$dir/dags/"
	start_scheduler
	wait_for tm dags trigger approve
	wait_for asks publish
	id=$(tm runs list -o json | jq -r '.[0].run_id')
	run tm tasks approve approve publish "$id" -p limit=many
	echo "$output"
	[ "$status" -eq 2 ]
	[[ "$output" == *"'limit' is the text \"many\"; int64 is wanted"* ]]
	run tm tasks approve approve publish "$id" -a maybe -p limit=3
	[ "$status" -eq 2 ]
	[[ "$output" == *"it takes 'all', 'some', 'none'"* ]]
	run tm tasks approve approve count "$id"
	[ "$status" -eq 4 ]
	[[ "$output" == *"'count' of dag 'approve' asks nobody"* ]]
	tm tasks approve approve publish "$id" -a some -p limit=3 --by ann
	wait_for is send success
	[ "$(tm tasks logs approve send "$id")" = "sent some, at most 3" ]
	tm tasks approve approve publish "$id" -a some -p limit=3 --by bob
	run tm tasks reject approve publish "$id"
	echo "$output"
	[ "$status" -eq 4 ]
	[[ "$output" == *"was answered 'some' by ann at "*"tidemill runs clear approve $id -t publish"* ]]
	run tm runs show approve "$id"
	echo "$output"
	[[ "$output" == *"a person said yes: 'some' by ann at "* ]]
	[[ "$output" == *"answer=some limit=3"* ]]
	tm runs show approve "$id" -o json >"$dir/run"
	[ "$(jq -r '.task_list[] | select(.task == "publish") | .answered | .answer + " " + .by' "$dir/run")" = "some ann" ]
	[ "$(state "SELECT count(*) FROM event WHERE from_state = 'none' AND to_state = 'none' AND detail LIKE '''some'' by ann%'")" = 1 ]
}

@test "no is a failure, a clear asks anew, and without a scheduler an answer is kept" {
	cp "$examples/approve.yaml" "$dir/dags/"
	start_scheduler
	wait_for tm dags trigger approve
	wait_for asks publish
	id=$(tm runs list -o json | jq -r '.[0].run_id')
	tm tasks reject approve publish "$id"
	wait_for is publish failed
	run tm why approve publish "$id"
	echo "$output"
	[[ "$output" == *"a person said no: 'none' by $(id -un) at "* ]]
	tm runs clear approve "$id" --only-failed
	wait_for asks publish
	[ -z "$(state "SELECT answered FROM task WHERE task = 'publish'")" ]
	stop_scheduler
	tm tasks approve approve publish "$id" -p limit=1
	start_scheduler
	wait_for is send success
}
