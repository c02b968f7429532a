/*
 * oracle_ready.c - what a task may read, said a second time from docs/STATE.md 5.
 *
 * A window is turned into an interval by counting parts of the almanac, and the parts that share
 * an instant with it are found by looking at one after the other; nothing of core/time/reach.h is
 * asked.
 */
#include "tests/sim/sim.h"

#include <string.h>

/* ---- one partition ---- */

/* Who writes a dataset by its active definition; dag NULL: nobody does. */
struct source {
	const char *dataset;
	const struct dag *dag;
	const struct dag_row *row;
};

static struct source
source_of(const struct rows *r, const char *dataset)
{
	struct source source = { .dataset = dataset };

	for (size_t i = 0; i < r->n_dags && !source.dag; i++) {
		const struct dag *dag = rows_active(r, r->dags[i].dag);
		int at = dag ? dag_dataset_find(dag, dataset) : -1;

		if (at < 0 || dag->datasets[at].writer < 0)
			continue;
		source.row = &r->dags[i];
		source.dag = dag;
	}
	return source;
}

const struct dag *
oracle_writer(const struct rows *r, const char *dataset)
{
	return source_of(r, dataset).dag;
}

/* The state of the task that writes the dataset in a run pinned to some definition. */
static enum task_state
writing_state(const struct run_rec *run, const struct run_rec *reader, const char *dataset)
{
	int at = dag_dataset_find(run->dag, dataset);
	int32_t task = at < 0 ? -1 : run->dag->datasets[at].writer;

	if (task < 0 || (size_t)task >= run->n_tasks)
		return TASK_SUCCESS;
	/* In one run who reads comes after it: it is asked when all of that has ended. */
	return oracle_seen(run, (size_t)task, run == reader ? task : -1);
}

static enum settled part_stands(const struct rows *r, const struct run_rec *reader,
				const struct source *source, int64_t part, int64_t now_us,
				const struct partition_row **version);

/* How one dataset stands that wakes a dag: all parts are settled, and something is published. */
static enum readiness
wake_source(const struct rows *r, const struct dag *dag, const char *dataset, int64_t start_us,
	    int64_t now_us)
{
	struct source source = source_of(r, dataset);
	int64_t end_us = almanac_end(r->almanac, dag->grid,
				     almanac_part(r->almanac, dag->grid, start_us));
	const struct partition_row *version;
	struct parts parts;
	size_t published = 0;

	if (!source.dag)
		return READY_MISSING;
	parts = almanac_overlap(r->almanac, source.dag->grid, start_us, end_us);
	for (int64_t part = parts.first; part <= parts.last; part++) {
		enum settled what;

		if (almanac_is_empty(r->almanac, source.dag->grid, part))
			continue;
		what = part_stands(r, NULL, &source, part, now_us, &version);
		if (what == SETTLED_WAIT)
			return READY_WAIT;
		published += what == SETTLED_PRESENT && version;
	}
	return published ? READY_NOW : READY_MISSING;
}

enum readiness
oracle_wake(const struct rows *r, const struct dag *dag, int64_t start_us, int64_t now_us)
{
	size_t there = 0, waits = 0;

	if (oracle_end(r->almanac, dag, start_us) > now_us)
		return READY_WAIT;
	for (size_t i = 0; i < dag->wakes.n; i++) {
		enum readiness one = wake_source(r, dag, dag->wakes.datasets[i].name, start_us,
						 now_us);

		there += one == READY_NOW;
		waits += one == READY_WAIT;
	}
	if (dag->wakes.any)
		return there ? READY_NOW : waits ? READY_WAIT : READY_MISSING;
	if (there + waits < dag->wakes.n)
		return READY_MISSING;
	return waits ? READY_WAIT : READY_NOW;
}

