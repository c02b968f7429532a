/* link.c - resolves the names in a DAG file and checks what its parts say of each other. */
#include "core/dagfile/link.h"

#include "core/check/check.h"
#include "core/parts/dataset.h"
#include "core/parts/edge.h"
#include "core/dagfile/expand.h"
#include "core/dagfile/group.h"
#include "core/dagfile/setup.h"
#include "core/dagfile/slice.h"
#include "core/dagfile/when.h"
#include "core/op/op.h"
#include "core/text/nearest.h"
#include "core/parts/where.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char quarantine_suffix[] = "_quarantine";

static void
index_datasets(struct dagfile *f)
{
	struct name_index *names = &f->dataset_names;

	names->count = f->n_datasets;
	names->items = arena_get(f->y.scratch, f->n_datasets * sizeof(*names->items));
	for (size_t i = 0; i < f->n_datasets; i++)
		names->items[i] = (struct name_at){ f->datasets[i].d.name, (uint32_t)i };
	names_sort(names);
}

static void
index_tasks(struct dagfile *f)
{
	struct name_index *names = &f->task_names;

	names->count = f->n_tasks;
	names->items = arena_get(f->y.scratch, f->n_tasks * sizeof(*names->items));
	for (size_t i = 0; i < f->n_tasks; i++)
		names->items[i] = (struct name_at){ f->tasks[i].task.id, (uint32_t)i };
	names_sort(names);
}

/* The nearest of the names in an index, as a help text. */
static const char *
nearest(struct dagfile *f, const struct name_index *names, const char *word)
{
	const char **words, *help;

	if (f->y.diags->count >= DIAGS_MAX)
		return NULL; /* nobody will see it */
	words = mem_new(names->count, sizeof(*words));
	for (size_t i = 0; i < names->count; i++)
		words[i] = names->items[i].name;
	help = ykeys_nearest(&f->y, word, words, names->count);
	free(words);
	return help;
}

/* What may have been meant by a name under `needs` that is none. */
static const char *
needs_help(struct dagfile *f, const char *word)
{
	return strpbrk(word, " ,") ? "several are a list: needs: [a, b]"
				   : nearest(f, &f->task_names, word);
}

/* How a dag comes to partitions. */
static const char *
partition_help(const struct dag *dag)
{
	return dag->has_fires
		   ? "say which, as in 'schedule: {cron: ..., partition: day}': this cron "
		     "implies none"
		   : "add 'schedule: {partition: day}' for a dag that is started by hand";
}

/* A written dataset is on the grid of its dag; it may say so, and nothing else. */
static void
take_grid(struct dagfile *f, const struct draft_task *t, struct draft_dataset *d)
{
	if (d->grid_at && f->dag->partitioned && !grid_is(d->d.grid, f->dag->grid))
		ykeys_say(&f->y, d->grid_at, E0425, "leave it out: it is that of the writer's dag",
			  "dataset '%s' is on the grid of task '%s', which writes it: %s in %s",
			  d->d.name, t->task.id, grid_unit_name(f->dag->grid.unit),
			  grid_zone_name(f->dag->grid));
	d->d.grid = f->dag->grid;
}

/* The dataset `name` of a task is one of its outputs; -1 was reported. */
static int32_t
link_output(struct dagfile *f, size_t at, const struct ynode *name)
{
	struct draft_task *t = &f->tasks[at];
	int found = names_find(&f->dataset_names, name->text);
	struct draft_dataset *d;

	if (found < 0) {
		ykeys_say(&f->y, name, E0301, nearest(f, &f->dataset_names, name->text),
			  "task '%s' writes '%s', which is not declared under 'datasets' of this "
			  "file",
			  t->task.id, name->text);
		return -1;
	}
	d = &f->datasets[found];
	if (d->d.writer >= 0) {
		ykeys_say(&f->y, name, E0302, NULL,
			  "dataset '%s' is written by task '%s' already, in line %u", d->d.name,
			  f->tasks[d->d.writer].task.id, f->tasks[d->d.writer].key->line);
		d->unsure = true;
		return -1;
	}
	d->d.writer = (int32_t)at;
	take_grid(f, t, d);
	if (!d->d.partitioned)
		ykeys_say(&f->y, name, E0412, NULL,
			  "task '%s' writes '%s', which is not partitioned; an output has to be",
			  t->task.id, d->d.name);
	else if (!f->dag->partitioned)
		ykeys_say(&f->y, name, E0413, partition_help(f->dag),
			  "task '%s' writes a partition, but the dag has no schedule that says "
			  "which",
			  t->task.id);
	else if (f->dag->cancel_running)
		ykeys_say(&f->y, name, E0517, "leave 'overlap' out: runs queue",
			  "task '%s' writes a partition, which a run that is cancelled for the "
			  "next one, 'overlap: cancel_running', would leave out",
			  t->task.id);
	return found;
}

