#!/usr/bin/env bats
# cron.bats - `tidemill cron`: when a cron fires next, on standard output and nothing else.

bats_require_minimum_version 1.5.0

load ../fixture/project

setup() {
	project
	cd "$dir"
	unset TZDIR
}

zones() {
	[ -e /usr/share/zoneinfo/Europe/Berlin ] || skip "no tzdata"
}

@test "cron: fires strictly after a time, one a line with the offset then in force" {
	zones
	run --separate-stderr "$TIDEMILL" cron '30 2 * * *' --timezone Europe/Berlin \
		--from 2026-03-28T02:30:00 --count 3
	[ "$status" -eq 0 ]
	[ -z "$stderr" ]
	[ "$output" = "2026-03-29T03:00:00+02:00
2026-03-30T02:30:00+02:00
2026-03-31T02:30:00+02:00" ]
	run "$TIDEMILL" cron '0 * * * *' --timezone Europe/Berlin --from 2026-10-24T23:59:59Z --count 3
	[ "$output" = "2026-10-25T02:00:00+02:00
2026-10-25T02:00:00+01:00
2026-10-25T03:00:00+01:00" ]
	[ "$("$TIDEMILL" cron '@daily' --from 2026-05-01 --count 1)" = "2026-05-02T00:00:00+00:00" ]
}

@test "cron: gaps and overlaps by rule, several crons as one schedule" {
	zones
	[ "$("$TIDEMILL" cron '30 2 * * *' --timezone Europe/Berlin --from 2026-03-29 --count 1 \
		--dst-gap shift)" = "2026-03-29T03:30:00+02:00" ]
	[ "$("$TIDEMILL" cron '30 2 * * *' --timezone Europe/Berlin --from 2026-10-25 --count 2 \
		--dst-overlap both | tr '\n' ' ')" = "2026-10-25T02:30:00+02:00 2026-10-25T02:30:00+01:00 " ]
	[ "$("$TIDEMILL" cron '0 12 * * *' '0 12,18 * * fri' --from 2026-05-01 --count 3 | tr '\n' ' ')" = \
		"2026-05-01T12:00:00+00:00 2026-05-01T18:00:00+00:00 2026-05-02T12:00:00+00:00 " ]
}

@test "cron: it looks 40 years ahead" {
	run --separate-stderr "$TIDEMILL" cron '0 0 29 2 *' --from 2026-01-01 --count 11
	[ "$status" -eq 0 ]
	[ "${#lines[@]}" -eq 10 ]
	[ "$stderr" = "tidemill: it fires only 10 times in the 40 years that follow" ]
	# Years have four digits.
	[ "$("$TIDEMILL" cron '0 0 29 2 *' --from 9990-01-01 2>/dev/null | tr '\n' ' ')" = \
		"9992-02-29T00:00:00+00:00 9996-02-29T00:00:00+00:00 " ]
	run --separate-stderr "$TIDEMILL" cron '0 0 31 2 *'
	[ "$status" -eq 1 ]
	[ -z "$output" ]
	[[ "$stderr" == *"can never fire"* ]]
	zones
	# The last Sunday of March at 02:30 is never there.
	run --separate-stderr "$TIDEMILL" cron '30 2 * 3 sunL' --timezone Europe/Berlin --dst-gap skip
	[ "$status" -eq 1 ]
	[ -z "$output" ]
	[[ "$stderr" == *"does not fire in the 40 years"* ]]
}

@test "cron: mistakes are shown at their place, uneven steps are warned about" {
	run --separate-stderr "$TIDEMILL" cron '0 25 * * *'
	[ "$status" -eq 2 ]
	[ -z "$output" ]
	[ "$stderr" = "tidemill: 25 does not fit the hour field, it goes from 0 to 23
    0 25 * * *
      ^" ]
	run "$TIDEMILL" cron 0 25
	[ "$status" -eq 2 ]
	[[ "$output" == *"put all five fields in quotes: tidemill cron '30 2 * * *'" ]]
	run --separate-stderr "$TIDEMILL" cron '*/7 * * * *' --from 2026-05-01 --count 1
	[ "$status" -eq 0 ]
	[ "$output" = "2026-05-01T00:07:00+00:00" ]
	[[ "$stderr" == *"steps that divide it are 1, 2, 3, 4, 5, 6, 10, 12, 15, 20 or 30"* ]]
	run "$TIDEMILL" cron '@daily' --timezone Europe/Berln
	[ "$status" -eq 2 ]
	[[ "$output" == *"there is no time zone 'Europe/Berln', perhaps 'Europe/Berlin'"* ]]
	run "$TIDEMILL" cron '@daily' --timezone ../../../etc/passwd
	[ "$status" -eq 2 ]
	run "$TIDEMILL" cron '@daily' --from tomorrow
	[ "$status" -eq 2 ]
	run "$TIDEMILL" cron
	[ "$status" -eq 2 ]
}

@test "cron: zones come from TZDIR, and what is no zone file is refused" {
	mkdir -p zones/Test
	printf 'TZif2 but no more' >zones/Test/Broken
	TZDIR=$PWD/zones run "$TIDEMILL" cron '@daily' --timezone Test/Broken
	[ "$status" -ne 0 ]
	[[ "$output" == *"it is no time zone file"* ]]
	TZDIR=$PWD/zones run "$TIDEMILL" cron '@daily' --timezone Europe/Berlin
	[ "$status" -ne 0 ]
	[[ "$output" == *"install tzdata"* ]]
	TZDIR=$PWD/zones "$TIDEMILL" cron '@daily' --timezone UTC --count 1
}

@test "newer tzdata is noticed by a running scheduler, which says whose times it resolves again" {
	zones
	mkdir -p zones/Test p/dags
	cp /usr/share/zoneinfo/Europe/Berlin zones/Test/Place
	echo '# version 1' >zones/tzdata.zi
	cat >p/dags/here.yaml <<-'Y'
		dag: here
		start_date: 2026-05-01
		schedule: {cron: "0 2 * * *", timezone: Test/Place}
		tasks:
		  t: {operator: command, run: ["true"]}
	Y
	TZDIR=$PWD/zones "$TIDEMILL" -C p scheduler >log 2>&1 3>&- &
	pid=$!
	for _ in $(seq 100); do
		grep -q 'scheduler: ' log && break
		sleep 0.1
	done
	cp /usr/share/zoneinfo/Asia/Kolkata zones/Test/Place
	echo '# version 1+1' >zones/tzdata.zi
	for _ in $(seq 150); do
		grep -q 'tzdata' log && break
		sleep 0.1
	done
	kill $pid
	wait $pid || true
	grep "the time zones of this machine (tzdata) have changed: dag 'here' is resolved again" log
}
