/* setup.c - `setup:`, `teardown:`, `on_exit:`: what comes before the work and behind it. */
#include "core/dagfile/setup.h"

#include "core/parts/edge.h"
#include "core/dagfile/group.h"
#include "core/parts/task.h"
#include "core/op/op.h"

#include <stdlib.h>
#include <string.h>

/* One setup that a teardown names. */
static void
name_setup(struct dagfile *f, size_t at, const struct ynode *item)
{
	const struct draft_task *t = &f->tasks[at];
	struct draft_node found;

	if (item->broken)
		return;
	if (item->kind != YNODE_SCALAR || ynode_is_null(item)) {
		ykeys_say(&f->y, item, E0340, NULL,
			  "'teardown' is true or the names of the setups that it undoes");
		return;
	}
	found = groups_resolve(f, t->group, item->text);
	if (found.task < 0)
		ykeys_say(&f->y, item, E0303, NULL,
			  "task '%s' undoes '%s', which is not a task of this dag", t->task.id,
			  item->text);
	else if (!f->tasks[found.task].task.setup)
		ykeys_say(&f->y, item, E0340, "give that one 'setup: true'",
			  "task '%s' undoes '%s', which is no setup", t->task.id, item->text);
	else if ((size_t)found.task != at)
		(void)edges_add(f, (uint32_t)at, (uint32_t)found.task, item);
}

/* A failure to clean up spoils nothing that was made, unless the file says that it does. */
static void
become_teardown(struct dagfile *f, size_t at)
{
	struct draft_task *t = &f->tasks[at];

	if (t->rule)
		ykeys_say(
		    &f->y, t->rule, E0341, "leave it out",
		    "task '%s' is a teardown: it runs when all it needs have ended, if a setup "
		    "of it succeeded",
		    t->task.id);
	if (t->task.setup)
		ykeys_say(&f->y, t->teardown, E0341, NULL,
			  "task '%s' cannot be a setup and a teardown", t->task.id);
	t->task.rule = RULE_ALL_DONE_SETUP_SUCCESS;
	if (!t->on_fail_given)
		t->task.on_fail = ON_FAIL_WARN;
}

void
setups_name(struct dagfile *f)
{
	for (size_t i = 0; i < f->n_tasks; i++) {
		const struct ynode *key = f->tasks[i].teardown, *value = key ? key->value : NULL;

		if (!key)
			continue;
		become_teardown(f, i);
		if (value->kind == YNODE_LIST) {
			for (const struct ynode *item = value->first; item; item = item->next)
				name_setup(f, i, item);
		} else if (value->kind != YNODE_SCALAR || !value->plain ||
			   strcmp(value->text, "true") != 0) {
			name_setup(f, i, value);
		}
	}
}

/* Has it something to undo, and something to wait for? */
static void
check_teardown(struct dagfile *f, const struct draft_task *t)
{
	size_t setups = 0;

	for (size_t i = 0; i < t->n_edges; i++)
		setups += f->tasks[t->edges[i]].task.setup;
	if (f->y.diags->errors > f->errors_before)
		return; /* what is missing may be what was reported */
	if (!setups)
		ykeys_say(&f->y, t->teardown, E0340,
			  "name it: 'teardown: [SETUP]'; what runs whatever happened, without a "
			  "setup, has 'trigger_rule: all_done'",
			  "teardown '%s' has no setup", t->task.id);
	else if (setups == t->n_edges)
		ykeys_say(&f->y, t->teardown, E0342, "name the tasks in between under 'needs'",
			  "teardown '%s' would run right after its setup", t->task.id);
}

/* A walk up from one task; what was met in it has its number. */
struct setup_walk {
	uint32_t *met, *todo, *setups;
	uint32_t number;
	size_t n_todo, n_setups;
};

static void
meet(struct setup_walk *w, const struct draft_task *t)
{
	for (size_t i = 0; i < t->n_edges; i++) {
		if (w->met[t->edges[i]] == w->number)
			continue;
		w->met[t->edges[i]] = w->number;
		w->todo[w->n_todo++] = t->edges[i];
	}
}

