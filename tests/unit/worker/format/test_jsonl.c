/* test_jsonl.c - JSON Lines: grammar, types, windows, and bytes that are no JSON. */
#include "tests/fixture/reader.h"

static const struct column columns[] = {
	{ "i", COL_INT64 }, { "n", COL_INT32 },     { "f", COL_FLOAT64 }, { "s", COL_STRING },
	{ "b", COL_BOOL },  { "t", COL_TIMESTAMP }, { "d", COL_DATE },    { "j", COL_JSON },
};
static const struct schema schema = { columns, countof(columns) };
static const struct reader_options plain = { .format = FORMAT_JSONL, .schema = &schema };

static char path[] = "/tmp/tidemill-jsonl-XXXXXX";

static const struct {
	const char *name, *line, *want;
} lines[] = {
	{ "empty object", "{}", "1 ,,,,,,,\n" },
	{ "white space", " \t{ \"i\" : 1 , \"s\" : \"x\" } \r", "1 1,,,x,,,,\n" },
	{ "all types",
	  "{\"i\":-5,\"n\":7,\"f\":0.5929,\"s\":\"a\",\"b\":true,\"t\":\"2026-05-01T10:00:00.25+02:"
	  "00\",\"d\":\"2026-02-28\",\"j\":{\"k\":[1,{}]}}",
	  "1 -5,7,0.5929,a,true,2026-05-01T08:00:00.250000Z,2026-02-28,\"{\"\"k\"\":[1,{}]}\"\n" },
	{ "nulls", "{\"i\":null,\"s\":null,\"j\":null}", "1 ,,,,,,,\n" },
	{ "other order", "{\"s\":\"x\",\"i\":1}", "1 1,,,x,,,,\n" },
	{ "int64 edges", "{\"i\":9223372036854775807}", "1 9223372036854775807,,,,,,,\n" },
	{ "int64 lowest", "{\"i\":-9223372036854775808}", "1 -9223372036854775808,,,,,,,\n" },
	{ "above 2^53", "{\"i\":9007199254740993}", "1 9007199254740993,,,,,,,\n" },
	{ "one past", "{\"i\":9223372036854775808}", "!1 out_of_range\n" },
	{ "one below", "{\"i\":-9223372036854775809}", "!1 out_of_range\n" },
	{ "minus zero", "{\"i\":-0}", "1 0,,,,,,,\n" },
	{ "int32 edge", "{\"n\":-2147483648}", "1 ,-2147483648,,,,,,\n" },
	{ "int32 past", "{\"n\":2147483648}", "!1 out_of_range\n" },
	{ "no integer", "{\"i\":1.0}", "!1 wrong_type\n" },
	{ "exponent", "{\"i\":1e3}", "!1 wrong_type\n" },
	{ "leading zero", "{\"i\":01}", "!1 malformed\n" },
	{ "plus", "{\"i\":+1}", "!1 malformed\n" },
	{ "float", "{\"f\":-1.5e-3}", "1 ,,-0.0015,,,,,\n" },
	{ "float too large", "{\"f\":1e999}", "!1 out_of_range\n" },
	{ "NaN", "{\"f\":\"NaN\"}", "1 ,,NaN,,,,,\n" },
	{ "infinity", "{\"f\":\"-Infinity\"}", "1 ,,-Infinity,,,,,\n" },
	{ "quoted number", "{\"f\":\"1.5\"}", "!1 wrong_type\n" },
	{ "string of a number", "{\"s\":1}", "!1 wrong_type\n" },
	{ "string of an object", "{\"s\":{}}", "!1 wrong_type\n" },
	{ "bool of a word", "{\"b\":\"true\"}", "!1 wrong_type\n" },
	{ "no such day", "{\"d\":\"2026-02-29\"}", "!1 wrong_type\n" },
	{ "no such hour", "{\"t\":\"2026-05-01T24:00:00Z\"}", "!1 wrong_type\n" },
	{ "leap second", "{\"t\":\"2026-05-01T23:59:60Z\"}", "!1 wrong_type\n" },
	{ "escapes", "{\"s\":\"\\\"\\\\\\/\\t\\u0041\\u00e9\\u20ac\\ud83d\\ude00\"}",
	  "1 ,,,\"\"\"\\/\tA\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80\",,,,\n" },
	{ "half a pair", "{\"s\":\"\\ud83d\"}", "!1 malformed\n" },
	{ "low half alone", "{\"s\":\"\\ude00\"}", "!1 malformed\n" },
	{ "two high halves", "{\"s\":\"\\ud83d\\ud83d\"}", "!1 malformed\n" },
	{ "bad escape", "{\"s\":\"\\x\"}", "!1 malformed\n" },
	{ "short escape", "{\"s\":\"\\u12\"}", "!1 malformed\n" },
	{ "raw tab", "{\"s\":\"\t\"}", "!1 malformed\n" },
	{ "open string", "{\"s\":\"x", "!1 malformed\n" },
	{ "escaped key", "{\"\\u0069\":4}", "1 4,,,,,,,\n" },
	{ "escaped key twice", "{\"i\":4,\"\\u0069\":4}", "!1 duplicate_key\n" },
	{ "unknown keys", "{\"x\":{\"i\":[1,\"}\"]},\"i\":2,\"y\":null}", "1 2,,,,,,,\n" },
	{ "unknown key twice", "{\"x\":1,\"x\":1}", "!1 duplicate_key\n" },
	{ "unknown bad value", "{\"x\":tru}", "!1 malformed\n" },
	{ "comma at the end", "{\"i\":1,}", "!1 malformed\n" },
	{ "no comma", "{\"i\":1 \"n\":2}", "!1 malformed\n" },
	{ "no colon", "{\"i\" 1}", "!1 malformed\n" },
	{ "single quotes", "{'i':1}", "!1 malformed\n" },
	{ "something behind", "{\"i\":1}{", "!1 malformed\n" },
	{ "an array", "[]", "!1 malformed\n" },
	{ "a number", "5", "!1 malformed\n" },
	{ "json as it is", "{\"j\": [1, 2.50, \"\\u0041\",\ttrue ] }",
	  "1 ,,,,,,,\"[1, 2.50, \"\"\\u0041\"\",\ttrue ]\"\n" },
	{ "json brackets", "{\"j\":[1}}", "!1 malformed\n" },
	{ "json comma", "{\"j\":[1,]}", "!1 malformed\n" },
	{ "json key", "{\"j\":{1:2}}", "!1 malformed\n" },
	{ "json string", "{\"j\":\"s\"}", "1 ,,,,,,,\"\"\"s\"\"\"\n" },
	{ "overlong", "{\"s\":\"\xC0\xAF\"}", "!1 not_utf8\n" },
	{ "surrogate in bytes", "{\"s\":\"\xED\xA0\x80\"}", "!1 not_utf8\n" },
	{ "past the last", "{\"s\":\"\xF4\x90\x80\x80\"}", "!1 not_utf8\n" },
	{ "the last", "{\"s\":\"\xF4\x8F\xBF\xBF\"}", "1 ,,,\xF4\x8F\xBF\xBF,,,,\n" },
	{ "cut sequence", "{\"s\":\"\xE2\x82\"}", "!1 not_utf8\n" },
	{ "not in the key either", "{\"\xFF\":1}", "!1 not_utf8\n" },
};

