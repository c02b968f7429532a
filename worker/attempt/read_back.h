/*
 * read_back.h - files that a program left, staged as the rows of its task.
 */
#ifndef WORKER_ATTEMPT_READ_BACK_H
#define WORKER_ATTEMPT_READ_BACK_H

#include "core/lake/manifest.h"
#include "worker/attempt/ctx.h"

/* What a program leaves that has no rows to give, in place of files. */
#define EMPTY_FILE "_EMPTY"

/* The directory that a program is given for one of its outputs. */
struct hand_out {
	const struct spec_output *output;
	char *variable;   /* that tells the program of it */
	const char *told; /* ... and of which messages speak */
	char *dir;        /* absolute */
};

/*
 * Read the files in a directory (names that begin with '_' or '.' are left out), in the order of
 * their names, in the format and schema of its output, and stage them through the outlet like an
 * operator's own rows.  A row that does not fit the schema is an error naming file and row; no file
 * at all is one, unless EMPTY_FILE says that there are no rows.  *m comes with the inputs, is
 * filled and stays the caller's.  Fills ctx->outputs and ctx->counters.
 */
enum err_code read_back(struct op_ctx *ctx, const struct hand_out *from, struct manifest *m,
			struct err *err) MUST_CHECK;

#endif
