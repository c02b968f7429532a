/* intake.c - what an attempt reads: the pinned partitions of one dataset. */
#include "worker/attempt/intake.h"

#include "core/time/grid.h"
#include "core/lake/lake.h"
#include "core/base/mem.h"
#include "worker/attempt/misfit.h"
#include "worker/rows/crew.h"
#include "worker/rows/relay.h"
#include "worker/attempt/sieve.h"
#include "worker/attempt/source.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* Batches that are read ahead: one in use, one ready, one being read. */
enum { AHEAD_PLACES = 3 };

/* A batch that was read ahead. */
struct intake_ahead {
	struct batch_hold hold;
	struct intake_part place;
	char *file; /* the name in `place` */
};

/* While there is a relay, all that reading touches belongs to its thread. */
struct intake {
	struct input_source *sources;
	size_t n_sources;
	const struct schema *schema;
	enum format format;
	bool *wanted, *day_only;
	size_t *asks; /* by column: how often it was asked for, and not for its day alone */
	struct reader_hint *hints;
	size_t n_hints, hints_room;
	size_t at_source, at_file; /* what is read next */
	struct reader *reader;     /* of the file before that, or NULL */
	size_t parts;              /* of that file */
	size_t part;               /* that is read */
	size_t n_opened;
	size_t batch_rows;        /* of the newest batch */
	struct intake_part place; /* of the newest batch that was read */
	int64_t source_rows;      /* read of the current source */
	struct relay *relay;      /* NULL: nothing is read ahead */
	struct intake_ahead ahead[AHEAD_PLACES];
	struct intake_part given; /* as `place`, of the newest batch that was given away */
	struct op_ctx *ctx;
	const struct spec_input *cut; /* one whose rows are sifted; NULL: none is */
	struct where_rows where;      /* rows of which it is not true are left out */
	struct sieve sieve;           /* of intake_next() */
	int64_t outside, left_out;    /* rows that the newest scan left out */
	bool exact_times;             /* no day of UTC alone is asked for */
};

static void
end_ahead(struct intake *in)
{
	relay_close(in->relay);
	in->relay = NULL;
}

void
intake_close(struct intake *in)
{
	if (!in)
		return;
	end_ahead(in);
	for (size_t i = 0; i < AHEAD_PLACES; i++) {
		batch_hold_release(&in->ahead[i].hold);
		free(in->ahead[i].file);
	}
	reader_close(in->reader);
	for (size_t i = 0; i < in->n_sources; i++)
		source_close(&in->sources[i]);
	free(in->sources);
	free(in->wanted);
	free(in->day_only);
	free(in->asks);
	free(in->hints);
	sieve_close(&in->sieve);
	where_rows_close(&in->where);
	free(in);
}

/* Are rows left out? */
static bool
is_sifted(const struct intake *in)
{
	return in->cut || in->where.read.expr;
}

static void
ask(struct intake *in, size_t column)
{
	assert(!in->reader);
	in->wanted[column] = true;
	in->day_only[column] = false;
	in->asks[column]++;
}

/* What is cut is cut by its event time. */
static enum err_code
open_sieve(struct intake *in, struct err *err)
{
	for (size_t i = 0; i < in->n_sources; i++)
		if (in->sources[i].spec->cut)
			in->cut = in->sources[i].spec;
	return sieve_open(&in->sieve, in->cut, &in->where, err);
}

enum err_code
intake_where(struct intake *in, struct err *err)
{
	bool *wanted = mem_new(in->schema->count, sizeof(*wanted));
	enum err_code code = where_rows_open(&in->where, in->ctx, in->schema, err);

	if (!code && in->where.read.expr) {
		sieve_close(&in->sieve);
		code = sieve_open(&in->sieve, in->cut, &in->where, err);
		if (!code)
			predicate_want(in->sieve.where, wanted);
	}
	for (size_t i = 0; i < in->schema->count && !code; i++)
		if (wanted[i])
			(void)intake_want(in, in->schema->columns[i].name);
	free(wanted);
	return code;
}

/* Give *out away, or close it. */
static enum err_code
finish_open(struct intake *in, struct op_ctx *ctx, enum err_code code, struct intake **out,
	    struct err *err)
{
	const struct grid *grid = &ctx->spec->grid;

