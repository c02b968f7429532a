/* convert.c - which conversion a column needs, and those between numbers. */
#include "worker/parquet/read/convert.h"

#include "core/base/base.h"
#include "worker/parquet/read/convert_decimal.h"
#include "worker/parquet/read/convert_text.h"
#include "worker/parquet/read/job.h"

#include <endian.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { JULIAN_EPOCH_DAY = 2440588, NANOS_PER_MICRO = 1000 };

enum pq_form
pq_form_of_col(enum col_type type)
{
	if (type == COL_STRING || type == COL_JSON)
		return PQ_TEXTS;
	return type == COL_FLOAT64 ? PQ_REALS : PQ_INTS;
}

/* ---- from integers ---- */

/* Integers that stand as they are, when they lie in [min, max]. */
static void
check_range(const struct pq_convert *c, struct pq_job *job)
{
	for (size_t i = 0; i < job->n; i++) {
		int64_t value = job->in.ints[i];

		job->out.ints[i] = value;
		if (value < c->min || value > c->max)
			pq_job_fault(job, i, PQ_OUT_OF_RANGE);
	}
}

/* UINT32, which was sign-extended; max is that of the column. */
static void
widen_unsigned(const struct pq_convert *c, struct pq_job *job)
{
	for (size_t i = 0; i < job->n; i++) {
		int64_t value = (uint32_t)job->in.ints[i];

		job->out.ints[i] = value;
		if (value > c->max)
			pq_job_fault(job, i, PQ_OUT_OF_RANGE);
	}
}

static void
real_of_int(const struct pq_convert *c, struct pq_job *job)
{
	for (size_t i = 0; i < job->n; i++) {
		int64_t value = job->in.ints[i];
		bool is_negative = value < 0 && c->is_signed;
		uint64_t size = is_negative ? -(uint64_t)value : (uint64_t)value;
		double real = (double)size;

		/* 2^64 has no integer to compare with; what rounds up to it was not exact. */
		if (real >= 0x1p64 || (uint64_t)real != size)
			pq_job_fault(job, i, PQ_OUT_OF_RANGE);
		job->out.reals[i] = is_negative ? -real : real;
	}
}

static void
real_of_uint32(const struct pq_convert *c, struct pq_job *job)
{
	(void)c;
	for (size_t i = 0; i < job->n; i++)
		job->out.reals[i] = (double)(uint32_t)job->in.ints[i];
}

/* UINT64 in digits. */
static void
text_of_uint64(const struct pq_convert *c, struct pq_job *job)
{
	enum { ROOM = 24 };
	char *text = pq_keep_get(job->keep, job->n * ROOM);

	(void)c;
	job->too_large = !text;
	for (size_t i = 0; text && i < job->n; i++, text += ROOM) {
		int bytes = snprintf(text, ROOM, "%llu", (unsigned long long)job->in.ints[i]);

		job->out.texts[i] = (struct span){ text, (size_t)bytes };
	}
}

/* Milliseconds to microseconds. */
static void
micros_of_millis(const struct pq_convert *c, struct pq_job *job)
{
	(void)c;
	for (size_t i = 0; i < job->n; i++)
		if (__builtin_mul_overflow(job->in.ints[i], 1000, &job->out.ints[i]))
			pq_job_fault(job, i, PQ_OUT_OF_RANGE);
}

static int64_t
floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

static void
micros_of_nanos(const struct pq_convert *c, struct pq_job *job)
{
	(void)c;
	for (size_t i = 0; i < job->n; i++)
		job->out.ints[i] = floor_div(job->in.ints[i], NANOS_PER_MICRO);
}

/* A time of day as text: with six digits, or nine when it has nanoseconds. */
static void
text_of_time(const struct pq_convert *c, struct pq_job *job)
{
	enum { ROOM = 24 };
	char *text = pq_keep_get(job->keep, job->n * ROOM);

	job->too_large = !text;
	for (size_t i = 0; text && i < job->n; i++, text += ROOM) {
		int64_t value = job->in.ints[i], second = value / c->scale;
		int64_t rest = value % c->scale * (c->scale == 1000 ? 1000 : 1);
		int bytes;

		job->out.texts[i] = (struct span){ text, 0 };
		if (value < 0 || second >= DAY_US / SECOND_US) {
			pq_job_fault(job, i, PQ_OUT_OF_RANGE);
			continue;
		}
		bytes = snprintf(text, ROOM, "%02d:%02d:%02d.%0*d", (int)(second / 3600),
				 (int)(second / 60 % 60), (int)(second % 60), c->digits, (int)rest);
		job->out.texts[i].bytes = (size_t)bytes;
	}
}

/* ---- from bytes ---- */

/*
 * INT96: nanoseconds of the day, then the Julian day.  Spark adds the days up to 1970
 * to the microseconds first, and lets that wrap around 2^63: day and time are negative then, which
 * no other writer has, and what it wrote is 2^64 more.
 */
static bool
decode_int96(const char *raw, int64_t *out)
{
	uint64_t bits;
	uint32_t day_bits;
	int64_t nanos, day, day_us = DAY_US;
	__extension__ __int128 us, below = INT64_MIN;

	memcpy(&bits, raw, sizeof(bits));
	memcpy(&day_bits, raw + sizeof(bits), sizeof(day_bits));
	nanos = (int64_t)le64toh(bits);
	day = (int32_t)le32toh(day_bits);
	us = day - JULIAN_EPOCH_DAY;
	us = us * day_us + floor_div(nanos, NANOS_PER_MICRO);
	*out = (int64_t)us;
	below *= 2;
	return (us >= INT64_MIN && us <= INT64_MAX) ||
	       (us < INT64_MIN && us >= below && day < 0 && nanos <= 0);
}

