/* test_data.c - looking into files: names, learned columns, counts, statistics, limits. */
#include "worker/look/data.h"

#include "core/base/mem.h"
#include "worker/look/source.h"
#include "worker/look/stats.h"
#include "worker/look/learn.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static const struct dialect plain;

/* A file of its own in a directory of its own. */
struct place {
	char dir[40];
	char path[100];
};

static void
put(struct place *p, const char *name, const char *text, size_t bytes)
{
	FILE *file;

	(void)snprintf(p->dir, sizeof(p->dir), "/tmp/test_data.XXXXXX");
	assert_non_null(mkdtemp(p->dir));
	(void)snprintf(p->path, sizeof(p->path), "%s/%s", p->dir, name);
	file = fopen(p->path, "we");
	assert_non_null(file);
	assert_int_equal(fwrite(text, 1, bytes, file), bytes);
	assert_int_equal(fclose(file), 0);
}

static void
drop(const struct place *p)
{
	assert_int_equal(unlink(p->path), 0);
	assert_int_equal(rmdir(p->dir), 0);
}

static void
the_name_of_a_file_says_its_format(void **state)
{
	static const struct {
		const char *path;
		int format;
	} cases[] = {
		{ "a.csv", FORMAT_CSV },
		{ "a/b.c.jsonl", FORMAT_JSONL },
		{ "x.ndjson.gz", FORMAT_JSONL },
		{ "x.csv.zst", FORMAT_CSV },
		{ "event_date=2026-05-01/part-0.parquet", FORMAT_PARQUET },
		{ "a.txt", -1 },
		{ ".csv", -1 },
		{ "a.csv.bak", -1 },
		{ "A.CSV", FORMAT_CSV },
		{ "PART.Parquet", FORMAT_PARQUET },
		{ "X.JSONL.GZ", FORMAT_JSONL },
		{ "a.gz", -1 },
		{ "csv", -1 },
		{ "", -1 },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		if (data_format_of(cases[i].path) != cases[i].format)
			fail_msg("%s", cases[i].path);
	}
}

/* The learned names as "a|b". */
static void
assert_learned(const char *what, enum format format, const char *text, size_t bytes,
	       const char *want)
{
	struct arena *arena = arena_new();
	char got[200] = "";
	struct schema s;
	struct place p;
	struct err err;

	put(&p, "x", text, bytes);
	if (data_learn(p.path, format, &plain, arena, &s, &err))
		fail_msg("%s: %s", what, err.msg);
	for (size_t i = 0; i < s.count; i++) {
		size_t used = strlen(got);

		(void)snprintf(got + used, sizeof(got) - used, "%s%s", i ? "|" : "",
			       s.columns[i].name);
		assert_int_equal(s.columns[i].type, format == FORMAT_CSV ? COL_STRING : COL_JSON);
	}
	if (strcmp(got, want) != 0)
		fail_msg("%s: %s", what, got);
	arena_free(arena);
	drop(&p);
}

static void
columns_that_nobody_declared_are_learned_from_the_first_lines(void **state)
{
	static const struct {
		const char *name;
		enum format format;
		const char *text, *want;
	} cases[] = {
		{ "header", FORMAT_CSV, "a,b\n1,2\n", "a|b" },
		{ "no newline", FORMAT_CSV, "a,b", "a|b" },
		{ "quoted at the end", FORMAT_CSV, "a,\"b\"", "a|b" },
		{ "one", FORMAT_CSV, "a\r\n", "a" },
		{ "byte order mark", FORMAT_CSV,
		  "\xef\xbb\xbf"
		  "a,b\n",
		  "a|b" },
		{ "quotes", FORMAT_CSV, "\"x,y\",\"q\"\"\",\"n\nm\"\n1,2,3\n", "x,y|q\"|n\nm" },
		{ "no name", FORMAT_CSV, ",a,\"\"\n", "column0|a|column2" },
		{ "no name, and another has the one it would get", FORMAT_CSV, ",column0,b\n",
		  "column0_1|column0|b" },
		{ "nothing", FORMAT_JSONL, "", "" },
		{ "keys", FORMAT_JSONL, "{\"b\":1,\"a\":{\"c\":2}}\n{\"a\":1,\"d\":[]}\n",
		  "b|a|d" },
		{ "space", FORMAT_JSONL, " { \"a\" : 1 , \"b\" : [ 1 ] } \r\n", "a|b" },
		{ "last line", FORMAT_JSONL, "{}\n{\"a\":null}", "a" },
		{ "bad lines", FORMAT_JSONL, "[1]\n{\"x\":}\n\n{\"y\":1} 2\n7\n{\"z\":1}\n", "z" },
		{ "escapes", FORMAT_JSONL, "{\"\\u00e4\\n\":1,\"\\ud800\":2,\"\\u0000\":3}\n",
		  "\xc3\xa4\n" },
		{ "not UTF-8", FORMAT_JSONL, "{\"\xff\":1}\n{\"a\":1}\n", "a" },
		{ "byte order mark", FORMAT_JSONL, "\xef\xbb\xbf{\"a\":1}\n", "a" },
		{ "big numbers", FORMAT_JSONL, "{\"a\":123456789012345678901234567890}\n", "a" },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++)
		assert_learned(cases[i].name, cases[i].format, cases[i].text, strlen(cases[i].text),
			       cases[i].want);
}

