/* check.c - `checks:` of a DAG file: one table of parameters per kind. */
#include "core/check/check.h"

#include "core/text/nearest.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define AT(field) offsetof(struct check, field)

static const char *const severity_words[] = { "error", "warn", "info", NULL };
static const char *const baseline_words[] = { "same_weekday", "previous", NULL };
static const char *const block_words[] = { "block", "quarantine", NULL };

/* Checks of later versions, so that their names are not taken for a mistake in spelling. */
static const char *const later_words[] = { "freshness", "event_time",    "reconcile", "schema",
					   "regex",     "relationships", "anomaly" };

static const struct key common_keys[] = {
	{ "severity", WANT_WORD, .at = AT(severity), .words = severity_words },
};

/* For checks that judge single rows. */
#define ON_FAIL_ROW                                                              \
	{                                                                        \
		"on_fail", WANT_FLAG, .at = AT(quarantine), .words = block_words \
	}
#define COLUMNS_ROW                                                         \
	{                                                                   \
		"columns", WANT_TEXTS, .required = true, .at = AT(columns), \
				       .count_at = AT(n_columns)            \
	}
#define COLUMN_ROW                                                         \
	{                                                                  \
		"column", WANT_TEXTS, .required = true, .at = AT(columns), \
				      .count_at = AT(n_columns)            \
	}

static const struct key row_count_keys[] = {
	{ "min", WANT_NUMBER, .at = AT(min), .given_at = AT(has_min), .max = 1e15 },
	{ "max", WANT_NUMBER, .at = AT(max), .given_at = AT(has_max), .max = 1e15 },
};

static const struct key not_null_keys[] = { COLUMNS_ROW, ON_FAIL_ROW };
static const struct key unique_keys[] = { COLUMNS_ROW };

static const struct key range_keys[] = {
	COLUMN_ROW,
	{ "min", WANT_NUMBER, .at = AT(min), .given_at = AT(has_min), .min = -HUGE_VAL,
	  .max = HUGE_VAL },
	{ "max", WANT_NUMBER, .at = AT(max), .given_at = AT(has_max), .min = -HUGE_VAL,
	  .max = HUGE_VAL },
	{ "exclusive", WANT_BOOL, .at = AT(exclusive) },
	ON_FAIL_ROW,
};

static const struct key values_keys[] = {
	COLUMN_ROW,
	{ "values", WANT_TEXTS, .required = true, .at = AT(values), .count_at = AT(n_values) },
	ON_FAIL_ROW,
	KEY_LATER("values_from"),
};

static const struct key volume_keys[] = {
	{ "baseline", WANT_WORD, .at = AT(baseline), .words = baseline_words },
	{ "warn_drop", WANT_SHARE, .at = AT(warn_drop) },
	{ "error_drop", WANT_SHARE, .at = AT(error_drop) },
	{ "min_baseline", WANT_INT64, .at = AT(min_baseline), .max = 1e15 },
	{ "lookback", WANT_INT, .at = AT(lookback), .min = 1, .max = 52 },
};

#define KIND(table)                                       \
	{                                                 \
		.rows = (table), .n_rows = countof(table) \
	}

static const struct keyset kinds[CHECK_KIND_COUNT] = {
	[CHECK_ROW_COUNT] = KIND(row_count_keys),    [CHECK_NOT_NULL] = KIND(not_null_keys),
	[CHECK_UNIQUE] = KIND(unique_keys),          [CHECK_ACCEPTED_RANGE] = KIND(range_keys),
	[CHECK_ACCEPTED_VALUES] = KIND(values_keys), [CHECK_VOLUME_CHANGE] = KIND(volume_keys),
};

/* The kind of a name; -1 was reported. */
static int
kind_of(struct yreader *r, const struct ynode *at)
{
	const char *words[CHECK_KIND_COUNT];

	for (int i = 0; i < CHECK_KIND_COUNT; i++) {
		words[i] = check_kind_name((enum check_kind)i);
		if (strcmp(words[i], at->text) == 0)
			return i;
	}
	for (size_t i = 0; i < countof(later_words); i++) {
		if (strcmp(later_words[i], at->text) == 0) {
			ykeys_say(r, at, E0701, NULL, "check '%s' is not supported in this version",
				  at->text);
			return -1;
		}
	}
	ykeys_say(r, at, E0702, ykeys_nearest(r, at->text, words, CHECK_KIND_COUNT),
		  "there is no check '%s'", at->text);
	return -1;
}

