# artifacts.bats - files that a program leaves with its attempt.

load ../fixture/project

# listed DAG TASK RUN [options]: "name bytes" or "name: why it is not kept" of each artifact.
listed() {
	tm tasks artifacts "$@" -o json |
		jq -r '[.[] | if .dropped then "\(.name): \(.dropped)" else "\(.name) \(.bytes)" end] | join(", ")'
}

@test "artifacts: what the task names stays with its attempt, all else goes" {
	cp "$examples/artifacts.yaml" "$dir/dags/"
	tm dags trigger artifacts --logical-date 2026-05-02 --wait
	[ "$(listed artifacts report 2026-05-02)" = "plots/06.svg 42, plots/12.svg 42, plots/18.svg 42, report.html 20" ]
	[ "$(cat "$(tm tasks artifacts artifacts report 2026-05-02 -o json | jq -r '.[3].path')")" = "<h1>2026-05-02</h1>" ]
	[ ! -e "$dir/.tidemill/artifacts/artifacts/scheduled__2026-05-02/report/1/notes.txt" ]
	[ "$(find "$dir/.tidemill/artifacts" -name notes.txt | wc -l)" -eq 0 ]
	run tm tasks artifacts artifacts report 2026-05-02
	echo "$output"
	[[ "$output" == *"NAME"*"BYTES"*"PATH"* && "$output" == *"report.html"* ]]
	# Each try has its own; those of the first are still there.
	tm runs clear artifacts 2026-05-02 --wait
	[ "$(listed artifacts report 2026-05-02 --try 1)" = "$(listed artifacts report 2026-05-02 --try 2)" ]
	run tm tasks test artifacts report 2026-05-02
	echo "$output"
	[ "$status" -eq 0 ]
	[[ "$output" == *".tidemill/scratch/artifacts/report.artifacts/report.html"* ]]
	[[ "$output" != *"notes.txt"* ]]
}

