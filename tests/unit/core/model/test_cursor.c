/* test_cursor.c - core/model/cursor.c: what a schedule makes now, and what an edit does to it. */
#include "tests/fixture/dagfile.h"
#include "tests/fixture/zone.h"

#include "core/base/mem.h"
#include "core/model/cursor.h"
#include "core/model/interval.h"

static int64_t
us_of(const char *text)
{
	int64_t us;

	if (!*text)
		return INT64_MIN;
	assert_true(timestamp_parse(text, strlen(text), &us));
	return us;
}

static struct dag *
dag_of(const char *keys)
{
	char text[600];

	(void)snprintf(text, sizeof(text),
		       "dag: g\n%stasks: {t: {operator: command, run: ['true']}}\n", keys);
	return read_good("g.yaml", text);
}

/* The texts of the logical dates from first to last, or "none"; then where the cursor stands. */
static void
due_text(const struct dag *dag, const struct cursor *c, int64_t now_us, struct buf *out)
{
	char text[TIMESTAMP_CHARS + 1];
	struct cursor_due due;

	if (!cursor_due(c, dag, now_us, &due)) {
		buf_text(out, "nothing");
		return;
	}
	if (due.first_us > due.last_us)
		buf_text(out, "none");
	for (int64_t us = due.first_us; us <= due.last_us; us = interval_next(dag, us)) {
		grid_instant_text(dag->grid, us, text);
		buf_format(out, "%s ", text);
	}
	grid_instant_text(dag->grid, due.next_us, text);
	buf_format(out, "> %s", text);
}

static void
catchup_says_which_of_the_due_get_runs(void **state)
{
	static const struct {
		const char *keys, *cursor, *since, *now, *want;
	} rows[] = {
		{ "schedule: '@daily'\n", "2026-05-03", "2026-05-03", "2026-05-03T12:00:00Z",
		  "nothing" },
		{ "schedule: '@daily'\n", "2026-05-02", "2026-05-01", "2026-05-06T12:00:00Z",
		  "2026-05-05 > 2026-05-06" },
		{ "schedule: '@daily'\n", "2026-05-02", "2026-05-06T10:00:00Z",
		  "2026-05-06T12:00:00Z", "none> 2026-05-06" },
		{ "schedule: '@daily'\n", "2026-05-02", "2026-05-06T00:10:00Z",
		  "2026-05-06T12:00:00Z", "2026-05-05 > 2026-05-06" },
		{ "schedule: '@daily'\ncatchup: latest\n", "2026-05-02", "2026-05-06T10:00:00Z",
		  "2026-05-06T12:00:00Z", "2026-05-05 > 2026-05-06" },
		{ "schedule: '@daily'\ncatchup: all\n", "2026-05-02", "2026-05-06T10:00:00Z",
		  "2026-05-06T12:00:00Z",
		  "2026-05-02 2026-05-03 2026-05-04 2026-05-05 > 2026-05-06" },
		{ "schedule: '@daily'\ncatchup: all\ncatchup_window: 2d\n", "2026-05-02",
		  "2026-05-06T10:00:00Z", "2026-05-06T12:00:00Z",
		  "2026-05-04 2026-05-05 > 2026-05-06" },
		{ "schedule: '@daily'\ncatchup: all\nend_date: 2026-05-03\n", "2026-05-02",
		  "2026-05-06", "2026-05-06T12:00:00Z", "2026-05-02 2026-05-03 > 2026-05-04" },
		{ "schedule: '*/20 1 * * *'\ncatchup: all\n", "2026-05-01T01:20:00Z", "2026-05-01",
		  "2026-05-02T01:00:00Z",
		  "2026-05-01T01:20:00Z 2026-05-01T01:40:00Z > 2026-05-02" },
	};

	(void)state;
	for (size_t i = 0; i < countof(rows); i++) {
		const struct cursor c = { us_of(rows[i].cursor), us_of(rows[i].since), false };
		char *keys = mem_format("start_date: 2026-05-01\n%s", rows[i].keys);
		struct dag *dag = dag_of(keys);
		struct buf text;

		buf_init(&text, 1000);
		due_text(dag, &c, us_of(rows[i].now), &text);
		if (strncmp(text.data, rows[i].want, strlen(rows[i].want)) != 0)
			fail_msg("row %zu: %s", i, text.data);
		buf_release(&text);
		dag_unref(dag);
		free(keys);
	}
}

