/* test_rollup.c - the merge of daily rollups: groups larger than a batch, order, many days. */
#include "tests/fixture/lanes.h"
#include "tests/fixture/op.h"

#define YAML(window, options)                                                                    \
	"dag: d\nschedule: '@daily'\nstart_date: 2026-01-01\ndatasets:\n"                        \
	"  rollup: {path: lake/rollup, format: csv, columns: {event_date: date, event_type: "    \
	"string, feature_name: string, tenant_id: int64, user_id: int64, interaction_count: "    \
	"int64}}\n"                                                                              \
	"  score: {path: lake/score, format: csv}\n"                                             \
	"tasks:\n"                                                                               \
	"  score: {operator: score, method: engagement, input: rollup, missing: allow, output: " \
	"score, window: " window options "}\n"
#define HEAD "event_date,event_type,feature_name,tenant_id,user_id,interaction_count\n"
#define OUT                                                                                    \
	"tenant_id,feature_name,unique_users,total_interactions,days_active,engagement_score," \
	"score_date,norm_max_users,norm_max_interactions,norm_days,formula\n"

static void
put_part(const struct project *p, int64_t day, const char *file, const char *rows)
{
	char partition[GRID_KEY_CHARS + 1], *name, *text = mem_format(HEAD "%s", rows);

	grid_key(grid_days, day, partition);
	name = mem_format("lake/rollup/%s/%s", partition, file);
	project_text(p, name, text);
	free(name);
	free(text);
}

static void
a_user_of_several_days_is_counted_once(void **state)
{
	struct project p;

	(void)state;
	project_open(&p, YAML("3d", ""));
	put_part(&p, DAY - 2, "a.csv",
		 "2026-04-29,click,f,1,,4\n"
		 "2026-04-29,,f,1,7,1\n"
		 "2026-04-29,click,f,1,7,1\n"
		 "2026-04-29,click,f,1,9,1\n"
		 "2026-04-29,click,g,1,7,5\n");
	put_part(&p, DAY, "a.csv",
		 "2026-05-01,click,f,-3,7,\n"
		 "2026-05-01,click,f,1,,1\n"
		 "2026-05-01,click,f,1,8,1\n"
		 "2026-05-01,click,f,1,9,1\n"
		 "2026-05-01,click,fa,1,9,1\n");
	project_must(&p, "score", DAY);
	project_expect(&p, "score", DAY,
		       OUT "-3,f,1,0,1,0.2333,2026-05-01,3,10,3,code\n"
			   "1,f,3,10,2,0.9,2026-05-01,3,10,3,code\n"
			   "1,fa,1,1,1,0.2633,2026-05-01,3,10,3,code\n"
			   "1,g,1,5,1,0.3833,2026-05-01,3,10,3,code\n");
	assert_int_equal(project_counter(&p, "score", DAY, "read"), 10);
	assert_int_equal(project_counter(&p, "score", DAY, "filtered"), 0);
	assert_int_equal(project_counter(&p, "score", DAY, "aggregated"), 10);
	project_close(&p);
}

