# dagster.sh - Dagster as `dagster dev` runs it: web server, daemon, SQLite, a process for each step.
peer_install() {
	python_package dagster dagster-webserver || return 1
	export DAGSTER_HOME=$dir PATH=$packages/dagster/bin:$PATH
}
peer_version() {
	dagster --version | sed 's/.* //'
}
peer_project() {
	printf 'telemetry:\n  enabled: false\n' >dagster.yaml
	cat >bench.py <<-'PYTHON'
		import subprocess
		from dagster import Definitions, In, Nothing, graph, multiprocess_executor, op

		@op
		def first():
		    subprocess.run(["true"], check=True)

		@op(ins={"before": In(Nothing)})
		def step():
		    subprocess.run(["true"], check=True)

		def shape(name, n, chained):
		    @graph(name=name)
		    def build():
		        last = first.alias("t0")()
		        for i in range(1, n):
		            if chained:
		                last = step.alias(f"t{i}")(last)
		            else:
		                first.alias(f"t{i}")()
		    return build.to_job(executor_def=multiprocess_executor.configured({"max_concurrent": 2}))

		defs = Definitions(jobs=[shape("chain", 50, True), shape("fan", 256, False), shape("three", 3, True), shape("one", 1, True)])
	PYTHON
}
dagster_asks() { # dagster_asks QUERY
	sqlite3 -readonly "$dir/history/runs.db" "$1"
}
dagster_ended() { # dagster_ended DAG
	[ "$(dagster_asks "SELECT status FROM runs WHERE pipeline_name = '$1' ORDER BY id DESC LIMIT 1")" = SUCCESS ]
}
peer_start() {
	begin dagster dev -f bench.py -h 127.0.0.1 -p 13000
	wait_for 120 fetch http://127.0.0.1:13000/server_info
}
peer_run() {
	dagster job launch -f bench.py -j "$1" >>"$dir/log" 2>&1
	wait_for 1800 dagster_ended "$1"
}
peer_seconds() {
	dagster_asks "SELECT printf('%.3f', end_time - (julianday(create_timestamp) - 2440587.5) * 86400)
		FROM runs WHERE pipeline_name = '$1' ORDER BY id DESC LIMIT 1"
}
