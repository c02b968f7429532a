/*
 * write.c - Parquet as a format of writer.h: row groups, page index and footer.
 *
 * Rows are gathered column by column (build.h).  Full pages are made in all lanes (press.h);
 * those of a row group go out together, in the order of the columns.  What the settings are and
 * why: docs/PARQUET-WRITING.md.
 */
#include "worker/parquet/write/write.h"

#include "worker/parquet/write/build.h"
#include "worker/parquet/meta/meta_write.h"
#include "worker/parquet/meta/page_header.h"
#include "worker/parquet/meta/page_index.h"

#include <stdlib.h>
#include <string.h>

enum {
	GROUP_ROWS = 262144,
	GROUP_BYTES =
	    64 << 20, /* of values, unpacked: a row group ends behind the row that passes it */
	GROUPS_MAX = INT16_MAX, /* a row group has a number of 16 bits */
	TAIL_BYTES = 64 << 20,  /* page index and footer: a reader takes 256 MiB */
	CHUNK_TAIL_BYTES = 256, /* what a chunk takes in the footer, about */
	SLICE_ROWS = 2048,
};

static const char MAGIC[] = "PAR1";

/* The same from every build: who made a file must not show in it. */
static const char CREATED_BY[] = "tidemill version " TIDEMILL_VERSION " (build " TIDEMILL_VERSION
				 ")";

struct pq_output {
	struct writer *w;
	const struct schema *schema;
	struct pq_build *builds; /* the row group that is gathered, by column */
	size_t rows, bytes;      /* in it */
	struct pq_press press;
	int64_t at;          /* bytes of the file so far */
	int64_t total;       /* rows of the row groups so far */
	struct arena *arena; /* of what the row groups' chunks point to */
	struct pq_row_group *groups;
	size_t n_groups, groups_room;
	struct buf column_indexes, offset_indexes; /* they come before the footer */
};

/* ---- a row group goes out ---- */

static void
put_bytes(struct pq_output *o, const void *data, size_t bytes)
{
	writer_put(o->w, data, bytes);
	o->at += (int64_t)bytes;
}

static struct span
keep_span(struct pq_output *o, struct span s)
{
	return (struct span){ arena_bytes(o->arena, s.data, s.bytes), s.bytes };
}

/* Bounds of pages go up (1), or down (2), or neither (0); pages without a value do not count. */
static int32_t
boundary_order(const struct pq_kind *kind, struct pq_made_page *const *pages, size_t n)
{
	const struct pq_statistics *last = NULL;
	bool up = true, down = true;

	for (size_t i = 0; i < n; i++) {
		const struct pq_statistics *next = &pages[i]->stats;

		if (!pages[i]->n_values)
			continue;
		if (last) {
			int min = pq_bound_compare(kind, last->min, next->min);
			int max = pq_bound_compare(kind, last->max, next->max);

			up = up && min <= 0 && max <= 0;
			down = down && min >= 0 && max >= 0;
		}
		last = next;
	}
	return up ? 1 : down ? 2 : 0;
}

/* Without bounds of every page that has values there is no column index. */
static void
put_column_index(struct pq_output *o, struct pq_chunk *c, struct pq_made_page *const *pages,
		 size_t n)
{
	struct pq_column_index index = { .n_pages = n, .has_null_counts = true };

	c->column_index_at = -1;
	for (size_t i = 0; i < n; i++)
		if (pages[i]->n_values && !(pages[i]->stats.has_min && pages[i]->stats.has_max))
			return;
	index.pages = mem_new(n, sizeof(*index.pages));
	for (size_t i = 0; i < n; i++)
		index.pages[i] = (struct pq_page_bounds){
			.all_null = !pages[i]->n_values,
			.min = pages[i]->stats.min,
			.max = pages[i]->stats.max,
			.null_count = pages[i]->stats.null_count
		};
	index.boundary_order = boundary_order(pages[0]->kind, pages, n);
	c->column_index_at = (int64_t)o->column_indexes.bytes;
	pq_column_index_write(&index, &o->column_indexes);
	c->column_index_bytes = (int32_t)((int64_t)o->column_indexes.bytes - c->column_index_at);
	free(index.pages);
}

