/* emit.c - everything that changed in a step, as rows. */
#include "scheduler/state/emit.h"

#include "core/time/civil.h"
#include "scheduler/rows/effects.h"
#include "scheduler/state/children.h"

void
mark_dag(struct engine *e, struct dag_state *d)
{
	if (d->changed)
		return;
	d->changed = true;
	queue_add(&e->changed_dags, d);
}

void
mark_backfill(struct engine *e, struct backfill *b)
{
	if (b->changed)
		return;
	b->changed = true;
	queue_add(&e->changed_backfills, b);
}

void
mark_run(struct engine *e, struct run *run)
{
	if (run->changed)
		return;
	run->changed = true;
	queue_add(&e->changed_runs, run);
}

void
mark_task(struct engine *e, struct run_task *t)
{
	/* The rows of a fresh run are all written anyway. */
	if (t->changed || t->run->fresh)
		return;
	t->changed = true;
	queue_add(&e->changed_tasks, t);
}

void
mark_group(struct engine *e, struct run_group *g)
{
	if (g->changed)
		return;
	g->changed = true;
	queue_add(&e->changed_groups, g);
}

void
mark_attempt(struct engine *e, struct attempt *a)
{
	if (a->changed)
		return;
	a->changed = true;
	queue_add(&e->changed_attempts, a);
}

void
mark_partition(struct engine *e, const struct partition_row *row)
{
	struct partition_row *copy = arena_get(e->fx->arena, sizeof(*copy));

	*copy = *row;
	copy->dataset = arena_str(e->fx->arena, row->dataset);
	copy->zone = arena_str(e->fx->arena, row->zone);
	copy->inputs = arena_str(e->fx->arena, row->inputs ? row->inputs : "[]");
	copy->definition = arena_str(e->fx->arena, row->definition);
	copy->definition_text = arena_str(e->fx->arena, row->definition_text);
	queue_add(&e->new_partitions, copy);
}

void
mark_dataset_event(struct engine *e, struct woken_event *event)
{
	if (event->changed)
		return;
	event->changed = true;
	queue_add(&e->changed_dataset_events, event);
}

static struct event_row *
log_move(struct engine *e, const char *kind, const char *from, const char *to)
{
	struct event_row *row;

	e->events = mem_grow(e->events, e->n_events, &e->room_events, sizeof(*row));
	row = &e->events[e->n_events++];
	*row = (struct event_row){
		.seq = ++e->last_seq,
		.at_us = e->now_us,
		.kind = kind,
		.task_index = -1,
		.map_index = -1,
		.from = from,
		.to = to,
		.detail = "",
	};
	e->urgent = true;
	return row;
}

void
log_dag(struct engine *e, const struct dag_state *d, const char *from, const char *to)
{
	struct event_row *row = log_move(e, "dag", from, to);

	row->detail = d->id;
}

void
log_run(struct engine *e, const struct run *run, const char *from, const char *detail)
{
	struct event_row *row = log_move(e, "run", from, run_state_name(run->state));

	row->run = run->key;
	row->epoch = run->epoch;
	row->detail = arena_str(e->fx->arena, detail);
}

void
log_task(struct engine *e, const struct run_task *t, const char *from, const char *to,
	 const char *detail)
{
	struct event_row *row = log_move(e, "task", from, to);

	row->run = t->run->key;
	row->task_index = (int)t->index;
	row->map_index = t->map_index;
	row->attempt = t->attempt ? t->attempt->row.key : 0;
	row->epoch = t->run->epoch;
	row->detail = *detail ? arena_str(e->fx->arena, detail) : "";
}

void
log_attempt(struct engine *e, const struct attempt *a, const char *from, const char *detail)
{
	struct event_row *row;

	if (a->row.look > 1) /* what it comes to is told of its task */
		return;
	row = log_move(e, "attempt", from, attempt_state_name(a->row.state));
	row->run = a->row.run;
	row->task_index = a->row.task_index;
	row->map_index = a->row.map_index;
	row->attempt = a->row.key;
	row->epoch = a->row.epoch;
	row->detail = *detail ? arena_str(e->fx->arena, detail) : "";
}

