/* command.c - a task that runs a program. */
#include "worker/op/op.h"

#include "core/base/mem.h"
#include "core/lake/lake.h"
#include "core/storage/tree.h"
#include "worker/attempt/given.h"
#include "worker/attempt/read_back.h"
#include "worker/process/child.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* The directories that the program is given for what it writes. */
struct hand_outs {
	struct hand_out *items; /* in publish order */
	size_t n;
};

static void
hand_outs_init(struct hand_outs *all, const struct spec *spec)
{
	all->items = mem_new(spec->n_outputs, sizeof(*all->items));
	all->n = 0;
	for (size_t i = 0; i < spec->n_outputs; i++)
		if (!spec->outputs[i].quarantine)
			all->items[all->n++].output = &spec->outputs[i];
}

/* They go with all that the program left in them. */
static void
hand_outs_release(struct hand_outs *all)
{
	for (size_t i = 0; i < all->n; i++) {
		if (all->items[i].dir)
			(void)tree_remove(all->items[i].dir);
		free(all->items[i].dir);
		free(all->items[i].variable);
	}
	free(all->items);
}

/* Make a private directory and those above it. */
static enum err_code
make_private(char *path, struct err *err)
{
	for (char *at = strchr(path + 1, '/'); at; at = strchr(at + 1, '/')) {
		*at = '\0';
		(void)mkdir(path, 0777); /* the last one tells whether it worked */
		*at = '/';
	}
	if (mkdir(path, 0700) < 0)
		return err_errno(err, "make the output directory '%s'", path);
	return ERR_NONE;
}

static enum err_code
make_hand_out(const struct spec *spec, struct hand_out *h, struct err *err)
{
	enum err_code code;
	struct buf text;

	buf_init(&text, SIZE_MAX);
	input_variable(OUTPUT_VARIABLE "_", h->output->dataset, &text);
	h->variable = buf_give(&text);
	buf_release(&text);
	buf_init(&text, PATH_MAX);
	lake_staging(h->output->path, spec->attempt, &text);
	buf_text(&text, "-work");
	code = text.full ? err_set(err, ERR_LIMIT, "run '%s': the path of the output is too long",
				   spec->argv[0])
			 : make_private(text.data, err);
	if (!code)
		h->dir = buf_give(&text);
	buf_release(&text);
	return code;
}

static enum err_code
hand_outs_make(struct hand_outs *all, const struct spec *spec, struct err *err)
{
	enum err_code code = ERR_NONE;

	for (size_t i = 0; i < all->n && !code; i++) {
		code = make_hand_out(spec, &all->items[i], err);
		all->items[i].told = all->n == 1 ? OUTPUT_VARIABLE : all->items[i].variable;
	}
	return code;
}

/* Variables of what it writes: of each by name, and of the first also without. */
static size_t
add_outputs(const struct hand_outs *all, struct spec_env *out)
{
	size_t n = 0;

	for (size_t i = 0; i < all->n; i++) {
		const struct hand_out *h = &all->items[i];
		static char first[] = OUTPUT_VARIABLE;

		if (h->output->at == 0)
			out[n++] = (struct spec_env){ .name = first, .value = h->dir };
		out[n++] = (struct spec_env){ .name = h->variable, .value = h->dir };
	}
	return n;
}

/* Run the program.  What it read has to be what was pinned, whatever it made of it. */
static enum err_code
run_program(struct op_ctx *ctx, const struct given *given, const struct hand_outs *outs,
	    mode_t before, struct err *err)
{
	size_t n = 0;
	const struct spec_env *variables = given ? given_variables(given, &n) : NULL;
	struct spec_env *more = mem_new(n + outs->n + 1, sizeof(*more));
	enum err_code code;
	struct err why;

	for (size_t i = 0; i < n; i++)
		more[i] = variables[i];
	n += add_outputs(outs, more + n);
	code = child_run(ctx->spec, &(struct told){ more, n, before }, &ctx->status, err);
	free(more);
	if (given && given_check(given, &why)) {
		ctx->status = 0;
		return err_set(err, ERR_CONFLICT, "%s", why.msg);
	}
	return code;
}

