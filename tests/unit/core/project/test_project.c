/* test_project.c - settings, whole projects, and the examples of docs/DAG-FILE.md. */
#include "core/dagfile/dagfile.h"
#include "tests/fixture/project.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define COMMAND "tasks: {t: {operator: command, run: [x]}}\n"
#define DAILY "schedule: {partition: day}\n"

static const char writer[] =
    "dag: writer\n" DAILY "datasets:\n"
    "  raw: {path: lake/raw, format: csv, schema: events}\n"
    "  plans: {path: in/plans.csv, format: csv, partitioned: false,\n"
    "          columns: {tenant_id: int64, plan: string, active_users: int64}}\n"
    "tasks:\n"
    "  in: {operator: ingest, from: {path: a, format: csv}, event_time: timestamp, output: raw}\n";

static const char reader[] =
    "dag: reader\n" DAILY "datasets:\n"
    "  clean: {path: lake/clean, format: csv, schema: events}\n"
    "  out: {path: lake/out, format: csv}\n"
    "tasks:\n"
    "  dd: {operator: dedup, input: raw, key: event_id, output: clean}\n"
    "  ad: {operator: score, method: adoption, input: clean, dimension: plans, feature: x,\n"
    "       output: out}\n"
    "  sh: {operator: command, run: [x], inputs: [raw_quarantine, plans, raw]}\n"
    "  q: {operator: quality, dataset: plans, checks: [not_null: {columns: plan}]}\n";

static void
a_file_beyond_the_bound_is_refused_alone(void **state)
{
	struct project_fixture *f = *state;
	char name[32], text[100];
	struct err err;

	for (int i = 0; i < PROJECT_DAGS_MAX; i++) {
		(void)snprintf(name, sizeof(name), "dags/d%05d.yaml", i);
		(void)snprintf(text, sizeof(text), "dag: d%05d\n" COMMAND, i);
		project_put(f, name, text);
	}
	project_put(f, "dags/late.yaml", "dag: late\n" COMMAND);
	assert_int_equal(ERR_NONE, project_load(&f->project, f->dir, &f->diags, &err));
	assert_int_equal(PROJECT_DAGS_MAX, f->project.n_dags);
	assert_int_equal(1, f->diags.count);
	assert_string_equal("dags/late.yaml", f->diags.items[0].file);
	assert_string_equal("E0117", f->diags.items[0].code);
	assert_true(project_is_broken(&f->project, "dags/late.yaml"));
	assert_false(project_is_broken(&f->project, "dags/d00000.yaml"));
}

static void
a_file_that_is_too_long_is_one_mistake_of_that_file(void **state)
{
	struct project_fixture *f = *state;
	char *text = mem_new(DAG_FILE_BYTES_MAX + 2, 1);

	memset(text, '#', DAG_FILE_BYTES_MAX + 1);
	project_put(f, "dags/a.yaml", text);
	project_put(f, "dags/b.yaml", "dag: b\n" COMMAND);
	ASSERT_LOAD(f, "b", "dags/a.yaml:0: the file is longer than 64 MiB");
	assert_string_equal("E0102", f->diags.items[0].code);
	free(text);
}

static void
a_project_without_files_is_empty(void **state)
{
	struct project_fixture *f = *state;
	char *dags = mem_format("%s/dags", f->dir);

	ASSERT_LOAD(f, "", );
	assert_int_equal(0, rmdir(dags));
	ASSERT_LOAD(f, "", );
	free(dags);
}

static void
a_link_to_nowhere_is_no_empty_project(void **state)
{
	struct project_fixture *f = *state;
	char *dags = mem_format("%s/dags", f->dir);
	struct err err;

	assert_int_equal(rmdir(dags), 0);
	assert_int_equal(symlink("unmounted/dags", dags), 0);
	assert_int_equal(project_load(&f->project, f->dir, &f->diags, &err), ERR_NOT_FOUND);
	assert_non_null(strstr(err.msg, "'dags': it is a link that leads nowhere"));
	assert_int_equal(unlink(dags), 0);
	ASSERT_LOAD(f, "", );
	free(dags);
}

