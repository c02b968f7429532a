/* test_csv.c - comma separated values: quotes, headers, windows, and bytes that are none. */
#include "tests/fixture/csv_reference.h"
#include "tests/fixture/reader.h"

static const struct column columns[] = {
	{ "i", COL_INT64 }, { "s", COL_STRING }, { "j", COL_JSON }, { "f", COL_FLOAT64 }
};
static const struct schema schema = { columns, countof(columns) };
static const struct reader_options plain = { .format = FORMAT_CSV, .schema = &schema };

static char path[] = "/tmp/tidemill-csv-XXXXXX";

#define HEAD "i,s,j,f\n"

static const struct {
	const char *name, *text, *want;
} files[] = {
	{ "nothing", "",
	  "error: read 'file': it is empty, without even a header; a table without rows is a "
	  "header alone\n" },
	{ "a mark alone", "\xEF\xBB\xBF",
	  "error: read 'file': it is empty, without even a header; a table without rows is a "
	  "header alone\n" },
	{ "header only", "i,s,j,f", "" },
	{ "plain", HEAD "1,a,2,0.5\n", "1 1,a,2,0.5\n" },
	{ "no newline at the end", HEAD "1,a,2,0.5", "1 1,a,2,0.5\n" },
	{ "CRLF", "i,s,j,f\r\n1,a,,\r\n2,b,,\r\n", "1 1,a,,\n2 2,b,,\n" },
	{ "a mark", "\xEF\xBB\xBFi,s,j,f\n1,a,,\n", "1 1,a,,\n" },
	{ "empty lines", HEAD "\n1,a,,\n\r\n\n2,b,,\n\n", "1 1,a,,\n2 2,b,,\n" },
	{ "null and empty", HEAD "1,,,\n2,\"\",,\n", "1 1,,,\n2 2,\"\",,\n" },
	{ "empty integer in quotes", HEAD "\"\",a,,\n", "!1 wrong_type\n" },
	{ "integer in quotes", HEAD "\"7\",a,,\n", "1 7,a,,\n" },
	{ "quotes", HEAD "1,\"a,\"\"b\"\"\nc\",,\n2,x,,\n", "1 1,\"a,\"\"b\"\"\nc\",,\n2 2,x,,\n" },
	{ "quoted CRLF", HEAD "1,\"a\r\nb\",,\r\n", "1 1,\"a\r\nb\",,\n" },
	{ "spaces are data", HEAD "1, a ,,\n", "1 1, a ,,\n" },
	{ "other order", "f,i,j,s\n0.5,1,,a\n", "1 1,a,,0.5\n" },
	{ "more columns", "x,i,s,j,f,y\n9,1,a,,,9\n", "1 1,a,,\n" },
	{ "names in quotes", "\"i\",\"s\",j,f\n1,a,,\n", "1 1,a,,\n" },
	{ "too few", HEAD "1,a,\n2,b,,\n", "!1 ragged_row\n2 2,b,,\n" },
	{ "too many", HEAD "1,a,,,\n2,b,,\n", "!1 ragged_row\n2 2,b,,\n" },
	{ "quote inside", HEAD "1,a\"b,,\n2,b,,\n", "!1 malformed\n2 2,b,,\n" },
	{ "behind the quote", HEAD "1,\"a\"b,,\n2,b,,\n", "!1 malformed\n2 2,b,,\n" },
	{ "open quote at the end", HEAD "1,\"a,,\n2,b,,\n", "!1 malformed\n2 2,b,,\n" },
	{ "open quote on the way", HEAD "1,\"a,,\n2,\"b\",,\n3,c,,\n",
	  "!1 malformed\n2 2,b,,\n3 3,c,,\n" },
	{ "carriage return inside", HEAD "1,a\rb,,\n2,b,,\n", "!1 malformed\n2 2,b,,\n" },
	{ "range", HEAD "9223372036854775808,a,,\n", "!1 out_of_range\n" },
	{ "type", HEAD "x,a,,\n", "!1 wrong_type\n" },
	{ "json", HEAD "1,a,\"{\"\"k\"\": [1]}\",\n", "1 1,a,\"{\"\"k\"\": [1]}\",\n" },
	{ "json number", HEAD "1,a,12,\n", "1 1,a,12,\n" },
	{ "json at the end of the line", "i,s,f,j\n1,a,, [] \r\n", "1 1,a, [] ,\n" },
	{ "json cut off", HEAD "1,a,{,\n", "!1 wrong_type\n" },
	{ "json cut off in quotes", HEAD "1,a,\"[1\",\n", "!1 wrong_type\n" },
	{ "json and more", HEAD "1,a,1 2,\n", "!1 wrong_type\n" },
	{ "json into the next field", HEAD "1,a,[1,2]\n", "!1 wrong_type\n" },
	{ "json into a string", "i,j,s,f\n1,[1,2],\n", "!1 wrong_type\n" },
	{ "json into a quoted string", "i,j,s,f\n1,\"[\",\"]\",\n", "!1 wrong_type\n" },
	{ "json null is null", HEAD "1,a,null,\n", "1 1,a,,\n" },
	{ "json null with space", HEAD "1,a,\" null \",\n", "1 1,a,,\n" },
	{ "json null inside", HEAD "1,a,[null],\n", "1 1,a,[null],\n" },
	{ "json null as a string", HEAD "1,a,\"\"\"null\"\"\",\n", "1 1,a,\"\"\"null\"\"\",\n" },
	{ "json spaces", HEAD "1,a, ,1\n", "!1 wrong_type\n" },
	{ "not UTF-8", HEAD "1,\xFF,,\n2,\xC3\xA9,,\n", "!1 not_utf8\n2 2,\xC3\xA9,,\n" },
	{ "column missing", "i,s,f\n1,a,\n", "error: read 'file': the header has no column 'j'\n" },
	{ "column twice", "i,s,j,f,i\n",
	  "error: read 'file': column 'i' stands twice in the header\n" },
	{ "a name that is not UTF-8", "i,s,j,f,\xef\n1,a,,\n",
	  "error: read 'file': not_utf8: name 5 of the header is not valid UTF-8\n" },
	{ "header without end", "i,\"s,j,f\n1,a,,\n",
	  "error: read 'file': the header cannot be read: a quoted field does not end\n" },
};

