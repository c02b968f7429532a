/*
 * csv.c - reads comma separated values as in RFC 4180, with a header.
 *
 * Fields are mapped to columns by name; a column that the header lacks is an
 * error, one that the schema lacks is counted.  An unquoted empty field is null,
 * a quoted one is the empty string.  Accepted beyond the RFC: newlines without
 * a carriage return, a byte order mark, empty lines.
 */
#include "core/mem.h"
#include "worker/reader.h"
#include "worker/scan.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>

enum { CSV_FIELDS_MAX = 10000, NO_COLUMN = -1 };

struct csv {
	int32_t *columns; /* by field of the header: a column, or NO_COLUMN */
	size_t n_fields, fields_room;
	size_t n_extra; /* fields that are no column */
};

/* How a field ended. */
enum field_end {
	END_COMMA,
	END_RECORD,
	END_WINDOW, /* it goes on behind the window: fill and start the record again */
	END_FAULT,  /* quotes are wrong; reader_fault() was called */
};

struct field {
	struct span text; /* between the quotes; doubled quotes not yet single */
	bool quoted;
	bool doubled;
};

#define BYTES(c) ((uint64_t)(c)*UINT64_C(0x0101010101010101))

/* The high bit of every byte of `word` that is zero; above the first hit there may be others. */
static uint64_t
zero_bytes(uint64_t word)
{
	return (word - BYTES(1)) & ~word & BYTES(0x80);
}

/* The first comma, quote, carriage return or newline; a newline stands behind the window. */
static const char *
find_special(const char *p)
{
	for (;;) {
		uint64_t word, hits;

		memcpy(&word, p, sizeof(word));
		word = le64toh(word);
		hits = zero_bytes(word ^ BYTES(',')) | zero_bytes(word ^ BYTES('\n')) |
		       zero_bytes(word ^ BYTES('"')) | zero_bytes(word ^ BYTES('\r'));
		if (hits)
			return p + (__builtin_ctzll(hits) >> 3);
		p += sizeof(word);
	}
}

/* Behind the end of a field at *p; moves *p behind the separator. */
static enum field_end
end_field(struct reader *r, const char **p)
{
	const struct stream *w = r->stream;
	const char *end = w->data + w->end, *at = *p;

	if (at < end && *at == ',') {
		*p = at + 1;
		return END_COMMA;
	}
	if (at < end && *at == '\r')
		at++;
	if (at == end) {
		*p = at;
		return w->ended ? END_RECORD : END_WINDOW;
	}
	if (*at == '\n') {
		*p = at + 1;
		return END_RECORD;
	}
	(void)reader_fault(r, "malformed",
			   *at == '"' ? "a quote inside a field that does not begin with one"
			   : at > *p  ? "a carriage return in a field without quotes"
				      : "something follows the closing quote of a field");
	return END_FAULT;
}

/* *p is behind the opening quote. */
static enum field_end
read_quoted(struct reader *r, const char **p, struct field *f)
{
	const struct stream *w = r->stream;
	const char *end = w->data + w->end, *start = *p, *at = start;

	f->quoted = true;
	f->doubled = false;
	for (;;) {
		at = memchr(at, '"', (size_t)(end - at));
		if (!at || (at + 1 == end && !w->ended)) {
			if (!w->ended)
				return END_WINDOW;
			(void)reader_fault(r, "malformed", "a quoted field does not end");
			return END_FAULT;
		}
		if (at + 1 == end || at[1] != '"')
			break;
		f->doubled = true;
		at += 2;
	}
	f->text = (struct span){ start, (size_t)(at - start) };
	*p = at + 1;
	return end_field(r, p);
}

static enum field_end
read_field(struct reader *r, const char **p, struct field *f)
{
	const char *start = *p;

	if (*start == '"' && start < r->stream->data + r->stream->end) {
		*p = start + 1;
		return read_quoted(r, p, f);
	}
	*p = find_special(start);
	*f = (struct field){ .text = { start, (size_t)(*p - start) } };
	return end_field(r, p);
}

/* Make doubled quotes single, in the reader's memory; a NUL follows the text. */
static void
undouble(struct reader *r, struct field *f)
{
	char *room = reader_scratch(r, f->text.bytes), *to = room;
	const char *p = f->text.data, *end = p + f->text.bytes;

	while (p < end) {
		const char *quote = memchr(p, '"', (size_t)(end - p));
		size_t bytes = quote ? (size_t)(quote - p) + 1 : (size_t)(end - p);

		memcpy(to, p, bytes);
		to += bytes;
		p += bytes + (quote != NULL);
	}
	*to = '\0'; /* at least one byte was saved */
	f->text = (struct span){ room, (size_t)(to - room) };
}

/* A json column holds one JSON value on one line. */
static bool
check_json(struct reader *r, size_t column, struct span text)
{
	const char *end = text.data + text.bytes;
	struct scan s = { .at = text.data };
	struct span value = { 0 };
	bool inside;

	/* The scan may run on behind the text, into the next field: then it is none. */
	scan_space(&s);
	inside = scan_value(&s, &value) && value.data + value.bytes <= end;
	scan_space(&s);
	if (inside && s.at >= end)
		return true;
	return reader_fault(r, "wrong_type", "column '%s': no JSON value: %s",
			    r->options.schema->columns[column].name,
			    s.error ? s.error : "something follows it");
}

