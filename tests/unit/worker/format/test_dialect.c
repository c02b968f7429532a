/* test_dialect.c - files that look different: delimiters, encodings, numbers and times of others.
 */
#include "core/model/dialect.h"

#include "tests/fixture/reader.h"
#include "worker/format/recode.h"

static char path[] = "/tmp/tidemill-dialect-XXXXXX";

static const struct column columns[] = { { "n", COL_INT64 },
					 { "x", COL_FLOAT64 },
					 { "s", COL_STRING },
					 { "at", COL_TIMESTAMP },
					 { "day", COL_DATE } };
static const struct schema schema = { columns, countof(columns) };

enum { SAID_MAX = 8 };

/* "key=value", or of a map "key:name=value". */
static void
say_all(struct dialect *d, const char *const said[SAID_MAX], struct arena *arena)
{
	for (size_t i = 0; i < SAID_MAX && said[i]; i++) {
		size_t name = strcspn(said[i], ":="), of = strcspn(said[i], "=");
		char *key = arena_bytes(arena, said[i], name);
		char *entry = of > name ? arena_bytes(arena, said[i] + name + 1, of - name - 1)
					: NULL;
		struct err err;

		assert_non_null(dialect_key(key));
		if (dialect_set(d, dialect_key(key), entry, said[i] + of + 1, arena, &err))
			fail_msg("%s: %s", said[i], err.msg);
	}
	assert_int_equal(dialect_check(d, NULL), ERR_NONE);
}

struct file_case {
	const char *name;
	const char *said[SAID_MAX];
	const char *text, *want;
};

static void
expect_files(const struct file_case *cases, size_t n, enum format format)
{
	for (size_t i = 0; i < n; i++) {
		struct arena *arena = arena_new();
		struct dialect d = { 0 };
		const struct reader_options options = { .format = format,
							.schema = &schema,
							.dialect = &d };

		say_all(&d, cases[i].said, arena);
		expect_rows(path, &options, cases[i].name, cases[i].text, strlen(cases[i].text),
			    cases[i].want);
		arena_free(arena);
	}
}

#define HEAD "n;x;s;at;day\n"
#define SEMI "delimiter=;"

