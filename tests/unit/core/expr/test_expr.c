/* test_expr.c - what expressions are worth, and what is said of those that are none. */
#include "core/expr/expr.h"
#include "core/expr/fn.h"
#include "core/base/buf.h"
#include "core/time/civil.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char *const colors[] = { "red", "green", NULL };

/* Names of the tests: the slot is the index. */
static const struct {
	const char *name;
	enum expr_type type;
	const char *const *words;
	struct expr_digits digits;
} names[] = {
	{ .name = "n", .type = EXPR_INT64 },
	{ .name = "x", .type = EXPR_FLOAT64 },
	{ .name = "s", .type = EXPR_TEXT },
	{ .name = "b", .type = EXPR_BOOL },
	{ .name = "d", .type = EXPR_DATE },
	{ .name = "ts", .type = EXPR_TIMESTAMP },
	{ .name = "u", .type = EXPR_DURATION },
	{ .name = "j", .type = EXPR_JSON },
	{ .name = "none", .type = EXPR_INT64 },
	{ .name = "color", .type = EXPR_TEXT, .words = colors },
	{ .name = "a b", .type = EXPR_INT64 },
	{ .name = "t.u", .type = EXPR_INT64 },
	{ .name = "m", .type = EXPR_DECIMAL, .digits = { 10, 2 } },
	{ .name = "big", .type = EXPR_DECIMAL, .digits = { 38, 0 } },
	{ .name = "fine", .type = EXPR_DECIMAL, .digits = { 38, 20 } },
};

static bool
find(void *ctx, const struct expr_path *path, struct expr_name *out, size_t *part,
     struct expr_mistake *bad, struct err *err)
{
	char name[64];

	(void)ctx;
	(void)snprintf(name, sizeof(name), "%s%s%s", path->part[0], path->n > 1 ? "." : "",
		       path->n > 1 ? path->part[1] : "");
	*part = path->n - 1;
	for (size_t i = 0; i < countof(names); i++) {
		if (strcmp(name, names[i].name) != 0)
			continue;
		*out = (struct expr_name){ .type = names[i].type,
					   .slot = (uint32_t)i,
					   .words = names[i].words,
					   .digits = names[i].digits };
		return true;
	}
	(void)err_set(err, ERR_INPUT, "there is no '%s'", name);
	(void)snprintf(bad->help, sizeof(bad->help), "help of find");
	return false;
}

static const struct expr_names all = { .find = find };

/* 2026-05-01, a Friday. */
#define DAY INT64_C(20574)

static void
set_text(struct expr_value *v, const char *text)
{
	v->text.data = text;
	v->text.bytes = strlen(text);
}

static void
fill(struct expr_value row[countof(names)])
{
	memset(row, 0, countof(names) * sizeof(*row));
	row[0].whole = 7;
	row[1].real = 2.5;
	set_text(&row[2], "Grün und blau");
	row[3].yes = true;
	row[4].whole = DAY;
	row[5].whole = DAY * DAY_US + 13 * HOUR_US + 30 * MINUTE_US;
	row[6].whole = 90 * MINUTE_US;
	set_text(&row[7], "{\"a\":{\"b\":5},\"t\":\"x\",\"l\":[1,2.5],\"z\":null}");
	row[8].null = true;
	set_text(&row[9], "red");
	row[10].whole = 10;
	row[11].whole = 11;
	row[12].units = 1050; /* 10.50 */
	for (int i = 0; i < DECIMAL_DIGITS_MAX; i++)
		row[13].units = row[13].units * 10 + 9;
	row[14].units = row[13].units;
}

