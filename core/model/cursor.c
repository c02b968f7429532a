/* cursor.c - where the schedule of a dag stands: what it makes now, and what an edit does to it. */
#include "core/model/cursor.h"

#include "core/model/interval.h"

#include <string.h>

/* catchup: none makes what fell due so long before the dag was first seen or unpaused. */
#define LIVE_GRACE_US (15 * MINUTE_US)

/* New rules of a zone move its days by an hour or two, but for a day that is left out. */
#define RULES_US (3 * HOUR_US)

enum { COUNT_MAX = 10000 }; /* of intervals that a sentence counts */

/* The first of the due ones that gets a run. */
static int64_t
first_made(const struct cursor *c, const struct dag *dag, int64_t from_us, int64_t newest_us,
	   int64_t now_us)
{
	int64_t first_us;

	if (dag->catchup != CATCHUP_ALL)
		return dag->catchup == CATCHUP_LATEST ||
			       interval_due(dag, newest_us) >= c->live_since_us - LIVE_GRACE_US
			   ? newest_us
			   : INT64_MAX;
	if (!dag->catchup_window_us)
		return from_us;
	/* The first that ended at most that long ago. */
	first_us = interval_at(dag, now_us - dag->catchup_window_us - 1);
	return first_us > from_us ? first_us : from_us;
}

bool
cursor_due(const struct cursor *c, const struct dag *dag, int64_t now_us, struct cursor_due *out)
{
	int64_t from_us = interval_from(dag, c->at_us);

	out->last_us = interval_newest(dag, from_us, now_us);
	if (out->last_us == INT64_MIN)
		return false;
	out->first_us = first_made(c, dag, from_us, out->last_us, now_us);
	out->next_us = interval_next(dag, out->last_us);
	return true;
}

/* Where a schedule begins to look, or INT64_MIN. */
static int64_t
first_cursor(const struct dag *dag, int64_t now_us)
{
	if (dag->start_us != INT64_MIN)
		return interval_from(dag, dag->start_us);
	return interval_newest(
	    dag, interval_from(dag, now_us - INT64_C(366) * CRON_YEARS_MAX * DAY_US), now_us);
}

/* The next interval; where none is left the instant itself, from which an edit may go on. */
static int64_t
next_from(const struct dag *dag, int64_t us)
{
	int64_t next_us = interval_from(dag, us);

	return next_us == INT64_MAX ? us : next_us;
}

/* The instant at which a tick of the schedule comes that came at another, by the clocks then. */
static int64_t
same_on_the_wall(const struct zone *before, const struct zone *zone, int64_t us)
{
	int64_t local_us = us + zone_offset(before, us) * SECOND_US, earlier_us, later_us;

	if (zone_instants(zone, local_us, &earlier_us, &later_us) == ZONE_GAP)
		return zone_stretch(zone, earlier_us).start;
	return us - earlier_us <= later_us - us ? earlier_us : later_us;
}

void
cursor_follow(struct cursor *c, const struct dag *before, const struct dag *dag)
{
	int64_t at_us = c->at_us;

	if (at_us == INT64_MIN)
		return;
	at_us = interval_from(before, at_us);
	if (at_us == INT64_MAX)
		return;
	if (dag->partitioned)
		c->at_us = grid_start(dag->grid, grid_part(before->grid, at_us));
	else
		c->at_us = next_from(dag, same_on_the_wall(before->zone, dag->zone, at_us));
}

int64_t
cursor_stands(const struct dag *dag, int64_t at_us)
{
	int64_t next_us, holds_us;

	if (at_us == INT64_MIN || !dag_is_scheduled(dag))
		return at_us;
	next_us = interval_from(dag, at_us);
	/* Where nothing follows, nothing was next. */
	if (next_us == at_us || next_us == INT64_MAX)
		return at_us;
	holds_us = interval_at(dag, at_us);
	if (holds_us != INT64_MIN && at_us - holds_us < next_us - at_us)
		next_us = holds_us;
	return next_us - at_us <= RULES_US && at_us - next_us <= RULES_US ? next_us : at_us;
}

