/*
 * test_scan.c - JSON: what is a value and what is a line, case by case, and the fast scanner
 * against a slow one on mutated texts.
 *
 * The cases cover what the public JSON test suites cover; docs/FORMATS.md lists the choices where
 * RFC 8259 leaves one.
 */
#include "tests/fixture/json_reference.h"
#include "tests/fixture/reader.h"
#include "worker/format/scan.h"

static const struct column columns[] = { { "j", COL_JSON } };
static const struct schema schema = { columns, countof(columns) };
static const struct reader_options options = { .format = FORMAT_JSONL, .schema = &schema };

static char path[] = "/tmp/tidemill-scan-XXXXXX";

/* A text that is one JSON value, or is not; where space may stand around it. */
struct value_case {
	const char *name;
	bool good;
	size_t bytes; /* 0: up to the NUL */
	const char *text;
};

#define GOOD(name, text)                           \
	{                                          \
		name, true, sizeof(text) - 1, text \
	}
#define BAD(name, text)                             \
	{                                           \
		name, false, sizeof(text) - 1, text \
	}

static const struct value_case values[] = {
	/* structure */
	GOOD("null", "null"),
	GOOD("true", "true"),
	GOOD("false", "false"),
	GOOD("string", "\"a\""),
	GOOD("number", "42"),
	GOOD("empty array", "[]"),
	GOOD("empty object", "{}"),
	GOOD("empty in empty", "[[],{}]"),
	GOOD("array", "[1,\"a\",null,true,{\"k\":[]}]"),
	GOOD("object", "{\"a\":1,\"b\":[2]}"),
	GOOD("key is empty", "{\"\":0}"),
	GOOD("key twice inside", "{\"a\":1,\"a\":1}"),
	GOOD("key with a NUL escape", "{\"a\\u0000b\":1}"),
	GOOD("space everywhere", " \t[ 1 ,\t{ \"a\" : 2 } ]\r "),
	BAD("nothing", ""),
	BAD("only space", " "),
	BAD("open array", "["),
	BAD("open object", "{"),
	BAD("open after value", "[1"),
	BAD("open after comma", "[1,"),
	BAD("open after key", "{\"a\""),
	BAD("open after colon", "{\"a\":"),
	BAD("open after member", "{\"a\":1"),
	BAD("only a comma", "[,]"),
	BAD("comma first", "[,1]"),
	BAD("comma last", "[1,]"),
	BAD("comma twice", "[1,,2]"),
	BAD("comma last in object", "{\"a\":1,}"),
	BAD("comma first in object", "{,\"a\":1}"),
	BAD("comma twice in object", "{\"a\":1,,\"b\":2}"),
	BAD("comma behind", "[1],"),
	BAD("no comma", "[1 2]"),
	BAD("no comma in object", "{\"a\":1 \"b\":2}"),
	BAD("colon in array", "[\"a\":1]"),
	BAD("comma for colon", "{\"a\",1}"),
	BAD("two colons", "{\"a\"::1}"),
	BAD("value is missing", "{\"a\":}"),
	BAD("key is missing", "{:1}"),
	BAD("key alone", "{\"a\"}"),
	BAD("key is a number", "{1:1}"),
	BAD("key is a word", "{a:1}"),
	BAD("key is an array", "{[]:1}"),
	BAD("key in single quotes", "{'a':1}"),
	BAD("wrong bracket", "[1}"),
	BAD("wrong brace", "{\"a\":1]"),
	BAD("closed twice", "[1]]"),
	BAD("closing alone", "]"),
	BAD("two values", "1 2"),
	BAD("two objects", "{}{}"),
	BAD("garbage behind", "[]x"),
	BAD("star behind", "[1]*"),
	BAD("comment behind", "{} // x"),
	BAD("comment inside", "[/* */]"),
	BAD("hash comment", "# x"),
	BAD("semicolon", "[1;2]"),
	BAD("round brackets", "(1)"),
	BAD("angle brackets", "<null>"),
	BAD("equals sign", "{\"a\"=1}"),
	BAD("newline inside", "[1,\n2]"),
	BAD("form feed", "[\f]"),
	BAD("vertical tab", "[\v1]"),
	BAD("no-break space", "[\xC2\xA0]"),
	BAD("word joiner", "[\xE2\x81\xA0]"),
	BAD("byte order mark inside", "[\xEF\xBB\xBF]"),
	BAD("NUL inside", "[1\0]"),
	BAD("NUL behind", "1\0"),
	BAD("NUL for a value", "[\0]"),
	/* words */
	BAD("capital", "True"),
	BAD("capitals", "NULL"),
	BAD("short word", "nul"),
	BAD("short word in array", "[fals]"),
	BAD("long word", "nulls"),
	BAD("undefined", "undefined"),
	BAD("NaN", "NaN"),
	BAD("minus NaN", "[-NaN]"),
	BAD("infinity", "Infinity"),
	BAD("inf", "[-Inf]"),
	/* numbers */
	GOOD("zero", "0"),
	GOOD("minus zero", "-0"),
	GOOD("minus", "-123"),
	GOOD("fraction", "0.5"),
	GOOD("minus fraction", "-0.0"),
	GOOD("exponent", "1e3"),
	GOOD("capital exponent", "1E3"),
	GOOD("plus exponent", "1e+3"),
	GOOD("minus exponent", "0e-3"),
	GOOD("zeros in the exponent", "1e007"),
	GOOD("all parts", "-12.50e+06"),
	GOOD("2^63 - 1", "9223372036854775807"),
	GOOD("2^63", "9223372036854775808"),
	GOOD("-2^63 - 1", "-9223372036854775809"),
	GOOD("2^64", "18446744073709551616"),
	GOOD("eight digits", "12345678"),
	GOOD("nine digits", "123456789"),
	GOOD("sixteen digits", "1234567890123456"),
	GOOD("seventeen digits", "12345678901234567"),
	GOOD("a hundred digits", "1234567890123456789012345678901234567890123456789012345678901234"
				 "567890123456789012345678901234567890"),
	GOOD("too large for a double", "1e400"),
	GOOD("too small for a double", "1e-400"),
	GOOD("huge exponent", "0.4e00669999999999999999999999999999999999999999999999999999"),
	GOOD("many decimals", "0.000000000000000000000000000000000000000000000000000000000001"),
	BAD("leading zero", "01"),
	BAD("two zeros", "00"),
	BAD("two zeros and a fraction", "00.0"),
	BAD("two zeros and an exponent", "-00e0"),
	BAD("minus leading zero", "-01"),
	BAD("minus alone", "-"),
	BAD("minus in array", "[-]"),
	BAD("two minuses", "--1"),
	BAD("minus and space", "[- 1]"),
	BAD("minus and letter", "[-a]"),
	BAD("plus", "+1"),
	BAD("point first", ".5"),
	BAD("minus point", "-.5"),
	BAD("point last", "1."),
	BAD("point and exponent", "1.e3"),
	BAD("two points", "1.2.3"),
	BAD("zero point exponent", "0.e1"),
	BAD("exponent alone", "1e"),
	BAD("exponent with sign alone", "1e+"),
	BAD("two exponents", "1e2e3"),
	BAD("two exponent letters", "1eE2"),
	BAD("exponent with fraction", "1e1.5"),
	BAD("exponent first", "e3"),
	BAD("hexadecimal", "0x1F"),
	BAD("letter behind", "1a"),
	BAD("grouped", "1_000"),
	BAD("space inside", "1 000"),
	BAD("comma inside", "[1,000]"),
	BAD("fullwidth digit", "[\xEF\xBC\x91]"),
	BAD("increment", "[++1]"),
	BAD("expression", "[1+2]"),
	/* strings and escapes */
	GOOD("empty string", "\"\""),
	GOOD("all short escapes", "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\""),
	GOOD("unicode escape", "\"\\u0041\\u00e9\\u20AC\""),
	GOOD("surrogate pair", "\"\\ud83d\\ude00\""),
	GOOD("escaped NUL", "\"\\u0000\""),
	GOOD("escaped noncharacter", "\"\\uFFFE\\uffff\\uFDD0\""),
	GOOD("backslashes and quote", "\"\\\\\\\"\\\\\""),
	GOOD("DEL", "\"\x7F\""),
	GOOD("slash", "\"/\""),
	GOOD("line separator", "\"\xE2\x80\xA8\xE2\x80\xA9\""),
	GOOD("brackets in a string", "\"[{]}:,\""),
	/* a choice: half a pair is good as long as nobody has to decode it */
	GOOD("lone high surrogate", "\"\\uD800\""),
	GOOD("lone low surrogate", "\"\\uDFAA\""),
	GOOD("inverted surrogates", "\"\\uDd1e\\uD834\""),
	GOOD("two high surrogates", "\"\\uD888\\uD888x\""),
	BAD("open string", "\"a"),
	BAD("only a quote", "\""),
	BAD("ends in a backslash", "\"\\"),
	BAD("ends in an escaped quote", "\"\\\""),
	BAD("three backslashes", "\"\\\\\\\""),
	BAD("no such escape", "\"\\a\""),
	BAD("octal escape", "\"\\012\""),
	BAD("hexadecimal escape", "\"\\x41\""),
	BAD("escaped single quote", "\"\\'\""),
	BAD("escaped space", "\"\\ \""),
	BAD("escaped tab", "\"\\\t\""),
	BAD("escaped newline", "\"\\\n\""),
	BAD("escaped NUL byte", "\"\\\0\""),
	BAD("capital U", "\"\\U0041\""),
	BAD("no digits", "\"\\u\""),
	BAD("three digits", "\"\\u004\""),
	BAD("no hexadecimal digit", "\"\\u00G1\""),
	BAD("second half is short", "\"\\uD83D\\u\""),
	BAD("second half is no escape", "\"\\uD83D\\x\""),
	BAD("digits with a sign", "\"\\u+041\""),
	BAD("raw tab", "\"\t\""),
	BAD("raw newline", "\"a\nb\""),
	BAD("raw NUL", "\"a\0b\""),
	BAD("raw 0x1F", "\"\x1F\""),
	BAD("single quotes", "'a'"),
	BAD("escape outside", "\\u0041"),
	BAD("escape for a quote", "[\\u0022a\"]"),
	BAD("two strings", "\"a\"\"b\""),
};