/* What is not in order, or lacks its key, is an error with file and row. */
static void
rows_out_of_order_name_file_and_row(void **state)
{
	static const struct {
		const char *name, *rows, *more, *want;
	} cases[] = {
		{ "tenant", ",c,f,2,1,1\n,c,f,1,1,1\n", NULL,
		  "a.csv': row 2 is not in the order of a rollup" },
		{ "feature", ",c,f,1,1,1\n,c,g,1,1,1\n,c,f,1,2,1\n", NULL,
		  "a.csv': row 3 is not in the order of a rollup" },
		{ "user", ",c,f,1,1,1\n,c,f,1,3,1\n,c,f,1,2,1\n", NULL,
		  "a.csv': row 3 is not in the order of a rollup" },
		{ "null user", ",c,f,1,1,1\n,c,f,1,,1\n", NULL,
		  "a.csv': row 2 is not in the order of a rollup" },
		{ "next file", ",c,f,1,1,1\n,c,f,1,5,1\n", ",c,f,1,4,1\n",
		  "b.csv': row 1 is not in the order of a rollup" },
		{ "null tenant", ",c,f,,1,1\n", NULL, "a.csv': row 1: 'tenant_id' is null" },
		{ "negative", ",c,f,1,1,1\n,c,f,1,2,-1\n", NULL,
		  "a.csv': row 2: interaction_count is negative" },
		{ "too many", ",c,f,1,1,9223372036854775807\n,c,f,1,2,1\n", NULL,
		  "tenant 1, feature 'f': more interactions than an int64 counts" },
		{ "too many in two days' worth of rows",
		  ",c,f,1,1,4611686018427387904\n,d,f,1,1,4611686018427387904\n,c,g,1,1,1\n", NULL,
		  "tenant 1, feature 'f': more interactions than an int64 counts" },
		{ "so many that they wrap around",
		  ",b,f,1,1,4611686018427387904\n,c,f,1,1,4611686018427387904\n"
		  ",d,f,1,1,4611686018427387904\n,e,f,1,1,4611686018427387904\n,c,g,1,1,1\n",
		  NULL, "tenant 1, feature 'f': more interactions than an int64 counts" },
		{ "user across files", ",c,f,1,1,1\n,c,f,1,5,1\n,c,g,1,5,1\n", ",c,g,1,4,1\n",
		  "b.csv': row 1 is not in the order of a rollup" },
		{ "a feature again", ",c,f,1,1,1\n,c,fa,1,1,1\n,c,fb,1,1,1\n,c,f,1,2,1\n", NULL,
		  "a.csv': row 4 is not in the order of a rollup" },
		{ "null feature", ",c,f,1,1,1\n,c,,1,1,1\n", NULL,
		  "a.csv': row 2: 'feature_name' is null" },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		struct project p;
		struct ended e;

		project_open(&p, YAML("1d", ""));
		put_part(&p, DAY, "a.csv", cases[i].rows);
		if (cases[i].more)
			put_part(&p, DAY, "b.csv", cases[i].more);
		e = project_run(&p, "score", DAY);
		assert_int_equal(e.outcome, OUTCOME_ERROR);
		if (!strstr(e.message, cases[i].want))
			fail_msg("%s: %s", cases[i].name, e.message);
		ended_release(&e);
		project_close(&p);
	}
}

/* ---- large groups, many days, other types ---- */

enum { BIG_USERS = 150000, BIG_DAYS = 33, BIG_TENANTS = 2 };

struct big {
	int days, users; /* how many days have rows, and users of which each has a part */
	bool one_type;
	bool two_files; /* a file for each tenant: a place to split them between lanes */
};

/* Does the user have rows of a type on a day? */
static bool
has(int tenant, int day, int user, int type)
{
	return ((unsigned)user * 2654435761U + (unsigned)day * 40503U + (unsigned)tenant * 7U +
		(unsigned)type * 31U) >>
		   16 &
	       1;
}

/* The rows of a tenant on a day. */
static void
put_tenant(const struct big *g, int tenant, int day, struct buf *out)
{
	static const char *const types[] = { "", "click", "view" };

	for (int user = -1; user < g->users; user++)
		for (int type = 0; type < 3; type++) {
			char name[16] = "";

			if (!has(tenant, day, user, type))
				continue;
			if (user >= 0)
				(void)snprintf(name, sizeof(name), "%d", user);
			buf_format(out, ",%s,f,%d,%s,%d\n", types[type], tenant, name,
				   user % 3 + 1);
		}
}

static void
put_days(const struct project *p, const struct big *g)
{
	static const char *const files[BIG_TENANTS] = { "a.csv", "b.csv" };

	for (int day = 0; day < g->days; day++) {
		struct buf rows;

		buf_init(&rows, SIZE_MAX);
		for (int tenant = 0; tenant < BIG_TENANTS; tenant++) {
			put_tenant(g, tenant, day, &rows);
			if (!g->two_files && tenant + 1 < BIG_TENANTS)
				continue;
			put_part(p, DAY - day, files[tenant], rows.data);
			buf_reset(&rows);
		}
		buf_release(&rows);
	}
}

