/* test_check.c - every kind of check at its limits, and what its result says. */
#include "core/base/mem.h"
#include "core/check/check.h"
#include "core/check/count.h"
#include "core/check/values.h"
#include "core/check/volume.h"
#include "worker/check/check.h"
#include "worker/check/internal.h"
#include "worker/check/volume.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { DAY = 20574, NONE = -1000 };

static const struct column columns[] = { { "i", COL_INT64 },
					 { "s", COL_STRING },
					 { "f", COL_FLOAT64 } };
static const struct schema schema = { columns, countof(columns) };
static const struct check_subject subject = {
	.dataset = "d", .schema = &schema, .grid = { .unit = GRID_DAY }, .part = DAY
};

static const char *const col_i[] = { "i" }, *const col_s[] = { "s" }, *const col_f[] = { "f" },
			 *const col_is[] = { "i", "s" };
static const char *const words[] = { "a", "b" }, *const numbers[] = { "1", "2" },
			 *const spelled[] = { "1.0", "2e0", "NaN" };

/* A check by its kind and the parameters of its own. */
#define ROW_COUNT(...)                                                           \
	.kind = &check_kind_row_count, .params = &(const struct check_row_count) \
	{                                                                        \
		.rows = { __VA_ARGS__ }                                          \
	}
#define RANGE(...)                                                                         \
	.kind = &check_kind_accepted_range, .params = &(const struct check_accepted_range) \
	{                                                                                  \
		__VA_ARGS__                                                                \
	}
#define VALUES(...)                                                                          \
	.kind = &check_kind_accepted_values, .params = &(const struct check_accepted_values) \
	{                                                                                    \
		__VA_ARGS__                                                                  \
	}
#define VOLUME(...)                                                                      \
	.kind = &check_kind_volume_change, .params = &(const struct check_volume_change) \
	{                                                                                \
		__VA_ARGS__                                                              \
	}

/* Rows of the cases: i and s; NONE and NULL are nulls. */
struct row {
	int i;
	const char *s;
};

static void
fill(struct batch *b, const struct row *rows, size_t n)
{
	batch_init(b, &schema, NULL);
	for (size_t at = 0; at < n; at++) {
		(void)batch_push(b, (int64_t)at + 1);
		b->cols[0].ints[at] = rows[at].i;
		b->cols[0].valid[at] = rows[at].i != NONE;
		b->cols[2].reals[at] = rows[at].i == 77 ? (double)NAN : rows[at].i;
		b->cols[2].valid[at] = rows[at].i != NONE;
		b->cols[1].valid[at] = rows[at].s != NULL;
		if (rows[at].s)
			b->cols[1].texts[at] = (struct span){ rows[at].s, strlen(rows[at].s) };
	}
}

static enum err_code
count_refused(void *arg, const struct batch *b, const struct check_refusal *why, struct err *err)
{
	(void)b;
	(void)why;
	(void)err;
	++*(int *)arg;
	return ERR_NONE;
}

/* Run one list of checks over rows; the results are the caller's. */
static json_t *
run(const struct check *list, size_t n, const struct row *rows, size_t n_rows, int *refused,
    bool *failed)
{
	uint32_t all[64];
	struct check_rows shown = { .rows = all, .n = n_rows, .first_row = 1 };
	json_t *results = json_array();
	struct checks *c = NULL;
	struct buf message;
	struct batch b;
	struct err err;

	for (uint32_t i = 0; i < n_rows; i++)
		all[i] = i;
	if (checks_open(&c, list, n, &subject, &err))
		fail_msg("%s", err.msg);
	fill(&b, rows, n_rows);
	*refused = 0;
	shown.batch = &b;
	shown.refuse = count_refused;
	shown.arg = refused;
	assert_int_equal(checks_filter(c, &shown, &err), ERR_NONE);
	buf_init(&message, 1000);
	*failed = checks_finish(c, results, &message);
	assert_int_equal(*failed, message.bytes > 0);
	buf_release(&message);
	batch_release(&b);
	checks_close(c);
	return results;
}

static const struct row some[] = { { 1, "a" },  { 2, "b" }, { 2, "a" }, { NONE, "b" },
				   { 3, NULL }, { 2, "b" }, { 2, "" } };

