/* test_intake.c - what an attempt reads: files that change meanwhile, days and values, places. */
#include "tests/fixture/op.h"

#include "worker/rows/crew.h"
#include "worker/attempt/intake.h"
#include "worker/format/writer.h"

#include <pthread.h>

#define YAML(format)                                                                       \
	"dag: d\nschedule: '@daily'\nstart_date: 2026-04-01\ndatasets:\n"                  \
	"  in: {path: lake/in, format: " format ", columns: {id: int64, at: timestamp}}\n" \
	"  out: {path: lake/out, format: csv, columns: {id: int64, at: timestamp}}\n"      \
	"tasks:\n"                                                                         \
	"  dedup: {operator: dedup, input: in, key: [id], keep: first, output: out}\n"
#define DIRECTORY "lake/in/event_date=2026-05-01/"

static const struct column columns[] = { { "id", COL_INT64 }, { "at", COL_TIMESTAMP } };
static const struct schema schema = { columns, countof(columns) };

/* How the files come to the intake. */
enum kind { DATASET, FILES, SINGLE };

static const struct format_case {
	const char *yaml, *file;
	enum format format;
} formats[] = {
	{ YAML("csv"), DIRECTORY "a.csv", FORMAT_CSV },
	{ YAML("jsonl"), DIRECTORY "a.jsonl", FORMAT_JSONL },
	{ YAML("parquet"), DIRECTORY "a.parquet", FORMAT_PARQUET },
};

/* A project with a file in it, and an intake of that file. */
struct reading {
	struct project p;
	struct spec spec;
	struct op_ctx ctx;
	const struct format_case *c;
	char *path;
	struct intake *in;
	struct err err;
	struct op_from from;
};

/* n rows, an hour apart, from `first` on. */
static void
put_rows(const struct project *p, const char *name, enum format format, int64_t first, size_t n)
{
	struct writer w;
	struct batch b;

	writer_open(&w, format, &schema);
	batch_init(&b, &schema, NULL);
	for (size_t i = 0; i < n; i++) {
		(void)batch_push(&b, (int64_t)i + 1);
		b.cols[0].valid[i] = b.cols[1].valid[i] = true;
		b.cols[0].ints[i] = first + (int64_t)i;
		b.cols[1].ints[i] = DAY * DAY_US + (first + (int64_t)i) * 3600000000;
	}
	writer_add(&w, &b, NULL, b.rows);
	writer_end(&w);
	project_put(p, name, w.data ? w.data : "", w.bytes);
	writer_close(&w);
	batch_release(&b);
}

/* Make the file look as if it had been written long ago: any write shows in its time. */
static void
make_old(const char *path)
{
	const struct timespec times[2] = { { .tv_sec = 1000 }, { .tv_sec = 1000 } };

	assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
}

static void
reading_open(struct reading *r, const struct format_case *c)
{
	*r = (struct reading){ .c = c };
	project_open(&r->p, c->yaml);
	put_rows(&r->p, c->file, c->format, 0, 10);
	r->path = mem_format("%s/%s", r->p.dir, c->file);
	make_old(r->path);
	project_spec(&r->p, &r->spec, "dedup", DAY);
	assert_int_equal(op_ctx_init(&r->ctx, &r->spec, &r->err), ERR_NONE);
}

static void
reading_start(struct reading *r, enum kind kind)
{
	enum err_code code;

	r->from = (struct op_from){ .path = r->c->file, .format = r->c->format, .schema = schema };
	if (kind == SINGLE) {
		r->spec.inputs[0].partitioned = false;
		r->spec.inputs[0].path = r->path;
	}
	code = kind == FILES ? intake_open_files(&r->in, &r->ctx, &r->from, &r->err)
			     : intake_open(&r->in, &r->ctx, "in", &r->err);
	if (code)
		fail_msg("%s", r->err.msg);
	intake_want_all(r->in);
}

static void
reading_close(struct reading *r)
{
	intake_close(r->in);
	op_ctx_release(&r->ctx);
	arena_free(r->spec.arena);
	free(r->path);
	project_close(&r->p);
}

static enum err_code
read_next(struct reading *r)
{
	const struct batch *b = NULL;
	enum err_code code;

	do {
		code = intake_next(r->in, &b, &r->err);
	} while (!code && b);
	return code;
}

static enum err_code
ignore(void *arg, const struct intake_part *part, const struct batch *b, struct err *err)
{
	(void)arg, (void)part, (void)b, (void)err;
	return ERR_NONE;
}

