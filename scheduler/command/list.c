/* list.c - every command that changes the state. */
#include "scheduler/command/list.h"

#include <assert.h>
#include <string.h>

static const struct command_def *const rows[COMMAND_COUNT] = {
#define COMMAND(NAME, name) [COMMAND_##NAME] = &command_##name,
#include "scheduler/rows/commands.inc"
#undef COMMAND
};

static const char *const wants[FIELD_TYPE_COUNT] = {
	[FIELD_NAME] = "a name of 1 to 127 bytes",
	[FIELD_KEY] = "text of 1 to 64 bytes that no other request has",
	[FIELD_RUN_ID] = "a run id such as scheduled__2026-05-01",
	[FIELD_LOGICAL] = "a date such as 2026-05-01 or 2026-05-01T00:00:00Z",
	[FIELD_DATE] = "a date such as 2026-05-01 or 2026-05-01T00:00:00Z",
	[FIELD_FLAG] = "true or false",
	[FIELD_RUNS] = "a whole number from 0 to 10000",
	[FIELD_REPROCESS] = "none, failed or completed",
	[FIELD_PARAMS] = "an object of names and values",
};

const struct command_def *
command_def_of(enum command_kind kind)
{
	assert((size_t)kind < COMMAND_COUNT);
	return rows[kind];
}

const struct command_def *
command_find(const char *name)
{
	for (size_t i = 0; name && i < COMMAND_COUNT; i++)
		if (!strcmp(rows[i]->name, name))
			return rows[i];
	return NULL;
}

const char *
field_wants(enum field_type type)
{
	assert((size_t)type < FIELD_TYPE_COUNT);
	return wants[type];
}
