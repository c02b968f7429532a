/* data.c - `tidemill data`: file after file, and what each request makes of them. */
#include "worker/look/data.h"

#include "core/text/diag.h"
#include "core/text/wrap.h"
#include "core/base/mem.h"
#include "core/base/screen.h"
#include "core/base/unicode.h"
#include "worker/look/answer.h"
#include "worker/look/stats.h"
#include "worker/format/guess.h"
#include "worker/format/writer.h"

#include <assert.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

enum { SKIPPED = -1 };

enum {
	OUTPUT_BYTES = 256 << 10, /* gathered before they are written */
	BAD_ROWS_SHOWN = 20,      /* of one file; the rest are counted */
	NAMES_SHOWN = 20,         /* in one message */
	MESSAGE_BYTES = 8192,     /* of one message; the rest is cut off */
	INDENT = 2,               /* of what of it goes on in the next line */
};

/* A request while it is worked on. */
struct walk {
	const struct data_request *request;
	struct data_answer *answer;
	int *formats;             /* of each file; SKIPPED: it is not read */
	struct arena *arena;      /* of what outlives one file */
	const char *first;        /* the file whose columns are those of all; NULL: none yet */
	struct schema schema;     /* what is read of every file */
	struct writer writer;     /* open when there is a schema and rows go to standard output */
	struct data_stats *stats; /* as the writer, for DATA_STATS */
	int64_t rows_left;
	bool is_guess_told;
	struct err output; /* why standard output cannot be written; code ERR_NONE: it can */
};

/* What was read of one file. */
struct file_tally {
	int64_t rows, bad, unknown;
};

static void say(const char *fmt, ...) PRINTF_LIKE(1, 2);

/*
 * A message on standard error.  Names and values from files are in it, which must not
 * steer a terminal: control characters are escaped, those above ASCII (U+0080 to U+009F)
 * and bytes that are no UTF-8 too.
 */
static void
say(const char *fmt, ...)
{
	static const char who[] = "tidemill: ";
	char text[MESSAGE_BYTES];
	struct buf shown, line;
	va_list ap;
	size_t n;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	buf_init(&shown, SIZE_MAX);
	for (const char *p = text; *p; p += n) {
		size_t bytes = unicode_bytes(p, strnlen(p, 4));
		bool plain = bytes > 1 ? screen_plain(p, bytes) : bytes && *p >= ' ' && *p != 0x7f;

		n = bytes ? bytes : 1;
		for (size_t i = 0; i < n; i++)
			buf_format(&shown, plain ? "%c" : "\\x%02x", (unsigned char)p[i]);
	}
	buf_init(&line, SIZE_MAX);
	buf_text(&line, who);
	wrap_words(shown.data, strlen(who), INDENT, screen_columns(STDERR_FILENO), &line);
	buf_char(&line, '\n');
	(void)fputs(line.data, stderr);
	buf_release(&line);
	buf_release(&shown);
}

/* Say what is wrong with one file and count it; the others are read all the same. */
static void
complain(struct walk *w, const struct err *err)
{
	say("%s", err->msg);
	w->answer->problems++;
	w->answer->n_failed++;
}

/* ---- what a file might be ---- */

/* A file did not fit: its first rows, and what it might be. */
static void
explain(const char *file, const char *path, const struct reader_options *options, bool with_rows)
{
	struct guess g;

	guess_make(&g, AT_FDCWD, file, options, true);
	for (size_t i = 0; i < GUESS_ROWS && g.rows[i].bytes && with_rows; i++)
		say("'%s': line %zu: %s", path, i + 1, g.rows[i].data);
	if (g.advice.bytes)
		say("'%s': %s", path, g.advice.data);
	guess_release(&g);
}

/* The same of a file that was not opened. */
static void
explain_file(const struct walk *w, const char *path, enum format format)
{
	const struct data_request *q = w->request;
	const struct reader_options options = { .format = format,
						.schema = &q->declared,
						.dialect = &q->dialect };

	if (strcmp(path, "-") != 0)
		explain(path, path, &options, true);
}

/* The same of a file that was read by a schema, if it can be read again. */
static void
explain_source(const struct data_source *s, const struct schema *schema, bool with_rows)
{
	const struct reader_options options = data_source_options(s, schema);

	if (s->is_regular)
		explain(s->file, s->path, &options, with_rows);
}

/* ---- columns ---- */