static enum err_code
read_scan(struct reading *r)
{
	return intake_scan(r->in, 2, ignore, NULL, &r->err);
}

/* ---- what others do to the file ---- */

/* Other rows, as many bytes, under the same name; the time says nothing. */
static void
replace(struct reading *r)
{
	char *other = mem_format("%s.new", r->path), *name = mem_format("%s.new", r->c->file);

	put_rows(&r->p, name, r->c->format, 0, 10);
	make_old(other);
	assert_int_equal(rename(other, r->path), 0);
	free(other);
	free(name);
}

static void
overwrite(struct reading *r)
{
	put_rows(&r->p, r->c->file, r->c->format, 0, 10);
}

/*
 * The time of the last write is taken back, but that of the last change is not.  It is that of the
 * last tick of the kernel's clock, so one write may not show.
 */
static void
overwrite_secretly(struct reading *r)
{
	struct stat before, after;

	assert_int_equal(stat(r->path, &before), 0);
	do {
		overwrite(r);
		make_old(r->path);
		assert_int_equal(stat(r->path, &after), 0);
	} while (after.st_ctim.tv_nsec == before.st_ctim.tv_nsec);
}

static void
grow(struct reading *r)
{
	put_rows(&r->p, r->c->file, r->c->format, 0, 20);
}

static void
shrink(struct reading *r)
{
	put_rows(&r->p, r->c->file, r->c->format, 0, 3);
}

static void
cut(struct reading *r)
{
	assert_int_equal(truncate(r->path, 20), 0);
}

static void
take_away(struct reading *r)
{
	assert_int_equal(remove(r->path), 0);
}

static const struct {
	const char *name;
	void (*change)(struct reading *r);
} changes[] = {
	{ "replace", replace },     { "overwrite", overwrite }, { "secretly", overwrite_secretly },
	{ "grow", grow },           { "shrink", shrink },       { "cut", cut },
	{ "take away", take_away },
};

static const struct {
	const char *name;
	enum err_code (*read)(struct reading *r);
} ways[] = { { "next", read_next }, { "scan", read_scan } };

static void
expect_changed(struct reading *r, const char *name, const char *way, enum err_code code)
{
	if (code != ERR_CONFLICT || op_outcome(&r->ctx, code) != OUTCOME_INPUT_CHANGED ||
	    !strstr(r->err.msg, strrchr(r->c->file, '/') + 1))
		fail_msg("%s, %s, %s: %d: %s", r->c->file, name, way, (int)code,
			 code ? r->err.msg : "no error");
}

/* A file that is another one when it is opened: after it was found, or for a second pass. */
static void
a_file_changed_before_it_is_opened_is_noticed(void **state)
{
	(void)state;
	for (size_t i = 0; i < countof(formats) * countof(changes) * countof(ways) * 3 * 2; i++) {
		const struct format_case *c = &formats[i % countof(formats)];
		size_t left = i / countof(formats), change = left % countof(changes), way;
		struct reading r;

		left /= countof(changes);
		way = left % countof(ways);
		left /= countof(ways);
		reading_open(&r, c);
		reading_start(&r, (enum kind)(left % 3));
		if (left / 3) {
			assert_int_equal(ways[way].read(&r), ERR_NONE);
			intake_rewind(r.in);
			assert_int_equal(ways[1 - way].read(&r), ERR_NONE);
			intake_rewind(r.in);
		}
		changes[change].change(&r);
		expect_changed(&r, changes[change].name, ways[way].name, ways[way].read(&r));
		reading_close(&r);
	}
}

/* A file that is written to while rows of it are out. */
static void
a_file_changed_while_it_is_read_is_noticed(void **state)
{
	(void)state;
	for (size_t i = 0; i < countof(formats); i++) {
		const struct batch *b = NULL;
		struct reading r;

		reading_open(&r, &formats[i]);
		reading_start(&r, DATASET);
		assert_int_equal(intake_next(r.in, &b, &r.err), ERR_NONE);
		grow(&r);
		expect_changed(&r, "grow", "meanwhile", read_next(&r));
		reading_close(&r);
	}
}

/* ---- days ---- */

/* Ask for the column; true: all of its value. */
enum asking { NOT, DAY_ALONE, NEED, WANT, ALL };

