/* column.c - one column of a file: its chunks become columns of batches. */
#include "worker/parquet/read/column.h"

#include "core/base/mem.h"
#include "worker/parquet/code/rle.h"
#include "worker/parquet/meta/page_header.h"
#include "worker/parquet/meta/page_index.h"
#include "worker/parquet/read/dictionary.h"
#include "worker/parquet/read/job.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

void
pq_scratch_init(struct pq_scratch *s)
{
	s->raw.any = mem_new(PQ_BATCH_ROWS_MAX, sizeof(struct span));
	s->levels = mem_new(PQ_BATCH_ROWS_MAX, sizeof(*s->levels));
	s->codes = mem_new(PQ_BATCH_ROWS_MAX, sizeof(*s->codes));
	s->valid = mem_new(PQ_BATCH_ROWS_MAX, sizeof(*s->valid));
	s->faults = mem_new(PQ_BATCH_ROWS_MAX, sizeof(*s->faults));
}

void
pq_scratch_release(struct pq_scratch *s)
{
	free(s->raw.any);
	free(s->levels);
	free(s->codes);
	free(s->valid);
	free(s->faults);
}

void
pq_column_init(struct pq_column *c, size_t at, const struct pq_leaf *leaf,
	       const struct pq_convert *convert, struct pq_desk *desk, struct pq_scratch *scratch)
{
	*c = (struct pq_column){
		.at = at,
		.leaf = leaf,
		.convert = *convert,
		.desk = desk,
		.scratch = scratch,
		.page_keep.budget = &desk->budget,
		.batch_keep.budget = &desk->budget,
		.dictionary.keep.budget = &desk->budget,
	};
}

void
pq_column_release(struct pq_column *c)
{
	struct pq_budget *budget = &c->desk->budget;

	pq_pages_close(&c->pages);
	pq_block_free(&c->body, budget);
	pq_block_free(&c->spare, budget);
	pq_block_free(&c->levels_body, budget);
	pq_block_free(&c->spans, budget);
	pq_keep_release(&c->page_keep);
	pq_keep_release(&c->batch_keep);
	pq_dictionary_release(&c->dictionary, budget);
	free(c->faults);
}

enum err_code
pq_column_open(struct pq_column *c, const struct pq_file *file, size_t group, struct err *err)
{
	c->row = 0;
	c->index = NULL;
	c->page_rows = 0;
	c->is_constant = c->is_begun = c->is_unpacked = c->has_dictionary = false;
	pq_keep_empty(&c->page_keep);
	if (!c->leaf)
		return ERR_NONE;
	pq_dictionary_clear(&c->dictionary, &c->convert);
	return pq_pages_open(&c->pages, file, c->leaf, group, c->desk, err);
}

void
pq_column_set_constant(struct pq_column *c, int64_t value)
{
	c->is_constant = true;
	c->dictionary.single.number = value;
	c->dictionary.entries.count = 1;
}

/*
 * Of the blocks that the last batch borrowed the largest is kept for the next page: a
 * page's worth of memory from the system costs as much as unpacking it.
 */
void
pq_column_begin(struct pq_column *c)
{
	struct pq_keep *k = &c->batch_keep;

	c->n_faults = 0;
	for (size_t i = 0; i < k->n; i++) {
		struct pq_block block = k->blocks[i];

		if (block.room > c->spare.room) {
			k->blocks[i] = c->spare;
			c->spare = block;
		}
	}
	pq_keep_empty(k);
}

/* ---- pages ---- */

/* The page is done with; texts of the batch may point into it. */
static void
leave_page(struct pq_column *c)
{
	if (c->is_unpacked && c->convert.borrows) {
		pq_keep_block(&c->batch_keep, &c->body);
		pq_keep_move(&c->page_keep, &c->batch_keep);
	}
	pq_keep_empty(&c->page_keep);
	c->is_unpacked = false;
	c->page_rows = 0;
}

static enum err_code
take_dictionary(struct pq_column *c, struct err *err)
{
	if (c->has_dictionary || c->pages.n_data_pages)
		return pq_page_error(&c->pages, err,
				     "a second dictionary, or one behind the data; the file is "
				     "damaged");
	c->has_dictionary = true;
	return pq_dictionary_read(&c->dictionary, &c->pages, &c->convert, err);
}

