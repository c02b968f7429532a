/*
 * fuzz_csv.c - any bytes as a csv file: no crash, and string columns as the slow reader gives them.
 *
 * The first run takes the input as a whole file, header and all, with columns of every type; the
 * second one as the records below a header of three strings.
 */
#include "core/base/mem.h"
#include "tests/fixture/csv_reference.h"
#include "worker/format/reader.h"

#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

static const struct column strings[] = {
	{ "a", COL_STRING },
	{ "b", COL_STRING },
	{ "c", COL_STRING },
};
static const struct schema strings_schema = { strings, countof(strings) };

static const struct column all[] = {
	{ "i", COL_INT64 }, { "n", COL_INT32 },     { "f", COL_FLOAT64 }, { "s", COL_STRING },
	{ "b", COL_BOOL },  { "t", COL_TIMESTAMP }, { "d", COL_DATE },    { "j", COL_JSON },
};
static const struct schema all_schema = { all, countof(all) };
static const bool all_optional[countof(all)] = { true, true, true, true, true, true, true, true };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

/* Append the row as csv_reference() shows it. */
static void
show_row(const struct batch *b, size_t at, struct buf *out)
{
	buf_format(out, "%lld", (long long)b->row_no[at]);
	for (size_t c = 0; c < b->schema->count; c++) {
		struct span text = b->cols[c].valid[at] ? b->cols[c].texts[at] : (struct span){ 0 };

		if (!b->cols[c].valid[at]) {
			buf_text(out, " ~");
			continue;
		}
		buf_format(out, " %zu:", text.bytes);
		buf_add(out, text.data, text.bytes);
	}
	buf_char(out, '\n');
}

static void
show_batch(const struct batch *b, struct buf *out)
{
	size_t next = 0;

	for (size_t at = 0; at <= b->rows; at++) {
		for (; next < b->n_rejects; next++) {
			const struct reject *reject = &b->rejects[next];

			if (at < b->rows && reject->row_no > b->row_no[at])
				break;
			buf_format(out, "!%lld %s\n", (long long)reject->row_no, reject->reason);
		}
		if (at < b->rows)
			show_row(b, at, out);
	}
}

/* Read `head` and the input as one file; out may be NULL. */
static void
read_file(const char *head, const uint8_t *data, size_t bytes, const struct reader_options *options,
	  struct buf *out)
{
	int fd = memfd_create("input", MFD_CLOEXEC);
	const struct batch *b = NULL;
	struct reader *r = NULL;
	char path[64];

	if (fd < 0 || write(fd, head, strlen(head)) != (ssize_t)strlen(head) ||
	    write(fd, data, bytes) != (ssize_t)bytes)
		abort();
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (reader_open(&r, -1, path, "input", options, NULL) == ERR_NONE) {
		while (reader_next(r, &b, NULL) == ERR_NONE && b)
			if (out)
				show_batch(b, out);
		reader_close(r);
	} else if (out) {
		abort();
	}
	(void)close(fd);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	const struct reader_options typed = { .format = FORMAT_CSV,
					      .schema = &all_schema,
					      .optional = all_optional };
	const struct reader_options plain = { .format = FORMAT_CSV, .schema = &strings_schema };
	struct buf want, got;

	buf_init(&want, SIZE_MAX);
	buf_init(&got, SIZE_MAX);
	read_file("", data, bytes, &typed, NULL);
	read_file("a,b,c\n", data, bytes, &plain, &got);
	csv_reference((const char *)data, bytes, countof(strings), &want);
	if (got.bytes != want.bytes || memcmp(got.data, want.data, got.bytes) != 0)
		abort();
	buf_release(&want);
	buf_release(&got);
	return 0;
}
