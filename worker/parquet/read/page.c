/* page.c - the pages of one column chunk, one after the other. */
#include "worker/parquet/read/page.h"

#include "core/base/mem.h"
#include "worker/parquet/code/bits.h"
#include "worker/parquet/code/rle.h"
#include "worker/parquet/meta/page_header.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	WINDOW_BYTES = 64 << 10,
	MAGIC_BYTES = 4, /* before the first chunk */
	LENGTH_BYTES = 4 /* before the levels of a DATA_PAGE */
};

/* ---- memory ---- */

static bool
has_room(const struct pq_budget *budget, size_t bytes)
{
	return budget->used < PQ_MEMORY_BYTES_MAX && bytes <= PQ_MEMORY_BYTES_MAX - budget->used;
}

bool
pq_budget_take(struct pq_budget *budget, size_t bytes)
{
	if (!has_room(budget, bytes))
		return false;
	budget->used += bytes;
	return true;
}

void
pq_budget_give(struct pq_budget *budget, size_t bytes)
{
	assert(bytes <= budget->used);
	budget->used -= bytes;
}

bool
pq_block_need(struct pq_block *b, size_t bytes, struct pq_budget *budget)
{
	size_t want = bytes + PQ_PAD;

	if (b->data && want <= b->room)
		return true;
	pq_block_free(b, budget);
	/* A little more, so that pages of about the same size do not ask each time. */
	if (want > 4096 && has_room(budget, want + want / 8))
		want += want / 8;
	if (!pq_budget_take(budget, want))
		return false;
	b->data = mem_large_resize(NULL, want, 1);
	b->room = want;
	return b->data;
}

void
pq_block_free(struct pq_block *b, struct pq_budget *budget)
{
	mem_large_free(b->data);
	pq_budget_give(budget, b->room);
	*b = (struct pq_block){ 0 };
}

/* ---- messages ---- */

static enum err_code
report(const struct pq_pages *p, enum err_code code, struct err *err, const char *what)
{
	const struct pq_page *page = &p->page;
	char place[80];

	if (page->header.type == PQ_DICTIONARY_PAGE)
		(void)snprintf(place, sizeof(place), "dictionary page");
	else
		(void)snprintf(place, sizeof(place), "page %zu", page->number);
	return err_set(err, code, "read '%s': column '%s', row group %zu, %s at byte %lld: %s",
		       p->file->name, p->leaf->name, p->group, place, (long long)page->at, what);
}

enum err_code
pq_page_error(const struct pq_pages *p, struct err *err, const char *fmt, ...)
{
	char what[400];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	return report(p, ERR_INPUT, err, what);
}

enum err_code
pq_page_text_too_long(const struct pq_pages *p, struct err *err)
{
	char what[120];

	(void)snprintf(what, sizeof(what),
		       "a text of more than %d bytes; leave the column out, or write shorter texts",
		       PQ_TEXT_BYTES_MAX);
	return report(p, ERR_LIMIT, err, what);
}

enum err_code
pq_page_too_large(const struct pq_pages *p, struct err *err)
{
	return report(p, ERR_LIMIT, err,
		      "more than 1 GiB of memory is needed; read fewer columns at once, or write "
		      "smaller pages");
}

static enum err_code
chunk_error(const struct pq_pages *p, struct err *err, const char *what)
{
	return err_set(err, ERR_INPUT,
		       "read '%s': column '%s', row group %zu: %s; the file is damaged",
		       p->file->name, p->leaf->name, p->group, what);
}

/* ---- reading ---- */

/* The dictionary's offset may be absent, 0 or nonsense; what counts is what stands there. */
int64_t
pq_chunk_start(const struct pq_chunk *chunk)
{
	if (chunk->dictionary_offset >= MAGIC_BYTES &&
	    chunk->dictionary_offset < chunk->data_offset)
		return chunk->dictionary_offset;
	return chunk->data_offset;
}

