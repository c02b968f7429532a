/*
 * census_settle.h - the partitions of the census: one event of each key, each user of a group once.
 */
#ifndef WORKER_SCORE_CENSUS_SETTLE_H
#define WORKER_SCORE_CENSUS_SETTLE_H

#include "core/base/err.h"

/*
 * A crew_fn; arg is the census: of each key one event stays, is counted, and its user handed on.
 * ERR_LIMIT: a partition has too many different keys for its table.
 */
enum err_code census_settle_events(void *arg, int lane, struct err *err) MUST_CHECK;

/* A crew_fn; arg is the census: each lane counts users of groups.  ERR_LIMIT as above. */
enum err_code census_settle_users(void *arg, int lane, struct err *err) MUST_CHECK;

#endif
