/* sweeper.c - proving that nothing of an attempt is alive when its shim can no longer say so. */
#include "scheduler/executor/sweeper.h"

#include "core/base/mem.h"
#include "core/wire/cgroup.h"
#include "core/wire/sweep.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { FIRST_MS = 100, LAST_MS = 5000 };

struct sweep_work {
	struct job job;
	struct sweeper *sweeper;
	struct sweep_work *next; /* of sweeper->first */
	int64_t attempt;
	char token[TOKEN_CHARS + 1];
	char *runtime_path; /* where cgroups are noted; a copy: the executor may make another */
	bool gone;
	enum err_code code;
	struct err err;
	unsigned delay_ms; /* until the next pass */
};

static void
forget(struct sweep_work *w)
{
	struct sweep_work **at = &w->sweeper->first;

	while (*at != w)
		at = &(*at)->next;
	*at = w->next;
	free(w->runtime_path);
	free(w);
}

static void
run(struct job *job)
{
	struct sweep_work *w = (struct sweep_work *)job;

	bool out = false;

	w->gone = false;
	w->code = tree_sweep(w->token, &w->gone, &w->err);
	if (!w->code)
		w->code = cgroup_sweep(w->runtime_path, &out, &w->err);
	w->gone &= out;
}

/* The slot stays held until the proof is there, however long that takes. */
static void
done(struct job *job)
{
	struct sweep_work *w = (struct sweep_work *)job;

	if (!w->code && w->gone) {
		later_event(w->sweeper->later,
			    &(struct event){ .kind = EVENT_GONE, .attempt = w->attempt });
		forget(w);
		return;
	}
	if (w->code)
		log_line(w->sweeper->log, LOG_WARN, "end what is left of attempt %" PRId64 ": %s",
			 w->attempt, w->err.msg);
	job_again(job, w->delay_ms);
	w->delay_ms = w->delay_ms < LAST_MS / 2 ? w->delay_ms * 2 : LAST_MS;
}

static void
drop(struct job *job)
{
	forget((struct sweep_work *)job);
}

void
sweeper_start(struct sweeper *s, int64_t attempt, const char *token, const char *runtime_path)
{
	struct sweep_work *w;

	for (w = s->first; w; w = w->next)
		if (w->attempt == attempt)
			return;
	w = mem_new(1, sizeof(*w));
	w->job = (struct job){ .run = run, .done = done, .drop = drop };
	w->sweeper = s;
	w->attempt = attempt;
	(void)snprintf(w->token, sizeof(w->token), "%s", token);
	w->runtime_path = mem_str(runtime_path);
	w->delay_ms = FIRST_MS;
	w->next = s->first;
	s->first = w;
	job_start(s->jobs, &w->job);
}
