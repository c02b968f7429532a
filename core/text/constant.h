/*
 * constant.h - what {{ var.NAME }} and {{ conn.NAME.host }} stand for.  Pure.
 *
 * Texts that a project has for all of its dags.
 *
 * Calendars that schedules name are constants too.
 *
 * Unlike what a run gives they are known when a file is read.  There they take the
 * place of their names, and the definition keeps those that it names (resolved.h):
 * a run has the values that it began with.
 */
#ifndef CORE_TEXT_CONSTANT_H
#define CORE_TEXT_CONSTANT_H

#include "core/base/buf.h"

struct ynode;

/* Before the name of a calendar; its value is days and ranges (days.h), with a blank between. */
#define CALENDAR_PREFIX "calendar."

enum { CONSTANT_BYTES_MAX = 32 << 10, CONSTANTS_MAX = 1000 };

struct constant {
	const char *name; /* whole, as a template writes it: var.bucket, conn.db.host */
	const char *value;
	const struct ynode *tree; /* of a task template, as tidemill.yaml has it; or NULL */
	/* NULL, or a reference that goes to the environment of a program and nowhere else:
	 * {"from_env": "NAME"} or from_file, from_command, from_connection. */
	const char *secret;
};

/* All that templates may name; everything is borrowed. */
struct constants {
	const struct constant *items;
	size_t n;
	const char *origin; /* the file that their trees stand in; NULL: nobody is told */
	bool unknown; /* others that nobody can tell may be there: each of them is an empty text ...
		       */
	const char *known; /* ... but those that begin so, which are all here; NULL: none do */
};

/* The one that is called by `bytes` bytes of name; NULL: there is none. */
const struct constant *constants_find(const struct constants *all, const char *name, size_t bytes);

/* The name of one of the same kind (var.) that is nearly called so, or NULL. */
const char *constants_nearest(const struct constants *all, const char *name);

/*
 * What may be done about a name that none of them has: the one that is nearly called so, the parts
 * that the connection has, or what to write where.  The caller's.
 */
char *constants_help(const struct constants *all, const char *name);

/*
 * A checked text whose names of constants have given way to their values (appended);
 * every one of them is there.  In a line of a shell a value is quoted, so that it is
 * one word, unless the template says `| raw`.  ERR_INPUT: a value would become a part
 * of the template that it stands in.
 */
enum err_code constants_settle(const struct constants *all, const char *text, bool shell,
			       struct buf *out, struct err *err) MUST_CHECK;

#endif
