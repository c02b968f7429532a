/*
 * csv.c - reads comma separated values as in RFC 4180, with a header.
 *
 * What takes records apart is one text that is compiled twice: for commas and double quotes, with
 * these as constants, and for whatever a dialect says.
 *
 * Fields are mapped to columns by name; a column that the header lacks is an
 * error, one that the schema lacks is counted.  An unquoted empty field is null,
 * a quoted one is the empty string.  Accepted beyond the RFC: newlines without
 * a carriage return, a byte order mark, empty lines.
 */
#include "core/base/mem.h"
#include "core/base/size.h"
#include "worker/format/reader.h"
#include "worker/format/scan.h"
#include "worker/rows/simd.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ALWAYS_INLINE static inline __attribute__((always_inline))

enum { CSV_FIELDS_MAX = 10000, NO_COLUMN = -1 };

/* The characters that take records apart. */
struct shape {
	char delimiter, quote;
	char escape; /* 0: a quote in quotes is doubled */
	bool has_quote;
	bool is_plain; /* nothing has to be looked up in a dialect */
};

#define PLAIN ((struct shape){ ',', '"', 0, true, true })

struct csv {
	struct shape shape;
	int32_t *columns;   /* by field of the header: a column, or NO_COLUMN */
	struct span *names; /* of the header */
	size_t n_fields, names_room;
	size_t n_extra;      /* fields that are no column */
	struct arena *arena; /* of the names */
};

/* How a field ended. */
enum field_end {
	END_COMMA,
	END_RECORD,
	END_WINDOW, /* it goes on behind the window: fill and start the record again */
	END_FAULT,  /* quotes are wrong; reader_fault() was called */
};

struct csv_field {
	struct span text; /* between the quotes; doubled quotes not yet single */
	bool quoted;
	bool doubled;
	enum field_end ended;
};

/* 0xFF for each comma, quote, carriage return and newline. */
ALWAYS_INLINE struct bytes16
special(struct bytes16 b, struct shape sh)
{
	char quote = sh.has_quote ? sh.quote : '\n';

	return bytes16_or(bytes16_or(bytes16_is(b, sh.delimiter), bytes16_is(b, '\n')),
			  bytes16_or(bytes16_is(b, quote), bytes16_is(b, '\r')));
}

/* The first comma, quote, carriage return or newline; a newline stands behind the window. */
ALWAYS_INLINE const char *
find_special(const char *p, struct ahead *a, struct shape sh)
{
	const char *found;

	while (!(found = ahead_next(a, p))) {
		struct bytes64 b = bytes64_load(p);

		a->base = p;
		a->marks = bits64(special(b.part[0], sh), special(b.part[1], sh),
				  special(b.part[2], sh), special(b.part[3], sh));
		if (!a->marks)
			p += 64;
	}
	return found;
}

/* A field ends at p, but not with a comma; behind its separator. */
static const char *
end_field(struct reader *r, const char *p, struct csv_field *f)
{
	const struct shape sh = ((const struct csv *)r->state)->shape;
	const struct stream *w = r->stream;
	const char *end = w->data + w->end, *at = p + (p < end && *p == '\r');

	if (at == end) {
		f->ended = w->ended ? END_RECORD : END_WINDOW;
		return at;
	}
	if (*at == '\n') {
		f->ended = END_RECORD;
		return at + 1;
	}
	(void)reader_fault(r, "malformed",
			   sh.has_quote && *at == sh.quote
			       ? "a quote inside a field that does not begin with one"
			   : at > p ? "a carriage return in a field without quotes"
				    : "something follows the closing quote of a field");
	f->ended = END_FAULT;
	return at;
}

/*
 * The closing quote of a field, from behind its opening one on: the quote behind which there is no
 * other.  NULL: there is none before `end`, or it is the last byte before it.
 */
