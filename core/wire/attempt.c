/* attempt.c - the protocol between scheduler and shim, on disk. */
#include "core/wire/attempt.h"

#include "core/base/hash.h"
#include "core/base/jkeys.h"
#include "core/base/mem.h"
#include "core/wire/message.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <inttypes.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#define LOCK_FILE "lock"
#define EXIT_FILE "exit"
#define EXIT_DRAFT_FILE "exit.tmp"
#define TOMBSTONE_FILE "tombstone"

/* Descriptors that removing a directory tree may use. */
enum { RECORD_PROTO = 1, REMOVE_FDS = 16 };

void
exit_record_release(struct exit_record *r)
{
	free(r->message);
	free(r->result);
	free(r->outputs);
	free(r->kept);
	free(r->artifacts);
	free(r->limits);
	free(r->seen);
	*r = (struct exit_record){ 0 };
}

static const char *
outcome_word(int value)
{
	return outcome_name((enum outcome)value);
}

#define AT(field) offsetof(struct exit_record, field)

/* clang-format off */
static const struct jkey record_keys[] = {
	{ "proto", JKEY_ALWAYS, .min = RECORD_PROTO },
	{ "attempt", JKEY_INT64, .at = AT(attempt), .min = 1, .max = INT64_MAX },
	{ "token", JKEY_HEX, .at = AT(token), .max = TOKEN_CHARS },
	{ "outcome", JKEY_WORD, .at = AT(outcome), .word = outcome_word, .value = outcome_of },
	{ "exit_code", JKEY_INT, .at = AT(exit_code), .max = 255 },
	{ "signal", JKEY_INT, .at = AT(signal), .max = 128 },
	{ "started_us", JKEY_INT64, .at = AT(started_us), .max = INT64_MAX },
	{ "ended_us", JKEY_INT64, .at = AT(ended_us), .max = INT64_MAX },
	{ "max_rss_bytes", JKEY_INT64, .at = AT(used.peak_bytes), .max = INT64_MAX, .or_none = true },
	{ "cpu_us", JKEY_INT64, .at = AT(used.cpu_us), .max = INT64_MAX, .or_none = true },
	{ "read_bytes", JKEY_INT64, .at = AT(used.read_bytes), .max = INT64_MAX, .or_none = true },
	{ "written_bytes", JKEY_INT64, .at = AT(used.written_bytes), .max = INT64_MAX, .or_none = true },
	{ "log_bytes", JKEY_INT64, .at = AT(log_bytes), .max = INT64_MAX },
	{ "log_dropped_bytes", JKEY_INT64, .at = AT(log_dropped_bytes), .max = INT64_MAX },
	{ "leftovers", JKEY_INT, .at = AT(leftovers), .max = INT_MAX },
	{ "error", JKEY_INT, .sparse = true, .at = AT(error), .max = 4095 },
	{ "message", JKEY_TEXT, .at = AT(message) },
	{ "limits", JKEY_OPTIONAL, .sparse = true, .at = AT(limits), .max = 1000 },
	{ "seen", JKEY_OPTIONAL, .sparse = true, .at = AT(seen), .max = SEEN_BYTES_MAX },
	{ "again_us", JKEY_INT64, .sparse = true, .at = AT(again_us), .max = INT64_MAX },
	{ "result", JKEY_OPTIONAL, .at = AT(result), .max = RESULT_BYTES_MAX },
	{ "outputs", JKEY_TEXT, .sparse = true, .at = AT(outputs), .max = OUTPUTS_BYTES_MAX },
	{ "artifacts", JKEY_TEXT, .sparse = true, .at = AT(artifacts), .max = ARTIFACTS_TEXT_MAX },
	{ "kept", JKEY_TEXT, .sparse = true, .at = AT(kept), .max = STATE_BYTES_MAX },
};
/* clang-format on */

#undef AT

static const struct jtable record_table = JTABLE(record_keys, struct exit_record, 1);