static const struct file_case csv_cases[] = {
	{ "semicolons", { SEMI }, HEAD "1;0.5;a,b;;\n", "1 1,0.5,\"a,b\",,\n" },
	{ "semicolons in quotes",
	  { SEMI },
	  HEAD "1;;\"a;b\n\"\"c\";;\n",
	  "1 1,,\"a;b\n\"\"c\",,\n" },
	{ "tabs", { "delimiter=tab" }, "n\tx\ts\tat\tday\n1\t\ta\t\t\n", "1 1,,a,,\n" },
	{ "tabs, in two characters",
	  { "delimiter=\\t" },
	  "n\tx\ts\tat\tday\n1\t\ta\t\t\n",
	  "1 1,,a,,\n" },
	{ "bars", { "delimiter=|" }, "n|x|s|at|day\n1||a||\n2|\n", "1 1,,a,,\n!2 ragged_row\n" },
	{ "apostrophes",
	  { SEMI, "quote='" },
	  HEAD "1;;'a;''b''';;\n2;;\"a;;\n",
	  "1 1,,a;'b',,\n2 2,,\"\"\"a\",,\n" },
	{ "no quotes",
	  { SEMI, "quote=none" },
	  HEAD "1;;\"a;;\n2;;a\"b\";;\n",
	  "1 1,,\"\"\"a\",,\n2 2,,\"a\"\"b\"\"\",,\n" },
	{ "escapes",
	  { SEMI, "escape=\\" },
	  HEAD "1;;\"a\\\"b\\\\;\\n\";;\n2;;x\\;;\n",
	  "1 1,,\"a\"\"b\\;\\n\",,\n2 2,,x\\,,\n" },
	{ "an escape at the end", { SEMI, "escape=\\" }, HEAD "1;;\"a\\\\\";;\n", "1 1,,a\\,,\n" },
	{ "a quote that is escaped never closes",
	  { SEMI, "escape=\\" },
	  HEAD "1;;\"a\\\";;\n",
	  "!1 malformed\n" },
	{ "lines before the header",
	  { SEMI, "skip_rows=2" },
	  "a report\n\"of\n" HEAD "1;;a;;\n",
	  "1 1,,a,,\n" },
	{ "fewer lines than are skipped",
	  { "skip_rows=3" },
	  "a\nb\n",
	  "error: read 'file': it ends before the 3 lines that are to be skipped\n" },
	{ "no header", { SEMI, "header=false" }, "1;;a;;\n2;;b;;\n", "1 1,,a,,\n2 2,,b,,\n" },
	{ "no header, and too many fields",
	  { SEMI, "header=false" },
	  "1;;a;;;7\n",
	  "error: read 'file': the first record has 6 fields, but there are 5 columns; "
	  "choose fields by 'rename', such as column0\n" },
	{ "no header, fields by their places",
	  { SEMI, "header=false", "rename:column5=n", "rename:column1=x", "rename:column2=s",
	    "rename:column3=at", "rename:column4=day" },
	  "zz;;a;;;7\n",
	  "1 7,,a,,\n" },
	{ "their names",
	  { SEMI, "rename:Nummer=n", "rename:Text, lang=s" },
	  "Text, lang;at;x;day;Nummer;n\na;;;;1;7\n",
	  "1 1,,a,,\n" },
	{ "their name is not there",
	  { SEMI, "rename:Nummer=n" },
	  HEAD,
	  "error: read 'file': the header has no column 'Nummer'\n" },
	{ "words for null",
	  { SEMI, "null_values=NA", "null_values=-" },
	  HEAD "NA;-;\"NA\";-;-\n1;;na;;\n",
	  "1 ,,,,\n2 1,,na,,\n" },
	{ "an empty text is null too", { SEMI, "null_values=" }, HEAD "1;;\"\";;\n", "1 1,,,,\n" },
};

static void
csv_of_others_is_read_as_it_was_said(void **state)
{
	(void)state;
	expect_files(csv_cases, countof(csv_cases), FORMAT_CSV);
}

static void
numbers_of_others_are_exact_or_refused(void **state)
{
	static const struct file_case cases[] = {
		{ "decimal comma",
		  { SEMI, "decimal=," },
		  HEAD
		  "1;0,5;;;\n2;-12,25e-1;;;\n3;0.5;;;\n4;1,2,3;;;\n5;,5;;;\n6;7;;;\n7;NaN;;;\n",
		  "1 1,0.5,,,\n2 2,-1.225,,,\n!3 wrong_type\n!4 wrong_type\n!5 wrong_type\n"
		  "6 6,7,,,\n7 7,NaN,,,\n" },
		{ "thousands with points",
		  { SEMI, "decimal=,", "thousands=." },
		  HEAD "1.234.567;1.234,5;;;\n-1.000;12,5;;;\n1;1.5;;;\n12.34;;;;\n1234;1234,5;;;\n"
		       "1.2345;;;;\n.123;;;;\n1..234;;;;\n1234.567;;;;\n",
		  "1 1234567,1234.5,,,\n2 -1000,12.5,,,\n!3 wrong_type\n!4 wrong_type\n"
		  "5 1234,1234.5,,,\n!6 wrong_type\n!7 wrong_type\n!8 wrong_type\n!9 "
		  "wrong_type\n" },
		{ "thousands with commas",
		  { SEMI, "thousands=," },
		  HEAD "1,234;1,234.5;;;\n",
		  "1 1234,1234.5,,,\n" },
		{ "thousands with spaces",
		  { SEMI, "decimal=,", "thousands= " },
		  HEAD "1 234;1\xc2\xa0"
		       "234,5;;;\n1\xe2\x80\xaf"
		       "234;;;;\n",
		  "1 1234,1234.5,,,\n2 1234,,,,\n" },
		{ "thousands with apostrophes",
		  { SEMI, "thousands='" },
		  HEAD "1'234'567;1'234.5;;;\n",
		  "1 1234567,1234.5,,,\n" },
		{ "beyond int64",
		  { SEMI, "decimal=,", "thousands=." },
		  HEAD "9.223.372.036.854.775.808;;;;\n",
		  "!1 out_of_range\n" },
	};

	(void)state;
	expect_files(cases, countof(cases), FORMAT_CSV);
}