static void
link_written(struct dagfile *f, size_t at)
{
	struct draft_task *t = &f->tasks[at];
	int32_t *beside = arena_get(f->y.arena, t->n_writes * sizeof(*beside));

	for (size_t i = 0; i < t->n_writes; i++) {
		int32_t found = link_output(f, at, t->writes[i]);

		if (found >= 0 && t->task.output < 0)
			t->task.output = found;
		else if (found >= 0)
			beside[t->task.n_beside++] = found;
	}
	t->task.beside = beside;
	if (t->task.op && (t->n_writes || !t->output))
		checks_report_outputs(&f->y, t);
}

static void
mark_dataset(struct dagfile *f, const struct ynode *name)
{
	int found = name->kind == YNODE_SCALAR ? names_find(&f->dataset_names, name->text) : -1;

	if (found >= 0)
		f->datasets[found].unsure = true;
}

/* An operator that is not known may write anything: its outputs are nobody's mistake. */
static void
mark_unsure(struct dagfile *f)
{
	for (size_t i = 0; i < f->n_tasks; i++) {
		const struct ynode *map = f->tasks[i].key->value, *output;

		if (f->tasks[i].task.op || map->kind != YNODE_MAP)
			continue;
		output = ynode_get(map, "output");
		if (output && output->kind == YNODE_LIST)
			output = output->first;
		for (; output; output = output->next)
			mark_dataset(f, output);
	}
}

static bool
has_quarantine(const struct task *t, const char *dataset)
{
	if (t->op->sets_aside)
		return true;
	for (size_t i = 0; i < t->n_checks; i++) {
		if (t->checks[i].quarantine && check_is_of(&t->checks[i], dataset))
			return true;
	}
	return false;
}

static const char *
with_suffix(struct dagfile *f, const char *text)
{
	size_t n = strlen(text);
	char *out = arena_get(f->y.arena, n + sizeof(quarantine_suffix));

	memcpy(out, text, n);
	memcpy(out + n, quarantine_suffix, sizeof(quarantine_suffix));
	return out;
}

/* What was set aside is looked at by people: a format that `less` shows. */
static enum format
quarantine_format(enum format owner)
{
	return owner == FORMAT_PARQUET ? FORMAT_JSONL : owner;
}

/* Rows that were set aside hold what their owner's do. */
static struct column_names
quarantine_personal(const struct dataset *owner)
{
	static const char *const texts[] = { "detail", "raw" };

	return owner->personal.count ? (struct column_names){ texts, countof(texts) }
				     : (struct column_names){ 0 };
}

/* The sibling dataset for the rows that were set aside. */
static void
add_quarantine(struct dagfile *f, size_t owner)
{
	struct draft_dataset *d = &f->datasets[owner];
	const char *name = with_suffix(f, d->d.name);
	int taken = names_find(&f->dataset_names, name);

	if (taken >= 0) {
		ykeys_say(&f->y, f->datasets[taken].key, E0314, NULL,
			  "'%s' is the name of the quarantine of dataset '%s'", name, d->d.name);
		return;
	}
	if (strlen(name) > NAME_MAX_BYTES) {
		ykeys_say(&f->y, d->key, E0315, NULL,
			  "the name of this dataset is too long for its quarantine, '%s'", name);
		return;
	}
	f->datasets[f->n_datasets] = (struct draft_dataset){
		.d = { .name = name,
		       .personal = quarantine_personal(&d->d),
		       .path = with_suffix(f, d->d.path),
		       .format = quarantine_format(d->d.format),
		       .plain = d->d.plain,
		       .partitioned = true,
		       .grid = d->d.grid,
		       .schema = schema_quarantine,
		       .writer = d->d.writer,
		       .quarantine = -1,
		       .line = d->d.line,
		       .column = d->d.column },
		.key = d->key,
		.complete = true,
	};
	d->d.quarantine = (int32_t)f->n_datasets++;
}

