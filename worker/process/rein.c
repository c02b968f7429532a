/* rein.c - the limits of an attempt as those of its processes, and which of them ended it. */
#include "worker/process/rein.h"

#include "core/base/size.h"
#include "core/project/machine.h"
#include "core/time/civil.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	CPU_GRACE_S = 5, /* from SIGXCPU to SIGKILL */
	SHELL_SIGNAL = 128,
	STATUS_BYTES = 4096,
};

/*
 * Memory is RLIMIT_DATA: what a process may write to that no other one sees.  RLIMIT_AS counts
 * address space as well that is only set aside, of which runtimes take a hundred times what they
 * use.
 */
static const struct rein {
	int resource;
	const char *name;
	size_t at;
	int64_t unit; /* of the kernel's number */
} reins[] = {
#define X(member, key, record, limit, by, what, from, to, before, behind) \
	{ limit, key, offsetof(struct task_limits, member), by },
	TASK_LIMITS(X)
#undef X
};

/* As many of this resource as the process may ask for at all; RLIM_INFINITY: any. */
static rlim_t
hard_limit(int resource)
{
	struct rlimit limit;

	return getrlimit((__rlimit_resource_t)resource, &limit) < 0 ? RLIM_INFINITY
								    : limit.rlim_max;
}

/* The threads of one process, or 0. */
static rlim_t
threads_of(int proc, const char *pid)
{
	char path[300], text[STATUS_BYTES];
	const char *at;
	ssize_t n;
	int fd;

	(void)snprintf(path, sizeof(path), "%s/status", pid);
	fd = openat(proc, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	n = read(fd, text, sizeof(text) - 1);
	(void)close(fd);
	text[n > 0 ? n : 0] = '\0';
	at = strstr(text, "\nThreads:");
	return at ? (rlim_t)strtoul(at + 9, NULL, 10) : 0;
}

/* What of this user runs now: RLIMIT_NPROC counts it with what comes. */
static rlim_t
threads_of_user(void)
{
	DIR *dir = opendir("/proc");
	struct dirent *entry;
	struct stat st;
	rlim_t n = 0;

	while (dir && (entry = readdir(dir)))
		if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9' &&
		    fstatat(dirfd(dir), entry->d_name, &st, 0) == 0 && st.st_uid == getuid())
			n += threads_of(dirfd(dir), entry->d_name);
	if (dir)
		(void)closedir(dir);
	return n;
}

void
rein_plan(const struct task_limits *asked, struct held_to *inout, struct buf *notes)
{
	struct task_limits *limits = &inout->limits;
	char asked_for[SIZE_CHARS], there[SIZE_CHARS];

	*limits = *asked;
	/* The kernel counts whole seconds, and half a second would be none. */
	limits->cpu_us = (asked->cpu_us + SECOND_US - 1) / SECOND_US * SECOND_US;
	for (size_t i = 0; i < countof(reins); i++) {
		int64_t *value = task_limit(limits, reins[i].at);
		rlim_t hard = hard_limit(reins[i].resource);

		if (!*value || hard == RLIM_INFINITY || (rlim_t)(*value / reins[i].unit) <= hard)
			continue;
		buf_format(notes,
			   "limits: %s is %" PRId64 ", but no more than %" PRId64
			   " can be had here: that holds\n",
			   reins[i].name, *value / reins[i].unit, (int64_t)hard);
		*value = (int64_t)hard * reins[i].unit;
	}
	if (machine_memory() && limits->memory_bytes > machine_memory()) {
		size_format(limits->memory_bytes, asked_for);
		size_format(machine_memory(), there);
		buf_format(notes,
			   "limits: memory is %s, and the machine has %s: it holds nothing back\n",
			   asked_for, there);
	}
	if (limits->processes && !inout->processes_of_all && geteuid() == 0) {
		limits->processes = 0;
		buf_text(notes,
			 "limits: processes is not in force: the kernel holds root to it in "
			 "a cgroup only, and none could be made (`tidemill info` says why)\n");
	}
}

