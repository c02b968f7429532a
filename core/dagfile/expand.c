/* expand.c - what a run gives its tasks: outputs of others, and the items of `expand:`. */
#include "core/dagfile/expand.h"

#include "core/base/json.h"
#include "core/text/yjson.h"
#include "core/op/op.h"
#include "core/text/template.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* ---- names in templates ---- */

#define ROOT "outputs."

/* One mention on its way. */
struct resolving {
	struct dagfile *f;
	struct draft_task *task;
	const struct ymention *m;
};

/* Report a mistake under `bytes` bytes of the name, at byte `at` of it. */
static void PRINTF_LIKE(5, 6)
    say(const struct resolving *r, size_t at, size_t bytes, const char *help, const char *fmt, ...)
{
	struct place place = ykeys_part(&r->f->y.source, r->m->value, r->m->at + at, bytes);
	char text[400];
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	diags_say(r->f->y.diags, E0806, &place, help ? arena_str(r->f->y.arena, help) : NULL,
		  "'%s': %s", r->m->key, text);
}

/* May the task name outputs of that one: does it come directly before it? */
static bool
is_before(const struct resolving *r, uint32_t up)
{
	/* All that is not of on_exit has ended then. */
	if (r->task->task.on_exit && !r->f->tasks[up].task.on_exit)
		return true;
	for (size_t i = 0; i < r->task->n_edges; i++)
		if (r->task->edges[i] == up)
			return true;
	return false;
}

/* Help: "did you mean 'x'?" for the nearest of n words. */
static const char *
nearest(const char *word, const char *const *words, size_t n, char *room, size_t bytes)
{
	const char *near = diag_nearest(word, words, n);

	if (!near)
		return NULL;
	(void)snprintf(room, bytes, "did you mean '%s'?", near);
	return room;
}

static void
no_task(const struct resolving *r, const char *name)
{
	const char **words = arena_get(r->f->y.scratch, (r->task->n_edges + 1) * sizeof(*words));
	char help[NAME_MAX_BYTES + 40];

	for (size_t i = 0; i < r->task->n_edges; i++)
		words[i] = r->f->tasks[r->task->edges[i]].task.id;
	say(r, strlen(ROOT), strlen(name),
	    nearest(name, words, r->task->n_edges, help, sizeof(help)), "there is no task '%s'",
	    name);
}

static void
not_before(const struct resolving *r, const char *name)
{
	char help[2 * NAME_MAX_BYTES + 40];

	if (!strcmp(name, r->task->task.id))
		(void)snprintf(help, sizeof(help), "a task has no outputs before it has ended");
	else
		(void)snprintf(help, sizeof(help), "add '%s' to 'needs' of '%s'", name,
			       r->task->task.id);
	say(r, strlen(ROOT), strlen(name), help, "task '%s' does not come directly before '%s'",
	    name, r->task->task.id);
}

static void
no_output(const struct resolving *r, const struct task *up, const char *key)
{
	const char **words = arena_get(r->f->y.scratch, (up->n_outputs + 1) * sizeof(*words));
	char help[NAME_MAX_BYTES + 40];

	for (size_t i = 0; i < up->n_outputs; i++)
		words[i] = up->outputs[i].name;
	if (!up->n_outputs)
		say(r, strlen(ROOT), strlen(up->id), "declare it under 'outputs' of that task",
		    "task '%s' declares no outputs", up->id);
	else
		say(r, strlen(ROOT) + strlen(up->id) + 1, strlen(key),
		    nearest(key, words, up->n_outputs, help, sizeof(help)),
		    "task '%s' declares no output '%s'", up->id, key);
}

/* One more name that the run has to give; the same one stands once. */
static void
add(const struct resolving *r, const char *name, uint32_t up, uint32_t output)
{
	struct task *task = &r->task->task;
	struct given_name *names;

	for (size_t i = 0; i < task->n_given; i++)
		if (task->given[i].task == up && task->given[i].output == output)
			return;
	names = arena_get(r->f->y.arena, (task->n_given + 1) * sizeof(*names));
	if (task->n_given)
		memcpy(names, task->given, task->n_given * sizeof(*names));
	names[task->n_given++] = (struct given_name){ name, up, output };
	task->given = names;
}

