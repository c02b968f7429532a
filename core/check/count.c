/* count.c - the keys of the checks that count rows. */
#include "core/check/count.h"

#include "core/check/check.h"

#define AT(field) offsetof(struct check_row_count, field)

/* clang-format off */
static const struct key row_count_keys[] = {
	{ "min", WANT_CUSTOM, .at = AT(rows.min), .read = bounds_read_count },
	{ "max", WANT_CUSTOM, .at = AT(rows.max), .read = bounds_read_count },
};
/* clang-format on */

static void
end_row_count(struct yreader *r, const struct ynode *at, void *params)
{
	struct check_row_count *p = params;

	if (!p->rows.min && !p->rows.max)
		p->rows.min = "1";
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
