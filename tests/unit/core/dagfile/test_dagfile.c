/* test_dagfile.c - DAG files that are right, and every way to get one wrong. */
#include "tests/fixture/dagfile.h"

#include "core/time/civil.h"
#include "core/base/hash.h"
#include "core/check/check.h"
#include "core/check/count.h"
#include "core/check/values.h"
#include "core/check/volume.h"
#include "core/op/adoption.h"
#include "core/op/command.h"
#include "core/op/dedup.h"
#include "core/op/engagement.h"
#include "core/op/ingest.h"
#include "core/op/op.h"
#include "core/op/rollup.h"
#include "core/text/ytree.h"

/* What the operator of a task was asked. */
#define PARAMS(task, type) ((const struct type *)(task)->params)

static struct dag *
read_design(void)
{
	char *text = file_text("tests/data/design5.yaml");
	struct dag *dag = read_good("design5.yaml", text);

	free(text);
	return dag;
}

/* The upstreams of a task as "a b". */
static void
assert_upstream(const struct dag *dag, const char *id, const char *want)
{
	const struct task *t = task_of(dag, id);
	char got[300] = "";
	size_t used = 0;

	for (size_t i = 0; i < t->n_upstream; i++)
		used += (size_t)snprintf(got + used, sizeof(got) - used, "%s%s", i ? " " : "",
					 dag->tasks[t->upstream[i]].id);
	assert_string_equal(want, got);
}

static void
a_whole_file_gives_its_dag(void **state)
{
	struct dag *dag = read_design();
	int64_t day;

	(void)state;
	assert_string_equal("feature_engagement", dag->id);
	assert_string_equal("product-analytics", dag->owner);
	assert_string_equal("30 2 * * *", dag->schedule_text);
	assert_true(dag->has_fires && dag->partitioned);
	assert_true(date_parse("2026-05-01", DATE_CHARS, &day));
	assert_true(dag->start_us == day * DAY_US);
	assert_int_equal(CATCHUP_NONE, dag->catchup);
	assert_int_equal(2, dag->max_active_runs);
	assert_int_equal(6, dag->n_tasks);
	assert_int_equal(7, dag->n_datasets); /* five, and the quarantines of ingest and dedup */
	assert_upstream(dag, "ingest", "");
	assert_upstream(dag, "dedup", "ingest");
	assert_upstream(dag, "gate", "dedup");
	assert_upstream(dag, "engagement", "dedup gate");
	assert_upstream(dag, "adoption", "dedup gate");
	assert_upstream(dag, "notify", "engagement adoption");
	assert_int_equal(3, task_of(dag, "dedup")->n_downstream);
	assert_int_equal(2, task_of(dag, "gate")->n_downstream);
	assert_int_equal(0, task_of(dag, "notify")->n_downstream);
	for (uint32_t i = 0; i < 6; i++)
		assert_int_equal(i, dag->order[i]);
	assert_int_equal(64, strlen(dag->digest));
	dag_unref(dag);
}

static void
a_whole_file_gives_its_tasks(void **state)
{
	struct dag *dag = read_design();
	const struct task *ingest = task_of(dag, "ingest"), *gate = task_of(dag, "gate");
	const struct task *engagement = task_of(dag, "engagement");
	const struct task *adoption = task_of(dag, "adoption"), *notify = task_of(dag, "notify");
	const struct check_volume_change *volume;

	(void)state;
	assert_int_equal(3, ingest->retry.retries);
	assert_true(ingest->retry.delay_us == 30 * SECOND_US &&
		    ingest->retry.max_delay_us == 10 * MINUTE_US && ingest->timeout_us == HOUR_US);
	assert_true(ingest->retry.backoff == 2 && ingest->retry.jitter == 0.5);
	assert_int_equal(FORMAT_JSONL, PARAMS(ingest, op_ingest)->from_format);
	assert_string_equal("landing/{{ ds }}.jsonl.gz", PARAMS(ingest, op_ingest)->from_path);
	assert_string_equal("received_at", PARAMS(ingest, op_ingest)->received_at);
	assert_true(PARAMS(ingest, op_ingest)->max_bad.of == 1 &&
		    ingest->memory_bytes == INT64_C(1) << 30);
	assert_int_equal(OP_QUALITY, gate->op->kind);
	assert_int_equal(-1, gate->output);
	assert_int_equal(3, gate->n_checks);
	volume = gate->checks[2].params;
	assert_true(share_real(volume->warn_drop) == 0.2 && share_real(volume->error_drop) == 0.5);
	assert_int_equal(4, volume->lookback);
	assert_int_equal(100, volume->min_baseline);
	assert_int_equal(1, input_parts(&gate->inputs[0]));
	assert_int_equal(7, input_parts(&engagement->inputs[0]));
	assert_true(PARAMS(engagement, op_engagement)->weight_users == 0.4 &&
		    PARAMS(engagement, op_engagement)->round_digits == 4);
	assert_int_equal(2, adoption->n_inputs);
	assert_int_equal(30, input_parts(&adoption->inputs[0]));
	assert_int_equal(0, input_parts(&adoption->inputs[1]));
	assert_string_equal("tenants", adoption->inputs[1].dataset);
	assert_string_equal("feature_used", PARAMS(adoption, op_adoption)->event_type);
	assert_int_equal(4, PARAMS(adoption, op_adoption)->n_buckets);
	assert_int_equal(2, PARAMS(notify, op_command)->n_argv);
	assert_string_equal("HOOK_URL", notify->env[0].from_env);
	dag_unref(dag);
}

static void
a_whole_file_gives_its_datasets(void **state)
{
	struct dag *dag = read_design();
	const struct dataset *raw = dataset_of(dag, "events_raw"), *d;

	(void)state;
	assert_int_equal(11, raw->schema.count);
	assert_string_equal("_row", raw->schema.columns[10].name);
	assert_int_equal(0, raw->writer);
	d = dataset_of(dag, "events_raw_quarantine");
	assert_ptr_equal(d, &dag->datasets[raw->quarantine]);
	assert_string_equal("lake/events_raw_quarantine", d->path);
	assert_true(schema_equal(&schema_quarantine, &d->schema));
	assert_int_equal(0, d->writer);
	assert_int_equal(FORMAT_PARQUET, raw->format);
	assert_int_equal(FORMAT_JSONL, d->format); /* what a person can open */
	d = dataset_of(dag, "events");
	assert_true(schema_equal(&raw->schema, &d->schema));
	d = dataset_of(dag, "engagement");
	assert_true(schema_equal(&schema_engagement, &d->schema));
	assert_int_equal(-1, d->quarantine);
	d = dataset_of(dag, "tenants");
	assert_int_equal(-1, d->writer);
	assert_false(d->partitioned);
	dag_unref(dag);
}

/* ------------------------------------------------------------ every key and its default */

static const char full_text[] =
    "dag: full\n"
    "schedule: {partition: day}\n"
    "params: {n: {type: int, default: 5}, s: {}}\n"
    "datasets:\n"
    "  raw: {path: ./lake/raw/, format: jsonl, columns: {id: int64, at: timestamp, v: float64}}\n"
    "  clean: {path: lake/clean, format: csv, columns: {id: int64, at: timestamp, v: float64}}\n"
    "  made: {path: /abs/made, format: csv, columns: {x: string, y: int32}}\n"
    "  events: {path: in/events, format: csv, schema: events}\n"
    "  plans: {path: in/plans.csv, format: csv, partitioned: false,\n"
    "          columns: {tenant_id: int64, plan: string, active_users: int64}}\n"
    "  scores: {path: lake/scores, format: csv}\n"
    "  adopted: {path: lake/adopted}\n"
    "  daily: {path: lake/daily}\n"
    "  weekly: {path: lake/weekly, format: jsonl}\n"
    "  direct: {path: lake/direct}\n"
    "  direct2: {path: lake/direct2}\n"
    "tasks:\n"
    "  in:\n"
    "    operator: ingest\n"
    "    from: {path: 'a/{{ ds | format(\"%Y\") }}*.csv', format: csv}\n"
    "    event_time: at\n"
    "    on_bad_row: drop\n"
    "    max_bad: 1%\n"
    "    unknown_keys: fail\n"
    "    output: raw\n"
    "    retries: 2\n"
    "    retry_delay: 5s\n"
    "    backoff: 1.5\n"
    "    max_retry_delay: 1m\n"
    "    jitter: 0\n"
    "    timeout: 90s\n"
    "    pool: default\n"
    "    pool_slots: 3\n"
    "    priority: -4\n"
    "    memory: 512MiB\n"
    "    on_fail: warn\n"
    "  dd: {operator: dedup, input: raw, key: id, keep: last, output: clean, missing: allow,\n"
    "       trigger_rule: all_done, checks: [row_count, not_null: {columns: v, severity: info},\n"
    "       accepted_values: {column: id, values: [1, '2'], on_fail: quarantine}]}\n"
    "  en: {operator: score, method: engagement, input: events, output: scores, formula: text,\n"
    "       users_term: normalized, weights: {users: 1, days: 0}, normalize_over: fixed,\n"
    "       max_users: 10, max_interactions: 20.5, days_denominator: 14, round: 2,\n"
    "       cap_components: true, event_types: [a, b]}\n"
    "  ad: {operator: score, method: adoption, input: events, dimension: plans, output: adopted,\n"
    "       feature: x, window: 1d, event_type: '*', min_users: {share_of_active: 10%},\n"
    "       plans: [free], buckets: [1], include_empty_buckets: true, null_bucket: compat,\n"
    "       rank: dense_rank}\n"
    "  ru: {operator: rollup, input: events, output: daily, memory: 64MiB}\n"
    "  we: {operator: score, method: engagement, input: daily, event_types: [a], output: weekly}\n"
    "  ef: {operator: score, method: engagement, window: 30d, output: direct,\n"
    "       from: {path: 'in/{{ ds_nodash }}-*.parquet', format: parquet, dedup: event_id}}\n"
    "  af: {operator: score, method: adoption, dimension: plans, feature: x, output: direct2,\n"
    "       from: {path: in/all.csv, format: csv, dedup: [id, tenant_id], columns: {id: string,\n"
    "       tenant_id: int64, feature_name: string, event_type: string, timestamp: timestamp,\n"
    "       user_id: string}}}\n"
    "  sh: {operator: command, shell: 'echo {{ params.n }}', output: made, needs: ad,\n"
    "       inputs: [plans, raw, {dataset: clean, window: 7d}, elsewhere],\n"
    "       env: {A: b, C: {from_file: /run/secret}, D: ''}}\n"
    "  q: {operator: quality, dataset: raw_quarantine, on_fail: ignore,\n"
    "      checks: [row_count: {max: 0, severity: warn}, volume_change: {error_drop: 0.9}]}\n";

