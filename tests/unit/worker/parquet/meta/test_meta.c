/* test_meta.c - footers, page headers and page indexes: written, read, damaged, real. */
#include "core/base/mem.h"
#include "worker/parquet/meta/meta.h"
#include "worker/parquet/meta/thrift.h"
#include "worker/parquet/meta/meta_read.h"
#include "worker/parquet/meta/meta_write.h"
#include "worker/parquet/meta/page_header.h"
#include "worker/parquet/meta/page_index.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#define SPAN(text) ((struct span){ .data = "" text, .bytes = sizeof(text) - 1 })

/* ---- a footer with everything in it ---- */

static struct pq_element elements[] = {
	{ .name = "schema", .type = PQ_GROUP, .children = 4 },
	{ .name = "id", .type = PQ_INT64, .logical = { .meaning = PQ_INTEGER, .bit_width = 64 } },
	{ .name = "when",
	  .type = PQ_INT64,
	  .repetition = PQ_OPTIONAL,
	  .logical = { .meaning = PQ_TIMESTAMP,
		       .unit_per_second = 1000000,
		       .adjusted_to_utc = true } },
	{ .name = "pair", .type = PQ_GROUP, .repetition = PQ_OPTIONAL, .children = 1 },
	{ .name = "text",
	  .type = PQ_BYTE_ARRAY,
	  .repetition = PQ_OPTIONAL,
	  .logical = { .meaning = PQ_STRING } },
	{ .name = "price",
	  .type = PQ_FIXED,
	  .type_length = 16,
	  .logical = { .meaning = PQ_DECIMAL, .precision = 38, .scale = 9 } },
};

static const char *const paths[][2] = { { "id" }, { "when" }, { "pair", "text" }, { "price" } };
static const int encodings[] = { PQ_PLAIN, PQ_RLE, PQ_RLE_DICTIONARY };
static const struct pq_page_count page_counts[] = { { PQ_DICTIONARY_PAGE, PQ_PLAIN, 1 },
						    { PQ_DATA_PAGE, PQ_RLE_DICTIONARY, 17 } };
static const struct pq_sorting sorting[] = { { .column = 1, .descending = true },
					     { .column = 0, .nulls_first = true } };
static struct pq_key_value key_values[] = { { "a", "b" }, { "empty", "" }, { "none", NULL } };
static const enum pq_column_order orders[] = { PQ_ORDER_TYPE, PQ_ORDER_NONE, PQ_ORDER_TYPE,
					       PQ_ORDER_TYPE };

static void
make_chunks(struct pq_chunk chunks[4])
{
	static const enum pq_type types[] = { PQ_INT64, PQ_INT64, PQ_BYTE_ARRAY, PQ_FIXED };

	for (int i = 0; i < 4; i++)
		chunks[i] = (struct pq_chunk){
			.type = types[i],
			.codec = PQ_ZSTD,
			.path = paths[i],
			.path_parts = i == 2 ? 2 : 1,
			.n_values = 1000,
			.packed_bytes = INT64_C(1) << 40,
			.unpacked_bytes = INT64_C(1) << 41,
			.data_offset = INT64_MAX,
			.dictionary_offset = i ? 4 : -1,
			.offset_index_at = i == 1 ? 77 : -1,
			.offset_index_bytes = i == 1 ? 78 : 0,
			.column_index_at = i == 1 ? 79 : -1,
			.column_index_bytes = i == 1 ? 80 : 0,
			.encodings = encodings,
			.n_encodings = countof(encodings),
			.page_counts = page_counts,
			.n_page_counts = i == 2 ? countof(page_counts) : 0,
			.stats = { .min = { .data = "" }, .max = { .data = "" } },
		};
	chunks[2].stats = (struct pq_statistics){
		.has_null_count = true,
		.has_min = true,
		.has_max = true,
		.min_exact = true,
		.null_count = 5,
		.min = SPAN("a\0b"),
		.max = SPAN("\xff"),
	};
	chunks[3].stats.has_null_count = true;
}

static struct pq_meta
make_meta(struct pq_row_group groups[2], struct pq_chunk chunks[4])
{
	make_chunks(chunks);
	groups[0] = (struct pq_row_group){
		.chunks = chunks,
		.n_chunks = 4,
		.rows = 900,
		.bytes = 123456789,
		.packed_bytes = 23456789,
		.file_offset = 4,
		.sorting = sorting,
		.n_sorting = countof(sorting),
	};
	groups[1] = groups[0];
	groups[1].ordinal = INT16_MAX;
	groups[1].n_sorting = 0;
	groups[1].packed_bytes = 0;
	return (struct pq_meta){
		.version = 1,
		.elements = elements,
		.n_elements = countof(elements),
		.rows = 1800,
		.groups = groups,
		.n_groups = 2,
		.key_values = key_values,
		.n_key_values = countof(key_values),
		.created_by = "tidemill version 0.1.0 (build test)",
		.orders = orders,
		.n_orders = countof(orders),
	};
}

static void
same_logical(const struct pq_logical *a, const struct pq_logical *b)
{
	assert_int_equal(a->meaning, b->meaning);
	assert_int_equal(a->precision, b->precision);
	assert_int_equal(a->scale, b->scale);
	assert_int_equal(a->bit_width, b->bit_width);
	assert_int_equal(a->is_signed, b->is_signed);
	assert_int_equal(a->unit_per_second, b->unit_per_second);
	assert_int_equal(a->adjusted_to_utc, b->adjusted_to_utc);
	assert_int_equal(a->is_unknown, b->is_unknown);
}

static void
same_statistics(const struct pq_statistics *a, const struct pq_statistics *b)
{
	assert_int_equal(a->has_null_count, b->has_null_count);
	assert_int_equal(a->has_min, b->has_min);
	assert_int_equal(a->has_max, b->has_max);
	assert_int_equal(a->has_old_bounds, b->has_old_bounds);
	assert_int_equal(a->min_exact, b->min_exact);
	assert_int_equal(a->max_exact, b->max_exact);
	assert_int_equal(a->null_count, b->null_count);
	assert_true(span_equal(a->min, b->min));
	assert_true(span_equal(a->max, b->max));
}

static void
same_chunk(const struct pq_chunk *a, const struct pq_chunk *b)
{
	assert_int_equal(a->type, b->type);
	assert_int_equal(a->codec, b->codec);
	assert_null(b->file_path);
	assert_int_equal(a->path_parts, b->path_parts);
	for (size_t i = 0; i < a->path_parts; i++)
		assert_string_equal(a->path[i], b->path[i]);
	assert_int_equal(a->n_values, b->n_values);
	assert_int_equal(a->packed_bytes, b->packed_bytes);
	assert_int_equal(a->unpacked_bytes, b->unpacked_bytes);
	assert_int_equal(a->data_offset, b->data_offset);
	assert_int_equal(a->dictionary_offset, b->dictionary_offset);
	assert_int_equal(a->offset_index_at, b->offset_index_at);
	assert_int_equal(a->offset_index_bytes, b->offset_index_bytes);
	assert_int_equal(a->column_index_at, b->column_index_at);
	assert_int_equal(a->column_index_bytes, b->column_index_bytes);
	assert_int_equal(a->n_encodings, b->n_encodings);
	assert_memory_equal(a->encodings, b->encodings, a->n_encodings * sizeof(int));
	assert_int_equal(a->n_page_counts, b->n_page_counts);
	for (size_t i = 0; i < a->n_page_counts; i++)
		assert_memory_equal(&a->page_counts[i], &b->page_counts[i],
				    sizeof(a->page_counts[i]));
	assert_int_equal(a->encrypted, b->encrypted);
	same_statistics(&a->stats, &b->stats);
}

