/* why.c - everything that holds a run or a task back. */
#include "core/model/interval.h"
#include "core/view/why.h"

#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/view/answer.h"
#include "core/view/blame.h"
#include "core/view/dag.h"
#include "core/view/aside.h"
#include "core/model/gate.h"
#include "core/model/state.h"
#include "core/time/schedule.h"
#include "core/view/internal.h"
#include "core/view/keeper.h"
#include "core/view/known.h"
#include "core/view/pool.h"
#include "core/view/run.h"
#include "core/view/sql.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { UPDATES_SHOWN = 10 };

/* What is being explained. */
struct question {
	struct view *v;
	const char *dag;
	const char *only;       /* this task, or NULL */
	bool there;             /* somebody keeps what is under way */
	bool paused;            /* the dag is, now */
	int64_t asked_us;       /* the logical date that was asked for, when it has no run ... */
	const char *asked;      /* ... and as it was written, or NULL */
	bool is_asked;          /* one run was asked for */
	json_t *run;            /* as view_run() gives it, or NULL: none was made */
	struct dag *definition; /* the run's, or NULL: its edges are not known */
	int *states;            /* of the run's tasks in the order of the file; -1: not known */
	int64_t *places;        /* their task_index */
	size_t n_tasks;
	bool *open;       /* of the definition's groups with retries: it has not ended */
	struct held held; /* what is used of the limits, once somebody has asked */
	json_t *shortage; /* what the machine is short of: a row, null, NULL: nobody has asked */
	json_t *gates;
	json_t *aside; /* as view_aside() gives it, or NULL */
};

static json_t *
gate_add(struct question *q, const char *gate, const char *task, const char *text)
{
	json_t *object = json_object();

	(void)json_object_set_new(object, "gate", json_text_new(gate));
	if (task)
		(void)json_object_set_new(object, "task", json_text_new(task));
	(void)json_object_set_new(object, "text", json_text_new(text));
	(void)json_array_append_new(q->gates, object);
	return object;
}

/* As gate_add(), with text that was made for it and is freed here. */
static json_t *
gate_give(struct question *q, const char *gate, const char *task, char *text)
{
	json_t *object = gate_add(q, gate, task, text);

	free(text);
	return object;
}

/* A gate that needs no arguments, under its own word. */
static void
gate_say_kind(struct question *q, enum gate_kind kind)
{
	struct buf text;

	buf_init(&text, SIZE_MAX / 2);
	gate_say(&(struct gate){ .kind = kind }, &text);
	gate_add(q, gate_word(kind), NULL, text.data);
	buf_release(&text);
}

/* ---- the dag and its run ---- */

/* The run that is meant; none at all is an answer too. */
static enum err_code
choose_run(struct question *q, const char *run, struct err *err)
{
	char run_id[RUN_ID_CHARS + 1] = "";
	enum err_code code;
	struct stmt s;

	if (run) {
		code = view_run(q->v, q->dag, run, &q->run, err);
		if (code != ERR_NOT_FOUND || !known_logical(q->v, q->dag, run, &q->asked_us))
			return code;
		q->asked = run;
		return ERR_NONE;
	}
	stmt_begin(&s, q->v->db, sql_why_run);
	stmt_text(&s, 1, q->dag);
	if (stmt_row(&s))
		(void)snprintf(run_id, sizeof(run_id), "%s", stmt_col_text(&s, 0));
	code = stmt_end(&s, err);
	if (!code && *run_id)
		code = view_run(q->v, q->dag, run_id, &q->run, err);
	return code;
}

static bool
is_active(const char *state)
{
	int value = run_state_of(state);

	return value >= 0 && !run_is_final((enum run_state)value);
}

/* It waits for a run slot: the engine says so of a run or of a task that is ready for one. */
static bool
is_slot_wait(enum gate_kind kind)
{
	return kind == GATE_RUN_SLOT || kind == GATE_TASK_SLOT;
}

/* The sentence of the gate in a row, for the caller to free; of that gate alone. */
static char *
gate_text(const json_t *row)
{
	struct gate gate;
	struct buf text;

	gate_read(&gate, json_object_get(row, "gate"));
	buf_init(&text, SIZE_MAX / 2);
	gate_say(&gate, &text);
	return buf_give(&text);
}

/*
 * What stands in a row, told with what it is made from; `text` NULL: in its own words.  A version
 * before this one wrote sentences, and what it wrote may be over since: a scheduler that starts
 * writes it again.
 */
