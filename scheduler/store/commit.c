/* commit.c - changes become rows, all of a turn in one transaction. */
#include "scheduler/store/internal.h"

/* Columns that are empty text, never NULL, when there is nothing to say. */
static void
bind_words(struct stmt *s, int at, const char *words)
{
	stmt_text(s, at, words ? words : "");
}

/* Keys and times: 0 means none, which is NULL on disk (an unbound parameter is NULL). */
static void
bind_unless_zero(struct stmt *s, int at, int64_t value)
{
	if (value)
		stmt_int(s, at, value);
}

static enum err_code
finish(struct stmt *s, struct err *err)
{
	(void)stmt_row(s);
	return stmt_end(s, err);
}

static enum err_code
put_def(struct db *db, const struct def_row *row, struct err *err)
{
	struct stmt s;

	stmt_begin(&s, db,
		   "INSERT INTO def (digest, dag, file, text) VALUES (?1, ?2, ?3, ?4)"
		   " ON CONFLICT DO NOTHING");
	stmt_text(&s, 1, row->digest);
	stmt_text(&s, 2, row->dag);
	bind_words(&s, 3, row->file);
	stmt_text(&s, 4, row->text);
	return finish(&s, err);
}

static enum err_code
put_dag(struct db *db, const struct dag_row *row, struct err *err)
{
	struct stmt s;

	stmt_begin(&s, db,
		   "INSERT INTO dag (dag, digest, present, paused, cursor_us, live_since_us)"
		   " VALUES (?1, ?2, ?3, ?4, ?5, ?6)"
		   " ON CONFLICT (dag) DO UPDATE SET digest = excluded.digest,"
		   " present = excluded.present, paused = excluded.paused,"
		   " cursor_us = excluded.cursor_us, live_since_us = excluded.live_since_us");
	stmt_text(&s, 1, row->dag);
	stmt_text(&s, 2, row->digest);
	stmt_int(&s, 3, row->present);
	stmt_int(&s, 4, row->paused);
	if (row->cursor_us != INT64_MIN)
		stmt_int(&s, 5, row->cursor_us);
	stmt_int(&s, 6, row->live_since_us);
	return finish(&s, err);
}

static enum err_code
put_run(struct db *db, const struct run_row *row, struct err *err)
{
	struct stmt s;

	/* What a run is stays; how it stands changes. */
	stmt_begin(&s, db,
		   "INSERT INTO run (key, dag, run_id, type, state, epoch, logical_us, start_us,"
		   " end_us, digest, backfill, created_us, started_us, ended_us, params, waits)"
		   " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)"
		   " ON CONFLICT (key) DO UPDATE SET state = excluded.state,"
		   " epoch = excluded.epoch, digest = excluded.digest,"
		   " backfill = excluded.backfill, started_us = excluded.started_us,"
		   " ended_us = excluded.ended_us, params = excluded.params,"
		   " waits = excluded.waits");
	stmt_int(&s, 1, row->key);
	stmt_text(&s, 2, row->dag);
	stmt_text(&s, 3, row->run_id);
	stmt_text(&s, 4, run_type_name(row->type));
	stmt_text(&s, 5, run_state_name(row->state));
	stmt_int(&s, 6, row->epoch);
	stmt_int(&s, 7, row->logical_us);
	stmt_int(&s, 8, row->start_us);
	stmt_int(&s, 9, row->end_us);
	stmt_text(&s, 10, row->digest);
	bind_unless_zero(&s, 11, row->backfill);
	stmt_int(&s, 12, row->created_us);
	bind_unless_zero(&s, 13, row->started_us);
	bind_unless_zero(&s, 14, row->ended_us);
	stmt_text(&s, 15, row->params ? row->params : "{}");
	bind_words(&s, 16, row->waits);
	return finish(&s, err);
}

static enum err_code
put_task(struct db *db, const struct task_row *row, struct err *err)
{
	struct stmt s;

	stmt_begin(&s, db,
		   "INSERT INTO task (run, task_index, task, state, tries, failures, losses,"
		   " next_retry_us, since_us, waits)"
		   " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)"
		   " ON CONFLICT (run, task_index) DO UPDATE SET state = excluded.state,"
		   " tries = excluded.tries, failures = excluded.failures,"
		   " losses = excluded.losses, next_retry_us = excluded.next_retry_us,"
		   " since_us = excluded.since_us, waits = excluded.waits");
	stmt_int(&s, 1, row->run);
	stmt_int(&s, 2, row->index);
	stmt_text(&s, 3, row->task);
	stmt_text(&s, 4, task_state_name(row->state));
	stmt_int(&s, 5, row->tries);
	stmt_int(&s, 6, row->failures);
	stmt_int(&s, 7, row->losses);
	bind_unless_zero(&s, 8, row->next_retry_us);
	stmt_int(&s, 9, row->since_us);
	bind_words(&s, 10, row->waits);
	return finish(&s, err);
}

