/* sensor.c - one look at what a task waits for. */
#include "worker/op/op.h"

#include "core/base/json.h"
#include "core/base/mem.h"
#include "core/lake/lake.h"
#include "core/op/sensor.h"
#include "worker/attempt/rest.h"
#include "worker/net/http.h"
#include "worker/process/child.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* ---- files ---- */

/* Is there a file of the name that says that the others are complete? */
static enum err_code
find_done_file(struct op_ctx *ctx, template_text path, struct err *err)
{
	struct landing done;
	enum err_code code = op_find_files(ctx, path, &done, err);

	landing_release(&done);
	if (code != ERR_NOT_FOUND)
		return code;
	err_wrap(err, "the files are there, their done_file is not");
	return op_not_yet(ctx);
}

static enum err_code
look_for_files(struct op_ctx *ctx, const struct op_sensor *s, struct err *err)
{
	struct landing files;
	enum err_code code = op_find_files(ctx, s->file, &files, err);

	if (code == ERR_NOT_FOUND)
		code = op_not_yet(ctx);
	else if (!code && s->done_file)
		code = find_done_file(ctx, s->done_file, err);
	else if (!code)
		code = rest_await(ctx, &files, s->rest_us, err);
	landing_release(&files);
	return code;
}

/* ---- partitions that nobody here writes ---- */

/* Where its files are, as a pattern of which only the last byte is wild, if any is. */
static void
write_place(const struct spec_input *in, struct buf *pattern, struct buf *literal)
{
	if (in->partitioned)
		lake_live(in->path, in->grid, in->part, pattern);
	else
		buf_text(pattern, in->path);
	for (size_t i = 0; i < pattern->bytes; i++)
		buf_char(literal, 1);
	if (in->partitioned) {
		buf_text(pattern, "/*");
		buf_add(literal, "\1", 2); /* the slash stands for itself */
	}
}

/* Is it a file of rows, and none that tells of others? */
static bool
is_data(const char *name)
{
	const char *slash = strrchr(name, '/');

	return *(slash ? slash + 1 : name) != '_';
}

/* Add the files of one partition, or of what has none; ERR_NOT_FOUND: there are none. */
static enum err_code
add_partition(struct op_ctx *ctx, const struct spec_input *in, struct landing *all, struct err *err)
{
	struct buf pattern, literal;
	struct landing found;
	enum err_code code;
	size_t n = 0;

	buf_init(&pattern, 16 << 10);
	buf_init(&literal, 16 << 10);
	write_place(in, &pattern, &literal);
	code = landing_find(&found, ctx->spec->project_dir, pattern.data, literal.data, err);
	for (size_t i = 0; i < found.count; i++)
		n += is_data(found.names[i]);
	if (!code && !n)
		code = err_set(err, ERR_NOT_FOUND,
			       "dataset '%s' is not there: no file matches '%s'", in->dataset,
			       pattern.data);
	if (!code)
		landing_join(all, &found);
	landing_release(&found);
	buf_release(&literal);
	buf_release(&pattern);
	return code;
}

/* Who makes them by hand may not have ended: they count when they have stayed as they are. */
static enum err_code
look_for_partitions(struct op_ctx *ctx, struct err *err)
{
	struct landing files = { 0 };
	enum err_code code = ERR_NONE;

	for (size_t i = 0; i < ctx->spec->n_inputs && !code; i++)
		code = add_partition(ctx, &ctx->spec->inputs[i], &files, err);
	if (code == ERR_NOT_FOUND)
		code = op_not_yet(ctx);
	else if (!code)
		code = rest_await(ctx, &files, 0, err);
	landing_release(&files);
	return code;
}

/* ---- a program ---- */

/* Its end is the answer: 0 is yes, another status no, and what it could not answer is neither. */
static enum err_code
ask_program(struct op_ctx *ctx, const struct op_sensor *s, struct err *err)
{
	const mode_t mask = umask(022);
	enum err_code code;
	int status = 0;

	(void)umask(mask);
	code = child_run(ctx->spec, &(struct told){ .umask = mask }, &status, err);
	if (!code || !status)
		return code;
	if (status == ctx->task->skip_exit_code ||
	    (s->retry_exit_code && status != s->retry_exit_code)) {
		ctx->status = status;
		return code;
	}
	return op_not_yet(ctx);
}

/* ---- a server ---- */

/* Statuses that pass by themselves; others are a mistake of who asks. */
static bool
may_pass(int status)
{
	return status >= 500 || status < 400 || status == 404 || status == 408 || status == 409 ||
	       status == 425 || status == 429;
}

