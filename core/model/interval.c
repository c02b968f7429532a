/* interval.c - may the interval of a logical date run now?  Asked by everything that starts a run.
 */
#include "core/model/interval.h"

#include "core/time/schedule.h"
#include "core/time/zone.h"

#include <string.h>

bool
interval_by_ticks(const struct dag *dag)
{
	return !dag->partitioned && dag_is_scheduled(dag);
}

int64_t
interval_end(const struct dag *dag, int64_t logical_us)
{
	if (dag->partitioned)
		return grid_end(dag->grid, grid_part(dag->grid, logical_us));
	if (interval_by_ticks(dag) && schedule_next(&dag->schedule, logical_us) == logical_us) {
		int64_t end_us = schedule_after(&dag->schedule, logical_us);

		return end_us == INT64_MAX ? logical_us : end_us;
	}
	return logical_us;
}

int64_t
interval_at(const struct dag *dag, int64_t us)
{
	if (interval_by_ticks(dag))
		return schedule_last(&dag->schedule, us);
	return grid_start(dag->grid, grid_part(dag->grid, us));
}

int64_t
interval_from(const struct dag *dag, int64_t us)
{
	int64_t part;

	if (interval_by_ticks(dag))
		return schedule_next(&dag->schedule, us);
	part = grid_part(dag->grid, us);
	return grid_start(dag->grid, part) == us ? us : grid_end(dag->grid, part);
}

int64_t
interval_next(const struct dag *dag, int64_t logical_us)
{
	if (interval_by_ticks(dag))
		return schedule_after(&dag->schedule, logical_us);
	return grid_end(dag->grid, grid_part(dag->grid, logical_us));
}

int64_t
interval_last(const struct dag *dag, int64_t now_us)
{
	int64_t start_us = grid_start(dag->grid, grid_part(dag->grid, now_us));

	return grid_start(dag->grid, grid_part(dag->grid, start_us - 1));
}

static int64_t
newest_tick(const struct dag *dag, int64_t now_us)
{
	int64_t tick_us = schedule_last(&dag->schedule, now_us - dag->schedule.delay_us);

	if (tick_us != INT64_MIN)
		tick_us = schedule_last(&dag->schedule, tick_us - 1);
	if (tick_us != INT64_MIN && tick_us >= dag->end_us)
		tick_us = schedule_last(&dag->schedule, dag->end_us - 1);
	return tick_us;
}

static int64_t
newest_part(const struct dag *dag, int64_t from_us, int64_t now_us)
{
	int64_t first = grid_part(dag->grid, from_us), last, us;

	last = newest_due(&dag->schedule, dag->grid, first, now_us);
	if (last < first)
		return INT64_MIN;
	/* That of its last instant is none that is empty. */
	us = grid_end(dag->grid, last) - 1;
	if (us >= dag->end_us)
		us = dag->end_us - 1;
	return grid_start(dag->grid, grid_part(dag->grid, us));
}

int64_t
interval_newest(const struct dag *dag, int64_t from_us, int64_t now_us)
{
	int64_t start_us = interval_by_ticks(dag) ? newest_tick(dag, now_us)
						  : newest_part(dag, from_us, now_us);

	return start_us >= from_us ? start_us : INT64_MIN;
}

bool
interval_is_text(const char *text, int64_t *us)
{
	int64_t part;

	if (zone_parse(NULL, text, strlen(text), us))
		return true;
	for (int unit = 0; unit < GRID_UNITS; unit++) {
		struct grid grid = { .unit = (enum grid_unit)unit };

		if (!grid_parse(grid, text, strlen(text), &part))
			continue;
		*us = grid_start(grid, part);
		return true;
	}
	return false;
}

/* The first or the last part that lies in the larger one of a text. */
static bool
read_larger(const struct dag *dag, const char *text, enum interval_of of, int64_t *us)
{
	for (int unit = 0; unit < GRID_UNITS; unit++) {
		struct grid grid = { .unit = (enum grid_unit)unit, .zone = dag->zone };
		int64_t part, start_us, end_us;
		struct parts inside;

		if (!grid_parse(grid, text, strlen(text), &part))
			continue;
		start_us = grid_start(grid, part);
		end_us = grid_end(grid, part);
		inside = grid_overlap(dag->grid, start_us, end_us);
		inside.first += grid_start(dag->grid, inside.first) < start_us;
		inside.last -= grid_end(dag->grid, inside.last) > end_us;
		if (inside.first > inside.last)
			continue;
		*us = grid_start(dag->grid, of == INTERVAL_LAST ? inside.last : inside.first);
		return true;
	}
	return false;
}

