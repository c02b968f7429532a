/*
 * liveness.c - what must not be left undone: after a launch, a turn, a history.
 *
 * Safety (invariants.c) is kept by an engine that does nothing; these are not.
 */
#include "core/base/hash.h"
#include "tests/sim/sim.h"

#include <string.h>

/* ---- a launch ---- */

static const struct pinned_input *
pinned(const struct action *action, const char *dataset, int64_t part)
{
	for (size_t i = 0; i < action->n_inputs; i++) {
		if (action->inputs[i].day == part &&
		    strcmp(action->inputs[i].dataset, dataset) == 0)
			return &action->inputs[i];
	}
	return NULL;
}

/* Every partition of the window is pinned to what is published now, or told to be missing. */
static void
check_pin(struct sim *s, const struct run_rec *run, const struct action *action,
	  const struct input *in, int64_t part)
{
	const struct pinned_input *pin = pinned(action, in->dataset, part);
	const struct partition_row *version;
	enum settled what = oracle_settled(&s->rows, run, in->dataset, part, sim_wall(s), &version);
	bool right = pin != NULL;

	if (pin && what == SETTLED_PRESENT && version)
		right = !pin->missing && pin->version == version->version &&
			strcmp(pin->digest, version->digest) == 0;
	else if (pin && what == SETTLED_PRESENT)
		right = !pin->missing && pin->version == 0;
	else if (pin)
		right = pin->missing && (what != SETTLED_WAIT || in->at_least);
	if (!right)
		sim_fail(s, "I07", "attempt %lld is launched with a wrong pin of %s part %lld",
			 (long long)action->attempt, in->dataset, (long long)part);
}

void
invariants_launch(struct sim *s, const struct action *action)
{
	const struct attempt_rec *rec = rows_attempt(&s->rows, action->attempt);
	const struct run_rec *run = rec ? rows_run(&s->rows, rec->row.run) : NULL;
	const struct task *task;

	if (!run || rec->row.state != ATTEMPT_STARTING) {
		sim_fail(s, "I23", "attempt %lld is launched, but is committed as %s",
			 (long long)action->attempt,
			 rec ? attempt_state_name(rec->row.state) : "nothing");
		return;
	}
	task = &run->dag->tasks[rec->row.task_index];
	if (task->on_exit && strcmp(action->run_state, run_state_name(oracle_exit_state(run))) != 0)
		sim_fail(s, "I42", "attempt %lld is told that its run is %s",
			 (long long)action->attempt, action->run_state);
	oracle_check_given(s, action);
	for (size_t i = 0; i < task->n_inputs && !s->failed; i++) {
		const struct input *in = &task->inputs[i];
		struct grid grid = oracle_grid(&s->rows, run, in->dataset);
		struct parts parts = oracle_window(&s->rows, run, in);

		s->seen[SEEN_OTHER_GRID] += grid.unit != run->dag->grid.unit;
		s->seen[SEEN_ENOUGH] += in->at_least && action->partial;
		for (int64_t part = parts.first; part <= parts.last && !s->failed; part++) {
			if (!almanac_is_empty(s->rows.almanac, grid, part))
				check_pin(s, run, action, in, part);
			else
				s->seen[SEEN_BRIDGED]++;
		}
	}
}

/* ---- a turn whose changes are all durable ---- */

static bool
has_free_run_slot(const struct sim *s, const struct run_rec *run)
{
	return oracle_active_runs(&s->rows, run) < oracle_run_cap(&s->rows, run);
}

/* I12: a task of a running run waits for nothing that the oracle does not see. */
static void
check_waiting(struct sim *s, const struct run_rec *run)
{
	const struct task_row *row;

	for (size_t i = 0; i < run->n_tasks && !s->failed; i++) {
		enum readiness ready;

		if (run->tasks[i].state != TASK_NONE)
			continue;
		s->seen[SEEN_PAST] += oracle_past(&s->rows, run, &run->dag->tasks[i],
						  sim_wall(s)) != PAST_GOOD;
		ready = oracle_ready(&s->rows, run, (int)i, false, sim_wall(s));
		if (ready == READY_WAIT)
			continue;
		/* Without a run slot its inputs are looked at when the slot comes. */
		if ((ready == READY_NOW || ready == READY_MISSING || ready == READY_TOLD) &&
		    !rows_active_run(run) && !has_free_run_slot(s, run))
			continue;
		sim_fail(s, "I12",
			 "task %s of run %s of %s (key %lld) is none, but could be decided (%d)",
			 run->tasks[i].task, run->row.run_id, run->row.dag, (long long)run->row.key,
			 ready);
	}
	for (size_t at = run->n_tasks; (row = rows_next(run, &at, false)) && !s->failed;) {
		/* Not before all are there; of many some are looked at in the next turn. */
		if (row->state != TASK_NONE || rows_grows(run, (size_t)row->index) ||
		    s->wake_us <= sim_wall(s) ||
		    oracle_ready(&s->rows, run, row->index, true, sim_wall(s)) == READY_WAIT ||
		    (!rows_active_run(run) && !has_free_run_slot(s, run)))
			continue;
		sim_fail(s, "I12", "instance %s of run %s of %s is none, but could be decided",
			 row->task, run->row.run_id, run->row.dag);
	}
}