static void
times_of_others_are_placed_in_their_zone(void **state)
{
	static const char *const formats[] = { "timestamp_format=%d.%m.%Y %H:%M",
					       "timezone=Europe/Berlin" };
	static const struct file_case cases[] = {
		{ "a form",
		  { SEMI, "timestamp_format=%d.%m.%Y %H:%M", "date_format=%d.%m.%Y" },
		  HEAD "1;;;31.12.2026 23:59;1.5.2026\n2;;;31.02.2026 10:00;\n3;;;;31.02.2026\n"
		       "4;;;2026-05-01T00:00:00Z;\n",
		  "1 1,,,2026-12-31T23:59:00Z,2026-05-01\n!2 wrong_type\n!3 wrong_type\n"
		  "!4 wrong_type\n" },
		{ "a zone",
		  { SEMI, formats[0], formats[1] },
		  HEAD "1;;;31.12.2026 23:59;\n2;;;01.07.2026 00:00;\n",
		  "1 1,,,2026-12-31T22:59:00Z,\n2 2,,,2026-06-30T22:00:00Z,\n" },
		{ "a zone of plain times",
		  { SEMI, formats[1] },
		  HEAD "1;;;2026-07-01 00:00:00;2026-07-01\n2;;;2026-07-01T00:00:00Z;\n"
		       "3;;;2026-07-01T00:00:00-01:00;\n4;;;2026-07-01;\n",
		  "1 1,,,2026-06-30T22:00:00Z,2026-07-01\n2 2,,,2026-07-01T00:00:00Z,\n"
		  "3 3,,,2026-07-01T01:00:00Z,\n4 4,,,2026-06-30T22:00:00Z,\n" },
		{ "a gap is refused, the first of two is taken",
		  { SEMI, formats[1] },
		  HEAD "1;;;2026-03-29 02:30:00;\n2;;;2026-10-25 02:30:00;\n",
		  "!1 wrong_type\n2 2,,,2026-10-25T00:30:00Z,\n" },
		{ "a gap is shifted, the second of two is taken",
		  { SEMI, formats[1], "dst_gap=shift", "dst_overlap=later" },
		  HEAD "1;;;2026-03-29 02:30:00;\n2;;;2026-10-25 02:30:00;\n",
		  "1 1,,,2026-03-29T01:30:00Z,\n2 2,,,2026-10-25T01:30:00Z,\n" },
		{ "two are refused",
		  { SEMI, formats[1], "dst_overlap=reject" },
		  HEAD "1;;;2026-10-25 02:30:00;\n2;;;2026-10-25 03:00:00;\n",
		  "!1 wrong_type\n2 2,,,2026-10-25T02:00:00Z,\n" },
		{ "of one column",
		  { SEMI, "timestamp_format:at=epoch_ms" },
		  HEAD "1;;;1777593600001;\n2;;;2026-05-01;\n",
		  "1 1,,,2026-05-01T00:00:00.001000Z,\n!2 wrong_type\n" },
	};

	(void)state;
	expect_files(cases, countof(cases), FORMAT_CSV);
}

