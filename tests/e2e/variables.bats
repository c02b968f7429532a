# variables.bats - texts that a project has for all of its dags: whose value, and from when on.

load ../fixture/project

setup() {
	project landing
	echo "variables: {bucket: \"raw 'data'\", root: landing, unused: a}" >"$dir/tidemill.yaml"
	cat >"$dir/dags/a.yaml" <<-'YAML'
		dag: a
		schedule: {partition: day}
		start_date: 2026-05-01
		datasets: {raw: {path: lake/raw, columns: {id: int64, at: timestamp}}}
		tasks:
		  one: {operator: command, run: [echo, "{{ var.bucket }}/{{ ds }}"]}
		  two: {operator: command, shell: "echo {{ var.bucket }}/x; echo $B", env: {B: "{{ var.bucket }}"}}
		  load:
		    operator: ingest
		    from: {path: "{{ var.root }}/{{ ds }}.jsonl", format: jsonl}
		    event_time: at
		    output: raw
	YAML
	printf 'dag: b\ntasks: {t: {operator: command, run: [echo, b]}}\n' >"$dir/dags/b.yaml"
	echo '{"id": 1, "at": "2026-05-01T12:00:00Z"}' >"$dir/landing/2026-05-01.jsonl"
}

definitions() { sqlite3 -readonly "$dir/.tidemill/state.db" "SELECT count(*) FROM def WHERE text LIKE 'dag: $1%'"; }

@test "variables: a value reaches programs, shells, their environment and paths of operators" {
	tm dags trigger a -l 2026-05-01 --wait
	[ "$(tm tasks logs a one 2026-05-01)" = "raw 'data'/2026-05-01" ]
	[ "$(tm tasks logs a two 2026-05-01)" = "raw 'data'/x
raw 'data'" ]
	[ -s "$(echo "$dir"/lake/raw/event_date=2026-05-01/part-*)" ]
}

@test "variables: the environment of the scheduler comes before tidemill.yaml" {
	TIDEMILL_VAR_BUCKET='over' TIDEMILL_VAR_EXTRA=e tm dags trigger a -l 2026-05-01 --wait
	[ "$(tm tasks logs a one 2026-05-01)" = over/2026-05-01 ]
	sed -i 's/var.bucket/var.extra/' "$dir/dags/a.yaml"
	run tm validate
	[ "$status" -ne 0 ]
	TIDEMILL_VAR_EXTRA=e tm validate
}

@test "variables: one that is not there is a mistake of each file that names it, with the nearest" {
	sed -i 's/var.bucket/var.bukket/' "$dir/dags/a.yaml"
	run tm validate
	echo "$output"
	[ "$status" -ne 0 ]
	[[ "$output" == *"a.yaml:6:"*"there is no variable 'bukket' [E0808]"*"did you mean 'var.bucket'?"* ]]
	sed -i 's/var.bukket/var.somewhere/' "$dir/dags/a.yaml"
	run tm validate
	[[ "$output" == *"TIDEMILL_VAR_"* ]]
	tm validate "$dir/dags/a.yaml"
}

@test "variables: names and values that cannot be are told with their place" {
	echo 'variables: {1a: x, a-b: x, a: x, A: y, l: [1], n: , m: {x: y}}' >"$dir/tidemill.yaml"
	run tm validate
	echo "$output"
	for name in "'1a' cannot name" "'a-b' cannot name" "'A' and 'a' would both" "'l'" "'n'" "'m'"; do
		[[ "$output" == *"tidemill.yaml:1:"*"$name"* ]]
	done
}

@test "variables: an edit is one of the dags that name it, and a run keeps what it began with" {
	cat >"$dir/dags/a.yaml" <<-'YAML'
		dag: a
		tasks:
		  wait: {operator: command, shell: "until [ -e go ]; do sleep 0.05; done"}
		  tell: {operator: command, run: [echo, "{{ var.bucket }}"], needs: wait}
	YAML
	start_scheduler
	tm dags trigger a
	run_id=$(tm runs list -o json | jq -r '.[0].run_id')
	echo 'variables: {bucket: new, unused: b}' >"$dir/tidemill.yaml"
	wait_for [ "$(definitions a)" = 1 ]
	wait_for eval '[ "$(definitions a)" = 2 ]'
	[ "$(definitions b)" = 1 ]
	touch "$dir/go"
	wait_for eval '[ "$(tm runs list -o json | jq -r ".[0].state")" = success ]'
	[ "$(tm tasks logs a tell "$run_id")" = "raw 'data'" ]
	tm dags trigger a --wait
	[ "$(tm tasks logs a tell "$(tm runs list -o json | jq -r '.[0].run_id')")" = new ]
	[ "$(sqlite3 -readonly "$dir/.tidemill/state.db" "SELECT count(*) FROM event WHERE kind = 'dag' AND detail = 'a'")" -eq 2 ]
}
