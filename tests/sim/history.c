/* history.c - a random story from a seed: which faults, which dags, what people do. */
#include "core/base/hash.h"
#include "tests/sim/sim.h"

#include <stdio.h>
#include <string.h>

static int64_t
pick(uint64_t *random, int64_t low, int64_t high)
{
	return low + (int64_t)(random_next(random) % (uint64_t)(high - low + 1));
}

/* Swarm: every fault is absent from half of the histories, and rare or common in the rest. */
static uint32_t
rate(uint64_t *random, uint32_t max_pm)
{
	if (random_next(random) % 2)
		return 0;
	return 1 + (uint32_t)(random_next(random) % max_pm);
}

static void
draw_knobs(uint64_t *random, struct knobs *k)
{
	k->pool_slots = (int)pick(random, 1, 4);
	k->share = random_next(random) % 2 ? 33 : 0;
	k->side_slots = random_next(random) % 2 ? (int)pick(random, 1, 3) : 0;
	k->side_rate = random_next(random) % 2 ? (int)pick(random, 1, 5) : 0;
	k->all_tasks = random_next(random) % 4 ? 0 : (int)pick(random, 1, 4);
	k->memory_mib = random_next(random) % 3 ? 0 : (int)pick(random, 164, 500);
	k->crash_pm = rate(random, 30);
	k->reboot_pm = rate(random, 400);
	k->again_pm = rate(random, 500);
	k->error_pm = rate(random, 300);
	k->signal_pm = rate(random, 100);
	k->hang_pm = rate(random, 100);
	k->gate_pm = rate(random, 50);
	k->missing_pm = rate(random, 50);
	k->spoiled_pm = rate(random, 150);
	k->shim_dies_pm = rate(random, 200);
	k->fork_fails_pm = rate(random, 100);
	k->slow_launch_pm = rate(random, 300);
	k->hint_lost_pm = rate(random, 300);
	k->hint_doubled_pm = rate(random, 300);
	k->hint_late_pm = rate(random, 300);
	k->reply_lost_pm = rate(random, 400);
	k->command_twice_pm = rate(random, 300);
	k->purge_pm = rate(random, 900) ? 1000 : 0;
	k->late_pm = rate(random, 900);
	k->fs_error_pm = rate(random, 50);
	k->skip_pm = rate(random, 300);
	/* Of its own: the rest of a history does not depend on whether it waits for the world. */
	k->not_yet_pm = 200 + (uint32_t)(hash_word(*random) % 700);
	k->broken_pm = hash_word(*random + 1) % 4 ? (uint32_t)(hash_word(*random + 2) % 200) : 950;
	k->piece = hash_word(*random + 4) % 4 ? 1 + (size_t)(hash_word(*random + 4) / 4 % 3) : 0;
	k->pause_us = (int64_t)(hash_word(*random + 5) % 20) * SECOND_US;
	k->work_us_max = pick(random, 2, 40) * pick(random, 1, 120) * SECOND_US;
	k->down_us_max = random_next(random) % 8 ? 30 * SECOND_US : 30 * HOUR_US;
}

/* ---- when dags run ---- */

/* Days on which clocks are changed somewhere, or something else is unlike other days. */
static const struct {
	int year, month, day, zone;
} days[] = {
	{ 2026, 3, 28, 1 },  { 2026, 10, 24, 1 }, /* a day of 23 hours, one of 25 */
	{ 2026, 4, 4, 2 },   { 2026, 10, 3, 2 },  /* by half an hour */
	{ 2018, 11, 3, 3 },  { 2018, 2, 17, 3 },  /* at midnight */
	{ 2011, 12, 29, 4 },                      /* the next day is left out */
	{ 2026, 12, 30, 0 }, { 2028, 2, 27, 0 },
};

/* What crons there are of a unit; "% %" stands for a minute and an hour. */
struct crons {
	const char *text;
	bool implied; /* the unit */
};

