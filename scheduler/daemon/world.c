/* world.c - struct world over the real things: what the engine asked for is done here. */
#include "scheduler/daemon/world.h"

#include "core/base/json.h"
#include "core/base/mem.h"
#include "core/model/limit.h"
#include "core/time/civil.h"
#include "scheduler/daemon/dispatch.h"
#include "scheduler/engine/look.h"
#include "scheduler/rows/reply.h"
#include "scheduler/store/commit.h"
#include "scheduler/store/recall.h"

#include <stdlib.h>
#include <string.h>

enum { REPLY_BYTES_MAX = 16 << 20 };

/*
 * The end of an error's way: the engine is not told, because nothing is proven,
 * and what failed is asked for again at the next patrol or start.
 */
static void
say(const struct things *t, const struct err *err)
{
	log_line(t->log, LOG_ERROR, "%s", err->msg);
}

/* Somebody set the wall clock: what follows is said once. */
static void
say_clock(struct things *t, const struct clock_row *clock)
{
	int64_t us = clock->jump_us < 0 ? -clock->jump_us : clock->jump_us;
	char span[64];

	if (clock->jumped_us == t->jump_said_us)
		return;
	t->jump_said_us = clock->jumped_us;
	duration_format((us + SECOND_US / 2) / SECOND_US * SECOND_US, span, sizeof(span));
	if (clock->held_until_us)
		log_line(t->log, LOG_WARN,
			 "the wall clock jumped ahead by %s: the schedule makes no runs for five "
			 "minutes, or until `tidemill scheduler accept-clock`",
			 span);
	else if (clock->jump_us < 0)
		log_line(
		    t->log, LOG_WARN,
		    "the wall clock was set back by %s: queued runs of intervals that have not "
		    "ended are cancelled, and made again when they are due",
		    span);
}

/* A definition with another schedule came: what it will and will not make. */
static void
say_edit(struct things *t, const struct event_row *event)
{
	if (!strcmp(event->kind, "dag") && !strcmp(event->from, "edit"))
		log_line(t->log, LOG_INFO, "dag '%s': %s", event->detail, event->to);
}

/* The engine paused a dag by itself. */
static void
say_pause(const struct things *t, const struct event_row *event)
{
	static const char by_itself[] = "paused: ";

	if (!strcmp(event->kind, "dag") && !strncmp(event->to, by_itself, sizeof(by_itself) - 1))
		log_line(t->log, LOG_WARN,
			 "dag '%s' is paused by its '%s': its scheduled runs failed one after the "
			 "other (`tidemill runs list -d %s -s failed`); `tidemill dags unpause %s` "
			 "lets it go on",
			 event->detail, event->to + sizeof(by_itself) - 1, event->detail,
			 event->detail);
}

/* The limits of tidemill.yaml are others than those by which starts were decided. */
static void
say_limits(const struct things *t, const struct limits_row *row)
{
	json_t *told = NULL;
	struct limits limits;
	struct buf text;

	if (json_read(&told, row->text, strlen(row->text), "limits", NULL))
		return;
	limits_read(&limits, told);
	json_decref(told);
	buf_init(&text, SIZE_MAX / 2);
	for (size_t i = 0; i < limits.n_pools; i++)
		buf_format(&text, "%s%s %d", i ? ", " : "", limits.pools[i].name,
			   limits.pools[i].slots);
	log_line(t->log, LOG_INFO,
		 "limits of tidemill.yaml count from now on, for what starts; what runs goes on: "
		 "pools %s (`tidemill pools list`)",
		 text.data);
	buf_release(&text);
}

static enum err_code
commit(void *arg, const struct change *changes, size_t n, struct err *err)
{
	struct things *t = arg;
	enum err_code code = store_commit(t->store, changes, n, err);

	for (size_t i = 0; !code && i < n; i++) {
		if (changes[i].kind == CHANGE_CLOCK)
			say_clock(t, &changes[i].clock);
		else if (changes[i].kind == CHANGE_EVENT) {
			say_edit(t, &changes[i].event);
			say_pause(t, &changes[i].event);
		} else if (changes[i].kind == CHANGE_LIMITS && changes[i].limits.edited)
			say_limits(t, &changes[i].limits);
	}
	if (!code && t->hooks->committed)
		t->hooks->committed(t->hooks->arg, changes, n);
	return code;
}

static enum err_code
send_launch(const struct things *t, const struct attempt_info *info, const struct spec *spec,
	    struct err *err)
{
	const struct settings *settings = &t->catalog->project.settings;
	struct launch l = {
		.attempt = info->key,
		.timeout_us = info->task->timeout_us,
		.grace_us = settings->kill_grace_us,
		.log_bytes_max = settings->log_bytes_max,
	};
	enum err_code code;
	struct buf text;
	char *log_path;

