/* ledger.c - what live attempts use of each limit, and the tasks that are ready. */
#include "scheduler/state/ledger.h"

#include "core/time/civil.h"
#include "scheduler/state/slot.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* ---- lanes ---- */

static bool
lane_before(const struct heap_item *x, const struct heap_item *y)
{
	const struct lane *a = (const struct lane *)x, *b = (const struct lane *)y;

	return ready_before((const struct heap_item *)a->head, (const struct heap_item *)b->head);
}

static void
lane_init(struct lane *l)
{
	l->tasks.before = ready_before;
	l->lanes.before = lane_before;
}

static bool
has_room(const struct limiter *limiter)
{
	return !limiter->max || limiter->used < limiter->max;
}

static struct run_task *
first_of(const struct lane *l)
{
	struct heap_item *task = heap_first(&l->tasks);
	const struct lane *inner = (const struct lane *)heap_first(&l->lanes);

	if (!inner || (task && ready_before(task, (const struct heap_item *)inner->head)))
		return (struct run_task *)task;
	return inner->head;
}

/* Something in it changed, or its limiter did: it and those above it find their places. */
static void
lane_place(struct lane *l)
{
	for (; l->parent; l = l->parent) {
		heap_remove(&l->parent->lanes, &l->item);
		l->head = first_of(l);
		if (l->head && has_room(l->limiter))
			heap_push(&l->parent->lanes, &l->item);
	}
	l->head = first_of(l);
}

/* The lane of a limiter below `parent`, made if there is none; a limiter has few. */
static struct lane *
lane_of(struct limiter *limiter, struct lane *parent)
{
	struct lane *l;

	for (l = limiter->lanes; l; l = l->next)
		if (l->parent == parent)
			return l;
	l = mem_new(1, sizeof(*l));
	lane_init(l);
	l->parent = parent;
	l->limiter = limiter;
	l->next = limiter->lanes;
	limiter->lanes = l;
	return l;
}

static void
limiter_count(struct limiter *limiter, int more)
{
	bool before = has_room(limiter);

	limiter->used += more;
	assert(limiter->used >= 0);
	if (has_room(limiter) == before)
		return;
	for (struct lane *l = limiter->lanes; l; l = l->next)
		lane_place(l);
}

static void
lanes_free(struct limiter *limiter)
{
	struct lane *l;

	while ((l = limiter->lanes)) {
		limiter->lanes = l->next;
		heap_release(&l->tasks);
		heap_release(&l->lanes);
		free(l);
	}
}

/* ---- limiters of tasks ---- */

/* What the active definition allows; that of the run where the task is there no more. */
static int
most_of(const struct run_task *t)
{
	const struct dag *active = t->run->dag->active->dag;
	int at = (int)t->index;

	if (active != t->run->def->dag)
		at = dag_task_find(active, task_of(t)->id);
	return at < 0 ? task_of(t)->max_active : active->tasks[at].max_active;
}

static int
count_attempts(const struct engine *e, const struct dag_state *d, const char *task)
{
	int n = 0;

	for (const struct attempt *a = index_first(&e->attempts); a; a = index_next(a))
		n += a->counted && a->task->run->dag == d && !strcmp(task_of(a->task)->id, task);
	return n;
}

/* That of a task which may not run as often as it likes; NULL: it may. */
static struct limiter *
limiter_of(const struct engine *e, const struct run_task *t)
{
	struct dag_state *d = t->run->dag;
	struct limiter *limiter = index_find_name(&d->limiters, task_of(t)->id);
	int max = limiter ? 0 : most_of(t);

	if (limiter || !max)
		return limiter;
	limiter = mem_new(1, sizeof(*limiter));
	limiter->task = mem_str(task_of(t)->id);
	limiter->max = max;
	limiter->used = count_attempts(e, d, limiter->task);
	index_add_name(&d->limiters, limiter, limiter->task);
	return limiter;
}

void
ledger_forget(struct dag_state *d)
{
	struct limiter *limiter;

	while ((limiter = index_first(&d->limiters))) {
		index_remove(&d->limiters, limiter);
		lanes_free(limiter);
		free(limiter->task);
		free(limiter);
	}
	index_release(&d->limiters);
	lanes_free(&d->limiter);
}

/* ---- pools ---- */

static struct pool_state *
pool_make(struct engine *e, const char *name)
{
	struct pool_state *p = index_find_name(&e->ledger.pools, name);

	if (p)
		return p;
	p = mem_new(1, sizeof(*p));
	(void)snprintf(p->def.name, sizeof(p->def.name), "%s", name);
	for (int i = 0; i < CLASSES; i++)
		lane_init(&p->classes[i]);
	index_add_name(&e->ledger.pools, p, p->def.name);
	if (!e->ledger.turn)
		e->ledger.turn = p;
	return p;
}

