/* dag.c - the questions about dags. */
#include "core/view/dag.h"

#include "core/base/mem.h"
#include "core/model/cursor.h"
#include "core/model/interval.h"
#include "core/op/op.h"
#include "core/time/grid.h"
#include "core/view/answer.h"
#include "core/view/internal.h"
#include "core/view/known.h"
#include "core/view/sql.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static json_t *
schedule_of(const struct dag *dag)
{
	return dag->has_fires ? json_text_new(dag->schedule_text) : json_null();
}

static json_t *
partition_of(const struct dag *dag)
{
	if (dag->partitioned)
		return json_string(grid_unit_name(dag->grid.unit));
	return dag->has_fires ? json_string("none") : json_null();
}

/* The first interval that the dag is responsible for; INT64_MIN: it has none. */
static int64_t
first_us(const struct dag *dag)
{
	int64_t us;

	if (dag->start_us == INT64_MIN || !(dag->partitioned || dag->has_fires))
		return INT64_MIN;
	us = interval_from(dag, dag->start_us);
	return us == INT64_MAX ? INT64_MIN : us;
}

static json_t *
first_of(const struct dag *dag)
{
	char text[TIMESTAMP_CHARS + 1];
	int64_t us = first_us(dag);

	if (us == INT64_MIN)
		return json_null();
	grid_instant_text(dag->grid, us, text);
	return json_string(text);
}

/*
 * Fires before the first interval has ended, and behind the last, are of no consequence.  What is
 * shown is when something is due, so with the delay of `spread`.
 */
static json_t *
next_of(const struct dag *dag, int64_t now_us)
{
	char text[ZONE_TEXT_CHARS + 1];
	int64_t first = first_us(dag), delay_us = dag->schedule.delay_us, us, last;

	if (!dag->has_fires || first == INT64_MIN)
		return json_null();
	us = interval_due(dag, first);
	if (us <= now_us) {
		us = schedule_after(&dag->schedule, now_us - delay_us);
		us = us == INT64_MAX ? us : us + delay_us;
	}
	last = dag->end_us == INT64_MAX ? us : interval_due(dag, interval_at(dag, dag->end_us - 1));
	if (us == INT64_MAX || us > last)
		return json_null();
	zone_format(dag->zone, us, text);
	return json_string(text);
}

/* What `spread` comes to for this dag. */
static json_t *
delay_of(const struct dag *dag)
{
	char text[64];

	if (!dag->schedule.delay_us)
		return json_null();
	duration_format(dag->schedule.delay_us, text, sizeof(text));
	return json_string(text);
}

void
view_timing(json_t *row, const struct dag *dag, int64_t now_us)
{
	bool timed = dag->partitioned || dag->has_fires;

	(void)json_object_set_new(row, "partition", partition_of(dag));
	(void)json_object_set_new(row, "partition_implied", json_boolean(dag->implied));
	(void)json_object_set_new(row, "timezone",
				  timed ? json_string(zone_name(dag->zone)) : json_null());
	(void)json_object_set_new(row, "first", first_of(dag));
	(void)json_object_set_new(row, "delay", delay_of(dag));
	(void)json_object_set_new(row, "next_fire", next_of(dag, now_us));
}

void
view_timing_words(json_t *row)
{
	char *text = mem_format("%s (implied)", json_get_text(row, "partition", ""));

	if (json_get_bool(row, "partition_implied", false))
		(void)json_object_set_new(row, "partition", json_string(text));
	(void)json_object_del(row, "partition_implied");
	free(text);
}

enum err_code
view_dag_outline(struct view *v, json_t *row, struct err *err)
{
	struct dag *dag = NULL;
	enum err_code code;

	code = known_definition(v, json_get_text(row, "dag_digest", ""), &dag, err);
	if (!code)
		(void)json_object_set_new(row, "schedule", dag ? schedule_of(dag) : json_null());
	if (!code)
		known_names(dag, row);
	if (!code && dag) {
		(void)json_object_set_new(row, "owner", json_text_new(dag->owner));
		(void)json_object_set_new(row, "description", json_text_new(dag->description));
	}
	dag_unref(dag);
	return code;
}

enum err_code
view_dags(struct view *v, bool schedules, json_t **out, struct err *err)
{
	enum err_code code;
	json_t *rows = NULL, *row;
	struct stmt s;
	size_t i;

	stmt_begin(&s, v->db, sql_dags);
	code = answer_rows(&s, &rows, err);
	json_array_foreach(rows, i, row)
	{
		if (!code && schedules)
			code = view_dag_outline(v, row, err);
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
	json_t *object = json_object(), *upstream = json_array(), *writes = json_array();

	for (size_t i = 0; i < task->n_upstream; i++)
		(void)json_array_append_new(upstream,
					    json_text_new(dag->tasks[task->upstream[i]].id));
	(void)json_object_set_new(object, "task", json_text_new(task->id));
	(void)json_object_set_new(object, "operator", json_text_new(task->op->label));
	(void)json_object_set_new(object, "trigger_rule",
				  json_text_new(trigger_rule_name(task->rule)));
	(void)json_object_set_new(object, "upstream", upstream);
	for (size_t i = 0; i < task_n_writes(task); i++)
		(void)json_array_append_new(writes, json_text_new(dag_written(dag, task, i)->name));
	(void)json_object_set_new(
	    object, "output",
	    json_incref(task->output < 0 ? json_null() : json_array_get(writes, 0)));
	(void)json_object_set_new(object, "writes", writes);
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
		char date[GRID_TEXT_CHARS + 1];

		grid_text(dag->grid, grid_part(dag->grid, dag->start_us), date);
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
view_dag(struct view *v, const char *dag, int64_t now_us, json_t **out, struct err *err)
{
	struct dag *definition = NULL;
	enum err_code code;
	json_t *row = NULL;
	struct stmt s;

	code = known_dag(v, dag, err);
	if (code)
		return code;
	stmt_begin(&s, v->db, sql_dag);
	stmt_text(&s, 1, dag);
	code = answer_row(&s, &row, err);
	if (code)
		return code;
	code = known_definition(v, json_get_text(row, "dag_digest", ""), &definition, err);
	if (code) {
		json_decref(row);
		return code;
	}
	known_names(definition, row);
	if (definition) {
		view_timing(row, definition, now_us);
		describe(definition, row);
	}
	dag_unref(definition);
	*out = row;
	return ERR_NONE;
}

enum err_code
view_dag_edit(struct view *v, const struct dag *dag, int64_t now_us, char **out, struct err *err)
{
	struct cursor c = { .at_us = INT64_MIN };
	char digest[DIGEST_CHARS + 1] = "";
	struct dag *before = NULL;
	enum err_code code;
	struct buf text;
	struct stmt s;

	*out = NULL;
	stmt_begin(&s, v->db, sql_dag_cursor);
	stmt_text(&s, 1, dag->id);
	if (stmt_row(&s)) {
		(void)snprintf(digest, sizeof(digest), "%s", stmt_col_text(&s, 0));
		if (!stmt_col_null(&s, 1))
			c.at_us = stmt_col_int(&s, 1);
		c.live_since_us = stmt_col_int(&s, 2);
		c.paused = stmt_col_int(&s, 3);
	}
	code = stmt_end(&s, err);
	if (code || !*digest || strcmp(digest, dag->digest) == 0)
		return code;
	code = known_definition(v, digest, &before, err);
	buf_init(&text, EDIT_BYTES_MAX);
	if (!code && cursor_say_edit(&c, before, dag, now_us, &text))
		*out = buf_give(&text);
	buf_release(&text);
	dag_unref(before);
	return code;
}