/* The names of the columns of "a,b,c", each other name once. */
static void
assert_renamed(const struct dialect_rename *renames, size_t n, const char *want)
{
	static const struct schema none = { 0 };
	const struct dialect d = { .renames = renames, .n_renames = n };
	struct data_source s;
	char got[40] = "";
	struct place p;
	struct err err;

	put(&p, "x.csv", "a,b,c\n1,2,3\n", 12);
	if (data_source_open(&s, p.path, FORMAT_CSV, &none, &d, &err))
		fail_msg("%s", err.msg);
	for (size_t i = 0; i < s.schema.count; i++)
		strcat(strcat(got, i ? "|" : ""), s.schema.columns[i].name);
	assert_string_equal(got, want);
	data_source_close(&s);
	drop(&p);
}

static void
a_column_whose_name_another_one_gets_is_left_out(void **state)
{
	static const struct dialect_rename onto[] = { { "a", "b" } };
	static const struct dialect_rename around[] = { { "a", "b" }, { "b", "a" } };
	static const struct dialect_rename on[] = { { "a", "b" }, { "b", "d" } };
	static const struct dialect_rename missing[] = { { "z", "b" } };

	(void)state;
	assert_renamed(onto, 1, "b|c");
	assert_renamed(around, 2, "b|a|c");
	assert_renamed(on, 2, "b|d|c");
	assert_renamed(missing, 1, "a|b|c");
}

/* A header, and a line, that are longer than what is read at once. */
static void
a_header_and_a_line_longer_than_one_read_are_learned_whole(void **state)
{
	enum { LONG = STREAM_WINDOW_BYTES * 2 };
	struct arena *arena = arena_new();
	struct schema s = { 0 };
	struct place p;
	struct err err;
	struct buf text;

	(void)state;
	buf_init(&text, SIZE_MAX);
	for (int i = 0; i < DATA_COLUMNS_MAX; i++)
		buf_format(&text, "%s\"%0600d\n\"", i ? "," : "", i);
	buf_text(&text, "\n");
	put(&p, "x.csv", text.data, text.bytes);
	if (data_learn(p.path, FORMAT_CSV, &plain, arena, &s, &err))
		fail_msg("%s", err.msg);
	assert_int_equal(s.count, DATA_COLUMNS_MAX);
	assert_int_equal(strlen(s.columns[s.count - 1].name), 601);
	assert_string_equal(s.columns[s.count - 1].name + 597, "999\n");
	drop(&p);
	buf_reset(&text);
	buf_text(&text, "{\"a\":\"");
	for (int i = 0; i < LONG; i++)
		buf_char(&text, 'x');
	buf_text(&text, "\",\"b\":1}\n{\"c\":2}\n");
	assert_learned("jsonl", FORMAT_JSONL, text.data, text.bytes, "a|b|c");
	buf_release(&text);
	arena_free(arena);
}

