# grids.bats - hours, days of a zone, weeks and months: rows belong to one partition of each.

load ../fixture/project

setup() {
	project landing
	cp "$examples"/{hourly,daily,weekly,monthly}_clicks.yaml "$dir/dags/"
}

# One click in each hour from one instant to another, in UTC.
land() {
	for ((at = $(date -ud "$1" +%s); at < $(date -ud "$2" +%s); at += 3600)); do
		printf 'id,at,page\n%d,%s,p\n' "$at" "$(date -ud "@$at" +%Y-%m-%dT%H:30:00Z)" \
			>"$dir/landing/$(date -ud "@$at" +%Y-%m-%dT%H).csv"
	done
}

manifest() { jq -r "$2" "$dir/lake/$1/_manifest.json"; }

@test "a day of 23 hours is made of 23 hours, one of 25 of 25" {
	land "2026-03-28 22:00" "2026-03-29 23:00"
	land "2026-10-24 21:00" "2026-10-26 00:00"
	tm backfill create hourly_clicks --from-date 2026-03-28T22:00:00Z \
		--to-date 2026-03-29T22:00:00Z --wait
	tm backfill create hourly_clicks --from-date 2026-10-24T21:00:00Z \
		--to-date 2026-10-25T23:00:00Z --wait
	[ "$(manifest clicks_raw/event_hour=2026-03-29T01 '.partition.event_hour, .grid.unit, .grid.end')" = \
		$'2026-03-29T01\nhour\n2026-03-29T02:00:00Z' ]
	tm tasks test daily_clicks roll_up 2026-03-29
	tried=.tidemill/scratch/daily_clicks/clicks
	ln -s "../$tried" "$dir/lake/tried"
	[ "$(manifest tried/event_date=2026-03-29 '.rows, (.inputs | length), .grid.timezone, .grid.start')" = \
		$'23\n23\nEurope/Berlin\n2026-03-28T23:00:00Z' ]
	tm tasks test daily_clicks roll_up 2026-10-25
	[ "$(manifest tried/event_date=2026-10-25 '.rows, (.inputs | length), .grid.start, .grid.end')" = \
		$'25\n25\n2026-10-24T22:00:00Z\n2026-10-25T23:00:00Z' ]
}

@test "a dataset with published partitions keeps its grid, and the definition stays that was" {
	land "2026-03-01 00:00" "2026-03-01 03:00"
	rm "$dir"/dags/{daily,weekly,monthly}_clicks.yaml
	tm backfill create hourly_clicks --from-date 2026-03-01T00 --to-date 2026-03-01T01 --wait
	sed -i 's/^schedule:.*/schedule: "30 2 * * *"/' "$dir/dags/hourly_clicks.yaml"
	run tm validate
	[ "$status" -eq 1 ]
	[[ "$output" == *"has 2 published partitions of one hour in UTC; the dag now makes one per day in UTC"* ]]
	run tm backfill create hourly_clicks --from-date 2026-03-01T02 --to-date 2026-03-01T02 --wait
	[ "$status" -eq 0 ]
	[ "$(find "$dir"/lake/clicks_raw -maxdepth 1 -name 'event_hour=*' | wc -l)" -eq 3 ]
}

@test "the zone of what is published counts, not only how its directories are called" {
	rm "$dir"/dags/{daily,weekly,monthly}_clicks.yaml
	schedule() { sed -i "s/^schedule:.*/schedule: $1/" "$dir/dags/hourly_clicks.yaml"; }
	schedule '"30 2 * * *"'
	land "2026-03-01 00:00" "2026-03-01 01:00"
	mv "$dir"/landing/2026-03-01T00.csv "$dir/landing/2026-03-01.csv"
	tm backfill create hourly_clicks --from-date 2026-03-01 --to-date 2026-03-01 --wait
	tm validate
	schedule '{cron: "30 2 * * *", timezone: Europe\/Berlin}'
	run tm validate
	[ "$status" -eq 1 ]
	[[ "$output" == *"has 1 published partitions of one day in UTC; the dag now makes one per day in Europe/Berlin"* ]]
	# A directory of that name which says nothing of itself does not speak for it.
	schedule '"30 2 * * *"'
	mv "$dir"/lake/clicks_raw/event_date=2026-03-01 "$dir/kept"
	mkdir "$dir"/lake/clicks_raw/event_date=2026-03-01
	tm validate
	schedule '{cron: "30 2 * * *", timezone: Europe\/Berlin}'
	run tm validate
	[ "$status" -eq 1 ]
}

