/* test_stale.c - what is added up by kinds of partitions is what looking at each gives. */
#include "core/view/stale.h"

#include "core/base/hash.h"
#include "core/view/dataset.h"
#include "core/view/defined.h"
#include "core/view/overview.h"
#include "tests/fixture/store.h"

enum { DATASETS = 5, DAYS = 8, ROUNDS = 40 };

static const char text[] = "dag: sales\n"
			   "schedule: \"30 2 * * *\"\n"
			   "start_date: 2026-05-01\n"
			   "datasets:\n"
			   "  d0: {path: d0, format: jsonl, schema: events}\n"
			   "  d1: {path: d1, format: jsonl, schema: events}\n"
			   "  d2: {path: d2, format: jsonl, schema: events}\n"
			   "  d3: {path: d3, format: jsonl, schema: events}\n"
			   "  d4: {path: d4, format: jsonl, schema: events}\n"
			   "tasks:\n"
			   "  t0: {operator: command, run: [x, a], output: d0}\n"
			   "  t1: {operator: command, run: [x, b], output: d1}\n"
			   "  t2: {operator: command, run: [x, c], output: d2}\n"
			   "  t3: {operator: command, run: [x, d], output: d3}\n"
			   "  t4: {operator: command, run: [x, e], output: d4}\n";

/* What is stale by a definition that is called "old", by what is behind it, or by an input. */
static const char looked_at[] =
    "WITH RECURSIVE o AS (SELECT dataset, part FROM partition WHERE definition = 'old' UNION "
    "SELECT e.dataset, e.part FROM o JOIN reader e ON e.input = o.dataset "
    "AND e.input_part = o.part) "
    "SELECT group_concat(line, ' ') FROM (SELECT p.dataset || ':' || sum(p.outdated > 0 OR "
    "EXISTS (SELECT 1 FROM o WHERE o.dataset = p.dataset AND o.part = p.part)) || ',' || "
    "sum(coalesce(p.definition, '') = 'old') AS line FROM partition p GROUP BY p.dataset "
    "ORDER BY p.dataset)";

static uint64_t
roll(uint64_t *seed, uint64_t faces)
{
	*seed = hash_bytes(seed, sizeof(*seed), 1);
	return *seed % faces;
}

static void
run_sql(const struct fixture *f, const char *sql)
{
	struct db *db = NULL;
	struct err err;

	if (db_open_writer(&db, f->path, &err) || db_exec(db, sql, &err))
		fail_msg("%s", err.msg);
	db_close(db);
}

static json_t *
put_dag(const struct fixture *f)
{
	struct change def = def_change(), dag = { .kind = CHANGE_DAG };
	struct store *s = open_store(f);
	char digest[DIGEST_CHARS + 1];
	struct view *view = NULL;
	json_t *defined = NULL;
	struct err err = { 0 };

	digest_of(text, strlen(text), digest);
	def.def.digest = digest;
	def.def.text = text;
	dag.dag = (struct dag_row){ "sales", digest, true, false, INT64_MIN, 0, 0 };
	if (store_commit(s, &def, 1, &err) || store_commit(s, &dag, 1, &err))
		fail_msg("%s", err.msg);
	store_close(s);
	if (view_open(&view, f->dir, &err) || defined_now(view, NULL, &defined, &err))
		fail_msg("%s", err.msg);
	view_close(view);
	assert_int_equal(json_object_size(defined), DATASETS);
	return defined;
}

/* How often a partition of each dataset is of the old definition: in 4. */
static void
put_partitions(const struct fixture *f, const json_t *defined, uint64_t *seed)
{
	struct buf sql;

	buf_init(&sql, 1 << 20);
	buf_text(&sql, "BEGIN; DELETE FROM partition;");
	for (int d = 0; d < DATASETS; d++) {
		static const uint64_t often[] = { 0, 0, 4, 4, 2 };
		uint64_t old = often[roll(seed, countof(often))];
		char name[16];

		(void)snprintf(name, sizeof(name), "d%d", d);
		for (int day = 0; day < DAYS; day++) {
			const char *now = json_get_text(json_object_get(defined, name), "digest",
							"");

			if (roll(seed, 8) == 0)
				continue;
			buf_format(
			    &sql,
			    "INSERT INTO partition (dataset, part, version, digest, rows, "
			    "bytes, partial, epoch, published_us, definition, inputs) VALUES "
			    "('%s', %d, 1, 'x', 1, 1, 0, 1, 1, ",
			    name, day);
			if (roll(seed, 4) < old)
				buf_text(&sql, "'old'");
			else if (roll(seed, 6))
				buf_format(&sql, "'%s'", now);
			else
				buf_text(&sql, "NULL");
			buf_text(&sql, ", '[0");
			for (int up = 0; up < d; up++) {
				if (up != d - 1 && roll(seed, 3))
					continue;
				buf_format(&sql,
					   ",{\"dataset\":\"d%d\",\"day\":%d,\"digest\":\"%s\"}",
					   up, day, roll(seed, 9) ? "x" : "y");
			}
			buf_text(&sql, "]');");
		}
	}
	buf_text(&sql, "COMMIT");
	run_sql(f, sql.data);
	buf_release(&sql);
}

