/* test_thrift.c - the Thrift compact protocol, byte by byte, and what is no Thrift. */
#include "core/base/mem.h"
#include "worker/parquet/meta/thrift.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* A literal with its length: NUL bytes are part of it. */
#define BYTES(text) text, sizeof(text) - 1

static void
write_every_type(struct buf *b)
{
	struct thrift_out w;

	thrift_out_init(&w, b);
	thrift_put_struct(&w, THRIFT_ITEM);
	thrift_put_bool(&w, 1, true);
	thrift_put_bool(&w, 2, false);
	thrift_put_i8(&w, 3, INT8_MIN);
	thrift_put_i16(&w, 4, INT16_MIN);
	thrift_put_i32(&w, 5, INT32_MIN);
	thrift_put_i64(&w, 6, INT64_MIN);
	thrift_put_binary(&w, 7, (struct span){ .data = "a\0b", .bytes = 3 });
	thrift_put_list(&w, 8, THRIFT_I32, 3);
	thrift_put_i32(&w, THRIFT_ITEM, 1);
	thrift_put_i32(&w, THRIFT_ITEM, -1);
	thrift_put_i32(&w, THRIFT_ITEM, 2);
	thrift_put_list(&w, 9, THRIFT_TRUE, 2);
	thrift_put_bool(&w, THRIFT_ITEM, true);
	thrift_put_bool(&w, THRIFT_ITEM, false);
	thrift_put_struct(&w, 10);
	thrift_put_i64(&w, 1, 1);
	thrift_put_end(&w);
	thrift_put_i32(&w, 26, 0);
	thrift_put_end(&w);
}

static void
read_scalars(struct thrift *t, struct thrift_fields *s)
{
	struct span text;

	thrift_open(t, s);
	assert_true(thrift_next(t, s) && s->id == 1 && thrift_bool(t));
	assert_true(thrift_next(t, s) && s->id == 2 && !thrift_bool(t));
	assert_true(thrift_next(t, s) && thrift_i32(t) == INT8_MIN);
	assert_true(thrift_next(t, s) && thrift_i32(t) == INT16_MIN);
	assert_true(thrift_next(t, s) && thrift_i32(t) == INT32_MIN);
	assert_true(thrift_next(t, s) && thrift_i64(t) == INT64_MIN);
	assert_true(thrift_next(t, s));
	text = thrift_binary(t);
	assert_true(text.bytes == 3 && memcmp(text.data, "a\0b", 3) == 0);
}

static void
writes_and_reads_every_type(void **state)
{
	const char want[] = "\x11"                     /* 1: true */
			    "\x12"                     /* 2: false */
			    "\x13\x80"                 /* 3: i8 -128 */
			    "\x14\xff\xff\x03"         /* 4: i16 -32768 */
			    "\x15\xff\xff\xff\xff\x0f" /* 5: i32 -2^31 */
			    "\x16\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"
			    "\x18\x03"
			    "a\0b"                 /* 7: binary */
			    "\x19\x35\x02\x01\x04" /* 8: list of i32 1 -1 2 */
			    "\x19\x21\x01\x02"     /* 9: list of true false */
			    "\x1c\x16\x02\x00"     /* 10: struct { 1: 1 } */
			    "\x05\x34\x00"         /* 26: i32 0, too far for a delta */
			    "\x00";
	const int32_t numbers[] = { 1, -1, 2 };
	struct thrift_fields s, inner;
	struct thrift_list l;
	struct thrift t;
	struct buf b;

	(void)state;
	buf_init(&b, SIZE_MAX);
	write_every_type(&b);
	assert_int_equal(b.bytes, sizeof(want) - 1);
	assert_memory_equal(b.data, want, b.bytes);

	thrift_init(&t, b.data, b.bytes);
	read_scalars(&t, &s);
	assert_true(thrift_next(&t, &s));
	thrift_list(&t, &l);
	assert_int_equal(l.count, 3);
	for (int i = 0; i < 3; i++)
		assert_true(thrift_item(&t, &l) && thrift_i32(&t) == numbers[i]);
	assert_false(thrift_item(&t, &l));
	assert_true(thrift_next(&t, &s));
	thrift_list(&t, &l);
	assert_true(thrift_item(&t, &l) && thrift_bool(&t));
	assert_true(thrift_item(&t, &l) && !thrift_bool(&t));
	assert_false(thrift_item(&t, &l));
	assert_true(thrift_next(&t, &s) && s.id == 10);
	thrift_open(&t, &inner);
	assert_true(thrift_next(&t, &inner) && thrift_i64(&t) == 1);
	assert_false(thrift_next(&t, &inner));
	assert_true(thrift_next(&t, &s) && s.id == 26 && thrift_i32(&t) == 0);
	assert_false(thrift_next(&t, &s));
	assert_null(t.why);
	assert_int_equal(t.depth, 0);
	assert_int_equal(thrift_used(&t), b.bytes);
	buf_release(&b);
}

