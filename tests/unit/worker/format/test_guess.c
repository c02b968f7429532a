/* test_guess.c - what a file that does not fit might be: the keys that are offered. */
#include "worker/format/guess.h"

#include "tests/fixture/reader.h"

static char path[] = "/tmp/tidemill-guess-XXXXXX";

static const struct column columns[] = {
	{ "id", COL_INT64 }, { "x", COL_FLOAT64 }, { "at", COL_TIMESTAMP }, { "s", COL_STRING }
};
static const struct schema schema = { columns, countof(columns) };

struct guess_case {
	const char *name;
	enum format format;
	const char *text;
	size_t bytes;
	const char *advice;
};

#define TEXT(text) text, sizeof(text) - 1

static void
expect_advice(const struct guess_case *c, bool is_option)
{
	const struct reader_options options = { .format = c->format, .schema = &schema };
	struct guess g;

	put_file(path, c->text, c->bytes);
	guess_make(&g, AT_FDCWD, path, &options, is_option);
	if (strcmp(g.advice.data, c->advice) != 0)
		fail_msg("%s: got\n%s\nwanted\n%s", c->name, g.advice.data, c->advice);
	guess_release(&g);
}

static void
json_that_is_not_lines_of_objects_is_named(void **state)
{
	static const struct guess_case cases[] = {
		{ "an array", FORMAT_JSONL, TEXT("[{\"id\":1}]\n"),
		  "it begins with '[': one array? JSON Lines has an object on each line, which `jq "
		  "-c .[]` makes of it" },
		{ "an object over several lines", FORMAT_JSONL,
		  TEXT("{\n \"id\": 1,\n \"x\": 2\n}\n"),
		  "one object over several lines? JSON Lines has each on one line, which `jq -c .` "
		  "makes of it" },
		{ "the line ends of an old Mac", FORMAT_CSV, TEXT("id,x,at,s\r1,2,,a\r"),
		  "line ends of carriage returns alone? `tr '\\r' '\\n'` makes lines of it" },
		{ "null in JSON is left out", FORMAT_JSONL, TEXT("{\"id\":1}\n"), "" },
		{ "other keys", FORMAT_JSONL, TEXT("{\"a\":1}\n{\"b\":{\"c\":2}}\n"),
		  "'id' is not there, but a, b; called something else? add `rename: {THEIRS: "
		  "id}`" },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++)
		expect_advice(&cases[i], false);
}

