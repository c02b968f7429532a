/*
 * store_fixture.h - a store in a directory of its own, and rows to put into it.
 *
 * For the tests of the store; everything is static inline, so that a test uses
 * what it needs.
 */
#ifndef TESTS_UNIT_STORE_FIXTURE_H
#define TESTS_UNIT_STORE_FIXTURE_H

#include "core/db.h"
#include "core/mem.h"
#include "scheduler/store_internal.h"

#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

struct fixture {
	char dir[64];
	char *path; /* of the database */
};

static inline int
remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	(void)st;
	(void)kind;
	(void)at;
	return remove(path);
}

static inline int
setup(void **state)
{
	struct fixture *f = mem_new(1, sizeof(*f));

	(void)snprintf(f->dir, sizeof(f->dir), "/tmp/tidemill-store-XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	f->path = mem_format("%s/.tidemill/state.db", f->dir);
	*state = f;
	return 0;
}

static inline int
teardown(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(nftw(f->dir, remove_one, 8, FTW_DEPTH | FTW_PHYS), 0);
	free(f->path);
	free(f);
	return 0;
}

static inline struct store *
open_store(const struct fixture *f)
{
	struct err err = { 0 };
	struct store *s = NULL;

	if (store_open(&s, f->dir, &err))
		fail_msg("%s", err.msg);
	return s;
}

/* ---- rows to begin with ---- */

static inline struct change
def_change(void)
{
	return (struct change){ .kind = CHANGE_DEF,
				.def = { "d1", "sales", "dags/sales.yaml", "dag: sales\n" } };
}

static inline struct change
run_change(int64_t key)
{
	return (struct change){ .kind = CHANGE_RUN,
				.run = { .key = key,
					 .dag = "sales",
					 .run_id = key == 1 ? "manual__1" : "manual__2",
					 .type = RUN_MANUAL,
					 .state = RUN_RUNNING,
					 .epoch = 1,
					 .logical_us = key * DAY_US,
					 .start_us = key * DAY_US,
					 .end_us = (key + 1) * DAY_US,
					 .digest = "d1",
					 .created_us = 7,
					 .params = "{}",
					 .waits = "" } };
}

static inline struct change
task_change(int64_t run, int index)
{
	return (struct change){ .kind = CHANGE_TASK,
				.task = { .run = run,
					  .index = index,
					  .task = index ? "load" : "extract",
					  .state = TASK_NONE,
					  .since_us = 8,
					  .waits = "" } };
}

static inline struct change
attempt_change(int64_t key, int64_t run, int index, int try_number)
{
	return (struct change){ .kind = CHANGE_ATTEMPT,
				.attempt = { .key = key,
					     .run = run,
					     .task_index = index,
					     .task = index ? "load" : "extract",
					     .epoch = 1,
					     .try_number = try_number,
					     .state = ATTEMPT_STARTING,
					     .token = "0123456789abcdef0123456789abcdef",
					     .outcome = -1,
					     .created_us = 9,
					     .message = "",
					     .inputs = "[]" } };
}

static inline struct change
event_change(int64_t seq)
{
	return (struct change){ .kind = CHANGE_EVENT,
				.event = { .seq = seq,
					   .at_us = 10,
					   .kind = "task",
					   .run = 1,
					   .task_index = 0,
					   .epoch = 1,
					   .from = "none",
					   .to = "scheduled",
					   .detail = "" } };
}

static inline struct change
partition_change(int64_t day, int64_t version, int64_t published_us)
{
	struct change c = { .kind = CHANGE_PARTITION,
			    .partition = { .dataset = "orders",
					   .day = day,
					   .version = version,
					   .rows = 3,
					   .bytes = 40,
					   .run = 1,
					   .attempt = 1,
					   .epoch = 1,
					   .published_us = published_us,
					   .inputs = "[]" } };

	(void)snprintf(c.partition.digest, sizeof(c.partition.digest), "digest-%lld",
		       (long long)version);
	return c;
}

static inline void
commit(struct store *s, const struct change *changes, size_t n)
{
	struct err err = { 0 };

	if (store_commit(s, changes, n, &err))
		fail_msg("%s", err.msg);
}

static inline void
commit_base(struct store *s)
{
	const struct change base[] = {
		def_change(),      run_change(1),     run_change(2),
		task_change(1, 0), task_change(1, 1), attempt_change(1, 1, 0, 1),
	};

	commit(s, base, countof(base));
}

/* The one row that a query gives, its columns with '|' between; the caller frees it. */
static inline char *
ask(struct db *db, const char *sql)
{
	struct err err = { 0 };
	struct buf line;
	struct stmt s;
	char *text;

	buf_init(&line, 100000);
	stmt_begin(&s, db, sql);
	if (!stmt_row(&s))
		buf_text(&line, "no row");
	else
		for (int i = 0; i < stmt_columns(&s); i++)
			buf_format(&line, "%s%s", i ? "|" : "",
				   stmt_col_null(&s, i) ? "NULL" : stmt_col_text(&s, i));
	if (stmt_end(&s, &err))
		fail_msg("%s: %s", sql, err.msg);
	text = buf_give(&line);
	buf_release(&line);
	return text;
}

static inline void
expect(struct store *s, const char *sql, const char *want)
{
	char *got = ask(s->db, sql);

	if (strcmp(got, want) != 0)
		fail_msg("%s\n  gives %s\n  not   %s", sql, got, want);
	free(got);
}

#define CASE(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

#endif
