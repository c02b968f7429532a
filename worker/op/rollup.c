/*
 * rollup.c - the events of an interval as interactions per event type, feature, tenant and user.
 *
 * What a score asks of a day is in its rollup, sorted, so that a window is a merge of a few
 * of them (docs/MATH.md 3).  The event type is part of the key, or a score that
 * asks for one type could not use it.  A user who is null stays: its
 * interactions count.  So does an event of another day that lies in the partition, which may have
 * been written by anybody: its row says its own day, and a score finds it where the event would be.
 */
#include "worker/op/op.h"

#include "core/op/rollup.h"
#include "core/time/grid.h"
#include "core/lake/lake.h"
#include "core/base/mem.h"
#include "core/base/size.h"
#include "worker/rows/budget.h"
#include "worker/rows/crew.h"
#include "worker/keys/groups.h"
#include "worker/attempt/intake.h"
#include "worker/attempt/outlet.h"
#include "worker/keys/radix.h"
#include "worker/keys/shuffle.h"
#include "worker/keys/sorter.h"
#include "worker/keys/window.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* The columns of schema_rollup. */
enum { OUT_DATE, OUT_TYPE, OUT_FEATURE, OUT_TENANT, OUT_USER, OUT_COUNT, OUT_COLUMNS };

/*
 * An event is kept in two words until all groups are known: the user, and group (upper half),
 * day, type, is there an interaction, is there a user.
 */
enum {
	EVENT_WORDS = 2,
	NOTE_USER = 1,
	NOTE_COUNTS = 2,
	NOTE_TYPE_SHIFT = 2,
	TYPE_BITS = 21, /* of 1 + the code of a type */
	NOTE_DAY_SHIFT = NOTE_TYPE_SHIFT + TYPE_BITS,
	DAYS_MAX = 1 << (32 - NOTE_DAY_SHIFT), /* different days in one partition */
};
/* What rank_groups() takes for a group: four words while it sorts, two for what it makes. */
enum { RANK_BYTES = 6 * sizeof(uint64_t) };
enum {
	TYPES_MAX = 1 << 20,
	TYPES_SHARE = 8,
	GROUPS_MAX = INT32_MAX,
	PARTITION_BYTES = 4 << 20,
	PIECE = 1024
};

/* What one lane has for itself. */
struct rollup_run_lane {
	struct group_lane groups;
	struct dict types;
	struct code_map type_map;
	uint32_t *type_of; /* by code in types: 1 + the code in rollup.types */
	size_t n_types, types_room, type_bytes;
	int64_t read, filtered, other_days;
	int64_t last_day;  /* of another day than the partition's, and ... */
	int16_t last_code; /* ... its code and 1; 0: there was none */
	/* Of one batch. */
	uint32_t *group, *type;
	int16_t *day; /* codes in rollup_run.days; -1: null */
};

struct rollup_run {
	struct op_ctx *ctx;
	struct day_window window; /* the interval of the run */
	struct buf scratch;       /* where goes what does not fit into memory */
	size_t spill_bytes;       /* for both that can go there */
	int64_t spilled_bytes;
	int n_lanes;
	int tenant, feature, user, type, event_id, timestamp; /* columns of the events */
	struct groups groups; /* its lock guards `types` and `days` too */
	struct dict types;
	int64_t days[DAYS_MAX]; /* by code: the partition's own, then others as they are met */
	size_t n_own, n_days;
	struct rollup_run_lane lanes[CREW_LANES_MAX];
	struct shuffle *events;
	struct sorter *sorter;
	atomic_uint next; /* partition that nobody has taken */
	/* The order of groups is by tenant and feature, that of features and types by bytes. */
	uint32_t *group_rank, *type_rank, *feature_rank, day_rank[DAYS_MAX];
	int64_t *tenants;                            /* by rank of the group */
	uint32_t *group_features;                    /* ranks of features, by rank of the group */
	struct col_dict features, type_texts, dates; /* of the output */
};

