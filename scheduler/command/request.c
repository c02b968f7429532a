/* request.c - checking a control request field by field. */
#include "scheduler/command/request.h"

#include "core/model/interval.h"
#include "core/time/civil.h"
#include "scheduler/command/list.h"

#include <string.h>

/* What is asked for: a command by its row, or a question to the daemon itself. */
struct asked {
	const char *name;
	enum request_kind kind;
	const struct command_def *def; /* of a command; NULL for the others, which have no fields */
};

static const struct asked questions[] = {
	{ "ping", REQUEST_PING, NULL },
	{ "reload", REQUEST_RELOAD, NULL },
};

/* ---- values ---- */

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

/* A date is kept as it is typed: only the grid of its dag says which instant it means. */
static bool
take_date(const json_t *value, int64_t *us, const char **to)
{
	*to = plain_text(value, 64);
	return *to && interval_is_text(*to, us);
}

/* Where the text of a date goes whose instant is in `field`. */
static const char **
text_of(struct command *c, const struct command_field *field)
{
	return field->at == offsetof(struct command, logical_us) ? &c->logical_text
	       : field->at == offsetof(struct command, from_us)  ? &c->from_text
								 : &c->to_text;
}

static bool
take_text(const json_t *value, size_t bytes_max, const char **to)
{
	*to = plain_text(value, bytes_max);
	return *to != NULL;
}

static bool
take_flag(const json_t *value, bool *to)
{
	*to = json_is_true(value);
	return json_is_boolean(value);
}

static bool
take_runs(const json_t *value, int *to)
{
	json_int_t n = json_integer_value(value);

	*to = (int)n;
	return json_is_integer(value) && n >= 0 && n <= REQUEST_RUNS_MAX;
}

static bool
take_reprocess(const json_t *value, enum reprocess *to)
{
	int found = reprocess_of(json_string_value(value));

	if (found >= 0)
		*to = (enum reprocess)found;
	return found >= 0;
}

/* What the value should have been, or NULL: it was taken. */
static const char *
take_params(struct request *r, const json_t *value, const char **to)
{
	const char *name;
	json_t *member;

	if (!json_is_object(value))
		return field_wants(FIELD_PARAMS);
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
	*to = r->params.data;
	return NULL;
}

/* What the value should have been, or NULL: the command has it. */
static const char *
take(struct request *r, const struct command_field *field, const json_t *value)
{
	void *to = (char *)&r->command + field->at;
	bool good = false;

	switch (field->type) {
	case FIELD_NAME:
		good = take_text(value, NAME_MAX_BYTES, to);
		break;
	case FIELD_KEY:
		good = take_text(value, REQUEST_KEY_BYTES_MAX, to);
		break;
	case FIELD_RUN_ID:
		good = take_text(value, RUN_ID_CHARS, to);
		break;
	case FIELD_LOGICAL:
		good = r->command.has_logical = take_date(value, to, text_of(&r->command, field));
		break;
	case FIELD_DATE:
		good = take_date(value, to, text_of(&r->command, field));
		break;
	case FIELD_FLAG:
		good = take_flag(value, to);
		break;
	case FIELD_RUNS:
		good = take_runs(value, to);
		break;
	case FIELD_REPROCESS:
		good = take_reprocess(value, to);
		break;
	case FIELD_PARAMS:
		return take_params(r, value, to);
	case FIELD_TYPE_COUNT:
		break;
	}
	return good ? NULL : field_wants(field->type);
}

/* ---- members ---- */

static const struct command_field key_field = { "key", FIELD_KEY, offsetof(struct command, key),
						true, "sent again it is done once" };

static const struct command_field *
find_field(const struct asked *a, const char *name)
{
	if (!strcmp(name, key_field.name))
		return &key_field;
	for (size_t i = 0; a->def && i < a->def->n_fields; i++)
		if (!strcmp(a->def->fields[i].name, name))
			return &a->def->fields[i];
	return NULL;
}

