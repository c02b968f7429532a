/* test_table.c - tables on wide and on narrow terminals, and behind a pipe. */
#include "cli/term/table.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <string.h>

static const struct table_column columns[] = {
	{ "DAG", false, 0 },
	{ "N", true, 2 },
	{ "NOTE", false, 1 },
	{ "WHY", false, 0 },
};

static const char *const cells[] = {
	"sales", "7", "", "it waits for the day to end", "stock", "12", "", "",
};

static const struct tabular table = { columns, countof(columns), cells, 2 };

static void
expect(const struct tabular *t, size_t width, const char *text, const char *left_out)
{
	struct buf out, left;

	buf_init(&out, 1 << 16);
	buf_init(&left, 1 << 16);
	table_write(t, width, &out, &left);
	assert_string_equal(out.data, text);
	assert_string_equal(left.data, left_out);
	buf_release(&left);
	buf_release(&out);
}

static void
behind_a_pipe_nothing_is_cut_or_left_out(void **state)
{
	(void)state;
	expect(&table, 0,
	       "DAG    N NOTE WHY\n"
	       "sales  7      it waits for the day to end\n"
	       "stock 12      \n",
	       "");
}

static void
what_is_empty_goes_first_and_is_not_missed(void **state)
{
	(void)state;
	expect(&table, 38,
	       "DAG    N WHY\n"
	       "sales  7 it waits for the day to end\n"
	       "stock 12\n",
	       "");
}

static void
the_last_text_wraps_between_words(void **state)
{
	(void)state;
	expect(&table, 28,
	       "DAG    N WHY\n"
	       "sales  7 it waits for the\n"
	       "         day to end\n"
	       "stock 12\n",
	       "");
}

static void
columns_go_by_rank_and_are_named(void **state)
{
	(void)state;
	expect(&table, 23,
	       "DAG   WHY\n"
	       "sales it waits for the\n"
	       "      day to end\n"
	       "stock\n",
	       "N");
}

static void
an_instant_is_whole_while_columns_can_go(void **state)
{
	static const char *const fires[] = { "sales", "2026-05-01", "2026-05-02T02:30:00+02:00" };
	static const struct table_column three[] = { { "DAG", false, 0 },
						     { "FIRST", false, 1 },
						     { "NEXT_FIRE", false, 0 } };
	static const struct tabular t = { three, 3, fires, 1 };

	(void)state;
	expect(&t, 40,
	       "DAG   NEXT_FIRE\n"
	       "sales 2026-05-02T02:30:00+02:00\n",
	       "FIRST");
}

static void
what_may_not_go_becomes_narrow(void **state)
{
	static const char *const ids[] = { "sales", "scheduled__2026-05-01T00:00:00Z" };
	static const struct table_column two[] = { { "DAG", false, 0 }, { "RUN", false, 0 } };
	static const struct tabular t = { two, 2, ids, 1 };

	(void)state;
	expect(&t, 20,
	       "DAG   RUN\n"
	       "sales scheduled__202\n"
	       "      6-05-01T00:00:\n"
	       "      00Z\n",
	       "");
}

static void
a_cell_is_one_line_and_acts_on_nothing(void **state)
{
	static const char *const wild[] = { "a\nb\033[2J", "caf\xc3\xa9" };
	static const struct table_column two[] = { { "A", false, 0 }, { "B", false, 0 } };
	static const struct tabular t = { two, 2, wild, 1 };

	(void)state;
	expect(&t, 0,
	       "A             B\n"
	       "a\\x0ab\\x1b[2J caf\xc3\xa9\n",
	       "");
}

/* However narrow: no line is longer, and every letter of what stays is there. */
static void
no_line_is_longer_than_the_terminal(void **state)
{
	(void)state;
	for (size_t width = 14; width < 60; width++) {
		struct buf out, left;

		buf_init(&out, 1 << 16);
		buf_init(&left, 1 << 16);
		table_write(&table, width, &out, &left);
		for (const char *line = out.data; *line; line += strcspn(line, "\n") + 1)
			if (strcspn(line, "\n") > width)
				fail_msg("%zu: %s", width, line);
		buf_release(&left);
		buf_release(&out);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(behind_a_pipe_nothing_is_cut_or_left_out),
		cmocka_unit_test(what_is_empty_goes_first_and_is_not_missed),
		cmocka_unit_test(the_last_text_wraps_between_words),
		cmocka_unit_test(columns_go_by_rank_and_are_named),
		cmocka_unit_test(an_instant_is_whole_while_columns_can_go),
		cmocka_unit_test(what_may_not_go_becomes_narrow),
		cmocka_unit_test(a_cell_is_one_line_and_acts_on_nothing),
		cmocka_unit_test(no_line_is_longer_than_the_terminal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
