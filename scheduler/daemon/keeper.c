/* keeper.c - the status page beside the scheduler: when it ends it is said, and started again. */
#include "scheduler/daemon/keeper.h"

#include "core/base/clock.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	LOOK_MS = 500,
	END_LOOKS = 40, /* so many looks are waited for an orderly end */
	END_LOOK_MS = 50,
};

bool
keeper_life_ended(struct keeper_life *life, int64_t now_us)
{
	life->quick = now_us - life->begun_us < KEEPER_QUICK_US ? life->quick + 1 : 0;
	life->over = life->quick >= KEEPER_QUICK_MAX;
	return !life->over;
}

bool
keeper_life_due(const struct keeper_life *life, int64_t now_us)
{
	return !life->over && now_us - life->begun_us >= KEEPER_PAUSE_US;
}

/* In the child, between fork and exec: only what is safe beside threads. */
NO_RETURN static void
become_page(const struct page_keeper *p, pid_t parent)
{
	static const int ours[] = { SIGTERM, SIGINT, SIGHUP };
	sigset_t none;

	for (size_t i = 0; i < countof(ours); i++)
		(void)signal(ours[i], SIG_DFL);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	(void)prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() == parent)
		(void)execv("/proc/self/exe", p->alone);
	_exit(1);
}

/* No signal may find the child with our handlers: they would tell the loop of this process. */
static void
start(struct page_keeper *p)
{
	pid_t parent = getpid();
	sigset_t all, before;

	p->life.begun_us = clock_boot_us();
	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	p->pid = fork();
	if (p->pid == 0)
		become_page(p, parent);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (p->pid < 0 && !p->short_said)
		log_line(&p->log, LOG_ERROR, "start the status page: %s; it is tried again",
			 strerror(errno));
	p->short_said = p->pid < 0;
	if (p->pid < 0)
		p->pid = 0;
}

static void
say_ended(const struct page_keeper *p, int status, bool again)
{
	char how[64];

	if (WIFSIGNALED(status))
		(void)snprintf(how, sizeof(how), "was ended by signal %d (%s)", WTERMSIG(status),
			       strsignal(WTERMSIG(status)));
	else
		(void)snprintf(how, sizeof(how), "ended with exit code %d", WEXITSTATUS(status));
	if (again)
		log_line(&p->log, LOG_ERROR,
			 "the status page on %s (process %ld) %s and is started again", p->address,
			 (long)p->pid, how);
	else
		log_line(&p->log, LOG_ERROR,
			 "the status page on %s (process %ld) %s, %d times in a row within %d s of "
			 "its start: it is not started again, and the scheduler goes on; `tidemill "
			 "web --listen %s` serves it",
			 p->address, (long)p->pid, how, KEEPER_QUICK_MAX,
			 KEEPER_QUICK_US / (1000 * 1000), p->address);
}

static void
on_look(uv_timer_t *timer)
{
	struct page_keeper *p = timer->data;
	int status = 0;

	if (p->pid && waitpid(p->pid, &status, WNOHANG) == p->pid) {
		say_ended(p, status, keeper_life_ended(&p->life, clock_boot_us()));
		p->pid = 0;
	}
	if (!p->pid && keeper_life_due(&p->life, clock_boot_us()))
		start(p);
	if (p->life.over)
		(void)uv_timer_stop(timer);
}

void
keeper_watch(struct page_keeper *p, uv_loop_t *loop, const struct log *log)
{
	p->log = *log;
	(void)uv_timer_init(loop, &p->look); /* neither can fail: no system call */
	p->look.data = p;
	(void)uv_timer_start(&p->look, on_look, LOOK_MS, LOOK_MS);
}

void
keeper_unwatch(struct page_keeper *p)
{
	uv_close((uv_handle_t *)&p->look, NULL);
}

bool
keeper_end(struct page_keeper *p)
{
	pid_t ended = 0;

	if (!p->pid)
		return false;
	(void)kill(p->pid, SIGTERM);
	for (int i = 0; i < END_LOOKS && !ended; i++) {
		ended = waitpid(p->pid, NULL, WNOHANG);
		if (!ended)
			(void)poll(NULL, 0, END_LOOK_MS);
	}
	if (!ended) {
		(void)kill(p->pid, SIGKILL);
		(void)waitpid(p->pid, NULL, 0);
	}
	p->pid = 0;
	return true;
}