	if (!code)
		code = open_sieve(in, err);
	if (code) {
		intake_close(in);
		return code;
	}
	in->ctx = ctx;
	in->exact_times = grid->unit == GRID_HOUR || grid->zone;
	in->wanted = mem_new(in->schema->count, sizeof(*in->wanted));
	in->day_only = mem_new(in->schema->count, sizeof(*in->day_only));
	in->asks = mem_new(in->schema->count, sizeof(*in->asks));
	if (in->cut)
		ask(in, in->sieve.column);
	*out = in;
	return ERR_NONE;
}

/* Open the inputs of a dataset, of one part or of all (part NULL). */
static enum err_code
open_inputs(struct intake **out, struct op_ctx *ctx, const char *dataset, const int64_t *part,
	    struct err *err)
{
	const struct spec *spec = ctx->spec;
	struct intake *in = mem_new(1, sizeof(*in));
	enum err_code code = ERR_NONE;

	in->sources = mem_new(spec->n_inputs, sizeof(*in->sources));
	for (size_t i = 0; i < spec->n_inputs && !code; i++) {
		struct input_source *s = &in->sources[in->n_sources];

		if (strcmp(spec->inputs[i].dataset, dataset) != 0 ||
		    (part && spec->inputs[i].part != *part))
			continue;
		in->n_sources++;
		code = source_open(s, &spec->inputs[i], err);
		in->schema = &s->spec->schema;
		in->format = s->spec->format;
	}
	if (!code && !in->n_sources)
		code = err_set(err, ERR_INPUT, "read dataset '%s': the task was given none of it",
			       dataset);
	return finish_open(in, ctx, code, out, err);
}

enum err_code
intake_open(struct intake **out, struct op_ctx *ctx, const char *dataset, struct err *err)
{
	return open_inputs(out, ctx, dataset, NULL, err);
}

enum err_code
intake_open_part(struct intake **out, struct op_ctx *ctx, const char *dataset, int64_t part,
		 struct err *err)
{
	return open_inputs(out, ctx, dataset, &part, err);
}

enum err_code
intake_open_files(struct intake **out, struct op_ctx *ctx, const struct op_from *from,
		  struct err *err)
{
	struct intake *in = mem_new(1, sizeof(*in));
	enum err_code code;

	in->sources = mem_new(1, sizeof(*in->sources));
	in->n_sources = 1;
	code = source_open_files(&in->sources[0], ctx, from, err);
	in->schema = &in->sources[0].spec->schema;
	in->format = in->sources[0].spec->format;
	return finish_open(in, ctx, code, out, err);
}

static void
warn(const struct intake *in, size_t column)
{
	if (!in->asks[column])
		source_warn(&in->sources[0], in->ctx->spec, column);
}

const struct schema *
intake_schema(const struct intake *in)
{
	return in->schema;
}

int
intake_want(struct intake *in, const char *column)
{
	int index = schema_find(in->schema, column);

	if (index >= 0) {
		warn(in, (size_t)index);
		ask(in, (size_t)index);
	}
	return index;
}

void
intake_want_all(struct intake *in)
{
	for (size_t i = 0; i < in->schema->count; i++) {
		warn(in, i);
		ask(in, i);
	}
}

enum err_code
intake_need(struct intake *in, const char *column, int type, int *index, struct err *err)
{
	const char *dataset = in->sources[0].spec->dataset;

	*index = intake_want(in, column);
	if (*index < 0)
		return err_set(err, ERR_INPUT, "read dataset '%s': it has no column '%s'", dataset,
			       column);
	if (type >= 0 && in->schema->columns[*index].type != (enum col_type)type)
		return err_set(err, ERR_INPUT, "read dataset '%s': column '%s' is %s, not %s",
			       dataset, column, col_type_name(in->schema->columns[*index].type),
			       col_type_name((enum col_type)type));
	return ERR_NONE;
}

void
intake_hint(struct intake *in, const struct reader_hint *hint)
{
	assert(!in->reader);
	in->hints = mem_grow(in->hints, in->n_hints, &in->hints_room, sizeof(*in->hints));
	in->hints[in->n_hints++] = *hint;
}

