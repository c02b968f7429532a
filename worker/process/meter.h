/* meter.h - what an attempt used, counted as its processes end. */
#ifndef WORKER_PROCESS_METER_H
#define WORKER_PROCESS_METER_H

#include "core/base/err.h"
#include "core/model/used.h"

#include <sys/types.h>

struct meter {
	int64_t cpu_us, peak_bytes;        /* of those that were counted */
	int64_t read_bytes, written_bytes; /* ... */
	bool torn;                         /* the kernel did not tell of one of them */
};

/*
 * Take the status of a child that has ended, and count it with those that it reaped itself: the
 * kernel keeps its numbers as long as nobody has taken its status.  As waitpid().
 */
pid_t meter_reap(struct meter *m, pid_t pid, int *status);

/*
 * What was counted.  A process whose parent did not want its status (SIGCHLD ignored) is in none of
 * it.
 */
void meter_read(const struct meter *m, struct used *out);

#endif
