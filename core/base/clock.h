/*
 * clock.h - the only file that asks what time it is.
 *
 * Everything else takes time as an argument, so that a test can be any day.
 */
#ifndef CORE_BASE_CLOCK_H
#define CORE_BASE_CLOCK_H

#include "core/base/base.h"

/* Microseconds since 1970-01-01T00:00:00Z by the wall clock; may jump. */
int64_t clock_wall_us(void);

/* Microseconds that this machine ran, not counting suspension: how long a process could work. */
int64_t clock_run_us(void);

/* Microseconds since the machine started, also while it was suspended; never goes back. */
int64_t clock_boot_us(void);

#endif
