/* test_ingest.c - landing files to a partition, and what is set aside. */
#include "tests/fixture/lanes.h"
#include "tests/fixture/op.h"

#include "worker/format/writer.h"

static const char yaml_head[] =
    "dag: shop\n"
    "schedule: '30 2 * * *'\n"
    "start_date: 2026-04-01\n"
    "datasets:\n"
    "  raw: {path: lake/raw, format: csv, columns: {id: int64, name: string, at: timestamp, "
    "extra: json}}\n"
    "tasks:\n"
    "  ingest:\n"
    "    operator: ingest\n"
    "    event_time: at\n"
    "    output: raw\n";

static void
open_project(struct project *p, const char *tail)
{
	char *yaml = mem_format("%s%s", yaml_head, tail);

	project_open(p, yaml);
	free(yaml);
}

#define FROM_JSONL "    from: {path: 'landing/{{ ds }}*.jsonl', format: jsonl}\n"
#define FROM_CSV "    from: {path: 'landing/{{ ds }}.csv', format: csv}\n"
#define HEAD "id,name,at,extra,_received_at,_source_file,_row\n"
#define Q_HEAD "source_file,row,reason,detail,raw\n"

static void
rows_of_the_day_are_taken_in_order(void **state)
{
	struct project p;

	(void)state;
	open_project(&p, FROM_JSONL "    received_at: got\n");
	project_text(&p, "landing/2026-05-01b.jsonl",
		     "{\"id\":3,\"name\":\"\",\"at\":\"2026-05-01T23:59:59.5Z\",\"other\":1}\n");
	project_text(
	    &p, "landing/2026-05-01a.jsonl",
	    "\xEF\xBB\xBF{\"id\":1,\"name\":\"a,\\\"b\\\"\\u00e9\",\"at\":\"2026-05-01T00:"
	    "00:00Z\",\"extra\":{ \"k\" : [1, \"x\"]},\"got\":\"2026-05-03T01:00:00Z\"}\r\n"
	    "\n"
	    "{\"name\":null,\"at\":\"2026-05-01 10:00:00+02:00\"}");
	project_must(&p, "ingest", DAY);
	project_expect(&p, "raw", DAY,
		       HEAD
		       "1,\"a,\"\"b\"\"\xC3\xA9\",2026-05-01T00:00:00Z,\"{ \"\"k\"\" : [1, "
		       "\"\"x\"\"]}\",2026-05-03T01:00:00Z,landing/2026-05-01a.jsonl,1\n"
		       ",,2026-05-01T08:00:00Z,,2026-05-02T00:00:00Z,landing/2026-05-01a.jsonl,3\n"
		       "3,\"\",2026-05-01T23:59:59.500000Z,,2026-05-02T00:00:00Z,landing/"
		       "2026-05-01b.jsonl,1\n");
	assert_int_equal(project_counter(&p, "raw", DAY, "read"), 3);
	assert_int_equal(project_counter(&p, "raw", DAY, "unknown_keys"), 1);
	assert_int_equal(project_counter(&p, "raw", DAY, "files"), 2);
	project_close(&p);
}

static void
bad_rows_are_set_aside_with_their_reason(void **state)
{
	static const struct {
		const char *line, *reason;
	} cases[] = {
		{ "{\"id\":1,\"at\":\"2026-05-02T00:00:00Z\"}", "wrong_partition" },
		{ "{\"id\":1,\"at\":\"2026-04-30T23:59:59Z\"}", "wrong_partition" },
		{ "{\"id\":1}", "null_event_time" },
		{ "{\"id\":9223372036854775808}", "out_of_range" },
		{ "{\"id\":-9223372036854775809}", "out_of_range" },
		{ "{\"id\":1.5}", "wrong_type" },
		{ "{\"id\":\"1\"}", "wrong_type" },
		{ "{\"id\":true}", "wrong_type" },
		{ "{\"name\":1}", "wrong_type" },
		{ "{\"at\":\"yesterday\"}", "wrong_type" },
		{ "{\"id\":1,\"id\":2}", "duplicate_key" },
		{ "{\"zz\":1,\"zz\":2}", "duplicate_key" },
		{ "{\"id\":1", "malformed" },
		{ "[1]", "malformed" },
		{ "{\"name\":\"\\ud800\"}", "malformed" },
		{ "{\"name\":\"caf\xE9\"}", "not_utf8" },
	};
	struct buf landing, want;
	struct project p;
	char *text, *at;

	(void)state;
	buf_init(&landing, SIZE_MAX);
	buf_init(&want, SIZE_MAX);
	for (size_t i = 0; i < countof(cases); i++)
		buf_format(&landing, "%s\n{\"id\":%zu,\"at\":\"2026-05-01T12:00:00Z\"}\n",
			   cases[i].line, i);
	open_project(&p, FROM_JSONL);
	project_put(&p, "landing/2026-05-01.jsonl", landing.data, landing.bytes);
	project_must(&p, "ingest", DAY);
	text = project_read(&p, "raw_quarantine", DAY);
	at = text + strlen(Q_HEAD);
	assert_int_equal(strncmp(text, Q_HEAD, strlen(Q_HEAD)), 0);
	for (size_t i = 0; i < countof(cases); i++) {
		buf_reset(&want);
		buf_format(&want, "landing/2026-05-01.jsonl,%zu,%s,", 2 * i + 1, cases[i].reason);
		if (strncmp(at, want.data, want.bytes) != 0)
			fail_msg("%s: %s", cases[i].line, at);
		at = strchr(at, '\n') + 1;
	}
	assert_string_equal(at, "");
	free(text);
	assert_int_equal(project_counter(&p, "raw", DAY, "written"), countof(cases));
	assert_int_equal(project_counter(&p, "raw", DAY, "quarantined"), countof(cases));
	assert_int_equal(project_counter(&p, "raw", DAY, "read"), 2 * countof(cases));
	project_close(&p);
	buf_release(&landing);
	buf_release(&want);
}

