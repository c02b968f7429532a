/* wakes.c - the keys of a schedule that name datasets: datasets, on_update, debounce. */
#include "core/parts/wakes.h"

#include "core/base/mem.h"
#include "core/time/civil.h"

#include <string.h>

#define RERUN_DEBOUNCE_US MINUTE_US /* where nothing is said */

enum { DATASETS_SHOWN = 3 };

/* What stands in a map for `datasets`. */
struct draft_any {
	const struct ynode *all, *any;
};

static void
keep_key(struct yreader *r, const struct key *row, const struct ynode *key, void *base)
{
	(void)r;
	*(const struct ynode **)(void *)((char *)base + row->at) = key;
}

static const struct key datasets_keys[] = {
	{ "all", WANT_CUSTOM, .at = offsetof(struct draft_any, all), .read = keep_key },
	{ "any", WANT_CUSTOM, .at = offsetof(struct draft_any, any), .read = keep_key },
};

/* The key whose value are the names: `datasets` itself, or `all` or `any` in it; NULL: reported. */
static const struct ynode *
names_key(struct dagfile *f, const struct ynode *key)
{
	struct draft_any d = { 0 };
	struct keyset set = KEYSET(datasets_keys, &d);
	const struct ynode *second;

	if (key->value->kind != YNODE_MAP)
		return key;
	if (!ykeys_read(&f->y, key, key->value, "'datasets'", &set, 1))
		return NULL;
	second = d.any;
	if (d.all && second) {
		ykeys_say(&f->y, second, E0520, "leave one of them out",
			  "a dag waits for 'all' of its datasets or for 'any' of them, not for "
			  "both");
		return NULL;
	}
	f->dag->wakes.any = second != NULL;
	if (d.all || second)
		return second ? second : d.all;
	ykeys_say(&f->y, key, E0520, "write 'datasets: [a, b]', or 'datasets: {any: [a, b]}'",
		  "'datasets' names none");
	return NULL;
}

/* "datasets: a, b", or how many there are. */
static const char *
text_of(struct dagfile *f)
{
	const struct wake_rule *rule = &f->dag->wakes;
	const char *text;
	struct buf b;

	buf_init(&b, SIZE_MAX / 2);
	buf_format(&b, "%s", rule->any && rule->n > 1 ? "any of " : "");
	if (rule->n > DATASETS_SHOWN)
		buf_format(&b, "%zu datasets", rule->n);
	for (size_t i = 0; rule->n <= DATASETS_SHOWN && i < rule->n; i++)
		buf_format(&b, "%s%s", i ? ", " : "datasets: ", rule->datasets[i].name);
	text = arena_str(f->y.arena, b.data);
	buf_release(&b);
	return text;
}

/* The names at a key, each of them once; false was reported. */
static bool
read_names(struct dagfile *f, const struct ynode *key)
{
	const struct ynode *item = key->value;
	bool is_list = item->kind == YNODE_LIST;
	struct wake_dataset *list;
	const char *const *names;
	size_t n;

	if (!ykeys_texts(&f->y, key, &names, &n))
		return false;
	if (n > DAG_WAKES_MAX) {
		ykeys_say(&f->y, key->value, E0520, NULL,
			  "a dag waits for at most %d datasets, not for %zu", DAG_WAKES_MAX, n);
		return false;
	}
	list = arena_get(f->y.arena, n * sizeof(*list));
	item = is_list ? item->first : item;
	for (size_t i = 0; i < n; i++, item = item->next) {
		for (size_t k = 0; k < i; k++) {
			if (strcmp(names[i], names[k]) != 0)
				continue;
			ykeys_say(&f->y, item, E0521, "leave it out", "dataset '%s' is named twice",
				  names[i]);
			return false;
		}
		if (!ykeys_is_name(&f->y, item, "a dataset"))
			return false;
		list[i] = (struct wake_dataset){ names[i], item->line, item->column };
	}
	f->dag->wakes.datasets = list;
	f->dag->wakes.n = n;
	return true;
}

/* Keys about updates need something that is updated. */
static void
check_alone(struct dagfile *f, const struct draft_wakes *d)
{
	const struct ynode *key = d->on_update ? d->on_update : d->debounce;

	if (key)
		ykeys_say(&f->y, key, E0522, "name them: 'datasets: [events]'",
			  "'%s' is about updates of datasets, and this schedule waits for none",
			  key->text);
}

/* What an update does to a run that is there, and how long it waits for another one. */
static void
read_updates(struct dagfile *f, const struct draft_wakes *d)
{
	struct wake_rule *rule = &f->dag->wakes;

	rule->rerun = d->on_update && d->rerun == 1;
	rule->debounce_us = d->debounce ? d->debounce_us : rule->rerun ? RERUN_DEBOUNCE_US : 0;
	if (rule->rerun && !f->dag->partitioned)
		ykeys_say(&f->y, d->on_update, E0524,
			  "leave it out, or give the dag partitions: 'partition: day'",
			  "without partitions each update has a run of its own, so none is made "
			  "again");
	else if (d->debounce && !rule->rerun && f->dag->partitioned)
		ykeys_say(&f->y, d->debounce, E0522, "add 'on_update: rerun', or leave it out",
			  "'debounce' is the time before a run is made again, and after an update "
			  "none is");
}

void
dagfile_read_wakes(struct dagfile *f, const struct draft_wakes *d, const struct ynode *fires)
{
	const struct ynode *names;

	if (!d->datasets) {
		check_alone(f, d);
		return;
	}
	if (fires) {
		ykeys_say(&f->y, d->datasets, E0523,
			  "make two dags of it; a task may read datasets at any fire",
			  "a schedule fires by '%s', or waits for datasets, not both", fires->text);
		return;
	}
	names = names_key(f, d->datasets);
	if (!names || !read_names(f, names))
		return;
	f->dag->schedule_text = text_of(f);
	read_updates(f, d);
}
