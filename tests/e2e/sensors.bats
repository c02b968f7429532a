# sensors.bats - tasks that wait for the world: files, commands; between two looks they take nothing.

load ../fixture/project

state_of() { state "SELECT state FROM task WHERE task = '$1'"; }
is() { [ "$(state_of "$1")" = "$2" ]; }
answer_has() { [[ "$(state "SELECT answer FROM task WHERE task = '$1'")" == *"$2"* ]]; }
looked() { [ "$(state "SELECT looks FROM task WHERE task = '$1'")" -ge "$2" ]; }

@test "sensors: the example waits for its files and its service, then loads" {
	cp "$examples/sensors.yaml" "$dir/dags/"
	start_scheduler
	wait_for tm dags trigger sensors
	wait_for is upload up_for_reschedule
	wait_for is service up_for_reschedule
	run tm why sensors upload
	echo "$output"
	[[ "$output" == *"it waits for the world, look "*" did not find it: no file matches 'incoming/*.csv'"* ]]
	[[ "$output" == *"the next look comes at "*", the wait ends at "* ]]
	tm why sensors -o json >"$dir/why"
	[ "$(jq -r '[.gates[] | select(.task == "upload")][0].held_by.gate' "$dir/why")" = not_yet ]
	mkdir "$dir/incoming"
	echo a >"$dir/incoming/1.csv"
	echo b >"$dir/incoming/2.csv"
	wait_for answer_has upload "their done_file is not"
	touch "$dir/incoming/_SUCCESS"
	wait_for is upload success
	touch "$dir/service.up"
	wait_for is load success
	[ "$(cat "$dir/loaded.csv")" = "$(printf 'a\nb')" ]
}

@test "a wait is one try and one row, and the log tells of each other answer once" {
	cat >"$dir/dags/a.yaml" <<-'Y'
		dag: a
		tasks:
		  wait: {operator: sensor, shell: 'cat answer 2>/dev/null; test -e yes', every: 1s, timeout: 1h}
	Y
	echo first >"$dir/answer"
	start_scheduler
	wait_for tm dags trigger a
	wait_for looked wait 4
	[ "$(state "SELECT count(*) FROM attempt")" = 1 ]
	[ "$(state "SELECT try_number FROM attempt")" = 1 ]
	[ "$(state "SELECT look >= 4 AND waiting_us < created_us FROM attempt")" = 1 ]
	[ "$(state "SELECT count(*) FROM event WHERE kind = 'task' AND from_state = to_state")" = 0 ]
	[ "$(state "SELECT count(*) FROM event")" -lt 12 ]
	[ "$(cat "$dir"/.tidemill/logs/a/*/wait/1.log)" = first ]
	touch "$dir/yes"
	wait_for is wait success
	[ "$(state "SELECT from_state || ' ' || to_state FROM event WHERE kind = 'task' ORDER BY seq DESC LIMIT 1")" = "up_for_reschedule success" ]
	[ "$(state "SELECT count(*) || ' ' || max(outcome) FROM attempt")" = "1 ok" ]
}

@test "a wait goes on over a restart and a kill, and its timeout counts from the first look" {
	cat >"$dir/dags/a.yaml" <<-'Y'
		dag: a
		tasks:
		  wait: {operator: sensor, run: ["false"], every: 1s, timeout: 8s}
		  soft: {operator: sensor, run: ["false"], every: 1s, timeout: 8s, on_timeout: skip}
		  after: {operator: command, needs: soft, run: ["true"]}
	Y
	start_scheduler
	wait_for tm dags trigger a
	wait_for looked wait 2
	kill_scheduler
	run tm why a wait
	echo "$output"
	[[ "$output" == *"no scheduler is running"* ]]
	[[ "$output" == *"the next look comes with a scheduler, not before "* ]]
	start_scheduler
	wait_for looked wait 4
	wait_for is wait failed
	wait_for is soft skipped
	wait_for is after skipped
	[ "$(state "SELECT count(*) FROM attempt WHERE task = 'wait'")" = 1 ]
	[ "$(state "SELECT tries || ' ' || failures FROM task WHERE task = 'wait'")" = "1 0" ]
	run tm why a wait
	echo "$output"
	[[ "$output" == *"failed: what it waits for was not there within its timeout of 8s: 'false' ended with exit status 1"* ]]
	span=$(state "SELECT (ended_us - waiting_us) / 1000000 FROM attempt WHERE task = 'wait'")
	[ "$span" -ge 7 ] && [ "$span" -le 12 ]
}

