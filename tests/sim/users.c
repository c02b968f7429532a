/* users.c - people: commands and their replies, edited files, clocks that are set. */
#include "core/dagfile/dagfile.h"
#include "core/base/hash.h"
#include "scheduler/rows/reply.h"
#include "tests/sim/sim.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { REPLY_BYTES_MAX = 1 << 20, RACE_TRIES = 800, RACERS_MAX = 32, UNPAUSES_MAX = 300 };

/* ---- DAG files ---- */

static void
read_dag(struct sim *s, int at)
{
	char name[32];
	struct diags diags;
	struct buf text;

	dag_unref(s->active[at]);
	buf_init(&text, DAG_FILE_BYTES_MAX);
	shape_write(&s->story->shapes[at], s->revisions[at], &text);
	snprintf(name, sizeof(name), "dags/%s.yaml", s->story->shapes[at].id);
	diags_init(&diags);
	s->active[at] = dagfile_read(name, text.data, text.bytes, &diags);
	if (!s->active[at]) {
		struct buf why;

		buf_init(&why, REPLY_BYTES_MAX);
		diags_render(&diags, false, 0, &why);
		sim_fail(s, "story", "the simulator wrote a wrong DAG file:\n%s", why.data);
		buf_release(&why);
	}
	diags_release(&diags);
	buf_release(&text);
}

void
users_read_dags(struct sim *s)
{
	for (int i = 0; i < s->story->n_shapes; i++)
		read_dag(s, i);
}

void
users_catalog(struct sim *s)
{
	struct dag *dags[SIM_DAGS_MAX];
	struct event event = { .kind = EVENT_CATALOG, .dags = dags };

	for (int i = 0; i < s->story->n_shapes; i++) {
		if (s->active[i])
			dags[event.n_dags++] = s->active[i];
	}
	(void)sim_event(s, &event);
}

static void
edit(struct sim *s, int at, bool broken)
{
	sim_note(s, broken ? "break" : "edit", at, s->revisions[at], 0, NULL);
	if (broken) {
		dag_unref(s->active[at]);
		s->active[at] = NULL;
	} else {
		s->revisions[at]++;
		read_dag(s, at);
	}
	if (!s->turn || s->failed)
		return;
	users_catalog(s);
	sim_finish(s, true);
}

/* tidemill.yaml says something else. */
static void
edit_limits(struct sim *s, int edits)
{
	struct limits limits;
	struct event event = { .kind = EVENT_CATALOG, .limits = &limits };
	struct dag *dags[SIM_DAGS_MAX];

	sim_note(s, "limits", edits, 0, 0, NULL);
	/* What was decided by the limits of before is committed before. */
	if (s->turn) {
		clocks_look(s);
		sim_finish(s, true);
	}
	if (s->failed)
		return;
	s->limit_edits = edits;
	s->limits_us = s->mono_us;
	if (!s->turn || s->crashed)
		return;
	oracle_limits(s, &limits);
	for (int i = 0; i < s->story->n_shapes; i++)
		if (s->active[i])
			dags[event.n_dags++] = s->active[i];
	event.dags = dags;
	if (sim_event(s, &event))
		sim_finish(s, true);
}

/* ---- commands ---- */

static size_t
new_request(struct sim *s, const struct command *command)
{
	struct request *r;
	size_t at = s->n_requests;

	s->requests = mem_grow(s->requests, at, &s->room_requests, sizeof(*s->requests));
	r = &s->requests[s->n_requests++];
	*r = (struct request){ .command = *command };
	snprintf(r->key, sizeof(r->key), "key-%zu", at);
	return at;
}

void
users_request(struct sim *s, size_t at)
{
	struct request *r = &s->requests[at];
	struct event event = { .kind = EVENT_COMMAND, .request = (int64_t)at + 1 };
	struct command command = r->command;

	clocks_look(s);
	if (sim_dead(s))
		return;
	command.key = r->key;
	event.command = &command;
	rows_begin(&s->rows); /* what a command without a transaction is compared with */
	s->repeated = rows_command(&s->rows, r->key) != NULL;
	s->seen[SEEN_REPEATED] += s->repeated;
	sim_note(s, "command", (int64_t)at, command.kind, s->repeated, command.dag);
	s->commanded = true;
	if (command.kind == COMMAND_ACCEPT_CLOCK && !s->repeated)
		oracle_clock_accept(s);
	turn_event(s->turn, &event, sim_wall(s));
	sim_finish(s, true);
}

