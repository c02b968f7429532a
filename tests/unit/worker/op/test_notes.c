/* test_notes.c - what is said of columns: former names, no nulls, and for how long to read them. */
#include "tests/fixture/op.h"

#define HEAD "dag: d\nschedule: '@daily'\nstart_date: 2026-04-01\ndatasets:\n"
#define INGEST                                                                      \
	"  raw: {operator: ingest, from: {path: 'in/{{ ds }}.csv', format: csv},\n" \
	"        event_time: at, output: raw}\n"
#define DEDUP "  one: {operator: dedup, input: raw, key: [id], output: one}\n"
#define EXTRAS ", _received_at: timestamp, _source_file: string, _row: int64"
#define INPUT "in/2026-05-01.csv"

/* The definition of a project is another one from now on. */
static void
redefine(struct project *p, const char *yaml)
{
	struct diags diags;

	dag_unref(p->dag);
	diags_init(&diags);
	p->dag = dagfile_read("test.yaml", yaml, strlen(yaml), &diags);
	if (!p->dag)
		fail_msg("%s", diags.items[0].message);
	diags_release(&diags);
}

/* `raw` with its columns, which `one` copies: under which names do they come out? */
static char *
definition(const char *format, const char *columns, const char *copied)
{
	return mem_format(
	    HEAD "  raw: {path: lake/raw, format: %s, columns: {%s, at: timestamp}}\n"
		 "  one: {path: lake/one, format: csv, columns: {%s, at: timestamp" EXTRAS "}}\n"
		 "tasks:\n" INGEST DEDUP,
	    format, columns, copied);
}

/* In any format, of one column or two, and of a partition that has the new names already. */
static void
a_column_is_read_under_its_former_name(void **state)
{
	static const char *const formats[] = { "csv", "jsonl", "parquet" };
	static const char rows[] = "id,title,at\n1,a,2026-05-01T01:00:00Z\n"
				   "2,,2026-05-01T02:00:00Z\n";

	(void)state;
	for (size_t i = 0; i < countof(formats); i++) {
		char *old = definition(formats[i], "id: int64, title: string",
				       "id: int64, title: string");
		char *new = definition(formats[i], "id: int64, name: {type: string, was: title}",
				       "id: int64, name: string");
		char *both = definition(formats[i],
					"number: {type: int64, was: id}, name: {type: string, was: "
					"title}",
					"number: int64, name: string");
		char *twice = mem_format("%.*snumber%s",
					 (int)(strstr(both, "key: [id]") - both) + 6, both,
					 strstr(both, "key: [id]") + 8);
		char *was, *is;
		struct project p;

		project_open(&p, old);
		project_text(&p, INPUT, rows);
		project_must(&p, "raw", DAY);
		project_must(&p, "one", DAY);
		was = project_read(&p, "one", DAY);
		redefine(&p, new);
		project_must(&p, "one", DAY);
		is = project_read(&p, "one", DAY);
		assert_non_null(strstr(is, "id,name,at"));
		assert_string_equal(strchr(is, '\n'), strchr(was, '\n'));
		free(is);
		redefine(&p, twice);
		project_must(&p, "one", DAY);
		is = project_read(&p, "one", DAY);
		assert_non_null(strstr(is, "number,name,at"));
		assert_string_equal(strchr(is, '\n'), strchr(was, '\n'));
		free(is);
		/* Written anew, the same definition finds the new names. */
		project_text(&p, INPUT, "number,name,at\n7,b,2026-05-01T01:00:00Z\n");
		project_must(&p, "raw", DAY);
		project_must(&p, "one", DAY);
		is = project_read(&p, "one", DAY);
		assert_non_null(strstr(is, "\n7,b,"));
		free(is);
		free(was);
		free(old);
		free(new);
		free(both);
		free(twice);
		project_close(&p);
	}
}

/* A name that the partition has not is no column of it; nor is one of another type. */
static void
other_names_and_types_are_other_columns(void **state)
{
	static const char *const columns[] = { "id: int64, name: {type: string, was: titel}",
					       "id: int64, name: {type: json, was: title}" };
	static const char *const copied[] = { "id: int64, name: string", "id: int64, name: json" };

	(void)state;
	for (size_t i = 0; i < countof(columns); i++) {
		char *old = definition("csv", "id: int64, title: string",
				       "id: int64, title: string");
		char *new = definition("csv", columns[i], copied[i]);
		struct project p;
		struct ended e;

		project_open(&p, old);
		project_text(&p, INPUT, "id,title,at\n1,a,2026-05-01T01:00:00Z\n");
		project_must(&p, "raw", DAY);
		redefine(&p, new);
		e = project_run(&p, "one", DAY);
		assert_int_equal(e.outcome, OUTCOME_ERROR);
		assert_non_null(strstr(e.message, "it was written with other columns"));
		ended_release(&e);
		project_close(&p);
		free(old);
		free(new);
	}
}

