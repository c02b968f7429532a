/*
 * oracle_limits.c - what the limits allow, counted from the rows after every commit.
 *
 * Written from docs/STATE.md 4 (Limits) and the definitions; nothing is kept from one commit to the
 * next but when an attempt was first seen and how often a class was passed over.
 */
#include "tests/sim/sim.h"

#include <string.h>

void
oracle_limits(const struct sim *s, struct limits *out)
{
	const struct knobs *k = &s->story->knobs;
	struct slot_pool *side = &out->pools[1];

	limits_init(out, k->pool_slots);
	out->pools[0].share = k->share ? k->share : POOL_SHARE_PERCENT;
	out->max_active_tasks = k->all_tasks;
	out->memory_bytes = (int64_t)k->memory_mib << 20;
	if (!k->side_slots)
		return;
	out->n_pools = 2;
	(void)snprintf(side->name, sizeof(side->name), "side");
	side->slots = k->side_slots;
	side->share = POOL_SHARE_PERCENT;
	side->rate = k->side_rate;
	side->rate_us = MINUTE_US;
}

static const struct task *
task_at(const struct sim *s, const struct attempt_row *a)
{
	return &rows_run(&s->rows, a->run)->dag->tasks[a->task_index];
}

/* What live attempts use, of everything that a task asks for. */
static void
count_used(const struct sim *s, const struct limits *limits, const struct run_rec *run,
	   const struct task *task, struct limit_ask *ask)
{
	const struct dag *active = rows_active(&s->rows, run->row.dag);
	int at = dag_task_find(active, task->id);

	*ask = (struct limit_ask){
		.pool = limits_pool(limits, task_pool(task)),
		.slots = task->pool_slots,
		.memory_bytes = task->memory_asked ? task->memory_bytes : 0,
		.dag.total = active->max_active_tasks,
		.task.total = at < 0 ? task->max_active : active->tasks[at].max_active,
		.all.total = limits->max_active_tasks,
		.memory.total = limits->memory_bytes,
	};
	for (size_t i = 0; i < s->rows.n_attempts; i++) {
		const struct attempt_row *a = &s->rows.attempts[i].row;
		const struct task *other;
		bool same_dag;

		if (!attempt_is_live(a->state))
			continue;
		other = task_at(s, a);
		same_dag = !strcmp(rows_run(&s->rows, a->run)->row.dag, run->row.dag);
		ask->all.used++;
		ask->memory.used += other->memory_asked ? other->memory_bytes : 0;
		ask->dag.used += same_dag;
		ask->task.used += same_dag && !strcmp(other->id, task->id);
		if (!strcmp(task_pool(other), task_pool(task)))
			ask->pool_used += other->pool_slots;
	}
}

/* How many attempts of a pool were made in the last `span_us`. */
static int
count_starts(const struct sim *s, const char *pool, int64_t span_us)
{
	int n = 0;

	for (size_t i = s->rows.n_attempts; i-- > 0;) {
		const struct attempt_rec *rec = &s->rows.attempts[i];

		if (rec->made_us && rec->made_us <= s->mono_us - span_us)
			break;
		n += !strcmp(rec->row.pool, pool);
	}
	return n;
}

static bool
is_above(const struct limit_usage *usage)
{
	return usage->total && usage->used > usage->total;
}

/* I17, I18: no limit is passed by what is live, nor a rate by what began. */
static void
check_used(struct sim *s, const struct limits *limits)
{
	for (size_t i = 0; i < s->rows.n_attempts; i++) {
		const struct attempt_row *a = &s->rows.attempts[i].row;
		struct limit_ask ask;

		if (!attempt_is_live(a->state))
			continue;
		count_used(s, limits, rows_run(&s->rows, a->run), task_at(s, a), &ask);
		if (ask.pool_used > ask.pool->slots)
			sim_fail(s, "I17", "%d of %d slots of pool %s are held", ask.pool_used,
				 ask.pool->slots, ask.pool->name);
		if (is_above(&ask.all) || is_above(&ask.memory))
			sim_fail(s, "I17", "%lld of %lld tasks run, with %lld of %lld bytes",
				 (long long)ask.all.used, (long long)ask.all.total,
				 (long long)ask.memory.used, (long long)ask.memory.total);
		if (is_above(&ask.dag) || is_above(&ask.task))
			sim_fail(s, "I18",
				 "%lld of %lld tasks of a dag run, %lld of %lld of one task",
				 (long long)ask.dag.used, (long long)ask.dag.total,
				 (long long)ask.task.used, (long long)ask.task.total);
	}
	for (size_t i = 0; i < limits->n_pools; i++) {
		const struct slot_pool *p = &limits->pools[i];
		int n = p->rate ? count_starts(s, p->name, p->rate_us - 2 * SECOND_US) : 0;

		/* The engine is not told of jumps here, so that only their absence is a clock. */
		if (n > p->rate && s->offset_us == SIM_EPOCH_US)
			sim_fail(s, "I17", "pool %s began %d where %d a minute are allowed",
				 p->name, n, p->rate);
	}
}

