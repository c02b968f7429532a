/* storage.c - the table of storages that the scheduler can publish to. */
#include "scheduler/publish/storage.h"

static const struct storage *const rows[] = {
	&storage_local,
};

enum err_code
storage_of(const char *path, const struct storage **out, struct err *err)
{
	*out = storage_find(rows, countof(rows), path);
	if (*out)
		return ERR_NONE;
	return err_set(err, ERR_INPUT, "'%s': nothing is known that could publish there", path);
}
