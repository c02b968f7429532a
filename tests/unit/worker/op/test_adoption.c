/* test_adoption.c - shares of tenants by size and plan, against the golden fixture. */
#include "tests/fixture/op.h"

#include "worker/score/cohort.h"

#define YAML(options)                                                                         \
	"dag: d\nschedule: '@daily'\nstart_date: 2026-04-01\nparams:\n"                       \
	"  feature: {type: string, default: advanced_roadmaps}\ndatasets:\n"                  \
	"  events: {path: lake/events, format: csv, schema: events}\n"                        \
	"  tenants: {path: reference/tenants.csv, format: csv, partitioned: false, columns: " \
	"{tenant_id: int64, product: string, plan: string, active_users: int64, created_at: " \
	"timestamp}}\n"                                                                       \
	"  adoption: {path: lake/adoption, format: csv}\n"                                    \
	"tasks:\n"                                                                            \
	"  adoption: {operator: score, method: adoption, input: events, dimension: tenants, " \
	"missing: allow, feature: '{{ params.feature }}', output: adoption" options "}\n"
#define EVENTS \
	"event_id,event_type,feature_name,tenant_id,user_id,project_key,timestamp,properties\n"
#define TENANTS "tenant_id,product,plan,active_users,created_at\n"
#define OUT                                                                                    \
	"size_bucket,plan,total_tenants,adopting_tenants,adoption_pct,plan_rank,feature_name," \
	"window_start,window_end\n"
#define TAIL ",advanced_roadmaps,2026-04-02,2026-05-01\n"

static const struct param_value params[] = { { "feature", "advanced_roadmaps" } };

static void
put_users(struct buf *out, int tenant, int users, const char *type, const char *feature)
{
	for (int i = 0; i < users; i++)
		buf_format(out, "1,%s,%s,%d,%d,P,2026-05-01T10:00:00Z,\n", type, feature, tenant,
			   i + 1);
}

/* Run the task over one day of events and compare. */
static void
expect(const char *name, const char *yaml, const char *tenants, const char *events,
       const char *want)
{
	struct project p;
	struct ended e;
	struct spec s;
	char *got;

	project_open(&p, yaml);
	project_text(&p, "reference/tenants.csv", tenants);
	project_text(&p, "lake/events/event_date=2026-05-01/part.csv", events);
	project_spec(&p, &s, "adoption", DAY);
	s.params = arena_get(s.arena, sizeof(params));
	memcpy(s.params, params, sizeof(params));
	s.n_params = 1;
	e = project_run_spec(&s);
	if (e.outcome != OUTCOME_OK)
		fail_msg("%s: %s", name, e.message);
	project_publish(&s);
	got = project_read(&p, "adoption", DAY);
	if (strcmp(got, want) != 0)
		fail_msg("%s: %s", name, got);
	free(got);
	ended_release(&e);
	arena_free(s.arena);
	project_close(&p);
}

/* The fixture of docs/MATH.md 2: every bucket edge, both plans, one without a size. */
static const char fixture[] = TENANTS "1,a,premium,0,\n"
				      "2,a,premium,5,\n"
				      "3,a,premium,10,\n"
				      "4,a,enterprise,11,\n"
				      "5,a,premium,50,\n"
				      "6,a,premium,12,\n"
				      "7,a,enterprise,51,\n"
				      "8,a,enterprise,201,\n"
				      "9,a,enterprise,1001,\n"
				      "9,b,premium,1001,\n"
				      "10,a,free,30,\n"
				      "11,a,,30,\n";