static bool
is_paused(const struct sim *s, const struct run_rec *run)
{
	return rows_dag(&s->rows, run->row.dag)->paused;
}

/*
 * May dispatch be closed because the machine was short?  For a minute after a start was held, and
 * while the one that was made since is still to tell whether there is room.
 */
static bool
may_be_short(const struct sim *s)
{
	for (size_t i = s->rows.n_attempts; i-- > 0;) {
		const struct attempt_row *a = &s->rows.attempts[i].row;
		/* By the clock that nobody sets. */
		int64_t since_us = s->mono_us + 1 - s->rows.attempts[i].held_us;

		if (attempt_is_live(a->state) && a->state != ATTEMPT_RUNNING)
			return true;
		if (a->outcome == OUTCOME_HELD)
			return since_us <= 2 * MINUTE_US;
	}
	return false;
}

/* It had ended before this turn, or only waited for others. */
static bool
was_over(const struct run_rec *run)
{
	bool waits = false;

	if (run_is_final(run->before_state) || run->before_state != RUN_RUNNING ||
	    run->row.state != RUN_RUNNING)
		return run_is_final(run->row.state) && run_is_final(run->before_state);
	for (size_t i = 0; i < run->n_tasks; i++)
		waits |= run->tasks[i].state == TASK_NONE && !task_outlives(&run->dag->tasks[i]);
	return waits && !run->before_active && !rows_active_run(run);
}

/* I36: an early epoch that was over before this turn, and is due to be made again, is no more. */
static void
check_early(struct sim *s, const struct dag_row *row)
{
	const struct dag *dag = rows_active(&s->rows, row->dag);

	if (row->paused || !dag->has_fires)
		return;
	for (size_t i = 0; i < s->rows.n_runs; i++) {
		const struct run_rec *run = &s->rows.runs[i];

		if (strcmp(run->row.dag, row->dag) == 0 && run->row.early && was_over(run) &&
		    oracle_due(s->rows.almanac, dag, run->row.logical_us) <= sim_wall(s))
			sim_fail(s, "I36", "run %s of %s was early, is due, and is not made again",
				 run->row.run_id, run->row.dag);
	}
}

/* I12, I13, I16: after a wake nothing that was due by time is left. */
static void
check_due(struct sim *s)
{
	struct plan plan;

	for (size_t i = 0; i < s->rows.n_dags && !s->failed; i++) {
		const struct dag_row *row = &s->rows.dags[i];

		if (!row->present || oracle_clock_holds(s))
			continue;
		oracle_plan(s->rows.almanac, rows_active(&s->rows, row->dag), row, sim_wall(s),
			    &plan);
		if (plan.cursor_us != row->cursor_us)
			sim_fail(s, "I13", "the schedule of %s does not look at what is due",
				 row->dag);
		if (!s->failed)
			check_early(s, row);
	}
	for (size_t i = 0; i < s->rows.n_runs && !s->failed; i++) {
		const struct run_rec *run = &s->rows.runs[i];
		const struct task_row *row;

		invariants_overdue(s, run);
		group_overdue(s, run);
		told_overdue(s, run, rows_active_run(run) || has_free_run_slot(s, run));
		for (size_t at = 0; (row = rows_next(run, &at, false));) {
			if ((row->state == TASK_UP_FOR_RETRY ||
			     row->state == TASK_UP_FOR_RESCHEDULE) &&
			    row->next_retry_us <= sim_wall(s))
				sim_fail(s, "I16", "the retry of task %s of run %s is overdue",
					 row->task, run->row.run_id);
		}
	}
}

static void
check_queue(struct sim *s, const struct run_rec *run)
{
	if (has_free_run_slot(s, run))
		sim_fail(s, "I12", "run %s of %s is queued though a run slot is free",
			 run->row.run_id, run->row.dag);
}

void
invariants_turn(struct sim *s)
{
	for (size_t i = 0; i < s->rows.n_runs && !s->failed; i++) {
		const struct run_rec *run = &s->rows.runs[i];

		if (is_paused(s, run))
			continue;
		if (run->row.state == RUN_QUEUED)
			check_queue(s, run);
		else if (run->row.state == RUN_RUNNING)
			check_waiting(s, run);
	}
	/* What became due meanwhile is looked at when it is woken. */
	if (!s->failed && !may_be_short(s) && (s->woken || !s->late))
		oracle_check_lines(s);
	if (s->woken && !s->failed)
		check_due(s);
	if (!s->recovering && !s->failed)
		events_turn(s);
}

/* ---- a history ---- */

/* I12: what is left, and what it says it waits for. */
static void
report_stuck(struct sim *s, const struct run_rec *run)
{
	const struct task_row *row;

	for (size_t at = 0; (row = rows_next(run, &at, false));)
		sim_note(s, "stuck", run->row.key, row->index, row->state, row->waits);
	sim_fail(s, "I12", "run %s of %s (key %lld) is still %s: %s", run->row.run_id, run->row.dag,
		 (long long)run->row.key, run_state_name(run->row.state),
		 run->row.waits ? run->row.waits : "");
}

