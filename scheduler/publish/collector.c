/* collector.c - retention: old versions that are neither young, nor among the last few, nor read.
 */
#include "scheduler/publish/collector.h"

#include "core/time/grid.h"
#include "core/base/clock.h"
#include "core/base/json.h"
#include "core/base/mem.h"
#include "scheduler/publish/leftovers.h"
#include "scheduler/publish/storage.h"
#include "scheduler/engine/look.h"
#include "scheduler/store/retain.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	FIRST_MS = 2 * 1000,
	SOON_MS = 30 * 1000,    /* after a publish: one look for many */
	LATER_MS = 3600 * 1000, /* they become old without anybody doing anything */
	BATCH = 256,
};

struct collect_work {
	struct job job;
	struct collector *collector;
	struct old_version *items; /* n of them */
	char **paths;              /* of their datasets, absolute */
	enum err_code *codes;      /* what came of each */
	struct err err;            /* of the last that failed */
	size_t n;
	bool full; /* there are probably more */
};

/* Is it an input of an attempt that runs? */
static bool
names_version(const char *inputs, const struct old_version *v)
{
	char partition[GRID_TEXT_CHARS + 1];
	json_t *all = NULL, *one;
	bool found = false;
	size_t i;

	grid_text(v->grid, v->part, partition);
	if (json_read(&all, inputs, strlen(inputs), "pinned inputs", NULL))
		return true; /* not understood: keep everything */
	json_array_foreach(all, i, one)
	{
		const json_t *day = json_object_get(one, "day");

		if (strcmp(json_get_text(one, "dataset", ""), v->dataset) != 0 ||
		    json_get_int(one, "version", 0) != v->version)
			continue;
		found |= json_is_integer(day) ? json_integer_value(day) == v->part
					      : !strcmp(json_get_text(one, "day", ""), partition);
	}
	json_decref(all);
	return found;
}

static bool
is_pinned(const struct collector *c, const int64_t *keys, size_t n, const struct old_version *v)
{
	struct attempt_info info;

	for (size_t i = 0; i < n; i++)
		if (engine_attempt(c->engine, keys[i], &info) && info.inputs &&
		    names_version(info.inputs, v))
			return true;
	return false;
}

/* Leave out what is read now and what no dag declares any more; find the paths of the rest. */
static void
choose(struct collect_work *w)
{
	struct collector *c = w->collector;
	size_t n_live, kept = 0;
	int64_t *keys = engine_live_keys(c->engine, &n_live);
	char *path;

	for (size_t i = 0; i < w->n; i++) {
		if (is_pinned(c, keys, n_live, &w->items[i]))
			continue;
		path = catalog_dataset_path(c->catalog, w->items[i].dataset);
		if (!path)
			continue;
		w->items[kept] = w->items[i];
		w->paths[kept++] = path;
	}
	w->n = kept;
	free(keys);
}

static void
collect_drop(struct job *job)
{
	struct collect_work *w = (struct collect_work *)job;

	for (size_t i = 0; i < w->n; i++)
		free(w->paths[i]);
	free(w->paths);
	free(w->items);
	free(w->codes);
	free(w);
}

static enum err_code
collect(const char *path, const struct old_version *v, struct err *err)
{
	const struct storage *storage;
	enum err_code code = storage_of(path, &storage, err);

	return code ? code : storage->collect(path, v->grid, v->part, v->version, v->digest, err);
}

static void
run_collect(struct job *job)
{
	struct collect_work *w = (struct collect_work *)job;

	for (size_t i = 0; i < w->n; i++)
		w->codes[i] = collect(w->paths[i], &w->items[i], &w->err);
}

static void on_collect(uv_timer_t *timer);

static void
arm(struct collector *c, unsigned ms)
{
	(void)uv_timer_start(&c->timer, on_collect, ms, 0);
}

static void
collect_done(struct job *job)
{
	struct collect_work *w = (struct collect_work *)job;
	struct collector *c = w->collector;
	bool failed = false;
	struct err err;

	for (size_t i = 0; i < w->n; i++) {
		if (w->codes[i]) {
			failed = true;
		} else if (store_version_collected(c->store, &w->items[i], &err)) {
			failed = true;
			w->err = err;
		}
	}
	if (failed)
		log_line(c->log, LOG_WARN, "%s", w->err.msg);
	c->collecting = false;
	arm(c, w->full && !failed ? SOON_MS : LATER_MS);
	collect_drop(job);
}

/* At the start, and then at most every hour. */
static void
look_for_leftovers(struct collector *c)
{
	int64_t now_mono_us = clock_boot_us();

	if (c->looked_mono_us && now_mono_us - c->looked_mono_us < (int64_t)LATER_MS * 1000)
		return;
	c->looked_mono_us = now_mono_us;
	leftovers_look(c);
}

static void
on_collect(uv_timer_t *timer)
{
	struct collector *c = timer->data;
	const struct settings *settings = &c->catalog->project.settings;
	struct collect_work *w;
	struct err err;

	look_for_leftovers(c);
	/* By a clock that jumped ahead everything is old; whoever believes it says so. */
	if (engine_clock(c->engine)->held_until_us) {
		arm(c, LATER_MS);
		return;
	}
	w = mem_new(1, sizeof(*w));
	w->job = (struct job){ .run = run_collect, .done = collect_done, .drop = collect_drop };
	w->collector = c;
	w->items = mem_new(BATCH, sizeof(*w->items));
	w->paths = mem_new(BATCH, sizeof(*w->paths));
	w->codes = mem_new(BATCH, sizeof(*w->codes));
	if (store_old_versions(c->store, settings->retain_versions,
			       clock_wall_us() - settings->retain_for_us, w->items, BATCH, &w->n,
			       &err)) {
		log_line(c->log, LOG_WARN, "%s", err.msg);
		w->n = 0;
	}
	w->full = w->n == BATCH;
	choose(w);
	if (!w->n) {
		collect_drop(&w->job);
		arm(c, LATER_MS);
		return;
	}
	c->collecting = true;
	job_start(c->jobs, &w->job);
}

void
collector_soon(struct collector *c)
{
	if (!c->collecting && uv_timer_get_due_in(&c->timer) > SOON_MS)
		arm(c, SOON_MS);
}

void
collector_start(struct collector *c, uv_loop_t *loop)
{
	(void)uv_timer_init(loop, &c->timer); /* cannot fail: no system call */
	c->timer.data = c;
	arm(c, FIRST_MS);
}

void
collector_stop(struct collector *c)
{
	if (c->timer.loop)
		uv_close((uv_handle_t *)&c->timer, NULL);
}