static void
counts_on_both_sides_of_a_long_list(void **state)
{
	struct thrift_fields s;
	struct thrift_list l;
	struct thrift_out w;
	struct thrift t;
	struct buf b;

	(void)state;
	for (size_t n = 0; n <= 300; n += n == 16 ? 284 : 1) {
		buf_init(&b, SIZE_MAX);
		thrift_out_init(&w, &b);
		thrift_put_struct(&w, THRIFT_ITEM);
		thrift_put_list(&w, 1, THRIFT_I64, n);
		for (size_t i = 0; i < n; i++)
			thrift_put_i64(&w, THRIFT_ITEM, (int64_t)i);
		thrift_put_end(&w);
		thrift_init(&t, b.data, b.bytes);
		thrift_open(&t, &s);
		assert_true(thrift_next(&t, &s));
		thrift_list(&t, &l);
		assert_int_equal(l.count, n);
		while (thrift_item(&t, &l))
			assert_int_equal(thrift_i64(&t), l.at);
		assert_false(thrift_next(&t, &s));
		assert_null(t.why);
		buf_release(&b);
	}
}

/* A struct of one field 1, read as what; the rest of it has to be skipped well, too. */
enum read_as { AS_SKIP, AS_BOOL, AS_I32, AS_I64, AS_SIZE32, AS_SIZE64, AS_BINARY, AS_LIST };

static void
read_one(struct thrift *t, enum read_as as)
{
	struct thrift_fields s;
	struct thrift_list l;

	thrift_open(t, &s);
	while (thrift_next(t, &s)) {
		switch (as) {
		case AS_BOOL:
			(void)thrift_bool(t);
			break;
		case AS_I32:
			(void)thrift_i32(t);
			break;
		case AS_I64:
			(void)thrift_i64(t);
			break;
		case AS_SIZE32:
			(void)thrift_size32(t);
			break;
		case AS_SIZE64:
			(void)thrift_size64(t);
			break;
		case AS_BINARY:
			(void)thrift_binary(t);
			break;
		case AS_LIST:
			thrift_list(t, &l);
			while (thrift_item(t, &l))
				thrift_skip(t);
			break;
		case AS_SKIP:
			thrift_skip(t);
		}
	}
	thrift_require(t, &s, THRIFT_FIELD(1), "field 1 is missing");
}

#define TOO_EARLY "the bytes end too early"
#define ANOTHER "a value has another type than the format gives it"
#define NEGATIVE "an offset, size or count is negative"
#define TWICE "a field is there twice"
#define NO_TYPE "a field has a type that does not exist"
#define NO_ITEM "a list has elements of a type that does not exist"
#define LONG64 "a number has more than 64 bits"
#define LONG32 "a number has more than 32 bits"