static void
json_lines_of_others_are_read_as_it_was_said(void **state)
{
	static const struct file_case cases[] = {
		{ "their names",
		  { "rename:number=n", "rename:text=s" },
		  "{\"number\":1,\"n\":2,\"s\":3,\"text\":\"a\"}\n{\"text\":\"b\",\"number\":2}\n",
		  "1 1,,a,,\n2 2,,b,,\n" },
		{ "words for null",
		  { "null_values=NA" },
		  "{\"n\":\"NA\"}\n{\"s\":\"NA\"}\n{\"at\":\"N\\u0041\"}\n{\"n\":\"x\"}\n",
		  "1 ,,,,\n2 ,,,,\n3 ,,,,\n!4 wrong_type\n" },
		{ "seconds since 1970",
		  { "timestamp_format=epoch_s" },
		  "{\"at\":1777593600}\n{\"at\":\"1777593600\"}\n{\"at\":1777593600.5}\n{\"at\":"
		  "1e9}\n",
		  "1 ,,,2026-05-01T00:00:00Z,\n2 ,,,2026-05-01T00:00:00Z,\n"
		  "3 ,,,2026-05-01T00:00:00.500000Z,\n!4 wrong_type\n" },
		{ "a form",
		  { "timestamp_format=%d/%b/%Y:%T %z" },
		  "{\"at\":\"01/May/2026:02:00:00 +0200\"}\n{\"at\":1}\n",
		  "1 ,,,2026-05-01T00:00:00Z,\n!2 wrong_type\n" },
		{ "deeper in a line",
		  { "rename:$.a.b=n", "rename:$.a[\"c d\"][1]=s", "rename:$.t.at=at",
		    "rename:a=day" },
		  "{\"a\":{\"b\":1,\"c d\":[\"x\",\"\\u0079\"]},\"x\":2,\"t\":null}\n"
		  "{\"t\":{\"at\":\"2026-05-01\"}}\n{\"a\":{\"\\u0062\":2,\"c d\":[]}}\n"
		  "{\"a\":[1]}\n{\"a\":{\"b\":1,\"b\":2}}\n{\"a\":{\"b\":\"1\"}}\n{\"a\":{}}{\n"
		  "{\"a\":{\"b\":9}}\n",
		  "!1 wrong_type\n2 ,,,2026-05-01T00:00:00Z,\n!3 wrong_type\n!4 wrong_type\n"
		  "!5 duplicate_key\n!6 wrong_type\n!7 wrong_type\n!8 wrong_type\n" },
		{ "deeper in a line, and nothing of the key itself",
		  { "rename:$.a.b=n", "rename:$.a[\"c d\"][1]=s", "rename:$.t.at=at" },
		  "{\"a\":{\"b\":1,\"c d\":[\"x\",\"\\u0079\"]},\"x\":2,\"t\":null}\n"
		  "{\"t\":{\"at\":\"2026-05-01\"}}\n{\"a\":{\"\\u0062\":2,\"c d\":[]}}\n"
		  "{\"a\":[1]}\n{\"a\":{\"b\":1,\"b\":2}}\n{\"a\":{\"b\":\"1\"}}\n{\"a\":{}}{\n"
		  "{\"a\":{\"b\":9},\"a\":{}}\n{\"a\":{\"b\":}}\n{\"$.a.b\":7}\n",
		  "1 1,2,y,,\n2 ,,,2026-05-01T00:00:00Z,\n3 2,,,,\n!4 wrong_type\n"
		  "!5 duplicate_key\n!6 wrong_type\n!7 malformed\n!8 duplicate_key\n"
		  "!9 malformed\n10 ,,,,\n" },
		{ "Latin 1", { "encoding=latin1" }, "{\"s\":\"\xe9\"}\n", "1 ,,\xc3\xa9,,\n" },
	};

	(void)state;
	expect_files(cases, countof(cases), FORMAT_JSONL);
}

