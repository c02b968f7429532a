/* session.c - a scheduler inside one command, for the runs that the command makes. */
#include "scheduler/daemon/session.h"

#include "core/time/grid.h"
#include "core/base/mem.h"
#include "core/wire/message.h"
#include "core/view/open.h"
#include "core/view/run.h"
#include "core/model/gate.h"
#include "scheduler/daemon/progress.h"
#include "scheduler/command/request.h"
#include "scheduler/daemon/runtime.h"
#include "scheduler/engine/look.h"
#include "scheduler/rows/reply.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { REPLY_BYTES_MAX = 64 << 20 };

/* A run that the session made, cleared or took over: what Ctrl-C cancels. */
struct session_run {
	char *dag;
	int64_t key;
	int64_t logical_us;
};

struct session {
	struct runtime *rt;
	const char *dag; /* of the request that is being stepped */
	json_t *reply;   /* of the last request */
	struct session_run *runs;
	size_t n_runs, room_runs;
	bool begun; /* its requests were stepped: it may be done */
	bool failed, stuck;
	bool stays; /* it was said that it stays for its guests */
	int interrupts;
	char *waits; /* what something was last said to wait for */
	char *until; /* the same with the time that ends it, not yet told; or NULL */
	char *what;  /* "backfill feature_engagement" */
	struct progress_line line;
	uv_timer_t refresh;
};

static void
add_run(struct session *s, int64_t key, int64_t logical_us)
{
	s->runs = mem_grow(s->runs, s->n_runs, &s->room_runs, sizeof(*s->runs));
	s->runs[s->n_runs++] = (struct session_run){ mem_str(s->dag), key, logical_us };
}

static bool
is_ours(const struct session *s, int64_t key)
{
	for (size_t i = 0; i < s->n_runs; i++)
		if (s->runs[i].key == key)
			return true;
	/* What ended in the turn of its own command did so before the reply named it. */
	return s->dag != NULL;
}

static void
take_reply(void *arg, int64_t request, const struct reply *reply)
{
	struct session *s = arg;
	struct buf text;

	(void)request;
	if (!s->dag)
		return; /* to a cancel of ours */
	buf_init(&text, REPLY_BYTES_MAX);
	reply_write(reply, &text);
	json_decref(s->reply);
	s->reply = NULL;
	if (json_read(&s->reply, text.data, text.bytes, "a reply", NULL))
		s->reply = json_pack("{s:b, s:s, s:s}", "ok", 0, "code", "limit", "message",
				     "done, but the reply is too large: ask for less at once");
	buf_release(&text);
	if (reply->code != REPLY_OK)
		return;
	if (reply->run)
		add_run(s, reply->run, reply->logical_us);
	for (size_t i = 0; i < reply->n_plan; i++) {
		const struct plan_item *item = &reply->plan[i];

		if (item->run && item->verdict != PLAN_EXISTS && item->verdict != PLAN_FUTURE)
			add_run(s, item->run, item->logical_us);
	}
}

/* Is it one more look of a wait that was told when it began? */
static bool
is_next_look(const struct gate *gate)
{
	return (gate->kind == GATE_NOT_YET || gate->kind == GATE_LOOK_FAILED) && gate->used > 1;
}

static void
note_waits(struct session *s, const char *waits)
{
	char until[TIMESTAMP_CHARS + 1];
	json_t *stored = NULL;
	struct buf sentence;
	struct gate gate;

	if (!waits || !*waits || json_read(&stored, waits, strlen(waits), "waits", NULL))
		return;
	gate_read(&gate, stored);
	buf_init(&sentence, SIZE_MAX / 2);
	gate_say(&gate, &sentence);
	free(s->waits);
	s->waits = buf_give(&sentence);
	buf_release(&sentence);
	if (gate.until_us && !is_next_look(&gate)) {
		timestamp_format(gate.until_us, until);
		free(s->until);
		s->until = mem_format("until %s: %s", until, s->waits);
	}
	json_decref(stored);
}

