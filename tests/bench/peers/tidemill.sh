# tidemill.sh - this build.
peer_install() {
	tidemill=$build/tidemill
}
peer_version() {
	"$tidemill" --version | sed 's/.* //'
}
peer_project() {
	mkdir dags
	printf 'pools: {default: 2}\n' >tidemill.yaml
	for shape in "chain 50" "fan 256" "three 3" "one 1"; do
		# shellcheck disable=SC2086
		set -- $shape
		awk -v name="$1" -v n="$2" 'BEGIN {
			print "dag: " name "\ntasks:"
			for (i = 0; i < n; i++)
				print "  t" i ": {operator: command, run: [\"true\"]" (name != "fan" && i ? ", needs: t" (i - 1) : "") "}"
		}' >"dags/$1.yaml"
	done
}
peer_start() {
	begin "$tidemill" standalone --listen 127.0.0.1:18793
	wait_for 30 fetch http://127.0.0.1:18793/healthz
}
peer_run() {
	"$tidemill" dags trigger "$1" --wait >>"$dir/log" 2>&1
}
peer_seconds() {
	sqlite3 -readonly .tidemill/state.db "SELECT printf('%.3f', (ended_us - created_us) / 1e6)
		FROM run WHERE dag = '$1' ORDER BY key DESC LIMIT 1"
}
