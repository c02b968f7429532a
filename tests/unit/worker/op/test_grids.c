/* test_grids.c - rows on every grid: each belongs to one part, whatever it is cut from. */
#include "tests/fixture/op.h"
#include "tests/fixture/zone.h"

#define EVENTS \
	"event_id,event_type,feature_name,tenant_id,user_id,project_key,timestamp,properties\n"

static const char yaml[] =
    "dag: d\nschedule: '@daily'\nstart_date: 2010-01-01\ndatasets:\n"
    "  raw: {path: lake/raw, format: csv, schema: events}\n"
    "  copied: {path: lake/copied, format: csv, schema: events}\n"
    "  rollup: {path: lake/rollup, format: csv}\n"
    "  scores: {path: lake/scores, format: csv}\n"
    "tasks:\n"
    "  ingest:\n"
    "    {operator: ingest, from: {path: 'landing/{{ partition }}.csv', format: csv},\n"
    "     event_time: timestamp, output: raw}\n"
    "  copy: {operator: dedup, input: raw, key: [event_id], output: copied}\n"
    "  roll: {operator: rollup, input: raw, output: rollup}\n"
    "  score: {operator: score, method: engagement, input: raw, window: 1d, output: scores}\n";

/* Events come so often: never at the same minute of an hour, and in each. */
#define STEP_US (17 * MINUTE_US)

static struct dataset *
dataset_of(const struct project *p, const char *name)
{
	int at = dag_dataset_find(p->dag, name);

	assert_true(at >= 0);
	return (struct dataset *)(uintptr_t)&p->dag->datasets[at];
}

/* Put a task and what it writes on a grid. */
static const struct task *
set_grid(struct project *p, const char *task, struct grid grid)
{
	const struct task *t = &p->dag->tasks[dag_task_find(p->dag, task)];
	struct dag_output out[DAG_OUTPUTS_MAX];
	size_t n = dag_outputs(p->dag, t, out);

	p->dag->grid = grid;
	for (size_t i = 0; i < n; i++)
		dataset_of(p, out[i].dataset->name)->grid = grid;
	return t;
}

static size_t
pin_parts(const struct project *p, const struct task *t, int64_t from_us, int64_t to_us,
	  struct pinned_input *pins)
{
	size_t n = 0;

	for (size_t i = 0; i < t->n_inputs; i++) {
		const struct dataset *d = dataset_of(p, t->inputs[i].dataset);
		struct parts parts = grid_overlap(d->grid, from_us, to_us);
		char *path = mem_format("%s/%s", p->dir, d->path);

		for (int64_t part = parts.first; part <= parts.last; part++) {
			struct pinned_input *pin = &pins[n++];
			struct manifest m;

			*pin = (struct pinned_input){ .dataset = d->name, .day = part };
			assert_int_equal(
			    manifest_live(&m, MANIFEST_WHOLE, path, d->grid, part, NULL), ERR_NONE);
			pin->version = m.version;
			memcpy(pin->digest, m.content_digest, sizeof(pin->digest));
			manifest_release(&m);
		}
		free(path);
	}
	return n;
}

/* Run a task of one part of a grid, publish it, and give its manifest. */
static void
run_part(struct project *p, const char *task, struct grid grid, int64_t part, struct manifest *m)
{
	const struct task *t = set_grid(p, task, grid);
	struct pinned_input *pins = mem_new(2000, sizeof(*pins));
	char token[TOKEN_CHARS + 1], *path;
	struct spec_order order = {
		.dag = p->dag,
		.task = (size_t)(t - p->dag->tasks),
		.project_dir = p->dir,
		.attempt = ++p->attempts,
		.token = token,
		.run_id = "manual__1",
		.run_type = RUN_MANUAL,
		.try_number = 1,
		.logical_us = grid_start(grid, part),
		.start_us = grid_start(grid, part),
		.end_us = grid_end(grid, part),
		.inputs = pins,
		.live = project_live,
		.ctx = p,
	};
	struct spec made, s;
	struct ended e;
	struct buf text;
	struct err err;

	p->day = part;
	(void)snprintf(token, sizeof(token), "%032d", (int)p->attempts);
	order.n_inputs = pin_parts(p, t, order.start_us, order.end_us, pins);
	if (spec_make(&order, &made, &err))
		fail_msg("%s", err.msg);
	/* As a worker is told of it. */
	buf_init(&text, SPEC_BYTES_MAX);
	spec_write(&made, &text);
	if (spec_read(&s, text.data, text.bytes, &err))
		fail_msg("%s", err.msg);
	e = project_run_spec(&s);
	if (e.outcome != OUTCOME_OK)
		fail_msg("%s: %s", task, e.message);
	project_publish(&s);
	path = mem_format("%s/%s", p->dir, p->dag->datasets[t->output].path);
	if (manifest_live(m, MANIFEST_WHOLE, path, grid, part, &err))
		fail_msg("%s", err.msg);
	assert_int_equal(m->unit, grid.unit);
	assert_string_equal(m->zone ? m->zone : "UTC", grid_zone_name(grid));
	assert_true(m->start_us == order.start_us && m->end_us == order.end_us);
	assert_int_equal(manifest_check_counters(m, &err), ERR_NONE);
	ended_release(&e);
	spec_release(&s);
	spec_release(&made);
	buf_release(&text);
	free(path);
	free(pins);
}

