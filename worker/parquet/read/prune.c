/* prune.c - rows that need not be read, because the file says what is in them. */
#include "worker/parquet/read/prune.h"

#include "core/time/civil.h"
#include "core/base/mem.h"
#include "worker/parquet/meta/page_header.h"
#include "worker/parquet/meta/page_index.h"
#include "worker/parquet/meta/reader.h"
#include "worker/parquet/read/job.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>

/* An index of more bytes is not worth reading. */
enum { INDEX_BYTES_MAX = 16 << 20 };

/* ---- bounds ---- */

/* May bounds of this leaf be compared as its values are? */
static bool
order_is_known(const struct pq_file *f, const struct pq_leaf *leaf)
{
	const struct pq_element *e = leaf->element;

	if (e->logical.is_unknown)
		return false;
	if (f->meta.n_orders)
		return f->meta.orders[leaf->index] == PQ_ORDER_TYPE;
	/* Without a word about it only signed integers have never been ordered in another way. */
	return (e->type == PQ_INT32 || e->type == PQ_INT64) &&
	       (e->logical.meaning != PQ_INTEGER || e->logical.is_signed);
}

static bool
decode_int(enum pq_type type, struct span raw, int64_t *out)
{
	uint32_t word;
	uint64_t words;

	if (type == PQ_INT32 && raw.bytes == sizeof(word)) {
		memcpy(&word, raw.data, sizeof(word));
		*out = (int32_t)le32toh(word);
		return true;
	}
	if (type == PQ_INT64 && raw.bytes == sizeof(words)) {
		memcpy(&words, raw.data, sizeof(words));
		*out = (int64_t)le64toh(words);
		return true;
	}
	return false;
}

static bool
int_bounds(const struct pq_leaf *leaf, const struct pq_convert *convert, struct span min,
	   struct span max, struct pq_limits *out)
{
	int64_t raw[2] = { 0 }, made[2] = { 0 };
	uint8_t faults[2];
	struct pq_job job = { .in.ints = raw, .out.ints = made, .n = 2, .faults = faults };

	if (!decode_int(leaf->element->type, min, &raw[0]) ||
	    !decode_int(leaf->element->type, max, &raw[1]))
		return false;
	if (convert->run)
		convert->run(convert, &job);
	else
		memcpy(made, raw, sizeof(made));
	out->min = made[0];
	out->max = made[1];
	return !job.n_faults && out->min <= out->max;
}

bool
pq_limits_get(const struct pq_file *f, const struct pq_leaf *leaf, const struct pq_convert *convert,
	      struct span min, struct span max, struct pq_limits *out)
{
	if (!order_is_known(f, leaf))
		return false;
	if (convert->into == PQ_INTS && convert->from == PQ_INTS)
		return int_bounds(leaf, convert, min, max, out);
	*out = (struct pq_limits){ .text_min = min };
	out->text_max = max;
	return convert->is_plain && span_compare(min, max) <= 0;
}

/* No value within the bounds is what the hint asks for. */
static bool
excludes(const struct pq_filter *filter, const struct pq_limits *b)
{
	const struct reader_hint *h = filter->hint;

	if (!h->is_text)
		return b->max < h->min || b->min > h->max;
	/* Bytes that are no text become one that the bounds know nothing of. */
	if (filter->convert.any_bytes && h->text.bytes && h->text.data[0] == '\\')
		return false;
	return span_compare(h->text, b->text_min) < 0 || span_compare(h->text, b->text_max) > 0;
}

bool
pq_prune_group(const struct pq_filter *filter, const struct pq_file *f, size_t group)
{
	const struct pq_row_group *g = &f->meta.groups[group];
	const struct pq_chunk *chunk = &g->chunks[filter->leaf->index];
	const struct pq_statistics *s = &chunk->stats;
	struct pq_limits bounds = { 0 };

	return s->has_min && s->has_max &&
	       pq_limits_get(f, filter->leaf, &filter->convert, s->min, s->max, &bounds) &&
	       excludes(filter, &bounds);
}

