/* project_check.c - mistakes that only show when the DAG files of a project are read together. */
#include "core/project/project_check.h"

#include "core/base/size.h"
#include "core/check/check.h"
#include "core/parts/dataset.h"
#include "core/project/children.h"
#include "core/project/circle.h"
#include "core/project/report.h"
#include "core/op/op.h"
#include "core/base/mem.h"
#include "core/parts/where.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool
is_quarantine(const struct dataset_entry *e)
{
	return e->dataset->schema.columns == schema_quarantine.columns;
}

/* A quarantine stands where its owner was declared, under a longer name. */
static struct place
dataset_place(const struct dag_set *set, const struct dataset_entry *e)
{
	return place_of(set->dags[e->dag], e->dataset->line, e->dataset->column,
			is_quarantine(e) ? "" : e->name);
}

/* What is wrong with two quarantines is wrong with their owners, and is said of those. */
static bool
are_quarantines(const struct dataset_entry *a, const struct dataset_entry *b)
{
	return is_quarantine(a) && is_quarantine(b);
}

/* The name of its pool, or the task that names none. */
static struct place
pool_place(const struct dag *dag, const struct task *task)
{
	if (!task->pool)
		return task_place(dag, task);
	return place_of(dag, task->pool_line, task->pool_column, task->pool);
}

/* Compare so that a directory stands right before everything below it. */
static int
by_path(const void *a, const void *b)
{
	const struct dataset_entry *x = a, *y = b;
	int order = path_order(x->path, y->path);

	if (!order)
		order = strcmp(x->name, y->name);
	if (order)
		return order;
	return x->dag < y->dag ? -1 : x->dag > y->dag;
}

static void
check_ids(struct dag_set *set, const struct declared_names *names)
{
	for (size_t i = 0; i < names->dags.count; i++) {
		const struct name_at *id = &names->dags.items[i];
		uint32_t first = (uint32_t)declared_dag(names, id->name);
		struct place at = place_of(set->dags[id->at], 0, 0, "");

		if (id->at != first)
			report(set, id->at, &at, E0311, NULL, "dag '%s' is defined in %s already",
			       id->name, set->dags[first]->file);
	}
}

static void
check_names(struct dag_set *set, const struct declared_names *names)
{
	for (size_t i = 1; i < names->datasets.count; i++) {
		const struct dataset_entry *e = &names->items[names->datasets.items[i].at];
		const struct dataset_entry *first = declared_dataset(names, e->name);
		struct place at = dataset_place(set, e);

		if (first != e && !are_quarantines(e, first))
			report(set, e->dag, &at, E0312,
			       "declare it once, any dag may read it by its name",
			       "dataset '%s' is declared in %s already, in line %u", e->name,
			       set->dags[first->dag]->file, first->dataset->line);
	}
}

/* Paths inside one file were compared when it was read. */
static void
check_paths(struct dag_set *set, const struct declared_names *names)
{
	size_t n = names->count;
	struct dataset_entry *sorted = mem_new(n, sizeof(*sorted));
	const struct dataset_entry *outer = NULL;

	if (n) {
		memcpy(sorted, names->items, n * sizeof(*sorted));
		qsort(sorted, n, sizeof(*sorted), by_path);
	}
	for (size_t i = 0; i < n; i++) {
		const struct dataset_entry *e = &sorted[i];
		struct place at = dataset_place(set, e);

		if (!outer || !path_is_inside(e->path, outer->path))
			outer = e;
		else if (e->dag != outer->dag && strcmp(e->name, outer->name) != 0 &&
			 !are_quarantines(e, outer))
			report(set, e->dag, &at, E0313, NULL,
			       "the path '%s' of dataset '%s' is or lies inside that of dataset "
			       "'%s' in %s",
			       e->dataset->path, e->name, outer->name, set->dags[outer->dag]->file);
	}
	free(sorted);
}

