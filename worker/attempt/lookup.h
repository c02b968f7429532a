/*
 * lookup.h - columns of other datasets that the checks of a task look at.
 */
#ifndef WORKER_ATTEMPT_LOOKUP_H
#define WORKER_ATTEMPT_LOOKUP_H

#include "core/lake/manifest.h"
#include "worker/attempt/ctx.h"
#include "worker/check/check.h"

/* A check_column_fn; `ctx` is the struct op_ctx.  The dataset is an input of the task. */
enum err_code lookup_column(void *ctx, const struct check_reads *reads, check_take_fn *take,
			    void *own, json_t **from, struct err *err) MUST_CHECK;

/*
 * Append to m->inputs what decided which rows were written: what checks that take rows away looked
 * at, where the operator did not read it itself.
 */
enum err_code lookup_record(struct op_ctx *ctx, struct manifest *m, struct err *err) MUST_CHECK;

#endif
