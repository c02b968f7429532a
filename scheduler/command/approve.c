/* approve.c - the answer of a person who was asked. */
#include "scheduler/command/def.h"

#include "core/model/approval.h"
#include "scheduler/command/answer.h"
#include "scheduler/command/which.h"
#include "scheduler/life/task.h"
#include "scheduler/rows/effects.h"
#include "scheduler/state/emit.h"
#include "scheduler/state/todo.h"

#include <stdlib.h>
#include <string.h>

enum { SAID_BYTES_MAX = 500 };

/* Which values does it take?  For somebody who named another. */
static void
list_values(const struct task *task, struct buf *out)
{
	for (size_t i = 1; i < task->n_outputs; i++)
		buf_format(out, "%s%s", i > 1 ? ", " : "it takes ", task->outputs[i].name);
	if (task->n_outputs == 1)
		buf_text(out, "it takes none");
}

/* Is there an output for each value that was given? */
static enum err_code
check_names(const struct task *task, const json_t *given, struct err *err)
{
	struct buf names;

	for (void *i = json_object_iter((json_t *)(uintptr_t)given); i;
	     i = json_object_iter_next((json_t *)(uintptr_t)given, i)) {
		const char *name = json_object_iter_key(i);
		size_t k = 1;

		while (k < task->n_outputs && strcmp(task->outputs[k].name, name) != 0)
			k++;
		if (k < task->n_outputs)
			continue;
		buf_init(&names, SAID_BYTES_MAX);
		list_values(task, &names);
		(void)err_set(err, ERR_INPUT, "it has no value '%.100s': %s", name, names.data);
		buf_release(&names);
		return ERR_INPUT;
	}
	return ERR_NONE;
}

/* The outputs of the task, as they are kept. */
static enum err_code
make_outputs(const struct task *task, const char *answer, const json_t *given, struct buf *out,
	     struct err *err)
{
	json_t *all = json_object();
	enum err_code code = check_names(task, given, err);
	char *text;

	(void)json_object_set_new(all, APPROVAL_OUTPUT, json_text_new(answer));
	for (size_t i = 1; i < task->n_outputs && !code; i++) {
		const char *name = task->outputs[i].name;
		const json_t *value = json_object_get(given, name);
		json_t *typed = value ? output_given(&task->outputs[i], value, err) : NULL;

		if (!value)
			code = err_set(err, ERR_INPUT,
				       "it needs the value '%s', of type %s: -p %s=", name,
				       output_type_name(task->outputs[i].type), name);
		else if (!typed)
			code = ERR_INPUT;
		else
			(void)json_object_set_new(all, name, typed);
	}
	text = json_compact(all);
	if (!code)
		code = outputs_check(task->outputs, task->n_outputs, text, strlen(text), out, err);
	free(text);
	json_decref(all);
	return code;
}

/* The option that is meant; NULL: the reply says that there is none. */
static const char *
choose(struct engine *e, const struct command *c, const struct task *task, struct reply *reply)
{
	const struct approval *asks = task->wait.asks;
	const char *option = c->answer;
	struct buf words;

	if (!option)
		option = approval_default(asks, c->kind == COMMAND_REJECT);
	if (option && approval_option(asks, option) >= 0)
		return option;
	buf_init(&words, SAID_BYTES_MAX);
	for (size_t i = 0; i < asks->n_options; i++)
		buf_format(&words, "%s'%s'", i ? ", " : "", asks->options[i]);
	reply_say(e, reply, REPLY_INVALID, "task '%s' does not take '%.100s' for an answer: %s%s",
		  task->id, option ? option : "reject", "it takes ", words.data);
	buf_release(&words);
	return NULL;
}

/* It was answered before: the same again is fine. */
static void
answer_again(struct engine *e, const struct run_task *t, const char *option, const char *outputs,
	     struct reply *reply)
{
	const struct run *run = t->run;
	struct answered was;
	struct buf said;
	bool same;

	answered_read(&was, t->answered);
	same = !strcmp(was.answer, option) &&
	       !strcmp(was.outputs ? was.outputs : "", outputs ? outputs : "");
	buf_init(&said, SAID_BYTES_MAX);
	answered_say(&was, &said);
	if (same)
		reply_say(e, reply, REPLY_OK, "task '%s' of run %s has that answer: %s",
			  task_of(t)->id, run->run_id, said.data);
	else
		reply_say(e, reply, REPLY_REFUSED,
			  "task '%s' of run %s was answered %s; to ask anew when the run has ended "
			  "type: tidemill runs clear %s %s -t %s",
			  task_of(t)->id, run->run_id, said.data, run->dag->id, run->run_id,
			  task_of(t)->id);
	buf_release(&said);
	answered_release(&was);
}

