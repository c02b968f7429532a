/*
 * cgroup.h - a cgroup of our own, where the kernel has cgroup v2 and lets us make one.
 *
 *   spawner: cgroup_enter() -> shims, workers and all they start are in it -> cgroup_leave()
 *   sweep:   cgroup_each() -> cgroup_orphans()
 *
 * A process cannot leave by clearing its environment or by a session of its own, so that what the
 * token (mark.h) does not find is found here.  It lies in the cgroup that the scheduler was started
 * in, is called "tidemill-" and the project's mark, and is noted in the runtime directory as a link
 * "cgroup-...".  No controller is used and nothing is limited: group.h makes those that are.
 */
#ifndef CORE_WIRE_CGROUP_H
#define CORE_WIRE_CGROUP_H

#include "core/base/err.h"

/*
 * Enter the cgroup of a project, whose runtime directory it is, and note it there.  Its path, for
 * free(); NULL: there is none, and what is looked for there will not be found.
 */
char *cgroup_enter(const char *runtime_path);

/*
 * Note an entered one in a runtime directory, where a sweep looks for it.  The path of the note,
 * for free().
 */
char *cgroup_note(const char *cgroup, const char *runtime_path);

/*
 * The cgroup that a process is in (0: this one), as a directory, for free(); NULL: no cgroup v2 is
 * mounted that shows it.
 */
char *cgroup_of(int pid);

/* Move this process into a cgroup. */
bool cgroup_join(const char *cgroup) MUST_CHECK;

/* Go back to where we came from, and remove it unless others are in it.  NULL is fine. */
void cgroup_leave(const char *cgroup);

/*
 * End the processes of all cgroups that are noted in a runtime directory and have neither a shim
 * nor a spawner above them: what dead attempts left.  *gone says that this pass found none.
 */
enum err_code cgroup_sweep(const char *runtime_path, bool *gone, struct err *err) MUST_CHECK;

#endif
