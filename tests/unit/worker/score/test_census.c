/* test_census.c - what is counted of random rows, against sorting and counting plainly. */
#include "worker/score/census.h"

#include "core/base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum {
	ANSWER_BYTES = 16 << 20,
	FEATURES = 7,
	DAYS_FIRST = 20000,
	USERS_MAX = 1 << 16,
	NO_VALUE = -1
};
enum { COL_EVENT, COL_TYPE, COL_FEATURE, COL_TENANT, COL_USER, COL_AT, COLUMNS };

/* One row; NO_VALUE is null. */
struct row {
	int event, type, feature, tenant, user, day;
};

struct setup {
	const char *name;
	int rows, tenants, users, days;
	bool text_users, codes; /* codes: the text columns of batches have dictionaries */
	int n_dedup;            /* 0; 1: event; 2: event and type */
	bool one_type;
	int lanes;
	size_t memory_bytes;
	bool spills;
	int big_users; /* each so manieth user is no number of 32 bits; 0: none, -1: all */
	int part_step; /* numbers of parts are so far from each other; 0: 1 */
};

static const char *const type_names[] = { "click", "view", "open" };

/* ---- plainly ---- */

struct counted {
	int tenant, feature, user, day;
	bool counts;
};

static int
compare_counted(const void *a, const void *b)
{
	const struct counted *l = a, *r = b;

	if (l->tenant != r->tenant)
		return l->tenant < r->tenant ? -1 : 1;
	if (l->feature != r->feature)
		return l->feature < r->feature ? -1 : 1;
	return (l->user > r->user) - (l->user < r->user);
}

static bool
is_seen(uint8_t *seen, int event, int type)
{
	size_t at = (size_t)event * 4 + (size_t)type;
	bool was = seen[at];

	seen[at] = 1;
	return was;
}

/* What has to come out, as text, and the counters. */
static void
count_plainly(const struct setup *s, const struct row *rows, struct buf *out,
	      struct census_counts *counts)
{
	struct counted *kept = mem_new((size_t)s->rows, sizeof(*kept));
	uint8_t *seen = mem_new((size_t)s->rows, 4);
	size_t n = 0;

	*counts = (struct census_counts){ .read = s->rows };
	for (int i = 0; i < s->rows; i++) {
		const struct row *r = &rows[i];
		bool has_key = r->event != NO_VALUE && (s->n_dedup < 2 || r->type != NO_VALUE);

		if (r->day < 0 || r->day >= s->days)
			continue;
		counts->null_keys += s->n_dedup && !has_key;
		if (s->n_dedup && has_key && is_seen(seen, r->event, s->n_dedup < 2 ? 0 : r->type))
			counts->duplicates++;
		else if (r->tenant != NO_VALUE && r->feature != NO_VALUE &&
			 (!s->one_type || r->type == 0))
			kept[n++] = (struct counted){ r->tenant, r->feature, r->user, r->day,
						      r->event != NO_VALUE };
	}
	qsort(kept, n, sizeof(*kept), compare_counted);
	for (size_t i = 0, end; i < n; i = end) {
		int users = 0, interactions = 0, days = 0;
		bool active[DAG_WINDOW_DAYS_MAX] = { false };

		for (end = i; end < n && kept[end].tenant == kept[i].tenant &&
			      kept[end].feature == kept[i].feature;
		     end++) {
			const struct counted *k = &kept[end];

			users += k->user != NO_VALUE && (end == i || k[-1].user != k->user);
			interactions += k->counts;
			days += !active[k->day];
			active[k->day] = true;
		}
		buf_format(out, "%d f%d %d %d %d\n", kept[i].tenant, kept[i].feature, users,
			   interactions, days);
	}
	counts->aggregated = (int64_t)n;
	counts->filtered = s->rows - counts->aggregated - counts->duplicates;
	free(kept);
	free(seen);
}

/* ---- through batches ---- */

/* Texts of a column as values, or as codes of a dictionary made for the batch. */
struct texts {
	struct dict dict;
	struct span *spans;
	struct col_dict codes;
};

static void
put_text(struct texts *t, struct col *c, size_t at, const char *text, bool codes)
{
	uint32_t code = dict_code(&t->dict, text, strlen(text));

	if (codes)
		c->codes[at] = code;
	else
		c->texts[at] = dict_span(&t->dict, code);
}

