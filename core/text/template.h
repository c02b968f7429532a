/*
 * template.h - {{ ds }} and friends.  Pure.
 *
 * Variables: ds, ds_nodash, ts, logical_date, data_interval_start,
 * data_interval_end, partition, prev_ds, next_ds, run_id, try_number, dag, task,
 * run.state, params.NAME, outputs.TASK.NAME, item, item.NAME, map_index, var.NAME;
 * filters: | add(days=-1) on dates, | format("%Y/%m/%d") with %Y %m %d %H %M %S %j %z
 * %%, | raw where a value would be guarded.  Nothing nests, nothing is ever null.
 * `{{{{` is a literal `{{`.
 *
 * A value from outside is a text that somebody gives: a parameter, or what
 * another task left.  What it may do depends on where it goes: in a path it cannot climb and its
 * wildcards are letters (template_render_path()), in a shell line it is a variable
 * (shell_template.h).
 */
#ifndef CORE_TEXT_TEMPLATE_H
#define CORE_TEXT_TEMPLATE_H

#include "core/base/buf.h"
#include "core/model/dag.h"

/* What the variables stand for.  Everything is borrowed. */
struct run_vars {
	const char *dag, *task, *run_id;
	const char *run_state; /* of a task of on_exit; else NULL or "" */
	int try_number;
	struct grid grid;                     /* of the run; dates are those of its zone */
	int64_t logical_us, start_us, end_us; /* the data interval is [start, end) */
	const struct param_value *params;
	size_t n_params;
	const struct param_value *given; /* under whole names, such as outputs.TASK.NAME */
	size_t n_given;
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

/* Does a checked text ask for the state of the run? */
bool template_asks_state(const char *text);

/* A name in a checked text whose value the run has to give: those from outputs.TASK.NAME on. */
struct template_name {
	size_t at, bytes;
	size_t open; /* where the braces around it begin */
};

/* The first such name at byte `from` or behind; false: there is none. */
bool template_given(const char *text, size_t from, struct template_name *out);

/* The same of names whose values the project has: var.NAME. */
bool template_constant(const char *text, size_t from, struct template_name *out);

/* One {{ ... }} of a checked text. */
struct template_part {
	size_t at, bytes; /* braces included */
	bool outside; /* its value comes from outside, and is neither a number nor a truth value */
	bool raw;     /* it ends with | raw */
};

/* The first part of a checked text at byte `from` or behind; false: there is none. */
bool template_part(const char *text, size_t from, const struct param *params, size_t n_params,
		   struct template_part *out);

/*
 * Render a checked text that is a path.  `outside` gets a byte for each of
 * `out`, 1 where a value from outside stands.  ERR_INPUT: such a value begins
 * with '/' or has a part '..'.
 */
enum err_code template_render_path(const char *text, const struct run_vars *vars, struct buf *out,
				   struct buf *outside, struct err *err) MUST_CHECK;

#endif
