/*
 * ingest.c - landing files to one partition.
 *
 * Rows come out in the order (_source_file, _row), with three columns more than
 * the files have.  A record that is no row, or that belongs to another
 * partition, is set aside, dropped, or ends the attempt, as the task says.
 */
#include "worker/op/op.h"

#include "core/op/ingest.h"
#include "core/time/grid.h"
#include "core/base/hash.h"
#include "core/base/mem.h"
#include "worker/attempt/landing.h"
#include "worker/attempt/misfit.h"
#include "worker/format/guess.h"
#include "worker/attempt/outlet.h"
#include "worker/attempt/rest.h"
#include "worker/format/reader.h"
#include "worker/rows/relay.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The columns that ingest adds, as they stand in schema_ingest_extra. */
enum { EXTRA_RECEIVED_AT, EXTRA_SOURCE_FILE, EXTRA_ROW, EXTRA_COUNT };

/* Batches of a file: the first that are not read ahead, and how many of the others are. */
enum { ALONE = 2, AHEAD_PLACES = 8 };

struct ingest {
	struct op_ctx *ctx;
	const struct op_ingest *params;
	struct outlet *outlet;
	const struct schema *written; /* of the output */
	struct column *columns;       /* of the files: the output's without the extra ones, ... */
	struct schema read;           /* ... and perhaps the one that received_at names */
	bool *optional;
	size_t event_time;
	int received_at; /* column of the files, or -1 */
	struct grid grid;
	int64_t part;
	int64_t first, last; /* event times in it, both inclusive: instants, or day numbers */
	struct col *cols;    /* of the output batch: columns of the reader's, then our own */
	struct col extra[EXTRA_COUNT];
	/* The name of the file, and when all of it was received: one entry for all rows. */
	struct span name;
	struct col_dict names, times;
	int64_t *received; /* of each row of a batch, where they differ */
	uint32_t *zeros;   /* codes of such a dictionary */
	uint64_t unit;     /* of batches without dictionaries of the reader; other for each file */
	uint32_t *kept;    /* rows of the batch that belong to the partition */
	int64_t rows_read, dropped, unknown_keys, bad;
	struct digest inputs; /* over names and digests of the files */
	struct reader *reader;
	struct batch_hold ahead[AHEAD_PLACES];
};

/* What the files have to have, from what the output has. */
static enum err_code
plan_columns(struct ingest *g, struct err *err)
{
	const char *received_at = g->params->received_at;
	size_t n = g->written->count;
	int event_time;

	if (n < EXTRA_COUNT || schema_find(g->written, "_row") != (int)n - 1)
		return err_set(err, ERR_INPUT,
			       "ingest: the output lacks the columns _received_at, "
			       "_source_file and _row");
	n -= EXTRA_COUNT;
	g->columns = mem_new(n + 1, sizeof(*g->columns));
	g->optional = mem_new(n + 1, sizeof(*g->optional));
	memcpy(g->columns, g->written->columns, n * sizeof(*g->columns));
	g->read = (struct schema){ g->columns, n };
	g->received_at = received_at ? schema_find(&g->read, received_at) : -1;
	if (received_at && g->received_at < 0) {
		g->columns[n] = (struct column){ received_at, COL_TIMESTAMP };
		g->optional[n] = true;
		g->received_at = (int)n;
		g->read.count++;
	}
	if (g->received_at >= 0 && g->columns[g->received_at].type != COL_TIMESTAMP)
		return err_set(err, ERR_INPUT, "ingest: received_at '%s' is no timestamp",
			       received_at);
	event_time = schema_find(&g->read, g->params->event_time);
	if (event_time < 0 || (g->columns[event_time].type != COL_TIMESTAMP &&
			       g->columns[event_time].type != COL_DATE))
		return err_set(err, ERR_INPUT,
			       "ingest: event_time '%s' is no column of type timestamp or date",
			       g->params->event_time);
	g->event_time = (size_t)event_time;
	return ERR_NONE;
}