enum err_code
pq_pages_open(struct pq_pages *p, const struct pq_file *file, const struct pq_leaf *leaf,
	      size_t group, struct pq_desk *desk, struct err *err)
{
	const struct pq_row_group *g = &file->meta.groups[group];
	const struct pq_chunk *chunk = &g->chunks[leaf->index];
	int64_t start = pq_chunk_start(chunk);

	*p = (struct pq_pages){
		.file = file,
		.leaf = leaf,
		.chunk = chunk,
		.desk = desk,
		.group = group,
		.window = p->window,
	};
	p->at = start;
	if (chunk->n_values != g->rows)
		return err_set(err, ERR_INPUT,
			       "read '%s': column '%s', row group %zu: %lld values, but %lld rows; "
			       "the file is damaged",
			       file->name, leaf->name, group, (long long)chunk->n_values,
			       (long long)g->rows);
	if (!g->rows)
		return ERR_NONE;
	if (start < MAGIC_BYTES || start > file->data_end ||
	    chunk->packed_bytes > file->data_end - start)
		return chunk_error(p, err, "it does not lie before the footer");
	p->limit = start + chunk->packed_bytes;
	if (!pq_codec_reads(chunk->codec))
		return err_set(err, ERR_INPUT,
			       "read '%s': column '%s', row group %zu: codec %s (%d) is not "
			       "supported; write the file with SNAPPY or ZSTD",
			       file->name, leaf->name, group, pq_codec_name(chunk->codec),
			       chunk->codec);
	return ERR_NONE;
}

void
pq_pages_close(struct pq_pages *p)
{
	if (p->desk)
		pq_block_free(&p->window, &p->desk->budget);
}

void
pq_pages_seek(struct pq_pages *p, int64_t at, size_t number, int64_t n_values)
{
	p->at = at;
	p->n_data_pages = number;
	p->n_values = n_values;
}

/* What is worth reading at once from `at` on: a window, of this chunk, and at least `bytes`. */
static size_t
worth_reading(const struct pq_pages *p, int64_t at, size_t bytes)
{
	int64_t left = p->limit + p->slack - at;
	size_t ahead = left < WINDOW_BYTES ? (size_t)(left > 0 ? left : 0) : WINDOW_BYTES;

	return ahead > bytes ? ahead : bytes;
}

/* Have the window begin at `at`, with `bytes` bytes or what is left before the footer. */
static enum err_code
fill_window(struct pq_pages *p, int64_t at, size_t bytes, struct err *err)
{
	int64_t left = p->file->data_end - at;
	enum err_code code;

	if ((int64_t)bytes > left)
		bytes = (size_t)left;
	if (!pq_block_need(&p->window, bytes, &p->desk->budget))
		return pq_page_too_large(p, err);
	p->window_bytes = 0;
	code = pq_file_read(p->file, at, bytes, p->window.data, err);
	if (code)
		return code;
	p->window_at = at;
	p->window_bytes = bytes;
	return ERR_NONE;
}

/* What the window has from `at` on. */
static size_t
in_window(const struct pq_pages *p, int64_t at)
{
	if (!p->window.data || at < p->window_at || at >= p->window_at + (int64_t)p->window_bytes)
		return 0;
	return p->window_bytes - (size_t)(at - p->window_at);
}

static enum err_code
read_header(struct pq_pages *p, size_t *used, struct err *err)
{
	size_t want = worth_reading(p, p->at, 1);
	const char *why = NULL;

	p->page = (struct pq_page){ .at = p->at, .number = p->n_data_pages, .header.type = -1 };
	for (;;) {
		size_t have = in_window(p, p->at);
		enum pq_header_status status = PQ_HEADER_SHORT;
		enum err_code code;

		if (have)
			status = pq_page_header_read(&p->page.header,
						     p->window.data + (p->at - p->window_at), have,
						     used, &why);
		if (status == PQ_HEADER_OK)
			return ERR_NONE;
		if (status == PQ_HEADER_BAD)
			return pq_page_error(p, err, "its header: %s; the file is damaged", why);
		if (have && p->at + (int64_t)have == p->file->data_end)
			return pq_page_error(p, err, "its header is cut off; the file is damaged");
		while (want <= have)
			want *= 4;
		code = fill_window(p, p->at, want, err);
		if (code)
			return code;
	}
}

