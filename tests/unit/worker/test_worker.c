/* test_worker.c - workers under their shim: commands with an output, operators, the sandbox. */
#include "worker/worker.h"

#include "worker/trial.h"

#include "core/dagfile/dagfile.h"
#include "core/lake/lake.h"
#include "core/base/mem.h"
#include "tests/fixture/lab.h"
#include "worker/process/sandbox.h"
#include "worker/shift.h"

#include <linux/landlock.h>
#include <netinet/in.h>

#define DAY INT64_C(20574) /* 2026-05-01 */

static const char dag_text[] =
    "dag: d\n"
    "schedule: \"@daily\"\n"
    "start_date: 2026-05-01\n"
    "datasets:\n"
    "  events: {path: lake/events, format: csv, columns: {id: int64, at: timestamp}}\n"
    "  names: {path: lake/names, format: csv, columns: {id: int64, name: string}}\n"
    "tasks:\n"
    "  ingest: {operator: ingest, from: {path: \"landing/{{ ds }}.jsonl\", format: jsonl},\n"
    "           event_time: at, output: events}\n"
    "  names: {operator: command, run: [\"true\"], output: names}\n";

struct fixture {
	struct lab lab;
	struct dag *dag;
	struct spec_output outputs[2];
	struct buf slice; /* of the task in the spec */
};

static int
open_fixture(void **state)
{
	struct fixture *f = malloc(sizeof(*f));
	struct diags diags;

	assert_non_null(f);
	lab_open(&f->lab, "/tmp", shift_main);
	buf_init(&f->slice, 1 << 20);
	diags_init(&diags);
	f->dag = dagfile_read("d.yaml", dag_text, sizeof(dag_text) - 1, &diags);
	if (!f->dag)
		fail_msg("%s", diags.items[0].message);
	diags_release(&diags);
	*state = f;
	return 0;
}

static int
close_fixture(void **state)
{
	struct fixture *f = *state;

	for (size_t i = 0; i < countof(f->outputs); i++)
		free(f->outputs[i].path);
	lab_close(&f->lab);
	buf_release(&f->slice);
	dag_unref(f->dag);
	free(f);
	return 0;
}

/* Make one of the spec's outputs a dataset of the dag. */
static void
set_output(struct fixture *f, size_t at, const struct dataset *d, bool quarantine)
{
	free(f->outputs[at].path);
	f->outputs[at] = (struct spec_output){ .path = mem_format("%s/%s", f->lab.dir, d->path),
					       .format = d->format,
					       .schema = d->schema,
					       .grid = grid_days,
					       .part = DAY,
					       .version = 1,
					       .quarantine = quarantine };
	memcpy(&f->outputs[at].dataset, &d->name, sizeof(d->name));
}

/* Prepare the lab's spec for a task of the dag. */
static void
set_task(struct fixture *f, const char *id)
{
	const struct task *t = &f->dag->tasks[dag_task_find(f->dag, id)];
	const struct dataset *d = &f->dag->datasets[t->output];
	size_t n = 0;

	lab_reset(&f->lab);
	if (d->quarantine >= 0)
		set_output(f, n++, &f->dag->datasets[d->quarantine], true);
	set_output(f, n++, d, false);
	f->lab.spec.outputs = f->outputs;
	f->lab.spec.n_outputs = n;
	f->lab.spec.logical_us = f->lab.spec.start_us = DAY * DAY_US;
	f->lab.spec.end_us = (DAY + 1) * DAY_US;
	f->lab.spec.memory_bytes = 1 << 30;
	buf_reset(&f->slice);
	dagfile_slice(f->dag, (size_t)(t - f->dag->tasks), &f->slice);
	f->lab.spec.slice = f->slice.bytes ? f->slice.data : NULL;
}

/* Where an attempt's main output is staged, with something appended; the caller frees it. */
static char *
staged(const struct fixture *f, int64_t attempt, const char *end)
{
	struct buf path;
	char *out;

	buf_init(&path, 4096);
	lake_staging(f->outputs[f->lab.spec.n_outputs - 1].path, attempt, &path);
	buf_text(&path, end);
	out = buf_give(&path);
	buf_release(&path);
	return out;
}

static void
expect_path(const struct fixture *f, int64_t attempt, const char *end, bool exists)
{
	char *path = staged(f, attempt, end);

	if ((access(path, F_OK) == 0) != exists)
		fail_msg("%s %s", path, exists ? "is not there" : "is there");
	free(path);
}