/* Is it in line: scheduled, not paused, no claim before it, and not behind a limit of its dag? */
static bool
is_in_line(const struct sim *s, const struct limits *limits, const struct run_rec *run, size_t k,
	   struct limit_ask *ask)
{
	const struct task_row *row = &run->tasks[k];
	enum limit limit;

	if (row->state != TASK_SCHEDULED || rows_dag(&s->rows, run->row.dag)->paused ||
	    strstr(row->waits, "\"claim\"") ||
	    (run->row.due_us && run->row.due_us <= sim_wall(s) &&
	     !task_outlives(&run->dag->tasks[k])))
		return false;
	count_used(s, limits, run, &run->dag->tasks[k], ask);
	limit = limit_decide(ask);
	return !limit_is_lasting(limit) && limit != LIMIT_TASK && limit != LIMIT_DAG;
}

/* Those in line in a pool: how many of each class, and whether one of them does not fit. */
struct line {
	int64_t since_us[3]; /* by class, of dags without limits of their own; 0: none waits */
	bool waits, memory;  /* memory: somebody asks for some */
	const struct task_row *first;
};

static void
look_at_line(const struct sim *s, const struct limits *limits, const struct slot_pool *pool,
	     struct line *out)
{
	struct limit_ask ask;
	int64_t *since;

	*out = (struct line){ .waits = pool->rate &&
				       count_starts(s, pool->name, 2 * pool->rate_us) };
	for (size_t i = 0; i < s->rows.n_runs; i++) {
		const struct run_rec *run = &s->rows.runs[i];

		if (run->row.state != RUN_RUNNING)
			continue;
		for (size_t k = 0; k < run->n_tasks; k++) {
			if (strcmp(task_pool(&run->dag->tasks[k]), pool->name) != 0 ||
			    !is_in_line(s, limits, run, k, &ask))
				continue;
			since = &out->since_us[run->row.backfill ? RUN_BACKFILL : run->row.type];
			if (!ask.dag.total && !ask.task.total && !run->row.due_us &&
			    (!*since || run->tasks[k].since_us < *since))
				*since = run->tasks[k].since_us;
			out->waits |= limit_decide(&ask) != LIMIT_NONE;
			out->memory |= ask.memory_bytes > 0;
			out->first = &run->tasks[k];
		}
	}
}

void
oracle_check_limits(struct sim *s)
{
	struct limits limits;

	oracle_limits(s, &limits);
	check_used(s, &limits);
	for (size_t i = s->rows.n_attempts; i-- > 0 && !s->rows.attempts[i].made_us;)
		s->rows.attempts[i].made_us = s->mono_us + 1;
}

void
oracle_check_lines(struct sim *s)
{
	struct limits limits;
	struct line lines[POOLS_MAX];
	bool short_of_memory = false;

	oracle_limits(s, &limits);
	for (size_t i = 0; i < limits.n_pools; i++) {
		look_at_line(s, &limits, &limits.pools[i], &lines[i]);
		short_of_memory |= lines[i].waits && lines[i].memory;
	}
	for (size_t i = 0; i < limits.n_pools; i++) {
		const struct line *l = &lines[i];

		/* What others keep memory for is not for everybody. */
		if (l->first && !l->waits && !(l->memory && short_of_memory) &&
		    !(limits.pools[i].rate && s->offset_us != SIM_EPOCH_US))
			sim_fail(s, "I12", "task %s is in line in pool %s, where all fit",
				 l->first->task, limits.pools[i].name);
	}
}

/* The same pool, attempts by attempt: how often was a class that waits all the time passed over? */
void
oracle_check_shares(struct sim *s)
{
	struct limits limits;
	struct line line;

	oracle_limits(s, &limits);
	look_at_line(s, &limits, &limits.pools[0], &line);
	for (size_t i = 0; i < s->rows.n_attempts; i++) {
		const struct attempt_rec *rec = &s->rows.attempts[i];
		const struct run_rec *run = rows_run(&s->rows, rec->row.run);
		int class = run->row.backfill ? RUN_BACKFILL : (int)run->row.type;

		if (rec->before != ATTEMPT_ILLEGAL || strcmp(rec->row.pool, POOL_DEFAULT) != 0)
			continue;
		for (int c = 0; c < 3; c++)
			s->passed[c] = c == class ? 0 : s->passed[c] + (s->waited_us[c] > 0);
	}
	for (int c = 0; c < 3; c++) {
		/* The one that waited longest has to be the same all the time. */
		if (line.since_us[c] != s->waited_us[c] || s->generation != s->passed_in)
			s->passed[c] = 0;
		s->waited_us[c] = line.since_us[c];
		if (s->passed[c] > 100 / limits.pools[0].share)
			sim_fail(s, "I18", "class %d waited while %d others began", c,
				 s->passed[c]);
	}
	s->passed_in = s->generation;
}