struct pool_state *
pool_after(const struct ledger *l, const struct pool_state *p)
{
	struct pool_state *next = index_next(p);

	return next ? next : index_first(&l->pools);
}

static int64_t
boot_us(const struct engine *e, int64_t us)
{
	return us - e->clocks.row.offset_us;
}

/* Keep as many of the last starts as the rate looks at. */
static void
set_rate(struct pool_state *p, const struct slot_pool *def)
{
	size_t room = (size_t)def->rate, kept = p->n_starts < room ? p->n_starts : room;
	int64_t *starts = mem_new(room, sizeof(*starts));

	for (size_t i = 0; i < kept; i++)
		starts[i] = p->starts[(p->at + p->n_starts - kept + i) % (size_t)p->def.rate];
	free(p->starts);
	p->starts = starts;
	p->at = 0;
	p->n_starts = kept;
}

static void
note_start(struct pool_state *p, int64_t boot_time_us)
{
	size_t room = (size_t)p->def.rate;

	if (!room)
		return;
	p->starts[(p->at + p->n_starts) % room] = boot_time_us;
	if (p->n_starts < room)
		p->n_starts++;
	else
		p->at = (p->at + 1) % room;
}

/* When the pool may begin another, by the boot's clock. */
static int64_t
rate_due(const struct pool_state *p)
{
	if (!p->def.rate || p->n_starts < (size_t)p->def.rate)
		return INT64_MIN;
	return p->starts[p->at] + p->def.rate_us;
}

/* Those before the last came before it, whatever a clock that was ahead said then. */
static void
put_in_order(struct pool_state *p)
{
	size_t room = (size_t)p->def.rate;
	int64_t last_us = p->starts[(p->at + p->n_starts - 1) % room];

	for (size_t i = p->n_starts - 1; i-- > 0;) {
		int64_t *at = &p->starts[(p->at + i) % room];

		if (*at <= last_us)
			break;
		*at = last_us;
	}
}

/* How far the wall clock was from the boot's when an attempt was made. */
static int64_t
offset_of(const struct clocks *c, int64_t attempt)
{
	for (size_t i = 0; i < c->n_steps; i++)
		if (attempt <= c->steps[i].attempt)
			return c->steps[i].offset_us;
	return c->row.offset_us;
}

void
pool_recall(struct engine *e, const struct attempt_row *row)
{
	struct pool_state *p = index_find_name(&e->ledger.pools, row->pool);

	if (!p || !p->def.rate || BUG_IS(28)) /* planted: a restart gives a pool its whole rate */
		return;
	note_start(p, row->created_us - offset_of(&e->clocks, row->key));
	put_in_order(p);
}

void
ledger_reboot(struct engine *e, int64_t delta_us)
{
	int64_t now_us = boot_us(e, e->now_us);

	for (struct pool_state *p = index_first(&e->ledger.pools); p; p = index_next(p)) {
		for (size_t i = 0; i < p->n_starts; i++) {
			int64_t *at = &p->starts[(p->at + i) % (size_t)p->def.rate];

			*at = *at + delta_us < now_us ? *at + delta_us : now_us;
		}
	}
}

void
ledger_clamp(struct engine *e)
{
	for (struct pool_state *p = index_first(&e->ledger.pools); p; p = index_next(p))
		if (p->n_starts && p->starts[(p->at + p->n_starts - 1) % (size_t)p->def.rate] >
				       boot_us(e, e->now_us))
			ledger_reboot(e, 0);
}

int64_t
ledger_wake(const struct engine *e)
{
	int64_t wake_us = INT64_MAX;

	for (const struct pool_state *p = index_first(&e->ledger.pools); p; p = index_next(p)) {
		int64_t due_us = rate_due(p);

		if (due_us == INT64_MIN || due_us <= boot_us(e, e->now_us) || !pool_next(p))
			continue;
		due_us += e->clocks.row.offset_us;
		wake_us = due_us < wake_us ? due_us : wake_us;
	}
	return wake_us;
}

/*
 * The classes in turn, but one that was passed over as often as its share allows comes first, the
 * most patient of them before the others: all three may be due at once.
 */