static void
a_line_that_is_too_long_is_set_aside(void **state)
{
	enum { BYTES = 20 << 20 };
	char *line = mem_new(BYTES + 200, 1);
	const char *good = "\n{\"id\":7,\"at\":\"2026-05-01T12:00:00Z\"}\n";
	struct project p;
	char *text;

	(void)state;
	memset(line, 'x', BYTES);
	memcpy(line, "{\"name\":\"", 9);
	memcpy(line + BYTES, good, strlen(good));
	open_project(&p, FROM_JSONL);
	project_put(&p, "landing/2026-05-01.jsonl", line, BYTES + strlen(good));
	project_must(&p, "ingest", DAY);
	project_expect(&p, "raw", DAY,
		       HEAD "7,,2026-05-01T12:00:00Z,,2026-05-02T00:00:00Z,"
			    "landing/2026-05-01.jsonl,2\n");
	text = project_read(&p, "raw_quarantine", DAY);
	assert_non_null(strstr(text, ",1,line_too_long,"));
	assert_in_range(strlen(text), 1024, 1400);
	free(text);
	free(line);
	project_close(&p);
}

static void
text_with_commas_is_read_by_its_header(void **state)
{
	struct project p;
	struct ended e;

	(void)state;
	open_project(&p, FROM_CSV);
	project_text(&p, "landing/2026-05-01.csv",
		     "at,more,name,id,extra\r\n"
		     "2026-05-01T01:00:00Z,x,\"two\nlines, \"\"q\"\"\",5,\"{\"\"a\"\":1}\"\r\n"
		     "2026-05-01T02:00:00Z,x,\"\",6,\r\n"
		     "2026-05-01T03:00:00Z,x,,7,[]\r\n"
		     "2026-05-01T04:00:00Z,x,ragged,8\r\n"
		     "2026-05-01T05:00:00Z,x,bad\"quote,9,\r\n"
		     "2026-05-01T06:00:00Z,x,json,10,{\r\n"
		     "2026-05-01T07:00:00Z,x,last,11,1");
	project_must(&p, "ingest", DAY);
	project_expect(&p, "raw", DAY,
		       HEAD
		       "5,\"two\nlines, \"\"q\"\"\",2026-05-01T01:00:00Z,\"{\"\"a\"\":1}\",2026-05-"
		       "02T00:00:00Z,landing/2026-05-01.csv,1\n"
		       "6,\"\",2026-05-01T02:00:00Z,,2026-05-02T00:00:00Z,landing/2026-05-01.csv,"
		       "2\n"
		       "7,,2026-05-01T03:00:00Z,[],2026-05-02T00:00:00Z,landing/2026-05-01.csv,3\n"
		       "11,last,2026-05-01T07:00:00Z,1,2026-05-02T00:00:00Z,landing/"
		       "2026-05-01.csv,7\n");
	assert_int_equal(project_counter(&p, "raw", DAY, "unknown_keys"), 4);
	assert_int_equal(project_counter(&p, "raw", DAY, "quarantined"), 3);
	project_text(&p, "landing/2026-05-01.csv", "at,name,extra\n");
	e = project_run(&p, "ingest", DAY);
	assert_int_equal(e.outcome, OUTCOME_ERROR);
	assert_non_null(strstr(e.message, "landing/2026-05-01.csv"));
	assert_non_null(strstr(e.message, "'id'"));
	ended_release(&e);
	project_close(&p);
}