/* What writers of lakes put beside the data: `_manifest.json`, `.part-0.crc`. */
static bool
is_aside(const char *path)
{
	const char *slash = strrchr(path, '/');
	char first = slash ? slash[1] : path[0];

	return first == '_' || first == '.';
}

/* What to type for a file whose name says nothing to us but much to other programs. */
static const char *
format_hint(const char *path)
{
	static const struct {
		const char *tail, *hint;
	} hints[] = {
		{ ".tsv", "add --format csv --delimiter tab" },
		{ ".tab", "add --format csv --delimiter tab" },
		{ ".json", "if it has an object on each line add --format jsonl; `jq -c .[]` makes "
			   "such lines of an array" },
		{ ".xlsx", "a workbook is not read: save it as csv" },
		{ ".xls", "a workbook is not read: save it as csv" },
		{ ".zip", "unpack it first" },
		{ ".bz2", "unpack it first" },
		{ ".xz", "unpack it first" },
	};
	const char *dot = strrchr(path, '.');

	for (size_t i = 0; dot && i < countof(hints); i++)
		if (strcasecmp(dot, hints[i].tail) == 0)
			return hints[i].hint;
	return "add --format csv, jsonl or parquet";
}

static enum err_code
find_formats(struct walk *w, struct err *err)
{
	const struct data_request *q = w->request;
	const char *aside = NULL;
	size_t n_aside = 0;

	w->formats = mem_new(q->n_files, sizeof(*w->formats));
	for (size_t i = 0; i < q->n_files; i++) {
		int format = q->format >= 0 ? q->format : data_format_of(q->files[i]);

		w->formats[i] = SKIPPED;
		if (q->n_files > 1 && is_aside(q->files[i])) {
			aside = aside ? aside : q->files[i];
			n_aside++;
			continue;
		}
		if (data_source_look(q->files[i], err)) {
			complain(w, err);
			continue;
		}
		if (format < 0)
			return err_set(err, ERR_INPUT,
				       "read '%s': its name does not say what it is; %s",
				       q->files[i], format_hint(q->files[i]));
		w->formats[i] = format;
	}
	if (n_aside == 1)
		say("'%s': skipped, because its name begins with '_' or '.'", aside);
	else if (n_aside)
		say("%zu files skipped, because their names begin with '_' or '.': the first is "
		    "'%s'",
		    n_aside, aside);
	return ERR_NONE;
}

/* Append a name to a list that is cut when it gets long. */
static void
add_name(struct buf *list, size_t *n, const char *name)
{
	if (*n < NAMES_SHOWN)
		buf_format(list, "%s%s", *n ? ", " : "", name);
	++*n;
}

static enum err_code
no_column(const struct data_source *s, const char *name, struct err *err)
{
	const char **words = mem_new(s->schema.count, sizeof(*words)), *near;
	struct buf all;
	char why[200];
	size_t n = 0;

	buf_init(&all, SIZE_MAX);
	for (size_t i = 0; i < s->schema.count; i++) {
		words[i] = s->schema.columns[i].name;
		add_name(&all, &n, words[i]);
	}
	near = diag_nearest(name, words, s->schema.count);
	if (s->parquet && pq_file_explain(s->parquet, name, why, sizeof(why)))
		(void)err_set(err, ERR_INPUT, "read '%s': column '%s' %s", s->path, name, why);
	else if (near)
		(void)err_set(err, ERR_INPUT, "read '%s': there is no column '%s', perhaps '%s'",
			      s->path, name, near);
	else
		(void)err_set(err, ERR_INPUT, "read '%s': there is no column '%s'; there are %s%s",
			      s->path, name, all.data, n > NAMES_SHOWN ? " and more" : "");
	free(words);
	buf_release(&all);
	return ERR_INPUT;
}

/* A column by its very name, else by the only one that differs in case; -1: there is none. */
static int
find_column(const struct schema *schema, const char *name)
{
	int at = schema_find(schema, name), found = -1;

	for (size_t i = 0; at < 0 && i < schema->count; i++) {
		if (strcasecmp(schema->columns[i].name, name) != 0)
			continue;
		if (found >= 0)
			return -1;
		found = (int)i;
	}
	return at >= 0 ? at : found;
}