static const struct crons crons_of[GRID_UNITS][6] = {
	[GRID_DAY] = { { "\"% % * * *\"", true },
		       { "\"% % * * 1-5\"", true },
		       { "\"% % * * 0,3\"", true },
		       { "[\"% % * * *\", \"30 2 * * *\"]", false },
		       { "\"% % * * *\"", true },
		       { "\"% % 1-7,20 * fri\"", true } },
	[GRID_HOUR] = { { "\"% * * * *\"", true },
			{ "\"% */3 * * *\"", false },
			{ "\"%,59 * * * *\"", false },
			{ "\"% 0-12/2,20 * * *\"", false },
			{ "\"% * * * *\"", true },
			{ "\"@hourly\"", true } },
	[GRID_WEEK] = { { "\"% % * * mon\"", true },
			{ "\"% % * * wed\"", true },
			{ "\"% % * * sun,1\"", false },
			{ "\"% % * * *\"", false },
			{ "\"% % * * mon#2,mon#4\"", false },
			{ "\"% % * * 7\"", true } },
	[GRID_MONTH] = { { "\"% % 1 * *\"", true },
			 { "\"% % L * *\"", true },
			 { "\"% % 1,2,28 * *\"", false },
			 { "\"% % * * *\"", false },
			 { "\"% % * * friL\"", false },
			 { "\"% % 2 * *\"", true } },
	[GRID_QUARTER] = { { "\"% % 1 1,4,7,10 *\"", false },
			   { "\"% % 2 */3 *\"", false },
			   { "\"% % * * *\"", false },
			   { "\"% % 1 * *\"", false },
			   { "\"% % L 3,6,9,12 *\"", false },
			   { "\"% % 1,10 * *\"", false } },
	[GRID_YEAR] = { { "\"% % 1 1 *\"", false },
			{ "\"% % 1 */2 *\"", false },
			{ "\"% % * * *\"", false },
			{ "\"% % 3 jan,dec *\"", false },
			{ "\"% % 28 feb *\"", false },
			{ "\"% % 1 * *\"", false } },
};

static const struct crons ticks[] = {
	{ "\"30 2 * * *\"", false },
	{ "[\"30 2 * * *\", \"0 3 * * *\"]", false }, /* one in a gap, one at its end */
	{ "\"*/30 0-3 * * *\"", true },
	{ "\"*/20 */2 * * *\"", true },
	{ "\"0,45 0,1,2,23 * * *\"", true },
	{ "[\"% % * * *\", \"30 0 * * *\"]", false },
};

static const char *const changes[] = {
	"",
	"",
	"dst_gap: skip, ",
	"dst_gap: shift, dst_overlap: second, ",
	"dst_gap: next, dst_overlap: both, ",
	"dst_overlap: second, ",
	"dst_gap: shift, ",
	"dst_overlap: first, ",
};

/* The first "%" is the minute, the second the hour. */
static void
write_cron(const char *text, int minute, int hour, struct shape *shape)
{
	struct buf b;

	buf_init(&b, sizeof(shape->crons));
	for (; *text; text++) {
		if (*text != '%') {
			buf_char(&b, *text);
			continue;
		}
		buf_format(&b, "%d", minute);
		minute = hour;
	}
	(void)snprintf(shape->crons, sizeof(shape->crons), "%s", b.data);
	buf_release(&b);
}

