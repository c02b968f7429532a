/*
 * delta_text.h - DELTA_LENGTH_BYTE_ARRAY and DELTA_BYTE_ARRAY: texts by length and by prefix. Pure.
 *
 * github.com/apache/parquet-format, Encodings.md.
 */
#ifndef WORKER_PARQUET_CODE_DELTA_TEXT_H
#define WORKER_PARQUET_CODE_DELTA_TEXT_H

#include "core/base/buf.h"
#include "worker/rows/dict.h"

/*
 * DELTA_LENGTH_BYTE_ARRAY, a whole page at once: spans[] (room for n) becomes its n texts, borrowed
 * from `data`.  False: damaged, or not exactly n values.  No bytes at all are 0 values.
 */
bool pq_delta_length_read(const void *data, size_t bytes, size_t n, struct span *spans) MUST_CHECK;

/*
 * DELTA_BYTE_ARRAY in two steps, so that memory is taken for just what the texts need.  The
 * first; both arrays have room for n: how much each text shares with the one before, its rest
 * (borrowed from `data`), and the bytes of all texts together; a few bytes may make that more than
 * there is memory.  False: damaged, or not exactly n values.
 */
bool pq_delta_text_measure(const void *data, size_t bytes, size_t n, struct span *spans,
			   struct span *suffixes, size_t *text_bytes) MUST_CHECK;

/* The second step: spans[] becomes the texts, put together at `to`.  False: a text shares more
 * than the one before has. */
bool pq_delta_text_join(struct span *spans, size_t n, const struct span *suffixes,
			char *to) MUST_CHECK;

/* Append n texts, each shorter than 2 GiB, as DELTA_LENGTH_BYTE_ARRAY. */
void pq_delta_length_write(const struct span *texts, size_t n, struct buf *out);

#endif
