/* grid.c - a partition is a whole number on a grid of time. */
#include "core/time/grid.h"

#include <string.h>

/* What a dataset's partitions are told apart by. */
#define KEY "event_date="

enum { WEEK_DAYS = 7 };

static_assert(sizeof(KEY) - 1 + DATE_CHARS == GRID_KEY_CHARS, "a partition's name");

int64_t
grid_start(struct grid grid, int64_t part)
{
	assert(grid.unit == GRID_DAY);
	return part * DAY_US;
}

int64_t
grid_end(struct grid grid, int64_t part)
{
	return grid_start(grid, part + 1);
}

bool
grid_is_start(struct grid grid, int64_t us)
{
	return grid_start(grid, grid_part(grid, us)) == us;
}

int64_t
grid_window(struct grid grid, int64_t part, int64_t n)
{
	assert(grid.unit == GRID_DAY);
	return part - n + 1;
}

int64_t
grid_count(struct grid grid, int64_t first, int64_t last)
{
	assert(grid.unit == GRID_DAY);
	return last - first + 1;
}

int64_t
grid_weeks_before(struct grid grid, int64_t part, int64_t weeks)
{
	return part - grid_weeks(grid, weeks);
}

int64_t
grid_weeks(struct grid grid, int64_t weeks)
{
	assert(grid.unit == GRID_DAY);
	return weeks * WEEK_DAYS;
}

void
grid_text(struct grid grid, int64_t part, char out[GRID_TEXT_CHARS + 1])
{
	assert(grid.unit == GRID_DAY);
	date_format(part, out);
}

bool
grid_has_text(struct grid grid, int64_t part)
{
	assert(grid.unit == GRID_DAY);
	return part >= civil_day(1, 1, 1) && part <= civil_day(9999, 12, 31);
}

void
grid_instant_text(struct grid grid, int64_t us, char out[TIMESTAMP_CHARS + 1])
{
	if (grid_is_start(grid, us))
		grid_text(grid, grid_part(grid, us), out);
	else
		timestamp_format(us, out);
}

bool
grid_parse(struct grid grid, const char *text, size_t bytes, int64_t *part)
{
	assert(grid.unit == GRID_DAY);
	return date_parse(text, bytes, part);
}

void
grid_key(struct grid grid, int64_t part, char out[GRID_KEY_CHARS + 1])
{
	memcpy(out, KEY, sizeof(KEY) - 1);
	grid_text(grid, part, out + sizeof(KEY) - 1);
}

bool
grid_key_parse(struct grid grid, const char *key, int64_t *part)
{
	size_t bytes = strlen(key);

	return bytes == GRID_KEY_CHARS && strncmp(key, KEY, sizeof(KEY) - 1) == 0 &&
	       grid_parse(grid, key + sizeof(KEY) - 1, bytes - (sizeof(KEY) - 1), part);
}