/* Sequences of bytes that are UTF-8, or are not. */
static const struct value_case sequences[] = {
	GOOD("U+007F", "\x7F"),
	GOOD("U+0080", "\xC2\x80"),
	GOOD("U+07FF", "\xDF\xBF"),
	GOOD("U+0800", "\xE0\xA0\x80"),
	GOOD("U+0FFF", "\xE0\xBF\xBF"),
	GOOD("U+1000", "\xE1\x80\x80"),
	GOOD("U+CFFF", "\xEC\xBF\xBF"),
	GOOD("U+D000", "\xED\x80\x80"),
	GOOD("U+D7FF", "\xED\x9F\xBF"),
	GOOD("U+E000", "\xEE\x80\x80"),
	GOOD("U+FDD0", "\xEF\xB7\x90"),
	GOOD("U+FFFE", "\xEF\xBF\xBE"),
	GOOD("U+FFFF", "\xEF\xBF\xBF"),
	GOOD("U+10000", "\xF0\x90\x80\x80"),
	GOOD("U+3FFFF", "\xF0\xBF\xBF\xBF"),
	GOOD("U+40000", "\xF1\x80\x80\x80"),
	GOOD("U+FFFFF", "\xF3\xBF\xBF\xBF"),
	GOOD("U+100000", "\xF4\x80\x80\x80"),
	GOOD("U+10FFFF", "\xF4\x8F\xBF\xBF"),
	BAD("U+110000", "\xF4\x90\x80\x80"),
	BAD("0xF5", "\xF5\x80\x80\x80"),
	BAD("0xF8", "\xF8\x88\x80\x80\x80"),
	BAD("0xFC", "\xFC\x84\x80\x80\x80\x80"),
	BAD("0xFE", "\xFE"),
	BAD("0xFF", "\xFF"),
	BAD("continuation alone", "\x80"),
	BAD("last continuation alone", "\xBF"),
	BAD("two bytes cut", "\xC2"),
	BAD("three bytes cut to one", "\xE2"),
	BAD("three bytes cut to two", "\xE2\x82"),
	BAD("four bytes cut to three", "\xF0\x9F\x98"),
	BAD("two bytes, no continuation", "\xC2\x41"),
	BAD("two bytes, lead again", "\xC2\xC2"),
	BAD("three bytes, no third", "\xE2\x82\x41"),
	BAD("four bytes, no fourth", "\xF0\x9F\x98\x41"),
	BAD("overlong slash in two", "\xC0\xAF"),
	BAD("overlong U+007F", "\xC1\xBF"),
	BAD("overlong slash in three", "\xE0\x80\xAF"),
	BAD("overlong U+07FF", "\xE0\x9F\xBF"),
	BAD("overlong U+FFFF", "\xF0\x8F\xBF\xBF"),
	BAD("overlong NUL", "\xC0\x80"),
	BAD("surrogate D800", "\xED\xA0\x80"),
	BAD("surrogate DFFF", "\xED\xBF\xBF"),
	BAD("pair of surrogates", "\xED\xA0\xBD\xED\xB8\x80"),
	BAD("latin 1", "\xE9"),
	BAD("UTF-16 mark", "\xFF\xFE"),
};

