/* values.c - checks that look at the values of one row. */
#include "core/check/typed.h"
#include "core/check/values.h"

#include "core/base/mem.h"
#include "core/base/size.h"
#include "worker/check/result.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { VALUES_MAX = 1000000, VALUES_BYTES_MAX = 16 << 20 };

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

/* What a column of the type of the first one cannot have, of the parameters. */
static enum err_code
refuse(const struct check_watch *t, const char *why, struct err *err)
{
	return err_set(err, ERR_INPUT, "check %s: %s", t->name, why);
}

static enum err_code
open_range(struct check_watch *t, const struct check_subject *subject, struct err *err)
{
	const struct check_accepted_range *p = t->check->params;
	const char *key, *help;
	char why[TYPED_WHY_CHARS];

	t->own = mem_new(1, sizeof(struct typed_range));
	if (!typed_range(subject->schema->columns[t->columns[0]].type, &p->value, p->exclusive,
			 t->own, &key, why, &help))
		return refuse(t, why, err);
	return ERR_NONE;
}

static void
close_range(struct check_watch *t)
{
	free(t->own);
}

static void
judge_ints(const struct typed_range *r, const struct col *c, const uint32_t *rows, size_t n,
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
judge_reals(const struct typed_range *r, const struct col *c, const uint32_t *rows, size_t n,
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
	const struct typed_range *r = t->own;

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

/* The accepted values, by the type of the column: texts, or the words of 64 bits, rising. */
struct accepted {
	struct dict texts; /* or numbers as the bytes of their words, those of another dataset */
	bool by_text;
	size_t bytes;     /* of the texts */
	const char *name; /* of the check */
	uint64_t *words;  /* numbers that are written down */
	size_t n_words;
	json_t *from; /* which versions the values are of; NULL: they are written down */
};

static int
compare_words(const void *a, const void *b)
{
	const uint64_t *left = a, *right = b;

	return (*left > *right) - (*left < *right);
}

/* A real number as a word: -0.0 is 0.0, and there is one NaN. */
static uint64_t
real_word(double real)
{
	uint64_t word;

	real = isnan(real) ? (double)NAN : real + 0.0;
	memcpy(&word, &real, sizeof(word));
	return word;
}

/* The values that are written down. */
static enum err_code
take_written(struct check_watch *t, enum col_type type, struct err *err)
{
	const struct check_accepted_values *p = t->check->params;
	struct accepted *own = t->own;

	own->words = mem_new(p->n_values, sizeof(*own->words));
	for (size_t i = 0; i < p->n_values; i++) {
		struct typed_value v = { 0 };
		char why[TYPED_WHY_CHARS];
		const char *help;

		if (!typed_read(type, p->values[i], &v, why, &help))
			return refuse(t, why, err);
		if (col_is_text(type))
			(void)dict_code(&own->texts, v.text, strlen(v.text));
		else
			own->words[own->n_words++] = type == COL_FLOAT64 ? real_word(v.real)
									 : (uint64_t)v.whole;
	}
	qsort(own->words, own->n_words, sizeof(*own->words), compare_words);
	return ERR_NONE;
}

/* A check_take_fn: each different value once, a number as its word. */
static enum err_code
take_column(void *arg, const struct col *c, size_t rows, struct err *err)
{
	struct accepted *own = arg;

	for (size_t i = 0; i < rows; i++) {
		if (!c->valid[i])
			continue;
		if (col_is_text(c->type)) {
			struct span text = col_text(c, i);
			size_t known = own->texts.count;

			(void)dict_code(&own->texts, text.data, text.bytes);
			own->bytes += own->texts.count > known ? text.bytes : 0;
		} else {
			uint64_t word = c->type == COL_FLOAT64 ? real_word(col_real(c, i))
							       : (uint64_t)col_int(c, i);

			(void)dict_code(&own->texts, &word, sizeof(word));
		}
		if (own->texts.count > VALUES_MAX || own->bytes > VALUES_BYTES_MAX)
			return err_set(err, ERR_LIMIT,
				       "check %s: the column that has the values has more than %d "
				       "different ones, or texts of more than %s",
				       own->name, VALUES_MAX, SIZE_TEXT(VALUES_BYTES_MAX));
	}
	return ERR_NONE;
}

static enum err_code
open_accepted(struct check_watch *t, const struct check_subject *subject, struct err *err)
{
	enum col_type type = subject->schema->columns[t->columns[0]].type;
	const struct check_reads reads = check_reads(t->check);
	struct accepted *own = mem_new(1, sizeof(*own));

	t->own = own;
	own->name = t->name;
	own->by_text = col_is_text(type) || reads.dataset;
	dict_init(&own->texts);
	if (!reads.dataset)
		return take_written(t, type, err);
	if (!subject->column)
		return refuse(t, "there are no other datasets here", err);
	return subject->column(subject->arg, &reads, take_column, own, &own->from, err);
}

static void
close_accepted(struct check_watch *t)
{
	struct accepted *own = t->own;

	if (!own)
		return;
	dict_release(&own->texts);
	json_decref(own->from);
	free(own->words);
	free(own);
}

static enum finding
find_accepted(const struct check_watch *t, const struct col *c, size_t at)
{
	const struct accepted *own = t->own;
	uint64_t word;
	uint32_t code;

	if (col_is_text(c->type)) {
		struct span text = col_text(c, at);

		return dict_find(&own->texts, text.data, text.bytes, &code) ? PASSES : FAILS;
	}
	word = c->type == COL_FLOAT64 ? real_word(col_real(c, at)) : (uint64_t)col_int(c, at);
	if (own->by_text)
		return dict_find(&own->texts, &word, sizeof(word), &code) ? PASSES : FAILS;
	return bsearch(&word, own->words, own->n_words, sizeof(word), compare_words) ? PASSES
										     : FAILS;
}

/* One value at a time. */
static void
judge_singly(const struct check_watch *t, const struct col *c, const uint32_t *rows, size_t n,
	     uint8_t *out)
{
	for (size_t i = 0; i < n; i++) {
		size_t at = rows ? rows[i] : i;

		out[i] = c->valid[at] ? (uint8_t)find_accepted(t, c, at) : IS_MISSING;
	}
}

static bool
judge_accepted(const struct check_watch *t, struct sight *seen, const struct batch *b,
	       const uint32_t *rows, size_t n, uint8_t *out)
{
	const struct col *c = &b->cols[t->columns[0]];

	if (c->dict)
		judge_codes(t, find_accepted, &seen->entries, b, rows, n, out);
	else
		judge_singly(t, c, rows, n, out);
	return true;
}

/* Values that came from elsewhere: from where, and how many. */
static void
finish_accepted(const struct check_watch *t, const struct check_subject *subject,
		const struct check_total *sum, struct check_result *r)
{
	const struct check_reads reads = check_reads(t->check);
	const struct accepted *own = t->own;

	result_of_rows(t, subject, sum, r);
	if (reads.dataset)
		r->extra = json_pack("{s:{s:s, s:s, s:I, s:O}}", "values_from", "dataset",
				     reads.dataset, "column", reads.column, "values",
				     (json_int_t)own->texts.count, "inputs", own->from);
}

const struct check_judge check_judge_accepted_values = {
	.fails = "have another value",
	.open = open_accepted,
	.close = close_accepted,
	.judge = judge_accepted,
	.finish = finish_accepted,
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