static void
same_group(const struct pq_row_group *a, const struct pq_row_group *b)
{
	assert_int_equal(a->n_chunks, b->n_chunks);
	for (size_t i = 0; i < a->n_chunks; i++)
		same_chunk(&a->chunks[i], &b->chunks[i]);
	assert_int_equal(a->rows, b->rows);
	assert_int_equal(a->bytes, b->bytes);
	assert_int_equal(a->packed_bytes, b->packed_bytes);
	assert_int_equal(a->file_offset, b->file_offset);
	assert_int_equal(a->ordinal, b->ordinal);
	assert_int_equal(a->n_sorting, b->n_sorting);
	for (size_t i = 0; i < a->n_sorting; i++) {
		assert_int_equal(a->sorting[i].column, b->sorting[i].column);
		assert_int_equal(a->sorting[i].descending, b->sorting[i].descending);
		assert_int_equal(a->sorting[i].nulls_first, b->sorting[i].nulls_first);
	}
}

static void
same_meta(const struct pq_meta *a, const struct pq_meta *b)
{
	assert_int_equal(a->version, b->version);
	assert_int_equal(a->rows, b->rows);
	assert_int_equal(a->n_elements, b->n_elements);
	for (size_t i = 0; i < a->n_elements; i++) {
		assert_string_equal(a->elements[i].name, b->elements[i].name);
		assert_int_equal(a->elements[i].type, b->elements[i].type);
		assert_int_equal(a->elements[i].type_length, b->elements[i].type_length);
		assert_int_equal(a->elements[i].repetition, b->elements[i].repetition);
		assert_int_equal(a->elements[i].children, b->elements[i].children);
		same_logical(&a->elements[i].logical, &b->elements[i].logical);
	}
	assert_int_equal(a->n_groups, b->n_groups);
	for (size_t i = 0; i < a->n_groups; i++)
		same_group(&a->groups[i], &b->groups[i]);
	assert_int_equal(a->n_key_values, b->n_key_values);
	for (size_t i = 0; i < a->n_key_values; i++) {
		assert_string_equal(a->key_values[i].key, b->key_values[i].key);
		assert_int_equal(!a->key_values[i].value, !b->key_values[i].value);
		if (a->key_values[i].value)
			assert_string_equal(a->key_values[i].value, b->key_values[i].value);
	}
	assert_string_equal(a->created_by, b->created_by);
	assert_int_equal(a->n_orders, b->n_orders);
	for (size_t i = 0; i < a->n_orders; i++)
		assert_int_equal(a->orders[i], b->orders[i]);
	assert_int_equal(a->encrypted, b->encrypted);
}

static void
reads_what_it_wrote(void **state)
{
	struct arena *arena = arena_new();
	struct pq_row_group groups[2];
	struct pq_chunk chunks[4];
	struct pq_meta want = make_meta(groups, chunks), got;
	struct buf once, again;
	struct err err;

	(void)state;
	buf_init(&once, SIZE_MAX);
	buf_init(&again, SIZE_MAX);
	pq_meta_write(&want, &once);
	assert_int_equal(pq_meta_read(&got, once.data, once.bytes, arena, &err), ERR_NONE);
	/* Nothing points into the bytes. */
	pq_meta_write(&got, &again);
	assert_int_equal(once.bytes, again.bytes);
	assert_memory_equal(once.data, again.data, once.bytes);
	memset(once.data, 0xff, once.bytes);
	same_meta(&want, &got);
	/* What stands behind a footer (a signature) does not matter. */
	buf_text(&again, "signature");
	assert_int_equal(pq_meta_read(&got, again.data, again.bytes, arena, &err), ERR_NONE);
	buf_release(&once);
	buf_release(&again);
	arena_free(arena);
}

/* Every beginning is an error, and no byte behind it is looked at. */
static void
every_beginning_is_an_error(void **state)
{
	struct pq_row_group groups[2];
	struct pq_chunk chunks[4];
	struct pq_meta meta = make_meta(groups, chunks), got;
	struct buf b;
	struct err err;

	(void)state;
	buf_init(&b, SIZE_MAX);
	pq_meta_write(&meta, &b);
	for (size_t n = 0; n < b.bytes; n++) {
		struct arena *arena = arena_new();
		char *cut = malloc(n ? n : 1);

		assert_non_null(cut);
		memcpy(cut, b.data, n);
		assert_int_equal(pq_meta_read(&got, cut, n, arena, &err), ERR_INPUT);
		assert_non_null(strstr(err.msg, "read footer: "));
		free(cut);
		arena_free(arena);
	}
	buf_release(&b);
}

/* Any one bit another way round: an answer or an error, and memory within bounds. */
static void
every_flipped_bit_is_survived(void **state)
{
	struct pq_row_group groups[2];
	struct pq_chunk chunks[4];
	struct pq_meta meta = make_meta(groups, chunks), got;
	struct buf b;
	struct err err;

	(void)state;
	buf_init(&b, SIZE_MAX);
	pq_meta_write(&meta, &b);
	for (size_t bit = 0; bit < b.bytes * 8; bit++) {
		struct arena *arena = arena_new();
		enum err_code code;

		b.data[bit / 8] ^= (char)(1 << bit % 8);
		code = pq_meta_read(&got, b.data, b.bytes, arena, &err);
		assert_true(code == ERR_NONE || code == ERR_INPUT || code == ERR_LIMIT);
		b.data[bit / 8] ^= (char)(1 << bit % 8);
		arena_free(arena);
	}
	buf_release(&b);
}

/* ---- what a leaf means ---- */

/* Write a schema of one leaf, the way another writer might. */
struct leaf {
	enum pq_type type;
	int type_length;
	int converted; /* -1: none */
	int scale, precision;
	int logical;      /* the field of the union; 0: none */
	int arguments[2]; /* of that: fields 1 and 2 */
};

static void
put_logical(struct thrift_out *w, const struct leaf *leaf)
{
	thrift_put_struct(w, 10);
	thrift_put_struct(w, leaf->logical);
	if (leaf->logical == 5) {
		thrift_put_i32(w, 1, leaf->arguments[0]);
		thrift_put_i32(w, 2, leaf->arguments[1]);
	} else if (leaf->logical == 7 || leaf->logical == 8) {
		thrift_put_bool(w, 1, leaf->arguments[0]);
		thrift_put_struct(w, 2);
		thrift_put_struct(w, leaf->arguments[1]);
		thrift_put_end(w);
		thrift_put_end(w);
	} else if (leaf->logical == 10) {
		thrift_put_i8(w, 1, (int8_t)leaf->arguments[0]);
		thrift_put_bool(w, 2, leaf->arguments[1]);
	}
	thrift_put_end(w);
	thrift_put_end(w);
}

