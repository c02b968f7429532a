/* ask.c - the clauses of a plan, asked of a batch. */
#include "worker/predicate/ask.h"

#include "worker/predicate/says.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum {
	SCRATCH_ROWS = 256, /* whose values may lie about */
	FEW_RANGES = 8,     /* are looked at one after the other */
	NOT_ASKED = 0xff,   /* in the memo */
};

/* ---- room ---- */

void
desk_set(struct desk *d, const struct plan *plan, const struct batch *b)
{
	d->plan = plan;
	d->batch = b;
	if (!d->scratch)
		d->scratch = arena_new();
	if (!d->says) {
		d->says = mem_new(plan->depth, sizeof(*d->says));
		d->rows = mem_new(plan->depth, sizeof(*d->rows));
	}
	if (b->rows <= d->room)
		return;
	d->room = b->rows;
	for (uint32_t i = 0; i < plan->depth; i++) {
		d->says[i] = mem_resize(d->says[i], d->room, sizeof(**d->says));
		d->rows[i] = mem_resize(d->rows[i], d->room, sizeof(**d->rows));
	}
}

void
desk_release(struct desk *d, const struct plan *plan)
{
	for (uint32_t i = 0; i < plan->depth && d->says; i++) {
		free(d->says[i]);
		free(d->rows[i]);
	}
	free(d->says);
	free(d->rows);
	free(d->memo);
	arena_free(d->scratch);
	*d = (struct desk){ 0 };
}

/* Room for what is said of so many entries of a dictionary. */
static uint8_t *
desk_memo(struct desk *d, size_t n)
{
	if (n > d->memo_room) {
		d->memo = mem_resize(d->memo, n, sizeof(*d->memo));
		d->memo_room = n;
	}
	return d->memo;
}

/* An arena whose values are gone by and by, so that rows without end take no memory without end. */
static struct arena *
scratch(struct desk *d)
{
	if (++d->scratched >= SCRATCH_ROWS) {
		arena_free(d->scratch);
		d->scratch = arena_new();
		d->scratched = 0;
	}
	return d->scratch;
}

/* ---- row by row ---- */

struct expr_value
column_value(const struct col *c, size_t at)
{
	struct expr_value v = { .null = !c->valid[at] };

	if (v.null)
		return v;
	if (col_is_text(c->type)) {
		struct span text = col_text(c, at);

		v.text.data = text.data;
		v.text.bytes = text.bytes;
	} else if (c->type == COL_FLOAT64) {
		v.real = col_real(c, at);
	} else if (c->type == COL_BOOL) {
		v.yes = col_int(c, at) != 0;
	} else {
		v.whole = col_int(c, at);
	}
	return v;
}

enum err_code
clause_value(struct desk *d, const struct clause *s, size_t at, struct arena *scratch_arena,
	     struct expr_value *out, struct err *err)
{
	for (size_t i = 0; i < s->n_columns; i++)
		d->plan->row[s->columns[i]] = column_value(&d->batch->cols[s->columns[i]], at);
	return expr_part_value(d->plan->expr, s->node, d->plan->row, scratch_arena, out, err);
}

static enum err_code
ask_row(struct desk *d, const struct clause *s, size_t at, uint8_t *says)
{
	struct expr_value value;
	enum err_code code;

	if (s->kind == CLAUSE_TEXTS) {
		const struct col *c = &d->batch->cols[s->column];

		*says = !c->valid[at]                         ? PREDICATE_NULL
			: clause_has_text(s, col_text(c, at)) ? s->hit
							      : s->miss;
		return ERR_NONE;
	}
	code = clause_value(d, s, at, scratch(d), &value, NULL);
	if (!code)
		*says = value.null ? PREDICATE_NULL : value.yes ? PREDICATE_TRUE : PREDICATE_FALSE;
	return code;
}

/* A clause about one column that has a dictionary: what an entry gave once it gives always. */
static enum err_code
ask_entries(struct desk *d, const struct clause *s, struct picked rows, uint8_t *says)
{
	const struct col *c = &d->batch->cols[s->column];
	size_t count = c->dict->count;
	uint8_t *all = desk_memo(d, count + 1);
	enum err_code code = ERR_NONE;

	memset(all, NOT_ASKED, count + 1);
	for (size_t k = 0; k < rows.n && !code; k++) {
		size_t at = rows.at ? rows.at[k] : k;
		uint8_t *memo = &all[c->valid[at] ? c->codes[at] : count];

		if (*memo == NOT_ASKED)
			code = ask_row(d, s, at, memo);
		says[at] = *memo;
	}
	return code;
}

