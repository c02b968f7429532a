# examples.bats - every file of dag_examples is right and runs; what it says happens, happens.

load ../fixture/project

setup() { project landing; }

@test "every example validates without a word of complaint" {
	cp "$examples"/*.yaml "$dir/dags/"
	echo 'pools: {heavy: 1}
variables: {bucket: raw-data, greeting: me}' >"$dir/tidemill.yaml"
	sed -n '/^#   templates:/,/^dag:/s/^#   //p' "$examples/templates.yaml" >>"$dir/tidemill.yaml"
	run tm validate
	echo "$output"
	[ "$status" -eq 0 ]
	[[ "$output" == *"0 errors, 0 warnings"* ]]
}

@test "hello: parameters and templates reach the log" {
	cp "$examples/hello.yaml" "$dir/dags/"
	tm dags trigger hello -p name=Ada --wait
	run_id=$(tm runs list -o json | jq -r '.[0].run_id')
	[ "$(tm tasks logs hello greet "$run_id")" = "hello, Ada" ]
	[[ "$(tm tasks logs hello report "$run_id")" == "run $run_id, try 1 of task report" ]]
}

@test "clocks: several crons fire as one, in gaps and overlaps as the file says" {
	[ -e /usr/share/zoneinfo/Europe/Berlin ] || skip "no tzdata"
	cp "$examples/clocks.yaml" "$dir/dags/"
	[[ "$(tm validate 2>&1)" == *"clocks none (implied) Europe/Berlin 2026-03-02T01:30:00Z "* ]]
	# 02:30 was passed over on 29 March, and was shown twice on 25 October.
	for tick in 2026-03-28T02:30 2026-03-29T03:30 2026-10-25T02:30 2026-10-25T02:30+01:00; do
		tm dags trigger clocks --logical-date "$tick" --wait
	done
	[ "$(tm runs list -o json | jq -r 'map(.data_interval_start + " " + .data_interval_end) | sort | .[]')" = \
		"2026-03-28T01:30:00Z 2026-03-29T01:30:00Z
2026-03-29T01:30:00Z 2026-03-30T00:30:00Z
2026-10-25T00:30:00Z 2026-10-25T01:30:00Z
2026-10-25T01:30:00Z 2026-10-26T01:30:00Z" ]
	run tm tasks test clocks report 2026-10-25T02:30
	[[ "$output" == *"from 2026-10-25T00:30:00Z to 2026-10-25T01:30:00Z"* ]]
	[ "$(tm cron '0 18 L * *' '0 9 * * fri#2' --timezone Europe/Berlin --from 2026-05-01 --count 2)" = \
		"2026-05-08T09:00:00+02:00
2026-05-31T18:00:00+02:00" ]
}

@test "mirrors: each task is what its trigger rule makes of the ends before it" {
	cp "$examples/mirrors.yaml" "$dir/dags/"
	tm dags trigger mirrors --wait
	run_id=$(tm runs list -o json | jq -r '.[0].run_id')
	[ "$(tm runs show mirrors "$run_id" -o json | jq -r '.task_list | map("\(.task) \(.state)") | join(", ")')" = \
		"first failed, second success, load success, tell skipped, finish success" ]
	[[ "$(tm why mirrors "$run_id" 2>&1)" != *"internal"* ]]
	[ "$(tm runs list -o json | jq -r '.[0].state')" = success ]
}

@test "groups: needed, cleared and named as one" {
	cp "$examples/groups.yaml" "$dir/dags/"
	tm dags trigger groups --wait
	run_id=$(tm runs list -o json | jq -r '.[0].run_id')
	[ "$(tm runs show groups "$run_id" -o json | jq -r '.task_list | map("\(.task) \(.state)") | join(", ")')" = \
		"extract success, report success, load.users success, load.join success, load.check.count success, load.check.compare success" ]
	run tm runs clear groups "$run_id" -t load --wait
	echo "$output"
	[ "$status" -eq 0 ]
	[ "$(tm tasks logs groups load.check.compare "$run_id" --try 2)" = compared ]
	not tm tasks logs groups extract "$run_id" --try 2
	run tm runs clear groups "$run_id" -t lod
	[ "$status" -ne 0 ]
	[[ "$output" == *"has no task 'lod', perhaps 'load'"* ]]
}

@test "outputs: what the first task found decides what runs" {
	cp "$examples/outputs.yaml" "$dir/dags/"
	touch "$dir"/landing/2026-05-02.{a,b,c}
	tm dags trigger outputs -l 2026-05-02 --wait
	[ "$(tm runs show outputs 2026-05-02 -o json | jq -r '.task_list | map("\(.task) \(.state)") | join(", ")')" = \
		"look success, load success, load_in_parts success, tell skipped" ]
}

@test "several_outputs: two datasets of one program, and one that reads the second" {
	cp "$examples/several_outputs.yaml" "$dir/dags/"
	mkdir "$dir/delivery"
	printf 'order,1,ann\nline,1,tea,2\nline,1,cup,\norder,2,bob\nline,2,tea,5\n' \
		>"$dir/delivery/2026-05-02.txt"
	tm dags trigger several_outputs -l 2026-05-02 --wait
	[ "$(cat "$dir"/lake/sales_orders/*/part-*)" = $'id,customer\n1,ann\n2,bob' ]
	[ "$(jq .rows "$dir"/lake/order_lines_quarantine/*/_manifest.json)" = 1 ]
	[ "$(cat "$dir"/lake/sold/*/part-*)" = $'pieces\n7' ]
	# A day without orders fails, and nothing of it is there.
	printf 'line,9,tea,1\n' >"$dir/delivery/2026-05-03.txt"
	run tm dags trigger several_outputs -l 2026-05-03 --wait
	[ "$status" -eq 1 ]
	[ -z "$(find "$dir/lake" -path '*2026-05-03*' -name 'part-*' -not -path '*staging*')" ]
}

