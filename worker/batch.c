/* batch.c - up to 65,536 rows as typed columns. */
#include "worker/batch.h"

#include "core/mem.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS_FIRST = 1024 };

bool
col_is_text(enum col_type type)
{
	return type == COL_STRING || type == COL_JSON;
}

bool
col_is_int(enum col_type type)
{
	return type != COL_FLOAT64 && !col_is_text(type);
}

static size_t
value_bytes(enum col_type type)
{
	return col_is_text(type) ? sizeof(struct span) : sizeof(int64_t);
}

static void
resize(struct batch *b, size_t room)
{
	b->room = room;
	b->row_no = mem_resize(b->row_no, room, sizeof(*b->row_no));
	for (size_t i = 0; i < b->schema->count; i++) {
		struct col *c = &b->cols[i];

		if (!c->wanted)
			continue;
		c->valid = mem_resize(c->valid, room, sizeof(*c->valid));
		if (col_is_text(c->type))
			c->texts = mem_resize(c->texts, room, value_bytes(c->type));
		else
			c->ints = mem_resize(c->ints, room, value_bytes(c->type));
	}
}

void
batch_init(struct batch *b, const struct schema *schema, const bool *wanted)
{
	*b = (struct batch){ .schema = schema, .cols = mem_new(schema->count, sizeof(struct col)) };
	for (size_t i = 0; i < schema->count; i++)
		b->cols[i] =
		    (struct col){ .type = schema->columns[i].type, .wanted = !wanted || wanted[i] };
	resize(b, ROWS_FIRST);
}

void
batch_release(struct batch *b)
{
	for (size_t i = 0; b->cols && i < b->schema->count; i++) {
		struct col *c = &b->cols[i];

		free(c->valid);
		if (col_is_text(c->type))
			free(c->texts);
		else
			free(c->ints);
	}
	free(b->cols);
	free(b->row_no);
	free(b->rejects);
	*b = (struct batch){ 0 };
}

void
batch_reset(struct batch *b)
{
	b->rows = 0;
	b->n_rejects = 0;
	b->unknown_keys = 0;
}

bool
batch_push(struct batch *b, int64_t row_no)
{
	if (b->rows == b->room) {
		if (b->room == BATCH_ROWS_MAX)
			return false;
		resize(b, b->room * 2);
	}
	b->row_no[b->rows] = row_no;
	for (size_t i = 0; i < b->schema->count; i++)
		if (b->cols[i].wanted)
			b->cols[i].valid[b->rows] = false;
	b->rows++;
	return true;
}

void
batch_pop(struct batch *b)
{
	assert(b->rows > 0);
	b->rows--;
}

struct reject *
batch_reject(struct batch *b, int64_t row_no, const char *reason)
{
	struct reject *r;

	b->rejects = mem_grow(b->rejects, b->n_rejects, &b->rejects_room, sizeof(*b->rejects));
	r = &b->rejects[b->n_rejects++];
	r->row_no = row_no;
	r->reason = reason;
	r->detail[0] = '\0';
	r->raw = (struct span){ 0 };
	return r;
}

void
col_codes(const struct col *c, size_t rows, struct dict *d, uint32_t *out)
{
	assert(col_is_text(c->type) && c->wanted);
	for (size_t i = 0; i < rows; i++) {
		struct span text;

		if (!c->valid[i]) {
			out[i] = UINT32_MAX;
			continue;
		}
		text = c->dict ? dict_span(c->dict, c->codes[i]) : c->texts[i];
		out[i] = dict_code(d, text.data, text.bytes);
	}
}
