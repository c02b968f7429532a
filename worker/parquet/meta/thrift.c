/* thrift.c - the Thrift compact protocol: structs and lists out of bytes, and back. */
#include "worker/parquet/meta/thrift.h"

#include <assert.h>
#include <string.h>

enum {
	VARINT_BYTES_MAX = 10, /* 64 bits, seven in a byte */
	LIST_LONG = 15,        /* a list whose length follows its head */
	DELTA_MAX = 15,        /* fields further apart write their id */
};

/* ---- reading ---- */

void
thrift_init(struct thrift *t, const void *data, size_t bytes)
{
	static const uint8_t nothing[1];
	const uint8_t *start = bytes ? data : nothing;

	*t = (struct thrift){
		.start = start,
		.at = start,
		.end = start + bytes,
		.type = THRIFT_STRUCT,
	};
}

void
thrift_fail(struct thrift *t, const char *why)
{
	if (t->why)
		return;
	t->why = why;
	t->end = t->at;
}

/* The bytes end where a value should go on. */
static void
cut_off(struct thrift *t)
{
	if (!t->why)
		t->is_short = true;
	thrift_fail(t, "the bytes end too early");
}

size_t
thrift_used(const struct thrift *t)
{
	return (size_t)(t->at - t->start);
}

static size_t
left(const struct thrift *t)
{
	return (size_t)(t->end - t->at);
}

static uint8_t
byte(struct thrift *t)
{
	if (t->at == t->end) {
		cut_off(t);
		return 0;
	}
	return *t->at++;
}

static uint64_t
varint(struct thrift *t)
{
	uint64_t value = 0;
	uint8_t b;

	for (int shift = 0; shift < 7 * VARINT_BYTES_MAX; shift += 7) {
		b = byte(t);
		value |= (uint64_t)(b & 0x7f) << shift;
		if (b < 0x80) {
			if (shift == 63 && b > 1)
				break;
			return value;
		}
	}
	thrift_fail(t, "a number has more than 64 bits");
	return 0;
}

static int64_t
zigzag(struct thrift *t)
{
	uint64_t value = varint(t);

	return (int64_t)((value >> 1) ^ (0 - (value & 1)));
}

/* Step over bytes that have to be there. */
static const uint8_t *
take(struct thrift *t, size_t bytes)
{
	const uint8_t *data = t->at;

	if (bytes > left(t)) {
		cut_off(t);
		return NULL;
	}
	t->at += bytes;
	return data;
}

/* True when the value that comes next is what the caller wants. */
static bool
expect(struct thrift *t, bool as_wanted)
{
	if (!as_wanted)
		thrift_fail(t, "a value has another type than the format gives it");
	return !t->why;
}

/* The head of a field; *id becomes its number.  THRIFT_STOP: there is none. */
static enum thrift_type
field(struct thrift *t, int *id)
{
	uint8_t head = byte(t);
	enum thrift_type type = head & 15;
	int64_t next;

	if (!head)
		return THRIFT_STOP;
	next = head >> 4 ? *id + (head >> 4) : zigzag(t);
	if (type == THRIFT_STOP || type > THRIFT_UUID)
		thrift_fail(t, "a field has a type that does not exist");
	if (next < INT16_MIN || next > INT16_MAX)
		thrift_fail(t, "a field number has more than 16 bits");
	if (t->why)
		return THRIFT_STOP;
	*id = (int)next;
	return type;
}

/* The type of an element or of a key or value of a map. */
static enum thrift_type
item_type(struct thrift *t, unsigned type)
{
	if (type == THRIFT_STOP || type > THRIFT_UUID)
		thrift_fail(t, "a list has elements of a type that does not exist");
	return type == THRIFT_TRUE || type == THRIFT_FALSE ? THRIFT_BOOL_ITEM : type;
}

/* How many elements; each is a byte at least, so that a number that lies ends here. */
static uint32_t
checked_count(struct thrift *t, uint64_t count)
{
	if (count > INT32_MAX)
		thrift_fail(t, "a list has more than 2^31 elements");
	else if (count > left(t))
		cut_off(t);
	return t->why ? 0 : (uint32_t)count;
}

void
thrift_open(struct thrift *t, struct thrift_fields *s)
{
	*s = (struct thrift_fields){ .id = 0 };
	if (!expect(t, t->type == THRIFT_STRUCT))
		return;
	if (t->depth == THRIFT_DEPTH_MAX)
		thrift_fail(t, "structs are nested too deeply");
	t->depth++;
}