static void
the_fixture_gives_its_hand_made_rows(void **state)
{
	struct buf events;

	(void)state;
	buf_init(&events, SIZE_MAX);
	buf_text(&events, EVENTS);
	for (int tenant = 2; tenant <= 10; tenant++)
		put_users(&events, tenant, 5, "feature_used", "advanced_roadmaps");
	/* The same events again change nothing, nor does what is not the feature's use. */
	put_users(&events, 4, 5, "feature_used", "advanced_roadmaps");
	put_users(&events, 1, 4, "feature_used", "advanced_roadmaps");
	put_users(&events, 1, 9, "page_view", "advanced_roadmaps");
	put_users(&events, 1, 9, "feature_used", "search");
	buf_text(&events, "1,feature_used,advanced_roadmaps,1,,P,2026-05-01T10:00:00Z,\n"
			  "1,feature_used,advanced_roadmaps,,7,P,2026-05-01T10:00:00Z,\n");
	expect("golden", YAML(""), fixture, events.data,
	       OUT "0-10,premium,3,2,66.67,1" TAIL "11-50,enterprise,1,1,100,1" TAIL
		   "11-50,premium,2,2,100,1" TAIL "51-200,enterprise,1,1,100,1" TAIL
		   "201-1000,enterprise,1,1,100,1" TAIL "1000+,enterprise,1,1,100,1" TAIL
		   "1000+,premium,1,1,100,1" TAIL);
	buf_release(&events);
}

static void
every_option_changes_what_it_says(void **state)
{
	static const char tenants[] = TENANTS "1,a,premium,,\n"
					      "2,a,premium,1000,\n"
					      "3,a,enterprise,500,\n"
					      "4,a,enterprise,300,\n";
	struct buf events;

	(void)state;
	buf_init(&events, SIZE_MAX);
	buf_text(&events, EVENTS);
	put_users(&events, 1, 6, "feature_used", "advanced_roadmaps");
	put_users(&events, 2, 6, "feature_used", "advanced_roadmaps");
	put_users(&events, 3, 5, "click", "advanced_roadmaps");
	expect("unknown size", YAML(""), tenants, events.data,
	       OUT "201-1000,premium,1,1,100,1" TAIL "201-1000,enterprise,2,0,0,2" TAIL
		   "unknown,premium,1,1,100,1" TAIL);
	expect("compat", YAML(", null_bucket: compat"), tenants, events.data,
	       OUT "201-1000,premium,1,1,100,1" TAIL "201-1000,enterprise,2,0,0,2" TAIL
		   "1000+,premium,1,1,100,1" TAIL);
	expect("any event type", YAML(", event_type: '*'"), tenants, events.data,
	       OUT "201-1000,premium,1,1,100,1" TAIL "201-1000,enterprise,2,1,50,2" TAIL
		   "unknown,premium,1,1,100,1" TAIL);
	expect("min_users", YAML(", min_users: 7"), tenants, events.data,
	       OUT "201-1000,enterprise,2,0,0,1" TAIL "201-1000,premium,1,0,0,1" TAIL
		   "unknown,premium,1,0,0,1" TAIL);
	expect("a share of the size", YAML(", min_users: {absolute: 1, share_of_active: 1%}"),
	       tenants, events.data,
	       OUT "201-1000,enterprise,2,0,0,1" TAIL "201-1000,premium,1,0,0,1" TAIL
		   "unknown,premium,1,1,100,1" TAIL);
	expect("empty buckets, one plan, other edges",
	       YAML(", include_empty_buckets: true, plans: [premium], buckets: [5, 1000]"), tenants,
	       events.data,
	       OUT "0-5,premium,0,0,,1" TAIL "6-1000,premium,1,1,100,1" TAIL
		   "1000+,premium,0,0,,1" TAIL "unknown,premium,1,1,100,1" TAIL);
	buf_release(&events);
}

/* 14 % of 50 are 7, 55 % of 100 are 55: a double makes more of both. */
static void
a_share_is_reached_at_its_exact_count(void **state)
{
	static const char tenants[] = TENANTS "1,a,premium,50,\n2,a,enterprise,100,\n";
	struct buf events;

	(void)state;
	buf_init(&events, SIZE_MAX);
	buf_text(&events, EVENTS);
	put_users(&events, 1, 7, "feature_used", "advanced_roadmaps");
	put_users(&events, 2, 55, "feature_used", "advanced_roadmaps");
	expect("14 of 50",
	       YAML(", min_users: {absolute: 1, share_of_active: 14%}, plans: [premium]"), tenants,
	       events.data, OUT "11-50,premium,1,1,100,1" TAIL);
	expect("55 of 100",
	       YAML(", min_users: {absolute: 1, share_of_active: 0.55}, plans: [enterprise]"),
	       tenants, events.data, OUT "51-200,enterprise,1,1,100,1" TAIL);
	expect("more than 55 of 100",
	       YAML(", min_users: {absolute: 1, share_of_active: 55.01%}, plans: [enterprise]"),
	       tenants, events.data, OUT "51-200,enterprise,1,0,0,1" TAIL);
	buf_release(&events);
}