/* Now and then it fires by a rhythm of its own instead, or at instants. */
static void
draw_rhythm(uint64_t *random, struct shape *shape)
{
	static const char *const rhythms[] = { "90m", "5h", "25h", "47m" };
	static const char *const of_units[GRID_UNITS] = {
		[GRID_HOUR] = "1h", [GRID_DAY] = "1d", [GRID_WEEK] = "7d"
	};
	const char *own = of_units[shape->unit];
	char first[DATE_CHARS + 1], last[DATE_CHARS + 1];

	if (!shape->by_ticks) {
		shape->implied = own != NULL;
		(void)snprintf(shape->crons, sizeof(shape->crons), "%s", own ? own : "2d");
		return;
	}
	shape->implied = false;
	if (random_next(random) % 3) {
		(void)snprintf(shape->crons, sizeof(shape->crons), "%s",
			       rhythms[random_next(random) % countof(rhythms)]);
		return;
	}
	date_format(shape->epoch_day + shape->start_day + pick(random, 0, 1), first);
	date_format(shape->epoch_day + shape->start_day + pick(random, 2, 4), last);
	(void)snprintf(shape->crons, sizeof(shape->crons), "[%sT09:%02d, %sT02:30, %sT02:30]",
		       first, (int)pick(random, 0, 59), last, first);
	shape->filter[0] = '\0';
}

/* What its calendars leave out, near the epoch, and a delay. */
static void
draw_filter(uint64_t *random, struct shape *shape)
{
	int64_t day = shape->epoch_day + pick(random, -3, 3);
	char first[DATE_CHARS + 1], last[DATE_CHARS + 1];

	date_format(day, first);
	date_format(day + pick(random, 0, 3), last);
	switch (random_next(random) % 4) {
	case 0:
		(void)snprintf(shape->filter, sizeof(shape->filter), "except: %s, spread: 3h, ",
			       first);
		break;
	case 1:
		(void)snprintf(shape->filter, sizeof(shape->filter), "except: [%s..%s, %s], ",
			       first, last, last);
		break;
	case 2:
		date_format(day + 4000, last);
		(void)snprintf(shape->filter, sizeof(shape->filter), "only: [%s..%s], ", first,
			       last);
		break;
	default:
		(void)snprintf(shape->filter, sizeof(shape->filter), "spread: 10m, ");
	}
}

static void
draw_crons(uint64_t *random, struct shape *shape)
{
	const struct crons *crons = &crons_of[shape->unit][random_next(random) % 6];

	if (shape->by_ticks)
		crons = &ticks[random_next(random) % countof(ticks)];
	shape->implied = crons->implied;
	shape->changes = changes[random_next(random) % countof(changes)];
	write_cron(crons->text, (int)pick(random, 0, 59), (int)pick(random, 0, 4), shape);
	if (random_next(random) % 4 == 0)
		draw_filter(random, shape);
	if (random_next(random) % 4 == 0)
		draw_rhythm(random, shape);
	/* What is left has to begin somewhere. */
	if (*shape->filter || shape->crons[0] != '"')
		shape->end_day = INT64_MAX;
}

/* How far back the first run may lie, in days: a few of each unit. */
static const int first_days[GRID_UNITS] = {
	[GRID_DAY] = 14,    [GRID_HOUR] = 1,      [GRID_WEEK] = 40,
	[GRID_MONTH] = 100, [GRID_QUARTER] = 300, [GRID_YEAR] = 1100,
};

/* In so many days one of each begins. */
static const int whole_days[GRID_UNITS] = {
	[GRID_DAY] = 1,    [GRID_HOUR] = 1,     [GRID_WEEK] = 7,
	[GRID_MONTH] = 31, [GRID_QUARTER] = 92, [GRID_YEAR] = 366,
};

/* So many intervals of a dag that are due are at most made at one time. */
static bool
is_dense(const struct shape *shape)
{
	return shape->by_ticks || shape->unit == GRID_HOUR;
}

/* Its unit and its zone. */
static void
draw_grid(uint64_t *random, const struct story *story, int zone, struct shape *shape)
{
	static const enum grid_unit units[] = { GRID_DAY,  GRID_DAY,   GRID_DAY,     GRID_HOUR,
						GRID_WEEK, GRID_MONTH, GRID_QUARTER, GRID_YEAR };

	shape->epoch_day = story->epoch_day;
	shape->unit = units[random_next(random) % countof(units)];
	if (random_next(random) % 2)
		shape->zone = random_next(random) % 2 ? zone
						      : (int)pick(random, 0, ALMANAC_ZONES - 1);
	if (shape->kind == DAG_RANDOM || shape->kind == DAG_DIAMOND)
		shape->by_ticks = random_next(random) % 3 == 0;
	if (shape->by_ticks)
		shape->unit = GRID_DAY;
}