/* The task that TASK.NAME begins with, both of which may have dots: path is cut to it.  -1: none.
 */
static int
find_task(const struct dagfile *f, char *path)
{
	int found = -1;

	for (char *dot = strrchr(path, '.'); dot && found < 0; dot = strrchr(path, '.')) {
		*dot = '\0';
		found = names_find(&f->task_names, path);
	}
	return found;
}

static bool
given_find(struct dagfile *f, const struct ymention *m, uint32_t *task, uint32_t *output)
{
	const struct resolving r = { f, &f->tasks[m->owner], m };
	const char *name = arena_bytes(f->y.scratch, m->value->text + m->at, m->bytes), *key;
	char *path = arena_str(f->y.scratch, name + strlen(ROOT));
	const struct task *up;
	int at = find_task(f, path);

	if (at < 0) {
		path = arena_str(f->y.scratch, name + strlen(ROOT));
		*strrchr(path, '.') = '\0';
		no_task(&r, path);
		return false;
	}
	/* What stands behind the name of the task, dots and all. */
	key = name + strlen(ROOT) + strlen(path) + 1;
	up = &f->tasks[at].task;
	if (!is_before(&r, (uint32_t)at)) {
		not_before(&r, path);
		return false;
	}
	*task = (uint32_t)at;
	for (*output = 0; *output < up->n_outputs; ++*output)
		if (strcmp(up->outputs[*output].name, key) == 0)
			return true;
	if (!f->tasks[at].outputs_unsure)
		no_output(&r, up, key);
	return false;
}

/* item, item.NAME, map_index. */
static void
check_item(const struct resolving *r)
{
	const char *text = r->m->value->text + r->m->at, *names[EXPAND_LISTS_MAX];
	const struct expand *x = r->task->task.expand;
	char help[NAME_MAX_BYTES + 60], *name;

	if (!r->task->expand) {
		say(r, 0, r->m->bytes, "give the task an 'expand'",
		    "only a task that is expanded has an item");
		return;
	}
	if (!x || strncmp(text, "item.", strlen("item.")) != 0)
		return;
	name = arena_bytes(r->f->y.scratch, text + strlen("item."), r->m->bytes - strlen("item."));
	for (size_t i = 0; i < x->n; i++) {
		names[i] = x->lists[i].name;
		if (names[i] && !strcmp(names[i], name))
			return;
	}
	if (!x->lists[0].name)
		say(r, 0, r->m->bytes, "write {{ item }}, or 'expand: {NAME: ...}'",
		    "the items of this task have no names");
	else
		say(r, strlen("item."), strlen(name),
		    nearest(name, names, x->n, help, sizeof(help)), "'expand' has no '%s'", name);
}

/* A value of outputs, of a task that runs a program or asks a person. */
static void
check_output(const struct resolving *r)
{
	uint32_t task, output;

	if (given_find(r->f, r->m, &task, &output))
		add(r, arena_bytes(r->f->y.arena, r->m->value->text + r->m->at, r->m->bytes), task,
		    output);
}

void
given_link(struct dagfile *f)
{
	for (size_t i = 0; i < f->y.n_mentions; i++) {
		const struct ymention *m = &f->y.mentions[i];
		const struct resolving r = { f, &f->tasks[m->owner], m };

		if (r.task->unsure)
			continue;
		if (strncmp(m->value->text + m->at, ROOT, strlen(ROOT)) != 0)
			check_item(&r);
		else if (r.task->task.op && (r.task->task.op->argv || r.task->task.op->asks))
			check_output(&r);
		else
			say(&r, 0, m->bytes, "let a task of operator command take the value",
			    "a built-in operator is not given what other tasks left");
	}
}

/* ---- expand ---- */

/* One `expand` on its way. */
struct expand_reading {
	struct dagfile *f;
	size_t at; /* of the draft */
	struct expand_list *lists;
	size_t n;
};

