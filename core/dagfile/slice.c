/* slice.c - one task as a DAG file of its own, in one line of JSON. */
#include "core/dagfile/slice.h"

#include "core/base/mem.h"
#include "core/base/size.h"
#include "core/base/words.h"
#include "core/op/op.h"
#include "core/text/resolved.h"
#include "core/text/yjson.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * The slice of a task travels in its spec, which is bounded.  To read a short
 * file again costs less than to keep its slices; of a long file with many tasks
 * they are kept, or each launch would read all of it.
 */
enum { SLICE_BYTES_MAX = 128 << 10, SHORT_FILE_BYTES = 16 << 10 };

/* Keys of a task that name other tasks, which the slice does not have, or that the spec has too. */
static const char *const left_out[] = { "needs",    "trigger_rule",    "setup",
					"teardown", "depends_on_past", "wait_for_downstream",
					"when",     "expand",          "env" };

/* Besides, of a task that runs a program: the spec says what the program is told. */
static const char *const left_out_of_programs[] = { "inputs" };

/* Is a check made of what is said of them? */
static bool
has_required(const struct column_notes *notes)
{
	for (size_t i = 0; i < notes->count; i++)
		if (notes->items[i].required)
			return true;
	return false;
}

/* A word of ours, in quotes, of which `before` ends in the first. */
static void
add_member(struct buf *out, const char *before, const char *word)
{
	buf_text(out, before);
	buf_text(out, word);
	buf_char(out, '"');
}

/* `fixed`: its writer is in the slice and knows the columns. */
static void
add_dataset(struct buf *out, const struct dataset *d, bool fixed)
{
	yjson_text(out, d->name);
	buf_text(out, ":{\"path\":");
	yjson_text(out, d->path);
	add_member(out, ",\"format\":\"", format_name(d->format));
	if (!d->partitioned)
		buf_text(out, ",\"partitioned\":false");
	if (fixed && !has_required(&d->notes)) {
		buf_char(out, '}');
		return;
	}
	buf_text(out, ",\"columns\":{");
	for (size_t i = 0; i < d->schema.count; i++) {
		const char *name = d->schema.columns[i].name;
		const char *type = col_type_name(d->schema.columns[i].type);
		const struct column_note *note = column_note_of(&d->notes, name);

		buf_text(out, i ? "," : "");
		yjson_text(out, name);
		if (note && note->required) {
			add_member(out, ":{\"type\":\"", type);
			buf_text(out, ",\"nullable\":false}");
		} else {
			add_member(out, ":\"", type);
		}
	}
	buf_text(out, "}}");
}

/*
 * The datasets of this file that the task uses, complete, so that nothing has
 * to be worked out again.  One that the reader would make itself, a quarantine
 * of an output, is left out; as an input it is an ordinary dataset.
 */
static void
add_datasets(struct buf *out, const struct dagfile *f, const struct task *t)
{
	bool first = true;

	buf_text(out, ",\"datasets\":{");
	for (size_t i = 0; i < t->n_inputs && !t->op->argv; i++) {
		int at = names_find(&f->dataset_names, t->inputs[i].dataset);
		bool twice = false;

		for (size_t k = 0; k < i; k++)
			twice = twice || strcmp(t->inputs[k].dataset, t->inputs[i].dataset) == 0;
		if (at < 0 || twice)
			continue;
		buf_text(out, first ? "" : ",");
		add_dataset(out, &f->dag->datasets[at], false);
		first = false;
	}
	for (size_t i = 0; i < task_n_writes(t); i++) {
		buf_text(out, first ? "" : ",");
		add_dataset(out, dag_written(f->dag, t, i), t->op->fixed != NULL);
		first = false;
	}
	buf_char(out, '}');
}

static bool
is_left_out(const char *name, bool program)
{
	return words_at(left_out, countof(left_out), name) >= 0 ||
	       (program &&
		words_at(left_out_of_programs, countof(left_out_of_programs), name) >= 0);
}