static void
gate_stored(struct question *q, const char *gate, const char *task, const char *text,
	    const json_t *row)
{
	json_t *held = json_object_get(row, "gate"), *object;
	const char *until;

	if (keeper_gate(row) == GATE_TEXT) {
		gate_give(
		    q, gate, task,
		    mem_format("an earlier version noted: %s", json_get_text(row, "waits", "")));
		return;
	}
	object = text ? gate_add(q, gate, task, text) : gate_give(q, gate, task, gate_text(row));
	if (!held)
		return;
	until = gate_until(keeper_gate(row));
	(void)json_object_set(object, "held_by", held);
	if (*until)
		(void)json_object_set_new(object, "ends_when", json_text_new(until));
	if (json_object_get(held, "until"))
		(void)json_object_set(object, "until", json_object_get(held, "until"));
}

/* The runs that datasets are about to make; of the one that was asked for, or all. */
static enum err_code
look_at_updates(struct question *q, const struct dag *dag, const char *date, struct err *err)
{
	json_t *rows = NULL, *row;
	enum err_code code = view_updates(q->v, dag, date, UPDATES_SHOWN, &rows, err);
	size_t i;

	json_array_foreach(rows, i, row)
	{
		gate_stored(q, "updates", NULL, json_get_text(row, "text", ""), row);
	}
	if (!code && !q->run && !json_array_size(rows))
		(void)json_array_append_new(q->gates,
					    view_no_run(dag, q->dag, q->asked, q->asked_us, ""));
	json_decref(rows);
	return code;
}

/* What is to be said of runs that are not there, or that an update makes again. */
static enum err_code
look_for_run(struct question *q, const json_t *row, struct err *err)
{
	char date[TIMESTAMP_CHARS + 1];
	struct dag *dag = NULL;
	enum err_code code;

	code = known_definition(q->v, json_get_text(row, "digest", ""), &dag, err);
	if (code)
		return code;
	if (!q->there && !q->run)
		gate_say_kind(q, GATE_NO_SCHEDULER);
	timestamp_format(q->asked_us, date);
	if (dag && dag_is_woken(dag))
		code = look_at_updates(q, dag,
				       q->asked      ? date
				       : q->is_asked ? json_get_text(q->run, "logical_date", NULL)
						     : NULL,
				       err);
	else if (!q->run)
		(void)json_array_append_new(q->gates,
					    view_no_run(dag, q->dag, q->asked, q->asked_us,
							json_get_text(row, "next_partition", "")));
	dag_unref(dag);
	return code;
}

static enum err_code
look_at_clock(struct question *q, struct err *err)
{
	json_t *clock = NULL;
	enum err_code code = view_clock(q->v, &clock, err);

	if (code)
		return code;
	if (json_is_object(clock))
		(void)json_object_set(gate_add(q, "clock", NULL, json_get_text(clock, "text", "")),
				      "until", json_object_get(clock, "schedule_held_until"));
	json_decref(clock);
	return ERR_NONE;
}

static enum err_code
look_at_dag(struct question *q, struct err *err)
{
	json_t *row = NULL;
	enum err_code code;
	struct stmt s;

	stmt_begin(&s, q->v->db, sql_why_dag);
	stmt_text(&s, 1, q->dag);
	code = answer_row(&s, &row, err);
	if (code || !row)
		return code;
	q->paused = json_get_int(row, "paused", 0) != 0;
	if (q->paused)
		gate_give(q, "paused", NULL,
			  mem_format("the dag is paused%s: nothing of it is started until"
				     " `tidemill dags unpause %s`",
				     json_get_text(row, "because", ""), q->dag));
	if (!code && json_is_string(json_object_get(row, "next_partition")))
		code = look_at_clock(q, err);
	if (!json_get_int(row, "present", 1))
		gate_give(q, "absent", NULL,
			  mem_format("%s is gone or has a mistake: the schedule makes no runs;"
				     " see `tidemill validate`",
				     json_get_text(row, "file", "its file")));
	if (!code && (!q->run || !q->only))
		code = look_for_run(q, row, err);
	json_decref(row);
	return code;
}

/* What the engine wrote down when it began to wait: not again when the dag is paused or unpaused.
 */
static void
look_at_queued(struct question *q)
{
	enum gate_kind kind = keeper_gate(q->run);

	if (kind == GATE_PAUSED)
		return; /* the dag's own gate has said so */
	if (kind != GATE_NONE && !is_slot_wait(kind))
		gate_stored(q, "queued", NULL, NULL, q->run);
	else if (!q->paused)
		gate_stored(q, "queued", NULL, "it waits for its turn: max_active_runs is reached",
			    q->run);
}

