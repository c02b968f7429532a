/* test_template.c - variables and filters, rendered and refused. */
#include "core/time/civil.h"
#include "core/text/template.h"

#include "tests/fixture/zone.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct param params[] = {
	{ "feature", PARAM_STRING, "root", false },
	{ "lower-limit", PARAM_INT, "5", false },
};

static const struct param_value values[] = { { "feature", "boards" }, { "lower-limit", "7" } };

static const struct param_value left[] = { { "outputs.g.look.files", "3" } };

static const struct run_vars vars = {
	.dag = "sales",
	.task = "load",
	.run_id = "scheduled__2026-03-01",
	.try_number = 2,
	.grid = { .unit = GRID_DAY },
	.logical_us = INT64_C(20513) * DAY_US, /* 2026-03-01 */
	.start_us = INT64_C(20513) * DAY_US,
	.end_us = INT64_C(20514) * DAY_US,
	.params = values,
	.n_params = countof(values),
	.given = left,
	.n_given = countof(left),
};

static void
renders_every_variable_and_filter(void **state)
{
	static const struct {
		const char *text, *want;
	} cases[] = {
		{ "", "" },
		{ "plain } text { }}", "plain } text { }}" },
		{ "{{ ds }}", "2026-03-01" },
		{ "a{{ds}}b{{  ds  }}c", "a2026-03-01b2026-03-01c" },
		{ "{{ ds_nodash }}", "20260301" },
		{ "{{ ts }}", "2026-03-01T00:00:00Z" },
		{ "{{ logical_date }}", "2026-03-01T00:00:00Z" },
		{ "{{ data_interval_start }}/{{ data_interval_end }}",
		  "2026-03-01T00:00:00Z/2026-03-02T00:00:00Z" },
		{ "{{ partition }}", "2026-03-01" },
		{ "{{ ts | format('%H%z') }}", "00+0000" },
		{ "{{ prev_ds }} {{ next_ds }}", "2026-02-28 2026-03-02" },
		{ "{{ run_id }} {{ try_number }} {{ dag }}.{{ task }}",
		  "scheduled__2026-03-01 2 sales.load" },
		{ "{{ params.feature }} {{ params.lower-limit }}", "boards 7" },
		{ "{{ outputs.g.look.files }} files", "3 files" },
		{ "{{ ds | add(days=-1) }}", "2026-02-28" },
		{ "{{ ds|add(days=31)|add(days=1) }}", "2026-04-02" },
		{ "{{ data_interval_end | add(days=-2) }}", "2026-02-28T00:00:00Z" },
		{ "{{ ds | format(\"%Y/%m/%d\") }}", "2026/03/01" },
		{ "{{ ts | format('%H:%M:%S %j %%') }}", "00:00:00 060 %" },
		{ "{{ ds | add(days=-60) | format('%j') }}", "365" },
		{ "{{{{ ds }}", "{{ ds }}" },
		{ "{{{{{{ ds }}", "{{2026-03-01" },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		struct buf out;
		struct err err = { 0 };

		buf_init(&out, 4096);
		if (template_check(cases[i].text, params, countof(params), NULL, NULL, NULL, &err))
			fail_msg("check '%s': %s", cases[i].text, err.msg);
		if (template_render(cases[i].text, &vars, &out, &err))
			fail_msg("'%s': %s", cases[i].text, err.msg);
		assert_string_equal(cases[i].want, out.data);
		buf_release(&out);
	}
}

/* Dates are those of the zone of the run's grid, names those of its parts. */
static void
each_grid_has_its_names(void **state)
{
	static const struct {
		enum grid_unit unit;
		const char *zone, *part, *want;
	} cases[] = {
		{ GRID_HOUR, NULL, "2026-05-01T00",
		  "2026-05-01T00 2026-05-01 2026-04-30 2026-05-01 2026-05-01T00:00:00Z 00+0000" },
		{ GRID_DAY, "Asia/Kolkata", "2026-05-01",
		  "2026-05-01 2026-05-01 2026-04-30 2026-05-02 2026-04-30T18:30:00Z 00+0530" },
		{ GRID_DAY, "America/St_Johns", "2026-05-01",
		  "2026-05-01 2026-05-01 2026-04-30 2026-05-02 2026-05-01T02:30:00Z 00-0230" },
		{ GRID_WEEK, "Asia/Kolkata", "2026-04-27",
		  "2026-04-27 2026-04-27 2026-04-20 2026-05-04 2026-04-26T18:30:00Z 00+0530" },
		{ GRID_MONTH, NULL, "2026-05",
		  "2026-05 2026-05-01 2026-04-01 2026-06-01 2026-05-01T00:00:00Z 00+0000" },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		struct zone *zone = cases[i].zone ? fx_zone(cases[i].zone) : NULL;
		struct run_vars of = vars;
		struct buf out;
		int64_t part;

		of.grid = (struct grid){ cases[i].unit, zone };
		assert_true(grid_parse(of.grid, cases[i].part, strlen(cases[i].part), &part));
		of.logical_us = of.start_us = grid_start(of.grid, part);
		of.end_us = grid_end(of.grid, part);
		buf_init(&out, 4096);
		assert_int_equal(
		    template_render("{{ partition }} {{ ds }} {{ prev_ds }} {{ next_ds }} "
				    "{{ ts }} {{ data_interval_start | format('%H%z') }}",
				    &of, &out, NULL),
		    ERR_NONE);
		assert_string_equal(out.data, cases[i].want);
		buf_release(&out);
		zone_unref(zone);
	}
}

