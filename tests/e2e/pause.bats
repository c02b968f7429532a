# pause.bats - a dag whose runs fail one after the other is paused.

TIDEMILL=${TIDEMILL:-$BATS_TEST_DIRNAME/../../build/tidemill}

setup() {
	dir=$(mktemp -d /tmp/tidemill-pause.XXXXXXXX)
	mkdir -p "$dir/dags"
	mkdir -m 700 "$dir/runtime"
	export XDG_RUNTIME_DIR=$dir/runtime
	cp "$BATS_TEST_DIRNAME/../../dag_examples/pause_after_failures.yaml" "$dir/dags/"
	: >"$dir/tidemill.yaml"
	printf '#!/bin/sh\ntest -e works || test "$1" = 2026-05-01\n' >"$dir/fetch"
	chmod +x "$dir/fetch"
}

teardown() {
	local pid
	[ -n "$BATS_TEST_COMPLETED" ] || cat "$dir/log" || true
	for pid in $(pgrep -f -- "$dir"); do
		kill -KILL "$pid" 2>/dev/null || true
	done
	rm -rf "$dir"
}

tm() { "$TIDEMILL" -C "$dir" "$@"; }
states() { tm runs list -d pause_after_failures --limit 99 -o json | jq -r '[.[] | .state] | sort | group_by(.) | map("\(.[0]) \(length)") | join(", ")'; }

# Wait up to 20 seconds until a command succeeds.
until_ok() {
	for _ in $(seq 200); do
		"$@" && return
		sleep 0.1
	done
	return 1
}
is_paused() { [ "$(tm dags show pause_after_failures -o json | jq -r .paused)" = true ]; }
all_done() { [ "$(states)" = "failed 3, success 28" ]; }

@test "pause_after_failures: three nights in a row that failed pause the dag, and why says so" {
	"$TIDEMILL" -C "$dir" scheduler >"$dir/log" 2>&1 3>&- &
	until_ok is_paused
	[[ "$(states)" == "failed 3, queued "*", success 1" ]]
	run tm why pause_after_failures
	[[ "$output" == *"the dag is paused, for 3 scheduled runs failed in a row: nothing of it is started until"* ]]
	[ "$(tm dags show pause_after_failures -o json | jq -r .paused_because)" = "3 scheduled runs failed in a row" ]
	grep -q "dag 'pause_after_failures' is paused by its 'pause_after_failures': its scheduled runs failed" "$dir/log"
	: >"$dir/works"
	tm dags unpause pause_after_failures
	[ "$(tm dags show pause_after_failures -o json | jq -r .paused_because)" = null ]
	until_ok all_done
}
