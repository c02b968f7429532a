/* test_check.c - the kinds of checks: what every row has, and what it says of history. */
#include "core/check/check.h"
#include "core/check/volume.h"

#include "core/base/buf.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void
every_kind_stands_at_its_id_with_its_name(void **state)
{
	static const char *const names[CHECK_COUNT] = {
#define CHECK(ID, name, family) [CHECK_##ID] = #name,
#include "core/check/list.inc"
#undef CHECK
	};

	(void)state;
	for (int i = 0; i < CHECK_COUNT; i++) {
		assert_int_equal(check_kind_of((enum check_id)i)->id, i);
		assert_string_equal(check_kind_of((enum check_id)i)->name, names[i]);
	}
	assert_string_equal("volume_change", check_kind_of(CHECK_VOLUME_CHANGE)->name);
}

static void
every_kind_has_what_its_shape_asks_for(void **state)
{
	(void)state;
	for (int i = 0; i < CHECK_COUNT; i++) {
		const struct check_kind *k = check_kind_of((enum check_id)i);
		bool by_value = k->shape == SHAPE_ROW || k->shape == SHAPE_KEYS;

		if (by_value != (k->columns != COLUMNS_NONE || k->conditions))
			fail_msg("%s: columns", k->name);
		if (k->may_quarantine && !by_value)
			fail_msg("%s: there are no rows to move", k->name);
		if ((k->shape == SHAPE_HISTORY) != (k->history != NULL))
			fail_msg("%s: history", k->name);
		if (!k->wants != !k->fits)
			fail_msg("%s: what fits has no name", k->name);
		if (k->n_keys && !k->params_bytes)
			fail_msg("%s: keys without a struct", k->name);
	}
}

static void
history_reaches_back_as_far_as_the_baseline(void **state)
{
	static const struct check_volume_change weeks = { .lookback = 4 },
						days = { .baseline = BASELINE_PREVIOUS,
							 .lookback = 4 };
	const struct check by_week = { .kind = &check_kind_volume_change, .params = &weeks },
			   by_day = { .kind = &check_kind_volume_change, .params = &days },
			   none = { .kind = &check_kind_not_null };

	(void)state;
	assert_true(check_history(&by_week).weekly && check_history(&by_week).parts == 4);
	assert_true(!check_history(&by_day).weekly && check_history(&by_day).parts == 1);
	assert_int_equal(check_history(&none).parts, 0);
}

static void
a_column_fits_by_its_type(void **state)
{
	static const struct column columns[] = { { "i", COL_INT32 }, { "s", COL_STRING } };
	static const struct schema schema = { columns, countof(columns) };
	static const char *const names[] = { "i", "s", "x" };
	const struct check range = { .kind = &check_kind_accepted_range, .columns = names },
			   null = { .kind = &check_kind_not_null, .columns = names };
	char why[200];

	(void)state;
	assert_true(check_column_fits(&range, 0, &schema, why, sizeof(why)));
	assert_false(check_column_fits(&range, 1, &schema, why, sizeof(why)));
	assert_string_equal(
	    why, "'accepted_range' needs a number, a timestamp or a date, column 's' is a string");
	assert_true(check_column_fits(&null, 1, &schema, why, sizeof(why)));
	assert_false(check_column_fits(&null, 2, &schema, why, sizeof(why)));
	assert_string_equal(why, "there is no column 'x' to check");
}

/* Each kind has a row in the table of parameters, and one that says what it means. */
static void
every_kind_stands_in_the_documents(void **state)
{
	static const char *const pages[] = { "docs/DAG-FILE.md", "docs/CHECKS.md" };
	char row[NAME_MAX_BYTES];
	struct buf text;
	struct err err;

	(void)state;
	for (size_t page = 0; page < countof(pages); page++) {
		buf_init(&text, 1 << 20);
		if (buf_read_file(&text, AT_FDCWD, pages[page], &err))
			fail_msg("%s", err.msg);
		for (int i = 0; i < CHECK_COUNT; i++) {
			(void)snprintf(row, sizeof(row), "\n| `%s` |",
				       check_kind_of((enum check_id)i)->name);
			if (!strstr(text.data, row))
				fail_msg("%s has no row%s", pages[page], row);
		}
		buf_release(&text);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_kind_stands_at_its_id_with_its_name),
		cmocka_unit_test(every_kind_has_what_its_shape_asks_for),
		cmocka_unit_test(history_reaches_back_as_far_as_the_baseline),
		cmocka_unit_test(a_column_fits_by_its_type),
		cmocka_unit_test(every_kind_stands_in_the_documents),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
