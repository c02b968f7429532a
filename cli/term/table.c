/* table.c - cells laid out in columns, as wide as a terminal or as wide as they are. */
#include "cli/term/table.h"

#include "core/text/wrap.h"
#include "core/base/mem.h"
#include "core/base/screen.h"

#include <stdlib.h>
#include <string.h>

/* A column of text that wraps is not narrower than this, if it can be helped. */
enum { WRAPPED_MIN = 16, WORD_MAX = 32, NARROW_MIN = 6 };

/* A table being laid out: its titles and cells as they are shown, and for each column its width, 0:
 * not shown.
 */
struct layout {
	const struct tabular *t;
	char **titles, **cells;
	size_t *widths;
	size_t room; /* 0: as much as is wanted */
};

static char *
shown(const char *text)
{
	struct buf out;

	buf_init(&out, SIZE_MAX);
	screen_text(text, SCREEN_CELL, &out);
	return buf_give(&out);
}

static const char *
cell(const struct layout *l, size_t row, size_t column)
{
	return l->cells[row * l->t->n_columns + column];
}

/* As wide as what stands in it; *empty: nothing does. */
static size_t
natural_width(const struct layout *l, size_t column, bool *empty)
{
	size_t width = wrap_width(l->titles[column]);

	*empty = true;
	for (size_t i = 0; i < l->t->n_rows; i++) {
		size_t wide = wrap_width(cell(l, i, column));

		*empty = *empty && !wide;
		width = wide > width ? wide : width;
	}
	return width;
}

static size_t
total(const struct layout *l)
{
	size_t sum = 0;

	for (size_t c = 0; c < l->t->n_columns; c++)
		sum += l->widths[c] ? l->widths[c] + (sum > 0) : 0;
	return sum;
}

/* The last column of text that is shown, or -1. */
static int
last_text(const struct layout *l)
{
	for (size_t c = l->t->n_columns; c-- > 0;)
		if (l->widths[c] && !l->t->columns[c].right)
			return (int)c;
	return -1;
}

/* How narrow the last column of text may be: no word, such as an instant, is broken unless it is a
 * very long one.
 */
static size_t
least_width(const struct layout *l, size_t column)
{
	size_t least = WRAPPED_MIN;

	for (size_t i = 0; i < l->t->n_rows; i++) {
		const char *text = cell(l, i, column);
		size_t bytes;

		for (; *text; text += bytes + (text[bytes] == ' ')) {
			bytes = strcspn(text, " ");
			if (bytes > least && bytes <= WORD_MAX)
				least = bytes;
		}
	}
	return least;
}

/* How long lines are once the last column of text is as narrow as it may be. */
static size_t
least_total(const struct layout *l)
{
	int last = last_text(l);
	size_t sum = total(l), least = last < 0 ? 0 : least_width(l, (size_t)last);

	if (last >= 0 && l->widths[last] > least)
		sum -= l->widths[last] - least;
	return sum;
}

/* The column that goes first, or -1: all that are left stay. */
static int
first_to_go(const struct layout *l)
{
	int found = -1;

	for (size_t c = 0; c < l->t->n_columns; c++)
		if (l->widths[c] && l->t->columns[c].rank &&
		    (found < 0 || l->t->columns[c].rank >= l->t->columns[found].rank))
			found = (int)c;
	return found;
}

/* The widest column of text that can give a column away, or -1. */
static int
widest_text(const struct layout *l)
{
	int found = -1;

	for (size_t c = 0; c < l->t->n_columns; c++)
		if (!l->t->columns[c].right && l->widths[c] > NARROW_MIN &&
		    (found < 0 || l->widths[c] > l->widths[found]))
			found = (int)c;
	return found;
}