/* The page index, when it is used, has to be right about every page that is met. */
static enum err_code
check_index(const struct pq_column *c, struct err *err)
{
	const struct pq_offset_index *index = c->index;
	size_t number = c->pages.n_data_pages - 1;
	int64_t end = c->pages.n_values, first = end - c->pages.page.header.n_values;
	int64_t end_wanted = c->pages.chunk->n_values;

	if (!index)
		return ERR_NONE;
	if (number + 1 < index->n_pages)
		end_wanted = index->pages[number + 1].first_row;
	if (number < index->n_pages && index->pages[number].first_row == first && end == end_wanted)
		return ERR_NONE;
	return pq_page_error(&c->pages, err,
			     "it has rows %lld to %lld, the page index says something else; the "
			     "file is damaged",
			     (long long)first, (long long)end - 1);
}

/* The header of the next data page that has values; the dictionary on the way to it is read. */
static enum err_code
next_page(struct pq_column *c, struct err *err)
{
	const struct pq_page_header *h = &c->pages.page.header;
	enum err_code code;

	leave_page(c);
	c->is_begun = true;
	do {
		code = pq_pages_next(&c->pages, err);
		if (!code && h->type == PQ_DICTIONARY_PAGE)
			code = take_dictionary(c, err);
		else if (!code)
			code = check_index(c, err);
	} while (!code && (h->type == PQ_DICTIONARY_PAGE || !h->n_values));
	if (!code)
		c->page_rows = (size_t)h->n_values;
	return code;
}

enum err_code
pq_column_dictionary(struct pq_column *c, struct err *err)
{
	assert(!c->is_begun);
	return next_page(c, err);
}

static enum err_code
open_levels(struct pq_column *c, struct err *err)
{
	const struct pq_page *page = &c->pages.page;
	size_t n = (size_t)page->header.n_values;
	int width = pq_bit_width((uint32_t)c->leaf->max_definition);
	bool is_good;

	c->flat_levels = NULL;
	if (!c->leaf->max_definition) {
		if (page->header.type == PQ_DATA_PAGE_V2 && page->header.n_nulls)
			return pq_page_error(
			    &c->pages, err,
			    "it has nulls, but the column cannot be null; the file "
			    "is damaged");
		return ERR_NONE;
	}
	if (page->header.type == PQ_DATA_PAGE_V2 ||
	    page->header.definition_encoding != PQ_BIT_PACKED) {
		is_good = pq_rle_init(&c->levels, page->levels, page->level_bytes, width);
	} else {
		uint32_t *levels;

		if (!pq_block_need(&c->levels_body, n * sizeof(*levels), &c->desk->budget))
			return pq_page_too_large(&c->pages, err);
		levels = (uint32_t *)(void *)c->levels_body.data;
		is_good = pq_bit_packed_read(page->levels, page->level_bytes, width, n, levels);
		c->flat_levels = levels;
	}
	return is_good ? ERR_NONE : pq_page_error(&c->pages, err, "its levels are damaged");
}

static enum err_code
open_codes(struct pq_column *c, struct err *err)
{
	const struct pq_page *page = &c->pages.page;
	const uint8_t *at = page->values;
	size_t bytes = (size_t)(page->end - at);

	c->is_bare = !bytes;
	if (pq_rle_init(&c->codes, at + (bytes ? 1 : 0), bytes ? bytes - 1 : 0, bytes ? at[0] : 0))
		return ERR_NONE;
	return pq_page_error(&c->pages, err, "codes of %d bits; the file is damaged", at[0]);
}

static enum err_code
open_page(struct pq_column *c, struct err *err)
{
	const struct pq_page_header *h = &c->pages.page.header;
	enum err_code code;
	const char *why;

	if (!c->body.data) {
		c->body = c->spare;
		c->spare = (struct pq_block){ 0 };
	}
	code = pq_page_unpack(&c->pages, &c->body, err);
	if (!code)
		code = open_levels(c, err);
	if (code)
		return code;
	c->is_unpacked = true;
	c->is_coded = h->encoding == PQ_PLAIN_DICTIONARY || h->encoding == PQ_RLE_DICTIONARY;
	if (c->is_coded)
		return open_codes(c, err);
	why = pq_decoder_open(&c->decoder, c->leaf->element, &c->pages.page, &c->spans,
			      &c->page_keep);
	if (!why)
		return ERR_NONE;
	if (c->decoder.too_large)
		return pq_page_too_large(&c->pages, err);
	return pq_page_error(&c->pages, err, "%s: %s (%d)", why, pq_encoding_name(h->encoding),
			     h->encoding);
}