static const struct {
	const char *name;
	struct check check;
	const char *status;
	int observed, missing, duplicated;
} cases[] = {
	{ "row_count default", { ROW_COUNT(.min = "1") }, "pass", 7, 0, 0 },
	{ "row_count min", { ROW_COUNT(.min = "7") }, "pass", 7, 0, 0 },
	{ "row_count below", { ROW_COUNT(.min = "8") }, "fail", 7, 0, 0 },
	{ "row_count max", { ROW_COUNT(.max = "7") }, "pass", 7, 0, 0 },
	{ "row_count above", { ROW_COUNT(.max = "6") }, "fail", 7, 0, 0 },
	{ "not_null",
	  { .kind = &check_kind_not_null, .columns = col_i, .n_columns = 1 },
	  "fail",
	  1,
	  0,
	  0 },
	{ "not_null of two",
	  { .kind = &check_kind_not_null, .columns = col_is, .n_columns = 2 },
	  "fail",
	  2,
	  0,
	  0 },
	{ "a warning",
	  { .kind = &check_kind_not_null,
	    .columns = col_i,
	    .n_columns = 1,
	    .severity = SEVERITY_WARN },
	  "warn",
	  1,
	  0,
	  0 },
	{ "unique",
	  { .kind = &check_kind_unique, .columns = col_i, .n_columns = 1 },
	  "fail",
	  3,
	  1,
	  1 },
	{ "unique of two",
	  { .kind = &check_kind_unique, .columns = col_is, .n_columns = 2 },
	  "fail",
	  1,
	  2,
	  1 },
	{ "range",
	  { RANGE(.value = { .min = "1", .max = "3" }), .columns = col_i, .n_columns = 1 },
	  "pass",
	  0,
	  1,
	  0 },
	{ "range below",
	  { RANGE(.value = { .min = "2" }), .columns = col_i, .n_columns = 1 },
	  "fail",
	  1,
	  1,
	  0 },
	{ "range exclusive",
	  { RANGE(.value = { .max = "3" }, .exclusive = true), .columns = col_i, .n_columns = 1 },
	  "fail",
	  1,
	  1,
	  0 },
	{ "range of floats",
	  { RANGE(.value = { .max = "2" }), .columns = col_f, .n_columns = 1 },
	  "fail",
	  1,
	  1,
	  0 },
	{ "values",
	  { VALUES(.values = words, .n_values = 2), .columns = col_s, .n_columns = 1 },
	  "fail",
	  1,
	  1,
	  0 },
	{ "values of integers, spelled as reals",
	  { VALUES(.values = spelled, .n_values = 2), .columns = col_i, .n_columns = 1 },
	  "fail",
	  1,
	  1,
	  0 },
	{ "values of reals",
	  { VALUES(.values = spelled, .n_values = 3), .columns = col_f, .n_columns = 1 },
	  "fail",
	  1,
	  1,
	  0 },
	{ "values of integers",
	  { VALUES(.values = numbers, .n_values = 2), .columns = col_i, .n_columns = 1 },
	  "fail",
	  1,
	  1,
	  0 },
};

static void
every_kind_says_what_it_comes_to(void **state)
{
	static const struct check_judge *const judges[CHECK_COUNT] = {
#define CHECK(ID, name, family) [CHECK_##ID] = &check_judge_##name,
#include "core/check/list.inc"
#undef CHECK
	};

	(void)state;
	for (int i = 0; i < CHECK_COUNT; i++) {
		const struct check_kind *kind = check_kind_of((enum check_id)i);

		if (!judges[i]->finish)
			fail_msg("%s has no finish", kind->name);
		if ((kind->shape == SHAPE_ROW) != (judges[i]->judge != NULL))
			fail_msg("%s: judge is for rows", kind->name);
		if ((kind->columns != COLUMNS_NONE || kind->conditions) !=
		    (judges[i]->fails != NULL))
			fail_msg("%s: what do rows do that fail?", kind->name);
	}
}

static void
each_kind_has_its_verdict_and_counts(void **state)
{
	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		int refused;
		bool failed;
		json_t *results = run(&cases[i].check, 1, some, countof(some), &refused, &failed);
		const json_t *r = json_array_get(results, 0);
		int64_t evaluated = json_get_int(r, "evaluated_rows", -1);
		int64_t missing = json_get_int(r, "missing_count", -1);

		if (strcmp(json_get_text(r, "status", ""), cases[i].status) != 0 ||
		    json_get_int(r, "observed", -1) != cases[i].observed ||
		    missing != cases[i].missing ||
		    json_get_int(r, "duplicated_keys", 0) != cases[i].duplicated)
			fail_msg("%s: %s", cases[i].name, json_dumps(r, 0));
		assert_int_equal(failed, strcmp(cases[i].status, "fail") == 0);
		assert_int_equal(evaluated + missing, json_get_int(r, "rows_total", -1));
		assert_true(json_get_int(r, "failed_count", 0) <= evaluated);
		assert_string_equal(json_get_text(r, "partition", ""), "event_date=2026-05-01");
		json_decref(results);
	}
}