@test "runs and dags are told by the names of their partitions, in a table beside the run id" {
	rm "$dir"/dags/*
	printf 'dag: h\nschedule: "5 * * * *"\nstart_date: 2026-05-01T06:00\nend_date: 2026-05-01T07:00\ntasks: {t: {operator: command, run: ["true"]}}\n' >"$dir/dags/h.yaml"
	printf 'dag: w\nschedule: {cron: "0 6 * * mon", timezone: Europe/Berlin}\nstart_date: 2026-05-01\ntasks: {t: {operator: command, run: ["true"]}}\n' >"$dir/dags/w.yaml"
	tm backfill create h --from-date 2026-05-01T06 --to-date 2026-05-01T07 --wait
	tm backfill create w --from-date 2026-05-04 --to-date 2026-05-11 --wait
	tm runs list -d h | grep -q '^h  *backfill__2026-05-01T07:00:00Z  *success  *1  *2026-05-01T07 '
	[ "$(tm why h t backfill__2026-05-01T06:00:00Z | head -n 1)" = "h backfill__2026-05-01T06:00:00Z (2026-05-01T06): success" ]
	for run in "--run-id backfill__2026-05-01T06:00:00Z" "-r 2026-05-01T06" "-l 2026-05-01T06"; do
		# shellcheck disable=SC2086
		[ "$(tm why h $run -o json | jq -r .partition)" = 2026-05-01T06 ]
	done
	run tm why h -r backfill__2026-05-01T6
	[ "$status" -eq 2 ]
	[[ "$output" == *"has no run 'backfill__2026-05-01T6'; did you mean 'backfill__2026-05-01T0"* ]]
	run tm why h 2026-05-01T06
	[ "$status" -eq 2 ]
	[[ "$output" == *"has no task '2026-05-01T06'; a run is named by \`tidemill why h --run-id 2026-05-01T06\`" ]]
	run tm why h t 2026-05-01T06 -l 2026-05-01T07
	[ "$status" -eq 2 ]
	[[ "$output" == *"name one run: '2026-05-01T06' or '2026-05-01T07'" ]]
	# Behind its end the schedule makes nothing.
	tm why h -l 2026-05-01T09 | grep -q 'no run was made for 2026-05-01T09: it lies behind end_date; start one with'
	# What `list` has in a line, `show` has in a column; both have instants in the JSON.
	for dag in h w; do
		tm dags show "$dag" | sed -n 's/^last_logical_date  *//p' >"$dir/shown"
		tm dags list | awk -v "dag=$dag" '$1 == dag' | grep -qF " $(cat "$dir/shown") "
		tm dags show "$dag" -o json | jq -r '"\(.last_logical_date) \(.last_partition_name)"'
	done >"$dir/names"
	[ "$(cat "$dir/names")" = $'2026-05-01T07:00:00Z 2026-05-01T07\n2026-05-10T22:00:00Z 2026-05-11' ]
	tm dags list -o json | jq -r '.[] | "\(.last_logical_date) \(.last_partition_name)"' | cmp - "$dir/names"
	tm dags show w | grep -q '^next_partition  *20..-..-..$'
	[ "$(tm dags show w -o json | jq -r .next_partition)" = "$(tm dags list -o json | jq -r '.[1].next_partition')" ]
}

