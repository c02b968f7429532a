/*
 * sessionize.c - the events of units as their sessions: a new one after a gap.
 *
 * Events are brought together by unit and in order of time (timeline.h), and each lane makes
 * sessions of the units that it sees.  Those go to partitions by ranges of units, so that
 * partition after partition, each one sorted, they are in the order of the output.  What an event
 * is besides its unit and its time is never read.
 */
#include "worker/op/op.h"

#include "core/base/mem.h"
#include "core/base/size.h"
#include "core/lake/lake.h"
#include "core/op/sessionize.h"
#include "worker/attempt/intake.h"
#include "worker/attempt/outlet.h"
#include "worker/keys/timeline.h"
#include "worker/rows/budget.h"
#include "worker/rows/value.h"

#include <stdlib.h>
#include <string.h>

/* The columns of the output: the unit, then schema_sessions. */
enum { OUT_UNIT, OUT_NUMBER, OUT_ID, OUT_START, OUT_END, OUT_EVENTS, OUT_DURATION };

/*
 * A session on its way to the output.  It is sorted by its unit alone: those of a unit are made by
 * one lane, in order of time, and stay so.
 */
enum { SESSION_UNIT, SESSION_START, SESSION_END, SESSION_EVENTS, SESSION_WORDS, SESSION_KEYS = 1 };

enum {
	SORT_BYTES = 4 << 20, /* of a range of units */
	IDS_BYTES = 4 << 20,  /* of the ids of rows that are written at once */
	/* Of the memory: sorting takes the first part, the other is for what waits for it. */
	SORT_SHARE = 4,
};

/* What one lane has for itself. */
struct sessionize_lane {
	int64_t read, theirs; /* theirs: events of sessions that begin outside of the interval */
	uint64_t open[SESSION_WORDS]; /* the newest session; no events: there is none */
	uint32_t range;               /* where it goes */
};

struct sessionize_run {
	struct op_ctx *ctx;
	struct buf scratch;             /* where goes what does not fit into memory */
	size_t spare_bytes, sort_bytes; /* sort_bytes: of spare_bytes, what sorting may take */
	int n_lanes;
	bool texts; /* units are texts */
	struct timeline_rows columns;
	uint64_t gap_us, from, to; /* sessions begin in [from, to), words as radix_int() makes */
	struct timeline *timeline;
	struct shuffle *sessions;
	uint64_t *cuts; /* the first unit of each range but the first */
	uint32_t n_cuts;
	struct sessionize_lane lanes[CREW_LANES_MAX];
	/* Of the rows that are written. */
	struct outlet *outlet;
	struct batch batch;
	struct buf ids;
	uint64_t unit;  /* of the newest row ... */
	int64_t number; /* ... and its number; 0: there was none */
};

/* ---- events ---- */

/* An intake_batch_fn */
static enum err_code
add_batch(void *arg, const struct intake_part *part, const struct batch *b, struct err *err)
{
	struct sessionize_run *r = arg;

	r->lanes[part->lane].read += (int64_t)b->rows;
	return timeline_add(r->timeline, part->lane, b, &r->columns, err);
}

static enum err_code
open_timeline(struct sessionize_run *r, struct intake *in, struct err *err)
{
	/* The names of units are part of the answer, and never go to disk. */
	size_t text_bytes = r->texts ? budget_answer(r->spare_bytes) : 0;
	struct timeline_options options = {
		.who = "sessionize",
		.texts = r->texts,
		.lanes = r->n_lanes,
		.rows = intake_rows_about(in),
		.text_bytes = text_bytes,
		.task_bytes = r->ctx->spec->memory_bytes,
		.dir = r->scratch.data,
	};

	r->sort_bytes = (r->spare_bytes - text_bytes) / SORT_SHARE;
	options.memory_bytes = r->spare_bytes - text_bytes - r->sort_bytes;
	return timeline_open(&r->timeline, &options, err);
}

static enum err_code
read_events(struct sessionize_run *r, struct intake *in, struct err *err)
{
	const struct op_sessionize *params = r->ctx->task->params;
	const struct column *unit = &outlet_schema(r->outlet)->columns[OUT_UNIT];
	int unit_at = 0, time_at = 0;
	enum err_code code = intake_need(in, params->track.unit, (int)unit->type, &unit_at, err);

	if (!code)
		code = intake_need(in, params->track.time, COL_TIMESTAMP, &time_at, err);
	r->texts = col_is_text(unit->type);
	if (!code)
		code = open_timeline(r, in, err);
	if (code)
		return code;
	r->columns = (struct timeline_rows){ .unit = (size_t)unit_at, .time = (size_t)time_at };
	code = intake_scan(in, r->n_lanes, add_batch, r, err);
	return code ? code : timeline_seal(r->timeline, err);
}

/* ---- sessions ---- */

