/*
 * base.h - words that every file may use: counting an array, compiler checks.
 *
 * Includes nothing of ours.  The only header with compiler-specific spelling.
 */
#ifndef CORE_BASE_BASE_H
#define CORE_BASE_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The number of elements of an array (never of a pointer). */
#define countof(array) (sizeof(array) / sizeof((array)[0]))

/* Argument `fmt` is a printf format whose first argument is number `args`. */
#define PRINTF_LIKE(fmt, args) __attribute__((format(printf, fmt, args)))

/* What `tidemill --version` says; part of what makes two outputs comparable. */
#define TIDEMILL_VERSION "0.2.0"

/* The result has to be looked at. */
#define MUST_CHECK __attribute__((warn_unused_result))

/* The function never comes back. */
#define NO_RETURN __attribute__((noreturn))

/*
 * True in a build that carries planted bug `n` (`make BUG=n`).  The simulator has to find each of
 * them: that is how we know what it is worth.  Constant false in every real build.
 */
#ifdef BUG
#define BUG_IS(n) (BUG == (n))
#else
#define BUG_IS(n) 0
#endif

/* Times: int64_t microseconds, UTC since 1970 unless the name ends in _mono_us. */
#define SECOND_US INT64_C(1000000)
#define MINUTE_US (60 * SECOND_US)
#define HOUR_US (60 * MINUTE_US)
#define DAY_US (24 * HOUR_US)

/* Bounds on names that people choose and that end up in paths. */
enum {
	NAME_MAX_BYTES = 127, /* dag, task, dataset, column */
	TOKEN_CHARS = 32,     /* 128 bits in hexadecimal, without the NUL */
	DIGEST_CHARS = 64,    /* SHA-256 in hexadecimal, without the NUL */
	RUN_ID_CHARS = 63,    /* such as scheduled__2026-05-01T00:00:00Z, without the NUL */
};

#endif
