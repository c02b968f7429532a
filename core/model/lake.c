/* lake.c - where the partitions of a dataset live. */
#include "core/model/lake.h"

#include "core/time/civil.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

#define PARTITION_KEY "event_date="

static_assert(sizeof(PARTITION_KEY) - 1 + DATE_CHARS == PARTITION_CHARS, "a partition's name");

void
lake_partition(int64_t day, char out[PARTITION_CHARS + 1])
{
	memcpy(out, PARTITION_KEY, sizeof(PARTITION_KEY) - 1);
	date_format(day, out + sizeof(PARTITION_KEY) - 1);
}

bool
lake_partition_parse(const char *name, int64_t *day)
{
	return strncmp(name, PARTITION_KEY, sizeof(PARTITION_KEY) - 1) == 0 &&
	       strlen(name) == PARTITION_CHARS &&
	       date_parse(name + sizeof(PARTITION_KEY) - 1, DATE_CHARS, day);
}

char *
lake_path(struct arena *arena, const char *dir, const char *path)
{
	struct buf joined;
	char *out;

	if (*path == '/')
		return arena_str(arena, path);
	buf_init(&joined, SIZE_MAX);
	buf_format(&joined, "%s/%s", dir, path);
	out = arena_bytes(arena, joined.data, joined.bytes);
	buf_release(&joined);
	return out;
}

/* "lake/.tidemill-lake/events/" of "lake/events". */
static void
add_private(const char *path, struct buf *out)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;

	buf_add(out, path, (size_t)(name - path));
	buf_format(out, LAKE_DIR "/%s/", name);
}

void
lake_live(const char *path, int64_t day, struct buf *out)
{
	char partition[PARTITION_CHARS + 1];

	lake_partition(day, partition);
	buf_format(out, "%s/%s", path, partition);
}

void
lake_staging(const char *path, int64_t attempt, struct buf *out)
{
	add_private(path, out);
	buf_format(out, "staging/a%" PRId64, attempt);
}

void
lake_versions(const char *path, int64_t day, struct buf *out)
{
	char partition[PARTITION_CHARS + 1];

	lake_partition(day, partition);
	add_private(path, out);
	buf_format(out, "versions/%s", partition);
}

void
lake_version(const char *path, int64_t day, int64_t version, const char *digest, struct buf *out)
{
	lake_versions(path, day, out);
	buf_format(out, "/%06" PRId64 "-%.8s", version, digest);
}