#define NIGHTLY "schedule: '30 2 * * *'\n"
#define MONTHLY "schedule: '30 2 1 * *'\n"
#define MAY "start_date: 2026-05-01\n"

/* Now is 2026-06-10T12:00:00Z; the cursor is at the first day that has not ended. */
static const struct {
	const char *before, *after, *cursor;
	const char *want; /* "": the schedule is the same */
} edits[] = {
	{ MAY NIGHTLY, MAY NIGHTLY "owner: me\n", "2026-06-10", "" },
	{ MAY NIGHTLY, MAY "schedule: '45 3 * * *'\n", "2026-06-10",
	  "schedule changed; next run 2026-06-10, due 2026-06-11T03:45:00+00:00" },
	{ MAY NIGHTLY, "start_date: 2026-04-01\n" NIGHTLY, "2026-06-10",
	  "start_date changed; 30 days from 2026-04-01 to 2026-04-30 will not be made (tidemill "
	  "backfill create g --from-date 2026-04-01 --to-date 2026-04-30); next run 2026-06-10, "
	  "due "
	  "2026-06-11T02:30:00+00:00" },
	{ MAY NIGHTLY, "start_date: 2026-07-01\n" NIGHTLY, "2026-06-10",
	  "start_date changed; 21 days from 2026-06-10 to 2026-06-30 will not be made (tidemill "
	  "backfill create g --from-date 2026-06-10 --to-date 2026-06-30); next run 2026-07-01, "
	  "due "
	  "2026-07-02T02:30:00+00:00" },
	{ MAY NIGHTLY, MAY "end_date: 2026-06-10\n" NIGHTLY, "2026-06-10",
	  "end_date changed; next run 2026-06-10, due 2026-06-11T02:30:00+00:00" },
	{ MAY NIGHTLY, MAY "end_date: 2026-06-09\n" NIGHTLY, "2026-06-10",
	  "end_date changed; no further run comes" },
	{ MAY NIGHTLY "end_date: 2026-05-31\n", MAY NIGHTLY "catchup: all\n", "2026-06-01",
	  "end_date, catchup changed; 9 days from 2026-06-01 to 2026-06-09 will be made now; next "
	  "run "
	  "2026-06-10, due 2026-06-11T02:30:00+00:00" },
	{ MAY NIGHTLY, MAY MONTHLY, "2026-06-10",
	  "schedule, partition changed; 2 months from 2026-05 to 2026-06 will not be made "
	  "(tidemill "
	  "backfill create g --from-date 2026-05 --to-date 2026-06); next run 2026-07, due "
	  "2026-08-01T02:30:00+00:00" },
	{ MAY NIGHTLY, MAY "schedule: {cron: '30 2 * * *', timezone: Europe/Berlin}\n",
	  "2026-06-10",
	  "timezone changed; 41 days from 2026-05-01 to 2026-06-10 will not be made (tidemill "
	  "backfill create g --from-date 2026-05-01 --to-date 2026-06-10); next run 2026-06-11, "
	  "due "
	  "2026-06-12T02:30:00+02:00" },
	{ MAY NIGHTLY, "start_date: 2026-06-10\nschedule: '0 */6 * * *'\n", "2026-06-10",
	  "schedule, partition changed; 2 ticks from 2026-06-10 to 2026-06-10T06:00:00Z will not "
	  "be made (tidemill dags trigger g -l 2026-06-10 makes one); next run "
	  "2026-06-10T12:00:00Z, due 2026-06-10T18:00:00+00:00" },
	{ MAY "schedule: {every: 6h}\n", "start_date: 2026-05-01T08:00\nschedule: {every: 6h}\n",
	  "2026-06-10T12:00:00Z", "start_date changed; next run 2026-06-10T12:00:00Z, due" },
	{ MAY "schedule: {every: 7h}\n", "start_date: 2026-06-10\nschedule: {every: 7h}\n",
	  "2026-06-10T08:00:00Z",
	  "start_date changed; 2 ticks from 2026-06-10 to 2026-06-10T07:00:00Z will not be made" },
	{ MAY NIGHTLY, MAY "schedule: {cron: '30 2 * * *', except: [2026-06-11..2026-06-14]}\n",
	  "2026-06-10", "except changed; next run 2026-06-10, due 2026-06-15T02:30:00+00:00" },
	{ MAY "schedule: {cron: '30 2 * * *', only: 2026-06-12}\n", MAY NIGHTLY, "2026-06-10",
	  "only changed; next run 2026-06-10, due 2026-06-11T02:30:00+00:00" },
	{ MAY "schedule: {at: [2026-06-11, 2026-06-12]}\n",
	  MAY "schedule: {at: [2026-06-11, 2026-06-13]}\n", "2026-05-01",
	  "schedule changed; next run 2026-05-01, due 2026-06-11T00:00:00+00:00" },
	{ MAY NIGHTLY, "schedule: {partition: day}\n", "2026-06-10",
	  "schedule, start_date changed; it has no cron any more, and runs are made by hand "
	  "alone" },
	{ "schedule: {partition: day}\n", MAY NIGHTLY "catchup: all\n", "",
	  "schedule, start_date, catchup changed; 40 days from 2026-05-01 to 2026-06-09 will be "
	  "made "
	  "now; next run 2026-06-10" },
};

