/* bounds.c - `min` and `max` of a check, either of which may be left out. */
#include "core/check/bounds.h"

#include "core/base/exact.h"
#include "core/time/civil.h"

#include <string.h>

static bool
is_number(const struct ynode *value, struct number *n)
{
	return value->kind == YNODE_SCALAR && value->plain && number_parse(value->text, n);
}

static void
keep(struct yreader *r, const struct key *row, const struct ynode *key, void *base)
{
	*(const char **)((char *)base + row->at) = arena_str(r->arena, key->value->text);
}

void
bounds_read_count(struct yreader *r, const struct key *row, const struct ynode *key, void *base)
{
	struct number n;

	if (key->value->broken)
		return;
	if (is_number(key->value, &n) && n.floor >= 0)
		keep(r, row, key, base);
	else
		ykeys_say(r, key->value, E0209, NULL, "'%s' has to be a number from 0 on",
			  row->name);
}

void
bounds_read_value(struct yreader *r, const struct key *row, const struct ynode *key, void *base)
{
	const struct ynode *value = key->value;
	struct number n;
	int64_t us;

	if (value->broken)
		return;
	if (is_number(value, &n) ||
	    (value->kind == YNODE_SCALAR && timestamp_parse(value->text, value->bytes, &us)))
		keep(r, row, key, base);
	else
		ykeys_say(r, value, E0209, NULL, "'%s' has to be a number, a timestamp or a date",
			  row->name);
}

void
bounds_end(struct yreader *r, const struct ynode *at, const struct check_bounds *b)
{
	struct number min, max;
	int64_t from = 0, to = 0;
	bool falls = false;

	if (!b->min || !b->max)
		return;
	if (number_parse(b->min, &min) && number_parse(b->max, &max))
		falls = number_compare(&min, &max) > 0;
	else if (timestamp_parse(b->min, strlen(b->min), &from) &&
		 timestamp_parse(b->max, strlen(b->max), &to))
		falls = from > to;
	if (falls)
		ykeys_say(r, at, E0704, NULL, "'min' of check '%s' is above its 'max'", at->text);
}
