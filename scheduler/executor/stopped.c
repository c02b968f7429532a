/* stopped.c - processes of ours that somebody stopped (SIGSTOP, a debugger). */
#include "scheduler/executor/stopped.h"

#include "core/base/buf.h"
#include "core/wire/sweep.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { PROC_BYTES_MAX = 16 << 10 };

/* The text of a file of /proc/PID; "" when it cannot be read. */
static void
read_proc(int pid, const char *file, struct buf *out)
{
	char path[64];

	buf_init(out, PROC_BYTES_MAX);
	(void)snprintf(path, sizeof(path), "/proc/%d/%s", pid, file);
	if (buf_read_file(out, AT_FDCWD, path, NULL))
		buf_reset(out);
}

/* 'T': stopped, 't': traced, other letters: it can run; proc(5). */
static char
state_of(int pid)
{
	struct buf text;
	const char *at;
	char state;

	read_proc(pid, "stat", &text);
	at = strrchr(text.data, ')');
	state = at && at[1] ? at[2] : '\0';
	buf_release(&text);
	return state;
}

/* Who traces it; 0: nobody. */
static int
tracer_of(int pid)
{
	static const char name[] = "\nTracerPid:";
	struct buf text;
	const char *at;
	int tracer;

	read_proc(pid, "status", &text);
	at = strstr(text.data, name);
	tracer = at ? (int)strtol(at + sizeof(name) - 1, NULL, 10) : 0;
	buf_release(&text);
	return tracer;
}

static void
end_tracer(const struct log *log, const char *what, int pid, const char *token)
{
	int tracer = tracer_of(pid);

	if (tracer && token && process_end(tracer, token))
		log_line(log, LOG_WARN, "%s (pid %d) was stopped by its own task, which is ended",
			 what, pid);
}

void
stopped_resume(const struct log *log, const char *what, int pid, int pid_fd, const char *token)
{
	switch (state_of(pid)) {
	case 'T':
		log_line(log, LOG_WARN, "%s (pid %d) was stopped; it is told to go on", what, pid);
		(void)syscall(SYS_pidfd_send_signal, pid_fd, SIGCONT, NULL, 0);
		break;
	case 't':
		end_tracer(log, what, pid, token);
		break;
	default:
		break;
	}
}