/* Columns of a task's output that tell what one of its input says, into tell[]. */
static size_t
find_told(const struct draft_task *t, const char *column, const char *tell[TOLD_MAX])
{
	if (!t->task.op->copies_input)
		return t->task.op->tells(t->params, column, tell);
	tell[0] = column;
	return 1;
}

/* What tells of people in the input does so in the output, said again or not. */
static void
inherit_personal(struct dagfile *f, const struct draft_task *t)
{
	int from = t->input_name ? names_find(&f->dataset_names, t->input_name) : -1;
	const struct column_names *theirs;
	const char **all, *tell[TOLD_MAX];
	struct column_names *ours;
	size_t n = 0;

	if (from < 0 || t->task.output < 0 || !t->task.op ||
	    !(t->task.op->copies_input || t->task.op->tells))
		return;
	theirs = &f->datasets[from].d.personal;
	ours = &f->datasets[t->task.output].d.personal;
	all = arena_get(f->y.arena, (ours->count + theirs->count * TOLD_MAX + 1) * sizeof(*all));
	for (; n < ours->count; n++)
		all[n] = ours->names[n];
	for (size_t i = 0; i < theirs->count; i++) {
		for (size_t k = find_told(t, theirs->names[i], tell); k-- > 0;)
			if (!column_is_named(ours, tell[k]))
				all[n++] = tell[k];
	}
	*ours = (struct column_names){ all, n };
}

static void
link_outputs(struct dagfile *f)
{
	size_t declared = f->n_datasets;

	for (size_t i = 0; i < f->n_tasks; i++)
		link_written(f, i);
	mark_unsure(f);
	for (size_t i = 0; i < f->n_tasks; i++)
		inherit_personal(f, &f->tasks[i]);
	for (size_t i = 0; i < declared; i++) {
		int32_t writer = f->datasets[i].d.writer;

		if (writer >= 0 && has_quarantine(&f->tasks[writer].task, f->datasets[i].d.name))
			add_quarantine(f, i);
	}
	if (f->n_datasets > declared)
		index_datasets(f);
}

/* Which parts of a dataset that is declared here are meant. */
static void
check_reach(struct dagfile *f, const struct draft_task *t, struct draft_input *in,
	    const struct draft_dataset *d)
{
	if (!d->d.partitioned && in->reads.window)
		ykeys_say(&f->y, in->at, E0414, NULL,
			  "task '%s' reads a window of '%s', which is not partitioned", t->task.id,
			  d->d.name);
	else if (d->d.partitioned && !in->in.partitioned)
		ykeys_say(&f->y, in->at, E0415, "declare it with 'partitioned: false'",
			  "the dimension '%s' of task '%s' cannot be partitioned", d->d.name,
			  t->task.id);
	else if (!d->d.partitioned && t->task.op->one_day && !in->in.for_checks)
		ykeys_say(&f->y, in->at, E0414, NULL, "task '%s' %s '%s', which is not partitioned",
			  t->task.id, t->task.op->one_day, d->d.name);
	else if (!d->d.partitioned)
		in->in.partitioned = false;
}

/* Does a task only wait, and for parts that runs before or after its own make? */
static bool
waits_for_others(const struct draft_task *t, const struct draft_input *in)
{
	const struct input_window *w = &in->in.window;

	return t->task.wait.told && in->in.partitioned && w->unit == REACH_PARTS &&
	       (w->from > 0 || w->to < 0);
}