static void
every_key_of_a_task_is_read(void **state)
{
	struct dag *dag = read_good("full.yaml", full_text);
	const struct task *in = task_of(dag, "in"), *dd = task_of(dag, "dd");
	const struct task *sh = task_of(dag, "sh"), *q = task_of(dag, "q");
	const struct check_row_count *rows;
	const struct check_accepted_values *values;
	const struct check_volume_change *volume;

	(void)state;
	assert_true(dag->partitioned && !dag->has_fires && dag->start_us == INT64_MIN);
	assert_int_equal(PARAM_INT, dag->params[0].type);
	assert_null(dag->params[1].value);
	assert_int_equal(BAD_ROW_DROP, PARAMS(in, op_ingest)->on_bad_row);
	assert_true(share_real(PARAMS(in, op_ingest)->max_bad) == 0.01 &&
		    PARAMS(in, op_ingest)->unknown_keys_fail);
	assert_null(PARAMS(in, op_ingest)->received_at);
	assert_true(in->retry.retries == 2 && in->retry.delay_us == 5 * SECOND_US &&
		    in->retry.backoff == 1.5);
	assert_true(in->retry.max_delay_us == MINUTE_US && in->retry.jitter == 0);
	assert_true(in->timeout_us == 90 * SECOND_US && in->pool_slots == 3 && in->priority == -4);
	assert_true(in->memory_bytes == 512 << 20 && in->on_fail == ON_FAIL_WARN);
	assert_int_equal(KEEP_LAST, PARAMS(dd, op_dedup)->keep);
	assert_int_equal(1, PARAMS(dd, op_dedup)->n_key);
	assert_int_equal(RULE_ALL_DONE, dd->rule);
	assert_true(dd->inputs[0].allow_missing && !in->n_inputs);
	rows = dd->checks[0].params;
	assert_true(rows->rows.min && strcmp(rows->rows.min, "1") == 0 && !rows->rows.max);
	assert_int_equal(SEVERITY_INFO, dd->checks[1].severity);
	values = dd->checks[2].params;
	assert_true(dd->checks[2].quarantine && values->n_values == 2);
	assert_string_equal("1", values->values[0]);
	assert_int_equal(4, sh->n_inputs);
	assert_int_equal(0, input_parts(&sh->inputs[0]));
	assert_int_equal(1, input_parts(&sh->inputs[1]));
	assert_int_equal(7, input_parts(&sh->inputs[2]));
	assert_string_equal("elsewhere", sh->inputs[3].dataset);
	assert_string_equal("/bin/sh", PARAMS(sh, op_command)->argv[0]);
	assert_string_equal("/run/secret", sh->env[1].from_file);
	assert_string_equal("", sh->env[2].value);
	assert_upstream(dag, "sh", "in dd ad");
	assert_upstream(dag, "q", "in");
	assert_int_equal(ON_FAIL_IGNORE, q->on_fail);
	volume = q->checks[1].params;
	assert_true(!volume->warn_drop.of && share_real(volume->error_drop) == 0.9);
	assert_string_equal("lake/raw", dataset_of(dag, "raw")->path);
	assert_int_equal(6, dataset_of(dag, "clean")->schema.count);
	dag_unref(dag);
}

static void
every_key_of_a_score_is_read(void **state)
{
	struct dag *dag = read_good("full.yaml", full_text);
	const struct op_engagement *e = PARAMS(task_of(dag, "en"), op_engagement);
	const struct op_adoption *a = PARAMS(task_of(dag, "ad"), op_adoption);

	(void)state;
	assert_true(e->formula_text && !e->users_raw && e->cap_components);
	assert_true(e->weight_users == 1 && e->weight_interactions == 0.3 && e->weight_days == 0);
	assert_true(e->over == NORMALIZE_FIXED && e->max_users == 10 &&
		    e->max_interactions == 20.5);
	assert_true(e->days_denominator == 14 && e->round_digits == 2 && e->n_event_types == 2);
	assert_int_equal(7, input_parts(&task_of(dag, "en")->inputs[0]));
	assert_string_equal("*", a->event_type);
	assert_true(a->min_users == 5 && share_real(a->min_share) == 0.1 && a->n_plans == 1);
	assert_true(a->n_buckets == 1 && a->include_empty_buckets && a->null_bucket_compat);
	assert_int_equal(RANK_DENSE, a->rank);
	assert_int_equal(1, input_parts(&task_of(dag, "ad")->inputs[0]));
	dag_unref(dag);
}

/* What a task says of its limits counts key by key, the rest is as in the defaults around it. */
static void
limits_are_inherited_key_by_key(void **state)
{
	static const char text[] =
	    "dag: a\n"
	    "defaults: {limits: {memory: 512MiB, open_files: 64}}\n"
	    "tasks:\n"
	    "  plain: {operator: command, run: [x]}\n"
	    "  own: {operator: command, run: [x], memory: 100MiB, limits: {memory: 128MiB,"
	    " cpu_time: 90s, file_size: 2MiB, processes: 7}}\n"
	    "  none: {operator: command, run: [x], limits: {}}\n"
	    "groups:\n"
	    "  g: {defaults: {limits: {open_files: 32}}, tasks: {in: {operator: command, run: "
	    "[x]}}}\n";
	struct dag *dag = read_good("limits.yaml", text);
	const struct task_limits *plain = &task_of(dag, "plain")->limits;
	const struct task_limits *own = &task_of(dag, "own")->limits;
	const struct task_limits *in = &task_of(dag, "g.in")->limits;

	(void)state;
	assert_true(plain->memory_bytes == 512 << 20 && plain->open_files == 64);
	assert_true(!plain->cpu_us && !plain->file_bytes && !plain->processes);
	assert_true(own->memory_bytes == 128 << 20 && own->cpu_us == 90 * SECOND_US &&
		    own->open_files == 64 && own->file_bytes == 2 << 20 && own->processes == 7);
	assert_memory_equal(&task_of(dag, "none")->limits, plain, sizeof(*plain));
	assert_true(in->memory_bytes == 512 << 20 && in->open_files == 32);
	/* An operator leaves room below what its process is held to. */
	assert_true(task_of(dag, "plain")->memory_bytes == 256 << 20);
	assert_true(task_of(dag, "own")->memory_bytes == 100 << 20);
	dag_unref(dag);
}

static void
a_rollup_has_fixed_columns_and_feeds_a_score(void **state)
{
	struct dag *dag = read_good("full.yaml", full_text);
	const struct task *ru = task_of(dag, "ru"), *we = task_of(dag, "we");
	const struct dataset *daily = dataset_of(dag, "daily");

	(void)state;
	assert_int_equal(OP_ROLLUP, ru->op->kind);
	assert_true(ru->n_inputs == 1 && input_parts(&ru->inputs[0]) == 1);
	assert_true(ru->memory_bytes == 64 << 20);
	assert_ptr_equal(daily, &dag->datasets[ru->output]);
	assert_int_equal(FORMAT_PARQUET, daily->format);
	assert_int_equal(-1, daily->quarantine);
	assert_true(schema_equal(&schema_rollup, &daily->schema));
	assert_upstream(dag, "we", "ru");
	assert_int_equal(7, input_parts(&we->inputs[0]));
	assert_null(PARAMS(we, op_engagement)->from.path);
	assert_int_equal(0, PARAMS(we, op_engagement)->from.days);
	dag_unref(dag);
}