ALWAYS_INLINE const char *
find_closing(const char *p, const char *end, char quote, bool *doubled)
{
	uint64_t carry = 0, seen = 0;

	for (; p < end; p += 64) {
		struct bytes64 block = bytes64_load(p);
		uint64_t quotes = bytes64_is(&block, quote);
		uint64_t second = bits_second_halves(quotes, &carry);
		uint64_t behind = second & ~quotes;

		if (behind) {
			const char *at = p + __builtin_ctzll(behind);

			*doubled = seen || (second & quotes & (behind - 1));
			return at < end ? at - 1 : NULL;
		}
		seen |= second;
	}
	return NULL;
}

/* As find_closing(), where an escape stands before quotes that do not close; byte by byte. */
static const char *
find_unescaped(const char *p, const char *end, struct shape sh, bool *escaped)
{
	for (; p + 1 < end; p++) {
		if (*p == sh.escape && (p[1] == sh.quote || p[1] == sh.escape)) {
			*escaped = true;
			p++;
		} else if (*p == sh.quote) {
			return p;
		}
	}
	return NULL;
}

/* p is behind the opening quote; behind the field's separator. */
ALWAYS_INLINE const char *
read_quoted(struct reader *r, const char *p, struct csv_field *f, struct shape sh)
{
	const struct stream *w = r->stream;
	/* Behind the end of a file there is a newline to end the last field. */
	const char *end = w->data + w->end + w->ended, *at;

	f->doubled = false;
	at = sh.escape ? find_unescaped(p, end, sh, &f->doubled)
		       : find_closing(p, end, sh.quote, &f->doubled);

	f->quoted = true;
	if (!at) {
		f->ended = w->ended ? END_FAULT : END_WINDOW;
		if (w->ended)
			(void)reader_fault(r, "malformed", "a quoted field does not end");
		return p;
	}
	f->text = (struct span){ p, (size_t)(at - p) };
	f->ended = END_COMMA;
	return at[1] == sh.delimiter ? at + 2 : end_field(r, at + 1, f);
}

/* Behind the separator of the field that begins at p, which may be the window's end. */
ALWAYS_INLINE const char *
read_field(struct reader *r, const char *p, struct ahead *a, struct csv_field *f, struct shape sh)
{
	const char *at;

	if (sh.has_quote && *p == sh.quote)
		return read_quoted(r, p + 1, f, sh);
	at = find_special(p, a, sh);
	*f = (struct csv_field){ .text = { p, (size_t)(at - p) } };
	return *at == sh.delimiter ? at + 1 : end_field(r, at, f);
}

/* Copy a piece of text that ends in a quote; up to 32 bytes behind it are written over. */
static inline char *
copy_piece(char *to, const char *p, size_t bytes)
{
	size_t done = 0;

	do {
		bytes16_store(to + done, bytes16_load(p + done));
		bytes16_store(to + done + 16, bytes16_load(p + done + 16));
		done += 32;
	} while (done < bytes);
	return to + bytes;
}

/* Make doubled quotes single, in the reader's memory; a NUL follows the text. */
static void
undouble(struct reader *r, struct csv_field *f, char quote)
{
	char *room = reader_scratch(r, f->text.bytes), *to = room;
	const char *p = f->text.data, *end = p + f->text.bytes;
	const char *from = p; /* copied up to here */
	uint64_t carry = 0;

	for (; p < end; p += 64) {
		struct bytes64 block = bytes64_load(p);
		uint64_t quotes = bytes64_is(&block, quote);
		uint64_t second;

		if (end - p < 64)
			quotes &= (UINT64_C(1) << (end - p)) - 1;
		second = bits_second_halves(quotes, &carry) & quotes;
		for (; second; second &= second - 1) {
			const char *at = p + __builtin_ctzll(second);

			to = copy_piece(to, from, (size_t)(at - from));
			from = at + 1;
		}
	}
	to = copy_piece(to, from, (size_t)(end - from));
	*to = '\0'; /* at least one byte was saved */
	f->text = (struct span){ room, (size_t)(to - room) };
}