bool
oracle_may_be_woken(const struct rows *r, const struct dag *dag, int64_t start_us, int64_t now_us)
{
	if (!dag->wakes.n || !dag->partitioned || start_us < dag->start_us ||
	    start_us >= dag->end_us)
		return false;
	switch (oracle_wake(r, dag, start_us, now_us)) {
	case READY_NOW:
		break;
	case READY_WAIT:
		return true;
	default:
		return false;
	}
	for (size_t i = 0; i < r->n_dataset_events; i++) {
		const struct dataset_event_row *row = &r->dataset_events[i];

		if (!row->consumed && row->logical_us == start_us &&
		    strcmp(row->consumer, dag->id) == 0)
			return true;
	}
	return false;
}

static enum settled
part_stands(const struct rows *r, const struct run_rec *reader, const struct source *source,
	    int64_t part, int64_t now_us, const struct partition_row **version)
{
	const char *dataset = source->dataset;
	const struct dag_row *row = source->row;
	const struct dag *dag = source->dag;
	const struct run_rec *run;
	int64_t start_us;

	*version = rows_partition(r, dataset, part);
	if (!dag)
		return SETTLED_PRESENT;
	start_us = almanac_start(r->almanac, dag->grid, part);
	run = rows_run_at(r, row->dag, start_us);
	/* A file that is gone writes nothing any more, but what its runs are about to. */
	if (!row->present && !run)
		return SETTLED_PRESENT;
	if (run) {
		if (!task_is_final(writing_state(run, reader, dataset)))
			return SETTLED_WAIT;
		if (run != reader && oracle_may_redo(run, dataset))
			return SETTLED_WAIT;
		/* Half a day is for the run that asked for half a day. */
		if (run->row.early && run != reader)
			return SETTLED_WAIT;
		if (*version && (run->row.early || !(*version)->preliminary))
			return SETTLED_PRESENT;
		return start_us < dag->start_us ? SETTLED_ABSENT : SETTLED_MISSING;
	}
	/* Rule 3: no run of the writer for this part, but one may come. */
	if (dag->wakes.n ? oracle_may_be_woken(r, dag, start_us, now_us)
			 : oracle_may_come(r->almanac, dag, row, start_us, now_us))
		return SETTLED_WAIT;
	if (*version)
		return SETTLED_PRESENT;
	if (dag->start_us == INT64_MIN ? !dag->has_fires : start_us < dag->start_us)
		return SETTLED_ABSENT;
	return SETTLED_MISSING;
}

enum settled
oracle_settled(const struct rows *r, const struct run_rec *reader, const char *dataset,
	       int64_t part, int64_t now_us, const struct partition_row **version)
{
	struct source source = source_of(r, dataset);

	return part_stands(r, reader, &source, part, now_us, version);
}

/* ---- a window ---- */

/* The grid of what a task reads: that of the dag that writes it. */
struct grid
oracle_grid(const struct rows *r, const struct run_rec *run, const char *dataset)
{
	struct source source = source_of(r, dataset);
	int at = dag_dataset_find(run->dag, dataset);

	if (source.dag)
		return source.dag->grid;
	return at < 0 ? run->dag->grid : run->dag->datasets[at].grid;
}

struct parts
oracle_window(const struct rows *r, const struct run_rec *run, const struct input *in)
{
	const struct almanac *a = r->almanac;
	struct grid from = oracle_grid(r, run, in->dataset), own = run->dag->grid;
	struct grid days = { .unit = GRID_DAY, .zone = own.zone };
	int64_t start_us = run->row.start_us, end_us = run->row.end_us, part;

	if (in->window.unit == REACH_PARTITIONS) {
		part = almanac_part(a, from, end_us - 1);
		return (struct parts){ part + in->window.from, part + in->window.to };
	}
	if (in->window.unit == REACH_DAYS) {
		part = almanac_part(a, days, end_us - 1);
		start_us = almanac_start(a, days, part + in->window.from);
	} else {
		part = almanac_part(a, own, start_us);
		start_us = almanac_start(a, own, part + in->window.from);
		end_us = almanac_end(a, own, part + in->window.to);
	}
	return almanac_overlap(a, from, start_us, end_us);
}

/* How many partitions of the window of one input stand so. */
struct counts {
	int64_t present, waiting, missing, absent;
};