/* The days that it is responsible for, and what makes its runs. */
static void
draw_schedule(uint64_t *random, struct shape *shape)
{
	int64_t last;

	shape->start_day = pick(random, shape->by_ticks ? -2 : -first_days[shape->unit], 1);
	shape->end_day = INT64_MAX;
	last = shape->start_day + whole_days[shape->unit];
	if (random_next(random) % 8 == 0)
		shape->end_day = pick(random, last > -2 ? last : -2, last > -2 ? last + 3 : 4);
	shape->catchup = (enum catchup)(random_next(random) % 3);
	if (is_dense(shape))
		shape->catchup_days = (int)pick(random, 1, 2);
	else if (random_next(random) % 4 == 0)
		shape->catchup_days = (int)pick(random, 1, 10) *
				      (first_days[shape->unit] > 14 ? 20 : 1);
	if (shape->kind != DAG_MANUAL && (shape->by_ticks || random_next(random) % 8))
		draw_crons(random, shape);
}

/* ---- dags ---- */

/* A dag before this one that writes events, or NULL. */
static const struct shape *
some_writer(uint64_t *random, const struct story *story)
{
	const struct shape *found = NULL;

	for (int i = 0; i < story->n_shapes; i++) {
		const struct shape *shape = &story->shapes[i];

		if (shape->kind != DAG_CHAIN && shape->kind != DAG_WINDOW)
			continue;
		if (!found || random_next(random) % 2)
			found = shape;
	}
	return found;
}

/* Who reads another dag is on its grid, or on one that is at most a few dozen times as coarse. */
static void
draw_reader(uint64_t *random, const struct shape *writer, struct shape *shape)
{
	static const enum grid_unit readers[GRID_UNITS][4] = {
		[GRID_DAY] = { GRID_DAY, GRID_WEEK, GRID_MONTH, GRID_HOUR },
		[GRID_HOUR] = { GRID_HOUR, GRID_DAY, GRID_DAY, GRID_DAY },
		[GRID_WEEK] = { GRID_WEEK, GRID_MONTH, GRID_DAY, GRID_MONTH },
		[GRID_MONTH] = { GRID_MONTH, GRID_QUARTER, GRID_YEAR, GRID_DAY },
		[GRID_QUARTER] = { GRID_QUARTER, GRID_YEAR, GRID_MONTH, GRID_YEAR },
		[GRID_YEAR] = { GRID_YEAR, GRID_QUARTER, GRID_YEAR, GRID_MONTH },
	};

	shape->reads = writer->id;
	shape->from = writer->unit;
	if (random_next(random) % 2) {
		shape->unit = writer->unit;
		shape->zone = writer->zone;
		return;
	}
	shape->unit = readers[writer->unit][random_next(random) % 4];
}

/* Has it partitions, so that a run of it is of a part of a grid? */
static bool
has_grid(const struct shape *shape)
{
	return !shape->by_ticks && shape->kind != DAG_MANUAL;
}

/* Is one interval of a dag made of a few of another? */
static bool
may_run(const struct shape *parent, const struct shape *child)
{
	static const unsigned finer[GRID_UNITS] = {
		[GRID_DAY] = 1U << GRID_HOUR,
		[GRID_WEEK] = 1U << GRID_DAY,
		[GRID_MONTH] = 1U << GRID_DAY,
		[GRID_QUARTER] = 1U << GRID_MONTH,
		[GRID_YEAR] = 1U << GRID_MONTH | 1U << GRID_QUARTER,
	};

	if (!has_grid(child))
		return true;
	return has_grid(parent) && (parent->zone == child->zone || child->unit == GRID_HOUR) &&
	       (parent->unit == child->unit || (finer[parent->unit] & 1U << child->unit) != 0);
}

