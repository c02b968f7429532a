/*
 * fuzz_jsonl.c - any bytes as a file of JSON Lines: no crash, and every line as the slow checker
 * says.
 */
#include "core/base/mem.h"
#include "tests/fixture/json_reference.h"
#include "worker/format/reader.h"
#include "worker/format/scan.h"

#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

/* Longer lines may have more unknown keys than a row can have; the checker does not count them. */
enum { LINE_BYTES_MAX = 5000 };

static const struct column one[] = { { "j", COL_JSON } };
static const struct schema one_schema = { one, countof(one) };

static const struct column all[] = {
	{ "i", COL_INT64 }, { "n", COL_INT32 },     { "f", COL_FLOAT64 }, { "s", COL_STRING },
	{ "b", COL_BOOL },  { "t", COL_TIMESTAMP }, { "d", COL_DATE },    { "j", COL_JSON },
};
static const struct schema all_schema = { all, countof(all) };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

/* Read the file to its end; verdict[n] becomes 'r' when line n is a row and 'x' when a reject. */
static void
read_file(int fd, const struct schema *schema, char *verdict)
{
	const struct reader_options options = { .format = FORMAT_JSONL, .schema = schema };
	const struct batch *b = NULL;
	struct reader *r = NULL;
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (reader_open(&r, -1, path, "input", &options, NULL))
		abort();
	while (reader_next(r, &b, NULL) == ERR_NONE && b) {
		for (size_t i = 0; verdict && i < b->rows; i++)
			verdict[b->row_no[i]] = 'r';
		for (size_t i = 0; verdict && i < b->n_rejects; i++)
			verdict[b->rejects[i].row_no] = 'x';
	}
	reader_close(r);
}

/* One line for itself, as a value. */
static void
check_value(const char *line, size_t bytes)
{
	char *copy = mem_new(bytes + 1 + SCAN_PAD, 1);
	struct scan_fault fault;
	const char *p;

	if (bytes)
		memcpy(copy, line, bytes);
	copy[bytes] = '\n';
	p = scan_value(scan_space(copy), &fault);
	if ((p && scan_space(p) == copy + bytes) != json_reference(line, bytes))
		abort();
	if (utf8_valid(line, bytes) != ref_utf8(line, bytes))
		abort();
	free(copy);
}

static void
check_lines(const char *text, size_t bytes, const char *verdict)
{
	const char *end = text + bytes;

	if (bytes >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0)
		text += 3;
	for (size_t number = 1; text < end; number++) {
		const char *newline = memchr(text, '\n', (size_t)(end - text));
		size_t line_bytes = (size_t)((newline ? newline : end) - text), space = 0;
		char want;

		while (space < line_bytes && strchr(" \t\r", text[space] ? text[space] : 'x'))
			space++;
		want = space == line_bytes                     ? '\0'
		       : json_reference_line(text, line_bytes) ? 'r'
							       : 'x';
		if (line_bytes <= LINE_BYTES_MAX && verdict[number] != want)
			abort();
		check_value(text, line_bytes);
		text += line_bytes + (newline != NULL);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	int fd = memfd_create("input", MFD_CLOEXEC);
	char *verdict = mem_new(bytes + 2, 1);

	if (fd < 0 || write(fd, data, bytes) != (ssize_t)bytes)
		abort();
	read_file(fd, &all_schema, NULL);
	read_file(fd, &one_schema, verdict);
	check_lines((const char *)data, bytes, verdict);
	(void)close(fd);
	free(verdict);
	return 0;
}
