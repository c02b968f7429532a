/* test_view.c - what CLI and pages are told, from rows that the store wrote. */
#include "core/view/open.h"

#include "core/time/civil.h"
#include "core/base/hash.h"
#include "core/base/mem.h"
#include "core/view/dag.h"
#include "core/dagfile/dagfile.h"
#include "core/view/dataset.h"
#include "core/view/known.h"
#include "core/view/overview.h"
#include "core/view/run.h"
#include "core/view/stale.h"
#include "core/view/why.h"
#include "scheduler/store/commit.h"
#include "scheduler/store/store.h"

#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static const char sales[] = "dag: sales\n"
			    "description: Daily sales\n"
			    "owner: shop\n"
			    "schedule: \"30 2 * * *\"\n"
			    "start_date: 2026-05-01\n"
			    "catchup: all\n"
			    "tasks:\n"
			    "  extract: {operator: command, run: [\"true\"]}\n"
			    "  load: {operator: command, needs: [extract], run: [\"true\"]}\n";

enum { DAY = 20574 }; /* 2026-05-01 */

struct fixture {
	char dir[64];
	struct store *store;
	struct view *view;
	char digest[DIGEST_CHARS + 1];
};

static int
remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	(void)st;
	(void)kind;
	(void)at;
	return remove(path);
}