static void
settings_behind_a_link_to_nowhere_are_missed(void **state)
{
	struct project_fixture *f = *state;
	char *settings = mem_format("%s/tidemill.yaml", f->dir);

	assert_int_equal(symlink("../etc/shared.yaml", settings), 0);
	ASSERT_LOAD(f, "",
		    "tidemill.yaml:0: read 'tidemill.yaml': it is a link that leads nowhere");
	free(settings);
}

static void
a_dataset_of_another_file_is_found(void **state)
{
	struct project_fixture *f = *state;
	const struct dataset *d = NULL;
	const struct dag *dag = NULL;
	const struct task *t;

	project_put(f, "dags/b.yaml", writer);
	project_put(f, "dags/a.yaml", reader);
	project_put(f, "dags/.hidden.yaml", "x");
	project_put(f, "dags/notes.txt", "x");
	ASSERT_LOAD(f, "reader writer", );
	assert_true(catalog_find(f->project.dags, 2, "raw_quarantine", &dag, &d));
	assert_string_equal("writer", dag->id);
	assert_string_equal("lake/raw_quarantine", d->path);
	assert_false(catalog_find(f->project.dags, 2, "nope", &dag, &d));
	dag = f->project.dags[0];
	assert_string_equal("dags/a.yaml", dag->file);
	t = &dag->tasks[dag_task_find(dag, "sh")];
	assert_int_equal(1, input_parts(&t->inputs[0]));
	assert_int_equal(0, input_parts(&t->inputs[1])); /* one file, as its owner says */
	assert_int_equal(1, input_parts(&t->inputs[2]));
	t = &dag->tasks[dag_task_find(dag, "q")];
	assert_int_equal(0, input_parts(&t->inputs[0]));
	assert_int_equal(30, input_parts(&dag->tasks[dag_task_find(dag, "ad")].inputs[0]));
}

static void
one_bad_file_does_not_stop_the_others(void **state)
{
	struct project_fixture *f = *state;

	project_put(f, "dags/a.yaml", "dag: a\n" COMMAND);
	project_put(f, "dags/b.yaml", "dag: [\n");
	project_put(f, "dags/c.yml", "dag: c\n" COMMAND);
	project_put(f, "dags/d.yaml", "dag: d\n" COMMAND);
	ASSERT_LOAD(f, "a d", "dags/b.yaml:2: ", "dags/c.yml:0: this file is not read");
	project_put(f, "dags/b.yaml", "dag: b\n" COMMAND);
	ASSERT_LOAD(f, "a b d", "dags/c.yml:0: this file is not read");
}

static void
a_file_that_cannot_be_read_is_named(void **state)
{
	struct project_fixture *f = *state;
	char *path = mem_format("%s/dags/a.yaml", f->dir);

	assert_int_equal(0, mkdir(path, 0700));
	project_put(f, "dags/b.yaml", "dag: b\n" COMMAND);
	ASSERT_LOAD(f, "b", "dags/a.yaml:0: read 'dags/a.yaml': Is a directory");
	free(path);
}

static void
refuses_a_dag_id_twice(void **state)
{
	struct project_fixture *f = *state;

	project_put(f, "dags/a.yaml", "dag: same\n" COMMAND);
	project_put(f, "dags/b.yaml", "dag: same\n" COMMAND);
	ASSERT_LOAD(f, "same", "dags/b.yaml:0: dag 'same' is defined in dags/a.yaml already");
}

static void
refuses_a_dataset_declared_twice(void **state)
{
	struct project_fixture *f = *state;

	project_put(f, "dags/a.yaml", writer);
	project_put(f, "dags/b.yaml",
		    "dag: b\ndatasets: {raw: {path: x, format: csv, schema: events}}\n" COMMAND);
	project_put(
	    f, "dags/c.yaml",
	    "dag: c\ndatasets: {raw_quarantine: {path: y, format: csv, schema: events}}\n" COMMAND);
	ASSERT_LOAD(f, "writer",
		    "dags/b.yaml:2: dataset 'raw' is declared in dags/a.yaml already, in line 4",
		    "dags/c.yaml:2: dataset 'raw_quarantine' is declared in dags/a.yaml already");
}