@test "variables: the environment comes first, and a value is one word in a shell" {
	cp "$examples/variables.yaml" "$dir/dags/"
	echo "variables: {bucket: raw-data, greeting: \"it's me\"}" >"$dir/tidemill.yaml"
	TIDEMILL_VAR_BUCKET=test-data tm dags trigger variables -l 2026-05-01 --wait
	[ "$(tm tasks logs variables copy 2026-05-01)" = "cp s3://test-data/2026-05-01 /data/2026-05-01" ]
	[ "$(tm tasks logs variables greet 2026-05-01)" = "hello, it's me of test-data" ]
}

@test "secrets: what a program prints of them is masked" {
	cp "$examples/secrets.yaml" "$dir/dags/"
	(umask 077 && echo key-of-the-api >"$dir/api_key")
	EXAMPLE_API_TOKEN=0123456789abcdef tm dags trigger secrets -l 2026-05-01 --wait
	[ "$(tm tasks logs secrets fetch 2026-05-01)" = \
		"curl -H 'Authorization: Bearer ***' https://api.example.org
login ***, key ***, in base64 ***k=" ]
}

@test "templates: a task is what tidemill.yaml says, with the values that its file gives" {
	cp "$examples/templates.yaml" "$dir/dags/"
	sed -n '/^#   templates:/,/^dag:/s/^#   //p' "$examples/templates.yaml" >"$dir/tidemill.yaml"
	tm dags trigger templates -l 2026-05-01 --wait
	[ "$(tm tasks logs templates load_users 2026-05-01)" = "load users of 2026-05-01" ]
	[ "$(tm tasks logs templates load_orders 2026-05-01)" = "load orders_20260501 of 2026-05-01" ]
}

@test "expand: a task for each file, and one that sees what all of them found" {
	cp "$examples/expand.yaml" "$dir/dags/"
	printf 'a\nb\n' >"$dir/landing/2026-05-02.a b"
	printf 'a\n' >"$dir/landing/2026-05-02.c"
	tm dags trigger expand -l 2026-05-02 --wait
	[ "$(tm runs show expand 2026-05-02 -o json | jq -r '[.task_list[] | .task] | join(" ")')" = \
		"list load load[0] load[1] sum report report[0,0] report[0,1] report[1,0] report[1,1]" ]
	[ "$(tm tasks logs expand sum 2026-05-02)" = "lines: [2,1]" ]
	[ "$(tm tasks logs expand 'report[1,0]' 2026-05-02)" = "south day" ]
}

@test "expand_nested: a task for each item of a parameter, and for each of what each of them left" {
	cp "$examples/expand_nested.yaml" "$dir/dags/"
	mkdir -p "$dir/landing/north" "$dir/landing/south" "$dir/landing/east"
	printf 'a\nb\n' >"$dir/landing/north/it's one"
	printf 'a\n' >"$dir/landing/north/two"
	printf 'a\nb\nc\n' >"$dir/landing/south/three"
	tm dags trigger expand_nested --wait
	run_id=$(tm runs list -o json | jq -r '.[0].run_id')
	tm runs show expand_nested "$run_id" -o json >"$dir/run"
	[ "$(jq -r '[.task_list[] | .task] | join(" ")' "$dir/run")" = \
		"list list[0] list[1] load load[0,0] load[0,1] load[1,0] check check[0] check[1] sum" ]
	[ "$(jq -c '.task_list[] | select(.task == "load[1,0]") | [.index, .item]' "$dir/run")" = \
		'[1000,{"file":"south/three"}]' ]
	[ "$(tm tasks logs expand_nested sum "$run_id")" = "lines: [2,1,3]" ]
	tm runs clear expand_nested "$run_id" -t 'load[0,1]' --wait
	[ "$(tm runs show expand_nested "$run_id" -o json | jq -c '[.task_list[] | .tries]')" = \
		'[0,1,1,0,1,2,1,0,2,2,2]' ]
	tm dags trigger expand_nested -p 'regions=["east"]' -p regions='["east", "south"]' --wait ||
		true
	run tm dags trigger expand_nested -p 'regions=["east", ["south"]]'
	[ "$status" -ne 0 ]
	[[ "$output" == *'param '*regions*' has a value of another type: a list is JSON such as ["a", 7]'* ]]
}

@test "group_retries: a group is tried again as one, and who needs it waits for that" {
	cp "$examples/group_retries.yaml" "$dir/dags/"
	tm dags trigger group_retries --wait
	run_id=$(tm runs list -o json | jq -r '.[0].run_id')
	tm runs show group_retries "$run_id" -o json >"$dir/run"
	[ "$(jq -r '.state' "$dir/run")" = success ]
	[ "$(jq -c '.groups | map([.group, .try, .tries])' "$dir/run")" = '[["download",2,3]]' ]
	[ "$(jq -r '.task_list | map("\(.task) \(.tries)") | join(", ")' "$dir/run")" = \
		"report 1, download.prepare 2, download.fetch 2, download.check 2, download.clean_up 2" ]
	[ "$(tm tasks logs group_retries report "$run_id")" = 2 ]
	[ ! -e "$dir/download/work" ]
}

@test "group_retries: while it waits, why and runs show say which try comes and when" {
	sed 's/retry_delay: 1s/retry_delay: 1h/' "$examples/group_retries.yaml" \
		>"$dir/dags/group_retries.yaml"
	"$TIDEMILL" -C "$dir" scheduler 3>&- &
	scheduler=$!
	for _ in $(seq 50); do tm dags trigger group_retries 2>/dev/null && break || sleep 0.1; done
	for _ in $(seq 100); do
		tm why group_retries -o json >"$dir/why"
		grep -q '"gate":"group_retry"\|"gate": *"group_retry"' "$dir/why" && break
		sleep 0.1
	done
	run tm why group_retries
	tm why group_retries report >"$dir/report"
	kill -9 "$scheduler"
	wait "$scheduler" || true
	echo "$output"
	[[ "$output" == *"group download failed in try 1; try 2 of 3 comes at"* ]]
	grep -q "it waits for download.check (held by its group)" "$dir/report"
	run tm why group_retries
	[[ "$output" == *"try 2 of 3 comes with a scheduler, not before"* ]]
	run_id=$(tm runs list -o json | jq -r '.[0].run_id')
	tm runs show group_retries "$run_id" | grep -q "^download  *2  *3"
}

@test "teardown: what was made goes, whatever became of the work" {
	cp "$examples/teardown.yaml" "$dir/dags/"
	tm dags trigger teardown --wait
	[ "$(tm runs list -o json | jq -r '.[0].state')" = success ]
	[ ! -e "$dir/scratch" ]
	run tm dags trigger teardown -p fail=true --wait
	[ "$status" -eq 1 ]
	[ ! -e "$dir/scratch" ]
	run_id=$(tm runs list -o json | jq -r '.[0].run_id')
	[ "$(tm runs show teardown "$run_id" -o json | jq -r '[.state] + (.task_list | map(.state)) | join(" ")')" = \
		"failed success failed success" ]
	# What is done again is set up again: work alone has failed, all three run.
	run tm runs clear teardown "$run_id" --only-failed --wait
	[ "$status" -eq 1 ]
	[[ "$(tm runs show teardown "$run_id")" != *"mkdir"* ]]
	[ "$(tm runs show teardown "$run_id" -o json | jq -r '.task_list | map(.tries) | join(" ")')" = "2 2 2" ]
}

@test "depends_on_past: no day overtakes one that failed, and why says which" {
	cp "$examples/depends_on_past.yaml" "$dir/dags/"
	touch "$dir/broken-2026-05-02"
	run tm backfill create depends_on_past --from-date 2026-05-01 --to-date 2026-05-04 --wait
	echo "$output"
	[ "$status" -eq 1 ]
	[[ "$output" == *"depends_on_past: task add of run backfill__2026-05-02 did not end well"* ]]
	[ "$(cat "$dir/days")" = "2026-05-01 1" ]
	"$TIDEMILL" -C "$dir" scheduler >"$dir/log" 2>&1 3>&- &
	pid=$!
	for _ in $(seq 100); do
		grep -q 'scheduler: ' "$dir/log" && break
		sleep 0.1
	done
	run tm why depends_on_past add -l 2026-05-03
	echo "$output"
	[[ "$output" == *"runs clear depends_on_past backfill__2026-05-02 --only-failed"* ]]
	[[ "$(tm why depends_on_past add -l 2026-05-04)" == *"of run backfill__2026-05-03 has not ended"* ]]
	rm "$dir/broken-2026-05-02"
	tm runs clear depends_on_past backfill__2026-05-02 --only-failed --wait
	for _ in $(seq 100); do
		[ "$(tm runs list -s success -o json | jq length)" -ge 4 ] && break
		sleep 0.1
	done
	kill $pid
	wait $pid || true
	[ "$(head -4 "$dir/days")" = "$(printf '2026-05-0%d %d\n' 1 1 2 2 3 3 4 4)" ]
}

@test "on_exit: it runs however a run ends, and knows how it did" {
	cp "$examples/on_exit.yaml" "$dir/dags/"
	tm dags trigger on_exit --wait
	[ "$(cat "$dir/told")" = "on_exit success success" ]
	[ ! -e "$dir/room" ]
	run_id=$(tm runs list -o json | jq -r '.[0].run_id')
	[ "$(tm runs show on_exit "$run_id" -o json | jq -r '.task_list | map("\(.task) \(.state)") | join(", ")')" = \
		"work success, more success, give_back success, alert skipped, tell success" ]
	rm "$dir/told"
	run tm dags trigger on_exit -p fail=true --wait
	[ "$status" -eq 1 ]
	[ "$(sort "$dir/told")" = "$(printf 'alert failed\non_exit failed failed')" ]
	[ ! -e "$dir/room" ]
	[ "$(tm runs list -o json | jq -r '.[0].state')" = failed ]
}

@test "retries: the second try succeeds, the run is green, both logs are there" {
	cp "$examples/retries.yaml" "$dir/dags/"
	tm backfill create retries --from-date 2026-05-01 --to-date 2026-05-02 --wait
	[ "$(tm runs list -o json | jq -r 'map(.state) | unique | join(",")')" = success ]
	[ "$(tm tasks logs retries flaky 2026-05-01 --try 1)" = "try 1 for 2026-05-01" ]
	[ "$(tm tasks logs retries flaky 2026-05-01 --try 2)" = "try 2 for 2026-05-01" ]
}

@test "quality_gate: bad rows are quarantined with a reason, good ones published" {
	cp "$examples/quality_gate.yaml" "$dir/dags/"
	cat >"$dir/landing/orders-2026-05-01.csv" <<-CSV
		order_id,customer,amount,ordered_at
		1,ada,10.5,2026-05-01T08:00:00Z
		1,ada,10.5,2026-05-01T08:00:00Z
		2,,3,2026-05-01T09:00:00Z
		x,bob,4,2026-05-01T10:00:00Z
		3,cy,7,2026-05-02T00:00:00Z
		4,"d, e",8,2026-05-01T11:00:00Z
	CSV
	tm dags trigger quality_gate --logical-date 2026-05-01 --wait
	[ "$(tm data cat "$dir"/lake/orders/event_date=2026-05-01/part-*.parquet -o csv -c order_id | tr '\n' ' ')" = "order_id 1 4 " ]
	quarantine=$(cat "$dir"/lake/orders_raw_quarantine/event_date=2026-05-01/part-*.jsonl)
	echo "$quarantine"
	[[ "$quarantine" == *wrong_partition* ]]
	[ "$(wc -l <<<"$quarantine")" -eq 3 ]
	[ "$(tm tasks logs quality_gate publish_report 2026-05-01 | tr -d ' ')" = 1 ]
}

@test "german_csv: from semicolons, decimal commas and local times to scores, by nothing else" {
	cp "$examples/german_csv.yaml" "$dir/dags/"
	printf '%s\n' 'Nummer;Art;Funktion;Kunde;Benutzer;Betrag;Zeitstempel' \
		$'1;Aufruf;\xdcbersicht;7;11;1.234,50;31.12.2025 23:59' \
		$'1;Aufruf;\xdcbersicht;7;11;1.234,50;31.12.2025 23:59' \
		'2;Aufruf;"Suche; neu";7;12;-;31.12.2025 09:30' \
		'3;Aufruf;Suche;7;12;0.5;31.12.2025 09:30' \
		'4;Aufruf;Suche;7;12;0,5;31.12.2025 00:30' \
		'5;Aufruf;Suche;7;12;0,5;31.11.2025 09:30' >"$dir/landing/export-2025-12-31.csv"
	tm dags trigger german_csv --logical-date 2025-12-31 --wait
	day=event_date=2025-12-31
	run tm data cat -o csv -c event_id,feature_name,amount,timestamp "$dir"/lake/usage/$day/part-*.parquet
	echo "$output"
	[ "${lines[1]}" = "1,Übersicht,1234.5,2025-12-31T22:59:00Z" ]
	[ "${lines[2]}" = "2,Suche; neu,,2025-12-31T08:30:00Z" ]
	[ "${#lines[@]}" -eq 3 ]
	run jq -r '[.row, .reason] | join(" ")' "$dir"/lake/usage_raw_quarantine/$day/part-*.jsonl
	echo "$output"
	[ "$output" = $'4 wrong_type\n5 wrong_partition\n6 wrong_type' ]
	run tm data cat -o csv -c feature_name,unique_users "$dir"/lake/scores/$day/part-*.parquet
	echo "$output"
	[ "$output" = $'feature_name,unique_users\nSuche; neu,1\nÜbersicht,1' ]
}

@test "retry_filters: a status of retry_on is tried again, one of no_retry_on is not" {
	cp "$examples/retry_filters.yaml" "$dir/dags/"
	tm dags trigger retry_filters --wait
	run_id=$(tm runs list -o json | jq -r '.[0].run_id')
	[ "$(tm tasks logs retry_filters busy "$run_id" --try 2)" = "went through on try 2" ]
	[ "$(tm runs show retry_filters "$run_id" -o json | jq -c '[.task_list[] | [.task, .state, .tries]]')" = '[["busy","success",2],["broken","failed",1]]' ]
	run tm why retry_filters broken
	echo "$output"
	[[ "$output" == *"exit status 2; not tried again: retry_on and no_retry_on say which ends are"* ]]
}

@test "timeouts: a run beyond its timeout ends failed, what was left of it too" {
	cp "$examples/timeouts.yaml" "$dir/dags/"
	run tm dags trigger timeouts --wait
	[ "$status" -eq 1 ]
	run_id=$(tm runs list -o json | jq -r '.[0].run_id')
	[ "$(tm runs show timeouts "$run_id" -o json | jq -c '[.state, .timed_out, .waits, [.task_list[] | [.task, .state, .tries]]]')" = \
		'["failed",true,"the timeout of the run, 2s, is over",[["quick","success",1],["slow","failed",1],["impatient","failed",1],["behind","failed",0]]]' ]
	run tm why timeouts
	echo "$output"
	[[ "$output" == *"failed; the timeout of the run, 2s, is over"* ]]
	[[ "$output" == *"exit status 1; not tried again: its retry_budget of 5m is over before the next try"* ]]
}

@test "run_retries: a run that failed is tried again with what failed of it" {
	cp "$examples/run_retries.yaml" "$dir/dags/"
	tm dags trigger run_retries --wait
	run_id=$(tm runs list -o json | jq -r '.[0].run_id')
	[ "$(tm runs show run_retries "$run_id" -o json | jq -c '[.state, .epoch, .retries, [.task_list[] | [.task, .state, .tries]]]')" = \
		'["success",2,1,[["extract","success",1],["load","success",2],["report","success",1]]]' ]
}

@test "pools: heavy jobs come one after the other, the one with the higher priority first" {
	cp "$examples/pools.yaml" "$dir/dags/"
	echo 'pools: {default: 4, heavy: {slots: 1}}' >"$dir/tidemill.yaml"
	printf '#!/bin/sh\nmkdir busy || exit 1\necho "$1" >>done\nsleep 0.3\nrmdir busy\n' >"$dir/heavy.sh"
	printf '#!/bin/sh\nexit 0\n' >"$dir/light.sh"
	chmod +x "$dir"/*.sh
	tm dags trigger pools --wait
	[ "$(cat "$dir/done")" = $'reindex\nvacuum' ]
	sed -i 's/pool: heavy, priority/pool: hevy, priority/' "$dir/dags/pools.yaml"
	run tm validate
	[ "$status" -eq 1 ]
	[[ "$output" == *"did you mean 'heavy'?"* ]]
}

@test "limits: who runs into one says which, with numbers" {
	cp "$examples/limits.yaml" "$dir/dags/"
	run tm dags trigger limits --wait
	echo "$output"
	[ "$status" -eq 1 ]
	[[ "$output" == *"task too_long, try 1"*"at its limit of 1s of processor time a process (\`limits: cpu_time\`)"* ]]
	[[ "$output" == *"task too_much, try 1"*"at its limit of 1 MiB for a file (\`limits: file_size\`)"* ]]
	[[ "$output" == *"task too_large, try 1"*"limit"*"64 MiB"*"peak memory was "*"MiB"* ]]
	run_id=$(tm runs list -o json | jq -r '.[0].run_id')
	[ "$(tm runs show limits "$run_id" -o json | jq -r '.task_list[3].state')" = success ]
	tm tasks state limits fits "$run_id" | grep -q '^limits  .*512 MiB of memory.*64 open files'
}

@test "market_rates: a rhythm, holidays and a delay, and the intervals between ticks" {
	[ -e /usr/share/zoneinfo/Europe/Berlin ] || skip "no tzdata"
	cp "$examples/market_rates.yaml" "$dir/dags/"
	delay=$(tm dags show market_rates -o json | jq -r .delay)
	[[ "$delay" =~ ^(1m)?[0-9]*s?$ ]]
	tm dags next-execution market_rates -n 3 --from 2026-05-13T23:40 -o json >"$dir/due"
	cat "$dir/due"
	[ "$(jq -r '.[] | .data_interval_start + " " + .data_interval_end' "$dir/due")" = \
		"2026-05-13T21:30:00Z 2026-05-13T21:45:00Z
2026-05-13T21:45:00Z 2026-05-17T22:00:00Z
2026-05-17T22:00:00Z 2026-05-17T22:15:00Z" ]
	# Nothing is due at the tick itself.
	[[ "$(jq -r '.[1].due' "$dir/due")" =~ ^2026-05-18T00:0[01]:.*\+02:00$ ]]
	tm dags trigger market_rates --logical-date 2026-05-13T23:45 --wait
	run_id=$(tm runs list -o json | jq -r '.[0].run_id')
	[ "$(tm tasks logs market_rates fetch "$run_id")" = \
		"rates from 2026-05-13T21:45:00Z to 2026-05-17T22:00:00Z" ]
}

@test "quarter_closing: as many runs as instants, and none after the last" {
	[ -e /usr/share/zoneinfo/Europe/Berlin ] || skip "no tzdata"
	cp "$examples/quarter_closing.yaml" "$dir/dags/"
	[ "$(tm dags next-execution quarter_closing -n 9 --from 2026-01-01 -o json | jq -r '.[] | .data_interval_start + " due " + .due')" = \
		"2025-12-31T23:00:00Z due 2026-04-02T18:00:00+02:00
2026-04-02T16:00:00Z due 2026-07-03T18:00:00+02:00
2026-07-03T16:00:00Z due 2026-10-02T16:30:00+02:00" ]
	run tm dags next-execution quarter_closing --from 2026-10-03
	[ "$status" -eq 0 ]
	[[ "$output" == *"no further run comes"* ]]
	tm dags trigger quarter_closing --logical-date 2026-04-02T18:00 --wait
	run_id=$(tm runs list -o json | jq -r '.[0].run_id')
	[ "$(tm tasks logs quarter_closing close "$run_id")" = \
		"books from 2026-04-02T16:00:00Z to 2026-07-03T16:00:00Z" ]
}

@test "live_board: a run that is due cancels the one that still runs, and says so" {
	# The first run becomes due at once, the second within the minute.
	sed 's/sleep, "600"/sleep, "300"/' "$examples/live_board.yaml" >"$dir/dags/live_board.yaml"
	start_scheduler
	for _ in $(seq 1500); do
		first=$(tm runs list -d live_board -o json 2>/dev/null | jq -r '[.[] | select(.state == "cancelled")] | last | .run_id // empty')
		[ -n "$first" ] && break
		sleep 0.1
	done
	tm runs list -d live_board -o json >"$dir/runs"
	tm runs show live_board "$first" -o json >"$dir/first"
	tm runs show live_board "$first"
	stop_scheduler
	cat "$dir/runs" "$dir/first" "$dir/log"
	[ "$(jq -r '.task_list[] | select(.task == "draw") | .state' "$dir/first")" = cancelled ]
	[ "$(jq -r '.task_list[] | select(.task == "wipe") | .state' "$dir/first")" = success ]
	[[ "$(jq -r '.task_list[] | select(.task == "draw") | .waits' "$dir/first")" == *"of the schedule is due, and \`overlap: cancel_running\` cancels the one before"* ]]
}

@test "latest_orders: the last change of each order, in states that another dataset lists" {
	cp "$examples/latest_orders.yaml" "$dir/dags/"
	cd "$dir"
	eval "$(sed -n '/^#   mkdir/,/^#   tidemill dags/s/^#   //p' "$examples/latest_orders.yaml" | grep -v '^tidemill')"
	tm dags trigger latest_orders --logical-date 2026-05-01 --wait
	[ "$(cut -d, -f1-5 "$dir"/lake/shop_orders/event_date=2026-05-01/*.csv)" = $'id,customer,state,amount,changed_at\n7,ada,paid,12.5,2026-05-01T12:00:00Z' ]
	jq -e '.checks[] | select(.check == "accepted_values") | .status == "pass" and .values_from.values == 3 and (.values_from.inputs | length) == 1' \
		"$dir/lake/shop_orders/event_date=2026-05-01/_manifest.json"
	run tm datasets show shop_orders
	[[ "$output" == *"what is to be paid in EUR"* ]]
	# A state that is not listed publishes nothing.
	printf 'state\nopen\n' >reference/order_states.csv
	run tm runs clear latest_orders 2026-05-01 --wait
	[ "$status" -eq 1 ]
	[[ "$output" == *"check accepted_values(state): 1 of 1 rows have another value"* ]]
	# A file that is not there is no list without values.
	rm reference/order_states.csv
	run tm runs clear latest_orders 2026-05-01 --wait
	echo "$output"
	[ "$status" -eq 1 ]
	[[ "$output" == *order_states* ]]
}

@test "sessions: one that goes over midnight is of the day it began" {
	cp "$examples/sessions.yaml" "$dir/dags/"
	printf '%s\n' who,what,at ann,open,2026-05-01T10:00:00Z ann,edit,2026-05-01T10:30:00Z \
		ann,open,2026-05-01T23:50:00Z ,open,2026-05-01T10:00:00Z >"$dir/landing/2026-05-01.csv"
	printf '%s\n' who,what,at ann,edit,2026-05-02T00:10:00Z bob,open,2026-05-02T08:00:00Z \
		>"$dir/landing/2026-05-02.csv"
	printf '%s\n' who,what,at cy,open,2026-05-03T08:00:00Z >"$dir/landing/2026-05-03.csv"
	# The last day waits for one that nobody makes.
	run tm backfill create sessions --from-date 2026-05-01 --to-date 2026-05-03 --wait
	echo "$output"
	[ "$status" -eq 1 ]
	[[ "$output" == *"3 runs: 2 success, 1 failed: 2026-05-03"* ]]
	[[ "$output" == *"task sessionize: user_clicks 2026-05-04 does not exist"* ]]
	[ "$(tm data cat -o csv -c session_id,session_number,session_end,events,duration_s \
		"$dir"/lake/sessions/event_date=2026-05-01/part-*)" = \
		"session_id,session_number,session_end,events,duration_s
ann-1777629600000000,1,2026-05-01T10:30:00Z,2,1800
ann-1777679400000000,2,2026-05-02T00:10:00Z,2,1200" ]
	[ "$(tm data cat -o csv -c who,session_number,events \
		"$dir"/lake/sessions/event_date=2026-05-02/part-*)" = $'who,session_number,events\nbob,1,1' ]
	[ "$(jq -c '[.counters.read, .counters.filtered, .counters.aggregated]' \
		"$dir"/lake/sessions/event_date=2026-05-02/_manifest.json)" = '[7,6,1]' ]
}
