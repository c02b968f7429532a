/* calendar.c - the keys of a schedule that list days and instants: at, except, only. */
#include "core/parts/calendar.h"

#include "core/base/mem.h"

#include <stdlib.h>
#include <string.h>

enum { INSTANTS_SHOWN = 3 };

/* The items of a list, or the one scalar; NULL and *n 0 is reported.  `what` is one of them. */
static const struct ynode *
items_of(struct dagfile *f, const struct ynode *key, size_t most, const char *what, size_t *n)
{
	const struct ynode *value = key->value;
	bool is_list = value->kind == YNODE_LIST;

	*n = is_list ? value->count : 1;
	if (value->broken)
		return NULL;
	if (is_list ? *n == 0 : ynode_is_null(value)) {
		ykeys_say(&f->y, key, E0205, NULL, "'%s' has no value", key->text);
		return NULL;
	}
	if (*n > most) {
		ykeys_say(&f->y, value, E0509, NULL, "'%s' has at most %zu %ss, not %zu", key->text,
			  most, what, *n);
		return NULL;
	}
	return is_list ? value->first : value;
}

/* ---- at ---- */

static int
by_value(const void *a, const void *b)
{
	const int64_t *left = a, *right = b;

	return (*left > *right) - (*left < *right);
}

static bool
read_instant(struct dagfile *f, const struct ynode *item, int64_t *out)
{
	if (item->broken)
		return false;
	if (item->kind == YNODE_SCALAR &&
	    zone_parse(f->dag->zone, item->text, strlen(item->text), out))
		return true;
	ykeys_say(&f->y, item, E0506,
		  "a time of the dag's zone, or one with an offset such as +02:00 or Z behind it",
		  "'at' has to list instants such as 2026-05-01T13:00, not %s",
		  ykeys_found(item, (char[YKEYS_FOUND_CHARS]){ "" }));
	return false;
}

/* "2026-05-01T09:00, 2026-05-02T09:00", or how many there are. */
static const char *
text_of(struct dagfile *f, const struct ynode *item, size_t n)
{
	const char *text;
	struct buf b;

	buf_init(&b, SIZE_MAX / 2);
	if (n > INSTANTS_SHOWN)
		buf_format(&b, "%zu instants", n);
	for (size_t i = 0; n <= INSTANTS_SHOWN && i < n; i++, item = item->next)
		buf_format(&b, "%s%s", i ? ", " : "at ", item->text);
	text = arena_str(f->y.arena, b.data);
	buf_release(&b);
	return text;
}

bool
dagfile_read_instants(struct dagfile *f, const struct ynode *key)
{
	struct schedule *s = &f->dag->schedule;
	size_t n, kept = 0;
	const struct ynode *first = items_of(f, key, SCHEDULE_INSTANTS_MAX, "instant", &n);
	const struct ynode *item = first;
	int64_t *at;

	if (!first)
		return false;
	at = arena_get(f->y.arena, n * sizeof(*at));
	for (size_t i = 0; i < n; i++, item = item->next)
		if (!read_instant(f, item, &at[i]))
			return false;
	qsort(at, n, sizeof(*at), by_value);
	for (size_t i = 0; i < n; i++)
		if (!kept || at[kept - 1] != at[i])
			at[kept++] = at[i];
	s->at = at;
	s->n_at = kept;
	f->dag->schedule_text = text_of(f, first, n);
	return true;
}

/* ---- except, only ---- */

/* Ranges on their way into a set. */
struct draft_days {
	struct day_range *ranges;
	size_t n, room;
};

static bool
add_range(struct draft_days *d, const char *text, size_t bytes)
{
	struct day_range range;

	if (!day_range_parse(text, bytes, &range))
		return false;
	d->ranges = mem_grow(d->ranges, d->n, &d->room, sizeof(*d->ranges));
	d->ranges[d->n++] = range;
	return true;
}

/* The days of a calendar, which the project gives, or the definition since it was loaded. */
static bool
read_calendar(struct dagfile *f, const struct ynode *item, struct draft_days *d)
{
	char *name = mem_format(CALENDAR_PREFIX "%s", item->text);
	const struct constant *found = f->y.constants
					   ? constants_find(f->y.constants, name, strlen(name))
					   : NULL;
	size_t bytes;

	free(name);
	if (!found) {
		ykeys_say(&f->y, item, E0516,
			  "a name is that of a file calendars/NAME.txt beside the directory dags; "
			  "a day is 2026-12-24, a range 2026-12-24..2027-01-01",
			  "there is no calendar '%s', or a mistake is in it", item->text);
		return false;
	}
	ykeys_name_constant(&f->y, found);
	for (const char *at = found->value; *at; at += bytes + (at[bytes] == ' ')) {
		bytes = strcspn(at, " ");
		(void)add_range(d, at, bytes);
	}
	return true;
}

static bool
read_item(struct dagfile *f, const struct ynode *key, const struct ynode *item,
	  struct draft_days *d)
{
	const char *fault = NULL;

	if (item->broken)
		return false;
	if (item->kind == YNODE_SCALAR) {
		if (add_range(d, item->text, strlen(item->text)))
			return true;
		/* What begins with a figure is a day gone wrong, not a name. */
		if (*item->text < '0' || *item->text > '9')
			return ykeys_is_name(&f->y, item, "calendar") && read_calendar(f, item, d);
	}
	if (item->kind == YNODE_SCALAR)
		fault = day_range_fault(item->text, strlen(item->text));
	ykeys_say(&f->y, item, E0514,
		  fault ? fault
			: "2026-12-24 is a day, 2026-12-24..2027-01-01 are days with both ends "
			  "counted, and a name is that of a file calendars/NAME.txt",
		  "'%s' has to list days, ranges of days and names of calendars, not %s", key->text,
		  ykeys_found(item, (char[YKEYS_FOUND_CHARS]){ "" }));
	return false;
}

bool
dagfile_read_days(struct dagfile *f, const struct ynode *key, struct days *out)
{
	size_t n;
	const struct ynode *item = items_of(f, key, DAY_RANGES_MAX, "day", &n);
	struct draft_days d = { 0 };
	bool good = item != NULL;
	struct day_range *kept;

	for (size_t i = 0; item && i < n; i++, item = item->next)
		good &= read_item(f, key, item, &d);
	d.n = days_join(d.ranges, d.n);
	kept = arena_get(f->y.arena, d.n * sizeof(*kept));
	if (d.ranges)
		memcpy(kept, d.ranges, d.n * sizeof(*kept));
	if (good)
		*out = (struct days){ .ranges = kept, .n = d.n };
	free(d.ranges);
	return good;
}
