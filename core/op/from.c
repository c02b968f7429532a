/* from.c - `from:` of a score: files that it reads in place of a dataset. */
#include "core/op/from.h"

#include "core/op/draft.h"
#include "core/op/files.h"
#include "core/text/nearest.h"

#include <string.h>

static const struct key from_keys[] = {
	{ "path", WANT_TEMPLATE, .required = true, .at = offsetof(struct op_from, path) },
	{ "format", WANT_WORD, .required = true, .at = offsetof(struct op_from, format),
	  .words = format_words },
	{ "dedup", WANT_TEXTS, .at = offsetof(struct op_from, dedup),
	  .count_at = offsetof(struct op_from, n_dedup) },
};

/* What is said of columns of datasets is idle for files of others. */
static void
refuse_notes(struct yreader *r, const struct declared *said)
{
	static const struct {
		const char *key, *because, *help;
	} idle[] = {
		{ "nullable", "nothing writes these files", "leave it out" },
		{ "deprecated_after", "it is of columns of datasets", "leave it out" },
		{ "was", "it is of columns of datasets", "from: {rename: {OLD: NEW}}" },
	};
	const struct ynode *map = said->columns ? said->columns->value : NULL;

	for (const struct ynode *k = map ? map->first : NULL; k; k = k->next) {
		for (size_t i = 0; i < countof(idle) && k->value->kind == YNODE_MAP; i++) {
			const struct ynode *at = ynode_get(k->value, idle[i].key);

			if (at)
				ykeys_say(r, at, E0220, idle[i].help, "'%s' has no effect: %s",
					  idle[i].key, idle[i].because);
		}
	}
}

void
from_read(struct yreader *r, const struct key *row, const struct ynode *key, void *base)
{
	struct op_from *from = (void *)((char *)base + row->at);
	struct declared said = { 0 };
	struct keyset sets[] = { KEYSET(from_keys, from), KEYSET(declared_keys, &said),
				 KEYSET(files_keys, &from->dialect) };

	if (!ykeys_read(r, key, key->value, "'from'", sets, countof(sets)))
		return;
	files_end(r, key->value, ynode_get(key->value, "format") ? (int)from->format : -1,
		  &from->dialect);
	from->schema = schema_events;
	if (!declared_schema(r, key->value, &said, "'from'", &from->schema))
		from->schema.count = 0; /* nothing more is said about its columns */
	from->personal = declared_personal(r, &said);
	refuse_notes(r, &said);
}

void
from_refuse_dedup(struct yreader *r, const struct key *row, const struct ynode *key, void *base)
{
	(void)row;
	(void)base;
	ykeys_say(r, key, E0608, "from: {path: ..., format: ..., dedup: [event_id]}",
		  "'dedup' of a score belongs inside 'from'; a dataset is deduplicated by an "
		  "operator of its own");
}

/* One day's files under a window of several are most likely a mistake, and a silent one. */
static void
warn_one_day(struct yreader *r, const struct ynode *map, const struct op_from *from)
{
	const struct ynode *path = ynode_get(map, "path");
	struct place at;

	if (!from->path || from->days <= 1 || strpbrk(from->path, "*?") ||
	    !strstr(from->path, "{{"))
		return;
	at = ynode_place(&r->source, path);
	diags_say(r->diags, E0609, &at,
		  "name the files of all days with '*'; rows of other days do not count",
		  "this is one file, but the window has %d days: 'path' is rendered once, not once "
		  "per day",
		  from->days);
}

static void
check_columns(struct yreader *r, const struct draft_task *t, const struct ynode *map,
	      const struct op_from *from, from_fits_fn *fits)
{
	const struct ynode *dedup = ynode_get(map, "dedup"), *item;
	char why[NAME_MAX_BYTES + 100];

	if (!from->schema.count)
		return;
	if (!fits(t->params, &from->schema, why, sizeof(why)))
		ykeys_say(r, map, E0419, NULL, "what 'from' reads %s, which task '%s' needs", why,
			  t->task.id);
	files_check_columns(r, map, &from->schema, NULL);
	item = dedup && dedup->kind == YNODE_LIST ? dedup->first : dedup;
	for (size_t i = 0; item && i < from->n_dedup; i++, item = item->next) {
		if (schema_find(&from->schema, from->dedup[i]) < 0)
			ykeys_say(r, item, E0416, schema_nearest(r, &from->schema, from->dedup[i]),
				  "there is no column '%s'", from->dedup[i]);
	}
}

void
from_end(struct yreader *r, struct draft_task *t, struct op_from *from, from_fits_fn *fits)
{
	const struct ynode *map = ynode_get(t->key->value, "from");

	if (map && t->input)
		ykeys_say(r, t->key, E0610, NULL, "task '%s' has 'input' or 'from', not both",
			  t->task.id);
	if (!map && !t->input)
		ykeys_say(r, t->key, E0610, NULL, "task '%s' needs the key 'input' or 'from'",
			  t->task.id);
	draft_end_input(r, t);
	if (!map || t->input)
		return;
	from->days = t->reads.days ? t->reads.days : t->window_days;
	if (t->reads.window && !t->reads.days)
		ykeys_say(r, t->reads.window->value, E0601, "7d",
			  "a window of files is a number of days");
	if (map->kind != YNODE_MAP)
		return;
	check_columns(r, t, map, from, fits);
	warn_one_day(r, map, from);
}
