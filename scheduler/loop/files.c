/* files.c - tells when the DAG files or the settings may have changed. */
#include "scheduler/loop/files.h"

#include "core/base/hash.h"
#include "core/base/mem.h"
#include "core/project/project.h"
#include "core/parts/zones.h"

#include <assert.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	LOOK_MS = 5000,
	SETTLE_MS = 100,
	ENTRIES_MAX = 2 * PROJECT_DAGS_MAX, /* more files are not looked at, nor are they read */
};

/* What of a file says that it was written: everything but its contents. */
static uint64_t
file_mark(int dir, const char *name)
{
	uint64_t words[6];
	struct stat st;

	if (fstatat(dir, name, &st, 0) < 0)
		return 0;
	words[0] = (uint64_t)st.st_ino;
	words[1] = (uint64_t)st.st_size;
	words[2] = (uint64_t)st.st_mtim.tv_sec;
	words[3] = (uint64_t)st.st_mtim.tv_nsec;
	words[4] = (uint64_t)st.st_ctim.tv_sec;
	words[5] = (uint64_t)st.st_ctim.tv_nsec;
	return hash_bytes(words, sizeof(words), hash_bytes(name, strlen(name), 0));
}

static bool
has_end(const char *name, const char *end)
{
	size_t bytes = strlen(name), n = strlen(end);

	return name[0] != '.' && bytes > n && strcmp(name + bytes - n, end) == 0;
}

/* Newer tzdata changes what the files mean. */
static uint64_t
zones_number(void)
{
	char mark[ZONES_MARK_CHARS + 1];

	zones_mark(mark);
	return hash_bytes(mark, strlen(mark), 0);
}

/* Of the files of a directory together; their order does not matter. */
static uint64_t
directory_mark(int project, const char *name, const char *end)
{
	int fd = openat(project, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;
	uint64_t sum = 0;

	if (!dir) {
		if (fd >= 0)
			(void)close(fd);
		return 0;
	}
	for (int n = 0; n < ENTRIES_MAX && (entry = readdir(dir)); n++)
		if (has_end(entry->d_name, end))
			sum += file_mark(fd, entry->d_name);
	(void)closedir(dir);
	return sum;
}

uint64_t
files_fingerprint(const char *project_dir)
{
	int project = open(project_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	uint64_t sum;

	if (project < 0)
		return 0;
	sum = file_mark(project, "tidemill.yaml") + zones_number() +
	      directory_mark(project, "dags", ".yaml") +
	      3 * directory_mark(project, "calendars", ".txt");
	(void)close(project);
	return sum;
}

static void on_event(uv_fs_event_t *event, const char *name, int events, int status);

/* The directory may be new under the same name, so the kernel is asked anew. */
static void
ask_kernel(struct files_watch *w)
{
	char *dags = mem_format("%s/dags", w->project_dir);

	(void)uv_fs_event_stop(&w->event);
	/* Without it, or without the directory, the regular look is enough. */
	(void)uv_fs_event_start(&w->event, on_event, dags, 0);
	free(dags);
}

static void
look_off_loop(uv_work_t *work)
{
	struct files_watch *w = work->data;

	w->found = files_fingerprint(w->project_dir);
}

static void look(struct files_watch *w);

static void
on_looked(uv_work_t *work, int status)
{
	struct files_watch *w = work->data;
	bool again = w->again;

	(void)status; /* cancelled by nobody */
	w->looking = w->again = false;
	if (w->stopped) {
		free(w->project_dir);
		return;
	}
	if (w->found != w->seen) {
		w->seen = w->found;
		ask_kernel(w);
		w->on_change(w->arg);
	}
	if (again)
		look(w);
}

/* One look at a time: what is asked meanwhile is asked once more. */
static void
look(struct files_watch *w)
{
	int rc;

	w->again = w->looking;
	if (w->looking)
		return;
	w->looking = true;
	w->work.data = w;
	rc = uv_queue_work(w->look.loop, &w->work, look_off_loop, on_looked);
	assert(rc == 0); /* fails only without a function to run */
	(void)rc;
}

static void
on_timer(uv_timer_t *timer)
{
	look(timer->data);
}

static void
on_event(uv_fs_event_t *event, const char *name, int events, int status)
{
	struct files_watch *w = event->data;

	(void)name;
	(void)events;
	(void)status;
	if (!uv_is_active((uv_handle_t *)&w->settle))
		(void)uv_timer_start(&w->settle, on_timer, SETTLE_MS, 0);
}

void
files_start(struct files_watch *w, uv_loop_t *loop, const char *project_dir, uint64_t seen,
	    files_fn *on_change, void *arg)
{
	*w = (struct files_watch){ .seen = seen, .on_change = on_change, .arg = arg };
	w->project_dir = mem_str(project_dir);
	/* None of the three can fail: no system call. */
	(void)uv_fs_event_init(loop, &w->event);
	(void)uv_timer_init(loop, &w->look);
	(void)uv_timer_init(loop, &w->settle);
	w->event.data = w->look.data = w->settle.data = w;
	ask_kernel(w);
	(void)uv_timer_start(&w->look, on_timer, LOOK_MS, LOOK_MS);
}

void
files_stop(struct files_watch *w)
{
	uv_close((uv_handle_t *)&w->event, NULL);
	uv_close((uv_handle_t *)&w->look, NULL);
	uv_close((uv_handle_t *)&w->settle, NULL);
	w->stopped = true;
	if (!w->looking)
		free(w->project_dir);
}
