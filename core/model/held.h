/*
 * held.h - what an attempt is held to, as the kernel enforces it.
 *
 * `limits:` of a task says what it may use; what is in force on this machine the shim finds out
 * (worker/process/rein.h), and its exit record tells.  A limit is a row of TASK_LIMITS: DAG files,
 * specs, exit records, the kernel's limits and what people are told of them follow from it.
 */
#ifndef CORE_MODEL_HELD_H
#define CORE_MODEL_HELD_H

#include "core/base/buf.h"
#include "core/time/civil.h"

/*
 * Member; key in DAG files; key in exit records; what the kernel calls it; how many of the member's
 * are one of the kernel's and of the records'; BYTES, DURATION or INT64; from, to; what people are
 * told before and behind the amount.
 *
 * cpu_us is of whole seconds; with fewer than 16 open files no program starts (its streams, what
 * the loader opens); file_bytes is the size of a file that is written; threads count as processes.
 */
/* clang-format off */
#define TASK_LIMITS(X)                                                                             \
	X(memory_bytes, "memory", "memory_bytes", RLIMIT_DATA, 1,                                  \
	  BYTES, 0x1p20, 0x1p40, "", " of memory")                                                 \
	X(cpu_us, "cpu_time", "cpu_seconds", RLIMIT_CPU, SECOND_US,                                \
	  DURATION, SECOND_US, 30.0 * DAY_US, "", " of processor time a process")                  \
	X(open_files, "open_files", "open_files", RLIMIT_NOFILE, 1,                                \
	  INT64, 16, 1 << 20, "", " open files a process")                                         \
	X(file_bytes, "file_size", "file_bytes", RLIMIT_FSIZE, 1,                                  \
	  BYTES, 0x1p20, 0x1p40, "files of ", "")                                                  \
	X(processes, "processes", "processes", RLIMIT_NPROC, 1,                                    \
	  INT64, 1, 1 << 22, "", " processes")
/* clang-format on */

/* Each 0: no limit of its own. */
struct task_limits {
#define X(member, key, record, resource, unit, what, from, to, before, behind) int64_t member;
	TASK_LIMITS(X)
#undef X
};

/* What the amount of a limit is. */
enum limit_amount { AMOUNT_BYTES, AMOUNT_DURATION, AMOUNT_INT64 };

/* Limits in force. */
struct held_to {
	struct task_limits limits;
	bool memory_of_all;    /* of all processes together, by a cgroup; else of each by itself */
	bool processes_of_all; /* its own, by a cgroup; else beside what the user had running */
};

/* The member at an offset. */
int64_t *task_limit(struct task_limits *limits, size_t at);

/* Is there any limit at all? */
bool task_limits_any(const struct task_limits *limits);

/* Append the amount of a limit: "64 MiB", "1m30s", "20". */
void limit_words(enum limit_amount what, int64_t amount, struct buf *out);

/* Append "64 MiB of memory, 1s of processor time a process, 20 open files a process"; nothing: "".
 */
void held_words(const struct held_to *held, struct buf *out);

#endif
