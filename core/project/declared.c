/* declared.c - the names of a project: its dags, and the datasets that they declare and write. */
#include "core/project/declared.h"

#include "core/base/mem.h"

#include <stdlib.h>

static char *
full_path(const struct dag_set *set, const char *path)
{
	if (path[0] == '/' || !set->dir)
		return mem_str(path);
	return mem_format("%s/%s", set->dir, path);
}

static void
add_dataset(struct declared_names *names, const struct dag_set *set, uint32_t dag,
	    const struct dataset *d)
{
	uint32_t at = (uint32_t)names->count++;

	names->items[at] = (struct dataset_entry){
		.name = d->name,
		.path = full_path(set, d->path),
		.dag = dag,
		.dataset = d,
	};
	names->datasets.items[names->datasets.count++] = (struct name_at){ d->name, at };
}

void
declared_init(struct declared_names *names, const struct dag_set *set)
{
	size_t n = 0;

	for (size_t i = 0; i < set->n; i++)
		n += set->dags[i]->n_datasets;
	*names = (struct declared_names){
		.items = mem_new(n, sizeof(*names->items)),
		.datasets.items = mem_new(n, sizeof(struct name_at)),
		.dags.items = mem_new(set->n, sizeof(struct name_at)),
	};
	for (uint32_t i = 0; i < set->n; i++) {
		names->dags.items[names->dags.count++] = (struct name_at){ set->dags[i]->id, i };
		for (size_t k = 0; k < set->dags[i]->n_datasets; k++)
			add_dataset(names, set, i, &set->dags[i]->datasets[k]);
	}
	names_sort(&names->datasets);
	names_sort(&names->dags);
}

void
declared_release(struct declared_names *names)
{
	for (size_t i = 0; i < names->count; i++)
		free(names->items[i].path);
	free(names->items);
	free(names->datasets.items);
	free(names->dags.items);
}

const struct dataset_entry *
declared_dataset(const struct declared_names *names, const char *name)
{
	int at = names_find(&names->datasets, name);

	return at < 0 ? NULL : &names->items[at];
}

int
declared_dag(const struct declared_names *names, const char *id)
{
	return names_find(&names->dags, id);
}