static void
finish_texts(struct texts *t, struct col *c, bool codes)
{
	if (!codes)
		return;
	t->spans = mem_new(t->dict.count, sizeof(*t->spans));
	for (size_t i = 0; i < t->dict.count; i++)
		t->spans[i] = dict_span(&t->dict, (uint32_t)i);
	t->codes = (struct col_dict){ .count = t->dict.count, .texts = t->spans };
	c->dict = &t->codes;
}

/* Numbers that are not of 32 bits are below those that are, or above them. */
static int64_t
user_of(const struct setup *s, int user)
{
	if (user == NO_VALUE || !s->big_users || user % s->big_users)
		return user;
	return user & 1 ? (int64_t)user << 33 | (int64_t)1 << 62 : -1 - user;
}

static void
put_row(const struct setup *s, const struct row *r, struct batch *b, size_t at, struct texts *texts)
{
	char text[24];

	b->row_no[at] = (int64_t)at + 1;
	b->cols[COL_EVENT].valid[at] = r->event != NO_VALUE;
	b->cols[COL_EVENT].ints[at] = r->event;
	b->cols[COL_TYPE].valid[at] = r->type != NO_VALUE;
	if (r->type != NO_VALUE)
		put_text(&texts[0], &b->cols[COL_TYPE], at, type_names[r->type], s->codes);
	b->cols[COL_FEATURE].valid[at] = r->feature != NO_VALUE;
	(void)snprintf(text, sizeof(text), "f%d", r->feature);
	if (r->feature != NO_VALUE)
		put_text(&texts[1], &b->cols[COL_FEATURE], at, text, s->codes);
	b->cols[COL_TENANT].valid[at] = r->tenant != NO_VALUE;
	b->cols[COL_TENANT].ints[at] = r->tenant;
	b->cols[COL_USER].valid[at] = r->user != NO_VALUE;
	(void)snprintf(text, sizeof(text), "user %d", r->user);
	if (!s->text_users)
		b->cols[COL_USER].ints[at] = user_of(s, r->user);
	else if (r->user != NO_VALUE)
		put_text(&texts[2], &b->cols[COL_USER], at, text, s->codes);
	b->cols[COL_AT].valid[at] = r->day != INT32_MAX;
	b->cols[COL_AT].ints[at] = r->day == INT32_MAX ? 0
						       : ((int64_t)DAYS_FIRST + r->day) * DAY_US +
							     (int64_t)(at % 1000);
}

static void
add_batch(const struct setup *s, struct census *c, const struct row *rows, size_t n,
	  const struct intake_part *part, const struct schema *schema, uint64_t unit)
{
	static const int columns[] = { COL_TYPE, COL_FEATURE, COL_USER };
	struct texts texts[countof(columns)] = { 0 };
	struct batch b;

	batch_init(&b, schema, NULL);
	batch_set_rows(&b, n);
	b.unit = s->codes ? unit : 0;
	for (size_t k = 0; k < countof(columns); k++) {
		dict_init(&texts[k].dict);
		if (col_is_text(b.cols[columns[k]].type))
			(void)batch_codes(&b, (size_t)columns[k]);
	}
	b.cols[COL_USER].no_nulls = true;
	for (size_t i = 0; i < n; i++) {
		put_row(s, &rows[i], &b, i, texts);
		b.cols[COL_USER].no_nulls &= rows[i].user != NO_VALUE;
	}
	for (size_t k = 0; k < countof(columns); k++)
		if (col_is_text(b.cols[columns[k]].type))
			finish_texts(&texts[k], &b.cols[columns[k]], s->codes);
	assert_int_equal(census_add(c, part, &b, NULL), ERR_NONE);
	for (size_t k = 0; k < countof(columns); k++) {
		dict_release(&texts[k].dict);
		free(texts[k].spans);
	}
	batch_release(&b);
}

