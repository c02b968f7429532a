/* artifact.c - the files that the program of a task leaves with its attempt. */
#include "worker/process/artifact.h"

#include "core/base/json.h"
#include "core/base/mem.h"
#include "core/base/size.h"
#include "core/base/unicode.h"
#include "core/storage/tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	DEPTH_MAX = 8,
	ENTRIES_MAX = 10000, /* looked at; what is found beyond goes at once */
	DROPPED_MAX = 20,    /* told of */
	REASON_CHARS = 80,
};

/* One thing in the directory. */
struct left_file {
	char *name; /* from the directory on */
	int64_t bytes;
	const char *unfit; /* why it can be no artifact, or NULL */
};

struct hunt {
	const struct spec *spec;
	int root;
	struct left_file *items;
	size_t n, room;
	int entries;
	int64_t beyond; /* that were too many to be looked at */
};

/* ---- before ---- */

static enum err_code
make_all(const char *path, struct err *err)
{
	char *copy = mem_str(path);
	enum err_code code = ERR_NONE;

	for (char *at = strchr(copy + 1, '/'); at; at = strchr(at + 1, '/')) {
		*at = '\0';
		(void)mkdir(copy, 0700); /* the last one tells whether it worked */
		*at = '/';
	}
	if (mkdir(copy, 0700) < 0)
		code = err_errno(err, "make the directory of $TIDEMILL_ARTIFACTS, '%s'", copy);
	free(copy);
	return code;
}

enum err_code
artifacts_place(const struct spec *spec, struct err *err)
{
	if (!spec->n_artifacts)
		return ERR_NONE;
	(void)tree_remove(spec->artifacts_path);
	return make_all(spec->artifacts_path, err);
}

/* ---- what is there ---- */

static bool
is_named(const struct spec *spec, const char *name)
{
	for (size_t i = 0; i < spec->n_artifacts; i++)
		if (fnmatch(spec->artifacts[i].glob, name, FNM_PATHNAME | FNM_PERIOD) == 0)
			return true;
	return false;
}

static bool
is_plain_text(const char *name)
{
	for (const char *p = name; *p; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			return false;
	return strlen(name) <= ARTIFACT_NAME_BYTES_MAX && unicode_valid(name);
}

static const char *
judge(const struct stat *st, const char *name)
{
	if (S_ISLNK(st->st_mode))
		return "a symbolic link";
	if (!S_ISREG(st->st_mode))
		return S_ISDIR(st->st_mode) ? "a directory that is too deep" : "no plain file";
	return is_plain_text(name) ? NULL : "a name that is too long, or no text";
}

/* Remove what has a name, and all that is in it. */
static void
remove_named(const struct hunt *h, const char *prefix, const char *entry)
{
	char *path = mem_format("%s/%s%s", h->spec->artifacts_path, prefix, entry);

	(void)tree_remove(path);
	free(path);
}

static void look_through(struct hunt *h, int dir_fd, const char *prefix, int depth);

static void
look_at(struct hunt *h, int dir_fd, const char *prefix, const char *entry, int depth)
{
	char *name = mem_format("%s%s", prefix, entry);
	struct stat st;

	if (fstatat(dir_fd, entry, &st, AT_SYMLINK_NOFOLLOW) < 0) {
		free(name);
		return;
	}
	if (S_ISDIR(st.st_mode) && depth < DEPTH_MAX) {
		char *below = mem_format("%s/", name);

		look_through(h,
			     openat(dir_fd, entry, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC),
			     below, depth + 1);
		free(below);
		free(name);
		return;
	}
	h->items = mem_grow(h->items, h->n, &h->room, sizeof(*h->items));
	h->items[h->n++] = (struct left_file){ name, st.st_size, judge(&st, name) };
}

/* Takes dir_fd; DEPTH_MAX bounds how deep this calls itself. */
static void
look_through(struct hunt *h, int dir_fd, const char *prefix, int depth)
{
	DIR *dir = dir_fd < 0 ? NULL : fdopendir(dir_fd);
	const struct dirent *entry;

	if (!dir && dir_fd >= 0)
		(void)close(dir_fd);
	if (!dir)
		return;
	while ((entry = readdir(dir))) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		if (h->entries < ENTRIES_MAX) {
			h->entries++;
			look_at(h, dir_fd, prefix, entry->d_name, depth);
		} else {
			h->beyond++;
			remove_named(h, prefix, entry->d_name);
		}
	}
	(void)closedir(dir);
}