static void
json_lines_are_rows_or_rejects(void **state)
{
	(void)state;
	for (size_t i = 0; i < countof(lines); i++) {
		char *text = mem_format("%s\n", lines[i].line);

		expect_rows(path, &plain, lines[i].name, text, strlen(text), lines[i].want);
		expect_rows(path, &plain, lines[i].name, text, strlen(text) - 1, lines[i].want);
		free(text);
	}
}

static void
nesting_is_allowed_up_to_its_limit(void **state)
{
	(void)state;
	for (int depth = 63; depth <= 65; depth++) {
		char open[80] = "", shut[80] = "", *text, *want;

		memset(open, '[', (size_t)depth);
		memset(shut, ']', (size_t)depth);
		text = mem_format("{\"j\":%s%s}", open, shut);
		want = depth <= 64 ? mem_format("1 ,,,,,,,%s%s\n", open, shut)
				   : mem_str("!1 malformed\n");
		expect_rows(path, &plain, "nesting", text, strlen(text), want);
		free(text);
		free(want);
	}
}

static void
empty_lines_marks_and_unknown_keys_are_told_apart(void **state)
{
	struct reader_options strict = plain;

	(void)state;
	expect_rows(path, &plain, "nothing", "", 0, "");
	expect_rows(path, &plain, "only newlines", "\n \r\n\n", 5, "");
	expect_rows(path, &plain, "a mark", "\xEF\xBB\xBF{}\n", 6, "1 ,,,,,,,\n");
	expect_rows(path, &plain, "numbers of lines", "{}\n\n{\n{}", 8,
		    "1 ,,,,,,,\n!3 malformed\n4 ,,,,,,,\n");
	expect_rows(path, &plain, "a NUL", "{\"s\":\"\0\"}\n{}\n", 13, "!1 malformed\n2 ,,,,,,,\n");
	strict.unknown_keys_fail = true;
	expect_rows(path, &strict, "unknown keys", "{\"i\":1}\n{\"x\":1}\n", 16,
		    "1 1,,,,,,,\n!2 unknown_key\n");
}

