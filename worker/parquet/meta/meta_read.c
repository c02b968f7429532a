/* meta_read.c - the footer of a file, decoded and checked to fit together. */
#include "worker/parquet/meta/meta_read.h"

#include "worker/parquet/meta/meta_schema.h"
#include "worker/parquet/meta/reader.h"
#include "worker/parquet/meta/statistics.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

/* No place: nothing of the kind is being read. */
#define NOWHERE SIZE_MAX

struct footer {
	struct pq_reader r;
	size_t element, group, chunk; /* what is being read, for the message */
	bool over_limit;              /* what is wrong is that a bound was reached */
};

/* What a list is a list of. */
struct list_of {
	size_t bytes; /* of the struct that an item becomes */
	void (*read)(struct footer *f, void *item);
	uint32_t count_max; /* 0: what memory allows */
	const char *too_many;
};

/*
 * Read a list into an array of `*count` items.  `place` is where the number of the item stands
 * while it is read, for the message; NULL: it is not told.
 */
static void *
read_list(struct footer *f, const struct list_of *kind, size_t *count, size_t *place)
{
	struct thrift *t = &f->r.thrift;
	struct thrift_list l;
	char *items;

	thrift_list(t, &l);
	if (kind->count_max && l.count > kind->count_max) {
		thrift_fail(t, kind->too_many);
		f->over_limit = true;
	}
	items = pq_reader_take(&f->r, l.count, kind->bytes);
	*count = l.count;
	while (thrift_item(t, &l)) {
		if (place)
			*place = l.at;
		kind->read(f, items + l.at * kind->bytes);
	}
	if (place && !t->why)
		*place = NOWHERE;
	return items;
}

/* ---- schema ---- */

static void
read_element(struct footer *f, void *item)
{
	pq_element_read(&f->r, item, f->element == 0);
}

static const struct list_of elements = {
	sizeof(struct pq_element),
	read_element,
	PQ_COLUMNS_MAX,
	"the schema has more than 100000 elements",
};

/* ---- row groups ---- */

static void
read_encoding(struct footer *f, void *item)
{
	*(int *)item = thrift_i32(&f->r.thrift);
}

static void
read_path_part(struct footer *f, void *item)
{
	*(const char **)item = pq_reader_text(&f->r);
}

static void
read_page_count(struct footer *f, void *item)
{
	struct thrift *t = &f->r.thrift;
	struct pq_page_count *p = item;
	struct thrift_fields s;

	thrift_open(t, &s);
	while (thrift_next(t, &s)) {
		if (s.id == 1)
			p->page_type = thrift_i32(t);
		else if (s.id == 2)
			p->encoding = thrift_i32(t);
		else if (s.id == 3)
			p->count = thrift_size32(t);
		else
			thrift_skip(t);
	}
	thrift_require(t, &s, THRIFT_FIELD(1) | THRIFT_FIELD(2) | THRIFT_FIELD(3),
		       "encoding statistics are incomplete");
}

static void
read_statistics(struct footer *f, struct pq_statistics *stats)
{
	pq_statistics_read(&f->r.thrift, stats);
	stats->min = pq_reader_keep(&f->r, stats->min);
	stats->max = pq_reader_keep(&f->r, stats->max);
}

static const struct list_of encodings = { sizeof(int), read_encoding, 0, NULL };
static const struct list_of path_parts = { sizeof(char *), read_path_part, 0, NULL };
static const struct list_of page_counts = { sizeof(struct pq_page_count), read_page_count, 0,
					    NULL };

static void
read_column(struct footer *f, struct pq_chunk *c)
{
	struct thrift *t = &f->r.thrift;
	struct thrift_fields s;

	thrift_open(t, &s);
	while (thrift_next(t, &s)) {
		switch (s.id) {
		case 1:
			c->type = pq_type_read(t);
			break;
		case 2:
			c->encodings = read_list(f, &encodings, &c->n_encodings, NULL);
			break;
		case 3:
			c->path = read_list(f, &path_parts, &c->path_parts, NULL);
			break;
		case 4:
			c->codec = thrift_i32(t);
			break;
		case 5:
			c->n_values = thrift_size64(t);
			break;
		case 6:
			c->unpacked_bytes = thrift_size64(t);
			break;
		case 7:
			c->packed_bytes = thrift_size64(t);
			break;
		case 9:
			c->data_offset = thrift_size64(t);
			break;
		case 11:
			c->dictionary_offset = thrift_size64(t);
			break;
		case 12:
			read_statistics(f, &c->stats);
			break;
		case 13:
			c->page_counts = read_list(f, &page_counts, &c->n_page_counts, NULL);
			break;
		default:
			thrift_skip(t);
		}
	}
	/* The encodings (2) may be missing: nobody decides anything by them. */
	thrift_require(t, &s,
		       THRIFT_FIELD(1) | THRIFT_FIELD(3) | THRIFT_FIELD(4) | THRIFT_FIELD(5) |
			   THRIFT_FIELD(6) | THRIFT_FIELD(7) | THRIFT_FIELD(9),
		       "its type, path, codec, sizes or offset are missing");
}

