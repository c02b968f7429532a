/* batch.c - up to 65,536 rows as typed columns. */
#include "worker/rows/batch.h"

#include "core/base/mem.h"

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
			c->texts = mem_large_resize(c->texts, room, value_bytes(c->type));
		else
			c->ints = mem_large_resize(c->ints, room, value_bytes(c->type));
		if (c->codes)
			c->codes = mem_large_resize(c->codes, room, sizeof(*c->codes));
	}
}

void
batch_init(struct batch *b, const struct schema *schema, const bool *wanted)
{
	*b = (struct batch){ .schema = schema, .cols = mem_new(schema->count, sizeof(struct col)) };
	assert(b->cols);
	for (size_t i = 0; i < schema->count; i++)
		b->cols[i] = (struct col){ .type = schema->columns[i].type,
					   .wanted = !wanted || wanted[i] };
	resize(b, ROWS_FIRST);
}

void
batch_init_like(struct batch *b, const struct batch *other)
{
	bool *wanted = mem_new(other->schema->count, sizeof(*wanted));

	for (size_t i = 0; i < other->schema->count; i++)
		wanted[i] = other->cols[i].wanted;
	batch_init(b, other->schema, wanted);
	free(wanted);
}

void
batch_release(struct batch *b)
{
	for (size_t i = 0; b->cols && i < b->schema->count; i++) {
		struct col *c = &b->cols[i];

		free(c->valid);
		mem_large_free(c->codes);
		if (col_is_text(c->type))
			mem_large_free(c->texts);
		else
			mem_large_free(c->ints);
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

void
batch_set_rows(struct batch *b, size_t n)
{
	assert(n <= BATCH_ROWS_MAX);
	if (n > b->room) {
		size_t room = b->room * 2;

		resize(b, room > n ? room : n);
	}
	b->rows = n;
}

void
batch_set_whole(struct batch *b, size_t n)
{
	batch_set_rows(b, n);
	for (size_t i = 0; i < b->schema->count; i++) {
		b->cols[i].no_nulls = true;
		memset(b->cols[i].valid, true, n);
	}
	for (size_t i = 0; i < n; i++)
		b->row_no[i] = (int64_t)i + 1;
}

uint32_t *
batch_codes(struct batch *b, size_t column)
{
	struct col *c = &b->cols[column];

	if (!c->codes)
		c->codes = mem_large_new(b->room, sizeof(*c->codes));
	return c->codes;
}

/* The values, or codes, of some rows of a column. */
static void
pick_column(struct col *to, const struct col *from, const uint32_t *rows, size_t n)
{
	to->no_nulls = from->no_nulls;
	to->dict = from->dict;
	for (size_t i = 0; i < n; i++)
		to->valid[i] = from->valid[rows[i]];
	if (from->dict)
		for (size_t i = 0; i < n; i++)
			to->codes[i] = from->codes[rows[i]];
	else if (col_is_text(from->type))
		for (size_t i = 0; i < n; i++)
			to->texts[i] = from->texts[rows[i]];
	else if (from->type == COL_FLOAT64)
		for (size_t i = 0; i < n; i++)
			to->reals[i] = from->reals[rows[i]];
	else
		for (size_t i = 0; i < n; i++)
			to->ints[i] = from->ints[rows[i]];
}

void
batch_pick(struct batch *to, const struct batch *from, const uint32_t *rows, size_t n)
{
	if (!to->cols)
		batch_init_like(to, from);
	batch_set_rows(to, n);
	to->unit = from->unit;
	for (size_t i = 0; i < n; i++)
		to->row_no[i] = from->row_no[rows[i]];
	for (size_t i = 0; i < from->schema->count; i++) {
		if (!from->cols[i].wanted)
			continue;
		if (from->cols[i].dict)
			(void)batch_codes(to, i);
		pick_column(&to->cols[i], &from->cols[i], rows, n);
	}
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
code_map_release(struct code_map *m)
{
	free(m->to);
	*m = (struct code_map){ 0 };
}

/* Forget the map when it was made for other dictionaries than the batch has. */
static void
renew(struct code_map *m, uint64_t unit, size_t count)
{
	if (m->unit == unit && m->count == count)
		return;
	if (count > m->room) {
		m->to = mem_resize(m->to, count, sizeof(*m->to));
		m->room = count;
	}
	if (count)
		memset(m->to, 0xff, count * sizeof(*m->to));
	m->unit = unit;
	m->count = count;
}

static uint32_t
text_code(struct dict *d, struct span text)
{
	return dict_code(d, text.data, text.bytes);
}

static uint32_t
int_code(struct dict *d, int64_t value)
{
	return dict_code(d, &value, sizeof(value));
}

/* The code of an entry of the column's dictionary. */
static uint32_t
entry_code(struct dict *d, const struct col *c, uint32_t code)
{
	return col_is_text(c->type) ? text_code(d, c->dict->texts[code])
				    : int_code(d, c->dict->ints[code]);
}

static void
code_values(const struct col *c, size_t rows, struct dict *d, uint32_t *out)
{
	if (col_is_text(c->type))
		for (size_t i = 0; i < rows; i++)
			out[i] = c->valid[i] ? text_code(d, c->texts[i]) : UINT32_MAX;
	else
		for (size_t i = 0; i < rows; i++)
			out[i] = c->valid[i] ? int_code(d, c->ints[i]) : UINT32_MAX;
}

void
col_codes(const struct batch *b, size_t column, struct code_map *m, struct dict *d, uint32_t *out)
{
	const struct col *c = &b->cols[column];

	assert(c->type != COL_FLOAT64 && c->wanted);
	if (!c->dict) {
		code_values(c, b->rows, d, out);
		return;
	}
	renew(m, b->unit, c->dict->count);
	for (size_t i = 0; i < b->rows; i++) {
		uint32_t code = c->codes[i];

		if (!c->valid[i]) {
			out[i] = UINT32_MAX;
			continue;
		}
		if (m->to[code] == UINT32_MAX)
			m->to[code] = entry_code(d, c, code);
		out[i] = m->to[code];
	}
}

uint32_t
col_code_new(const struct batch *b, size_t column, struct code_map *m, struct dict *d, size_t at)
{
	const struct col *c = &b->cols[column];
	uint32_t code;

	assert(c->type != COL_FLOAT64 && c->wanted && c->valid[at]);
	if (!c->dict)
		return col_is_text(c->type) ? text_code(d, c->texts[at]) : int_code(d, c->ints[at]);
	renew(m, b->unit, c->dict->count);
	code = c->codes[at];
	if (m->to[code] == UINT32_MAX)
		m->to[code] = entry_code(d, c, code);
	return m->to[code];
}