static void
a_score_may_read_files_in_place_of_a_dataset(void **state)
{
	struct dag *dag = read_good("full.yaml", full_text);
	const struct task *ef = task_of(dag, "ef"), *af = task_of(dag, "af");
	const struct op_from *e = &PARAMS(ef, op_engagement)->from,
			     *a = &PARAMS(af, op_adoption)->from;

	(void)state;
	assert_int_equal(0, ef->n_inputs);
	assert_string_equal("in/{{ ds_nodash }}-*.parquet", e->path);
	assert_int_equal(FORMAT_PARQUET, e->format);
	assert_true(schema_equal(&schema_events, &e->schema));
	assert_true(e->n_dedup == 1 && e->days == 30);
	assert_string_equal("event_id", e->dedup[0]);
	assert_int_equal(1, af->n_inputs); /* the dimension alone */
	assert_string_equal("plans", af->inputs[0].dataset);
	assert_int_equal(0, input_parts(&af->inputs[0]));
	assert_int_equal(FORMAT_CSV, a->format);
	assert_true(a->n_dedup == 2 && a->days == 30);
	assert_int_equal(6, a->schema.count);
	assert_int_equal(COL_STRING, a->schema.columns[0].type);
	dag_unref(dag);
}

static void
what_is_not_said_has_its_default(void **state)
{
	struct dag *dag = read_good("d.yaml",
				    "dag: d\ntasks:\n  a: {operator: command, run: [x]}\n");
	const struct task *t = task_of(dag, "a");

	(void)state;
	assert_true(!dag->partitioned && !dag->has_fires && dag->max_active_runs == 1);
	assert_string_equal("", dag->description);
	assert_true(t->retry.retries == 0 && t->retry.delay_us == MINUTE_US &&
		    t->retry.backoff == 2);
	assert_true(t->retry.max_delay_us == HOUR_US && t->retry.jitter == 0.5 &&
		    t->timeout_us == 0);
	assert_true(t->pool_slots == 1 && t->priority == 0 && t->output == -1);
	assert_true(t->rule == RULE_ALL_SUCCESS && t->on_fail == ON_FAIL_FAIL);
	dag_unref(dag);
}

/* ------------------------------------------------------------------------- slices */

