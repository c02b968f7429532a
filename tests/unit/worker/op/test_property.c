/*
 * test_property.c - operators on random events against the same questions asked of SQLite.
 *
 * However the events are cut into files and batches, whatever the format, and in
 * as many lanes as there are: the same answers and the same content digests.
 */
#include "tests/fixture/op.h"

#include "core/base/db.h"
#include "worker/format/reader.h"
#include "worker/format/writer.h"

#include <sched.h>

enum { DAYS = 3, ROWS = 1200, TENANTS = 24, NONE = -1000 };

#define COLUMNS                                                                                   \
	"{event_id: int64, event_type: string, feature_name: string, tenant_id: int64, user_id: " \
	"int64, project_key: string, timestamp: timestamp, properties: json, _received_at: "      \
	"timestamp, _source_file: string, _row: int64}"
#define CHECKS                                                                               \
	"[{unique: {columns: [event_id]}}, {unique: {columns: [tenant_id, feature_name]}}, " \
	"{not_null: {columns: [tenant_id, user_id]}}, "                                      \
	"{accepted_values: {column: event_type, values: [feature_used, click]}}, "           \
	"{accepted_range: {column: user_id, min: 2, max: 50}}]"

/* %s: a format, three times; then keep. */
static const char yaml_text[] =
    "dag: d\nschedule: '@daily'\nstart_date: 2026-04-01\ndatasets:\n"
    "  raw: {path: lake/raw, format: %s, columns: " COLUMNS "}\n"
    "  events: {path: lake/events, format: %s, columns: " COLUMNS "}\n"
    "  tenants: {path: reference/tenants.csv, format: csv, partitioned: false, columns: "
    "{tenant_id: int64, product: string, plan: string, active_users: int64, created_at: "
    "timestamp}}\n"
    "  engagement: {path: lake/engagement, format: %s}\n"
    "  adoption: {path: lake/adoption, format: %s}\n"
    "tasks:\n"
    "  dedup: {operator: dedup, input: raw, key: [event_id], keep: %s, output: events}\n"
    "  gate: {operator: quality, dataset: raw, checks: " CHECKS "}\n"
    "  engagement: {operator: score, method: engagement, input: events, missing: allow, output: "
    "engagement}\n"
    "  adoption: {operator: score, method: adoption, input: events, dimension: tenants, missing: "
    "allow, feature: search, min_users: 9, output: adoption}\n";

static const char *const types[] = { "feature_used", "click", "page_view" };
static const char *const features[] = { "search", "", "roadmaps", "caf\xC3\xA9 \"x\", y" };
static const char *const files[] = { "landing/b", "landing/a", "landing/ab" };

/* ---- events ---- */

/* NONE is null. */
struct event {
	int id, type, feature, tenant, user, received, file, row, second;
};

static int
pick(uint64_t *random, int n)
{
	return (int)(random_next(random) % (uint64_t)n);
}

/* One in `odds` is null. */
static int
pick_or_null(uint64_t *random, int n, int odds)
{
	return pick(random, odds) ? pick(random, n) : NONE;
}

/* Some events come again, with the same payload or with another one. */
static struct event *
make_events(uint64_t *random)
{
	struct event *all = mem_new((size_t)DAYS * ROWS, sizeof(*all));

	for (int i = 0; i < DAYS * ROWS; i++) {
		int first = i / ROWS * ROWS;
		bool again = i > first && pick(random, 4) == 0;

		all[i] = (struct event){ .id = pick_or_null(random, ROWS * 4, 20),
					 .type = pick_or_null(random, 3, 30),
					 .feature = pick_or_null(random, 4, 30),
					 .tenant = pick_or_null(random, TENANTS, 30),
					 .user = pick_or_null(random, 60, 8),
					 .received = pick_or_null(random, 5, 9),
					 .file = pick_or_null(random, 3, 9),
					 .row = pick(random, 50),
					 .second = pick(random, 86400) };
		if (again && pick(random, 2))
			all[i] = all[first + pick(random, i - first)];
		else if (again)
			all[i].id = all[first + pick(random, i - first)].id;
	}
	return all;
}

static void
put_int(struct batch *b, int column, int64_t value)
{
	size_t at = b->rows - 1;

	b->cols[column].valid[at] = value != NONE;
	b->cols[column].ints[at] = value;
}

