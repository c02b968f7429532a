/* test_op.c - the table of operators, results, and what a command left. */
#include "tests/fixture/op.h"

static const char yaml[] =
    "dag: d\nschedule: '@daily'\nstart_date: 2026-04-01\ndatasets:\n"
    "  out: {path: lake/out, format: csv, columns: {id: int64, name: string}}\n"
    "tasks:\n  make: {operator: command, run: ['/bin/true'], output: out}\n";

static void
test_table(void **state)
{
	(void)state;
	for (int kind = OP_INGEST; kind <= OP_ROLLUP; kind++) {
		const struct op *op = op_find((enum op_kind)kind);

		assert_string_equal(op->name, op_kind_name((enum op_kind)kind));
		assert_true(op->summary && *op->summary);
		assert_non_null(op->run);
	}
}

static void
test_failed_result(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, SIZE_MAX);
	op_failed_result("caf\xE9", &out);
	assert_string_equal(out.data, "{\"outcome\":\"error\",\"message\":\"caf\xEF\xBF\xBD\","
				      "\"outputs\":[],\"counters\":{},\"checks\":[]}");
	buf_release(&out);
}

static void
test_bad_slice(void **state)
{
	char word[] = "t", slice[] = "dag: [";
	const struct spec spec = { .task = word, .slice = slice };
	struct op_ctx ctx;
	struct err err;

	(void)state;
	assert_int_equal(op_ctx_init(&ctx, &spec, &err), ERR_INPUT);
	assert_int_equal(strncmp(err.msg, "read the definition of task 't': ", 33), 0);
}

/* A command's files in any number, read back in the order of their names. */
static void
test_read_back(void **state)
{
	struct project p;
	struct op_ctx ctx = { .outcome = OUTCOME_OK };
	struct spec s;
	struct err err;
	char *dir;

	(void)state;
	project_open(&p, yaml);
	project_spec(&p, &s, "make", DAY);
	project_text(&p, "work/b.csv", "name,id\nx,2\n");
	project_text(&p, "work/a.csv", "id,name\n1,\n");
	project_text(&p, "work/_SUCCESS", "");
	dir = mem_format("%s/work", p.dir);
	assert_int_equal(op_ctx_init(&ctx, &s, &err), ERR_NONE);
	if (op_read_back(&ctx, dir, &err))
		fail_msg("%s", err.msg);
	assert_int_equal(json_array_size(ctx.outputs), s.n_outputs);
	op_ctx_release(&ctx);
	project_publish(&s);
	project_expect(&p, "out", DAY, "id,name\n1,\n2,x\n");
	assert_int_equal(project_counter(&p, "out", DAY, "read"), 2);
	/* A row that does not fit is named. */
	project_text(&p, "work/b.csv", "name,id\nx,2\ny,z\n");
	assert_int_equal(op_ctx_init(&ctx, &s, &err), ERR_NONE);
	assert_int_equal(op_read_back(&ctx, dir, &err), ERR_INPUT);
	assert_non_null(strstr(err.msg, "/work/b.csv': row 2: wrong_type: column 'id'"));
	op_ctx_release(&ctx);
	arena_free(s.arena);
	free(dir);
	project_close(&p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_failed_result),
		cmocka_unit_test(test_bad_slice),
		cmocka_unit_test(test_read_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
