/*
 * jsonl.c - reads JSON Lines: one object on each line, by schema.
 *
 * Integers beyond int64 are rejects, never rounded; a key that stands twice
 * makes its line a reject; a json column keeps its value byte for byte.  NaN and
 * the infinities, which JSON does not have, are the strings "NaN", "Infinity"
 * and "-Infinity".
 */
#include "core/base/mem.h"
#include "core/model/json_path.h"
#include "worker/format/reader.h"
#include "worker/format/scan.h"
#include "worker/rows/simd.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { UNKNOWN_KEYS_MAX = 1024, NO_COLUMN = -1, KEY_BYTES = 32 };

/* How a column's key usually stands in a line: "name": without space, compared all at once. */
struct jsonl_key {
	char text[KEY_BYTES];
	uint32_t mask; /* the bits of the compare that count */
	uint32_t want; /* what they have to be: mask, or for a key without such a form never so */
	size_t bytes;
};

struct jsonl {
	struct dict names;      /* codes are column indexes */
	struct jsonl_key *keys; /* keys[c + 1] is column c's; keys[NO_COLUMN + 1] is never there */
	/*
	 * Lines of one file have their keys in one order: the column that followed
	 * column c on an earlier line is next[c + 1], and next[0] is the first.
	 */
	int32_t *next;
	enum col_type *types; /* of columns that have a short way; others have COL_TYPE_COUNT */
	uint64_t *seen;       /* the number of the line where a column stood last */
	uint64_t line;
	struct span *unknown; /* keys of this line that are no column */
	size_t n_unknown, unknown_room;
	struct scan_fault fault;
	/* Of columns that stand deeper in a line; all of it is 0 where there are none. */
	struct jsonl_deep *deep;
	size_t n_deep;
	int32_t *heads;      /* by code: there are deep columns below this key, or not */
	uint64_t *head_seen; /* as `seen`, by code */
	struct arena *arena;
};

/* A column that stands deeper in a line, below key `head`. */
struct jsonl_deep {
	size_t column;
	uint32_t head;
	struct json_path path;
};

static void
make_key(struct jsonl_key *k, const char *name)
{
	size_t bytes = strlen(name);

	*k = (struct jsonl_key){ .want = 1 };
	if (bytes + 3 > KEY_BYTES || strpbrk(name, "\"\\"))
		return;
	k->text[0] = '"';
	memcpy(k->text + 1, name, bytes);
	memcpy(k->text + 1 + bytes, "\":", 2);
	k->bytes = bytes + 3;
	k->mask = k->want = UINT32_MAX >> (KEY_BYTES - k->bytes);
}

static inline bool
is_key(const struct jsonl_key *k, const char *p)
{
	uint32_t same;

	same = bytes16_bits(bytes16_same(bytes16_load(p), bytes16_load(k->text))) |
	       bytes16_bits(bytes16_same(bytes16_load(p + 16), bytes16_load(k->text + 16))) << 16;
	return (same & k->mask) == k->want;
}

/* The columns whose names are paths, and the keys that they begin with. */
static void
open_deep(struct reader *r)
{
	const struct schema *schema = r->options.schema;
	struct jsonl *j = r->state;

	if (!r->options.dialect || !r->options.dialect->n_renames)
		return;
	j->arena = arena_new();
	j->deep = mem_new(schema->count, sizeof(*j->deep));
	j->heads = mem_new(2 * schema->count, sizeof(*j->heads));
	j->head_seen = mem_new(2 * schema->count, sizeof(*j->head_seen));
	for (size_t i = 0; i < schema->count; i++) {
		struct jsonl_deep *d = &j->deep[j->n_deep];

		if (!json_path_is(reader_theirs(r, i)) ||
		    !json_path_read(reader_theirs(r, i), j->arena, &d->path))
			continue;
		d->column = i;
		d->head = dict_code(&j->names, d->path.steps[0].name,
				    strlen(d->path.steps[0].name));
		j->heads[d->head] = 1;
		j->n_deep++;
		j->keys[i + 1] = (struct jsonl_key){ .want = 1 };
		if (d->head < schema->count) /* it is a column too, and has a longer way now */
			j->keys[d->head + 1] = (struct jsonl_key){ .want = 1 };
	}
	r->more_copies = j->n_deep;
}

