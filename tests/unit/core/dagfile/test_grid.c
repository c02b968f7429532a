/* test_grid.c - partitions and windows of a DAG file, on every grid. */
#include "tests/fixture/dagfile.h"

#include "core/model/interval.h"
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
	assert_true(dag->has_fires && !dag->partitioned);
	dag_unref(dag);
	dag = read_good("g.yaml", "dag: t\nstart_date: 2026-05-01\n"
				  "schedule: {cron: '@daily', partition: none}\n"
				  "tasks: {a: {operator: command, run: ['true']}}\n");
	assert_true(dag->has_fires && !dag->partitioned);
	dag_unref(dag);
}

/* The logical dates and the ends of the first intervals of a dag, or fewer when it is over. */
static void
intervals_text(const struct dag *dag, int n, struct buf *out)
{
	int64_t us = interval_from(dag, dag->start_us);

	for (int i = 0; i < n && us != INT64_MAX; i++, us = interval_next(dag, us)) {
		char start[TIMESTAMP_CHARS + 1], due[TIMESTAMP_CHARS + 1];

		if (interval_due(dag, us) == INT64_MAX)
			break;
		grid_instant_text(dag->grid, us, start);
		timestamp_format(interval_due(dag, us), due);
		buf_format(out, "%s%s due %s", i ? ", " : "", start, due);
	}
}

