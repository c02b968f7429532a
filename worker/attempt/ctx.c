/* ctx.c - one run of one operator: what it is given, and what it tells of itself. */
#include "worker/attempt/ctx.h"

#include "core/base/mem.h"
#include "core/base/screen.h"
#include "core/dagfile/dagfile.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Read the slice, which is a DAG file of its own with one task. */
static enum err_code
read_slice(struct op_ctx *ctx, struct err *err)
{
	const char *slice = ctx->spec->slice;
	struct diags diags;
	enum err_code code = ERR_NONE;

	diags_init(&diags);
	ctx->dag = dagfile_read_slice(slice, strlen(slice), &diags);
	if (!ctx->dag)
		code = err_set(err, ERR_INPUT, "read the definition of task '%s': %s",
			       ctx->spec->task,
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
	json_decref(ctx->seen);
	*ctx = (struct op_ctx){ 0 };
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
	if (ctx->outcome == OUTCOME_NO_SPACE)
		json_object_set_new(result, "staged_bytes", json_integer(ctx->staged_bytes));
	if (ctx->seen)
		json_object_set(result, "seen", ctx->seen);
	if (ctx->again_us)
		json_object_set_new(result, "again_us", json_integer(ctx->again_us));
	json_write(result, out);
	json_decref(result);
}

void
op_failed_result(enum outcome outcome, const char *message, struct buf *out)
{
	struct op_ctx ctx = { .outcome = outcome,
			      .counters = json_object(),
			      .checks = json_array() };

	op_ctx_result(&ctx, message, out);
	op_ctx_release(&ctx);
}

enum outcome
op_outcome(const struct op_ctx *ctx, enum err_code code)
{
	if (!code)
		return OUTCOME_OK;
	if (ctx->not_yet)
		return OUTCOME_NOT_YET;
	if (ctx->all_bad)
		return OUTCOME_ALL_BAD;
	if (ctx->max_bad)
		return OUTCOME_MAX_BAD;
	if (ctx->gate_failed)
		return OUTCOME_GATE_FAILED;
	if (ctx->fatal)
		return OUTCOME_FATAL;
	if (code == ERR_NOT_FOUND)
		return OUTCOME_MISSING;
	return code == ERR_CONFLICT ? OUTCOME_INPUT_CHANGED : OUTCOME_ERROR;
}

enum err_code
op_plain_error(enum err_code code)
{
	return code == ERR_NOT_FOUND || code == ERR_CONFLICT ? ERR_INPUT : code;
}

enum err_code
op_not_yet(struct op_ctx *ctx)
{
	ctx->not_yet = true;
	return ERR_NOT_FOUND;
}

void
op_log(const char *fmt, ...)
{
	struct buf line;
	char *text;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&text, fmt, ap);
	va_end(ap);
	if (n < 0)
		return;
	/* Names and values of files: a log has them as they are, `tasks test` speaks to a person.
	 */
	buf_init(&line, SIZE_MAX);
	if (isatty(STDERR_FILENO))
		screen_text(text, 0, &line);
	else
		buf_text(&line, text);
	buf_char(&line, '\n');
	(void)fputs(line.data, stderr);
	buf_release(&line);
	free(text);
}

void
op_count(struct op_ctx *ctx, const char *counter, int64_t rows)
{
	json_object_set_new(ctx->counters, counter, json_integer((json_int_t)rows));
}

/* What people who know other programs may have meant by a path that leads to no file. */
static const char *
habit_of_path(const char *path)
{
	static const struct {
		const char *part, *says;
	} habits[] = {
		{ "://", "; files of this machine are read, others have to be fetched by a command "
			 "before" },
		{ "**", "; '*' and '?' are wild within one name, not over directories" },
		{ "${", "; the day is written {{ ds }}" },
		{ "%Y", "; the day is written {{ ds }}, or {{ ds | format(\"%Y/%m/%d\") }}" },
		{ "YYYY", "; the day is written {{ ds }}, or {{ ds | format(\"%Y/%m/%d\") }}" },
	};

	if (*path == '~')
		return "; '~' is no home directory here: write the whole path";
	for (size_t i = 0; i < countof(habits); i++) {
		if (strstr(path, habits[i].part) && !strstr(path, "format("))
			return habits[i].says;
	}
	return "";
}

static bool
is_directory(const struct op_ctx *ctx, const char *path)
{
	char *whole = *path == '/' ? mem_str(path)
				   : mem_format("%s/%s", ctx->spec->project_dir, path);
	struct stat st;
	bool is = !stat(whole, &st) && S_ISDIR(st.st_mode);

	free(whole);
	return is;
}

enum err_code
op_find_files(struct op_ctx *ctx, template_text path, struct landing *out, struct err *err)
{
	struct run_vars vars = spec_vars(ctx->spec);
	struct buf pattern, outside;
	enum err_code code;

	*out = (struct landing){ 0 };
	buf_init(&pattern, 16 << 10);
	buf_init(&outside, 16 << 10);
	code = template_render_path(path, &vars, &pattern, &outside, err);
	if (code)
		ctx->fatal = true; /* the values of the run stay what they are */
	else
		code = landing_find(out, ctx->spec->project_dir, pattern.data, outside.data, err);
	if (!code && !out->count)
		code = err_set(
		    err, ERR_NOT_FOUND, "no file matches '%s'%s", pattern.data,
		    is_directory(ctx, pattern.data)
			? "; that is a directory, whose files are meant with /* behind it"
			: habit_of_path(path));
	buf_release(&outside);
	buf_release(&pattern);
	return code;
}