@test "links, pipes, strange names and what is too much are not kept, and a failure keeps its files" {
	printf 'artifacts_count: 3\nartifact_max: 2KiB\nartifacts_max: 1MiB\n' >"$dir/tidemill.yaml"
	cat >"$dir/dags/a.yaml" <<-'Y'
		dag: a
		tasks:
		  t:
		    operator: command
		    artifacts: ["*", "d/*"]
		    shell: |
		      cd "$TIDEMILL_ARTIFACTS" || exit 9
		      echo 1 >a; echo 1 >b
		      head -c 3000 /dev/zero >big
		      ln -s /etc/passwd link; ln -s /etc etc; mkfifo pipe
		      echo x >"$(printf 'new\nline')"
		      mkdir d; echo 1 >d/c; echo 1 >d/d; echo 1 >.hidden
		      exit 3
		  gone: {operator: command, artifacts: ["*"], shell: 'rm -rf "$TIDEMILL_ARTIFACTS"; ln -s /etc "$TIDEMILL_ARTIFACTS"'}
		  none: {operator: command, artifacts: ["*"], run: ["true"]}
	Y
	run tm dags trigger a --logical-date 2026-05-02T00:00:00Z --wait
	[ "$status" -eq 1 ]
	listed a t 2026-05-02T00:00:00Z
	[ "$(listed a t 2026-05-02T00:00:00Z)" = "a 2, b 2, big: larger than 2 KiB, d/c 2, d/d: more than 3 files, etc: a symbolic link, link: a symbolic link, new
line: a name that is too long, or no text, pipe: no plain file" ]
	path=$dir/.tidemill/artifacts/a/manual__2026-05-02/t/1
	[ "$(cd "$path" && find . -not -type d | sort | tr '\n' ' ')" = "./a ./b ./d/c " ]
	[ "$(listed a gone 2026-05-02T00:00:00Z)" = "" ]
	run tm tasks artifacts a none 2026-05-02T00:00:00Z
	echo "$output"
	[ "$status" -eq 0 ]
	[[ "$output" == *"this try left no artifacts"* ]]
	[ -e /etc/passwd ]
}

@test "artifacts: nothing stays that is not listed, however much was left, and however deep" {
	cat >"$dir/dags/a.yaml" <<-'Y'
		dag: a
		tasks:
		  many: {operator: command, artifacts: [keep], shell: 'cd "$TIDEMILL_ARTIFACTS" && seq 10050 | xargs touch'}
		  deep: {operator: command, artifacts: [keep], shell: 'cd "$TIDEMILL_ARTIFACTS" && mkdir -p 1/2/3/4/5/6/7/8/9/10 && touch keep 1/2/3/4/5/6/7/8/9/10/x'}
	Y
	tm dags trigger a --logical-date 2026-05-02T00:00:00Z --wait
	path=$dir/.tidemill/artifacts/a/manual__2026-05-02
	[ "$(cd "$path" && find . -not -type d)" = "./deep/1/keep" ]
	[ "$(listed a deep 2026-05-02T00:00:00Z)" = "keep 0" ]
	listed a many 2026-05-02T00:00:00Z
	[ "$(listed a many 2026-05-02T00:00:00Z)" = "...: and 50 more: only 10000 files and directories are looked at" ]
}

@test "what a try that was lost has left half is never listed" {
	cat >"$dir/dags/a.yaml" <<-'Y'
		dag: a
		tasks:
		  t:
		    operator: command
		    artifacts: ["*"]
		    shell: |
		      echo "try $TIDEMILL_TRY_NUMBER" >"$TIDEMILL_ARTIFACTS/a"
		      [ "$TIDEMILL_TRY_NUMBER" -gt 1 ] || kill -KILL $PPID
	Y
	tm dags trigger a --logical-date 2026-05-02T00:00:00Z --wait
	[ "$(listed a t 2026-05-02T00:00:00Z --try 1)" = "" ]
	[ "$(listed a t 2026-05-02T00:00:00Z --try 2)" = "a 6" ]
}

@test "the page of an attempt lists them, and a browser saves what it may not show" {
	cat >"$dir/dags/a.yaml" <<-'Y'
		dag: a
		tasks:
		  t:
		    operator: command
		    artifacts: ["*", "d/*"]
		    shell: |
		      cd "$TIDEMILL_ARTIFACTS" && mkdir d
		      echo '<script>alert(1)</script>' >'<b>"x".html'
		      echo 1 >d/c
		      ln -s /etc/passwd link
	Y
	tm dags trigger a --logical-date 2026-05-02T00:00:00Z --wait
	start_web
	page=$(get "/attempts/1")
	[[ "$page" == *'<a href="/attempts/1/artifacts/1">&lt;b&gt;&quot;x&quot;.html</a>, 26 B'* ]]
	[[ "$page" == *'link, '*', not kept: a symbolic link'* ]]
	[[ "$page" != *'<b>"x"'* ]]
	get -D "$dir/head" "/attempts/1/artifacts/1" >"$dir/got"
	[ "$(cat "$dir/got")" = '<script>alert(1)</script>' ]
	grep -qi '^content-type: application/octet-stream' "$dir/head"
	grep -qi '^x-content-type-options: nosniff' "$dir/head"
	grep -qi "^content-disposition: attachment; filename\*=UTF-8''%3Cb%3E%22x%22.html" "$dir/head"
	get -D "$dir/head" "/api/v1/attempts/1/artifacts/2" | grep -qx 1
	grep -qi "filename\*=UTF-8''c" "$dir/head"
	for path in 3 4 0 -1 x ..%2f..%2ftoken; do
		[ "$(get -o /dev/null -w '%{http_code}' "/attempts/1/artifacts/$path")" = 404 ]
	done
	[ "$(curl -sS -o /dev/null -w '%{http_code}' "$url/attempts/1/artifacts/1")" = 401 ]
	# What was exchanged behind our back is not given as what was left.
	cd "$dir/.tidemill/artifacts/a/manual__2026-05-02/t/1"
	rm d/c && ln -s /etc/passwd d/c
	[ "$(get -o "$dir/got" -w '%{http_code}' "/attempts/1/artifacts/2")" != 200 ]
	not grep -q root: "$dir/got"
	get "/api/v1/attempts/1" | jq -e '.artifacts[0].bytes == 26'
}