/* ---- levels ---- */

static enum err_code
read_levels(struct pq_column *c, size_t n, uint32_t *levels, struct err *err)
{
	if (c->flat_levels) {
		memcpy(levels, c->flat_levels, n * sizeof(*levels));
		c->flat_levels += n;
	} else if (!pq_rle_read(&c->levels, levels, n)) {
		return pq_page_error(&c->pages, err, "its levels are damaged");
	}
	return ERR_NONE;
}

/* The largest of n numbers. */
static uint32_t
largest(const uint32_t *numbers, size_t n)
{
	uint32_t max = 0;

	for (size_t i = 0; i < n; i++)
		max = numbers[i] > max ? numbers[i] : max;
	return max;
}

/* valid[] of the next n rows; *present: how many of them have a value. */
static enum err_code
read_valid(struct pq_column *c, size_t n, bool *valid, size_t *present, struct err *err)
{
	uint32_t max = (uint32_t)c->leaf->max_definition, *levels = c->scratch->levels;
	enum err_code code;
	size_t count = 0;

	*present = n;
	if (!max || (!c->flat_levels && pq_rle_is_run(&c->levels, n, max))) {
		memset(valid, true, n);
		if (max && !pq_rle_skip(&c->levels, n))
			return pq_page_error(&c->pages, err, "its levels are damaged");
		return ERR_NONE;
	}
	code = read_levels(c, n, levels, err);
	if (code)
		return code;
	if (largest(levels, n) > max)
		return pq_page_error(&c->pages, err, "a level above %u; the file is damaged", max);
	for (size_t i = 0; i < n; i++) {
		valid[i] = levels[i] == max;
		count += levels[i] == max;
	}
	*present = count;
	return ERR_NONE;
}

/* ---- values ---- */

/* Move the `present` values at the start of an array to their rows; nulls become zero. */
static void
spread_words(int64_t *words, const bool *valid, size_t n, size_t present)
{
	for (size_t i = n; i-- > 0;)
		words[i] = valid[i] ? words[--present] : 0;
}

static void
spread_texts(struct span *texts, const bool *valid, size_t n, size_t present)
{
	static const struct span none = { "", 0 };

	for (size_t i = n; i-- > 0;)
		texts[i] = valid[i] ? texts[--present] : none;
}

static void
spread_codes(uint32_t *codes, const bool *valid, size_t n, size_t present)
{
	for (size_t i = n; i-- > 0;)
		codes[i] = valid[i] ? codes[--present] : 0;
}

/* Where the values of a column go, from row `at` on. */
static union pq_array
values_from(const struct pq_column *c, struct batch *b, size_t at)
{
	struct col *col = &b->cols[c->at];
	union pq_array array;

	if (c->convert.into == PQ_TEXTS)
		array.texts = col->texts;
	else if (c->convert.into == PQ_REALS)
		array.reals = col->reals;
	else
		array.ints = col->ints;
	return pq_array_from(array, c->convert.into, at);
}

/* Row `row` of the batch has a fault. */
static void
mark(struct pq_column *c, size_t row, uint8_t fault)
{
	if (!c->faults)
		c->faults = mem_new(PQ_BATCH_ROWS_MAX, sizeof(*c->faults));
	if (!c->n_faults++)
		memset(c->faults, PQ_FINE, PQ_BATCH_ROWS_MAX);
	c->faults[row] = fault;
}

/* Faults of values that stand one behind the other become those of rows. */
static void
mark_values(struct pq_column *c, const struct pq_job *job, const bool *valid, size_t at, size_t n)
{
	size_t value = 0;

	for (size_t i = 0; i < n; i++) {
		if (!valid[i])
			continue;
		if (job->faults[value])
			mark(c, at + i, job->faults[value]);
		value++;
	}
}

static enum err_code
decode_error(struct pq_column *c, struct err *err)
{
	if (c->decoder.too_large)
		return pq_page_too_large(&c->pages, err);
	return pq_page_error(&c->pages, err, "it ends before its last value, or is damaged inside");
}