static void
look_at_ended(struct question *q, const char *state)
{
	const char *waits = json_get_text(q->run, "waits", "");

	gate_give(q, "ended", NULL,
		  mem_format("the run ended %s: %s%s%s", json_get_text(q->run, "ended_at", ""),
			     state, *waits ? "; " : "", waits));
	if (json_get_bool(q->run, "early", false))
		gate_give(
		    q, "preliminary", NULL,
		    mem_str("it began before its interval had ended: no other run reads what it "
			    "published; it is made again when it is due, without a cron by "
			    "`tidemill runs clear`"));
}

static void
look_at_run(struct question *q)
{
	const char *state = json_get_text(q->run, "state", "");

	view_retry_gates(q->run, q->there, q->gates);
	if (!is_active(state))
		look_at_ended(q, state);
	else if (strcmp(state, "queued") == 0)
		look_at_queued(q);
	else if (keeper_gate(q->run) != GATE_NONE && keeper_gate(q->run) != GATE_PAUSED &&
		 strcmp(state, "up_for_retry") != 0)
		gate_stored(q, "waits", NULL, NULL, q->run);
}

/* ---- tasks ---- */

/* Of all tasks as little as tells which have something to say; more of those of the answer only. */
static enum err_code
read_states(struct question *q, struct err *err)
{
	size_t room_states = 0, room_places = 0;
	struct stmt s;

	stmt_begin(&s, q->v->db, sql_why_states);
	stmt_int(&s, 1, json_get_int(q->run, "key", 0));
	while (stmt_row(&s)) {
		q->states = mem_grow(q->states, q->n_tasks, &room_states, sizeof(*q->states));
		q->places = mem_grow(q->places, q->n_tasks, &room_places, sizeof(*q->places));
		q->places[q->n_tasks] = stmt_col_int(&s, 0);
		q->states[q->n_tasks++] = task_state_of(stmt_col_text(&s, 1));
	}
	return stmt_end(&s, err);
}

/* Is its end kept from a task outside its group, because the group has not ended? */
static bool
is_held(const struct question *q, uint32_t at, size_t from)
{
	uint32_t group = q->definition->tasks[at].held_by;

	return group && q->open[group - 1] && q->definition->tasks[from].held_by != group;
}

/* Is the upstream at a place under way, or still to come, for the task at another? */
static bool
is_pending(const struct question *q, uint32_t at, size_t from)
{
	int state = q->states[at];

	return state < 0 || !task_is_final((enum task_state)state) || is_held(q, at, from);
}

/* The definition of the task at a place, or NULL: no edges are known. */
static const struct task *
edges_of(const struct question *q, size_t at)
{
	if (!q->definition || q->definition->n_tasks != q->n_tasks)
		return NULL;
	return &q->definition->tasks[at];
}

static bool
has_pending_upstream(const struct question *q, size_t at)
{
	const struct task *task = edges_of(q, at);

	for (size_t i = 0; task && i < task->n_upstream; i++)
		if (is_pending(q, task->upstream[i], at))
			return true;
	return false;
}

/* The upstreams that have not ended of the task at a place; NULL when there are none. */
static json_t *
pending_upstream(const struct question *q, size_t at)
{
	const struct task *task = edges_of(q, at);
	json_t *pending = NULL;

	for (size_t i = 0; task && i < task->n_upstream; i++) {
		uint32_t up = task->upstream[i];
		const char *state;
		json_t *one;

		if (!is_pending(q, up, at))
			continue;
		if (!pending)
			pending = json_array();
		one = json_object();
		(void)json_object_set_new(one, "task", json_text_new(q->definition->tasks[up].id));
		state = q->states[up] < 0 ? "" : task_state_name((enum task_state)q->states[up]);
		(void)json_object_set_new(
		    one, "state", json_text_new(is_held(q, up, at) ? "held by its group" : state));
		(void)json_array_append_new(pending, one);
	}
	return pending;
}

/* What holds its run or dag back has been said already. */
static bool
is_held_by_run(const struct question *q, enum gate_kind kind)
{
	if (kind == GATE_NO_SCHEDULER || kind == GATE_PAUSED)
		return true;
	if (kind != GATE_NONE && !is_slot_wait(kind))
		return false;
	return strcmp(json_get_text(q->run, "state", ""), "queued") == 0 ||
	       (q->paused && is_slot_wait(kind));
}

