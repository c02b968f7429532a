/*
 * oracle_limits.c - what the limits allow, counted anew from the rows after every commit.
 *
 * Written from docs/STATE.md 4 (Limits) and the definitions: sums over live attempts, the line of
 * each pool by comparing everybody with everybody.  Kept from one commit to the next are only who
 * stood in line then, and how often a class was passed over since.
 */
#include "core/time/civil.h"
#include "core/base/hash.h"
#include "tests/sim/sim.h"

#include <stdlib.h>
#include <string.h>

/* What edits of tidemill.yaml made of the limits that a story begins with. */
static struct knobs
edited(const struct sim *s)
{
	struct knobs k = s->story->knobs;
	uint64_t dice = hash_word(s->story->seed ^ (uint64_t)s->limit_edits << 32);

	if (!s->limit_edits)
		return k;
	k.pool_slots = 1 + (int)(dice % 4);
	k.side_slots = k.side_slots ? (int)(dice / 8 % 4) : 0;
	k.side_rate = dice / 64 % 2 ? 1 + (int)(dice / 128 % 5) : 0;
	k.all_tasks = dice / 1024 % 4 ? 0 : 1 + (int)(dice / 4096 % 4);
	k.memory_mib = k.memory_mib ? 100 + (int)(dice / 65536 % 400) : 0;
	return k;
}

void
oracle_limits(const struct sim *s, struct limits *out)
{
	const struct knobs all = edited(s), *k = &all;
	struct slot_pool *side = &out->pools[2];

	limits_init(out, k->pool_slots);
	out->pools[0].share = k->share ? k->share : POOL_SHARE_PERCENT;
	out->max_active_tasks = k->all_tasks;
	out->memory_bytes = (int64_t)k->memory_mib << 20;
	if (!k->side_slots)
		return;
	out->n_pools = 3;
	(void)snprintf(side->name, sizeof(side->name), "side");
	side->slots = k->side_slots;
	side->share = POOL_SHARE_PERCENT;
	side->rate = k->side_rate;
	side->rate_us = MINUTE_US;
}

/* ---- what a start asks for, and what is used ---- */

enum { OF_TASK, OF_DAG, OF_POOL, OF_ALL, OF_MEMORY, KINDS };

/* A start of a task: what it takes of each kind, what live attempts take, how much there is. */
struct start {
	const struct run_rec *run;
	const struct task *task;
	int64_t takes[KINDS], used[KINDS], most[KINDS]; /* most -1: there is no limit */
};

static const char *
pool_of(const struct task *task)
{
	return task->pool ? task->pool : "default";
}

static int64_t
memory_of(const struct task *task)
{
	return task->memory_asked ? task->memory_bytes : 0;
}

static const struct task *
task_at(const struct sim *s, const struct attempt_row *a)
{
	return &rows_run(&s->rows, a->run)->dag->tasks[a->task_index];
}

static int
class_of(const struct run_rec *run)
{
	return run->row.backfill ? RUN_BACKFILL : (int)run->row.type;
}

static int64_t
or_none(int64_t most)
{
	return most ? most : -1;
}

static int
slots_of(const struct limits *limits, const char *pool)
{
	for (size_t i = 0; i < limits->n_pools; i++)
		if (strcmp(limits->pools[i].name, pool) == 0)
			return limits->pools[i].slots;
	return 0;
}

static void
count_used(const struct sim *s, struct start *out)
{
	for (size_t i = 0; i < s->rows.n_attempts; i++) {
		const struct attempt_row *a = &s->rows.attempts[i].row;
		const struct task *other;
		bool same_dag;

		if (!attempt_is_live(a->state))
			continue;
		other = task_at(s, a);
		same_dag = !strcmp(rows_run(&s->rows, a->run)->row.dag, out->run->row.dag);
		out->used[OF_ALL]++;
		out->used[OF_MEMORY] += memory_of(other);
		out->used[OF_DAG] += same_dag;
		out->used[OF_TASK] += same_dag && !strcmp(other->id, out->task->id);
		if (!strcmp(pool_of(other), pool_of(out->task)))
			out->used[OF_POOL] += other->pool_slots;
	}
}