/* All rows, in parts of a few batches; parts go to lanes at random, in order within each. */
static void
add_rows(const struct setup *s, struct census *c, const struct row *rows,
	 const struct schema *schema, uint64_t *random)
{
	size_t total = (size_t)s->rows, *starts = mem_new(total + 1, sizeof(*starts)), n_parts = 0;
	int *lanes = mem_new(total + 1, sizeof(*lanes));
	uint64_t unit = 0;

	for (size_t at = 0; at < total; at += 1 + random_next(random) % (total / 8 + 1)) {
		lanes[n_parts] = (int)(random_next(random) % (unsigned)s->lanes);
		starts[n_parts++] = at;
	}
	starts[n_parts] = total;
	for (int lane = s->lanes - 1; lane >= 0; lane--) {
		for (size_t p = 0; p < n_parts; p++) {
			size_t step = s->part_step ? (size_t)s->part_step : 1;
			struct intake_part part = { .lane = lane, .number = p * step };

			for (size_t at = starts[p], n; at < starts[p + 1] && lanes[p] == lane;
			     at += n) {
				n = 1 + random_next(random) % 5000;
				n = n < starts[p + 1] - at ? n : starts[p + 1] - at;
				add_batch(s, c, rows + at, n, &part, schema, ++unit);
				part.row += (int64_t)n;
			}
		}
	}
	free(starts);
	free(lanes);
}

static void
show(const struct score_table *t, struct buf *out)
{
	uint32_t order[FEATURES];

	dict_sort(t->features, order);
	for (int64_t tenant = 0; tenant < 1000; tenant++)
		for (size_t f = 0; f < t->features->count; f++)
			for (size_t i = 0; i < t->count; i++) {
				const struct score_group *g = &t->groups[i];

				if (g->tenant == tenant && g->feature == order[f])
					buf_format(out, "%lld %.*s %lld %lld %u\n",
						   (long long)tenant,
						   (int)dict_span(t->features, order[f]).bytes,
						   dict_span(t->features, order[f]).data,
						   (long long)g->users, (long long)g->interactions,
						   g->days);
			}
}

static int
maybe(uint64_t *random, int value)
{
	return random_next(random) % 29 ? value : NO_VALUE;
}

static void
make_rows(const struct setup *s, struct row *rows, uint64_t *random)
{
	for (int i = 0; i < s->rows; i++) {
		int fifth = s->rows / 5 + 1; /* copies of a key may differ in everything */
		bool copy = i > 0 && random_next(random) % 10 == 0;

		rows[i] = (struct row){
			.event = maybe(random,
				       copy ? (int)(random_next(random) % (unsigned)fifth) : i),
			.type = maybe(random, (int)(random_next(random) % 3)),
			.feature = maybe(random, (int)(random_next(random) % FEATURES)),
			.tenant = maybe(random, (int)(random_next(random) % (unsigned)s->tenants)),
			.user = (int)(random_next(random) % (unsigned)s->users),
			.day = (int)(random_next(random) % (unsigned)(s->days + 1)) -
			       (random_next(random) % 50 == 0),
		};
		if (random_next(random) % 61 == 0)
			rows[i].day = INT32_MAX;
		if (i / 3000 % 2) /* and so there are batches where every row has a user */
			rows[i].user = maybe(random, rows[i].user);
	}
}