static void
note_changes(void *arg, const struct change *changes, size_t n)
{
	struct session *s = arg;
	struct progress p;

	if (!s->what)
		return; /* of what was found under way, not of this command */
	for (size_t i = 0; i < n; i++) {
		const struct change *c = &changes[i];

		if (c->kind == CHANGE_TASK)
			note_waits(s, c->task.waits);
		if (c->kind != CHANGE_RUN)
			continue;
		note_waits(s, c->run.waits);
		if (!run_is_final(c->run.state) || !is_ours(s, c->run.key))
			continue;
		engine_progress(runtime_engine(s->rt), &p);
		/* A command that waits for nothing, such as a cancel, has its message. */
		if (!p.runs_total)
			continue;
		progress_run(&s->line, c->run.run_id, c->run.state, &p);
	}
}

/* Nothing runs, and time alone goes on: say once for what, and how long. */
static void
tell_wait(struct session *s)
{
	int64_t key;

	if (!s->until || engine_live(runtime_engine(s->rt), &key, 1))
		return;
	progress_say(&s->line, "%s: it waits %s", s->what, s->until);
	free(s->until);
	s->until = NULL;
}

static void
look_whether_done(void *arg)
{
	struct session *s = arg;

	const struct engine *e = runtime_engine(s->rt);
	size_t guests = engine_guests(e);

	if (!s->begun)
		return;
	if (engine_session_done(e, &s->failed, &s->stuck) || s->stuck) {
		runtime_stop(s->rt);
	} else if (guests && !s->stays) {
		s->stays = true;
		progress_say(&s->line,
			     "%s: done; it stays until %zu run%s that other commands asked it for "
			     "%s ended",
			     s->what, guests, guests == 1 ? "" : "s", guests == 1 ? "has" : "have");
	} else {
		tell_wait(s);
	}
}

static void
cancel_runs(struct session *s)
{
	struct command c = { .kind = COMMAND_CANCEL, .has_logical = true };
	char key[TOKEN_CHARS + 1];

	c.key = key;
	for (size_t i = 0; i < s->n_runs; i++) {
		if (random_token(key, NULL))
			continue; /* no randomness, no key: the second Ctrl-C still leaves */
		c.dag = s->runs[i].dag;
		c.logical_us = s->runs[i].logical_us;
		later_event(runtime_mailbox(s->rt),
			    &(struct event){ .kind = EVENT_COMMAND, .request = -1, .command = &c });
	}
}

/* First Ctrl-C: cancel and wait for the end.  Second, or SIGTERM: leave; tasks live on. */
static void
take_signal(void *arg, int signum)
{
	struct session *s = arg;

	s->interrupts++;
	if (signum != SIGINT || s->interrupts > 1) {
		progress_say(&s->line, "leaving: running tasks go on without this command");
		runtime_stop(s->rt);
		return;
	}
	progress_say(&s->line, "cancelling: press Ctrl-C once more to leave at once");
	cancel_runs(s);
}

static void
on_refresh(uv_timer_t *timer)
{
	struct session *s = timer->data;
	struct progress p;

	engine_progress(runtime_engine(s->rt), &p);
	progress_show(&s->line, &p);
}

/* One request becomes an event and, at once, a reply.  False: that reply is not ok. */
static bool
step_request(struct session *s, const json_t *message, struct err *err)
{
	enum err_code code;
	struct request r;

	code = request_read(&r, message, err);
	if (!code && r.kind != REQUEST_COMMAND) {
		request_release(&r);
		code = err_set(err, ERR_NOT_FOUND, "no scheduler is running");
	}
	json_decref(s->reply);
	s->reply = NULL;
	if (code) {
		s->reply = json_pack("{s:b, s:s, s:s}", "ok", 0, "code",
				     code == ERR_INPUT ? "invalid" : "not_found", "message",
				     err->msg);
		return false;
	}
	s->dag = r.command.dag ? r.command.dag : "";
	free(s->what);
	s->what = mem_format("%s %s", json_get_text(message, "command", ""), s->dag);
	progress_start(&s->line, s->what, stderr);
	later_event(runtime_mailbox(s->rt),
		    &(struct event){ .kind = EVENT_COMMAND, .request = -1, .command = &r.command });
	runtime_turn(s->rt, true);
	s->dag = NULL;
	request_release(&r);
	return json_get_bool(s->reply, "ok", false);
}