static void
put_root(struct thrift_out *w, int32_t children)
{
	thrift_put_struct(w, THRIFT_ITEM);
	thrift_put_text(w, 4, "root");
	thrift_put_i32(w, 5, children);
	thrift_put_end(w);
}

static void
put_leaf(struct thrift_out *w, const struct leaf *leaf)
{
	thrift_put_struct(w, THRIFT_ITEM);
	thrift_put_i32(w, 1, leaf->type);
	if (leaf->type_length)
		thrift_put_i32(w, 2, leaf->type_length);
	thrift_put_i32(w, 3, PQ_REQUIRED);
	thrift_put_text(w, 4, "leaf");
	if (leaf->converted >= 0)
		thrift_put_i32(w, 6, leaf->converted);
	thrift_put_i32(w, 7, leaf->scale);
	thrift_put_i32(w, 8, leaf->precision);
	if (leaf->logical)
		put_logical(w, leaf);
	thrift_put_end(w);
}

/* Begin a footer up to its schema of `n` elements, and end it behind. */
static void
begin_footer(struct thrift_out *w, struct buf *b, size_t n)
{
	buf_init(b, SIZE_MAX);
	thrift_out_init(w, b);
	thrift_put_struct(w, THRIFT_ITEM);
	thrift_put_i32(w, 1, 2);
	thrift_put_list(w, 2, THRIFT_STRUCT, n);
}

static void
end_footer(struct thrift_out *w)
{
	thrift_put_i64(w, 3, 0);
	thrift_put_list(w, 4, THRIFT_STRUCT, 0);
	thrift_put_end(w);
}

#define UNKNOWN                    \
	{                          \
		.is_unknown = true \
	}
#define TIME_OF(kind, unit, utc)                                                 \
	{                                                                        \
		.meaning = kind, .unit_per_second = unit, .adjusted_to_utc = utc \
	}
#define INTEGER(bits, has_sign)                                                 \
	{                                                                       \
		.meaning = PQ_INTEGER, .bit_width = bits, .is_signed = has_sign \
	}

static const struct {
	const char *name;
	struct leaf leaf;
	struct pq_logical want;
} meanings[] = {
	{ "nothing", { PQ_BYTE_ARRAY, 0, -1, 0, 0, 0, { 0 } }, { .meaning = PQ_AS_IS } },
	{ "UTF8", { PQ_BYTE_ARRAY, 0, 0, 0, 0, 0, { 0 } }, { .meaning = PQ_STRING } },
	{ "STRING only", { PQ_BYTE_ARRAY, 0, -1, 0, 0, 1, { 0 } }, { .meaning = PQ_STRING } },
	{ "JSON wins", { PQ_BYTE_ARRAY, 0, 0, 0, 0, 12, { 0 } }, { .meaning = PQ_JSON } },
	{ "BSON", { PQ_BYTE_ARRAY, 0, 20, 0, 0, 13, { 0 } }, { .meaning = PQ_BSON } },
	{ "ENUM", { PQ_BYTE_ARRAY, 0, 4, 0, 0, 4, { 0 } }, { .meaning = PQ_ENUM } },
	{ "DATE", { PQ_INT32, 0, 6, 0, 0, 6, { 0 } }, { .meaning = PQ_DATE } },
	{ "DATE of INT64", { PQ_INT64, 0, 6, 0, 0, 6, { 0 } }, UNKNOWN },
	{ "old DECIMAL",
	  { PQ_INT64, 0, 5, 2, 18, 0, { 0 } },
	  { .meaning = PQ_DECIMAL, .scale = 2, .precision = 18 } },
	{ "new DECIMAL wins",
	  { PQ_INT64, 0, 5, 2, 18, 5, { 3, 17 } },
	  { .meaning = PQ_DECIMAL, .scale = 3, .precision = 17 } },
	{ "DECIMAL of no digits", { PQ_INT64, 0, 5, 0, 0, 0, { 0 } }, UNKNOWN },
	{ "DECIMAL all fraction and more", { PQ_INT64, 0, 5, 3, 2, 0, { 0 } }, UNKNOWN },
	{ "DECIMAL of DOUBLE", { PQ_DOUBLE, 0, 5, 1, 2, 0, { 0 } }, UNKNOWN },
	{ "TIME_MILLIS", { PQ_INT32, 0, 7, 0, 0, 0, { 0 } }, TIME_OF(PQ_TIME, 1000, true) },
	{ "TIME_MICROS", { PQ_INT64, 0, 8, 0, 0, 0, { 0 } }, TIME_OF(PQ_TIME, 1000000, true) },
	{ "TIME ns", { PQ_INT64, 0, -1, 0, 0, 7, { 0, 3 } }, TIME_OF(PQ_TIME, 1000000000, false) },
	{ "TIME ms of INT64", { PQ_INT64, 0, 7, 0, 0, 0, { 0 } }, UNKNOWN },
	{ "TIMESTAMP_MILLIS",
	  { PQ_INT64, 0, 9, 0, 0, 0, { 0 } },
	  TIME_OF(PQ_TIMESTAMP, 1000, true) },
	{ "local TIMESTAMP us",
	  { PQ_INT64, 0, 10, 0, 0, 8, { 0, 2 } },
	  TIME_OF(PQ_TIMESTAMP, 1000000, false) },
	{ "TIMESTAMP ns",
	  { PQ_INT64, 0, -1, 0, 0, 8, { 1, 3 } },
	  TIME_OF(PQ_TIMESTAMP, 1000000000, true) },
	{ "TIMESTAMP of an unknown unit", { PQ_INT64, 0, -1, 0, 0, 8, { 1, 4 } }, UNKNOWN },
	{ "TIMESTAMP of INT96", { PQ_INT96, 0, 10, 0, 0, 0, { 0 } }, UNKNOWN },
	{ "UINT_8", { PQ_INT32, 0, 11, 0, 0, 0, { 0 } }, INTEGER(8, false) },
	{ "UINT_64", { PQ_INT64, 0, 14, 0, 0, 0, { 0 } }, INTEGER(64, false) },
	{ "INT_16", { PQ_INT32, 0, 16, 0, 0, 0, { 0 } }, INTEGER(16, true) },
	{ "INTEGER 32 unsigned", { PQ_INT32, 0, 13, 0, 0, 10, { 32, 0 } }, INTEGER(32, false) },
	{ "INTEGER 64 of INT32", { PQ_INT32, 0, -1, 0, 0, 10, { 64, 1 } }, UNKNOWN },
	{ "INTEGER 24", { PQ_INT32, 0, -1, 0, 0, 10, { 24, 1 } }, UNKNOWN },
	{ "UUID", { PQ_FIXED, 16, -1, 0, 0, 14, { 0 } }, { .meaning = PQ_UUID } },
	{ "UUID of 15", { PQ_FIXED, 15, -1, 0, 0, 14, { 0 } }, UNKNOWN },
	{ "FLOAT16", { PQ_FIXED, 2, -1, 0, 0, 15, { 0 } }, { .meaning = PQ_FLOAT16 } },
	{ "INTERVAL", { PQ_FIXED, 12, 21, 0, 0, 0, { 0 } }, { .meaning = PQ_INTERVAL } },
	{ "INTERVAL and UNKNOWN",
	  { PQ_FIXED, 12, 21, 0, 0, 11, { 0 } },
	  { .meaning = PQ_INTERVAL } },
	{ "UTF8 and UNKNOWN", { PQ_BYTE_ARRAY, 0, 0, 0, 0, 11, { 0 } }, { .meaning = PQ_STRING } },
	{ "LIST and UNKNOWN", { PQ_INT32, 0, 3, 0, 0, 11, { 0 } }, { .meaning = PQ_UNKNOWN_NULL } },
	{ "UNKNOWN", { PQ_INT32, 0, -1, 0, 0, 11, { 0 } }, { .meaning = PQ_UNKNOWN_NULL } },
	{ "GEOMETRY", { PQ_BYTE_ARRAY, 0, -1, 0, 0, 17, { 0 } }, UNKNOWN },
	{ "a LogicalType of tomorrow", { PQ_BYTE_ARRAY, 0, -1, 0, 0, 300, { 0 } }, UNKNOWN },
	{ "the same with UTF8",
	  { PQ_BYTE_ARRAY, 0, 0, 0, 0, 300, { 0 } },
	  { .meaning = PQ_STRING, .is_unknown = true } },
	{ "ConvertedType 22", { PQ_BYTE_ARRAY, 0, 22, 0, 0, 0, { 0 } }, UNKNOWN },
	{ "ConvertedType -1", { PQ_BYTE_ARRAY, 0, -1, 0, 0, 0, { 0 } }, { .meaning = PQ_AS_IS } },
};

