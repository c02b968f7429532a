/*
 * invariants.c - what has to hold, asked after every commit.
 *
 * The numbers are those of the catalogue in docs/STATE.md 10.  A change is
 * looked at before it is applied (against the row it replaces), the rows when
 * all changes of a transaction are in, and the turn when its actions are done.
 * I04 holds by construction: a dead generation gets no mail.
 */
#include "tests/sim/sim.h"

#include <string.h>

#define BIT(state) (1u << (state))

enum {
	FINAL_TASKS = BIT(TASK_SUCCESS) | BIT(TASK_FAILED) | BIT(TASK_SKIPPED) |
		      BIT(TASK_UPSTREAM_FAILED) | BIT(TASK_CANCELLED),
};

/* docs/STATE.md 2 to 4, as sets of the states that may follow. */
static const unsigned task_edges[TASK_STATE_COUNT] = {
	[TASK_NONE] = BIT(TASK_SCHEDULED) | BIT(TASK_UPSTREAM_FAILED) | BIT(TASK_SKIPPED) |
		      BIT(TASK_FAILED) | BIT(TASK_CANCELLED) | BIT(TASK_EXPANDED) |
		      /* told: what it waited for is there; or an answer was */
		      BIT(TASK_SUCCESS) | BIT(TASK_NONE) |
		      BIT(TASK_UP_FOR_RETRY), /* by runs of another dag */
	[TASK_SCHEDULED] = BIT(TASK_NONE) | BIT(TASK_QUEUED) | BIT(TASK_CANCELLED) |
			   BIT(TASK_FAILED),
	[TASK_QUEUED] = BIT(TASK_RUNNING) | BIT(TASK_SUCCESS) | BIT(TASK_FAILED) |
			BIT(TASK_UP_FOR_RETRY) | BIT(TASK_CANCELLED) | BIT(TASK_SCHEDULED) |
			BIT(TASK_SKIPPED) | BIT(TASK_UP_FOR_RESCHEDULE),
	/* What lies between two answers is not in the log. */
	[TASK_UP_FOR_RESCHEDULE] = BIT(TASK_UP_FOR_RESCHEDULE) | BIT(TASK_SUCCESS) |
				   BIT(TASK_FAILED) | BIT(TASK_SKIPPED) | BIT(TASK_CANCELLED) |
				   BIT(TASK_UP_FOR_RETRY) | BIT(TASK_NONE),
	[TASK_RUNNING] = BIT(TASK_UP_FOR_RESCHEDULE) | BIT(TASK_SUCCESS) | BIT(TASK_FAILED) |
			 BIT(TASK_UP_FOR_RETRY) | BIT(TASK_CANCELLED) | BIT(TASK_SCHEDULED) |
			 BIT(TASK_SKIPPED),
	[TASK_UP_FOR_RETRY] = BIT(TASK_SCHEDULED) | BIT(TASK_CANCELLED) | BIT(TASK_FAILED) |
			      BIT(TASK_NONE),
	[TASK_SUCCESS] = BIT(TASK_NONE) | BIT(TASK_EXPANDED) | BIT(TASK_REMOVED),
	[TASK_FAILED] = BIT(TASK_NONE) | BIT(TASK_EXPANDED) | BIT(TASK_REMOVED),
	[TASK_SKIPPED] = BIT(TASK_NONE) | BIT(TASK_EXPANDED) | BIT(TASK_REMOVED),
	[TASK_UPSTREAM_FAILED] = BIT(TASK_NONE) | BIT(TASK_EXPANDED) | BIT(TASK_REMOVED),
	[TASK_CANCELLED] = BIT(TASK_NONE) | BIT(TASK_EXPANDED) | BIT(TASK_REMOVED),
	[TASK_EXPANDED] = BIT(TASK_SUCCESS) | BIT(TASK_FAILED) | BIT(TASK_SKIPPED) |
			  BIT(TASK_UPSTREAM_FAILED) | BIT(TASK_CANCELLED),
	[TASK_REMOVED] = BIT(TASK_NONE),
};

static const unsigned attempt_edges[ATTEMPT_STATE_COUNT] = {
	[ATTEMPT_ILLEGAL] = BIT(ATTEMPT_STARTING), /* it was not there */
	[ATTEMPT_STARTING] = BIT(ATTEMPT_RUNNING) | BIT(ATTEMPT_KILLING) | BIT(ATTEMPT_PUBLISHING) |
			     BIT(ATTEMPT_SUCCESS) | BIT(ATTEMPT_FAILED) | BIT(ATTEMPT_LOST),
	[ATTEMPT_RUNNING] = BIT(ATTEMPT_KILLING) | BIT(ATTEMPT_PUBLISHING) | BIT(ATTEMPT_SUCCESS) |
			    BIT(ATTEMPT_FAILED),
	[ATTEMPT_KILLING] = BIT(ATTEMPT_FAILED) | BIT(ATTEMPT_LOST) | BIT(ATTEMPT_CANCELLED),
	[ATTEMPT_PUBLISHING] = BIT(ATTEMPT_SUCCESS) | BIT(ATTEMPT_FAILED),
};

