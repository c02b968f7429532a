/* size.h - an amount of bytes in words that people read. */
#ifndef CORE_BASE_SIZE_H
#define CORE_BASE_SIZE_H

#include "core/base/base.h"

enum { SIZE_CHARS = 32 };

/*
 * "812 B", "97.1 MiB", "64 MiB", "1.5 GiB"; gives out.  What people read has sizes so; what they
 * type, in a file or after "write", has no space: 64MiB.
 */
const char *size_format(int64_t bytes, char out[SIZE_CHARS]);

/* The same where it is said; it is there until the block ends. */
#define SIZE_TEXT(bytes) size_format((int64_t)(bytes), (char[SIZE_CHARS]){ "" })

#endif