static void
encodings_come_out_as_utf8_or_refuse_one_record(void **state)
{
	static const struct {
		const char *name, *encoding, *text;
		size_t bytes;
		const char *want;
	} cases[] = {
#define TEXT(text) text, sizeof(text) - 1
		{ "Latin 1", "latin1",
		  TEXT("s\nGr\xf6\xdf"
		       "e\n\x80\n"),
		  "1 Gr\xc3\xb6\xc3\x9f"
		  "e\n2 \xc2\x80\n" },
		{ "cp1252", "windows-1252", TEXT("s\n\x80 12\n\x81\n\x93x\x94\n"),
		  "1 \xe2\x82\xac 12\n!2 not_utf8\n3 \xe2\x80\x9cx\xe2\x80\x9d\n" },
		{ "UTF-16, little end first", "utf-16",
		  TEXT("\xff\xfes\0\n\0\xe9\0\n\0\x3d\xd8\x00\xde\n\0"),
		  "1 \xc3\xa9\n2 \xf0\x9f\x98\x80\n" },
		{ "UTF-16, big end first", "utf-16", TEXT("\xfe\xff\0s\0\n\0\xe9\0\n"),
		  "1 \xc3\xa9\n" },
		{ "UTF-16 with a mark that is not needed", "utf-16le", TEXT("\xff\xfes\0\n\0x\0"),
		  "1 x\n" },
		{ "UTF-16 without a mark", "utf-16be", TEXT("\0s\0\n\0x\0\n"), "1 x\n" },
		{ "UTF-16 without a mark that is needed", "utf-16", TEXT("\0s\0\n\0x\0\n"),
		  "error: read 'file': it has no mark of UTF-16; say utf-16le or utf-16be\n" },
		{ "half a pair", "utf-16le", TEXT("s\0\n\0\x3d\xd8\n\0x\0\n\0"),
		  "!1 not_utf8\n2 x\n" },
		{ "half a unit", "utf-16le", TEXT("s\0\n\0x\0\n\0y"), "1 x\n!2 not_utf8\n" },
		{ "a header alone", "utf-16le", TEXT("s\0\n\0"), "" },
	};
	static const struct column column = { "s", COL_STRING };
	static const struct schema one = { &column, 1 };

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		struct arena *arena = arena_new();
		struct dialect d = { 0 };
		const struct reader_options options = { .format = FORMAT_CSV,
							.schema = &one,
							.dialect = &d };

		assert_int_equal(
		    dialect_set(&d, dialect_key("encoding"), NULL, cases[i].encoding, arena, NULL),
		    ERR_NONE);
		expect_rows(path, &options, cases[i].name, cases[i].text, cases[i].bytes,
			    cases[i].want);
		arena_free(arena);
	}
}

/* A file that is longer than all buffers, with a character of four bytes at every place of them. */
static void
characters_across_buffers_come_out_whole(void **state)
{
	enum { BYTES = 300 << 10 };
	char *data = mem_new(BYTES, 1), *out = mem_new(BYTES, RECODE_GROWTH);
	static const char two[] = { 0x3d, (char)0xd8, 0x00, (char)0xde };

	(void)state;
	for (size_t i = 0; i < BYTES; i++)
		data[i] = two[i % 4];
	for (size_t cut = 0; cut < 9; cut++) {
		size_t used, n = recode(ENCODING_UTF16LE, data, cut, false, out, &used);

		assert_int_equal(used, cut / 4 * 4);
		assert_int_equal(n, cut / 4 * 4);
	}
	for (int shift = 0; shift < 4; shift++) {
		static const struct column column = { "s", COL_STRING };
		static const struct schema one = { &column, 1 };
		struct dialect d = { .differs = true, .encoding = ENCODING_UTF16LE };
		const struct reader_options options = { .format = FORMAT_CSV,
							.schema = &one,
							.dialect = &d };
		const struct batch *b = NULL;
		struct reader *r = NULL;

		memcpy(data, "s\0\n\0", 4);
		for (int i = 0; i < shift; i++)
			memcpy(data + 4 + 2 * i, "x\0", 2);
		for (size_t i = 4 + 2 * (size_t)shift; i < BYTES; i++)
			data[i] = two[(i - 2 * (size_t)shift) % 4];
		put_file(path, data, BYTES - 2 * (size_t)(shift % 2));
		assert_int_equal(reader_open(&r, AT_FDCWD, path, "file", &options, NULL), ERR_NONE);
		assert_int_equal(reader_next(r, &b, NULL), ERR_NONE);
		assert_int_equal(b->n_rejects, 0);
		assert_int_equal(b->rows, 1);
		reader_close(r);
	}
	free(data);
	free(out);
}