/* Take away the escapes before quotes and escapes; before all else they are data. */
static void
unescape(struct reader *r, struct csv_field *f, struct shape sh)
{
	char *room = reader_scratch(r, f->text.bytes), *to = room;
	const char *p = f->text.data, *end = p + f->text.bytes;

	while (p < end) {
		if (*p == sh.escape && p + 1 < end && (p[1] == sh.quote || p[1] == sh.escape))
			p++;
		*to++ = *p++;
	}
	*to = '\0'; /* at least one byte was saved */
	f->text = (struct span){ room, (size_t)(to - room) };
}

/* The text between the quotes as it is meant, where characters of it are written as two. */
static void
make_single(struct reader *r, struct csv_field *f, struct shape sh)
{
	if (sh.escape)
		unescape(r, f, sh);
	else
		undouble(r, f, sh.quote);
}

/* A json column holds one JSON value on one line. */
static bool
check_json(struct reader *r, size_t column, struct span text)
{
	const char *end = text.data + text.bytes, *p;
	struct scan_fault fault = { .what = "something follows it" };

	/* The scan may run on behind the text, into the next field: then it is none. */
	p = scan_value(scan_space(text.data), &fault);
	if (p && p <= end && scan_space(p) >= end)
		return true;
	return reader_fault(r, "wrong_type", "column '%s': no JSON value: %s",
			    r->options.schema->columns[column].name, fault.what);
}

/* Put a field into the newest row. */
ALWAYS_INLINE bool
take_field(struct reader *r, size_t column, struct csv_field *f, struct shape sh)
{
	struct col *c = &r->batch.cols[column];
	size_t row = r->batch.rows - 1;

	if (!c->wanted || (!f->quoted && !f->text.bytes))
		return true;
	if (f->doubled)
		make_single(r, f, sh);
	if (!sh.is_plain && spelling_is_null(r->spelling, f->text))
		return true;
	if (c->type == COL_JSON && !check_json(r, column, f->text))
		return false;
	if (c->type == COL_JSON && scan_is_null(f->text.data, f->text.bytes))
		return true;
	if (col_is_text(c->type))
		c->texts[row] = f->text;
	else if (!sh.is_plain || c->type != COL_INT64 ||
		 scan_plain_int(f->text.data, &c->ints[row]) != f->text.data + f->text.bytes)
		return reader_value(r, column, f->text);
	c->valid[row] = true;
	return true;
}

/*
 * Read one record into the newest row.  With END_RECORD the result is behind it; what is wrong
 * with it is then in r->fault.
 */
ALWAYS_INLINE const char *
read_shaped(struct reader *r, const char *p, enum field_end *ended, struct shape sh)
{
	const struct csv *csv = r->state;
	struct ahead ahead = { .base = p };
	struct csv_field f;
	size_t n = 0;

	do {
		p = read_field(r, p, &ahead, &f, sh);
		*ended = f.ended;
		if (f.ended >= END_WINDOW)
			return p;
		if (n < csv->n_fields && csv->columns[n] != NO_COLUMN && !r->fault.reason)
			(void)take_field(r, (size_t)csv->columns[n], &f, sh);
		n++;
	} while (f.ended == END_COMMA);
	if (n != csv->n_fields) {
		r->fault.reason = NULL;
		(void)reader_fault(r, "ragged_row", "%zu fields, but the header has %zu", n,
				   csv->n_fields);
	}
	return p;
}

static const char *
read_plain_record(struct reader *r, const char *p, enum field_end *ended)
{
	return read_shaped(r, p, ended, PLAIN);
}

static const char *
read_other_record(struct reader *r, const char *p, enum field_end *ended)
{
	return read_shaped(r, p, ended, ((const struct csv *)r->state)->shape);
}

/*
 * Behind the first line of a record whose quotes are wrong: nobody knows where such a record ends,
 * so this line alone is given up.  NULL: the line goes on behind the window.
 */
static const char *
behind_line(const struct stream *w, const char *start)
{
	const char *end = w->data + w->end;
	const char *newline = memchr(start, '\n', (size_t)(end - start));

	if (newline)
		return newline + 1;
	return w->ended ? end : NULL;
}

