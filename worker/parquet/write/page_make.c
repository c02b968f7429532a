/* page_make.c - pages out of a column that is gathered. */
#include "worker/parquet/write/page_make.h"

#include "worker/parquet/code/codec.h"
#include "worker/parquet/code/delta.h"
#include "worker/parquet/code/rle.h"
#include "worker/parquet/meta/page_header.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum {
	HEADER_BYTES_MAX = 128,
	TRIAL_VALUES = 4096, /* enough to tell, and little beside a row group */
};

/* ---- the plan ---- */

static struct pq_made_page *
add_page(struct pq_page_list *list, const struct pq_build *build)
{
	struct pq_made_page *p;

	list->pages = mem_grow(list->pages, list->count, &list->room, sizeof(*list->pages));
	p = &list->pages[list->count++];
	*p = (struct pq_made_page){ .build = build };
	return p;
}

static size_t
count_values(const struct pq_build *b, size_t row, size_t rows)
{
	size_t n = 0;

	if (b->rows == b->n_values)
		return rows;
	for (size_t i = 0; i < rows; i++)
		n += b->valid[row + i];
	return n;
}

/* How many of n plain texts go into one page: one, or as many as fit. */
static size_t
texts_that_fit(const struct pq_values *v, size_t from, size_t n)
{
	size_t start = from ? v->ends[from - 1] : 0, few = 1, many = n;

	if (v->ends[from + n - 1] - start <= PQ_PAGE_VALUE_BYTES)
		return n;
	/* `few` fit, or are one; `many` do not. */
	while (many - few > 1) {
		size_t middle = few + (many - few) / 2;

		if (v->ends[from + middle - 1] - start <= PQ_PAGE_VALUE_BYTES)
			few = middle;
		else
			many = middle;
	}
	return few;
}

/* The rows from `row` on up to, and without, the one with value n. */
static size_t
rows_before_value(const struct pq_build *b, size_t row, size_t n)
{
	size_t rows = 0;

	if (b->rows == b->n_values)
		return n;
	for (size_t seen = 0;; rows++) {
		seen += b->valid[row + rows];
		if (seen > n)
			return rows;
	}
}

void
pq_page_plan(const struct pq_build *b, struct pq_page_list *list)
{
	size_t row = 0, value = 0;

	if (b->has_codes)
		add_page(list, b)->is_dictionary = true;
	while (row < b->rows) {
		size_t rows = b->rows - row < PQ_PAGE_ROWS ? b->rows - row : PQ_PAGE_ROWS;
		size_t n = count_values(b, row, rows), fit = n;
		struct pq_made_page *p = add_page(list, b);

		if (!b->has_codes && b->kind->type == PQ_BYTE_ARRAY && n)
			fit = texts_that_fit(&b->plain, value, n);
		if (fit < n)
			rows = rows_before_value(b, row, fit);
		p->row = row;
		p->rows = rows;
		p->value = value;
		p->n_values = fit;
		row += rows;
		value += fit;
	}
}

/* ---- making ---- */

void
pq_maker_init(struct pq_maker *m)
{
	*m = (struct pq_maker){ .packer = pq_packer_new(),
				.levels = mem_new(PQ_PAGE_ROWS, sizeof(*m->levels)),
				.used = mem_new(PQ_DICT_ENTRIES_MAX, sizeof(*m->used)) };
	buf_init(&m->out, SIZE_MAX);
	buf_init(&m->body, SIZE_MAX);
	buf_init(&m->header, SIZE_MAX);
}

void
pq_maker_release(struct pq_maker *m)
{
	pq_packer_free(m->packer);
	buf_release(&m->out);
	buf_release(&m->body);
	buf_release(&m->header);
	free(m->levels);
	free(m->used);
}

/* Definition levels: 1 where there is a value, 0 where there is none; their length before them. */
static void
write_levels(struct pq_maker *m, const struct pq_made_page *p)
{
	size_t start = m->body.bytes;
	uint32_t bytes = 0;

	for (size_t i = 0; i < p->rows; i++)
		m->levels[i] = p->n_values == p->rows || p->build->valid[p->row + i];
	buf_add(&m->body, &bytes, sizeof(bytes));
	pq_rle_write(m->levels, p->rows, 1, &m->body);
	bytes = (uint32_t)(m->body.bytes - start - sizeof(bytes));
	memcpy(m->body.data + start, &bytes, sizeof(bytes));
}

static void
write_codes(struct pq_maker *m, const struct pq_made_page *p)
{
	const struct pq_build *b = p->build;
	int width = pq_bit_width((uint32_t)b->entries.count - 1);

	buf_char(&m->body, (char)width);
	pq_rle_write(b->codes + p->value, p->n_values, width, &m->body);
}

