/* test_dispatch.c - scheduler/daemon/dispatch.c: what a worker is told about its attempt. */
#include "scheduler/daemon/dispatch.h"

#include "core/wire/attempt.h"
#include "core/time/civil.h"
#include "core/dagfile/dagfile.h"
#include "core/base/mem.h"
#include "scheduler/engine/look.h"
#include "scheduler/publish/outputs.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { DAY = 20574 }; /* 2026-05-01 */

/* Stands in for the engine: one attempt, and the live partitions. */
struct engine {
	struct attempt_info info;
	const struct partition_row *partitions;
	struct live_partition live[8]; /* of the same */
	size_t n_partitions;
};

bool
engine_attempt(const struct engine *e, int64_t attempt, struct attempt_info *out)
{
	if (attempt != e->info.key)
		return false;
	*out = e->info;
	return true;
}

const struct live_partition *
engine_partition(const struct engine *e, const char *dataset, int64_t day)
{
	for (size_t i = 0; i < e->n_partitions; i++) {
		const struct partition_row *row = &e->partitions[i];

		if (strcmp(row->dataset, dataset) == 0 && row->part == day)
			return &e->live[i];
	}
	return NULL;
}

static void
put_partitions(struct engine *e, const struct partition_row *rows, size_t n)
{
	assert_true(n <= countof(e->live));
	e->partitions = rows;
	e->n_partitions = n;
	for (size_t i = 0; i < n; i++)
		e->live[i] = (struct live_partition){ .version = rows[i].version,
						      .rows = rows[i].rows };
}

/* ---- a project of two dags ---- */

static const char pipeline[] =
    "dag: pipeline\n"
    "schedule: \"30 2 * * *\"\n"
    "start_date: 2026-04-01\n"
    "params:\n"
    "  feature: {type: string, default: roadmaps}\n"
    "  floor: {type: int, default: 5}\n"
    "  ratio: {type: number, default: 0.5}\n"
    "  deep: {type: bool, default: false}\n"
    "datasets:\n"
    "  raw: {path: lake/raw, format: csv, schema: events}\n"
    "  events: {path: /abs/events, format: jsonl, schema: events}\n"
    "  adoption: {path: lake/adoption, format: csv}\n"
    "tasks:\n"
    "  ingest:\n"
    "    operator: ingest\n"
    "    from: {path: \"landing/{{ ds }}.jsonl\", format: jsonl}\n"
    "    event_time: timestamp\n"
    "    output: raw\n"
    "  dedup:\n"
    "    operator: dedup\n"
    "    input: raw\n"
    "    key: [event_id]\n"
    "    output: events\n"
    "    checks:\n"
    "      - volume_change: {baseline: same_weekday, error_drop: 50%}\n"
    "  gate:\n"
    "    operator: quality\n"
    "    dataset: events\n"
    "    checks:\n"
    "      - volume_change: {baseline: previous, warn_drop: 20%}\n"
    "  adoption:\n"
    "    operator: score\n"
    "    method: adoption\n"
    "    input: events\n"
    "    window: 3d\n"
    "    dimension: tenants\n"
    "    feature: \"{{ params.feature }}\"\n"
    "    output: adoption\n"
    "  notify:\n"
    "    operator: command\n"
    "    needs: [adoption]\n"
    "    run: [\"./notify.sh\", \"{{ ds }}\", \"{{ params.feature }} {{ params.floor }}\",\n"
    "          \"{{ params.ratio }} {{ params.deep }} try {{ try_number }}\"]\n"
    "    env: {WHEN: \"{{ data_interval_end }}\", HOOK: {from_env: HOOK_URL}}\n";

static const char tenants[] =
    "dag: reference\n"
    "schedule: \"@daily\"\n"
    "start_date: 2026-04-01\n"
    "datasets:\n"
    "  tenants: {path: reference/tenants.csv, format: csv, partitioned: false,\n"
    "            columns: {tenant_id: int64, plan: string, active_users: int64}}\n"
    "tasks:\n"
    "  hello: {operator: command, run: [\"true\"]}\n";

struct fixture {
	struct dag *dags[2];
	struct project project;
	struct engine engine;
	struct pinned_input pins[8];
	struct action action;
};

static struct dag *
read_dag(const char *name, const char *text)
{
	struct diags diags;
	struct dag *dag;

	diags_init(&diags);
	dag = dagfile_read(name, text, strlen(text), &diags);
	if (!dag)
		fail_msg("%s:%u: %s", diags.items[0].file, diags.items[0].line,
			 diags.items[0].message);
	diags_release(&diags);
	return dag;
}

