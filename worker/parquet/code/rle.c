/* rle.c - the RLE and bit-packing hybrid, and the older bit-packed levels. */
#include "worker/parquet/code/rle.h"

#include "worker/parquet/code/bits.h"

#include <assert.h>

_Static_assert((int)PQ_PAD >= (int)BITS_SLACK, "words are loaded whole at the end of a page too");

enum { PACK_GROUPS = 128 }; /* packed at a time, on the stack */

int
pq_bit_width(uint32_t max)
{
	return bits_needed(max);
}

bool
pq_rle_init(struct pq_rle *r, const void *data, size_t bytes, int width)
{
	const uint8_t *at = data;

	if (width < 0 || width > BITS_WIDTH_MAX)
		return false;
	*r = (struct pq_rle){ .at = at, .end = at, .next = at, .width = width };
	if (bytes)
		r->end = at + bytes;
	else if (!width)
		r->run = UINT64_MAX;
	return true;
}

/*
 * A bit-packed run holds whole groups, of which the last may go on behind the last value of
 * the page, and some writers leave those bytes out: the run is as long as its bytes.
 */
static void
begin_packed(struct pq_rle *r, uint64_t groups)
{
	uint64_t bytes = (uint64_t)(r->end - r->at), width = (uint64_t)r->width;

	r->run = groups * BITS_GROUP;
	r->packed = width > 0;
	r->value = 0;
	if (groups * width <= bytes) {
		r->next = r->at + groups * width;
	} else {
		r->run = bytes * 8 / width;
		r->next = r->end;
	}
}

static bool
begin_repeated(struct pq_rle *r, uint64_t count)
{
	size_t bytes = ((size_t)r->width + 7) / 8;
	uint32_t value = 0;

	if ((size_t)(r->end - r->at) < bytes)
		return false;
	if (bytes)
		memcpy(&value, r->at, bytes);
	r->run = count;
	r->packed = false;
	r->value = value;
	r->next = r->at + bytes;
	return value <= bits_mask(r->width);
}

/* The next run that holds something. */
static bool
begin_run(struct pq_rle *r)
{
	uint64_t header;

	while (!r->run) {
		r->at = r->next;
		r->bit = 0;
		if (!bits_varint_read(&r->at, r->end, &header) || header > UINT32_MAX)
			return false;
		if (header & 1)
			begin_packed(r, header >> 1);
		else if (!begin_repeated(r, header >> 1)) {
			r->run = 0;
			r->next = r->end;
			return false;
		}
	}
	return true;
}

/* Step over n values of a bit-packed run. */
static void
advance(struct pq_rle *r, size_t n)
{
	uint64_t bits = r->bit + (uint64_t)n * (uint64_t)r->width;

	r->at += bits / 8;
	r->bit = (uint32_t)(bits % 8);
}

/* A few values, from any bit on. */
static void
take_few(struct pq_rle *r, uint32_t *out, size_t n)
{
	uint32_t mask = (uint32_t)bits_mask(r->width);
	uint64_t bit = r->bit;

	for (size_t i = 0; i < n; i++, bit += (uint64_t)r->width)
		out[i] = (uint32_t)(bits_load64(r->at + bit / 8) >> bit % 8) & mask;
	advance(r, n);
}

/* Values of a bit-packed run: one by one up to a whole byte, then by groups. */
static void
take(struct pq_rle *r, uint32_t *out, size_t n)
{
	size_t groups;

	for (; n && r->bit; n--)
		take_few(r, out++, 1);
	groups = n / BITS_GROUP;
	bits_unpack(r->at, r->width, out, groups);
	advance(r, groups * BITS_GROUP);
	take_few(r, out + groups * BITS_GROUP, n % BITS_GROUP);
}

/* Blocks of a known length become wide stores. */
static void
fill(uint32_t *out, size_t n, uint32_t value)
{
	enum { BLOCK = 16 };

	for (; n >= BLOCK; n -= BLOCK, out += BLOCK)
		for (int i = 0; i < BLOCK; i++)
			out[i] = value;
	while (n--)
		*out++ = value;
}