/* How many events there are in [from, to). */
static int64_t
count_events(int64_t from_us, int64_t to_us)
{
	return (to_us + STEP_US - 1) / STEP_US - (from_us + STEP_US - 1) / STEP_US;
}

/* Land and ingest the events of each part of a grid that holds a piece of [from, to). */
static void
ingest_parts(struct project *p, struct grid grid, int64_t from_us, int64_t to_us)
{
	struct parts parts = grid_overlap(grid, from_us, to_us);

	for (int64_t part = parts.first; part <= parts.last; part++) {
		int64_t at = (grid_start(grid, part) + STEP_US - 1) / STEP_US;
		char name[GRID_TEXT_CHARS + 1], time[TIMESTAMP_CHARS + 1], *path;
		struct manifest m;
		struct buf rows;

		buf_init(&rows, SIZE_MAX);
		buf_text(&rows, EVENTS);
		for (; at * STEP_US < grid_end(grid, part); at++) {
			timestamp_format(at * STEP_US, time);
			buf_format(&rows, "%lld,view,f,1,%lld,P,%s,\n", (long long)at,
				   (long long)at % 5, time);
		}
		grid_text(grid, part, name);
		path = mem_format("landing/%s.csv", name);
		project_text(p, path, rows.data);
		run_part(p, "ingest", grid, part, &m);
		assert_int_equal(m.rows, count_events(m.start_us, m.end_us));
		manifest_release(&m);
		buf_release(&rows);
		free(path);
	}
}

static struct zone *
zone_of(const char *name)
{
	struct zone *zone = strcmp(name, "UTC") == 0 ? NULL : fx_zone(name);

	assert_true(zone || strcmp(name, "UTC") == 0);
	return zone;
}

static const struct span_case {
	const char *zone;
	enum grid_unit from, to;  /* what is ingested, and what is made of it */
	const char *first, *last; /* parts of `to` */
	bool cut;
} cases[] = {
	{ "UTC", GRID_HOUR, GRID_DAY, "2026-04-30", "2026-05-02", false },
	{ "Asia/Kolkata", GRID_HOUR, GRID_DAY, "2026-04-30", "2026-05-02", true },
	{ "Europe/Berlin", GRID_HOUR, GRID_DAY, "2026-03-28", "2026-03-30", false },
	{ "Europe/Berlin", GRID_HOUR, GRID_DAY, "2026-10-24", "2026-10-26", false },
	{ "Australia/Lord_Howe", GRID_HOUR, GRID_DAY, "2026-04-03", "2026-04-06", true },
	{ "Australia/Lord_Howe", GRID_HOUR, GRID_DAY, "2026-10-02", "2026-10-05", true },
	{ "Pacific/Apia", GRID_HOUR, GRID_DAY, "2011-12-28", "2012-01-01", false },
	{ "UTC", GRID_WEEK, GRID_MONTH, "2026-04", "2026-06", true },
	{ "Europe/Berlin", GRID_DAY, GRID_WEEK, "2026-03-23", "2026-03-30", false },
	{ "Asia/Kolkata", GRID_DAY, GRID_QUARTER, "2026-Q1", "2026-Q2", false },
};

