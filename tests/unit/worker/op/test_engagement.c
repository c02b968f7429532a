/* test_engagement.c - the score against the golden vectors and a plain second computation. */
#include "tests/fixture/op.h"

#include <math.h>

#define YAML(options)                                                                            \
	"dag: d\nschedule: '@daily'\nstart_date: 2026-04-01\ndatasets:\n"                        \
	"  events: {path: lake/events, format: csv, schema: events}\n"                           \
	"  score: {path: lake/score, format: csv}\n"                                             \
	"tasks:\n"                                                                               \
	"  score: {operator: score, method: engagement, input: events, missing: allow, output: " \
	"score" options "}\n"
#define HEAD "event_id,event_type,feature_name,tenant_id,user_id,project_key,timestamp,properties\n"
#define OUT                                                                                    \
	"tenant_id,feature_name,unique_users,total_interactions,days_active,engagement_score," \
	"score_date,norm_max_users,norm_max_interactions,norm_days,formula\n"

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

/* `n` events of `users` users of a tenant. */
static void
put_events(struct buf *out, int tenant, int users, int n)
{
	static const char row[] = "%d,page_view,search,%d,%d,P,2026-05-01T10:00:00Z,\n";

	for (int i = 0; i < n; i++)
		buf_format(out, row, tenant * 1000 + i, tenant, tenant * 1000 + i % users);
}

/* docs/MATH.md 1. */
static void
the_fixture_gives_its_hand_made_scores(void **state)
{
	static const struct {
		const char *name, *yaml;
		bool third;
		const char *want;
	} cases[] = {
		{ "code", YAML(""), false,
		  "1,search,5,10,1,0.5929,2026-05-01,5,20,7,code\n"
		  "2,search,5,20,1,0.7429,2026-05-01,5,20,7,code\n" },
		{ "code with tenant 3", YAML(""), true,
		  "1,search,5,10,1,0.0529,2026-05-01,500,500,7,code\n"
		  "2,search,5,20,1,0.0589,2026-05-01,500,500,7,code\n"
		  "3,search,500,500,1,0.7429,2026-05-01,500,500,7,code\n" },
		{ "text", YAML(", formula: text, round: 6"), false,
		  "1,search,5,10,1,2.192857,2026-05-01,1,20,7,text\n"
		  "2,search,5,20,1,2.342857,2026-05-01,1,20,7,text\n" },
		{ "by tenant", YAML(", normalize_over: tenant"), true,
		  "1,search,5,10,1,0.7429,2026-05-01,5,10,7,code\n"
		  "2,search,5,20,1,0.7429,2026-05-01,5,20,7,code\n"
		  "3,search,500,500,1,0.7429,2026-05-01,500,500,7,code\n" },
		{ "fixed, capped",
		  YAML(", normalize_over: fixed, max_users: 10, max_interactions: 10"), false,
		  "1,search,5,10,1,0.5429,2026-05-01,10,10,7,code\n"
		  "2,search,5,20,1,0.5429,2026-05-01,10,10,7,code\n" },
		{ "fixed, not capped",
		  YAML(", normalize_over: fixed, max_users: 10, max_interactions: 10, "
		       "cap_components: false"),
		  false,
		  "1,search,5,10,1,0.5429,2026-05-01,10,10,7,code\n"
		  "2,search,5,20,1,0.8429,2026-05-01,10,10,7,code\n" },
		{ "weights and denominator",
		  YAML(", weights: {users: 0, interactions: 0, days: 1}, days_denominator: 2"),
		  false,
		  "1,search,5,10,1,0.5,2026-05-01,5,20,2,code\n"
		  "2,search,5,20,1,0.5,2026-05-01,5,20,2,code\n" },
		{ "another event type", YAML(", event_types: [click]"), false, "" },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		char *want = mem_format(OUT "%s", cases[i].want), *got;
		struct buf rows;
		struct project p;

		buf_init(&rows, SIZE_MAX);
		put_events(&rows, 2, 5, 20);
		put_events(&rows, 1, 5, 10);
		if (cases[i].third)
			put_events(&rows, 3, 500, 500);
		project_open(&p, cases[i].yaml);
		put_day(&p, DAY, rows.data);
		project_must(&p, "score", DAY);
		got = project_read(&p, "score", DAY);
		if (strcmp(got, *cases[i].want ? want : "") != 0)
			fail_msg("%s: %s", cases[i].name, got);
		project_close(&p);
		buf_release(&rows);
		free(want);
		free(got);
	}
}

