/* dag.h - the questions about dags. */
#ifndef CORE_VIEW_DAG_H
#define CORE_VIEW_DAG_H

#include "core/model/dag.h"
#include "core/view/open.h"

/*
 * [{dag, file, paused, present, active_runs, last_run_id, last_state,
 * last_logical_date, next_partition}], by name.  With `schedules` also
 * schedule (cron text, null: manual only), owner, description and known_names(), which parses every
 * definition.
 */
enum err_code view_dags(struct view *v, bool schedules, json_t **out, struct err *err) MUST_CHECK;

/*
 * Give a row that has dag_digest schedule, owner, description and known_names() of that definition;
 * schedule and names are null and the others are absent when it can no longer be parsed.
 */
enum err_code view_dag_outline(struct view *v, json_t *row, struct err *err) MUST_CHECK;

/*
 * What a dag's schedule comes to.  Give a row "partition" (the unit; "none": it runs by ticks;
 * null: by hand, without any), "partition_implied" (by what fires), "timezone", "first" (the
 * logical date of the first interval that it is responsible for), "delay" (what `spread` comes to)
 * "next_fire" (when something is due next behind now_us) and "woken_by" ({all or any: [dataset],
 * on_update, debounce}).  What is not there is null.
 */
void view_timing(json_t *row, const struct dag *dag, int64_t now_us);

/* For people: a partition that is implied is marked behind the word, woken_by is one text. */
void view_timing_words(json_t *row);

/*
 * One of these, and of its active definition: view_timing() and known_names(), schedule,
 * start_date, catchup, max_active_runs, description, owner, datasets [name] and
 * tasks [{task, operator, trigger_rule, upstream [task], output}] in file order.
 * Those are absent when the definition can no longer be parsed.
 */
enum err_code view_dag(struct view *v, const char *dag, int64_t now_us, json_t **out,
		       struct err *err) MUST_CHECK;

/*
 * What the scheduler will do when it loads `dag` in place of the definition that it knows
 * (core/model/cursor.h), a sentence for the caller to free; *out NULL: it makes no difference to
 * the schedule.
 */
enum err_code view_dag_edit(struct view *v, const struct dag *dag, int64_t now_us, char **out,
			    struct err *err) MUST_CHECK;

/*
 * Why there is no run of a dag, for a logical date or (`asked` NULL) at all: {gate: "no_run", text,
 * until}.  `dag` NULL: its definition is not known; `next`: where its schedule stands, or "".
 */
json_t *view_no_run(const struct dag *dag, const char *id, const char *asked, int64_t asked_us,
		    const char *next) MUST_CHECK;

/*
 * Updates of datasets for runs of a dag that are not made, or not made again, yet: [{logical_date
 * or null, updates, since, waits, gate, text}], at most `max`; `date` NULL: for any run.
 */
enum err_code view_updates(struct view *v, const struct dag *dag, const char *date, int max,
			   json_t **out, struct err *err) MUST_CHECK;

#endif
