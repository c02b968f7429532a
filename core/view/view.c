/* view.c - opening, and the questions about dags and runs. */
#include "core/view/view.h"

#include "core/op/op.h"
#include "core/time/civil.h"
#include "core/dagfile/dagfile.h"
#include "core/base/mem.h"
#include "core/view/internal.h"

#include <stdlib.h>
#include <string.h>

/* ---- opening ---- */

static enum err_code
check_schema(struct db *db, const char *path, struct err *err)
{
	enum err_code code;
	int64_t schema = 0;
	struct stmt s;

	stmt_begin(&s, db, "PRAGMA user_version");
	if (stmt_row(&s))
		schema = stmt_col_int(&s, 0);
	code = stmt_end(&s, err);
	if (code)
		return code;
	if (schema == 0)
		return err_set(err, ERR_NOT_FOUND, "nothing has run here yet: '%s' is empty", path);
	if (schema > DB_SCHEMA)
		return err_set(err, ERR_INPUT,
			       "'%s' was written by a newer tidemill (schema %lld, this one knows"
			       " up to %d); use that one",
			       path, (long long)schema, DB_SCHEMA);
	return ERR_NONE;
}

enum err_code
view_open(struct view **out, const char *project_dir, struct err *err)
{
	char *path = mem_format("%s/.tidemill/state.db", project_dir);
	enum err_code code;
	struct db *db = NULL;

	code = db_open_reader(&db, path, err);
	if (code == ERR_NOT_FOUND)
		code = err_set(err, code, "nothing has run here yet: '%s' does not exist", path);
	if (!code)
		code = check_schema(db, path, err);
	free(path);
	if (code) {
		db_close(db);
		return code;
	}
	*out = mem_new(1, sizeof(**out));
	(*out)->db = db;
	(*out)->project_dir = mem_str(project_dir);
	return ERR_NONE;
}

void
view_close(struct view *v)
{
	if (!v)
		return;
	db_close(v->db);
	free(v->project_dir);
	free(v);
}

enum err_code
view_begin(struct view *v, struct err *err)
{
	return db_exec(v->db, "BEGIN", err);
}

void
view_end(struct view *v)
{
	/* It read only: there is nothing that could fail to be kept. */
	if (db_exec(v->db, "COMMIT", NULL))
		return;
}

/* ---- rows to JSON ---- */

static json_t *
parsed(const char *text)
{
	json_t *value = NULL;

	if (json_read(&value, text, strlen(text), "a stored value", NULL))
		return json_text_new(text);
	return value;
}

static json_t *
value_of(const struct stmt *s, int at, const char *kind)
{
	switch (stmt_col_type(s, at)) {
	case DB_NULL:
		return json_null();
	case DB_INT:
		if (strcmp(kind, ":bool") == 0)
			return json_boolean(stmt_col_int(s, at) != 0);
		return json_integer(stmt_col_int(s, at));
	case DB_REAL:
		return json_real(stmt_col_real(s, at));
	case DB_TEXT:
		break;
	}
	if (strcmp(kind, ":json") == 0)
		return parsed(stmt_col_text(s, at));
	return json_text_new(stmt_col_text(s, at));
}

static json_t *
object_of(const struct stmt *s)
{
	json_t *object = json_object();

	for (int i = 0; i < stmt_columns(s); i++) {
		const char *name = stmt_col_name(s, i);
		const char *kind = strchr(name, ':');
		char *key = kind ? mem_bytes(name, (size_t)(kind - name)) : mem_str(name);

		(void)json_object_set_new(object, key, value_of(s, i, kind ? kind : ""));
		free(key);
	}
	return object;
}

enum err_code
view_rows(struct stmt *s, json_t **out, struct err *err)
{
	json_t *rows = json_array();
	enum err_code code;

	while (json_array_size(rows) < VIEW_ROWS_MAX && stmt_row(s))
		(void)json_array_append_new(rows, object_of(s));
	code = stmt_end(s, err);
	if (code)
		json_decref(rows);
	else
		*out = rows;
	return code;
}

