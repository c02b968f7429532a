/* schedule.c - the keys of a DAG file that say when: schedule, start_date, end_date. */
#include "core/parts/schedule.h"

#include "core/base/hash.h"
#include "core/base/mem.h"
#include "core/base/words.h"
#include "core/parts/calendar.h"
#include "core/parts/wakes.h"
#include "core/parts/zones.h"
#include "core/model/interval.h"

#include <stdlib.h>
#include <string.h>

/* What may stand as `partition`; the last one of a dag alone. */
static const char *const partition_words[] = { "hour",    "day",  "week", "month",
					       "quarter", "year", "none" };

static const char *const gap_words[] = { "next", "skip", "shift", NULL };
static const char *const update_words[] = { "keep", "rerun", NULL };
static const char *const overlap_words[] = { "first", "second", "both", NULL };

/* What a word for a schedule may have meant. */
static const char *const cron_names[] = { "@hourly", "@daily", "@weekly", "@monthly", "@yearly" };

/* ---- crons ---- */

/* Steps that do not divide their field are rarely what was meant. */
static void
warn_uneven(struct dagfile *f, const struct ynode *at, const char *text,
	    const struct cron_marks *marks)
{
	for (size_t i = 0; i < marks->n_uneven; i++) {
		const struct cron_uneven *u = &marks->uneven[i];
		struct place place = *text == '@' ? ynode_place(&f->y.source, at)
						  : ykeys_part(&f->y.source, at, u->at, u->bytes);
		char *help = u->divisors ? mem_format("steps that divide it are %s", u->divisors)
					 : mem_format("months differ in length, so no step divides"
						      " them; write the days, such as 1,11,21");

		diags_say(f->y.diags, E0508, &place, help,
			  "'%.*s' begins again with each %s, so its last step is shorter",
			  (int)u->bytes, text + u->at,
			  strcmp(u->field, "minute") == 0         ? "hour"
			  : strcmp(u->field, "hour") == 0         ? "day"
			  : strcmp(u->field, "day of month") == 0 ? "month"
			  : strcmp(u->field, "month") == 0        ? "year"
								  : "week");
		free(help);
	}
}

/* Read the cron that is the scalar `at`. */
static bool
read_cron(struct dagfile *f, const struct ynode *at, struct cron *out)
{
	struct place place = ynode_place(&f->y.source, at);
	struct cron_marks marks;
	struct err err;

	if (cron_parse(out, at->text, &marks, &err)) {
		size_t bytes = strlen(at->text);

		/* An alias has no inner place; a text that breaks off does so behind its end. */
		if (at->text[0] != '@' && bytes) {
			place = ykeys_part(&f->y.source, at, marks.at - (marks.at == bytes), 1);
			place.column += marks.at == bytes && place.width == 1;
		}
		diags_say(f->y.diags, E0501, &place,
			  ykeys_nearest(&f->y, at->text, cron_names, countof(cron_names)), "%s",
			  err.msg);
		return false;
	}
	warn_uneven(f, at, at->text, &marks);
	return true;
}

/* The crons of a list or the one of a scalar; false: one of them was reported. */
static bool
read_crons(struct dagfile *f, const struct ynode *key)
{
	const struct ynode *value = key->value, *item = value;
	struct schedule *s = &f->dag->schedule;
	bool is_list = value->kind == YNODE_LIST, good = true;
	const char *const *texts;
	struct cron *crons;
	struct buf joined;
	size_t n;

	if (!ykeys_texts(&f->y, key, &texts, &n))
		return false;
	if (n > SCHEDULE_CRONS_MAX) {
		ykeys_say(&f->y, value, E0509, NULL, "a schedule has at most %d crons, not %zu",
			  SCHEDULE_CRONS_MAX, n);
		return false;
	}
	crons = arena_get(f->y.arena, n * sizeof(*crons));
	buf_init(&joined, SIZE_MAX / 2);
	if (is_list)
		item = value->first;
	for (size_t i = 0; i < n; i++, item = item->next) {
		good &= read_cron(f, item, &crons[i]);
		buf_format(&joined, "%s%s", i ? " | " : "", texts[i]);
	}
	if (good) {
		s->crons = crons;
		s->n = n;
		f->dag->schedule_text = arena_str(f->y.arena, joined.data);
	}
	buf_release(&joined);
	return good;
}

/* ---- the grid ---- */

/* The grid that the fires imply, in the dag's zone; a dag of which they imply none runs by ticks.
 */
