/* reply.c - the answer to a command as JSON, and back. */
#include "scheduler/rows/reply.h"

#include "core/time/civil.h"
#include "core/base/json.h"

#include <string.h>

static const char *const codes[] = {
	[REPLY_OK] = "ok",
	[REPLY_REFUSED] = "refused",
	[REPLY_NOT_FOUND] = "not_found",
	[REPLY_INVALID] = "invalid",
};

static const char *const verdicts[] = {
	[PLAN_CREATE] = "create",       [PLAN_CLEAR] = "clear",   [PLAN_EXISTS] = "exists",
	[PLAN_IN_FLIGHT] = "in_flight", [PLAN_FUTURE] = "future",
};

const char *
plan_verdict_name(enum plan_verdict v)
{
	return verdicts[v];
}

/* The value of a name, or -1. */
static int
index_of(const char *const *names, size_t n, const char *name)
{
	for (size_t i = 0; name && i < n; i++)
		if (!strcmp(names[i], name))
			return (int)i;
	return -1;
}

static json_t *
time_new(int64_t us)
{
	char text[TIMESTAMP_CHARS + 1];

	timestamp_format(us, text);
	return json_string(text);
}

static json_t *
plan_new(const struct reply *reply)
{
	json_t *plan = json_array();

	for (size_t i = 0; i < reply->n_plan; i++) {
		const struct plan_item *item = &reply->plan[i];
		json_t *o = json_object();

		json_object_set_new(o, "logical_date", time_new(item->logical_us));
		json_object_set_new(o, "verdict", json_string(plan_verdict_name(item->verdict)));
		if (item->run)
			json_object_set_new(o, "run", json_integer(item->run));
		if (item->before_start) {
			json_object_set_new(o, "before_start", json_true());
			/* For a person; the member above is for programs. */
			json_object_set_new(o, "notice", json_string("before start_date"));
		}
		json_array_append_new(plan, o);
	}
	return plan;
}

void
reply_write(const struct reply *reply, struct buf *out)
{
	json_t *o = json_object();

	json_object_set_new(o, "ok", json_boolean(reply->code == REPLY_OK));
	json_object_set_new(o, "code", json_string(codes[reply->code]));
	json_object_set_new(o, "message", json_string(reply->message ? reply->message : ""));
	if (reply->run)
		json_object_set_new(o, "run", json_integer(reply->run));
	if (reply->run_id) {
		json_object_set_new(o, "run_id", json_string(reply->run_id));
		json_object_set_new(o, "logical_date", time_new(reply->logical_us));
	}
	if (reply->backfill)
		json_object_set_new(o, "backfill", json_integer(reply->backfill));
	if (reply->n_plan)
		json_object_set_new(o, "plan", plan_new(reply));
	json_write(o, out);
	json_decref(o);
}

static bool
read_time(const json_t *o, int64_t *us)
{
	const char *text = json_get_text(o, "logical_date", "");

	return timestamp_parse(text, strlen(text), us);
}

static bool
read_plan(struct reply *out, const json_t *plan, struct arena *arena)
{
	size_t n = json_array_size(plan);
	struct plan_item *items = arena_get(arena, n * sizeof(*items));

	for (size_t i = 0; i < n; i++) {
		const json_t *o = json_array_get(plan, i);
		int verdict =
		    index_of(verdicts, countof(verdicts), json_get_text(o, "verdict", NULL));

		if (verdict < 0 || !read_time(o, &items[i].logical_us))
			return false;
		items[i].verdict = (enum plan_verdict)verdict;
		items[i].run = json_get_int(o, "run", 0);
		items[i].before_start = json_get_bool(o, "before_start", false);
	}
	out->plan = items;
	out->n_plan = n;
	return true;
}

bool
reply_read(struct reply *out, const char *json, struct arena *arena)
{
	json_t *o = NULL;
	bool good = false;
	int code;

	if (json_read(&o, json, strlen(json), "reply", NULL))
		return false;
	code = index_of(codes, countof(codes), json_get_text(o, "code", NULL));
	if (code < 0)
		goto out;
	*out = (struct reply){
		.code = (enum reply_code)code,
		.message = arena_str(arena, json_get_text(o, "message", "")),
		.run = json_get_int(o, "run", 0),
		.run_id = arena_str(arena, json_get_text(o, "run_id", NULL)),
		.backfill = json_get_int(o, "backfill", 0),
	};
	if (out->run_id && !read_time(o, &out->logical_us))
		goto out;
	good = read_plan(out, json_object_get(o, "plan"), arena);
out:
	json_decref(o);
	return good;
}