/* No rows: value checks pass and say that they saw nothing; the count does not. */
static void
an_empty_partition_passes_value_checks(void **state)
{
	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		int refused;
		bool failed, counts = cases[i].check.kind == &check_kind_row_count;
		json_t *results = run(&cases[i].check, 1, some, 0, &refused, &failed);
		const json_t *r = json_array_get(results, 0);

		if (!counts)
			assert_string_equal(json_get_text(r, "status", ""), "pass");
		else if (!((const struct check_row_count *)cases[i].check.params)->rows.max)
			assert_string_equal(json_get_text(r, "reason", ""), "empty_partition");
		assert_int_equal(json_get_int(r, "evaluated_rows", -1), 0);
		json_decref(results);
	}
}

/* Rows that are moved are seen by no check after that, and counts are of what is left. */
static void
quarantined_rows_are_gone_for_later_checks(void **state)
{
	const struct check list[] = {
		{ ROW_COUNT(.min = "6") },
		{ .kind = &check_kind_not_null, .columns = col_is, .n_columns = 2 },
		{ .kind = &check_kind_not_null,
		  .columns = col_i,
		  .n_columns = 1,
		  .quarantine = true },
		{ .kind = &check_kind_not_null,
		  .columns = col_s,
		  .n_columns = 1,
		  .quarantine = true },
	};
	int refused;
	bool failed;
	json_t *results = run(list, countof(list), some, countof(some), &refused, &failed);

	(void)state;
	assert_int_equal(refused, 2);
	assert_true(failed);
	assert_string_equal(json_get_text(json_array_get(results, 0), "status", ""), "fail");
	assert_int_equal(json_get_int(json_array_get(results, 0), "observed", 0), 5);
	assert_string_equal(json_get_text(json_array_get(results, 1), "status", ""), "pass");
	assert_string_equal(json_get_text(json_array_get(results, 2), "status", ""), "warn");
	assert_int_equal(json_get_int(json_array_get(results, 2), "quarantined_rows", 0), 1);
	assert_int_equal(json_get_int(json_array_get(results, 3), "rows_total", 0), 6);
	json_decref(results);
}

static void
the_first_failing_rows_are_shown(void **state)
{
	static const struct row rows[] = { { NONE, "a" }, { NONE, "b" }, { 1, "c" },
					   { NONE, "d" }, { NONE, "e" }, { NONE, "f" },
					   { NONE, "g" } };
	const struct check check = { .kind = &check_kind_not_null,
				     .columns = col_is,
				     .n_columns = 2 };
	int refused;
	bool failed;
	json_t *results = run(&check, 1, rows, countof(rows), &refused, &failed);
	const json_t *r = json_array_get(results, 0), *sample = json_object_get(r, "sample");
	const json_t *third = json_array_get(sample, 2);

	(void)state;
	assert_int_equal(json_array_size(sample), 5);
	assert_int_equal(json_get_int(third, "row", 0), 4);
	assert_true(json_is_null(json_object_get(third, "i")));
	assert_string_equal(json_get_text(third, "s", ""), "d");
	assert_string_equal(json_get_text(r, "name", ""), "not_null(i, s)");
	assert_string_equal(json_get_text(r, "message", ""), "6 of 7 rows have a null");
	json_decref(results);
}

/* NaN is in no range. */
static void
nan_is_in_no_range(void **state)
{
	static const struct row rows[] = { { 77, "a" } };
	const struct check check = { RANGE(.exclusive = false), .columns = col_f, .n_columns = 1 };
	int refused;
	bool failed;

	(void)state;
	json_decref(run(&check, 1, rows, 1, &refused, &failed));
	assert_true(failed);
}

static void
checks_of_wrong_columns_are_refused(void **state)
{
	static const char *const none[] = { "x" };
	const struct check unknown = { .kind = &check_kind_unique,
				       .columns = none,
				       .n_columns = 1 },
			   text = { RANGE(.exclusive = false), .columns = col_s, .n_columns = 1 };
	struct checks *c;
	struct err err;

	(void)state;
	assert_int_equal(checks_open(&c, &unknown, 1, &subject, &err), ERR_INPUT);
	assert_string_equal(err.msg, "check unique(x): dataset 'd' has no column 'x'");
	assert_int_equal(checks_open(&c, &text, 1, &subject, &err), ERR_INPUT);
}

