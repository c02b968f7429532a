/* test_dedup.c - one row per key: which one, in which order, and what happens to the others. */
#include "tests/fixture/op.h"

/* Both datasets have the columns that ingest adds; `in` is written by hand. */
#define COLUMNS                                                                     \
	"{id: int64, name: string, _received_at: timestamp, _source_file: string, " \
	"_row: int64}"
#define YAML(key, keep) WITH(key, keep, "")
#define WITH(key, keep, more)                                                                  \
	"dag: d\nschedule: '@daily'\nstart_date: 2026-04-01\ndatasets:\n"                      \
	"  in: {path: lake/in, format: csv, columns: " COLUMNS "}\n"                           \
	"  out: {path: lake/out, format: csv, columns: " COLUMNS "}\n"                         \
	"tasks:\n"                                                                             \
	"  dedup: {operator: dedup, input: in, key: " key ", keep: " keep ", output: out" more \
	"}\n"
#define HEAD "id,name,_received_at,_source_file,_row\n"
#define AT "2026-05-01T10:00:0"
#define INPUT "lake/in/event_date=2026-05-01/part.csv"

static void
the_kept_row_is_the_one_asked_for(void **state)
{
	static const struct {
		const char *name, *yaml, *in, *out;
	} cases[] = {
		{ "first received", YAML("[id]", "first"),
		  "1,late," AT "2Z,a,1\n2,only," AT "0Z,a,2\n1,early," AT "1Z,a,3\n",
		  "2,only," AT "0Z,a,2\n1,early," AT "1Z,a,3\n" },
		{ "last received", YAML("[id]", "last"),
		  "1,late," AT "2Z,a,1\n2,only," AT "0Z,a,2\n1,early," AT "1Z,a,3\n",
		  "1,late," AT "2Z,a,1\n2,only," AT "0Z,a,2\n" },
		{ "then by file, as bytes", YAML("[id]", "first"),
		  "1,x," AT "0Z,b10,1\n1,y," AT "0Z,b,9\n1,z," AT "0Z,b9,1\n",
		  "1,y," AT "0Z,b,9\n" },
		{ "then by row", YAML("[id]", "first"), "1,x," AT "0Z,a,10\n1,y," AT "0Z,a,9\n",
		  "1,y," AT "0Z,a,9\n" },
		{ "equal: as read", YAML("[id]", "first"), "1,x," AT "0Z,a,1\n1,y," AT "0Z,a,1\n",
		  "1,x," AT "0Z,a,1\n" },
		{ "equal: as read, last", YAML("[id]", "last"),
		  "1,x," AT "0Z,a,1\n1,y," AT "0Z,a,1\n", "1,y," AT "0Z,a,1\n" },
		{ "a null time comes last", YAML("[id]", "first"), "1,x,,a,1\n1,y," AT "0Z,a,2\n",
		  "1,y," AT "0Z,a,2\n" },
		{ "two columns", YAML("[id, name]", "first"),
		  "1,23," AT "0Z,a,1\n12,3," AT "0Z,a,2\n1,23," AT "0Z,a,3\n",
		  "1,23," AT "0Z,a,1\n12,3," AT "0Z,a,2\n" },
		{ "the order asked for, before the time received",
		  WITH("[id]", "last", ", order_by: _row"),
		  "1,a," AT "2Z,a,10\n1,b," AT "3Z,b,9\n1,c," AT "4Z,a,\n", "1,a," AT "2Z,a,10\n" },
		{ "the order asked for, then the time received",
		  WITH("[id]", "first", ", order_by: _row"),
		  "1,x," AT "0Z,a,\n1,a," AT "2Z,a,-1\n1,b," AT "1Z,a,-1\n2,c," AT "0Z,a,\n",
		  "1,b," AT "1Z,a,-1\n2,c," AT "0Z,a,\n" },
		{ "a text key, the empty one too", YAML("[name]", "first"),
		  "1,\"\"," AT "0Z,a,1\n2,\"\"," AT "0Z,a,2\n", "1,\"\"," AT "0Z,a,1\n" },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		char *in = mem_format(HEAD "%s", cases[i].in);
		char *want = mem_format(HEAD "%s", cases[i].out), *got;
		struct project p;

		project_open(&p, cases[i].yaml);
		project_text(&p, INPUT, in);
		project_must(&p, "dedup", DAY);
		got = project_read(&p, "out", DAY);
		if (strcmp(got, want) != 0)
			fail_msg("%s: %s", cases[i].name, got);
		project_close(&p);
		free(in);
		free(want);
		free(got);
	}
}