bool
cursor_edit(struct cursor *c, const struct dag *before, const struct dag *dag, int64_t now_us)
{
	bool first = c->at_us == INT64_MIN;
	bool anew = !first && before && before->partitioned != dag->partitioned;
	int64_t start_us;

	if (first)
		c->at_us = first_cursor(dag, now_us);
	if (anew)
		c->at_us = next_from(dag, now_us);
	if (first || anew)
		c->live_since_us = now_us;
	start_us = dag->start_us == INT64_MIN ? INT64_MIN : interval_from(dag, dag->start_us);
	if (c->at_us < start_us)
		c->at_us = start_us;
	/* An edit looks ahead: read again, this is no cursor that a zone has moved away from. */
	if (cursor_stands(dag, c->at_us) != c->at_us)
		c->at_us = interval_from(dag, c->at_us);
	return anew;
}

/* ---- what an edit does, in words ---- */

static bool
same_text(const char *a, const char *b)
{
	return strcmp(a ? a : "", b ? b : "") == 0;
}

/* Does `every` count from the same instants?  Where it counts, its period is the same. */
static bool
same_phase(const struct dag *a, const struct dag *b)
{
	const struct schedule *s = &a->schedule;

	return !s->every_us || (s->anchor_us - b->schedule.anchor_us) % s->every_us == 0;
}

/* Without a grid the first of the instants is start_date, which is a key of its own. */
static bool
same_instants(const struct dag *a, const struct dag *b)
{
	const struct schedule *x = &a->schedule, *y = &b->schedule;
	size_t first = x->n_at && y->n_at && !a->partitioned;

	return x->n_at == y->n_at &&
	       (x->n_at == first ||
		memcmp(x->at + first, y->at + first, (x->n_at - first) * sizeof(*x->at)) == 0);
}

static bool
same_only(const struct dag *a, const struct dag *b)
{
	return a->schedule.has_only == b->schedule.has_only &&
	       days_equal(&a->schedule.only, &b->schedule.only);
}

/* On which the numbers of intervals mean the same. */
static bool
same_grid(const struct dag *a, const struct dag *b)
{
	if (a->partitioned != b->partitioned)
		return false;
	if (a->partitioned)
		return grid_is(a->grid, b->grid);
	return same_text(a->schedule_text, b->schedule_text) &&
	       same_text(zone_name(a->zone), zone_name(b->zone)) && same_phase(a, b) &&
	       same_instants(a, b) && same_only(a, b) &&
	       days_equal(&a->schedule.except, &b->schedule.except);
}

/* The keys that say something else now; false: none does. */
static bool
say_keys(const struct dag *a, const struct dag *b, struct buf *out)
{
	const bool moved = same_text(zone_name(a->zone), zone_name(b->zone));
	const struct {
		const char *key;
		bool same;
	} keys[] = {
		{ "schedule", same_text(a->schedule_text, b->schedule_text) &&
				  (a->partitioned != b->partitioned || same_instants(a, b)) },
		{ "timezone", moved },
		{ "partition", a->partitioned == b->partitioned && a->grid.unit == b->grid.unit },
		{ "dst_gap", a->schedule.gap == b->schedule.gap },
		{ "dst_overlap", a->schedule.overlap == b->schedule.overlap },
		{ "except", days_equal(&a->schedule.except, &b->schedule.except) },
		{ "only", same_only(a, b) },
		{ "spread", a->schedule.delay_us == b->schedule.delay_us },
		/* Dates are of the zone, and the first part is one of the grid. */
		{ "start_date",
		  (!same_grid(a, b) && same_phase(a, b)) || a->start_us == b->start_us },
		{ "end_date", !moved || a->end_us == b->end_us },
		{ "catchup", a->catchup == b->catchup },
		{ "catchup_window", a->catchup_window_us == b->catchup_window_us },
	};
	size_t begin = out->bytes;

	for (size_t i = 0; i < countof(keys); i++)
		if (!keys[i].same)
			buf_format(out, "%s%s", out->bytes > begin ? ", " : "", keys[i].key);
	return out->bytes > begin;
}

/*
 * "30 days from 2026-04-01 to 2026-04-30", behind `; `, of those that start in [from, until).
 * False: there are none.
 */