static void
expect_big(const struct big *g, int tenant, char *out, size_t room)
{
	int users = 0, days = 0;
	int64_t interactions = 0;
	int from = g->one_type ? 1 : 0, to = g->one_type ? 2 : 3;

	for (int user = -1; user < g->users; user++) {
		bool seen = false;

		for (int day = 0; day < g->days; day++)
			for (int type = from; type < to; type++)
				if (has(tenant, day, user, type)) {
					seen = true;
					interactions += user % 3 + 1;
				}
		users += seen && user >= 0;
	}
	for (int day = 0; day < g->days; day++) {
		bool any = false;

		for (int user = -1; user < g->users && !any; user++)
			for (int type = from; type < to; type++)
				any |= has(tenant, day, user, type);
		days += any;
	}
	(void)snprintf(out, room, "\n%d,f,%d,%lld,%d,", tenant, users, (long long)interactions,
		       days);
}

/* The last has a day more than are merged, and is counted in any order. */
static void
big_rollups_are_merged_as_a_plain_count_does(void **state)
{
	static const struct {
		const char *name, *yaml;
		struct big big;
	} cases[] = {
		{ "one day", YAML("1d", ""), { 1, BIG_USERS, false, false } },
		{ "many batches", YAML("2d", ""), { 2, BIG_USERS, false, false } },
		{ "two lanes", YAML("2d", ""), { 2, BIG_USERS, false, true } },
		{ "one type", YAML("2d", ", event_types: [click]"), { 2, BIG_USERS, true, false } },
		{ "one type, two lanes",
		  YAML("2d", ", event_types: [click]"),
		  { 2, BIG_USERS, true, true } },
		{ "many days", YAML("32d", ""), { 32, 3000, false, false } },
		{ "too many days to merge", YAML("33d", ""), { BIG_DAYS, 3000, false, false } },
		{ "too many, one type",
		  YAML("33d", ", event_types: [click]"),
		  { BIG_DAYS, 3000, true, true } },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		struct project p;
		char want[100], *got, *again;
		cpu_set_t before;

		project_open(&p, cases[i].yaml);
		put_days(&p, &cases[i].big);
		project_must(&p, "score", DAY);
		got = project_read(&p, "score", DAY);
		for (int tenant = 0; tenant < BIG_TENANTS; tenant++) {
			expect_big(&cases[i].big, tenant, want, sizeof(want));
			if (!strstr(got, want))
				fail_msg("%s: no '%s' in %s", cases[i].name, want + 1, got);
		}
		lanes_limit(true, &before);
		project_must(&p, "score", DAY);
		lanes_limit(false, &before);
		again = project_read(&p, "score", DAY);
		assert_string_equal(got, again);
		free(got);
		free(again);
		project_close(&p);
	}
}

/* ---- random days beside the same events ---- */

#define EVENTS_YAML(options)                                                                      \
	"dag: d\nschedule: '@daily'\nstart_date: 2026-01-01\ndatasets:\n"                         \
	"  events: {path: lake/events, format: csv, columns: {event_id: int64, event_type: "      \
	"string, feature_name: string, tenant_id: int64, user_id: int64, timestamp: "             \
	"timestamp}}\n"                                                                           \
	"  rollup: {path: lake/rollup, format: parquet}\n"                                        \
	"  score: {path: lake/score, format: csv}\n"                                              \
	"  direct: {path: lake/direct, format: csv}\n"                                            \
	"tasks:\n"                                                                                \
	"  rollup: {operator: rollup, input: events, output: rollup}\n"                           \
	"  score: {operator: score, method: engagement, input: rollup, missing: allow, output: "  \
	"score, window: 4d" options "}\n"                                                         \
	"  direct: {operator: score, method: engagement, input: events, missing: allow, output: " \
	"direct, window: 4d" options "}\n"

enum { MIX_DAYS = 4 };

/* What the events of some days are made of. */
struct mix {
	const char *name;
	int rows, tenants, features, users; /* of a day; numbers that are different */
	bool wide_users;                    /* anywhere in an int64 */
	bool new_features;                  /* those of a day are its own, but for a few */
	int empty_day;                      /* one without events; -1: none */
};

static int64_t
mix_user(const struct mix *x, uint64_t *random)
{
	/* The square makes some of them far busier than others. */
	uint64_t i = random_next(random) % (uint64_t)x->users;

	i = i * i / (uint64_t)x->users;
	if (!x->wide_users)
		return (int64_t)i - 3;
	if (i < 2)
		return i ? INT64_MAX : INT64_MIN;
	return (int64_t)(i * UINT64_C(0x9e3779b97f4a7c15));
}