static const unsigned run_edges[RUN_STATE_COUNT] = {
	[RUN_ILLEGAL] = BIT(RUN_QUEUED), /* it was not there */
	[RUN_QUEUED] = BIT(RUN_RUNNING) | BIT(RUN_SUCCESS) | BIT(RUN_FAILED) | BIT(RUN_CANCELLED),
	[RUN_RUNNING] = BIT(RUN_SUCCESS) | BIT(RUN_FAILED) | BIT(RUN_CANCELLED) |
			BIT(RUN_UP_FOR_RETRY),
	[RUN_UP_FOR_RETRY] = BIT(RUN_QUEUED) | BIT(RUN_FAILED),
	[RUN_SUCCESS] = BIT(RUN_QUEUED),
	[RUN_FAILED] = BIT(RUN_QUEUED),
	[RUN_CANCELLED] = BIT(RUN_QUEUED),
};

/* ---- one change, before it is applied ---- */

/* I14, I36: an epoch opens when its interval has ended, or it has begun and the epoch says so. */
static void
change_epoch(struct sim *s, const struct run_row *new)
{
	bool ended = new->end_us <= sim_wall(s);

	/* Without partitions: the instant of a trigger, or just behind the one before it. */
	if (new->start_us == new->end_us)
		ended = true;
	if (new->early == ended)
		sim_fail(s, "I36", "epoch %d of run %s is %s, its interval %s", new->epoch,
			 new->run_id, new->early ? "early" : "not early",
			 ended ? "has ended" : "has not");
	if (new->start_us > sim_wall(s) && !ended)
		sim_fail(s, "I14", "run %s is made before its interval began", new->run_id);
	s->seen[SEEN_EARLY] += new->early;
}

/* I13: a new run is one interval of its dag, by the calendar of its zone. */
static void
check_interval(struct sim *s, const struct run_row *new)
{
	const struct def_rec *def = rows_def(&s->rows, new->digest);
	const struct almanac *a = s->rows.almanac;
	struct grid grid = def->dag->grid;

	if (new->start_us != new->logical_us ||
	    new->end_us != oracle_end(a, def->dag, new->logical_us))
		sim_fail(
		    s, "I13", "run %s of %s is not of its interval, which ends %s", new->run_id,
		    new->dag,
		    sim_date(oracle_end(a, def->dag, new->logical_us), (char[DATE_ROOM]){ 0 }));
	s->seen[SEEN_TICKS] += def->dag->has_fires && !def->dag->partitioned;
	s->seen[SEEN_EVERY] += def->dag->schedule.every_us > 0;
	s->seen[SEEN_INSTANTS] += def->dag->schedule.n_at > 0;
	s->seen[SEEN_CALENDARS] += def->dag->schedule.except.n > 0 || def->dag->schedule.has_only;
	s->seen[SEEN_ODD_DAY] += def->dag->partitioned && grid.unit == GRID_DAY &&
				 new->end_us - new->start_us != DAY_US;
	if (def->dag->partitioned &&
	    almanac_start(a, grid, almanac_part(a, grid, new->logical_us)) != new->logical_us)
		sim_fail(s, "I13", "run %s of %s begins in the middle of a %s", new->run_id,
			 new->dag, grid_unit_name(grid.unit));
}

static void
change_run(struct sim *s, const struct run_row *new)
{
	const struct run_rec *rec = rows_run(&s->rows, new->key);
	const struct run_row *old = rec ? &rec->row : NULL;
	const struct backfill_row *backfill = rows_backfill(&s->rows, new->backfill);
	bool retried;

	if (new->backfill &&
	    (!backfill || new->logical_us < backfill->from_us || new->logical_us > backfill->to_us))
		sim_fail(s, "I20", "run %s is of a backfill that does not reach it", new->run_id);
	if (!old) {
		if (new->epoch != 1)
			sim_fail(s, "I05", "run %s is born in epoch %d", new->run_id, new->epoch);
		check_interval(s, new);
		change_epoch(s, new);
		return;
	}
	/* Cancelled while it waited, it may be due to be made again at once. */
	retried = old->state == RUN_UP_FOR_RETRY && new->retries;
	if (new->epoch != old->epoch && !retried)
		change_epoch(s, new);
	else if (new->early != old->early && !(new->early &&oracle_clock_owes(s, new->key)))
		sim_fail(s, "I36", "run %s changed its mind about its interval", old->run_id);
	if (strcmp(old->run_id, new->run_id) != 0 || old->logical_us != new->logical_us ||
	    old->start_us != new->start_us || old->end_us != new->end_us || old->type != new->type)
		sim_fail(s, "I02", "run %s became another", old->run_id);
	if (new->epoch < old->epoch || new->epoch > old->epoch + 1)
		sim_fail(s, "I05", "run %s went from epoch %d to %d", old->run_id, old->epoch,
			 new->epoch);
	if (new->epoch != old->epoch && !run_is_final(old->state) && old->state != RUN_UP_FOR_RETRY)
		sim_fail(s, "I05", "run %s got an epoch while it was %s", old->run_id,
			 run_state_name(old->state));
	if (new->epoch == old->epoch && run_is_final(old->state) && new->state != old->state)
		sim_fail(s, "I05", "run %s left %s without a new epoch", old->run_id,
			 run_state_name(old->state));
	s->seen[SEEN_EPOCH] += new->epoch != old->epoch;
	s->seen[SEEN_AGAIN_WHEN_DUE] += old->early && !new->early;
	s->seen[SEEN_REPINNED] += strcmp(old->digest, new->digest) != 0;
	if ((new->epoch == old->epoch || retried) && strcmp(old->digest, new->digest) != 0)
		sim_fail(s, "I09", "run %s changed its definition within an epoch", old->run_id);
}

