/*
 * oracle_clock.c - I45: what follows when the wall clock was set, said again from docs/STATE.md 4.
 *
 * The engine keeps instants of the wall clock and moves them; here every wait is an instant of the
 * clock of the boot, and stays where it is.  What the schedule has to take back is worked out from
 * the rows when the clocks are looked at, and held against the transaction that follows.
 */
#include "tests/sim/sim.h"

#include <stdlib.h>
#include <string.h>

#define NOTED_US (10 * SECOND_US) /* less is no change at all ... */
#define JUMP_US MINUTE_US         /* ... and up to here one that a time server makes */
#define HOLD_US (5 * MINUTE_US)
#define DELAY_MAX_US MINUTE_US /* of retries of tasks, as dags.c writes them and for losses */

void
oracle_clock_start(struct sim *s)
{
	if (!s->generation || s->generation == 1)
		s->clock_kept.boot = -1;
	s->clock = s->clock_kept;
	s->n_back = 0;
	s->seen[SEEN_HELD_ON] += oracle_clock_holds(s);
}

void
oracle_clock_release(struct sim *s)
{
	free(s->waits);
	free(s->back);
}

bool
oracle_clock_holds(const struct sim *s)
{
	return sim_wall(s) < s->clock.held_until_us;
}

void
oracle_clock_pass(struct sim *s)
{
	if (!oracle_clock_holds(s))
		s->clock.held_until_us = 0;
}

void
oracle_clock_accept(struct sim *s)
{
	s->seen[SEEN_ACCEPTED] += oracle_clock_holds(s);
	s->clock.held_until_us = 0;
}

/* ---- what a look takes back ---- */

static struct taken_back *
add_back(struct sim *s)
{
	s->back = mem_grow(s->back, s->n_back, &s->room_back, sizeof(*s->back));
	s->back[s->n_back] = (struct taken_back){ .us = INT64_MAX };
	return &s->back[s->n_back++];
}

/* The first interval of the schedule that has not ended. */
static int64_t
first_open(const struct sim *s, const struct dag *dag)
{
	int64_t us = oracle_interval(s->rows.almanac, dag, sim_wall(s));
	struct dag_row start = { .cursor_us = dag->start_us };

	/* Or there was no tick yet. */
	if (us >= dag->start_us)
		return us;
	return oracle_cursor(s->rows.almanac, dag, &start);
}

static bool
has_attempt(const struct sim *s, int64_t run)
{
	for (size_t i = 0; i < s->rows.n_attempts; i++)
		if (s->rows.attempts[i].row.run == run)
			return true;
	return false;
}

static void
take_back(struct sim *s)
{
	for (size_t i = 0; i < s->rows.n_dags; i++) {
		const struct dag_row *row = &s->rows.dags[i];
		const struct dag *dag = rows_active(&s->rows, row->dag);
		int64_t us = dag->has_fires ? first_open(s, dag) : INT64_MIN;

		if (us != INT64_MIN && row->cursor_us > us)
			*add_back(s) = (struct taken_back){ .dag = row->dag, .us = us };
	}
	for (size_t i = 0; i < s->rows.n_runs; i++) {
		const struct run_row *run = &s->rows.runs[i].row;

		if (!rows_active(&s->rows, run->dag)->has_fires || run->early ||
		    run->start_us == run->end_us || run->end_us <= sim_wall(s))
			continue;
		*add_back(s) = (struct taken_back){
			.us = INT64_MAX,
			.run = run->key,
			.cancel = run->type != RUN_MANUAL && run->state == RUN_QUEUED &&
				  !has_attempt(s, run->key),
		};
	}
}

