/*
 * value.h - single values between text and memory, for the text formats.  Pure.
 *
 * What one function writes the other reads back to the same value, in csv and
 * in JSON Lines.
 */
#ifndef WORKER_ROWS_VALUE_H
#define WORKER_ROWS_VALUE_H

#include "core/base/buf.h"
#include "worker/rows/batch.h"
#include "worker/rows/utf8.h"

/* Why a text is no value of its type. */
enum value_status {
	VALUE_OK,
	VALUE_WRONG_TYPE,
	VALUE_OUT_OF_RANGE, /* a number, but too large for its type */
};

/*
 * The day that was parsed or written last: most neighbours share it, and a date is far
 * more expensive than a time of day.  Starts as zero bytes.
 */
struct day_memo {
	char text[10];
	int64_t day;
};

/* All of `bytes` has to be an integer: an optional '-', digits, no leading zeros. */
enum value_status value_int(const char *text, size_t bytes, int64_t *out);

/* The grammar of a JSON number, or NaN, inf, Infinity with an optional '-', in any case. */
enum value_status value_real(const char *text, size_t bytes, double *out);

/* RFC 3339 or what is near it (civil.h: timestamp_parse), as microseconds since 1970 UTC. */
enum value_status value_timestamp(const char *text, size_t bytes, struct day_memo *memo,
				  int64_t *out);

/*
 * Parse a text by type into row `at` of a column and mark it valid.  json and
 * string are taken as they are.  bool is "true" or "false".
 */
enum value_status value_parse(struct col *c, size_t at, struct span text, struct day_memo *memo);

/* Bytes that value_put() needs at most for a value whose type is no text. */
enum { VALUE_CHARS_MAX = 32 };

/*
 * Write row `at` of a column that is neither null nor text, as it stands in csv
 * and JSON.  float64 in the shortest form that reads back the same.  Returns
 * behind the last byte.  No NUL.
 */
char *value_put(const struct col *c, size_t at, struct day_memo *memo, char *out);

/* As value_put(), for an integer that stands in no column. */
char *value_put_int(int64_t value, char *out);

/* As value_put(), for the characters of a word. */
char *value_put_word(const char *word, char *out);

/* As value_put(), for a real number that stands in no column. */
char *value_put_real(double value, char *out);

/* Neither NaN nor infinite. */
bool value_is_finite(double value);

/* Append a JSON string with its quotes; `room` for 6 * text.bytes + 2.  Returns behind it. */
char *value_put_json_string(struct span text, char *out);

/* The first `max` bytes at most, every ill-formed sequence as U+FFFD: safe to write anywhere. */
void value_clean(struct span text, size_t bytes_max, struct buf *out);

#endif