static void
read_chunk(struct footer *f, void *item)
{
	struct thrift *t = &f->r.thrift;
	struct pq_chunk *c = item;
	struct thrift_fields s;

	c->dictionary_offset = c->offset_index_at = c->column_index_at = -1;
	thrift_open(t, &s);
	while (thrift_next(t, &s)) {
		switch (s.id) {
		case 1:
			c->file_path = pq_reader_text(&f->r);
			break;
		case 3:
			read_column(f, c);
			break;
		case 4:
			c->offset_index_at = thrift_size64(t);
			break;
		case 5:
			c->offset_index_bytes = thrift_size32(t);
			break;
		case 6:
			c->column_index_at = thrift_size64(t);
			break;
		case 7:
			c->column_index_bytes = thrift_size32(t);
			break;
		case 8:
		case 9:
			c->encrypted = true;
			thrift_skip(t);
			break;
		default:
			thrift_skip(t);
		}
	}
	if (!c->encrypted)
		thrift_require(t, &s, THRIFT_FIELD(3), "its metadata are missing");
}

static void
read_sorting_column(struct footer *f, void *item)
{
	struct thrift *t = &f->r.thrift;
	struct pq_sorting *p = item;
	struct thrift_fields s;

	thrift_open(t, &s);
	while (thrift_next(t, &s)) {
		if (s.id == 1)
			p->column = thrift_size32(t);
		else if (s.id == 2)
			p->descending = thrift_bool(t);
		else if (s.id == 3)
			p->nulls_first = thrift_bool(t);
		else
			thrift_skip(t);
	}
	thrift_require(t, &s, THRIFT_FIELD(1) | THRIFT_FIELD(2) | THRIFT_FIELD(3),
		       "a sorting column is incomplete");
}

static int16_t
read_ordinal(struct thrift *t)
{
	int32_t value = thrift_i32(t);

	if (value < INT16_MIN || value > INT16_MAX)
		thrift_fail(t, "its ordinal has more than 16 bits");
	return (int16_t)value;
}

static const struct list_of chunks = { sizeof(struct pq_chunk), read_chunk, 0, NULL };
static const struct list_of sorting = { sizeof(struct pq_sorting), read_sorting_column, 0, NULL };

static void
read_group(struct footer *f, void *item)
{
	struct thrift *t = &f->r.thrift;
	struct pq_row_group *g = item;
	struct thrift_fields s;

	thrift_open(t, &s);
	while (thrift_next(t, &s)) {
		switch (s.id) {
		case 1:
			g->chunks = read_list(f, &chunks, &g->n_chunks, &f->chunk);
			break;
		case 2:
			g->bytes = thrift_size64(t);
			break;
		case 3:
			g->rows = thrift_size64(t);
			break;
		case 4:
			g->sorting = read_list(f, &sorting, &g->n_sorting, NULL);
			break;
		case 5:
			/* Some writers have it wrong, and nobody needs it: not checked. */
			g->file_offset = thrift_i64(t);
			break;
		case 6:
			g->packed_bytes = thrift_size64(t);
			break;
		case 7:
			g->ordinal = read_ordinal(t);
			break;
		default:
			thrift_skip(t);
		}
	}
	thrift_require(t, &s, THRIFT_FIELD(1) | THRIFT_FIELD(2) | THRIFT_FIELD(3),
		       "its columns, size or number of rows are missing");
}

static const struct list_of groups = {
	sizeof(struct pq_row_group),
	read_group,
	PQ_ROW_GROUPS_MAX,
	"there are more than 1048576 row groups",
};

/* ---- the file ---- */

static void
read_key_value(struct footer *f, void *item)
{
	struct thrift *t = &f->r.thrift;
	struct pq_key_value *kv = item;
	struct thrift_fields s;

	thrift_open(t, &s);
	while (thrift_next(t, &s)) {
		if (s.id == 1)
			kv->key = pq_reader_text(&f->r);
		else if (s.id == 2)
			kv->value = pq_reader_span(&f->r).data;
		else
			thrift_skip(t);
	}
	thrift_require(t, &s, THRIFT_FIELD(1), "a key of the metadata is missing");
}

static void
read_order(struct footer *f, void *item)
{
	struct thrift *t = &f->r.thrift;
	enum pq_column_order *order = item;
	struct thrift_fields s;

	thrift_open(t, &s);
	while (thrift_next(t, &s)) {
		*order = s.id == 1 ? PQ_ORDER_TYPE : PQ_ORDER_OTHER;
		thrift_skip(t);
	}
}