static void
imply_grid(struct dag *dag)
{
	static const enum grid_unit units[] = { [SCHEDULE_HOUR] = GRID_HOUR,
						[SCHEDULE_DAY] = GRID_DAY,
						[SCHEDULE_WEEK] = GRID_WEEK,
						[SCHEDULE_MONTH] = GRID_MONTH };
	enum schedule_unit unit = schedule_implies(&dag->schedule);

	dag->implied = true;
	dag->partitioned = unit != SCHEDULE_NO_UNIT;
	if (dag->partitioned)
		dag->grid.unit = units[unit];
}

/* Hours are those of UTC in every zone. */
static void
set_zone(struct dag *dag)
{
	dag->schedule.zone = dag->zone;
	dag->grid.zone = dag->grid.unit == GRID_HOUR ? NULL : dag->zone;
}

/* ---- the map ---- */

struct draft_schedule {
	const char *timezone, *partition;
	int gap, overlap; /* indexes of words */
	bool has_gap, has_overlap;
	int64_t every_us, spread_us;
	bool has_every, has_spread;
	const struct ynode *cron, *at, *except, *only; /* keys: read when the zone is known */
	struct draft_wakes wakes;
	bool has_rerun, has_debounce;
};

static void
keep_key(struct yreader *r, const struct key *row, const struct ynode *key, void *base)
{
	(void)r;
	*(const struct ynode **)(void *)((char *)base + row->at) = key;
}

static const struct key schedule_keys[] = {
	{ "cron", WANT_CUSTOM, .at = offsetof(struct draft_schedule, cron), .read = keep_key },
	{ "every", WANT_DURATION, .at = offsetof(struct draft_schedule, every_us),
	  .given_at = offsetof(struct draft_schedule, has_every), .min = MINUTE_US,
	  .max = 366.0 * DAY_US },
	{ "at", WANT_CUSTOM, .at = offsetof(struct draft_schedule, at), .read = keep_key },
	{ "timezone", WANT_TEXT, .at = offsetof(struct draft_schedule, timezone) },
	{ "partition", WANT_TEXT, .at = offsetof(struct draft_schedule, partition) },
	{ "dst_gap", WANT_WORD, .at = offsetof(struct draft_schedule, gap),
	  .given_at = offsetof(struct draft_schedule, has_gap), .words = gap_words },
	{ "dst_overlap", WANT_WORD, .at = offsetof(struct draft_schedule, overlap),
	  .given_at = offsetof(struct draft_schedule, has_overlap), .words = overlap_words },
	{ "except", WANT_CUSTOM, .at = offsetof(struct draft_schedule, except), .read = keep_key },
	{ "only", WANT_CUSTOM, .at = offsetof(struct draft_schedule, only), .read = keep_key },
	{ "spread", WANT_DURATION, .at = offsetof(struct draft_schedule, spread_us),
	  .given_at = offsetof(struct draft_schedule, has_spread), .min = SECOND_US,
	  .max = 1.0 * DAY_US },
	{ "datasets", WANT_CUSTOM, .at = offsetof(struct draft_schedule, wakes.datasets),
	  .read = keep_key },
	{ "on_update", WANT_WORD, .at = offsetof(struct draft_schedule, wakes.rerun),
	  .given_at = offsetof(struct draft_schedule, has_rerun), .words = update_words },
	{ "debounce", WANT_DURATION, .at = offsetof(struct draft_schedule, wakes.debounce_us),
	  .given_at = offsetof(struct draft_schedule, has_debounce), .min = 0,
	  .max = 7.0 * DAY_US },
};

bool
dagfile_read_partition(struct dagfile *f, const struct ynode *at, bool of_dag, enum grid_unit *unit)
{
	size_t n = countof(partition_words) - !of_dag;
	int known = grid_unit_of(at->text);
	struct buf words;

	if (known >= 0) {
		*unit = (enum grid_unit)known;
		return true;
	}
	buf_init(&words, SIZE_MAX / 2);
	words_or(partition_words, n, &words);
	ykeys_say(&f->y, at, E0504, ykeys_nearest(&f->y, at->text, partition_words, n),
		  "'partition' has to be %s, not '%.40s'", words.data, at->text);
	buf_release(&words);
	return false;
}