static struct draft_task *
draft(const struct expand_reading *x)
{
	return &x->f->tasks[x->at];
}

/* ---- reading ---- */

/* A list that is written down, as JSON; NULL was reported. */
static const char *
read_items(struct expand_reading *x, const struct ynode *list)
{
	struct yreader *r = &x->f->y;
	const char *items = NULL;
	bool right = true;
	struct buf text;

	if (list->count == 0 || list->count > EXPAND_TASK_MAX) {
		ykeys_say(r, list, E0807,
			  list->count ? NULL : "leave the task out, or give it items",
			  "a list to expand has 1 to %d items, this has %zu", EXPAND_TASK_MAX,
			  list->count);
		return NULL;
	}
	buf_init(&text, DAG_FILE_BYTES_MAX);
	buf_char(&text, '[');
	for (const struct ynode *i = list->first; i; i = i->next) {
		if (i->broken)
			right = false;
		else if (i->kind != YNODE_SCALAR || ynode_is_null(i)) {
			ykeys_say(r, i, E0807, NULL, "an item has to be a single value");
			right = false;
		} else {
			buf_text(&text, i == list->first ? "" : ",");
			yjson_tree(&text, i);
		}
	}
	buf_char(&text, ']');
	if (right)
		items = arena_bytes(r->arena, text.data, text.bytes);
	buf_release(&text);
	return items;
}

#define PARAMS "params."
#define WHAT_TO_WRITE "write [a, b], \"{{ outputs.TASK.NAME }}\" or \"{{ params.NAME }}\""

/* "{{ NAME }}" and nothing else: where the name stands. */
static bool
is_one_name(const char *text, struct template_name *name)
{
	const char *from = text + 2, *end;

	if (strncmp(text, "{{", 2) != 0)
		return false;
	from += strspn(from, " \t\r\n");
	end = from + strcspn(from, " \t\r\n}|");
	*name = (struct template_name){ .at = (size_t)(from - text),
					.bytes = (size_t)(end - from) };
	end += strspn(end, " \t\r\n");
	return name->bytes && strcmp(end, "}}") == 0;
}

static void
no_reference(struct expand_reading *x, const struct ynode *value)
{
	ykeys_say(&x->f->y, value, E0807, WHAT_TO_WRITE,
		  "'expand' takes lists, and outputs and parameters that are lists");
}

/* A list that another task leaves; false was reported. */
static bool
read_output(struct expand_reading *x, const struct ynode *value, const struct template_name *name,
	    struct expand_list *out)
{
	struct yreader *r = &x->f->y;
	const struct ymention mention = { .value = value,
					  .key = "expand",
					  .owner = x->at,
					  .at = name->at,
					  .bytes = name->bytes };
	const struct task_output *output;
	const struct task *up;
	struct place place;

	if (!given_find(x->f, &mention, &out->task, &out->output))
		return false;
	out->from = EXPAND_OUTPUT;
	up = &x->f->tasks[out->task].task;
	output = &up->outputs[out->output];
	/* Of an expanded one the values are a list, whatever each of them is. */
	if (output->type == OUTPUT_JSON || x->f->tasks[out->task].expand)
		return true;
	place = ykeys_part(&r->source, value, name->at, name->bytes);
	diags_say(r->diags, E0807, &place, "declare it as json",
		  "'expand': output '%s' of task '%s' is %s, and no list", output->name, up->id,
		  output_type_name(output->type));
	return false;
}

/* A list that whoever starts the run gives; false was reported. */
static bool
read_param(struct expand_reading *x, const struct ynode *value, const struct template_name *at,
	   struct expand_list *out)
{
	struct yreader *r = &x->f->y;
	const char **words = arena_get(r->scratch, (r->n_params + 1) * sizeof(*words));
	struct place place = ykeys_part(&r->source, value, at->at, at->bytes);
	const char *name = arena_bytes(r->scratch, value->text + at->at, at->bytes);
	char help[NAME_MAX_BYTES + 40];

