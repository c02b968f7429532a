/*
 * op.h - what a task can do: the table of operators, and what each run of one is given.
 *
 *   op_ctx_init -> op_run -> op_ctx_result -> op_ctx_release
 *
 * An operator reads what spec->inputs pins, writes into the staging
 * directories of spec->outputs, and touches nothing else.  It never opens the
 * database and never looks at the clock: the same spec and the same inputs give
 * the same bytes.
 */
#ifndef WORKER_OP_OP_H
#define WORKER_OP_OP_H

#include "core/wire/spec.h"
#include "core/model/state.h"
#include "worker/attempt/landing.h"

/*
 * One run of one operator.  Of the outcomes of state.h it ends with ok, error,
 * gate_failed, missing or input_changed.  The first group is given, the second is filled by
 * the operator.  Counters and checks may be filled whatever the outcome is;
 * outputs only with OUTCOME_OK.
 */
struct op_ctx {
	const struct spec *spec;
	struct dag *dag;         /* the slice; NULL for a command */
	const struct task *task; /* dag->tasks[0]; NULL for a command */

	enum outcome outcome; /* OUTCOME_OK until somebody knows better */
	json_t *outputs;      /* array; see spec.h */
	json_t *counters;     /* object of integers */
	json_t *checks;       /* array of results, docs/CHECKS.md 5 */
};

/*
 * An operator.  run() returns ERR_NONE with ctx->outcome OUTCOME_OK, or a code
 * and a message; then an outcome that is still OUTCOME_OK means OUTCOME_ERROR.
 * Standard error is the log.
 */
struct op {
	const char *name;    /* as op_kind_name() */
	const char *summary; /* one line for people */
	enum err_code (*run)(struct op_ctx *ctx, struct err *err);
};

extern const struct op op_ingest, op_dedup, op_engagement, op_adoption, op_quality, op_command,
    op_rollup;

/* The operator of a kind; never NULL. */
const struct op *op_find(enum op_kind kind);

/*
 * Prepare a run: reads spec->slice.  spec is borrowed until op_ctx_release().
 * On error *ctx needs no release.
 */
enum err_code op_ctx_init(struct op_ctx *ctx, const struct spec *spec, struct err *err) MUST_CHECK;
void op_ctx_release(struct op_ctx *ctx);

/* Run the operator of ctx->task (op_command when there is no slice).  ctx->outcome is final then.
 */
enum err_code op_run(struct op_ctx *ctx, struct err *err) MUST_CHECK;

/*
 * Append the result of spec.h as JSON.  `message` is err.msg, or "" when all went well.
 * The outputs of a run that did not end OUTCOME_OK are left out.
 */
void op_ctx_result(const struct op_ctx *ctx, const char *message, struct buf *out);

/* As op_ctx_result() for an attempt that did not come as far as op_ctx_init(). */
void op_failed_result(const char *message, struct buf *out);

/* Set the outcome and give `code` back: return op_end(ctx, OUTCOME_MISSING, err_set(...)). */
enum err_code op_end(struct op_ctx *ctx, enum outcome outcome, enum err_code code);

/* Set a counter of the result. */
void op_count(struct op_ctx *ctx, const char *counter, int64_t rows);

/*
 * Render the path of landing files and find them (landing_find()).  None at all is an
 * error with outcome missing.  *out is to be released whatever happens.
 */
enum err_code op_find_files(struct op_ctx *ctx, template_text path, struct landing *out,
			    struct err *err) MUST_CHECK;

/* Write one line to standard error, the log of the attempt.  The newline is added. */
void op_log(const char *fmt, ...) PRINTF_LIKE(1, 2);

/*
 * For a command with an output: read the files in directory `dir` (absolute;
 * names that begin with '_' or '.' are left out) in the format and schema of
 * the main output, and stage them with a manifest like an operator's own rows.
 * A row that does not fit the schema is an error naming file and row.  Checks
 * of the task do not apply.  Fills ctx->outputs and ctx->counters.
 */
enum err_code op_read_back(struct op_ctx *ctx, const char *dir, struct err *err) MUST_CHECK;

#endif
