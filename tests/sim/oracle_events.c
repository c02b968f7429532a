/*
 * oracle_events.c - runs that datasets make, worked out from partitions and runs.
 *
 * What is published is remembered here, commit by commit, and so is which runs it was for; the rows
 * of updates are not asked what there has to be, only whether each of them was consumed together
 * with what it made.
 */
#include "tests/sim/sim.h"

#include <string.h>

/* ---- what is published ---- */

static bool
is_update(const struct partition_row *old, const struct partition_row *new)
{
	return !new->preliminary && (!old || old->preliminary || old->version != new->version);
}

static void
owe(struct sim *s, const char *consumer, int64_t logical_us, const struct partition_row *new)
{
	const struct run_rec *run = rows_run_at(&s->rows, consumer, logical_us);

	s->owed = mem_grow(s->owed, s->n_owed, &s->room_owed, sizeof(*s->owed));
	s->owed[s->n_owed++] = (struct owed){
		.consumer = arena_str(s->arena, consumer),
		.dataset = arena_str(s->arena, new->dataset),
		.logical_us = logical_us,
		.part = new->part,
		.version = new->version,
		.at_us = new->published_us,
		.epoch = run ? run->row.epoch : 0,
	};
}

/* Is it queued, all through this transaction, to do only some of its tasks again? */
static bool
is_redone_in_part(const struct run_rec *run)
{
	bool queued = run->row.state == RUN_QUEUED && run->before_state == RUN_QUEUED;

	for (size_t i = 0; queued && i < run->n_tasks; i++)
		if (run->tasks[i].task && run->tasks[i].state != TASK_NONE)
			return true;
	return false;
}

/* Has it to say something about the run of an interval, as that stands? */
static bool
is_about(const struct sim *s, const char *consumer, const struct wake_rule *rule, int64_t us)
{
	const struct run_rec *run = rows_run_at(&s->rows, consumer, us);

	if (!run)
		return true;
	/* Made by this transaction, it may be what this update made. */
	if (run->row.epoch != run->before_epoch)
		return false;
	/* One that has not begun reads what is there when it does. */
	return run->row.early ||
	       (rule->rerun && (is_redone_in_part(run) ||
				(run->row.state != RUN_QUEUED && run->before_state != RUN_QUEUED)));
}

static void
owe_parts(struct sim *s, const char *consumer, const struct dag *dag,
	  const struct partition_row *new, struct grid grid)
{
	const struct almanac *a = s->rows.almanac;
	struct parts parts = almanac_overlap(a, dag->grid, almanac_start(a, grid, new->part),
					     almanac_end(a, grid, new->part));

	for (int64_t part = parts.first; part <= parts.last; part++) {
		int64_t us = almanac_start(a, dag->grid, part);

		if (!almanac_is_empty(a, dag->grid, part) && us >= dag->start_us &&
		    us < dag->end_us && is_about(s, consumer, &dag->wakes, us))
			owe(s, consumer, us, new);
	}
}

void
events_publish(struct sim *s, const struct partition_row *new)
{
	const struct partition_row *old = rows_partition(&s->rows, new->dataset, new->part);
	const struct run_rec *run = rows_run(&s->rows, new->run);
	bool is_written = oracle_writer(&s->rows, new->dataset) != NULL;

	for (size_t i = 0; run && is_written && is_update(old, new) && i < s->rows.n_dags; i++) {
		const struct dag_row *row = &s->rows.dags[i];
		const struct dag *dag = rows_active(&s->rows, row->dag);

		if (!row->present || !dag_woken_by(dag, new->dataset) ||
		    strcmp(row->dag, run->row.dag) == 0)
			continue;
		if (dag->partitioned)
			owe_parts(s, row->dag, dag, new, run->dag->grid);
		else if (new->published_us >= dag->start_us &&new->published_us < dag->end_us)
			owe(s, row->dag, INT64_MIN, new);
	}
}

/* ---- I55: the rows of updates, and the runs that they make ---- */

/* Did this transaction make the run, or open an epoch of it? */
static bool
is_new(const struct run_rec *run)
{
	return run->before_epoch != run->row.epoch;
}