/* The same users, from daily rollups: the day is a column of its own. */
static void
a_rollup_gives_the_same_shares(void **state)
{
	static const char yaml[] =
	    "dag: d\nschedule: '@daily'\nstart_date: 2026-04-01\ndatasets:\n"
	    "  daily: {path: lake/events, format: csv, columns: {event_date: date, event_type: "
	    "string, feature_name: string, tenant_id: int64, user_id: int64, interaction_count: "
	    "int64}}\n"
	    "  tenants: {path: reference/tenants.csv, format: csv, partitioned: false, columns: "
	    "{tenant_id: int64, product: string, plan: string, active_users: int64, created_at: "
	    "timestamp}}\n"
	    "  adoption: {path: lake/adoption, format: csv}\n"
	    "tasks:\n"
	    "  adoption: {operator: score, method: adoption, input: daily, dimension: tenants, "
	    "missing: allow, feature: advanced_roadmaps, min_users: 3, output: adoption}\n";
	static const char rollup[] =
	    "event_date,event_type,feature_name,tenant_id,user_id,interaction_count\n"
	    "2026-05-01,feature_used,advanced_roadmaps,3,1,5\n"
	    "2026-05-01,feature_used,advanced_roadmaps,3,2,1\n"
	    "2026-04-02,feature_used,advanced_roadmaps,3,3,1\n"
	    "2026-05-01,feature_used,advanced_roadmaps,2,1,9\n"
	    "2026-05-01,feature_used,advanced_roadmaps,2,2,9\n"
	    "2026-05-01,feature_used,advanced_roadmaps,2,,9\n"
	    "2026-05-01,page_view,advanced_roadmaps,2,3,9\n"
	    "2026-04-01,feature_used,advanced_roadmaps,2,4,9\n";

	(void)state;
	expect("rollup", yaml, fixture, rollup,
	       OUT "0-10,premium,3,1,33.33,1" TAIL "11-50,enterprise,1,0,0,1" TAIL
		   "11-50,premium,2,0,0,1" TAIL "51-200,enterprise,1,0,0,1" TAIL
		   "201-1000,enterprise,1,0,0,1" TAIL "1000+,enterprise,1,0,0,1" TAIL
		   "1000+,premium,1,0,0,1" TAIL);
}

#define FROM_YAML(from)                                                                       \
	"dag: d\nschedule: '@daily'\nstart_date: 2026-04-01\ndatasets:\n"                     \
	"  tenants: {path: reference/tenants.csv, format: csv, partitioned: false, columns: " \
	"{tenant_id: int64, product: string, plan: string, active_users: int64, created_at: " \
	"timestamp}}\n"                                                                       \
	"  adoption: {path: lake/adoption, format: csv}\n"                                    \
	"tasks:\n"                                                                            \
	"  adoption: {operator: score, method: adoption, from: " from                         \
	", dimension: tenants, feature: f, output: adoption}\n"

/* Files instead of a dataset: of an event that comes twice in the window the first row counts. */
static void
of_a_repeated_event_in_files_the_first_counts(void **state)
{
	static const char tenants[] = TENANTS "1,a,premium,9,\n";
	static const char at[] = "P,2026-05-01T10:00:00Z,\n";
	static const struct {
		const char *name, *from;
		int adopting;
	} cases[] = {
		{ "every row", "{path: 'lake/events/*/part.csv', format: csv}, min_users: 3", 1 },
		{ "first rows",
		  "{path: 'lake/events/*/part.csv', format: csv, dedup: [event_id]}, min_users: 3",
		  0 },
		{ "a row without a key is no copy",
		  "{path: 'lake/events/*/part.csv', format: csv, dedup: [event_id]}, min_users: 2",
		  1 },
	};
	char *events = mem_format(
	    EVENTS "1,feature_used,f,1,1,%s"
		   /* Another user, but the same event. */
		   "1,feature_used,f,1,2,%s"
		   /* No key, so a copy of nothing, and one that is not in the window. */
		   ",feature_used,f,1,3,%s"
		   "4,feature_used,f,1,4,P,2026-03-01T10:00:00Z,\n"
		   /* The first of these is no use of the feature. */
		   "5,feature_used,other,1,5,%s5,feature_used,f,1,5,%s"
		   /* The first of these is not in the window. */
		   "6,feature_used,other,1,1,P,2026-03-01T10:00:00Z,\n"
		   "6,feature_used,f,1,1,%s",
	    at, at, at, at, at, at);

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		char *yaml = mem_format(FROM_YAML("%s"), cases[i].from);
		char *want = mem_format(OUT "0-10,premium,1,%d,%s,1,f,2026-04-02,2026-05-01\n",
					cases[i].adopting, cases[i].adopting ? "100" : "0");

		expect(cases[i].name, yaml, tenants, events, want);
		free(yaml);
		free(want);
	}
	free(events);
}

