/* words.c - which of several names a text is: of a few, or of many by halving; which there are. */
#include "core/base/words.h"

#include <stdlib.h>
#include <string.h>

int
words_at(const char *const *words, size_t n, const char *text)
{
	for (size_t i = 0; text && i < n; i++)
		if (!strcmp(words[i], text))
			return (int)i;
	return -1;
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(((const struct name_at *)a)->name, ((const struct name_at *)b)->name);
}

void
names_sort(struct name_index *names)
{
	if (names->count)
		qsort(names->items, names->count, sizeof(*names->items), by_name);
}

int
names_find(const struct name_index *names, const char *name)
{
	struct name_at want = { .name = name };
	const struct name_at *found = NULL;

	if (names->count)
		found = bsearch(&want, names->items, names->count, sizeof(want), by_name);
	return found ? (int)found->at : -1;
}

void
words_or(const char *const *words, size_t n, struct buf *out)
{
	for (size_t i = 0; i < n; i++)
		buf_format(out, words[i][1] ? "%s%s" : "%s'%s'",
			   i == 0      ? ""
			   : i + 1 < n ? ", "
				       : " or ",
			   words[i]);
}
