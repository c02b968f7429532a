/* children.c - tasks that run other dags of the project, and what they ask of those. */
#include "core/project/children.h"

#include "core/base/mem.h"
#include "core/base/words.h"
#include "core/project/report.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The first dag of a name, or NULL; *at is its number. */
static const struct dag *
find_dag(const struct dag_set *set, const char *id, uint32_t *at)
{
	for (uint32_t i = 0; i < set->n; i++) {
		if (strcmp(set->dags[i]->id, id) != 0)
			continue;
		*at = i;
		return set->dags[i];
	}
	return NULL;
}

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
children_check(struct dag_set *set, uint32_t at)
{
	const struct dag *dag = set->dags[at], *child;
	uint32_t number;

	for (size_t i = 0; i < dag->n_tasks; i++) {
		const struct task *task = &dag->tasks[i];

		if (!task->child.dag)
			continue;
		child = find_dag(set, task->child.dag, &number);
		if (!child) {
			unknown_dag(set, at, task);
			continue;
		}
		check_interval(set, at, task, child);
		check_params(set, at, task, child);
	}
}

bool
children_spread(struct dag_set *set, uint32_t at)
{
	const struct dag *dag = set->dags[at];
	uint32_t number;

	for (size_t i = 0; i < dag->n_tasks; i++) {
		const struct task *task = &dag->tasks[i];
		struct place place = task_place(dag, task);

		if (!task->child.dag || !find_dag(set, task->child.dag, &number) ||
		    !set->bad[number])
			continue;
		report(set, at, &place, E0686, NULL, "task '%s' runs dag '%s', which has mistakes",
		       task->id, task->child.dag);
		return true;
	}
	return false;
}

/* ---- circles ---- */

/*
 * All tasks of all dags as one graph: task i of dag d is number first[d] + i, and behind its tasks
 * stands the end of each dag, which waits for all of them.
 */
struct graph {
	const struct dag_set *set;
	uint32_t *first; /* per dag, and one more */
	uint32_t n;
	uint32_t **up;
	size_t *n_up;
	struct name_index written; /* datasets, to the number of the task that writes each */
};

static uint32_t
end_of(const struct graph *g, uint32_t dag)
{
	return g->first[dag + 1] - 1;
}

static void
index_written(struct graph *g)
{
	const struct dag_set *set = g->set;
	size_t room = 0;

	for (uint32_t i = 0; i < set->n; i++)
		room += set->dags[i]->n_datasets;
	g->written.items = mem_new(room, sizeof(*g->written.items));
	for (uint32_t i = 0; i < set->n; i++) {
		for (size_t k = 0; k < set->dags[i]->n_datasets; k++) {
			const struct dataset *d = &set->dags[i]->datasets[k];

			if (d->writer >= 0 && !set->bad[i])
				g->written.items[g->written.count++] = (struct name_at){
					d->name, g->first[i] + (uint32_t)d->writer
				};
		}
	}
	names_sort(&g->written);
}

static void
add_task(struct graph *g, uint32_t dag, size_t at)
{
	const struct task *task = &g->set->dags[dag]->tasks[at];
	uint32_t node = g->first[dag] + (uint32_t)at, child;
	uint32_t *up = mem_new(task->n_upstream + task->n_inputs + 1, sizeof(*up));
	size_t n = 0;

	for (size_t i = 0; i < task->n_upstream; i++)
		up[n++] = g->first[dag] + task->upstream[i];
	for (size_t i = 0; i < task->n_inputs; i++) {
		int writer = names_find(&g->written, task->inputs[i].dataset);

		/* What its own dag writes in another run is another run's. */
		if (writer >= 0 &&
		    ((uint32_t)writer < g->first[dag] || (uint32_t)writer >= g->first[dag + 1]))
			up[n++] = (uint32_t)writer;
	}
	if (task->child.dag && find_dag(g->set, task->child.dag, &child) && !g->set->bad[child])
		up[n++] = end_of(g, child);
	g->up[node] = up;
	g->n_up[node] = n;
}