#define FROM_PARQUET "    from: {path: 'landing/{{ ds }}*.parquet', format: parquet}\n"

/* A landing file: rows of texts by column, where NULL is null. */
static void
put_parquet(const struct project *p, const char *name, const struct schema *schema,
	    const char *const *texts, size_t rows)
{
	struct writer w;
	struct batch b;

	writer_open(&w, FORMAT_PARQUET, schema);
	batch_init(&b, schema, NULL);
	for (size_t at = 0; at < rows; at++) {
		struct day_memo memo = { 0 };

		(void)batch_push(&b, (int64_t)at + 1);
		for (size_t i = 0; i < schema->count; i++) {
			const char *text = texts[at * schema->count + i];
			struct span value = { text, text ? strlen(text) : 0 };

			if (text)
				assert_int_equal(value_parse(&b.cols[i], at, value, &memo),
						 VALUE_OK);
		}
	}
	writer_add(&w, &b, NULL, b.rows);
	writer_end(&w);
	project_put(p, name, w.data, w.bytes);
	writer_close(&w);
	batch_release(&b);
}

/* Files whose columns stand in another order and have other types than ours, one without one. */
static void
parquet_columns_are_found_by_name_and_converted(void **state)
{
	static const struct column first[] = { { "at", COL_TIMESTAMP },
					       { "name", COL_STRING },
					       { "more", COL_FLOAT64 },
					       { "extra", COL_STRING },
					       { "id", COL_INT32 } };
	static const struct column second[] = { { "id", COL_INT64 },
						{ "name", COL_STRING },
						{ "at", COL_TIMESTAMP },
						{ "extra", COL_JSON },
						{ "got", COL_TIMESTAMP } };
	static const struct schema schemas[] = { { first, countof(first) },
						 { second, countof(second) } };
	static const char *const a[] = {
		"2026-05-01T01:00:00Z",
		"x",
		"0.5",
		"[1]",
		"1", /* good */
		"2026-05-01T02:00:00Z",
		"x",
		NULL,
		"{oops",
		"2", /* no JSON */
		"2026-05-02T00:00:00Z",
		"y",
		NULL,
		"1",
		"3", /* another day */
		NULL,
		"y",
		NULL,
		NULL,
		NULL, /* no day */
	};
	static const char *const b[] = {
		"7", "x", "2026-05-01T23:00:00Z", "{}", "2026-05-03T00:00:00Z",
		"8", "",  "2026-05-01T23:00:00Z", NULL, NULL,
	};
	struct project p;
	char *aside;

	(void)state;
	open_project(&p, FROM_PARQUET "    received_at: got\n");
	put_parquet(&p, "landing/2026-05-01a.parquet", &schemas[0], a, 4);
	put_parquet(&p, "landing/2026-05-01b.parquet", &schemas[1], b, 2);
	project_must(&p, "ingest", DAY);
	project_expect(&p, "raw", DAY,
		       HEAD "1,x,2026-05-01T01:00:00Z,[1],2026-05-02T00:00:00Z,landing/"
			    "2026-05-01a.parquet,1\n"
			    "7,x,2026-05-01T23:00:00Z,{},2026-05-03T00:00:00Z,landing/"
			    "2026-05-01b.parquet,1\n"
			    "8,\"\",2026-05-01T23:00:00Z,,2026-05-02T00:00:00Z,landing/"
			    "2026-05-01b.parquet,2\n");
	aside = project_read(&p, "raw_quarantine", DAY);
	assert_non_null(strstr(aside, "landing/2026-05-01a.parquet,2,wrong_type,column 'extra': "));
	assert_non_null(strstr(aside, "landing/2026-05-01a.parquet,3,wrong_partition,"));
	assert_non_null(strstr(aside, "landing/2026-05-01a.parquet,4,null_event_time,"));
	free(aside);
	assert_int_equal(project_counter(&p, "raw", DAY, "read"), 6);
	assert_int_equal(project_counter(&p, "raw", DAY, "quarantined"), 3);
	assert_int_equal(project_counter(&p, "raw", DAY, "files"), 2);
	project_close(&p);
}