static const struct {
	const char *name, *data;
	size_t bytes;
	enum read_as as;
	const char *why; /* NULL: fine */
} one_field[] = {
	{ "nothing", BYTES(""), AS_SKIP, TOO_EARLY },
	{ "empty struct", BYTES("\0"), AS_SKIP, "field 1 is missing" },
	{ "no value", BYTES("\x15"), AS_I32, TOO_EARLY },
	{ "no stop", BYTES("\x15\x02"), AS_I32, TOO_EARLY },
	{ "type 0 with a delta", BYTES("\x10\0"), AS_SKIP, NO_TYPE },
	{ "type 14", BYTES("\x1e\0"), AS_SKIP, NO_TYPE },
	{ "type 15", BYTES("\x1f\0"), AS_SKIP, NO_TYPE },
	{ "twice by a long id", BYTES("\x15\x02\x05\x02\x02\0"), AS_I32, TWICE },
	{ "a negative id", BYTES("\x15\x02\x05\x03\x02\0"), AS_I32, NULL },
	{ "the last id", BYTES("\x05\xfe\xff\x03\x02\0"), AS_SKIP, "field 1 is missing" },
	{ "one past the last id", BYTES("\x05\xfe\xff\x03\x02\x15\x02\0"), AS_SKIP,
	  "a field number has more than 16 bits" },
	{ "64 bits", BYTES("\x16\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\0"), AS_I64, NULL },
	{ "65 bits", BYTES("\x16\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02\0"), AS_I64, LONG64 },
	{ "11 bytes", BYTES("\x16\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01\0"), AS_I64, LONG64 },
	{ "2^31 - 1", BYTES("\x16\xfe\xff\xff\xff\x0f\0"), AS_I32, NULL },
	{ "2^31", BYTES("\x16\x80\x80\x80\x80\x10\0"), AS_I32, LONG32 },
	{ "size 0", BYTES("\x15\x00\0"), AS_SIZE32, NULL },
	{ "size -1", BYTES("\x15\x01\0"), AS_SIZE32, NEGATIVE },
	{ "long size -1", BYTES("\x16\x01\0"), AS_SIZE64, NEGATIVE },
	{ "text for a number", BYTES("\x18\x00\0"), AS_I64, ANOTHER },
	{ "number for text", BYTES("\x15\x00\0"), AS_BINARY, ANOTHER },
	{ "struct for a boolean", BYTES("\x1c\x00\0"), AS_BOOL, ANOTHER },
	{ "map for a list", BYTES("\x1b\x00\0"), AS_LIST, ANOTHER },
	{ "set for a list", BYTES("\x1a\x13\x00\0"), AS_LIST, NULL },
	{ "string to the end", BYTES("\x18\x02xy\0"), AS_BINARY, NULL },
	{ "string past the end", BYTES("\x18\x04xy\0"), AS_BINARY, TOO_EARLY },
	{ "string of 100 MiB", BYTES("\x18\x80\x80\x80\x32\0"), AS_BINARY, TOO_EARLY },
	{ "string of one more", BYTES("\x18\x81\x80\x80\x32\0"), AS_BINARY,
	  "a string has more than 100 MiB" },
	{ "string of 2^64 - 1", BYTES("\x18\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\0"), AS_SKIP,
	  "a string has more than 100 MiB" },
	{ "list of booleans", BYTES("\x19\x31\x00\x01\x02\0"), AS_SKIP, NULL },
	{ "list of a third boolean", BYTES("\x19\x11\x03\0"), AS_SKIP,
	  "a boolean is neither true nor false" },
	{ "empty list without a type", BYTES("\x19\x00\0"), AS_LIST, NULL },
	{ "list of type 0", BYTES("\x19\x10\x00\0"), AS_LIST, NO_ITEM },
	{ "list of type 14", BYTES("\x19\x1e\x00\0"), AS_SKIP, NO_ITEM },
	{ "list with all bytes", BYTES("\x19\x23\x00\0"), AS_LIST, TOO_EARLY },
	{ "list of more than the bytes", BYTES("\x19\x33\x00\0"), AS_LIST, TOO_EARLY },
	{ "list of 2^31", BYTES("\x19\xf3\x80\x80\x80\x80\x08\0"), AS_LIST,
	  "a list has more than 2^31 elements" },
	{ "list of 2^64 - 1", BYTES("\x19\xfc\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\0"), AS_SKIP,
	  "a list has more than 2^31 elements" },
	{ "empty map", BYTES("\x1b\x00\0"), AS_SKIP, NULL },
	{ "map of i8 to text", BYTES("\x1b\x02\x38\x07\x01x\x08\x01y\0"), AS_SKIP, NULL },
	{ "map of true to struct", BYTES("\x1b\x01\x1c\x01\x15\x02\0\0"), AS_SKIP, NULL },
	{ "map of a type 0", BYTES("\x1b\x01\x05\x00\x00\0"), AS_SKIP, NO_ITEM },
	{ "map of more than the bytes", BYTES("\x1b\x05\x33\x00\0"), AS_SKIP, TOO_EARLY },
	{ "double", BYTES("\x17\1\2\3\4\5\6\7\x08\0"), AS_SKIP, NULL },
	{ "half a double", BYTES("\x17\1\2\3\4"), AS_SKIP, TOO_EARLY },
	{ "uuid", BYTES("\x1d\1\2\3\4\5\6\7\x08\1\2\3\4\5\6\7\x08\0"), AS_SKIP, NULL },
	{ "struct in a list in a struct", BYTES("\x1c\x19\x2c\x15\x02\0\0\0\0"), AS_SKIP, NULL },
};