static enum err_code
drop_tasks(struct db *db, const struct run_row *row, struct err *err)
{
	struct stmt s;

	stmt_begin(&s, db, "DELETE FROM task WHERE run = ?1");
	stmt_int(&s, 1, row->key);
	return finish(&s, err);
}

static enum err_code
put_attempt(struct db *db, const struct attempt_row *row, struct err *err)
{
	struct stmt s;

	stmt_begin(&s, db,
		   "INSERT INTO attempt (key, run, task_index, task, epoch, try_number, state,"
		   " cancel, token, outcome, exit_code, signal, created_us, started_us, ended_us,"
		   " message, result, inputs)"
		   " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15,"
		   " ?16, ?17, ?18)"
		   " ON CONFLICT (key) DO UPDATE SET state = excluded.state,"
		   " cancel = excluded.cancel, outcome = excluded.outcome,"
		   " exit_code = excluded.exit_code, signal = excluded.signal,"
		   " started_us = excluded.started_us, ended_us = excluded.ended_us,"
		   " message = excluded.message, result = excluded.result,"
		   " inputs = excluded.inputs");
	stmt_int(&s, 1, row->key);
	stmt_int(&s, 2, row->run);
	stmt_int(&s, 3, row->task_index);
	stmt_text(&s, 4, row->task);
	stmt_int(&s, 5, row->epoch);
	stmt_int(&s, 6, row->try_number);
	stmt_text(&s, 7, attempt_state_name(row->state));
	stmt_int(&s, 8, row->cancel);
	stmt_text(&s, 9, row->token);
	if (row->outcome >= 0)
		stmt_text(&s, 10, outcome_name((enum outcome)row->outcome));
	stmt_int(&s, 11, row->exit_code);
	stmt_int(&s, 12, row->signal);
	stmt_int(&s, 13, row->created_us);
	bind_unless_zero(&s, 14, row->started_us);
	bind_unless_zero(&s, 15, row->ended_us);
	bind_words(&s, 16, row->message);
	stmt_text(&s, 17, row->result);
	stmt_text(&s, 18, row->inputs);
	return finish(&s, err);
}

/* A version that is there already was published again with the same content. */
static enum err_code
put_version(struct db *db, const struct partition_row *row, struct err *err)
{
	struct stmt s;

	stmt_begin(&s, db,
		   "INSERT INTO version (dataset, day, version, digest, rows, bytes, attempt,"
		   " published_us) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"
		   " ON CONFLICT DO NOTHING");
	stmt_text(&s, 1, row->dataset);
	stmt_int(&s, 2, row->day);
	stmt_int(&s, 3, row->version);
	stmt_text(&s, 4, row->digest);
	stmt_int(&s, 5, row->rows);
	stmt_int(&s, 6, row->bytes);
	bind_unless_zero(&s, 7, row->attempt);
	stmt_int(&s, 8, row->published_us);
	return finish(&s, err);
}

static enum err_code
put_partition(struct db *db, const struct partition_row *row, struct err *err)
{
	enum err_code code;
	struct stmt s;

	stmt_begin(&s, db,
		   "INSERT INTO partition (dataset, day, version, digest, rows, bytes, partial,"
		   " run, attempt, epoch, published_us, inputs)"
		   " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)"
		   " ON CONFLICT (dataset, day) DO UPDATE SET version = excluded.version,"
		   " digest = excluded.digest, rows = excluded.rows, bytes = excluded.bytes,"
		   " partial = excluded.partial, run = excluded.run, attempt = excluded.attempt,"
		   " epoch = excluded.epoch, published_us = excluded.published_us,"
		   " inputs = excluded.inputs");
	stmt_text(&s, 1, row->dataset);
	stmt_int(&s, 2, row->day);
	stmt_int(&s, 3, row->version);
	stmt_text(&s, 4, row->digest);
	stmt_int(&s, 5, row->rows);
	stmt_int(&s, 6, row->bytes);
	stmt_int(&s, 7, row->partial);
	bind_unless_zero(&s, 8, row->run);
	bind_unless_zero(&s, 9, row->attempt);
	stmt_int(&s, 10, row->epoch);
	stmt_int(&s, 11, row->published_us);
	stmt_text(&s, 12, row->inputs);
	code = finish(&s, err);
	return code ? code : put_version(db, row, err);
}

