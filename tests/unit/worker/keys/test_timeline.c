/* test_timeline.c - the rows of each unit come together, sorted by time, on disk or not. */
#include "worker/keys/timeline.h"

#include "core/base/hash.h"
#include "core/base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { BATCH_ROWS = 1000, LANES = 2 };

static const struct column int_columns[] = { { "who", COL_INT64 }, { "when", COL_TIMESTAMP } };
static const struct column text_columns[] = { { "who", COL_STRING }, { "when", COL_TIMESTAMP } };
static const struct schema int_schema = { int_columns, 2 }, text_schema = { text_columns, 2 };

/* A row as it was put in: the number of its unit in the order of units. */
struct row {
	uint64_t unit, time, note;
};

/* What was seen, by lane. */
struct seen {
	struct row *rows;
	size_t n, room;
	bool ended; /* the next row is of another unit */
};

struct looking {
	const struct timeline *timeline;
	bool texts, notes;
	struct seen lanes[LANES];
};

static int
compare(const void *a, const void *b)
{
	const struct row *x = a, *y = b;

	if (x->unit != y->unit)
		return x->unit < y->unit ? -1 : 1;
	if (x->time != y->time)
		return x->time < y->time ? -1 : 1;
	return (x->note > y->note) - (x->note < y->note);
}

/* Units of a test are numbers; their texts are in the same order. */
static uint64_t
unit_number(const struct looking *k, uint64_t word)
{
	char text[32];
	struct span span;

	if (!k->texts)
		return (uint64_t)radix_int_back(word);
	span = timeline_text(k->timeline, word);
	assert_int_equal(span.bytes, 12);
	(void)snprintf(text, sizeof(text), "%.12s", span.data);
	return strtoull(text + 2, NULL, 10);
}

static enum err_code
look(void *arg, const struct timeline_piece *piece, struct err *err)
{
	struct looking *k = arg;
	struct seen *s = &k->lanes[piece->lane];

	(void)err;
	assert_int_equal(piece->words, k->notes ? 3 : 2);
	assert_true(piece->n > 0);
	for (size_t i = 0; i < piece->n; i++) {
		const uint64_t *row = piece->rows + i * piece->words;
		struct row r = { unit_number(k, row[TIMELINE_UNIT]),
				 (uint64_t)radix_int_back(row[TIMELINE_TIME]),
				 k->notes ? row[TIMELINE_NOTE] : 0 };

		assert_true(i || !s->ended || r.unit != s->rows[s->n - 1].unit);
		/* Sorted, but that the next partition begins again. */
		assert_true(!s->n || (!i && s->ended) || compare(&s->rows[s->n - 1], &r) <= 0);
		s->rows = mem_grow(s->rows, s->n, &s->room, sizeof(*s->rows));
		s->rows[s->n++] = r;
	}
	s->ended = piece->is_last;
	return ERR_NONE;
}

/* A batch of random rows; those that count go to *rows too. */
static size_t
fill(struct batch *b, char (*texts)[24], uint64_t *notes, bool *keep, struct row *rows,
     uint64_t units, uint64_t *random)
{
	size_t n = 0;

	batch_set_rows(b, BATCH_ROWS);
	for (size_t i = 0; i < BATCH_ROWS; i++) {
		uint64_t what = random_next(random), unit = random_next(random) % units;
		struct row r = { unit, (what >> 8) % 50 * 1000000, what >> 60 };
		bool has_unit = what % 11 != 0, has_time = what % 13 != 0;

		keep[i] = what % 7 != 0;
		notes[i] = r.note;
		b->row_no[i] = (int64_t)i + 1;
		b->cols[0].valid[i] = has_unit;
		b->cols[1].valid[i] = has_time;
		b->cols[1].ints[i] = (int64_t)r.time;
		(void)snprintf(texts[i], sizeof(texts[i]), "u\xC3%010llu",
			       (unsigned long long)unit);
		if (col_is_text(b->cols[0].type))
			b->cols[0].texts[i] = (struct span){ texts[i], 12 };
		else
			b->cols[0].ints[i] = (int64_t)unit;
		if (keep[i] && has_unit && has_time)
			rows[n++] = r;
	}
	return n;
}

struct timeline_case {
	const char *name;
	bool texts, notes;
	size_t batches;
	uint64_t units;
	size_t memory_bytes, room_bytes;
	bool spills;
};

static void
expect_rows(struct looking *k, struct row *want, size_t n, const char *name)
{
	size_t at = 0;
	struct row *got = mem_new(n + 1, sizeof(*got));

	for (int i = 0; i < LANES; i++) {
		assert_true(at + k->lanes[i].n <= n);
		if (k->lanes[i].n)
			memcpy(got + at, k->lanes[i].rows, k->lanes[i].n * sizeof(*got));
		at += k->lanes[i].n;
		free(k->lanes[i].rows);
	}
	assert_int_equal(at, n);
	qsort(got, n, sizeof(*got), compare);
	qsort(want, n, sizeof(*want), compare);
	if (memcmp(got, want, n * sizeof(*got)) != 0)
		fail_msg("%s: other rows", name);
	free(got);
}

