# terminal.bats - what a person is told: words, projects, logs, and what reaches a terminal.

TIDEMILL=${TIDEMILL:-$BATS_TEST_DIRNAME/../../build/tidemill}

setup() {
	dir=$(mktemp -d /tmp/tidemill-term.XXXXXXXX)
	mkdir -p "$dir/dags" "$dir/sub/deep"
	mkdir -m 700 "$dir/runtime"
	export XDG_RUNTIME_DIR=$dir/runtime
	cat >"$dir/dags/sales.yaml" <<-YAML
		dag: sales
		schedule: {partition: day}
		start_date: 2026-05-01
		params: {name: {default: nobody}}
		tasks:
		  show: {operator: command, shell: "printf '\\\\033]0;title\\\\007\\\\033[2J\\\\033[31mred\\\\033[0m caf\\\\351\\\\n'"}
		  many: {operator: command, run: [seq, "200000"]}
	YAML
}

teardown() { rm -rf "$dir"; }

tm() { "$TIDEMILL" -C "$dir" "$@" 3>&-; }

# The command on a terminal, what it printed on standard output of this.
on_terminal() { timeout 20 script -qec "$TIDEMILL -C $dir $*" /dev/null </dev/null; }

@test "text that is not UTF-8 is refused by name, and nothing is run" {
	run tm dags trigger sales -p $'name=caf\xe9' --wait
	[ "$status" -eq 2 ]
	[ "$output" = "tidemill: --param 'name=caf\\xe9' is not UTF-8 text" ]
	run tm dags trigger sales --idempotency-key $'k\xff'
	[ "$status" -eq 2 ]
	[[ "$output" == *"--idempotency-key 'k\\xff' is not UTF-8 text"* ]]
	run tm tasks logs sales $'sh\xf6w' 2026-05-01
	[ "$status" -eq 2 ]
	[[ "$output" == *"TASK 'sh\\xf6w' is not UTF-8 text"* ]]
	run tm dags trigger sales -p name=a -p name=b
	[ "$status" -eq 2 ]
	[[ "$output" == *"--param gives 'name' twice"* ]]
	[ ! -e "$dir/.tidemill/state.db" ] || [ "$(tm runs list -o json | jq length)" = 0 ]
}

@test "a log acts on nothing but the colours of a terminal, and is whole behind a pipe" {
	tm dags trigger sales -l 2026-05-01 --wait
	tm tasks logs sales show 2026-05-01 >"$dir/raw"
	[ "$(od -An -c "$dir/raw" | tr -d ' \n')" = '033]0;title\a033[2J033[31mred033[0mcaf351\n' ]
	on_terminal tasks logs sales show 2026-05-01 >"$dir/seen"
	cat -v "$dir/seen"
	grep -qF '^[]0;title^G^[[2J' "$dir/seen"
	grep -qF $'\033[31mred\033[0m caf\\xe9' "$dir/seen"
	! grep -qF $'\033[2J' "$dir/seen"
}

@test "a log is JSON when JSON is asked for, and -o is refused where there is none" {
	tm dags trigger sales -l 2026-05-01 --wait
	[ "$(tm tasks logs sales many 2026-05-01 -o json | jq -r '.log | length')" = 1288895 ]
	run tm scheduler -o json
	[ "$status" -eq 2 ]
	[[ "$output" == *"has no -o"* ]]
}

@test "nobody reading any more is no failure and no message" {
	tm dags trigger sales -l 2026-05-01 --wait
	[ "$(tm tasks logs sales many 2026-05-01 2>"$dir/err" | head -n 1)" = 1 ]
	[ ! -s "$dir/err" ]
	"$TIDEMILL" help 2>"$dir/err" | true
	[ ! -s "$dir/err" ]
	run bash -c "'$TIDEMILL' help >/dev/full"
	[ "$status" -eq 1 ]
	[[ "$output" == *"No space left"* ]]
}

@test "the logs of a task that the dag has no more are reached" {
	tm dags trigger sales -l 2026-05-01 --wait
	sed -i '/show:/d' "$dir/dags/sales.yaml"
	tm runs clear sales 2026-05-01 --wait
	tm tasks logs sales show 2026-05-01 | grep -q red
	tm tasks logs sales show 2026-05-01 --epoch 1 | grep -q red
	run tm tasks logs sales show 2026-05-01 --epoch 2
	[ "$status" -eq 2 ]
	[ "$(tm tasks state sales show 2026-05-01 -o json | jq -r '.state + " " + .attempts[0].state')" = "removed success" ]
	run tm tasks logs sales shwo 2026-05-01
	[ "$status" -eq 2 ]
}