/* Now and then a task of a graph of commands runs a dag that was drawn before. */
static void
draw_child(const struct story *story, struct shape *shape)
{
	uint64_t dice = hash_word(shape->salt + 50);
	const struct shape *child;

	if (!story->n_shapes || dice % 2 || shape->kind == DAG_CHAIN || shape->kind == DAG_WINDOW ||
	    shape->kind == DAG_READER)
		return;
	child = &story->shapes[dice / 2 % (unsigned)story->n_shapes];
	if (!may_run(shape, child))
		return;
	shape->runs = child->id;
	if (child->kind != DAG_RANDOM && child->kind != DAG_MANUAL)
		return;
	if (dice / 100 % 4 == 0 && shape->kind != DAG_DIAMOND)
		(void)snprintf(shape->runs_with, sizeof(shape->runs_with), "{{ params.n }}");
	else
		(void)snprintf(shape->runs_with, sizeof(shape->runs_with), "%d",
			       (int)(dice / 1000 % 4 ? child->salt % 4 : dice / 4000 % 4));
}

/* May a dag on one grid be woken by a dataset on another: neither is many times as coarse? */
static bool
is_near(enum grid_unit own, enum grid_unit from)
{
	static const bool near[GRID_UNITS][GRID_UNITS] = {
		[GRID_HOUR] = { [GRID_HOUR] = true, [GRID_DAY] = true },
		[GRID_DAY] = { [GRID_HOUR] = true,
			       [GRID_DAY] = true,
			       [GRID_WEEK] = true,
			       [GRID_MONTH] = true },
		[GRID_WEEK] = { [GRID_DAY] = true, [GRID_WEEK] = true, [GRID_MONTH] = true },
		[GRID_MONTH] = { [GRID_DAY] = true,
				 [GRID_WEEK] = true,
				 [GRID_MONTH] = true,
				 [GRID_QUARTER] = true,
				 [GRID_YEAR] = true },
		[GRID_QUARTER] = { [GRID_MONTH] = true, [GRID_QUARTER] = true, [GRID_YEAR] = true },
		[GRID_YEAR] = { [GRID_MONTH] = true, [GRID_QUARTER] = true, [GRID_YEAR] = true },
	};

	return near[own][from];
}

/* A dataset that a dag writes: that of its ingest, of its dedup, its score. */
static const char *
some_dataset(uint64_t dice, const struct shape *shape)
{
	switch (shape->kind) {
	case DAG_CHAIN:
		return dice % 2 ? "raw" : "events";
	case DAG_WINDOW:
		return dice % 3 == 0 ? "raw" : dice % 3 == 1 ? "events" : "score";
	case DAG_READER:
		return "score";
	default:
		return NULL;
	}
}

/* The datasets of dags before it that wake it; returns how many. */
static int
draw_sources(uint64_t dice, const struct story *story, const enum grid_unit *unit, struct buf *out)
{
	int n = 0;

	for (int i = 0; i < story->n_shapes && n < 2 + (int)(dice % 2); i++) {
		const struct shape *from = &story->shapes[i];
		const char *dataset = some_dataset(hash_word(dice + (uint64_t)i), from);

		if (!dataset || (unit && !is_near(*unit, from->unit)))
			continue;
		buf_format(out, "%s%s_%s", n++ ? ", " : "", from->id, dataset);
	}
	return n;
}

/*
 * Now and then datasets make its runs, all of them or any, which may make them again.  From dice of
 * its own: what else there is in a history does not depend on it.
 */
