/*
 * meta_logical.h - what values mean, in both of the format's ways to say so.  Pure.
 */
#ifndef WORKER_PARQUET_META_META_LOGICAL_H
#define WORKER_PARQUET_META_META_LOGICAL_H

#include "worker/parquet/meta/meta.h"
#include "worker/parquet/meta/thrift.h"

/* A LogicalType.  A member of the union that nobody knows: PQ_AS_IS, is_unknown. */
void pq_logical_read(struct thrift *t, struct pq_logical *out);

/* What a ConvertedType comes to; precision and scale are not part of it. */
struct pq_logical pq_logical_converted(int32_t converted);

/* False: the format does not allow this meaning for values of that type. */
bool pq_logical_fits(const struct pq_logical *logical, enum pq_type type, int type_length);

/* As field `id`; nothing when there is no such LogicalType. */
void pq_logical_write(struct thrift_out *w, int id, const struct pq_logical *logical);

/* The number of the ConvertedType that says the same; -1: there is none. */
int pq_logical_to_converted(const struct pq_logical *logical);

#endif
