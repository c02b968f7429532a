/*
 * utf8.h - which bytes are UTF-8 (RFC 3629).  Pure.
 */
#ifndef WORKER_ROWS_UTF8_H
#define WORKER_ROWS_UTF8_H

#include "core/base/base.h"

/* The length of the well-formed UTF-8 sequence at the start, or 0. */
size_t utf8_length(const unsigned char *p, size_t bytes);

/* All of it is well-formed UTF-8. */
bool utf8_valid(const char *text, size_t bytes);

#endif
