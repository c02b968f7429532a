/* test_project.c - settings, whole projects, and the examples of docs/DAG-FILE.md. */
#include "core/base/buf.h"
#include "core/dagfile/dagfile.h"
#include "core/base/mem.h"
#include "core/project/project.h"

#include <fcntl.h>
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

/* A project directory of its own for each test, and what was said of it. */
struct fixture {
	char dir[64];
	struct project project;
	struct diags diags;
};

static int
set_up(void **state)
{
	struct fixture *f = mem_new(1, sizeof(*f));
	char path[100];

	(void)snprintf(f->dir, sizeof(f->dir), "/tmp/tidemill-project-XXXXXX");
	if (!mkdtemp(f->dir))
		return -1;
	(void)snprintf(path, sizeof(path), "%s/dags", f->dir);
	if (mkdir(path, 0700))
		return -1;
	diags_init(&f->diags);
	*state = f;
	return 0;
}

static void
remove_tree(const char *dir)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		(void)execlp("rm", "rm", "-rf", dir, (char *)NULL);
		_exit(127);
	}
	assert_true(pid > 0 && waitpid(pid, &status, 0) == pid && status == 0);
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;

	project_release(&f->project);
	diags_release(&f->diags);
	remove_tree(f->dir);
	free(f);
	return 0;
}

static void
put(const struct fixture *f, const char *name, const char *text)
{
	char *path = mem_format("%s/%s", f->dir, name);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal((ssize_t)strlen(text), write(fd, text, strlen(text)));
	(void)close(fd);
	free(path);
}

static void
show(const struct diags *diags)
{
	struct buf out;

	buf_init(&out, 1 << 20);
	diags_render(diags, false, 0, &out);
	for (const char *p = out.data; *p; p += strnlen(p, 500))
		print_error("%.500s", p);
	buf_release(&out);
}

/* Load, and compare the ids of what can run and the messages, each a part of one. */
static void
assert_load(struct fixture *f, const char *ids, const char *const *messages, size_t n)
{
	struct err err = { 0 };
	char got[500] = "";
	size_t used = 0;

	project_release(&f->project);
	diags_release(&f->diags);
	if (project_load(&f->project, f->dir, &f->diags, &err))
		fail_msg("%s", err.msg);
	for (size_t i = 0; i < f->project.n_dags; i++)
		used += (size_t)snprintf(got + used, sizeof(got) - used, "%s%s", i ? " " : "",
					 f->project.dags[i]->id);
	if (f->diags.count != n || strcmp(ids, got) != 0) {
		show(&f->diags);
		fail_msg("dags '%s', %zu messages", got, f->diags.count);
	}
	for (size_t i = 0; i < n; i++) {
		char *text = mem_format("%s:%u: %s", f->diags.items[i].file, f->diags.items[i].line,
					f->diags.items[i].message);
		bool found = strstr(text, messages[i]) != NULL;

		free(text);
		if (!found) {
			show(&f->diags);
			fail_msg("expected '%s'", messages[i]);
		}
	}
}

#define ASSERT_LOAD(f, ids, ...)                                              \
	assert_load((f), (ids), (const char *const[]){ "", __VA_ARGS__ } + 1, \
		    countof(((const char *const[]){ "", __VA_ARGS__ })) - 1)

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
	struct fixture *f = *state;
	char name[32], text[100];
	struct err err;

	for (int i = 0; i < PROJECT_DAGS_MAX; i++) {
		(void)snprintf(name, sizeof(name), "dags/d%05d.yaml", i);
		(void)snprintf(text, sizeof(text), "dag: d%05d\n" COMMAND, i);
		put(f, name, text);
	}
	put(f, "dags/late.yaml", "dag: late\n" COMMAND);
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
	struct fixture *f = *state;
	char *text = mem_new(DAG_FILE_BYTES_MAX + 2, 1);

	memset(text, '#', DAG_FILE_BYTES_MAX + 1);
	put(f, "dags/a.yaml", text);
	put(f, "dags/b.yaml", "dag: b\n" COMMAND);
	ASSERT_LOAD(f, "b", "dags/a.yaml:0: the file is longer than 64 MiB");
	assert_string_equal("E0102", f->diags.items[0].code);
	free(text);
}