/* The dict holds columns by their names; one that is a path has a name that no key can be. */
static void
add_name(struct jsonl *j, const char *name)
{
	char *none = mem_format("%c%s", '\1', name);

	if (json_path_is(name))
		(void)dict_code(&j->names, none, strlen(none));
	else
		(void)dict_code(&j->names, name, strlen(name));
	free(none);
}

static enum err_code
jsonl_open(struct reader *r, int dir, const char *path, struct err *err)
{
	const struct schema *schema = r->options.schema;
	enum err_code code = reader_open_stream(r, dir, path, err);
	struct jsonl *j;

	if (code)
		return code;
	j = mem_new(1, sizeof(*j));
	dict_init(&j->names);
	j->keys = mem_new(schema->count + 1, sizeof(*j->keys));
	j->next = mem_new(schema->count + 1, sizeof(*j->next));
	j->seen = mem_new(schema->count, sizeof(*j->seen));
	j->types = mem_new(schema->count, sizeof(*j->types));
	j->keys[NO_COLUMN + 1].want = 1;
	for (size_t i = 0; i < schema->count; i++) {
		const char *name = reader_theirs(r, i);

		j->types[i] = r->spelling ? COL_TYPE_COUNT : schema->columns[i].type;
		add_name(j, name);
		make_key(&j->keys[i + 1], name);
		j->next[i] = (int32_t)i;
	}
	j->next[schema->count] = NO_COLUMN;
	r->state = j;
	open_deep(r);
	return ERR_NONE;
}

