/* lake.c - where the partitions of a dataset live. */
#include "core/lake/lake.h"

#include "core/time/grid.h"

#include <inttypes.h>
#include <string.h>

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
lake_live(const char *path, struct grid grid, int64_t part, struct buf *out)
{
	char partition[GRID_KEY_CHARS + 1];

	grid_key(grid, part, partition);
	buf_format(out, "%s/%s", path, partition);
}

void
lake_staging(const char *path, int64_t attempt, struct buf *out)
{
	add_private(path, out);
	buf_format(out, "staging/a%" PRId64, attempt);
}

void
lake_versions(const char *path, struct grid grid, int64_t part, struct buf *out)
{
	char partition[GRID_KEY_CHARS + 1];

	grid_key(grid, part, partition);
	add_private(path, out);
	buf_format(out, "versions/%s", partition);
}

void
lake_version(const char *path, struct grid grid, int64_t part, int64_t version, const char *digest,
	     struct buf *out)
{
	lake_versions(path, grid, part, out);
	buf_format(out, "/%06" PRId64 "-%.8s", version, digest);
}
