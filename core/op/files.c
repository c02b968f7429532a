/* files.c - the keys of `from:` that say how its files differ from the plain form. */
#include "core/op/files.h"

#include "core/text/nearest.h"
#include "core/time/zone.h"

#include <string.h>

/* Report what is wrong with one value, and the nearest right word where there is a list of them. */
static void
say_wrong(struct yreader *r, const struct dialect_key *key, const struct ynode *at,
	  const struct err *err)
{
	const char *help = NULL;
	size_t n;

	if (strcmp(key->name, "timezone") == 0) {
		const char *const *zones = zone_names(&n);

		help = ykeys_nearest(r, at->text, zones, n);
	} else if (strcmp(key->name, "encoding") == 0) {
		help = ykeys_nearest(r, at->text, encoding_words, ENCODING_COUNT);
	}
	ykeys_say(r, at, E0620, help, "'%s': %s", key->name, err->msg);
}

/* Take one value; `of` is the name before it in a map, or NULL. */
static void
take(struct yreader *r, const struct dialect_key *key, const struct ynode *of,
     const struct ynode *value, struct dialect *d)
{
	struct err err;

	if (value->broken || (of && of->broken))
		return;
	if (value->kind != YNODE_SCALAR || ynode_is_null(value)) {
		ykeys_say(r, value, E0620, NULL, "'%s': each value has to be a single text",
			  key->name);
		return;
	}
	if (dialect_set(d, key, of ? of->text : NULL, value->text, r->arena, &err))
		say_wrong(r, key, value, &err);
}

static void
read_key(struct yreader *r, const struct key *row, const struct ynode *at, void *base)
{
	const struct dialect_key *key = dialect_key(row->name);
	const struct ynode *value = at->value;
	bool may_map = key->shape == DIALECT_MAP || key->shape == DIALECT_ONE_OR_MAP;

	if (value->kind == YNODE_MAP && may_map) {
		for (const struct ynode *item = value->first; item; item = item->next)
			take(r, key, item, item->value, base);
		return;
	}
	if (key->shape == DIALECT_MAP) {
		if (!value->broken)
			ykeys_say(r, value, E0620, "rename: {their name: our name}",
				  "'%s' has to be a map of names", row->name);
		return;
	}
	if (value->kind == YNODE_LIST && key->shape == DIALECT_LIST) {
		for (const struct ynode *item = value->first; item; item = item->next)
			take(r, key, NULL, item, base);
		return;
	}
	if (ykeys_scalar(r, at))
		take(r, key, NULL, value, base);
}

#define KEY(word)                                                     \
	{                                                             \
		.name = (word), .want = WANT_CUSTOM, .read = read_key \
	}

const struct key files_keys[FILES_KEYS] = {
	KEY("delimiter"),   KEY("quote"),    KEY("escape"),      KEY("header"),
	KEY("skip_rows"),   KEY("encoding"), KEY("decimal"),     KEY("thousands"),
	KEY("null_values"), KEY("rename"),   KEY("date_format"), KEY("timestamp_format"),
	KEY("timezone"),    KEY("dst_gap"),  KEY("dst_overlap"),
};

void
files_end(struct yreader *r, const struct ynode *from, int format, const struct dialect *d)
{
	struct err err;

	for (size_t i = 0; i < FILES_KEYS; i++) {
		const struct dialect_key *key = dialect_key(files_keys[i].name);
		const struct ynode *value = ynode_get(from, key->name);

		if (value && format >= 0 && !(key->formats & 1U << format))
			ykeys_say(r, value, E0621, NULL, "'%s' says nothing of files of format %s",
				  key->name, format_name((enum format)format));
	}
	if (dialect_check(d, &err))
		ykeys_say(r, from, E0622, NULL, "%s", err.msg);
}

/* The columns that a map of patterns names have to be there, and of its type. */
static void
check_patterns(struct yreader *r, const struct ynode *map, enum col_type type,
	       const struct schema *read)
{
	if (!map || map->kind != YNODE_MAP)
		return;
	for (const struct ynode *item = map->first; item; item = item->next) {
		int at = schema_find(read, item->text);

		if (at < 0)
			ykeys_say(r, item, E0416, schema_nearest(r, read, item->text),
				  "there is no column '%s'", item->text);
		else if (read->columns[at].type != type)
			ykeys_say(r, item, E0620, NULL, "column '%s' is a %s, not a %s", item->text,
				  col_type_name(read->columns[at].type), col_type_name(type));
	}
}

void
files_check_columns(struct yreader *r, const struct ynode *from, const struct schema *read,
		    const char *also)
{
	const struct ynode *renames;

	if (!from || from->kind != YNODE_MAP)
		return;
	renames = ynode_get(from, "rename");
	check_patterns(r, ynode_get(from, "timestamp_format"), COL_TIMESTAMP, read);
	check_patterns(r, ynode_get(from, "date_format"), COL_DATE, read);
	if (!renames || renames->kind != YNODE_MAP)
		return;
	for (const struct ynode *item = renames->first; item; item = item->next) {
		const struct ynode *ours = item->value;

		if (ours->kind != YNODE_SCALAR || (also && strcmp(also, ours->text) == 0) ||
		    schema_find(read, ours->text) >= 0)
			continue;
		ykeys_say(r, ours, E0416, schema_nearest(r, read, ours->text),
			  "there is no column '%s': 'rename' goes from their names to ours",
			  ours->text);
	}
}
