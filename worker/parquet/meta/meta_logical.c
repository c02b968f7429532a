/* meta_logical.c - what a leaf means: LogicalType, ConvertedType, and which types may carry it. */
#include "worker/parquet/meta/meta_logical.h"

enum { PRECISION_MAX = 1 << 16 };

/* By the number of the ConvertedType; MAP, MAP_KEY_VALUE and LIST mean nothing to a leaf. */
static const struct pq_logical converted_types[] = {
	[0] = { .meaning = PQ_STRING },
	[4] = { .meaning = PQ_ENUM },
	[5] = { .meaning = PQ_DECIMAL },
	[6] = { .meaning = PQ_DATE },
	[7] = { .meaning = PQ_TIME, .unit_per_second = 1000, .adjusted_to_utc = true },
	[8] = { .meaning = PQ_TIME, .unit_per_second = 1000000, .adjusted_to_utc = true },
	[9] = { .meaning = PQ_TIMESTAMP, .unit_per_second = 1000, .adjusted_to_utc = true },
	[10] = { .meaning = PQ_TIMESTAMP, .unit_per_second = 1000000, .adjusted_to_utc = true },
	[11] = { .meaning = PQ_INTEGER, .bit_width = 8 },
	[12] = { .meaning = PQ_INTEGER, .bit_width = 16 },
	[13] = { .meaning = PQ_INTEGER, .bit_width = 32 },
	[14] = { .meaning = PQ_INTEGER, .bit_width = 64 },
	[15] = { .meaning = PQ_INTEGER, .bit_width = 8, .is_signed = true },
	[16] = { .meaning = PQ_INTEGER, .bit_width = 16, .is_signed = true },
	[17] = { .meaning = PQ_INTEGER, .bit_width = 32, .is_signed = true },
	[18] = { .meaning = PQ_INTEGER, .bit_width = 64, .is_signed = true },
	[19] = { .meaning = PQ_JSON },
	[20] = { .meaning = PQ_BSON },
	[21] = { .meaning = PQ_INTERVAL },
};

/* By the field of the LogicalType union.  2 and 3 are MAP and LIST; 9 has never been given out. */
static const enum pq_meaning logical_types[] = {
	[1] = PQ_STRING, [4] = PQ_ENUM,      [5] = PQ_DECIMAL,  [6] = PQ_DATE,
	[7] = PQ_TIME,   [8] = PQ_TIMESTAMP, [10] = PQ_INTEGER, [11] = PQ_UNKNOWN_NULL,
	[12] = PQ_JSON,  [13] = PQ_BSON,     [14] = PQ_UUID,    [15] = PQ_FLOAT16,
};

/* By the field of the TimeUnit union. */
static const int64_t time_units[] = { 0, 1000, 1000000, 1000000000 };

struct pq_logical
pq_logical_converted(int32_t converted)
{
	if (converted < 0 || (size_t)converted >= countof(converted_types))
		return (struct pq_logical){ .is_unknown = true };
	return converted_types[converted];
}

int
pq_logical_to_converted(const struct pq_logical *logical)
{
	const struct pq_logical *c;

	for (int i = 0; i < (int)countof(converted_types); i++) {
		c = &converted_types[i];
		if (c->meaning != PQ_AS_IS && c->meaning == logical->meaning &&
		    c->bit_width == logical->bit_width && c->is_signed == logical->is_signed &&
		    c->unit_per_second == logical->unit_per_second)
			return i;
	}
	return -1;
}

/* ---- reading ---- */

static void
read_decimal(struct thrift *t, struct pq_logical *out)
{
	struct thrift_fields s;

	thrift_open(t, &s);
	while (thrift_next(t, &s)) {
		if (s.id == 1)
			out->scale = thrift_i32(t);
		else if (s.id == 2)
			out->precision = thrift_i32(t);
		else
			thrift_skip(t);
	}
}

/* A union of empty structs: how many units a second has; 0: a unit that nobody knows. */
static int64_t
read_unit(struct thrift *t)
{
	struct thrift_fields s;
	int64_t unit = 0;

	thrift_open(t, &s);
	while (thrift_next(t, &s)) {
		if (s.id > 0 && s.id < (int)countof(time_units))
			unit = time_units[s.id];
		thrift_skip(t);
	}
	return unit;
}

/* Of a time of day and of a timestamp. */
static void
read_time(struct thrift *t, struct pq_logical *out)
{
	struct thrift_fields s;

	thrift_open(t, &s);
	while (thrift_next(t, &s)) {
		if (s.id == 1)
			out->adjusted_to_utc = thrift_bool(t);
		else if (s.id == 2)
			out->unit_per_second = read_unit(t);
		else
			thrift_skip(t);
	}
}

