/* quality.c - the keys of operator quality: checks on a dataset that another task writes. */
#include "core/op/op.h"

static const struct key quality_keys[] = {
	{ "dataset", WANT_CUSTOM, .required = true, .read = draft_read_input },
	DRAFT_PARTS_KEYS,
};

static void
end(struct yreader *r, struct draft_task *t)
{
	if (!ynode_get(t->key->value, "checks"))
		ykeys_say(r, t->key, E0202, NULL, "task '%s' needs the key 'checks'", t->task.id);
	for (size_t i = 0; i < t->task.n_checks; i++) {
		if (t->task.checks[i].quarantine)
			ykeys_say(r, t->checks_at[i], E0605,
				  "put the check on the task that writes",
				  "a quality task writes nothing, so it cannot quarantine rows");
	}
	draft_end_input(r, t);
}

const struct op_def op_def_quality = {
	.kind = OP_QUALITY,
	.name = "quality",
	.label = "quality",
	.summary = "checks on a dataset; an error stops what comes after it",
	.rows = quality_keys,
	.n_rows = countof(quality_keys),
	.checks_input = true,
	.end = end,
};
