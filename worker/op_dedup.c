/*
 * op_dedup.c - one row per key within a partition.
 *
 * "First" is the smallest (_received_at, _source_file, _row), an order that
 * survives reading the files again (reference/data.md 1.3); where the dataset
 * lacks one of these columns it does not count, and what is equal is ordered as
 * it was read.  Two passes: the first finds the winner of each key, the second
 * copies them in input order, so memory holds keys and never rows.
 */
#include "worker/op.h"

#include "core/mem.h"
#include "worker/canon.h"
#include "worker/intake.h"
#include "worker/outlet.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What decides between two rows of one key. */
struct rank {
	int64_t received_us;
	int64_t row;
	uint32_t file; /* code in dedup.files, or UINT32_MAX */
};

/* What happens to a row; one byte each. */
enum fate { FATE_DUPLICATE, FATE_KEPT, FATE_NULL_KEY };

struct dedup {
	const struct op_dedup *params;
	int *key; /* column indexes */
	int received_at, source_file, row;
	struct dict keys, files;
	struct rank *best; /* by key code */
	size_t *winner;    /* by key code: the number of the row, from 0 */
	size_t best_room, winner_room;
	uint8_t *fates; /* by number of the row */
	size_t rows, fates_room;
	int64_t duplicates, null_keys;
	char *encoded; /* the key of one row */
	size_t encoded_room;
	uint32_t *file_codes; /* of one batch */
};

static enum err_code
find_columns(struct dedup *d, struct intake *in, struct err *err)
{
	d->key = mem_new(d->params->n_key, sizeof(*d->key));
	for (size_t i = 0; i < d->params->n_key; i++) {
		enum err_code code = intake_need(in, d->params->key[i], -1, &d->key[i], err);

		if (code)
			return code;
	}
	d->received_at = intake_want(in, "_received_at");
	d->source_file = intake_want(in, "_source_file");
	d->row = intake_want(in, "_row");
	return ERR_NONE;
}

/* Encode the key of a row; 0 bytes: a part of it is null. */
static size_t
encode_key(struct dedup *d, const struct batch *b, size_t at)
{
	size_t need = 0;
	char *end;

	for (size_t i = 0; i < d->params->n_key; i++) {
		const struct col *c = &b->cols[d->key[i]];

		if (!c->valid[at])
			return 0;
		need += canon_value_bytes(c, at);
	}
	if (need > d->encoded_room) {
		d->encoded_room = need * 2;
		d->encoded = mem_resize(d->encoded, d->encoded_room, 1);
	}
	end = d->encoded;
	for (size_t i = 0; i < d->params->n_key; i++)
		end = canon_value(&b->cols[d->key[i]], at, end);
	return (size_t)(end - d->encoded);
}

/* The value of an int column that may be absent or null; those come last. */
static int64_t
int_at(const struct batch *b, int column, size_t at)
{
	return column >= 0 && b->cols[column].valid[at] ? b->cols[column].ints[at] : INT64_MAX;
}

/* Negative: a comes before b. */
static int
compare_ranks(const struct dedup *d, const struct rank *a, const struct rank *b)
{
	if (a->received_us != b->received_us)
		return a->received_us < b->received_us ? -1 : 1;
	if (a->file != b->file) {
		if (a->file == UINT32_MAX || b->file == UINT32_MAX)
			return a->file == UINT32_MAX ? 1 : -1;
		return span_compare(dict_span(&d->files, a->file), dict_span(&d->files, b->file));
	}
	return (a->row > b->row) - (a->row < b->row);
}

/* A row whose key was seen before: decide which of the two stays. */
static void
settle(struct dedup *d, uint32_t key, const struct rank *rank, size_t number)
{
	int order = compare_ranks(d, rank, &d->best[key]);
	bool wins = d->params->keep == KEEP_LAST ? order >= 0 : order < 0;
	size_t loser = wins ? d->winner[key] : number;

	d->duplicates++;
	d->fates[loser] = FATE_DUPLICATE;
	if (!wins)
		return;
	d->fates[number] = FATE_KEPT;
	d->best[key] = *rank;
	d->winner[key] = number;
}

static enum err_code
look_at_row(struct dedup *d, const struct batch *b, size_t at, struct err *err)
{
	size_t bytes = encode_key(d, b, at), known = d->keys.count, number = d->rows++;
	struct rank rank = { .received_us = int_at(b, d->received_at, at),
			     .row = int_at(b, d->row, at),
			     .file = d->source_file >= 0 ? d->file_codes[at] : UINT32_MAX };
	uint32_t key;

	d->fates = mem_grow(d->fates, number, &d->fates_room, sizeof(*d->fates));
	if (!bytes) {
		d->fates[number] = FATE_NULL_KEY;
		d->null_keys++;
		return ERR_NONE;
	}
	key = dict_code(&d->keys, d->encoded, bytes);
	if (d->keys.count == known) {
		if (d->params->keep == KEEP_ERROR)
			return err_set(err, ERR_INPUT,
				       "dedup: row %zu has the same key as row %zu, and keep is "
				       "error",
				       number + 1, d->winner[key] + 1);
		settle(d, key, &rank, number);
		return ERR_NONE;
	}
	d->best = mem_grow(d->best, known, &d->best_room, sizeof(*d->best));
	d->winner = mem_grow(d->winner, known, &d->winner_room, sizeof(*d->winner));
	d->best[key] = rank;
	d->winner[key] = number;
	d->fates[number] = FATE_KEPT;
	return ERR_NONE;
}

