# web.bats - the status page as a person uses it and as an attacker would.

load ../fixture/project

# A project with something of everything: it is only read by the tests.
make_project() {
	mkdir -p "$1/dags" "$1/landing"
	cat >"$1/dags/shop.yaml" <<-'YAML'
		dag: shop
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
		    checks:
		      - row_count: {min: 1}
		      - accepted_values: {column: feature_name, values: ["<b>"], severity: warn}
	YAML
	cat >"$1/dags/hostile.yaml" <<-'YAML'
		dag: hostile
		description: "<script>alert('description')</script>"
		owner: "\" onmouseover=\"x"
		tasks:
		  shout:
		    operator: command
		    retries: 0
		    artifacts: ["*.html"]
		    shell: "echo '<p>' >$TIDEMILL_ARTIFACTS/a.html; printf '</pre><script>alert(1)</script>\\n\\033[31mred\\033[0m \\377\\376\\000\\n'; exit 3"
		  after: {operator: command, needs: [shout], run: ["true"]}
		  leave: {operator: command, outputs: {tag: string}, shell: "echo '{\"tag\": \"<i>x\"}' >$TIDEMILL_RESULT"}
		  each: {operator: command, expand: {file: ["<u>a", b]}, run: ["true"]}
	YAML
	printf 'dag: broken\ntasks:\n  a: {operator: <b>comand</b>, run: ["true"]}\n' >"$1/dags/broken.yaml"
	printf '{"event_id":1,"event_type":"view","feature_name":"f","tenant_id":1,"user_id":2,"project_key":"P","timestamp":"2026-05-01T10:00:00Z","properties":{}}\n' \
		>"$1/landing/2026-05-01.jsonl"
	"$TIDEMILL" -C "$1" dags trigger shop --logical-date 2026-05-01 --wait 3>&- || true
	"$TIDEMILL" -C "$1" dags trigger hostile --wait 3>&- || true
}

setup_file() {
	make_project "$BATS_FILE_TMPDIR"
}

setup() {
	project
	shared=$BATS_FILE_TMPDIR
}

status_of() { curl -s --max-time 20 -o /dev/null -w '%{http_code}' "$@"; }
hostile_run() { get /api/v1/dags/hostile | jq -r .last_run_id; }
hostile_attempt() { get "/api/v1/dags/hostile/runs/$(hostile_run)" | jq -r '.attempts[0].key'; }

# The table of addresses, each ":" replaced by something that is there.
addresses() {
	local run attempt
	run=$(hostile_run)
	attempt=$(hostile_attempt)
	sed -n 's/^\t{ "\(\/[^"]*\)", .*/\1/p' "$BATS_TEST_DIRNAME/../../scheduler/web/route.c" |
		sed "s|/dags/:|/dags/hostile|; s|/runs/:|/runs/$run|; s|/tasks/:|/tasks/shout|;
			s|/attempts/:|/attempts/$attempt|; s|/datasets/:|/datasets/events|;
			s|/pools/:|/pools/default|; s|/artifacts/:|/artifacts/1|"
}

# What others have let through in front of, behind and in an address.
mutations() {
	local p=$1
	printf '%s\n' "/$p" "$p/" "$p/." "$p." "$p;x" "$p%2f" "$p%00" "$p%20" "$p/healthz" "$p%2fhealthz" \
		"$p/../healthz" "$p/..%2fhealthz" "/healthz/..$p" "/healthz%2f..$p" "/.$p" "/%2e%2e$p" "$p/style.css"
}

# ask FILE [CURL OPTION]...: the status of every address in FILE, as "200 /path".
ask() {
	local file=$1
	shift
	sed "s|^|url = \"$url|; s|\$|\"\noutput = /dev/null|" "$file" |
		curl -s --max-time 60 --path-as-is -K - -w '%{http_code} %{url}\n' "$@" |
		sed "s|$url||"
}

# Everything a GET may not change.  Readers of a database in WAL mode make -shm and -wal.
fingerprint() {
	sqlite3 -readonly "$shared/.tidemill/state.db" .dump | sha256sum
	(cd "$shared" && find . -type f ! -name 'state.db-*' -exec sha256sum {} + | sort)
}