/* ---- events ---- */

/* The types of a batch as 1 + code in r->types, 0 for null. */
static enum err_code
read_types(struct rollup_run *r, struct rollup_run_lane *l, const struct batch *b, struct err *err)
{
	struct groups *g = &r->groups;

	col_codes(b, (size_t)r->type, &l->type_map, &l->types, l->type);
	for (; l->n_types < l->types.count; l->n_types++) {
		struct span text = dict_span(&l->types, (uint32_t)l->n_types);

		l->type_of = mem_grow(l->type_of, l->n_types, &l->types_room, sizeof(*l->type_of));
		(void)pthread_mutex_lock(&g->lock);
		l->type_of[l->n_types] = 1 + dict_code(&r->types, text.data, text.bytes);
		(void)pthread_mutex_unlock(&g->lock);
		l->type_bytes += text.bytes;
		if (l->type_of[l->n_types] > TYPES_MAX)
			return err_set(err, ERR_LIMIT, "rollup: more than %d different event types",
				       TYPES_MAX);
		if (budget_dict(&l->types, l->type_bytes) > g->limit.bytes / TYPES_SHARE)
			return err_set(
			    err, ERR_LIMIT,
			    "rollup: more than %zu different event types do not fit into "
			    "memory: %s; give the task more (`memory:`)",
			    l->n_types, SIZE_TEXT(g->limit.memory_bytes));
	}
	for (size_t i = 0; i < b->rows; i++)
		l->type[i] = l->type[i] == UINT32_MAX ? 0 : l->type_of[l->type[i]];
	return ERR_NONE;
}

/* The code of the day of an event that is not in the partition's interval. */
static enum err_code
find_day(struct rollup_run *r, struct rollup_run_lane *l, int64_t day, struct err *err)
{
	struct groups *g = &r->groups;
	size_t code = 0;

	if (l->last_code && l->last_day == day)
		return ERR_NONE;
	(void)pthread_mutex_lock(&g->lock);
	while (code < r->n_days && r->days[code] != day)
		code++;
	if (code == r->n_days && code < DAYS_MAX)
		r->days[r->n_days++] = day;
	(void)pthread_mutex_unlock(&g->lock);
	if (code == DAYS_MAX)
		return err_set(err, ERR_LIMIT,
			       "rollup: the partition holds events of more than %d other days; "
			       "its writer has to place events by their day",
			       DAYS_MAX - (int)r->n_own);
	l->last_day = day;
	l->last_code = (int16_t)(code + 1);
	return ERR_NONE;
}

/* The days of a batch as codes.  Those of other days than the partition's are few, or should be. */
static enum err_code
read_days(struct rollup_run *r, struct rollup_run_lane *l, const struct batch *b, struct err *err)
{
	const struct col *timestamps = &b->cols[r->timestamp];

	window_days(&r->window, timestamps, b->rows, l->day);
	for (size_t i = 0; i < b->rows; i++) {
		enum err_code code;

		if (l->day[i] >= 0 || !timestamps->valid[i])
			continue;
		code = find_day(r, l, grid_part(r->window.days, col_int(timestamps, i)), err);
		if (code)
			return code;
		l->day[i] = (int16_t)(l->last_code - 1);
	}
	return ERR_NONE;
}

