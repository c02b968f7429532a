# common.bash - what the tests of crashes share: a gate at which tasks stop, and what is to be seen.
#
# Nothing waits for a time: tasks stop at a gate (a fifo) until the test opens
# it, and the test waits for what it can see, with a deadline.

load ../fixture/project

setup() {
	project
	mkfifo "$dir/gate"
}

teardown() {
	[ -n "$BATS_TEST_COMPLETED" ] || tell
	end_project
}

# For whoever reads why a test failed.
tell() { state "SELECT 'attempt', key, task, try_number, state, outcome, message FROM attempt" || true; }

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

state_is() { [ "$(state "$1")" = "$2" ]; }
