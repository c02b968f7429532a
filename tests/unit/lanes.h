/*
 * lanes.h - for tests: how many processors the process may use, and so how many lanes it has.
 */
#ifndef TESTS_UNIT_LANES_H
#define TESTS_UNIT_LANES_H

#include <sched.h>
#include <stdbool.h>
#include <stddef.h>

/* Allow one processor only, or all that *before (filled by the first call) allowed. */
static inline void
lanes_limit(bool one, cpu_set_t *before)
{
	cpu_set_t set;
	size_t first = 0;

	if (!one) {
		(void)sched_setaffinity(0, sizeof(*before), before);
		return;
	}
	(void)sched_getaffinity(0, sizeof(*before), before);
	while (!CPU_ISSET(first, before))
		first++;
	CPU_ZERO(&set);
	CPU_SET(first, &set);
	(void)sched_setaffinity(0, sizeof(set), &set);
}

#endif