static void
a_path_of_another_program_is_answered(void **state)
{
	static const char *const cases[][2] = {
		{ "s3://bucket/{{ ds }}.jsonl", "files of this machine are read" },
		{ "~/landing/{{ ds }}.jsonl", "write the whole path" },
		{ "landing/${ds}.jsonl", "the day is written {{ ds }}" },
		{ "landing/%Y-%m-%d.jsonl", "the day is written {{ ds }}" },
		{ "landing/**/{{ ds }}.jsonl", "not over directories" },
		{ "landing", "'landing'; that is a directory" },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		char from[200];
		struct project p;
		struct ended e;

		(void)snprintf(from, sizeof(from), "    from: {path: '%s', format: jsonl}\n",
			       cases[i][0]);
		open_project(&p, from);
		project_text(&p, "landing/other", "");
		e = project_run(&p, "ingest", DAY);
		assert_int_equal(e.outcome, OUTCOME_MISSING);
		assert_non_null(strstr(e.message, cases[i][1]));
		ended_release(&e);
		project_close(&p);
	}
}

static void
an_empty_file_is_a_day_and_none_is_missing(void **state)
{
	struct project p;
	struct manifest m;
	struct ended e;

	(void)state;
	open_project(&p, FROM_JSONL);
	e = project_run(&p, "ingest", DAY);
	assert_int_equal(e.outcome, OUTCOME_MISSING);
	assert_string_equal(e.message, "ingest: no file matches 'landing/2026-05-01*.jsonl'");
	ended_release(&e);
	project_text(&p, "landing/2026-05-01.jsonl", "");
	project_must(&p, "ingest", DAY);
	project_manifest(&p, "raw", DAY, &m);
	assert_int_equal(m.rows, 0);
	assert_int_equal(m.n_files, 0);
	manifest_release(&m);
	project_close(&p);
}

static void
bad_rows_end_the_run_as_the_task_says(void **state)
{
	static const struct {
		const char *name, *tail;
		enum outcome outcome;
		const char *message;
		int dropped;
	} cases[] = {
		{ "drop", FROM_JSONL "    on_bad_row: drop\n", OUTCOME_OK, "", 1 },
		{ "fail", FROM_JSONL "    on_bad_row: fail\n", OUTCOME_ERROR,
		  "ingest 'landing/2026-05-01.jsonl': row 2: malformed: byte 2: expected a string",
		  0 },
		{ "share", FROM_JSONL "    max_bad: 24%\n", OUTCOME_MAX_BAD,
		  "ingest: 1 of 4 rows are bad, more than max_bad (24%) allows", 0 },
		{ "share at its limit", FROM_JSONL "    max_bad: 25%\n", OUTCOME_OK, "", 0 },
		{ "unknown keys", FROM_JSONL "    unknown_keys: fail\n    on_bad_row: fail\n",
		  OUTCOME_ERROR,
		  "ingest 'landing/2026-05-01.jsonl': row 1: unknown_key: key 'k' is no column",
		  0 },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		struct project p;
		struct ended e;

		open_project(&p, cases[i].tail);
		project_text(&p, "landing/2026-05-01.jsonl",
			     "{\"id\":1,\"at\":\"2026-05-01T12:00:00Z\",\"k\":0}\n{oops\n"
			     "{\"id\":2,\"at\":\"2026-05-01T12:00:00Z\"}\n"
			     "{\"id\":3,\"at\":\"2026-05-01T12:00:00Z\"}\n");
		e = project_run(&p, "ingest", DAY);
		if (e.outcome != cases[i].outcome || strcmp(e.message, cases[i].message) != 0)
			fail_msg("%s: %s", cases[i].name, e.message);
		assert_int_equal(json_get_int(json_object_get(e.result, "counters"), "dropped", 0),
				 cases[i].dropped);
		ended_release(&e);
		project_close(&p);
	}
}

/* Any split of the same lines into files gives the same rows, but for where they came from. */
static void
a_damaged_gzip_file_ends_the_run(void **state)
{
	static const unsigned char packed[] = { 0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 0x4b, 0x4c };
	struct project p;
	struct ended e;

	(void)state;
	open_project(&p, "    from: {path: 'landing/{{ ds }}.gz', format: jsonl}\n");
	project_put(&p, "landing/2026-05-01.gz", packed, sizeof(packed));
	e = project_run(&p, "ingest", DAY);
	assert_int_equal(e.outcome, OUTCOME_ERROR);
	assert_non_null(strstr(e.message, "landing/2026-05-01.gz"));
	assert_non_null(strstr(e.message, "too early"));
	ended_release(&e);
	project_put(&p, "landing/2026-05-01.gz", "plain text", 10);
	e = project_run(&p, "ingest", DAY);
	assert_int_equal(e.outcome, OUTCOME_ERROR);
	assert_non_null(strstr(e.message, "bad gzip data"));
	ended_release(&e);
	project_close(&p);
}

