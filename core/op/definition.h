/*
 * definition.h - what the content of a partition depends on, besides its inputs.
 *
 * An operator says of each of its keys what it feeds: which rows there are, or columns of them.
 * Keys that cannot change the content (retries, checks that only judge) are not said at all.
 * Values are the canonical ones, not the text: a default that is written out is the same
 * definition, and so is another order of keys.
 *
 *   {"operator": "dedup 1", "keys": {"key": {"value": "event_id", "feeds": "rows"}}}
 */
#ifndef CORE_OP_DEFINITION_H
#define CORE_OP_DEFINITION_H

#include "core/base/json.h"
#include "core/model/dag.h"
#include "core/op/from.h"

/* Fed by keys that say which rows there are: all columns with them. */
#define FEEDS_ROWS "rows"

struct definition {
	const struct dag *dag;
	json_t *keys;
};

/* A key and its value; `feeds`: FEEDS_ROWS, or names of columns with spaces between them. */
void define(struct definition *d, const char *key, const char *feeds, const char *fmt, ...)
    PRINTF_LIKE(4, 5);

/* As define(), of a number, with as few digits as tell it from others. */
void define_real(struct definition *d, const char *key, const char *feeds, double value);

/* As define(), of a list of texts. */
void define_texts(struct definition *d, const char *key, const char *feeds,
		  const char *const *texts, size_t n);

/* As define(), of a template, and with it the defaults of the params that it names. */
void define_template(struct definition *d, const char *key, const char *feeds, template_text text);

/*
 * As define(), of an expression, and with it the defaults of the params that it names, which say
 * which rows there are as it does.
 */
void define_expression(struct definition *d, const char *key, const char *feeds, const char *text);

/* How files of others are read: `from:` of any operator; all of it says which rows there are. */
void define_dialect(struct definition *d, const struct dialect *dialect);

/* `from:` of a score; one that reads a dataset says nothing here. */
void define_from(struct definition *d, const struct op_from *from);

/* The digests of a definition, for what is written with some columns. */
struct definition_digests {
	char all[DIGEST_CHARS + 1];
	char rows[DIGEST_CHARS + 1];
	char (*columns)[DIGEST_CHARS + 1]; /* of the schema, in its order; for free() */
};

/* Compute them.  `definition` is the object above; *out is zeroed for one that is none. */
void definition_digests(const json_t *definition, const struct schema *written,
			struct definition_digests *out);

#endif