void
exit_record_write(const struct exit_record *r, struct buf *out)
{
	json_t *o = json_object();

	jkeys_write(o, &record_table, r);
	json_write(o, out);
	buf_char(out, '\n');
	json_decref(o);
}

enum err_code
exit_record_read(struct exit_record *out, const char *data, size_t bytes, struct err *err)
{
	struct jreader reader = { .err = err };
	struct exit_record r = { 0 };
	enum err_code code;
	json_t *o = NULL;

	code = json_read(&o, data, bytes, "an exit record", err);
	if (code)
		return code;
	jkeys_read(&reader, o, &record_table, &r);
	if (reader.code) {
		err_wrap(err, "read an exit record");
		exit_record_release(&r);
	} else {
		*out = r;
	}
	json_decref(o);
	return reader.code;
}

void
attempt_name(int64_t attempt, char out[ATTEMPT_NAME_CHARS])
{
	(void)snprintf(out, ATTEMPT_NAME_CHARS, "a%" PRId64, attempt);
}

static struct flock
whole_file_lock(void)
{
	return (struct flock){ .l_type = F_WRLCK, .l_whence = SEEK_SET };
}

/* Read `exit` of an attempt directory.  ERR_NOT_FOUND: there is none. */
static enum err_code
load_record(int dir, const char *token, struct exit_record *out, struct err *err)
{
	struct exit_record r = { 0 };
	enum err_code code;
	struct buf text;

	buf_init(&text, EXIT_RECORD_BYTES_MAX);
	code = buf_read_file(&text, dir, EXIT_FILE, err);
	if (!code)
		code = exit_record_read(&r, text.data, text.bytes, err);
	if (!code && strcmp(r.token, token) != 0) {
		exit_record_release(&r);
		code = err_set(err, ERR_INPUT, "read an exit record: it has another token");
	}
	if (!code)
		*out = r;
	buf_release(&text);
	return code;
}

/*
 * Whether somebody holds the lock.  A directory without the file is a
 * tombstone: a shim's has it from before it got its name.
 */