static void
make_columns(struct ingest *g)
{
	bool *valid = mem_new(BATCH_ROWS_MAX, sizeof(*valid));

	memset(valid, true, BATCH_ROWS_MAX);
	g->cols = mem_new(g->written->count, sizeof(*g->cols));
	g->kept = mem_new(BATCH_ROWS_MAX, sizeof(*g->kept));
	g->zeros = mem_new(BATCH_ROWS_MAX, sizeof(*g->zeros));
	g->names = (struct col_dict){ .count = 1, .texts = &g->name };
	g->times = (struct col_dict){ .count = 1, .ints = &g->ctx->spec->end_us };
	for (int i = 0; i < EXTRA_COUNT; i++)
		g->extra[i] = (struct col){ .type = schema_ingest_extra.columns[i].type,
					    .wanted = true,
					    .no_nulls = true,
					    .valid = valid };
	g->extra[EXTRA_SOURCE_FILE].dict = &g->names;
	g->extra[EXTRA_SOURCE_FILE].codes = g->zeros;
	g->extra[EXTRA_RECEIVED_AT].dict = &g->times;
	g->extra[EXTRA_RECEIVED_AT].codes = g->zeros;
	if (g->received_at < 0)
		return;
	g->received = mem_new(BATCH_ROWS_MAX, sizeof(*g->received));
	g->extra[EXTRA_RECEIVED_AT].dict = NULL;
	g->extra[EXTRA_RECEIVED_AT].ints = g->received;
}

static void
release(struct ingest *g)
{
	for (size_t i = 0; i < AHEAD_PLACES; i++)
		batch_hold_release(&g->ahead[i]);
	free(g->extra[0].valid); /* of all three */
	free(g->received);
	free(g->zeros);
	free(g->cols);
	free(g->kept);
	free(g->columns);
	free(g->optional);
	outlet_close(g->outlet);
}

/* A bad record: what the task says about it.  q is told only where it has to be. */
static enum err_code
refuse(struct ingest *g, const struct castaway *row, struct quarantine **q, struct err *err)
{
	const char *detail;

	g->bad++;
	switch (g->params->on_bad_row) {
	case BAD_ROW_DROP:
		g->dropped++;
		return ERR_NONE;
	case BAD_ROW_FAIL:
		detail = outlet_detail(g->outlet, row->detail);
		return err_set(err, ERR_INPUT, "ingest '%.*s': row %lld: %s%s%s",
			       (int)row->source_file.bytes, row->source_file.data,
			       (long long)row->row_no, row->reason, *detail ? ": " : "", detail);
	case BAD_ROW_QUARANTINE:
		break;
	}
	return outlet_quarantine(g->outlet, q, err);
}

static enum err_code
refuse_record(struct ingest *g, const struct reject *r, struct err *err)
{
	struct castaway row = { .source_file = g->name,
				.row_no = r->row_no,
				.reason = r->reason,
				.detail = r->detail,
				.raw = r->raw };
	struct quarantine *q = NULL;
	enum err_code code = refuse(g, &row, &q, err);

	return code || !q ? code : quarantine_add(q, &row, err);
}

/* A row that could be read, but not placed in this partition. */
static enum err_code
refuse_row(struct ingest *g, const struct batch *out, size_t at, struct err *err)
{
	const struct col *c = &out->cols[g->event_time];
	bool is_null = !c->valid[at];
	struct castaway row = { .source_file = g->name,
				.row_no = out->row_no[at],
				.reason = is_null ? "null_event_time" : "wrong_partition" };
	char detail[REJECT_DETAIL_CHARS], text[VALUE_CHARS_MAX + 1] = "";
	char part[GRID_TEXT_CHARS + 1];
	struct quarantine *q = NULL;
	struct day_memo memo = { 0 };
	enum err_code code;

	grid_text(g->grid, g->part, part);
	if (!is_null)
		*value_put(c, at, &memo, text) = '\0';
	(void)snprintf(detail, sizeof(detail),
		       is_null ? "column '%s' is null" : "'%s' %s is not in %s",
		       g->params->event_time, text, part);
	row.detail = detail;
	code = refuse(g, &row, &q, err);
	if (code || !q)
		return code;
	return quarantine_add_row(q, out, at, row.row_no, row.reason, detail, err);
}