static void
check_consumed(struct sim *s, const struct dataset_event_row *row)
{
	const struct run_rec *run = rows_run(&s->rows, row->consumed);
	const struct dag *dag = rows_active(&s->rows, row->consumer);

	if (!run || strcmp(run->row.dag, row->consumer) != 0 ||
	    (row->logical_us != INT64_MIN && run->row.logical_us != row->logical_us)) {
		sim_fail(s, "I55", "an update of %s is consumed by what is no run of it",
			 row->dataset);
		return;
	}
	/* Somebody else made the run: it reads what is there. */
	if (!is_new(run) && (run->row.early || dag->wakes.rerun || row->logical_us == INT64_MIN))
		sim_fail(s, "I55", "an update for run %s of %s is consumed, and that is not made",
			 run->row.run_id, run->row.dag);
	for (size_t i = 0; i < s->n_owed; i++) {
		struct owed *o = &s->owed[i];

		o->done = o->done || (row->logical_us == INT64_MIN && o->logical_us == INT64_MIN &&
				      o->part == row->part && o->version == row->version &&
				      strcmp(o->dataset, row->dataset) == 0 &&
				      strcmp(o->consumer, row->consumer) == 0);
	}
}

/* Is what a run is for being changed by this very transaction? */
static bool
is_moving(const struct sim *s, const struct dag *dag)
{
	for (size_t i = 0; i < s->rows.n_runs; i++) {
		const struct run_rec *run = &s->rows.runs[i];

		if (run->touched && is_new(run) && strcmp(run->row.dag, dag->id) != 0)
			return true;
	}
	return s->commanded;
}

/* I50, of a run that datasets made: there was an update for it, and what it waits for was there. */
static void
check_made(struct sim *s, const struct run_rec *run, const struct change *changes, size_t n)
{
	const struct dag *dag = run->dag;
	size_t updates = 0;

	for (size_t i = 0; i < n; i++)
		updates += changes[i].kind == CHANGE_DATASET_EVENT &&
			   changes[i].dataset_event.consumed == run->row.key;
	if (!updates || !run->row.triggered_by) {
		sim_fail(s, "I55", "run %s of %s was made by datasets, and consumes no update",
			 run->row.run_id, run->row.dag);
		return;
	}
	s->seen[dag->partitioned ? SEEN_WOKEN : SEEN_WOKEN_INSTANT]++;
	s->seen[SEEN_WOKEN_BY_MANY] += dag->partitioned && updates > 1;
	if (dag->partitioned && !is_moving(s, dag) &&
	    oracle_wake(&s->rows, dag, run->row.logical_us, sim_wall(s)) != READY_NOW)
		sim_fail(s, "I50", "run %s of %s was made before what wakes it was there",
			 run->row.run_id, run->row.dag);
}

/* The same of one that waits for an update of each of its datasets. */
static void
check_all(struct sim *s, const struct run_rec *run, const struct change *changes, size_t n)
{
	const struct wake_rule *rule = &run->dag->wakes;

	for (size_t i = 0; !run->dag->partitioned && !rule->any && i < rule->n; i++) {
		bool found = false;

		for (size_t k = 0; k < n; k++)
			found = found || (changes[k].kind == CHANGE_DATASET_EVENT &&
					  changes[k].dataset_event.consumed == run->row.key &&
					  strcmp(changes[k].dataset_event.dataset,
						 rule->datasets[i].name) == 0);
		if (!found)
			sim_fail(s, "I50", "run %s of %s was made without an update of %s",
				 run->row.run_id, run->row.dag, rule->datasets[i].name);
	}
}

void
events_commit(struct sim *s, const struct change *changes, size_t n)
{
	for (size_t i = 0; i < n && !s->failed; i++)
		if (changes[i].kind == CHANGE_DATASET_EVENT && changes[i].dataset_event.consumed)
			check_consumed(s, &changes[i].dataset_event);
	for (size_t i = 0; i < s->rows.n_runs && !s->failed; i++) {
		const struct run_rec *run = &s->rows.runs[i];

		if (!run->before_epoch && run->row.type == RUN_SCHEDULED && run->dag->wakes.n) {
			check_made(s, run, changes, n);
			check_all(s, run, changes, n);
		}
	}
}