/* A value as text, with nothing of the program's own formatting but dates. */
static void
show(const struct expr *e, const struct expr_value *v, char *out, size_t room)
{
	enum expr_type type = expr_type(e);
	char text[TIMESTAMP_CHARS + DECIMAL_CHARS];

	if (v->null) {
		(void)snprintf(out, room, "null");
		return;
	}
	switch (type) {
	case EXPR_BOOL:
		(void)snprintf(out, room, "%s", v->yes ? "true" : "false");
		break;
	case EXPR_FLOAT64:
		(void)snprintf(out, room, "%.17g", v->real);
		break;
	case EXPR_DECIMAL:
		decimal_format((struct decimal){ v->units, expr_digits(e).scale }, text);
		(void)snprintf(out, room, "%s", text);
		break;
	case EXPR_TEXT:
	case EXPR_JSON:
		(void)snprintf(out, room, "'%.*s'", (int)v->text.bytes, v->text.data);
		break;
	case EXPR_DATE:
		date_format(v->whole, text);
		(void)snprintf(out, room, "%s", text);
		break;
	case EXPR_TIMESTAMP:
		timestamp_format(v->whole, text);
		(void)snprintf(out, room, "%s", text);
		break;
	case EXPR_DURATION:
		duration_format(v->whole, out, room);
		break;
	default:
		(void)snprintf(out, room, "%lld", (long long)v->whole);
		break;
	}
}

/* Read and evaluate; out: the value, or "! message", or "!! message of reading". */
static void
work(const char *text, char *out, size_t room)
{
	struct expr_value row[countof(names)], value;
	struct arena *arena = arena_new();
	struct expr_mistake bad;
	struct expr *e;
	struct err err;

	fill(row);
	if (expr_read(text, &all, arena, &e, &bad, &err))
		(void)snprintf(out, room, "!! %s", err.msg);
	else if (expr_eval(e, row, arena, &value, &err))
		(void)snprintf(out, room, "! %s", err.msg);
	else
		show(e, &value, out, room);
	arena_free(arena);
}

struct wanted {
	const char *text, *value;
};

static void
check(const struct wanted *cases, size_t n)
{
	char got[2000];
	size_t bad = 0;

	for (size_t i = 0; i < n; i++) {
		work(cases[i].text, got, sizeof(got));
		if (strcmp(got, cases[i].value) == 0)
			continue;
		print_error("%s\n  is     %s\n  wanted %s\n", cases[i].text, got, cases[i].value);
		bad++;
	}
	assert_int_equal(0, bad);
}

static void
literals_are_as_they_are_written(void **state)
{
	static const struct wanted cases[] = {
		{ "7", "7" },
		{ "-9223372036854775808", "-9223372036854775808" },
		{ "9223372036854775808", "!! 9223372036854775808 is beyond int64" },
		{ "1e999", "!! 1e999 is beyond float64" },
		{ "0.5", "0.5" },
		{ "0.50", "0.50" },
		{ "-0.1", "-0.1" },
		{ "0.00000000000000000000000000000000000001",
		  "0.00000000000000000000000000000000000001" },
		{ "0.000000000000000000000000000000000000001",
		  "!! 0.000000000000000000000000000000000000001 is beyond decimal(38)" },
		{ "1e3", "1000" },
		{ "'it''s'", "'it's'" },
		{ "\"say \"\"so\"\"\"", "'say \"so\"'" },
		{ "TRUE", "true" },
		{ "Null", "null" },
		{ "1h30m", "1h30m" },
		{ "date '2026-05-01'", "2026-05-01" },
		{ "timestamp '2026-05-01T02:00:00+02:00'", "2026-05-01T00:00:00Z" },
		{ "`a b` + t.u", "21" },
		{ "07", "!! '07' is neither a number nor a duration" },
		{ ".5", "!! '.5' is neither a number nor a duration" },
		{ "2026-05-01", "!! '05' is neither a number nor a duration" },
	};

	(void)state;
	check(cases, countof(cases));
}

