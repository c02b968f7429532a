/*
 * scan.h - JSON text, checked without being built.  Pure.
 *
 * Strict RFC 8259, one value on one line: a newline is never white space here,
 * so a scan always stops at the end of its line.  Not checked: UTF-8, and whether
 * \u escapes that are surrogates make pairs.  All functions need a byte that is no
 * JSON behind the text (a newline or a NUL) and SCAN_PAD readable bytes from there
 * on; what stands behind that byte does not matter.
 *
 * A scan takes the place where it begins and gives the place behind what it read,
 * or NULL: then `fault` says what is wrong.
 */
#ifndef WORKER_FORMAT_SCAN_H
#define WORKER_FORMAT_SCAN_H

#include "worker/rows/dict.h"

enum { SCAN_DEPTH_MAX = 64, SCAN_PAD = 64 };

/* The first thing that is wrong, and where it stands. */
struct scan_fault {
	const char *at;
	const char *what; /* static text: "expected ':'" */
};

/* Behind spaces, tabs and carriage returns. */
const char *scan_space_more(const char *p);

/* The same, where as a rule there is none. */
static inline const char *
scan_space(const char *p)
{
	return (unsigned char)*p > ' ' ? p : scan_space_more(p);
}

/* Behind character `c` and the space before and after it. */
const char *scan_char(const char *p, char c, struct scan_fault *fault);

/* Behind the closing quote of the string that begins at p; *escaped: there are escapes in it. */
const char *scan_string(const char *p, bool *escaped, struct scan_fault *fault);

/* As scan_string(), but NULL also for escapes, and without a fault. */
const char *scan_plain_string(const char *p);

/* Any value, nested at most SCAN_DEPTH_MAX deep. */
const char *scan_value(const char *p, struct scan_fault *fault);

/* Is this text, which is one JSON value, null?  Then it is no value in any format. */
bool scan_is_null(const char *text, size_t bytes);

/*
 * An integer of up to 16 digits; the result is behind them, and the caller has to see whether the
 * number ends there.  NULL: there is none.
 */
const char *scan_plain_int(const char *p, int64_t *value);

/*
 * Decode the escapes of a scanned string into `out`, which has room for text.bytes
 * + SCAN_PAD.  False: a \u escape is half a surrogate pair.
 */
bool scan_unescape(struct span text, char *out, size_t *out_bytes);

/* The next newline; *high: not all before it is ASCII. */
const char *scan_line(const char *p, bool *high);

#endif