static enum err_code
read_member(struct request *r, const struct asked *a, const char *name, const json_t *value,
	    struct err *err)
{
	const struct command_field *field;
	const char *wanted;

	if (!strcmp(name, "command"))
		return ERR_NONE; /* it was looked at first of all */
	if (!strcmp(name, "proto")) {
		wanted = json_is_integer(value) && json_integer_value(value) == REQUEST_PROTO
			     ? NULL
			     : "1: this scheduler speaks no other protocol";
	} else {
		field = find_field(a, name);
		if (!field)
			return err_set(err, ERR_INPUT, "%s has no field '%.64s'", a->name, name);
		wanted = take(r, field, value);
	}
	return wanted ? err_set(err, ERR_INPUT, "%s: '%s' is not %s", a->name, name, wanted)
		      : ERR_NONE;
}

static enum err_code
needs(const struct asked *a, const json_t *message, const char *name, struct err *err)
{
	return json_object_get(message, name)
		   ? ERR_NONE
		   : err_set(err, ERR_INPUT, "%s needs the field '%s'", a->name, name);
}

/* Every member of the message, known and of the right kind; and all that are needed. */
static enum err_code
read_members(struct request *r, const struct asked *a, const json_t *message, struct err *err)
{
	enum err_code code = ERR_NONE;

	for (void *i = json_object_iter((json_t *)(uintptr_t)message); i && !code;
	     i = json_object_iter_next((json_t *)(uintptr_t)message, i))
		code = read_member(r, a, json_object_iter_key(i), json_object_iter_value(i), err);
	for (size_t i = 0; a->def && i < a->def->n_fields && !code; i++)
		if (a->def->fields[i].needed)
			code = needs(a, message, a->def->fields[i].name, err);
	if (!code && a->def)
		code = needs(a, message, key_field.name, err);
	return code ? code : needs(a, message, "proto", err);
}

static bool
names_a_run(const struct command_def *def)
{
	for (size_t i = 0; i < def->n_fields; i++)
		if (def->fields[i].type == FIELD_RUN_ID)
			return true;
	return false;
}

/* What concerns two fields at once. */
static enum err_code
check_together(const struct command_def *def, const struct command *c, struct err *err)
{
	const char *wrong = def->check ? def->check(c) : NULL;

	if (names_a_run(def) && c->has_logical == (c->run_id != NULL))
		return err_set(err, ERR_INPUT, "%s needs either 'logical_date' or 'run_id'",
			       def->name);
	return wrong ? err_set(err, ERR_INPUT, "%s: %s", def->name, wrong) : ERR_NONE;
}

/* False: nothing has that name. */
static bool
find_asked(const char *name, struct asked *out)
{
	const struct command_def *def = command_find(name);

	if (def)
		*out = (struct asked){ def->name, REQUEST_COMMAND, def };
	for (size_t i = 0; !def && name && i < countof(questions); i++) {
		if (strcmp(questions[i].name, name) != 0)
			continue;
		*out = questions[i];
		return true;
	}
	return def != NULL;
}

enum err_code
request_read(struct request *out, const json_t *message, struct err *err)
{
	struct request r = { .kind = REQUEST_COMMAND };
	enum err_code code;
	struct asked a;
	const char *name;

	if (!json_is_object(message))
		return err_set(err, ERR_INPUT, "a request is a JSON object");
	name = json_get_text(message, "command", NULL);
	if (!find_asked(name, &a))
		return err_set(err, ERR_INPUT, "there is no command '%.64s'", name ? name : "");
	r.kind = a.kind;
	if (a.def)
		r.command.kind = a.def->kind;
	buf_init(&r.params, REQUEST_PARAMS_BYTES_MAX);
	code = read_members(&r, &a, message, err);
	if (!code && a.def)
		code = check_together(a.def, &r.command, err);
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