/* The bounds of a page with codes: those of the entries that it refers to. */
static void
add_code_bounds(struct pq_maker *m, struct pq_made_page *p)
{
	const struct pq_build *b = p->build;

	memset(m->used, false, b->entries.count);
	for (size_t i = 0; i < p->n_values; i++)
		m->used[b->codes[p->value + i]] = true;
	pq_bounds_add_used(&p->bounds, b->kind, &b->entries, m->used, b->entries.count);
}

static void
write_plain(struct pq_maker *m, const struct pq_build *b, size_t from, size_t n)
{
	if (b->is_delta)
		pq_delta_write((const int64_t *)b->plain.words + from, n, false, &m->body);
	else
		pq_values_write(&b->plain, b->kind, from, n, &m->body);
}

/* What the first n values of a column take, packed. */
static size_t
trial_bytes(struct pq_maker *m, const struct pq_build *b, size_t n)
{
	buf_reset(&m->body);
	buf_reset(&m->out);
	write_plain(m, b, 0, n);
	pq_pack(m->packer, PQ_ZSTD, m->body.data, m->body.bytes, &m->out);
	return m->out.bytes;
}

void
pq_page_choose(struct pq_maker *m, struct pq_build *b)
{
	size_t n = b->n_values < TRIAL_VALUES ? b->n_values : TRIAL_VALUES, plain;

	b->is_delta = false;
	if (b->has_codes || b->kind->type != PQ_INT64 || !n)
		return;
	plain = trial_bytes(m, b, n);
	b->is_delta = true;
	b->is_delta = trial_bytes(m, b, n) * 10 < plain * 9;
}

static void
write_body(struct pq_maker *m, struct pq_made_page *p)
{
	const struct pq_build *b = p->build;

	if (p->is_dictionary) {
		pq_values_write(&b->entries, b->kind, 0, b->entries.count, &m->body);
		return;
	}
	write_levels(m, p);
	if (b->has_codes) {
		write_codes(m, p);
		add_code_bounds(m, p);
	} else {
		write_plain(m, b, p->value, p->n_values);
		pq_bounds_add(&p->bounds, b->kind, &b->plain, p->value, p->n_values);
	}
	pq_bounds_say(&p->bounds, b->kind, &p->bound_bytes, &p->stats);
	p->stats.has_null_count = true;
	p->stats.null_count = (int64_t)(p->rows - p->n_values);
}

enum pq_encoding
pq_page_encoding(const struct pq_build *b)
{
	return b->has_codes ? PQ_RLE_DICTIONARY : b->is_delta ? PQ_DELTA_BINARY_PACKED : PQ_PLAIN;
}

static struct pq_page_header
header_of(const struct pq_made_page *p, size_t unpacked_bytes, const char *packed, size_t bytes)
{
	struct pq_page_header h = {
		.type = PQ_DATA_PAGE,
		.packed_bytes = (int32_t)bytes,
		.unpacked_bytes = (int32_t)unpacked_bytes,
		.has_crc = true,
		.crc = pq_crc(0, packed, bytes),
		.encoding = pq_page_encoding(p->build),
		.n_values = (int32_t)p->rows,
		.definition_encoding = PQ_RLE,
		.repetition_encoding = PQ_RLE,
	};

	if (p->is_dictionary) {
		h.type = PQ_DICTIONARY_PAGE;
		h.encoding = PQ_PLAIN;
		h.n_values = (int32_t)p->build->entries.count;
	}
	return h;
}

/*
 * The header says how long the packed body is and comes before it: the body is
 * packed behind a gap, and the header goes to the end of that.
 */
void
pq_page_make(struct pq_maker *m, struct pq_made_page *p)
{
	static const char gap[HEADER_BYTES_MAX];
	struct pq_page_header header;
	size_t at;

	buf_reset(&m->body);
	buf_reset(&m->header);
	write_body(m, p);
	/* No reader of ours gives out a longer text, and no longer page may be read again. */
	assert(m->body.bytes <= PQ_PAGE_FREE_BYTES);
	buf_add(&m->out, gap, sizeof(gap));
	at = m->out.bytes;
	pq_pack(m->packer, PQ_ZSTD, m->body.data, m->body.bytes, &m->out);
	header = header_of(p, m->body.bytes, m->out.data + at, m->out.bytes - at);
	/* The statistics stand in the page index, where they are found without reading pages. */
	pq_page_header_write(&header, &m->header);
	assert(m->header.bytes <= sizeof(gap));
	p->maker = m;
	p->at = at - m->header.bytes;
	p->bytes = m->out.bytes - p->at;
	p->unpacked_bytes = m->header.bytes + m->body.bytes;
	memcpy(m->out.data + p->at, m->header.data, m->header.bytes);
}
