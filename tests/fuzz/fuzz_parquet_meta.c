/*
 * fuzz_parquet_meta.c - any bytes as footer, page header and page index: no crash, and what is
 * written of what was read reads back the same.
 */
#include "worker/parquet/meta/meta.h"
#include "worker/parquet/meta/meta_read.h"
#include "worker/parquet/meta/meta_write.h"
#include "worker/parquet/meta/page_header.h"
#include "worker/parquet/meta/page_index.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

/* Read one kind of thing and append it, written, to `out`; false: it is not one. */
typedef bool copy_fn(const void *data, size_t bytes, struct buf *out);

static bool
copy_footer(const void *data, size_t bytes, struct buf *out)
{
	struct arena *arena = arena_new();
	struct pq_meta m;
	struct err err;
	bool good = !pq_meta_read(&m, data, bytes, arena, &err) && !m.encrypted;

	/* What is encrypted is never written. */
	for (size_t i = 0; good && i < m.n_groups; i++)
		for (size_t k = 0; good && k < m.groups[i].n_chunks; k++)
			good = !m.groups[i].chunks[k].encrypted;
	if (good)
		pq_meta_write(&m, out);
	arena_free(arena);
	return good;
}

static bool
copy_page_header(const void *data, size_t bytes, struct buf *out)
{
	struct pq_page_header h;
	const char *why = NULL;
	size_t used = 0;
	enum pq_header_status status = pq_page_header_read(&h, data, bytes, &used, &why);

	if ((status == PQ_HEADER_BAD && !why) || used > bytes)
		abort();
	if (status != PQ_HEADER_OK)
		return false;
	pq_page_header_write(&h, out);
	return true;
}

static bool
copy_offset_index(const void *data, size_t bytes, struct buf *out)
{
	struct arena *arena = arena_new();
	struct pq_offset_index index;
	struct err err;
	bool good = !pq_offset_index_read(&index, data, bytes, arena, &err);

	if (good)
		pq_offset_index_write(&index, out);
	arena_free(arena);
	return good;
}

static bool
copy_column_index(const void *data, size_t bytes, struct buf *out)
{
	struct arena *arena = arena_new();
	struct pq_column_index index;
	struct err err;
	bool good = !pq_column_index_read(&index, data, bytes, arena, &err);

	if (good)
		pq_column_index_write(&index, out);
	arena_free(arena);
	return good;
}

/* A copy is a fixed point: copying it again changes nothing. */
static void
check(copy_fn *copy, const uint8_t *data, size_t bytes)
{
	struct buf once, twice;

	buf_init(&once, SIZE_MAX);
	buf_init(&twice, SIZE_MAX);
	if (copy(data, bytes, &once)) {
		if (!copy(once.data, once.bytes, &twice))
			abort();
		if (once.bytes != twice.bytes || memcmp(once.data, twice.data, once.bytes) != 0)
			abort();
	}
	buf_release(&once);
	buf_release(&twice);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	check(copy_footer, data, bytes);
	check(copy_page_header, data, bytes);
	check(copy_offset_index, data, bytes);
	check(copy_column_index, data, bytes);
	return 0;
}