static const struct setup setups[] = {
	{ "nothing", 0, 1, 1, 7, false, false, 0, false, 1, 1 << 24, false, 0, 0 },
	{ "one row", 1, 1, 1, 1, false, true, 1, false, 2, 1 << 24, false, 0, 0 },
	{ "ints", 20000, 20, 500, 7, false, false, 0, false, 1, 1 << 24, false, 0, 0 },
	{ "codes, two lanes", 20000, 20, 500, 7, false, true, 0, true, 2, 1 << 24, false, 0, 0 },
	{ "text users", 20000, 20, 500, 64, true, false, 0, false, 2, 1 << 24, false, 0, 0 },
	{ "text users as codes", 20000, 20, 500, 65, true, true, 0, true, 1, 1 << 24, false, 0, 0 },
	{ "dedup", 20000, 20, 500, 7, false, true, 1, false, 1, 1 << 24, false, 0, 0 },
	{ "dedup, two lanes", 20000, 20, 500, 7, false, true, 1, true, 2, 1 << 24, false, 0, 0 },
	{ "dedup by two", 20000, 20, 500, 366, false, false, 2, false, 2, 1 << 24, false, 0, 0 },
	{ "dedup, text users", 20000, 20, 500, 7, true, true, 1, false, 2, 1 << 24, false, 0, 0 },
	{ "dedup by two, text users", 20000, 20, 500, 7, true, true, 2, true, 2, 1 << 24, false, 0,
	  0 },
	{ "one group", 20000, 1, USERS_MAX, 7, false, true, 1, false, 2, 1 << 24, false, 0, 0 },
	{ "one user", 20000, 900, 1, 7, false, true, 0, false, 2, 1 << 24, false, 0, 0 },
	{ "spilled", 300000, 20, 500, 7, false, true, 0, false, 2, 1, true, 0, 0 },
	{ "spilled dedup", 100000, 20, 500, 7, false, true, 1, false, 1, 1, true, 0, 0 },
	{ "wide", 20000, 20, 500, 7, false, true, 0, false, 2, 1 << 24, false, -1, 0 },
	{ "wide dedup", 20000, 20, 500, 7, false, true, 1, true, 2, 1 << 24, false, -1, 0 },
	{ "both forms", 20000, 20, 500, 7, false, false, 0, false, 2, 1 << 24, false, 3, 0 },
	{ "both forms, dedup", 60000, 20, USERS_MAX, 7, false, true, 1, false, 2, 1 << 24, false,
	  4001, 0 },
	{ "both forms, one lane", 60000, 20, USERS_MAX, 366, false, true, 1, false, 1, 1 << 24,
	  false, 4001, 0 },
	{ "both forms, many parts", 20000, 20, 500, 7, false, true, 1, false, 2, 1 << 24, false, 0,
	  9 },
	{ "both forms, years of parts", 20000, 20, 500, 366, false, true, 1, false, 2, 1 << 24,
	  false, 0, 1 },
	{ "both forms, spilled", 200000, 20, USERS_MAX, 7, false, true, 1, false, 2, 1, true, 9001,
	  0 },
	{ "spilled dedup, lanes", 100000, 20, USERS_MAX, 7, true, false, 2, true, 2, 1, true, 0,
	  0 },
};

static struct day_window
first_days(int64_t days)
{
	struct day_window w;

	assert_int_equal(
	    window_open(&w, grid_days, DAYS_FIRST * DAY_US, (DAYS_FIRST + days) * DAY_US, NULL),
	    ERR_NONE);
	return w;
}

static void
the_census_is_that_of_a_plain_count(void **state)
{
	uint64_t random = 5;

	(void)state;
	for (size_t i = 0; i < countof(setups); i++) {
		const struct setup *s = &setups[i];
		const struct column columns[COLUMNS] = {
			{ "event_id", COL_INT64 },
			{ "event_type", COL_STRING },
			{ "feature_name", COL_STRING },
			{ "tenant_id", COL_INT64 },
			{ "user_id", s->text_users ? COL_STRING : COL_INT64 },
			{ "timestamp", COL_TIMESTAMP },
		};
		const struct schema schema = { columns, COLUMNS };
		const int dedup[] = { COL_EVENT, COL_TYPE };
		struct row *rows = mem_new((size_t)s->rows, sizeof(*rows));
		struct census_options o = {
			.schema = &schema,
			.tenant = COL_TENANT,
			.feature = COL_FEATURE,
			.user = COL_USER,
			.timestamp = COL_AT,
			.count = -1,
			.event_id = COL_EVENT,
			.event_type = COL_TYPE,
			.event_types = type_names,
			.n_event_types = s->one_type ? 1 : 0,
			.dedup = dedup,
			.n_dedup = (size_t)s->n_dedup,
			.window = first_days(s->days),
			.lanes = s->lanes,
			.rows = s->rows,
			.memory_bytes = s->memory_bytes,
			.answer_bytes = ANSWER_BYTES,
			.dir = "/tmp",
		};
		struct score_table table = { 0 };
		struct census_counts counts, want_counts;
		struct census *c = NULL;
		struct buf want, got;

		buf_init(&want, SIZE_MAX);
		buf_init(&got, SIZE_MAX);
		make_rows(s, rows, &random);
		count_plainly(s, rows, &want, &want_counts);
		assert_int_equal(census_open(&c, &o, NULL), ERR_NONE);
		add_rows(s, c, rows, &schema, &random);
		assert_int_equal(census_finish(c, &table, NULL), ERR_NONE);
		counts = census_counts(c);
		show(&table, &got);
		if (strcmp(got.data, want.data) != 0)
			fail_msg("%s: got\n%.600s\nwant\n%.600s", s->name, got.data, want.data);
		if (memcmp(&counts, &want_counts, sizeof(counts)) != 0)
			fail_msg("%s: read %lld filtered %lld duplicates %lld", s->name,
				 (long long)counts.read, (long long)counts.filtered,
				 (long long)counts.duplicates);
		if ((census_spilled_bytes(c) > 0) != s->spills)
			fail_msg("%s: %lld bytes on disk", s->name,
				 (long long)census_spilled_bytes(c));
		score_table_release(&table);
		census_close(c);
		window_close(&o.window);
		free(rows);
		buf_release(&want);
		buf_release(&got);
	}
	census_close(NULL);
}

