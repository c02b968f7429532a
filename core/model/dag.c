/* dag.c - names, references and order of a checked definition. */
#include "core/model/dag.h"

#include "core/base/mem.h"

#include <assert.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const severities[] = {
	[SEVERITY_ERROR] = "error",
	[SEVERITY_WARN] = "warn",
	[SEVERITY_INFO] = "info",
};

const char *
severity_name(enum severity severity)
{
	assert(severity < countof(severities));
	return severities[severity];
}

bool
check_is_of(const struct check *check, const char *dataset)
{
	return !check->output || strcmp(check->output, dataset) == 0;
}

struct dag *
dag_unread(const char *id, const char *file, const char *text, const char *digest)
{
	struct arena *arena = arena_new();
	struct dag *dag = arena_get(arena, sizeof(*dag));

	*dag = (struct dag){
		.id = arena_str(arena, id),
		.file = arena_str(arena, file),
		.text = arena_str(arena, text),
		.description = "",
		.owner = "",
		.schedule_text = "",
		.grid = grid_days,
		.start_us = INT64_MIN,
		.end_us = INT64_MAX,
		.max_active_runs = 1,
		.arena = arena,
		.refs = 1,
	};
	(void)snprintf(dag->digest, sizeof(dag->digest), "%s", digest);
	return dag;
}

int64_t
input_parts(const struct input *in)
{
	return in->partitioned ? in->window.to - in->window.from + 1 : 0;
}

bool
input_is_window(const struct input *in)
{
	return in->partitioned && (in->window.from || in->window.to);
}

bool
dag_is_unread(const struct dag *dag)
{
	return dag->n_tasks == 0; /* one that is right has a task */
}

bool
task_is_teardown(const struct task *task)
{
	return task->rule == RULE_ALL_DONE_SETUP_SUCCESS;
}

int32_t
dag_outer_group(const struct dag *dag, size_t task)
{
	int32_t group = dag->tasks[task].group;

	while (group >= 0 && dag->groups[group].parent >= 0)
		group = dag->groups[group].parent;
	return group;
}

bool
task_outlives(const struct task *task)
{
	return task->on_exit || task_is_teardown(task);
}

struct dag *
dag_ref(struct dag *dag)
{
	assert(dag->refs > 0);
	dag->refs++;
	return dag;
}

void
dag_unref(struct dag *dag)
{
	if (!dag)
		return;
	assert(dag->refs > 0);
	if (--dag->refs)
		return;
	zone_unref(dag->zone);
	for (size_t i = 0; i < dag->n_zones; i++)
		zone_unref(dag->zones[i]);
	arena_free(dag->arena); /* which holds the dag itself too */
}

bool
dag_same_zones(const struct dag *a, const struct dag *b)
{
	if (!zone_equal(a->zone, b->zone) || a->n_zones != b->n_zones)
		return false;
	for (size_t i = 0; i < a->n_zones; i++)
		if (!zone_equal(a->zones[i], b->zones[i]))
			return false;
	return true;
}