static void
csv_texts_are_rows_or_rejects(void **state)
{
	(void)state;
	for (size_t i = 0; i < countof(files); i++)
		expect_rows(path, &plain, files[i].name, files[i].text, strlen(files[i].text),
			    files[i].want);
}

static void
a_column_may_be_absent_where_it_is_optional(void **state)
{
	static const bool optional[countof(columns)] = { [2] = true };
	struct reader_options options = plain;
	const struct batch *b = NULL;
	struct reader *r;

	(void)state;
	options.optional = optional;
	expect_rows(path, &options, "optional", "i,s,f\n1,a,\n", 11, "1 1,a,,\n");
	options.unknown_keys_fail = true;
	expect_rows(path, &options, "unknown", "i,s,f,x\n", 8,
		    "error: read 'file': column 'x' of the header is not declared\n");
	put_text(path, "x,i,s,j,f,y\n,1,a,,,\n,2,a,,,\n,z,a,,,\n");
	assert_int_equal(reader_open(&r, AT_FDCWD, path, "file", &plain, NULL), ERR_NONE);
	assert_int_equal(reader_next(r, &b, NULL), ERR_NONE);
	assert_int_equal(b->unknown_keys, 4);
	reader_close(r);
}

/* With one column an empty line is a null; with more it is nothing. */
static void
an_empty_line_is_a_null_of_one_column(void **state)
{
	static const struct schema one = { columns, 1 };
	const struct reader_options options = { .format = FORMAT_CSV, .schema = &one };

	(void)state;
	expect_rows(path, &options, "one column", "i\n1\n\n3\n", 7, "1 1\n2 \n3 3\n");
}

