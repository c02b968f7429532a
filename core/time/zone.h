/*
 * zone.h - a time zone: which instants a clock on the wall means.  Pure.
 *
 * A zone is read from the bytes of a TZif file (RFC 9636, versions 1 to 4), as the system's tzdata
 * has them; its rule for the years to come is followed as far as anybody counts.  A file that
 * counts leap seconds is refused: its clock is not that of our instants.
 */
#ifndef CORE_TIME_ZONE_H
#define CORE_TIME_ZONE_H

#include "core/time/civil.h"

struct zone;

/* The names of all zones, sorted by bytes, *n of them; static. */
const char *const *zone_names(size_t *n);

/* Is it the name of a zone, exactly? */
bool zone_is_known(const char *name);

/*
 * Make a zone of the bytes of a TZif file; it never changes.  One reference, the caller's.
 * ERR_INPUT: they are none.
 */
enum err_code zone_read(struct zone **out, const char *name, const char *data, size_t bytes,
			struct err *err) MUST_CHECK;

/* One more holder; returns z.  NULL, which is UTC, is fine. */
struct zone *zone_ref(struct zone *z);

/* One holder less; the last one frees.  NULL is fine. */
void zone_unref(struct zone *z);

/* Its name; NULL is "UTC". */
const char *zone_name(const struct zone *z);

/* Do two show the same at every instant? */
bool zone_equal(const struct zone *a, const struct zone *b);

/* How far local time is ahead of UTC at an instant, in seconds. */
int64_t zone_offset(const struct zone *z, int64_t us);

/*
 * A stretch of time in which the clocks are so far ahead: [start, end).  Inside it a clock on the
 * wall goes as time does.
 */
struct zone_stretch {
	int64_t start, end; /* INT64_MIN, INT64_MAX: no change on that side */
	int64_t offset;     /* microseconds ahead of UTC */
	int64_t before;     /* the same before `start` */
};

/* The stretch that an instant falls into.  NULL is UTC. */
struct zone_stretch zone_stretch(const struct zone *z, int64_t us);

/* How many instants a local time means. */
enum zone_meaning {
	ZONE_ONE,
	ZONE_GAP, /* none: the clock was put forward over it */
	ZONE_TWO, /* it was put back, and shows it twice */
};

/*
 * The instants of a local time, which is counted in microseconds as if it were UTC.  *earlier and
 * *later are the same but for ZONE_TWO; in a gap they are the instant at which a clock that
 * nobody had put forward would have shown it.
 */
enum zone_meaning zone_instants(const struct zone *z, int64_t local_us, int64_t *earlier,
				int64_t *later);

/*
 * A date, or a timestamp as timestamp_parse() reads it, also without seconds: the instant that it
 * means in a zone unless it says one itself.  Of a time that the clock shows twice it is the first,
 * of one that it passes over the instant right after; a date is the instant from which on it is
 * that day for good.  NULL is UTC.  False leaves *us alone.
 */
bool zone_parse(const struct zone *z, const char *text, size_t bytes, int64_t *us);

enum { ZONE_TEXT_CHARS = 48 };

/*
 * RFC 3339 with the offset then in force: "2026-05-01T02:30:00+02:00".  It has no seconds, so those
 * of the offsets of old clocks are taken off.  NULL is UTC.
 */
void zone_format(const struct zone *z, int64_t us, char out[ZONE_TEXT_CHARS + 1]);

#endif
