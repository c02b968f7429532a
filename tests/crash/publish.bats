# publish.bats - the scheduler is killed between staging and publishing; old versions are collected.

load common

dag_ingest() {
	dag ingest <<-YAML
		dag: ingest
		schedule: {partition: day}
		start_date: 2022-03-01
		max_active_runs: 2
		datasets:
		  events_raw: {path: lake/events_raw, format: csv, schema: events}
		  events: {path: lake/events, format: csv, schema: events}
		tasks:
		  ingest:
		    operator: ingest
		    from: {path: "landing/{{ ds }}.jsonl.gz", format: jsonl}
		    event_time: timestamp
		    output: events_raw
		  dedup:
		    operator: dedup
		    input: events_raw
		    key: [event_id]
		    keep: first
		    output: events
	YAML
	mkdir -p "$dir/landing"
	cp "$BATS_TEST_DIRNAME"/../data/git-events/*.jsonl.gz "$dir/landing/"
}

backfill() { tm backfill create ingest --from-date 2022-03-01 --to-date 2022-03-10 "$@"; }

# Data files with their digests, by partition.
lake_digest() { (cd "$dir/lake" && find . -path ./.tidemill-lake -prune -o -name 'part-*' -print0 | sort -z | xargs -0 sha256sum); }

published() { [ "$(state "SELECT count(*) FROM partition")" -ge "$1" ]; }

staging_is_empty() { [ -z "$(find "$dir"/lake/.tidemill-lake/*/staging -mindepth 1 -print -quit)" ]; }

@test "kill -9 under a backfill, again and again: the same lake as without, every version is the first" {
	dag_ingest
	backfill --wait
	lake_digest >"$dir/expected"
	rm -rf "$dir/lake" "$dir/.tidemill"
	start_scheduler
	backfill
	for n in 1 3 6 9 13 18 22 27 31; do
		wait_for published "$n"
		kill_scheduler
		start_scheduler
	done
	wait_for runs_are success
	lake_digest >"$dir/got"
	diff "$dir/expected" "$dir/got"
	state_is "SELECT max(version), count(*) FROM partition" "1|40"
	state_is "SELECT count(*) FROM version" 40
}

@test "old versions are collected, as many as the settings say are kept" {
	printf 'retain_versions: 1\nretain_for: 1s\n' >"$dir/tidemill.yaml"
	dag_ingest
	for n in 1 2 3 4; do
		zcat "$BATS_TEST_DIRNAME/../data/git-events/2022-03-01.jsonl.gz" | head -n $((n * 5)) |
			gzip >"$dir/landing/2022-03-01.jsonl.gz"
		tm backfill create ingest --from-date 2022-03-01 --to-date 2022-03-01 \
			--reprocess-behavior completed --wait
	done
	versions=$dir/lake/.tidemill-lake/events/versions/event_date=2022-03-01
	[ "$(ls "$versions" | wc -l)" -eq 3 ]
	start_scheduler
	wait_for state_is "SELECT group_concat(collected, '') FROM
		(SELECT collected FROM version WHERE dataset = 'events' ORDER BY version)" 1100
	[ "$(ls "$versions")" = "$(ls "$versions" | grep '^000003-')" ]
	staging_is_empty
}

@test "a gate that fails keeps what was staged, and nothing is published" {
	dag_ingest
	sed -i 's/    output: events$/    output: events\n    checks: [{row_count: {min: 1000000}}]/' \
		"$dir/dags/ingest.yaml"
	run tm dags trigger ingest --logical-date 2022-03-01 --wait
	echo "$output"
	[ "$status" -eq 1 ]
	state_is "SELECT outcome FROM attempt WHERE task = 'dedup'" gate_failed
	[ ! -e "$dir/lake/events/event_date=2022-03-01" ]
	not staging_is_empty
}
