/* sieve.c - rows of a part that lie outside of what its reader asked for are left out. */
#include "worker/attempt/sieve.h"

#include "core/base/mem.h"
#include "core/time/grid.h"

#include <stdlib.h>

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

enum err_code
sieve_open(struct sieve *s, const struct spec_input *in, struct err *err)
{
	int column = in->event_time ? schema_find(&in->schema, in->event_time) : -1;
	enum col_type type = column < 0 ? COL_STRING : in->schema.columns[column].type;

	*s = (struct sieve){ .first = in->from_us, .last = in->to_us - 1 };
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

void
sieve_close(struct sieve *s)
{
	batch_release(&s->kept);
	free(s->rows);
	*s = (struct sieve){ 0 };
}

const struct batch *
sieve_batch(struct sieve *s, const struct batch *b)
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
