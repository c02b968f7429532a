/* wait.c - a task that waits for the world: what its looks say, and what comes of the next. */
#include "scheduler/wait/wait.h"

#include "core/base/mem.h"

#include <stdlib.h>
#include <string.h>

#define AGAIN_MIN_US SECOND_US
#define AGAIN_MAX_US (24 * HOUR_US)

struct wait *
wait_new(void)
{
	return mem_new(1, sizeof(struct wait));
}

struct wait *
wait_restore(const struct task_row *row)
{
	struct wait *w;

	if (!row->looks)
		return NULL;
	w = wait_new();
	w->attempt = row->look_attempt;
	w->since_us = row->waiting_us;
	w->looks = row->looks;
	w->errors = row->look_errors;
	w->answer = mem_str(row->answer ? row->answer : "");
	w->seen = mem_str(row->seen);
	return w;
}

void
wait_store(const struct wait *w, struct task_row *row)
{
	row->look_attempt = w->attempt;
	row->waiting_us = w->since_us;
	row->looks = w->looks;
	row->look_errors = w->errors;
	row->answer = w->answer;
	row->seen = w->seen;
}

void
wait_free(struct wait *w)
{
	if (!w)
		return;
	free(w->answer);
	free(w->seen);
	free(w);
}

/* When the next look is: the last one comes when the timeout is over, so that nothing is missed. */
static int64_t
next_look(const struct task_wait *def, int64_t again_us, int64_t first_us, int64_t now_us)
{
	int64_t end_us = first_us + def->timeout_us;

	if (!again_us)
		again_us = def->every_us;
	else if (again_us < AGAIN_MIN_US)
		again_us = AGAIN_MIN_US;
	else if (again_us > AGAIN_MAX_US)
		again_us = AGAIN_MAX_US;
	return again_us < end_us - now_us ? now_us + again_us : end_us;
}

enum wait_verdict
wait_take(struct wait *w, const struct task_wait *def, const struct look_end *look,
	  int64_t first_us, int64_t now_us, int64_t *due_us, bool *changed)
{
	*changed = !w->answer || strcmp(w->answer, look->answer) != 0;
	if (*changed) {
		free(w->answer);
		w->answer = mem_str(look->answer);
	}
	/* One that went wrong has not seen anything. */
	if (!look->failed) {
		free(w->seen);
		w->seen = mem_str(look->seen);
	}
	if (!w->looks++)
		w->since_us = look->created_us;
	w->attempt = look->attempt;
	if (look->failed)
		w->errors++;
	else if (!BUG_IS(39)) /* planted: answers between them do not count */
		w->errors = 0;
	if (BUG_IS(40)) /* planted: each try of the task waits for the whole timeout */
		first_us = w->since_us;
	if (now_us - first_us >= def->timeout_us)
		return WAIT_OVER;
	if (w->errors >= WAIT_ERRORS_MAX)
		return WAIT_BROKEN;
	*due_us = next_look(def, look->again_us, first_us, now_us);
	return WAIT_ON;
}
