/* code.c - the code of every mistake that a file can have, and what it means. */
#include "core/text/code.h"

#include <assert.h>
#include <strings.h>

static const struct code_row rows[] = {
#define CODE(id, level, name, meaning, text, example) \
	[id] = { #id, name, DIAG_##level, meaning, text, example },
#include "core/text/codes.inc"
#undef CODE
};

const struct code_row *
code_row(enum code code)
{
	assert((size_t)code < countof(rows));
	return &rows[code];
}

const struct code_row *
code_find(const char *word)
{
	for (size_t i = 0; i < countof(rows); i++) {
		if (strcasecmp(word, rows[i].id) == 0 || strcasecmp(word, rows[i].name) == 0)
			return &rows[i];
	}
	return NULL;
}
