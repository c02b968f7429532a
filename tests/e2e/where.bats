# where.bats - `where:` of operators that count rows, as a person meets it.

load ../fixture/project

setup() {
	project landing
	cat >"$dir/landing/2026-05-01.csv" <<-'CSV'
		event_id,event_type,feature_name,tenant_id,user_id,timestamp
		e1,used,search,1,10,2026-05-01T08:00:00Z
		e2,used,search,1,11,2026-05-01T09:00:00Z
		e3,opened,search,1,10,2026-05-01T22:30:00Z
		e4,used,export,2,12,2026-05-01T10:00:00Z
		e5,used,,2,13,2026-05-01T11:00:00Z
		e6,used,demo ü,99,14,2026-05-01T12:00:00Z
	CSV
}

# A dag that rolls up events, with these lines of the task.
rolls() {
	cat >"$dir/dags/day.yaml" <<-YAML
		dag: day
		schedule: {partition: day}
		params:
		  demo: {type: int, default: 99}
		  word: {default: search}
		  no: {type: int}
		datasets:
		  events: {path: lake/events, format: csv, columns: {event_id: string, event_type: string, feature_name: string, tenant_id: int64, user_id: int64, timestamp: timestamp}}
		  rolled: {path: lake/rolled, format: csv}
		  scored: {path: lake/scored, format: csv}
		tasks:
		  take:
		    operator: ingest
		    from: {path: "landing/{{ ds }}.csv", format: csv}
		    event_time: timestamp
		    output: events
		  roll:
		    operator: rollup
		    input: events
		    output: rolled
		    $1
		  score:
		    operator: score
		    method: engagement
		    input: events
		    window: 1d
		    output: scored
		    $1
	YAML
}
run_day() { tm dags trigger day --logical-date 2026-05-01 -p no=1 "$@" --wait; }
# Tenant, feature, user and count of what was rolled up.
rolled() { tail -n +2 "$dir"/lake/rolled/event_date=2026-05-01/part-*.csv | tr -d '\r' | cut -d, -f3-; }
counters() { jq -c '.counters | [.read, .filtered, .aggregated, .written]' "$dir/lake/$1/event_date=2026-05-01/_manifest.json"; }

@test "rows of which it is not true are not there: a rollup, and a score of the events" {
	rolls "where: tenant_id <> 99 and feature_name is not null and event_type = 'used'"
	run_day
	[ "$(rolled)" = $'search,1,10,1\nsearch,1,11,1\nexport,2,12,1' ]
	[ "$(counters rolled)" = '[6,3,3,3]' ]
	[ "$(counters scored)" = '[6,3,3,2]' ]
	[ "$(tail -n +2 "$dir"/lake/scored/event_date=2026-05-01/part-*.csv | cut -d, -f1-4 | sort)" = $'1,search,2,2\n2,export,1,1' ]
	run tm tasks logs day roll 2026-05-01
	echo "$output"
	[[ "$output" == *"'where' left out 3 rows"* ]]
}

@test "null is not true, and a row that an operator leaves out itself is filtered too" {
	rolls "where: feature_name <> 'search'"
	run_day
	[ "$(rolled | sort)" = $'demo ü,99,14,1\nexport,2,12,1' ]
	[ "$(counters rolled)" = '[6,4,2,2]' ]
}

@test "a parameter is a value of the run, never a piece of the expression" {
	rolls 'where: feature_name = params.word and tenant_id < params.demo and params.no > 0'
	run_day
	[ "$(rolled | sort)" = $'search,1,10,1\nsearch,1,10,1\nsearch,1,11,1' ]
	# It is a text that no feature has, and there are no rows.
	sed 's/05-01T/05-02T/' "$dir/landing/2026-05-01.csv" >"$dir/landing/2026-05-02.csv"
	tm dags trigger day --logical-date 2026-05-02 -p no=1 -p "word=x' or 'a' = 'a" --wait
	[ "$(jq .rows "$dir/lake/rolled/event_date=2026-05-02/_manifest.json")" = 0 ]
}

@test "times are those of the zone that is named" {
	rolls "where: date(timestamp, 'Europe/Berlin') = ds_is_no_column"
	not tm validate
	rolls "where: date(timestamp, 'Europe/Berlin') > '2026-05-01'"
	run_day
	[ "$(rolled)" = 'search,1,10,1' ]
}

@test "what is wrong is shown under the part that it is about" {
	rolls "where: tenant = 1"
	run tm validate
	echo "$output"
	[ "$status" -ne 0 ]
	[[ "$output" == *"'where': dataset 'events' has no column 'tenant' [E0902]"*"did you mean 'tenant_id'?"* ]]
	rolls "where: tenant_id = 'one'"
	run tm validate
	[[ "$output" == *"'where': int64 is compared with text [E0903]"* ]]
	rolls "where: tenant_id + 1"
	run tm validate
	[[ "$output" == *"'where': true or false is wanted, this is int64 [E0903]"* ]]
	rolls "where: tenant_id = params.dem"
	run tm validate
	[[ "$output" == *"'where': there is no parameter 'dem' [E0902]"*"did you mean 'demo'?"* ]]
	rolls "where: 'tenant_id ='"
	run tm validate
	[[ "$output" == *"E0901"* ]]
}

