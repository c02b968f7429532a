/* publisher.c - publishing and clearing away what attempts staged, on pool threads. */
#include "core/wire/attempt.h"
#include "core/base/mem.h"
#include "scheduler/publish/outputs.h"
#include "scheduler/daemon/runtime.h"
#include "scheduler/engine/look.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	TRIES_MAX = 6, /* of a publish that the file system refuses: over about six seconds */
	FIRST_MS = 200,
};

/*
 * What an attempt with outputs may leave in staging directories.  The engine
 * forgets an attempt when it ends, and only then is this needed.
 */
struct tracked {
	struct tracked *next; /* of rt->tracked: as many as there are slots */
	int64_t attempt;
	struct publish_job what; /* outputs are those below */
	struct publish_output outputs[OUTPUTS_MAX];
	struct arena *arena; /* of their strings */
};

struct publish_work {
	struct job job;
	struct runtime *rt;
	struct publish_work *next; /* of rt->publishing */
	struct publish_job what;
	struct publish_output outputs[OUTPUTS_MAX];
	struct published done[OUTPUTS_MAX];
	struct arena *arena;
	enum err_code code;
	struct err err;
	unsigned tries;
};

struct discard_work {
	struct job job;
	struct tracked *tracked; /* owned */
	struct err err;
	enum err_code code;
};

/* Fill *what and outputs of a live attempt; strings go into the arena. */
static void
describe(const struct runtime *rt, const struct attempt_info *info, struct publish_job *what,
	 struct publish_output outputs[OUTPUTS_MAX], struct arena *arena)
{
	what->attempt = info->key;
	memcpy(what->token, info->token, sizeof(what->token));
	what->outputs = outputs;
	what->n_outputs =
	    outputs_of(info->dag, info->task, rt->project_dir, info->start_us, outputs, arena);
	/* The definition may go while a thread still reads its name. */
	for (size_t i = 0; i < what->n_outputs; i++)
		outputs[i].dataset = arena_str(arena, outputs[i].dataset);
}

/* Where the pointer to it stands: it points to NULL when there is none. */
static struct tracked **
find_tracked(struct runtime *rt, int64_t attempt)
{
	struct tracked **at = &rt->tracked;

	while (*at && (*at)->attempt != attempt)
		at = &(*at)->next;
	return at;
}

void
publisher_track(struct runtime *rt, int64_t attempt)
{
	struct attempt_info info;
	struct tracked *t;

	if (!engine_attempt(rt->engine, attempt, &info) || info.task->output < 0 ||
	    *find_tracked(rt, attempt))
		return;
	t = mem_new(1, sizeof(*t));
	t->attempt = attempt;
	t->arena = arena_new();
	describe(rt, &info, &t->what, t->outputs, t->arena);
	t->next = rt->tracked;
	rt->tracked = t;
}

static void
tracked_free(struct tracked *t)
{
	arena_free(t->arena);
	free(t);
}

/* ---- publishing ---- */

static void
forget(struct publish_work *w)
{
	struct publish_work **at = &w->rt->publishing;

	while (*at != w)
		at = &(*at)->next;
	*at = w->next;
	arena_free(w->arena);
	free(w);
}

static void
run_publish(struct job *job)
{
	struct publish_work *w = (struct publish_work *)job;

	w->code = publish_run(&publish_fs_real, &w->what, w->done, w->arena, &w->err);
}

static void
publish_done(struct job *job)
{
	struct publish_work *w = (struct publish_work *)job;
	bool changed = false;

	if (w->code == ERR_SYSTEM && ++w->tries < TRIES_MAX) {
		(void)fprintf(stderr, "scheduler: %s; trying again\n", w->err.msg);
		job_again(job, (unsigned)FIRST_MS << (w->tries - 1));
		return;
	}
	runtime_event(w->rt, &(struct event){
				 .kind = EVENT_PUBLISHED,
				 .attempt = w->what.attempt,
				 .ok = !w->code,
				 .why = w->code ? w->err.msg : NULL,
				 .outputs = w->code ? NULL : w->done,
				 .n_outputs = w->code ? 0 : w->what.n_outputs,
			     });
	for (size_t i = 0; !w->code && i < w->what.n_outputs; i++)
		changed |= w->done[i].changed;
	if (changed)
		collector_soon(w->rt);
	forget(w);
}

static void
publish_drop(struct job *job)
{
	forget((struct publish_work *)job);
}

void
publisher_publish(void *arg, int64_t attempt)
{
	struct runtime *rt = arg;
	struct attempt_info info;
	struct publish_work *w;

	if (!rt->started || !engine_attempt(rt->engine, attempt, &info))
		return;
	for (w = rt->publishing; w; w = w->next)
		if (w->what.attempt == attempt)
			return;
	publisher_track(rt, attempt);
	w = mem_new(1, sizeof(*w));
	w->job = (struct job){ .run = run_publish, .done = publish_done, .drop = publish_drop };
	w->rt = rt;
	w->arena = arena_new();
	describe(rt, &info, &w->what, w->outputs, w->arena);
	w->next = rt->publishing;
	rt->publishing = w;
	job_start(&rt->jobs, &w->job);
}

/* ---- clearing away ---- */

static void
run_discard(struct job *job)
{
	struct discard_work *w = (struct discard_work *)job;

	w->code = publish_discard(&publish_fs_real, &w->tracked->what, &w->err);
}

static void
discard_drop(struct job *job)
{
	struct discard_work *w = (struct discard_work *)job;

	tracked_free(w->tracked);
	free(w);
}

static void
discard_done(struct job *job)
{
	struct discard_work *w = (struct discard_work *)job;

	if (w->code)
		(void)fprintf(stderr, "scheduler: clear away what attempt %" PRId64 " staged: %s\n",
			      w->tracked->attempt, w->err.msg);
	discard_drop(job);
}

static void
start_discard(struct runtime *rt, struct tracked *t)
{
	struct discard_work *w = mem_new(1, sizeof(*w));

	w->job = (struct job){ .run = run_discard, .done = discard_done, .drop = discard_drop };
	w->tracked = t;
	job_start(&rt->jobs, &w->job);
}

void
publisher_discard(void *arg, int64_t attempt, bool keep_staging)
{
	struct runtime *rt = arg;
	struct tracked **at = find_tracked(rt, attempt), *t = *at;
	struct err err;

	if (t) {
		*at = t->next;
		if (keep_staging || !rt->started)
			tracked_free(t);
		else
			start_discard(rt, t);
	}
	if (shims_buried(rt, attempt))
		return;
	if (attempt_remove(rt->runtime_fd, attempt, &err))
		(void)fprintf(stderr, "scheduler: %s\n", err.msg);
}

void
publisher_release(struct runtime *rt)
{
	struct tracked *t;

	while ((t = rt->tracked)) {
		rt->tracked = t->next;
		tracked_free(t);
	}
}