/* Parts are numbered within a few bits. */
static void
more_parts_than_numbers_are_an_error(void **state)
{
	static const struct column columns[] = { { "t", COL_INT64 },
						 { "f", COL_STRING },
						 { "at", COL_TIMESTAMP } };
	static const struct schema schema = { columns, countof(columns) };
	const struct census_options o = { .schema = &schema,
					  .feature = 1,
					  .timestamp = 2,
					  .count = -1,
					  .lanes = 1,
					  .memory_bytes = 1 << 20,
					  .answer_bytes = ANSWER_BYTES };
	struct intake_part part = { .number = (1 << CENSUS_PART_BITS) - 1 };
	struct census *c = NULL;
	struct batch b;
	struct err err;

	(void)state;
	batch_init(&b, &schema, NULL);
	assert_int_equal(census_open(&c, &o, NULL), ERR_NONE);
	assert_int_equal(census_add(c, &part, &b, NULL), ERR_NONE);
	part.number++;
	assert_int_equal(census_add(c, &part, &b, &err), ERR_LIMIT);
	census_close(c);
	batch_release(&b);
}

/* ---- limits ---- */

enum { LIMIT_ROWS = 1 << 15 };

static const struct column count_columns[] = {
	{ "t", COL_INT64 }, { "f", COL_STRING }, { "u", COL_INT64 },
	{ "n", COL_INT64 }, { "d", COL_DATE },
};
static const struct schema count_schema = { count_columns, countof(count_columns) };

static struct census *
open_counts(size_t answer_bytes, bool dedup)
{
	static const int key[] = { 3 };
	const struct census_options o = { .schema = &count_schema,
					  .feature = 1,
					  .user = 2,
					  .timestamp = -1,
					  .date = 4,
					  .window = { DAYS_FIRST, DAYS_FIRST },
					  .count = dedup ? -1 : 3,
					  .event_id = 3,
					  .dedup = key,
					  .n_dedup = dedup,
					  .lanes = 2,
					  .rows = 1,
					  .memory_bytes = 1 << 20,
					  .answer_bytes = answer_bytes,
					  .limit_bytes = 64 << 20,
					  .dir = "/tmp" };
	struct census *c = NULL;

	assert_int_equal(census_open(&c, &o, NULL), ERR_NONE);
	return c;
}

static void
fill_counts(struct batch *b, bool many_tenants, int64_t first)
{
	for (size_t i = 0; i < b->rows; i++) {
		for (size_t k = 0; k < countof(count_columns); k++)
			b->cols[k].valid[i] = true;
		b->cols[0].ints[i] = many_tenants ? first + (int64_t)i : 7;
		b->cols[1].texts[i] = (struct span){ "f", 1 };
		b->cols[2].ints[i] = 1;
		b->cols[3].ints[i] = first + (int64_t)i;
		b->cols[4].ints[i] = DAYS_FIRST;
	}
}

/* Groups and the different rows of a partition have to fit into memory. */
static void
what_does_not_fit_names_the_memory(void **state)
{
	static const struct {
		const char *name, *want;
		bool dedup;
		size_t answer_bytes;
	} cases[] = {
		{ "groups", "(tenant, feature) groups do not fit into memory: 64 MiB", false,
		  4 << 20 },
		{ "partition", "different rows in one of 1 partitions do not fit into memory", true,
		  4 << 20 },
		{ "all fits", NULL, false, 64 << 20 },
		{ "a key fits", NULL, true, 64 << 20 },
	};
	struct score_table table = { 0 };
	struct batch b;

	(void)state;
	batch_init(&b, &count_schema, NULL);
	batch_set_rows(&b, LIMIT_ROWS);
	for (size_t i = 0; i < countof(cases); i++) {
		struct census *c = open_counts(cases[i].answer_bytes, cases[i].dedup);
		enum err_code code = ERR_NONE;
		struct err err = { 0 };

		for (int64_t k = 0; k < 6 && !code; k++) {
			fill_counts(&b, !cases[i].dedup, k * LIMIT_ROWS);
			code = census_add(c, &(struct intake_part){ 0 }, &b, &err);
		}
		if (!code)
			code = census_finish(c, &table, &err);
		if (code != (cases[i].want ? ERR_LIMIT : ERR_NONE) ||
		    (code && (!strstr(err.msg, cases[i].want) || !strstr(err.msg, "(`memory:`)"))))
			fail_msg("%s: %d: %s", cases[i].name, (int)code, err.msg);
		score_table_release(&table);
		census_close(c);
	}
	batch_release(&b);
}

