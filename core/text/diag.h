/*
 * diag.h - mistakes in a file, as a compiler would show them.
 *
 *   sales.yaml:14:18: error: task 'load' needs 'extrct', which is not a task of this dag [E0303]
 *      14 |     needs: [extrct]
 *         |             ^^^^^^
 *         = help: did you mean 'extract'?
 */
#ifndef CORE_TEXT_DIAG_H
#define CORE_TEXT_DIAG_H

#include "core/base/buf.h"
#include "core/text/code.h"

struct diag {
	enum diag_level level;
	const char *code; /* "E0201" */
	char *file;
	uint32_t line, column; /* from 1, column in code points; 0: the file as a whole */
	uint32_t width;        /* code points under the caret, at least 1 */
	char *message;         /* one sentence, lower case, no period */
	char *help;            /* or NULL */
	char *source;          /* the source line, without its end, or NULL */
};

/* At most DIAGS_MAX are kept; the rest are counted. */
enum { DIAGS_MAX = 200 };

struct diags {
	struct diag *items;
	size_t count, room;
	size_t errors, warnings; /* all of them, also those not kept */
};

/* None yet. */
void diags_init(struct diags *d);

/* Free them all; d is as after diags_init() and may be used again. */
void diags_release(struct diags *d);

/* Where a mistake is.  `text` is the whole file, `text_bytes` long; NULL: no line is shown. */
struct place {
	const char *file, *text;
	size_t text_bytes;
	uint32_t line, column, width;
	const char *origin; /* the other file that says so as well, which the message ends with */
	uint32_t origin_line, origin_column;
};

/*
 * The byte of `text` at a line and a column, from 1, the column in code points; `bytes` when
 * there is no such place.  A byte order mark is not counted.
 */
size_t place_byte(const char *text, size_t bytes, uint32_t line, uint32_t column);

/*
 * Add one of a kind: its code says whether it is an error or a warning.  fmt is
 * one sentence, lower case, without a period; help may be NULL.  Everything is
 * copied.
 */
void diags_say(struct diags *d, enum code code, const struct place *at, const char *help,
	       const char *fmt, ...) PRINTF_LIKE(5, 6);

/* By file, then line, then column. */
void diags_sort(struct diags *d);

/*
 * As above, for people.  `color` wraps level and caret in SGR codes.  On a terminal of so many
 * columns sentences are broken between words, and a source line is cut around its caret; 0: none.
 */
void diags_render(const struct diags *d, bool color, size_t columns, struct buf *out);

/*
 * The nearest of n words to `word` by Damerau-Levenshtein distance, if it is at
 * most a third of the longer length (and at least 1 is allowed); else NULL.
 */
const char *diag_nearest(const char *word, const char *const *words, size_t n);

#endif
