/* dialect.c - how files of others differ from the plain form of their format. */
#include "core/model/dialect.h"

#include "core/base/words.h"
#include "core/model/json_path.h"
#include "core/time/pattern.h"
#include "core/time/zone.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { SKIP_ROWS_MAX = 1000000, ENTRIES_MAX = 1000, WORD_BYTES_MAX = 1000 };

#define OF(format) (1U << (format))
#define OF_CSV OF(FORMAT_CSV)
#define OF_TEXT (OF(FORMAT_CSV) | OF(FORMAT_JSONL))
#define OF_ALL (OF_TEXT | OF(FORMAT_PARQUET))

#define SET(name)                                                                      \
	static enum err_code name(struct dialect *d, const char *of, const char *text, \
				  struct arena *arena, struct err *err)

const char *const encoding_words[ENCODING_COUNT + 1] = { "utf-8",  "latin1",   "cp1252",
							 "utf-16", "utf-16le", "utf-16be" };

/* The place of a text among words; -1: it is none of them, and err says so. */
static int
word_of(const char *text, const char *const *words, size_t n, struct err *err)
{
	struct buf list;

	for (size_t i = 0; i < n; i++)
		if (strcmp(text, words[i]) == 0)
			return (int)i;
	buf_init(&list, SIZE_MAX / 2);
	words_or(words, n, &list);
	(void)err_set(err, ERR_INPUT, "it has to be %s, not '%.60s'", list.data, text);
	buf_release(&list);
	return -1;
}

/* Room for one more entry behind `n` of them, in the arena; NULL: there are too many. */
static void *
one_more(const void *old, size_t n, size_t bytes, struct arena *arena, struct err *err)
{
	void *more;

	if (n == ENTRIES_MAX) {
		(void)err_set(err, ERR_LIMIT, "it has more than %d entries", ENTRIES_MAX);
		return NULL;
	}
	more = arena_get(arena, (n + 1) * bytes);
	if (n)
		memcpy(more, old, n * bytes);
	return more;
}

/* One ASCII character that can stand in a line; a tab may be written as "\t" or tab. */
static enum err_code
one_character(const char *text, char *out, struct err *err)
{
	if (strcmp(text, "tab") == 0 || strcmp(text, "\\t") == 0)
		text = "\t";
	if (text[0] <= 0 || text[1] || text[0] == '\n' || text[0] == '\r' || text[0] == 0x7f)
		return err_set(err, ERR_INPUT, "it has to be one ASCII character, not '%.60s'",
			       text);
	*out = *text;
	return ERR_NONE;
}

SET(set_delimiter)
{
	(void)of;
	(void)arena;
	return one_character(text, &d->delimiter, err);
}

SET(set_quote)
{
	(void)of;
	(void)arena;
	d->no_quote = strcmp(text, "none") == 0;
	return d->no_quote ? ERR_NONE : one_character(text, &d->quote, err);
}

SET(set_escape)
{
	(void)of;
	(void)arena;
	return one_character(text, &d->escape, err);
}

SET(set_header)
{
	static const char *const words[] = { "true", "false" };
	int word = word_of(text, words, countof(words), err);

	(void)of;
	(void)arena;
	d->no_header = word == 1;
	return word < 0 ? ERR_INPUT : ERR_NONE;
}

SET(set_skip_rows)
{
	char *end;
	long n = strtol(text, &end, 10);

	(void)of;
	(void)arena;
	if (*text < '0' || *text > '9' || *end || n > SKIP_ROWS_MAX)
		return err_set(err, ERR_INPUT, "it has to be a number of lines from 0 to %d",
			       SKIP_ROWS_MAX);
	d->skip_rows = (int)n;
	return ERR_NONE;
}

/* The word for an encoding that others call so. */
static const char *
common_name(const char *text)
{
	static const struct {
		const char *theirs, *ours;
	} names[] = {
		{ "utf8", "utf-8" },          { "latin-1", "latin1" }, { "iso-8859-1", "latin1" },
		{ "windows-1252", "cp1252" }, { "utf16", "utf-16" },   { "utf-16-le", "utf-16le" },
		{ "utf-16-be", "utf-16be" },
	};

	for (size_t i = 0; i < countof(names); i++)
		if (strcasecmp(text, names[i].theirs) == 0)
			return names[i].ours;
	for (size_t i = 0; i < ENCODING_COUNT; i++)
		if (strcasecmp(text, encoding_words[i]) == 0)
			return encoding_words[i];
	return text;
}

