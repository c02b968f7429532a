/* which.c - which dag and which run a command means. */
#include "scheduler/command/which.h"

#include "core/base/mem.h"
#include "core/text/diag.h"
#include "scheduler/command/answer.h"
#include "scheduler/state/past.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* The id of the dag that is nearest to a word, or NULL. */
static const char *
nearest_dag(const struct engine *e, const char *word)
{
	const char **names = mem_new(e->dags.n + 1, sizeof(*names)), *near;
	const char *slash = strrchr(word, '/');
	char *stem = mem_str(slash ? slash + 1 : word), *end = strstr(stem, ".yaml");
	const struct dag_state *d;
	size_t n = 0;

	/* A file is named where its dag is meant. */
	if (end)
		*end = '\0';
	for (d = index_first(&e->dags); d; d = index_next(d))
		names[n++] = d->id;
	near = diag_nearest(stem, names, n);
	free(names);
	free(stem);
	return near;
}

struct dag_state *
which_dag(struct engine *e, const char *id, struct reply *reply)
{
	struct dag_state *d = id ? dag_state_find(e, id) : NULL;
	const char *near = d || !id ? NULL : nearest_dag(e, id);

	if (!d)
		reply_say(e, reply, REPLY_NOT_FOUND,
			  "there is no dag '%.128s'%s%s%s: see `tidemill dags list`", id ? id : "",
			  near ? ", perhaps '" : "", near ? near : "", near ? "'" : "");
	return d;
}

bool
which_task(struct engine *e, const struct dag *dag, const char *task, struct reply *reply)
{
	const char **names, *near;

	if (dag_task_find(dag, task) >= 0 || dag_group_find(dag, task) >= 0)
		return true;
	names = mem_new(dag->n_tasks + dag->n_groups + 1, sizeof(*names));
	for (size_t i = 0; i < dag->n_tasks; i++)
		names[i] = dag->tasks[i].id;
	for (size_t i = 0; i < dag->n_groups; i++)
		names[dag->n_tasks + i] = dag->groups[i].id;
	near = diag_nearest(task, names, dag->n_tasks + dag->n_groups);
	reply_say(e, reply, REPLY_NOT_FOUND,
		  "dag '%s' has no task '%.128s'%s%s%s: see `tidemill tasks list %s`", dag->id,
		  task, near ? ", perhaps '" : "", near ? near : "", near ? "'" : "", dag->id);
	free(names);
	return false;
}

/* Says how those are called that there are. */
static void
no_instance(struct engine *e, const struct run *run, const struct expansion *x, const char *word,
	    struct reply *reply)
{
	char first[INSTANCE_LABEL_ROOM], last[INSTANCE_LABEL_ROOM];
	const struct instance *own;
	const struct run_task *t = NULL;

	for (size_t at = 0; (own = instance_next(x, &at)); t = own->task)
		if (!t)
			(void)task_label(own->task, first);
	assert(t);
	reply_say(e, reply, REPLY_NOT_FOUND,
		  "task '%s' of run %s has no instance '%.64s': they are %s to %s", task_of(t)->id,
		  run->run_id, word, first, task_label(t, last));
}

bool
which_instance(struct engine *e, const struct run *run, const struct dag *dag, const char *task,
	       const char **id, int *instance, struct reply *reply)
{
	const char *open = strrchr(task, '[');
	const struct expansion *x;
	const struct instance *own;
	int at;

	*id = task;
	*instance = 0;
	if (!open)
		return which_task(e, dag, task, reply);
	*id = arena_bytes(e->fx->arena, task, (size_t)(open - task));
	if (!which_task(e, dag, *id, reply))
		return false;
	at = dag_task_find(run->def->dag, *id);
	x = at < 0 ? NULL : expansion_of(run, (uint32_t)at);
	if (x && x->n) {
		own = instance_find(x, expand_index(run->def->dag->tasks[at].expand, open));
		*instance = own ? own->map_index + 1 : 0;
		if (!own)
			no_instance(e, run, x, open, reply);
		return own != NULL;
	}
	reply_say(e, reply, REPLY_NOT_FOUND,
		  "task '%s' of run %s is not expanded and has no '%.64s'", *id, run->run_id, open);
	return false;
}

static struct run *
find_by_id(const struct engine *e, const struct dag_state *d, const char *run_id)
{
	struct run *run;

	for (run = index_first(&e->runs); run; run = index_next(run))
		if (run->dag == d && !strcmp(run->run_id, run_id))
			return run;
	return NULL;
}

bool
past_unread(struct engine *e, const struct dag_state *d, int64_t logical_us, struct reply *reply)
{
	const struct past_run *past = past_find(d, logical_us);

	if (!past)
		return false;
	reply_say(e, reply, REPLY_REFUSED,
		  "run %s of dag '%s' %s, and its definition is no longer understood: use the "
		  "tidemill that accepted it",
		  reply_date(e, logical_us), d->id,
		  run_is_final((enum run_state)past->state) ? "has ended" : "is held");
	return true;
}

struct run *
which_run(struct engine *e, const struct dag_state *d, const struct command *c, struct reply *reply)
{
	const struct past_run *past = c->run_id ? past_named(d, c->run_id) : NULL;
	struct run *run;

	if (!c->run_id && !c->has_logical) {
		reply_say(e, reply, REPLY_INVALID,
			  "which run of dag '%s'? Give a run id or a logical date", d->id);
		return NULL;
	}
	run = c->run_id ? find_by_id(e, d, c->run_id) : run_find(d, c->logical_us);
	if (run || (past && past_unread(e, d, past->logical_us, reply)) ||
	    (!c->run_id && past_unread(e, d, c->logical_us, reply)))
		return run;
	reply_say(e, reply, REPLY_NOT_FOUND,
		  "dag '%s' has no run %.64s: see `tidemill runs list -d %s`", d->id,
		  c->run_id ? c->run_id : reply_date(e, c->logical_us), d->id);
	return NULL;
}
