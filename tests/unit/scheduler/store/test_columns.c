/* test_columns.c - what is written into every column is what a start reads of it. */
#include "scheduler/store/sql.h"
#include "tests/fixture/store.h"

/* The struct of a table under the table's name. */
#define TABLE(name, struct_name, how)   \
	struct of_##name {              \
		struct struct_name row; \
	};
#define COLUMN(table, column, member, type, role)
#include "scheduler/store/columns.inc"
#undef COLUMN
#undef TABLE

struct filler {
	struct arena *arena;
	int last; /* number that was given out: no two columns have the same */
};

static int
next(struct filler *f)
{
	return ++f->last;
}

/* A text that no other column has, which is JSON as well. */
static const char *
next_text(struct filler *f)
{
	char text[20];

	(void)snprintf(text, sizeof(text), "[%d]", next(f));
	return arena_str(f->arena, text);
}

/* clang-format off */
#define FILL_INT64(m)         ((m) = next(f))
#define FILL_INT(m)           ((m) = next(f))
#define FILL_BOOL(m)          ((m) = true)
#define FILL_UNLESS_0(m)      ((m) = next(f))
#define FILL_KNOWN(m)         ((m) = next(f))
#define FILL_UNLESS_N(m)      ((m) = next(f))
#define FILL_CURSOR(m)        ((m) = next(f))
#define FILL_TEXT(m)          ((m) = next_text(f))
#define FILL_WORDS(m)         ((m) = next_text(f))
#define FILL_OBJECT(m)        ((m) = next_text(f))
#define FILL_CHARS(m)         ((void)snprintf(m, sizeof(m), "%d", next(f)))
#define FILL_RUN_TYPE(m)      ((m) = RUN_BACKFILL)
#define FILL_RUN_STATE(m)     ((m) = RUN_UP_FOR_RETRY)
#define FILL_TASK_STATE(m)    ((m) = TASK_UP_FOR_RETRY)
#define FILL_ATTEMPT_STATE(m) ((m) = ATTEMPT_RUNNING)
#define FILL_REPROCESS(m)     ((m) = REPROCESS_COMPLETED)
#define FILL_GRID_UNIT(m)     ((m) = GRID_MONTH)
#define FILL_ZONE(m)          ((m) = "Europe/Berlin")
#define FILL_OUTCOME(m)       ((m) = OUTCOME_TIMEOUT)

#define SAME_INT64(a, b)         ((a) == (b))
#define SAME_INT(a, b)           ((a) == (b))
#define SAME_BOOL(a, b)          ((a) == (b))
#define SAME_UNLESS_0(a, b)      ((a) == (b))
#define SAME_KNOWN(a, b)         ((a) == (b))
#define SAME_UNLESS_N(a, b)      ((a) == (b))
#define SAME_CURSOR(a, b)        ((a) == (b))
#define SAME_TEXT(a, b)          ((a) == (b) || ((a) && (b) && !strcmp(a, b)))
#define SAME_WORDS(a, b)         SAME_TEXT(a, b)
#define SAME_OBJECT(a, b)        SAME_TEXT(a, b)
#define SAME_CHARS(a, b)         (!strcmp(a, b))
#define SAME_RUN_TYPE(a, b)      ((a) == (b))
#define SAME_RUN_STATE(a, b)     ((a) == (b))
#define SAME_TASK_STATE(a, b)    ((a) == (b))
#define SAME_ATTEMPT_STATE(a, b) ((a) == (b))
#define SAME_REPROCESS(a, b)     ((a) == (b))
#define SAME_GRID_UNIT(a, b)     ((a) == (b))
#define SAME_ZONE(a, b)          SAME_TEXT(a, b)
#define SAME_OUTCOME(a, b)       ((a) == (b))
/* clang-format on */

