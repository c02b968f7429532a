# timing.bats - what a schedule comes to, and what an edit of it will and will not make.

load ../fixture/project

bats_require_minimum_version 1.5.0

has_runs() { [ "$(tm runs list -d "$1" -o json 2>/dev/null | jq length)" = "$2" ]; }
have_next() { [ "$(tm dags list -o json 2>/dev/null | jq '[.[] | select(.next_partition)] | length')" = "$1" ]; }

# dag NAME KEYS...: a file with these lines and one task.
dag() {
	{
		echo "dag: $1"
		printf '%s\n' "${@:2}"
		echo 'tasks: {t: {operator: command, run: ["true"]}}'
	} >"$dir/dags/$1.yaml"
}

zones() {
	[ -e /usr/share/zoneinfo/Europe/Berlin ] || skip "no tzdata"
}

@test "validate and dags show say what was implied: unit, zone, first, next fire" {
	zones
	dag days 'schedule: {cron: "30 2 * * *", timezone: Europe/Berlin}' 'start_date: 2026-05-01T00:01'
	dag hours 'schedule: "5 * * * *"' 'start_date: 2026-05-01T13:10'
	dag quarters 'schedule: {cron: "0 4 2 1,4,7,10 *", partition: quarter}' 'start_date: 2026-05-01'
	dag ticks 'schedule: "*/15 * * * *"' 'start_date: 2026-05-01'
	dag hand
	run --separate-stderr tm validate
	echo "$output"
	[ "$status" -eq 0 ]
	[ "$(awk '{print NF ? $1 : ""}' <<<"$output" | tr '\n' ' ')" = "DAG days hand hours quarters ticks " ]
	[[ "${lines[1]}" == "days     day (implied)  Europe/Berlin 2026-05-02    20"*T02:30:00+0?:00 ]]
	[[ "${lines[3]}" == "hours    hour (implied) UTC           2026-05-01T14 20"*:05:00+00:00 ]]
	[[ "${lines[4]}" == "quarters quarter        UTC           2026-Q3       20"* ]]
	[[ "${lines[5]}" == "ticks    none (implied) UTC           2026-05-01    20"* ]]
	for line in "${lines[@]}"; do [ "${#line}" -le 80 ]; done
	[[ "$stderr" == "5 dags are right, 0 errors, 0 warnings" ]]
	[ "$(tm validate -o json | jq -c '[.[] | [.level, .dag, .partition, .partition_implied, .timezone, .first]]')" = \
		'[["info","days","day",true,"Europe/Berlin","2026-05-02"],["info","hand",null,false,null,null],["info","hours","hour",true,"UTC","2026-05-01T14"],["info","quarters","quarter",false,"UTC","2026-Q3"],["info","ticks","none",true,"UTC","2026-05-01"]]' ]
	[ "$(tm dags show days -o json | jq -r '.partition, .partition_implied, .timezone, .first')" = \
		$'day\ntrue\nEurope/Berlin\n2026-05-02' ]
	[[ "$(tm dags show days)" == *"partition "*"day (implied)"*"next_fire "*T02:30:00+0* ]]
	run tm validate "$dir/dags/days.yaml"
	[ "$status" -eq 0 ]
	[[ "$output" == *"day (implied)"*"1 file checked, 0 errors, 0 warnings"* ]]
}

@test "the next fire is the first that makes a run, and there is none behind end_date" {
	dag ahead 'schedule: "30 2 * * *"' 'start_date: 2999-05-01'
	dag over 'schedule: "30 2 * * *"' 'start_date: 2026-05-01' 'end_date: 2026-05-03T00:00' 'catchup: latest'
	run tm validate
	echo "$output"
	[[ "${lines[1]}" == "ahead day (implied) UTC      2999-05-01 2999-05-02T02:30:00+00:00" ]]
	[[ "${lines[2]}" == "over  day (implied) UTC      2026-05-01 "* ]]
	[ "$(tm validate -o json | jq -r '.[1].next_fire')" = null ]
	# The cursor of a dag that is over stands behind its end: there is no next partition.
	start_scheduler
	wait_for has_runs over 1
	stop_scheduler
	tm dags list
	[[ "$(tm dags list | grep '^over')" == *"2026-05-03 "* ]]
	[[ "$(tm dags list | grep '^over')" != *"2026-05-04"* ]]
	[[ "$(tm dags list | grep '^ahead')" == *"2999-05-01"* ]]
}

