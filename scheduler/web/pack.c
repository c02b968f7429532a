/* pack.c - answers as gzip, for a client that takes it. */
#include "scheduler/web/pack.h"

#include "core/base/mem.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <zlib.h>

enum { GZIP_WINDOW_BITS = 15 + 16, GZIP_MEMORY = 8 };

/* One item of the list: "gzip", and not "gzip;q=0" in any spelling of nothing. */
static bool
takes_gzip(const char *item, size_t bytes)
{
	size_t name = strcspn(item, " \t;,");
	const char *q = memchr(item, '=', bytes);
	size_t n = q ? strspn(++q, "0. \t") : 0;

	if (name != 4 || strncasecmp(item, "gzip", name) != 0)
		return false;
	return !q || q + n < item + bytes;
}

bool
pack_accepted(const char *header)
{
	const char *p = header ? header : "";

	for (size_t bytes; *p; p += bytes) {
		p += strspn(p, ", \t");
		bytes = strcspn(p, ",");
		if (takes_gzip(p, bytes))
			return true;
	}
	return false;
}

bool
pack_gzip(struct buf *b)
{
	z_stream z = { 0 };
	size_t room;
	char *packed;
	int rc;

	/* Text of pages shrinks to a tenth at the fastest level. */
	if (b->bytes > UINT32_MAX / 2 ||
	    deflateInit2(&z, Z_BEST_SPEED, Z_DEFLATED, GZIP_WINDOW_BITS, GZIP_MEMORY,
			 Z_DEFAULT_STRATEGY) != Z_OK)
		return false;
	room = deflateBound(&z, (uLong)b->bytes);
	packed = mem_new(room, 1);
	z.next_in = (Bytef *)b->data;
	z.avail_in = (uInt)b->bytes;
	z.next_out = (Bytef *)packed;
	z.avail_out = (uInt)room;
	rc = deflate(&z, Z_FINISH);
	if (rc == Z_STREAM_END) {
		buf_reset(b);
		buf_add(b, packed, room - z.avail_out);
	}
	(void)deflateEnd(&z);
	free(packed);
	return rc == Z_STREAM_END;
}