static void
operators_bind_and_round_as_documented(void **state)
{
	static const struct wanted cases[] = {
		{ "1 + 2 * 3 - 4", "3" },
		{ "-n + 10", "3" },
		{ "- - n", "7" },
		{ "7 / 2", "3.5" },
		{ "-7 div 2", "-4" },
		{ "-7 % 3", "2" },
		{ "7 % -3", "-2" },
		{ "5.5 div 2", "2" },
		{ "-5.5 % 2", "0.5" },
		{ "1 / 0", "null" },
		{ "1 div 0", "null" },
		{ "1.0 % 0", "null" },
		{ "n + x", "9.5" },
		{ "9223372036854775807 + 1",
		  "! '9223372036854775807 + 1': the result is beyond int64" },
		{ "-9223372036854775808 div -1",
		  "! '-9223372036854775808 div -1': the result is beyond int64" },
		{ "-9223372036854775808 % -1", "0" },
		{ "1e308 * 10", "! '1e308 * 10': the result is beyond float64" },
		{ "not b or b and not b", "false" },
		{ "not n = 8", "true" },
		{ "n between 1 and 7 and x > 2", "true" },
		{ "n not between 1 and 7", "false" },
		{ "s like 'Gr_n%blau'", "true" },
		{ "matches(s, 'Gr.n.*')", "true" },
		{ "matches(s, 'Gr.n')", "false" },
		{ "matches(s, concat('Gr', '.n', '.*'))", "true" },
		{ "matches(s, concat('(', s))", "! 'matches(s, concat('(', s))': the pattern is no "
						"regular expression: this ( has no )" },
		{ "matches('a''b', '[a-z]''b')", "true" },
		{ "matches(null, 'a')", "null" },
		{ "matches(nullif(s, s), 'a')", "null" },
		{ "s not like '%rot%'", "true" },
		{ "n in (1, 7.0, 9)", "true" },
		{ "n <> 7 or n != 7", "false" },
		{ "d + 1d", "2026-05-02" },
		{ "d - 7d", "2026-04-24" },
		{ "ts - u", "2026-05-01T12:00:00Z" },
		{ "u * 2 + 30m", "3h30m" },
		{ "ts - timestamp '2026-05-01'", "13h30m" },
	};

	(void)state;
	check(cases, countof(cases));
}

static void
null_is_neither_true_nor_false(void **state)
{
	static const struct wanted cases[] = {
		{ "null = null", "null" },
		{ "none = 1", "null" },
		{ "not null", "null" },
		{ "null and false", "false" },
		{ "null or true", "true" },
		{ "null and true", "null" },
		{ "none is null", "true" },
		{ "n is not null", "true" },
		{ "none in (1, 2)", "null" },
		{ "7 in (1, null)", "null" },
		{ "7 in (null, 7)", "true" },
		{ "7 not in (1, null)", "null" },
		{ "none between 1 and 2", "null" },
		{ "3 between none and 2", "false" },
		{ "none + 1", "null" },
		{ "case when null then 1 end", "null" },
		{ "case none when 1 then 1 else 2 end", "2" },
		{ "coalesce(none, n)", "7" },
		{ "coalesce(null, null)", "null" },
		{ "least(1, none)", "null" },
	};

	(void)state;
	check(cases, countof(cases));
}

static void
whole_numbers_and_doubles_compare_exactly(void **state)
{
	static const struct wanted cases[] = {
		{ "9007199254740993 = 9007199254740992.0", "false" },
		{ "9007199254740993 > 9007199254740992.0", "true" },
		{ "9223372036854775807 < 9223372036854775808.0", "true" },
		{ "-9223372036854775808 = -9223372036854775808.0", "true" },
		{ "7 = 7.0", "true" },
		{ "7 < 7.5", "true" },
		{ "-7 > -7.5", "true" },
		{ "0 = -0.0", "true" },
		{ "case n when 7.0 then 'same' else 'not' end", "'same'" },
	};

	(void)state;
	check(cases, countof(cases));
}

