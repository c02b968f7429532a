/*
 * scenario.c - fixed stories, short enough to crash at every boundary.
 *
 * Delays are exact: a launch takes 0.1 s, an exit is noticed after 1 ms, a
 * publish begins 1 s after it was decided, work takes 1 s unless a script says
 * otherwise.  Times are chosen to fall between those.
 */
#include "tests/sim/sim.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

enum { ALPHA, BETA };

static const struct shape chain = {
	.id = "alpha",
	.kind = DAG_CHAIN,
	.crons = "\"0 0 * * *\"",
	.epoch_day = SIM_EPOCH_DAY,
	.changes = "",
	.end_day = INT64_MAX,
	.start_day = -1,
	.catchup = CATCHUP_ALL,
	.max_active_runs = 1,
	.retries = 1,
	.window = 7,
	.pool_slots = 1,
};

static struct act *
add_act(struct story *s, int64_t at_us, enum act_kind kind, int dag)
{
	struct act *act = &s->acts[s->n_acts++];

	assert(s->n_acts <= SIM_ACTS_MAX);
	*act = (struct act){ .at_us = at_us, .kind = kind, .dag = dag };
	return act;
}

static struct act *
add_command(struct story *s, int64_t at_us, enum command_kind kind, int dag, int64_t part)
{
	struct act *act = add_act(s, at_us, ACT_COMMAND, dag);

	act->command.kind = kind;
	act->command.has_logical = true;
	act->part = part;
	act->to_part = part;
	return act;
}

static void
add_script(struct story *s, const char *task, int64_t part, int try_number,
	   enum behaviour behaviour, int64_t work_us)
{
	assert(s->n_scripts < SIM_SCRIPTS_MAX);
	s->scripts[s->n_scripts++] = (struct script){ .task = task,
						      .part = part,
						      .try_number = try_number,
						      .behaviour = behaviour,
						      .work_us = work_us };
}

/* All its tries in this round of its group or run end so. */
static void
add_round(struct story *s, const char *task, int64_t part, int round, enum behaviour behaviour)
{
	add_script(s, task, part, 0, behaviour, 0);
	s->scripts[s->n_scripts - 1].round = round;
}

/* Another dag, of the same days, that reads what alpha writes. */
static struct shape *
add_reader(struct story *s)
{
	struct shape *beta = &s->shapes[BETA];

	*beta = chain;
	beta->id = "beta";
	beta->kind = DAG_READER;
	beta->reads = "alpha";
	beta->window = 2;
	s->n_shapes = 2;
	return beta;
}

/* 1: yesterday's run of a chain that publishes twice. */
static void
linear(struct story *s)
{
	s->name = "linear dag with publish";
	s->same_end = true;
}

/* 2: a diamond; one side fails for good, the other once; the bottom runs all the same. */
static void
diamond(struct story *s)
{
	s->name = "diamond with all_done, a failure and a retry";
	s->shapes[ALPHA].kind = DAG_DIAMOND;
	add_script(s, "left", INT64_MIN, 1, BEHAVE_ERROR, 0);
	add_script(s, "left", INT64_MIN, 2, BEHAVE_SIGNAL, 0);
	add_script(s, "right", INT64_MIN, 1, BEHAVE_ERROR, 2 * SECOND_US);
}

/* 3: seven days at once, before the start too; each reads the seven days behind it. */
static void
backfill(struct story *s)
{
	struct act *act;

	s->name = "seven-day backfill with a window reader";
	s->same_end = true;
	s->shapes[ALPHA].kind = DAG_WINDOW;
	s->shapes[ALPHA].catchup = CATCHUP_NONE;
	act = add_command(s, SECOND_US, COMMAND_BACKFILL, ALPHA, -7);
	act->to_part = -1;
	act->command.max_active_runs = 2;
}

