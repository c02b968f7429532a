/* test_sessionize.c - what operator sessionize writes: by hand-made rows, and as SQLite says. */
#include "tests/fixture/lanes.h"
#include "tests/fixture/op.h"

#include "core/base/db.h"
#include "worker/format/reader.h"
#include "worker/format/writer.h"

#define INPUT "lake/in/event_date=2026-05-01/part.csv"
#define HEAD "user_id,timestamp\n"
#define OUT "user_id,session_number,session_id,session_start,session_end,events,duration_s\n"
#define YAML(columns, options)                                            \
	"dag: d\nschedule: '@daily'\nstart_date: 2026-04-01\ndatasets:\n" \
	"  in: {path: lake/in, format: csv, columns: {" columns "}}\n"    \
	"  out: {path: lake/out, format: csv}\n"                          \
	"tasks:\n"                                                        \
	"  make: {operator: sessionize, input: in, output: out" options "}\n"

static const char of_ints[] = YAML("user_id: int64, timestamp: timestamp", "");
static const char of_texts[] = YAML("user_id: string, timestamp: timestamp", "");

static void
a_gap_splits_when_it_is_longer_than_it_may_be(void **state)
{
	static const struct {
		const char *name, *yaml, *in, *out;
	} cases[] = {
		{ "no row", of_ints, HEAD, "" },
		{ "one event", of_ints, HEAD "7,2026-05-01T10:00:00Z\n",
		  OUT "7,1,7-1777629600000000,2026-05-01T10:00:00Z,2026-05-01T10:00:00Z,1,0\n" },
		{ "exactly 30:00 stays, a microsecond more does not", of_ints,
		  HEAD "7,2026-05-01T10:30:00Z\n7,2026-05-01T10:00:00Z\n"
		       "7,2026-05-01T11:00:00.000001Z\n",
		  OUT "7,1,7-1777629600000000,2026-05-01T10:00:00Z,2026-05-01T10:30:00Z,2,1800\n"
		      "7,2,7-1777633200000001,2026-05-01T11:00:00.000001Z,"
		      "2026-05-01T11:00:00.000001Z,1,0\n" },
		{ "a minute that begins is no minute that went by", of_ints,
		  HEAD "7,2026-05-01T10:00:59Z\n7,2026-05-01T10:30:58Z\n",
		  OUT "7,1,7-1777629659000000,2026-05-01T10:00:59Z,2026-05-01T10:30:58Z,2,1799\n" },
		{ "events at the same time", of_ints,
		  HEAD "7,2026-05-01T10:00:00Z\n7,2026-05-01T10:00:00Z\n"
		       "7,2026-05-01T10:00:00.25Z\n",
		  OUT "7,1,7-1777629600000000,2026-05-01T10:00:00Z,2026-05-01T10:00:00.250000Z,3,"
		      "0.25\n" },
		{ "each unit by itself, in the order of numbers", of_ints,
		  HEAD "10,2026-05-01T10:00:00Z\n9,2026-05-01T10:00:00Z\n"
		       "-1,2026-05-01T10:00:00Z\n10,2026-05-01T23:59:59Z\n"
		       "9,2026-05-01T10:00:01Z\n",
		  OUT "-1,1,-1-1777629600000000,2026-05-01T10:00:00Z,2026-05-01T10:00:00Z,1,0\n"
		      "9,1,9-1777629600000000,2026-05-01T10:00:00Z,2026-05-01T10:00:01Z,2,1\n"
		      "10,1,10-1777629600000000,2026-05-01T10:00:00Z,2026-05-01T10:00:00Z,1,0\n"
		      "10,2,10-1777679999000000,2026-05-01T23:59:59Z,2026-05-01T23:59:59Z,1,"
		      "0\n" },
		{ "in the order of bytes", of_texts,
		  HEAD "b,2026-05-01T10:00:00Z\n10,2026-05-01T10:00:00Z\n9,2026-05-01T10:00:00Z\n"
		       "\xC3\xA4,2026-05-01T10:00:00Z\nB,2026-05-01T10:00:00Z\n"
		       "b,2026-05-01T10:00:00Z\n\"\",2026-05-01T10:00:00Z\n",
		  OUT "\"\",1,-1777629600000000,2026-05-01T10:00:00Z,2026-05-01T10:00:00Z,1,0\n"
		      "10,1,10-1777629600000000,2026-05-01T10:00:00Z,2026-05-01T10:00:00Z,1,0\n"
		      "9,1,9-1777629600000000,2026-05-01T10:00:00Z,2026-05-01T10:00:00Z,1,0\n"
		      "B,1,B-1777629600000000,2026-05-01T10:00:00Z,2026-05-01T10:00:00Z,1,0\n"
		      "b,1,b-1777629600000000,2026-05-01T10:00:00Z,2026-05-01T10:00:00Z,2,0\n"
		      "\xC3\xA4,1,\xC3\xA4-1777629600000000,2026-05-01T10:00:00Z,"
		      "2026-05-01T10:00:00Z,1,0\n" },
		{ "other names, another gap",
		  YAML("when: timestamp, who: string", ", unit: who, time: when, gap: 1m"),
		  "when,who\n2026-05-01T10:00:00Z,a\n2026-05-01T10:01:00Z,a\n"
		  "2026-05-01T10:02:01Z,a\n",
		  "who,session_number,session_id,session_start,session_end,events,duration_s\n"
		  "a,1,a-1777629600000000,2026-05-01T10:00:00Z,2026-05-01T10:01:00Z,2,60\n"
		  "a,2,a-1777629721000000,2026-05-01T10:02:01Z,2026-05-01T10:02:01Z,1,0\n" },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		struct project p;
		char *got;

		project_open(&p, cases[i].yaml);
		project_text(&p, INPUT, cases[i].in);
		project_must(&p, "make", DAY);
		got = project_read(&p, "out", DAY);
		if (strcmp(got, cases[i].out) != 0)
			fail_msg("%s: %s", cases[i].name, got);
		free(got);
		project_close(&p);
	}
}