/* n is 7, x is 2.5, m is 10.50; big and fine are as many nines as there is room for. */
static void
decimals_are_exact(void **state)
{
	static const struct wanted cases[] = {
		{ "0.1 + 0.2 = 0.3", "true" },
		{ "0.1 + 0.2", "0.3" },
		{ "1 + 0.25", "1.25" },
		{ "m + 1", "11.50" },
		{ "m - 0.125", "10.375" },
		{ "m * m", "110.2500" },
		{ "n * 0.1 = 0.7", "true" },
		{ "-m", "-10.50" },
		{ "abs(-m)", "10.50" },
		{ "m / 0.1", "105" },
		{ "0.3 / 0.1 = 3", "true" },
		{ "m / 0", "null" },
		{ "m div 4", "2" },
		{ "-m div 4", "-3" },
		{ "m % 4", "2.50" },
		{ "m % -4", "-1.50" },
		{ "m % 0.0", "null" },
		{ "round(m)", "10" },
		{ "round(m + 1)", "12" },
		{ "floor(-m)", "-11" },
		{ "ceil(m)", "11" },
		{ "m = 10.5", "true" },
		{ "m > 10", "true" },
		{ "m in (1, 10.5)", "true" },
		{ "m between 10.49 and 10.51", "true" },
		{ "case when b then 1 else 0.25 end", "1.00" },
		{ "case m when 10.5 then 'half' end", "'half'" },
		{ "coalesce(none, m)", "10.50" },
		{ "nullif(m, 10.500)", "null" },
		{ "least(m, 10.25, 11)", "10.25" },
		{ "greatest(m, x)", "10.5" },
		{ "null + 0.5", "null" },
		/* As many digits as there are. */
		{ "big + 0", "99999999999999999999999999999999999999" },
		{ "big + 1", "! 'big + 1': the result is beyond decimal(38,0)" },
		{ "big * 2", "! 'big * 2': the result is beyond decimal(38,0)" },
		{ "big + 0.1", "! 'big + 0.1': the result is beyond decimal(38,1)" },
		{ "big div 0.1", "! 'big div 0.1': the result is beyond decimal(38,0)" },
		{ "big > fine", "true" },
		{ "coalesce(big, fine)", "! 'big': the number is beyond decimal(38,20)" },
		{ "round(fine)", "1000000000000000000" },
		{ "false and big + 1 > 0", "false" },
	};

	(void)state;
	check(cases, countof(cases));
}

/* What is written with a point is the float64 that it meets; any other decimal stays what it is. */
static void
a_literal_follows_the_float64_that_it_meets(void **state)
{
	static const struct wanted cases[] = {
		{ "x = 2.5", "true" },
		{ "1e-1 = 0.1", "true" },
		{ "0.1 = 1e-1", "true" },
		{ "1e-1 in (0.3, 0.1)", "true" },
		{ "1e-1 between 0.1 and 0.2", "true" },
		{ "3e-1 = 0.1 + 0.2", "true" },
		{ "1e-1 = -(-0.1)", "true" },
		{ "case 1e-1 when 0.1 then true end", "true" },
		{ "x * 0.1", "0.25" },
		{ "x + 0.1 = 2.6", "true" },
		{ "coalesce(x, 0.1)", "2.5" },
		{ "case when b then x else 0.1 end", "2.5" },
		{ "1e-1 = m - 10.4", "false" },
		{ "1e-1 > m - 10.4", "true" },
		{ "m + x", "13" },
	};

	(void)state;
	check(cases, countof(cases));
}

static void
digits_of_a_decimal_are_known_when_it_is_read(void **state)
{
	static const struct {
		const char *text;
		struct expr_digits digits;
	} cases[] = {
		{ "0.1", { 1, 1 } },
		{ "10.50", { 4, 2 } },
		{ "m + 1", { 22, 2 } },
		{ "m - 0.125", { 12, 3 } },
		{ "m * m", { 20, 4 } },
		{ "m div 0.001", { 12, 0 } },
		{ "m % 0.001", { 3, 3 } },
		{ "round(m)", { 9, 0 } },
		{ "-m", { 10, 2 } },
		{ "big + m", { 38, 2 } },
		{ "coalesce(m, n)", { 21, 2 } },
		{ "case when b then n else 0.001 end", { 22, 3 } },
		{ "n + 1", { 0, 0 } },
		{ "m / 2", { 0, 0 } },
		{ "least(m, x)", { 0, 0 } },
		{ "case when b then 1 else 2 end", { 0, 0 } },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		struct arena *arena = arena_new();
		struct expr_mistake bad;
		struct expr *e;
		struct err err;

		if (expr_read(cases[i].text, &all, arena, &e, &bad, &err))
			fail_msg("%s: %s", cases[i].text, err.msg);
		if (expr_digits(e).precision != cases[i].digits.precision ||
		    expr_digits(e).scale != cases[i].digits.scale)
			fail_msg("%s is decimal(%d,%d)", cases[i].text, expr_digits(e).precision,
				 expr_digits(e).scale);
		arena_free(arena);
	}
}