bool
pq_single_day(const struct pq_file *f, size_t group, const struct pq_leaf *leaf,
	      const struct pq_convert *convert, int64_t *value)
{
	const struct pq_statistics *s = &f->meta.groups[group].chunks[leaf->index].stats;
	struct pq_limits bounds = { 0 };

	if (leaf->max_definition && !(s->has_null_count && s->null_count == 0))
		return false;
	if (!s->has_min || !s->has_max || !pq_limits_get(f, leaf, convert, s->min, s->max, &bounds))
		return false;
	*value = bounds.min;
	return civil_day_of(bounds.min) == civil_day_of(bounds.max);
}

/* ---- dictionaries ---- */

/* True when the footer says so; what it does not say may be otherwise. */
static bool
all_coded(const struct pq_chunk *chunk)
{
	int32_t coded = 0;

	for (size_t i = 0; i < chunk->n_page_counts; i++) {
		const struct pq_page_count *p = &chunk->page_counts[i];

		if (p->page_type != PQ_DATA_PAGE && p->page_type != PQ_DATA_PAGE_V2)
			continue;
		if (p->count && p->encoding != PQ_PLAIN_DICTIONARY &&
		    p->encoding != PQ_RLE_DICTIONARY)
			return false;
		coded |= p->count;
	}
	return coded;
}

static bool
is_wanted(const struct reader_hint *h, const struct col_dict *d, size_t i)
{
	if (h->is_text)
		return span_equal(d->texts[i], h->text);
	return d->ints[i] >= h->min && d->ints[i] <= h->max;
}

enum err_code
pq_prune_dictionary(const struct pq_filter *filter, const struct pq_file *f, size_t group,
		    bool *pruned, struct err *err)
{
	struct pq_column *c = filter->column;
	const struct col_dict *d;
	enum err_code code;

	*pruned = false;
	if (!c || c->is_constant || c->is_begun ||
	    !all_coded(&f->meta.groups[group].chunks[filter->leaf->index]))
		return ERR_NONE;
	code = pq_column_dictionary(c, err);
	d = &c->dictionary.entries;
	if (code || !c->has_dictionary || c->dictionary.n_faults)
		return code;
	*pruned = true;
	for (size_t i = 0; i < d->count && *pruned; i++)
		*pruned = !is_wanted(filter->hint, d, i);
	return ERR_NONE;
}

/* ---- page index ---- */

/* Bytes of an index, and what of the budget is counted for them and all that is made of them. */
struct raw_index {
	char *data;
	size_t bytes, counted;
};

static void
drop_index(struct raw_index *raw, struct pq_budget *budget)
{
	free(raw->data);
	pq_budget_give(budget, raw->counted);
}

/* False: there is none, or it cannot be read, or the budget has no room: nothing depends on it. */
static bool
read_index(struct raw_index *raw, const struct pq_file *f, int64_t at, int32_t bytes,
	   struct pq_budget *budget)
{
	size_t counted;

	if (at < 0 || bytes <= 0 || bytes > INDEX_BYTES_MAX || at > f->data_end - bytes)
		return false;
	counted = (size_t)bytes + pq_memory_max((size_t)bytes);
	if (!pq_budget_take(budget, counted))
		return false;
	*raw = (struct raw_index){ mem_new((size_t)bytes, 1), (size_t)bytes, counted };
	if (!pq_file_read(f, at, raw->bytes, raw->data, NULL))
		return true;
	drop_index(raw, budget);
	return false;
}

/*
 * The pages have to lie in their chunk, and rows and places to ascend; anything else is not to be
 * trusted.
 */
static bool
is_sane(const struct pq_offset_index *index, int64_t rows, const struct pq_chunk *chunk)
{
	int64_t start = pq_chunk_start(chunk);

	for (size_t i = 0; i < index->n_pages; i++) {
		const struct pq_page_location *p = &index->pages[i];

		if (i == 0 ? p->first_row != 0
			   : p->first_row < p[-1].first_row || p->offset <= p[-1].offset)
			return false;
		if (p->offset < start || p->offset - start >= chunk->packed_bytes ||
		    p->first_row > rows)
			return false;
	}
	return index->n_pages;
}

