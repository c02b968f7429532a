/* writer.c - rows to the bytes of a file, whatever its format. */
#include "worker/format/writer.h"

#include "core/base/mem.h"

#include <stdlib.h>
#include <string.h>

/* Smaller pieces are gathered for a sink. */
enum { PIECE_BYTES = 64 << 10 };

static const struct writer_format *const formats[FORMAT_COUNT] = {
	[FORMAT_CSV] = &writer_csv,
	[FORMAT_JSONL] = &writer_jsonl,
	[FORMAT_PARQUET] = &writer_parquet,
};

void
writer_open(struct writer *w, enum format format, const struct schema *schema)
{
	*w = (struct writer){ .format = formats[format], .schema = schema };
	w->format->begin(w);
}

void
writer_close(struct writer *w)
{
	if (w->state)
		w->format->close(w);
	for (size_t i = 0; w->labels && i < w->schema->count; i++) {
		char *text;

		/* The labels are the writer's own; struct span is for borrowed ones. */
		memcpy(&text, &w->labels[i].data, sizeof(text));
		free(text);
	}
	free(w->labels);
	mem_large_free(w->data);
	*w = (struct writer){ 0 };
}

void
writer_add(struct writer *w, const struct batch *b, const uint32_t *rows, size_t n)
{
	for (size_t done = 0; done < n;)
		done += writer_add_some(w, b, rows, done, n - done);
}

size_t
writer_add_some(struct writer *w, const struct batch *b, const uint32_t *rows, size_t from,
		size_t n)
{
	size_t some = w->format->rows(w, b, rows, from, n);

	w->rows += some;
	return some;
}

void
writer_end(struct writer *w)
{
	w->format->end(w);
}

char *
writer_room(struct writer *w, size_t bytes)
{
	if (w->room - w->bytes < bytes) {
		size_t room = w->room ? w->room : 4096;

		while (room - w->bytes < bytes)
			room *= 2;
		w->data = mem_large_resize(w->data, room, 1);
		w->room = room;
	}
	return w->data + w->bytes;
}

void
writer_put(struct writer *w, const void *data, size_t bytes)
{
	if (w->sink && w->bytes + bytes >= PIECE_BYTES) {
		w->sink(w->sink_arg, w->data, w->bytes);
		w->bytes = 0;
	}
	if (w->sink && bytes >= PIECE_BYTES) {
		w->sink(w->sink_arg, data, bytes);
		return;
	}
	memcpy(writer_room(w, bytes), data, bytes);
	w->bytes += bytes;
}

/* A file of text may end after every so many rows. */
enum { TEXT_ROWS = 512 };

/* How many of n rows come before the next place where the file may end. */
static size_t
rows_to_border(struct writer *w, size_t n)
{
	size_t left = TEXT_ROWS - (size_t)(w->rows % TEXT_ROWS);

	w->may_end = left <= n;
	return left < n ? left : n;
}

/* ---- csv ---- */

/* A text with one of these has to be in quotes, and so has the empty text, which is not null. */
static bool
needs_quotes(struct span text)
{
	if (!text.bytes)
		return true;
	for (size_t i = 0; i < text.bytes; i++) {
		char c = text.data[i];

		if (c == ',' || c == '"' || c == '\n' || c == '\r')
			return true;
	}
	return false;
}

static char *
put_quoted(struct span text, char *out)
{
	const char *p = text.data, *end = p + text.bytes;

	*out++ = '"';
	while (p < end) {
		const char *quote = memchr(p, '"', (size_t)(end - p));
		size_t bytes = quote ? (size_t)(quote - p) + 1 : (size_t)(end - p);

		memcpy(out, p, bytes);
		out += bytes;
		p += bytes;
		if (quote)
			*out++ = '"';
	}
	*out++ = '"';
	return out;
}

static char *
put_csv_text(struct span text, char *out)
{
	if (needs_quotes(text))
		return put_quoted(text, out);
	memcpy(out, text.data, text.bytes);
	return out + text.bytes;
}

