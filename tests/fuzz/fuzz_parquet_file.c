/*
 * fuzz_parquet_file.c - any bytes as a Parquet file: no crash, no endless reading, and rows that do
 * not depend on how they are asked for.
 */
#include "worker/parquet/read/file.h"
#include "worker/format/reader.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

/* A few bytes may say billions of nulls: so many batches are enough. */
enum { BATCHES_MAX = 100, COLUMNS_MAX = 300 };

/* What reading came to. */
struct result {
	struct checksum checksum;
	size_t batches;
	int64_t rows;
	bool is_good, is_whole;
};

static void
add_value(struct checksum *sum, const struct col *c, size_t row)
{
	struct span text;
	double real;
	int64_t number;

	if (!c->valid[row]) {
		checksum_add(sum, "-", 1);
	} else if (col_is_text(c->type)) {
		text = col_text(c, row);
		checksum_add(sum, &text.bytes, sizeof(text.bytes));
		checksum_add(sum, text.data, text.bytes);
	} else if (col_is_int(c->type)) {
		number = col_int(c, row);
		checksum_add(sum, &number, sizeof(number));
	} else {
		real = col_real(c, row);
		checksum_add(sum, &real, sizeof(real));
	}
}

static void
add_batch(struct result *r, const struct batch *b)
{
	for (size_t row = 0; row < b->rows; row++) {
		checksum_add(&r->checksum, &b->row_no[row], sizeof(b->row_no[row]));
		for (size_t i = 0; i < b->schema->count; i++)
			if (b->cols[i].wanted)
				add_value(&r->checksum, &b->cols[i], row);
	}
	for (size_t i = 0; i < b->n_rejects; i++)
		checksum_add(&r->checksum, &b->rejects[i].row_no, sizeof(b->rejects[i].row_no));
	r->rows += (int64_t)(b->rows + b->n_rejects);
}

/* Read the parts from `part` on, or (by_parts false) all at once. */
static void
read_rows(struct reader *reader, bool by_parts, struct result *r)
{
	size_t n = by_parts ? reader_parts(reader) : 1;
	const struct batch *b = NULL;
	struct err err;

	r->is_good = true;
	for (size_t part = 0; part < n && r->is_good && r->batches < BATCHES_MAX; part++) {
		if (by_parts)
			reader_seek(reader, part);
		do {
			r->is_good = !reader_next(reader, &b, &err);
			if (r->is_good && b)
				add_batch(r, b);
		} while (r->is_good && b && ++r->batches < BATCHES_MAX);
	}
	r->is_whole = r->is_good && r->batches < BATCHES_MAX;
}

static struct result
read_file(const char *path, const struct reader_options *options, bool by_parts)
{
	struct result r = { .rows = 0 };
	struct reader *reader = NULL;
	struct err err;

	checksum_init(&r.checksum);
	if (!reader_open(&reader, AT_FDCWD, path, "fuzz", options, &err))
		read_rows(reader, by_parts, &r);
	reader_close(reader);
	return r;
}

static void
expect_same(const struct result *a, const struct result *b)
{
	char one[CHECKSUM_CHARS + 1], two[CHECKSUM_CHARS + 1];

	if (!a->is_whole || !b->is_whole)
		return;
	checksum_end(&a->checksum, one);
	checksum_end(&b->checksum, two);
	if (a->rows != b->rows || strcmp(one, two) != 0)
		abort();
}

/* All rows at once and part by part; then some columns only, of some rows. */
static void
read_ways(const char *path, const struct schema *schema)
{
	struct reader_hint hint = { .min = 3, .max = 1000, .text = { "a", 1 } };
	struct reader_options options = { .format = FORMAT_PARQUET,
					  .schema = schema,
					  .any_bytes = true };
	bool *some = mem_new(schema->count, sizeof(*some));
	struct result whole = read_file(path, &options, false);
	struct result parts = read_file(path, &options, true);

	if (whole.is_good != parts.is_good)
		abort();
	expect_same(&whole, &parts);
	for (size_t i = 0; i < schema->count; i++)
		some[i] = i % 2 == 0;
	options.wanted = some;
	options.day_only = some;
	options.any_bytes = false;
	for (hint.column = 0; hint.column < schema->count && hint.column < 4; hint.column++) {
		enum col_type type = schema->columns[hint.column].type;

		hint.is_text = col_is_text(type);
		options.hints = &hint;
		options.n_hints = type != COL_FLOAT64;
		(void)read_file(path, &options, false);
	}
	free(some);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	int fd = memfd_create("fuzz", MFD_CLOEXEC);
	struct pq_file *f = NULL;
	struct schema schema;
	struct err err;
	char path[40];

	if (fd < 0 || write(fd, data, bytes) != (ssize_t)bytes)
		abort();
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (!pq_file_open(&f, AT_FDCWD, path, "fuzz", &err)) {
		pq_file_schema(f, &schema);
		if (schema.count <= COLUMNS_MAX)
			read_ways(path, &schema);
		pq_file_close(f);
	}
	(void)close(fd);
	return 0;
}
