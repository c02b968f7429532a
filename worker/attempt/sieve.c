/* sieve.c - rows that are not for the reader of a part are left out. */
#include "worker/attempt/sieve.h"

#include "core/base/mem.h"
#include "core/time/grid.h"

#include <stdlib.h>
#include <string.h>

/* The values of the params of the run, in the order of the dag. */
static void
take_constants(struct where_rows *w, const struct dag *dag, const struct spec *spec)
{
	w->n_constants = dag->n_params;
	w->constants = mem_new(dag->n_params, sizeof(*w->constants));
	for (size_t i = 0; i < dag->n_params; i++) {
		const char *text = dag->params[i].value;

		for (size_t k = 0; k < spec->n_params; k++)
			if (strcmp(spec->params[k].name, dag->params[i].name) == 0)
				text = spec->params[k].value;
		w->constants[i] = expr_value_of_param(dag->params[i].type, text);
	}
}

enum err_code
where_rows_open(struct where_rows *w, const struct op_ctx *ctx, const struct schema *schema,
		struct err *err)
{
	const struct dag *dag = ctx->dag;
	const struct expr_columns columns = { .schema = schema,
					      .of = "what is read",
					      .params = dag->params,
					      .n_params = dag->n_params };
	struct expr_mistake bad;
	enum err_code code;

	*w = (struct where_rows){ .columns = schema->count };
	if (!ctx->task->where)
		return ERR_NONE;
	code = where_read(&w->read, ctx->task->where->text, &columns, ctx->spec->grid.zone, &bad,
			  err);
	if (code) {
		err_wrap(err, "'where'");
		return code;
	}
	take_constants(w, dag, ctx->spec);
	return ERR_NONE;
}

void
where_rows_close(struct where_rows *w)
{
	where_release(&w->read);
	free(w->constants);
	*w = (struct where_rows){ 0 };
}

/* A date stands for the first instant of its day, by the clocks of the dataset's zone. */
static void
bound_dates(struct sieve *s, const struct spec_input *in)
{
	const struct grid days = { .unit = GRID_DAY, .zone = in->grid.zone };

	s->first = grid_part(days, in->from_us);
	if (grid_start(days, s->first) < in->from_us)
		s->first++;
	s->last = grid_part(days, in->to_us - 1);
}

/* Find out which rows of a part that is cut are inside. */
static enum err_code
bound(struct sieve *s, const struct spec_input *in, struct err *err)
{
	int column = in->event_time ? schema_find(&in->schema, in->event_time) : -1;
	enum col_type type = column < 0 ? COL_STRING : in->schema.columns[column].type;

	s->first = in->from_us;
	s->last = in->to_us - 1;
	if (type == COL_DATE)
		bound_dates(s, in);
	else if (type != COL_TIMESTAMP)
		return err_set(err, ERR_INPUT,
			       "read dataset '%s': its partitions reach over the edges of what is "
			       "read, and no column says when a row was; 'map: whole' takes them "
			       "uncut",
			       in->dataset);
	s->column = (size_t)column;
	s->rows = mem_new(BATCH_ROWS_MAX, sizeof(*s->rows));
	return ERR_NONE;
}

enum err_code
sieve_open(struct sieve *s, const struct spec_input *cut, const struct where_rows *wanted,
	   struct err *err)
{
	enum err_code code;

	*s = (struct sieve){ 0 };
	code = cut ? bound(s, cut, err) : ERR_NONE;
	if (!code && wanted->read.expr)
		s->where = predicate_new(wanted->read.expr, wanted->columns, wanted->constants,
					 wanted->n_constants);
	return code;
}

void
sieve_close(struct sieve *s)
{
	batch_release(&s->kept);
	batch_release(&s->sifted);
	predicate_free(s->where);
	free(s->rows);
	*s = (struct sieve){ 0 };
}

/* The rows that are inside. */
static const struct batch *
cut_batch(struct sieve *s, const struct batch *b)
{
	const struct col *c = &b->cols[s->column];
	size_t n = 0;

	for (size_t i = 0; i < b->rows; i++) {
		int64_t at = c->valid[i] ? col_int(c, i) : INT64_MIN;

		s->rows[n] = (uint32_t)i;
		n += c->valid[i] && at >= s->first && at <= s->last;
	}
	if (n == b->rows)
		return b;
	s->outside += (int64_t)(b->rows - n);
	batch_pick(&s->kept, b, s->rows, n);
	return &s->kept;
}

enum err_code
sieve_batch(struct sieve *s, const struct batch *b, bool cut, const char *file,
	    const struct batch **out, struct err *err)
{
	const uint32_t *rows = NULL;
	size_t n = 0, bad = 0;
	enum err_code code;

	if (cut)
		b = cut_batch(s, b);
	*out = b;
	if (!s->where)
		return ERR_NONE;
	code = predicate_select(s->where, b, &rows, &n, &bad, err);
	if (code) {
		err_wrap(err, "read '%s': row %lld: expression_error: 'where'", file,
			 (long long)b->row_no[bad]);
		return code;
	}
	if (n == b->rows)
		return ERR_NONE;
	s->left_out += (int64_t)(b->rows - n);
	batch_pick(&s->sifted, b, rows, n);
	*out = &s->sifted;
	return ERR_NONE;
}