@test "files that a score reads in place of a dataset are asked too, and a rollup has nothing to ask" {
	scores() {
		cat >"$dir/dags/day.yaml" <<-YAML
			dag: day
			schedule: {partition: day}
			datasets: {scored: {path: lake/scored, format: csv}}
			tasks:
			  score:
			    operator: score
			    method: engagement
			    $1
			    window: 1d
			    where: $2
			    output: scored
		YAML
	}
	files='from: {path: landing/*.csv, format: csv, columns: {event_id: string, feature_name: string, tenant_id: int64, user_id: int64, timestamp: timestamp}}'
	scores "$files" "tenant_id = 1 and user_id <> 11"
	tm dags trigger day --logical-date 2026-05-01 --wait
	[ "$(tail -n +2 "$dir"/lake/scored/event_date=2026-05-01/part-*.csv | cut -d, -f1-4)" = 1,search,1,2 ]
	[ "$(counters scored)" = '[6,4,2,1]' ]
	scores "$files" "tenant = 1"
	run tm validate
	[[ "$output" == *"'where': what 'from' reads has no column 'tenant' [E0902]"*"did you mean 'tenant_id'?"* ]]
	rm "$dir/dags/day.yaml"
	cat >"$dir/dags/other.yaml" <<-'YAML'
		dag: other
		schedule: {partition: day}
		datasets: {events: {path: lake/events, schema: events}, rolled2: {path: lake/rolled2}, scored2: {path: lake/scored2}}
		tasks:
		  roll: {operator: rollup, input: events, output: rolled2}
		  count: {operator: score, method: engagement, input: rolled2, output: scored2, where: tenant_id = 1}
	YAML
	run tm validate
	[[ "$output" == *"a row of dataset 'rolled2' stands for many: it is a rollup [E0353]"*"give 'where' to the task that writes it"* ]]
}

@test "the dataset of another file is asked for its columns too" {
	rolls "where: tenant_id > 0"
	cat >"$dir/dags/other.yaml" <<-'YAML'
		dag: other
		schedule: {partition: day}
		datasets: {again: {path: lake/again, format: csv}}
		tasks:
		  roll: {operator: rollup, input: events, output: again, where: tenant_id > 0 and usr_id = 7}
	YAML
	run tm validate
	echo "$output"
	[ "$status" -ne 0 ]
	[[ "$output" == *"other.yaml:5:83: error: 'where': dataset 'events' has no column 'usr_id' [E0902]"* ]]
	[[ "$output" == *"^^^^^^"*"did you mean 'user_id'?"* ]]
	sed -i 's/usr_id/user_id/' "$dir/dags/other.yaml"
	tm validate
}

@test "a row for which it has no value fails the task, and is named" {
	rolls "where: user_id * 1000000000000000000 > 0"
	run run_day
	[ "$status" -ne 0 ]
	run tm why day roll
	echo "$output"
	[[ "$output" == *"row 1: expression_error: 'where': 'user_id * 1000000000000000000'"* ]]
	[ ! -e "$dir/lake/rolled/event_date=2026-05-01" ]
}

@test "another where, or another default of what it names, makes what was published stale" {
	rolls "where: tenant_id < params.demo"
	run_day
	reason() { tm datasets show rolled -o json | jq -r '.[0].stale_reason // "fresh"'; }
	edit() { sed -i "$1" "$dir/dags/day.yaml"; tm dags pause day; } # a command takes up the files
	[ "$(reason)" = fresh ]
	edit 's/default: 99/default: 98/'
	[ "$(reason)" = stale_definition ]
	edit 's/default: 98/default: 99/'
	[ "$(reason)" = fresh ]
	edit 's/tenant_id < params/tenant_id <= params/'
	[ "$(reason)" = stale_definition ]
	tm dags unpause day
	tm runs clear day manual__2026-05-01 --wait
	[ "$(reason)" = fresh ]
	[ "$(counters rolled)" = '[6,1,5,5]' ]
}

@test "a check asks an expression of every row, of what is staged and of what is published" {
	rolls ""
	cat >"$dir/dags/prices.yaml" <<-'YAML'
		dag: prices
		schedule: {partition: day}
		datasets:
		  sales: {path: lake/sales, format: csv, columns: {id: int64, price: float64, cost: float64, sold_at: timestamp, state: string}}
		tasks:
		  take:
		    operator: ingest
		    from: {path: "landing/sales-{{ ds }}.csv", format: csv}
		    event_time: sold_at
		    output: sales
		    checks:
		      - expression: {expr: "price is not null or state = 'open'", on_fail: quarantine}
		      - expression: {expr: price >= cost, where: state <> 'returned', severity: warn}
		  gate:
		    operator: quality
		    dataset: sales
		    checks:
		      - expression: {expr: price >= cost, mostly: 50%}
		      - expression: {expr: price >= cost, mostly: 51%}
	YAML
	cat >"$dir/landing/sales-2026-05-01.csv" <<-'CSV'
		id,price,cost,sold_at,state
		1,5,4,2026-05-01T08:00:00Z,sold
		2,3,4,2026-05-01T08:00:00Z,sold
		3,,4,2026-05-01T08:00:00Z,sold
		4,,4,2026-05-01T08:00:00Z,open
		5,1,4,2026-05-01T08:00:00Z,returned
		6,9,4,2026-05-01T08:00:00Z,sold
	CSV
	run tm dags trigger prices --logical-date 2026-05-01 --wait
	[ "$status" -ne 0 ]
	checks() { jq -c '.checks[] | [.name, .status, .evaluated_rows, .missing_count, .filtered_rows, .failed_count, .quarantined_rows]' "$1"; }
	run checks "$dir/lake/sales/event_date=2026-05-01/_manifest.json"
	echo "$output"
	[ "${lines[0]}" = '["expression(price is not null or state = '"'open'"')","warn",6,0,null,1,1]' ]
	[ "${lines[1]}" = '["expression(price >= cost)","warn",3,1,1,1,0]' ]
	run tm why prices gate
	echo "$output"
	[[ "$output" == *"check expression(price >= cost): 2 of 4 rows are not so"* ]]
}
