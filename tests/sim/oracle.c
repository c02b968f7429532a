/*
 * oracle.c - the rules of docs/STATE.md said a second time, naively.
 *
 * Everything is found by looking through the rows; nothing is kept from one
 * question to the next.  Written from the page, not from the engine.
 */
#include "core/time/civil.h"
#include "tests/sim/sim.h"

#include <assert.h>
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
		oracle_count(&t, &run->dag->tasks[i], run->tasks[i].state);
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

/* ---- schedule ---- */

static bool
fires_on(const struct cron *cron, int64_t day)
{
	struct civil c = civil_of(day * DAY_US);
	int sunday_first = (civil_weekday(day) + 1) % 7;
	bool by_day = cron->days >> c.day & 1, by_weekday = cron->weekdays >> sunday_first & 1;

	if (!(cron->months >> c.month & 1))
		return false;
	if (cron->any_day || cron->any_weekday)
		return (cron->any_day || by_day) && (cron->any_weekday || by_weekday);
	return by_day || by_weekday;
}

int64_t
oracle_due(const struct dag *dag, int64_t day)
{
	int64_t end_us = (day + 1) * DAY_US;

	for (int64_t d = day + 1; d < day + 4000; d++) {
		if (!fires_on(&dag->schedule.crons[0], d))
			continue;
		for (int minute = 0; minute < 24 * 60; minute++) {
			int64_t tick_us = d * DAY_US + minute * MINUTE_US;

			if (dag->schedule.crons[0].hours >> (minute / 60) & 1 &&
			    dag->schedule.crons[0].minutes >> (minute % 60) & 1 &&
			    tick_us >= end_us)
				return tick_us;
		}
	}
	return INT64_MAX;
}

/* The first day the schedule has not looked at yet. */
static int64_t
cursor_day(const struct dag *dag, const struct dag_row *row)
{
	int64_t us = row->cursor_us;

	if (us == INT64_MIN || us < dag->start_us)
		us = dag->start_us;
	return civil_day_of(us);
}

void
oracle_plan(const struct dag *dag, const struct dag_row *row, int64_t now_us, struct plan_days *out)
{
	int64_t first = cursor_day(dag, row), newest = INT64_MIN;

	out->n = 0;
	out->cursor_us = row->cursor_us;
	if (!dag->has_cron || row->paused || dag->start_us == INT64_MIN)
		return;
	for (int64_t day = first; oracle_due(dag, day) <= now_us; day++) {
		newest = day;
		if (dag->catchup == CATCHUP_ALL && out->n < countof(out->days))
			out->days[out->n++] = day;
	}
	if (newest == INT64_MIN)
		return;
	out->cursor_us = (newest + 1) * DAY_US;
	if (dag->catchup == CATCHUP_ALL)
		return;
	if (dag->catchup == CATCHUP_NONE &&
	    oracle_due(dag, newest) < row->live_since_us - 15 * MINUTE_US)
		return;
	out->days[out->n++] = newest;
}

/* ---- readiness ---- */

/* The active definition that writes a dataset, and its task there. */
static const struct dag *
writer(const struct rows *r, const char *dataset, const struct dag_row **row, int *task)
{
	for (size_t i = 0; i < r->n_dags; i++) {
		const struct dag *dag = rows_active(r, r->dags[i].dag);
		int at = dag ? dag_dataset_find(dag, dataset) : -1;

		if (at < 0 || dag->datasets[at].writer < 0)
			continue;
		*row = &r->dags[i];
		*task = dag->datasets[at].writer;
		return dag;
	}
	return NULL;
}

/* The state of the task that writes the dataset in a run pinned to some definition. */
static enum task_state
writing_state(const struct run_rec *run, const char *dataset)
{
	int at = dag_dataset_find(run->dag, dataset);
	int32_t task = at < 0 ? -1 : run->dag->datasets[at].writer;

	return task < 0 || (size_t)task >= run->n_tasks ? TASK_SUCCESS : run->tasks[task].state;
}

bool
oracle_may_come(const struct dag *dag, const struct dag_row *row, int64_t day, int64_t now_us)
{
	/* By hand, while the day lasts; a schedule looks at what its cursor has not passed. */
	if (!dag->has_cron)
		return (day + 1) * DAY_US > now_us;
	if (day < cursor_day(dag, row))
		return false;
	return dag->catchup == CATCHUP_ALL || oracle_due(dag, day + 1) > now_us;
}

enum settled
oracle_settled(const struct rows *r, const struct run_rec *reader, const char *dataset, int64_t day,
	       int64_t now_us, const struct partition_row **version)
{
	const struct dag_row *row;
	const struct run_rec *run;
	const struct dag *dag;
	int task;

	*version = rows_partition(r, dataset, day);
	dag = writer(r, dataset, &row, &task);
	if (!dag)
		return SETTLED_PRESENT;
	run = rows_run_at(r, row->dag, day * DAY_US);
	/* A file that is gone writes nothing any more, but what its runs are about to. */
	if (!row->present && !run)
		return SETTLED_PRESENT;
	if (run) {
		if (!task_is_final(writing_state(run, dataset)))
			return SETTLED_WAIT;
		if (run != reader && oracle_may_redo(run, dataset))
			return SETTLED_WAIT;
		/* Half a day is for the run that asked for half a day. */
		if (run->row.early && run != reader)
			return SETTLED_WAIT;
		if (*version && (run->row.early || !(*version)->preliminary))
			return SETTLED_PRESENT;
		return day * DAY_US < dag->start_us ? SETTLED_ABSENT : SETTLED_MISSING;
	}
	if (oracle_may_come(dag, row, day, now_us))
		return SETTLED_WAIT;
	if (*version)
		return SETTLED_PRESENT;
	if (dag->start_us == INT64_MIN ? !dag->has_cron : day * DAY_US < dag->start_us)
		return SETTLED_ABSENT;
	return SETTLED_MISSING;
}

/* How many partitions of the window of one task stand so. */
static void
count_inputs(const struct rows *r, const struct run_rec *run, const struct task *task,
	     int64_t now_us, size_t *waits, size_t *missing)
{
	int64_t ds = civil_day_of(run->row.start_us);

	*waits = 0;
	*missing = 0;
	for (size_t i = 0; i < task->n_inputs; i++) {
		const struct input *in = &task->inputs[i];

		for (int64_t day = ds - input_parts(in) + 1; day <= ds; day++) {
			const struct partition_row *version;
			enum settled what = oracle_settled(r, run, in->dataset, day, now_us,
							   &version);

			*waits += what == SETTLED_WAIT;
			/* A window may begin before its input; it does not end before it. */
			if (what == SETTLED_ABSENT && day == ds)
				what = SETTLED_MISSING;
			*missing += what == SETTLED_MISSING && !in->allow_missing;
		}
	}
}

bool
oracle_missing(const struct rows *r, const struct run_rec *run, const struct task *task,
	       int64_t now_us)
{
	size_t waits, missing;

	count_inputs(r, run, task, now_us, &waits, &missing);
	return missing > 0;
}

enum readiness
oracle_ready(const struct rows *r, const struct run_rec *run, int index, int64_t now_us)
{
	const struct task *task = &run->dag->tasks[index];
	size_t waits, missing;

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
	if (oracle_when(run, index) != READY_NOW)
		return oracle_when(run, index);
	if (oracle_past(r, run, task, now_us) != PAST_GOOD)
		return READY_WAIT;
	count_inputs(r, run, task, now_us, &waits, &missing);
	if (waits > 0)
		return READY_WAIT;
	return missing > 0 ? READY_MISSING : READY_NOW;
}