/* The gate stands behind the checks of the task, so what these move to the quarantine is gone. */
static void
nulls_in_a_column_that_has_none_publish_nothing(void **state)
{
	static const char yaml[] = HEAD
	    "  raw: {path: lake/raw, format: csv, columns: {id: int64, name: {type: string, "
	    "nullable: false}, at: {type: timestamp, nullable: true}}}\n"
	    "tasks:\n" INGEST;
	static const char moved[] = HEAD
	    "  raw: {path: lake/raw, format: csv, columns: {id: int64, name: {type: string, "
	    "nullable: false}, at: timestamp}}\n"
	    "tasks:\n"
	    "  raw: {operator: ingest, from: {path: 'in/{{ ds }}.csv', format: csv},\n"
	    "        event_time: at, output: raw,\n"
	    "        checks: [not_null: {columns: [name], on_fail: quarantine}]}\n";
	struct project p;
	struct ended e;

	(void)state;
	project_open(&p, yaml);
	project_text(&p, INPUT, "id,name,at\n,a,2026-05-01T01:00:00Z\n");
	project_must(&p, "raw", DAY);
	project_text(&p, INPUT,
		     "id,name,at\n1,a,2026-05-01T01:00:00Z\n"
		     "2,,2026-05-01T02:00:00Z\n");
	e = project_run(&p, "raw", DAY);
	assert_int_equal(e.outcome, OUTCOME_GATE_FAILED);
	assert_non_null(strstr(e.message, "not_null(name)"));
	ended_release(&e);
	redefine(&p, moved);
	project_must(&p, "raw", DAY);
	assert_int_equal(project_counter(&p, "raw", DAY, "written"), 1);
	assert_int_equal(project_counter(&p, "raw", DAY, "quarantined"), 1);
	project_close(&p);
}

/* What a task logs; the caller frees it. */
static char *
log_of(struct project *p, const char *task, int64_t day)
{
	char *path = mem_format("%s/log", p->dir), *text;
	int saved = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0);
	int log = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	struct op_ctx ctx;
	struct spec s;
	struct buf out;

	assert_true(saved >= 0 && log >= 0);
	project_spec(p, &s, task, day);
	assert_int_equal(op_ctx_init(&ctx, &s, NULL), ERR_NONE);
	(void)fflush(stderr);
	assert_true(dup2(log, STDERR_FILENO) >= 0);
	assert_int_equal(op_run(&ctx, NULL), ERR_NONE);
	loud(saved);
	op_ctx_release(&ctx);
	arena_free(s.arena);
	(void)close(log);
	buf_init(&out, SIZE_MAX);
	assert_int_equal(buf_read_file(&out, AT_FDCWD, path, NULL), ERR_NONE);
	text = buf_give(&out);
	buf_release(&out);
	free(path);
	return text ? text : mem_str("");
}

static void
a_column_is_warned_of_once_when_its_last_day_is_over(void **state)
{
	char *yaml = definition("csv",
				"id: {type: int64, deprecated_after: 2026-05-01}, name: {type: "
				"string, description: of the visitor}",
				"id: int64, name: string");
	static const char said[] = "warning: column 'id' of dataset 'raw' was to be read until "
				   "2026-05-01, its 'deprecated_after'";
	struct project p;
	char *text, *at;

	(void)state;
	project_open(&p, yaml);
	project_text(&p, INPUT, "id,name,at\n1,a,2026-05-01T01:00:00Z\n");
	project_text(&p, "in/2026-05-02.csv", "id,name,at\n1,a,2026-05-02T01:00:00Z\n");
	project_must(&p, "raw", DAY);
	project_must(&p, "raw", DAY + 1);
	text = log_of(&p, "one", DAY);
	assert_null(strstr(text, "deprecated_after"));
	free(text);
	text = log_of(&p, "one", DAY + 1);
	at = strstr(text, said);
	assert_non_null(at);
	assert_null(strstr(at + 1, said));
	free(text);
	project_close(&p);
	free(yaml);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_column_is_read_under_its_former_name),
		cmocka_unit_test(other_names_and_types_are_other_columns),
		cmocka_unit_test(nulls_in_a_column_that_has_none_publish_nothing),
		cmocka_unit_test(a_column_is_warned_of_once_when_its_last_day_is_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
