/* outlet.c - what an attempt writes: an output through its checks, and the quarantine. */
#include "worker/attempt/outlet.h"

#include "worker/attempt/lookup.h"
#include "core/op/op.h"
#include "core/lake/lake.h"
#include "core/base/mem.h"
#include "worker/rows/budget.h"
#include "worker/check/check.h"
#include "worker/check/emptiness.h"
#include "core/storage/live.h"

#include <assert.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

struct outlet {
	struct op_ctx *ctx;
	const struct spec_output *output, *aside; /* aside: of the quarantine, or NULL */
	struct staging *staging;
	struct quarantine *quarantine;
	struct check_subject subject;
	struct check *own; /* those of the task's checks that look at it, n_own of them */
	size_t n_own;
	struct checks *checks; /* NULL: there are none */
	int64_t rows;          /* that were given, before checks took any away */
	uint32_t *kept;        /* BATCH_ROWS_MAX */
	uint32_t *places;      /* of kept[], among those that were given */
};

/* Rows of earlier partitions of the output, which stand side by side. */
static const struct spec_history *
find_history(const struct outlet *o, size_t *n)
{
	const struct spec *spec = o->ctx->spec;
	size_t first = 0;

	while (first < spec->n_history && spec->history[first].at != o->output->at)
		first++;
	for (*n = 0; first + *n < spec->n_history; ++*n)
		if (spec->history[first + *n].at != o->output->at)
			break;
	return spec->history + first;
}

static enum err_code
open_checks(struct outlet *o, struct err *err)
{
	const struct spec *spec = o->ctx->spec;
	const struct task *task = o->ctx->task;

	assert(o->output);
	/* What is written is checked, whatever writes it: no task may come by without its checks.
	 */
	if (!task)
		return err_set(err, ERR_INPUT,
			       "task '%s' writes, and its worker was not given its definition",
			       spec->task);
	o->subject = (struct check_subject){ .dataset = o->output->dataset,
					     .schema = &o->output->schema,
					     .grid = o->output->grid,
					     .part = o->output->part,
					     .personal = &o->output->personal,
					     .no_samples = spec->no_samples,
					     .empty_allowed = task->empty_allowed,
					     .rows = -1,
					     .memory_bytes = budget_spare(spec->memory_bytes) / 2,
					     .dir = staging_path(o->staging),
					     .column = lookup_column,
					     .arg = o->ctx };
	o->subject.history = find_history(o, &o->subject.n_history);
	o->own = mem_new(task->n_checks, sizeof(*o->own));
	for (size_t i = 0; i < task->n_checks; i++)
		if (check_is_of(&task->checks[i], o->output->dataset))
			o->own[o->n_own++] = task->checks[i];
	if (!o->n_own)
		return ERR_NONE;
	return checks_open(&o->checks, o->own, o->n_own, &o->subject, err);
}

enum err_code
outlet_open(struct outlet **out, struct op_ctx *ctx, struct err *err)
{
	return outlet_open_at(out, ctx, 0, err);
}

enum err_code
outlet_open_at(struct outlet **out, struct op_ctx *ctx, int at, struct err *err)
{
	struct outlet *o = mem_new(1, sizeof(*o));
	enum err_code code = ERR_NONE;

	o->ctx = ctx;
	for (size_t i = 0; i < ctx->spec->n_outputs; i++) {
		if (ctx->spec->outputs[i].at != at)
			continue;
		if (ctx->spec->outputs[i].quarantine)
			o->aside = &ctx->spec->outputs[i];
		else
			o->output = &ctx->spec->outputs[i];
	}
	if (!o->output)
		code = err_set(err, ERR_INPUT, "task '%s' has no output", ctx->spec->task);
	if (!code)
		code = staging_open(&o->staging, ctx->spec, o->output, 0, err);
	if (!code)
		code = open_checks(o, err);
	if (!code && o->aside)
		code = quarantine_open(&o->quarantine, ctx->spec, o->aside, err);
	if (code) {
		outlet_close(o);
		return code;
	}
	*out = o;
	return ERR_NONE;
}

void
outlet_close(struct outlet *o)
{
	if (!o)
		return;
	checks_close(o->checks);
	free(o->own);
	staging_close(o->staging);
	quarantine_close(o->quarantine);
	free(o->kept);
	free(o->places);
	free(o);
}

const struct schema *
outlet_schema(const struct outlet *o)
{
	return &o->output->schema;
}

bool
outlet_shows_rows(const struct outlet *o)
{
	return !o->output->personal.count && !o->ctx->spec->no_samples;
}

const char *
outlet_detail(const struct outlet *o, const char *detail)
{
	return o->output->personal.count ? "" : detail;
}