static struct counts
count_parts(const struct rows *r, const struct run_rec *run, const struct input *in, int64_t now_us)
{
	struct source source = source_of(r, in->dataset);
	struct grid grid = oracle_grid(r, run, in->dataset);
	struct parts window = oracle_window(r, run, in);
	struct parts own = almanac_overlap(r->almanac, grid, run->row.start_us, run->row.end_us);
	struct counts n = { 0 };

	for (int64_t part = window.first; part <= window.last; part++) {
		const struct partition_row *version;
		enum settled what;

		if (almanac_is_empty(r->almanac, grid, part))
			continue;
		what = part_stands(r, run, &source, part, now_us, &version);
		/* A window may begin before its input; it does not end before it. */
		if (what == SETTLED_ABSENT && part == own.last)
			what = SETTLED_MISSING;
		n.present += what == SETTLED_PRESENT;
		n.waiting += what == SETTLED_WAIT;
		n.missing += what == SETTLED_MISSING;
		n.absent += what == SETTLED_ABSENT;
	}
	return n;
}

/* From when on so many as there are may be enough: the clock of the dag, on the day of the end. */
static int64_t
enough_us(const struct rows *r, const struct run_rec *run, const struct input *in)
{
	const struct zone *zone = run->dag->zone;
	struct grid days = { .unit = GRID_DAY, .zone = zone };
	struct meaning m;
	int64_t day;

	if (in->after_us < 0)
		return INT64_MIN;
	day = almanac_part(r->almanac, days, run->row.end_us);
	m = almanac_meaning(r->almanac, zone, day * DAY_US + in->after_us);
	return m.n ? m.at[0] : m.shifted_us;
}

/* How many have to be there: a window of fewer parts is whole with those. */
static int64_t
least(const struct input *in, const struct counts *n)
{
	int64_t all = n->present + n->waiting + n->missing + n->absent;

	return in->at_least < all ? in->at_least : all;
}

static enum readiness
input_stands(const struct rows *r, const struct run_rec *run, const struct input *in,
	     int64_t now_us)
{
	struct counts n = count_parts(r, run, in, now_us);

	if (in->at_least) {
		if (n.present + n.waiting < least(in, &n))
			return READY_MISSING;
		if (n.waiting && (n.present < least(in, &n) || now_us < enough_us(r, run, in)))
			return READY_WAIT;
		return READY_NOW;
	}
	if (n.waiting)
		return READY_WAIT;
	return n.missing && !in->allow_missing ? READY_MISSING : READY_NOW;
}

bool
oracle_missing(const struct rows *r, const struct run_rec *run, const struct task *task,
	       int64_t now_us)
{
	for (size_t i = 0; i < task->n_inputs; i++) {
		const struct input *in = &task->inputs[i];
		struct counts n = count_parts(r, run, in, now_us);

		if (in->at_least ? n.present + n.waiting < least(in, &n)
				 : n.missing && !in->allow_missing)
			return true;
	}
	return false;
}

/* When a part that is waited for is there, if nothing goes wrong. */
static int64_t
there_us(const struct rows *r, const struct dag *dag, int64_t part, int64_t now_us)
{
	int64_t start_us = almanac_start(r->almanac, dag->grid, part);
	int64_t last_us = oracle_end(r->almanac, dag, start_us);

	if (dag->has_fires)
		return oracle_due(r->almanac, dag, start_us);
	/* When that is there which wakes it. */
	for (size_t i = 0; i < dag->wakes.n; i++) {
		struct source on = source_of(r, dag->wakes.datasets[i].name);
		const struct partition_row *version;
		struct parts parts = { 1, 0 };
		int64_t us;

		if (on.dag)
			parts = almanac_overlap(r->almanac, on.dag->grid, start_us,
						almanac_end(r->almanac, dag->grid, part));
		for (int64_t p = parts.first; p <= parts.last; p++) {
			if (part_stands(r, NULL, &on, p, now_us, &version) != SETTLED_WAIT)
				continue;
			us = there_us(r, on.dag, p, now_us);
			last_us = us > last_us ? us : last_us;
		}
	}
	return last_us;
}

