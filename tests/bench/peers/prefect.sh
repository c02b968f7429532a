# prefect.sh - a Prefect server with SQLite; a flow is a process that reports to it, two threads for its tasks.
peer_install() {
	python_package prefect || return 1
	export PREFECT_HOME=$dir PREFECT_SERVER_ANALYTICS_ENABLED=false DO_NOT_TRACK=1
	export PREFECT_API_URL=http://127.0.0.1:14200/api
}
peer_version() {
	"$packages/prefect/bin/python" -c 'import importlib.metadata as m; print(m.version("prefect"))'
}
peer_project() {
	cat >bench.py <<-'PYTHON'
		import subprocess
		import sys
		from prefect import flow, task
		from prefect.task_runners import ThreadPoolTaskRunner

		@task
		def step(*before):
		    subprocess.run(["true"], check=True)

		def shape(name, n, chained):
		    @flow(name=name, task_runner=ThreadPoolTaskRunner(max_workers=2))
		    def run():
		        futures = []
		        for _ in range(n):
		            futures.append(step.submit(*futures[-1:] if chained else ()))
		        for future in futures:
		            future.result()
		    return run

		shapes = {"chain": (50, True), "fan": (256, False), "three": (3, True), "one": (1, True)}
		shape(sys.argv[1], *shapes[sys.argv[1]])()
	PYTHON
}
prefect_asks() { # prefect_asks QUERY
	sqlite3 -readonly "$dir/prefect.db" "$1"
}
prefect_ended() { # prefect_ended DAG: its last run, if it has one
	[ "$(prefect_asks "SELECT r.state_type FROM flow_run r JOIN flow f ON f.id = r.flow_id
		WHERE f.name = '$1' ORDER BY r.created DESC LIMIT 1")" = COMPLETED ]
}
peer_start() {
	begin "$packages/prefect/bin/prefect" server start --host 127.0.0.1 --port 14200
	wait_for 120 fetch http://127.0.0.1:14200/api/health
}
peer_run() {
	"$packages/prefect/bin/python" bench.py "$1" >>"$dir/log" 2>&1
	wait_for 60 prefect_ended "$1"
}
peer_seconds() {
	prefect_asks "SELECT printf('%.3f', (julianday(r.end_time) - julianday(r.created)) * 86400)
		FROM flow_run r JOIN flow f ON f.id = r.flow_id WHERE f.name = '$1' ORDER BY r.created DESC LIMIT 1"
}
