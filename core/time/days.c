/* days.c - a set of days, as ranges: the calendars of a schedule. */
#include "core/time/days.h"

#include "core/time/grid.h"

#include <stdlib.h>
#include <string.h>

bool
day_range_parse(const char *text, size_t bytes, struct day_range *out)
{
	struct day_range r;

	if (bytes != DATE_CHARS && bytes != DAY_RANGE_CHARS)
		return false;
	if (!grid_parse(grid_days, text, DATE_CHARS, &r.first))
		return false;
	r.last = r.first;
	if (bytes == DAY_RANGE_CHARS &&
	    (memcmp(text + DATE_CHARS, "..", 2) != 0 ||
	     !grid_parse(grid_days, text + DATE_CHARS + 2, DATE_CHARS, &r.last)))
		return false;
	if (r.last < r.first)
		return false;
	*out = r;
	return true;
}

/* Four figures, two and two. */
static bool
looks_like_day(const char *text)
{
	static const char form[] = "0000-00-00";

	for (size_t i = 0; i < DATE_CHARS; i++)
		if (form[i] == '-' ? text[i] != '-' : text[i] < '0' || text[i] > '9')
			return false;
	return true;
}

const char *
day_range_fault(const char *text, size_t bytes)
{
	struct day_range first, last;
	size_t behind = bytes == DAY_RANGE_CHARS ? DATE_CHARS + 2 : 0;

	if ((bytes != DATE_CHARS && !behind) || !looks_like_day(text) ||
	    !looks_like_day(text + behind) || (behind && memcmp(text + DATE_CHARS, "..", 2) != 0))
		return NULL;
	if (!day_range_parse(text, DATE_CHARS, &first) ||
	    !day_range_parse(text + behind, DATE_CHARS, &last))
		return "there is no such day";
	return first.first > last.first ? "it ends before it begins" : NULL;
}

static int
by_first(const void *a, const void *b)
{
	const struct day_range *left = a, *right = b;

	return (left->first > right->first) - (left->first < right->first);
}

size_t
days_join(struct day_range *ranges, size_t n)
{
	size_t kept = 0;

	if (n)
		qsort(ranges, n, sizeof(*ranges), by_first);
	for (size_t i = 0; i < n; i++) {
		struct day_range *last = kept ? &ranges[kept - 1] : NULL;

		if (!last || ranges[i].first > last->last + 1)
			ranges[kept++] = ranges[i];
		else if (ranges[i].last > last->last)
			last->last = ranges[i].last;
	}
	return kept;
}

/* The first range that ends at or after a day; NULL: none does. */
static const struct day_range *
range_from(const struct days *set, int64_t day)
{
	size_t low = 0, high = set->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (set->ranges[middle].last < day)
			low = middle + 1;
		else
			high = middle;
	}
	return low < set->n ? &set->ranges[low] : NULL;
}

int64_t
days_in(const struct days *set, int64_t day)
{
	const struct day_range *r = range_from(set, day);

	if (!r)
		return INT64_MAX;
	return r->first > day ? r->first : day;
}

int64_t
days_out(const struct days *set, int64_t day)
{
	const struct day_range *r = range_from(set, day);

	return r && r->first <= day ? r->last + 1 : day;
}

bool
days_equal(const struct days *a, const struct days *b)
{
	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (a->ranges[i].first != b->ranges[i].first ||
		    a->ranges[i].last != b->ranges[i].last)
			return false;
	return true;
}

void
days_write(const struct days *set, struct buf *out)
{
	char first[DATE_CHARS + 1], last[DATE_CHARS + 1];

	for (size_t i = 0; i < set->n; i++) {
		const struct day_range *r = &set->ranges[i];

		date_format(r->first, first);
		date_format(r->last, last);
		if (r->first == r->last)
			buf_format(out, " %s", first);
		else
			buf_format(out, " %s..%s", first, last);
	}
}