/* Nulls, the edges of the window, partitions that are not there. */
static void
nulls_and_window_edges_count_as_said(void **state)
{
	struct project p;
	struct manifest m;

	(void)state;
	project_open(&p, YAML(""));
	put_day(&p, DAY - 7, "1,t,f,1,1,P,2026-04-24T23:59:59Z,\n");
	put_day(&p, DAY - 6,
		"2,t,f,1,1,P,2026-04-25T00:00:00Z,\n"
		"3,t,f,1,2,P,2026-04-24T23:59:59Z,\n"); /* a stray row of the day before */
	put_day(&p, DAY,
		"4,t,f,1,,P,2026-05-01T23:59:59.999999Z,\n"
		",t,f,1,3,P,2026-05-01T10:00:00Z,\n"
		"5,t,,1,4,P,2026-05-01T10:00:00Z,\n"
		"6,t,f,,4,P,2026-05-01T10:00:00Z,\n"
		"7,t,f,1,4,P,,\n"
		"8,t,f,1,4,P,2026-05-02T00:00:00Z,\n");
	project_must(&p, "score", DAY);
	project_expect(&p, "score", DAY, OUT "1,f,2,2,2,0.7857,2026-05-01,2,2,7,code\n");
	assert_int_equal(project_counter(&p, "score", DAY, "read"), 8);
	assert_int_equal(project_counter(&p, "score", DAY, "filtered"), 5);
	assert_int_equal(project_counter(&p, "score", DAY, "aggregated"), 3);
	assert_int_equal(project_counter(&p, "score", DAY, "written"), 1);
	project_manifest(&p, "score", DAY, &m);
	assert_int_equal(m.n_inputs, 7);
	assert_true(m.inputs[1].missing);
	assert_false(m.inputs[0].missing);
	assert_string_equal(m.inputs[0].partition, "event_date=2026-04-25");
	manifest_release(&m);
	/* A week without a single partition is an empty table, not an error. */
	project_must(&p, "score", DAY + 60);
	project_manifest(&p, "score", DAY + 60, &m);
	assert_int_equal(m.rows, 0);
	manifest_release(&m);
	project_close(&p);
}

/* Scale by 10^4, round half to even, unscale: not what printf("%.4f") makes of it (docs/MATH.md 1).
 */
static void
scores_are_rounded_as_asked(void **state)
{
	static const struct {
		const char *weight, *want;
	} cases[] = {
		{ "0.12345", ",0.1234," },
		{ "0.00025", ",0.0002," },
		{ "0.00035", ",0.0004," },
		{ "0.5", ",0.5," },
		{ "1", ",1," },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		char *yaml = mem_format(YAML(", weights: {users: %s, interactions: 0, days: 0}"),
					cases[i].weight);
		struct project p;
		char *got;

		project_open(&p, yaml);
		put_day(&p, DAY, "1,t,f,1,1,P,2026-05-01T10:00:00Z,\n");
		project_must(&p, "score", DAY);
		got = project_read(&p, "score", DAY);
		if (!strstr(got, cases[i].want))
			fail_msg("%s: %s", cases[i].weight, got);
		free(got);
		free(yaml);
		project_close(&p);
	}
}

/* ---- random events against the plain way of doing it ---- */

enum { EVENTS = 600, TENANTS = 4, FEATURES = 3, USERS = 8, DAYS = 7 };

struct random_event {
	int tenant, feature, user, day; /* user 0: null */
};