/* Both are absent, or the same text. */
static bool
same_text(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

static bool
same_bounds(const struct check_bounds *a, const struct check_bounds *b)
{
	return same_text(a->min, b->min) && same_text(a->max, b->max);
}

static bool
same_share(struct share a, struct share b)
{
	return a.of == b.of && a.parts == b.parts;
}

static void
assert_params(const struct check *a, const struct check *b)
{
	if (a->kind == &check_kind_row_count) {
		const struct check_row_count *x = a->params, *y = b->params;

		assert_true(same_bounds(&x->rows, &y->rows));
	} else if (a->kind == &check_kind_accepted_range) {
		const struct check_accepted_range *x = a->params, *y = b->params;

		assert_true(same_bounds(&x->value, &y->value) && x->exclusive == y->exclusive);
	} else if (a->kind == &check_kind_accepted_values) {
		const struct check_accepted_values *x = a->params, *y = b->params;

		assert_int_equal(x->n_values, y->n_values);
		for (size_t k = 0; k < x->n_values; k++)
			assert_string_equal(x->values[k], y->values[k]);
	} else if (a->kind == &check_kind_volume_change) {
		const struct check_volume_change *x = a->params, *y = b->params;

		assert_true(x->baseline == y->baseline && same_share(x->warn_drop, y->warn_drop) &&
			    same_share(x->error_drop, y->error_drop) &&
			    x->min_baseline == y->min_baseline && x->lookback == y->lookback);
	}
}

static void
assert_checks(const struct task *a, const struct task *b)
{
	assert_int_equal(a->n_checks, b->n_checks);
	for (size_t i = 0; i < a->n_checks; i++) {
		struct check x = a->checks[i], y = b->checks[i];

		assert_int_equal(x.n_columns, y.n_columns);
		for (size_t k = 0; k < x.n_columns; k++)
			assert_string_equal(x.columns[k], y.columns[k]);
		assert_true(x.kind == y.kind && x.severity == y.severity &&
			    x.quarantine == y.quarantine);
		assert_params(&x, &y);
	}
}

static void
assert_dataset(const struct dag *a, int32_t at, const struct dag *b, int32_t bt)
{
	const struct dataset *x, *y;

	assert_int_equal(at < 0, bt < 0);
	if (at < 0)
		return;
	x = &a->datasets[at];
	y = &b->datasets[bt];
	assert_string_equal(x->name, y->name);
	assert_string_equal(x->path, y->path);
	assert_true(x->format == y->format && x->partitioned == y->partitioned);
	assert_true(schema_equal(&x->schema, &y->schema));
}

static void
assert_texts(const char *const *a, size_t n, const char *const *b, size_t m)
{
	assert_int_equal(n, m);
	for (size_t i = 0; i < n; i++)
		assert_string_equal(a[i], b[i]);
}

static void
assert_from(const struct op_from *x, const struct op_from *y)
{
	assert_int_equal(!x->path, !y->path);
	if (!x->path)
		return;
	assert_string_equal(x->path, y->path);
	assert_true(x->format == y->format && x->days == y->days);
	assert_true(schema_equal(&x->schema, &y->schema));
	assert_texts(x->dedup, x->n_dedup, y->dedup, y->n_dedup);
}

static void
assert_engagement(const struct op_engagement *x, const struct op_engagement *y)
{
	assert_from(&x->from, &y->from);
	assert_true(x->formula_text == y->formula_text && x->users_raw == y->users_raw);
	assert_true(x->weight_users == y->weight_users &&
		    x->weight_interactions == y->weight_interactions &&
		    x->weight_days == y->weight_days);
	assert_true(x->over == y->over && x->max_users == y->max_users &&
		    x->max_interactions == y->max_interactions);
	assert_true(x->days_denominator == y->days_denominator &&
		    x->cap_components == y->cap_components && x->round_digits == y->round_digits);
	assert_texts(x->event_types, x->n_event_types, y->event_types, y->n_event_types);
}

static void
assert_adoption(const struct op_adoption *x, const struct op_adoption *y)
{
	assert_from(&x->from, &y->from);
	assert_string_equal(x->feature, y->feature);
	assert_string_equal(x->event_type, y->event_type);
	assert_string_equal(x->dimension, y->dimension);
	assert_true(x->min_users == y->min_users && same_share(x->min_share, y->min_share));
	assert_true(x->include_empty_buckets == y->include_empty_buckets &&
		    x->null_bucket_compat == y->null_bucket_compat && x->rank == y->rank);
	assert_texts(x->plans, x->n_plans, y->plans, y->n_plans);
	assert_int_equal(x->n_buckets, y->n_buckets);
	assert_memory_equal(x->buckets, y->buckets, x->n_buckets * sizeof(*x->buckets));
}

static void
assert_operator(const struct task *a, const struct task *b)
{
	assert_ptr_equal(a->op, b->op);
	if (a->op->kind == OP_INGEST) {
		assert_string_equal(PARAMS(a, op_ingest)->from_path,
				    PARAMS(b, op_ingest)->from_path);
		assert_string_equal(PARAMS(a, op_ingest)->event_time,
				    PARAMS(b, op_ingest)->event_time);
		assert_true(
		    PARAMS(a, op_ingest)->from_format == PARAMS(b, op_ingest)->from_format &&
		    PARAMS(a, op_ingest)->on_bad_row == PARAMS(b, op_ingest)->on_bad_row &&
		    same_share(PARAMS(a, op_ingest)->max_bad, PARAMS(b, op_ingest)->max_bad) &&
		    PARAMS(a, op_ingest)->unknown_keys_fail ==
			PARAMS(b, op_ingest)->unknown_keys_fail);
	} else if (a->op->kind == OP_DEDUP) {
		assert_texts(PARAMS(a, op_dedup)->key, PARAMS(a, op_dedup)->n_key,
			     PARAMS(b, op_dedup)->key, PARAMS(b, op_dedup)->n_key);
		assert_int_equal(PARAMS(a, op_dedup)->keep, PARAMS(b, op_dedup)->keep);
	} else if (a->op->kind == OP_ENGAGEMENT) {
		assert_engagement(PARAMS(a, op_engagement), PARAMS(b, op_engagement));
	} else if (a->op->kind == OP_ADOPTION) {
		assert_adoption(PARAMS(a, op_adoption), PARAMS(b, op_adoption));
	}
}

enum { SLICE_ROOM = 1 << 17 };

/* The slice of a task as a string in `out`, which is given back. */
static const char *
slice_of(const struct dag *dag, size_t task, char out[SLICE_ROOM])
{
	struct buf text;

	buf_init(&text, SLICE_ROOM - 1);
	dagfile_slice(dag, task, &text);
	memcpy(out, text.data, text.bytes + 1);
	buf_release(&text);
	return out;
}

/* Of a slice it is of no consequence which keys have no effect in it. */
static struct dag *
read_slice(const char *name, const char *text)
{
	struct diags diags;
	struct dag *dag;

	diags_init(&diags);
	dag = read_bytes(name, text, strlen(text), &diags);
	assert_non_null(dag);
	diags_release(&diags);
	return dag;
}

/* Every slice reads back into its task, and its own slice is itself. */
static void
assert_slices(const struct dag *dag)
{
	for (size_t i = 0; i < dag->n_tasks; i++) {
		const struct task *a = &dag->tasks[i], *b;
		char first[SLICE_ROOM], second[SLICE_ROOM];
		struct dag *again;

		if (!op_is_sliced(a)) {
			assert_string_equal("", slice_of(dag, i, first));
			continue;
		}
		assert_null(strchr(slice_of(dag, i, first), '\n'));
		again = read_slice(a->id, first);
		b = &again->tasks[0];
		assert_int_equal(1, again->n_tasks);
		assert_string_equal(dag->id, again->id);
		assert_string_equal(a->id, b->id);
		assert_operator(a, b);
		assert_checks(a, b);
		assert_dataset(dag, a->output, again, b->output);
		if (a->output >= 0)
			assert_dataset(dag, dag->datasets[a->output].quarantine, again,
				       again->datasets[b->output].quarantine);
		/* What a program is told of its inputs stands in the spec. */
		assert_int_equal(b->n_inputs, a->op->argv ? 0 : a->n_inputs);
		for (size_t k = 0; k < b->n_inputs; k++) {
			assert_string_equal(a->inputs[k].dataset, b->inputs[k].dataset);
			assert_true(input_parts(&a->inputs[k]) == input_parts(&b->inputs[k]) &&
				    a->inputs[k].allow_missing == b->inputs[k].allow_missing);
			assert_dataset(dag, dag_dataset_find(dag, a->inputs[k].dataset), again,
				       dag_dataset_find(again, b->inputs[k].dataset));
		}
		assert_true(a->retry.retries == b->retry.retries &&
			    a->retry.delay_us == b->retry.delay_us &&
			    a->timeout_us == b->timeout_us && a->memory_bytes == b->memory_bytes);
		assert_string_equal(first, slice_of(again, 0, second));
		dag_unref(again);
	}
}

static void
every_slice_reads_back_into_its_task(void **state)
{
	static const char odd[] =
	    "dag: odd\n"
	    "schedule: {partition: day}\n"
	    "defaults: {missing: allow}\n"
	    "datasets:\n"
	    "  out: {path: 'lake/\xc3\xa4\"x', format: csv,\n"
	    "        columns: {\"a\\\\b\": string, 'c \"d\"': int64, t: date}}\n"
	    "  copy: {path: lake/copy, format: csv, columns: {id: int64}}\n"
	    "tasks:\n"
	    "  i: {operator: ingest, from: {path: \"a\\tb\\u2028\\x7f {{ ds }}\", format: csv},\n"
	    "      event_time: t, output: out, checks: [accepted_values: {column: \"a\\\\b\",\n"
	    "      values: ['true', true, 'null', '', \" x \", 007, 1e3, '\\', \"\\u0085\"]}]}\n"
	    "  d: {operator: dedup, input: not_here, key: id, output: copy}\n"
	    "  q: {operator: quality, dataset: not_here, checks: [unique: {columns: [z]}]}\n";
	struct dag *dag = read_design();

	(void)state;
	assert_slices(dag);
	dag_unref(dag);
	dag = read_good("full.yaml", full_text);
	assert_slices(dag);
	dag_unref(dag);
	dag = read_good("odd.yaml", odd);
	assert_slices(dag);
	dag_unref(dag);
}

/* ----------------------------------------------------------------------- mistakes */

static void
names_the_place_of_every_mistake_in_yaml(void **state)
{
	static const struct mistake cases[] = {
		{ "empty", "", "0:0 the file is empty" },
		{ "only a comment", "# x\n", "0:0 the file is empty" },
		{ "a list", "[1]\n", "1:1 a DAG file has to be a map" },
		{ "alias and anchor", HEAD "owner: &x me\ndescription: *x\n" TASK,
		  "2:8 anchors are not allowed\n3:14 aliases are not allowed" },
		{ "alias of alias", "a: &a [x]\nb: &b [*a, *a]\n",
		  "1:1 has no key 'a'\n1:1 needs the key 'dag'\n1:1 needs the key 'tasks'\n"
		  "1:4 anchors\n2:1 has no key 'b'\n2:4 anchors\n2:8 aliases\n2:12 aliases" },
		{ "tag", HEAD "owner: !!str me\n" TASK, "2:8 tags are not allowed" },
		{ "merge key", HEAD "defaults: {<<: {retries: 1}}\n" TASK,
		  "2:12 merge keys are not allowed" },
		{ "duplicate key", HEAD TASK "dag: e\n",
		  "3:1 key 'dag' was given before, in line 1" },
		{ "duplicate task", HEAD "tasks:\n  a: {operator: command, run: [x]}\n  a: {}\n",
		  "4:3 key 'a' was given before, in line 3" },
		{ "second document", HEAD TASK "---\n" HEAD, "3:1 one file holds one document" },
		{ "tab", HEAD "tasks:\n\ta: x\n", "3:1 a tab cannot be indentation => use spaces" },
		{ "tab inside a task", HEAD "tasks:\n  a:\n    run: [x]\n\toperator: command\n",
		  "5:1 a tab cannot be indentation => use spaces" },
		{ "unclosed quote", HEAD "owner: \"me\n",
		  "2:8 the quotes that open here are never closed" },
		{ "unclosed list", HEAD "x: [a, b\ny: c\n",
		  "2:4 the '[' that opens here is never closed" },
		{ "colon in value", HEAD "description: a: b\n" TASK,
		  "2:15 a ':' is not expected here => put a value that contains ': ' in quotes" },
		{ "at sign", HEAD "owner: @me\n",
		  "2:8 a value cannot begin with '@' => in quotes" },
		{ "bad indentation", HEAD "tasks:\n    a:\n        operator: x\n   b: 1\n",
		  "5:4 the indentation does not fit" },
		{ "template without quotes", HEAD "owner: {{ ds }}\n" TASK,
		  "2:9 a key has to be a plain word => in quotes" },
		{ "not UTF-8", HEAD "owner: \xff\n", "2:1 this line is not UTF-8 text" },
		{ "a control character", HEAD "owner: \x01\n",
		  "2:1 this line holds a control character" },
		{ "old truth values", HEAD "owner: yes\ndescription: 'no'\n" TASK,
		  "2:8 'yes' is text here, not a truth value" },
		{ "NUL", HEAD "owner: \"a\\0b\"\n" TASK, "2:8 a NUL character is not allowed" },
	};

	(void)state;
	assert_all(cases, countof(cases));
}

static void
names_every_mistake_at_the_top_level(void **state)
{
	static const struct mistake cases[] = {
		{ "nothing that is needed", "owner: me\n",
		  "1:1 needs the key 'dag'\n1:1 needs the key 'tasks'" },
		{ "unknown key", HEAD "taks: {}\n" TASK,
		  "2:1 a DAG file has no key 'taks' => did you mean 'tasks'?" },
		{ "bad id", "dag: a/b\n" TASK, "1:6 'a/b' cannot name a dag" },
		{ "hidden id", "dag: .a\n" TASK, "1:6 '.a' cannot name a dag" },
		{ "null", "dag:\n" TASK, "1:1 'dag' has no value" },
		{ "wrong types", HEAD "owner: [a]\nmax_active_runs: many\n" TASK,
		  "2:8 'owner' has to be a single value, not a list\n"
		  "3:18 'max_active_runs' has to be a whole number from 1 to 1000" },
		{ "numbers", HEAD "max_active_runs: \"2\"\n" TASK, "2:18 whole number" },
		{ "octal-looking", HEAD "max_active_runs: 010\n" TASK, "2:18 whole number" },
		{ "too many runs", HEAD "max_active_runs: 1001\n" TASK, "2:18 whole number" },
		{ "catchup", HEAD "catchup: true\n" TASK,
		  "2:10 'catchup' has to be none, latest or all, not 'true'" },
		{ "bad cron", HEAD "start_date: 2026-05-01\nschedule: \"0 25 * * *\"\n" TASK,
		  "3:14 25 does not fit the hour field" },
		{ "bad cron without quotes",
		  HEAD "start_date: 2026-05-01\nschedule: 0 2 * * 9\n" TASK,
		  "3:19 9 does not fit the day of week field" },
		{ "bad alias", HEAD "start_date: 2026-05-01\nschedule: '@dialy'\n" TASK,
		  "3:11 '@dialy' is not a known schedule" },
		{ "no partition", HEAD "schedule: {partition: dya}\n" TASK,
		  "2:23 'partition' has to be hour, day, week, month, quarter, year or none, not "
		  "'dya' "
		  "=> did you mean 'day'?" },
		{ "zone", HEAD "schedule: {partition: day, timezone: Europe/Berlim}\n" TASK,
		  "2:38 there is no time zone 'Europe/Berlim', perhaps 'Europe/Berlin'" },
		{ "datasets twice", HEAD "schedule: {datasets: [a, b, a]}\n" TASK,
		  "2:29 dataset 'a' is named twice => leave it out" },
		{ "no start", HEAD "schedule: '@daily'\n" TASK,
		  "2:1 a dag with a cron needs 'start_date'" },
		{ "bad start", HEAD "start_date: 2026-02-30\nschedule: '@daily'\n" TASK,
		  "2:13 'start_date' has to be a date such as 2026-05-01" },
		{ "defaults", HEAD "defaults: {retry_dealy: 5s, retries: -1, jitter: 2}\n" TASK,
		  "2:12 'defaults' has no key 'retry_dealy' => did you mean 'retry_delay'?\n"
		  "2:38 'retries' has to be a whole number from 0 to 100\n"
		  "2:50 'jitter' has to be a number from 0 to 1" },
		{ "durations",
		  HEAD "defaults: {retry_delay: 5, timeout: 0s, max_retry_delay: 8d}\n" TASK,
		  "2:25 'retry_delay' has to be a duration such as 30s\n"
		  "2:37 'timeout' has to be from 1s to 30d\n"
		  "2:58 'max_retry_delay' has to be from 0s to 7d" },
		{ "params",
		  HEAD "params: {a: {type: text}, b: {type: int, default: x}, 'c d': {}}\n" TASK,
		  "2:20 'type' has to be string, int, number, bool or list, not 'text'\n"
		  "2:51 'b' has to be a whole number\n2:55 'c d' cannot name a parameter" },
		{ "param without default",
		  HEAD "start_date: 2026-05-01\nschedule: '@daily'\nparams: {a: {}}\n" TASK,
		  "4:1 parameter 'a' needs a default" },
	};

	(void)state;
	assert_all(cases, countof(cases));
}

static void
names_every_mistake_of_a_schedule(void **state)
{
	static const struct mistake cases[] = {
		{ "end before start",
		  HEAD "start_date: 2026-05-01\nend_date: 2026-04-30\nschedule: '@daily'\n" TASK,
		  "3:11 'end_date' lies before 'start_date'" },
		{ "a list of crons",
		  HEAD "start_date: 2026-05-01\n"
		       "schedule: {cron: ['0 2 * * *', '0 25 * * *', '0 2 31 2 *', 7], "
		       "partition: day}\n" TASK,
		  "3:35 25 does not fit the hour field\n3:47 can never fire\n3:61 this has 1" },
		{ "changes of clocks",
		  HEAD "start_date: 2026-05-01\n"
		       "schedule: {cron: '@daily', dst_gap: later, dst_overlap: secnd}\n" TASK,
		  "3:37 'dst_gap' has to be next, skip or shift, not 'later'\n"
		  "3:57 not 'secnd' => did you mean 'second'?" },
	};

	(void)state;
	assert_all(cases, countof(cases));
}

static void
names_every_mistake_in_a_dataset(void **state)
{
	static const struct mistake cases[] = {
		{ "keys", HEAD "datasets: {a: {format: csv, colums: {x: int64}}}\n" TASK,
		  "2:12 dataset 'a' needs the key 'path'\n"
		  "2:29 dataset 'a' has no key 'colums' => did you mean 'columns'?" },
		{ "formats",
		  HEAD "datasets: {a: {path: x, format: paquet, schema: events},\n"
		       "  b: {path: y, format: cvs, schema: event}}\n" TASK,
		  "2:33 'format' has to be csv, jsonl or parquet, not 'paquet' => did you mean "
		  "'parquet'?\n"
		  "3:24 not 'cvs' => did you mean 'csv'?\n"
		  "3:37 there is no schema 'event' => did you mean 'events'?" },
		{ "column types",
		  HEAD "datasets: {a: {path: x, format: csv,\n"
		       "  columns: {i: int, s: str, t: timestmap, '': int64}}}\n" TASK,
		  "3:16 'int' is not a column type\n3:24 'str' is not a column type\n"
		  "3:32 'timestmap' is not a column type => did you mean 'timestamp'?\n"
		  "3:43 a column's name has 1 to 127 bytes" },
		{ "no format",
		  HEAD "datasets:\n  a: {path: in/x.csv, partitioned: false, schema: events}\n"
		       "  b: {path: in/y.jsonl.zst, partitioned: false, schema: events}\n"
		       "  c: {path: in/z.csv, schema: events}\n"
		       "  d: {path: in/.csv, partitioned: false, schema: events}\n" TASK,
		  "3:13 without 'format' the file of dataset 'a' would be read as parquet => add "
		  "'format: csv'\n"
		  "4:13 of dataset 'b' would be read as parquet => add 'format: jsonl'\n"
		  "6:13 of dataset 'd'" },
		{ "columns of a wrong kind",
		  HEAD DAILY "datasets: {a: {path: x, columns: [b]}, c: {path: y, schema: []}}\n"
			     "tasks: {q: {operator: quality, dataset: a, checks: [row_count]}}\n",
		  "3:34 'columns' has to be a map\n"
		  "3:61 'schema' has to be a single value" },
		{ "both",
		  HEAD "datasets: {a: {path: x, format: csv, schema: events, columns: {b: "
		       "int64}}}\n" TASK,
		  "2:46 a dataset has 'columns' or 'schema', not both" },
	};

	(void)state;
	assert_all(cases, countof(cases));
}

static void
names_every_mistake_in_paths_and_columns(void **state)
{
	static const struct mistake cases[] = {
		{ "paths",
		  HEAD "datasets:\n  a: {path: ../x, format: csv, schema: events}\n"
		       "  b: {path: a//b, format: csv, schema: events}\n"
		       "  c: {path: /, format: csv, schema: events}\n"
		       "  d: {path: lake/.tidemill-lake, format: csv, schema: events}\n" TASK,
		  "3:13 no empty part\n4:13 no empty part\n5:13 of its own\n6:13 kept for the "
		  "program" },
		{ "nested",
		  HEAD "datasets:\n  a: {path: lake/x, format: csv, schema: events}\n"
		       "  b: {path: lake/x/y, format: csv, schema: events}\n"
		       "  c: {path: lake/x-y, format: csv, schema: events}\n"
		       "  d: {path: lake/x/, format: csv, schema: events}\n" TASK,
		  "4:3 the path 'lake/x/y' of dataset 'b' is or lies inside that of dataset 'a'\n"
		  "6:3 the path 'lake/x' of dataset 'd'" },
		{ "no columns",
		  HEAD DAILY "datasets: {a: {path: x, format: csv}}\n"
			     "tasks: {t: {operator: command, run: [x], output: a}}\n",
		  "3:12 dataset 'a' needs 'columns' or 'schema'" },
		{ "truth",
		  HEAD
		  "datasets: {a: {path: x, format: csv, partitioned: yes, schema: events}}\n" TASK,
		  "2:51 'partitioned' has to be true or false" },
		{ "fixed columns",
		  HEAD DAILY
		  "datasets:\n"
		  "  r: {path: in, format: csv, schema: events}\n"
		  "  s: {path: out, format: csv, columns: {x: int64}}\n"
		  "tasks: {t: {operator: score, method: engagement, input: r, output: s}}\n",
		  "5:3 the columns of dataset 's' are fixed => leave 'columns' out" },
		{ "quarantine name",
		  HEAD DAILY "datasets:\n"
			     "  r: {path: in, format: csv, schema: events}\n"
			     "  r_quarantine: {path: x, format: csv, schema: events}\n"
			     "tasks: {t: {operator: ingest, from: {path: a, format: csv},\n"
			     "  event_time: timestamp, output: r}}\n",
		  "5:3 is the name of the quarantine of dataset 'r'" },
		{ "ingest's own columns",
		  HEAD DAILY "datasets:\n"
			     "  r: {path: in, format: csv, columns: {t: date, _row: string}}\n"
			     "tasks: {t: {operator: ingest, from: {path: a, format: csv},\n"
			     "  event_time: t, output: r}}\n",
		  "4:3 column '_row' of dataset 'r' is made by ingest and is a int64" },
	};

	(void)state;
	assert_all(cases, countof(cases));
}

static void
names_every_mistake_in_which_operator_it_is(void **state)
{
	static const struct mistake cases[] = {
		{ "no operator", HEAD "tasks: {a: {run: [x]}}\n",
		  "2:9 task 'a' needs the key 'operator'" },
		{ "operator with a slip of the pen", HEAD "tasks: {a: {operater: command}}\n",
		  "2:9 task 'a' needs the key 'run' or 'shell'\n"
		  "2:13 task 'a' has no key 'operater' => did you mean 'operator'?" },
		/* The words between are the list's: a new operator breaks no test. */
		{ "unknown operator: which there are",
		  HEAD "tasks: {a: {operator: comand, run: [x], anything: 1}}\n",
		  "2:23 'operator' has to be ingest, dedup, rollup, score, sessionize, quality" },
		{ "unknown operator: what it is not, and the nearest",
		  HEAD "tasks: {a: {operator: comand, run: [x], anything: 1}}\n",
		  "2:23 , not 'comand' => did you mean 'command'?" },
		{ "later operator", HEAD "tasks: {a: {operator: sql}}\n",
		  "2:23 operator 'sql' is not supported in this version" },
		{ "score without method", HEAD "tasks: {a: {operator: score}}\n",
		  "2:9 task 'a' needs the key 'method'" },
		{ "unknown method", HEAD "tasks: {a: {operator: score, method: adopted}}\n",
		  "2:38 'method' has to be engagement or adoption" },
	};

	(void)state;
	assert_all(cases, countof(cases));
}

static void
names_every_mistake_in_a_task(void **state)
{
	static const struct mistake cases[] = {
		{ "none", HEAD "tasks: {}\n", "2:1 a dag has 1 to 100000 tasks, this has 0" },
		{ "not a map", HEAD "tasks: [a]\n", "2:8 'tasks' has to be a map" },
		{ "task not a map", HEAD "tasks: {a: command}\n", "2:12 task 'a' has to be a map" },
		{ "unknown key", HEAD "tasks: {a: {operator: command, run: [x], retrys: 1}}\n",
		  "2:42 task 'a' has no key 'retrys' => did you mean 'retries'?" },
		{ "key of another operator",
		  HEAD "tasks: {a: {operator: command, run: [x], keep: first}}\n",
		  "2:42 task 'a' has no key 'keep'" },
		{ "unknown need",
		  HEAD "tasks:\n  extract: {operator: command, run: [x]}\n"
		       "  load: {operator: command, run: [x], needs: [extrct]}\n",
		  "4:47 task 'load' needs 'extrct', which is not a task of this dag => did you "
		  "mean "
		  "'extract'?" },
		{ "need itself", HEAD "tasks: {a: {operator: command, run: [x], needs: a}}\n",
		  "2:49 task 'a' needs itself" },
		{ "needs of a wrong kind",
		  HEAD "tasks: {a: {operator: command, run: [x], needs: {b: c}}}\n",
		  "2:49 each item of 'needs' has to be the name of a task" },
		{ "groups",
		  HEAD "tasks:\n  a: {operator: command, run: [x]}\n"
		       "groups:\n  g:\n    needs: [a, nobody, g.b, g]\n    tasks:\n"
		       "      b: {operator: command, run: [x], needs: [g, h, c]}\n"
		       "    groups:\n      h: {tasks: {c: {operator: command, run: [x]}}}\n"
		       "  e: {needs: a}\n",
		  "6:16 group 'g' needs 'nobody', which is neither a task nor a group\n"
		  "6:24 group 'g' needs 'g.b', and one is inside the other\n"
		  "6:29 group 'g' needs 'g', and one is inside the other\n"
		  "8:48 task 'g.b' needs 'g', and one is inside the other\n"
		  "8:54 task 'g.b' needs 'c', which is not a task\n"
		  "11:3 group 'e' has no tasks" },
		{ "teardowns",
		  HEAD "tasks:\n  a: {operator: command, run: [x], setup: true}\n"
		       "  b: {operator: command, run: [x], needs: a}\n"
		       "  c: {operator: command, run: [x], needs: b, teardown: [a, b, no]}\n"
		       "  d: {operator: command, run: [x], needs: b, teardown: a, trigger_rule: "
		       "always}\n"
		       "  e: {operator: command, run: [x], needs: b, teardown: a, setup: true}\n",
		  "5:60 task 'c' undoes 'b', which is no setup => give that one 'setup: true'\n"
		  "5:63 task 'c' undoes 'no', which is not a task\n"
		  "6:59 task 'd' is a teardown: it runs when\n"
		  "7:46 task 'e' cannot be a setup and a teardown" },
		{ "teardowns without work",
		  HEAD "tasks:\n  a: {operator: command, run: [x], setup: true}\n"
		       "  b: {operator: command, run: [x], teardown: a}\n"
		       "  c: {operator: command, run: [x], needs: b, teardown: true}\n",
		  "4:36 teardown 'b' would run right after its setup" },
	};

	(void)state;
	assert_all(cases, countof(cases));
}

static void
names_every_mistake_around_a_task(void **state)
{
	static const struct mistake cases[] = {
		{ "teardowns without a setup",
		  HEAD "tasks:\n  b: {operator: command, run: [x]}\n"
		       "  c: {operator: command, run: [x], needs: b, teardown: true}\n",
		  "4:46 teardown 'c' has no setup" },
		{ "cycle through groups",
		  HEAD "tasks: {a: {operator: command, run: [x], needs: g}}\n"
		       "groups:\n  g: {needs: h, tasks: {b: {operator: command, run: [x]}}}\n"
		       "  h: {needs: a, tasks: {c: {operator: command, run: [x]}}}\n",
		  "2:9 the tasks wait for each other: a -> h.c -> g.b -> a" },
		{ "names of groups",
		  HEAD "tasks:\n  g: {operator: command, run: [x]}\n"
		       "  g.b: {operator: command, run: [x]}\n"
		       "groups:\n  g: {tasks: {b: {operator: command, run: [x]}}}\n",
		  "6:3 'g' is the name of a task and of a group\n6:15 two tasks are called 'g.b'" },
		{ "cycle",
		  HEAD "tasks:\n  z: {operator: command, run: [x]}\n"
		       "  a: {operator: command, run: [x], needs: [z, c]}\n"
		       "  b: {operator: command, run: [x], needs: [a]}\n"
		       "  c: {operator: command, run: [x], needs: [b]}\n",
		  "4:3 the tasks wait for each other: a -> b -> c -> a" },
		{ "rules",
		  HEAD "tasks:\n  a: {operator: command, run: [x], trigger_rule: one_filed}\n"
		       "  b: {operator: command, run: [x], trigger_rule: all_doen}\n",
		  "3:50 'one_filed' is no trigger rule => did you mean 'one_failed'?\n"
		  "4:50 'all_doen' is no trigger rule => did you mean 'all_done'?" },
		{ "on_exit",
		  HEAD "tasks:\n  a: {operator: command, run: [x], needs: e}\n"
		       "  b: {operator: command, run: [x, \"{{ run.state }}\"]}\n"
		       "on_exit:\n  e: {operator: command, run: [x], setup: true}\n"
		       "  f: {operator: command, run: [x], needs: b}\n",
		  "3:3 task 'a' waits for 'e', which runs when all else has ended => put it under "
		  "on_exit, too\n"
		  "4:35 'run': the run has no state before all its tasks have ended => put the "
		  "task under on_exit\n"
		  "6:3 task 'e' of on_exit cannot be a setup or a teardown => leave it out\n"
		  "7:3 task 'f' of on_exit waits for 'b', which is not of on_exit => leave that "
		  "out: it runs after all of them anyway" },
		{ "past without intervals",
		  HEAD "tasks:\n  a: {operator: command, run: [x]}\n"
		       "  b: {operator: command, run: [x], wait_for_downstream: true}\n",
		  "4:3 task 'b' depends on the run of the interval before, and dag 'd' has no "
		  "intervals => give the dag a schedule, or leave depends_on_past out" },
		{ "memory",
		  HEAD "tasks:\n  a: {operator: command, run: [x], memory: 1GB}\n"
		       "  b: {operator: command, run: [x], memory: 63MiB}\n"
		       "  c: {operator: command, run: [x], memory: 64MiB}\n"
		       "  d: {operator: command, run: [x], memory: 1TiB}\n"
		       "  e: {operator: command, run: [x], memory: 1025GiB}\n"
		       "  f: {operator: command, run: [x], memory: 1073741824}\n",
		  "3:44 'memory' has to be a size such as 512MiB or 2GiB, from 64MiB to 1024GiB\n"
		  "4:44 'memory' has to be\n7:44 'memory' has to be\n8:44 'memory' has to be" },
	};

	(void)state;
	assert_all(cases, countof(cases));
}

static void
names_every_mistake_in_environment_and_templates(void **state)
{
	static const struct mistake cases[] = {
		{ "environment",
		  HEAD "tasks: {a: {operator: command, run: [x], env: {TIDEMILL_X: a,\n"
		       "  1A: b, C: {}, D: {from_env: a, from_file: b}, E: [x]}}}\n",
		  "2:48 names that begin with TIDEMILL_\n3:3 '1A' cannot name\n"
		  "3:10 'C' needs a text, or one of from_env, from_file and "
		  "from_command\n3:17 'D' needs a text\n"
		  "3:52 'E' has to be a single value, not a list" },
		{ "templates",
		  HEAD "params: {feature: {}}\ntasks:\n"
		       "  a: {operator: command, run: [x, '{{ dss }}', \"a {{ ds\"]}\n"
		       "  b: {operator: command, shell: 'echo {{ params.featur }}'}\n"
		       "  c: {operator: command, shell: \"\\t{{ dss }}\"}\n"
		       "  d: {operator: command, env: {A: '{{ nope }}'}, run: [b]}\n  e:\n    "
		       "operator: command\n    shell: a {{ds | x}}\n",
		  "4:39 'run': there is no template variable 'dss' => did you mean 'ds'?\n"
		  "4:51 'run': this '{{' has no '}}'\n"
		  "5:42 'shell': 'featur' is not a parameter of this dag => did you mean "
		  "'feature'?\n"
		  "6:39 'shell': there is no template variable 'dss'\n"
		  "7:39 'A': there is no template variable 'nope'\n10:21 'shell': expected a "
		  "filter" },
	};

	(void)state;
	assert_all(cases, countof(cases));
}

/* ------------------------------------------------------------------------- limits */

/* Read what `out` holds and see whether it is accepted. */
static void
assert_accepted(const struct buf *out, bool want, const char *what, const char *message)
{
	struct diags diags;
	struct dag *dag;

	assert_false(out->full);
	diags_init(&diags);
	dag = read_bytes("limit.yaml", out->data, out->bytes, &diags);
	if ((dag != NULL) != want)
		fail_msg("%s: %s", what, diags.count ? diags.items[0].message : "accepted");
	if (!want && !strstr(diags.items[0].message, message))
		fail_msg("%s: %s", what, diags.items[0].message);
	dag_unref(dag);
	diags_release(&diags);
}

static void
bytes_are_bounded_at_their_limit(void **state)
{
	struct buf out;

	(void)state;
	for (int past = 0; past < 2; past++) {
		buf_init(&out, DAG_FILE_BYTES_MAX + 1);
		buf_text(&out, HEAD TASK "#");
		while (out.bytes < (size_t)DAG_FILE_BYTES_MAX + (size_t)past)
			buf_char(&out, 'x');
		assert_accepted(&out, !past, "file size", "at most 67108864 are allowed");
		buf_release(&out);
	}
}

static void
tasks_are_bounded_at_their_limit(void **state)
{
	struct buf out;

	(void)state;
	for (int past = 0; past < 2; past++) {
		buf_init(&out, DAG_FILE_BYTES_MAX);
		buf_text(&out, HEAD "tasks:\n");
		for (int i = 0; i < DAG_TASKS_MAX + past; i++)
			buf_format(&out, " t%d: {operator: command, run: [a]}\n", i);
		assert_accepted(&out, !past, "tasks",
				"a dag has 1 to 100000 tasks, this has 100001");
		buf_release(&out);
	}
}

static void
datasets_are_bounded_at_their_limit(void **state)
{
	struct buf out;

	(void)state;
	for (int past = 0; past < 2; past++) {
		buf_init(&out, DAG_FILE_BYTES_MAX);
		buf_text(&out, HEAD TASK "datasets:\n");
		for (int i = 0; i < DAG_DATASETS_MAX + past; i++)
			buf_format(&out, " d%d: {path: p/%d, format: csv, schema: events}\n", i, i);
		assert_accepted(&out, !past, "datasets", "at most 1000 datasets, this has 1001");
		buf_release(&out);
	}
}

static void
columns_are_bounded_at_their_limit(void **state)
{
	struct buf out;

	(void)state;
	for (int past = 0; past < 2; past++) {
		buf_init(&out, DAG_FILE_BYTES_MAX);
		buf_text(&out, HEAD TASK "datasets:\n d:\n  path: p\n  format: csv\n  columns:\n");
		for (int i = 0; i < DAG_COLUMNS_MAX + past; i++)
			buf_format(&out, "   c%d: int64\n", i);
		assert_accepted(&out, !past, "columns", "1 to 1000 columns");
		buf_release(&out);
	}
}

static void
checks_are_bounded_at_their_limit(void **state)
{
	struct buf out;

	(void)state;
	for (int past = 0; past < 2; past++) {
		buf_init(&out, DAG_FILE_BYTES_MAX);
		buf_text(&out,
			 HEAD DAILY RAW "tasks: {q: {operator: quality, dataset: r, checks: [");
		for (int i = 0; i < DAG_CHECKS_MAX + past; i++)
			buf_text(&out, "row_count,");
		buf_text(&out, "]}}\n");
		assert_accepted(&out, !past, "checks", "1 to 100 checks");
		buf_release(&out);
	}
}

static void
depth_is_bounded_at_its_limit(void **state)
{
	struct buf out;

	(void)state;
	/* The file and `owner` are read before the type is refused: depth shows in the message. */
	for (int past = 0; past < 2; past++) {
		buf_init(&out, 4096);
		buf_text(&out, HEAD TASK "owner: ");
		for (int i = 0; i < YTREE_DEPTH_MAX - 1 + past; i++)
			buf_char(&out, '[');
		for (int i = 0; i < YTREE_DEPTH_MAX - 1 + past; i++)
			buf_char(&out, ']');
		assert_accepted(&out, false, "depth",
				past ? "nested too deep" : "has to be a single value");
		buf_release(&out);
	}
}

static void
nodes_are_bounded_at_their_limit(void **state)
{
	struct buf out;

	(void)state;
	for (int past = 0; past < 2; past++) {
		/* 14 nodes stand around the items: HEAD, TASK, the key and the list itself. */
		buf_init(&out, DAG_FILE_BYTES_MAX);
		buf_text(&out, HEAD TASK "x: [");
		for (int i = 0; i < YTREE_NODES_MAX - 14 + past; i++)
			buf_text(&out, "a,");
		buf_text(&out, "]\n");
		assert_accepted(&out, false, "nodes", past ? "too many values" : "no key 'x'");
		buf_release(&out);
	}
}

static void
a_scalar_is_bounded_at_its_limit(void **state)
{
	struct buf out;

	(void)state;
	for (int past = 0; past < 2; past++) {
		buf_init(&out, DAG_FILE_BYTES_MAX);
		buf_text(&out, HEAD TASK "description: ");
		for (int i = 0; i < YTREE_SCALAR_BYTES_MAX + past; i++)
			buf_char(&out, 'a');
		assert_accepted(&out, !past, "scalar", "too long");
		buf_release(&out);
	}
}

static void
names_are_bounded_at_their_limit(void **state)
{
	struct buf out;

	(void)state;
	for (int past = 0; past < 2; past++) {
		buf_init(&out, 4096);
		buf_text(&out, TASK "dag: ");
		for (int i = 0; i < NAME_MAX_BYTES + past; i++)
			buf_char(&out, 'a');
		assert_accepted(&out, !past, "name", "at most 127 characters");
		buf_release(&out);
	}
}

/* A definition that would not fit into the messages to its worker is refused at load. */
static void
refuses_a_task_whose_slice_is_too_long(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, DAG_FILE_BYTES_MAX);
	buf_text(&out, HEAD DAILY RAW "tasks: {q: {operator: quality, dataset: r, checks: [\n"
				      "  accepted_values: {column: event_type, values: [\n");
	for (int i = 0; i < 40000; i++)
		buf_format(&out, "v%d,\n", i);
	buf_text(&out, "]}]}}\n");
	assert_accepted(&out, false, "slice", "needs too long a definition");
	buf_release(&out);
}

