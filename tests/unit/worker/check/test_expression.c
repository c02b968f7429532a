/* test_expression.c - the check that asks an expression of every row. */
#include "core/check/expression.h"

#include "core/base/json.h"
#include "core/base/mem.h"
#include "core/check/check.h"
#include "worker/check/check.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { ROWS = 6 };

static const struct column columns[] = { { "i", COL_INT64 }, { "s", COL_STRING } };
static const struct schema schema = { columns, countof(columns) };
static const struct check_subject subject = {
	.dataset = "d", .schema = &schema, .grid = { .unit = GRID_DAY }, .part = 20574
};

/* i: 0, 1, 2, null, 4, the most; s: "a" where i is even. */
static void
fill(struct batch *b)
{
	batch_init(b, &schema, NULL);
	for (size_t i = 0; i < ROWS; i++) {
		assert_true(batch_push(b, (int64_t)i + 1));
		b->cols[0].valid[i] = i != 3;
		b->cols[0].ints[i] = i == 5 ? INT64_MAX : (int64_t)i;
		b->cols[1].valid[i] = true;
		b->cols[1].texts[i] = (struct span){ i % 2 ? "b" : "a", 1 };
	}
}

static enum err_code
refuse(void *arg, const struct batch *b, const struct check_refusal *why, struct err *err)
{
	(void)b;
	(void)err;
	*(uint32_t *)arg |= 1U << why->row;
	return ERR_NONE;
}

/* The result of one check over the rows, the caller's; *refused has a bit for each that moved. */
static json_t *
run(const struct check_expression *params, bool quarantine, uint32_t *refused)
{
	const struct check check = { .kind = &check_kind_expression,
				     .params = params,
				     .quarantine = quarantine };
	uint32_t rows[ROWS] = { 0, 1, 2, 3, 4, 5 };
	struct check_rows shown = { .rows = rows, .n = ROWS, .first_row = 1, .refuse = refuse };
	json_t *results = json_array(), *result;
	struct checks *c = NULL;
	struct buf message;
	struct batch b;
	struct err err;
	bool again;

	*refused = 0;
	fill(&b);
	shown.batch = &b;
	shown.arg = refused;
	buf_init(&message, 10000);
	assert_int_equal(checks_open(&c, &check, 1, &subject, &err), ERR_NONE);
	assert_int_equal(checks_filter(c, &shown, &err), ERR_NONE);
	assert_int_equal(checks_settle(c, &again, &err), ERR_NONE);
	(void)checks_finish(c, results, &message);
	result = json_incref(json_array_get(results, 0));
	checks_close(c);
	json_decref(results);
	buf_release(&message);
	batch_release(&b);
	return result;
}

static void
expect(const struct check_expression *params, bool quarantine, const char *status, int evaluated,
       int missing, int failed, uint32_t moved)
{
	uint32_t refused;
	json_t *r = run(params, quarantine, &refused);

	assert_string_equal(json_get_text(r, "status", ""), status);
	assert_int_equal(json_get_int(r, "rows_total", -1), ROWS);
	assert_int_equal(json_get_int(r, "evaluated_rows", -1), evaluated);
	assert_int_equal(json_get_int(r, "missing_count", -1), missing);
	assert_int_equal(json_get_int(r, "failed_count", -1), failed);
	assert_int_equal(evaluated + missing + json_get_int(r, "filtered_rows", 0), ROWS);
	assert_int_equal(refused, moved);
	json_decref(r);
}

static void
false_fails_and_null_is_missing(void **state)
{
	(void)state;
	expect(&(struct check_expression){ .expr = "i >= 0" }, false, "pass", 5, 1, 0, 0);
	expect(&(struct check_expression){ .expr = "i < 2" }, false, "fail", 5, 1, 3, 0);
	expect(&(struct check_expression){ .expr = "coalesce(i < 2, false)" }, false, "fail", 6, 0,
	       4, 0);
	expect(&(struct check_expression){ .expr = "null" }, false, "pass", 0, 6, 0, 0);
}

static void
a_row_without_a_value_fails(void **state)
{
	(void)state;
	expect(&(struct check_expression){ .expr = "i + 1 > 0" }, false, "fail", 5, 1, 1, 0);
	expect(&(struct check_expression){ .expr = "i + 1 > 0", .where = "i < 100" }, false, "pass",
	       4, 0, 0, 0);
	/* Of `where`, it is not looked at. */
	expect(&(struct check_expression){ .expr = "i > 0", .where = "i + 1 > 0" }, false, "fail",
	       4, 0, 1, 0);
}

static void
where_says_which_rows_are_looked_at(void **state)
{
	(void)state;
	expect(&(struct check_expression){ .expr = "i < 4", .where = "s = 'a'" }, false, "fail", 3,
	       0, 1, 0);
	expect(&(struct check_expression){ .expr = "i < 4", .where = "s = 'b'" }, false, "fail", 2,
	       1, 1, 0);
	expect(&(struct check_expression){ .expr = "i < 4", .where = "s = 'c'" }, false, "pass", 0,
	       0, 0, 0);
}

static void
mostly_wants_a_share_exactly(void **state)
{
	const struct check_expression four = { "i < 5", NULL, { 4, 5 } };
	const struct check_expression more = { "i < 5", NULL, { 81, 100 } };

	(void)state;
	expect(&four, false, "pass", 5, 1, 1, 0);
	expect(&more, false, "fail", 5, 1, 1, 0);
}

static void
rows_that_fail_may_move(void **state)
{
	uint32_t refused;
	json_t *r;

	(void)state;
	expect(&(struct check_expression){ .expr = "i < 2" }, true, "warn", 5, 1, 3, 0x34);
	r = run(&(struct check_expression){ .expr = "i < 2" }, true, &refused);
	assert_string_equal(json_get_text(r, "name", ""), "expression(i < 2)");
	/* A sample has the columns that are named. */
	assert_int_equal(json_get_int(json_array_get(json_object_get(r, "sample"), 0), "i", -1), 2);
	assert_null(json_object_get(json_array_get(json_object_get(r, "sample"), 0), "s"));
	json_decref(r);
}

static void
a_column_that_is_gone_is_an_error(void **state)
{
	const struct check_expression params = { .expr = "i > 0 and gone = 1" };
	const struct check check = { .kind = &check_kind_expression, .params = &params };
	struct checks *c = NULL;
	struct err err;

	(void)state;
	assert_int_equal(checks_open(&c, &check, 1, &subject, &err), ERR_INPUT);
	assert_string_equal(err.msg,
			    "check expression(i > 0 and gone = 1): 'expr': the dataset has "
			    "no column 'gone'");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(false_fails_and_null_is_missing),
		cmocka_unit_test(a_row_without_a_value_fails),
		cmocka_unit_test(where_says_which_rows_are_looked_at),
		cmocka_unit_test(mostly_wants_a_share_exactly),
		cmocka_unit_test(rows_that_fail_may_move),
		cmocka_unit_test(a_column_that_is_gone_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
