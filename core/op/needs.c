/* needs.c - what each operator wants of its inputs, and which columns it always writes. */
#include "core/op/needs.h"

#include <stdio.h>

/* What each operator reads of its input; score compares tenants and features across datasets. */
static const struct column engagement_needs[] = {
	{ "tenant_id", COL_INT64 },     { "feature_name", COL_STRING },
	{ "timestamp", COL_TIMESTAMP }, { "user_id", COL_TYPE_COUNT }, /* any type */
	{ "event_id", COL_TYPE_COUNT },
};

static const struct column adoption_needs[] = {
	{ "tenant_id", COL_INT64 },    { "feature_name", COL_STRING },
	{ "event_type", COL_STRING },  { "timestamp", COL_TIMESTAMP },
	{ "user_id", COL_TYPE_COUNT },
};

static const struct column rollup_needs[] = {
	{ "event_type", COL_STRING },   { "feature_name", COL_STRING },
	{ "tenant_id", COL_INT64 },     { "user_id", COL_INT64 },
	{ "timestamp", COL_TIMESTAMP }, { "event_id", COL_TYPE_COUNT },
};

static const struct column dimension_needs[] = {
	{ "tenant_id", COL_INT64 },
	{ "plan", COL_STRING },
	{ "active_users", COL_INT64 },
};

static const struct column event_type_needs[] = { { "event_type", COL_STRING } };

static bool
has_columns(const struct schema *schema, const struct column *needs, size_t n, char *why,
	    size_t room)
{
	for (size_t i = 0; i < n; i++) {
		int at = schema_find(schema, needs[i].name);

		if (at < 0) {
			(void)snprintf(why, room, "has no column '%s'", needs[i].name);
			return false;
		}
		if (needs[i].type != COL_TYPE_COUNT && schema->columns[at].type != needs[i].type) {
			(void)snprintf(why, room, "has column '%s' as %s, not as %s", needs[i].name,
				       col_type_name(schema->columns[at].type),
				       col_type_name(needs[i].type));
			return false;
		}
	}
	return true;
}

const struct schema *
op_fixed_schema(enum op_kind op)
{
	switch (op) {
	case OP_ROLLUP:
		return &schema_rollup;
	case OP_SCORE_ENGAGEMENT:
		return &schema_engagement;
	case OP_SCORE_ADOPTION:
		return &schema_adoption;
	default:
		return NULL;
	}
}

bool
op_files_fit(const struct task *task, const struct schema *schema, char *why, size_t room)
{
	if (task->op == OP_SCORE_ADOPTION)
		return has_columns(schema, adoption_needs, countof(adoption_needs), why, room);
	return has_columns(schema, engagement_needs, countof(engagement_needs), why, room) &&
	       (!task->engagement.n_event_types ||
		has_columns(schema, event_type_needs, countof(event_type_needs), why, room));
}

bool
op_input_fits(const struct task *task, size_t at, const struct schema *schema, char *why,
	      size_t room)
{
	/* The dimension comes after the events, if those are a dataset. */
	bool dimension = task->op == OP_SCORE_ADOPTION && at == (task->adoption.from.days ? 0 : 1);

	switch (task->op) {
	case OP_ROLLUP:
		return has_columns(schema, rollup_needs, countof(rollup_needs), why, room);
	case OP_SCORE_ENGAGEMENT:
	case OP_SCORE_ADOPTION:
		if (dimension)
			return has_columns(schema, dimension_needs, countof(dimension_needs), why,
					   room);
		return schema_equal(schema, &schema_rollup) ||
		       op_files_fit(task, schema, why, room);
	default:
		return true;
	}
}
