/* load.c - what was committed, given to the engine again. */
#include "core/dagfile/dagfile.h"
#include "scheduler/engine/load.h"
#include "scheduler/store/internal.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

static enum err_code
load_def(struct engine *e, const struct def_row *row, struct err *err)
{
	enum err_code code = ERR_NONE;
	struct diags diags;
	struct dag *dag;

	diags_init(&diags);
	dag = dagfile_read(row->file, row->text, strlen(row->text), &diags);
	if (dag) {
		engine_load_def(e, dag);
		dag_unref(dag);
	} else {
		const struct diag *first = diags.count ? &diags.items[0] : NULL;

		code = err_set(err, ERR_INPUT,
			       "dag '%s': a definition that runs are pinned to is no longer"
			       " understood (%s:%u: %s); use the tidemill that accepted it",
			       row->dag, row->file, first ? first->line : 0,
			       first ? first->message : "no reason given");
	}
	diags_release(&diags);
	return code;
}

/* Those that runs are pinned to, and the last good one of every dag. */
static enum err_code
load_defs(struct db *db, struct engine *e, struct err *err)
{
	enum err_code code = ERR_NONE, end;
	struct stmt s;

	stmt_begin(&s, db,
		   "SELECT digest, dag, file, text FROM def WHERE digest IN"
		   " (SELECT digest FROM run UNION SELECT digest FROM dag) ORDER BY rowid");
	while (!code && stmt_row(&s)) {
		const struct def_row row = {
			.digest = stmt_col_text(&s, 0),
			.dag = stmt_col_text(&s, 1),
			.file = stmt_col_text(&s, 2),
			.text = stmt_col_text(&s, 3),
		};

		code = load_def(e, &row, err);
	}
	end = stmt_end(&s, code ? NULL : err);
	return code ? code : end;
}

static enum err_code
load_dags(struct db *db, struct engine *e, struct err *err)
{
	struct stmt s;

	stmt_begin(&s, db,
		   "SELECT dag, digest, present, paused, cursor_us, live_since_us FROM dag"
		   " ORDER BY dag");
	while (stmt_row(&s)) {
		const struct dag_row row = {
			.dag = stmt_col_text(&s, 0),
			.digest = stmt_col_text(&s, 1),
			.present = stmt_col_int(&s, 2) != 0,
			.paused = stmt_col_int(&s, 3) != 0,
			.cursor_us = stmt_col_null(&s, 4) ? INT64_MIN : stmt_col_int(&s, 4),
			.live_since_us = stmt_col_int(&s, 5),
		};

		engine_load_dag(e, &row);
	}
	return stmt_end(&s, err);
}

/* A state name that a CHECK of the schema let in and state.h does not know is a bug. */
static int
known(int value)
{
	assert(value >= 0);
	return value;
}

static enum err_code
load_runs(struct db *db, struct engine *e, struct err *err)
{
	struct stmt s;

	stmt_begin(&s, db,
		   "SELECT key, dag, run_id, type, state, epoch, logical_us, start_us, end_us,"
		   " digest, backfill, created_us, started_us, ended_us, params, waits FROM run"
		   " ORDER BY key");
	while (stmt_row(&s)) {
		const struct run_row row = {
			.key = stmt_col_int(&s, 0),
			.dag = stmt_col_text(&s, 1),
			.run_id = stmt_col_text(&s, 2),
			.type = (enum run_type)known(run_type_of(stmt_col_text(&s, 3))),
			.state = (enum run_state)known(run_state_of(stmt_col_text(&s, 4))),
			.epoch = (int)stmt_col_int(&s, 5),
			.logical_us = stmt_col_int(&s, 6),
			.start_us = stmt_col_int(&s, 7),
			.end_us = stmt_col_int(&s, 8),
			.digest = stmt_col_text(&s, 9),
			.backfill = stmt_col_int(&s, 10),
			.created_us = stmt_col_int(&s, 11),
			.started_us = stmt_col_int(&s, 12),
			.ended_us = stmt_col_int(&s, 13),
			.params = stmt_col_text(&s, 14),
			.waits = stmt_col_text(&s, 15),
		};

		engine_load_run(e, &row);
	}
	return stmt_end(&s, err);
}

