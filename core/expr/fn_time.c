/* fn_time.c - dates, timestamps and durations: sums, parts and the zones that they are seen in. */
#include "core/expr/fn.h"
#include "core/text/diag.h"
#include "core/time/calendar.h"

#include <string.h>

/* What the literal arguments of a call mean. */
struct moment_args {
	enum calendar_unit unit;
	const struct zone *zone;
};

static enum err_code
no_date(const struct expr_call *c)
{
	return err_set(c->err, ERR_LIMIT, "the result is not in the years 0001 to 9999");
}

static enum err_code
shifted(const struct expr_call *c, int64_t us, int64_t by, struct expr_value *out)
{
	if (__builtin_add_overflow(us, by, &out->whole) || !calendar_has_text(out->whole))
		return no_date(c);
	return ERR_NONE;
}

static enum err_code
shift(const struct expr_call *c, struct expr_value *out)
{
	return shifted(c, c->args[0].whole, c->args[1].whole, out);
}

static enum err_code
shift_first(const struct expr_call *c, struct expr_value *out)
{
	return shifted(c, c->args[1].whole, c->args[0].whole, out);
}

static enum err_code
shift_back(const struct expr_call *c, struct expr_value *out)
{
	if (c->args[1].whole == INT64_MIN)
		return no_date(c);
	return shifted(c, c->args[0].whole, -c->args[1].whole, out);
}

static enum err_code
shifted_day(const struct expr_call *c, int64_t by, struct expr_value *out)
{
	if (calendar_day_add(c->args[0].whole, by, &out->whole))
		return ERR_NONE;
	return err_set(
	    c->err, ERR_INPUT,
	    "a date and a duration that is not whole days, or no date of the years 0001 to "
	    "9999");
}

static enum err_code
shift_day(const struct expr_call *c, struct expr_value *out)
{
	return shifted_day(c, c->args[1].whole, out);
}

static enum err_code
shift_day_back(const struct expr_call *c, struct expr_value *out)
{
	if (c->args[1].whole == INT64_MIN)
		return no_date(c);
	return shifted_day(c, -c->args[1].whole, out);
}

static enum err_code
seconds_between(const struct expr_call *c, struct expr_value *out)
{
	int64_t us;

	if (__builtin_sub_overflow(c->args[1].whole, c->args[0].whole, &us))
		return err_set(c->err, ERR_LIMIT, "the result is beyond a duration");
	out->real = (double)us / 1e6;
	return ERR_NONE;
}

/* The zone of a call: the one that is named, else the one of the expression. */
static const struct zone *
zone_of(const struct expr_call *c)
{
	const struct moment_args *own = c->node->own;

	return own && own->zone ? own->zone : c->expr->here;
}

/* Only instants that have a text are looked at on a calendar: others would leave its arithmetic. */
static bool
on_calendar(const struct expr_value *v)
{
	return calendar_has_text(v->whole);
}

static enum err_code
date(const struct expr_call *c, struct expr_value *out)
{
	if (!on_calendar(&c->args[0]))
		return no_date(c);
	out->whole = calendar_day(c->args[0].whole, zone_of(c));
	return ERR_NONE;
}

static enum err_code
cut(const struct expr_call *c, struct expr_value *out)
{
	const struct moment_args *own = c->node->own;

	if (!on_calendar(&c->args[1]))
		return no_date(c);
	out->whole = calendar_trunc(own->unit, c->args[1].whole, zone_of(c));
	return ERR_NONE;
}

static enum err_code
part(const struct expr_call *c, struct expr_value *out)
{
	const struct moment_args *own = c->node->own;

	if (!on_calendar(&c->args[1]))
		return no_date(c);
	out->whole = calendar_part(own->unit, c->args[1].whole, zone_of(c));
	return ERR_NONE;
}

/* Is this day number one whose date has a text? */
static bool
day_on_calendar(int64_t day)
{
	int64_t same;

	return calendar_day_add(day, 0, &same);
}

static enum err_code
trunc_day(const struct expr_call *c, struct expr_value *out)
{
	const struct moment_args *own = c->node->own;

	if (!day_on_calendar(c->args[1].whole))
		return no_date(c);
	out->whole = calendar_first_day(own->unit, c->args[1].whole);
	return ERR_NONE;
}

static enum err_code
part_day(const struct expr_call *c, struct expr_value *out)
{
	const struct moment_args *own = c->node->own;

	if (!day_on_calendar(c->args[1].whole))
		return no_date(c);
	out->whole = calendar_day_part(own->unit, c->args[1].whole);
	return ERR_NONE;
}