static void
read_integer(struct thrift *t, struct pq_logical *out)
{
	struct thrift_fields s;

	thrift_open(t, &s);
	while (thrift_next(t, &s)) {
		if (s.id == 1)
			out->bit_width = thrift_i32(t);
		else if (s.id == 2)
			out->is_signed = thrift_bool(t);
		else
			thrift_skip(t);
	}
}

void
pq_logical_read(struct thrift *t, struct pq_logical *out)
{
	struct thrift_fields s;

	*out = (struct pq_logical){ .is_unknown = true };
	thrift_open(t, &s);
	while (thrift_next(t, &s)) {
		*out = (struct pq_logical){ .meaning = PQ_AS_IS };
		if (s.id > 0 && s.id < (int)countof(logical_types))
			out->meaning = logical_types[s.id];
		out->is_unknown = out->meaning == PQ_AS_IS && s.id != 2 && s.id != 3;
		if (out->meaning == PQ_DECIMAL)
			read_decimal(t, out);
		else if (out->meaning == PQ_TIME || out->meaning == PQ_TIMESTAMP)
			read_time(t, out);
		else if (out->meaning == PQ_INTEGER)
			read_integer(t, out);
		else
			thrift_skip(t);
	}
}

static bool
decimal_fits(const struct pq_logical *l, enum pq_type type)
{
	return (type == PQ_INT32 || type == PQ_INT64 || type == PQ_BYTE_ARRAY ||
		type == PQ_FIXED) &&
	       l->precision > 0 && l->precision <= PRECISION_MAX && l->scale >= 0 &&
	       l->scale <= l->precision;
}

static bool
integer_fits(const struct pq_logical *l, enum pq_type type)
{
	if (type == PQ_INT64)
		return l->bit_width == 64;
	return type == PQ_INT32 && (l->bit_width == 8 || l->bit_width == 16 || l->bit_width == 32);
}

bool
pq_logical_fits(const struct pq_logical *logical, enum pq_type type, int type_length)
{
	int64_t unit = logical->unit_per_second;

	switch (logical->meaning) {
	case PQ_STRING:
	case PQ_ENUM:
	case PQ_JSON:
	case PQ_BSON:
		return type == PQ_BYTE_ARRAY;
	case PQ_DECIMAL:
		return decimal_fits(logical, type);
	case PQ_DATE:
		return type == PQ_INT32;
	case PQ_TIME:
		return unit && type == (unit == 1000 ? PQ_INT32 : PQ_INT64);
	case PQ_TIMESTAMP:
		return unit && type == PQ_INT64;
	case PQ_INTEGER:
		return integer_fits(logical, type);
	case PQ_UUID:
		return type == PQ_FIXED && type_length == 16;
	case PQ_FLOAT16:
		return type == PQ_FIXED && type_length == 2;
	case PQ_INTERVAL:
		return type == PQ_FIXED && type_length == 12;
	case PQ_AS_IS:
	case PQ_UNKNOWN_NULL:
		break;
	}
	return true;
}

/* ---- writing ---- */

/* The field of a union that stands for `want`; 0: none does. */
static int
union_field(enum pq_meaning want)
{
	for (int i = 1; i < (int)countof(logical_types); i++)
		if (want != PQ_AS_IS && logical_types[i] == want)
			return i;
	return 0;
}

static void
write_time(struct thrift_out *w, const struct pq_logical *l)
{
	thrift_put_bool(w, 1, l->adjusted_to_utc);
	thrift_put_struct(w, 2);
	for (int i = 1; i < (int)countof(time_units); i++) {
		if (time_units[i] == l->unit_per_second) {
			thrift_put_struct(w, i);
			thrift_put_end(w);
		}
	}
	thrift_put_end(w);
}

void
pq_logical_write(struct thrift_out *w, int id, const struct pq_logical *logical)
{
	int field = union_field(logical->meaning);

	if (!field)
		return;
	thrift_put_struct(w, id);
	thrift_put_struct(w, field);
	if (logical->meaning == PQ_DECIMAL) {
		thrift_put_i32(w, 1, logical->scale);
		thrift_put_i32(w, 2, logical->precision);
	} else if (logical->meaning == PQ_TIME || logical->meaning == PQ_TIMESTAMP) {
		write_time(w, logical);
	} else if (logical->meaning == PQ_INTEGER) {
		thrift_put_i8(w, 1, (int8_t)logical->bit_width);
		thrift_put_bool(w, 2, logical->is_signed);
	}
	thrift_put_end(w);
	thrift_put_end(w);
}
