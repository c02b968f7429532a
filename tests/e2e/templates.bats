# templates.bats - tasks that a project writes once: what they run, and from when on an edit counts.

load ../fixture/project

setup() {
	project landing
	cat >"$dir/tidemill.yaml" <<-'YAML'
		variables: {root: landing}
		templates:
		  say:
		    params: {what: {type: string}, retries: {type: int, default: 0}}
		    task:
		      operator: command
		      shell: "echo first {{ with.what }} {{ ds }}"
		      retries: "{{ with.retries }}"
		  load:
		    params: {file: {}, at: {default: at}, output: {}}
		    task:
		      operator: ingest
		      from: {path: "{{ var.root }}/{{ with.file }}-{{ ds }}.jsonl", format: jsonl}
		      event_time: "{{ with.at }}"
		      output: "{{ with.output }}"
	YAML
	cat >"$dir/dags/a.yaml" <<-'YAML'
		dag: a
		schedule: {partition: day}
		start_date: 2026-05-01
		datasets: {raw: {path: lake/raw, columns: {id: int64, at: timestamp}}}
		tasks:
		  load_raw: {template: load, with: {file: x, output: raw}}
		  tell: {template: say, with: {what: "of {{ task }}"}, needs: load_raw}
	YAML
	printf 'dag: b\ntasks: {t: {operator: command, run: [echo, b]}}\n' >"$dir/dags/b.yaml"
	echo '{"id": 1, "at": "2026-05-01T12:00:00Z"}' >"$dir/landing/x-2026-05-01.jsonl"
}

definitions() { sqlite3 -readonly "$dir/.tidemill/state.db" "SELECT count(*) FROM def WHERE text LIKE 'dag: $1%'"; }

@test "templates: programs and operators of them run as if they were written out" {
	tm validate
	tm dags trigger a -l 2026-05-01 --wait
	[ -s "$(echo "$dir"/lake/raw/event_date=2026-05-01/part-*)" ]
	[ "$(tm tasks logs a tell 2026-05-01)" = "first of tell 2026-05-01" ]
	tm dags show a | grep -E '^tell +command'
}

@test "templates: what is wrong is said where it stands, and at a use with both places" {
	sed -i 's/what: "of/waht: "of/' "$dir/dags/a.yaml"
	run tm validate
	echo "$output"
	[ "$status" -ne 0 ]
	[[ "$output" == *"a.yaml:7:32:"*"has no parameter 'waht' (template in tidemill.yaml:3:3) [E0810]"*"did you mean 'what'?"* ]]
	sed -i 's/template: say/template: sya/' "$dir/dags/a.yaml"
	run tm validate
	[[ "$output" == *"a.yaml:7:20:"*"there is no template 'sya' [E0809]"*"did you mean 'say'?"* ]]
	sed -i 's/      shell:/      shel:/' "$dir/tidemill.yaml"
	run tm validate
	[[ "$output" == *"tidemill.yaml:7:7:"*"template 'say' has no key 'shel' [E0201]"*"did you mean 'shell'?"* ]]
	[ "$(grep -c E0201 <<<"$output")" = 1 ]
	rm "$dir/dags/a.yaml"
	run tm validate
	[ "$status" -ne 0 ]
	[[ "$output" == *"tidemill.yaml:7:7:"* ]]
}

@test "templates: a file that is checked by itself has those of the project" {
	tm validate "$dir/dags/a.yaml"
	cd "$dir"
	"$TIDEMILL" validate dags/a.yaml
	rm "$dir/tidemill.yaml"
	run tm validate "$dir/dags/a.yaml"
	[ "$status" -ne 0 ]
	[[ "$output" == *"there is no template 'load' [E0809]"* ]]
}

@test "templates: an edit is one of the dags that name it, and a run keeps what it began with" {
	cat >"$dir/dags/a.yaml" <<-'YAML'
		dag: a
		tasks:
		  wait: {operator: command, shell: "until [ -e go ]; do sleep 0.05; done"}
		  tell: {template: say, with: {what: x}, needs: wait}
	YAML
	start_scheduler
	tm dags trigger a -l 2026-05-01
	run_id=$(tm runs list -o json | jq -r '.[0].run_id')
	sed -i 's/echo first/echo second/' "$dir/tidemill.yaml"
	wait_for eval '[ "$(definitions a)" = 2 ]'
	[ "$(definitions b)" = 1 ]
	touch "$dir/go"
	wait_for eval '[ "$(tm runs list -o json | jq -r ".[0].state")" = success ]'
	[ "$(tm tasks logs a tell "$run_id")" = "first x 2026-05-01" ]
	tm dags trigger a -l 2026-05-02 --wait
	[ "$(tm tasks logs a tell 2026-05-02)" = "second x 2026-05-02" ]
	sed -i 's/      shell:/      shel:/' "$dir/tidemill.yaml"
	wait_for grep -q E0813 "$dir/log"
	sed -i 's/      shel:/      shell:/; s/echo second/echo third/' "$dir/tidemill.yaml"
	wait_for [ "$(definitions a)" = 2 ]
	wait_for eval '[ "$(definitions a)" = 3 ]'
	tm dags trigger a -l 2026-05-03 --wait
	[ "$(tm tasks logs a tell 2026-05-03)" = "third x 2026-05-03" ]
}
