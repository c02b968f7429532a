/* delta.c - DELTA_BINARY_PACKED: integers as differences, packed by blocks. */
#include "worker/parquet/code/delta.h"

#include "worker/parquet/code/bits.h"

enum {
	BLOCK_VALUES_UNIT = 128, /* a block is a multiple of it, a mini block of PQ_DELTA_GROUP */
	BLOCK_VALUES = 128,      /* what we write */
	MINIS = 4,
	MINI_VALUES = BLOCK_VALUES / MINIS,
	GROUPS = PQ_DELTA_GROUP / BITS_GROUP,
	WIDTH_MAX = 64,
	GROUP_BYTES_MAX = PQ_DELTA_GROUP * WIDTH_MAX / 8,
};

bool
pq_delta_init(struct pq_delta *d, const void *data, size_t bytes, uint64_t values_max,
	      uint64_t *count)
{
	uint64_t first;

	*d = (struct pq_delta){ .at = data, .end = data, .first = true };
	if (!bytes)
		return false;
	d->end = d->at + bytes;
	if (!bits_varint_read(&d->at, d->end, &d->block_values) ||
	    !bits_varint_read(&d->at, d->end, &d->n_minis) ||
	    !bits_varint_read(&d->at, d->end, &d->left) ||
	    !bits_varint_read(&d->at, d->end, &first))
		return false;
	if (!d->block_values || d->block_values % BLOCK_VALUES_UNIT ||
	    d->block_values > UINT32_MAX || !d->n_minis || d->block_values % d->n_minis)
		return false;
	d->mini_values = d->block_values / d->n_minis;
	if (d->mini_values % PQ_DELTA_GROUP || d->left > values_max)
		return false;
	d->mini = d->n_minis;
	d->value = bits_unzigzag(first);
	*count = d->left;
	return true;
}

static bool
begin_block(struct pq_delta *d)
{
	uint64_t min_delta;

	if (!bits_varint_read(&d->at, d->end, &min_delta) ||
	    (uint64_t)(d->end - d->at) < d->n_minis)
		return false;
	d->min_delta = bits_unzigzag(min_delta);
	d->widths = d->at;
	d->at += d->n_minis;
	d->mini = 0;
	return true;
}

/* The widths of mini blocks that are not needed have no meaning, so each is looked at when used. */
static bool
begin_mini(struct pq_delta *d)
{
	if (d->mini == d->n_minis && !begin_block(d))
		return false;
	d->width = d->widths[d->mini++];
	d->mini_left = d->mini_values;
	return d->width <= WIDTH_MAX;
}

/* Fields of 33 to 64 bits may begin anywhere in a byte and so reach into a ninth one. */
static void
unpack_wide(const uint8_t *in, int width, uint64_t *out)
{
	uint64_t bit = 0;

	for (int i = 0; i < PQ_DELTA_GROUP; i++, bit += (uint64_t)width) {
		const uint8_t *at = in + bit / 8;
		uint64_t high = (uint64_t)at[8] << 1 << (63 - bit % 8);

		out[i] = (bits_load64(at) >> bit % 8 | high) & bits_mask(width);
	}
}

/* The values that the differences of one group lead to. */
static void
sum_group(struct pq_delta *d, const uint8_t *in, int64_t *out)
{
	uint64_t value = d->value, min_delta = d->min_delta;
	uint32_t narrow[PQ_DELTA_GROUP];

	bits_unpack(in, d->width, narrow, GROUPS);
	for (int i = 0; i < PQ_DELTA_GROUP; i++)
		out[i] = (int64_t)(value += min_delta + narrow[i]);
	d->value = value;
}

static void
sum_wide_group(struct pq_delta *d, const uint8_t *in, int64_t *out)
{
	uint64_t value = d->value, min_delta = d->min_delta, wide[PQ_DELTA_GROUP];

	unpack_wide(in, d->width, wide);
	for (int i = 0; i < PQ_DELTA_GROUP; i++)
		out[i] = (int64_t)(value += min_delta + wide[i]);
	d->value = value;
}

/* The last group of a page whose writer left out the bytes behind the last value. */
static bool
cut_group(struct pq_delta *d, int64_t *out)
{
	uint8_t whole[GROUP_BYTES_MAX + PQ_PAD] = { 0 };
	uint64_t wanted = d->left < PQ_DELTA_GROUP ? d->left : PQ_DELTA_GROUP;
	size_t have = (size_t)(d->end - d->at);

	if (have < (wanted * (uint64_t)d->width + 7) / 8)
		return false;
	memcpy(whole, d->at, have);
	d->at = d->end;
	if (d->width <= BITS_WIDTH_MAX)
		sum_group(d, whole, out);
	else
		sum_wide_group(d, whole, out);
	return true;
}