enum err_code
intake_need_day(struct intake *in, const char *column, int *index, struct err *err)
{
	enum err_code code = intake_need(in, column, COL_TIMESTAMP, index, err);

	if (code)
		return code;
	if (in->exact_times)
		return ERR_NONE;
	in->asks[*index]--;
	in->day_only[*index] = !in->asks[*index];
	return ERR_NONE;
}

/* ---- files that change ---- */

/* A descriptor of what the reader has open, or -1: formats without a stream look for themselves. */
static int
fd_of(const struct reader *r)
{
	return r && r->stream ? r->stream->fd : -1;
}

/* Reading a file failed: if it is another file by now, that is why. */
static enum err_code
find_cause(const struct input_source *s, size_t file, const struct reader *r, enum err_code code,
	   struct err *err)
{
	struct err why;

	if (source_check(s, file, fd_of(r), &why) != ERR_CONFLICT)
		return code;
	return err_set(err, ERR_CONFLICT, "%s", why.msg);
}

static enum err_code
check_rejects(const char *name, const struct batch *b, struct err *err)
{
	const struct reject *r = b->rejects;

	if (!b->n_rejects)
		return ERR_NONE;
	return err_set(err, ERR_INPUT, "read '%s': row %lld: %s: %s", name, (long long)r->row_no,
		       r->reason, r->detail);
}

/*
 * Open a file of a source; `number` is different for each opening.  What the name leads to is
 * asked before and after: so it is known which file a format opened that keeps its descriptor.
 */
static enum err_code
open_file(const struct intake *in, const struct input_source *s, size_t file, size_t number,
	  struct reader **out, struct err *err)
{
	struct reader_options options = { .format = in->format,
					  .schema = in->schema,
					  .dialect = s->dialect,
					  .wanted = in->wanted,
					  .day_only = in->day_only,
					  .hints = in->hints,
					  /* What is left out is counted, row by row. */
					  .n_hints = is_sifted(in) ? 0 : in->n_hints,
					  .digest = s->sums != NULL,
					  .is_published = s->columns != NULL,
					  .unit_base = (uint64_t)number << 32 };
	char *name = source_file(s, file);
	struct reader *r = NULL;
	enum err_code code = source_check(s, file, -1, err);

	if (!code) {
		code = reader_open(&r, s->dir, s->files[file], name, &options, err);
		if (code == ERR_INPUT && s->landing.count)
			misfit_explain(s->dir, s->files[file], name, &options, s->shows_rows, err);
		code = code ? find_cause(s, file, NULL, code, err)
			    : source_check(s, file, fd_of(r), err);
	}
	free(name);
	if (code) {
		reader_close(r);
		return code;
	}
	*out = r;
	return ERR_NONE;
}

/* The next rows of a file, none of which may be bad; *out NULL: its end, or that of the part. */
static enum err_code
read_rows(const struct input_source *s, size_t file, struct reader *r, const struct batch **out,
	  struct err *err)
{
	enum err_code code = reader_next(r, out, err);

	if (!code && *out)
		code = check_rejects(r->name, *out, err);
	if (code == ERR_INPUT && s->landing.count)
		misfit_explain(s->dir, s->files[file], r->name, &r->options, s->shows_rows, err);
	return code ? find_cause(s, file, r, code, err) : ERR_NONE;
}

/*
 * A file was read to its end.  Is it still the one it was?  Parquet has checked that, with
 * every part.  Keep its checksum, where that is asked for.
 */
static enum err_code
end_file(const struct input_source *s, size_t file, struct reader *r, struct err *err)
{
	enum err_code code = r->stream ? source_check(s, file, fd_of(r), err) : ERR_NONE;

	return code || !s->sums ? code : reader_digest(r, s->sums[file], err);
}

/* All of a source was read: were there as many rows as its manifest says? */
static enum err_code
check_rows(const struct intake *in, const struct input_source *s, int64_t rows, struct err *err)
{
	/* Only Parquet leaves rows out for a hint. */
	if (s->rows < 0 || s->rows == rows || (in->n_hints && in->format == FORMAT_PARQUET))
		return ERR_NONE;
	return err_set(err, ERR_INPUT,
		       "read '%s': %lld rows, but the manifest says %lld; the partition is "
		       "damaged, run its writer again",
		       s->path, (long long)rows, (long long)s->rows);
}

