/*
 * page_index.h - where the pages of a chunk are, and what is in them.  Pure.
 */
#ifndef WORKER_PARQUET_META_PAGE_INDEX_H
#define WORKER_PARQUET_META_PAGE_INDEX_H

#include "core/base/mem.h"
#include "worker/parquet/meta/meta.h"

/* The page index of one chunk: where each data page is, and what is in it. */
struct pq_page_location {
	int64_t offset;       /* of the page header, in the file */
	int32_t packed_bytes; /* header too */
	int64_t first_row;    /* in the row group */
};
struct pq_offset_index {
	struct pq_page_location *pages;
	size_t n_pages;
};
struct pq_page_bounds {
	bool all_null;
	struct span min, max; /* meaningless when all_null */
	int64_t null_count;   /* -1: not said */
};
struct pq_column_index {
	struct pq_page_bounds *pages;
	size_t n_pages;
	int32_t boundary_order; /* 0 unordered, 1 ascending, 2 descending */
	bool has_null_counts;
};

/*
 * Decode a page index; what it points to lives in `arena`.  ERR_INPUT: damaged, also
 * when lists inside a column index differ in length.  An order that nobody knows is 0.
 */
enum err_code pq_offset_index_read(struct pq_offset_index *out, const void *data, size_t bytes,
				   struct arena *arena, struct err *err) MUST_CHECK;

/* As pq_offset_index_read(), for what is in each page.  Bounds are copied. */
enum err_code pq_column_index_read(struct pq_column_index *out, const void *data, size_t bytes,
				   struct arena *arena, struct err *err) MUST_CHECK;

/* Append it. */
void pq_offset_index_write(const struct pq_offset_index *index, struct buf *out);

/* Append it; pages that are all null get empty bounds. */
void pq_column_index_write(const struct pq_column_index *index, struct buf *out);

#endif