/* Interactions are counted within an int64, and there are none below zero. */
static void
interactions_are_counted_within_an_int64(void **state)
{
	static const struct {
		int64_t counts[2];
		const char *want;
	} cases[] = {
		{ { INT64_MAX - 1, 1 }, NULL },
		{ { INT64_MAX, 1 }, "tenant 7, feature 'f': more interactions than an int64" },
		{ { 1, -1 }, "tenant 7, feature 'f': interaction_count is negative" },
	};
	struct score_table table = { 0 };
	struct batch b;

	(void)state;
	batch_init(&b, &count_schema, NULL);
	batch_set_rows(&b, 2);
	for (size_t i = 0; i < countof(cases); i++) {
		struct census *c = open_counts(1 << 20, false);
		enum err_code code;
		struct err err = { 0 };

		fill_counts(&b, false, 0);
		memcpy(b.cols[3].ints, cases[i].counts, sizeof(cases[i].counts));
		code = census_add(c, &(struct intake_part){ 0 }, &b, &err);
		if (code != (cases[i].want ? ERR_INPUT : ERR_NONE) ||
		    (code && !strstr(err.msg, cases[i].want)))
			fail_msg("case %zu: %d: %s", i, (int)code, err.msg);
		if (!code) {
			assert_int_equal(census_finish(c, &table, NULL), ERR_NONE);
			assert_int_equal(table.groups[0].interactions, INT64_MAX);
		}
		score_table_release(&table);
		census_close(c);
	}
	batch_release(&b);
}

/* Groups whose numbers small records have no room for; of each key the lowest part stays. */
static void
a_million_groups_are_counted(void **state)
{
	enum { BATCHES = (1 << 20) / LIMIT_ROWS + 2 };
	struct census *c = open_counts((size_t)1 << 30, true);
	struct score_table table = { 0 };
	struct batch b;

	(void)state;
	batch_init(&b, &count_schema, NULL);
	batch_set_rows(&b, LIMIT_ROWS);
	for (int64_t k = 0; k < BATCHES; k++) {
		fill_counts(&b, true, k * LIMIT_ROWS);
		assert_int_equal(census_add(c, &(struct intake_part){ .number = 1 }, &b, NULL),
				 ERR_NONE);
	}
	/* Copies of the last keys come first, by their part, and those of the first keys last. */
	fill_counts(&b, false, (BATCHES - 1) * (int64_t)LIMIT_ROWS);
	assert_int_equal(census_add(c, &(struct intake_part){ .lane = 1 }, &b, NULL), ERR_NONE);
	fill_counts(&b, false, 0);
	assert_int_equal(census_add(c, &(struct intake_part){ .lane = 1, .number = 2 }, &b, NULL),
			 ERR_NONE);
	assert_int_equal(census_finish(c, &table, NULL), ERR_NONE);
	assert_int_equal(table.count, (BATCHES - 1) * LIMIT_ROWS);
	for (size_t i = 0; i < table.count; i++) {
		const struct score_group *g = &table.groups[i];

		assert_true(g->users == 1 && g->days == 1);
		assert_int_equal(g->interactions, g->tenant == 7 ? 1 + LIMIT_ROWS : 1);
	}
	assert_int_equal(census_counts(c).duplicates, 2 * LIMIT_ROWS);
	score_table_release(&table);
	census_close(c);
	batch_release(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_census_is_that_of_a_plain_count),
		cmocka_unit_test(more_parts_than_numbers_are_an_error),
		cmocka_unit_test(what_does_not_fit_names_the_memory),
		cmocka_unit_test(interactions_are_counted_within_an_int64),
		cmocka_unit_test(a_million_groups_are_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
