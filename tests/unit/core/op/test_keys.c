/* test_keys.c - every way to get an operator or a check of a DAG file wrong. */
#include "tests/fixture/dagfile.h"

static void
names_every_mistake_in_the_choice_of_an_operator(void **state)
{
	static const struct mistake cases[] = {
		{ "ingest needs", HEAD DAILY RAW "tasks: {a: {operator: ingest}}\n",
		  "4:9 task 'a' needs the key 'event_time'\n4:9 task 'a' needs the key 'from'\n"
		  "4:9 task 'a' needs the key 'output'" },
		{ "ingest",
		  HEAD DAILY RAW "tasks: {a: {operator: ingest, from: {path: x, format: parqet},\n"
				 "  event_time: timestmp, on_bad_row: qarantine, max_bad: 101%,\n"
				 "  unknown_keys: warn, output: r}}\n",
		  "4:55 'format' has to be csv, jsonl or parquet => did you mean 'parquet'?\n"
		  "5:15 there is no column 'timestmp' => did you mean 'timestamp'?\n"
		  "5:37 'on_bad_row' has to be quarantine, fail or drop\n"
		  "5:57 'max_bad' has to be from 0% to 100%\n6:17 'unknown_keys' has to be ignore "
		  "or fail" },
		{ "event time",
		  HEAD DAILY RAW "tasks: {a: {operator: ingest, from: {path: x, format: csv},\n"
				 "  event_time: event_id, output: r}}\n",
		  "5:15 'event_time' needs a timestamp or date, column 'event_id' is a int64" },
		{ "files that look different",
		  HEAD DAILY RAW "tasks: {a: {operator: ingest, event_time: timestamp, output: r, "
				 "from: {path: x,\n"
				 "  format: csv, delimiter: ;;, delimter: x, encoding: latin2, "
				 "timezone: Europe/Berln,\n"
				 "  timestamp_format: {timstamp: epoch_s, user_id: epoch_s}, "
				 "date_format: epoch_s,\n"
				 "  rename: {a: user_id, b: user_id, c: usr_id}, null_values: [a, "
				 "[b]], header: {}}}}\n",
		  "5:27 'delimiter': it has to be one ASCII character, not ';;'\n"
		  "5:31 'from' has no key 'delimter' => did you mean 'delimiter'?\n"
		  "5:54 'encoding': it has to be utf-8, latin1 => did you mean 'latin1'?\n"
		  "5:72 'timezone': there is no time zone 'Europe/Berln' "
		  "=> did you mean 'Europe/Berlin'?\n"
		  "6:22 there is no column 'timstamp' => did you mean 'timestamp'?\n"
		  "6:41 column 'user_id' is a int64, not a timestamp\n"
		  "6:73 'date_format': 'epoch_s' is for timestamps\n"
		  "7:27 'rename': 'a' and 'b' are both to be 'user_id'\n"
		  "7:39 there is no column 'usr_id' => did you mean 'user_id'?\n"
		  "7:65 'null_values': each value has to be a single text\n"
		  "7:79 'header' has to be a single value, not a map" },
		{ "keys of other formats",
		  HEAD DAILY RAW "tasks: {a: {operator: ingest, event_time: timestamp, output: r, "
				 "from: {path: x,\n"
				 "  format: jsonl, delimiter: tab, encoding: utf-16}}}\n",
		  "5:29 'delimiter' says nothing of files of format jsonl" },
		{ "keys that contradict each other",
		  HEAD DAILY RAW "tasks: {a: {operator: ingest, event_time: timestamp, output: r, "
				 "from: {path: x,\n"
				 "  format: csv, decimal: \",\", thousands: \",\"}}}\n",
		  "4:71 'thousands' and 'decimal' are the same character" },
		{ "ingest's times",
		  HEAD DAILY RAW "tasks: {a: {operator: ingest, from: {path: x, format: csv},\n"
				 "  event_time: _received_at, received_at: user_id, output: r}}\n",
		  "5:15 there is no column '_received_at'\n"
		  "5:42 'received_at' needs a timestamp, column 'user_id' is a int64" },
	};

	(void)state;
	assert_all(cases, countof(cases));
}

