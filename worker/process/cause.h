/* cause.h - who ended a program, and what for: evidence beside its exit status. */
#ifndef WORKER_PROCESS_CAUSE_H
#define WORKER_PROCESS_CAUSE_H

#include "core/base/buf.h"

/* How many processes the kernel has ended for want of memory; -1: it does not say. */
struct oom_count {
	int64_t group;   /* in the cgroup of this process */
	int64_t machine; /* anywhere */
};

enum oom_verdict {
	OOM_NONE,    /* nothing of the kind */
	OOM_MACHINE, /* one on this machine: perhaps this */
	OOM_GROUP,   /* one in this cgroup */
};

/* Read the counts under `root`, which is "" but for tests. */
void oom_read(const char *root, struct oom_count *out);

/* The lowest memory limit of the cgroup of this process and those around it; -1: there is none. */
int64_t memory_limit_read(const char *root);

/*
 * Append what is known of a SIGKILL that was not ours, between two counts: that it came from
 * outside, whether the kernel may have sent it, and the peak memory beside the limit (-1: none).
 */
void cause_killed(const struct oom_count *before, const struct oom_count *after, int64_t peak_bytes,
		  int64_t limit_bytes, struct buf *out);

/* What happened from one count to the next. */
enum oom_verdict oom_compare(const struct oom_count *before, const struct oom_count *after);

/*
 * Append why a program that ended with status 126 or 127 could not work, from the end of its log:
 * a shared library, a program or a permission that was missing.  False: the log does not say.
 */
bool cause_in_log(const char *path, struct buf *out);

/* Append the end of a log, if it can be read. */
void cause_log_end(const char *path, struct buf *out);

/* Append "process 4711 (bash) of user 1000"; what /proc does not tell is left out. */
void cause_sender(int pid, unsigned uid, struct buf *out);

/* Is the process one of this program? */
bool cause_is_ours(int pid);

#endif