/* Reading what was cut off anywhere never crashes and never gives half a dag. */
static void
a_file_cut_off_anywhere_gives_no_half_dag(void **state)
{
	(void)state;
	for (size_t n = 0; n < sizeof(full_text) - 1; n++) {
		struct diags diags;
		struct dag *dag;

		diags_init(&diags);
		dag = read_bytes("cut.yaml", full_text, n, &diags);
		assert_int_equal(dag == NULL, diags.errors > 0);
		dag_unref(dag);
		diags_release(&diags);
	}
}

/* Change a text in one place: cut a few bytes, put in a word that means something. */
static void
mutate(const char *text, size_t bytes, uint64_t *seed, struct buf *out)
{
	static const char *const words[] = { "",       "{",        "}",      "[",        "]",
					     ":",      "\n",       "- ",     "'",        "\"",
					     "~",      "*x",       "&x ",    "{{ ds }}", "-1",
					     "true",   "\xc3\xa4", "#",      "|",        "7d",
					     "events", "input",    "output", "needs" };
	size_t at = random_next(seed) % bytes, cut = random_next(seed) % 3;

	buf_reset(out);
	buf_add(out, text, at);
	buf_text(out, words[random_next(seed) % countof(words)]);
	at = at + cut < bytes ? at + cut : bytes;
	buf_add(out, text + at, bytes - at);
}

