/* storage.c - which storage a path belongs to. */
#include "core/storage/storage.h"

#include <string.h>

const struct storage *
storage_find(const struct storage *const *rows, size_t n, const char *path)
{
	const char *end = *path == '/' ? NULL : strstr(path, "://");
	size_t chars = end ? (size_t)(end - path) : 0;

	for (size_t i = 0; i < n; i++)
		if (strlen(rows[i]->scheme) == chars && !strncmp(rows[i]->scheme, path, chars))
			return rows[i];
	return NULL;
}