static enum err_code
look_at_lock(int dir, enum evidence *out, int *pid, struct err *err)
{
	struct flock lock = whole_file_lock();
	int fd = openat(dir, LOCK_FILE, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	enum err_code code = ERR_NONE;

	if (fd < 0 && errno == ENOENT) {
		*out = EVIDENCE_TOMBSTONE;
		return ERR_NONE;
	}
	if (fd < 0)
		return err_errno(err, "open '" LOCK_FILE "'");
	if (fcntl(fd, F_GETLK, &lock) < 0) {
		code = err_errno(err, "ask for the holder of '" LOCK_FILE "'");
	} else if (lock.l_type == F_UNLCK) {
		*out = EVIDENCE_VANISHED;
	} else {
		*out = EVIDENCE_ALIVE;
		*pid = lock.l_pid;
	}
	(void)close(fd);
	return code;
}

enum err_code
attempt_inspect(int runtime_dir, int64_t attempt, const char *token, enum evidence *out,
		struct exit_record *record, int *pid, struct err *err)
{
	char name[ATTEMPT_NAME_CHARS];
	enum err_code code;
	int dir;

	attempt_name(attempt, name);
	dir = openat(runtime_dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (dir < 0 && errno == ENOENT) {
		*out = EVIDENCE_ABSENT;
		return ERR_NONE;
	}
	if (dir < 0)
		return err_errno(err, "open attempt directory '%s'", name);
	code = load_record(dir, token, record, err);
	if (code == ERR_NOT_FOUND) {
		code = look_at_lock(dir, out, pid, err);
		/* A shim that ended between the two looks has left its record before its
		 * lock. */
		if (code || *out != EVIDENCE_VANISHED)
			goto out;
		code = load_record(dir, token, record, err);
		if (code == ERR_NOT_FOUND) {
			code = ERR_NONE;
			goto out;
		}
	}
	if (!code)
		*out = EVIDENCE_RECORD;
out:
	(void)close(dir);
	if (code)
		err_wrap(err, "attempt %" PRId64, attempt);
	return code;
}

enum err_code
attempt_bury(int runtime_dir, int64_t attempt, struct err *err)
{
	char name[ATTEMPT_NAME_CHARS], path[ATTEMPT_NAME_CHARS + sizeof("/" TOMBSTONE_FILE)];
	int fd;

	attempt_name(attempt, name);
	if (mkdirat(runtime_dir, name, 0700) < 0) {
		if (errno == EEXIST)
			return err_set(err, ERR_CONFLICT, "bury attempt %" PRId64 ": it has begun",
				       attempt);
		return err_errno(err, "bury attempt %" PRId64, attempt);
	}
	/* The directory is the tombstone; the file only says so to people. */
	(void)snprintf(path, sizeof(path), "%s/" TOMBSTONE_FILE, name);
	fd = openat(runtime_dir, path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	if (fd >= 0)
		(void)close(fd);
	return ERR_NONE;
}

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st;
	(void)type;
	(void)at;
	return remove(path);
}

/* Remove a directory with all that a program made in it. */
static enum err_code
remove_tree(int runtime_dir, const char *name, struct err *err)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d/%s", runtime_dir, name);
	if (nftw(path, remove_one, REMOVE_FDS, FTW_DEPTH | FTW_PHYS) != 0 && errno != ENOENT)
		return err_errno(err, "remove '%s'", name);
	return ERR_NONE;
}

/* Remove an attempt directory under any of its names. */
static enum err_code
remove_directory(int runtime_dir, const char *name, struct err *err)
{
	static const char *const files[] = { LOCK_FILE, EXIT_FILE, RESULT_FILE };
	char path[64];

	for (size_t i = 0; i < countof(files); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", name, files[i]);
		if (unlinkat(runtime_dir, path, 0) < 0 && errno != ENOENT && errno != EISDIR)
			return err_errno(err, "remove '%s'", path);
	}
	if (unlinkat(runtime_dir, name, AT_REMOVEDIR) == 0 || errno == ENOENT)
		return ERR_NONE;
	if (errno != ENOTEMPTY && errno != EEXIST)
		return err_errno(err, "remove '%s'", name);
	return remove_tree(runtime_dir, name, err);
}

enum err_code
attempt_remove(int runtime_dir, int64_t attempt, struct err *err)
{
	char name[ATTEMPT_NAME_CHARS];

	attempt_name(attempt, name);
	return remove_directory(runtime_dir, name, err);
}

/* Make the directory under its first name, with the lock file locked. */
static enum err_code
prepare(int runtime_dir, const char *name, int *dir_fd, int *lock_fd, struct err *err)
{
	struct flock lock = whole_file_lock();
	enum err_code code;
	int dir, fd;

	if (mkdirat(runtime_dir, name, 0700) < 0) {
		/* A killed shim of the same pid left it: pids come again. */
		code = errno == EEXIST ? remove_directory(runtime_dir, name, err) : ERR_NONE;
		if (code)
			return code;
		if (mkdirat(runtime_dir, name, 0700) < 0)
			return err_errno(err, "make attempt directory '%s'", name);
	}
	dir = openat(runtime_dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (dir < 0)
		return err_errno(err, "open attempt directory '%s'", name);
	fd = openat(dir, LOCK_FILE, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0 || fcntl(fd, F_SETLK, &lock) < 0) {
		code = err_errno(err, "lock attempt directory '%s'", name);
		if (fd >= 0)
			(void)close(fd);
		(void)close(dir);
		return code;
	}
	*dir_fd = dir;
	*lock_fd = fd;
	return ERR_NONE;
}

enum err_code
attempt_claim(int runtime_dir, int64_t attempt, int *dir_fd, int *lock_fd, struct err *err)
{
	char name[ATTEMPT_NAME_CHARS], draft[ATTEMPT_NAME_CHARS + 16];
	int dir = -1, lock = -1;
	enum err_code code;

	attempt_name(attempt, name);
	(void)snprintf(draft, sizeof(draft), "t%" PRId64 "-%d", attempt, (int)getpid());
	code = prepare(runtime_dir, draft, &dir, &lock, err);
	if (!code && renameat2(runtime_dir, draft, runtime_dir, name, RENAME_NOREPLACE) < 0) {
		if (errno == EEXIST)
			code = err_set(err, ERR_CONFLICT, "claim attempt %" PRId64 ": it is taken",
				       attempt);
		else
			code = err_errno(err, "claim attempt %" PRId64, attempt);
	}
	if (code) {
		(void)remove_directory(runtime_dir, draft, NULL); /* litter at worst */
		if (lock >= 0)
			(void)close(lock);
		if (dir >= 0)
			(void)close(dir);
		return code;
	}
	*dir_fd = dir;
	*lock_fd = lock;
	return ERR_NONE;
}

enum err_code
attempt_finish(int dir_fd, const struct exit_record *r, struct err *err)
{
	enum err_code code = ERR_NONE;
	struct buf text;
	ssize_t n;
	int fd;

	buf_init(&text, EXIT_RECORD_BYTES_MAX);
	exit_record_write(r, &text);
	assert(!text.full);
	fd = openat(dir_fd, EXIT_DRAFT_FILE, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	n = fd < 0 ? -1 : write(fd, text.data, text.bytes);
	if (n >= 0 && (size_t)n != text.bytes)
		errno = ENOSPC; /* a regular file takes less only when the disk is full */
	if (n < 0 || (size_t)n != text.bytes ||
	    renameat(dir_fd, EXIT_DRAFT_FILE, dir_fd, EXIT_FILE) < 0)
		code = err_errno(err, "write the exit record of attempt %" PRId64, r->attempt);
	if (fd >= 0)
		(void)close(fd);
	buf_release(&text);
	return code;
}

void
boot_id(char out[64])
{
	struct buf text;

	out[0] = '\0';
	buf_init(&text, 64);
	if (!buf_read_file(&text, AT_FDCWD, "/proc/sys/kernel/random/boot_id", NULL))
		(void)snprintf(out, 64, "%.*s", (int)strcspn(text.data, "\n"), text.data);
	buf_release(&text);
}

/* A directory that only this user can enter, not through a link, as a
 * descriptor, or -1. */
static int
open_private(int dir, const char *path)
{
	int fd = openat(dir, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;

	if (fd < 0)
		return -1;
	if (fstat(fd, &st) == 0 && st.st_uid == geteuid() && (st.st_mode & 077) == 0)
		return fd;
	(void)close(fd);
	errno = EACCES;
	return -1;
}

static bool
is_in_memory(int fd)
{
	struct statfs fs;

	return fstatfs(fd, &fs) == 0 && fs.f_type == TMPFS_MAGIC;
}

/* Make base/leaf, both private, and give it as a descriptor, or -1. */
static int
make_private(const char *base, const char *leaf, bool in_memory)
{
	int base_fd, fd = -1;

	if (mkdir(base, 0700) < 0 && errno != EEXIST)
		return -1;
	base_fd = open_private(AT_FDCWD, base);
	if (base_fd < 0)
		return -1;
	if ((!in_memory || is_in_memory(base_fd)) &&
	    (mkdirat(base_fd, leaf, 0700) == 0 || errno == EEXIST))
		fd = open_private(base_fd, leaf);
	(void)close(base_fd);
	return fd;
}

/*
 * The directory that was chosen before: DIR/.tidemill/runtime is a link to it.
 * Without it two schedulers in turn, one with $XDG_RUNTIME_DIR and one without,
 * would not see each other's attempts.  A link whose name does not begin with
 * our mark came here with a copy of the project.
 */
static int
recall(const char *link, const char *mark, char **path)
{
	char target[PATH_MAX];
	ssize_t n = readlink(link, target, sizeof(target) - 1);
	const char *leaf;
	int fd;

	if (n < 0)
		return -1;
	target[n] = '\0';
	leaf = strrchr(target, '/');
	if (!leaf || strncmp(leaf + 1, mark, strlen(mark)) != 0)
		return -1;
	fd = open_private(AT_FDCWD, target);
	if (fd >= 0)
		*path = mem_str(target);
	return fd;
}

/* Set the link; false: the state directory is not there or cannot be written.
 */
static bool
remember(const char *link, const char *target)
{
	char *draft = mem_format("%s.%d", link, (int)getpid());
	bool done;

	done = symlink(target, draft) == 0 && rename(draft, link) == 0;
	if (!done)
		(void)unlink(draft);
	free(draft);
	return done;
}

/* Try the places in turn; gives the descriptor and the path of the first that
 * works, or -1. */
static int
choose(const char *project_dir, const char *leaf, char **path)
{
	const char *session = getenv("XDG_RUNTIME_DIR");
	const struct {
		char *base;
		bool in_memory; /* where the user did not choose the place, it has to be
				   tmpfs */
	} places[] = {
		{ session && session[0] == '/' ? mem_format("%s/tidemill", session) : NULL, false },
		{ mem_str("/run/tidemill"), true },
		{ mem_format("/dev/shm/tidemill-%u", (unsigned)geteuid()), true },
		{ mem_format("%s/.tidemill/attempts", project_dir), false },
	};
	int fd = -1;

	for (size_t i = 0; i < countof(places); i++) {
		if (fd < 0 && places[i].base) {
			fd = make_private(places[i].base, leaf, places[i].in_memory);
			if (fd >= 0)
				*path = mem_format("%s/%s", places[i].base, leaf);
		}
		free(places[i].base);
	}
	return fd;
}

enum err_code
attempt_runtime_dir(const char *project_dir, int *fd, char **path, struct err *err)
{
	char digest[DIGEST_CHARS + 1], mark[32], nonce[TOKEN_CHARS + 1], leaf[64];
	enum err_code code;
	struct stat st;
	char *link;

	if (stat(project_dir, &st) < 0)
		return err_errno(err, "open project directory '%s'", project_dir);
	/* By inode: the same under every spelling of the path, another one for a
	 * copy. */
	(void)snprintf(leaf, sizeof(leaf), "%ju:%ju", (uintmax_t)st.st_dev, (uintmax_t)st.st_ino);
	digest_of(leaf, strlen(leaf), digest);
	(void)snprintf(mark, sizeof(mark), "%.16s-", digest);
	link = mem_format("%s/.tidemill/runtime", project_dir);
	*fd = recall(link, mark, path);
	code = ERR_NONE;
	if (*fd >= 0)
		goto out;
	/* A new project in an old one's place must not find the old one's attempts.
	 */
	code = random_token(nonce, err);
	if (code)
		goto out;
	(void)snprintf(leaf, sizeof(leaf), "%s%.8s", mark, nonce);
	*fd = choose(project_dir, leaf, path);
	if (*fd < 0) {
		code = err_errno(err, "make a runtime directory for '%s'", project_dir);
	} else if (!remember(link, *path)) {
		code = err_errno(err, "write '%s'", link);
		(void)close(*fd);
		free(*path);
	}
out:
	free(link);
	return code;
}

char *
attempt_log_path(const char *project_dir, const char *dag, const char *run_id, const char *task,
		 int try_number)
{
	return mem_format("%s/.tidemill/logs/%s/%s/%s/%d.log", project_dir, dag, run_id, task,
			  try_number);
}

char *
attempt_artifacts_path(const char *project_dir, const char *dag, const char *run_id,
		       const char *task, int try_number)
{
	return mem_format("%s/.tidemill/artifacts/%s/%s/%s/%d", project_dir, dag, run_id, task,
			  try_number);
}
