/* given.c - what a run has to give the templates of a task: outputs of the tasks before it. */
#include "core/dagfile/given.h"

#include "core/op/op.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROOT "outputs."

/* One mention on its way. */
struct resolving {
	struct dagfile *f;
	struct draft_task *task;
	const struct ymention *m;
};

/* Report a mistake under `bytes` bytes of the name, at byte `at` of it. */
static void PRINTF_LIKE(5, 6)
    say(const struct resolving *r, size_t at, size_t bytes, const char *help, const char *fmt, ...)
{
	struct place place = ykeys_part(&r->f->y.source, r->m->value, r->m->at + at, bytes);
	char text[400];
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	diags_say(r->f->y.diags, E0806, &place, help ? arena_str(r->f->y.arena, help) : NULL,
		  "'%s': %s", r->m->key, text);
}

/* May the task name outputs of that one: does it come directly before it? */
static bool
is_before(const struct resolving *r, uint32_t up)
{
	/* All that is not of on_exit has ended then. */
	if (r->task->task.on_exit && !r->f->tasks[up].task.on_exit)
		return true;
	for (size_t i = 0; i < r->task->n_edges; i++)
		if (r->task->edges[i] == up)
			return true;
	return false;
}

/* Help: "did you mean 'x'?" for the nearest of n words. */
static const char *
nearest(const char *word, const char *const *words, size_t n, char *room, size_t bytes)
{
	const char *near = diag_nearest(word, words, n);

	if (!near)
		return NULL;
	(void)snprintf(room, bytes, "did you mean '%s'?", near);
	return room;
}

static void
no_task(const struct resolving *r, const char *name)
{
	const char **words = arena_get(r->f->y.scratch, (r->task->n_edges + 1) * sizeof(*words));
	char help[NAME_MAX_BYTES + 40];

	for (size_t i = 0; i < r->task->n_edges; i++)
		words[i] = r->f->tasks[r->task->edges[i]].task.id;
	say(r, strlen(ROOT), strlen(name),
	    nearest(name, words, r->task->n_edges, help, sizeof(help)), "there is no task '%s'",
	    name);
}

static void
not_before(const struct resolving *r, const char *name)
{
	char help[2 * NAME_MAX_BYTES + 40];

	if (!strcmp(name, r->task->task.id))
		(void)snprintf(help, sizeof(help), "a task has no outputs before it has ended");
	else
		(void)snprintf(help, sizeof(help), "add '%s' to 'needs' of '%s'", name,
			       r->task->task.id);
	say(r, strlen(ROOT), strlen(name), help, "task '%s' does not come directly before '%s'",
	    name, r->task->task.id);
}

static void
no_output(const struct resolving *r, const struct task *up, const char *key)
{
	const char **words = arena_get(r->f->y.scratch, (up->n_outputs + 1) * sizeof(*words));
	char help[NAME_MAX_BYTES + 40];

	for (size_t i = 0; i < up->n_outputs; i++)
		words[i] = up->outputs[i].name;
	if (!up->n_outputs)
		say(r, strlen(ROOT), strlen(up->id), "declare it under 'outputs' of that task",
		    "task '%s' declares no outputs", up->id);
	else
		say(r, strlen(ROOT) + strlen(up->id) + 1, strlen(key),
		    nearest(key, words, up->n_outputs, help, sizeof(help)),
		    "task '%s' declares no output '%s'", up->id, key);
}

/* One more name that the run has to give; the same one stands once. */
static void
add(const struct resolving *r, const char *name, uint32_t up, uint32_t output)
{
	struct task *task = &r->task->task;
	struct given_name *names;

	for (size_t i = 0; i < task->n_given; i++)
		if (task->given[i].task == up && task->given[i].output == output)
			return;
	names = arena_get(r->f->y.arena, (task->n_given + 1) * sizeof(*names));
	if (task->n_given)
		memcpy(names, task->given, task->n_given * sizeof(*names));
	names[task->n_given++] = (struct given_name){ name, up, output };
	task->given = names;
}

/* The task that TASK.NAME begins with, both of which may have dots: path is cut to it.  -1: none.
 */
static int
find_task(const struct dagfile *f, char *path)
{
	int found = -1;

	for (char *dot = strrchr(path, '.'); dot && found < 0; dot = strrchr(path, '.')) {
		*dot = '\0';
		found = names_find(&f->task_names, path);
	}
	return found;
}

static void
resolve(const struct resolving *r)
{
	struct dagfile *f = r->f;
	const char *name = arena_bytes(f->y.arena, r->m->value->text + r->m->at, r->m->bytes);
	char *path = arena_str(f->y.scratch, name + strlen(ROOT));
	const struct task *up;
	const char *key;
	int at = find_task(f, path);

	if (at < 0) {
		path = arena_str(f->y.scratch, name + strlen(ROOT));
		*strrchr(path, '.') = '\0';
		no_task(r, path);
		return;
	}
	/* What stands behind the name of the task, dots and all. */
	key = name + strlen(ROOT) + strlen(path) + 1;
	up = &f->tasks[at].task;
	if (!is_before(r, (uint32_t)at)) {
		not_before(r, path);
		return;
	}
	for (uint32_t i = 0; i < up->n_outputs; i++) {
		if (strcmp(up->outputs[i].name, key) != 0)
			continue;
		add(r, name, (uint32_t)at, i);
		return;
	}
	no_output(r, up, key);
}

void
given_link(struct dagfile *f)
{
	for (size_t i = 0; i < f->y.n_mentions; i++) {
		const struct ymention *m = &f->y.mentions[i];
		const struct resolving r = { f, &f->tasks[m->owner], m };

		if (r.task->unsure)
			continue;
		if (r.task->task.op && r.task->task.op->argv)
			resolve(&r);
		else
			say(&r, 0, m->bytes, "let a task of operator command take the value",
			    "a built-in operator is not given what other tasks left");
	}
}