enum err_code
view_row(struct stmt *s, json_t **out, struct err *err)
{
	json_t *row = stmt_row(s) ? object_of(s) : NULL;
	enum err_code code = stmt_end(s, err);

	if (code)
		json_decref(row);
	else
		*out = row;
	return code;
}

int64_t
view_limit(int limit)
{
	return limit > 0 && limit < VIEW_ROWS_MAX ? limit : VIEW_ROWS_MAX;
}

/* ---- dags ---- */

enum err_code
view_know_dag(struct view *v, const char *dag, struct err *err)
{
	enum err_code code;
	bool known;
	struct stmt s;

	stmt_begin(&s, v->db, "SELECT 1 FROM dag WHERE dag = ?1");
	stmt_text(&s, 1, dag);
	known = stmt_row(&s);
	code = stmt_end(&s, err);
	if (!code && !known)
		code = err_set(err, ERR_NOT_FOUND, "no scheduler has seen a dag '%s' here", dag);
	return code;
}

enum err_code
view_definition(struct view *v, const char *digest, struct dag **out, struct err *err)
{
	enum err_code code;
	struct dag *dag = NULL;
	struct stmt s;

	stmt_begin(&s, v->db, "SELECT file, text FROM def WHERE digest = ?1");
	stmt_text(&s, 1, digest);
	if (stmt_row(&s)) {
		const char *text = stmt_col_text(&s, 1);
		struct diags diags;

		diags_init(&diags);
		dag = dagfile_read(stmt_col_text(&s, 0), text, strlen(text), &diags);
		diags_release(&diags);
	}
	code = stmt_end(&s, err);
	if (code)
		dag_unref(dag);
	else
		*out = dag;
	return code;
}

static json_t *
schedule_of(const struct dag *dag)
{
	return dag->has_cron ? json_text_new(dag->cron_text) : json_null();
}

/* Add `schedule` to a row that has `digest`; null when it cannot be known. */
static enum err_code
add_schedule(struct view *v, json_t *row, struct err *err)
{
	struct dag *dag = NULL;
	enum err_code code;

	code = view_definition(v, json_get_text(row, "dag_digest", ""), &dag, err);
	if (!code)
		(void)json_object_set_new(row, "schedule", dag ? schedule_of(dag) : json_null());
	dag_unref(dag);
	return code;
}

#define DAG_QUERY                                                                               \
	"SELECT d.dag, d.file, d.digest AS dag_digest, d.paused AS 'paused:bool',"              \
	" d.present AS 'present:bool',"                                                         \
	" (SELECT count(*) FROM run a WHERE a.dag = d.dag"                                      \
	" AND a.state IN ('queued', 'running')) AS active_runs,"                                \
	" l.run_id AS last_run_id, l.state AS last_state, l.logical_date AS last_logical_date," \
	" d.next_partition FROM v_dag d LEFT JOIN v_run l ON l.key ="                           \
	" (SELECT key FROM run WHERE dag = d.dag ORDER BY logical_us DESC LIMIT 1)"

enum err_code
view_dags(struct view *v, bool schedules, json_t **out, struct err *err)
{
	enum err_code code;
	json_t *rows = NULL, *row;
	struct stmt s;
	size_t i;

	stmt_begin(&s, v->db, DAG_QUERY " ORDER BY d.dag");
	code = view_rows(&s, &rows, err);
	json_array_foreach(rows, i, row)
	{
		if (!code && schedules)
			code = add_schedule(v, row, err);
	}
	if (code)
		json_decref(rows);
	else
		*out = rows;
	return code;
}

static json_t *
describe_task(const struct dag *dag, const struct task *task)
{
	json_t *object = json_object(), *upstream = json_array();

	for (size_t i = 0; i < task->n_upstream; i++)
		(void)json_array_append_new(upstream,
					    json_text_new(dag->tasks[task->upstream[i]].id));
	(void)json_object_set_new(object, "task", json_text_new(task->id));
	(void)json_object_set_new(object, "operator", json_text_new(task->op->label));
	(void)json_object_set_new(object, "trigger_rule",
				  json_text_new(trigger_rule_name(task->rule)));
	(void)json_object_set_new(object, "upstream", upstream);
	(void)json_object_set_new(
	    object, "output",
	    task->output < 0 ? json_null() : json_text_new(dag->datasets[task->output].name));
	return object;
}