static void
draw_wakes(const struct story *story, struct shape *shape)
{
	uint64_t dice = hash_word(shape->salt + 60);
	bool alone = (shape->kind == DAG_RANDOM || shape->kind == DAG_DIAMOND) && dice / 5 % 2;
	struct buf sources;

	if (shape->kind == DAG_MANUAL || dice % 5 > 1)
		return;
	buf_init(&sources, sizeof(shape->wakes));
	if (draw_sources(dice / 10, story, alone ? NULL : &shape->unit, &sources)) {
		shape->by_ticks = alone;
		(void)snprintf(shape->wakes, sizeof(shape->wakes), "datasets: {%s: [%s]}, %s",
			       dice / 1000 % 2 ? "any" : "all", sources.data,
			       shape->by_ticks        ? dice / 2000 % 2 ? "debounce: 40s, " : ""
			       : dice / 2000 % 3 == 0 ? "on_update: rerun, "
			       : dice / 2000 % 3 == 1 ? "on_update: rerun, debounce: 5s, "
						      : "");
		shape->crons[0] = shape->filter[0] = '\0';
		shape->implied = false;
	}
	buf_release(&sources);
}

static void
draw_shape(uint64_t *random, struct story *story, int zone)
{
	static const char *const ids[SIM_DAGS_MAX] = { "alpha", "beta", "gamma", "delta" };
	struct shape *shape = &story->shapes[story->n_shapes];
	const struct shape *writer;

	*shape = (struct shape){
		.id = ids[story->n_shapes],
		.kind = (enum dag_kind)(random_next(random) % DAG_KINDS),
		.max_active_runs = (int)pick(random, 1, 3),
		.retries = (int)pick(random, 0, 3),
		.window = random_next(random) % 2 ? 7 : (int)pick(random, 1, 4),
		.timeout_s = random_next(random) % 3 ? (int)pick(random, 10, 3000) : 0,
		.pool_slots = story->knobs.pool_slots > 1 ? (int)pick(random, 1, 2) : 1,
		.max_active_tasks = random_next(random) % 3 ? 0 : (int)pick(random, 1, 3),
		.max_active_tis = random_next(random) % 2 ? 0 : (int)pick(random, 1, 2),
		.side = story->knobs.side_slots > 1,
		.memory = story->knobs.memory_mib > 0,
		.allow_missing = random_next(random) % 3 == 0,
		.salt = random_next(random),
		.reach = random_next(random) | UINT64_C(1) << 32,
	};
	draw_grid(random, story, zone, shape);
	shape->from = shape->unit;
	if (hash_word(shape->salt + 16) % 3 == 0)
		shape->regroup = 1 + (int)(hash_word(shape->salt + 17) % 3);
	shape->beside = hash_word(shape->salt + 20) % 3 == 0;
	if (hash_word(shape->salt + 21) % 3 == 0)
		shape->pause_after = 1 + (int)(hash_word(shape->salt + 22) % 3);
	if (shape->kind == DAG_READER) {
		writer = some_writer(random, story);
		if (writer)
			draw_reader(random, writer, shape);
		else
			shape->kind = DAG_WINDOW;
	}
	draw_schedule(random, shape);
	draw_wakes(story, shape);
	draw_child(story, shape);
	story->n_shapes++;
}

/* Most happens where most is under way: soon after the start. */
static int64_t
draw_time(uint64_t *random, int64_t horizon_us)
{
	switch (random_next(random) % 4) {
	case 0:
		return pick(random, 0, 5 * SECOND_US);
	case 1:
		return pick(random, 0, 2 * MINUTE_US);
	case 2:
		return pick(random, 0, HOUR_US);
	default:
		return pick(random, 0, horizon_us);
	}
}