static void
names_every_mistake_in_an_output(void **state)
{
	static const struct mistake cases[] = {
		{ "outputs",
		  HEAD DAILY "datasets:\n  r: {path: a, format: csv, schema: events}\n"
			     "  u: {path: b, format: csv, partitioned: false, schema: events}\n"
			     "tasks:\n  a: {operator: command, run: [x], output: r}\n"
			     "  b: {operator: command, run: [x], output: r}\n"
			     "  c: {operator: command, run: [x], output: u}\n"
			     "  d: {operator: command, run: [x], output: rr}\n",
		  "8:44 dataset 'r' is written by task 'a' already, in line 7\n"
		  "9:44 task 'c' writes 'u', which is not partitioned\n"
		  "10:44 task 'd' writes 'rr', which is not declared => did you mean 'r'?" },
		{ "no schedule",
		  HEAD RAW "tasks:\n  a: {operator: command, run: [x], output: r}\n"
			   "  b: {operator: command, run: [x], inputs: [r]}\n",
		  "4:44 task 'a' writes a partition, but the dag has no schedule => partition: "
		  "day\n"
		  "5:45 task 'b' reads a partition, but the dag has no schedule => partition: "
		  "day" },
		{ "reads itself",
		  HEAD DAILY RAW
		  "tasks: {a: {operator: command, run: [x], inputs: [r], output: r}}\n",
		  "4:51 task 'a' reads what it writes itself" },
		{ "dedup without a name",
		  HEAD DAILY RAW "tasks: {d: {operator: dedup, input: [r], key: a, output: r}}\n",
		  "4:37 'input' has to be a single value, not a list" },
		{ "dedup",
		  HEAD DAILY "datasets:\n  r: {path: a, format: csv, schema: events}\n"
			     "  c: {path: b, format: csv, columns: {event_id: int64}}\n"
			     "  x: {path: c, format: csv, columns: {event_id: int64}}\n"
			     "tasks:\n  i: {operator: ingest, from: {path: x, format: csv},\n"
			     "      event_time: timestamp, output: r}\n"
			     "  d: {operator: dedup, input: r, key: [], output: c, keep: frist}\n"
			     "  e: {operator: dedup, input: c, key: event_idd, output: x}\n",
		  "5:3 dataset 'c' has to declare the columns of 'r'\n"
		  "10:34 'key' has to be a list of at least one value\n"
		  "10:60 'keep' has to be first, last or error, not 'frist' => did you mean "
		  "'first'?" },
		{ "key of dedup",
		  HEAD DAILY "datasets:\n"
			     "  r: {path: a, format: csv, columns: {id: int64}}\n"
			     "  c: {path: b, format: csv, columns: {id: int64}}\n"
			     "tasks: {d: {operator: dedup, input: r, key: idd, output: c}}\n",
		  "6:45 there is no column 'idd' => did you mean 'id'?" },
	};

	(void)state;
	assert_all(cases, countof(cases));
}