static void
a_project_without_files_is_empty(void **state)
{
	struct fixture *f = *state;
	char *dags = mem_format("%s/dags", f->dir);

	ASSERT_LOAD(f, "", );
	assert_int_equal(0, rmdir(dags));
	ASSERT_LOAD(f, "", );
	free(dags);
}

static void
a_link_to_nowhere_is_no_empty_project(void **state)
{
	struct fixture *f = *state;
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
	struct fixture *f = *state;
	char *settings = mem_format("%s/tidemill.yaml", f->dir);

	assert_int_equal(symlink("../etc/shared.yaml", settings), 0);
	ASSERT_LOAD(f, "",
		    "tidemill.yaml:0: read 'tidemill.yaml': it is a link that leads nowhere");
	free(settings);
}

static void
a_dataset_of_another_file_is_found(void **state)
{
	struct fixture *f = *state;
	const struct dataset *d = NULL;
	const struct dag *dag = NULL;
	const struct task *t;

	put(f, "dags/b.yaml", writer);
	put(f, "dags/a.yaml", reader);
	put(f, "dags/.hidden.yaml", "x");
	put(f, "dags/notes.txt", "x");
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
	struct fixture *f = *state;

	put(f, "dags/a.yaml", "dag: a\n" COMMAND);
	put(f, "dags/b.yaml", "dag: [\n");
	put(f, "dags/c.yml", "dag: c\n" COMMAND);
	put(f, "dags/d.yaml", "dag: d\n" COMMAND);
	ASSERT_LOAD(f, "a d", "dags/b.yaml:2: ", "dags/c.yml:0: this file is not read");
	put(f, "dags/b.yaml", "dag: b\n" COMMAND);
	ASSERT_LOAD(f, "a b d", "dags/c.yml:0: this file is not read");
}

static void
a_file_that_cannot_be_read_is_named(void **state)
{
	struct fixture *f = *state;
	char *path = mem_format("%s/dags/a.yaml", f->dir);

	assert_int_equal(0, mkdir(path, 0700));
	put(f, "dags/b.yaml", "dag: b\n" COMMAND);
	ASSERT_LOAD(f, "b", "dags/a.yaml:0: read 'dags/a.yaml': Is a directory");
	free(path);
}

static void
refuses_a_dag_id_twice(void **state)
{
	struct fixture *f = *state;

	put(f, "dags/a.yaml", "dag: same\n" COMMAND);
	put(f, "dags/b.yaml", "dag: same\n" COMMAND);
	ASSERT_LOAD(f, "same", "dags/b.yaml:0: dag 'same' is defined in dags/a.yaml already");
}

static void
refuses_a_dataset_declared_twice(void **state)
{
	struct fixture *f = *state;

	put(f, "dags/a.yaml", writer);
	put(f, "dags/b.yaml",
	    "dag: b\ndatasets: {raw: {path: x, format: csv, schema: events}}\n" COMMAND);
	put(f, "dags/c.yaml",
	    "dag: c\ndatasets: {raw_quarantine: {path: y, format: csv, schema: events}}\n" COMMAND);
	ASSERT_LOAD(f, "writer",
		    "dags/b.yaml:2: dataset 'raw' is declared in dags/a.yaml already, in line 4",
		    "dags/c.yaml:2: dataset 'raw_quarantine' is declared in dags/a.yaml already");
}

static void
refuses_two_writers_of_a_dataset(void **state)
{
	struct fixture *f = *state;
	char *other = mem_str(writer);

	memcpy(strstr(other, "writer"), "wryter", 6);
	put(f, "dags/a.yaml", writer);
	put(f, "dags/b.yaml", other);
	ASSERT_LOAD(f, "writer", "dags/b.yaml:4: dataset 'raw' is declared in dags/a.yaml already",
		    "dags/b.yaml:5: dataset 'plans' is declared in dags/a.yaml already");
	free(other);
}

static void
refuses_a_path_inside_that_of_another_file(void **state)
{
	struct fixture *f = *state;
	char *text;

	put(f, "dags/a.yaml", writer);
	put(f, "dags/b.yaml",
	    "dag: b\ndatasets: {z: {path: lake/raw/z, format: csv, schema: events}}\n" COMMAND);
	text = mem_format(
	    "dag: c\ndatasets: {y: {path: %s/lake/raw, format: csv, schema: events}}\n" COMMAND,
	    f->dir);
	put(f, "dags/c.yaml", text);
	put(f, "dags/d.yaml",
	    "dag: d\ndatasets: {x: {path: lake/raw_q, format: csv, schema: events}}\n" COMMAND);
	ASSERT_LOAD(f, "d writer", "dags/b.yaml:2: the path 'lake/raw/z' of dataset 'z' is or lies",
		    "dags/c.yaml:2: the path ");
	free(text);
}