# say TEXT: raw bytes to the server; what comes back until it closes, or for a second.
# All in one write: what comes after a refusal would reset the connection before we have read.
say() {
	local host=${url#http://}
	printf "${1//HOST/Host: $host\\r\\n}" >"$dir/said"
	exec 8<>"/dev/tcp/${host%:*}/${host#*:}"
	cat "$dir/said" >&8
	timeout 1 cat <&8 || true
	exec 8>&-
}

@test "every address, every token, every spelling: nobody without the token learns anything" {
	start_web "$shared"
	addresses >"$dir/plain"
	[ "$(wc -l <"$dir/plain")" -ge 20 ]
	while read -r p; do mutations "$p"; done <"$dir/plain" | sort -u | grep -vxFf "$dir/plain" >"$dir/mutated"
	grep -vxE '/healthz|/style.css' "$dir/plain" >"$dir/closed"
	before=$(fingerprint)
	for mode in none bearer cookie empty prefix basic; do
		case $mode in
		none) with=() ;;
		bearer) with=(-H "Authorization: Bearer ${token%?}0x") ;;
		cookie) with=(-b "tidemill_${url##*:}=$token; tidemill_session=$token") ;;
		empty) with=(-H "Authorization: Bearer ") ;;
		prefix) with=(-H "Authorization: Bearer ${token%?}") ;;
		basic) with=(-u "token:$token") ;;
		esac
		echo "mode $mode"
		ask "$dir/closed" "${with[@]}" | tee "$dir/out" | grep -v '^401 ' && return 1
		[ "$(wc -l <"$dir/out")" -eq "$(wc -l <"$dir/closed")" ]
		ask "$dir/mutated" "${with[@]}" | tee "$dir/out" | grep -v '^401 ' && return 1
		[ "$(wc -l <"$dir/out")" -eq "$(wc -l <"$dir/mutated")" ]
	done
	echo "mode good"
	ask "$dir/plain" -H "Authorization: Bearer $token" | grep -v '^200 ' && return 1
	ask "$dir/mutated" -H "Authorization: Bearer $token" | grep -v '^404 ' && return 1
	[ "$(status_of "$url/healthz")" = 200 ]
	[ "$(status_of "$url/style.css")" = 200 ]
	[ "$before" = "$(fingerprint)" ]
	stop_web
}

