/* dag.c - the questions about dags. */
#include "core/view/dag.h"

#include "core/base/clock.h"
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
	return dag->has_fires || dag_is_woken(dag) ? json_text_new(dag->schedule_text)
						   : json_null();
}

static json_t *
partition_of(const struct dag *dag)
{
	if (dag->partitioned)
		return json_string(grid_unit_name(dag->grid.unit));
	return dag->has_fires || dag_is_woken(dag) ? json_string("none") : json_null();
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

/* The datasets that make runs of it, and what an update does to one that is there. */
static json_t *
woken_by(const struct dag *dag)
{
	const struct wake_rule *rule = &dag->wakes;
	json_t *object, *names;
	char text[64];

	if (!dag_is_woken(dag))
		return json_null();
	object = json_object();
	names = json_array();
	for (size_t i = 0; i < rule->n; i++)
		(void)json_array_append_new(names, json_text_new(rule->datasets[i].name));
	(void)json_object_set_new(object, rule->any ? "any" : "all", names);
	(void)json_object_set_new(object, "on_update", json_string(rule->rerun ? "rerun" : "keep"));
	duration_format(rule->debounce_us, text, sizeof(text));
	(void)json_object_set_new(object, "debounce",
				  rule->debounce_us ? json_string(text) : json_null());
	return object;
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
	(void)json_object_set_new(row, "woken_by", woken_by(dag));
}

/* "all of a, b; rerun 1m after an update", for free(); NULL: no dataset wakes it. */
static char *
woken_words(const json_t *by)
{
	const json_t *all = json_object_get(by, "all"), *name;
	const json_t *names = all ? all : json_object_get(by, "any");
	const char *debounce = json_get_text(by, "debounce", NULL);
	struct buf text;
	size_t i;

	if (!json_is_object(by))
		return NULL;
	buf_init(&text, SIZE_MAX / 2);
	if (json_array_size(names) > 1)
		buf_text(&text, all ? "all of " : "any of ");
	json_array_foreach(names, i, name)
	{
		buf_format(&text, "%s%s", i ? ", " : "", json_string_value(name));
	}
	if (strcmp(json_get_text(by, "on_update", ""), "rerun") == 0)
		buf_format(&text, "; rerun %s after an update", debounce ? debounce : "right");
	else if (debounce)
		buf_format(&text, "; %s after an update", debounce);
	return buf_give(&text);
}

void
view_timing_words(json_t *row)
{
	char *text = mem_format("%s (implied)", json_get_text(row, "partition", ""));

	if (json_get_bool(row, "partition_implied", false))
		(void)json_object_set_new(row, "partition", json_string(text));
	(void)json_object_del(row, "partition_implied");
	free(text);
	text = woken_words(json_object_get(row, "woken_by"));
	(void)json_object_set_new(row, "woken_by", text ? json_text_new(text) : json_null());
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

/* ---- why there is no run ---- */

static json_t *
no_run(char *text)
{
	json_t *gate = json_object();

	(void)json_object_set_new(gate, "gate", json_string("no_run"));
	(void)json_object_set_new(gate, "text", json_text_new(text));
	free(text);
	return gate;
}

/* The same of one that the schedule makes: until when is not known any more when it was due. */
static json_t *
no_run_until(char *text, const char *until)
{
	json_t *gate = no_run(text);

	(void)json_object_set_new(gate, "until", json_text_new(until));
	return gate;
}

/* The schedule makes the run: when? */
static json_t *
not_yet(const struct dag *dag, int64_t start_us, const char *name)
{
	char ends[TIMESTAMP_CHARS + 1], due[TIMESTAMP_CHARS + 1];
	int64_t due_us = interval_due(dag, start_us);

	if (due_us == INT64_MAX)
		return no_run_until(
		    mem_format("its schedule '%s' never comes again", dag->schedule_text), NULL);
	timestamp_format(interval_end(dag, start_us), ends);
	timestamp_format(due_us, due);
	if (due_us <= clock_wall_us())
		return no_run_until(
		    mem_format("no run was made for %s yet: it was due at %s; the scheduler"
			       " makes it, as far as 'catchup' says",
			       name, due),
		    NULL);
	return no_run_until(mem_format("no run was made for %s yet: it ends at %s, and the schedule"
				       " '%s' makes its run at %s",
				       name, ends, dag->schedule_text, due),
			    due);
}

/* The schedule has nothing to do with an interval. */
static json_t *
not_any_more(const struct dag *dag, int64_t asked_us, const char *name)
{
	return no_run(mem_format("no run was made for %s: %s; start one with `tidemill backfill"
				 " create %s --from-date %s --to-date %s`",
				 name,
				 asked_us < dag->start_us  ? "it lies before start_date"
				 : asked_us >= dag->end_us ? "it lies behind end_date"
							   : "the schedule has passed it",
				 dag->id, name, name));
}

json_t *
view_no_run(const struct dag *dag, const char *id, const char *asked, int64_t asked_us,
	    const char *next)
{
	const char *which = asked ? asked : "", *behind = asked ? " for " : " yet";
	char name[TIMESTAMP_CHARS + 1];
	int64_t cursor_us;

	if (dag && dag_is_woken(dag))
		return no_run(mem_format("no run was made%s%s: no update came for it of what "
					 "makes the runs of dag '%s' (%s)",
					 behind, which, id, dag->schedule_text));
	if (!dag || !dag_is_scheduled(dag) || !timestamp_parse(next, strlen(next), &cursor_us))
		return no_run(mem_format("no run was made%s%s; start one with `tidemill dags "
					 "trigger %s%s%s`",
					 behind, which, id, asked ? " -l " : "", which));
	if (!asked && cursor_us >= dag->end_us)
		return no_run(mem_format("no run was made yet, and the schedule has come to "
					 "end_date; start one with `tidemill dags trigger %s`",
					 id));
	if (!asked)
		asked_us = cursor_us;
	if (!interval_by_ticks(dag))
		grid_instant_text(dag->grid, interval_at(dag, asked_us), name);
	else
		grid_instant_text(dag->grid, asked_us, name);
	if (asked_us < cursor_us || asked_us >= dag->end_us)
		return not_any_more(dag, asked_us, name);
	return not_yet(dag, interval_by_ticks(dag) ? asked_us : interval_at(dag, asked_us), name);
}

/* ---- updates of datasets ---- */

static void
say_update(json_t *row, const struct dag *dag)
{
	const char *date = json_get_text(row, "logical_date", NULL);
	const char *waits = json_get_text(row, "waits", "");
	int64_t n = json_get_int(row, "updates", 0), us;
	char name[TIMESTAMP_CHARS + 1] = "", *text;

	if (date && timestamp_parse(date, strlen(date), &us))
		grid_instant_text(dag->grid, us, name);
	text = mem_format("%lld update%s came for its %srun%s%s: %s", (long long)n,
			  n == 1 ? "" : "s", date ? "" : "next ", date ? " of " : "", name,
			  *waits ? waits : "it waits for its turn");
	(void)json_object_set_new(row, "text", json_text_new(text));
	free(text);
}

enum err_code
view_updates(struct view *v, const struct dag *dag, const char *date, int max, json_t **out,
	     struct err *err)
{
	enum err_code code;
	json_t *row;
	struct stmt s;
	size_t i;

	stmt_begin(&s, v->db, sql_why_updates);
	stmt_text(&s, 1, dag->id);
	stmt_text(&s, 2, date);
	stmt_int(&s, 3, max);
	code = answer_rows(&s, out, err);
	json_array_foreach(code ? NULL : *out, i, row)
	{
		say_update(row, dag);
	}
	return code;
}
