/* spawner.c - the small process that forks shims. */
#include "scheduler/executor/spawner.h"

#include "core/base/mem.h"
#include "core/wire/again.h"
#include "core/wire/cgroup.h"
#include "core/wire/mark.h"
#include "core/wire/message.h"
#include "core/wire/sweep.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	READ_BYTES = 4 << 10,  /* on the stack, whose pages are copied anew after every fork */
	STOP_WAIT_MS = 1000,   /* a spawner that was told to end and has not: it is stopped */
	SWEEP_AGAIN_MS = 100,  /* between two looks at orphans that take their time to die */
	ORPHANS_AT_ONCE = 256, /* killed in one pass */
	EXIT_BAD_FRAME = 70,   /* both ends are the same program: a bug */
	SPARE_MS = 10000,      /* so long nothing came: those that wait for an attempt may go */
};

/* A shim that was forked and not let go of. */
struct keeper {
	pid_t pid;
	int64_t attempt; /* that it was given last */
	int again_fd;    /* where it asks for another (again.h); -1: it cannot */
	bool died;       /* without ending by itself; its orphans are being ended */
};

struct nursery {
	int launch_fd, hint_fd, signal_fd;
	shim_main_fn *shim;
	struct buf frames; /* read and not used up */
	struct keeper *keepers;
	size_t count, room, n_again; /* n_again of them have an again_fd */
	bool orphans;                /* there may be children that are no shims */
	char *runtime_path;          /* of the last launch */
	char *cgroup;                /* that we entered for it, or NULL */
};

static int
pidfd_open(pid_t pid)
{
	return (int)syscall(SYS_pidfd_open, pid, 0);
}

/* Leave nothing open but the given descriptors, in rising order; 0 to 2 become /dev/null. */
static void
close_others(int a, int b)
{
	int low = a < b ? a : b, high = a < b ? b : a;
	int null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);

	for (int fd = 0; null_fd >= 0 && fd <= 2; fd++) {
		if (fd == null_fd)
			(void)fcntl(fd, F_SETFD, 0); /* dup2() would leave it as it is */
		else
			(void)dup2(null_fd, fd);
	}
	if (low > 3)
		(void)close_range(3, (unsigned)low - 1, 0);
	if (high - low > 1)
		(void)close_range((unsigned)low + 1, (unsigned)high - 1, 0);
	(void)close_range((unsigned)high + 1, ~0U, 0);
}

/*
 * In the child: be a shim.  The frame that *l borrows from is the child's own copy, and so are the
 * ends of others, which would not notice the spawner's end if they stayed open here.
 */
NO_RETURN static void
become_shim(const struct nursery *n, const struct launch *l, int again_fd)
{
	const struct shim_ends ends = { .hint_fd = n->hint_fd, .again_fd = again_fd };

	(void)close(n->launch_fd);
	(void)close(n->signal_fd);
	for (size_t i = 0; i < n->count; i++)
		if (n->keepers[i].again_fd >= 0)
			(void)close(n->keepers[i].again_fd);
	_exit(n->shim(l, &ends));
}

/* Let a shim end when it asks next, or now if it has. */
static void
let_go(struct nursery *n, struct keeper *k)
{
	if (k->again_fd < 0)
		return;
	(void)close(k->again_fd);
	k->again_fd = -1;
	n->n_again--;
}

/* Give a launch to a shim that has asked for one.  False: none has. */
static bool
hand_over(struct nursery *n, const struct launch *l, const char *frame, size_t bytes)
{
	for (size_t i = 0; i < n->count; i++) {
		struct keeper *k = &n->keepers[i];

		if (k->again_fd < 0 || !again_asked(k->again_fd))
			continue;
		/* Somebody may have stopped it, and nothing shows yet which attempt that holds up.
		 */
		(void)kill(k->pid, SIGCONT);
		if (again_give(k->again_fd, frame, bytes)) {
			k->attempt = l->attempt;
			return true;
		}
		let_go(n, k);
	}
	return false;
}

/* From the first launch on what we start is in a cgroup of ours, noted where a sweep looks. */
static void
enter_cgroup(struct nursery *n, const char *runtime_path)
{
	if (n->runtime_path && !strcmp(n->runtime_path, runtime_path))
		return;
	if (!n->runtime_path)
		n->cgroup = cgroup_enter(runtime_path);
	else if (n->cgroup)
		free(cgroup_note(n->cgroup, runtime_path));
	free(n->runtime_path);
	n->runtime_path = mem_str(runtime_path);
}