@test "files have to rest before they count, and one that is rewritten does not" {
	cat >"$dir/dags/a.yaml" <<-'Y'
		dag: a
		tasks:
		  wait: {operator: sensor, file: "in/*.csv", rest: 2s, every: 1s, timeout: 1m}
	Y
	mkdir "$dir/in"
	start_scheduler
	wait_for tm dags trigger a
	wait_for is wait up_for_reschedule
	for i in 1 2 3 4 5 6 7 8; do
		echo "$i" >>"$dir/in/x.csv"
		sleep 0.5
	done
	is wait up_for_reschedule || is wait scheduled || is wait queued || is wait running
	run tm tasks state a wait "$(tm runs list -o json | jq -r '.[0].run_id')"
	echo "$output"
	[[ "$output" == *"1 file is there, which has to stay as it is for 2s"* ]]
	wait_for is wait success
}

@test "between two looks it holds no slot, and cancel ends it at once" {
	echo "pools: {default: 1, sensors: 1}" >"$dir/tidemill.yaml"
	cat >"$dir/dags/a.yaml" <<-'Y'
		dag: a
		tasks:
		  w1: {operator: sensor, run: ["false"], every: 10s}
		  w2: {operator: sensor, run: ["false"], every: 10s}
		  w3: {operator: sensor, run: ["false"], every: 10s, pool: default}
		  work: {operator: command, run: ["true"]}
	Y
	start_scheduler
	wait_for tm dags trigger a
	for t in w1 w2 w3; do wait_for is $t up_for_reschedule; done
	wait_for is work success
	run tm pools show sensors
	echo "$output"
	[[ "$output" != *" w1 "* ]]
	tm runs cancel a "$(tm runs list -o json | jq -r '.[0].run_id')"
	for t in w1 w2 w3; do wait_for is $t cancelled; done
}

@test "--wait tells of a wait once, not of each look" {
	printf '%s\n' 'dag: w' 'tasks:' \
		'  s: {operator: sensor, file: never, every: 1s, timeout: 3s, on_timeout: skip}' \
		>"$dir/dags/w.yaml"
	timeout 60 "$TIDEMILL" -C "$dir" dags trigger w --wait 2>"$dir/err" || true
	cat "$dir/err"
	looked s 0 && [ "$(state_of s)" = skipped ]
	[ "$(grep -c 'it waits until .*look 1 did not find it' "$dir/err")" -eq 1 ]
	[ "$(grep -c 'it waits until' "$dir/err")" -eq 1 ]
}

@test "a look that goes wrong is followed by others, the tenth is a failure of the task" {
	cat >"$dir/dags/a.yaml" <<-'Y'
		dag: a
		tasks:
		  wait: {operator: sensor, run: ["./nothing-here"], every: 1s, retries: 1, retry_delay: 1h}
		  odd: {operator: sensor, shell: "exit 7", retry_exit_code: 1, every: 1s}
		  none: {operator: sensor, shell: "exit 99", skip_exit_code: 99}
	Y
	start_scheduler
	wait_for tm dags trigger a
	wait_for is none skipped
	wait_for looked wait 2
	run tm why a wait
	echo "$output"
	[[ "$output" == *"went wrong ("*" of 10 in a row): run './nothing-here': No such file or directory"* ]]
	wait_for looked odd 2
	[[ "$(state "SELECT waits FROM task WHERE task = 'odd'")" == *"exit status 7"* ]]
	wait_for is wait up_for_retry
	[ "$(state "SELECT tries || ' ' || failures FROM task WHERE task = 'wait'")" = "1 1" ]
}