static void
volume_is_judged_against_the_same_weekday(void **state)
{
	static const struct {
		const char *name;
		int64_t rows, history[4]; /* 7, 14, 21, 28 days earlier; -1: none */
		int lookback;
		int64_t min_baseline;
		enum volume_verdict want;
	} table[] = {
		{ "the same", 100, { 100, 100, 100, 100 }, 4, 100, VOLUME_FINE },
		{ "exactly -20 %", 80000, { 100000, 100000, 100000, 100000 }, 4, 100, VOLUME_FINE },
		{ "-20.001 %", 79999, { 100000, 100000, 100000, 100000 }, 4, 100, VOLUME_WARN },
		{ "exactly -50 %", 50, { 100, 100, 100, 100 }, 4, 100, VOLUME_WARN },
		{ "below -50 %", 49, { 100, 100, 100, 100 }, 4, 100, VOLUME_ERROR },
		{ "no rows", 0, { 100, 100, 100, 100 }, 4, 100, VOLUME_EMPTY },
		{ "no rows, short history", 0, { 5, -1, -1, -1 }, 4, 100, VOLUME_EMPTY },
		{ "no rows, never any", 0, { 0, 0, 0, 0 }, 4, 0, VOLUME_EMPTY },
		{ "no rows, no history", 0, { -1, -1, -1, -1 }, 4, 100, VOLUME_EMPTY },
		{ "rows, no history", 1, { -1, -1, -1, -1 }, 4, 100, VOLUME_INSUFFICIENT_HISTORY },
		{ "short history", 1, { 100, 100, 100, -1 }, 4, 100, VOLUME_INSUFFICIENT_HISTORY },
		{ "a shorter one is enough", 1, { 100, 100, 100, -1 }, 3, 100, VOLUME_ERROR },
		{ "small baseline", 1, { 99, 99, 99, 99 }, 4, 100, VOLUME_INSUFFICIENT_HISTORY },
		{ "median, not mean", 90, { 100, 100, 100, 100000 }, 4, 100, VOLUME_FINE },
		{ "median between two", 79, { 0, 99, 101, 1000 }, 4, 100, VOLUME_WARN },
		{ "median between two, at it", 80, { 0, 99, 101, 1000 }, 4, 100, VOLUME_FINE },
		{ "many rows",
		  INT64_C(799999999999),
		  { 1000000000000, 1000000000000, 1000000000000, 1000000000000 },
		  4,
		  100,
		  VOLUME_WARN },
	};

	(void)state;
	for (size_t i = 0; i < countof(table); i++) {
		const struct check check = { VOLUME(.warn_drop = { 2, 10 }, .error_drop = { 5, 10 },
						    .lookback = table[i].lookback,
						    .min_baseline = table[i].min_baseline) };
		struct spec_history history[6] = { { DAY, 1, 0 }, { DAY - 1, 1, 0 } };
		size_t n = 2;

		for (int k = 0; k < 4; k++)
			if (table[i].history[k] >= 0)
				history[n++] = (struct spec_history){ DAY - 7 * (k + 1),
								      table[i].history[k], 0 };
		if (volume_judge(check.params, table[i].rows, grid_days, DAY, history, n).verdict !=
		    table[i].want)
			fail_msg("%s", table[i].name);
	}
}

static void
volume_is_judged_against_the_day_before(void **state)
{
	static const struct spec_history history[] = { { DAY - 7, 1000, 0 }, { DAY - 1, 100, 0 } };
	const struct check check = { VOLUME(.baseline = BASELINE_PREVIOUS, .error_drop = { 2, 10 },
					    .lookback = 4) };

	(void)state;
	assert_int_equal(volume_judge(check.params, 80, grid_days, DAY, history, 2).verdict,
			 VOLUME_FINE);
	assert_int_equal(volume_judge(check.params, 79, grid_days, DAY, history, 2).verdict,
			 VOLUME_ERROR);
	assert_int_equal(volume_judge(check.params, 79, grid_days, DAY, history, 1).verdict,
			 VOLUME_INSUFFICIENT_HISTORY);
}

static void
no_rows_at_all_pass_only_where_that_is_allowed(void **state)
{
	const struct check judged = { VOLUME(.lookback = 4) },
			   allowed = { VOLUME(.lookback = 4, .empty_allowed = true) };
	static const struct spec_history history[] = { { DAY - 7, 100, 0 } };

	(void)state;
	for (size_t n = 0; n <= 1; n++) {
		assert_int_equal(volume_judge(judged.params, 0, grid_days, DAY, history, n).verdict,
				 VOLUME_EMPTY);
		assert_int_equal(
		    volume_judge(allowed.params, 0, grid_days, DAY, history, n).verdict,
		    VOLUME_FINE);
	}
}

/* ---- many rows ---- */

enum { MANY = 30000, MANY_PART = 7000 };

/* Row i of many: each id comes three times, far apart; every tenth row is null. */
static int64_t
many_id(size_t i)
{
	return i % 10 == 3 ? NONE : (int64_t)(i % (MANY / 3)) * 1000003;
}

/*
 * Column s has codes, and its dictionary is another one in each round although the unit is the
 * same: units are told apart within one scan only.
 */