/* First pass: the fate of every row. */
static enum err_code
decide(struct dedup *d, struct intake *in, struct err *err)
{
	const struct batch *b = NULL;
	enum err_code code;

	while (!(code = intake_next(in, &b, err)) && b) {
		if (d->source_file >= 0)
			col_codes(&b->cols[d->source_file], b->rows, &d->files, d->file_codes);
		for (size_t at = 0; at < b->rows && !code; at++)
			code = look_at_row(d, b, at, err);
		if (code)
			break;
	}
	return code;
}

/* Set a row without a key aside. */
static enum err_code
set_aside(struct dedup *d, struct outlet *o, const struct batch *b, size_t at, size_t number,
	  struct err *err)
{
	struct quarantine *q = NULL;
	enum err_code code = outlet_quarantine(o, &q, err);
	char detail[REJECT_DETAIL_CHARS] = "";

	for (size_t i = 0; i < d->params->n_key; i++)
		if (!b->cols[d->key[i]].valid[at])
			(void)snprintf(detail, sizeof(detail), "key column '%s' is null",
				       d->params->key[i]);
	if (code)
		return code;
	return quarantine_add_row(q, b, at, (int64_t)number + 1, "null_key", detail, err);
}

/* Second pass: copy the winners. */
static enum err_code
copy(struct dedup *d, struct intake *in, struct outlet *o, struct err *err)
{
	uint32_t *kept = mem_new(BATCH_ROWS_MAX, sizeof(*kept));
	const struct batch *b = NULL;
	enum err_code code;
	size_t number = 0;

	while (!(code = intake_next(in, &b, err)) && b) {
		size_t n = 0;

		for (size_t at = 0; at < b->rows && !code; at++, number++) {
			if (d->fates[number] == FATE_KEPT)
				kept[n++] = (uint32_t)at;
			else if (d->fates[number] == FATE_NULL_KEY)
				code = set_aside(d, o, b, at, number, err);
		}
		if (!code)
			code = outlet_add(o, b, kept, n, err);
		if (code)
			break;
	}
	free(kept);
	return code;
}

static enum err_code
deduplicate(struct dedup *d, struct op_ctx *ctx, struct intake *in, struct outlet *o,
	    struct err *err)
{
	enum err_code code = find_columns(d, in, err);

	if (!code && !schema_equal(intake_schema(in), outlet_schema(o)))
		code = err_set(err, ERR_INPUT, "dedup: input and output have different columns");
	if (!code)
		code = decide(d, in, err);
	if (code)
		return code;
	intake_rewind(in);
	intake_want_all(in);
	code = copy(d, in, o, err);
	op_count(ctx, "read", (int64_t)d->rows);
	op_count(ctx, "duplicates", d->duplicates);
	op_log("read %zu rows: %zu keys, %lld duplicates, %lld without a key", d->rows,
	       d->keys.count, (long long)d->duplicates, (long long)d->null_keys);
	return code;
}

static void
release(struct dedup *d)
{
	dict_release(&d->keys);
	dict_release(&d->files);
	free(d->key);
	free(d->best);
	free(d->winner);
	free(d->fates);
	free(d->encoded);
	free(d->file_codes);
}

static enum err_code
run(struct op_ctx *ctx, struct err *err)
{
	struct dedup d = { .params = &ctx->task->dedup };
	struct manifest m = { 0 };
	struct intake *in = NULL;
	struct outlet *o = NULL;
	enum err_code code;

	dict_init(&d.keys);
	dict_init(&d.files);
	d.file_codes = mem_new(BATCH_ROWS_MAX, sizeof(*d.file_codes));
	code = intake_open(&in, ctx, ctx->task->inputs[0].dataset, err);
	if (!code)
		code = outlet_open(&o, ctx, err);
	if (!code)
		code = deduplicate(&d, ctx, in, o, err);
	if (!code) {
		intake_record(in, &m);
		code = outlet_finish(o, &m, err);
	}
	manifest_release(&m);
	outlet_close(o);
	intake_close(in);
	release(&d);
	return code;
}

const struct op op_dedup = {
	.name = "dedup",
	.summary = "one row per key within the partition; rows without a key are set aside",
	.run = run,
};
