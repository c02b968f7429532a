/*
 * zone.h - a time zone: which instants a clock on the wall means.  Pure.
 *
 * A zone is read from the bytes of a TZif file (RFC 8536), as the system's tzdata has
 * them; its rule for the years to come is followed as far as anybody counts.
 */
#ifndef CORE_TIME_ZONE_H
#define CORE_TIME_ZONE_H

#include "core/base/err.h"

struct zone;

/* The names of all zones, sorted by bytes, *n of them; static. */
const char *const *zone_names(size_t *n);

/* Is it the name of a zone, exactly? */
bool zone_is_known(const char *name);

/* Make a zone of the bytes of a TZif file.  ERR_INPUT: they are none. */
enum err_code zone_read(struct zone **out, const char *data, size_t bytes,
			struct err *err) MUST_CHECK;

/* Free it; NULL is fine. */
void zone_free(struct zone *z);

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

#endif
