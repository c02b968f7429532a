#!/usr/bin/env bats
# full.bats - disks without room: held, said, and gone on with when there is room again.
#
# Small file systems in memory stand for the disks; who may not mount them skips.

load common

# small NAME [OPTION]: a file system of its own at $dir/NAME
small() {
	mkdir -p "$dir/$1"
	mount -t tmpfs -o "mode=0700,${2:-size=1m}" tmpfs "$dir/$1" 2>/dev/null || skip "needs mount"
	mounts="$mounts $dir/$1"
}

fill() { dd if=/dev/zero of="$1/fill" bs=4k 2>/dev/null || true; }

teardown_mounts() {
	local at
	for at in $mounts; do umount -l "$at" || true; done
}

teardown() {
	[ ! -d "$dir" ] || kill_all_of "$dir"
	chattr -R -i "$dir/lake" 2>/dev/null || true
	teardown_mounts
	rm -rf "$dir"
}

kill_all_of() {
	local pid
	[ -n "$BATS_TEST_COMPLETED" ] || tell
	for pid in $(pgrep -f -- "$1"); do
		kill -KILL "$pid" 2>/dev/null || true
	done
}

dag_quick() {
	dag quick <<-'YAML'
		dag: quick
		tasks:
		  a: {operator: command, run: ["true"]}
		  b: {operator: command, run: ["true"]}
	YAML
}

@test "a full runtime directory holds every start, and nothing is charged for it" {
	small runtime nr_inodes=20
	dag_quick
	start_scheduler
	n=0
	while touch "$dir/runtime/fill$n" 2>/dev/null; do n=$((n + 1)); done
	tm dags trigger quick
	held() { [ "$(state "SELECT count(*) FROM attempt WHERE outcome = 'held'")" -ge 3 ]; }
	wait_for held
	tm why quick | grep 'the machine is short: No space left on device'
	rm "$dir"/runtime/fill*
	wait_for runs_are success
	state_is "SELECT sum(failures) + sum(losses) FROM task" 0
}

@test "a full disk of the state database: nothing is acknowledged, and it goes on by itself" {
	small state size=2m
	ln -s "$dir/state" "$dir/.tidemill"
	dag_quick
	start_scheduler
	fill "$dir/state"
	acknowledged=0
	# What fits into the log that is there already is done as ever.
	until_full() {
		timeout 2 "$TIDEMILL" -C "$dir" dags trigger quick 3>&- && ((++acknowledged))
		grep -q 'nothing is acknowledged or started' "$dir/log"
	}
	wait_for until_full
	run tm dags trigger quick
	[ "$status" -ne 0 ]
	[[ "$output" == *"the disk of the state database is full"* ]]
	kill -0 "$scheduler"
	rm "$dir/state/fill"
	wait_for grep -q 'there is room for the state database again' "$dir/log"
	wait_for runs_are success
	# The one that was under way when the disk filled was never answered; it may have been done.
	[ "$(($(state "SELECT count(*) FROM run") - acknowledged))" -le 1 ]
	state_is "PRAGMA integrity_check" ok
}

@test "a lake without room is nobody's failure: the task waits until what it needs is free" {
	small lake size=6m
	mkdir "$dir/landing"
	seq 1 300000 | sed 's/.*/{"id": &, "at": "2026-05-01T00:00:00Z"}/' \
		>"$dir/landing/2026-05-01.jsonl"
	dag load <<-'YAML'
		dag: load
		schedule: {partition: day}
		start_date: 2026-05-01
		datasets:
		  rows: {path: lake/rows, format: csv, columns: {id: int64, at: timestamp}}
		tasks:
		  load:
		    operator: ingest
		    from: {path: "landing/{{ ds }}.jsonl", format: jsonl}
		    event_time: at
		    output: rows
	YAML
	start_scheduler
	fill "$dir/lake"
	truncate -s -1M "$dir/lake/fill"
	tm backfill create load --from-date 2026-05-01 --to-date 2026-05-01
	held() { [ "$(state "SELECT count(*) FROM attempt WHERE outcome = 'held'")" -ge 2 ]; }
	wait_for held
	mount -o remount,size=60m "$dir/lake"
	wait_for runs_are success
	state_is "SELECT failures, losses FROM task" "0|1"
	state_is "SELECT count(*) FROM attempt WHERE outcome = 'no_space'" 1
	state_is "SELECT message LIKE 'no_space: %/lake/%: % free of 6 MiB; % were staged: %'
		FROM attempt WHERE outcome = 'no_space'" 1
}

@test "a disk without an inode left: what only reads is read" {
	small project nr_inodes=60
	mkdir "$dir/project/dags"
	dag_quick
	cp "$dir/dags/quick.yaml" "$dir/project/dags"
	"$TIDEMILL" -C "$dir/project" dags trigger quick --wait 3>&-
	n=0
	while touch "$dir/project/fill$n" 2>/dev/null; do n=$((n + 1)); done
	run "$TIDEMILL" -C "$dir/project" runs list 3>&-
	[ "$status" -eq 0 ]
	[[ "$output" == *success* ]]
}

@test "a place that takes nothing: one of two outputs is live, the other is told by why until it is too" {
	mkdir -p "$dir/lake/lines"
	chattr +i "$dir/lake/lines" 2>/dev/null || skip "needs chattr +i"
	chattr -i "$dir/lake/lines"
	dag shop <<-'YAML'
		dag: shop
		schedule: {partition: day}
		datasets:
		  orders: {path: lake/orders, format: csv, columns: {id: int64}}
		  lines: {path: lake/lines, format: csv, columns: {id: int64}}
		tasks:
		  split:
		    operator: command
		    output: [orders, lines]
		    shell: |
		      printf 'id\n1\n' | tee "$TIDEMILL_OUTPUT/a.csv" >"$TIDEMILL_OUTPUT_LINES/b.csv"
		      chattr +i "%DIR%/lake/lines"
	YAML
	start_scheduler
	tm dags trigger shop --logical-date 2026-05-01
	is_told() { tm why shop | grep 'what it staged is not live yet: .*Operation not permitted'; }
	wait_for is_told
	tm why shop -o json | jq -e '.gates[] | select(.gate == "running") | .held_by.gate == "publish"'
	state_is "SELECT state FROM attempt" publishing
	chattr -i "$dir/lake/lines"
	wait_for runs_are success
	[ "$(cat "$dir"/lake/*/event_date=2026-05-01/part-* | sort -u)" = $'1\nid' ]
	state_is "SELECT waits FROM task" ""
}