/* Read the record at the window's start.  False: it goes on behind the window. */
static bool
read_row(struct reader *r)
{
	const struct csv *csv = r->state;
	struct stream *w = r->stream;
	const char *start = w->data + w->at, *p = start;
	size_t scratch_used = r->scratch_used;
	enum field_end ended;
	struct span raw;

	/* An empty line is no record, unless a record is one field and that may be null. */
	if (csv->n_fields > 1 &&
	    (*p == '\n' || (p[0] == '\r' && w->end - w->at > 1 && p[1] == '\n'))) {
		w->at += *p == '\n' ? 1 : 2;
		return true;
	}
	(void)batch_push(&r->batch, r->row_no + 1);
	r->fault.reason = NULL;
	p = csv->shape.is_plain ? read_plain_record(r, p, &ended) : read_other_record(r, p, &ended);
	if (ended == END_FAULT)
		p = behind_line(w, start);
	if (ended == END_WINDOW || !p) {
		batch_pop(&r->batch);
		r->scratch_used = scratch_used;
		return false;
	}
	r->row_no++;
	w->at = (size_t)(p - w->data);
	raw = (struct span){ start, (size_t)(p - start) };
	while (raw.bytes && (raw.data[raw.bytes - 1] == '\n' || raw.data[raw.bytes - 1] == '\r'))
		raw.bytes--;
	if (raw.bytes > RECORD_BYTES_MAX) {
		r->fault.reason = NULL;
		(void)reader_fault(r, "line_too_long", "longer than %s",
				   SIZE_TEXT(RECORD_BYTES_MAX));
		raw.bytes = RECORD_RAW_BYTES;
	} else if (!utf8_valid(raw.data, raw.bytes)) {
		r->fault.reason = NULL;
		(void)reader_fault(r, "not_utf8", "the record is not valid UTF-8");
	}
	if (r->fault.reason)
		reader_reject_row(r, raw);
	else
		r->batch.unknown_keys += (int64_t)csv->n_extra;
	return true;
}

static enum err_code
csv_next(struct reader *r, struct err *err)
{
	struct stream *w = r->stream;

	while (r->batch.rows < BATCH_ROWS_MAX) {
		bool is_batch = r->batch.rows || r->batch.n_rejects;
		enum err_code code;

		if (w->at == w->end && w->ended)
			return ERR_NONE;
		if (w->at < w->end && read_row(r))
			continue;
		if (is_batch)
			return ERR_NONE;
		if (w->end - w->at > RECORD_BYTES_MAX)
			return reader_skip_long(r, err);
		code = reader_fill(r, err);
		if (code)
			return code;
	}
	return ERR_NONE;
}

/* Note one name of the header. */
static enum err_code
add_header_field(struct reader *r, struct csv_field *f, struct err *err)
{
	struct csv *csv = r->state;

	if (f->doubled)
		make_single(r, f, csv->shape);
	if (!reader_has_no_header(r) && !utf8_valid(f->text.data, f->text.bytes))
		return err_set(err, ERR_INPUT,
			       "read '%s': not_utf8: name %zu of the header is not valid UTF-8",
			       r->stream->name, csv->n_fields + 1);
	if (csv->n_fields == CSV_FIELDS_MAX)
		return err_set(err, ERR_LIMIT, "read '%s': the header has more than %d columns",
			       r->stream->name, CSV_FIELDS_MAX);
	csv->names = mem_grow(csv->names, csv->n_fields, &csv->names_room, sizeof(*csv->names));
	csv->names[csv->n_fields++] = (struct span){
		arena_bytes(csv->arena, f->text.data, f->text.bytes), f->text.bytes
	};
	return ERR_NONE;
}

/*
 * Fields without a name, as pandas writes its index, are called column0, column1, ... by their
 * place, with _1, _2, ... behind where another field has that name.
 */
