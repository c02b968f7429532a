/* canon.c - the content digest: what rows say, not how a file spells them. */
#include "worker/canon.h"

#include "core/mem.h"

#include <endian.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static char *
put_word(uint64_t value, char *out)
{
	value = htole64(value);
	memcpy(out, &value, sizeof(value));
	return out + sizeof(value);
}

static void
add_text(struct canon *c, const char *text)
{
	char length[8];

	(void)put_word(strlen(text), length);
	digest_add(&c->digest, length, sizeof(length));
	digest_add(&c->digest, text, strlen(text));
}

void
canon_init(struct canon *c, const struct schema *schema)
{
	char count[8];

	*c = (struct canon){ 0 };
	digest_init(&c->digest);
	(void)put_word(schema->count, count);
	digest_add(&c->digest, count, sizeof(count));
	for (size_t i = 0; i < schema->count; i++) {
		add_text(c, schema->columns[i].name);
		add_text(c, col_type_name(schema->columns[i].type));
	}
}

void
canon_release(struct canon *c)
{
	free(c->data);
	*c = (struct canon){ 0 };
}

static uint64_t
real_bits(double value)
{
	uint64_t bits;

	if (isnan(value))
		return UINT64_C(0x7ff8000000000000);
	value += 0.0; /* -0.0 becomes 0.0 */
	memcpy(&bits, &value, sizeof(bits));
	return bits;
}

size_t
canon_value_bytes(const struct col *col, size_t at)
{
	return 9 + (col_is_text(col->type) && col->valid[at] ? col->texts[at].bytes : 0);
}

char *
canon_value(const struct col *col, size_t at, char *out)
{
	if (!col->valid[at]) {
		*out++ = 0;
		return out;
	}
	*out++ = (char)(1 + col->type);
	if (col->type == COL_FLOAT64)
		return put_word(real_bits(col->reals[at]), out);
	if (!col_is_text(col->type))
		return put_word((uint64_t)col->ints[at], out);
	out = put_word(col->texts[at].bytes, out);
	if (col->texts[at].bytes)
		memcpy(out, col->texts[at].data, col->texts[at].bytes);
	return out + col->texts[at].bytes;
}

/* Room for one row behind the `used` bytes that are there. */
static void
make_room(struct canon *c, size_t used, const struct batch *b, size_t at)
{
	size_t bytes = used;

	for (size_t i = 0; i < b->schema->count; i++)
		bytes += canon_value_bytes(&b->cols[i], at);
	if (bytes <= c->room)
		return;
	c->room = bytes * 2;
	c->data = mem_resize(c->data, c->room, 1);
}

void
canon_add(struct canon *c, const struct batch *b, const uint32_t *rows, size_t n)
{
	enum { FLUSH_BYTES = 64 << 10 };
	size_t used = 0;

	for (size_t i = 0; i < n; i++) {
		size_t at = rows ? rows[i] : i;
		char *p;

		make_room(c, used, b, at);
		p = c->data + used;
		for (size_t k = 0; k < b->schema->count; k++)
			p = canon_value(&b->cols[k], at, p);
		used = (size_t)(p - c->data);
		if (used >= FLUSH_BYTES) {
			digest_add(&c->digest, c->data, used);
			used = 0;
		}
	}
	digest_add(&c->digest, c->data, used);
}

void
canon_end(struct canon *c, char out[DIGEST_CHARS + 1])
{
	digest_end(&c->digest, out);
}
