# approve.bats - tasks that ask a person: what is asked, who answers, and what comes of it.

setup() {
	dir=$(mktemp -d)
	mkdir -p "$dir/dags"
	examples=$BATS_TEST_DIRNAME/../../dag_examples
	scheduler=
}

teardown() {
	[ -z "$scheduler" ] || kill "$scheduler" 2>/dev/null || true
	[ -z "$scheduler" ] || wait "$scheduler" 2>/dev/null || true
	rm -rf "$dir"
}

tm() { "$TIDEMILL" -C "$dir" "$@"; }

ask() { sqlite3 -readonly "$dir/.tidemill/state.db" "$1"; }

# within N COMMAND...: until it is true, for at most N tenths of a second.
within() {
	local n=$1
	shift
	for _ in $(seq "$n"); do "$@" >/dev/null 2>&1 && return 0 || sleep 0.1; done
	echo "never true: $*"
	return 1
}

start_scheduler() {
	"$TIDEMILL" -C "$dir" scheduler 3>&- >>"$dir/log" 2>&1 &
	scheduler=$!
	within 50 tm dags list
}

stop_scheduler() {
	kill "$@" "$scheduler"
	wait "$scheduler" || true
	scheduler=
}

is() { [ "$(ask "SELECT state FROM task WHERE task = '$1'")" = "$2" ]; }
asks() { [[ "$(ask "SELECT waits FROM task WHERE task = '$1'")" == *'"gate":"person"'* ]]; }

@test "approve: the example asks, over a kill, and the answer is its output" {
	cp "$examples/approve.yaml" "$dir/dags/"
	start_scheduler
	within 50 tm dags trigger approve
	within 50 asks publish
	stop_scheduler -9
	start_scheduler
	run tm why approve publish
	echo "$output"
	[[ "$output" == *"it waits for a person: Publish 7 rows?: \`tidemill tasks approve approve publish "* ]]
	[ "$(ask "SELECT count(*) FROM attempt WHERE task = 'publish'")" = 0 ]
	id=$(tm runs list -o json | jq -r '.[0].run_id')
	tm tasks approve approve publish "$id" -p limit=20
	within 50 is send success
	[ "$(tm tasks logs approve send "$id")" = "sent all, at most 20" ]
}

@test "who answered, what and when is told; the same again is fine, another is refused" {
	cp "$examples/approve.yaml" "$dir/dags/"
	start_scheduler
	within 50 tm dags trigger approve
	within 50 asks publish
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
	within 50 is send success
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
	[ "$(ask "SELECT count(*) FROM event WHERE from_state = 'none' AND to_state = 'none' AND detail LIKE '''some'' by ann%'")" = 1 ]
}

@test "no is a failure, a clear asks anew, and without a scheduler an answer is kept" {
	cp "$examples/approve.yaml" "$dir/dags/"
	start_scheduler
	within 50 tm dags trigger approve
	within 50 asks publish
	id=$(tm runs list -o json | jq -r '.[0].run_id')
	tm tasks reject approve publish "$id"
	within 50 is publish failed
	run tm why approve publish "$id"
	echo "$output"
	[[ "$output" == *"a person said no: 'none' by $(id -un) at "* ]]
	tm runs clear approve "$id" --only-failed
	within 50 asks publish
	[ -z "$(ask "SELECT answered FROM task WHERE task = 'publish'")" ]
	stop_scheduler
	tm tasks approve approve publish "$id" -p limit=1
	start_scheduler
	within 50 is send success
}