/* What to do about a name that nobody declares, perhaps in `text`; NULL: nothing is known. */
static const char *
undeclared_help(const struct dag_set *set, const struct declared_names *names, const char *name,
		char *text, size_t room)
{
	const char **words, *found = NULL;

	if (set->diags->count < DIAGS_MAX) { /* else nobody will see it */
		words = mem_new(names->count, sizeof(*words));
		for (size_t i = 0; i < names->count; i++)
			words[i] = names->items[i].name;
		found = diag_nearest(name, words, names->count);
		free(words);
	}
	if (!found)
		return set->n_unread ? "a file with mistakes may declare it; correct that one first"
				     : NULL;
	(void)snprintf(text, room, "did you mean '%s'?", found);
	return text;
}

static void
not_declared(struct dag_set *set, const struct declared_names *names, uint32_t dag,
	     const struct task *task, const char *name)
{
	char text[NAME_MAX_BYTES + 32];
	struct place at = task_place(set->dags[dag], task);
	const char *help = undeclared_help(set, names, name, text, sizeof(text));

	if (set->partial)
		diags_say(set->diags, E0310, &at, help,
			  "task '%s' reads '%s', which is not declared in the files that were "
			  "checked",
			  task->id, name);
	else
		report(set, dag, &at, E0309, help, "task '%s' reads '%s', which no dag declares",
		       task->id, name);
}

/* Is there the pool that a task wants, and is it wide enough? */
static void
check_pool(struct dag_set *set, uint32_t dag, const struct task *task)
{
	const struct slot_pool *pool = limits_pool(set->limits, task_pool(task));
	struct place at = pool_place(set->dags[dag], task);
	const char *words[POOLS_MAX], *near;
	char help[NAME_MAX_BYTES + 100];

	if (!pool) {
		for (size_t i = 0; i < set->limits->n_pools; i++)
			words[i] = set->limits->pools[i].name;
		near = diag_nearest(task->pool, words, set->limits->n_pools);
		(void)snprintf(help, sizeof(help),
			       near ? "did you mean '%s'?"
				    : "write `pools: {%s: 4}` in tidemill.yaml",
			       near ? near : task->pool);
		report(set, dag, &at, E0614, help, "task '%s' is in pool '%s', which there is not",
		       task->id, task->pool);
	} else if (task->pool_slots > pool->slots) {
		(void)snprintf(help, sizeof(help), "write `pools: {%s: %d}` in tidemill.yaml",
			       pool->name, task->pool_slots);
		report(set, dag, &at, E0642, help,
		       "task '%s' takes %d slots of pool '%s', which has %d", task->id,
		       task->pool_slots, pool->name, pool->slots);
	}
}

/*
 * Is there as much memory as a task asks for?  What tidemill.yaml says holds wherever the dag runs;
 * what this machine has says nothing of another one.
 */
static void
check_memory(struct dag_set *set, uint32_t dag, const struct task *task)
{
	const struct limits *limits = set->limits;
	struct place at = task_place(set->dags[dag], task);

	if (!task->memory_asked || !limits->memory_bytes ||
	    task->memory_bytes <= limits->memory_bytes)
		return;
	if (limits->memory_said)
		report(set, dag, &at, E0643,
		       "say less in 'memory' of the task, or more in that of tidemill.yaml",
		       "task '%s' asks for %s of memory, and all tasks together may have %s by "
		       "tidemill.yaml",
		       task->id, SIZE_TEXT(task->memory_bytes), SIZE_TEXT(limits->memory_bytes));
	else
		diags_say(set->diags, E0644, &at,
			  "say less in 'memory' of the task; how much there is where it runs, "
			  "'memory' of tidemill.yaml can say",
			  "task '%s' asks for %s of memory, and this machine has %s", task->id,
			  SIZE_TEXT(task->memory_bytes), SIZE_TEXT(limits->memory_bytes));
}

/* Could each task ever start, by what there is? */
static void
check_limits(struct dag_set *set, uint32_t at)
{
	for (size_t i = 0; set->limits && i < set->dags[at]->n_tasks; i++) {
		check_pool(set, at, &set->dags[at]->tasks[i]);
		check_memory(set, at, &set->dags[at]->tasks[i]);
	}
}

