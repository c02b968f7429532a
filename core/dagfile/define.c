/* define.c - the definition of what a task writes. */
#include "core/dagfile/define.h"

#include "core/base/mem.h"
#include "core/check/check.h"
#include "core/op/op.h"

#include <stdlib.h>

static void
define_window(struct definition *d, const char *key, const struct input *in)
{
	char text[WINDOW_TEXT_CHARS + 1];

	input_window_text(&in->window, d->dag->grid, text);
	define(d, key, FEEDS_ROWS, "%s%s", text, in->whole ? " whole" : "");
}

/* What it reads: which dataset, and how much of it. */
static void
define_inputs(struct definition *d, const struct task *task)
{
	for (size_t i = 0; i < task->n_inputs; i++) {
		const struct input *in = &task->inputs[i];
		char *key;

		/* A check that takes rows away says what it looks at. */
		if (in->for_checks)
			continue;
		key = i ? mem_format("input[%zu]", i) : mem_str("input");

		define(d, key, FEEDS_ROWS, "%s", in->dataset);
		free(key);
		if (!in->partitioned)
			continue;
		key = i ? mem_format("window[%zu]", i) : mem_str("window");
		define_window(d, key, in);
		free(key);
	}
}

/* Checks that take rows of the dataset away; others judge what is there. */
static void
define_checks(struct definition *d, const struct task *task, const char *dataset)
{
	size_t n = 0;

	for (size_t i = 0; i < task->n_checks; i++) {
		const struct check *c = &task->checks[i];
		struct buf text;
		char *key;

		if (!c->quarantine || !check_is_of(c, dataset))
			continue;
		buf_init(&text, SIZE_MAX);
		for (size_t k = 0; k < c->n_columns; k++)
			buf_format(&text, "%s%s", k ? ", " : "", c->columns[k]);
		if (c->kind->say)
			c->kind->say(c->params, &text);
		key = mem_format("checks[%zu].%s", n++, c->kind->name);
		define(d, key, FEEDS_ROWS, "%s", text.data ? text.data : "");
		free(key);
		buf_release(&text);
	}
}

json_t *
task_definition(const struct dag *dag, const struct task *task, const struct dataset *written)
{
	struct definition d = { .dag = dag, .keys = json_object() };
	char *op = mem_format("%s %d", task->op->label, task->op->revision + 1);
	json_t *out = json_object();

	define_inputs(&d, task);
	define_checks(&d, task, written->name);
	define(&d, "format", FEEDS_ROWS, "%s", format_name(written->format));
	if (task->where)
		define_expression(&d, "where", FEEDS_ROWS, task->where->text);
	if (task->op->define)
		task->op->define(&d, task);
	json_object_set_new(out, "operator", json_text_new(op));
	json_object_set_new(out, "keys", d.keys);
	free(op);
	return out;
}