/* The next n rows of a page that has values, from row `at` of the batch on. */
static enum err_code
read_values(struct pq_column *c, struct batch *b, size_t at, size_t n, struct err *err)
{
	struct col *col = &b->cols[c->at];
	union pq_array out = values_from(c, b, at);
	struct pq_job job = { .in = c->scratch->raw,
			      .out = out,
			      .keep = &c->batch_keep,
			      .faults = c->scratch->faults };
	bool *valid = col->valid + at;
	enum err_code code = read_valid(c, n, valid, &job.n, err);

	if (code)
		return code;
	if (!pq_decoder_read(&c->decoder, job.n, c->convert.run ? job.in : out))
		return decode_error(c, err);
	if (c->convert.run)
		c->convert.run(&c->convert, &job);
	if (job.too_large)
		return pq_page_too_large(&c->pages, err);
	if (c->convert.into == PQ_TEXTS && !pq_texts_fit(out.texts, job.n, &c->desk->budget))
		return pq_page_text_too_long(&c->pages, err);
	if (job.n_faults)
		mark_values(c, &job, valid, at, n);
	if (job.n == n)
		return ERR_NONE;
	col->no_nulls = false;
	if (c->convert.into == PQ_TEXTS)
		spread_texts(out.texts, valid, n, job.n);
	else
		spread_words(out.ints, valid, n, job.n);
	return ERR_NONE;
}

/* ---- codes ---- */

/* Rows at to at + n - 1 get the values that their codes stand for. */
static void
look_up(struct pq_column *c, struct batch *b, size_t at, const uint32_t *codes, size_t n)
{
	const struct col_dict *d = &c->dictionary.entries;
	union pq_array out = values_from(c, b, at);

	if (c->convert.into == PQ_TEXTS)
		for (size_t i = 0; i < n; i++)
			out.texts[i] = d->texts[codes[i]];
	else
		for (size_t i = 0; i < n; i++)
			out.ints[i] = d->ints[codes[i]];
}

/* The next n codes of a page, those of its nulls 0; *present as in read_valid(). */
static enum err_code
decode_codes(struct pq_column *c, size_t n, bool *valid, uint32_t *codes, size_t *present,
	     struct err *err)
{
	size_t entries = c->dictionary.entries.count;
	enum err_code code = read_valid(c, n, valid, present, err);
	uint32_t max;

	if (code)
		return code;
	if ((*present && c->is_bare) || !pq_rle_read(&c->codes, codes, *present))
		return pq_page_error(&c->pages, err,
				     "it ends before its last code; the file is damaged");
	max = *present ? largest(codes, *present) : 0;
	if (*present && max >= entries)
		return pq_page_error(&c->pages, err,
				     "dictionary index %u, but the dictionary has %zu entries; the "
				     "file is damaged",
				     max, entries);
	if (*present < n)
		spread_codes(codes, valid, n, *present);
	return ERR_NONE;
}

static enum err_code
read_codes(struct pq_column *c, struct batch *b, size_t at, size_t n, struct err *err)
{
	struct col *col = &b->cols[c->at];
	uint32_t *codes = c->as_codes ? batch_codes(b, c->at) + at : c->scratch->codes;
	const uint8_t *faults = c->dictionary.faults.data;
	bool *valid = col->valid + at;
	size_t present = 0;
	enum err_code code = decode_codes(c, n, valid, codes, &present, err);

	if (code)
		return code;
	if (present < n)
		col->no_nulls = false;
	for (size_t i = 0; c->dictionary.n_faults && i < n; i++)
		if (valid[i] && faults[codes[i]])
			mark(c, at + i, faults[codes[i]]);
	if (!c->as_codes)
		look_up(c, b, at, codes, n);
	return ERR_NONE;
}

/* ---- rows ---- */

static enum err_code
need_page(struct pq_column *c, struct err *err)
{
	enum err_code code = c->page_rows ? ERR_NONE : next_page(c, err);

	if (!code && !c->is_unpacked)
		code = open_page(c, err);
	return code;
}

