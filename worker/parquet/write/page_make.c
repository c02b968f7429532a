/* page_make.c - a page of a column, from its values to packed bytes. */
#include "worker/parquet/write/page_make.h"

#include "worker/parquet/code/codec.h"
#include "worker/parquet/code/delta.h"
#include "worker/parquet/code/rle.h"
#include "worker/parquet/meta/page_header.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { HEADER_BYTES_MAX = 128 };

void
pq_maker_init(struct pq_maker *m)
{
	*m = (struct pq_maker){ .packer = pq_packer_new(),
				.levels = mem_new(PQ_PAGE_ROWS, sizeof(*m->levels)),
				.used = mem_new(PQ_DICT_ENTRIES_MAX, sizeof(*m->used)) };
	buf_init(&m->body, SIZE_MAX);
	buf_init(&m->header, SIZE_MAX);
}

void
pq_maker_release(struct pq_maker *m)
{
	pq_packer_free(m->packer);
	mem_large_free(m->made);
	buf_release(&m->body);
	buf_release(&m->header);
	free(m->levels);
	free(m->used);
}

/* Pack a body behind what is there and a gap of so many bytes, and count nothing: how long it is.
 */
static size_t
pack(struct pq_maker *m, struct span body, size_t gap)
{
	size_t need = m->bytes + gap + pq_pack_room(body.bytes);

	if (need > m->room) {
		m->room = pq_values_grown(m->room, need);
		m->made = mem_large_resize(m->made, m->room, 1);
	}
	return pq_pack(m->packer, PQ_ZSTD, body.data, body.bytes, m->made + m->bytes + gap);
}

enum pq_encoding
pq_page_choose(struct pq_maker *m, const int64_t *values, size_t n)
{
	size_t plain, delta;

	buf_reset(&m->body);
	buf_add(&m->body, values, n * sizeof(*values));
	plain = pack(m, (struct span){ m->body.data, m->body.bytes }, 0);
	buf_reset(&m->body);
	pq_delta_write(values, n, false, &m->body);
	delta = pack(m, (struct span){ m->body.data, m->body.bytes }, 0);
	return delta * 10 < plain * 9 ? PQ_DELTA_BINARY_PACKED : PQ_PLAIN;
}

/* Definition levels: 1 where there is a value, 0 where there is none; their length before them. */
static void
write_levels(struct pq_maker *m, const struct pq_made_page *p)
{
	uint32_t bytes = 0;

	buf_add(&m->body, &bytes, sizeof(bytes));
	if (p->n_values == p->rows) {
		pq_rle_write_run(1, p->rows, 1, &m->body);
	} else {
		for (size_t i = 0; i < p->rows; i++)
			m->levels[i] = p->valid[i];
		pq_rle_write(m->levels, p->rows, 1, &m->body);
	}
	bytes = (uint32_t)(m->body.bytes - sizeof(bytes));
	memcpy(m->body.data, &bytes, sizeof(bytes));
}

static void
write_codes(struct pq_maker *m, const struct pq_made_page *p)
{
	int width = pq_bit_width((uint32_t)p->values->count - 1);

	buf_char(&m->body, (char)width);
	pq_rle_write(p->codes, p->n_values, width, &m->body);
}

/* The bounds of a page with codes: those of the entries that it refers to. */
static void
add_code_bounds(struct pq_maker *m, struct pq_made_page *p)
{
	memset(m->used, false, p->values->count);
	for (size_t i = 0; i < p->n_values; i++)
		m->used[p->codes[i]] = true;
	pq_bounds_add_used(&p->bounds, p->kind, p->values, m->used, p->values->count);
}

static void
say_bounds(struct pq_maker *m, struct pq_made_page *p)
{
	if (p->codes)
		add_code_bounds(m, p);
	else
		pq_bounds_add(&p->bounds, p->kind, p->values, 0, p->n_values);
	pq_bounds_keep(&p->bounds, p->kind, &p->bound_texts);
	pq_bounds_say(&p->bounds, p->kind, &p->bound_bytes, &p->stats);
	p->stats.has_null_count = true;
	p->stats.null_count = (int64_t)(p->rows - p->n_values);
}

/*
 * The body, unpacked: the levels before the values, where these lie in memory as they are written,
 * else all of it in m->body.
 */
static struct span
write_body(struct pq_maker *m, struct pq_made_page *p)
{
	char *values = p->codes || p->encoding != PQ_PLAIN ? NULL
							   : pq_values_plain(p->values, p->kind);
	size_t levels;

	buf_reset(&m->body);
	if (!p->is_dictionary)
		write_levels(m, p);
	levels = m->body.bytes;
	if (values && levels <= PQ_VALUES_GAP) {
		memcpy(values - levels, m->body.data, levels);
		return (struct span){ values - levels,
				      levels + pq_values_plain_bytes(p->values, p->kind) };
	}
	if (p->codes)
		write_codes(m, p);
	else if (p->encoding == PQ_DELTA_BINARY_PACKED)
		pq_delta_write((const int64_t *)p->values->words, p->n_values, false, &m->body);
	else
		pq_values_write(p->values, p->kind, 0, p->values->count, &m->body);
	return (struct span){ m->body.data, m->body.bytes };
}

static struct pq_page_header
header_of(const struct pq_made_page *p, size_t unpacked_bytes, struct span packed)
{
	return (struct pq_page_header){
		.type = p->is_dictionary ? PQ_DICTIONARY_PAGE : PQ_DATA_PAGE,
		.packed_bytes = (int32_t)packed.bytes,
		.unpacked_bytes = (int32_t)unpacked_bytes,
		.has_crc = true,
		.crc = pq_crc(0, packed.data, packed.bytes),
		.encoding = p->encoding,
		.n_values = (int32_t)(p->is_dictionary ? p->n_values : p->rows),
		.definition_encoding = PQ_RLE,
		.repetition_encoding = PQ_RLE,
	};
}

/*
 * The header says how long the packed body is and comes before it: the body is
 * packed behind a gap, and the header goes to the end of that.
 */
void
pq_page_make(struct pq_maker *m, struct pq_made_page *p)
{
	struct pq_page_header header;
	struct span body, packed;

	if (!p->is_dictionary)
		say_bounds(m, p);
	body = write_body(m, p);
	/* No reader of ours gives out a longer text, and no longer page may be read again. */
	assert(body.bytes <= PQ_PAGE_FREE_BYTES);
	packed.bytes = pack(m, body, HEADER_BYTES_MAX);
	packed.data = m->made + m->bytes + HEADER_BYTES_MAX;
	header = header_of(p, body.bytes, packed);
	buf_reset(&m->header);
	/* The statistics stand in the page index, where they are found without reading pages. */
	pq_page_header_write(&header, &m->header);
	assert(m->header.bytes <= HEADER_BYTES_MAX);
	p->maker = m;
	p->at = m->bytes + HEADER_BYTES_MAX - m->header.bytes;
	p->bytes = m->header.bytes + packed.bytes;
	p->unpacked_bytes = m->header.bytes + body.bytes;
	memcpy(m->made + p->at, m->header.data, m->header.bytes);
	m->bytes = p->at + p->bytes;
}