static void
refuses_what_is_no_template_and_says_where(void **state)
{
	static const struct {
		const char *text;
		size_t at, bytes;
		const char *want, *nearest;
	} cases[] = {
		{ "x {{ dss }}", 5, 3, "no template variable 'dss'", "ds" },
		{ "{{ params.featur }}", 3, 13, "'featur' is not a parameter", "feature" },
		{ "{{ params. }}", 3, 7, "'' is not a parameter", NULL },
		{ "{{ var. }}", 3, 4, "is written var.NAME", NULL },
		{ "{{ var.value.bucket }}", 3, 16, "is written var.NAME", NULL },
		{ "{{ var.bucket | add(days=1) }}", 16, 3, "this is text", NULL },
		{ "{{ }}", 3, 1, "expected the name", NULL },
		{ "{{ ds", 0, 2, "has no '}}'", NULL },
		{ "ab {{ ds | add(days=1)", 3, 2, "has no '}}'", NULL },
		{ "{{ ds ds }}", 6, 1, "expected '|' or '}}'", NULL },
		{ "{{ ds | ad(days=1) }}", 8, 2, "expected a filter", "add" },
		{ "{{ ds | upper }}", 8, 5, "expected a filter", NULL },
		{ "{{ ds | add(1) }}", 8, 4, "add() is written", NULL },
		{ "{{ ds | add(days=x) }}", 8, 4, "add() is written", NULL },
		{ "{{ ds | add(days=36601) }}", 8, 4, "add() is written", NULL },
		{ "{{ ds | format(%Y) }}", 8, 7, "format() is written", NULL },
		{ "{{ ds | format(\"%Q\") }}", 16, 2, "format() knows", NULL },
		{ "{{ ds | format(\"%\") }}", 16, 1, "format() knows", NULL },
		{ "{{ run_id | add(days=1) }}", 12, 3, "this is text", NULL },
		{ "{{ ds | format('%Y') | format('%Y') }}", 23, 6, "this is text", NULL },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		const char *nearest = NULL;
		struct err err = { 0 };
		size_t at = 99, bytes = 99;

		if (template_check(cases[i].text, params, countof(params), &at, &bytes, &nearest,
				   &err) != ERR_INPUT)
			fail_msg("'%s' was accepted", cases[i].text);
		if (!strstr(err.msg, cases[i].want) || at != cases[i].at || bytes != cases[i].bytes)
			fail_msg("'%s': %zu+%zu: %s", cases[i].text, at, bytes, err.msg);
		if (cases[i].nearest ? !nearest || strcmp(nearest, cases[i].nearest) != 0
				     : nearest != NULL)
			fail_msg("'%s': nearest %s", cases[i].text, nearest ? nearest : "none");
	}
}

static void
texts_are_bounded_at_their_limits(void **state)
{
	struct run_vars none = vars;
	struct buf out;
	struct err err;

	(void)state;
	buf_init(&out, 5);
	assert_int_equal(ERR_LIMIT, template_render("{{ ds }}", &vars, &out, &err));
	buf_release(&out);
	none.n_params = 0;
	buf_init(&out, 100);
	assert_int_equal(ERR_INPUT, template_render("{{ params.feature }}", &none, &out, &err));
	assert_non_null(strstr(err.msg, "has no value"));
	buf_release(&out);
}

static void
a_value_from_outside_does_not_climb_in_a_path(void **state)
{
	static const struct {
		const char *template, *value;
		bool fits;
	} cases[] = {
		{ "landing/{{ params.feature }}", "a/b.csv", true },
		{ "landing/{{ params.feature }}.csv", "..a", true },
		{ "../landing/{{ params.feature }}", "a", true },
		{ "landing/{{ params.feature }}", "../x", false },
		{ "landing/{{ params.feature }}", "a/../../x", false },
		{ "landing/{{ params.feature }}", "..", false },
		{ "landing/{{ params.feature }}/x", "a/..", false },
		{ "landing/.{{ params.feature }}", "./x", false },
		{ "landing/{{ params.feature }}./x", "a/.", false },
		{ "landing/{{ params.feature }}", "/etc/passwd", false },
		{ "{{ params.feature }}", "/etc/passwd", false },
		{ "{{ params.feature }}/x", "", false },
		{ "{{ params.feature }}x", "", true },
		{ "/{{ params.feature }}", "x", true },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		struct param_value value = { "feature", cases[i].value };
		struct run_vars of = {
			.dag = "", .task = "", .run_id = "", .params = &value, .n_params = 1
		};
		struct buf out, outside;
		struct err err;

		buf_init(&out, 200);
		buf_init(&outside, 200);
		if (cases[i].fits !=
		    !template_render_path(cases[i].template, &of, &out, &outside, &err))
			fail_msg("%s with %s", cases[i].template, cases[i].value);
		if (cases[i].fits)
			assert_int_equal(out.bytes, outside.bytes);
		buf_release(&out);
		buf_release(&outside);
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(renders_every_variable_and_filter),
		cmocka_unit_test(each_grid_has_its_names),
		cmocka_unit_test(refuses_what_is_no_template_and_says_where),
		cmocka_unit_test(texts_are_bounded_at_their_limits),
		cmocka_unit_test(a_value_from_outside_does_not_climb_in_a_path),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
