/* test_define.c - what the content of a partition depends on, and what it does not. */
#include "core/dagfile/define.h"

#include "core/base/mem.h"
#include "core/dagfile/dagfile.h"
#include "core/op/op.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define HEAD                                                                                   \
	"dag: d\nschedule: '@daily'\nstart_date: 2026-04-01\nparams: {f: {default: boards}}\n" \
	"datasets:\n"                                                                          \
	"  raw: {path: lake/raw, schema: events}\n  ev: {path: lake/ev, schema: events}\n"     \
	"  ru: {path: lake/ru}\n  en: {path: lake/en}\n  ad: {path: lake/ad}\n"                \
	"  out: {path: lake/out, format: csv, columns: {a: int64}}\n"                          \
	"  tenants: {path: t.csv, format: csv, partitioned: false,\n"                          \
	"            columns: {tenant_id: int64, plan: string, active_users: int64}}\n"        \
	"tasks:\n"
#define INGEST                                                                     \
	"  raw: {operator: ingest, from: {path: 'in/{{ ds }}.csv', format: csv}, " \
	"event_time: timestamp, output: raw}\n"
#define DEDUP "  ev: {operator: dedup, input: raw, key: event_id, output: ev}\n"
#define ROLLUP "  ru: {operator: rollup, input: ev, output: ru}\n"
#define SCORE "  en: {operator: score, method: engagement, input: ru, output: en}\n"
#define ADOPTION                                                                    \
	"  ad: {operator: score, method: adoption, input: ru, dimension: tenants, " \
	"feature: '{{ params.f }}', output: ad}\n"
#define COMMAND "  out: {operator: command, run: [make, '{{ ds }}'], inputs: [en], output: out}\n"

static const char base[] = HEAD INGEST DEDUP ROLLUP SCORE ADOPTION COMMAND;

