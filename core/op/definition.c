/* definition.c - what the content of a partition depends on, besides its inputs. */
#include "core/op/definition.h"

#include "core/base/hash.h"
#include "core/base/mem.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Longer values stand for themselves by their digest: definitions are kept for each that was. */
enum { VALUE_BYTES_MAX = 200 };

static void
put(struct definition *d, const char *key, const char *feeds, const struct buf *value)
{
	json_t *item = json_object();
	char digest[DIGEST_CHARS + 1], *text;

	if (value->bytes <= VALUE_BYTES_MAX) {
		json_object_set_new(item, "value", json_text_new(value->data ? value->data : ""));
	} else {
		digest_of(value->data, value->bytes, digest);
		text = mem_format("%.*s... (sha256:%.16s)", 40, value->data, digest);
		json_object_set_new(item, "value", json_text_new(text));
		free(text);
	}
	json_object_set_new(item, "feeds", json_string(feeds));
	json_object_set_new(d->keys, key, item);
}

void
define(struct definition *d, const char *key, const char *feeds, const char *fmt, ...)
{
	struct buf value;
	va_list ap;
	char *text;
	int bytes;

	va_start(ap, fmt);
	bytes = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	assert(bytes >= 0);
	text = mem_new((size_t)bytes + 1, 1);
	va_start(ap, fmt);
	(void)vsnprintf(text, (size_t)bytes + 1, fmt, ap);
	va_end(ap);
	buf_init(&value, SIZE_MAX);
	buf_text(&value, text);
	put(d, key, feeds, &value);
	buf_release(&value);
	free(text);
}

void
define_real(struct definition *d, const char *key, const char *feeds, double value)
{
	char text[32];

	(void)snprintf(text, sizeof(text), "%.15g", value);
	if (strtod(text, NULL) < value || strtod(text, NULL) > value)
		(void)snprintf(text, sizeof(text), "%.17g", value);
	define(d, key, feeds, "%s", text);
}

/* Texts so that no two lists give the same value. */
static void
add_texts(struct buf *out, const char *const *texts, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		json_t *text = json_text_new(texts[i]);

		if (i)
			buf_text(out, ", ");
		if (strpbrk(texts[i], ",\"\\ "))
			json_write(text, out);
		else
			buf_text(out, texts[i]);
		json_decref(text);
	}
}

void
define_texts(struct definition *d, const char *key, const char *feeds, const char *const *texts,
	     size_t n)
{
	struct buf value;

	buf_init(&value, SIZE_MAX);
	add_texts(&value, texts, n);
	put(d, key, feeds, &value);
	buf_release(&value);
}

/* Does a template name this param?  A longer name that begins like it does no harm. */
static bool
names_param(template_text text, const char *param)
{
	for (const char *at = text; (at = strstr(at, "params.")) != NULL; at++)
		if (strncmp(at + strlen("params."), param, strlen(param)) == 0)
			return true;
	return false;
}

void
define_template(struct definition *d, const char *key, const char *feeds, template_text text)
{
	const struct dag *dag = d->dag;

	define_texts(d, key, feeds, &text, text ? 1 : 0);
	for (size_t i = 0; text && i < dag->n_params; i++) {
		char *name;

		if (!names_param(text, dag->params[i].name))
			continue;
		name = mem_format("params.%s", dag->params[i].name);
		/* Named twice it may feed more than either says. */
		define(d, name, json_object_get(d->keys, name) ? FEEDS_ROWS : feeds, "%s",
		       dag->params[i].value ? dag->params[i].value : "");
		free(name);
	}
}

/* Is `name` behind a point somewhere, blanks and backticks aside?  In a text that does no harm. */
static bool
is_part(const char *text, const char *name)
{
	for (const char *at = text; (at = strstr(at, name)) != NULL; at++) {
		const char *before = at;

		while (before > text && strchr("` \t\r\n", before[-1]))
			before--;
		if (before > text && before[-1] == '.')
			return true;
	}
	return false;
}

void
define_expression(struct definition *d, const char *key, const char *feeds, const char *text)
{
	const struct dag *dag = d->dag;

	define(d, key, feeds, "%s", text);
	for (size_t i = 0; i < dag->n_params; i++) {
		char *name;

		if (!is_part(text, dag->params[i].name))
			continue;
		name = mem_format("params.%s", dag->params[i].name);
		define(d, name, json_object_get(d->keys, name) ? FEEDS_ROWS : feeds, "%s",
		       dag->params[i].value ? dag->params[i].value : "");
		free(name);
	}
}

/* ---- files ---- */

static void
define_char(struct definition *d, const char *key, char c)
{
	if (c)
		define(d, key, FEEDS_ROWS, "%c", c);
}