@test "runs list tells what a task waits for that nothing runs beside, by the key that ended its look" {
	cat >"$dir/dags/a.yaml" <<-'Y'
		dag: a
		tasks:
		  wait: {operator: sensor, shell: 'sleep 60', every: 1h, look_timeout: 1s, timeout: 2h}
		  after: {operator: command, run: ["true"], needs: wait}
	Y
	start_scheduler
	tm dags trigger a
	wait_for is wait up_for_reschedule
	run tm runs list
	echo "$output"
	[[ "$output" == *"it waits for the world, look 1 went wrong"*"ended after its look_timeout of 1s"* ]]
}

@test "sensors: what is wrong in a file is told" {
	cat >"$dir/dags/a.yaml" <<-'Y'
		dag: a
		tasks:
		  none: {operator: sensor}
		  two: {operator: sensor, file: x, shell: y}
		  more: {operator: sensor, shell: y, rest: 3s}
		  both: {operator: sensor, file: x, rest: 3s, done_file: y}
		  soon: {operator: sensor, file: x, every: 0s}
		  later: {operator: sensor, partition: x}
		  checks: {operator: sensor, file: x, checks: [row_count]}
	Y
	run tm validate
	echo "$output"
	[ "$status" -eq 1 ]
	[[ "$output" == *"task 'none' has to wait for one thing: 'file', 'http', 'partition', 'run' or 'shell'"* ]]
	[[ "$output" == *"task 'two' has to wait for one thing"* ]]
	[[ "$output" == *"'rest' says more of 'file', for which task 'more' does not wait"* ]]
	[[ "$output" == *"task 'both' has 'rest' or 'done_file', not both"* ]]
	[[ "$output" == *"'every'"* ]]
	[[ "$output" == *"task 'later' reads a partition, but the dag has no schedule"* ]]
	[[ "$output" == *"task 'checks' has checks but no 'output'"* ]]
}

