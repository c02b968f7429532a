/* approve.c - the keys of operator approve: a task that waits for a person. */
#include "core/op/approve.h"

#include "core/op/command.h"
#include "core/op/op.h"

#include <string.h>

#define AT(field) offsetof(struct op_approve, field)

enum { OPTION_BYTES_MAX = 100 };

static const char *const end_words[] = { "fail", "skip", NULL };
static const char *const usual_options[] = { "approve", "reject" };

/* It is read when the options are known. */
static void
keep_key(struct yreader *r, const struct key *row, const struct ynode *key, void *base)
{
	(void)r;
	*(const struct ynode **)(void *)((char *)base + row->at) = key;
}

static const struct key approve_keys[] = {
	{ "subject", WANT_TEMPLATE, .required = true, .at = AT(subject) },
	{ "options", WANT_TEXTS, .at = AT(options), .count_at = AT(n_options) },
	{ "reject", WANT_CUSTOM, .at = AT(reject), .read = keep_key },
	{ "outputs", WANT_CUSTOM, .read = command_read_outputs },
	{ "on_reject", WANT_FLAG, .at = AT(skip_refused), .words = end_words },
	{ "on_timeout", WANT_FLAG, .at = AT(skip), .words = end_words },
};

static void
begin(void *params)
{
	struct op_approve *p = params;

	p->options = usual_options;
	p->n_options = countof(usual_options);
}

/* Each is a word to type, once. */
static bool
check_options(struct yreader *r, const struct draft_task *t, const struct approval *asks)
{
	const struct ynode *at = ynode_get(t->key->value, "options");
	bool good = asks->n_options >= 2 && asks->n_options <= APPROVAL_OPTIONS_MAX;

	for (size_t i = 0; i < asks->n_options && good; i++) {
		const char *option = asks->options[i];

		good = *option && strlen(option) <= OPTION_BYTES_MAX;
		for (size_t k = 0; option[k] && good; k++)
			good = (unsigned char)option[k] >= 0x20 && option[k] != 0x7f;
		for (size_t k = 0; k < i && good; k++)
			good = strcmp(asks->options[k], option) != 0;
	}
	if (!good)
		ykeys_say(r, at ? at : t->key, E0673, "such as [publish, wait, never]",
			  "'options' has to be 2 to %d texts of 1 to %d bytes, each once",
			  APPROVAL_OPTIONS_MAX, OPTION_BYTES_MAX);
	return good;
}

/* Mark one option that says no; false: it is none, which was reported. */
static bool
mark_refusal(struct yreader *r, const struct ynode *at, const char *word, struct approval *asks)
{
	for (size_t i = 0; i < asks->n_options; i++) {
		if (strcmp(asks->options[i], word) != 0)
			continue;
		asks->refuses[i] = true;
		return true;
	}
	ykeys_say(r, at, E0674, ykeys_nearest(r, word, asks->options, asks->n_options),
		  "'%.*s' of 'reject' is none of the options", OPTION_BYTES_MAX, word);
	return false;
}

/* Which options say no: those that are named, else `reject` if that is one. */
static void
read_refusals(struct yreader *r, const struct draft_task *t, struct approval *asks)
{
	const struct ynode *key = ((const struct op_approve *)t->params)->reject;
	const char *const *words = NULL;
	size_t n = 0, left = 0;
	bool good = true;

	for (size_t i = 0; !key && i < asks->n_options; i++)
		asks->refuses[i] = strcmp(asks->options[i], usual_options[1]) == 0;
	if (!key)
		return;
	if (!ykeys_texts(r, key, &words, &n))
		return;
	for (size_t i = 0; i < n; i++)
		good = mark_refusal(r, key->value, words[i], asks) && good;
	for (size_t i = 0; i < asks->n_options; i++)
		left += !asks->refuses[i];
	if (good && !left)
		ykeys_say(r, key->value, E0674, NULL,
			  "every option of task '%s' says no: nobody could approve", t->task.id);
}

/* Its outputs, and before them the option that was chosen. */
static void
add_answer(struct yreader *r, struct draft_task *t)
{
	const struct ynode *outputs = ynode_get(t->key->value, "outputs");
	struct task *task = &t->task;
	struct task_output *all = arena_get(r->arena, (task->n_outputs + 1) * sizeof(*all));

	all[0] = (struct task_output){ APPROVAL_OUTPUT, OUTPUT_STRING };
	for (size_t i = 0; i < task->n_outputs; i++) {
		if (strcmp(task->outputs[i].name, APPROVAL_OUTPUT) == 0)
			ykeys_say(r, outputs, E0675, NULL,
				  "output '%s' of task '%s' is the option that was chosen, and "
				  "there already",
				  APPROVAL_OUTPUT, task->id);
		all[i + 1] = task->outputs[i];
	}
	task->outputs = all;
	task->n_outputs++;
}

static void
end(struct yreader *r, struct draft_task *t)
{
	const struct op_approve *p = t->params;
	struct approval *asks = arena_get(r->arena, sizeof(*asks));
	bool timeout = ynode_get(t->key->value, "timeout") != NULL;

	*asks = (struct approval){ .subject = p->subject,
				   .options = p->options,
				   .n_options = p->n_options,
				   .skip_refused = p->skip_refused };
	if (p->subject && (!*p->subject || strlen(p->subject) > APPROVAL_BYTES_MAX))
		ykeys_say(r, ynode_get(t->key->value, "subject"), E0676, NULL,
			  "'subject' has to be 1 to %d bytes long", APPROVAL_BYTES_MAX);
	if (check_options(r, t, asks))
		read_refusals(r, t, asks);
	add_answer(r, t);
	if (t->task.n_checks)
		ykeys_say(r, t->checks_at[0], E0604, NULL,
			  "task '%s' has checks but no 'output' that they could look at",
			  t->task.id);
	t->task.wait = (struct task_wait){
		.timeout_us = timeout ? t->task.timeout_us : WAIT_TIMEOUT_US,
		.skip = p->skip,
		.told = true,
		.asks = asks,
	};
	t->task.timeout_us = 0;
}

const struct op_def op_def_approve = {
	.kind = OP_APPROVE,
	.name = "approve",
	.label = "approve",
	.summary = "asks a person, and waits for the answer without a slot",
	.rows = approve_keys,
	.n_rows = countof(approve_keys),
	.params_bytes = sizeof(struct op_approve),
	.waits = true,
	.asks = true,
	.begin = begin,
	.end = end,
};