void
oracle_clock_look(struct sim *s)
{
	struct clocks *c = &s->clock;
	bool first = c->boot < 0, same = c->boot == s->boot;
	int64_t by_us = sim_ahead(s) - c->offset_us, set_us = s->offset_us - c->set_us;
	bool jump = by_us > JUMP_US || by_us < -JUMP_US;

	if (same && by_us < NOTED_US && by_us > -NOTED_US)
		return;
	s->seen[SEEN_SET_DEAD] += s->recovering && same && jump;
	s->seen[SEEN_SET_BOOT] += !first && !same && (set_us > JUMP_US || set_us < -JUMP_US);
	if (same && jump) {
		c->jump_us = by_us;
		c->jumped_us = sim_wall(s);
		c->held_until_us = by_us > 0 ? sim_wall(s) + HOLD_US : 0;
	} else if (!same && c->held_until_us > sim_wall(s) + HOLD_US) {
		c->held_until_us = sim_wall(s) + HOLD_US;
	}
	c->boot = s->boot;
	c->offset_us = sim_ahead(s);
	c->set_us = s->offset_us;
	for (size_t i = 0; i < s->n_waits; i++)
		s->waits[i].moved |= same && jump;
	take_back(s);
}

void
oracle_clock_before(const struct sim *s, struct dag_row *row)
{
	for (size_t i = 0; i < s->n_back; i++)
		if (s->back[i].dag && strcmp(s->back[i].dag, row->dag) == 0)
			row->cursor_us = s->back[i].us;
}

bool
oracle_clock_owes(const struct sim *s, int64_t run)
{
	for (size_t i = 0; i < s->n_back; i++)
		if (s->back[i].run == run)
			return true;
	return false;
}

static void
check_back(struct sim *s, const struct taken_back *b)
{
	const struct run_rec *run = b->run ? rows_run(&s->rows, b->run) : NULL;

	if (run && !run->row.early)
		sim_fail(s, "I45", "run %s of %s was made by a clock that was ahead, and is whole",
			 run->row.run_id, run->row.dag);
	else if (run && b->cancel && run->row.state != RUN_CANCELLED)
		sim_fail(s, "I45", "run %s of %s, queued by a clock that was ahead, is %s",
			 run->row.run_id, run->row.dag, run_state_name(run->row.state));
	s->seen[SEEN_CURSOR_BACK] += b->dag != NULL;
	s->seen[SEEN_CLOCK_OWED] += run != NULL;
	s->seen[SEEN_CLOCK_CANCEL] += run && b->cancel;
}

/* The cursor of each dag that had to go back is told; change_dag() asks where it is. */
static void
check_cursors(struct sim *s, const struct change *changes, size_t n)
{
	for (size_t i = 0; i < s->n_back && !s->failed; i++) {
		const char *dag = s->back[i].dag;
		bool moved = false;

		for (size_t k = 0; k < n && dag; k++)
			moved |= changes[k].kind == CHANGE_DAG && !strcmp(changes[k].dag.dag, dag);
		if (dag && !moved)
			sim_fail(s, "I45", "the cursor of %s stays ahead of the clock", dag);
	}
}

/* ---- the row ---- */

static int64_t
still_held(const struct sim *s, int64_t until_us)
{
	return until_us > sim_wall(s) ? until_us : 0;
}

static bool
is_known(const struct sim *s, const struct clocks *c, const struct clocks *other)
{
	return c->boot == other->boot && c->offset_us == other->offset_us &&
	       c->jump_us == other->jump_us && c->jumped_us == other->jumped_us &&
	       still_held(s, c->held_until_us) == still_held(s, other->held_until_us);
}

static void
check_row(struct sim *s, const struct change *changes, size_t n)
{
	const struct clock_row *row = &s->rows.clock;
	bool told = is_known(s, &s->clock, &s->clock_kept);
	struct clocks in_row = {
		-1, row->offset_us, row->jump_us, row->jumped_us, row->held_until_us, 0
	};

	for (size_t i = 0; i < n; i++)
		told |= changes[i].kind == CHANGE_CLOCK;
	if (row->key)
		in_row.boot = atoi(row->boot + strlen("boot-"));
	if (!told || (row->key && !is_known(s, &s->clock, &in_row)))
		sim_fail(s, "I45", "the row of the clocks does not tell what they are");
}

/* ---- instants, by the clock of the boot ---- */