static const struct list_of key_values = { sizeof(struct pq_key_value), read_key_value, 0, NULL };
static const struct list_of orders = { sizeof(enum pq_column_order), read_order, 0, NULL };

static void
read_file(struct footer *f, struct pq_meta *m)
{
	struct thrift *t = &f->r.thrift;
	struct thrift_fields s;

	thrift_open(t, &s);
	while (thrift_next(t, &s)) {
		switch (s.id) {
		case 1:
			m->version = thrift_i32(t);
			break;
		case 2:
			m->elements = read_list(f, &elements, &m->n_elements, &f->element);
			break;
		case 3:
			m->rows = thrift_size64(t);
			break;
		case 4:
			m->groups = read_list(f, &groups, &m->n_groups, &f->group);
			break;
		case 5:
			m->key_values = read_list(f, &key_values, &m->n_key_values, NULL);
			break;
		case 6:
			m->created_by = pq_reader_span(&f->r).data;
			break;
		case 7:
			m->orders = read_list(f, &orders, &m->n_orders, NULL);
			break;
		case 8:
			m->encrypted = true;
			thrift_skip(t);
			break;
		default:
			thrift_skip(t);
		}
	}
	thrift_require(t, &s, THRIFT_FIELD(1) | THRIFT_FIELD(2) | THRIFT_FIELD(3) | THRIFT_FIELD(4),
		       "the version, the schema, the number of rows or the row groups are missing");
}

/* ---- do the parts fit together? ---- */

static enum err_code
check_group(const struct pq_meta *m, size_t group, const size_t *leaves, size_t n_leaves,
	    struct err *err)
{
	const struct pq_row_group *g = &m->groups[group];

	if (g->n_chunks != n_leaves)
		return err_set(err, ERR_INPUT,
			       "read footer: row group %zu has %zu columns, the schema %zu", group,
			       g->n_chunks, n_leaves);
	for (size_t i = 0; i < n_leaves; i++) {
		const struct pq_element *e = &m->elements[leaves[i]];
		const struct pq_chunk *c = &g->chunks[i];

		/* Encrypted: what is known of it is encrypted too. */
		if (!c->encrypted && c->type != e->type)
			return err_set(err, ERR_INPUT,
				       "read footer: row group %zu, column %zu '%s': it is %s, in "
				       "the schema %s",
				       group, i, e->name, pq_type_name(c->type),
				       pq_type_name(e->type));
	}
	return ERR_NONE;
}

static enum err_code
check(struct pq_meta *m, struct err *err)
{
	size_t *leaves; /* where they stand among the elements */
	size_t n_leaves, n = 0;
	enum err_code code = pq_schema_check(m, &n_leaves, err);

	if (code)
		return code;
	/* A tree has a root. */
	assert(m->elements);
	leaves = mem_new(n_leaves, sizeof(*leaves));
	for (size_t i = 0; i < m->n_elements; i++)
		if (m->elements[i].type != PQ_GROUP)
			leaves[n++] = i;
	for (size_t i = 0; i < m->n_groups && !code; i++)
		code = check_group(m, i, leaves, n_leaves, err);
	free(leaves);
	/* Orders that belong to no column say nothing: as if there were none. */
	if (m->n_orders != n_leaves)
		m->n_orders = 0;
	return code;
}

static enum err_code
report(const struct footer *f, size_t bytes, struct err *err)
{
	const struct thrift *t = &f->r.thrift;
	enum err_code code = f->over_limit ? ERR_LIMIT : ERR_INPUT;
	char place[100] = "";

	if (f->element != NOWHERE)
		(void)snprintf(place, sizeof(place), "schema element %zu: ", f->element);
	else if (f->chunk != NOWHERE)
		(void)snprintf(place, sizeof(place), "row group %zu, column %zu: ", f->group,
			       f->chunk);
	else if (f->group != NOWHERE)
		(void)snprintf(place, sizeof(place), "row group %zu: ", f->group);
	return err_set(err, code, "read footer: %s%s (at byte %zu of %zu)", place, t->why,
		       thrift_used(t), bytes);
}

enum err_code
pq_meta_read(struct pq_meta *out, const void *data, size_t bytes, struct arena *arena,
	     struct err *err)
{
	struct footer f = { .element = NOWHERE, .group = NOWHERE, .chunk = NOWHERE };
	struct pq_meta m = { .version = 0 };
	enum err_code code;

	if (bytes > PQ_FOOTER_BYTES_MAX)
		return err_set(err, ERR_LIMIT, "read footer: %zu bytes, at most %d are read", bytes,
			       PQ_FOOTER_BYTES_MAX);
	pq_reader_init(&f.r, data, bytes, arena);
	read_file(&f, &m);
	if (f.r.thrift.why)
		return report(&f, bytes, err);
	code = check(&m, err);
	if (!code)
		*out = m;
	return code;
}