/* An intake_batch_fn */
static enum err_code
add_batch(void *arg, const struct intake_part *part, const struct batch *b, struct err *err)
{
	struct rollup_run *r = arg;
	struct rollup_run_lane *l = &r->lanes[part->lane];
	struct shuffle_lane *to = shuffle_lane(r->events, part->lane);
	const struct col *user = &b->cols[r->user], *event_id = &b->cols[r->event_id];
	enum err_code code = read_types(r, l, b, err);

	if (code)
		return code;
	code = groups_read(&l->groups, b, (size_t)r->tenant, (size_t)r->feature, l->group, err);
	if (code)
		return code;
	if (l->groups.count > GROUPS_MAX)
		return err_set(err, ERR_LIMIT, "rollup: more than %d tenants and features",
			       GROUPS_MAX);
	code = read_days(r, l, b, err);
	if (code)
		return code;
	l->read += (int64_t)b->rows;
	for (size_t i = 0; i < b->rows; i++) {
		uint64_t who = user->valid[i] ? radix_int(col_int(user, i)) : 0, *event;

		if (l->day[i] < 0 || l->group[i] == GROUP_NONE) {
			l->filtered++;
			continue;
		}
		l->other_days += (size_t)l->day[i] >= r->n_own;
		/* Any partition will do, if only there are enough for all lanes. */
		event = shuffle_slot(to, who);
		event[0] = who;
		event[1] = (uint64_t)l->group[i] << 32 | (uint64_t)l->day[i] << NOTE_DAY_SHIFT |
			   (uint64_t)l->type[i] << NOTE_TYPE_SHIFT |
			   (event_id->valid[i] ? NOTE_COUNTS : 0) |
			   (user->valid[i] ? NOTE_USER : 0);
	}
	return ERR_NONE;
}

static enum err_code
read_events(struct rollup_run *r, struct intake *in, struct err *err)
{
	const struct shuffle_options options = { .record_bytes = EVENT_WORDS * sizeof(uint64_t),
						 .rows = intake_rows_about(in),
						 .memory_bytes = r->spill_bytes / 2,
						 .partition_bytes = PARTITION_BYTES,
						 .lanes = r->n_lanes,
						 .dir = r->scratch.data };
	enum err_code code = intake_need(in, "tenant_id", COL_INT64, &r->tenant, err);

	if (!code)
		code = intake_need(in, "feature_name", COL_STRING, &r->feature, err);
	if (!code)
		code = intake_need(in, "user_id", COL_INT64, &r->user, err);
	if (!code)
		code = intake_need(in, "event_type", COL_STRING, &r->type, err);
	if (!code)
		code = intake_need(in, "event_id", -1, &r->event_id, err);
	if (!code)
		code = intake_need_day(in, "timestamp", &r->timestamp, err);
	if (code)
		return code;
	code = shuffle_open(&r->events, &options, err);
	if (!code)
		code = intake_scan(in, r->n_lanes, add_batch, r, err);
	return code ? code : shuffle_seal(r->events, err);
}

/* ---- order ---- */

/* The ranks of a dictionary's codes by their bytes, and the texts in that order. */
static struct col_dict
rank_texts(const struct dict *d, uint32_t **rank)
{
	struct span *texts = mem_new(d->count, sizeof(*texts));
	uint32_t *order = mem_new(d->count, sizeof(*order));

	*rank = mem_new(d->count, sizeof(**rank));
	dict_sort(d, order);
	for (size_t i = 0; i < d->count; i++) {
		(*rank)[order[i]] = (uint32_t)i;
		texts[i] = dict_span(d, order[i]);
	}
	free(order);
	return (struct col_dict){ .count = d->count, .texts = texts };
}

/* Groups by tenant, then by the rank of their feature. */
static void
rank_groups(struct rollup_run *r)
{
	static const struct radix_field fields[] = { { 1, 4, 8 }, { 0, 0, 8 } };
	size_t n = groups_count(&r->groups);
	uint64_t *items = mem_large_new(n, 2 * sizeof(*items)),
		 *spare = mem_large_new(n, 2 * sizeof(*spare));
	uint64_t *sorted;

	for (size_t i = 0; i < n; i++) {
		uint32_t feature = r->feature_rank[groups_feature(&r->groups, i)];

		items[2 * i] = radix_int(groups_tenant(&r->groups, i));
		items[2 * i + 1] = (uint64_t)feature << 32 | i;
	}
	sorted = radix_sort(items, spare, n, 2, fields, countof(fields));
	r->group_rank = mem_new(n, sizeof(*r->group_rank));
	r->tenants = mem_new(n, sizeof(*r->tenants));
	r->group_features = mem_new(n, sizeof(*r->group_features));
	for (size_t i = 0; i < n; i++) {
		r->tenants[i] = radix_int_back(sorted[2 * i]);
		r->group_features[i] = (uint32_t)(sorted[2 * i + 1] >> 32);
		r->group_rank[(uint32_t)sorted[2 * i + 1]] = (uint32_t)i;
	}
	mem_large_free(items);
	mem_large_free(spare);
}