void
users_again(struct sim *s)
{
	for (size_t i = 0; i < s->n_requests; i++) {
		if (!s->requests[i].answered)
			sim_send(s, MAIL_REQUEST, 0, i, sim_between(s, 1000, 5000000), true);
	}
}

/* Late data: from now on ingest makes another content of this part. */
static void
land(struct sim *s, int64_t part)
{
	s->landing[part & (SIM_PARTS - 1)]++;
}

/* The grid of a dag of the story, and its part that a number relative to an instant means. */
static struct grid
grid_of(const struct sim *s, int dag)
{
	const char *id = s->story->shapes[dag].id;
	const struct dag *active = s->active[dag] ? s->active[dag] : rows_active(&s->rows, id);

	return active ? active->grid : grid_days;
}

static int64_t
part_at(const struct sim *s, int dag, int64_t us, int64_t relative)
{
	struct grid grid = grid_of(s, dag);

	/* A dozen years is far. */
	return almanac_part(s->rows.almanac, grid, us) +
	       (grid.unit == GRID_YEAR ? relative / 4 : relative);
}

/* A run that is there, by chance; NULL when the dag has none. */
static const struct run_rec *
some_run(struct sim *s, const char *dag)
{
	const struct rows *r = &s->rows;
	size_t n = 0, pick;

	for (size_t i = 0; i < r->n_runs; i++)
		n += strcmp(r->runs[i].row.dag, dag) == 0;
	if (!n)
		return NULL;
	pick = random_next(&s->random) % n;
	for (size_t i = 0; i < r->n_runs; i++) {
		if (strcmp(r->runs[i].row.dag, dag) == 0 && pick-- == 0)
			return &r->runs[i];
	}
	return NULL;
}

/* The run that wrote one of the inputs of a process, if that has ended; or NULL. */
static const struct run_rec *
writer_of(struct sim *s, const struct process *p)
{
	const struct lake_input *in;

	if (!p->n_inputs)
		return NULL;
	in = &p->inputs[random_next(&s->random) % p->n_inputs];
	for (size_t k = 0; k < s->rows.n_runs; k++) {
		const struct run_rec *run = &s->rows.runs[k];

		if (run_is_final(run->row.state) && dag_dataset_find(run->dag, in->dataset) >= 0 &&
		    rows_part(&s->rows, run) == in->part)
			return run;
	}
	return NULL;
}

/*
 * The run that wrote a partition which a live attempt was given to read; or NULL.  Rather of one
 * that has not opened it yet, which may then take its time.
 */
static const struct run_rec *
read_run(struct sim *s)
{
	size_t n = s->n_processes < RACERS_MAX ? s->n_processes : RACERS_MAX;
	struct process *last = s->processes + s->n_processes - n;
	size_t first = n ? random_next(&s->random) % n : 0;
	const struct run_rec *run = NULL;

	for (size_t i = 0; i < 2 * n && !run; i++) {
		struct process *p = &last[(first + i) % n];
		bool flies = i < n;

		if (flies ? p->in_flight : p->worker)
			run = writer_of(s, p);
		p->dawdles = p->dawdles || (run && flies && s->knobs.purge_pm);
	}
	return run;
}

/* Clears and cancels are of a run that is there. */
static bool
aim(struct sim *s, struct command *command)
{
	const struct run_rec *run = some_run(s, command->dag);

	if (!run)
		return false;
	command->has_logical = false;
	command->run_id = run->row.run_id;
	if (command->kind == COMMAND_CLEAR && sim_chance(s, s->knobs.late_pm))
		land(s, rows_part(&s->rows, run));
	return true;
}

