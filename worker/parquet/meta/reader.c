/* reader.c - what is read of Thrift, copied into an arena of bounded size. */
#include "worker/parquet/meta/reader.h"

#include <string.h>

/*
 * Memory for each byte read, and for what is read at least.  The worst honest case
 * is a column index of pages that are all null: 48 bytes for three.
 */
enum { MEMORY_PER_BYTE = 16, MEMORY_BYTES_MIN = 4096 };

size_t
pq_memory_max(size_t bytes)
{
	return bytes * MEMORY_PER_BYTE + MEMORY_BYTES_MIN;
}

void
pq_reader_init(struct pq_reader *r, const void *data, size_t bytes, struct arena *arena)
{
	*r = (struct pq_reader){
		.arena = arena,
		.bytes_left = pq_memory_max(bytes),
	};
	thrift_init(&r->thrift, data, bytes);
}

/* True when `bytes` more may be taken. */
static bool
charge(struct pq_reader *r, size_t bytes)
{
	if (bytes > r->bytes_left)
		thrift_fail(&r->thrift, "a list has more elements than there is room for");
	if (r->thrift.why)
		return false;
	r->bytes_left -= bytes;
	return true;
}

void *
pq_reader_take(struct pq_reader *r, size_t count, size_t bytes)
{
	/* A count is below 2^31, so that the product cannot wrap. */
	if (!count || !charge(r, count * bytes))
		return NULL;
	return arena_get(r->arena, count * bytes);
}

struct span
pq_reader_keep(struct pq_reader *r, struct span borrowed)
{
	struct span kept = { .data = "" };

	if (!borrowed.bytes || !charge(r, borrowed.bytes + 1))
		return kept;
	kept.data = arena_bytes(r->arena, borrowed.data, borrowed.bytes);
	kept.bytes = borrowed.bytes;
	return kept;
}

struct span
pq_reader_span(struct pq_reader *r)
{
	return pq_reader_keep(r, thrift_binary(&r->thrift));
}

const char *
pq_reader_text(struct pq_reader *r)
{
	struct span s = pq_reader_span(r);

	if (memchr(s.data, '\0', s.bytes))
		thrift_fail(&r->thrift, "a name has a NUL in it");
	return s.data;
}