/* Whatever a mistyped file becomes, it is refused or whole: then its slices are right too. */
static void
a_mistyped_file_is_refused_or_whole(void **state)
{
	size_t good = 0;
	uint64_t seed = 11;
	struct buf out;

	(void)state;
	buf_init(&out, DAG_FILE_BYTES_MAX);
	for (int i = 0; i < 2000; i++) {
		struct diags diags;
		struct dag *dag;

		mutate(full_text, sizeof(full_text) - 1, &seed, &out);
		diags_init(&diags);
		dag = read_bytes("mutated.yaml", out.data, out.bytes, &diags);
		assert_int_equal(dag == NULL, diags.errors > 0);
		if (dag)
			assert_slices(dag);
		good += dag != NULL;
		dag_unref(dag);
		diags_release(&diags);
	}
	assert_true(good > 100);
	buf_release(&out);
}

/* ------------------------------------------------------------------------- groups */

static const char grouped[] =
    "dag: d\n"
    "datasets: {d: {path: lake/d, schema: events, partitioned: false, format: csv}}\n"
    "defaults: {retries: 1, missing: allow}\n"
    "tasks:\n"
    "  extract: {operator: command, run: [x]}\n"
    "  tell: {operator: command, run: [x], needs: load}\n"
    "  part: {operator: command, run: [x], needs: load.check}\n"
    "groups:\n"
    "  load:\n"
    "    needs: extract\n"
    "    defaults: {retries: 2, retry_delay: 5s}\n"
    "    tasks:\n"
    "      a: {operator: command, run: [x]}\n"
    "      b: {operator: command, run: [x], needs: a}\n"
    "      c: {operator: command, run: [x], needs: [a, check]}\n"
    "    groups:\n"
    "      check:\n"
    "        defaults: {retries: 3}\n"
    "        needs: b\n"
    "        tasks:\n"
    "          x: {operator: quality, dataset: d, checks: [row_count: {min: 1}]}\n"
    "          y: {operator: command, run: [x], needs: x}\n"
    "          z: {operator: command, run: [x], retries: 0}\n"
    "  after:\n"
    "    needs: [load, load.a]\n"
    "    tasks: {x: {operator: command, run: [x]}}\n";

