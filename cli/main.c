/*
 * main.c - wires the programs inside tidemill together; the only file that knows all of them.
 *
 * Order matters: the spawner is forked before anything opens a file, starts a
 * thread or initialises a library.
 */
#include "cli/cmd.h"

#include "core/mem.h"
#include "scheduler/scheduler.h"
#include "scheduler/spawner.h"
#include "worker/sample.h"
#include "worker/shim.h"
#include "worker/worker.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
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
	struct web_options options = { .project_dir = project_dir, .listen = listen };

	return web_main(&options);
}

/* The page in a child that dies with us, the scheduler in this process. */
static int
run_standalone(const char *project_dir, const char *listen)
{
	struct web_options options = { .project_dir = project_dir,
				       .listen = listen,
				       .print_login = true };
	pid_t parent = getpid(), child = fork();
	int code;

	if (child < 0) {
		perror("tidemill: fork the status page");
		return EXIT_NO;
	}
	if (child == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGTERM);
		_exit(getppid() == parent ? web_main(&options) : EXIT_NO);
	}
	code = run_scheduler(project_dir);
	(void)kill(child, SIGTERM);
	(void)waitpid(child, NULL, 0);
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
};

int
main(int argc, char **argv)
{
	struct cli cli = { .programs = &programs };
	struct err err = { 0 };
	bool done = false;
	int code;

	process_argv = argv;
	(void)signal(SIGPIPE, SIG_IGN);
	code = command_parse(&cli, argc, argv, &done);
	if (!done && !code && (cli.command->flags & COMMAND_SPAWNS) &&
	    spawner_start(&spawner, shim_main, &err))
		code = cli_error(&err);
	else if (!done && !code)
		code = cli.command->run(&cli);
	if (spawner.pid)
		spawner_stop(&spawner);
	free(cli.project_dir);
	if (fflush(stdout) || ferror(stdout))
		return cli_fail(EXIT_NO, "write standard output: %s", "it cannot be written");
	return code;
}
