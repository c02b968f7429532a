# stale.bats - partitions that a changed definition, or a changed input, would make otherwise.

load ../fixture/project

setup() {
	project src
	for day in 01 02 03; do
		printf '{"event_id":%d,"event_type":"t","feature_name":"f","tenant_id":1,"user_id":%d,"project_key":"p","timestamp":"2026-05-%sT10:00:00Z","properties":{}}\n' \
			$((10#$day)) $((10#$day)) $day >"$dir/src/2026-05-$day.jsonl"
	done
	cat >"$dir/dags/d.yaml" <<-'YAML'
		dag: d
		schedule: {partition: day}
		start_date: 2026-05-01
		datasets:
		  events: {path: lake/events, format: jsonl, schema: events}
		  scores: {path: lake/scores}
		  report: {path: lake/report, format: csv, columns: {n: int64}}
		tasks:
		  load: {operator: command, shell: "cp src/{{ ds }}.jsonl $TIDEMILL_OUTPUT/x.jsonl", output: events}
		  score: {operator: score, method: engagement, input: events, window: 2d, output: scores}
		  report: {operator: command, inputs: [scores], output: report, shell: "printf 'n\\n1\\n' >$TIDEMILL_OUTPUT/n.csv"}
	YAML
	tm backfill create d --from-date 2026-05-01 --to-date 2026-05-03 --wait
}

edit() { sed -i "$1" "$dir/dags/d.yaml"; tm dags pause d; } # a command takes up the files
again() { tm backfill create d --from-date "$1" --to-date "$2" --reprocess-behavior completed --wait; }
shows() { tm datasets show "$1" -o json | jq -c '[.[] | .stale_because]'; }
reason() { tm datasets show "$1" -o json | jq -r '[.[] | .stale_reason // "fresh"] | unique | join(" ")'; }
counts() { tm datasets list -o json | jq -c '[.[] | [.dataset, .stale, .stale_definition]]'; }

@test "a window of another length makes the partitions that had the old one stale, and those behind them" {
	[ "$(counts)" = '[["events",0,0],["report",0,0],["scores",0,0]]' ]
	edit 's/window: 2d/window: 3d/'
	[ "$(counts)" = '[["events",0,0],["report",3,0],["scores",3,3]]' ]
	[ "$(shows scores)" = '["window 2d -> 3d","window 2d -> 3d","window 2d -> 3d"]' ]
	[ "$(reason scores)" = stale_definition ]
	[ "$(reason report)" = stale_input ]
	[[ "$(shows report)" == *'"scores 2026-05-03 is defined otherwise"'* ]]
	run tm datasets show scores
	[[ "$output" == *BECAUSE*"window 2d -> 3d"* ]]
	# What is made again is fresh, and what has read it is behind a replaced partition at most.
	tm dags unpause d
	again 2026-05-03 2026-05-03
	[ "$(tm datasets show scores -o json | jq -c '[.[] | .stale]')" = '[false,true,true]' ]
	[ "$(tm datasets show report -o json | jq -c '[.[] | .stale]')" = '[false,true,true]' ]
}

@test "edits that cannot matter make nothing stale" {
	edit 's/^dag: d/dag: d\n# a comment\ndescription: more words/; s/window: 2d,/window: 2d, round: 4, retries: 2, timeout: 1h,/'
	[ "$(counts)" = '[["events",0,0],["report",0,0],["scores",0,0]]' ]
	edit 's/window: 2d, round: 4/round: 3, window: 2d/'
	[ "$(shows scores)" = '["round 4 -> 3","round 4 -> 3","round 4 -> 3"]' ]
	# Back to what it was: fresh again, without a run.
	edit 's/round: 3/round: 4/'
	[ "$(counts)" = '[["events",0,0],["report",0,0],["scores",0,0]]' ]
}

@test "its own definition is the reason where an input was replaced too" {
	edit 's/window: 2d/window: 3d/'
	tm dags unpause d
	sed -i 's/"user_id":3/"user_id":7/' "$dir/src/2026-05-03.jsonl"
	tm runs clear d 2026-05-03 -t load --wait
	edit 's/window: 3d/window: 1d/'
	[ "$(reason scores)" = stale_definition ]
	[ "$(tm datasets show events -o json | jq -c '[.[] | .stale]')" = '[false,false,false]' ]
}

@test "a manifest says what its columns were made by, and what was read of each input" {
	manifest="$dir/lake/scores/event_date=2026-05-02/_manifest.json"
	[ "$(jq .format "$manifest")" = 2 ]
	[ "$(jq -r .definition.keys.window.value "$manifest")" = 2d ]
	[ "$(jq -c '[.schema.columns[] | (.definition | length), (.content | length)] | unique' "$manifest")" = '[64]' ]
	# A score names five columns of its events; the content of those is recorded as the events had it.
	[ "$(jq -c '[.inputs[] | .columns | keys | length] | unique' "$manifest")" = '[5]' ]
	[ "$(jq -r '.inputs[1].columns.user_id' "$manifest")" = \
		"$(jq -r '.schema.columns[] | select(.name == "user_id").content' "$dir/lake/events/event_date=2026-05-02/_manifest.json")" ]
}

@test "what an older version published is of unknown definition, and never stale by it" {
	sqlite3 "$dir/.tidemill/state.db" 'UPDATE partition SET definition = NULL'
	edit 's/window: 2d/window: 3d/'
	[ "$(counts)" = '[["events",0,0],["report",0,0],["scores",0,0]]' ]
}