/* A task that has not begun: its upstreams first, then what the engine wrote down. */
static void
look_at_waiting(struct question *q, size_t at, const char *task, const json_t *row)
{
	enum gate_kind kind = keeper_gate(row);
	json_t *pending = pending_upstream(q, at), *gate;
	const json_t *first;

	if (pending) {
		first = json_array_get(pending, 0);
		gate = gate_give(q, "upstream", task,
				 mem_format("it waits for %s (%s)%s",
					    json_get_text(first, "task", ""),
					    json_get_text(first, "state", ""),
					    json_array_size(pending) > 1 ? " and others" : ""));
		(void)json_object_set_new(gate, "upstream", pending);
	} else if (!is_held_by_run(q, kind)) {
		gate_stored(q, "waits", task,
			    kind != GATE_NONE ? NULL
			    : json_get_int(row, "grows", 0)
				? "it begins when all instances are made"
				: "the scheduler has not looked at it yet",
			    row);
	}
}

/* Is the machine short of what a start needs?  Then that holds back all that is ready. */
static enum err_code
look_at_shortage(struct question *q, const char *task, bool *is_short, struct err *err)
{
	enum err_code code;
	struct stmt s;

	if (!q->shortage) {
		stmt_begin(&s, q->v->db, sql_why_shortage);
		code = answer_row(&s, &q->shortage, err);
		if (code)
			return code;
		if (!q->shortage)
			q->shortage = json_null();
	}
	*is_short = json_is_object(q->shortage);
	if (*is_short)
		gate_stored(q, "shortage", task, NULL, q->shortage);
	return ERR_NONE;
}

/* The limit that holds it now, or nothing but its turn in its pool. */
static enum err_code
look_at_limit(struct question *q, const char *name, const struct task *task, json_t *row,
	      struct err *err)
{
	json_t *holders = NULL;
	char *turn = NULL;
	enum err_code code = q->held.live ? ERR_NONE : held_count(q->v, q->dag, &q->held, err);

	if (!code)
		code = held_say(&q->held, task, row, &turn, &holders, err);
	if (!code && !turn)
		gate_stored(q, "limit", name, NULL, row);
	else if (!code)
		(void)json_object_set_new(gate_give(q, "pool", name, turn), "holders", holders);
	return code;
}

/* Ready, but not dispatched: is the machine short of something, which limit is full? */
static enum err_code
look_at_ready(struct question *q, size_t at, json_t *row, struct err *err)
{
	const char *name = json_get_text(row, "task", "");
	const struct task *task = edges_of(q, at);
	enum gate_kind kind = keeper_gate(row);
	enum err_code code;
	bool is_short;

	if (!q->there) {
		gate_add(q, "pool", name, "it is ready and starts as soon as a scheduler runs");
		return ERR_NONE;
	}
	code = look_at_shortage(q, name, &is_short, err);
	if (code || is_short)
		return code;
	if (task && kind != GATE_CLAIM && kind != GATE_PAUSED)
		return look_at_limit(q, name, task, row, err);
	gate_stored(q, "limit", name, kind ? NULL : "it is ready and waits for its turn", row);
	return ERR_NONE;
}

/* The last attempt of a task; NULL: there was none. */
static enum err_code
last_attempt(struct question *q, const char *task, json_t **out, struct err *err)
{
	struct stmt s;

	stmt_begin(&s, q->v->db, sql_why_attempt);
	stmt_int(&s, 1, json_get_int(q->run, "key", 0));
	stmt_text(&s, 2, task);
	return answer_row(&s, out, err);
}

/* Its last attempt, in words. */
static enum err_code
look_at_attempt(struct question *q, const char *gate, const json_t *row, struct err *err)
{
	const char *task = json_get_text(row, "task", "");
	json_t *attempt = NULL;
	enum err_code code = last_attempt(q, task, &attempt, err);
	char *why;

	if (code)
		return code;
	why = json_object_get(row, "instances") ? view_instances(q->v, q->run, task)
						: blame_end(row, attempt);
	if (strcmp(gate, "running") == 0 && !q->there)
		gate_give(q, gate, task,
			  mem_format("try %lld was %s when its scheduler ended; the next one sees"
				     " what became of it",
				     (long long)json_get_int(attempt, "try_number", 0),
				     json_get_text(attempt, "state", "starting")));
	else if (keeper_gate(row) == GATE_PUBLISH)
		gate_stored(q, gate, task, NULL, row);
	else if (strcmp(gate, "running") == 0)
		gate_give(q, gate, task,
			  mem_format("try %lld is %s since %s",
				     (long long)json_get_int(attempt, "try_number", 0),
				     json_get_text(attempt, "state", "starting"),
				     json_get_text(row, "since", "")));
	else
		gate_give(q, gate, task,
			  mem_format("it ended %s: %s%s%s", json_get_text(row, "since", ""),
				     json_get_text(row, "state", ""), *why ? ": " : "", why));
	free(why);
	json_decref(attempt);
	return ERR_NONE;
}

