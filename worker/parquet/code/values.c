/* values.c - values of one column in memory, and how the column is stored. */
#include "worker/parquet/code/values.h"

#include "core/base/mem.h"

#include <assert.h>
#include <endian.h>
#include <stdlib.h>
#include <string.h>

static_assert(__BYTE_ORDER == __LITTLE_ENDIAN, "words lie in memory as PLAIN has them");

enum { ROOM_MIN = 256, HALVES = 1024 };

const struct pq_kind *
pq_kind_of(enum col_type type)
{
	static const struct pq_kind kinds[COL_TYPE_COUNT] = {
		[COL_INT64] = { .type = PQ_INT64, .width = 8, .is_coded = true },
		[COL_INT32] = { .type = PQ_INT32, .width = 4, .is_coded = true },
		[COL_FLOAT64] = { .type = PQ_DOUBLE, .width = 8, .is_coded = true },
		[COL_STRING] = { .type = PQ_BYTE_ARRAY,
				 .logical = { .meaning = PQ_STRING },
				 .is_coded = true },
		[COL_BOOL] = { .type = PQ_BOOLEAN },
		[COL_TIMESTAMP] = { .type = PQ_INT64,
				    .logical = { .meaning = PQ_TIMESTAMP,
						 .unit_per_second = SECOND_US,
						 .adjusted_to_utc = true },
				    .width = 8,
				    .is_coded = true },
		[COL_DATE] = { .type = PQ_INT32,
			       .logical = { .meaning = PQ_DATE },
			       .width = 4,
			       .is_coded = true },
		/* As a type of its own it would be another column type to those who read it. */
		[COL_JSON] = { .type = PQ_BYTE_ARRAY,
			       .logical = { .meaning = PQ_STRING },
			       .is_coded = true },
	};

	return &kinds[type];
}

/* Memory with the gap in front, which does not begin where it is told to. */
static void *
resize(void *old, size_t count, size_t bytes)
{
	char *all = mem_large_resize(old ? (char *)old - PQ_VALUES_GAP : NULL,
				     PQ_VALUES_GAP + count * bytes, 1);

	return all + PQ_VALUES_GAP;
}

static void
release(void *old)
{
	mem_large_free(old ? (char *)old - PQ_VALUES_GAP : NULL);
}

void
pq_values_release(struct pq_values *v)
{
	release(v->words);
	release(v->text);
	mem_large_free(v->ends);
	*v = (struct pq_values){ 0 };
}

void
pq_values_reset(struct pq_values *v)
{
	v->count = 0;
	v->text_bytes = 0;
}

size_t
pq_values_grown(size_t room, size_t want)
{
	if (!room)
		room = ROOM_MIN;
	while (room < want)
		room *= 2;
	return room;
}

uint64_t *
pq_values_room(struct pq_values *v, size_t n)
{
	if (v->count + n > v->room) {
		v->room = pq_values_grown(v->room, v->count + n);
		v->words = resize(v->words, v->room, sizeof(*v->words));
	}
	return v->words + v->count;
}

/* Room for n more texts of so many bytes, their lengths not counted. */
static void
text_room(struct pq_values *v, size_t n, size_t bytes)
{
	size_t end = v->text_bytes + n * sizeof(uint32_t) + bytes;

	assert(end <= UINT32_MAX);
	if (v->count + n > v->room) {
		v->room = pq_values_grown(v->room, v->count + n);
		v->ends = mem_large_resize(v->ends, v->room, sizeof(*v->ends));
	}
	if (end > v->text_room) {
		v->text_room = pq_values_grown(v->text_room, end);
		v->text = resize(v->text, v->text_room, 1);
	}
}

void
pq_values_add_texts(struct pq_values *v, const struct span *texts, size_t n)
{
	size_t bytes = 0;
	uint32_t *ends;
	char *out;

	for (size_t i = 0; i < n; i++)
		bytes += texts[i].bytes;
	text_room(v, n, bytes);
	ends = v->ends + v->count;
	out = v->text + v->text_bytes;
	for (size_t i = 0; i < n; i++) {
		uint32_t length = (uint32_t)texts[i].bytes;

		memcpy(out, &length, sizeof(length));
		out += sizeof(length);
		if (length)
			memcpy(out, texts[i].data, length);
		out += length;
		ends[i] = (uint32_t)(out - v->text);
	}
	v->text_bytes = (size_t)(out - v->text);
	v->count += n;
}

static void
write_bits(const uint64_t *words, size_t n, struct buf *out)
{
	for (size_t i = 0; i < n; i += 8) {
		unsigned byte = 0;

		for (size_t k = 0; k < 8 && i + k < n; k++)
			byte |= (unsigned)(words[i + k] & 1) << k;
		buf_char(out, (char)byte);
	}
}

static void
write_halves(const uint64_t *words, size_t n, struct buf *out)
{
	while (n) {
		uint32_t some[HALVES];
		size_t k = n < HALVES ? n : HALVES;

		for (size_t i = 0; i < k; i++)
			some[i] = (uint32_t)words[i];
		buf_add(out, some, k * sizeof(*some));
		words += k;
		n -= k;
	}
}

char *
pq_values_plain(const struct pq_values *v, const struct pq_kind *kind)
{
	void *words = v->words;

	if (kind->type == PQ_BYTE_ARRAY)
		return v->text;
	return kind->width == sizeof(*v->words) ? words : NULL;
}

size_t
pq_values_plain_bytes(const struct pq_values *v, const struct pq_kind *kind)
{
	return kind->type == PQ_BYTE_ARRAY ? v->text_bytes : v->count * kind->width;
}

void
pq_values_write(const struct pq_values *v, const struct pq_kind *kind, size_t from, size_t n,
		struct buf *out)
{
	size_t start;

	if (!n)
		return;
	switch (kind->type) {
	case PQ_BOOLEAN:
		write_bits(v->words + from, n, out);
		break;
	case PQ_INT32:
		write_halves(v->words + from, n, out);
		break;
	case PQ_BYTE_ARRAY:
		start = pq_values_start(v, from);
		buf_add(out, v->text + start, v->ends[from + n - 1] - start);
		break;
	default:
		buf_add(out, v->words + from, n * sizeof(*v->words));
	}
}