static void
knows_what_a_leaf_means(void **state)
{
	struct thrift_out w;
	struct pq_meta got;
	struct err err;
	struct buf b;

	(void)state;
	for (size_t i = 0; i < countof(meanings); i++) {
		struct arena *arena = arena_new();

		begin_footer(&w, &b, 2);
		put_root(&w, 1);
		put_leaf(&w, &meanings[i].leaf);
		end_footer(&w);
		if (pq_meta_read(&got, b.data, b.bytes, arena, &err))
			fail_msg("%s: %s", meanings[i].name, err.msg);
		if (got.elements[1].logical.meaning != meanings[i].want.meaning)
			fail_msg("%s: meaning %d", meanings[i].name,
				 got.elements[1].logical.meaning);
		same_logical(&meanings[i].want, &got.elements[1].logical);
		buf_release(&b);
		arena_free(arena);
	}
}

/* What we write says it twice, and either half alone says the same where there are both. */
static void
writes_both_annotations(void **state)
{
	struct pq_element schema[] = { { .name = "root", .type = PQ_GROUP, .children = 1 },
				       { .name = "leaf" } };
	struct pq_meta meta = { .version = 1, .elements = schema, .n_elements = 2 }, got;
	struct err err;
	struct buf b;

	(void)state;
	for (size_t i = 0; i < countof(meanings); i++) {
		struct arena *arena = arena_new();
		struct pq_logical want = meanings[i].want;

		/* An annotation that nobody knows cannot be written. */
		want.is_unknown = false;
		schema[1].type = meanings[i].leaf.type;
		schema[1].type_length = meanings[i].leaf.type_length;
		schema[1].logical = want;
		buf_init(&b, SIZE_MAX);
		pq_meta_write(&meta, &b);
		assert_int_equal(pq_meta_read(&got, b.data, b.bytes, arena, &err), ERR_NONE);
		same_logical(&want, &got.elements[1].logical);
		buf_release(&b);
		arena_free(arena);
	}
}

/* ---- schemas that are no trees, counts that lie, bounds ---- */

/* A schema by its children: -1 is a leaf, 0 and more a group.  NULL: fine. */
static const struct {
	const char *name;
	int n, children[8];
	const char *want;
} trees[] = {
	{ "no columns", 1, { 0 }, NULL },
	{ "one column", 2, { 1, -1 }, NULL },
	{ "an empty group", 3, { 2, 0, -1 }, NULL },
	{ "groups in groups", 6, { 2, 1, 1, -1, 1, -1 }, NULL },
	{ "nothing at all", 0, { 0 }, "the schema ends in the middle, behind 0 elements" },
	{ "a leaf for a root", 1, { -1 }, "the root of the schema is not a group" },
	{ "one element too few", 2, { 2, -1 }, "the schema ends in the middle" },
	{ "one too many", 3, { 1, -1, -1 }, "schema element 2 'x' belongs to no group" },
	{ "more children than numbers",
	  3,
	  { INT32_MAX, -1, INT32_MAX },
	  "the schema ends in the middle" },
};

static void
put_tree(struct thrift_out *w, int children, bool is_root)
{
	thrift_put_struct(w, THRIFT_ITEM);
	if (children < 0)
		thrift_put_i32(w, 1, PQ_INT32);
	if (!is_root)
		thrift_put_i32(w, 3, PQ_OPTIONAL);
	thrift_put_text(w, 4, "x");
	if (children >= 0)
		thrift_put_i32(w, 5, children);
	thrift_put_end(w);
}

/* num_children decides what is a group, also where a writer gave it a type. */
static void
what_has_children_is_a_group_whatever_its_type(void **state)
{
	static const int children[] = { 1, 1, -1 };
	struct arena *arena = arena_new();
	struct pq_meta got;
	struct thrift_out w;
	struct buf b;

	(void)state;
	begin_footer(&w, &b, countof(children));
	for (size_t i = 0; i < countof(children); i++) {
		thrift_put_struct(&w, THRIFT_ITEM);
		thrift_put_i32(&w, 1, PQ_INT32);
		thrift_put_i32(&w, 3, PQ_OPTIONAL);
		thrift_put_text(&w, 4, "x");
		thrift_put_i32(&w, 5, children[i] < 0 ? 0 : children[i]);
		thrift_put_end(&w);
	}
	end_footer(&w);
	assert_int_equal(pq_meta_read(&got, b.data, b.bytes, arena, NULL), ERR_NONE);
	assert_int_equal(got.elements[0].type, PQ_GROUP);
	assert_int_equal(got.elements[1].type, PQ_GROUP);
	assert_int_equal(got.elements[2].type, PQ_INT32);
	buf_release(&b);
	arena_free(arena);
}

static void
expect_footer(const char *name, const struct buf *b, enum err_code code, const char *want)
{
	struct arena *arena = arena_new();
	struct pq_meta got;
	struct err err = { .msg = "fine" };
	enum err_code was = pq_meta_read(&got, b->data, b->bytes, arena, &err);

	if (was != code || (want && !strstr(err.msg, want)))
		fail_msg("%s: %d '%s', not %d '%s'", name, was, err.msg, code, want ? want : "");
	arena_free(arena);
}

static void
checks_that_the_schema_is_a_tree(void **state)
{
	struct thrift_out w;
	struct buf b;

	(void)state;
	for (size_t i = 0; i < countof(trees); i++) {
		begin_footer(&w, &b, (size_t)trees[i].n);
		for (int k = 0; k < trees[i].n; k++)
			put_tree(&w, trees[i].children[k], k == 0);
		end_footer(&w);
		expect_footer(trees[i].name, &b, trees[i].want ? ERR_INPUT : ERR_NONE,
			      trees[i].want);
		buf_release(&b);
	}
}

