/* values.c - checks that look at the values of one row. */
#include "core/check/values.h"

#include "core/base/mem.h"
#include "worker/check/result.h"
#include "worker/rows/value.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* 2^63: the first double above every int64. */
#define INT64_END 0x1p63

/* ---- values by their codes ---- */

/* What a kind says of one value that is not null. */
typedef enum finding find_fn(const struct check_watch *t, const struct col *c, size_t at);

/* Codes: each entry of the dictionary is looked at once. */
static void
judge_codes(const struct check_watch *t, find_fn *find, struct entry_memo *m, const struct batch *b,
	    const uint32_t *rows, size_t n, uint8_t *out)
{
	const struct col *c = &b->cols[t->columns[0]];

	if (m->unit != b->unit || m->count != c->dict->count) {
		if (c->dict->count > m->room) {
			m->room = c->dict->count;
			m->of = mem_resize(m->of, m->room, sizeof(*m->of));
		}
		memset(m->of, 0, c->dict->count);
		m->unit = b->unit;
		m->count = c->dict->count;
	}
	for (size_t i = 0; i < n; i++) {
		size_t at = rows ? rows[i] : i;

		if (!c->valid[at]) {
			out[i] = IS_MISSING;
			continue;
		}
		if (!m->of[c->codes[at]])
			m->of[c->codes[at]] = (uint8_t)(find(t, c, at) + 1);
		out[i] = (uint8_t)(m->of[c->codes[at]] - 1);
	}
}

/* ---- accepted_range ---- */

/* What is accepted, both inclusive. */
struct value_range {
	int64_t int_min, int_max;
	double real_min, real_max;
};

/* The lowest int64 that is not below `min`, or with `exclusive` above it; false: there is none. */
static bool
lowest_int(double min, bool exclusive, int64_t *out)
{
	double first = exclusive ? floor(min) : ceil(min);

	*out = INT64_MIN;
	if (first < -INT64_END)
		return true;
	if (!(first < INT64_END))
		return false;
	*out = (int64_t)first;
	if (exclusive && *out == INT64_MAX)
		return false;
	*out += exclusive;
	return true;
}

static bool
highest_int(double max, bool exclusive, int64_t *out)
{
	double last = exclusive ? ceil(max) : floor(max);

	*out = INT64_MAX;
	if (last >= INT64_END)
		return true;
	if (!(last >= -INT64_END))
		return false;
	*out = (int64_t)last;
	if (exclusive && *out == INT64_MIN)
		return false;
	*out -= exclusive;
	return true;
}

/* An integer is compared with whole bounds, so that a double need not hold it. */
static void
set_range(struct value_range *r, const struct check_accepted_range *p)
{
	const struct check_bounds *b = &p->value;
	double inf = (double)INFINITY;

	r->int_min = INT64_MIN;
	r->int_max = INT64_MAX;
	r->real_min = b->has_min ? b->min : -inf;
	r->real_max = b->has_max ? b->max : inf;
	if ((b->has_min && !lowest_int(b->min, p->exclusive, &r->int_min)) ||
	    (b->has_max && !highest_int(b->max, p->exclusive, &r->int_max))) {
		r->int_min = INT64_MAX; /* none */
		r->int_max = INT64_MIN;
	}
	if (p->exclusive && b->has_min)
		r->real_min = nextafter(b->min, inf);
	if (p->exclusive && b->has_max)
		r->real_max = nextafter(b->max, -inf);
}

static enum err_code
open_range(struct check_watch *t, const struct check_subject *subject, struct err *err)
{
	(void)subject;
	(void)err;
	t->own = mem_new(1, sizeof(struct value_range));
	set_range(t->own, t->check->params);
	return ERR_NONE;
}

static void
close_range(struct check_watch *t)
{
	free(t->own);
}

static void
judge_ints(const struct value_range *r, const struct col *c, const uint32_t *rows, size_t n,
	   uint8_t *out)
{
	int64_t min = r->int_min, max = r->int_max;

	for (size_t i = 0; i < n; i++) {
		size_t at = rows ? rows[i] : i;
		uint8_t fails = (uint8_t)((c->ints[at] < min) | (c->ints[at] > max));

		out[i] = c->valid[at] ? fails : IS_MISSING;
	}
}

/* NaN is in no range. */
static void
judge_reals(const struct value_range *r, const struct col *c, const uint32_t *rows, size_t n,
	    uint8_t *out)
{
	double min = r->real_min, max = r->real_max;

	for (size_t i = 0; i < n; i++) {
		size_t at = rows ? rows[i] : i;
		uint8_t passes = (uint8_t)((c->reals[at] >= min) & (c->reals[at] <= max));

		out[i] = c->valid[at] ? !passes : IS_MISSING;
	}
}