static void
new_attempt(struct sim *s, const struct attempt_row *new)
{
	int tries = 0;

	for (size_t i = 0; i < s->rows.n_attempts; i++) {
		const struct attempt_row *other = &s->rows.attempts[i].row;

		if (strcmp(other->token, new->token) == 0)
			sim_fail(s, "I03", "the token of attempt %lld is that of attempt %lld",
				 (long long)new->key, (long long)other->key);
		if (other->run == new->run && strcmp(other->task, new->task) == 0 &&
		    !s->rows.attempts[i].dropped)
			tries++;
	}
	s->seen[SEEN_BACK] += tries > 0 && strcmp(new->task, "extra") == 0;
	if (new->try_number != tries + 1)
		sim_fail(s, "I03", "try %d of task %s of run %lld is called %d", tries + 1,
			 new->task, (long long)new->run, new->try_number);
}

static void
change_attempt(struct sim *s, const struct attempt_row *new)
{
	const struct attempt_rec *rec = rows_attempt(&s->rows, new->key);
	const struct attempt_row *old = rec ? &rec->row : NULL;

	if (!old) {
		new_attempt(s, new);
		return;
	}
	if (old->run != new->run || old->task_index != new->task_index ||
	    old->map_index != new->map_index || old->try_number != new->try_number ||
	    old->epoch != new->epoch || strcmp(old->token, new->token) != 0)
		sim_fail(s, "I03", "attempt %lld became another", (long long)new->key);
	if (!attempt_is_live(old->state) &&
	    (new->state != old->state || new->outcome != old->outcome))
		sim_fail(s, "I05", "attempt %lld changed after its end", (long long)new->key);
	if (old->cancel && !new->cancel)
		sim_fail(s, "I05", "the wish to cancel attempt %lld was forgotten",
			 (long long)new->key);
	/* The first recovery may have made the tombstone by which the second one sees the end. */
	if (new->key <= s->old_attempts &&new->state != old->state &&
	    !(old->state == ATTEMPT_KILLING && shims_entry(s, new->key)->place == PLACE_TOMBSTONE))
		sim_fail(s, "I25", "recovery, done again, moved attempt %lld from %s to %s",
			 (long long)new->key, attempt_state_name(old->state),
			 attempt_state_name(new->state));
}

/* I13, I15: the cursor moved.  What it passed has to be there when the transaction is in. */
static void
change_dag(struct sim *s, const struct dag_row *new)
{
	const struct dag_row *old = rows_dag(&s->rows, new->dag);
	const struct def_rec *def = rows_def(&s->rows, new->digest);
	struct dag_row before = *new;
	struct plan plan;
	int64_t *at_us;
	struct planned *p;

	before.cursor_us = old ? old->cursor_us : INT64_MIN;
	oracle_clock_before(s, &before);
	/* A run that failed has paused it, after that look at the schedule: it went on till then.
	 */
	if (new->failures && (!old || !old->paused || old->live_since_us != new->live_since_us))
		before.paused = false;
	if (!def || new->cursor_us == before.cursor_us)
		return;
	if (new->cursor_us < before.cursor_us) {
		sim_fail(s, "I15", "the cursor of %s went back", new->dag);
		return;
	}
	oracle_plan(s->rows.almanac, def->dag, &before, sim_wall(s), &plan);
	/* Setting it to the start is no look at the schedule. */
	if (before.cursor_us == INT64_MIN &&
	    new->cursor_us == oracle_cursor(s->rows.almanac, def->dag, &before))
		return;
	if (oracle_clock_holds(s))
		sim_fail(s, "I45", "the schedule of %s goes on before anybody knows the time",
			 new->dag);
	s->seen[SEEN_DROPPED] += plan.dropped;
	s->seen[SEEN_OVER] += new->cursor_us >= def->dag->end_us;
	if (new->cursor_us != plan.cursor_us)
		sim_fail(s, "I13", "the cursor of %s is at %s, not %s", new->dag,
			 sim_date(new->cursor_us, (char[DATE_ROOM]){ 0 }),
			 sim_date(plan.cursor_us, (char[DATE_ROOM]){ 0 }));
	at_us = arena_get(s->arena, plan.n * sizeof(*at_us) + 1);
	memcpy(at_us, plan.at_us, plan.n * sizeof(*at_us));
	s->planned = mem_grow(s->planned, s->n_planned, &s->room_planned, sizeof(*p));
	p = &s->planned[s->n_planned++];
	*p = (struct planned){ arena_str(s->arena, new->dag), at_us, plan.n };
}