static void
functions_do_what_they_say(void **state)
{
	static const struct wanted cases[] = {
		{ "length(s)", "13" },
		{ "upper(s)", "'GRüN UND BLAU'" },
		{ "LOWER('ABC')", "'abc'" },
		{ "trim('  a b ')", "'a b'" },
		{ "trim('  ')", "''" },
		{ "substr(s, 3, 2)", "'ün'" },
		{ "substr(s, 10)", "'blau'" },
		{ "substr(s, -1, 3)", "'G'" },
		{ "substr(s, 1, -1)", "! 'substr(s, 1, -1)': the length is negative" },
		{ "substr('', 1, 5)", "''" },
		{ "replace('aXbX', 'X', '--')", "'a--b--'" },
		{ "replace('abc', '', 'x')", "'abc'" },
		{ "concat('a', s, 'z')", "'aGrün und blauz'" },
		{ "concat('a', null)", "null" },
		{ "starts_with(s, 'Grü')", "true" },
		{ "contains(s, 'und')", "true" },
		{ "split_part('a,b,c', ',', 2)", "'b'" },
		{ "split_part('a,b,c', ',', 4)", "''" },
		{ "nullif(n, 7)", "null" },
		{ "nullif(n, 8)", "7" },
		{ "coalesce(none, 1.5)", "1.5" },
		{ "abs(-7)", "7" },
		{ "round(2.5)", "2" },
		{ "round(3.5)", "4" },
		{ "floor(-2.5)", "-3" },
		{ "ceil(2.1)", "3" },
		{ "least(3, 1.5, 2)", "1.5" },
		{ "greatest('a', 'c', 'b')", "'c'" },
		{ "date(ts)", "2026-05-01" },
		{ "trunc('week', d)", "2026-04-27" },
		{ "trunc('quarter', ts)", "2026-04-01T00:00:00Z" },
		{ "trunc('hour', ts)", "2026-05-01T13:00:00Z" },
		{ "part('weekday', d)", "5" },
		{ "part('week', date '2027-01-01')", "53" },
		{ "part('minute', ts)", "30" },
		{ "seconds_between(ts - 90s, ts)", "90" },
		{ "json_int(j, '$.a.b')", "5" },
		{ "json_text(j, '$.t')", "'x'" },
		{ "json_text(j, '$.a')", "'{\"b\":5}'" },
		{ "json_int(j, '$.l[0]')", "1" },
		{ "json_text(j, '$.z')", "null" },
		{ "json_text(j, '$.none')", "null" },
		{ "json_int(j, '$.t')",
		  "! 'json_int(j, '$.t')': what stands there is no whole number" },
	};

	(void)state;
	check(cases, countof(cases));
}

static void
what_is_decided_is_not_looked_at_further(void **state)
{
	static const struct wanted cases[] = {
		{ "false and 9223372036854775807 + n > 0", "false" },
		{ "true or 9223372036854775807 + n > 0", "true" },
		{ "case when b then 1 else 9223372036854775807 + n end", "1" },
		{ "null and 9223372036854775807 + n > 0",
		  "! '9223372036854775807 + n': the result is beyond int64" },
	};

	(void)state;
	check(cases, countof(cases));
}

struct refused {
	const char *text;
	enum expr_fault fault;
	const char *part; /* the caret is under it; "": at the end */
	const char *message, *help;
};

