/* request.c - checking a control request field by field. */
#include "scheduler/command/request.h"

#include "core/time/civil.h"

#include <string.h>

enum field {
	FIELD_DAG,
	FIELD_LOGICAL_DATE,
	FIELD_RUN_ID,
	FIELD_PARAMS,
	FIELD_FROM_DATE,
	FIELD_TO_DATE,
	FIELD_REPROCESS,
	FIELD_MAX_ACTIVE_RUNS,
	FIELD_RUN_BACKWARDS,
	FIELD_DRY_RUN,
	FIELD_ONLY_FAILED,
	FIELD_PINNED,
	FIELD_TASK,
	FIELD_KEY,
	FIELD_PROTO,
	FIELD_COMMAND,
};

#define BIT(field) (1u << (field))

/* A reader says what the value should have been, or NULL when it took it. */
typedef const char *read_fn(struct request *r, const json_t *value);

struct kind {
	const char *name;
	enum request_kind kind;
	enum command_kind command;
	unsigned needs, takes; /* fields besides proto and command */
};

static const struct kind kinds[] = {
	{ "trigger", REQUEST_COMMAND, COMMAND_TRIGGER, BIT(FIELD_KEY) | BIT(FIELD_DAG),
	  BIT(FIELD_LOGICAL_DATE) | BIT(FIELD_PARAMS) },
	{ "backfill", REQUEST_COMMAND, COMMAND_BACKFILL,
	  BIT(FIELD_KEY) | BIT(FIELD_DAG) | BIT(FIELD_FROM_DATE) | BIT(FIELD_TO_DATE),
	  BIT(FIELD_REPROCESS) | BIT(FIELD_MAX_ACTIVE_RUNS) | BIT(FIELD_RUN_BACKWARDS) |
	      BIT(FIELD_DRY_RUN) | BIT(FIELD_PARAMS) },
	{ "clear", REQUEST_COMMAND, COMMAND_CLEAR, BIT(FIELD_KEY) | BIT(FIELD_DAG),
	  BIT(FIELD_LOGICAL_DATE) | BIT(FIELD_RUN_ID) | BIT(FIELD_ONLY_FAILED) | BIT(FIELD_PINNED) |
	      BIT(FIELD_TASK) },
	{ "cancel", REQUEST_COMMAND, COMMAND_CANCEL, BIT(FIELD_KEY) | BIT(FIELD_DAG),
	  BIT(FIELD_LOGICAL_DATE) | BIT(FIELD_RUN_ID) },
	{ "pause", REQUEST_COMMAND, COMMAND_PAUSE, BIT(FIELD_KEY) | BIT(FIELD_DAG), 0 },
	{ "unpause", REQUEST_COMMAND, COMMAND_UNPAUSE, BIT(FIELD_KEY) | BIT(FIELD_DAG), 0 },
	{ "ping", REQUEST_PING, COMMAND_TRIGGER, 0, BIT(FIELD_KEY) },
	{ "reload", REQUEST_RELOAD, COMMAND_TRIGGER, 0, BIT(FIELD_KEY) },
};

/* Text of 1 to bytes_max bytes without control characters, or NULL. */
static const char *
plain_text(const json_t *value, size_t bytes_max)
{
	const char *text = json_string_value(value);
	size_t bytes = text ? json_string_length(value) : 0;

	if (!bytes || bytes > bytes_max)
		return NULL;
	for (size_t i = 0; i < bytes; i++)
		if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f)
			return NULL;
	return text;
}

static bool
instant(const json_t *value, int64_t *us)
{
	const char *text = plain_text(value, 64);
	int64_t day;

	if (!text)
		return false;
	if (date_parse(text, strlen(text), &day)) {
		*us = day * DAY_US;
		return true;
	}
	return timestamp_parse(text, strlen(text), us);
}

static const char a_date[] = "a date such as 2026-05-01 or 2026-05-01T00:00:00Z";
static const char a_name[] = "a name of 1 to 127 bytes";
static const char a_bool[] = "true or false";

static const char *
read_dag(struct request *r, const json_t *value)
{
	r->command.dag = plain_text(value, NAME_MAX_BYTES);
	return r->command.dag ? NULL : a_name;
}