static void
rows_without_a_unit_or_a_time_are_filtered(void **state)
{
	struct project p;

	(void)state;
	project_open(&p, of_ints);
	project_text(&p, INPUT,
		     HEAD "7,2026-05-01T10:00:00Z\n,2026-05-01T10:00:00Z\n7,\n,\n"
			  "7,2026-05-01T10:10:00Z\n");
	project_must(&p, "make", DAY);
	assert_int_equal(project_counter(&p, "out", DAY, "read"), 5);
	assert_int_equal(project_counter(&p, "out", DAY, "filtered"), 3);
	assert_int_equal(project_counter(&p, "out", DAY, "aggregated"), 2);
	assert_int_equal(project_counter(&p, "out", DAY, "written"), 1);
	project_close(&p);
}

/* A row of which `where` is not true is no event, and so parts no session and joins none. */
static void
rows_that_do_not_count_are_not_there(void **state)
{
	struct project p;

	(void)state;
	project_open(&p, YAML("user_id: int64, timestamp: timestamp, kind: string",
			      ", where: \"kind <> 'ping'\""));
	project_text(&p, INPUT,
		     "user_id,timestamp,kind\n7,2026-05-01T10:00:00Z,view\n"
		     "7,2026-05-01T10:20:00Z,ping\n7,2026-05-01T10:40:00Z,view\n"
		     "7,2026-05-01T10:41:00Z,\n8,2026-05-01T10:00:00Z,ping\n"
		     ",2026-05-01T10:00:00Z,view\n");
	project_must(&p, "make", DAY);
	project_expect(&p, "out", DAY,
		       OUT
		       "7,1,7-1777629600000000,2026-05-01T10:00:00Z,2026-05-01T10:00:00Z,1,0\n"
		       "7,2,7-1777632000000000,2026-05-01T10:40:00Z,2026-05-01T10:40:00Z,1,0\n");
	assert_int_equal(project_counter(&p, "out", DAY, "read"), 6);
	assert_int_equal(project_counter(&p, "out", DAY, "filtered"), 4);
	assert_int_equal(project_counter(&p, "out", DAY, "aggregated"), 2);
	project_close(&p);
}

