# resources.bats - what attempts use, and what they are held to.

load ../fixture/project

setup() {
	project landing
}

# last TASK [FILTER]: of the last attempt of a task in the one run of dag `d`.
last() { tm tasks state d "$1" "$run_id" -o json | jq -r ".attempts[-1]${2:-}"; }

run_d() {
	tm dags trigger d --wait >"$dir/out" 2>&1 || true
	run_id=$(tm runs list -o json | jq -r '.[0].run_id')
}

@test "every attempt is measured, however it ends, and every one shows it" {
	cat >"$dir/dags/d.yaml" <<-'YAML'
		dag: d
		tasks:
		  good: {operator: command, run: [sh, -c, "head -c 5000000 /dev/zero >zeros"]}
		  bad: {operator: command, run: [sh, -c, "head -c 5000000 /dev/zero >/dev/null; exit 3"]}
		  killed: {operator: command, run: [sh, -c, "head -c 5000000 /dev/zero >/dev/null; kill -9 $$"]}
		  late: {operator: command, timeout: 1s, run: [sh, -c, "head -c 5000000 /dev/zero >/dev/null; sleep 60"]}
	YAML
	run_d
	for task in good bad killed late; do
		echo "$task: $(last $task)"
		last $task '| .written_bytes >= 5000000 and .read_bytes >= 5000000' | grep -q true
		last $task '| .cpu_seconds > 0 and .cpu_seconds < 5 and .peak_bytes > 100000' | grep -q true
	done
	[ "$(last good .outcome) $(last bad .outcome) $(last killed .outcome) $(last late .outcome)" = "ok error signal timeout" ]
	tm tasks state d good "$run_id" | tee "$dir/out"
	grep -q '^used .*s of processor time, at most .*iB of memory, .*MiB read, 4.8 MiB written$' "$dir/out"
	grep -q 'CPU.*PEAK.*READ.*WRITTEN' "$dir/out"
	tm runs show d "$run_id" | grep -q 'DURATION *CPU *PEAK'
	tm runs show d "$run_id" -o json | jq -e '.task_list | all(.cpu_seconds > 0 and .peak_bytes > 0 and .written_bytes >= 5000000)'
}

@test "a built-in operator is measured as a command is" {
	cat >"$dir/dags/d.yaml" <<-'YAML'
		dag: d
		schedule: "0 3 * * *"
		start_date: 2026-05-01
		datasets:
		  events: {path: lake/events, format: csv, schema: events}
		tasks:
		  ingest:
		    operator: ingest
		    from: {path: "landing/{{ ds }}.jsonl", format: jsonl}
		    event_time: timestamp
		    output: events
	YAML
	for i in $(seq 5000); do
		echo '{"event_id":'$i',"event_type":"page_view","feature_name":"f","tenant_id":1,"user_id":2,"project_key":"P","timestamp":"2026-05-01T10:00:00Z","properties":{"a":[1,2]}}'
	done >"$dir/landing/2026-05-01.jsonl"
	tm dags trigger d --logical-date 2026-05-01 --wait
	run_id=2026-05-01
	size=$(stat -c %s "$dir/landing/2026-05-01.jsonl")
	last ingest
	last ingest "| .read_bytes >= $size and .written_bytes > 100000 and .cpu_seconds > 0 and .peak_bytes > 1000000" | grep -q true
}

@test "what was used is unknown where nothing was measured, and not 0" {
	cat >"$dir/dags/d.yaml" <<-'YAML'
		dag: d
		tasks:
		  t: {operator: command, run: [sleep, "60"], infra_retries: 0}
	YAML
	start_scheduler
	tm dags trigger d
	for _ in $(seq 100); do
		run_id=$(tm runs list -o json | jq -r '.[0].run_id')
		[ "$(last t .state)" != running ] || break
		read -rt 0.1 <> <(:) || true
	done
	last t '| [.cpu_seconds, .peak_bytes, .read_bytes, .written_bytes] | all(. == null)' | grep -q true
	worker=$(pgrep -f "^sleep 60$" -P "$(pgrep -P "$(pgrep -P $scheduler)" -d,)" || true)
	shim=$(ps -o ppid= -p "${worker%%$'\n'*}")
	kill -9 $shim
	for _ in $(seq 100); do
		[ "$(last t .state)" = running ] || break
		read -rt 0.1 <> <(:) || true
	done
	last t
	[ "$(last t .outcome)" = lost ]
	last t '| [.cpu_seconds, .peak_bytes, .read_bytes, .written_bytes] | all(. == null)' | grep -q true
	[ -z "$(tm tasks state d t "$run_id" | grep '^used')" ]
}