static void
start_shim(struct nursery *n, const struct launch *l)
{
	struct keeper k = { .attempt = l->attempt, .again_fd = -1 };
	int shim_fd = -1;

	if (n->n_again < SPAWNER_SPARE_MAX && !again_pair(&k.again_fd, &shim_fd))
		k.again_fd = shim_fd = -1; /* it does without */
	k.pid = fork();
	if (k.pid == 0) {
		if (k.again_fd >= 0)
			(void)close(k.again_fd);
		become_shim(n, l, shim_fd);
	}
	if (k.pid < 0)
		hint_send(n->hint_fd, l->attempt, HINT_FORK_FAILED, errno);
	if (shim_fd >= 0)
		(void)close(shim_fd);
	n->n_again += k.again_fd >= 0;
	if (k.pid < 0) {
		let_go(n, &k);
		return;
	}
	n->keepers = mem_grow(n->keepers, n->count, &n->room, sizeof(*n->keepers));
	n->keepers[n->count++] = k;
}

/* Read what the scheduler sent and start what is whole.  False: it has gone. */
static bool
read_frames(struct nursery *n)
{
	char chunk[READ_BYTES];
	ssize_t got = recv(n->launch_fd, chunk, sizeof(chunk), MSG_DONTWAIT);
	size_t at = 0, body_bytes, used;
	enum frame_status status;
	const char *body;
	struct launch l;

	if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR))
		return false;
	if (got > 0)
		buf_add(&n->frames, chunk, (size_t)got);
	while ((status = frame_peek(n->frames.data + at, n->frames.bytes - at, &body, &body_bytes,
				    &used)) == FRAME_READY) {
		if (launch_read(&l, body, body_bytes, NULL))
			_exit(EXIT_BAD_FRAME);
		enter_cgroup(n, l.runtime_path);
		if (!hand_over(n, &l, n->frames.data + at, used))
			start_shim(n, &l);
		at += used;
	}
	if (status == FRAME_BAD || n->frames.full)
		_exit(EXIT_BAD_FRAME);
	memmove(n->frames.data, n->frames.data + at, n->frames.bytes - at);
	n->frames.bytes -= at;
	return true;
}

static struct keeper *
find_keeper(struct nursery *n, pid_t pid)
{
	for (size_t i = 0; i < n->count; i++) {
		if (n->keepers[i].pid == pid)
			return &n->keepers[i];
	}
	return NULL;
}

/*
 * Take every child that has ended.  A shim that ended by itself left nothing
 * behind; after any other death there may be orphans, which came to us.
 */
static void
reap(struct nursery *n)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		struct keeper *k = find_keeper(n, pid);

		if (k)
			let_go(n, k);
		if (k && status == 0) {
			*k = n->keepers[--n->count];
			continue;
		}
		n->orphans = true;
		if (k) {
			k->pid = -1; /* the number may come again */
			k->died = true;
		}
	}
}

/*
 * End the orphans that there are: killing one brings its children here.  When
 * none is left the attempts of the dead shims have nothing alive, and the
 * scheduler may hear of it.
 */
static void
end_orphans(struct nursery *n)
{
	pid_t pids[ORPHANS_AT_ONCE];
	size_t count = sweep_children(pids, ORPHANS_AT_ONCE), orphans = 0;

	for (size_t i = 0; i < count; i++) {
		if (find_keeper(n, pids[i]))
			continue;
		orphans++;
		(void)kill(pids[i], SIGKILL); /* our child, not reaped: the number is still its */
	}
	if (orphans || count == ORPHANS_AT_ONCE)
		return;
	n->orphans = false;
	for (size_t i = 0; i < n->count;) {
		if (!n->keepers[i].died) {
			i++;
			continue;
		}
		hint_send(n->hint_fd, n->keepers[i].attempt, HINT_SHIM_DIED, 0);
		n->keepers[i] = n->keepers[--n->count];
	}
}

/* Throw away what the signal descriptor has: that something ended is all it can say. */
static void
drain_signals(int fd)
{
	struct signalfd_siginfo info[8];

	while (read(fd, info, sizeof(info)) > 0)
		continue;
}

/* Who waits for an attempt waits in vain: none has come for a while, or none will. */
static void
let_spare_go(struct nursery *n)
{
	for (size_t i = 0; i < n->count; i++) {
		struct keeper *k = &n->keepers[i];

		if (k->again_fd < 0 || !again_asked(k->again_fd))
			continue;
		let_go(n, k);
		(void)kill(k->pid, SIGCONT); /* one that somebody stopped would not hear of it */
	}
}

static int
patience(const struct nursery *n)
{
	if (n->orphans)
		return SWEEP_AGAIN_MS;
	return n->n_again ? SPARE_MS : -1;
}

