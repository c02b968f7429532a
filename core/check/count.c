/* count.c - the keys of the checks that count rows. */
#include "core/check/count.h"

#include "core/check/check.h"

#define AT(field) offsetof(struct check_row_count, field)

/* clang-format off */
static const struct key row_count_keys[] = {
	{ "min", WANT_NUMBER, .at = AT(rows.min), .given_at = AT(rows.has_min), .max = 1e15 },
	{ "max", WANT_NUMBER, .at = AT(rows.max), .given_at = AT(rows.has_max), .max = 1e15 },
};
/* clang-format on */

static void
end_row_count(struct yreader *r, const struct ynode *at, void *params)
{
	struct check_row_count *p = params;

	if (!bounds_given(&p->rows))
		p->rows = (struct check_bounds){ .has_min = true, .min = 1 };
	bounds_end(r, at, &p->rows);
}

const struct check_kind check_kind_row_count = {
	.name = "row_count",
	.id = CHECK_ROW_COUNT,
	.shape = SHAPE_TOTAL,
	.params_bytes = sizeof(struct check_row_count),
	.keys = row_count_keys,
	.n_keys = countof(row_count_keys),
	.end = end_row_count,
};