/* A4: the upper edge belongs to the bucket. */
static void
the_upper_edge_belongs_to_the_bucket(void **state)
{
	static const struct {
		int64_t size;
		const char *label;
	} cases[] = {
		{ -1, "0-10" },       { 0, "0-10" },     { 10, "0-10" },    { 11, "11-50" },
		{ 50, "11-50" },      { 51, "51-200" },  { 200, "51-200" }, { 201, "201-1000" },
		{ 1000, "201-1000" }, { 1001, "1000+" },
	};
	static const int64_t edges[] = { 10, 50, 200, 1000 };
	static const char *const plans[] = { "p" };
	const struct op_adoption p = {
		.plans = plans, .n_plans = 1, .buckets = edges, .n_buckets = 4
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		struct cohorts c;
		char label[48];

		cohorts_init(&c, &p);
		cohorts_add(&c, 1, (struct span){ "p", 1 }, &cases[i].size, true);
		cohorts_add(&c, 1, (struct span){ "p", 1 }, &cases[i].size, true);
		cohorts_rank(&c);
		assert_int_equal(c.count, 1);
		assert_int_equal(c.items[0].total, 1);
		cohort_label(&p, c.items[0].bucket, label, sizeof(label));
		assert_string_equal(label, cases[i].label);
		cohorts_release(&c);
	}
}

/* A5: with tenant_grain: tenant the totals are those of tenants, in any order of rows. */
static void
of_a_tenant_one_row_counts_when_asked(void **state)
{
	static const char tenants[] = TENANTS "1,a,premium,10,\n"
					      "1,b,enterprise,11,\n"
					      "2,a,enterprise,9,\n"
					      "2,b,premium,9,\n"
					      "3,a,premium,,\n"
					      "3,b,enterprise,0,\n"
					      "3,b,free,900,\n"
					      "4,a,premium,,\n";
	struct buf events;

	(void)state;
	buf_init(&events, SIZE_MAX);
	buf_text(&events, EVENTS);
	put_users(&events, 1, 5, "feature_used", "advanced_roadmaps");
	put_users(&events, 3, 5, "feature_used", "advanced_roadmaps");
	expect("each plan", YAML(""), tenants, events.data,
	       OUT "0-10,enterprise,2,1,50,1" TAIL "0-10,premium,2,1,50,1" TAIL
		   "11-50,enterprise,1,1,100,1" TAIL "unknown,premium,2,1,50,1" TAIL);
	expect("each tenant", YAML(", tenant_grain: tenant"), tenants, events.data,
	       OUT "0-10,enterprise,1,1,100,1" TAIL "0-10,premium,1,0,0,2" TAIL
		   "11-50,enterprise,1,1,100,1" TAIL "unknown,premium,1,0,0,1" TAIL);
	buf_release(&events);
}

/* A row of a dimension as the plain way sees it. */
struct tenant_row {
	int64_t tenant, size; /* -1: no size */
	int plan;
};

/* Of the rows of a tenant, does this one stand for it?  The first of equal ones. */
static bool
stands_for_tenant(const struct tenant_row *rows, size_t n, size_t at)
{
	const struct tenant_row *own = &rows[at];

	for (size_t k = 0; k < n; k++) {
		const struct tenant_row *r = &rows[k];

		if (k == at || r->tenant != own->tenant)
			continue;
		if (r->size > own->size || (r->size == own->size && r->plan < own->plan) ||
		    (r->size == own->size && r->plan == own->plan && k < at))
			return false;
	}
	return true;
}