static void
a_second_run_gives_the_same_bytes(void **state)
{
	struct project p;
	struct manifest a, b;
	char *first, *second;

	(void)state;
	open_project(&p, FROM_JSONL);
	project_text(&p, "landing/2026-05-01.jsonl",
		     "{\"id\":1,\"at\":\"2026-05-01T12:00:00Z\"}\n{oops\n");
	project_must(&p, "ingest", DAY);
	first = project_read(&p, "raw", DAY);
	project_manifest(&p, "raw", DAY, &a);
	project_must(&p, "ingest", DAY);
	second = project_read(&p, "raw", DAY);
	project_manifest(&p, "raw", DAY, &b);
	assert_string_equal(first, second);
	assert_string_equal(a.content_digest, b.content_digest);
	assert_string_equal(a.files[0].path, b.files[0].path);
	assert_string_equal(a.inputs[0].digest, b.inputs[0].digest);
	assert_string_not_equal(a.publish_id, b.publish_id);
	assert_int_equal(strncmp(a.files[0].path, "part-00000-", 11), 0);
	assert_int_equal(strncmp(a.files[0].path + 11, a.content_digest, 8), 0);
	manifest_release(&a);
	manifest_release(&b);
	free(first);
	free(second);
	project_close(&p);
}

/* Many windows of rows, with bad ones, some of another day, and one longer than two windows. */
static void
put_many(const struct project *p, int format)
{
	static const char *const names[] = { "landing/2026-05-01.jsonl", "landing/2026-05-01.csv" };
	char *filler = mem_new(600001, 1);
	struct buf text;

	memset(filler, 'x', 600000);
	buf_init(&text, SIZE_MAX);
	if (format)
		buf_format(&text, "id,name,at,extra\n");
	for (int i = 0; i < 30000; i++) {
		if (i % 997 == 5)
			buf_format(&text, "{oops %d\n", i);
		else if (format)
			buf_format(
			    &text,
			    "%d,\"n\"\"%d\",2026-05-0%dT12:00:00Z,\"{\"\"k\"\":\"\"%.*s\"\"}\"\n",
			    i, i % 77, 1 + (i % 501 == 7), i == 9000 ? 600000 : i % 60, filler);
		else
			buf_format(
			    &text,
			    "{\"id\":%d,\"name\":\"n%d\\u00e9\",\"at\":\"2026-05-0%dT12:00:00Z\","
			    "\"extra\":{\"k\":\"%.*s\"}}\n",
			    i, i % 77, 1 + (i % 501 == 7), i == 9000 ? 600000 : i % 60, filler);
	}
	project_put(p, names[format], text.data, text.bytes);
	buf_release(&text);
	free(filler);
}

/* What is read ahead, in a thread of its own, is written as it is without. */
static void
one_lane_and_two_give_the_same_bytes(void **state)
{
	(void)state;
	for (int format = 0; format < 2; format++) {
		char *rows[2], *aside[2];
		struct project p;
		cpu_set_t before;

		open_project(&p, format ? FROM_CSV : FROM_JSONL);
		put_many(&p, format);
		for (int i = 0; i < 2; i++) {
			if (i)
				lanes_limit(true, &before);
			project_must(&p, "ingest", DAY);
			if (i)
				lanes_limit(false, &before);
			rows[i] = project_read(&p, "raw", DAY);
			aside[i] = project_read(&p, "raw_quarantine", DAY);
		}
		assert_true(strcmp(rows[0], rows[1]) == 0);
		assert_true(strcmp(aside[0], aside[1]) == 0);
		assert_int_equal(project_counter(&p, "raw", DAY, "read"), 30000);
		assert_true(project_counter(&p, "raw", DAY, "quarantined") > 60);
		for (int i = 0; i < 2; i++) {
			free(rows[i]);
			free(aside[i]);
		}
		project_close(&p);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_path_of_another_program_is_answered),
		cmocka_unit_test(rows_of_the_day_are_taken_in_order),
		cmocka_unit_test(bad_rows_are_set_aside_with_their_reason),
		cmocka_unit_test(a_line_that_is_too_long_is_set_aside),
		cmocka_unit_test(text_with_commas_is_read_by_its_header),
		cmocka_unit_test(parquet_columns_are_found_by_name_and_converted),
		cmocka_unit_test(an_empty_file_is_a_day_and_none_is_missing),
		cmocka_unit_test(bad_rows_end_the_run_as_the_task_says),
		cmocka_unit_test(a_damaged_gzip_file_ends_the_run),
		cmocka_unit_test(a_second_run_gives_the_same_bytes),
		cmocka_unit_test(one_lane_and_two_give_the_same_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