static void
change_partition(struct sim *s, const struct partition_row *new)
{
	const struct partition_row *old = rows_partition(&s->rows, new->dataset, new->part);
	int64_t last = old ? old->version : 0;
	bool same = old && strcmp(old->digest, new->digest) == 0;

	if (new->version != (same ? last : last + 1))
		sim_fail(s, "I32", "version %lld of %s follows version %lld %s new content",
			 (long long)new->version, new->dataset, (long long)last,
			 same ? "without" : "with");
}

/* A setup, a teardown, or one of on_exit. */
static bool
is_around(const struct run_rec *run, int task)
{
	return (size_t)task < run->dag->n_tasks &&
	       (run->dag->tasks[task].setup || task_outlives(&run->dag->tasks[task]));
}

/* I05, I06: the log tells every move, along the edges of the tables, from where things are. */
static void
change_event(struct sim *s, const struct event_row *row)
{
	struct run_rec *run = rows_run(&s->rows, row->run);
	struct attempt_rec *attempt = rows_attempt(&s->rows, row->attempt);
	const char *from = "?";
	bool legal = true;

	if (row->kind[0] == 'r' && run) {
		int to = run_state_of(row->to);

		from = run->replayed_state ? run_state_name(run->replayed_state) : "";
		legal = to > 0 && run_edges[run->replayed_state] & BIT(to);
		if (run_is_final(run->replayed_state) && run->row.epoch == run->before_epoch)
			legal = false;
		run->replayed_state = to > 0 ? (enum run_state)to : RUN_ILLEGAL;
	} else if (row->kind[0] == 't' && run && row->task_index >= 0) {
		unsigned char *state = rows_replayed(run, row->task_index, row->map_index);
		int to = task_state_of(row->to);
		bool opened = run->row.epoch != run->before_epoch;

		from = task_state_name((enum task_state) * state);
		legal = to > 0 && task_edges[*state] & BIT(to);
		if (!opened && !child_may_move(run, row))
			legal = false;
		/* A new epoch on another definition clears, and keeps ends in other places. */
		if (opened && *state == TASK_NONE && to > 0 &&
		    BIT(to) & (FINAL_TASKS | BIT(TASK_REMOVED)))
			legal = true;
		if (!opened && BIT(*state) & FINAL_TASKS &&
		    !(to == TASK_NONE && oracle_regrouped(run, (size_t)row->task_index)))
			legal = false;
		/* A retry of a run does again what failed, what did not run because of that, and
		 * what is made and torn down around it. */
		if (run->before_state == RUN_UP_FOR_RETRY && run->row.retries &&
		    BIT(*state) & FINAL_TASKS && *state != TASK_FAILED &&
		    *state != TASK_UPSTREAM_FAILED &&
		    !(*state == TASK_SKIPPED && oracle_reopened(s, run, row->task_index)) &&
		    oracle_group(run->dag, (size_t)row->task_index) < 0 &&
		    !(to == TASK_REMOVED && oracle_listed_anew(run, row->task_index)) &&
		    !is_around(run, row->task_index))
			legal = false;
		s->seen[SEEN_REASKED] += run->before_state == RUN_UP_FOR_RETRY &&
					 *state == TASK_SKIPPED && to == TASK_NONE;
		s->seen[SEEN_REMOVED] += to == TASK_REMOVED;
		s->seen[SEEN_REOPENED] += opened && to == TASK_EXPANDED;
		s->seen[SEEN_UNREADY] += *state == TASK_SCHEDULED && to == TASK_NONE;
		s->seen[SEEN_MISSING] += *state == TASK_NONE && to == TASK_FAILED && !opened;
		s->seen[SEEN_SKIPPED] += to == TASK_SKIPPED;
		if (*state == TASK_UP_FOR_RESCHEDULE && to == TASK_UP_FOR_RESCHEDULE)
			sensor_answer(s, run, row);
		*state = to > 0 ? (unsigned char)to : TASK_NONE;
	} else if (row->kind[0] == 'a' && attempt) {
		int to = attempt_state_of(row->to);

		from = attempt->replayed ? attempt_state_name(attempt->replayed) : "";
		legal = to > 0 && attempt_edges[attempt->replayed] & BIT(to);
		attempt->replayed = to > 0 ? (enum attempt_state)to : ATTEMPT_ILLEGAL;
	} else if (strchr("rta", row->kind[0])) {
		sim_fail(s, "I06", "the log tells of a %s that is not there", row->kind);
		return;
	} else {
		return;
	}
	if (strcmp(row->from, from) != 0)
		sim_fail(s, "I06", "the log moves a %s of run %lld from '%s', but it was '%s'",
			 row->kind, (long long)row->run, row->from, from);
	else if (!legal)
		sim_fail(s, "I05", "a %s of run %lld (task %d) went from '%s' to '%s'", row->kind,
			 (long long)row->run, row->task_index, row->from, row->to);
}

