/* due.c - when a partition of a dag is due. */
#include "scheduler/state/due.h"

#include "core/time/civil.h"

int64_t
partition_due(const struct dag *dag, int64_t day)
{
	return cron_next(&dag->cron, (day + 1) * DAY_US);
}

/*
 * The newest partition that is due at now_us, or from_day - 1 when not even
 * from_day is.  Later partitions are never due before earlier ones, so halving
 * the range finds it.
 */
int64_t
newest_due(const struct dag *dag, int64_t from_day, int64_t now_us)
{
	int64_t low = from_day - 1, high = civil_day_of(now_us) - 1;

	while (low < high) {
		int64_t mid = low + (high - low + 1) / 2;

		if (partition_due(dag, mid) <= now_us)
			low = mid;
		else
			high = mid - 1;
	}
	return low;
}
