/* serve.c - from a request on the control socket to an event, or to an answer at once. */
#include "scheduler/daemon/serve.h"

#include "scheduler/command/request.h"

#include <unistd.h>

enum { ANSWER_BYTES_MAX = 64 << 10 };

static void
answer(const struct server *s, int64_t request, json_t *reply)
{
	struct buf text;

	buf_init(&text, ANSWER_BYTES_MAX);
	json_write(reply, &text);
	control_reply(*s->control, request, text.data, text.bytes);
	buf_release(&text);
	json_decref(reply);
}

static void
answer_words(const struct server *s, int64_t request, bool ok, const char *message)
{
	answer(s, request,
	       json_pack("{s:b, s:s, s:s}", "ok", ok, "code", ok ? "ok" : "invalid", "message",
			 message));
}

static void
answer_no_room(const struct server *s, int64_t request)
{
	answer(s, request,
	       json_pack("{s:b, s:s, s:s}", "ok", 0, "code", "no_space", "message",
			 "the disk of the state database is full, nothing was done: make room, "
			 "then ask again"));
}

static void
answer_ping(const struct server *s, int64_t request)
{
	static const char full[] = "the scheduler is up, but the disk of the state database is "
				   "full: nothing is acknowledged or started";
	struct progress p;

	engine_progress(s->engine, &p);
	answer(s, request,
	       json_pack("{s:b, s:s, s:s, s:b, s:i, s:s, s:I, s:I, s:I, s:I}", "ok", 1, "code",
			 "ok", "message", *s->full ? full : "the scheduler is up", "full",
			 (int)*s->full, "pid", (int)getpid(), "version", TIDEMILL_VERSION, "dags",
			 (json_int_t)s->catalog->project.n_dags, "problems",
			 (json_int_t)s->catalog->problems, "runs_unfinished",
			 (json_int_t)(p.runs_total - p.runs_done), "tasks_running",
			 (json_int_t)p.tasks_running));
}

/* Once the files were read off the loop, and the engine has been told of them. */
static void
answer_reload(void *arg, int64_t request, const struct err *err)
{
	const struct server *s = arg;

	if (err) {
		answer_words(s, request, false, err->msg);
		return;
	}
	answer(s, request,
	       json_pack("{s:b, s:s, s:s, s:I, s:I}", "ok", 1, "code", "ok", "message",
			 "the DAG files were read", "dags", (json_int_t)s->catalog->project.n_dags,
			 "problems", (json_int_t)s->catalog->problems));
}

void
serve_request(void *arg, int64_t request, const json_t *message)
{
	const struct server *s = arg;
	struct request r;
	struct err err;

	if (request_read(&r, message, &err)) {
		answer_words(s, request, false, err.msg);
		return;
	}
	switch (r.kind) {
	case REQUEST_COMMAND:
		if (*s->full) {
			answer_no_room(s, request);
			break;
		}
		/* Answered by an action, after the commit. */
		later_event(s->later, &(struct event){
					  .kind = EVENT_COMMAND,
					  .request = request,
					  .command = &r.command,
				      });
		break;
	case REQUEST_PING:
		answer_ping(s, request);
		break;
	case REQUEST_RELOAD:
		catalog_ask(s->catalog, answer_reload, arg, request);
		break;
	}
	request_release(&r);
}
