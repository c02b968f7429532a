# secrets.bats - secrets by reference: read late, stored nowhere, masked in logs while they stream.

TIDEMILL=${TIDEMILL:-$BATS_TEST_DIRNAME/../../build/tidemill}

setup() {
	dir=$(mktemp -d /tmp/tidemill-secrets.XXXXXXXX)
	mkdir -p "$dir/dags"
	mkdir -m 700 "$dir/runtime"
	export XDG_RUNTIME_DIR=$dir/runtime
	export LAB_TOKEN='tok-3f9a/+=&secret'
	(umask 077 && echo 'file-secret-42' >"$dir/secret.txt")
	printf '#!/bin/sh\necho asked >&2\necho "cmd-secret-$LAB_TOKEN"\n' >"$dir/get.sh"
	chmod +x "$dir/get.sh"
}

teardown() {
	local pid
	for pid in $(pgrep -f -- "$dir"); do
		kill -KILL "$pid" 2>/dev/null || true
	done
	rm -rf "$dir"
}

tm() { "$TIDEMILL" -C "$dir" "$@" 3>&-; }

# dag ENV LINE: the dag `s` with one task.
dag() {
	printf 'dag: s\ntasks:\n  t:\n    operator: command\n    timeout: 1m\n    retries: 0\n    env: %s\n    shell: |\n%s\n' \
		"$1" "$(sed 's/^/      /' <<<"$2")" >"$dir/dags/s.yaml"
}

run_it() { run tm dags trigger s --wait; run_id=$(tm runs list -o json | jq -r '.[0].run_id'); }

log() { tm tasks logs s t "$run_id"; }

@test "secrets: from the environment, a file and a command; none is seen in the log or stored" {
	dag '{A: {from_env: LAB_TOKEN}, B: {from_file: secret.txt}, C: {from_command: [./get.sh]}}' \
		'echo "a=$A b=$B c=$C."; echo "$A" | base64; echo "x$B" | base64; test "$C" = "cmd-secret-$A"'
	run_it
	echo "$output"
	[ "$status" -eq 0 ]
	log
	[[ "$(log)" == *"asked
a=*** b=*** c=***."* ]]
	! log | grep -E 'dG9rLTNm|ZmlsZS1z|pbGUtc2Vjc'
	! grep -rqa -e "$LAB_TOKEN" -e file-secret-42 -e cmd-secret "$dir/.tidemill" "$dir/runtime"
	! sqlite3 -readonly "$dir/.tidemill/state.db" .dump | grep -F -e "$LAB_TOKEN" -e file-secret-42
}

@test "secrets: one that is written in pieces is masked as one, also when its program is killed" {
	dag '{B: {from_file: secret.txt}}' \
		'printf file-; sleep 0.2; printf secret; sleep 0.2; printf -- "-42 file-secre x "; printf file-secret; kill -9 $$'
	run_it
	[ "$status" -ne 0 ]
	[ "$(log)" = "*** file-secre x ***" ]
}

@test "secrets: of one that is short the log says once that it is not masked" {
	dag '{A: {from_env: LAB_SHORT}, B: {from_command: [echo, x]}}' 'echo "a $A $B"'
	LAB_SHORT=1234567 run_it
	[ "$(log | grep -c 'not masked, for they are shorter than 8 bytes: [AB]')" = 2 ]
	log | grep -qx 'a 1234567 x'
}

@test "secrets: with newlines they are masked whole; with a zero byte they are refused" {
	printf 'line one\nline two\n\n' >"$dir/secret.txt"
	dag '{B: {from_file: secret.txt}}' 'printf "<%s>" "$B"'
	run_it
	[ "$(log)" = "<***>" ]
	printf 'zero\0byte' >"$dir/secret.txt"
	run_it
	[ "$status" -ne 0 ]
	[[ "$output" == *"set B: what 'secret.txt' gives has a zero byte"* ]]
	dag '{B: {from_command: [printf, "a\\0b"]}}' 'true'
	run_it
	[[ "$output" == *"set B: what "*" gives has a zero byte"* ]]
}

@test "secrets: a file that others may read is refused by name, and so is one that is not there" {
	chmod 644 "$dir/secret.txt"
	dag '{B: {from_file: secret.txt}}' 'true'
	run_it
	[ "$status" -ne 0 ]
	[[ "$output" == *"set B: read the secret in 'secret.txt': its mode is 0644"*"give it 0600"* ]]
	rm "$dir/secret.txt"
	run_it
	[[ "$output" == *"set B: "*"'secret.txt'"*"no such file"* ]]
}

@test "secrets: a variable that the scheduler does not have is named" {
	dag '{B: {from_env: LAB_NOWHERE}}' 'true'
	run_it
	[ "$status" -ne 0 ]
	[[ "$output" == *"set B: the scheduler's environment has no variable LAB_NOWHERE"* ]]
}

@test "secrets: a command that fails, is not there or prints without end is an end that says so" {
	dag '{B: {from_command: [sh, -c, "echo half; exit 3"]}}' 'true'
	run_it
	[ "$status" -ne 0 ]
	[[ "$output" == *"set B: 'sh' ended with exit status 3"* ]]
	dag '{B: {from_command: [./nowhere]}}' 'true'
	run_it
	[[ "$output" == *"set B: './nowhere' could not be run"* ]]
	dag '{B: {from_command: [cat, /dev/zero]}}' 'true'
	run_it
	[[ "$output" == *"set B: 'cat': it printed more than 64 KiB"* ]]
	dag '{B: {from_command: [sh, -c, "yes >&2"]}}' 'true'
	sed -i 's/timeout: 1m/timeout: 1s/' "$dir/dags/s.yaml"
	run_it
	[[ "$output" == *"timeout"* ]]
}

@test "secrets: a command that hangs ends with its task" {
	dag '{B: {from_command: [sleep, "1000"]}}' 'true'
	sed -i 's/timeout: 1m/timeout: 1s/' "$dir/dags/s.yaml"
	run_it
	[ "$status" -ne 0 ]
	[[ "$output" == *"ended after its timeout of 1s"* ]]
	! pgrep -fx 'sleep 1000'
}

@test "secrets: what is wrong with a reference is told with its place" {
	printf 'dag: s\ntasks: {t: {operator: command, run: [x], env: {A: {from_command: x}, B: {from_command: []}, C: {from_command: [x, [y]]}, D: {from_env: X, from_command: [x]}}}}\n' >"$dir/dags/s.yaml"
	run tm validate
	echo "$output"
	[ "$status" -ne 0 ]
	[ "$(grep -c "'from_command' has to be a list" <<<"$output")" = 2 ]
	[[ "$output" == *"each item of 'from_command'"* ]]
	[[ "$output" == *"'D' needs a text, or one of from_env, from_file and from_command"* ]]
}
