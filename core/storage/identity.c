/* identity.c - what tells a file from one that took its place, or was written to. */
#include "core/storage/identity.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

void
identity_of(const struct stat *st, char out[IDENTITY_CHARS + 1])
{
	(void)snprintf(out, IDENTITY_CHARS + 1, "%" PRIu64 ":%" PRId64 ".%09ld:%" PRId64 ".%09ld",
		       (uint64_t)st->st_ino, (int64_t)st->st_mtim.tv_sec, st->st_mtim.tv_nsec,
		       (int64_t)st->st_ctim.tv_sec, st->st_ctim.tv_nsec);
}

bool
identity_is(const struct stat *st, const struct manifest_file *recorded)
{
	char identity[IDENTITY_CHARS + 1];

	if (!recorded->identity[0] || st->st_size != recorded->bytes)
		return false;
	identity_of(st, identity);
	return strcmp(identity, recorded->identity) == 0;
}
