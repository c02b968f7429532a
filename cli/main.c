/*
 * main.c - wires the programs inside tidemill together; the only file that knows all of them.
 *
 * Order matters: the spawner is forked before anything opens a file, starts a
 * thread or initialises a library.
 */
#include "cli/cmd/list.h"

#include "cli/term/out.h"
#include "core/base/clock.h"
#include "core/base/db.h"
#include "core/base/hash.h"
#include "core/base/json.h"
#include "core/base/mem.h"
#include "core/text/ytree.h"
#include "core/wire/mark.h"
#include "core/wire/holder.h"
#include "scheduler/daemon/scheduler.h"
#include "scheduler/daemon/session.h"
#include "scheduler/executor/spawner.h"
#include "scheduler/web/web.h"
#include "worker/look/data.h"
#include "worker/look/sample.h"
#include "worker/net/http.h"
#include "worker/parquet/code/codec.h"
#include "worker/shift.h"
#include "worker/trial.h"

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
 * The page in a child that dies with us, before there are threads.  True: it answers, on *port;
 * false: it does not, and *code is how it ended.
 */
static bool
start_page(struct page_keeper *page, const struct web_options *options, uint16_t *port, int *code)
{
	struct web_options web = *options;
	pid_t parent = getpid();
	int ready[2], status = 0;
	bool answers;

	*code = EXIT_NO;
	if (pipe2(ready, O_CLOEXEC) < 0)
		return false;
	page->life.begun_us = clock_boot_us();
	page->pid = fork();
	if (page->pid == 0) {
		(void)close(ready[0]);
		(void)prctl(PR_SET_PDEATHSIG, SIGTERM);
		web.ready_fd = ready[1];
		_exit(getppid() == parent ? web_main(&web) : EXIT_NO);
	}
	(void)close(ready[1]);
	answers = page->pid > 0 && read(ready[0], port, sizeof(*port)) == (ssize_t)sizeof(*port);
	if (page->pid > 0 && !answers) {
		(void)waitpid(page->pid, &status, 0); /* it has said why */
		if (WIFEXITED(status) && WEXITSTATUS(status))
			*code = WEXITSTATUS(status);
	}
	(void)close(ready[0]);
	return answers;
}

/* The scheduler beside a page that answers on `port`, which is started again where it was. */
static int
run_beside(struct page_keeper *page, const struct web_options *web, uint16_t port)
{
	char at[] = "-C", scheduler[] = "scheduler", together[] = "standalone", alone[] = "web",
	     listen[] = "--listen";
	char *dir = mem_str(web->project_dir);
	char *address = mem_format("%.*s:%u", (int)(strrchr(web->listen, ':') - web->listen),
				   web->listen, (unsigned)port);
	char *argv[] = { process_argv[0], at, dir, scheduler, NULL };
	char *page_argv[] = { process_argv[0], at, dir, alone, listen, address, NULL };
	char *both_argv[] = { process_argv[0], at, dir, together, listen, address, NULL };
	struct scheduler_options options = options_of(web->project_dir);
	int code;

	page->address = address;
	page->alone = page_argv;
	page->together = both_argv;
	options.argv = argv;
	options.page = page;
	code = scheduler_main(&options);
	(void)keeper_end(page);
	free(address);
	free(dir);
	return code;
}

/* The page and the scheduler together. */
static int
run_standalone(const char *project_dir, const char *listen)
{
	struct web_options web = { .project_dir = project_dir,
				   .listen = listen,
				   .log = log_open("web", getenv("TIDEMILL_LOG")) };
	struct page_keeper page = { 0 };
	uint16_t port = 0;
	int code;

	if (holder_look(project_dir).kind == HOLDER_SCHEDULER)
		return cli_fail(EXIT_REFUSED,
				"a scheduler works on '%s' already; "
				"`tidemill web` serves the page beside it",
				project_dir);
	if (!start_page(&page, &web, &port, &code))
		return code;
	return run_beside(&page, &web, port);
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

static void
list_libraries(struct library_list *list)
{
	db_library(list);
	ytree_library(list);
	library_add(list, "Jansson", jansson_version_str());
	hash_libraries(list);
	web_libraries(list);
	pq_codec_libraries(list);
	http_libraries(list);
}

static const struct programs programs = {
	.scheduler = run_scheduler,
	.web = run_web,
	.standalone = run_standalone,
	.session = run_session,
	.task_test = worker_test,
	.sample = make_sample,
	.data = data_run,
	.libraries = list_libraries,
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
	json_memory();
	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGXFSZ, SIG_IGN); /* a limit of file sizes is an error like others */
	code = command_parse(&cli, argc, argv, &done);
	if (!done && !code)
		code = command_project(&cli);
	if (!done && !code && cli.command->spawns)
		make_room(argv);
	if (!done && !code && cli.command->spawns &&
	    spawner_start(&spawner, shift_main, pq_codec_preload, &err))
		code = cli_error(&err);
	else if (!done && !code)
		code = run_command(&cli);
	if (spawner.pid)
		spawner_stop(&spawner);
	free(cli.project_dir);
	return out_end(code);
}