static int
setup(void **state)
{
	struct fixture *f = mem_new(1, sizeof(*f));

	f->dags[0] = read_dag("dags/pipeline.yaml", pipeline);
	f->dags[1] = read_dag("dags/reference.yaml", tenants);
	f->project = (struct project){ .dir = mem_str("/p"), .dags = f->dags, .n_dags = 2 };
	f->engine.info = (struct attempt_info){
		.key = 17,
		.run = 3,
		.token = "0123456789abcdef0123456789abcdef",
		.try_number = 2,
		.epoch = 4,
		.dag = f->dags[0],
		.run_id = "backfill__2026-05-01",
		.params = "{}",
		.run_type = RUN_BACKFILL,
		.logical_us = DAY * DAY_US,
		.start_us = DAY * DAY_US,
		.end_us = (DAY + 1) * DAY_US,
	};
	f->action = (struct action){ .kind = ACTION_LAUNCH, .attempt = 17, .inputs = f->pins };
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	dag_unref(f->dags[0]);
	dag_unref(f->dags[1]);
	free(f->project.dir);
	free(f);
	return 0;
}

static void
choose(struct fixture *f, const char *task)
{
	f->engine.info.task_index = dag_task_find(f->dags[0], task);
	assert_true(f->engine.info.task_index >= 0);
	f->engine.info.task = &f->dags[0]->tasks[f->engine.info.task_index];
}

static struct spec
spec_of(struct fixture *f, const char *task)
{
	struct spec spec;
	struct err err;

	choose(f, task);
	if (launch_spec(&f->engine, &f->project, &f->action, &spec, &err))
		fail_msg("%s: %s", task, err.msg);
	return spec;
}

/* ---- */

static void
the_spec_says_who_and_when(void **state)
{
	struct buf slice;
	struct fixture *f = *state;
	struct spec s;

	f->action.partial = true;
	s = spec_of(f, "ingest");
	assert_int_equal(s.attempt, 17);
	assert_string_equal(s.token, "0123456789abcdef0123456789abcdef");
	assert_string_equal(s.project_dir, "/p");
	assert_string_equal(s.dag, "pipeline");
	assert_string_equal(s.task, "ingest");
	assert_string_equal(s.run_id, "backfill__2026-05-01");
	assert_string_equal(s.dag_digest, f->dags[0]->digest);
	assert_int_equal(s.run_type, RUN_BACKFILL);
	assert_int_equal(s.epoch, 4);
	assert_int_equal(s.try_number, 2);
	assert_true(s.start_us == DAY * DAY_US && s.end_us == (DAY + 1) * DAY_US);
	assert_true(s.partial);
	buf_init(&slice, SPEC_BYTES_MAX);
	dagfile_slice(f->dags[0], 0, &slice);
	assert_string_equal(s.slice, slice.data);
	buf_release(&slice);
	assert_true(s.memory_bytes == f->dags[0]->tasks[0].memory_bytes);
	assert_null(s.argv);
	assert_int_equal(s.n_history, 0);
	spec_release(&s);
}

static void
outputs_get_the_next_version_quarantine_first(void **state)
{
	static const struct partition_row live[] = {
		{ .dataset = "raw", .part = DAY, .version = 6 },
		{ .dataset = "raw", .part = DAY - 1, .version = 9 },
	};
	struct arena *arena = arena_new();
	struct storage_partition outputs[DAG_OUTPUTS_MAX];
	struct fixture *f = *state;
	struct spec s;

	put_partitions(&f->engine, live, countof(live));
	s = spec_of(f, "ingest");
	assert_int_equal(s.n_outputs, 2);
	assert_string_equal(s.outputs[0].dataset, "raw_quarantine");
	assert_string_equal(s.outputs[0].path, "/p/lake/raw_quarantine");
	assert_true(s.outputs[0].quarantine && s.outputs[0].version == 1);
	assert_true(schema_equal(&s.outputs[0].schema, &schema_quarantine));
	assert_string_equal(s.outputs[1].dataset, "raw");
	assert_string_equal(s.outputs[1].path, "/p/lake/raw");
	assert_true(!s.outputs[1].quarantine && s.outputs[1].version == 7);
	assert_int_equal(s.outputs[1].part, DAY);
	assert_true(schema_find(&s.outputs[1].schema, "_received_at") >= 0);
	assert_int_equal(
	    outputs_of(f->dags[0], f->engine.info.task, "/p", DAY * DAY_US, outputs, arena), 2);
	for (size_t i = 0; i < 2; i++) {
		assert_string_equal(outputs[i].dataset, s.outputs[i].dataset);
		assert_string_equal(outputs[i].path, s.outputs[i].path);
		assert_int_equal(outputs[i].part, DAY);
	}
	spec_release(&s);
	choose(f, "gate");
	assert_int_equal(
	    outputs_of(f->dags[0], f->engine.info.task, "/p", DAY * DAY_US, outputs, arena), 0);
	arena_free(arena);
}

