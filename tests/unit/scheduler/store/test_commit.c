/* test_commit.c - every kind of change, there and back, and what the schema refuses. */
#include "tests/fixture/store.h"

/* ---- every kind of change, there and back ---- */

static void
a_definition_stays_and_a_dag_takes_new_values(void **state)
{
	struct fixture *f = *state;
	struct store *s = open_store(f);
	struct change dag = { .kind = CHANGE_DAG,
			      .dag = { "sales", "d1", true, false, INT64_MIN, 5, 0 } };
	const struct change first[] = { dag, def_change() };
	struct change again = def_change();

	commit(s, first, countof(first)); /* a dag may come before its definition */
	expect(s, "SELECT digest, dag, file, text FROM def",
	       "d1|sales|dags/sales.yaml|dag: sales\n");
	expect(s, "SELECT * FROM dag", "sales|d1|1|0|NULL|5|0");
	again.def.text = "other";
	dag.dag = (struct dag_row){ "sales", "d1", false, true, 0, 6, 2 };
	commit(s, (const struct change[]){ again, dag }, 2);
	expect(s, "SELECT text FROM def", "dag: sales\n");
	expect(s, "SELECT * FROM dag", "sales|d1|0|1|0|6|2");
	store_close(s);
}

static void
what_a_run_is_stays_and_how_it_stands_changes(void **state)
{
	struct fixture *f = *state;
	struct store *s = open_store(f);
	struct change run = run_change(1), task = task_change(1, 0);
	struct change drop = { .kind = CHANGE_TASKS_DROP, .run = { .key = 1 } };

	commit_base(s);
	expect(s, "SELECT * FROM run WHERE key = 1",
	       "1|sales|manual__1|1|86400000000|86400000000|172800000000|d1|NULL|7"
	       "|NULL|NULL|{}||0|NULL|running|manual|NULL|0|0|NULL|NULL");
	run.run.state = RUN_FAILED;
	run.run.started_us = 11;
	run.run.ended_us = 12;
	run.run.backfill = 3;
	run.run.waits = "why";
	task.task.state = TASK_UP_FOR_RETRY;
	task.task.tries = 2;
	task.task.failures = 1;
	task.task.losses = 1;
	task.task.next_retry_us = 13;
	task.task.waits = "a retry";
	task.task.pool = "side";
	task.task.outputs = "{\"n\":1}";
	task.task.kept = "{\"page\":2}";
	task.task.answered = "{\"by\":\"ann\"}";
	task.task.looks = 7;
	task.task.look_errors = 2;
	task.task.look_attempt = 5;
	task.task.waiting_us = 3;
	task.task.give_up_us = 99;
	task.task.answer = "no file";
	task.task.seen = "{\"files\":0}";
	commit(s, (const struct change[]){ run, task }, 2);
	expect(s, "SELECT state, backfill, started_us, ended_us, waits FROM run WHERE key = 1",
	       "failed|3|11|12|why");
	expect(
	    s, "SELECT * FROM task WHERE task_index = 0",
	    "1|0|-1|extract|up_for_retry|2|1|1|13|8|a retry|NULL|side|{\"n\":1}"
	    "|{\"page\":2}|{\"by\":\"ann\"}|NULL|NULL|NULL|NULL|7|2|5|3|99|no file|{\"files\":0}");

	/* A new epoch on another definition: the old tasks go, others come. */
	run.run.epoch = 2;
	run.run.state = RUN_QUEUED;
	run.run.ended_us = 0;
	task = task_change(1, 0);
	task.task.task = "load";
	commit(s, (const struct change[]){ run, drop, task }, 3);
	expect(s, "SELECT group_concat(task) FROM task", "load");
	expect(s, "SELECT epoch, state, ended_us FROM run WHERE key = 1", "2|queued|NULL");
	store_close(s);
}

static void
an_attempt_is_written_with_what_came_of_it(void **state)
{
	struct fixture *f = *state;
	struct store *s = open_store(f);
	struct change c = attempt_change(1, 1, 0, 1);

	commit_base(s);
	expect(
	    s, "SELECT * FROM attempt",
	    "1|1|0|extract|1|1|0|0123456789abcdef0123456789abcdef|0|0|9|NULL|NULL"
	    "||NULL|[]|NULL|starting|default|0|NULL|NULL|NULL|NULL|NULL|NULL|NULL|NULL|-1|0|NULL");
	c.attempt.state = ATTEMPT_FAILED;
	c.attempt.cancel = true;
	c.attempt.outcome = OUTCOME_SIGNAL;
	c.attempt.exit_code = -1;
	c.attempt.signal = 9;
	c.attempt.started_us = 14;
	c.attempt.ended_us = 15;
	c.attempt.message = "killed";
	c.attempt.result = "{\"outcome\":\"error\"}";
	c.attempt.used = (struct used){ 1500000, 4096, 0, -1 };
	c.attempt.limits = "{\"open_files\":20}";
	commit(s, &c, 1);
	expect(s,
	       "SELECT state, cancel, outcome, exit_code, signal, started_us, ended_us, message,"
	       " result FROM attempt",
	       "failed|1|signal|-1|9|14|15|killed|{\"outcome\":\"error\"}");
	/* A 0 was measured, NULL was not. */
	expect(s, "SELECT cpu_us, peak_bytes, read_bytes, written_bytes, limits FROM attempt",
	       "1500000|4096|0|NULL|{\"open_files\":20}");
	expect(s,
	       "SELECT cpu_seconds, peak_bytes, read_bytes, written_bytes, limits FROM v_attempt",
	       "1.5|4096|0|NULL|{\"open_files\":20}");
	store_close(s);
}