static int64_t
day_of(const struct spec_input *in)
{
	const struct grid days = { .unit = GRID_DAY, .zone = in->grid.zone };

	return in->partitioned ? grid_part(days, grid_start(in->grid, in->part)) : 0;
}

/* Open the next file; in->reader stays NULL when there is none. */
static enum err_code
next_file(struct intake *in, struct err *err)
{
	while (in->at_source < in->n_sources) {
		const struct input_source *s = &in->sources[in->at_source];
		enum err_code code;

		if (in->at_file < s->n_files) {
			code = open_file(in, s, in->at_file++, ++in->n_opened, &in->reader, err);
			if (code)
				return code;
			assert(in->reader);
			in->part = 0;
			in->parts = reader_parts(in->reader);
			in->place.day = day_of(s->spec);
			in->place.file = in->reader->name;
			reader_seek(in->reader, 0);
			return ERR_NONE;
		}
		code = check_rows(in, s, in->source_rows, err);
		if (code)
			return code;
		in->source_rows = 0;
		in->at_file = 0;
		in->at_source++;
	}
	return ERR_NONE;
}

/* A part was read to its end: go to the next one, or close the file. */
static enum err_code
next_part(struct intake *in, struct err *err)
{
	enum err_code code;

	in->place.number++;
	in->place.row = 0;
	if (++in->part < in->parts) {
		reader_seek(in->reader, in->part);
		return ERR_NONE;
	}
	code = end_file(&in->sources[in->at_source], in->at_file - 1, in->reader, err);
	if (code)
		return code;
	reader_close(in->reader);
	in->reader = NULL;
	in->place.file = NULL;
	return ERR_NONE;
}

/* The next batch, NULL at the end. */
static enum err_code
next_batch(struct intake *in, const struct batch **out, struct err *err)
{
	enum err_code code = ERR_NONE;

	in->place.row += (int64_t)in->batch_rows;
	in->batch_rows = 0;
	*out = NULL;
	while (!code && !*out) {
		if (!in->reader)
			code = next_file(in, err);
		if (code || !in->reader)
			break;
		code = read_rows(&in->sources[in->at_source], in->at_file - 1, in->reader, out,
				 err);
		if (!code && !*out)
			code = next_part(in, err);
	}
	return code;
}

/* As intake_next(), of what is read here. */
static enum err_code
read_next(struct intake *in, const struct batch **out, struct err *err)
{
	enum err_code code = next_batch(in, out, err);

	if (code)
		return code;
	in->source_rows += *out ? (int64_t)(*out)->rows : 0;
	if (*out && is_sifted(in))
		code = sieve_batch(&in->sieve, *out, in->sources[in->at_source].spec->cut,
				   in->reader->name, out, err);
	in->batch_rows = *out ? (*out)->rows : 0;
	return code;
}

/* A relay_fn: the next batch, as a copy that stays. */
static enum err_code
make_ahead(void *arg, struct relay_batch *out, struct err *err)
{
	struct intake *in = arg;
	struct intake_ahead *a = &in->ahead[out->place];
	const struct batch *b = NULL;
	enum err_code code = read_next(in, &b, err);

	if (code || !b)
		return code;
	if (!a->file || strcmp(a->file, in->place.file) != 0) {
		free(a->file);
		a->file = mem_str(in->place.file);
	}
	a->place = in->place;
	a->place.file = a->file;
	relay_give(out, &a->hold, b);
	return ERR_NONE;
}

void
intake_read_ahead(struct intake *in)
{
	assert(!in->reader && !in->relay);
	in->relay = relay_open(make_ahead, in, AHEAD_PLACES);
}

enum err_code
intake_next(struct intake *in, const struct batch **out, struct err *err)
{
	struct relay_batch ahead;
	enum err_code code;

	if (!in->relay) {
		code = read_next(in, out, err);
		in->given = in->place;
		return code;
	}
	code = relay_next(in->relay, &ahead, err);
	*out = ahead.batch;
	if (!code && ahead.batch) {
		in->given = in->ahead[ahead.place].place;
		return ERR_NONE;
	}
	end_ahead(in);
	in->given = in->place;
	return code;
}