static bool
say_range(const struct dag *dag, int64_t from_us, int64_t until_us, struct buf *out)
{
	char first[TIMESTAMP_CHARS + 1], last[TIMESTAMP_CHARS + 1];
	const char *unit = dag->partitioned ? grid_unit_name(dag->grid.unit) : "tick";
	int n = 0;

	if (from_us == INT64_MIN || from_us >= until_us || until_us == INT64_MAX)
		return false;
	for (int64_t us = from_us; us < until_us && n <= COUNT_MAX; us = interval_next(dag, us))
		n++;
	grid_instant_text(dag->grid, from_us, first);
	grid_instant_text(dag->grid, interval_at(dag, until_us - 1), last);
	if (n == 1)
		buf_format(out, "; the %s %s", unit, first);
	else
		buf_format(out, "; %s%d %ss from %s to %s", n > COUNT_MAX ? "over " : "",
			   n > COUNT_MAX ? COUNT_MAX : n, unit, first, last);
	return true;
}

static void
say_not_made(const struct dag *dag, int64_t from_us, int64_t until_us, struct buf *out)
{
	char first[TIMESTAMP_CHARS + 1], last[TIMESTAMP_CHARS + 1];

	if (!say_range(dag, from_us, until_us, out))
		return;
	grid_instant_text(dag->grid, from_us, first);
	if (!dag->partitioned) {
		buf_format(out, " will not be made (tidemill dags trigger %s -l %s makes one)",
			   dag->id, first);
		return;
	}
	grid_instant_text(dag->grid, interval_at(dag, until_us - 1), last);
	buf_format(out,
		   " will not be made (tidemill backfill create %s --from-date %s --to-date %s)",
		   dag->id, first, last);
}

static void
say_next(const struct dag *dag, int64_t next_us, struct buf *out)
{
	int64_t due_us = next_us < dag->end_us ? interval_due(dag, next_us) : INT64_MAX;
	char name[TIMESTAMP_CHARS + 1], due[ZONE_TEXT_CHARS + 1];

	if (due_us == INT64_MAX) {
		buf_text(out, "; no further run comes");
		return;
	}
	grid_instant_text(dag->grid, next_us, name);
	zone_format(dag->zone, due_us, due);
	buf_format(out, "; next run %s, due %s", name, due);
}

/*
 * What will not be made although the definition is responsible for it: all that starts before
 * made_us, but for what the schedule has done on the same grid.
 */
static void
say_passed(const struct cursor *c, const struct dag *before, const struct dag *dag, int64_t made_us,
	   struct buf *out)
{
	int64_t start_us = dag->start_us == INT64_MIN ? made_us : interval_from(dag, dag->start_us);
	int64_t was_us;

	if (c->at_us == INT64_MIN || !same_grid(before, dag) || before->start_us == INT64_MIN) {
		say_not_made(dag, start_us, made_us, out);
		return;
	}
	was_us = interval_from(before, before->start_us);
	say_not_made(dag, start_us, was_us < made_us ? was_us : made_us, out);
	say_not_made(dag, c->at_us > was_us ? interval_from(before, c->at_us) : was_us, made_us,
		     out);
}

bool
cursor_say_edit(const struct cursor *c, const struct dag *before, const struct dag *dag,
		int64_t now_us, struct buf *out)
{
	struct cursor after = *c;
	int64_t made_us, next_us;
	struct cursor_due due;

	if (!before || !say_keys(before, dag, out))
		return false;
	buf_text(out, " changed");
	if (!dag_is_scheduled(dag)) {
		buf_text(out, "; it has no cron any more, and runs are made by hand alone");
		return true;
	}
	(void)cursor_edit(&after, before, dag, now_us);
	next_us = made_us = interval_from(dag, after.at_us);
	if (!c->paused && cursor_due(&after, dag, now_us, &due)) {
		next_us = due.next_us;
		made_us = due.first_us <= due.last_us ? due.first_us : next_us;
	}
	say_passed(c, before, dag, made_us, out);
	if (c->paused) {
		buf_format(out, "; it is paused: tidemill dags unpause %s", dag->id);
		return true;
	}
	if (say_range(dag, made_us, next_us, out))
		buf_format(out, " will be made now");
	say_next(dag, next_us, out);
	return true;
}