void
log_partition(struct engine *e, const struct partition_row *p, bool changed)
{
	struct event_row *row = log_move(e, "partition", "", changed ? "published" : "kept");
	char date[GRID_TEXT_CHARS + 1];

	grid_text((struct grid){ .unit = p->unit }, p->part, date);
	row->run = p->run;
	row->attempt = p->attempt;
	row->epoch = p->epoch;
	row->detail = effects_format(e->fx, "%s %s version %lld", p->dataset, date,
				     (long long)p->version);
}

static void
emit_defs(struct engine *e)
{
	struct def *def;

	while ((def = queue_take(&e->new_defs))) {
		const struct dag *dag = def->dag;

		effects_change(e->fx, CHANGE_DEF)->def = (struct def_row){
			.digest = dag->digest,
			.dag = dag->id,
			.file = dag->file,
			.text = dag->text,
		};
	}
}

static void
emit_dags(struct engine *e)
{
	struct dag_state *d;

	while ((d = queue_take(&e->changed_dags))) {
		d->changed = false;
		effects_change(e->fx, CHANGE_DAG)->dag = (struct dag_row){
			.dag = d->id,
			.digest = d->active->dag->digest,
			.present = d->present,
			.paused = d->paused,
			.failures = d->failures,
			.cursor_us = d->cursor_us,
			.live_since_us = d->live_since_us,
		};
	}
}

static void
emit_backfills(struct engine *e)
{
	struct backfill *b;

	while ((b = queue_take(&e->changed_backfills))) {
		b->changed = false;
		effects_change(e->fx, CHANGE_BACKFILL)->backfill = b->row;
	}
}

static void
emit_task(struct engine *e, struct run_task *t)
{
	bool mapped = t->map_index >= 0;
	char label[INSTANCE_LABEL_ROOM];
	const struct instance *own = mapped ? instance_of(t) : NULL;
	const struct expansion *x = mapped ? NULL : expansion_of(t->run, t->index);
	struct task_row *row = &effects_change(e->fx, CHANGE_TASK)->task;

	t->changed = false;
	*row = (struct task_row){
		.run = t->run->key,
		.index = (int)t->index,
		.task = mapped ? arena_str(e->fx->arena, task_label(t, label)) : task_of(t)->id,
		.state = (enum task_state)t->state,
		.tries = t->tries,
		.failures = t->failures,
		.losses = t->losses,
		.next_retry_us = task_is_timed((enum task_state)t->state) ? t->due_us : 0,
		.since_us = t->since_us,
		.waits = t->waits ? arena_str(e->fx->arena, t->waits) : "",
		.first_us = t->first_us,
		.pool = task_of(t)->pool,
		.outputs = arena_str(e->fx->arena, task_outputs(t)),
		.kept = arena_str(e->fx->arena, t->kept),
		.answered = arena_str(e->fx->arena, t->answered),
		.map_index = t->map_index,
		.item = own ? arena_str(e->fx->arena, own->item) : NULL,
		.children = children_text(t->children, e->fx->arena),
		.list = x && x->n ? arena_str(e->fx->arena, x->digest) : NULL,
		.list_items = x && x->n ? (int64_t)x->total : 0,
	};
	if (task_of(t)->wait.told && t->state == TASK_NONE && t->first_us) {
		row->waiting_us = t->first_us;
		row->give_up_us = t->first_us + task_of(t)->wait.timeout_us;
	}
	if (!t->wait)
		return;
	wait_store(t->wait, row);
	row->answer = arena_str(e->fx->arena, row->answer);
	row->seen = arena_str(e->fx->arena, row->seen);
	row->give_up_us = t->first_us + task_of(t)->wait.timeout_us;
}

static void
emit_run(struct engine *e, struct run *run)
{
	run->changed = false;
	effects_change(e->fx, CHANGE_RUN)->run = (struct run_row){
		.key = run->key,
		.dag = run->dag->id,
		.run_id = run->run_id,
		.type = run->type,
		.state = run->state,
		.epoch = run->epoch,
		.logical_us = run->logical_us,
		.start_us = run->start_us,
		.end_us = run->end_us,
		.digest = run->def->dag->digest,
		.backfill = run->backfill ? run->backfill->row.key : 0,
		.created_us = run->created_us,
		.started_us = run->started_us,
		.ended_us = run->ended_us,
		.params = run->params,
		.parent = run->parent,
		.parent_task = arena_str(e->fx->arena, run->parent_task),
		.triggered_by = arena_str(e->fx->arena, run->triggered_by),
		.waits = run->waits ? arena_str(e->fx->arena, run->waits) : "",
		.early = run->early,
		.due_us = run->due_us,
		.retries = run->retries,
		.timed_out = run->timed_out,
	};
	if (run->drop)
		effects_change(e->fx, CHANGE_TASKS_DROP)->run = (struct run_row){ .key = run->key };
	if (run->drop_groups)
		effects_change(e->fx, CHANGE_GROUPS_DROP)->run = (struct run_row){
			.key = run->key
		};
	run->drop = run->drop_groups = false;
}