/* Columns that nobody wants are checked as JSON and have no values. */
static void
unwanted_columns_are_checked_and_have_no_values(void **state)
{
	static const bool wanted[countof(columns)] = { [3] = true };
	struct reader_options options = plain;
	const struct batch *b = NULL;
	struct reader *r;

	(void)state;
	options.wanted = wanted;
	put_text(path, "{\"i\":\"no integer\",\"s\":\"x\"}\n{\"i\":tru,\"s\":\"y\"}\n");
	assert_int_equal(reader_open(&r, AT_FDCWD, path, "file", &options, NULL), ERR_NONE);
	assert_int_equal(reader_next(r, &b, NULL), ERR_NONE);
	assert_int_equal(b->rows, 1);
	assert_int_equal(b->n_rejects, 1);
	assert_null(b->cols[0].valid);
	assert_true(span_is(b->cols[3].texts[0], "x"));
	reader_close(r);
}

/* Lines of all lengths around the window's size come out whole. */
static void
lines_around_the_window_come_out_whole(void **state)
{
	enum { LINES = 400 };
	struct buf in, want;
	char *got;

	(void)state;
	buf_init(&in, SIZE_MAX);
	buf_init(&want, SIZE_MAX);
	for (int i = 0; i < LINES; i++) {
		size_t bytes = i % 50 == 7 ? STREAM_WINDOW_BYTES + (size_t)i : (size_t)i * 13;
		char *text = mem_new(bytes + 1, 1);

		memset(text, 'a' + i % 26, bytes);
		buf_format(&in, "{\"i\":%d,\"s\":\"\\u0041%s\"}\n", i, text);
		buf_format(&want, "%d %d,,,A%s,,,,\n", i + 1, i, text);
		free(text);
	}
	put_file(path, in.data, in.bytes);
	got = show_file(path, &plain, false);
	assert_string_equal(got, want.data);
	free(got);
	buf_release(&in);
	buf_release(&want);
}

/*
 * The end of a window at every byte of a text, with nothing before it and with a row before it:
 * the rows do not change.
 */