bool
thrift_next(struct thrift *t, struct thrift_fields *s)
{
	if (t->why)
		return false;
	t->type = field(t, &s->id);
	if (t->type == THRIFT_STOP) {
		t->depth--;
		return false;
	}
	if (s->id >= 0 && s->id < 64) {
		if (s->seen & THRIFT_FIELD(s->id))
			thrift_fail(t, "a field is there twice");
		s->seen |= THRIFT_FIELD(s->id);
	}
	return !t->why;
}

void
thrift_require(struct thrift *t, const struct thrift_fields *s, uint64_t fields, const char *why)
{
	if ((s->seen & fields) != fields)
		thrift_fail(t, why);
}

void
thrift_list(struct thrift *t, struct thrift_list *l)
{
	uint8_t head;

	*l = (struct thrift_list){ .count = 0 };
	if (!expect(t, t->type == THRIFT_LIST || t->type == THRIFT_SET))
		return;
	head = byte(t);
	l->count = checked_count(t, head >> 4 == LIST_LONG ? varint(t) : head >> 4);
	if (l->count)
		l->type = item_type(t, head & 15);
}

bool
thrift_item(struct thrift *t, struct thrift_list *l)
{
	if (t->why || l->begun == l->count)
		return false;
	l->at = l->begun++;
	t->type = l->type;
	return true;
}

bool
thrift_bool(struct thrift *t)
{
	uint8_t b;

	if (t->type == THRIFT_TRUE || t->type == THRIFT_FALSE)
		return !t->why && t->type == THRIFT_TRUE;
	if (!expect(t, t->type == THRIFT_BOOL_ITEM))
		return false;
	/* 2 is false as in a field; 0 is what some writers have there. */
	b = byte(t);
	if (b > THRIFT_FALSE)
		thrift_fail(t, "a boolean is neither true nor false");
	return b == THRIFT_TRUE;
}

int64_t
thrift_i64(struct thrift *t)
{
	if (!expect(t, t->type >= THRIFT_I8 && t->type <= THRIFT_I64))
		return 0;
	return t->type == THRIFT_I8 ? (int8_t)byte(t) : zigzag(t);
}

int32_t
thrift_i32(struct thrift *t)
{
	int64_t value = thrift_i64(t);

	if (value < INT32_MIN || value > INT32_MAX) {
		thrift_fail(t, "a number has more than 32 bits");
		return 0;
	}
	return (int32_t)value;
}

int64_t
thrift_size64(struct thrift *t)
{
	int64_t value = thrift_i64(t);

	if (value < 0) {
		thrift_fail(t, "an offset, size or count is negative");
		return 0;
	}
	return value;
}

int32_t
thrift_size32(struct thrift *t)
{
	int32_t value = thrift_i32(t);

	if (value < 0) {
		thrift_fail(t, "an offset, size or count is negative");
		return 0;
	}
	return value;
}

struct span
thrift_binary(struct thrift *t)
{
	struct span none = { .data = "" }, out;
	uint64_t bytes;

	if (!expect(t, t->type == THRIFT_BINARY))
		return none;
	bytes = varint(t);
	if (bytes > THRIFT_BINARY_BYTES_MAX) {
		thrift_fail(t, "a string has more than 100 MiB");
		return none;
	}
	out = (struct span){ .data = (const char *)take(t, (size_t)bytes), .bytes = (size_t)bytes };
	return t->why ? none : out;
}

/* A struct, list or map that is being stepped over. */
struct skip_level {
	bool is_struct;
	uint32_t count;            /* values that are still to come; a map's keys are values too */
	enum thrift_type types[2]; /* of every other value; of a list both are the same */
};

static void
enter(struct thrift *t, struct skip_level *l)
{
	struct thrift_list list;
	uint8_t types;

	*l = (struct skip_level){ .is_struct = t->type == THRIFT_STRUCT };
	if (l->is_struct)
		return;
	if (t->type != THRIFT_MAP) {
		thrift_list(t, &list);
		l->count = list.count;
		l->types[0] = l->types[1] = list.type;
		return;
	}
	/* A map of none has no types. */
	l->count = checked_count(t, varint(t));
	if (!l->count)
		return;
	l->count *= 2;
	types = byte(t);
	/* The last value, with one left to come, is of the second type. */
	l->types[1] = item_type(t, types & 15);
	l->types[0] = item_type(t, types >> 4);
}

/* The type of the value that comes next on a level; THRIFT_STOP: the level is over. */
static enum thrift_type
following(struct thrift *t, struct skip_level *l)
{
	int id = 0;

	if (t->why)
		return THRIFT_STOP;
	if (l->is_struct)
		return field(t, &id);
	return l->count ? l->types[l->count-- & 1] : THRIFT_STOP;
}

