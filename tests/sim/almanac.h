/*
 * almanac.h - the calendars that histories are set in, found by walking through the years.
 *
 * Of a zone nothing is asked but how far its clocks are ahead at an instant (zone_offset), half
 * hour by half hour: every zone here has changed its clocks at a full or a half hour only.  When
 * days start, what a time on the wall means and which parts a grid has is worked out from that
 * list, apart from core/time.
 */
#ifndef TESTS_SIM_ALMANAC_H
#define TESTS_SIM_ALMANAC_H

#include "core/time/grid.h"

struct almanac;

enum { ALMANAC_ZONES = 5 };

/* The zones of histories; the first is UTC. */
const char *almanac_zone(int zone);

/* Walk through all years.  NULL: the machine lacks a zone, which was told. */
struct almanac *almanac_new(void);
void almanac_free(struct almanac *a);

/* The first instant of a part. */
int64_t almanac_start(const struct almanac *a, struct grid grid, int64_t part);

/* Where it ends. */
int64_t almanac_end(const struct almanac *a, struct grid grid, int64_t part);

/* No instant falls into it. */
bool almanac_is_empty(const struct almanac *a, struct grid grid, int64_t part);

/* The part that an instant falls into. */
int64_t almanac_part(const struct almanac *a, struct grid grid, int64_t us);

/* The parts that share an instant with [start_us, end_us), looked at one by one. */
struct parts almanac_overlap(const struct almanac *a, struct grid grid, int64_t start_us,
			     int64_t end_us);

/* What a time on the wall means. */
struct meaning {
	int n;                        /* so many instants show it */
	int64_t at[2];                /* in their order */
	int64_t after_us, shifted_us; /* none: right after the gap; by a clock left alone */
};

struct meaning almanac_meaning(const struct almanac *a, const struct zone *zone, int64_t local_us);

/* The day number that the clocks of a zone show at an instant. */
int64_t almanac_date(const struct almanac *a, const struct zone *zone, int64_t us);

#endif