static void
define_pairs(struct definition *d, const struct dialect *dialect)
{
	for (size_t i = 0; i < dialect->n_patterns; i++) {
		const struct dialect_pattern *p = &dialect->patterns[i];
		char *key = mem_format("from.%s_format.%s", col_type_name(p->type),
				       p->column ? p->column : "*");

		define(d, key, FEEDS_ROWS, "%s", p->pattern);
		free(key);
	}
	for (size_t i = 0; i < dialect->n_renames; i++) {
		char *key = mem_format("from.rename.%s", dialect->renames[i].theirs);

		define(d, key, FEEDS_ROWS, "%s", dialect->renames[i].ours);
		free(key);
	}
}

void
define_dialect(struct definition *d, const struct dialect *dialect)
{
	const struct {
		const char *key;
		int value;
	} numbers[] = {
		{ "from.no_quote", dialect->no_quote },
		{ "from.no_header", dialect->no_header },
		{ "from.skip_rows", dialect->skip_rows },
		{ "from.dst_gap", (int)dialect->dst_gap },
		{ "from.dst_overlap", (int)dialect->dst_overlap },
	};

	if (!dialect->differs)
		return;
	define_char(d, "from.delimiter", dialect->delimiter == ',' ? '\0' : dialect->delimiter);
	define_char(d, "from.quote", dialect->quote == '"' ? '\0' : dialect->quote);
	define_char(d, "from.escape", dialect->escape);
	define_char(d, "from.decimal", dialect->decimal == '.' ? '\0' : dialect->decimal);
	for (size_t i = 0; i < countof(numbers); i++)
		if (numbers[i].value)
			define(d, numbers[i].key, FEEDS_ROWS, "%d", numbers[i].value);
	if (dialect->encoding != ENCODING_UTF8)
		define(d, "from.encoding", FEEDS_ROWS, "%s", encoding_words[dialect->encoding]);
	if (dialect->thousands)
		define(d, "from.thousands", FEEDS_ROWS, "%s", dialect->thousands);
	if (dialect->n_null_values)
		define_texts(d, "from.null_values", FEEDS_ROWS, dialect->null_values,
			     dialect->n_null_values);
	if (dialect->timezone && strcmp(dialect->timezone, "UTC") != 0)
		define(d, "from.timezone", FEEDS_ROWS, "%s", dialect->timezone);
	define_pairs(d, dialect);
}

void
define_from(struct definition *d, const struct op_from *from)
{
	if (!from->path)
		return;
	define_template(d, "from.path", FEEDS_ROWS, from->path);
	define(d, "from.format", FEEDS_ROWS, "%s", format_name(from->format));
	define_texts(d, "from.dedup", FEEDS_ROWS, from->dedup, from->n_dedup);
	define(d, "window", FEEDS_ROWS, "%dd", from->days);
	define_dialect(d, &from->dialect);
	for (size_t i = 0; i < from->schema.count; i++) {
		char *key = mem_format("from.columns.%s", from->schema.columns[i].name);

		define(d, key, FEEDS_ROWS, "%s", col_type_name(from->schema.columns[i].type));
		free(key);
	}
}

/* ---- digests ---- */

static void
add_word(struct digest *d, const char *text)
{
	digest_add(d, text, strlen(text) + 1);
}

/* Is a column among those, with spaces between them, that a key feeds? */
static bool
is_fed(const char *feeds, const char *column)
{
	size_t bytes = strlen(column);

	for (const char *at = feeds; (at = strstr(at, column)) != NULL; at += bytes)
		if ((at == feeds || at[-1] == ' ') && (!at[bytes] || at[bytes] == ' '))
			return true;
	return false;
}

/* Keys in the order of their names that feed `column`; NULL: the rows. */
static void
digest_keys(const json_t *definition, const char *column, struct digest *d)
{
	json_t *keys = json_object_get(definition, "keys"), *sorted = json_object();
	const char *key;
	json_t *item;
	char *text;

	json_object_foreach(keys, key, item)
	{
		const char *feeds = json_get_text(item, "feeds", FEEDS_ROWS);

		if (column ? is_fed(feeds, column) : strcmp(feeds, FEEDS_ROWS) == 0)
			json_object_set(sorted, key, json_object_get(item, "value"));
	}
	text = json_dumps(sorted, JSON_COMPACT | JSON_SORT_KEYS);
	add_word(d, json_get_text(definition, "operator", ""));
	add_word(d, text);
	free(text);
	json_decref(sorted);
}

void
definition_digests(const json_t *definition, const struct schema *written,
		   struct definition_digests *out)
{
	struct digest all, one;

	*out = (struct definition_digests){ 0 };
	if (!json_is_object(definition))
		return;
	out->columns = mem_new(written->count, sizeof(*out->columns));
	digest_init(&one);
	digest_keys(definition, NULL, &one);
	digest_end(&one, out->rows);
	digest_init(&all);
	add_word(&all, out->rows);
	for (size_t i = 0; i < written->count; i++) {
		const struct column *c = &written->columns[i];

		digest_init(&one);
		add_word(&one, c->name);
		add_word(&one, col_type_name(c->type));
		digest_keys(definition, c->name, &one);
		digest_end(&one, out->columns[i]);
		add_word(&all, out->columns[i]);
	}
	digest_end(&all, out->all);
}
