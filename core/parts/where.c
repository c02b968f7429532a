/* where.c - `where:` of a task: an expression over the columns of what it reads. */
#include "core/parts/where.h"

#include "core/check/check.h"
#include "core/op/op.h"
#include "core/parts/zones.h"
#include "core/text/ykeys.h"

#include <stdio.h>
#include <string.h>

/* One on its way; the names of `columns` are found with it as their ctx. */
struct where_reading {
	struct expr_columns columns;
	struct where_read *out;
};

static bool
find_name(void *ctx, const struct expr_path *path, struct expr_name *out, size_t *part,
	  struct expr_mistake *bad, struct err *err)
{
	return expr_columns_find(&((struct where_reading *)ctx)->columns, path, out, part, bad,
				 err);
}

/* A zone that the expression names, which it holds. */
static const struct zone *
find_zone(void *ctx, const char *name)
{
	struct where_read *w = ((struct where_reading *)ctx)->out;
	struct zone *zone = w->n_zones < WHERE_ZONES_MAX ? zone_named(name) : NULL;

	if (zone)
		w->zones[w->n_zones++] = zone;
	return zone;
}

enum err_code
where_read(struct where_read *out, const char *text, const struct expr_columns *columns,
	   const struct zone *here, struct expr_mistake *bad, struct err *err)
{
	struct where_reading r = { *columns, out };
	const struct expr_names names = {
		.find = find_name,
		.zone = find_zone,
		.ctx = &r,
		.here = here,
		.clock = "compare columns, or with a time: '2026-05-01T00:00:00Z'"
	};
	struct expr *e = NULL;
	enum err_code code;

	*out = (struct where_read){ .arena = arena_new() };
	code = expr_read(text, &names, out->arena, &e, bad, err);
	if (!code)
		code = expr_want_bool(e, bad, err);
	out->expr = e;
	if (code)
		where_release(out);
	return code;
}

void
where_release(struct where_read *w)
{
	for (size_t i = 0; i < w->n_zones; i++)
		zone_unref(w->zones[i]);
	arena_free(w->arena);
	*w = (struct where_read){ 0 };
}

enum code
where_code(const struct expr_mistake *bad)
{
	static const enum code codes[] = {
		[EXPR_BAD_SYNTAX] = E0901, [EXPR_BAD_NAME] = E0902,  [EXPR_BAD_TYPE] = E0903,
		[EXPR_BAD_CALL] = E0904,   [EXPR_BAD_VALUE] = E0905, [EXPR_TOO_LARGE] = E0906,
	};

	return codes[bad->fault];
}

void
where_report(struct diags *diags, const struct source *source, const struct ynode *value,
	     const char *key, const struct expr_mistake *bad, const char *message)
{
	size_t at = bad->at < value->bytes ? bad->at : value->bytes ? value->bytes - 1 : 0;
	size_t left = value->bytes - at;
	struct place place = ykeys_part(source, value, at, bad->bytes < left ? bad->bytes : left);

	diags_say(diags, where_code(bad), &place, bad->help[0] ? bad->help : NULL, "'%s': %s", key,
		  message);
}

static void
check_text(struct diags *diags, const struct source *source, const struct ynode *value,
	   const char *key, const struct expr_columns *columns, const struct zone *here)
{
	struct expr_mistake bad = { 0 };
	struct where_read read;
	struct err err;

	if (where_read(&read, value->text, columns, here, &bad, &err))
		where_report(diags, source, value, key, &bad, err.msg);
	else
		where_release(&read);
}

void
where_check(struct diags *diags, const struct source *source, const struct ynode *value,
	    const char *key, const struct dag *dag, const struct schema *schema, const char *of)
{
	const struct expr_columns columns = {
		.schema = schema, .of = of, .params = dag->params, .n_params = dag->n_params
	};

	check_text(diags, source, value, key, &columns, dag->zone);
}

void
where_check_checks(struct yreader *r, const struct dag *dag, const struct draft_task *t,
		   const struct dataset *d)
{
	const struct expr_columns columns = expr_columns_of_check(&d->schema);
	struct check_condition all[CONDITIONS_MAX];

	checks_report(r, t, d);
	for (size_t i = 0; i < t->task.n_checks; i++) {
		const struct check *c = &t->task.checks[i];
		size_t n = check_is_of(c, d->name) ? check_conditions(c, all) : 0;

		for (size_t k = 0; k < n; k++) {
			const struct ynode *at = ynode_get(t->checks_at[i]->value, all[k].key);

			if (all[k].text && at)
				check_text(r->diags, &r->source, at, all[k].key, &columns,
					   dag->zone);
		}
	}
}

/* The files that a task reads in place of a dataset, or NULL. */
static const struct op_from *
files_of(const struct task *task)
{
	const struct op_from *from = task->op->from ? task->op->from(task->params) : NULL;

	return from && from->path ? from : NULL;
}

bool
where_is_about(const struct task *task, size_t at)
{
	return task->where && at == 0 && !files_of(task);
}

void
where_check_input(struct diags *diags, const struct source *source, const struct ynode *value,
		  const struct dag *dag, const struct op_def *op, const struct dataset *d)
{
	char of[NAME_MAX_BYTES + 16];
	struct place place;

	(void)snprintf(of, sizeof(of), "dataset '%s'", d->name);
	if (!op->no_where || !schema_equal(&d->schema, op->no_where)) {
		where_check(diags, source, value, "where", dag, &d->schema, of);
		return;
	}
	place = ynode_place(source, value);
	diags_say(diags, E0353, &place, "give 'where' to the task that writes it",
		  "'where' is asked of rows, and a row of %s stands for many: it is a rollup", of);
}

void
where_check_files(struct diags *diags, const struct source *source, const struct ynode *value,
		  const struct dag *dag, const struct task *task)
{
	const struct op_from *from = files_of(task);

	if (from && from->schema.count)
		where_check(diags, source, value, "where", dag, &from->schema, "what 'from' reads");
}
