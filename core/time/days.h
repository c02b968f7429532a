/*
 * days.h - a set of days, as ranges: the calendars of a schedule.  Pure.
 *
 * Days are day numbers (civil.h), whatever the zone they are meant in.  A text names a day,
 * 2026-12-24, or a range with both ends counted, 2026-12-24..2027-01-01.
 */
#ifndef CORE_TIME_DAYS_H
#define CORE_TIME_DAYS_H

#include "core/base/buf.h"
#include "core/time/civil.h"

/* Both counted. */
struct day_range {
	int64_t first, last;
};

/* Ascending; between two ranges lies a day that is in neither. */
struct days {
	const struct day_range *ranges;
	size_t n;
};

enum { DAY_RANGES_MAX = 10000, DAY_RANGE_CHARS = 2 * DATE_CHARS + 2 };

/* Read a day or a range, `bytes` long, exactly.  False: it is none, or ends before it begins. */
bool day_range_parse(const char *text, size_t bytes, struct day_range *out);

/* Why a text that looks like a day or a range is none, as a half sentence; NULL: it does not. */
const char *day_range_fault(const char *text, size_t bytes);

/* Sort n ranges and join those that touch, in place; returns how many are left. */
size_t days_join(struct day_range *ranges, size_t n);

/* The first day from `day` on that is in the set; INT64_MAX: none is. */
int64_t days_in(const struct days *set, int64_t day);

/* The first day from `day` on that is not in the set. */
int64_t days_out(const struct days *set, int64_t day);

/* Are the same days in both? */
bool days_equal(const struct days *a, const struct days *b);

/* Append the ranges as texts, a blank before each. */
void days_write(const struct days *set, struct buf *out);

#endif
