/* keeper.c - does somebody keep what is under way, and does the schedule go on? */
#include "core/view/keeper.h"

#include "core/model/gate.h"
#include "core/model/state.h"
#include "core/time/civil.h"
#include "core/view/answer.h"
#include "core/view/internal.h"
#include "core/view/sql.h"
#include "core/wire/holder.h"

bool
keeper_there(const struct view *v)
{
	enum holder_kind kind = holder_look(v->project_dir).kind;

	return kind == HOLDER_SCHEDULER || kind == HOLDER_WAIT;
}

enum gate_kind
keeper_gate(const json_t *row)
{
	const json_t *stored = json_object_get(row, "gate");
	struct gate gate;

	gate_read(&gate, stored ? stored : json_object_get(row, "waits"));
	return gate.kind;
}

/* Both are said where both are so: ending one alone would not help. */
static void
put(const struct keeping *k, enum gate_kind kind, bool and_paused, json_t *row)
{
	const struct gate first = { .kind = kind, .dag = k->dag };
	const struct gate second = { .kind = GATE_PAUSED, .dag = k->dag };
	json_t *stored = NULL;
	struct buf text;

	buf_init(&text, SIZE_MAX / 2);
	gate_write(&first, &text);
	if (!json_read(&stored, text.data, text.bytes, "a gate", NULL))
		(void)json_object_set_new(row, "gate", stored);
	buf_reset(&text);
	gate_say(&first, &text);
	if (and_paused) {
		buf_text(&text, "; ");
		gate_say(&second, &text);
	}
	(void)json_object_set_new(row, "waits", json_text_new(text.data));
	buf_release(&text);
}

/* What is known to hold it is no slot: an end of the pause alone would not start it. */
static bool
is_more_than_a_slot(const json_t *row)
{
	enum gate_kind kind = keeper_gate(row);

	return kind != GATE_NONE && kind != GATE_RUN_SLOT && kind != GATE_TASK_SLOT;
}

static void
tell(const struct keeping *k, bool pause_holds, json_t *row)
{
	if (!k->there)
		put(k, GATE_NO_SCHEDULER, pause_holds, row);
	else if (pause_holds && !is_more_than_a_slot(row))
		put(k, GATE_PAUSED, false, row);
}

void
keeper_tell_run(const struct keeping *k, json_t *row)
{
	int state = run_state_of(json_get_text(row, "state", ""));

	if (state >= 0 && !run_is_final((enum run_state)state))
		tell(k, k->paused, row);
}

void
keeper_tell_task(const struct keeping *k, json_t *row)
{
	int state = task_state_of(json_get_text(row, "state", ""));
	bool pause_holds = k->paused;

	if (state < 0 || task_is_final((enum task_state)state))
		return;
	/* A task in state none waits for its upstreams first, unless it says that it is ready. */
	if (state == TASK_QUEUED || state == TASK_RUNNING ||
	    (state == TASK_NONE && keeper_gate(row) == GATE_NONE))
		pause_holds = false;
	tell(k, pause_holds, row);
}

enum err_code
keeper_tasks(struct view *v, int64_t run, struct stmt *s, json_t **out, struct err *err)
{
	json_t *rows = NULL;
	enum err_code code = answer_rows(s, &rows, err);

	if (!code)
		code = keeper_tell_tasks(v, run, rows, err);
	if (code)
		json_decref(rows);
	else
		*out = rows;
	return code;
}

enum err_code
keeper_runs(struct view *v, struct stmt *s, json_t **out, struct err *err)
{
	struct keeping k = { .there = keeper_there(v) };
	json_t *rows = NULL, *row;
	enum err_code code;
	size_t i;

	code = answer_rows(s, &rows, err);
	if (code)
		return code;
	json_array_foreach(rows, i, row)
	{
		k.dag = json_get_text(row, "dag", "");
		k.paused = json_get_int(row, "dag_paused", 0) != 0;
		keeper_tell_run(&k, row);
		(void)json_object_del(row, "dag_paused");
	}
	*out = rows;
	return ERR_NONE;
}

enum err_code
keeper_tell_tasks(struct view *v, int64_t run, json_t *rows, struct err *err)
{
	struct keeping k = { .there = keeper_there(v) };
	json_t *of = NULL, *row;
	enum err_code code;
	struct stmt s;
	size_t i;

	stmt_begin(&s, v->db, sql_tasks_dag);
	stmt_int(&s, 1, run);
	code = answer_row(&s, &of, err);
	if (code)
		return code;
	k.dag = json_get_text(of, "dag", "");
	k.paused = json_get_int(of, "paused", 0) != 0;
	json_array_foreach(rows, i, row)
	{
		keeper_tell_task(&k, row);
	}
	json_decref(of);
	return ERR_NONE;
}

enum err_code
view_clock(struct view *v, json_t **out, struct err *err)
{
	json_t *row = NULL;
	enum err_code code;
	char span[64];
	struct stmt s;

	stmt_begin(&s, v->db, sql_clock);
	code = answer_row(&s, &row, err);
	if (code)
		return code;
	if (row) {
		duration_format((json_get_int(row, "jump_us", 0) + SECOND_US / 2) / SECOND_US *
				    SECOND_US,
				span, sizeof(span));
		(void)json_object_set_new(
		    row, "text",
		    json_sprintf("the wall clock jumped ahead by %s at %s: the schedule makes no "
				 "runs until %s, or `tidemill scheduler accept-clock`",
				 span, json_get_text(row, "jumped_at", ""),
				 json_get_text(row, "schedule_held_until", "")));
	}
	*out = row ? row : json_null();
	return ERR_NONE;
}