static void
a_file_that_does_not_fit_is_offered_the_keys_it_lacks(void **state)
{
	static const struct guess_case cases[] = {
		{ "it fits", FORMAT_CSV, TEXT("id,x,at,s\n1,0.5,2026-05-01,a\n"), "" },
		{ "nothing", FORMAT_CSV, TEXT(""), "" },
		{ "all at once", FORMAT_CSV,
		  TEXT("id;x;at;s\n1;1,5;31.12.2026 23:59;\xfc\n2;NA;01.02.2026 10:00;b\n"),
		  "of another encoding? add `encoding: latin1`; separated by ';'? add `delimiter: "
		  "\";\"`; words for null? add `null_values: [\"NA\"]`; a decimal comma? add "
		  "`decimal: \",\"`; times in another form? add `timestamp_format: \"%d.%m.%Y "
		  "%H:%M\"`" },
		{ "tabs", FORMAT_CSV, TEXT("id\tx\tat\ts\n1\t\t\ta\n"),
		  "separated by tabs? add `delimiter: tab`" },
		{ "thousands", FORMAT_CSV, TEXT("id,x,at,s\n1,\"1,234.5\",,a\n"),
		  "separators of thousands? add `thousands: \",\"`" },
		{ "words for null in two columns are one key", FORMAT_CSV,
		  TEXT("id,x,at,s\nNA,0.5,,a\n2,n/a,-,a\n"),
		  "words for null? add `null_values: [\"NA\", \"n/a\", \"-\"]`" },
		{ "one number among others", FORMAT_CSV,
		  TEXT("id,x,at,s\n1,0.5,,a\n2,\"0,5\",,a\n"), "" },
		{ "a day and a month, either way round", FORMAT_CSV,
		  TEXT("id,x,at,s\n1,,01/02/2026,a\n"),
		  "times in another form? add `timestamp_format: \"%d/%m/%Y\"`; or in another "
		  "order? add `timestamp_format: \"%m/%d/%Y\"`" },
		{ "a day and a month, one way round", FORMAT_CSV,
		  TEXT("id,x,at,s\n1,,01/02/2026,a\n1,,01/13/2026,a\n"),
		  "times in another form? add `timestamp_format: \"%m/%d/%Y\"`" },
		{ "capitals", FORMAT_CSV, TEXT("ID,X, at,s\n1,,,a\n"),
		  "called something else? add `rename: {\"ID\": id, \"X\": x, \" at\": at}`" },
		{ "other names", FORMAT_CSV, TEXT("id,x,s,when\n1,,,a\n"),
		  "'at' is not there, but id, x, s, when; called something else? add `rename: "
		  "{THEIRS: at}`" },
		{ "no header", FORMAT_CSV, TEXT("1,0.5,2026-05-01,a\n2,,,\n"),
		  "without a header? add `header: false`" },
		{ "UTF-16", FORMAT_CSV, TEXT("\xff\xfei\0d\0,\0x\0,\0a\0t\0,\0s\0\n\0"),
		  "of another encoding? add `encoding: utf-16`" },
		{ "UTF-16 without a mark", FORMAT_CSV, TEXT("i\0d\0,\0x\0,\0a\0t\0,\0s\0\n\0"),
		  "of another encoding? add `encoding: utf-16le`" },
		{ "cp1252", FORMAT_CSV, TEXT("id,x,at,s\n1,,,\x80\n"),
		  "of another encoding? add `encoding: cp1252`" },
		{ "gzip", FORMAT_CSV, TEXT("\x1f\x8b\x08"),
		  "it is gzip: its name has to end in .gz" },
		{ "a workbook", FORMAT_CSV, TEXT("PK\x03\x04"),
		  "it is a zip archive, perhaps a workbook: unpack it, or save it as csv" },
		{ "milliseconds", FORMAT_JSONL, TEXT("{\"id\":1,\"at\":1777593600000}\n"),
		  "times in another form? add `timestamp_format: epoch_ms`" },
	};
	static const struct guess_case option = {
		"as options", FORMAT_CSV, TEXT("ID|x|at|s\n1|-|01.02.26|\n"),
		"separated by '|'? add --delimiter '|'; called something else? add --rename "
		"'ID:id'; words for null? add --null-values '-'; times in another form? add "
		"--timestamp-format '%d.%m.%y'"
	};
	static const struct guess_case apostrophe = {
		"a quote in an option", FORMAT_CSV, TEXT("id,x,at,s\n1,1'234.5,,a\n"),
		"separators of thousands? add --thousands ''\\''\x27"
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++)
		expect_advice(&cases[i], false);
	expect_advice(&option, true);
	expect_advice(&apostrophe, true);
}

/* The rows are those of the file, safe to show, and three at most. */
static void
three_rows_are_shown_without_control_of_the_terminal(void **state)
{
	const struct reader_options options = { .format = FORMAT_CSV, .schema = &schema };
	struct guess g;

	(void)state;
	put_text(path, "a\xff\nb\n\nc\nd\n");
	guess_make(&g, AT_FDCWD, path, &options, false);
	assert_string_equal(g.rows[0].data, "a\xc3\xbf"); /* taken for Latin 1 */
	assert_string_equal(g.rows[1].data, "b");
	assert_string_equal(g.rows[2].data, "c");
	guess_release(&g);
	guess_make(&g, AT_FDCWD, "/nonexistent", &options, false);
	assert_int_equal(g.rows[0].bytes, 0);
	guess_release(&g);
}

/* Only that nothing breaks: a sanitizer watches. */
static void
anything_may_be_guessed_at(void **state)
{
	static const char alphabet[] = "id,x;at\"'\n\r\t|{}[]:0123.-\xc3\xff\\\0";
	uint64_t random = 5;

	(void)state;
	for (int i = 0; i < 1000; i++) {
		char text[200] = "{\"id\":1,\"at\":\"x\"}\n";
		size_t start = i & 1 ? strlen(text) : 0, bytes = random_next(&random) % 150;
		const struct reader_options options = { .format = i % 3 ? FORMAT_CSV : FORMAT_JSONL,
							.schema = &schema };
		struct guess g;

		for (size_t k = start; k < start + bytes; k++)
			text[k] = alphabet[random_next(&random) % (sizeof(alphabet) - 1)];
		put_file(path, text, start + bytes);
		guess_make(&g, AT_FDCWD, path, &options, i & 2);
		guess_release(&g);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(json_that_is_not_lines_of_objects_is_named),
		cmocka_unit_test(a_file_that_does_not_fit_is_offered_the_keys_it_lacks),
		cmocka_unit_test(three_rows_are_shown_without_control_of_the_terminal),
		cmocka_unit_test(anything_may_be_guessed_at),
	};
	int fd = mkstemp(path), failed;

	(void)close(fd);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	(void)unlink(path);
	return failed;
}