static void
put_mix(const struct project *p, const struct mix *x, int day, uint64_t *random)
{
	static const char *const types[] = { "", "click", "view" };
	static const char *const names[] = {
		"f", "", "f ", "caf\xC3\xA9", "\xE2\x82\xAC", "F", "ff"
	};
	char partition[GRID_KEY_CHARS + 1], *name;
	struct buf rows;

	buf_init(&rows, SIZE_MAX);
	buf_text(&rows, "event_id,event_type,feature_name,tenant_id,user_id,timestamp\n");
	for (int i = 0; i < x->rows; i++) {
		uint64_t feature = random_next(random) % (uint64_t)x->features;
		int64_t tenant = (int64_t)(random_next(random) % (uint64_t)x->tenants) - 2;
		const char *text = names[feature % countof(names)];
		bool own = x->new_features && feature >= countof(names);

		buf_format(&rows, "%d,%s,\"%s%d\",%lld,", i, types[random_next(random) % 3], text,
			   (int)feature + (own ? day * x->features : 0), (long long)tenant);
		if (random_next(random) % 20)
			buf_format(&rows, "%lld", (long long)mix_user(x, random));
		buf_format(&rows, ",2026-04-%02dT%02d:00:00Z\n", 30 - day, i % 24);
	}
	grid_key(grid_days, DAY - 1 - day, partition);
	name = mem_format("lake/events/%s/a.csv", partition);
	project_text(p, name, rows.data);
	free(name);
	buf_release(&rows);
}

/* The merge says what the events say, in one lane as in two. */
static void
expect_the_same(struct project *p, const struct mix *x)
{
	char *direct, *merged, *again;
	cpu_set_t before;

	project_must(p, "direct", DAY - 1);
	project_must(p, "score", DAY - 1);
	direct = project_read(p, "direct", DAY - 1);
	merged = project_read(p, "score", DAY - 1);
	if (strcmp(direct, merged) != 0)
		fail_msg("%s: the merge says\n%.2000s\nthe events say\n%.2000s", x->name, merged,
			 direct);
	lanes_limit(true, &before);
	project_must(p, "score", DAY - 1);
	lanes_limit(false, &before);
	again = project_read(p, "score", DAY - 1);
	assert_string_equal(merged, again);
	free(direct);
	free(merged);
	free(again);
}

static void
random_days_are_merged_as_their_events_count(void **state)
{
	static const struct mix mixes[] = {
		{ "a few of all", 300, 3, 4, 9, false, false, -1 },
		{ "an empty day", 300, 3, 4, 9, false, false, 2 },
		{ "many groups", 30000, 400, 30, 2000, false, false, -1 },
		{ "one tenant", 20000, 1, 7, 3000, true, false, -1 },
		{ "one feature", 20000, 50, 1, 30000, true, false, 0 },
		{ "one group", 90000, 1, 1, 70000, true, false, -1 },
		{ "users anywhere", 20000, 20, 9, 500, true, false, -1 },
		{ "features of a day", 20000, 5, 3000, 100, false, true, -1 },
	};
	static const char *const yamls[] = { EVENTS_YAML(""),
					     EVENTS_YAML(", event_types: [click, none]") };
	uint64_t random = 20574;

	(void)state;
	for (size_t i = 0; i < countof(mixes) * countof(yamls); i++) {
		const struct mix *x = &mixes[i / countof(yamls)];
		struct project p;

		project_open(&p, yamls[i % countof(yamls)]);
		for (int day = 0; day < MIX_DAYS; day++) {
			if (day == x->empty_day)
				continue;
			put_mix(&p, x, day, &random);
			project_must(&p, "rollup", DAY - 1 - day);
		}
		expect_the_same(&p, x);
		project_close(&p);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_user_of_several_days_is_counted_once),
		cmocka_unit_test(rows_out_of_order_name_file_and_row),
		cmocka_unit_test(big_rollups_are_merged_as_a_plain_count_does),
		cmocka_unit_test(random_days_are_merged_as_their_events_count),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
