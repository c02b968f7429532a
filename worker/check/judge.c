/* judge.c - what a check says of a row, for those that look at one row at a time. */
#include "worker/check/internal.h"

#include "core/base/mem.h"
#include "worker/rows/value.h"

#include <math.h>
#include <string.h>

/* 2^63: the first double above every int64. */
#define INT64_END 0x1p63

/* ---- accepted_range ---- */

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

void
watch_set_range(struct check_watch *t)
{
	const struct check *check = t->check;
	double inf = (double)INFINITY;

	t->int_min = INT64_MIN;
	t->int_max = INT64_MAX;
	t->real_min = check->has_min ? check->min : -inf;
	t->real_max = check->has_max ? check->max : inf;
	if ((check->has_min && !lowest_int(check->min, check->exclusive, &t->int_min)) ||
	    (check->has_max && !highest_int(check->max, check->exclusive, &t->int_max))) {
		t->int_min = INT64_MAX; /* none */
		t->int_max = INT64_MIN;
	}
	if (check->exclusive && check->has_min)
		t->real_min = nextafter(check->min, inf);
	if (check->exclusive && check->has_max)
		t->real_max = nextafter(check->max, -inf);
}

static void
judge_ints(const struct check_watch *t, const struct col *c, const uint32_t *rows, size_t n,
	   uint8_t *out)
{
	int64_t min = t->int_min, max = t->int_max;

	for (size_t i = 0; i < n; i++) {
		size_t at = rows ? rows[i] : i;
		uint8_t fails = (uint8_t)((c->ints[at] < min) | (c->ints[at] > max));

		out[i] = c->valid[at] ? fails : IS_MISSING;
	}
}

/* NaN is in no range. */
static void
judge_reals(const struct check_watch *t, const struct col *c, const uint32_t *rows, size_t n,
	    uint8_t *out)
{
	double min = t->real_min, max = t->real_max;

	for (size_t i = 0; i < n; i++) {
		size_t at = rows ? rows[i] : i;
		uint8_t passes = (uint8_t)((c->reals[at] >= min) & (c->reals[at] <= max));

		out[i] = c->valid[at] ? !passes : IS_MISSING;
	}
}

/* ---- one value ---- */

static enum finding
find_range(const struct check_watch *t, const struct col *c, size_t at)
{
	if (c->type == COL_FLOAT64) {
		double real = col_real(c, at);

		return real >= t->real_min && real <= t->real_max ? PASSES : FAILS;
	}
	return col_int(c, at) >= t->int_min && col_int(c, at) <= t->int_max ? PASSES : FAILS;
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
	return dict_find(&t->words, value.data, value.bytes, &code) ? PASSES : FAILS;
}

static enum finding
find_value(const struct check_watch *t, const struct col *c, size_t at)
{
	return t->check->kind == CHECK_ACCEPTED_RANGE ? find_range(t, c, at) : find_word(t, c, at);
}

/* ---- many values ---- */

/* Codes: each entry of the dictionary is looked at once. */
static void
judge_codes(const struct check_watch *t, struct entry_memo *m, const struct batch *b,
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
			m->of[c->codes[at]] = (uint8_t)(find_value(t, c, at) + 1);
		out[i] = (uint8_t)(m->of[c->codes[at]] - 1);
	}
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
judge_nulls(const struct check_watch *t, const struct batch *b, const uint32_t *rows, size_t n,
	    uint8_t *out)
{
	bool looked = false;

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

bool
watch_judge(const struct check_watch *t, struct sight *seen, const struct batch *b,
	    const uint32_t *rows, size_t n, uint8_t *out)
{
	const struct col *c;

	if (t->check->kind == CHECK_NOT_NULL)
		return judge_nulls(t, b, rows, n, out);
	if (t->check->kind != CHECK_ACCEPTED_RANGE && t->check->kind != CHECK_ACCEPTED_VALUES)
		return false;
	c = &b->cols[t->columns[0]];
	if (c->dict)
		judge_codes(t, &seen->entries, b, rows, n, out);
	else if (col_is_text(c->type))
		judge_texts(t, c, rows, n, out);
	else if (t->check->kind == CHECK_ACCEPTED_VALUES)
		judge_words(t, seen, c, rows, n, out);
	else if (c->type == COL_FLOAT64)
		judge_reals(t, c, rows, n, out);
	else
		judge_ints(t, c, rows, n, out);
	return true;
}
