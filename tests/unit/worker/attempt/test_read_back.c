/* test_read_back.c - what a program left becomes rows of its task. */
#include "tests/fixture/op.h"
#include "worker/attempt/read_back.h"

#include <sys/stat.h>
#include <unistd.h>

static const char yaml[] =
    "dag: d\nschedule: '@daily'\nstart_date: 2026-04-01\ndatasets:\n"
    "  out: {path: lake/out, format: csv, columns: {id: int64, name: string}}\n"
    "tasks:\n  make: {operator: command, run: ['/bin/true'], output: out}\n";

/* What the program of a spec with one output was given. */
static struct hand_out
hand_out(const struct spec *s, char *dir)
{
	assert_int_equal(s->n_outputs, 1);
	return (struct hand_out){ .output = s->outputs, .told = OUTPUT_VARIABLE, .dir = dir };
}

/* A command's files in any number, read back in the order of their names. */
static void
what_a_program_left_is_staged_by_name(void **state)
{
	struct project p;
	struct op_ctx ctx = { .outcome = OUTCOME_OK };
	struct manifest m = { 0 };
	struct hand_out from;
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
	from = hand_out(&s, dir);
	assert_int_equal(op_ctx_init(&ctx, &s, &err), ERR_NONE);
	if (read_back(&ctx, &from, &m, &err))
		fail_msg("%s", err.msg);
	assert_int_equal(json_array_size(ctx.outputs), s.n_outputs);
	op_ctx_release(&ctx);
	manifest_release(&m);
	project_publish(&s);
	project_expect(&p, "out", DAY, "id,name\n1,\n2,x\n");
	assert_int_equal(project_counter(&p, "out", DAY, "read"), 2);
	/* A row that does not fit is named. */
	project_text(&p, "work/b.csv", "name,id\nx,2\ny,z\n");
	assert_int_equal(op_ctx_init(&ctx, &s, &err), ERR_NONE);
	assert_int_equal(read_back(&ctx, &from, &m, &err), ERR_INPUT);
	assert_non_null(strstr(err.msg, "/work/b.csv': row 2: wrong_type: column 'id'"));
	op_ctx_release(&ctx);
	manifest_release(&m);
	arena_free(s.arena);
	free(dir);
	project_close(&p);
}

static void
what_is_no_regular_file_is_not_read(void **state)
{
	static const char *const names[] = { "work/a.csv", "work/b.csv" };
	struct project p;
	struct op_ctx ctx = { .outcome = OUTCOME_OK };
	struct manifest m = { 0 };
	struct hand_out from;
	struct spec s;
	struct err err;
	char *dir, *path;

	(void)state;
	for (size_t i = 0; i < countof(names); i++) {
		project_open(&p, yaml);
		project_spec(&p, &s, "make", DAY);
		project_text(&p, "work/_SUCCESS", "");
		dir = mem_format("%s/work", p.dir);
		from = hand_out(&s, dir);
		path = mem_format("%s/%s", p.dir, names[i]);
		assert_int_equal(i ? mkdir(path, 0700) : mkfifo(path, 0600), 0);
		assert_int_equal(op_ctx_init(&ctx, &s, &err), ERR_NONE);
		assert_int_equal(read_back(&ctx, &from, &m, &err), ERR_INPUT);
		assert_non_null(strstr(err.msg, "it is not a regular file"));
		assert_int_equal(i ? rmdir(path) : unlink(path), 0);
		op_ctx_release(&ctx);
		manifest_release(&m);
		arena_free(s.arena);
		free(path);
		free(dir);
		project_close(&p);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_a_program_left_is_staged_by_name),
		cmocka_unit_test(what_is_no_regular_file_is_not_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