	memcpy(l.token, info->token, sizeof(l.token));
	log_path = attempt_log_path(t->project_dir, info->dag->id, info->run_id, info->label,
				    info->try_number);
	buf_init(&text, SPEC_BYTES_MAX);
	spec_write(spec, &text);
	l.log_path = log_path;
	l.spec = text.data;
	l.spec_bytes = text.bytes;
	code = text.full ? err_set(err, ERR_LIMIT, "its spec is larger than 256 KiB")
			 : t->executor->row->launch(t->executor, &l, err);
	buf_release(&text);
	free(log_path);
	return code;
}

/* A launch that cannot be made is an end of the attempt, so the engine hears of it. */
static void
launch(void *arg, const struct action *action)
{
	const struct things *t = arg;
	struct attempt_info info;
	struct spec spec = { 0 };
	enum err_code code;
	struct err err;

	if (!t->started || !engine_attempt(t->engine, action->attempt, &info))
		return;
	publisher_track(t->publisher, action->attempt);
	code = publisher_probe(t->publisher, &info, &err);
	if (!code)
		code = launch_spec(t->engine, &t->catalog->project, action, &spec, &err);
	if (!code) {
		code = send_launch(t, &info, &spec, &err);
		spec_release(&spec);
	}
	if (code)
		later_failed(t->later, action->attempt, err.msg, err.error);
}

static void
send_all(void *arg)
{
	const struct things *t = arg;

	if (t->started)
		t->executor->row->flush(t->executor);
}

static void
kill_attempt(void *arg, int64_t attempt)
{
	const struct things *t = arg;
	struct attempt_info info;
	struct err err;

	if (engine_attempt(t->engine, attempt, &info) &&
	    t->executor->row->kill(t->executor, attempt, info.token, &err))
		say(t, &err);
}

static void
sweep(void *arg, int64_t attempt)
{
	const struct things *t = arg;
	struct attempt_info info;

	if (t->started && engine_attempt(t->engine, attempt, &info))
		t->executor->row->sweep(t->executor, attempt, info.token);
}

static void
publish(void *arg, int64_t attempt)
{
	const struct things *t = arg;

	publisher_publish(t->publisher, attempt);
}

static void
discard(void *arg, int64_t attempt, bool keep_staging)
{
	const struct things *t = arg;
	struct err err;

	publisher_discard(t->publisher, attempt, keep_staging);
	if (t->executor->row->discard(t->executor, attempt, &err))
		say(t, &err);
}

static void
adopt(void *arg, int64_t attempt, int pid)
{
	const struct things *t = arg;
	struct attempt_info info;

	if (t->started && engine_attempt(t->engine, attempt, &info))
		t->executor->row->adopt(t->executor, attempt, info.token, pid);
}

static void
reply(void *arg, int64_t request, const struct reply *r)
{
	const struct things *t = arg;
	struct buf text;

	if (request < 0) {
		if (t->hooks->reply)
			t->hooks->reply(t->hooks->arg, request, r);
		return;
	}
	if (!t->control)
		return;
	buf_init(&text, REPLY_BYTES_MAX);
	reply_write(r, &text);
	control_reply(t->control, request, text.data, text.bytes);
	buf_release(&text);
}

/* What it had staged when it found no more room, by its result. */
static int64_t
staged_bytes(const struct exit_record *record)
{
	int64_t bytes = 0;
	json_t *result;

	if (record->result &&
	    !json_read(&result, record->result, strlen(record->result), "a result", NULL)) {
		bytes = json_get_int(result, "staged_bytes", 0);
		json_decref(result);
	}
	return bytes > 0 ? bytes : 0;
}

static enum err_code
inspect(void *arg, int64_t attempt, const char *token, enum evidence *out,
	struct exit_record *record, int *pid, struct err *err)
{
	const struct things *t = arg;
	enum err_code code;
	struct err own;

	publisher_track(t->publisher, attempt);
	code = t->executor->row->inspect(t->executor, attempt, token, out, record, pid, &own);
	if (!code && *out == EVIDENCE_RECORD && record->outcome == OUTCOME_NO_SPACE)
		publisher_short(t->publisher, attempt, staged_bytes(record));
	if (!code)
		return ERR_NONE;
	say(t, &own); /* the turn decides by the code alone and asks for no words */
	return err_set(err, code, "%s", own.msg);
}

static enum err_code
bury(void *arg, int64_t attempt, struct err *err)
{
	const struct things *t = arg;

	return t->executor->row->bury(t->executor, attempt, err);
}

static enum err_code
answered(void *arg, const char *key, struct recall *out, struct err *err)
{
	const struct things *t = arg;

	return store_answered(t->store, key, out, err);
}

static enum err_code
recall(void *arg, const int64_t *runs, size_t n, struct recall *out, struct err *err)
{
	const struct things *t = arg;

	return store_recall(t->store, runs, n, out, err);
}

struct world
world_of(struct things *things)
{
	return (struct world){
		.arg = things,
		.commit = commit,
		.launch = launch,
		.send = send_all,
		.kill = kill_attempt,
		.sweep = sweep,
		.publish = publish,
		.discard = discard,
		.reply = reply,
		.adopt = adopt,
		.inspect = inspect,
		.bury = bury,
		.answered = answered,
		.recall = recall,
	};
}