static void
look_at(const struct sim *s, const struct limits *limits, const struct run_rec *run,
	const struct task *task, struct start *out)
{
	const struct dag *active = rows_active(&s->rows, run->row.dag);
	int at = dag_task_find(active, task->id);

	*out = (struct start){
		.run = run,
		.task = task,
		.takes = { 1, 1, task->pool_slots, 1, memory_of(task) },
		.most = { or_none(at < 0 ? task->max_active : active->tasks[at].max_active),
			  or_none(active->max_active_tasks), slots_of(limits, pool_of(task)),
			  or_none(limits->max_active_tasks), or_none(limits->memory_bytes) },
	};
	count_used(s, out);
}

static bool
has_room(const struct start *start, int kind)
{
	return start->most[kind] < 0 || !start->takes[kind] ||
	       start->used[kind] + start->takes[kind] <= start->most[kind];
}

/* Could it start if nothing else ran? */
static bool
could_ever(const struct start *start)
{
	for (int kind = 0; kind < KINDS; kind++)
		if (start->most[kind] >= 0 && start->takes[kind] > start->most[kind])
			return false;
	return true;
}

/* ---- time ---- */

/*
 * Attempts of the pool up to this one that were made in a span that ends now, of time that passed,
 * whatever the clocks said; with looks whose row is gone, which a restart forgets, or without them.
 */
static int
count_starts(const struct sim *s, const char *pool, int64_t last, int64_t span_us, bool gone)
{
	int n = 0;

	for (size_t i = 0; i < s->rows.n_attempts; i++) {
		const struct attempt_rec *rec = &s->rows.attempts[i];
		int64_t ago_us = rec->made_us ? s->mono_us + 1 - rec->made_us : 0;

		/* Its run may be on another definition by now, but it was looked at when it was
		 * new. */
		n += (gone || !rec->dropped) && rec->row.key <= last && ago_us < span_us &&
		     !strcmp(rec->row.pool, pool);
	}
	return n;
}

/* The rate of its pool, or NULL if that has none. */
static const struct slot_pool *
rated(const struct limits *limits, const char *pool)
{
	for (size_t i = 0; i < limits->n_pools; i++)
		if (limits->pools[i].rate && strcmp(limits->pools[i].name, pool) == 0)
			return &limits->pools[i];
	return NULL;
}

/* ---- after a commit: nobody takes what is not there ---- */

/* I17, I18: an attempt that was just made found room, and holds what its task says. */
static void
check_start(struct sim *s, const struct limits *limits, const struct attempt_row *a)
{
	static const char *const words[KINDS] = { "max_active_tis_per_dag", "max_active_tasks",
						  "slots", "max_active_tasks of all", "memory" };
	const struct task *task = task_at(s, a);
	const struct slot_pool *pool = rated(limits, pool_of(task));
	struct start start;
	int64_t since_us;
	int n;

	look_at(s, limits, rows_run(&s->rows, a->run), task, &start);
	for (int kind = 0; kind < KINDS; kind++)
		if (start.most[kind] >= 0 && start.takes[kind] &&
		    start.used[kind] > start.most[kind])
			sim_fail(s, kind == OF_TASK || kind == OF_DAG ? "I18" : "I17",
				 "with task %s of %s %lld of %lld are used of: %s", task->id,
				 start.run->row.dag, (long long)start.used[kind],
				 (long long)start.most[kind], words[kind]);
	if (strcmp(a->pool, pool_of(task)) != 0 || a->slots != task->pool_slots ||
	    a->memory_bytes != memory_of(task))
		sim_fail(s, "I17", "attempt %lld holds %d slots of %s, its task says %d of %s",
			 (long long)a->key, a->slots, a->pool, task->pool_slots, pool_of(task));
	/* How long ago it was before a reboot, only the wall clock tells. */
	if (!pool || (s->clock_was_set && s->boot))
		return;
	/* A rate counts from the edit on that brought it; there is one when the faults end, too. */
	since_us = s->mono_us - s->limits_us;
	n = count_starts(s, pool->name, a->key, since_us < pool->rate_us ? since_us : pool->rate_us,
			 false);
	if (n > pool->rate)
		sim_fail(s, "I17", "pool %s began %d where %d in %lld s are allowed", pool->name, n,
			 pool->rate, (long long)(pool->rate_us / SECOND_US));
	s->seen[SEEN_AT_RATE] += n == pool->rate;
}