@test "a task is held to its limits, and the cause names the limit" {
	cat >"$dir/dags/d.yaml" <<-'YAML'
		dag: d
		defaults: {limits: {open_files: 32}}
		tasks:
		  cpu: {operator: command, shell: "sh -c 'while :; do :; done'", limits: {cpu_time: 1s}}
		  file: {operator: command, shell: "head -c 3000000 /dev/zero >big", limits: {file_size: 1MiB}}
		  memory: {operator: command, shell: "dd if=/dev/zero of=/dev/null bs=300M count=1", limits: {memory: 32MiB}}
		  files: {operator: command, shell: "paste $(yes /dev/null | head -60) || exit 4"}
		  fine: {operator: command, shell: "ulimit -n; ulimit -t; ulimit -f", limits: {cpu_time: 1500ms, file_size: 1MiB}}
	YAML
	run_d
	for task in cpu file memory files fine; do
		echo "$task: $(last $task .message) $(last $task .limits)"
	done
	[[ "$(last cpu .message)" == "exit status 152: at its limit of 1s of processor time a process (\`limits: cpu_time\`)"* ]]
	[[ "$(last file .message)" == "exit status 153: at its limit of 1 MiB for a file (\`limits: file_size\`)" ]]
	[[ "$(last memory .message)" == *"limit"*"32 MiB"*"(\`limits: memory\`)"*"its peak memory was "* ]]
	[[ "$(last files .message)" == "exit status 4: it says 'Too many open files', and its limit is 32 (\`limits: open_files\`)" ]]
	[ "$(tm tasks logs d fine "$run_id")" = $'32\n2\n2048' ]
	[ "$(last fine .limits | jq -c)" = '{"cpu_seconds":2,"open_files":32,"file_bytes":1048576}' ]
	tm tasks state d fine "$run_id" | grep -qx 'limits  *2s of processor time a process, 32 open files a process, files of 1 MiB'
}

@test "a built-in operator keeps to its limits, and an error of one names it" {
	cat >"$dir/dags/d.yaml" <<-'YAML'
		dag: d
		schedule: "0 3 * * *"
		start_date: 2026-05-01
		datasets:
		  events: {path: lake/events, format: csv, schema: events}
		tasks:
		  ingest:
		    operator: ingest
		    from: {path: "landing/{{ ds }}.jsonl", format: jsonl}
		    event_time: timestamp
		    output: events
		    limits: {memory: 256MiB, cpu_time: 1m, open_files: 40, file_size: 1MiB}
	YAML
	# The address sanitizer takes more than that for itself.
	! ldd "$TIDEMILL" | grep -q 'lib[a-z]*san' || sed -i 's/memory: 256MiB, //' "$dir/dags/d.yaml"
	for i in $(seq 50000); do
		echo '{"event_id":'$i',"event_type":"page_view","feature_name":"f","tenant_id":1,"user_id":2,"project_key":"P","timestamp":"2026-05-01T10:00:00Z","properties":{"a":[1,2]}}'
	done >"$dir/all"
	cp "$dir/all" "$dir/landing/2026-05-01.jsonl"
	run tm dags trigger d --logical-date 2026-05-01 --wait
	echo "$output"
	run_id=2026-05-01
	[[ "$(last ingest .message)" == *"File too large: at its limit of 1 MiB for a file (\`limits: file_size\`)" ]]
	[ ! -e "$dir/lake/events/event_date=2026-05-01" ]
	head -1000 "$dir/all" >"$dir/landing/2026-05-01.jsonl"
	tm runs clear d 2026-05-01 --wait
	[ "$(last ingest .outcome)" = ok ]
}

@test "limits that are none are refused where they stand, each once" {
	cat >"$dir/dags/d.yaml" <<-'YAML'
		dag: d
		defaults: {limits: {memory: 2GiB, cpu: 1m}}
		tasks:
		  zero: {operator: command, run: [a], limits: {memory: 0MiB, cpu_time: 0s, open_files: 0, file_size: 0KiB, processes: 0}}
		  less: {operator: command, run: [a], limits: {memory: -1MiB, cpu_time: -5s, open_files: -3, file_size: -1MiB, processes: -1}}
		  text: {operator: command, run: [a], limits: {memory: lots, cpu_time: long, open_files: many, file_size: 10MB, processes: 3x}}
		  huge: {operator: command, run: [a], limits: {memory: 9TiB, cpu_time: 99d, open_files: 99999999999, file_size: 9TiB, processes: 99999999}}
		  list: {operator: command, run: [a], limits: [memory]}
		  one: {operator: command, run: [a], limits: 5}
		  small: {operator: command, run: [a], memory: 3GiB}
		  full: {operator: command, run: [a], memory: 1GiB, limits: {memory: 1GiB}}
	YAML
	run tm validate -o json
	[ "$status" -eq 1 ]
	echo "$output" | jq -r '.. | objects | select(.code) | .code' | sort | uniq -c | tr -s ' ' '\n' | paste -sd' ' >"$dir/codes"
	cat "$dir/codes"
	[ "$(cat "$dir/codes")" = " 1 E0201 2 E0203 8 E0208 2 E0212 2 E0213 8 E0214 2 E0655" ]
}