/* 4: a producer is cleared just before, while and after its reader is dispatched. */
static void
race(struct story *s)
{
	s->name = "two dags, a cleared producer and its reader race for one window";
	s->shapes[ALPHA].start_day = -2;
	s->shapes[ALPHA].max_active_runs = 2;
	(void)add_reader(s);
	/* Published at 3.2 s; the reader is dispatched as soon as the dedup is. */
	add_command(s, 8 * SECOND_US, COMMAND_CLEAR, ALPHA, -1);
	add_command(s, 8 * SECOND_US, COMMAND_CLEAR, BETA, -1);
	add_act(s, 9 * SECOND_US, ACT_LATE, ALPHA)->part = -2;
	add_command(s, 30 * SECOND_US, COMMAND_CLEAR, BETA, -1);
	add_command(s, 30 * SECOND_US + 50000, COMMAND_CLEAR, ALPHA, -2);
	add_command(s, 60 * SECOND_US, COMMAND_CLEAR, ALPHA, -2);
	add_command(s, 61 * SECOND_US, COMMAND_TRIGGER, BETA, -2);
	add_script(s, "score", INT64_MIN, 1, BEHAVE_OK, 3 * SECOND_US);
}

/* 5: down for three days; then every day of them, two at a time. */
static void
catch_up(struct story *s)
{
	s->name = "catch-up all after downtime with max_active_runs 2";
	s->same_end = true;
	s->shapes[ALPHA].kind = DAG_DIAMOND;
	s->shapes[ALPHA].max_active_runs = 2;
	add_act(s, 2 * SECOND_US, ACT_SLEEP, ALPHA)->amount_us = 3 * DAY_US;
	add_act(s, 3 * SECOND_US, ACT_CRASH, ALPHA);
	s->horizon_us = 5 * MINUTE_US;
}

/* 6: the same task is cancelled in each state that its attempt can have. */
static void
cancels(struct story *s)
{
	s->name = "cancel while starting, running and publishing";
	s->shapes[ALPHA].start_day = -3;
	s->shapes[ALPHA].catchup = CATCHUP_LATEST;
	/* The first attempt is starting until 0.1 s. */
	add_command(s, 50000, COMMAND_CANCEL, ALPHA, -1);
	add_command(s, 5 * SECOND_US, COMMAND_CLEAR, ALPHA, -1);
	add_command(s, 5 * SECOND_US + 600000, COMMAND_CANCEL, ALPHA, -1);
	add_command(s, 20 * SECOND_US, COMMAND_CLEAR, ALPHA, -1);
	/* It publishes from 21.1 s to 22.1 s. */
	add_command(s, 21 * SECOND_US + 500000, COMMAND_CANCEL, ALPHA, -1);
	add_command(s, 40 * SECOND_US, COMMAND_CLEAR, ALPHA, -1);
	add_command(s, 40 * SECOND_US, COMMAND_CANCEL, ALPHA, -1);
	add_command(s, 60 * SECOND_US, COMMAND_CLEAR, ALPHA, -1);
}

/* 7: the same content again, then other content. */
static void
reprocess(struct story *s)
{
	struct act *act;

	s->name = "clear and reprocess with unchanged and changed content";
	s->same_end = true;
	s->shapes[ALPHA].kind = DAG_WINDOW;
	s->shapes[ALPHA].window = 2;
	s->shapes[ALPHA].start_day = -2;
	s->shapes[ALPHA].max_active_runs = 2;
	add_command(s, 40 * SECOND_US, COMMAND_CLEAR, ALPHA, -2);
	add_act(s, 70 * SECOND_US, ACT_LATE, ALPHA)->part = -2;
	add_act(s, 71 * SECOND_US, ACT_EDIT, ALPHA);
	act = add_command(s, 72 * SECOND_US, COMMAND_BACKFILL, ALPHA, -2);
	act->to_part = -1;
	act->command.reprocess = REPROCESS_COMPLETED;
}