static enum err_code
load_tasks(struct db *db, struct engine *e, struct err *err)
{
	struct stmt s;

	stmt_begin(&s, db,
		   "SELECT run, task_index, task, state, tries, failures, losses, next_retry_us,"
		   " since_us, waits FROM task ORDER BY run, task_index");
	while (stmt_row(&s)) {
		const struct task_row row = {
			.run = stmt_col_int(&s, 0),
			.index = (int)stmt_col_int(&s, 1),
			.task = stmt_col_text(&s, 2),
			.state = (enum task_state)known(task_state_of(stmt_col_text(&s, 3))),
			.tries = (int)stmt_col_int(&s, 4),
			.failures = (int)stmt_col_int(&s, 5),
			.losses = (int)stmt_col_int(&s, 6),
			.next_retry_us = stmt_col_int(&s, 7),
			.since_us = stmt_col_int(&s, 8),
			.waits = stmt_col_text(&s, 9),
		};

		engine_load_task(e, &row);
	}
	return stmt_end(&s, err);
}

/* Live ones only: what ended is history that the engine does not need. */
static enum err_code
load_attempts(struct db *db, struct engine *e, struct err *err)
{
	struct stmt s;

	stmt_begin(&s, db,
		   "SELECT key, run, task_index, task, epoch, try_number, state, cancel, token,"
		   " outcome, exit_code, signal, created_us, started_us, ended_us, message,"
		   " result, inputs FROM attempt"
		   " WHERE state IN ('starting', 'running', 'killing', 'publishing') ORDER BY key");
	while (stmt_row(&s)) {
		struct attempt_row row = {
			.key = stmt_col_int(&s, 0),
			.run = stmt_col_int(&s, 1),
			.task_index = (int)stmt_col_int(&s, 2),
			.task = stmt_col_text(&s, 3),
			.epoch = (int)stmt_col_int(&s, 4),
			.try_number = (int)stmt_col_int(&s, 5),
			.state = (enum attempt_state)known(attempt_state_of(stmt_col_text(&s, 6))),
			.cancel = stmt_col_int(&s, 7) != 0,
			.outcome = stmt_col_null(&s, 9) ? -1 : outcome_of(stmt_col_text(&s, 9)),
			.exit_code = (int)stmt_col_int(&s, 10),
			.signal = (int)stmt_col_int(&s, 11),
			.created_us = stmt_col_int(&s, 12),
			.started_us = stmt_col_int(&s, 13),
			.ended_us = stmt_col_int(&s, 14),
			.message = stmt_col_text(&s, 15),
			.result = stmt_col_null(&s, 16) ? NULL : stmt_col_text(&s, 16),
			.inputs = stmt_col_null(&s, 17) ? NULL : stmt_col_text(&s, 17),
		};

		(void)snprintf(row.token, sizeof(row.token), "%s", stmt_col_text(&s, 8));
		engine_load_attempt(e, &row);
	}
	return stmt_end(&s, err);
}

static enum err_code
load_partitions(struct db *db, struct engine *e, struct err *err)
{
	struct stmt s;

	stmt_begin(&s, db,
		   "SELECT dataset, day, version, digest, rows, bytes, partial, run, attempt,"
		   " epoch, published_us, inputs FROM partition ORDER BY dataset, day");
	while (stmt_row(&s)) {
		struct partition_row row = {
			.dataset = stmt_col_text(&s, 0),
			.day = stmt_col_int(&s, 1),
			.version = stmt_col_int(&s, 2),
			.rows = stmt_col_int(&s, 4),
			.bytes = stmt_col_int(&s, 5),
			.partial = stmt_col_int(&s, 6) != 0,
			.run = stmt_col_int(&s, 7),
			.attempt = stmt_col_int(&s, 8),
			.epoch = (int)stmt_col_int(&s, 9),
			.published_us = stmt_col_int(&s, 10),
			.inputs = stmt_col_null(&s, 11) ? NULL : stmt_col_text(&s, 11),
		};

		(void)snprintf(row.digest, sizeof(row.digest), "%s", stmt_col_text(&s, 3));
		engine_load_partition(e, &row);
	}
	return stmt_end(&s, err);
}

