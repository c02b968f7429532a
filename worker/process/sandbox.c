/* sandbox.c - what a built-in operator cannot do even when it is wrong. */
#include "worker/process/sandbox.h"

#include "core/lake/lake.h"
#include "core/base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <linux/landlock.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { FILES_MAX = 1024 };

/*
 * The attributes of a rule set as of ABI 6; older kernels take a shorter one,
 * and Debian 12's header has only the first member.  landlock(7).
 */
struct rule_set {
	uint64_t fs, net, scoped;
};

/* Rights that newer headers name. */
#define FS_REFER (UINT64_C(1) << 13)    /* ABI 2 */
#define FS_TRUNCATE (UINT64_C(1) << 14) /* ABI 3 */
#define FS_IOCTL_DEV (UINT64_C(1) << 15)
#define NET_ALL UINT64_C(3)   /* ABI 4: bind and connect, TCP */
#define SCOPE_ALL UINT64_C(3) /* ABI 6: abstract sockets and signals stay inside */

#define FS_CHANGE                                                        \
	(LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR | \
	 LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_CHAR | \
	 LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG |     \
	 LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO |   \
	 LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SYM)

/* Of those, what an operator does in its staging directory. */
#define FS_STAGING                                                       \
	(LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR | \
	 LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_DIR |  \
	 LANDLOCK_ACCESS_FS_MAKE_REG | FS_REFER | FS_TRUNCATE)

/* The rule set that a kernel of this ABI understands, and its size. */
static size_t
rules_of(long abi, struct rule_set *out)
{
	*out = (struct rule_set){ .fs = FS_CHANGE | LANDLOCK_ACCESS_FS_EXECUTE };
	if (abi >= 2)
		out->fs |= FS_REFER;
	if (abi >= 3)
		out->fs |= FS_TRUNCATE;
	if (abi >= 4)
		out->net = NET_ALL;
	if (abi >= 5)
		out->fs |= FS_IOCTL_DEV;
	if (abi >= 6)
		out->scoped = SCOPE_ALL;
	return abi < 4   ? offsetof(struct rule_set, net)
	       : abi < 6 ? offsetof(struct rule_set, scoped)
			 : sizeof(*out);
}

/* Allow `rights` on a path and below.  False: it cannot be done. */
static bool
allow(int rules, const char *path, uint64_t rights)
{
	struct landlock_path_beneath_attr rule = { .allowed_access = rights };
	long rc;

	rule.parent_fd = open(path, O_PATH | O_CLOEXEC);
	if (rule.parent_fd < 0)
		return false;
	rc = syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
	(void)close(rule.parent_fd);
	return rc == 0;
}

/* Make a directory and those above it. */
static void
make_directory(char *path)
{
	for (char *at = strchr(path + 1, '/'); at; at = strchr(at + 1, '/')) {
		*at = '\0';
		(void)mkdir(path, 0777); /* opening it tells whether it worked */
		*at = '/';
	}
	(void)mkdir(path, 0777);
}

static bool
allow_staging(int rules, const struct spec *spec, uint64_t rights)
{
	bool done = true;

	for (size_t i = 0; i < spec->n_outputs && done; i++) {
		struct buf path;

		buf_init(&path, PATH_MAX);
		lake_staging(spec->outputs[i].path, spec->attempt, &path);
		make_directory(path.data);
		done = !path.full && allow(rules, path.data, rights);
		buf_release(&path);
	}
	return done;
}

void
sandbox_enter(const struct spec *spec)
{
	const struct rlimit files = { FILES_MAX, FILES_MAX };
	struct rule_set set;
	size_t bytes;
	long abi;
	int rules;

	if (!spec->limits.open_files) /* of which the task does not speak */
		(void)setrlimit(RLIMIT_NOFILE, &files);
	(void)signal(SIGXFSZ, SIG_IGN); /* a limit of file sizes is an error like others */
	(void)umask(022);               /* published partitions are for every reader */
	abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
	if (abi < 1)
		return;
	bytes = rules_of(abi, &set);
	if (spec->connects)
		set.net = 0;
	rules = (int)syscall(SYS_landlock_create_ruleset, &set, bytes, 0);
	if (rules < 0)
		return;
	if (allow_staging(rules, spec, FS_STAGING & set.fs) &&
	    allow(rules, "/dev/null", LANDLOCK_ACCESS_FS_WRITE_FILE) &&
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0)
		(void)syscall(SYS_landlock_restrict_self, rules, 0);
	(void)close(rules);
}
