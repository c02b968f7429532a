/*
 * thrift.h - the Thrift compact protocol: structs and lists out of bytes, and back.  Pure.
 *
 * github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md, as
 * much of it as Parquet needs.
 *
 * Reading is one checked cursor over bytes that somebody else owns; it allocates
 * nothing.  The first thing that is wrong stays in `why`: from then on every value
 * is 0, every struct and list is at its end, so that it is enough to look once, at
 * the end.
 *
 *	thrift_open(&t, &s);
 *	while (thrift_next(&t, &s))
 *		switch (s.id) {
 *		case 1: rows = thrift_i64(&t); break;
 *		default: thrift_skip(&t);
 *		}
 *	thrift_require(&t, &s, THRIFT_FIELD(1), "the number of rows is missing");
 */
#ifndef WORKER_PARQUET_META_THRIFT_H
#define WORKER_PARQUET_META_THRIFT_H

#include "core/base/buf.h"
#include "worker/rows/dict.h"

enum {
	THRIFT_DEPTH_MAX = 64,               /* structs, lists and maps within one another */
	THRIFT_BINARY_BYTES_MAX = 100 << 20, /* of one string */
	THRIFT_WRITE_DEPTH_MAX = 8,          /* structs within one another that we write */
};

/* What stands before a value; the numbers are those of the protocol. */
enum thrift_type {
	THRIFT_STOP,
	THRIFT_TRUE,
	THRIFT_FALSE,
	THRIFT_I8,
	THRIFT_I16,
	THRIFT_I32,
	THRIFT_I64,
	THRIFT_DOUBLE,
	THRIFT_BINARY,
	THRIFT_LIST,
	THRIFT_SET,
	THRIFT_MAP,
	THRIFT_STRUCT,
	THRIFT_UUID,
	THRIFT_BOOL_ITEM = 16, /* not in the protocol: a boolean in a list is a byte of its own */
};

struct thrift {
	const uint8_t *start, *at, *end;
	const char *why;       /* static text; NULL: all is well */
	bool is_short;         /* what is wrong is that the bytes end: more of them may help */
	int depth;             /* structs that are open */
	enum thrift_type type; /* of the value that comes next */
};

/* A struct that is being read. */
struct thrift_fields {
	int id;        /* of the field that comes next */
	uint64_t seen; /* THRIFT_FIELD() of each field so far with an id of 0 to 63 */
};
#define THRIFT_FIELD(id) (UINT64_C(1) << (id))

/* A list (or set) that is being read. */
struct thrift_list {
	uint32_t count;        /* never more than the bytes that were left */
	uint32_t at;           /* the element that comes next */
	uint32_t begun;        /* elements begun */
	enum thrift_type type; /* of the elements */
};

/* The value that comes next is a struct without a field before it: the outermost one. */
void thrift_init(struct thrift *t, const void *data, size_t bytes);

/* Say what is wrong (static text) with the value just read; the first to say something wins. */
void thrift_fail(struct thrift *t, const char *why);

/* Bytes read so far; after a failure: up to it. */
size_t thrift_used(const struct thrift *t);

/* Begin a struct; then thrift_next() until it is false. */
void thrift_open(struct thrift *t, struct thrift_fields *s);

/*
 * Step to the next field: s->id.  Its value has to be read or skipped before the
 * next call.  False: the struct is over, or something is wrong.  A field that is
 * there twice is wrong.
 */
bool thrift_next(struct thrift *t, struct thrift_fields *s);

/* Fail with `why` unless all of `fields` (THRIFT_FIELD() | ...) have been seen. */
void thrift_require(struct thrift *t, const struct thrift_fields *s, uint64_t fields,
		    const char *why);

/* Begin a list or set; then thrift_item() until it is false. */
void thrift_list(struct thrift *t, struct thrift_list *l);

/* Step to the next element: l->at.  Its value has to be read or skipped before the next call. */
bool thrift_item(struct thrift *t, struct thrift_list *l);

/*
 * A truth value.  Here as in the next five: what is wrong is another type that stands there.
 * Integers of every width are taken where the number fits, as some writers choose the width by the
 * number.
 */
bool thrift_bool(struct thrift *t);

/* A number of at most 32 bits; where a wider one stands, one that fits. */
int32_t thrift_i32(struct thrift *t);

/* A number of at most 64 bits. */
int64_t thrift_i64(struct thrift *t);

/* As thrift_i32(), and a negative number is wrong. */
int32_t thrift_size32(struct thrift *t);

/* As thrift_i64(), and a negative number is wrong. */
int64_t thrift_size64(struct thrift *t);

/* A string or binary; borrowed from the bytes that are being read. */
struct span thrift_binary(struct thrift *t);

/* Step over a value of any type, however deep, at most THRIFT_DEPTH_MAX. */
void thrift_skip(struct thrift *t);

/* ---- writing ---- */

/* In place of a field id: an element of a list, or the outermost struct. */
enum { THRIFT_ITEM = 0 };

struct thrift_out {
	struct buf *buf;
	int depth;
	int last[THRIFT_WRITE_DEPTH_MAX]; /* the last field of each open struct */
};

/* Everything is appended to `buf`. */
void thrift_out_init(struct thrift_out *w, struct buf *buf);

/* A struct; fields have to come by ascending id until its end. */
void thrift_put_struct(struct thrift_out *w, int id);

/* The end of the struct that was begun last. */
void thrift_put_end(struct thrift_out *w);

/* The head of a list; `count` elements have to follow, with THRIFT_ITEM for an id. */
void thrift_put_list(struct thrift_out *w, int id, enum thrift_type type, size_t count);

/* A field of that id, or with THRIFT_ITEM an item of a list: true or false. */
void thrift_put_bool(struct thrift_out *w, int id, bool value);

/* A field, or an item, of 8 bits. */
void thrift_put_i8(struct thrift_out *w, int id, int8_t value);

/* One of 16 bits. */
void thrift_put_i16(struct thrift_out *w, int id, int16_t value);

/* One of 32 bits. */
void thrift_put_i32(struct thrift_out *w, int id, int32_t value);

/* One of 64 bits. */
void thrift_put_i64(struct thrift_out *w, int id, int64_t value);

/* One of any bytes. */
void thrift_put_binary(struct thrift_out *w, int id, struct span value);

/* One of a string. */
void thrift_put_text(struct thrift_out *w, int id, const char *text);

#endif