/* Step over a value that has no other values in it. */
static void
skip_scalar(struct thrift *t)
{
	switch (t->type) {
	case THRIFT_TRUE:
	case THRIFT_FALSE:
		break;
	case THRIFT_BOOL_ITEM:
		(void)thrift_bool(t);
		break;
	case THRIFT_DOUBLE:
		(void)take(t, 8);
		break;
	case THRIFT_UUID:
		(void)take(t, 16);
		break;
	case THRIFT_BINARY:
		(void)thrift_binary(t);
		break;
	default:
		(void)thrift_i64(t);
	}
}

void
thrift_skip(struct thrift *t)
{
	struct skip_level levels[THRIFT_DEPTH_MAX];
	int depth = 0;

	do {
		if (t->type < THRIFT_LIST || t->type > THRIFT_STRUCT)
			skip_scalar(t);
		else if (t->depth + depth < THRIFT_DEPTH_MAX)
			enter(t, &levels[depth++]);
		else
			thrift_fail(t, "structs are nested too deeply");
		while (depth && (t->type = following(t, &levels[depth - 1])) == THRIFT_STOP)
			depth--;
	} while (depth);
}

/* ---- writing ---- */

void
thrift_out_init(struct thrift_out *w, struct buf *buf)
{
	*w = (struct thrift_out){ .buf = buf };
}

static void
put_byte(struct thrift_out *w, unsigned byte)
{
	buf_char(w->buf, (char)byte);
}

static void
put_varint(struct thrift_out *w, uint64_t value)
{
	uint8_t bytes[VARINT_BYTES_MAX];
	size_t n = 0;

	for (; value >= 0x80; value >>= 7)
		bytes[n++] = (uint8_t)(value | 0x80);
	bytes[n++] = (uint8_t)value;
	buf_add(w->buf, bytes, n);
}

static void
put_zigzag(struct thrift_out *w, int64_t value)
{
	put_varint(w, (uint64_t)value << 1 ^ (value < 0 ? UINT64_MAX : 0));
}

/* The head of a field; an element of a list has none. */
static void
put_field(struct thrift_out *w, int id, enum thrift_type type)
{
	int *last;

	if (id == THRIFT_ITEM)
		return;
	assert(w->depth > 0);
	last = &w->last[w->depth - 1];
	assert(id > *last);
	if (id - *last <= DELTA_MAX) {
		put_byte(w, (unsigned)(id - *last) << 4 | type);
	} else {
		put_byte(w, type);
		put_zigzag(w, id);
	}
	*last = id;
}

void
thrift_put_struct(struct thrift_out *w, int id)
{
	put_field(w, id, THRIFT_STRUCT);
	assert(w->depth < THRIFT_WRITE_DEPTH_MAX);
	w->last[w->depth++] = 0;
}

void
thrift_put_end(struct thrift_out *w)
{
	assert(w->depth > 0);
	put_byte(w, THRIFT_STOP);
	w->depth--;
}

void
thrift_put_list(struct thrift_out *w, int id, enum thrift_type type, size_t count)
{
	assert(count <= INT32_MAX);
	put_field(w, id, THRIFT_LIST);
	if (count < LIST_LONG) {
		put_byte(w, (unsigned)count << 4 | type);
	} else {
		put_byte(w, LIST_LONG << 4 | type);
		put_varint(w, count);
	}
}

void
thrift_put_bool(struct thrift_out *w, int id, bool value)
{
	enum thrift_type type = value ? THRIFT_TRUE : THRIFT_FALSE;

	if (id == THRIFT_ITEM)
		put_byte(w, type);
	else
		put_field(w, id, type);
}

void
thrift_put_i8(struct thrift_out *w, int id, int8_t value)
{
	put_field(w, id, THRIFT_I8);
	put_byte(w, (uint8_t)value);
}

void
thrift_put_i16(struct thrift_out *w, int id, int16_t value)
{
	put_field(w, id, THRIFT_I16);
	put_zigzag(w, value);
}

void
thrift_put_i32(struct thrift_out *w, int id, int32_t value)
{
	put_field(w, id, THRIFT_I32);
	put_zigzag(w, value);
}

void
thrift_put_i64(struct thrift_out *w, int id, int64_t value)
{
	put_field(w, id, THRIFT_I64);
	put_zigzag(w, value);
}

void
thrift_put_binary(struct thrift_out *w, int id, struct span value)
{
	put_field(w, id, THRIFT_BINARY);
	put_varint(w, value.bytes);
	buf_add(w->buf, value.data, value.bytes);
}

void
thrift_put_text(struct thrift_out *w, int id, const char *text)
{
	thrift_put_binary(w, id, (struct span){ .data = text, .bytes = strlen(text) });
}
