# early.bats - a day that has not ended is refused, or run early and said to be preliminary.

load ../fixture/project

setup() {
	project landing
	cat >"$dir/dags/load.yaml" <<-'Y'
		dag: load
		schedule: {cron: "0 3 * * *", partition: day}
		start_date: 2026-05-01
		datasets:
		  events: {path: lake/events, format: csv, schema: events}
		tasks:
		  ingest:
		    operator: ingest
		    from: {path: "landing/{{ ds }}.jsonl", format: jsonl}
		    event_time: timestamp
		    output: events
	Y
	today=$(date -u +%F)
	printf '{"event_id":1,"event_type":"view","feature_name":"f","tenant_id":1,"user_id":2,"project_key":"P","timestamp":"%sT00:00:00Z","properties":{}}\n' "$today" >"$dir/landing/$today.jsonl"
}

# Midnight may pass between two commands: then there is nothing to be seen today.
same_day() { [ "$(date -u +%F)" = "$today" ] || skip "the day has just ended"; }

@test "a day that has not ended is refused by everything that runs one" {
	run tm dags trigger load -l "$today" --wait
	same_day
	[ "$status" -eq 4 ]
	[[ "$output" == *"$today of dag 'load' has not ended"*"--early"* ]]
	run tm backfill create load --from-date "$today" --to-date "$today" --wait
	same_day
	[ "$status" -eq 4 ]
	run tm tasks test load ingest "$today"
	same_day
	[ "$status" -eq 4 ]
	run tm runs list
	[[ "$output" == *"no runs"* ]]
}

@test "a day that has not begun is refused, early or not" {
	for day in 9999-12-31 "$(date -u -d '+3 days' +%F)"; do
		run tm dags trigger load -l "$day" --early --wait
		[ "$status" -eq 4 ]
		[[ "$output" == *"$day of dag 'load' has not begun"* ]]
	done
	[ -z "$(ls "$dir/lake" 2>/dev/null)" ]
}

@test "what an early run publishes is preliminary, in the manifest and in lists" {
	run tm dags trigger load -l "$today" --early --wait
	same_day
	[ "$status" -eq 0 ]
	[[ "$output" == *"it runs again when it is due"* ]]
	[ "$(jq -c '[.completeness, .preliminary, .reason]' "$dir/lake/events/event_date=$today/_manifest.json")" = '["complete",true,"early"]' ]
	[ "$(tm datasets show events -o json | jq -c '.[0] | [.preliminary, .preliminary_reason]')" = '[true,"early"]' ]
	[ "$(tm runs list -o json | jq -c '.[0].early')" = true ]
	run tm why load
	[[ "$output" == *"began before its interval had ended"* ]]
	run tm dags trigger load -l "$today" --early --wait
	[ "$status" -eq 4 ]
	[[ "$output" == *"tidemill runs clear load $today"* ]]
}