static void
learning_ends_at_its_limits(void **state)
{
	(void)state;
	for (int past = 0; past < 2; past++) {
		struct arena *arena = arena_new();
		struct schema s = { 0 };
		struct place p;
		struct err err;
		struct buf text;
		enum err_code code;

		buf_init(&text, SIZE_MAX);
		for (int i = 0; i < DATA_COLUMNS_MAX + past; i++)
			buf_format(&text, "%sc%d", i ? "," : "", i);
		buf_text(&text, "\n");
		put(&p, "x.csv", text.data, text.bytes);
		code = data_learn(p.path, FORMAT_CSV, &plain, arena, &s, &err);
		assert_int_equal(code, past ? ERR_LIMIT : ERR_NONE);
		assert_int_equal(s.count, past ? 0 : DATA_COLUMNS_MAX);
		drop(&p);
		buf_reset(&text);
		for (int i = 0; i < LEARN_LINES - !past; i++)
			buf_text(&text, "{\"a\":1}\n");
		buf_text(&text, "{\"late\":1}\n");
		assert_learned("lines", FORMAT_JSONL, text.data, text.bytes, past ? "a" : "a|late");
		buf_release(&text);
		arena_free(arena);
	}
}

/* ---- requests ---- */

static const char *const no_path = "/nonexistent/file.csv";

/* A field of row `at` of an answer. */
static const json_t *
field(const struct data_answer *a, size_t at, const char *name)
{
	const json_t *value = json_object_get(json_array_get(a->rows, at), name);

	assert_non_null(value);
	return value;
}

static int64_t
whole(const struct data_answer *a, size_t at, const char *name)
{
	assert_true(json_is_integer(field(a, at, name)));
	return json_integer_value(field(a, at, name));
}

static void
release(struct data_answer *a)
{
	json_decref(a->columns);
	json_decref(a->rows);
}

static void
what_cannot_be_counted_is_said_and_the_rest_is_counted(void **state)
{
	static const char text[] = "a,b\n1,x\n2\n3,z\n";
	struct data_request q = { .action = DATA_COUNT, .n_files = 3, .format = -1 };
	struct data_answer a;
	const char *files[3];
	struct place p;
	struct err err;

	(void)state;
	put(&p, "x.csv", text, sizeof(text) - 1);
	files[0] = p.path;
	files[1] = no_path;
	files[2] = p.path;
	q.files = files;
	if (data_run(&q, &a, &err))
		fail_msg("%s", err.msg);
	assert_int_equal(a.problems, 3); /* two rows and a file */
	assert_int_equal(a.n_failed, 1);
	assert_int_equal(json_array_size(a.rows), 2); /* whoever adds them up knows their total */
	assert_string_equal(json_string_value(field(&a, 0, "file")), p.path);
	assert_int_equal(whole(&a, 0, "rows"), 2);
	assert_int_equal(whole(&a, 0, "bad_rows"), 1);
	assert_int_equal(whole(&a, 1, "rows"), 2);
	release(&a);
	drop(&p);
}

/* Statistics over all files but one would be plausible, and wrong. */
static void
statistics_over_all_files_but_one_are_refused(void **state)
{
	static const char text[] = "a\n1\n";
	struct data_request q = { .action = DATA_STATS, .format = -1 };
	struct data_answer a;
	const char *files[2];
	struct place p;
	struct err err;

	(void)state;
	put(&p, "x.csv", text, sizeof(text) - 1);
	files[0] = p.path;
	files[1] = no_path;
	q.files = files;
	for (q.n_files = 1; q.n_files <= 2; q.n_files++) {
		assert_int_equal(data_run(&q, &a, &err), ERR_NONE);
		assert_int_equal(a.n_failed, q.n_files - 1);
		assert_int_equal(json_array_size(a.rows), 2 - q.n_files);
		release(&a);
	}
	drop(&p);
}

