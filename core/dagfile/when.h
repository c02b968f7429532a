/*
 * when.h - `when:` of a task: what its names are, and what it says of a run.
 *
 * Read after the names of the file are resolved, asked by the engine once the trigger rule accepts.
 * A task is named only by those that come directly after it; a `when` is not asked before all tasks
 * that it names have ended, so that its answer does not depend on who was first.
 */
#ifndef CORE_DAGFILE_WHEN_H
#define CORE_DAGFILE_WHEN_H

#include "core/parts/reader.h"
#include "core/expr/expr.h"

/* What a name stands for. */
enum when_kind {
	WHEN_PARAM,    /* params.NAME */
	WHEN_VARIABLE, /* var.NAME */
	WHEN_DS,       /* ds */
	WHEN_LOGICAL,  /* logical_date */
	WHEN_START,    /* data_interval_start */
	WHEN_END,      /* data_interval_end */
	WHEN_RUN_TYPE, /* run_type */
	WHEN_STATE,    /* tasks.NAME.state */
	WHEN_OUTPUT,   /* outputs.NAME.KEY */
	WHEN_RUN,      /* run.state */
};

struct when_name {
	enum when_kind kind;
	uint32_t task;    /* STATE, OUTPUT: index in the dag */
	uint32_t at;      /* PARAM: index in dag->params; OUTPUT: in the task's outputs */
	const char *text; /* VARIABLE: its value */
};

struct when {
	const struct expr *expr;       /* of type bool, or null */
	const struct when_name *names; /* a slot each */
	size_t n;
};

/* What a `when` is asked about.  Everything is borrowed. */
struct when_facts {
	const struct dag *dag;
	int64_t logical_us, start_us, end_us;
	enum run_type type;
	enum run_state run_state; /* of a task of on_exit: what the run has come to */
	const char *params;       /* the run's, a JSON object; NULL: defaults alone */
	/* How a task of the run has ended. */
	enum task_state (*state)(const void *ctx, uint32_t task);
	/* What it left, a JSON object; NULL: nothing. */
	const char *(*outputs)(const void *ctx, uint32_t task);
	const void *ctx;
};

enum when_says { WHEN_YES, WHEN_NO, WHEN_NULL, WHEN_ERROR };

/* Read `when:` of draft number `at`, whose upstreams are known; mistakes are reported. */
void when_read(struct dagfile *f, size_t at);

/* Does it ask for the state or an output of a task?  NULL is fine and asks for nothing. */
bool when_names(const struct when *when, uint32_t task);

/* What it says; an error of the expression is put into `err`. */
enum when_says when_ask(const struct when *when, const struct when_facts *facts, struct err *err);

#endif
