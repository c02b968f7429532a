# several.bats - one program that writes several datasets: all of them are published, or none.

load ../fixture/project

# A dag whose program is $1, with these further lines of the task.
split_dag() {
	cat >"$dir/dags/shop.yaml" <<-YAML
		dag: shop
		schedule: {partition: day}
		datasets:
		  orders: {path: lake/orders, format: csv, columns: {id: int64}}
		  lines: {path: lake/lines, format: csv, columns: {sku: string, n: int64}}
		  sums: {path: lake/sums, format: csv, columns: {n: int64}}
		tasks:
		  split:
		    operator: command
		    output: [orders, lines]
		    shell: |
		      $1
		    ${2:-}
		  sum:
		    operator: command
		    inputs: [lines]
		    output: sums
		    shell: cat "\$TIDEMILL_INPUT_LINES"/part-* | wc -l | sed '1i n' >"\$TIDEMILL_OUTPUT/n.csv"
	YAML
}
both='printf "id\\n1\\n" >"$TIDEMILL_OUTPUT/a.csv"; printf "sku,n\\nx,2\\ny,\\n" >"$TIDEMILL_OUTPUT_LINES/b.csv"'

run_day() { tm dags trigger shop --logical-date 2026-05-0${1:-1} --wait; }
manifest() { echo "$dir/lake/$1/event_date=2026-05-0${2:-1}/_manifest.json"; }
said() { tm tasks state shop split 2026-05-01 -o json | jq -r ".attempts[-1].$1"; }

@test "each dataset is told by its name, the first without it too, and all are published together" {
	split_dag 'test "$TIDEMILL_OUTPUT" = "$TIDEMILL_OUTPUT_ORDERS" || exit 7; '"$both"
	run_day
	[ "$(cat "$dir"/lake/orders/*/part-*)" = $'id\n1' ]
	[ "$(cat "$dir"/lake/lines/*/part-*)" = $'sku,n\nx,2\ny,' ]
	[ "$(cat "$dir"/lake/sums/*/part-*)" = $'n\n3' ]
	[ "$(jq -r .publish_id "$(manifest orders)")" = "$(jq -r .publish_id "$(manifest lines)")" ]
	# Each manifest counts its own rows.
	[ "$(jq -c '[.rows, .counters.read, .counters.written]' "$(manifest orders)")" = '[1,1,1]' ]
	[ "$(jq -c '[.rows, .counters.read, .counters.written]' "$(manifest lines)")" = '[2,2,2]' ]
	[ "$(tm datasets list -o json | jq -r '[.[].dataset] | sort | join(" ")')" = "lines orders sums" ]
	[ "$(tm dags show shop | grep -c 'orders, lines')" -ge 1 ]
	[ -z "$(find "$dir/lake" -name '*-work')" ]
}

@test "who reads one of them waits for the task, and is made again when it is cleared with it" {
	split_dag "$both"
	run_day
	tm runs clear shop 2026-05-01 --wait
	[ "$(jq .inputs[0].version "$(manifest sums)")" = 1 ]
	sed -i 's/x,2/x,5/' "$dir/dags/shop.yaml"
	tm runs clear shop 2026-05-01 --wait
	# The orders are as they were and keep their version, the lines have another.
	[ "$(jq .version "$(manifest orders)")" = 1 ]
	[ "$(jq .version "$(manifest lines)")" = 2 ]
	[ "$(jq .inputs[0].version "$(manifest sums)")" = 2 ]
}

@test "a program that leaves one of two has failed, and nothing is published" {
	split_dag 'printf "id\\n1\\n" >"$TIDEMILL_OUTPUT/a.csv"'
	run run_day
	[ "$status" -eq 1 ]
	[ "$(said outcome)" = error ]
	[[ "$(said message)" == *"dataset 'lines': the program left no file in \$TIDEMILL_OUTPUT_LINES"* ]]
	[ ! -e "$(manifest orders)" ]
	[ ! -e "$(manifest lines)" ]
}

@test "one gate that fails publishes none of them, and every gate is told" {
	split_dag "$both" 'checks: [row_count: {min: 5, output: orders}, not_null: {columns: n, output: lines}]'
	run run_day
	[ "$status" -eq 1 ]
	[ "$(said outcome)" = gate_failed ]
	[[ "$(said message)" == *"dataset 'lines': "*"; dataset 'orders': "* ]]
	[ "$(said result.checks | jq -c '[.[] | [.dataset, .check]] | sort')" = '[["lines","not_null"],["orders","row_count"]]' ]
	[ ! -e "$(manifest orders)" ]
	[ ! -e "$(manifest lines)" ]
}

@test "rows that a check sets aside go to the quarantine of their dataset" {
	split_dag "$both" 'checks: [not_null: {columns: n, output: lines, on_fail: quarantine}]'
	run_day
	[ "$(jq -c '[.rows, .counters.quarantined]' "$(manifest lines)")" = '[1,1]' ]
	[ "$(jq .rows "$(manifest lines_quarantine)")" = 1 ]
	[ ! -e "$dir/lake/orders_quarantine" ]
	[ "$(jq '.checks | length' "$(manifest orders)")" = 0 ]
}

@test "what is foreign in one place leaves all of them unpublished" {
	split_dag "$both"
	mkdir -p "$dir/lake/orders/event_date=2026-05-01"
	echo mine >"$dir/lake/orders/event_date=2026-05-01/precious"
	run run_day
	[ "$status" -eq 1 ]
	[ "$(said outcome)" = publish_failed ]
	[ ! -e "$(manifest lines)" ]
}

@test "a test of the task stages all of them and publishes nothing" {
	split_dag "$both"
	run tm tasks test shop split 2026-05-01
	echo "$output"
	[ "$status" -eq 0 ]
	for dataset in orders lines; do
		[ -n "$(find "$dir/.tidemill/scratch/shop/$dataset" -name 'part-*')" ]
	done
	[ ! -e "$dir/lake" ]
}

@test "what the author says of the content stands in the manifest" {
	split_dag "$both" 'content: declared'
	run_day
	[ "$(jq -c '[.code.content, .code.deterministic]' "$(manifest lines)")" = '["declared",false]' ]
	[ "$(jq -c '[.code.content, .code.deterministic]' "$(manifest sums)")" = '["opaque",false]' ]
}