static int
by_name(const void *a, const void *b)
{
	const struct left_file *left = a, *right = b;

	return strcmp(left->name, right->name);
}

/* ---- what stays ---- */

/* Why it is too much, or NULL. */
static const char *
exceeds(const struct artifact_limits *most, const struct left_file *f, int count, int64_t bytes,
	char reason[REASON_CHARS])
{
	if (count >= most->count)
		(void)snprintf(reason, REASON_CHARS, "more than %d files", most->count);
	else if (f->bytes > most->bytes_each)
		(void)snprintf(reason, REASON_CHARS, "larger than %s", SIZE_TEXT(most->bytes_each));
	else if (bytes + f->bytes > most->bytes_all)
		(void)snprintf(reason, REASON_CHARS, "more than %s with those before it",
			       SIZE_TEXT(most->bytes_all));
	else
		return NULL;
	return reason;
}

/* Bring it to the disk; a list must not name what a crash takes away. */
static bool
settle(int root, const char *name)
{
	int fd = openat(root, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	bool done = fd >= 0 && fsync(fd) == 0;

	if (fd >= 0)
		(void)close(fd);
	return done;
}

static void
list(json_t *all, const char *name, int64_t bytes, const char *dropped)
{
	json_t *one = json_object();

	(void)json_object_set_new(one, "name", json_text_new(name));
	(void)json_object_set_new(one, "bytes", json_integer(bytes));
	if (dropped)
		(void)json_object_set_new(one, "dropped", json_text_new(dropped));
	(void)json_array_append_new(all, one);
}

/* Everything in its order: kept and listed, or gone. */
static json_t *
sort_out(struct hunt *h)
{
	const struct artifact_limits *most = &h->spec->artifact_limits;
	json_t *all = json_array();
	int count = 0, dropped = 0;
	char reason[REASON_CHARS];
	int64_t bytes = 0;

	for (size_t i = 0; i < h->n; i++) {
		const struct left_file *f = &h->items[i];
		bool named = is_named(h->spec, f->name);
		const char *why = f->unfit ? f->unfit : exceeds(most, f, count, bytes, reason);

		if (named && !why && !settle(h->root, f->name))
			why = "not brought to the disk";
		if (named && !why) {
			list(all, f->name, f->bytes, NULL);
			count++;
			bytes += f->bytes;
			continue;
		}
		remove_named(h, "", f->name);
		if (named && dropped++ < DROPPED_MAX)
			list(all, f->name, f->bytes, why);
	}
	if (h->beyond) {
		(void)snprintf(reason, sizeof(reason),
			       "and %" PRId64 " more: only %d files and directories are looked at",
			       h->beyond, ENTRIES_MAX);
		list(all, "...", 0, reason);
	}
	return all;
}

void
artifacts_take(const struct spec *spec, struct buf *out)
{
	struct hunt h = { .spec = spec };
	json_t *all;

	if (!spec->n_artifacts)
		return;
	h.root = open(spec->artifacts_path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (h.root < 0)
		return;
	look_through(&h, fcntl(h.root, F_DUPFD_CLOEXEC, 0), "", 0);
	if (h.n)
		qsort(h.items, h.n, sizeof(*h.items), by_name);
	all = sort_out(&h);
	(void)fsync(h.root);
	if (json_array_size(all))
		json_write(all, out);
	else
		(void)tree_remove(spec->artifacts_path);
	json_decref(all);
	for (size_t i = 0; i < h.n; i++)
		free(h.items[i].name);
	free(h.items);
	(void)close(h.root);
}