static enum err_code
check_page(struct pq_pages *p, struct err *err)
{
	const struct pq_page *page = &p->page;
	int64_t end = page->body_at + page->header.packed_bytes;

	/* Some writers left the header of the dictionary out of the chunk's length. */
	if (page->header.type == PQ_DICTIONARY_PAGE)
		p->slack = page->body_at - page->at;
	if (end > p->limit + p->slack || end > p->file->data_end)
		return pq_page_error(p, err,
				     "%d bytes are more than its column has left; the file is "
				     "damaged",
				     page->header.packed_bytes);
	p->at = end;
	if (page->header.type != PQ_DATA_PAGE && page->header.type != PQ_DATA_PAGE_V2)
		return ERR_NONE;
	p->n_data_pages++;
	p->n_values += page->header.n_values;
	if (p->n_values > p->chunk->n_values)
		return pq_page_error(p, err,
				     "with it the column has %lld values, but there are %lld rows; "
				     "the file is damaged",
				     (long long)p->n_values, (long long)p->chunk->n_values);
	return ERR_NONE;
}

enum err_code
pq_pages_next(struct pq_pages *p, struct err *err)
{
	int type;

	do {
		size_t used = 0;
		enum err_code code;

		if (p->at >= p->limit)
			return err_set(err, ERR_INPUT,
				       "read '%s': column '%s', row group %zu: its %zu pages have "
				       "%lld values, but there are %lld rows; the file is damaged",
				       p->file->name, p->leaf->name, p->group, p->n_data_pages,
				       (long long)p->n_values, (long long)p->chunk->n_values);
		code = read_header(p, &used, err);
		if (code)
			return code;
		p->page.body_at = p->at + (int64_t)used;
		code = check_page(p, err);
		if (code)
			return code;
		type = p->page.header.type;
	} while (type != PQ_DATA_PAGE && type != PQ_DATA_PAGE_V2 && type != PQ_DICTIONARY_PAGE);
	return ERR_NONE;
}

/* Read the body of the page into `to`: from the window what is there. */
static enum err_code
read_body(const struct pq_pages *p, uint8_t *to, struct err *err)
{
	size_t bytes = (size_t)p->page.header.packed_bytes, have = in_window(p, p->page.body_at);

	if (have > bytes)
		have = bytes;
	if (have)
		memcpy(to, p->window.data + (p->page.body_at - p->window_at), have);
	return pq_file_read(p->file, p->page.body_at + (int64_t)have, bytes - have, to + have, err);
}

/* The packed body in one piece. */
static enum err_code
packed_body(struct pq_pages *p, const uint8_t **out, struct err *err)
{
	static const uint8_t nothing[1];
	size_t bytes = (size_t)p->page.header.packed_bytes;
	int64_t at = p->page.body_at;
	enum err_code code;

	*out = nothing;
	if (!bytes)
		return ERR_NONE;
	if (in_window(p, at) < bytes && bytes <= WINDOW_BYTES / 2) {
		code = fill_window(p, at, worth_reading(p, at, bytes), err);
		if (code)
			return code;
	}
	if (in_window(p, at) >= bytes) {
		*out = p->window.data + (at - p->window_at);
		return ERR_NONE;
	}
	if (!pq_block_need(&p->desk->packed, bytes, &p->desk->budget))
		return pq_page_too_large(p, err);
	*out = p->desk->packed.data;
	return read_body(p, p->desk->packed.data, err);
}

static enum err_code
check_crc(const struct pq_pages *p, const uint8_t *packed, struct err *err)
{
	const struct pq_page_header *h = &p->page.header;

	if (!h->has_crc || pq_crc(0, packed, (size_t)h->packed_bytes) == h->crc)
		return ERR_NONE;
	return pq_page_error(p, err, "its checksum is wrong; the file is damaged");
}

/* Unpack what follows the first `plain` bytes, which are not packed. */
static enum err_code
unpack(struct pq_pages *p, struct pq_block *block, size_t plain, struct err *err)
{
	const struct pq_page_header *h = &p->page.header;
	size_t packed = (size_t)h->packed_bytes, unpacked = (size_t)h->unpacked_bytes;
	const uint8_t *body = NULL;
	enum err_code code;
	struct err why;

	if (unpacked < plain)
		return pq_page_error(p, err,
				     "the levels are longer than the page; the file is damaged");
	if (unpacked > PQ_PAGE_FREE_BYTES &&
	    unpacked / PQ_RATIO_MAX > packed + PQ_SLACK_BYTES / PQ_RATIO_MAX)
		return pq_page_error(p, err,
				     "%zu bytes shall become %zu, which is more than %d times as "
				     "much; it is not read",
				     packed, unpacked, PQ_RATIO_MAX);
	if (!pq_block_need(block, unpacked, &p->desk->budget))
		return pq_page_too_large(p, err);
	code = packed_body(p, &body, err);
	if (!code)
		code = check_crc(p, body, err);
	if (code)
		return code;
	memcpy(block->data, body, plain);
	p->page.end = block->data + plain;
	/* Pages without a value may have any body. */
	if (unpacked == plain || packed == plain)
		return ERR_NONE;
	code = pq_unpack(p->desk->packer, p->chunk->codec, body + plain, packed - plain,
			 block->data + plain, unpacked - plain, &why);
	if (code == ERR_SYSTEM) /* a library is missing: that is not the file's fault */
		return report(p, code, err, why.msg);
	if (code)
		return pq_page_error(p, err, "%s; the file is damaged", why.msg);
	p->page.end = block->data + unpacked;
	return ERR_NONE;
}

