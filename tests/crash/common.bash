# common.bash - a project of its own for each test, a scheduler in it, and waiting for facts.
#
# Nothing waits for a time: tasks stop at a gate (a fifo) until the test opens
# it, and the test waits for what it can see, with a deadline.

TIDEMILL=${TIDEMILL:-$BATS_TEST_DIRNAME/../../build/tidemill}

setup() {
	dir=$(mktemp -d /tmp/tidemill-crash.XXXXXXXX)
	mkdir -p "$dir/dags"
	mkdir -m 700 "$dir/runtime"
	export XDG_RUNTIME_DIR=$dir/runtime
	mkfifo "$dir/gate"
	scheduler=
}

# Whatever carries the path of this test's directory was started by this test.
teardown() {
	local pid
	[ -d "$dir" ] || return 0
	[ -n "$BATS_TEST_COMPLETED" ] || tell
	for pid in $(pgrep -f -- "$dir"); do
		kill -KILL "$pid" 2>/dev/null || true
	done
	rm -rf "$dir"
}

# For whoever reads why a test failed.
tell() {
	state "SELECT 'attempt', key, task, try_number, state, outcome, message FROM attempt" || true
	[ ! -f "$dir/err" ] || cat "$dir/err"
}

tm() { "$TIDEMILL" -C "$dir" "$@" 3>&-; }

# wait_for COMMAND...: until it succeeds.
wait_for() {
	local end=$((SECONDS + 30))
	until "$@"; do
		if ((SECONDS >= end)); then
			echo "waited in vain for: $*"
			[ -f "$dir/err" ] && cat "$dir/err"
			return 1
		fi
		sleep 0.02
	done
}

# A daemon; its messages go to $dir/err, its pid to $scheduler.
start_scheduler() {
	: >"$dir/err"
	"$TIDEMILL" -C "$dir" scheduler 2>"$dir/err" >/dev/null </dev/null 3>&- &
	scheduler=$!
	wait_for grep -q 'control.sock' "$dir/err"
}

kill_scheduler() {
	kill -KILL "$scheduler"
	wait "$scheduler" || true
}

stop_scheduler() {
	kill -TERM "$scheduler"
	wait "$scheduler"
}

# dag NAME: a definition from standard input; %DIR% is the project directory.
dag() { sed "s|%DIR%|$dir|g" >"$dir/dags/$1.yaml"; }

# A dag of one task that says that it runs, waits at the gate, and says that it is over.
dag_hold() {
	dag hold <<-'YAML'
		dag: hold
		tasks:
		  hold:
		    operator: command
		    retries: 0
		    shell: "echo $PPID > %DIR%/shim; echo begin >> %DIR%/ran; read line < %DIR%/gate; echo end >> %DIR%/ran"
	YAML
}

open_gate() { echo go >"$dir/gate"; }

ran() { [ -f "$dir/ran" ] && [ "$(grep -c "$1" "$dir/ran")" -eq "$2" ]; }

runs_are() { [ "$(tm runs list -o json | jq -r 'map(.state) | unique | join(",")')" = "$1" ]; }

# SQL on the state, which any process may read.
state() { sqlite3 -readonly "$dir/.tidemill/state.db" "$1"; }

state_is() { [ "$(state "$1")" = "$2" ]; }

is_dead() { ! kill -0 "$1" 2>/dev/null || grep -q '^State:.Z' "/proc/$1/status" 2>/dev/null; }