static void
a_partition_moves_on_and_its_versions_stay(void **state)
{
	struct fixture *f = *state;
	struct store *s = open_store(f);
	struct change c = partition_change(20000, 1, 100);

	commit(s, &c, 1);
	c = partition_change(20000, 2, 200);
	c.partition.partial = true;
	commit(s, &c, 1);
	c.partition.published_us = 300; /* the same content again: no new version */
	c.partition.inputs = "[1]";
	for (int i = 0; i < 2; i++) {
		/* A text is kept once, however many partitions have it. */
		c.partition.definition = "def-1";
		c.partition.definition_text = "one";
		commit(s, &c, 1);
		c.partition.definition = "def-2";
		c.partition.definition_text = "two";
		commit(s, &c, 1);
	}
	commit(s, &c, 1);
	expect(s, "SELECT * FROM partition",
	       "orders|20000|2|digest-2|3|40|1|1|1|1|300|[1]|day|UTC|NULL|def-2|{}|0|{}");
	expect(s, "SELECT group_concat(digest || ' ' || text) FROM definition",
	       "def-1 one,def-2 two");
	expect(s, "SELECT count(*), max(published_us) FROM version", "2|200");
	expect(s, "SELECT * FROM version WHERE version = 1",
	       "orders|20000|1|digest-1|3|40|1|100|0|day|UTC");
	store_close(s);
}

static void
a_backfill_counts_up_and_a_key_that_comes_back_is_replaced(void **state)
{
	struct fixture *f = *state;
	struct store *s = open_store(f);
	struct change b = { .kind = CHANGE_BACKFILL,
			    .backfill = { 1, "sales", 0, DAY_US, REPROCESS_FAILED, 4, 20, 0 } };
	struct change c = { .kind = CHANGE_COMMAND, .command = { "k1", "trigger", "{}", 21 } };

	commit(s, (const struct change[]){ b, c }, 2);
	b.backfill.runs = 2;
	c.command.reply = "{\"ok\":true}";
	commit(s, (const struct change[]){ b, c }, 2);
	expect(s, "SELECT * FROM backfill", "1|sales|0|86400000000|failed|4|20|2|0");
	expect(s, "SELECT count(*), reply FROM command", "1|{\"ok\":true}");
	store_close(s);
}

static void
events_are_never_changed_or_removed(void **state)
{
	struct fixture *f = *state;
	struct store *s = open_store(f);
	struct change dag_event = event_change(2), late = event_change(1);
	struct err err = { 0 };

	dag_event.event.kind = "dag";
	dag_event.event.run = 0;
	dag_event.event.task_index = -1;
	dag_event.event.detail = NULL;
	commit_base(s);
	commit(s, (const struct change[]){ event_change(1), dag_event }, 2);
	expect(s, "SELECT * FROM event WHERE seq = 1", "1|10|task|1|0|NULL|1|none|scheduled||NULL");
	expect(s, "SELECT run, task_index, attempt, detail FROM event WHERE seq = 2",
	       "NULL|NULL|NULL|");
	assert_int_equal(store_commit(s, &late, 1, &err), ERR_CONFLICT);
	assert_int_equal(db_exec(s->db, "DELETE FROM event", &err), ERR_CONFLICT);
	assert_non_null(strstr(err.msg, "append-only"));
	assert_int_equal(db_exec(s->db, "UPDATE event SET detail = 'x'", &err), ERR_CONFLICT);
	assert_int_equal(db_exec(s->db, "INSERT OR REPLACE INTO event SELECT * FROM event", &err),
			 ERR_CONFLICT);
	store_close(s);
}