static void
run_case(const struct timeline_case *c)
{
	const struct timeline_options options = { .who = "test",
						  .texts = c->texts,
						  .notes = c->notes,
						  .lanes = LANES,
						  .rows = -1,
						  .memory_bytes = c->memory_bytes,
						  .text_bytes = 1 << 30,
						  .dir = "/tmp" };
	struct row *rows = mem_new(c->batches * BATCH_ROWS + 1, sizeof(*rows));
	char(*texts)[24] = mem_new(BATCH_ROWS, sizeof(*texts));
	uint64_t random = 5, notes[BATCH_ROWS], cuts[7];
	struct looking k = { .texts = c->texts, .notes = c->notes };
	bool keep[BATCH_ROWS];
	struct timeline *t = NULL;
	struct batch b;
	size_t n = 0;

	assert_int_equal(timeline_open(&t, &options, NULL), ERR_NONE);
	batch_init(&b, c->texts ? &text_schema : &int_schema, NULL);
	for (size_t i = 0; i < c->batches; i++) {
		const struct timeline_rows of = {
			.unit = 0, .time = 1, .keep = keep, .notes = c->notes ? notes : NULL
		};

		n += fill(&b, texts, notes, keep, rows + n, c->units, &random);
		assert_int_equal(timeline_add(t, random >> 7 & 1, &b, &of, NULL), ERR_NONE);
	}
	for (size_t i = 0; i < n && !c->notes; i++)
		rows[i].note = 0;
	assert_int_equal(timeline_seal(t, NULL), ERR_NONE);
	assert_int_equal(timeline_count(t), n);
	timeline_cuts(t, cuts, countof(cuts));
	for (size_t i = 1; i < countof(cuts); i++)
		assert_true(cuts[i - 1] <= cuts[i]);
	k.timeline = t;
	assert_int_equal(timeline_each(t, c->room_bytes, look, &k, NULL), ERR_NONE);
	assert_int_equal(timeline_spilled_bytes(t) > 0, c->spills);
	expect_rows(&k, rows, n, c->name);
	timeline_close(t);
	batch_release(&b);
	free(texts);
	free(rows);
}

static void
rows_come_by_unit_and_time(void **state)
{
	static const struct timeline_case cases[] = {
		{ "none", false, false, 0, 1, 1 << 20, 1 << 20, false },
		{ "no texts", true, false, 0, 1, 1 << 20, 1 << 20, false },
		{ "integers", false, false, 30, 100, 64 << 20, 64 << 20, false },
		{ "texts", true, false, 30, 100, 64 << 20, 64 << 20, false },
		{ "notes", false, true, 30, 100, 64 << 20, 64 << 20, false },
		{ "texts and notes", true, true, 30, 5000, 64 << 20, 64 << 20, false },
		{ "integers on disk", false, false, 200, 5000, 1, 1, true },
		{ "texts on disk", true, true, 200, 5000, 1, 1, true },
		{ "one unit has all", false, true, 200, 1, 1, 1, true },
		{ "one text has all", true, false, 200, 1, 1, 1, true },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++)
		run_case(&cases[i]);
	timeline_close(NULL);
}

static void
names_that_do_not_fit_are_refused(void **state)
{
	const struct timeline_options options = { .who = "funnel",
						  .texts = true,
						  .lanes = 1,
						  .rows = -1,
						  .memory_bytes = 1 << 20,
						  .text_bytes = 30000,
						  .task_bytes = 64 << 20,
						  .dir = "/tmp" };
	char(*texts)[24] = mem_new(BATCH_ROWS, sizeof(*texts));
	struct row *rows = mem_new(BATCH_ROWS, sizeof(*rows));
	uint64_t random = 1, notes[BATCH_ROWS];
	bool keep[BATCH_ROWS];
	struct timeline *t = NULL;
	struct batch b;
	struct err err;

	(void)state;
	assert_int_equal(timeline_open(&t, &options, &err), ERR_NONE);
	batch_init(&b, &text_schema, NULL);
	(void)fill(&b, texts, notes, keep, rows, 100000, &random);
	assert_int_equal(
	    timeline_add(t, 0, &b, &(struct timeline_rows){ .unit = 0, .time = 1 }, &err),
	    ERR_LIMIT);
	assert_string_equal(err.msg, "funnel: the names of more than 899 units do not fit into "
				     "memory: 64 MiB; give the task more (`memory:`)");
	timeline_close(t);
	batch_release(&b);
	free(texts);
	free(rows);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_come_by_unit_and_time),
		cmocka_unit_test(names_that_do_not_fit_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