static bool
waits_until(const struct rows *r, const struct run_rec *run, const struct input *in, int64_t now_us,
	    int64_t until_us)
{
	struct source source = source_of(r, in->dataset);
	struct grid grid = oracle_grid(r, run, in->dataset);
	struct parts window = oracle_window(r, run, in);

	for (int64_t part = window.first; part <= window.last; part++) {
		const struct partition_row *version;

		if (!almanac_is_empty(r->almanac, grid, part) &&
		    part_stands(r, run, &source, part, now_us, &version) == SETTLED_WAIT &&
		    there_us(r, source.dag, part, now_us) > until_us)
			return true;
	}
	return false;
}

bool
oracle_is_far(const struct rows *r, const struct run_rec *run, int64_t now_us, int64_t until_us)
{
	for (size_t i = 0; i < run->n_tasks; i++) {
		const struct task *task = &run->dag->tasks[i];

		/* A run before it that is far, too. */
		if (run->tasks[i].state == TASK_NONE && run->previous_us != INT64_MIN &&
		    oracle_past(r, run, task, now_us) == PAST_WAIT &&
		    oracle_due(r->almanac, run->dag, run->previous_us) > until_us)
			return true;
		if (oracle_child_is_far(r, run, (int)i, now_us, until_us))
			return true;
		for (size_t k = 0; k < task->n_inputs && !task_is_final(run->tasks[i].state); k++)
			if (waits_until(r, run, &task->inputs[k], now_us, until_us))
				return true;
	}
	return false;
}

enum readiness
oracle_sensed(const struct rows *r, const struct run_rec *run, const struct task *task,
	      int64_t now_us)
{
	const struct input *in = &task->inputs[0];
	struct source source = source_of(r, in->dataset);
	struct grid grid = oracle_grid(r, run, in->dataset);
	struct parts window = oracle_window(r, run, in);
	enum readiness all = READY_TOLD;

	for (int64_t part = window.first; part <= window.last; part++) {
		const struct partition_row *version;

		if (almanac_is_empty(r->almanac, grid, part))
			continue;
		if (part_stands(r, run, &source, part, now_us, &version) != SETTLED_PRESENT)
			return READY_WAIT;
		if (!version)
			all = READY_NOW;
	}
	return all;
}

/* The inputs alone. */
static enum readiness
inputs_stand(const struct rows *r, const struct run_rec *run, const struct task *task,
	     int64_t now_us)
{
	enum readiness all = READY_NOW;

	for (size_t i = 0; i < task->n_inputs && all != READY_WAIT; i++) {
		enum readiness one = input_stands(r, run, &task->inputs[i], now_us);

		if (one != READY_NOW)
			all = one;
	}
	return all;
}

enum readiness
oracle_ready(const struct rows *r, const struct run_rec *run, int index, bool instance,
	     int64_t now_us)
{
	const struct task *task = &run->dag->tasks[index];

	if (!instance && oracle_has_children(run, index))
		return oracle_child(r, run, index, now_us);
	if (task->on_exit && !oracle_work_is_over(run))
		return READY_WAIT;
	switch (oracle_upstreams(run, task)) {
	case VERDICT_WAIT:
		return READY_WAIT;
	case VERDICT_SKIP:
		return READY_SKIP;
	case VERDICT_UPSTREAM_FAILED:
		return READY_UPSTREAM_FAILED;
	case VERDICT_RUN:
		break;
	}
	if (oracle_when(r, run, index) != READY_NOW)
		return oracle_when(r, run, index);
	/* The run before was asked when the list was made. */
	if (!instance && oracle_past(r, run, task, now_us) != PAST_GOOD)
		return READY_WAIT;
	if (oracle_given(r, run, index) != READY_NOW)
		return oracle_given(r, run, index);
	if (task->expand && !instance)
		return oracle_list(r, run, index);
	if (task->child.dag)
		return oracle_child(r, run, index, now_us);
	if (task->wait.told)
		return told_stands(r, run, index, now_us);
	return inputs_stand(r, run, task, now_us);
}