/* Give a batch of the reader the columns of the output. */
static struct batch
dress(struct ingest *g, const struct batch *in)
{
	struct batch out = { .schema = g->written,
			     .cols = g->cols,
			     .rows = in->rows,
			     .row_no = in->row_no,
			     .unit = in->unit ? in->unit : g->unit };
	size_t n = g->written->count - EXTRA_COUNT;

	memcpy(g->cols, in->cols, n * sizeof(*g->cols));
	g->extra[EXTRA_ROW].ints = in->row_no;
	if (g->received) {
		const struct col *c = &in->cols[g->received_at];

		for (size_t at = 0; at < in->rows; at++)
			g->received[at] = c->valid[at] ? col_int(c, at) : g->ctx->spec->end_us;
	}
	memcpy(g->cols + n, g->extra, sizeof(g->extra));
	return out;
}

/* The row is of the interval that is ingested. */
static bool
belongs(const struct ingest *g, const struct col *c, size_t at)
{
	return c->valid[at] && col_int(c, at) >= g->first && col_int(c, at) <= g->last;
}

/* A date stands for the first instant of its day, by the clocks of the partition's zone. */
static void
find_bounds(struct ingest *g, const struct spec_output *to)
{
	const struct grid days = { .unit = GRID_DAY, .zone = to->grid.zone };
	int64_t start_us = grid_start(to->grid, to->part), end_us = grid_end(to->grid, to->part);

	g->grid = to->grid;
	g->part = to->part;
	g->first = start_us;
	g->last = end_us - 1;
	if (g->columns[g->event_time].type != COL_DATE)
		return;
	g->first = grid_part(days, start_us);
	if (grid_start(days, g->first) < start_us)
		g->first++;
	g->last = grid_part(days, end_us - 1);
}

/* All rows of a batch: into g->kept, or refused.  Returns how many are kept in *n. */
static enum err_code
place_rows(struct ingest *g, const struct batch *in, const struct batch *out, size_t *n,
	   struct err *err)
{
	const struct col *c = &out->cols[g->event_time];
	size_t kept = 0, next = 0;
	enum err_code code = ERR_NONE;

	/* Rows and rejects in the order of the file, so that the quarantine is in that order too.
	 */
	for (size_t at = 0; at < in->rows && !code; at++) {
		for (; next < in->n_rejects && !code; next++) {
			if (in->rejects[next].row_no > in->row_no[at])
				break;
			code = refuse_record(g, &in->rejects[next], err);
		}
		if (code)
			break;
		if (belongs(g, c, at))
			g->kept[kept++] = (uint32_t)at;
		else
			code = refuse_row(g, out, at, err);
	}
	for (; next < in->n_rejects && !code; next++)
		code = refuse_record(g, &in->rejects[next], err);
	*n = kept;
	return code;
}

static enum err_code
take_batch(struct ingest *g, const struct batch *in, struct err *err)
{
	struct batch out = dress(g, in);
	enum err_code code;
	size_t n;

	g->rows_read += (int64_t)(in->rows + in->n_rejects);
	g->unknown_keys += in->unknown_keys;
	code = place_rows(g, in, &out, &n, err);
	if (code)
		return code;
	return outlet_add(g->outlet, &out, n == in->rows ? NULL : g->kept, n, err);
}

/* A relay_fn: the next batch of the file, as a copy that stays. */
static enum err_code
read_ahead(void *arg, struct relay_batch *out, struct err *err)
{
	struct ingest *g = arg;
	const struct batch *b = NULL;
	enum err_code code = reader_next(g->reader, &b, err);

	if (code || !b)
		return code;
	relay_give(out, &g->ahead[out->place], b);
	return ERR_NONE;
}

/*
 * Take all rows of the file.  From its third batch on it is read in a thread of its own, where that
 * is worth it: of thousands of small files none is worth one.
 */
static enum err_code
take_rows(struct ingest *g, struct err *err)
{
	struct relay *relay = NULL;
	struct relay_batch b = { 0 };
	enum err_code code;
	size_t n = 0;

	do {
		if (n++ == ALONE)
			relay = relay_open(read_ahead, g, AHEAD_PLACES);
		code = relay ? relay_next(relay, &b, err) : reader_next(g->reader, &b.batch, err);
		if (!code && b.batch)
			code = take_batch(g, b.batch, err);
	} while (!code && b.batch);
	relay_close(relay);
	return code;
}