/* Rows without a key are never taken for copies of each other. */
static void
rows_without_a_key_are_set_aside(void **state)
{
	struct project p;

	(void)state;
	project_open(&p, YAML("[id]", "first"));
	project_text(&p, INPUT,
		     HEAD ",a," AT "0Z,f,1\n,b," AT "0Z,f,2\n3,c," AT "0Z,f,3\n3,c," AT "0Z,f,4\n");
	project_must(&p, "dedup", DAY);
	project_expect(&p, "out", DAY, HEAD "3,c," AT "0Z,f,3\n");
	project_expect(&p, "out_quarantine", DAY,
		       "source_file,row,reason,detail,raw\n"
		       "f,1,null_key,key column 'id' is null,\"{\"\"id\"\":null,\"\"name\"\":"
		       "\"\"a\"\",\"\"_received_at\"\":\"\"" AT
		       "0Z\"\",\"\"_source_file\"\":\"\"f\"\",\"\"_row\"\":1}\"\n"
		       "f,2,null_key,key column 'id' is null,\"{\"\"id\"\":null,\"\"name\"\":"
		       "\"\"b\"\",\"\"_received_at\"\":\"\"" AT
		       "0Z\"\",\"\"_source_file\"\":\"\"f\"\",\"\"_row\"\":2}\"\n");
	assert_int_equal(project_counter(&p, "out", DAY, "read"), 4);
	assert_int_equal(project_counter(&p, "out", DAY, "written"), 1);
	assert_int_equal(project_counter(&p, "out", DAY, "duplicates"), 1);
	assert_int_equal(project_counter(&p, "out", DAY, "quarantined"), 2);
	project_close(&p);
}

/* Rows without a key are copies of nothing, so all of them are written, or none. */
static void
rows_without_a_key_are_kept_or_dropped_when_asked(void **state)
{
	static const char in[] = HEAD ",a," AT "0Z,f,1\n3,b," AT "0Z,f,2\n,a," AT "0Z,f,3\n"
				      "3,c," AT "0Z,f,4\n";
	struct project p;
	struct ended e;

	(void)state;
	project_open(&p, WITH("[id]", "first", ", null_key: keep"));
	project_text(&p, INPUT, in);
	project_must(&p, "dedup", DAY);
	project_expect(&p, "out", DAY, HEAD ",a," AT "0Z,f,1\n3,b," AT "0Z,f,2\n,a," AT "0Z,f,3\n");
	assert_int_equal(project_counter(&p, "out", DAY, "written"), 3);
	assert_int_equal(project_counter(&p, "out", DAY, "duplicates"), 1);
	project_close(&p);
	project_open(&p, WITH("[id]", "first", ", null_key: drop"));
	project_text(&p, INPUT, in);
	project_must(&p, "dedup", DAY);
	project_expect(&p, "out", DAY, HEAD "3,b," AT "0Z,f,2\n");
	assert_int_equal(project_counter(&p, "out", DAY, "written"), 1);
	assert_int_equal(project_counter(&p, "out", DAY, "duplicates"), 1);
	assert_int_equal(project_counter(&p, "out", DAY, "dropped"), 2);
	/* Nothing but refused rows is not an empty partition. */
	project_text(&p, INPUT, HEAD ",a," AT "0Z,f,1\n");
	e = project_run(&p, "dedup", DAY);
	assert_int_equal(e.outcome, OUTCOME_ALL_BAD);
	ended_release(&e);
	project_close(&p);
}

static void
a_duplicate_is_an_error_when_asked(void **state)
{
	struct project p;
	struct ended e;

	(void)state;
	project_open(&p, YAML("[id]", "error"));
	project_text(&p, INPUT, HEAD "1,a," AT "0Z,f,1\n2,a," AT "0Z,f,2\n1,a," AT "0Z,f,3\n");
	e = project_run(&p, "dedup", DAY);
	assert_int_equal(e.outcome, OUTCOME_FATAL); /* another try would find them too */
	assert_non_null(strstr(e.message, "row 3 has the same key as row 1"));
	ended_release(&e);
	project_close(&p);
}

/* ---- random rows against the plain way of doing it ---- */

struct random_row {
	int id; /* 0: null */
	int received, file, row;
};

static bool
is_before(const struct random_row *a, const struct random_row *b)
{
	if (a->received != b->received)
		return a->received < b->received;
	return a->file != b->file ? a->file < b->file : a->row < b->row;
}

static void
put_row(struct buf *out, const struct random_row *r)
{
	if (r->id)
		buf_format(out, "%d", r->id);
	buf_format(out, ",n," AT "%dZ,f%d,%d\n", r->received, r->file, r->row);
}