/* Put a field into the newest row. */
static bool
take_field(struct reader *r, size_t column, struct field *f)
{
	if (!r->batch.cols[column].wanted || (!f->quoted && !f->text.bytes))
		return true;
	if (f->doubled)
		undouble(r, f);
	if (r->batch.cols[column].type == COL_JSON && !check_json(r, column, f->text))
		return false;
	return reader_value(r, column, f->text);
}

/*
 * Read one record into the newest row.  Returns END_RECORD when *p is behind
 * it; what is wrong with it is then in r->fault.
 */
static enum field_end
read_record(struct reader *r, const char **p)
{
	const struct csv *csv = r->state;
	enum field_end ended = END_COMMA;
	size_t n = 0;

	for (; ended == END_COMMA; n++) {
		struct field f;

		ended = read_field(r, p, &f);
		if (ended >= END_WINDOW)
			return ended;
		if (n < csv->n_fields && csv->columns[n] != NO_COLUMN && !r->fault.reason)
			(void)take_field(r, (size_t)csv->columns[n], &f);
	}
	if (n != csv->n_fields) {
		r->fault.reason = NULL;
		(void)reader_fault(r, "ragged_row", "%zu fields, but the header has %zu", n,
				   csv->n_fields);
	}
	return END_RECORD;
}

/*
 * Behind the record that begins at `start`: as read_record() left it, but when
 * the quotes are wrong nobody knows where the record ends, so its first line
 * alone is given up.
 */
static const char *
record_end(const struct stream *w, const char *start, const char *p, enum field_end ended)
{
	const char *newline;

	if (ended == END_RECORD)
		return p;
	newline = memchr(start, '\n', w->end - (size_t)(start - w->data));
	return newline ? newline + 1 : w->data + w->end;
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
	ended = read_record(r, &p);
	if (ended == END_WINDOW) {
		batch_pop(&r->batch);
		r->scratch_used = scratch_used;
		return false;
	}
	r->row_no++;
	p = record_end(w, start, p, ended);
	w->at = (size_t)(p - w->data);
	raw = (struct span){ start, (size_t)(p - start) };
	while (raw.bytes && (raw.data[raw.bytes - 1] == '\n' || raw.data[raw.bytes - 1] == '\r'))
		raw.bytes--;
	if (raw.bytes > RECORD_BYTES_MAX) {
		r->fault.reason = NULL;
		(void)reader_fault(r, "line_too_long", "longer than %d bytes", RECORD_BYTES_MAX);
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
add_header_field(struct reader *r, struct field *f, struct err *err)
{
	const struct schema *schema = r->options.schema;
	struct csv *csv = r->state;
	int32_t column = NO_COLUMN;

	if (f->doubled)
		undouble(r, f);
	for (size_t i = 0; i < schema->count; i++)
		if (span_is(f->text, schema->columns[i].name))
			column = (int32_t)i;
	for (size_t i = 0; column != NO_COLUMN && i < csv->n_fields; i++)
		if (csv->columns[i] == column)
			return err_set(err, ERR_INPUT,
				       "read '%s': column '%s' stands twice in the header",
				       r->stream->name, schema->columns[column].name);
	if (csv->n_fields == CSV_FIELDS_MAX)
		return err_set(err, ERR_LIMIT, "read '%s': the header has more than %d columns",
			       r->stream->name, CSV_FIELDS_MAX);
	if (column == NO_COLUMN && r->options.unknown_keys_fail)
		return err_set(
		    err, ERR_INPUT, "read '%s': column '%.*s' of the header is not declared",
		    r->stream->name, (int)(f->text.bytes < 60 ? f->text.bytes : 60), f->text.data);
	csv->columns =
	    mem_grow(csv->columns, csv->n_fields, &csv->fields_room, sizeof(*csv->columns));
	csv->columns[csv->n_fields++] = column;
	csv->n_extra += column == NO_COLUMN;
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
				       r->stream->name, schema->columns[i].name);
	}
	return ERR_NONE;
}

/* The window holds the start of the file; an empty file has no header and no rows. */
static enum err_code
csv_open(struct reader *r, struct err *err)
{
	struct stream *w = r->stream;
	const char *p = w->data + w->at;
	enum field_end ended = END_COMMA;

	r->state = mem_new(1, sizeof(struct csv));
	if (w->at == w->end)
		return ERR_NONE;
	while (ended == END_COMMA) {
		struct field f;
		enum err_code code;

		r->fault.reason = NULL;
		ended = read_field(r, &p, &f);
		if (ended >= END_WINDOW)
			return err_set(err, ERR_INPUT, "read '%s': the header cannot be read: %s",
				       w->name,
				       ended == END_FAULT ? r->fault.detail : "it does not end");
		code = add_header_field(r, &f, err);
		if (code)
			return code;
	}
	w->at = (size_t)(p - w->data);
	return check_header(r, err);
}

static void
csv_close(struct reader *r)
{
	struct csv *csv = r->state;

	free(csv->columns);
	free(csv);
}

const struct reader_format reader_csv = {
	.open = csv_open,
	.next = csv_next,
	.close = csv_close,
};
