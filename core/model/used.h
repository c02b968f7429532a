/*
 * used.h - what an attempt and all that it started used of the machine.
 *
 * The shim measures it (worker/process/meter.h), the exit record carries it, the engine commits it
 * with the end of the attempt.  What could not be measured is -1 here and NULL in the database: a 0
 * was measured.
 */
#ifndef CORE_MODEL_USED_H
#define CORE_MODEL_USED_H

#include <stdint.h>

struct used {
	int64_t cpu_us;     /* processor time, user and system */
	int64_t peak_bytes; /* memory: of the largest process, or of all in a cgroup of its own */
	int64_t read_bytes; /* given by reading calls, whether from a disk, a cache or a pipe */
	int64_t written_bytes; /* taken by writing calls */
};

/* Nothing is known. */
#define USED_UNKNOWN ((struct used){ -1, -1, -1, -1 })

#endif