static const struct refused mistakes[] = {
	{ "", EXPR_BAD_SYNTAX, "", "an expression is empty", "" },
	{ "n >", EXPR_BAD_SYNTAX, "", "the expression ends here, a value is missing", "" },
	{ "n > 'x'", EXPR_BAD_TYPE, "'x'", "int64 is compared with text",
	  "a number is written without quotes: 7" },
	{ "s = 5", EXPR_BAD_TYPE, "5", "text is compared with int64",
	  "a text stands in quotes: '5'" },
	{ "ts > 1", EXPR_BAD_TYPE, "1", "timestamp is compared with int64",
	  "a timestamp is written '2026-05-01T13:30:00Z'" },
	{ "n => 1", EXPR_BAD_SYNTAX, "=>", "'=>' means nothing here", "write '>='" },
	{ "n \xe2\x89\xa5 1", EXPR_BAD_SYNTAX, "\xe2\x89\xa5", "'\xe2\x89\xa5' means nothing here",
	  "write '>='" },
	{ "s ilike 'x%'", EXPR_BAD_SYNTAX, "ilike", "expected an operator or the end, not 'ilike'",
	  "write lower(text) like 'x%'" },
	{ "\xc3\xbc = 1", EXPR_BAD_SYNTAX, "\xc3\xbc", "'\xc3\xbc' means nothing here",
	  "a name that has it stands in backticks, a text in quotes" },
	{ "n = '5'", EXPR_BAD_TYPE, "'5'", "int64 is compared with text",
	  "a number is written without quotes: 5" },
	{ "s > 1 and b", EXPR_BAD_TYPE, "1", "text is compared with int64",
	  "a text stands in quotes: '1'" },
	{ "color = 'gren'", EXPR_BAD_VALUE, "'gren'", "color is never 'gren'",
	  "did you mean 'green'?" },
	{ "'blue' in (color)", EXPR_BAD_VALUE, "'blue'", "color is never 'blue'",
	  "it is one of red, green" },
	{ "d = '2026-13-01'", EXPR_BAD_VALUE, "'2026-13-01'", "'2026-13-01' is no date",
	  "a date is written '2026-05-01'" },
	{ "d > ts", EXPR_BAD_TYPE, "ts", "date is compared with timestamp",
	  "the date of a timestamp is date(timestamp)" },
	{ "n && b", EXPR_BAD_SYNTAX, "&&", "'&&' means nothing here", "write 'and'" },
	{ "1 < n < 3", EXPR_BAD_SYNTAX, "< 3", "comparisons do not follow each other",
	  "write a < b and b < c" },
	{ "n = end", EXPR_BAD_SYNTAX, "end", "expected a value, not 'end'",
	  "'end' is a word of the language; a name is written `end`" },
	{ "b and n", EXPR_BAD_TYPE, "n", "'and' wants true or false, this is int64",
	  "compare it with something, such as n = ..." },
	{ "miss.x = 1", EXPR_BAD_NAME, "x", "there is no 'miss.x'", "help of find" },
	{ "lenght(s)", EXPR_BAD_CALL, "lenght", "there is no function 'lenght'",
	  "did you mean length()?" },
	{ "matches(s, 'a(b')", EXPR_BAD_VALUE, "(",
	  "this is no regular expression: this ( has no )", "" },
	{ "matches(s, 'a''[')", EXPR_BAD_VALUE, "'a''['",
	  "this is no regular expression: this [ has no ]", "" },
	{ "matches(n, 'a')", EXPR_BAD_CALL, "matches(n, 'a')",
	  "matches() is called with int64 and text", "write matches(text, 'pattern')" },
	{ "regexp_like(s, 'x')", EXPR_BAD_CALL, "regexp_like", "there is no function 'regexp_like'",
	  "write matches(text, 'pattern'), which is about all of the text" },
	{ "now()", EXPR_BAD_CALL, "now", "there is no function 'now'",
	  "an expression asks no clock: use logical_date or data_interval_end" },
	{ "substr(n, 1)", EXPR_BAD_CALL, "substr(n, 1)", "substr() is called with int64 and int64",
	  "write substr(text, from[, length])" },
	{ "s + s", EXPR_BAD_TYPE, "s + s", "'+' has no meaning for text and text",
	  "texts are joined by concat(a, b)" },
	{ "part('moon', d)", EXPR_BAD_VALUE, "'moon'",
	  "the unit of part() is year, quarter, month, week, day, weekday", "" },
	{ "trunc('weekday', ts)", EXPR_BAD_VALUE, "'weekday'",
	  "the unit of trunc() is year, quarter, month, week, day, hour, minute or second",
	  "did you mean 'weekday'?" },
	{ "date(ts, 'Europe/Berln')", EXPR_BAD_VALUE, "'Europe/Berln'",
	  "there is no time zone 'Europe/Berln'", "did you mean 'Europe/Berlin'?" },
	{ "'open", EXPR_BAD_SYNTAX, "'", "this ' has no end",
	  "close it with '; inside, it is written twice" },
	{ "{{ n }} > 1", EXPR_BAD_SYNTAX, "{{", "'{{' means nothing here",
	  "names stand bare here: params.name, not {{ params.name }}" },
	{ "case when b then 1 else 'x' end", EXPR_BAD_TYPE, "'x'",
	  "the values of one case are of one type; this is text, another is int64", "" },
	{ "n is 7", EXPR_BAD_SYNTAX, "7", "expected 'null' or 'not null', not '7'",
	  "values are compared by '='" },
	{ "(n = 7", EXPR_BAD_SYNTAX, "", "the expression ends here, ')' is missing", "" },
	{ "n = 7)", EXPR_BAD_SYNTAX, ")", "expected an operator or the end, not ')'", "" },
	{ "j = 'x'", EXPR_BAD_TYPE, "'x'", "json is compared with text",
	  "take a value out of it: json_text(column, '$.name')" },
	{ "m = '10.5'", EXPR_BAD_TYPE, "'10.5'", "decimal is compared with text",
	  "a number is written without quotes: 10.5" },
	{ "b or m", EXPR_BAD_TYPE, "m", "'or' wants true or false, this is decimal",
	  "compare it with something, such as m = ..." },
	{ "u * 0.5", EXPR_BAD_TYPE, "u * 0.5", "'*' has no meaning for duration and decimal",
	  "write a * b, or duration * int64, or int64 * duration" },
	{ "n < fine * fine", EXPR_BAD_TYPE, "fine * fine",
	  "a product has the digits of both behind the point, here 20 and 20; a decimal has at "
	  "most "
	  "38",
	  "1e0 * a is a float64, which does not grow" },
	{ "n < 9223372036854775808", EXPR_BAD_VALUE, "9223372036854775808",
	  "9223372036854775808 is beyond int64",
	  "with a point it is a decimal, of up to 38 digits: 9223372036854775808.0" },
	{ "m < 0.123456789012345678901234567890123456789", EXPR_BAD_VALUE, "0.1234",
	  "0.123456789012345678901234567890123456789 is beyond decimal(38)",
	  "with an exponent it is the nearest float64: "
	  "0.123456789012345678901234567890123456789e0" },
	{ "substr(s, 1.5)", EXPR_BAD_CALL, "substr(s, 1.5)",
	  "substr() is called with text and decimal", "write substr(text, from[, length])" },
	{ "json_int(j, 'a')", EXPR_BAD_VALUE, "'a'",
	  "the path of json_int() is a text in quotes that begins with $.",
	  "write json_int(column, '$.a.b')" },
};