/* Does a check of a task fit the columns of a dataset of another dag? */
static void
check_check(struct dag_set *set, uint32_t dag, const struct task *task, const struct check *c,
	    const struct schema *schema)
{
	struct place at = task_place(set->dags[dag], task);
	char why[NAME_MAX_BYTES + 100];
	struct check_mistake m;
	bool good = true;
	size_t from = 0;

	for (size_t k = 0; k < c->n_columns; k++) {
		if (check_column_fits(c, k, schema, why, sizeof(why)))
			continue;
		report(set, dag, &at, E0708, NULL, "task '%s': %s", task->id, why);
		good = false;
	}
	while (good && check_mistaken(c, schema, &from, &m))
		report(set, dag, &at, E0709, m.help, "task '%s': check '%s' of column '%s': %s",
		       task->id, c->kind->name, c->columns[0], m.why);
}

/* The expressions of a check, against the columns of a dataset of another dag. */
static void
check_expressions(struct dag_set *set, uint32_t dag, const struct task *task, const struct check *c,
		  const struct schema *schema)
{
	const struct expr_columns columns = expr_columns_of_check(schema);
	struct place at = task_place(set->dags[dag], task);
	struct check_condition all[CONDITIONS_MAX];
	size_t n = check_conditions(c, all);

	for (size_t i = 0; i < n; i++) {
		struct expr_mistake bad = { 0 };
		struct where_read read;
		struct err err;

		if (!where_read(&read, all[i].text, &columns, set->dags[dag]->zone, &bad, &err))
			where_release(&read);
		else
			report(set, dag, &at, where_code(&bad), bad.help[0] ? bad.help : NULL,
			       "task '%s': check '%s': '%s': %s", task->id, c->kind->name,
			       all[i].key, err.msg);
	}
}

/* As checks_reads_fit(), for all that the checks of a task are about. */
static bool
reads_fit(const struct dag *dag, const struct task *task, const struct dataset *d, char *why,
	  size_t room)
{
	size_t n = task_n_writes(task);
	int read = !n && task->n_inputs ? dag_dataset_find(dag, task->inputs[0].dataset) : -1;

	for (size_t i = 0; i < n; i++)
		if (!checks_reads_fit(task, d->name, &d->schema, dag_written(dag, task, i), why,
				      room))
			return false;
	return n || checks_reads_fit(task, d->name, &d->schema,
				     read < 0 ? NULL : &dag->datasets[read], why, room);
}

/* `where` of a task against the columns of a dataset of another dag. */
static void
check_where(struct dag_set *set, uint32_t at, const struct task *task, const struct dataset *d)
{
	const struct dag *dag = set->dags[at];
	const struct source source = { .name = dag->file,
				       .text = dag->text,
				       .bytes = strlen(dag->text) };
	const struct ynode value = { .kind = YNODE_SCALAR,
				     .text = task->where->text,
				     .bytes = strlen(task->where->text),
				     .line = task->where->line,
				     .column = task->where->column,
				     .width = task->where->width };
	size_t errors = set->diags->errors;

	where_check_input(set->diags, &source, &value, dag, task->op, d);
	set->bad[at] |= set->diags->errors > errors;
}

/*
 * Has the copy of a dataset of another dag the same columns?  Here it was taken for one that ingest
 * writes, whose own columns come last.
 */
static void
check_copy(struct dag_set *set, uint32_t dag, const struct task *task, const struct dataset *d)
{
	const struct dataset *copy = &set->dags[dag]->datasets[task->output];
	const struct schema bare = { copy->schema.columns,
				     copy->schema.count - schema_ingest_extra.count };
	struct place at = task_place(set->dags[dag], task);

	if (schema_equal(&d->schema, &copy->schema))
		return;
	if (schema_equal(&d->schema, &bare))
		report(set, dag, &at, E0409, "move the task into the file that declares the input",
		       "'%s' is not written by ingest: only a task of its own file can make a "
		       "deduplicated copy of it",
		       d->name);
	else
		report(set, dag, &at, E0409, NULL,
		       "dataset '%s' has to declare the columns of '%s', which it is a "
		       "deduplicated copy of",
		       copy->name, d->name);
}