/* I06: the log, replayed from its first row, gives the states in the tables. */
static void
check_log(struct sim *s)
{
	struct rows *r = &s->rows;

	for (size_t i = 0; i < r->n_runs; i++) {
		r->runs[i].replayed_state = RUN_ILLEGAL;
		r->runs[i].n_replayed = 0;
		for (size_t k = 0; k < r->runs[i].n_instances; k++)
			r->runs[i].instances[k].replayed = TASK_NONE;
	}
	for (size_t i = 0; i < r->n_log; i++) {
		const struct log_rec *rec = &r->log[i];
		struct run_rec *run = rows_run(r, rec->run);

		if (run && rec->kind == 'r')
			run->replayed_state = (enum run_state)rec->to;
		else if (run && rec->kind == 't')
			*rows_replayed(run, rec->task_index,
				       rec->map_index) = (unsigned char)rec->to;
	}
	for (size_t i = 0; i < r->n_runs && !s->failed; i++) {
		const struct run_rec *run = &r->runs[i];

		if (run->replayed_state != run->row.state)
			sim_fail(s, "I06", "replayed, run %s is another", run->row.run_id);
		for (size_t k = 0; k < run->n_tasks; k++) {
			enum task_state state = run->tasks[k].looks ? sensor_told(s, run, k)
								    : run->tasks[k].state;

			if (state != (k < run->n_replayed ? run->replayed[k] : TASK_NONE))
				sim_fail(s, "I06", "replayed, task %zu of run %s is another", k,
					 run->row.run_id);
		}
	}
}

static const char *
path_of(struct sim *s, const char *dataset)
{
	for (size_t i = 0; i < s->rows.n_defs; i++) {
		const struct dag *dag = s->rows.defs[i].dag;
		int at = dag_dataset_find(dag, dataset);

		if (at >= 0)
			return shims_path(s, &dag->datasets[at]);
	}
	return NULL;
}

/* I32: every row tells what is live. */
static void
check_partitions(struct sim *s)
{
	for (size_t i = 0; i < s->rows.n_partitions && !s->failed; i++) {
		const struct partition_row *row = &s->rows.partitions[i];
		const struct attempt_rec *maker = rows_attempt(&s->rows, row->attempt);
		const char *path = path_of(s, row->dataset);
		struct lake_content live = { NULL, NULL };

		if (path)
			live = lake_look(&s->lake, path, rows_grid(&s->rows, row->dataset).unit,
					 row->part);
		if (!maker || maker->row.state != ATTEMPT_SUCCESS)
			sim_fail(s, "I32", "%s is told to come from an attempt that failed",
				 row->dataset);
		else if (!live.manifest || live.manifest->version != row->version ||
			 strcmp(live.manifest->digest, row->digest) != 0)
			sim_fail(s, "I32", "the row of %s part %lld does not tell what is live",
				 row->dataset, (long long)row->part);
	}
}

/* What does not depend on when something crashed, if the story says so. */
static void
sum_up(struct sim *s)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < s->rows.n_runs; i++) {
		const struct run_rec *run = &s->rows.runs[i];
		uint64_t name = hash_bytes(run->row.dag, strlen(run->row.dag),
					   (uint64_t)run->row.logical_us);

		if (run->row.key > s->calm_run)
			continue;
		sum += hash_word(name ^ (uint64_t)run->row.epoch << 32 ^ (uint64_t)run->row.state);
		for (size_t k = 0; k < run->n_tasks; k++)
			sum += hash_word(name ^ k << 40 ^ (uint64_t)run->tasks[k].state << 48);
	}
	for (size_t i = 0; i < s->rows.n_partitions; i++) {
		const struct partition_row *p = &s->rows.partitions[i];

		sum += hash_bytes(p->digest, DIGEST_CHARS, (uint64_t)(p->part + p->version));
	}
	s->end = sum;
}

void
invariants_end(struct sim *s)
{
	for (size_t i = 0; i < s->n_requests && !s->failed; i++) {
		if (!s->requests[i].answered)
			sim_fail(s, "I21", "command %s was never answered", s->requests[i].key);
	}
	for (size_t i = 0; i < s->rows.n_runs && !s->failed; i++) {
		const struct run_rec *run = &s->rows.runs[i];

		if (run->row.key > s->calm_run || run_is_final(run->row.state))
			continue;
		if (oracle_stuck(&s->rows, run, sim_wall(s)))
			s->seen[SEEN_STUCK]++;
		else
			report_stuck(s, run);
	}
	for (size_t i = 0; i < s->rows.n_attempts && !s->failed; i++) {
		const struct attempt_row *a = &s->rows.attempts[i].row;

		if (!attempt_is_live(a->state) && shims_alive(s, a->key))
			sim_fail(s, "I27", "a process of attempt %lld outlives it",
				 (long long)a->key);
	}
	if (!s->failed)
		check_log(s);
	if (!s->failed)
		check_partitions(s);
	sum_up(s);
}
