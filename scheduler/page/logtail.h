/*
 * logtail.h - the end of an attempt's log, for a page.
 *
 * A log holds whatever a task wrote: any bytes, any length.  Only its end is
 * ever read, so its size costs nothing.
 */
#ifndef SCHEDULER_PAGE_LOGTAIL_H
#define SCHEDULER_PAGE_LOGTAIL_H

#include "core/base/json.h"

enum { LOGTAIL_BYTES = 64 << 10, LOGTAIL_BYTES_MAX = 1 << 20 };

/* Where the log of an attempt (as core/view/run.h gives it) is; the caller frees it. */
char *logtail_path(const char *project_dir, const json_t *attempt);

/*
 * The last bytes of the file, at most bytes_max, appended to out as they are;
 * *skipped counts those before them.  What is skipped ends with a line if the
 * first line read allows it.  No file: nothing, for an attempt that wrote
 * nothing has none.  Only a regular file is read, so this does not block.
 */
enum err_code logtail_read(const char *path, int64_t bytes_max, struct buf *out, int64_t *skipped,
			   struct err *err) MUST_CHECK;

/*
 * The bytes as a terminal would have left them, escaped for HTML: colours and
 * other control sequences are dropped, a carriage return begins its line anew.
 */
void logtail_html(const struct buf *log, struct buf *out);

#endif
