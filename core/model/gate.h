/*
 * gate.h - what holds a task or a run back, as rows: a word, a sentence, what ends it.
 *
 * The engine keeps a gate with its arguments in `waits` of a run or a task, as
 * one JSON object; whoever tells a person makes the sentence from the row.
 *
 *   {"gate":"being_written","dataset":"events","day":"2026-05-01","run":"...","dag":"etl"}
 *
 * The rows of ends say why a task ended without an attempt.  To add a gate: a
 * row here, and the engine that sets it.  Words are part of the on-disk format.
 */
#ifndef CORE_MODEL_GATE_H
#define CORE_MODEL_GATE_H

#include "core/base/buf.h"
#include "core/base/json.h"
#include "core/time/grid.h"

/*
 * id, word, sentence, what ends it.  In a sentence {dataset}, {day}, {run}, {dag}, {attempt},
 * {group}, {rule}, {task}, {error}, {retry}, {most}, {span} and {text} stand for the arguments;
 * those that are named are the ones that are stored.
 */
/* clang-format off */
#define GATES(X)                                                                                   \
	X(GATE_NONE, "", "", "")                                                                   \
	X(GATE_RUN_SLOT, "run_slot", "waits for a run slot", "a run of its group ends")            \
	X(GATE_TASK_SLOT, "task_slot", "waits for a run slot: max_active_runs is reached",         \
	  "a run of its group ends")                                                               \
	X(GATE_NO_SCHEDULER, "no_scheduler",                                                       \
	  "no scheduler is running: start one with `tidemill scheduler`",                          \
	  "a scheduler is started")                                                                \
	X(GATE_PAUSED, "paused", "dag '{dag}' is paused: `tidemill dags unpause {dag}`",           \
	  "the dag is unpaused")                                                                   \
	X(GATE_PARTITIONS, "partitions", "waits for partitions that other runs write",             \
	  "a run that writes one of them ends")                                                    \
	X(GATE_CLAIM, "claim", "attempt {attempt} writes its partition", "that attempt ends")      \
	X(GATE_BEING_WRITTEN, "being_written",                                                     \
	  "{dataset} {day} is being written by run {run} of dag {dag}", "the writing task ends")   \
	X(GATE_COMING, "coming", "{dataset} {day} will be written by dag {dag}",                   \
	  "a run for it is made, or will not be")                                            \
	X(GATE_PRELIMINARY, "preliminary",                                                         \
	  "{dataset} {day} is preliminary: run {run} of dag {dag} began before that had ended",  \
	  "that run is made again when it is due; where no cron does, by `tidemill runs clear`")   \
	X(GATE_NOT_PUBLISHED, "not_published",                                                     \
	  "{dataset} {day} was not published by run {run} of dag {dag}", "end")                    \
	X(GATE_NOT_MADE, "not_made",                                                               \
	  "{dataset} {day} does not exist; it is made by a run of dag {dag}", "end")               \
	X(GATE_TOO_FEW, "too_few",                                                                 \
	  "{used} of {total} partitions of {dataset} are there or will be, at_least asks for "     \
	  "{slots}: {day} does not exist, it is made by a run of dag {dag}", "end")                \
	X(GATE_UPSTREAM_FAILED, "upstream_failed", "an upstream failed", "end")                    \
	X(GATE_UPSTREAM_SKIPPED, "upstream_skipped", "an upstream was skipped", "end")             \
	X(GATE_RULE, "rule", "its trigger rule {rule} cannot accept any more", "end")              \
	X(GATE_SETUP, "setup", "its setup did not succeed", "end")                                 \
	X(GATE_CLOCK, "clock", "the clock was set back, and its interval has not ended", "end")         \
	X(GATE_CANCELLED, "cancelled", "cancelled", "end")                                         \
	X(GATE_OVERLAP, "overlap",                                                                 \
	  "run {run} of the schedule is due, and `overlap: cancel_running` cancels the one before", \
	  "end")                                                                                   \
	X(GATE_DUE_AGAIN, "due_again",                                                             \
	  "it waited for other runs until it was due: the whole of its interval is run instead",   \
	  "end")                                                                                   \
	X(GATE_SHORTAGE, "shortage", "nothing is started, the machine is short: {error}",          \
	  "a start succeeds; one is tried within a minute")                                        \
	X(GATE_RETRY, "retry", "it failed: retry {retry} of {most} comes when its delay is over",  \
	  "the retry delay is over")                                                               \
	X(GATE_INFRA_RETRY, "infra_retry",                                                         \
	  "that was not its own doing: retry {retry} of {most} (infra_retries) comes when its "    \
	  "delay is over", "the retry delay is over")                                              \
	X(GATE_RETRY_REFUSED, "retry_refused",                                                     \
	  "not tried again: retry_on and no_retry_on say which ends are", "end")                   \
	X(GATE_RETRY_BUDGET, "retry_budget",                                                       \
	  "not tried again: its retry_budget of {span} is over before the next try", "end")        \
	X(GATE_RUN_RETRY, "run_retry",                                                             \
	  "it failed: run retry {retry} of {most} comes when its delay is over",                   \
	  "the retry delay is over")                                                               \
	X(GATE_GROUP_RETRY, "group_retry",                                                         \
	  "group {group} failed: its retry {retry} of {most} comes when its delay is over",        \
	  "the retry delay is over")                                                               \
	X(GATE_RUN_TIMEOUT, "run_timeout", "the timeout of the run, {span}, is over", "end")       \
	X(GATE_WHEN_WAITS, "when_waits", "its `when` asks for tasks that have not ended",          \
	  "the tasks that it names have ended")                                                    \
	X(GATE_WHEN_FALSE, "when_false", "its `when` is false: {text}", "end")                     \
	X(GATE_WHEN_NULL, "when_null", "its `when` is null, which is not true: {text}", "end")     \
	X(GATE_WHEN_ERROR, "when_error", "its `when` has no value: {text}", "end")                 \
	X(GATE_POOL_GONE, "pool_gone",                                                             \
	  "there is no pool '{pool}': name it in tidemill.yaml, or another in the task",           \
	  "tidemill.yaml names the pool")                                                          \
	X(GATE_POOL_SMALL, "pool_small",                                                           \
	  "it takes {slots} slots of pool '{pool}', which has {total}: tidemill.yaml made the "    \
	  "pool smaller", "the pool is as wide as the task")                                       \
	X(GATE_TOO_LARGE, "too_large",                                                             \
	  "it asks for {slots} MiB of memory, and tasks may have {total} MiB together: say "       \
	  "less in `memory:` of the task, or more in that of tidemill.yaml",                       \
	  "the limit is as large as the task")                                                     \
	X(GATE_POOL, "pool", "it waits for slots of pool {pool}: {used} of {total} are used, "     \
	  "it takes {slots}", "a task in the pool ends")                                           \
	X(GATE_RATE, "rate",                                                                       \
	  "it waits for the rate of pool {pool}, {total}/{span}: so many have begun within it",    \
	  "the period of the rate is over")                                                        \
	X(GATE_DAG_TASKS, "max_active_tasks",                                                      \
	  "dag '{dag}' has {used} of {total} tasks running: max_active_tasks",                     \
	  "a task of the dag ends")                                                                \
	X(GATE_TASK_ATTEMPTS, "max_active_tis_per_dag",                                            \
	  "the task runs {used} of {total} times in all runs of the dag: max_active_tis_per_dag",  \
	  "one of them ends")                                                                      \
	X(GATE_ALL_TASKS, "all_tasks",                                                             \
	  "{used} of {total} tasks are running: max_active_tasks of tidemill.yaml",                \
	  "a task ends")                                                                           \
	X(GATE_MEMORY, "memory",                                                                   \
	  "it asks for {slots} MiB of memory: {used} MiB of {total} MiB are given to tasks that "    \
	  "run",                                                                                   \
	  "a task that asked for memory ends")                                                     \
	X(GATE_PAST_COMING, "past_coming",                                                         \
	  "depends_on_past: run {run} of dag {dag} is not made yet",                               \
	  "that run is made, or will not be")                                                      \
	X(GATE_PAST_RUNNING, "past_running",                                                       \
	  "depends_on_past: task {task} of run {run} has not ended", "that task ends")             \
	X(GATE_PAST_EARLY, "past_early",                                                           \
	  "depends_on_past: run {run} began before its interval had ended",                        \
	  "that run is made again when it is due; where no cron does, by `tidemill runs clear`")   \
	X(GATE_PAST_FAILED, "past_failed",                                                         \
	  "depends_on_past: task {task} of run {run} did not end well: "                           \
	  "`tidemill runs clear {dag} {run} --only-failed`", "that task ends well")                \
	X(GATE_ON_EXIT, "on_exit", "on_exit: it runs when all other tasks of the run have ended",  \
	  "the last of them ends")                                                                 \
	X(GATE_OUTPUT_WAITS, "output_waits",                                                       \
	  "its templates name an output of task {task}, which has not ended", "that task ends")    \
	X(GATE_NO_OUTPUT, "no_output",                                                             \
	  "{text} in its templates has no value: task {task}, {rule}, left none", "end")           \
	X(GATE_NOT_YET, "not_yet",                                                             \
	  "it waits for the world, look {used} did not find it: {text}",                           \
	  "the next look finds it")                                                                \
	X(GATE_LOOK_FAILED, "look_failed",                                                       \
	  "it waits for the world, look {used} went wrong ({retry} of {most} in a row): "       \
	  "{text}",                                                                                \
	  "the next look finds it")                                                                \
	X(GATE_WAIT_TIMEOUT, "wait_timeout",                                                     \
	  "what it waits for was not there within its timeout of {span}: {text}", "end")         \
	X(GATE_LIST_WAITS, "list_waits",                                                           \
	  "it is expanded over an output of task {task}, which has not ended", "that task ends")   \
	X(GATE_NO_LIST, "no_list",                                                                 \
	  "it is expanded over an output of task {task}, which is {rule}", "end")                  \
	X(GATE_BAD_LIST, "bad_list", "it cannot be expanded: {text}", "end")                       \
	X(GATE_EMPTY_LIST, "empty_list", "it is expanded over a list without items", "end")        \
	X(GATE_LONG_LISTS, "long_lists",                                                           \
	  "it cannot be expanded: its run has {used} instances of tasks, a run may have "          \
	  "{total}, and the list has {slots} items", "end")                                        \
	X(GATE_CHILD_RUN, "child_run",                                                             \
	  "it waits for run {run} of dag {dag}: `tidemill why {dag} -r {run}`", "that run ends")   \
	X(GATE_CHILD_COMING, "child_coming",                                                       \
	  "run {run} of dag {dag} is made when the interval of that has ended",                    \
	  "that interval ends")                                                                    \
	X(GATE_CHILD_UNREAD, "child_unread",                                                       \
	  "run {run} of dag {dag} is of a definition that is no longer understood: use the "       \
	  "tidemill that accepted it", "a version comes that understands it")                      \
	X(GATE_CHILD_REFUSED, "child_refused", "it cannot run dag {dag}: {text}", "end")           \
	X(GATE_CHILD_CONFLICT, "conflict",                                                         \
	  "conflict: run {run} of dag {dag} is there with another value of param {text}", "end")   \
	X(GATE_CHILD_CIRCLE, "child_circle",                                                       \
	  "run {run} of dag {dag} waits for this run itself", "end")                               \
	X(GATE_CHILD_FAILED, "child_failed",                                                       \
	  "run {run} of dag {dag} ended as {rule}: `tidemill why {dag} -r {run}`", "end")          \
	X(GATE_PARENT, "parent",                                                                   \
	  "the task of run {run} of dag {dag} that had made it was ended", "end")                  \
	X(GATE_PUBLISH, "publish", "what it staged is not live yet: {text}",                       \
	  "the storage takes it; it is asked again every few seconds")                             \
	X(GATE_INTERVAL, "interval", "the interval has not ended", "it ends")                      \
	X(GATE_NOT_WRITTEN, "not_written", "no dag writes {dataset}", "a dag writes it")           \
	X(GATE_NOT_UPDATED, "not_updated", "{dataset} was not updated since the last run",         \
	  "it is updated")                                                                         \
	X(GATE_DEBOUNCE, "debounce", "it runs when no update has come for {span}",                 \
	  "that time is over")                                                                     \
	X(GATE_RUN_GOES_ON, "run_goes_on", "run {run} has not ended: it runs again after that",    \
	  "that run ends")                                                                         \
	X(GATE_NOT_THERE, "not_there",                                                             \
	  "it waits for {dataset} {day}, which nobody has published", "it is published")           \
	X(GATE_PERSON, "person",                                                                   \
	  "it waits for a person: {text}: `tidemill tasks approve {dag} {task} {run}`",            \
	  "somebody answers")                                                                      \
	X(GATE_APPROVED, "approved", "a person said yes: {text}", "end")                           \
	X(GATE_REJECTED, "rejected", "a person said no: {text}", "end")                            \
	X(GATE_TEXT, "text", "{text}", "the next look of a scheduler")