/* The upstreams of a task, with blanks between. */
static const char *
upstreams(const struct dag *dag, const char *id, char out[200])
{
	const struct task *t = task_of(dag, id);
	size_t n = 0;

	out[0] = '\0';
	for (size_t i = 0; i < t->n_upstream; i++)
		n += (size_t)snprintf(out + n, 200 - n, "%s%s", i ? " " : "",
				      dag->tasks[t->upstream[i]].id);
	return out;
}

static void
a_group_is_its_first_and_its_last_tasks(void **state)
{
	static const char *const edges[][2] = {
		{ "extract", "" },
		{ "tell", "load.c" },
		{ "part", "load.check.y load.check.z" },
		{ "load.a", "extract" },
		{ "load.b", "load.a" },
		{ "load.c", "load.a load.check.y load.check.z" },
		{ "load.check.x", "load.b" },
		{ "load.check.y", "load.check.x" },
		{ "load.check.z", "load.b" },
		{ "after.x", "load.a load.c" },
	};
	struct dag *dag = read_good("d.yaml", grouped);
	int load = dag_group_find(dag, "load"), check = dag_group_find(dag, "load.check");
	char text[200];

	(void)state;
	assert_int_equal(countof(edges), dag->n_tasks);
	for (size_t i = 0; i < countof(edges); i++)
		assert_string_equal(edges[i][1], upstreams(dag, edges[i][0], text));
	assert_int_equal(3, dag->n_groups);
	assert_int_equal(-1, dag_group_find(dag, "check"));
	assert_true(load == 0 && dag->groups[load].first == 3 && dag->groups[load].count == 6);
	assert_true(check == 1 && dag->groups[check].first == 6 && dag->groups[check].count == 3);
	assert_true(dag->groups[load].parent == -1 && dag->groups[check].parent == load);
	assert_int_equal(check, task_of(dag, "load.check.z")->group);
	assert_int_equal(-1, task_of(dag, "tell")->group);
	assert_true(dag_group_has(dag, load, 8) && !dag_group_has(dag, load, 9));
	dag_unref(dag);
}

