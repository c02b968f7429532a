/* test_lookup.c - checks that look at a column of another dataset. */
#include "tests/fixture/op.h"

#define HEAD                                                                                     \
	"dag: d\nschedule: '@daily'\nstart_date: 2026-04-01\ndatasets:\n"                        \
	"  known: {path: lake/known, format: csv, columns: {code: %s, note: string}}\n"          \
	"  plans: {path: ref/plans.csv, format: csv, partitioned: false, columns: {plan: %s}}\n" \
	"  raw: {path: lake/raw, format: csv, columns: {value: %s, at: timestamp}}\n"            \
	"tasks:\n"                                                                               \
	"  raw: {operator: ingest, from: {path: 'in/{{ ds }}.csv', format: csv},\n"              \
	"        event_time: at, output: raw, checks: [accepted_values: {column: value, "        \
	"values_from: %s}]}\n"
#define INPUT "in/2026-05-01.csv"
#define KNOWN "lake/known/event_date=2026-05-01/part.csv"

static char *
definition(const char *type, const char *there, const char *from)
{
	return mem_format(HEAD, there, there, type, from);
}

static struct ended
run_rows(struct project *p, const char *known, const char *rows)
{
	project_text(p, KNOWN, known);
	project_text(p, INPUT, rows);
	return project_run(p, "raw", DAY);
}

/* Is a dataset among the inputs of the partition? */
static bool
is_input(const struct project *p, const char *dataset)
{
	struct manifest m;
	bool found = false;

	project_manifest(p, "raw", DAY, &m);
	for (size_t i = 0; i < m.n_inputs; i++)
		found = found || strcmp(m.inputs[i].dataset, dataset) == 0;
	manifest_release(&m);
	return found;
}

/* The one result of the check. */
static json_t *
result_of(const struct ended *e)
{
	return json_array_get(json_object_get(e->result, "checks"), 0);
}

/* Random values of each type, with nulls, in the file of the run's own day. */
static void
rows_fail_as_a_plain_look_says(void **state)
{
	static const struct {
		const char *type, *there;
		const char *texts[8];
	} types[] = {
		{ "int64",
		  "int32",
		  { "0", "-1", "7", "2147483647", "-2147483648", "12", "3", "4" } },
		{ "string", "string", { "a", "\"\"", "A", "ab", "\"a,b\"", "é", "b", "c" } },
		{ "float64", "float64", { "0", "1.5", "-2", "1e300", "0.1", "3", "4", "5" } },
		{ "date",
		  "date",
		  { "2026-05-01", "2026-05-02", "1970-01-01", "2027-01-01", "2028-01-01",
		    "2029-01-01", "2030-01-01", "2031-01-01" } },
	};
	enum { ROWS = 40, KNOWN_ROWS = 6 };
	uint64_t random = 11;

	(void)state;
	for (size_t round = 0; round < 40; round++) {
		const char *const *texts = types[round % countof(types)].texts;
		char *yaml = definition(types[round % countof(types)].type,
					types[round % countof(types)].there,
					"{dataset: known, column: code}");
		bool is_known[8] = { false };
		int64_t failed = 0, missing = 0;
		struct buf known, rows;
		struct project p;
		struct ended e;

		buf_init(&known, SIZE_MAX);
		buf_init(&rows, SIZE_MAX);
		buf_text(&known, "code,note\n");
		buf_text(&rows, "value,at\n");
		for (int i = 0; i < KNOWN_ROWS; i++) {
			size_t at = random_next(&random) % 9;

			is_known[at % 8] |= at < 8;
			buf_format(&known, "%s,x\n", at < 8 ? texts[at] : "");
		}
		for (int i = 0; i < ROWS; i++) {
			size_t at = random_next(&random) % 9;

			missing += at == 8;
			failed += at < 8 && !is_known[at];
			buf_format(&rows, "%s,2026-05-01T10:00:00Z\n", at < 8 ? texts[at] : "");
		}
		project_open(&p, yaml);
		e = run_rows(&p, known.data, rows.data);
		assert_int_equal(e.outcome, failed ? OUTCOME_GATE_FAILED : OUTCOME_OK);
		assert_int_equal(json_get_int(result_of(&e), "failed_count", -1), failed);
		assert_int_equal(json_get_int(result_of(&e), "missing_count", -1), missing);
		ended_release(&e);
		project_close(&p);
		buf_release(&known);
		buf_release(&rows);
		free(yaml);
	}
}

/* What it was held against stands in the result, and is no input of what was written ... */
static void
a_check_that_only_judges_makes_no_input(void **state)
{
	char *yaml = definition("string", "string", "{dataset: known, column: code}");
	struct project p;
	struct ended e;
	json_t *from;

	(void)state;
	project_open(&p, yaml);
	e = run_rows(&p, "code,note\na,x\nb,x\na,x\n", "value,at\na,2026-05-01T10:00:00Z\n");
	assert_int_equal(e.outcome, OUTCOME_OK);
	from = json_object_get(result_of(&e), "values_from");
	assert_string_equal(json_get_text(from, "dataset", ""), "known");
	assert_string_equal(json_get_text(from, "column", ""), "code");
	assert_int_equal(json_get_int(from, "values", -1), 2);
	assert_string_equal(
	    json_get_text(json_array_get(json_object_get(from, "inputs"), 0), "partition", ""),
	    "event_date=2026-05-01");
	assert_false(is_input(&p, "known"));
	ended_release(&e);
	project_close(&p);
	free(yaml);
}

/* ... but one that takes rows away decides which there are. */
static void
a_check_that_moves_rows_makes_an_input(void **state)
{
	char *yaml = definition("string", "string",
				"{dataset: plans, column: plan}, on_fail: quarantine");
	struct project p;
	struct ended e;

	(void)state;
	project_open(&p, yaml);
	project_text(&p, "ref/plans.csv", "plan\nfree\npremium\n");
	e = run_rows(&p, "code,note\n",
		     "value,at\nfree,2026-05-01T10:00:00Z\nother,2026-05-01T11:00:00Z\n");
	assert_int_equal(e.outcome, OUTCOME_OK);
	assert_int_equal(project_counter(&p, "raw", DAY, "written"), 1);
	assert_int_equal(project_counter(&p, "raw", DAY, "quarantined"), 1);
	assert_true(is_input(&p, "plans"));
	ended_release(&e);
	project_close(&p);
	free(yaml);
}

/* What is not there is no list without values. */
static void
values_that_are_not_there_fail_the_task(void **state)
{
	char *yaml = definition("string", "string", "{dataset: known, column: code}");
	struct project p;
	struct ended e;

	(void)state;
	project_open(&p, yaml);
	project_text(&p, INPUT, "value,at\na,2026-05-01T10:00:00Z\n");
	e = project_run(&p, "raw", DAY);
	assert_int_equal(e.outcome, OUTCOME_MISSING);
	ended_release(&e);
	project_close(&p);
	free(yaml);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_fail_as_a_plain_look_says),
		cmocka_unit_test(a_check_that_only_judges_makes_no_input),
		cmocka_unit_test(a_check_that_moves_rows_makes_an_input),
		cmocka_unit_test(values_that_are_not_there_fail_the_task),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
