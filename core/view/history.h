/* history.h - runs by when they were worked on, and how many there are. */
#ifndef CORE_VIEW_HISTORY_H
#define CORE_VIEW_HISTORY_H

#include "core/view/open.h"

/* NULL and 0: any. */
struct history_filter {
	const char *dag, *state;
	int64_t since_us; /* worked on since then: started, or made and not started */
	bool by_date;     /* the latest logical date first; else the newest work */
	int limit;
};

/*
 * The first runs that fit, as view_runs() tells them; *total (if not NULL) is how many fit in all,
 * counted only when there may be more than were given.
 */
enum err_code view_history(struct view *v, const struct history_filter *filter, json_t **out,
			   int64_t *total, struct err *err) MUST_CHECK;

/*
 * The last attempt of each task of a run that had one, the oldest first: [{key, task, try_number,
 * epoch, state, outcome, exit_code, started_at, ended_at, message, memory_bytes, cpu_seconds,
 * peak_bytes, read_bytes, written_bytes, limits}]; what is not known is null.
 */
enum err_code view_last_attempts(struct view *v, int64_t run, json_t **out,
				 struct err *err) MUST_CHECK;

#endif
