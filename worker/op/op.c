/* op.c - the table of operators, and how one is run. */
#include "worker/op/op.h"

#include "core/dagfile/dagfile.h"
#include "core/base/mem.h"
#include "worker/attempt/outlet.h"
#include "worker/format/reader.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct op *const ops[] = {
	[OP_INGEST] = &op_ingest,
	[OP_DEDUP] = &op_dedup,
	[OP_SCORE_ENGAGEMENT] = &op_engagement,
	[OP_SCORE_ADOPTION] = &op_adoption,
	[OP_QUALITY] = &op_quality,
	[OP_COMMAND] = &op_command,
	[OP_ROLLUP] = &op_rollup,
};

const struct op *
op_find(enum op_kind kind)
{
	assert((size_t)kind < countof(ops));
	return ops[kind];
}

/* Read the slice, which is a DAG file of its own with one task. */
static enum err_code
read_slice(struct op_ctx *ctx, struct err *err)
{
	const char *slice = ctx->spec->slice;
	struct diags diags;
	enum err_code code = ERR_NONE;

	diags_init(&diags);
	ctx->dag = dagfile_read("slice", slice, strlen(slice), &diags);
	if (!ctx->dag)
		code =
		    err_set(err, ERR_INPUT, "read the definition of task '%s': %s", ctx->spec->task,
			    diags.count ? diags.items[0].message : "it has no details");
	else if (ctx->dag->n_tasks != 1)
		code = err_set(err, ERR_INPUT, "read the definition of task '%s': %zu tasks",
			       ctx->spec->task, ctx->dag->n_tasks);
	else
		ctx->task = &ctx->dag->tasks[0];
	diags_release(&diags);
	return code;
}

enum err_code
op_ctx_init(struct op_ctx *ctx, const struct spec *spec, struct err *err)
{
	enum err_code code = ERR_NONE;

	*ctx = (struct op_ctx){ .spec = spec,
				.outputs = json_array(),
				.counters = json_object(),
				.checks = json_array() };
	if (spec->slice)
		code = read_slice(ctx, err);
	if (code)
		op_ctx_release(ctx);
	return code;
}

void
op_ctx_release(struct op_ctx *ctx)
{
	dag_unref(ctx->dag);
	json_decref(ctx->outputs);
	json_decref(ctx->counters);
	json_decref(ctx->checks);
	*ctx = (struct op_ctx){ 0 };
}

enum err_code
op_run(struct op_ctx *ctx, struct err *err)
{
	const struct op *op = ctx->task ? op_find(ctx->task->op) : &op_command;
	enum err_code code = op->run(ctx, err);

	if (code && ctx->outcome == OUTCOME_OK)
		ctx->outcome = OUTCOME_ERROR;
	assert(!code == (ctx->outcome == OUTCOME_OK));
	return code;
}

void
op_ctx_result(const struct op_ctx *ctx, const char *message, struct buf *out)
{
	bool ok = ctx->outcome == OUTCOME_OK;
	json_t *result = json_object();

	json_object_set_new(result, "outcome", json_string(outcome_name(ctx->outcome)));
	json_object_set_new(result, "message", json_text_new(message));
	json_object_set_new(result, "outputs", ok ? json_incref(ctx->outputs) : json_array());
	json_object_set(result, "counters", ctx->counters);
	json_object_set(result, "checks", ctx->checks);
	json_write(result, out);
	json_decref(result);
}

void
op_failed_result(const char *message, struct buf *out)
{
	struct op_ctx ctx = { .outcome = OUTCOME_ERROR,
			      .counters = json_object(),
			      .checks = json_array() };

	op_ctx_result(&ctx, message, out);
	op_ctx_release(&ctx);
}

enum err_code
op_end(struct op_ctx *ctx, enum outcome outcome, enum err_code code)
{
	ctx->outcome = outcome;
	return code;
}

void
op_log(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)vfprintf(stderr, fmt, ap);
	va_end(ap);
	(void)fputc('\n', stderr);
}

void
op_count(struct op_ctx *ctx, const char *counter, int64_t rows)
{
	json_object_set_new(ctx->counters, counter, json_integer((json_int_t)rows));
}

enum err_code
op_find_files(struct op_ctx *ctx, template_text path, struct landing *out, struct err *err)
{
	struct run_vars vars = spec_vars(ctx->spec);
	struct buf pattern;
	enum err_code code;

	*out = (struct landing){ 0 };
	buf_init(&pattern, 16 << 10);
	code = template_render(path, &vars, &pattern, err);
	if (!code && pattern.full)
		code = err_set(err, ERR_LIMIT, "look for files: the path '%.60s...' is too long",
			       pattern.data);
	if (!code)
		code = landing_find(out, ctx->spec->project_dir, pattern.data, err);
	if (!code && !out->count)
		code = op_end(ctx, OUTCOME_MISSING,
			      err_set(err, ERR_NOT_FOUND, "no file matches '%s'", pattern.data));
	buf_release(&pattern);
	return code;
}

/* ---- what a command left ---- */

/* Copy one file's rows to the outlet. */
static enum err_code
copy_file(struct outlet *o, const char *path, enum format format, int64_t *rows, struct err *err)
{
	struct reader_options options = { .format = format, .schema = outlet_schema(o) };
	const struct batch *b = NULL;
	struct reader *r = NULL;
	enum err_code code = reader_open(&r, AT_FDCWD, path, path, &options, err);

	while (!code) {
		code = reader_next(r, &b, err);
		if (code || !b)
			break;
		if (b->n_rejects) {
			code = err_set(err, ERR_INPUT, "read '%s': row %lld: %s: %s", path,
				       (long long)b->rejects[0].row_no, b->rejects[0].reason,
				       b->rejects[0].detail);
			break;
		}
		*rows += (int64_t)b->rows;
		code = outlet_add(o, b, NULL, b->rows, err);
	}
	reader_close(r);
	return code;
}

static int
is_data_file(const struct dirent *entry)
{
	return entry->d_name[0] != '.' && entry->d_name[0] != '_';
}

static int
compare_entries(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

enum err_code
op_read_back(struct op_ctx *ctx, const char *dir, struct err *err)
{
	const struct spec_output *output = &ctx->spec->outputs[ctx->spec->n_outputs - 1];
	struct manifest m = { 0 };
	struct dirent **list = NULL;
	struct outlet *o = NULL;
	enum err_code code;
	int64_t rows = 0;
	int n = scandir(dir, &list, is_data_file, compare_entries);

	if (n < 0)
		return err_errno(err, "read '%s'", dir);
	code = outlet_open(&o, ctx, err);
	for (int i = 0; i < n && !code; i++) {
		char *path = mem_format("%s/%s", dir, list[i]->d_name);

		code = copy_file(o, path, output->format, &rows, err);
		free(path);
	}
	op_count(ctx, "read", rows);
	if (!code)
		code = outlet_finish(o, &m, err);
	manifest_release(&m);
	outlet_close(o);
	for (int i = 0; i < n; i++)
		free(list[i]);
	free(list);
	return code;
}