static enum finding
find_range(const struct check_watch *t, const struct col *c, size_t at)
{
	const struct value_range *r = t->own;

	if (c->type == COL_FLOAT64) {
		double real = col_real(c, at);

		return real >= r->real_min && real <= r->real_max ? PASSES : FAILS;
	}
	return col_int(c, at) >= r->int_min && col_int(c, at) <= r->int_max ? PASSES : FAILS;
}

static bool
judge_range(const struct check_watch *t, struct sight *seen, const struct batch *b,
	    const uint32_t *rows, size_t n, uint8_t *out)
{
	const struct col *c = &b->cols[t->columns[0]];

	if (c->dict)
		judge_codes(t, find_range, &seen->entries, b, rows, n, out);
	else if (c->type == COL_FLOAT64)
		judge_reals(t->own, c, rows, n, out);
	else
		judge_ints(t->own, c, rows, n, out);
	return true;
}

const struct check_judge check_judge_accepted_range = {
	.fails = "are out of range",
	.open = open_range,
	.close = close_range,
	.judge = judge_range,
	.finish = result_of_rows,
};

/* ---- accepted_values ---- */

static enum err_code
open_words(struct check_watch *t, const struct check_subject *subject, struct err *err)
{
	const struct check_accepted_values *p = t->check->params;
	struct dict *words = mem_new(1, sizeof(*words));

	(void)subject;
	(void)err;
	dict_init(words);
	for (size_t i = 0; i < p->n_values; i++)
		(void)dict_code(words, p->values[i], strlen(p->values[i]));
	t->own = words;
	return ERR_NONE;
}

static void
close_words(struct check_watch *t)
{
	if (t->own)
		dict_release(t->own);
	free(t->own);
}

/* A value is accepted when it reads as one of the words, as csv would show it. */
static enum finding
find_word(const struct check_watch *t, const struct col *c, size_t at)
{
	char text[VALUE_CHARS_MAX];
	struct day_memo memo = { 0 };
	struct span value;
	uint32_t code;

	value = col_is_text(c->type)
		    ? col_text(c, at)
		    : (struct span){ text, (size_t)(value_put(c, at, &memo, text) - text) };
	return dict_find(t->own, value.data, value.bytes, &code) ? PASSES : FAILS;
}

static void
judge_texts(const struct check_watch *t, const struct col *c, const uint32_t *rows, size_t n,
	    uint8_t *out)
{
	for (size_t i = 0; i < n; i++) {
		size_t at = rows ? rows[i] : i;

		out[i] = c->valid[at] ? (uint8_t)find_word(t, c, at) : IS_MISSING;
	}
}

/* Values that have to become text first: few different ones, as a rule. */
static void
judge_words(const struct check_watch *t, struct sight *seen, const struct col *c,
	    const uint32_t *rows, size_t n, uint8_t *out)
{
	if (!seen->values)
		seen->values = mem_new(CHECK_MEMO_VALUES, sizeof(*seen->values));
	for (size_t i = 0; i < n; i++) {
		size_t at = rows ? rows[i] : i;
		struct value_memo *m;
		uint64_t bits;

		if (!c->valid[at]) {
			out[i] = IS_MISSING;
			continue;
		}
		memcpy(&bits, c->type == COL_FLOAT64 ? (const void *)&c->reals[at] : &c->ints[at],
		       sizeof(bits));
		m = &seen->values[hash_word(bits) % CHECK_MEMO_VALUES];
		if (!m->of || m->bits != bits)
			*m = (struct value_memo){ bits, (uint8_t)(find_word(t, c, at) + 1) };
		out[i] = (uint8_t)(m->of - 1);
	}
}

static bool
judge_accepted(const struct check_watch *t, struct sight *seen, const struct batch *b,
	       const uint32_t *rows, size_t n, uint8_t *out)
{
	const struct col *c = &b->cols[t->columns[0]];

	if (c->dict)
		judge_codes(t, find_word, &seen->entries, b, rows, n, out);
	else if (col_is_text(c->type))
		judge_texts(t, c, rows, n, out);
	else
		judge_words(t, seen, c, rows, n, out);
	return true;
}

const struct check_judge check_judge_accepted_values = {
	.fails = "have another value",
	.open = open_words,
	.close = close_words,
	.judge = judge_accepted,
	.finish = result_of_rows,
};

/* ---- not_null ---- */

static bool
judge_nulls(const struct check_watch *t, struct sight *seen, const struct batch *b,
	    const uint32_t *rows, size_t n, uint8_t *out)
{
	bool looked = false;

	(void)seen;
	for (size_t k = 0; k < t->check->n_columns; k++) {
		const struct col *c = &b->cols[t->columns[k]];

		if (c->no_nulls)
			continue;
		if (!looked)
			memset(out, PASSES, n);
		looked = true;
		for (size_t i = 0; i < n; i++)
			out[i] |= !c->valid[rows ? rows[i] : i];
	}
	return looked;
}

const struct check_judge check_judge_not_null = {
	.fails = "have a null",
	.judge = judge_nulls,
	.finish = result_of_rows,
};