static void
ask_for(struct reading *r, enum asking how)
{
	int index;

	if (how == DAY_ALONE)
		assert_int_equal(intake_need_day(r->in, "at", &index, &r->err), ERR_NONE);
	if (how == NEED)
		assert_int_equal(intake_need(r->in, "at", -1, &index, &r->err), ERR_NONE);
	if (how == WANT)
		assert_int_equal(intake_want(r->in, "at"), 1);
	if (how == ALL)
		intake_want_all(r->in);
}

/* A value that anybody asks for is exact, whoever asks for its day alone before or after. */
static void
a_value_that_anybody_asks_for_is_exact(void **state)
{
	static const enum asking cases[][3] = {
		{ DAY_ALONE, NEED, NOT },       { NEED, DAY_ALONE, NOT },
		{ DAY_ALONE, WANT, DAY_ALONE }, { WANT, DAY_ALONE, DAY_ALONE },
		{ DAY_ALONE, ALL, NOT },        { ALL, DAY_ALONE, NOT },
		{ DAY_ALONE, DAY_ALONE, NOT },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		bool exact = i + 1 < countof(cases);
		const struct op_from from = { .path = formats[2].file,
					      .format = FORMAT_PARQUET,
					      .schema = schema };
		const struct batch *b = NULL;
		size_t different = 0;
		struct reading r;

		reading_open(&r, &formats[2]);
		assert_int_equal(intake_open_files(&r.in, &r.ctx, &from, &r.err), ERR_NONE);
		for (size_t k = 0; k < 3; k++)
			ask_for(&r, cases[i][k]);
		assert_int_equal(intake_next(r.in, &b, &r.err), ERR_NONE);
		for (size_t k = 1; k < b->rows; k++)
			different += col_int(&b->cols[1], k) != col_int(&b->cols[1], 0);
		if (different != (exact ? 9 : 0))
			fail_msg("case %zu: %zu instants", i, different);
		reading_close(&r);
	}
}

#define SCORE(name, method, format, dedup)                                                      \
	"  " name "_" format ": {operator: score, method: " method ", output: " name "_" format \
	", from: {path: landing/e." format ", format: " format                                  \
	", columns: {event_id: int64, tenant_id: int64, feature_name: string, user_id: int64, " \
	"event_type: string, timestamp: timestamp}, dedup: " dedup "}}\n"
#define ENGAGEMENT(format) SCORE("engagement", "engagement", format, "[user_id, timestamp]")
#define ADOPTION(format)                                                                         \
	SCORE("adoption",                                                                        \
	      "adoption, dimension: tenants, feature: f, event_type: '*', min_users: 5", format, \
	      "[tenant_id, timestamp]")

/* Events of five users, one each hour, as files of both formats; the last two come twice. */
static void
put_events(const struct project *p)
{
	static const struct column event[] = {
		{ "event_id", COL_INT64 },      { "tenant_id", COL_INT64 },
		{ "feature_name", COL_STRING }, { "user_id", COL_INT64 },
		{ "event_type", COL_STRING },   { "timestamp", COL_TIMESTAMP }
	};
	static const struct schema events = { event, countof(event) };
	struct batch b;

	batch_init(&b, &events, NULL);
	for (size_t i = 0; i < 12; i++) {
		int64_t n = i < 10 ? (int64_t)i : (int64_t)i - 10;
		const int64_t values[] = {
			(int64_t)i, 7, 0, n % 5, 0, DAY * DAY_US + n * 3600000000
		};

		(void)batch_push(&b, (int64_t)i + 1);
		for (size_t k = 0; k < events.count; k++) {
			b.cols[k].valid[i] = true;
			if (event[k].type == COL_STRING)
				b.cols[k].texts[i] = (struct span){ "f", 1 };
			else
				b.cols[k].ints[i] = values[k];
		}
	}
	for (enum format f = FORMAT_JSONL; f <= FORMAT_PARQUET; f++) {
		struct writer w;

		writer_open(&w, f, &events);
		writer_add(&w, &b, NULL, b.rows);
		writer_end(&w);
		project_put(p, f == FORMAT_JSONL ? "landing/e.jsonl" : "landing/e.parquet", w.data,
			    w.bytes);
		writer_close(&w);
	}
	batch_release(&b);
}