/* What one parameter alone cannot tell. */
static void
check_parameters(struct yreader *r, const struct ynode *at, struct check *c)
{
	bool bounds = c->has_min || c->has_max;

	if (c->kind == CHECK_ROW_COUNT && !bounds) {
		c->has_min = true;
		c->min = 1;
	}
	if (c->kind == CHECK_ACCEPTED_RANGE && !bounds)
		ykeys_say(r, at, E0703, NULL, "check 'accepted_range' needs 'min' or 'max'");
	if (c->has_min && c->has_max && c->min > c->max)
		ykeys_say(r, at, E0704, NULL, "'min' of check '%s' is above its 'max'", at->text);
	if ((c->kind == CHECK_ACCEPTED_RANGE || c->kind == CHECK_ACCEPTED_VALUES) &&
	    c->n_columns > 1)
		ykeys_say(r, at, E0705, "write one check per column",
			  "check '%s' looks at one column", at->text);
	if (c->kind == CHECK_VOLUME_CHANGE && c->warn_drop < 0 && c->error_drop < 0) {
		c->warn_drop = 0.2;
		c->error_drop = 0.5;
	}
}

/* An item: the bare name of a check, or a map of one name to its parameters. */
static bool
read_check(struct yreader *r, const struct ynode *item, struct check *c, const struct ynode **at)
{
	struct keyset sets[2] = { KEYSET(common_keys, c) };
	struct ynode nothing = { .kind = YNODE_MAP };
	const struct ynode *parameters = &nothing;
	char what[64];
	int kind;

	if (item->broken)
		return false;
	if (item->kind == YNODE_LIST || (item->kind == YNODE_MAP && item->count != 1)) {
		ykeys_say(r, item, E0706, NULL, "each check has to be one 'name: {parameters}'");
		return false;
	}
	*at = item->kind == YNODE_MAP ? item->first : item;
	kind = kind_of(r, *at);
	if (kind < 0)
		return false;
	if (item->kind == YNODE_MAP && !ynode_is_null((*at)->value))
		parameters = (*at)->value;
	*c = (struct check){ .kind = (enum check_kind)kind,
			     .warn_drop = -1,
			     .error_drop = -1,
			     .min_baseline = 100,
			     .lookback = 4 };
	if (kind != CHECK_VOLUME_CHANGE)
		*c = (struct check){ .kind = (enum check_kind)kind };
	sets[1] = kinds[kind];
	sets[1].base = c;
	(void)snprintf(what, sizeof(what), "check '%s'", (*at)->text);
	if (ykeys_read(r, *at, parameters, what, sets, 2))
		check_parameters(r, *at, c);
	return true;
}

void
checks_read(struct yreader *r, const struct key *row, const struct ynode *key, void *base)
{
	struct draft_task *t = base;
	const struct ynode *list = key->value;
	struct check *checks;
	size_t n = 0;

	(void)row;
	if (list->broken)
		return;
	if (list->kind != YNODE_LIST || list->count == 0 || list->count > DAG_CHECKS_MAX) {
		ykeys_say(r, key, E0707, NULL, "'checks' has to be a list of 1 to %d checks",
			  DAG_CHECKS_MAX);
		return;
	}
	checks = arena_get(r->arena, list->count * sizeof(*checks));
	t->checks_at = arena_get(r->scratch, list->count * sizeof(const struct ynode *));
	for (const struct ynode *i = list->first; i; i = i->next) {
		if (read_check(r, i, &checks[n], &t->checks_at[n]))
			n++;
	}
	t->task.checks = checks;
	t->task.n_checks = n;
}

bool
check_column_fits(const struct check *check, size_t at, const struct schema *schema, char *why,
		  size_t room)
{
	const char *name = check->columns[at];
	int index = schema_find(schema, name);
	enum col_type type;

	if (index < 0) {
		(void)snprintf(why, room, "there is no column '%s' to check", name);
		return false;
	}
	type = schema->columns[index].type;
	if (check->kind != CHECK_ACCEPTED_RANGE || type == COL_INT64 || type == COL_INT32 ||
	    type == COL_FLOAT64)
		return true;
	(void)snprintf(why, room, "'accepted_range' needs a number, column '%s' is a %s", name,
		       col_type_name(type));
	return false;
}

void
checks_report(struct yreader *r, const struct draft_task *t, const struct schema *schema)
{
	char why[NAME_MAX_BYTES + 100];

	for (size_t i = 0; i < t->task.n_checks; i++) {
		const struct check *c = &t->task.checks[i];
		const struct ynode *map = t->checks_at[i]->value, *at;

		if (!c->n_columns)
			continue;
		at =
		    ynode_get(map, c->kind == CHECK_NOT_NULL || c->kind == CHECK_UNIQUE ? "columns"
											: "column");
		if (at->kind == YNODE_LIST)
			at = at->first;
		for (size_t k = 0; k < c->n_columns; k++, at = at->next) {
			if (!check_column_fits(c, k, schema, why, sizeof(why)))
				ykeys_say(r, at, E0708, schema_nearest(r, schema, c->columns[k]),
					  "%s", why);
		}
	}
}
