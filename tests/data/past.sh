#!/bin/bash
# past.sh - a small project, run by a released tidemill; its state database as SQL text.
#   tests/data/past.sh TIDEMILL OUT.sql
set -eu
dir=$(mktemp -d)
mkdir -p "$dir/dags" "$dir/landing"
tm() { "$1" -C "$dir" "${@:2}"; }
cat >"$dir/dags/load.yaml" <<'Y'
dag: load
schedule: "0 3 * * *"
start_date: 2026-05-01
datasets:
  events: {path: lake/events, format: csv, schema: events}
  unique_events: {path: lake/unique, format: csv, schema: events}
tasks:
  ingest:
    operator: ingest
    from: {path: "landing/{{ ds }}.jsonl", format: jsonl}
    event_time: timestamp
    on_bad_row: quarantine
    output: events
    checks:
      - row_count: {min: 2}
      - unique: {columns: [event_id]}
      - not_null: {columns: [event_id, tenant_id]}
  dedup:
    operator: dedup
    input: events
    key: [event_id]
    keep: first
    output: unique_events
  tell:
    operator: command
    needs: [dedup]
    run: ["true"]
Y
cat >"$dir/dags/odd.yaml" <<'Y'
dag: odd
schedule: "0 3 * * *"
start_date: 2026-05-01
tasks:
  fails:
    operator: command
    run: ["false"]
    retries: 1
    retry_delay: 1s
  never:
    operator: command
    needs: [fails]
    run: ["true"]
Y
event() { printf '{"event_id":%s,"event_type":"page_view","feature_name":"f","tenant_id":1,"user_id":2,"project_key":"P","timestamp":"%sT10:00:00Z","properties":{"a":[1,2]}}\n' "$1" "$2"; }
for d in 1 2; do { event 1 2026-05-0$d; event 2 2026-05-0$d; event 3 2026-05-0$d; } >"$dir/landing/2026-05-0$d.jsonl"; done
t=$1
tm $t validate || true
tm $t dags trigger load --logical-date 2026-05-01 --wait
tm $t dags trigger load --logical-date 2026-05-02 --wait
tm $t dags trigger odd --logical-date 2026-05-01 --wait || true
# A new epoch with other content: version 2, and with a row too few: the gate fails and the unique partition is stale.
event 4 2026-05-01 >>"$dir/landing/2026-05-01.jsonl"
tm $t runs clear load 2026-05-01 --task ingest --wait || tm $t runs clear load 2026-05-01 --wait || true
event 9 2026-05-02 >"$dir/landing/2026-05-02.jsonl"
tm $t runs clear load 2026-05-02 --wait || true
tm $t runs list
tm $t datasets show events
tm $t dags trigger odd --logical-date 2026-05-03 || true
tm $t dags pause odd || true
db=$dir/.tidemill/state.db
{
	echo "-- $(basename "$2") - what $($t --version) left of the project of tests/data/past.sh, as sqlite3 dumps it."
	echo "PRAGMA application_id = 1953064045;"
	sqlite3 "$db" .dump | sed "s#$dir#/srv/project#g"
	echo "PRAGMA user_version = $(sqlite3 "$db" 'PRAGMA user_version');"
} >"$2"
rm -rf "$dir"