static void
graph_init(struct graph *g, const struct dag_set *set)
{
	*g = (struct graph){ .set = set, .first = mem_new(set->n + 1, sizeof(*g->first)) };
	for (uint32_t i = 0; i < set->n; i++)
		g->first[i + 1] = g->first[i] + (uint32_t)set->dags[i]->n_tasks + 1;
	g->n = g->first[set->n];
	g->up = mem_new(g->n, sizeof(uint32_t *));
	g->n_up = mem_new(g->n, sizeof(*g->n_up));
	index_written(g);
	for (uint32_t i = 0; i < set->n; i++) {
		uint32_t end = end_of(g, i), n = end - g->first[i];

		if (set->bad[i])
			continue;
		for (size_t k = 0; k < n; k++)
			add_task(g, i, k);
		g->up[end] = mem_new(n, sizeof(**g->up));
		for (uint32_t k = 0; k < n; k++)
			g->up[end][g->n_up[end]++] = g->first[i] + k;
	}
}

static void
graph_release(struct graph *g)
{
	for (uint32_t i = 0; i < g->n; i++)
		free(g->up[i]);
	free(g->up);
	free(g->n_up);
	free(g->first);
	free(g->written.items);
}

static uint32_t
dag_of(const struct graph *g, uint32_t node)
{
	uint32_t dag = 0;

	while (node >= g->first[dag + 1])
		dag++;
	return dag;
}

static void
say_node(const struct graph *g, uint32_t node, struct buf *out)
{
	uint32_t dag = dag_of(g, node);
	const struct dag *d = g->set->dags[dag];

	if (node == end_of(g, dag))
		buf_text(out, d->id);
	else
		buf_format(out, "%s.%s", d->id, d->tasks[node - g->first[dag]].id);
}

static void
report_circle(struct dag_set *set, const struct graph *g, const uint32_t *cycle, size_t n)
{
	uint32_t dag = dag_of(g, cycle[0]);
	struct place at = place_of(set->dags[dag], 0, 0, "");
	struct buf text;

	assert(n);
	for (size_t i = 0; i < n; i++) {
		const struct dag *d = set->dags[dag_of(g, cycle[i])];
		uint32_t task = cycle[i] - g->first[dag_of(g, cycle[i])];

		if (task >= d->n_tasks || !d->tasks[task].child.dag)
			continue;
		dag = dag_of(g, cycle[i]);
		at = task_place(d, &d->tasks[task]);
		break;
	}
	buf_init(&text, 600);
	for (size_t i = 0; i <= n; i++) {
		buf_text(&text, i ? " -> " : "");
		say_node(g, cycle[i % n], &text);
	}
	report(set, dag, &at, E0681, NULL, "dags run each other, or wait for each other: %s",
	       text.data);
	buf_release(&text);
	for (size_t i = 0; i < n; i++)
		set->bad[dag_of(g, cycle[i])] = true;
}

bool
children_circle(struct dag_set *set)
{
	uint32_t *order, *cycle;
	const uint32_t **borrowed;
	struct graph g;
	bool any = false, sorted;
	size_t n = 0;

	for (size_t i = 0; i < set->n && !any; i++)
		for (size_t k = 0; k < set->dags[i]->n_tasks && !any; k++)
			any = set->dags[i]->tasks[k].child.dag && !set->bad[i];
	if (!any)
		return false;
	graph_init(&g, set);
	order = mem_new(g.n, sizeof(*order));
	cycle = mem_new(g.n, sizeof(*cycle));
	borrowed = mem_new(g.n, sizeof(uint32_t *));
	for (uint32_t i = 0; i < g.n; i++)
		borrowed[i] = g.up[i];
	sorted = dag_sort(g.n, borrowed, g.n_up, order, cycle, &n);
	if (!sorted)
		report_circle(set, &g, cycle, n);
	free(borrowed);
	free(cycle);
	free(order);
	graph_release(&g);
	return !sorted;
}
