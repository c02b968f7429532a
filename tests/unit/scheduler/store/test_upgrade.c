/* test_upgrade.c - state databases of earlier versions become ones of today and lose nothing. */
#include "core/base/json.h"
#include "core/view/dag.h"
#include "core/view/dataset.h"
#include "core/view/overview.h"
#include "core/view/run.h"
#include "core/view/why.h"
#include "scheduler/engine/look.h"
#include "tests/fixture/store.h"

#include <fcntl.h>
#include <unistd.h>

static const char *const past[] = { "tests/data/state-0.1.sql", "tests/data/state-0.2.sql",
				    "tests/data/state-schema-2.sql",
				    "tests/data/state-schema-3.sql" };

/* Lay the database of a dump where the store looks for it. */
static void
lay(const struct fixture *f, const char *dump)
{
	char *dir = mem_format("%s/.tidemill", f->dir);
	struct err err = { 0 };
	struct db *db = NULL;
	struct buf sql;

	buf_init(&sql, 1 << 20);
	if (buf_read_file(&sql, AT_FDCWD, dump, &err))
		fail_msg("%s (tests run in the root of the tree)", err.msg);
	(void)unlink(f->path);
	(void)mkdir(dir, 0700);
	if (db_open_writer(&db, f->path, &err) || db_exec(db, sql.data, &err))
		fail_msg("%s: %s", dump, err.msg);
	db_close(db);
	buf_release(&sql);
	free(dir);
}

static void
add(json_t *into, const char *name, enum err_code code, json_t **answer, const struct err *err)
{
	if (code)
		fail_msg("%s: %s", name, err->msg);
	(void)json_object_set_new(into, name, *answer);
}

/* The answers to every question as one object. */
static json_t *
ask_all(const struct fixture *f)
{
	const struct check_filter all = { 0 }, one = { .dataset = "events" };
	const struct run_filter any = { 0 };
	json_t *into = json_object(), *out = NULL;
	struct err err = { 0 };
	struct view *v = NULL;

	if (view_open(&v, f->dir, &err))
		fail_msg("%s", err.msg);
#define ASK(name, question) add(into, name, question, &out, &err)
	ASK("dags", view_dags(v, true, &out, &err));
	ASK("dag", view_dag(v, "load", 0, &out, &err));
	ASK("runs", view_runs(v, &any, &out, &err));
	ASK("run", view_run(v, "load", "2026-05-01", &out, &err));
	ASK("grid", view_grid(v, "odd", 0, &out, &err));
	ASK("tasks", view_tasks(v, 1, &out, &err));
	ASK("attempts", view_attempts(v, 1, NULL, &out, &err));
	ASK("backfills", view_backfills(v, &out, &err));
	ASK("datasets", view_datasets(v, &out, &err));
	ASK("dataset", view_dataset(v, "events", NULL, 0, &out, &err));
	ASK("versions", view_versions(v, "events", NULL, &out, &err));
	ASK("checks", view_checks(v, &all, &out, &err));
	ASK("checks of one", view_checks(v, &one, &out, &err));
	ASK("why", view_why(v, "odd", NULL, NULL, &out, &err));
	ASK("overview", view_overview(v, 0, &out, &err));
#undef ASK
	view_close(v);
	return into;
}

static void
expect_same(json_t *before, json_t *after, const char *dump)
{
	const char *name;
	json_t *answer;

	json_object_foreach(before, name, answer)
	{
		if (!json_equal(answer, json_object_get(after, name)))
			fail_msg("%s: '%s' before\n  %s\nand after\n  %s", dump, name,
				 json_dumps(answer, 0),
				 json_dumps(json_object_get(after, name), 0));
	}
}

static void
answers_are_the_same_before_and_after(void **state)
{
	struct fixture *f = *state;

	for (size_t i = 0; i < countof(past); i++) {
		json_t *before, *after;

		lay(f, past[i]);
		before = ask_all(f);
		store_close(open_store(f));
		after = ask_all(f);
		expect_same(before, after, past[i]);
		assert_int_equal(json_array_size(json_object_get(after, "checks")), 6);
		json_decref(before);
		json_decref(after);
	}
}