void
invariants_change(struct sim *s, const struct change *change)
{
	switch (change->kind) {
	case CHANGE_TASKS_DROP:
		child_drop(s, change->run.key);
		break;
	case CHANGE_TASK:
		child_change(s, &change->task);
		break;
	case CHANGE_RUN:
		change_run(s, &change->run);
		break;
	case CHANGE_ATTEMPT:
		change_attempt(s, &change->attempt);
		break;
	case CHANGE_DAG:
		change_dag(s, &change->dag);
		break;
	case CHANGE_PARTITION:
		change_partition(s, &change->partition);
		events_publish(s, &change->partition);
		break;
	case CHANGE_EVENT:
		change_event(s, &change->event);
		break;
	default:
		break;
	}
}

/* ---- the rows, when all changes are in ---- */

/* I06, I09, I10: a run that this transaction touched. */
static void
check_run(struct sim *s, const struct run_rec *run)
{
	enum run_state is = run->row.state, want = oracle_run(run);
	const char *id = run->row.run_id;

	if (run->n_tasks != run->dag->n_tasks) {
		sim_fail(s, "I09", "run %s of %s has %zu tasks, its definition %zu", id,
			 run->row.dag, run->n_tasks, run->dag->n_tasks);
		return;
	}
	if (is == RUN_UP_FOR_RETRY)
		is = RUN_FAILED;
	if (run_is_final(want) ? is != want : run_is_final(is))
		sim_fail(s, "I10", "run %s of %s is %s, its tasks say %s", id, run->row.dag,
			 run_state_name(is), run_state_name(want));
	invariants_deadline(s, run);
	invariants_retry(s, run);
	if (run->replayed_state != run->row.state)
		sim_fail(s, "I06", "run %s of %s is %s, the log says otherwise", id, run->row.dag,
			 run_state_name(is));
	for (size_t i = 0; i < run->n_tasks || i < run->n_replayed; i++) {
		enum task_state state = i < run->n_tasks ? run->tasks[i].state : TASK_NONE;
		enum task_state told = i < run->n_replayed ? run->replayed[i] : TASK_NONE;

		if (i < run->n_tasks && strcmp(run->tasks[i].task, run->dag->tasks[i].id) != 0)
			sim_fail(s, "I09", "run %s of %s has task %s in the place of %s", id,
				 run->row.dag, run->tasks[i].task, run->dag->tasks[i].id);
		if (i < run->n_tasks && run->tasks[i].looks)
			state = sensor_told(s, run, i);
		if (state != told)
			sim_fail(s, "I06", "task %zu of run %s of %s is %s, the log says %s", i, id,
				 run->row.dag, task_state_name(state), task_state_name(told));
	}
	oracle_expand(s, run);
}

static bool
is_attempted(enum task_state state)
{
	return state == TASK_QUEUED || state == TASK_RUNNING;
}

/* I01: live attempts and tasks that are under way are the same set. */
static void
check_live(struct sim *s)
{
	const struct rows *r = &s->rows;
	size_t live = 0, under_way = 0;

	for (size_t i = 0; i < r->n_attempts; i++) {
		const struct attempt_row *a = &r->attempts[i].row;
		const struct run_rec *run;
		const struct task_row *task;

		if (!attempt_is_live(a->state))
			continue;
		run = rows_run(r, a->run);
		task = rows_task(r, a->run, a->task_index, a->map_index);
		live++;
		if (!task || strcmp(task->task, a->task) != 0 || a->epoch != run->row.epoch ||
		    !is_attempted(task->state) || a->try_number != task->tries)
			sim_fail(s, "I01",
				 "attempt %lld is %s, but its task is not under way by it",
				 (long long)a->key, attempt_state_name(a->state));
	}
	for (size_t i = 0; i < r->n_runs; i++) {
		const struct task_row *row;

		for (size_t at = 0; (row = rows_next(&r->runs[i], &at, false));)
			under_way += is_attempted(row->state);
	}
	if (live != under_way)
		sim_fail(s, "I01", "%zu attempts are live for %zu tasks under way", live,
			 under_way);
}