struct zone *
dagfile_read_zone(struct dagfile *f, const struct ynode *at)
{
	struct zone *zone = NULL;
	struct err err;

	if (zone_open(at->text, &zone, &err))
		ykeys_say(&f->y, at, E0505,
			  strspn(at->text, "+-0123456789:") == strlen(at->text)
			      ? "a name such as Europe/Berlin; a fixed offset is Etc/GMT-2, "
				"which is two hours ahead of UTC"
			      : "a name such as Europe/Berlin",
			  "%s", err.msg);
	return zone;
}

/* `partition:`; a dag may have none although its cron would imply one. */
static void
read_partition(struct dagfile *f, const struct ynode *at)
{
	f->dag->partitioned = strcmp(at->text, "none") != 0;
	if (f->dag->partitioned)
		(void)dagfile_read_partition(f, at, true, &f->dag->grid.unit);
}

/* "every 15m"; the anchor follows from start_date, which is read later. */
static void
read_every(struct dagfile *f, int64_t every_us)
{
	char text[64] = "every ";

	duration_format(every_us, text + strlen(text), sizeof(text) - strlen(text));
	f->dag->schedule.every_us = every_us;
	f->dag->schedule_text = arena_str(f->y.arena, text);
}

/* What fires: crons, every so often, or a list of instants, and only one of these. */
static void
read_fires(struct dagfile *f, const struct draft_schedule *d)
{
	const struct ynode *every = ynode_get(f->schedule->value, "every");
	const struct ynode *second = d->cron                 ? d->at          ? d->at
							       : d->has_every ? every
									      : NULL
				     : d->at && d->has_every ? every
							     : NULL;

	if (second) {
		ykeys_say(&f->y, second, E0513, "make two dags of it, or write all times as crons",
			  "a schedule fires by 'cron', by 'every' or by 'at', not by two of them");
		return;
	}
	if (d->cron)
		(void)read_crons(f, d->cron);
	if (d->at)
		(void)dagfile_read_instants(f, d->at);
	if (d->has_every)
		read_every(f, d->every_us);
	f->dag->has_fires = schedule_fires(&f->dag->schedule);
}

/* The same for one dag on every machine and at every fire, and different for another dag. */
static int64_t
delay_of(const struct dag *dag, int64_t spread_us)
{
	uint64_t hash = hash_bytes(dag->id, strlen(dag->id), 0);

	return (int64_t)(hash % (uint64_t)(spread_us / SECOND_US)) * SECOND_US;
}

/* What becomes of the fires, which have to be there: calendars, spread. */
static void
read_filters(struct dagfile *f, const struct draft_schedule *d)
{
	const struct ynode *map = f->schedule->value;
	const struct ynode *key = d->except ? d->except : d->only;
	struct schedule *s = &f->dag->schedule;

	if (!d->cron && !d->at && !d->has_every) {
		key = key ? key : d->has_spread ? ynode_get(map, "spread") : NULL;
		if (key)
			ykeys_say(
			    &f->y, key, E0513, "add 'cron' or 'every'",
			    "this key is about the fires of a schedule, and this one has none");
		return;
	}
	if (d->at && key) {
		ykeys_say(&f->y, key, E0513, "leave the instant out of 'at'",
			  "'except' and 'only' go with 'cron' and 'every', not with 'at'");
		return;
	}
	if (d->except)
		(void)dagfile_read_days(f, d->except, &s->except);
	/* Where nobody can tell what is in a calendar, it leaves out nothing. */
	s->has_only = d->only && dagfile_read_days(f, d->only, &s->only) &&
		      (s->only.n || !f->y.constants || !f->y.constants->unknown);
	if (d->spread_us) /* it could be read */
		s->delay_us = delay_of(f->dag, d->spread_us);
}

static void
read_map(struct dagfile *f, const struct ynode *key)
{
	struct draft_schedule d = { 0 };
	struct keyset set = KEYSET(schedule_keys, &d);
	const struct ynode *map = key->value;

	(void)ykeys_read(&f->y, key, map, "the schedule", &set, 1);
	if (d.has_gap)
		f->dag->schedule.gap = (enum gap_rule)(GAP_NEXT + d.gap);
	if (d.has_overlap)
		f->dag->schedule.overlap = (enum overlap_rule)(OVERLAP_FIRST + d.overlap);
	if (d.timezone)
		f->dag->zone = dagfile_read_zone(f, ynode_get(map, "timezone"));
	read_fires(f, &d);
	read_filters(f, &d);
	/* Meant, should it be unreadable. */
	f->dag->partitioned = d.cron || (ynode_get(map, "every") && !f->dag->has_fires);
	if (d.partition)
		read_partition(f, ynode_get(map, "partition"));
	else if (f->dag->has_fires)
		imply_grid(f->dag);
	set_zone(f->dag);
	d.wakes.on_update = d.has_rerun ? ykeys_find(map, "on_update") : NULL;
	d.wakes.debounce = d.has_debounce ? ykeys_find(map, "debounce") : NULL;
	dagfile_read_wakes(f, &d.wakes,
			   d.cron        ? d.cron
			   : d.at        ? d.at
			   : d.has_every ? ykeys_find(map, "every")
					 : NULL);
}