static enum err_code
copy(struct pq_pages *p, struct pq_block *block, struct err *err)
{
	size_t bytes = (size_t)p->page.header.packed_bytes;
	enum err_code code;

	if (!pq_block_need(block, bytes, &p->desk->budget))
		return pq_page_too_large(p, err);
	code = read_body(p, block->data, err);
	p->page.end = block->data + bytes;
	return code ? code : check_crc(p, block->data, err);
}

/* Where levels and values of a DATA_PAGE begin. */
static enum err_code
split_v1(struct pq_pages *p, const uint8_t *data, struct err *err)
{
	struct pq_page *page = &p->page;
	size_t left = (size_t)(page->end - data), bits;

	page->values = data;
	if (!p->leaf->max_definition || page->header.type == PQ_DICTIONARY_PAGE)
		return ERR_NONE;
	if (page->header.definition_encoding == PQ_RLE && left >= LENGTH_BYTES) {
		page->level_bytes = (size_t)data[0] | (size_t)data[1] << 8 | (size_t)data[2] << 16 |
				    (size_t)data[3] << 24;
		data += LENGTH_BYTES;
		left -= LENGTH_BYTES;
	} else if (page->header.definition_encoding == PQ_BIT_PACKED) {
		bits = (size_t)page->header.n_values *
		       (size_t)pq_bit_width((uint32_t)p->leaf->max_definition);
		page->level_bytes = (bits + 7) / 8;
	} else if (page->header.definition_encoding != PQ_RLE) {
		return pq_page_error(p, err, "levels with encoding %s (%d) are not supported",
				     pq_encoding_name(page->header.definition_encoding),
				     page->header.definition_encoding);
	} else {
		left = 0;
		page->level_bytes = 1;
	}
	if (page->level_bytes > left)
		return pq_page_error(p, err,
				     "the levels are longer than the page; the file is damaged");
	page->levels = data;
	page->values = data + page->level_bytes;
	return ERR_NONE;
}

static enum err_code
unpack_v2(struct pq_pages *p, struct pq_block *block, struct err *err)
{
	struct pq_page *page = &p->page;
	const struct pq_page_header *h = &page->header;
	size_t definition = (size_t)h->definition_bytes, repetition = (size_t)h->repetition_bytes;
	bool is_packed = p->chunk->codec != PQ_UNCOMPRESSED && h->is_packed;
	enum err_code code;

	/* Some writers packed the page and said that they had not. */
	if (p->chunk->codec != PQ_UNCOMPRESSED && h->packed_bytes != h->unpacked_bytes)
		is_packed = true;
	code = is_packed ? unpack(p, block, definition + repetition, err) : copy(p, block, err);
	if (code)
		return code;
	page->levels = block->data + repetition;
	page->level_bytes = definition;
	page->values = page->levels + definition;
	return ERR_NONE;
}

enum err_code
pq_page_unpack(struct pq_pages *p, struct pq_block *block, struct err *err)
{
	enum err_code code;

	if (p->page.header.type == PQ_DATA_PAGE_V2)
		code = unpack_v2(p, block, err);
	else if (p->chunk->codec == PQ_UNCOMPRESSED)
		code = copy(p, block, err);
	else
		code = unpack(p, block, 0, err);
	if (!code && p->page.header.type != PQ_DATA_PAGE_V2)
		code = split_v1(p, block->data, err);
	if (!code && block->data)
		memset(block->data + (p->page.end - block->data), 0, PQ_PAD);
	return code;
}