/* The columns that were asked for become those of the whole request. */
static enum err_code
choose_columns(struct walk *w, const struct data_source *s, struct err *err)
{
	const struct data_request *q = w->request;
	struct schema chosen = s->schema;
	struct column *columns;

	if (q->n_names) {
		columns = arena_get(w->arena, q->n_names * sizeof(*columns));
		for (size_t i = 0; i < q->n_names; i++) {
			const struct schema before = { columns, i };
			int at = find_column(&s->schema, q->names[i]);

			if (at < 0)
				return no_column(s, q->names[i], err);
			columns[i] = s->schema.columns[at];
			if (schema_find(&before, columns[i].name) >= 0)
				return err_set(err, ERR_INPUT, "-c: column '%s' is named twice",
					       columns[i].name);
		}
		chosen = (struct schema){ columns, q->n_names };
	}
	if (chosen.count > DATA_COLUMNS_MAX)
		return err_set(err, ERR_LIMIT,
			       "read '%s': it has %zu columns; name at most %d of them with -c",
			       s->path, chosen.count, DATA_COLUMNS_MAX);
	w->schema = data_schema_copy(&chosen, w->arena);
	w->first = s->path;
	if (q->action == DATA_STATS)
		w->stats = data_stats_new(&w->schema);
	else if (q->to_stdout)
		writer_open(&w->writer, q->output, &w->schema);
	else
		data_answer_names(w->answer, &w->schema);
	return ERR_NONE;
}

static void
say_names(const char *path, const char *what, const struct buf *list, size_t n)
{
	if (n > NAMES_SHOWN)
		say("'%s': %s: %s and %zu more", path, what, list->data, n - NAMES_SHOWN);
	else if (n)
		say("'%s': %s: %s", path, what, list->data);
}

/* Columns of a Parquet file that nobody will see, although nobody left them out. */
static void
say_left_out(const struct walk *w, const struct data_source *s)
{
	size_t n_nested = 0, n_others = 0;
	struct buf nested, others;

	if (!s->parquet || w->request->n_names)
		return;
	buf_init(&nested, SIZE_MAX);
	buf_init(&others, SIZE_MAX);
	for (size_t i = 0; i < s->parquet->n_leaves; i++) {
		const struct pq_leaf *leaf = &s->parquet->leaves[i];

		if (!leaf->is_flat)
			add_name(&nested, &n_nested, leaf->name);
		else if (w->first &&
			 schema_find(&w->schema, dialect_ours(s->dialect, leaf->name)) < 0)
			add_name(&others, &n_others, leaf->name);
	}
	say_names(s->path, "nested columns are left out", &nested, n_nested);
	say_names(s->path, "columns that are not read", &others, n_others);
	buf_release(&nested);
	buf_release(&others);
}

/* Text that nobody declared is shown as text; which may surprise. */
static void
say_guess(struct walk *w, const struct data_source *s)
{
	const struct schema none = { 0 };

	if (s->parquet || w->request->declared.count || w->is_guess_told)
		return;
	w->is_guess_told = true;
	if (s->schema.count == 1)
		explain_source(s, &none, false);
	say("'%s': no columns are declared (--columns, --schema): %s", s->path,
	    s->format == FORMAT_CSV ? "those of the header, each a string"
				    : "the keys of the first 1000 lines, each a JSON value");
}

/* ---- rows ---- */

/* What cannot be written ends the request; the reason is kept while it is known. */
static void
flush(struct walk *w)
{
	const char *data = w->writer.data;
	size_t bytes = w->writer.bytes;
	struct buf shown;

	buf_init(&shown, SIZE_MAX);
	/* Whole rows: no character is cut. */
	if (isatty(STDOUT_FILENO)) {
		(void)screen_show(data, bytes, 0, &shown);
		data = shown.data;
		bytes = shown.bytes;
	}
	if (!w->output.code &&
	    ((bytes && fwrite(data, 1, bytes, stdout) < bytes) || fflush(stdout))) {
		(void)err_errno(&w->output, "write standard output");
		w->rows_left = 0;
	}
	buf_release(&shown);
	w->writer.bytes = 0;
}

/* A table is laid out as a whole, so that it has an end. */
static void
add_to_table(struct walk *w, const struct batch *b, size_t rows)
{
	size_t room = DATA_TABLE_ROWS_MAX - json_array_size(w->answer->rows);

	data_answer_rows(w->answer, b, rows < room ? rows : room);
	if (rows <= room)
		return;
	say("a table has at most %d rows; there are more, and -o csv and -o jsonl show all of them",
	    DATA_TABLE_ROWS_MAX);
	w->answer->problems++;
	w->rows_left = 0;
}

