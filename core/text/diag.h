/*
 * diag.h - mistakes in a file, as a compiler would show them.
 *
 *   dags/sales.yaml:14:18: error: task 'load' needs 'extrct', which is not a task of this dag
 *      14 |     needs: [extrct]
 *         |             ^^^^^^
 *         = help: did you mean 'extract'?
 */
#ifndef CORE_TEXT_DIAG_H
#define CORE_TEXT_DIAG_H

#include "core/base/buf.h"

enum diag_level { DIAG_ERROR, DIAG_WARNING };

struct diag {
	enum diag_level level;
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

void diags_init(struct diags *d);
void diags_release(struct diags *d);

/*
 * Add one.  `text` is the whole file, `text_bytes` long (NULL: no source line
 * is shown).  help may be NULL.  Everything is copied.
 */
struct place {
	const char *file, *text;
	size_t text_bytes;
	uint32_t line, column, width;
};
void diags_add(struct diags *d, enum diag_level level, const struct place *at, const char *help,
	       const char *fmt, ...) PRINTF_LIKE(5, 6);

/* By file, then line, then column. */
void diags_sort(struct diags *d);

/* As above, for people.  `color` wraps level and caret in SGR codes. */
void diags_render(const struct diags *d, bool color, struct buf *out);

/*
 * The nearest of n words to `word` by Damerau-Levenshtein distance, if it is at
 * most a third of the longer length (and at least 1 is allowed); else NULL.
 */
const char *diag_nearest(const char *word, const char *const *words, size_t n);

#endif
