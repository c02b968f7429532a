/* test_executor.c - scheduler/executor: the table, and the local executor without a loop. */
#include "scheduler/executor/executor.h"

#include "tests/fixture/lab.h"

/* A local executor in a project of its own, whose runtime directory lies within. */
struct fixture {
	char dir[64];
	struct executor *executor;
	struct log log;
};

static int
set_up(void **state)
{
	static struct fixture f;
	struct executor_setup setup = { .project_dir = f.dir, .log = &f.log };
	char path[128];

	f = (struct fixture){ .dir = "/tmp/tidemill-executor-XXXXXX",
			      .log = log_open("test", NULL) };
	assert_non_null(mkdtemp(f.dir));
	(void)snprintf(path, sizeof(path), "%s/.tidemill", f.dir);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(setenv("XDG_RUNTIME_DIR", f.dir, 1), 0);
	assert_int_equal(executor_local.open(&f.executor, &setup, NULL), ERR_NONE);
	*state = &f;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;

	f->executor->row->close(f->executor);
	(void)nftw(f->dir, lab_remove_one, 16, FTW_DEPTH | FTW_PHYS);
	return 0;
}

static enum evidence
inspect(struct fixture *f, int64_t attempt)
{
	struct exit_record record = { 0 };
	enum evidence evidence = EVIDENCE_RECORD;
	int pid;

	assert_int_equal(f->executor->row->inspect(f->executor, attempt, LAB_TOKEN, &evidence,
						   &record, &pid, NULL),
			 ERR_NONE);
	return evidence;
}

static void
a_word_finds_its_row_and_others_none(void **state)
{
	(void)state;
	assert_ptr_equal(executor_find("local"), &executor_local);
	assert_null(executor_find("lo"));
	assert_null(executor_find(""));
	assert_null(executor_find("somewhere"));
}

static void
a_tombstone_outlives_the_attempt_it_keeps_out(void **state)
{
	struct fixture *f = *state;
	struct executor *ex = f->executor;

	assert_int_equal(inspect(f, 7), EVIDENCE_ABSENT);
	assert_int_equal(ex->row->bury(ex, 7, NULL), ERR_NONE);
	assert_int_equal(inspect(f, 7), EVIDENCE_TOMBSTONE);
	assert_int_equal(ex->row->bury(ex, 7, NULL), ERR_CONFLICT);
	/* Its launch may still be under way: what we buried stays. */
	assert_int_equal(ex->row->discard(ex, 7, NULL), ERR_NONE);
	assert_int_equal(inspect(f, 7), EVIDENCE_TOMBSTONE);
}

static void
discarding_what_is_not_there_is_fine(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(f->executor->row->discard(f->executor, 8, NULL), ERR_NONE);
}

static void
cleaning_leaves_the_young_tombstones_and_the_living(void **state)
{
	static const struct executor_live live[] = { { .attempt = 3 }, { .attempt = 5 } };
	struct fixture *f = *state;
	struct executor *ex = f->executor;
	char path[1024], link[1024];
	ssize_t n;
	int fd;

	assert_int_equal(ex->row->bury(ex, 7, NULL), ERR_NONE);
	(void)snprintf(path, sizeof(path), "%s/.tidemill/runtime", f->dir);
	n = readlink(path, link, sizeof(link) - 1);
	assert_true(n > 0);
	link[n] = '\0';
	/* A lock that nobody holds and no record: what a crash leaves. */
	for (int i = 4; i <= 5; i++) {
		(void)snprintf(path, sizeof(path), "%.900s/a%d", link, i);
		assert_int_equal(mkdir(path, 0700), 0);
		(void)snprintf(path, sizeof(path), "%.900s/a%d/lock", link, i);
		fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
		assert_true(fd >= 0);
		(void)close(fd);
	}
	ex->row->clean(ex, live, countof(live));
	assert_int_equal(inspect(f, 4), EVIDENCE_ABSENT);
	assert_int_equal(inspect(f, 5), EVIDENCE_VANISHED);
	assert_int_equal(inspect(f, 7), EVIDENCE_TOMBSTONE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_word_finds_its_row_and_others_none),
		cmocka_unit_test_setup_teardown(a_tombstone_outlives_the_attempt_it_keeps_out,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(discarding_what_is_not_there_is_fine, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(cleaning_leaves_the_young_tombstones_and_the_living,
						set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