/* Which range a unit is in: how many of the cuts are not above it. */
static uint32_t
range_of(const struct sessionize_run *r, uint64_t unit)
{
	uint32_t low = 0, high = r->n_cuts;

	while (low < high) {
		uint32_t middle = (low + high) / 2;

		if (r->cuts[middle] <= unit)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* The newest session of a lane is complete: it is ours if it begins in the interval. */
static void
end_session(struct sessionize_run *r, struct sessionize_lane *l, struct shuffle_lane *to)
{
	if (!l->open[SESSION_EVENTS])
		return;
	if (l->open[SESSION_START] >= r->from && l->open[SESSION_START] <= r->to)
		memcpy(shuffle_slot(to, l->range), l->open, sizeof(l->open));
	else
		l->theirs += (int64_t)l->open[SESSION_EVENTS];
	l->open[SESSION_EVENTS] = 0;
}

/* A timeline_fn */
static enum err_code
find_sessions(void *arg, const struct timeline_piece *piece, struct err *err)
{
	struct sessionize_run *r = arg;
	struct sessionize_lane *l = &r->lanes[piece->lane];
	struct shuffle_lane *to = shuffle_lane(r->sessions, piece->lane);
	const uint64_t *row = piece->rows;

	for (size_t i = 0; i < piece->n; i++, row += piece->words) {
		uint64_t unit = row[TIMELINE_UNIT], time = row[TIMELINE_TIME];
		bool is_other = !l->open[SESSION_EVENTS] || unit != l->open[SESSION_UNIT];

		/* Both times are unsigned and in order: the difference cannot wrap. */
		if (is_other || time - l->open[SESSION_END] > r->gap_us) {
			end_session(r, l, to);
			if (is_other)
				l->range = range_of(r, unit);
			l->open[SESSION_UNIT] = unit;
			l->open[SESSION_START] = time;
		}
		l->open[SESSION_END] = time;
		l->open[SESSION_EVENTS]++;
	}
	if (piece->is_last)
		end_session(r, l, to);
	return shuffle_failed(to, err);
}

static enum err_code
make_sessions(struct sessionize_run *r, struct err *err)
{
	const struct shuffle_options options = { .record_bytes = SESSION_WORDS * sizeof(uint64_t),
						 .rows = timeline_count(r->timeline),
						 .partition_bytes = SORT_BYTES,
						 .lanes = r->n_lanes,
						 .dir = r->scratch.data,
						 .share = timeline_share(r->timeline) };
	enum err_code code = shuffle_open(&r->sessions, &options, err);

	if (code)
		return code;
	r->n_cuts = shuffle_partitions(r->sessions) - 1;
	r->cuts = mem_new(r->n_cuts, sizeof(*r->cuts));
	timeline_cuts(r->timeline, r->cuts, r->n_cuts);
	code = timeline_each(r->timeline, r->sort_bytes, find_sessions, r, err);
	return code ? code : shuffle_seal(r->sessions, err);
}

/* ---- rows ---- */

static void
open_batch(struct sessionize_run *r)
{
	struct batch *b = &r->batch;

	batch_init(b, outlet_schema(r->outlet), NULL);
	batch_set_whole(b, BATCH_ROWS_MAX);
	b->rows = 0;
}

/* `<unit>-<microseconds>` behind what is in r->ids; where it stands is known when that is full. */
static void
put_id(struct sessionize_run *r, size_t at, uint64_t unit, int64_t start_us)
{
	char text[2 * VALUE_CHARS_MAX], *end = text;
	size_t before = r->ids.bytes;

	if (r->texts)
		buf_add(&r->ids, r->batch.cols[OUT_UNIT].texts[at].data,
			r->batch.cols[OUT_UNIT].texts[at].bytes);
	else
		end = value_put_int(radix_int_back(unit), end);
	*end++ = '-';
	end = value_put_int(start_us, end);
	buf_add(&r->ids, text, (size_t)(end - text));
	r->batch.cols[OUT_ID].texts[at].bytes = r->ids.bytes - before;
}

static void
put_row(struct sessionize_run *r, const uint64_t *session)
{
	struct batch *b = &r->batch;
	uint64_t unit = session[SESSION_UNIT];
	int64_t start_us = radix_int_back(session[SESSION_START]);
	size_t at = b->rows++;

	r->number = r->number && unit == r->unit ? r->number + 1 : 1;
	r->unit = unit;
	if (r->texts)
		b->cols[OUT_UNIT].texts[at] = timeline_text(r->timeline, unit);
	else
		b->cols[OUT_UNIT].ints[at] = radix_int_back(unit);
	b->cols[OUT_NUMBER].ints[at] = r->number;
	put_id(r, at, unit, start_us);
	b->cols[OUT_START].ints[at] = start_us;
	b->cols[OUT_END].ints[at] = radix_int_back(session[SESSION_END]);
	b->cols[OUT_EVENTS].ints[at] = (int64_t)session[SESSION_EVENTS];
	b->cols[OUT_DURATION].reals[at] = (double)(session[SESSION_END] - session[SESSION_START]) /
					  (double)SECOND_US;
}

/* Write the rows of the batch. */
static enum err_code
flush(struct sessionize_run *r, struct err *err)
{
	struct span *ids = r->batch.cols[OUT_ID].texts;
	const char *at = r->ids.data;
	enum err_code code;

	for (size_t i = 0; i < r->batch.rows; i++) {
		ids[i].data = at;
		at += ids[i].bytes;
	}
	code = outlet_add(r->outlet, &r->batch, NULL, r->batch.rows, err);
	r->batch.rows = 0;
	buf_reset(&r->ids);
	return code;
}

/* An arrange_fn */
static enum err_code
put_sessions(void *arg, const uint64_t *sessions, size_t n, bool is_last, struct err *err)
{
	struct sessionize_run *r = arg;

	(void)is_last;
	for (size_t i = 0; i < n; i++, sessions += SESSION_WORDS) {
		enum err_code code = ERR_NONE;

		if (r->batch.rows == BATCH_ROWS_MAX || r->ids.bytes > IDS_BYTES)
			code = flush(r, err);
		if (code)
			return code;
		put_row(r, sessions);
	}
	return ERR_NONE;
}

static enum err_code
write_sessions(struct sessionize_run *r, struct err *err)
{
	size_t room = r->sort_bytes / (sizeof(uint64_t) * 2 * SESSION_WORDS);
	enum err_code code = ERR_NONE;
	struct arrange a;

	open_batch(r);
	arrange_init(&a, SESSION_WORDS, SESSION_KEYS, room);
	for (uint32_t p = 0; p < shuffle_partitions(r->sessions) && !code; p++) {
		code = arrange_each(&a, r->sessions, p, put_sessions, r, err);
		shuffle_drop(r->sessions, p);
	}
	arrange_release(&a);
	return code ? code : flush(r, err);
}

/* ---- */

static void
report(struct sessionize_run *r)
{
	int64_t read = 0, theirs = 0, counted = timeline_count(r->timeline);
	int64_t spilled_bytes = timeline_spilled_bytes(r->timeline) +
				shuffle_spilled_bytes(r->sessions);

	for (int i = 0; i < r->n_lanes; i++) {
		read += r->lanes[i].read;
		theirs += r->lanes[i].theirs;
	}
	op_count(r->ctx, "read", read);
	op_count(r->ctx, "filtered", read - counted + theirs);
	op_count(r->ctx, "aggregated", counted - theirs);
	op_log("read %lld rows, %lld of them are events of sessions", (long long)read,
	       (long long)(counted - theirs));
	if (theirs)
		op_log("%lld are of sessions that begin before or after the interval",
		       (long long)theirs);
	if (spilled_bytes)
		op_log("%s did not fit into memory and went through a file",
		       SIZE_TEXT(spilled_bytes));
}

static enum err_code
sessionize(struct sessionize_run *r, struct intake *in, struct err *err)
{
	enum err_code code = read_events(r, in, err);

	if (!code)
		code = make_sessions(r, err);
	if (!code)
		code = write_sessions(r, err);
	return code;
}

static void
init(struct sessionize_run *r, struct op_ctx *ctx)
{
	const struct op_sessionize *params = ctx->task->params;
	const struct spec *spec = ctx->spec;

	*r = (struct sessionize_run){ .ctx = ctx,
				      .spare_bytes = budget_spare(spec->memory_bytes),
				      .n_lanes = crew_lanes(),
				      .gap_us = (uint64_t)params->gap_us,
				      .to = UINT64_MAX };
	if (params->carry_over) {
		r->from = radix_int(spec->start_us);
		r->to = radix_int(spec->end_us) - 1;
	}
	buf_init(&r->scratch, SIZE_MAX);
	buf_init(&r->ids, SIZE_MAX);
	if (spec->n_outputs)
		lake_staging(spec->outputs[spec->n_outputs - 1].path, spec->attempt, &r->scratch);
}

static void
release(struct sessionize_run *r)
{
	batch_release(&r->batch);
	shuffle_close(r->sessions);
	timeline_close(r->timeline);
	free(r->cuts);
	buf_release(&r->ids);
	buf_release(&r->scratch);
}

static enum err_code
run(struct op_ctx *ctx, struct err *err)
{
	struct sessionize_run r;
	struct manifest m = { 0 };
	struct intake *in = NULL;
	enum err_code code = intake_open(&in, ctx, ctx->task->inputs[0].dataset, err);

	init(&r, ctx);
	if (!code)
		code = intake_where(in, err);
	if (!code)
		code = outlet_open(&r.outlet, ctx, err);
	if (!code)
		code = sessionize(&r, in, err);
	if (!code) {
		report(&r);
		intake_record(in, &m);
		code = outlet_finish(r.outlet, &m, err);
	}
	manifest_release(&m);
	outlet_close(r.outlet);
	intake_close(in);
	release(&r);
	return code;
}

const struct op op_sessionize = { .run = run };
