/* analytics.c - the keys that operators share which follow units through time: unit, time, where.
 */
#include "core/op/analytics.h"

#include <stdio.h>
#include <string.h>

void
track_begin(struct op_track *track)
{
	*track = (struct op_track){ .unit = "user_id", .time = "timestamp", .unit_type = COL_ANY };
}

void
track_end(struct yreader *r, const struct ynode *task, const struct op_track *track,
	  const struct schema *made)
{
	const struct ynode *at = ynode_get(task->value, "unit");

	if (at && schema_find(made, track->unit) >= 0)
		ykeys_say(
		    r, at, E0431, "give the column of the input another name",
		    "'unit' cannot be '%s': the output has a column of its own with that name",
		    track->unit);
}

static bool
is_unit(enum col_type type)
{
	return type == COL_INT64 || type == COL_STRING;
}

bool
track_fits(const struct op_track *track, const struct schema *schema, char *why, size_t room)
{
	const struct column columns[] = { { track->unit, track->unit_type },
					  { track->time, COL_TIMESTAMP } };
	const struct schema want = { columns, countof(columns) };
	int unit = schema_find(schema, track->unit);

	if (unit >= 0 && !is_unit(schema->columns[unit].type)) {
		(void)snprintf(why, room, "has column '%s' as %s, not as int64 or string",
			       track->unit, col_type_name(schema->columns[unit].type));
		return false;
	}
	return columns_fit(&want, schema, why, room);
}

const char *
track_refused_by(const struct op_track *track, const struct schema *schema, const char **column)
{
	int unit = schema_find(schema, track->unit);
	bool is_time = unit >= 0 && is_unit(schema->columns[unit].type);

	*column = is_time ? track->time : track->unit;
	return is_time ? "time" : "unit";
}

bool
track_writes(struct yreader *r, struct op_track *track, const struct schema *made,
	     const struct schema *in, const struct schema *said, struct schema *out)
{
	struct column *columns = arena_get(r->arena, (made->count + 1) * sizeof(*columns));
	const struct schema *from = in ? in : said;
	int at = schema_find(from, track->unit);
	bool is_known = at >= 0 && is_unit(from->columns[at].type);

	columns[0] = (struct column){ track->unit, is_known ? from->columns[at].type : COL_STRING };
	memcpy(columns + 1, made->columns, made->count * sizeof(*columns));
	*out = (struct schema){ columns, made->count + 1 };
	if (is_known)
		track->unit_type = columns[0].type;
	return is_known;
}

void
track_define(struct definition *d, const struct op_track *track)
{
	define(d, "unit", FEEDS_ROWS, "%s", track->unit);
	define(d, "time", FEEDS_ROWS, "%s", track->time);
}
