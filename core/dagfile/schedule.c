/* schedule.c - the keys of a DAG file that say when: schedule, start_date, end_date. */
#include "core/dagfile/schedule.h"

#include "core/base/mem.h"

#include <stdlib.h>
#include <string.h>

static const char *const grids[] = { "hour", "day", "week", "month" };
static const char *const gap_words[] = { "next", "skip", "shift", NULL };
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
		f->dag->has_cron = true;
		f->dag->cron_text = arena_str(f->y.arena, joined.data);
	}
	buf_release(&joined);
	return good;
}

static const char *
unit_name(enum schedule_unit unit)
{
	static const char *const names[] = { "none", "hour", "day", "week", "month" };

	return names[unit];
}

static void
check_grid(struct dagfile *f, const struct ynode *at)
{
	enum schedule_unit unit = schedule_implies(&f->dag->schedule);

	if (unit == SCHEDULE_DAY)
		return;
	ykeys_say(&f->y, at, E0502, "write {cron: \"...\", partition: day} if days are meant",
		  "this cron implies one partition per %s, which is not supported yet",
		  unit == SCHEDULE_NO_UNIT ? "tick" : unit_name(unit));
}

/* ---- the map ---- */

struct draft_schedule {
	const char *timezone, *partition;
	int gap, overlap; /* indexes of words */
	bool has_gap, has_overlap;
	bool has_cron; /* and it could be read */
};

static void
read_cron_key(struct yreader *r, const struct key *row, const struct ynode *key, void *base)
{
	(void)row;
	((struct draft_schedule *)base)->has_cron = read_crons(dagfile_of(r), key);
}

static const struct key schedule_keys[] = {
	{ "cron", WANT_CUSTOM, .read = read_cron_key },
	{ "timezone", WANT_TEXT, .at = offsetof(struct draft_schedule, timezone) },
	{ "partition", WANT_TEXT, .at = offsetof(struct draft_schedule, partition) },
	{ "dst_gap", WANT_WORD, .at = offsetof(struct draft_schedule, gap),
	  .given_at = offsetof(struct draft_schedule, has_gap), .words = gap_words },
	{ "dst_overlap", WANT_WORD, .at = offsetof(struct draft_schedule, overlap),
	  .given_at = offsetof(struct draft_schedule, has_overlap), .words = overlap_words },
	KEY_LATER("datasets"),
};

static void
check_partition(struct dagfile *f, const struct ynode *map, const char *grid)
{
	const struct ynode *at = ynode_get(map, "partition");
	bool known = false;

	if (strcmp(grid, "day") == 0)
		return;
	for (size_t i = 0; i < countof(grids); i++)
		known = known || strcmp(grid, grids[i]) == 0;
	if (known)
		ykeys_say(&f->y, at, E0503, "use day", "partition '%s' is not supported yet", grid);
	else
		ykeys_say(&f->y, at, E0504, ykeys_nearest(&f->y, grid, grids, countof(grids)),
			  "'partition' has to be day, not '%s'", grid);
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
	if (d.partition)
		check_partition(f, map, d.partition);
	if (d.timezone && strcmp(d.timezone, "UTC") != 0)
		ykeys_say(&f->y, ynode_get(map, "timezone"), E0505, "use UTC",
			  "time zone '%s' is not supported yet", d.timezone);
	if (d.has_cron && !d.partition)
		check_grid(f, ynode_get(map, "cron"));
	f->dag->partitioned = ynode_get(map, "cron") || d.partition;
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
	f->dag->partitioned = true; /* meant, even if it cannot be read: no further mistakes */
	if (ykeys_scalar(r, key) && read_crons(f, key))
		check_grid(f, key->value);
}

/* ---- dates ---- */

static const char *
date_help(const char *text)
{
	static const char shape[] = "dddd-dd-dd";
	size_t i = 0;

	while (shape[i] && (shape[i] == 'd' ? text[i] >= '0' && text[i] <= '9' : text[i] == '-'))
		i++;
	return shape[i] || text[i] ? "year, month and day, in figures" : "there is no such day";
}

void
dagfile_read_date(struct yreader *r, const struct key *row, const struct ynode *key, void *base)
{
	struct dagfile *f = dagfile_of(r);
	const char *text = ykeys_scalar(r, key);
	bool is_end = row->at == offsetof(struct dag, end_us);
	int64_t *out = (int64_t *)(void *)((char *)base + row->at);
	int64_t part;

	*(is_end ? &f->end_date : &f->start_date) = key;
	if (!text)
		return;
	if (grid_parse(grid_days, text, strlen(text), &part))
		*out = is_end ? grid_end(grid_days, part) : grid_start(grid_days, part);
	else
		ykeys_say(r, key->value, E0506, date_help(text),
			  "'%s' has to be a date such as 2026-05-01, not '%s'", row->name, text);
}

void
dagfile_check_schedule(struct dagfile *f)
{
	const struct dag *dag = f->dag;

	if (f->end_date && dag->end_us <= dag->start_us)
		ykeys_say(&f->y, f->end_date->value, E0510,
			  "it is the last day that this dag is responsible for",
			  "'end_date' lies before 'start_date'");
	if (!dag->has_cron)
		return;
	if (!f->start_date)
		ykeys_say(&f->y, f->schedule, E0507,
			  "the first day that this dag is responsible for",
			  "a dag with a cron needs 'start_date'");
	for (size_t i = 0; i < dag->n_params; i++) {
		if (!dag->params[i].value)
			ykeys_say(&f->y, f->params_key, E0802, NULL,
				  "parameter '%s' needs a default: nobody gives it a value when "
				  "the cron starts a run",
				  dag->params[i].name);
	}
}