static void
put_day(const struct project *p, int64_t day, const char *rows)
{
	char partition[GRID_KEY_CHARS + 1], *name, *text = mem_format(HEAD "%s", rows);

	grid_key(grid_days, day, partition);
	name = mem_format("lake/in/%s/part.csv", partition);
	project_text(p, name, text);
	free(name);
	free(text);
}

/* A session belongs to the day of its first event, and goes on in the next day. */
static void
a_session_that_is_carried_over_is_of_the_day_it_began(void **state)
{
	struct project p;

	(void)state;
	project_open(&p, YAML("user_id: int64, timestamp: timestamp", ", carry_over: true"));
	put_day(&p, DAY - 1, "1,2026-04-30T23:50:00Z\n");
	put_day(&p, DAY,
		"1,2026-05-01T00:10:00Z\n1,2026-05-01T00:40:00Z\n1,2026-05-01T12:00:00Z\n"
		"2,2026-05-01T00:00:00Z\n2,2026-05-01T23:45:00Z\n");
	put_day(&p, DAY + 1,
		"2,2026-05-02T00:15:00Z\n2,2026-05-02T00:45:00Z\n2,2026-05-02T01:15:01Z\n"
		"3,2026-05-02T00:00:00Z\n");
	project_must(&p, "make", DAY);
	project_expect(&p, "out", DAY,
		       OUT "1,1,1-1777636800000000,2026-05-01T12:00:00Z,2026-05-01T12:00:00Z,1,0\n"
			   "2,1,2-1777593600000000,2026-05-01T00:00:00Z,2026-05-01T00:00:00Z,1,0\n"
			   "2,2,2-1777679100000000,2026-05-01T23:45:00Z,2026-05-02T00:45:00Z,3,"
			   "3600\n");
	assert_int_equal(project_counter(&p, "out", DAY, "read"), 10);
	assert_int_equal(project_counter(&p, "out", DAY, "filtered"), 5);
	assert_int_equal(project_counter(&p, "out", DAY, "aggregated"), 5);
	project_close(&p);
}

static void
an_input_that_is_not_there_is_missing(void **state)
{
	struct project p;
	struct ended e;

	(void)state;
	project_open(&p, of_ints);
	e = project_run(&p, "make", DAY);
	assert_int_equal(e.outcome, OUTCOME_MISSING);
	ended_release(&e);
	project_close(&p);
}

/* ---- random events, and the same question asked of SQLite ---- */

enum { EVENTS_MAX = 3000, UNITS = 12, NONE = -1 };

/* A unit is a number of units[] or int_units[], or nobody; a time may be missing. */
struct event {
	int unit;
	bool has_time;
	int64_t us;
};

static const char *const units[UNITS] = { "a",        "",   "A",  "aa", "a-1", "\xC3\xA4",
					  "\"q, u\"", "-5", "12", "13", "9",   "\xF0\x9F\x8E\x89" };
static const int64_t int_units[UNITS] = { 0,  1,   -1,    INT64_MAX, INT64_MIN, 7,
					  -7, 256, 65536, 99,        100,       INT64_MIN + 1 };

struct shape {
	const char *name;
	int events;
	int units;      /* that there are */
	int64_t span_s; /* over which events are spread */
};

static const struct shape shapes[] = {
	{ "none", 0, 1, 1 },
	{ "one", 1, 1, 1 },
	{ "spread over a day", EVENTS_MAX, UNITS, 86400 },
	{ "close together", EVENTS_MAX, UNITS, 40 },
	{ "one unit has all", EVENTS_MAX, 1, 86400 },
};

