#!/bin/sh
# dags.sh - the projects of the benchmark: one operator each, over the files that make.mjs made.
#   dags.sh DATA PROJECT
set -eu
data=$1
project=$2
mkdir -p "$project/dags" "$project/lake/source"
# The days as partitions that somebody else wrote: read in place, no manifest.
for file in "$data"/event_date=*.parquet; do
	day=$(basename "$file" .parquet)
	mkdir -p "$project/lake/source/$day"
	ln -f "$file" "$project/lake/source/$day/part.parquet" 2>/dev/null || cp "$file" "$project/lake/source/$day/part.parquet"
done
cat >"$project/dags/lake.yaml" <<YAML
dag: lake
schedule: "@daily"
start_date: 2026-05-01
datasets:
  source: {path: lake/source, format: parquet, schema: events}
  unique: {path: lake/unique, format: parquet, schema: events}
  rollup: {path: lake/rollup, format: parquet}
  merged: {path: lake/merged, format: parquet}
tasks:
  dedup: {operator: dedup, input: source, key: [event_id], output: unique}
  rollup: {operator: rollup, input: unique, output: rollup}
  merge: {operator: score, method: engagement, input: rollup, window: 7d, output: merged}
YAML
cat >"$project/dags/files.yaml" <<YAML
dag: files
schedule: "@daily"
start_date: 2026-05-01
datasets:
  direct:     {path: lake/direct, format: parquet}
  from_jsonl: {path: lake/from_jsonl, format: parquet, schema: events}
  from_csv:   {path: lake/from_csv, format: parquet, schema: events}
tasks:
  engagement:
    operator: score
    method: engagement
    from: {path: "$data/event_date=*.parquet", format: parquet, dedup: [event_id]}
    window: 7d
    output: direct
  jsonl:
    operator: ingest
    from: {path: "$data/day.jsonl", format: jsonl}
    event_time: timestamp
    output: from_jsonl
  csv:
    operator: ingest
    from: {path: "$data/day.csv", format: csv}
    event_time: timestamp
    output: from_csv
YAML