struct intake_part
intake_place(const struct intake *in)
{
	return in->given;
}

enum err_code
intake_middle(struct intake *in, const struct batch **out, struct err *err)
{
	const struct input_source *s = &in->sources[in->n_sources / 2];
	size_t parts = 0;
	enum err_code code;

	assert(!in->reader);
	*out = NULL;
	if (!s->n_files)
		return ERR_NONE;
	code = open_file(in, s, s->n_files / 2, ++in->n_opened, &in->reader, err);
	if (code)
		return code;
	parts = reader_parts(in->reader);
	if (s->n_files + parts < 3)
		return ERR_NONE;
	reader_seek(in->reader, parts / 2);
	return read_rows(s, s->n_files / 2, in->reader, out, err);
}

const char *
intake_file(const struct intake *in)
{
	if (in->given.file)
		return in->given.file;
	return in->reader ? in->reader->name : in->sources[0].path;
}

void
intake_rewind(struct intake *in)
{
	end_ahead(in);
	reader_close(in->reader);
	in->reader = NULL;
	in->at_source = in->at_file = 0;
	in->source_rows = 0;
	in->batch_rows = 0;
	in->place = in->given = (struct intake_part){ 0 };
	in->sieve.outside = in->outside = 0;
	in->sieve.left_out = in->left_out = 0;
}

/* ---- in lanes ---- */

/* A part of a file; parts are handed out in row order. */
struct ticket {
	size_t source, file, part, number;
	bool last; /* of its file */
};

/* What the lanes of a scan share; the lock guards `next` and everything behind it. */
struct scan_job {
	struct intake *in;
	intake_batch_fn *fn;
	void *arg;
	pthread_mutex_t lock;
	struct ticket next;
	size_t parts;  /* of the file of `next`; 0: nobody has opened it yet */
	int64_t *rows; /* by source */
	bool failed;
};

/* The reader of one lane, and which file it has open. */
struct scan_lane {
	int number;
	struct reader *reader;
	size_t source, file;
	struct sieve sieve; /* if rows are left out */
};

/* Have the lane's reader at the file of a ticket. */
static enum err_code
reach_file(struct scan_job *job, struct scan_lane *lane, const struct ticket *t, struct err *err)
{
	struct intake *in = job->in;

	if (lane->reader && lane->source == t->source && lane->file == t->file)
		return ERR_NONE;
	reader_close(lane->reader);
	lane->reader = NULL;
	lane->source = t->source;
	lane->file = t->file;
	return open_file(in, &in->sources[t->source], t->file, t->number + 1, &lane->reader, err);
}

/* Take the next part, under the lock; *more false: there is none. */
static enum err_code
take_ticket(struct scan_job *job, struct scan_lane *lane, struct ticket *out, bool *more,
	    struct err *err)
{
	struct intake *in = job->in;
	struct ticket *t = &job->next;
	enum err_code code = ERR_NONE;

	*more = false;
	while (t->source < in->n_sources && t->file == in->sources[t->source].n_files) {
		t->source++;
		t->file = 0;
	}
	if (t->source == in->n_sources || job->failed)
		return ERR_NONE;
	if (!job->parts) {
		code = reach_file(job, lane, t, err);
		if (code)
			return code;
		job->parts = reader_parts(lane->reader);
	}
	*out = *t;
	*more = true;
	t->number++;
	out->last = ++t->part == job->parts;
	if (out->last) {
		t->part = job->parts = 0;
		t->file++;
	}
	return ERR_NONE;
}