/* As the scanner has to be called: a copy with a newline and enough bytes behind it. */
static bool
scans(const char *text, size_t bytes, char behind)
{
	char *copy = mem_new(bytes + 1 + SCAN_PAD, 1);
	struct scan_fault fault = { 0 };
	const char *p;
	bool good;

	memset(copy, behind, bytes + 1 + SCAN_PAD);
	memcpy(copy, text, bytes);
	copy[bytes] = '\n';
	p = scan_value(scan_space(copy), &fault);
	assert_true(p ? p <= copy + bytes
		      : fault.what && fault.at >= copy && fault.at <= copy + bytes);
	good = p && scan_space(p) == copy + bytes;
	free(copy);
	return good;
}

/* What the reader makes of one line. */
static bool
reads(const char *line, size_t bytes)
{
	char *got;
	bool good;

	put_file(path, line, bytes);
	got = show_file(path, &options, false);
	good = got[0] == '1';
	if (!good && got[0] != '!')
		fail_msg("'%.*s': neither a row nor a reject: %s", (int)bytes, line, got);
	free(got);
	return good;
}

static void
check_value(const struct value_case *c)
{
	static const char head[] = "{\"x\":0,\"j\":";
	size_t head_bytes = sizeof(head) - 1;
	char *line = mem_new(head_bytes + c->bytes + 1, 1);

	memcpy(line, head, head_bytes);
	memcpy(line + head_bytes, c->text, c->bytes);
	line[head_bytes + c->bytes] = '}';
	if (json_reference(c->text, c->bytes) != c->good)
		fail_msg("%s: the reference is wrong", c->name);
	if (scans(c->text, c->bytes, '\n') != c->good || scans(c->text, c->bytes, '"') != c->good)
		fail_msg("%s: scan_value() should say %s", c->name, c->good ? "yes" : "no");
	/* A newline inside makes two lines of it. */
	if (!memchr(c->text, '\n', c->bytes) && reads(line, head_bytes + c->bytes + 1) != c->good)
		fail_msg("%s: the line should be %s", c->name, c->good ? "a row" : "a reject");
	free(line);
}