/* The timestamp is among the keys of what counts: scores of Parquet and JSON Lines are the same. */
static void
parquet_and_json_lines_give_the_same_score(void **state)
{
	static const char yaml[] =
	    "dag: d\nschedule: '@daily'\nstart_date: 2026-04-01\ndatasets:\n"
	    "  engagement_parquet: {path: lake/engagement_parquet, format: csv}\n"
	    "  engagement_jsonl: {path: lake/engagement_jsonl, format: csv}\n"
	    "  adoption_parquet: {path: lake/adoption_parquet, format: csv}\n"
	    "  adoption_jsonl: {path: lake/adoption_jsonl, format: csv}\n"
	    "  tenants: {path: tenants.csv, format: csv, partitioned: false, columns: {tenant_id: "
	    "int64, product: string, plan: string, active_users: int64, created_at: timestamp}}\n"
	    "tasks:\n" ENGAGEMENT("parquet") ENGAGEMENT("jsonl") ADOPTION("parquet")
		ADOPTION("jsonl");
	static const struct {
		const char *parquet, *jsonl;
	} cases[] = {
		{ "engagement_parquet", "engagement_jsonl" },
		{ "adoption_parquet", "adoption_jsonl" },
	};
	struct project p;

	(void)state;
	project_open(&p, yaml);
	project_text(&p, "tenants.csv",
		     "tenant_id,product,plan,active_users,created_at\n7,a,premium,9,\n");
	put_events(&p);
	for (size_t i = 0; i < countof(cases); i++) {
		char *parquet, *jsonl;

		project_must(&p, cases[i].parquet, DAY);
		project_must(&p, cases[i].jsonl, DAY);
		parquet = project_read(&p, cases[i].parquet, DAY);
		jsonl = project_read(&p, cases[i].jsonl, DAY);
		if (strcmp(parquet, jsonl) != 0)
			fail_msg("%s: %s%s", cases[i].parquet, parquet, jsonl);
		assert_int_equal(project_counter(&p, cases[i].parquet, DAY, "duplicates"), 2);
		assert_int_equal(project_counter(&p, cases[i].parquet, DAY, "aggregated"), 10);
		free(parquet);
		free(jsonl);
	}
	project_close(&p);
}

/* ---- places ---- */

enum { PLACES = 16 };

struct places {
	pthread_mutex_t lock;
	int64_t firsts[PLACES]; /* by number of the part: its first value, and its rows */
	int64_t rows[PLACES];
};

static enum err_code
note_place(void *arg, const struct intake_part *part, const struct batch *b, struct err *err)
{
	struct places *s = arg;

	(void)err;
	assert_true(part->number < PLACES && part->file);
	(void)pthread_mutex_lock(&s->lock);
	if (!part->row)
		s->firsts[part->number] = col_int(&b->cols[0], 0);
	assert_int_equal(part->row, s->rows[part->number]);
	s->rows[part->number] += (int64_t)b->rows;
	(void)pthread_mutex_unlock(&s->lock);
	return ERR_NONE;
}

/* Rows stand where they stand, in a scan and one after the other; an empty file counts. */
static void
rows_stand_at_the_same_place_in_every_scan(void **state)
{
	(void)state;
	for (size_t i = 0; i < countof(formats); i++) {
		struct places scan = { .lock = PTHREAD_MUTEX_INITIALIZER }, next = scan;
		const struct batch *b = NULL;
		struct reading r;

		reading_open(&r, &formats[i]);
		put_rows(&r.p, DIRECTORY "b", formats[i].format, 0, 0);
		put_rows(&r.p, DIRECTORY "c", formats[i].format, 100, 20000);
		reading_start(&r, DATASET);
		assert_int_equal(intake_scan(r.in, 2, note_place, &scan, &r.err), ERR_NONE);
		for (int round = 0; round < 2; round++) {
			intake_rewind(r.in);
			memset(next.rows, 0, sizeof(next.rows));
			while (!intake_next(r.in, &b, &r.err) && b) {
				const struct intake_part place = intake_place(r.in);

				(void)note_place(&next, &place, b, &r.err);
			}
			assert_memory_equal(next.rows, scan.rows, sizeof(scan.rows));
			assert_memory_equal(next.firsts, scan.firsts, sizeof(scan.firsts));
		}
		assert_int_equal(scan.rows[0], 10);
		assert_int_equal(scan.rows[1], 0);
		assert_int_equal(scan.rows[2], 20000);
		assert_int_equal(scan.firsts[2], 100);
		reading_close(&r);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_changed_before_it_is_opened_is_noticed),
		cmocka_unit_test(a_file_changed_while_it_is_read_is_noticed),
		cmocka_unit_test(a_value_that_anybody_asks_for_is_exact),
		cmocka_unit_test(parquet_and_json_lines_give_the_same_score),
		cmocka_unit_test(rows_stand_at_the_same_place_in_every_scan),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
