/*
 * reader_fixture.h - read a text as a file and show what came out as one line per row.
 */
#ifndef TESTS_UNIT_READER_FIXTURE_H
#define TESTS_UNIT_READER_FIXTURE_H

#include "core/buf.h"
#include "core/hash.h"
#include "core/mem.h"
#include "worker/reader.h"
#include "worker/writer.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* One file that every case writes anew. */
static inline void
put_file(const char *path, const void *data, size_t bytes)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, data, bytes), (ssize_t)bytes);
	assert_int_equal(close(fd), 0);
}

static inline void
put_text(const char *path, const char *text)
{
	put_file(path, text, strlen(text));
}

/* Append a batch: rows as csv without header, rejects as "!row reason". */
static inline void
show_batch(const struct batch *b, bool raw, struct buf *out)
{
	struct writer w;
	size_t next = 0, head;

	writer_open(&w, FORMAT_CSV, b->schema);
	head = w.bytes;
	for (size_t at = 0; at <= b->rows; at++) {
		uint32_t row = (uint32_t)at;

		for (; next < b->n_rejects; next++) {
			const struct reject *r = &b->rejects[next];

			if (at < b->rows && r->row_no > b->row_no[at])
				break;
			buf_format(out, "!%lld %s", (long long)r->row_no, r->reason);
			if (raw)
				buf_format(out, " [%.*s]", (int)r->raw.bytes, r->raw.data);
			buf_char(out, '\n');
		}
		if (at == b->rows)
			break;
		w.bytes = head;
		writer_add(&w, b, &row, 1);
		buf_format(out, "%lld ", (long long)b->row_no[at]);
		buf_add(out, w.data + head, w.bytes - head);
	}
	writer_close(&w);
}

/* Read a file to its end; what is wrong with it as a whole is the last line. */
static inline char *
show_file(const char *path, const struct reader_options *options, bool raw)
{
	const struct batch *b = NULL;
	struct reader *r = NULL;
	struct err err = { 0 };
	struct buf out;
	char *text;
	enum err_code code = reader_open(&r, AT_FDCWD, path, "file", options, &err);

	buf_init(&out, SIZE_MAX);
	while (!code && !(code = reader_next(r, &b, &err)) && b)
		show_batch(b, raw, &out);
	if (code)
		buf_format(&out, "error: %s\n", err.msg);
	reader_close(r);
	text = buf_give(&out);
	buf_release(&out);
	return text;
}

static inline void
expect_rows(const char *path, const struct reader_options *options, const char *name,
	    const char *text, size_t bytes, const char *want)
{
	char *got;

	put_file(path, text, bytes);
	got = show_file(path, options, false);
	if (strcmp(got, want) != 0)
		fail_msg("%s: got\n%swanted\n%s", name, got, want);
	free(got);
}

/* Only that nothing breaks: a sanitizer watches. */
static inline void
read_anything(const char *path, const struct reader_options *options, const char *text,
	      size_t bytes)
{
	put_file(path, text, bytes);
	free(show_file(path, options, true));
}

/* Cut a good text at every byte, and flip bytes of it. */
static inline void
mistreat(const char *path, const struct reader_options *options, const char *text)
{
	static const char nasty[] = "\"\\,\n\r{}[]:\xFF\xC3\x00u0-.eE";
	size_t bytes = strlen(text);
	uint64_t random = 3;
	char *copy = mem_bytes(text, bytes);

	for (size_t i = 0; i <= bytes; i++)
		read_anything(path, options, text, i);
	for (int i = 0; i < 3000; i++) {
		size_t at = random_next(&random) % bytes;

		copy[at] = nasty[random_next(&random) % (sizeof(nasty) - 1)];
		read_anything(path, options, copy, bytes);
		if (i % 4 == 0)
			memcpy(copy, text, bytes);
	}
	free(copy);
}

#endif