/* Over all parts: each row in one, of a day of 23 or 25 hours, cut or not. */
static void
parts_have_the_rows_of_their_interval(void **state)
{
	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		const struct span_case *c = &cases[i];
		struct zone *zone = zone_of(c->zone);
		struct grid from = { c->from, c->from == GRID_HOUR ? NULL : zone };
		struct grid to = { c->to, zone };
		int64_t first, last, rows = 0, outside = 0;
		struct project p;

		assert_true(grid_parse(to, c->first, strlen(c->first), &first));
		assert_true(grid_parse(to, c->last, strlen(c->last), &last));
		project_open(&p, yaml);
		ingest_parts(&p, from, grid_start(to, first), grid_end(to, last));
		for (int64_t part = first; part <= last; part++) {
			struct manifest m;

			if (grid_is_empty(to, part))
				continue;
			run_part(&p, "copy", to, part, &m);
			if (m.rows != count_events(m.start_us, m.end_us))
				fail_msg("case %zu part %lld: %lld rows", i, (long long)part,
					 (long long)m.rows);
			rows += m.rows;
			outside += json_get_int(m.counters, "outside", 0);
			manifest_release(&m);
		}
		assert_int_equal(rows, count_events(grid_start(to, first), grid_end(to, last)));
		assert_true(c->cut == (outside > 0));
		project_close(&p);
		zone_unref(zone);
	}
}

/* A rollup says local days, and a score counts them. */
static void
days_are_those_of_the_zone(void **state)
{
	struct zone *zone = zone_of("Australia/Lord_Howe");
	struct grid hours = { .unit = GRID_HOUR }, week = { GRID_WEEK, zone };
	struct project p;
	struct manifest m;
	char *text, *line;
	int64_t part;

	(void)state;
	assert_true(grid_parse(week, "2026-03-30", 10, &part));
	project_open(&p, yaml);
	ingest_parts(&p, hours, grid_start(week, part), grid_end(week, part));
	run_part(&p, "roll", week, part, &m);
	assert_null(json_object_get(m.counters, "other_days"));
	text = mem_format("%s/lake/rollup/event_date=2026-03-30/%s", p.dir, m.files[0].path);
	manifest_release(&m);
	free(text);
	run_part(&p, "score", week, part, &m);
	line = mem_format("%s/lake/scores/event_date=2026-03-30/%s", p.dir, m.files[0].path);
	manifest_release(&m);
	{
		struct buf rows;

		buf_init(&rows, SIZE_MAX);
		assert_int_equal(buf_read_file(&rows, AT_FDCWD, line, NULL), ERR_NONE);
		/* Five users, each event one interaction, seven days, the last of them a Sunday. */
		text = mem_format("1,f,5,%lld,7,", (long long)count_events(grid_start(week, part),
									   grid_end(week, part)));
		assert_non_null(strstr(rows.data, text));
		assert_non_null(strstr(rows.data, "2026-04-05"));
		buf_release(&rows);
		free(text);
	}
	free(line);
	project_close(&p);
	zone_unref(zone);
}

/* By its interval, whatever the row says besides. */
static void
a_row_of_another_hour_is_set_aside(void **state)
{
	const struct grid hours = { .unit = GRID_HOUR };
	struct project p;
	struct manifest m;
	int64_t part;
	char *name;
	struct buf rows;

	(void)state;
	project_open(&p, yaml);
	assert_true(grid_parse(hours, "2026-05-01T13", 13, &part));
	project_text(&p, "landing/2026-05-01T13.csv",
		     EVENTS "1,v,f,1,1,P,2026-05-01T13:00:00Z,\n"
			    "2,v,f,1,1,P,2026-05-01T15:59:59.999999+02:00,\n"
			    "3,v,f,1,1,P,2026-05-01T14:00:00Z,\n"
			    "4,v,f,1,1,P,2026-05-01T12:59:59Z,\n");
	run_part(&p, "ingest", hours, part, &m);
	assert_int_equal(m.rows, 2);
	assert_int_equal(json_get_int(m.counters, "quarantined", 0), 2);
	manifest_release(&m);
	name = mem_format("%s/lake/raw_quarantine", p.dir);
	assert_int_equal(manifest_live(&m, MANIFEST_WHOLE, name, hours, part, NULL), ERR_NONE);
	free(name);
	name = mem_format("%s/lake/raw_quarantine/event_hour=2026-05-01T13/%s", p.dir,
			  m.files[0].path);
	buf_init(&rows, SIZE_MAX);
	assert_int_equal(buf_read_file(&rows, AT_FDCWD, name, NULL), ERR_NONE);
	assert_non_null(strstr(rows.data, "wrong_partition"));
	assert_non_null(strstr(rows.data, "is not in 2026-05-01T13"));
	buf_release(&rows);
	manifest_release(&m);
	free(name);
	project_close(&p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parts_have_the_rows_of_their_interval),
		cmocka_unit_test(days_are_those_of_the_zone),
		cmocka_unit_test(a_row_of_another_hour_is_set_aside),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