int64_t
oracle_clock_made(const struct sim *s, const struct attempt_rec *a)
{
	return a->made_us ? a->boot_us + s->clock.offset_us : a->row.created_us;
}

static struct wait *
find_wait(const struct sim *s, int64_t run, char kind, int index)
{
	for (size_t i = 0; i < s->n_waits; i++)
		if (s->waits[i].run == run && s->waits[i].kind == kind &&
		    s->waits[i].index == index)
			return &s->waits[i];
	return NULL;
}

int64_t
oracle_clock_until(const struct sim *s, int64_t run, char kind, int index)
{
	const struct wait *w = find_wait(s, run, kind, index);

	return w ? w->boot_us + s->clock.offset_us : INT64_MIN;
}

/* Another boot: what is known of instants is what the wall clock was, and how long a wait is. */
static void
boot_again(struct sim *s)
{
	int64_t was_us = s->clock_kept.offset_us, is_us = s->clock.offset_us, now_us = sim_wall(s);

	for (size_t i = 0; i < s->n_waits; i++) {
		struct wait *w = &s->waits[i];
		int64_t until_us = w->boot_us + was_us, most_us = now_us + w->full_us;

		s->seen[SEEN_CUT_SHORT] += until_us > most_us;
		w->boot_us = (until_us < most_us ? until_us : most_us) - is_us;
		w->other = true;
	}
	for (size_t i = 0; i < s->rows.n_attempts; i++) {
		struct attempt_rec *a = &s->rows.attempts[i];
		int64_t at_us = a->boot_us + was_us;

		a->boot_us = (at_us < now_us ? at_us : now_us) - is_us;
	}
}

/* A delay of another account may be the bound after a boot; what follows is held to that. */
static bool
is_longer(struct wait *w, int64_t boot_us, int64_t now_boot_us)
{
	if (!w->other || w->kind != 't' || boot_us < w->boot_us ||
	    boot_us > now_boot_us + DELAY_MAX_US)
		return false;
	w->boot_us = boot_us;
	return true;
}

static void
see(struct sim *s, const struct run_rec *run, char kind, int index, int nth, int64_t due_us,
    int64_t since_us)
{
	struct wait *w = find_wait(s, run->row.key, kind, index);
	int64_t boot_us = due_us - s->clock.offset_us;

	if (!w || w->epoch != run->row.epoch || w->nth != nth) {
		if (!w) {
			s->waits = mem_grow(s->waits, s->n_waits, &s->room_waits, sizeof(*w));
			w = &s->waits[s->n_waits++];
		}
		*w = (struct wait){ .run = run->row.key,
				    .kind = kind,
				    .index = index,
				    .epoch = run->row.epoch,
				    .nth = nth,
				    .boot_us = boot_us,
				    .full_us = due_us - since_us };
	} else if (w->boot_us != boot_us &&
		   !is_longer(w, boot_us, sim_wall(s) - s->clock.offset_us)) {
		sim_fail(s, "I45",
			 "%c%d of run %s of %s waits until %lld by the clock of the boot, not %lld",
			 kind, index, run->row.run_id, run->row.dag, (long long)boot_us,
			 (long long)w->boot_us);
	}
	w->other = false;
	w->kept = true;
}

/* It is not waited for any more: because it is over?  Who gave it up ended what it was of. */
static void
check_over(struct sim *s, const struct run_rec *run, const struct wait *w)
{
	const struct run_row *row = &run->row;
	bool over = false;

	if (w->kind == 't')
		over = row->epoch == w->epoch && rows_at(run, w->index) &&
		       !task_is_final(rows_at(run, w->index)->state);
	else if (w->kind == 'r')
		over = row->timed_out ? !run->before_timed_out && row->epoch == w->epoch
				      : run->before_state == RUN_UP_FOR_RETRY &&
					    row->epoch == w->epoch + 1 && row->retries;
	s->seen[SEEN_WAITED_ON] += over && w->moved;
	if (over && s->mono_us - s->booted_us < w->boot_us - NOTED_US)
		sim_fail(s, "I45", "%c%d of run %s of %s has not waited as long as it was to",
			 w->kind, w->index, row->run_id, row->dag);
}

