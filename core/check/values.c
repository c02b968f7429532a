/* values.c - the keys of the checks that look at the values of one row. */
#include "core/check/values.h"

#include "core/check/check.h"

#include <stdio.h>
#include <string.h>

/* ---- not_null ---- */

const struct check_kind check_kind_not_null = {
	.name = "not_null",
	.id = CHECK_NOT_NULL,
	.shape = SHAPE_ROW,
	.columns = COLUMNS_SOME,
	.may_quarantine = true,
	.of_required = true,
};

/* ---- accepted_range ---- */

#define AT(field) offsetof(struct check_accepted_range, field)

/* clang-format off */
static const struct key range_keys[] = {
	{ "min", WANT_CUSTOM, .at = AT(value.min), .read = bounds_read_value },
	{ "max", WANT_CUSTOM, .at = AT(value.max), .read = bounds_read_value },
	{ "exclusive", WANT_BOOL, .at = AT(exclusive) },
};
/* clang-format on */

static bool
mistaken_range(const void *params, enum col_type type, size_t *from, struct check_mistake *out)
{
	const struct check_accepted_range *p = params;
	struct typed_range range;

	if ((*from)++)
		return false;
	if (!typed_range(type, &p->value, p->exclusive, &range, &out->key, out->why, &out->help))
		return true;
	out->key = p->value.min ? "min" : "max";
	(void)snprintf(out->why, sizeof(out->why), "no %s lies in this range", col_type_name(type));
	return range.none;
}

static void
end_range(struct yreader *r, const struct ynode *at, void *params)
{
	struct check_accepted_range *p = params;

	if (!p->value.min && !p->value.max && !ynode_get(at->value, "min") &&
	    !ynode_get(at->value, "max"))
		ykeys_say(r, at, E0703, NULL, "check 'accepted_range' needs 'min' or 'max'");
	bounds_end(r, at, &p->value);
}

static void
say_range(const void *params, struct buf *out)
{
	const struct check_accepted_range *p = params;

	buf_format(out, " min %s max %s%s", p->value.min ? p->value.min : "-",
		   p->value.max ? p->value.max : "-", p->exclusive ? " exclusive" : "");
}

const struct check_kind check_kind_accepted_range = {
	.say = say_range,
	.name = "accepted_range",
	.id = CHECK_ACCEPTED_RANGE,
	.shape = SHAPE_ROW,
	.columns = COLUMNS_ONE,
	.may_quarantine = true,
	.wants = "a number, a timestamp or a date",
	.fits = typed_has_order,
	.mistaken = mistaken_range,
	.params_bytes = sizeof(struct check_accepted_range),
	.keys = range_keys,
	.n_keys = countof(range_keys),
	.end = end_range,
};

/* ---- accepted_values ---- */

#undef AT
#define AT(field) offsetof(struct check_accepted_values, field)

/* clang-format off */
static const struct key values_from_keys[] = {
	{ "dataset", WANT_TEXT, .required = true, .at = AT(from_dataset) },
	{ "column", WANT_TEXT, .at = AT(from_column) },
};
/* clang-format on */

static void
read_values_from(struct yreader *r, const struct key *row, const struct ynode *key, void *base)
{
	struct keyset set = KEYSET(values_from_keys, base);

	(void)row;
	(void)ykeys_read(r, key, key->value, "'values_from'", &set, 1);
}

/* clang-format off */
static const struct key values_keys[] = {
	{ "values", WANT_TEXTS, .at = AT(values), .count_at = AT(n_values) },
	{ "values_from", WANT_CUSTOM, .read = read_values_from },
};
/* clang-format on */

static void
end_values(struct yreader *r, const struct ynode *at, void *params)
{
	bool written = ynode_get(at->value, "values"), from = ynode_get(at->value, "values_from");

	(void)params;
	if (written == from)
		ykeys_say(r, at, E0429, NULL,
			  written ? "check 'accepted_values' has 'values' or 'values_from', not "
				    "both"
				  : "check 'accepted_values' needs 'values' or 'values_from'");
}

static struct check_reads
values_reads(const void *params)
{
	const struct check_accepted_values *p = params;

	return (struct check_reads){ p->from_dataset, p->from_column };
}

static bool
mistaken_values(const void *params, enum col_type type, size_t *from, struct check_mistake *out)
{
	const struct check_accepted_values *p = params;
	struct typed_value value;

	out->key = "values";
	while (*from < p->n_values) {
		out->item = (*from)++;
		if (!typed_read(type, p->values[out->item], &value, out->why, &out->help))
			return true;
	}
	return false;
}

static void
say_values(const void *params, struct buf *out)
{
	const struct check_accepted_values *p = params;

	for (size_t i = 0; i < p->n_values; i++)
		buf_format(out, " %zu:%s", strlen(p->values[i]), p->values[i]);
	if (p->from_dataset)
		buf_format(out, " from %s %s", p->from_dataset,
			   p->from_column ? p->from_column : "");
}

const struct check_kind check_kind_accepted_values = {
	.say = say_values,
	.name = "accepted_values",
	.id = CHECK_ACCEPTED_VALUES,
	.shape = SHAPE_ROW,
	.columns = COLUMNS_ONE,
	.may_quarantine = true,
	.mistaken = mistaken_values,
	.params_bytes = sizeof(struct check_accepted_values),
	.keys = values_keys,
	.n_keys = countof(values_keys),
	.end = end_values,
	.reads = values_reads,
};
