/* rollup_cursor.c - one day of a rollup, group by group. */
#include "worker/score/rollup_cursor.h"

#include "core/base/mem.h"

#include <stdlib.h>
#include <string.h>

static enum err_code
need_columns(struct rollup_cursor *c, bool event_type, struct err *err)
{
	enum err_code code = intake_need(c->in, "tenant_id", COL_INT64, &c->tenant, err);

	c->event_type = -1;
	if (!code)
		code = intake_need(c->in, "event_date", COL_DATE, &c->date, err);
	if (!code)
		code = intake_need(c->in, "feature_name", COL_STRING, &c->feature, err);
	if (!code)
		code = intake_need(c->in, "user_id", COL_INT64, &c->user, err);
	if (!code)
		code = intake_need(c->in, "interaction_count", COL_INT64, &c->count, err);
	if (!code && event_type)
		code = intake_need(c->in, "event_type", COL_STRING, &c->event_type, err);
	return code;
}

enum err_code
rollup_cursor_open(struct rollup_cursor *c, const struct rollup_cursor_options *options,
		   struct dict *features, struct err *err)
{
	enum err_code code;

	*c = (struct rollup_cursor){ .day = options->day,
				     .range = options->range,
				     .features = features };
	code = intake_open_part(&c->in, options->ctx, options->dataset, options->day, err);
	if (!code)
		code = need_columns(c, options->n_event_types > 0, err);
	if (code)
		return code;
	if (options->n_event_types)
		textset_init(&c->types, options->event_types, options->n_event_types);
	if (c->range.first > INT64_MIN || c->range.last < INT64_MAX) {
		c->hint = (struct reader_hint){ .column = (size_t)c->tenant,
						.min = c->range.first,
						.max = c->range.last };
		intake_hint(c->in, &c->hint);
	}
	c->feature_codes = mem_new(BATCH_ROWS_MAX, sizeof(*c->feature_codes));
	c->ends = mem_new(BATCH_ROWS_MAX + 1, sizeof(*c->ends));
	return ERR_NONE;
}

void
rollup_cursor_close(struct rollup_cursor *c)
{
	intake_close(c->in);
	textset_release(&c->types);
	code_map_release(&c->feature_map);
	free(c->feature_codes);
	free(c->ends);
	free(c->tenant_room);
	free(c->user_room);
	free(c->count_room);
	free(c->has_user_room);
	free(c->is_in);
	*c = (struct rollup_cursor){ 0 };
}

int
rollup_compare(const struct dict *features, int64_t tenant_a, uint32_t feature_a, int64_t tenant_b,
	       uint32_t feature_b)
{
	if (tenant_a != tenant_b)
		return tenant_a < tenant_b ? -1 : 1;
	if (feature_a == feature_b)
		return 0;
	return span_compare(dict_span(features, feature_a), dict_span(features, feature_b));
}

/* ---- values ---- */

static int64_t *
make_room(int64_t **room)
{
	if (!*room)
		*room = mem_resize(NULL, BATCH_ROWS_MAX, sizeof(**room));
	return *room;
}

/* The values of a column in one array, `null` for those that are null; in *room where needed. */
static const int64_t *
read_ints(const struct col *col, size_t rows, bool nulls, int64_t null, int64_t **room)
{
	int64_t *out;

	if (!col->dict && !nulls)
		return col->ints;
	out = make_room(room);
	if (!nulls) {
		for (size_t i = 0; i < rows; i++)
			out[i] = col->dict->ints[col->codes[i]];
		return out;
	}
	for (size_t i = 0; i < rows; i++)
		out[i] = col->valid[i] ? col_int(col, i) : null;
	return out;
}

static bool
has_nulls(const struct col *col, size_t rows)
{
	return !col->no_nulls && memchr(col->valid, 0, rows) != NULL;
}

/* ---- order ---- */