/* 8: everything that a shim can do wrong, and a machine that restarts. */
static void
shims(struct story *s)
{
	s->name = "shims killed, hints lost, a timeout, a reboot";
	s->shapes[ALPHA].start_day = -2;
	s->shapes[ALPHA].max_active_runs = 2;
	s->shapes[ALPHA].timeout_s = 20;
	s->shapes[ALPHA].pool_slots = 2;
	s->knobs.pool_slots = 3;
	s->knobs.hint_lost_pm = 400;
	s->knobs.hint_doubled_pm = 300;
	add_script(s, "ingest", -2, 1, BEHAVE_SHIM_DIES, 10 * SECOND_US);
	add_script(s, "ingest", -1, 1, BEHAVE_HANG, 0);
	add_script(s, "dedup", -2, 1, BEHAVE_SPOILED, 0);
	add_script(s, "gate", -1, 1, BEHAVE_OK, 15 * SECOND_US);
	add_act(s, 100 * SECOND_US, ACT_REBOOT, ALPHA);
}

/* 9: half a day, read by nobody but its own run, and the whole of it when the day has ended. */
static void
early(struct story *s)
{
	s->name = "a day under way, run early and again when it is due, and its reader";
	s->same_end = true;
	add_reader(s)->crons[0] = '\0';
	add_command(s, 10 * SECOND_US, COMMAND_TRIGGER, ALPHA, 0)->command.early = true;
	add_command(s, 12 * SECOND_US, COMMAND_TRIGGER, BETA, 0)->command.early = true;
	add_act(s, 30 * SECOND_US, ACT_SLEEP, ALPHA)->amount_us = DAY_US;
	add_act(s, 25 * SECOND_US, ACT_EDIT, ALPHA);
}

/* 10: it fails at its second task, then at its last; nobody outside reads before its third round.
 */
static void
group_retry(struct story *s)
{
	s->name = "a group that is tried again twice, and who reads what it writes";
	s->same_end = true;
	s->shapes[ALPHA].regroup = 3;
	s->shapes[ALPHA].retries = 0;
	add_reader(s)->window = 1;
	add_round(s, "g.dedup", INT64_MIN, 1, BEHAVE_ERROR);
	add_round(s, "g.gate", INT64_MIN, 2, BEHAVE_GATE);
	s->horizon_us = 10 * MINUTE_US;
}

/* 11: two days fail, each at another task; who reads the later one waits for its second epoch. */
static void
run_retry(struct story *s)
{
	s->name = "runs that are tried again, once and twice, and a reader";
	s->same_end = true;
	s->shapes[ALPHA].kind = DAG_WINDOW;
	s->shapes[ALPHA].window = 2;
	s->shapes[ALPHA].start_day = -2;
	s->shapes[ALPHA].max_active_runs = 2;
	s->shapes[ALPHA].retries = 0;
	s->shapes[ALPHA].run_retries = 2;
	add_reader(s)->window = 1;
	add_round(s, "score", -2, 1, BEHAVE_ERROR);
	add_round(s, "score", -2, 2, BEHAVE_ERROR);
	add_round(s, "dedup", -1, 1, BEHAVE_ERROR);
	s->horizon_us = 5 * MINUTE_US;
}

/* 12: a run that would be tried again is cancelled when it publishes, waits, and runs again. */
static void
no_retry(struct story *s)
{
	s->name = "cancel of a run with retries while it publishes, waits and runs again";
	s->shapes[ALPHA].kind = DAG_WINDOW;
	s->shapes[ALPHA].window = 1;
	s->shapes[ALPHA].beside = true;
	s->shapes[ALPHA].retries = 0;
	s->shapes[ALPHA].run_retries = 1;
	for (int round = 1; round <= 3; round++)
		add_round(s, "notify", INT64_MIN, round, BEHAVE_ERROR);
	/* The score, its last task, publishes from 5.3 s to 6.3 s. */
	add_command(s, 5 * SECOND_US + 800000, COMMAND_CANCEL, ALPHA, -1);
	add_command(s, 10 * SECOND_US, COMMAND_CLEAR, ALPHA, -1);
	add_command(s, 20 * SECOND_US, COMMAND_CANCEL, ALPHA, -1);
	add_command(s, 30 * SECOND_US, COMMAND_CLEAR, ALPHA, -1);
	add_command(s, 49 * SECOND_US + 200000, COMMAND_CANCEL, ALPHA, -1);
}

