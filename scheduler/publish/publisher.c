/* publisher.c - publishing and clearing away what attempts staged, on pool threads. */
#include "scheduler/publish/publisher.h"

#include "core/base/mem.h"
#include "scheduler/publish/outputs.h"
#include "scheduler/publish/storage.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	TRIES_MAX = 6, /* of a publish that the file system refuses: over about six seconds */
	FIRST_MS = 200,
	SPARE_BYTES = 64 << 10, /* for a manifest and directories beside what was staged */
};

/*
 * What an attempt with outputs may leave in staging directories.  The engine
 * forgets an attempt when it ends, and only then is this needed.
 */
struct tracked {
	struct tracked *next; /* of publisher->tracked: as many as there are slots */
	int64_t attempt;
	struct storage_job what; /* outputs are those below */
	struct storage_partition outputs[DAG_OUTPUTS_MAX];
	struct arena *arena; /* of their strings */
};

struct publish_work {
	struct job job;
	struct publisher *publisher;
	struct publish_work *next; /* of publisher->publishing */
	struct storage_job what;
	struct storage_partition outputs[DAG_OUTPUTS_MAX];
	struct published done[DAG_OUTPUTS_MAX];
	struct arena *arena;
	enum err_code code;
	struct err err;
	unsigned tries;
	char *told; /* why it is tried again, as the engine was last told; or NULL */
};

/* A dataset directory that was found able to publish. */
struct probed {
	struct probed *next; /* of publisher->probed */
	char *path;
	int64_t needs_bytes; /* what an attempt had staged when it found no more room; 0: none */
};

struct discard_work {
	struct job job;
	struct tracked *tracked; /* owned */
	const struct log *log;
	struct err err;
	enum err_code code;
};

/* Fill *what and outputs of a live attempt; strings go into the arena. */
static void
describe(const struct publisher *p, const struct attempt_info *info, struct storage_job *what,
	 struct storage_partition outputs[DAG_OUTPUTS_MAX], struct arena *arena)
{
	what->attempt = info->key;
	memcpy(what->token, info->token, sizeof(what->token));
	what->outputs = outputs;
	what->n_outputs = outputs_of(info->dag, info->task, p->project_dir, info->start_us, outputs,
				     arena);
	/* The definition may go while a thread still reads its name. */
	for (size_t i = 0; i < what->n_outputs; i++)
		outputs[i].dataset = arena_str(arena, outputs[i].dataset);
}

/* Where the pointer to it stands: it points to NULL when there is none. */
static struct tracked **
find_tracked(struct publisher *p, int64_t attempt)
{
	struct tracked **at = &p->tracked;

	while (*at && (*at)->attempt != attempt)
		at = &(*at)->next;
	return at;
}

void
publisher_track(struct publisher *p, int64_t attempt)
{
	struct attempt_info info;
	struct tracked *t;

	if (!engine_attempt(p->engine, attempt, &info) || info.task->output < 0 ||
	    *find_tracked(p, attempt))
		return;
	t = mem_new(1, sizeof(*t));
	t->attempt = attempt;
	t->arena = arena_new();
	describe(p, &info, &t->what, t->outputs, t->arena);
	t->next = p->tracked;
	p->tracked = t;
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
	struct publish_work **at = &w->publisher->publishing;

	while (*at != w)
		at = &(*at)->next;
	*at = w->next;
	arena_free(w->arena);
	free(w->told);
	free(w);
}

static void
run_publish(struct job *job)
{
	struct publish_work *w = (struct publish_work *)job;

	const struct storage *storage;

	w->code = storage_of(w->outputs[0].path, &storage, &w->err);
	if (!w->code)
		w->code = storage->publish(&w->what, w->done, w->arena, &w->err);
}

/*
 * What is staged is good: for room on the disk it waits, however long that takes.  And what has
 * begun to go live is brought to its end, or one output would be of another attempt than the rest.
 */
static bool
is_tried_again(struct publish_work *w)
{
	if (w->code != ERR_SYSTEM)
		return false;
	if (w->tries < TRIES_MAX)
		w->tries++;
	return w->tries < TRIES_MAX || w->done[0].dataset || err_is_shortage(w->err.error);
}

/* It will be tried again: a person who asks why the task takes so long is told. */
static void
tell_why(struct publish_work *w)
{
	if (w->told && !strcmp(w->told, w->err.msg))
		return;
	log_line(w->publisher->log, LOG_WARN, "%s; trying again", w->err.msg);
	free(w->told);
	w->told = mem_str(w->err.msg);
	later_event(w->publisher->later, &(struct event){ .kind = EVENT_UNPUBLISHED,
							  .attempt = w->what.attempt,
							  .why = w->told });
}