/* Times stand around multiples of the gap, a microsecond before, on and after it. */
static void
make_events(const struct shape *shape, int64_t gap_us, struct event *out, uint64_t *random)
{
	for (int i = 0; i < shape->events; i++) {
		uint64_t what = random_next(random);
		int64_t at_us = (int64_t)(random_next(random) % (uint64_t)shape->span_s) *
				SECOND_US;

		if (what & 1)
			at_us = at_us / gap_us * gap_us + (int64_t)(what >> 8) % 3 - 1;
		at_us = at_us < 0 ? 0 : at_us;
		out[i] = (struct event){ .unit = what >> 16 & 15
						     ? (int)((what >> 24) % (uint64_t)shape->units)
						     : NONE,
					 .has_time = (what >> 20 & 15) != 0,
					 .us = DAY * DAY_US + at_us };
	}
}

static void
put_event(struct batch *b, const struct event *e)
{
	size_t at = b->rows;

	(void)batch_push(b, (int64_t)at + 1);
	b->cols[0].valid[at] = e->unit != NONE;
	if (e->unit != NONE && col_is_text(b->cols[0].type))
		b->cols[0].texts[at] = (struct span){ units[e->unit], strlen(units[e->unit]) };
	else if (e->unit != NONE)
		b->cols[0].ints[at] = int_units[e->unit];
	b->cols[1].valid[at] = e->has_time;
	b->cols[1].ints[at] = e->us;
}

/* All events, cut at random into files and batches. */
static void
put_files(struct project *p, const struct event *events, int n, uint64_t *random)
{
	const struct dataset *d = &p->dag->datasets[dag_dataset_find(p->dag, "in")];

	for (int at = 0, number = 0; at < n || number == 0; number++) {
		int end = random_next(random) % 3 ? at + (int)(random_next(random) % 900) : n;
		char *name = mem_format("lake/in/event_date=2026-05-01/part-%03d.%s", number,
					format_name(d->format));
		struct writer w;
		struct batch b;

		end = end < n ? end : n;
		writer_open(&w, d->format, &d->schema);
		batch_init(&b, &d->schema, NULL);
		while (at < end) {
			batch_reset(&b);
			for (int room = 1 + (int)(random_next(random) % 300); room && at < end;
			     room--)
				put_event(&b, &events[at++]);
			writer_add(&w, &b, NULL, b.rows);
		}
		writer_end(&w);
		project_put(p, name, w.data, w.bytes);
		writer_close(&w);
		batch_release(&b);
		free(name);
	}
}

static void
must(struct db *db, const char *sql)
{
	struct err err;

	if (db_exec(db, sql, &err))
		fail_msg("%s", err.msg);
}

static void
load(struct db *db, const struct event *events, int n, bool texts)
{
	must(db, "DELETE FROM raw; BEGIN");
	for (int i = 0; i < n; i++) {
		const struct event *e = &events[i];
		struct stmt s;

		stmt_begin(&s, db, "INSERT INTO raw VALUES (?, ?)");
		if (e->unit == NONE)
			stmt_text(&s, 1, NULL);
		else if (texts)
			stmt_text(&s, 1, units[e->unit]);
		else
			stmt_int(&s, 1, int_units[e->unit]);
		if (e->has_time)
			stmt_int(&s, 2, e->us);
		else
			stmt_text(&s, 2, NULL);
		(void)stmt_row(&s);
		assert_int_equal(stmt_end(&s, NULL), ERR_NONE);
	}
	must(db, "COMMIT");
}

static const char question[] =
    "WITH marked AS (SELECT unit, us, us - lag(us) OVER w > ? IS NOT 0 AS is_new FROM raw "
    "WHERE unit IS NOT NULL AND us IS NOT NULL WINDOW w AS (PARTITION BY unit ORDER BY us)), "
    "numbered AS (SELECT unit, us, sum(is_new) OVER (PARTITION BY unit ORDER BY us ROWS "
    "UNBOUNDED PRECEDING) AS number FROM marked) "
    "SELECT unit, number, unit || '-' || min(us), min(us), max(us), count(*), "
    "(max(us) - min(us)) / 1e6 FROM numbered GROUP BY unit, number ORDER BY unit, number";