/* Step over n values, which go to `out` unless it is NULL. */
static bool
walk(struct pq_rle *r, uint32_t *out, size_t n)
{
	while (n) {
		size_t some;

		if (!r->run && !begin_run(r))
			return false;
		some = n < r->run ? n : (size_t)r->run;
		if (!out && r->packed)
			advance(r, some);
		else if (out && r->packed)
			take(r, out, some);
		else if (out)
			fill(out, some, r->value);
		r->run -= some;
		out = out ? out + some : NULL;
		n -= some;
	}
	return true;
}

bool
pq_rle_read(struct pq_rle *r, uint32_t *out, size_t n)
{
	return walk(r, out, n);
}

bool
pq_rle_skip(struct pq_rle *r, size_t n)
{
	return walk(r, NULL, n);
}

bool
pq_rle_is_run(struct pq_rle *r, size_t n, uint32_t value)
{
	if (!r->run && !begin_run(r))
		return n == 0;
	return !r->packed && r->value == value && r->run >= n;
}

bool
pq_bit_packed_read(const void *data, size_t bytes, int width, size_t n, uint32_t *out)
{
	const uint8_t *in = data;
	uint64_t bit = 0;

	if (width < 0 || width > BITS_WIDTH_MAX)
		return false;
	if (!width) {
		fill(out, n, 0);
		return true;
	}
	if (n > bytes * 8 / (size_t)width)
		return false;
	for (size_t i = 0; i < n; i++, bit += (uint64_t)width) {
		uint64_t word = __builtin_bswap64(bits_load64(in + bit / 8)) << bit % 8;

		out[i] = (uint32_t)(word >> (64 - width));
	}
	return true;
}

/* How many values are equal to the first one. */
static size_t
run_length(const uint32_t *values, size_t n)
{
	size_t run = 1;

	while (run < n && values[run] == values[0])
		run++;
	return run;
}

static void
write_packed(const uint32_t *values, size_t n, int width, struct buf *out)
{
	uint8_t bytes[PACK_GROUPS * BITS_WIDTH_MAX + BITS_SLACK];
	uint32_t last[BITS_GROUP] = { 0 };
	size_t groups = n / BITS_GROUP, rest = n % BITS_GROUP;

	if (!n)
		return;
	bits_varint_write((uint64_t)(groups + (rest > 0)) << 1 | 1, out);
	while (groups) {
		size_t some = groups < PACK_GROUPS ? groups : PACK_GROUPS;

		bits_pack(values, width, bytes, some);
		buf_add(out, bytes, some * (size_t)width);
		values += some * BITS_GROUP;
		groups -= some;
	}
	if (rest) {
		memcpy(last, values, rest * sizeof(*last));
		bits_pack(last, width, bytes, 1);
		buf_add(out, bytes, (size_t)width);
	}
}

void
pq_rle_write_run(uint32_t value, size_t n, int width, struct buf *out)
{
	bits_varint_write((uint64_t)n << 1, out);
	buf_add(out, &value, ((size_t)width + 7) / 8);
}

/*
 * Greedy, by groups: a run that begins on a group's first value and is long enough ends the
 * bit-packed run before it.  A repeated run costs up to five bytes with the
 * header of the bit-packed run behind it, which narrow values earn only in longer runs.
 */
void
pq_rle_write(const uint32_t *values, size_t n, int width, struct buf *out)
{
	size_t run_min = width > 3 ? 8 : width > 1 ? 16 : 32;
	size_t packed = 0, at = 0; /* values[packed] to values[at] wait to be bit-packed */

	assert(width >= 0 && width <= BITS_WIDTH_MAX && n <= UINT32_MAX / 2);
	while (at < n) {
		size_t run = run_length(values + at, n - at);

		if (run >= run_min || (run == n - at && packed == at)) {
			write_packed(values + packed, at - packed, width, out);
			pq_rle_write_run(values[at], run, width, out);
			at += run;
			packed = at;
		} else {
			at += BITS_GROUP;
		}
	}
	if (packed < n)
		write_packed(values + packed, n - packed, width, out);
}
