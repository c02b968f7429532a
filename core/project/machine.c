/* machine.c - what the machine has of what tasks use. */
#include "core/project/machine.h"

#include "core/base/buf.h"

#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <unistd.h>

enum { MOUNTS_BYTES_MAX = 1 << 20 };

int
machine_cpus(void)
{
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof(set), &set) != 0)
		return 1;
	return CPU_COUNT(&set);
}

int64_t
machine_memory(void)
{
	long pages = sysconf(_SC_PHYS_PAGES), bytes = sysconf(_SC_PAGESIZE);

	return pages > 0 && bytes > 0 ? (int64_t)pages * bytes : 0;
}

bool
machine_find_mount(bool (*is)(const struct mount *m, const void *ctx), const void *ctx,
		   struct mount *out)
{
	bool found = false;
	struct buf text;
	char *line, *next;

	buf_init(&text, MOUNTS_BYTES_MAX);
	if (buf_read_file(&text, AT_FDCWD, "/proc/self/mountinfo", NULL))
		buf_reset(&text);
	for (line = text.data; *line && !found; line = next) {
		const char *type;
		unsigned high, low;

		next = line + strcspn(line, "\n");
		if (*next)
			*next++ = '\0';
		type = strstr(line, " - ");
		if (!type ||
		    sscanf(line, "%*s %*s %u:%u %4095s %4095s", &high, &low, out->root,
			   out->point) != 4 ||
		    sscanf(type, " - %63s", out->type) != 1)
			continue;
		out->device = makedev(high, low);
		found = is(out, ctx);
	}
	buf_release(&text);
	return found;
}

bool
machine_room(const char *path, struct disk_room *out)
{
	struct statvfs fs;

	if (statvfs(path, &fs) < 0)
		return false;
	*out = (struct disk_room){
		.free_bytes = (int64_t)(fs.f_bavail * fs.f_frsize),
		.all_bytes = (int64_t)(fs.f_blocks * fs.f_frsize),
		.free_files = (int64_t)fs.f_favail,
		.all_files = (int64_t)fs.f_files,
	};
	return true;
}

static bool
is_of_device(const struct mount *m, const void *device)
{
	return m->device == *(const uint64_t *)device;
}

bool
machine_look(const char *path, struct machine_files *out)
{
	struct disk_room room;
	struct mount mount;
	struct stat st;
	uint64_t device;

	*out = (struct machine_files){ 0 };
	if (!machine_room(path, &room) || stat(path, &st))
		return false;
	out->total_bytes = room.all_bytes;
	out->free_bytes = room.free_bytes;
	device = st.st_dev;
	if (machine_find_mount(is_of_device, &device, &mount))
		(void)snprintf(out->type, sizeof(out->type), "%s", mount.type);
	return true;
}