static void
records_around_the_window_come_out_whole(void **state)
{
	enum { ROWS = 600 };
	struct buf in, want;
	char *got;

	(void)state;
	buf_init(&in, SIZE_MAX);
	buf_init(&want, SIZE_MAX);
	buf_text(&in, HEAD);
	for (int i = 0; i < ROWS; i++) {
		size_t bytes = i % 70 == 9 ? STREAM_WINDOW_BYTES + (size_t)i : (size_t)i * 11;
		char *text = mem_new(bytes + 1, 1);

		memset(text, i % 3 ? 'a' + i % 26 : '\n', bytes);
		buf_format(&in, "%d,\"%s\"\"\",,\r\n", i, text);
		buf_format(&want, "%d %d,\"%s\"\"\",,\n", i + 1, i, text);
		free(text);
	}
	put_file(path, in.data, in.bytes);
	got = show_file(path, &plain, false);
	assert_string_equal(got, want.data);
	free(got);
	buf_release(&in);
	buf_release(&want);
}

/* The end of a window at every byte of a text, with and without a row before it. */
static void
a_window_may_end_at_every_byte(void **state)
{
	static const char text[] =
	    "1,a,\"{\"\"k\"\":[1,\"\"x\"\"]}\",0.25\r\n\"2\",\"b, "
	    "\"\"c\"\"\nd\xC3\xA9\",[],-1e5\n\n"
	    "3,,,\n\"4\",\"\",\"\"\"s\"\"\",\r\n5,a\"b,,\n6,\xFF,,\n7,\"\"\"\"\"\"\"\",,1\n8,,";
	size_t bytes = sizeof(text) - 1;
	char *file = mem_new(STREAM_WINDOW_BYTES + bytes, 1);

	(void)state;
	for (int row_before = 0; row_before < 2; row_before++) {
		char *want = NULL;

		for (size_t cut = 0; cut <= bytes; cut++) {
			size_t head = STREAM_WINDOW_BYTES - cut;
			char *got;

			memset(file, '\n', head);
			memcpy(file, HEAD, sizeof(HEAD) - 1);
			if (row_before)
				memcpy(file + sizeof(HEAD) - 1, ",,,", 3);
			memcpy(file + head, text, bytes);
			put_file(path, file, head + bytes);
			got = show_file(path, &plain, false);
			if (want && strcmp(got, want) != 0)
				fail_msg("cut at byte %zu: got\n%swanted\n%s", cut, got, want);
			if (want)
				free(got);
			else
				want = got;
		}
		free(want);
	}
	free(file);
}

/* A file of string columns as csv_reference() shows it. */
static void
show_strings(const struct schema *strings, struct buf *out)
{
	const struct reader_options options = { .format = FORMAT_CSV, .schema = strings };
	const struct batch *b = NULL;
	struct reader *r;

	assert_int_equal(reader_open(&r, AT_FDCWD, path, "file", &options, NULL), ERR_NONE);
	while (reader_next(r, &b, NULL) == ERR_NONE && b) {
		size_t next = 0;

		for (size_t at = 0; at <= b->rows; at++) {
			for (; next < b->n_rejects; next++) {
				const struct reject *reject = &b->rejects[next];

				if (at < b->rows && reject->row_no > b->row_no[at])
					break;
				buf_format(out, "!%lld %s\n", (long long)reject->row_no,
					   reject->reason);
			}
			if (at == b->rows)
				break;
			buf_format(out, "%lld", (long long)b->row_no[at]);
			for (size_t c = 0; c < strings->count; c++) {
				struct span text = b->cols[c].texts[at];

				if (!b->cols[c].valid[at]) {
					buf_text(out, " ~");
					continue;
				}
				buf_format(out, " %zu:", text.bytes);
				buf_add(out, text.data, text.bytes);
			}
			buf_char(out, '\n');
		}
	}
	reader_close(r);
}