static void
an_edit_says_what_it_will_and_will_not_make(void **state)
{
	const int64_t now_us = us_of("2026-06-10T12:00:00Z");

	(void)state;
	for (size_t i = 0; i < countof(edits); i++) {
		const struct cursor c = { us_of(edits[i].cursor), us_of("2026-05-01"), false };
		struct dag *before = dag_of(edits[i].before), *after = dag_of(edits[i].after);
		struct buf text;

		buf_init(&text, EDIT_BYTES_MAX);
		assert_int_equal(cursor_say_edit(&c, before, after, now_us, &text),
				 *edits[i].want != '\0');
		if (strncmp(text.data, edits[i].want, strlen(edits[i].want)) != 0)
			fail_msg("edit %zu: %s", i, text.data);
		buf_release(&text);
		dag_unref(before);
		dag_unref(after);
	}
}

/* What the sentence promises is what the cursor then does. */
static void
what_is_not_promised_is_not_made(void **state)
{
	const int64_t now_us = us_of("2026-06-10T12:00:00Z");

	(void)state;
	for (size_t i = 0; i < countof(edits); i++) {
		struct cursor c = { us_of(edits[i].cursor), us_of("2026-05-01"), false };
		struct dag *before = dag_of(edits[i].before), *after = dag_of(edits[i].after);
		struct cursor_due due = { .first_us = 0, .last_us = -1 };
		struct buf text, made;
		char first[TIMESTAMP_CHARS + 1];

		buf_init(&text, EDIT_BYTES_MAX);
		buf_init(&made, 200);
		if (dag_is_scheduled(after) && cursor_say_edit(&c, before, after, now_us, &text)) {
			(void)cursor_edit(&c, before, after, now_us);
			if (cursor_due(&c, after, now_us, &due) && due.first_us <= due.last_us) {
				grid_instant_text(after->grid, due.first_us, first);
				buf_format(&made, "from %s to", first);
				assert_non_null(strstr(text.data, "will be made now"));
				assert_non_null(strstr(text.data, made.data));
			} else {
				assert_null(strstr(text.data, "will be made now"));
			}
		}
		buf_release(&made);
		buf_release(&text);
		dag_unref(before);
		dag_unref(after);
	}
}

