/* published.c - what is published already, against the grids that DAG files say. */
#include "core/project/published.h"

#include "core/base/db.h"
#include "core/base/mem.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

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

void
published_check(struct dag_set *set)
{
	char *path = mem_format("%s/.tidemill/state.db", set->dir);
	struct db *db = NULL;

	if (!db_open_reader(&db, path, NULL)) {
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
