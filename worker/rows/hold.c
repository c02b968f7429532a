/* hold.c - a batch that was copied, so that it stays while its reader goes on. */
#include "worker/rows/hold.h"

#include "core/base/mem.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

void
batch_hold_release(struct batch_hold *h)
{
	for (size_t i = 0; h->dicts && i < h->batch.schema->count; i++) {
		free(h->dicts[i].values);
		free(h->dicts[i].texts);
	}
	free(h->dicts);
	free(h->texts);
	batch_release(&h->batch);
	*h = (struct batch_hold){ 0 };
}

/* What the texts of a column come to, of rows that have one. */
static size_t
text_bytes(const struct col *c, size_t rows)
{
	size_t bytes = 0;

	if (!c->wanted || c->dict || !col_is_text(c->type))
		return 0;
	for (size_t i = 0; i < rows; i++)
		bytes += c->valid[i] ? c->texts[i].bytes : 0;
	return bytes;
}

static size_t
all_text_bytes(const struct batch *b)
{
	size_t bytes = 0;

	for (size_t i = 0; i < b->schema->count; i++)
		bytes += text_bytes(&b->cols[i], b->rows);
	for (size_t i = 0; i < b->n_rejects; i++)
		bytes += b->rejects[i].raw.bytes;
	return bytes;
}

static struct span
copy_text(struct span text, char **to)
{
	struct span copy = { *to, text.bytes };

	if (text.bytes)
		memcpy(*to, text.data, text.bytes);
	*to += text.bytes;
	return copy;
}

/* The texts of a dictionary go behind each other. */
static void
copy_entries(struct hold_dict *d, const struct col_dict *from)
{
	struct span *spans = mem_new(from->count, sizeof(*spans));
	size_t bytes = 0;
	char *at;

	for (size_t i = 0; i < from->count; i++)
		bytes += from->texts[i].bytes;
	d->texts = at = mem_new(bytes, 1);
	for (size_t i = 0; i < from->count; i++)
		spans[i] = copy_text(from->texts[i], &at);
	d->values = spans;
	d->dict = (struct col_dict){ .count = from->count, .texts = spans };
}

static void
copy_dict(struct hold_dict *d, const struct col *from, uint64_t unit)
{
	size_t count = from->dict->count;
	int64_t *words;

	if (d->unit == unit && d->dict.count == count)
		return;
	free(d->values);
	free(d->texts);
	*d = (struct hold_dict){ .unit = unit };
	if (col_is_text(from->type)) {
		copy_entries(d, from->dict);
		return;
	}
	/* Integers and reals are words of one size. */
	static_assert(sizeof(*from->dict->reals) == sizeof(*words), "a real is a word");
	words = mem_new(count, sizeof(*words));
	if (count)
		memcpy(words, from->dict->ints, count * sizeof(*words));
	d->values = words;
	d->dict = (struct col_dict){ .count = count, .ints = words };
}

static void
copy_values(struct col *to, const struct col *from, size_t rows, char **texts)
{
	if (from->type == COL_FLOAT64)
		memcpy(to->reals, from->reals, rows * sizeof(*to->reals));
	else if (!col_is_text(from->type))
		memcpy(to->ints, from->ints, rows * sizeof(*to->ints));
	else
		for (size_t i = 0; i < rows; i++)
			if (from->valid[i])
				to->texts[i] = copy_text(from->texts[i], texts);
}

static void
copy_column(struct batch_hold *h, const struct batch *from, size_t column, char **texts)
{
	const struct col *c = &from->cols[column];
	struct col *to = &h->batch.cols[column];
	size_t rows = from->rows;

	to->no_nulls = c->no_nulls;
	to->dict = NULL;
	memcpy(to->valid, c->valid, rows * sizeof(*to->valid));
	if (!c->dict) {
		copy_values(to, c, rows, texts);
		return;
	}
	copy_dict(&h->dicts[column], c, from->unit);
	to->dict = &h->dicts[column].dict;
	memcpy(batch_codes(&h->batch, column), c->codes, rows * sizeof(*c->codes));
}

static void
copy_rejects(struct batch *to, const struct batch *from, char **texts)
{
	for (size_t i = 0; i < from->n_rejects; i++) {
		const struct reject *r = &from->rejects[i];
		struct reject *copy = batch_reject(to, r->row_no, r->reason);

		memcpy(copy->detail, r->detail, sizeof(copy->detail));
		copy->raw = copy_text(r->raw, texts);
	}
}

bool
batch_hold_copy(struct batch_hold *h, const struct batch *from)
{
	enum { VALUE_BYTES = sizeof(struct span) };
	size_t bytes = all_text_bytes(from);
	char *texts;

	if (bytes + from->rows * from->schema->count * VALUE_BYTES > BATCH_HOLD_BYTES_MAX)
		return false;
	if (!h->batch.cols) {
		batch_init_like(&h->batch, from);
		h->dicts = mem_new(from->schema->count, sizeof(*h->dicts));
	}
	if (bytes > h->texts_room) {
		free(h->texts);
		h->texts = mem_new(bytes, 1);
		h->texts_room = bytes;
	}
	texts = h->texts;
	batch_reset(&h->batch);
	batch_set_rows(&h->batch, from->rows);
	h->batch.unit = from->unit;
	h->batch.unknown_keys = from->unknown_keys;
	memcpy(h->batch.row_no, from->row_no, from->rows * sizeof(*from->row_no));
	for (size_t i = 0; i < from->schema->count; i++)
		if (from->cols[i].wanted)
			copy_column(h, from, i, &texts);
	copy_rejects(&h->batch, from, &texts);
	return true;
}