static bool
step_requests(struct session *s, const json_t *requests, struct err *err)
{
	json_t *message;
	size_t i;

	if (!json_is_array(requests))
		return step_request(s, requests, err);
	json_array_foreach(requests, i, message)
	{
		if (!step_request(s, message, err))
			return false;
	}
	return true;
}

/* What the first run that has not ended waits for, as everybody tells it; for the caller to free.
 */
static char *
first_wait(const struct session *s, const char *project_dir)
{
	char text[TIMESTAMP_CHARS + 1], *waits = NULL;
	struct view *view;
	json_t *row = NULL;

	if (view_open(&view, project_dir, NULL))
		return NULL;
	for (size_t i = 0; !waits && i < s->n_runs; i++) {
		timestamp_format(s->runs[i].logical_us, text);
		if (view_run(view, s->runs[i].dag, text, &row, NULL))
			continue;
		if (json_object_get(row, "gate"))
			waits = mem_str(json_get_text(row, "waits", ""));
		json_decref(row);
	}
	view_close(view);
	return waits;
}

/* Nothing of it goes on by itself. */
static void
tell_stuck(struct session *s, const char *project_dir)
{
	char *waits = first_wait(s, project_dir);

	if (waits) {
		free(s->waits);
		s->waits = waits;
	}
	progress_say(&s->line,
		     "%s: it waits for what this command does not do: %s; "
		     "a scheduler goes on with it once that has ended",
		     s->what, s->waits ? s->waits : "see `tidemill why`");
}

/* Until the runs have ended, or cannot go on by themselves. */
static void
wait_for_runs(struct session *s, const char *project_dir)
{
	struct runtime *rt = s->rt;
	struct progress p;

	/* As a daemon answers before it carries anything out. */
	if (s->n_runs)
		progress_say(&s->line, "%s", json_get_text(s->reply, "message", ""));
	s->begun = true;
	(void)uv_timer_init(runtime_loop(rt), &s->refresh);
	s->refresh.data = s;
	if (s->line.terminal)
		(void)uv_timer_start(&s->refresh, on_refresh, 0, PROGRESS_REFRESH_MS);
	later_touch(runtime_mailbox(rt)); /* so that one turn looks whether it is done already */
	runtime_run(rt);
	engine_progress(runtime_engine(rt), &p);
	progress_end(&s->line, &p);
	uv_close((uv_handle_t *)&s->refresh, NULL);
	if (s->stuck)
		tell_stuck(s, project_dir);
}

static void
release(struct session *s)
{
	for (size_t i = 0; i < s->n_runs; i++)
		free(s->runs[i].dag);
	free(s->runs);
	free(s->waits);
	free(s->until);
	free(s->what);
}

enum err_code
scheduler_session(const struct scheduler_options *options, const json_t *request, bool wait,
		  json_t **reply, bool *failed, struct err *err)
{
	struct session s = { 0 };
	const struct runtime_options ro = {
		.project_dir = options->project_dir,
		.spawner = wait ? options->spawner : NULL,
		.session = true,
		.log = options->log,
		.hooks = { .arg = &s,
			   .committed = note_changes,
			   .after_turn = look_whether_done,
			   .reply = take_reply,
			   .signal = take_signal },
	};
	enum err_code code;

	progress_start(&s.line, "", stderr);
	code = runtime_open(&s.rt, &ro, err);
	if (code)
		return code;
	if (wait)
		code = runtime_start(s.rt, err);
	else
		runtime_settle(s.rt);
	if (!code && step_requests(&s, request, err) && wait)
		wait_for_runs(&s, options->project_dir);
	if (!code && runtime_broken(s.rt))
		code = err_set(err, ERR_SYSTEM,
			       "%s; running tasks go on, and a scheduler or another --wait command "
			       "takes them up",
			       runtime_broken(s.rt));
	if (!code && s.interrupts)
		(void)json_object_set_new(s.reply, "interrupted", json_true());
	if (!code) {
		*failed = s.failed || s.stuck || s.interrupts;
		*reply = s.reply;
	} else {
		json_decref(s.reply);
	}
	runtime_close(s.rt);
	release(&s);
	return code;
}
