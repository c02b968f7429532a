/* test_usage.c - different users of tenants, for every type of user, in lanes, on disk. */
#include "core/base/hash.h"
#include "core/base/mem.h"
#include "worker/keys/usage.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { ROWS = 40000, TENANTS = 9, USERS = 3000, BATCHES = 4 };

static const struct column columns[] = { { "tenant", COL_INT64 },
					 { "int", COL_INT64 },
					 { "text", COL_STRING },
					 { "real", COL_FLOAT64 } };
static const struct schema schema = { columns, countof(columns) };

/* Tenants whose numbers are extremes too; the last one has no users. */
static const int64_t tenants[TENANTS + 1] = { 0, 1, -1, INT64_MAX, INT64_MIN, 5, 6, 7, 8, 99 };

/* Users of the same number in several tenants are different users. */
static void
fill(struct batch *b, char (*names)[8], bool seen[TENANTS][USERS], uint64_t *random)
{
	batch_set_rows(b, ROWS);
	for (size_t i = 0; i < ROWS; i++) {
		uint64_t tenant = random_next(random) % TENANTS;
		uint64_t user = random_next(random) % (USERS >> tenant);

		for (size_t c = 0; c < countof(columns); c++)
			b->cols[c].valid[i] = true;
		(void)snprintf(names[i], sizeof(names[i]), "%d", (int)user);
		b->cols[0].ints[i] = tenants[tenant];
		b->cols[1].ints[i] = (int64_t)user - 1;
		b->cols[2].texts[i] = (struct span){ names[i], strlen(names[i]) };
		b->cols[3].reals[i] = user ? (double)user / 3 : i % 2 ? 0.0 : -0.0;
		if (user == 1) /* one NaN, whatever its bits */
			b->cols[3].reals[i] = i % 2 ? (double)NAN : -(double)NAN;
		seen[tenant][user] = true;
	}
}

static void
users_of_each_tenant_are_counted_once(void **state)
{
	bool(*seen)[USERS] = mem_new(TENANTS, sizeof(*seen));
	char(*names)[8] = mem_new((size_t)ROWS * BATCHES, sizeof(*names));
	uint32_t *rows = mem_new(ROWS, sizeof(*rows));
	struct batch batches[BATCHES];
	uint64_t random = 3;

	(void)state;
	for (uint32_t i = 0; i < ROWS; i++)
		rows[i] = i;
	for (size_t k = 0; k < BATCHES; k++) {
		batch_init(&batches[k], &schema, NULL);
		fill(&batches[k], names + k * ROWS, seen, &random);
	}
	for (int round = 0; round < 12; round++) {
		const int lanes = 1 + round % 2, user = 1 + round / 4;
		const struct usage_options options = { .user = columns[user].type,
						       .lanes = lanes,
						       .rows = round % 4 < 2 ? -1 : ROWS,
						       .memory_bytes = round % 4 < 2 ? 1 : 64 << 20,
						       .dir = "/tmp" };
		struct usage *u = NULL;

		assert_int_equal(usage_open(&u, &options, NULL), ERR_NONE);
		for (int k = 0; k < BATCHES; k++)
			usage_add(u, k % lanes, &batches[k].cols[0], &batches[k].cols[user], rows,
				  ROWS);
		assert_int_equal(usage_settle(u, NULL), ERR_NONE);
		assert_int_equal(usage_tenants(u), TENANTS);
		for (size_t t = 0; t <= TENANTS; t++) {
			int64_t want = 0;

			for (size_t i = 0; t < TENANTS && i < USERS; i++)
				want += seen[t][i];
			if (usage_users(u, tenants[t]) != want)
				fail_msg("round %d, tenant %zu: %lld, not %lld", round, t,
					 (long long)usage_users(u, tenants[t]), (long long)want);
		}
		usage_close(u);
	}
	for (size_t k = 0; k < BATCHES; k++)
		batch_release(&batches[k]);
	free(seen);
	free(names);
	free(rows);
}

/* Tenants never go to disk: too many are an error, and as many as usual fit. */
static void
more_tenants_than_memory_are_an_error(void **state)
{
	static const struct {
		int64_t tenants;
		size_t memory_bytes;
		enum err_code want;
	} cases[] = {
		{ 5000, 1, ERR_NONE },
		{ 40000, 1, ERR_LIMIT },
		{ 40000, 32 << 20, ERR_NONE },
		{ 400000, 32 << 20, ERR_LIMIT },
	};
	uint32_t *rows = mem_new(ROWS, sizeof(*rows));
	struct batch b;

	(void)state;
	batch_init(&b, &schema, NULL);
	batch_set_rows(&b, ROWS);
	for (uint32_t i = 0; i < ROWS; i++) {
		rows[i] = i;
		b.cols[0].valid[i] = b.cols[1].valid[i] = true;
		b.cols[1].ints[i] = i;
	}
	for (size_t k = 0; k < countof(cases); k++) {
		const struct usage_options options = { .user = COL_INT64,
						       .lanes = 2,
						       .rows = -1,
						       .memory_bytes = cases[k].memory_bytes,
						       .dir = "/tmp" };
		struct usage *u = NULL;
		struct err err = { 0 };
		enum err_code code;

		assert_int_equal(usage_open(&u, &options, NULL), ERR_NONE);
		for (int64_t from = 0; from < cases[k].tenants; from += ROWS) {
			for (uint32_t i = 0; i < ROWS; i++)
				b.cols[0].ints[i] = (from + i) % cases[k].tenants;
			usage_add(u, 0, &b.cols[0], &b.cols[1], rows, ROWS);
		}
		code = usage_settle(u, &err);
		if (code != cases[k].want || (code && !strstr(err.msg, "(`memory:`)")))
			fail_msg("case %zu: %d: %s", k, (int)code, err.msg);
		if (!code)
			assert_int_equal(usage_tenants(u), cases[k].tenants);
		usage_close(u);
	}
	batch_release(&b);
	free(rows);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(users_of_each_tenant_are_counted_once),
		cmocka_unit_test(more_tenants_than_memory_are_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