static void
ask(struct sim *s, const struct act *act)
{
	const struct shape *shape = &s->story->shapes[act->dag];
	struct command command = act->command;
	size_t at;

	command.dag = shape->id;
	if (act->part == INT64_MIN) {
		if (!aim(s, &command))
			return;
	} else {
		int64_t base_us = command.early ? sim_wall(s) : s->story->epoch_day * DAY_US;
		struct grid grid = grid_of(s, act->dag);

		command.from_us = almanac_start(s->rows.almanac, grid,
						part_at(s, act->dag, base_us, act->part));
		command.to_us = almanac_start(s->rows.almanac, grid,
					      part_at(s, act->dag, base_us, act->to_part));
		if (command.has_logical)
			command.logical_us = command.from_us;
	}
	at = new_request(s, &command);
	if (sim_chance(s, s->knobs.command_twice_pm))
		sim_send(s, MAIL_REQUEST, 0, at, sim_between(s, 0, 3000000), true);
	if (s->turn)
		users_request(s, at);
}

/* Two runs race for one window: what a live attempt reads is made again.  Waits for one. */
static void
race(struct sim *s, size_t act, int64_t tries)
{
	const struct run_rec *run = s->turn ? read_run(s) : NULL;
	struct command clear = { .kind = COMMAND_CLEAR };

	if (run) {
		clear.dag = run->row.dag;
		clear.run_id = run->row.run_id;
		land(s, rows_part(&s->rows, run));
		s->seen[SEEN_RACE]++;
		users_request(s, new_request(s, &clear));
	} else if (tries < RACE_TRIES) {
		sim_send(s, MAIL_ACT, tries + 1, act, SECOND_US + 50000, false);
	}
}

/* A person reads what a task asks: answers at once, too late, twice, or not at all. */
static void
answer(struct sim *s, const struct run_rec *run, const struct task *task)
{
	int n = (int)(random_next(&s->random) % 3);

	while (n-- > 0) {
		bool no = random_next(&s->random) % 3 == 0;
		struct command command = { .kind = no ? COMMAND_REJECT : COMMAND_APPROVE,
					   .dag = run->row.dag,
					   .run_id = run->row.run_id,
					   .task = task->id,
					   .by = n ? "ann" : "bob" };
		int64_t late_us = task->wait.timeout_us * 5 / 4;

		sim_send(s, MAIL_REQUEST, 0, new_request(s, &command),
			 sim_between(s, 0, sim_chance(s, 500) ? 60 * SECOND_US : late_us), true);
	}
}

void
users_see(struct sim *s)
{
	for (size_t i = 0; i < s->rows.n_runs; i++) {
		struct run_rec *run = &s->rows.runs[i];

		for (size_t k = 0; k < run->n_tasks; k++) {
			const struct task *task = &run->dag->tasks[k];

			if (!task->wait.asks || run->tasks[k].state != TASK_NONE ||
			    !run->tasks[k].first_us || run->asked == run->row.epoch)
				continue;
			run->asked = run->row.epoch;
			answer(s, run, task);
		}
	}
}

/* A trigger that names no date is of the last partition that is complete. */
static bool
is_last(const struct sim *s, const struct run_rec *run)
{
	const struct almanac *a = s->rows.almanac;
	struct grid grid = run->dag->grid;
	int64_t next = almanac_part(a, grid, run->row.end_us);

	return !run->dag->partitioned ||
	       (run->row.end_us <= sim_wall(s) && almanac_end(a, grid, next) > sim_wall(s));
}

static bool
is_answered(const struct run_rec *run, const char *task)
{
	int at = dag_task_find(run->dag, task);

	return at >= 0 && run->tasks[at].answered;
}

/* Did the command do what its reply says?  Only asked when it was not a repetition. */
static void
check_effect(struct sim *s, const struct command *command, const struct reply *reply)
{
	const struct rows *r = &s->rows;
	const struct run_rec *run = rows_run(r, reply->run);
	const struct dag_row *dag = rows_dag(r, command->dag);
	bool ok = true;

	switch (command->kind) {
	case COMMAND_TRIGGER:
		ok = run && run->before_epoch == 0 && strcmp(run->row.dag, command->dag) == 0 &&
		     (command->has_logical ? run->row.logical_us == command->logical_us
					   : is_last(s, run));
		break;
	case COMMAND_CLEAR:
		ok = run && run->row.epoch == run->before_epoch + 1;
		break;
	case COMMAND_PAUSE:
		ok = dag && dag->paused;
		break;
	case COMMAND_UNPAUSE:
		/* It may have paused again at once, for runs that failed. */
		ok = dag && (!dag->paused || dag->failures);
		break;
	case COMMAND_APPROVE:
	case COMMAND_REJECT:
		ok = run && is_answered(run, command->task);
		break;
	case COMMAND_CANCEL:
	case COMMAND_BACKFILL:
	case COMMAND_ACCEPT_CLOCK:
		break;
	}
	if (!ok)
		sim_fail(s, "I21", "a %s command was answered with ok but is not in the rows",
			 command->dag);
}

