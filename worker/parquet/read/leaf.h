/*
 * leaf.h - the columns of a Parquet file as a flat list.  Pure.
 *
 * A leaf is a node of the schema that has values; its name is its path, joined with
 * dots.  A leaf that repeats, or lies in something that repeats, is nested: it is listed, and
 * cannot be read.
 */
#ifndef WORKER_PARQUET_READ_LEAF_H
#define WORKER_PARQUET_READ_LEAF_H

#include "core/model/schema.h"
#include "worker/parquet/meta/meta.h"

/* A longer path is ERR_LIMIT: short names at every level add up. */
enum { PQ_LEAF_NAME_BYTES_MAX = 1024 };

struct pq_leaf {
	const char *name; /* dotted path */
	const struct pq_element *element;
	size_t index; /* of its chunk in every row group */
	int max_definition,
	    max_repetition;    /* how many nodes of the path may be absent, or repeat */
	bool is_flat;          /* nothing repeats: it can be read */
	enum col_type natural; /* the column type that says best what it holds */
	const char *physical;  /* "INT64", "FIXED_LEN_BYTE_ARRAY(16)" */
	const char *logical;   /* "TIMESTAMP(us, utc)"; "" when it is the physical one */
};

/*
 * The leaves of a footer, in its order; they live in `arena` and point into `meta`, whose schema
 * has been found to be a tree.
 */
enum err_code pq_leaves(const struct pq_meta *meta, struct arena *arena, struct pq_leaf **out,
			size_t *n, struct err *err) MUST_CHECK;

/* It holds whole numbers without a sign, of which half are beyond int64. */
bool pq_leaf_is_uint64(const struct pq_leaf *leaf);

#endif