/* The pages lie one behind the other from `at` on. */
static void
put_offset_index(struct pq_output *o, struct pq_chunk *c, struct pq_made_page *const *pages,
		 size_t n)
{
	struct pq_offset_index index = { .pages = mem_new(n, sizeof(*index.pages)), .n_pages = n };
	int64_t at = c->data_offset;

	for (size_t i = 0; i < n; i++) {
		index.pages[i] = (struct pq_page_location){
			.offset = at,
			.packed_bytes = (int32_t)pages[i]->bytes,
			.first_row = (int64_t)pages[i]->row
		};
		at += (int64_t)pages[i]->bytes;
	}
	c->offset_index_at = (int64_t)o->offset_indexes.bytes;
	pq_offset_index_write(&index, &o->offset_indexes);
	c->offset_index_bytes = (int32_t)((int64_t)o->offset_indexes.bytes - c->offset_index_at);
	free(index.pages);
}

/* Statistics of a chunk: those of its pages, together. */
static void
say_chunk(struct pq_output *o, struct pq_chunk *c, struct pq_made_page *const *pages, size_t n)
{
	const struct pq_kind *kind = pages[0]->kind;
	struct pq_bounds bounds = { 0 };
	struct pq_bound_bytes bytes;

	for (size_t i = 0; i < n; i++) {
		pq_bounds_merge(&bounds, kind, &pages[i]->bounds);
		c->stats.null_count += pages[i]->stats.null_count;
	}
	pq_bounds_say(&bounds, kind, &bytes, &c->stats);
	if (c->stats.has_min)
		c->stats.min = keep_span(o, c->stats.min);
	if (c->stats.has_max)
		c->stats.max = keep_span(o, c->stats.max);
	c->stats.has_null_count = true;
}

/* The encodings of a chunk, and how many pages are in each. */
static void
say_encodings(struct pq_output *o, struct pq_chunk *c, enum pq_encoding encoding, size_t n_data)
{
	static const int plain[] = { PQ_PLAIN, PQ_RLE };
	static const int delta[] = { PQ_DELTA_BINARY_PACKED, PQ_RLE };
	static const int coded[] = { PQ_PLAIN, PQ_RLE, PQ_RLE_DICTIONARY };
	struct pq_page_count *counts = arena_get(o->arena, 2 * sizeof(*counts));
	size_t n = 0;

	if (encoding == PQ_RLE_DICTIONARY)
		counts[n++] = (struct pq_page_count){ PQ_DICTIONARY_PAGE, PQ_PLAIN, 1 };
	counts[n++] = (struct pq_page_count){ PQ_DATA_PAGE, encoding, (int32_t)n_data };
	c->page_counts = counts;
	c->n_page_counts = n;
	c->encodings = encoding == PQ_RLE_DICTIONARY        ? coded
		       : encoding == PQ_DELTA_BINARY_PACKED ? delta
							    : plain;
	c->n_encodings = encoding == PQ_RLE_DICTIONARY ? countof(coded) : countof(plain);
}

/* A column: its pages, a dictionary page first if it has codes. */
static void
put_chunk(struct pq_output *o, size_t column, struct pq_chunk *c)
{
	const struct pq_cut *cut = &o->builds[column].cut;
	struct pq_made_page *const *pages = cut->pages;
	const char **path = arena_get(o->arena, sizeof(*path));
	size_t n = cut->count;

	path[0] = o->schema->columns[column].name;
	*c = (struct pq_chunk){ .type = cut->kind->type,
				.codec = PQ_ZSTD,
				.path = path,
				.path_parts = 1,
				.n_values = (int64_t)cut->rows,
				.data_offset = o->at,
				.dictionary_offset = -1 };
	for (size_t i = 0; i < n; i++) {
		put_bytes(o, pages[i]->maker->made + pages[i]->at, pages[i]->bytes);
		c->packed_bytes += (int64_t)pages[i]->bytes;
		c->unpacked_bytes += (int64_t)pages[i]->unpacked_bytes;
	}
	if (pages[0]->is_dictionary) {
		c->dictionary_offset = c->data_offset;
		c->data_offset += (int64_t)pages[0]->bytes;
		pages++;
		n--;
	}
	say_chunk(o, c, pages, n);
	say_encodings(o, c, cut->encoding, n);
	put_column_index(o, c, pages, n);
	put_offset_index(o, c, pages, n);
}