static void
nests_groups_as_deep_as_allowed(void **state)
{
	struct thrift_out w;
	struct buf b;

	(void)state;
	for (int groups = PQ_NESTING_MAX; groups <= PQ_NESTING_MAX + 1; groups++) {
		begin_footer(&w, &b, (size_t)groups + 1);
		for (int i = 0; i < groups; i++)
			put_tree(&w, 1, i == 0);
		put_tree(&w, -1, false);
		end_footer(&w);
		expect_footer("nesting", &b, groups == PQ_NESTING_MAX ? ERR_NONE : ERR_LIMIT,
			      groups == PQ_NESTING_MAX ? NULL : "nested more than 64 deep");
		buf_release(&b);
	}
}

static void
bounds_the_number_of_columns(void **state)
{
	struct thrift_out w;
	struct buf b;

	(void)state;
	for (int n = PQ_COLUMNS_MAX; n <= PQ_COLUMNS_MAX + 1; n++) {
		begin_footer(&w, &b, (size_t)n);
		put_tree(&w, n - 1, true);
		for (int i = 1; i < n; i++)
			put_tree(&w, -1, false);
		end_footer(&w);
		expect_footer("columns", &b, n == PQ_COLUMNS_MAX ? ERR_NONE : ERR_LIMIT,
			      n == PQ_COLUMNS_MAX ? NULL : "more than 100000 elements");
		buf_release(&b);
	}
}

static void
bounds_the_number_of_row_groups(void **state)
{
	struct thrift_out w;
	struct buf b;

	(void)state;
	for (size_t n = PQ_ROW_GROUPS_MAX; n <= PQ_ROW_GROUPS_MAX + 1; n++) {
		begin_footer(&w, &b, 1);
		put_tree(&w, 0, true);
		thrift_put_i64(&w, 3, 0);
		thrift_put_list(&w, 4, THRIFT_STRUCT, n);
		for (size_t i = 0; i < n; i++) {
			thrift_put_struct(&w, THRIFT_ITEM);
			thrift_put_list(&w, 1, THRIFT_STRUCT, 0);
			thrift_put_i64(&w, 2, 0);
			thrift_put_i64(&w, 3, 0);
			thrift_put_end(&w);
		}
		thrift_put_end(&w);
		expect_footer("row groups", &b, n == PQ_ROW_GROUPS_MAX ? ERR_NONE : ERR_LIMIT,
			      n == PQ_ROW_GROUPS_MAX ? NULL : "more than 1048576 row groups");
		buf_release(&b);
	}
}