/* What a backfill has to say of one interval. */
static enum plan_verdict
wanted(const struct sim *s, const struct command *command, const struct run_rec *run,
       int64_t start_us, int64_t end_us)
{
	bool ended = end_us <= sim_wall(s);

	if (!ended && !(command->early && start_us <= sim_wall(s)))
		return PLAN_FUTURE;
	if (!run || run->before_epoch == 0)
		return PLAN_CREATE;
	if (!run_is_final(run->before_state))
		return PLAN_IN_FLIGHT;
	if ((run->before_early && ended) || command->reprocess == REPROCESS_COMPLETED ||
	    (command->reprocess == REPROCESS_FAILED && run->before_state != RUN_SUCCESS))
		return PLAN_CLEAR;
	return PLAN_EXISTS;
}

/* Its verdict is what the rows show, and was followed. */
static void
check_item(struct sim *s, const struct command *command, const struct plan_item *item,
	   int64_t end_us)
{
	const struct run_rec *run = rows_run_at(&s->rows, command->dag, item->logical_us);
	enum plan_verdict want = wanted(s, command, run, item->logical_us, end_us);

	if (item->verdict != want)
		sim_fail(s, "I20", "a backfill says '%s' of an interval that is '%s'",
			 plan_verdict_name(item->verdict), plan_verdict_name(want));
	else if (!command->dry_run && want != PLAN_FUTURE && !run)
		sim_fail(s, "I20", "a backfill did not make a run it planned");
	else if (want == PLAN_CLEAR && !command->dry_run && run->row.epoch != run->before_epoch + 1)
		sim_fail(s, "I20", "a backfill did not clear a run it planned to clear");
}

/* The plan has every interval of the range once, in their order, and nothing else. */
static void
check_backfill(struct sim *s, const struct command *command, const struct reply *reply)
{
	const struct almanac *a = s->rows.almanac;
	struct grid grid = rows_active(&s->rows, command->dag)->grid;
	size_t n = 0;

	for (int64_t part = almanac_part(a, grid, command->from_us);
	     almanac_start(a, grid, part) <= command->to_us && !s->failed; part++) {
		int64_t end_us = almanac_end(a, grid, part);

		if (almanac_is_empty(a, grid, part))
			continue;
		if (n < reply->n_plan && reply->plan[n].logical_us == almanac_start(a, grid, part))
			check_item(s, command, &reply->plan[n], end_us);
		else
			sim_fail(s, "I20", "a backfill leaves out %s",
				 sim_date(almanac_start(a, grid, part), (char[DATE_ROOM]){ 0 }));
		n++;
	}
	if (n < reply->n_plan)
		sim_fail(s, "I20", "a backfill plans %zu intervals where there are %zu",
			 reply->n_plan, n);
}

void
users_reply(struct sim *s, int64_t request, const struct reply *reply)
{
	struct request *r = &s->requests[request - 1];
	const struct command_row *row = rows_command(&s->rows, r->key);
	struct buf text;

	buf_init(&text, REPLY_BYTES_MAX);
	reply_write(reply, &text);
	sim_note(s, "reply", request - 1, reply->code, 0, reply->message);
	if (!row && reply->code == REPLY_OK && !r->command.dry_run)
		sim_fail(s, "I21", "command %s is answered with ok but not in the rows", r->key);
	if (row && strcmp(row->reply, text.data) != 0)
		sim_fail(s, "I22", "command %s is answered with another reply than is stored",
			 r->key);
	if (row && r->reply && strcmp(r->reply, text.data) != 0)
		sim_fail(s, "I22", "command %s got two different replies", r->key);
	if (row && !r->reply)
		r->reply = arena_str(s->arena, text.data);
	buf_release(&text);
	if (reply->code == REPLY_OK && !s->repeated && !s->failed) {
		check_effect(s, &r->command, reply);
		if (r->command.kind == COMMAND_BACKFILL)
			check_backfill(s, &r->command, reply);
	}
	if (sim_chance(s, s->knobs.reply_lost_pm))
		sim_send(s, MAIL_REQUEST, 0, (size_t)request - 1, SECOND_US, true);
	else
		r->answered = true;
}

