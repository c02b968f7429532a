/*
 * pack.h - answers as gzip, for a client that takes it.  Pure.
 */
#ifndef SCHEDULER_WEB_PACK_H
#define SCHEDULER_WEB_PACK_H

#include "core/base/buf.h"

enum { PACK_BYTES_MIN = 1024 }; /* less is not worth it */

/* Does an Accept-Encoding header (NULL: there is none) take gzip?  "*" is not asked to mean it. */
bool pack_accepted(const char *header);

/* The bytes as one gzip member, instead of what they were.  False: they are as they were. */
bool pack_gzip(struct buf *b);

#endif