@test "every link on every page leads somewhere, and no page needs a script" {
	start_web "$shared"
	echo / >"$dir/todo"
	: >"$dir/done"
	while [ -s "$dir/todo" ]; do
		p=$(head -n 1 "$dir/todo")
		sed -i 1d "$dir/todo"
		grep -qxF "$p" "$dir/done" && continue
		echo "$p" >>"$dir/done"
		echo "page $p"
		[ "$(curl -s --max-time 20 -o "$dir/page" -w '%{http_code}' -H "Authorization: Bearer $token" "$url$p")" = 200 ]
		[[ $p == */log\?* || $p == */artifacts/* ]] && continue
		not grep -qiE '<script|javascript:|<[^>]* (on[a-z]+|style)=' "$dir/page"
		[ "$(grep -c '<h1>' "$dir/page")" = 1 ]
		grep -o 'href="/[^"]*"' "$dir/page" | sed 's/^href="//; s/"$//; s/&amp;/\&/g' | grep -v '^/style.css?v=' >>"$dir/todo"
	done
	[ "$(wc -l <"$dir/done")" -ge 10 ]
	grep -q /attempts/ "$dir/done"
	grep -q /tasks/shout "$dir/done"
	grep -q /datasets/events "$dir/done"
	stop_web
}

@test "a dag says when it runs, in its zone, and its runs of which partition they are" {
	printf 'dag: hours\nschedule: "5 * * * *"\nstart_date: 2026-05-01T06:00\nend_date: 2026-05-01T07:00\ntasks: {t: {operator: command, run: ["true"]}}\n' >"$dir/dags/hours.yaml"
	printf 'dag: nights\nschedule: {cron: "0 3 * * *", timezone: Europe/Berlin}\nstart_date: 2026-05-01\ntasks: {t: {operator: command, run: ["true"]}}\n' >"$dir/dags/nights.yaml"
	tm backfill create hours --from-date 2026-05-01T06 --to-date 2026-05-01T07 --wait
	tm dags trigger nights --wait
	start_web
	get /dags/hours >"$dir/page"
	grep -qF '<dt>Timezone</dt><dd>UTC</dd><dt>Partition</dt><dd>hour (implied)</dd><dt>Next partition</dt><dd>2026-05-01T06</dd><dt>Catch-up' "$dir/page"
	grep -qF '<span>05-01</span><span>T06</span>' "$dir/page"
	grep -qF 'T06:00:00Z</a></td><td data-is="Partition" class="short">2026-05-01T06</td>' "$dir/page"
	for p in "/runs?dag=hours" /dags; do
		get "$p" | grep -qF 'artition" class="short">2026-05-01T07</td>'
	done
	get /dags/hours/runs/backfill__2026-05-01T06:00:00Z | grep -qF '<dt>Partition</dt><dd>2026-05-01T06</dd>'
	[ "$(get "/api/v1/runs?dag=hours" | jq -r '.[0].partition')" = 2026-05-01T07 ]
	# What the page says of the schedule is what `dags show` says.
	for key in timezone partition partition_implied first next_fire next_partition next_partition_name; do
		echo "$key" "$(tm dags show nights -o json | jq -c ".$key")" >"$dir/said"
		echo "$key" "$(get /api/v1/dags/nights | jq -c ".$key")" | cmp - "$dir/said"
	done
	get /dags/nights | grep -qF "<dt>Next fire</dt><dd>$(tm dags show nights | sed -n 's/^next_fire  *//p')</dd>"
	stop_web
}

@test "a check that fails shows its first rows" {
	local run
	start_web "$shared"
	run=$("$TIDEMILL" -C "$shared" runs list -d shop -o json | jq -r '.[0].run_id')
	get "/dags/shop/runs/$run/tasks/ingest" >"$dir/page"
	grep -qF '<h3>First rows that fail: accepted_values(feature_name)</h3>' "$dir/page"
	grep -qF '{&quot;row&quot;:1,&quot;feature_name&quot;:&quot;f&quot;' "$dir/page"
	stop_web
}

@test "a task with instances says how they stand, and lists them" {
	start_web "$shared"
	page=$(get "/dags/hostile/runs/$(hostile_run)/tasks/each")
	echo "$page"
	[[ "$page" == *"2 instances: 2 success"* ]]
	[[ "$page" == *'/tasks/each%5B0%5D">each[0]</a>'* ]]
	[[ "$page" == *'{&quot;file&quot;:&quot;&lt;u&gt;a&quot;}'* ]]
	[[ "$page" == *'<strong>all</strong> 2 '*'<a href="?state=success">success</a> 2'* ]]
	[ "$(grep -o 'attempts/[0-9]*">log</a>' <<<"$page" | sort -u | wc -l)" = 2 ]
	get "/dags/hostile/runs/$(hostile_run)/tasks/each?state=failed" | grep -q 'None\.'
	[ "$(status_of -H "Authorization: Bearer $token" "$url/dags/hostile/runs/$(hostile_run)/tasks/each?page=0")" = 400 ]
	[[ "$(get "/dags/hostile/runs/$(hostile_run)")" == *"2 instances: 2 success"* ]]
	stop_web
}

@test "a log of hostile bytes is text in the page, and plain text by itself" {
	start_web "$shared"
	attempt=$(hostile_attempt)
	get "/attempts/$attempt" >"$dir/page"
	grep -qF '&lt;/pre&gt;&lt;script&gt;alert(1)&lt;/script&gt;' "$dir/page"
	not grep -qF '<script' "$dir/page"
	not grep -qP '\x1b|\xff' "$dir/page"
	grep -q 'exit status 3' "$dir/page"
	get "/dags/hostile/runs/$(hostile_run)/tasks/shout" | grep -qF '&lt;/pre&gt;&lt;script&gt;'
	get "/dags/hostile/runs/$(hostile_run)/tasks/leave" | grep -A9 'Left for the tasks after it' | grep -qF '&lt;i&gt;x'
	[ "$(get "/api/v1/dags/hostile/runs/$(hostile_run)" | jq -c '[.attempts[] | select(.task == "leave") | .outputs]')" = '[{"tag":"<i>x"}]' ]
	get /dags/hostile >"$dir/page"
	grep -qF '&lt;script&gt;alert(&#39;description&#39;)' "$dir/page"
	grep -qF '&quot; onmouseover=&quot;x' "$dir/page"
	curl -s -D "$dir/head" -o "$dir/log" -H "Authorization: Bearer $token" "$url/attempts/$attempt/log"
	grep -qi '^content-type: text/plain; charset=utf-8' "$dir/head"
	grep -qi '^x-content-type-options: nosniff' "$dir/head"
	cmp "$dir/log" "$shared/.tidemill/logs/hostile/$(hostile_run)/shout/1.log"
}

@test "a log of 1 GiB costs nothing" {
	cp -a "$shared/." "$dir"
	start_web
	log=$dir/.tidemill/logs/hostile/$(hostile_run)/shout/1.log
	attempt=$(hostile_attempt)
	rss() { awk '/^VmHWM/ { print $2 }' "/proc/$web/status"; }
	get "/attempts/$attempt" >/dev/null
	get "/attempts/$attempt/log?tail=1048576" >/dev/null
	before=$(rss) most=2048
	if grep -q __asan_init "$TIDEMILL"; then most=65536; fi # it keeps what was freed
	truncate -s 1G "$log"
	echo "the end" >>"$log"
	[ "$(get "/attempts/$attempt" | grep -c 'the end')" = 1 ]
	[ "$(get "/attempts/$attempt/log" | wc -c)" = 65536 ]
	[ "$(get "/attempts/$attempt/log?tail=9" | tr -d '\0')" = "the end" ]
	echo "$before kB before, $(rss) kB after"
	[ $(($(rss) - before)) -lt $most ]
	[ "$(get "/attempts/$attempt/log?tail=1048576" | wc -c)" = 1048576 ]
	[ "$(status_of -H "Authorization: Bearer $token" "$url/attempts/$attempt/log?tail=1048577")" = 400 ]
}

@test "before anything has run: pages say so, the API answers 404 as JSON" {
	start_web
	for p in / /dags /datasets; do
		[ "$(status_of -H "Authorization: Bearer $token" "$url$p")" = 200 ]
		get $p | grep -q 'Nothing has run here yet'
	done
	get / | grep -q 'none: nothing starts'
	[ "$(status_of -H "Authorization: Bearer $token" "$url/dags/shop")" = 404 ]
	get /dags/shop | grep -q '<h1>Not found</h1>'
	for p in overview dags runs datasets checks; do
		[ "$(status_of -H "Authorization: Bearer $token" "$url/api/v1/$p")" = 404 ]
		[ "$(get /api/v1/$p | jq -r .error)" = "nothing has run here yet" ]
	done
	[ "$(get /api/v1/import-errors)" = "[]" ]
	[ ! -e "$dir/.tidemill/state.db" ]
	stop_web
}

@test "mistakes in DAG files are on the overview and in the API" {
	start_web "$shared"
	[ "$(get /api/v1/import-errors | jq -r '.[0] | "\(.file):\(.line) \(.level)"')" = "dags/broken.yaml:3 error" ]
	[ "$(get /api/v1/overview | jq -r '.import_errors, .scheduler.running')" = "$(printf '1\nfalse')" ]
	for p in / /dags; do
		get $p | grep -q 'Problems in DAG files'
		get $p | grep -q 'dags/broken.yaml:3:'
		get $p | grep -qF '&lt;b&gt;comand&lt;/b&gt;'
	done
	cp -a "$shared/." "$dir"
	stop_web
	start_web
	echo 'no JSON' >"$dir/.tidemill/import-errors.json"
	[ "$(status_of -H "Authorization: Bearer $token" "$url/api/v1/import-errors")" = 500 ]
	get /api/v1/import-errors | jq -e '.error | contains(".tidemill") | not'
	grep -q 'is not a list of diagnostics' "$dir/web.err"
	get / | grep -q 'is not a list of diagnostics'
}

@test "the API says its errors as JSON" {
	start_web "$shared"
	auth="Authorization: Bearer $token"
	run=$(hostile_run)
	while read -r code path; do
		path=${path//%s/$run}
		echo "$code $path"
		[ "$(curl -s -o "$dir/out" -w '%{http_code} %{content_type}' -H "$auth" "$url$path")" = "$code application/json; charset=utf-8" ]
		jq -e '.error | length > 0' "$dir/out"
	done <<-'LIST'
		404 /api
		404 /api/v1/nothing
		404 /api/v1/dags/nobody
		404 /api/v1/dags/nobody/grid
		404 /api/v1/dags/hostile/runs/nobody
		404 /api/v1/attempts/999999
		404 /api/v1/attempts/1x
		404 /api/v1/attempts/0
		404 /api/v1/datasets/nobody
		400 /api/v1/runs?limit=0
		400 /api/v1/runs?limit=-1
		400 /api/v1/runs?limit=1001
		400 /api/v1/runs?limit=ten
		400 /api/v1/checks?limit=
		400 /api/v1/attempts/1/log?tail=1x
		400 /api/v1/runs?state=broken
		400 /api/v1/runs?dag=nobody
		400 /api/v1/runs?before=0
		400 /api/v1/runs?before=1&after=1
		400 /api/v1/runs?after=newest
		400 /api/v1/checks?dataset=nobody
		400 /api/v1/checks?partition=yesterday
		400 /api/v1/datasets/events?partition=2026-5-1
		400 /api/v1/dags/hostile/grid?limit=x
		400 /api/v1/dags/hostile/runs/%s?limit=0
		400 /api/v1/dags/hostile/runs/%s?after=nobody
		400 /api/v1/runs?limits=5
		400 /api/v1/runs?limit=5&limit=6
		400 /api/v1/runs?dag=%00
		400 /api/v1/runs?dag=%ff
		400 /api/v1/overview?x=1
	LIST
	[ "$(curl -s "$url/api/v1/dags" | jq -r '.error | length > 0')" = true ]
	[ "$(curl -s -X POST -H "$auth" "$url/api/v1/dags" | jq -r .error)" = "nothing is changed by this page" ]
	[[ $(curl -s -H 'Host: evil.example' -H "$auth" "$url/api/v1/dags" | jq -r .error) == "this server is not that host"*hosts* ]]
	# An address is data, also in an error.
	get '/dags/%3Cscript%3E' | grep -qF '&lt;script&gt;'
	get '/api/v1/dags/%22%3Cscript%3E' | jq -e '.error | contains("\"<script>")'
	stop_web
}

@test "what a page is asked for and does not know is said, never passed over" {
	start_web "$shared"
	auth="Authorization: Bearer $token"
	run=$(hostile_run)
	for p in "/runs?state=broken" "/runs?dag=nobody" "/runs?after=x" "/dags?condition=odd" "/dags?before=a&after=b" "/dags/hostile?limit=0" \
		"/dags/hostile?limit=401" "/dags/hostile?page=9" "/dags/hostile/runs/$run?state=broken" "/dags/hostile/runs/$run?page=x" \
		"/?refresh=1" "/?refresh=10&refresh=10" "/dags?colour=red"; do
		echo "$p"
		[ "$(status_of -H "$auth" "$url$p")" = 400 ]
	done
	get "/runs?state=broken" | grep -q 'state has to be queued, running, .* or '
	for p in "/runs?state=failed" "/runs?dag=shop&state=success" "/runs?after=oldest" "/dags?condition=active" "/dags?search=SHO" "/dags?after=hostile" \
		"/dags/hostile?limit=400" "/dags/hostile/runs/$run?state=failed"; do
		echo "$p"
		[ "$(status_of -H "$auth" "$url$p&refresh=10")" = 200 ]
	done
	get "/runs?state=failed&refresh=10" >"$dir/page"
	grep -q 'href="?state=failed">Stop refreshing' "$dir/page"
	grep -q 'href="?refresh=10&amp;state=success"' "$dir/page"
	# The last lines of a log stand first, the task that failed before the one behind it.
	get "/dags/hostile/runs/$run" | grep -A1 '<h2>Tasks</h2>' | grep -q 'failed.* 1'
	[ "$(get "/dags/hostile/runs/$run" | grep -o '/tasks/[a-z]*"' | head -n 2 | tr -d '\n')" = '/tasks/shout"/tasks/after"' ]
}

@test "only this host, by its names and its port" {
	start_web "$shared"
	port=${url##*:}
	for host in "127.0.0.1:$port" "localhost:$port" "LOCALHOST:$port" "localhost.:$port" "[::1]:$port"; do
		[ "$(status_of -H "Host: $host" "$url/healthz")" = 200 ]
	done
	for host in evil.example "evil.example:$port" localhost "localhost:1$port" "localhost.evil.example:$port" "127.0.0.1.nip.io:$port" "127.0.0.2:$port"; do
		echo "$host"
		[ "$(status_of -H "Host: $host" -H "Authorization: Bearer $token" "$url/")" = 421 ]
		[ "$(status_of -H "Host: $host" "$url/login")" = 421 ]
		# Whoever balances the load asks by any name, and learns nothing but that the page is there.
		[ "$(status_of -H "Host: $host" "$url/healthz")" = 200 ]
	done
}

@test "a name that is allowed, and a path below which the page is shown" {
	cp -a "$shared/." "$dir"
	printf 'web: {hosts: [tm.example.org], prefix: /ops/tm}\n' >"$dir/tidemill.yaml"
	start_web
	[ "$(status_of -H 'Host: tm.example.org' "$url/login")" = 200 ]
	[ "$(status_of -H 'Host: tm.example.org:8443' "$url/ops/tm/login")" = 200 ]
	[ "$(status_of "$url/ops/tm/healthz")" = 200 ]
	[ "$(status_of -H 'Host: tm.example.org.evil.example' "$url/login")" = 421 ]
	[ "$(status_of "$url/ops/tmx/healthz")" = 401 ]
	auth="Authorization: Bearer $token"
	for p in /ops/tm/ /ops/tm / /ops/tm/dags/hostile "/ops/tm/dags/hostile/runs/$(hostile_run)"; do
		[ "$(curl -s -o "$dir/page" -w '%{http_code}' -H "$auth" "$url$p")" = 200 ]
		grep -q 'href="/ops/tm/' "$dir/page"
		not grep -oE '(href|action)="/[^o][^"]*"' "$dir/page"
	done
	login=$(sed -n 's/^web: log in once with //p' "$dir/web.err")
	[[ $login == "$url/ops/tm/login?code="* ]]
	curl -s -D "$dir/head" -o /dev/null -H 'Host: tm.example.org' "$login"
	grep -qi '^location: /ops/tm/.$' "$dir/head"
	grep -qi '^set-cookie: .*; Path=/ops/tm/;' "$dir/head"
	[ "$(status_of -H 'Host: tm.example.org' -H 'Origin: https://tm.example.org' -d "token=$token" "$url/ops/tm/login")" = 303 ]
	[ "$(status_of -H 'Host: tm.example.org' -H 'Origin: https://evil.example' -d "token=$token" "$url/login")" = 403 ]
	stop_web
	printf 'web: {hosts: ["https://x"]}\n' >"$dir/tidemill.yaml"
	start_web
	grep -q "'https://x' is not a host" "$dir/web.err"
	stop_web
}

@test "many that say nothing and some that trickle do not keep others out" {
	start_web "$shared"
	host=${url#http://}
	for i in $(seq 200); do
		eval "exec $((100 + i))<>/dev/tcp/${host%:*}/${host#*:}"
		[ $((i % 3)) = 0 ] && printf G >&$((100 + i))
	done
	for i in 1 2 3; do [ "$(curl -s --max-time 2 "$url/healthz")" = ok ]; done
	# One whose bytes trickle has no more time than one that is silent.
	exec 98<>"/dev/tcp/${host%:*}/${host#*:}"
	(trap '' PIPE; for i in $(seq 40); do printf G >&98 2>/dev/null || exit 0; sleep 0.5; done) &
	from=$SECONDS
	timeout 18 cat <&98 >/dev/null
	[ $((SECONDS - from)) -ge 8 ]
	[ $((SECONDS - from)) -lt 16 ]
	exec 98>&-
	for i in $(seq 200); do eval "exec $((100 + i))>&-"; done
	stop_web
}

@test "answers are packed for who takes gzip, and the style sheet is kept" {
	start_web "$shared"
	auth="Authorization: Bearer $token"
	curl -s -D "$dir/head" -o "$dir/packed" -H "$auth" -H 'Accept-Encoding: gzip' "$url/dags/hostile"
	grep -qi '^content-encoding: gzip' "$dir/head"
	grep -qi '^vary: accept-encoding' "$dir/head"
	gzip -dc "$dir/packed" | sed 's/as of [0-9: -]*//' >"$dir/unpacked"
	get /dags/hostile | sed 's/as of [0-9: -]*//' | cmp - "$dir/unpacked"
	sheet=$(get / | grep -o '/style.css?v=[0-9a-f]*')
	curl -s -D "$dir/head" -o "$dir/css" "$url$sheet"
	grep -qi '^cache-control: public, max-age=31536000, immutable' "$dir/head"
	curl -s -D "$dir/head" -o "$dir/other" "$url/style.css?v=0"
	grep -qi '^cache-control: no-store' "$dir/head"
	cmp "$dir/css" "$dir/other"
	stop_web
}

@test "requests that two programs could read in two ways are refused, once" {
	start_web "$shared"
	while IFS='|' read -r name want text; do
		echo "$name"
		say "$text" >"$dir/out"
		cat "$dir/out"
		[ "$(grep -ac '^HTTP/1.1 ' "$dir/out")" = 1 ]
		grep -aq "^HTTP/1.1 $want " "$dir/out"
	done <<-'LIST'
		plain|200|GET /healthz HTTP/1.1\r\nHOST\r\n
		length and coding|400|POST /login HTTP/1.1\r\nHOSTContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n
		two lengths|400|POST /login HTTP/1.1\r\nHOSTContent-Length: 1\r\nContent-Length: 2\r\n\r\nab
		two codings|400|POST /login HTTP/1.1\r\nHOSTTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n
		another coding|400|POST /login HTTP/1.1\r\nHOSTTransfer-Encoding: gzip\r\n\r\nx
		two hosts|400|GET /healthz HTTP/1.1\r\nHOSTHOST\r\n
		no host|400|GET /healthz HTTP/1.0\r\n\r\n
		space before the colon|400|GET /healthz HTTP/1.1\r\nHOSTFoo : x\r\n\r\n
		lone CR|400|GET /healthz HTTP/1.1\r\nHOSTFoo: a\rBar: b\r\n\r\n
		lone CR and a second request|400|GET /healthz HTTP/1.1\r\nHOSTFoo: a\r\rGET /healthz HTTP/1.1\r\nHOST\r\n
		control character|400|GET /healthz HTTP/1.1\r\nHOSTFoo: a\001b\r\n\r\n
		absolute form|400|GET http://evil.example/healthz HTTP/1.1\r\nHOST\r\n
		no path|400|OPTIONS * HTTP/1.1\r\nHOST\r\n
		delete|405|DELETE /dags HTTP/1.1\r\nHOST\r\n
		post with a body|405|POST /dags HTTP/1.1\r\nHOSTContent-Length: 3\r\n\r\nabc
	LIST
	# Many cookies, as other pages of the same host may have set: answered, or said to be too many.
	for n in 100 400 800; do
		[ "$(status_of -H "Cookie: $(seq -s '; ' -f 'c%g=0123456789' $n)" "$url/login")" = 200 ]
	done
	[ "$(status_of -H "Cookie: $(seq -s '; ' -f 'c%g=0123456789' 3000)" "$url/login")" = 431 ]
	# After a refusal nothing more is read: what follows is not a request.
	say 'POST /dags HTTP/1.1\r\nHOSTContent-Length: 0\r\n\r\nGET /healthz HTTP/1.1\r\nHOST\r\n' >"$dir/out"
	[ "$(grep -ac '^HTTP/1.1 ' "$dir/out")" = 1 ]
	[ "$(status_of "$url/healthz")" = 200 ]
	stop_web
}

@test "every answer carries the security headers" {
	start_web "$shared"
	auth="Authorization: Bearer $token"
	for p in / /healthz /style.css /login /dags/nobody /api/v1/dags /api/v1/nothing; do
		for h in "$auth" "X: y"; do
			curl -s -D "$dir/head" -o /dev/null -H "$h" "$url$p"
			grep -qi "^content-security-policy: default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'" "$dir/head"
			grep -qi '^x-content-type-options: nosniff' "$dir/head"
			grep -qi '^referrer-policy: no-referrer' "$dir/head"
			grep -qi '^cross-origin-opener-policy: same-origin' "$dir/head"
			grep -qi '^cache-control: no-store' "$dir/head"
			not grep -qi '^access-control' "$dir/head"
		done
	done
	[ "$(curl -s -I -H "$auth" -w '%{size_download}' -o /dev/null "$url/")" = 0 ]
}

@test "the login form takes the token, from our page only" {
	start_web "$shared"
	curl -s -D "$dir/head" -o /dev/null -c "$dir/jar" -d "token=$token" "$url/login"
	grep -q '^HTTP/1.1 303' "$dir/head"
	grep -qi '^set-cookie: tidemill_[0-9]*=[0-9a-f]\{64\}; Path=/; HttpOnly; SameSite=Strict' "$dir/head"
	not grep -q "$token" "$dir/head"
	[ "$(status_of -b "$dir/jar" "$url/")" = 200 ]
	[ "$(status_of "$url/")" = 401 ]
	for wrong in "token=${token}0" "token=" "token" "x=$token" "" "token=$token&more"; do
		[ "$(status_of -d "$wrong" "$url/login")" = 403 ]
	done
	head -c 100000 /dev/zero | tr '\0' a >"$dir/long"
	[ "$(status_of -H 'Expect:' -d "@$dir/long" "$url/login")" = 403 ]
	[ "$(status_of -H 'Sec-Fetch-Site: cross-site' -d "token=$token" "$url/login")" = 403 ]
	[ "$(status_of -H 'Sec-Fetch-Site: same-site' -d "token=$token" "$url/login")" = 403 ]
	[ "$(status_of -H 'Origin: https://evil.example' -d "token=$token" "$url/login")" = 403 ]
	[ "$(status_of -H 'Origin: null' -d "token=$token" "$url/login")" = 403 ]
	[ "$(status_of -H "Origin: $url" -d "token=$token" "$url/login")" = 303 ]
	[ "$(status_of -H "Sec-Fetch-Site: same-origin" -d "token=$token" "$url/login")" = 303 ]
	stop_web
}

@test "standalone: the login address works once, Ctrl-C stops scheduler and page" {
	printf 'dag: one\ntasks:\n  a: {operator: command, run: ["true"]}\n' >"$dir/dags/one.yaml"
	setsid "$TIDEMILL" -C "$dir" standalone --listen 127.0.0.1:0 >/dev/null 2>"$dir/err" </dev/null 3>&- &
	web=$!
	wait_for grep -q 'log in once' "$dir/err"
	wait_for grep -q control.sock "$dir/err"
	login=$(sed -n 's/^web: log in once with //p' "$dir/err")
	url=${login%/login*}
	token=$(cat "$dir/.tidemill/token")
	page=$(pgrep -P "$web" -f standalone | while read -r p; do [ -S "$dir/.tidemill/control.sock" ] && echo "$p"; done)
	[ -n "$page" ]
	# Neither a look ahead nor a wrong code uses it up.
	[ "$(status_of -I "$login")" = 200 ]
	[ "$(status_of "${login}x")" = 403 ]
	[ "$(curl -s -o /dev/null -c "$dir/jar" -w '%{http_code} %{redirect_url}' "$login")" = "303 $url/" ]
	[ "$(status_of -b "$dir/jar" "$url/")" = 200 ]
	[ "$(status_of "$login")" = 403 ]
	[ "$(status_of "$url/login?code=")" = 403 ]
	[ "$(get /api/v1/overview | jq -r .scheduler.pid)" = "$web" ]
	get / | grep -q "process $web"
	kill -INT -- "-$web"
	wait_for is_dead "$web"
	for p in $page; do wait_for is_dead "$p"; done
	[ "$(status_of "$url/healthz")" = 000 ]
}

# page_of PID: the number of the page beside that scheduler; nothing while there is none.
page_of() { pgrep -P "$1" -x 'tidemill|exe'; } # exe: as execs of itself are called

# The page beside $web answers, and is not process $1.
answers_anew() {
	local page
	page=$(page_of "$web") && [ "$page" != "$1" ] && [ "$(status_of "$url/healthz")" = 200 ]
}

@test "standalone: a page that was killed is said and started again, and whoever was logged in still is" {
	printf 'dag: one\ntasks:\n  a: {operator: command, run: ["true"]}\n' >"$dir/dags/one.yaml"
	"$TIDEMILL" -C "$dir" standalone --listen 127.0.0.1:0 >/dev/null 2>"$dir/err" </dev/null 3>&- &
	web=$!
	wait_for grep -q control.sock "$dir/err"
	login=$(sed -n 's/^web: log in once with //p' "$dir/err")
	url=${login%/login*}
	curl -s -o /dev/null -c "$dir/jar" "$login"
	first=$(page_of "$web")
	kill -KILL "$first"
	wait_for answers_anew "$first"
	grep -q "status page on ${url#http://} (process $first) was ended by signal 9 .* is started again" "$dir/err"
	[ "$(status_of -b "$dir/jar" "$url/")" = 200 ]
	[ "$(status_of "$login")" = 403 ]
	# So it is when the scheduler has started over.
	second=$(page_of "$web")
	kill -KILL "$(pgrep -P "$web" -x tm-spawner)"
	wait_for grep -q 'starting over' "$dir/err"
	wait_for answers_anew "$second"
	wait_for eval '[ "$(grep -c control.sock "$dir/err")" = 2 ]'
	third=$(page_of "$web")
	kill -TERM "$third"
	wait_for answers_anew "$third"
	[ "$(status_of -b "$dir/jar" "$url/")" = 200 ]
	fourth=$(page_of "$web")
	kill -TERM "$web"
	wait_for is_dead "$web"
	wait_for is_dead "$fourth"
	web=
}

@test "standalone: a page that cannot live is given up, and the scheduler goes on" {
	printf 'dag: one\ntasks:\n  a: {operator: command, run: ["true"]}\n' >"$dir/dags/one.yaml"
	"$TIDEMILL" -C "$dir" standalone --listen 127.0.0.1:0 >/dev/null 2>"$dir/err" </dev/null 3>&- &
	web=$!
	wait_for grep -q control.sock "$dir/err"
	url=$(sed -n 's|^web: log in once with \(.*\)/login.*|\1|p' "$dir/err")
	chmod 644 "$dir/.tidemill/token"
	kill -KILL "$(page_of "$web")"
	wait_for grep -q "5 times in a row .* not started again.* --listen ${url#http://}. serves it" "$dir/err"
	[ "$(grep -c 'is started again' "$dir/err")" = 4 ]
	run page_of "$web"
	[ "$status" -eq 1 ]
	timeout 30 "$TIDEMILL" -C "$dir" dags trigger one
	kill -TERM "$web"
	wait_for is_dead "$web"
	web=
}

@test "addresses and tokens that would let others in are refused" {
	for listen in 0.0.0.0:0 192.0.2.1:0 '[::]:0' example.org:80 127.0.0.1 127.0.0.1: 127.0.0.1:x 127.0.0.1:+1 127.0.0.1:65536 :8080; do
		echo "$listen"
		run timeout 10 "$TIDEMILL" -C "$dir" web --listen "$listen"
		[ "$status" -eq 2 ]
		[[ $output == *"listen address"* ]]
	done
	run timeout 10 "$TIDEMILL" -C "$dir" standalone --listen 0.0.0.0:0
	[ "$status" -eq 2 ]
	[[ $output == *"listen address"* ]]
	mkdir -p -m 700 "$dir/.tidemill"
	head -c 32 /dev/urandom | od -An -tx1 | tr -d ' \n' >"$dir/.tidemill/token"
	chmod 644 "$dir/.tidemill/token"
	run timeout 10 "$TIDEMILL" -C "$dir" web --listen 127.0.0.1:0
	[ "$status" -eq 2 ]
	[[ $output == *"others may read it"* ]]
	chmod 600 "$dir/.tidemill/token"
	start_web
	[ "$token" = "$(cat "$dir/.tidemill/token")" ]
	run timeout 10 "$TIDEMILL" -C "$dir" web --listen "${url#http://}"
	[ "$status" -eq 1 ]
	[[ $output == *"another program does already"* ]]
}
