/*
 * unicode.h - UTF-8 as Unicode defines it (RFC 3629): no overlong forms, no surrogates.
 */
#ifndef CORE_BASE_UNICODE_H
#define CORE_BASE_UNICODE_H

#include "core/base/base.h"

/* The length of the character at text, of which `room` bytes are there; 0: it is none. */
size_t unicode_bytes(const char *text, size_t room);

/* Could more bytes behind these `room` make a character of them? */
bool unicode_begins(const char *text, size_t room);

/* Is all of a string UTF-8? */
bool unicode_valid(const char *text);

#endif