static enum err_code
take_file(struct ingest *g, const char *path, const char *name, struct err *err)
{
	struct reader_options options = { .format = g->params->from_format,
					  .schema = &g->read,
					  .dialect = &g->params->dialect,
					  .optional = g->optional,
					  .digest = true,
					  .unknown_keys_fail = g->params->unknown_keys_fail,
					  .unit_base = g->unit + ((uint64_t)1 << 32) };
	char sum[CHECKSUM_CHARS + 1];
	int64_t before = g->rows_read, bad = g->bad, read;
	enum err_code code = reader_open(&g->reader, AT_FDCWD, path, name, &options, err);

	g->name = (struct span){ name, strlen(name) };
	g->unit = options.unit_base;
	if (!code)
		code = take_rows(g, err);
	if (!code)
		code = reader_digest(g->reader, sum, err);
	if (!code) {
		digest_add(&g->inputs, name, strlen(name) + 1);
		digest_add(&g->inputs, sum, CHECKSUM_CHARS);
		op_log("read '%s': %lld rows, %lld bad", name, (long long)(g->rows_read - before),
		       (long long)(g->bad - bad));
	}
	reader_close(g->reader);
	g->reader = NULL;
	read = g->rows_read - before;
	bad = g->bad - bad;
	if (code == ERR_INPUT || (!code && guess_is_due(bad, read)))
		misfit_explain(AT_FDCWD, path, name, &options,
			       (code || bad == read) && outlet_shows_rows(g->outlet),
			       code ? err : NULL);
	return op_plain_error(code);
}

static enum err_code
check_share(struct ingest *g, struct err *err)
{
	char most[SHARE_CHARS];

	if (share_compare(g->bad, g->params->max_bad, g->rows_read) <= 0)
		return ERR_NONE;
	share_format(g->params->max_bad, most);
	g->ctx->max_bad = true;
	return err_set(err, ERR_INPUT,
		       "ingest: %lld of %lld rows are bad, more than max_bad (%s) allows",
		       (long long)g->bad, (long long)g->rows_read, most);
}

static enum err_code
finish(struct ingest *g, const struct landing *files, struct err *err)
{
	struct manifest m = { 0 };
	enum err_code code;

	op_count(g->ctx, "read", g->rows_read);
	op_count(g->ctx, "dropped", g->dropped);
	op_count(g->ctx, "unknown_keys", g->unknown_keys);
	op_count(g->ctx, "files", (int64_t)files->count);
	code = check_share(g, err);
	if (code)
		return code;
	m.inputs = mem_new(1, sizeof(*m.inputs));
	m.n_inputs = 1;
	m.inputs[0] = (struct manifest_input){ .dataset = mem_str("files"),
					       .partition = mem_str("") };
	digest_end(&g->inputs, m.inputs[0].digest);
	code = outlet_finish(g->outlet, &m, err);
	manifest_release(&m);
	return code;
}

#define REST_US (10 * SECOND_US) /* who writes them ends, or goes on, within it */

/* The files, all of them, of who has ended writing them where that is waited for. */
static enum err_code
find_files(struct op_ctx *ctx, const struct op_ingest *params, struct landing *files,
	   struct err *err)
{
	enum err_code code = op_find_files(ctx, params->from_path, files, err);

	if (!params->wait_us)
		return code;
	if (code == ERR_NOT_FOUND)
		return op_not_yet(ctx);
	return code ? code : rest_await(ctx, files, REST_US, err);
}

static enum err_code
run(struct op_ctx *ctx, struct err *err)
{
	struct ingest g = { .ctx = ctx, .params = ctx->task->params };
	struct landing files = { 0 };
	enum err_code code = find_files(ctx, g.params, &files, err);

	if (code)
		err_wrap(err, "ingest");
	if (!code)
		code = outlet_open(&g.outlet, ctx, err);
	if (!code) {
		g.written = outlet_schema(g.outlet);
		digest_init(&g.inputs);
		code = plan_columns(&g, err);
	}
	if (!code) {
		find_bounds(&g, &ctx->spec->outputs[ctx->spec->n_outputs - 1]);
		make_columns(&g);
	}
	for (size_t i = 0; i < files.count && !code; i++)
		code = take_file(&g, files.paths[i], files.names[i], err);
	if (!code)
		code = finish(&g, &files, err);
	release(&g);
	landing_release(&files);
	return code;
}

const struct op op_ingest = { .run = run };