static void
draw_command(uint64_t *random, const struct story *story, struct act *act)
{
	bool manual = story->shapes[act->dag].kind == DAG_MANUAL ||
		      story->shapes[act->dag].by_ticks;
	struct command *c = &act->command;

	act->part = pick(random, -12, 2);
	act->to_part = act->part + pick(random, 0, 8);
	switch (random_next(random) % 10) {
	case 0:
	case 1:
		c->kind = COMMAND_TRIGGER;
		c->has_logical = !manual && random_next(random) % 2;
		c->early = random_next(random) % 2;
		if (c->early && c->has_logical)
			act->part = pick(random, -1, 0);
		break;
	case 2:
	case 3:
		c->kind = COMMAND_BACKFILL;
		c->reprocess = (enum reprocess)(random_next(random) % 3);
		c->max_active_runs = (int)pick(random, 0, 2);
		c->backwards = random_next(random) % 4 == 0;
		c->early = random_next(random) % 4 == 0;
		c->dry_run = random_next(random) % 6 == 0;
		break;
	case 4:
	case 5:
	case 6:
		c->kind = COMMAND_CLEAR;
		act->part = INT64_MIN;
		act->to_part = 0;
		c->only_failed = random_next(random) % 4 == 0;
		c->pinned = random_next(random) % 4 == 0;
		if (story->shapes[act->dag].kind == DAG_RANDOM && random_next(random) % 2)
			c->task = random_next(random) % 2 ? "t0" : "t1";
		break;
	case 7:
		c->kind = random_next(random) % 2 ? COMMAND_PAUSE : COMMAND_UNPAUSE;
		break;
	case 8:
		c->kind = COMMAND_UNPAUSE;
		break;
	default:
		c->kind = COMMAND_CANCEL;
		act->part = INT64_MIN;
		act->to_part = 0;
		break;
	}
}

/* ---- clocks ---- */

enum {
	CLOCK_STEP,    /* less than a minute: a time server */
	CLOCK_MINUTES, /* ahead, as the next two */
	CLOCK_DAY,
	CLOCK_YEAR,
	CLOCK_BACK_MINUTES,
	CLOCK_BACK_DAY,
	CLOCK_BACK_YEAR,
	CLOCK_JUMPS, /* so many kinds of jumps */
	CLOCK_SLEEP = CLOCK_JUMPS,
	CLOCK_DEAD,   /* set while nobody looks */
	CLOCK_ACCEPT, /* a jump ahead is believed */
	CLOCK_RIGHT,  /* a jump is taken back */
	CLOCK_KINDS
};

/* A year of hours or ticks is more than there is to learn from. */
static unsigned
draw_clocks(uint64_t *random, struct story *story)
{
	unsigned kinds = (unsigned)(random_next(random) % (1U << CLOCK_KINDS));

	for (int i = 0; i < story->n_shapes; i++)
		if (is_dense(&story->shapes[i]))
			kinds &= ~(1U << CLOCK_YEAR | 1U << CLOCK_BACK_YEAR);
	for (int i = 0; i < story->n_shapes && kinds & 1U << CLOCK_YEAR; i++)
		if (story->shapes[i].unit == GRID_DAY && !story->shapes[i].catchup_days)
			story->shapes[i].catchup_days = (int)pick(random, 1, 20);
	return kinds;
}

/* By how much the wall clock is set, in one of the ways of this story; 0: in none. */
static int64_t
draw_jump(uint64_t *random, const struct story *story)
{
	int kind = (int)(random_next(random) % CLOCK_JUMPS);
	int64_t minutes = pick(random, 2, 90) * MINUTE_US, day_us = DAY_US + minutes;

	if (!(story->clocks & 1U << kind))
		return 0;
	switch (kind) {
	case CLOCK_STEP:
		return pick(random, -50, 50) * SECOND_US;
	case CLOCK_MINUTES:
		return minutes;
	case CLOCK_DAY:
		return random_next(random) % 2 ? DAY_US : day_us;
	case CLOCK_YEAR:
		return 365 * DAY_US;
	case CLOCK_BACK_MINUTES:
		return -minutes;
	case CLOCK_BACK_DAY:
		return random_next(random) % 2 ? -DAY_US : -day_us;
	default:
		return -365 * DAY_US;
	}
}

