# cli.bats - the commands as a person types them, without and with a daemon.

load ../fixture/project

setup() {
	project
	cat >"$dir/dags/daily.yaml" <<-YAML
		dag: daily
		schedule: "0 2 * * *"
		start_date: 2026-05-01
		tasks:
		  first: {operator: command, run: [echo, "{{ ds }} {{ prev_ds }}"]}
		  second: {operator: command, run: ["false"], needs: [first]}
	YAML
	cat >"$dir/dags/good.yaml" <<-YAML
		dag: good
		schedule: {partition: day}
		start_date: 2026-05-01
		params: {who: {type: string, default: world}}
		tasks:
		  greet: {operator: command, run: [echo, "hello {{ params.who }} {{ ds }}"]}
	YAML
}

@test "the command that a refusal names can be typed" {
	run tm dags trigger good --logical-date 2026-05-01 --wait
	[ "$status" -eq 0 ]
	run tm dags trigger good --logical-date 2026-05-01 --wait
	echo "$output"
	[ "$status" -eq 4 ]
	typed=${output##*type: tidemill }
	run tm $typed --wait
	echo "$output"
	[ "$status" -eq 0 ]
	[ "$(tm runs show good 2026-05-01 -o json | jq .epoch)" = 2 ]
}

@test "a failed run: exit 1, the log says why, why says why, clear runs only what failed" {
	run tm dags trigger daily --logical-date 2026-05-03 --wait
	[ "$status" -eq 1 ]
	[ "$(tm tasks logs daily first 2026-05-03)" = "2026-05-03 2026-05-02" ]
	run tm tasks logs daily second 2026-05-03
	[[ "$output" == *"error: "* ]]
	run tm tasks logs daily second 2026-05-03 --try 7
	[ "$status" -eq 2 ]
	sed -i 's/\["false"\]/["true"]/' "$dir/dags/daily.yaml"
	tm runs clear daily 2026-05-03 --only-failed --wait
	[ "$(tm tasks state daily first 2026-05-03 -o json | jq .tries)" = 1 ]
	[ "$(tm tasks state daily second 2026-05-03 -o json | jq .tries)" = 2 ]
}

@test "clear --pinned keeps the definition" {
	run tm dags trigger daily --logical-date 2026-05-03 --wait
	sed -i 's/\["false"\]/["true"]/' "$dir/dags/daily.yaml"
	run tm runs clear daily 2026-05-03 --pinned --wait
	[ "$status" -eq 1 ]
}

@test "backfill: the plan, the runs, and the plan again" {
	run tm backfill create good --from-date 2026-05-01 --to-date 2026-05-03 --dry-run -o json
	[ "$(jq -r '.plan | map(.verdict) | join(",")' <<<"${output#*$'\n'}" 2>/dev/null || jq -r '.plan | map(.verdict) | join(",")' <<<"$output")" = create,create,create ]
	[ "$(tm runs list -o json | jq length)" = 0 ]
	tm backfill create good --from-date 2026-05-01 --to-date 2026-05-03 -p who=Ada --wait
	[ "$(tm tasks logs good greet 2026-05-02)" = "hello Ada 2026-05-02" ]
	run tm backfill create good --from-date 2026-05-01 --to-date 2026-05-03 --reprocess-behavior completed --dry-run -o json
	[[ "$output" == *'"clear"'* ]]
	tm backfill create good --from-date 2026-05-01 --to-date 2026-05-02 --reprocess-behavior completed --wait
	[ "$(tm runs list -o json | jq -r 'sort_by(.logical_date) | map(.epoch) | join(",")')" = 2,2,1 ]
}

@test "the same idempotency key is one run, with and without a daemon" {
	for _ in 1 2 3; do tm dags trigger good --logical-date 2026-05-01 --idempotency-key k1; done
	start_scheduler
	for _ in 1 2 3; do tm dags trigger good --logical-date 2026-05-02 --idempotency-key k2 --wait; done
	tm dags trigger good --logical-date 2026-05-01 --idempotency-key k1
	[ "$(tm runs list -d good -o json | jq length)" = 2 ]
}

@test "pause holds, why says so, unpause lets go" {
	start_scheduler
	tm dags pause good
	tm dags trigger good --logical-date 2026-05-01
	run tm why good
	echo "$output"
	[[ "$output" == *paused* ]]
	[ "$(tm runs list -d good -o json | jq -r '.[0].state')" = queued ]
	tm dags unpause good
	for _ in $(seq 100); do
		[ "$(tm runs list -d good -o json | jq -r '.[0].state')" = success ] && return
		read -rt 0.1 <> <(:) || true
	done
	false
}

@test "without a daemon a trigger is queued, and why says that no scheduler is running" {
	run tm dags trigger good --logical-date 2026-05-01
	[ "$status" -eq 0 ]
	[[ "$output" == *"no scheduler is running"* ]]
	run tm why good
	echo "$output"
	[[ "$output" == *"no scheduler"* ]]
}

@test "every command has help, groups list their commands, wrong names are refused" {
	"$TIDEMILL" help | sed -n 's/^  \([a-z]* *[a-z]*\)  .*/\1/p' >"$dir/commands"
	[ "$(wc -l <"$dir/commands")" -ge 20 ]
	while read -r words; do
		"$TIDEMILL" help $words | grep -q "^usage: tidemill"
	done <"$dir/commands"
	run "$TIDEMILL" dags
	[ "$status" -eq 2 ]
	[[ "$output" == *"dags trigger"* ]]
	tm dags trigger good --logical-date 2026-05-01 --wait
	run tm runs list -d nobody
	[ "$status" -eq 2 ]
	run tm datasets show nothing
	[ "$status" -ne 0 ]
}

@test "listings are JSON for programs: nothing else on stdout" {
	tm dags trigger good --logical-date 2026-05-01 --wait
	for words in "dags list" "runs list" "datasets list" "dags show good" "runs show good 2026-05-01" "tasks list good" "why good"; do
		tm $words -o json 2>/dev/null | jq -e . >/dev/null
	done
}

@test "validate: each mistake has its code, at the end of its first line and in the JSON" {
	printf 'dag: bad\ntasks: {a: {operator: command, run: [make], retrys: 3}}\n' >"$dir/dags/bad.yaml"
	run tm validate
	[ "$status" -eq 1 ]
	[ "${lines[0]}" = "dags/bad.yaml:2:45: error: task 'a' has no key 'retrys' [E0201]" ]
	run tm validate -o json
	[ "$(jq -r '.[0].code + " " + .[0].level' <<<"$output")" = "E0201 error" ]
}

@test "explain: the code of a message, or its name, tells what it means" {
	printf 'dag: daily\nowner: x\nowner: y\ntasks: {b: {operator: command, run: [make]}}\n' >"$dir/twice.yaml"
	run "$TIDEMILL" validate "$dir/twice.yaml"
	[ "$status" -eq 1 ]
	[[ "$output" = *'[E0107]'* ]]
	run "$TIDEMILL" explain E0107
	[ "$status" -eq 0 ]
	[ "${lines[0]}" = "E0107 key-twice, an error: a map has the same key twice" ]
	[[ "$output" = *'A file with it:'*'    owner: y'* ]]
	[ "$("$TIDEMILL" explain key-twice)" = "$output" ]
	[ "$("$TIDEMILL" explain e0107 -o json | jq -r '.code + " " + .level')" = "E0107 error" ]
	[ "$("$TIDEMILL" explain -o json | jq 'map(.code) == (map(.code) | unique)')" = true ]
	[ "$("$TIDEMILL" explain | wc -l)" -gt 20 ]
	# An example with a byte that is no character does not reach the terminal.
	"$TIDEMILL" explain E0103 | not env LC_ALL=C grep -q "$(printf '\001')"
	run "$TIDEMILL" explain key-twoce
	[ "$status" -eq 2 ]
	[ "$output" = "tidemill: there is no code 'key-twoce', perhaps 'key-twice'; \`tidemill explain\` lists them" ]
	run "$TIDEMILL" explain nonsense-at-all
	[ "$status" -eq 2 ]
	[ "$output" = "tidemill: there is no code 'nonsense-at-all'; \`tidemill explain\` lists them" ]
}