/* A file that begins like another format is not taken for an empty one. */
static void
a_file_that_begins_like_another_format_is_refused(void **state)
{
	static const struct {
		const char *name, *text, *says; /* NULL: it is what its name says */
	} cases[] = {
		{ "x.csv", "PAR1\x15\x04", "--format parquet" },
		{ "x.csv", "PAR1,b\n1,2\n", NULL },
		{ "x.csv", "PAR1", NULL },
		{ "x.jsonl", "\x1f\x8b\x08", ".gz" },
		{ "x.csv.GZ", "\x1f\x8b\x08", ".gz" },
		{ "x.csv", "\x28\xb5\x2f\xfd", ".zst" },
		{ "x.csv", "\xff\xfe\x61", "UTF-16" },
		{ "x.csv", "\xfe\xff", "UTF-16" },
		{ "x.csv", "\xff", "not_utf8" },
		{ "x.csv", "a,na\xefve\n", "not_utf8: name 2 of the header" },
		{ "x.csv", "a,\"b\nc\n", "a quoted field does not end" },
		{ "x.csv", "", "without even a header" },
		{ "x.csv", "\xef\xbb\xbf", "without even a header" },
		{ "x.jsonl", "", NULL },
	};
	static const struct schema none;

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		enum format format = (enum format)data_format_of(cases[i].name);
		struct data_source s = { 0 };
		struct err err = { 0 };
		struct place p;

		put(&p, cases[i].name, cases[i].text, strlen(cases[i].text));
		if (data_source_open(&s, p.path, format, &none, &plain, &err)) {
			if (!cases[i].says || !strstr(err.msg, cases[i].says))
				fail_msg("case %zu: %s", i, err.msg);
		} else {
			if (cases[i].says)
				fail_msg("case %zu is read", i);
			data_source_close(&s);
		}
		drop(&p);
	}
}

/* What cannot be opened as a file, whatever it is called. */
static void
what_cannot_be_opened_as_a_file_is_refused(void **state)
{
	struct err err;

	(void)state;
	assert_int_equal(data_source_look("/", &err), ERR_INPUT);
	assert_non_null(strstr(err.msg, "it is a directory"));
	assert_int_equal(data_source_look("/nonexistent/*.csv", &err), ERR_NOT_FOUND);
	assert_non_null(strstr(err.msg, "matches none"));
	assert_int_equal(data_source_look("/dev/null", &err), ERR_NONE);
}

/* Capitals are forgiven where they leave one column; twice the same column is not. */
static void
capitals_are_forgiven_where_they_leave_one_column(void **state)
{
	static const struct {
		const char *a, *b, *says; /* NULL: they are found */
	} cases[] = {
		{ "ID", "two", NULL },
		{ "id", "x", NULL },
		{ "id", "X", NULL },
		{ "ID", "Id", "named twice" },
		{ "TWO", "Two", "named twice" },
		{ "id", "tWo", NULL },
		{ "id", "ZZ", "no column 'ZZ'" },
	};
	static const char text[] = "id,two,x,X,zZ,Zz\n1,2,3,4,5,6\n";
	struct place p;

	(void)state;
	put(&p, "x.csv", text, sizeof(text) - 1);
	for (size_t i = 0; i < countof(cases); i++) {
		const char *names[] = { cases[i].a, cases[i].b }, *files[] = { p.path };
		struct data_request q = { .action = DATA_ROWS,
					  .files = files,
					  .n_files = 1,
					  .format = -1,
					  .names = names,
					  .n_names = 2,
					  .rows_max = 1 };
		struct data_answer a;
		struct err err = { 0 };

		if (data_run(&q, &a, &err)) {
			if (!cases[i].says || !strstr(err.msg, cases[i].says))
				fail_msg("case %zu: %s", i, err.msg);
			continue;
		}
		if (cases[i].says)
			fail_msg("case %zu is read", i);
		release(&a);
	}
	drop(&p);
}

/* What no file can answer is an error, and names what is there. */
static void
what_no_file_can_answer_is_refused_and_names_what_is_there(void **state)
{
	static const char text[] = "tenant_id\n1\n";
	const char *names[] = { "tenantid" };
	struct data_request q = { .n_files = 1, .format = -1, .rows_max = 1 };
	struct data_answer a;
	const char *files[1];
	struct place p;
	struct err err;

	(void)state;
	put(&p, "x.csv", text, sizeof(text) - 1);
	files[0] = "/dev/null";
	q.files = files;
	q.action = DATA_ROWS;
	assert_int_equal(data_run(&q, &a, &err), ERR_INPUT);
	assert_non_null(strstr(err.msg, "--format"));
	files[0] = p.path;
	q.names = names;
	q.n_names = 1;
	assert_int_equal(data_run(&q, &a, &err), ERR_INPUT);
	assert_non_null(strstr(err.msg, "perhaps 'tenant_id'"));
	drop(&p);
}

