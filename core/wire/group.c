/* group.c - a cgroup of one attempt, which holds all its processes to a limit. */
#include "core/wire/group.h"

#include "core/base/mem.h"
#include "core/wire/attempt.h"
#include "core/wire/cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

enum { FILE_BYTES_MAX = 1 << 16 };

/* The words of a file of a cgroup, in a buffer to release; false: it cannot be read. */
static bool
read_file(const char *cgroup, const char *name, struct buf *out)
{
	char *path = mem_format("%s/%s", cgroup, name);
	bool done;

	buf_init(out, FILE_BYTES_MAX);
	done = !buf_read_file(out, AT_FDCWD, path, NULL);
	free(path);
	return done;
}

static bool
write_file(const char *cgroup, const char *name, const char *text)
{
	char *path = mem_format("%s/%s", cgroup, name);
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool done = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	if (fd >= 0)
		(void)close(fd);
	free(path);
	return done;
}

/* Does a list of controllers have this one? */
static bool
lists(const char *cgroup, const char *file, const char *controller)
{
	size_t bytes = strlen(controller);
	bool found = false;
	struct buf text;

	if (read_file(cgroup, file, &text))
		for (const char *at = text.data; *at && !found;) {
			size_t n = strcspn(at, " \n");

			found = n == bytes && !memcmp(at, controller, n);
			at += n + strspn(at + n, " \n");
		}
	buf_release(&text);
	return found;
}

/* Did whoever manages cgroups here hand this one over? */
static bool
is_delegated(const char *cgroup)
{
	static const char *const marks[] = { "user.delegate", "trusted.delegate" };
	char value[8];

	for (size_t i = 0; i < countof(marks); i++)
		if (getxattr(cgroup, marks[i], value, sizeof(value)) == 1 && value[0] == '1')
			return true;
	return false;
}

/* Does it hand a controller down, now or when it is asked to? */
static bool
hands_down(const char *cgroup, const char *controller, bool delegated, bool enable)
{
	char word[32];

	if (lists(cgroup, "cgroup.subtree_control", controller))
		return true;
	if (!delegated || !lists(cgroup, "cgroup.controllers", controller))
		return false;
	(void)snprintf(word, sizeof(word), "+%s", controller);
	return !enable || write_file(cgroup, "cgroup.subtree_control", word);
}

/* May we make groups in it, and what do they hold? */
static bool
look_at(const char *cgroup, bool delegated, bool enable, struct group_place *out)
{
	if (access(cgroup, W_OK) < 0)
		return false;
	out->memory = hands_down(cgroup, "memory", delegated, enable);
	out->pids = hands_down(cgroup, "pids", delegated, enable);
	if (out->memory || out->pids)
		out->path = mem_str(cgroup);
	return out->path != NULL;
}

void
group_find(const char *own, bool enable, struct group_place *out, struct buf *why)
{
	const char *leaf = own ? strrchr(own, '/') : NULL;
	char *above = leaf ? mem_bytes(own, (size_t)(leaf - own)) : NULL;

	*out = (struct group_place){ 0 };
	if (!own)
		buf_text(why, "no cgroup v2 is mounted that shows the one of this process");
	else if (!lists(own, "cgroup.controllers", "memory") &&
		 !lists(own, "cgroup.controllers", "pids"))
		buf_format(
		    why, "'%s', the cgroup that we are in, has neither controller, memory or pids",
		    own);
	else if (!look_at(own, false, enable, out) &&
		 !(above && is_delegated(above) && look_at(above, true, enable, out)))
		buf_format(why,
			   "'%s', the cgroup that we are in, does not hand controllers down, and "
			   "the one above it was not delegated (Delegate=yes)",
			   own);
	free(above);
}

/* A limit as it is written to a file; 0: none, which is fine. */
static bool
set_limit(const char *cgroup, const char *name, int64_t value)
{
	char text[24];

	(void)snprintf(text, sizeof(text), "%" PRId64, value);
	return !value || write_file(cgroup, name, text);
}

/* Without the cgroup of the spawner, which is below the one that the scheduler is in. */
static char *
scheduler_cgroup(const char *own, const char *runtime_path)
{
	const char *leaf = own ? strrchr(own, '/') : NULL, *mark = strrchr(runtime_path, '/');
	static const char ours[] = "/tidemill-";

	if (leaf && mark && !strncmp(leaf, ours, sizeof(ours) - 1) &&
	    !strncmp(leaf + sizeof(ours) - 1, mark + 1, strlen(leaf + sizeof(ours) - 1)))
		return mem_bytes(own, (size_t)(leaf - own));
	return mem_str(own);
}

/* Make it, set its limits and go in. */
static bool
make(struct attempt_group *g, int64_t memory_bytes, int64_t processes)
{
	if (mkdir(g->path, 0755) < 0 && errno != EEXIST)
		return false;
	/* One more: the shim is in it. */
	if (set_limit(g->path, "memory.max", memory_bytes) &&
	    set_limit(g->path, "pids.max", processes ? processes + 1 : 0) && cgroup_join(g->path))
		return true;
	(void)rmdir(g->path);
	return false;
}

bool
group_enter(const char *runtime_path, int64_t attempt, int64_t memory_bytes, int64_t processes,
	    struct attempt_group *out)
{
	char name[ATTEMPT_NAME_CHARS], *own = cgroup_of(0), *base;
	struct group_place place;
	struct buf why;

	*out = (struct attempt_group){ .back = own };
	buf_init(&why, FILE_BYTES_MAX);
	base = scheduler_cgroup(own, runtime_path);
	group_find(base, true, &place, &why);
	attempt_name(attempt, name);
	out->memory = memory_bytes && place.memory;
	out->pids = processes && place.pids;
	if (place.path && (out->memory || out->pids))
		out->path = mem_format("%s/tidemill-%.16s-%s", place.path,
				       strrchr(runtime_path, '/') + 1, name);
	if (out->path && make(out, out->memory ? memory_bytes : 0, out->pids ? processes : 0)) {
		out->note = cgroup_note(out->path, runtime_path);
	} else {
		free(out->path);
		free(own);
		*out = (struct attempt_group){ 0 };
	}
	free(base);
	free(place.path);
	buf_release(&why);
	return out->path != NULL;
}

void
group_read(const char *path, struct used *inout)
{
	struct buf text;
	const char *at;

	if (read_file(path, "memory.peak", &text) && text.bytes)
		inout->peak_bytes = strtoll(text.data, NULL, 10);
	buf_release(&text);
	if (read_file(path, "cpu.stat", &text) && (at = strstr(text.data, "usage_usec ")))
		inout->cpu_us = strtoll(at + strlen("usage_usec "), NULL, 10);
	buf_release(&text);
}

void
group_leave(struct attempt_group *g)
{
	if (g->path && g->back && cgroup_join(g->back) && rmdir(g->path) == 0 && g->note)
		(void)unlink(g->note);
	free(g->path);
	free(g->back);
	free(g->note);
	*g = (struct attempt_group){ 0 };
}

int64_t
group_memory_limit(const char *cgroup)
{
	char *at = mem_str(cgroup);
	int64_t least = 0;

	while (at && *at) {
		struct buf text;

		if (read_file(at, "memory.max", &text) && text.data[0] >= '0' &&
		    text.data[0] <= '9') {
			int64_t limit = strtoll(text.data, NULL, 10);

			least = !least || limit < least ? limit : least;
		}
		buf_release(&text);
		*strrchr(at, '/') = '\0';
	}
	free(at);
	return least;
}
