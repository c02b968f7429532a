# log.bats - what the scheduler says on standard error: lines of text, or of JSON.

load ../fixture/project

setup() {
	project
	printf 'dag: wrong\n  tasks:\n' >"$dir/dags/wrong.yaml"
	cat >"$dir/dags/right.yaml" <<-YAML
		dag: right
		schedule: "0 2 * * *"
		start_date: 2026-05-01
		tasks:
		  first: {operator: command, run: ["true"]}
	YAML
}

@test "JSON: every line is an object, diagnostics too" {
	TIDEMILL_LOG=json start_scheduler
	jq -es 'all(has("time") and has("level") and .who == "scheduler" and has("message"))' "$dir/log"
	[ "$(jq -rs 'map(select(.level == "warn"))[0].message' "$dir/log" | head -n 1)" = \
		"$(cd "$dir" && "$TIDEMILL" validate 2>&1 | grep -m1 error)" ]
	jq -es 'any(.level == "info" and (.message | test("1 dag, [0-9]+ problem")))' "$dir/log"
}

@test "text: the ready line is plain, an entry has time and level, a wrong word is said" {
	TIDEMILL_LOG=louder start_scheduler
	grep -q '^scheduler: 1 dag, ' "$dir/log"
	grep -qE "^[0-9]{4}-[0-9-]{5}T[0-9:]{8}\.[0-9]{3}Z warn scheduler: TIDEMILL_LOG: 'louder' is none of" "$dir/log"
	run "$TIDEMILL" -C "$dir" scheduler
	[ "$status" -eq 4 ]
	[[ "$output" =~ Z\ error\ scheduler:\  ]]
}

@test "a level of error leaves diagnostics out" {
	TIDEMILL_LOG=error start_scheduler
	[ "$(wc -l <"$dir/log")" -eq 1 ]
}
