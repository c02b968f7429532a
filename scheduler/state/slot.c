/* slot.c - run slots: who wants one, who has one, and why somebody waits. */
#include "scheduler/state/slot.h"

#include "scheduler/state/emit.h"
#include "scheduler/state/todo.h"

#include <stdlib.h>
#include <assert.h>
#include <stdio.h>
#include <string.h>

/* Keep the gate as it is stored; true: it is another than before. */
static bool
set_gate(char **held, const struct gate *gate)
{
	struct buf b;
	bool other;

	if (!gate && !*held)
		return false;
	buf_init(&b, SIZE_MAX / 2);
	if (gate)
		gate_write(gate, &b);
	other = strcmp(*held ? *held : "", b.data) != 0;
	if (other) {
		free(*held);
		*held = b.bytes ? buf_give(&b) : NULL;
	}
	buf_release(&b);
	return other;
}

void
task_set_gate(struct engine *e, struct run_task *t, const struct gate *gate)
{
	if (set_gate(&t->waits, gate))
		mark_task(e, t);
}

void
run_set_gate(struct engine *e, struct run *run, const struct gate *gate)
{
	if (set_gate(&run->waits, gate))
		mark_run(e, run);
}

void
group_set_gate(struct engine *e, struct run_group *g, const struct gate *gate)
{
	if (set_gate(&g->waits, gate))
		mark_group(e, g);
}

static enum gate_kind
kind_of(const char *waits)
{
	json_t *stored = NULL;
	struct gate gate;

	if (!waits || json_read(&stored, waits, strlen(waits), "waits", NULL))
		return GATE_NONE;
	gate_read(&gate, stored);
	json_decref(stored);
	return gate.kind;
}

enum gate_kind
run_gate(const struct run *run)
{
	return kind_of(run->waits);
}

enum gate_kind
task_gate(const struct run_task *t)
{
	return kind_of(t->waits);
}

/* A task of it that waits for runs of another dag, or NULL. */
static const struct run_task *
held_by_child(const struct run *run)
{
	for (size_t i = 0; i < run->def->dag->n_tasks; i++)
		if (run->def->dag->tasks[i].child.dag && run->tasks[i].state == TASK_NONE &&
		    run->tasks[i].waits)
			return &run->tasks[i];
	return NULL;
}

/* A task of it that waits for the run before, or for a person; or NULL. */
static const struct run_task *
held_otherwise(const struct run *run)
{
	const struct dag *dag = run->def->dag;

	for (size_t i = 0; i < dag->n_tasks; i++) {
		const struct run_task *t = &run->tasks[i];
		enum gate_kind kind = GATE_NONE;

		if (t->state == TASK_NONE && (dag->depends_on_past || dag->tasks[i].wait.asks))
			kind = kind_of(t->waits);
		if ((kind >= GATE_PAST_COMING && kind <= GATE_PAST_FAILED) || kind == GATE_PERSON)
			return t;
	}
	return NULL;
}

void
run_say_others(struct engine *e, struct run *run)
{
	const struct run_task *t = held_otherwise(run);

	t = t ? t : held_by_child(run);
	if (!t) {
		run_set_gate(e, run, &(struct gate){ .kind = GATE_PARTITIONS });
		return;
	}
	if (run->waits && !strcmp(run->waits, t->waits))
		return;
	free(run->waits);
	run->waits = mem_str(t->waits);
	mark_run(e, run);
}

/* Scheduled before manual, then the oldest; a backfill may go newest first. */
static bool
run_before(const struct heap_item *x, const struct heap_item *y)
{
	const struct run *a = ((const struct run_seat *)x)->run;
	const struct run *b = ((const struct run_seat *)y)->run;
	bool backwards = a->backfill && a->backfill->row.backwards;

	if (run_class(a) != run_class(b))
		return run_class(a) < run_class(b);
	if (a->logical_us != b->logical_us)
		return (a->logical_us < b->logical_us) != backwards;
	return a->key < b->key;
}

void
group_init(struct group *g, struct dag_state *dag, int cap)
{
	*g = (struct group){ .queue = { .before = run_before }, .cap = cap, .dag = dag };
}

void
run_want(struct engine *e, struct run *run)
{
	struct group *g = run_group(run);

	if (run->slot || run->seat.item.at || (e->config.session && !run->session))
		return;
	if (run->state == RUN_QUEUED)
		run_set_gate(
		    e, run,
		    &(struct gate){ .kind = e->config.hold ? GATE_NO_SCHEDULER : GATE_RUN_SLOT });
	heap_push(&g->queue, &run->seat.item);
	group_mark(e, g);
}

bool
run_slot_for(struct engine *e, struct run_task *t)
{
	if (t->run->slot)
		return true;
	task_set_gate(e, t, &(struct gate){ .kind = GATE_TASK_SLOT });
	run_want(e, t->run);
	return false;
}

void
run_release(struct engine *e, struct run *run)
{
	struct group *g = run_group(run);

	if (!run->slot)
		return;
	run->slot = false;
	g->used--;
	group_mark(e, g);
}

/* ---- deadlines ---- */

bool
deadline_before(const struct heap_item *x, const struct heap_item *y)
{
	const struct run *a = ((const struct run_seat *)x)->run;
	const struct run *b = ((const struct run_seat *)y)->run;

	return a->due_us != b->due_us ? a->due_us < b->due_us : a->key < b->key;
}

void
run_watch_due(struct engine *e, struct run *run)
{
	bool mine = !e->config.session || run->session;

	heap_remove(&e->deadlines, &run->deadline.item);
	if (run->due_us && mine && !run_is_final(run->state) &&
	    (!run->timed_out || run->state == RUN_UP_FOR_RETRY))
		heap_push(&e->deadlines, &run->deadline.item);
}

void
run_set_due(struct engine *e, struct run *run, int64_t due_us)
{
	/* It is found by the old time until it is out. */
	heap_remove(&e->deadlines, &run->deadline.item);
	run->due_us = due_us;
	run_watch_due(e, run);
	mark_run(e, run);
}

int64_t
run_retry_delay(const struct run *run)
{
	char seed[NAME_MAX_BYTES + RUN_ID_CHARS + 32];
	int bytes = snprintf(seed, sizeof(seed), "%s/%s/%d", run->dag->id, run->run_id,
			     run->retries);

	assert(bytes > 0 && bytes < (int)sizeof(seed));
	return retry_delay(&run->def->dag->run_retry, run->retries, seed);
}

void
run_say_retry(struct engine *e, struct run *run)
{
	run_set_gate(e, run,
		     &(struct gate){ .kind = GATE_RUN_RETRY,
				     .retry = run->retries,
				     .most = run->def->dag->run_retry.retries });
}