/* Tasks run that would not fit any more: nothing is asked of them. */
static void
note_shrunken(struct sim *s, const struct limits *limits)
{
	int64_t used[POOLS_MAX] = { 0 };

	for (size_t i = 0; i < s->rows.n_attempts; i++) {
		const struct attempt_row *a = &s->rows.attempts[i].row;

		for (size_t k = 0; k < limits->n_pools && attempt_is_live(a->state); k++)
			if (!strcmp(limits->pools[k].name, a->pool))
				used[k] += a->slots;
	}
	for (size_t k = 0; k < limits->n_pools; k++)
		s->seen[SEEN_SHRUNKEN] += used[k] > limits->pools[k].slots;
}

void
oracle_check_limits(struct sim *s)
{
	struct limits limits;

	oracle_limits(s, &limits);
	if (s->limit_edits)
		note_shrunken(s, &limits);
	for (size_t i = 0; i < s->rows.n_attempts; i++) {
		struct attempt_rec *rec = &s->rows.attempts[i];

		if (rec->before == ATTEMPT_ILLEGAL)
			check_start(s, &limits, &rec->row);
		if (rec->row.outcome == OUTCOME_HELD && rec->before != rec->row.state)
			rec->held_us = s->mono_us + 1;
	}
	for (size_t i = s->rows.n_attempts; i-- > 0 && !s->rows.attempts[i].made_us;) {
		struct attempt_rec *rec = &s->rows.attempts[i];

		rec->made_us = s->mono_us + 1;
		rec->boot_us = rec->row.created_us - s->clock.offset_us;
		rec->class = class_of(rows_run(&s->rows, rec->row.run));
		rec->early = rows_run(&s->rows, rec->row.run)->row.early;
	}
}

/* ---- the line of a pool ---- */

/* In line: scheduled, not paused, no claim before it, in time, and not behind a limit of its dag.
 */
static bool
is_in_line(const struct sim *s, const struct run_rec *run, const struct task_row *row,
	   const struct start *start)
{
	return row->state == TASK_SCHEDULED && run->row.state == RUN_RUNNING &&
	       !rows_dag(&s->rows, run->row.dag)->paused && !strstr(row->waits, "\"claim\"") &&
	       (!run->row.due_us || run->row.due_us > sim_wall(s) || task_outlives(start->task)) &&
	       could_ever(start) && has_room(start, OF_TASK) && has_room(start, OF_DAG);
}

/* The order inside a class: a minute of waiting is worth one priority. */
static bool
goes_before(const struct waiting *a, const struct waiting *b)
{
	int64_t a_is = a->since_us / MINUTE_US - a->priority;
	int64_t b_is = b->since_us / MINUTE_US - b->priority;

	if (a_is != b_is)
		return a_is < b_is;
	if (a->logical_us != b->logical_us)
		return a->logical_us < b->logical_us;
	if (a->run != b->run)
		return a->run < b->run;
	return a->index < b->index;
}

static void
add_waiting(const struct sim *s, struct line *line, const struct start *start,
	    const struct task_row *row)
{
	struct waiting *w;

	line->items = mem_grow(line->items, line->n, &line->room, sizeof(*line->items));
	w = &line->items[line->n++];
	*w = (struct waiting){
		.run = start->run->row.key,
		.index = rows_place(row->index, row->map_index),
		.dag = start->run->row.dag,
		.pool = pool_of(start->task),
		.class = class_of(start->run),
		.priority = start->task->priority,
		.since_us = row->since_us - s->clock.offset_us, /* by the clock of the boot */
		.logical_us = start->run->row.logical_us,
		.free = start->most[OF_TASK] < 0 && start->most[OF_DAG] < 0,
		.fits = has_room(start, OF_POOL) && has_room(start, OF_ALL),
		.has_memory = has_room(start, OF_MEMORY),
		.memory = start->takes[OF_MEMORY] > 0,
		.timed = start->run->row.due_us != 0,
	};
}