static void
check_results_become_rows(void **state)
{
	struct fixture *f = *state;

	for (size_t i = 0; i < countof(past); i++) {
		struct store *s;

		lay(f, past[i]);
		s = open_store(f);
		expect(s, "PRAGMA user_version", "4");
		expect(s, "PRAGMA foreign_key_check", "no row");
		expect(s, "PRAGMA integrity_check", "ok");
		expect(s,
		       "SELECT count(*) = (SELECT count(*) FROM attempt a,"
		       " json_each(a.result, '$.checks')), count(*) FROM check_result",
		       "1|12");
		expect(
		    s,
		    "SELECT dataset, partition, unit, zone, part, kind, status, observed, expected"
		    " FROM check_result WHERE status = 'fail'",
		    "events|2026-05-02|day|UTC|20575|row_count|fail|1|>= 2");
		expect(s, "SELECT DISTINCT unit, zone, min(part), max(part) FROM partition",
		       "day|UTC|20574|20575");
		store_close(s);
	}
}

/* Earlier versions let a day run that had not ended, as if it were whole. */
static void
a_run_of_a_day_that_has_not_ended_is_early(void **state)
{
	struct fixture *f = *state;
	struct err err = { 0 };
	struct db *db = NULL;
	struct store *s;

	lay(f, past[2]);
	assert_int_equal(db_open_writer(&db, f->path, &err), ERR_NONE);
	if (db_exec(db, "UPDATE run SET end_us = 253402300799000000 WHERE key = 1", &err))
		fail_msg("%s", err.msg);
	db_close(db);
	s = open_store(f);
	expect(s, "SELECT group_concat(key) FROM run WHERE early", "1");
	store_close(s);
}

/* A result is the text of a stranger; whatever it is, the database opens. */
static void
a_result_that_is_no_result_is_passed_over(void **state)
{
	struct fixture *f = *state;
	struct err err = { 0 };
	struct db *db = NULL;
	struct store *s;

	lay(f, past[1]);
	assert_int_equal(db_open_writer(&db, f->path, &err), ERR_NONE);
	if (db_exec(db,
		    "UPDATE attempt SET result = '{\"checks\"' WHERE key = 1;"
		    "UPDATE attempt SET result = '{\"checks\":{\"a\":{}}}' WHERE key = 4;"
		    "UPDATE attempt SET result = '{\"checks\":[1,null,{\"name\":[2],\"dataset\":3,"
		    "\"partition\":\"2026-02-30x\",\"observed\":{}}]}' WHERE key = 9",
		    &err))
		fail_msg("%s", err.msg);
	db_close(db);
	s = open_store(f);
	expect(s, "SELECT count(*) FROM check_result WHERE attempt IN (1, 4)", "0");
	expect(s,
	       "SELECT seq, dataset, partition, part, name, observed FROM check_result"
	       " WHERE attempt = 9",
	       "2|3|2026-02-30x|NULL|[2]|{}");
	store_close(s);
}

static void
an_engine_goes_on_from_an_old_database(void **state)
{
	struct fixture *f = *state;

	for (size_t i = 0; i < countof(past); i++) {
		const struct engine_config config = { .pool_slots = 1, .seed = 7 };
		struct engine *e = engine_new(&config);
		struct err err = { 0 };
		struct store *s;

		lay(f, past[i]);
		s = open_store(f);
		if (store_load(s, e, &err))
			fail_msg("%s: %s", past[i], err.msg);
		engine_check(e);
		engine_free(e);
		store_close(s);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(answers_are_the_same_before_and_after),
		CASE(check_results_become_rows),
		CASE(a_run_of_a_day_that_has_not_ended_is_early),
		CASE(a_result_that_is_no_result_is_passed_over),
		CASE(an_engine_goes_on_from_an_old_database),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