static void
refuses_two_writers_of_a_dataset(void **state)
{
	struct project_fixture *f = *state;
	char *other = mem_str(writer);

	memcpy(strstr(other, "writer"), "wryter", 6);
	project_put(f, "dags/a.yaml", writer);
	project_put(f, "dags/b.yaml", other);
	ASSERT_LOAD(f, "writer", "dags/b.yaml:4: dataset 'raw' is declared in dags/a.yaml already",
		    "dags/b.yaml:5: dataset 'plans' is declared in dags/a.yaml already");
	free(other);
}

static void
refuses_a_path_inside_that_of_another_file(void **state)
{
	struct project_fixture *f = *state;
	char *text;

	project_put(f, "dags/a.yaml", writer);
	project_put(
	    f, "dags/b.yaml",
	    "dag: b\ndatasets: {z: {path: lake/raw/z, format: csv, schema: events}}\n" COMMAND);
	text = mem_format(
	    "dag: c\ndatasets: {y: {path: %s/lake/raw, format: csv, schema: events}}\n" COMMAND,
	    f->dir);
	project_put(f, "dags/c.yaml", text);
	project_put(
	    f, "dags/d.yaml",
	    "dag: d\ndatasets: {x: {path: lake/raw_q, format: csv, schema: events}}\n" COMMAND);
	ASSERT_LOAD(f, "d writer", "dags/b.yaml:2: the path 'lake/raw/z' of dataset 'z' is or lies",
		    "dags/c.yaml:2: the path ");
	free(text);
}

static void
an_input_has_to_be_declared_and_fit(void **state)
{
	struct project_fixture *f = *state;

	project_put(f, "dags/a.yaml", writer);
	project_put(f, "dags/b.yaml",
		    "dag: b\n" DAILY "tasks:\n"
		    "  one: {operator: command, run: [x], inputs: [rawe]}\n"
		    "  two: {operator: command, run: [x], inputs: [zzzzzz]}\n"
		    "  three: {operator: quality, dataset: raw, checks: [\n"
		    "    not_null: {columns: [tenant]}]}\n"
		    "  four: {operator: command, run: [x],\n"
		    "         inputs: [{dataset: plans, window: 7d}]}\n");
	ASSERT_LOAD(f, "writer", "dags/b.yaml:4: task 'one' reads 'rawe', which no dag declares",
		    "dags/b.yaml:5: task 'two' reads 'zzzzzz'",
		    "dags/b.yaml:6: task 'three': there is no column 'tenant' to check",
		    "dags/b.yaml:8: task 'four' reads a window of 'plans'");
	assert_string_equal("did you mean 'raw'?", f->diags.items[0].help);
}

static void
dedup_of_another_dag_declares_the_same_columns(void **state)
{
	struct project_fixture *f = *state;

	project_put(f, "dags/a.yaml", writer);
	project_put(f, "dags/b.yaml",
		    "dag: b\n" DAILY
		    "datasets: {c: {path: c, format: csv, columns: {event_id: int64}}}\n"
		    "tasks: {dd: {operator: dedup, input: raw, key: event_id, output: c}}\n");
	ASSERT_LOAD(f, "writer", "dags/b.yaml:4: dataset 'c' has to declare the columns of 'raw'");
}