static void
inputs_are_as_they_were_pinned(void **state)
{
	struct fixture *f = *state;
	struct spec s;

	f->pins[0] = (struct pinned_input){ .dataset = "events", .day = DAY - 2, .missing = true };
	f->pins[1] = (struct pinned_input){
		.dataset = "events", .day = DAY, .version = 3, .digest = "aabb"
	};
	f->pins[2] = (struct pinned_input){ .dataset = "tenants", .day = INT64_MIN };
	f->action.n_inputs = 3;
	s = spec_of(f, "adoption");
	assert_int_equal(s.n_inputs, 3);
	assert_true(s.inputs[0].missing && s.inputs[0].version == 0);
	assert_string_equal(s.inputs[1].path, "/abs/events");
	assert_true(s.inputs[1].partitioned && s.inputs[1].part == DAY);
	assert_int_equal(s.inputs[1].version, 3);
	assert_string_equal(s.inputs[1].digest, "aabb");
	assert_int_equal(s.inputs[1].format, FORMAT_JSONL);
	assert_true(schema_find(&s.inputs[1].schema, "event_id") >= 0);
	assert_string_equal(s.inputs[2].path, "/p/reference/tenants.csv");
	assert_false(s.inputs[2].partitioned);
	assert_int_equal(s.inputs[2].schema.count, 3);
	spec_release(&s);
	f->project.n_dags = 1; /* the file that declared it is gone */
	assert_int_equal(launch_spec(&f->engine, &f->project, &f->action, &s, NULL), ERR_INPUT);
}

static void
commands_are_rendered_with_the_params_of_the_run(void **state)
{
	static const struct {
		const char *params, *want[4];
	} cases[] = {
		{ "{}", { "./notify.sh", "2026-05-01", "roadmaps 5", "0.5 false try 2" } },
		{ "", { "./notify.sh", "2026-05-01", "roadmaps 5", "0.5 false try 2" } },
		{ "{\"feature\":\"a \\\"b\\\"\",\"floor\":12,\"ratio\":2.25,\"deep\":true}",
		  { "./notify.sh", "2026-05-01", "a \"b\" 12", "2.25 true try 2" } },
		{ "{\"gone\":1,\"floor\":-3}",
		  { "./notify.sh", "2026-05-01", "roadmaps -3", "0.5 false try 2" } },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < countof(cases); i++) {
		struct spec s;

		f->engine.info.params = cases[i].params;
		s = spec_of(f, "notify");
		for (size_t k = 0; k < 4; k++)
			assert_string_equal(s.argv[k], cases[i].want[k]);
		assert_null(s.argv[4]);
		assert_null(s.slice);
		assert_int_equal(s.n_env, 2);
		assert_string_equal(s.env[0].name, "WHEN");
		assert_string_equal(s.env[0].value, "2026-05-02T00:00:00Z");
		assert_null(s.env[0].from_env);
		assert_string_equal(s.env[1].from_env, "HOOK_URL");
		assert_null(s.env[1].value);
		assert_int_equal(s.n_outputs, 0);
		spec_release(&s);
	}
}

static void
refuses_what_cannot_be_rendered(void **state)
{
	static const struct {
		const char *params, *want;
	} cases[] = {
		{ "{", "params of the run" },
		{ "{\"floor\":[1]}", "param 'floor' of dag 'pipeline' is not a single value" },
		{ "{\"floor\":null}", "param 'floor' of dag 'pipeline' is not a single value" },
	};
	struct fixture *f = *state;
	struct err err = { ERR_NONE };
	struct spec s;

	choose(f, "notify");
	for (size_t i = 0; i < countof(cases); i++) {
		f->engine.info.params = cases[i].params;
		if (launch_spec(&f->engine, &f->project, &f->action, &s, &err) != ERR_INPUT ||
		    !strstr(err.msg, cases[i].want))
			fail_msg("%s: '%s'", cases[i].params, err.msg);
	}
	f->engine.info.params = "{}";
	f->action.attempt = 18;
	assert_int_equal(launch_spec(&f->engine, &f->project, &f->action, &s, &err), ERR_NOT_FOUND);
}

