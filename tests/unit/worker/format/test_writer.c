/* test_writer.c - what is written reads back the same, in every format. */
#include "tests/fixture/reader.h"

static const struct column columns[] = {
	{ "i", COL_INT64 },  { "n", COL_INT32 }, { "f", COL_FLOAT64 },
	{ "s", COL_STRING }, { "b", COL_BOOL },  { "t", COL_TIMESTAMP },
	{ "d", COL_DATE },   { "j", COL_JSON },  { "a \"b\",", COL_STRING },
};
static const struct schema schema = { columns, countof(columns) };

static char path[] = "/tmp/tidemill-writer-XXXXXX";

static void
set_text(struct batch *b, size_t column, size_t at, const char *text)
{
	b->cols[column].texts[at] = (struct span){ text, strlen(text) };
	b->cols[column].valid[at] = true;
}

static void
set_int(struct batch *b, size_t column, size_t at, int64_t value)
{
	b->cols[column].ints[at] = value;
	b->cols[column].valid[at] = true;
}

static void
fill(struct batch *b)
{
	batch_init(b, &schema, NULL);
	(void)batch_push(b, 1);
	set_int(b, 0, 0, INT64_MIN);
	set_int(b, 1, 0, INT32_MAX);
	b->cols[2].reals[0] = 0.1;
	b->cols[2].valid[0] = true;
	set_text(b, 3, 0, "a,\"b\"\nc\r\\\x01\xC3\xA9");
	set_int(b, 4, 0, 0);
	set_int(b, 5, 0, 1777593600000001);
	set_int(b, 6, 0, -1);
	set_text(b, 7, 0, "{\"k\":[1,\"x\"]}");
	set_text(b, 8, 0, "");
	(void)batch_push(b, 2);
	(void)batch_push(b, 3);
	set_int(b, 0, 2, 0);
	set_int(b, 4, 2, 1);
	set_text(b, 3, 2, " ");
	set_text(b, 7, 2, "null");
}

static void
rows_are_written_as_csv_and_json(void **state)
{
	static const char *const want[] = {
		[FORMAT_CSV] =
		    "i,n,f,s,b,t,d,j,\"a \"\"b\"\",\"\n"
		    "-9223372036854775808,2147483647,0.1,\"a,\"\"b\"\"\nc\r\\\x01\xC3\xA9\""
		    ",false,2026-05-01T00:00:00.000001Z,1969-12-31,"
		    "\"{\"\"k\"\":[1,\"\"x\"\"]}\",\"\"\n"
		    ",,,,,,,,\n0,,, ,true,,,null,\n",
		[FORMAT_JSONL] =
		    "{\"i\":-9223372036854775808,\"n\":2147483647,\"f\":0.1,\"s\":\"a,\\\"b\\\"\\nc"
		    "\\r\\\\\\u0001\xC3\xA9\",\"b\":false,\"t\":\"2026-05-01T00:00:00.000001Z\","
		    "\"d\":\"1969-12-31\",\"j\":{\"k\":[1,\"x\"]},\"a \\\"b\\\",\":\"\"}\n"
		    "{\"i\":null,\"n\":null,\"f\":null,\"s\":null,\"b\":null,\"t\":null,\"d\":null,"
		    "\"j\":null,\"a \\\"b\\\",\":null}\n"
		    "{\"i\":0,\"n\":null,\"f\":null,\"s\":\" \",\"b\":true,\"t\":null,\"d\":null,"
		    "\"j\":null,\"a \\\"b\\\",\":null}\n",
	};

	(void)state;
	for (size_t format = 0; format < countof(want); format++) {
		struct batch b;
		struct writer w;

		fill(&b);
		writer_open(&w, (enum format)format, &schema);
		writer_add(&w, &b, NULL, b.rows);
		writer_end(&w);
		assert_int_equal(w.bytes, strlen(want[format]));
		assert_memory_equal(w.data, want[format], w.bytes);
		writer_close(&w);
		batch_release(&b);
	}
}

static void
what_is_written_reads_back_in_every_format(void **state)
{
	(void)state;
	for (int format = 0; format < FORMAT_COUNT; format++) {
		const struct reader_options options = { .format = (enum format)format,
							.schema = &schema };
		struct batch b;
		struct writer w;
		struct buf want;
		char *got;

		fill(&b);
		/* JSON has no text that is a json column's null; csv does. */
		b.cols[7].valid[2] = false;
		buf_init(&want, SIZE_MAX);
		show_batch(&b, false, &want);
		writer_open(&w, (enum format)format, &schema);
		writer_add(&w, &b, NULL, b.rows);
		writer_end(&w);
		put_file(path, w.data, w.bytes);
		got = show_file(path, &options, false);
		assert_string_equal(got, want.data);
		free(got);
		buf_release(&want);
		writer_close(&w);
		batch_release(&b);
	}
}

/* However rows are cut into calls, the bytes are the same; a selection is those rows. */
static void
bytes_do_not_depend_on_how_rows_are_cut(void **state)
{
	static const uint32_t rows[] = { 2, 0, 1, 2 };

	(void)state;
	for (int format = 0; format < FORMAT_COUNT; format++) {
		struct writer once, parts;
		struct batch b;

		fill(&b);
		writer_open(&once, (enum format)format, &schema);
		writer_open(&parts, (enum format)format, &schema);
		writer_add(&once, &b, rows, 4);
		writer_add(&parts, &b, rows, 1);
		writer_add(&parts, &b, rows + 1, 2);
		assert_int_equal(writer_add_some(&parts, &b, NULL, 2, 1), 1);
		writer_end(&once);
		writer_end(&parts);
		assert_int_equal(parts.rows, 4);
		assert_int_equal(once.bytes, parts.bytes);
		assert_memory_equal(once.data, parts.data, parts.bytes);
		writer_close(&once);
		writer_close(&parts);
		batch_release(&b);
	}
}

/* A file of text may end behind every 512th row. */
static void
a_text_file_may_end_behind_every_512th_row(void **state)
{
	static const struct {
		size_t from, n, some;
		bool may_end;
	} calls[] = {
		{ 0, 500, 500, false }, { 500, 11, 11, false }, { 511, 1, 1, true },
		{ 0, 1, 1, false },     { 1, 700, 511, true },  { 0, 512, 512, true },
		{ 0, 2000, 512, true },
	};

	(void)state;
	for (int format = FORMAT_CSV; format <= FORMAT_JSONL; format++) {
		struct writer w;
		struct batch b;

		batch_init(&b, &schema, NULL);
		for (int64_t i = 0; i < 2000; i++)
			(void)batch_push(&b, i);
		writer_open(&w, (enum format)format, &schema);
		for (size_t i = 0; i < countof(calls); i++) {
			assert_int_equal(writer_add_some(&w, &b, NULL, calls[i].from, calls[i].n),
					 calls[i].some);
			assert_int_equal(w.may_end, calls[i].may_end);
			assert_false(w.is_full);
		}
		writer_close(&w);
		batch_release(&b);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_are_written_as_csv_and_json),
		cmocka_unit_test(what_is_written_reads_back_in_every_format),
		cmocka_unit_test(bytes_do_not_depend_on_how_rows_are_cut),
		cmocka_unit_test(a_text_file_may_end_behind_every_512th_row),
	};
	int fd = mkstemp(path), failed;

	(void)close(fd);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	(void)unlink(path);
	return failed;
}
