/*
 * ctx.h - one run of one operator: what it is given, and what it tells of itself.
 *
 *   op_ctx_init -> op_run -> op_ctx_result -> op_ctx_release
 *
 * An operator reads what spec->inputs pins, writes into the staging
 * directories of spec->outputs, and touches nothing else.  It never opens the
 * database and never looks at the clock: the same spec and the same inputs give
 * the same bytes.
 */
#ifndef WORKER_ATTEMPT_CTX_H
#define WORKER_ATTEMPT_CTX_H

#include "core/model/state.h"
#include "core/wire/spec.h"
#include "worker/attempt/landing.h"

/*
 * The first group is given, the second is filled by the operator and by what it
 * writes through.  Counters and checks may be filled whatever the outcome is.
 */
struct op_ctx {
	const struct spec *spec;
	struct dag *dag;         /* the slice; NULL: there is none (op_is_sliced()) */
	const struct task *task; /* dag->tasks[0], or NULL */

	bool gate_failed; /* a check of error severity failed: that is why there is an error */
	bool all_bad;     /* rows were read, and each was refused: that is why there is an error */
	bool max_bad;     /* more rows were bad than is allowed: that is why there is an error */
	bool not_yet;     /* it looked, and what it waits for is not there: that is the error */
	json_t *seen;     /* ... what it leaves for the next look, or NULL ... */
	int64_t again_us; /* ... and when that is worth making; 0: it does not say */
	bool fatal;       /* the same inputs would end the same: no other try can help */
	bool cuts;        /* parts of an input were cut to the interval that was asked for ... */
	int64_t outside;  /* ... and so many rows lay outside of it */
	bool sifts;       /* `where` of the task was asked of its input ... */
	int64_t left_out; /* ... and was not true of so many rows, which nobody saw */
	json_t *outputs;  /* array; see spec.h */
	json_t *counters; /* object of integers */
	json_t *checks;   /* array of results, docs/CHECKS.md 5 */

	int status;           /* with which the task's program failed, if it ran one; else 0 */
	enum outcome outcome; /* of op_run(): as op_outcome() says, or no_space */
	int64_t staged_bytes; /* no_space: what was staged when there was no more room */
};

/*
 * Prepare a run: reads spec->slice.  spec is borrowed until op_ctx_release().
 * On error *ctx needs no release.
 */
enum err_code op_ctx_init(struct op_ctx *ctx, const struct spec *spec, struct err *err) MUST_CHECK;

/* Free what a run holds. */
void op_ctx_release(struct op_ctx *ctx);

/*
 * How a run ends that gave `code`: gate_failed when a check said so, all_bad, max_bad, fatal
 * or not_yet when the operator did, else missing for ERR_NOT_FOUND, input_changed for ERR_CONFLICT,
 * error for the others.
 */
enum outcome op_outcome(const struct op_ctx *ctx, enum err_code code);

/*
 * The code for what went wrong with a file that is no pinned input: that it is
 * gone or changed is an ordinary error, not a reason to wait or to begin again.
 */
enum err_code op_plain_error(enum err_code code);

/*
 * Append the result of spec.h as JSON.  `message` is err.msg, or "" when all went well.
 * The outputs of a run that did not end OUTCOME_OK are left out.
 */
void op_ctx_result(const struct op_ctx *ctx, const char *message, struct buf *out);

/* As op_ctx_result() for an attempt that did not come as far as op_ctx_init(): error or fatal. */
void op_failed_result(enum outcome outcome, const char *message, struct buf *out);

/* What it waits for is not there, which the error says: that is an answer, not a failure. */
enum err_code op_not_yet(struct op_ctx *ctx);

/* Set a counter of the result. */
void op_count(struct op_ctx *ctx, const char *counter, int64_t rows);

/*
 * Render the path of landing files and find them (landing_find()).  None at all is
 * ERR_NOT_FOUND.  *out is to be released whatever happens.
 */
enum err_code op_find_files(struct op_ctx *ctx, template_text path, struct landing *out,
			    struct err *err) MUST_CHECK;

/* Write one line to standard error, the log of the attempt.  The newline is added. */
void op_log(const char *fmt, ...) PRINTF_LIKE(1, 2);

#endif