static void
fill_many(struct batch *b, size_t first, size_t n, int round)
{
	static const struct span texts[] = { { "a", 1 }, { "b", 1 }, { "c", 1 }, { "d", 1 },
					     { "a", 1 }, { "b", 1 }, { "c", 1 } };
	static const struct col_dict dicts[] = { { 4, { .texts = texts } },
						 { 4, { .texts = texts + 1 } },
						 { 4, { .texts = texts + 2 } },
						 { 4, { .texts = texts + 3 } } };

	batch_set_rows(b, n);
	b->unit = 1;
	b->cols[1].dict = &dicts[round % 4];
	for (size_t i = 0; i < n; i++) {
		int64_t id = many_id(first + i);

		for (size_t c = 0; c < countof(columns); c++)
			b->cols[c].valid[i] = id != NONE;
		b->cols[0].ints[i] = id;
		batch_codes(b, 1)[i] = (uint32_t)((i + 4 - (size_t)round % 4) % 4);
		b->cols[2].reals[i] = (double)i;
	}
}

/* Show 1000 rows from `first`, as part `part` or as the only one there is. */
static void
show_many(struct checks *c, const struct check_subject *s, size_t first, int round, int lane)
{
	enum { N = 1000 };
	uint32_t all[N];
	struct check_rows shown = { .rows = all, .n = N, .lane = lane };
	struct batch b;
	struct err err;

	for (uint32_t i = 0; i < N; i++)
		all[i] = i;
	batch_init(&b, s->schema, NULL);
	fill_many(&b, first, N, round);
	shown.batch = &b;
	shown.part = s->rereadable ? first / MANY_PART : 0;
	shown.first_row = (int64_t)(s->rereadable ? first % MANY_PART : first) + 1;
	if (checks_filter(c, &shown, &err))
		fail_msg("%s", err.msg);
	batch_release(&b);
}

/* Run checks over many rows; parts come in any order when there are lanes.  Returns the results. */
static json_t *
run_many(const struct check *list, size_t n, const struct check_subject *s, int *rounds)
{
	struct checks *c = NULL;
	json_t *results = json_array();
	struct buf message;
	struct err err;
	bool again;

	if (checks_open(&c, list, n, s, &err))
		fail_msg("%s", err.msg);
	*rounds = 0;
	do {
		for (int lane = s->lanes; lane-- > 0;)
			for (size_t at = 0; at < MANY; at += 1000)
				if (at / MANY_PART % (size_t)s->lanes == (size_t)lane)
					show_many(c, s, at, *rounds, lane);
		++*rounds;
		if (checks_settle(c, &again, &err))
			fail_msg("%s", err.msg);
	} while (again);
	buf_init(&message, 1000);
	(void)checks_finish(c, results, &message);
	buf_release(&message);
	checks_close(c);
	return results;
}

/* For unique_does_not_depend_on_memory_or_lanes(). */
static const struct check bound_list[] = {
	{ .kind = &check_kind_unique, .columns = col_i, .n_columns = 1 },
	{ .kind = &check_kind_not_null, .columns = col_i, .n_columns = 1 },
	{ .kind = &check_kind_unique, .columns = col_is, .n_columns = 2 },
	{ VALUES(.values = words, .n_values = 2), .columns = col_s, .n_columns = 1 },
	{ .kind = &check_kind_unique, .columns = col_s, .n_columns = 1 },
	{ ROW_COUNT(.min = "1") },
};

static const struct {
	const char *name;
	struct check_subject subject;
	int rounds;
	bool samples; /* with the values */
} bound_runs[] = {
	{ "a table", { .lanes = 1, .rows = -1, .memory_bytes = 64 << 20 }, 1, true },
	{ "read again", { .lanes = 1, .rereadable = true, .rows = MANY }, 2, true },
	{ "read again, in lanes", { .lanes = 2, .rereadable = true, .rows = MANY }, 2, true },
	{ "nobody knows how many", { .lanes = 2, .rereadable = true, .rows = -1 }, 3, true },
	{ "in shares",
	  { .lanes = 2, .rereadable = true, .rows = MANY, .memory_bytes = 512 << 10 },
	  7,
	  true },
	{ "in shares, unknown",
	  { .lanes = 2, .rereadable = true, .rows = -1, .memory_bytes = 512 << 10 },
	  8,
	  true },
	{ "a table, then disk",
	  { .lanes = 1, .rows = -1, .memory_bytes = 256 << 10, .dir = "/tmp" },
	  1,
	  false },
};

