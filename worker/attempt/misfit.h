/*
 * misfit.h - a file that does not fit: its first rows, and what it might be.
 */
#ifndef WORKER_ATTEMPT_MISFIT_H
#define WORKER_ATTEMPT_MISFIT_H

#include "core/base/err.h"
#include "worker/format/reader.h"

/*
 * A file was read with these options and did not fit: log its first rows, if those may be shown,
 * and what it might be. What it might be is also put behind the message in *err, unless that is
 * NULL.
 */
void misfit_explain(int dir, const char *path, const char *name,
		    const struct reader_options *options, bool shows_rows, struct err *err);

#endif