/* Does a dataset of another dag do as input `i` of a task? */
static void
check_fit(struct dag_set *set, uint32_t dag, const struct task *task, size_t i,
	  const struct dataset *d)
{
	struct place at = task_place(set->dags[dag], task);
	const struct input *in = &task->inputs[i];
	char why[2 * NAME_MAX_BYTES + 100];

	if (!in->partitioned && d->partitioned)
		report(set, dag, &at, E0415, NULL,
		       "the dimension '%s' of task '%s' cannot be partitioned", d->name, task->id);
	if (input_is_window(in) && !d->partitioned)
		report(set, dag, &at, E0414, NULL,
		       "task '%s' reads a window of '%s', which is not partitioned", task->id,
		       d->name);
	if (!reads_fit(set->dags[dag], task, d, why, sizeof(why)))
		report(set, dag, &at, E0430, NULL,
		       "dataset '%s' %s, which a check of task '%s' needs", d->name, why, task->id);
	if (in->for_checks)
		return;
	if (where_is_about(task, i))
		check_where(set, dag, task, d);
	if (task->op->one_day && !d->partitioned)
		report(set, dag, &at, E0414, NULL, "task '%s' %s '%s', which is not partitioned",
		       task->id, task->op->one_day, d->name);
	if (!op_input_fits(task, i, &d->schema, why, sizeof(why)))
		report(set, dag, &at, E0419, NULL, "dataset '%s' %s, which task '%s' needs",
		       d->name, why, task->id);
	else if (task->op->copies_input)
		check_copy(set, dag, task, d);
	for (size_t c = 0; task->op->checks_input && c < task->n_checks; c++) {
		check_check(set, dag, task, &task->checks[c], &d->schema);
		check_expressions(set, dag, task, &task->checks[c], &d->schema);
	}
}

static void
check_inputs(struct dag_set *set, const struct declared_names *names, uint32_t at)
{
	const struct dag *dag = set->dags[at];

	for (size_t i = 0; i < dag->n_tasks; i++) {
		for (size_t k = 0; k < dag->tasks[i].n_inputs; k++) {
			const char *name = dag->tasks[i].inputs[k].dataset;
			const struct dataset_entry *e;

			if (dag_dataset_find(dag, name) >= 0)
				continue;
			e = declared_dataset(names, name);
			if (e)
				check_fit(set, at, &dag->tasks[i], k, e->dataset);
			else
				not_declared(set, names, at, &dag->tasks[i], name);
		}
	}
}

/* ---- datasets that wake a dag ---- */

/* The dataset that a dag waits for is declared nowhere that was read. */
static void
wake_not_declared(struct dag_set *set, const struct declared_names *names, uint32_t dag,
		  const struct wake_dataset *d)
{
	struct place at = place_of(set->dags[dag], d->line, d->column, d->name);
	char text[NAME_MAX_BYTES + 32];
	const char *help = undeclared_help(set, names, d->name, text, sizeof(text));

	if (set->partial)
		diags_say(set->diags, E0714, &at, help,
			  "dag '%s' waits for '%s', which is not declared in the files that were "
			  "checked",
			  set->dags[dag]->id, d->name);
	else
		report(set, dag, &at, E0712, help, "dag '%s' waits for '%s', which no dag declares",
		       set->dags[dag]->id, d->name);
}

static void
check_wakes(struct dag_set *set, const struct declared_names *names, uint32_t at)
{
	const struct dag *dag = set->dags[at];

	for (size_t i = 0; i < dag->wakes.n; i++) {
		const struct wake_dataset *d = &dag->wakes.datasets[i];
		const struct dataset_entry *e = declared_dataset(names, d->name);
		struct place place = place_of(dag, d->line, d->column, d->name);

		if (!e)
			wake_not_declared(set, names, at, d);
		else if (e->dataset->writer < 0)
			report(set, at, &place, E0713,
			       "for files that come from outside there is the operator 'sensor'",
			       "dag '%s' waits for '%s', which no task writes", dag->id, d->name);
	}
}

