/* library.c - which libraries the program works with, and of which version. */
#include "core/base/library.h"

#include <stdio.h>

void
library_add(struct library_list *list, const char *name, const char *version)
{
	struct library *l = &list->items[list->n];

	if (list->n == LIBRARIES_MAX)
		return;
	list->n++;
	l->name = name;
	(void)snprintf(l->version, sizeof(l->version), "%s", version);
}

void
library_add_numbers(struct library_list *list, const char *name, unsigned major, unsigned minor,
		    unsigned patch)
{
	char text[LIBRARY_VERSION_CHARS + 1];

	(void)snprintf(text, sizeof(text), "%u.%u.%u", major, minor, patch);
	library_add(list, name, text);
}
