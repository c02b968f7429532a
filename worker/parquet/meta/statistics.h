/*
 * statistics.h - the bounds and the number of nulls of a chunk or page.  Pure.
 */
#ifndef WORKER_PARQUET_META_STATISTICS_H
#define WORKER_PARQUET_META_STATISTICS_H

#include "worker/parquet/meta/meta.h"
#include "worker/parquet/meta/thrift.h"

/* Statistics; the bounds are borrowed from the bytes that are being read. */
void pq_statistics_read(struct thrift *t, struct pq_statistics *out);

/* As field `id`; nothing when the statistics say nothing. */
void pq_statistics_write(struct thrift_out *w, int id, const struct pq_statistics *stats);

#endif