static void
a_paused_dag_promises_nothing(void **state)
{
	const struct cursor c = { us_of("2026-06-10"), us_of("2026-05-01"), true };
	struct dag *before = dag_of(MAY NIGHTLY), *after = dag_of(MAY "schedule: '@daily'\n");
	struct buf text;

	(void)state;
	buf_init(&text, EDIT_BYTES_MAX);
	assert_true(cursor_say_edit(&c, before, after, us_of("2026-06-10T12:00:00Z"), &text));
	assert_string_equal(text.data, "schedule changed; it is paused: tidemill dags unpause g");
	assert_false(cursor_say_edit(&c, NULL, after, us_of("2026-06-10T12:00:00Z"), &text));
	buf_release(&text);
	dag_unref(before);
	dag_unref(after);
}

/* ---- newer rules of a zone ---- */

/* Its zone by other rules, under its own name: those of another place. */
static void
take_rules(struct dag *dag, const char *place)
{
	struct zone *z = NULL;
	size_t bytes = 0;
	char *data = fx_zone_bytes(place, &bytes);

	assert_non_null(data);
	assert_int_equal(zone_read(&z, zone_name(dag->zone), data, bytes, NULL), ERR_NONE);
	free(data);
	zone_unref(dag->zone);
	dag->zone = z;
	dag->schedule.zone = z;
	if (dag->grid.zone)
		dag->grid.zone = z;
}

#define BERLIN(cron, more) \
	"start_date: 2026-03-01\nschedule: {cron: '" cron "', timezone: Europe/Berlin" more "}\n"

/* The cursor is at the interval of 4 May by Berlin's rules. */
static const struct {
	const char *keys, *cursor, *rules, *want;
	bool told;    /* by the instant alone */
	bool shifted; /* the clock passes over it, so that it is another one's time by now */
} moves[] = {
	{ BERLIN("0 5 * * *", ""), "2026-05-03T22:00:00Z", "Europe/Athens", "2026-05-03T21:00:00Z",
	  true, false },
	{ BERLIN("0 5 * * *", ""), "2026-05-03T22:00:00Z", "Europe/London", "2026-05-03T23:00:00Z",
	  true, false },
	{ BERLIN("0 5 * * *", ""), "2026-05-03T22:00:00Z", "Asia/Tokyo", "2026-05-03T15:00:00Z",
	  false, false },
	{ BERLIN("0 5 * * mon", ""), "2026-05-03T22:00:00Z", "Europe/Athens",
	  "2026-05-03T21:00:00Z", true, false },
	{ BERLIN("0 5 1 * *", ""), "2026-04-30T22:00:00Z", "Europe/Athens", "2026-04-30T21:00:00Z",
	  true, false },
	{ BERLIN("30 2 * * *", ", partition: none"), "2026-05-04T00:30:00Z", "Europe/Athens",
	  "2026-05-03T23:30:00Z", true, false },
	{ BERLIN("30 2 * * *", ", partition: none"), "2026-05-04T00:30:00Z", "Europe/London",
	  "2026-05-04T01:30:00Z", true, false },
	/* 02:30 of the day on which Berlin's clocks pass over it, and by the new rules too. */
	{ BERLIN("30 2 * * *", ", partition: none"), "2026-03-29T01:00:00Z", "Europe/Rome",
	  "2026-03-29T01:00:00Z", true, false },
	{ BERLIN("30 3 * * *", ", partition: none"), "2026-03-29T01:30:00Z", "Europe/Athens",
	  "2026-03-29T01:00:00Z", true, true },
};

