/*
 * oracle.c - the rules of docs/STATE.md said a second time, naively.
 *
 * Everything is found by looking through the rows; nothing is kept from one
 * question to the next.  Written from the page, not from the engine.
 */
#include "tests/sim/sim.h"

#include <string.h>

/* ---- runs ---- */

void
oracle_count(struct tally *t, const struct task *task, enum task_state state)
{
	switch (state) {
	case TASK_SUCCESS:
		t->success++;
		break;
	case TASK_FAILED:
		if (task->on_fail == ON_FAIL_FAIL)
			t->failed++;
		else
			t->forgiven++;
		break;
	case TASK_UPSTREAM_FAILED:
		t->upstream_failed++;
		break;
	case TASK_SKIPPED:
		t->skipped++;
		break;
	case TASK_CANCELLED:
		t->cancelled++;
		break;
	default:
		t->pending++;
		break;
	}
}

enum run_state
oracle_run(const struct run_rec *run)
{
	struct tally t = { 0 };

	for (size_t i = 0; i < run->n_tasks; i++)
		oracle_count(&t, &run->dag->tasks[i], oracle_seen(run, i, -1));
	if (t.pending > 0)
		return RUN_RUNNING;
	if (t.cancelled > 0)
		return RUN_CANCELLED;
	return t.failed + t.upstream_failed > 0 || run->row.timed_out ? RUN_FAILED : RUN_SUCCESS;
}

/* ---- run slots ---- */

static bool
shares_cap(const struct run_rec *a, const struct run_rec *b)
{
	if (a->row.backfill || b->row.backfill)
		return a->row.backfill == b->row.backfill;
	return strcmp(a->row.dag, b->row.dag) == 0;
}

int
oracle_active_runs(const struct rows *r, const struct run_rec *run)
{
	int n = 0;

	for (size_t i = 0; i < r->n_runs; i++)
		n += shares_cap(run, &r->runs[i]) && rows_active_run(&r->runs[i]);
	return n;
}

int
oracle_run_cap(const struct rows *r, const struct run_rec *run)
{
	const struct backfill_row *b = rows_backfill(r, run->row.backfill);

	return b ? b->max_active_runs : rows_active(r, run->row.dag)->max_active_runs;
}
