/* bounds.c - the smallest and the largest of some values, as statistics say them. */
#include "worker/parquet/write/bounds.h"

#include <math.h>
#include <string.h>

static double
as_real(uint64_t word)
{
	double real;

	memcpy(&real, &word, sizeof(real));
	return real;
}

static void
add_word(struct pq_bounds *b, enum pq_type type, uint64_t word)
{
	if (type == PQ_DOUBLE) {
		double real = as_real(word);

		if (isnan(real))
			return;
		if (!b->known || real < as_real(b->min_word))
			b->min_word = word;
		if (!b->known || real > as_real(b->max_word))
			b->max_word = word;
	} else {
		if (!b->known || (int64_t)word < (int64_t)b->min_word)
			b->min_word = word;
		if (!b->known || (int64_t)word > (int64_t)b->max_word)
			b->max_word = word;
	}
	b->known = true;
}

static void
add_text(struct pq_bounds *b, struct span text)
{
	if (!b->known || span_compare(text, b->min_text) < 0)
		b->min_text = text;
	if (!b->known || span_compare(text, b->max_text) > 0)
		b->max_text = text;
	b->known = true;
}

static void
add_value(struct pq_bounds *b, const struct pq_kind *kind, const struct pq_values *v, size_t at)
{
	if (kind->type == PQ_BYTE_ARRAY)
		add_text(b, pq_values_text(v, at));
	else
		add_word(b, kind->type, v->words[at]);
}

/* Integers are most of what there is: one loop without a branch. */
static void
add_integers(struct pq_bounds *b, const uint64_t *words, size_t n)
{
	int64_t min = (int64_t)words[0], max = min;

	for (size_t i = 1; i < n; i++) {
		int64_t value = (int64_t)words[i];

		min = value < min ? value : min;
		max = value > max ? value : max;
	}
	add_word(b, PQ_INT64, (uint64_t)min);
	add_word(b, PQ_INT64, (uint64_t)max);
}

void
pq_bounds_add(struct pq_bounds *b, const struct pq_kind *kind, const struct pq_values *v,
	      size_t from, size_t n)
{
	if (n && kind->type != PQ_BYTE_ARRAY && kind->type != PQ_DOUBLE) {
		add_integers(b, v->words + from, n);
		return;
	}
	for (size_t i = from; i < from + n; i++)
		add_value(b, kind, v, i);
}

void
pq_bounds_add_used(struct pq_bounds *b, const struct pq_kind *kind, const struct pq_values *v,
		   const bool *used, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (used[i])
			add_value(b, kind, v, i);
}

static struct span
keep_text(struct span text, char out[PQ_BOUND_BYTES_MAX + 1])
{
	size_t bytes = text.bytes < PQ_BOUND_BYTES_MAX + 1 ? text.bytes : PQ_BOUND_BYTES_MAX + 1;

	memcpy(out, text.data, bytes);
	return (struct span){ out, bytes };
}

void
pq_bounds_keep(struct pq_bounds *b, const struct pq_kind *kind, struct pq_bound_texts *texts)
{
	if (!b->known || kind->type != PQ_BYTE_ARRAY)
		return;
	b->min_text = keep_text(b->min_text, texts->min);
	b->max_text = keep_text(b->max_text, texts->max);
}

void
pq_bounds_merge(struct pq_bounds *b, const struct pq_kind *kind, const struct pq_bounds *other)
{
	if (!other->known)
		return;
	if (kind->type == PQ_BYTE_ARRAY) {
		add_text(b, other->min_text);
		add_text(b, other->max_text);
	} else {
		add_word(b, kind->type, other->min_word);
		add_word(b, kind->type, other->max_word);
	}
}

/* ---- texts that are too long ---- */

/* Where the last character of text[0, bytes) begins; -1: that is not UTF-8. */
static int
last_character(const unsigned char *text, int bytes)
{
	static const unsigned char lead_mask[] = { 0x80, 0xe0, 0xf0, 0xf8 };
	static const unsigned char lead[] = { 0x00, 0xc0, 0xe0, 0xf0 };

	for (int tail = 0; tail < 4 && tail < bytes; tail++) {
		int at = bytes - 1 - tail;

		if ((text[at] & 0xc0) == 0x80)
			continue;
		return (text[at] & lead_mask[tail]) == lead[tail] ? at : -1;
	}
	return -1;
}

/* How many of the first PQ_BOUND_BYTES_MAX bytes are whole characters; bytes that are no UTF-8 are
 * cut anywhere. */