/* ---- what people and machines do ---- */

void
users_act(struct sim *s, size_t at, int64_t tries)
{
	const struct act *act = &s->story->acts[at];

	switch (act->kind) {
	case ACT_RACE:
		race(s, at, tries);
		break;
	case ACT_COMMAND:
		ask(s, act);
		break;
	case ACT_EDIT:
	case ACT_BREAK:
		edit(s, act->dag, act->kind == ACT_BREAK);
		break;
	case ACT_LIMITS:
		edit_limits(s, s->limit_edits + 1);
		break;
	case ACT_JUMP:
		clocks_set(s, act->amount_us);
		break;
	case ACT_SLEEP:
		clocks_sleep(s, act->amount_us);
		break;
	case ACT_LATE:
		land(s, part_at(s, act->dag, s->story->epoch_day * DAY_US, act->part));
		break;
	case ACT_CRASH:
	case ACT_REBOOT:
		if (!s->turn)
			break;
		sim_note(s, "crash", 0, act->kind == ACT_REBOOT, 0, "by plan");
		s->crashed = true;
		s->reboot = act->kind == ACT_REBOOT;
		/* Nobody sees it happen. */
		if (act->amount_us)
			clocks_set(s, act->amount_us);
	}
}

void
users_mend(struct sim *s)
{
	if (s->limit_edits)
		edit_limits(s, 0);
	for (int i = 0; i < s->story->n_shapes && !s->failed; i++) {
		if (!s->active[i])
			edit(s, i, false);
	}
	if (s->turn && !sim_dead(s))
		users_again(s);
}

bool
users_are_content(const struct sim *s)
{
	for (size_t i = 0; i < s->n_requests; i++) {
		if (!s->requests[i].answered)
			return false;
	}
	return true;
}

void
users_redo(struct sim *s)
{
	for (size_t i = 0; i < s->rows.n_runs && !sim_dead(s); i++) {
		const struct run_row *run = &s->rows.runs[i].row;
		const struct dag *dag = rows_active(&s->rows, run->dag);
		struct command clear = { .kind = COMMAND_CLEAR,
					 .dag = run->dag,
					 .run_id = run->run_id };

		if (run->early && run_is_final(run->state) && run->end_us <= sim_wall(s) &&
		    !dag->has_fires)
			users_request(s, new_request(s, &clear));
	}
}

bool
users_give_up(struct sim *s, int64_t until_us)
{
	bool any = false;

	for (size_t i = 0; i < s->rows.n_runs && !sim_dead(s); i++) {
		struct run_rec *run = &s->rows.runs[i];
		struct command cancel = { .kind = COMMAND_CANCEL,
					  .dag = run->row.dag,
					  .run_id = run->row.run_id };

		/* Once more ends what goes on after a cancel, and may wait as well. */
		if (run->given_up != run->row.epoch)
			run->give_ups = 0;
		if (run->row.key > s->calm_run || run->give_ups == 2 ||
		    run_is_final(run->row.state) ||
		    !oracle_is_far(&s->rows, run, sim_wall(s), until_us))
			continue;
		run->given_up = run->row.epoch;
		run->give_ups++;
		users_request(s, new_request(s, &cancel));
		any = true;
	}
	return any;
}

void
users_unpause(struct sim *s)
{
	for (size_t i = 0; i < s->rows.n_dags && !sim_dead(s); i++) {
		struct command unpause = { .kind = COMMAND_UNPAUSE, .dag = s->rows.dags[i].dag };

		/* Runs that fail at once may pause it again. */
		for (int n = 0; s->rows.dags[i].paused && n < UNPAUSES_MAX && !sim_dead(s); n++)
			users_request(s, new_request(s, &unpause));
	}
}
