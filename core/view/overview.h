/* overview.h - the state of everything, in numbers and short lists. */
#ifndef CORE_VIEW_OVERVIEW_H
#define CORE_VIEW_OVERVIEW_H

#include "core/view/open.h"

enum { VIEW_OVERVIEW_ROWS = 100 }; /* of each list in it */

/*
 * {runs {running, queued}, dags {total, paused, absent}, datasets {total, stale_partitions},
 *  database (whole, unchecked: every page has to be looked at after a crash, damaged),
 *  running [attempt: {dag, run_id, logical_date, task, try_number, attempt, state, started_at}],
 *  failed [runs that failed in the 24 h before now_us], next [{dag, next_partition}]}.
 * clock is as of view_clock().  Lists have at most 100 entries.
 */
enum err_code view_overview(struct view *v, int64_t now_us, json_t **out,
			    struct err *err) MUST_CHECK;

#endif