/* ---- other characters in the same places ---- */

static char
swapped(char c)
{
	static const char from[] = ",;\"'", to[] = ";,'\"";
	const char *at = c ? strchr(from, c) : NULL;

	return at ? to[at - from] : c;
}

/* Every value and reject of a file; with `swap` the characters are given back. */
static void
list_values(const struct dialect *d, bool swap, struct buf *out)
{
	static const struct column texts[] = { { "a", COL_STRING }, { "b", COL_STRING } };
	static const struct schema two = { texts, countof(texts) };
	static const bool optional[countof(texts)] = { true, true };
	const struct reader_options options = {
		.format = FORMAT_CSV, .schema = &two, .dialect = d, .optional = optional
	};
	const struct batch *b = NULL;
	struct reader *r = NULL;
	enum err_code code = reader_open(&r, AT_FDCWD, path, "file", &options, NULL);

	while (!code && !reader_next(r, &b, NULL) && b) {
		for (size_t i = 0; i < b->n_rejects; i++)
			buf_format(out, "!%lld %s\n", (long long)b->rejects[i].row_no,
				   b->rejects[i].reason);
		for (size_t row = 0; row < b->rows; row++) {
			for (size_t c = 0; c < two.count; c++) {
				struct span text = { 0 };

				buf_format(out, "%lld %d ", (long long)b->row_no[row],
					   b->cols[c].valid[row]);
				if (b->cols[c].valid[row])
					text = col_text(&b->cols[c], row);
				for (size_t i = 0; i < text.bytes; i++)
					buf_char(out, swap ? swapped(text.data[i]) : text.data[i]);
				buf_char(out, '\n');
			}
		}
	}
	buf_format(out, "%d\n", code);
	reader_close(r);
}

/* The two compilations of the reader say the same of texts in which its characters changed places.
 */
static void
other_characters_in_the_same_places_are_read_the_same(void **state)
{
	static const char alphabet[] = "a,;\"'\n\r,\"\nb\xc3";
	const struct dialect d = { .differs = true, .delimiter = ';', .quote = '\'' };
	uint64_t random = 11;

	(void)state;
	for (int i = 0; i < 2000; i++) {
		size_t bytes = random_next(&random) % 90;
		struct buf text, one, two;

		buf_init(&text, SIZE_MAX);
		buf_init(&one, SIZE_MAX);
		buf_init(&two, SIZE_MAX);
		buf_text(&text, "a,b\n");
		for (size_t k = 0; k < bytes; k++)
			buf_char(&text, alphabet[random_next(&random) % (sizeof(alphabet) - 1)]);
		put_file(path, text.data, text.bytes);
		list_values(NULL, false, &one);
		for (size_t k = 0; k < text.bytes; k++)
			text.data[k] = swapped(text.data[k]);
		put_file(path, text.data, text.bytes);
		list_values(&d, true, &two);
		if (one.bytes != two.bytes || memcmp(one.data, two.data, one.bytes) != 0)
			fail_msg("file %d: of\n%s\none\n%stwo\n%s", i, text.data, one.data,
				 two.data);
		buf_release(&text);
		buf_release(&one);
		buf_release(&two);
	}
}

static void
a_damaged_file_of_any_dialect_is_read_or_refused(void **state)
{
	struct arena *arena = arena_new();
	struct dialect d = { 0 };
	const struct reader_options options = { .format = FORMAT_CSV,
						.schema = &schema,
						.dialect = &d };
	static const char *const said[SAID_MAX] = { SEMI,
						    "escape=\\",
						    "decimal=,",
						    "thousands=.",
						    "encoding=cp1252",
						    "timezone=Europe/Berlin",
						    "null_values=NA",
						    NULL };

	(void)state;
	say_all(&d, said, arena);
	mistreat(path, &options,
		 HEAD "1.000;1,5;\"a\\\"b\xe9\";2026-05-01 10:00:00;2026-05-01\r\n2;NA;\\;;\n");
	arena_free(arena);
}