	name += strlen(PARAMS);
	out->from = EXPAND_PARAM;
	for (out->param = 0; out->param < r->n_params; out->param++) {
		words[out->param] = r->params[out->param].name;
		if (strcmp(words[out->param], name) == 0)
			break;
	}
	if (out->param == r->n_params)
		diags_say(r->diags, E0351, &place,
			  nearest(name, words, r->n_params, help, sizeof(help)),
			  "'expand': there is no parameter '%s'", name);
	else if (r->params[out->param].type != PARAM_LIST)
		diags_say(r->diags, E0351, &place, "declare it with 'type: list'",
			  "'expand': parameter '%s' is no list", name);
	else
		return true;
	return false;
}

/* A list that stands elsewhere; false was reported. */
static bool
read_reference(struct expand_reading *x, const struct ynode *value, struct expand_list *out)
{
	struct template_name name;
	const char *text;

	if (!is_one_name(value->text, &name)) {
		no_reference(x, value);
		return false;
	}
	text = value->text + name.at;
	out->source = arena_bytes(x->f->y.arena, text, name.bytes);
	if (strncmp(text, ROOT, strlen(ROOT)) == 0 && strchr(out->source + strlen(ROOT), '.'))
		return read_output(x, value, &name, out);
	if (strncmp(text, PARAMS, strlen(PARAMS)) == 0)
		return read_param(x, value, &name, out);
	no_reference(x, value);
	return false;
}

static bool
read_list(struct expand_reading *x, const char *name, const struct ynode *value)
{
	struct expand_list *out = &x->lists[x->n];

	if (value->broken)
		return false;
	*out = (struct expand_list){ .name = name, .source = name ? name : "expand" };
	if (value->kind == YNODE_LIST) {
		out->items = read_items(x, value);
		if (!out->items)
			return false;
	} else if (value->kind != YNODE_SCALAR) {
		no_reference(x, value);
		return false;
	} else if (!read_reference(x, value, out)) {
		return false;
	}
	x->n++;
	return true;
}

/* What a task that is expanded cannot be besides; NULL: it is nothing of that. */
static const char *
hindrance(const struct expand_reading *x)
{
	const struct draft_task *t = draft(x);

	if (!t->task.op || !t->task.op->argv)
		return "only tasks that run a program are expanded";
	if (t->task.wait.every_us)
		return "a task that waits for the world is one task";
	if (t->output)
		return "its instances would all write the same partition of its output";
	if (t->task.setup || t->teardown)
		return "a setup or teardown is one task";
	if (t->task.on_exit)
		return "a task of on_exit is one task";
	for (int32_t g = t->group; g >= 0; g = x->f->groups[g]->parent)
		if (x->f->groups[g]->retry.retries)
			return "its group is tried again as one: give the task retries of its own";
	return NULL;
}

/* Together they may be too many before anybody has run: the first is a level, the rest another. */
static void
check_product(struct expand_reading *x, const struct ynode *value)
{
	size_t n = 1, first = 1;

	assert(value->first);
	if (value->first->value->kind == YNODE_LIST)
		first = value->first->value->count;

	for (const struct ynode *k = value->first->next; k; k = k->next)
		if (k->value->kind == YNODE_LIST && n <= EXPAND_TASK_MAX)
			n *= k->value->count ? k->value->count : 1;
	if (n > EXPAND_TASK_MAX)
		ykeys_say(&x->f->y, value, E0807, NULL,
			  "the lists after the first have more than %d combinations",
			  EXPAND_TASK_MAX);
	else if (n * first > EXPAND_RUN_MAX)
		ykeys_say(&x->f->y, value, E0807, NULL,
			  "these lists have %zu combinations, and a run has at most %d instances",
			  n * first, EXPAND_RUN_MAX);
}