static enum err_code
put_backfill(struct db *db, const struct backfill_row *row, struct err *err)
{
	static const char *const words[] = {
		[REPROCESS_NONE] = "none",
		[REPROCESS_FAILED] = "failed",
		[REPROCESS_COMPLETED] = "completed",
	};
	struct stmt s;

	stmt_begin(&s, db,
		   "INSERT INTO backfill (key, dag, from_us, to_us, reprocess, max_active_runs,"
		   " created_us, runs) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"
		   " ON CONFLICT (key) DO UPDATE SET max_active_runs = excluded.max_active_runs,"
		   " runs = excluded.runs");
	stmt_int(&s, 1, row->key);
	stmt_text(&s, 2, row->dag);
	stmt_int(&s, 3, row->from_us);
	stmt_int(&s, 4, row->to_us);
	stmt_text(&s, 5, words[row->reprocess]);
	stmt_int(&s, 6, row->max_active_runs);
	stmt_int(&s, 7, row->created_us);
	stmt_int(&s, 8, row->runs);
	return finish(&s, err);
}

/*
 * The engine answers a key that it knows without coming here.  One that it has
 * forgotten (COMMANDS_MAX) counts as new, so it takes the old row's place.
 */
static enum err_code
put_command(struct db *db, const struct command_row *row, struct err *err)
{
	struct stmt s;

	stmt_begin(&s, db,
		   "INSERT OR REPLACE INTO command (key, command, reply, at_us)"
		   " VALUES (?1, ?2, ?3, ?4)");
	stmt_text(&s, 1, row->key);
	bind_words(&s, 2, row->command);
	bind_words(&s, 3, row->reply);
	stmt_int(&s, 4, row->at_us);
	return finish(&s, err);
}

static enum err_code
put_event(struct db *db, const struct event_row *row, struct err *err)
{
	struct stmt s;

	stmt_begin(&s, db,
		   "INSERT INTO event (seq, at_us, kind, run, task_index, attempt, epoch,"
		   " from_state, to_state, detail)"
		   " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)");
	stmt_int(&s, 1, row->seq);
	stmt_int(&s, 2, row->at_us);
	bind_words(&s, 3, row->kind);
	bind_unless_zero(&s, 4, row->run);
	if (row->task_index >= 0)
		stmt_int(&s, 5, row->task_index);
	bind_unless_zero(&s, 6, row->attempt);
	stmt_int(&s, 7, row->epoch);
	bind_words(&s, 8, row->from);
	bind_words(&s, 9, row->to);
	bind_words(&s, 10, row->detail);
	return finish(&s, err);
}

static enum err_code
put(struct db *db, const struct change *c, struct err *err)
{
	switch (c->kind) {
	case CHANGE_DEF:
		return put_def(db, &c->def, err);
	case CHANGE_DAG:
		return put_dag(db, &c->dag, err);
	case CHANGE_RUN:
		return put_run(db, &c->run, err);
	case CHANGE_TASK:
		return put_task(db, &c->task, err);
	case CHANGE_TASKS_DROP:
		return drop_tasks(db, &c->run, err);
	case CHANGE_ATTEMPT:
		return put_attempt(db, &c->attempt, err);
	case CHANGE_PARTITION:
		return put_partition(db, &c->partition, err);
	case CHANGE_BACKFILL:
		return put_backfill(db, &c->backfill, err);
	case CHANGE_COMMAND:
		return put_command(db, &c->command, err);
	case CHANGE_EVENT:
		return put_event(db, &c->event, err);
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
	code = store_run(s, "BEGIN IMMEDIATE", err);
	for (size_t i = 0; !code && i < n; i++)
		code = put(s->db, &changes[i], err);
	if (!code)
		code = store_run(s, "COMMIT", err);
	if (code) {
		store_rollback(s);
		err_wrap(err, "commit %zu changes", n);
	}
	return code;
}
