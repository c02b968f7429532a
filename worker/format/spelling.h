/*
 * spelling.h - how values are spelled in files that differ from the plain form of their format.
 *
 * A dialect made ready for one file: the patterns of its columns, its time zone, its words for
 * null.  Which values are right follows from docs/FORMATS.md; nothing is guessed.
 */
#ifndef WORKER_FORMAT_SPELLING_H
#define WORKER_FORMAT_SPELLING_H

#include "core/model/dialect.h"
#include "worker/rows/value.h"

struct spelling;

/* Both have to outlive it.  ERR_SYSTEM: this machine does not have the time zone. */
enum err_code spelling_open(struct spelling **out, const struct dialect *dialect,
			    const struct schema *schema, struct err *err) MUST_CHECK;

/* Free it; NULL is fine. */
void spelling_free(struct spelling *s);

/* Is it one of the words for null? */
bool spelling_is_null(const struct spelling *s, struct span text);

/* May a column that is no number be written as a JSON number? */
bool spelling_takes_number(const struct spelling *s, size_t column);

/* As value_parse() of value.h, for column number `column` of the schema. */
enum value_status spelling_parse(const struct spelling *s, size_t column, struct col *c, size_t at,
				 struct span text, struct day_memo *memo);

/*
 * Why spelling_parse() refused a text, behind "'31.02.2026' is no timestamp": " in the form
 * '%d.%m.%Y'"; "" when there is nothing to say.
 */
void spelling_explain(const struct spelling *s, size_t column, struct span text, char *out,
		      size_t bytes);

#endif