static void
json_values_are_good_or_have_a_fault(void **state)
{
	(void)state;
	for (size_t i = 0; i < countof(values); i++)
		check_value(&values[i]);
}

/* The same texts as whole lines: only an object is a row. */
static void
only_an_object_is_a_row(void **state)
{
	(void)state;
	for (size_t i = 0; i < countof(values); i++) {
		const struct value_case *c = &values[i];
		bool good = c->good && c->text[0] == '{' &&
			    strcmp(c->name, "key twice inside") != 0;
		bool empty = strspn(c->text, " \t\r") == c->bytes;

		if (empty || memchr(c->text, '\n', c->bytes))
			continue; /* no line, or two */
		if (json_reference_line(c->text, c->bytes) != good)
			fail_msg("%s: the reference is wrong about the line", c->name);
		if (reads(c->text, c->bytes) != good)
			fail_msg("%s: the line should be %s", c->name, good ? "a row" : "a reject");
	}
}

/* At every distance from the 16 and 64 bytes that are looked at together. */
static void
values_are_seen_at_every_distance_from_a_block(void **state)
{
	(void)state;
	for (size_t i = 0; i < countof(values); i++) {
		const struct value_case *c = &values[i];

		for (size_t before = 0; before <= 70; before++) {
			char text[400] = "[\"";
			size_t bytes = 2 + before;

			memset(text + 2, 'x', before);
			text[bytes++] = '"';
			text[bytes++] = ',';
			memcpy(text + bytes, c->text, c->bytes);
			bytes += c->bytes;
			text[bytes++] = ']';
			if (scans(text, bytes, '"') != json_reference(text, bytes))
				fail_msg("%s: wrong behind %zu bytes", c->name, before);
		}
	}
}

