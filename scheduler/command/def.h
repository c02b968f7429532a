/*
 * def.h - what a command is: the fields that a request has, and the decision.
 *
 * A command is one file with one row, command_NAME, and a row of
 * scheduler/rows/commands.inc.  From its fields come the check of a request
 * (request.h) and the tables of docs/CONTROL.md.
 */
#ifndef SCHEDULER_COMMAND_DEF_H
#define SCHEDULER_COMMAND_DEF_H

#include "scheduler/state/state.h"

/* What the value of a field is; request.c reads each kind, into a member of struct command. */
enum field_type {
	FIELD_NAME,      /* text of 1 to 127 bytes: const char * */
	FIELD_KEY,       /* text of 1 to 64 bytes: const char * */
	FIELD_RUN_ID,    /* text: const char * */
	FIELD_LOGICAL,   /* a date or a timestamp: int64_t, and has_logical is set */
	FIELD_DATE,      /* a date or a timestamp: int64_t */
	FIELD_FLAG,      /* true or false: bool */
	FIELD_RUNS,      /* 0 to 10000: int */
	FIELD_REPROCESS, /* enum reprocess */
	FIELD_PARAMS,    /* an object of plain values: const char *, JSON text */
	FIELD_TYPE_COUNT,
};

struct command_field {
	const char *name; /* in a request */
	enum field_type type;
	size_t at;        /* of the member of struct command */
	bool needed;      /* a request without it is refused */
	const char *help; /* a few words, without a period */
};

/* A row of fields: the member's own name in the struct, and whether it is needed. */
/* clang-format off */
#define OPTIONAL false
#define NEEDED   true
#define FIELD(name, type, member, needed, help) \
	{ name, FIELD_##type, offsetof(struct command, member), needed, help }
/* clang-format on */

struct command_def {
	enum command_kind kind;
	const char *name;
	const char *summary; /* a few words, without a period */
	const char *replies; /* what a reply has beside ok, code and message; or "" */
	/* Besides proto, command and key.  With a run_id, either that or logical_date is needed. */
	const struct command_field *fields;
	size_t n_fields;
	bool makes_runs; /* a session waits for them, also when it is asked again */
	/* What two fields together make wrong, or NULL: nothing; NULL: nothing can be. */
	const char *(*check)(const struct command *c);
	/* Decide and do it, all or nothing; fills in the reply by reply_say() at least. */
	void (*decide)(struct engine *e, const struct command *c, struct reply *reply);
};

#define COMMAND(NAME, name) extern const struct command_def command_##name;
#include "scheduler/rows/commands.inc"
#undef COMMAND

#endif
