/* meta_write.c - the footer of a file, encoded. */
#include "worker/parquet/meta/meta_write.h"

#include "worker/parquet/meta/meta_logical.h"
#include "worker/parquet/meta/statistics.h"

static void
write_element(struct thrift_out *w, const struct pq_element *e, bool is_root)
{
	int converted = pq_logical_to_converted(&e->logical);

	thrift_put_struct(w, THRIFT_ITEM);
	if (e->type != PQ_GROUP)
		thrift_put_i32(w, 1, e->type);
	if (e->type == PQ_FIXED)
		thrift_put_i32(w, 2, e->type_length);
	if (!is_root)
		thrift_put_i32(w, 3, e->repetition);
	thrift_put_text(w, 4, e->name);
	if (e->type == PQ_GROUP)
		thrift_put_i32(w, 5, e->children);
	/* Both annotations: readers from before 2018 know only the first. */
	if (converted >= 0)
		thrift_put_i32(w, 6, converted);
	if (e->logical.meaning == PQ_DECIMAL) {
		thrift_put_i32(w, 7, e->logical.scale);
		thrift_put_i32(w, 8, e->logical.precision);
	}
	pq_logical_write(w, 10, &e->logical);
	thrift_put_end(w);
}

static void
write_page_counts(struct thrift_out *w, int id, const struct pq_chunk *c)
{
	if (!c->n_page_counts)
		return;
	thrift_put_list(w, id, THRIFT_STRUCT, c->n_page_counts);
	for (size_t i = 0; i < c->n_page_counts; i++) {
		thrift_put_struct(w, THRIFT_ITEM);
		thrift_put_i32(w, 1, c->page_counts[i].page_type);
		thrift_put_i32(w, 2, c->page_counts[i].encoding);
		thrift_put_i32(w, 3, c->page_counts[i].count);
		thrift_put_end(w);
	}
}

static void
write_column(struct thrift_out *w, int id, const struct pq_chunk *c)
{
	thrift_put_struct(w, id);
	thrift_put_i32(w, 1, c->type);
	thrift_put_list(w, 2, THRIFT_I32, c->n_encodings);
	for (size_t i = 0; i < c->n_encodings; i++)
		thrift_put_i32(w, THRIFT_ITEM, c->encodings[i]);
	thrift_put_list(w, 3, THRIFT_BINARY, c->path_parts);
	for (size_t i = 0; i < c->path_parts; i++)
		thrift_put_text(w, THRIFT_ITEM, c->path[i]);
	thrift_put_i32(w, 4, c->codec);
	thrift_put_i64(w, 5, c->n_values);
	thrift_put_i64(w, 6, c->unpacked_bytes);
	thrift_put_i64(w, 7, c->packed_bytes);
	thrift_put_i64(w, 9, c->data_offset);
	if (c->dictionary_offset >= 0)
		thrift_put_i64(w, 11, c->dictionary_offset);
	pq_statistics_write(w, 12, &c->stats);
	write_page_counts(w, 13, c);
	thrift_put_end(w);
}

static void
write_chunk(struct thrift_out *w, const struct pq_chunk *c)
{
	thrift_put_struct(w, THRIFT_ITEM);
	if (c->file_path)
		thrift_put_text(w, 1, c->file_path);
	/* Where else the metadata stand: nowhere. */
	thrift_put_i64(w, 2, 0);
	write_column(w, 3, c);
	if (c->offset_index_at >= 0) {
		thrift_put_i64(w, 4, c->offset_index_at);
		thrift_put_i32(w, 5, c->offset_index_bytes);
	}
	if (c->column_index_at >= 0) {
		thrift_put_i64(w, 6, c->column_index_at);
		thrift_put_i32(w, 7, c->column_index_bytes);
	}
	thrift_put_end(w);
}

static void
write_group(struct thrift_out *w, const struct pq_row_group *g)
{
	thrift_put_struct(w, THRIFT_ITEM);
	thrift_put_list(w, 1, THRIFT_STRUCT, g->n_chunks);
	for (size_t i = 0; i < g->n_chunks; i++)
		write_chunk(w, &g->chunks[i]);
	thrift_put_i64(w, 2, g->bytes);
	thrift_put_i64(w, 3, g->rows);
	if (g->n_sorting) {
		thrift_put_list(w, 4, THRIFT_STRUCT, g->n_sorting);
		for (size_t i = 0; i < g->n_sorting; i++) {
			thrift_put_struct(w, THRIFT_ITEM);
			thrift_put_i32(w, 1, g->sorting[i].column);
			thrift_put_bool(w, 2, g->sorting[i].descending);
			thrift_put_bool(w, 3, g->sorting[i].nulls_first);
			thrift_put_end(w);
		}
	}
	thrift_put_i64(w, 5, g->file_offset);
	if (g->packed_bytes)
		thrift_put_i64(w, 6, g->packed_bytes);
	thrift_put_i16(w, 7, g->ordinal);
	thrift_put_end(w);
}

static void
write_key_values(struct thrift_out *w, int id, const struct pq_meta *m)
{
	if (!m->n_key_values)
		return;
	thrift_put_list(w, id, THRIFT_STRUCT, m->n_key_values);
	for (size_t i = 0; i < m->n_key_values; i++) {
		thrift_put_struct(w, THRIFT_ITEM);
		thrift_put_text(w, 1, m->key_values[i].key);
		if (m->key_values[i].value)
			thrift_put_text(w, 2, m->key_values[i].value);
		thrift_put_end(w);
	}
}

static void
write_orders(struct thrift_out *w, int id, const struct pq_meta *m)
{
	if (!m->n_orders)
		return;
	thrift_put_list(w, id, THRIFT_STRUCT, m->n_orders);
	for (size_t i = 0; i < m->n_orders; i++) {
		/* Any other order is an empty union: bounds that nobody may compare. */
		thrift_put_struct(w, THRIFT_ITEM);
		if (m->orders[i] == PQ_ORDER_TYPE) {
			thrift_put_struct(w, 1);
			thrift_put_end(w);
		}
		thrift_put_end(w);
	}
}

void
pq_meta_write(const struct pq_meta *meta, struct buf *out)
{
	struct thrift_out w;

	thrift_out_init(&w, out);
	thrift_put_struct(&w, THRIFT_ITEM);
	thrift_put_i32(&w, 1, meta->version);
	thrift_put_list(&w, 2, THRIFT_STRUCT, meta->n_elements);
	for (size_t i = 0; i < meta->n_elements; i++)
		write_element(&w, &meta->elements[i], i == 0);
	thrift_put_i64(&w, 3, meta->rows);
	thrift_put_list(&w, 4, THRIFT_STRUCT, meta->n_groups);
	for (size_t i = 0; i < meta->n_groups; i++)
		write_group(&w, &meta->groups[i]);
	write_key_values(&w, 5, meta);
	if (meta->created_by)
		thrift_put_text(&w, 6, meta->created_by);
	write_orders(&w, 7, meta);
	thrift_put_end(&w);
}
