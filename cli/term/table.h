/*
 * table.h - cells laid out in columns, as wide as a terminal or as wide as they are.
 */
#ifndef CLI_TERM_TABLE_H
#define CLI_TERM_TABLE_H

#include "core/base/buf.h"

struct table_column {
	const char *title;
	bool right; /* a number */
	/* What may be left out where room is short: the highest first, 0 never. */
	int rank;
};

/* Titles and cells are borrowed; cells stand row by row.  Control characters in them are shown. */
struct tabular {
	const struct table_column *columns;
	size_t n_columns;
	const char *const *cells;
	size_t n_rows;
};

/*
 * Append titles and rows.  `width` 0: behind a pipe, nothing is cut, wrapped or left out.  Else no
 * line is longer than that: columns that are empty are left out, then those with a rank, whose
 * titles are appended to `left_out` with ", " between; the last column of text wraps between words,
 * and where that is not enough the widest others do.
 */
void table_write(const struct tabular *t, size_t width, struct buf *out, struct buf *left_out);

#endif