static void
jsonl_close(struct reader *r)
{
	struct jsonl *j = r->state;

	dict_release(&j->names);
	free(j->keys);
	free(j->next);
	free(j->seen);
	free(j->types);
	free(j->unknown);
	free(j->deep);
	free(j->heads);
	free(j->head_seen);
	arena_free(j->arena);
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

/* Read a key that is not the expected one, and its colon; *column is NO_COLUMN when it is none. */
static const char *
read_other_key(struct reader *r, const char *p, int32_t *column)
{
	struct jsonl *j = r->state;
	struct span key = { p + 1, 0 };
	bool escaped;
	uint32_t code;

	p = scan_string(p, &escaped, &j->fault);
	if (!p)
		return NULL;
	key.bytes = (size_t)(p - key.data) - 1;
	if (escaped && !unescape(r, &key))
		return NULL;
	*column = dict_find(&j->names, key.data, key.bytes, &code) ? (int32_t)code : NO_COLUMN;
	if (*column == NO_COLUMN && !note_unknown(r, key))
		return NULL;
	return scan_char(p, ':', &j->fault);
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

/* A column that is no number is written as one: of seconds since 1970. */
static bool
is_number_of(const struct reader *r, size_t column, char first)
{
	return r->spelling && (first == '-' || isdigit((unsigned char)first)) &&
	       spelling_takes_number(r->spelling, column);
}

/* Read the value of a column that is wanted into the newest row. */
static const char *
read_any_value(struct reader *r, const char *p, size_t column)
{
	const struct column *c = &r->options.schema->columns[column];
	struct jsonl *j = r->state;
	bool escaped = false, is_string = *p == '"' && c->type != COL_JSON;
	struct span text = { p + is_string, 0 };
	char first = *p;

	p = is_string ? scan_string(p, &escaped, &j->fault) : scan_value(p, &j->fault);
	if (!p || first == 'n')
		return p; /* the row's values are null from the start */
	text.bytes = (size_t)(p - text.data) - is_string;
	/* A float64 may be one of three words, but not a number in quotes. */
	if (is_string && r->spelling) {
		if (escaped && !unescape(r, &text))
			return NULL;
		escaped = false;
		if (spelling_is_null(r->spelling, text))
			return p;
	}
	if ((!type_fits(c->type, first) && !is_number_of(r, column, first)) ||
	    (is_string && c->type == COL_FLOAT64 && text.bytes &&
	     !isalpha((unsigned char)text.data[text.bytes - 1]))) {
		(void)reader_fault(r, "wrong_type", "column '%s': %.*s is no %s", c->name,
				   (int)(text.bytes < 60 ? text.bytes : 60), text.data,
				   col_type_name(c->type));
		return NULL;
	}
	if (escaped && !unescape(r, &text))
		return NULL;
	return reader_value(r, column, text) ? p : NULL;
}

/* As read_any_value(), with a short way for what is usual. */
static inline const char *
read_value(struct reader *r, const char *p, size_t column)
{
	const enum col_type type = ((const struct jsonl *)r->state)->types[column];
	struct col *c = &r->batch.cols[column];
	size_t row = r->batch.rows - 1;
	const char *end = NULL;
	struct span text;

	if (type == COL_INT64) {
		end = scan_plain_int(p, &c->ints[row]);
		if (end && *end != ',' && *end != '}')
			end = NULL;
	} else if (type == COL_STRING || type == COL_TIMESTAMP) {
		end = scan_plain_string(p);
		text = (struct span){ p + 1, end ? (size_t)(end - p) - 2 : 0 };
		if (end && type == COL_STRING)
			c->texts[row] = text;
		else if (end && value_timestamp(text.data, text.bytes, &r->memo, &c->ints[row]))
			end = NULL;
	}
	if (!end)
		return read_any_value(r, p, column);
	c->valid[row] = true;
	return end;
}

/* ---- columns deeper in a line ---- */

/* Is the key at p this name?  Its escapes are few and need memory of their own. */
static bool
is_named(struct span key, bool escaped, const char *name)
{
	char *text;
	bool same;

	if (!escaped)
		return span_is(key, name);
	text = mem_new(key.bytes + SCAN_PAD, 1);
	same = scan_unescape(key, text, &key.bytes) &&
	       span_is((struct span){ text, key.bytes }, name);
	free(text);
	return same;
}

/* The value of a member of the object at p, which was scanned; NULL: there is none. */
static const char *
find_member(const char *p, const char *name, bool *twice)
{
	const char *found = NULL;
	struct scan_fault fault;

	p = scan_space(p + 1);
	while (*p == '"') {
		bool escaped;
		const char *end = scan_string(p, &escaped, &fault);
		const struct span key = { p + 1, (size_t)(end - p) - 2 };

		p = scan_char(end, ':', &fault);
		if (is_named(key, escaped, name)) {
			*twice = found != NULL;
			found = p;
		}
		p = scan_space(scan_value(p, &fault));
		if (*p == ',')
			p = scan_space(p + 1);
	}
	return found;
}

/* The same of an element of the array at p. */
static const char *
find_element(const char *p, size_t index)
{
	struct scan_fault fault;

	p = scan_space(p + 1);
	for (size_t i = 0; *p != ']'; i++) {
		if (i == index)
			return p;
		p = scan_space(scan_value(p, &fault));
		if (*p == ',')
			p = scan_space(p + 1);
	}
	return NULL;
}

/*
 * Where a deep column stands in the value of its key, which was scanned.  NULL: it is absent, which
 * is null, or reader_fault() was called.
 */
static const char *
descend(struct reader *r, const struct jsonl_deep *d, const char *p)
{
	const char *column = r->options.schema->columns[d->column].name;

	for (size_t i = 1; p && i < d->path.n; i++) {
		const struct json_step *step = &d->path.steps[i];
		bool twice = false;

		if (*p == 'n')
			return NULL;
		if (*p != (step->name ? '{' : '[')) {
			(void)reader_fault(
			    r, "wrong_type", "column '%s': step %zu of '%s' is no %s", column, i,
			    reader_theirs(r, d->column), step->name ? "object" : "array");
			return NULL;
		}
		p = step->name ? find_member(p, step->name, &twice) : find_element(p, step->index);
		if (twice) {
			(void)reader_fault(r, "duplicate_key", "key '%s' stands twice", step->name);
			return NULL;
		}
	}
	return p;
}

/* The value of a key that columns stand below; p is at it. */
static const char *
read_head(struct reader *r, const char *p, uint32_t head)
{
	struct jsonl *j = r->state;
	const char *end = scan_value(p, &j->fault);

	if (end && j->head_seen[head] == j->line) {
		(void)reader_fault(r, "duplicate_key", "a key of columns below it stands twice");
		return NULL;
	}
	j->head_seen[head] = j->line;
	for (size_t i = 0; end && i < j->n_deep; i++) {
		const struct jsonl_deep *d = &j->deep[i];
		const char *at;

		if (d->head != head || !r->batch.cols[d->column].wanted)
			continue;
		at = descend(r, d, p);
		if (at)
			at = read_any_value(r, at, d->column);
		if (!at && r->fault.reason)
			return NULL;
	}
	return end;
}

/*
 * The same of a key that is not the expected one: at its value, or with *column NO_COLUMN behind
 * it. Kept out of the usual way, which is short so that it is compiled into its caller.
 */
static __attribute__((noinline)) const char *
read_other_member(struct reader *r, const char *p, int32_t before, int32_t *column)
{
	struct jsonl *j = r->state;

	p = read_other_key(r, p, column);
	if (!p || *column == NO_COLUMN)
		return p ? scan_value(p, &j->fault) : NULL;
	if (j->heads && j->heads[*column]) {
		const char *end = read_head(r, p, (uint32_t)*column);

		/* The key may be a column of its own. */
		if (!end || (size_t)*column >= r->options.schema->count) {
			*column = NO_COLUMN;
			return end;
		}
	}
	j->next[before + 1] = *column;
	return p;
}

/* One "key": value; p is at the key. */
static inline const char *
read_member(struct reader *r, const char *p, int32_t *before)
{
	struct jsonl *j = r->state;
	int32_t column = j->next[*before + 1];
	const struct jsonl_key *k = &j->keys[column + 1];

	if (is_key(k, p)) {
		p = scan_space(p + k->bytes);
	} else {
		p = read_other_member(r, p, *before, &column);
		if (!p || column == NO_COLUMN)
			return p;
	}
	if (j->seen[column] == j->line) {
		(void)reader_fault(r, "duplicate_key", "key '%s' stands twice",
				   r->options.schema->columns[column].name);
		return NULL;
	}
	j->seen[column] = j->line;
	*before = column;
	if (!r->batch.cols[column].wanted)
		return scan_value(p, &j->fault);
	return read_value(r, p, (size_t)column);
}

/* The object of a line; p is at its first character. */
static const char *
read_object(struct reader *r, const char *p)
{
	struct jsonl *j = r->state;
	int32_t before = NO_COLUMN;

	p = scan_char(p, '{', &j->fault);
	if (!p || *p == '}')
		return p ? p + 1 : NULL;
	for (;;) {
		p = read_member(r, p, &before);
		if (!p)
			return NULL;
		p = scan_space(p);
		if (*p == '}')
			return p + 1;
		p = scan_char(p, ',', &j->fault);
		if (!p)
			return NULL;
	}
}

/* Read one line into the newest row. */
static bool
fill_row(struct reader *r, const char *line, const char *end)
{
	struct jsonl *j = r->state;
	const char *p = read_object(r, line);

	if (p)
		p = scan_space(p);
	else if (!r->fault.reason)
		return reader_fault(r, "malformed", "byte %zu: %s",
				    (size_t)(j->fault.at - line) + 1, j->fault.what);
	else
		return false;
	return p == end || reader_fault(r, "malformed", "byte %zu: something follows the object",
					(size_t)(p - line) + 1);
}

/* Read one line, which ends before a newline or the window's padding. */
static void
read_line(struct reader *r, const char *line, const char *end, bool high)
{
	struct jsonl *j = r->state;
	struct span raw = { line, (size_t)(end - line) };

	r->row_no++;
	if (scan_space(line) == end)
		return;
	(void)batch_push(&r->batch, r->row_no);
	r->fault.reason = NULL;
	j->n_unknown = 0;
	j->line++;
	if (high && !utf8_valid(line, raw.bytes))
		(void)reader_fault(r, "not_utf8", "the line is not valid UTF-8");
	else
		(void)fill_row(r, line, end);
	if (r->fault.reason)
		reader_reject_row(r, raw);
}

static enum err_code
jsonl_next(struct reader *r, struct err *err)
{
	struct stream *w = r->stream;

	while (r->batch.rows < BATCH_ROWS_MAX) {
		const char *line = w->data + w->at, *last = w->data + w->end;
		bool is_batch = r->batch.rows || r->batch.n_rejects, high;
		const char *end = scan_line(line, &high);
		size_t bytes = (size_t)(end - line);
		enum err_code code;

		if (bytes > RECORD_BYTES_MAX)
			return is_batch ? ERR_NONE : reader_skip_long(r, err);
		if (end == last && !w->ended) {
			if (is_batch)
				return ERR_NONE;
			code = reader_fill(r, err);
			if (code)
				return code;
			continue;
		}
		if (line == last)
			return ERR_NONE;
		w->at += bytes + (end != last);
		read_line(r, line, end, high);
	}
	return ERR_NONE;
}

const struct reader_format reader_jsonl = {
	.open = jsonl_open,
	.next = jsonl_next,
	.close = jsonl_close,
	.digest = reader_stream_digest,
};