static void
micros_of_int96(const struct pq_convert *c, struct pq_job *job)
{
	(void)c;
	for (size_t i = 0; i < job->n; i++)
		if (!decode_int96(job->in.texts[i].data, &job->out.ints[i]))
			pq_job_fault(job, i, PQ_OUT_OF_RANGE);
}

static double
half_of(uint16_t half)
{
	double sign = half & 0x8000 ? -1.0 : 1.0;
	int exponent = half >> 10 & 31, mantissa = half & 0x3ff;

	if (exponent == 31)
		return mantissa ? (double)NAN : sign * (double)INFINITY;
	if (!exponent)
		return sign * ldexp(mantissa, -24);
	return sign * ldexp(mantissa + 1024, exponent - 25);
}

static void
real_of_half(const struct pq_convert *c, struct pq_job *job)
{
	(void)c;
	for (size_t i = 0; i < job->n; i++) {
		uint16_t half;

		memcpy(&half, job->in.texts[i].data, sizeof(half));
		job->out.reals[i] = half_of(le16toh(half));
	}
}

/* ---- columns that are always null ---- */

static void
never(const struct pq_convert *c, struct pq_job *job)
{
	memset(job->out.any, 0, job->n * pq_form_bytes(c->into));
	for (size_t i = 0; i < job->n; i++)
		pq_job_fault(job, i, PQ_NOT_NULL);
}

/* ---- which one ---- */

static bool
pick_text(struct pq_convert *c, const struct pq_element *e)
{
	enum pq_meaning meaning = e->logical.meaning;

	if (e->type == PQ_BYTE_ARRAY) {
		c->run = pq_check_text;
		c->borrows = c->is_plain = true;
		return true;
	}
	if (c->is_json || e->type == PQ_INT96)
		return false;
	c->run = meaning == PQ_UUID ? pq_put_uuid : pq_put_hex;
	return meaning != PQ_FLOAT16;
}

static bool
pick_decimal(struct pq_convert *c, const struct pq_element *e, enum col_type to)
{
	c->digits = e->logical.scale;
	if (e->logical.precision > PQ_DECIMAL_DIGITS_MAX)
		return false;
	if (to == COL_STRING)
		c->run = pq_decimal_text;
	else if (to == COL_FLOAT64)
		c->run = pq_decimal_real;
	else if (to == COL_INT64 || to == COL_INT32)
		c->run = pq_decimal_int;
	return c->run;
}

/* Integers without another meaning. */
static bool
pick_int(struct pq_convert *c, const struct pq_element *e, enum col_type to)
{
	const struct pq_logical *l = &e->logical;
	bool is_unsigned = l->meaning == PQ_INTEGER && !l->is_signed;
	bool is_uint32 = is_unsigned && l->bit_width == 32;

	c->is_signed = !is_unsigned;
	if (to == COL_FLOAT64) {
		c->run = is_uint32 ? real_of_uint32 : real_of_int;
		return true;
	}
	if (to == COL_STRING && is_unsigned && !is_uint32 && e->type == PQ_INT64) {
		c->run = text_of_uint64;
		return true;
	}
	if (to != COL_INT64 && to != COL_INT32)
		return false;
	/* Of unsigned numbers with 64 bits those above INT64_MAX look negative. */
	if (is_unsigned)
		c->min = 0;
	if (is_uint32)
		c->run = widen_unsigned;
	else if ((e->type == PQ_INT64 && to == COL_INT32) || is_unsigned)
		c->run = check_range;
	return true;
}

static bool
pick_timestamp(struct pq_convert *c, const struct pq_element *e)
{
	if (e->type == PQ_INT96)
		c->run = micros_of_int96;
	else if (e->logical.unit_per_second == 1000)
		c->run = micros_of_millis;
	else if (e->logical.unit_per_second == 1000000000)
		c->run = micros_of_nanos;
	return true;
}

static bool
pick_time(struct pq_convert *c, const struct pq_element *e)
{
	c->scale = e->logical.unit_per_second;
	c->digits = c->scale == 1000000000 ? 9 : 6;
	c->run = text_of_time;
	return true;
}

bool
pq_convert_init(struct pq_convert *c, const struct pq_element *e, enum col_type to, bool any_bytes)
{
	enum pq_meaning meaning = e->logical.meaning;

	*c = (struct pq_convert){
		.from = pq_form_of(e->type),
		.into = pq_form_of_col(to),
		.any_bytes = any_bytes && to == COL_STRING,
		.is_json = to == COL_JSON,
		.is_signed = true,
		.min = to == COL_INT32 ? INT32_MIN : INT64_MIN,
		.max = to == COL_INT32 ? INT32_MAX : INT64_MAX,
	};
	switch (meaning) {
	case PQ_UNKNOWN_NULL:
		c->run = never;
		return true;
	case PQ_DECIMAL:
		return pick_decimal(c, e, to);
	case PQ_DATE:
		return to == COL_DATE;
	case PQ_TIMESTAMP:
		return to == COL_TIMESTAMP && pick_timestamp(c, e);
	case PQ_TIME:
		return to == COL_STRING && pick_time(c, e);
	case PQ_FLOAT16:
		c->run = real_of_half;
		return to == COL_FLOAT64;
	default:
		break;
	}
	switch (e->type) {
	case PQ_BOOLEAN:
		return to == COL_BOOL;
	case PQ_INT32:
	case PQ_INT64:
		return pick_int(c, e, to);
	case PQ_INT96:
		return to == COL_TIMESTAMP && pick_timestamp(c, e);
	case PQ_FLOAT:
	case PQ_DOUBLE:
		return to == COL_FLOAT64;
	default:
		return (to == COL_STRING || to == COL_JSON) && pick_text(c, e);
	}
}
