/* test_press.c - pages that are made while rows come: the same bytes, and little memory. */
#include "worker/parquet/write/build.h"
#include "worker/format/writer.h"

#include "core/base/hash.h"
#include "core/base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { ROWS = 60000, PIECE_BYTES = 64 << 10 };

static const struct column columns[] = { { "i", COL_INT64 }, { "s", COL_STRING } };
static const struct schema schema = { columns, countof(columns) };

/* ROWS rows: integers in every `apart`th, and texts that do not repeat. */
static struct arena *
fill(struct batch *b, size_t apart)
{
	struct arena *arena = arena_new();
	uint64_t random = 1;

	batch_init(b, &schema, NULL);
	batch_set_rows(b, ROWS);
	for (size_t row = 0; row < ROWS; row++) {
		char text[80];
		int n = snprintf(text, sizeof(text), "{\"row\":%zu,\"random\":%llu}", row,
				 (unsigned long long)random_next(&random));

		b->cols[0].valid[row] = row % apart == 0;
		b->cols[0].ints[row] = (int64_t)row * 7;
		b->cols[1].valid[row] = true;
		b->cols[1].texts[row] = (struct span){ arena_bytes(arena, text, (size_t)n),
						       (size_t)n };
	}
	return arena;
}

static void
take(void *arg, const char *data, size_t bytes)
{
	buf_add(arg, data, bytes);
}

/* Three row groups in a file, with a sink or without. */
static void
write_file(struct writer *w, const struct batch *b, struct buf *sink)
{
	writer_open(w, FORMAT_PARQUET, &schema);
	if (sink) {
		w->sink = take;
		w->sink_arg = sink;
	}
	for (int i = 0; i < 10; i++)
		writer_add(w, b, NULL, b->rows);
	writer_end(w);
}

static void
a_sink_gets_the_same_bytes(void **state)
{
	struct writer want, w;
	struct buf got;
	struct batch b;
	struct arena *arena = fill(&b, 1);

	(void)state;
	buf_init(&got, SIZE_MAX);
	write_file(&want, &b, NULL);
	write_file(&w, &b, &got);
	buf_add(&got, w.data, w.bytes);
	assert_true(want.bytes > 1 << 20);
	assert_int_equal(got.bytes, want.bytes);
	assert_memory_equal(got.data, want.data, want.bytes);
	/* And the writer has hardly any of them at any time. */
	assert_true(w.room <= 2 * PIECE_BYTES);
	writer_close(&want);
	writer_close(&w);
	buf_release(&got);
	batch_release(&b);
	arena_free(arena);
}

/* The pages of one column, all of its rows at once or a few at a time. */
static void
cut_rows(struct pq_cut *c, struct pq_press *p, const struct batch *b, size_t column, size_t step)
{
	struct pq_build build;

	pq_press_init(p);
	pq_build_init(&build, b->cols[column].type, p);
	build.has_codes = false;
	for (size_t at = 0; at < b->rows; at += step)
		pq_build_add(&build, &b->cols[column], NULL, at,
			     b->rows - at < step ? b->rows - at : step);
	pq_build_end(&build);
	pq_press_finish(p);
	*c = build.cut;
	build.cut = (struct pq_cut){ .press = p };
	pq_build_release(&build);
}

/* Where 4,096 values lie in several pages, these wait until it is known how they are encoded. */
static void
pages_with_few_values_wait_for_the_encoding(void **state)
{
	/* In all that there are; in the first two pages; in the first. */
	static const size_t apart[] = { 20, 7, 3 };

	(void)state;
	for (size_t i = 0; i < countof(apart); i++) {
		for (size_t step = 999; step <= ROWS; step *= 61) {
			struct pq_press press;
			struct pq_cut c;
			struct batch b;
			struct arena *arena = fill(&b, apart[i]);

			cut_rows(&c, &press, &b, 0, step);
			assert_int_equal(c.encoding, PQ_DELTA_BINARY_PACKED);
			assert_int_equal(c.count, ROWS / PQ_PAGE_ROWS);
			for (size_t k = 0; k < c.count; k++) {
				assert_int_equal(c.pages[k]->encoding, c.encoding);
				assert_int_equal(c.pages[k]->row, k * PQ_PAGE_ROWS);
				assert_int_equal(c.pages[k]->rows, PQ_PAGE_ROWS);
				assert_true(c.pages[k]->bytes > 0);
			}
			pq_cut_release(&c);
			pq_press_release(&press);
			batch_release(&b);
			arena_free(arena);
		}
	}
}

/* The room of a page comes back, so that a column has a few however many pages it has. */
static void
pages_of_a_column_share_their_rooms(void **state)
{
	struct pq_press press;
	struct pq_cut c;
	struct batch b;
	struct arena *arena = fill(&b, 1);
	size_t rooms = 0;

	(void)state;
	cut_rows(&c, &press, &b, 1, 2048);
	assert_int_equal(c.count, ROWS / PQ_PAGE_ROWS);
	for (const struct pq_page_room *room = press.rooms[1]; room; room = room->next)
		rooms++;
	assert_int_equal(press.rooms[0], NULL);
	assert_true(press.lanes == 1 ? rooms == 1 : rooms <= 4);
	pq_cut_release(&c);
	pq_press_release(&press);
	batch_release(&b);
	arena_free(arena);
}

/* A page of nulls has no values, and takes room all the same: with two lanes it does not wait for
 * the end of the row group. */
static void
pages_of_nulls_wait_no_longer_than_others(void **state)
{
	enum { CUTS = 100 };
	bool *valid = mem_new(ROWS, sizeof(*valid));
	struct pq_cut cuts[CUTS];
	struct pq_press press;

	(void)state;
	pq_press_init(&press);
	press.lanes = 2;
	for (size_t i = 0; i < CUTS; i++) {
		pq_cut_init(&cuts[i], COL_INT64, &press);
		pq_cut_add(&cuts[i], &(struct pq_rows){ .n = ROWS, .valid = valid });
		pq_cut_end(&cuts[i]);
	}
	assert_true(press.n_waiting * PQ_PAGE_ROWS <= 4 << 20);
	pq_press_finish(&press);
	for (size_t i = 0; i < CUTS; i++) {
		assert_int_equal(cuts[i].pages[0]->stats.null_count, PQ_PAGE_ROWS);
		pq_cut_release(&cuts[i]);
	}
	pq_press_release(&press);
	free(valid);
}

/* However far it came: nothing is left, which the address sanitizer sees. */
static void
a_writer_may_be_closed_before_its_end(void **state)
{
	static const size_t rows[] = { 1, 8192, 20001, ROWS };
	struct batch b;
	struct arena *arena = fill(&b, 20);

	(void)state;
	for (size_t i = 0; i < countof(rows); i++) {
		struct writer w;

		writer_open(&w, FORMAT_PARQUET, &schema);
		writer_add(&w, &b, NULL, rows[i]);
		writer_close(&w);
	}
	batch_release(&b);
	arena_free(arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_sink_gets_the_same_bytes),
		cmocka_unit_test(pages_with_few_values_wait_for_the_encoding),
		cmocka_unit_test(pages_of_a_column_share_their_rooms),
		cmocka_unit_test(pages_of_nulls_wait_no_longer_than_others),
		cmocka_unit_test(a_writer_may_be_closed_before_its_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