static void
fill(struct filler *f, enum stored_table wanted, struct change *c)
{
#define TABLE(name, struct_name, how)
#define COLUMN(table, column, name, type, role) \
	if (wanted == TABLE_##table)            \
		FILL_##type(((struct of_##table *)(void *)&c->run)->row.name);
#include "scheduler/store/columns.inc"
#undef COLUMN
#undef TABLE
}

/* Columns that a start has no need of, as it works them out. */
static bool
is_worked_out(enum stored_table table, const char *column)
{
	return table == TABLE_task && !strcmp(column, "pool"); /* the definition says it */
}

static void
compare(enum stored_table wanted, const struct change *put, const struct change *got)
{
	const char *other = NULL;

#define TABLE(name, struct_name, how)
#define COLUMN(table, column, name, type, role)                                           \
	if (wanted == TABLE_##table && !is_worked_out(wanted, #column) &&                 \
	    !SAME_##type(((const struct of_##table *)(const void *)&put->run)->row.name,  \
			 ((const struct of_##table *)(const void *)&got->run)->row.name)) \
		other = #table "." #column;
#include "scheduler/store/columns.inc"
#undef COLUMN
#undef TABLE
	if (other)
		fail_msg("column %s is not what was written", other);
}

enum { DEF, DAG, BACKFILL, RUN, TASK, GROUP, ATTEMPT, PARTITION, UPDATE, CLOCK, LIMITS, N };

static const struct {
	enum change_kind kind;
	enum stored_table table;
} kinds[N] = {
	[DEF] = { CHANGE_DEF, TABLE_def },
	[DAG] = { CHANGE_DAG, TABLE_dag },
	[BACKFILL] = { CHANGE_BACKFILL, TABLE_backfill },
	[RUN] = { CHANGE_RUN, TABLE_run },
	[TASK] = { CHANGE_TASK, TABLE_task },
	[GROUP] = { CHANGE_GROUP, TABLE_task_group },
	[ATTEMPT] = { CHANGE_ATTEMPT, TABLE_attempt },
	[PARTITION] = { CHANGE_PARTITION, TABLE_partition },
	[UPDATE] = { CHANGE_DATASET_EVENT, TABLE_dataset_event },
	[CLOCK] = { CHANGE_CLOCK, TABLE_clock },
	[LIMITS] = { CHANGE_LIMITS, TABLE_limits },
};

/* A row of each, every column with a value of its own but for what has to be of another row. */
static void
make_rows(struct filler *f, struct change rows[N])
{
	int64_t run;

	for (int i = 0; i < N; i++) {
		rows[i] = (struct change){ .kind = kinds[i].kind };
		fill(f, kinds[i].table, &rows[i]);
	}
	run = rows[RUN].run.key;
	rows[DAG].dag.digest = rows[RUN].run.digest = rows[DEF].def.digest;
	rows[RUN].run.dag = rows[UPDATE].dataset_event.consumer = rows[DAG].dag.dag;
	rows[RUN].run.parent = run;
	rows[RUN].run.backfill = rows[BACKFILL].backfill.key;
	rows[TASK].task.run = rows[GROUP].group.run = rows[ATTEMPT].attempt.run =
	    rows[UPDATE].dataset_event.run = run;
	rows[ATTEMPT].attempt.task = rows[TASK].task.task; /* or it is of a task that is gone */
	rows[UPDATE].dataset_event.consumed = 0;           /* of others nothing is read */
	rows[PARTITION].partition.preliminary = "early";
	rows[PARTITION].partition.definition_text = "{}";
	rows[CLOCK].clock.key = rows[LIMITS].limits.key = 1;
}

static void
every_column_comes_back(void **state)
{
	static const struct {
		int row;
		const char *sql;
	} queries[] = {
		{ DEF, sql_load_defs },           { DAG, sql_load_dags },
		{ BACKFILL, sql_load_backfills }, { RUN, sql_load_runs },
		{ TASK, sql_load_tasks },         { GROUP, sql_load_groups },
		{ ATTEMPT, sql_load_attempts },   { PARTITION, sql_load_partitions },
		{ CLOCK, sql_load_clock },        { UPDATE, sql_load_dataset_events },
		{ LIMITS, sql_load_limits },      { RUN, sql_recall_run },
		{ TASK, sql_recall_tasks },
	};
	struct filler f = { arena_new(), 100 };
	struct store *s = open_store(*state);
	struct change rows[N];
	struct err err = { 0 };

	make_rows(&f, rows);
	if (store_commit(s, rows, N, &err))
		fail_msg("%s", err.msg);
	for (size_t i = 0; i < countof(queries); i++) {
		enum stored_table table = kinds[queries[i].row].table;
		struct change got = { 0 };
		struct columns_plan plan;
		struct stmt stmt;

		stmt_begin(&stmt, s->db, queries[i].sql);
		if (strchr(queries[i].sql, '?'))
			stmt_int(&stmt, 1, rows[RUN].run.key);
		columns_plan(&plan, &stmt, table);
		assert_true(stmt_row(&stmt));
		columns_read(&plan, &stmt, &got.run);
		compare(table, &rows[queries[i].row], &got);
		assert_false(stmt_row(&stmt));
		if (stmt_end(&stmt, &err))
			fail_msg("%s", err.msg);
	}
	store_close(s);
	arena_free(f.arena);
}

/* Of the commands only one is read, by its key. */
static void
what_a_command_was_answered_comes_back(void **state)
{
	struct filler f = { arena_new(), 100 };
	struct store *s = open_store(*state);
	struct change row = { .kind = CHANGE_COMMAND }, got = { 0 };
	struct columns_plan plan;
	struct err err = { 0 };
	struct stmt stmt;

	fill(&f, TABLE_command, &row);
	if (store_commit(s, &row, 1, &err))
		fail_msg("%s", err.msg);
	stmt_begin(&stmt, s->db, sql_recall_answer);
	stmt_text(&stmt, 1, row.command.key);
	columns_plan(&plan, &stmt, TABLE_command);
	assert_true(stmt_row(&stmt));
	columns_read(&plan, &stmt, &got.run);
	compare(TABLE_command, &row, &got);
	assert_int_equal(stmt_end(&stmt, &err), ERR_NONE);
	store_close(s);
	arena_free(f.arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(every_column_comes_back, setup, teardown),
		cmocka_unit_test_setup_teardown(what_a_command_was_answered_comes_back, setup,
						teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
