# airflow.sh - Apache Airflow 3 as `airflow standalone` runs it: SQLite and LocalExecutor.
peer_install() {
	python_package apache-airflow || return 1
	export AIRFLOW_HOME=$dir AIRFLOW__CORE__LOAD_EXAMPLES=False AIRFLOW__CORE__PARALLELISM=2
	export AIRFLOW__CORE__MAX_ACTIVE_TASKS_PER_DAG=256 AIRFLOW__API__HOST=127.0.0.1 AIRFLOW__API__PORT=18080
	export AIRFLOW__CORE__EXECUTION_API_SERVER_URL=http://127.0.0.1:18080/execution/
}
peer_version() {
	"$packages/airflow/bin/airflow" version 2>/dev/null | tail -n 1
}
peer_project() {
	mkdir dags
	cat >dags/bench.py <<-'PYTHON'
		from datetime import datetime
		from airflow.sdk import DAG
		from airflow.providers.standard.operators.bash import BashOperator

		def shape(name, n, chained):
		    with DAG(name, schedule=None, start_date=datetime(2026, 1, 1), is_paused_upon_creation=False):
		        last = None
		        for i in range(n):
		            task = BashOperator(task_id=f"t{i}", bash_command="true")
		            if chained and last:
		                last >> task
		            last = task

		shape("chain", 50, True)
		shape("fan", 256, False)
		shape("three", 3, True)
		shape("one", 1, True)
	PYTHON
}
airflow_asks() { # airflow_asks QUERY
	sqlite3 -readonly "$dir/airflow.db" "$1"
}
airflow_knows() {
	airflow_asks "SELECT dag_id FROM dag" | grep -qx one && fetch http://127.0.0.1:18080/api/v2/monitor/health
}
airflow_ended() { # airflow_ended DAG
	[ "$(airflow_asks "SELECT state FROM dag_run WHERE dag_id = '$1' ORDER BY id DESC LIMIT 1")" = success ]
}
peer_start() {
	begin env "PATH=$packages/airflow/bin:$PATH" "$packages/airflow/bin/airflow" standalone
	wait_for 180 airflow_knows
}
peer_run() {
	"$packages/airflow/bin/airflow" dags trigger "$1" >>"$dir/log" 2>&1
	wait_for 1800 airflow_ended "$1"
}
peer_seconds() {
	airflow_asks "SELECT printf('%.3f', (julianday(end_date) - julianday(queued_at)) * 86400)
		FROM dag_run WHERE dag_id = '$1' ORDER BY id DESC LIMIT 1"
}