/* It waits for its next try: why, which of how many that is, and until when. */
static enum err_code
look_at_retry(struct question *q, const char *task, const json_t *row, struct err *err)
{
	const char *until = json_get_text(row, "next_retry_at", ""), *message;
	json_t *attempt = NULL, *gate, *held;
	enum err_code code = last_attempt(q, task, &attempt, err);
	char *which;

	if (code)
		return code;
	message = json_get_text(attempt, "message", "");
	held = json_object_get(row, "gate");
	which = json_get_int(held, "most", 0)
		    ? mem_format("retry %lld of %lld%s", (long long)json_get_int(held, "retry", 0),
				 (long long)json_get_int(held, "most", 0),
				 keeper_gate(row) == GATE_INFRA_RETRY
				     ? " by infra_retries, for that was not its own doing,"
				     : "")
		    : mem_str("the next");
	gate = gate_give(q, "retry", task,
			 mem_format("try %lld did not succeed%s%s%s%s comes %s %s",
				    (long long)json_get_int(row, "tries", 0), *message ? ": " : "",
				    message, *message ? "; " : ", ", which,
				    q->there ? "at" : "with a scheduler, not before", until));
	(void)json_object_set_new(gate, "until", json_text_new(q->there ? until : NULL));
	if (held)
		(void)json_object_set(gate, "held_by", held);
	free(which);
	json_decref(attempt);
	return ERR_NONE;
}

static enum err_code
look_at_task(struct question *q, size_t at, json_t *row, struct err *err)
{
	const char *task = json_get_text(row, "task", "");

	switch (task_state_of(json_get_text(row, "state", ""))) {
	case TASK_NONE:
		look_at_waiting(q, at, task, row);
		return ERR_NONE;
	case TASK_SCHEDULED:
		return look_at_ready(q, at, row, err);
	case TASK_QUEUED:
	case TASK_RUNNING:
		return look_at_attempt(q, "running", row, err);
	case TASK_UP_FOR_RESCHEDULE:
		view_wait_gate(row, q->there, q->gates);
		return ERR_NONE;
	case TASK_UP_FOR_RETRY:
		return look_at_retry(q, task, row, err);
	case TASK_EXPANDED:
		(void)gate_give(q, "instances", task, view_instances(q->v, q->run, task));
		return ERR_NONE;
	default:
		return look_at_attempt(q, "ended", row, err);
	}
}

/* Does it tell something about the whole run?  What only waits for others in it does not. */
static bool
is_telling(const struct question *q, size_t at)
{
	int state = q->states[at];

	if (state != TASK_NONE)
		return state == TASK_FAILED || state == TASK_UPSTREAM_FAILED ||
		       (state >= 0 && !task_is_final((enum task_state)state));
	return !has_pending_upstream(q, at);
}

/* Say what there is to say of the tasks at places, which stand in the order of the file. */
static enum err_code
tell_tasks(struct question *q, const size_t *at, size_t n, struct err *err)
{
	int64_t run = json_get_int(q->run, "key", 0);
	json_t *places = json_array(), *rows = NULL, *row;
	enum err_code code;
	struct buf text;
	struct stmt s;
	size_t i;

	for (i = 0; i < n; i++)
		(void)json_array_append_new(places, json_integer(q->places[at[i]]));
	buf_init(&text, SIZE_MAX);
	json_write(places, &text);
	stmt_begin(&s, q->v->db, sql_why_tasks);
	stmt_int(&s, 1, run);
	stmt_text(&s, 2, text.data);
	stmt_text(&s, 3, q->only);
	code = answer_rows(&s, &rows, err);
	if (!code)
		code = keeper_tell_tasks(q->v, run, rows, err);
	if (!code)
		code = view_blame(q->v, q->run, rows, err);
	json_array_foreach(rows, i, row)
	{
		if (!code && i < n)
			code = look_at_task(q, at[i], row, err);
	}
	buf_release(&text);
	json_decref(places);
	json_decref(rows);
	return code;
}