/* Inputs of one task: what this dag writes implies an edge from its writer. */
static void
link_inputs(struct dagfile *f, size_t at, uint32_t *edges, size_t *n_edges)
{
	struct draft_task *t = &f->tasks[at];

	for (size_t i = 0; i < t->n_inputs; i++) {
		struct draft_input *in = &t->inputs[i];
		int found = names_find(&f->dataset_names, in->in.dataset);
		int32_t writer = found < 0 ? -1 : f->datasets[found].d.writer;

		if (found >= 0)
			check_reach(f, t, in, &f->datasets[found]);
		if (in->in.partitioned)
			window_settle(&f->y, &in->reads, f->dag->grid, in->window_days, &in->in);
		if (in->in.partitioned && !f->dag->partitioned)
			ykeys_say(&f->y, in->at, E0413, partition_help(f->dag),
				  "task '%s' reads a partition, but the dag has no schedule that "
				  "says which",
				  t->task.id);
		if (writer == (int32_t)at) {
			ykeys_say(&f->y, in->at, E0308, NULL,
				  "task '%s' reads what it writes itself", t->task.id);
			t->unsure = true;
		} else if (writer >= 0 && !waits_for_others(t, in) && edges_take(f, in->at)) {
			edges[(*n_edges)++] = (uint32_t)writer;
		}
	}
}

static void
link_need(struct dagfile *f, size_t at, const struct ynode *item, uint32_t *edges, size_t *n_edges)
{
	struct draft_task *t = &f->tasks[at];
	struct draft_node found;

	if (item->broken)
		return;
	if (item->kind != YNODE_SCALAR || ynode_is_null(item)) {
		ykeys_say(&f->y, item, E0307, NULL,
			  "each item of 'needs' has to be the name of a task");
		return;
	}
	found = groups_resolve(f, t->group, item->text);
	if (found.group >= 0)
		groups_need(f, at, (uint32_t)found.group, item);
	else if (found.task < 0)
		ykeys_say(&f->y, item, E0303, needs_help(f, item->text),
			  "task '%s' needs '%s', which is not a task of this dag", t->task.id,
			  item->text);
	else if ((size_t)found.task == at)
		ykeys_say(&f->y, item, E0304, NULL, "task '%s' needs itself", t->task.id);
	else if (edges_take(f, item))
		edges[(*n_edges)++] = (uint32_t)found.task;
}