@test "a limit above the hard limit of the machine is lowered, and the log says so" {
	cat >"$dir/dags/d.yaml" <<-'YAML'
		dag: d
		tasks:
		  t: {operator: command, shell: "ulimit -n", limits: {open_files: 1000000}}
	YAML
	bash -c 'ulimit -n 500; exec "$@"' - "$TIDEMILL" -C "$dir" dags trigger d --wait
	run_id=$(tm runs list -o json | jq -r '.[0].run_id')
	run tm tasks logs d t "$run_id"
	echo "$output"
	[[ "$output" == *"limits: open_files is 1000000, but no more than 500 can be had here: that holds"* ]]
	[[ "$output" == *$'\n500' ]]
	[ "$(last t .limits.open_files)" = 500 ]
}

@test "info: versions, the machine and the limits that hold, of the scheduler where one runs" {
	cat >"$dir/dags/d.yaml" <<-'YAML'
		dag: d
		tasks: {t: {operator: command, run: ["true"]}}
	YAML
	echo 'memory: 3GiB' >"$dir/tidemill.yaml"
	tm info -o json >"$dir/info"
	cat "$dir/info"
	[ "$(jq -r .version "$dir/info")" = "$("$TIDEMILL" --version | grep -o '[0-9.]*$')" ]
	[ "$(jq -r .project "$dir/info")" = "$dir" ]
	jq -e '.holder == null and .limits_pid == null and .tasks_memory_bytes == 3221225472' "$dir/info"
	jq -e ".processors == $(nproc) and .memory_bytes > 0 and .file_system.free_bytes > 0" "$dir/info"
	jq -e '.libraries | .SQLite and .libyaml and .libuv and .zlib and .libmicrohttpd' "$dir/info"
	jq -e "[.limits[]] | length == 5" "$dir/info"
	[ "$(bash -c 'ulimit -Sn 300; ulimit -Hn 400; "$@"' - "$TIDEMILL" info -o json | jq -c .limits.open_files)" = '{"soft":300,"hard":400}' ]
	[[ "$(bash -c 'ulimit -Sn 300; ulimit -Hn 400; "$@"' - "$TIDEMILL" info)" == *"open_files 300 of 400"* ]]
	# Either attempts have cgroups, or it says why they have none.
	jq -e '.cgroup | (.attempts == null) == (.why_not != null)' "$dir/info"
	if [ -f /usr/share/zoneinfo/tzdata.zi ]; then
		[ "$(jq -r .zones.version "$dir/info")" = "$(sed -n '1s/# version //p' /usr/share/zoneinfo/tzdata.zi)" ]
	fi
	(ulimit -n 500 && start_scheduler && echo $scheduler >"$dir/pid")
	scheduler=$(cat "$dir/pid")
	tm info -o json >"$dir/info"
	jq -e ".holder.scheduler and .holder.pid == $scheduler and .limits_pid == $scheduler and .limits.open_files.hard == 500" "$dir/info"
	tm info | grep -q "^state held by  *.*scheduler (pid $scheduler)"
}

@test "info: needs no project, and its lines fit a terminal of 80 columns" {
	(cd / && env -u TIDEMILL_HOME "$TIDEMILL" info) | tee "$dir/out"
	grep -q '^project  *none here' "$dir/out"
	[ -z "$(grep '^file system' "$dir/out")" ]
	timeout 20 script -qec "stty cols 80; $TIDEMILL -C $dir info" /dev/null </dev/null | tr -d '\r' >"$dir/seen"
	cat "$dir/seen"
	[ "$(wc -L <"$dir/seen")" -le 80 ]
	grep -q '^libraries' "$dir/seen"
	# A mistake in tidemill.yaml is for validate.
	echo 'memory: lots' >"$dir/tidemill.yaml"
	tm info >"$dir/out"
	grep -q '^memory' "$dir/out"
}
