/* rollup.c - the keys of operator rollup: one day of events, counted. */
#include "core/op/rollup.h"

#include "core/op/columns.h"
#include "core/op/op.h"

static const struct column rollup_written[] = {
	{ "event_date", COL_DATE },     { "event_type", COL_STRING },
	{ "feature_name", COL_STRING }, { "tenant_id", COL_INT64 },
	{ "user_id", COL_INT64 },       { "interaction_count", COL_INT64 },
};

const struct schema schema_rollup = { rollup_written, countof(rollup_written) };

/* What it wants of events. */
static const struct column rollup_columns[] = {
	{ "event_type", COL_STRING }, { "feature_name", COL_STRING }, { "tenant_id", COL_INT64 },
	{ "user_id", COL_INT64 },     { "timestamp", COL_TIMESTAMP }, { "event_id", COL_ANY },
};

static const struct schema rollup_want = { rollup_columns, countof(rollup_columns) };

static const struct key rollup_keys[] = {
	{ "input", WANT_CUSTOM, .required = true, .read = draft_read_input },
	DRAFT_PARTS_KEYS,
	{ "where", WANT_CUSTOM, .read = draft_read_where },
	{ "output", WANT_CUSTOM, .required = true, .read = draft_read_output },
};

static void
end(struct yreader *r, struct draft_task *t)
{
	draft_end_input(r, t);
}

static bool
input_fits(const void *params, size_t at, const struct schema *schema, char *why, size_t room)
{
	(void)params;
	(void)at;
	return columns_fit(&rollup_want, schema, why, room);
}

const struct op_def op_def_rollup = {
	.kind = OP_ROLLUP,
	.name = "rollup",
	.label = "rollup",
	.summary = "interactions per event type, feature, tenant and user of a day, sorted",
	.rows = rollup_keys,
	.n_rows = countof(rollup_keys),
	.one_day = "rolls up one day of",
	.fixed = &schema_rollup,
	.end = end,
	.input_fits = input_fits,
};
