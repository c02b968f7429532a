/*
 * plain.h - PLAIN and BYTE_STREAM_SPLIT: values as they are.  Pure.
 *
 * github.com/apache/parquet-format, Encodings.md.
 */
#ifndef WORKER_PARQUET_CODE_PLAIN_H
#define WORKER_PARQUET_CODE_PLAIN_H

#include "core/base/base.h"
#include "worker/rows/dict.h"

/* PLAIN BYTE_ARRAY: the next n texts from *at on, borrowed; *at moves on.  False: cut off. */
bool pq_plain_texts(const uint8_t **at, const uint8_t *end, size_t n,
		    struct span *spans) MUST_CHECK;

/* PLAIN BOOLEAN: n bits from bit *bit of `data` on, as 0 and 1; *bit moves.  False: cut off. */
bool pq_plain_bools(const uint8_t *data, const uint8_t *end, size_t *bit, size_t n,
		    int64_t *out) MUST_CHECK;

/*
 * BYTE_STREAM_SPLIT: values first to first + n of a page that holds `count` values of
 * `width` bytes each, count * width bytes in all; out has room for n * width bytes.
 * False: fewer bytes than that, or values behind the last one.
 */
bool pq_split_read(const void *data, size_t bytes, size_t count, size_t width, size_t first,
		   size_t n, uint8_t *out) MUST_CHECK;

#endif