SET(set_encoding)
{
	int word = word_of(common_name(text), encoding_words, ENCODING_COUNT, err);

	(void)of;
	(void)arena;
	if (word < 0)
		return ERR_INPUT;
	d->encoding = (enum encoding)word;
	return ERR_NONE;
}

SET(set_decimal)
{
	static const char *const words[] = { ".", "," };
	int word = word_of(text, words, countof(words), err);

	(void)of;
	(void)arena;
	if (word < 0)
		return ERR_INPUT;
	d->decimal = *words[word];
	return ERR_NONE;
}

/* A space stands for the narrow and for the wide one that never break, too. */
SET(set_thousands)
{
	static const char *const words[] = { ".", ",", "'", " ", "_", "\xe2\x80\x99" };
	int word = word_of(text, words, countof(words), err);

	(void)of;
	(void)arena;
	if (word < 0)
		return ERR_INPUT;
	d->thousands = words[word];
	return ERR_NONE;
}

SET(add_null_value)
{
	const char **words = one_more(d->null_values, d->n_null_values, sizeof(*words), arena, err);

	(void)of;
	if (!words)
		return ERR_LIMIT;
	if (strlen(text) > WORD_BYTES_MAX)
		return err_set(err, ERR_INPUT, "a word has more than %d bytes", WORD_BYTES_MAX);
	words[d->n_null_values++] = arena_str(arena, text);
	d->null_values = words;
	return ERR_NONE;
}

static enum err_code
add_pattern(struct dialect *d, enum col_type type, const char *column, const char *text,
	    struct arena *arena, struct err *err)
{
	struct dialect_pattern *all = one_more(d->patterns, d->n_patterns, sizeof(*all), arena,
					       err);
	enum err_code code;

	if (!all)
		return ERR_LIMIT;
	code = pattern_check(text, type == COL_DATE, err);
	if (code)
		return code;
	all[d->n_patterns++] = (struct dialect_pattern){ arena_str(arena, column),
							 arena_str(arena, text), type };
	d->patterns = all;
	return ERR_NONE;
}

SET(add_timestamp_format)
{
	return add_pattern(d, COL_TIMESTAMP, of, text, arena, err);
}

SET(add_date_format)
{
	return add_pattern(d, COL_DATE, of, text, arena, err);
}

SET(set_timezone)
{
	(void)of;
	if (!zone_is_known(text))
		return err_set(err, ERR_INPUT,
			       "there is no time zone '%.60s'; names are those of IANA, such as "
			       "Europe/Berlin",
			       text);
	d->timezone = arena_str(arena, text);
	return ERR_NONE;
}

SET(set_dst_gap)
{
	static const char *const words[] = { "reject", "shift" };
	int word = word_of(text, words, countof(words), err);

	(void)of;
	(void)arena;
	if (word < 0)
		return ERR_INPUT;
	d->dst_gap = (enum dst_gap)word;
	return ERR_NONE;
}

SET(set_dst_overlap)
{
	static const char *const words[] = { "earlier", "later", "reject" };
	int word = word_of(text, words, countof(words), err);

	(void)of;
	(void)arena;
	if (word < 0)
		return ERR_INPUT;
	d->dst_overlap = (enum dst_overlap)word;
	return ERR_NONE;
}

SET(add_rename)
{
	struct dialect_rename *all = one_more(d->renames, d->n_renames, sizeof(*all), arena, err);
	struct json_path path;

	if (!all)
		return ERR_LIMIT;
	if (!*of || !*text)
		return err_set(err, ERR_INPUT, "a name is empty");
	if (json_path_is(of) && !json_path_read(of, arena, &path))
		return err_set(err, ERR_INPUT, "'%.60s' is no path such as $.a.b or $.a[0]", of);
	for (size_t i = 0; i < d->n_renames; i++)
		if (strcmp(all[i].theirs, of) == 0)
			return err_set(err, ERR_INPUT, "'%.60s' is to be '%.60s' and '%.60s'", of,
				       all[i].ours, text);
	for (size_t i = 0; i < d->n_renames; i++)
		if (strcmp(all[i].ours, text) == 0)
			return err_set(err, ERR_INPUT, "'%.60s' and '%.60s' are both to be '%.60s'",
				       all[i].theirs, of, text);
	all[d->n_renames++] = (struct dialect_rename){ arena_str(arena, of),
						       arena_str(arena, text) };
	d->renames = all;
	return ERR_NONE;
}

