/* defined.c - what the active definitions say of the datasets that are published. */
#include "core/view/defined.h"

#include "core/dagfile/define.h"
#include "core/view/answer.h"
#include "core/view/internal.h"
#include "core/view/known.h"
#include "core/view/sql.h"

#include <stdlib.h>
#include <string.h>

static void
add_dataset(json_t *out, const struct dag *dag, const struct task *task, const struct dataset *d)
{
	json_t *definition = task_definition(dag, task, d);
	struct definition_digests digests;

	definition_digests(definition, &d->schema, &digests);
	json_object_set_new(
	    out, d->name, json_pack("{s:s, s:o}", "digest", digests.all, "definition", definition));
	free(digests.columns);
}

/* Add what a definition says of each dataset that it writes. */
static void
add_written(json_t *out, const struct dag *dag)
{
	for (size_t i = 0; i < dag->n_tasks; i++)
		for (size_t k = 0; k < task_n_writes(&dag->tasks[i]); k++)
			add_dataset(out, dag, &dag->tasks[i], dag_written(dag, &dag->tasks[i], k));
}

enum err_code
defined_now(struct view *v, const char *first, json_t **out, struct err *err)
{
	json_t *writers = NULL, *row, *all;
	enum err_code code;
	struct stmt s;
	size_t i;

	stmt_begin(&s, v->db, sql_writers);
	stmt_text(&s, 1, first);
	stmt_int(&s, 2, VIEW_DEFINED_MAX);
	code = answer_rows(&s, &writers, err);
	if (code)
		return code;
	all = json_object();
	json_array_foreach(writers, i, row)
	{
		struct dag *dag = NULL;

		if (!code)
			code = known_definition(v, json_get_text(row, "digest", ""), &dag, err);
		if (dag)
			add_written(all, dag);
		dag_unref(dag);
	}
	json_decref(writers);
	if (code)
		json_decref(all);
	else
		*out = all;
	return code;
}

/* ---- what is different ---- */

/* The text of a definition that some partition recorded; *out NULL: it is not there. */
static enum err_code
read_definition(struct view *v, const char *digest, json_t **out, struct err *err)
{
	const char *text;
	struct stmt s;

	*out = NULL;
	stmt_begin(&s, v->db, sql_recorded_definition);
	stmt_text(&s, 1, digest);
	if (stmt_row(&s)) {
		text = stmt_col_text(&s, 0);
		if (json_read(out, text, strlen(text), "definition", NULL))
			*out = NULL; /* then all of it is new */
	}
	return stmt_end(&s, err);
}

static void
add_change(json_t *out, const char *key, json_t *was, json_t *is, const char *feeds)
{
	json_t *item = json_object();

	json_object_set_new(item, "key", json_string(key));
	json_object_set_new(item, "was", was ? json_incref(was) : json_null());
	json_object_set_new(item, "is", is ? json_incref(is) : json_null());
	json_object_set_new(item, "feeds", json_string(feeds));
	json_array_append_new(out, item);
}

static json_t *
value_of(const json_t *keys, const char *key)
{
	return json_object_get(json_object_get(keys, key), "value");
}

/* How two definitions differ; when they do not, columns do. */
static json_t *
changes_new(const json_t *old, const json_t *new)
{
	json_t *was = json_object_get(old, "keys"), *is = json_object_get(new, "keys");
	json_t *out = json_array(), *item, *a, *b;
	const char *key;

	a = json_object_get(old, "operator");
	b = json_object_get(new, "operator");
	if (!json_equal(a, b))
		add_change(out, "operator", a, b, FEEDS_ROWS);
	json_object_foreach(was, key, item)
	{
		b = value_of(is, key);
		if (!b || !json_equal(b, value_of(was, key)))
			add_change(out, key, value_of(was, key), b,
				   json_get_text(item, "feeds", FEEDS_ROWS));
	}
	json_object_foreach(is, key, item)
	{
		if (!json_object_get(was, key))
			add_change(out, key, NULL, value_of(is, key),
				   json_get_text(item, "feeds", FEEDS_ROWS));
	}
	if (!json_array_size(out))
		add_change(out, "columns", NULL, NULL, FEEDS_ROWS);
	return out;
}

static const char *
shown(const json_t *change, const char *member)
{
	const char *text = json_get_text(change, member, "nothing");

	return *text ? text : "nothing";
}

/* What became of an input since it was read. */
static const char *
fate_of(const json_t *input)
{
	const char *cause = json_get_text(input, "cause", "");

	if (strcmp(cause, "definition") == 0)
		return "is defined otherwise";
	return strcmp(cause, "completed") == 0 ? "came later" : "was replaced";
}

/* "window 5d -> 7d", or "events 2026-05-01 was replaced"; the first few of them. */
static void
say_reason(const json_t *row, struct buf *out)
{
	enum { SHOWN = 3 };
	const json_t *changes = json_object_get(row, "stale_definition");
	const json_t *list = changes ? changes : json_object_get(row, "stale_inputs"), *item;
	size_t i, n = json_array_size(list);

	json_array_foreach((json_t *)(uintptr_t)list, i, item)
	{
		const char *partition = json_get_text(item, "partition", "");

		if (i == SHOWN)
			break;
		buf_text(out, i ? ", " : "");
		if (changes)
			buf_format(out, "%s %s -> %s", json_get_text(item, "key", ""),
				   shown(item, "was"), shown(item, "is"));
		else
			buf_format(out, "%s%s%s %s", json_get_text(item, "dataset", ""),
				   *partition ? " " : "", partition, fate_of(item));
	}
	if (n > SHOWN)
		buf_format(out, " and %zu more", n - SHOWN);
}

static void
set_reason(json_t *row)
{
	struct buf text;

	buf_init(&text, SIZE_MAX);
	if (json_is_string(json_object_get(row, "stale_reason")))
		say_reason(row, &text);
	json_object_set_new(row, "stale_because",
			    text.bytes ? json_text_new(text.data) : json_null());
	buf_release(&text);
}

enum err_code
defined_reasons(struct view *v, const json_t *now, json_t *rows, struct err *err)
{
	json_t *known = json_object(), *row; /* by recorded digest: partitions share them */
	enum err_code code = ERR_NONE;
	size_t i;

	json_array_foreach(rows, i, row)
	{
		const char *digest = json_get_text(row, "definition", "");
		const json_t *is = json_object_get(now, json_get_text(row, "dataset", ""));
		json_t *was = NULL;

		if (strcmp(json_get_text(row, "stale_reason", ""), "stale_definition") != 0) {
			set_reason(row);
			continue;
		}
		if (!code && !json_object_get(known, digest)) {
			code = read_definition(v, digest, &was, err);
			json_object_set_new(known, digest,
					    changes_new(was, json_object_get(is, "definition")));
			json_decref(was);
		}
		json_object_set(row, "stale_definition", json_object_get(known, digest));
		set_reason(row);
	}
	json_decref(known);
	return code;
}
