/*
 * census_rows.h - rows on their way into the census.
 */
#ifndef WORKER_SCORE_CENSUS_ROWS_H
#define WORKER_SCORE_CENSUS_ROWS_H

#include "worker/score/census.h"

struct census_lane;

#define CENSUS_TOO_MANY "more interactions than an int64 counts"

/* As census_add(). */
enum err_code census_take(struct census *t, const struct intake_part *part, const struct batch *b,
			  struct err *err) MUST_CHECK;

/* Have zeroed numbers of the lane for groups below `count`. */
void census_fit_stats(const struct census *t, struct census_lane *l, size_t count);

/* ERR_INPUT: the interactions of a group cannot be counted, and `what` of them. */
enum err_code census_refuse(const struct census *t, uint32_t group, const char *what,
			    struct err *err) MUST_CHECK;

#endif
