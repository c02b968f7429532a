/* test_predicate.c - expressions over batches against core/expr, row by row. */
#include "worker/predicate/predicate.h"

#include "core/base/buf.h"
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/expr/columns.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { ROWS = 97, ROUNDS = 12000, ENTRIES = 7 };

static const struct column columns[] = {
	{ "i", COL_INT64 },  { "n", COL_INT32 },     { "f", COL_FLOAT64 },   { "s", COL_STRING },
	{ "b", COL_BOOL },   { "t", COL_TIMESTAMP }, { "my day", COL_DATE }, { "j", COL_JSON },
	{ "u", COL_STRING }, { "g", COL_FLOAT64 },
};
static const struct schema schema = { columns, countof(columns) };

static const struct param params[] = {
	{ "seven", PARAM_INT, "7", false },       { "half", PARAM_NUMBER, "0.5", false },
	{ "word", PARAM_STRING, "ab", false },    { "none", PARAM_INT, NULL, false },
	{ "key", PARAM_STRING, "env:KEY", true },
};

static const int64_t wholes[] = {
	0, 1, -1, 2, 7, -13, INT64_MAX, INT64_MIN, (INT64_C(1) << 53) + 1, 1000
};
static const double reals[] = { 0.0,      -0.0,      0.5,    -2.5,   7.0,   NAN,
				INFINITY, -INFINITY, 0x1p53, 0x1p63, 1e300, 0.1 };
static const char *const texts[] = { "",
				     "a",
				     "ab",
				     "abab",
				     "\xc3\xbc"
				     "b",
				     "%",
				     "aB",
				     "2026-05-01",
				     "7",
				     "\xf0\x9f\x8c\x8a" };
static const char *const jsons[] = { "{\"a\":1}", "{\"a\":\"x\"}", "null", "7", "{\"a\":null}" };

static uint64_t
next_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

static size_t
below(uint64_t *random, size_t n)
{
	return (size_t)(next_random(random) % n);
}

/* ---- batches ---- */

static int64_t
any_whole(uint64_t *random, enum col_type type)
{
	int64_t x = wholes[below(random, countof(wholes))];

	switch (type) {
	case COL_BOOL:
		return (int64_t)below(random, 2);
	case COL_INT32:
		return (int32_t)x;
	case COL_DATE:
		return (int64_t)below(random, 4) + 20574;
	case COL_TIMESTAMP:
		return (int64_t)below(random, 4) * HOUR_US + 20574 * DAY_US;
	default:
		return x;
	}
}

static struct span
any_text(uint64_t *random, enum col_type type)
{
	const char *text = type == COL_JSON ? jsons[below(random, countof(jsons))]
					    : texts[below(random, countof(texts))];

	return (struct span){ text, strlen(text) };
}

static void
any_values(uint64_t *random, enum col_type type, size_t n, int64_t *ints, double *reals_out,
	   struct span *spans)
{
	for (size_t i = 0; i < n; i++) {
		if (col_is_text(type))
			spans[i] = any_text(random, type);
		else if (type == COL_FLOAT64)
			reals_out[i] = reals[below(random, countof(reals))];
		else
			ints[i] = any_whole(random, type);
	}
}

/* Dictionaries of a batch; they last until the next fill(). */
static struct {
	struct col_dict dict;
	int64_t ints[ENTRIES];
	double reals[ENTRIES];
	struct span texts[ENTRIES];
} dicts[countof(columns)];

static void
fill(struct batch *b, uint64_t *random, size_t rows)
{
	batch_reset(b);
	batch_set_rows(b, rows);
	for (size_t i = 0; i < rows; i++)
		b->row_no[i] = (int64_t)i + 1;
	for (size_t c = 0; c < schema.count; c++) {
		struct col *col = &b->cols[c];
		size_t nulls = below(random, 3), count = 1 + below(random, ENTRIES);

		col->dict = NULL;
		any_values(random, col->type, rows, col->ints, col->reals, col->texts);
		for (size_t i = 0; i < rows; i++)
			col->valid[i] = !nulls || below(random, nulls * 3) != 0;
		if (below(random, 2))
			continue;
		any_values(random, col->type, count, dicts[c].ints, dicts[c].reals, dicts[c].texts);
		dicts[c].dict.count = count;
		if (col_is_text(col->type))
			dicts[c].dict.texts = dicts[c].texts;
		else if (col->type == COL_FLOAT64)
			dicts[c].dict.reals = dicts[c].reals;
		else
			dicts[c].dict.ints = dicts[c].ints;
		col->codes = batch_codes(b, c);
		col->dict = &dicts[c].dict;
		for (size_t i = 0; i < rows; i++)
			col->codes[i] = col->valid[i] ? (uint32_t)below(random, count) : 0xdead;
	}
}