static void
names_every_mistake_in_the_keys_of_a_score(void **state)
{
	static const struct mistake cases[] = {
		{ "engagement",
		  HEAD DAILY RAW "tasks: {a: {operator: score, method: engagement, input: r,\n"
				 "  window: 367d, formula: txt, normalize_over: fixed, round: 16,\n"
				 "  weights: {user: 1}, output: s, dedup: event_id,\n"
				 "  days_denominator: 0}}\n",
		  "4:9 task 'a': 'normalize_over: fixed' needs\n"
		  "5:11 'window' has to be days from 1d to 366d, hours, or a map, not '367d'\n"
		  "5:26 'formula' has to be code or text, not 'txt' => did you mean 'text'?\n"
		  "5:61 'round' has to be a whole number from 0 to 15\n"
		  "6:13 'weights' has no key 'user' => did you mean 'users'?\n"
		  "6:31 task 'a' writes 's', which is not declared\n"
		  "6:34 'dedup' of a score belongs inside 'from' => from: {path\n"
		  "7:21 'days_denominator' has to be a whole number from 1 to 366" },
		{ "score columns",
		  HEAD DAILY
		  "datasets:\n"
		  "  r: {path: a, format: csv, columns: {tenant_id: string}}\n"
		  "  s: {path: b, format: csv}\n"
		  "tasks: {d: {operator: score, method: engagement, input: r, output: s}}\n",
		  "6:57 dataset 'r' has column 'tenant_id' as string, not as int64, which task "
		  "'d'" },
		{ "adoption",
		  HEAD DAILY
		  "datasets:\n  r: {path: a, format: csv, schema: events}\n"
		  "  t: {path: t, format: csv, columns: {tenant_id: int64, plan: string}}\n"
		  "  s: {path: b, format: csv}\n"
		  "tasks: {d: {operator: score, method: adoption, input: r, output: s,\n"
		  "  dimension: t, min_users: {absolut: 1}, buckets: [10, 5], plans: [],\n"
		  "  rank: densest}}\n",
		  "7:9 task 'd' needs the key 'feature'\n8:14 dataset 't' has no column "
		  "'active_users'\n"
		  "8:14 the dimension 't' of task 'd' cannot be\n"
		  "8:29 'min_users' has no key 'absolut' => did you mean 'absolute'?\n"
		  "8:56 the edges of 'buckets' have to rise\n8:60 'plans' has to be a list\n"
		  "9:9 'rank' has to be rank, dense_rank or row_number" },
	};

	(void)state;
	assert_all(cases, countof(cases));
}

static void
names_what_cannot_be_rolled_up(void **state)
{
	static const struct mistake cases[] = {
		{ "needs", HEAD DAILY RAW "tasks: {a: {operator: rollup}}\n",
		  "4:9 task 'a' needs the key 'input'\n4:9 task 'a' needs the key 'output'" },
		{ "keys of others",
		  HEAD DAILY RAW "tasks: {a: {operator: rollup, input: r, window: 7d, otput: x,\n"
				 "  output: x}}\n",
		  "4:41 task 'a' has no key 'window'\n"
		  "4:53 task 'a' has no key 'otput' => did you mean 'output'?\n"
		  "5:11 task 'a' writes 'x', which is not declared" },
		{ "columns",
		  HEAD DAILY
		  "datasets:\n"
		  "  r: {path: a, columns: {event_type: string, feature_name: string, user_id: "
		  "int64,\n      event_id: string, timestamp: timestamp, tenant_id: int32}}\n"
		  "  t: {path: b, columns: {event_type: string, feature_name: string, user_id: "
		  "int64,\n      event_id: string, timestamp: timestamp, tenant_id: int64}}\n"
		  "  u: {path: c, columns: {event_type: string}}\n"
		  "  x: {path: x}\n  y: {path: y}\n  z: {path: z, columns: {a: int64}}\n"
		  "tasks:\n  a: {operator: rollup, input: r, output: x}\n"
		  "  b: {operator: rollup, input: u, output: y}\n"
		  "  c: {operator: rollup, input: t, output: z}\n",
		  "11:3 the columns of dataset 'z' are fixed by the operator that writes it\n"
		  "13:32 dataset 'r' has column 'tenant_id' as int32, not as int64, which task "
		  "'a'\n"
		  "14:32 dataset 'u' has no column 'feature_name', which task 'b' needs" },
		{ "a file",
		  HEAD DAILY "datasets:\n"
			     "  r: {path: a, partitioned: false, schema: events}\n  x: {path: x}\n"
			     "tasks: {a: {operator: rollup, input: r, output: x}}\n",
		  "6:38 task 'a' rolls up one day of 'r', which is not partitioned" },
		{ "of a rollup",
		  HEAD DAILY RAW2 "  x: {path: x}\n  y: {path: y}\n"
				  "tasks:\n  a: {operator: rollup, input: r, output: x}\n"
				  "  b: {operator: rollup, input: x, output: y}\n",
		  "9:32 dataset 'x' has no column 'timestamp', which task 'b' needs" },
		{ "score of nearly a rollup",
		  HEAD DAILY
		  "datasets:\n"
		  "  r: {path: r, columns: {event_date: date, event_type: string, feature_name: "
		  "string,\n      tenant_id: int64, user_id: int64, interaction_count: int32}}\n"
		  "  x: {path: x}\n"
		  "tasks: {a: {operator: score, method: engagement, input: r, output: x}}\n",
		  "7:57 dataset 'r' has no column 'timestamp', which task 'a' needs" },
	};

	(void)state;
	assert_all(cases, countof(cases));
}