/* Good and bad escapes at every distance from the first one of their string. */
static void
escapes_are_seen_at_every_distance_from_a_block(void **state)
{
	static const char *const escapes[] = { "\\n",     "\\u00e9", "\\\\", "\\\"", "\\x",
					       "\\u00G0", "\\",      "\"",   "\t",   "\\\\\\n" };

	(void)state;
	for (size_t i = 0; i < countof(escapes); i++)
		for (size_t before = 0; before <= 150; before++)
			for (size_t slashes = 0; slashes <= 6; slashes += 2) {
				char text[200] = "\"\\/";
				size_t bytes = 3 + before;

				memset(text + 3, 'x', before);
				memset(text + bytes, '\\', slashes);
				bytes += slashes;
				memcpy(text + bytes, escapes[i], strlen(escapes[i]));
				bytes += strlen(escapes[i]);
				text[bytes++] = '"';
				if (scans(text, bytes, '"') != json_reference(text, bytes))
					fail_msg("'%s': wrong behind %zu bytes", escapes[i],
						 before);
			}
}

static void
utf8_is_told_from_other_bytes(void **state)
{
	(void)state;
	for (size_t i = 0; i < countof(sequences); i++) {
		const struct value_case *c = &sequences[i];

		assert_int_equal(ref_utf8(c->text, c->bytes), c->good);
		for (size_t before = 0; before < 40; before++)
			for (size_t behind = 0; behind < 40; behind += behind < 5 ? 1 : 7) {
				size_t bytes = before + c->bytes + behind;
				char *text = mem_new(bytes, 1); /* exactly: a sanitizer watches */

				memset(text, 'a', bytes);
				memcpy(text + before, c->text, c->bytes);
				if (utf8_valid(text, bytes) != c->good)
					fail_msg("%s: wrong between %zu and %zu bytes", c->name,
						 before, behind);
				free(text);
			}
	}
}

/* In a string, in a key and outside: the line is a reject wherever the bytes stand. */
static void
a_line_that_is_not_utf8_is_a_reject(void **state)
{
	static const char *const around[][2] = { { "{\"j\":\"", "\"}" },
						 { "{\"j\":{\"", "\":1}}" },
						 { "{\"", "\":1}" },
						 { "{\"unknown\":\"", "\"}" } };

	(void)state;
	for (size_t i = 0; i < countof(sequences); i++)
		for (size_t at = 0; at < countof(around); at++) {
			const struct value_case *c = &sequences[i];
			char *line = mem_format("%s%.*s%s", around[at][0], (int)c->bytes, c->text,
						around[at][1]);

			if (reads(line, strlen(line)) != c->good)
				fail_msg("%s: the line should be %s", c->name,
					 c->good ? "a row" : "a reject");
			free(line);
		}
}