/* ---- expressions ---- */

static void write_any(struct buf *out, uint64_t *random, enum expr_type type, int depth);

static void
write_args(struct buf *out, uint64_t *random, enum expr_type type, int depth, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		buf_text(out, i ? ", " : "(");
		write_any(out, random, type, depth);
	}
	buf_text(out, ")");
}

static void
write_literal(struct buf *out, uint64_t *random, enum expr_type type)
{
	switch (type) {
	case EXPR_BOOL:
		buf_text(out, below(random, 2) ? "true" : "false");
		break;
	case EXPR_INT64:
		buf_format(out, "%lld",
			   (long long)(wholes[below(random, countof(wholes))] / 2 * 2 + 1));
		break;
	case EXPR_DECIMAL:
		buf_format(out, "%zu.%zu", below(random, 9), below(random, 100));
		break;
	case EXPR_FLOAT64:
		buf_format(out, "%zu.%zue%zu", below(random, 9), below(random, 10),
			   below(random, 3));
		break;
	case EXPR_DATE:
		buf_format(out, "date '2026-05-0%zu'", 1 + below(random, 4));
		break;
	case EXPR_TIMESTAMP:
		buf_format(out, "timestamp '2026-05-01T0%zu:00:00Z'", below(random, 4));
		break;
	default:
		buf_format(out, "'%s'", texts[below(random, countof(texts))]);
	}
}

static void
write_leaf(struct buf *out, uint64_t *random, enum expr_type type)
{
	static const char *const names[EXPR_TYPE_COUNT][4] = {
		[EXPR_BOOL] = { "b", "b", "b", "true" },
		[EXPR_INT64] = { "i", "n", "params.seven", "params.none" },
		[EXPR_FLOAT64] = { "f", "g", "params.half", "f" },
		[EXPR_TEXT] = { "s", "u", "params.word", "s" },
		[EXPR_DATE] = { "`my day`", "`my day`", "date(t)", "`my day`" },
		[EXPR_TIMESTAMP] = { "t", "t", "t", "trunc('day', t)" },
		[EXPR_JSON] = { "j", "j", "j", "j" },
		[EXPR_DECIMAL] = { "0.5", "0.10", "7.0", "1000.00" },
	};

	if (below(random, 12) == 0 && type != EXPR_JSON)
		buf_text(out, "null");
	else if (below(random, 2) || type == EXPR_JSON)
		buf_text(out, names[type][below(random, 4)]);
	else
		write_literal(out, random, type);
}

static enum expr_type
comparable_type(uint64_t *random)
{
	static const enum expr_type types[] = { EXPR_INT64, EXPR_INT64,   EXPR_FLOAT64,
						EXPR_TEXT,  EXPR_TEXT,    EXPR_DATE,
						EXPR_BOOL,  EXPR_DECIMAL, EXPR_TIMESTAMP };

	return types[below(random, countof(types))];
}

/* A type that may stand beside another one. */
static enum expr_type
beside(uint64_t *random, enum expr_type type)
{
	static const enum expr_type numbers[] = { EXPR_INT64, EXPR_FLOAT64, EXPR_DECIMAL };

	return type == EXPR_INT64 || type == EXPR_FLOAT64 || type == EXPR_DECIMAL
		   ? numbers[below(random, countof(numbers))]
		   : type;
}

