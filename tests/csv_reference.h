/*
 * csv_reference.h - a reader of RFC 4180 that is slow and plain: one byte after the other.
 *
 * For files of string columns that the reader takes as they are.  It shares no code with the fast
 * reader, which has to give the same rows and the same rejects.
 */
#ifndef TESTS_CSV_REFERENCE_H
#define TESTS_CSV_REFERENCE_H

#include "core/buf.h"
#include "tests/json_reference.h"

/* Both readers show a row as its number and, for each field, '~' or its length and its bytes. */
static inline void
csv_ref_field(struct buf *row, const struct buf *field, bool quoted)
{
	if (!quoted && !field->bytes) {
		buf_text(row, " ~");
		return;
	}
	buf_format(row, " %zu:", field->bytes);
	buf_add(row, field->data, field->bytes);
}

struct csv_ref {
	const char *at, *end;
	const char *reason; /* of the newest record; NULL: it is a row */
	size_t fields;
};

/* The length of a line end at p, or 0; the end of the file is none. */
static inline size_t
csv_ref_newline(const char *p, const char *end)
{
	if (p < end && *p == '\n')
		return 1;
	return end - p >= 2 && p[0] == '\r' && p[1] == '\n' ? 2 : 0;
}

/* Read one field into *field.  False: its quotes are wrong. */
static inline bool
csv_ref_read(struct csv_ref *r, struct buf *field, bool *quoted)
{
	*quoted = r->at < r->end && *r->at == '"';
	buf_reset(field);
	if (*quoted) {
		for (r->at++;; r->at++) {
			if (r->at == r->end)
				return false;
			if (*r->at == '"' && (r->at + 1 == r->end || r->at[1] != '"'))
				break;
			r->at += *r->at == '"';
			buf_char(field, *r->at);
		}
		r->at++;
	} else {
		while (r->at < r->end && !strchr(",\"\r\n", *r->at ? *r->at : 'x'))
			buf_char(field, *r->at++);
	}
	/* A carriage return ends the last field of a file too. */
	if (r->end - r->at == 1 && *r->at == '\r')
		return true;
	return r->at == r->end || *r->at == ',' || csv_ref_newline(r->at, r->end);
}

/* Read one record: its fields into *row, and in r->reason what is wrong with it. */
static inline void
csv_ref_record(struct csv_ref *r, size_t columns, struct buf *row)
{
	const char *start = r->at, *last;
	struct buf field;
	bool quoted;

	buf_init(&field, SIZE_MAX);
	r->reason = NULL;
	for (r->fields = 1;; r->fields++) {
		if (!csv_ref_read(r, &field, &quoted)) {
			/* Nobody knows where it ends: its first line is given up. */
			r->reason = "malformed";
			r->at = memchr(start, '\n', (size_t)(r->end - start));
			r->at = r->at ? r->at + 1 : r->end;
			break;
		}
		csv_ref_field(row, &field, quoted);
		if (r->at < r->end && *r->at == ',') {
			r->at++;
			continue;
		}
		r->at += r->end - r->at == 1 ? 1 : csv_ref_newline(r->at, r->end);
		break;
	}
	if (!r->reason && r->fields != columns)
		r->reason = "ragged_row";
	for (last = r->at; last > start && (last[-1] == '\n' || last[-1] == '\r'); last--)
		;
	if (!ref_utf8(start, (size_t)(last - start)))
		r->reason = "not_utf8";
	buf_release(&field);
}

/* Append what the records behind the header are, in file order. */
static inline void
csv_reference(const char *text, size_t bytes, size_t columns, struct buf *out)
{
	struct csv_ref r = { .at = text, .end = text + bytes };
	long long number = 0;

	while (r.at < r.end) {
		struct buf row;

		if (columns > 1 && csv_ref_newline(r.at, r.end)) {
			r.at += csv_ref_newline(r.at, r.end);
			continue;
		}
		buf_init(&row, SIZE_MAX);
		csv_ref_record(&r, columns, &row);
		if (r.reason)
			buf_format(out, "!%lld %s\n", ++number, r.reason);
		else
			buf_format(out, "%lld", ++number);
		if (!r.reason) {
			buf_add(out, row.data, row.bytes);
			buf_char(out, '\n');
		}
		buf_release(&row);
	}
}

#endif