@test "an edit of a schedule says what it will and will not make, before it is loaded and when it is" {
	dag e 'schedule: "30 2 * * *"' 'start_date: 2026-05-01'
	tm dags trigger e --logical-date 2026-05-01 --wait
	dag e 'schedule: "45 3 * * *"' 'start_date: 2026-04-01'
	expected="schedule, start_date changed; 30 days from 2026-04-01 to 2026-04-30 will not be made (tidemill backfill create e --from-date 2026-04-01 --to-date 2026-04-30)"
	run tm validate
	echo "$output"
	[ "$status" -eq 0 ]
	[[ "${output//$'\n' / }" == *"dag 'e': $expected"*"; next run 20"*T03:45:00+00:00* ]]
	[[ "$(tm validate -o json | jq -r '.[0].edit')" == "$expected"* ]]
	[[ "$(tm dags show e -o json | jq -r .edit)" == "$expected"* ]]
	start_scheduler
	wait_for grep -q "dag 'e'" "$dir/log"
	stop_scheduler
	cat "$dir/log"
	grep -F "dag 'e': $expected" "$dir/log"
	[ "$(tm dags show e -o json | jq -r .edit)" = null ]
	tm backfill create e --from-date 2026-04-01 --to-date 2026-04-02 --wait
	[ "$(tm runs list -d e -o json | jq length)" = 3 ]
	# What does not touch the schedule says nothing.
	dag e 'schedule: "45 3 * * *"' 'start_date: 2026-04-01' 'owner: somebody'
	[ "$(tm validate -o json | jq -r '.[0].edit')" = null ]
}

@test "a calendar is edited: its dags are loaded again, and the edit is told as theirs" {
	mkdir "$dir/calendars"
	echo '2026-12-24..2026-12-26 # closed' >"$dir/calendars/closed.txt"
	dag c 'schedule: {cron: "30 2 * * *", except: closed}' 'start_date: 2026-05-01'
	dag other 'schedule: "30 2 * * *"' 'start_date: 2026-05-01'
	start_scheduler
	wait_for have_next 2
	echo '2027-12-24' >>"$dir/calendars/closed.txt"
	[[ "$(tm validate -o json | jq -r '.[0].edit')" == "except changed; next run 20"* ]]
	wait_for grep -q "dag 'c': except changed" "$dir/log"
	stop_scheduler
	cat "$dir/log"
	grep -q "dag 'c': except changed; next run 20" "$dir/log"
	not grep -q "dag 'other'" "$dir/log"
	echo 'noon' >>"$dir/calendars/closed.txt"
	run tm validate
	[ "$status" -eq 1 ]
	[[ "$output" == *"calendars/closed.txt:3:1: error: this is no day [E0516]"*"3 | noon"* ]]
}

@test "tables tell runs and cursors by the names of partitions, where there are any" {
	zones
	dag days 'schedule: {cron: "30 2 * * *", timezone: Europe/Berlin}' 'start_date: 2026-05-01'
	dag hours 'schedule: "5 * * * *"' 'start_date: 2026-05-01'
	dag months 'schedule: "5 0 1 * *"' 'start_date: 2026-01-01'
	dag ticks 'schedule: "*/15 * * * *"' 'start_date: 2026-01-01'
	tm dags trigger days --logical-date 2026-05-02 --wait
	tm dags trigger hours --logical-date 2026-05-01T13 --wait
	tm dags trigger months --logical-date 2026-05 --wait
	tm dags trigger ticks --logical-date 2026-05-01T13:15 --wait
	[ "$(tm runs list | awk 'NR > 1 {print $1, $5}' | sort)" = "days 2026-05-02
hours 2026-05-01T13
months 2026-05
ticks 2026-05-01T13:15:00Z" ]
	[ "$(tm runs list -o json | jq -r '.[] | "\(.dag) \(.partition) \(.logical_date)"' | sort)" = \
		"days 2026-05-02 2026-05-01T22:00:00Z
hours 2026-05-01T13 2026-05-01T13:00:00Z
months 2026-05 2026-05-01T00:00:00Z
ticks null 2026-05-01T13:15:00Z" ]
	[[ "$(tm runs show hours 2026-05-01T13)" == *"partition "*" 2026-05-01T13"* ]]
	tm dags list
	[ "$(tm dags list | awk '/^days/ {print $(NF - 2), $NF}')" = "2026-05-02 2026-05-01" ]
	[ "$(tm dags list | awk '/^months/ {print $(NF - 2), $NF}')" = "2026-05 2026-01" ]
}