static void
cohorts_of_tenants_are_those_of_a_plain_count(void **state)
{
	enum { ROWS = 60, PLANS = 3, BUCKETS = 4 };
	static const char *const plans[] = { "a", "b", "c" };
	static const int64_t edges[] = { 2, 5 };
	const struct op_adoption p = { .plans = plans,
				       .n_plans = PLANS,
				       .buckets = edges,
				       .n_buckets = 2,
				       .tenant_grain = GRAIN_TENANT };
	uint64_t random = 3;

	(void)state;
	for (int round = 0; round < 200; round++) {
		int64_t want[BUCKETS][PLANS] = { 0 }, adopting[BUCKETS][PLANS] = { 0 };
		struct tenant_row rows[ROWS];
		struct cohorts c;

		cohorts_init(&c, &p);
		for (size_t i = 0; i < ROWS; i++) {
			struct tenant_row *r = &rows[i];

			*r = (struct tenant_row){ (int64_t)(random_next(&random) % 20),
						  (int64_t)(random_next(&random) % 8) - 1,
						  (int)(random_next(&random) % PLANS) };
			cohorts_add(&c, r->tenant, (struct span){ plans[r->plan], 1 },
				    r->size < 0 ? NULL : &r->size, r->size > r->tenant % 5);
		}
		for (size_t i = 0; i < ROWS; i++) {
			const struct tenant_row *r = &rows[i];
			int bucket = r->size < 0 ? 3 : r->size <= 2 ? 0 : r->size <= 5 ? 1 : 2;

			if (!stands_for_tenant(rows, ROWS, i))
				continue;
			want[bucket][r->plan]++;
			adopting[bucket][r->plan] += r->size > r->tenant % 5;
		}
		cohorts_rank(&c);
		for (size_t i = 0; i < c.count; i++) {
			const struct cohort *item = &c.items[i];

			assert_int_equal(item->total, want[item->bucket][item->plan]);
			assert_int_equal(item->adopting, adopting[item->bucket][item->plan]);
			want[item->bucket][item->plan] = 0;
		}
		for (int i = 0; i < BUCKETS * PLANS; i++)
			assert_int_equal(want[i / PLANS][i % PLANS], 0);
		cohorts_release(&c);
	}
}

/* A6: two of three plans tie. */
static void
ties_are_ranked_as_asked(void **state)
{
	static const int64_t edges[] = { 10 };
	static const char *const plans[] = { "c", "a", "b" };
	static const struct {
		enum rank_kind kind;
		int64_t ranks[3];
	} cases[] = { { RANK_RANK, { 1, 1, 3 } },
		      { RANK_DENSE, { 1, 1, 2 } },
		      { RANK_ROW_NUMBER, { 1, 2, 3 } } };
	static const int64_t size = 1;

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		const struct op_adoption p = { .plans = plans,
					       .n_plans = 3,
					       .buckets = edges,
					       .n_buckets = 1,
					       .rank = cases[i].kind };
		struct cohorts c;

		cohorts_init(&c, &p);
		for (int64_t plan = 0; plan < 3; plan++)
			cohorts_add(&c, plan, (struct span){ plans[plan], 1 }, &size, plan != 1);
		cohorts_rank(&c);
		assert_int_equal(c.count, 3);
		assert_string_equal(plans[c.items[0].plan], "b");
		assert_string_equal(plans[c.items[1].plan], "c");
		for (size_t k = 0; k < 3; k++)
			assert_int_equal(c.items[k].rank, cases[i].ranks[k]);
		cohorts_release(&c);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_fixture_gives_its_hand_made_rows),
		cmocka_unit_test(every_option_changes_what_it_says),
		cmocka_unit_test(a_share_is_reached_at_its_exact_count),
		cmocka_unit_test(a_rollup_gives_the_same_shares),
		cmocka_unit_test(of_a_repeated_event_in_files_the_first_counts),
		cmocka_unit_test(the_upper_edge_belongs_to_the_bucket),
		cmocka_unit_test(of_a_tenant_one_row_counts_when_asked),
		cmocka_unit_test(cohorts_of_tenants_are_those_of_a_plain_count),
		cmocka_unit_test(ties_are_ranked_as_asked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
