/*
 * span.h - how long something took, and since when, in words that people type and read.
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

#endif
