/* machine.h - what the machine has of what tasks use. */
#ifndef CORE_PROJECT_MACHINE_H
#define CORE_PROJECT_MACHINE_H

#include "core/base/base.h"

enum { MACHINE_WORD_CHARS = 63, MOUNT_PATH_CHARS = 4095 };

/* The processors that this process may run on. */
int machine_cpus(void);

/* The memory that the machine has; 0: it does not say.  A container may have less. */
int64_t machine_memory(void);

/* What a file system has left for this user: bytes, and files that it can still hold. */
struct disk_room {
	int64_t free_bytes, all_bytes;
	int64_t free_files, all_files; /* all 0: it does not count them */
};

/* What is left of the file system of a path; false: it cannot be seen. */
bool machine_room(const char *path, struct disk_room *out);

/* A row of the table of mounts; texts as the kernel writes them. */
struct mount {
	uint64_t device;
	char root[MOUNT_PATH_CHARS + 1], point[MOUNT_PATH_CHARS + 1];
	char type[MACHINE_WORD_CHARS + 1];
};

/* The first mount that `is` takes; false: none. */
bool machine_find_mount(bool (*is)(const struct mount *m, const void *ctx), const void *ctx,
			struct mount *out);

/* The file system that a path is on. */
struct machine_files {
	char type[MACHINE_WORD_CHARS + 1]; /* "ext4"; "": not told */
	int64_t total_bytes, free_bytes;   /* free: for this user */
};

/* Look at the file system of a path; false: it cannot be seen. */
bool machine_look(const char *path, struct machine_files *out);

#endif
