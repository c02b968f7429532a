/* test_quality.c - checks as a task of their own, and on what a task is about to publish. */
#include "tests/fixture/op.h"

#define YAML(tasks)                                                                               \
	"dag: d\nschedule: '@daily'\nstart_date: 2026-04-01\ndatasets:\n"                         \
	"  in: {path: lake/in, format: csv, columns: {id: int64, kind: string, at: timestamp}}\n" \
	"tasks:\n" tasks
#define GATE(checks) YAML("  gate: {operator: quality, dataset: in, checks: [" checks "]}\n")
#define INGEST(checks)                                                                          \
	YAML("  ingest: {operator: ingest, from: {path: 'landing/{{ ds }}.csv', format: csv}, " \
	     "event_time: at, output: in, checks: [" checks "]}\n")
#define ROWS                                                               \
	"id,kind,at\n1,a,2026-05-01T10:00:00Z\n2,b,2026-05-01T10:00:00Z\n" \
	",a,2026-05-01T10:00:00Z\n"

static const char *
status(const struct ended *e, size_t i)
{
	const json_t *checks = json_object_get(e->result, "checks");

	return json_get_text(json_array_get(checks, i), "status", "none");
}

static void
severity_says_whether_a_failed_check_stops(void **state)
{
	static const struct {
		const char *name, *yaml;
		enum outcome outcome;
		const char *status, *message;
	} cases[] = {
		{ "passes", GATE("not_null: {columns: [kind]}"), OUTCOME_OK, "pass", "" },
		{ "fails", GATE("not_null: {columns: [id]}"), OUTCOME_GATE_FAILED, "fail",
		  "check not_null(id): 1 of 3 rows have a null" },
		{ "warns", GATE("not_null: {columns: [id], severity: warn}"), OUTCOME_OK, "warn",
		  "" },
		{ "tells", GATE("not_null: {columns: [id], severity: info}"), OUTCOME_OK, "warn",
		  "" },
		{ "counts", GATE("row_count: {min: 4}"), OUTCOME_GATE_FAILED, "fail",
		  "check row_count: 3 rows, expected >= 4" },
		{ "too little history", GATE("volume_change: {error_drop: 50%}"), OUTCOME_OK,
		  "skip", "" },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		struct project p;
		struct ended e;

		project_open(&p, cases[i].yaml);
		project_text(&p, "lake/in/event_date=2026-05-01/part.csv", ROWS);
		e = project_run(&p, "gate", DAY);
		if (e.outcome != cases[i].outcome || strcmp(e.message, cases[i].message) != 0 ||
		    strcmp(status(&e, 0), cases[i].status) != 0)
			fail_msg("%s: %s %s %s", cases[i].name, outcome_name(e.outcome),
				 status(&e, 0), e.message);
		assert_int_equal(json_array_size(json_object_get(e.result, "outputs")), 0);
		ended_release(&e);
		project_close(&p);
	}
}

/* Every check runs, and the message names every one that failed. */
static void
every_check_runs_and_every_failure_is_named(void **state)
{
	struct project p;
	struct ended e;

	(void)state;
	project_open(&p, GATE("{not_null: {columns: [id]}}, {row_count: {min: 1}}, "
			      "{accepted_values: {column: kind, values: [a]}}"));
	project_text(&p, "lake/in/event_date=2026-05-01/part.csv", ROWS);
	e = project_run(&p, "gate", DAY);
	assert_int_equal(e.outcome, OUTCOME_GATE_FAILED);
	assert_string_equal(e.message, "check not_null(id): 1 of 3 rows have a null; check "
				       "accepted_values(kind): 1 of 3 rows have another value");
	assert_string_equal(status(&e, 1), "pass");
	ended_release(&e);
	project_close(&p);
}

static void
volume_is_compared_with_earlier_days(void **state)
{
	static const struct spec_history full[] = { { DAY - 7, 4, 0 }, { DAY - 14, 4, 0 } };
	static const char yaml[] = GATE(
	    "volume_change: {lookback: 2, min_baseline: 1, warn_drop: 20%, error_drop: 25%}");
	struct project p;
	struct ended e;

	(void)state;
	project_open(&p, yaml);
	p.history = full;
	p.n_history = countof(full);
	project_text(&p, "lake/in/event_date=2026-05-01/part.csv", ROWS);
	e = project_run(&p, "gate", DAY);
	assert_int_equal(e.outcome, OUTCOME_OK); /* -25 % is within 25 % */
	assert_string_equal(status(&e, 0), "warn");
	ended_release(&e);
	project_text(&p, "lake/in/event_date=2026-05-01/part.csv", "id,kind,at\n");
	e = project_run(&p, "gate", DAY);
	assert_int_equal(e.outcome, OUTCOME_GATE_FAILED);
	ended_release(&e);
	project_close(&p);
}