# A task that counts the days of its input which it was given, of at least two.
counting() {
	rm "$dir"/dags/*
	cat >"$dir/dags/raw.yaml" <<-'YAML'
		dag: raw
		schedule: {partition: day}
		start_date: 2026-05-01
		datasets: {raw: {path: lake/raw, columns: {id: int64, at: timestamp, page: string}}}
		tasks:
		  ingest: {operator: ingest, from: {path: "landing/{{ ds }}T*.csv", format: csv}, event_time: at, output: raw}
	YAML
	cat >"$dir/dags/count.yaml" <<-'YAML'
		dag: count
		schedule: {partition: day}
		start_date: 2026-05-01
		datasets: {sum: {path: lake/sum, format: csv, columns: {n: int64}}}
		tasks:
		  count:
		    operator: command
		    inputs: [{dataset: raw, window: 3d, at_least: 2 of 3}]
		    shell: 'printf "n\n%d\n" "$(echo "$TIDEMILL_INPUT_RAW" | wc -l)" >"$TIDEMILL_OUTPUT/n.csv"'
		    output: sum
	YAML
}

because() { tm datasets show sum -o json | jq -c '[.[] | .stale_because]'; }

@test "at_least: two of three days are enough, and a third that comes makes the result stale" {
	counting
	land "2026-05-03 12:00" "2026-05-03 13:00"
	tm dags trigger raw -l 2026-05-03 --wait
	# One is not enough; what cannot come any more is missing.
	run tm dags trigger count -l 2026-05-03 --wait
	[ "$status" -ne 0 ]
	[[ "$(tm why count count 2>&1)" == *"1 of 3 partitions of raw are there or will be, at_least asks for 2: 2026-05-01 does not exist"* ]]
	[ ! -e "$dir/lake/sum/event_date=2026-05-03" ]
	land "2026-05-05 12:00" "2026-05-05 13:00"
	tm dags trigger raw -l 2026-05-05 --wait
	tm dags trigger count -l 2026-05-05 --wait
	[ "$(cat "$dir"/lake/sum/event_date=2026-05-05/*.csv)" = $'n\n2' ]
	[ "$(manifest sum/event_date=2026-05-05 '.completeness, (.inputs[] | select(.missing) | .partition)')" = \
		$'partial\nevent_date=2026-05-04' ]
	[ "$(because)" = '[null]' ]
	land "2026-05-04 12:00" "2026-05-04 13:00"
	tm dags trigger raw -l 2026-05-04 --wait
	[ "$(because)" = '["raw 2026-05-04 came later"]' ]
	tm runs clear count 2026-05-05 --wait
	[ "$(because)" = '[null]' ]
	[ "$(manifest sum/event_date=2026-05-05 .completeness)" = complete ]
}

@test "at_least with a time to come: --wait says what it waits for and until when, and is not stuck" {
	counting
	today=$(date -u +%F)
	day() { date -ud "$today -$1 days" +%F; }
	# The schedule would make yesterday, and this command does not.
	sed -i "s/^schedule:.*/schedule: {cron: \"0 0 * * *\", partition: day}\ncatchup: all/; s/^start_date:.*/start_date: $(day 9)/" \
		"$dir/dags/raw.yaml"
	sed -i "s/^start_date:.*/start_date: $(day 9)/; s/at_least: 2 of 3/at_least: 2 of 3, after: \"23:59\"/" \
		"$dir/dags/count.yaml"
	for n in 3 2; do
		land "$(day $n) 12:00" "$(day $n) 13:00"
		tm dags trigger raw -l "$(day $n)" --wait
	done
	"$TIDEMILL" -C "$dir" dags trigger count -l "$(day 1)" --wait 2>"$dir/err" </dev/null 3>&- &
	session=$!
	for ((i = 0; i < 300; i++)); do
		! grep -q "it waits" "$dir/err" || break
		sleep 0.1
	done
	said=$(cat "$dir/err")
	kill -INT "$session"
	wait "$session" || true
	echo "$said"
	[[ "$(date -u +%FT%H:%M)" < "${today}T23:59" ]] || skip "the day is about to end"
	[[ "$said" == *"trigger count: it waits until ${today}T23:59:00Z: raw $(day 1) will be written by dag raw"* ]]
	[[ "$said" != *"what this command does not do"* ]]
}

@test "map: a week that two months share is cut to the month, or taken whole" {
	rm "$dir"/dags/*
	cat >"$dir/dags/weeks.yaml" <<-'YAML'
		dag: weeks
		schedule: {partition: week}
		start_date: 2026-04-27
		datasets: {weeks: {path: lake/weeks, columns: {id: int64, at: timestamp, page: string}}}
		tasks:
		  ingest: {operator: ingest, from: {path: "landing/*.csv", format: csv}, event_time: at, on_bad_row: drop, output: weeks}
	YAML
	for map in overlap whole; do
		cat >"$dir/dags/$map.yaml" <<-YAML
			dag: $map
			schedule: {partition: month}
			start_date: 2026-05-01
			datasets: {m_$map: {path: lake/m_$map, columns: {id: int64, at: timestamp, page: string}}}
			tasks:
			  dedup: {operator: dedup, input: weeks, key: [id], map: $map, output: m_$map}
		YAML
	done
	# Three hours of April and two of May, all in the week of 27 April; one in a week of June too.
	land "2026-04-30 21:00" "2026-05-01 02:00"
	land "2026-05-31 23:00" "2026-06-01 00:00"
	for week in 04-27 05-04 05-11 05-18 05-25; do
		[[ $week == 04-27 || $week == 05-25 ]] || land "2026-$week 10:00" "2026-$week 11:00"
	done
	tm backfill create weeks --from-date 2026-04-27 --to-date 2026-05-25 --wait
	tm dags trigger overlap -l 2026-05-01 --wait
	tm dags trigger whole -l 2026-05-01 --wait
	[ "$(manifest m_overlap/event_month=2026-05 '.rows, .counters.outside, (.inputs | length)')" = $'6\n3\n5' ]
	[ "$(manifest m_whole/event_month=2026-05 '.rows, (.inputs | length)')" = $'9\n5' ]
}

@test "what was checked of an hour, and of a day of a zone, is found by its partition" {
	rm "$dir"/dags/{daily,weekly,monthly}_clicks.yaml
	cat >>"$dir/dags/hourly_clicks.yaml" <<-'YAML'
		    checks: [row_count: {min: 1}, row_count: {min: 2, severity: warn}]
	YAML
	cat >"$dir/dags/days.yaml" <<-'YAML'
		dag: days
		schedule: {partition: day, timezone: Europe/Berlin}
		start_date: 2026-03-01
		datasets: {days: {path: lake/days, format: csv, columns: {n: int64}}}
		tasks:
		  make:
		    operator: command
		    shell: printf 'n\n1\n' >"$TIDEMILL_OUTPUT/n.csv"
		    output: days
		    checks: [row_count]
	YAML
	land "2026-03-01 00:00" "2026-03-01 01:00"
	tm dags trigger hourly_clicks -l 2026-03-01T00 --wait
	tm dags trigger days -l 2026-03-02 --wait
	[ "$(tm datasets show clicks_raw -o json | jq -c '.[] | [.partition, .checks]')" = \
		'["2026-03-01T00",{"pass":1,"warn":1,"fail":0}]' ]
	[ "$(tm datasets show days -o json | jq -c '.[] | [.partition, .checks]')" = \
		'["2026-03-02",{"pass":1,"warn":0,"fail":0}]' ]
	[ "$(sqlite3 -readonly "$dir/.tidemill/state.db" 'SELECT DISTINCT dataset, partition, unit, zone, part FROM v_check ORDER BY 1')" = \
		$'clicks_raw|2026-03-01T00|hour|UTC|492312\ndays|2026-03-02|day|Europe/Berlin|20514' ]
}