static void
an_input_has_to_be_declared_and_fit(void **state)
{
	struct fixture *f = *state;

	put(f, "dags/a.yaml", writer);
	put(f, "dags/b.yaml",
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
	struct fixture *f = *state;

	put(f, "dags/a.yaml", writer);
	put(f, "dags/b.yaml",
	    "dag: b\n" DAILY "datasets: {c: {path: c, format: csv, columns: {event_id: int64}}}\n"
	    "tasks: {dd: {operator: dedup, input: raw, key: event_id, output: c}}\n");
	ASSERT_LOAD(f, "writer", "dags/b.yaml:4: dataset 'c' has to declare the columns of 'raw'");
}

/* A rollup of one dag is what a score of another dag reads, and only a day can be rolled up. */
static void
a_score_reads_the_rollup_of_another_dag(void **state)
{
	struct fixture *f = *state;

	put(f, "dags/a.yaml",
	    "dag: a\n" DAILY "datasets:\n  r: {path: r, schema: events}\n  d: {path: d}\n"
	    "  f: {path: f, partitioned: false, schema: events}\n"
	    "  n: {path: n, columns: {event_type: string}}\n"
	    "tasks: {t: {operator: rollup, input: r, output: d}}\n");
	put(f, "dags/b.yaml",
	    "dag: b\n" DAILY "datasets: {s: {path: s}}\n"
	    "tasks: {t: {operator: score, method: engagement, input: d, output: s}}\n");
	put(f, "dags/c.yaml",
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
	struct fixture *f = *state;

	put(f, "dags/a.yaml", "dag: same\n" COMMAND);
	put(f, "dags/b.yaml",
	    "dag: same\n" DAILY "datasets: {m: {path: m, format: csv, schema: events}}\n"
	    "tasks: {t: {operator: command, run: [x], output: m}}\n");
	put(f, "dags/c.yaml",
	    "dag: c\n" DAILY "datasets: {n: {path: n, format: csv, schema: events}}\n"
	    "tasks: {t: {operator: command, run: [x], inputs: [m], output: n}}\n");
	put(f, "dags/d.yaml",
	    "dag: d\n" DAILY "tasks: {t: {operator: command, run: [x], inputs: [n]}}\n");
	ASSERT_LOAD(f, "same", "dags/b.yaml:0: dag 'same' is defined",
		    "dags/c.yaml:4: task 't' reads 'm' of dag 'same', which has mistakes",
		    "dags/d.yaml:3: task 't' reads 'n' of dag 'c', which has mistakes");
}

static void
refuses_a_cycle_of_datasets_between_dags(void **state)
{
	static const char text[] =
	    "dag: %s\n" DAILY "datasets: {%s: {path: %s, format: csv, schema: events}}\n"
	    "tasks: {t: {operator: command, run: [x], inputs: [%s], output: %s}}\n";
	static const char *const parts[][3] = {
		/* dag, what it writes, what it reads */
		{ "b", "x", "z" }, { "c", "y", "x" }, { "d", "z", "y" },
		{ "e", "w", "y" }, { "f", "v", "u" }, { "g", "u", "g_raw" },
	};
	struct fixture *f = *state;
	char name[40], body[400];

	for (size_t i = 0; i < countof(parts); i++) {
		const char *const *p = parts[i];

		(void)snprintf(name, sizeof(name), "dags/%s.yaml", p[0]);
		(void)snprintf(body, sizeof(body), text, p[0], p[1], p[1], p[2], p[1]);
		put(f, name, body);
	}
	put(f, "dags/h.yaml",
	    "dag: h\ndatasets: {g_raw: {path: gr, format: csv, schema: events}}\n" COMMAND);
	ASSERT_LOAD(f, "f g h",
		    "dags/b.yaml:0: the dags wait for each other's datasets: b -> c -> d -> b",
		    "dags/e.yaml:4: task 't' reads 'y' of dag 'c', which has mistakes");
}

static void
refuses_a_cycle_of_dags_that_wake_each_other(void **state)
{
	static const char text[] = "dag: %s\nschedule: {partition: day%s}\n"
				   "datasets: {%s: {path: %s, format: csv, schema: events}}\n"
				   "tasks: {t: {operator: command, run: [x]%s, output: %s}}\n";
	static const char *const parts[][4] = {
		/* dag, what wakes it, what it reads, what it writes */
		{ "b", ", datasets: [z]", "", "x" },
		{ "c", "", ", inputs: [x]", "y" },
		{ "d", ", datasets: {any: [y, w]}", "", "z" },
		{ "e", ", datasets: [w]", "", "v" },
		{ "f", "", "", "w" },
	};
	struct fixture *f = *state;
	char name[40], body[400];

	for (size_t i = 0; i < countof(parts); i++) {
		const char *const *p = parts[i];

		(void)snprintf(name, sizeof(name), "dags/%s.yaml", p[0]);
		(void)snprintf(body, sizeof(body), text, p[0], p[1], p[3], p[3], p[2], p[3]);
		put(f, name, body);
	}
	ASSERT_LOAD(
	    f, "e f",
	    "dags/b.yaml:0: the dags wake each other with their datasets: b -> c -> d -> b");
}

static void
refuses_to_wait_for_what_nobody_updates(void **state)
{
	struct fixture *f = *state;

	put(f, "dags/b.yaml",
	    "dag: b\nschedule: {datasets: [outside]}\n"
	    "datasets: {outside: {path: o, format: csv, schema: events}}\n" COMMAND);
	put(f, "dags/c.yaml", "dag: c\nschedule: {datasets: [outsid]}\n" COMMAND);
	put(f, "dags/d.yaml",
	    "dag: d\nschedule: {partition: day}\n"
	    "datasets: {d: {path: lake/d, columns: {id: int64}}}\n"
	    "tasks: {t: {operator: command, run: [make], inputs: [gone], output: d}}\n");
	put(f, "dags/e.yaml", "dag: e\nschedule: {datasets: d}\n" COMMAND);
	ASSERT_LOAD(f, "", "dags/b.yaml:2: dag 'b' waits for 'outside', which no task writes",
		    "dags/c.yaml:2: dag 'c' waits for 'outsid', which no dag declares",
		    "dags/d.yaml:4: task 't' reads 'gone', which no dag declares",
		    "dags/e.yaml:2: dag 'e' waits for 'd' of dag 'd', which has mistakes");
}

static void
the_directory_is_said_or_from_the_environment(void **state)
{
	struct fixture *f = *state;
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
	put(f, "x", "");
	assert_int_equal(ERR_INPUT, project_dir(file, &dir, &err));
	free(file);
}

static void
settings_are_read_and_bad_ones_keep_their_default(void **state)
{
	struct fixture *f = *state;
	const struct settings *s = &f->project.settings;

	ASSERT_LOAD(f, "", );
	assert_true(s->limits.pools[0].slots >= 1 && s->retain_versions == 2 &&
		    s->retain_for_us == DAY_US);
	assert_true(s->kill_grace_us == 10 * SECOND_US && s->log_bytes_max == 64 << 20);
	put(f, "tidemill.yaml", "# nothing yet\n");
	ASSERT_LOAD(f, "", );
	put(f, "tidemill.yaml",
	    "pools: {default: 7}\nretain_versions: 0\nretain_for: 0s\n"
	    "kill_grace: 3s\nlog_max: 1MiB\n");
	ASSERT_LOAD(f, "", );
	assert_true(s->limits.pools[0].slots == 7 && s->retain_versions == 0 &&
		    s->retain_for_us == 0);
	assert_true(s->kill_grace_us == 3 * SECOND_US && s->log_bytes_max == 1 << 20);
	put(f, "tidemill.yaml", "pools: {default: 0}\nretain_version: 1\nkill_grace: x\n");
	ASSERT_LOAD(f, "", "tidemill.yaml:1: 'default' has to be a whole number",
		    "tidemill.yaml:2: the settings file has no key 'retain_version'",
		    "tidemill.yaml:3: 'kill_grace' has to be a duration");
	assert_true(s->limits.pools[0].slots >= 1 && s->kill_grace_us == 10 * SECOND_US);
}

static void
hosts_and_prefix_of_the_page_are_what_a_browser_sends(void **state)
{
	struct fixture *f = *state;
	const struct settings *s = &f->project.settings;

	ASSERT_LOAD(f, "", );
	assert_true(s->n_web_hosts == 0 && !*s->web_prefix);
	put(f, "tidemill.yaml", "web: {hosts: tm.example.org, prefix: /}\n");
	ASSERT_LOAD(f, "", );
	assert_int_equal(1, s->n_web_hosts);
	assert_string_equal("tm.example.org", s->web_hosts[0]);
	assert_string_equal("", s->web_prefix);
	put(f, "tidemill.yaml",
	    "web:\n  hosts: [tm.example.org:8443, '[fd00::1]:80', '[fd00::1]', a_b]\n"
	    "  prefix: /ops/tidemill/\n");
	ASSERT_LOAD(f, "", );
	assert_int_equal(4, s->n_web_hosts);
	assert_string_equal("[fd00::1]:80", s->web_hosts[1]);
	assert_string_equal("/ops/tidemill", s->web_prefix);
	put(f, "tidemill.yaml",
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

		put(f, "tidemill.yaml", text);
		ASSERT_LOAD(f, "", "is not a path");
		free(text);
	}
}

static void
files_are_checked_by_themselves_and_together(void **state)
{
	struct fixture *f = *state;
	char *a = mem_format("%s/dags/a.yaml", f->dir), *b = mem_format("%s/dags/b.yaml", f->dir);
	const char *const both[] = { a, b }, *const alone[] = { b };
	const char *const none[] = { "/does/not/exist.yaml" };
	struct project p;

	put(f, "dags/a.yaml", writer);
	put(f, "dags/b.yaml", reader);
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
	struct fixture *f = *state;
	char *a = mem_format("%s/dags/a.yaml", f->dir), *b = mem_format("%s/dags/b.yaml", f->dir);
	char *one = mem_format(text, "a", "closed"), *two = mem_format(text, "b", "open");
	const char *const good[] = { a }, *const bad[] = { b };
	struct project p;
	char *path;

	path = mem_format("%s/calendars", f->dir);
	assert_int_equal(0, mkdir(path, 0700));
	put(f, "calendars/closed.txt", "2026-05-02..2026-05-04\n");
	put(f, "dags/a.yaml", one);
	put(f, "dags/b.yaml", two);
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
	struct fixture *f = *state;
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
		put(f, name, text);
	}
	if (project_load(&f->project, f->dir, &f->diags, &err))
		fail_msg("%s", err.msg);
	if (f->diags.count)
		show(&f->diags);
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
		show(&diags);
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
		cmocka_unit_test_setup_teardown(a_project_without_files_is_empty, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(a_file_beyond_the_bound_is_refused_alone, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(a_file_that_is_too_long_is_one_mistake_of_that_file,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_link_to_nowhere_is_no_empty_project, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(settings_behind_a_link_to_nowhere_are_missed,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_dataset_of_another_file_is_found, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(one_bad_file_does_not_stop_the_others, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(a_file_that_cannot_be_read_is_named, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(refuses_a_dag_id_twice, set_up, tear_down),
		cmocka_unit_test_setup_teardown(refuses_a_dataset_declared_twice, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(refuses_two_writers_of_a_dataset, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(refuses_a_path_inside_that_of_another_file, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(an_input_has_to_be_declared_and_fit, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(dedup_of_another_dag_declares_the_same_columns,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_score_reads_the_rollup_of_another_dag, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(who_reads_from_a_bad_dag_is_bad_too, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(refuses_a_cycle_of_datasets_between_dags, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(refuses_a_cycle_of_dags_that_wake_each_other,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(refuses_to_wait_for_what_nobody_updates, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(the_directory_is_said_or_from_the_environment,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(settings_are_read_and_bad_ones_keep_their_default,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    hosts_and_prefix_of_the_page_are_what_a_browser_sends, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_file_by_itself_has_the_calendars_of_its_project,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(files_are_checked_by_themselves_and_together,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_thousand_small_files_stay_small, set_up,
						tear_down),
		cmocka_unit_test(every_example_and_setting_in_the_documents_is_true),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