/* clang-format on */

#define X(id, word, sentence, until) id,
enum gate_kind { GATES(X) GATE_COUNT };
#undef X

/* A gate with its arguments; strings are borrowed. */
struct gate {
	enum gate_kind kind;
	const char *dataset, *run, *dag; /* run: its run_id */
	const char *group;               /* of tasks */
	const char *rule;                /* RULE: its trigger rule; NO_OUTPUT: a state */
	const char *task;                /* of another run */
	const char *text;    /* of `when`; a param; TEXT: what a version before this one wrote */
	enum grid_unit unit; /* of the grid of `part`, the number that {day} is the text of */
	int64_t part, attempt;
	int64_t until_us; /* when it ends at the latest, stored if known; 0: not known */
	int error;        /* an errno: stored as its number, said in words */
	int retry, most;
	const char *pool;
	int64_t slots, used, total; /* of a pool, or MiB of memory */
	const char *span;           /* a duration, in words */
};

/* Its word: "run_slot"; static. */
const char *gate_word(enum gate_kind kind);

/* What ends it, in words: "that attempt ends", or "end" for a row that ends its task; static. */
const char *gate_until(enum gate_kind kind);

/* The kind with a word, or -1. */
int gate_of(const char *word);

/* Append the JSON object that is stored; NONE appends nothing.  Not for TEXT. */
void gate_write(const struct gate *gate, struct buf *out);

/*
 * Take apart what is stored, as parsed.  What is no gate of ours is TEXT, told as it stands: a
 * version before this one wrote sentences.  Strings are borrowed from the value.
 */
void gate_read(struct gate *out, const json_t *stored);

/* Append the sentence for a person; NONE appends nothing. */
void gate_say(const struct gate *gate, struct buf *out);

#endif