/* I18: a run that became active in this transaction found a free run slot. */
static void
check_cap(struct sim *s, const struct run_rec *run)
{
	int n = oracle_active_runs(&s->rows, run), cap = oracle_run_cap(&s->rows, run);

	if (n > cap)
		sim_fail(s, "I18", "run %s of %s is the %dth active one where %d are allowed",
			 run->row.run_id, run->row.dag, n, cap);
}

/* I07: a new attempt needs a rule that accepts and inputs that are settled. */
static void
check_start(struct sim *s, const struct attempt_row *a)
{
	const struct run_rec *run = rows_run(&s->rows, a->run);

	if (run->row.state != RUN_RUNNING)
		sim_fail(s, "I07", "attempt %lld starts in a run that is %s", (long long)a->key,
			 run_state_name(run->row.state));
	if (oracle_was_paused(&s->rows, run->row.dag, a->key))
		sim_fail(s, "I07", "attempt %lld starts in a paused dag", (long long)a->key);
	if (a->map_index >= 0) {
		oracle_check_instance(s, run, a);
		return;
	}
	if (oracle_ready(&s->rows, run, a->task_index, false, sim_wall(s)) != READY_NOW)
		sim_fail(s, "I07", "attempt %lld of task %s of run %s of %s starts too early",
			 (long long)a->key, a->task, run->row.run_id, run->row.dag);
}

/* ---- the end of an attempt ---- */

/* I28, I32, I33: success needs a good record and a durable publish that is its own. */
static void
check_success(struct sim *s, const struct attempt_row *a)
{
	const struct run_rec *run = rows_run(&s->rows, a->run);
	const struct dag *dag = rows_dag_of(run, a);
	/* What it was when the attempt was made: a clock that was set back does not reach it. */
	bool early = rows_attempt(&s->rows, a->key)->early;
	int64_t part = rows_part(&s->rows, run);
	struct storage_partition outputs[DAG_OUTPUTS_MAX];
	size_t n = shims_outputs(s, dag, &dag->tasks[a->task_index], part, outputs);

	oracle_check_skip(s, a);
	if (a->outcome == OUTCOME_NOT_YET)
		return;
	s->seen[SEEN_SEVERAL] += n > 2;
	if (a->outcome != OUTCOME_SKIPPED && !shims_entry(s, a->key)->ended_ok)
		sim_fail(s, "I28", "attempt %lld succeeded without a record that says so",
			 (long long)a->key);
	for (size_t i = 0; i < n; i++) {
		const struct partition_row *row = rows_partition(&s->rows, outputs[i].dataset,
								 part);
		struct lake_content live = lake_look(&s->lake, outputs[i].path, dag->grid.unit,
						     part);

		if (!live.manifest || strcmp(live.manifest->token, a->token) != 0)
			sim_fail(s, "I33", "attempt %lld succeeded, but %s is not what it made",
				 (long long)a->key, outputs[i].dataset);
		else if (row && (row->preliminary != NULL) != early)
			sim_fail(s, "I36", "%s of attempt %lld is told as %s", outputs[i].dataset,
				 (long long)a->key, row->preliminary ? "preliminary" : "final");
		else if (!row || row->attempt != a->key || row->version != live.manifest->version ||
			 strcmp(row->digest, live.manifest->digest) != 0)
			sim_fail(s, "I32", "the row of %s does not tell what is live",
				 outputs[i].dataset);
		else if (!lake_durable(&s->lake, outputs[i].path, dag->grid.unit, part))
			sim_fail(s, "I33",
				 "attempt %lld succeeded, but %s could be lost in a reboot",
				 (long long)a->key, outputs[i].dataset);
	}
}

/* I56: of an attempt that did not succeed nothing is live, of any of its outputs. */
static void
check_nothing_live(struct sim *s, const struct attempt_row *a)
{
	const struct run_rec *run = rows_run(&s->rows, a->run);
	const struct dag *dag = rows_dag_of(run, a);
	int64_t part = rows_part(&s->rows, run);
	struct storage_partition outputs[DAG_OUTPUTS_MAX];
	size_t n = shims_outputs(s, dag, &dag->tasks[a->task_index], part, outputs);

	for (size_t i = 0; i < n; i++) {
		struct lake_content live = lake_look(&s->lake, outputs[i].path, dag->grid.unit,
						     part);

		if (live.manifest && strcmp(live.manifest->token, a->token) == 0)
			sim_fail(s, "I56", "attempt %lld ended as %s, but its %s is live",
				 (long long)a->key, attempt_state_name(a->state),
				 outputs[i].dataset);
	}
}

/* I28: what is said to have been used stood in the record, and is said of all that has one. */
static void
check_used(struct sim *s, const struct attempt_row *a)
{
	const struct used none = USED_UNKNOWN, all = shims_used(a->key);
	bool is_none = memcmp(&a->used, &none, sizeof(none)) == 0;
	bool is_all = memcmp(&a->used, &all, sizeof(all)) == 0;
	bool has_record = a->state == ATTEMPT_PUBLISHING || a->state == ATTEMPT_SUCCESS;

	if (!is_all && (has_record || !is_none))
		sim_fail(s, "I28", "attempt %lld is said to have used what its record does not",
			 (long long)a->key);
}