@test "the project is found upwards, and where there is none nothing is made" {
	cd "$dir/sub/deep"
	[ "$("$TIDEMILL" dags list -o json | jq -r '.[0].dag')" = sales ]
	cd /
	mkdir "$dir/none"
	local before command
	for command in "runs list" "dags list" scheduler "dags trigger sales" standalone validate; do
		run "$TIDEMILL" -C "$dir/none" $command
		echo "$command: $output"
		[ "$status" -eq 2 ]
		[[ "$output" == *"is no project"* ]]
	done
	[ -z "$(ls -A "$dir/none")" ]
	run "$TIDEMILL" -C "$dir/nothing" runs list
	[ "$status" -eq 2 ]
}

@test "a word that is not known: what was meant" {
	local line
	tm dags trigger sales -l 2026-05-01 --wait
	while IFS='|' read -r line said; do
		run tm $line
		echo "$line: $status $output"
		[ "$status" -eq 2 ]
		[[ "$output" == *"$said"* ]]
	done <<-'LINES'
		dags trigger slaes|perhaps 'sales'
		runs list -d slaes|did you mean 'sales'?
		why slaes|did you mean 'sales'?
		runs show sales 2019-01-01|tidemill runs list -d sales
		runs show sales|RUN is missing
		runs clear sales 2026-05-01 -t shwo|perhaps 'show'
		tasks logs sales shwo 2026-05-01|did you mean 'show'?
		tasks logs sales 2026-05-01 show|tidemill tasks logs sales show 2026-05-01
		backfill create sales --from 2026-05-01|perhaps '--from-date'
		backfill sales|perhaps 'backfill create'
		trigger sales|perhaps 'dags trigger'
		logs sales|perhaps 'tasks logs'
		init|mkdir dags
		version|tidemill --version
		runs list -v|--version
		--limit 1 runs list|belongs behind it
		dags trigger sales extra|'extra' is one argument too many
		dags trigger sales -p colour=red|it has name
	LINES
}

@test "a table fits the terminal: 80 columns, 40 columns; what is left out is said" {
	local width
	tm backfill create sales --from-date 2026-05-01 --to-date 2026-05-03 --wait
	for width in 80 40; do
		timeout 20 script -qec "stty cols $width; cd $dir; $TIDEMILL runs list; $TIDEMILL runs show sales 2026-05-01; $TIDEMILL why sales; $TIDEMILL dags list; $TIDEMILL tasks state sales many 2026-05-02" /dev/null </dev/null >"$dir/seen"
		tr -d '\r' <"$dir/seen" | awk -v width=$width 'length($0) > width { print; bad = 1 } END { exit bad }'
	done
	tr -d '\r' <"$dir/seen" | grep -A 1 'left out, the terminal is narrow:' | grep -q ' RUN_ID, EPOCH'
	# Nothing is left out behind a pipe, and no time has a fraction.
	[ "$(tm runs list | head -n 1 | wc -w)" -eq 9 ]
	! tm runs list | grep -q '\.[0-9]*Z'
	tm runs list -o json | grep -q 'started_at.*\.[0-9]*Z'
}

@test "runs list: the newest work first, since when, and how many there are" {
	tm backfill create sales --from-date 2026-05-01 --to-date 2026-05-03 --wait
	tm runs clear sales 2026-05-02 --wait
	[ "$(tm runs list -o json | jq -r '.[0].logical_date')" = 2026-05-02T00:00:00Z ]
	[ "$(tm runs list --sort logical_date -o json | jq -r '.[0].logical_date')" = 2026-05-03T00:00:00Z ]
	run tm runs list --limit 2
	[[ "$output" == *"the newest 2 of 3: --limit N shows more"* ]]
	[ "$(tm runs list --since 1h -o json | jq length)" = 3 ]
	[ "$(tm runs list --since 2030-01-01 -o json | jq length)" = 0 ]
	run tm runs list --since yesterday
	[ "$status" -eq 2 ]
	run tm runs list --sort size
	[ "$status" -eq 2 ]
}

@test "what could not run names who failed" {
	cat >"$dir/dags/chain.yaml" <<-YAML
		dag: chain
		tasks:
		  load: {operator: command, run: ["false"]}
		  next: {operator: command, run: ["true"], needs: [load]}
		  last: {operator: command, run: ["true"], needs: [next]}
	YAML
	run tm dags trigger chain --wait
	[ "$status" -eq 1 ]
	local id
	id=$(tm runs list -d chain -o json | jq -r '.[0].run_id')
	tm runs show chain "$id" | grep -q '^last upstream_failed .* load did not succeed'
	[ "$(tm runs show chain "$id" -o json | jq -c '.task_list[2].failed_upstream')" = '["load"]' ]
}
