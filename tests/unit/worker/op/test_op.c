/* test_op.c - the table of operators, and the gate that none of them goes around. */
#include "tests/fixture/op.h"
#include "worker/op/op.h"

static void
every_operator_of_the_list_can_be_run(void **state)
{
	(void)state;
	for (int kind = 0; kind < OP_COUNT; kind++)
		assert_non_null(op_find((enum op_kind)kind)->run);
}

/*
 * A task of every operator, which may read what those above it write; dN is the output of operator
 * number N.  A new operator gets a line here; contrib/scaffold's reads what OP_COMMAND writes.
 */
static const struct work {
	const char *task;
	const char *columns; /* of its output, "" where they are fixed */
	const char *checked; /* a column with a value below 5 */
} works[OP_COUNT] = {
	[OP_INGEST] = { "operator: ingest, from: {path: in.jsonl, format: jsonl}, "
			"event_time: timestamp",
			", schema: events", "tenant_id" },
	[OP_DEDUP] = { "operator: dedup, input: d0, key: event_id", ", schema: events",
		       "tenant_id" },
	[OP_ROLLUP] = { "operator: rollup, input: d1", "", "tenant_id" },
	[OP_ENGAGEMENT] = { "operator: score, method: engagement, input: d1, window: 1d", "",
			    "tenant_id" },
	[OP_ADOPTION] = { "operator: score, method: adoption, input: d1, window: 1d, dimension: "
			  "tenants, feature: boards, min_users: 1, plans: [pro]",
			  "", "total_tenants" },
	[OP_SESSIONIZE] = { "operator: sessionize, input: d1", "", "session_number" },
	[OP_QUALITY] = { "operator: quality, dataset: d1", "", "tenant_id" },
	[OP_COMMAND] = { "operator: command, shell: 'printf \"tenant_id\\n1\\n\" > "
			 "$TIDEMILL_OUTPUT/x.csv'",
			 ", columns: {tenant_id: int64}", "tenant_id" },
	/* more */
};

/* A dag whose task `kind` has `checks`, behind all that stand above it. */
static void
open_with_checks(struct project *p, int kind, const char *checks)
{
	struct buf yaml;

	buf_init(&yaml, SIZE_MAX);
	buf_text(&yaml, "dag: d\nschedule: '@daily'\nstart_date: 2026-05-01\ndatasets:\n"
			"  tenants: {path: tenants.csv, format: csv, partitioned: false, columns: "
			"{tenant_id: int64, plan: string, active_users: int64}}\n");
	for (int i = 0; i <= kind; i++)
		if (works[i].task && !op_def_of((enum op_kind)i)->checks_input)
			buf_format(&yaml, "  d%d: {path: lake/d%d, format: csv%s}\n", i, i,
				   works[i].columns);
	buf_text(&yaml, "tasks:\n");
	for (int i = 0; i <= kind; i++) {
		bool reads = op_def_of((enum op_kind)i)->checks_input;

		if (op_def_of((enum op_kind)i)->waits)
			continue;
		if (!works[i].task)
			fail_msg("operator %s needs a task in this test",
				 op_def_of((enum op_kind)i)->label);
		buf_format(&yaml, "  t%d: {%s", i, works[i].task);
		if (!reads)
			buf_format(&yaml, ", output: d%d", i);
		buf_format(&yaml, ", checks: %s}\n", i == kind ? checks : "[row_count]");
	}
	project_open(p, yaml.data);
	buf_release(&yaml);
	project_text(p, "tenants.csv", "tenant_id,plan,active_users\n1,pro,10\n");
	project_text(p, "in.jsonl",
		     "{\"event_id\":1,\"event_type\":\"feature_used\",\"feature_name\":\"boards\","
		     "\"tenant_id\":1,\"user_id\":7,\"project_key\":\"p\","
		     "\"timestamp\":\"2026-05-01T10:00:00Z\",\"properties\":{}}\n");
	for (int i = 0; i < kind; i++) {
		char task[16];

		(void)snprintf(task, sizeof(task), "t%d", i);
		if (works[i].task)
			project_must(p, task, DAY);
	}
}

static struct ended
run_with_checks(struct project *p, int kind, const char *checks)
{
	char task[16];

	open_with_checks(p, kind, checks);
	(void)snprintf(task, sizeof(task), "t%d", kind);
	return project_run(p, task, DAY);
}

/* Whatever writes the rows: a check that fails stops them. */
static void
no_operator_publishes_what_its_checks_refuse(void **state)
{
	(void)state;
	for (int kind = 0; kind < OP_COUNT; kind++) {
		if (op_def_of((enum op_kind)kind)->waits)
			continue;
		struct project p;
		struct ended e = run_with_checks(&p, kind, "[row_count: {min: 1000}]");

		if (e.outcome != OUTCOME_GATE_FAILED)
			fail_msg("%s: %s %s", op_def_of((enum op_kind)kind)->label,
				 outcome_name(e.outcome), e.message);
		assert_int_equal(json_array_size(json_object_get(e.result, "outputs")), 0);
		assert_int_equal(json_array_size(json_object_get(e.result, "checks")), 1);
		ended_release(&e);
		project_close(&p);
	}
}

/* Every check that is asked for has its result, in the manifest of what is published too. */
static void
every_operator_has_all_its_checks_made(void **state)
{
	(void)state;
	for (int kind = 0; kind < OP_COUNT; kind++) {
		const struct op_def *op = op_def_of((enum op_kind)kind);
		if (op->waits)
			continue;
		char *checks = mem_format("[row_count, not_null: {columns: %s}, volume_change]",
					  works[kind].checked);
		struct project p;
		struct ended e = run_with_checks(&p, kind, checks);
		struct manifest m = { 0 };
		char name[16];

		if (e.outcome != OUTCOME_OK)
			fail_msg("%s: %s", op->label, e.message);
		assert_int_equal(json_array_size(json_object_get(e.result, "checks")), 3);
		(void)snprintf(name, sizeof(name), "d%d", kind);
		if (!op->checks_input) {
			project_manifest(&p, name, DAY, &m);
			assert_int_equal(json_array_size(m.checks), 3);
			manifest_release(&m);
		}
		ended_release(&e);
		project_close(&p);
		free(checks);
	}
}

/* The only row goes to the quarantine: nothing is left, and that is nobody's empty day. */
static void
no_operator_publishes_a_day_whose_rows_all_went_aside(void **state)
{
	(void)state;
	for (int kind = 0; kind < OP_COUNT; kind++) {
		const struct op_def *op = op_def_of((enum op_kind)kind);
		struct project p;
		struct ended e;
		char *checks;

		if (op->checks_input || op->waits)
			continue;
		checks = mem_format("[accepted_range: {column: %s, min: 5, on_fail: quarantine}]",
				    works[kind].checked);
		e = run_with_checks(&p, kind, checks);
		if (e.outcome != OUTCOME_ALL_BAD || !strstr(e.message, "none is left"))
			fail_msg("%s: %s %s", op->label, outcome_name(e.outcome), e.message);
		assert_int_equal(json_array_size(json_object_get(e.result, "outputs")), 0);
		ended_release(&e);
		project_close(&p);
		free(checks);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_operator_of_the_list_can_be_run),
		cmocka_unit_test(no_operator_publishes_what_its_checks_refuse),
		cmocka_unit_test(every_operator_has_all_its_checks_made),
		cmocka_unit_test(no_operator_publishes_a_day_whose_rows_all_went_aside),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