/* 13: two days ahead, which somebody believes, and back. */
static void
set_ahead(struct story *s)
{
	s->name = "a clock two days ahead, believed, and set right";
	s->shapes[ALPHA].kind = DAG_DIAMOND;
	add_act(s, 2 * SECOND_US, ACT_JUMP, ALPHA)->amount_us = 2 * DAY_US;
	add_command(s, 10 * SECOND_US, COMMAND_ACCEPT_CLOCK, ALPHA, 0);
	add_act(s, 20 * SECOND_US, ACT_JUMP, ALPHA)->amount_us = -2 * DAY_US;
	add_act(s, 30 * SECOND_US, ACT_SLEEP, ALPHA)->amount_us = 3 * DAY_US;
	add_script(s, "left", INT64_MIN, 1, BEHAVE_ERROR, 0);
}

/* 14: two days under way at one time, each reads the other, until the earlier one is due. */
static void
each_other(struct story *s)
{
	struct shape *alpha = &s->shapes[ALPHA];

	s->name = "two early days that read each other";
	s->same_end = true;
	alpha->kind = DAG_WINDOW;
	alpha->start_day = 0;
	alpha->max_active_runs = 2;
	alpha->reach = 5 + 8 * (1 + 64 * 5); /* from yesterday to tomorrow */
	(void)snprintf(alpha->crons, sizeof(alpha->crons), "\"0 12 * * *\"");
	add_command(s, 10 * SECOND_US, COMMAND_TRIGGER, ALPHA, 0)->command.early = true;
	add_act(s, 30 * SECOND_US, ACT_SLEEP, ALPHA)->amount_us = DAY_US;
	add_command(s, 40 * SECOND_US, COMMAND_TRIGGER, ALPHA, 0)->command.early = true;
	add_act(s, 60 * SECOND_US, ACT_SLEEP, ALPHA)->amount_us = DAY_US;
}

/* 15: two days fail and pause their dag; it goes on, and they fail once more. */
static void
gives_up(struct story *s)
{
	s->name = "a dag that pauses for its failed runs, goes on and pauses again";
	s->same_end = true;
	s->shapes[ALPHA].start_day = -4;
	s->shapes[ALPHA].retries = 0;
	s->shapes[ALPHA].pause_after = 2;
	for (int64_t part = -4; part <= -3; part++)
		for (int round = 1; round <= 2; round++)
			add_round(s, "ingest", part, round, BEHAVE_ERROR);
	add_command(s, 20 * SECOND_US, COMMAND_UNPAUSE, ALPHA, 0);
	add_command(s, 60 * SECOND_US, COMMAND_CLEAR, ALPHA, -4);
	add_command(s, 70 * SECOND_US, COMMAND_CLEAR, ALPHA, -3);
	add_command(s, 80 * SECOND_US, COMMAND_PAUSE, ALPHA, 0);
}

/*
 * 16: three days run another dag: one fails once and is cleared, one is cancelled with who made it,
 * one is there with other params.
 */
