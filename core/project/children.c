/* children.c - tasks that run other dags of the project, and what they ask of those. */
#include "core/project/children.h"

#include "core/base/mem.h"
#include "core/project/report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void
unknown_dag(struct dag_set *set, uint32_t at, const struct task *task)
{
	struct place place = task_place(set->dags[at], task);
	const char **words = mem_new(set->n, sizeof(*words)), *near, *help = NULL;
	char text[NAME_MAX_BYTES + 32];

	for (size_t i = 0; i < set->n; i++)
		words[i] = set->dags[i]->id;
	near = diag_nearest(task->child.dag, words, set->n);
	free(words);
	(void)snprintf(text, sizeof(text), "did you mean '%s'?", near ? near : "");
	if (near)
		help = text;
	else if (set->n_unread)
		help = "a file with mistakes may define it; correct that one first";
	if (set->partial)
		diags_say(set->diags, E0685, &place, help,
			  "task '%s' runs dag '%s', which is not in the files that were checked",
			  task->id, task->child.dag);
	else
		report(set, at, &place, E0680, help, "task '%s' runs dag '%s', which there is not",
		       task->id, task->child.dag);
}

/* From the shortest on; the order of enum grid_unit is another. */
static int
length_of(enum grid_unit unit)
{
	static const int lengths[GRID_UNITS] = {
		[GRID_HOUR] = 0,  [GRID_DAY] = 1,     [GRID_WEEK] = 2,
		[GRID_MONTH] = 3, [GRID_QUARTER] = 4, [GRID_YEAR] = 5,
	};

	return lengths[unit];
}

/* Has the child whole intervals within one of its parent, and not too many? */
static void
check_interval(struct dag_set *set, uint32_t at, const struct task *task, const struct dag *child)
{
	const struct dag *dag = set->dags[at];
	struct place place = task_place(dag, task);
	const char *unit = grid_unit_name(child->grid.unit), *own = grid_unit_name(dag->grid.unit);
	char help[100];

	if (!child->partitioned)
		return;
	if (!dag->partitioned) {
		(void)snprintf(help, sizeof(help), "write `partition: %s` in its 'schedule'", unit);
		report(set, at, &place, E0682, help,
		       "task '%s' runs dag '%s', which has one run per %s, and dag '%s' has no "
		       "partitions",
		       task->id, child->id, unit, dag->id);
	} else if (length_of(child->grid.unit) > length_of(dag->grid.unit)) {
		report(set, at, &place, E0682,
		       "give that dag a schedule of its own, and let it read what this one writes",
		       "task '%s' of one %s runs dag '%s' of one %s, which is not over then",
		       task->id, own, child->id, unit);
	} else if (!grid_nests(child->grid, dag->grid)) {
		report(set, at, &place, E0682, "give both the same 'timezone', or units that fit",
		       "task '%s' of one %s in %s runs dag '%s' of one %s in %s, which lies in two "
		       "of them",
		       task->id, own, grid_zone_name(dag->grid), child->id, unit,
		       grid_zone_name(child->grid));
	} else if (child->grid.unit == GRID_HOUR &&
		   length_of(dag->grid.unit) > length_of(GRID_MONTH)) {
		report(set, at, &place, E0682, "put a dag of days or months between them",
		       "task '%s' of one %s would run dag '%s' more than %d times, once per hour",
		       task->id, own, child->id, CHILD_RUNS_MAX);
	}
}

static const struct param *
find_param(const struct dag *dag, const char *name)
{
	for (size_t i = 0; i < dag->n_params; i++)
		if (!strcmp(dag->params[i].name, name))
			return &dag->params[i];
	return NULL;
}

static bool
gives(const struct task_child *child, const char *name)
{
	for (size_t i = 0; i < child->n_params; i++)
		if (!strcmp(child->params[i].name, name))
			return true;
	return false;
}

static void
check_params(struct dag_set *set, uint32_t at, const struct task *task, const struct dag *child)
{
	const struct task_child *given = &task->child;
	struct place place = task_place(set->dags[at], task);

	for (size_t i = 0; i < given->n_params; i++) {
		const struct param *p = find_param(child, given->params[i].name);
		const char *value = given->params[i].value;

		if (!p)
			report(set, at, &place, E0683, NULL,
			       "task '%s' gives dag '%s' the param '%s', which it does not have",
			       task->id, child->id, given->params[i].name);
		/* What a template stands for is known when the task begins. */
		else if (!strstr(value, "{{") && !param_fits(p->type, value))
			report(set, at, &place, E0683, NULL,
			       "task '%s' gives param '%s' of dag '%s' a value of another type: "
			       "'%.100s'",
			       task->id, p->name, child->id, value);
	}
	for (size_t i = 0; i < child->n_params; i++)
		if (!child->params[i].value && !gives(given, child->params[i].name))
			report(set, at, &place, E0683, "write it under 'params' of the task",
			       "task '%s' does not give param '%s' of dag '%s', which has no "
			       "default",
			       task->id, child->params[i].name, child->id);
}

void
children_check(struct dag_set *set, const struct declared_names *names, uint32_t at)
{
	const struct dag *dag = set->dags[at];

	for (size_t i = 0; i < dag->n_tasks; i++) {
		const struct task *task = &dag->tasks[i];
		int child = task->child.dag ? declared_dag(names, task->child.dag) : -1;

		if (!task->child.dag)
			continue;
		if (child < 0) {
			unknown_dag(set, at, task);
			continue;
		}
		check_interval(set, at, task, set->dags[child]);
		check_params(set, at, task, set->dags[child]);
	}
}

bool
children_spread(struct dag_set *set, const struct declared_names *names, uint32_t at)
{
	const struct dag *dag = set->dags[at];

	for (size_t i = 0; i < dag->n_tasks; i++) {
		const struct task *task = &dag->tasks[i];
		struct place place = task_place(dag, task);
		int child = task->child.dag ? declared_dag(names, task->child.dag) : -1;

		if (child < 0 || !set->bad[child])
			continue;
		report(set, at, &place, E0686, NULL, "task '%s' runs dag '%s', which has mistakes",
		       task->id, task->child.dag);
		return true;
	}
	return false;
}