/* ---- I50: which runs there have to be ---- */

/* The last update for the same run that is not settled. */
static int64_t
last_update(const struct sim *s, const struct owed *of)
{
	int64_t last_us = of->at_us;

	for (size_t i = 0; i < s->n_owed; i++) {
		const struct owed *o = &s->owed[i];

		if (!o->done && o->logical_us == of->logical_us &&
		    strcmp(o->consumer, of->consumer) == 0 && o > of)
			last_us = o->at_us;
	}
	return last_us;
}

/* By the clock that a clock set back is not: then it may be sooner. */
static bool
is_quiet(const struct sim *s, const struct owed *o, int64_t debounce_us)
{
	return last_update(s, o) + debounce_us <= sim_wall(s);
}

/* Without partitions: was all (any) updated that it waits for? */
static bool
is_updated(const struct sim *s, const struct owed *of, const struct wake_rule *rule)
{
	size_t found = 0;

	for (size_t i = 0; i < rule->n; i++) {
		for (size_t k = 0; k < s->n_owed; k++) {
			const struct owed *o = &s->owed[k];

			if (!o->done && o->logical_us == INT64_MIN &&
			    strcmp(o->consumer, of->consumer) == 0 &&
			    strcmp(o->dataset, rule->datasets[i].name) == 0) {
				found++;
				break;
			}
		}
	}
	return rule->any ? found > 0 : found == rule->n;
}

static void
check_owed(struct sim *s, struct owed *o, const struct dag *dag)
{
	const struct run_rec *run = rows_run_at(&s->rows, o->consumer, o->logical_us);
	const struct wake_rule *rule = &dag->wakes;

	if (o->logical_us == INT64_MIN) {
		if (is_updated(s, o, rule) && is_quiet(s, o, rule->debounce_us))
			sim_fail(s, "I50", "%s has no run for an update of %s", o->consumer,
				 o->dataset);
		return;
	}
	if (run && (run->row.epoch != o->epoch || (!run->row.early && !rule->rerun))) {
		s->seen[SEEN_WOKEN_AGAIN] += o->epoch && run->row.epoch > o->epoch;
		o->done = true;
		return;
	}
	/* What has only just ended is made again in a turn of its own. */
	if (run && (!run_is_final(run->row.state) || !run_is_final(run->before_state) ||
		    !is_quiet(s, o, run->row.early ? 0 : rule->debounce_us)))
		return;
	if (oracle_wake(&s->rows, dag, o->logical_us, sim_wall(s)) == READY_NOW)
		sim_fail(s, "I50", "the run of %s for %s is not made%s: %s was updated",
			 o->consumer, sim_date(o->logical_us, (char[DATE_ROOM]){ 0 }),
			 run ? " again" : "", o->dataset);
	else
		s->seen[SEEN_WAKE_WAITS]++;
}

void
events_turn(struct sim *s)
{
	for (size_t i = 0; i < s->n_owed && !s->failed; i++) {
		struct owed *o = &s->owed[i];
		const struct dag_row *row = rows_dag(&s->rows, o->consumer);
		const struct dag *dag = rows_active(&s->rows, o->consumer);
		const struct grid grid = dag->grid;
		int64_t date_us = dag->partitioned ? o->logical_us : o->at_us;

		if (o->done || !row->present)
			continue;
		/* It waits for something else now: nothing of before is made up for. */
		if (!dag_woken_by(dag, o->dataset) || date_us < dag->start_us ||
		    date_us >= dag->end_us || dag->partitioned != (o->logical_us != INT64_MIN) ||
		    (dag->partitioned &&
		     almanac_start(s->rows.almanac, grid,
				   almanac_part(s->rows.almanac, grid, o->logical_us)) !=
			 o->logical_us))
			o->done = true;
		else if (!row->paused && !oracle_clock_holds(s))
			check_owed(s, o, dag);
	}
}