static void
children(struct story *s)
{
	struct shape *beta = &s->shapes[BETA];

	s->name = "a dag that runs another: it fails and is cleared, and is cancelled with it";
	s->shapes[ALPHA].kind = DAG_MANUAL;
	s->shapes[ALPHA].crons[0] = '\0';
	s->shapes[ALPHA].retries = 0;
	s->shapes[ALPHA].max_active_runs = 2;
	*beta = chain;
	beta->id = "beta";
	beta->kind = DAG_DIAMOND;
	beta->runs = "alpha";
	(void)snprintf(beta->runs_with, sizeof(beta->runs_with), "1");
	beta->start_day = -2;
	s->n_shapes = 2;
	add_round(s, "last", -2, 1, BEHAVE_ERROR);
	add_script(s, "top", -1, 1, BEHAVE_OK, 30 * SECOND_US);
	add_command(s, 20 * SECOND_US, COMMAND_CANCEL, BETA, -1);
	add_command(s, 60 * SECOND_US, COMMAND_CLEAR, BETA, -1);
	/* A person's, with another value. */
	add_command(s, 120 * SECOND_US, COMMAND_TRIGGER, ALPHA, -5);
	add_command(s, 140 * SECOND_US, COMMAND_TRIGGER, BETA, -5);
	s->horizon_us = 5 * MINUTE_US;
}

/* 17: four datasets of one command: refused, published, and published anew for late data. */
static void
several(struct story *s)
{
	struct shape *alpha = &s->shapes[ALPHA];

	s->name = "a command that writes four datasets, one of them with a quarantine";
	s->same_end = true;
	alpha->kind = DAG_WINDOW;
	alpha->window = 1;
	/* A length of days; a command, three datasets besides, a check that sets rows aside. */
	alpha->reach = 512 + 2048 + UINT64_C(1048576) * (1 + 2 * 3 + 8);
	add_script(s, "score", -1, 1, BEHAVE_SPOILED, 0);
	add_act(s, 30 * SECOND_US, ACT_LATE, ALPHA)->part = -1;
	add_command(s, 40 * SECOND_US, COMMAND_CLEAR, ALPHA, -1);
}

/* A dag of commands, of the same days, that datasets wake. */
static struct shape *
add_woken(struct story *s, const char *wakes)
{
	struct shape *beta = &s->shapes[BETA];

	*beta = chain;
	beta->id = "beta";
	beta->kind = DAG_DIAMOND;
	beta->crons[0] = '\0';
	(void)snprintf(beta->wakes, sizeof(beta->wakes), "%s, ", wakes);
	s->n_shapes = 2;
	return beta;
}

/* 18: one day is waited for until the other dag has it as well, one until it is tried again. */
static void
all_of_two(struct story *s)
{
	struct shape *gamma = &s->shapes[BETA + 1];

	s->name = "a dag that two datasets of two dags wake, which come one after the other";
	s->same_end = true;
	s->shapes[ALPHA].start_day = -2;
	(void)add_woken(s, "datasets: [alpha_events, gamma_events]");
	*gamma = s->shapes[ALPHA];
	gamma->id = "gamma";
	s->n_shapes = 3;
	add_script(s, "dedup", -1, 1, BEHAVE_ERROR, 0);
	add_script(s, "ingest", -2, 1, BEHAVE_OK, 5 * SECOND_US);
}

/* 19: an update of each of three days, and of one of them again before it is quiet. */
static void
debounced(struct story *s)
{
	s->name = "a dag without partitions that waits until updates have stopped";
	s->shapes[ALPHA].start_day = -3;
	add_woken(s, "datasets: [alpha_events], debounce: 40s")->by_ticks = true;
	add_act(s, 25 * SECOND_US, ACT_LATE, ALPHA)->part = -2;
	add_command(s, 30 * SECOND_US, COMMAND_CLEAR, ALPHA, -2);
	add_act(s, 50 * SECOND_US, ACT_CRASH, ALPHA);
	s->horizon_us = 5 * MINUTE_US;
}

