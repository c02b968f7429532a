/*
 * main.c - wires the programs inside tidemill together; the only file that knows all of them.
 *
 * Order matters: the spawner is forked before anything opens a file, starts a
 * thread or initialises a library.
 */
#include "cli/cmd/list.h"

#include "cli/term/out.h"
#include "core/base/mem.h"
#include "core/wire/mark.h"
#include "core/wire/holder.h"
#include "scheduler/daemon/scheduler.h"
#include "scheduler/daemon/session.h"
#include "scheduler/executor/spawner.h"
#include "scheduler/web/web.h"
#include "worker/look/data.h"
#include "worker/look/sample.h"
#include "worker/parquet/code/codec.h"
#include "worker/shim.h"
#include "worker/worker.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* The process's one spawner and its command line; set in main() before anything else runs. */
static struct spawner spawner;
static char **process_argv;

static struct scheduler_options
options_of(const char *project_dir)
{
	return (struct scheduler_options){
		.project_dir = project_dir,
		.spawner = &spawner,
		.argv = process_argv,
		.log = log_open("scheduler", getenv("TIDEMILL_LOG")),
	};
}

static int
run_scheduler(const char *project_dir)
{
	struct scheduler_options options = options_of(project_dir);

	return scheduler_main(&options);
}

static int
run_web(const char *project_dir, const char *listen)
{
	struct web_options options = {
		.project_dir = project_dir,
		.listen = listen,
		.log = log_open("web", getenv("TIDEMILL_LOG")),
	};

	return web_main(&options);
}

/*
 * The page in a child that dies with us.  The child's number once it answers;
 * -1: it does not, and *code is how it ended.
 */
static pid_t
start_page(const char *project_dir, const char *listen, int *code)
{
	struct web_options page = { .project_dir = project_dir,
				    .listen = listen,
				    .log = log_open("web", getenv("TIDEMILL_LOG")) };
	pid_t parent = getpid(), child;
	int ready[2], status = 0;
	char byte;

	*code = EXIT_NO;
	if (pipe2(ready, O_CLOEXEC) < 0)
		return -1;
	child = fork();
	if (child == 0) {
		(void)close(ready[0]);
		(void)prctl(PR_SET_PDEATHSIG, SIGTERM);
		page.ready_fd = ready[1];
		_exit(getppid() == parent ? web_main(&page) : EXIT_NO);
	}
	(void)close(ready[1]);
	if (child > 0 && read(ready[0], &byte, 1) != 1) {
		(void)waitpid(child, &status, 0); /* it has said why */
		if (WIFEXITED(status) && WEXITSTATUS(status))
			*code = WEXITSTATUS(status);
		child = -1;
	}
	(void)close(ready[0]);
	return child;
}

/*
 * The page and the scheduler together.  A scheduler that execs itself becomes
 * a plain one: the page lives on beside it.
 */
static int
run_standalone(const char *project_dir, const char *listen)
{
	char directory[] = "-C", command[] = "scheduler", *dir = mem_str(project_dir);
	char *argv[] = { process_argv[0], directory, dir, command, NULL };
	struct scheduler_options options = options_of(project_dir);
	int code;
	pid_t page;

	if (holder_look(project_dir).kind == HOLDER_SCHEDULER) {
		free(dir);
		return cli_fail(EXIT_REFUSED,
				"a scheduler works on '%s' already; "
				"`tidemill web` serves the page beside it",
				project_dir);
	}
	page = start_page(project_dir, listen, &code);
	if (page > 0) {
		options.argv = argv;
		code = scheduler_main(&options);
		(void)kill(page, SIGTERM);
		(void)waitpid(page, NULL, 0);
	}
	free(dir);
	return code;
}

static enum err_code
run_session(const char *project_dir, const json_t *request, bool wait, json_t **reply, bool *failed,
	    struct err *err)
{
	struct scheduler_options options = options_of(project_dir);

	return scheduler_session(&options, request, wait, reply, failed, err);
}

static enum err_code
make_sample(const char *project_dir, int64_t events, int days, int64_t first_day, struct err *err)
{
	struct sample_options options = sample_defaults();

	options.events = events;
	options.days = days;
	options.start_day = first_day;
	return sample_write(project_dir, &options, err);
}

static const struct programs programs = {
	.scheduler = run_scheduler,
	.web = run_web,
	.standalone = run_standalone,
	.session = run_session,
	.task_test = worker_test,
	.sample = make_sample,
	.data = data_run,
};

/* Attempts are marked in the place of our environment (core/wire/mark.h): make it long enough. */
static void
make_room(char **argv)
{
	if (mark_room() || getenv(MARK_ROOM_VARIABLE) ||
	    setenv(MARK_ROOM_VARIABLE, "0123456789012345678901234567890123456789", 1) != 0)
		return;
	(void)execv("/proc/self/exe", argv); /* else the sweep finds less */
}

/*
 * What we make is changed by nobody else, whatever the umask of the person is; the spawner was
 * forked before, so a task's program has that one.
 */
static int
run_command(struct cli *cli)
{
	(void)umask(umask(022) | 022);
	return cli->command->run(cli);
}

int
main(int argc, char **argv)
{
	struct cli cli = {
		.commands = command_list,
		.n_commands = command_count,
		.programs = &programs,
	};
	struct err err = { 0 };
	bool done = false;
	int code;

	process_argv = argv;
	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGXFSZ, SIG_IGN); /* a limit of file sizes is an error like others */
	code = command_parse(&cli, argc, argv, &done);
	if (!done && !code)
		code = command_project(&cli);
	if (!done && !code && cli.command->spawns)
		make_room(argv);
	if (!done && !code && cli.command->spawns &&
	    spawner_start(&spawner, shim_main, pq_codec_preload, &err))
		code = cli_error(&err);
	else if (!done && !code)
		code = run_command(&cli);
	if (spawner.pid)
		spawner_stop(&spawner);
	free(cli.project_dir);
	return out_end(code);
}