/* A table is laid out as a whole: it ends, and says so. */
static void
a_table_ends_at_its_limit_and_says_so(void **state)
{
	(void)state;
	for (int past = 0; past < 2; past++) {
		struct data_request q = { .action = DATA_ROWS,
					  .n_files = 1,
					  .format = FORMAT_JSONL,
					  .rows_max = INT64_MAX };
		struct data_answer a;
		const char *files[1];
		struct place p;
		struct err err;
		struct buf text;

		buf_init(&text, SIZE_MAX);
		for (int i = 0; i < DATA_TABLE_ROWS_MAX + past; i++)
			buf_text(&text, "{\"a\":1}\n");
		put(&p, "x", text.data, text.bytes);
		files[0] = p.path;
		q.files = files;
		if (data_run(&q, &a, &err))
			fail_msg("%s", err.msg);
		assert_int_equal(json_array_size(a.rows), DATA_TABLE_ROWS_MAX);
		assert_int_equal(a.problems, past);
		release(&a);
		drop(&p);
		buf_release(&text);
	}
}

/* Rows behind those that were asked for are nobody's business, bad ones neither. */
static void
rows_behind_those_asked_for_are_not_looked_at(void **state)
{
	static const char text[] = "{\"a\":1}\nbad\n{\"a\":3}\nbad\n{\"a\":5}\n";
	static const struct {
		int64_t rows_max;
		size_t rows, problems;
	} cases[] = { { 0, 0, 0 }, { 1, 1, 0 }, { 2, 2, 1 }, { 3, 3, 2 }, { 9, 3, 2 } };
	struct place p;

	(void)state;
	put(&p, "x.jsonl", text, sizeof(text) - 1);
	for (size_t i = 0; i < countof(cases); i++) {
		const char *const files[] = { p.path };
		const struct data_request q = { .action = DATA_ROWS,
						.files = files,
						.n_files = 1,
						.format = -1,
						.rows_max = cases[i].rows_max };
		struct data_answer a;
		struct err err;

		if (data_run(&q, &a, &err))
			fail_msg("%s", err.msg);
		if (json_array_size(a.rows) != cases[i].rows || a.problems != cases[i].problems)
			fail_msg("%d rows: %zu, %zu problems", (int)cases[i].rows_max,
				 json_array_size(a.rows), a.problems);
		release(&a);
	}
	drop(&p);
}

/* ---- statistics ---- */

static const struct column stats_columns[] = {
	{ "n", COL_INT64 }, { "r", COL_FLOAT64 }, { "s", COL_STRING },
	{ "b", COL_BOOL },  { "j", COL_JSON },    { "t", COL_TIMESTAMP },
};
static const struct schema stats_schema = { stats_columns, countof(stats_columns) };

static void
assert_stats(const struct data_answer *a, size_t at, int64_t nulls, int64_t distinct,
	     const char *min, const char *max)
{
	const char *least = json_string_value(field(a, at, "min"));
	const char *greatest = json_string_value(field(a, at, "max"));

	assert_int_equal(whole(a, at, "nulls"), nulls);
	assert_int_equal(whole(a, at, "distinct"), distinct);
	assert_string_equal(least ? least : "null", min);
	assert_string_equal(greatest ? greatest : "null", max);
}