/* ends[] of rows [from, to); false: in some group users are not in order. */
static bool
find_ends(struct rollup_cursor *c, size_t from, size_t to)
{
	const int64_t *tenants = c->tenants, *users = c->users;
	const uint32_t *features = c->feature_codes;
	uint32_t *ends = c->ends;
	bool sorted = true;
	size_t n = 0;

	for (size_t i = from + 1; i < to; i++) {
		bool ended = (tenants[i] != tenants[i - 1]) | (features[i] != features[i - 1]);

		ends[n] = (uint32_t)i;
		n += ended;
		sorted &= ended | (users[i - 1] <= users[i]);
	}
	c->ends[n] = (uint32_t)to;
	c->at = from;
	c->rows = to;
	c->next = 0;
	return sorted;
}

/* Does row i come behind the one before it?  Equal ones do not matter to a merge. */
static bool
follows(const struct rollup_cursor *c, size_t i)
{
	const struct rollup_row *last = &c->last;
	int order;

	if (i == 0 && !last->is_any)
		return true;
	order = i ? rollup_compare(c->features, c->tenants[i - 1], c->feature_codes[i - 1],
				   c->tenants[i], c->feature_codes[i])
		  : rollup_compare(c->features, last->tenant, last->feature, c->tenants[0],
				   c->feature_codes[0]);
	if (order)
		return order < 0;
	return (i ? c->users[i - 1] : last->user) <= c->users[i];
}

/* Find the groups of a whole batch, and check that its rows are in order. */
static enum err_code
check_order(struct rollup_cursor *c, const struct batch *b, struct err *err)
{
	bool sorted = find_ends(c, 0, b->rows);
	size_t n = b->rows, start = 0;

	sorted &= follows(c, 0);
	for (size_t k = 0; (start = c->ends[k]) < n; k++)
		sorted &= follows(c, start);
	if (sorted) {
		c->last = (struct rollup_row){ true, c->tenants[n - 1], c->feature_codes[n - 1],
					       c->users[n - 1] };
		return ERR_NONE;
	}
	for (start = 0; follows(c, start);)
		start++;
	return err_set(err, ERR_INPUT,
		       "read '%s': row %lld is not in the order of a rollup: tenant_id, "
		       "feature_name, user_id; run its writer again",
		       intake_file(c->in), (long long)b->row_no[start]);
}

static enum err_code
check_nulls(const struct rollup_cursor *c, const struct batch *b, struct err *err)
{
	const int columns[] = { c->tenant, c->feature };

	for (size_t k = 0; k < countof(columns); k++) {
		const struct col *col = &b->cols[columns[k]];
		size_t at = 0;

		if (!has_nulls(col, b->rows))
			continue;
		while (col->valid[at])
			at++;
		return err_set(err, ERR_INPUT, "read '%s': row %lld: '%s' is null, in a rollup",
			       intake_file(c->in), (long long)b->row_no[at],
			       b->schema->columns[columns[k]].name);
	}
	return ERR_NONE;
}

/* A row that takes interactions away is no row of a rollup. */
static enum err_code
check_counts(const struct rollup_cursor *c, const struct batch *b, struct err *err)
{
	int64_t signs = 0;
	size_t at = 0;

	for (size_t i = 0; i < b->rows; i++)
		signs |= c->counts[i];
	if (signs >= 0)
		return ERR_NONE;
	while (c->counts[at] >= 0)
		at++;
	return err_set(err, ERR_INPUT,
		       "read '%s': row %lld: interaction_count is negative, in a rollup; run its "
		       "writer again",
		       intake_file(c->in), (long long)b->row_no[at]);
}

/*
 * The rows of a day have its date, or none, unless somebody put rows of another day into the
 * partition.
 */