static bool
refuses(const struct refused *m)
{
	struct arena *arena = arena_new();
	struct expr_mistake bad = { 0 };
	struct expr *e;
	struct err err;
	bool good;

	if (!expr_read(m->text, &all, arena, &e, &bad, &err)) {
		print_error("%s: is accepted\n", m->text);
		arena_free(arena);
		return false;
	}
	good = bad.fault == m->fault && !strcmp(err.msg, m->message) &&
	       !strcmp(bad.help, m->help) &&
	       (*m->part ? !strncmp(m->text + bad.at, m->part, strlen(m->part))
			 : bad.at == strlen(m->text));
	if (!good)
		print_error("%s: %d at %zu+%zu '%s' help '%s'\n", m->text, (int)bad.fault, bad.at,
			    bad.bytes, err.msg, bad.help);
	arena_free(arena);
	return good;
}

static void
a_mistake_is_told_with_its_place_and_what_to_type(void **state)
{
	size_t bad = 0;

	(void)state;
	for (size_t i = 0; i < countof(mistakes); i++)
		bad += !refuses(&mistakes[i]);
	assert_int_equal(0, bad);
}

/* `n` times `part`, between two texts. */
static void
repeated(const char *before, const char *part, int n, const char *after, char *out, size_t room)
{
	char text[EXPR_BYTES_MAX * 2];
	size_t used = (size_t)snprintf(text, sizeof(text), "%s", before);

	for (int i = 0; i < n; i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used, "%s", part);
	(void)snprintf(text + used, sizeof(text) - used, "%s", after);
	work(text, out, room);
}

