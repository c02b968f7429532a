/* enter.c - the signals and descriptors that a worker begins with. */
#include "worker/process/enter.h"

#include <assert.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

void
enter_signals(void)
{
	static const int changed[] = {
		SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE, SIGCHLD, SIGXFSZ
	};
	struct sigaction normal = { .sa_handler = SIG_DFL };
	sigset_t none;

	for (size_t i = 0; i < countof(changed); i++)
		(void)sigaction(changed[i], &normal, NULL);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
}

void
enter_descriptors(const struct worker_ends *ends)
{
	int output_fd = ends->output, result_fd = ends->result, secrets_fd = ends->secrets;

	/* A result at 1 or 2 would be overwritten; the shim's own descriptors make that impossible.
	 */
	assert(output_fd > 2 && result_fd > 2 && (secrets_fd < 0 || secrets_fd > RESULT_FD));
	if (dup2(output_fd, 1) < 0 || dup2(output_fd, 2) < 0)
		_exit(EXIT_FAILURE);
	if (result_fd != RESULT_FD && dup3(result_fd, RESULT_FD, O_CLOEXEC) < 0)
		_exit(EXIT_FAILURE);
	if (secrets_fd >= 0 && secrets_fd != SECRETS_FD &&
	    dup3(secrets_fd, SECRETS_FD, O_CLOEXEC) < 0)
		_exit(EXIT_FAILURE);
	(void)close_range(secrets_fd < 0 ? SECRETS_FD : SECRETS_FD + 1, ~0U, 0);
}