static void
name_nameless(struct csv *csv)
{
	struct dict known;
	char name[48];
	uint32_t code;

	dict_init(&known);
	for (size_t i = 0; i < csv->n_fields; i++)
		(void)dict_code(&known, csv->names[i].data, csv->names[i].bytes);
	for (size_t i = 0; i < csv->n_fields; i++) {
		int n = snprintf(name, sizeof(name), "column%zu", i);

		if (csv->names[i].bytes)
			continue;
		for (int k = 1; dict_find(&known, name, (size_t)n, &code); k++)
			n = snprintf(name, sizeof(name), "column%zu_%d", i, k);
		(void)dict_code(&known, name, (size_t)n);
		csv->names[i] = (struct span){ arena_str(csv->arena, name), (size_t)n };
	}
	dict_release(&known);
}

/* In a file without a header fields are the columns, one after the other. */
static enum err_code
place_by_order(struct reader *r, struct err *err)
{
	const struct schema *schema = r->options.schema;
	struct csv *csv = r->state;
	size_t n = schema->count;

	while (n && r->options.optional && r->options.optional[n - 1])
		n--;
	if (csv->n_fields != n)
		return err_set(err, ERR_INPUT,
			       "read '%s': the first record has %zu fields, but there are %zu "
			       "columns; choose fields by 'rename', such as column0",
			       r->name, csv->n_fields, n);
	for (size_t f = 0; f < n; f++)
		csv->columns[f] = (int32_t)f;
	return ERR_NONE;
}

/* Which column each field of the header is. */
static enum err_code
place_fields(struct reader *r, struct err *err)
{
	const struct schema *schema = r->options.schema;
	struct csv *csv = r->state;

	csv->columns = mem_new(csv->n_fields, sizeof(*csv->columns));
	if (schema->count && reader_has_no_header(r) && !r->options.dialect->n_renames)
		return place_by_order(r, err);
	for (size_t f = 0; f < csv->n_fields; f++) {
		struct span name = csv->names[f];

		csv->columns[f] = NO_COLUMN;
		for (size_t i = 0; i < schema->count; i++)
			if (span_is(name, reader_theirs(r, i)))
				csv->columns[f] = (int32_t)i;
		for (size_t i = 0; csv->columns[f] != NO_COLUMN && i < f; i++)
			if (csv->columns[i] == csv->columns[f])
				return err_set(err, ERR_INPUT,
					       "read '%s': column '%s' stands twice in the header",
					       r->name, name.data);
		if (csv->columns[f] == NO_COLUMN && r->options.unknown_keys_fail)
			return err_set(err, ERR_INPUT,
				       "read '%s': column '%.*s' of the header is not declared",
				       r->name, (int)(name.bytes < 60 ? name.bytes : 60),
				       name.data);
		csv->n_extra += csv->columns[f] == NO_COLUMN;
	}
	return ERR_NONE;
}

static enum err_code
check_header(const struct reader *r, struct err *err)
{
	const struct schema *schema = r->options.schema;
	const struct csv *csv = r->state;

	for (size_t i = 0; i < schema->count; i++) {
		bool found = r->options.optional && r->options.optional[i];

		for (size_t at = 0; at < csv->n_fields; at++)
			found = found || csv->columns[at] == (int32_t)i;
		if (!found)
			return err_set(err, ERR_INPUT, "read '%s': the header has no column '%s'",
				       r->stream->name, reader_theirs(r, i));
	}
	return ERR_NONE;
}

/* The names of the header, which begins the window.  *whole false: it goes on behind it. */
static enum err_code
read_names(struct reader *r, bool *whole, struct err *err)
{
	struct stream *w = r->stream;
	const char *p = w->data + w->at;
	struct ahead ahead = { .base = p };
	struct csv_field f = { .ended = END_COMMA };
	struct csv *csv = r->state;
	const struct shape sh = csv->shape;
	enum err_code code = ERR_NONE;

	csv->n_fields = 0;
	while (!code && f.ended == END_COMMA) {
		r->fault.reason = NULL;
		p = read_field(r, p, &ahead, &f, sh);
		if (f.ended == END_FAULT)
			return err_set(err, ERR_INPUT, "read '%s': the header cannot be read: %s",
				       w->name, r->fault.detail);
		if (f.ended != END_WINDOW)
			code = add_header_field(r, &f, err);
	}
	*whole = f.ended != END_WINDOW;
	if (*whole)
		w->at = (size_t)(p - w->data);
	return code;
}

