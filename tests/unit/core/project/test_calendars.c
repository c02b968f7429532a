/* test_calendars.c - calendars in files of their own: part of the definitions that name them. */
#include "core/dagfile/dagfile.h"
#include "core/project/project.h"

#include "core/base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

static char root[] = "/tmp/tidemill-calendars.XXXXXX";

static void
write_file(const char *name, const char *text)
{
	char *path = mem_format("%s/%s", root, name);
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(0, fclose(file));
	free(path);
}

static int
make_root(void **state)
{
	char *path;

	(void)state;
	if (!mkdtemp(root))
		return -1;
	for (int i = 0; i < 2; i++) {
		path = mem_format("%s/%s", root, i ? "dags" : "calendars");
		if (mkdir(path, 0700) < 0)
			return -1;
		free(path);
	}
	return 0;
}

static int
drop_root(void **state)
{
	char *command = mem_format("rm -rf %s", root);
	int rc = system(command);

	(void)state;
	free(command);
	return rc;
}

/* The one dag of the project, or NULL; `why` has what is said first. */
static struct dag *
load(char why[400])
{
	struct dag *dag = NULL;
	struct project p;
	struct diags diags;

	diags_init(&diags);
	assert_int_equal(ERR_NONE, project_load(&p, root, &diags, NULL));
	*why = '\0';
	if (diags.count)
		(void)snprintf(why, 400, "%s:%u:%u %s %s", diags.items[0].file, diags.items[0].line,
			       diags.items[0].column, diags.items[0].code, diags.items[0].message);
	if (p.n_dags)
		dag = dag_ref(p.dags[0]);
	project_release(&p);
	diags_release(&diags);
	return dag;
}

static void
write_dag(const char *except)
{
	char *text = mem_format("dag: a\nstart_date: 2026-05-01\n"
				"schedule: {cron: '0 2 * * *', except: %s}\n"
				"tasks: {t: {operator: command, run: [make]}}\n",
				except);

	write_file("dags/a.yaml", text);
	free(text);
}

static void
a_calendar_is_part_of_the_definition(void **state)
{
	struct dag *dag, *again, *edited;
	struct diags diags;
	char why[400];

	(void)state;
	write_dag("[2026-05-09, holidays]");
	write_file("calendars/holidays.txt",
		   "# of 2026\n  2026-05-01 # a Friday\n\n2026-12-24..2026-12-26\r\n");
	dag = load(why);
	assert_string_equal("", why);
	assert_int_equal(3, dag->schedule.except.n);
	/* Once it is written down the file is not asked again. */
	diags_init(&diags);
	again = dagfile_read("dags/a.yaml", dag->text, strlen(dag->text), &diags);
	diags_release(&diags);
	assert_string_equal(dag->digest, again->digest);
	assert_true(days_equal(&dag->schedule.except, &again->schedule.except));
	dag_unref(again);
	/* What its text says for people changes nothing. */
	write_file("calendars/holidays.txt", "2026-12-24..2026-12-26 # another\n2026-05-01\n");
	again = load(why);
	assert_string_equal(dag->digest, again->digest);
	write_file("calendars/holidays.txt", "2026-12-24..2026-12-26\n");
	edited = load(why);
	assert_string_not_equal(dag->digest, edited->digest);
	assert_int_equal(2, edited->schedule.except.n);
	dag_unref(dag);
	dag_unref(again);
	dag_unref(edited);
}

static void
a_calendar_that_cannot_be_read_is_told_where(void **state)
{
	static const struct {
		const char *name, *file, *want;
	} cases[] = {
		{ "holidays", "2026-05-01\n  2026-05-32 # no\n",
		  "calendars/holidays.txt:2:3 E0516 there is no such day" },
		{ "holidays", "2026-05-02..2026-05-01\n",
		  "calendars/holidays.txt:1:1 E0516 it ends before it begins" },
		{ "holidays", "2026-05-01 2026-05-02\n",
		  "calendars/holidays.txt:1:1 E0516 this is no day" },
		{ "easter", "", "dags/a.yaml:3:39 E0516 there is no calendar 'easter'" },
		{ "../secret", "", "dags/a.yaml:3:39 E0206 '../secret' cannot name a calendar" },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		char why[400];

		write_dag(cases[i].name);
		write_file("calendars/holidays.txt", cases[i].file);
		assert_null(load(why));
		if (strncmp(why, cases[i].want, strlen(cases[i].want)) != 0)
			fail_msg("%s", why);
	}
}

static void
every_wrong_line_of_a_calendar_is_told(void **state)
{
	struct diags diags;
	struct project p;

	(void)state;
	write_dag("[2026-05-09, holidays]");
	write_file("calendars/holidays.txt", "24.12.2026\n2026-05-01\n2026-05-32\n\nfriday\n");
	diags_init(&diags);
	assert_int_equal(ERR_NONE, project_load(&p, root, &diags, NULL));
	assert_int_equal(4, diags.count);
	for (size_t i = 0; i < 3; i++) {
		assert_string_equal("E0516", diags.items[i].code);
		assert_int_equal(i * 2 + 1, diags.items[i].line);
	}
	project_release(&p);
	diags_release(&diags);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_calendar_is_part_of_the_definition),
		cmocka_unit_test(a_calendar_that_cannot_be_read_is_told_where),
		cmocka_unit_test(every_wrong_line_of_a_calendar_is_told),
	};

	return cmocka_run_group_tests(tests, make_root, drop_root);
}