static void
newer_rules_of_a_zone_leave_out_no_interval(void **state)
{
	char text[TIMESTAMP_CHARS + 1];

	(void)state;
	for (size_t i = 0; i < countof(moves); i++) {
		struct cursor c = { us_of(moves[i].cursor), us_of("2026-05-01"), false };
		struct dag *before = dag_of(moves[i].keys), *after = dag_of(moves[i].keys);
		struct cursor_due due;

		assert_int_equal(cursor_stands(before, c.at_us), c.at_us);
		take_rules(after, moves[i].rules);
		if (moves[i].told) {
			struct cursor kept = { cursor_stands(after, c.at_us), 0, false };

			assert_true(cursor_due(&kept, after, us_of("2026-06-30"), &due));
			assert_int_equal(interval_from(after, kept.at_us), us_of(moves[i].want));
		}
		cursor_follow(&c, before, after);
		timestamp_format(c.at_us, text);
		if (strcmp(text, moves[i].want) != 0)
			fail_msg("move %zu: %s", i, text);
		cursor_follow(&c, after, before);
		if (!moves[i].shifted)
			assert_int_equal(c.at_us, us_of(moves[i].cursor));
		dag_unref(before);
		dag_unref(after);
	}
}

/* Wednesday is no Monday that new rules moved, and no hour of the night is midnight. */
static void
a_cursor_of_another_unit_is_left_alone(void **state)
{
	struct dag *weekly = dag_of(MAY "schedule: '0 3 * * mon'\n");
	struct dag *daily = dag_of(MAY NIGHTLY), *hourly = dag_of(MAY "schedule: '@hourly'\n");
	struct cursor c = { us_of("2026-05-06T02:00:00Z"), 0, false };

	(void)state;
	assert_int_equal(cursor_stands(weekly, us_of("2026-05-06")), us_of("2026-05-06"));
	assert_int_equal(cursor_stands(weekly, INT64_MIN), INT64_MIN);
	/* An edit looks ahead, and what it said holds after a restart. */
	(void)cursor_edit(&c, hourly, daily, us_of("2026-05-06T02:30:00Z"));
	assert_int_equal(c.at_us, us_of("2026-05-07"));
	dag_unref(weekly);
	dag_unref(daily);
	dag_unref(hourly);
}

/* Now is 2026-06-10T12:30:00Z; all instants of the first edit are over, the second adds more. */
static void
a_schedule_that_was_over_goes_on_with_what_an_edit_adds(void **state)
{
	static const char *const befores[] = { MAY "schedule: '@hourly'\n",
					       MAY "schedule: '*/20 * * * *'\n" };
	const int64_t now_us = us_of("2026-06-10T12:30:00Z");

	(void)state;
	for (size_t i = 0; i < countof(befores); i++) {
		struct dag *before = dag_of(befores[i]);
		struct dag *over = dag_of(MAY "schedule: {at: [2026-06-10T11:00]}\n");
		struct dag *more = dag_of(MAY "schedule: {at: [2026-06-10T11:00, 2026-06-11, "
					      "2026-06-12]}\n");
		struct cursor c = { us_of("2026-06-10T12:00:00Z"), us_of("2026-05-01"), false };
		struct cursor_due due;

		(void)cursor_edit(&c, before, over, now_us);
		assert_false(cursor_due(&c, over, us_of("2026-06-30"), &due));
		assert_int_equal(cursor_stands(over, c.at_us), c.at_us);
		(void)cursor_edit(&c, over, more, now_us);
		assert_true(cursor_due(&c, more, us_of("2026-06-12"), &due));
		assert_int_equal(due.last_us, us_of("2026-06-11"));
		dag_unref(before);
		dag_unref(over);
		dag_unref(more);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_schedule_that_was_over_goes_on_with_what_an_edit_adds),
		cmocka_unit_test(catchup_says_which_of_the_due_get_runs),
		cmocka_unit_test(an_edit_says_what_it_will_and_will_not_make),
		cmocka_unit_test(what_is_not_promised_is_not_made),
		cmocka_unit_test(a_paused_dag_promises_nothing),
		cmocka_unit_test(newer_rules_of_a_zone_leave_out_no_interval),
		cmocka_unit_test(a_cursor_of_another_unit_is_left_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