/* A rollup of one dag is what a score of another dag reads, and only a day can be rolled up. */
static void
a_score_reads_the_rollup_of_another_dag(void **state)
{
	struct project_fixture *f = *state;

	project_put(f, "dags/a.yaml",
		    "dag: a\n" DAILY "datasets:\n  r: {path: r, schema: events}\n  d: {path: d}\n"
		    "  f: {path: f, partitioned: false, schema: events}\n"
		    "  n: {path: n, columns: {event_type: string}}\n"
		    "tasks: {t: {operator: rollup, input: r, output: d}}\n");
	project_put(f, "dags/b.yaml",
		    "dag: b\n" DAILY "datasets: {s: {path: s}}\n"
		    "tasks: {t: {operator: score, method: engagement, input: d, output: s}}\n");
	project_put(f, "dags/c.yaml",
		    "dag: c\n" DAILY "datasets: {x: {path: x}, y: {path: y}, z: {path: z}}\n"
		    "tasks:\n  t: {operator: rollup, input: f, output: x}\n"
		    "  u: {operator: rollup, input: n, output: y}\n"
		    "  v: {operator: score, method: engagement, input: n, output: z}\n");
	ASSERT_LOAD(f, "a b",
		    "dags/c.yaml:5: task 't' rolls up one day of 'f', which is not partitioned",
		    "dags/c.yaml:6: dataset 'n' has no column 'feature_name', which task 'u' needs",
		    "dags/c.yaml:7: dataset 'n' has no column 'tenant_id', which task 'v' needs");
}

static void
who_reads_from_a_bad_dag_is_bad_too(void **state)
{
	struct project_fixture *f = *state;

	project_put(f, "dags/a.yaml", "dag: same\n" COMMAND);
	project_put(f, "dags/b.yaml",
		    "dag: same\n" DAILY "datasets: {m: {path: m, format: csv, schema: events}}\n"
		    "tasks: {t: {operator: command, run: [x], output: m}}\n");
	project_put(f, "dags/c.yaml",
		    "dag: c\n" DAILY "datasets: {n: {path: n, format: csv, schema: events}}\n"
		    "tasks: {t: {operator: command, run: [x], inputs: [m], output: n}}\n");
	project_put(f, "dags/d.yaml",
		    "dag: d\n" DAILY "tasks: {t: {operator: command, run: [x], inputs: [n]}}\n");
	ASSERT_LOAD(f, "same", "dags/b.yaml:0: dag 'same' is defined",
		    "dags/c.yaml:4: task 't' reads 'm' of dag 'same', which has mistakes",
		    "dags/d.yaml:3: task 't' reads 'n' of dag 'c', which has mistakes");
}

static void
refuses_to_wait_for_what_nobody_updates(void **state)
{
	struct project_fixture *f = *state;

	project_put(f, "dags/b.yaml",
		    "dag: b\nschedule: {datasets: [outside]}\n"
		    "datasets: {outside: {path: o, format: csv, schema: events}}\n" COMMAND);
	project_put(f, "dags/c.yaml", "dag: c\nschedule: {datasets: [outsid]}\n" COMMAND);
	project_put(f, "dags/d.yaml",
		    "dag: d\nschedule: {partition: day}\n"
		    "datasets: {d: {path: lake/d, columns: {id: int64}}}\n"
		    "tasks: {t: {operator: command, run: [make], inputs: [gone], output: d}}\n");
	project_put(f, "dags/e.yaml", "dag: e\nschedule: {datasets: d}\n" COMMAND);
	ASSERT_LOAD(f, "", "dags/b.yaml:2: dag 'b' waits for 'outside', which no task writes",
		    "dags/c.yaml:2: dag 'c' waits for 'outsid', which no dag declares",
		    "dags/d.yaml:4: task 't' reads 'gone', which no dag declares",
		    "dags/e.yaml:2: dag 'e' waits for 'd' of dag 'd', which has mistakes");
}

static void
the_directory_is_said_or_from_the_environment(void **state)
{
	struct project_fixture *f = *state;
	char *dir = NULL, *file = mem_format("%s/x", f->dir);
	struct err err;

	assert_int_equal(ERR_NONE, project_dir(f->dir, &dir, &err));
	assert_string_equal(f->dir, dir);
	free(dir);
	assert_int_equal(0, setenv("TIDEMILL_HOME", f->dir, 1));
	assert_int_equal(ERR_NONE, project_dir(NULL, &dir, &err));
	assert_string_equal(f->dir, dir);
	free(dir);
	assert_int_equal(0, unsetenv("TIDEMILL_HOME"));
	assert_int_equal(ERR_NONE, project_dir(NULL, &dir, &err));
	assert_int_equal('/', dir[0]);
	free(dir);
	assert_int_equal(ERR_NOT_FOUND, project_dir("/does/not/exist", &dir, &err));
	project_put(f, "x", "");
	assert_int_equal(ERR_INPUT, project_dir(file, &dir, &err));
	free(file);
}