/* The memory, the lanes and the rounds that unique takes do not show in the results. */
static void
unique_does_not_depend_on_memory_or_lanes(void **state)
{
	json_t *want = NULL;

	(void)state;
	for (size_t i = 0; i < countof(bound_runs); i++) {
		struct check_subject s = bound_runs[i].subject;
		json_t *got;
		int rounds;

		s.dataset = "d";
		s.schema = &schema;
		s.part = DAY;
		got = run_many(bound_list, countof(bound_list), &s, &rounds);
		if (!want) {
			json_t *unique = json_array_get(got, 0), *sample;

			want = json_incref(got);
			sample = json_array_get(json_object_get(unique, "sample"), 0);
			assert_int_equal(json_get_int(unique, "failed_count", 0), MANY * 6 / 10);
			assert_int_equal(json_get_int(unique, "duplicated_keys", 0), MANY * 3 / 10);
			assert_int_equal(json_get_int(unique, "missing_count", 0), MANY / 10);
			assert_int_equal(json_get_int(sample, "row", 0), MANY / 3 + 1);
			assert_int_equal(json_get_int(sample, "i", -1), 0);
		}
		for (size_t k = 0; k < countof(bound_list) && !bound_runs[i].samples; k += 2) {
			json_object_del(json_array_get(got, k), "sample");
			json_object_del(json_array_get(want, k), "sample");
		}
		if (rounds != bound_runs[i].rounds || !json_equal(got, want))
			fail_msg("%s: %d rounds", bound_runs[i].name, rounds);
		json_decref(got);
	}
	json_decref(want);
}

/* A key that moves its row needs its answer at once, so that has a bound. */
static void
more_keys_than_memory_are_an_error(void **state)
{
	const struct check check = {
		.kind = &check_kind_unique, .columns = col_i, .n_columns = 1, .quarantine = true
	};
	const struct check_subject s = { .dataset = "d",
					 .schema = &schema,
					 .memory_bytes = 32 << 10 };
	uint32_t all[6000];
	struct check_rows shown = { .rows = all, .n = countof(all), .first_row = 1 };
	struct checks *c = NULL;
	struct batch b;
	struct err err;

	(void)state;
	for (uint32_t i = 0; i < countof(all); i++)
		all[i] = i;
	batch_init(&b, &schema, NULL);
	fill_many(&b, 0, countof(all), 0);
	shown.batch = &b;
	assert_int_equal(checks_open(&c, &check, 1, &s, &err), ERR_NONE);
	assert_int_equal(checks_filter(c, &shown, &err), ERR_LIMIT);
	assert_non_null(strstr(err.msg, "check unique(i): "));
	assert_non_null(strstr(err.msg, "'memory:'"));
	checks_close(c);
	batch_release(&b);
}

/* Codes are judged as the values they stand for; the code of a null may be anything. */
static void
verdicts_are_the_same_with_and_without_a_dictionary(void **state)
{
	static const int64_t ints[] = { 1, 2, 9 };
	static const double reals[] = { 1, 2.5, (double)NAN };
	static const struct span texts[] = { { "a", 1 }, { "b", 1 }, { "c", 1 } };
	static const struct col_dict dicts[] = { { 3, { .ints = ints } },
						 { 3, { .texts = texts } },
						 { 3, { .reals = reals } } };
	const struct check list[] = {
		{ VALUES(.values = numbers, .n_values = 2), .columns = col_i, .n_columns = 1 },
		{ VALUES(.values = words, .n_values = 2), .columns = col_s, .n_columns = 1 },
		{ RANGE(.value = { .max = "2.5" }), .columns = col_i, .n_columns = 1 },
		{ RANGE(.value = { .max = "2.5" }), .columns = col_f, .n_columns = 1 },
		{ .kind = &check_kind_unique, .columns = col_s, .n_columns = 1 },
	};
	static const int want_failed[] = { 3, 3, 3, 3, 6 };
	uint32_t all[10];
	struct check_rows shown = { .rows = all, .n = countof(all), .first_row = 1 };
	struct checks *c = NULL;
	json_t *results = json_array();
	struct buf message;
	struct batch b;

	(void)state;
	batch_init(&b, &schema, NULL);
	batch_set_rows(&b, countof(all));
	b.unit = 7;
	for (uint32_t i = 0; i < countof(all); i++) {
		all[i] = i;
		for (size_t k = 0; k < countof(dicts); k++) {
			b.cols[k].dict = &dicts[k];
			b.cols[k].valid[i] = i != 4;
			batch_codes(&b, k)[i] = i == 4 ? UINT32_MAX : i % 3;
		}
	}
	shown.batch = &b;
	assert_int_equal(checks_open(&c, list, countof(list), &subject, NULL), ERR_NONE);
	assert_int_equal(checks_filter(c, &shown, NULL), ERR_NONE);
	buf_init(&message, 4000);
	assert_true(checks_finish(c, results, &message));
	for (size_t i = 0; i < countof(list); i++) {
		const json_t *r = json_array_get(results, i);

		assert_int_equal(json_get_int(r, "failed_count", -1), want_failed[i]);
		assert_int_equal(json_get_int(r, "missing_count", -1), 1);
	}
	json_decref(results);
	buf_release(&message);
	checks_close(c);
	batch_release(&b);
}

