/* page_index.c - where the pages of a chunk are, and between which bounds their values lie. */
#include "worker/parquet/meta/page_index.h"

#include "worker/parquet/meta/reader.h"

static enum err_code
report(const struct pq_reader *r, const char *what, size_t bytes, struct err *err)
{
	return err_set(err, ERR_INPUT, "read %s: %s (at byte %zu of %zu)", what, r->thrift.why,
		       thrift_used(&r->thrift), bytes);
}

static void
read_location(struct thrift *t, struct pq_page_location *p)
{
	struct thrift_fields s;

	thrift_open(t, &s);
	while (thrift_next(t, &s)) {
		if (s.id == 1)
			p->offset = thrift_size64(t);
		else if (s.id == 2)
			p->packed_bytes = thrift_size32(t);
		else if (s.id == 3)
			p->first_row = thrift_size64(t);
		else
			thrift_skip(t);
	}
	thrift_require(t, &s, THRIFT_FIELD(1) | THRIFT_FIELD(2) | THRIFT_FIELD(3),
		       "the offset, size or first row of a page is missing");
}

static void
read_locations(struct pq_reader *r, struct pq_offset_index *index)
{
	struct thrift_list l;

	thrift_list(&r->thrift, &l);
	index->pages = pq_reader_take(r, l.count, sizeof(*index->pages));
	index->n_pages = l.count;
	while (thrift_item(&r->thrift, &l))
		read_location(&r->thrift, &index->pages[l.at]);
}

enum err_code
pq_offset_index_read(struct pq_offset_index *out, const void *data, size_t bytes,
		     struct arena *arena, struct err *err)
{
	struct pq_offset_index index = { .n_pages = 0 };
	struct pq_reader r;
	struct thrift_fields s;

	pq_reader_init(&r, data, bytes, arena);
	thrift_open(&r.thrift, &s);
	while (thrift_next(&r.thrift, &s)) {
		if (s.id == 1)
			read_locations(&r, &index);
		else
			thrift_skip(&r.thrift);
	}
	thrift_require(&r.thrift, &s, THRIFT_FIELD(1), "the locations of the pages are missing");
	if (r.thrift.why)
		return report(&r, "offset index", bytes, err);
	*out = index;
	return ERR_NONE;
}

/*
 * Begin one of the lists that have an element for each page.  The first of them says how many pages
 * there are.
 */
static void
begin(struct pq_reader *r, struct pq_column_index *index, struct thrift_list *l, bool is_first)
{
	thrift_list(&r->thrift, l);
	if (is_first) {
		index->pages = pq_reader_take(r, l->count, sizeof(*index->pages));
		index->n_pages = l->count;
		for (size_t i = 0; index->pages && i < index->n_pages; i++)
			index->pages[i].null_count = -1;
	} else if (l->count != index->n_pages) {
		thrift_fail(&r->thrift, "lists with one element for each page differ in length");
	}
}

/* One of those lists, number `id` of a column index. */
static void
read_pages(struct pq_reader *r, struct pq_column_index *index, int id, bool is_first)
{
	struct pq_page_bounds *page;
	struct thrift_list l;

	begin(r, index, &l, is_first);
	while (thrift_item(&r->thrift, &l)) {
		page = &index->pages[l.at];
		if (id == 1)
			page->all_null = thrift_bool(&r->thrift);
		else if (id == 2)
			page->min = pq_reader_span(r);
		else if (id == 3)
			page->max = pq_reader_span(r);
		else
			page->null_count = thrift_i64(&r->thrift);
		/* Advice that makes no sense is no advice. */
		if (page->null_count < 0)
			page->null_count = -1;
	}
}

static int32_t
read_boundary_order(struct thrift *t)
{
	int32_t order = thrift_i32(t);

	/* One that nobody knows is none. */
	return order == 1 || order == 2 ? order : 0;
}

enum err_code
pq_column_index_read(struct pq_column_index *out, const void *data, size_t bytes,
		     struct arena *arena, struct err *err)
{
	struct pq_column_index index = { .n_pages = 0 };
	struct pq_reader r;
	struct thrift_fields s;
	bool is_first = true;

	pq_reader_init(&r, data, bytes, arena);
	thrift_open(&r.thrift, &s);
	while (thrift_next(&r.thrift, &s)) {
		if (s.id == 4) {
			index.boundary_order = read_boundary_order(&r.thrift);
		} else if (s.id == 1 || s.id == 2 || s.id == 3 || s.id == 5) {
			read_pages(&r, &index, s.id, is_first);
			is_first = false;
		} else {
			thrift_skip(&r.thrift);
		}
	}
	thrift_require(&r.thrift, &s,
		       THRIFT_FIELD(1) | THRIFT_FIELD(2) | THRIFT_FIELD(3) | THRIFT_FIELD(4),
		       "the null pages, the bounds or their order are missing");
	if (r.thrift.why)
		return report(&r, "column index", bytes, err);
	index.has_null_counts = s.seen & THRIFT_FIELD(5);
	*out = index;
	return ERR_NONE;
}

void
pq_offset_index_write(const struct pq_offset_index *index, struct buf *out)
{
	struct thrift_out w;

	thrift_out_init(&w, out);
	thrift_put_struct(&w, THRIFT_ITEM);
	thrift_put_list(&w, 1, THRIFT_STRUCT, index->n_pages);
	for (size_t i = 0; i < index->n_pages; i++) {
		thrift_put_struct(&w, THRIFT_ITEM);
		thrift_put_i64(&w, 1, index->pages[i].offset);
		thrift_put_i32(&w, 2, index->pages[i].packed_bytes);
		thrift_put_i64(&w, 3, index->pages[i].first_row);
		thrift_put_end(&w);
	}
	thrift_put_end(&w);
}

/* Bounds of a page without values are empty, as the format wants it. */
static struct span
bound(const struct pq_page_bounds *page, struct span s)
{
	if (page->all_null)
		s.bytes = 0;
	return s;
}

void
pq_column_index_write(const struct pq_column_index *index, struct buf *out)
{
	const struct pq_page_bounds *p = index->pages;
	struct thrift_out w;

	thrift_out_init(&w, out);
	thrift_put_struct(&w, THRIFT_ITEM);
	thrift_put_list(&w, 1, THRIFT_TRUE, index->n_pages);
	for (size_t i = 0; i < index->n_pages; i++)
		thrift_put_bool(&w, THRIFT_ITEM, p[i].all_null);
	thrift_put_list(&w, 2, THRIFT_BINARY, index->n_pages);
	for (size_t i = 0; i < index->n_pages; i++)
		thrift_put_binary(&w, THRIFT_ITEM, bound(&p[i], p[i].min));
	thrift_put_list(&w, 3, THRIFT_BINARY, index->n_pages);
	for (size_t i = 0; i < index->n_pages; i++)
		thrift_put_binary(&w, THRIFT_ITEM, bound(&p[i], p[i].max));
	thrift_put_i32(&w, 4, index->boundary_order);
	if (index->has_null_counts) {
		thrift_put_list(&w, 5, THRIFT_I64, index->n_pages);
		for (size_t i = 0; i < index->n_pages; i++)
			thrift_put_i64(&w, THRIFT_ITEM, p[i].null_count);
	}
	thrift_put_end(&w);
}
