/* test_op.c - the rows of the operators. */
#include "core/op/op.h"

#include "core/base/buf.h"
#include "core/op/adoption.h"
#include "core/op/engagement.h"
#include "core/op/rollup.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void
every_row_says_who_it_is(void **state)
{
	char label[NAME_MAX_BYTES];

	(void)state;
	for (int kind = 0; kind < OP_COUNT; kind++) {
		const struct op_def *op = op_def_of((enum op_kind)kind);

		assert_int_equal(op->kind, kind);
		(void)snprintf(label, sizeof(label), "%s%s%s", op->name, op->method ? ": " : "",
			       op->method ? op->method : "");
		assert_string_equal(op->label, label);
		assert_true(op->summary && *op->summary);
		assert_true(op->rows && op->n_rows);
	}
}

/* What only one kind of operator has, others do not have with it. */
static void
flags_of_a_row_go_together(void **state)
{
	(void)state;
	for (int kind = 0; kind < OP_COUNT; kind++) {
		const struct op_def *op = op_def_of((enum op_kind)kind);

		assert_false(op->copies_input && op->fixed);
		assert_false(op->reads_landing && op->fixed);
		assert_false(op->checks_input && (op->fixed || op->sets_aside || op->copies_input));
		assert_true(!op->begin || op->params_bytes);
	}
	assert_non_null(op_program()->argv);
}

/* What other people's files and queries rely on. */
static void
columns_that_an_operator_fixes_stay(void **state)
{
	static const struct {
		enum op_kind kind;
		const char *columns;
	} cases[] = {
		{ OP_ROLLUP,
		  "event_date date, event_type string, feature_name string, tenant_id int64, "
		  "user_id int64, interaction_count int64" },
		{ OP_ADOPTION,
		  "size_bucket string, plan string, total_tenants int64, adopting_tenants int64, "
		  "adoption_pct float64, plan_rank int64, feature_name string, window_start date, "
		  "window_end date" },
		{ OP_ENGAGEMENT,
		  "tenant_id int64, feature_name string, unique_users int64, "
		  "total_interactions int64, days_active int64, engagement_score float64, "
		  "score_date date, norm_max_users float64, norm_max_interactions float64, "
		  "norm_days int64, formula string" },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		const struct op_def *op = op_def_of(cases[i].kind);
		char got[600] = "";

		for (size_t c = 0; c < op->fixed->count; c++) {
			size_t used = strlen(got);

			(void)snprintf(got + used, sizeof(got) - used, "%s%s %s", c ? ", " : "",
				       op->fixed->columns[c].name,
				       col_type_name(op->fixed->columns[c].type));
		}
		if (strcmp(got, cases[i].columns) != 0)
			fail_msg("%s: %s", op->label, got);
	}
	assert_int_equal(5, schema_find(&schema_rollup, "interaction_count"));
	assert_false(schema_equal(&schema_engagement, &schema_adoption));
}

/* docs/DAG-FILE.md has a section for each, "### ingest" or "### score, method adoption". */
static void
every_operator_has_its_section_in_the_documents(void **state)
{
	char title[NAME_MAX_BYTES];
	struct buf text;
	struct err err;

	(void)state;
	buf_init(&text, 1 << 20);
	if (buf_read_file(&text, AT_FDCWD, "docs/DAG-FILE.md", &err))
		fail_msg("%s", err.msg);
	for (int kind = 0; kind < OP_COUNT; kind++) {
		const struct op_def *op = op_def_of((enum op_kind)kind);

		(void)snprintf(title, sizeof(title), "\n### %s%s%s\n", op->name,
			       op->method ? ", method " : "", op->method ? op->method : "");
		if (!strstr(text.data, title))
			fail_msg("docs/DAG-FILE.md has no section%s", title);
	}
	buf_release(&text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_row_says_who_it_is),
		cmocka_unit_test(flags_of_a_row_go_together),
		cmocka_unit_test(columns_that_an_operator_fixes_stay),
		cmocka_unit_test(every_operator_has_its_section_in_the_documents),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