static enum err_code
read_stretch(struct pq_column *c, struct batch *b, size_t at, size_t n, struct err *err)
{
	if (at == 0)
		c->as_codes = c->is_coded;
	if (c->is_coded)
		return read_codes(c, b, at, n, err);
	if (c->as_codes) {
		look_up(c, b, 0, batch_codes(b, c->at), at);
		c->as_codes = false;
	}
	return read_values(c, b, at, n, err);
}

/* A column that needs no page: none in the file, or one value. */
static void
fill(struct pq_column *c, struct batch *b, size_t n)
{
	struct col *col = &b->cols[c->at];

	col->no_nulls = c->is_constant;
	memset(col->valid, c->is_constant, n);
	if (c->is_constant)
		memset(batch_codes(b, c->at), 0, n * sizeof(*col->codes));
	else
		memset(values_from(c, b, 0).any, 0, n * pq_form_bytes(c->convert.into));
	col->dict = c->is_constant ? &c->dictionary.entries : NULL;
}

/* Texts that say null become nulls; what is left are faults. */
static void
take_nulls(struct pq_column *c, struct col *col, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (c->faults[i] != PQ_JSON_NULL)
			continue;
		c->faults[i] = PQ_FINE;
		c->n_faults--;
		col->valid[i] = col->no_nulls = false;
	}
}

enum err_code
pq_column_read(struct pq_column *c, struct batch *b, size_t n, struct err *err)
{
	struct col *col = &b->cols[c->at];

	assert(n <= PQ_BATCH_ROWS_MAX);
	if (!c->leaf || c->is_constant) {
		fill(c, b, n);
		return ERR_NONE;
	}
	col->no_nulls = true;
	for (size_t done = 0; done < n;) {
		enum err_code code = need_page(c, err);
		size_t k = n - done < c->page_rows ? n - done : c->page_rows;

		if (!code)
			code = read_stretch(c, b, done, k, err);
		if (code)
			return code;
		c->page_rows -= k;
		done += k;
	}
	if (c->n_faults)
		take_nulls(c, col, n);
	c->row += (int64_t)n;
	col->dict = n && c->as_codes ? &c->dictionary.entries : NULL;
	return ERR_NONE;
}

/* Decode n rows of a page to no purpose. */
static enum err_code
discard(struct pq_column *c, size_t n, struct err *err)
{
	struct pq_scratch *s = c->scratch;
	enum err_code code = need_page(c, err);

	while (!code && n) {
		size_t k = n < PQ_BATCH_ROWS_MAX ? n : PQ_BATCH_ROWS_MAX, present = 0;

		if (c->is_coded)
			code = decode_codes(c, k, s->valid, s->codes, &present, err);
		else
			code = read_valid(c, k, s->valid, &present, err);
		if (!code && !c->is_coded && !pq_decoder_read(&c->decoder, present, s->raw))
			code = decode_error(c, err);
		c->page_rows -= k;
		n -= k;
	}
	return code;
}

/* Go to the page of row `target` when the page index knows where it is; *n: rows still to go. */
static void
jump(struct pq_column *c, int64_t *n)
{
	int64_t target = c->row + *n;
	size_t low = 0, high = c->index ? c->index->n_pages : 0;

	/* The last page that does not begin behind the target. */
	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (c->index->pages[middle].first_row <= target)
			low = middle;
		else
			high = middle;
	}
	if (!high || c->index->pages[low].first_row <= c->row + (int64_t)c->page_rows)
		return;
	leave_page(c);
	pq_pages_seek(&c->pages, c->index->pages[low].offset, low, c->index->pages[low].first_row);
	c->row = c->index->pages[low].first_row;
	*n = target - c->row;
}

enum err_code
pq_column_skip(struct pq_column *c, int64_t n, struct err *err)
{
	enum err_code code = ERR_NONE;

	if (!c->leaf || c->is_constant || !n)
		return ERR_NONE;
	if (!c->is_begun)
		code = next_page(c, err);
	if (!code)
		jump(c, &n);
	while (!code && n) {
		size_t k;

		if (!c->page_rows)
			code = next_page(c, err);
		if (code)
			break;
		k = (uint64_t)n < c->page_rows ? (size_t)n : c->page_rows;
		if (k == c->page_rows)
			leave_page(c);
		else
			code = discard(c, k, err);
		c->row += (int64_t)k;
		n -= (int64_t)k;
	}
	return code;
}
