/*
 * template.h - {{ ds }} and friends.  Pure.
 *
 * Variables: ds, ds_nodash, ts, logical_date, data_interval_start,
 * data_interval_end, prev_ds, next_ds, run_id, try_number, dag, task,
 * params.NAME; filters: | add(days=-1) on dates, | format("%Y/%m/%d") with
 * %Y %m %d %H %M %S %j %%.  Nothing nests, nothing is ever null.  `{{{{` is a
 * literal `{{`.
 */
#ifndef CORE_TEXT_TEMPLATE_H
#define CORE_TEXT_TEMPLATE_H

#include "core/base/buf.h"
#include "core/model/dag.h"

/* What the variables stand for.  Everything is borrowed. */
struct run_vars {
	const char *dag, *task, *run_id;
	int try_number;
	int64_t logical_us, start_us, end_us; /* the data interval is [start, end) */
	const struct param_value *params;
	size_t n_params;
};

/*
 * Check a text: ERR_INPUT with a message, *at_byte (if not NULL) where the bad
 * part begins and *n_bytes how long it is, and, for an unknown name, *nearest
 * (if not NULL) a static or borrowed suggestion or NULL.  `params` are the
 * dag's declared ones.
 */
enum err_code template_check(const char *text, const struct param *params, size_t n_params,
			     size_t *at_byte, size_t *n_bytes, const char **nearest,
			     struct err *err) MUST_CHECK;

/* Render a checked text into *out (appended). */
enum err_code template_render(const char *text, const struct run_vars *vars, struct buf *out,
			      struct err *err) MUST_CHECK;

#endif