static void
random_rows_agree_with_a_naive_dedup(void **state)
{
	enum { ROUNDS = 40, ROWS = 300 };
	uint64_t random = 7;

	(void)state;
	for (int round = 0; round < ROUNDS; round++) {
		struct random_row rows[ROWS];
		struct buf in, want;
		struct project p;

		buf_init(&in, SIZE_MAX);
		buf_init(&want, SIZE_MAX);
		buf_text(&in, HEAD);
		buf_text(&want, HEAD);
		for (int i = 0; i < ROWS; i++) {
			rows[i] = (struct random_row){ .id = (int)(random_next(&random) % 60),
						       .received = (int)(random_next(&random) % 4),
						       .file = (int)(random_next(&random) % 3),
						       .row = i };
			put_row(&in, &rows[i]);
		}
		for (int i = 0; i < ROWS; i++) {
			bool kept = rows[i].id != 0;

			for (int k = 0; k < ROWS && kept; k++)
				kept = k == i || rows[k].id != rows[i].id ||
				       !is_before(&rows[k], &rows[i]);
			if (kept)
				put_row(&want, &rows[i]);
		}
		project_open(&p, YAML("[id]", "first"));
		project_text(&p, INPUT, in.data);
		project_must(&p, "dedup", DAY);
		project_expect(&p, "out", DAY, want.data);
		project_close(&p);
		buf_release(&in);
		buf_release(&want);
	}
}

/* The same rows in more files are the same rows. */
static void
any_split_into_files_gives_the_same_rows(void **state)
{
	struct manifest one, two;
	struct project p;

	(void)state;
	project_open(&p, YAML("[id]", "first"));
	project_text(&p, "lake/in/event_date=2026-05-01/a.csv",
		     HEAD "1,a," AT "0Z,f,1\n2,b," AT "0Z,f,2\n1,c," AT "0Z,f,3\n");
	project_must(&p, "dedup", DAY);
	project_manifest(&p, "out", DAY, &one);
	project_text(&p, "lake/in/event_date=2026-05-01/a.csv", HEAD "1,a," AT "0Z,f,1\n");
	project_text(&p, "lake/in/event_date=2026-05-01/b.csv",
		     HEAD "2,b," AT "0Z,f,2\n1,c," AT "0Z,f,3\n");
	project_text(&p, "lake/in/event_date=2026-05-01/_SUCCESS", "");
	project_must(&p, "dedup", DAY);
	project_manifest(&p, "out", DAY, &two);
	assert_string_equal(one.content_digest, two.content_digest);
	assert_string_not_equal(one.inputs[0].digest, two.inputs[0].digest);
	manifest_release(&one);
	manifest_release(&two);
	project_close(&p);
}

/* A pinned version that went away, an input that was never there, and one that somebody edited. */
static void
inputs_gone_missing_or_edited_end_the_run(void **state)
{
	struct project p;
	struct ended e;
	struct spec s;

	(void)state;
	project_open(&p, YAML("[id]", "first"));
	e = project_run(&p, "dedup", DAY);
	assert_int_equal(e.outcome, OUTCOME_MISSING);
	ended_release(&e);
	project_text(&p, INPUT, HEAD "1,a," AT "0Z,f,1\n");
	project_spec(&p, &s, "dedup", DAY);
	s.inputs[0].version = 3;
	memset(s.inputs[0].digest, 'a', DIGEST_CHARS);
	e = project_run_spec(&s);
	assert_int_equal(e.outcome, OUTCOME_INPUT_CHANGED);
	assert_non_null(strstr(e.message, "version 3"));
	ended_release(&e);
	arena_free(s.arena);
	project_text(&p, INPUT, HEAD "1,a," AT "0Z,f,x\n");
	e = project_run(&p, "dedup", DAY);
	assert_int_equal(e.outcome, OUTCOME_ERROR);
	assert_non_null(strstr(e.message, "part.csv': row 1: wrong_type: column '_row': 'x'"));
	ended_release(&e);
	project_close(&p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_kept_row_is_the_one_asked_for),
		cmocka_unit_test(rows_without_a_key_are_set_aside),
		cmocka_unit_test(rows_without_a_key_are_kept_or_dropped_when_asked),
		cmocka_unit_test(a_duplicate_is_an_error_when_asked),
		cmocka_unit_test(random_rows_agree_with_a_naive_dedup),
		cmocka_unit_test(any_split_into_files_gives_the_same_rows),
		cmocka_unit_test(inputs_gone_missing_or_edited_end_the_run),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