/* Leave columns out, in the order of the table, and say which. */
static void
leave_out(struct layout *l, struct buf *left_out)
{
	bool *gone = mem_new(l->t->n_columns, sizeof(*gone));
	int c;

	while (least_total(l) > l->room && (c = first_to_go(l)) >= 0) {
		l->widths[c] = 0;
		gone[c] = true;
	}
	for (size_t i = 0; i < l->t->n_columns; i++)
		if (gone[i])
			buf_format(left_out, "%s%s", left_out->bytes ? ", " : "",
				   l->t->columns[i].title);
	free(gone);
}

static void
fit(struct layout *l, struct buf *left_out)
{
	int c;

	for (size_t i = 0; i < l->t->n_columns && total(l) > l->room; i++) {
		bool empty;

		(void)natural_width(l, i, &empty);
		if (empty && l->t->columns[i].rank)
			l->widths[i] = 0;
	}
	leave_out(l, left_out);
	c = last_text(l);
	while (c >= 0 && total(l) > l->room && l->widths[c] > WRAPPED_MIN)
		l->widths[c]--;
	while (total(l) > l->room && (c = widest_text(l)) >= 0)
		l->widths[c]--;
}

/* Append `text`, of which `bytes` are shown, in its column; nothing follows it when it is the last.
 */
static void
add_cell(const struct layout *l, size_t column, const char *text, size_t bytes, bool is_last,
	 struct buf *out)
{
	char *part = mem_bytes(text, bytes);
	size_t width = wrap_width(part);
	size_t pad = width < l->widths[column] ? l->widths[column] - width : 0;
	bool right = l->t->columns[column].right;

	pad = right || !is_last ? pad : 0;
	buf_format(out, "%*s%s%*s", right ? (int)pad : 0, "", part, right ? 0 : (int)pad, "");
	free(part);
}

/* A row of as many lines as its longest cell needs. */
static void
add_row(const struct layout *l, const char *const *cells, struct buf *out)
{
	size_t n = l->t->n_columns, last = n;
	const char **rest = mem_new(n, sizeof(*rest));
	bool more = true;

	for (size_t c = 0; c < n; c++) {
		rest[c] = cells[c];
		last = l->widths[c] ? c : last;
	}
	while (more) {
		more = false;
		for (size_t c = 0; c < n; c++) {
			size_t bytes;

			if (!l->widths[c])
				continue;
			bytes = l->room ? wrap_line(rest[c], l->widths[c]) : strlen(rest[c]);
			add_cell(l, c, rest[c], bytes, c == last, out);
			rest[c] += bytes;
			rest[c] += strspn(rest[c], " ");
			more = more || *rest[c];
			if (c != last)
				buf_char(out, ' ');
		}
		while (l->room && out->bytes && out->data[out->bytes - 1] == ' ')
			out->data[--out->bytes] = '\0';
		buf_char(out, '\n');
	}
	free(rest);
}

void
table_write(const struct tabular *t, size_t width, struct buf *out, struct buf *left_out)
{
	const size_t n = t->n_rows * t->n_columns;
	struct layout l = { .t = t, .room = width };
	char **titles = mem_new(t->n_columns, sizeof(*titles));

	l.titles = titles;
	l.cells = mem_new(n, sizeof(*l.cells));
	l.widths = mem_new(t->n_columns, sizeof(*l.widths));
	for (size_t i = 0; i < n; i++)
		l.cells[i] = shown(t->cells[i]);
	for (size_t c = 0; c < t->n_columns; c++) {
		bool empty;

		titles[c] = shown(t->columns[c].title);
		l.widths[c] = natural_width(&l, c, &empty);
	}
	if (width)
		fit(&l, left_out);
	add_row(&l, (const char *const *)titles, out);
	for (size_t i = 0; i < t->n_rows; i++)
		add_row(&l, (const char *const *)l.cells + i * t->n_columns, out);
	for (size_t i = 0; i < n; i++)
		free(l.cells[i]);
	free(l.cells);
	free(l.widths);
	for (size_t c = 0; c < t->n_columns; c++)
		free(titles[c]);
	free(titles);
}