/* The text with `from` replaced, once. */
static char *
edited(const char *text, const char *from, const char *to)
{
	const char *at = strstr(text, from);

	if (!at)
		fail_msg("there is no '%s'", from);
	return mem_format("%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
}

static struct dag *
read_dag(const char *text)
{
	struct diags diags;
	struct dag *dag;

	diags_init(&diags);
	dag = dagfile_read("d.yaml", text, strlen(text), &diags);
	if (!dag)
		fail_msg("%s\n%s", diags.items[0].message, text);
	diags_release(&diags);
	return dag;
}

/* Which columns of the output of `task` two definitions make otherwise; "rows" for all of them. */
static char *
difference(const struct dag *a, const struct dag *b, const char *task)
{
	const struct task *x = &a->tasks[dag_task_find(a, task)];
	const struct task *y = &b->tasks[dag_task_find(b, task)];
	const struct schema *schema = &a->datasets[x->output].schema;
	json_t *one = task_definition(a, x, &a->datasets[x->output]);
	json_t *two = task_definition(b, y, &b->datasets[y->output]);
	struct definition_digests was, is;
	struct buf out;
	char *text;

	buf_init(&out, SIZE_MAX);
	definition_digests(one, schema, &was);
	definition_digests(two, &b->datasets[y->output].schema, &is);
	if (strcmp(was.rows, is.rows) != 0)
		buf_text(&out, "rows ");
	for (size_t i = 0; i < schema->count; i++)
		if (strcmp(was.columns[i], is.columns[i]) != 0)
			buf_format(&out, "%s ", schema->columns[i].name);
	assert_int_equal(strcmp(was.all, is.all) != 0, out.bytes != 0);
	free(was.columns);
	free(is.columns);
	json_decref(one);
	json_decref(two);
	text = buf_give(&out);
	buf_release(&out);
	return text ? text : mem_str("");
}

static const char *const tasks[] = { "raw", "ev", "ru", "en", "ad", "out" };

/* What is said another way, or changes when and how a task runs, leaves every definition alone. */
static void
edits_that_cannot_matter_change_no_definition(void **state)
{
	static const struct {
		const char *from, *to;
	} edits[] = {
		{ "dag: d\n", "dag: d\n# a comment\ndescription: another\nowner: me\n" },
		{ "schedule: '@daily'", "schedule: {cron: '30 4 * * *', partition: day}" },
		{ "start_date: 2026-04-01", "start_date: 2026-03-01\nmax_active_runs: 4" },
		{ "params: {f:", "params: {other: {default: 1}, f:" },
		{ "key: event_id", "key: [event_id]" },
		{ "key: event_id", "keep: first, null_key: quarantine, key: event_id" },
		{ "input: ru, output: en", "output: en, input: ru" },
		{ "input: ru, output: en", "input: ru, window: 7d, round: 4, output: en" },
		{ "input: ru, output: en",
		  "input: ru, formula: code, weights: {users: 0.4}, event_types: '*', output: en" },
		{ "input: ru, output: en",
		  "input: ru, retries: 3, timeout: 1h, memory: 2GiB, priority: 5, output: en" },
		{ "input: ru, output: en", "input: ru, on_fail: warn, missing: allow, output: en" },
		{ "input: ru, output: en",
		  "input: ru, checks: [row_count, {accepted_range: {column: engagement_score, "
		  "min: 0}}], output: en" },
		{ "event_time: timestamp", "event_time: timestamp, max_bad: 5%" },
		{ "format: csv}, event", "format: csv, delimiter: ','}, event" },
		{ "dimension: tenants", "dimension: tenants, window: 30d, min_users: 5" },
		{ "  ev: {path: lake/ev", "  ev: {path: lake/elsewhere" },
		{ "run: [make, '{{ ds }}']", "env: {}, run: [make, '{{ ds }}']" },
	};
	struct dag *before = read_dag(base);

	(void)state;
	for (size_t i = 0; i < countof(edits); i++) {
		char *text = edited(base, edits[i].from, edits[i].to);
		struct dag *after = read_dag(text);

		for (size_t k = 0; k < countof(tasks); k++) {
			char *is = difference(before, after, tasks[k]);

			if (*is)
				fail_msg("%s: '%s' differs: %s", edits[i].to, tasks[k], is);
			free(is);
		}
		dag_unref(after);
		free(text);
	}
	dag_unref(before);
}

/* An edit changes what its key feeds, and nothing else. */
static void
an_edit_changes_the_columns_that_its_key_feeds(void **state)
{
	static const struct {
		const char *task, *from, *to, *want;
	} edits[] = {
		{ "raw", "in/{{ ds }}", "other/{{ ds }}", "rows " },
		{ "raw", "event_time: timestamp", "event_time: timestamp, unknown_keys: fail",
		  "rows " },
		{ "raw", "event_time: timestamp", "event_time: timestamp, received_at: timestamp",
		  "_received_at " },
		{ "raw", "format: csv}, event", "format: csv, delimiter: ';'}, event", "rows " },
		{ "raw", "format: csv}, event", "format: csv, null_values: ['-']}, event",
		  "rows " },
		{ "raw", "output: raw",
		  "checks: [{not_null: {columns: user_id, on_fail: quarantine}}], output: raw",
		  "rows " },
		{ "ev", "key: event_id", "key: [event_id, user_id]", "rows " },
		{ "ev", "key: event_id", "keep: last, key: event_id", "rows " },
		{ "ev", "key: event_id", "order_by: timestamp, key: event_id", "rows " },
		{ "ev", "key: event_id", "null_key: keep, key: event_id", "rows " },
		{ "ev", "ev: {path: lake/ev,", "ev: {path: lake/ev, format: csv,", "rows " },
		{ "ru", "input: ev", "input: raw", "rows " },
		{ "ru", "input: ev", "input: ev, where: user_id > 0", "rows " },
		{ "en", "input: ru, output: en", "input: ru, window: 5d, output: en", "rows " },
		{ "en", "input: ru, output: en", "input: ru, event_types: [view], output: en",
		  "rows " },
		{ "en", "input: ru, output: en", "input: ru, round: 3, output: en",
		  "engagement_score " },
		{ "en", "input: ru, output: en", "input: ru, weights: {users: 0.5}, output: en",
		  "engagement_score " },
		{ "en", "input: ru, output: en", "input: ru, normalize_over: tenant, output: en",
		  "engagement_score norm_max_users norm_max_interactions " },
		{ "en", "input: ru, output: en", "input: ru, days_denominator: 5, output: en",
		  "engagement_score norm_days " },
		{ "ad", "default: boards", "default: search", "rows " },
		{ "ad", "dimension: tenants", "dimension: tenants, min_users: 6",
		  "adopting_tenants adoption_pct plan_rank " },
		{ "ad", "dimension: tenants", "dimension: tenants, rank: dense_rank",
		  "plan_rank " },
		{ "ad", "dimension: tenants", "dimension: tenants, buckets: [10, 60]", "rows " },
		{ "ad", "dimension: tenants", "dimension: tenants, tenant_grain: tenant", "rows " },
		{ "out", "'{{ ds }}'", "'{{ ds }}', more", "rows " },
		{ "out", "'{{ ds }}'", "'{{ ds_nodash }}'", "rows " },
		{ "out", "output: out}", "env: {A: b}, output: out}", "rows " },
		{ "out", "inputs: [en]", "inputs: [{dataset: en, window: 2d}]", "rows " },
		{ "out", "{a: int64}", "{a: float64}", "a " },
	};
	struct dag *before = read_dag(base);

	(void)state;
	for (size_t i = 0; i < countof(edits); i++) {
		char *text = edited(base, edits[i].from, edits[i].to);
		struct dag *after = read_dag(text);

		for (size_t k = 0; k < countof(tasks); k++) {
			char *is = difference(before, after, tasks[k]);
			bool same = strcmp(tasks[k], edits[i].task) != 0;

			if (strcmp(is, same ? "" : edits[i].want) != 0)
				fail_msg("%s: '%s' differs: %s", edits[i].to, tasks[k], is);
			free(is);
		}
		dag_unref(after);
		free(text);
	}
	dag_unref(before);
}

/* Keys that change no content, or are said for every operator under another name. */
static bool
is_elsewhere(const char *key)
{
	static const char *const names[] = {
		"output", "skip_exit_code", "inputs",        "outputs", "shell",     "on_bad_row",
		"dedup",  "max_bad",        "dimension",     "method",  "map",       "at_least",
		"after",  "content",        "deterministic", "state",   "artifacts", NULL
	};

	for (size_t i = 0; names[i]; i++)
		if (strcmp(names[i], key) == 0)
			return true;
	return false;
}

static bool
is_said(const json_t *keys, const char *key)
{
	size_t bytes = strlen(key);
	const char *name;
	json_t *item;

	json_object_foreach((json_t *)(uintptr_t)keys, name,
			    item) if (strncmp(name, key, bytes) == 0 &&
				      (!name[bytes] || strchr(".[", name[bytes]))) return true;
	return false;
}

/* A key that is added to an operator is either in its definition, or named above. */
static void
every_key_of_an_operator_is_said(void **state)
{
	static const char full[] = HEAD INGEST DEDUP
	    "  ru: {operator: rollup, input: ev, output: ru, where: user_id > 0}\n"
	    "  en: {operator: score, method: engagement, output: en, normalize_over: fixed,\n"
	    "       max_users: 5, max_interactions: 6, from: {path: 'in/*', format: csv},\n"
	    "       where: user_id > 0}\n"
	    "  ad: {operator: score, method: adoption, dimension: tenants, feature: f, output: "
	    "ad,\n"
	    "       from: {path: 'in/*', format: csv}, where: user_id > 0}\n" COMMAND;
	struct dag *both[] = { read_dag(base), read_dag(full) };

	(void)state;
	for (size_t t = 0; t < both[0]->n_tasks; t++) {
		const struct op_def *op = both[0]->tasks[t].op;
		json_t *a = task_definition(both[0], &both[0]->tasks[t], both[0]->datasets);
		json_t *b = task_definition(both[1], &both[1]->tasks[t], both[1]->datasets);

		for (size_t i = 0; i < op->n_rows; i++) {
			const struct key *row = &op->rows[i];

			if (row->want != WANT_ELSEWHERE && !is_elsewhere(row->name) &&
			    !is_said(json_object_get(a, "keys"), row->name) &&
			    !is_said(json_object_get(b, "keys"), row->name))
				fail_msg("%s: '%s' is not in its definition", op->label, row->name);
		}
		json_decref(a);
		json_decref(b);
	}
	dag_unref(both[0]);
	dag_unref(both[1]);
}

int
main(void)
{
	const struct CMUnitTest all[] = {
		cmocka_unit_test(edits_that_cannot_matter_change_no_definition),
		cmocka_unit_test(an_edit_changes_the_columns_that_its_key_feeds),
		cmocka_unit_test(every_key_of_an_operator_is_said),
	};

	return cmocka_run_group_tests(all, NULL, NULL);
}