/* What stands at the path, as text; false: nothing does. */
static bool
value_at(const json_t *body, const struct json_path *path, struct buf *out)
{
	const json_t *at = body;

	for (size_t i = 0; at && i < path->n; i++)
		at = path->steps[i].name ? json_object_get(at, path->steps[i].name)
					 : json_array_get(at, path->steps[i].index);
	if (json_is_string(at))
		buf_text(out, json_string_value(at));
	else if (at)
		json_write(at, out);
	return at != NULL;
}

/* Is the value in the body that is waited for? */
static enum err_code
judge_body(struct op_ctx *ctx, const struct op_http *http, const struct buf *body, const char *name,
	   struct err *err)
{
	struct run_vars vars = spec_vars(ctx->spec);
	struct buf want, is;
	json_t *json = NULL;
	enum err_code code;
	bool there = false;

	buf_init(&want, HTTP_BODY_BYTES_MAX);
	buf_init(&is, HTTP_BODY_BYTES_MAX);
	code = template_render(http->equals, &vars, &want, err);
	if (!code && json_read(&json, body->data, body->bytes, "the answer", NULL))
		code = err_set(err, ERR_INPUT, "%s: what it answered is no JSON", name);
	if (!code)
		there = value_at(json, &http->path, &is);
	if (!code && (!there || strcmp(is.data, want.data) != 0)) {
		(void)err_set(err, ERR_NOT_FOUND, "%s: %s is %.100s, not %.100s", name,
			      http->path_text, there ? is.data : "not there", want.data);
		code = op_not_yet(ctx);
	}
	json_decref(json);
	buf_release(&want);
	buf_release(&is);
	return code;
}

static enum err_code
judge_answer(struct op_ctx *ctx, const struct op_sensor *s, const struct http_answer *answer,
	     const char *name, struct err *err)
{
	const struct op_http *http = &s->http;
	bool wanted = !http->n_statuses && answer->status == 200;

	for (size_t i = 0; i < http->n_statuses; i++)
		wanted |= http->statuses[i] == answer->status;
	if (wanted && !http->path_text)
		return ERR_NONE;
	if (answer->retry_after_us > s->every_us)
		ctx->again_us = answer->retry_after_us;
	if (wanted)
		return judge_body(ctx, http, &answer->body, name, err);
	(void)err_set(err, ERR_INPUT, "%s: it answered with status %d", name, answer->status);
	return may_pass(answer->status) ? op_not_yet(ctx) : ERR_INPUT;
}

/* "Name: value" of each header; a value that would be more than one is refused. */
static enum err_code
make_headers(struct op_ctx *ctx, const struct op_http *http, char *out[HTTP_HEADERS_MAX],
	     struct err *err)
{
	for (size_t i = 0; i < http->n_headers; i++) {
		const struct http_header *h = &http->headers[i];
		const char *value = getenv(h->value.name);

		if (!value || value[strcspn(value, "\r\n")]) {
			ctx->fatal = true;
			return err_set(err, ERR_INPUT, "header '%s': its value has %s", h->name,
				       value ? "more than one line" : "not been given");
		}
		out[i] = mem_format("%s: %s", h->name, value);
	}
	return ERR_NONE;
}

static enum err_code
ask_server(struct op_ctx *ctx, const struct op_sensor *s, struct err *err)
{
	struct run_vars vars = spec_vars(ctx->spec);
	char *headers[HTTP_HEADERS_MAX] = { NULL };
	struct http_answer answer;
	struct buf url, name;
	enum err_code code;

	buf_init(&url, HTTP_URL_BYTES_MAX);
	buf_init(&name, HTTP_URL_BYTES_MAX);
	code = template_render(s->http.url, &vars, &url, err);
	if (!code)
		code = make_headers(ctx, &s->http, headers, err);
	if (!code) {
		http_name(url.data, &name);
		/* Ours ends before that of the shim, and can say why. */
		code = http_ask(&(struct http_ask){ .head = s->http.head,
						    .url = url.data,
						    .headers = (const char *const *)headers,
						    .n_headers = s->http.n_headers,
						    .timeout_us = s->look_timeout_us / 10 * 9 },
				&answer, err);
		if (!code)
			code = judge_answer(ctx, s, &answer, name.data, err);
		http_answer_release(&answer);
	}
	for (size_t i = 0; i < s->http.n_headers; i++)
		free(headers[i]);
	buf_release(&url);
	buf_release(&name);
	return code;
}

static enum err_code
run(struct op_ctx *ctx, struct err *err)
{
	const struct op_sensor *s = ctx->task->params;

	if (s->file)
		return look_for_files(ctx, s, err);
	if (s->http.url)
		return ask_server(ctx, s, err);
	return ctx->task->wait.told ? look_for_partitions(ctx, err) : ask_program(ctx, s, err);
}

const struct op op_sensor = { .run = run };
