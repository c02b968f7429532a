/* published.c - what is published already, against the grids that DAG files say. */
#include "core/project/published.h"

#include "core/base/db.h"
#include "core/base/mem.h"
#include "core/lake/lake.h"
#include "core/storage/live.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/*
 * So many datasets are looked up in their directories, for SQLite reads all it knows of its tables
 * before the first answer: that takes as long as some seventy manifests.
 */
enum { LOOKED_UP_MAX = 32 };

static int64_t
count_partitions(struct db *db, const char *dataset)
{
	struct stmt s;
	int64_t n = 0;

	stmt_begin(&s, db, "SELECT count(*) FROM partition WHERE dataset = ?1");
	stmt_text(&s, 1, dataset);
	if (stmt_row(&s))
		n = stmt_col_int(&s, 0);
	return stmt_end(&s, NULL) ? 0 : n;
}

static void
report(struct dag_set *set, size_t at, const struct dataset *d, const char *was, int64_t n)
{
	const struct dag *dag = set->dags[at];
	struct place place = {
		.file = dag->file,
		.text = dag->text,
		.text_bytes = strlen(dag->text),
		.line = d->line,
		.column = d->column,
		.width = (uint32_t)strlen(d->name),
	};

	diags_say(set->diags, E0322, &place,
		  "give the dataset a new name and path, or put the schedule back",
		  "dataset '%s' has %" PRId64
		  " published partitions of one %s; the dag now makes one "
		  "per %s in %s",
		  d->name, n, was, grid_unit_name(d->grid.unit), grid_zone_name(d->grid));
	set->bad[at] = true;
}

/* All partitions of a dataset are on one grid: any of them tells which. */
static void
check_dataset(struct dag_set *set, size_t at, const struct dataset *d, struct db *db)
{
	char *was = NULL;
	struct stmt s;

	stmt_begin(&s, db, "SELECT unit, zone FROM partition WHERE dataset = ?1 LIMIT 1");
	stmt_text(&s, 1, d->name);
	if (stmt_row(&s) && (strcmp(stmt_col_text(&s, 0), grid_unit_name(d->grid.unit)) != 0 ||
			     strcmp(stmt_col_text(&s, 1), grid_zone_name(d->grid)) != 0))
		was = mem_format("%s in %s", stmt_col_text(&s, 0), stmt_col_text(&s, 1));
	if (!stmt_end(&s, NULL) && was)
		report(set, at, d, was, count_partitions(db, d->name));
	free(was);
}

/* Does the manifest in a directory of the lake say that a partition of d was published as it is? */
static bool
is_published_so(const char *path, const struct dataset *d)
{
	struct manifest m = { 0 };
	bool so = false;

	if (!manifest_load_part(&m, MANIFEST_STAMP, AT_FDCWD, path, NULL))
		so = !strcmp(m.dataset, d->name) && m.unit == d->grid.unit &&
		     !strcmp(m.zone ? m.zone : "UTC", grid_zone_name(d->grid));
	manifest_release(&m);
	return so;
}

/*
 * Does a partition that is live show that the dataset has the grid it had?  The first that is found
 * tells.  Where none does, the state database knows.
 */
static bool
is_as_it_was(struct arena *arena, const char *dir, const struct dataset *d)
{
	const char *path = lake_path(arena, dir, d->path);
	char key[GRID_KEY_CHARS + 1];
	DIR *list = opendir(path);
	struct dirent *entry = NULL;
	bool so = false;
	char *name;

	if (!list)
		return false;
	grid_key(d->grid, 0, key);
	do
		entry = readdir(list);
	while (entry && strncmp(entry->d_name, key, strcspn(key, "=") + 1) != 0);
	if (entry) {
		name = mem_format("%s/%s", path, entry->d_name);
		so = is_published_so(name, d);
		free(name);
	}
	(void)closedir(list);
	return so;
}

/* Do the directories of the lake say of each dataset that a dag writes that it is as it was? */
static bool
lake_agrees(const struct dag_set *set)
{
	struct arena *arena = arena_new();
	bool agrees = true;
	size_t looked_up = 0;

	for (size_t i = 0; i < set->n && agrees; i++) {
		const struct dag *dag = set->dags[i];

		for (size_t k = 0; k < dag->n_datasets && agrees && !set->bad[i]; k++)
			if (dag->datasets[k].writer >= 0)
				agrees = looked_up++ < LOOKED_UP_MAX &&
					 is_as_it_was(arena, set->dir, &dag->datasets[k]);
	}
	arena_free(arena);
	return agrees;
}

void
published_check(struct dag_set *set)
{
	char *path = mem_format("%s/.tidemill/state.db", set->dir);
	struct db *db = NULL;

	if (!access(path, F_OK) && !lake_agrees(set) && !db_open_reader(&db, path, NULL)) {
		for (size_t i = 0; i < set->n; i++) {
			const struct dag *dag = set->dags[i];

			for (size_t k = 0; k < dag->n_datasets && !set->bad[i]; k++)
				if (dag->datasets[k].writer >= 0)
					check_dataset(set, i, &dag->datasets[k], db);
		}
	}
	db_close(db);
	free(path);
}
