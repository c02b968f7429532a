/* leftovers.c - what attempts left in staging directories when nobody could clear it away. */
#include "scheduler/publish/leftovers.h"

#include "core/base/mem.h"
#include "core/lake/lake.h"
#include "core/storage/tree.h"
#include "core/time/civil.h"
#include "scheduler/engine/look.h"
#include "scheduler/store/retain.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* What an attempt writes may be stamped a little later than its end. */
#define AFTER_END_US MINUTE_US

enum { FOUND_MAX = 256 };

struct found {
	const char *path;
	int64_t attempt;
	int64_t changed_us; /* the newest of the directory and what is in it */
	bool work;          /* aN-work: of a program, never kept */
};

struct look_work {
	struct job job;
	const struct collector *collector;
	struct arena *arena;
	const char **places; /* staging directories */
	size_t n_places, room_places;
	struct found found[FOUND_MAX];
	size_t n_found, n_removed;
	bool removing; /* the second run */
};

static void
look_drop(struct job *job)
{
	struct look_work *w = (struct look_work *)job;

	arena_free(w->arena);
	free(w->places);
	free(w);
}

/* ---- on a thread: what is there ---- */

static int64_t
changed_us(int dir, const char *name)
{
	struct stat st;

	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return INT64_MAX; /* not known: it stays */
	return (int64_t)st.st_mtim.tv_sec * SECOND_US;
}

static int64_t
newest_us(const char *path)
{
	DIR *dir = opendir(path);
	int64_t newest = dir ? changed_us(dirfd(dir), ".") : INT64_MAX, one;
	struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		one = strcmp(entry->d_name, "..") ? changed_us(dirfd(dir), entry->d_name) : 0;
		newest = one > newest ? one : newest;
	}
	if (dir)
		(void)closedir(dir);
	return newest;
}

/* "a17" or "a17-work". */
static bool
parse(const char *name, struct found *out)
{
	char *end;

	if (name[0] != 'a' || name[1] < '1' || name[1] > '9')
		return false;
	errno = 0;
	out->attempt = strtoll(name + 1, &end, 10);
	out->work = !strcmp(end, "-work");
	return !errno && (!*end || out->work);
}

static void
list(struct look_work *w, const char *place)
{
	DIR *dir = opendir(place);
	struct dirent *entry;
	struct found f;
	char *path;

	while (dir && w->n_found < FOUND_MAX && (entry = readdir(dir))) {
		if (!parse(entry->d_name, &f))
			continue;
		path = mem_format("%s/%s", place, entry->d_name);
		f.path = arena_str(w->arena, path);
		f.changed_us = newest_us(path);
		w->found[w->n_found++] = f;
		free(path);
	}
	if (dir)
		(void)closedir(dir);
}

static void
run_look(struct job *job)
{
	struct look_work *w = (struct look_work *)job;

	for (size_t i = 0; !w->removing && i < w->n_places; i++)
		list(w, w->places[i]);
	for (size_t i = 0; w->removing && i < w->n_found; i++)
		w->n_removed += tree_remove(w->found[i].path);
}

/* ---- on the loop: what of it may go ---- */

static bool
may_go(const struct collector *c, const struct found *f)
{
	struct attempt_end end = { 0 };
	struct attempt_info info;

	return !engine_attempt(c->engine, f->attempt, &info) &&
	       !store_attempt_end(c->store, f->attempt, &end, NULL) && end.ended_us &&
	       (f->work || !outcome_keeps_staged(end.outcome)) &&
	       f->changed_us <= end.ended_us + AFTER_END_US;
}

static void
look_done(struct job *job)
{
	struct look_work *w = (struct look_work *)job;
	size_t kept = 0;

	if (w->removing) {
		log_line(w->collector->log, LOG_DEBUG,
			 "%zu staging director%s that ended attempts had left %s removed",
			 w->n_removed, w->n_removed == 1 ? "y" : "ies",
			 w->n_removed == 1 ? "was" : "were");
		look_drop(job);
		return;
	}
	for (size_t i = 0; i < w->n_found; i++)
		if (may_go(w->collector, &w->found[i]))
			w->found[kept++] = w->found[i];
	w->n_found = kept;
	w->removing = true;
	if (kept)
		job_again(job, 0);
	else
		look_drop(job);
}

/* The staging directories of what a dag writes, quarantines too. */
static void
add_places(struct look_work *w, const struct dag *dag, const char *project_dir)
{
	for (size_t i = 0; i < dag->n_datasets; i++) {
		const struct dataset *d = &dag->datasets[i];
		struct buf path;
		char *leaf;

		if (!d->partitioned || strstr(d->path, "://"))
			continue;
		buf_init(&path, PATH_MAX);
		lake_staging(lake_path(w->arena, project_dir, d->path), 1, &path);
		leaf = path.full ? NULL : strrchr(path.data, '/');
		if (leaf) {
			*leaf = '\0';
			w->places = mem_grow(w->places, w->n_places, &w->room_places,
					     sizeof(*w->places));
			w->places[w->n_places++] = arena_str(w->arena, path.data);
		}
		buf_release(&path);
	}
}

void
leftovers_look(const struct collector *c)
{
	struct look_work *w = mem_new(1, sizeof(*w));

	w->job = (struct job){ .run = run_look, .done = look_done, .drop = look_drop };
	w->collector = c;
	w->arena = arena_new();
	for (size_t i = 0; i < c->catalog->project.n_dags; i++)
		add_places(w, c->catalog->project.dags[i], c->catalog->project.dir);
	job_start(c->jobs, &w->job);
}
