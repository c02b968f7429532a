/* test_tally.c - counts that triggers keep are what counting gives. */
#include "tests/fixture/store.h"

#include "core/base/hash.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { DATASETS = 4, DAYS = 6, STEPS = 400 };

static uint64_t
roll(uint64_t *seed, uint64_t faces)
{
	*seed = hash_bytes(seed, sizeof(*seed), 1);
	return *seed % faces;
}

/* Some inputs: partitions, files, and what is none of both. */
static void
put_inputs(struct buf *b, uint64_t *seed)
{
	uint64_t n = roll(seed, 5);

	if (n == 4) {
		buf_text(b, roll(seed, 2) ? "no JSON" : "{\"dataset\":5}");
		return;
	}
	buf_text(b, "[7");
	for (uint64_t i = 0; i < n; i++)
		buf_format(b, ",{\"dataset\":\"d%d\",\"day\":%d,\"version\":1,\"digest\":\"c%d\"}",
			   (int)roll(seed, DATASETS), (int)roll(seed, DAYS), (int)roll(seed, 3));
	if (roll(seed, 2))
		buf_format(b, ",{\"dataset\":\"f%d\",\"day\":null,\"digest\":\"c%d\"}",
			   (int)roll(seed, 2), (int)roll(seed, 2));
	if (roll(seed, 4) == 0)
		buf_text(b, ",{\"dataset\":\"files\",\"day\":null,\"digest\":\"x\"},"
			    "{\"dataset\":\"d0\",\"day\":1,\"missing\":true}");
	buf_text(b, "]");
}

static void
publish_something(struct store *s, uint64_t *seed, int64_t step)
{
	struct change c = partition_change((int64_t)roll(seed, DAYS), 1, step);
	char dataset[8], definition[8];
	struct buf inputs;

	buf_init(&inputs, 10000);
	put_inputs(&inputs, seed);
	(void)snprintf(dataset, sizeof(dataset), "d%d", (int)roll(seed, DATASETS));
	(void)snprintf(c.partition.digest, sizeof(c.partition.digest), "c%d", (int)roll(seed, 3));
	c.partition.dataset = dataset;
	c.partition.rows = (int64_t)roll(seed, 10);
	(void)snprintf(definition, sizeof(definition), "e%d", (int)roll(seed, 3));
	c.partition.definition = roll(seed, 4) ? definition : NULL;
	c.partition.definition_text = "{}";
	c.partition.inputs = roll(seed, 9) ? inputs.data : NULL;
	commit(s, &c, 1);
	buf_release(&inputs);
}

/* Both sides in one text, by dataset: how many, rows, bytes, stale, latest. */
static const char kept[] =
    "SELECT group_concat(line, ' ') FROM (SELECT dataset || ':' || sum(partitions) || ',' || "
    "sum(rows) || ',' || sum(bytes) || ',' || sum(outdated) || ',' || max(published_us) AS line "
    "FROM tally WHERE partitions > 0 GROUP BY dataset ORDER BY dataset)";
static const char counted[] =
    "SELECT group_concat(line, ' ') FROM (SELECT dataset || ':' || count(*) || ',' || sum(rows) || "
    "',' || sum(bytes) || ',' || sum(EXISTS (SELECT 1 FROM v_stale s WHERE s.dataset = p.dataset "
    "AND s.part = p.part)) || ',' || max(published_us) AS line FROM partition p GROUP BY dataset "
    "ORDER BY dataset)";
/* By what is compared: each row is what counting gives, and none stands for no partition. */
static const char leftover[] =
    "SELECT count(*) FROM tally t WHERE (partitions, outdated) IS NOT (SELECT count(*), "
    "coalesce(sum(p.outdated > 0), 0) FROM partition p WHERE p.dataset = t.dataset "
    "AND p.files = t.files AND coalesce(p.definition, '') = t.definition AND p.made = t.made)";
/* Partitions whose `made` is not what their inputs say now. */
static const char misread[] =
    "SELECT count(*) FROM partition p WHERE json(p.made) <> (SELECT json_group_object(name, "
    "json(list)) FROM (SELECT name, json_group_array(definition) "
    "AS list FROM (SELECT DISTINCT c.dataset AS name, coalesce(c.definition, '') AS definition "
    "FROM reader e JOIN partition c ON c.dataset = e.input AND c.part = e.input_part "
    "WHERE e.dataset = p.dataset AND e.part = p.part ORDER BY 1, 2) GROUP BY name ORDER BY name))";

static void
whatever_is_published_the_tally_is_what_counting_gives(void **state)
{
	struct fixture *f = *state;
	struct store *s = open_store(f);
	uint64_t seed = 4711;

	commit_base(s);
	for (int64_t step = 1; step <= STEPS; step++) {
		char *left, *right, *rest, *wrong;
		struct db *db = NULL;
		struct err err;

		publish_something(s, &seed, step);
		if (step % 10)
			continue;
		if (db_open_reader(&db, f->path, &err))
			fail_msg("%s", err.msg);
		left = ask(db, kept);
		right = ask(db, counted);
		rest = ask(db, leftover);
		wrong = ask(db, misread);
		assert_string_equal(left, right);
		assert_string_equal(rest, "0");
		assert_string_equal(wrong, "0");
		free(left);
		free(right);
		free(rest);
		free(wrong);
		db_close(db);
	}
	store_close(s);
}

static void
what_is_taken_away_is_not_counted_and_its_readers_look_again(void **state)
{
	struct fixture *f = *state;
	struct store *s = open_store(f);
	struct db *db = NULL;
	struct err err;
	char *text;

	commit_base(s);
	store_close(s);
	if (db_open_writer(&db, f->path, &err) ||
	    db_exec(db,
		    "INSERT INTO partition (dataset, part, version, digest, rows, bytes, partial,"
		    " epoch, published_us, inputs) VALUES"
		    " ('a', 1, 1, 'x', 5, 50, 0, 1, 1, NULL), ('b', 1, 1, 'y', 1, 1, 0, 1, 2,"
		    " '[{\"dataset\":\"a\",\"day\":1,\"digest\":\"w\"}]')",
		    &err))
		fail_msg("%s", err.msg);
	text = ask(db, "SELECT sum(partitions), sum(rows), sum(outdated) FROM tally");
	assert_string_equal(text, "2|6|1");
	free(text);
	if (db_exec(db, "DELETE FROM partition WHERE dataset = 'a'", &err))
		fail_msg("%s", err.msg);
	text = ask(db, "SELECT sum(partitions), sum(rows), sum(outdated) FROM tally");
	assert_string_equal(text, "1|1|0");
	free(text);
	if (db_exec(db, "DELETE FROM partition", &err))
		fail_msg("%s", err.msg);
	text = ask(db, "SELECT (SELECT count(*) FROM reader), (SELECT count(*) FROM v_tally)");
	assert_string_equal(text, "0|0");
	free(text);
	db_close(db);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    whatever_is_published_the_tally_is_what_counting_gives, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    what_is_taken_away_is_not_counted_and_its_readers_look_again, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
