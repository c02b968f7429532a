/* test_keeper.c - rows of what is under way, when nobody is there, or the dag is paused. */
#include "core/base/hash.h"
#include "core/view/keeper.h"
#include "core/view/run.h"
#include "core/view/why.h"
#include "tests/fixture/store.h"

static const char text[] = "dag: sales\n"
			   "schedule: \"30 2 * * *\"\n"
			   "start_date: 2026-05-01\n"
			   "tasks:\n"
			   "  extract: {operator: command, run: [\"true\"]}\n"
			   "  load: {operator: command, needs: [extract], run: [\"true\"]}\n";

static const char nobody[] = "no scheduler is running: start one with `tidemill scheduler`";
static const char paused[] = "dag 'sales' is paused: `tidemill dags unpause sales`";

enum { DAY = 20574 }; /* 2026-05-01 */

/* A dag with the runs of 1 May, which has ended, and 2 May in a state, with a gate. */
static void
put_rows(const struct fixture *f, bool is_paused, enum run_state state, const char *waits)
{
	struct store *s = open_store(f);
	char digest[DIGEST_CHARS + 1];
	struct change changes[6] = { def_change(),  { .kind = CHANGE_DAG }, run_change(1),
				     run_change(2), task_change(2, 0),      task_change(2, 1) };
	struct err err = { 0 };

	digest_of(text, strlen(text), digest);
	changes[0].def.digest = digest;
	changes[0].def.text = text;
	changes[1].dag = (struct dag_row){ "sales", digest, true, is_paused, (DAY + 2) * DAY_US,
					   0,       0 };
	for (int i = 2; i < 4; i++) {
		changes[i].run.digest = digest;
		changes[i].run.logical_us = changes[i].run.start_us = (DAY + i - 2) * DAY_US;
		changes[i].run.end_us = (DAY + i - 1) * DAY_US;
	}
	changes[2].run.state = RUN_SUCCESS;
	changes[2].run.ended_us = 9;
	changes[3].run.state = state;
	changes[3].run.waits = waits;
	changes[4].task.state = TASK_UP_FOR_RETRY;
	changes[4].task.tries = 1;
	changes[4].task.next_retry_us = (DAY + 2) * DAY_US;
	if (store_commit(s, changes, countof(changes), &err))
		fail_msg("%s", err.msg);
	store_close(s);
}

/* What a run waits for, as lists tell it. */
static void
expect_waits(const struct fixture *f, size_t at, const char *want)
{
	struct run_filter all = { 0 };
	struct view *view = NULL;
	struct err err = { 0 };
	json_t *rows = NULL;
	const json_t *row;

	if (view_open(&view, f->dir, &err) || view_runs(view, &all, &rows, &err))
		fail_msg("%s", err.msg);
	row = json_array_get(rows, at);
	assert_string_equal(json_get_text(row, "waits", ""), want);
	assert_null(json_object_get(row, "dag_paused"));
	json_decref(rows);
	view_close(view);
}

static void
expect_why(const struct fixture *f, const char *run, size_t at, const char *want)
{
	struct view *view = NULL;
	struct err err = { 0 };
	json_t *out = NULL;
	const json_t *gate;

	if (view_open(&view, f->dir, &err) || view_why(view, "sales", NULL, run, &out, &err))
		fail_msg("%s", err.msg);
	gate = json_array_get(json_object_get(out, "gates"), at);
	assert_string_equal(json_get_text(gate, "text", ""), want);
	json_decref(out);
	view_close(view);
}

static void
without_a_holder_of_the_lock_nobody_keeps_a_run(void **state)
{
	const struct fixture *f = *state;

	put_rows(f, false, RUN_RUNNING, "{\"gate\":\"partitions\"}");
	expect_waits(f, 0, nobody);
	expect_waits(f, 1, ""); /* it has ended */
	expect_why(f, NULL, 0, nobody);
	expect_why(f, NULL, 1,
		   "try 1 did not succeed, the next comes with a scheduler, not before"
		   " 2026-05-03T00:00:00Z");
}

static void
whoever_works_keeps_a_run_and_a_short_command_does_not(void **state)
{
	static const struct {
		enum holder_kind kind;
		const char *waits;
	} cases[] = {
		{ HOLDER_SCHEDULER, "waits for partitions that other runs write" },
		{ HOLDER_WAIT, "waits for partitions that other runs write" },
		{ HOLDER_COMMAND, nobody },
	};
	const struct fixture *f = *state;

	put_rows(f, false, RUN_RUNNING, "{\"gate\":\"partitions\"}");
	for (size_t i = 0; i < countof(cases); i++) {
		struct store *s = NULL;

		assert_int_equal(store_open(&s, f->dir, cases[i].kind, NULL), ERR_NONE);
		expect_waits(f, 0, cases[i].waits);
		/* The look from inside the process that holds the lock does not drop it. */
		assert_int_equal(holder_look(f->dir).kind, cases[i].kind);
		store_close(s);
	}
	assert_int_equal(holder_look(f->dir).kind, HOLDER_NONE);
}

static void
a_pause_is_said_before_slots_and_after_what_else_is_known(void **state)
{
	static const struct {
		const char *waits, *want;
	} cases[] = {
		{ "{\"gate\":\"run_slot\"}", paused },
		{ "", paused },
		{ "{\"gate\":\"partitions\"}", "waits for partitions that other runs write" },
	};
	const struct fixture *f = *state;

	for (size_t i = 0; i < countof(cases); i++) {
		struct store *s;

		put_rows(f, true, RUN_QUEUED, cases[i].waits);
		s = open_store(f);
		expect_waits(f, 0, cases[i].want);
		store_close(s);
	}
	/* Neither alone would help. */
	expect_waits(f, 0,
		     "no scheduler is running: start one with `tidemill scheduler`; dag 'sales' is"
		     " paused: `tidemill dags unpause sales`");
}

static void
why_of_a_day_without_a_run_says_when_it_comes(void **state)
{
	const struct fixture *f = *state;
	struct store *s;

	put_rows(f, false, RUN_RUNNING, "");
	expect_why(f, "2026-05-04", 0, nobody);
	s = open_store(f);
	expect_why(f, "9000-05-04", 0,
		   "no run was made for 9000-05-04 yet: it ends at 9000-05-05T00:00:00Z, and the"
		   " schedule '30 2 * * *' makes its run at 9000-05-05T02:30:00Z");
	expect_why(f, "2026-05-04", 0,
		   "no run was made for 2026-05-04 yet: it was due at 2026-05-05T02:30:00Z; the"
		   " scheduler makes it, as far as 'catchup' says");
	expect_why(f, "2026-04-30", 0,
		   "no run was made for 2026-04-30: it lies before start_date; start one with"
		   " `tidemill backfill create sales --from-date 2026-04-30 --to-date 2026-04-30`");
	store_close(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(without_a_holder_of_the_lock_nobody_keeps_a_run),
		CASE(whoever_works_keeps_a_run_and_a_short_command_does_not),
		CASE(a_pause_is_said_before_slots_and_after_what_else_is_known),
		CASE(why_of_a_day_without_a_run_says_when_it_comes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