static const struct {
	const char *name, *script;
	int64_t timeout_us;
	enum outcome outcome;
	int exit_code, signal;
	const char *message; /* a part of it */
	int64_t rows;        /* of the result; -1: none is staged */
} commands[] = {
	{ "two files",
	  "cd $TIDEMILL_OUTPUT; printf 'id,name\\n1,a\\n2,\"b,b\"\\n' >1.csv;"
	  "printf 'id,name\\n3,c\\n' >2.csv; echo no data >_log; echo done",
	  0, OUTCOME_OK, 0, 0, "", 3 },
	{ "nothing at all is a program that forgot", "true", 0, OUTCOME_ERROR, 1, 0,
	  "left no file in $TIDEMILL_OUTPUT", -1 },
	{ "a header alone is an empty partition", "echo id,name >$TIDEMILL_OUTPUT/1.csv", 0,
	  OUTCOME_OK, 0, 0, "", 0 },
	{ "so is a word of it", "touch $TIDEMILL_OUTPUT/_EMPTY", 0, OUTCOME_OK, 0, 0, "", 0 },
	{ "which is no word beside rows", "cd $TIDEMILL_OUTPUT; touch _EMPTY; echo id,name >1.csv",
	  0, OUTCOME_ERROR, 1, 0, "either there are rows or there are none", -1 },
	{ "an empty file is a broken one", ": >$TIDEMILL_OUTPUT/1.csv", 0, OUTCOME_ERROR, 1, 0,
	  "without even a header", -1 },
	{ "a row that is none", "printf 'id,name\\nx,a\\n' >$TIDEMILL_OUTPUT/1.csv", 0,
	  OUTCOME_ERROR, 1, 0, "1.csv': row ", -1 },
	{ "another header", "printf 'id,nom\\n1,a\\n' >$TIDEMILL_OUTPUT/1.csv", 0, OUTCOME_ERROR, 1,
	  0, "1.csv", -1 },
	{ "status", "exit 3", 0, OUTCOME_ERROR, 3, 0, "'/bin/sh' ended with exit status 3", -1 },
	{ "signal", "kill -SEGV $$", 0, OUTCOME_ERROR, 1, 0, "'/bin/sh' ended by signal 11", -1 },
	{ "hangs", "sleep 600", SECOND_US / 5, OUTCOME_TIMEOUT, 0, SIGTERM, "timeout of 200ms",
	  -1 },
};

static void
a_command_leaves_an_output_that_is_published(void **state)
{
	struct fixture *f = *state;

	for (size_t i = 0; i < countof(commands); i++) {
		struct exit_record r;
		int64_t attempt;
		json_t *result;

		print_message("  %s\n", commands[i].name);
		set_task(f, "names");
		f->lab.timeout_us = commands[i].timeout_us;
		attempt = lab_shell(&f->lab, commands[i].script);
		r = lab_record(&f->lab, attempt);
		if (r.outcome != commands[i].outcome || r.exit_code != commands[i].exit_code ||
		    r.signal != commands[i].signal || !strstr(r.message, commands[i].message))
			fail_msg("%s, %d, %d: %s", outcome_name(r.outcome), r.exit_code, r.signal,
				 r.message);
		if (commands[i].rows >= 0) {
			assert_int_equal(json_read(&result, r.result, strlen(r.result), "", NULL),
					 ERR_NONE);
			assert_int_equal(
			    json_get_int(json_array_get(json_object_get(result, "outputs"), 0),
					 "rows", -1),
			    commands[i].rows);
			json_decref(result);
		}
		expect_path(f, attempt, "/_manifest.json", commands[i].rows >= 0);
		if (commands[i].outcome != OUTCOME_TIMEOUT)
			expect_path(f, attempt, "-work", false);
		exit_record_release(&r);
	}
}

static void
a_command_that_cannot_run_says_why(void **state)
{
	const char *argv[] = { "./nope", NULL };
	struct fixture *f = *state;
	struct exit_record r;

	set_task(f, "names");
	r = lab_record(&f->lab, lab_launch(&f->lab, argv));
	assert_int_equal(r.outcome, OUTCOME_ERROR);
	assert_string_equal(r.message, "run './nope': No such file or directory");
	exit_record_release(&r);
}

/* A built-in operator under its shim and in its sandbox. */
static void
an_operator_runs_under_shim_and_sandbox(void **state)
{
	struct fixture *f = *state;
	struct exit_record r;
	int64_t attempt;
	char path[1024];
	FILE *file;

	set_task(f, "ingest");
	attempt = lab_launch(&f->lab, NULL);
	r = lab_record(&f->lab, attempt);
	assert_string_equal(outcome_name(r.outcome), "missing");
	assert_int_equal(r.exit_code, 1);
	assert_non_null(strstr(r.message, "landing/2026-05-01.jsonl"));
	exit_record_release(&r);

	(void)snprintf(path, sizeof(path), "%s/landing", f->lab.dir);
	assert_int_equal(mkdir(path, 0700), 0);
	(void)snprintf(path, sizeof(path), "%s/landing/2026-05-01.jsonl", f->lab.dir);
	file = fopen(path, "we");
	assert_non_null(file);
	(void)fprintf(file, "{\"id\":1,\"at\":\"2026-05-01T10:00:00Z\"}\nnot json\n");
	(void)fclose(file);
	set_task(f, "ingest");
	attempt = lab_launch(&f->lab, NULL);
	r = lab_record(&f->lab, attempt);
	if (r.outcome != OUTCOME_OK)
		fail_msg("%s: %s", outcome_name(r.outcome), r.message);
	assert_non_null(strstr(r.result, "\"outputs\":[{\"dataset\":\"events_quarantine\""));
	expect_path(f, attempt, "/_manifest.json", true);
	exit_record_release(&r);
}