/* A check on a writing task: nothing is published, what was staged stays to be looked at. */
static void
a_failed_check_of_a_writer_publishes_nothing(void **state)
{
	struct project p;
	struct ended e;
	char *staged, *live;

	(void)state;
	project_open(&p, INGEST("not_null: {columns: [id]}"));
	project_text(&p, "landing/2026-05-01.csv", ROWS);
	e = project_run(&p, "ingest", DAY);
	assert_int_equal(e.outcome, OUTCOME_GATE_FAILED);
	assert_int_equal(json_array_size(json_object_get(e.result, "outputs")), 0);
	staged = mem_format("%s/lake/.tidemill-lake/in/staging/a1/_manifest.json", p.dir);
	live = mem_format("%s/lake/in", p.dir);
	assert_int_equal(access(staged, F_OK), 0);
	assert_int_equal(access(live, F_OK), -1);
	free(staged);
	free(live);
	ended_release(&e);
	project_close(&p);
}

/* on_fail: quarantine moves the rows and publishes the rest; counters still add up. */
static void
quarantine_moves_rows_and_publishes_the_rest(void **state)
{
	struct project p;
	struct ended e;

	(void)state;
	project_open(&p, INGEST("{not_null: {columns: [id], on_fail: quarantine}}, "
				"{accepted_values: {column: kind, values: [a], on_fail: "
				"quarantine}}, {row_count: {min: 1, max: 1}}"));
	project_text(&p, "landing/2026-05-01.csv", ROWS "x,a,2026-05-01T10:00:00Z\n");
	e = project_run(&p, "ingest", DAY);
	if (e.outcome != OUTCOME_OK)
		fail_msg("%s", e.message);
	assert_string_equal(status(&e, 0), "warn");
	assert_string_equal(status(&e, 2), "pass");
	assert_int_equal(project_counter(&p, "in", DAY, "read"), 4);
	assert_int_equal(project_counter(&p, "in", DAY, "written"), 1);
	assert_int_equal(project_counter(&p, "in", DAY, "quarantined"), 3);
	project_expect(&p, "in_quarantine", DAY,
		       "source_file,row,reason,detail,raw\n"
		       "landing/2026-05-01.csv,4,wrong_type,column 'id': 'x' is no "
		       "int64,\"x,a,2026-05-01T10:00:00Z\"\n"
		       "landing/2026-05-01.csv,3,not_null,not_null(id),\"{\"\"id\"\":null,"
		       "\"\"kind\"\":\"\"a\"\",\"\"at\"\":\"\"2026-05-01T10:00:00Z\"\","
		       "\"\"_received_at\"\":\"\"2026-05-02T00:00:00Z\"\",\"\"_source_file\"\":"
		       "\"\"landing/2026-05-01.csv\"\",\"\"_row\"\":3}\"\n"
		       "landing/2026-05-01.csv,2,accepted_values,accepted_values(kind),\"{"
		       "\"\"id\"\":2,\"\"kind\"\":\"\"b\"\",\"\"at\"\":\"\"2026-05-01T10:00:00Z"
		       "\"\",\"\"_received_at\"\":\"\"2026-05-02T00:00:00Z\"\","
		       "\"\"_source_file\"\":\"\"landing/2026-05-01.csv\"\",\"\"_row\"\":2}\"\n");
	ended_release(&e);
	project_close(&p);
}

/* Rows that the operator drops have no number: a sample is of the output's rows. */
static void
a_sample_names_rows_of_the_output(void **state)
{
	static const int64_t want[] = { 3, 4 };
	struct project p;
	struct ended e;
	json_t *sample;

	(void)state;
	project_open(&p,
		     "dag: d\nschedule: '@daily'\nstart_date: 2026-04-01\ndatasets:\n"
		     "  in: {path: lake/in, format: csv, columns: {id: int64, kind: string}}\n"
		     "  out: {path: lake/out, format: csv, columns: {id: int64, kind: string}}\n"
		     "tasks:\n"
		     "  dedup: {operator: dedup, input: in, key: [id], keep: first, output: out, "
		     "checks: [accepted_range: {column: id, max: 2}]}\n");
	project_text(&p, "lake/in/event_date=2026-05-01/part.csv",
		     "id,kind\n1,a\n1,b\n1,c\n2,a\n2,b\n8,a\n8,b\n9,a\n");
	e = project_run(&p, "dedup", DAY);
	if (e.outcome != OUTCOME_GATE_FAILED)
		fail_msg("%s: %s", outcome_name(e.outcome), e.message);
	sample = json_object_get(json_array_get(json_object_get(e.result, "checks"), 0), "sample");
	assert_int_equal(json_array_size(sample), countof(want));
	for (size_t i = 0; i < countof(want); i++)
		assert_int_equal(json_get_int(json_array_get(sample, i), "row", 0), want[i]);
	ended_release(&e);
	project_close(&p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(severity_says_whether_a_failed_check_stops),
		cmocka_unit_test(every_check_runs_and_every_failure_is_named),
		cmocka_unit_test(volume_is_compared_with_earlier_days),
		cmocka_unit_test(a_failed_check_of_a_writer_publishes_nothing),
		cmocka_unit_test(quarantine_moves_rows_and_publishes_the_rest),
		cmocka_unit_test(a_sample_names_rows_of_the_output),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
