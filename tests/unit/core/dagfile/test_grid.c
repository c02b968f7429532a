/* test_grid.c - partitions and windows of a DAG file, on every grid. */
#include "tests/fixture/dagfile.h"

#include "core/time/civil.h"

/* A dag with a task that reads d and writes s; `schedule` and `rest` as in the file. */
static struct dag *
grid_dag(const char *schedule, const char *rest)
{
	char text[2000];

	(void)snprintf(text, sizeof(text),
		       "dag: g\nstart_date: 2026-05-01\nschedule: %s\n"
		       "datasets: {d: {path: lake/d, schema: events, partition: hour},\n"
		       "           s: {path: lake/s}}\n"
		       "tasks: {t: {operator: score, method: engagement, input: d, output: s%s}}\n",
		       schedule, rest);
	return read_good("g.yaml", text);
}

static void
a_schedule_has_the_grid_that_it_says_or_implies(void **state)
{
	static const struct {
		const char *schedule;
		bool partitioned;
		enum grid_unit unit;
		const char *zone, *start;
	} rows[] = {
		{ "'@hourly'", true, GRID_HOUR, "UTC", "2026-05-01T00:00:00Z" },
		{ "'30 2 * * *'", true, GRID_DAY, "UTC", "2026-05-01T00:00:00Z" },
		{ "'@weekly'", true, GRID_WEEK, "UTC", "2026-05-04T00:00:00Z" },
		{ "'0 4 1 * *'", true, GRID_MONTH, "UTC", "2026-05-01T00:00:00Z" },
		{ "{cron: '0 4 1 1 *', partition: quarter}", true, GRID_QUARTER, "UTC",
		  "2026-07-01T00:00:00Z" },
		{ "{partition: year}", true, GRID_YEAR, "UTC", "2027-01-01T00:00:00Z" },
		{ "{cron: '0 2 * * *', timezone: Europe/Berlin}", true, GRID_DAY, "Europe/Berlin",
		  "2026-04-30T22:00:00Z" },
		{ "{cron: '@hourly', timezone: Asia/Kolkata}", true, GRID_HOUR, "UTC",
		  "2026-04-30T19:00:00Z" },
		{ "{cron: '*/15 * * * *', partition: day}", true, GRID_DAY, "UTC",
		  "2026-05-01T00:00:00Z" },
	};

	(void)state;
	for (size_t i = 0; i < countof(rows); i++) {
		struct dag *dag = grid_dag(rows[i].schedule, "");
		char start[TIMESTAMP_CHARS + 1];

		assert_int_equal(dag->partitioned, rows[i].partitioned);
		assert_int_equal(dag->grid.unit, rows[i].unit);
		assert_string_equal(grid_zone_name(dag->grid), rows[i].zone);
		timestamp_format(dag->start_us, start);
		assert_string_equal(start, rows[i].start);
		assert_true(grid_is(dag->datasets[dag_dataset_find(dag, "s")].grid, dag->grid));
		assert_int_equal(dag->datasets[dag_dataset_find(dag, "d")].grid.unit, GRID_HOUR);
		dag_unref(dag);
	}
}

static void
a_dag_without_a_grid_runs_by_its_ticks(void **state)
{
	struct dag *dag = read_good("g.yaml",
				    "dag: t\nstart_date: 2026-05-01\nschedule: '*/15 * * * *'\n"
				    "tasks: {a: {operator: command, run: ['true']}}\n");

	(void)state;
	assert_true(dag->has_cron && !dag->partitioned);
	dag_unref(dag);
	dag = read_good("g.yaml", "dag: t\nstart_date: 2026-05-01\n"
				  "schedule: {cron: '@daily', partition: none}\n"
				  "tasks: {a: {operator: command, run: ['true']}}\n");
	assert_true(dag->has_cron && !dag->partitioned);
	dag_unref(dag);
}

static void
a_window_is_counted_on_the_grid_of_its_dag(void **state)
{
	static const struct {
		const char *schedule, *keys;
		enum reach_unit unit;
		int64_t from, to;
		const char *text;
	} rows[] = {
		{ "'@daily'", "", REACH_PARTS, -6, 0, "7d" },
		{ "'@daily'", ", window: 3d", REACH_PARTS, -2, 0, "3d" },
		{ "'@daily'", ", window: 48h", REACH_PARTS, -1, 0, "2d" },
		{ "'@daily'", ", window: {from: -7, to: -7}", REACH_PARTS, -7, -7,
		  "-7 to -7 days" },
		{ "'@daily'", ", window: {from: 0, to: 1}", REACH_PARTS, 0, 1, "0 to 1 days" },
		{ "'@hourly'", ", window: 36h", REACH_PARTS, -35, 0, "36h" },
		{ "'@hourly'", ", window: 1d", REACH_PARTS, -23, 0, "24h" },
		{ "'@monthly'", "", REACH_PARTS, 0, 0, "1 month" },
		{ "'@monthly'", ", window: 28d", REACH_DAYS, -27, 0, "28d" },
		{ "'@weekly'", ", window: {from: -1, to: 0, in: partitions}", REACH_PARTITIONS, -1,
		  0, "-1 to 0 partitions" },
	};

	(void)state;
	for (size_t i = 0; i < countof(rows); i++) {
		struct dag *dag = grid_dag(rows[i].schedule, rows[i].keys);
		const struct input *in = &dag->tasks[0].inputs[0];
		char text[WINDOW_TEXT_CHARS + 1];

		assert_int_equal(in->window.unit, rows[i].unit);
		assert_int_equal(in->window.from, rows[i].from);
		assert_int_equal(in->window.to, rows[i].to);
		input_window_text(&in->window, dag->grid, text);
		assert_string_equal(text, rows[i].text);
		assert_true(!in->whole && !in->at_least && in->after_us == -1);
		dag_unref(dag);
	}
}

static void
a_window_may_do_with_some_of_its_parts(void **state)
{
	struct dag *dag = grid_dag("'@daily'", ", map: whole, at_least: 6 of 7, after: '09:30'");
	const struct input *in = &dag->tasks[0].inputs[0];

	(void)state;
	assert_true(in->whole);
	assert_int_equal(in->at_least, 6);
	assert_int_equal(in->after_us, 9 * HOUR_US + 30 * MINUTE_US);
	dag_unref(dag);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_schedule_has_the_grid_that_it_says_or_implies),
		cmocka_unit_test(a_dag_without_a_grid_runs_by_its_ticks),
		cmocka_unit_test(a_window_is_counted_on_the_grid_of_its_dag),
		cmocka_unit_test(a_window_may_do_with_some_of_its_parts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
