/*
 * circle.c - tasks of a project that would wait for themselves: by what they need, read and run,
 * and by the datasets that wake their dags.
 */
#include "core/project/circle.h"

#include "core/base/mem.h"
#include "core/project/report.h"

#include <assert.h>
#include <stdlib.h>

/*
 * All tasks of all dags as one graph: task i of dag d is number first[d] + i.  Behind its tasks
 * stand the beginning of each dag, for which they wait where datasets wake it, and its end, which
 * waits for all of them.
 */
struct graph {
	const struct dag_set *set;
	const struct declared_names *names;
	uint32_t *first; /* per dag, and one more */
	uint32_t n;
	uint32_t *edges; /* what each node waits for, one node behind the other */
	size_t n_edges, n_crossing;
	const uint32_t **up;
	size_t *n_up;
};

/* Why a node waits for another; of a circle the last that is in it is what it is told as. */
enum edge { EDGE_WITHIN, EDGE_READ, EDGE_WAKE, EDGE_CHILD, EDGES };

static uint32_t
begin_of(const struct graph *g, uint32_t dag)
{
	return g->first[dag + 1] - 2;
}

static uint32_t
end_of(const struct graph *g, uint32_t dag)
{
	return g->first[dag + 1] - 1;
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
add_edge(struct graph *g, uint32_t node, uint32_t up)
{
	g->edges[g->n_edges++] = up;
	g->n_up[node]++;
}

/* A node waits for the task that writes a dataset; by reading only for one of another dag. */
static void
add_writer(struct graph *g, uint32_t node, const char *dataset, bool other_dags_only)
{
	const struct dataset_entry *d = declared_dataset(g->names, dataset);
	bool inside = d && node >= g->first[d->dag] && node < g->first[d->dag + 1];

	if (!d || d->dataset->writer < 0 || g->set->bad[d->dag] || (inside && other_dags_only))
		return;
	add_edge(g, node, g->first[d->dag] + (uint32_t)d->dataset->writer);
	g->n_crossing++;
}

static void
add_task(struct graph *g, uint32_t dag, size_t at)
{
	const struct task *task = &g->set->dags[dag]->tasks[at];
	uint32_t node = g->first[dag] + (uint32_t)at;
	int child = task->child.dag ? declared_dag(g->names, task->child.dag) : -1;

	g->up[node] = g->edges + g->n_edges;
	for (size_t i = 0; i < task->n_upstream; i++)
		add_edge(g, node, g->first[dag] + task->upstream[i]);
	/* What its own dag writes in another run is another run's. */
	for (size_t i = 0; i < task->n_inputs; i++)
		add_writer(g, node, task->inputs[i].dataset, true);
	if (child >= 0 && !g->set->bad[child]) {
		add_edge(g, node, end_of(g, (uint32_t)child));
		g->n_crossing++;
	}
	if (g->set->dags[dag]->wakes.n)
		add_edge(g, node, begin_of(g, dag));
}

static void
add_dag(struct graph *g, uint32_t at)
{
	const struct dag *dag = g->set->dags[at];
	uint32_t begin = begin_of(g, at), end = end_of(g, at);

	if (g->set->bad[at])
		return;
	for (size_t i = 0; i < dag->n_tasks; i++)
		add_task(g, at, i);
	g->up[begin] = g->edges + g->n_edges;
	for (size_t i = 0; i < dag->wakes.n; i++)
		add_writer(g, begin, dag->wakes.datasets[i].name, false);
	g->up[end] = g->edges + g->n_edges;
	for (uint32_t node = g->first[at]; node < begin; node++)
		add_edge(g, end, node);
}

static void
graph_init(struct graph *g, const struct dag_set *set, const struct declared_names *names)
{
	size_t room = 0;

	*g = (struct graph){
		.set = set,
		.names = names,
		.first = mem_new(set->n + 1, sizeof(*g->first)),
	};
	for (uint32_t i = 0; i < set->n; i++) {
		const struct dag *dag = set->dags[i];

		g->first[i + 1] = g->first[i] + (uint32_t)dag->n_tasks + 2;
		room += dag->wakes.n;
		/* Of each task the dag that it runs, its beginning, and its end that waits. */
		for (size_t k = 0; k < dag->n_tasks; k++)
			room += dag->tasks[k].n_upstream + dag->tasks[k].n_inputs + 3;
	}
	g->n = g->first[set->n];
	g->edges = mem_new(room, sizeof(*g->edges));
	g->up = mem_new(g->n, sizeof(*g->up));
	g->n_up = mem_new(g->n, sizeof(*g->n_up));
	for (uint32_t i = 0; i < set->n; i++)
		add_dag(g, i);
	assert(g->n_edges <= room);
}

static void
graph_release(struct graph *g)
{
	free(g->first);
	free(g->edges);
	free(g->up);
	free(g->n_up);
}

static enum edge
edge_of(const struct graph *g, uint32_t up, uint32_t node)
{
	if (up == end_of(g, dag_of(g, up)))
		return EDGE_CHILD;
	if (node == begin_of(g, dag_of(g, node)))
		return EDGE_WAKE;
	return dag_of(g, up) == dag_of(g, node) ? EDGE_WITHIN : EDGE_READ;
}

/* The dags of a wait, and its tasks where it goes through some. */
static void
say_circle(const struct graph *g, const uint32_t *circle, size_t n, struct buf *out)
{
	for (size_t i = 0; i <= n; i++) {
		uint32_t node = circle[i % n], dag = dag_of(g, node);
		const struct dag *d = g->set->dags[dag];

		/* A task of the same dag comes next. */
		if (node == begin_of(g, dag))
			continue;
		buf_text(out, i ? " -> " : "");
		if (node == end_of(g, dag))
			buf_text(out, d->id);
		else
			buf_format(out, "%s.%s", d->id, d->tasks[node - g->first[dag]].id);
	}
}

/* Where it stands in the file of its dag that a node waits: the task, or what wakes it. */
static struct place
place_of_node(const struct graph *g, uint32_t node, uint32_t up)
{
	uint32_t dag = dag_of(g, node);
	const struct dag *d = g->set->dags[dag];

	if (node < begin_of(g, dag))
		return task_place(d, &d->tasks[node - g->first[dag]]);
	for (size_t i = 0; i < d->wakes.n; i++) {
		const struct wake_dataset *w = &d->wakes.datasets[i];
		const struct dataset_entry *by = declared_dataset(g->names, w->name);

		if (by && by->dataset->writer >= 0 &&
		    g->first[by->dag] + (uint32_t)by->dataset->writer == up)
			return place_of(d, w->line, w->column, w->name);
	}
	return place_of(d, 0, 0, "");
}

static void
report_circle(struct dag_set *set, const struct graph *g, const uint32_t *circle, size_t n)
{
	static const struct {
		enum code code;
		const char *text, *help;
	} told[EDGES] = {
		[EDGE_READ] = { E0320, "the dags wait for each other's datasets", NULL },
		[EDGE_WAKE] = { E0711, "the dags wake each other with their datasets",
				"take a dataset out of 'schedule: {datasets: ..}', or give that "
				"dag a cron" },
		[EDGE_CHILD] = { E0681, "dags run each other, or wait for each other", NULL },
	};
	enum edge worst = EDGE_WITHIN;
	size_t at = 0;
	struct place place;
	struct buf text;

	/* Of several of a kind that of the first file: the circle begins with its least node. */
	for (size_t i = 0; i < n; i++) {
		enum edge edge = edge_of(g, circle[i], circle[(i + 1) % n]);

		if (edge < worst || edge == EDGE_WITHIN ||
		    (edge == worst && circle[(i + 1) % n] > circle[(at + 1) % n]))
			continue;
		worst = edge;
		at = i;
	}
	assert(worst != EDGE_WITHIN);
	buf_init(&text, 600);
	say_circle(g, circle, n, &text);
	place = place_of_node(g, circle[(at + 1) % n], circle[at]);
	report(set, dag_of(g, circle[(at + 1) % n]), &place, told[worst].code, told[worst].help,
	       "%s: %s", told[worst].text, text.data);
	buf_release(&text);
	for (size_t i = 0; i < n; i++)
		set->bad[dag_of(g, circle[i])] = true;
}

bool
circle_check(struct dag_set *set, const struct declared_names *names)
{
	uint32_t *order, *circle;
	struct graph g;
	bool sorted = true;
	size_t n = 0;

	graph_init(&g, set, names);
	order = mem_new(g.n, sizeof(*order));
	circle = mem_new(g.n, sizeof(*circle));
	/* Each dag by itself is known to have none. */
	if (g.n_crossing)
		sorted = dag_sort(g.n, g.up, g.n_up, order, circle, &n);
	if (!sorted)
		report_circle(set, &g, circle, n);
	free(circle);
	free(order);
	graph_release(&g);
	return !sorted;
}