void
dagfile_read_schedule(struct yreader *r, const struct key *row, const struct ynode *key, void *base)
{
	struct dagfile *f = dagfile_of(r);

	(void)row;
	(void)base;
	f->schedule = key;
	if (key->value->kind == YNODE_MAP) {
		read_map(f, key);
		return;
	}
	if (key->value->kind == YNODE_LIST) {
		ykeys_say(&f->y, key->value, E0204,
			  "several crons are 'schedule: {cron: [\"0 3 * * *\", \"0 15 * * *\"]}'",
			  "'schedule' has to be a cron or a map, not a list");
		return;
	}
	if (!key->value->broken && ynode_is_null(key->value)) {
		ykeys_say(&f->y, key, E0205,
			  "leave the key out: without a schedule a dag runs when it is triggered",
			  "'schedule' has no value");
		return;
	}
	f->dag->partitioned = true; /* meant, even if it cannot be read: no further mistakes */
	if (ykeys_scalar(r, key) && read_crons(f, key)) {
		f->dag->has_fires = true;
		imply_grid(f->dag);
	}
	set_zone(f->dag);
}

/* ---- start and end ---- */

static const char *
date_help(const char *text)
{
	static const char shape[] = "dddd-dd-dd";
	int64_t part;
	size_t i = 0;

	while (shape[i] && (shape[i] == 'd' ? text[i] >= '0' && text[i] <= '9' : text[i] == '-'))
		i++;
	if (shape[i] || (text[i] && !strchr("Tt ", text[i])))
		return "year, month and day, in figures";
	if (!grid_parse(grid_days, text, DATE_CHARS, &part))
		return "there is no such day";
	return "hours and minutes, perhaps seconds, and an offset such as +02:00 or Z; without one"
	       " it is a time of the dag's zone";
}

/* A date is its whole day; of end_date what is written is counted, too. */
void
dagfile_read_date(struct yreader *r, const struct key *row, const struct ynode *key, void *base)
{
	struct dagfile *f = dagfile_of(r);
	const char *text = ykeys_scalar(r, key);
	bool is_end = row->at == offsetof(struct dag, end_us);
	int64_t *out = (int64_t *)(void *)((char *)base + row->at);
	struct grid days = { .unit = GRID_DAY, .zone = f->dag->zone };
	int64_t part;

	*(is_end ? &f->end_date : &f->start_date) = key;
	if (!text)
		return;
	if (grid_parse(days, text, strlen(text), &part))
		*out = is_end ? grid_end(days, part) : grid_start(days, part);
	else if (zone_parse(f->dag->zone, text, strlen(text), out))
		*out += is_end;
	else
		ykeys_say(r, key->value, E0506, date_help(text),
			  "'%s' has to be a date such as 2026-05-01 or an instant such as"
			  " 2026-05-01T13:00, not '%s'",
			  row->name, text);
}

/* The first part is the first that is whole: one that has begun before start_date is not. */
static void
round_start(struct dag *dag)
{
	if (dag->partitioned && dag->start_us != INT64_MIN)
		dag->start_us = interval_from(dag, dag->start_us);
}

/* The cron that a schedule has at `i`, where it stands. */
static const struct ynode *
cron_node(const struct dagfile *f, size_t i)
{
	const struct ynode *value = f->schedule->value;

	if (value->kind == YNODE_MAP)
		value = ynode_get(value, "cron");
	if (value->kind != YNODE_LIST)
		return value;
	for (value = value->first; i; i--)
		value = value->next;
	return value;
}

