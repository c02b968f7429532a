# connections.bats - where other systems are: from tidemill.yaml or the environment, passwords unseen.

load ../fixture/project

setup() {
	project
	(umask 077 && echo swordfish-file >"$dir/pw")
	cat >"$dir/tidemill.yaml" <<-YAML
		connections:
		  db:
		    type: postgres
		    host: db.example.org
		    port: 5432
		    login: app
		    password: {from_file: pw}
		    schema: sales
		    extra: {sslmode: require}
	YAML
	cat >"$dir/dags/c.yaml" <<-'YAML'
		dag: c
		tasks:
		  t:
		    operator: command
		    env: {PW: "{{ conn.db.password }}"}
		    shell: |
		      echo {{ conn.db.type }} {{ conn.db.login }}@{{ conn.db.host }}:{{ conn.db.port }}/{{ conn.db.schema }} {{ conn.db.extra.sslmode }}
		      echo "$PW ${#PW}"
	YAML
}

log() { tm tasks logs c t "$(tm runs list -o json | jq -r '.[0].run_id')"; }

@test "connections: the parts reach the program, the password its environment alone" {
	tm dags trigger c --wait
	[ "$(log)" = "postgres app@db.example.org:5432/sales require
*** 14" ]
	not grep -rqa swordfish "$dir/.tidemill"
	sqlite3 -readonly "$dir/.tidemill/state.db" 'SELECT text FROM def' | grep -F '"conn.db.password":{"from_file":"pw"}'
}

@test "connections: a URI in the environment stands in place of all of it" {
	export TIDEMILL_CONN_DB='mysql://us%40er:sword%2Ffish-uri@[::1]:3306/other?sslmode=no&token=hidden'
	tm dags trigger c --wait
	[ "$(log)" = "mysql us@er@[::1]:3306/other no
*** 14" ]
	not grep -rqaE 'sword(%2F|/)fish-uri|hidden' "$dir/.tidemill"
	rm "$dir/tidemill.yaml"
	tm dags trigger c --wait
	[[ "$(log)" == "mysql "* ]]
	sed -i 's/sslmode/token/' "$dir/dags/c.yaml"
	run tm validate
	[ "$status" -ne 0 ]
	[[ "$output" == *"there is no connection with 'conn.db.extra.token'"* ]]
}

@test "connections: JSON in the environment does so too; neither is told by the variable's name" {
	export TIDEMILL_CONN_DB='{"conn_type": "pg", "host": "h", "port": 1, "login": "l", "password": "swordfish-json", "schema": "s", "extra": {"sslmode": "x"}}'
	tm dags trigger c --wait
	[ "$(log)" = "pg l@h:1/s x
*** 14" ]
	TIDEMILL_CONN_DB='nothing' run tm validate
	[ "$status" -ne 0 ]
	[[ "$output" == *"TIDEMILL_CONN_DB"*"neither a URI nor a JSON object"* ]]
}

@test "connections: a password that is written out is refused, and so is one where it would be seen" {
	sed -i 's/{from_file: pw}/swordfish/; s/sslmode: require/sslmode: require, api_key: abc/' "$dir/tidemill.yaml"
	run tm validate
	echo "$output"
	[ "$status" -ne 0 ]
	[[ "$output" == *"tidemill.yaml:7:"*"has to be a reference"*"[E0816]"* ]]
	[[ "$output" == *"'api_key' of connection 'db' is a secret"* ]]
	sed -i 's/swordfish/{from_file: pw}/; s/, api_key: abc//' "$dir/tidemill.yaml"
	sed -i 's/{{ conn.db.login }}/{{ conn.db.password }}/; s/PW: "{{/PW: "x{{/' "$dir/dags/c.yaml"
	run tm validate
	echo "$output"
	[ "$(grep -c "'conn.db.password' is a secret, which can only be" <<<"$output")" = 2 ]
	[[ "$output" == *"[E0815]"* ]]
}

@test "connections: what is wrong with one is told with its place" {
	echo 'connections: {a-b: {host: x}, c: {hots: x, port: 70000, password: {from_env: A, from_file: b}}, d: 1}' >"$dir/tidemill.yaml"
	run tm validate
	echo "$output"
	for text in "'a-b' cannot name" "has no key 'hots'" "'port'" "password of connection 'c'" "connection 'd'" "conn.db.host"; do
		[[ "$output" == *"$text"* ]]
	done
}