enum err_code
outlet_quarantine(struct outlet *o, struct quarantine **out, struct err *err)
{
	if (!o->quarantine)
		return err_set(err, ERR_INPUT,
			       "a row has to be set aside, but dataset '%s' has no quarantine",
			       o->output->dataset);
	*out = o->quarantine;
	return ERR_NONE;
}

/* A check_refuse_fn: set a row aside that a check does not let pass. */
static enum err_code
refuse(void *arg, const struct batch *b, const struct check_refusal *why, struct err *err)
{
	struct outlet *o = arg;
	struct quarantine *q = NULL;
	enum err_code code = outlet_quarantine(o, &q, err);

	if (code)
		return code;
	return quarantine_add_row(q, b, why->row, why->number, why->kind, why->name, err);
}

enum err_code
outlet_add(struct outlet *o, const struct batch *b, const uint32_t *rows, size_t n, struct err *err)
{
	struct check_rows shown = { .batch = b, .n = n, .refuse = refuse, .arg = o };
	enum err_code code;

	if (!o->checks)
		return staging_add(o->staging, b, rows, n, err);
	if (!o->kept) {
		o->kept = mem_new(BATCH_ROWS_MAX, sizeof(*o->kept));
		o->places = mem_new(BATCH_ROWS_MAX, sizeof(*o->places));
	}
	assert(n <= BATCH_ROWS_MAX);
	for (size_t i = 0; i < n; i++) {
		o->kept[i] = rows ? rows[i] : (uint32_t)i;
		o->places[i] = (uint32_t)i;
	}
	shown.rows = o->kept;
	shown.places = o->places;
	shown.first_row = o->rows + 1;
	code = checks_filter(o->checks, &shown, err);
	o->rows += (int64_t)n;
	return code ? code : staging_add(o->staging, b, o->kept, shown.n, err);
}

static json_t *
code_new(const struct op_ctx *ctx)
{
	const struct spec *spec = ctx->spec;
	const struct task *task = ctx->task;
	json_t *code = json_pack("{s:s, s:s, s:s, s:s, s:s}", "dag", spec->dag, "task", spec->task,
				 "dag_digest", spec->dag_digest, "operator", task->op->label,
				 "program", "tidemill " TIDEMILL_VERSION);

	if (task->op->argv) {
		json_object_set_new(code, "content", json_string(content_name(task->declared)));
		json_object_set_new(code, "deterministic", json_boolean(task->deterministic));
	}
	return code;
}

/* True when what is live has other content, or nothing is live. */
static bool
is_changed(const struct spec_output *output, const struct manifest *m)
{
	struct manifest live = { 0 };
	struct buf path;
	bool changed;

	buf_init(&path, SIZE_MAX);
	lake_live(output->path, output->grid, output->part, &path);
	changed = manifest_load_part(&live, MANIFEST_STAMP, AT_FDCWD, path.data, NULL) !=
		      ERR_NONE ||
		  strcmp(live.content_digest, m->content_digest) != 0;
	manifest_release(&live);
	buf_release(&path);
	return changed;
}

static enum err_code
finish_staging(struct outlet *o, const struct spec_output *output, struct staging *staging,
	       struct manifest *m, struct err *err)
{
	enum err_code code = staging_finish(staging, m, err);
	char partition[GRID_TEXT_CHARS + 1];
	json_t *item;

	if (code)
		return code;
	grid_text(output->grid, output->part, partition);
	item = json_pack("{s:s, s:s, s:I, s:s, s:I, s:b, s:o}", "dataset", output->dataset,
			 "partition", partition, "version", (json_int_t)output->version, "digest",
			 m->content_digest, "rows", (json_int_t)m->rows, "changed",
			 (int)is_changed(output, m), "path", json_text_new(staging_path(staging)));
	assert(item);
	json_array_append_new(o->ctx->outputs, item);
	return ERR_NONE;
}

/* The quarantine is a dataset of its own: it read and wrote what was set aside. */
static enum err_code
finish_quarantine(struct outlet *o, struct manifest *owner, struct err *err)
{
	json_int_t rows = (json_int_t)quarantine_rows(o->quarantine);
	struct manifest m = { .code = json_incref(owner->code),
			      .checks = json_array(),
			      .counters = json_pack("{s:I, s:I}", "read", rows, "written", rows),
			      .n_inputs = owner->n_inputs };
	enum err_code code;

	m.inputs = mem_new(m.n_inputs, sizeof(*m.inputs));
	for (size_t i = 0; i < m.n_inputs; i++) {
		m.inputs[i] = owner->inputs[i];
		m.inputs[i].dataset = mem_str(owner->inputs[i].dataset);
		m.inputs[i].partition = mem_str(owner->inputs[i].partition);
		m.inputs[i].columns = json_incref(owner->inputs[i].columns);
	}
	code = finish_staging(o, o->aside, quarantine_staging(o->quarantine), &m, err);
	manifest_release(&m);
	return code;
}

