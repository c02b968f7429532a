/* shift.c - a shim's life: one attempt after another, as long as none leaves anything. */
#include "worker/shift.h"

#include "core/wire/again.h"
#include "core/wire/message.h"
#include "worker/shim.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

/* What a worker allocates before it becomes a program stays with its shim: a few KiB. */
enum { ATTEMPTS_MAX = 100 };

/*
 * A session of its own, orphans come here, and signals that are read like anything else.
 */
static int
settle(void)
{
	sigset_t mask;

	(void)prctl(PR_SET_NAME, "tm-shim");
	(void)prctl(PR_SET_CHILD_SUBREAPER, 1);
	(void)setsid();
	(void)sigemptyset(&mask);
	(void)sigaddset(&mask, SIGTERM);
	(void)sigaddset(&mask, SIGCHLD);
	(void)sigprocmask(SIG_BLOCK, &mask, NULL);
	return signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* Forget the signals that came since the last attempt ended: none can be about the next. */
static void
forget_signals(int signal_fd)
{
	struct signalfd_siginfo info[4];

	while (read(signal_fd, info, sizeof(info)) > 0)
		continue;
}

int
shift_main(const struct launch *first, const struct shim_ends *ends)
{
	struct shim_ends own = *ends;
	int signal_fd = settle();
	struct launch l = *first;
	enum err_code code = ERR_NONE;
	enum shim_then then;
	struct buf frame;

	buf_init(&frame, FRAME_HEAD_BYTES + LAUNCH_BYTES_MAX);
	for (int attempts = 1;; attempts++) {
		if (attempts == ATTEMPTS_MAX)
			own.again_fd = -1; /* who asks may have been given one, and cannot end */
		then = shim_serve(&l, &own, signal_fd);
		if (then != SHIM_SPENT)
			break;
		code = again_wait(own.again_fd, &frame, &l, NULL);
		if (code)
			break;
		forget_signals(signal_fd);
	}
	buf_release(&frame);
	return then == SHIM_FAILED || code == ERR_INPUT ? EXIT_FAILURE : EXIT_SUCCESS;
}
