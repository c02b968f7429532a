/* check.c - `checks:` of a DAG file: the kinds, and the keys that all of them have. */
#include "core/check/check.h"

#include "core/text/nearest.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#define AT(field) offsetof(struct check, field)
#define COLUMN_KEY(word)                                                                         \
	{                                                                                        \
		word, WANT_TEXTS, .required = true, .at = AT(columns), .count_at = AT(n_columns) \
	}

enum { SETS = 4 };

static const struct check_kind *const kinds[CHECK_COUNT] = {
#define CHECK(ID, name, family) [CHECK_##ID] = &check_kind_##name,
#include "core/check/list.inc"
#undef CHECK
};

static const char *const severity_words[] = { "error", "warn", "info", NULL };
static const char *const block_words[] = { "block", "quarantine", NULL };

/* Checks of later versions, so that their names are not taken for a mistake in spelling. */
static const char *const later_words[] = { "freshness", "event_time",    "reconcile", "schema",
					   "regex",     "relationships", "anomaly" };

/* clang-format off */
static const struct key common_keys[] = {
	{ "severity", WANT_WORD, .at = AT(severity), .words = severity_words },
	{ "output", WANT_NAME, .at = AT(output) },
};
static const struct key column_keys[] = { COLUMN_KEY("column") };
static const struct key columns_keys[] = { COLUMN_KEY("columns") };
static const struct key on_fail_keys[] = {
	{ "on_fail", WANT_FLAG, .at = AT(quarantine), .words = block_words },
};
/* clang-format on */

const struct check_kind *
check_kind_of(enum check_id id)
{
	assert(id < CHECK_COUNT);
	return kinds[id];
}

/* The kind of a name; NULL was reported. */
static const struct check_kind *
find_kind(struct yreader *r, const struct ynode *at)
{
	const char *words[CHECK_COUNT];

	for (int i = 0; i < CHECK_COUNT; i++) {
		words[i] = kinds[i]->name;
		if (strcmp(words[i], at->text) == 0)
			return kinds[i];
	}
	for (size_t i = 0; i < countof(later_words); i++) {
		if (strcmp(later_words[i], at->text) == 0) {
			ykeys_say(r, at, E0701, NULL, "check '%s' is not supported in this version",
				  at->text);
			return NULL;
		}
	}
	ykeys_say(r, at, E0702, ykeys_nearest(r, at->text, words, CHECK_COUNT),
		  "there is no check '%s'", at->text);
	return NULL;
}

/* The keys that a check of this kind may have; those of its own go to `params`. */
static size_t
keys_of(const struct check_kind *kind, struct check *c, void *params, struct keyset sets[SETS])
{
	size_t n = 0;

	sets[n++] = (struct keyset)KEYSET(common_keys, c);
	if (kind->columns == COLUMNS_ONE)
		sets[n++] = (struct keyset)KEYSET(column_keys, c);
	if (kind->columns == COLUMNS_SOME)
		sets[n++] = (struct keyset)KEYSET(columns_keys, c);
	if (kind->n_keys)
		sets[n++] = (struct keyset){ kind->keys, kind->n_keys, params };
	if (kind->may_quarantine)
		sets[n++] = (struct keyset)KEYSET(on_fail_keys, c);
	return n;
}

/* A column, or a list of them, stands where the parameters should: dbt's way to write it. */
static void
report_no_map(struct yreader *r, const struct ynode *value, const struct check_kind *kind)
{
	const char *column = value->kind == YNODE_SCALAR ? value->text : "NAME, ...";
	char help[NAME_MAX_BYTES + 60];

	if (kind->columns == COLUMNS_SOME)
		(void)snprintf(help, sizeof(help), "write '%s: {columns: [%s]}'", kind->name,
			       strlen(column) < NAME_MAX_BYTES ? column : "NAME, ...");
	else
		(void)snprintf(help, sizeof(help), "write '%s: {%s: ..., %s: ...}'", kind->name,
			       kind->columns == COLUMNS_ONE ? "column" : kind->keys[0].name,
			       kind->keys[kind->columns == COLUMNS_ONE ? 0 : 1].name);
	ykeys_say(r, value, E0203, help, "check '%s' has to be a map of 'key: value' lines",
		  kind->name);
}

/* What the keys of a check say, read from a map. */
static void
read_parameters(struct yreader *r, const struct ynode *at, const struct ynode *map, struct check *c)
{
	const struct check_kind *kind = c->kind;
	void *params = kind->params_bytes ? arena_get(r->arena, kind->params_bytes) : NULL;
	struct keyset sets[SETS];
	size_t n = keys_of(kind, c, params, sets);
	char what[64];

	c->params = params;
	if (kind->begin)
		kind->begin(params);
	(void)snprintf(what, sizeof(what), "check '%s'", kind->name);
	if (!ykeys_read(r, at, map, what, sets, n))
		return;
	if (kind->end)
		kind->end(r, at, params);
	if (kind->columns == COLUMNS_ONE && c->n_columns > 1)
		ykeys_say(r, at, E0705, "write one check per column",
			  "check '%s' looks at one column", kind->name);
}

