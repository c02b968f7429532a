/* command.c - a task that runs a program. */
#include "worker/op/op.h"

#include "core/base/mem.h"
#include "core/model/lake.h"
#include "core/storage/tree.h"
#include "worker/attempt/given.h"
#include "worker/attempt/read_back.h"
#include "worker/process/environ.h"
#include "worker/process/program.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* What a program is told besides what every worker is. */
struct told {
	const struct given *given; /* NULL: it has no inputs */
	const char *output_dir;    /* NULL: it has no output */
	mode_t umask;              /* that of the person, which is the program's */
};

/* Become the program.  Returns only with an error. */
static enum err_code
replace(const struct spec *spec, const struct told *told, struct err *err)
{
	size_t n = 0;
	const struct spec_env *given = told->given ? given_variables(told->given, &n) : NULL;
	struct spec_env *more = mem_new(n + 1, sizeof(*more));
	enum err_code code;

	for (size_t i = 0; i < n; i++)
		more[i] = given[i];
	if (told->output_dir)
		more[n++] = (struct spec_env){ .name = mem_str("TIDEMILL_OUTPUT"),
					       .value = mem_str(told->output_dir) };
	code = environ_enter(spec, more, n, err);

	if (code)
		return code;
	if (chdir(spec->project_dir) < 0)
		return err_errno(err, "run '%s': enter '%s'", spec->argv[0], spec->project_dir);
	(void)execvp(spec->argv[0], spec->argv); /* by the PATH that was just set */
	return program_error(spec->argv[0], errno, err);
}

/*
 * The shim asks all of us to end.  The program may want to do that properly, and we die after it:
 * it is killed when its parent is gone.
 */
static void
hold_end(int how)
{
	sigset_t end;

	(void)sigemptyset(&end);
	(void)sigaddset(&end, SIGTERM);
	(void)sigprocmask(how, &end, NULL);
}

/* In the child: become the program, or say why not in the pipe, which an exec closes. */
NO_RETURN static void
become_program(const struct spec *spec, const struct told *told, pid_t worker, int why_fd)
{
	struct err err;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	hold_end(SIG_UNBLOCK);
	(void)umask(told->umask);
	if (getppid() == worker) {
		(void)replace(spec, told, &err);
		(void)!write(why_fd, err.msg, strlen(err.msg)); /* the status says enough */
	}
	_exit(127);
}

/* Wait for the program; *why is what it said when it could not be run. */
static enum err_code
wait_for(struct op_ctx *ctx, pid_t pid, const char *why, struct err *err)
{
	const char *program = ctx->spec->argv[0];
	int status;

	while (waitpid(pid, &status, 0) < 0) {
		if (errno != EINTR)
			return err_errno(err, "run '%s': wait for it", program);
	}
	if (*why)
		return err_set(err, ERR_INPUT, "%s", why);
	if (WIFSIGNALED(status))
		return err_set(err, ERR_INPUT, "'%s' ended by signal %d (%s)", program,
			       WTERMSIG(status), strsignal(WTERMSIG(status)));
	ctx->status = WEXITSTATUS(status);
	if (ctx->status)
		return err_set(err, ERR_INPUT, "'%s' ended with exit status %d", program,
			       ctx->status);
	return ERR_NONE;
}

/* Run the program to its end as a child. */
static enum err_code
run_child(struct op_ctx *ctx, const struct told *told, struct err *err)
{
	const struct spec *spec = ctx->spec;
	char why[sizeof(err->msg)];
	pid_t pid, self = getpid();
	enum err_code code;
	int pipe_fds[2];
	ssize_t n;

	if (pipe2(pipe_fds, O_CLOEXEC) < 0)
		return err_errno(err, "run '%s': make a pipe", spec->argv[0]);
	hold_end(SIG_BLOCK);
	pid = fork();
	if (pid == 0)
		become_program(spec, told, self, pipe_fds[1]);
	(void)close(pipe_fds[1]);
	if (pid < 0) {
		code = err_errno(err, "run '%s': fork", spec->argv[0]);
		(void)close(pipe_fds[0]);
	} else {
		n = read(pipe_fds[0], why, sizeof(why) - 1); /* nothing, once it runs */
		why[n > 0 ? n : 0] = '\0';
		(void)close(pipe_fds[0]);
		code = wait_for(ctx, pid, why, err);
	}
	hold_end(SIG_UNBLOCK);
	return code;
}

/* Run the program.  What it read has to be what was pinned, whatever it made of it. */
static enum err_code
run_program(struct op_ctx *ctx, const struct told *told, struct err *err)
{
	enum err_code code = run_child(ctx, told, err);
	struct err why;

	if (told->given && given_check(told->given, &why)) {
		ctx->status = 0;
		return err_set(err, ERR_CONFLICT, "%s", why.msg);
	}
	return code;
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

/* What we write ourselves is changed by nobody else.  Gives the umask of before. */
static mode_t
tighten(void)
{
	mode_t before = umask(022);

	(void)umask(before | 022);
	return before;
}

/* The program leaves files in a directory of its own; what they say is staged like other rows. */
static enum err_code
run_with_output(struct op_ctx *ctx, const struct given *given, struct err *err)
{
	const struct spec *spec = ctx->spec;
	const struct spec_output *main_output = &spec->outputs[spec->n_outputs - 1];
	struct manifest m = { 0 };
	mode_t before = tighten();
	enum err_code code;
	struct buf dir;

	if (given)
		given_record(given, &m);
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
		code = run_program(
		    ctx, &(struct told){ .given = given, .output_dir = dir.data, .umask = before },
		    err);
		if (!code)
			code = read_back(ctx, dir.data, &m, err);
		(void)tree_remove(dir.data);
	}
	manifest_release(&m);
	buf_release(&dir);
	return code;
}

static enum err_code
run(struct op_ctx *ctx, struct err *err)
{
	const struct spec *spec = ctx->spec;
	struct given *given = NULL;
	enum err_code code = ERR_NONE;

	if (spec_is_replaced(spec))
		return replace(spec, &(struct told){ 0 }, err);
	if (spec->n_inputs)
		code = given_open(&given, spec, err);
	if (!code && spec->n_outputs)
		code = run_with_output(ctx, given, err);
	else if (!code)
		code = run_program(ctx, &(struct told){ .given = given, .umask = tighten() }, err);
	given_close(given);
	return code;
}

const struct op op_command = { .run = run };
