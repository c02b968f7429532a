/* test_op.c - the rows of the operators. */
#include "core/op/op.h"

#include "core/base/buf.h"

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
		cmocka_unit_test(every_operator_has_its_section_in_the_documents),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
