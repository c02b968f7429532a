/* sensor.c - one look at what a task waits for. */
#include "worker/op/op.h"

#include "core/base/clock.h"
#include "core/base/hash.h"
#include "core/base/json.h"
#include "core/base/mem.h"
#include "core/op/sensor.h"
#include "core/time/civil.h"
#include "core/wire/attempt.h"
#include "worker/net/http.h"
#include "worker/process/child.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { PRINT_CHARS = 16, SPAN_ROOM = 64, BOOT_ROOM = 64 };

/* It is not there: that is an answer, not a failure. */
static enum err_code
not_yet(struct op_ctx *ctx)
{
	ctx->not_yet = true;
	return ERR_NOT_FOUND;
}

/* ---- files ---- */

/* What a look leaves for the next: which files there were, and since when they are as they are. */
struct rest {
	char print[PRINT_CHARS + 1]; /* of their names, sizes and times */
	char boot[BOOT_ROOM];
	int64_t since_us; /* by the clock of that boot */
};

/* Take the files as they are now. */
static enum err_code
take_print(const struct landing *files, char print[PRINT_CHARS + 1], struct err *err)
{
	enum err_code code = ERR_NONE;
	struct buf text;

	buf_init(&text, SIZE_MAX);
	for (size_t i = 0; !code && i < files->count; i++) {
		struct stat st;

		if (stat(files->paths[i], &st) < 0)
			code = err_errno(err, "look at '%s'", files->names[i]);
		else
			buf_format(&text, "%s %lld %lld.%09ld %llu\n", files->names[i],
				   (long long)st.st_size, (long long)st.st_mtim.tv_sec,
				   st.st_mtim.tv_nsec, (unsigned long long)st.st_ino);
	}
	(void)snprintf(print, PRINT_CHARS + 1, "%016" PRIx64, hash_bytes(text.data, text.bytes, 0));
	buf_release(&text);
	return code;
}

/* What the look before left, if that was of these files and of this boot. */
static bool
same_as_before(const struct spec *spec, struct rest *now)
{
	const char *seen = spec->seen ? spec->seen : "";
	int64_t since_us;
	json_t *before;
	bool same;

	if (!*seen || json_read(&before, seen, strlen(seen), "what the last look saw", NULL))
		return false;
	since_us = json_get_int(before, "since_us", INT64_MAX);
	same = !strcmp(json_get_text(before, "files", ""), now->print) &&
	       !strcmp(json_get_text(before, "boot", ""), now->boot) && since_us <= now->since_us;
	if (same)
		now->since_us = since_us;
	json_decref(before);
	return same;
}

/* Who writes them may not have ended: they have to stay as they are for a while. */
static enum err_code
await_rest(struct op_ctx *ctx, const struct op_sensor *s, const struct landing *files,
	   struct err *err)
{
	struct rest rest = { .since_us = clock_boot_us() };
	int64_t now_us = rest.since_us;
	char span[SPAN_ROOM] = "two looks";
	bool same;

	if (take_print(files, rest.print, err))
		return ERR_SYSTEM; /* one went while it was looked at */
	boot_id(rest.boot);
	same = same_as_before(ctx->spec, &rest);
	if (same && now_us - rest.since_us >= s->rest_us)
		return ERR_NONE;
	ctx->seen = json_pack("{s:s, s:s, s:I}", "files", rest.print, "boot", rest.boot, "since_us",
			      (json_int_t)rest.since_us);
	if (s->rest_us) {
		duration_format(s->rest_us, span, sizeof(span));
		ctx->again_us = s->rest_us - (now_us - rest.since_us);
	}
	(void)err_set(err, ERR_NOT_FOUND, "%zu file%s there, which ha%s to stay as %s for %s",
		      files->count, files->count == 1 ? " is" : "s are",
		      files->count == 1 ? "s" : "ve", files->count == 1 ? "it is" : "they are",
		      span);
	return not_yet(ctx);
}

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
	return not_yet(ctx);
}

static enum err_code
look_for_files(struct op_ctx *ctx, const struct op_sensor *s, struct err *err)
{
	struct landing files;
	enum err_code code = op_find_files(ctx, s->file, &files, err);

	if (code == ERR_NOT_FOUND)
		code = not_yet(ctx);
	else if (!code && s->done_file)
		code = find_done_file(ctx, s->done_file, err);
	else if (!code)
		code = await_rest(ctx, s, &files, err);
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
	return not_yet(ctx);
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
		code = not_yet(ctx);
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
	return may_pass(answer->status) ? not_yet(ctx) : ERR_INPUT;
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
	return ask_program(ctx, s, err);
}

const struct op op_sensor = { .run = run };
