/*
 * code.h - the code of every mistake that a file can have, and what it means.
 *
 * The rows stand in codes.inc.  A code is for ever: it is never given to another
 * mistake, and one that is no longer reported keeps its row's number unused.
 */
#ifndef CORE_TEXT_CODE_H
#define CORE_TEXT_CODE_H

#include "core/base/base.h"

/* An error keeps a file from being used, a warning does not. */
enum diag_level { DIAG_ERROR, DIAG_WARNING };

enum code {
#define CODE(id, level, name, meaning, text, example) id,
#include "core/text/codes.inc"
#undef CODE
	CODE_COUNT,
};

/* What is known of one code; all of it is text that lives as long as the program. */
struct code_row {
	const char *id;   /* "E0201" */
	const char *name; /* "unknown-key" */
	enum diag_level level;
	const char *meaning; /* what is wrong, one line without a period */
	const char *text;    /* why it is a mistake and what to do: sentences, one paragraph */
	const char *example; /* a whole DAG file with this mistake; NULL: one file cannot show it */
};

/* The row of a code below CODE_COUNT. */
const struct code_row *code_row(enum code code);

/*
 * The row that a person means by "E0201", "e0201" or "unknown-key"; NULL: there
 * is none.
 */
const struct code_row *code_find(const char *word);

#endif