static void
add_task(struct buf *out, const struct draft_task *t, bool program)
{
	bool first = true;

	buf_text(out, ",\"tasks\":{");
	yjson_text(out, t->task.id);
	buf_text(out, ":{");
	for (const struct ynode *k = t->key->value->first; k; k = k->next) {
		if (is_left_out(k->text, program))
			continue;
		buf_text(out, first ? "" : ",");
		yjson_text(out, k->text);
		buf_char(out, ':');
		yjson_tree(out, k->value);
		first = false;
	}
	buf_text(out, "}}}");
}

/* The `defaults` that hold in a group, from the outermost (0: the file's) on; NULL: no such. */
static const struct ynode *
defaults_at(const struct dagfile *f, int32_t group, uint32_t depth)
{
	if (!depth)
		return f->defaults_key;
	while (group >= 0 && f->groups[group]->depth > depth)
		group = f->groups[group]->parent;
	return group >= 0 ? f->groups[group]->defaults : NULL;
}

/* Does a group inside the one of this depth say it again? */
static bool
is_overruled(const struct dagfile *f, int32_t group, uint32_t depth, const char *name)
{
	for (depth++; group >= 0 && depth <= f->groups[group]->depth; depth++) {
		const struct ynode *key = defaults_at(f, group, depth);

		if (key && ynode_get(key->value, name))
			return true;
	}
	return false;
}

/* What holds of `defaults` for the tasks of a group, as one map. */
static void
add_defaults(struct buf *out, const struct dagfile *f, int32_t group)
{
	uint32_t most = group < 0 ? 0 : f->groups[group]->depth;
	const char *before = ",\"defaults\":{";
	bool any = false;

	for (uint32_t depth = 0; depth <= most; depth++) {
		const struct ynode *key = defaults_at(f, group, depth);

		for (const struct ynode *k = key ? key->value->first : NULL; k; k = k->next) {
			if (is_left_out(k->text, false) || is_overruled(f, group, depth, k->text))
				continue;
			buf_text(out, before);
			yjson_text(out, k->text);
			buf_char(out, ':');
			yjson_tree(out, k->value);
			before = ",";
			any = true;
		}
	}
	buf_text(out, any ? "}" : "");
}

/* The parts that are the same for every task of a group. */
static void
add_head(struct buf *out, const struct dagfile *f, int32_t group)
{
	buf_text(out, "{\"dag\":");
	yjson_text(out, f->dag->id);
	if (f->dag->partitioned)
		buf_text(out, ",\"schedule\":{\"partition\":\"day\"}");
	add_defaults(out, f, group);
	if (f->params_key) {
		buf_text(out, ",\"params\":");
		yjson_tree(out, f->params_key->value);
	}
}

/* The constants that a slice names; those of the rest of the file may be longer than it may be. */
static void
add_constants(struct buf *out, const struct dagfile *f)
{
	const struct constant **named = mem_new(f->y.n_named, sizeof(const struct constant *));
	size_t n = 0;

	for (size_t i = 0; i < f->y.n_named; i++)
		if (strstr(out->data, f->y.named[i]->name))
			named[n++] = f->y.named[i];
	resolved_join("", 0, named, n, out);
	free(named);
}

void
dagfile_slices(struct dagfile *f, const struct task *tasks)
{
	bool keep = f->y.source.bytes > SHORT_FILE_BYTES;
	const char **kept = keep ? arena_get(f->y.arena, f->n_tasks * sizeof(*kept)) : NULL;
	struct buf text;

	buf_init(&text, SLICE_BYTES_MAX);
	for (size_t i = 0; i < f->n_tasks; i++) {
		if (!op_is_sliced(&tasks[i]) || (f->slice && i != f->slice_of))
			continue;
		buf_reset(&text);
		add_head(&text, f, tasks[i].group);
		add_datasets(&text, f, &tasks[i]);
		add_task(&text, &f->tasks[i], tasks[i].op->argv != NULL);
		add_constants(&text, f);
		if (text.full)
			ykeys_say(&f->y, f->tasks[i].key, E0318,
				  "use fewer columns or shorter lists",
				  "task '%s' needs too long a definition: at most %s", tasks[i].id,
				  SIZE_TEXT(SLICE_BYTES_MAX));
		if (f->slice)
			buf_add(f->slice, text.data, text.bytes);
		if (keep)
			kept[i] = arena_bytes(f->y.arena, text.data, text.bytes);
	}
	f->dag->slices = kept;
	buf_release(&text);
}
