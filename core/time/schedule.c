/* schedule.c - when the partitions of a schedule are due. */
#include "core/time/schedule.h"

int64_t
partition_due(const struct cron *cron, struct grid grid, int64_t part)
{
	return cron_next(cron, grid_end(grid, part));
}

int64_t
newest_due(const struct cron *cron, struct grid grid, int64_t from, int64_t now_us)
{
	int64_t low = from - 1, high = grid_part(grid, now_us) - 1;

	while (low < high) {
		int64_t mid = low + (high - low + 1) / 2;

		if (partition_due(cron, grid, mid) <= now_us)
			low = mid;
		else
			high = mid - 1;
	}
	return low;
}
