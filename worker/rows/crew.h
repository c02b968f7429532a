/*
 * crew.h - the threads of a worker: the same function in a few lanes at once.
 *
 * A worker is one thread; an operator runs its hot loops in as many lanes as the
 * process may use processors, and everything a lane touches is its own or behind
 * a lock that its owner documents.  What is written does not depend on the number of lanes.
 */
#ifndef WORKER_ROWS_CREW_H
#define WORKER_ROWS_CREW_H

#include "core/base/err.h"

enum { CREW_LANES_MAX = 2 };

/* How many lanes are worth having: the processors this process may use, at most CREW_LANES_MAX. */
int crew_lanes(void);

/* One lane's work; `lane` counts from 0. */
typedef enum err_code crew_fn(void *arg, int lane, struct err *err);

/*
 * Run fn in `lanes` lanes, lane 0 in the calling thread, and wait for all.  The
 * error of the lowest lane that failed is the result.  No lane waits for another: where no thread
 * can be had for one, the calling thread does its work afterwards.
 */
enum err_code crew_run(int lanes, crew_fn *fn, void *arg, struct err *err) MUST_CHECK;

#endif