struct run_task *
pool_next(const struct pool_state *p)
{
	const struct lane *first = NULL, *due = NULL;
	int every = 100 / (p->def.share ? p->def.share : POOL_SHARE_PERCENT), most = every - 3;

	for (int i = 0; i < CLASSES; i++) {
		const struct lane *class = &p->classes[i];

		if (!class->head)
			continue;
		first = first ? first : class;
		if (p->passed[i] > most) {
			due = class;
			most = p->passed[i];
		}
	}
	if (due && !BUG_IS(29)) /* planted: no class has a share */
		return due->head;
	return first ? first->head : NULL;
}

void
pool_started(struct engine *e, struct pool_state *p, enum run_type type)
{
	for (int i = 0; i < CLASSES; i++)
		p->passed[i] = i != (int)type && p->classes[i].head ? p->passed[i] + 1 : 0;
	note_start(p, boot_us(e, e->now_us));
}

/* ---- the line ---- */

/*
 * Inside a class a task is worth one priority more for every minute that it has waited.  All of
 * them wait at the same pace, so that their order stays what it is when they are put in.
 */
static int32_t
aged(const struct engine *e, const struct run_task *t)
{
	int64_t since_us = t->since_us < e->now_us ? t->since_us : e->now_us;

	return (int32_t)(boot_us(e, since_us) / MINUTE_US - task_of(t)->priority);
}

void
ledger_ask(const struct engine *e, const struct run_task *t, struct limit_ask *out)
{
	const struct task *task = task_of(t);
	const struct pool_state *p = index_find_name(&e->ledger.pools, task_pool(task));
	const struct limiter *limiter = index_find_name(&t->run->dag->limiters, task->id);
	int64_t rate_us = p ? rate_due(p) : INT64_MIN;

	*out = (struct limit_ask){
		.pool = p && p->def.slots ? &p->def : NULL,
		.slots = task->pool_slots,
		.memory_bytes = task->memory_asked ? task->memory_bytes : 0,
		.pool_used = p ? p->used : 0,
		.dag = { t->run->dag->limiter.used, t->run->dag->limiter.max },
		.all = e->ledger.all,
		.memory = e->ledger.memory,
	};
	if (rate_us > boot_us(e, e->now_us))
		out->rate_until_us = rate_us + e->clocks.row.offset_us;
	if (limiter)
		out->task = (struct limit_usage){ limiter->used, limiter->max };
}

void
ledger_say(struct engine *e, struct run_task *t, enum limit limit, const struct limit_ask *ask)
{
	struct gate gate = limit_gate(limit, ask, task_of(t), t->run->dag->id);

	task_set_gate(e, t, &gate);
}

/* It cannot start as things stand: kept aside, with a gate that says so. */
static bool
is_misfit(struct engine *e, struct run_task *t)
{
	struct limit_ask ask;
	enum limit limit;

	ledger_ask(e, t, &ask);
	limit = limit_decide(&ask);
	if (!limit_is_lasting(limit))
		return false;
	ledger_say(e, t, limit, &ask);
	return true;
}

void
ready_add(struct engine *e, struct run_task *t)
{
	struct pool_state *p;
	struct limiter *own;
	struct lane *l;

	if (t->item.at)
		return;
	assert(t->state == TASK_SCHEDULED && !t->lane);
	t->aged = aged(e, t);
	if (is_misfit(e, t)) {
		heap_push(&e->ledger.misfits, &t->item);
		return;
	}
	p = index_find_name(&e->ledger.pools, task_pool(task_of(t)));
	l = lane_of(&t->run->dag->limiter, &p->classes[run_class(t->run)]);
	own = limiter_of(e, t);
	t->lane = own ? lane_of(own, l) : l;
	heap_push(&t->lane->tasks, &t->item);
	lane_place(t->lane);
	e->ledger.n_ready++;
}

void
ready_remove(struct engine *e, struct run_task *t)
{
	struct lane *l = t->lane;

	if (!l) {
		heap_remove(&e->ledger.misfits, &t->item);
		return;
	}
	heap_remove(&l->tasks, &t->item);
	t->lane = NULL;
	lane_place(l);
	e->ledger.n_ready--;
}

/* Every task that is in line, taken out; only those of a dag unless that is NULL. */
static void
take_out(struct engine *e, const struct dag_state *d, struct queue *out)
{
	struct run_task *t;
	struct run *run;

	for (run = index_first(&e->runs); run; run = index_next(run)) {
		if (run_is_final(run->state) || !run->active || (d && run->dag != d))
			continue;
		for (struct task_walk w = { .run = run }; (t = walk_next(&w));) {
			if (t->state != TASK_SCHEDULED || !t->item.at)
				continue;
			if (!t->lane)
				task_set_gate(e, t, NULL);
			ready_remove(e, t);
			queue_add(out, t);
		}
	}
}