#define SCORE "  x: {path: x}\ntasks:\n  a: {operator: score, method: engagement, output: x,\n    "

static void
names_every_mistake_in_from_of_a_score(void **state)
{
	static const struct mistake cases[] = {
		{ "neither", HEAD DAILY RAW2 SCORE "}\n",
		  "7:3 task 'a' needs the key 'input' or 'from'" },
		{ "both", HEAD DAILY RAW2 SCORE "input: r, from: {path: x, format: csv}}\n",
		  "7:3 task 'a' has 'input' or 'from', not both" },
		{ "not a map", HEAD DAILY RAW2 SCORE "from: x.csv}\n",
		  "8:11 'from' has to be a map" },
		{ "keys", HEAD DAILY RAW2 SCORE "from: {formt: csv, schema: event, dedup: []}}\n",
		  "8:5 'from' needs the key 'path'\n"
		  "8:12 'from' has no key 'formt' => did you mean 'format'?\n"
		  "8:32 there is no schema 'event' => did you mean 'events'?\n"
		  "8:39 'dedup' has to be a list of at least one value" },
		{ "columns",
		  HEAD DAILY RAW2 SCORE "from: {path: a, format: csv, columns: {a: int64},\n"
					"    dedup: [a, event_id]}}\n",
		  "8:11 what 'from' reads has no column 'tenant_id', which task 'a' needs\n"
		  "9:16 there is no column 'event_id'" },
		{ "event types without their column",
		  HEAD DAILY RAW2 SCORE
		  "from: {path: a, format: csv, columns: {tenant_id: int64, feature_name: string,\n"
		  "    timestamp: timestamp, user_id: string, event_id: string}}, event_types: "
		  "b}\n",
		  "8:11 what 'from' reads has no column 'event_type', which task 'a' needs" },
		{ "rollups",
		  HEAD DAILY RAW2 SCORE
		  "from: {path: a, format: csv, columns: {event_date: date, event_type: string,\n"
		  "    feature_name: string, tenant_id: int64, user_id: int64, interaction_count: "
		  "int64}}}\n",
		  "8:11 what 'from' reads has no column 'timestamp', which task 'a' needs" },
		{ "a column that is no key",
		  HEAD DAILY RAW2 SCORE "from: {path: a, format: csv, dedup: event_idd}}\n",
		  "8:41 there is no column 'event_idd' => did you mean 'event_id'?" },
		{ "both schemas",
		  HEAD DAILY RAW2 SCORE
		  "from: {path: a, format: csv, schema: events, columns: {a: int64}}}\n",
		  "8:42 'from' has 'columns' or 'schema', not both" },
		{ "no columns",
		  HEAD DAILY RAW2 SCORE "from: {path: a, format: csv, columns: {}}}\n",
		  "8:34 'from' has 1 to 1000 columns" },
		{ "template", HEAD DAILY RAW2 SCORE "from: {path: '{{ dd }}', format: csv}}\n",
		  "8:22 'path': there is no template variable 'dd' => did you mean 'ds'?" },
		{ "one day of seven",
		  HEAD DAILY RAW2 SCORE "from: {path: '{{ ds }}.csv', format: csv}}\n",
		  "8:18 this is one file, but the window has 7 days => with '*'" },
		{ "one day of one",
		  HEAD DAILY RAW2 SCORE "window: 1d, from: {path: '{{ ds }}.csv', format: csv}}\n",
		  "" },
		{ "adoption needs its dimension",
		  HEAD DAILY RAW2
		  "  x: {path: x}\n  t: {path: t, columns: {tenant_id: int64, plan: string}}\n"
		  "tasks: {a: {operator: score, method: adoption, output: x, feature: f,\n"
		  "    from: {path: 'a*', format: parquet}, dimension: t}}\n",
		  "8:53 dataset 't' has no column 'active_users', which task 'a' needs\n"
		  "8:53 the dimension 't' of task 'a' cannot be" },
		{ "ingest has no dedup",
		  HEAD DAILY RAW "tasks: {a: {operator: ingest, event_time: timestamp, output: r,\n"
				 "  from: {path: x, format: parquet, dedup: [event_id]}}}\n",
		  "5:36 'from' has no key 'dedup'" },
	};

	(void)state;
	assert_all(cases, countof(cases));
}