static void
settings_are_read_and_bad_ones_keep_their_default(void **state)
{
	struct project_fixture *f = *state;
	const struct settings *s = &f->project.settings;

	ASSERT_LOAD(f, "", );
	assert_true(s->limits.pools[0].slots >= 1 && s->retain_versions == 2 &&
		    s->retain_for_us == DAY_US);
	assert_true(s->kill_grace_us == 10 * SECOND_US && s->log_bytes_max == 64 << 20);
	project_put(f, "tidemill.yaml", "# nothing yet\n");
	ASSERT_LOAD(f, "", );
	project_put(f, "tidemill.yaml",
		    "pools: {default: 7}\nretain_versions: 0\nretain_for: 0s\n"
		    "kill_grace: 3s\nlog_max: 1MiB\n");
	ASSERT_LOAD(f, "", );
	assert_true(s->limits.pools[0].slots == 7 && s->retain_versions == 0 &&
		    s->retain_for_us == 0);
	assert_true(s->kill_grace_us == 3 * SECOND_US && s->log_bytes_max == 1 << 20);
	project_put(f, "tidemill.yaml", "pools: {default: 0}\nretain_version: 1\nkill_grace: x\n");
	ASSERT_LOAD(f, "", "tidemill.yaml:1: 'default' has to be a whole number",
		    "tidemill.yaml:2: the settings file has no key 'retain_version'",
		    "tidemill.yaml:3: 'kill_grace' has to be a duration");
	assert_true(s->limits.pools[0].slots >= 1 && s->kill_grace_us == 10 * SECOND_US);
}

static void
hosts_and_prefix_of_the_page_are_what_a_browser_sends(void **state)
{
	struct project_fixture *f = *state;
	const struct settings *s = &f->project.settings;

	ASSERT_LOAD(f, "", );
	assert_true(s->n_web_hosts == 0 && !*s->web_prefix);
	project_put(f, "tidemill.yaml", "web: {hosts: tm.example.org, prefix: /}\n");
	ASSERT_LOAD(f, "", );
	assert_int_equal(1, s->n_web_hosts);
	assert_string_equal("tm.example.org", s->web_hosts[0]);
	assert_string_equal("", s->web_prefix);
	project_put(f, "tidemill.yaml",
		    "web:\n  hosts: [tm.example.org:8443, '[fd00::1]:80', '[fd00::1]', a_b]\n"
		    "  prefix: /ops/tidemill/\n");
	ASSERT_LOAD(f, "", );
	assert_int_equal(4, s->n_web_hosts);
	assert_string_equal("[fd00::1]:80", s->web_hosts[1]);
	assert_string_equal("/ops/tidemill", s->web_prefix);
	project_put(f, "tidemill.yaml",
		    "web:\n  hosts: ['https://x', '*', 'a b', 'x:', 'x:y', '[::1', 'x/y', ok]\n"
		    "  prefix: tidemill\n  port: 1\n");
	ASSERT_LOAD(f, "", "'*' is not a host", "'[::1' is not a host", "'a b' is not a host",
		    "'https://x' is not a host", "'x/y' is not a host", "'x:' is not a host",
		    "'x:y' is not a host", "'tidemill' of 'prefix' is not a path",
		    "'web' has no key 'port'");
	assert_int_equal(1, s->n_web_hosts);
	for (size_t i = 0; i < 4; i++) {
		static const char *const bad[] = { "/a//b", "/../x", "/a b", "/<x>" };
		char *text = mem_format("web: {prefix: '%s'}\n", bad[i]);

		project_put(f, "tidemill.yaml", text);
		ASSERT_LOAD(f, "", "is not a path");
		free(text);
	}
}

