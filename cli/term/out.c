/* out.c - the same data as a table for people or JSON for programs. */
#include "cli/term/out.h"

#include "cli/term/table.h"
#include "core/text/wrap.h"
#include "core/base/mem.h"
#include "core/base/screen.h"
#include "core/model/output.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

size_t
out_bytes(const char *data, size_t bytes, unsigned flags)
{
	struct buf shown;

	if (!isatty(STDOUT_FILENO)) {
		(void)fwrite(data, 1, bytes, stdout);
		return bytes;
	}
	buf_init(&shown, SIZE_MAX);
	bytes = screen_show(data, bytes, flags, &shown);
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
		(void)out_bytes(text, strlen(text), 0);
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

enum { SECONDS_BYTES = 19, DAY_BYTES = 10, NAME_COLUMNS = 22 };

/*
 * The bytes of the time at text, as state has it, 2026-05-01T02:30:00.123456Z or without the
 * fraction; 0: there is none.
 */
static size_t
time_bytes(const char *text)
{
	static const char shape[] = "0000-00-00T00:00:00";
	size_t n = 0;

	for (; shape[n]; n++)
		if (shape[n] == '0' ? text[n] < '0' || text[n] > '9' : text[n] != shape[n])
			return 0;
	if (text[n] == '.')
		n += 1 + strspn(text + n + 1, "0123456789");
	return text[n] == 'Z' ? n + 1 : 0;
}

/* Times to the second; of a midnight the day where days are meant.  Those in an id stay. */
static char *
time_text(const char *text, enum out_kind kind)
{
	const char *begin = text;
	struct buf out;

	buf_init(&out, SIZE_MAX);
	while (*text) {
		size_t n = text > begin && text[-1] == '_' ? 0 : time_bytes(text);

		if (!n) {
			buf_char(&out, *text++);
			continue;
		}
		if (kind == OUT_DAY && !memcmp(text + DAY_BYTES, "T00:00:00Z", 10)) {
			buf_add(&out, text, DAY_BYTES);
		} else {
			buf_add(&out, text, SECONDS_BYTES);
			buf_char(&out, 'Z');
		}
		text += n;
	}
	return buf_give(&out);
}

/* A value as table text; the caller frees it. */
static char *
cell(const json_t *value, enum out_kind kind)
{
	if (json_is_string(value) && (kind == OUT_TIME || kind == OUT_DAY))
		return time_text(json_string_value(value), kind);
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

size_t
out_columns(void)
{
	return screen_columns(STDOUT_FILENO);
}

static void
print_table(const json_t *rows, const struct out_column *columns, size_t n)
{
	struct tabular t = { .n_columns = n, .n_rows = json_array_size(rows) };
	struct table_column *shapes = mem_new(n, sizeof(*shapes));
	char **cells = mem_new(t.n_rows * n, sizeof(*cells));
	struct buf text, left_out;

	for (size_t c = 0; c < n; c++) {
		shapes[c] = (struct table_column){ columns[c].title, columns[c].kind == OUT_NUMBER,
						   columns[c].rank };
		for (size_t i = 0; i < t.n_rows; i++)
			cells[i * n + c] = cell(
			    json_object_get(json_array_get(rows, i), columns[c].key),
			    columns[c].kind);
	}
	t.columns = shapes;
	t.cells = (const char *const *)cells;
	buf_init(&text, SIZE_MAX);
	buf_init(&left_out, SIZE_MAX);
	table_write(&t, out_columns(), &text, &left_out);
	(void)fwrite(text.data, 1, text.bytes, stdout);
	if (left_out.bytes) {
		(void)fflush(stdout);
		say("left out, the terminal is narrow: %s", left_out.data);
	}
	buf_release(&left_out);
	buf_release(&text);
	for (size_t i = 0; i < t.n_rows * n; i++)
		free(cells[i]);
	free(cells);
	free(shapes);
}

void
out_titles(const struct out_column *columns, size_t n_columns)
{
	json_t *none = json_array();

	print_table(none, columns, n_columns);
	json_decref(none);
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
	const size_t width = out_columns();
	const char *key;
	json_t *value;

	if (cli->json) {
		out_json(object);
		return;
	}
	json_object_foreach((json_t *)(uintptr_t)object, key, value)
	{
		struct buf line;
		char *text;

		if (json_is_object(value) || json_is_array(value) || json_is_null(value))
			continue;
		text = cell(value, OUT_DAY);
		buf_init(&line, SIZE_MAX);
		buf_format(&line, "%-*s ", NAME_COLUMNS, key);
		wrap_text(text, NAME_COLUMNS + 1,
			  width > (size_t)NAME_COLUMNS * 2 ? NAME_COLUMNS + 1 : 2,
			  width ? width : SIZE_MAX, &line);
		if (*text) {
			(void)out_bytes(line.data, line.bytes, 0);
			(void)fputc('\n', stdout);
		}
		buf_release(&line);
		free(text);
	}
}

size_t
out_some(const json_t *rows, const struct out_column *columns, size_t n, const char *key,
	 struct out_column *to)
{
	bool any = false;
	size_t kept = 0;

	for (size_t i = 0; i < json_array_size(rows) && !any; i++) {
		const json_t *value = json_object_get(json_array_get(rows, i), key);

		any = value && !json_is_null(value);
	}
	for (size_t i = 0; i < n; i++)
		if (any || strcmp(columns[i].key, key) != 0)
			to[kept++] = columns[i];
	return kept;
}

bool
out_left(json_t *rows)
{
	const char *name;
	json_t *row, *value;
	bool any = false;
	size_t i;

	json_array_foreach(rows, i, row)
	{
		json_t *outputs = json_object_get(row, "outputs");
		struct buf text;

		if (!json_object_size(outputs))
			continue;
		any = true;
		buf_init(&text, SIZE_MAX);
		json_object_foreach(outputs, name, value)
		{
			buf_format(&text, "%s%s=", text.bytes ? " " : "", name);
			output_text(value, &text);
		}
		(void)json_object_set_new(row, "left", json_text_new(text.data));
		buf_release(&text);
	}
	return any;
}