static void
put_expected(const struct random_event *events, struct buf *out)
{
	int users[TENANTS][FEATURES] = { 0 }, n[TENANTS][FEATURES] = { 0 };
	int days[TENANTS][FEATURES] = { 0 }, max_users = 0, max_n = 0;
	bool seen[TENANTS][FEATURES][USERS] = { 0 }, active[TENANTS][FEATURES][DAYS] = { 0 };

	for (int i = 0; i < EVENTS; i++) {
		const struct random_event *e = &events[i];

		n[e->tenant][e->feature]++;
		if (e->user && !seen[e->tenant][e->feature][e->user])
			users[e->tenant][e->feature]++;
		seen[e->tenant][e->feature][e->user] = true;
		days[e->tenant][e->feature] += !active[e->tenant][e->feature][e->day];
		active[e->tenant][e->feature][e->day] = true;
	}
	for (int t = 0; t < TENANTS; t++)
		for (int f = 0; f < FEATURES; f++) {
			max_users = users[t][f] > max_users ? users[t][f] : max_users;
			max_n = n[t][f] > max_n ? n[t][f] : max_n;
		}
	for (int t = 0; t < TENANTS; t++)
		for (int f = 0; f < FEATURES; f++) {
			double score = 0.4 * ((double)users[t][f] / max_users) +
				       0.3 * ((double)n[t][f] / max_n) + 0.3 * (days[t][f] / 7.0);

			if (n[t][f])
				buf_format(out, "%d,f%d,%d,%d,%d,%g,2026-05-01,%d,%d,7,code\n", t,
					   f, users[t][f], n[t][f], days[t][f],
					   rint(score * 1e4) / 1e4, max_users, max_n);
		}
}

static void
random_rows_agree_with_a_naive_score(void **state)
{
	uint64_t random = 11;

	(void)state;
	for (int round = 0; round < 20; round++) {
		struct random_event events[EVENTS];
		struct buf days[DAYS], want;
		struct project p;

		buf_init(&want, SIZE_MAX);
		buf_text(&want, OUT);
		for (int i = 0; i < DAYS; i++)
			buf_init(&days[i], SIZE_MAX);
		for (int i = 0; i < EVENTS; i++) {
			struct random_event *e = &events[i];
			char date[DATE_CHARS + 1], user[16] = "";

			*e = (struct random_event){ (int)(random_next(&random) % TENANTS),
						    (int)(random_next(&random) % FEATURES),
						    (int)(random_next(&random) % USERS),
						    (int)(random_next(&random) % DAYS) };
			if (e->user)
				(void)snprintf(user, sizeof(user), "%d", e->user);
			date_format(DAY - DAYS + 1 + e->day, date);
			buf_format(&days[e->day], "%d,t,f%d,%d,%s,P,%sT12:00:00Z,\n", i, e->feature,
				   e->tenant, user, date);
		}
		put_expected(events, &want);
		project_open(&p, YAML(""));
		for (int i = 0; i < DAYS; i++)
			put_day(&p, DAY - DAYS + 1 + i, days[i].data);
		project_must(&p, "score", DAY);
		project_expect(&p, "score", DAY, want.data);
		project_close(&p);
		for (int i = 0; i < DAYS; i++)
			buf_release(&days[i]);
		buf_release(&want);
	}
}

/* ---- files in place of a dataset ---- */

#define FILES(options)                                                                            \
	"dag: d\nschedule: '@daily'\nstart_date: 2026-04-01\ndatasets:\n"                         \
	"  score: {path: lake/score, format: csv}\n"                                              \
	"tasks:\n"                                                                                \
	"  score: {operator: score, method: engagement, window: 2d, output: score, from: {path: " \
	"'landing/*.csv', format: csv" options "}}\n"