static void
check_attempt(struct sim *s, const struct attempt_rec *rec)
{
	const struct attempt_row *a = &rec->row;

	if (rec->replayed != (a->look > 1 ? ATTEMPT_ILLEGAL : a->state))
		sim_fail(s, "I06", "attempt %lld is %s, the log says otherwise", (long long)a->key,
			 attempt_state_name(a->state));
	if (rec->before == ATTEMPT_ILLEGAL)
		check_start(s, a);
	if (rec->before == a->state)
		return;
	if (a->state == ATTEMPT_PUBLISHING && !shims_entry(s, a->key)->ended_ok)
		sim_fail(s, "I28", "attempt %lld publishes without a record that says ok",
			 (long long)a->key);
	check_used(s, a);
	if (attempt_is_live(a->state))
		return;
	if (shims_alive(s, a->key))
		sim_fail(s, "I26", "attempt %lld ended as %s while a process of it is alive",
			 (long long)a->key, attempt_state_name(a->state));
	if (a->state == ATTEMPT_SUCCESS)
		check_success(s, a);
	else
		check_nothing_live(s, a);
	invariants_ended(s, a);
}

/* ---- verdicts without an attempt, and what the schedule made ---- */

/* Does the task of an event lack something that will not come? */
static bool
lacks(struct sim *s, const struct run_rec *run, const struct event_row *row)
{
	bool given = oracle_given(&s->rows, run, row->task_index) == READY_MISSING;

	s->seen[SEEN_NOT_GIVEN] += given;
	if (run->dag->tasks[row->task_index].expand)
		return given || oracle_list(&s->rows, run, row->task_index) == READY_MISSING;
	return given ||
	       oracle_missing(&s->rows, run, &run->dag->tasks[row->task_index], sim_wall(s));
}

/* I08: what ended without an attempt could not have started any more. */
static void
check_verdict(struct sim *s, const struct event_row *row)
{
	const struct run_rec *run = rows_run(&s->rows, row->run);
	const struct task *task;
	enum readiness when = READY_WAIT;
	bool right = true;

	/* Told in a new epoch: kept from the last one, not a verdict. */
	if (!run || row->kind[0] != 't' || run->row.epoch != run->before_epoch)
		return;
	task = &run->dag->tasks[row->task_index];
	if (row->map_index >= 0 || strcmp(row->from, "expanded") == 0 ||
	    strcmp(row->to, "expanded") == 0) {
		oracle_check_move(s, run, row);
		return;
	}
	if (task->wait.told && told_ended(s, run, row))
		return;
	if (strcmp(row->from, "none") == 0 && oracle_upstreams(run, task) == VERDICT_RUN)
		when = oracle_when(&s->rows, run, row->task_index);
	if (strcmp(row->from, "none") != 0) {
		right = strcmp(row->to, "failed") != 0 || row->attempt ||
			oracle_expired(s, run, task, task->id);
	} else if (strcmp(row->to, "success") == 0) {
		/* Without an attempt: only by its runs, which child_commit() asks. */
		right = task->child.dag != NULL;
	} else if (strcmp(row->to, "upstream_failed") == 0)
		right = oracle_upstreams(run, task) == VERDICT_UPSTREAM_FAILED;
	else if (strcmp(row->to, "skipped") == 0)
		right = oracle_upstreams(run, task) == VERDICT_SKIP || when == READY_WHEN_FALSE ||
			(task->expand && oracle_list(&s->rows, run, row->task_index) == READY_SKIP);
	else if (strcmp(row->to, "failed") == 0 && task->child.dag &&
		 child_failed_rightly(s, run, row->task_index))
		right = true;
	else if (strcmp(row->to, "failed") == 0)
		right = when == READY_WHEN_ERROR || (when == READY_NOW && lacks(s, run, row)) ||
			oracle_expired(s, run, task, task->id);
	s->seen[SEEN_EMPTY_LIST] += task->expand && strcmp(row->to, "skipped") == 0 &&
				    when == READY_NOW;
	s->seen[SEEN_BAD_LIST] += task->expand && strcmp(row->to, "failed") == 0 &&
				  when == READY_NOW;
	s->seen[SEEN_WHEN_FALSE] += when == READY_WHEN_FALSE;
	s->seen[SEEN_OUTPUTS] += when == READY_WHEN_FALSE && oracle_asks_outputs(task);
	s->seen[SEEN_WHEN_ERROR] += when == READY_WHEN_ERROR;
	if (!right)
		sim_fail(s, "I08", "task %s of run %s of %s is %s too early", task->id,
			 run->row.run_id, run->row.dag, row->to);
}

