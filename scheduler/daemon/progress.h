/*
 * progress.h - how far a session is, on stderr.
 *
 * On a terminal one line that is written over, elsewhere a line for each run
 * that ended.
 */
#ifndef SCHEDULER_DAEMON_PROGRESS_H
#define SCHEDULER_DAEMON_PROGRESS_H

#include "core/base/buf.h"
#include "core/model/state.h"
#include "scheduler/engine/look.h"

#include <stdio.h>

enum { PROGRESS_REFRESH_MS = 200 };

struct progress_line {
	FILE *out;        /* standard error; borrowed */
	const char *what; /* "backfill feature_engagement" */
	int64_t start_us; /* boot clock */
	bool terminal;
	bool shown; /* a line stands on the terminal that is not ended */
};

/* Begin; `what` is borrowed, and so is `out`, where a person reads. */
void progress_start(struct progress_line *line, const char *what, FILE *out);

/* "WHAT: 12 of 21 runs, 3 running tasks, 0 failed, 00:14"; of a single run its tasks. */
void progress_text(const char *what, const struct progress *p, int64_t since_us, struct buf *out);

/* On a terminal: write the line anew. */
void progress_show(struct progress_line *line, const struct progress *p);

/* A run ended: a line; on a terminal only of one that did not succeed, the others are counted. */
void progress_run(struct progress_line *line, const char *run_id, enum run_state state,
		  const struct progress *p);

/* Write the line anew and leave it standing: the end. */
void progress_end(struct progress_line *line, const struct progress *p);

/* Say something else, a line, in place of the one on the terminal. */
void progress_say(struct progress_line *line, const char *fmt, ...) PRINTF_LIKE(2, 3);

#endif
