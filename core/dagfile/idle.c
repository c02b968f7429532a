/* idle.c - keys of a DAG file that are written and change nothing. */
#include "core/dagfile/idle.h"

#include "core/base/words.h"

#include <string.h>

/* How far ahead changes of clocks are looked at. */
#define AHEAD_US (INT64_C(366) * CRON_YEARS_MAX * DAY_US)

/* Does what a key says count for a task?  Without tasks: for the dag. */
typedef bool counts_fn(const struct dag *dag, const struct draft_task *t);

struct idle_key {
	const char *key;
	counts_fn *counts;
	const char *because, *help;
};

static bool
has_fires(const struct dag *dag, const struct draft_task *t)
{
	(void)t;
	return dag->has_fires;
}

static bool
makes_runs(const struct dag *dag, const struct draft_task *t)
{
	(void)t;
	return dag->has_fires || dag_is_woken(dag);
}

static bool
catches_up(const struct dag *dag, const struct draft_task *t)
{
	(void)t;
	return dag->has_fires && dag->catchup == CATCHUP_ALL;
}

static bool
run_retries(const struct dag *dag, const struct draft_task *t)
{
	(void)t;
	return dag->run_retry.retries > 0;
}

static bool
retries(const struct dag *dag, const struct draft_task *t)
{
	(void)dag;
	return t->task.retry.retries > 0;
}

/* The time of a budget goes on over losses, too. */
static bool
any_retries(const struct dag *dag, const struct draft_task *t)
{
	return retries(dag, t) || t->task.retry.infra_retries > 0;
}

/* An end that is not retried ends a wait for the world at once, whatever its retries are. */
static bool
has_looks(const struct draft_task *t)
{
	return t->task.wait.every_us > 0;
}

/* A SIGKILL that retry_on names is none of the machine's. */
static bool
retry_on(const struct dag *dag, const struct draft_task *t)
{
	return retries(dag, t) || has_looks(t) ||
	       (any_retries(dag, t) && t->task.retry.on.signals >> (SIGNAL_KILL - 1) & 1);
}

/* What is retried on the account of the machine may be refused by name. */
static bool
no_retry_on(const struct dag *dag, const struct draft_task *t)
{
	const struct end_list *never = &t->task.retry.never;
	bool of_machine = never->signals >> (SIGNAL_KILL - 1) & 1 ||
			  never->outcomes >> OUTCOME_SIGNAL & 1;

	for (int i = 0; i < OUTCOME_COUNT; i++)
		of_machine = of_machine || (never->outcomes >> i & 1 &&
					    outcome_account((enum outcome)i) == ACCOUNT_SYSTEM);
	return retries(dag, t) || has_looks(t) || (any_retries(dag, t) && of_machine);
}

static bool
needs_some(const struct dag *dag, const struct draft_task *t)
{
	(void)dag;
	return t->n_edges > 0;
}

static bool
reads_some(const struct dag *dag, const struct draft_task *t)
{
	(void)dag;
	return t->n_inputs > 0;
}

/* ---- changes of clocks ---- */

/* Do two schedules fire at the same instants of [start_us, end_us]? */
static bool
same_fires(const struct schedule *a, const struct schedule *b, int64_t start_us, int64_t end_us)
{
	int64_t x = schedule_next(a, start_us), y = schedule_next(b, start_us);

	while (x == y && x <= end_us) {
		x = schedule_after(a, x);
		y = schedule_after(b, y);
	}
	return x == y || (x > end_us && y > end_us);
}

/* Is it, at some change of the clocks, of consequence which of the rules holds? */
static bool
rule_counts(const struct dag *dag, bool forward)
{
	struct schedule a = dag->schedule, b = a, c = a;
	int64_t from_us = dag->start_us == INT64_MIN ? 0 : dag->start_us;
	struct zone_stretch s = zone_stretch(dag->zone, from_us);

	a.gap = GAP_NEXT, b.gap = GAP_SKIP, c.gap = GAP_SHIFT;
	a.overlap = OVERLAP_FIRST, b.overlap = OVERLAP_SECOND, c.overlap = OVERLAP_BOTH;
	while (s.end != INT64_MAX && s.end < from_us + AHEAD_US) {
		int64_t ahead;

		s = zone_stretch(dag->zone, s.end);
		ahead = s.offset - s.before;
		if ((ahead > 0) != forward)
			continue;
		ahead = ahead < 0 ? -ahead : ahead;
		if (!same_fires(&a, &b, s.start - ahead, s.start + ahead) ||
		    !same_fires(&a, &c, s.start - ahead, s.start + ahead))
			return true;
	}
	return false;
}