/* Is the task of the run asking just now?  False: the reply says how it stands. */
static bool
is_asking(struct engine *e, const struct run_task *t, struct reply *reply)
{
	const struct run *run = t->run;
	bool ended = task_is_final((enum task_state)t->state);

	if (t->state == TASK_NONE && t->first_us && run->state == RUN_RUNNING)
		return true;
	if (ended)
		reply_say(e, reply, REPLY_REFUSED,
			  "task '%s' of run %s has ended (%s) and asks nobody any more; see: "
			  "tidemill why %s %s %s",
			  task_of(t)->id, run->run_id, task_state_name((enum task_state)t->state),
			  run->dag->id, task_of(t)->id, run->run_id);
	else
		reply_say(e, reply, REPLY_REFUSED,
			  "task '%s' of run %s does not ask yet; for what it waits see: "
			  "tidemill why %s %s %s",
			  task_of(t)->id, run->run_id, run->dag->id, task_of(t)->id, run->run_id);
	return false;
}

static void
take(struct engine *e, struct run_task *t, const struct command *c, const char *option,
     const char *outputs, struct reply *reply)
{
	const char *state = task_state_name((enum task_state)t->state);
	struct answered is;
	struct buf kept, said;

	buf_init(&kept, SIZE_MAX / 2);
	buf_init(&said, SAID_BYTES_MAX);
	answered_write(option, c->by, e->now_us, outputs, &kept);
	task_keep_answer(t, kept.data);
	answered_read(&is, t->answered);
	answered_say(&is, &said);
	mark_task(e, t);
	log_task(e, t, state, state, said.data);
	task_look(e, t);
	reply_say(e, reply, REPLY_OK, "task '%s' of run %s is answered: %s", task_of(t)->id,
		  t->run->run_id, said.data);
	answered_release(&is);
	buf_release(&said);
	buf_release(&kept);
}

/* The task of the run, which asks somebody; NULL: the reply says why not. */
static struct run_task *
find_asking(struct engine *e, struct run *run, const struct command *c, struct reply *reply)
{
	const struct dag *dag = run->def->dag;
	int at = dag_task_find(dag, c->task);

	if (!which_task(e, dag, c->task, reply))
		return NULL;
	if (at >= 0 && dag->tasks[at].wait.asks)
		return &run->tasks[at];
	reply_say(e, reply, REPLY_REFUSED,
		  "'%s' of dag '%s' asks nobody: its operator is not approve", c->task, dag->id);
	return NULL;
}

/* Take an option and its values, checked, or say that they were taken. */
static void
answer(struct engine *e, struct run_task *t, const struct command *c, const char *option,
       struct reply *reply)
{
	const struct task *task = task_of(t);
	bool refuses = approval_refuses(task->wait.asks, option);
	enum err_code code = ERR_NONE;
	json_t *given = NULL;
	struct buf outputs;
	struct err err;

	buf_init(&outputs, SIZE_MAX / 2);
	if (c->params)
		code = json_read(&given, c->params, strlen(c->params), "params", &err);
	if (!code && refuses && json_object_size(given))
		code = err_set(&err, ERR_INPUT, "'%s' takes no values", option);
	else if (!code && !refuses)
		code = make_outputs(task, option, given, &outputs, &err);
	if (code)
		reply_say(e, reply, REPLY_INVALID, "answer task '%s' of dag '%s': %s", task->id,
			  t->run->dag->id, err.msg);
	else if (t->answered)
		answer_again(e, t, option, refuses ? NULL : outputs.data, reply);
	else if (is_asking(e, t, reply))
		take(e, t, c, option, refuses ? NULL : outputs.data, reply);
	json_decref(given);
	buf_release(&outputs);
}

static void
decide(struct engine *e, const struct command *c, struct reply *reply)
{
	struct dag_state *d = which_dag(e, c->dag, reply);
	struct run *run = d ? which_run(e, d, c, reply) : NULL;
	struct run_task *t = run ? find_asking(e, run, c, reply) : NULL;
	const char *option;

	if (run)
		reply_run(e, reply, run);
	option = t ? choose(e, c, task_of(t), reply) : NULL;
	if (option)
		answer(e, t, c, option, reply);
}

#define WHICH                                                                             \
	FIELD("dag", NAME, dag, NEEDED, "the dag"),                                       \
	    FIELD("logical_date", LOGICAL, logical_us, OPTIONAL, "the run of this date"), \
	    FIELD("run_id", RUN_ID, run_id, OPTIONAL, "the run of this id"),              \
	    FIELD("task", NAME, task, NEEDED, "the task that asks"),                      \
	    FIELD("by", NAME, by, NEEDED, "who answers")

static const struct command_field approve_fields[] = {
	WHICH,
	FIELD("answer", NAME, answer, OPTIONAL,
	      "the option; the first that is no refusal if not said"),
	FIELD("params", PARAMS, params, OPTIONAL, "values of its outputs by name"),
};

static const struct command_field reject_fields[] = { WHICH };

const struct command_def command_approve = {
	.kind = COMMAND_APPROVE,
	.name = "approve",
	.summary = "answer the question of a task",
	.replies = "run, run_id, logical_date",
	.fields = approve_fields,
	.n_fields = countof(approve_fields),
	.decide = decide,
};

const struct command_def command_reject = {
	.kind = COMMAND_REJECT,
	.name = "reject",
	.summary = "say no to the question of a task",
	.replies = "run, run_id, logical_date",
	.fields = reject_fields,
	.n_fields = countof(reject_fields),
	.decide = decide,
};
