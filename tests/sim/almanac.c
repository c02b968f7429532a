/* almanac.c - the calendars that histories are set in, found by walking through the years. */
#include "tests/sim/almanac.h"

#include "core/base/mem.h"
#include "core/parts/zones.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STEP_US (HOUR_US / 2)

enum {
	FIRST_YEAR = 1995,
	LAST_YEAR = 2040, /* clocks are set ahead by years, more than once */
	DAYS = (LAST_YEAR - FIRST_YEAR) * 366 + 8,
	STRETCHES_MAX = 128,
};

static const char *const zones[ALMANAC_ZONES] = { "UTC", "Europe/Berlin", "Australia/Lord_Howe",
						  "America/Sao_Paulo", "Pacific/Apia" };

/* From `start` to the start of the next the clocks are so far ahead. */
struct stretch {
	int64_t start, offset;
};

struct zone_years {
	int64_t day_start[DAYS]; /* from first_day on */
	short near[DAYS];        /* the stretch of the day's midnight in UTC */
	struct stretch stretches[STRETCHES_MAX];
	int n;
};

struct almanac {
	int64_t first_day;
	struct zone_years years[ALMANAC_ZONES];
};

const char *
almanac_zone(int zone)
{
	return zones[zone];
}

static int64_t
floor_day(int64_t us)
{
	return us / DAY_US - (us % DAY_US < 0);
}

/* ---- the walk ---- */

static void
see(struct zone_years *y, int64_t first_day, int64_t us, int64_t offset)
{
	int64_t day = floor_day(us + offset) - first_day, utc = floor_day(us) - first_day;

	if (!y->n || y->stretches[y->n - 1].offset != offset) {
		assert(y->n < STRETCHES_MAX);
		y->stretches[y->n++] = (struct stretch){ us, offset };
	}
	if (utc < DAYS && us % DAY_US == 0)
		y->near[utc] = (short)(y->n - 1);
	/* A later day has not come yet; what the clocks say of an earlier one counts no more. */
	for (int64_t later = day + 1; later <= day + 2; later++)
		if (later >= 0 && later < DAYS)
			y->day_start[later] = us + STEP_US;
}

static bool
walk(struct almanac *a, int at)
{
	struct zone_years *y = &a->years[at];
	struct zone *zone;
	struct err err;

	if (zone_open(zones[at], &zone, &err)) {
		fprintf(stderr, "sim: %s\n", err.msg);
		return false;
	}
	for (int64_t us = a->first_day * DAY_US; us < (a->first_day + DAYS) * DAY_US; us += STEP_US)
		see(y, a->first_day, us, zone ? zone_offset(zone, us) * SECOND_US : 0);
	zone_unref(zone);
	return true;
}

struct almanac *
almanac_new(void)
{
	struct almanac *a = mem_new(1, sizeof(*a));

	a->first_day = civil_day(FIRST_YEAR, 1, 1);
	for (int at = 0; at < ALMANAC_ZONES; at++) {
		if (!walk(a, at)) {
			free(a);
			return NULL;
		}
	}
	return a;
}

void
almanac_free(struct almanac *a)
{
	free(a);
}

/* ---- days and larger parts ---- */

static const struct zone_years *
years_of(const struct almanac *a, const struct zone *zone)
{
	for (int at = 0; at < ALMANAC_ZONES; at++)
		if (strcmp(zones[at], zone_name(zone)) == 0)
			return &a->years[at];
	abort(); /* no history is set there */
}

/* The first day of a part. */
static int64_t
first_day(enum grid_unit unit, int64_t part)
{
	int64_t months = unit == GRID_YEAR ? part * 12 : unit == GRID_QUARTER ? part * 3 : part;

	if (unit == GRID_DAY)
		return part;
	/* Week 0 is that of 1970-01-01, a Thursday. */
	if (unit == GRID_WEEK)
		return part * 7 - 3;
	months += INT64_C(1970) * 12;
	return civil_day((int)(months / 12), (int)(months % 12) + 1, 1);
}

int64_t
almanac_start(const struct almanac *a, struct grid grid, int64_t part)
{
	int64_t day;

	if (grid.unit == GRID_HOUR)
		return part * HOUR_US;
	day = first_day(grid.unit, part) - a->first_day;
	assert(day > 0 && day < DAYS);
	return years_of(a, grid.zone)->day_start[day];
}

int64_t
almanac_end(const struct almanac *a, struct grid grid, int64_t part)
{
	return almanac_start(a, grid, part + 1);
}

bool
almanac_is_empty(const struct almanac *a, struct grid grid, int64_t part)
{
	return almanac_start(a, grid, part) == almanac_end(a, grid, part);
}

int64_t
almanac_part(const struct almanac *a, struct grid grid, int64_t us)
{
	/* Not later than the part that it is in, wherever on earth. */
	struct civil date = civil_of(us - 2 * DAY_US);
	int64_t months = (date.year - INT64_C(1970)) * 12 + date.month - 1, part;

	switch (grid.unit) {
	case GRID_HOUR:
		return us / HOUR_US - (us % HOUR_US < 0);
	case GRID_WEEK:
		part = (floor_day(us) - 2) / 7 - 1;
		break;
	case GRID_MONTH:
		part = months;
		break;
	case GRID_QUARTER:
		part = months / 3;
		break;
	case GRID_YEAR:
		part = date.year - 1970;
		break;
	case GRID_DAY:
	default:
		part = floor_day(us) - 2;
		break;
	}
	while (almanac_end(a, grid, part) <= us)
		part++;
	return part;
}

struct parts
almanac_overlap(const struct almanac *a, struct grid grid, int64_t start_us, int64_t end_us)
{
	struct parts found = { 0, -1 };

	for (int64_t part = almanac_part(a, grid, start_us) - 1;
	     almanac_start(a, grid, part) < end_us; part++) {
		if (almanac_end(a, grid, part) <= start_us || almanac_is_empty(a, grid, part))
			continue;
		if (found.first > found.last)
			found.first = part;
		found.last = part;
	}
	return found;
}

/* ---- clocks on the wall ---- */

struct meaning
almanac_meaning(const struct almanac *a, const struct zone *zone, int64_t local_us)
{
	const struct zone_years *y = years_of(a, zone);
	struct meaning m = { 0 };
	int near = y->near[floor_day(local_us) - a->first_day];

	for (int i = near > 0 ? near - 1 : 0; i < y->n && i <= near + 1; i++) {
		const struct stretch *s = &y->stretches[i];
		int64_t us = local_us - s->offset;
		int64_t end = i + 1 < y->n ? s[1].start : INT64_MAX;

		if (us >= s->start && us < end && m.n < 2)
			m.at[m.n++] = us;
		/* This clock is past its end, and the next one does not show it any more. */
		if (us >= end && local_us - s[1].offset < end) {
			m.after_us = end;
			m.shifted_us = us;
		}
	}
	return m;
}

int64_t
almanac_date(const struct almanac *a, const struct zone *zone, int64_t us)
{
	const struct zone_years *y = years_of(a, zone);
	int i = 0;

	while (i + 1 < y->n && y->stretches[i + 1].start <= us)
		i++;
	return floor_day(us + y->stretches[i].offset);
}