void
rein_enter(const struct held_to *held)
{
	struct task_limits limits = held->limits;

	if (held->memory_of_all)
		limits.memory_bytes = 0;
	if (held->processes_of_all)
		limits.processes = 0;
	for (size_t i = 0; i < countof(reins); i++) {
		rlim_t value = (rlim_t)(*task_limit(&limits, reins[i].at) / reins[i].unit);
		struct rlimit limit = { value, value };
		rlim_t hard = hard_limit(reins[i].resource);

		if (!value)
			continue;
		if (reins[i].resource == RLIMIT_CPU)
			limit.rlim_max += CPU_GRACE_S;
		if (reins[i].resource == RLIMIT_NPROC)
			limit.rlim_cur = limit.rlim_max = value + threads_of_user();
		if (limit.rlim_max > hard)
			limit.rlim_max = hard;
		if (limit.rlim_cur > hard)
			limit.rlim_cur = hard;
		(void)setrlimit((__rlimit_resource_t)reins[i].resource, &limit);
	}
}

/* ---- how it ended ---- */

static bool
ended_by(const struct rein_end *end, int signal)
{
	return end->signal == signal || end->exit_code == SHELL_SIGNAL + signal;
}

/* The first of `words`, which end with NULL, that stands in the text; NULL: none. */
static const char *
found_in(const char *text, const char *const *words)
{
	for (; *words; words++)
		if (strstr(text, *words))
			return *words;
	return NULL;
}

static bool
say_cpu(const struct task_limits *l, const struct rein_end *end, struct buf *out)
{
	char limit[64];

	duration_format(l->cpu_us, limit, sizeof(limit));
	/* Who does not end by SIGXCPU is killed; so it may have been by others. */
	buf_format(out, "%sat its limit of %s of processor time a process (`limits: cpu_time`)",
		   ended_by(end, SIGXCPU) ? "" : "perhaps ", limit);
	/* The kernel judges by ticks of its clock, which may be ahead of what it counts. */
	if (end->used.cpu_us >= l->cpu_us)
		buf_format(out, "; all its processes used %.1fs",
			   (double)end->used.cpu_us / (double)SECOND_US);
	return true;
}

static bool
say_file(const struct task_limits *l, struct buf *out)
{
	char size[SIZE_CHARS];

	size_format(l->file_bytes, size);
	buf_format(out, "at its limit of %s for a file (`limits: file_size`)", size);
	return true;
}

static bool
say_memory(const struct held_to *held, const struct rein_end *end, const char *word,
	   struct buf *out)
{
	char limit[SIZE_CHARS], peak[SIZE_CHARS];

	size_format(held->limits.memory_bytes, limit);
	buf_format(out, "it says '%s', and its limit is %s of memory%s (`limits: memory`)", word,
		   limit, held->memory_of_all ? "" : " a process");
	if (end->used.peak_bytes < 0)
		return true;
	size_format(end->used.peak_bytes, peak);
	buf_format(out, "; its peak memory was %s", peak);
	return true;
}

bool
rein_is_cpu_kill(const struct held_to *held, const struct used *used)
{
	int64_t limit_us = held->limits.cpu_us;

	/* The kernel judges by ticks of its clock, which may be ahead of what it counts. */
	return limit_us && used->cpu_us >= limit_us + CPU_GRACE_S * SECOND_US / 2;
}

bool
rein_cause(const struct held_to *held, const struct rein_end *end, struct buf *out)
{
	static const char *const memory[] = { "MemoryError",      "Cannot allocate memory",
					      "out of memory",    "Out of memory",
					      "OutOfMemory",      "bad_alloc",
					      "memory exhausted", NULL };
	static const char *const files[] = { "Too many open files", NULL };
	static const char *const file[] = { "File too large", NULL };
	static const char *const processes[] = { "Resource temporarily unavailable", "Cannot fork",
						 "cannot fork", "can't start new thread", NULL };
	const struct task_limits *l = &held->limits;
	const char *word;

	if (l->cpu_us && (ended_by(end, SIGXCPU) ||
			  (ended_by(end, SIGKILL) && rein_is_cpu_kill(held, &end->used))))
		return say_cpu(l, end, out);
	if (l->file_bytes && (ended_by(end, SIGXFSZ) || found_in(end->text, file)))
		return say_file(l, out);
	if (l->open_files && (word = found_in(end->text, files)))
		buf_format(out, "it says '%s', and its limit is %" PRId64 " (`limits: open_files`)",
			   word, l->open_files);
	else if (l->processes && (word = found_in(end->text, processes)))
		buf_format(out,
			   "it says '%s', and its limit is %" PRId64 " processes%s (`limits: "
			   "processes`)",
			   word, l->processes,
			   held->processes_of_all ? "" : " beside those that ran before");
	else if (l->memory_bytes && (word = found_in(end->text, memory)))
		return say_memory(held, end, word, out);
	else
		return false;
	return true;
}
