/* convert_decimal.c - decimals: an integer of any length, and a point in it. */
#include "worker/parquet/read/convert_decimal.h"

#include <endian.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * A number is kept as limbs of nine decimal digits, the lowest first.  64 bytes are at most 155
 * digits, more than a decimal may have.
 */
enum { RAW_BYTES_MAX = 64, LIMB = 1000000000, LIMB_DIGITS = 9, LIMBS = 18 };
enum {
	TEXT_ROOM = LIMBS * LIMB_DIGITS + 8, /* sign, point, and a zero before it */
};

/* Big-endian two's complement without the bytes in front that only repeat the sign. */
static struct span
shorten(struct span raw)
{
	while (raw.bytes > 1) {
		unsigned char first = (unsigned char)raw.data[0];
		unsigned char next = (unsigned char)raw.data[1];

		if (first != (next & 0x80 ? 0xff : 0))
			break;
		raw.data++;
		raw.bytes--;
	}
	return raw;
}

/* out[] becomes the decimal digits of a number's size; returns how many.  0 has none. */
static size_t
put_digits(struct span raw, bool is_negative, char out[LIMBS * LIMB_DIGITS + 1])
{
	uint32_t limbs[LIMBS] = { 0 };
	size_t n = 0, used = 0;

	/* -x is ~x + 1: the bytes are turned over, and the 1 is the first carry of the last. */
	for (size_t i = 0; i < raw.bytes; i++) {
		unsigned char byte = (unsigned char)raw.data[i];
		uint64_t carry = is_negative ? (unsigned char)~byte : byte;

		carry += is_negative && i + 1 == raw.bytes;
		for (size_t k = 0; k < n || carry; k++) {
			carry += k < n ? (uint64_t)limbs[k] << 8 : 0;
			limbs[k] = (uint32_t)(carry % LIMB);
			carry /= LIMB;
			n = k < n ? n : k + 1;
		}
	}
	for (size_t k = n; k-- > 0;)
		used += (size_t)snprintf(out + used, LIMB_DIGITS + 1, k + 1 == n ? "%u" : "%09u",
					 limbs[k]);
	return used;
}

/* The number as text, `scale` digits of it behind the point; 0: it has too many bytes. */
static size_t
put_decimal(struct span raw, int scale, char out[TEXT_ROOM])
{
	char text[LIMBS * LIMB_DIGITS + 1] = "";
	size_t n, used = 0, behind = (size_t)scale;
	bool is_negative;

	if (!raw.bytes)
		return 0;
	raw = shorten(raw);
	if (raw.bytes > RAW_BYTES_MAX)
		return 0;
	is_negative = raw.data[0] & 0x80;
	n = put_digits(raw, is_negative, text);
	if (is_negative)
		out[used++] = '-';
	if (n <= behind)
		out[used++] = '0';
	for (size_t i = 0; i + behind < n; i++)
		out[used++] = text[i];
	if (behind)
		out[used++] = '.';
	for (size_t i = behind; i > 0; i--)
		out[used++] = i > n ? '0' : text[n - i];
	return used;
}

/* The bytes of value i; an integer's are put into `room`. */
static struct span
bytes_of(const struct pq_convert *c, const struct pq_job *job, size_t i, uint64_t *room)
{
	if (c->from == PQ_TEXTS)
		return job->in.texts[i];
	*room = htobe64((uint64_t)job->in.ints[i]);
	return (struct span){ (const char *)room, sizeof(*room) };
}

void
pq_decimal_text(const struct pq_convert *c, struct pq_job *job)
{
	char *text = pq_keep_get(job->keep, job->n * TEXT_ROOM);

	job->too_large = !text;
	for (size_t i = 0; text && i < job->n; i++) {
		uint64_t room;
		size_t used = put_decimal(bytes_of(c, job, i, &room), c->digits, text);

		job->out.texts[i] = (struct span){ text, used };
		text += used;
		if (!used)
			pq_job_fault(job, i, PQ_OUT_OF_RANGE);
	}
}

/* The nearest double: what the C library makes of the text. */
void
pq_decimal_real(const struct pq_convert *c, struct pq_job *job)
{
	for (size_t i = 0; i < job->n; i++) {
		uint64_t room;
		char text[TEXT_ROOM + 1];
		size_t used = put_decimal(bytes_of(c, job, i, &room), c->digits, text);

		text[used] = '\0';
		job->out.reals[i] = strtod(text, NULL);
		if (!used)
			pq_job_fault(job, i, PQ_OUT_OF_RANGE);
	}
}

/* False: there is something behind the point, or it does not fit. */
static bool
to_int(struct span raw, int scale, int64_t *out)
{
	char text[TEXT_ROOM + 1] = "";
	size_t used = put_decimal(raw, scale, text), whole;
	uint64_t size = 0;
	bool is_negative = used && text[0] == '-';

	whole = scale ? used - (size_t)scale - 1 : used;
	for (size_t i = whole + 1; i < used; i++)
		if (text[i] != '0')
			return false;
	for (size_t i = is_negative; i < whole; i++)
		if (__builtin_mul_overflow(size, 10, &size) ||
		    __builtin_add_overflow(size, (uint64_t)(text[i] - '0'), &size))
			return false;
	if (!used || size > (uint64_t)INT64_MAX + is_negative)
		return false;
	*out = (int64_t)(is_negative ? -size : size);
	return true;
}

void
pq_decimal_int(const struct pq_convert *c, struct pq_job *job)
{
	for (size_t i = 0; i < job->n; i++) {
		uint64_t room;
		int64_t value = 0;

		if (!to_int(bytes_of(c, job, i, &room), c->digits, &value) || value < c->min ||
		    value > c->max)
			pq_job_fault(job, i, PQ_OUT_OF_RANGE);
		job->out.ints[i] = value;
	}
}