static void
write_bool(struct buf *out, uint64_t *random, int depth)
{
	static const char *const marks[] = { " = ", " != ", " < ", " <= ", " > ", " >= " };
	enum expr_type type = comparable_type(random);
	size_t n;

	switch (below(random, 8)) {
	case 0:
	case 1:
		n = 2 + below(random, 3);
		type = (enum expr_type)below(random, 2);
		for (size_t i = 0; i < n; i++) {
			if (i)
				buf_text(out, type ? " and " : " or ");
			write_any(out, random, EXPR_BOOL, depth);
		}
		return;
	case 2:
		buf_text(out, "not ");
		write_any(out, random, EXPR_BOOL, depth);
		return;
	case 3:
		write_any(out, random, below(random, 9) ? type : EXPR_JSON, depth);
		buf_text(out, below(random, 2) ? " is null" : " is not null");
		return;
	case 4:
		write_any(out, random, type, depth);
		buf_text(out, below(random, 2) ? " in " : " not in ");
		write_args(out, random, beside(random, type), 1, 1 + below(random, 12));
		return;
	case 5:
		write_any(out, random, type, depth);
		buf_text(out, " between ");
		write_any(out, random, beside(random, type), depth);
		buf_text(out, " and ");
		write_any(out, random, beside(random, type), depth);
		return;
	default:
		write_any(out, random, type, depth);
		buf_text(out, marks[below(random, countof(marks))]);
		write_any(out, random, beside(random, type), depth);
	}
}

static void
write_text(struct buf *out, uint64_t *random, int depth)
{
	static const char *const calls[] = { "lower", "upper", "trim", "concat", "coalesce" };
	size_t call = below(random, countof(calls) + 1);

	if (call == countof(calls)) {
		buf_text(out, "json_text(j, '$.a')");
		return;
	}
	buf_text(out, calls[call]);
	write_args(out, random, EXPR_TEXT, depth, call < 3 ? 1 : 2);
}

static void
write_number(struct buf *out, uint64_t *random, enum expr_type type, int depth)
{
	static const char *const marks[] = { " + ", " - ", " * ", " % " };

	if (type == EXPR_INT64 && below(random, 4) == 0) {
		if (below(random, 3) == 0) {
			buf_text(out, "json_int(j, '$.a')");
			return;
		}
		buf_text(out, "length");
		write_args(out, random, EXPR_TEXT, depth, 1);
		return;
	}
	write_any(out, random, type, depth);
	buf_text(out, marks[below(random, countof(marks))]);
	write_any(out, random, type, depth);
}

static void
write_any(struct buf *out, uint64_t *random, enum expr_type type, int depth)
{
	if (depth <= 1 || below(random, 4) == 0 || type == EXPR_JSON) {
		write_leaf(out, random, type);
		return;
	}
	buf_text(out, "(");
	if (below(random, 10) == 0) {
		buf_text(out, "case when ");
		write_any(out, random, EXPR_BOOL, depth - 1);
		buf_text(out, " then ");
		write_any(out, random, type, depth - 1);
		buf_text(out, " else ");
		write_any(out, random, type, depth - 1);
		buf_text(out, " end");
	} else if (type == EXPR_BOOL) {
		write_bool(out, random, depth - 1);
	} else if (type == EXPR_TEXT) {
		write_text(out, random, depth - 1);
	} else if (type == EXPR_DATE || type == EXPR_TIMESTAMP) {
		write_leaf(out, random, type);
	} else {
		write_number(out, random, type, depth - 1);
	}
	buf_text(out, ")");
}

/* ---- one expression against the rows ---- */

struct asked {
	struct arena *arena;
	struct expr *expr;
	struct expr_value constants[countof(params)];
	struct predicate *p;
};

static bool
ask_open(struct asked *a, const char *text, struct expr_mistake *bad, struct err *err)
{
	struct expr_columns c = {
		.schema = &schema,
		.of = "dataset 'events'",
		.params = params,
		.n_params = countof(params),
	};
	const struct expr_names names = { .find = expr_columns_find, .ctx = &c };

	a->arena = arena_new();
	if (expr_read(text, &names, a->arena, &a->expr, bad, err)) {
		arena_free(a->arena);
		return false;
	}
	for (size_t i = 0; i < countof(params); i++)
		a->constants[i] = expr_value_of_param(params[i].type, params[i].value);
	a->p = predicate_new(a->expr, schema.count, a->constants, countof(params));
	return true;
}

static void
ask_close(struct asked *a)
{
	predicate_free(a->p);
	arena_free(a->arena);
}