/* Every code point there is and is not, as three and four bytes. */
static void
every_code_point_is_judged_as_the_reference_does(void **state)
{
	char text[24];

	(void)state;
	memset(text, 'x', sizeof(text));
	for (uint32_t word = 0; word < 0x1000000; word += word % 251 ? 1 : 97) {
		text[4] = (char)(0x80 | word >> 17);
		text[5] = (char)(word >> 10 ^ word >> 4);
		text[6] = (char)(word >> 5);
		text[7] = (char)word;
		if (utf8_valid(text, sizeof(text)) != ref_utf8(text, sizeof(text)))
			fail_msg("%02x %02x %02x %02x: wrong", text[4] & 255, text[5] & 255,
				 text[6] & 255, text[7] & 255);
	}
}

static void
a_scan_stops_below_its_deepest_level(void **state)
{
	enum { DEEP = 100000 };
	char *text = mem_new(2 * DEEP, 1);

	(void)state;
	for (int kind = 0; kind < 2; kind++)
		for (size_t depth = 1; depth <= 66; depth++) {
			size_t open = kind ? 5 : 1, bytes = depth * (open + 1) + 1;

			for (size_t i = 0; i < depth; i++) {
				memcpy(text + i * open, kind ? "{\"a\":" : "[", open);
				text[bytes - 1 - i] = kind ? '}' : ']';
			}
			text[depth * open] = '1';
			assert_int_equal(scans(text, bytes, '\n'), depth <= SCAN_DEPTH_MAX);
			assert_int_equal(json_reference(text, bytes), depth <= SCAN_DEPTH_MAX);
		}
	memset(text, '[', DEEP);
	memset(text + DEEP, ']', DEEP);
	assert_false(scans(text, 2 * (size_t)DEEP, '\n'));
	assert_false(scans(text, DEEP, '\n'));
	assert_false(reads(text, 2 * (size_t)DEEP));
	for (size_t i = 0; i + 5 <= 2 * (size_t)DEEP; i += 5)
		memcpy(text + i, "{\"\":[", 5);
	assert_false(scans(text, 2 * (size_t)DEEP, '\n'));
	assert_false(reads(text, 2 * (size_t)DEEP));
	free(text);
}

static void
escapes_are_decoded_but_half_pairs(void **state)
{
	static const struct {
		const char *text, *want; /* NULL: half a pair */
	} cases[] = {
		{ "", "" },
		{ "plain", "plain" },
		{ "sixteen bytes and then \\n some more than that", "sixteen bytes and then \n "
								    "some more than that" },
		{ "\\\\\\\\\\\"", "\\\\\"" },
		{ "\\b\\f\\n\\r\\t\\/", "\b\f\n\r\t/" },
		{ "\\u007f\\u0080\\u07ff\\u0800\\uffff",
		  "\x7F\xC2\x80\xDF\xBF\xE0\xA0\x80\xEF\xBF\xBF" },
		{ "\\ud800\\udc00\\uDBFF\\uDFFF", "\xF0\x90\x80\x80\xF4\x8F\xBF\xBF" },
		{ "0123456789012\\ud83d\\ude00x", "0123456789012\xF0\x9F\x98\x80x" },
		{ "\\ud83d", NULL },
		{ "\\ud83dx", NULL },
		{ "\\ud83d\\n", NULL },
		{ "\\ud83d\\u0041", NULL },
		{ "\\ude00", NULL },
		{ "\\ude00\\ud83d", NULL },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++)
		for (size_t before = 0; before < 20; before++) {
			char text[128], out[128 + SCAN_PAD];
			size_t bytes = before + strlen(cases[i].text), got = 0;

			memset(text, '\\', sizeof(text)); /* behind the end; must not matter */
			memset(text, '-', before);
			memcpy(text + before, cases[i].text, bytes - before);
			assert_int_equal(scan_unescape((struct span){ text, bytes }, out, &got),
					 cases[i].want != NULL);
			if (cases[i].want) {
				assert_int_equal(got, before + strlen(cases[i].want));
				assert_memory_equal(out + before, cases[i].want, got - before);
			}
		}
}