static enum err_code
ask_rows(struct desk *d, const struct clause *s, struct picked rows, uint8_t *says)
{
	enum err_code code = ERR_NONE;

	for (size_t k = 0; k < rows.n && !code; k++) {
		size_t at = rows.at ? rows.at[k] : k;

		code = ask_row(d, s, at, &says[at]);
	}
	return code;
}

static void
ask_texts(struct desk *d, const struct clause *s, struct picked rows, uint8_t *says)
{
	const struct col *c = &d->batch->cols[s->column];

	for (size_t k = 0; k < rows.n; k++) {
		size_t at = rows.at ? rows.at[k] : k;

		says[at] = !c->valid[at]                      ? PREDICATE_NULL
			   : clause_has_text(s, c->texts[at]) ? s->hit
							      : s->miss;
	}
}

/* Can a clause be answered by the entries of a dictionary, and is it worth it? */
static bool
has_entries(const struct desk *d, const struct clause *s, size_t rows)
{
	const struct col *c;

	if (s->kind != CLAUSE_TEXTS && !s->one)
		return false;
	c = &d->batch->cols[s->column];
	return c->dict && c->dict->count <= rows;
}

/* ---- ranges ---- */

static bool
in_ranges(const struct key_range *ranges, size_t n, int64_t key)
{
	size_t lo = 0, hi = n;

	if (n <= FEW_RANGES) {
		bool in = false;

		for (size_t i = 0; i < n; i++)
			in |= key >= ranges[i].lo && key <= ranges[i].hi;
		return in;
	}
	while (hi - lo > 1) {
		size_t middle = lo + (hi - lo) / 2;

		if (ranges[middle].lo <= key)
			lo = middle;
		else
			hi = middle;
	}
	return key >= ranges[lo].lo && key <= ranges[lo].hi;
}

/* The loop over all rows of what an expression `key` of row i is, in one range. */
#define ASK_ONE_RANGE(key)                                                                     \
	for (size_t i = 0; i < n; i++) {                                                       \
		uint8_t in = (uint64_t)(key) - (uint64_t)range.lo <= width ? s->hit : s->miss; \
		says[i] = c->valid[i] ? in : (uint8_t)PREDICATE_NULL;                          \
	}

/* All rows, one range: without a branch, for the compiler to do several at once. */
static void
ask_one_range(const struct col *c, const struct clause *s, size_t n, uint8_t *restrict says)
{
	struct key_range range = s->ranges[0];
	uint64_t width = (uint64_t)range.hi - (uint64_t)range.lo;

	if (c->type == COL_FLOAT64) {
		ASK_ONE_RANGE(real_key(c->reals[i]))
	} else {
		ASK_ONE_RANGE(c->ints[i])
	}
}

/* What each entry of a dictionary says, and then what each row has, without a branch either. */
static void
ask_ranges_of_entries(struct desk *d, const struct clause *s, struct picked rows, uint8_t *says)
{
	const struct col *c = &d->batch->cols[s->column];
	size_t count = c->dict->count;
	uint8_t *memo = desk_memo(d, count + 1);

	for (size_t i = 0; i < count; i++) {
		int64_t key = c->type == COL_FLOAT64 ? real_key(c->dict->reals[i])
						     : c->dict->ints[i];

		memo[i] = in_ranges(s->ranges, s->n, key) ? s->hit : s->miss;
	}
	memo[count] = PREDICATE_NULL;
	for (size_t k = 0; k < rows.n; k++) {
		size_t at = rows.at ? rows.at[k] : k;

		says[at] = memo[c->valid[at] ? c->codes[at] : count];
	}
}

static void
ask_ranges(struct desk *d, const struct clause *s, struct picked rows, uint8_t *says)
{
	const struct col *c = &d->batch->cols[s->column];
	bool real = c->type == COL_FLOAT64;

	if (!rows.at && !c->dict && s->n == 1 && s->ranges[0].lo <= s->ranges[0].hi) {
		ask_one_range(c, s, rows.n, says);
		return;
	}
	if (c->dict && c->dict->count <= rows.n) {
		ask_ranges_of_entries(d, s, rows, says);
		return;
	}
	for (size_t k = 0; k < rows.n; k++) {
		size_t at = rows.at ? rows.at[k] : k;
		int64_t key;

		if (!c->valid[at]) {
			says[at] = PREDICATE_NULL;
			continue;
		}
		key = real ? real_key(col_real(c, at)) : col_int(c, at);
		says[at] = in_ranges(s->ranges, s->n, key) ? s->hit : s->miss;
	}
}