/* A value of a column, looked at without the code that is tested. */
static struct expr_value
value_at(const struct col *c, size_t at)
{
	struct expr_value v = { .null = !c->valid[at] };

	if (v.null)
		return v;
	if (col_is_text(c->type)) {
		v.text.data = col_text(c, at).data;
		v.text.bytes = col_text(c, at).bytes;
	} else if (c->type == COL_FLOAT64) {
		v.real = col_real(c, at);
	} else if (c->type == COL_BOOL) {
		v.yes = col_int(c, at) == 1;
	} else {
		v.whole = col_int(c, at);
	}
	return v;
}

static enum err_code
oracle(const struct asked *a, const struct batch *b, size_t at, struct arena *scratch,
       struct expr_value *out, struct err *err)
{
	struct expr_value row[countof(columns) + countof(params)];

	for (size_t c = 0; c < schema.count; c++)
		row[c] = value_at(&b->cols[c], at);
	memcpy(row + schema.count, a->constants, sizeof(a->constants));
	return expr_eval(a->expr, row, scratch, out, err);
}

static bool
same_value(enum expr_type type, const struct expr_value *a, const struct expr_value *b)
{
	if (a->null || b->null)
		return a->null == b->null;
	if (type == EXPR_FLOAT64)
		return memcmp(&a->real, &b->real, sizeof(a->real)) == 0 ||
		       (isnan(a->real) && isnan(b->real));
	return expr_compare(type, a, b) == 0;
}

/* What is asked of all rows of a batch is what each of them alone says; false: it failed. */
static bool
compare(struct asked *a, const struct batch *b, const char *text)
{
	bool condition = expr_type(a->expr) == EXPR_BOOL;
	int made = predicate_column_type(a->expr);
	struct arena *scratch = arena_new();
	struct err err, said = { 0 };
	enum err_code code = ERR_NONE, asked = ERR_NONE;
	const struct col *out = NULL;
	const uint8_t *says = NULL;
	size_t bad = SIZE_MAX, at;
	struct expr_value v;

	if (condition)
		asked = predicate_ask(a->p, b, &says, &bad, &said);
	else if (made >= 0)
		asked = predicate_compute(a->p, b, &out, &bad, &said);
	for (at = 0; at < b->rows && (condition || made >= 0); at++) {
		code = oracle(a, b, at, scratch, &v, &err);
		if (code)
			break;
		if (asked)
			continue;
		if (condition) {
			enum predicate_says want = v.null  ? PREDICATE_NULL
						   : v.yes ? PREDICATE_TRUE
							   : PREDICATE_FALSE;

			if (says[at] != want)
				fail_msg("%s: row %zu says %d, not %d", text, at, says[at], want);
		} else {
			struct expr_value got = value_at(out, at);

			assert_int_equal(out->type, made);
			if (!same_value(expr_type(a->expr), &got, &v))
				fail_msg("%s: row %zu has another value", text, at);
		}
	}
	if (code != asked || (code && (at != bad || strcmp(said.msg, err.msg) != 0)))
		fail_msg("%s: %d at %zu (%s), not %d at %zu (%s)", text, asked, bad, said.msg, code,
			 at, code ? err.msg : "");
	arena_free(scratch);
	return !code;
}

static void
random_expressions_say_of_batches_what_they_say_of_rows(void **state)
{
	static const enum expr_type types[] = { EXPR_BOOL, EXPR_BOOL,  EXPR_BOOL,    EXPR_BOOL,
						EXPR_TEXT, EXPR_INT64, EXPR_FLOAT64, EXPR_DATE };
	uint64_t random = 4711;
	size_t good = 0, failed = 0;
	struct expr_mistake bad;
	struct asked a;
	struct batch b;
	struct buf text;
	struct err err;

	(void)state;
	batch_init(&b, &schema, NULL);
	for (int i = 0; i < ROUNDS; i++) {
		buf_init(&text, SIZE_MAX / 2);
		write_any(&text, &random, types[below(&random, countof(types))], 5);
		if (ask_open(&a, text.data, &bad, &err)) {
			bool fine = true;

			good++;
			for (int k = 0; k < 3 && fine; k++) {
				fill(&b, &random, below(&random, 9) ? ROWS : below(&random, 3));
				fine = compare(&a, &b, text.data);
			}
			failed += !fine;
			ask_close(&a);
		}
		buf_release(&text);
	}
	batch_release(&b);
	/* Most can be read, some fail, and most do not. */
	assert_true(good > ROUNDS / 2);
	assert_true(failed > good / 200);
	assert_true(failed < good / 2);
}