/* Everybody who stands in line, in no order. */
static void
line_up(const struct sim *s, const struct limits *limits, struct line *line)
{
	struct start start;

	line->n = 0;
	for (size_t i = 0; i < s->rows.n_runs; i++) {
		const struct run_rec *run = &s->rows.runs[i];

		const struct task_row *row;

		for (size_t at = 0;
		     run->row.state == RUN_RUNNING && (row = rows_next(run, &at, false));) {
			if (row->state != TASK_SCHEDULED)
				continue;
			look_at(s, limits, run, &run->dag->tasks[row->index], &start);
			if (is_in_line(s, run, row, &start))
				add_waiting(s, line, &start, row);
		}
	}
}

/* Who is the first of a class of a pool; NULL: nobody waits. */
static const struct waiting *
first_of(const struct line *line, const char *pool, int class)
{
	const struct waiting *first = NULL;

	for (size_t i = 0; i < line->n; i++) {
		const struct waiting *w = &line->items[i];

		if (w->class == class && !strcmp(w->pool, pool) &&
		    (!first || goes_before(w, first)))
			first = w;
	}
	return first;
}

/* Does somebody wait for memory in a pool other than this one? */
static bool
is_kept_from(const struct line *line, const char *pool)
{
	for (size_t i = 0; i < line->n; i++)
		if (strcmp(line->items[i].pool, pool) != 0 && !line->items[i].has_memory)
			return true;
	return false;
}

/*
 * I12: whose turn it is in a pool is the first of one of its classes; when all of those could
 * start, somebody was forgotten.  Memory that comes free may be kept for the first of another pool.
 * By a clock that was set nobody can say who is first: it may be anybody.
 */
static void
check_pool(struct sim *s, const struct line *line, const struct slot_pool *pool)
{
	const struct waiting *first = NULL;
	bool memory = false, ordered = !s->clock_was_set;

	if (pool->rate &&
	    (!ordered || count_starts(s, pool->name, INT64_MAX, pool->rate_us, true) >= pool->rate))
		return;
	for (size_t i = 0; i < line->n; i++) {
		const struct waiting *w = &line->items[i];

		if (strcmp(w->pool, pool->name) != 0 ||
		    (ordered && w != first_of(line, pool->name, w->class)))
			continue;
		if (!w->fits || !w->has_memory)
			return;
		memory |= w->memory;
		first = w;
	}
	if (first && !(memory && is_kept_from(line, pool->name)))
		sim_fail(s, "I12", "task %d of run %lld of %s waits in pool %s, where it fits",
			 first->index, (long long)first->run, first->dag, pool->name);
}

void
oracle_check_lines(struct sim *s)
{
	struct limits limits;
	struct line line = { 0 };

	oracle_limits(s, &limits);
	line_up(s, &limits, &line);
	for (size_t i = 0; i < limits.n_pools; i++)
		check_pool(s, &line, &limits.pools[i]);
	free(line.items);
}

/* ---- from one commit to the next ---- */

static const struct waiting *
find_waiting(const struct line *line, int64_t run, int index)
{
	for (size_t i = 0; i < line->n; i++)
		if (line->items[i].run == run && line->items[i].index == index)
			return &line->items[i];
	return NULL;
}

/* Did an attempt of the dag begin in this commit?  Then its limits may have been full meanwhile. */
static bool
dag_began(const struct sim *s, const char *dag)
{
	for (size_t i = 0; i < s->rows.n_attempts; i++)
		if (s->rows.attempts[i].before == ATTEMPT_ILLEGAL &&
		    !strcmp(rows_run(&s->rows, s->rows.attempts[i].row.run)->row.dag, dag))
			return true;
	return false;
}

/* How many attempts of other classes began in the pool since the last one of this class, here. */
static int
count_passed(const struct sim *s, const struct attempt_row *a, int class)
{
	int n = 0;

	for (int64_t key = a->key - 1; key > s->lines.first_attempt; key--) {
		const struct attempt_rec *rec = rows_attempt(&s->rows, key);

		if (!rec || strcmp(rec->row.pool, a->pool) != 0)
			continue;
		if (rec->class == class)
			break;
		n++;
	}
	return n;
}

/*
 * I18: nobody overtakes.  `u` stood in line before this commit and stands there still: what began
 * in its pool goes before it, or is of a class that had been passed over as often as its share
 * allows.
 */