static void
put_text(struct batch *b, int column, const char *text)
{
	size_t at = b->rows - 1;

	b->cols[column].valid[at] = text != NULL;
	b->cols[column].texts[at] = (struct span){ text, text ? strlen(text) : 0 };
}

/* The row of event `n`; `name` has to stay until the batch is written. */
static void
put_event(struct batch *b, const struct event *e, int n, char name[16])
{
	int64_t midnight_us = (int64_t)(DAY - DAYS + 1 + n / ROWS) * DAY_US;

	(void)batch_push(b, n + 1);
	(void)snprintf(name, 16, "%d", n);
	put_int(b, 0, e->id);
	put_text(b, 1, e->type == NONE ? NULL : types[e->type]);
	put_text(b, 2, e->feature == NONE ? NULL : features[e->feature]);
	put_int(b, 3, e->tenant);
	put_int(b, 4, e->user);
	put_text(b, 5, name);
	put_int(b, 6, midnight_us + e->second * SECOND_US);
	put_text(b, 7, n % 3 ? "{\"a\": [1, \"x\"]}" : NULL);
	put_int(b, 8, e->received == NONE ? NONE : midnight_us + DAY_US + e->received);
	put_text(b, 9, e->file == NONE ? NULL : files[e->file]);
	put_int(b, 10, e->row);
}

/* Write events [from, to) as one file, in batches of random sizes. */
static void
put_file(struct project *p, const char *name, enum format format, const struct event *events,
	 const int range[2], uint64_t *random)
{
	const struct schema *schema = &p->dag->datasets[dag_dataset_find(p->dag, "raw")].schema;
	char(*names)[16] = mem_new(ROWS, sizeof(*names));
	struct writer w;
	struct batch b;

	writer_open(&w, format, schema);
	batch_init(&b, schema, NULL);
	for (int at = range[0]; at < range[1];) {
		int end = at + 1 + pick(random, 700);

		batch_reset(&b);
		for (; at < end && at < range[1]; at++)
			put_event(&b, &events[at], at, names[at % ROWS]);
		writer_add(&w, &b, NULL, b.rows);
	}
	writer_end(&w);
	project_put(p, name, w.data, w.bytes);
	writer_close(&w);
	batch_release(&b);
	free(names);
}

/* Write all events, cut into files at random places. */
static void
put_events(struct project *p, enum format format, const struct event *events, uint64_t *random)
{
	for (int day = 0; day < DAYS; day++) {
		char partition[GRID_KEY_CHARS + 1];

		grid_key(grid_days, DAY - DAYS + 1 + day, partition);
		for (int at = 0, number = 0; at < ROWS; number++) {
			int end = pick(random, 3) ? at + pick(random, ROWS) : ROWS;
			char *name = mem_format("lake/raw/%s/part-%02d.%s", partition, number,
						format_name(format));

			end = end < ROWS ? end : ROWS;
			put_file(p, name, format, events,
				 (int[]){ day * ROWS + at, day * ROWS + end }, random);
			free(name);
			at = end;
		}
	}
}

static const char *const plans[] = { "premium", "enterprise", "free" };

static void
put_tenants(struct project *p, struct db *db, uint64_t *random)
{
	struct buf text;

	buf_init(&text, SIZE_MAX);
	buf_text(&text, "tenant_id,product,plan,active_users,created_at\n");
	assert_int_equal(db_exec(db, "DELETE FROM tenants", NULL), ERR_NONE);
	for (int i = 0; i < TENANTS * 3 / 2; i++) {
		int tenant = pick(random, TENANTS), plan = pick_or_null(random, 3, 9);
		int size = pick_or_null(random, 3, 5) * 25;
		struct stmt s;

		stmt_begin(&s, db, "INSERT INTO tenants VALUES (?, ?, ?)");
		stmt_int(&s, 1, tenant);
		stmt_text(&s, 2, plan == NONE ? NULL : plans[plan]);
		if (size < 0)
			stmt_text(&s, 3, NULL);
		else
			stmt_int(&s, 3, size);
		(void)stmt_row(&s);
		assert_int_equal(stmt_end(&s, NULL), ERR_NONE);
		buf_format(&text, "%d,x,%s,", tenant, plan == NONE ? "" : plans[plan]);
		if (size >= 0)
			buf_format(&text, "%d", size);
		buf_text(&text, ",\n");
	}
	project_text(p, "reference/tenants.csv", text.data);
	buf_release(&text);
}