/* The place of an id in by_name, or of the first behind it. */
static size_t
place_of(const struct dag *dag, const char *id)
{
	size_t low = 0, high = dag->n_tasks;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (strcmp(dag->tasks[dag->by_name[mid]].id, id) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

int
dag_task_find(const struct dag *dag, const char *id)
{
	size_t at = dag->by_name ? place_of(dag, id) : 0;

	if (dag->by_name)
		return at < dag->n_tasks && !strcmp(dag->tasks[dag->by_name[at]].id, id)
			   ? (int)dag->by_name[at]
			   : -1;
	for (size_t i = 0; i < dag->n_tasks; i++) {
		if (strcmp(dag->tasks[i].id, id) == 0)
			return (int)i;
	}
	return -1;
}

int
dag_group_find(const struct dag *dag, const char *id)
{
	for (size_t i = 0; i < dag->n_groups; i++)
		if (strcmp(dag->groups[i].id, id) == 0)
			return (int)i;
	return -1;
}

bool
dag_group_has(const struct dag *dag, int group, uint32_t task)
{
	const struct task_group *g = &dag->groups[group];

	return task - g->first < g->count;
}

int
dag_dataset_find(const struct dag *dag, const char *name)
{
	for (size_t i = 0; i < dag->n_datasets; i++) {
		if (strcmp(dag->datasets[i].name, name) == 0)
			return (int)i;
	}
	return -1;
}

bool
dag_is_scheduled(const struct dag *dag)
{
	return dag->has_fires;
}

bool
dag_is_woken(const struct dag *dag)
{
	return dag->wakes.n > 0;
}

bool
dag_woken_by(const struct dag *dag, const char *dataset)
{
	for (size_t i = 0; i < dag->wakes.n; i++)
		if (strcmp(dag->wakes.datasets[i].name, dataset) == 0)
			return true;
	return false;
}

bool
dag_is_within(const struct dag *dag, int64_t us)
{
	return us >= dag->start_us && us < dag->end_us;
}

bool
dag_writes(const struct dag *dag, const char *dataset, uint32_t *task)
{
	int at = dag_dataset_find(dag, dataset);

	if (at < 0 || dag->datasets[at].writer < 0)
		return false;
	*task = (uint32_t)dag->datasets[at].writer;
	return true;
}

const char *
content_name(bool declared)
{
	return declared ? "declared" : "opaque";
}

size_t
task_n_writes(const struct task *task)
{
	return task->output < 0 ? 0 : 1 + task->n_beside;
}

const struct dataset *
dag_written(const struct dag *dag, const struct task *task, size_t at)
{
	assert(at < task_n_writes(task));
	return &dag->datasets[at ? task->beside[at - 1] : task->output];
}

size_t
dag_outputs(const struct dag *dag, const struct task *task, struct dag_output out[DAG_OUTPUTS_MAX])
{
	size_t order[TASK_WRITES_MAX], n = task_n_writes(task), count = 0;

	assert(n <= TASK_WRITES_MAX);
	for (size_t i = 0, k; i < n; i++) {
		const char *name = dag_written(dag, task, i)->name;

		for (k = i; k && strcmp(dag_written(dag, task, order[k - 1])->name, name) > 0; k--)
			order[k] = order[k - 1];
		order[k] = i;
	}
	for (size_t i = 0; i < n; i++) {
		const struct dataset *d = dag_written(dag, task, order[i]);

		if (d->quarantine >= 0)
			out[count++] = (struct dag_output){ &dag->datasets[d->quarantine], order[i],
							    true };
		out[count++] = (struct dag_output){ d, order[i], false };
	}
	return count;
}

bool
dag_write_same(const struct dag *dag, const struct task *task, const struct dag *other_dag,
	       const struct task *other)
{
	for (size_t i = 0; i < task_n_writes(task); i++)
		for (size_t k = 0; k < task_n_writes(other); k++)
			if (!strcmp(dag_written(dag, task, i)->name,
				    dag_written(other_dag, other, k)->name))
				return true;
	return false;
}

size_t
dag_checks_of(const struct dag *dag, const struct task *task, size_t at)
{
	const char *name = dag_written(dag, task, at)->name;
	size_t n = 0;

	for (size_t i = 0; i < task->n_checks; i++)
		n += check_is_of(&task->checks[i], name);
	return n;
}

/* A heap of node indexes, the smallest on top. */
struct ready_heap {
	uint32_t *items;
	size_t count;
};

static void
push(struct ready_heap *h, uint32_t node)
{
	size_t i = h->count++;

	while (i > 0 && h->items[(i - 1) / 2] > node) {
		h->items[i] = h->items[(i - 1) / 2];
		i = (i - 1) / 2;
	}
	h->items[i] = node;
}

static uint32_t
pop(struct ready_heap *h)
{
	uint32_t top = h->items[0], last = h->items[--h->count];
	size_t i = 0, child;

	while ((child = 2 * i + 1) < h->count) {
		if (child + 1 < h->count && h->items[child + 1] < h->items[child])
			child++;
		if (h->items[child] >= last)
			break;
		h->items[i] = h->items[child];
		i = child;
	}
	h->items[i] = last;
	return top;
}

/* Who comes after whom: the downstreams of i are down[first[i]] to down[first[i + 1]]. */
struct reverse {
	size_t *first;
	uint32_t *down;
};

static void
reverse_init(struct reverse *r, size_t n, const uint32_t *const *up, const size_t *n_up)
{
	size_t *next = mem_new(n + 1, sizeof(*next));

	r->first = mem_new(n + 2, sizeof(*r->first));
	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; k < n_up[i]; k++)
			r->first[up[i][k] + 1]++;
	}
	for (size_t i = 0; i < n; i++)
		r->first[i + 1] += r->first[i];
	memcpy(next, r->first, (n + 1) * sizeof(*next));
	r->down = mem_new(r->first[n], sizeof(*r->down));
	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; k < n_up[i]; k++)
			r->down[next[up[i][k]]++] = (uint32_t)i;
	}
	free(next);
}

/*
 * Every node that is left over has an upstream that is left over, so walking
 * up from one has to come back to a node that was passed: that is the cycle.
 */
static void
find_cycle(size_t n, const uint32_t *const *up, const size_t *waits, uint32_t *cycle,
	   size_t *n_cycle)
{
	uint32_t *step = mem_new(n, sizeof(*step)); /* 1-based place in the walk, 0: not passed */
	uint32_t *walk = mem_new(n, sizeof(*walk));
	uint32_t node = 0, length = 0;
	size_t count, least = 0;

	while (waits[node] == 0)
		node++;
	while (!step[node]) {
		size_t k = 0;

		walk[length++] = node;
		step[node] = length;
		while (waits[up[node][k]] == 0)
			k++;
		node = up[node][k];
	}
	count = length - (step[node] - 1);
	for (size_t i = 1; i < count; i++) {
		if (walk[length - 1 - i] < walk[length - 1 - least])
			least = i;
	}
	for (size_t i = 0; i < count; i++)
		cycle[i] = walk[length - 1 - (least + i) % count];
	*n_cycle = count;
	free(walk);
	free(step);
}

bool
dag_sort(size_t n, const uint32_t *const *up, const size_t *n_up, uint32_t *order, uint32_t *cycle,
	 size_t *n_cycle)
{
	size_t *waits = mem_new(n, sizeof(*waits)); /* upstreams that have no place yet */
	struct ready_heap ready = { .items = mem_new(n, sizeof(uint32_t)) };
	struct reverse r;
	size_t placed = 0;

	reverse_init(&r, n, up, n_up);
	for (size_t i = 0; i < n; i++) {
		waits[i] = n_up[i];
		if (!waits[i])
			push(&ready, (uint32_t)i);
	}
	while (ready.count) {
		uint32_t node = pop(&ready);

		order[placed++] = node;
		for (size_t k = r.first[node]; k < r.first[node + 1]; k++) {
			if (--waits[r.down[k]] == 0)
				push(&ready, r.down[k]);
		}
	}
	if (placed < n)
		find_cycle(n, up, waits, cycle, n_cycle);
	free(r.down);
	free(r.first);
	free(ready.items);
	free(waits);
	return placed == n;
}

void
input_variable(const char *prefix, const char *dataset, struct buf *out)
{
	buf_text(out, prefix);
	for (; *dataset; dataset++) {
		unsigned char c = (unsigned char)*dataset;

		buf_char(out, isalnum(c) ? (char)toupper(c) : '_');
	}
}
