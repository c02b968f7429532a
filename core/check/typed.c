/* typed.c - what a check names in a file, as values of the type of its column. */
#include "core/check/typed.h"

#include "core/base/exact.h"
#include "core/base/json.h"
#include "core/time/civil.h"
#include "core/time/grid.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* What a type is called in a sentence, and how its values are written. */
static const struct {
	const char *is, *help;
} words[COL_TYPE_COUNT] = {
	[COL_INT64] = { "no whole number", NULL },
	[COL_INT32] = { "no whole number", NULL },
	[COL_FLOAT64] = { "no number", NULL },
	[COL_BOOL] = { "no truth value", "write true or false" },
	[COL_TIMESTAMP] = { "no timestamp", "write it as 2026-05-01T12:00:00Z" },
	[COL_DATE] = { "no date", "write it as 2026-05-01" },
	[COL_JSON] = { "no JSON", "a text in JSON has quotes of its own: '\"a\"'" },
};

static bool
refuse(enum col_type type, const char *text, char *why, const char **help)
{
	(void)snprintf(why, TYPED_WHY_CHARS, "'%.100s' is %s, and the column is %s", text,
		       words[type].is, col_type_name(type));
	*help = words[type].help;
	return false;
}

static bool
refuse_size(enum col_type type, const char *text, char *why)
{
	(void)snprintf(why, TYPED_WHY_CHARS, "'%.100s' does not fit into %s", text,
		       col_type_name(type));
	return false;
}

/* The numbers that a type holds. */
static void
limits(enum col_type type, int64_t *min, int64_t *max)
{
	*min = type == COL_INT32 ? INT32_MIN : INT64_MIN;
	*max = type == COL_INT32 ? INT32_MAX : INT64_MAX;
}

static bool
read_int(enum col_type type, const char *text, int64_t *out, char *why, const char **help)
{
	int64_t min, max;
	struct number n;

	limits(type, &min, &max);
	if (!number_parse(text, &n) || (!n.beyond && !n.whole))
		return refuse(type, text, why, help);
	if (n.beyond || n.floor < min || n.floor > max)
		return refuse_size(type, text, why);
	*out = n.floor;
	return true;
}

/* The words that are no numbers of JSON but values of a float64, as the readers of files have them.
 */
static bool
special_real(const char *text, double *out)
{
	bool negative = *text == '-';

	text += negative;
	if (strcasecmp(text, "nan") == 0)
		*out = (double)NAN;
	else if (strcasecmp(text, "inf") == 0 || strcasecmp(text, "infinity") == 0)
		*out = negative ? -(double)INFINITY : (double)INFINITY;
	else
		return false;
	return true;
}

static bool
read_real(const char *text, double *out, char *why, const char **help)
{
	struct number n;

	if (special_real(text, out))
		return true;
	if (!number_parse(text, &n))
		return refuse(COL_FLOAT64, text, why, help);
	if (!isfinite(n.real))
		return refuse_size(COL_FLOAT64, text, why);
	*out = n.real + 0.0; /* -0.0 becomes 0.0 */
	return true;
}

static bool
is_json(const char *text)
{
	json_t *value = NULL;
	bool good = json_read(&value, text, strlen(text), "a value", NULL) == ERR_NONE;

	json_decref(value);
	return good;
}

bool
typed_read(enum col_type type, const char *text, struct typed_value *out, char *why,
	   const char **help)
{
	bool good = true;

	*help = NULL;
	out->text = text;
	switch (type) {
	case COL_INT64:
	case COL_INT32:
		return read_int(type, text, &out->whole, why, help);
	case COL_FLOAT64:
		return read_real(text, &out->real, why, help);
	case COL_BOOL:
		out->whole = strcmp(text, "true") == 0;
		good = out->whole || strcmp(text, "false") == 0;
		break;
	case COL_TIMESTAMP:
		good = timestamp_parse(text, strlen(text), &out->whole);
		break;
	case COL_DATE:
		good = grid_parse(grid_days, text, strlen(text), &out->whole);
		break;
	case COL_JSON:
		good = is_json(text);
		break;
	case COL_STRING:
	case COL_TYPE_COUNT:
		break;
	}
	return good || refuse(type, text, why, help);
}

/* ---- ranges ---- */

bool
typed_has_order(enum col_type type)
{
	return type == COL_INT64 || type == COL_INT32 || type == COL_FLOAT64 ||
	       type == COL_TIMESTAMP || type == COL_DATE;
}

static bool
is_number(enum col_type type)
{
	return type == COL_INT64 || type == COL_INT32 || type == COL_FLOAT64;
}

/* A bound of a column of numbers; one that its type cannot hold bounds it all the same. */
static bool
number_bound(enum col_type type, const char *text, bool lower, bool exclusive,
	     struct typed_range *out, char *why, const char **help)
{
	struct number n;

	if (!number_parse(text, &n))
		return refuse(type, text, why, help);
	if (type == COL_FLOAT64 && !isfinite(n.real))
		return refuse_size(type, text, why);
	if (lower) {
		out->none |= !number_least_int(&n, exclusive, &out->int_min);
		out->real_min = number_least_real(&n, exclusive);
	} else {
		out->none |= !number_greatest_int(&n, exclusive, &out->int_max);
		out->real_max = number_greatest_real(&n, exclusive);
	}
	return true;
}

static bool
time_bound(enum col_type type, const char *text, bool lower, bool exclusive,
	   struct typed_range *out, char *why, const char **help)
{
	struct typed_value at = { 0 };

	if (!typed_read(type, text, &at, why, help))
		return false;
	if (lower)
		out->int_min = at.whole + exclusive;
	else
		out->int_max = at.whole - exclusive;
	return true;
}

bool
typed_range(enum col_type type, const struct check_bounds *b, bool exclusive,
	    struct typed_range *out, const char **key, char *why, const char **help)
{
	const char *const bounds[] = { b->min, b->max }, *const names[] = { "min", "max" };
	int64_t least, greatest;

	*help = NULL;
	limits(type, &least, &greatest);
	*out = (struct typed_range){ .int_min = least,
				     .int_max = greatest,
				     .real_min = -(double)INFINITY,
				     .real_max = (double)INFINITY };
	for (size_t i = 0; i < countof(bounds); i++) {
		bool lower = i == 0;

		*key = names[i];
		if (!bounds[i])
			continue;
		if (is_number(type)
			? !number_bound(type, bounds[i], lower, exclusive, out, why, help)
			: !time_bound(type, bounds[i], lower, exclusive, out, why, help))
			return false;
	}
	if (type == COL_FLOAT64)
		out->none = !(out->real_min <= out->real_max);
	else
		out->none = out->none || out->int_min > out->int_max || out->int_min > greatest ||
			    out->int_max < least;
	if (out->none)
		*out = (struct typed_range){ .int_min = INT64_MAX,
					     .int_max = INT64_MIN,
					     .real_min = (double)INFINITY,
					     .real_max = -(double)INFINITY,
					     .none = true };
	return true;
}
