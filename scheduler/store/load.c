/* load.c - what was committed, given to the engine again. */
#include "scheduler/store/load.h"

#include "core/dagfile/dagfile.h"
#include "scheduler/engine/load.h"
#include "scheduler/store/internal.h"
#include "scheduler/store/sql.h"

#include <string.h>

/* One that this version does not understand holds back its own runs and nothing else. */
static enum err_code
give_def(struct engine *e, const void *at, struct err *err)
{
	const struct def_row *row = at;
	struct diags diags;
	struct dag *dag;

	(void)err;
	diags_init(&diags);
	dag = dagfile_read(row->file, row->text, strlen(row->text), &diags);
	if (!dag)
		dag = dag_unread(row->dag, row->file, row->text, row->digest);
	engine_load_def(e, dag);
	dag_unref(dag);
	diags_release(&diags);
	return ERR_NONE;
}

/* Give a row of each other kind: nothing can go wrong. */
#define GIVE(table)                                                                           \
	static enum err_code give_##table(struct engine *e, const void *row, struct err *err) \
	{                                                                                     \
		(void)err;                                                                    \
		engine_load_##table(e, row);                                                  \
		return ERR_NONE;                                                              \
	}
GIVE(dag)
GIVE(run)
GIVE(task)
GIVE(group)
GIVE(attempt)
GIVE(partition)
GIVE(dataset_event)
GIVE(backfill)
GIVE(clock)
GIVE(limits)
GIVE(start)

struct step {
	enum stored_table table;
	const char *sql;
	enum err_code (*give)(struct engine *e, const void *row, struct err *err);
};

/* clang-format off */
static const struct step steps[] = {
	{ TABLE_def,       sql_load_defs,       give_def },
	{ TABLE_dag,       sql_load_dags,       give_dag },
	{ TABLE_run,       sql_load_runs,       give_run },
	{ TABLE_run,       sql_load_past,       give_run },
	{ TABLE_task,      sql_load_tasks,      give_task },
	{ TABLE_task_group, sql_load_groups,   give_group },
	{ TABLE_attempt,   sql_load_attempts,   give_attempt },
	{ TABLE_partition, sql_load_partitions, give_partition },
	{ TABLE_dataset_event, sql_load_dataset_events, give_dataset_event },
	{ TABLE_backfill,  sql_load_backfills,  give_backfill },
	{ TABLE_clock,     sql_load_clock,      give_clock },
	{ TABLE_limits,    sql_load_limits,     give_limits },
	{ TABLE_attempt,   sql_load_starts,     give_start },
};
/* clang-format on */

static enum err_code
load_rows(struct db *db, struct engine *e, const struct step *step, struct err *err)
{
	enum err_code code = ERR_NONE, end;
	struct columns_plan plan;
	struct stmt s;

	stmt_begin(&s, db, step->sql);
	columns_plan(&plan, &s, step->table);
	while (!code && stmt_row(&s)) {
		struct change row = { 0 }; /* room for a row of any kind */

		columns_read(&plan, &s, &row.run);
		code = step->give(e, &row.run, err);
	}
	end = stmt_end(&s, code ? NULL : err);
	return code ? code : end;
}

static enum err_code
forget_commands(struct db *db, struct err *err)
{
	struct stmt s;

	stmt_begin(&s, db, sql_forget_commands);
	stmt_int(&s, 1, COMMANDS_MAX);
	(void)stmt_row(&s);
	return stmt_end(&s, err);
}

static enum err_code
load_last(struct db *db, struct engine *e, struct err *err)
{
	enum err_code code;
	int64_t last[5] = { 0 };
	struct stmt s;

	stmt_begin(&s, db, sql_load_last);
	if (stmt_row(&s)) {
		for (size_t i = 0; i < countof(last); i++)
			last[i] = stmt_col_int(&s, (int)i);
	}
	code = stmt_end(&s, err);
	if (!code)
		engine_load_end(e, last[0], last[1], last[2], last[3], last[4]);
	return code;
}

enum err_code
store_load(struct store *s, struct engine *e, struct err *err)
{
	enum err_code code = forget_commands(s->db, err);

	for (size_t i = 0; !code && i < countof(steps); i++)
		code = load_rows(s->db, e, &steps[i], err);
	if (!code)
		code = load_last(s->db, e, err);
	if (code) {
		err_wrap(err, "load '%s'", s->path);
		return code;
	}
	/* All of it was read once; what is needed again is little. */
	db_relax(s->db);
	return ERR_NONE;
}