/* An item: the bare name of a check, or a map of one name to its parameters. */
static bool
read_check(struct yreader *r, const struct ynode *item, struct check *c, const struct ynode **at)
{
	static const struct ynode nothing = { .kind = YNODE_MAP };
	const struct ynode *map = &nothing;
	const struct check_kind *kind;

	if (item->broken)
		return false;
	if (item->kind == YNODE_LIST || (item->kind == YNODE_MAP && item->count != 1)) {
		ykeys_say(r, item, E0706, NULL, "each check has to be one 'name: {parameters}'");
		return false;
	}
	*at = item->kind == YNODE_MAP ? item->first : item;
	kind = find_kind(r, *at);
	if (!kind)
		return false;
	if (item->kind == YNODE_MAP && !ynode_is_null((*at)->value))
		map = (*at)->value;
	if (map->kind != YNODE_MAP && !map->broken) {
		report_no_map(r, map, kind);
		return false;
	}
	*c = (struct check){ .kind = kind };
	read_parameters(r, *at, map, c);
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
		ykeys_say(r, key, E0707,
			  list->kind == YNODE_MAP ? "write '- ' before each check" : NULL,
			  "'checks' has to be a list of 1 to %d checks", DAG_CHECKS_MAX);
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

size_t
check_conditions(const struct check *check, struct check_condition out[CONDITIONS_MAX])
{
	return check->kind->conditions ? check->kind->conditions(check->params, out) : 0;
}

struct check_history
check_history(const struct check *check)
{
	return check->kind->history ? check->kind->history(check->params)
				    : (struct check_history){ 0 };
}

struct check_reads
check_reads(const struct check *check)
{
	struct check_reads reads = { 0 };

	if (check->kind->reads)
		reads = check->kind->reads(check->params);
	if (reads.dataset && !reads.column)
		reads.column = check->n_columns ? check->columns[0] : "";
	return reads;
}

static bool
is_input(const struct draft_task *t, const char *dataset)
{
	for (size_t i = 0; i < t->n_inputs; i++)
		if (strcmp(t->inputs[i].in.dataset, dataset) == 0)
			return true;
	return false;
}

/* Where a check names the dataset that it looks at. */
static const struct ynode *
reads_at(const struct ynode *check)
{
	const struct ynode *map = ynode_get(check->value, "values_from");
	const struct ynode *at = map && map->kind == YNODE_MAP ? ynode_get(map, "dataset") : NULL;

	return at ? at : check;
}

void
checks_add_inputs(struct yreader *r, struct draft_task *t)
{
	size_t room = t->n_inputs + t->task.n_checks;
	struct draft_input *all = arena_get(r->scratch, (room + 1) * sizeof(*all));

	if (t->n_inputs)
		memcpy(all, t->inputs, t->n_inputs * sizeof(*all));
	t->inputs = all;
	for (size_t i = 0; i < t->task.n_checks; i++) {
		struct check_reads reads = check_reads(&t->task.checks[i]);

		if (reads.dataset && !is_input(t, reads.dataset))
			draft_add_input(r, t, reads.dataset, reads_at(t->checks_at[i]))
			    ->in.for_checks = true;
	}
}

/* Types of which values can be equal. */
static bool
compares(enum col_type a, enum col_type b)
{
	bool whole = (a == COL_INT64 || a == COL_INT32) && (b == COL_INT64 || b == COL_INT32);

	return a == b || whole;
}

bool
checks_reads_fit(const struct task *task, const char *dataset, const struct schema *there,
		 const struct dataset *checked, char *why, size_t room)
{
	for (size_t i = 0; i < task->n_checks; i++) {
		const struct check *c = &task->checks[i];
		struct check_reads reads = check_reads(c);
		int at, own;

		if (!reads.dataset || strcmp(reads.dataset, dataset) != 0 || !c->n_columns)
			continue;
		if (checked && !check_is_of(c, checked->name))
			continue;
		at = schema_find(there, reads.column);
		own = checked ? schema_find(&checked->schema, c->columns[0]) : -1;
		if (at < 0) {
			(void)snprintf(why, room, "has no column '%s'", reads.column);
			return false;
		}
		if (own >= 0 &&
		    !compares(there->columns[at].type, checked->schema.columns[own].type)) {
			(void)snprintf(why, room, "has a column '%s' of type %s, not %s",
				       reads.column, col_type_name(there->columns[at].type),
				       col_type_name(checked->schema.columns[own].type));
			return false;
		}
	}
	return true;
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
	if (!check->kind->fits || check->kind->fits(type))
		return true;
	(void)snprintf(why, room, "'%s' needs %s, column '%s' is a %s", check->kind->name,
		       check->kind->wants, name, col_type_name(type));
	return false;
}

bool
check_mistaken(const struct check *check, const struct schema *schema, size_t *from,
	       struct check_mistake *out)
{
	int column = check->kind->mistaken ? schema_find(schema, check->columns[0]) : -1;

	return column >= 0 &&
	       check->kind->mistaken(check->params, schema->columns[column].type, from, out);
}

/* The values that the column cannot have, each where it stands. */
static void
report_values(struct yreader *r, const struct check *c, const struct ynode *map,
	      const struct schema *schema)
{
	struct check_mistake m;
	size_t from = 0;

	while (check_mistaken(c, schema, &from, &m)) {
		const struct ynode *at = ynode_get(map, m.key);

		if (at && at->kind == YNODE_LIST) {
			at = at->first;
			for (size_t k = 0; k < m.item; k++)
				at = at->next;
		}
		ykeys_say(r, at ? at : map, E0709, m.help, "check '%s' of column '%s': %s",
			  c->kind->name, c->columns[0], m.why);
	}
}

/* Report the columns of one check; false: one does not fit. */
static bool
report_columns(struct yreader *r, const struct check *c, const struct ynode *map,
	       const struct schema *schema)
{
	const struct ynode *at = ynode_get(map,
					   c->kind->columns == COLUMNS_SOME ? "columns" : "column");
	char why[NAME_MAX_BYTES + 100];
	bool good = true;

	if (at->kind == YNODE_LIST)
		at = at->first;
	for (size_t k = 0; k < c->n_columns; k++, at = at->next) {
		if (check_column_fits(c, k, schema, why, sizeof(why)))
			continue;
		ykeys_say(r, at, E0708, schema_nearest(r, schema, c->columns[k]), "%s", why);
		good = false;
	}
	return good;
}

static const struct check_kind *
kind_of_required(void)
{
	int id = 0;

	while (!kinds[id]->of_required) {
		id++;
		assert(id < CHECK_COUNT);
	}
	return kinds[id];
}

void
checks_add_required(struct yreader *r, struct draft_task *t, const struct dataset *dataset)
{
	const struct column_notes *notes = &dataset->notes;
	const char **columns = arena_get(r->arena, (notes->count + 1) * sizeof(*columns));
	size_t n = t->task.n_checks, n_columns = 0;
	struct check *all;

	for (size_t i = 0; i < notes->count; i++)
		if (notes->items[i].required)
			columns[n_columns++] = notes->items[i].column;
	if (!n_columns)
		return;
	all = arena_get(r->arena, (n + 1) * sizeof(*all));
	if (n)
		memcpy(all, t->task.checks, n * sizeof(*all));
	all[n] = (struct check){ .kind = kind_of_required(),
				 .output = dataset->name,
				 .columns = columns,
				 .n_columns = n_columns };
	t->task.checks = all;
	t->task.n_checks = n + 1;
}

/* Does the task write a dataset of that name? */
static bool
is_written(const struct draft_task *t, const char *name)
{
	for (size_t i = 0; i < t->n_writes; i++)
		if (strcmp(t->writes[i]->text, name) == 0)
			return true;
	return false;
}

void
checks_report_outputs(struct yreader *r, const struct draft_task *t)
{
	for (size_t i = 0; i < t->task.n_checks; i++) {
		const struct check *c = &t->task.checks[i];
		const struct ynode *at = t->checks_at[i];

		if (!c->output && t->n_writes > 1)
			ykeys_say(r, at, E0692, "add 'output: DATASET' to the check",
				  "task '%s' writes %zu datasets: check '%s' has to say which of "
				  "them it looks at",
				  t->task.id, t->n_writes, c->kind->name);
		else if (c->output && !is_written(t, c->output))
			ykeys_say(r, ynode_get(at->value, "output"), E0692, NULL,
				  "check '%s' looks at '%s', which task '%s' does not write",
				  c->kind->name, c->output, t->task.id);
	}
}

void
checks_report(struct yreader *r, const struct draft_task *t, const struct dataset *dataset)
{
	const struct schema *schema = &dataset->schema;

	for (size_t i = 0; i < t->task.n_checks; i++) {
		const struct check *c = &t->task.checks[i];
		const struct ynode *map = t->checks_at[i]->value;

		if (c->n_columns && check_is_of(c, dataset->name) &&
		    report_columns(r, c, map, schema))
			report_values(r, c, map, schema);
	}
}
