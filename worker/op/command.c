/* command.c - a task that runs a program. */
#include "worker/op/op.h"

#include "core/model/lake.h"
#include "worker/attempt/read_back.h"
#include "worker/process/environ.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* Descriptors that removing a directory tree may use. */
enum { REMOVE_FDS = 16 };

/* Become the program.  Returns only with an error. */
static enum err_code
replace(const struct spec *spec, const char *output_dir, struct err *err)
{
	enum err_code code = environ_enter(spec, output_dir, err);

	if (code)
		return code;
	if (chdir(spec->project_dir) < 0)
		return err_errno(err, "run '%s': enter '%s'", spec->argv[0], spec->project_dir);
	(void)execvp(spec->argv[0], spec->argv); /* by the PATH that was just set */
	return err_errno(err, "run '%s'", spec->argv[0]);
}

/* In the child: become the program, or say why not in the pipe, which an exec closes. */
NO_RETURN static void
become_program(const struct spec *spec, const char *output_dir, pid_t worker, int why_fd)
{
	struct err err;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() == worker) {
		(void)replace(spec, output_dir, &err);
		(void)!write(why_fd, err.msg, strlen(err.msg)); /* the status says enough */
	}
	_exit(127);
}

/* Run the program to its end as a child. */
static enum err_code
run_child(const struct spec *spec, const char *output_dir, struct err *err)
{
	char why[sizeof(err->msg)];
	pid_t pid, self = getpid();
	int pipe_fds[2], status;
	ssize_t n;

	if (pipe2(pipe_fds, O_CLOEXEC) < 0)
		return err_errno(err, "run '%s': make a pipe", spec->argv[0]);
	pid = fork();
	if (pid == 0)
		become_program(spec, output_dir, self, pipe_fds[1]);
	(void)close(pipe_fds[1]);
	if (pid < 0) {
		(void)close(pipe_fds[0]);
		return err_errno(err, "run '%s': fork", spec->argv[0]);
	}
	n = read(pipe_fds[0], why, sizeof(why) - 1); /* nothing, once the program runs */
	(void)close(pipe_fds[0]);
	while (waitpid(pid, &status, 0) < 0) {
		if (errno != EINTR)
			return err_errno(err, "run '%s': wait for it", spec->argv[0]);
	}
	if (n > 0)
		return err_set(err, ERR_INPUT, "%.*s", (int)n, why);
	if (WIFSIGNALED(status))
		return err_set(err, ERR_INPUT, "'%s' ended by signal %d (%s)", spec->argv[0],
			       WTERMSIG(status), strsignal(WTERMSIG(status)));
	if (WEXITSTATUS(status) != 0)
		return err_set(err, ERR_INPUT, "'%s' ended with exit status %d", spec->argv[0],
			       WEXITSTATUS(status));
	return ERR_NONE;
}

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st;
	(void)type;
	(void)at;
	(void)remove(path);
	return 0;
}

static void
remove_tree(const char *path)
{
	(void)nftw(path, remove_one, REMOVE_FDS, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
}

/* Make a private directory and those above it. */
static enum err_code
make_private(char *path, struct err *err)
{
	for (char *at = strchr(path + 1, '/'); at; at = strchr(at + 1, '/')) {
		*at = '\0';
		(void)mkdir(path, 0777); /* the last one tells whether it worked */
		*at = '/';
	}
	if (mkdir(path, 0700) < 0)
		return err_errno(err, "make the output directory '%s'", path);
	return ERR_NONE;
}

/* The program leaves files in a directory of its own; what they say is staged like other rows. */
static enum err_code
run_with_output(struct op_ctx *ctx, struct err *err)
{
	const struct spec *spec = ctx->spec;
	const struct spec_output *main_output = &spec->outputs[spec->n_outputs - 1];
	enum err_code code;
	struct buf dir;

	buf_init(&dir, PATH_MAX);
	lake_staging(main_output->path, spec->attempt, &dir);
	buf_text(&dir, "-work");
	if (dir.full) {
		code = err_set(err, ERR_LIMIT, "run '%s': the path of the output is too long",
			       spec->argv[0]);
	} else {
		code = make_private(dir.data, err);
	}
	if (!code) {
		code = run_child(spec, dir.data, err);
		if (!code)
			code = read_back(ctx, dir.data, err);
		remove_tree(dir.data);
	}
	buf_release(&dir);
	return code;
}

static enum err_code
run(struct op_ctx *ctx, struct err *err)
{
	if (ctx->spec->n_outputs == 0)
		return replace(ctx->spec, NULL, err);
	return run_with_output(ctx, err);
}

const struct op op_command = { .run = run };