static void
describe(const struct dag *dag, json_t *into)
{
	static const char *const catchups[] = {
		[CATCHUP_NONE] = "none",
		[CATCHUP_LATEST] = "latest",
		[CATCHUP_ALL] = "all",
	};
	json_t *tasks = json_array(), *datasets = json_array(), *start = json_null();

	for (size_t i = 0; i < dag->n_tasks; i++)
		(void)json_array_append_new(tasks, describe_task(dag, &dag->tasks[i]));
	for (size_t i = 0; i < dag->n_datasets; i++)
		(void)json_array_append_new(datasets, json_text_new(dag->datasets[i].name));
	if (dag->start_us != INT64_MIN) {
		char date[DATE_CHARS + 1];

		date_format(civil_day_of(dag->start_us), date);
		start = json_text_new(date);
	}
	(void)json_object_set_new(into, "schedule", schedule_of(dag));
	(void)json_object_set_new(into, "start_date", start);
	(void)json_object_set_new(into, "catchup", json_text_new(catchups[dag->catchup]));
	(void)json_object_set_new(into, "max_active_runs", json_integer(dag->max_active_runs));
	(void)json_object_set_new(into, "description", json_text_new(dag->description));
	(void)json_object_set_new(into, "owner", json_text_new(dag->owner));
	(void)json_object_set_new(into, "datasets", datasets);
	(void)json_object_set_new(into, "tasks", tasks);
}

enum err_code
view_dag(struct view *v, const char *dag, json_t **out, struct err *err)
{
	struct dag *definition = NULL;
	enum err_code code;
	json_t *row = NULL;
	struct stmt s;

	code = view_know_dag(v, dag, err);
	if (code)
		return code;
	stmt_begin(&s, v->db, DAG_QUERY " WHERE d.dag = ?1");
	stmt_text(&s, 1, dag);
	code = view_row(&s, &row, err);
	if (code)
		return code;
	code = view_definition(v, json_get_text(row, "dag_digest", ""), &definition, err);
	if (code) {
		json_decref(row);
		return code;
	}
	if (definition)
		describe(definition, row);
	dag_unref(definition);
	*out = row;
	return ERR_NONE;
}

/* ---- runs ---- */

#define RUN_COLUMNS                                                                          \
	" v.key, v.dag, v.run_id, v.type, v.state, v.epoch, v.logical_date, "                \
	"v.data_interval_start,"                                                             \
	" v.data_interval_end, v.created_at, v.started_at, v.ended_at, v.waits, v.backfill," \
	" v.params AS 'params:json', v.dag_digest,"                                          \
	" (SELECT json_group_object(state, n) FROM (SELECT state, count(*) AS n FROM task"   \
	" WHERE run = r.key GROUP BY state)) AS 'tasks:json'"
#define RUN_FROM " FROM run r JOIN v_run v ON v.key = r.key"
#define RUN_ORDER " ORDER BY r.logical_us DESC, r.key DESC"

enum err_code
view_runs(struct view *v, const struct run_filter *filter, json_t **out, struct err *err)
{
	struct stmt s;

	/* Two texts, so that a dag's runs are found by its index. */
	if (filter->dag)
		stmt_begin(&s, v->db,
			   "SELECT" RUN_COLUMNS RUN_FROM
			   " WHERE r.dag = ?1 AND (?2 IS NULL OR r.state = ?2)"
			   " AND (?3 IS NULL OR r.backfill = ?3)" RUN_ORDER " LIMIT ?4");
	else
		stmt_begin(&s, v->db,
			   "SELECT" RUN_COLUMNS RUN_FROM
			   " WHERE ?1 IS NULL AND (?2 IS NULL OR r.state = ?2)"
			   " AND (?3 IS NULL OR r.backfill = ?3)" RUN_ORDER " LIMIT ?4");
	stmt_text(&s, 1, filter->dag);
	stmt_text(&s, 2, filter->state);
	if (filter->backfill)
		stmt_int(&s, 3, filter->backfill);
	stmt_int(&s, 4, view_limit(filter->limit));
	return view_rows(&s, out, err);
}