/* A cron has days on the calendar, and may have no instant in its zone all the same. */
static bool
check_crons(struct dagfile *f)
{
	const struct dag *dag = f->dag;
	bool good = true;

	for (size_t i = 0; i < dag->schedule.n; i++) {
		struct schedule one = dag->schedule;

		one.crons = &dag->schedule.crons[i];
		one.n = 1;
		one.except.n = 0;
		one.has_only = false;
		if (schedule_next(&one, dag->start_us) != INT64_MAX)
			continue;
		good = false;
		ykeys_say(&f->y, cron_node(f, i), E0512,
			  "with dst_gap: next it fires right after such a gap",
			  "this cron never fires in %s from 'start_date' on: the clock passes over"
			  " each of its times, and 'dst_gap' is skip",
			  zone_name(dag->zone));
	}
	return good;
}

/*
 * `every` counts from the midnight of start_date.  The first interval of a list of instants begins
 * at start_date, so that each of them has one that ends with it.
 */
static void
place_fires(struct dag *dag)
{
	const struct grid days = { .unit = GRID_DAY, .zone = dag->zone };
	struct schedule *s = &dag->schedule;
	size_t kept = 0;
	int64_t *at;

	if (dag->start_us == INT64_MIN)
		return;
	if (s->every_us)
		s->anchor_us = grid_start(days, grid_part(days, dag->start_us));
	if (!s->n_at || dag->partitioned)
		return;
	for (size_t i = 0; i < s->n_at; i++)
		kept += s->at[i] > dag->start_us;
	at = arena_get(dag->arena, (kept + 1) * sizeof(*at));
	at[0] = dag->start_us;
	if (kept)
		memcpy(at + 1, s->at + s->n_at - kept, kept * sizeof(*at));
	s->at = at;
	s->n_at = kept + 1;
}

/* Something has to fire from start_date on. */
static bool
check_fires(struct dagfile *f)
{
	const struct schedule *s = &f->dag->schedule;
	bool listed = s->n_at > 0;

	if (!check_crons(f))
		return false;
	if (schedule_next(s, f->dag->start_us + (listed && !f->dag->partitioned)) != INT64_MAX)
		return true;
	ykeys_say(&f->y, f->schedule, E0515, NULL,
		  listed
		      ? "every instant of 'at' lies before 'start_date', so nothing will ever run"
		      : "'except' and 'only' leave no fire from 'start_date' on, so nothing will"
			" ever run");
	return false;
}

/* From start_date to end_date some interval has to begin. */
static void
check_end(struct dagfile *f)
{
	const struct dag *dag = f->dag;

	if (dag->end_us <= dag->start_us)
		ykeys_say(&f->y, f->end_date->value, E0510,
			  "a dag is responsible for what begins from the one to the other, both"
			  " counted",
			  "'end_date' lies before 'start_date'");
	else if (dag->start_us != INT64_MIN && dag->end_us != INT64_MAX &&
		 (dag->partitioned || dag->has_fires) &&
		 interval_from(dag, dag->start_us) >= dag->end_us)
		ykeys_say(
		    &f->y, f->end_date->value, E0511,
		    "a dag is responsible for what begins from the one to the other, both"
		    " counted",
		    "no %s%s%s begins from 'start_date' to 'end_date', so nothing will ever run",
		    dag->partitioned ? grid_unit_name(dag->grid.unit) : "interval of the cron",
		    dag->grid.zone && dag->partitioned ? " of " : "",
		    dag->grid.zone && dag->partitioned ? grid_zone_name(dag->grid) : "");
}

void
dagfile_check_schedule(struct dagfile *f)
{
	const struct dag *dag = f->dag;

	place_fires(f->dag);
	if ((!dag->has_fires || dag->start_us == INT64_MIN || check_fires(f)) && f->end_date)
		check_end(f);
	round_start(f->dag);
	if (!dag->has_fires && dag->cancel_running)
		ykeys_say(&f->y, ykeys_find(f->root, "overlap"), E0513, "add a schedule that fires",
			  "'overlap' is about runs of the schedule, and this one makes none");
	if (!dag->has_fires && !dag_is_woken(dag))
		return;
	if (!f->start_date && dag->has_fires)
		ykeys_say(&f->y, f->schedule, E0507,
			  "the first day that this dag is responsible for",
			  "a dag with %s needs 'start_date'",
			  dag->schedule.every_us ? "'every'"
			  : dag->schedule.n_at   ? "'at'"
						 : "a cron");
	for (size_t i = 0; i < dag->n_params; i++) {
		if (!dag->params[i].value)
			ykeys_say(&f->y, f->params_key, E0802, NULL,
				  "parameter '%s' needs a default: nobody gives it a value when "
				  "%s a run",
				  dag->params[i].name,
				  dag->has_fires ? "the cron starts" : "datasets start");
	}
}