const struct pq_offset_index *
pq_offset_index_get(const struct pq_file *f, size_t group, const struct pq_leaf *leaf,
		    struct arena *arena, struct pq_budget *budget)
{
	const struct pq_row_group *g = &f->meta.groups[group];
	const struct pq_chunk *chunk = &g->chunks[leaf->index];
	struct pq_offset_index *index;
	struct raw_index raw;
	bool is_good;

	if (!read_index(&raw, f, chunk->offset_index_at, chunk->offset_index_bytes, budget))
		return NULL;
	index = arena_get(arena, sizeof(*index));
	is_good = !pq_offset_index_read(index, raw.data, raw.bytes, arena, NULL) &&
		  is_sane(index, g->rows, chunk);
	/* The pages stay, and stay counted. */
	if (is_good)
		raw.counted -= index->n_pages * sizeof(*index->pages);
	drop_index(&raw, budget);
	return is_good ? index : NULL;
}

static bool
page_excluded(const struct pq_filter *filter, const struct pq_file *f,
	      const struct pq_page_bounds *page)
{
	struct pq_limits bounds = { 0 };

	if (page->all_null)
		return true;
	return pq_limits_get(f, filter->leaf, &filter->convert, page->min, page->max, &bounds) &&
	       excludes(filter, &bounds);
}

static void
add_range(struct pq_ranges *out, int64_t first, int64_t end)
{
	if (first >= end)
		return;
	if (out->n && out->items[out->n - 1].end == first) {
		out->items[out->n - 1].end = end;
		return;
	}
	out->items = mem_grow(out->items, out->n, &out->room, sizeof(*out->items));
	out->items[out->n++] = (struct pq_range){ first, end };
}

/* Append what of [first, end) is in `ranges`; *at moves along with ascending calls. */
static void
intersect(const struct pq_ranges *ranges, size_t *at, int64_t first, int64_t end,
	  struct pq_ranges *out)
{
	while (*at < ranges->n && ranges->items[*at].end <= first)
		++*at;
	for (size_t i = *at; i < ranges->n && ranges->items[i].first < end; i++) {
		const struct pq_range *r = &ranges->items[i];

		add_range(out, r->first > first ? r->first : first, r->end < end ? r->end : end);
	}
}

static void
keep_pages(const struct pq_filter *filter, const struct pq_file *f, int64_t rows,
	   const struct pq_offset_index *where, const struct pq_column_index *what,
	   struct pq_ranges *ranges)
{
	struct pq_ranges kept = { 0 };
	size_t at = 0;

	for (size_t i = 0; i < where->n_pages; i++) {
		int64_t end = i + 1 < where->n_pages ? where->pages[i + 1].first_row : rows;

		if (!page_excluded(filter, f, &what->pages[i]))
			intersect(ranges, &at, where->pages[i].first_row, end, &kept);
	}
	free(ranges->items);
	*ranges = kept;
}

void
pq_prune_pages(const struct pq_filter *filter, const struct pq_file *f, size_t group,
	       struct pq_budget *budget, struct pq_ranges *ranges)
{
	const struct pq_row_group *g = &f->meta.groups[group];
	const struct pq_chunk *chunk = &g->chunks[filter->leaf->index];
	const struct pq_offset_index *where;
	struct pq_column_index what;
	size_t used = budget->used;
	struct raw_index raw;
	struct arena *arena;

	if (!read_index(&raw, f, chunk->column_index_at, chunk->column_index_bytes, budget))
		return;
	arena = arena_new();
	where = pq_offset_index_get(f, group, filter->leaf, arena, budget);
	if (where && !pq_column_index_read(&what, raw.data, raw.bytes, arena, NULL) &&
	    what.n_pages == where->n_pages)
		keep_pages(filter, f, g->rows, where, &what, ranges);
	arena_free(arena);
	drop_index(&raw, budget);
	pq_budget_give(budget, budget->used - used);
}
