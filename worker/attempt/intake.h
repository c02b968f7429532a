/*
 * intake.h - what an attempt reads: the pinned partitions of one dataset, as one run of batches.
 *
 *   intake_open -> intake_want ... -> intake_next ... (NULL) -> [intake_rewind] -> intake_close
 *
 * Dispatch named a version and a content digest for each partition.  Opening
 * finds the directory that holds exactly that, live or among the old versions,
 * and holds it open: a publish in between moves the directory, not its files.
 * When it is gone, the outcome is input_changed and the attempt is made again.
 * What nobody pinned - files, or a directory that somebody else writes - has to stay as it was
 * when the intake was opened, until the last pass over it: else the outcome is input_changed, too.
 * Of a part that is cut (spec_input) come the rows inside; the others are counted as outside.
 * Rows come by partition, then by file, then by row.  A record that does not fit the
 * schema is an error here: somebody else wrote into the dataset.
 */
#ifndef WORKER_ATTEMPT_INTAKE_H
#define WORKER_ATTEMPT_INTAKE_H

#include "core/lake/manifest.h"
#include "core/op/from.h"
#include "worker/attempt/ctx.h"
#include "worker/format/reader.h"

struct intake;

/*
 * Open every input of ctx->spec that belongs to `dataset`.  ERR_NOT_FOUND: one is
 * missing; ERR_CONFLICT: what was pinned is no longer there.
 */
enum err_code intake_open(struct intake **out, struct op_ctx *ctx, const char *dataset,
			  struct err *err) MUST_CHECK;

/* Close it, wherever it is.  NULL is fine. */
void intake_close(struct intake *in);

/* As intake_open(), but only the input of that part. */
enum err_code intake_open_part(struct intake **out, struct op_ctx *ctx, const char *dataset,
			       int64_t part, struct err *err) MUST_CHECK;

/*
 * The files that from->path names, which is rendered, as one run of rows: by name, then by
 * row.  `from` is borrowed until intake_close().  Their partition is 0.  No file at all is
 * missing.  Of what was not read to its end intake_record() knows no checksum.
 */
enum err_code intake_open_files(struct intake **out, struct op_ctx *ctx, const struct op_from *from,
				struct err *err) MUST_CHECK;

/*
 * Have rows of which the task's `where` is not true left out, before anything else; a task without
 * one wants all.  They are counted.  Before the first row; hints are of no use then, for a row of
 * which `where` has no value is an error wherever it stands.  ERR_INPUT: it does not fit the
 * columns.
 */
enum err_code intake_where(struct intake *in, struct err *err) MUST_CHECK;

/* What the dataset's rows look like; borrowed. */
const struct schema *intake_schema(const struct intake *in);

/* Ask for values of a column, before the first row.  Gives its index, or -1: there is none. */
int intake_want(struct intake *in, const char *column);

/* Ask for the values of all columns. */
void intake_want_all(struct intake *in);

/* As intake_want(), but the column has to be there and, unless type is -1, of that type. */
enum err_code intake_need(struct intake *in, const char *column, int type, int *index,
			  struct err *err) MUST_CHECK;

/*
 * As intake_need() of a timestamp, but only its day is asked: values may be any instant of that day
 * (reader.h).  They are exact all the same as soon as anybody asks for the column in another way,
 * before or after.
 */
enum err_code intake_need_day(struct intake *in, const char *column, int *index,
			      struct err *err) MUST_CHECK;

/*
 * Rows of which the hint is false are of no interest and may be left out.  What it points to is
 * borrowed.  Before the first row.
 */
void intake_hint(struct intake *in, const struct reader_hint *hint);

/* How many rows will come, as the manifests say; -1: not all of them say, or rows are left out. */
int64_t intake_rows(const struct intake *in);

/* As intake_rows(); where nobody says, a guess by the size of the files. */
int64_t intake_rows_about(const struct intake *in);

/*
 * The next rows, borrowed until the next call; NULL at the end.  ERR_CONFLICT: a file changed.
 */
enum err_code intake_next(struct intake *in, const struct batch **out, struct err *err) MUST_CHECK;

/* The file that the newest rows are from, for messages; borrowed until the next call. */
const char *intake_file(const struct intake *in);

/*
 * Some rows from the middle instead of the first: of sorted rows they say where half of
 * them is.  NULL where there is no middle to go to without reading what is before it.  To be
 * followed by intake_rewind().
 */
enum err_code intake_middle(struct intake *in, const struct batch **out,
			    struct err *err) MUST_CHECK;

/* Where a batch stands among all. */
struct intake_part {
	int lane;         /* who was given it */
	size_t number;    /* of the part, in row order over all inputs, from 0 */
	int64_t row;      /* of the batch's first row in the part, from 0 */
	int64_t day;      /* on which the partition begins; 0 without partitions */
	const char *file; /* as intake_file() */
};

/* Where the newest rows of intake_next() stand: the same as in a scan. */
struct intake_part intake_place(const struct intake *in);

/* The batch is borrowed until it returns. */
typedef enum err_code intake_batch_fn(void *arg, const struct intake_part *part,
				      const struct batch *b, struct err *err);

/*
 * All rows, in `lanes` lanes at once (crew.h): a part (reader_parts()) goes to one lane,
 * its batches in order; which lane, and what the others do meanwhile, is chance.  Nothing may
 * have been read since intake_open() or intake_rewind().  ERR_CONFLICT: a file changed.
 */
enum err_code intake_scan(struct intake *in, int lanes, intake_batch_fn *fn, void *arg,
			  struct err *err) MUST_CHECK;

/*
 * Let the rows of intake_next() be read in a thread of its own while they are used, where that
 * is worth it: the same rows.  Before the first of them; intake_rewind() ends it.
 */
void intake_read_ahead(struct intake *in);

/* Begin again with the first row.  Columns may be asked for again. */
void intake_rewind(struct intake *in);

/* Append to m->inputs what is read: dataset, partition, version, digest. */
void intake_name(const struct intake *in, struct manifest *m);

/*
 * Append to m->inputs what was read: dataset, partition, version, digest; tell the context how
 * many rows were outside.
 */
void intake_record(const struct intake *in, struct manifest *m);

#endif
