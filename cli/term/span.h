/*
 * span.h - how long something took, since when and how much, in words that people type and read.
 */
#ifndef CLI_TERM_SPAN_H
#define CLI_TERM_SPAN_H

#include "core/base/buf.h"
#include "core/base/json.h"

/* "0.4s", "37s", "5m02s", "3h07m", "4d02h". */
void span_text(int64_t us, struct buf *out);

/*
 * Give each row a "duration": from its started_at to its ended_at, of one that is under way to
 * now_us; of one that did not begin none.
 */
void span_add(json_t *rows, int64_t now_us);

/*
 * A date, a time, or how long ago: 30m, 12h, 7d.  *us is when that was.  False: it is none of
 * these, said as the value of `what`.
 */
bool span_since(const char *what, const char *text, int64_t now_us, int64_t *us);

/*
 * Give each attempt "cpu", "peak", "read" and "written" as a table shows them, of what is known of
 * cpu_seconds, peak_bytes, read_bytes and written_bytes.
 */
void amount_add(json_t *attempts);

/*
 * What one attempt used, as a sentence: "1.5s of processor time, at most 97.1 MiB of memory, 3 MiB
 * read, 1 MiB written"; NULL: nothing is known.  A new reference.
 */
json_t *amount_sentence(const json_t *attempt);

/* What one attempt was held to, as a sentence; NULL: to nothing.  A new reference. */
json_t *amount_limits(const json_t *attempt);

#endif