static bool
was_planned(const struct sim *s, const struct run_row *run)
{
	for (size_t i = 0; i < s->n_planned; i++) {
		const struct planned *p = &s->planned[i];

		for (size_t k = 0; k < p->n && strcmp(p->dag, run->dag) == 0; k++) {
			if (p->at_us[k] == run->logical_us)
				return true;
		}
	}
	return false;
}

/* I13: the schedule made exactly the runs that the oracle makes. */
static void
check_schedule(struct sim *s)
{
	for (size_t i = 0; i < s->n_planned; i++) {
		const struct planned *p = &s->planned[i];

		for (size_t k = 0; k < p->n; k++) {
			if (!rows_run_at(&s->rows, p->dag, p->at_us[k]))
				sim_fail(s, "I13", "the schedule of %s passed %s by", p->dag,
					 sim_date(p->at_us[k], (char[DATE_ROOM]){ 0 }));
		}
	}
	for (size_t i = 0; i < s->rows.n_runs; i++) {
		const struct run_rec *run = &s->rows.runs[i];

		if (run->before_epoch == 0 && run->row.type == RUN_SCHEDULED &&
		    !run->dag->wakes.n && !was_planned(s, &run->row))
			sim_fail(s, "I13", "the schedule of %s made run %s too", run->row.dag,
				 run->row.run_id);
	}
	s->n_planned = 0;
}

/* I35: of a backfill's runs that wait for a slot the first goes first: the newest, if it goes back.
 */
static void
check_order(struct sim *s, const struct run_rec *started)
{
	const struct backfill_row *b = rows_backfill(&s->rows, started->row.backfill);

	if (!b || started->before_state != RUN_QUEUED || started->row.state == RUN_QUEUED ||
	    started->row.state == RUN_CANCELLED)
		return;
	for (size_t i = 0; i < s->rows.n_runs; i++) {
		const struct run_rec *other = &s->rows.runs[i];
		bool older = other->row.logical_us < started->row.logical_us;

		if (other->row.backfill == b->key && other != started &&
		    other->before_state == RUN_QUEUED && other->row.state == RUN_QUEUED &&
		    older != b->backwards)
			sim_fail(s, "I35", "run %s of a backfill started before %s",
				 started->row.run_id, other->row.run_id);
	}
	s->seen[SEEN_NEWEST_FIRST] += b->backwards;
}

/* I22: a command that was answered before has no effect any more. */
static void
check_repeated(struct sim *s, const struct change *changes, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (changes[i].kind == CHANGE_COMMAND || changes[i].kind == CHANGE_BACKFILL)
			sim_fail(s, "I22", "a repeated command was taken for a new one");
	}
	for (size_t i = 0; i < s->rows.n_runs; i++) {
		const struct run_rec *run = &s->rows.runs[i];

		/* What was early is made again when it is due, whoever asks for something then. */
		if (run->before_epoch != run->row.epoch && !was_planned(s, &run->row) &&
		    !run->dag->wakes.n && run->before_state != RUN_UP_FOR_RETRY &&
		    !(run->before_early && !run->row.early) && !run->row.parent)
			sim_fail(s, "I22", "a repeated command opened run %s of %s",
				 run->row.run_id, run->row.dag);
	}
}

void
invariants_commit(struct sim *s, const struct change *changes, size_t n)
{
	const struct rows *r = &s->rows;

	if (s->repeated)
		check_repeated(s, changes, n);
	orphans_commit(s);
	overlap_commit(s);
	clock_commit(s, changes, n);
	cancels_commit(s, changes, n);
	pauses_commit(s, changes, n);
	events_commit(s, changes, n);
	for (size_t i = 0; i < r->n_runs && !s->failed; i++) {
		if (r->runs[i].touched) {
			check_run(s, &r->runs[i]);
			check_order(s, &r->runs[i]);
			oracle_check_outputs(s, &r->runs[i]);
			group_commit(s, &r->runs[i], changes, n);
			told_commit(s, &r->runs[i]);
		}
	}
	if (s->failed)
		return;
	check_live(s);
	sensor_commit(s);
	if (!s->failed)
		state_commit(s);
	if (!s->failed)
		oracle_check_limits(s);
	if (!s->failed)
		oracle_check_shares(s);
	for (size_t i = 0; i < r->n_attempts && !s->failed; i++) {
		if (r->attempts[i].touched)
			check_attempt(s, &r->attempts[i]);
	}
	for (size_t i = 0; i < r->n_runs && !s->failed; i++) {
		if (!r->runs[i].before_active && rows_active_run(&r->runs[i]))
			check_cap(s, &r->runs[i]);
	}
	for (size_t i = 0; i < n && !s->failed; i++) {
		if (changes[i].kind == CHANGE_EVENT)
			check_verdict(s, &changes[i].event);
	}
	check_schedule(s);
	if (!s->failed)
		child_commit(s, changes, n);
	if (!s->failed)
		graph_commit(s, changes, n);
	if (!s->failed)
		clock_waits(s);
}