static enum err_code
check_dates(struct rollup_cursor *c, const struct batch *b, struct err *err)
{
	const struct col *date = &b->cols[c->date];
	size_t at = 0;

	if (date->dict && date->dict->count == 1 && date->dict->ints[0] == c->day)
		return ERR_NONE;
	while (at < b->rows && (!date->valid[at] || col_int(date, at) == c->day))
		at++;
	c->mixed = at < b->rows;
	if (!c->mixed)
		return ERR_NONE;
	return err_set(err, ERR_INPUT, "read '%s': row %lld is of another day", intake_file(c->in),
		       (long long)b->row_no[at]);
}

/* ---- batches ---- */

/* The first row in [from, to) whose tenant is more than `tenant`. */
static size_t
rows_behind(const struct rollup_cursor *c, size_t from, size_t to, int64_t tenant)
{
	while (from < to) {
		size_t middle = from + (to - from) / 2;

		if (c->tenants[middle] > tenant)
			to = middle;
		else
			from = middle + 1;
	}
	return from;
}

/* Leave rows of other event types out, and look for the ends of groups again. */
static void
drop_types(struct rollup_cursor *c, const struct batch *b)
{
	int64_t *tenants = make_room(&c->tenant_room), *users = make_room(&c->user_room),
		*counts = make_room(&c->count_room);
	size_t n = c->at;

	if (!c->is_in)
		c->is_in = mem_new(BATCH_ROWS_MAX, sizeof(*c->is_in));
	if (c->has_user && !c->has_user_room)
		c->has_user_room = mem_new(BATCH_ROWS_MAX, sizeof(*c->has_user_room));
	textset_read(&c->types, b, (size_t)c->event_type, c->is_in);
	for (size_t i = c->at; i < c->rows; i++) {
		tenants[n] = c->tenants[i];
		users[n] = c->users[i];
		counts[n] = c->counts[i];
		c->feature_codes[n] = c->feature_codes[i];
		if (c->has_user)
			c->has_user_room[n] = c->has_user[i];
		n += c->is_in[i];
	}
	c->filtered += (int64_t)(c->rows - n);
	c->tenants = tenants;
	c->users = users;
	c->counts = counts;
	c->has_user = c->has_user ? c->has_user_room : NULL;
	(void)find_ends(c, c->at, n);
}

static enum err_code
read_batch(struct rollup_cursor *c, const struct batch *b, struct err *err)
{
	const struct col *user = &b->cols[c->user], *count = &b->cols[c->count];
	bool no_user = has_nulls(user, b->rows);
	enum err_code code = check_dates(c, b, err);
	size_t from, to;

	if (!code)
		code = check_nulls(c, b, err);
	if (code)
		return code;
	col_codes(b, (size_t)c->feature, &c->feature_map, c->features, c->feature_codes);
	c->tenants = read_ints(&b->cols[c->tenant], b->rows, false, 0, &c->tenant_room);
	c->users = read_ints(user, b->rows, no_user, INT64_MIN, &c->user_room);
	c->counts = read_ints(count, b->rows, has_nulls(count, b->rows), 0, &c->count_room);
	c->has_user = no_user ? user->valid : NULL;
	code = check_order(c, b, err);
	if (!code)
		code = check_counts(c, b, err);
	if (code)
		return code;
	from = c->range.first == INT64_MIN ? 0 : rows_behind(c, 0, b->rows, c->range.first - 1);
	to = rows_behind(c, from, b->rows, c->range.last);
	c->ended = to < b->rows;
	c->read += (int64_t)(to - from);
	if (to - from < b->rows)
		(void)find_ends(c, from, to);
	if (c->event_type >= 0)
		drop_types(c, b);
	return ERR_NONE;
}

enum err_code
rollup_cursor_fill(struct rollup_cursor *c, struct err *err)
{
	enum err_code code = ERR_NONE;

	while (c->at == c->rows && !code) {
		const struct batch *b = NULL;

		if (c->ended)
			return ERR_NONE;
		code = intake_next(c->in, &b, err);
		if (!code && !b)
			c->ended = true;
		else if (!code && b->rows)
			code = read_batch(c, b, err);
	}
	return code;
}