NO_RETURN static void
run(struct nursery *n)
{
	struct pollfd fds[] = { { .fd = n->launch_fd, .events = POLLIN },
				{ .fd = n->signal_fd, .events = POLLIN } };

	for (;;) {
		int ready = poll(fds, countof(fds), patience(n));

		if (ready < 0 && errno != EINTR)
			_exit(EXIT_FAILURE);
		/* Ended ones first: their slots are what the next launches were made for. */
		if (ready > 0 && fds[1].revents) {
			drain_signals(n->signal_fd);
			reap(n);
		}
		if (n->orphans)
			end_orphans(n);
		else if (!ready)
			let_spare_go(n);
		if (ready > 0 && fds[0].revents && !read_frames(n)) {
			let_spare_go(n);
			cgroup_leave(n->cgroup);
			_exit(0);
		}
	}
}

NO_RETURN static void
become_spawner(int launch_fd, int hint_fd, shim_main_fn *shim, void (*prepare)(void))
{
	static const int ignored[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE };
	struct nursery n = { .launch_fd = launch_fd, .hint_fd = hint_fd, .shim = shim };
	struct sigaction ignore = { .sa_handler = SIG_IGN };
	sigset_t mask;

	(void)prctl(PR_SET_NAME, "tm-spawner");
	(void)prctl(PR_SET_CHILD_SUBREAPER, 1);
	(void)setsid(); /* a terminal's Ctrl-C is for the scheduler alone */
	for (size_t i = 0; i < countof(ignored); i++)
		(void)sigaction(ignored[i], &ignore, NULL);
	close_others(launch_fd, hint_fd);
	/*
	 * SIGTERM is blocked on top of being ignored: a shim is born with this
	 * mask, so a cancellation waits for it from its first instruction on.
	 */
	(void)sigemptyset(&mask);
	(void)sigaddset(&mask, SIGTERM);
	(void)sigaddset(&mask, SIGCHLD);
	(void)sigprocmask(SIG_SETMASK, &mask, NULL);
	(void)sigdelset(&mask, SIGTERM);
	n.signal_fd = signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK);
	if (n.signal_fd < 0)
		_exit(EXIT_FAILURE);
	json_warm();
	mark_prepare();
	if (prepare)
		prepare();
	buf_init(&n.frames, FRAME_HEAD_BYTES + LAUNCH_BYTES_MAX + READ_BYTES);
	run(&n);
}

static enum err_code
set_nonblocking(int fd, struct err *err)
{
	int flags = fcntl(fd, F_GETFL);

	if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0)
		return err_errno(err, "start the spawner: set a socket non-blocking");
	return ERR_NONE;
}

enum err_code
spawner_start(struct spawner *out, shim_main_fn *shim, void (*prepare)(void), struct err *err)
{
	int launch[2] = { -1, -1 }, hint[2] = { -1, -1 };
	struct spawner s = { .pid = -1, .pid_fd = -1 };
	enum err_code code;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, launch) < 0 ||
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, hint) < 0) {
		code = err_errno(err, "start the spawner: make sockets");
		goto out;
	}
	code = set_nonblocking(launch[0], err);
	if (!code)
		code = set_nonblocking(hint[0], err);
	if (code)
		goto out;
	(void)fflush(NULL); /* or the child would have a copy of what is not written yet */
	s.pid = fork();
	if (s.pid == 0)
		become_spawner(launch[1], hint[1], shim, prepare);
	if (s.pid > 0)
		s.pid_fd = pidfd_open(s.pid); /* close-on-exec by itself */
	if (s.pid < 0 || s.pid_fd < 0)
		code = err_errno(err, "start the spawner");
out:
	(void)close(launch[1]);
	(void)close(hint[1]);
	if (code) {
		(void)close(launch[0]); /* a spawner that did begin ends with it */
		(void)close(hint[0]);
		return code;
	}
	s.launch_fd = launch[0];
	s.hint_fd = hint[0];
	*out = s;
	return ERR_NONE;
}

void
spawner_stop(struct spawner *s)
{
	struct pollfd p = { .fd = s->pid_fd, .events = POLLIN };

	(void)close(s->launch_fd);
	(void)close(s->hint_fd);
	if (poll(&p, 1, STOP_WAIT_MS) > 0)
		(void)waitpid(s->pid, NULL, WNOHANG);
	(void)close(s->pid_fd);
	*s = (struct spawner){ .pid = -1, .launch_fd = -1, .hint_fd = -1, .pid_fd = -1 };
}
