/*
 * oracle_state.c - what a try finds of the one before in $TIDEMILL_STATE, said again from the tries
 * themselves.
 *
 * A program of the simulator counts: it leaves one more than it found.  Who finds what follows from
 * the attempts of the run in their order, and from how each epoch was opened.
 */
#include "core/base/json.h"
#include "scheduler/engine/look.h"
#include "tests/sim/sim.h"

#include <stdio.h>
#include <string.h>

/* What a task may have been given: one value, or nothing. */
struct state_of {
	int value;    /* 0: nothing */
	bool or_none; /* a person may have cleared it between: the log alone would tell */
};

/* Did a person open an epoch after `from`, up to `to`? */
static bool
was_cleared(const struct run_rec *run, int from, int to)
{
	for (int epoch = from + 1; epoch <= to; epoch++)
		if (!run->retry_epochs[epoch])
			return true;
	return false;
}

/* What the next try finds, that begins in `epoch`; `begun`: one was made there. */
static struct state_of
find_state(const struct sim *s, const struct run_rec *run, const char *task, int64_t before,
	   int epoch, bool begun)
{
	const struct rows *r = &s->rows;
	struct state_of out = { 0 };

	for (size_t i = r->n_attempts; i-- > 0;) {
		const struct attempt_row *a = &r->attempts[i].row;

		if (a->run != run->row.key || a->key >= before || strcmp(a->task, task) != 0)
			continue;
		/* A task that begins in an epoch that a person opened was cleared for it. */
		if (begun && a->epoch < epoch && !run->retry_epochs[epoch])
			return out;
		/* In between it may have been, and an instance may be of another list. */
		out.or_none |= was_cleared(run, a->epoch, epoch) ||
			       (a->epoch < epoch && a->map_index >= 0);
		epoch = a->epoch;
		begun = true;
		if (attempt_is_live(a->state) || r->attempts[i].state < 0)
			continue;
		out.value = r->attempts[i].state;
		return out;
	}
	return out;
}

static int
number_in(const char *kept)
{
	const char *at = kept ? strstr(kept, "\"n\":") : NULL;
	int n = 0;

	return at && sscanf(at + 4, "%d", &n) == 1 ? n : 0;
}

int
state_given(struct sim *s, const struct attempt_row *a, const struct task *task)
{
	const struct run_rec *run = rows_run(&s->rows, a->run);
	struct state_of want = find_state(s, run, a->task, a->key, a->epoch, true);
	struct attempt_info info;
	int given;

	if (!task->keeps_state || !engine_attempt(s->engine, a->key, &info))
		return 0;
	given = number_in(info.kept);
	if (given != want.value && !(given == 0 && want.or_none))
		sim_fail(s, "I51", "attempt %lld of task %s finds %d, the try before left %d",
			 (long long)a->key, a->task, given, want.value);
	s->seen[SEEN_STATE] += given > 1;
	return given;
}

static void
check_run(struct sim *s, const struct run_rec *run)
{
	const struct task_row *t;

	for (size_t at = 0; (t = rows_next(run, &at, true)) && !s->failed;) {
		bool begun = !task_is_final(t->state) && t->state != TASK_EXPANDED;
		struct state_of want = find_state(s, run, t->task, INT64_MAX, run->row.epoch,
						  begun);

		/* Its task was made anew, or its list was. */
		if (!t->kept && (want.or_none || t->state == TASK_REMOVED || t->map_index >= 0))
			continue;
		if (number_in(t->kept) != want.value)
			sim_fail(s, "I51", "task %s of run %s of %s keeps %s, its tries left %d",
				 t->task, run->row.run_id, run->row.dag,
				 t->kept ? t->kept : "nothing", want.value);
	}
}

void
state_commit(struct sim *s)
{
	for (size_t i = 0; i < s->rows.n_attempts; i++) {
		struct attempt_rec *rec = &s->rows.attempts[i];

		if (rec->touched && !attempt_is_live(rec->row.state) &&
		    (rec->before == ATTEMPT_ILLEGAL || attempt_is_live(rec->before)))
			rec->state = shims_counted(s, &rec->row);
	}
	for (size_t i = 0; i < s->rows.n_runs && !s->failed; i++)
		if (s->rows.runs[i].touched)
			check_run(s, &s->rows.runs[i]);
}