/* Is it woken by what a dag with mistakes declares? */
static bool
spread_wake(struct dag_set *set, const struct declared_names *names, uint32_t at)
{
	const struct dag *dag = set->dags[at];

	for (size_t i = 0; i < dag->wakes.n; i++) {
		const struct wake_dataset *d = &dag->wakes.datasets[i];
		const struct dataset_entry *e = declared_dataset(names, d->name);
		struct place place = place_of(dag, d->line, d->column, d->name);

		if (!e || !set->bad[e->dag])
			continue;
		report(set, at, &place, E0319, NULL,
		       "dag '%s' waits for '%s' of dag '%s', which has mistakes", dag->id, d->name,
		       set->dags[e->dag]->id);
		return true;
	}
	return false;
}

/* A dag that reads what a dag with mistakes declares cannot run either. */
static bool
spread_one(struct dag_set *set, const struct declared_names *names, uint32_t at)
{
	const struct dag *dag = set->dags[at];

	for (size_t i = 0; i < dag->n_tasks; i++) {
		for (size_t k = 0; k < dag->tasks[i].n_inputs; k++) {
			const char *name = dag->tasks[i].inputs[k].dataset;
			const struct dataset_entry *e = declared_dataset(names, name);
			struct place place = task_place(dag, &dag->tasks[i]);

			if (!e || !set->bad[e->dag] || dag_dataset_find(dag, name) >= 0)
				continue;
			report(set, at, &place, E0319, NULL,
			       "task '%s' reads '%s' of dag '%s', which has mistakes",
			       dag->tasks[i].id, name, set->dags[e->dag]->id);
			return true;
		}
	}
	return false;
}

static void
spread(struct dag_set *set, const struct declared_names *names)
{
	bool again = true;

	while (again) {
		again = false;
		for (uint32_t i = 0; i < set->n; i++)
			again = (!set->bad[i] &&
				 (spread_one(set, names, i) || children_spread(set, names, i) ||
				  spread_wake(set, names, i))) ||
				again;
	}
}

/* An input of another dag that turns out to be one unpartitioned file is read as that. */
static void
resolve_files(struct dag *dag, const struct declared_names *names)
{
	struct task *tasks = NULL;

	for (size_t i = 0; i < dag->n_tasks; i++) {
		struct input *inputs = NULL;

		for (size_t k = 0; k < dag->tasks[i].n_inputs; k++) {
			const struct dataset_entry *e = declared_dataset(
			    names, dag->tasks[i].inputs[k].dataset);

			if (!e || e->dataset->partitioned || !dag->tasks[i].inputs[k].partitioned)
				continue;
			if (!inputs) {
				inputs = arena_get(dag->arena,
						   dag->tasks[i].n_inputs * sizeof(*inputs));
				memcpy(inputs, dag->tasks[i].inputs,
				       dag->tasks[i].n_inputs * sizeof(*inputs));
			}
			inputs[k].partitioned = false;
		}
		if (!inputs)
			continue;
		if (!tasks) {
			tasks = arena_get(dag->arena, dag->n_tasks * sizeof(*tasks));
			memcpy(tasks, dag->tasks, dag->n_tasks * sizeof(*tasks));
		}
		tasks[i].inputs = inputs;
	}
	if (tasks)
		dag->tasks = tasks;
}

void
dag_set_check(struct dag_set *set)
{
	struct declared_names names;

	declared_init(&names, set);
	check_ids(set, &names);
	check_names(set, &names);
	check_paths(set, &names);
	for (uint32_t i = 0; i < set->n; i++) {
		check_inputs(set, &names, i);
		check_wakes(set, &names, i);
		check_limits(set, i);
		children_check(set, &names, i);
	}
	spread(set, &names);
	while (circle_check(set, &names))
		spread(set, &names);
	for (size_t i = 0; i < set->n; i++) {
		if (!set->bad[i])
			resolve_files(set->dags[i], &names);
	}
	declared_release(&names);
}
