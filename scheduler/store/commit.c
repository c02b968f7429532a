/* commit.c - changes become rows, all of a turn in one transaction. */
#include "scheduler/store/commit.h"

#include "scheduler/store/internal.h"
#include "scheduler/store/sql.h"

static enum err_code
put_row(struct store *s, enum stored_table table, const void *row, struct err *err)
{
	struct stmt stmt;

	stmt_begin(&stmt, s->db, s->put[table]);
	columns_bind(&stmt, table, row);
	(void)stmt_row(&stmt);
	return stmt_end(&stmt, err);
}

/* Delete what has to do with a key by a text of store.sql. */
static enum err_code
drop(struct store *s, const char *sql, int64_t key, struct err *err)
{
	struct stmt stmt;

	stmt_begin(&stmt, s->db, sql);
	stmt_int(&stmt, 1, key);
	(void)stmt_row(&stmt);
	return stmt_end(&stmt, err);
}

/* What the checks of an attempt found becomes rows when it ends. */
static enum err_code
put_attempt(struct store *s, const struct attempt_row *row, struct err *err)
{
	enum err_code code = put_row(s, TABLE_attempt, row, err);
	struct stmt stmt;

	if (code || attempt_is_live(row->state) || !row->result)
		return code;
	stmt_begin(&stmt, s->db, sql_put_checks);
	stmt_int(&stmt, 1, row->key);
	stmt_text(&stmt, 2, row->result);
	(void)stmt_row(&stmt);
	return stmt_end(&stmt, err);
}

/* A version that is there already was published again with the same content. */
static enum err_code
put_partition(struct store *s, const struct partition_row *row, struct err *err)
{
	enum err_code code = put_row(s, TABLE_partition, row, err);
	struct stmt stmt;

	if (!code && row->definition) {
		stmt_begin(&stmt, s->db, sql_put_definition);
		stmt_text(&stmt, 1, row->definition);
		stmt_text(&stmt, 2, row->definition_text);
		(void)stmt_row(&stmt);
		code = stmt_end(&stmt, err);
	}
	return code ? code : put_row(s, TABLE_version, row, err);
}

static enum err_code
put(struct store *s, const struct change *c, struct err *err)
{
	switch (c->kind) {
	case CHANGE_DEF:
		return put_row(s, TABLE_def, &c->def, err);
	case CHANGE_DAG:
		return put_row(s, TABLE_dag, &c->dag, err);
	case CHANGE_RUN:
		return put_row(s, TABLE_run, &c->run, err);
	case CHANGE_TASK:
		return put_row(s, TABLE_task, &c->task, err);
	case CHANGE_TASKS_DROP:
		return drop(s, sql_drop_tasks, c->run.key, err);
	case CHANGE_GROUP:
		return put_row(s, TABLE_task_group, &c->group, err);
	case CHANGE_GROUPS_DROP:
		return drop(s, sql_drop_groups, c->run.key, err);
	case CHANGE_ATTEMPT_DROP:
		return drop(s, sql_drop_attempt, c->attempt.key, err);
	case CHANGE_ATTEMPT:
		return put_attempt(s, &c->attempt, err);
	case CHANGE_PARTITION:
		return put_partition(s, &c->partition, err);
	case CHANGE_DATASET_EVENT:
		return put_row(s, TABLE_dataset_event, &c->dataset_event, err);
	case CHANGE_DATASET_EVENT_DROP:
		return drop(s, sql_drop_dataset_event, c->dataset_event.key, err);
	case CHANGE_BACKFILL:
		return put_row(s, TABLE_backfill, &c->backfill, err);
	case CHANGE_CLOCK:
		return put_row(s, TABLE_clock, &c->clock, err);
	case CHANGE_LIMITS:
		return put_row(s, TABLE_limits, &c->limits, err);
	case CHANGE_COMMAND:
		return put_row(s, TABLE_command, &c->command, err);
	case CHANGE_EVENT:
		return put_row(s, TABLE_event, &c->event, err);
	}
	return err_set(err, ERR_CONFLICT, "change %d is of no known kind", (int)c->kind);
}

enum err_code
store_commit(struct store *s, const struct change *changes, size_t n, struct err *err)
{
	enum err_code code;

	if (n == 0)
		return ERR_NONE;
	/* A transaction that begins as a write never finds the file busy later. */
	code = db_run(s->db, "BEGIN IMMEDIATE", err);
	for (size_t i = 0; !code && i < n; i++)
		code = put(s, &changes[i], err);
	if (!code)
		code = db_run(s->db, "COMMIT", err);
	if (code) {
		db_rollback(s->db);
		err_wrap(err, "commit %zu changes", n);
		return code;
	}
	code = store_hold(s, err);
	if (!code)
		anchor_wrote(&s->anchor);
	return code;
}