/* A slice that cannot be read is an error with a message, not a crash. */
static void
a_slice_that_cannot_be_read_is_an_error(void **state)
{
	struct fixture *f = *state;
	struct exit_record r;

	set_task(f, "ingest");
	f->lab.spec.slice = (char[]){ "{\"dag\": \"d\"}" };
	r = lab_record(&f->lab, lab_launch(&f->lab, NULL));
	assert_int_equal(r.outcome, OUTCOME_ERROR);
	assert_non_null(strstr(r.message, "read the definition of task"));
	exit_record_release(&r);
}

/* What an operator may and may not do; the number of the first that went wrong, or 0. */
static int
try_to_escape(const struct fixture *f)
{
	struct sockaddr_in web = { .sin_family = AF_INET, .sin_port = htons(9) };
	char inside[1024], inner[1100], outside[1024], other[1100];
	char *const argv[] = { (char[]){ "true" }, NULL };
	int fd;

	(void)snprintf(outside, sizeof(outside), "%s/outside", f->lab.dir);
	(void)snprintf(inside, sizeof(inside), "%s/lake/.tidemill-lake/names/staging/a77",
		       f->lab.dir);
	(void)snprintf(inner, sizeof(inner), "%s/sub", inside);
	(void)snprintf(other, sizeof(other), "%s/file", inside);
	if (mkdir(inner, 0700) < 0)
		return 1;
	(void)snprintf(inner, sizeof(inner), "%s/sub/file", inside);
	fd = open(inner, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0 || write(fd, "x", 1) != 1 || fsync(fd) < 0 || ftruncate(fd, 0) < 0)
		return 2;
	if (rename(inner, other) < 0 || unlink(other) < 0)
		return 3;
	if (open(outside, O_WRONLY | O_CREAT | O_CLOEXEC, 0600) >= 0 || errno != EACCES)
		return 4;
	if (open("/tmp", O_RDONLY | O_CLOEXEC) < 0 ||
	    open("/proc/self/stat", O_RDONLY | O_CLOEXEC) < 0)
		return 5;
	if (open("/dev/null", O_WRONLY | O_CLOEXEC) < 0)
		return 6;
	if (execv("/bin/true", argv) == 0 || errno != EACCES)
		return 7;
	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd >= 0 && (connect(fd, (struct sockaddr *)&web, sizeof(web)) == 0 || errno != EACCES))
		return 8;
	if (kill(getppid(), 0) == 0 || errno != EPERM)
		return 9;
	if (unlink(f->lab.runtime) == 0 || rename(f->lab.runtime, outside) == 0)
		return 10;
	return 0;
}

static void
the_sandbox_keeps_writes_to_its_own_place(void **state)
{
	struct fixture *f = *state;
	int status;
	pid_t pid;

	/* What is tried needs ABI 6; an older kernel holds back less and is not asked here. */
	if (syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION) < 6)
		skip();
	set_task(f, "names");
	f->lab.spec.attempt = 77;
	pid = fork();
	if (pid == 0) {
		sandbox_enter(&f->lab.spec);
		_exit(try_to_escape(f));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

/* As `tidemill tasks test`, without a shim. */
static void
a_task_runs_in_the_foreground_without_a_shim(void **state)
{
	static const struct {
		const char *script, *outcome, *message;
		int status;
	} cases[] = {
		{ "exit 0", "ok", "", 0 },
		{ "exit 9", "error", "exit status 9", 9 },
		{ "kill -KILL $$", "error", "ended by signal 9", 1 },
	};
	struct fixture *f = *state;

	set_task(f, "names");
	f->lab.spec.n_outputs = 0;
	f->lab.spec.dag = f->lab.spec.task = f->lab.spec.run_id = f->lab.dir;
	for (size_t i = 0; i < countof(cases); i++) {
		char sh[] = "/bin/sh", dash_c[] = "-c", *script = mem_str(cases[i].script);
		char *argv[] = { sh, dash_c, script, NULL };
		json_t *result;
		char *text;

		f->lab.spec.argv = argv;
		assert_int_equal(worker_test(&f->lab.spec, &text), cases[i].status);
		assert_int_equal(json_read(&result, text, strlen(text), "", NULL), ERR_NONE);
		assert_string_equal(json_get_text(result, "outcome", "-"), cases[i].outcome);
		assert_string_equal(json_get_text(result, "message", "-"), cases[i].message);
		json_decref(result);
		free(script);
		free(text);
	}
	assert_non_null(getenv("HOME")); /* our own environment is as it was */
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_command_leaves_an_output_that_is_published),
		cmocka_unit_test(a_command_that_cannot_run_says_why),
		cmocka_unit_test(an_operator_runs_under_shim_and_sandbox),
		cmocka_unit_test(a_slice_that_cannot_be_read_is_an_error),
		cmocka_unit_test(the_sandbox_keeps_writes_to_its_own_place),
		cmocka_unit_test(a_task_runs_in_the_foreground_without_a_shim),
	};

	return cmocka_run_group_tests(tests, open_fixture, close_fixture);
}
