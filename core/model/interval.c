/* interval.c - may the interval of a logical date run now?  Asked by everything that starts a run.
 */
#include "core/model/interval.h"

#include "core/time/schedule.h"

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
	if (interval_by_ticks(dag) && schedule_next(&dag->schedule, logical_us) == logical_us)
		return schedule_after(&dag->schedule, logical_us);
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

static int64_t
newest_tick(const struct dag *dag, int64_t now_us)
{
	int64_t tick_us = schedule_last(&dag->schedule, now_us);

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
	if (interval_by_ticks(dag))
		return schedule_after(&dag->schedule, logical_us);
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
