/* test_groups.c - one number for each pair of tenant and feature, whatever lane asks. */
#include "worker/keys/groups.h"

#include "core/base/hash.h"
#include "core/base/mem.h"
#include "worker/rows/budget.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { LANES = 2, ROWS = 3000, COL_T = 0, COL_F = 1, TEXT_CHARS = 12 };

static const struct column columns[] = { { "tenant_id", COL_INT64 }, { "feature", COL_STRING } };
static const struct schema schema = { columns, countof(columns) };

static void
fill(struct batch *b, unsigned tenants, unsigned features, char (*texts)[TEXT_CHARS],
     uint64_t *random)
{
	for (size_t i = 0; i < b->rows; i++) {
		uint64_t r = random_next(random);

		b->row_no[i] = (int64_t)i + 1;
		b->cols[COL_T].valid[i] = r % 31 != 0;
		b->cols[COL_T].ints[i] = (int64_t)(r >> 8 & 0xffffff) % tenants - 5;
		b->cols[COL_F].valid[i] = r % 37 != 0;
		(void)snprintf(texts[i], TEXT_CHARS, "%x", (unsigned)(r >> 32) % features);
		b->cols[COL_F].texts[i] = (struct span){ texts[i], strlen(texts[i]) };
	}
}

static void
expect(const struct groups *g, const struct batch *b, const uint32_t *numbers)
{
	for (size_t i = 0; i < b->rows; i++) {
		struct span text;

		if (!b->cols[COL_T].valid[i] || !b->cols[COL_F].valid[i]) {
			assert_int_equal(numbers[i], GROUP_NONE);
			continue;
		}
		assert_true(numbers[i] < groups_count(g));
		text = dict_span(&g->features, groups_feature(g, numbers[i]));
		assert_int_equal(groups_tenant(g, numbers[i]), b->cols[COL_T].ints[i]);
		assert_true(span_equal(text, b->cols[COL_F].texts[i]));
	}
}

/* No pair has two numbers. */
static void
expect_once(const struct groups *g)
{
	struct dict seen;

	dict_init(&seen);
	for (size_t i = 0; i < groups_count(g); i++) {
		int64_t pair[] = { groups_tenant(g, i), groups_feature(g, i) };

		assert_int_equal(dict_code(&seen, pair, sizeof(pair)), i);
	}
	dict_release(&seen);
}

/* The last have more pairs than a grid has cells. */
static void
every_pair_has_one_number_in_all_lanes(void **state)
{
	static const struct {
		unsigned tenants, features, batches, rows;
	} cases[] = {
		{ 1, 1, 1, ROWS },        { 7, 5, 3, ROWS },        { 2000, 3, 9, ROWS },
		{ 3, 2000, 9, ROWS },     { 900, 900, 20, ROWS },   { 5000, 300, 400, 30 },
		{ 100000, 10, 40, ROWS }, { 5000, 1500, 40, ROWS }, { 1000000, 1000000, 10, ROWS },
	};
	char(*texts)[TEXT_CHARS] = mem_new(ROWS, TEXT_CHARS);
	uint32_t *numbers = mem_new(ROWS, sizeof(*numbers));
	const struct groups_limit limit = { SIZE_MAX, 0, 0, "test" };
	uint64_t random = 8;

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		struct group_lane lanes[LANES];
		struct groups g;
		struct batch b;

		groups_init(&g, &limit);
		for (int lane = 0; lane < LANES; lane++)
			group_lane_init(&lanes[lane], &g);
		batch_init(&b, &schema, NULL);
		for (unsigned k = 0; k < cases[i].batches; k++) {
			struct group_lane *l = &lanes[k % LANES];

			batch_set_rows(&b, cases[i].rows);
			fill(&b, cases[i].tenants, cases[i].features, texts, &random);
			assert_int_equal(groups_read(l, &b, COL_T, COL_F, numbers, NULL), ERR_NONE);
			expect(&g, &b, numbers);
			for (size_t at = 0; at < b.rows; at++)
				assert_true(numbers[at] == GROUP_NONE || numbers[at] < l->count);
		}
		expect_once(&g);
		batch_release(&b);
		for (int lane = 0; lane < LANES; lane++)
			group_lane_release(&lanes[lane]);
		groups_release(&g);
	}
	free(texts);
	free(numbers);
}

/* What does not fit is an error that names the task's memory; what is usual fits into the least. */
static void
groups_that_do_not_fit_name_the_memory(void **state)
{
	static const struct {
		const char *name;
		unsigned tenants, features;
		enum err_code want;
	} cases[] = {
		{ "usual", 5000, 40, ERR_NONE },
		{ "tenants", 1U << 24, 1, ERR_LIMIT },
		{ "features", 1, 1U << 31, ERR_LIMIT },
		{ "pairs", 5000, 5000, ERR_LIMIT },
	};
	const struct groups_limit limit = { BUDGET_ANSWER_BYTES_MIN, 48, 64 << 20, "test" };
	char(*texts)[TEXT_CHARS] = mem_new(ROWS, TEXT_CHARS);
	uint32_t *numbers = mem_new(ROWS, sizeof(*numbers));
	uint64_t random = 9;

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		struct group_lane lanes[LANES];
		enum err_code code = ERR_NONE;
		struct groups g;
		struct batch b;
		struct err err = { 0 };

		groups_init(&g, &limit);
		for (int lane = 0; lane < LANES; lane++)
			group_lane_init(&lanes[lane], &g);
		batch_init(&b, &schema, NULL);
		batch_set_rows(&b, ROWS);
		for (unsigned k = 0; k < 400 && !code; k++) {
			fill(&b, cases[i].tenants, cases[i].features, texts, &random);
			code = groups_read(&lanes[k % LANES], &b, COL_T, COL_F, numbers, &err);
			if (!code && groups_bytes(&g) > limit.bytes)
				fail_msg("%s: %zu bytes", cases[i].name, groups_bytes(&g));
		}
		if (code != cases[i].want)
			fail_msg("%s: %d after %zu groups: %s", cases[i].name, (int)code,
				 groups_count(&g), err.msg);
		if (code && (!strstr(err.msg, "test: more than ") ||
			     !strstr(err.msg, "do not fit into memory: 64 MiB; give the task more "
					      "(`memory:`)")))
			fail_msg("%s: %s", cases[i].name, err.msg);
		batch_release(&b);
		for (int lane = 0; lane < LANES; lane++)
			group_lane_release(&lanes[lane]);
		groups_release(&g);
	}
	free(texts);
	free(numbers);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_pair_has_one_number_in_all_lanes),
		cmocka_unit_test(groups_that_do_not_fit_name_the_memory)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
