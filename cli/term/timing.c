/* timing.c - what a dag's schedule comes to, as the members of a row. */
#include "cli/term/timing.h"

#include "core/base/mem.h"
#include "core/model/interval.h"

#include <stdlib.h>

static json_t *
partition_of(const struct dag *dag)
{
	if (dag->partitioned)
		return json_string(grid_unit_name(dag->grid.unit));
	return dag->has_cron ? json_string("none") : json_null();
}

/* The first interval that the dag is responsible for; INT64_MIN: it has none. */
static int64_t
first_us(const struct dag *dag)
{
	int64_t us;

	if (dag->start_us == INT64_MIN || !(dag->partitioned || dag->has_cron))
		return INT64_MIN;
	us = interval_from(dag, dag->start_us);
	return us == INT64_MAX ? INT64_MIN : us;
}

static json_t *
first_of(const struct dag *dag)
{
	char text[TIMESTAMP_CHARS + 1];
	int64_t us = first_us(dag);

	if (us == INT64_MIN)
		return json_null();
	grid_instant_text(dag->grid, us, text);
	return json_string(text);
}

/* Fires before the first interval has ended, and behind the last, are of no consequence. */
static json_t *
next_of(const struct dag *dag, int64_t now_us)
{
	char text[ZONE_TEXT_CHARS + 1];
	int64_t first = first_us(dag), us, last;

	if (!dag->has_cron || first == INT64_MIN)
		return json_null();
	us = interval_due(dag, first);
	if (us <= now_us)
		us = schedule_after(&dag->schedule, now_us);
	last = dag->end_us == INT64_MAX ? us : interval_due(dag, interval_at(dag, dag->end_us - 1));
	if (us == INT64_MAX || us > last)
		return json_null();
	zone_format(dag->zone, us, text);
	return json_string(text);
}

void
timing_add(json_t *row, const struct dag *dag, int64_t now_us)
{
	bool timed = dag->partitioned || dag->has_cron;

	(void)json_object_set_new(row, "partition", partition_of(dag));
	(void)json_object_set_new(row, "partition_implied", json_boolean(dag->implied));
	(void)json_object_set_new(row, "timezone",
				  timed ? json_string(zone_name(dag->zone)) : json_null());
	(void)json_object_set_new(row, "first", first_of(dag));
	(void)json_object_set_new(row, "next_fire", next_of(dag, now_us));
}

void
timing_mark(json_t *row)
{
	char *text = mem_format("%s (implied)", json_get_text(row, "partition", ""));

	if (json_get_bool(row, "partition_implied", false))
		(void)json_object_set_new(row, "partition", json_string(text));
	(void)json_object_del(row, "partition_implied");
	free(text);
}