static int
compare_days(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

/* The days of the output in their order, and the ranks of their codes. */
static void
rank_days(struct rollup_run *r)
{
	int64_t *sorted = mem_new(r->n_days, sizeof(*sorted));

	memcpy(sorted, r->days, r->n_days * sizeof(*sorted));
	qsort(sorted, r->n_days, sizeof(*sorted), compare_days);
	for (size_t rank = 0; rank < r->n_days; rank++)
		for (size_t i = 0; i < r->n_days; i++)
			if (r->days[i] == sorted[rank])
				r->day_rank[i] = (uint32_t)rank;
	r->dates = (struct col_dict){ .count = r->n_days, .ints = sorted };
}

static void
find_order(struct rollup_run *r)
{
	rank_days(r);
	r->features = rank_texts(&r->groups.features, &r->feature_rank);
	r->type_texts = rank_texts(&r->types, &r->type_rank);
	rank_groups(r);
}

/* ---- sorting ---- */

/* A shuffle_fn's arg: who is at it. */
struct shift {
	struct rollup_run *rollup;
	int lane;
};

/* What ranks rows of one user: the day, then the type, of which null comes first. */
static uint64_t
row_key(const struct rollup_run *r, uint32_t note)
{
	uint32_t type = note >> NOTE_TYPE_SHIFT & ((1U << TYPE_BITS) - 1);
	uint64_t day = r->day_rank[note >> NOTE_DAY_SHIFT];

	return day << TYPE_BITS | (type ? 1 + r->type_rank[type - 1] : 0);
}

/* A shuffle_fn: events become records that sort as the output does. */
static enum err_code
sort_events(void *arg, const void *records, size_t n, struct err *err)
{
	const struct shift *s = arg;
	const struct rollup_run *r = s->rollup;
	const uint64_t *event = records;
	struct sorter_record piece[PIECE];
	enum err_code code = ERR_NONE;

	for (size_t done = 0, some; done < n && !code; done += some) {
		some = n - done < PIECE ? n - done : PIECE;
		for (size_t i = 0; i < some; i++, event += EVENT_WORDS) {
			uint64_t note = event[1];
			uint64_t group = (uint64_t)r->group_rank[note >> 32] << 1;

			piece[i] = (struct sorter_record){
				.key = { (group | (note & NOTE_USER)) << 32 |
					     row_key(r, (uint32_t)note),
					 event[0] },
				.count = (note & NOTE_COUNTS) / NOTE_COUNTS,
			};
		}
		code = sorter_add(r->sorter, s->lane, piece, some, err);
	}
	return code;
}

/* A crew_fn */
static enum err_code
sort_lane(void *arg, int lane, struct err *err)
{
	struct rollup_run *r = arg;
	struct shift s = { r, lane };
	enum err_code code = ERR_NONE;

	for (uint32_t p;
	     !code && (p = atomic_fetch_add(&r->next, 1)) < shuffle_partitions(r->events);) {
		code = shuffle_each(r->events, p, sort_events, &s, err);
		shuffle_drop(r->events, p);
	}
	sorter_settle(r->sorter, lane);
	return code;
}

/* ---- rows ---- */

/* A batch whose columns have codes where a text or a date comes again and again. */
static void
open_batch(const struct rollup_run *r, struct batch *b)
{
	batch_init(b, &schema_rollup, NULL);
	batch_set_rows(b, BATCH_ROWS_MAX);
	b->unit = 1; /* the dictionaries stay as they are */
	b->cols[OUT_DATE].dict = &r->dates;
	b->cols[OUT_TYPE].dict = &r->type_texts;
	b->cols[OUT_FEATURE].dict = &r->features;
	(void)batch_codes(b, OUT_DATE);
	(void)batch_codes(b, OUT_TYPE);
	(void)batch_codes(b, OUT_FEATURE);
	for (size_t i = 0; i < OUT_COLUMNS; i++) {
		b->cols[i].no_nulls = i != OUT_TYPE && i != OUT_USER;
		memset(b->cols[i].valid, true, BATCH_ROWS_MAX);
	}
	b->rows = 0;
}

static void
put_row(const struct rollup_run *r, const struct sorter_record *record, struct batch *b)
{
	uint64_t group = record->key[0] >> 33;
	uint32_t type = (uint32_t)record->key[0] & ((1U << TYPE_BITS) - 1);
	size_t at = b->rows++;

	b->row_no[at] = (int64_t)at + 1;
	b->cols[OUT_DATE].codes[at] = (uint32_t)record->key[0] >> TYPE_BITS;
	b->cols[OUT_TYPE].valid[at] = type != 0;
	b->cols[OUT_TYPE].codes[at] = type ? type - 1 : 0;
	b->cols[OUT_FEATURE].codes[at] = r->group_features[group];
	b->cols[OUT_TENANT].ints[at] = r->tenants[group];
	b->cols[OUT_USER].valid[at] = record->key[0] >> 32 & 1;
	b->cols[OUT_USER].ints[at] = radix_int_back(record->key[1]);
	b->cols[OUT_COUNT].ints[at] = (int64_t)record->count;
}

static enum err_code
write_rows(const struct rollup_run *r, struct outlet *o, struct err *err)
{
	const struct sorter_record *record = NULL;
	enum err_code code;
	struct batch b;

	open_batch(r, &b);
	while (!(code = sorter_next(r->sorter, &record, err)) && record) {
		if (b.rows == BATCH_ROWS_MAX) {
			code = outlet_add(o, &b, NULL, b.rows, err);
			b.rows = 0;
		}
		if (code)
			break;
		put_row(r, record, &b);
	}
	if (!code)
		code = outlet_add(o, &b, NULL, b.rows, err);
	batch_release(&b);
	return code;
}

/* ---- */

static void
report(const struct rollup_run *r)
{
	int64_t read = 0, filtered = 0, other_days = 0;
	int64_t spilled_bytes = r->spilled_bytes + sorter_spilled_bytes(r->sorter);

	for (int i = 0; i < r->n_lanes; i++) {
		read += r->lanes[i].read;
		filtered += r->lanes[i].filtered;
		other_days += r->lanes[i].other_days;
	}
	op_count(r->ctx, "read", read);
	op_count(r->ctx, "filtered", filtered);
	op_count(r->ctx, "aggregated", read - filtered);
	op_log("read %lld rows, %lld of them count: %zu groups", (long long)read,
	       (long long)(read - filtered), groups_count(&r->groups));
	if (other_days) {
		op_count(r->ctx, "other_days", other_days);
		op_log("%lld of them are of %zu other days than the partition's and count there",
		       (long long)other_days, r->n_days - r->n_own);
	}
	if (spilled_bytes)
		op_log("%s did not fit into memory and went through a file",
		       SIZE_TEXT(spilled_bytes));
}

static enum err_code
roll_up(struct rollup_run *r, struct intake *in, struct outlet *o, struct err *err)
{
	const struct sorter_options options = {
		.lanes = r->n_lanes,
		.memory_bytes = r->spill_bytes / 2,
		.dir = r->scratch.data,
	};
	enum err_code code = ERR_NONE;

	if (!schema_equal(outlet_schema(o), &schema_rollup))
		return err_set(err, ERR_INPUT,
			       "rollup: the output has other columns than a rollup");
	code = read_events(r, in, err);
	if (code)
		return code;
	find_order(r);
	r->sorter = sorter_new(&options);
	code = crew_run(r->n_lanes, sort_lane, r, err);
	r->spilled_bytes = shuffle_spilled_bytes(r->events);
	/* The writer needs memory too. */
	shuffle_close(r->events);
	r->events = NULL;
	return code ? code : write_rows(r, o, err);
}

/* The days that are the partition's own. */
static enum err_code
find_days(struct rollup_run *r, struct err *err)
{
	enum err_code code = window_of(&r->window, r->ctx->spec, r->ctx->task->inputs[0].dataset, 1,
				       err);

	static_assert((int)WINDOW_DAYS_MAX <= (int)DAYS_MAX, "there is room for them");
	for (int64_t day = r->window.first; !code && day <= r->window.last; day++)
		r->days[r->n_days++] = day;
	r->n_own = r->n_days;
	return code;
}

static enum err_code
init(struct rollup_run *r, struct op_ctx *ctx, struct err *err)
{
	const struct spec *spec = ctx->spec;
	size_t spare = budget_spare(spec->memory_bytes);
	const struct groups_limit limit = { budget_answer(spare), RANK_BYTES, spec->memory_bytes,
					    "rollup" };

	*r = (struct rollup_run){ .ctx = ctx,
				  .spill_bytes = spare - limit.bytes,
				  .n_lanes = crew_lanes() };
	buf_init(&r->scratch, SIZE_MAX);
	if (spec->n_outputs)
		lake_staging(spec->outputs[spec->n_outputs - 1].path, spec->attempt, &r->scratch);
	groups_init(&r->groups, &limit);
	dict_init(&r->types);
	for (int i = 0; i < r->n_lanes; i++) {
		struct rollup_run_lane *l = &r->lanes[i];

		group_lane_init(&l->groups, &r->groups);
		dict_init(&l->types);
		l->group = mem_new(BATCH_ROWS_MAX, sizeof(*l->group));
		l->type = mem_new(BATCH_ROWS_MAX, sizeof(*l->type));
		l->day = mem_new(BATCH_ROWS_MAX, sizeof(*l->day));
	}
	return find_days(r, err);
}

static void
release(struct rollup_run *r)
{
	for (int i = 0; i < r->n_lanes; i++) {
		struct rollup_run_lane *l = &r->lanes[i];

		group_lane_release(&l->groups);
		dict_release(&l->types);
		code_map_release(&l->type_map);
		free(l->type_of);
		free(l->group);
		free(l->type);
		free(l->day);
	}
	groups_release(&r->groups);
	dict_release(&r->types);
	shuffle_close(r->events);
	sorter_free(r->sorter);
	free((void *)(uintptr_t)r->features.texts);
	free((void *)(uintptr_t)r->type_texts.texts);
	free((void *)(uintptr_t)r->dates.ints);
	free(r->group_rank);
	free(r->type_rank);
	free(r->feature_rank);
	free(r->tenants);
	free(r->group_features);
	buf_release(&r->scratch);
	window_close(&r->window);
}

static enum err_code
run(struct op_ctx *ctx, struct err *err)
{
	struct rollup_run r;
	struct manifest m = { 0 };
	struct intake *in = NULL;
	struct outlet *o = NULL;
	enum err_code code = init(&r, ctx, err);

	if (!code)
		code = intake_open(&in, ctx, ctx->task->inputs[0].dataset, err);
	if (!code)
		code = intake_where(in, err);
	if (!code)
		code = outlet_open(&o, ctx, err);
	if (!code)
		code = roll_up(&r, in, o, err);
	if (!code) {
		report(&r);
		intake_record(in, &m);
		code = outlet_finish(o, &m, err);
	}
	manifest_release(&m);
	outlet_close(o);
	intake_close(in);
	release(&r);
	return code;
}

const struct op op_rollup = { .run = run };
