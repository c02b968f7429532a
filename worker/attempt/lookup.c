/* lookup.c - columns of other datasets that the checks of a task look at. */
#include "worker/attempt/lookup.h"

#include "worker/attempt/intake.h"

#include <stdio.h>
#include <string.h>

enum { NAMED_MAX = 100 }; /* versions that a result names */

/* [{"partition", "version", "content_digest", "missing"}], of the first so many. */
static json_t *
versions_new(const struct intake *in)
{
	json_t *list = json_array();
	struct manifest m = { 0 };

	intake_name(in, &m);
	for (size_t i = 0; i < m.n_inputs && i < NAMED_MAX; i++) {
		const struct manifest_input *of = &m.inputs[i];
		char digest[DIGEST_CHARS + 8] = "";

		if (*of->digest)
			(void)snprintf(digest, sizeof(digest), "sha256:%s", of->digest);
		(void)json_array_append_new(
		    list, json_pack("{s:s, s:I, s:s, s:b}", "partition", of->partition, "version",
				    (json_int_t)of->version, "content_digest", digest, "missing",
				    of->missing));
	}
	manifest_release(&m);
	return list;
}

enum err_code
lookup_column(void *ctx, const struct check_reads *reads, check_take_fn *take, void *own,
	      json_t **from, struct err *err)
{
	const struct batch *b = NULL;
	struct intake *in = NULL;
	enum err_code code = intake_open(&in, ctx, reads->dataset, err);
	int column = -1;

	if (!code)
		code = intake_need(in, reads->column, -1, &column, err);
	while (!code && !(code = intake_next(in, &b, err)) && b)
		code = take(own, &b->cols[column], b->rows, err);
	if (!code)
		*from = versions_new(in);
	intake_close(in);
	return code;
}

static bool
is_recorded(const struct manifest *m, const char *dataset)
{
	for (size_t i = 0; i < m->n_inputs; i++)
		if (strcmp(m->inputs[i].dataset, dataset) == 0)
			return true;
	return false;
}

enum err_code
lookup_record(struct op_ctx *ctx, struct manifest *m, struct err *err)
{
	enum err_code code = ERR_NONE;

	for (size_t i = 0; i < ctx->task->n_checks && !code; i++) {
		const struct check *c = &ctx->task->checks[i];
		const struct check_reads reads = check_reads(c);
		struct intake *in = NULL;
		int column;

		if (!c->quarantine || !reads.dataset || is_recorded(m, reads.dataset))
			continue;
		code = intake_open(&in, ctx, reads.dataset, err);
		if (!code)
			code = intake_need(in, reads.column, -1, &column, err);
		if (!code)
			intake_name(in, m);
		intake_close(in);
	}
	return code;
}
