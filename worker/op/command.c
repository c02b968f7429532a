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

/* Run the program.  What it read has to be what was pinned, whatever it made of it. */
static enum err_code
run_program(struct op_ctx *ctx, const struct given *given, const char *output_dir, mode_t before,
	    struct err *err)
{
	size_t n = 0;
	const struct spec_env *variables = given ? given_variables(given, &n) : NULL;
	struct spec_env *more = mem_new(n + 1, sizeof(*more));
	enum err_code code;
	struct err why;

	for (size_t i = 0; i < n; i++)
		more[i] = variables[i];
	if (output_dir)
		more[n++] = (struct spec_env){ .name = mem_str("TIDEMILL_OUTPUT"),
					       .value = mem_str(output_dir) };
	code = child_run(ctx->spec, &(struct told){ more, n, before }, &ctx->status, err);
	if (output_dir) {
		free(more[n - 1].name);
		free(more[n - 1].value);
	}
	free(more);
	if (given && given_check(given, &why)) {
		ctx->status = 0;
		return err_set(err, ERR_CONFLICT, "%s", why.msg);
	}
	return code;
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

/* What we write ourselves is changed by nobody else.  Gives the umask of before. */
static mode_t
tighten(void)
{
	mode_t before = umask(022);

	(void)umask(before | 022);
	return before;
}

/* The program leaves files in a directory of its own; what they say is staged like other rows. */
static enum err_code
run_with_output(struct op_ctx *ctx, const struct given *given, struct err *err)
{
	const struct spec *spec = ctx->spec;
	const struct spec_output *main_output = &spec->outputs[spec->n_outputs - 1];
	struct manifest m = { 0 };
	mode_t before = tighten();
	enum err_code code;
	struct buf dir;

	if (given)
		given_record(given, &m);
	buf_init(&dir, PATH_MAX);
	lake_staging(main_output->path, spec->attempt, &dir);
	buf_text(&dir, "-work");
	if (dir.full) {
		code = err_set(err, ERR_LIMIT, "run '%s': the path of the output is too long",
			       spec->argv[0]);
	} else {
		code = make_private(dir.data, err);
	}
	if (!code) {
		code = run_program(ctx, given, dir.data, before, err);
		if (!code)
			code = read_back(ctx, dir.data, &m, err);
		(void)tree_remove(dir.data);
	}
	manifest_release(&m);
	buf_release(&dir);
	return code;
}

static enum err_code
run(struct op_ctx *ctx, struct err *err)
{
	const struct spec *spec = ctx->spec;
	struct given *given = NULL;
	enum err_code code = ERR_NONE;

	if (spec_is_replaced(spec))
		return child_replace(spec, &(struct told){ 0 }, err);
	if (spec->n_inputs)
		code = given_open(&given, spec, err);
	if (!code && spec->n_outputs)
		code = run_with_output(ctx, given, err);
	else if (!code)
		code = run_program(ctx, given, NULL, tighten(), err);
	given_close(given);
	return code;
}

const struct op op_command = { .run = run };