/* A row of the output is the next row of the answer. */
static void
expect_row(struct stmt *s, const struct batch *b, size_t row, const char *name)
{
	if (!stmt_row(s))
		fail_msg("%s: more rows than there should be", name);
	for (size_t i = 0; i < b->schema->count; i++) {
		const struct col *c = &b->cols[i];

		assert_true(c->valid[row]);
		if (col_is_text(c->type)) {
			struct span text = col_text(c, row);

			if (!span_is(text, stmt_col_text(s, (int)i)))
				fail_msg("%s: column %zu is '%.*s', not '%s'", name, i,
					 (int)text.bytes, text.data, stmt_col_text(s, (int)i));
		} else if (c->type == COL_FLOAT64) {
			assert_true(col_real(c, row) == stmt_col_real(s, (int)i));
		} else {
			assert_int_equal(col_int(c, row), stmt_col_int(s, (int)i));
		}
	}
}

static void
expect_answer(struct db *db, const struct project *p, int64_t gap_us, const char *name)
{
	const struct dataset *d = &p->dag->datasets[dag_dataset_find(p->dag, "out")];
	const struct reader_options options = { .format = d->format, .schema = &d->schema };
	struct manifest m;
	struct stmt s;

	stmt_begin(&s, db, question);
	stmt_int(&s, 1, gap_us);
	project_manifest(p, "out", DAY, &m);
	for (size_t i = 0; i < m.n_files; i++) {
		char *path = mem_format("%s/%s/event_date=2026-05-01/%s", p->dir, d->path,
					m.files[i].path);
		const struct batch *b = NULL;
		struct reader *r = NULL;
		struct err err;

		if (reader_open(&r, AT_FDCWD, path, path, &options, &err))
			fail_msg("%s", err.msg);
		while (reader_next(r, &b, &err) == ERR_NONE && b)
			for (size_t row = 0; row < b->rows; row++)
				expect_row(&s, b, row, name);
		assert_null(b);
		reader_close(r);
		free(path);
	}
	if (stmt_row(&s))
		fail_msg("%s: fewer rows than there should be", name);
	assert_int_equal(stmt_end(&s, NULL), ERR_NONE);
	manifest_release(&m);
}

/* However they are cut, in whatever format and number of lanes: the same rows. */
static void
run_shape(struct db *db, const struct shape *shape, bool texts, uint64_t *random)
{
	static const char *const formats[] = { "csv", "parquet", "jsonl", "parquet" };
	int64_t gap_s = 1 + (int64_t)(random_next(random) % 1800);
	struct event events[EVENTS_MAX];
	char digest[DIGEST_CHARS + 1] = "";

	make_events(shape, gap_s * SECOND_US, events, random);
	load(db, events, shape->events, texts);
	for (size_t i = 0; i < countof(formats); i++) {
		char *yaml = mem_format(
		    "dag: d\nschedule: '@daily'\nstart_date: 2026-04-01\ndatasets:\n"
		    "  in: {path: lake/in, format: %s, columns: {user_id: %s, timestamp: "
		    "timestamp}}\n"
		    "  out: {path: lake/out, format: %s}\n"
		    "tasks:\n"
		    "  make: {operator: sessionize, input: in, gap: %llds, output: out}\n",
		    formats[i], texts ? "string" : "int64", formats[i], (long long)gap_s);
		struct project p;
		struct manifest m;
		cpu_set_t before;

		project_open(&p, yaml);
		put_files(&p, events, shape->events, random);
		if (i % 2)
			lanes_limit(true, &before);
		project_must(&p, "make", DAY);
		if (i % 2)
			lanes_limit(false, &before);
		expect_answer(db, &p, gap_s * SECOND_US, shape->name);
		project_manifest(&p, "out", DAY, &m);
		if (i)
			assert_string_equal(m.content_digest, digest);
		memcpy(digest, m.content_digest, sizeof(digest));
		manifest_release(&m);
		project_close(&p);
		free(yaml);
	}
}