static void
defaults_of_a_group_hold_inside_it(void **state)
{
	struct dag *dag = read_good("d.yaml", grouped);
	char slice[SLICE_ROOM];

	(void)state;
	assert_int_equal(1, task_of(dag, "tell")->retry.retries);
	assert_int_equal(2, task_of(dag, "load.a")->retry.retries);
	assert_int_equal(3, task_of(dag, "load.check.x")->retry.retries);
	assert_int_equal(0, task_of(dag, "load.check.z")->retry.retries);
	assert_int_equal(5 * SECOND_US, task_of(dag, "load.check.z")->retry.delay_us);
	assert_int_equal(1, task_of(dag, "after.x")->retry.retries);
	(void)slice_of(dag, (size_t)dag_task_find(dag, "load.check.x"), slice);
	assert_non_null(strstr(slice, "\"defaults\":{\"missing\":\"allow\",\"retry_delay\":\"5s\","
				      "\"retries\":3}"));
	assert_non_null(strstr(slice, "\"tasks\":{\"load.check.x\":{"));
	dag_unref(dag);
}

static void
setups_are_awaited_until_they_are_torn_down(void **state)
{
	static const char text[] =
	    "dag: d\n"
	    "tasks:\n"
	    "  make: {operator: command, run: [x], setup: true}\n"
	    "  work: {operator: command, run: [x], needs: make}\n"
	    "  more: {operator: command, run: [x], needs: work, trigger_rule: all_done}\n"
	    "  undo: {operator: command, run: [x], needs: more, teardown: make}\n"
	    "  other: {operator: command, run: [x], needs: [make, more], teardown: true,\n"
	    "          on_fail: fail}\n"
	    "  behind: {operator: command, run: [x], needs: undo, trigger_rule: one_done}\n"
	    "  tell: {operator: command, run: [x], needs: g}\n"
	    "groups:\n"
	    "  g:\n"
	    "    tasks:\n"
	    "      s: {operator: command, run: [x], setup: true}\n"
	    "      w: {operator: command, run: [x], needs: s}\n"
	    "      t: {operator: command, run: [x], needs: w, teardown: s}\n";
	struct dag *dag = read_good("d.yaml", text);
	char out[200];

	(void)state;
	assert_string_equal("make work", upstreams(dag, "more", out));
	assert_string_equal("make more", upstreams(dag, "undo", out));
	assert_string_equal("undo", upstreams(dag, "behind", out));
	assert_string_equal("g.w", upstreams(dag, "tell", out));
	assert_true(task_of(dag, "make")->setup && !task_of(dag, "undo")->setup);
	assert_true(task_is_teardown(task_of(dag, "g.t")));
	assert_int_equal(ON_FAIL_WARN, task_of(dag, "undo")->on_fail);
	assert_int_equal(ON_FAIL_FAIL, task_of(dag, "other")->on_fail);
	dag_unref(dag);
}

static void
what_is_of_on_exit_comes_last_and_stands_apart(void **state)
{
	static const char text[] =
	    "dag: d\n"
	    "on_exit:\n"
	    "  tell: {operator: command, run: [x, \"{{ run.state }}\"],\n"
	    "         when: run.state = 'failed' and tasks.work.state <> 'skipped'}\n"
	    "  after: {operator: command, run: [x], needs: tell}\n"
	    "tasks:\n"
	    "  work: {operator: command, run: [x]}\n"
	    "groups: {g: {tasks: {more: {operator: command, run: [x], needs: work}}}}\n";
	struct dag *dag = read_good("d.yaml", text);
	char out[200];

	(void)state;
	assert_int_equal(2, dag->n_exits);
	assert_string_equal("tell", dag->tasks[2].id);
	assert_true(dag->tasks[2].on_exit && dag->tasks[3].on_exit && !dag->tasks[1].on_exit);
	assert_true(task_outlives(&dag->tasks[2]));
	assert_string_equal("tell", upstreams(dag, "after", out));
	assert_string_equal("", upstreams(dag, "tell", out));
	dag_unref(dag);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_whole_file_gives_its_dag),
		cmocka_unit_test(a_whole_file_gives_its_tasks),
		cmocka_unit_test(a_whole_file_gives_its_datasets),
		cmocka_unit_test(every_key_of_a_task_is_read),
		cmocka_unit_test(what_is_of_on_exit_comes_last_and_stands_apart),
		cmocka_unit_test(every_key_of_a_score_is_read),
		cmocka_unit_test(limits_are_inherited_key_by_key),
		cmocka_unit_test(a_rollup_has_fixed_columns_and_feeds_a_score),
		cmocka_unit_test(a_score_may_read_files_in_place_of_a_dataset),
		cmocka_unit_test(what_is_not_said_has_its_default),
		cmocka_unit_test(every_slice_reads_back_into_its_task),
		cmocka_unit_test(names_the_place_of_every_mistake_in_yaml),
		cmocka_unit_test(names_every_mistake_at_the_top_level),
		cmocka_unit_test(names_every_mistake_of_a_schedule),
		cmocka_unit_test(names_every_mistake_in_a_dataset),
		cmocka_unit_test(names_every_mistake_in_paths_and_columns),
		cmocka_unit_test(names_every_mistake_in_which_operator_it_is),
		cmocka_unit_test(names_every_mistake_in_a_task),
		cmocka_unit_test(names_every_mistake_around_a_task),
		cmocka_unit_test(names_every_mistake_in_environment_and_templates),
		cmocka_unit_test(bytes_are_bounded_at_their_limit),
		cmocka_unit_test(tasks_are_bounded_at_their_limit),
		cmocka_unit_test(datasets_are_bounded_at_their_limit),
		cmocka_unit_test(columns_are_bounded_at_their_limit),
		cmocka_unit_test(checks_are_bounded_at_their_limit),
		cmocka_unit_test(depth_is_bounded_at_its_limit),
		cmocka_unit_test(nodes_are_bounded_at_their_limit),
		cmocka_unit_test(a_scalar_is_bounded_at_its_limit),
		cmocka_unit_test(names_are_bounded_at_their_limit),
		cmocka_unit_test(refuses_a_task_whose_slice_is_too_long),
		cmocka_unit_test(a_file_cut_off_anywhere_gives_no_half_dag),
		cmocka_unit_test(a_mistyped_file_is_refused_or_whole),
		cmocka_unit_test(a_group_is_its_first_and_its_last_tasks),
		cmocka_unit_test(defaults_of_a_group_hold_inside_it),
		cmocka_unit_test(setups_are_awaited_until_they_are_torn_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
