/*
 * scan.h - JSON text, checked without being built.  Pure.
 *
 * Strict RFC 8259, one value on one line: a newline is never white space here,
 * so a scan always stops at the end of its line.  All functions need a byte
 * that is no JSON behind the text (a newline or a NUL) and SCAN_PAD readable
 * bytes after that; what stands there does not matter.
 */
#ifndef WORKER_SCAN_H
#define WORKER_SCAN_H

#include "worker/dict.h"

enum { SCAN_DEPTH_MAX = 64, SCAN_PAD = 8 };

/* Where a scan stands; `error` is set once, by the first thing that is wrong. */
struct scan {
	const char *at;
	const char *error; /* static text: "expected ':'"; NULL: all is well */
};

/* Step over spaces, tabs and carriage returns. */
void scan_space(struct scan *s);

/* Step over one character and the space around it; an error when it is another. */
bool scan_char(struct scan *s, char c);

/*
 * A string: *out is what stands between the quotes, escapes checked and not
 * decoded; *escaped tells whether there are any.  Not checked: UTF-8.
 */
bool scan_string(struct scan *s, struct span *out, bool *escaped);

/* Any value, nested at most SCAN_DEPTH_MAX deep; *out is its text without space around it. */
bool scan_value(struct scan *s, struct span *out);

/*
 * Decode the escapes of a scanned string into `out` (room for text.bytes).
 * False: a \u escape is half a surrogate pair.
 */
bool scan_unescape(struct span text, char *out, size_t *out_bytes);

/* The first byte from `p` on that is '"', '\\' or a control character. */
const char *scan_string_end(const char *p);

#endif
