/* out.c - the same data as a table for people or JSON for programs. */
#include "cli/term/out.h"

#include "core/base/mem.h"
#include "core/base/screen.h"

#include <errno.h>
#include <langinfo.h>
#include <libsmartcols/libsmartcols.h>
#include <locale.h>
#include <poll.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

size_t
out_bytes(const char *data, size_t bytes, bool more)
{
	struct buf shown;

	if (!isatty(STDOUT_FILENO)) {
		(void)fwrite(data, 1, bytes, stdout);
		return bytes;
	}
	buf_init(&shown, SIZE_MAX);
	bytes = screen_show(data, bytes, SCREEN_COLORS | (more ? SCREEN_MORE : 0U), &shown);
	(void)fwrite(shown.data, 1, shown.bytes, stdout);
	buf_release(&shown);
	return bytes;
}

/* Has the reader of standard output gone away? */
static bool
nobody_reads(void)
{
	struct pollfd p = { .fd = STDOUT_FILENO, .events = POLLOUT };

	return poll(&p, 1, 0) > 0 && p.revents & (POLLERR | POLLHUP);
}

int
out_end(int code)
{
	errno = 0;
	if (!fflush(stdout) && !ferror(stdout))
		return code;
	if (errno != EPIPE && !nobody_reads() && !code)
		code = cli_fail(EXIT_NO, "write standard output: %s",
				errno ? strerror(errno) : "it cannot be written");
	/* It is said: nothing is left to be written, or to be said again. */
	__fpurge(stdout);
	clearerr(stdout);
	return code;
}

void
out_json(const json_t *value)
{
	char *text = json_dumps(value, JSON_INDENT(2));

	if (text)
		(void)out_bytes(text, strlen(text), false);
	(void)fputc('\n', stdout);
	free(text);
}

/* A text as it stands in a table, which ends at a NUL: that one is escaped here. */
static char *
text_cell(const json_t *value)
{
	const char *text = json_string_value(value);
	size_t bytes = json_string_length(value);
	struct buf out;
	char *copy;

	if (!memchr(text, '\0', bytes))
		return mem_str(text);
	buf_init(&out, SIZE_MAX);
	for (size_t i = 0; i < bytes; i++)
		buf_add(&out, text[i] ? &text[i] : "\\x00", text[i] ? 1 : 4);
	copy = mem_str(out.data);
	buf_release(&out);
	return copy;
}

/* A value as table text; the caller frees it. */
static char *
cell(const json_t *value)
{
	if (json_is_string(value))
		return text_cell(value);
	if (json_is_integer(value))
		return mem_format("%lld", (long long)json_integer_value(value));
	if (json_is_real(value))
		return mem_format("%g", json_real_value(value));
	if (json_is_boolean(value))
		return mem_str(json_is_true(value) ? "yes" : "no");
	return mem_str("");
}

static void
add_row(struct libscols_table *table, const json_t *row, const struct out_column *columns, size_t n)
{
	struct libscols_line *line = scols_table_new_line(table, NULL);

	for (size_t c = 0; line && c < n; c++) {
		char *text = cell(json_object_get(row, columns[c].key));

		(void)scols_line_set_data(line, c, text);
		free(text);
	}
}

/* A table with its columns and no lines; NULL: no memory. */
static struct libscols_table *
new_table(const struct out_column *columns, size_t n)
{
	struct libscols_table *table = scols_new_table();

	if (!table)
		return NULL;
	/* Never cut what a program behind a pipe may want to read. */
	(void)scols_table_enable_nowrap(table, 1);
	if (!isatty(STDOUT_FILENO))
		(void)scols_table_set_termforce(table, SCOLS_TERMFORCE_NEVER);
	for (size_t c = 0; c < n; c++)
		(void)scols_table_new_column(table, columns[c].title, 0,
					     columns[c].right ? SCOLS_FL_RIGHT : 0);
	return table;
}

/*
 * Lay a table out and print it.  The library escapes what is no printable character of the
 * locale: that keeps control characters off the terminal, and in the locale C it is every
 * letter beyond ASCII.  So the kind of characters is the environment's, or UTF-8 where
 * that says nothing, and only here: the rest of the program goes by bytes.
 */
static void
print_and_free(struct libscols_table *table)
{
	if (!setlocale(LC_CTYPE, "") || strcmp(nl_langinfo(CODESET), "ANSI_X3.4-1968") == 0)
		(void)setlocale(LC_CTYPE, "C.UTF-8");
	(void)scols_print_table(table);
	(void)setlocale(LC_CTYPE, "C");
	scols_unref_table(table);
}

static void
print_table(const json_t *rows, const struct out_column *columns, size_t n)
{
	struct libscols_table *table = new_table(columns, n);
	const json_t *row;
	size_t i;

	if (!table)
		return;
	json_array_foreach(rows, i, row)
	{
		add_row(table, row, columns, n);
	}
	print_and_free(table);
}

/* The library prints no titles over nothing, so that they are a line of their own. */
void
out_titles(const struct out_column *columns, size_t n_columns)
{
	struct libscols_table *table = new_table(columns, n_columns);
	struct libscols_line *line = table ? scols_table_new_line(table, NULL) : NULL;

	for (size_t c = 0; line && c < n_columns; c++)
		(void)scols_line_set_data(line, c, columns[c].title);
	if (!table)
		return;
	(void)scols_table_enable_noheadings(table, 1);
	print_and_free(table);
}

void
out_list(const struct cli *cli, const json_t *rows, const struct out_column *columns,
	 size_t n_columns, const char *empty)
{
	if (cli->json)
		out_json(rows);
	else if (json_array_size(rows))
		print_table(rows, columns, n_columns);
	else
		say("%s", empty);
}

void
out_object(const struct cli *cli, const json_t *object)
{
	const char *key;
	json_t *value;

	if (cli->json) {
		out_json(object);
		return;
	}
	json_object_foreach((json_t *)(uintptr_t)object, key, value)
	{
		char *text;

		if (json_is_object(value) || json_is_array(value) || json_is_null(value))
			continue;
		text = cell(value);
		(void)printf("%-22s ", key);
		(void)out_bytes(text, strlen(text), false);
		(void)fputc('\n', stdout);
		free(text);
	}
}