/* Every name that state.h knows fits its column: a state that was added needs a migration. */
static void
every_state_is_known_to_the_schema(void **state)
{
	struct fixture *f = *state;
	struct store *s = open_store(f);
	struct change c;

	commit_base(s);
	for (int i = RUN_ILLEGAL + 1; i < RUN_STATE_COUNT; i++) {
		c = run_change(2);
		c.run.state = (enum run_state)i;
		c.run.epoch = i + 1;
		commit(s, &c, 1);
	}
	for (int i = TASK_ILLEGAL + 1; i < TASK_STATE_COUNT; i++) {
		c = task_change(1, 0);
		c.task.state = (enum task_state)i;
		c.task.next_retry_us = i == TASK_UP_FOR_RETRY || i == TASK_UP_FOR_RESCHEDULE ? 1
											     : 0;
		commit(s, &c, 1);
	}
	for (int i = ATTEMPT_ILLEGAL + 1; i < ATTEMPT_STATE_COUNT; i++) {
		c = attempt_change(10 + i, 2, 0, 1 + i);
		c.attempt.task = task_event_text((enum task_event)i); /* any name: one is live */
		c.attempt.state = (enum attempt_state)i;
		commit(s, &c, 1);
	}
	for (int i = 0; i < OUTCOME_COUNT; i++) {
		c = attempt_change(1, 1, 0, 1);
		c.attempt.outcome = i;
		commit(s, &c, 1);
	}
	for (int i = 0; i < RUN_TYPE_COUNT; i++) {
		char id[16];

		c = run_change(10 + i);
		(void)snprintf(id, sizeof(id), "run %d", i);
		c.run.run_id = id;
		c.run.type = (enum run_type)i;
		commit(s, &c, 1);
	}
	store_close(s);
}

/* ---- the second line of defence ---- */

struct refusal {
	const char *name;
	struct change change;
	const char *words; /* in the message */
};

static void
check_refusal(struct store *s, const struct refusal *r)
{
	const struct change both[] = { event_change(50), r->change };
	struct err err = { 0 };
	enum err_code code = store_commit(s, both, countof(both), &err);

	if (code != ERR_CONFLICT || !strstr(err.msg, r->words))
		fail_msg("%s: code %d, %s", r->name, code, err.msg);
	expect(s, "SELECT count(*) FROM event", "0"); /* all or nothing */
}

static void
the_schema_refuses_what_may_never_be(void **state)
{
	struct fixture *f = *state;
	struct store *s = open_store(f);
	struct refusal cases[] = {
		{ "second live attempt of a task", attempt_change(2, 1, 0, 2), "attempt" },
		{ "the same try again", attempt_change(3, 1, 0, 1), "attempt" },
		{ "an illegal state", task_change(1, 0), "CHECK" },
		{ "a second run of one logical date", run_change(3), "logical_us" },
		{ "a second run of one run_id", run_change(4), "run_id" },
		{ "a task of no run", task_change(77, 0), "FOREIGN KEY" },
		{ "a run of no definition", run_change(5), "FOREIGN KEY" },
		{ "a retry without a time", task_change(1, 1), "CHECK" },
		{ "a run that runs again in its epoch", run_change(2), "new epoch" },
	};
	struct change ended = run_change(2);

	cases[2].change.task.state = TASK_ILLEGAL;
	cases[3].change.run.logical_us = run_change(1).run.logical_us;
	cases[3].change.run.run_id = "manual__3";
	cases[4].change.run.run_id = run_change(1).run.run_id;
	cases[6].change.run.digest = "nobody";
	cases[6].change.run.run_id = "manual__5";
	cases[7].change.task.state = TASK_UP_FOR_RETRY;
	commit_base(s);
	ended.run.state = RUN_SUCCESS;
	commit(s, &ended, 1);
	for (size_t i = 0; i < countof(cases); i++)
		check_refusal(s, &cases[i]);
	store_close(s);
}

static void
an_attempt_that_ended_stays_as_it_ended(void **state)
{
	struct fixture *f = *state;
	struct store *s = open_store(f);
	struct change c = attempt_change(1, 1, 0, 1);
	struct refusal again = { "alive again", c, "stays as it ended" };

	commit_base(s);
	c.attempt.state = ATTEMPT_LOST;
	commit(s, &c, 1);
	commit(s, &c, 1); /* saying it again is fine */
	check_refusal(s, &again);
	again.change.attempt.state = ATTEMPT_SUCCESS;
	check_refusal(s, &again);
	c = attempt_change(2, 1, 0, 2); /* and now another may live */
	commit(s, &c, 1);
	store_close(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_definition_stays_and_a_dag_takes_new_values),
		CASE(what_a_run_is_stays_and_how_it_stands_changes),
		CASE(an_attempt_is_written_with_what_came_of_it),
		CASE(a_partition_moves_on_and_its_versions_stay),
		CASE(a_backfill_counts_up_and_a_key_that_comes_back_is_replaced),
		CASE(events_are_never_changed_or_removed),
		CASE(every_state_is_known_to_the_schema),
		CASE(the_schema_refuses_what_may_never_be),
		CASE(an_attempt_that_ended_stays_as_it_ended),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