/* Bounds that are no integers, or none that fits, against the extremes of int64. */
static void
integers_are_compared_with_bounds_exactly(void **state)
{
	static const struct {
		const char *name, *min, *max;
		bool exclusive;
		int64_t value;
		bool passes;
	} table[] = {
		{ "between two", "1.5", "2.5", false, 2, true },
		{ "below a half", "1.5", "9", false, 1, false },
		{ "above a half", "1", "1.5", false, 2, false },
		{ "a half, exclusive", "1.5", "9", true, 2, true },
		{ "at, exclusive", "2", "9", true, 2, false },
		{ "one past, exclusive", "2", "9", true, 3, true },
		{ "at max, exclusive", "0", "9", true, 9, false },
		{ "the lowest", "-9223372036854775808", "0", false, INT64_MIN, true },
		{ "the lowest, exclusive", "-9223372036854775808", "0", true, INT64_MIN, false },
		{ "the highest", "0", "9223372036854775808", false, INT64_MAX, true },
		{ "the highest, exclusive", "0", "9223372036854775808", true, INT64_MAX, true },
		{ "above all", "9223372036854775808", "18446744073709551616", false, INT64_MAX,
		  false },
		{ "far below", "-1e300", "1e300", true, INT64_MIN, true },
		{ "no rounding", "0", "9007199254740992", false, (INT64_C(1) << 53) + 1, false },
		{ "no rounding of a bound", "9007199254740993", NULL, false, INT64_C(1) << 53,
		  false },
		{ "nor of the last one", NULL, "9223372036854775806", false, INT64_MAX, false },
		{ "nor of decimals", "9007199254740992.5", NULL, false, INT64_C(1) << 53, false },
	};

	(void)state;
	for (size_t i = 0; i < countof(table); i++) {
		const struct check check = { RANGE(.value = { table[i].min, table[i].max },
						   .exclusive = table[i].exclusive),
					     .columns = col_i, .n_columns = 1 };
		uint32_t row = 0;
		struct check_rows shown = { .rows = &row, .n = 1, .first_row = 1 };
		struct checks *c = NULL;
		json_t *results = json_array();
		struct buf message;
		struct batch b;

		fill(&b, some, 1);
		b.cols[0].ints[0] = table[i].value;
		shown.batch = &b;
		assert_int_equal(checks_open(&c, &check, 1, &subject, NULL), ERR_NONE);
		assert_int_equal(checks_filter(c, &shown, NULL), ERR_NONE);
		buf_init(&message, 4000);
		if (checks_finish(c, results, &message) == table[i].passes)
			fail_msg("%s", table[i].name);
		buf_release(&message);
		json_decref(results);
		checks_close(c);
		batch_release(&b);
	}
}

/* ---- rows that an operator leaves out ---- */

/* The numbers of rows that were refused. */
struct refused {
	int64_t numbers[8];
	size_t n;
};

static enum err_code
note_refused(void *arg, const struct batch *b, const struct check_refusal *why, struct err *err)
{
	struct refused *r = arg;

	(void)b;
	(void)err;
	assert_true(r->n < countof(r->numbers));
	r->numbers[r->n++] = why->number;
	return ERR_NONE;
}

/* Show every fifth row of batches of 1000, 200 at a time. */
static void
show_some(struct checks *c, size_t batches, struct refused *refused)
{
	enum { N = 1000, SHOWN = N / 5 };

	for (size_t at = 0; at < batches; at++) {
		uint32_t rows[SHOWN], places[SHOWN];
		struct check_rows shown = { .rows = rows,
					    .places = places,
					    .n = SHOWN,
					    .first_row = (int64_t)at * SHOWN + 1,
					    .refuse = note_refused,
					    .arg = refused };
		struct batch b;
		struct err err;

		for (uint32_t i = 0; i < SHOWN; i++) {
			rows[i] = i * 5 + 4;
			places[i] = i;
		}
		batch_init(&b, &schema, NULL);
		fill_many(&b, at * N, N, 0);
		shown.batch = &b;
		if (checks_filter(c, &shown, &err))
			fail_msg("%s", err.msg);
		batch_release(&b);
	}
}