enum err_code
view_run(struct view *v, const char *dag, const char *run, json_t **out, struct err *err)
{
	json_t *row = NULL;
	enum err_code code;
	int64_t logical_us;
	struct stmt s;

	code = view_know_dag(v, dag, err);
	if (code)
		return code;
	stmt_begin(&s, v->db,
		   "SELECT" RUN_COLUMNS RUN_FROM
		   " WHERE r.dag = ?1 AND (?2 IS NULL OR r.run_id = ?2 OR r.logical_us = ?3)"
		   " ORDER BY r.run_id = ?2 DESC, r.logical_us DESC LIMIT 1");
	stmt_text(&s, 1, dag);
	stmt_text(&s, 2, run);
	if (run && timestamp_parse(run, strlen(run), &logical_us))
		stmt_int(&s, 3, logical_us);
	code = view_row(&s, &row, err);
	if (!code && !row)
		code = run ? err_set(err, ERR_NOT_FOUND, "dag '%s' has no run '%s'", dag, run)
			   : err_set(err, ERR_NOT_FOUND, "dag '%s' has no run yet", dag);
	if (!code)
		*out = row;
	return code;
}

enum err_code
view_grid(struct view *v, const char *dag, int limit, json_t **out, struct err *err)
{
	enum err_code code;
	struct stmt s;

	code = view_know_dag(v, dag, err);
	if (code)
		return code;
	stmt_begin(&s, v->db,
		   "SELECT" RUN_COLUMNS ", (SELECT json_group_array(json_object('task', task,"
		   " 'state', state, 'tries', tries)) FROM (SELECT task, state, tries FROM task"
		   " WHERE run = r.key ORDER BY task_index)) AS 'cells:json'" RUN_FROM
		   " WHERE r.dag = ?1" RUN_ORDER " LIMIT ?2");
	stmt_text(&s, 1, dag);
	stmt_int(&s, 2, view_limit(limit));
	return view_rows(&s, out, err);
}

enum err_code
view_tasks(struct view *v, int64_t run, json_t **out, struct err *err)
{
	struct stmt s;

	stmt_begin(&s, v->db,
		   "SELECT task, state, tries, failures, losses, next_retry_at, since, waits"
		   " FROM v_task WHERE run = ?1 ORDER BY task_index");
	stmt_int(&s, 1, run);
	return view_rows(&s, out, err);
}

#define ATTEMPT_QUERY                                                                          \
	"SELECT key, run, dag, run_id, logical_date, task, epoch, try_number, state, outcome," \
	" exit_code, signal, created_at, started_at, ended_at, message,"                       \
	" result AS 'result:json', inputs AS 'inputs:json' FROM v_attempt"

enum err_code
view_attempts(struct view *v, int64_t run, const char *task, json_t **out, struct err *err)
{
	struct stmt s;

	stmt_begin(&s, v->db,
		   ATTEMPT_QUERY " WHERE run = ?1 AND (?2 IS NULL OR task = ?2) ORDER BY key");
	stmt_int(&s, 1, run);
	stmt_text(&s, 2, task);
	return view_rows(&s, out, err);
}

enum err_code
view_attempt(struct view *v, int64_t key, json_t **out, struct err *err)
{
	json_t *row = NULL;
	enum err_code code;
	struct stmt s;

	stmt_begin(&s, v->db, ATTEMPT_QUERY " WHERE key = ?1");
	stmt_int(&s, 1, key);
	code = view_row(&s, &row, err);
	if (!code && !row)
		return err_set(err, ERR_NOT_FOUND, "there is no attempt %lld", (long long)key);
	if (!code)
		*out = row;
	return code;
}

enum err_code
view_backfills(struct view *v, json_t **out, struct err *err)
{
	struct stmt s;

	stmt_begin(&s, v->db,
		   "SELECT key, dag, from_date, to_date, reprocess, max_active_runs, created_at,"
		   " runs FROM v_backfill ORDER BY key DESC");
	return view_rows(&s, out, err);
}