static const char *
read_task(struct request *r, const json_t *value)
{
	r->command.task = plain_text(value, NAME_MAX_BYTES);
	return r->command.task ? NULL : a_name;
}

static const char *
read_key(struct request *r, const json_t *value)
{
	r->command.key = plain_text(value, REQUEST_KEY_BYTES_MAX);
	return r->command.key ? NULL : "text of 1 to 64 bytes that no other request has";
}

static const char *
read_run_id(struct request *r, const json_t *value)
{
	r->command.run_id = plain_text(value, RUN_ID_CHARS);
	return r->command.run_id ? NULL : "a run id such as scheduled__2026-05-01";
}

static const char *
read_logical_date(struct request *r, const json_t *value)
{
	r->command.has_logical = instant(value, &r->command.logical_us);
	return r->command.has_logical ? NULL : a_date;
}

static const char *
read_from_date(struct request *r, const json_t *value)
{
	return instant(value, &r->command.from_us) ? NULL : a_date;
}

static const char *
read_to_date(struct request *r, const json_t *value)
{
	return instant(value, &r->command.to_us) ? NULL : a_date;
}

static const char *
read_flag(bool *flag, const json_t *value)
{
	*flag = json_is_true(value);
	return json_is_boolean(value) ? NULL : a_bool;
}

static const char *
read_run_backwards(struct request *r, const json_t *value)
{
	return read_flag(&r->command.backwards, value);
}

static const char *
read_dry_run(struct request *r, const json_t *value)
{
	return read_flag(&r->command.dry_run, value);
}

static const char *
read_only_failed(struct request *r, const json_t *value)
{
	return read_flag(&r->command.only_failed, value);
}

static const char *
read_pinned(struct request *r, const json_t *value)
{
	return read_flag(&r->command.pinned, value);
}

static const char *
read_max_active_runs(struct request *r, const json_t *value)
{
	json_int_t n = json_integer_value(value);

	if (!json_is_integer(value) || n < 0 || n > REQUEST_RUNS_MAX)
		return "a whole number from 0 to 10000";
	r->command.max_active_runs = (int)n;
	return NULL;
}

static const char *
read_reprocess(struct request *r, const json_t *value)
{
	static const char *const names[] = {
		[REPROCESS_NONE] = "none",
		[REPROCESS_FAILED] = "failed",
		[REPROCESS_COMPLETED] = "completed",
	};
	const char *text = json_string_value(value);

	for (size_t i = 0; text && i < countof(names); i++) {
		if (!strcmp(text, names[i])) {
			r->command.reprocess = (enum reprocess)i;
			return NULL;
		}
	}
	return "none, failed or completed";
}

static const char *
read_params(struct request *r, const json_t *value)
{
	const char *name;
	json_t *member;

	if (!json_is_object(value))
		return "an object of names and values";
	/* Jansson iterates without const, and changes nothing. */
	for (void *i = json_object_iter((json_t *)(uintptr_t)value); i;
	     i = json_object_iter_next((json_t *)(uintptr_t)value, i)) {
		name = json_object_iter_key(i);
		member = json_object_iter_value(i);
		if (!*name || strlen(name) > NAME_MAX_BYTES)
			return "an object with names of 1 to 127 bytes";
		if (!json_is_string(member) && !json_is_number(member) && !json_is_boolean(member))
			return "an object whose values are text, numbers, true or false";
	}
	json_write(value, &r->params);
	if (r->params.full)
		return "an object of at most 64 KiB";
	r->command.params = r->params.data;
	return NULL;
}

static const char *
read_proto(struct request *r, const json_t *value)
{
	(void)r;
	if (json_is_integer(value) && json_integer_value(value) == REQUEST_PROTO)
		return NULL;
	return "1: this scheduler speaks no other protocol";
}

static const char *
read_command(struct request *r, const json_t *value)
{
	(void)r;
	return json_is_string(value) ? NULL : "the name of a command";
}

