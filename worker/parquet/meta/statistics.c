/* statistics.c - the bounds and the number of nulls of a chunk or page. */
#include "worker/parquet/meta/statistics.h"

void
pq_statistics_read(struct thrift *t, struct pq_statistics *out)
{
	struct thrift_fields s;

	*out = (struct pq_statistics){ .min = { .data = "" }, .max = { .data = "" } };
	thrift_open(t, &s);
	while (thrift_next(t, &s)) {
		switch (s.id) {
		case 1:
		case 2:
			out->has_old_bounds = true;
			thrift_skip(t);
			break;
		case 3:
			out->null_count = thrift_i64(t);
			break;
		case 5:
			out->max = thrift_binary(t);
			break;
		case 6:
			out->min = thrift_binary(t);
			break;
		case 7:
			out->max_exact = thrift_bool(t);
			break;
		case 8:
			out->min_exact = thrift_bool(t);
			break;
		default:
			thrift_skip(t);
		}
	}
	out->has_max = s.seen & THRIFT_FIELD(5);
	out->has_min = s.seen & THRIFT_FIELD(6);
	/* Advice that makes no sense is no advice; the values are still good. */
	out->has_null_count = s.seen & THRIFT_FIELD(3) && out->null_count >= 0;
	if (!out->has_null_count)
		out->null_count = 0;
}

void
pq_statistics_write(struct thrift_out *w, int id, const struct pq_statistics *stats)
{
	if (!stats->has_null_count && !stats->has_min && !stats->has_max)
		return;
	thrift_put_struct(w, id);
	if (stats->has_null_count)
		thrift_put_i64(w, 3, stats->null_count);
	if (stats->has_max)
		thrift_put_binary(w, 5, stats->max);
	if (stats->has_min)
		thrift_put_binary(w, 6, stats->min);
	if (stats->has_max)
		thrift_put_bool(w, 7, stats->max_exact);
	if (stats->has_min)
		thrift_put_bool(w, 8, stats->min_exact);
	thrift_put_end(w);
}
