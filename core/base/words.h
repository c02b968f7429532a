/*
 * words.h - which of several names a text is: of a few, or of many by halving; which there are.
 */
#ifndef CORE_BASE_WORDS_H
#define CORE_BASE_WORDS_H

#include "core/base/buf.h"

#include <string.h>

/* Are the texts equal?  Of two words of a table the first characters mostly differ. */
static inline bool
same_text(const char *a, const char *b)
{
	return *a == *b && !strcmp(a, b);
}

/* Which of n words a text is, or -1; NULL is none of them. */
int words_at(const char *const *words, size_t n, const char *text);

/* A name and where it stands in the array that is indexed. */
struct name_at {
	const char *name; /* borrowed */
	uint32_t at;
};

/* The index; the caller owns the items.  Zero is an index of nothing. */
struct name_index {
	struct name_at *items; /* sorted by name once names_sort() was here */
	size_t count;
};

/* Put the items in the order that names_find() needs: by name, byte by byte, then by `at`. */
void names_sort(struct name_index *names);

/* The `at` of a name in a sorted index, or -1.  Of equal names it gives the least. */
int names_find(const struct name_index *names, const char *name);

/* Append "a, b or c"; a word of one character stands in quotes. */
void words_or(const char *const *words, size_t n, struct buf *out);

#endif