static int
whole_characters(struct span text)
{
	int at = PQ_BOUND_BYTES_MAX;

	/* The text goes on behind: it may be that the cut is inside a character. */
	for (int tail = 0; tail < 4; tail++, at--)
		if (((unsigned char)text.data[at] & 0xc0) != 0x80)
			return at;
	return PQ_BOUND_BYTES_MAX;
}

static uint32_t
decode(const unsigned char *p, int bytes)
{
	uint32_t c = bytes == 1 ? p[0] : p[0] & (0x7fU >> bytes);

	for (int i = 1; i < bytes; i++)
		c = c << 6 | (p[i] & 0x3f);
	return c;
}

static int
encoded_bytes(uint32_t c)
{
	return 1 + (c >= 0x80) + (c >= 0x800) + (c >= 0x10000);
}

static void
encode(uint32_t c, int bytes, unsigned char *out)
{
	static const unsigned char lead[] = { 0, 0x00, 0xc0, 0xe0, 0xf0 };

	for (int i = bytes - 1; i > 0; i--, c >>= 6)
		out[i] = (unsigned char)(0x80 | (c & 0x3f));
	out[0] = (unsigned char)(lead[bytes] | c);
}

/*
 * Make text[0, bytes) larger than everything that begins with it: its last character
 * becomes the next one of as many bytes; one that is the last of its length goes away, and the one
 * before it counts.  Returns the new length; 0: there is no such text.
 */
static int
step_up(unsigned char *text, int bytes)
{
	while (bytes > 0) {
		int at = last_character(text, bytes), length = bytes - at;
		uint32_t next;

		if (at < 0)
			return 0;
		next = decode(text + at, length) + 1;
		if (next == 0xd800) /* what follows are surrogates, which UTF-8 does not have */
			next = 0xe000;
		if (next <= 0x10ffff && encoded_bytes(next) == length) {
			encode(next, length, text + at);
			return bytes;
		}
		bytes = at;
	}
	return 0;
}

static void
say_texts(const struct pq_bounds *b, struct pq_bound_bytes *bytes, struct pq_statistics *stats)
{
	struct span min = b->min_text, max = b->max_text;

	stats->min_exact = min.bytes <= PQ_BOUND_BYTES_MAX;
	if (!stats->min_exact)
		min.bytes = (size_t)whole_characters(min);
	memcpy(bytes->min, min.data, min.bytes);
	stats->min = (struct span){ bytes->min, min.bytes };
	stats->has_min = true;

	stats->max_exact = max.bytes <= PQ_BOUND_BYTES_MAX;
	stats->has_max = true;
	if (!stats->max_exact) {
		max.bytes = (size_t)whole_characters(max);
		memcpy(bytes->max, max.data, max.bytes);
		max.bytes = (size_t)step_up((unsigned char *)bytes->max, (int)max.bytes);
		stats->has_max = max.bytes > 0;
	} else {
		memcpy(bytes->max, max.data, max.bytes);
	}
	stats->max = (struct span){ bytes->max, max.bytes };
}

void
pq_bounds_say(const struct pq_bounds *b, const struct pq_kind *kind, struct pq_bound_bytes *bytes,
	      struct pq_statistics *stats)
{
	uint64_t min = b->min_word, max = b->max_word;
	size_t width = kind->width ? kind->width : 1;

	if (!b->known)
		return;
	if (kind->type == PQ_BYTE_ARRAY) {
		say_texts(b, bytes, stats);
		return;
	}
	if (kind->type == PQ_DOUBLE && as_real(min) == 0)
		min = UINT64_C(1) << 63;
	if (kind->type == PQ_DOUBLE && as_real(max) == 0)
		max = 0;
	memcpy(bytes->min, &min, width);
	memcpy(bytes->max, &max, width);
	stats->min = (struct span){ bytes->min, width };
	stats->max = (struct span){ bytes->max, width };
	stats->has_min = stats->has_max = stats->min_exact = stats->max_exact = true;
}

int
pq_bound_compare(const struct pq_kind *kind, struct span a, struct span b)
{
	int64_t left = 0, right = 0;

	if (kind->type == PQ_BYTE_ARRAY)
		return span_compare(a, b);
	memcpy(&left, a.data, a.bytes);
	memcpy(&right, b.data, b.bytes);
	if (kind->type == PQ_DOUBLE)
		return (as_real((uint64_t)left) > as_real((uint64_t)right)) -
		       (as_real((uint64_t)left) < as_real((uint64_t)right));
	if (kind->type == PQ_INT32) {
		left = (int32_t)left;
		right = (int32_t)right;
	}
	return (left > right) - (left < right);
}