static void
put_back(struct engine *e, struct queue *tasks)
{
	struct run_task *t;

	while ((t = queue_take(tasks)))
		ready_add(e, t);
	queue_release(tasks);
}

void
ledger_age(struct engine *e)
{
	struct queue tasks = { 0 };

	take_out(e, NULL, &tasks);
	put_back(e, &tasks);
}

void
ledger_redefine(struct engine *e, struct dag_state *d)
{
	const struct dag *dag = d->active->dag;
	struct queue tasks = { 0 };

	take_out(e, d, &tasks);
	ledger_forget(d);
	d->limiter.max = dag->max_active_tasks;
	put_back(e, &tasks);
}

/* ---- what is used ---- */

static void
count(struct engine *e, const struct attempt *a, int sign)
{
	struct dag_state *d = a->task->run->dag;
	struct limiter *own = index_find_name(&d->limiters, task_of(a->task)->id);
	struct pool_state *p = pool_make(e, a->row.pool);

	/* planted: what was lost keeps its slots */
	if (sign > 0 || !BUG_IS(30) || a->row.state != ATTEMPT_LOST)
		p->used += sign * a->row.slots;
	e->ledger.all.used += sign;
	e->ledger.memory.used += sign * a->row.memory_bytes;
	assert(p->used >= 0 && e->ledger.all.used >= 0 && e->ledger.memory.used >= 0);
	/* planted: a cancelled attempt keeps its place under the limit of its dag */
	if (sign > 0 || !BUG_IS(27) || !a->row.cancel)
		limiter_count(&d->limiter, sign);
	if (own)
		limiter_count(own, sign);
}

void
ledger_take(struct engine *e, const struct attempt *a)
{
	count(e, a, 1);
}

void
ledger_give(struct engine *e, const struct attempt *a)
{
	count(e, a, -1);
}

/* ---- life ---- */

static void
set_pool(struct engine *e, const struct slot_pool *def)
{
	struct pool_state *p = pool_make(e, def->name);

	if (p->def.rate != def->rate)
		set_rate(p, def);
	p->def = *def;
}

/* Whoever looks from outside is told what starts are decided by.  True: it is something else. */
static bool
tell_limits(struct engine *e, const struct limits *limits)
{
	struct buf text;
	bool differs;

	buf_init(&text, SIZE_MAX / 2);
	limits_write(limits, &text);
	differs = !e->ledger.text || strcmp(e->ledger.text, text.data) != 0;
	if (differs) {
		free(e->ledger.text);
		e->ledger.text = buf_give(&text);
	}
	buf_release(&text);
	e->ledger.changed |= differs;
	return differs;
}

void
ledger_recall(struct engine *e, const char *text)
{
	e->ledger.changed = e->ledger.text && strcmp(e->ledger.text, text) != 0;
}

static void
set_limits(struct engine *e, const struct limits *limits)
{
	struct pool_state *p;

	for (p = index_first(&e->ledger.pools); p; p = index_next(p))
		if (!limits_pool(limits, p->def.name))
			p->def.slots = 0;
	for (size_t i = 0; i < limits->n_pools; i++)
		set_pool(e, &limits->pools[i]);
	e->ledger.all.total = limits->max_active_tasks;
	e->ledger.memory.total = limits->memory_bytes;
}

void
ledger_set(struct engine *e, const struct limits *limits)
{
	struct queue tasks = { 0 };

	take_out(e, NULL, &tasks);
	set_limits(e, limits);
	put_back(e, &tasks);
	e->ledger.edited |= tell_limits(e, limits);
}

void
ledger_init(struct engine *e)
{
	struct limits simple;

	e->ledger.misfits.before = ready_before;
	limits_init(&simple, e->config.pool_slots);
	set_limits(e, e->config.limits ? e->config.limits : &simple);
	if (e->config.limits)
		(void)tell_limits(e, e->config.limits);
	e->config.limits = NULL;
}

void
ledger_release(struct engine *e)
{
	struct pool_state *p;

	while ((p = index_first(&e->ledger.pools))) {
		index_remove(&e->ledger.pools, p);
		for (int i = 0; i < CLASSES; i++) {
			heap_release(&p->classes[i].tasks);
			heap_release(&p->classes[i].lanes);
		}
		free(p->starts);
		free(p);
	}
	index_release(&e->ledger.pools);
	heap_release(&e->ledger.misfits);
	free(e->ledger.text);
}
