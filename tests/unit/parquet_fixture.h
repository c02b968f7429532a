/*
 * parquet_fixture.h - read a Parquet file to its end and show its rows in one plain form.
 *
 * One line per row, its values with a | between: "-" is null, a real is the 64 bits of its double
 * in hexadecimal (any NaN: "nan"), a text stands between quotes as it is, everything else is a
 * decimal integer.  A reject is "! row reason".
 */
#ifndef TESTS_UNIT_PARQUET_FIXTURE_H
#define TESTS_UNIT_PARQUET_FIXTURE_H

#include "core/buf.h"
#include "core/hash.h"
#include "core/mem.h"
#include "worker/parquet/file.h"
#include "worker/reader.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static inline void
plain_value(const struct col *c, size_t row, struct buf *out)
{
	struct span text;
	uint64_t bits;
	double real;

	if (!c->valid[row]) {
		buf_char(out, '-');
	} else if (col_is_text(c->type)) {
		text = col_text(c, row);
		buf_char(out, '\'');
		buf_add(out, text.data, text.bytes);
		buf_char(out, '\'');
	} else if (col_is_int(c->type)) {
		buf_format(out, "%lld", (long long)col_int(c, row));
	} else {
		real = col_real(c, row);
		memcpy(&bits, &real, sizeof(bits));
		if (real != real)
			buf_text(out, "nan");
		else
			buf_format(out, "%016llx", (unsigned long long)bits);
	}
}

static inline void
plain_batch(const struct batch *b, struct buf *out)
{
	for (size_t row = 0; row < b->rows; row++) {
		bool is_first = true;

		for (size_t i = 0; i < b->schema->count; i++) {
			if (!b->cols[i].wanted)
				continue;
			if (!is_first)
				buf_char(out, '|');
			is_first = false;
			plain_value(&b->cols[i], row, out);
		}
		buf_char(out, '\n');
	}
	for (size_t i = 0; i < b->n_rejects; i++)
		buf_format(out, "! %lld %s\n", (long long)b->rejects[i].row_no,
			   b->rejects[i].reason);
}

/* Rows and rejects of a file; each batch is given to `take`. */
typedef void take_batch_fn(void *arg, const struct batch *b);

static inline enum err_code
read_all(const char *path, const struct reader_options *options, take_batch_fn *take, void *arg,
	 struct err *err)
{
	const struct batch *b = NULL;
	struct reader *r = NULL;
	enum err_code code = reader_open(&r, AT_FDCWD, path, path, options, err);

	while (!code && !(code = reader_next(r, &b, err)) && b)
		take(arg, b);
	reader_close(code && !r ? NULL : r);
	return code;
}

#endif