/* The one task that was asked for. */
static enum err_code
look_at_only(struct question *q, struct err *err)
{
	int64_t place = -1;
	enum err_code code;
	struct stmt s;

	stmt_begin(&s, q->v->db, sql_why_place);
	stmt_int(&s, 1, json_get_int(q->run, "key", 0));
	stmt_text(&s, 2, q->only);
	if (stmt_row(&s))
		place = stmt_col_int(&s, 0);
	code = stmt_end(&s, err);
	for (size_t at = 0; !code && at < q->n_tasks; at++)
		if (q->places[at] == place)
			return tell_tasks(q, &at, 1, err);
	return code ? code
		    : err_set(err, ERR_NOT_FOUND, "run '%s' of dag '%s' has no task '%s'",
			      json_get_text(q->run, "run_id", ""), q->dag, q->only);
}

static enum err_code
look_at_tasks(struct question *q, struct err *err)
{
	enum err_code code = ERR_NONE;
	size_t told[WHY_GATES_MAX] = { 0 }, n, at = 0;

	if (q->only)
		return look_at_only(q, err);
	/* Not each has a gate of its own; as many as there is room for are looked at at once. */
	do {
		size_t room = WHY_GATES_MAX - json_array_size(q->gates);

		for (n = 0; n < room && at < q->n_tasks; at++)
			if (is_telling(q, at))
				told[n++] = at;
		if (n)
			code = tell_tasks(q, told, n, err);
	} while (!code && n && json_array_size(q->gates) < WHY_GATES_MAX);
	return code;
}

/* ---- the answer ---- */

static enum err_code
answer(struct question *q, struct err *err)
{
	enum err_code code;

	code = look_at_dag(q, err);
	if (code || !q->run)
		return code;
	look_at_run(q);
	code = known_definition(q->v, json_get_text(q->run, "dag_digest", ""), &q->definition, err);
	if (!code && !q->definition && is_active(json_get_text(q->run, "state", "")))
		gate_add(q, "definition", NULL,
			 "it is held: this version of tidemill does not understand the definition "
			 "that it is pinned to; use the one that accepted it");
	if (!code)
		code = read_states(q, err);
	if (!code && q->definition && q->definition->n_tasks == q->n_tasks) {
		q->open = mem_new(q->definition->n_retried, sizeof(*q->open));
		view_open_groups(q->definition, q->run, q->states, q->open);
	}
	/* Tasks of a queued run have nothing to say that the run has not. */
	if (!code && (q->only || strcmp(json_get_text(q->run, "state", ""), "queued") != 0))
		code = look_at_tasks(q, err);
	if (!code)
		code = view_aside(q->v, json_get_int(q->run, "key", 0), q->only, WHY_GATES_MAX,
				  &q->aside, err);
	return code;
}

static json_t *
wrap(struct question *q)
{
	static const char *const names[] = { "run_id", "logical_date", "partition", "state" };
	json_t *object = json_object();

	(void)json_object_set_new(object, "dag", json_text_new(q->dag));
	if (q->asked)
		(void)json_object_set_new(object, "logical_date", json_text_new(q->asked));
	for (size_t i = 0; i < countof(names); i++) {
		const char *text = json_get_text(q->run, names[i], NULL);

		if (text || !json_object_get(object, names[i]))
			(void)json_object_set_new(object, names[i], json_text_new(text));
	}
	(void)json_object_set_new(object, "task", json_text_new(q->only));
	(void)json_object_set(object, "gates", q->gates);
	if (json_array_size(q->aside))
		(void)json_object_set(object, "set_aside", q->aside);
	return object;
}

enum err_code
view_why(struct view *v, const char *dag, const char *task, const char *run, json_t **out,
	 struct err *err)
{
	struct question q = { .v = v, .dag = dag, .only = task, .gates = json_array() };
	enum err_code code;

	q.there = keeper_there(v);
	q.is_asked = run != NULL;
	code = known_dag(v, dag, err);
	if (!code)
		code = choose_run(&q, run, err);
	if (!code && q.run)
		code = known_partition(v, q.run, err);
	if (!code)
		code = answer(&q, err);
	if (!code)
		*out = wrap(&q);
	json_decref(q.gates);
	json_decref(q.aside);
	held_release(&q.held);
	json_decref(q.shortage);
	free(q.states);
	free(q.places);
	free(q.open);
	json_decref(q.run);
	dag_unref(q.definition);
	return code;
}