static void
files_are_checked_by_themselves_and_together(void **state)
{
	struct project_fixture *f = *state;
	char *a = mem_format("%s/dags/a.yaml", f->dir), *b = mem_format("%s/dags/b.yaml", f->dir);
	const char *const both[] = { a, b }, *const alone[] = { b };
	const char *const none[] = { "/does/not/exist.yaml" };
	struct project p;

	project_put(f, "dags/a.yaml", writer);
	project_put(f, "dags/b.yaml", reader);
	assert_int_equal(ERR_NONE, project_check_files(NULL, both, 2, &p, &f->diags, NULL));
	assert_int_equal(2, p.n_dags);
	project_release(&p);
	assert_int_equal(0, f->diags.count);
	assert_int_equal(ERR_NONE, project_check_files(NULL, alone, 1, &p, &f->diags, NULL));
	project_release(&p);
	assert_int_equal(0, f->diags.errors);
	assert_true(f->diags.warnings > 0);
	diags_release(&f->diags);
	assert_int_equal(ERR_NONE, project_check_files(NULL, none, 1, &p, &f->diags, NULL));
	assert_int_equal(0, p.n_dags);
	project_release(&p);
	assert_int_equal(1, f->diags.errors);
	free(a);
	free(b);
}

/* A file that is checked by itself has the calendars of the project that it lies in. */
static void
a_file_by_itself_has_the_calendars_of_its_project(void **state)
{
	static const char text[] =
	    "dag: %s\nstart_date: 2026-05-01\nschedule: {cron: '0 7 * * *', except: %s}\n"
	    "tasks: {t: {operator: command, run: [x]}}\n";
	struct project_fixture *f = *state;
	char *a = mem_format("%s/dags/a.yaml", f->dir), *b = mem_format("%s/dags/b.yaml", f->dir);
	char *one = mem_format(text, "a", "closed"), *two = mem_format(text, "b", "open");
	const char *const good[] = { a }, *const bad[] = { b };
	struct project p;
	char *path;

	path = mem_format("%s/calendars", f->dir);
	assert_int_equal(0, mkdir(path, 0700));
	project_put(f, "calendars/closed.txt", "2026-05-02..2026-05-04\n");
	project_put(f, "dags/a.yaml", one);
	project_put(f, "dags/b.yaml", two);
	assert_int_equal(ERR_NONE, project_check_files(NULL, good, 1, &p, &f->diags, NULL));
	assert_int_equal(1, p.n_dags);
	/* The day of 1 May is due at the first fire behind the closed days. */
	assert_int_equal(schedule_next(&p.dags[0]->schedule, p.dags[0]->start_us + DAY_US),
			 p.dags[0]->start_us + 4 * DAY_US + 7 * HOUR_US);
	project_release(&p);
	assert_int_equal(0, f->diags.errors);
	assert_int_equal(ERR_NONE, project_check_files(NULL, bad, 1, &p, &f->diags, NULL));
	assert_int_equal(0, p.n_dags);
	project_release(&p);
	assert_string_equal("E0516", f->diags.items[0].code);
	free(a);
	free(b);
	free(one);
	free(two);
	free(path);
}

/* A broken text is broken wherever it is cut; a thousand small files stay small. */
static void
a_thousand_small_files_stay_small(void **state)
{
	struct project_fixture *f = *state;
	struct err err;
	char name[40], text[800];

	for (int i = 0; i < 1000; i++) {
		(void)snprintf(name, sizeof(name), "dags/d%04d.yaml", i);
		(void)snprintf(text, sizeof(text),
			       "dag: d%04d\nstart_date: 2026-05-01\nschedule: '@daily'\ndatasets:\n"
			       "  out%d: {path: lake/out%d, format: csv, columns: {x: int64}}\n"
			       "tasks:\n  a: {operator: command, run: [x], output: out%d}\n"
			       "  b: {operator: command, run: [y], inputs: [out%d]}\n",
			       i, i, i, i, (i * 7 + 3) % 1000 < i ? (i * 7 + 3) % 1000 : i);
		project_put(f, name, text);
	}
	if (project_load(&f->project, f->dir, &f->diags, &err))
		fail_msg("%s", err.msg);
	if (f->diags.count)
		project_show(&f->diags);
	assert_int_equal(1000, f->project.n_dags);
	assert_string_equal("d0999", f->project.dags[999]->id);
}