static const struct dialect_key keys[] = {
	{ "delimiter", DIALECT_ONE, OF_CSV, set_delimiter },
	{ "quote", DIALECT_ONE, OF_CSV, set_quote },
	{ "escape", DIALECT_ONE, OF_CSV, set_escape },
	{ "header", DIALECT_ONE, OF_CSV, set_header },
	{ "skip_rows", DIALECT_ONE, OF_CSV, set_skip_rows },
	{ "encoding", DIALECT_ONE, OF_TEXT, set_encoding },
	{ "decimal", DIALECT_ONE, OF_CSV, set_decimal },
	{ "thousands", DIALECT_ONE, OF_CSV, set_thousands },
	{ "null_values", DIALECT_LIST, OF_TEXT, add_null_value },
	{ "timestamp_format", DIALECT_ONE_OR_MAP, OF_TEXT, add_timestamp_format },
	{ "date_format", DIALECT_ONE_OR_MAP, OF_TEXT, add_date_format },
	{ "timezone", DIALECT_ONE, OF_TEXT, set_timezone },
	{ "dst_gap", DIALECT_ONE, OF_TEXT, set_dst_gap },
	{ "dst_overlap", DIALECT_ONE, OF_TEXT, set_dst_overlap },
	{ "rename", DIALECT_MAP, OF_ALL, add_rename },
};

const struct dialect_key *
dialect_keys(size_t *n)
{
	*n = countof(keys);
	return keys;
}

const struct dialect_key *
dialect_key(const char *name)
{
	for (size_t i = 0; i < countof(keys); i++)
		if (same_text(keys[i].name, name))
			return &keys[i];
	return NULL;
}

enum err_code
dialect_set(struct dialect *d, const struct dialect_key *key, const char *of, const char *text,
	    struct arena *arena, struct err *err)
{
	d->differs = true;
	return key->set(d, of, text, arena, err);
}

enum err_code
dialect_check(const struct dialect *d, struct err *err)
{
	char delimiter = d->delimiter ? d->delimiter : ',';
	char quote = d->quote ? d->quote : '"';
	char decimal = d->decimal ? d->decimal : '.';

	if (!d->no_quote && delimiter == quote)
		return err_set(err, ERR_INPUT, "'delimiter' and 'quote' are the same character");
	if (d->escape && (d->no_quote || d->escape == delimiter))
		return err_set(err, ERR_INPUT, "'escape' is for quotes, of which there are %s",
			       d->no_quote ? "none" : "some, and no delimiter");
	if (d->thousands && *d->thousands == decimal)
		return err_set(err, ERR_INPUT, "'thousands' and 'decimal' are the same character");
	if (!d->timezone && (d->dst_gap || d->dst_overlap))
		return err_set(err, ERR_INPUT, "'dst_gap' and 'dst_overlap' need a 'timezone'");
	return ERR_NONE;
}

const char *
dialect_theirs(const struct dialect *d, const char *ours)
{
	for (size_t i = 0; d && i < d->n_renames; i++)
		if (strcmp(d->renames[i].ours, ours) == 0)
			return d->renames[i].theirs;
	return ours;
}

const char *
dialect_ours(const struct dialect *d, const char *theirs)
{
	for (size_t i = 0; d && i < d->n_renames; i++)
		if (strcmp(d->renames[i].theirs, theirs) == 0)
			return d->renames[i].ours;
	return theirs;
}

const char *
dialect_pattern_of(const struct dialect *d, const struct column *column)
{
	const char *found = NULL;

	for (size_t i = 0; i < d->n_patterns; i++) {
		const struct dialect_pattern *p = &d->patterns[i];

		if (p->type != column->type)
			continue;
		if (p->column && strcmp(p->column, column->name) == 0)
			return p->pattern;
		if (!p->column)
			found = p->pattern;
	}
	return found;
}
