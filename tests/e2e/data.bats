# data.bats - `tidemill data` looks into files as a person would: no project, no declared types.

setup() {
	dir=$(mktemp -d)
	cd "$dir" || exit 1
	printf 'id,name,at\n1,ann,2026-05-01\n2,"b, ""b""",\n3\n4,dan,2026-05-04\n' >people.csv
	printf '%s\n' '{"id":1,"props":{"a":[1, 2]}}' 'broken' '{"id":18446744073709551616,"late":true}' \
		>events.jsonl
	corpus=$BATS_TEST_DIRNAME/../../../shared/data/parquet-testing/data
}

teardown() {
	cd / && rm -rf "$dir"
}

# Standard output and standard error apart: in $out and $err, the exit code in $status.
data() {
	status=0
	out=$("$TIDEMILL" data "$@" 2>"$dir/err") || status=$?
	err=$(cat "$dir/err")
}

# Tests about Parquet need the corpus, which is no part of the source.
corpus() {
	[ -d "$corpus" ] || skip "no $corpus"
}

@test "cat: rows as JSON Lines, bad rows by file, row and reason on standard error" {
	data cat people.csv
	[ "$status" -eq 1 ]
	[ "$(jq -c '[.id, .name, .at]' <<<"$out")" = '["1","ann","2026-05-01"]
["2","b, \"b\"",null]
["4","dan","2026-05-04"]' ]
	[[ "$err" == *"no columns are declared"*"'people.csv': row 3: ragged_row: 1 fields, but the header has 3"* ]]
}

@test "cat: csv that reads back as it was" {
	data cat people.csv -o csv
	[ "$out" = 'id,name,at
1,ann,2026-05-01
2,"b, ""b""",
4,dan,2026-05-04' ]
}

@test "cat: the values of undeclared JSON Lines stay byte for byte" {
	data cat events.jsonl
	[ "$status" -eq 1 ]
	[ "$out" = '{"id":1,"props":{"a":[1, 2]},"late":null}
{"id":18446744073709551616,"props":null,"late":true}' ]
	[[ "$err" == *"'events.jsonl': row 2: malformed"* ]]
}

@test "declared columns have types, and what does not fit is a bad row" {
	data cat events.jsonl --columns id:int64,props:json
	[ "$status" -eq 1 ]
	[ "$out" = '{"id":1,"props":{"a":[1, 2]}}' ]
	[[ "$err" == *"row 3: out_of_range"* ]]
	[[ "$err" != *"declared"* ]]
	data schema events.jsonl --columns id:int64,props:json -o csv
	[ "$out" = 'column,type,nullable
id,int64,true
props,json,true' ]
}

@test "head: a table of the first rows, of the columns asked for, in their order" {
	data head -n 1 -c at,id people.csv
	[ "$status" -eq 0 ]
	[ "$out" = 'at         id
2026-05-01 1' ]
	data head -n 1 -c nmae people.csv
	[ "$status" -eq 2 ]
	[[ "$err" == *"there is no column 'nmae', perhaps 'name'"* ]]
	data head -n 2 -o csv people.csv people.csv
	[ "$(wc -l <<<"$out")" -eq 3 ]
}

@test "files without columns have nothing to show" {
	printf '{}\n{}\n' >bare.jsonl
	: >empty.jsonl
	for file in empty.jsonl bare.jsonl; do
		data cat "$file"
		[ "$status" -eq 0 ]
		[ -z "$out" ]
		[[ "$err" == *"'$file': there are no columns to read"* ]]
	done
	data count empty.jsonl bare.jsonl -o csv
	[ "$out" = 'file,rows,bad_rows
empty.jsonl,0,0
bare.jsonl,2,0' ]
}

@test "a csv file without even a header is a broken one" {
	: >empty.csv
	data cat empty.csv
	[ "$status" -eq 1 ]
	[ -z "$out" ]
	[[ "$err" == *"'empty.csv': it is empty, without even a header"* ]]
}

@test "count: each file and all of them" {
	gzip -k people.csv
	data count people.csv people.csv.gz -o jsonl
	[ "$status" -eq 1 ]
	[ "$(jq -c '[.file, .rows, .bad_rows]' <<<"$out")" = '["people.csv",3,1]
["people.csv.gz",3,1]' ]
	[ "$(jq -s 'map(.rows) | add' <<<"$out")" = 6 ]
	data count people.csv people.csv.gz
	[ "$(tail -n 1 <<<"$out")" = 'total            6        2' ]
	data count people.csv none.csv
	[ "$status" -eq 1 ]
	[[ "$out" != *total* ]]
}

@test "stats: what is in each column" {
	data stats people.csv --columns id:int64,name:string,at:date -o jsonl
	[ "$(jq -c '[.column, .rows, .nulls, .distinct, .min, .max]' <<<"$out")" = '["id",3,0,3,"1","4"]
["name",3,0,3,"ann","dan"]
["at",3,1,2,"2026-05-01","2026-05-04"]' ]
}

@test "one file that cannot be read does not keep the others" {
	data count none.csv people.csv -o jsonl
	[ "$status" -eq 1 ]
	[[ "$err" == *"open 'none.csv': no such file"* ]]
	[ "$(jq -c 'select(.file == "people.csv").rows' <<<"$out")" = 3 ]
	cp people.csv people.txt
	data cat people.txt
	[ "$status" -eq 2 ]
	[[ "$err" == *"add --format csv, jsonl or parquet"* ]]
	data count --format csv people.txt
	[ "$status" -eq 1 ]
}

@test "wrong words are wrong usage" {
	for words in "cat -o json x.csv" "cat --columns id x.csv" "cat --columns id:in64 x.csv" \
		"cat --columns id:int64,id:string x.csv" "cat -c a,a x.csv" "cat --schema none x.csv" \
		"cat --schema events --columns a:date x.csv" "head -n -1 x.csv" "head -n x x.csv" \
		"cat --format xls x.csv" "cat" "cat --rows 1 x.csv" \
		"head -n 99999999999999999999 x.csv"; do
		data $words
		echo "$words: $status: $err"
		[ "$status" -eq 2 ]
		[ -z "$out" ]
	done
}

@test "a reader that goes away is no mistake; a full disk is" {
	seq 200000 | sed 's/.*/{"n":&}/' >many.jsonl
	run bash -o pipefail -c '"$TIDEMILL" data cat --columns n:int64 many.jsonl | head -n 1'
	echo "$output"
	[ "$output" = '{"n":1}' ]
	run bash -c '"$TIDEMILL" data cat --columns n:int64 many.jsonl >/dev/full'
	[ "$status" -eq 1 ]
	[[ "$output" == *"write standard output: No space left on device" ]]
	run bash -c '"$TIDEMILL" data stats --columns n:int64 many.jsonl >/dev/full'
	[ "$status" -eq 1 ]
	[ "$output" = 'tidemill: write standard output: No space left on device' ]
}

@test "help says which outputs a command has" {
	run "$TIDEMILL" help data cat
	[[ "$output" == *"[-o jsonl|csv|table] data cat"* ]]
	[[ "$output" != *"table|json "* ]]
	run "$TIDEMILL" help dags list
	[[ "$output" == *"-o, --output table|json"* ]]
}

@test "schema: how Parquet stores each column; nested ones are listed" {
	corpus
	data schema "$corpus/alltypes_plain.parquet" -o jsonl
	[ "$status" -eq 0 ]
	[ "$(jq -c 'select(.column == "timestamp_col") | [.type, .physical, .codec]' <<<"$out")" = \
		'["timestamp","INT96","UNCOMPRESSED"]' ]
	data schema "$corpus/list_columns.parquet" -o jsonl
	[ "$(jq -r .type <<<"$out" | sort -u)" = nested ]
	data cat "$corpus/list_columns.parquet"
	[ -z "$out" ]
	[[ "$err" == *"nested columns are left out: int64_list.list.item, utf8_list.list.item"* ]]
}

@test "head, cat and stats of Parquet" {
	corpus
	data head -n 2 -c string_col,id,bool_col,timestamp_col "$corpus/alltypes_plain.parquet"
	[ "$status" -eq 0 ]
	[ "$out" = 'string_col id bool_col timestamp_col
0           4 true     2009-03-01T00:00:00Z
1           5 false    2009-03-01T00:01:00Z' ]
	data cat -c a,d "$corpus/datapage_v2.snappy.parquet"
	[ "$status" -eq 0 ]
	[ "$(sed -n 4p <<<"$out")" = '{"a":null,"d":false}' ]
	data cat "$corpus/datapage_v2.snappy.parquet"
	[[ "$err" == *"nested columns are left out: e.list.element"* ]]
	data stats -c id,date_string_col -o csv "$corpus/alltypes_tiny_pages.parquet"
	[ "$out" = 'column,type,rows,nulls,distinct,min,max,row_groups,packed_bytes,unpacked_bytes
id,int32,7300,0,7300,0,7299,1,37325,37325
date_string_col,string,7300,0,730,01/01/09,12/31/10,1,42118,42118' ]
	data cat "$corpus/datapage_v1-corrupt-checksum.parquet" "$corpus/alltypes_plain.parquet"
	[ "$status" -eq 1 ]
	[[ "$err" == *"its checksum is wrong"* ]]
}

@test "count: of Parquet from the footer" {
	corpus
	data count "$corpus/alltypes_plain.parquet" "$corpus/alltypes_tiny_pages.parquet" -o csv
	[ "$out" = "file,rows,bad_rows
$corpus/alltypes_plain.parquet,8,
$corpus/alltypes_tiny_pages.parquet,7300," ]
}

@test "a pipe is read when its columns are declared, and refused when they would be learned" {
	data cat -o csv --format csv --columns 'id:int64, name:string' - < <(sed 3,4d people.csv)
	[ "$status" -eq 0 ]
	[ "$out" = 'id,name
1,ann
4,dan' ]
	data head --format csv - < <(cat people.csv)
	[ "$status" -eq 1 ]
	[ -z "$out" ]
	[[ "$err" == *"'-': it is not a regular file: its columns cannot be learned; give --columns"* ]]
	mkfifo pipe.csv
	for action in head cat count stats schema; do
		data "$action" pipe.csv
	[ "$status" -eq 1 ]
		[[ "$err" == *"'pipe.csv': it is not a regular file"* ]]
	done
	data count --format parquet - < <(cat people.csv)
	[ "$status" -eq 1 ]
	[[ "$err" == *"Parquet is read from its end; save it first"* ]]
	data head -n 1 -c id --format csv - <people.csv
	[ "$out" = 'id
1' ]
}

@test "a file that is not what its name says does not look empty" {
	gzip -c people.csv >packed.jsonl
	printf '\xff\xfei\0d\0\n\0' >wide.csv
	printf '{\n  "a": 1\n}\n' >pretty.jsonl
	for action in head cat schema stats; do
		data "$action" packed.jsonl
	[ "$status" -eq 1 ]
		[[ "$err" == *"'packed.jsonl': it is gzip: its name has to end in .gz"* ]]
		data "$action" wide.csv
	[ "$status" -eq 1 ]
		[[ "$err" == *"'wide.csv': it is UTF-16: add --encoding utf-16"* ]]
		data "$action" pretty.jsonl
	[ "$status" -eq 1 ]
		[[ "$err" == *"'pretty.jsonl': no column is found in it; row 1: malformed"* ]]
		[ -z "$out" ]
	done
}

@test "tables: letters stay, control characters do not, null is not the empty text" {
	printf 'word,n\n\xc3\x84rger\e[31m,\n"",1\n' >words.csv
	for locale in C C.UTF-8 no_SUCH.UTF-8; do
		export LC_ALL=$locale
		data head words.csv
		unset LC_ALL
		[ "$out" = $'word          n\n\xc3\x84rger\\x1b[31m NULL\n              1' ]
	done
}

@test "messages: what a file holds does not steer the terminal" {
	printf 'id,\e[31mn\xc2\x9bx\n1\n' >$'t\e.csv'
	data cat --columns $'id:int64,no:int64' $'t\e.csv'
	[[ "$err" == *"'t\\x1b.csv'"* ]]
	[[ "$err" != *$'\e'* ]]
	printf '{"n":"\xc3\x84\xc2\x9b\x7f"}\n' >steer.jsonl
	data cat --columns n:int64 steer.jsonl
	[[ "$err" == *$'\xc3\x84''\xc2\x9b\x7f'* ]]
}

@test "head -n 0 shows the columns alone, and no row is no column" {
	data head -n 0 people.csv
	[ "$status" -eq 0 ]
	[ "$out" = 'id name at' ]
	[[ "$err" != *"no rows"* ]]
	data head -n 0 -o csv people.csv
	[ "$out" = 'id,name,at' ]
	printf 'a,b\n' >none.csv
	data head none.csv
	[ "$status" -eq 0 ]
	[ "$out" = 'a b' ]
	[[ "$err" == *"there are no rows"* ]]
}

@test "paths are looked at before names" {
	mkdir lake.d
	data head lake.d
	[ "$status" -eq 1 ]
	[[ "$err" == *"open 'lake.d': it is a directory: give the files in it, such as lake.d/*.parquet"* ]]
	data head 'lake.d/*'
	[ "$status" -eq 1 ]
	[[ "$err" == *"open 'lake.d/*': no such file; the pattern matches none"* ]]
	cp people.csv PEOPLE.CSV
	echo '{}' >_manifest.json
	data head -n 1 -c ID _manifest.json PEOPLE.CSV
	[ "$status" -eq 0 ]
	[ "$out" = 'id
1' ]
	[[ "$err" == *"'_manifest.json': skipped, because its name begins with '_' or '.'"* ]]
	cp _manifest.json .other
	data count _manifest.json PEOPLE.CSV .other -o csv
	[ "$out" = 'file,rows,bad_rows
PEOPLE.CSV,3,1' ]
	[[ "$err" == *"2 files skipped, because their names begin with '_' or '.': the first is '_manifest.json'"* ]]
}

@test "what is typed first says what to type instead" {
	data head --columns id people.csv
	[[ "$err" == *"'id' is not NAME:TYPE; to choose columns use -c"* ]]
	data head -n 1 -o csv -c ' NAME , id' people.csv
	[ "$out" = 'name,id
ann,1' ]
	data head -c nothing_like_it people.csv
	[[ "$err" == *"there is no column 'nothing_like_it'; there are id, name, at" ]]
	data head -c id,ID people.csv
	[ "$status" -eq 2 ]
	[[ "$err" == *"column 'id' is named twice"* ]]
	for action in cat count head schema stats; do
		run "$TIDEMILL" help data "$action"
		[[ "$output" == *"  tidemill data $action "* ]]
	done
}

@test "stats: no numbers that are false" {
	seq 65537 | sed '1i n' >many.csv
	data stats -o table many.csv
	[[ "$out" == *' >65536 '* ]]
	data stats -o jsonl many.csv
	[ "$(jq -c '[.distinct, .distinct_over]' <<<"$out")" = '[null,65536]' ]
	data stats many.csv none.csv
	[ "$status" -eq 1 ]
	[ -z "$out" ]
	[[ "$err" == *"there are no statistics"* ]]
}

@test "Parquet: other names, nested columns, damage and decimals" {
	corpus
	cp "$corpus/alltypes_plain.parquet" plain.csv
	data head plain.csv
	[ "$status" -eq 1 ]
	[[ "$err" == *"'plain.csv': it begins with PAR1: it is Parquet, add --format parquet"* ]]
	data head "$corpus/list_columns.parquet"
	[ "$status" -eq 1 ]
	[[ "$err" == *"3 rows, but no flat column"* ]]
	[[ "$err" != *"there are no rows"* ]]
	data stats "$corpus/datapage_v1-corrupt-checksum.parquet"
	[ "$status" -eq 1 ]
	[ -z "$out" ]
	data stats -o csv "$corpus/int32_decimal.parquet"
	[ "$(tail -n 1 <<<"$out")" = value,string,24,0,24,,,1,137,137 ]
}

@test "Parquet: a library that is missing is named with its package, and the file is not blamed" {
	corpus
	library=$(ldconfig -p | sed -n 's/.*libsnappy\.so\.1 .*=> //p' | head -n 1)
	[ -n "$library" ] || skip "no libsnappy"
	hide="mount --bind /dev/null $(readlink -f "$library")"
	unshare -rm sh -c "$hide" 2>/dev/null || skip "no namespaces of mounts here"
	run unshare -rm sh -c "$hide && exec '$TIDEMILL' data cat '$corpus/datapage_v2.snappy.parquet'"
	[ "$status" -eq 1 ]
	[[ "$output" == *"load library libsnappy.so.1: "*"; install the Debian package libsnappy1v5"* ]]
	[[ "$output" != *"damaged"* ]]
}

@test "files that look different: three lines and the options that are missing, then the rows" {
	printf 'Nr;Betrag;Zeit\n1;1.234,50;31.12.2026 23:59\n2;-;01.07.2026 00:00\nx;\xfc;\n' >"$dir/s.csv"
	data cat "$dir/s.csv" --columns 'nr:int64,betrag:float64,zeit:timestamp'
	[ "$status" -eq 1 ]
	[[ "$err" == *"line 2: 1;1.234,50;31.12.2026 23:59"* ]]
	[[ "$err" == *"separated by ';'? add --delimiter ';'"* ]]
	[[ "$err" == *"of another encoding? add --encoding latin1"* ]]
	data cat "$dir/s.csv" --columns 'nr:int64,betrag:float64,zeit:timestamp' \
		--delimiter ';' --decimal , --thousands . --encoding latin1 --null-values - \
		--timestamp-format '%d.%m.%Y %H:%M' --timezone Europe/Berlin --rename 'Nr:nr,Betrag:betrag,Zeit:zeit' -o csv
	[ "$status" -eq 1 ] # the third row
	[[ "$out" == *$'\n1,1234.5,2026-12-31T22:59:00Z\n'* ]]
	[[ "$out" == *$'\n2,,2026-06-30T22:00:00Z' ]]
	[[ "$err" == *"row 3: wrong_type: column 'nr': 'x' is no int64"* ]]
	data head "$dir/s.csv" --encoding latin1
	[[ "$err" == *"separated by ';'? add --delimiter ';'"* ]]
	data head "$dir/s.csv" --delimiter ';;'
	[ "$status" -eq 2 ]
	[[ "$err" == *"--delimiter: it has to be one ASCII character, not ';;'"* ]]
	printf '{"user":{"id":7,"tags":["a","b"]},"ts":1777593600000}\n' >"$dir/c.jsonl"
	data cat "$dir/c.jsonl" --columns 'user_id:int64,tag:string,ts:timestamp' \
		--rename '$.user.id:user_id,$.user.tags[1]:tag' --timestamp-format epoch_ms
	[ "$out" = '{"user_id":7,"tag":"b","ts":"2026-05-01T00:00:00Z"}' ]
	"$TIDEMILL" data cat "$dir/c.jsonl" --rename '$.user.id:user_id' | jq -e '.user_id == 7'
}

@test "where a tenth of the rows do not fit, what they lack is offered" {
	printf 'id,x,y\n1,1,1\n2,NA,2\n3,3,-\n' >"$dir/n.csv"
	data cat "$dir/n.csv" --columns 'id:int64,x:float64,y:float64'
	[ "$status" -eq 1 ]
	[[ "$err" == *"words for null? add --null-values 'NA,-'"* ]]
	[[ "$err" != *"line 1"* ]]
	{ echo id,x; yes 1,1 | head -n 20; echo 2,NA; } >"$dir/m.csv"
	data cat "$dir/m.csv" --columns 'id:int64,x:float64'
	[[ "$err" == *"'NA' is no float64"* && "$err" != *"words for null"* ]]
	printf 'a;b\n1;\xfc\n2;b\n' >"$dir/u.csv"
	data cat "$dir/u.csv"
	[ "$(grep -c 'encoding latin1' <<<"$err")" = 1 ]
	[[ "$err" != *"called something else"* ]]
	{ echo id; yes x | head -n 50; } >"$dir/l.csv"
	data cat "$dir/l.csv" --columns id:int64
	[[ "$err" == *"row 20: "* && "$err" != *"row 21: "* && "$err" == *"30 more rows like these"* ]]
}

@test "a name that says something to other programs, and a directory: what to type" {
	local name
	mkdir -p "$dir/set/event_date=2026-05-01"
	: >"$dir/set/event_date=2026-05-01/part-0.parquet"
	printf 'a\tb\n1\t2\n' | tee "$dir/t.tsv" >"$dir/t.csv.gz"
	: >"$dir/t.xlsx"
	while IFS='|' read -r name said; do
		data head "$dir/$name"
		echo "$name: $err"
		[[ "$err" == *"$said"* ]]
	done <<-'FILES'
		t.tsv|add --format csv --delimiter tab
		t.xlsx|save it as csv
		t.csv.gz|if it is not packed, rename it
		set|such as
		set|set/*/part-*
		set/event_date=2026-05-01|event_date=2026-05-01/*.parquet
	FILES
}

@test "Parquet: their names become ours, nested columns are named as such, unsigned numbers are whole" {
	corpus
	data cat -o csv -c ours --rename id:ours "$corpus/alltypes_plain.parquet"
	[ "$(head -n 2 <<<"$out" | tr '\n' ' ')" = "ours 4 " ]
	data cat --columns ours:int64 --rename nothing:ours "$corpus/alltypes_plain.parquet"
	[ "$status" -eq 1 ]
	[[ "$err" == *"it has no column 'nothing'; there are id, bool_col, "* ]]
	data head -c a "$corpus/nested_lists.snappy.parquet"
	[ "$status" -eq 2 ]
	[[ "$err" == *"column 'a' is nested (it repeats)"* ]]
}