static void
reads_or_says_why_not(void **state)
{
	struct thrift t;

	(void)state;
	for (size_t i = 0; i < countof(one_field); i++) {
		const char *want = one_field[i].why;
		/* On the heap, so that a byte too many is seen. */
		char *data = mem_bytes(one_field[i].data, one_field[i].bytes);
		char *exact = mem_resize(data, one_field[i].bytes, 1);

		thrift_init(&t, exact, one_field[i].bytes);
		read_one(&t, one_field[i].as);
		if (!t.why != !want || (want && strcmp(t.why, want) != 0))
			fail_msg("%s: '%s', not '%s'", one_field[i].name, t.why ? t.why : "",
				 want ? want : "");
		assert_int_equal(t.is_short, want && strcmp(want, TOO_EARLY) == 0);
		free(exact);
	}
}

static void
the_first_mistake_stays(void **state)
{
	struct thrift_fields s;
	struct thrift_list l;
	struct thrift t;

	(void)state;
	thrift_init(&t, "\x15\x02\x15\x04\0", 5);
	thrift_open(&t, &s);
	assert_true(thrift_next(&t, &s));
	thrift_fail(&t, "first");
	thrift_fail(&t, "second");
	assert_int_equal(thrift_i32(&t), 0);
	assert_false(thrift_bool(&t));
	assert_int_equal(thrift_binary(&t).bytes, 0);
	thrift_list(&t, &l);
	assert_int_equal(l.count, 0);
	assert_false(thrift_item(&t, &l));
	thrift_skip(&t);
	assert_false(thrift_next(&t, &s));
	thrift_open(&t, &s);
	assert_false(thrift_next(&t, &s));
	assert_string_equal(t.why, "first");
	assert_false(t.is_short);
}

/* `depth` values of one kind within one another. */
static void
nest(struct buf *b, const char *unit, int depth, const char *core, int ends)
{
	buf_init(b, SIZE_MAX);
	for (int i = 0; i < depth; i++)
		buf_text(b, unit);
	buf_text(b, core);
	for (int i = 0; i < ends; i++)
		buf_char(b, '\0');
}

static void
nests_as_deep_as_allowed(void **state)
{
	/* The outermost struct is one of the 64. */
	static const struct {
		const char *name, *unit, *core;
		bool ends;
	} kinds[] = {
		{ "structs", "\x1c", "", true },
		{ "lists", "\x19", "\x03", false },
	};
	struct thrift t;
	struct buf b;

	(void)state;
	for (size_t k = 0; k < countof(kinds); k++) {
		for (int depth = THRIFT_DEPTH_MAX - 1; depth <= THRIFT_DEPTH_MAX; depth++) {
			nest(&b, kinds[k].unit, depth, kinds[k].core,
			     kinds[k].ends ? depth + 1 : 1);
			thrift_init(&t, b.data, b.bytes);
			read_one(&t, AS_SKIP);
			if (!t.why != (depth < THRIFT_DEPTH_MAX))
				fail_msg("%d %s: %s", depth, kinds[k].name, t.why ? t.why : "fine");
			buf_release(&b);
		}
	}
	/* A million of them end as soon. */
	nest(&b, "\x1c", 1000000, "", 0);
	thrift_init(&t, b.data, b.bytes);
	read_one(&t, AS_SKIP);
	assert_string_equal(t.why, "structs are nested too deeply");
	assert_true(thrift_used(&t) < 100);
	buf_release(&b);
}

static void
any_bytes_end(void **state)
{
	uint64_t seed = 42;
	struct thrift t;
	uint8_t data[64];

	(void)state;
	for (int i = 0; i < 200000; i++) {
		size_t bytes = (size_t)(i % 64);

		for (size_t k = 0; k < bytes; k++) {
			seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407U;
			data[k] = (uint8_t)(seed >> 56);
			/* Short steps and small numbers get further. */
			if (seed >> 40 & 1)
				data[k] &= 0x1f;
		}
		thrift_init(&t, data, bytes);
		read_one(&t, (enum read_as)(i % 8));
		assert_true(thrift_used(&t) <= bytes);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(writes_and_reads_every_type),
		cmocka_unit_test(counts_on_both_sides_of_a_long_list),
		cmocka_unit_test(reads_or_says_why_not),
		cmocka_unit_test(the_first_mistake_stays),
		cmocka_unit_test(nests_as_deep_as_allowed),
		cmocka_unit_test(any_bytes_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