/* Runs before any task, and each run's dropped tasks before its new ones. */
static void
emit_runs(struct engine *e)
{
	struct run_task *t;

	for (size_t i = 0; i < e->changed_runs.n; i++)
		emit_run(e, e->changed_runs.items[i]);
	for (size_t i = 0; i < e->changed_runs.n; i++) {
		struct run *run = e->changed_runs.items[i];

		if (!run->fresh)
			continue;
		run->fresh = false;
		for (struct task_walk w = { .run = run, .all = true }; (t = walk_next(&w));)
			emit_task(e, t);
	}
	e->changed_runs.n = 0;
}

static void
emit_groups(struct engine *e)
{
	struct run_group *g;

	while ((g = queue_take(&e->changed_groups))) {
		g->changed = false;
		effects_change(e->fx, CHANGE_GROUP)->group = (struct group_row){
			.run = g->run->key,
			.index = (int)g->run->def->dag->retried[g->index],
			.group = group_def(g)->id,
			.retries = g->retries,
			.most = group_def(g)->retry.retries,
			.due_us = g->due_us,
			.first_us = g->first_us,
			.refused = g->refused,
			.waits = g->waits ? arena_str(e->fx->arena, g->waits) : "",
		};
	}
}

static void
emit_attempts(struct engine *e)
{
	struct attempt *a;

	while ((a = queue_take(&e->changed_attempts))) {
		a->changed = false;
		effects_change(e->fx, CHANGE_ATTEMPT)->attempt = a->row;
	}
}

static void
emit_partitions(struct engine *e)
{
	const struct partition_row *row;

	while ((row = queue_take(&e->new_partitions)))
		effects_change(e->fx, CHANGE_PARTITION)->partition = *row;
}

static void
emit_dataset_events(struct engine *e)
{
	struct woken_event *event;

	while ((event = queue_take(&e->changed_dataset_events))) {
		struct change *c = effects_change(e->fx, event->row.consumed < 0
							     ? CHANGE_DATASET_EVENT_DROP
							     : CHANGE_DATASET_EVENT);

		event->changed = false;
		c->dataset_event = event->row;
		c->dataset_event.waits = event->row.consumed
					     ? ""
					     : arena_str(e->fx->arena, event->waits);
		if (event->row.consumed)
			queue_add(&e->old_dataset_events, event);
	}
}

static void
emit_answers(struct engine *e)
{
	struct answer *a;

	while ((a = queue_take(&e->new_answers)))
		effects_change(e->fx, CHANGE_COMMAND)->command = (struct command_row){
			.key = a->key,
			.command = a->command,
			.reply = a->reply,
			.at_us = a->at_us,
		};
}

void
emit_changes(struct engine *e)
{
	struct run_task *t;

	emit_defs(e);
	emit_dags(e);
	emit_backfills(e);
	emit_runs(e);
	while ((t = queue_take(&e->changed_tasks)))
		if (t->changed)
			emit_task(e, t);
	emit_groups(e);
	emit_attempts(e);
	emit_partitions(e);
	emit_dataset_events(e);
	emit_answers(e);
	if (e->clocks.changed)
		effects_change(e->fx, CHANGE_CLOCK)->clock = e->clocks.row;
	e->clocks.changed = false;
	if (e->ledger.changed)
		effects_change(e->fx, CHANGE_LIMITS)->limits = (struct limits_row){
			.key = 1,
			.text = arena_str(e->fx->arena, e->ledger.text),
			.since_us = e->now_us,
			.edited = e->ledger.edited,
		};
	e->ledger.changed = e->ledger.edited = false;
	for (size_t i = 0; i < e->n_events; i++)
		effects_change(e->fx, CHANGE_EVENT)->event = e->events[i];
	e->n_events = 0;
	e->fx->urgent |= e->urgent;
	e->urgent = false;
}