/* Give every "```yaml dag" block of a text to `take`; returns how many there were. */
static size_t
each_example(const char *text, void (*take)(size_t line, const char *body, size_t bytes))
{
	static const char open[] = "\n```yaml dag\n";
	size_t n = 0;

	for (const char *p = text; (p = strstr(p, open)) != NULL; n++) {
		const char *body = p + sizeof(open) - 1, *end = strstr(body, "\n```");
		size_t line = 1;

		assert_non_null(end);
		for (const char *q = text; q < body; q++)
			line += *q == '\n';
		take(line, body, (size_t)(end + 1 - body));
		p = end;
	}
	return n;
}

static void
take_example(size_t line, const char *body, size_t bytes)
{
	struct diags diags;
	char *name = mem_format("docs/DAG-FILE.md (example in line %zu)", line);
	struct dag *dag;

	diags_init(&diags);
	dag = dagfile_read(name, body, bytes, &diags);
	if (!dag || diags.count) {
		project_show(&diags);
		fail_msg("%s is not right", name);
	}
	dag_unref(dag);
	diags_release(&diags);
	free(name);
}

static void
every_example_and_setting_in_the_documents_is_true(void **state)
{
	struct buf text;
	struct err err;
	const char *name, *fallback, *help;

	(void)state;
	buf_init(&text, 1 << 20);
	if (buf_read_file(&text, AT_FDCWD, "docs/DAG-FILE.md", &err))
		fail_msg("%s", err.msg);
	assert_true(each_example(text.data, take_example) >= 5);
	for (size_t i = 0; settings_row(i, &name, &fallback, &help); i++) {
		char *row = mem_format("| `%s` | %s | %s |", name, fallback, help);

		if (!strstr(text.data, row))
			fail_msg("docs/DAG-FILE.md has no row %s", row);
		free(row);
	}
	buf_release(&text);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		IN_PROJECT(a_project_without_files_is_empty),
		IN_PROJECT(a_file_beyond_the_bound_is_refused_alone),
		IN_PROJECT(a_file_that_is_too_long_is_one_mistake_of_that_file),
		IN_PROJECT(a_link_to_nowhere_is_no_empty_project),
		IN_PROJECT(settings_behind_a_link_to_nowhere_are_missed),
		IN_PROJECT(a_dataset_of_another_file_is_found),
		IN_PROJECT(one_bad_file_does_not_stop_the_others),
		IN_PROJECT(a_file_that_cannot_be_read_is_named),
		IN_PROJECT(refuses_a_dag_id_twice),
		IN_PROJECT(refuses_a_dataset_declared_twice),
		IN_PROJECT(refuses_two_writers_of_a_dataset),
		IN_PROJECT(refuses_a_path_inside_that_of_another_file),
		IN_PROJECT(an_input_has_to_be_declared_and_fit),
		IN_PROJECT(dedup_of_another_dag_declares_the_same_columns),
		IN_PROJECT(a_score_reads_the_rollup_of_another_dag),
		IN_PROJECT(who_reads_from_a_bad_dag_is_bad_too),
		IN_PROJECT(refuses_to_wait_for_what_nobody_updates),
		IN_PROJECT(the_directory_is_said_or_from_the_environment),
		IN_PROJECT(settings_are_read_and_bad_ones_keep_their_default),
		IN_PROJECT(hosts_and_prefix_of_the_page_are_what_a_browser_sends),
		IN_PROJECT(a_file_by_itself_has_the_calendars_of_its_project),
		IN_PROJECT(files_are_checked_by_themselves_and_together),
		IN_PROJECT(a_thousand_small_files_stay_small),
		cmocka_unit_test(every_example_and_setting_in_the_documents_is_true),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
