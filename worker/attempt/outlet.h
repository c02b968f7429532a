/*
 * outlet.h - what an attempt writes: an output through its checks, and the quarantine.
 *
 *   outlet_open -> outlet_add, outlet_set_aside ... -> outlet_finish -> outlet_close
 *
 * An operator gives rows; the outlet shows them to the task's checks, stages
 * them, and at the end writes the manifests, the counters and the results.
 */
#ifndef WORKER_ATTEMPT_OUTLET_H
#define WORKER_ATTEMPT_OUTLET_H

#include "worker/rows/batch.h"
#include "worker/attempt/ctx.h"
#include "worker/attempt/quarantine.h"

struct outlet;

/*
 * Open the staging directories of the task's output, with its quarantine.  ctx is borrowed until
 * outlet_close().
 */
enum err_code outlet_open(struct outlet **out, struct op_ctx *ctx, struct err *err) MUST_CHECK;

/* The same of one of several: number `at` in the order of the file (struct spec_output). */
enum err_code outlet_open_at(struct outlet **out, struct op_ctx *ctx, int at,
			     struct err *err) MUST_CHECK;

/* Close it, finished or not.  NULL is fine. */
void outlet_close(struct outlet *o);

/* The schema of the output. */
const struct schema *outlet_schema(const struct outlet *o);

/* May whole rows be shown in the log: no column is personal, and the project shows samples. */
bool outlet_shows_rows(const struct outlet *o);

/* What a message may say of a value in its rows: `detail`, or "" where columns are personal. */
const char *outlet_detail(const struct outlet *o, const char *detail);

/* Write rows[0..n) of a batch with that schema; rows NULL: the first n. */
enum err_code outlet_add(struct outlet *o, const struct batch *b, const uint32_t *rows, size_t n,
			 struct err *err) MUST_CHECK;

/* Where rows are set aside; ERR_INPUT when the output has no quarantine. */
enum err_code outlet_quarantine(struct outlet *o, struct quarantine **out,
				struct err *err) MUST_CHECK;

/*
 * Finish: manifests, checks, ctx->outputs.  ctx->counters comes with what the
 * operator counted (manifest_check_counters()); "written" and "quarantined" are
 * added here.  An operator that aggregates has set "aggregated"; rows that its
 * checks moved are then "rejected", since they were never read.  m->inputs are
 * the inputs; the rest of *m is filled here and *m is released by the caller.
 * A check of error severity that failed is ERR_INPUT with ctx->gate_failed; rows of which none
 * is left because they were refused, with ctx->all_bad.
 */
enum err_code outlet_finish(struct outlet *o, struct manifest *m, struct err *err) MUST_CHECK;

#endif
