/* child.c - the program of a task, in a process of its own. */
#include "worker/process/child.h"

#include "worker/process/environ.h"
#include "worker/process/program.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum err_code
child_replace(const struct spec *spec, const struct told *told, struct err *err)
{
	enum err_code code = environ_enter(spec, told->more, told->n_more, err);

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
		if (child_replace(spec, told, &err))
			(void)!write(why_fd, err.msg, strlen(err.msg)); /* the status says enough */
	}
	_exit(127);
}

/* Wait for the program; *why is what it said when it could not be run. */
static enum err_code
wait_for(const char *program, pid_t pid, const char *why, int *exit_code, struct err *err)
{
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
	*exit_code = WEXITSTATUS(status);
	if (*exit_code)
		return err_set(err, ERR_INPUT, "'%s' ended with exit status %d", program,
			       *exit_code);
	return ERR_NONE;
}

enum err_code
child_run(const struct spec *spec, const struct told *told, int *exit_code, struct err *err)
{
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
		code = wait_for(spec->argv[0], pid, why, exit_code, err);
	}
	hold_end(SIG_UNBLOCK);
	return code;
}