static void
check_overtaken(struct sim *s, const struct attempt_row *a, const struct waiting *was,
		const struct waiting *u, int every)
{
	if (strcmp(u->pool, was->pool) != 0 || (!u->free && dag_began(s, u->dag)))
		return;
	if (u->class == was->class && goes_before(u, was))
		sim_fail(s, "I18", "attempt %lld began before task %d of run %lld in pool %s",
			 (long long)a->key, u->index, (long long)u->run, u->pool);
	if (u->class < was->class && count_passed(s, a, was->class) < every - 2)
		sim_fail(s, "I18", "attempt %lld of class %d began before run %lld of class %d",
			 (long long)a->key, was->class, (long long)u->run, u->class);
	s->seen[SEEN_IN_TURN]++;
}

static void
check_order(struct sim *s, const struct limits *limits, const struct line *now)
{
	for (size_t i = 0; i < s->rows.n_attempts && !s->clock_was_set; i++) {
		const struct attempt_rec *rec = &s->rows.attempts[i];
		const struct waiting *was, *u;

		if (rec->before != ATTEMPT_ILLEGAL)
			continue;
		was = find_waiting(&s->lines.before, rec->row.run,
				   rows_place(rec->row.task_index, rec->row.map_index));
		for (size_t k = 0; k < now->n && was; k++) {
			u = find_waiting(&s->lines.before, now->items[k].run, now->items[k].index);
			if (u && u->since_us == now->items[k].since_us)
				check_overtaken(s, &rec->row, was, u,
						100 / limits_pool(limits, was->pool)->share);
		}
	}
}

/* Since when somebody of the class waits whom no limit of a dag keeps; 0: nobody does. */
static int64_t
waits_since(const struct line *line, const char *pool, int class)
{
	int64_t since_us = 0;

	for (size_t i = 0; i < line->n; i++) {
		const struct waiting *w = &line->items[i];

		if (w->class == class && w->free && !w->timed && !strcmp(w->pool, pool) &&
		    (!since_us || w->since_us < since_us))
			since_us = w->since_us;
	}
	return since_us;
}

/* I18: of as many starts of a pool as its share says one is of each class that waited all along. */
static void
check_share(struct sim *s, const struct slot_pool *pool, struct patience *p,
	    const struct line *line)
{
	int every = 100 / pool->share;

	for (size_t i = 0; i < s->rows.n_attempts; i++) {
		const struct attempt_rec *rec = &s->rows.attempts[i];
		int class = class_of(rows_run(&s->rows, rec->row.run));

		if (rec->before != ATTEMPT_ILLEGAL || strcmp(rec->row.pool, pool->name) != 0)
			continue;
		for (int c = 0; c < SIM_CLASSES; c++)
			p->passed[c] = c == class ? 0 : p->passed[c] + (p->since_us[c] > 0);
	}
	for (int c = 0; c < SIM_CLASSES; c++) {
		int64_t since_us = waits_since(line, pool->name, c);

		/* The one that waited longest has to be the same all the time. */
		if (since_us != p->since_us[c])
			p->passed[c] = 0;
		p->since_us[c] = since_us;
		if (p->passed[c] >= every)
			sim_fail(s, "I18", "class %d of pool %s waited while %d others began", c,
				 pool->name, p->passed[c]);
		s->seen[SEEN_PATIENT] += p->passed[c] == every - 2;
	}
}

void
oracle_check_shares(struct sim *s)
{
	struct lines *l = &s->lines;
	struct limits limits;
	struct line now = { 0 };

	oracle_limits(s, &limits);
	line_up(s, &limits, &now);
	/* How often a class was passed over is not kept over a restart. */
	if (l->generation != s->generation) {
		memset(l->pools, 0, sizeof(l->pools));
		l->before.n = 0;
		l->first_attempt = l->last_attempt;
		l->generation = s->generation;
	}
	check_order(s, &limits, &now);
	for (size_t i = 0; i < limits.n_pools && i < countof(l->pools); i++)
		check_share(s, &limits.pools[i], &l->pools[i], &now);
	l->last_attempt = s->rows.last_attempt;
	free(l->before.items);
	l->before = now;
}
