/* test_rollup.c - the daily rollup, and that a score from it is the score from events. */
#include "tests/fixture/lanes.h"
#include "tests/fixture/op.h"

#define DATASETS(format)                                                  \
	"dag: d\nschedule: '@daily'\nstart_date: 2026-04-01\ndatasets:\n" \
	"  events: {path: lake/events, format: csv, schema: events}\n"    \
	"  rollup: {path: lake/rollup, format: " format "}\n"             \
	"  from_events: {path: lake/from_events, format: csv}\n"          \
	"  from_rollups: {path: lake/from_rollups, format: csv}\n"        \
	"tasks:\n"                                                        \
	"  roll: {operator: rollup, input: events, output: rollup}\n"
#define SCORE(from, options)                                                               \
	"  from_" from "s: {operator: score, method: engagement, missing: allow, output: " \
	"from_" from "s" options "}\n"
#define HEAD "event_id,event_type,feature_name,tenant_id,user_id,project_key,timestamp,properties\n"
#define OUT "event_date,event_type,feature_name,tenant_id,user_id,interaction_count\n"

static const char plain[] = DATASETS("csv") SCORE("event", ", input: events")
    SCORE("rollup", ", input: rollup");

static void
put_day(const struct project *p, int64_t day, const char *rows)
{
	char partition[GRID_KEY_CHARS + 1], *name, *text = mem_format(HEAD "%s", rows);

	grid_key(grid_days, day, partition);
	name = mem_format("lake/events/%s/part.csv", partition);
	project_text(p, name, text);
	free(name);
	free(text);
}

static void
the_fixture_gives_its_hand_made_counts(void **state)
{
	struct project p;
	struct manifest m;

	(void)state;
	project_open(&p, plain);
	put_day(&p, DAY,
		"1,view,g,2,9,P,2026-05-01T00:00:00Z,\n"
		"2,view,f,10,9,P,2026-05-01T23:59:59.999999Z,\n"
		"3,view,f,2,10,P,2026-05-01T10:00:00Z,\n"
		"4,view,f,2,9,P,2026-05-01T10:00:00Z,\n"
		"5,click,f,2,9,P,2026-05-01T10:00:00Z,\n"
		"6,view,f,2,9,P,2026-05-01T11:00:00Z,\n"
		",view,f,2,9,P,2026-05-01T12:00:00Z,\n"  /* no interaction, but there */
		",view,f,2,11,P,2026-05-01T12:00:00Z,\n" /* nor this one */
		"7,view,f,2,,P,2026-05-01T12:00:00Z,\n"  /* no user */
		"8,,f,2,9,P,2026-05-01T12:00:00Z,\n"     /* no type */
		"9,view,f,-2,-9,P,2026-05-01T12:00:00Z,\n"
		"10,view,,2,9,P,2026-05-01T12:00:00Z,\n"  /* no feature */
		"11,view,f,,9,P,2026-05-01T12:00:00Z,\n"  /* no tenant */
		"12,view,f,2,9,P,,\n"                     /* no time */
		"13,view,f,2,9,P,2026-05-02T00:00:00Z,\n" /* another day */
		"14,view,,,,P,,\n");
	project_must(&p, "roll", DAY);
	project_expect(&p, "rollup", DAY,
		       OUT "2026-05-01,view,f,-2,-9,1\n"
			   "2026-05-01,view,f,2,,1\n"
			   "2026-05-01,,f,2,9,1\n"
			   "2026-05-01,click,f,2,9,1\n"
			   "2026-05-01,view,f,2,9,2\n"
			   "2026-05-02,view,f,2,9,1\n"
			   "2026-05-01,view,f,2,10,1\n"
			   "2026-05-01,view,f,2,11,0\n"
			   "2026-05-01,view,g,2,9,1\n"
			   "2026-05-01,view,f,10,9,1\n");
	assert_int_equal(project_counter(&p, "rollup", DAY, "read"), 16);
	assert_int_equal(project_counter(&p, "rollup", DAY, "filtered"), 4);
	assert_int_equal(project_counter(&p, "rollup", DAY, "aggregated"), 12);
	assert_int_equal(project_counter(&p, "rollup", DAY, "written"), 10);
	assert_int_equal(project_counter(&p, "rollup", DAY, "other_days"), 1);
	project_manifest(&p, "rollup", DAY, &m);
	assert_int_equal(m.n_inputs, 1);
	assert_string_equal(m.inputs[0].dataset, "events");
	manifest_release(&m);
	put_day(&p, DAY, "");
	project_must(&p, "roll", DAY);
	project_manifest(&p, "rollup", DAY, &m);
	assert_int_equal(m.rows, 0);
	manifest_release(&m);
	project_close(&p);
}

/* ---- random events ---- */

enum { DAYS = 7, EVENTS = 4000 };

/* A value below n, or now and then nothing. */
static void
put_maybe(struct buf *out, uint64_t *random, const char *prefix, unsigned n)
{
	uint64_t value = random_next(random);

	if (value % 17)
		buf_format(out, "%s%u", prefix, (unsigned)(value >> 32) % n);
}