/* The first record is none of names: read it again, and name its fields by their places. */
static void
forget_header(struct csv *csv, struct stream *w, size_t at)
{
	w->at = at;
	for (size_t i = 0; i < csv->n_fields; i++)
		csv->names[i].bytes = 0;
}

/* Step over the lines before the header. */
static enum err_code
skip_lines(struct reader *r, struct err *err)
{
	int left = r->options.dialect ? r->options.dialect->skip_rows : 0;
	struct stream *w = r->stream;

	while (left) {
		const char *p = w->data + w->at;
		const char *newline = memchr(p, '\n', w->end - w->at);
		enum err_code code;

		if (newline) {
			w->at += (size_t)(newline - p) + 1;
			left--;
			continue;
		}
		if (w->ended)
			return err_set(err, ERR_INPUT,
				       "read '%s': it ends before the %d lines that are to be "
				       "skipped",
				       w->name, r->options.dialect->skip_rows);
		w->at = w->end;
		code = reader_fill(r, err);
		if (code)
			return code;
	}
	/* Have the start of the header in the window. */
	return w->at == w->end && !w->ended ? reader_fill(r, err) : ERR_NONE;
}

static struct shape
shape_of(const struct dialect *d)
{
	if (!d || !d->differs)
		return PLAIN;
	return (struct shape){ .delimiter = d->delimiter ? d->delimiter : ',',
			       .quote = d->quote ? d->quote : '"',
			       .escape = d->escape,
			       .has_quote = !d->no_quote };
}

/* The window holds the start of the file; an empty file has no header and no rows. */
static enum err_code
read_header(struct reader *r, struct err *err)
{
	struct stream *w = r->stream;
	struct csv *csv = r->state;
	bool whole = false;
	enum err_code code = ERR_NONE;
	size_t at = w->at;

	/* Where there is a header, nobody means an empty table by nothing: an upload was cut off.
	 */
	if (w->at == w->end && reader_has_no_header(r))
		return ERR_NONE;
	if (w->at == w->end)
		return err_set(err, ERR_INPUT,
			       "read '%s': it is empty, without even a header; a table without "
			       "rows is a header alone",
			       w->name);
	while (!code && !whole) {
		code = read_names(r, &whole, err);
		if (!code && !whole && w->end - w->at > RECORD_BYTES_MAX)
			return err_set(err, ERR_LIMIT, "read '%s': the header has more than %s",
				       w->name, SIZE_TEXT(RECORD_BYTES_MAX));
		if (!code && !whole) {
			code = reader_fill(r, err);
			at = w->at;
		}
	}
	if (code)
		return code;
	if (reader_has_no_header(r))
		forget_header(csv, w, at);
	name_nameless(csv);
	r->header = csv->names;
	r->n_header = csv->n_fields;
	code = place_fields(r, err);
	return code ? code : check_header(r, err);
}

static enum err_code
csv_open(struct reader *r, int dir, const char *path, struct err *err)
{
	enum err_code code = reader_open_stream(r, dir, path, err);
	struct csv *csv;

	if (code)
		return code;
	csv = mem_new(1, sizeof(*csv));
	csv->arena = arena_new();
	csv->shape = shape_of(r->options.dialect);
	r->state = csv;
	code = skip_lines(r, err);
	return code ? code : read_header(r, err);
}

static void
csv_close(struct reader *r)
{
	struct csv *csv = r->state;

	free(csv->columns);
	free(csv->names);
	arena_free(csv->arena);
	free(csv);
}

const struct reader_format reader_csv = {
	.open = csv_open,
	.next = csv_next,
	.close = csv_close,
	.digest = reader_stream_digest,
};
