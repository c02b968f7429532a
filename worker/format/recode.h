/*
 * recode.h - bytes of other encodings to UTF-8.  Pure.
 *
 * Every byte or unit that stands for a character becomes that character; one that stands for
 * none (five bytes of cp1252, half a surrogate pair, half a unit at the end) becomes a byte that
 * is not UTF-8, so that the record it stands in is refused as not_utf8 and no other is.
 */
#ifndef WORKER_FORMAT_RECODE_H
#define WORKER_FORMAT_RECODE_H

#include "core/model/dialect.h"

/* One byte becomes at most so many. */
enum { RECODE_GROWTH = 3 };

/* The encoding that the mark at the start of a file says; -1: there is none. */
int recode_mark(const char *data, size_t bytes);

/* The encoding of UTF-16 that the front of a file without a mark looks like; -1: of none. */
int recode_unmarked(const char *data, size_t bytes);

/*
 * Recode bytes into `out`, which has room for RECODE_GROWTH times as many.  Not ENCODING_UTF8 or
 * ENCODING_UTF16.  Returns how many came out.  *used: what was taken; a unit that is cut off at
 * the end is left, unless `last`.
 */
size_t recode(enum encoding encoding, const char *data, size_t bytes, bool last, char *out,
	      size_t *used);

#endif
