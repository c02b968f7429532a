/* ingest.c - the keys of operator ingest: landing files to one partition. */
#include "core/op/ingest.h"

#include "core/op/files.h"
#include "core/op/op.h"
#include "core/text/nearest.h"

#define AT(field) offsetof(struct op_ingest, field)

static const char *const bad_row_words[] = { "quarantine", "fail", "drop", NULL };
static const char *const unknown_words[] = { "ignore", "fail", NULL };

static const struct key from_keys[] = {
	{ "path", WANT_TEMPLATE, .required = true, .at = AT(from_path) },
	{ "format", WANT_WORD, .required = true, .at = AT(from_format), .words = format_words },
	{ "wait", WANT_DURATION, .at = AT(wait_us), .min = SECOND_US, .max = 30.0 * DAY_US },
};

static void
read_from(struct yreader *r, const struct key *row, const struct ynode *key, void *base)
{
	struct op_ingest *ingest = base;
	struct keyset sets[] = { KEYSET(from_keys, base), KEYSET(files_keys, &ingest->dialect) };

	(void)row;
	if (ykeys_read(r, key, key->value, "'from'", sets, countof(sets)))
		files_end(r, key->value,
			  ynode_get(key->value, "format") ? (int)ingest->from_format : -1,
			  &ingest->dialect);
}

static const struct key ingest_keys[] = {
	{ "from", WANT_CUSTOM, .required = true, .read = read_from },
	{ "event_time", WANT_TEXT, .required = true, .at = AT(event_time) },
	{ "received_at", WANT_TEXT, .at = AT(received_at) },
	{ "on_bad_row", WANT_WORD, .at = AT(on_bad_row), .words = bad_row_words },
	{ "max_bad", WANT_SHARE, .at = AT(max_bad) },
	{ "unknown_keys", WANT_FLAG, .at = AT(unknown_keys_fail), .words = unknown_words },
	{ "output", WANT_CUSTOM, .required = true, .read = draft_read_output },
};

static void
begin(void *params)
{
	((struct op_ingest *)params)->max_bad = (struct share){ 1, 1 };
}

/* The columns of the files that an ingest task reads: those of its output but its own. */
static void
check_output(struct yreader *r, const struct draft_task *t, const struct schema *written)
{
	struct schema read = { written->columns, written->count - schema_ingest_extra.count };
	const struct op_ingest *ingest = t->params;
	const struct ynode *map = t->key->value;
	int event_time = ingest->event_time ? schema_find(&read, ingest->event_time) : -1;
	int received_at = ingest->received_at ? schema_find(&read, ingest->received_at) : -1;

	if (ingest->event_time && event_time < 0)
		ykeys_say(r, ynode_get(map, "event_time"), E0416,
			  schema_nearest(r, &read, ingest->event_time), "there is no column '%s'",
			  ingest->event_time);
	if (event_time >= 0 && read.columns[event_time].type != COL_TIMESTAMP &&
	    read.columns[event_time].type != COL_DATE)
		ykeys_say(r, ynode_get(map, "event_time"), E0417, NULL,
			  "'event_time' needs a timestamp or date, column '%s' is a %s",
			  ingest->event_time, col_type_name(read.columns[event_time].type));
	if (received_at >= 0 && read.columns[received_at].type != COL_TIMESTAMP)
		ykeys_say(r, ynode_get(map, "received_at"), E0418, NULL,
			  "'received_at' needs a timestamp, column '%s' is a %s",
			  ingest->received_at, col_type_name(read.columns[received_at].type));
	files_check_columns(r, ynode_get(map, "from"), &read, ingest->received_at);
}

static void
define_keys(struct definition *d, const struct task *task)
{
	const struct op_ingest *p = task->params;

	define_template(d, "from.path", FEEDS_ROWS, p->from_path);
	define(d, "from.format", FEEDS_ROWS, "%s", format_name(p->from_format));
	define_dialect(d, &p->dialect);
	define(d, "event_time", FEEDS_ROWS, "%s", p->event_time);
	define(d, "received_at", "_received_at", "%s", p->received_at ? p->received_at : "");
	define(d, "unknown_keys", FEEDS_ROWS, "%s", unknown_words[p->unknown_keys_fail]);
}

/* The attempt that finds files that are complete reads them at once. */
static void
end(struct yreader *r, struct draft_task *t)
{
	const struct op_ingest *ingest = t->params;

	(void)r;
	if (ingest->wait_us)
		t->task.wait = (struct task_wait){ .every_us = MINUTE_US,
						   .timeout_us = ingest->wait_us };
}

static const char *
event_time(const void *params)
{
	return ((const struct op_ingest *)params)->event_time;
}

const struct op_def op_def_ingest = {
	.kind = OP_INGEST,
	.name = "ingest",
	.label = "ingest",
	.summary = "landing files to a partition; bad rows are set aside",
	.rows = ingest_keys,
	.n_rows = countof(ingest_keys),
	.params_bytes = sizeof(struct op_ingest),
	.sets_aside = true,
	.reads_landing = true,
	.carries_rows = true,
	.begin = begin,
	.end = end,
	.check_output = check_output,
	.event_time = event_time,
	.define = define_keys,
};