static void
see_all(struct sim *s, const struct run_rec *run)
{
	const struct run_row *row = &run->row;
	const struct task_row *task;
	bool due = row->state == RUN_RUNNING ? !row->timed_out : row->state == RUN_UP_FOR_RETRY;

	if (row->due_us && due)
		see(s, run, 'r', (int)row->state, row->retries, row->due_us,
		    row->state == RUN_RUNNING ? row->due_us - run->dag->timeout_us : sim_wall(s));
	for (size_t at = 0; (task = rows_next(run, &at, false));)
		if (task->state == TASK_UP_FOR_RETRY)
			see(s, run, 't', rows_place(task->index, task->map_index), task->tries,
			    task->next_retry_us, task->since_us);
	for (size_t i = 0; i < SIM_GROUPS_MAX; i++)
		if (run->groups[i].row.due_us)
			see(s, run, 'g', (int)i, run->groups[i].row.retries,
			    run->groups[i].row.due_us, sim_wall(s));
}

void
clock_waits(struct sim *s)
{
	bool all = !is_known(s, &s->clock, &s->clock_kept);
	size_t n = 0;

	for (size_t i = 0; i < s->n_waits; i++)
		s->waits[i].kept = false;
	for (size_t i = 0; i < s->rows.n_runs && !s->failed; i++)
		if (s->rows.runs[i].touched || all)
			see_all(s, &s->rows.runs[i]);
	for (size_t i = 0; i < s->n_waits && !s->failed; i++) {
		const struct run_rec *run = rows_run(&s->rows, s->waits[i].run);

		if (!s->waits[i].kept && (run->touched || all))
			check_over(s, run, &s->waits[i]);
		else
			s->waits[n++] = s->waits[i];
	}
	s->n_waits = n;
	s->clock_kept = s->clock;
}

/* ---- a commit ---- */

/* Nobody asked, and the schedule is held: no run of it begins. */
static void
check_held(struct sim *s)
{
	for (size_t i = 0; i < s->rows.n_runs; i++) {
		const struct run_rec *run = &s->rows.runs[i];
		bool again = run->before_early && !run->row.early;

		if (run->before_epoch != run->row.epoch && !s->commanded &&
		    run->before_state != RUN_UP_FOR_RETRY && !run->row.parent &&
		    (again || !run->before_epoch))
			sim_fail(s, "I45", "run %s of %s is made while the schedule is held",
				 run->row.run_id, run->row.dag);
	}
}

/* A queued run that has not begun ends by itself only when the clock takes it back. */
static void
check_cancelled(struct sim *s)
{
	for (size_t i = 0; i < s->rows.n_runs; i++) {
		const struct run_rec *run = &s->rows.runs[i];

		if (run->before_epoch && run->before_state == RUN_QUEUED && !s->commanded &&
		    run->row.state == RUN_CANCELLED && !run->row.started_us &&
		    run->overlapped != run->row.epoch && run->cancelled != run->row.epoch &&
		    !oracle_clock_owes(s, run->row.key))
			sim_fail(s, "I45", "run %s of %s was cancelled by nobody", run->row.run_id,
				 run->row.dag);
	}
}

void
clock_commit(struct sim *s, const struct change *changes, size_t n)
{
	check_row(s, changes, n);
	if (s->clock_kept.boot >= 0 && s->clock_kept.boot != s->clock.boot)
		boot_again(s);
	if (oracle_clock_holds(s))
		check_held(s);
	check_cancelled(s);
	check_cursors(s, changes, n);
	for (size_t i = 0; i < s->n_back && !s->failed; i++)
		check_back(s, &s->back[i]);
	s->n_back = 0;
	for (size_t i = 0; i < s->rows.n_dags && !s->failed; i++)
		if (s->rows.dags[i].live_since_us > sim_wall(s) + NOTED_US)
			sim_fail(s, "I45", "%s is to live from an instant on that is ahead",
				 s->rows.dags[i].dag);
}