static void
a_window_may_end_at_every_byte(void **state)
{
	static const char text[] =
	    "{\"i\":-5,\"n\":7,\"f\":0.5929,\"s\":\"a\\u00e9\\ud83d\\ude00\",\"b\":true}\n"
	    "{\"t\":\"2026-05-01T10:00:00.25+02:00\",\"d\":\"2026-02-28\"}\r\n\n"
	    "{\"j\":{\"k\":[1,{},\"x\",[[null]]]},\"x\":{\"\xC3\xA9\":[false]}}\n"
	    "{\"i\":01}\n{\"s\":\"\xF0\x9F\x98\"}\n{\"i\":123456789,\"s\":\"last\"}";
	size_t bytes = sizeof(text) - 1;
	char *file = mem_new(STREAM_WINDOW_BYTES + bytes, 1);

	(void)state;
	for (int row_before = 0; row_before < 2; row_before++) {
		char *want = NULL;

		for (size_t cut = 0; cut <= bytes; cut++) {
			size_t head = STREAM_WINDOW_BYTES - cut;
			char *got;

			memset(file, ' ', head);
			memcpy(file, row_before ? "{}\n" : "\n\n\n", 3);
			file[head - 1] = '\n';
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

/* Keys of every length around what is compared at once, and keys that only begin like one. */
static void
keys_of_every_length_find_their_column(void **state)
{
	(void)state;
	for (size_t bytes = 1; bytes <= 70; bytes++) {
		char name[72] = "", *text;
		struct column two[] = { { name, COL_INT64 }, { "z", COL_INT64 } };
		const struct schema named = { two, countof(two) };
		struct reader_options options = plain;

		memset(name, 'k', bytes);
		options.schema = &named;
		text = mem_format("{\"%s\":1,\"z\":2}\n{\"%sk\":1,\"z\":2}\n{\"%s\" : 1 ,\"z\":2}\n"
				  "{\"z\":2,\"%s\":1}\n{\"%.*s\":1,\"z\":2}\n{\"%s\":1,\"%s\":1}\n",
				  name, name, name, name, (int)bytes - 1, name, name, name);
		expect_rows(path, &options, "keys", text, strlen(text),
			    "1 1,2\n2 ,2\n3 1,2\n4 1,2\n5 ,2\n!6 duplicate_key\n");
		free(text);
	}
}

/* A name that JSON has to escape is not mistaken for what it looks like. */
static void
names_that_json_escapes_find_their_column(void **state)
{
	static const struct column odd[] = { { "a\"b", COL_INT64 },
					     { "c\\d", COL_INT64 },
					     { "", COL_INT64 } };
	static const struct schema named = { odd, countof(odd) };
	struct reader_options options = plain;
	char *got;

	(void)state;
	options.schema = &named;
	put_text(path, "{\"a\\\"b\":1,\"c\\\\d\":2,\"\":3}\n{\"a\"b\":1}\n{\"c\\d\":2}\n");
	got = show_file(path, &options, false);
	assert_string_equal(got, "1 1,2,3\n!2 malformed\n!3 malformed\n");
	free(got);
}

/* The limit and one past it. */
static void
the_longest_line_is_a_row_and_one_more_a_reject(void **state)
{
	char *text = mem_new(RECORD_BYTES_MAX + 64, 1), *got;

	(void)state;
	for (int past = 0; past < 2; past++) {
		size_t bytes = RECORD_BYTES_MAX + (size_t)past;

		memset(text, ' ', bytes);
		memcpy(text, "{\"i\":1", 6);
		memcpy(text + bytes - 1, "}\n{\"i\":2}\n", 11);
		put_file(path, text, bytes + 9);
		got = show_file(path, &plain, false);
		assert_string_equal(got, past ? "!1 line_too_long\n2 2,,,,,,,\n"
					      : "1 1,,,,,,,\n2 2,,,,,,,\n");
		free(got);
	}
	free(text);
}

static void
a_damaged_jsonl_file_is_read_or_refused(void **state)
{
	(void)state;
	mistreat(path, &plain,
		 "{\"i\":-5,\"n\":7,\"f\":0.5929,\"s\":\"a\\u00e9\\ud83d\\ude00\",\"b\":true}\n"
		 "{\"t\":\"2026-05-01T10:00:00.25+02:00\",\"d\":\"2026-02-28\"}\r\n"
		 "{\"j\":{\"k\":[1,{},\"x\",[[null]]]},\"x\":{\"\xC3\xA9\":[false]}}");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(json_lines_are_rows_or_rejects),
		cmocka_unit_test(nesting_is_allowed_up_to_its_limit),
		cmocka_unit_test(empty_lines_marks_and_unknown_keys_are_told_apart),
		cmocka_unit_test(unwanted_columns_are_checked_and_have_no_values),
		cmocka_unit_test(lines_around_the_window_come_out_whole),
		cmocka_unit_test(the_longest_line_is_a_row_and_one_more_a_reject),
		cmocka_unit_test(a_window_may_end_at_every_byte),
		cmocka_unit_test(keys_of_every_length_find_their_column),
		cmocka_unit_test(names_that_json_escapes_find_their_column),
		cmocka_unit_test(a_damaged_jsonl_file_is_read_or_refused),
	};
	int fd = mkstemp(path), failed;

	(void)close(fd);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	(void)unlink(path);
	return failed;
}