static void
bounds_the_bytes_of_a_footer(void **state)
{
	struct buf b = { .bytes = PQ_FOOTER_BYTES_MAX };
	struct thrift_out w;
	struct buf small;

	(void)state;
	/* Pages that nobody touches cost nothing. */
	b.data = mmap(NULL, b.bytes, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	assert_ptr_not_equal(b.data, MAP_FAILED);
	begin_footer(&w, &small, 1);
	put_tree(&w, 0, true);
	end_footer(&w);
	memcpy(b.data, small.data, small.bytes);
	expect_footer("256 MiB", &b, ERR_NONE, NULL);
	b.bytes++;
	expect_footer("one byte more", &b, ERR_LIMIT, "268435457 bytes, at most 268435456");
	assert_int_equal(munmap(b.data, PQ_FOOTER_BYTES_MAX), 0);
	buf_release(&small);
}

/* A million row groups in a megabyte of nothing: refused before memory is taken for them. */
static void
counts_that_lie_take_no_memory(void **state)
{
	struct thrift_out w;
	struct buf b;

	(void)state;
	begin_footer(&w, &b, 1);
	put_tree(&w, 0, true);
	thrift_put_i64(&w, 3, 0);
	thrift_put_list(&w, 4, THRIFT_STRUCT, PQ_ROW_GROUPS_MAX);
	for (int i = 0; i < PQ_ROW_GROUPS_MAX; i++)
		buf_char(&b, '\0');
	thrift_put_end(&w);
	expect_footer("empty row groups", &b, ERR_INPUT,
		      "a list has more elements than there is room for");
	buf_release(&b);
}

/* Whole footers with one thing wrong each. */
static void
no_version(struct pq_meta *m, struct buf *b)
{
	(void)m;
	/* Two bytes of version, and then two fields further instead of one. */
	b->bytes -= 2;
	memmove(b->data, b->data + 2, b->bytes);
	b->data[0] = '\x29';
}

static void
other_type_in_a_chunk(struct pq_meta *m, struct buf *b)
{
	m->groups[1].chunks[2].type = PQ_DOUBLE;
	buf_reset(b);
	pq_meta_write(m, b);
}

static void
chunk_missing(struct pq_meta *m, struct buf *b)
{
	m->groups[1].n_chunks = 3;
	buf_reset(b);
	pq_meta_write(m, b);
}

static void
negative_rows(struct pq_meta *m, struct buf *b)
{
	m->groups[1].rows = -1;
	buf_reset(b);
	pq_meta_write(m, b);
}

static void
negative_offset(struct pq_meta *m, struct buf *b)
{
	m->groups[0].chunks[3].data_offset = INT64_MIN;
	buf_reset(b);
	pq_meta_write(m, b);
}

static void
type_of_tomorrow(struct pq_meta *m, struct buf *b)
{
	struct pq_element *e = &m->elements[4];

	e->type = PQ_TYPE_COUNT;
	buf_reset(b);
	pq_meta_write(m, b);
	e->type = PQ_BYTE_ARRAY;
}

static void
fixed_of_no_length(struct pq_meta *m, struct buf *b)
{
	struct pq_element *e = &m->elements[5];

	e->type_length = 0;
	buf_reset(b);
	pq_meta_write(m, b);
	e->type_length = 16;
}

static void
nul_in_a_name(struct pq_meta *m, struct buf *b)
{
	char *name = memmem(b->data, b->bytes, "price", 5);

	(void)m;
	name[1] = '\0';
}

static const struct {
	const char *name;
	void (*damage)(struct pq_meta *m, struct buf *b);
	const char *want;
} damages[] = {
	{ "no version", no_version, "the version, the schema" },
	{ "another type", other_type_in_a_chunk,
	  "row group 0, column 2 'text': it is DOUBLE, in the schema BYTE_ARRAY" },
	{ "a chunk missing", chunk_missing, "row group 1 has 3 columns, the schema 4" },
	{ "negative rows", negative_rows, "row group 1: an offset, size or count is negative" },
	{ "negative offset", negative_offset, "row group 0, column 3: an offset" },
	{ "type 8", type_of_tomorrow, "schema element 4: a physical type that does not exist" },
	{ "FIXED of no length", fixed_of_no_length,
	  "schema element 5: the length of its values is missing" },
	{ "NUL in a name", nul_in_a_name, "schema element 5: a name has a NUL in it" },
};

static void
says_what_is_wrong_and_where(void **state)
{
	struct pq_row_group groups[2];
	struct pq_chunk chunks[4];
	struct pq_meta meta;
	struct buf b;

	(void)state;
	for (size_t i = 0; i < countof(damages); i++) {
		meta = make_meta(groups, chunks);
		buf_init(&b, SIZE_MAX);
		pq_meta_write(&meta, &b);
		damages[i].damage(&meta, &b);
		expect_footer(damages[i].name, &b, ERR_INPUT, damages[i].want);
		buf_release(&b);
	}
}

static void
marks_what_is_encrypted(void **state)
{
	struct arena *arena = arena_new();
	struct thrift_out w;
	struct pq_meta got;
	struct err err;
	struct buf b;

	(void)state;
	begin_footer(&w, &b, 2);
	put_root(&w, 1);
	put_leaf(&w, &(struct leaf){ .type = PQ_INT32, .converted = -1 });
	thrift_put_i64(&w, 3, 0);
	thrift_put_list(&w, 4, THRIFT_STRUCT, 1);
	thrift_put_struct(&w, THRIFT_ITEM);
	thrift_put_list(&w, 1, THRIFT_STRUCT, 1);
	thrift_put_struct(&w, THRIFT_ITEM);
	thrift_put_i64(&w, 2, 0);
	thrift_put_binary(&w, 9, SPAN("cipher text"));
	thrift_put_end(&w);
	thrift_put_i64(&w, 2, 0);
	thrift_put_i64(&w, 3, 0);
	thrift_put_end(&w);
	thrift_put_struct(&w, 8);
	thrift_put_end(&w);
	thrift_put_end(&w);
	assert_int_equal(pq_meta_read(&got, b.data, b.bytes, arena, &err), ERR_NONE);
	assert_true(got.encrypted);
	assert_true(got.groups[0].chunks[0].encrypted);
	buf_release(&b);
	arena_free(arena);
}

static void
orders_that_belong_to_no_column_are_none(void **state)
{
	struct arena *arena = arena_new();
	struct pq_row_group groups[2];
	struct pq_chunk chunks[4];
	struct pq_meta meta = make_meta(groups, chunks), got;
	struct err err;
	struct buf b;

	(void)state;
	meta.n_orders = 3;
	buf_init(&b, SIZE_MAX);
	pq_meta_write(&meta, &b);
	assert_int_equal(pq_meta_read(&got, b.data, b.bytes, arena, &err), ERR_NONE);
	assert_int_equal(got.n_orders, 0);
	buf_release(&b);
	arena_free(arena);
}

static void
numbers_of_the_format_have_names(void **state)
{
	(void)state;
	assert_string_equal(pq_type_name(PQ_FIXED), "FIXED_LEN_BYTE_ARRAY");
	assert_string_equal(pq_type_name(PQ_GROUP), "?");
	assert_string_equal(pq_type_name(PQ_TYPE_COUNT), "?");
	assert_string_equal(pq_encoding_name(PQ_RLE_DICTIONARY), "RLE_DICTIONARY");
	assert_string_equal(pq_encoding_name(1), "?");
	assert_string_equal(pq_encoding_name(INT32_MAX), "?");
	assert_string_equal(pq_codec_name(PQ_LZ4_RAW), "LZ4_RAW");
	assert_string_equal(pq_codec_name(INT32_MIN), "?");
}

/* ---- page headers ---- */

static const struct pq_page_header page_headers[] = {
	{ .type = PQ_DATA_PAGE,
	  .packed_bytes = 1,
	  .unpacked_bytes = PQ_PAGE_BYTES_MAX,
	  .has_crc = true,
	  .crc = 0xdeadbeef,
	  .encoding = PQ_RLE_DICTIONARY,
	  .n_values = 20000,
	  .definition_encoding = PQ_RLE,
	  .repetition_encoding = PQ_BIT_PACKED },
	{ .type = PQ_DATA_PAGE,
	  .encoding = 99,
	  .stats = { .has_null_count = true,
		     .has_min = true,
		     .has_max = true,
		     .max_exact = true,
		     .null_count = INT64_MAX,
		     .min = { .data = "a", .bytes = 1 },
		     .max = { .data = "", .bytes = 0 } } },
	{ .type = PQ_DICTIONARY_PAGE, .packed_bytes = 9, .n_values = 3, .is_sorted = true },
	{ .type = PQ_DICTIONARY_PAGE, .encoding = PQ_PLAIN_DICTIONARY },
	{ .type = PQ_DATA_PAGE_V2,
	  .packed_bytes = 30,
	  .unpacked_bytes = 40,
	  .encoding = PQ_DELTA_BINARY_PACKED,
	  .n_values = 10,
	  .n_nulls = 10,
	  .n_rows = 9,
	  .definition_bytes = 10,
	  .repetition_bytes = 20,
	  .is_packed = false },
	{ .type = PQ_DATA_PAGE_V2, .is_packed = true },
	{ .type = PQ_INDEX_PAGE, .packed_bytes = 5 },
	{ .type = 77, .packed_bytes = INT32_MAX },
};

static void
same_page_header(const struct pq_page_header *a, const struct pq_page_header *b)
{
	assert_int_equal(a->type, b->type);
	assert_int_equal(a->packed_bytes, b->packed_bytes);
	assert_int_equal(a->unpacked_bytes, b->unpacked_bytes);
	assert_int_equal(a->has_crc, b->has_crc);
	assert_int_equal(a->crc, b->crc);
	assert_int_equal(a->encoding, b->encoding);
	assert_int_equal(a->n_values, b->n_values);
	assert_int_equal(a->definition_encoding, b->definition_encoding);
	assert_int_equal(a->repetition_encoding, b->repetition_encoding);
	assert_int_equal(a->n_nulls, b->n_nulls);
	assert_int_equal(a->n_rows, b->n_rows);
	assert_int_equal(a->definition_bytes, b->definition_bytes);
	assert_int_equal(a->repetition_bytes, b->repetition_bytes);
	assert_int_equal(a->is_packed, b->is_packed);
	assert_int_equal(a->is_sorted, b->is_sorted);
	same_statistics(&a->stats, &b->stats);
}

static void
page_headers_come_back(void **state)
{
	struct pq_page_header got;
	const char *why = NULL;
	struct buf b;
	size_t used, bytes;

	(void)state;
	for (size_t i = 0; i < countof(page_headers); i++) {
		buf_init(&b, SIZE_MAX);
		pq_page_header_write(&page_headers[i], &b);
		bytes = b.bytes;
		buf_text(&b, "\xff\xff\xff the page itself");
		assert_int_equal(pq_page_header_read(&got, b.data, b.bytes, &used, &why),
				 PQ_HEADER_OK);
		assert_int_equal(used, bytes);
		same_page_header(&page_headers[i], &got);
		/* Cut anywhere, it wants more. */
		for (size_t n = 0; n < bytes; n++) {
			char *cut = mem_resize(mem_bytes(b.data, n), n, 1);

			assert_int_equal(pq_page_header_read(&got, cut, n, &used, &why),
					 PQ_HEADER_SHORT);
			free(cut);
		}
		buf_release(&b);
	}
}

static const struct {
	const char *name;
	struct pq_page_header header;
	const char *want;
} bad_headers[] = {
	{ "more than 1 GiB", { .type = 0, .unpacked_bytes = PQ_PAGE_BYTES_MAX + 1 }, "1 GiB" },
	{ "negative packed size", { .type = 0, .packed_bytes = -1 }, "negative" },
	{ "negative unpacked size", { .type = 9, .unpacked_bytes = INT32_MIN }, "negative" },
	{ "negative values", { .type = PQ_DICTIONARY_PAGE, .n_values = -1 }, "negative" },
	{ "negative rows", { .type = PQ_DATA_PAGE_V2, .n_rows = -1 }, "negative" },
	{ "more nulls than values",
	  { .type = PQ_DATA_PAGE_V2, .n_values = 1, .n_nulls = 2 },
	  "more nulls" },
	{ "levels longer than the page",
	  { .type = PQ_DATA_PAGE_V2,
	    .packed_bytes = 5,
	    .definition_bytes = INT32_MAX,
	    .repetition_bytes = INT32_MAX },
	  "the levels are longer" },
};

static void
page_headers_that_lie_are_bad(void **state)
{
	struct pq_page_header got;
	struct thrift_out w;
	const char *why;
	struct buf b;
	size_t used;

	(void)state;
	for (size_t i = 0; i < countof(bad_headers); i++) {
		buf_init(&b, SIZE_MAX);
		pq_page_header_write(&bad_headers[i].header, &b);
		why = "fine";
		if (pq_page_header_read(&got, b.data, b.bytes, &used, &why) != PQ_HEADER_BAD ||
		    !strstr(why, bad_headers[i].want))
			fail_msg("%s: '%s'", bad_headers[i].name, why);
		buf_release(&b);
	}
	/* A data page with only a header of a dictionary page. */
	buf_init(&b, SIZE_MAX);
	thrift_out_init(&w, &b);
	thrift_put_struct(&w, THRIFT_ITEM);
	thrift_put_i32(&w, 1, PQ_DATA_PAGE);
	thrift_put_i32(&w, 2, 0);
	thrift_put_i32(&w, 3, 0);
	thrift_put_struct(&w, 7);
	thrift_put_i32(&w, 1, 5);
	thrift_put_i32(&w, 2, 0);
	thrift_put_end(&w);
	thrift_put_end(&w);
	assert_int_equal(pq_page_header_read(&got, b.data, b.bytes, &used, &why), PQ_HEADER_BAD);
	assert_string_equal(why, "the header of its type is missing");
	buf_release(&b);
}

/* A header of just so many bytes: a field that nobody knows fills it. */
static enum pq_header_status
read_header_of(size_t bytes, const char **why)
{
	struct pq_page_header got;
	enum pq_header_status status;
	struct thrift_out w;
	struct buf b;
	size_t used = 0;
	char *fill;

	buf_init(&b, SIZE_MAX);
	thrift_out_init(&w, &b);
	thrift_put_struct(&w, THRIFT_ITEM);
	thrift_put_i32(&w, 1, PQ_INDEX_PAGE);
	thrift_put_i32(&w, 2, 0);
	thrift_put_i32(&w, 3, 0);
	/* Its head and its length are 5 bytes; then comes the end. */
	fill = mem_new(bytes, 1);
	thrift_put_binary(&w, 15, (struct span){ .data = fill, .bytes = bytes - b.bytes - 5 - 1 });
	thrift_put_end(&w);
	assert_int_equal(b.bytes, bytes);
	status = pq_page_header_read(&got, b.data, b.bytes, &used, why);
	free(fill);
	buf_release(&b);
	return status;
}

static void
bounds_the_bytes_of_a_page_header(void **state)
{
	const char *why = NULL;

	(void)state;
	assert_int_equal(read_header_of(PQ_PAGE_HEADER_BYTES_MAX, &why), PQ_HEADER_OK);
	assert_int_equal(read_header_of(PQ_PAGE_HEADER_BYTES_MAX + 1, &why), PQ_HEADER_BAD);
	assert_string_equal(why, "the header has more than 16 MiB");
}

/* ---- page index ---- */

static void
offset_indexes_come_back(void **state)
{
	struct pq_page_location pages[] = { { 4, 100, 0 },
					    { 104, 0, 20000 },
					    { INT64_MAX, INT32_MAX, INT64_MAX } };
	struct pq_offset_index want = { .pages = pages, .n_pages = countof(pages) }, got;
	struct arena *arena = arena_new();
	struct err err;
	struct buf b;

	(void)state;
	buf_init(&b, SIZE_MAX);
	pq_offset_index_write(&want, &b);
	assert_int_equal(pq_offset_index_read(&got, b.data, b.bytes, arena, &err), ERR_NONE);
	assert_int_equal(got.n_pages, want.n_pages);
	for (size_t i = 0; i < want.n_pages; i++) {
		assert_int_equal(got.pages[i].offset, pages[i].offset);
		assert_int_equal(got.pages[i].packed_bytes, pages[i].packed_bytes);
		assert_int_equal(got.pages[i].first_row, pages[i].first_row);
	}
	for (size_t n = 0; n < b.bytes; n++)
		assert_int_equal(pq_offset_index_read(&got, b.data, n, arena, &err), ERR_INPUT);
	assert_non_null(strstr(err.msg, "read offset index: "));
	pages[1].first_row = -1;
	buf_reset(&b);
	pq_offset_index_write(&want, &b);
	assert_int_equal(pq_offset_index_read(&got, b.data, b.bytes, arena, &err), ERR_INPUT);
	buf_release(&b);
	arena_free(arena);
}

static void
column_indexes_come_back(void **state)
{
	struct pq_page_bounds pages[] = {
		{ .min = SPAN("a"), .max = SPAN("b\0c"), .null_count = 0 },
		{ .all_null = true, .min = SPAN("junk"), .max = SPAN(""), .null_count = 7 },
		{ .min = SPAN(""), .max = SPAN("z"), .null_count = INT64_MAX },
	};
	struct pq_column_index want = { .pages = pages, .n_pages = 3, .boundary_order = 1 }, got;
	struct arena *arena = arena_new();
	struct err err;
	struct buf b;

	(void)state;
	buf_init(&b, SIZE_MAX);
	for (int counts = 0; counts < 2; counts++) {
		want.has_null_counts = counts;
		buf_reset(&b);
		pq_column_index_write(&want, &b);
		assert_int_equal(pq_column_index_read(&got, b.data, b.bytes, arena, &err),
				 ERR_NONE);
		assert_int_equal(got.n_pages, 3);
		assert_int_equal(got.boundary_order, 1);
		assert_int_equal(got.has_null_counts, counts);
		for (size_t i = 0; i < 3; i++) {
			const struct pq_page_bounds *p = &got.pages[i];

			assert_int_equal(p->all_null, pages[i].all_null);
			assert_int_equal(p->null_count, counts ? pages[i].null_count : -1);
			assert_true(p->all_null ? !p->min.bytes : span_equal(p->min, pages[i].min));
			assert_true(p->all_null ? !p->max.bytes : span_equal(p->max, pages[i].max));
		}
		for (size_t n = 0; n < b.bytes; n++)
			assert_int_equal(pq_column_index_read(&got, b.data, n, arena, &err),
					 ERR_INPUT);
	}
	buf_release(&b);
	arena_free(arena);
}

/* Any of the four lists one longer or shorter than the others. */
static void
column_indexes_of_unequal_lists_are_refused(void **state)
{
	struct pq_column_index got;
	struct thrift_out w;
	struct err err;
	struct buf b;

	(void)state;
	for (size_t odd = 0; odd <= 8; odd++) {
		struct arena *arena = arena_new();
		size_t n[4] = { 2, 2, 2, 2 };

		if (odd)
			n[(odd - 1) / 2] = odd % 2 ? 1 : 3;
		buf_init(&b, SIZE_MAX);
		thrift_out_init(&w, &b);
		thrift_put_struct(&w, THRIFT_ITEM);
		thrift_put_list(&w, 1, THRIFT_TRUE, n[0]);
		for (size_t i = 0; i < n[0]; i++)
			thrift_put_bool(&w, THRIFT_ITEM, false);
		for (int k = 1; k < 3; k++) {
			thrift_put_list(&w, k + 1, THRIFT_BINARY, n[k]);
			for (size_t i = 0; i < n[k]; i++)
				thrift_put_text(&w, THRIFT_ITEM, "x");
		}
		thrift_put_i32(&w, 4, 5);
		thrift_put_list(&w, 5, THRIFT_I64, n[3]);
		for (size_t i = 0; i < n[3]; i++)
			thrift_put_i64(&w, THRIFT_ITEM, -5);
		thrift_put_end(&w);
		assert_int_equal(pq_column_index_read(&got, b.data, b.bytes, arena, &err),
				 odd ? ERR_INPUT : ERR_NONE);
		if (odd)
			assert_non_null(strstr(err.msg, "differ in length"));
		else /* Numbers that make no sense say nothing. */
			assert_true(got.boundary_order == 0 && got.pages[1].null_count == -1);
		buf_release(&b);
		arena_free(arena);
	}
}

/* ---- real files ---- */

/* The footer of a file; false: it is no plain Parquet file. */
static bool
footer_of(const struct buf *file, struct span *footer)
{
	uint32_t bytes;

	if (file->bytes < 12 || memcmp(file->data + file->bytes - 4, "PAR1", 4) != 0)
		return false;
	memcpy(&bytes, file->data + file->bytes - 8, sizeof(bytes));
	if (bytes > file->bytes - 12)
		return false;
	*footer = (struct span){ .data = file->data + file->bytes - 8 - bytes, .bytes = bytes };
	return true;
}

/* Read, write, read: the same again.  Encrypted files are never written. */
static void
rewrite(const char *name, const struct pq_meta *meta)
{
	struct arena *arena = arena_new();
	struct pq_meta got;
	struct buf once, twice;
	struct err err;

	buf_init(&once, SIZE_MAX);
	buf_init(&twice, SIZE_MAX);
	pq_meta_write(meta, &once);
	if (pq_meta_read(&got, once.data, once.bytes, arena, &err))
		fail_msg("%s: written again: %s", name, err.msg);
	pq_meta_write(&got, &twice);
	assert_int_equal(once.bytes, twice.bytes);
	assert_memory_equal(once.data, twice.data, once.bytes);
	buf_release(&once);
	buf_release(&twice);
	arena_free(arena);
}

/* About `steps` beginnings of a footer, evenly spread, each where a byte too many is seen. */
static void
cut(struct span footer, size_t steps)
{
	size_t step = footer.bytes / steps + 1;
	struct pq_meta got;

	for (size_t n = 0; n < footer.bytes; n += step) {
		struct arena *arena = arena_new();
		char *part = malloc(n ? n : 1);

		assert_non_null(part);
		memcpy(part, footer.data, n);
		(void)!pq_meta_read(&got, part, n, arena, NULL);
		free(part);
		arena_free(arena);
	}
}

static void
read_real(int dir, const char *path, const char *verdict, int64_t rows)
{
	struct arena *arena = arena_new();
	struct span footer;
	struct pq_meta meta;
	struct buf file;
	struct err err;
	enum err_code code;

	buf_init(&file, SIZE_MAX);
	assert_int_equal(buf_read_file(&file, dir, path, &err), ERR_NONE);
	if (footer_of(&file, &footer)) {
		code = pq_meta_read(&meta, footer.data, footer.bytes, arena, &err);
		if (!code != (strcmp(verdict, "reject-footer") != 0))
			fail_msg("%s (%s): %s", path, verdict, code ? err.msg : "was read");
		if (strcmp(verdict, "read") == 0 && meta.rows != rows)
			fail_msg("%s: %lld rows, not %lld", path, (long long)meta.rows,
				 (long long)rows);
		if (!code && meta.encrypted != (strcmp(verdict, "reject-encrypted") == 0))
			fail_msg("%s: encrypted or not?", path);
		if (!code && !meta.encrypted)
			rewrite(path, &meta);
		cut(footer, 500);
	} else if (strcmp(verdict, "reject-encrypted") != 0) {
		fail_msg("%s: no footer", path);
	}
	buf_release(&file);
	arena_free(arena);
}

/* A line of expected.tsv: corpus, path, bytes, digest, verdict, rows of one reader, of another. */
static void
read_line(int dir, char *line)
{
	char *fields[7] = { NULL };

	for (size_t i = 0; i < countof(fields); i++)
		fields[i] = strsep(&line, "\t");
	if (!fields[6] || strcmp(fields[0], "parquet-testing") != 0)
		return;
	/* Of two readers one refuses some files. */
	read_real(dir, fields[1], fields[4],
		  strtoll(strcmp(fields[5], "rejects") ? fields[5] : fields[6], NULL, 10));
}

static void
reads_real_files(void **state)
{
	const char *root = getenv("TIDEMILL_SHARED_DATA");
	char *path = mem_format("%s/parquet-testing", root ? root : "../shared/data");
	int dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct buf list;
	struct err err;
	char *at, *line;

	(void)state;
	if (dir < 0) {
		print_message("%s is not there: set TIDEMILL_SHARED_DATA\n", path);
		free(path);
		skip();
	}
	buf_init(&list, SIZE_MAX);
	assert_int_equal(buf_read_file(&list, dir, "expected.tsv", &err), ERR_NONE);
	at = list.data;
	while ((line = strsep(&at, "\n")))
		read_line(dir, line);
	buf_release(&list);
	assert_int_equal(close(dir), 0);
	free(path);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_what_it_wrote),
		cmocka_unit_test(every_beginning_is_an_error),
		cmocka_unit_test(every_flipped_bit_is_survived),
		cmocka_unit_test(knows_what_a_leaf_means),
		cmocka_unit_test(writes_both_annotations),
		cmocka_unit_test(checks_that_the_schema_is_a_tree),
		cmocka_unit_test(what_has_children_is_a_group_whatever_its_type),
		cmocka_unit_test(nests_groups_as_deep_as_allowed),
		cmocka_unit_test(bounds_the_number_of_columns),
		cmocka_unit_test(bounds_the_number_of_row_groups),
		cmocka_unit_test(bounds_the_bytes_of_a_footer),
		cmocka_unit_test(counts_that_lie_take_no_memory),
		cmocka_unit_test(says_what_is_wrong_and_where),
		cmocka_unit_test(marks_what_is_encrypted),
		cmocka_unit_test(orders_that_belong_to_no_column_are_none),
		cmocka_unit_test(numbers_of_the_format_have_names),
		cmocka_unit_test(page_headers_come_back),
		cmocka_unit_test(page_headers_that_lie_are_bad),
		cmocka_unit_test(bounds_the_bytes_of_a_page_header),
		cmocka_unit_test(offset_indexes_come_back),
		cmocka_unit_test(column_indexes_come_back),
		cmocka_unit_test(column_indexes_of_unequal_lists_are_refused),
		cmocka_unit_test(reads_real_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