static void
what_fires_makes_intervals_due(void **state)
{
	static const struct {
		const char *schedule, *start, *want;
	} rows[] = {
		{ "{every: 90m, timezone: Europe/Berlin}", "2026-05-01T13:10",
		  "2026-05-01T11:30:00Z due 2026-05-01T13:00:00Z, "
		  "2026-05-01T13:00:00Z due 2026-05-01T14:30:00Z" },
		{ "{every: 1d}", "2026-05-01",
		  "2026-05-01 due 2026-05-02T00:00:00Z, 2026-05-02 due 2026-05-03T00:00:00Z" },
		/* A list: the first interval begins at start_date, and there are as many. */
		{ "{at: [2026-05-03T09:00, 2026-05-02T09:00:00+02:00, 2026-05-03T09:00]}",
		  "2026-05-01",
		  "2026-05-01 due 2026-05-02T07:00:00Z, "
		  "2026-05-02T07:00:00Z due 2026-05-03T09:00:00Z" },
		{ "{at: [2026-04-30, 2026-05-02], timezone: Europe/Berlin}", "2026-05-01",
		  "2026-05-01 due 2026-05-01T22:00:00Z" },
		{ "{at: 2026-05-03T09:00, partition: day}", "2026-05-01",
		  "2026-05-01 due 2026-05-03T09:00:00Z, 2026-05-02 due 2026-05-03T09:00:00Z" },
		{ "{cron: '0 2 * * *', except: [2026-05-02, 2026-05-03]}", "2026-05-01",
		  "2026-05-01 due 2026-05-04T02:00:00Z, 2026-05-02 due 2026-05-04T02:00:00Z, "
		  "2026-05-03 due 2026-05-04T02:00:00Z, 2026-05-04 due 2026-05-05T02:00:00Z" },
		{ "{cron: '0 */12 * * *', only: 2026-05-02..2026-05-03}", "2026-05-01",
		  "2026-05-02 due 2026-05-02T12:00:00Z, "
		  "2026-05-02T12:00:00Z due 2026-05-03T00:00:00Z, "
		  "2026-05-03 due 2026-05-03T12:00:00Z" },
		{ "{cron: '0 2 * * *', spread: 1h}", "2026-05-01",
		  "2026-05-01 due 2026-05-02T02:49:14Z" },
		{ "{every: 6h, spread: 1h}", "2026-05-01",
		  "2026-05-01 due 2026-05-01T06:49:14Z, 2026-05-01T06:00:00Z due 2026-05-01T12:" },
	};

	(void)state;
	for (size_t i = 0; i < countof(rows); i++) {
		char text[1000];
		struct dag *dag;
		struct buf got;

		(void)snprintf(text, sizeof(text),
			       "dag: t\nstart_date: %s\nschedule: %s\n"
			       "tasks: {a: {operator: command, run: ['true']}}\n",
			       rows[i].start, rows[i].schedule);
		dag = read_good("g.yaml", text);
		buf_init(&got, 1000);
		intervals_text(dag, 4, &got);
		if (strncmp(got.data, rows[i].want, strlen(rows[i].want)) != 0)
			fail_msg("%s: %s", rows[i].schedule, got.data);
		buf_release(&got);
		dag_unref(dag);
	}
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

/* What begins from start_date to end_date, both counted, on every grid and by ticks. */
static void
start_and_end_may_be_instants(void **state)
{
	static const struct {
		const char *schedule, *start, *end;
		const char *first, *last; /* logical dates */
	} rows[] = {
		{ "'@hourly'", "2026-05-01T13:00", "2026-05-01T15:00", "2026-05-01T13:00:00Z",
		  "2026-05-01T15:00:00Z" },
		{ "'@hourly'", "2026-05-01T13:10", "2026-05-01T15:59:59", "2026-05-01T14:00:00Z",
		  "2026-05-01T15:00:00Z" },
		{ "'@hourly'", "2026-05-01 13:00+02:00", "2026-05-01", "2026-05-01T11:00:00Z",
		  "2026-05-01T23:00:00Z" },
		{ "'@daily'", "2026-05-01T00:00", "2026-05-03T00:00Z", "2026-05-01T00:00:00Z",
		  "2026-05-03T00:00:00Z" },
		{ "'@daily'", "2026-05-01T00:01", "2026-05-02T23:59", "2026-05-02T00:00:00Z",
		  "2026-05-02T00:00:00Z" },
		{ "{cron: '@daily', timezone: Europe/Berlin}", "2026-05-01T00:00",
		  "2026-05-03T00:00", "2026-04-30T22:00:00Z", "2026-05-02T22:00:00Z" },
		{ "{cron: '@daily', timezone: Europe/Berlin}", "2026-05-01T00:00Z",
		  "2026-05-03T00:00Z", "2026-05-01T22:00:00Z", "2026-05-02T22:00:00Z" },
		{ "'@weekly'", "2026-05-04", "2026-05-11", "2026-05-04T00:00:00Z",
		  "2026-05-11T00:00:00Z" },
		{ "'@monthly'", "2026-05-02", "2026-07-31T12:00", "2026-06-01T00:00:00Z",
		  "2026-07-01T00:00:00Z" },
		{ "{cron: '@yearly', partition: quarter}", "2026-05-01T13:00", "2026-10-01T00:00",
		  "2026-07-01T00:00:00Z", "2026-10-01T00:00:00Z" },
		{ "{cron: '@yearly', partition: year}", "2026-01-01T00:00", "2027-01-01T00:00",
		  "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z" },
		{ "'*/15 * * * *'", "2026-05-01T13:05", "2026-05-01T13:30", "2026-05-01T13:15:00Z",
		  "2026-05-01T13:30:00Z" },
		/* Passed over: right after.  Shown twice: the first. */
		{ "{cron: '*/30 * * * *', timezone: Europe/Berlin}", "2026-03-29T02:30",
		  "2026-10-25T02:30", "2026-03-29T01:00:00Z", "2026-10-25T00:30:00Z" },
	};

	(void)state;
	for (size_t i = 0; i < countof(rows); i++) {
		char text[400], first[TIMESTAMP_CHARS + 1], last[TIMESTAMP_CHARS + 1];
		struct dag *dag;
		int64_t first_us;

		(void)snprintf(text, sizeof(text),
			       "dag: g\nstart_date: '%s'\nend_date: '%s'\nschedule: %s\n"
			       "tasks: {t: {operator: command, run: ['true']}}\n",
			       rows[i].start, rows[i].end, rows[i].schedule);
		dag = read_good("g.yaml", text);
		first_us = interval_from(dag, dag->start_us);
		timestamp_format(first_us, first);
		timestamp_format(interval_newest(dag, first_us, first_us + 900 * DAY_US), last);
		if (strcmp(first, rows[i].first) != 0 || strcmp(last, rows[i].last) != 0)
			fail_msg("%s from %s to %s: %s to %s", rows[i].schedule, rows[i].start,
				 rows[i].end, first, last);
		dag_unref(dag);
	}
}

static void
nothing_between_start_and_end_is_a_mistake(void **state)
{
	static const struct {
		const char *keys;
		uint32_t line, column;
		const char *want;
	} rows[] = {
		{ "start_date: 2026-05-02\nend_date: 2026-05-31\nschedule: '@monthly'\n", 3, 11,
		  "no month begins from 'start_date' to 'end_date'" },
		{ "start_date: 2026-05-02T10:00\nend_date: 2026-05-02T11:00\n"
		  "schedule: {cron: '@daily', timezone: Europe/Berlin}\n",
		  3, 11, "no day of Europe/Berlin begins" },
		{ "start_date: 2026-05-02T10:01\nend_date: 2026-05-02T10:14\n"
		  "schedule: '*/15 * * * *'\n",
		  3, 11, "no interval of the cron begins" },
		{ "start_date: 2026-05-02T10:00\nend_date: 2026-05-02T09:59\n"
		  "schedule: '@hourly'\n",
		  3, 11, "'end_date' lies before 'start_date'" },
		{ "start_date: 2026-05-02T10:00\n"
		  "schedule: {cron: ['@daily', '30 2 * 3 sunL'], timezone: Europe/Berlin, "
		  "dst_gap: skip}\n",
		  3, 29, "this cron never fires in Europe/Berlin" },
		{ "start_date: 2026-05-02T10\nschedule: '@hourly'\n", 2, 13,
		  "an instant such as 2026-05-01T13:00, not '2026-05-02T10'" },
		{ "start_date: 2026-05-02T10:00\nend_date: 2026-05-32T10:00\nschedule: '@hourly'\n",
		  3, 11, "'end_date' has to be a date" },
		/* A dataset has partitions, whatever its dag has. */
		{ "schedule: {partition: day}\ndatasets: {a: {path: x, schema: events, "
		  "partition: none}}\n",
		  3, 52, "hour, day, week, month, quarter or year, not 'none'" },
	};

	(void)state;
	for (size_t i = 0; i < countof(rows); i++) {
		struct diags diags;
		char text[400];

		(void)snprintf(text, sizeof(text),
			       "dag: g\n%stasks: {t: {operator: command, run: ['true']}}\n",
			       rows[i].keys);
		diags_init(&diags);
		assert_null(dagfile_read("g.yaml", text, strlen(text), &diags));
		assert_int_equal(diags.count, 1);
		if (!strstr(diags.items[0].message, rows[i].want) ||
		    diags.items[0].line != rows[i].line || diags.items[0].column != rows[i].column)
			fail_msg("%s%u:%u: %s", text, diags.items[0].line, diags.items[0].column,
				 diags.items[0].message);
		diags_release(&diags);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_schedule_has_the_grid_that_it_says_or_implies),
		cmocka_unit_test(a_dag_without_a_grid_runs_by_its_ticks),
		cmocka_unit_test(what_fires_makes_intervals_due),
		cmocka_unit_test(a_window_is_counted_on_the_grid_of_its_dag),
		cmocka_unit_test(a_window_may_do_with_some_of_its_parts),
		cmocka_unit_test(start_and_end_may_be_instants),
		cmocka_unit_test(nothing_between_start_and_end_is_a_mistake),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