/* ---- and, or, not ---- */

/* May it be asked of rows of which the answer is known, because it cannot fail and is cheap? */
static bool
is_simple(const struct clause *s)
{
	return s->kind == CLAUSE_SAYS || s->kind == CLAUSE_NULL || s->kind == CLAUSE_RANGES ||
	       s->kind == CLAUSE_TEXTS || (s->kind == CLAUSE_NOT && is_simple(s->parts[0]));
}

/* The rows among some of which it is not yet known what `and` or `or` says. */
static struct picked
still_open(struct picked rows, const uint8_t *says, uint8_t stop, uint32_t *to)
{
	size_t n = 0;

	for (size_t k = 0; k < rows.n; k++) {
		uint32_t at = rows.at ? rows.at[k] : (uint32_t)k;

		to[n] = at;
		n += says[at] != stop;
	}
	return (struct picked){ to, n };
}

/* What one more part says joins what those before it said. */
static void
join(bool and, struct picked rows, const uint8_t *part, uint8_t *says)
{
	if (!rows.at && and)
		for (size_t i = 0; i < rows.n; i++)
			says[i] = part[i] < says[i] ? part[i] : says[i];
	else if (!rows.at)
		for (size_t i = 0; i < rows.n; i++)
			says[i] = part[i] > says[i] ? part[i] : says[i];
	else
		for (size_t k = 0; k < rows.n; k++) {
			size_t at = rows.at[k];

			if (and? part[at] < says[at] : part[at] > says[at])
				says[at] = part[at];
		}
}

static enum err_code
ask_joined(struct desk *d, const struct clause *s, struct picked rows, uint8_t *says)
{
	bool and = s->kind == CLAUSE_AND;
	uint8_t stop = and? PREDICATE_FALSE : PREDICATE_TRUE, *part = d->says[s->depth];
	enum err_code code = clause_ask(d, s->parts[0], rows, says);

	for (size_t i = 1; i < s->n_parts && !code && rows.n; i++) {
		if (!is_simple(s->parts[i]))
			rows = still_open(rows, says, stop, d->rows[s->depth]);
		code = clause_ask(d, s->parts[i], rows, part);
		if (!code)
			join(and, rows, part, says);
	}
	return code;
}

static enum err_code
ask_not(struct desk *d, const struct clause *s, struct picked rows, uint8_t *says)
{
	enum err_code code = clause_ask(d, s->parts[0], rows, says);

	for (size_t k = 0; k < rows.n && !code; k++) {
		size_t at = rows.at ? rows.at[k] : k;

		says[at] = (uint8_t)(PREDICATE_TRUE - says[at]);
	}
	return code;
}

enum err_code
clause_ask(struct desk *d, const struct clause *s, struct picked rows, uint8_t *says)
{
	switch (s->kind) {
	case CLAUSE_AND:
	case CLAUSE_OR:
		return ask_joined(d, s, rows, says);
	case CLAUSE_NOT:
		return ask_not(d, s, rows, says);
	case CLAUSE_SAYS:
		for (size_t k = 0; k < rows.n; k++)
			says[rows.at ? rows.at[k] : k] = s->hit;
		return ERR_NONE;
	case CLAUSE_NULL:
		for (size_t k = 0; k < rows.n; k++) {
			size_t at = rows.at ? rows.at[k] : k;
			bool null = !d->batch->cols[s->column].valid[at];

			says[at] = null ? PREDICATE_TRUE : PREDICATE_FALSE;
		}
		return ERR_NONE;
	case CLAUSE_RANGES:
		ask_ranges(d, s, rows, says);
		return ERR_NONE;
	default:
		break;
	}
	if (has_entries(d, s, rows.n))
		return ask_entries(d, s, rows, says);
	if (s->kind == CLAUSE_TEXTS && !d->batch->cols[s->column].dict) {
		ask_texts(d, s, rows, says);
		return ERR_NONE;
	}
	return ask_rows(d, s, rows, says);
}
