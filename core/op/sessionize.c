/* sessionize.c - the keys of operator sessionize: events of units as their sessions. */
#include "core/op/sessionize.h"

#include "core/op/op.h"
#include "core/time/civil.h"

#include <string.h>

#define AT(field) offsetof(struct op_sessionize, field)

static const struct column sessions_columns[] = {
	{ "session_number", COL_INT64 },
	{ "session_id", COL_STRING },
	{ "session_start", COL_TIMESTAMP },
	{ "session_end", COL_TIMESTAMP },
	{ "events", COL_INT64 },
	{ "duration_s", COL_FLOAT64 },
};

const struct schema schema_sessions = { sessions_columns, countof(sessions_columns) };

static const struct key sessionize_keys[] = {
	{ "input", WANT_CUSTOM, .required = true, .read = draft_read_input },
	DRAFT_PARTS_KEYS,
	TRACK_KEYS(AT(track)),
	{ "gap", WANT_DURATION, .at = AT(gap_us), .min = SECOND_US, .max = 30.0 * DAY_US },
	{ "carry_over", WANT_BOOL, .at = AT(carry_over) },
	{ "output", WANT_CUSTOM, .required = true, .read = draft_read_output },
};

static void
begin(void *params)
{
	struct op_sessionize *s = params;

	*s = (struct op_sessionize){ .gap_us = 30 * MINUTE_US };
	track_begin(&s->track);
}

static void
end(struct yreader *r, struct draft_task *t)
{
	const struct op_sessionize *s = t->params;

	track_end(r, t->key, &s->track, &schema_sessions);
	if (s->carry_over)
		t->reads.parts = (struct input_window){ REACH_PARTS, -1, 1 };
	draft_end_input(r, t);
}

static bool
writes(struct yreader *r, const struct draft_task *t, const struct schema *in,
       const struct schema *said, struct schema *out)
{
	struct op_sessionize *s = t->params;

	return track_writes(r, &s->track, &schema_sessions, in, said, out);
}

static size_t
tells(const void *params, const char *column, const char *tell[TOLD_MAX])
{
	const struct op_sessionize *s = params;

	if (strcmp(column, s->track.unit) != 0)
		return 0;
	tell[0] = s->track.unit;
	tell[1] = "session_id";
	return 2;
}

static bool
input_fits(const void *params, size_t at, const struct schema *schema, char *why, size_t room)
{
	const struct op_sessionize *s = params;

	(void)at;
	return track_fits(&s->track, schema, why, room);
}

static const char *
refused_by(const void *params, const struct schema *schema, const char **column)
{
	const struct op_sessionize *s = params;

	return track_refused_by(&s->track, schema, column);
}

static void
define_keys(struct definition *d, const struct task *task)
{
	const struct op_sessionize *s = task->params;

	track_define(d, &s->track);
	define(d, "gap", FEEDS_ROWS, "%lld us", (long long)s->gap_us);
	define(d, "carry_over", FEEDS_ROWS, "%s", s->carry_over ? "true" : "false");
}

const struct op_def op_def_sessionize = {
	.kind = OP_SESSIONIZE,
	.name = "sessionize",
	.label = "sessionize",
	.summary = "the events of each user as sessions: a new one after a gap",
	.rows = sessionize_keys,
	.n_rows = countof(sessionize_keys),
	.params_bytes = sizeof(struct op_sessionize),
	.begin = begin,
	.end = end,
	.writes = writes,
	.tells = tells,
	.input_fits = input_fits,
	.refused_by = refused_by,
	.define = define_keys,
};