static void
put_group(struct pq_output *o)
{
	struct pq_row_group *g;

	o->groups = mem_grow(o->groups, o->n_groups, &o->groups_room, sizeof(*o->groups));
	g = &o->groups[o->n_groups];
	*g = (struct pq_row_group){ .n_chunks = o->schema->count,
				    .rows = (int64_t)o->rows,
				    .file_offset = o->at,
				    .ordinal = (int16_t)o->n_groups };
	o->n_groups++;
	g->chunks = arena_get(o->arena, g->n_chunks * sizeof(*g->chunks));
	for (size_t i = 0; i < g->n_chunks; i++) {
		put_chunk(o, i, &g->chunks[i]);
		g->bytes += g->chunks[i].unpacked_bytes;
		g->packed_bytes += g->chunks[i].packed_bytes;
	}
}

static void
end_group(struct pq_output *o)
{
	size_t tail;

	if (!o->rows)
		return;
	for (size_t i = 0; i < o->schema->count; i++)
		pq_build_end(&o->builds[i]);
	pq_press_finish(&o->press);
	put_group(o);
	pq_press_reset(&o->press);
	for (size_t i = 0; i < o->schema->count; i++)
		pq_build_reset(&o->builds[i]);
	o->total += (int64_t)o->rows;
	o->rows = o->bytes = 0;
	tail = o->column_indexes.bytes + o->offset_indexes.bytes +
	       o->n_groups * o->schema->count * CHUNK_TAIL_BYTES;
	o->w->is_full = o->n_groups >= GROUPS_MAX || tail >= TAIL_BYTES;
}

/* ---- rows come in ---- */

/* What a row takes unpacked besides its texts: the same for every row, null or not. */
static size_t
fixed_bytes(const struct schema *schema)
{
	return schema->count * sizeof(uint64_t);
}

static size_t
text_bytes(const struct col *c, const uint32_t *rows, size_t from, size_t n)
{
	size_t bytes = 0;

	for (size_t i = from; i < from + n; i++) {
		size_t at = rows ? rows[i] : i;

		if (c->valid[at])
			bytes += col_text(c, at).bytes;
	}
	return bytes;
}

static size_t
bytes_of(const struct batch *b, const uint32_t *rows, size_t from, size_t n)
{
	size_t bytes = n * fixed_bytes(b->schema);

	for (size_t i = 0; i < b->schema->count; i++)
		if (col_is_text(b->cols[i].type))
			bytes += text_bytes(&b->cols[i], rows, from, n);
	return bytes;
}

/*
 * How many of n rows go into the row group: all, or up to the one that fills it.
 * Counted are the values as they are, not what becomes of them, so that it
 * depends on the rows alone.
 */
static size_t
rows_that_fit(struct pq_output *o, const struct batch *b, const uint32_t *rows, size_t from,
	      size_t n)
{
	size_t bytes;

	if (n > GROUP_ROWS - o->rows)
		n = GROUP_ROWS - o->rows;
	bytes = bytes_of(b, rows, from, n);
	if (o->bytes + bytes < GROUP_BYTES) {
		o->bytes += bytes;
		return n;
	}
	for (size_t i = 0; i < n; i++) {
		o->bytes += bytes_of(b, rows, from + i, 1);
		if (o->bytes >= GROUP_BYTES)
			return i + 1;
	}
	return n;
}

/* By slices, so that the texts of a row are still at hand for the next column. */
static size_t
add_rows(struct writer *w, const struct batch *b, const uint32_t *rows, size_t from, size_t n)
{
	struct pq_output *o = w->state;
	size_t done = 0;

	o->press.plain = w->plain;
	for (size_t i = 0; i < o->schema->count; i++)
		pq_build_expect(&o->builds[i], &b->cols[i], n);
	do {
		size_t slice = n - done < SLICE_ROWS ? n - done : SLICE_ROWS;
		size_t some = rows_that_fit(o, b, rows, from + done, slice);

		for (size_t i = 0; i < o->schema->count; i++)
			pq_build_add(&o->builds[i], &b->cols[i], rows, from + done, some);
		o->rows += some;
		done += some;
		w->may_end = o->rows == GROUP_ROWS || o->bytes >= GROUP_BYTES;
	} while (done < n && !w->may_end);
	if (w->may_end)
		end_group(o);
	return done;
}

