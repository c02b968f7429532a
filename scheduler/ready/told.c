/* told.c - a task that waits and makes no looks: the engine is told of what it waits for. */
#include "scheduler/ready/told.h"

#include "core/model/approval.h"
#include "core/text/template.h"
#include "core/time/civil.h"
#include "scheduler/life/task.h"
#include "scheduler/ready/given.h"
#include "scheduler/rows/effects.h"
#include "scheduler/state/emit.h"
#include "scheduler/state/slot.h"

enum { SPAN_ROOM = 64 };

/* ---- the end of a wait ---- */

static int64_t
end_of(const struct run_task *t)
{
	return t->first_us + task_of(t)->wait.timeout_us;
}

/*
 * Has it waited for as long as it may?  What was heard before the first event counts; a dag that
 * is paused waits on.
 */
static bool
is_over(const struct engine *e, const struct run_task *t)
{
	return e->awake && run_may_start(e, t->run) && e->now_us >= end_of(t);
}

int64_t
told_until(const struct engine *e, const struct run_task *t)
{
	return run_may_start(e, t->run) ? end_of(t) : INT64_MAX;
}

void
told_found(struct engine *e, struct run_task *t)
{
	if (!run_slot_for(e, t))
		return;
	task_set_gate(e, t, NULL);
	task_apply(e, t, TEV_FOUND, "it is published");
}

/* Its timeout is over; `gate` says what was not there. */
static void
give_up(struct engine *e, struct run_task *t, const struct gate *gate)
{
	const struct task_wait *wait = &task_of(t)->wait;
	char span[SPAN_ROOM];
	struct buf what;

	if (!run_slot_for(e, t))
		return;
	buf_init(&what, SIZE_MAX / 2);
	if (gate->kind == GATE_PERSON)
		buf_format(&what, "nobody answered: %s", gate->text);
	else
		gate_say(gate, &what);
	duration_format(wait->timeout_us, span, sizeof(span));
	task_end_at(e, t, wait->skip ? TEV_PASS : TEV_EXPIRE,
		    &(struct gate){ .kind = GATE_WAIT_TIMEOUT, .span = span, .text = what.data });
	buf_release(&what);
}

bool
told_waits(struct engine *e, struct run_task *t, const struct gate *gate)
{
	struct gate said = *gate;

	if (!t->first_us) {
		t->first_us = e->now_us;
		mark_task(e, t);
	}
	if (is_over(e, t)) {
		give_up(e, t, gate);
		return false;
	}
	if (!said.until_us)
		said.until_us = end_of(t);
	task_set_gate(e, t, &said);
	return true;
}

/* ---- a person ---- */

/* What is asked, with the values of the run; as it is written where those give no short text. */
static void
write_subject(struct engine *e, const struct run_task *t, struct buf *out)
{
	const char *text = task_of(t)->wait.asks->subject;
	struct run_vars vars;
	struct err err;

	if (given_vars(e, t, &vars, &err) || template_render(text, &vars, out, &err) || out->full) {
		buf_reset(out);
		buf_text(out, text);
	}
}

/* Somebody has answered: it ends as that says, when its run has a slot. */
static void
take_answer(struct engine *e, struct run_task *t)
{
	const struct approval *asks = task_of(t)->wait.asks;
	struct answered a;
	struct buf who;

	if (!run_slot_for(e, t))
		return;
	answered_read(&a, t->answered);
	buf_init(&who, SIZE_MAX / 2);
	answered_say(&a, &who);
	if (approval_refuses(asks, a.answer)) {
		task_end_at(e, t, asks->skip_refused ? TEV_PASS : TEV_REFUSED,
			    &(struct gate){ .kind = GATE_REJECTED, .text = who.data });
	} else {
		task_keep_outputs(t, a.outputs);
		task_end_at(e, t, TEV_FOUND,
			    &(struct gate){ .kind = GATE_APPROVED, .text = who.data });
	}
	buf_release(&who);
	answered_release(&a);
}

void
told_ask(struct engine *e, struct run_task *t)
{
	struct buf subject;

	if (t->answered) {
		take_answer(e, t);
		return;
	}
	buf_init(&subject, (size_t)4 * APPROVAL_BYTES_MAX);
	write_subject(e, t, &subject);
	if (told_waits(e, t,
		       &(struct gate){ .kind = GATE_PERSON,
				       .text = subject.data,
				       .dag = t->run->dag->id,
				       .task = task_of(t)->id,
				       .run = t->run->run_id }) &&
	    told_until(e, t) != INT64_MAX) {
		t->due_us = told_until(e, t);
		heap_push(&e->timers, &t->item);
	}
	buf_release(&subject);
}
