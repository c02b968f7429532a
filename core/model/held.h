/*
 * held.h - what an attempt is held to, as the kernel enforces it.
 *
 * `limits:` of a task says what it may use; what is in force on this machine the shim finds out
 * (worker/process/rein.h), and its exit record tells.
 */
#ifndef CORE_MODEL_HELD_H
#define CORE_MODEL_HELD_H

#include "core/base/buf.h"

/* Each 0: no limit of its own. */
struct task_limits {
	int64_t memory_bytes;
	int64_t cpu_us;     /* whole seconds, of each process */
	int64_t open_files; /* of each process */
	int64_t file_bytes; /* the size of a file that it writes */
	int64_t processes;  /* threads count as well */
};

/* Limits in force. */
struct held_to {
	struct task_limits limits;
	bool memory_of_all;    /* of all processes together, by a cgroup; else of each by itself */
	bool processes_of_all; /* its own, by a cgroup; else beside what the user had running */
};

/* Is there any limit at all? */
bool task_limits_any(const struct task_limits *limits);

/* Append "64 MiB of memory, 1s of processor time a process, 20 open files a process"; nothing: "".
 */
void held_words(const struct held_to *held, struct buf *out);

#endif
