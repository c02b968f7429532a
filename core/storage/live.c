/* live.c - the manifest of a partition that is there, read from this machine's directories. */
#include "core/storage/live.h"

#include "core/base/mem.h"
#include "core/lake/lake.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>

enum err_code
manifest_load_part(struct manifest *out, enum manifest_part part, int dir, const char *path,
		   struct err *err)
{
	char *name = mem_format("%s/" MANIFEST_FILE, path);
	enum err_code code;
	struct buf text;

	buf_init(&text, MANIFEST_BYTES_MAX);
	code = buf_read_file(&text, dir, name, err);
	if (!code)
		code = manifest_read_part(out, part, text.data, text.bytes, name, err);
	buf_release(&text);
	free(name);
	return code;
}

enum err_code
manifest_load(struct manifest *out, int dir, const char *path, struct err *err)
{
	return manifest_load_part(out, MANIFEST_WHOLE, dir, path, err);
}

enum err_code
manifest_live(struct manifest *out, enum manifest_part part, const char *path, struct grid grid,
	      int64_t of, struct err *err)
{
	enum err_code code;
	struct buf live;

	buf_init(&live, SIZE_MAX);
	lake_live(path, grid, of, &live);
	code = manifest_load_part(out, part, AT_FDCWD, live.data, err);
	buf_release(&live);
	return code;
}