/* ---- the file ---- */

static void
begin(struct writer *w)
{
	struct pq_output *o = mem_new(1, sizeof(*o));

	w->state = o;
	o->w = w;
	o->schema = w->schema;
	o->arena = arena_new();
	o->builds = mem_new(o->schema->count, sizeof(*o->builds));
	pq_press_init(&o->press);
	for (size_t i = 0; i < o->schema->count; i++)
		pq_build_init(&o->builds[i], o->schema->columns[i].type, &o->press);
	buf_init(&o->column_indexes, SIZE_MAX);
	buf_init(&o->offset_indexes, SIZE_MAX);
	put_bytes(o, MAGIC, strlen(MAGIC));
}

static void
close_file(struct writer *w)
{
	struct pq_output *o = w->state;

	pq_press_reset(&o->press); /* pages that wait are the columns' */
	for (size_t i = 0; i < o->schema->count; i++)
		pq_build_release(&o->builds[i]);
	pq_press_release(&o->press);
	buf_release(&o->column_indexes);
	buf_release(&o->offset_indexes);
	arena_free(o->arena);
	free(o->builds);
	free(o->groups);
	free(o);
}

/* All column indexes, then all offset indexes; the chunks learn where. */
static void
put_indexes(struct pq_output *o)
{
	int64_t columns_at = o->at, offsets_at = o->at + (int64_t)o->column_indexes.bytes;

	for (size_t g = 0; g < o->n_groups; g++) {
		for (size_t i = 0; i < o->groups[g].n_chunks; i++) {
			struct pq_chunk *c = &o->groups[g].chunks[i];

			c->offset_index_at += offsets_at;
			if (c->column_index_at >= 0)
				c->column_index_at += columns_at;
		}
	}
	put_bytes(o, o->column_indexes.data, o->column_indexes.bytes);
	put_bytes(o, o->offset_indexes.data, o->offset_indexes.bytes);
}

static void
put_footer(struct pq_output *o)
{
	size_t n = o->schema->count;
	struct pq_element *elements = arena_get(o->arena, (n + 1) * sizeof(*elements));
	enum pq_column_order *orders = arena_get(o->arena, n * sizeof(*orders));
	struct pq_meta meta = { .version = 1,
				.elements = elements,
				.n_elements = n + 1,
				.rows = o->total,
				.groups = o->groups,
				.n_groups = o->n_groups,
				.created_by = CREATED_BY,
				.orders = orders,
				.n_orders = n };
	struct buf footer;
	uint32_t bytes;

	elements[0] = (struct pq_element){ .name = "schema",
					   .type = PQ_GROUP,
					   .children = (int32_t)n };
	for (size_t i = 0; i < n; i++) {
		const struct pq_kind *kind = o->builds[i].kind;

		elements[i + 1] = (struct pq_element){ .name = o->schema->columns[i].name,
						       .type = kind->type,
						       .repetition = PQ_OPTIONAL,
						       .logical = kind->logical };
		orders[i] = PQ_ORDER_TYPE;
	}
	buf_init(&footer, SIZE_MAX);
	pq_meta_write(&meta, &footer);
	bytes = (uint32_t)footer.bytes;
	put_bytes(o, footer.data, footer.bytes);
	put_bytes(o, &bytes, sizeof(bytes));
	put_bytes(o, MAGIC, strlen(MAGIC));
	buf_release(&footer);
}

static void
end(struct writer *w)
{
	struct pq_output *o = w->state;

	end_group(o);
	put_indexes(o);
	put_footer(o);
}

const struct writer_format writer_parquet = {
	.begin = begin, .rows = add_rows, .end = end, .close = close_file
};
