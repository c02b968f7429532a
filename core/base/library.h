/*
 * library.h - which libraries the program works with, and of which version.
 *
 * The file that owns a library adds it; the one that loads it when it is needed loads it for that.
 */
#ifndef CORE_BASE_LIBRARY_H
#define CORE_BASE_LIBRARY_H

#include "core/base/err.h"

enum { LIBRARIES_MAX = 16, LIBRARY_VERSION_CHARS = 63 };

struct library {
	const char *name; /* as people call it */
	char version[LIBRARY_VERSION_CHARS + 1];
};

struct library_list {
	struct library items[LIBRARIES_MAX];
	size_t n;
};

/* Add one, if there is room. */
void library_add(struct library_list *list, const char *name, const char *version);

/* The same, of a version in three numbers. */
void library_add_numbers(struct library_list *list, const char *name, unsigned major,
			 unsigned minor, unsigned patch);

#endif
