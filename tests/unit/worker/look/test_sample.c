/* test_sample.c - the sample events: the same bytes every time, and what is in them. */
#include "tests/fixture/reader.h"

#include "core/time/civil.h"
#include "worker/look/sample.h"

#include <sys/stat.h>

/* A small set of files in a directory of its own. */
struct made {
	char dir[64];
	struct sample_options options;
};

static void
make(struct made *m, uint64_t seed)
{
	struct err err;

	(void)snprintf(m->dir, sizeof(m->dir), "/tmp/tidemill-sample-XXXXXX");
	assert_non_null(mkdtemp(m->dir));
	m->options = sample_defaults();
	m->options.days = 7;
	m->options.events = 70000;
	m->options.seed = seed;
	if (sample_write(m->dir, &m->options, &err))
		fail_msg("%s", err.msg);
}

static char *
file_of(const struct made *m, int day)
{
	char date[DATE_CHARS + 1];

	date_format(m->options.start_day + day, date);
	return mem_format("%s/landing/%s.jsonl.gz", m->dir, date);
}

static void
clean(struct made *m)
{
	static const char *const rest[] = { "reference/tenants.csv", "reference", "landing", "" };

	for (int day = 0; day < m->options.days; day++) {
		char *path = file_of(m, day);

		assert_int_equal(unlink(path), 0);
		free(path);
	}
	for (size_t i = 0; i < countof(rest); i++) {
		char *path = mem_format("%s/%s", m->dir, rest[i]);

		assert_int_equal(remove(path), 0);
		free(path);
	}
}

/* The digest of all files. */
static void
digest_all(const struct made *m, char out[DIGEST_CHARS + 1])
{
	char *path = mem_format("%s/reference/tenants.csv", m->dir);
	struct buf all;

	buf_init(&all, SIZE_MAX);
	assert_int_equal(buf_read_file(&all, AT_FDCWD, path, NULL), ERR_NONE);
	free(path);
	for (int day = 0; day < m->options.days; day++) {
		path = file_of(m, day);
		assert_int_equal(buf_read_file(&all, AT_FDCWD, path, NULL), ERR_NONE);
		free(path);
	}
	digest_of(all.data, all.bytes, out);
	buf_release(&all);
}

static void
the_same_options_make_the_same_bytes(void **state)
{
	static const uint64_t seeds[] = { 1, 1, 2 };
	char digests[3][DIGEST_CHARS + 1];

	(void)state;
	for (size_t i = 0; i < countof(seeds); i++) {
		struct made m;

		make(&m, seeds[i]);
		digest_all(&m, digests[i]);
		clean(&m);
	}
	assert_string_equal(digests[0], digests[1]);
	assert_string_not_equal(digests[0], digests[2]);
}

/* What a day's file holds. */
struct counts {
	int64_t rows, rejects, wrong_day, null_ids, feature_used, roadmaps;
	size_t ids, tenants;
};

static void
count_batch(const struct batch *b, int64_t day, struct dict *ids, struct dict *tenants,
	    struct counts *c)
{
	c->rows += (int64_t)b->rows;
	c->rejects += (int64_t)b->n_rejects;
	for (size_t i = 0; i < b->rows; i++) {
		c->wrong_day += civil_day_of(b->cols[6].ints[i]) != day;
		c->null_ids += !b->cols[0].valid[i];
		c->feature_used += span_is(b->cols[1].texts[i], "feature_used");
		c->roadmaps += span_is(b->cols[2].texts[i], "advanced_roadmaps");
		if (b->cols[0].valid[i])
			(void)dict_code(ids, &b->cols[0].ints[i], sizeof(int64_t));
		(void)dict_code(tenants, &b->cols[3].ints[i], sizeof(int64_t));
	}
}

static void
count_day(const struct made *m, int day, struct counts *c)
{
	const struct reader_options options = { .format = FORMAT_JSONL, .schema = &schema_events };
	char *path = file_of(m, day);
	const struct batch *b = NULL;
	struct dict ids, tenants;
	struct reader *r;
	struct err err;

	*c = (struct counts){ 0 };
	dict_init(&ids);
	dict_init(&tenants);
	if (reader_open(&r, AT_FDCWD, path, path, &options, &err))
		fail_msg("%s", err.msg);
	while (reader_next(r, &b, &err) == ERR_NONE && b)
		count_batch(b, m->options.start_day + day, &ids, &tenants, c);
	assert_null(b);
	c->ids = ids.count;
	c->tenants = tenants.count;
	reader_close(r);
	dict_release(&ids);
	dict_release(&tenants);
	free(path);
}

