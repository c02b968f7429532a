/*
 * meta_write.h - the footer of a file that we write.  Pure.
 */
#ifndef WORKER_PARQUET_META_META_WRITE_H
#define WORKER_PARQUET_META_META_WRITE_H

#include "worker/parquet/meta/meta.h"

/*
 * Append the footer of a file that we write: fields by ascending id, the same struct gives the same
 * bytes.  Both annotations where there are both; never the deprecated bounds, nor what is unknown
 * or encrypted.
 */
void pq_meta_write(const struct pq_meta *meta, struct buf *out);

#endif