/* Events of a day; with `stray`, some of them are of days near it, or far from it. */
static void
put_random(const struct project *p, int64_t day, bool stray, uint64_t *random)
{
	static const char *const types[] = { "click", "view", "" };
	static const int64_t strays[] = { -1, 1, 3, -400 };
	char date[DATE_CHARS + 1];
	struct buf rows;

	buf_init(&rows, SIZE_MAX);
	for (unsigned i = 0; i < EVENTS; i++) {
		bool strayed = stray && random_next(random) % 9 == 0;

		date_format(day + (strayed ? strays[random_next(random) % countof(strays)] : 0),
			    date);
		put_maybe(&rows, random, "", 1000000);
		buf_format(&rows, ",%s,", types[random_next(random) % 3]);
		put_maybe(&rows, random, "f", 5);
		buf_char(&rows, ',');
		put_maybe(&rows, random, "", 40);
		buf_char(&rows, ',');
		put_maybe(&rows, random, "", 60);
		buf_format(&rows, ",P,%sT%02u:00:00Z,\n", date, i % 24);
	}
	put_day(p, day, rows.data);
	buf_release(&rows);
}

static void
a_score_of_rollups_is_that_of_the_events(void **state)
{
	static const struct {
		const char *name, *yaml;
		bool one_lane, stray;
	} cases[] = {
		{ "all types", plain, false, false },
		{ "rows of other days in a partition", plain, false, true },
		{ "rows of other days, one lane, many days",
		  DATASETS("parquet") SCORE("event", ", input: events, window: 40d")
		      SCORE("rollup", ", input: rollup, window: 40d"),
		  true, true },
		{ "one type, one lane",
		  DATASETS("jsonl") SCORE("event", ", input: events, event_types: [view, none]")
		      SCORE("rollup", ", input: rollup, event_types: [view, none]"),
		  true, false },
		{ "by tenant",
		  DATASETS("csv")
		      SCORE("event", ", input: events, window: 3d, normalize_over: tenant")
			  SCORE("rollup", ", input: rollup, window: 3d, normalize_over: tenant"),
		  false, true },
	};
	uint64_t random = 9;

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		struct project p;
		cpu_set_t before;
		char *want;

		project_open(&p, cases[i].yaml);
		for (int64_t day = DAY - DAYS + 1; day <= DAY; day++) {
			if (day == DAY - 2)
				continue; /* a day without a partition */
			put_random(&p, day, cases[i].stray, &random);
			project_must(&p, "roll", day);
		}
		project_must(&p, "from_events", DAY);
		want = project_read(&p, "from_events", DAY);
		if (cases[i].one_lane)
			lanes_limit(true, &before);
		project_must(&p, "from_rollups", DAY);
		if (cases[i].one_lane)
			lanes_limit(false, &before);
		project_expect(&p, "from_rollups", DAY, want);
		assert_true(strlen(want) > 5000);
		free(want);
		project_close(&p);
	}
}

/* Which days a partition may hold is bounded, and one more is told by name. */
static void
a_partition_of_too_many_days_is_refused(void **state)
{
	enum { OTHER_DAYS_MAX = 511 };
	struct project p;
	struct buf rows;

	(void)state;
	buf_init(&rows, SIZE_MAX);
	project_open(&p, plain);
	for (int64_t i = 1; i <= OTHER_DAYS_MAX + 1; i++) {
		char date[DATE_CHARS + 1];
		struct ended e;

		date_format(DAY - i, date);
		buf_format(&rows, "%d,view,f,1,1,P,%sT01:00:00Z,\n", (int)i, date);
		if (i < OTHER_DAYS_MAX)
			continue;
		put_day(&p, DAY, rows.data);
		e = project_run(&p, "roll", DAY);
		if (i == OTHER_DAYS_MAX)
			assert_int_equal(e.outcome, OUTCOME_OK);
		else
			assert_non_null(strstr(e.message, "more than 511 other days"));
		ended_release(&e);
	}
	buf_release(&rows);
	project_close(&p);
}

/* The rows of a day come out the same in any order, from one lane or two. */
static void
rows_in_any_order_give_the_same_rollup(void **state)
{
	struct project p;
	uint64_t random = 4;
	char *want;
	cpu_set_t before;

	(void)state;
	project_open(&p, plain);
	put_random(&p, DAY, true, &random);
	project_must(&p, "roll", DAY);
	want = project_read(&p, "rollup", DAY);
	lanes_limit(true, &before);
	project_must(&p, "roll", DAY);
	lanes_limit(false, &before);
	project_expect(&p, "rollup", DAY, want);
	free(want);
	project_close(&p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_fixture_gives_its_hand_made_counts),
		cmocka_unit_test(a_score_of_rollups_is_that_of_the_events),
		cmocka_unit_test(a_partition_of_too_many_days_is_refused),
		cmocka_unit_test(rows_in_any_order_give_the_same_rollup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
