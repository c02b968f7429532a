/*
 * convert.h - what a Parquet column holds becomes one of our column types.  Pure.
 *
 * Exactly, or not at all: a value that does not fit is a fault of its row.
 */
#ifndef WORKER_PARQUET_READ_CONVERT_H
#define WORKER_PARQUET_READ_CONVERT_H

#include "core/model/schema.h"
#include "worker/parquet/read/job.h"

/* False: nothing of the kind can become a column of that type. */
bool pq_convert_init(struct pq_convert *c, const struct pq_element *e, enum col_type to,
		     bool any_bytes);

/* The kind of array that a column type is kept in. */
enum pq_form pq_form_of_col(enum col_type type);

#endif