static enum err_code
scan_part(struct scan_job *job, struct scan_lane *lane, const struct ticket *t, struct err *err)
{
	const struct input_source *s = &job->in->sources[t->source];
	struct intake_part part = { .lane = lane->number,
				    .number = t->number,
				    .day = day_of(s->spec) };
	const struct batch *b = NULL;
	enum err_code code = reach_file(job, lane, t, err);
	int64_t rows = 0;

	if (code)
		return code;
	part.file = lane->reader->name;
	reader_seek(lane->reader, t->part);
	while (!(code = read_rows(s, t->file, lane->reader, &b, err)) && b) {
		const struct batch *kept = b;

		rows += (int64_t)b->rows;
		if (is_sifted(job->in))
			code = sieve_batch(&lane->sieve, b, s->spec->cut, part.file, &kept, err);
		if (!code)
			code = job->fn(job->arg, &part, kept, err);
		if (code)
			break;
		part.row += (int64_t)kept->rows;
	}
	if (!code && t->last)
		code = end_file(s, t->file, lane->reader, err);
	(void)pthread_mutex_lock(&job->lock);
	job->rows[t->source] += rows;
	(void)pthread_mutex_unlock(&job->lock);
	return code;
}

/* A crew_fn: parts until there are no more. */
static enum err_code
scan_lane(void *arg, int number, struct err *err)
{
	struct scan_lane lane = { .number = number };
	struct scan_job *job = arg;
	enum err_code code = ERR_NONE;
	bool more = true;

	if (is_sifted(job->in))
		code = sieve_open(&lane.sieve, job->in->cut, &job->in->where, err);
	while (!code && more) {
		struct ticket t;

		(void)pthread_mutex_lock(&job->lock);
		code = take_ticket(job, &lane, &t, &more, err);
		(void)pthread_mutex_unlock(&job->lock);
		if (!code && more)
			code = scan_part(job, &lane, &t, err);
		if (code) {
			(void)pthread_mutex_lock(&job->lock);
			job->failed = true;
			(void)pthread_mutex_unlock(&job->lock);
		}
	}
	reader_close(lane.reader);
	(void)pthread_mutex_lock(&job->lock);
	job->in->outside += lane.sieve.outside;
	job->in->left_out += lane.sieve.left_out;
	(void)pthread_mutex_unlock(&job->lock);
	sieve_close(&lane.sieve);
	return code;
}

enum err_code
intake_scan(struct intake *in, int lanes, intake_batch_fn *fn, void *arg, struct err *err)
{
	struct scan_job job = { .in = in, .fn = fn, .arg = arg, .lock = PTHREAD_MUTEX_INITIALIZER };
	enum err_code code;

	assert(!in->reader);
	job.rows = mem_new(in->n_sources, sizeof(*job.rows));
	code = crew_run(lanes, scan_lane, &job, err);
	for (size_t i = 0; i < in->n_sources && !code; i++)
		code = check_rows(in, &in->sources[i], job.rows[i], err);
	free(job.rows);
	return code;
}

/* All rows of the parts, cut or not; -1: nobody knows. */
static int64_t
rows_of_parts(const struct intake *in)
{
	int64_t rows = 0;

	for (size_t i = 0; i < in->n_sources; i++) {
		if (in->sources[i].rows < 0 && !in->sources[i].spec->missing)
			return -1;
		rows += in->sources[i].spec->missing ? 0 : in->sources[i].rows;
	}
	return rows;
}

int64_t
intake_rows(const struct intake *in)
{
	return is_sifted(in) ? -1 : rows_of_parts(in);
}

int64_t
intake_rows_about(const struct intake *in)
{
	/* What a row takes in a packed file; more partitions than needed do not cost much. */
	enum { ROW_BYTES = 32 };
	int64_t bytes = 0, rows = rows_of_parts(in);

	for (size_t i = 0; i < in->n_sources && rows < 0; i++)
		bytes += source_bytes(&in->sources[i]);
	return rows < 0 ? bytes / ROW_BYTES : rows;
}

void
intake_name(const struct intake *in, struct manifest *m)
{
	for (size_t i = 0; i < in->n_sources; i++)
		source_record(&in->sources[i], in->wanted, m);
}

void
intake_record(const struct intake *in, struct manifest *m)
{
	int64_t left_out = in->left_out + in->sieve.left_out;

	intake_name(in, m);
	in->ctx->outside += in->outside + in->sieve.outside;
	in->ctx->cuts |= in->cut != NULL;
	in->ctx->sifts |= in->where.read.expr != NULL;
	in->ctx->left_out += left_out;
	if (in->where.read.expr)
		op_log("'where' left out %lld rows", (long long)left_out);
}
