/* learn.c - the names of the columns of a text file that nobody declared. */
#include "worker/look/learn.h"

#include "core/model/json_path.h"
#include "worker/format/reader.h"
#include "worker/format/scan.h"
#include "worker/rows/dict.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

/* The names that were seen, each once, in the order of their first appearance. */
struct names {
	const char *path;
	struct dict dict;
};

static enum err_code
add_name(struct names *n, const char *name, size_t bytes, struct err *err)
{
	if (!bytes || memchr(name, '\0', bytes))
		return ERR_NONE; /* no name that could be asked for */
	(void)dict_code(&n->dict, name, bytes);
	if (n->dict.count > DATA_COLUMNS_MAX)
		return err_set(err, ERR_LIMIT,
			       "read '%s': more than %d columns; name those you want with "
			       "--columns",
			       n->path, DATA_COLUMNS_MAX);
	return ERR_NONE;
}

static enum err_code
learn_csv(struct names *n, const char *file, const struct dialect *dialect, struct err *err)
{
	const struct schema none = { 0 };
	const struct reader_options options = { .format = FORMAT_CSV,
						.schema = &none,
						.dialect = dialect };
	struct reader *r = NULL;
	enum err_code code = reader_open(&r, AT_FDCWD, file, n->path, &options, err);

	for (size_t i = 0; !code && i < r->n_header; i++)
		code = add_name(n, r->header[i].data, r->header[i].bytes, err);
	reader_close(r);
	return code;
}

/* The key at p, which was scanned before; behind the colon after it. */
static const char *
jsonl_key(struct names *n, const char *p, enum err_code *code, struct err *err)
{
	struct scan_fault fault;
	bool escaped;
	const char *end = scan_string(p, &escaped, &fault);
	struct span key = { p + 1, (size_t)(end - p) - 2 };
	char *text = mem_new(key.bytes + SCAN_PAD, 1);
	size_t bytes = key.bytes;
	bool whole = true;

	if (escaped)
		whole = scan_unescape(key, text, &bytes);
	else
		memcpy(text, key.data, key.bytes);
	if (whole)
		*code = add_name(n, text, bytes, err);
	free(text);
	return scan_char(end, ':', &fault);
}

/* The keys of one line; a line that is no object has none. */
static enum err_code
jsonl_names(struct names *n, const char *line, const char *end, struct err *err)
{
	const char *p = scan_space(line), *behind;
	enum err_code code = ERR_NONE;
	struct scan_fault fault;

	if (*p != '{' || !utf8_valid(p, (size_t)(end - p)))
		return ERR_NONE;
	behind = scan_value(p, &fault);
	if (!behind || scan_space(behind) < end)
		return ERR_NONE;
	/* All of it was scanned, so that only values and their ends can come. */
	p = scan_space(p + 1);
	while (!code && *p == '"') {
		p = scan_space(scan_value(jsonl_key(n, p, &code, err), &fault));
		if (*p == ',')
			p = scan_space(p + 1);
	}
	return code;
}

static enum err_code
learn_jsonl(struct names *n, struct stream *w, struct err *err)
{
	enum err_code code = ERR_NONE;

	for (int lines = 0; lines < LEARN_LINES && !code;) {
		const char *line = w->data + w->at, *end;

		end = memchr(line, '\n', w->end - w->at);
		if (!end && !w->ended) {
			if (w->end - w->at > RECORD_BYTES_MAX)
				break; /* no record; the reader will say so */
			code = stream_fill(w, err);
			continue;
		}
		if (!end && w->at == w->end)
			break;
		end = end ? end : w->data + w->end;
		code = jsonl_names(n, line, end, err);
		w->at = (size_t)(end - w->data) + (w->at < w->end && end < w->data + w->end);
		lines++;
	}
	return code;
}

static struct schema
named_columns(const struct dict *names, enum format format, struct arena *arena)
{
	struct column *columns = arena_get(arena, names->count * sizeof(*columns));

	for (size_t i = 0; i < names->count; i++) {
		struct span name = dict_span(names, (uint32_t)i);

		columns[i].name = arena_bytes(arena, name.data, name.bytes);
		columns[i].type = format == FORMAT_CSV ? COL_STRING : COL_JSON;
	}
	return (struct schema){ columns, names->count };
}

static enum err_code
learn_lines(struct names *n, const char *file, const struct dialect *dialect, struct err *err)
{
	struct stream *w = NULL;
	enum err_code code = stream_open(&w, AT_FDCWD, file, n->path, err);

	if (code)
		return code;
	stream_recode(w, dialect->encoding);
	code = stream_fill(w, err);
	if (!code && w->end >= 3 && memcmp(w->data, "\xef\xbb\xbf", 3) == 0)
		w->at = 3; /* a byte order mark */
	if (!code)
		code = learn_jsonl(n, w, err);
	for (size_t i = 0; i < dialect->n_renames && !code; i++) {
		const char *theirs = dialect->renames[i].theirs;

		if (json_path_is(theirs))
			code = add_name(n, theirs, strlen(theirs), err);
	}
	stream_close(w);
	return code;
}

enum err_code
data_learn(const char *path, enum format format, const struct dialect *dialect, struct arena *arena,
	   struct schema *out, struct err *err)
{
	struct names n = { .path = path };
	enum err_code code;

	dict_init(&n.dict);
	code = format == FORMAT_CSV ? learn_csv(&n, path, dialect, err)
				    : learn_lines(&n, path, dialect, err);
	if (!code)
		*out = named_columns(&n.dict, format, arena);
	dict_release(&n.dict);
	return code;
}
