/* size.h - an amount of bytes in words that people read. */
#ifndef CORE_BASE_SIZE_H
#define CORE_BASE_SIZE_H

#include "core/base/base.h"

enum { SIZE_CHARS = 32 };

/* "812 B", "97.1 MiB", "64 MiB", "1.5 GiB". */
void size_format(int64_t bytes, char out[SIZE_CHARS]);

#endif