static void
expect_counts(const struct fixture *f, json_int_t *sum)
{
	struct view *view = NULL;
	json_t *rows = NULL, *row, *all = NULL;
	struct db *db = NULL;
	struct buf got;
	struct err err;
	char *want;
	size_t i;

	buf_init(&got, 1000);
	*sum = 0;
	if (view_open(&view, f->dir, &err) || view_datasets(view, &rows, &err) ||
	    view_overview(view, 0, &all, &err) || db_open_reader(&db, f->path, &err))
		fail_msg("%s", err.msg);
	json_array_foreach(rows, i, row)
	{
		buf_format(&got, "%s%s:%lld,%lld", i ? " " : "", json_get_text(row, "dataset", ""),
			   (long long)json_get_int(row, "stale", -1),
			   (long long)json_get_int(row, "stale_definition", -1));
		*sum += json_get_int(row, "stale", 0);
	}
	want = ask(db, looked_at);
	assert_string_equal(got.data, want);
	assert_int_equal(json_get_int(json_object_get(all, "datasets"), "stale_partitions", -1),
			 *sum);
	free(want);
	buf_release(&got);
	json_decref(rows);
	json_decref(all);
	db_close(db);
	view_close(view);
}

static void
what_rows_add_up_is_what_looking_at_each_partition_gives(void **state)
{
	struct fixture *f = *state;
	json_t *defined = put_dag(f);
	uint64_t seed = 815;
	int told = 0;

	for (int round = 0; round < ROUNDS; round++) {
		struct stale_counts counts = { 0 };
		struct view *view = NULL;
		json_int_t sum;
		struct err err;

		put_partitions(f, defined, &seed);
		expect_counts(f, &sum);
		if (view_open(&view, f->dir, &err) || stale_count(view, &counts, &err))
			fail_msg("%s", err.msg);
		if (counts.of)
			assert_int_equal(counts.stale, sum);
		told += counts.of != NULL;
		stale_counts_release(&counts);
		view_close(view);
	}
	/* Both ways were gone. */
	assert_in_range(told, ROUNDS / 10, ROUNDS * 9 / 10);
	json_decref(defined);
}

/* The first of two is made again by half: those that have read the new half are not stale. */
static void
a_rebuild_that_is_under_way_is_counted_without_looking_at_partitions(void **state)
{
	struct fixture *f = *state;
	json_t *defined = put_dag(f);
	struct stale_counts counts = { 0 };
	struct view *view = NULL;
	json_int_t sum;
	struct err err;

	run_sql(f, "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 99) "
		   "INSERT INTO partition (dataset, part, version, digest, rows, bytes, partial, "
		   "epoch, published_us, definition, inputs) SELECT 'd' || d, i, 1, 'x', 1, 1, 0, "
		   "1, 1, iif(d = 0 AND i < 40, 'old', NULL), iif(d = 0, '[]', "
		   "'[{\"dataset\":\"d0\",\"day\":' || i || ',\"digest\":\"x\"}]') "
		   "FROM n, (SELECT 0 AS d UNION SELECT 1) ORDER BY d, i");
	expect_counts(f, &sum);
	assert_int_equal(sum, 80);
	if (view_open(&view, f->dir, &err) || stale_count(view, &counts, &err))
		fail_msg("%s", err.msg);
	assert_non_null(counts.of);
	stale_counts_release(&counts);
	view_close(view);
	json_decref(defined);
}

/* An edit of the first of a chain: all behind it is stale, and no partition is looked at. */
static void
an_edited_definition_is_counted_without_looking_at_partitions(void **state)
{
	struct fixture *f = *state;
	json_t *defined = put_dag(f);
	struct stale_counts counts = { 0 };
	struct view *view = NULL;
	json_int_t sum;
	struct err err;

	run_sql(f, "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 99) "
		   "INSERT INTO partition (dataset, part, version, digest, rows, bytes, partial, "
		   "epoch, published_us, definition, inputs) SELECT 'd' || d, i, 1, 'x', 1, 1, 0, "
		   "1, 1, iif(d = 0, 'old', NULL), iif(d = 0, '[]', '[{\"dataset\":\"d' || (d - 1) "
		   "|| '\",\"day\":' || i || ',\"digest\":\"x\"}]') "
		   "FROM n, (SELECT 0 AS d UNION SELECT 1 UNION SELECT 2 UNION SELECT 3) "
		   "ORDER BY d, i");
	expect_counts(f, &sum);
	assert_int_equal(sum, 400);
	if (view_open(&view, f->dir, &err) || stale_count(view, &counts, &err))
		fail_msg("%s", err.msg);
	assert_non_null(counts.of);
	stale_counts_release(&counts);
	view_close(view);
	json_decref(defined);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    what_rows_add_up_is_what_looking_at_each_partition_gives, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    a_rebuild_that_is_under_way_is_counted_without_looking_at_partitions, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(
		    an_edited_definition_is_counted_without_looking_at_partitions, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
