/*
 * read.h - Parquet as a format of reader.h.
 *
 * A part is a row group.  Columns come out as codes where the file has them so; rows that the hints
 * of the options rule out are not read.  What a file lies about is refused; see docs/PARQUET.md.
 */
#ifndef WORKER_PARQUET_READ_READ_H
#define WORKER_PARQUET_READ_READ_H

#include "worker/format/reader.h"

/* The row of the table in worker/format/reader.c. */
extern const struct reader_format reader_parquet;

#endif