static void
say_wrong_date(const struct dag *dag, const char *text, struct buf *why)
{
	static const char *const such[GRID_UNITS] = {
		[GRID_DAY] = "a date",
		[GRID_HOUR] = "one such as 2026-05-01T13",
		[GRID_WEEK] = "a Monday, such as 2026-04-27",
		[GRID_MONTH] = "one such as 2026-05",
		[GRID_QUARTER] = "one such as 2026-Q2",
		[GRID_YEAR] = "one such as 2026",
	};

	if (dag->partitioned)
		buf_format(why, "dag '%s' has one run per %s: the logical date has to be %s%s%s",
			   dag->id, grid_unit_name(dag->grid.unit), such[dag->grid.unit],
			   dag->grid.zone ? " of " : "",
			   dag->grid.zone ? grid_zone_name(dag->grid) : "");
	else
		buf_format(why, "'%.64s' is no instant: use YYYY-MM-DDTHH:MM:SSZ", text);
}

bool
interval_read(const struct dag *dag, const char *text, enum interval_of of, int64_t *us,
	      struct buf *why)
{
	size_t bytes = strlen(text);
	bool good = !dag->partitioned;
	int64_t part;

	if (dag->partitioned && grid_parse(dag->grid, text, bytes, &part)) {
		*us = grid_start(dag->grid, part);
		if (!grid_is_empty(dag->grid, part))
			return true;
		buf_format(why, "%s does not exist in %s: the clocks there passed over it", text,
			   grid_zone_name(dag->grid));
		return false;
	}
	if (dag->partitioned && of != INTERVAL_ONE && read_larger(dag, text, of, us))
		return true;
	if (zone_parse(dag->zone, text, bytes, us))
		good = good || grid_is_start(dag->grid, *us);
	else
		good = good && interval_is_text(text, us);
	if (!good)
		say_wrong_date(dag, text, why);
	return good;
}

enum interval_state
interval_state(const struct dag *dag, int64_t logical_us, int64_t now_us)
{
	if (now_us >= interval_end(dag, logical_us))
		return INTERVAL_ENDED;
	return now_us >= logical_us ? INTERVAL_BEGUN : INTERVAL_AHEAD;
}

int64_t
interval_due(const struct dag *dag, int64_t logical_us)
{
	if (!dag_is_scheduled(dag))
		return INT64_MAX;
	if (interval_by_ticks(dag)) {
		int64_t end_us = schedule_after(&dag->schedule, logical_us);

		return end_us == INT64_MAX ? end_us : end_us + dag->schedule.delay_us;
	}
	return partition_due(&dag->schedule, dag->grid, grid_part(dag->grid, logical_us));
}

void
interval_say_early(const struct dag *dag, int64_t logical_us, struct buf *out)
{
	int64_t due_us = interval_due(dag, logical_us);
	char text[TIMESTAMP_CHARS + 1];

	if (due_us == INT64_MAX) {
		grid_instant_text(dag->grid, logical_us, text);
		buf_format(out,
			   "dag '%s' has no cron, so nothing runs it again; when %s has ended "
			   "type: tidemill runs clear %s %s",
			   dag->id, dag->grid.unit == GRID_DAY ? "the day" : text, dag->id, text);
		return;
	}
	timestamp_format(due_us, text);
	buf_format(out, "it runs again when it is due, %s", text);
}

bool
interval_may_run(const struct dag *dag, int64_t logical_us, int64_t now_us, bool early,
		 struct buf *why)
{
	enum interval_state state = interval_state(dag, logical_us, now_us);
	char name[TIMESTAMP_CHARS + 1], at[TIMESTAMP_CHARS + 1];

	if (state == INTERVAL_ENDED || (state == INTERVAL_BEGUN && early))
		return true;
	if (!why)
		return false;
	grid_instant_text(dag->grid, logical_us, name);
	if (state == INTERVAL_AHEAD) {
		timestamp_format(logical_us, at);
		buf_format(why, "%s of dag '%s' has not begun: it begins %s", name, dag->id, at);
		return false;
	}
	timestamp_format(interval_end(dag, logical_us), at);
	buf_format(
	    why,
	    "%s of dag '%s' has not ended: it ends %s, and a run before that reads a part of "
	    "it; to run it all the same add --early",
	    name, dag->id, at);
	return false;
}