static bool
gap_counts(const struct dag *dag, const struct draft_task *t)
{
	(void)t;
	return dag->has_fires && rule_counts(dag, true);
}

static bool
overlap_counts(const struct dag *dag, const struct draft_task *t)
{
	(void)t;
	return dag->has_fires && rule_counts(dag, false);
}

/* ---- the rows ---- */

#define LEAVE "leave it out"
#define NO_SCHEDULE "no schedule makes runs of this dag"
#define NO_RETRIES "there are no 'retries'"
#define SAY_RETRIES "say how often, 'retries: 3', or leave it out"
#define NO_RUN_RETRIES "there are no 'run_retries'"
#define SAY_RUN_RETRIES "say how often, 'run_retries: 1', or leave it out"
#define SAME "the schedule fires at the same instants whatever it says"

static const struct idle_key top_keys[] = {
	{ "catchup", has_fires, NO_SCHEDULE, LEAVE },
	{ "catchup_window", catches_up, "'catchup' is not all",
	  "write 'catchup: all', or leave it out" },
	{ "pause_after_failures", makes_runs, NO_SCHEDULE ", and others are not counted", LEAVE },
	{ "run_retry_delay", run_retries, NO_RUN_RETRIES, SAY_RUN_RETRIES },
	{ "run_backoff", run_retries, NO_RUN_RETRIES, SAY_RUN_RETRIES },
	{ "run_max_retry_delay", run_retries, NO_RUN_RETRIES, SAY_RUN_RETRIES },
	{ "run_jitter", run_retries, NO_RUN_RETRIES, SAY_RUN_RETRIES },
};

static const struct idle_key schedule_keys[] = {
	{ "dst_gap", gap_counts, SAME, LEAVE },
	{ "dst_overlap", overlap_counts, SAME, LEAVE },
};

static const struct idle_key task_keys[] = {
	{ "preset", retries, NO_RETRIES, SAY_RETRIES },
	{ "retry_delay", retries, NO_RETRIES, SAY_RETRIES },
	{ "backoff", retries, NO_RETRIES, SAY_RETRIES },
	{ "max_retry_delay", retries, NO_RETRIES, SAY_RETRIES },
	{ "jitter", retries, NO_RETRIES, SAY_RETRIES },
	{ "retry_budget", any_retries, "there are neither 'retries' nor 'infra_retries'",
	  SAY_RETRIES },
	{ "retry_on", retry_on, NO_RETRIES, SAY_RETRIES },
	{ "no_retry_on", no_retry_on, NO_RETRIES, SAY_RETRIES },
	{ "trigger_rule", needs_some, "it needs no other task", LEAVE },
	{ "missing", reads_some, "it reads no dataset", LEAVE },
};

/* Say which keys of a map count for none of these tasks; without tasks: not for the dag. */
static void
look(struct dagfile *f, const struct ynode *map, const struct idle_key *rows, size_t n_rows,
     const struct draft_task *tasks, size_t n_tasks)
{
	for (const struct ynode *key = map->first; key; key = key->next) {
		const struct idle_key *row = rows;
		bool counts;

		while (row < rows + n_rows && !same_text(row->key, key->text))
			row++;
		if (row == rows + n_rows)
			continue;
		counts = !tasks && row->counts(f->dag, NULL);
		for (size_t t = 0; t < n_tasks && !counts; t++)
			counts = row->counts(f->dag, &tasks[t]);
		if (!counts)
			ykeys_say(&f->y, key, E0220, row->help, "'%s' has no effect: %s", row->key,
				  row->because);
	}
}

void
idle_say(struct dagfile *f)
{
	look(f, f->root, top_keys, countof(top_keys), NULL, 0);
	if (f->schedule && f->schedule->value->kind == YNODE_MAP)
		look(f, f->schedule->value, schedule_keys, countof(schedule_keys), NULL, 0);
	if (f->defaults_key)
		look(f, f->defaults_key->value, task_keys, countof(task_keys), f->tasks,
		     f->n_tasks);
	for (size_t i = 0; i < f->n_groups; i++) {
		const struct draft_group *g = f->groups[i];

		if (g->defaults)
			look(f, g->defaults->value, task_keys, countof(task_keys),
			     f->tasks + g->first, g->count);
	}
	for (size_t i = 0; i < f->n_tasks; i++)
		look(f, f->tasks[i].key->value, task_keys, countof(task_keys), &f->tasks[i], 1);
}