static int
by_number(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

/* The upstreams of one task, sorted, without doubles. */
static void
link_task(struct dagfile *f, size_t at)
{
	struct draft_task *t = &f->tasks[at];
	const struct ynode *needs = t->needs ? t->needs->value : NULL;
	const struct ynode *item = needs && needs->kind == YNODE_LIST ? needs->first : needs;
	size_t room = t->n_inputs + (needs && needs->kind == YNODE_LIST ? needs->count : 1);
	uint32_t *edges = arena_get(f->y.scratch, room * sizeof(*edges));
	size_t n = 0, kept = 0;

	link_inputs(f, at, edges, &n);
	for (; item; item = needs->kind == YNODE_LIST ? item->next : NULL)
		link_need(f, at, item, edges, &n);
	if (n)
		qsort(edges, n, sizeof(*edges), by_number);
	for (size_t i = 0; i < n; i++) {
		if (i == 0 || edges[i] != edges[i - 1])
			edges[kept++] = edges[i];
	}
	t->edges = edges;
	t->n_edges = kept;
}

static void
report_cycle(struct dagfile *f, const uint32_t *cycle, size_t n)
{
	struct buf text;

	buf_init(&text, 600);
	for (size_t i = 0; i <= n; i++) {
		size_t before = text.bytes;

		buf_format(&text, "%s%s", i ? " -> " : "", f->tasks[cycle[i % n]].task.id);
		if (text.full) {
			text.bytes = before;
			break;
		}
	}
	ykeys_say(&f->y, f->tasks[cycle[0]].key, E0305, NULL, "the tasks wait for each other: %s%s",
		  text.data, text.full ? " -> ..." : "");
	buf_release(&text);
}

/* A topological order in the dag's arena, or NULL: a cycle was reported. */
static uint32_t *
sort_tasks(struct dagfile *f)
{
	size_t n = f->n_tasks, n_cycle = 0;
	const uint32_t **up = mem_new(n, sizeof(*up));
	size_t *n_up = mem_new(n, sizeof(*n_up));
	uint32_t *order = arena_get(f->y.arena, n * sizeof(*order));
	uint32_t *cycle = mem_new(n, sizeof(*cycle));
	bool sorted;

	for (size_t i = 0; i < n; i++) {
		up[i] = f->tasks[i].edges;
		n_up[i] = f->tasks[i].n_edges;
	}
	sorted = dag_sort(n, up, n_up, order, cycle, &n_cycle);
	if (!sorted)
		report_cycle(f, cycle, n_cycle);
	free(cycle);
	free(n_up);
	free(up);
	return sorted ? order : NULL;
}

static void
check_input_columns(struct dagfile *f, const struct draft_task *t)
{
	char why[NAME_MAX_BYTES + 100];

	for (size_t i = 0; i < t->n_inputs; i++) {
		const struct draft_input *in = &t->inputs[i];
		int found = names_find(&f->dataset_names, in->in.dataset);
		const struct draft_dataset *d = found < 0 ? NULL : &f->datasets[found];

		if (!d || d->unsure || !d->d.schema.count || in->in.for_checks)
			continue;
		if (!op_input_fits(&t->task, i, &d->d.schema, why, sizeof(why)))
			dataset_report_columns(f, t, in->at, &d->d, why);
		else if (t->task.op->checks_input)
			where_check_checks(&f->y, f->dag, t, &d->d);
		if (where_is_about(&t->task, i))
			where_check_input(f->y.diags, &f->y.source, t->where, f->dag, t->task.op,
					  &d->d);
	}
}

/* What checks of a task look at besides, in datasets of this file; `own`: what they are about. */
static void
check_reads_of(struct dagfile *f, const struct draft_task *t, int own)
{
	const struct dataset *checked = own < 0 ? NULL : &f->datasets[own].d;
	char why[2 * NAME_MAX_BYTES + 100];

	for (size_t i = 0; i < t->n_inputs && t->task.n_checks; i++) {
		const struct draft_input *in = &t->inputs[i];
		int found = names_find(&f->dataset_names, in->in.dataset);
		const struct draft_dataset *d = found < 0 ? NULL : &f->datasets[found];

		if (d && !d->unsure && d->d.schema.count &&
		    !checks_reads_fit(&t->task, d->d.name, &d->d.schema, checked, why, sizeof(why)))
			ykeys_say(&f->y, in->at, E0430, NULL,
				  "dataset '%s' %s, which a check of task '%s' needs", d->d.name,
				  why, t->task.id);
	}
}

/* Nulls are looked for where rows are written. */
static void
warn_nullable(struct dagfile *f, const struct draft_dataset *d)
{
	const struct ynode *columns = ynode_get(d->key->value, "columns");

	for (size_t i = 0; i < d->d.notes.count && !f->is_slice; i++) {
		const struct column_note *note = &d->d.notes.items[i];
		const struct ynode *column = ynode_get(columns, note->column);

		if (note->required)
			ykeys_say(&f->y, ynode_get(column, "nullable"), E0220,
				  "leave it out, or check it where it is read: operator 'quality' "
				  "with not_null",
				  "'nullable' has no effect: no task of this file writes '%s'",
				  d->d.name);
	}
}

/* A dataset that no task of this file writes has the columns that it declares. */
static void
complete_unwritten(struct dagfile *f)
{
	bool is_lost = dataset_output_is_lost(f);

	for (size_t i = 0; i < f->n_datasets; i++) {
		struct draft_dataset *d = &f->datasets[i];

		if (d->d.writer >= 0 || d->complete)
			continue;
		d->complete = true;
		warn_nullable(f, d);
		if (d->d.plain && d->d.format == FORMAT_PARQUET)
			ykeys_say(&f->y, d->key, E0695, "leave it out",
				  "'encoding' has no effect: no task of this file writes '%s'",
				  d->d.name);
		if (!d->unsure && !d->d.schema.count && !is_lost)
			ykeys_say(&f->y, d->key, E0411, NULL,
				  "dataset '%s' needs 'columns' or 'schema'", d->d.name);
	}
}

/* Where in `datasets` the kth that a task writes stands. */
static int32_t
written_index(const struct task *task, size_t k)
{
	return k ? task->beside[k - 1] : task->output;
}

static void
add_required(struct dagfile *f, struct draft_task *t, int32_t dataset)
{
	if (!f->datasets[dataset].unsure)
		checks_add_required(&f->y, t, &f->datasets[dataset].d);
}

static void
check_reads_of_checks(struct dagfile *f, const struct draft_task *t)
{
	size_t n = task_n_writes(&t->task);

	for (size_t k = 0; k < n; k++)
		check_reads_of(f, t, written_index(&t->task, k));
	if (!n && t->n_inputs)
		check_reads_of(f, t, names_find(&f->dataset_names, t->inputs[0].in.dataset));
}

static void
link_written_columns(struct dagfile *f, struct draft_task *t, int32_t dataset)
{
	const struct draft_dataset *out = &f->datasets[dataset];

	dataset_complete(f, t, dataset);
	if (out->unsure)
		return;
	if (t->task.op->check_output)
		t->task.op->check_output(&f->y, t, &out->d.schema);
	where_check_checks(&f->y, f->dag, t, &out->d);
}

/* In topological order, so that what a task reads is complete before what it writes. */
static void
link_columns(struct dagfile *f, const uint32_t *order)
{
	complete_unwritten(f);
	for (size_t i = 0; i < f->n_tasks; i++) {
		struct draft_task *t = &f->tasks[order[i]];

		if (!t->task.op)
			continue;
		if (t->where)
			where_check_files(f->y.diags, &f->y.source, t->where, f->dag, &t->task);
		check_input_columns(f, t);
		for (size_t k = 0; k < task_n_writes(&t->task); k++)
			link_written_columns(f, t, written_index(&t->task, k));
		check_reads_of_checks(f, t);
		for (size_t k = 0; k < task_n_writes(&t->task); k++)
			add_required(f, t, written_index(&t->task, k));
	}
}

static int
by_path(const void *a, const void *b)
{
	return path_order((*(const struct draft_dataset *const *)a)->d.path,
			  (*(const struct draft_dataset *const *)b)->d.path);
}

static void
check_paths(struct dagfile *f)
{
	size_t n = f->n_datasets;
	const struct draft_dataset **sorted = mem_new(n, sizeof(struct draft_dataset *));
	const struct draft_dataset *outer = NULL;

	for (size_t i = 0; i < n; i++)
		sorted[i] = &f->datasets[i];
	if (n)
		qsort(sorted, n, sizeof(struct draft_dataset *), by_path);
	for (size_t i = 0; i < n; i++) {
		const struct draft_dataset *d = sorted[i];

		if (outer && *d->d.path && *outer->d.path &&
		    path_is_inside(d->d.path, outer->d.path))
			ykeys_say(&f->y, d->key, E0313, NULL,
				  "the path '%s' of dataset '%s' is or lies inside that of "
				  "dataset '%s'",
				  d->d.path, d->d.name, outer->d.name);
		else
			outer = d;
	}
	free(sorted);
}

/* Is there a run before, for those that depend on one? */
static void
check_past(struct dagfile *f)
{
	for (size_t i = 0; i < f->n_tasks; i++) {
		struct task *t = &f->tasks[i].task;

		t->depends_on_past = t->depends_on_past || t->wait_for_downstream;
		f->dag->depends_on_past = f->dag->depends_on_past || t->depends_on_past;
		if (!t->depends_on_past || f->dag->partitioned || f->dag->has_fires ||
		    f->y.diags->errors > f->errors_before)
			continue;
		ykeys_say(&f->y, f->tasks[i].key, E0650,
			  "give the dag a schedule, or leave depends_on_past out",
			  "task '%s' depends on the run of the interval before, and dag '%s' has "
			  "no intervals",
			  t->id, f->dag->id);
		return;
	}
}

/* Nobody waits for what only its own runs write. */
static void
check_wakes(struct dagfile *f)
{
	const struct wake_rule *rule = &f->dag->wakes;

	for (size_t i = 0; i < rule->n; i++) {
		const struct wake_dataset *d = &rule->datasets[i];
		const struct ynode at = { .line = d->line,
					  .column = d->column,
					  .width = (uint32_t)strlen(d->name) };

		for (size_t k = 0; k < f->n_datasets; k++)
			if (!strcmp(f->datasets[k].d.name, d->name) && f->datasets[k].d.writer >= 0)
				ykeys_say(&f->y, &at, E0710, NULL,
					  "dataset '%s' wakes dag '%s', which writes it itself",
					  d->name, f->dag->id);
	}
}

/* Who comes after whom, from the finished upstreams. */
static void
fill_downstream(struct dagfile *f, struct task *tasks)
{
	size_t n = f->n_tasks;
	uint32_t **down = mem_new(n, sizeof(*down));

	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; k < tasks[i].n_upstream; k++)
			tasks[tasks[i].upstream[k]].n_downstream++;
	}
	for (size_t i = 0; i < n; i++) {
		down[i] = arena_get(f->y.arena, tasks[i].n_downstream * sizeof(**down));
		tasks[i].downstream = down[i];
	}
	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; k < tasks[i].n_upstream; k++)
			*down[tasks[i].upstream[k]]++ = (uint32_t)i;
	}
	free(down);
}

