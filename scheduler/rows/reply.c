/* reply.c - the answer to a command as JSON, and back. */
#include "scheduler/rows/reply.h"

#include "core/time/civil.h"
#include "core/base/jkeys.h"
#include "core/base/words.h"

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

/* ---- the rows ---- */

static const char *
code_word(int value)
{
	return codes[value];
}

static int
code_of(const char *word)
{
	return words_at(codes, countof(codes), word);
}

static const char *
verdict_word(int value)
{
	return verdicts[value];
}

static int
verdict_of(const char *word)
{
	return words_at(verdicts, countof(verdicts), word);
}

static json_t *
time_new(int64_t us)
{
	char text[TIMESTAMP_CHARS + 1];

	timestamp_format(us, text);
	return json_string(text);
}

static void
take_time(struct jreader *r, const struct jkey *row, const json_t *value, int64_t *us)
{
	const char *text = json_string_value(value);

	if (!text || !timestamp_parse(text, strlen(text), us))
		jkeys_refuse(r, row->name, "a time such as 2026-05-01T00:00:00Z");
}

static json_t *
put_item_time(const void *base)
{
	return time_new(((const struct plan_item *)base)->logical_us);
}

static void
take_item_time(struct jreader *r, const struct jkey *row, const json_t *value, void *base)
{
	take_time(r, row, value, &((struct plan_item *)base)->logical_us);
}

/* For a person; "before_start" is for programs. */
static json_t *
put_notice(const void *base)
{
	const struct plan_item *item = base;

	return item->before_start ? json_string("before start_date") : NULL;
}

/* Of a run that was there; one that is made has none yet. */
static json_t *
put_state(const void *base)
{
	const struct plan_item *item = base;

	return item->state == RUN_ILLEGAL ? NULL : json_string(run_state_name(item->state));
}

static void
take_state(struct jreader *r, const struct jkey *row, const json_t *value, void *base)
{
	int state = value ? run_state_of(json_is_string(value) ? json_string_value(value) : "")
			  : RUN_ILLEGAL;

	if (state < 0)
		jkeys_refuse(r, row->name, "the state of a run");
	else
		((struct plan_item *)base)->state = (enum run_state)state;
}

static json_t *
put_ok(const void *base)
{
	return json_boolean(((const struct reply *)base)->code == REPLY_OK);
}

static json_t *
put_run_time(const void *base)
{
	const struct reply *reply = base;

	return reply->run_id ? time_new(reply->logical_us) : NULL;
}

static void
take_run_time(struct jreader *r, const struct jkey *row, const json_t *value, void *base)
{
	struct reply *reply = base;

	if (reply->run_id)
		take_time(r, row, value, &reply->logical_us);
}

/* It follows from another member. */
static void
take_nothing(struct jreader *r, const struct jkey *row, const json_t *value, void *base)
{
	(void)r;
	(void)row;
	(void)value;
	(void)base;
}

/* clang-format off */
#define AT(field) offsetof(struct plan_item, field)
static const struct jkey item_keys[] = {
	{ "logical_date", JKEY_CUSTOM, .put = put_item_time, .take = take_item_time },
	{ "verdict", JKEY_WORD, .at = AT(verdict), .word = verdict_word, .value = verdict_of },
	{ "run", JKEY_INT64, .at = AT(run), .max = INT64_MAX, .sparse = true },
	{ "state", JKEY_CUSTOM, .put = put_state, .take = take_state },
	{ "before_start", JKEY_BOOL, .at = AT(before_start), .sparse = true },
	{ "notice", JKEY_CUSTOM, .put = put_notice, .take = take_nothing },
};
#undef AT
static const struct jtable items = JTABLE(item_keys, struct plan_item, SIZE_MAX);

#define AT(field) offsetof(struct reply, field)
static const struct jkey reply_keys[] = {
	{ "ok", JKEY_CUSTOM, .put = put_ok, .take = take_nothing },
	{ "code", JKEY_WORD, .at = AT(code), .word = code_word, .value = code_of },
	{ "message", JKEY_TEXT, .at = AT(message) },
	{ "run", JKEY_INT64, .at = AT(run), .max = INT64_MAX, .sparse = true },
	{ "run_id", JKEY_OPTIONAL, .at = AT(run_id), .sparse = true },
	{ "logical_date", JKEY_CUSTOM, .put = put_run_time, .take = take_run_time },
	{ "backfill", JKEY_INT64, .at = AT(backfill), .max = INT64_MAX, .sparse = true },
	{ "plan", JKEY_LIST, .at = AT(plan), .count_at = AT(n_plan), .table = &items, .sparse = true },
};
#undef AT
/* clang-format on */

static const struct jtable reply_table = JTABLE(reply_keys, struct reply, 1);

void
reply_write(const struct reply *reply, struct buf *out)
{
	json_t *o = json_object();

	jkeys_write(o, &reply_table, reply);
	json_write(o, out);
	json_decref(o);
}

bool
reply_read(struct reply *out, const char *json, struct arena *arena)
{
	struct jreader r = { .arena = arena };
	struct reply reply = { 0 };
	json_t *o = NULL;

	if (json_read(&o, json, strlen(json), "reply", NULL))
		return false;
	jkeys_read(&r, o, &reply_table, &reply);
	json_decref(o);
	if (!r.code)
		*out = reply;
	return !r.code;
}
