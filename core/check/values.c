/* values.c - the keys of the checks that look at the values of one row. */
#include "core/check/values.h"

#include "core/check/check.h"

#include <math.h>

/* ---- not_null ---- */

const struct check_kind check_kind_not_null = {
	.name = "not_null",
	.id = CHECK_NOT_NULL,
	.shape = SHAPE_ROW,
	.columns = COLUMNS_SOME,
	.may_quarantine = true,
};

/* ---- accepted_range ---- */

#define AT(field) offsetof(struct check_accepted_range, field)
#define ANY_NUMBER .min = -HUGE_VAL, .max = HUGE_VAL

/* clang-format off */
static const struct key range_keys[] = {
	{ "min", WANT_NUMBER, .at = AT(value.min), .given_at = AT(value.has_min), ANY_NUMBER },
	{ "max", WANT_NUMBER, .at = AT(value.max), .given_at = AT(value.has_max), ANY_NUMBER },
	{ "exclusive", WANT_BOOL, .at = AT(exclusive) },
};
/* clang-format on */

static bool
is_number(enum col_type type)
{
	return type == COL_INT64 || type == COL_INT32 || type == COL_FLOAT64;
}

static void
end_range(struct yreader *r, const struct ynode *at, void *params)
{
	struct check_accepted_range *p = params;

	if (!bounds_given(&p->value))
		ykeys_say(r, at, E0703, NULL, "check 'accepted_range' needs 'min' or 'max'");
	bounds_end(r, at, &p->value);
}

const struct check_kind check_kind_accepted_range = {
	.name = "accepted_range",
	.id = CHECK_ACCEPTED_RANGE,
	.shape = SHAPE_ROW,
	.columns = COLUMNS_ONE,
	.may_quarantine = true,
	.wants = "a number",
	.fits = is_number,
	.params_bytes = sizeof(struct check_accepted_range),
	.keys = range_keys,
	.n_keys = countof(range_keys),
	.end = end_range,
};

/* ---- accepted_values ---- */

#undef AT
#define AT(field) offsetof(struct check_accepted_values, field)

/* clang-format off */
static const struct key values_keys[] = {
	{ "values", WANT_TEXTS, .required = true, .at = AT(values), .count_at = AT(n_values) },
	KEY_LATER("values_from"),
};
/* clang-format on */

const struct check_kind check_kind_accepted_values = {
	.name = "accepted_values",
	.id = CHECK_ACCEPTED_VALUES,
	.shape = SHAPE_ROW,
	.columns = COLUMNS_ONE,
	.may_quarantine = true,
	.params_bytes = sizeof(struct check_accepted_values),
	.keys = values_keys,
	.n_keys = countof(values_keys),
};