/* A parameter so long that the spec is just small enough, or one byte too large. */
static void
a_spec_one_byte_too_large_is_refused(void **state)
{
	struct fixture *f = *state;
	char *value = mem_new(SPEC_BYTES_MAX, 1);
	size_t low = 1, high = SPEC_BYTES_MAX - 1;
	struct spec s;
	struct buf text;

	choose(f, "ingest");
	while (low < high) { /* the longest that fits */
		size_t length = (low + high + 1) / 2;
		enum err_code code;
		char *params;

		memset(value, 'x', length);
		value[length] = '\0';
		params = mem_format("{\"feature\":\"%s\"}", value);
		f->engine.info.params = params;
		code = launch_spec(&f->engine, &f->project, &f->action, &s, NULL);
		if (code) {
			assert_int_equal(code, ERR_LIMIT);
			high = length - 1;
		} else {
			spec_release(&s);
			low = length;
		}
		free(params);
	}
	memset(value, 'x', low);
	value[low] = '\0';
	f->engine.info.params = mem_format("{\"feature\":\"%s\"}", value);
	s = spec_of(f, "ingest");
	buf_init(&text, SPEC_BYTES_MAX);
	spec_write(&s, &text);
	assert_false(text.full);
	assert_int_equal(text.bytes, SPEC_BYTES_MAX);
	buf_release(&text);
	spec_release(&s);
	free((char *)(uintptr_t)f->engine.info.params);
	free(value);
}

static void
history_goes_back_as_far_as_checks_look(void **state)
{
	static const struct partition_row live[] = {
		{ .dataset = "events", .part = DAY - 29, .rows = 29 },
		{ .dataset = "events", .part = DAY - 28, .rows = 28 },
		{ .dataset = "events", .part = DAY - 7, .rows = 7 },
		{ .dataset = "events", .part = DAY - 1, .rows = 0 },
		{ .dataset = "events", .part = DAY, .rows = 100 },
		{ .dataset = "raw", .part = DAY - 2, .rows = 200 },
	};
	static const char *const tasks[] = { "dedup", "gate" };
	struct fixture *f = *state;

	put_partitions(&f->engine, live, countof(live));
	for (size_t i = 0; i < countof(tasks); i++) {
		struct spec s = spec_of(f, tasks[i]);

		assert_int_equal(s.n_history, 2 + i);
		assert_true(s.history[0].part == DAY - 28 && s.history[0].rows == 28);
		assert_true(s.history[1].part == DAY - 7 && s.history[1].rows == 7);
		if (i == 1)
			assert_true(s.history[2].part == DAY - 1 && s.history[2].rows == 0);
		spec_release(&s);
	}
}

/* Written and read back by the other side of the border. */
static void
the_worker_reads_back_what_was_written(void **state)
{
	static const char *const tasks[] = { "ingest", "dedup", "gate", "notify" };
	struct fixture *f = *state;

	for (size_t i = 0; i < countof(tasks); i++) {
		struct spec s = spec_of(f, tasks[i]), back;
		struct buf text, again;
		struct err err;

		buf_init(&text, SPEC_BYTES_MAX);
		buf_init(&again, SPEC_BYTES_MAX);
		spec_write(&s, &text);
		spec_release(&s);
		if (spec_read(&back, text.data, text.bytes, &err))
			fail_msg("%s: %s", tasks[i], err.msg);
		spec_write(&back, &again);
		assert_string_equal(text.data, again.data);
		spec_release(&back);
		buf_release(&text);
		buf_release(&again);
	}
}

static void
logs_lie_by_dag_run_task_and_try(void **state)
{
	char *path = attempt_log_path("/p", "d", "manual__2026-05-01T00:00:00Z", "t", 3);

	(void)state;
	assert_string_equal(path, "/p/.tidemill/logs/d/manual__2026-05-01T00:00:00Z/t/3.log");
	free(path);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(the_spec_says_who_and_when, setup, teardown),
		cmocka_unit_test_setup_teardown(outputs_get_the_next_version_quarantine_first,
						setup, teardown),
		cmocka_unit_test_setup_teardown(inputs_are_as_they_were_pinned, setup, teardown),
		cmocka_unit_test_setup_teardown(commands_are_rendered_with_the_params_of_the_run,
						setup, teardown),
		cmocka_unit_test_setup_teardown(refuses_what_cannot_be_rendered, setup, teardown),
		cmocka_unit_test_setup_teardown(a_spec_one_byte_too_large_is_refused, setup,
						teardown),
		cmocka_unit_test_setup_teardown(history_goes_back_as_far_as_checks_look, setup,
						teardown),
		cmocka_unit_test_setup_teardown(the_worker_reads_back_what_was_written, setup,
						teardown),
		cmocka_unit_test(logs_lie_by_dag_run_task_and_try),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