/* Somebody sets the clock, or the machine sleeps. */
static void
draw_clock(uint64_t *random, const struct story *story, struct act *act)
{
	if (story->clocks & 1U << CLOCK_SLEEP && random_next(random) % 3 == 0) {
		act->kind = ACT_SLEEP;
		act->amount_us = random_next(random) % 2 ? 7 * DAY_US
							 : pick(random, 1, 600) * MINUTE_US;
		return;
	}
	act->kind = ACT_JUMP;
	act->amount_us = draw_jump(random, story);
}

/* What people do about a clock that jumped: they believe it, or set it right. */
static void
draw_answer(uint64_t *random, struct story *story, const struct act *jump)
{
	struct act *act = &story->acts[story->n_acts];

	if (jump->kind != ACT_JUMP || !jump->amount_us)
		return;
	*act = (struct act){ .at_us = jump->at_us + pick(random, 0, 8) * MINUTE_US };
	if (story->clocks & 1U << CLOCK_RIGHT && random_next(random) % 2) {
		act->kind = ACT_JUMP;
		act->amount_us = -jump->amount_us;
	} else if (story->clocks & 1U << CLOCK_ACCEPT) {
		act->kind = ACT_COMMAND;
		act->command.kind = COMMAND_ACCEPT_CLOCK;
	} else {
		return;
	}
	story->n_acts++;
}

static void
draw_act(uint64_t *random, const struct story *story, struct act *act)
{
	*act = (struct act){ .at_us = draw_time(random, story->horizon_us),
			     .dag = (int)pick(random, 0, story->n_shapes - 1) };
	switch (random_next(random) % 13) {
	case 0:
	case 1:
		act->kind = ACT_EDIT;
		break;
	case 2:
		act->kind = random_next(random) % 2 ? ACT_BREAK : ACT_EDIT;
		break;
	case 3:
		draw_clock(random, story, act);
		break;
	case 4:
		act->kind = ACT_LATE;
		act->part = pick(random, -9, 0);
		break;
	case 5:
		act->kind = random_next(random) % 4 ? ACT_CRASH : ACT_REBOOT;
		if (story->clocks & 1U << CLOCK_DEAD)
			act->amount_us = draw_jump(random, story);
		break;
	case 6:
		act->kind = ACT_RACE;
		break;
	case 7:
		act->kind = ACT_LIMITS;
		break;
	default:
		act->kind = ACT_COMMAND;
		draw_command(random, story, act);
	}
}

/* Where in time it is set; returns a zone that is worth it there. */
static int
draw_epoch(uint64_t *random, struct story *out)
{
	size_t at = random_next(random) % countof(days);

	out->epoch_day = SIM_EPOCH_DAY;
	if (random_next(random) % 2)
		return 1;
	out->epoch_day = civil_day(days[at].year, days[at].month, days[at].day) +
			 pick(random, -1, 1);
	return days[at].zone;
}

void
history_story(uint64_t seed, const struct almanac *almanac, struct story *out)
{
	uint64_t random = hash_word(seed ^ UINT64_C(0x7469646d));
	int n, zone;

	memset(out, 0, sizeof(*out));
	out->name = "random";
	out->seed = seed;
	out->almanac = almanac;
	draw_knobs(&random, &out->knobs);
	zone = draw_epoch(&random, out);
	out->horizon_us = pick(&random, 1, 96) * HOUR_US;
	n = (int)pick(&random, 1, SIM_DAGS_MAX);
	for (int i = 0; i < n; i++) {
		draw_shape(&random, out, zone);
		if (is_dense(&out->shapes[i]) && out->horizon_us > 12 * HOUR_US)
			out->horizon_us = pick(&random, 1, 12) * HOUR_US;
	}
	out->clocks = draw_clocks(&random, out);
	for (int n_acts = (int)pick(&random, 0, 40); n_acts > 0; n_acts--) {
		struct act *act = &out->acts[out->n_acts++];

		draw_act(&random, out, act);
		draw_answer(&random, out, act);
	}
}
