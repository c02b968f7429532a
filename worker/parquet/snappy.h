/*
 * snappy.h - unpacking Snappy, for pages of numbers: half as long as the library takes.  Pure.
 *
 * github.com/google/snappy/blob/main/format_description.txt.  Pages of PLAIN integers are
 * little but copies of three to eight bytes, for each of which the library calls memmove.
 */
#ifndef WORKER_PARQUET_SNAPPY_H
#define WORKER_PARQUET_SNAPPY_H

#include "core/base.h"

/* Exactly out_bytes bytes into `out`.  False: damaged, or another number of bytes. */
bool pq_snappy_unpack(const void *data, size_t bytes, void *out, size_t out_bytes) MUST_CHECK;

#endif