/* Room that a row needs at most, when a byte of a text becomes at most `grow` bytes. */
static char *
row_room(struct writer *w, const struct batch *b, size_t at, size_t grow)
{
	size_t bytes = 8;

	for (size_t i = 0; i < w->schema->count; i++) {
		const struct col *c = &b->cols[i];

		bytes += VALUE_CHARS_MAX + (w->labels ? w->labels[i].bytes : 0);
		if (col_is_text(c->type) && c->wanted && c->valid[at])
			bytes += grow * col_text(c, at).bytes;
	}
	return writer_room(w, bytes);
}

static void
csv_begin(struct writer *w)
{
	for (size_t i = 0; i < w->schema->count; i++) {
		const char *name = w->schema->columns[i].name;
		struct span text = { name, strlen(name) };
		char *start = writer_room(w, 2 * text.bytes + 3), *p = start;

		if (i)
			*p++ = ',';
		p = put_csv_text(text, p);
		w->bytes += (size_t)(p - start);
	}
	*writer_room(w, 1) = '\n';
	w->bytes++;
}

static void
csv_row(struct writer *w, const struct batch *b, size_t at)
{
	char *start = row_room(w, b, at, 2), *p = start;

	for (size_t i = 0; i < w->schema->count; i++) {
		const struct col *c = &b->cols[i];

		if (i)
			*p++ = ',';
		if (!c->valid[at])
			continue;
		p = col_is_text(c->type) ? put_csv_text(col_text(c, at), p)
					 : value_put(c, at, &w->memo, p);
	}
	*p++ = '\n';
	w->bytes += (size_t)(p - start);
}

static size_t
csv_rows(struct writer *w, const struct batch *b, const uint32_t *rows, size_t from, size_t n)
{
	size_t some = rows_to_border(w, n);

	for (size_t i = from; i < from + some; i++)
		csv_row(w, b, rows ? rows[i] : i);
	return some;
}

static void
nothing(struct writer *w)
{
	(void)w;
}

const struct writer_format writer_csv = { .begin = csv_begin, .rows = csv_rows, .end = nothing };

/* ---- JSON Lines ---- */

static void
jsonl_begin(struct writer *w)
{
	w->labels = mem_new(w->schema->count, sizeof(*w->labels));
	for (size_t i = 0; i < w->schema->count; i++) {
		const char *name = w->schema->columns[i].name;
		char *label = mem_new(6 * strlen(name) + 4, 1), *p = label;

		*p++ = i ? ',' : '{';
		p = value_put_json_string((struct span){ name, strlen(name) }, p);
		*p++ = ':';
		w->labels[i] = (struct span){ label, (size_t)(p - label) };
	}
}

static char *
put_json(struct writer *w, const struct col *c, size_t at, char *out)
{
	if (!c->valid[at])
		return value_put_word("null", out);
	if (c->type == COL_JSON) {
		memcpy(out, col_text(c, at).data, col_text(c, at).bytes);
		return out + col_text(c, at).bytes;
	}
	if (c->type == COL_STRING)
		return value_put_json_string(col_text(c, at), out);
	if (c->type == COL_TIMESTAMP || c->type == COL_DATE ||
	    (c->type == COL_FLOAT64 && !value_is_finite(col_real(c, at)))) {
		*out++ = '"';
		out = value_put(c, at, &w->memo, out);
		*out++ = '"';
		return out;
	}
	return value_put(c, at, &w->memo, out);
}

static void
jsonl_row(struct writer *w, const struct batch *b, size_t at)
{
	char *start = row_room(w, b, at, 6), *p = start;

	for (size_t i = 0; i < w->schema->count; i++) {
		memcpy(p, w->labels[i].data, w->labels[i].bytes);
		p = put_json(w, &b->cols[i], at, p + w->labels[i].bytes);
	}
	*p++ = '}';
	*p++ = '\n';
	w->bytes += (size_t)(p - start);
}

static size_t
jsonl_rows(struct writer *w, const struct batch *b, const uint32_t *rows, size_t from, size_t n)
{
	size_t some = rows_to_border(w, n);

	for (size_t i = from; i < from + some; i++)
		jsonl_row(w, b, rows ? rows[i] : i);
	return some;
}

const struct writer_format writer_jsonl = { .begin = jsonl_begin,
					    .rows = jsonl_rows,
					    .end = nothing };
