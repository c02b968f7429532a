# grids.bats - hours, days of a zone, weeks and months: rows belong to one partition of each.

setup() {
	dir=$(mktemp -d)
	mkdir -p "$dir/dags" "$dir/landing"
	cp "$BATS_TEST_DIRNAME"/../../dag_examples/{hourly,daily,weekly,monthly}_clicks.yaml "$dir/dags/"
}

teardown() {
	rm -rf "$dir"
}

tm() { "$TIDEMILL" -C "$dir" "$@"; }

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
