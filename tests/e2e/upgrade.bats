# upgrade.bats - a project goes on with the state database that an earlier version left.

load ../fixture/project

setup() {
	project landing .tidemill
	chmod 700 "$dir/.tidemill"
}

# The project of tests/data/past.sh as $1 left it: its dags stand in the database.
lay() {
	sqlite3 "$dir/.tidemill/state.db" <"tests/data/state-$1.sql" >/dev/null
	for dag in load odd; do
		state "SELECT text FROM def WHERE dag = '$dag'" >"$dir/dags/$dag.yaml"
	done
	printf '{"event_id":%s,"event_type":"page_view","feature_name":"f","tenant_id":1,"user_id":2,"project_key":"P","timestamp":"2026-05-03T10:00:00Z","properties":{}}\n' 1 2 3 >"$dir/landing/2026-05-03.jsonl"
}

is_failed() { [ "$(state "SELECT state FROM v_run WHERE dag = 'odd' AND logical_date LIKE '2026-05-03%'")" = failed ]; }

# $1: which dump, $2: its schema.
goes_on() {
	lay "$1"
	[ "$(tm runs list -o json | jq 'length')" = 4 ]
	[ "$(tm datasets show events -o json | jq -c '[.[] | [.partition, .checks.fail]]')" = '[["2026-05-02",1],["2026-05-01",0]]' ]
	[ "$(state 'PRAGMA user_version')" = "$2" ]
	tm dags trigger load --logical-date 2026-05-03 --wait
	[ "$(state 'PRAGMA user_version')" = 4 ]
	[ "$(state "SELECT state FROM v_run WHERE dag = 'load' AND logical_date LIKE '2026-05-03%'")" = success ]
	[ "$(tm datasets show events -o json | jq -c '[.[] | [.partition, .version, .checks.pass]]')" = '[["2026-05-03",1,3],["2026-05-02",1,2],["2026-05-01",2,3]]' ]
	# What was queued then and held by a paused dag runs now.
	tm dags unpause odd
	start_scheduler
	wait_for is_failed
	stop_scheduler
}

@test "a project of 0.1 goes on" { goes_on 0.1 1; }
@test "a project of 0.2 goes on" { goes_on 0.2 1; }
@test "a project of schema 2 goes on" { goes_on schema-2 2; }
@test "a project of schema 3 goes on" { goes_on schema-3 3; }