/* How many rows of a batch are asked for, and what is done with them. */
static size_t
take_rows(struct walk *w, const struct batch *b)
{
	size_t rows = b->rows;

	if (w->request->action == DATA_STATS)
		data_stats_add(w->stats, b);
	if (w->request->action != DATA_ROWS)
		return rows;
	if ((int64_t)rows > w->rows_left)
		rows = (size_t)w->rows_left;
	w->rows_left -= (int64_t)rows;
	if (!w->request->to_stdout) {
		add_to_table(w, b, rows);
		return rows;
	}
	writer_add(&w->writer, b, NULL, rows);
	if (w->writer.bytes >= OUTPUT_BYTES)
		flush(w);
	return rows;
}

/* Say what is wrong with the rows of a batch up to row number `end`. */
static void
take_rejects(const char *path, const struct batch *b, int64_t end, struct file_tally *t)
{
	for (size_t i = 0; i < b->n_rejects; i++) {
		const struct reject *r = &b->rejects[i];

		if (r->row_no > end)
			break;
		if (t->bad++ < BAD_ROWS_SHOWN)
			say("'%s': row %" PRId64 ": %s%s%s", path, r->row_no, r->reason,
			    *r->detail ? ": " : "", r->detail);
	}
}

/* Read a file to its end, or as far as it is asked for. */
static enum err_code
read_rows(struct walk *w, const struct data_source *s, const struct schema *schema,
	  struct file_tally *t, struct err *err)
{
	const struct batch *b = NULL;
	struct reader *r = NULL;
	enum err_code code = data_source_read(s, schema, &r, err);

	while (!code && w->rows_left > 0) {
		size_t rows;

		code = reader_next(r, &b, err);
		if (code || !b)
			break;
		rows = take_rows(w, b);
		t->rows += (int64_t)rows;
		t->unknown += b->unknown_keys;
		take_rejects(s->path, b, rows < b->rows ? b->row_no[rows - 1] : INT64_MAX, t);
	}
	reader_close(r);
	if (t->bad > BAD_ROWS_SHOWN)
		say("'%s': %" PRId64 " more rows like these", s->path, t->bad - BAD_ROWS_SHOWN);
	if (t->unknown && !w->request->n_names)
		say("'%s': %" PRId64 " values of other columns are left out", s->path, t->unknown);
	w->answer->problems += (size_t)t->bad;
	/* Columns that were learned hold any text: what can be told of them is told before. */
	if (code == ERR_INPUT || (t->bad && !t->rows) ||
	    (w->request->declared.count && guess_is_due(t->bad, t->bad + t->rows)))
		explain_source(s, schema, code || !t->rows);
	return code;
}

/* ---- requests ---- */

/*
 * A file in which no column was found: there is nothing in it, nothing that can be shown, or it is
 * not what it is taken for.  It must not look empty unless it is.
 */
static void
explain_no_columns(struct walk *w, const struct data_source *s, struct err *err)
{
	const struct batch *b = NULL;
	struct reader *r = NULL;
	enum err_code code = ERR_NONE;

	if (s->parquet) {
		say_left_out(w, s);
		say("'%s': %" PRId64 " rows, but no flat column", s->path, s->parquet->meta.rows);
		w->answer->problems += s->parquet->meta.rows > 0;
		return;
	}
	code = data_source_read(s, &s->schema, &r, err);
	while (!code) {
		code = reader_next(r, &b, err);
		if (code || !b || b->n_rejects)
			break;
	}
	if (code) {
		complain(w, err);
	} else if (b) {
		(void)err_set(err, ERR_INPUT,
			      "'%s': no column is found in it; row %" PRId64 ": %s%s%s", s->path,
			      b->rejects[0].row_no, b->rejects[0].reason,
			      *b->rejects[0].detail ? ": " : "", b->rejects[0].detail);
		complain(w, err);
		explain_source(s, &s->schema, true);
	} else {
		say("'%s': there are no columns to read", s->path);
	}
	reader_close(r);
}

static enum err_code
one_schema(struct walk *w, const struct data_source *s, struct err *err)
{
	if (!s->parquet && !s->schema.count) {
		explain_no_columns(w, s, err);
		return ERR_NONE;
	}
	say_guess(w, s);
	data_answer_schema(w->answer, s, w->request->n_files > 1);
	return ERR_NONE;
}

