/* world.c - struct world over the real things: what the engine asked for is done here. */
#include "core/wire/attempt.h"
#include "core/base/mem.h"
#include "scheduler/daemon/dispatch.h"
#include "scheduler/publish/outputs.h"
#include "scheduler/daemon/runtime.h"
#include "scheduler/engine/look.h"
#include "scheduler/rows/reply.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { REPLY_BYTES_MAX = 16 << 20 };

/* A dataset directory that was found able to publish. */
struct probed {
	struct probed *next; /* of rt->probed */
	char *path;
};

static enum err_code
commit(void *arg, const struct change *changes, size_t n, struct err *err)
{
	struct runtime *rt = arg;
	enum err_code code = store_commit(rt->store, changes, n, err);

	if (!code && rt->hooks.committed)
		rt->hooks.committed(rt->hooks.arg, changes, n);
	return code;
}

/* Before the first attempt that writes a dataset; once per dataset and life of the scheduler. */
static enum err_code
probe(struct runtime *rt, const char *path, struct err *err)
{
	struct probed *known;
	enum err_code code;

	for (known = rt->probed; known; known = known->next)
		if (!strcmp(known->path, path))
			return ERR_NONE;
	code = publish_probe(path, err);
	if (code)
		return code;
	known = mem_new(1, sizeof(*known));
	known->path = mem_str(path);
	known->next = rt->probed;
	rt->probed = known;
	return ERR_NONE;
}

static enum err_code
probe_outputs(struct runtime *rt, const struct attempt_info *info, struct err *err)
{
	struct publish_output outputs[OUTPUTS_MAX];
	enum err_code code = ERR_NONE;
	struct arena *arena;
	size_t n;

	if (info->task->output < 0)
		return ERR_NONE;
	arena = arena_new();
	n = outputs_of(info->dag, info->task, rt->project_dir, info->start_us, outputs, arena);
	for (size_t i = 0; i < n && !code; i++)
		code = probe(rt, outputs[i].path, err);
	arena_free(arena);
	return code;
}

static enum err_code
send_launch(struct runtime *rt, const struct attempt_info *info, const struct spec *spec,
	    struct err *err)
{
	const struct settings *settings = &rt->catalog.project.settings;
	struct launch l = {
		.attempt = info->key,
		.runtime_path = rt->runtime_path,
		.timeout_us = info->task->timeout_us,
		.grace_us = settings->kill_grace_us,
		.log_bytes_max = settings->log_bytes_max,
	};
	enum err_code code;
	struct buf text;
	char *log_path;

	memcpy(l.token, info->token, sizeof(l.token));
	log_path = attempt_log_path(rt->project_dir, info->dag->id, info->run_id, info->task->id,
				    info->try_number);
	buf_init(&text, SPEC_BYTES_MAX);
	spec_write(spec, &text);
	l.log_path = log_path;
	l.spec = text.data;
	l.spec_bytes = text.bytes;
	code = text.full ? err_set(err, ERR_LIMIT, "its spec is larger than 256 KiB")
			 : outbox_frame(&rt->outbox, &l, err);
	buf_release(&text);
	free(log_path);
	return code;
}

static void
launch(void *arg, const struct action *action)
{
	struct runtime *rt = arg;
	struct attempt_info info;
	struct spec spec = { 0 };
	enum err_code code;
	struct err err;

	if (!rt->started || !engine_attempt(rt->engine, action->attempt, &info))
		return;
	publisher_track(rt, action->attempt);
	code = probe_outputs(rt, &info, &err);
	if (!code)
		code = launch_spec(rt->engine, &rt->catalog.project, action, &spec, &err);
	if (!code) {
		code = send_launch(rt, &info, &spec, &err);
		spec_release(&spec);
	}
	if (code)
		runtime_failed_later(rt, action->attempt, err.msg);
}

static void
reply(void *arg, int64_t request, const struct reply *r)
{
	struct runtime *rt = arg;
	struct buf text;

	if (request < 0) {
		if (rt->hooks.reply)
			rt->hooks.reply(rt->hooks.arg, request, r);
		return;
	}
	if (!rt->control)
		return;
	buf_init(&text, REPLY_BYTES_MAX);
	reply_write(r, &text);
	control_reply(rt->control, request, text.data, text.bytes);
	buf_release(&text);
}

static enum err_code
inspect(void *arg, int64_t attempt, const char *token, enum evidence *out,
	struct exit_record *record, int *pid, struct err *err)
{
	struct runtime *rt = arg;
	enum err_code code;
	struct err own;

	publisher_track(rt, attempt);
	code = attempt_inspect(rt->runtime_fd, attempt, token, out, record, pid, &own);
	if (!code)
		return ERR_NONE;
	(void)fprintf(stderr, "scheduler: %s\n", own.msg);
	return err_set(err, code, "%s", own.msg);
}

static enum err_code
bury(void *arg, int64_t attempt, struct err *err)
{
	struct runtime *rt = arg;
	enum err_code code = attempt_bury(rt->runtime_fd, attempt, err);

	if (!code)
		shims_bury(rt, attempt);
	return code;
}

void
world_init(struct runtime *rt)
{
	rt->world = (struct world){
		.arg = rt,
		.commit = commit,
		.launch = launch,
		.kill = shims_kill,
		.sweep = sweeper_start,
		.publish = publisher_publish,
		.discard = publisher_discard,
		.reply = reply,
		.adopt = shims_adopt,
		.inspect = inspect,
		.bury = bury,
	};
}

void
world_release(struct runtime *rt)
{
	struct probed *p;

	while ((p = rt->probed)) {
		rt->probed = p->next;
		free(p->path);
		free(p);
	}
	publisher_release(rt);
	free(rt->buried);
}