static void
publish_done(struct job *job)
{
	struct publish_work *w = (struct publish_work *)job;
	bool changed = false;

	if (w->code == ERR_SYSTEM && !w->publisher->jobs) {
		log_line(w->publisher->log, LOG_WARN, "%s; the next scheduler tries again",
			 w->err.msg);
		forget(w);
		return;
	}
	if (is_tried_again(w)) {
		tell_why(w);
		job_again(job, (unsigned)FIRST_MS << (w->tries - 1));
		return;
	}
	later_event(w->publisher->later, &(struct event){
					     .kind = EVENT_PUBLISHED,
					     .attempt = w->what.attempt,
					     .ok = !w->code,
					     .why = w->code ? w->err.msg : NULL,
					     .outputs = w->code ? NULL : w->done,
					     .n_outputs = w->code ? 0 : w->what.n_outputs,
					 });
	for (size_t i = 0; !w->code && i < w->what.n_outputs; i++)
		changed |= w->done[i].changed;
	if (changed && w->publisher->jobs)
		collector_soon(w->publisher->collector);
	forget(w);
}

static void
publish_drop(struct job *job)
{
	forget((struct publish_work *)job);
}

void
publisher_publish(struct publisher *p, int64_t attempt)
{
	struct attempt_info info;
	struct publish_work *w;

	if (!engine_attempt(p->engine, attempt, &info))
		return;
	for (w = p->publishing; w; w = w->next)
		if (w->what.attempt == attempt)
			return;
	publisher_track(p, attempt);
	w = mem_new(1, sizeof(*w));
	w->job = (struct job){ .run = run_publish, .done = publish_done, .drop = publish_drop };
	w->publisher = p;
	w->arena = arena_new();
	describe(p, &info, &w->what, w->outputs, w->arena);
	w->next = p->publishing;
	p->publishing = w;
	if (p->jobs) {
		job_start(p->jobs, &w->job);
		return;
	}
	run_publish(&w->job);
	publish_done(&w->job);
}

/* ---- clearing away ---- */

static void
run_discard(struct job *job)
{
	struct discard_work *w = (struct discard_work *)job;

	const struct storage *storage;

	w->code = storage_of(w->tracked->outputs[0].path, &storage, &w->err);
	if (!w->code)
		w->code = storage->discard(&w->tracked->what, &w->err);
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
		log_line(w->log, LOG_WARN, "clear away what attempt %" PRId64 " staged: %s",
			 w->tracked->attempt, w->err.msg);
	discard_drop(job);
}

static void
start_discard(struct publisher *p, struct tracked *t)
{
	struct discard_work *w = mem_new(1, sizeof(*w));

	w->job = (struct job){ .run = run_discard, .done = discard_done, .drop = discard_drop };
	w->tracked = t;
	w->log = p->log;
	if (p->jobs) {
		job_start(p->jobs, &w->job);
		return;
	}
	run_discard(&w->job);
	discard_done(&w->job);
}

void
publisher_discard(struct publisher *p, int64_t attempt, bool keep_staging)
{
	struct tracked **at = find_tracked(p, attempt), *t = *at;

	if (!t)
		return;
	*at = t->next;
	if (keep_staging)
		tracked_free(t);
	else
		start_discard(p, t);
}

/* ---- before the first attempt that writes a dataset ---- */

/* Once per dataset and life of the scheduler; then only whether there is room again. */
static enum err_code
probe(struct publisher *p, const char *path, struct err *err)
{
	const struct storage *storage;
	struct probed *known;
	enum err_code code;

	code = storage_of(path, &storage, err);
	for (known = p->probed; known && !code; known = known->next) {
		if (strcmp(known->path, path) != 0)
			continue;
		code = known->needs_bytes ? storage->room(path, known->needs_bytes, err) : ERR_NONE;
		known->needs_bytes = code ? known->needs_bytes : 0;
		return code;
	}
	if (!code)
		code = storage->probe(path, err);
	if (code)
		return code;
	known = mem_new(1, sizeof(*known));
	known->path = mem_str(path);
	known->next = p->probed;
	p->probed = known;
	return ERR_NONE;
}

enum err_code
publisher_probe(struct publisher *p, const struct attempt_info *info, struct err *err)
{
	struct storage_partition outputs[DAG_OUTPUTS_MAX];
	enum err_code code = ERR_NONE;
	struct arena *arena;
	size_t n;

	if (info->task->output < 0)
		return ERR_NONE;
	arena = arena_new();
	n = outputs_of(info->dag, info->task, p->project_dir, info->start_us, outputs, arena);
	for (size_t i = 0; i < n && !code; i++)
		code = probe(p, outputs[i].path, err);
	arena_free(arena);
	return code;
}

void
publisher_short(struct publisher *p, int64_t attempt, int64_t staged_bytes)
{
	const struct tracked *t = *find_tracked(p, attempt);

	for (size_t i = 0; t && i < t->what.n_outputs; i++)
		for (struct probed *known = p->probed; known; known = known->next)
			if (!strcmp(known->path, t->what.outputs[i].path))
				known->needs_bytes = staged_bytes + SPARE_BYTES;
}

void
publisher_release(struct publisher *p)
{
	struct tracked *t;
	struct probed *known;

	while ((t = p->tracked)) {
		p->tracked = t->next;
		tracked_free(t);
	}
	while ((known = p->probed)) {
		p->probed = known->next;
		free(known->path);
		free(known);
	}
}