static void
names_every_mistake_in_a_command(void **state)
{
	static const struct mistake cases[] = {
		{ "command",
		  HEAD DAILY RAW
		  "tasks:\n  a: {operator: command}\n"
		  "  b: {operator: command, run: [x], shell: y}\n"
		  "  c: {operator: command, run: x y}\n"
		  "  d: {operator: command, run: [x], inputs: [{dataset: r, window: 7}, {}]}\n"
		  "  e: {operator: command, run: [x], checks: [row_count]}\n",
		  "5:3 task 'a' needs the key 'run' or 'shell'\n6:3 task 'b' has 'run' or 'shell', "
		  "not both\n"
		  "7:31 'run' has to be a list: the program and its arguments => use 'shell'\n"
		  "8:66 'window' has to be days from 1d to\n8:70 an item of 'inputs' needs the "
		  "key\n"
		  "9:45 task 'e' has checks but no 'output'" },
		{ "window of a file",
		  HEAD DAILY
		  "datasets:\n"
		  "  u: {path: b, format: csv, partitioned: false, schema: events}\n"
		  "tasks: {d: {operator: command, run: [x], inputs: [{dataset: u, window: 7d}]}}\n",
		  "5:61 task 'd' reads a window of 'u', which is not partitioned" },
		{ "no cascade from an unknown operator",
		  HEAD DAILY
		  "datasets:\n"
		  "  r: {path: a, format: csv, schema: events}\n"
		  "  c: {path: b, format: csv, schema: events}\n"
		  "tasks:\n  i: {operator: ingst, from: {path: x, format: csv}, output: r}\n"
		  "  d: {operator: dedup, input: r, key: event_id, output: c, needs: i}\n",
		  "7:17 'operator' has to be => did you mean 'ingest'?" },
	};

	(void)state;
	assert_all(cases, countof(cases));
}

