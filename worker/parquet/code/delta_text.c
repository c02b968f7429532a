/* delta_text.c - strings as lengths and bytes, and as what differs from the one before. */
#include "worker/parquet/code/delta_text.h"

#include "core/base/mem.h"
#include "worker/parquet/code/bits.h"
#include "worker/parquet/code/delta.h"

#include <assert.h>
#include <stdlib.h>

enum { CHUNK = 512 }; /* numbers decoded at a time, on the stack */

_Static_assert(sizeof(size_t) == 8, "a sum of fewer than 2^32 lengths of 32 bits cannot wrap");

/*
 * Numbers of a page: spans[i].bytes becomes number i, *sum all of them together, and *at moves
 * behind them.  They are INT32; a negative one is taken for more bytes than any page has.
 */
static bool
read_numbers(const uint8_t **at, const uint8_t *end, size_t n, struct span *spans, uint64_t *sum)
{
	int64_t chunk[CHUNK];
	struct pq_delta d;
	uint64_t count;

	if (!pq_delta_init(&d, *at, (size_t)(end - *at), n, &count) || count != n)
		return false;
	*sum = 0;
	for (size_t done = 0; done < n;) {
		size_t some = n - done < CHUNK ? n - done : CHUNK;

		if (!pq_delta_read(&d, chunk, some))
			return false;
		for (size_t i = 0; i < some; i++) {
			spans[done + i] = (struct span){ .bytes = (uint32_t)chunk[i] };
			*sum += (uint32_t)chunk[i];
		}
		done += some;
	}
	*at = pq_delta_end(&d);
	return true;
}

bool
pq_delta_length_read(const void *data, size_t bytes, size_t n, struct span *spans)
{
	const uint8_t *at = data, *end;
	const char *text;
	uint64_t sum;

	if (!bytes)
		return !n;
	end = at + bytes;
	if (!read_numbers(&at, end, n, spans, &sum) || sum > (uint64_t)(end - at))
		return false;
	text = (const char *)at;
	for (size_t i = 0; i < n; i++) {
		spans[i].data = text;
		text += spans[i].bytes;
	}
	return true;
}

bool
pq_delta_text_measure(const void *data, size_t bytes, size_t n, struct span *spans,
		      struct span *suffixes, size_t *text_bytes)
{
	const uint8_t *at = data, *end;
	uint64_t shared;

	*text_bytes = 0;
	if (!bytes)
		return !n;
	end = at + bytes;
	if (!read_numbers(&at, end, n, spans, &shared) ||
	    !pq_delta_length_read(at, (size_t)(end - at), n, suffixes))
		return false;
	*text_bytes = (size_t)shared;
	for (size_t i = 0; i < n; i++)
		*text_bytes += suffixes[i].bytes;
	return true;
}

bool
pq_delta_text_join(struct span *spans, size_t n, const struct span *suffixes, char *to)
{
	const char *before = to;
	size_t before_bytes = 0;

	for (size_t i = 0; i < n; i++) {
		size_t shared = spans[i].bytes;

		if (shared > before_bytes)
			return false;
		memcpy(to, before, shared);
		if (suffixes[i].bytes)
			memcpy(to + shared, suffixes[i].data, suffixes[i].bytes);
		spans[i] = (struct span){ to, shared + suffixes[i].bytes };
		before = to;
		before_bytes = spans[i].bytes;
		to += before_bytes;
	}
	return true;
}

void
pq_delta_length_write(const struct span *texts, size_t n, struct buf *out)
{
	int64_t *lengths = mem_new(n, sizeof(*lengths));

	for (size_t i = 0; i < n; i++) {
		assert(texts[i].bytes <= INT32_MAX);
		lengths[i] = (int64_t)texts[i].bytes;
	}
	pq_delta_write(lengths, n, true, out);
	for (size_t i = 0; i < n; i++)
		buf_add(out, texts[i].data, texts[i].bytes);
	free(lengths);
}
