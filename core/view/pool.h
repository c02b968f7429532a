/*
 * pool.h - who has the slots, how many wait, and which limit holds a task that is ready.
 *
 * The limits are those that starts are decided by: while somebody decides, what that one took from
 * tidemill.yaml last; else what the next one will take.  What is used is counted from live
 * attempts, as the scheduler counts it, and judged by the same function (core/model/limit.h).
 */
#ifndef CORE_VIEW_POOL_H
#define CORE_VIEW_POOL_H

#include "core/model/limit.h"
#include "core/view/open.h"

enum { POOL_HOLDERS_MAX = 1000 }; /* of all pools together in one answer */

/*
 * All pools, or the one that is asked for (ERR_NOT_FOUND: there is none of that name), in the order
 * of tidemill.yaml and behind them those that are gone and still used:
 *
 *   [{pool, slots, used, waiting, rate, share, memory_bytes, description, decided,
 *     holders: [{dag, run_id, task, try_number, slots, memory_bytes, since, attempt}]}]
 *
 * rate is "10/min" or null; memory_bytes what the tasks in it were given; decided: somebody starts
 * tasks now.  `v` NULL: nothing has run here.
 */
enum err_code view_pools(struct view *v, const char *project_dir, const char *only, json_t **out,
			 struct err *err) MUST_CHECK;

/* What all pools share: {tasks: {used, total}, memory: {used, total}}; total null: no limit. */
enum err_code view_shared_limits(struct view *v, const char *project_dir, json_t **out,
				 struct err *err) MUST_CHECK;

/* ---- one dag's tasks ---- */

/* What holds ready tasks of one dag. */
struct held {
	struct view *v;
	const char *dag;
	struct dag *active; /* its active definition, or NULL */
	struct limits limits;
	json_t *live; /* [{dag, task, pool, slots, memory_bytes}] */
};

/* Count what is used now; released with held_release(). */
enum err_code held_count(struct view *v, const char *dag, struct held *out,
			 struct err *err) MUST_CHECK;

/* Free what it holds. */
void held_release(struct held *h);

/*
 * What holds the start of a ready task, of its run's definition: the gate of the limit is put into
 * its row, or, when only its turn has to come, *turn says behind how many and *holders who has the
 * slots, as rows {dag, run_id, task}; both are the caller's.
 *
 * The scheduler writes down a gate for the first of a pool alone: how many stand behind it costs
 * it nothing.  This is the function that it asks, with what is used now.
 */
enum err_code held_say(const struct held *h, const struct task *task, json_t *row, char **turn,
		       json_t **holders, struct err *err) MUST_CHECK;

#endif