/* Random texts of the bytes that matter: rows and rejects are those of a reader that is plain. */
static void
random_csv_is_read_as_a_plain_reader_does(void **state)
{
	enum { FILES = 6000, BYTES = 500 };
	static const char bytes_of[] =
	    "\"\"\"\"\"\"\"\",,,,,,,,\n\n\n\r\r\nabcdefgh \xC3\xA9\xFF\0";
	static const struct column strings[] = { { "a", COL_STRING },
						 { "b", COL_STRING },
						 { "c", COL_STRING } };
	uint64_t random = 11;

	(void)state;
	for (int i = 0; i < FILES; i++) {
		struct schema some = { strings, (size_t)i % 3 + 1 };
		/* Files with few quotes, and few other things, have long fields. */
		size_t from = (size_t)(i / 3) % 8,
		       most = sizeof(bytes_of) - 1 - (size_t)(i / 24) % 4;
		size_t bytes = random_next(&random) % BYTES;
		struct buf text, want, got;

		buf_init(&text, SIZE_MAX);
		buf_init(&want, SIZE_MAX);
		buf_init(&got, SIZE_MAX);
		buf_text(&text, &"a,b,c"[0]);
		text.bytes = some.count * 2 - 1;
		buf_char(&text, '\n');
		for (size_t at = 0; at < bytes; at++)
			buf_char(&text, bytes_of[from + random_next(&random) % (most - from)]);
		csv_reference(text.data + some.count * 2, bytes, some.count, &want);
		put_file(path, text.data, text.bytes);
		show_strings(&some, &got);
		if (got.bytes != want.bytes || memcmp(got.data, want.data, got.bytes) != 0)
			fail_msg("file %d: of\n%s\ngot\n%swanted\n%s", i, text.data, got.data,
				 want.data);
		buf_release(&text);
		buf_release(&want);
		buf_release(&got);
	}
}

/* A record past the limit is one reject; reading goes on behind its newline. */
static void
a_record_past_the_limit_is_one_reject(void **state)
{
	enum { BYTES = 20 << 20 };
	char *text = mem_new(BYTES + 64, 1), *got;

	(void)state;
	memset(text, 'x', BYTES);
	memcpy(text, HEAD "1,a,,\n2,", sizeof(HEAD) - 1 + 8);
	memcpy(text + BYTES, ",,\n3,c,,", 8);
	put_file(path, text, BYTES + 8);
	got = show_file(path, &plain, false);
	assert_string_equal(got, "1 1,a,,\n!2 line_too_long\n3 3,c,,\n");
	free(got);
	free(text);
}

static void
a_damaged_csv_file_is_read_or_refused(void **state)
{
	(void)state;
	mistreat(path, &plain,
		 HEAD "1,a,\"{\"\"k\"\":[1,\"\"x\"\"]}\",0.25\r\n"
		      "\"2\",\"b, \"\"c\"\"\nd\xC3\xA9\",[],-1e5\n\n3,,,\n4,\"\",\"\"\"s\"\"\",");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(csv_texts_are_rows_or_rejects),
		cmocka_unit_test(a_column_may_be_absent_where_it_is_optional),
		cmocka_unit_test(an_empty_line_is_a_null_of_one_column),
		cmocka_unit_test(records_around_the_window_come_out_whole),
		cmocka_unit_test(a_record_past_the_limit_is_one_reject),
		cmocka_unit_test(a_damaged_csv_file_is_read_or_refused),
		cmocka_unit_test(a_window_may_end_at_every_byte),
		cmocka_unit_test(random_csv_is_read_as_a_plain_reader_does),
	};
	int fd = mkstemp(path), failed;

	(void)close(fd);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	(void)unlink(path);
	return failed;
}