/* Is a teardown of this setup before the task that the walk began at? */
static bool
is_closed(const struct dagfile *f, const struct setup_walk *w, const uint32_t *teardowns, size_t n,
	  uint32_t setup)
{
	for (size_t i = 0; i < n; i++) {
		const struct draft_task *t = &f->tasks[teardowns[i]];

		for (size_t k = 0; w->met[teardowns[i]] == w->number && k < t->n_edges; k++)
			if (t->edges[k] == setup)
				return true;
	}
	return false;
}

/* The task waits for every setup before it that no teardown before it has undone. */
static void
guard(struct dagfile *f, struct setup_walk *w, uint32_t at, const uint32_t *teardowns, size_t n)
{
	w->number++;
	w->n_setups = 0;
	meet(w, &f->tasks[at]);
	while (w->n_todo) {
		uint32_t up = w->todo[--w->n_todo];

		if (f->tasks[up].task.setup)
			w->setups[w->n_setups++] = up;
		meet(w, &f->tasks[up]);
	}
	for (size_t i = 0; i < w->n_setups; i++)
		if (!is_closed(f, w, teardowns, n, w->setups[i]) &&
		    !edges_add(f, at, w->setups[i], f->tasks[at].key))
			return;
}

void
setups_link(struct dagfile *f)
{
	struct setup_walk w = { .met = mem_new(f->n_tasks, sizeof(*w.met)),
				.todo = mem_new(f->n_tasks, sizeof(*w.todo)),
				.setups = mem_new(f->n_tasks, sizeof(*w.setups)) };
	uint32_t *teardowns = mem_new(f->n_tasks, sizeof(*teardowns));
	size_t n = 0, setups = 0;

	for (size_t i = 0; i < f->n_tasks; i++) {
		setups += f->tasks[i].task.setup;
		if (f->tasks[i].teardown) {
			check_teardown(f, &f->tasks[i]);
			teardowns[n++] = (uint32_t)i;
		}
	}
	/* By all_success a failed setup comes through to everything behind it anyway. */
	for (size_t i = 0; setups && i < f->n_tasks; i++)
		if (f->tasks[i].task.rule != RULE_ALL_SUCCESS && !f->tasks[i].teardown)
			guard(f, &w, (uint32_t)i, teardowns, n);
	edges_settle(f);
	free(teardowns);
	free(w.setups);
	free(w.todo);
	free(w.met);
}

/* ---- on_exit ---- */

void
exits_read(struct yreader *r, const struct key *row, const struct ynode *key, void *base)
{
	struct dagfile *f = dagfile_of(r);

	(void)row;
	(void)base;
	f->exits = r->run_ends = true;
	dagfile_read_task_map(f, key, "'on_exit'");
	f->exits = r->run_ends = false;
}

/* What it is cannot run whatever has become of the others. */
static void
check_kind(struct dagfile *f, const struct draft_task *t)
{
	if (t->task.setup || t->teardown)
		ykeys_say(&f->y, t->key, E0345, "leave it out",
			  "task '%s' of on_exit cannot be a setup or a teardown", t->task.id);
	else if (t->output || (t->task.op && !t->task.op->argv))
		ykeys_say(&f->y, t->key, E0345, "operator: command, without an output",
			  "task '%s' of on_exit can only run a program, and publishes nothing",
			  t->task.id);
}

/* Of the two ends of each edge both are of on_exit, or none. */
static void
check_edges(struct dagfile *f, const struct draft_task *t)
{
	for (size_t i = 0; i < t->n_edges; i++) {
		const struct task *up = &f->tasks[t->edges[i]].task;

		if (up->on_exit == t->task.on_exit)
			continue;
		if (up->on_exit)
			ykeys_say(&f->y, t->key, E0346, "put it under on_exit, too",
				  "task '%s' waits for '%s', which runs when all else has ended",
				  t->task.id, up->id);
		else
			ykeys_say(&f->y, t->key, E0346,
				  "leave that out: it runs after all of them anyway",
				  "task '%s' of on_exit waits for '%s', which is not of on_exit",
				  t->task.id, up->id);
		return;
	}
}

void
exits_check(struct dagfile *f)
{
	for (size_t i = 0; i < f->n_tasks; i++) {
		if (f->tasks[i].task.on_exit)
			check_kind(f, &f->tasks[i]);
		check_edges(f, &f->tasks[i]);
	}
}