/* ---- by hand ---- */

static void
expect_rows(const char *text, const struct batch *b, const char *rows)
{
	struct expr_mistake bad;
	const uint32_t *picked;
	char got[64] = "";
	struct asked a;
	struct err err;
	size_t n;

	if (!ask_open(&a, text, &bad, &err))
		fail_msg("%s: %s", text, err.msg);
	assert_int_equal(predicate_select(a.p, b, &picked, &n, NULL, &err), ERR_NONE);
	for (size_t i = 0; i < n; i++)
		(void)snprintf(got + strlen(got), sizeof(got) - strlen(got), "%s%u", i ? " " : "",
			       picked[i]);
	assert_string_equal(got, rows);
	ask_close(&a);
}

static void
small(struct batch *b)
{
	batch_init(b, &schema, NULL);
	batch_set_rows(b, 4);
	for (size_t c = 0; c < schema.count; c++)
		memset(b->cols[c].valid, 0, 4);
	for (size_t i = 0; i < 4; i++) {
		b->cols[0].valid[i] = i != 3;
		b->cols[0].ints[i] = i == 2 ? INT64_MAX : (int64_t)i;
		b->cols[2].valid[i] = true;
		b->cols[2].reals[i] = i == 0   ? (double)NAN
				      : i == 1 ? -0.0
				      : i == 2 ? (double)INFINITY
					       : 1.5;
		b->cols[3].valid[i] = i != 1;
		b->cols[3].texts[i] = (struct span){ "abcd" + i, 1 };
	}
}

static void
null_is_not_true(void **state)
{
	struct batch b;

	(void)state;
	small(&b);
	expect_rows("i >= 0", &b, "0 1 2");
	expect_rows("not (i = 1)", &b, "0 2");
	expect_rows("i != 1 or i is null", &b, "0 2 3");
	expect_rows("i in (1, null)", &b, "1");
	expect_rows("i not in (1, null)", &b, "");
	expect_rows("i = params.none", &b, "");
	expect_rows("s in ('a', 'd') and i is not null", &b, "0");
	expect_rows("s <> 'a'", &b, "2 3");
	expect_rows("null", &b, "");
	expect_rows("true", &b, "0 1 2 3");
	batch_release(&b);
}

static void
numbers_compare_as_the_numbers_they_are(void **state)
{
	struct batch b;

	(void)state;
	small(&b);
	expect_rows("f = 0", &b, "1");
	expect_rows("f > 1e300", &b, "0 2");
	expect_rows("f >= 1.5 and f < 1e0 + 1", &b, "3");
	expect_rows("i < 9223372036854775808e0", &b, "0 1 2");
	expect_rows("i > 0.5", &b, "1 2");
	expect_rows("i between 0.5 and 1", &b, "1");
	expect_rows("i in (0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11)", &b, "0 1");
	expect_rows("i = 9223372036854775807", &b, "2");
	expect_rows("i > 9223372036854775806.5", &b, "2");
	batch_release(&b);
}

static void
rows_that_an_and_left_out_do_not_fail(void **state)
{
	struct expr_mistake bad;
	const uint8_t *says;
	struct asked a;
	struct batch b;
	struct err err;
	size_t row = 99;

	(void)state;
	small(&b);
	expect_rows("i < 5 and i + 9223372036854775800 > 0", &b, "0 1");
	assert_true(ask_open(&a, "s = 'x' or i + 9223372036854775800 > 0", &bad, &err));
	assert_int_equal(predicate_ask(a.p, &b, &says, &row, &err), ERR_LIMIT);
	assert_int_equal(row, 2);
	assert_non_null(strstr(err.msg, "i + 9223372036854775800"));
	ask_close(&a);
	batch_release(&b);
}

