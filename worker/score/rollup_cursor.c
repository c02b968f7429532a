/* rollup_cursor.c - one day of a rollup, group by group. */
#include "worker/score/rollup_cursor.h"

#include "core/base/mem.h"

#include <assert.h>
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
		   struct rollup_features *features, struct err *err)
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
	c->groups = mem_resize(NULL, BATCH_ROWS_MAX, sizeof(*c->groups));
	return ERR_NONE;
}

void
rollup_cursor_close(struct rollup_cursor *c)
{
	intake_close(c->in);
	textset_release(&c->types);
	code_map_release(&c->feature_map);
	free(c->groups);
	free(c->feature_room);
	free(c->user_room);
	free(c->count_room);
	free(c->has_user_room);
	free(c->is_in);
	*c = (struct rollup_cursor){ 0 };
}

/* ---- features ---- */

void
rollup_features_init(struct rollup_features *f)
{
	*f = (struct rollup_features){ 0 };
	dict_init(&f->texts);
}

void
rollup_features_release(struct rollup_features *f)
{
	dict_release(&f->texts);
	free(f->rank);
	*f = (struct rollup_features){ 0 };
}

/* Rank them all, unless few came since that was done: so it costs less than their bytes did. */
static void
rank_features(struct rollup_features *f)
{
	size_t n = f->texts.count;
	uint32_t *order;

	if (n < 2 * f->n_ranked || n == f->n_ranked)
		return;
	order = mem_new(n, sizeof(*order));
	dict_sort(&f->texts, order);
	f->rank = mem_resize(f->rank, n, sizeof(*f->rank));
	for (size_t i = 0; i < n; i++)
		f->rank[order[i]] = (uint32_t)i;
	f->n_ranked = n;
	free(order);
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
		const int64_t *values = col->dict->ints;
		const uint32_t *codes = col->codes;

		for (size_t i = 0; i < rows; i++)
			out[i] = values[codes[i]];
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

static void
read_counts(struct rollup_cursor *c, const struct col *count, size_t rows)
{
	bool nulls = has_nulls(count, rows), coded = count->dict && !nulls;

	c->count_codes = coded ? count->codes : NULL;
	c->count_values = coded ? count->dict->ints
				: read_ints(count, rows, nulls, 0, &c->count_room);
	c->count_bits = 0;
}

static int64_t
count_at(const struct rollup_cursor *c, size_t row)
{
	return c->count_values[c->count_codes ? c->count_codes[row] : row];
}

/* The interactions of rows [from, to), which wrap around where count_bits says that they may. */
static int64_t
sum_counts(struct rollup_cursor *c, size_t from, size_t to)
{
	const int64_t *values = c->count_values;
	const uint32_t *codes = c->count_codes;
	uint64_t sum = 0, bits = 0;

	if (codes)
		for (size_t i = from; i < to; i++) {
			sum += (uint64_t)values[codes[i]];
			bits |= (uint64_t)values[codes[i]];
		}
	else
		for (size_t i = from; i < to; i++) {
			sum += (uint64_t)values[i];
			bits |= (uint64_t)values[i];
		}
	c->count_bits |= (int64_t)bits;
	return (int64_t)sum;
}

/* Add to a sum, which becomes and stays -1 when that is more than an int64 counts. */
static void
add_count(int64_t *sum, int64_t count)
{
	if (*sum < 0 || __builtin_add_overflow(*sum, count, sum))
		*sum = -1;
}

/* The sums again, for counts so high that they could wrap around. */
static void
sum_carefully(struct rollup_cursor *c)
{
	size_t at = c->at;

	if (c->count_bits < INT64_MAX / BATCH_ROWS_MAX)
		return;
	for (size_t k = c->next; k < c->n_groups; k++) {
		struct rollup_group *g = &c->groups[k];

		for (g->sum = 0; at < g->end; at++)
			add_count(&g->sum, count_at(c, at));
	}
}

/* ---- order ---- */

/* Is row b where it may be behind row a?  Equal ones do not matter to a merge. */
static bool
is_behind(const struct rollup_features *f, const struct rollup_row *a, const struct rollup_row *b)
{
	int order = -1;

	if (a->is_any)
		order = rollup_compare(f, a->tenant, a->feature, b->tenant, b->feature);
	return order < 0 || (order == 0 && a->user <= b->user);
}

/* Rows [from, to) are of one tenant and feature.  False: they are not in order. */
static bool
add_group(struct rollup_cursor *c, int64_t tenant, uint32_t feature, size_t from, size_t to)
{
	const struct rollup_row first = { true, tenant, feature, c->users[from] };
	bool sorted = is_behind(c->features, &c->last, &first);
	int64_t sum = sum_counts(c, from, to);
	struct rollup_group *g = &c->groups[c->n_groups];

	/* Whoever wrote the file may have given one value several codes. */
	if (c->n_groups && c->last.tenant == tenant && c->last.feature == feature) {
		g--;
		sum = (int64_t)((uint64_t)sum + (uint64_t)g->sum);
	} else {
		c->n_groups++;
	}
	*g = (struct rollup_group){ tenant, sum, feature, (uint32_t)to };
	c->last = (struct rollup_row){ true, tenant, feature, c->users[to - 1] };
	return sorted;
}

/* The groups of rows [from, to), which are of one tenant.  False: they are not in order. */
static bool
add_tenant(struct rollup_cursor *c, const struct batch *b, const uint32_t *features, size_t from,
	   size_t to)
{
	const struct col *feature = &b->cols[c->feature];
	struct rollup_group *runs = &c->groups[c->n_groups];
	int64_t tenant = col_int(&b->cols[c->tenant], from);
	const int64_t *users = c->users;
	bool sorted = true;
	size_t n = 0, start = from;

	for (size_t i = from + 1; i < to; i++) {
		bool ended = features[i] != features[i - 1];

		runs[n].end = (uint32_t)i;
		n += ended;
		sorted &= ended | (users[i - 1] <= users[i]);
	}
	runs[n++].end = (uint32_t)to;
	/* There are at most as many groups as runs: each run is read before it is written over. */
	for (size_t k = 0; k < n; k++) {
		size_t end = runs[k].end;
		uint32_t code = feature->dict ? col_code(b, (size_t)c->feature, &c->feature_map,
							 &c->features->texts, start)
					      : features[start];

		sorted &= add_group(c, tenant, code, start, end);
		start = end;
	}
	return sorted;
}

/* The row behind the last one that has the tenant of row `from` as the file stores it. */
static size_t
tenant_end(const struct col *tenant, size_t from, size_t to)
{
	size_t i = from + 1;

	if (tenant->dict)
		while (i < to && tenant->codes[i] == tenant->codes[from])
			i++;
	else
		while (i < to && tenant->ints[i] == tenant->ints[from])
			i++;
	return i;
}

/* Find the groups of a whole batch; false: its rows are not in order. */
static bool
find_groups(struct rollup_cursor *c, const struct batch *b)
{
	const struct col *tenant = &b->cols[c->tenant], *feature = &b->cols[c->feature];
	const uint32_t *features = feature->codes;
	bool sorted = true;

	if (!feature->dict) {
		if (!c->feature_room)
			c->feature_room = mem_new(BATCH_ROWS_MAX, sizeof(*c->feature_room));
		col_codes(b, (size_t)c->feature, &c->feature_map, &c->features->texts,
			  c->feature_room);
		features = c->feature_room;
	}
	c->n_groups = c->next = c->at = 0;
	for (size_t from = 0, to; from < b->rows; from = to) {
		to = tenant_end(tenant, from, b->rows);
		sorted &= add_tenant(c, b, features, from, to);
	}
	rank_features(c->features);
	return sorted;
}

/* Find the groups of a whole batch, and check that its rows are in order. */
static enum err_code
check_order(struct rollup_cursor *c, const struct batch *b, struct err *err)
{
	struct rollup_row last = c->last;
	size_t at = 0;

	if (find_groups(c, b))
		return ERR_NONE;
	for (;; at++) {
		const struct rollup_row row = { true, col_int(&b->cols[c->tenant], at),
						col_code(b, (size_t)c->feature, &c->feature_map,
							 &c->features->texts, at),
						c->users[at] };

		assert(at < b->rows);
		if (!is_behind(c->features, &last, &row))
			break;
		last = row;
	}
	return err_set(err, ERR_INPUT,
		       "read '%s': row %lld is not in the order of a rollup: tenant_id, "
		       "feature_name, user_id; run its writer again",
		       intake_file(c->in), (long long)b->row_no[at]);
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
	size_t at = 0;

	if (c->count_bits >= 0)
		return ERR_NONE;
	while (count_at(c, at) >= 0)
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

/* Leave the groups of tenants outside the range out. */
static void
keep_range(struct rollup_cursor *c)
{
	size_t n = c->n_groups;

	while (c->next < n && c->groups[c->next].tenant < c->range.first)
		c->at = c->groups[c->next++].end;
	while (n > c->next && c->groups[n - 1].tenant > c->range.last)
		n--;
	c->ended = n < c->n_groups;
	c->n_groups = n;
	if (c->next < n)
		c->read += (int64_t)(c->groups[n - 1].end - c->at);
}

/* Leave rows of other event types out, and groups of which no row is left. */
static void
keep_types(struct rollup_cursor *c, const struct batch *b)
{
	int64_t *users = make_room(&c->user_room);
	size_t from = c->at, rows = from, n = c->next;

	if (!c->is_in)
		c->is_in = mem_new(BATCH_ROWS_MAX, sizeof(*c->is_in));
	if (c->has_user && !c->has_user_room)
		c->has_user_room = mem_new(BATCH_ROWS_MAX, sizeof(*c->has_user_room));
	textset_read(&c->types, b, (size_t)c->event_type, c->is_in);
	for (size_t k = c->next; k < c->n_groups; k++) {
		struct rollup_group g = c->groups[k];
		size_t before = rows, end = g.end;

		for (g.sum = 0; from < end; from++) {
			users[rows] = c->users[from];
			if (c->has_user)
				c->has_user_room[rows] = c->has_user[from];
			if (c->is_in[from])
				add_count(&g.sum, count_at(c, from));
			rows += c->is_in[from];
		}
		g.end = (uint32_t)rows;
		c->groups[n] = g;
		n += rows > before;
	}
	c->filtered += (int64_t)(from - rows);
	c->users = users;
	c->has_user = c->has_user ? c->has_user_room : NULL;
	c->n_groups = n;
}

static enum err_code
read_batch(struct rollup_cursor *c, const struct batch *b, struct err *err)
{
	const struct col *user = &b->cols[c->user];
	bool no_user = has_nulls(user, b->rows);
	enum err_code code = check_dates(c, b, err);

	if (!code)
		code = check_nulls(c, b, err);
	if (code)
		return code;
	c->users = read_ints(user, b->rows, no_user, INT64_MIN, &c->user_room);
	c->has_user = no_user ? user->valid : NULL;
	read_counts(c, &b->cols[c->count], b->rows);
	code = check_order(c, b, err);
	if (!code)
		code = check_counts(c, b, err);
	if (code)
		return code;
	keep_range(c);
	if (c->event_type >= 0)
		keep_types(c, b);
	else
		sum_carefully(c);
	return ERR_NONE;
}

enum err_code
rollup_cursor_fill(struct rollup_cursor *c, struct err *err)
{
	enum err_code code = ERR_NONE;

	while (c->next == c->n_groups && !code) {
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