static void
statistics_say_what_is_in_the_columns(void **state)
{
	static const struct {
		int64_t n;
		double r;
		const char *s;
		bool valid;
	} rows[] = {
		{ 5, NAN, "bb", true },         { INT64_MIN, -0.5, "b", true }, { 0, 0, "", false },
		{ INT64_MAX, 1e300, "", true }, { 5, NAN, "bb", true },
	};
	struct data_stats *s = data_stats_new(&stats_schema);
	struct data_answer a = { .columns = json_array(), .rows = json_array() };
	struct batch b;

	(void)state;
	batch_init(&b, &stats_schema, NULL);
	for (size_t i = 0; i < countof(rows); i++) {
		struct span text = { rows[i].s, strlen(rows[i].s) };

		assert_true(batch_push(&b, (int64_t)i + 1));
		for (size_t c = 0; c < stats_schema.count; c++)
			b.cols[c].valid[i] = rows[i].valid;
		b.cols[0].ints[i] = rows[i].n;
		b.cols[1].reals[i] = rows[i].r;
		b.cols[2].texts[i] = b.cols[4].texts[i] = text;
		b.cols[3].ints[i] = i & 1;
		b.cols[5].ints[i] = (int64_t)i * SECOND_US;
	}
	data_stats_add(s, &b);
	data_stats_answer(s, &a);
	assert_int_equal(json_array_size(a.columns), 7); /* no file was Parquet */
	assert_int_equal(whole(&a, 0, "rows"), 5);
	assert_stats(&a, 0, 1, 3, "-9223372036854775808", "9223372036854775807");
	assert_stats(&a, 1, 1, 3, "-0.5", "NaN"); /* the greatest, and one value */
	assert_stats(&a, 2, 1, 3, "", "bb");
	assert_stats(&a, 3, 1, 2, "false", "true");
	assert_stats(&a, 4, 1, 3, "null", "null");
	assert_stats(&a, 5, 1, 4, "1970-01-01T00:00:00Z", "1970-01-01T00:00:04Z");
	batch_release(&b);
	data_stats_free(s);
	release(&a);
}

/* What a column of one type holds, two values of it, whatever their order. */
static void
assert_two(enum col_type type, const struct col *values, int64_t distinct, struct span min,
	   struct span max)
{
	const struct column column = { "v", type };
	const struct schema schema = { &column, 1 };

	for (size_t first = 0; first < 2; first++) {
		struct data_answer a = { .columns = json_array(), .rows = json_array() };
		struct data_stats *s = data_stats_new(&schema);
		const json_t *least, *greatest;
		struct batch b;

		batch_init(&b, &schema, NULL);
		for (size_t i = 0; i < 2; i++) {
			size_t from = i ^ first;

			assert_true(batch_push(&b, (int64_t)i + 1));
			b.cols[0].valid[i] = true;
			if (type == COL_STRING)
				b.cols[0].texts[i] = values->texts[from];
			else
				b.cols[0].reals[i] = values->reals[from];
		}
		data_stats_add(s, &b);
		data_stats_answer(s, &a);
		assert_int_equal(whole(&a, 0, "distinct"), distinct);
		least = field(&a, 0, "min");
		greatest = field(&a, 0, "max");
		assert_int_equal(json_string_length(least), min.bytes);
		assert_memory_equal(json_string_value(least), min.data, min.bytes);
		assert_int_equal(json_string_length(greatest), max.bytes);
		assert_memory_equal(json_string_value(greatest), max.data, max.bytes);
		batch_release(&b);
		data_stats_free(s);
		release(&a);
	}
}

#define SPAN(text) ((struct span){ (text), sizeof(text) - 1 })

static void
bounds_have_all_their_bytes_and_equal_values_count_once(void **state)
{
	struct span nuls[] = { SPAN("a\0a"), SPAN("a\0b") };
	double zeros[] = { 0.0, -0.0 }, nans[] = { (double)NAN, -(double)NAN };
	double one_nan[] = { 1.5, (double)NAN };

	(void)state;
	assert_two(COL_STRING, &(struct col){ .texts = nuls }, 2, nuls[0], nuls[1]);
	assert_two(COL_FLOAT64, &(struct col){ .reals = zeros }, 1, SPAN("-0"), SPAN("0"));
	assert_two(COL_FLOAT64, &(struct col){ .reals = nans }, 1, SPAN("NaN"), SPAN("NaN"));
	assert_two(COL_FLOAT64, &(struct col){ .reals = one_nan }, 2, SPAN("1.5"), SPAN("NaN"));
}