static void
limits_hold_at_their_edges(void **state)
{
	char got[2000];

	(void)state;
	repeated("", "- ", EXPR_NESTING_MAX - 1, "n", got, sizeof(got));
	assert_string_equal("-7", got);
	repeated("", "- ", EXPR_NESTING_MAX, "n", got, sizeof(got));
	assert_string_equal("!! an expression nests at most 64 levels deep", got);
	repeated("", "(", EXPR_NESTING_MAX - 1, "n", got, sizeof(got));
	assert_string_equal("!! the expression ends here, ')' is missing", got);
	repeated("n", "+n", EXPR_HEIGHT_MAX - 1, "", got, sizeof(got));
	assert_string_equal("1792", got);
	repeated("n", "+n", EXPR_HEIGHT_MAX, "", got, sizeof(got));
	assert_string_equal("!! more than 256 operators depend on each other", got);
	repeated("n", " ", EXPR_BYTES_MAX - 1, "", got, sizeof(got));
	assert_string_equal("7", got);
	repeated("n", " ", EXPR_BYTES_MAX, "", got, sizeof(got));
	assert_string_equal("!! an expression has at most 4 KiB, this has 4097 bytes", got);
	repeated("n in (1", ",1", EXPR_ITEMS_MAX - 2, ")", got, sizeof(got));
	assert_string_equal("false", got);
	repeated("n in (1", ",1", EXPR_ITEMS_MAX - 1, ")", got, sizeof(got));
	assert_string_equal("!! a list has at most 1000 items", got);
}

static void
a_text_that_grows_without_end_is_an_error(void **state)
{
	char text[1000] = "s", got[2000];

	(void)state;
	for (int i = 0; i < 12; i++) {
		char inner[1000];

		(void)snprintf(inner, sizeof(inner), "%s", text);
		(void)snprintf(text, sizeof(text), "concat('x', replace(%.900s, 'x', 'xxxxxxx'))",
			       inner);
	}
	work(text, got, sizeof(got));
	assert_non_null(strstr(got, "the text is longer than 1 MiB"));
}

static void
each_function_is_in_the_page_of_the_language(void **state)
{
	const struct expr_fn *fn;
	struct buf page;

	(void)state;
	buf_init(&page, 1 << 20);
	assert_int_equal(ERR_NONE, buf_read_file(&page, AT_FDCWD, "docs/EXPR.md", NULL));
	for (size_t i = 0; (fn = expr_function(i)); i++) {
		char word[40];

		(void)snprintf(word, sizeof(word),
			       fn->usage[0] >= 'b' && strchr(fn->usage, '(') ? "`%s(" : "%s",
			       fn->name);
		if (!strstr(page.data, word))
			fail_msg("docs/EXPR.md does not have %s", word);
	}
	buf_release(&page);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(literals_are_as_they_are_written),
		cmocka_unit_test(operators_bind_and_round_as_documented),
		cmocka_unit_test(null_is_neither_true_nor_false),
		cmocka_unit_test(whole_numbers_and_doubles_compare_exactly),
		cmocka_unit_test(decimals_are_exact),
		cmocka_unit_test(a_literal_follows_the_float64_that_it_meets),
		cmocka_unit_test(digits_of_a_decimal_are_known_when_it_is_read),
		cmocka_unit_test(functions_do_what_they_say),
		cmocka_unit_test(what_is_decided_is_not_looked_at_further),
		cmocka_unit_test(a_mistake_is_told_with_its_place_and_what_to_type),
		cmocka_unit_test(limits_hold_at_their_edges),
		cmocka_unit_test(each_function_is_in_the_page_of_the_language),
		cmocka_unit_test(a_text_that_grows_without_end_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
