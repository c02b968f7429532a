# secrets.bats - secrets by reference: read late, stored nowhere, masked in logs while they stream.

load ../fixture/project

setup() {
	project
	export LAB_TOKEN='tok-3f9a/+=&secret'
	(umask 077 && echo 'file-secret-42' >"$dir/secret.txt")
	printf '#!/bin/sh\necho asked >&2\necho "cmd-secret-$LAB_TOKEN"\n' >"$dir/get.sh"
	chmod +x "$dir/get.sh"
}

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
	log | not grep -E 'dG9rLTNm|ZmlsZS1z|pbGUtc2Vjc'
	not grep -rqa -e "$LAB_TOKEN" -e file-secret-42 -e cmd-secret-tok "$dir/.tidemill" "$dir/runtime"
	sqlite3 -readonly "$dir/.tidemill/state.db" .dump | not grep -F -e "$LAB_TOKEN" -e file-secret-42
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

@test "secrets: the end of the line of a file is none of it, whatever system wrote it" {
	dag '{B: {from_file: secret.txt}}' 'test "$B" = file-secret-42 && echo "<$B>"'
	for end in '' '\n' '\r\n'; do
		printf "file-secret-42$end" >"$dir/secret.txt"
		run_it
		[ "$status" -eq 0 ]
		[ "$(log)" = "<***>" ]
	done
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

@test "secrets: a command that says more than its log has room for gives its secret all the same" {
	dag '{B: {from_command: [sh, -c, "echo begins >&2; yes | head -c 300000 >&2; yes >&2 & echo gold-of-hills"]}}' \
		'echo "it is $B"'
	run_it
	[ "$status" -eq 0 ]
	[[ "$(log)" == *begins*"it is ***"* ]]
}

@test "secrets: a command that hangs ends with its task" {
	dag '{B: {from_command: [sleep, "1000"]}}' 'true'
	sed -i 's/timeout: 1m/timeout: 1s/' "$dir/dags/s.yaml"
	run_it
	[ "$status" -ne 0 ]
	[[ "$output" == *"ended after its timeout of 1s"* ]]
	not pgrep -fx 'sleep 1000'
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

@test "secret params: the reference is what is stored and shown, the value reaches the program alone" {
	cat >"$dir/dags/s.yaml" <<-'Y'
		dag: s
		params: {token: {secret: true}, who: {default: me}}
		tasks:
		  t:
		    operator: command
		    env: {TOKEN: "{{ params.token }}", LEVEL: {from_env: LAB_LEVEL, secret: false}}
		    shell: 'echo "$TOKEN for" {{ params.who }} "at $LEVEL"; echo "x$TOKEN" | base64; test ${#TOKEN} -gt 3'
	Y
	export LAB_LEVEL=not-a-secret
	run tm dags trigger s -p token="$LAB_TOKEN" --wait
	echo "$output"
	[ "$status" -ne 0 ]
	[[ "$output" == *"param 'token' of dag 's' is secret, and is given by where it is found: -p"* ]]
	[[ "$output" != *"$LAB_TOKEN"* ]]
	for reference in env:LAB_TOKEN file:secret.txt; do
		run_id=manual__2026-05-0$((++n))
		tm dags trigger s -p token=$reference --logical-date "2026-05-0$n" --wait
		[[ "$(log)" == "*** for me at not-a-secret"* ]]
		log | not grep -E 'dG9rLTNm|ZmlsZS1z|pbGUtc2Vjc|b2stM2'
		[ "$(tm runs show s "$run_id" -o json | jq -r .params.token)" = "$reference" ]
	done
	not grep -rqa -e "$LAB_TOKEN" -e file-secret-42 "$dir/.tidemill" "$dir/runtime"
	run tm dags trigger s --wait
	[[ "$output" == *"give it with -p token=env:NAME"* ]]
	chmod 644 "$dir/secret.txt"
	run tm dags trigger s -p token=file:secret.txt --logical-date 2026-05-05 --wait
	[ "$status" -eq 1 ]
	[[ "$(tm tasks state s t manual__2026-05-05 -o json | jq -r '.attempts[0].message')" == *"its mode is 0644"* ]]
}

@test "params of a file: one reader and one set of rules with -p, which comes before it" {
	cat >"$dir/dags/s.yaml" <<-'Y'
		dag: s
		schedule: {partition: day}
		params: {n: {type: int, default: 1}, who: {default: me}, deep: {type: bool, default: false}}
		tasks: {t: {operator: command, shell: 'echo {{ params.n }} {{ params.who }} {{ params.deep }}'}}
	Y
	printf '# yaml\nn: 7\nwho: "a b"\ndeep: true\n' >"$dir/p.yaml"
	echo '{"n": 8, "who": "json"}' >"$dir/p.json"
	run_id=2026-05-02
	tm dags trigger s --logical-date 2026-05-02 --params-file "$dir/p.yaml" --wait
	[ "$(log)" = "7 a b true" ]
	run_id=2026-05-03
	tm dags trigger s --logical-date 2026-05-03 --params-file "$dir/p.json" -p who=line --wait
	[ "$(log)" = "8 line false" ]
	run_id=2026-05-04
	tm backfill create s --from-date 2026-05-04 --to-date 2026-05-04 --params-file "$dir/p.json" --wait
	[ "$(log)" = "8 json false" ]
	[[ "$(tm tasks test s t 2026-05-02 --params-file "$dir/p.yaml")" == *"7 a b true"* ]]
	refused() {
		printf "$1" >"$dir/p.yaml"
		run tm dags trigger s --logical-date 2026-05-06 --params-file "$dir/p.yaml"
		echo "$output"
		[ "$status" -ne 0 ]
		[[ "$output" == *"$2"* ]]
	}
	refused 'n: x\n' "param 'n' of dag 's' has a value of another type"
	refused 'm: 1\n' "dag 's' has no param 'm'"
	refused 'n: {a: 1}\n' "line 1: 'n' has to have a single value"
	refused 'n:\n' "line 1: 'n' has to have a single value"
	refused '[1]\n' "has no map"
	refused 'n: 1\nn: 2\n' "n"
	refused 'n: "1\n' "never closed"
	run tm dags trigger s --params-file "$dir/none"
	[ "$status" -ne 0 ]
	[[ "$output" == *"none"* ]]
}

@test "var in when is the text of the project that the run began with; a secret is refused" {
	cat >"$dir/dags/s.yaml" <<-'Y'
		dag: s
		schedule: {partition: day}
		tasks:
		  t: {operator: command, when: var.stage = 'live', run: [echo]}
	Y
	echo 'variables: {stage: live}' >"$dir/tidemill.yaml"
	tm dags trigger s --logical-date 2026-05-02 --wait
	[ "$(tm runs show s 2026-05-02 -o json | jq -r '.task_list[0].state')" = success ]
	echo 'variables: {stage: test}' >"$dir/tidemill.yaml"
	tm dags trigger s --logical-date 2026-05-03 --wait
	[ "$(tm runs show s 2026-05-03 -o json | jq -r '.task_list[0].state')" = skipped ]
	sed -i 's/var.stage/var.stag/' "$dir/dags/s.yaml"
	run tm validate
	[[ "$output" == *"there is no variable 'stag'"*"did you mean 'var.stage'?"* ]]
}

@test "tasks test masks what its program prints of secrets, on both streams" {
	dag '{A: {from_env: LAB_TOKEN}, B: {from_file: secret.txt}, C: {from_command: [./get.sh]}, S: {from_env: LAB_SHORT}}' \
		'echo "a=$A b=$B c=$C s=$S"; echo "err $B" >&2; echo "x$B" | base64; printf file-; sleep 0.1; echo secret-42; echo "$A" | base64 -w0; sleep 30 &'
	export LAB_SHORT=z
	tm tasks test s t 2026-05-02 >"$dir/out" 2>"$dir/err"
	cat "$dir/out" "$dir/err"
	grep -qx 'a=\*\*\* b=\*\*\* c=\*\*\* s=z' "$dir/out"
	[ "$(grep -c '^\*\*\*$' "$dir/out")" -ge 1 ]
	grep -qx 'err \*\*\*' "$dir/err"
	grep -q 'not masked, for they are shorter than 8 bytes: S' "$dir/err"
	not grep -E -e 'dG9rLTNm|ZmlsZS1z|pbGUtc2Vjc' -e "file-secret-42" -e 'tok-3f9a' "$dir/out" "$dir/err"
	# Without secrets the terminal is the program's own, and so is its status.
	dag '{}' 'echo "plain"; exit 3'
	run tm tasks test s t 2026-05-02
	echo "$output"
	[ "$status" -eq 1 ]
	[[ "$output" == *plain* ]]
	dag '{B: {from_file: gone.txt}}' 'echo never'
	run tm tasks test s t 2026-05-02 -o json
	[ "$status" -eq 1 ]
	[[ "$output" == *"gone.txt"* && "$output" != *never* ]]
}

@test "secrets: what JSON makes of one is masked, and each line of one that has several" {
	printf 'first "line" ü\nsecond line\nend\n' >"$dir/secret.txt"
	dag '{B: {from_file: secret.txt}}' 'python3 -c "import json, os; b = os.environ[\"B\"]
print(json.dumps({\"k\": b})); print(json.dumps([b], ensure_ascii=False))"
echo "$B" | sed "s/^/> /"'
	run_it
	echo "$(log)"
	[ "$(log)" = '{"k": "***"}
["***"]
> ***
> ***
> end' ]
}

@test "secrets: outputs and state that hold one are refused, and no message quotes it" {
	printf 'dag: s\ntasks:\n' >"$dir/dags/s.yaml"
	local head='{operator: command, env: {B: {from_file: secret.txt}}'
	cat >>"$dir/dags/s.yaml" <<-END
		  t: $head, outputs: {n: int64}, shell: 'echo "{\"n\": \"\$B\"}" >"\$TIDEMILL_RESULT"'}
		  u: $head, outputs: {n: json}, shell: 'echo "{\"n\": [\"x \$B\"]}" >"\$TIDEMILL_RESULT"'}
		  v: $head, state: true, shell: 'echo "{\"n\": \"\$B\"}" >"\$TIDEMILL_STATE"'}
		  w: $head, outputs: {n: string}, shell: 'echo "{\"n\": \"fine\"}" >"\$TIDEMILL_RESULT"'}
	END
	run_it
	[ "$status" -eq 1 ]
	[ "$(state "select count(*) from v_attempt where message like '%a secret of the task is in it%'")" = 3 ]
	[ "$(state "select state from v_task where task = 'w'")" = success ]
	not grep -rqa file-secret-42 "$dir/.tidemill" "$dir/runtime"
	run tm tasks test s t 2026-05-01
	[ "$status" -ne 0 ]
	[[ "$output" == *"a secret of the task is in it"* && "$output" != *file-secret* ]]
}