/* The next group of values; behind the last one of the page they have no meaning. */
static bool
next_group(struct pq_delta *d, int64_t *out)
{
	size_t bytes;

	if (!d->mini_left && !begin_mini(d))
		return false;
	d->mini_left -= PQ_DELTA_GROUP;
	bytes = PQ_DELTA_GROUP / 8 * (size_t)d->width;
	if ((size_t)(d->end - d->at) < bytes)
		return cut_group(d, out);
	if (d->width <= BITS_WIDTH_MAX)
		sum_group(d, d->at, out);
	else
		sum_wide_group(d, d->at, out);
	d->at += bytes;
	return true;
}

/* The mini block of the last value is there to its end. */
static void
finish(struct pq_delta *d)
{
	uint64_t rest = d->mini_left / 8 * (uint64_t)d->width;
	uint64_t have = (uint64_t)(d->end - d->at);

	d->at += rest < have ? rest : have;
	d->mini_left = 0;
}

/* At most n values by way of ready[]; 0: the bytes are damaged. */
static size_t
take_ready(struct pq_delta *d, int64_t *out, size_t n)
{
	if (!d->n_ready) {
		if (!next_group(d, d->ready))
			return 0;
		d->n_ready = PQ_DELTA_GROUP;
	}
	if (n > d->n_ready)
		n = d->n_ready;
	memcpy(out, d->ready + PQ_DELTA_GROUP - d->n_ready, n * sizeof(*out));
	d->n_ready -= (uint32_t)n;
	return n;
}

bool
pq_delta_read(struct pq_delta *d, int64_t *out, size_t n)
{
	if (n > d->left)
		return false;
	if (n && d->first) {
		*out++ = (int64_t)d->value;
		d->first = false;
		d->left--;
		n--;
	}
	while (n) {
		size_t some = PQ_DELTA_GROUP;

		if (d->n_ready || n < PQ_DELTA_GROUP) {
			some = take_ready(d, out, n);
			if (!some)
				return false;
		} else if (!next_group(d, out)) {
			return false;
		}
		out += some;
		n -= some;
		d->left -= some;
	}
	if (!d->left)
		finish(d);
	return true;
}

const uint8_t *
pq_delta_end(const struct pq_delta *d)
{
	return d->at;
}

/* Fields of any width from 1 to 64 bits. */
static void
pack_wide(const uint64_t *in, int width, uint8_t *out)
{
	uint64_t word = 0;
	int used = 0;

	for (int i = 0; i < MINI_VALUES; i++) {
		word |= in[i] << used;
		used += width;
		if (used >= 64) {
			memcpy(out, &word, sizeof(word));
			out += sizeof(word);
			used -= 64;
			word = used ? in[i] >> (width - used) : 0;
		}
	}
	memcpy(out, &word, sizeof(word));
}

static void
write_mini(const uint64_t *fields, int width, struct buf *out)
{
	uint8_t bytes[GROUP_BYTES_MAX + BITS_SLACK];
	uint32_t narrow[MINI_VALUES];

	if (width <= BITS_WIDTH_MAX) {
		for (int i = 0; i < MINI_VALUES; i++)
			narrow[i] = (uint32_t)fields[i];
		bits_pack(narrow, width, bytes, GROUPS);
	} else {
		pack_wide(fields, width, bytes);
	}
	buf_add(out, bytes, MINI_VALUES / 8 * (size_t)width);
}

/* n differences, 1 to BLOCK_VALUES, of which `min` is the smallest. */
static void
write_block(const int64_t *deltas, size_t n, int64_t min, struct buf *out)
{
	uint64_t fields[BLOCK_VALUES] = { 0 };
	uint8_t widths[MINIS] = { 0 };

	for (size_t i = 0; i < n; i++)
		fields[i] = (uint64_t)deltas[i] - (uint64_t)min;
	for (size_t m = 0; m < MINIS; m++) {
		uint64_t all = 0;

		for (size_t i = 0; i < MINI_VALUES; i++)
			all |= fields[m * MINI_VALUES + i];
		widths[m] = (uint8_t)bits_needed(all);
	}
	bits_varint_write(bits_zigzag(min), out);
	buf_add(out, widths, sizeof(widths));
	for (size_t m = 0; m * MINI_VALUES < n; m++)
		write_mini(fields + m * MINI_VALUES, widths[m], out);
}

void
pq_delta_write(const int64_t *values, size_t n, bool is_int32, struct buf *out)
{
	int64_t deltas[BLOCK_VALUES];

	bits_varint_write(BLOCK_VALUES, out);
	bits_varint_write(MINIS, out);
	bits_varint_write(n, out);
	bits_varint_write(bits_zigzag(n ? values[0] : 0), out);
	for (size_t at = 1; at < n; at += BLOCK_VALUES) {
		size_t some = n - at < BLOCK_VALUES ? n - at : BLOCK_VALUES;
		int64_t min = INT64_MAX;

		for (size_t i = 0; i < some; i++) {
			uint64_t delta = (uint64_t)values[at + i] - (uint64_t)values[at + i - 1];

			deltas[i] = is_int32 ? (int32_t)(uint32_t)delta : (int64_t)delta;
			if (deltas[i] < min)
				min = deltas[i];
		}
		write_block(deltas, some, min, out);
	}
}
