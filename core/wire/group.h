/*
 * group.h - a cgroup of one attempt, which holds all its processes to a limit.
 *
 * The kernel lets a cgroup have limits where the one above it hands the controllers down and has
 * no processes itself.  That is where systemd delegates (Delegate=yes, with this program in a
 * cgroup below), and at the root.  The shim is in the group with what it starts, so that a sweep
 * finds them together, and leaves it last.
 */
#ifndef CORE_WIRE_GROUP_H
#define CORE_WIRE_GROUP_H

#include "core/base/buf.h"
#include "core/model/used.h"

/* Where groups may be made, and what they can hold. */
struct group_place {
	char *path; /* for free(); NULL: nowhere */
	bool memory, pids;
};

/* A group that was entered; `path` NULL: none was. */
struct attempt_group {
	char *path, *back,
	    *note;         /* itself, where we came from, its link in the runtime directory */
	bool memory, pids; /* what it holds */
};

/*
 * Find a place for groups beside `own`, the cgroup that the scheduler is in.  Without one `why`
 * says what is missing.  Looks; with `enable` it also hands controllers down where the place was
 * delegated to us.
 */
void group_find(const char *own, bool enable, struct group_place *out, struct buf *why);

/*
 * Make a group for an attempt and enter it: memory and processes held together, each 0: not.
 * False: there is no place for it, or the kernel refused; nothing has changed.
 */
bool group_enter(const char *runtime_path, int64_t attempt, int64_t memory_bytes, int64_t processes,
		 struct attempt_group *out) MUST_CHECK;

/* What was used in a group, where it knows better than the processes: peak memory, CPU time. */
void group_read(const char *path, struct used *inout);

/* Go back and remove the group, in which nobody else is left.  Fine where none was entered. */
void group_leave(struct attempt_group *g);

/* The memory that a cgroup and those above it may have; 0: no limit is seen. */
int64_t group_memory_limit(const char *cgroup);

#endif