static void
fill_task(struct dagfile *f, const struct draft_task *t, struct task *out)
{
	uint32_t *up = arena_get(f->y.arena, t->n_edges * sizeof(*up));
	struct input *inputs = arena_get(f->y.arena, t->n_inputs * sizeof(*inputs));

	*out = t->task;
	out->group = t->group;
	if (t->n_edges)
		memcpy(up, t->edges, t->n_edges * sizeof(*up));
	for (size_t i = 0; i < t->n_inputs; i++)
		inputs[i] = t->inputs[i].in;
	out->upstream = up;
	out->n_upstream = t->n_edges;
	out->inputs = inputs;
	out->n_inputs = t->n_inputs;
}

/* The index of task names, for the dag. */
static const uint32_t *
order_by_name(struct dagfile *f)
{
	uint32_t *order = arena_get(f->y.arena, f->n_tasks * sizeof(*order));

	for (size_t i = 0; i < f->n_tasks; i++)
		order[i] = f->task_names.items[i].at;
	return order;
}

/* Copy the drafts into the dag; nothing was wrong. */
static void
fill_dag(struct dagfile *f, const uint32_t *order)
{
	struct dag *dag = f->dag;
	struct task *tasks = arena_get(f->y.arena, f->n_tasks * sizeof(*tasks));
	struct dataset *datasets = arena_get(f->y.arena, f->n_datasets * sizeof(*datasets));

	for (size_t i = 0; i < f->n_datasets; i++)
		datasets[i] = f->datasets[i].d;
	for (size_t i = 0; i < f->n_tasks; i++)
		fill_task(f, &f->tasks[i], &tasks[i]);
	fill_downstream(f, tasks);
	dag->datasets = datasets;
	dag->n_datasets = f->n_datasets;
	dag->tasks = tasks;
	dag->n_tasks = f->n_tasks;
	for (size_t i = 0; i < f->n_tasks; i++)
		dag->n_exits += tasks[i].on_exit;
	dag->order = order;
	dag->by_name = order_by_name(f);
	groups_fill(f, tasks);
	dagfile_slices(f, tasks);
}

void
dagfile_link(struct dagfile *f)
{
	uint32_t *order;

	index_datasets(f);
	index_tasks(f);
	groups_index(f);
	link_outputs(f);
	for (size_t i = 0; i < f->n_tasks; i++)
		link_task(f, i);
	setups_name(f);
	groups_link(f);
	setups_link(f);
	exits_check(f);
	for (size_t i = 0; i < f->n_tasks; i++)
		when_read(f, i);
	for (size_t i = 0; i < f->n_tasks; i++)
		expand_read(f, i);
	expand_check_depth(f);
	if (!f->is_slice)
		given_link(f);
	check_paths(f);
	check_past(f);
	check_wakes(f);
	order = f->n_edges <= DAG_EDGES_MAX ? sort_tasks(f) : NULL;
	if (!order)
		return;
	groups_check_retries(f);
	link_columns(f, order);
	if (f->y.diags->errors == f->errors_before)
		fill_dag(f, order);
}