static void
names_every_mistake_in_a_check(void **state)
{
	static const struct mistake cases[] = {
		{ "quality", HEAD DAILY RAW "tasks: {q: {operator: quality, dataset: r}}\n",
		  "4:9 task 'q' needs the key 'checks'" },
		{ "no list",
		  HEAD DAILY RAW "tasks: {q: {operator: quality, dataset: r, checks: {}}}\n",
		  "4:44 'checks' has to be a list of 1 to 100 checks" },
		{ "kinds",
		  HEAD DAILY RAW
		  "tasks: {q: {operator: quality, dataset: r, checks: [\n"
		  "  rowcount, freshness, [a], {not_null: {columns: a}, unique: {columns: b}},\n"
		  "  not_nul: {columns: [a]}]}}\n",
		  "5:3 there is no check 'rowcount' => did you mean 'row_count'?\n"
		  "5:13 check 'freshness' is not supported in this version\n"
		  "5:24 each check has to be one\n5:29 each check has to be one\n"
		  "6:3 there is no check 'not_nul' => did you mean 'not_null'?" },
		{ "parameters",
		  HEAD DAILY RAW
		  "tasks: {q: {operator: quality, dataset: r, checks: [\n"
		  "  row_count: {min: 5, max: 4}, not_null: {},\n"
		  "  accepted_range: {column: event_id}, accepted_values: {column: a},\n"
		  "  volume_change: {warn_drop: 120%, lookback: 0, severity: fatal},\n"
		  "  unique: {columns: [event_id], on_fail: quarantine}]}}\n",
		  "5:3 'min' of check 'row_count' is above its 'max'\n"
		  "5:32 check 'not_null' needs the key 'columns'\n"
		  "6:3 check 'accepted_range' needs 'min' or 'max'\n"
		  "6:39 check 'accepted_values' needs 'values' or 'values_from'\n"
		  "6:65 there is no column 'a' to check\n"
		  "7:30 'warn_drop' has to be from 0% to 100%\n7:46 'lookback' has to be a whole "
		  "number\n"
		  "7:59 'severity' has to be error, warn or info\n"
		  "8:33 check 'unique' has no key 'on_fail'" },
		{ "columns",
		  HEAD DAILY RAW "tasks: {q: {operator: quality, dataset: r, checks: [\n"
				 "  not_null: {columns: [event_id, tenantid]},\n"
				 "  accepted_range: {column: event_type, min: 0}]}}\n",
		  "5:34 there is no column 'tenantid' to check => did you mean 'tenant_id'?\n"
		  "6:28 'accepted_range' needs a number, a timestamp or a date, column "
		  "'event_type' is a string" },
		{ "quarantine in quality",
		  HEAD DAILY RAW
		  "tasks: {q: {operator: quality, dataset: r,\n"
		  "  checks: [not_null: {columns: event_id, on_fail: quarantine}]}}\n",
		  "5:12 a quality task writes nothing, so it cannot quarantine rows" },
	};

	(void)state;
	assert_all(cases, countof(cases));
}

static void
names_what_a_check_could_never_match(void **state)
{
	static const struct mistake cases[] = {
		{ "values that the column never has",
		  HEAD DAILY RAW
		  "tasks: {q: {operator: quality, dataset: r, checks: [\n"
		  "  accepted_values: {column: user_id, values: [1, 2.0, 2.5, x]},\n"
		  "  accepted_values: {column: timestamp,\n"
		  "    values: [2026-05-01 12:00:00, noon]},\n"
		  "  accepted_range: {column: user_id, min: 0.1, max: 0.9},\n"
		  "  accepted_range: {column: timestamp, min: 2026-05-01, max: 7}]}}\n",
		  "5:55 check 'accepted_values' of column 'user_id': '2.5' is no whole number\n"
		  "5:60 check 'accepted_values' of column 'user_id': 'x' is no whole number, and "
		  "the column is int64\n"
		  "7:35 check 'accepted_values' of column 'timestamp': 'noon' is no timestamp, and "
		  "the column is timestamp => write it as 2026-05-01T12:00:00Z\n"
		  "8:42 check 'accepted_range' of column 'user_id': no int64 lies in this range\n"
		  "9:61 check 'accepted_range' of column 'timestamp': '7' is no timestamp, and the "
		  "column is timestamp" },
		{ "bounds",
		  HEAD DAILY RAW "tasks: {q: {operator: quality, dataset: r, checks: [\n"
				 "  accepted_range: {column: user_id, min: few},\n"
				 "  row_count: {min: -1, max: '5'}]}}\n",
		  "5:42 'min' has to be a number, a timestamp or a date\n"
		  "6:20 'min' has to be a number from 0 on\n"
		  "6:29 'max' has to be a number from 0 on" },
	};

	(void)state;
	assert_all(cases, countof(cases));
}