/* All that says what the items are, so that an edit of something else keeps them. */
static const char *
canonical(struct expand_reading *x, int levels)
{
	const char *text;
	struct buf out;

	buf_init(&out, SIZE_MAX);
	buf_format(&out, "%d\n", levels);
	for (size_t i = 0; i < x->n; i++)
		buf_format(&out, "%s=%s\n", x->lists[i].name ? x->lists[i].name : "",
			   x->lists[i].items ? x->lists[i].items : x->lists[i].source);
	text = arena_bytes(x->f->y.arena, out.data, out.bytes);
	buf_release(&out);
	return text;
}

static bool
read_all(struct expand_reading *x, const struct ynode *value)
{
	struct yreader *r = &x->f->y;
	bool right = true;

	if (value->kind != YNODE_MAP)
		return read_list(x, NULL, value);
	if (value->count == 0 || value->count > EXPAND_LISTS_MAX) {
		ykeys_say(r, value, E0807, NULL, "'expand' has 1 to %d lists, this has %zu",
			  EXPAND_LISTS_MAX, value->count);
		return false;
	}
	for (const struct ynode *k = value->first; k; k = k->next) {
		if (k->broken || !ykeys_is_name(r, k, "item"))
			right = false;
		else
			right &= read_list(x, arena_str(r->arena, k->text), k->value);
	}
	if (right)
		check_product(x, value);
	return right;
}

/* Does each instance of another task leave a list of its own? */
static bool
is_list_of_lists(const struct expand_reading *x, const struct expand_list *list)
{
	const struct draft_task *up = &x->f->tasks[list->task];

	return list->from == EXPAND_OUTPUT && up->expand &&
	       up->task.outputs[list->output].type == OUTPUT_JSON;
}

/* One list among several is such; true was reported. */
static bool
has_list_of_lists(struct expand_reading *x)
{
	for (size_t i = 0; i < x->n; i++) {
		if (!is_list_of_lists(x, &x->lists[i]))
			continue;
		ykeys_say(
		    &x->f->y, draft(x)->expand, E0350, "let it be the only list",
		    "task '%s' cannot be expanded: task '%s' is expanded itself, so that %s is "
		    "a list of lists, beside another list",
		    draft(x)->task.id, x->f->tasks[x->lists[i].task].task.id, x->lists[i].source);
		return true;
	}
	return false;
}

void
expand_read(struct dagfile *f, size_t at)
{
	struct expand_reading x = { .f = f, .at = at };
	struct draft_task *t = &f->tasks[at];
	const char *why;
	struct expand *expand;
	bool nested;
	int levels;

	if (!t->expand)
		return;
	why = hindrance(&x);
	if (why) {
		ykeys_say(&f->y, t->expand, E0807, NULL, "task '%s' cannot be expanded: %s",
			  t->task.id, why);
		return;
	}
	x.lists = arena_get(f->y.arena, EXPAND_LISTS_MAX * sizeof(*x.lists));
	if (!read_all(&x, t->expand->value))
		return;
	nested = x.n == 1 && is_list_of_lists(&x, &x.lists[0]);
	if (x.n > 1 && has_list_of_lists(&x))
		return;
	levels = nested || x.n > 1 ? 2 : 1;
	expand = arena_get(f->y.arena, sizeof(*expand));
	*expand = (struct expand){ x.lists, x.n, levels, nested, canonical(&x, levels) };
	t->task.expand = expand;
}

void
expand_check_depth(struct dagfile *f)
{
	for (size_t i = 0; i < f->n_tasks; i++) {
		const struct expand *x = f->tasks[i].task.expand, *up;

		if (!x || !x->nested)
			continue;
		up = f->tasks[x->lists[0].task].task.expand;
		if (up && up->levels > 1)
			ykeys_say(
			    &f->y, f->tasks[i].expand, E0350,
			    "let a task between them leave one list",
			    "task '%s' cannot be expanded: task '%s', whose lists it takes, has "
			    "two levels itself",
			    f->tasks[i].task.id, f->tasks[x->lists[0].task].task.id);
	}
}

bool
expand_names(const struct expand *x, uint32_t task)
{
	for (size_t i = 0; x && i < x->n; i++)
		if (x->lists[i].from == EXPAND_OUTPUT && x->lists[i].task == task)
			return true;
	return false;
}
