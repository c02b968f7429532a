# columns.bats - what a dataset says of its columns: former names, nulls, descriptions, last days.

load ../fixture/project

setup() {
	project landing
	dag "title: string" "title: string"
	for day in 1 2 3; do
		printf 'id,title,at\n1,first,2026-05-0%s:01:00Z\n1,second,2026-05-0%s:02:00Z\n' \
			"${day}T10" "${day}T10" >"$dir/landing/2026-05-0$day.csv"
	done
}

# The dag, with what it says of the column in what it ingests, and in the copy.
dag() {
	cat >"$dir/dags/c.yaml" <<-E
		dag: c
		schedule: "@daily"
		start_date: 2026-05-01
		datasets:
		  raw: {path: lake/raw, columns: {id: int64, $1, at: timestamp}}
		  one:
		    path: lake/one
		    format: csv
		    columns: {id: int64, $2, at: timestamp, _received_at: timestamp, _source_file: string, _row: int64}
		tasks:
		  raw:
		    operator: ingest
		    from: {path: "landing/{{ ds }}.csv", format: csv}
		    event_time: at
		    output: raw
		  one: {operator: dedup, input: raw, key: id, keep: last, order_by: at, output: one}
	E
}

@test "a column is renamed: older partitions are read under the new name, and made again they have it" {
	tm backfill create c --from-date 2026-05-01 --to-date 2026-05-02 --wait
	dag "name: {type: string, was: title, description: what the page says}" "name: string"
	tm validate
	# The day is there with the former name; only the copy is made again.
	tm runs clear c 2026-05-01 -t one --wait
	cat "$dir/lake/one/event_date=2026-05-01/"*.csv
	head -1 "$dir/lake/one/event_date=2026-05-01/"*.csv | grep -q '^id,name,at,'
	grep -q '^1,second,2026-05-01' "$dir/lake/one/event_date=2026-05-01/"*.csv
	# A new day is written with the new name.
	sed -i 's/title/name/' "$dir/landing/2026-05-03.csv"
	tm backfill create c --from-date 2026-05-03 --to-date 2026-05-03 --wait
	grep -q '^1,second,2026-05-03' "$dir/lake/one/event_date=2026-05-03/"*.csv
	run tm datasets show raw
	echo "$output"
	[[ "$output" == *"COLUMN"*"WAS"*"DESCRIPTION"* ]]
	[[ "$output" == *"name "*"string"*"title"*"what the page says"* ]]
}

@test "a null in a column that has none publishes nothing; who reads a column after its last day is told" {
	dag "title: {type: string, nullable: false, deprecated_after: 2026-05-01}" "title: string"
	printf 'id,title,at\n1,,2026-05-03T10:00:00Z\n' >"$dir/landing/2026-05-03.csv"
	run tm backfill create c --from-date 2026-05-01 --to-date 2026-05-03 --wait
	echo "$output"
	[ "$status" -eq 1 ]
	[ ! -e "$dir/lake/raw/event_date=2026-05-03" ]
	[[ "$output" == *"gate_failed: check not_null(title): 1 of 1 rows have a null"* ]]
	run tm tasks logs c one 2026-05-01
	[[ "$output" != *"deprecated_after"* ]]
	run tm tasks logs c one 2026-05-02
	[[ "$output" == *"warning: column 'title' of dataset 'raw' was to be read until 2026-05-01"* ]]
}