static void
a_line_end_is_found_at_every_place(void **state)
{
	char text[300];
	bool high;

	(void)state;
	for (size_t at = 0; at < 200; at++) {
		memset(text, 'x', sizeof(text));
		text[at] = '\n';
		text[at + 1] = '\xC3'; /* of the next line */
		assert_ptr_equal(scan_line(text, &high), text + at);
		assert_false(high);
		for (size_t other = 0; other < at; other += 1 + other / 3) {
			text[other] = '\x80';
			assert_ptr_equal(scan_line(text, &high), text + at);
			assert_true(high);
			text[other] = 'x';
		}
	}
}

static void
plain_integers_are_read_to_their_last_digit(void **state)
{
	static const char *const texts[] = { "0",
					     "-0",
					     "7",
					     "-7",
					     "12345678",
					     "123456789",
					     "1234567890123456",
					     "-9999999999999999" };

	(void)state;
	for (size_t i = 0; i < countof(texts); i++) {
		char text[128] = "";
		int64_t value = 1;

		memcpy(text, texts[i], strlen(texts[i]));
		text[strlen(texts[i])] = '}';
		assert_ptr_equal(scan_plain_int(text, &value), text + strlen(texts[i]));
		assert_int_equal(value, strtoll(texts[i], NULL, 10));
	}
}

/* Bytes that matter in JSON, and some that do not. */
static const char alphabet[] = "\"\"\"\"\\\\\\[]{}{}[]::,,,, \t\r\0\x1F/bfnrtu0123456789abcdefDC8"
			       "-+.eE\xC3\xA9\xED\xA0\xF0\x9F\x98\x80\xFFxyz";

static const char *const seeds[] = {
	"{\"plan\":\"standard\",\"ms\":91036,\"session\":\"7E2A4B97C5644369\",\"ok\":true,\"tags\":"
	"[\"a\",\"b92\"],\"none\":null,\"x\":{}}",
	"{\"text\":\"he said \\\"no\\\" \\\\ \\/ \\u00e9 \\ud83d\\ude00 \\t and went away for "
	"good\","
	"\"n\":[0,-1,2.5,1e10,-0.25E-3,[],[[]]]}",
	"[ 1 , \"two\" ,\t{ \"three\" : [ ] } , false ]\r",
	"\"\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\"\\\\\\\\"
	"\"",
	"{\"\xC3\xA9\":\"\xE2\x82\xAC "
	"\xF0\x9F\x98\x80\",\"\\u00e9\":\"\xED\x9F\xBF\",\"\\u0041\":1,"
	"\"A\":2}",
};

/* Change, take out, put in, or double some bytes. */
static size_t
mutate(char *text, size_t bytes, size_t room, uint64_t *random)
{
	for (uint64_t n = random_next(random) % 4 + 1; n && bytes; n--) {
		size_t at = random_next(random) % bytes, most = bytes - at, some;
		char c = alphabet[random_next(random) % (sizeof(alphabet) - 1)];

		some = random_next(random) % 8 + 1;
		some = some < most ? some : most;
		switch (random_next(random) % 4) {
		case 0:
			text[at] = c;
			break;
		case 1:
			memmove(text + at, text + at + some, most - some);
			bytes -= some;
			break;
		case 2:
			if (bytes < room) {
				memmove(text + at + 1, text + at, most);
				text[at] = c;
				bytes++;
			}
			break;
		default:
			if (bytes + some <= room) {
				memmove(text + at + some, text + at, most);
				bytes += some;
			}
		}
	}
	return bytes;
}

