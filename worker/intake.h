/*
 * intake.h - what an attempt reads: the pinned partitions of one dataset, as one run of batches.
 *
 *   intake_open -> intake_want ... -> intake_next ... (NULL) -> [intake_rewind] -> intake_close
 *
 * Dispatch named a version and a content digest for each partition.  Opening
 * finds the directory that holds exactly that, live or among the old versions,
 * and holds it open: a publish in between moves the directory, not its files.
 * When it is gone, the outcome is input_changed and the attempt is made again.
 * Rows come by day, then by file, then by row.  A record that does not fit the
 * schema is an error here: somebody else wrote into the dataset.
 */
#ifndef WORKER_INTAKE_H
#define WORKER_INTAKE_H

#include "core/manifest.h"
#include "worker/batch.h"
#include "worker/op.h"

struct intake;

/*
 * Open every input of ctx->spec that belongs to `dataset`.  Sets ctx->outcome
 * to missing or input_changed where that is why it fails.
 */
enum err_code intake_open(struct intake **out, struct op_ctx *ctx, const char *dataset,
			  struct err *err) MUST_CHECK;
void intake_close(struct intake *in); /* NULL is fine */

/* What the dataset's rows look like; borrowed. */
const struct schema *intake_schema(const struct intake *in);

/* Ask for values of a column, before the first row.  Gives its index, or -1: there is none. */
int intake_want(struct intake *in, const char *column);
void intake_want_all(struct intake *in);

/* As intake_want(), but the column has to be there and, unless type is -1, of that type. */
enum err_code intake_need(struct intake *in, const char *column, int type, int *index,
			  struct err *err) MUST_CHECK;

/* The next rows, borrowed until the next call; NULL at the end. */
enum err_code intake_next(struct intake *in, const struct batch **out, struct err *err) MUST_CHECK;

/* Begin again with the first row.  Columns may be asked for again. */
void intake_rewind(struct intake *in);

/* Append to m->inputs what was read: dataset, partition, version, digest. */
void intake_record(const struct intake *in, struct manifest *m);

#endif
