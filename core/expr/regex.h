/*
 * regex.h - is all of a text what a regular expression says?  POSIX extended, in linear time. Pure.
 *
 * Without back-references there is a machine of so many states, and a text costs states times
 * characters whatever the expression is.  Characters are code points; capitals matter; `.` and
 * [^...] take an end of line as well.
 */
#ifndef CORE_EXPR_REGEX_H
#define CORE_EXPR_REGEX_H

#include "core/base/err.h"
#include "core/base/mem.h"

enum {
	REGEX_BYTES_MAX = 1024,
	REGEX_NESTING_MAX = 64,
	REGEX_REPEAT_MAX = 255,       /* of a{m,n} */
	REGEX_STATES_MAX = 2000,      /* a{50} is 50 of them */
	REGEX_TEXT_BYTES_MAX = 65536, /* of a text that is held against it */
};

struct regex; /* read; immutable */

/*
 * Read an expression of `bytes` bytes into the arena.  ERR_INPUT, ERR_LIMIT: *at is the byte that
 * is wrong, the sentence in `err` says why.
 */
enum err_code regex_read(const char *text, size_t bytes, struct arena *arena, struct regex **out,
			 size_t *at, struct err *err) MUST_CHECK;

/* Is the whole text so?  ERR_LIMIT: it is longer than REGEX_TEXT_BYTES_MAX. */
enum err_code regex_matches(const struct regex *r, const char *text, size_t bytes,
			    struct arena *scratch, bool *out, struct err *err) MUST_CHECK;

#endif