/* 200,000 mutations: the fast scanner and the slow one agree on each. */
static void
mutations_are_scanned_as_the_reference_does(void **state)
{
	enum { ROUNDS = 200000, ROOM = 400 };
	uint64_t seed = 20260501, random = seed;
	size_t good = 0;

	(void)state;
	print_message("seed %llu\n", (unsigned long long)seed);
	for (int i = 0; i < ROUNDS; i++) {
		const char *from = seeds[random_next(&random) % countof(seeds)];
		char text[ROOM];
		size_t bytes = strlen(from);
		bool want;

		memcpy(text, from, bytes);
		bytes = mutate(text, bytes, ROOM, &random);
		want = json_reference(text, bytes);
		good += want;
		if (scans(text, bytes, '"') != want)
			fail_msg("round %d: '%.*s' should be %s", i, (int)bytes, text,
				 want ? "JSON" : "none");
		if (utf8_valid(text, bytes) != ref_utf8(text, bytes))
			fail_msg("round %d: '%.*s': not the same about UTF-8", i, (int)bytes, text);
	}
	assert_in_range(good, ROUNDS / 100, ROUNDS / 2); /* both answers were asked for */
}

/* The same with lines, many in one file: rows and rejects are those of the reference. */
static void
mutated_lines_are_read_as_the_reference_does(void **state)
{
	enum { FILES = 60, LINES = 1000, ROOM = 400 };
	uint64_t random = 77;

	(void)state;
	for (int file = 0; file < FILES; file++) {
		const struct batch *b = NULL;
		struct reader *r;
		bool want[LINES + 1] = { false };
		size_t n = 0, rows = 0, rejects = 0;
		struct buf out;

		buf_init(&out, SIZE_MAX);
		while (n < LINES) {
			const char *from = seeds[random_next(&random) % countof(seeds)];
			char text[ROOM];
			size_t bytes = strlen(from);

			memcpy(text, from, bytes);
			bytes = mutate(text, bytes, ROOM, &random);
			if (memchr(text, '\n', bytes) || strspn(text, " \t\r") == bytes)
				continue;
			want[++n] = json_reference_line(text, bytes);
			buf_add(&out, text, bytes);
			buf_char(&out, '\n');
		}
		put_file(path, out.data, out.bytes);
		assert_int_equal(reader_open(&r, AT_FDCWD, path, "file", &options, NULL), 0);
		while (reader_next(r, &b, NULL) == ERR_NONE && b) {
			for (size_t i = 0; i < b->rows; i++)
				assert_true(want[b->row_no[i]]);
			for (size_t i = 0; i < b->n_rejects; i++)
				assert_false(want[b->rejects[i].row_no]);
			rows += b->rows;
			rejects += b->n_rejects;
		}
		assert_int_equal(rows + rejects, LINES);
		reader_close(r);
		buf_release(&out);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(json_values_are_good_or_have_a_fault),
		cmocka_unit_test(only_an_object_is_a_row),
		cmocka_unit_test(values_are_seen_at_every_distance_from_a_block),
		cmocka_unit_test(escapes_are_seen_at_every_distance_from_a_block),
		cmocka_unit_test(utf8_is_told_from_other_bytes),
		cmocka_unit_test(a_line_that_is_not_utf8_is_a_reject),
		cmocka_unit_test(every_code_point_is_judged_as_the_reference_does),
		cmocka_unit_test(a_scan_stops_below_its_deepest_level),
		cmocka_unit_test(escapes_are_decoded_but_half_pairs),
		cmocka_unit_test(a_line_end_is_found_at_every_place),
		cmocka_unit_test(plain_integers_are_read_to_their_last_digit),
		cmocka_unit_test(mutations_are_scanned_as_the_reference_does),
		cmocka_unit_test(mutated_lines_are_read_as_the_reference_does),
	};
	int fd = mkstemp(path), failed;

	(void)close(fd);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	(void)unlink(path);
	return failed;
}
