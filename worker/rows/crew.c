/* crew.c - the threads of a worker. */
#include "worker/rows/crew.h"

#include <assert.h>
#include <pthread.h>
#include <sched.h>

struct crew_lane {
	crew_fn *fn;
	void *arg;
	int number;
	pthread_t thread;
	enum err_code code;
	struct err err;
};

int
crew_lanes(void)
{
	cpu_set_t set;
	int n;

	if (sched_getaffinity(0, sizeof(set), &set))
		return 1;
	n = CPU_COUNT(&set);
	return n < CREW_LANES_MAX ? n : CREW_LANES_MAX;
}

static void *
run_lane(void *arg)
{
	struct crew_lane *l = arg;

	l->code = l->fn(l->arg, l->number, &l->err);
	return NULL;
}

enum err_code
crew_run(int lanes, crew_fn *fn, void *arg, struct err *err)
{
	struct crew_lane list[CREW_LANES_MAX];
	enum err_code code = ERR_NONE;
	int started = 1;

	assert(lanes >= 1 && lanes <= CREW_LANES_MAX);
	for (int i = 0; i < lanes; i++)
		list[i] = (struct crew_lane){ .fn = fn, .arg = arg, .number = i };
	while (started < lanes &&
	       !pthread_create(&list[started].thread, NULL, run_lane, &list[started]))
		started++;
	(void)run_lane(&list[0]);
	for (int i = started; i < lanes; i++)
		(void)run_lane(&list[i]);
	for (int i = 1; i < started; i++)
		(void)pthread_join(list[i].thread, NULL);
	for (int i = 0; i < lanes && !code; i++) {
		code = list[i].code;
		if (code)
			*err = list[i].err;
	}
	return code;
}