static void
what_a_dialect_cannot_mean_is_refused(void **state)
{
	static const struct {
		const char *key, *of, *text, *says;
	} cases[] = {
		{ "delimiter", NULL, ";;", "one ASCII character" },
		{ "delimiter", NULL, "", "one ASCII character" },
		{ "delimiter", NULL, "\n", "one ASCII character" },
		{ "delimiter", NULL, "\xc3\xa9", "one ASCII character" },
		{ "header", NULL, "no", "true or false" },
		{ "skip_rows", NULL, "-1", "from 0 to 1000000" },
		{ "skip_rows", NULL, "1x", "from 0 to 1000000" },
		{ "encoding", NULL, "ebcdic", "latin1, cp1252, utf-16" },
		{ "decimal", NULL, ";", "it has to be '.' or ',', not ';'" },
		{ "thousands", NULL, "x", "it has to be" },
		{ "timestamp_format", NULL, "%d.%m.%Q", "'%Q' is no directive" },
		{ "date_format", NULL, "%d.%m.%Y %H", "no time of day" },
		{ "timezone", NULL, "Berlin", "no time zone 'Berlin'" },
		{ "dst_gap", NULL, "skip", "reject or shift" },
		{ "dst_overlap", NULL, "first", "earlier, later or reject" },
		{ "rename", "", "a", "a name is empty" },
		{ "rename", "$.a..b", "a", "no path such as" },
		{ "rename", "$[0]", "a", "no path such as" },
		{ "rename", "$.a[x]", "a", "no path such as" },
	};
	static const struct {
		const char *said[SAID_MAX];
		const char *says;
	} pairs[] = {
		{ { "delimiter='", "quote='" }, "'delimiter' and 'quote'" },
		{ { "quote=none", "escape=\\" }, "'escape'" },
		{ { "delimiter=;", "thousands=." }, "'thousands' and 'decimal'" },
		{ { "dst_gap=shift" }, "need a 'timezone'" },
	};
	struct arena *arena = arena_new();

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		struct dialect d = { 0 };
		struct err err = { .msg = "" };

		if (!dialect_set(&d, dialect_key(cases[i].key), cases[i].of, cases[i].text, arena,
				 &err) ||
		    !strstr(err.msg, cases[i].says))
			fail_msg("%s: %s: %s", cases[i].key, cases[i].text, err.msg);
	}
	for (size_t i = 0; i < countof(pairs); i++) {
		struct dialect d = { 0 };
		struct err err = { .msg = "" };

		for (size_t k = 0; pairs[i].said[k]; k++) {
			size_t name = strcspn(pairs[i].said[k], "=");
			char *key = arena_bytes(arena, pairs[i].said[k], name);

			assert_int_equal(dialect_set(&d, dialect_key(key), NULL,
						     pairs[i].said[k] + name + 1, arena, NULL),
					 ERR_NONE);
		}
		if (!dialect_check(&d, &err) || !strstr(err.msg, pairs[i].says))
			fail_msg("pair %zu: %s", i, err.msg);
	}
	arena_free(arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(csv_of_others_is_read_as_it_was_said),
		cmocka_unit_test(numbers_of_others_are_exact_or_refused),
		cmocka_unit_test(times_of_others_are_placed_in_their_zone),
		cmocka_unit_test(json_lines_of_others_are_read_as_it_was_said),
		cmocka_unit_test(encodings_come_out_as_utf8_or_refuse_one_record),
		cmocka_unit_test(characters_across_buffers_come_out_whole),
		cmocka_unit_test(other_characters_in_the_same_places_are_read_the_same),
		cmocka_unit_test(a_damaged_file_of_any_dialect_is_read_or_refused),
		cmocka_unit_test(what_a_dialect_cannot_mean_is_refused),
	};
	int fd = mkstemp(path), failed;

	(void)close(fd);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	(void)unlink(path);
	return failed;
}
