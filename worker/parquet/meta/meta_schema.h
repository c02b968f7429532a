/*
 * meta_schema.h - the elements of the schema: read one by one, and checked to be a tree.  Pure.
 */
#ifndef WORKER_PARQUET_META_META_SCHEMA_H
#define WORKER_PARQUET_META_META_SCHEMA_H

#include "worker/parquet/meta/meta.h"
#include "worker/parquet/meta/reader.h"

/* A physical type; one that does not exist is wrong. */
enum pq_type pq_type_read(struct thrift *t);

/* An element of the schema, into a zeroed one.  The root needs no repetition. */
void pq_element_read(struct pq_reader *r, struct pq_element *e, bool is_root);

/*
 * The elements have to be one tree in depth-first order, at most PQ_NESTING_MAX
 * groups deep.  *n_leaves: the columns.  ERR_INPUT, ERR_LIMIT: too deep.
 */
enum err_code pq_schema_check(const struct pq_meta *m, size_t *n_leaves,
			      struct err *err) MUST_CHECK;

#endif