static void
names_every_mistake_in_the_keys_of_sessionize(void **state)
{
	static const struct mistake cases[] = {
		{ "sessionize needs",
		  HEAD DAILY RAW "tasks: {a: {operator: sessionize, gap: 0s, carry_over: 1}}\n",
		  "4:9 task 'a' needs the key 'input'\n4:9 task 'a' needs the key 'output'\n"
		  "4:40 'gap' has to be\n4:56 'carry_over' has to be true or false" },
		{ "columns of its input",
		  HEAD DAILY
		  "datasets:\n  r: {path: a, format: csv, columns: {user_id: float64, "
		  "t: date, at: timestamp, events: string}}\n"
		  "  s: {path: b, format: csv}\n  u: {path: c, format: csv}\n"
		  "  v: {path: d, format: csv}\n  w: {path: e, format: csv}\n"
		  "tasks:\n  a: {operator: sessionize, input: r, time: at, output: s}\n"
		  "  b: {operator: sessionize, input: r, unit: at, time: at, output: u}\n"
		  "  c: {operator: sessionize, input: r, unit: events, time: t, "
		  "output: v}\n"
		  "  d: {operator: sessionize, input: r, unit: who, output: w}\n",
		  "10:36 dataset 'r' has column 'user_id' as float64, not as int64 or string, "
		  "which "
		  "task 'a' needs\n"
		  "11:45 dataset 'r' has column 'at' as timestamp, not as int64 or string, which "
		  "task 'b' needs\n"
		  "12:45 'unit' cannot be 'events': the output has a column of its own with that "
		  "name\n"
		  "12:59 dataset 'r' has column 't' as date, not as timestamp, which task 'c' "
		  "needs\n"
		  "13:45 dataset 'r' has no column 'who', which task 'd' needs" },
		{ "columns of its output",
		  HEAD DAILY RAW2 "  s: {path: b, format: csv, columns: {user_id: string}}\n"
				  "tasks: {a: {operator: sessionize, input: r, output: s}}\n",
		  "5:3 the columns of dataset 's' are fixed by the operator that writes it => "
		  "leave "
		  "'columns' out" },
		{ "columns of its output, whose input is elsewhere",
		  HEAD DAILY "datasets:\n  s: {path: b, format: csv}\n"
			     "  t: {path: c, format: csv, columns: {user_id: int64}}\n"
			     "tasks:\n  a: {operator: sessionize, input: elsewhere, output: s}\n"
			     "  b: {operator: sessionize, input: elsewhere, output: t}\n",
		  "4:3 dataset 's' needs 'columns': those of 'elsewhere', from which they "
		  "follow, are declared in another file => columns: {user_id: string, "
		  "session_number: int64, "
		  "session_id: string, session_start: timestamp, session_end: timestamp, events: "
		  "int64, duration_s: float64}\n"
		  "5:3 the columns of dataset 't' are fixed by the operator that writes it => "
		  "columns: {user_id: int64, session_number: int64" },
	};

	(void)state;
	assert_all(cases, countof(cases));
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_every_mistake_in_the_choice_of_an_operator),
		cmocka_unit_test(names_every_mistake_in_an_output),
		cmocka_unit_test(names_every_mistake_in_the_keys_of_a_score),
		cmocka_unit_test(names_every_mistake_in_the_keys_of_sessionize),
		cmocka_unit_test(names_what_cannot_be_rolled_up),
		cmocka_unit_test(names_every_mistake_in_from_of_a_score),
		cmocka_unit_test(names_every_mistake_in_a_command),
		cmocka_unit_test(names_every_mistake_in_a_check),
		cmocka_unit_test(names_what_a_check_could_never_match),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