@test "http: an answer with a status and a value in its body is waited for" {
	cat >"$dir/dags/a.yaml" <<-'Y'
		dag: a
		params: {port: {type: int}}
		tasks:
		  up:
		    operator: sensor
		    http: {url: "http://127.0.0.1:{{ params.port }}/healthz", method: HEAD}
		    every: 1s
		  paused:
		    operator: sensor
		    http:
		      url: "http://127.0.0.1:{{ params.port }}/api/v1/dags/other"
		      json: {path: $.paused, equals: "true"}
		      headers: {Authorization: {from_env: AUTH}}
		    every: 1s
		  denied:
		    operator: sensor
		    http: {url: "http://127.0.0.1:{{ params.port }}/api/v1/dags/other", headers: {Authorization: "Bearer no"}}
		    every: 1s
	Y
	printf 'dag: other\ntasks: {t: {operator: command, run: ["true"]}}\n' >"$dir/dags/other.yaml"
	tm dags list >/dev/null
	start_web
	port=${url##*:}
	AUTH="Bearer $token"
	export AUTH
	stop_web # nobody answers yet
	start_scheduler
	wait_for tm dags trigger a -p port="$port"
	wait_for looked up 2
	run tm why a up
	echo "$output"
	[[ "$output" == *"went wrong ("*"http://127.0.0.1:$port/healthz: Failed to connect"*"does it run, and may this machine reach it?"* ]]
	start_web "$dir" "127.0.0.1:$port"
	wait_for is up success
	wait_for answer_has paused "\$.paused is false, not true"
	[[ "$(state "SELECT answer FROM task WHERE task = 'denied'")" == *"it answered with status 401" ]]
	tm dags pause other
	wait_for is paused success
	lacks_secret=$(grep -rl "${AUTH#Bearer }" "$dir/.tidemill" | grep -v '/token$' || true)
	[ -z "$lacks_secret" ]
	stop_web
}

@test "http: what is wrong in it is told" {
	cat >"$dir/dags/a.yaml" <<-'Y'
		dag: a
		tasks:
		  scheme: {operator: sensor, http: {url: "ftp://x/y"}}
		  path: {operator: sensor, http: {url: "http://x/y", json: {path: state, equals: a}}}
		  status: {operator: sensor, http: {url: "http://x/y", status: [200, 20]}}
		  header: {operator: sensor, http: {url: "http://x/y", headers: {"a b": c}}}
		  value: {operator: sensor, http: {url: "http://x/y", headers: {A: {from_env: B, from_file: C}}}}
		  body: {operator: sensor, http: {url: "http://x/y", method: HEAD, json: {path: $.a, equals: b}}}
		  both: {operator: sensor, http: {url: "http://x/y"}, file: z}
	Y
	run tm validate
	echo "$output"
	[ "$status" -eq 1 ]
	[[ "$output" == *"'ftp://x/y' of 'url' begins neither with http:// nor with https://"* ]]
	[[ "$output" == *"'state' of 'path' is no path into JSON"* ]]
	[[ "$output" == *"'status'"* ]]
	[[ "$output" == *"'a b' is no name of a header"* ]]
	[[ "$output" == *"header 'A' has one value"* ]]
	[[ "$output" == *"an answer to HEAD has no body"* ]]
	[[ "$output" == *"task 'both' has to wait for one thing"* ]]
}

@test "ingest: a landing file is waited for, and read when it is complete" {
	cat >"$dir/dags/a.yaml" <<-'Y'
		dag: a
		schedule: {partition: day}
		datasets:
		  events: {path: lake/events, format: csv, schema: events}
		tasks:
		  ingest:
		    operator: ingest
		    from: {path: "landing/{{ ds }}.jsonl", format: jsonl, wait: 6h}
		    event_time: timestamp
		    output: events
		  late:
		    operator: ingest
		    needs: ingest
		    from: {path: "landing/{{ ds }}.never", format: jsonl, wait: 1s}
		    event_time: timestamp
		    output: more
	Y
	sed -i 's|^datasets:|datasets:\n  more: {path: lake/more, format: csv, schema: events}|' "$dir/dags/a.yaml"
	start_scheduler
	wait_for tm dags trigger a -l 2026-05-01
	wait_for is ingest up_for_reschedule
	run tm why a ingest
	echo "$output"
	[[ "$output" == *"look 1 did not find it: ingest: no file matches 'landing/2026-05-01.jsonl'"* ]]
	[ "$(state "SELECT count(*) FROM attempt")" = 1 ]
	tm runs cancel a 2026-05-01
	wait_for is ingest cancelled
	mkdir -p "$dir/landing"
	echo '{"event_id":1,"event_type":"feature_used","feature_name":"x","tenant_id":1,"user_id":7,"project_key":"p","timestamp":"2026-05-01T10:00:00Z","properties":{}}' \
		>"$dir/landing/2026-05-01.jsonl"
	tm runs clear a 2026-05-01
	wait_for answer_has ingest "ingest: 1 file is there, which has to stay as it is for 10s"
	wait_for is ingest success
	[ "$(state "SELECT rows FROM partition WHERE dataset = 'events'")" = 1 ]
	[ "$(state "SELECT count(*) FROM attempt WHERE task = 'ingest' AND outcome = 'ok' AND look = 2")" = 1 ]
	wait_for is late failed
	run tm why a late
	echo "$output"
	[[ "$output" == *"what it waits for was not there within its timeout of 1s: ingest: no file matches"* ]]
}

@test "sensor_partition: a folder that nobody here writes is looked at until its files rest" {
	cp "$examples/sensor_partition.yaml" "$dir/dags/"
	start_scheduler
	wait_for tm dags trigger sensor_partition -l 2026-05-01
	wait_for is uploaded up_for_reschedule
	run tm why sensor_partition uploaded
	echo "$output"
	[[ "$output" == *"dataset 'uploads' is not there: no file matches '"*"lake/uploads/event_date=2026-05-01/*'"* ]]
	mkdir -p "$dir/lake/uploads/event_date=2026-05-01"
	touch "$dir/lake/uploads/event_date=2026-05-01/_started"
	printf 'id,name\n1,a\n2,b\n' >"$dir/lake/uploads/event_date=2026-05-01/x.csv"
	wait_for is count success
	[ "$(tm tasks logs sensor_partition count 2026-05-01)" = 2 ]
	tm runs show sensor_partition 2026-05-01 -o json >"$dir/run"
	[ "$(jq '.task_list[0].look' "$dir/run")" -ge 2 ]
	tm tasks state sensor_partition uploaded 2026-05-01 | grep -q '^TRY LOOK '
	[ "$(tm tasks state sensor_partition count 2026-05-01 | grep -c LOOK)" = 0 ]
}

@test "a partition that a dag writes is told of: no look is made, and it goes on at once" {
	cp "$examples/sensor_partition.yaml" "$dir/dags/"
	cat >"$dir/dags/w.yaml" <<-'Y'
		dag: w
		schedule: {partition: day}
		start_date: 2026-05-01
		datasets:
		  uploads: {path: lake/uploads, format: csv, columns: {id: int64, name: string}}
		tasks:
		  make:
		    operator: command
		    output: uploads
		    shell: 'sleep 1; printf "id,name\n1,a\n" > "$TIDEMILL_OUTPUT/x.csv"'
	Y
	sed -i '/^datasets:/,/^  uploads:/d' "$dir/dags/sensor_partition.yaml"
	start_scheduler
	wait_for tm dags trigger sensor_partition -l 2026-05-01
	run tm why sensor_partition uploaded
	echo "$output"
	[[ "$output" == *"it waits for uploads 2026-05-01, which nobody has published"* ]]
	kill_scheduler
	start_scheduler
	wait_for tm dags trigger w -l 2026-05-01
	wait_for eval '[[ "$(tm why sensor_partition uploaded)" == *"is being written by run"* ]]'
	wait_for is count success
	[ "$(state "SELECT count(*) FROM attempt WHERE task = 'uploaded'")" = 0 ]
	# From the publish to the end of the wait, in one transaction.
	[ "$(state "SELECT (SELECT since_us FROM task WHERE task = 'uploaded') - (SELECT published_us FROM partition)")" = 0 ]
}

@test "ingest_wait: the example reads its file when that has come" {
	cp "$examples/ingest_wait.yaml" "$dir/dags/"
	start_scheduler
	wait_for tm dags trigger ingest_wait -l 2026-05-01
	wait_for is ingest up_for_reschedule
	tm runs cancel ingest_wait 2026-05-01
	mkdir -p "$dir/landing"
	echo '{"event_id":1,"event_type":"feature_used","feature_name":"x","tenant_id":1,"user_id":7,"project_key":"p","timestamp":"2026-05-01T10:00:00Z","properties":{}}' \
		>"$dir/landing/2026-05-01.jsonl"
	wait_for tm runs clear ingest_wait 2026-05-01
	wait_for is ingest success
}

@test "sensor_http: the example waits for a run that another scheduler's page tells of" {
	cp "$examples/sensor_http.yaml" "$dir/dags/"
	mkdir -p "$dir/there/dags"
	printf 'dag: job\ntasks: {t: {operator: command, shell: "test -e go"}}\n' >"$dir/there/dags/job.yaml"
	"$TIDEMILL" -C "$dir/there" dags trigger job --wait || true
	id=$("$TIDEMILL" -C "$dir/there" runs list -o json | jq -r '.[0].run_id')
	start_web "$dir/there"
	port=${url##*:}
	SERVICE_AUTH="Bearer $token"
	export SERVICE_AUTH
	start_scheduler
	wait_for tm dags trigger sensor_http -p run="http://127.0.0.1:$port/api/v1/dags/job/runs/$id"
	wait_for answer_has ended "\$.state is failed, not success"
	touch "$dir/there/go"
	"$TIDEMILL" -C "$dir/there" runs clear job "$id" --wait
	wait_for is go_on success
	stop_web
}