static void
count_rows(struct outlet *o)
{
	json_t *counters = o->ctx->counters;
	bool aggregates = json_object_get(counters, "aggregated") != NULL;
	json_int_t aside = o->quarantine ? (json_int_t)quarantine_rows(o->quarantine) : 0;

	if (o->ctx->cuts) {
		op_count(o->ctx, "read", json_get_int(counters, "read", 0) + o->ctx->outside);
		op_count(o->ctx, "outside", o->ctx->outside);
	}
	if (o->ctx->sifts) {
		op_count(o->ctx, "read", json_get_int(counters, "read", 0) + o->ctx->left_out);
		op_count(o->ctx, "filtered",
			 json_get_int(counters, "filtered", 0) + o->ctx->left_out);
	}
	json_object_set_new(counters, "written",
			    json_integer((json_int_t)staging_rows(o->staging)));
	json_object_set_new(counters, aggregates ? "rejected" : "quarantined", json_integer(aside));
}

static int64_t
refused_rows(const struct outlet *o)
{
	int64_t aside = o->quarantine ? quarantine_rows(o->quarantine) : 0;

	return aside + json_get_int(o->ctx->counters, "dropped", 0);
}

/*
 * What is said of rows of which none is left.  A result of its own is added where it is no refusal
 * of all; true: it stops the publishing.
 */
static bool
judge_emptiness(struct outlet *o, struct buf *why)
{
	const struct op_ctx *ctx = o->ctx;
	const struct emptiness_facts facts = {
		.read = json_get_int(ctx->counters, "read", 0),
		.refused = refused_rows(o),
		.written = staging_rows(o->staging),
		.carries_rows = ctx->task->op->carries_rows,
	};
	enum emptiness what = ctx->task->empty_allowed ? EMPTINESS_NONE
						       : emptiness_judge(&facts, &o->subject);
	json_t *result;

	if (what == EMPTINESS_NONE)
		return false;
	if (what == EMPTINESS_ALL_BAD) {
		buf_reset(why);
		buf_format(why, "%lld rows were read and none is left, %lld were refused",
			   (long long)facts.read, (long long)facts.refused);
		if (o->quarantine && *quarantine_first(o->quarantine))
			buf_format(why, ", the first: %s", quarantine_first(o->quarantine));
		o->ctx->all_bad = true;
		return true;
	}
	result = emptiness_result(what, &o->subject);
	if (what == EMPTINESS_WRONG)
		buf_format(why, "%s%s", why->bytes ? "; " : "",
			   json_get_text(result, "message", ""));
	else
		op_log("%s", json_get_text(result, "message", ""));
	json_array_append_new(ctx->checks, result);
	return what == EMPTINESS_WRONG;
}

/* Where people find what was not published. */
static const char *
look_at(const struct outlet *o)
{
	return staging_path(o->ctx->all_bad && o->quarantine ? quarantine_staging(o->quarantine)
							     : o->staging);
}

enum err_code
outlet_finish(struct outlet *o, struct manifest *m, struct err *err)
{
	struct op_ctx *ctx = o->ctx;
	bool failed = false, again;
	enum err_code code = o->checks ? checks_settle(o->checks, &again, err) : ERR_NONE;
	struct buf why;

	if (!code)
		code = lookup_record(ctx, m, err);
	if (code)
		return code;
	buf_init(&why, 800);
	count_rows(o);
	if (o->checks)
		failed = checks_finish(o->checks, ctx->checks, &why);
	failed |= judge_emptiness(o, &why);
	if (o->quarantine && !ctx->all_bad && *quarantine_first(o->quarantine))
		op_log("set aside: %lld, the first: %s", (long long)quarantine_rows(o->quarantine),
		       quarantine_first(o->quarantine));
	m->code = code_new(ctx);
	m->counters = json_incref(ctx->counters);
	m->checks = json_incref(ctx->checks);
	if (o->quarantine)
		code = finish_quarantine(o, m, err);
	if (!code)
		code = finish_staging(o, o->output, o->staging, m, err);
	ctx->all_bad = ctx->all_bad && !code;
	ctx->gate_failed = !code && failed;
	if (!code && failed)
		code = err_set(err, ERR_INPUT, "%s; not published, the %s rows are in '%s'",
			       why.data, ctx->all_bad ? "refused" : "staged", look_at(o));
	buf_release(&why);
	return code;
}
