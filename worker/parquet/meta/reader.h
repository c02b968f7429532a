/*
 * reader.h - what is read of Thrift, copied into an arena of bounded size.  Pure.
 */
#ifndef WORKER_PARQUET_META_READER_H
#define WORKER_PARQUET_META_READER_H

#include "core/base/mem.h"
#include "worker/parquet/meta/thrift.h"
#include "worker/rows/dict.h"

/* What decoding so many bytes of a footer or page index takes out of an arena, at most. */
size_t pq_memory_max(size_t bytes);

/*
 * A cursor that puts what it finds into an arena, at most a small multiple of the
 * bytes it reads: counts that lie take no memory.
 */
struct pq_reader {
	struct thrift thrift;
	struct arena *arena;
	size_t bytes_left; /* that may still be taken from the arena */
};

/* Begin with `bytes` bytes; at most pq_memory_max() of that comes out of the arena. */
void pq_reader_init(struct pq_reader *r, const void *data, size_t bytes, struct arena *arena);

/* `count` zeroed elements of `bytes` each; NULL when there are none or the cursor has failed. */
void *pq_reader_take(struct pq_reader *r, size_t count, size_t bytes) MUST_CHECK;

/* The string that comes next, copied.  A NUL inside is wrong. */
const char *pq_reader_text(struct pq_reader *r) MUST_CHECK;

/* Bytes that were borrowed from what is being read, copied, with a NUL behind. */
struct span pq_reader_keep(struct pq_reader *r, struct span borrowed) MUST_CHECK;

/* The bytes that come next, copied, with a NUL behind. */
struct span pq_reader_span(struct pq_reader *r) MUST_CHECK;

#endif
