/* interval.c - may the interval of a logical date run now?  Asked by everything that starts a run.
 */
#include "core/model/interval.h"

#include "core/time/schedule.h"

static int64_t
end_of(const struct dag *dag, int64_t logical_us)
{
	return dag->partitioned ? grid_end(dag->grid, grid_part(dag->grid, logical_us))
				: logical_us;
}

enum interval_state
interval_state(const struct dag *dag, int64_t logical_us, int64_t now_us)
{
	if (now_us >= end_of(dag, logical_us))
		return INTERVAL_ENDED;
	return now_us >= logical_us ? INTERVAL_BEGUN : INTERVAL_AHEAD;
}

int64_t
interval_due(const struct dag *dag, int64_t logical_us)
{
	if (!dag_is_scheduled(dag))
		return INT64_MAX;
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
			   "dag '%s' has no cron, so nothing runs it again; when the day has ended "
			   "type: tidemill runs clear %s %s",
			   dag->id, dag->id, text);
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
	timestamp_format(end_of(dag, logical_us), at);
	buf_format(
	    why,
	    "%s of dag '%s' has not ended: it ends %s, and a run before that reads a part of "
	    "it; to run it all the same add --early",
	    name, dag->id, at);
	return false;
}