static void
random_events_come_out_as_sqlite_says(void **state)
{
	char dir[] = "/tmp/tidemill-sessions-XXXXXX";
	const char *given = getenv("PROPERTY_SEED");
	uint64_t seed = given ? strtoull(given, NULL, 10) : 20260501;
	struct db *db = NULL;
	struct err err;
	char *path;

	(void)state;
	assert_non_null(mkdtemp(dir));
	path = mem_format("%s/oracle.db", dir);
	if (db_open_writer(&db, path, &err))
		fail_msg("%s", err.msg);
	must(db, "CREATE TABLE raw(unit, us)");
	for (size_t i = 0; i < 2 * countof(shapes); i++)
		run_shape(db, &shapes[i / 2], i & 1, &seed);
	db_close(db);
	remove_tree(dir);
	free(path);
}

/* What does not fit into memory goes through a file, and comes out the same. */
static void
little_memory_gives_the_same_bytes(void **state)
{
	static const char *const memory[] = { "1GiB", "64MiB" };
	enum { ROWS = 1500000, BATCH = 50000 };
	char digest[DIGEST_CHARS + 1] = "";

	(void)state;
	for (size_t i = 0; i < countof(memory); i++) {
		char *yaml = mem_format(
		    "dag: d\nschedule: '@daily'\nstart_date: 2026-04-01\ndatasets:\n"
		    "  in: {path: lake/in, format: parquet, columns: {user_id: int64, timestamp: "
		    "timestamp}}\n  out: {path: lake/out, format: parquet}\ntasks:\n"
		    "  make: {operator: sessionize, input: in, gap: 1s, output: out, memory: %s}\n",
		    memory[i]);
		uint64_t random = 4;
		struct project p;
		struct manifest m;
		struct writer w;
		struct batch b;

		project_open(&p, yaml);
		writer_open(&w, FORMAT_PARQUET, &p.dag->datasets[0].schema);
		batch_init(&b, &p.dag->datasets[0].schema, NULL);
		for (int at = 0; at < ROWS; at += BATCH) {
			batch_set_rows(&b, BATCH);
			for (size_t row = 0; row < BATCH; row++) {
				uint64_t what = random_next(&random);

				b.row_no[row] = (int64_t)row + 1;
				b.cols[0].valid[row] = b.cols[1].valid[row] = true;
				/* One has half of all. */
				b.cols[0].ints[row] = what & 1 ? 5 : (int64_t)(what >> 4) % 9000;
				b.cols[1].ints[row] = DAY * DAY_US + (int64_t)(what >> 20) % DAY_US;
			}
			writer_add(&w, &b, NULL, BATCH);
		}
		writer_end(&w);
		project_put(&p, "lake/in/event_date=2026-05-01/a.parquet", w.data, w.bytes);
		writer_close(&w);
		batch_release(&b);
		project_must(&p, "make", DAY);
		project_manifest(&p, "out", DAY, &m);
		assert_true(m.rows > ROWS / 3);
		if (i)
			assert_string_equal(m.content_digest, digest);
		memcpy(digest, m.content_digest, sizeof(digest));
		manifest_release(&m);
		project_close(&p);
		free(yaml);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_gap_splits_when_it_is_longer_than_it_may_be),
		cmocka_unit_test(rows_without_a_unit_or_a_time_are_filtered),
		cmocka_unit_test(rows_that_do_not_count_are_not_there),
		cmocka_unit_test(a_session_that_is_carried_over_is_of_the_day_it_began),
		cmocka_unit_test(an_input_that_is_not_there_is_missing),
		cmocka_unit_test(random_events_come_out_as_sqlite_says),
		cmocka_unit_test(little_memory_gives_the_same_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