static int
setup_empty(void **state)
{
	struct fixture *f = mem_new(1, sizeof(*f));

	(void)snprintf(f->dir, sizeof(f->dir), "/tmp/tidemill-view-XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	digest_of(sales, strlen(sales), f->digest);
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	view_close(f->view);
	store_close(f->store);
	assert_int_equal(nftw(f->dir, remove_one, 8, FTW_DEPTH | FTW_PHYS), 0);
	free(f);
	return 0;
}

static void
commit(struct fixture *f, struct change c)
{
	struct err err = { 0 };

	if (store_commit(f->store, &c, 1, &err))
		fail_msg("%s", err.msg);
}

static void
put_dag(struct fixture *f, bool paused, bool present, int64_t cursor_us)
{
	commit(f,
	       (struct change){ .kind = CHANGE_DAG,
				.dag = { "sales", f->digest, present, paused, cursor_us, 0, 0 } });
}

/* The run of a day; key and run_id say which. */
static void
put_run(struct fixture *f, int64_t key, enum run_state state, const char *waits)
{
	char run_id[RUN_ID_CHARS + 1];

	(void)snprintf(run_id, sizeof(run_id), "scheduled__2026-05-%02d", (int)key);
	commit(f, (struct change){ .kind = CHANGE_RUN,
				   .run = { .key = key,
					    .dag = "sales",
					    .run_id = run_id,
					    .type = RUN_SCHEDULED,
					    .state = state,
					    .epoch = 1,
					    .logical_us = (DAY + key - 1) * DAY_US,
					    .start_us = (DAY + key - 1) * DAY_US,
					    .end_us = (DAY + key) * DAY_US,
					    .digest = f->digest,
					    .created_us = (DAY + key) * DAY_US,
					    .ended_us = state == RUN_FAILED || state == RUN_SUCCESS
							    ? (DAY + key) * DAY_US + 250000
							    : 0,
					    .params = "{\"n\":1}",
					    .waits = waits } });
}

static void
put_task(struct fixture *f, int64_t run, int index, enum task_state state, const char *waits)
{
	commit(f,
	       (struct change){
		   .kind = CHANGE_TASK,
		   .task = { .run = run,
			     .index = index,
			     .map_index = -1,
			     .task = index ? "load" : "extract",
			     .state = state,
			     .tries = 1,
			     .next_retry_us = state == TASK_UP_FOR_RETRY ? (DAY + 9) * DAY_US : 0,
			     .since_us = (DAY + 2) * DAY_US,
			     .waits = waits } });
}

/* The limits that somebody decides by. */
static void
put_limits(struct fixture *f, const char *text)
{
	commit(f, (struct change){ .kind = CHANGE_LIMITS,
				   .limits = { .key = 1, .text = text, .since_us = 1 } });
}

static void
put_attempt(struct fixture *f, int64_t key, int64_t run, int index, enum attempt_state state,
	    const char *result)
{
	commit(f, (struct change){
		      .kind = CHANGE_ATTEMPT,
		      .attempt = { .key = key,
				   .limits = "{\"open_files\":9}",
				   .used = { 1250000, INT64_C(5) << 20, 0, -1 },
				   .pool = "default",
				   .slots = 1,
				   .run = run,
				   .task_index = index,
				   .map_index = -1,
				   .task = index ? "load" : "extract",
				   .epoch = 1,
				   .try_number = (int)key,
				   .state = state,
				   .token = "t",
				   .outcome = state == ATTEMPT_FAILED ? OUTCOME_ERROR : -1,
				   .exit_code = 0,
				   .created_us = (DAY + 2) * DAY_US,
				   .message = state == ATTEMPT_FAILED ? "exit 3" : "",
				   .result = result,
				   .inputs = "[]" } });
}

static void
put_partition(struct fixture *f, const char *dataset, int64_t day, int64_t version,
	      const char *inputs)
{
	struct change c = { .kind = CHANGE_PARTITION,
			    .partition = { .dataset = dataset,
					   .part = day,
					   .version = version,
					   .rows = 10,
					   .bytes = 100,
					   .run = 1,
					   .attempt = 1,
					   .epoch = 1,
					   .published_us = (DAY + version) * DAY_US,
					   .inputs = inputs } };

	(void)snprintf(c.partition.digest, sizeof(c.partition.digest), "v%lld", (long long)version);
	commit(f, c);
}

static int
setup(void **state)
{
	struct fixture *f;
	struct err err = { 0 };

	setup_empty(state);
	f = *state;
	if (store_open(&f->store, f->dir, HOLDER_SCHEDULER, &err))
		fail_msg("%s", err.msg);
	commit(f, (struct change){ .kind = CHANGE_DEF,
				   .def = { f->digest, "sales", "dags/sales.yaml", sales } });
	put_dag(f, false, true, (DAY + 2) * DAY_US);
	if (view_open(&f->view, f->dir, &err))
		fail_msg("%s", err.msg);
	return 0;
}

static void
expect_code(enum err_code got, enum err_code want, const struct err *err)
{
	if (got != want)
		fail_msg("code %d, not %d: %s", got, want, err->msg);
}

/* The value is as told, in its compact form; released here. */
static void
expect(json_t *value, const char *want)
{
	struct buf b;

	buf_init(&b, 1 << 20);
	json_write(value, &b);
	if (strcmp(b.data, want) != 0)
		fail_msg("\n  got  %s\n  want %s", b.data, want);
	buf_release(&b);
	json_decref(value);
}

/* As expect(), a member of the value only; the value is released. */
static void
expect_member(json_t *value, const char *name, const char *want)
{
	expect(json_incref(json_object_get(value, name)), want);
	json_decref(value);
}

/* The members of an object that are named, in that order. */
static json_t *
pick(const json_t *object, const char *const *names)
{
	json_t *picked = json_object();

	for (; *names; names++)
		(void)json_object_set(picked, *names, json_object_get(object, *names));
	return picked;
}

/* ---- */

static void
without_a_database_nothing_has_run_yet(void **state)
{
	struct fixture *f = *state;
	struct err err = { 0 };

	expect_code(view_open(&f->view, f->dir, &err), ERR_NOT_FOUND, &err);
	assert_non_null(strstr(err.msg, "nothing has run here yet"));
	assert_null(f->view);
}

static void
an_empty_database_gives_empty_answers(void **state)
{
	struct fixture *f = *state;
	struct check_filter checks = { 0 };
	struct run_filter runs = { 0 };
	struct err err = { 0 };
	json_t *out = NULL;

	expect_code(view_runs(f->view, &runs, &out, &err), ERR_NONE, &err);
	expect(out, "[]");
	expect_code(view_datasets(f->view, &out, &err), ERR_NONE, &err);
	expect(out, "[]");
	expect_code(view_checks(f->view, &checks, &out, &err), ERR_NONE, &err);
	expect(out, "[]");
	expect_code(view_backfills(f->view, &out, &err), ERR_NONE, &err);
	expect(out, "[]");
	expect_code(view_run(f->view, "sales", NULL, &out, &err), ERR_NOT_FOUND, &err);
	assert_string_equal(err.msg, "dag 'sales' has no run yet");
	expect_code(view_run(f->view, "nosuch", NULL, &out, &err), ERR_NOT_FOUND, &err);
	expect_code(view_dag(f->view, "nosuch", 0, &out, &err), ERR_NOT_FOUND, &err);
	expect_code(view_attempt(f->view, 7, &out, &err), ERR_NOT_FOUND, &err);
	expect_code(view_dataset(f->view, "orders", NULL, 0, &out, &err), ERR_NOT_FOUND, &err);
	expect_code(view_overview(f->view, 0, &out, &err), ERR_NONE, &err);
	(void)json_object_del(json_array_get(json_object_get(out, "next"), 0), "dag_digest");
	expect(out, "{\"runs\":{\"running\":0,\"queued\":0},"
		    "\"dags\":{\"total\":1,\"paused\":0,\"absent\":0},"
		    "\"datasets\":{\"total\":0,\"stale_partitions\":0},\"database\":\"whole\","
		    "\"clock\":null,"
		    "\"running\":[],\"failed\":[],\"failed_total\":0,"
		    "\"next\":[{\"dag\":\"sales\",\"next_partition\":\"2026-05-03T00:00:00Z\","
		    "\"next_partition_name\":\"2026-05-03\"}]}");
}

static void
dags_tell_their_last_run_and_definition(void **state)
{
	static const char *const names[] = { "schedule", "start_date", "catchup", "tasks", NULL };
	struct fixture *f = *state;
	struct err err = { 0 };
	json_t *out = NULL;

	put_run(f, 1, RUN_SUCCESS, "");
	put_run(f, 2, RUN_RUNNING, "");
	expect_code(view_dags(f->view, false, &out, &err), ERR_NONE, &err);
	(void)json_object_del(json_array_get(out, 0), "dag_digest");
	expect(out, "[{\"dag\":\"sales\",\"file\":\"dags/sales.yaml\",\"paused\":false,"
		    "\"present\":true,\"paused_because\":null,\"active_runs\":1,\"last_run_id\":"
		    "\"scheduled__2026-05-02\","
		    "\"last_state\":\"running\",\"last_logical_date\":\"2026-05-02T00:00:00Z\","
		    "\"next_partition\":\"2026-05-03T00:00:00Z\"}]");
	expect_code(view_dags(f->view, true, &out, &err), ERR_NONE, &err);
	assert_string_equal(json_get_text(json_array_get(out, 0), "schedule", ""), "30 2 * * *");
	json_decref(out);
	expect_code(view_dag(f->view, "sales", 0, &out, &err), ERR_NONE, &err);
	expect(pick(out, names),
	       "{\"schedule\":\"30 2 * * *\",\"start_date\":\"2026-05-01\",\"catchup\":\"all\","
	       "\"tasks\":[{\"task\":\"extract\",\"operator\":\"command\",\"trigger_rule\":"
	       "\"all_success\",\"upstream\":[],\"output\":null,\"writes\":[]},{\"task\":\"load\","
	       "\"operator\":\"command\",\"trigger_rule\":\"all_success\","
	       "\"upstream\":[\"extract\"],\"output\":null,\"writes\":[]}]}");
	json_decref(out);
}

static const char hours[] = "dag: hours\nschedule: \"5 * * * *\"\nstart_date: 2026-05-01\n"
			    "end_date: 2026-05-02\n"
			    "tasks: {a: {operator: command, run: [make]}}\n";

/* Names are those of the grid; behind the end of a dag nothing is next. */
static void
an_instant_has_the_name_of_its_part(void **state)
{
	static const struct {
		const char *row, *names, *shown;
	} cases[] = {
		{ "{\"logical_date\":\"2026-05-01T13:00:00Z\"}",
		  "{\"logical_date\":\"2026-05-01T13:00:00Z\",\"partition\":\"2026-05-01T13\"}",
		  "{\"logical_date\":\"2026-05-01T13\"}" },
		/* By another definition it began elsewhere. */
		{ "{\"logical_date\":\"2026-05-01T13:30:00Z\"}",
		  "{\"logical_date\":\"2026-05-01T13:30:00Z\",\"partition\":null}",
		  "{\"logical_date\":\"2026-05-01T13:30:00Z\"}" },
		{ "{\"next_partition\":\"2026-05-02T23:00:00Z\"}",
		  "{\"next_partition\":\"2026-05-02T23:00:00Z\","
		  "\"next_partition_name\":\"2026-05-02T23\"}",
		  "{\"next_partition\":\"2026-05-02T23\"}" },
		{ "{\"next_partition\":\"2026-05-03T00:00:00Z\"}",
		  "{\"next_partition\":null,\"next_partition_name\":null}",
		  "{\"next_partition\":null}" },
		/* The partition of a dag is its unit. */
		{ "{\"partition\":\"hour\",\"last_logical_date\":null}",
		  "{\"partition\":\"hour\",\"last_logical_date\":null,"
		  "\"last_partition_name\":null}",
		  "{\"partition\":\"hour\",\"last_logical_date\":null}" },
	};
	struct diags diags;
	struct dag *dag;

	(void)state;
	diags_init(&diags);
	dag = dagfile_read("dags/hours.yaml", hours, strlen(hours), &diags);
	assert_non_null(dag);
	for (size_t i = 0; i < countof(cases); i++) {
		json_t *row = NULL;

		assert_int_equal(json_read(&row, cases[i].row, strlen(cases[i].row), "a row", NULL),
				 ERR_NONE);
		known_names(dag, row);
		expect(json_incref(row), cases[i].names);
		known_show_names(row);
		expect(row, cases[i].shown);
	}
	dag_unref(dag);
	diags_release(&diags);
}

static void
runs_come_latest_first_and_filtered(void **state)
{
	static const char *const names[] = { "run_id", NULL };
	static const struct {
		const char *name, *run, *want;
	} cases[] = {
		{ "by run_id", "scheduled__2026-05-01", "scheduled__2026-05-01" },
		{ "by date", "2026-05-02", "scheduled__2026-05-02" },
		{ "by timestamp", "2026-05-02T02:00:00+02:00", "scheduled__2026-05-02" },
		{ "latest", NULL, "scheduled__2026-05-03" },
		{ "none of that date", "2026-06-01", NULL },
		{ "no date at all", "yesterday", NULL },
	};
	struct fixture *f = *state;
	struct run_filter filter = { .dag = "sales", .limit = 2 };
	struct err err = { 0 };
	json_t *out = NULL;

	put_run(f, 1, RUN_FAILED, "");
	put_run(f, 2, RUN_RUNNING, "");
	put_run(f, 3, RUN_QUEUED, "a slot");
	put_task(f, 1, 0, TASK_FAILED, "");
	put_task(f, 1, 1, TASK_UPSTREAM_FAILED, "");
	for (size_t i = 0; i < countof(cases); i++) {
		enum err_code code = view_run(f->view, "sales", cases[i].run, &out, &err);

		if (code != (cases[i].want ? ERR_NONE : ERR_NOT_FOUND) ||
		    (!code && strcmp(json_get_text(out, "run_id", ""), cases[i].want) != 0))
			fail_msg("%s: code %d", cases[i].name, code);
		if (!code)
			json_decref(out);
	}
	expect_code(view_run(f->view, "sales", "2026-05-01", &out, &err), ERR_NONE, &err);
	(void)json_object_del(out, "dag_digest");
	expect(out, "{\"key\":1,\"dag\":\"sales\",\"run_id\":\"scheduled__2026-05-01\","
		    "\"type\":\"scheduled\",\"state\":\"failed\",\"epoch\":1,"
		    "\"logical_date\":\"2026-05-01T00:00:00Z\","
		    "\"data_interval_start\":\"2026-05-01T00:00:00Z\","
		    "\"data_interval_end\":\"2026-05-02T00:00:00Z\","
		    "\"created_at\":\"2026-05-02T00:00:00Z\",\"started_at\":null,"
		    "\"ended_at\":\"2026-05-02T00:00:00.250000Z\",\"waits\":\"\","
		    "\"backfill\":null,\"params\":{\"n\":1},\"early\":false,\"timeout_at\":null,"
		    "\"next_retry_at\":null,\"retries\":0,\"timed_out\":false,"
		    "\"tasks\":{\"failed\":1,\"upstream_failed\":1},\"triggered_by\":null}");
	expect_code(view_runs(f->view, &filter, &out, &err), ERR_NONE, &err);
	assert_int_equal(json_array_size(out), 2);
	expect(pick(json_array_get(out, 0), names), "{\"run_id\":\"scheduled__2026-05-03\"}");
	json_decref(out);
	filter = (struct run_filter){ .state = "failed" };
	expect_code(view_runs(f->view, &filter, &out, &err), ERR_NONE, &err);
	assert_int_equal(json_array_size(out), 1);
	expect(pick(json_array_get(out, 0), names), "{\"run_id\":\"scheduled__2026-05-01\"}");
	json_decref(out);
	expect_code(view_grid(f->view, "sales", 9, &out, &err), ERR_NONE, &err);
	assert_int_equal(json_array_size(out), 3);
	expect(json_incref(json_object_get(json_array_get(out, 2), "cells")),
	       "[{\"task\":\"extract\",\"state\":\"failed\",\"tries\":1},"
	       "{\"task\":\"load\",\"state\":\"upstream_failed\",\"tries\":1}]");
	json_decref(out);
}

static void
tasks_and_attempts_of_a_run_are_told(void **state)
{
	struct fixture *f = *state;
	struct err err = { 0 };
	json_t *out = NULL;

	put_run(f, 1, RUN_RUNNING, "");
	put_task(f, 1, 0, TASK_UP_FOR_RETRY, "");
	put_task(f, 1, 1, TASK_NONE, "orders 2026-05-01 will be written by dag x");
	put_attempt(f, 1, 1, 0, ATTEMPT_FAILED, "{\"counters\":{\"read\":3}}");
	put_attempt(f, 2, 1, 0, ATTEMPT_FAILED, "not JSON \xff");
	expect_code(view_tasks(f->view, 1, &out, &err), ERR_NONE, &err);
	expect(out, "[{\"task\":\"extract\",\"state\":\"up_for_retry\",\"tries\":1,\"failures\":0,"
		    "\"losses\":0,\"next_retry_at\":\"2026-05-10T00:00:00Z\","
		    "\"since\":\"2026-05-03T00:00:00Z\",\"waits\":\"\",\"outputs\":null},"
		    "{\"task\":\"load\",\"state\":\"none\",\"tries\":1,\"failures\":0,"
		    "\"losses\":0,\"next_retry_at\":null,\"since\":\"2026-05-03T00:00:00Z\","
		    "\"waits\":\"orders 2026-05-01 will be written by dag x\",\"outputs\":null}]");
	expect_code(view_attempts(f->view, 1, "extract", &out, &err), ERR_NONE, &err);
	assert_int_equal(json_array_size(out), 2);
	json_decref(out);
	expect_code(view_attempts(f->view, 1, "load", &out, &err), ERR_NONE, &err);
	expect(out, "[]");
	expect_code(view_attempt(f->view, 1, &out, &err), ERR_NONE, &err);
	expect(
	    out,
	    "{\"key\":1,\"run\":1,\"dag\":\"sales\",\"run_id\":\"scheduled__2026-05-01\","
	    "\"logical_date\":\"2026-05-01T00:00:00Z\",\"task\":\"extract\",\"epoch\":1,"
	    "\"try_number\":1,\"state\":\"failed\",\"outcome\":\"error\",\"exit_code\":0,"
	    "\"signal\":0,\"created_at\":\"2026-05-03T00:00:00Z\",\"started_at\":null,"
	    "\"ended_at\":null,\"message\":\"exit 3\","
	    "\"result\":{\"counters\":{\"read\":3}},\"inputs\":[],\"pool\":\"default\",\"slots\":1,"
	    "\"memory_bytes\":null,\"cpu_seconds\":1.25,\"peak_bytes\":5242880,"
	    "\"read_bytes\":0,\"written_bytes\":null,"
	    "\"limits\":{\"open_files\":9},\"outputs\":null}");
	expect_code(view_attempt(f->view, 2, &out, &err), ERR_NONE, &err);
	expect_member(out, "result", "\"not JSON \xef\xbf\xbd\"");
}

static void
a_replaced_input_makes_partitions_stale(void **state)
{
	static const char *const names[] = { "partition",    "version",       "stale",
					     "stale_inputs", "stale_because", NULL };
	static const char window[] =
	    "[{\"dataset\":\"orders\",\"day\":20574,\"version\":1,\"digest\":\"v1\"},"
	    "{\"dataset\":\"orders\",\"day\":20573,\"version\":0,\"digest\":\"\",\"missing\":true},"
	    "{\"dataset\":\"shops\",\"day\":null,\"version\":0,\"digest\":\"x\"}]";
	struct fixture *f = *state;
	struct err err = { 0 };
	json_t *out = NULL;

	put_run(f, 1, RUN_SUCCESS, "");
	put_partition(f, "orders", DAY, 1, "[]");
	put_partition(f, "scores", DAY, 1, window);
	put_partition(f, "broken", DAY, 1, "no JSON");
	expect_code(view_datasets(f->view, &out, &err), ERR_NONE, &err);
	expect(json_incref(json_array_get(out, 2)),
	       "{\"dataset\":\"scores\",\"partitions\":1,\"rows\":10,\"bytes\":100,"
	       "\"latest_partition\":\"2026-05-01\","
	       "\"latest_published_at\":\"2026-05-02T00:00:00Z\",\"stale\":0,"
	       "\"stale_definition\":0}");
	json_decref(out);

	/* Day 1 is rewritten, and the missing day before appears. */
	put_partition(f, "orders", DAY, 2, "[]");
	put_partition(f, "orders", DAY - 1, 1, NULL);
	expect_code(view_dataset(f->view, "scores", NULL, 0, &out, &err), ERR_NONE, &err);
	expect(
	    pick(json_array_get(out, 0), names),
	    "{\"partition\":\"2026-05-01\",\"version\":1,\"stale\":true,\"stale_inputs\":"
	    "[{\"dataset\":\"orders\",\"partition\":\"2026-05-01\"},"
	    "{\"dataset\":\"orders\",\"partition\":\"2026-04-30\",\"cause\":\"completed\"}],"
	    "\"stale_because\":\"orders 2026-05-01 was replaced, orders 2026-04-30 came later\"}");
	json_decref(out);
	expect_code(view_dataset(f->view, "orders", "2026-04-30", 0, &out, &err), ERR_NONE, &err);
	assert_int_equal(json_array_size(out), 1);
	(void)json_object_del(json_array_get(out, 0), "dag");
	expect(out, "[{\"dataset\":\"orders\",\"partition\":\"2026-04-30\",\"version\":1,"
		    "\"rows\":10,\"bytes\":100,\"digest\":\"v1\","
		    "\"run_id\":\"scheduled__2026-05-01\",\"attempt\":1,"
		    "\"published_at\":\"2026-05-02T00:00:00Z\",\"partial\":false,"
		    "\"preliminary\":false,\"preliminary_reason\":null,\"stale\":false,"
		    "\"stale_reason\":null,\"definition\":null,"
		    "\"checks\":{\"pass\":0,\"warn\":0,\"fail\":0},\"stale_inputs\":[],"
		    "\"stale_because\":null}]");
	expect_code(view_versions(f->view, "orders", "2026-05-01", &out, &err), ERR_NONE, &err);
	assert_int_equal(json_array_size(out), 2);
	expect(json_incref(json_array_get(out, 1)),
	       "{\"dataset\":\"orders\",\"partition\":\"2026-05-01\",\"version\":1,"
	       "\"digest\":\"v1\",\"rows\":10,\"bytes\":100,\"attempt\":1,"
	       "\"published_at\":\"2026-05-02T00:00:00Z\",\"live\":false,\"collected\":false}");
	json_decref(out);
	expect_code(view_overview(f->view, 0, &out, &err), ERR_NONE, &err);
	expect_member(out, "datasets", "{\"total\":3,\"stale_partitions\":1}");
}

static const char shops[] = "dag: shops\n"
			    "datasets:\n"
			    "  shops: {path: shops.csv, format: csv, partitioned: false,\n"
			    "          columns: {shop: string}}\n"
			    "tasks:\n"
			    "  extract: {operator: command, run: [\"true\"]}\n";

static void
write_shops(const struct fixture *f, const char *text)
{
	char *path = mem_format("%s/shops.csv", f->dir);
	FILE *file = fopen(path, "we");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
	free(path);
}

/* All three answers agree on the stale partitions of `scores`, the second data set of two. */
static void
expect_stale(struct fixture *f, const char *name, int count, const char *inputs)
{
	struct err err = { 0 };
	json_t *out = NULL, *row;

	expect_code(view_datasets(f->view, &out, &err), ERR_NONE, &err);
	if (json_get_int(json_array_get(out, 1), "stale", -1) != count)
		fail_msg("%s: not %d in the list", name, count);
	json_decref(out);
	expect_code(view_dataset(f->view, "scores", NULL, 0, &out, &err), ERR_NONE, &err);
	row = json_array_get(out, 1); /* of 2026-05-01 */
	if (json_get_bool(row, "stale", !count) != (count > 0))
		fail_msg("%s: wrong in the dataset", name);
	expect_member(json_incref(row), "stale_inputs", inputs);
	json_decref(out);
	expect_code(view_overview(f->view, 0, &out, &err), ERR_NONE, &err);
	if (json_get_int(json_object_get(out, "datasets"), "stale_partitions", -1) != count)
		fail_msg("%s: not %d in the overview", name, count);
	json_decref(out);
}

/* The file of an unpartitioned dataset counts too, as it is now. */
static void
a_changed_file_makes_partitions_stale(void **state)
{
	static const char inputs[] =
	    "[{\"dataset\":\"orders\",\"day\":20574,\"version\":1,\"digest\":\"v1\"},"
	    "{\"dataset\":\"files\",\"day\":null,\"version\":0,\"digest\":\"y\"},"
	    "{\"dataset\":\"shops\",\"day\":null,\"version\":0,\"digest\":\"%s\"}]";
	static const char one[] = "[{\"dataset\":\"shops\",\"partition\":null}]";
	static const char both[] = "[{\"dataset\":\"orders\",\"partition\":\"2026-05-01\"},"
				   "{\"dataset\":\"shops\",\"partition\":null}]";
	char read[DIGEST_CHARS + 1], *text, *path;
	struct fixture *f = *state;

	digest_of("shop\na\n", 7, read);
	text = mem_format(inputs, read);
	put_run(f, 1, RUN_SUCCESS, "");
	put_partition(f, "orders", DAY, 1, "[]");
	put_partition(f, "scores", DAY, 1, text);
	put_partition(f, "scores", DAY + 1, 1, text);
	expect_stale(f, "declared nowhere", 0, "[]");
	digest_of(shops, strlen(shops), read);
	commit(f, (struct change){ .kind = CHANGE_DEF,
				   .def = { read, "shops", "dags/shops.yaml", shops } });
	commit(f, (struct change){ .kind = CHANGE_DAG,
				   .dag = { "shops", read, true, false, INT64_MIN, 0, 0 } });
	expect_stale(f, "gone", 0, "[]");
	write_shops(f, "shop\na\n");
	expect_stale(f, "as it was read", 0, "[]");
	write_shops(f, "shop\nb\n");
	expect_stale(f, "changed", 2, one);
	put_partition(f, "orders", DAY, 2, "[]");
	expect_stale(f, "counted once", 2, both);
	put_partition(f, "scores", DAY + 1, 2, "[]");
	expect_stale(f, "one was computed again", 1, both);
	put_partition(f, "scores", DAY, 2, text);
	put_partition(f, "orders", DAY, 1, "[]");
	expect_stale(f, "only the file", 1, one);
	path = mem_format("%s/shops.csv", f->dir);
	assert_int_equal(truncate(path, VIEW_FILE_BYTES_MAX + 1), 0);
	free(path);
	expect_stale(f, "too large", 0, "[]");
	free(text);
}

/* Bytes that this process has read so far. */
static long long
bytes_read(void)
{
	FILE *io = fopen("/proc/self/io", "re");
	long long n = 0;

	if (io) {
		assert_int_equal(fscanf(io, "rchar: %lld", &n), 1);
		(void)fclose(io);
	}
	return n;
}

static long long
cost_of_overview(struct fixture *f)
{
	long long before = bytes_read();
	struct err err = { 0 };
	json_t *out = NULL;

	expect_code(view_overview(f->view, 0, &out, &err), ERR_NONE, &err);
	json_decref(out);
	return bytes_read() - before;
}

/* A page that is asked for every ten seconds reads a large file once. */
static void
a_file_that_nobody_wrote_is_read_once(void **state)
{
	enum { BYTES = 8 << 20 };
	static const char inputs[] = "[{\"dataset\":\"shops\",\"day\":null,\"digest\":\"x\"}]";
	struct stale_memory memory = { 0 };
	char digest[DIGEST_CHARS + 1], *path;
	struct fixture *f = *state;

	path = mem_format("%s/shops.csv", f->dir);
	put_run(f, 1, RUN_SUCCESS, "");
	put_partition(f, "scores", DAY, 1, inputs);
	digest_of(shops, strlen(shops), digest);
	commit(f, (struct change){ .kind = CHANGE_DEF,
				   .def = { digest, "shops", "dags/shops.yaml", shops } });
	commit(f, (struct change){ .kind = CHANGE_DAG,
				   .dag = { "shops", digest, true, false, INT64_MIN, 0, 0 } });
	write_shops(f, "shop\n");
	assert_int_equal(truncate(path, BYTES), 0);
	stale_remember(f->view, &memory);
	/* One that was written just now may be written again within the same tick. */
	assert_true(cost_of_overview(f) >= BYTES);
	assert_true(cost_of_overview(f) >= BYTES);
	(void)sleep(3);
	assert_true(cost_of_overview(f) >= BYTES);
	assert_true(cost_of_overview(f) < BYTES / 8);
	assert_int_equal(truncate(path, BYTES + 1), 0);
	assert_true(cost_of_overview(f) >= BYTES);
	stale_memory_release(&memory);
	free(path);
}

/* What a worker reports is a stranger's text. */
static void
checks_of_the_newest_attempt_are_told(void **state)
{
	static const char *const names[] = { "checks", NULL };
	static const char result[] =
	    "{\"checks\":[\"hello\",5,{\"check\":\"unique\",\"name\":\"unique(id)\","
	    "\"dataset\":\"orders\",\"partition\":\"event_date=2026-05-01\",\"status\":\"warn\","
	    "\"severity\":\"warn\",\"observed\":0.5,\"expected\":\"0\",\"message\":\"twice\"},"
	    "{\"dataset\":\"orders\",\"partition\":\"2026-05-01\",\"status\":\"error\"}]}";
	struct check_filter filter = { .dataset = "orders", .limit = 1 };
	struct fixture *f = *state;
	struct err err = { 0 };
	json_t *out = NULL;

	put_run(f, 1, RUN_RUNNING, "");
	put_partition(f, "orders", DAY, 1, "[]");
	put_attempt(f, 1, 1, 0, ATTEMPT_FAILED, "{\"checks\":{\"no\":\"array\"}}");
	put_attempt(f, 2, 1, 0, ATTEMPT_FAILED, "{\"checks\"");
	put_attempt(f, 3, 1, 0, ATTEMPT_FAILED, result); /* a try before the last: history */
	put_attempt(f, 4, 1, 0, ATTEMPT_SUCCESS, result);
	expect_code(view_checks(f->view, &filter, &out, &err), ERR_NONE, &err);
	expect(out, "[{\"dataset\":\"orders\",\"partition\":\"2026-05-01\",\"check\":\"unique\","
		    "\"name\":\"unique(id)\",\"status\":\"warn\",\"severity\":\"warn\","
		    "\"reason\":null,\"observed\":0.5,\"expected\":\"0\",\"message\":\"twice\","
		    "\"dag\":\"sales\",\"run_id\":\"scheduled__2026-05-01\","
		    "\"task\":\"extract\",\"try_number\":4,\"attempt\":4,\"ended_at\":null}]");
	filter = (struct check_filter){ .attempt = 3 };
	expect_code(view_checks(f->view, &filter, &out, &err), ERR_NONE, &err);
	assert_int_equal(json_array_size(out), 2);
	json_decref(out);
	expect_code(view_dataset(f->view, "orders", NULL, 0, &out, &err), ERR_NONE, &err);
	expect(pick(json_array_get(out, 0), names),
	       "{\"checks\":{\"pass\":0,\"warn\":1,\"fail\":1}}");
	json_decref(out);
}

/* ---- why ---- */

static void
expect_why(struct fixture *f, const char *task, const char *run, const char *want)
{
	struct err err = { 0 };
	json_t *out = NULL;

	expect_code(view_why(f->view, "sales", task, run, &out, &err), ERR_NONE, &err);
	expect_member(out, "gates", want);
}

static void
why_tells_that_no_run_was_made(void **state)
{
	struct fixture *f = *state;
	struct err err = { 0 };
	json_t *out = NULL;

	expect_why(
	    f, NULL, NULL,
	    "[{\"gate\":\"no_run\",\"text\":\"no run was made for 2026-05-03 yet: it was due at"
	    " 2026-05-04T02:30:00Z; the scheduler makes it, as far as 'catchup' says\","
	    "\"until\":null}]");
	put_dag(f, true, false, INT64_MIN);
	expect_why(f, NULL, NULL,
		   "[{\"gate\":\"paused\",\"text\":\"the dag is paused: nothing of it is started"
		   " until `tidemill dags unpause sales`\"},{\"gate\":\"absent\",\"text\":"
		   "\"dags/sales.yaml is gone or has a mistake: the schedule makes no runs; see"
		   " `tidemill validate`\"},{\"gate\":\"no_run\",\"text\":\"no run was made yet;"
		   " start one with `tidemill dags trigger sales`\"}]");
	expect_code(view_why(f->view, "sales", NULL, "no_such_run", &out, &err), ERR_NOT_FOUND,
		    &err);
	expect_code(view_why(f->view, "nosuch", NULL, NULL, &out, &err), ERR_NOT_FOUND, &err);
	put_run(f, 1, RUN_RUNNING, "");
	expect_code(view_why(f->view, "sales", "nosuch", NULL, &out, &err), ERR_NOT_FOUND, &err);
	assert_non_null(strstr(err.msg, "no task 'nosuch'"));
}

static void
why_tells_what_a_task_waits_for(void **state)
{
	struct fixture *f = *state;

	put_run(f, 1, RUN_SUCCESS, "");
	put_run(f, 2, RUN_RUNNING, "");
	put_run(f, 3, RUN_QUEUED, "{\"gate\":\"partitions\"}");
	put_task(f, 2, 0, TASK_RUNNING, "");
	put_task(f, 2, 1, TASK_NONE, "");
	put_attempt(f, 1, 2, 0, ATTEMPT_RUNNING, NULL);
	/* The oldest that has not ended; what waits for others in it is not repeated. */
	expect_why(f, NULL, NULL,
		   "[{\"gate\":\"running\",\"task\":\"extract\",\"text\":\"try 1 is running since"
		   " 2026-05-03T00:00:00Z\"}]");
	expect_why(f, "load", NULL,
		   "[{\"gate\":\"upstream\",\"task\":\"load\",\"text\":\"it waits for extract"
		   " (running)\",\"upstream\":[{\"task\":\"extract\",\"state\":\"running\"}]}]");
	expect_why(
	    f, NULL, "2026-05-03",
	    "[{\"gate\":\"queued\",\"text\":\"waits for partitions that other runs"
	    " write\",\"held_by\":{\"gate\":\"partitions\"},\"ends_when\":\"a run that writes"
	    " one of them ends\"}]");
	put_task(f, 2, 0, TASK_SUCCESS, "");
	put_task(f, 2, 1, TASK_NONE,
		 "{\"gate\":\"being_written\",\"dataset\":\"orders\",\"day\":\"2026-05-01\","
		 "\"run\":\"x\",\"dag\":\"y\"}");
	expect_why(f, NULL, NULL,
		   "[{\"gate\":\"waits\",\"task\":\"load\",\"text\":\"orders 2026-05-01 is being"
		   " written by run x of dag y\",\"held_by\":{\"gate\":\"being_written\","
		   "\"dataset\":\"orders\",\"day\":\"2026-05-01\",\"run\":\"x\",\"dag\":\"y\"},"
		   "\"ends_when\":\"the writing task ends\"}]");
	/* A version before this one wrote sentences. */
	put_task(f, 2, 1, TASK_NONE, "orders 2026-05-01 is being written by run x");
	expect_why(f, NULL, NULL,
		   "[{\"gate\":\"waits\",\"task\":\"load\",\"text\":\"an earlier version noted:"
		   " orders 2026-05-01 is being written by run x\"}]");
	put_limits(f, "{\"pools\":[{\"name\":\"default\",\"slots\":2}]}");
	put_task(f, 2, 1, TASK_SCHEDULED, "");
	expect_why(f, "load", NULL,
		   "[{\"gate\":\"pool\",\"task\":\"load\",\"text\":\"it is ready and waits for its"
		   " turn in pool 'default': 1 of 2 slots are used, and 1 task waits\","
		   "\"holders\":[{\"dag\":\"sales\",\"run_id\":"
		   "\"scheduled__2026-05-02\",\"task\":\"extract\"}]}]");
	/* What was written down is of the moment when it was; the numbers are those of now. */
	put_limits(f, "{\"pools\":[{\"name\":\"default\",\"slots\":1}]}");
	put_task(f, 2, 1, TASK_SCHEDULED,
		 "{\"gate\":\"pool\",\"pool\":\"default\",\"used\":3,\"total\":3,\"slots\":1}");
	expect_why(f, "load", NULL,
		   "[{\"gate\":\"limit\",\"task\":\"load\",\"text\":\"it waits for slots of pool"
		   " default: 1 of 1 are used, it takes 1\",\"held_by\":{\"gate\":\"pool\","
		   "\"pool\":\"default\",\"used\":1,\"total\":1,\"slots\":1},"
		   "\"ends_when\":\"a task in the pool ends\"}]");
	put_task(f, 2, 1, TASK_UP_FOR_RETRY, "");
	expect_why(f, "load", NULL,
		   "[{\"gate\":\"retry\",\"task\":\"load\",\"text\":\"try 1 did not succeed, the"
		   " next comes at 2026-05-10T00:00:00Z\",\"until\":\"2026-05-10T00:00:00Z\"}]");
}

/* What the engine wrote down may be older than what the dag's switch says. */
static void
why_tells_what_a_queued_run_waits_for(void **state)
{
	static const char paused[] =
	    "[{\"gate\":\"paused\",\"text\":\"the dag is paused: nothing of"
	    " it is started until `tidemill dags unpause sales`\"}]";
#define TURN "[{\"gate\":\"queued\",\"text\":\"it waits for its turn: max_active_runs is reached\""
	static const char turn[] = TURN "}]";
	static const char slot[] = TURN ",\"held_by\":{\"gate\":\"run_slot\"},"
					"\"ends_when\":\"a run of its group ends\"}]";
#undef TURN
	static const char nobody[] = "[{\"gate\":\"queued\",\"text\":\"no scheduler is running:"
				     " start one with `tidemill scheduler`\",\"held_by\":{\"gate\":"
				     "\"no_scheduler\"},\"ends_when\":\"a scheduler is started\"}]";
	static const struct {
		bool paused;
		const char *waits, *want;
	} cases[] = {
		{ false, "{\"gate\":\"no_scheduler\"}", nobody },
		{ false, "{\"gate\":\"run_slot\"}", slot },
		{ false, "", turn },
		{ true, "{\"gate\":\"run_slot\"}", paused },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < countof(cases); i++) {
		put_dag(f, cases[i].paused, true, (DAY + 2) * DAY_US);
		put_run(f, 1, RUN_QUEUED, cases[i].waits);
		put_task(f, 1, 0, TASK_NONE, "");
		expect_why(f, NULL, NULL, cases[i].want);
		expect_why(f, "extract", NULL, cases[i].want);
		put_task(f, 1, 0, TASK_NONE, "{\"gate\":\"task_slot\"}");
		expect_why(f, "extract", NULL, cases[i].want);
	}
	put_run(f, 1, RUN_RUNNING, "");
	expect_why(f, "extract", NULL, paused);
}

static void
why_tells_how_a_run_ended(void **state)
{
	struct fixture *f = *state;

	put_run(f, 1, RUN_FAILED, "");
	put_task(f, 1, 0, TASK_FAILED, "");
	put_task(f, 1, 1, TASK_UPSTREAM_FAILED, "an upstream failed");
	put_attempt(f, 1, 1, 0, ATTEMPT_FAILED, NULL);
	expect_why(f, NULL, NULL,
		   "[{\"gate\":\"ended\",\"text\":\"the run ended 2026-05-02T00:00:00.250000Z:"
		   " failed\"},{\"gate\":\"ended\",\"task\":\"extract\",\"text\":\"it ended"
		   " 2026-05-03T00:00:00Z: failed: exit 3\"},{\"gate\":\"ended\",\"task\":\"load\","
		   "\"text\":\"it ended 2026-05-03T00:00:00Z: upstream_failed: extract did"
		   " not succeed\"}]");
}

/* SQL writes times as civil.c does, before 1970 too. */
static void
times_of_views_and_of_the_program_agree(void **state)
{
	static const int64_t times_us[] = {
		0, 1, -1, 999999, -DAY_US, 253402300799999999, DAY * DAY_US + 123456
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < countof(times_us); i++) {
		char want[TIMESTAMP_CHARS + 1];
		struct err err = { 0 };
		json_t *out = NULL;

		put_dag(f, false, true, times_us[i]);
		timestamp_format(times_us[i], want);
		expect_code(view_dag(f->view, "sales", 0, &out, &err), ERR_NONE, &err);
		assert_string_equal(json_get_text(out, "next_partition", "null"), want);
		json_decref(out);
	}
}

static void
answers_between_begin_and_end_are_of_one_snapshot(void **state)
{
	struct fixture *f = *state;
	struct run_filter filter = { .dag = "sales" };
	struct err err = { 0 };
	json_t *out = NULL;

	put_run(f, 1, RUN_RUNNING, "");
	for (int round = 0; round < 2; round++) {
		expect_code(view_begin(f->view, &err), ERR_NONE, &err);
		expect_code(view_runs(f->view, &filter, &out, &err), ERR_NONE, &err);
		assert_int_equal(json_array_size(out), round + 1);
		json_decref(out);
		put_run(f, 2, RUN_QUEUED, "");
		expect_code(view_runs(f->view, &filter, &out, &err), ERR_NONE, &err);
		assert_int_equal(json_array_size(out), round + 1);
		json_decref(out);
		view_end(f->view);
	}
}

#define CASE(what_it_says) cmocka_unit_test_setup_teardown(what_it_says, setup, teardown)

/* A task of a run that is to be folded. */
static void
add_task(json_t *tasks, const char *task, const char *state, const char *since)
{
	(void)json_array_append_new(
	    tasks, json_pack("{s:s, s:s, s:s}", "task", task, "state", state, "since", since));
}

/* A calendar leaves the last of its days out: what nothing brings is not next. */
static void
what_no_fire_brings_is_not_next(void **state)
{
	static const char text[] = "dag: a\nschedule: {every: 1h, only: 2026-05-01}\n"
				   "start_date: 2026-05-01\n"
				   "tasks: {a: {operator: command, run: [make]}}\n";
	static const struct {
		const char *next;
		bool stays;
	} cases[] = {
		{ "2026-05-01T22:00:00Z", true },
		{ "2026-05-01T23:00:00Z", false },
		{ "2026-05-07T00:00:00Z", false },
	};
	struct diags diags;
	struct dag *dag;

	(void)state;
	diags_init(&diags);
	dag = dagfile_read("dags/a.yaml", text, strlen(text), &diags);
	assert_non_null(dag);
	for (size_t i = 0; i < countof(cases); i++) {
		json_t *row = json_pack("{s:s}", "next_partition", cases[i].next);

		known_names(dag, row);
		assert_int_equal(cases[i].stays,
				 json_is_string(json_object_get(row, "next_partition")));
		json_decref(row);
	}
	dag_unref(dag);
	diags_release(&diags);
}

static void
tasks_of_a_group_are_told_as_one(void **state)
{
	static const char text[] =
	    "dag: g\n"
	    "tasks: {x.y: {operator: command, run: [a]}}\n"
	    "groups:\n"
	    "  x:\n"
	    "    tasks: {a: {operator: command, run: [a]}, b: {operator: command, run: [a]}}\n"
	    "    groups: {in: {tasks: {c: {operator: command, run: [a]}}}}\n";
	struct fixture *f = *state;
	json_t *run = NULL, *tasks = json_array(), *out = NULL, *group;
	struct err err = { 0 };

	digest_of(text, strlen(text), f->digest);
	commit(f, (struct change){ .kind = CHANGE_DEF,
				   .def = { f->digest, "g", "dags/g.yaml", text } });
	run = json_pack("{s:s}", "dag_digest", f->digest);
	add_task(tasks, "x.y", "success", "2026-05-01T00:00:00Z");
	add_task(tasks, "x.a", "skipped", "2026-05-01T00:00:01Z");
	add_task(tasks, "x.b", "expanded", "2026-05-01T00:00:03Z");
	add_task(tasks, "x.in.c", "success", "2026-05-01T00:00:02Z");
	assert_int_equal(view_fold(f->view, run, tasks, &out, &err), ERR_NONE);
	assert_int_equal(json_array_size(out), 2);
	group = json_array_get(out, 1);
	assert_string_equal(json_get_text(group, "task", ""), "x");
	assert_string_equal(json_get_text(group, "state", ""), "expanded");
	assert_string_equal(json_get_text(group, "since", ""), "2026-05-01T00:00:03Z");
	assert_string_equal(json_get_text(group, "waits", ""),
			    "3 tasks: 1 expanded, 1 success, 1 skipped");
	assert_int_equal(json_array_size(json_object_get(group, "rows")), 3);
	json_decref(out);
	/* So are the instances of a task, which keeps its state. */
	add_task(tasks, "z", "failed", "2026-05-01T00:00:00Z");
	for (int i = 0; i < 3; i++) {
		add_task(tasks, "z[?]", i == 1 ? "failed" : "success", "2026-05-01T00:00:09Z");
		(void)json_object_set_new(json_array_get(tasks, json_array_size(tasks) - 1),
					  "index", json_integer(i));
	}
	assert_int_equal(view_fold(f->view, run, tasks, &out, &err), ERR_NONE);
	assert_int_equal(json_array_size(out), 3);
	group = json_array_get(out, 2);
	assert_string_equal(json_get_text(group, "state", ""), "failed");
	assert_string_equal(json_get_text(group, "waits", ""), "3 instances: 1 failed, 2 success");
	assert_int_equal(json_array_size(json_object_get(group, "rows")), 3);
	assert_null(json_object_get(json_array_get(tasks, 4), "rows"));
	json_decref(out);
	for (int i = 0; i < 4; i++)
		(void)json_array_remove(tasks, 4);
	/* Without its definition nothing is known of groups. */
	(void)json_object_set_new(run, "dag_digest", json_string("none"));
	assert_int_equal(view_fold(f->view, run, tasks, &out, &err), ERR_NONE);
	assert_null(out);
	json_decref(run);
	json_decref(tasks);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_no_fire_brings_is_not_next),
		CASE(tasks_of_a_group_are_told_as_one),
		cmocka_unit_test_setup_teardown(without_a_database_nothing_has_run_yet, setup_empty,
						teardown),
		CASE(an_empty_database_gives_empty_answers),
		CASE(dags_tell_their_last_run_and_definition),
		CASE(an_instant_has_the_name_of_its_part),
		CASE(runs_come_latest_first_and_filtered),
		CASE(tasks_and_attempts_of_a_run_are_told),
		CASE(a_replaced_input_makes_partitions_stale),
		CASE(a_changed_file_makes_partitions_stale),
		CASE(a_file_that_nobody_wrote_is_read_once),
		CASE(checks_of_the_newest_attempt_are_told),
		CASE(why_tells_that_no_run_was_made),
		CASE(why_tells_what_a_task_waits_for),
		CASE(why_tells_what_a_queued_run_waits_for),
		CASE(why_tells_how_a_run_ended),
		CASE(times_of_views_and_of_the_program_agree),
		CASE(answers_between_begin_and_end_are_of_one_snapshot),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
