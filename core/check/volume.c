/* volume.c - the keys of the checks that compare with earlier partitions. */
#include "core/check/volume.h"

#include "core/check/check.h"

#include <assert.h>

enum { LOOKBACK_MAX = 52 };

#define AT(field) offsetof(struct check_volume_change, field)

static const char *const empty_words[] = { "judge", "allow", NULL };
static const char *const baseline_words[] = { "same_weekday", "previous", NULL };

/* clang-format off */
static const struct key volume_keys[] = {
	{ "baseline", WANT_WORD, .at = AT(baseline), .words = baseline_words },
	{ "warn_drop", WANT_SHARE, .at = AT(warn_drop) },
	{ "error_drop", WANT_SHARE, .at = AT(error_drop) },
	{ "empty", WANT_FLAG, .at = AT(empty_allowed), .words = empty_words },
	{ "min_baseline", WANT_INT64, .at = AT(min_baseline), .max = 1e15 },
	{ "lookback", WANT_INT, .at = AT(lookback), .min = 1, .max = LOOKBACK_MAX },
};
/* clang-format on */

const char *
baseline_name(enum baseline baseline)
{
	assert(baseline <= BASELINE_PREVIOUS);
	return baseline_words[baseline];
}

static void
begin_volume(void *params)
{
	*(struct check_volume_change *)params = (struct check_volume_change){ .min_baseline = 100,
									      .lookback = 4 };
}

static void
end_volume(struct yreader *r, const struct ynode *at, void *params)
{
	struct check_volume_change *p = params;

	(void)r;
	(void)at;
	if (!p->warn_drop.of && !p->error_drop.of) {
		p->warn_drop = (struct share){ 2, 10 };
		p->error_drop = (struct share){ 5, 10 };
	}
}

static struct check_history
volume_history(const void *params)
{
	const struct check_volume_change *p = params;

	return p->baseline == BASELINE_SAME_WEEKDAY ? (struct check_history){ true, p->lookback }
						    : (struct check_history){ false, 1 };
}

const struct check_kind check_kind_volume_change = {
	.name = "volume_change",
	.id = CHECK_VOLUME_CHANGE,
	.shape = SHAPE_HISTORY,
	.params_bytes = sizeof(struct check_volume_change),
	.keys = volume_keys,
	.n_keys = countof(volume_keys),
	.begin = begin_volume,
	.end = end_volume,
	.history = volume_history,
};
