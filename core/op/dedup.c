/* dedup.c - the keys of operator dedup: one row per key within the partition. */
#include "core/op/dedup.h"

#include "core/op/op.h"
#include "core/text/nearest.h"

#define AT(field) offsetof(struct op_dedup, field)

static const char *const keep_words[] = { "first", "last", "error", NULL };

static const char *const null_key_words[] = { "quarantine", "keep", "drop", NULL };

static const struct key dedup_keys[] = {
	{ "input", WANT_CUSTOM, .required = true, .read = draft_read_input },
	DRAFT_PARTS_KEYS,
	{ "key", WANT_TEXTS, .required = true, .at = AT(key), .count_at = AT(n_key) },
	{ "keep", WANT_WORD, .at = AT(keep), .words = keep_words },
	{ "output", WANT_CUSTOM, .required = true, .read = draft_read_output },
	{ "order_by", WANT_TEXT, .at = AT(order_by) },
	{ "null_key", WANT_WORD, .at = AT(null_key), .words = null_key_words },
};

static void
end(struct yreader *r, struct draft_task *t)
{
	const struct op_dedup *params = t->params;

	draft_end_input(r, t);
	if (params->order_by && params->keep == KEEP_ERROR)
		ykeys_say(r, ynode_get(t->key->value, "order_by"), E0220,
			  "leave it out, or write 'keep: first' or 'keep: last'",
			  "'order_by' has no effect: 'keep' is error");
}

static bool
has_order(enum col_type type)
{
	return type == COL_INT64 || type == COL_INT32 || type == COL_FLOAT64 ||
	       type == COL_TIMESTAMP || type == COL_DATE;
}

/* The column that ranks the rows. */
static void
check_order(struct yreader *r, const struct draft_task *t, const struct schema *written)
{
	const struct op_dedup *params = t->params;
	const struct ynode *at = ynode_get(t->key->value, "order_by");
	int column = schema_find(written, params->order_by);

	if (column < 0)
		ykeys_say(r, at, E0416, schema_nearest(r, written, params->order_by),
			  "there is no column '%s'", params->order_by);
	else if (!has_order(written->columns[column].type))
		ykeys_say(r, at, E0426, NULL,
			  "'order_by' needs a number, a timestamp or a date, column '%s' is a %s",
			  params->order_by, col_type_name(written->columns[column].type));
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
	if (params->order_by)
		check_order(r, t, written);
}

static void
define_keys(struct definition *d, const struct task *task)
{
	const struct op_dedup *p = task->params;

	define_texts(d, "key", FEEDS_ROWS, p->key, p->n_key);
	define(d, "keep", FEEDS_ROWS, "%s", keep_words[p->keep]);
	define_texts(d, "order_by", FEEDS_ROWS, &p->order_by,
		     p->order_by && p->keep != KEEP_ERROR ? 1 : 0);
	define(d, "null_key", FEEDS_ROWS, "%s", null_key_words[p->null_key]);
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