/* Codes of a dictionary that is shared by batches, and another one: the same result as values. */
static void
statistics_of_codes_are_those_of_their_values(void **state)
{
	const struct span texts[] = { { "y", 1 }, { "x", 1 }, { "unused", 6 } }, other = { "a", 1 };
	const struct col_dict first = { .count = 3, .texts = texts };
	const struct col_dict second = { .count = 1, .texts = &other };
	const struct column column = { "s", COL_STRING };
	const struct schema schema = { &column, 1 };
	struct data_stats *s = data_stats_new(&schema);
	struct data_answer a = { .columns = json_array(), .rows = json_array() };
	struct batch b;

	(void)state;
	batch_init(&b, &schema, NULL);
	batch_set_rows(&b, 3);
	b.cols[0].codes = batch_codes(&b, 0);
	for (uint32_t unit = 1; unit <= 3; unit++) {
		b.unit = unit < 3 ? 1 : 2;
		b.cols[0].dict = unit < 3 ? &first : &second;
		for (uint32_t i = 0; i < 3; i++) {
			b.cols[0].valid[i] = i < 2;
			b.cols[0].codes[i] = unit < 3 ? i : 0;
		}
		data_stats_add(s, &b);
	}
	data_stats_answer(s, &a);
	assert_int_equal(whole(&a, 0, "rows"), 9);
	assert_stats(&a, 0, 3, 3, "a", "y");
	b.cols[0].dict = NULL;
	batch_release(&b);
	data_stats_free(s);
	release(&a);
}

/* Counting ends where memory would not; least and greatest go on. */
static void
counting_distinct_values_ends_and_the_rest_goes_on(void **state)
{
	const struct column column = { "n", COL_INT64 };
	const struct schema schema = { &column, 1 };
	struct batch b;

	(void)state;
	batch_init(&b, &schema, NULL);
	for (int past = 0; past < 2; past++) {
		struct data_stats *s = data_stats_new(&schema);
		struct data_answer a = { .columns = json_array(), .rows = json_array() };

		for (int64_t round = 0; round < 2; round++) {
			size_t rows = round ? 1 : BATCH_ROWS_MAX;

			batch_set_rows(&b, rows);
			for (size_t i = 0; i < rows; i++) {
				b.cols[0].valid[i] = true;
				b.cols[0].ints[i] = round && past ? 1 << 30 : (int64_t)i;
			}
			data_stats_add(s, &b);
		}
		data_stats_answer(s, &a);
		if (past) {
			assert_true(json_is_null(field(&a, 0, "distinct")));
			assert_int_equal(whole(&a, 0, "distinct_over"), 65536);
		} else {
			assert_int_equal(whole(&a, 0, "distinct"), 65536);
		}
		assert_string_equal(json_string_value(field(&a, 0, "max")),
				    past ? "1073741824" : "65535");
		data_stats_free(s);
		release(&a);
	}
	batch_release(&b);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_name_of_a_file_says_its_format),
		cmocka_unit_test(columns_that_nobody_declared_are_learned_from_the_first_lines),
		cmocka_unit_test(a_column_whose_name_another_one_gets_is_left_out),
		cmocka_unit_test(a_header_and_a_line_longer_than_one_read_are_learned_whole),
		cmocka_unit_test(learning_ends_at_its_limits),
		cmocka_unit_test(what_cannot_be_counted_is_said_and_the_rest_is_counted),
		cmocka_unit_test(statistics_over_all_files_but_one_are_refused),
		cmocka_unit_test(a_file_that_begins_like_another_format_is_refused),
		cmocka_unit_test(what_cannot_be_opened_as_a_file_is_refused),
		cmocka_unit_test(capitals_are_forgiven_where_they_leave_one_column),
		cmocka_unit_test(what_no_file_can_answer_is_refused_and_names_what_is_there),
		cmocka_unit_test(a_table_ends_at_its_limit_and_says_so),
		cmocka_unit_test(rows_behind_those_asked_for_are_not_looked_at),
		cmocka_unit_test(statistics_say_what_is_in_the_columns),
		cmocka_unit_test(bounds_have_all_their_bytes_and_equal_values_count_once),
		cmocka_unit_test(statistics_of_codes_are_those_of_their_values),
		cmocka_unit_test(counting_distinct_values_ends_and_the_rest_goes_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