/* By enum field. */
static const struct {
	const char *name;
	read_fn *read;
} fields[] = {
	[FIELD_DAG] = { "dag", read_dag },
	[FIELD_LOGICAL_DATE] = { "logical_date", read_logical_date },
	[FIELD_RUN_ID] = { "run_id", read_run_id },
	[FIELD_PARAMS] = { "params", read_params },
	[FIELD_FROM_DATE] = { "from_date", read_from_date },
	[FIELD_TO_DATE] = { "to_date", read_to_date },
	[FIELD_REPROCESS] = { "reprocess", read_reprocess },
	[FIELD_MAX_ACTIVE_RUNS] = { "max_active_runs", read_max_active_runs },
	[FIELD_RUN_BACKWARDS] = { "run_backwards", read_run_backwards },
	[FIELD_DRY_RUN] = { "dry_run", read_dry_run },
	[FIELD_ONLY_FAILED] = { "only_failed", read_only_failed },
	[FIELD_PINNED] = { "pinned", read_pinned },
	[FIELD_TASK] = { "task", read_task },
	[FIELD_KEY] = { "key", read_key },
	[FIELD_PROTO] = { "proto", read_proto },
	[FIELD_COMMAND] = { "command", read_command },
};

static const struct kind *
find_kind(const char *name)
{
	for (size_t i = 0; name && i < countof(kinds); i++)
		if (!strcmp(kinds[i].name, name))
			return &kinds[i];
	return NULL;
}

static size_t
find_field(const char *name)
{
	size_t i = 0;

	while (i < countof(fields) && strcmp(fields[i].name, name) != 0)
		i++;
	return i;
}

/* Every member of the message, known and of the right kind; *seen gets their bits. */
static enum err_code
read_members(struct request *r, const struct kind *kind, const json_t *message, unsigned *seen,
	     struct err *err)
{
	unsigned may = kind->needs | kind->takes | BIT(FIELD_PROTO) | BIT(FIELD_COMMAND);
	const char *wanted, *name;
	size_t field;

	for (void *i = json_object_iter((json_t *)(uintptr_t)message); i;
	     i = json_object_iter_next((json_t *)(uintptr_t)message, i)) {
		name = json_object_iter_key(i);
		field = find_field(name);
		if (field == countof(fields) || !(may & BIT(field)))
			return err_set(err, ERR_INPUT, "%s has no field '%.64s'", kind->name, name);
		wanted = fields[field].read(r, json_object_iter_value(i));
		if (wanted)
			return err_set(err, ERR_INPUT, "%s: '%s' is not %s", kind->name, name,
				       wanted);
		*seen |= BIT(field);
	}
	for (field = 0; field < countof(fields); field++)
		if ((kind->needs | BIT(FIELD_PROTO)) & ~*seen & BIT(field))
			return err_set(err, ERR_INPUT, "%s needs the field '%s'", kind->name,
				       fields[field].name);
	return ERR_NONE;
}

/* What concerns two fields at once. */
static enum err_code
check_together(const struct kind *kind, const struct command *c, struct err *err)
{
	if (kind->takes & BIT(FIELD_RUN_ID) && c->has_logical == (c->run_id != NULL))
		return err_set(err, ERR_INPUT, "%s needs either 'logical_date' or 'run_id'",
			       kind->name);
	if (c->kind == COMMAND_BACKFILL && c->from_us > c->to_us)
		return err_set(err, ERR_INPUT, "backfill: 'from_date' is after 'to_date'");
	return ERR_NONE;
}

enum err_code
request_read(struct request *out, const json_t *message, struct err *err)
{
	struct request r = { .kind = REQUEST_COMMAND };
	const struct kind *kind;
	enum err_code code;
	unsigned seen = 0;
	const char *name;

	if (!json_is_object(message))
		return err_set(err, ERR_INPUT, "a request is a JSON object");
	name = json_get_text(message, "command", NULL);
	kind = find_kind(name);
	if (!kind)
		return err_set(err, ERR_INPUT, "there is no command '%.64s'", name ? name : "");
	r.kind = kind->kind;
	r.command.kind = kind->command;
	buf_init(&r.params, REQUEST_PARAMS_BYTES_MAX);
	code = read_members(&r, kind, message, &seen, err);
	if (!code && r.kind == REQUEST_COMMAND)
		code = check_together(kind, &r.command, err);
	if (code)
		request_release(&r);
	else
		*out = r;
	return code;
}

void
request_release(struct request *r)
{
	buf_release(&r->params);
}
