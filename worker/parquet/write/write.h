/*
 * write.h - Parquet as a format of writer.h.
 *
 * The same rows give the same bytes, however they are cut into batches and lanes; see
 * docs/PARQUET-WRITING.md.
 */
#ifndef WORKER_PARQUET_WRITE_WRITE_H
#define WORKER_PARQUET_WRITE_WRITE_H

#include "worker/format/writer.h"

/* The row of the table in worker/format/writer.c. */
extern const struct writer_format writer_parquet;

#endif
