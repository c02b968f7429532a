/*
 * jsonl.c - reads JSON Lines: one object on each line, by schema.
 *
 * Integers beyond int64 are rejects, never rounded; a key that stands twice
 * makes its line a reject; a json column keeps its value byte for byte.  NaN and
 * the infinities, which JSON does not have, are the strings "NaN", "Infinity"
 * and "-Infinity".
 */
#include "core/mem.h"
#include "worker/reader.h"
#include "worker/scan.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { UNKNOWN_KEYS_MAX = 1024, NO_COLUMN = -1 };

struct jsonl {
	struct dict names; /* codes are column indexes */
	/*
	 * Lines of one file have their keys in one order: the column that followed
	 * column c on an earlier line is next[c + 1], and next[0] is the first.
	 */
	int32_t *next;
	uint64_t *seen; /* the number of the line where a column stood last */
	uint64_t line;
	struct span *unknown; /* keys of this line that are no column */
	size_t n_unknown, unknown_room;
};

static enum err_code
jsonl_open(struct reader *r, struct err *err)
{
	const struct schema *schema = r->options.schema;
	struct jsonl *j = mem_new(1, sizeof(*j));

	(void)err;
	dict_init(&j->names);
	j->next = mem_new(schema->count + 1, sizeof(*j->next));
	j->seen = mem_new(schema->count, sizeof(*j->seen));
	for (size_t i = 0; i < schema->count; i++) {
		const char *name = schema->columns[i].name;

		(void)dict_code(&j->names, name, strlen(name));
		j->next[i] = (int32_t)i;
	}
	j->next[schema->count] = NO_COLUMN;
	r->state = j;
	return ERR_NONE;
}

static void
jsonl_close(struct reader *r)
{
	struct jsonl *j = r->state;

	dict_release(&j->names);
	free(j->next);
	free(j->seen);
	free(j->unknown);
	free(j);
}

/* Note an unknown key of this line; false: it is there twice, or there are too many. */
static bool
note_unknown(struct reader *r, struct span key)
{
	struct jsonl *j = r->state;

	for (size_t i = 0; i < j->n_unknown; i++)
		if (span_equal(j->unknown[i], key))
			return reader_fault(r, "duplicate_key", "key '%.*s' stands twice",
					    (int)(key.bytes < 60 ? key.bytes : 60), key.data);
	if (r->options.unknown_keys_fail)
		return reader_fault(r, "unknown_key", "key '%.*s' is no column",
				    (int)(key.bytes < 60 ? key.bytes : 60), key.data);
	if (j->n_unknown == UNKNOWN_KEYS_MAX)
		return reader_fault(r, "unknown_key", "more than %d keys are no columns",
				    UNKNOWN_KEYS_MAX);
	j->unknown = mem_grow(j->unknown, j->n_unknown, &j->unknown_room, sizeof(*j->unknown));
	j->unknown[j->n_unknown++] = key;
	r->batch.unknown_keys++;
	return true;
}

/* Decode a string's escapes into the reader's memory. */
static bool
unescape(struct reader *r, struct span *text)
{
	char *room = reader_scratch(r, text->bytes);

	if (!scan_unescape(*text, room, &text->bytes))
		return reader_fault(r, "malformed", "a \\u escape is half a surrogate pair");
	text->data = room;
	return true;
}

/* True when the key at the scan is the column `expected`; then the scan is behind it. */
static bool
match_key(const struct reader *r, struct scan *s, int32_t expected)
{
	const struct jsonl *j = r->state;
	struct span name;

	if (expected == NO_COLUMN || *s->at != '"')
		return false;
	name = dict_span(&j->names, (uint32_t)expected);
	/* The line ends in a newline, which no name holds: the comparison stays inside. */
	if (strncmp(s->at + 1, name.data, name.bytes) != 0 || s->at[1 + name.bytes] != '"')
		return false;
	s->at += name.bytes + 2;
	return true;
}

/* Read a key; *column is what it names, or NO_COLUMN. */
static bool
read_key(struct reader *r, struct scan *s, int32_t expected, int32_t *column)
{
	struct jsonl *j = r->state;
	struct span key;
	bool escaped;
	uint32_t code;

	*column = expected;
	if (!match_key(r, s, expected)) {
		if (!scan_string(s, &key, &escaped))
			return false;
		if (escaped && !unescape(r, &key))
			return false;
		*column =
		    dict_find(&j->names, key.data, key.bytes, &code) ? (int32_t)code : NO_COLUMN;
		if (*column == NO_COLUMN)
			return note_unknown(r, key);
	}
	if (j->seen[*column] == j->line)
		return reader_fault(r, "duplicate_key", "key '%s' stands twice",
				    r->options.schema->columns[*column].name);
	j->seen[*column] = j->line;
	return true;
}