/* What we write ourselves is changed by nobody else.  Gives the umask of before. */
static mode_t
tighten(void)
{
	mode_t before = umask(022);

	(void)umask(before | 022);
	return before;
}

/* Add the counters and checks of one output to those of all. */
static void
add_up(json_t *counters, json_t *checks, struct op_ctx *ctx)
{
	const char *name;
	json_t *rows;

	json_object_foreach(ctx->counters, name, rows)
	{
		json_int_t sum = json_get_int(counters, name, 0) + json_integer_value(rows);

		json_object_set_new(counters, name, json_integer(sum));
	}
	json_array_extend(checks, ctx->checks);
}

/* Stage one output, with counters and checks of its own: its manifest says nothing of others. */
static enum err_code
stage_one(struct op_ctx *ctx, const struct given *given, const struct hand_out *from,
	  struct err *err)
{
	json_t *counters = ctx->counters, *checks = ctx->checks;
	struct manifest m = { 0 };
	enum err_code code;

	ctx->counters = json_object();
	ctx->checks = json_array();
	ctx->gate_failed = false;
	ctx->all_bad = false;
	if (given)
		given_record(given, &m);
	code = read_back(ctx, from, &m, err);
	add_up(counters, checks, ctx);
	json_decref(ctx->counters);
	json_decref(ctx->checks);
	ctx->counters = counters;
	ctx->checks = checks;
	manifest_release(&m);
	return code;
}

/* Which of several outputs a failure is about is said; one alone needs no name. */
static void
tell(const struct hand_outs *outs, const struct hand_out *of, const struct err *why,
     struct buf *out)
{
	buf_text(out, out->bytes ? "; " : "");
	if (outs->n > 1)
		buf_format(out, "dataset '%s': ", of->output->dataset);
	buf_text(out, why->msg);
}

/*
 * All are staged and judged, also behind one that did not pass, so that everything that is wrong is
 * said at once; anything else ends it.  One that fails fails the attempt, and nothing is published.
 */
static enum err_code
stage_all(struct op_ctx *ctx, const struct given *given, const struct hand_outs *outs,
	  struct err *err)
{
	bool gate_failed = false, all_bad = false, over = false;
	enum err_code result = ERR_NONE, code;
	struct err why = { 0 };
	struct buf text;

	buf_init(&text, SIZE_MAX);
	for (size_t i = 0; i < outs->n && !over; i++) {
		code = stage_one(ctx, given, &outs->items[i], &why);
		if (!code)
			continue;
		over = !ctx->gate_failed && !ctx->all_bad;
		gate_failed |= ctx->gate_failed;
		all_bad |= ctx->all_bad;
		if (over)
			buf_reset(&text);
		tell(outs, &outs->items[i], &why, &text);
		result = code;
	}
	ctx->gate_failed = gate_failed && !over;
	ctx->all_bad = all_bad && !over;
	if (result) {
		(void)err_set(err, result, "%s", text.data);
		err->error = why.error;
	}
	buf_release(&text);
	return result;
}

/* The program leaves files in directories of its own; what they say is staged like other rows. */
static enum err_code
run_with_output(struct op_ctx *ctx, const struct given *given, struct err *err)
{
	mode_t before = tighten();
	struct hand_outs outs;
	enum err_code code;

	hand_outs_init(&outs, ctx->spec);
	code = hand_outs_make(&outs, ctx->spec, err);
	if (!code)
		code = run_program(ctx, given, &outs, before, err);
	if (!code)
		code = stage_all(ctx, given, &outs, err);
	hand_outs_release(&outs);
	return code;
}

static enum err_code
run(struct op_ctx *ctx, struct err *err)
{
	const struct spec *spec = ctx->spec;
	const struct hand_outs none = { NULL, 0 };
	struct given *given = NULL;
	enum err_code code = ERR_NONE;

	if (spec_is_replaced(spec))
		return child_replace(spec, &(struct told){ 0 }, err);
	if (spec->n_inputs)
		code = given_open(&given, spec, err);
	if (!code && spec->n_outputs)
		code = run_with_output(ctx, given, err);
	else if (!code)
		code = run_program(ctx, given, &none, tighten(), err);
	given_close(given);
	return code;
}

const struct op op_command = { .run = run };