/* A literal text, which the reading of an expression can look at. */
static const char *
literal_text(const struct expr_node *n)
{
	return n->kind == NODE_LITERAL && n->type == EXPR_TEXT ? n->value.text.data : NULL;
}

/* A zone at argument `at`; none: that of the expression. */
static enum err_code
read_zone(struct expr_reading *r, const struct expr_node *call, uint32_t at,
	  struct moment_args *own)
{
	const struct expr_node *n = call->n > at ? call->args[at] : NULL;
	const char *name = n ? literal_text(n) : NULL, *const * names, *near;
	size_t count;

	if (!n)
		return ERR_NONE;
	if (!name)
		return expr_wrong(r, EXPR_BAD_VALUE, n->at, n->bytes,
				  "the zone of %s() is a text in quotes", call->call);
	own->zone = r->names->zone ? r->names->zone(r->names->ctx, name) : NULL;
	if (own->zone)
		return ERR_NONE;
	names = zone_names(&count);
	near = diag_nearest(name, names, count);
	(void)expr_wrong(r, EXPR_BAD_VALUE, n->at, n->bytes, "there is no time zone '%.60s'", name);
	if (near && strcmp(near, name) != 0)
		expr_help(r, "did you mean '%s'?", near);
	return ERR_INPUT;
}

static enum err_code
read_unit(struct expr_reading *r, struct expr_node *call, enum calendar_unit not_this)
{
	const struct expr_node *n = call->args[0];
	struct moment_args *own = arena_get(r->arena, sizeof(*own));
	const char *word = literal_text(n), *near;
	const char *const *units = calendar_units();
	bool day = call->args[1]->type == EXPR_DATE;
	size_t count = day ? CALENDAR_HOUR : CALENDAR_UNIT_COUNT;

	call->own = own;
	for (size_t i = 0; word && i < count; i++) {
		if (strcmp(word, units[i]) != 0 || i == not_this)
			continue;
		own->unit = (enum calendar_unit)i;
		return read_zone(r, call, 2, own);
	}
	(void)expr_wrong(r, EXPR_BAD_VALUE, n->at, n->bytes,
			 "the unit of %s() is year, quarter, month, week, day%s%s", call->call,
			 not_this == CALENDAR_WEEKDAY ? "" : ", weekday",
			 day ? "" : ", hour, minute or second");
	near = word ? diag_nearest(word, units, count) : NULL;
	if (near)
		expr_help(r, "did you mean '%s'?", near);
	return ERR_INPUT;
}

static enum err_code
check_unit(struct expr_reading *r, struct expr_node *call)
{
	return read_unit(r, call, CALENDAR_WEEKDAY);
}

static enum err_code
check_part(struct expr_reading *r, struct expr_node *call)
{
	return read_unit(r, call, CALENDAR_UNIT_COUNT);
}

static enum err_code
check_zone(struct expr_reading *r, struct expr_node *call)
{
	struct moment_args *own = arena_get(r->arena, sizeof(*own));

	call->own = own;
	return read_zone(r, call, 1, own);
}

/* clang-format off */
static const struct expr_fn rows[] = {
	{ "+", "su:s", "timestamp + duration", .eval = shift },
	{ "+", "us:s", "duration + timestamp", .eval = shift_first },
	{ "+", "du:d", "date + duration", .eval = shift_day },
	{ "-", "su:s", "timestamp - duration", .eval = shift_back },
	{ "-", "du:d", "date - duration", .eval = shift_day_back },
	{ "date", "s:d", "date(timestamp[, 'zone'])", .eval = date },
	{ "date", "st:d", "date(timestamp[, 'zone'])", .eval = date, .check = check_zone },
	{ "trunc", "ts:s", "trunc('unit', timestamp[, 'zone'])", .eval = cut, .check = check_unit },
	{ "trunc", "tst:s", "trunc('unit', timestamp[, 'zone'])", .eval = cut, .check = check_unit },
	{ "trunc", "td:d", "trunc('unit', date)", .eval = trunc_day, .check = check_unit },
	{ "part", "ts:i", "part('unit', timestamp[, 'zone'])", .eval = part, .check = check_part },
	{ "part", "tst:i", "part('unit', timestamp[, 'zone'])", .eval = part, .check = check_part },
	{ "part", "td:i", "part('unit', date)", .eval = part_day, .check = check_part },
	{ "seconds_between", "ss:f", "seconds_between(from, to)", .eval = seconds_between },
};
/* clang-format on */

const struct expr_fns expr_fns_time = { rows, countof(rows) };