/* 20: a day is updated while its run goes on, and again while that has half of it to do again. */
static void
made_again(struct story *s)
{
	s->name = "updates while the run that they made goes on, and while half of it is cleared";
	s->same_end = true;
	(void)add_woken(s, "datasets: [alpha_events], on_update: rerun, debounce: 5s");
	/* It begins at 4.2 s. */
	add_script(s, "top", -1, 1, BEHAVE_OK, 30 * SECOND_US);
	add_act(s, 15 * SECOND_US, ACT_LATE, ALPHA)->part = -1;
	add_command(s, 16 * SECOND_US, COMMAND_CLEAR, ALPHA, -1);
	add_command(s, 100 * SECOND_US, COMMAND_PAUSE, BETA, -1);
	add_command(s, 101 * SECOND_US, COMMAND_CLEAR, BETA, -1)->command.task = "bottom";
	add_act(s, 102 * SECOND_US, ACT_LATE, ALPHA)->part = -1;
	add_command(s, 103 * SECOND_US, COMMAND_CLEAR, ALPHA, -1);
	add_command(s, 130 * SECOND_US, COMMAND_UNPAUSE, BETA, -1);
	/* Something that has all be looked at once more. */
	add_act(s, 4 * MINUTE_US, ACT_EDIT, ALPHA);
	s->horizon_us = 5 * MINUTE_US;
}

/* A diamond one side of which is expanded over six items, two of which come in a turn. */
static void
add_pieces(struct story *s)
{
	s->shapes[ALPHA].kind = DAG_DIAMOND;
	s->shapes[ALPHA].items = 6;
	s->knobs.piece = 2;
	s->knobs.pause_us = SECOND_US;
}

/* 21: other runs go on while instances are made; one of them fails and is tried again. */
static void
pieces(struct story *s)
{
	s->name = "a task expanded over a list that comes in pieces, beside runs of another dag";
	s->same_end = true;
	add_pieces(s);
	s->shapes[BETA] = chain;
	s->shapes[BETA].id = "beta";
	s->n_shapes = 2;
	add_script(s, "left[4]", INT64_MIN, 1, BEHAVE_ERROR, 0);
}

/* 22: a run is cancelled when some of ten are there; then both again. */
static void
cut_short(struct story *s)
{
	s->name = "runs cancelled while instances are made, and cleared; a list made anew";
	add_pieces(s);
	s->shapes[ALPHA].start_day = -2;
	s->shapes[ALPHA].max_active_runs = 2;
	s->shapes[ALPHA].items = 10;
	add_command(s, 1150000, COMMAND_CANCEL, ALPHA, -2);
	add_command(s, 1500000, COMMAND_CANCEL, ALPHA, -1);
	add_command(s, 5 * SECOND_US, COMMAND_CLEAR, ALPHA, -1)->command.only_failed = true;
	add_command(s, 7 * SECOND_US, COMMAND_CLEAR, ALPHA, -2)->command.task = "left[1]";
	add_command(s, 9 * SECOND_US, COMMAND_PAUSE, ALPHA, -1);
	add_command(s, 12 * SECOND_US, COMMAND_UNPAUSE, ALPHA, -1);
}

typedef void scenario_fn(struct story *s);

static scenario_fn *const scenarios[SCENARIOS] = {
	linear,  diamond,     backfill,  race,       catch_up,  cancels,    reprocess, shims,
	early,   group_retry, run_retry, no_retry,   set_ahead, each_other, gives_up,  children,
	several, all_of_two,  debounced, made_again, pieces,    cut_short,
};

void
scenario_story(int number, const struct almanac *almanac, struct story *out)
{
	memset(out, 0, sizeof(*out));
	out->seed = (uint64_t)number;
	out->almanac = almanac;
	out->epoch_day = SIM_EPOCH_DAY;
	out->knobs = (struct knobs){
		.pool_slots = 2, .exact = true, .work_us_max = SECOND_US, .down_us_max = SECOND_US
	};
	out->shapes[ALPHA] = chain;
	out->n_shapes = 1;
	out->horizon_us = 2 * MINUTE_US;
	assert(number >= 1 && number <= SCENARIOS);
	scenarios[number - 1](out);
}
