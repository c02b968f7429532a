/* words.c - which of several names a text is: of a few, or of many by halving; which there are. */
#include "core/base/words.h"

#include <stdlib.h>
#include <string.h>

int
words_at(const char *const *words, size_t n, const char *text)
{
	for (size_t i = 0; text && i < n; i++)
		if (same_text(words[i], text))
			return (int)i;
	return -1;
}

static int
by_name(const void *a, const void *b)
{
	const struct name_at *x = a, *y = b;
	int order = strcmp(x->name, y->name);

	if (order)
		return order;
	return x->at < y->at ? -1 : x->at > y->at;
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
	size_t low = 0, high = names->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(names->items[middle].name, name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == names->count || strcmp(names->items[low].name, name) != 0)
		return -1;
	return (int)names->items[low].at;
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
