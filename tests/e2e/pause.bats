# pause.bats - a dag whose runs fail one after the other is paused.

load ../fixture/project

setup() {
	project
	cp "$examples/pause_after_failures.yaml" "$dir/dags/"
	: >"$dir/tidemill.yaml"
	printf '#!/bin/sh\ntest -e works || test "$1" = 2026-05-01\n' >"$dir/fetch"
	chmod +x "$dir/fetch"
}

states() { tm runs list -d pause_after_failures --limit 99 -o json | jq -r '[.[] | .state] | sort | group_by(.) | map("\(.[0]) \(length)") | join(", ")'; }

is_paused() { [ "$(tm dags show pause_after_failures -o json | jq -r .paused)" = true ]; }
all_done() { [ "$(states)" = "failed 3, success 28" ]; }

@test "pause_after_failures: three nights in a row that failed pause the dag, and why says so" {
	start_scheduler
	wait_for is_paused
	[[ "$(states)" == "failed 3, queued "*", success 1" ]]
	run tm why pause_after_failures
	[[ "$output" == *"the dag is paused, for 3 scheduled runs failed in a row: nothing of it is started until"* ]]
	[ "$(tm dags show pause_after_failures -o json | jq -r .paused_because)" = "3 scheduled runs failed in a row" ]
	grep -q "dag 'pause_after_failures' is paused by its 'pause_after_failures': its scheduled runs failed" "$dir/log"
	: >"$dir/works"
	tm dags unpause pause_after_failures
	[ "$(tm dags show pause_after_failures -o json | jq -r .paused_because)" = null ]
	wait_for all_done
}