/* Of the rows in the window the first of each key counts, whatever it says, file by file. */
static void
of_a_repeated_event_in_files_the_first_counts(void **state)
{
	static const struct {
		const char *yaml, *want;
		int64_t filtered, duplicates, aggregated, null_keys;
	} cases[] = {
		{ FILES(""),
		  "1,f,4,5,2,0.95,2026-05-01,4,6,2,code\n"
		  "1,g,2,6,2,0.8,2026-05-01,4,6,2,code\n",
		  3, -1, 12, -1 },
		{ FILES(", dedup: [event_id]"),
		  "1,f,3,2,2,0.9,2026-05-01,3,3,2,code\n"
		  "1,g,2,3,2,0.8667,2026-05-01,3,3,2,code\n",
		  3, 6, 6, 1 },
		{ FILES(", dedup: [event_id, feature_name]"),
		  "1,f,3,3,2,0.925,2026-05-01,3,4,2,code\n"
		  "1,g,2,4,2,0.8667,2026-05-01,3,4,2,code\n",
		  3, 4, 8, 2 },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		struct project p;
		struct manifest m;
		char digest[DIGEST_CHARS + 1], *text;

		project_open(&p, cases[i].yaml);
		project_text(&p, "landing/b.csv",
			     HEAD "1,t,f,1,3,P,2026-05-01T10:00:00Z,\n" /* not the first */
				  "2,t,g,1,1,P,2026-05-01T10:00:00Z,\n"
				  "2,t,g,1,2,P,2026-05-01T10:00:00Z,\n" /* a copy, other user */
				  "3,t,f,1,1,P,2026-05-01T10:00:00Z,\n"
				  "4,t,g,1,1,P,2026-04-30T10:00:00Z,\n"
				  "4,t,f,1,1,P,2026-05-01T10:00:00Z,\n"
				  ",t,f,1,4,P,2026-05-01T10:00:00Z,\n" /* no key: no copy */
				  "5,t,g,1,2,P,2026-05-01T10:00:00Z,\n");
		project_text(&p, "landing/a.csv",
			     HEAD "1,t,f,1,1,P,2026-04-29T23:59:59Z,\n" /* before the window */
				  "1,t,f,1,2,P,2026-04-30T10:00:00Z,\n" /* the first */
				  "1,t,f,1,2,P,2026-04-30T10:00:00Z,\n"
				  "6,t,,1,1,P,2026-05-01T10:00:00Z,\n" /* does not count, and ... */
				  "6,t,g,1,1,P,2026-05-01T10:00:00Z,\n" /* ... its copy does not */
				  "7,t,g,,1,P,2026-05-02T00:00:00Z,\n"  /* behind the window */
				  "2,t,g,1,1,P,2026-05-01T10:00:00Z,\n");
		project_must(&p, "score", DAY);
		project_manifest(&p, "score", DAY, &m);
		assert_int_equal(m.n_inputs, 1);
		assert_string_equal(m.inputs[0].dataset, "files");
		memcpy(digest, m.inputs[0].digest, sizeof(digest));
		manifest_release(&m);
		text = mem_format(OUT "%s", cases[i].want);
		project_expect(&p, "score", DAY, text);
		free(text);
		assert_int_equal(project_counter(&p, "score", DAY, "read"), 15);
		assert_int_equal(project_counter(&p, "score", DAY, "filtered"), cases[i].filtered);
		assert_int_equal(project_counter(&p, "score", DAY, "duplicates"),
				 cases[i].duplicates);
		assert_int_equal(project_counter(&p, "score", DAY, "aggregated"),
				 cases[i].aggregated);
		assert_int_equal(project_counter(&p, "score", DAY, "null_keys"),
				 cases[i].null_keys);
		project_text(&p, "landing/c.csv", HEAD);
		project_must(&p, "score", DAY);
		project_manifest(&p, "score", DAY, &m);
		assert_string_not_equal(m.inputs[0].digest, digest);
		manifest_release(&m);
		project_close(&p);
	}
}

static void
no_file_at_all_is_missing(void **state)
{
	struct project p;
	struct ended e;

	(void)state;
	project_open(&p, FILES(""));
	e = project_run(&p, "score", DAY);
	assert_int_equal(e.outcome, OUTCOME_MISSING);
	assert_string_equal(e.message, "no file matches 'landing/*.csv'");
	ended_release(&e);
	project_close(&p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_fixture_gives_its_hand_made_scores),
		cmocka_unit_test(nulls_and_window_edges_count_as_said),
		cmocka_unit_test(scores_are_rounded_as_asked),
		cmocka_unit_test(random_rows_agree_with_a_naive_score),
		cmocka_unit_test(of_a_repeated_event_in_files_the_first_counts),
		cmocka_unit_test(no_file_at_all_is_missing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