/* ---- SQLite ---- */

static const char tables[] =
    "CREATE TABLE raw(n INTEGER PRIMARY KEY, day, event_id, event_type, feature_name, tenant_id, "
    "user_id, received, file, row);"
    "CREATE TABLE tenants(tenant_id, plan, active_users);"
    "CREATE TABLE got_events(event_id, event_type, feature_name, tenant_id, user_id, project_key, "
    "ts, properties, received, file, row);"
    "CREATE TABLE got_engagement(tenant_id, feature_name, users, n, active, score, score_date, "
    "max_users, max_n, norm_days, formula);"
    "CREATE TABLE got_adoption(bucket, plan, total, adopting, pct, plan_rank, feature_name, "
    "window_start, window_end);";

static void
must(struct db *db, const char *sql)
{
	struct err err;

	if (db_exec(db, sql, &err))
		fail_msg("%s", err.msg);
}

static void
bind_int(struct stmt *s, int at, int value)
{
	if (value == NONE)
		stmt_text(s, at, NULL);
	else
		stmt_int(s, at, value);
}

static void
load_raw(struct db *db, const struct event *events)
{
	must(db, "DELETE FROM raw; BEGIN");
	for (int n = 0; n < DAYS * ROWS; n++) {
		const struct event *e = &events[n];
		struct stmt s;

		stmt_begin(&s, db, "INSERT INTO raw VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
		stmt_int(&s, 1, n);
		stmt_int(&s, 2, DAY - DAYS + 1 + n / ROWS);
		bind_int(&s, 3, e->id);
		stmt_text(&s, 4, e->type == NONE ? NULL : types[e->type]);
		stmt_text(&s, 5, e->feature == NONE ? NULL : features[e->feature]);
		bind_int(&s, 6, e->tenant);
		bind_int(&s, 7, e->user);
		bind_int(&s, 8, e->received);
		stmt_text(&s, 9, e->file == NONE ? NULL : files[e->file]);
		bind_int(&s, 10, e->row);
		(void)stmt_row(&s);
		assert_int_equal(stmt_end(&s, NULL), ERR_NONE);
	}
	must(db, "COMMIT");
}

/* The value of a column as a parameter; *copy is to be freed after stmt_end(). */
static void
bind_value(struct stmt *s, int at, const struct col *c, size_t row, char **copy)
{
	if (!c->valid[row]) {
		stmt_text(s, at, NULL);
	} else if (col_is_text(c->type)) {
		*copy = mem_bytes(col_text(c, row).data, col_text(c, row).bytes);
		stmt_text(s, at, *copy);
	} else if (c->type == COL_FLOAT64) {
		stmt_real(s, at, col_real(c, row));
	} else {
		stmt_int(s, at, col_int(c, row));
	}
}

static void
load_batch(struct db *db, const char *insert, const struct batch *b)
{
	for (size_t row = 0; row < b->rows; row++) {
		char *copies[16] = { NULL };
		struct stmt s;

		stmt_begin(&s, db, insert);
		for (size_t i = 0; i < b->schema->count; i++)
			bind_value(&s, (int)i + 1, &b->cols[i], row, &copies[i]);
		(void)stmt_row(&s);
		assert_int_equal(stmt_end(&s, NULL), ERR_NONE);
		for (size_t i = 0; i < b->schema->count; i++)
			free(copies[i]);
	}
}

/* What the live partition of a dataset holds, into a table. */
static void
load_output(struct db *db, const char *insert, const struct project *p, const char *dataset,
	    int64_t day)
{
	const struct dataset *d = &p->dag->datasets[dag_dataset_find(p->dag, dataset)];
	const struct reader_options options = { .format = d->format, .schema = &d->schema };
	char partition[GRID_KEY_CHARS + 1];
	struct manifest m;

	grid_key(grid_days, day, partition);
	project_manifest(p, dataset, day, &m);
	for (size_t i = 0; i < m.n_files; i++) {
		char *path = mem_format("%s/%s/%s/%s", p->dir, d->path, partition, m.files[i].path);
		const struct batch *b = NULL;
		struct reader *r = NULL;
		struct err err;

		if (reader_open(&r, AT_FDCWD, path, path, &options, &err))
			fail_msg("%s", err.msg);
		while (reader_next(r, &b, &err) == ERR_NONE && b) {
			assert_int_equal(b->n_rejects, 0);
			load_batch(db, insert, b);
		}
		assert_null(b);
		reader_close(r);
		free(path);
	}
	manifest_release(&m);
}

static int64_t
ask(struct db *db, const char *sql)
{
	struct stmt s;
	struct err err;
	int64_t value = -1;

	stmt_begin(&s, db, sql);
	if (stmt_row(&s))
		value = stmt_col_int(&s, 0);
	if (stmt_end(&s, &err))
		fail_msg("%s", err.msg);
	return value;
}

/* No rows in one table that the other one lacks. */
static void
expect_none(struct db *db, const char *what, const char *sql)
{
	int64_t n = ask(db, sql);

	if (n)
		fail_msg("%s: %lld differences", what, (long long)n);
}

/* Which rows stay, as SQLite sees it. */
static void
make_wanted(struct db *db, bool last)
{
	must(db, "DROP TABLE IF EXISTS first; DROP TABLE IF EXISTS component; "
		 "DROP TABLE IF EXISTS cohort; DROP TABLE IF EXISTS want_adoption");
	must(db,
	     "CREATE TABLE first AS SELECT * FROM (SELECT *, row_number() OVER (PARTITION BY day, "
	     "event_id ORDER BY received IS NULL, received, file IS NULL, file, row, n) AS lowest, "
	     "row_number() OVER (PARTITION BY day, event_id ORDER BY received IS NULL DESC, "
	     "received DESC, file IS NULL DESC, file DESC, row DESC, n DESC) AS highest "
	     "FROM raw WHERE event_id IS NOT NULL) WHERE 1");
	must(db,
	     last ? "DELETE FROM first WHERE highest <> 1" : "DELETE FROM first WHERE lowest <> 1");
	must(db,
	     "CREATE TABLE component AS SELECT tenant_id, feature_name, count(DISTINCT user_id) AS "
	     "users, count(event_id) AS n, count(DISTINCT day) AS active FROM first "
	     "WHERE tenant_id IS NOT NULL AND feature_name IS NOT NULL GROUP BY 1, 2");
	must(db, "CREATE TABLE cohort AS SELECT DISTINCT tenant_id, plan, CASE WHEN active_users "
		 "IS NULL "
		 "THEN 'unknown' WHEN active_users <= 10 THEN '0-10' WHEN active_users <= 50 THEN "
		 "'11-50' WHEN active_users <= 200 THEN '51-200' WHEN active_users <= 1000 THEN "
		 "'201-1000' ELSE '1000+' END AS bucket FROM tenants WHERE plan IN ('premium', "
		 "'enterprise')");
	must(
	    db,
	    "CREATE TABLE want_adoption AS SELECT *, rank() OVER (PARTITION BY bucket ORDER BY pct "
	    "DESC) AS plan_rank FROM (SELECT bucket, plan, count(*) AS total, count(users) AS "
	    "adopting, (20000 * count(users) + count(*)) / (2 * count(*)) AS pct FROM cohort LEFT "
	    "JOIN (SELECT tenant_id AS adopter, count(DISTINCT user_id) AS users FROM first WHERE "
	    "event_type = 'feature_used' AND feature_name = 'search' GROUP BY 1 HAVING users >= 9) "
	    "ON adopter = tenant_id GROUP BY 1, 2)");
}

/* What the operators wrote against what SQLite wants. */
static void
compare(struct db *db, const struct project *p)
{
	must(db,
	     "DELETE FROM got_events; DELETE FROM got_engagement; DELETE FROM got_adoption; BEGIN");
	for (int64_t day = DAY - DAYS + 1; day <= DAY; day++)
		load_output(db, "INSERT INTO got_events VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
			    p, "events", day);
	load_output(db, "INSERT INTO got_engagement VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", p,
		    "engagement", DAY);
	load_output(db, "INSERT INTO got_adoption VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", p,
		    "adoption", DAY);
	must(db, "COMMIT");
	expect_none(
	    db, "dedup: rows that are missing",
	    "SELECT count(*) FROM (SELECT n, event_id, tenant_id, user_id FROM first EXCEPT "
	    "SELECT CAST(project_key AS INTEGER), event_id, tenant_id, user_id FROM got_events)");
	expect_none(db, "dedup: how many rows",
		    "SELECT (SELECT count(*) FROM first) <> (SELECT count(*) FROM got_events)");
	expect_none(db, "dedup: order",
		    "SELECT count(*) FROM got_events a JOIN got_events b ON b.rowid = a.rowid + 1 "
		    "WHERE CAST(b.project_key AS INTEGER) <= CAST(a.project_key AS INTEGER)");
	expect_none(db, "engagement: components",
		    "SELECT count(*) FROM (SELECT tenant_id, feature_name, users, n, active FROM "
		    "component EXCEPT SELECT tenant_id, feature_name, users, n, active FROM "
		    "got_engagement)");
	expect_none(
	    db, "engagement: how many rows",
	    "SELECT (SELECT count(*) FROM component) <> (SELECT count(*) FROM got_engagement)");
	expect_none(
	    db, "engagement: score",
	    "SELECT count(*) FROM got_engagement g, (SELECT max(users) AS mu, max(n) AS mn FROM "
	    "component) WHERE abs(score - (0.4 * users / mu + 0.3 * n / mn + 0.3 * active / 7)) "
	    "> 0.0000500001");
	expect_none(
	    db, "adoption: rows",
	    "SELECT count(*) FROM (SELECT bucket, plan, total, adopting, pct, plan_rank FROM "
	    "want_adoption EXCEPT SELECT bucket, plan, total, adopting, CAST(round(pct * 100) AS "
	    "INTEGER), plan_rank FROM got_adoption)");
	expect_none(
	    db, "adoption: how many rows",
	    "SELECT (SELECT count(*) FROM want_adoption) <> (SELECT count(*) FROM got_adoption)");
}

/* ---- checks ---- */

static void
compare_checks(struct db *db, const json_t *results)
{
	static const struct {
		const char *what, *failed, *missing;
	} questions[] = {
		{ "unique",
		  "SELECT sum(c - 1) FROM (SELECT count(*) AS c FROM raw WHERE day = 20574 AND "
		  "event_id "
		  "IS NOT NULL GROUP BY event_id)",
		  "SELECT count(*) FROM raw WHERE day = 20574 AND event_id IS NULL" },
		{ "unique of two",
		  "SELECT sum(c - 1) FROM (SELECT count(*) AS c FROM raw WHERE day = 20574 AND "
		  "tenant_id "
		  "IS NOT NULL AND feature_name IS NOT NULL GROUP BY tenant_id, feature_name)",
		  "SELECT count(*) FROM raw WHERE day = 20574 AND (tenant_id IS NULL OR "
		  "feature_name IS "
		  "NULL)" },
		{ "not_null",
		  "SELECT count(*) FROM raw WHERE day = 20574 AND (tenant_id IS NULL OR user_id IS "
		  "NULL)",
		  "SELECT 0" },
		{ "accepted_values",
		  "SELECT count(*) FROM raw WHERE day = 20574 AND event_type NOT IN "
		  "('feature_used', "
		  "'click')",
		  "SELECT count(*) FROM raw WHERE day = 20574 AND event_type IS NULL" },
		{ "accepted_range",
		  "SELECT count(*) FROM raw WHERE day = 20574 AND (user_id < 2 OR user_id > 50)",
		  "SELECT count(*) FROM raw WHERE day = 20574 AND user_id IS NULL" },
	};

	for (size_t i = 0; i < countof(questions); i++) {
		const json_t *r = json_array_get(results, i);

		if (json_get_int(r, "failed_count", -1) != ask(db, questions[i].failed) ||
		    json_get_int(r, "missing_count", -1) != ask(db, questions[i].missing))
			fail_msg("%s: %s", questions[i].what, json_get_text(r, "message", ""));
	}
	assert_int_equal(
	    json_get_int(json_array_get(results, 0), "duplicated_keys", -1),
	    ask(db, "SELECT count(*) FROM (SELECT 1 FROM raw WHERE day = 20574 AND event_id "
		    "IS NOT NULL GROUP BY event_id HAVING count(*) > 1)"));
}

/* ---- runs ---- */

/* What has to be the same: content digests always, digests of files within one format. */
struct outcome_digests {
	char content[3][DIGEST_CHARS + 1], file[3][DIGEST_CHARS + 1];
	char samples[2000]; /* of the checks */
};

static void
take_digests(const struct project *p, struct outcome_digests *out)
{
	static const char *const datasets[] = { "events", "engagement", "adoption" };

	for (size_t i = 0; i < countof(datasets); i++) {
		struct manifest m;

		project_manifest(p, datasets[i], DAY, &m);
		memcpy(out->content[i], m.content_digest, sizeof(out->content[i]));
		memcpy(out->file[i], m.files[0].sha256, sizeof(out->file[i]));
		manifest_release(&m);
	}
}

/* Run all tasks in at most `lanes` lanes and compare with SQLite. */
static void
run_tasks(struct project *p, struct db *db, int lanes, struct outcome_digests *out)
{
	cpu_set_t all, some;
	struct ended e;
	struct buf checks;

	assert_int_equal(sched_getaffinity(0, sizeof(all), &all), 0);
	CPU_ZERO(&some);
	for (size_t cpu = 0; cpu < CPU_SETSIZE && CPU_COUNT(&some) < lanes; cpu++)
		if (CPU_ISSET(cpu, &all))
			CPU_SET(cpu, &some);
	assert_int_equal(sched_setaffinity(0, sizeof(some), &some), 0);
	for (int64_t day = DAY - DAYS + 1; day <= DAY; day++)
		project_must(p, "dedup", day);
	project_must(p, "engagement", DAY);
	project_must(p, "adoption", DAY);
	e = project_run(p, "gate", DAY);
	assert_int_equal(e.outcome, OUTCOME_GATE_FAILED);
	assert_int_equal(sched_setaffinity(0, sizeof(all), &all), 0);
	compare(db, p);
	compare_checks(db, json_object_get(e.result, "checks"));
	take_digests(p, out);
	buf_init(&checks, SIZE_MAX);
	json_write(json_object_get(e.result, "checks"), &checks);
	digest_of(checks.data, checks.bytes, out->samples);
	buf_release(&checks);
	ended_release(&e);
}

/* One set of events in one format: two splits, one and two lanes. */
static void
run_format(struct db *db, enum format format, bool last, const struct event *events,
	   struct outcome_digests *want, uint64_t *random)
{
	const char *name = format_name(format), *keep = last ? "last" : "first";
	char *yaml = mem_format(yaml_text, name, name, name, name, keep);
	struct outcome_digests first = { 0 }, got = { 0 };

	for (int i = 0; i < 3; i++) {
		uint64_t again = i < 2 ? 77 : *random; /* the first two are cut alike */
		uint64_t dimension = 78;
		struct project p;

		project_open(&p, yaml);
		put_events(&p, format, events, &again);
		put_tenants(&p, db, &dimension);
		make_wanted(db, last);
		run_tasks(&p, db, i == 0 ? 1 : 2, i ? &got : &first);
		project_close(&p);
		if (!*want->content[0])
			*want = first;
		if (i && memcmp(first.file, got.file, sizeof(got.file)) != 0)
			fail_msg("%s, run %d: other bytes", name, i);
		if (memcmp(want->content, (i ? got : first).content, sizeof(got.content)) != 0)
			fail_msg("%s, run %d: another content digest", name, i);
		if (strcmp(want->samples, (i ? got : first).samples) != 0)
			fail_msg("%s, run %d: other results of checks", name, i);
		*random = again;
	}
	free(yaml);
}

static void
random_events_come_out_as_a_naive_program_says(void **state)
{
	static const enum format formats[] = { FORMAT_CSV, FORMAT_JSONL, FORMAT_PARQUET };
	char dir[] = "/tmp/tidemill-property-XXXXXX";
	const char *given = getenv("PROPERTY_SEED");
	uint64_t seed = given ? strtoull(given, NULL, 10) : 20260501;
	struct db *db = NULL;
	char *path;
	struct err err;

	(void)state;
	assert_non_null(mkdtemp(dir));
	path = mem_format("%s/oracle.db", dir);
	if (db_open_writer(&db, path, &err))
		fail_msg("%s", err.msg);
	must(db, tables);
	for (int round = 0; round < 4; round++, seed++) {
		uint64_t random = seed;
		struct event *events = make_events(&random);
		struct outcome_digests want = { 0 };

		print_message("seed %llu\n", (unsigned long long)seed);
		load_raw(db, events);
		for (size_t f = 0; f < countof(formats); f++)
			run_format(db, formats[f], round & 1, events, &want, &random);
		free(events);
	}
	db_close(db);
	remove_tree(dir);
	free(path);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_events_come_out_as_a_naive_program_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