static enum err_code
load_backfills(struct db *db, struct engine *e, struct err *err)
{
	struct stmt s;

	stmt_begin(&s, db,
		   "SELECT key, dag, from_us, to_us, CASE reprocess WHEN 'none' THEN 0"
		   " WHEN 'failed' THEN 1 ELSE 2 END, max_active_runs, created_us, runs"
		   " FROM backfill ORDER BY key");
	while (stmt_row(&s)) {
		const struct backfill_row row = {
			.key = stmt_col_int(&s, 0),
			.dag = stmt_col_text(&s, 1),
			.from_us = stmt_col_int(&s, 2),
			.to_us = stmt_col_int(&s, 3),
			.reprocess = (enum reprocess)stmt_col_int(&s, 4),
			.max_active_runs = (int)stmt_col_int(&s, 5),
			.created_us = stmt_col_int(&s, 6),
			.runs = stmt_col_int(&s, 7),
		};

		engine_load_backfill(e, &row);
	}
	return stmt_end(&s, err);
}

/* The engine keeps what it is given, so what is beyond the bound is forgotten on disk too. */
static enum err_code
forget_commands(struct db *db, struct err *err)
{
	struct stmt s;

	stmt_begin(&s, db,
		   "DELETE FROM command WHERE rowid <= (SELECT rowid FROM command"
		   " ORDER BY rowid DESC LIMIT 1 OFFSET ?1)");
	stmt_int(&s, 1, COMMANDS_MAX);
	(void)stmt_row(&s);
	return stmt_end(&s, err);
}

static enum err_code
load_commands(struct db *db, struct engine *e, struct err *err)
{
	enum err_code code;
	struct stmt s;

	code = forget_commands(db, err);
	if (code)
		return code;
	stmt_begin(&s, db, "SELECT key, command, reply, at_us FROM command ORDER BY rowid");
	while (stmt_row(&s)) {
		const struct command_row row = {
			.key = stmt_col_text(&s, 0),
			.command = stmt_col_text(&s, 1),
			.reply = stmt_col_text(&s, 2),
			.at_us = stmt_col_int(&s, 3),
		};

		engine_load_command(e, &row);
	}
	return stmt_end(&s, err);
}

static enum err_code
load_end(struct db *db, struct engine *e, struct err *err)
{
	enum err_code code;
	int64_t last[4] = { 0 };
	struct stmt s;

	stmt_begin(&s, db,
		   "SELECT (SELECT max(key) FROM run), (SELECT max(key) FROM attempt),"
		   " (SELECT max(key) FROM backfill), (SELECT max(seq) FROM event)");
	if (stmt_row(&s)) {
		for (size_t i = 0; i < countof(last); i++)
			last[i] = stmt_col_int(&s, (int)i);
	}
	code = stmt_end(&s, err);
	if (!code)
		engine_load_end(e, last[0], last[1], last[2], last[3]);
	return code;
}

enum err_code
store_load(struct store *s, struct engine *e, struct err *err)
{
	static enum err_code (*const steps[])(struct db *, struct engine *, struct err *) = {
		load_defs,       load_dags,      load_runs,     load_tasks, load_attempts,
		load_partitions, load_backfills, load_commands, load_end,
	};

	for (size_t i = 0; i < countof(steps); i++) {
		enum err_code code = steps[i](s->db, e, err);

		if (code) {
			err_wrap(err, "load '%s'", s->path);
			return code;
		}
	}
	/* All of it was read once; what is needed again is little. */
	db_relax(s->db);
	return ERR_NONE;
}