static void
names_are_columns_and_parameters(void **state)
{
	static const struct {
		const char *text, *message, *help;
		size_t at, bytes;
	} wrong[] = {
		{ "sx = 'a' and seven > 1", "dataset 'events' has no column 'sx'", "", 0, 2 },
		{ "seven > 1", "dataset 'events' has no column 'seven'", "write params.seven", 0,
		  5 },
		{ "params.sevn > 1", "there is no parameter 'sevn'", "did you mean 'seven'?", 7,
		  4 },
		{ "params.key = 'a'", "parameter 'key' is secret", "", 7, 3 },
		{ "`my daz` = ds", "dataset 'events' has no column 'my daz'",
		  "did you mean 'my day'?", 0, 8 },
		{ "a.b.c = 1", "names of several parts are params.NAME here", "", 0, 1 },
	};
	struct expr_mistake bad;
	struct asked a;
	struct err err;

	(void)state;
	for (size_t i = 0; i < countof(wrong); i++) {
		assert_false(ask_open(&a, wrong[i].text, &bad, &err));
		assert_int_equal(bad.fault, EXPR_BAD_NAME);
		assert_string_equal(err.msg, wrong[i].message);
		assert_int_equal(bad.at, wrong[i].at);
		assert_int_equal(bad.bytes, wrong[i].bytes);
		if (wrong[i].help[0])
			assert_string_equal(bad.help, wrong[i].help);
	}
}

static void
it_wants_the_columns_that_it_names(void **state)
{
	bool wanted[countof(columns)] = { false };
	struct expr_mistake bad;
	struct asked a;
	struct err err;

	(void)state;
	assert_true(ask_open(&a, "i > params.seven and (s = 'a' or s = 'b')", &bad, &err));
	predicate_want(a.p, wanted);
	for (size_t i = 0; i < countof(columns); i++)
		assert_int_equal(wanted[i], i == 0 || i == 3);
	ask_close(&a);
}

/* PREDICATE_RATE=1 prints rows a second of a few expressions. */
static void
rates_are_printed_when_asked_for(void **state)
{
	static const char *const asked[] = {
		"i = 7",
		"f < 0.5",
		"i in (1, 7, 1000)",
		"s = 'ab'",
		"i = 7 and f < 1",
		"lower(s) = 'ab'",
		"i + 1 > 7",
		"i is null",
		"s like 'a%' or not b",
		"i > 0 and i + 1 > 7",
	};
	enum { RATE_ROWS = BATCH_ROWS_MAX, TIMES = 40 };
	uint64_t random = 99;
	struct expr_mistake bad;
	const uint32_t *rows;
	struct asked a;
	struct batch b;
	struct err err;
	size_t n;

	(void)state;
	if (!getenv("PREDICATE_RATE"))
		return;
	batch_init(&b, &schema, NULL);
	for (int dict = 0; dict < 2; dict++) {
		do
			fill(&b, &random, RATE_ROWS);
		while (!b.cols[0].dict != !dict || !b.cols[2].dict != !dict ||
		       !b.cols[3].dict != !dict || b.cols[4].dict);
		for (size_t c = 0; c < 1 && dict == 0; c++)
			for (size_t i = 0; i < b.rows; i++)
				b.cols[c].ints[i] = (int64_t)(i % 100);
		for (size_t k = 0; k < countof(asked); k++) {
			int64_t start;
			double ns;

			assert_true(ask_open(&a, asked[k], &bad, &err));
			start = clock_boot_us();
			for (int t = 0; t < TIMES; t++)
				if (predicate_select(a.p, &b, &rows, &n, NULL, &err))
					break;
			ns = (double)(clock_boot_us() - start) * 1e3 / TIMES / RATE_ROWS;
			(void)fprintf(stderr,
				      "%-12s %-24s %7.2f ns a row, %7.1f million a second\n",
				      dict ? "dictionary" : "plain", asked[k], ns, 1e3 / ns);
			ask_close(&a);
		}
	}
	batch_release(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_expressions_say_of_batches_what_they_say_of_rows),
		cmocka_unit_test(null_is_not_true),
		cmocka_unit_test(numbers_compare_as_the_numbers_they_are),
		cmocka_unit_test(rows_that_an_and_left_out_do_not_fail),
		cmocka_unit_test(names_are_columns_and_parameters),
		cmocka_unit_test(it_wants_the_columns_that_it_names),
		cmocka_unit_test(rates_are_printed_when_asked_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
