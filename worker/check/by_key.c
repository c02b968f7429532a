/* by_key.c - checks of rows by key: shares of the keys, and which rows come again. */
#include "worker/check/by_key.h"

#include <string.h>

bool
by_key(const struct check_watch *t)
{
	return t->check->kind->shape == SHAPE_KEYS;
}

static size_t
memory_of(const struct checks *c)
{
	size_t bytes = c->subject->memory_bytes ? c->subject->memory_bytes : CHECK_MEMORY_BYTES;

	return bytes / c->n_by_key;
}

void
by_key_open(struct checks *c, struct check_watch *t)
{
	c->n_by_key++;
	t->seed = rowkey_seed();
	for (int i = 0; i < c->n_lanes; i++)
		rowkey_init(&t->sights[i].key, c->subject->schema, t->columns, t->check->n_columns,
			    t->seed);
}

/* Where the keys of a share go. */
static enum err_code
open_keys(struct checks *c, struct check_watch *t, struct err *err)
{
	const struct check_subject *s = c->subject;
	unsigned words = t->sights[0].key.words;
	struct repeats_options options = { .words = words,
					   .rows = s->rows,
					   .memory_bytes = memory_of(c) / 2,
					   .table_bytes = memory_of(c) / 2,
					   .dir = s->dir,
					   .lanes = c->n_lanes };

	if (s->rereadable) {
		options.table_bytes = 0;
		options.dir = NULL;
		options.rows = c->share_rows;
	} else if (t->check->quarantine) {
		options.table_bytes = memory_of(c);
		options.table_only = true;
	}
	return repeats_open(&t->keys, &options, err);
}

enum err_code
by_key_begin(struct checks *c, int64_t share, struct err *err)
{
	enum err_code code = ERR_NONE;

	c->share = share;
	for (size_t i = 0; i < c->count && !code; i++)
		if (by_key(&c->watches[i]))
			code = open_keys(c, &c->watches[i], err);
	return code;
}

void
by_key_share(struct checks *c, int64_t rows)
{
	size_t record_bytes = (ROWKEY_WORDS_MAX + 1) * sizeof(uint64_t);

	/* Partitions are not filled evenly, nor are their last blocks full. */
	c->n_shares = 1 + (int64_t)((size_t)rows * record_bytes / (memory_of(c) / 4 * 3));
	c->share_rows = rows / c->n_shares;
}

/*
 * Take the keys of in->rows[from .. to), whose keys were read for rows from `first`, into
 * the lane; those of another share pass.
 */
static size_t
gather_keys(const struct checks *c, const struct rowkey *key, const struct check_rows *in,
	    size_t first, const size_t range[2])
{
	struct check_lane *l = &c->lanes[in->lane];
	unsigned words = key->words;
	size_t n = 0;

	for (size_t i = range[0]; i < range[1]; i++) {
		size_t at = in->rows[i] - first;
		const uint64_t *from = key->keys + at * words;

		l->findings[i] = key->nulls[at] ? IS_MISSING : PASSES;
		if (key->nulls[at])
			continue;
		if (c->n_shares > 1 &&
		    (int64_t)((from[0] >> 48) % (uint64_t)c->n_shares) != c->share)
			continue;
		memcpy(l->keys + n * words, from, words * sizeof(*from));
		l->numbers[n] = check_place(in, check_number(in, i));
		l->index[n++] = (uint32_t)i;
	}
	return n;
}

enum err_code
by_key_judge(struct checks *c, struct check_watch *t, const struct check_rows *in, struct err *err)
{
	struct check_lane *l = &c->lanes[in->lane];
	struct rowkey *key = &t->sights[in->lane].key;
	enum err_code code = ERR_NONE;

	for (size_t from = 0, to; from < in->n && !code; from = to) {
		size_t first = in->rows[from], end = first + ROWKEY_ROWS_MAX;
		struct repeats_rows rows = { .keys = l->keys,
					     .numbers = l->numbers,
					     .lane = in->lane,
					     .answers = l->answers };

		if (end > in->batch->rows)
			end = in->batch->rows;
		for (to = from; to < in->n && in->rows[to] < end;)
			to++;
		rowkey_read(key, in->batch, first, end - first);
		rows.n = gather_keys(c, key, in, first, (size_t[]){ from, to });
		code = repeats_add(t->keys, &rows, err);
		for (size_t i = 0; i < rows.n && !code; i++)
			if (l->answers[i] == KEY_SEEN)
				l->findings[l->index[i]] = FAILS;
	}
	if (code)
		err_wrap(err, "check %s", t->name);
	return code;
}

/* Add what came of one share of the keys. */
static void
add_verdict(struct check_watch *t, const struct repeats_verdict *v)
{
	t->verdict.surplus += v->surplus;
	t->verdict.repeated += v->repeated;
	for (size_t i = 0; i < v->n_first; i++) {
		struct check_sample new = { .place = v->first[i] };
		size_t at = t->n_later;

		for (; at > 0 && t->later[at - 1].place > new.place; at--)
			if (at < REPEATS_FIRST_MAX)
				t->later[at] = t->later[at - 1];
		if (at < REPEATS_FIRST_MAX)
			t->later[at] = new;
		t->n_later += t->n_later < REPEATS_FIRST_MAX;
	}
}

enum err_code
by_key_end(struct checks *c, struct err *err)
{
	for (size_t i = 0; i < c->count; i++) {
		struct check_watch *t = &c->watches[i];
		struct repeats_verdict verdict;
		enum err_code code;

		if (!t->keys)
			continue;
		code = repeats_finish(t->keys, &verdict, err);
		if (code) {
			err_wrap(err, "check %s", t->name);
			return code;
		}
		add_verdict(t, &verdict);
		repeats_close(t->keys);
		t->keys = NULL;
	}
	return ERR_NONE;
}