/*
 * The footer of a Parquet file knows how many rows there are, and nobody how many of
 * them cannot be read.
 */
static enum err_code
one_count(struct walk *w, const struct data_source *s, struct err *err)
{
	struct file_tally t = { 0 };
	json_t *row;

	if (s->parquet) {
		t.rows = s->parquet->meta.rows;
	} else if (read_rows(w, s, &s->schema, &t, err)) {
		complain(w, err);
		return ERR_NONE; /* half a count would look like a whole one */
	}
	row = json_object();
	(void)json_object_set_new(row, "file", json_text_new(s->path));
	(void)json_object_set_new(row, "rows", json_integer(t.rows));
	(void)json_object_set_new(row, "bad_rows", s->parquet ? json_null() : json_integer(t.bad));
	(void)json_array_append_new(w->answer->rows, row);
	return ERR_NONE;
}

/* For DATA_ROWS and DATA_STATS, of which all files are one table. */
static enum err_code
one_part(struct walk *w, const struct data_source *s, struct err *err)
{
	struct file_tally t = { 0 };
	enum err_code code = ERR_NONE;

	if (!w->first && !s->schema.count) {
		explain_no_columns(w, s, err);
		return ERR_NONE;
	}
	say_guess(w, s);
	if (!w->first)
		code = choose_columns(w, s, err);
	if (code)
		return code;
	say_left_out(w, s);
	if (w->stats)
		data_stats_add_file(w->stats, s);
	if (read_rows(w, s, &w->schema, &t, err))
		complain(w, err);
	return ERR_NONE;
}

/* How each request goes about one file; what only concerns that file is no error. */
static enum err_code (*const each[])(struct walk *w, const struct data_source *s,
				     struct err *err) = {
	[DATA_SCHEMA] = one_schema,
	[DATA_ROWS] = one_part,
	[DATA_COUNT] = one_count,
	[DATA_STATS] = one_part,
};

static enum err_code
walk_files(struct walk *w, struct err *err)
{
	const struct data_request *q = w->request;
	enum err_code code = ERR_NONE;

	/* Of no rows at all the columns are shown still. */
	for (size_t i = 0; i < q->n_files && !code && (w->rows_left > 0 || !w->first); i++) {
		struct data_source s = { 0 };

		if (w->formats[i] == SKIPPED)
			continue;
		if (data_source_open(&s, q->files[i], (enum format)w->formats[i], &q->declared,
				     &q->dialect, err)) {
			complain(w, err);
			explain_file(w, q->files[i], (enum format)w->formats[i]);
			continue;
		}
		code = each[q->action](w, &s, err);
		data_source_close(&s);
	}
	return code;
}

/* What is only known behind the last file. */
static enum err_code
finish(struct walk *w, struct err *err)
{
	const struct data_request *q = w->request;

	if (w->writer.format) {
		writer_end(&w->writer);
		flush(w);
	}
	if (w->stats && w->answer->n_failed)
		say("there are no statistics, because not every file could be read to its end");
	else if (w->stats)
		data_stats_answer(w->stats, w->answer);
	if (w->output.code && err)
		*err = w->output;
	if (q->action != DATA_COUNT)
		return w->output.code;
	data_answer_column(w->answer, "file", "FILE", false);
	data_answer_column(w->answer, "rows", "ROWS", true);
	data_answer_column(w->answer, "bad_rows", "BAD_ROWS", true);
	return ERR_NONE;
}

enum err_code
data_run(const struct data_request *request, struct data_answer *out, struct err *err)
{
	struct walk w = { .request = request, .answer = out };
	enum err_code code;

	assert((size_t)request->action < countof(each));
	*out = (struct data_answer){ .columns = json_array(), .rows = json_array() };
	w.rows_left = request->action == DATA_ROWS ? request->rows_max : INT64_MAX;
	w.arena = arena_new();
	code = find_formats(&w, err);
	if (!code)
		code = walk_files(&w, err);
	if (!code)
		code = finish(&w, err);
	data_stats_free(w.stats);
	writer_close(&w.writer);
	arena_free(w.arena);
	free(w.formats);
	if (code) {
		json_decref(out->columns);
		json_decref(out->rows);
		*out = (struct data_answer){ 0 };
	}
	return code;
}