/* Rows are numbered as they are shown, whatever is between them, and whatever was moved before. */
static void
numbers_of_rows_count_those_left_out(void **state)
{
	/* Row 4 of each batch is shown first and has f = 4; row 999 last. */
	const struct check list[] = {
		{ RANGE(.value = { .min = "5" }), .columns = col_f, .n_columns = 1,
		  .quarantine = true },
		{ RANGE(.value = { .max = "998" }), .columns = col_f, .n_columns = 1 },
		{ .kind = &check_kind_unique, .columns = col_f, .n_columns = 1 },
	};
	static const int64_t moved[] = { 1, 201, 401 }, high[] = { 200, 400, 600 },
			     surplus[] = { 202, 203, 204, 205, 206 };
	static const struct {
		const int64_t *numbers;
		size_t n;
	} want[] = { { moved, 3 }, { high, 3 }, { surplus, 5 } };
	/* Answers at once, and all of them at the end. */
	static const size_t memory[] = { 1 << 20, 1 };

	(void)state;
	for (size_t m = 0; m < countof(memory); m++) {
		struct check_subject s = subject;
		struct checks *c = NULL;
		struct refused refused = { 0 };
		json_t *results = json_array();
		struct buf message;
		bool again;

		s.rows = -1;
		s.memory_bytes = memory[m];
		s.dir = "/tmp";
		assert_int_equal(checks_open(&c, list, countof(list), &s, NULL), ERR_NONE);
		show_some(c, 3, &refused);
		assert_int_equal(checks_settle(c, &again, NULL), ERR_NONE);
		buf_init(&message, 1000);
		assert_true(checks_finish(c, results, &message));
		buf_release(&message);
		checks_close(c);
		assert_int_equal(refused.n, countof(moved));
		assert_memory_equal(refused.numbers, moved, sizeof(moved));
		for (size_t i = 0; i < countof(list); i++) {
			json_t *sample = json_object_get(json_array_get(results, i), "sample");

			assert_int_equal(json_array_size(sample), want[i].n);
			for (size_t k = 0; k < want[i].n; k++)
				assert_int_equal(json_get_int(json_array_get(sample, k), "row", 0),
						 want[i].numbers[k]);
		}
		json_decref(results);
	}
}

/* Keys that have to go to disk and cannot: the error says which check, and all is released. */
static void
a_disk_that_refuses_fails_the_check(void **state)
{
	enum { N = 60000 };
	const struct check check = { .kind = &check_kind_unique, .columns = col_i, .n_columns = 1 };
	const struct check_subject s = { .dataset = "d",
					 .schema = &schema,
					 .rows = -1,
					 .memory_bytes = 64 << 10,
					 .dir = "/tmp/no/such/directory" };
	uint32_t *all = mem_new(N, sizeof(*all));
	enum err_code code = ERR_NONE;
	struct checks *c = NULL;
	struct batch b;
	struct err err;
	bool again;

	(void)state;
	batch_init(&b, &schema, NULL);
	assert_int_equal(checks_open(&c, &check, 1, &s, &err), ERR_NONE);
	for (size_t at = 0; at < 20 && !code; at++) {
		struct check_rows shown = { .batch = &b, .rows = all, .n = N };

		batch_set_rows(&b, N);
		for (uint32_t i = 0; i < N; i++) {
			all[i] = i;
			b.cols[0].valid[i] = true;
			b.cols[0].ints[i] = (int64_t)(at * N + i);
		}
		shown.first_row = (int64_t)(at * N) + 1;
		code = checks_filter(c, &shown, &err);
	}
	assert_int_equal(code, ERR_SYSTEM);
	assert_non_null(strstr(err.msg, "check unique(i): "));
	assert_non_null(strstr(err.msg, "'/tmp/no/such/directory'"));
	assert_int_equal(checks_settle(c, &again, &err), ERR_SYSTEM);
	assert_non_null(strstr(err.msg, "check unique(i): "));
	checks_close(c);
	batch_release(&b);
	free(all);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_kind_says_what_it_comes_to),
		cmocka_unit_test(each_kind_has_its_verdict_and_counts),
		cmocka_unit_test(an_empty_partition_passes_value_checks),
		cmocka_unit_test(quarantined_rows_are_gone_for_later_checks),
		cmocka_unit_test(the_first_failing_rows_are_shown),
		cmocka_unit_test(nan_is_in_no_range),
		cmocka_unit_test(checks_of_wrong_columns_are_refused),
		cmocka_unit_test(volume_is_judged_against_the_same_weekday),
		cmocka_unit_test(volume_is_judged_against_the_day_before),
		cmocka_unit_test(no_rows_at_all_pass_only_where_that_is_allowed),
		cmocka_unit_test(unique_does_not_depend_on_memory_or_lanes),
		cmocka_unit_test(more_keys_than_memory_are_an_error),
		cmocka_unit_test(verdicts_are_the_same_with_and_without_a_dictionary),
		cmocka_unit_test(integers_are_compared_with_bounds_exactly),
		cmocka_unit_test(numbers_of_rows_count_those_left_out),
		cmocka_unit_test(a_disk_that_refuses_fails_the_check),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
