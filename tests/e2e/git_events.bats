# git_events.bats - real events, every result row compared with the same question asked in SQL.

setup() {
	dir=$(mktemp -d)
	events=$BATS_TEST_DIRNAME/../../../shared/data/git-events
	what="61 days of real events"
	if [ ! -d "$events" ]; then
		events=$BATS_TEST_DIRNAME/../data/git-events
		what="10 days, the extract in tests/data (shared data is not here)"
	fi
}

teardown() {
	rm -rf "$dir"
}

@test "every engagement and adoption row equals SQLite's answer" {
	echo "# $what" >&3
	mkdir -p "$dir/dags" "$dir/landing" "$dir/reference"
	sed -e 's/start_date: .*/start_date: 2022-03-01/' -e 's/default: advanced_roadmaps/default: root/' \
		-e 's/- volume_change: .*/- row_count: {min: 1}/' -e '/^  notify:/,$d' \
		"$BATS_TEST_DIRNAME/../../dag_examples/feature_engagement.yaml" >"$dir/dags/feature_engagement.yaml"
	cp "$events"/*.jsonl.gz "$dir/landing/"
	cp "$events/tenants.csv" "$dir/reference/"
	last=$(ls "$dir/landing" | sort | tail -n 1)
	"$TIDEMILL" -C "$dir" backfill create feature_engagement --from-date 2022-03-01 --to-date "${last%.jsonl.gz}" --wait

	{
		echo "CREATE TABLE raw(file TEXT, row INTEGER, line TEXT);"
		echo "CREATE TABLE line(line TEXT); CREATE TABLE days(day TEXT);"
		echo "CREATE TABLE tenants(tenant_id, product, plan, active_users, created_at);"
		echo "CREATE TABLE got_engagement(day, tenant_id, feature_name, unique_users, total_interactions, days_active, engagement_score);"
		echo "CREATE TABLE got_adoption(day, size_bucket, plan, total_tenants, adopting_tenants, adoption_pct, plan_rank);"
		for file in "$dir"/landing/*.jsonl.gz; do
			day=$(basename "$file" .jsonl.gz)
			zcat "$file" >"$dir/$day.jsonl"
			printf '.mode ascii\n.separator "\\037" "\\n"\nDELETE FROM line;\n.import %s line\n' "$dir/$day.jsonl"
			echo "INSERT INTO raw SELECT '$day', rowid, line FROM line; INSERT INTO days VALUES('$day');"
			for table in engagement adoption; do
				for part in "$dir/lake/$table/event_date=$day"/part-*.parquet; do
					"$TIDEMILL" data cat "$part" -o csv >"$dir/$table-$day.csv"
					printf '.mode csv\nDROP TABLE IF EXISTS part;\n.import %s part\n' "$dir/$table-$day.csv"
					case $table in
					engagement) echo "INSERT INTO got_engagement SELECT '$day', tenant_id, feature_name, unique_users, total_interactions, days_active, engagement_score FROM part;" ;;
					adoption) echo "INSERT INTO got_adoption SELECT '$day', size_bucket, plan, total_tenants, adopting_tenants, adoption_pct, plan_rank FROM part;" ;;
					esac
				done
			done
		done
		printf '.mode csv\n.import --skip 1 %s tenants\n' "$dir/reference/tenants.csv"
		printf '.mode list\n.read %s\n' "$BATS_TEST_DIRNAME/git_events.sql"
	} >"$dir/all.sql"
	sqlite3 "$dir/compare.db" <"$dir/all.sql" >"$dir/result"
	cat "$dir/result"
	[ "$(wc -l <"$dir/result")" -eq 1 ]
	grep -q '^compared|[1-9]' "$dir/result"
	echo "# $(cat "$dir/result")" >&3
}

@test "weekly engagement from rollups is the same as from the events, to the byte" {
	mkdir -p "$dir/dags" "$dir/landing" "$dir/reference"
	sed -e 's/start_date: .*/start_date: 2022-03-01/' -e 's/- volume_change: .*/- row_count: {min: 1}/' -e '/^  notify:/,$d' \
		"$BATS_TEST_DIRNAME/../../dag_examples/feature_engagement.yaml" >"$dir/dags/feature_engagement.yaml"
	sed -e 's/start_date: .*/start_date: 2022-03-01/' "$BATS_TEST_DIRNAME/../../dag_examples/rollups.yaml" >"$dir/dags/rollups.yaml"
	cp "$BATS_TEST_DIRNAME/../data/git-events"/*.jsonl.gz "$dir/landing/"
	cp "$BATS_TEST_DIRNAME/../data/git-events/tenants.csv" "$dir/reference/"
	last=$(ls "$dir/landing" | sort | tail -n 1)
	for dag in feature_engagement rollups; do
		"$TIDEMILL" -C "$dir" backfill create $dag --from-date 2022-03-01 --to-date "${last%.jsonl.gz}" --wait
	done
	for day in "$dir"/lake/engagement/event_date=*; do
		"$TIDEMILL" data cat "$day"/part-*.parquet -o csv >"$dir/events.csv"
		"$TIDEMILL" data cat "$dir/lake/weekly/$(basename "$day")"/part-*.parquet -o csv >"$dir/rollups.csv"
		cmp "$dir/events.csv" "$dir/rollups.csv"
		[ "$(wc -l <"$dir/events.csv")" -gt 1 ]
		# The same content under another name: the digest is in the names of the files.
		[ "$(ls "$day")" = "$(ls "$dir/lake/weekly/$(basename "$day")")" ]
	done
}