static void
a_sample_holds_the_events_that_it_promises(void **state)
{
	struct made m;
	int64_t lines = 0, least = INT64_MAX, most = 0;

	(void)state;
	make(&m, 20260501);
	for (int day = 0; day < m.options.days; day++) {
		struct counts c;
		int64_t all;

		count_day(&m, day, &c);
		all = c.rows + c.rejects;
		lines += all;
		least = all < least ? all : least;
		most = all > most ? all : most;
		/* About 2 % repeated, 0.3 % of another day, 0.1 % broken, 60 % of one type. */
		assert_in_range(c.rows - (int64_t)c.ids, all / 100, all / 33);
		assert_in_range(c.wrong_day, all / 1000, all / 150);
		assert_in_range(c.rejects + c.null_ids, 1, all / 300);
		assert_in_range(c.feature_used, all / 100 * 55, all / 100 * 65);
		assert_in_range(c.roadmaps, all / 30, all / 4);
		assert_in_range(c.tenants, 120, 200);
	}
	assert_int_equal(lines, m.options.events);
	assert_true(least * 100 > most * 80); /* the week is mild */
	clean(&m);
}

static void
the_tenants_of_a_sample_reach_every_edge(void **state)
{
	static const struct column columns[] = { { "tenant_id", COL_INT64 },
						 { "product", COL_STRING },
						 { "plan", COL_STRING },
						 { "active_users", COL_INT64 },
						 { "created_at", COL_TIMESTAMP } };
	static const struct schema schema = { columns, countof(columns) };
	static const int64_t edges[] = { 0, 1, 5, 10, 11, 50, 51, 200, 201, 1000, 1001 };
	const struct reader_options options = { .format = FORMAT_CSV, .schema = &schema };
	const struct batch *b = NULL;
	struct reader *r;
	struct made m;
	char *path;
	size_t unknown = 0;

	(void)state;
	make(&m, 20260501);
	path = mem_format("%s/reference/tenants.csv", m.dir);
	assert_int_equal(reader_open(&r, AT_FDCWD, path, path, &options, NULL), ERR_NONE);
	assert_int_equal(reader_next(r, &b, NULL), ERR_NONE);
	assert_int_equal(b->rows, 200);
	assert_int_equal(b->n_rejects, 0);
	for (size_t i = 0; i < countof(edges); i++)
		assert_int_equal(b->cols[3].ints[i], edges[i]);
	for (size_t i = 0; i < b->rows; i++)
		unknown += !b->cols[3].valid[i];
	assert_int_equal(unknown, 3);
	reader_close(r);
	free(path);
	clean(&m);
}

static void
options_out_of_range_are_refused(void **state)
{
	static const struct {
		int days, tenants;
		int64_t events;
		enum err_code code;
	} cases[] = {
		{ 0, 1, 1, ERR_INPUT },  { SAMPLE_DAYS_MAX + 1, 1, 1, ERR_INPUT },
		{ 1, 0, 1, ERR_INPUT },  { 1, SAMPLE_TENANTS_MAX + 1, 1, ERR_INPUT },
		{ 1, 1, -1, ERR_INPUT }, { 1, 1, SAMPLE_EVENTS_MAX + 1, ERR_INPUT },
		{ 1, 1, 0, ERR_NONE },   { 1, 1, 1000, ERR_NONE },
		{ 2, 3, 7, ERR_NONE },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		struct made m = { .options = sample_defaults() };
		struct err err;

		(void)snprintf(m.dir, sizeof(m.dir), "/tmp/tidemill-sample-XXXXXX");
		assert_non_null(mkdtemp(m.dir));
		m.options.days = cases[i].days;
		m.options.tenants = cases[i].tenants;
		m.options.events = cases[i].events;
		assert_int_equal(sample_write(m.dir, &m.options, &err), cases[i].code);
		if (cases[i].code)
			assert_int_equal(rmdir(m.dir), 0);
		else
			clean(&m);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_same_options_make_the_same_bytes),
		cmocka_unit_test(a_sample_holds_the_events_that_it_promises),
		cmocka_unit_test(the_tenants_of_a_sample_reach_every_edge),
		cmocka_unit_test(options_out_of_range_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