/* What a value has to begin with to be of a type; strings are the rest. */
static bool
type_fits(enum col_type type, char first)
{
	bool is_number = first == '-' || (first >= '0' && first <= '9');

	switch (type) {
	case COL_INT64:
	case COL_INT32:
		return is_number;
	case COL_FLOAT64: /* NaN and the infinities are strings */
		return is_number || first == '"';
	case COL_BOOL:
		return first == 't' || first == 'f';
	case COL_JSON:
		return true;
	case COL_STRING:
	case COL_TIMESTAMP:
	case COL_DATE:
	case COL_TYPE_COUNT:
		break;
	}
	return first == '"';
}

/* Read the value of a column that is wanted into the newest row. */
static bool
read_value(struct reader *r, struct scan *s, size_t column)
{
	const struct column *c = &r->options.schema->columns[column];
	char first = *s->at;
	bool escaped = false;
	struct span text;

	if (first == '"' && c->type != COL_JSON) {
		if (!scan_string(s, &text, &escaped))
			return false;
	} else if (!scan_value(s, &text)) {
		return false;
	}
	if (first == 'n')
		return true; /* the row's values are null from the start */
	/* A float64 may be one of three words, but not a number in quotes. */
	if (!type_fits(c->type, first) || (first == '"' && c->type == COL_FLOAT64 && text.bytes &&
					   !isalpha((unsigned char)text.data[text.bytes - 1])))
		return reader_fault(r, "wrong_type", "column '%s': %.*s is no %s", c->name,
				    (int)(text.bytes < 60 ? text.bytes : 60), text.data,
				    col_type_name(c->type));
	if (escaped && !unescape(r, &text))
		return false;
	return reader_value(r, column, text);
}

/* One "key": value. */
static bool
read_member(struct reader *r, struct scan *s, int32_t *before)
{
	struct jsonl *j = r->state;
	struct span skipped;
	int32_t column;

	if (!read_key(r, s, j->next[*before + 1], &column) || !scan_char(s, ':'))
		return false;
	if (column == NO_COLUMN)
		return scan_value(s, &skipped);
	j->next[*before + 1] = column;
	*before = column;
	if (!r->batch.cols[column].wanted)
		return scan_value(s, &skipped);
	return read_value(r, s, (size_t)column);
}

static bool
read_object(struct reader *r, struct scan *s)
{
	int32_t before = NO_COLUMN;

	if (!scan_char(s, '{'))
		return false;
	if (*s->at == '}') {
		s->at++;
		return true;
	}
	for (;;) {
		if (!read_member(r, s, &before))
			return false;
		scan_space(s);
		if (*s->at == '}')
			break;
		if (!scan_char(s, ','))
			return false;
	}
	s->at++;
	return true;
}

/* Read one line, which ends before a newline or the window's padding. */
static void
read_line(struct reader *r, const char *line, const char *end)
{
	struct jsonl *j = r->state;
	struct span raw = { line, (size_t)(end - line) };
	struct scan s = { .at = line };

	r->row_no++;
	scan_space(&s);
	if (s.at == end)
		return;
	(void)batch_push(&r->batch, r->row_no);
	r->fault.reason = NULL;
	j->n_unknown = 0;
	j->line++;
	if (!utf8_valid(line, raw.bytes))
		(void)reader_fault(r, "not_utf8", "the line is not valid UTF-8");
	else if (read_object(r, &s))
		scan_space(&s);
	if (!r->fault.reason && s.error)
		(void)reader_fault(r, "malformed", "byte %zu: %s", (size_t)(s.at - line) + 1,
				   s.error);
	if (!r->fault.reason && s.at != end)
		(void)reader_fault(r, "malformed", "byte %zu: something follows the object",
				   (size_t)(s.at - line) + 1);
	if (r->fault.reason)
		reader_reject_row(r, raw);
}

static enum err_code
jsonl_next(struct reader *r, struct err *err)
{
	struct stream *w = r->stream;

	while (r->batch.rows < BATCH_ROWS_MAX) {
		const char *line = w->data + w->at;
		size_t left = w->end - w->at;
		const char *end = left ? memchr(line, '\n', left) : NULL;
		size_t bytes = end ? (size_t)(end - line) : left;
		bool is_batch = r->batch.rows || r->batch.n_rejects;
		enum err_code code;

		if (bytes > RECORD_BYTES_MAX)
			return is_batch ? ERR_NONE : reader_skip_long(r, err);
		if (!end && !w->ended) {
			if (is_batch)
				return ERR_NONE;
			code = reader_fill(r, err);
			if (code)
				return code;
			continue;
		}
		if (!left)
			return ERR_NONE;
		w->at += bytes + (end != NULL);
		read_line(r, line, line + bytes);
	}
	return ERR_NONE;
}

const struct reader_format reader_jsonl = {
	.open = jsonl_open,
	.next = jsonl_next,
	.close = jsonl_close,
};
