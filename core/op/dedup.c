/* dedup.c - the keys of operator dedup: one row per key within the partition. */
#include "core/op/dedup.h"

#include "core/op/op.h"
#include "core/text/nearest.h"

#define AT(field) offsetof(struct op_dedup, field)

static const char *const keep_words[] = { "first", "last", "error", NULL };

static const struct key dedup_keys[] = {
	{ "input", WANT_CUSTOM, .required = true, .read = draft_read_input },
	DRAFT_PARTS_KEYS,
	{ "key", WANT_TEXTS, .required = true, .at = AT(key), .count_at = AT(n_key) },
	{ "keep", WANT_WORD, .at = AT(keep), .words = keep_words },
	{ "output", WANT_CUSTOM, .required = true, .read = draft_read_output },
	KEY_LATER("order_by"),
	KEY_LATER("scope"),
	KEY_LATER("null_key"),
};

static void
end(struct yreader *r, struct draft_task *t)
{
	draft_end_input(r, t);
}

static void
check_output(struct yreader *r, const struct draft_task *t, const struct schema *written)
{
	const struct op_dedup *params = t->params;

	for (size_t i = 0; i < params->n_key; i++) {
		if (schema_find(written, params->key[i]) < 0)
			ykeys_say(r, ynode_get(t->key->value, "key"), E0416,
				  schema_nearest(r, written, params->key[i]),
				  "there is no column '%s'", params->key[i]);
	}
}

static void
define_keys(struct definition *d, const struct task *task)
{
	const struct op_dedup *p = task->params;

	define_texts(d, "key", FEEDS_ROWS, p->key, p->n_key);
	define(d, "keep", FEEDS_ROWS, "%s", keep_words[p->keep]);
}

const struct op_def op_def_dedup = {
	.kind = OP_DEDUP,
	.name = "dedup",
	.label = "dedup",
	.summary = "one row per key within the partition; rows without a key are set aside",
	.rows = dedup_keys,
	.n_rows = countof(dedup_keys),
	.params_bytes = sizeof(struct op_dedup),
	.sets_aside = true,
	.copies_input = true,
	.carries_rows = true,
	.end = end,
	.check_output = check_output,
	.define = define_keys,
};
