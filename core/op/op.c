/* op.c - which operators there are, and which of them a task asks for. */
#include "core/op/op.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#define OP(NAME, name) [OP_##NAME] = &op_def_##name,
static const struct op_def *const ops[OP_COUNT] = {
#include "core/op/list.inc"
};
#undef OP

static const char *const later_words[] = { "sql", "transform" };

/* The word at a key that a task has to have; NULL was reported. */
static const char *
word_at(struct yreader *r, const struct ynode *task, const char *name, const char *const *words)
{
	const struct ynode *key = ykeys_find(task->value, name);
	char help[200] = "";
	size_t used = 0;
	int word;

	if (key)
		return ykeys_word(r, key, words, &word) ? words[word] : NULL;
	for (size_t i = 0; words[i] && used < sizeof(help); i++)
		used += (size_t)snprintf(help + used, sizeof(help) - used, "%s%s",
					 i ? ", " : "it is one of ", words[i]);
	ykeys_say(r, task, E0202, help, "task '%s' needs the key '%s'", task->text, name);
	return NULL;
}

/* Operators of later versions, and no mistake in spelling. */
static bool
is_later(struct yreader *r, const struct ynode *named)
{
	for (size_t i = 0; named && named->kind == YNODE_SCALAR && i < countof(later_words); i++) {
		if (strcmp(named->text, later_words[i]) != 0)
			continue;
		ykeys_say(r, named, E0607, NULL, "operator '%s' is not supported in this version",
			  named->text);
		return true;
	}
	return false;
}

/* The names of all operators, or the methods of one, each once; NULL ends them. */
static void
list_words(const char *of, const char *words[OP_COUNT + 1])
{
	size_t n = 0;

	for (size_t i = 0; i < OP_COUNT; i++) {
		const char *word = of ? ops[i]->method : ops[i]->name;
		bool known = !word || (of && strcmp(ops[i]->name, of) != 0);

		for (size_t k = 0; k < n && !known; k++)
			known = strcmp(words[k], word) == 0;
		if (!known)
			words[n++] = word;
	}
	words[n] = NULL;
}

const struct op_def *
op_choose(struct yreader *r, const struct ynode *key)
{
	const char *name, *method = NULL, *words[OP_COUNT + 1];

	if (is_later(r, ynode_get(key->value, "operator")))
		return NULL;
	list_words(NULL, words);
	name = word_at(r, key, "operator", words);
	if (!name)
		return NULL;
	list_words(name, words);
	if (words[0]) {
		method = word_at(r, key, "method", words);
		if (!method)
			return NULL;
	}
	for (size_t i = 0; i < OP_COUNT; i++) {
		if (strcmp(ops[i]->name, name) == 0 &&
		    (!method || strcmp(ops[i]->method, method) == 0))
			return ops[i];
	}
	return NULL;
}

const struct op_def *
op_def_of(enum op_kind kind)
{
	assert(kind < OP_COUNT);
	return ops[kind];
}

const struct op_def *
op_program(void)
{
	size_t i = 0;

	while (!ops[i]->argv)
		i++;
	return ops[i];
}

bool
op_input_fits(const struct task *task, size_t at, const struct schema *schema, char *why,
	      size_t room)
{
	return !task->op->input_fits || task->op->input_fits(task->params, at, schema, why, room);
}

bool
op_is_sliced(const struct task *task)
{
	return !task->op->argv || task->op->waits || task->output >= 0;
}

const template_text *
op_argv(const struct task *task, size_t *n, bool *shell)
{
	*n = 0;
	*shell = false;
	return task->op->argv ? task->op->argv(task->params, n, shell) : NULL;
}
