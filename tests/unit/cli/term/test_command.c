/* test_command.c - from words to a parsed command line and to a request, by the rows of commands.
 */
#include "cli/cmd/list.h"

#include "cli/term/parameter.h"
#include "core/base/mem.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

enum { WORDS_MAX = 16 };

/* A command line, taken apart; its words have to live as long as it. */
struct line {
	struct cli cli;
	char *argv[WORDS_MAX + 1];
	char *words;
	int code;
	bool done;
};

static void
parse(struct line *l, const char *text)
{
	int argc = 0;
	char *rest = NULL;

	*l = (struct line){
		.cli = { .commands = command_list, .n_commands = command_count },
		.words = mem_str(text),
	};
	for (char *w = strtok_r(l->words, " ", &rest); w; w = strtok_r(NULL, " ", &rest)) {
		assert_true(argc < WORDS_MAX);
		l->argv[argc++] = w;
	}
	l->code = command_parse(&l->cli, argc, l->argv, &l->done);
}

static void
drop(struct line *l)
{
	free(l->cli.project_dir);
	free(l->words);
}

static void
options_stand_anywhere_and_are_written_in_three_ways(void **state)
{
	static const char *const lines[] = {
		"tidemill runs list --dag sales --limit=5",
		"tidemill -C /tmp runs list --limit 5 -dsales",
		"tidemill runs --limit=5 list -d sales",
		"tidemill runs list -d other --limit 5 -d sales",
	};

	(void)state;
	for (size_t i = 0; i < countof(lines); i++) {
		struct line l;

		parse(&l, lines[i]);
		if (l.code || l.done || strcmp(l.cli.command->words, "runs list") != 0)
			fail_msg("%s: exit code %d", lines[i], l.code);
		assert_string_equal(cli_value(&l.cli, "dag"), "sales");
		assert_string_equal(cli_value(&l.cli, "limit"), "5");
		assert_false(cli_given(&l.cli, "state"));
		assert_int_equal(l.cli.n_args, 0);
		assert_false(l.cli.json);
		drop(&l);
	}
}

static void
what_stands_behind_two_dashes_is_an_argument(void **state)
{
	struct line l;

	(void)state;
	parse(&l, "tidemill data cat -o csv -- -x - y");
	assert_int_equal(l.code, EXIT_OK);
	assert_int_equal(l.cli.n_args, 3);
	assert_string_equal(l.cli.args[0], "-x");
	assert_string_equal(l.cli.args[1], "-");
	assert_string_equal(l.cli.output, "csv");
	drop(&l);
}

static void
a_wrong_command_line_is_wrong_usage(void **state)
{
	static const char *const lines[] = {
		"tidemill",
		"tidemill nonsense",
		"tidemill runs",
		"tidemill runs lits",
		"tidemill runs list extra",
		"tidemill runs list --nope",
		"tidemill runs list --limit",
		"tidemill runs clear sales",
		"tidemill runs clear sales r --pinned=yes",
		"tidemill dags list -o xml",
		"tidemill scheduler -o json",
		"tidemill --limit 5 runs list",
		"tidemill dags trigger caf\xe9",
		"tidemill dags trigger sales -p name=caf\xe9",
		"tidemill dags trigger sales --idempotency-key k\xff",
		"tidemill runs list -d \xc0\x80",
	};

	(void)state;
	for (size_t i = 0; i < countof(lines); i++) {
		struct line l;

		parse(&l, lines[i]);
		if (l.code != EXIT_USAGE)
			fail_msg("%s: exit code %d", lines[i], l.code);
		drop(&l);
	}
}

/* Names of files are bytes; what is sent and stored is text. */
static void
only_names_of_files_need_not_be_text(void **state)
{
	struct line l;

	(void)state;
	parse(&l, "tidemill data count caf\xe9.csv");
	assert_int_equal(l.code, EXIT_OK);
	drop(&l);
	parse(&l, "tidemill data count --columns caf\xe9:int64 x.csv");
	assert_int_equal(l.code, EXIT_USAGE);
	drop(&l);
}

static void
help_is_an_answer_wherever_it_is_asked_for(void **state)
{
	static const char *const lines[] = {
		"tidemill -h",           "tidemill help",        "tidemill help help",
		"tidemill runs -h",      "tidemill --help runs", "tidemill help runs",
		"tidemill runs list -h",
	};

	(void)state;
	for (size_t i = 0; i < countof(lines); i++) {
		struct line l;

		parse(&l, lines[i]);
		if (l.code != EXIT_OK || !l.done)
			fail_msg("%s: exit code %d", lines[i], l.code);
		drop(&l);
	}
}

static void
a_command_line_becomes_the_fields_of_a_request(void **state)
{
	static const struct {
		const char *line, *request;
	} rows[] = {
		{ "tidemill dags pause sales", "{\"dag\":\"sales\"}" },
		{ "tidemill dags trigger sales -l 2026-05-01 -w -p a=1 -p b=x=y",
		  "{\"dag\":\"sales\",\"logical_date\":\"2026-05-01\",\"params\":{\"a\":\"1\","
		  "\"b\":\"x=y\"}}" },
		{ "tidemill runs clear sales 2026-05-01 --only-failed -t load",
		  "{\"dag\":\"sales\",\"logical_date\":\"2026-05-01\",\"only_failed\":true,"
		  "\"task\":\"load\"}" },
		{ "tidemill runs cancel sales manual__1",
		  "{\"dag\":\"sales\",\"run_id\":\"manual__1\"}" },
		{ "tidemill backfill create sales --from-date 2026-05-01 --to-date 2026-05-02 "
		  "--max-active-runs 3 -n",
		  "{\"dag\":\"sales\",\"dry_run\":true,\"from_date\":\"2026-05-01\","
		  "\"max_active_runs\":3,\"to_date\":\"2026-05-02\"}" },
		{ "tidemill dags trigger sales -l soon", NULL },
		{ "tidemill dags trigger sales -p =x", NULL },
		{ "tidemill dags trigger sales -p a=1 -p b=2 -p a=1", NULL },
		{ "tidemill backfill create sales --max-active-runs 0", NULL },
	};

	(void)state;
	for (size_t i = 0; i < countof(rows); i++) {
		json_t *request = json_object();
		struct line l;
		char *text;
		int code;

		parse(&l, rows[i].line);
		assert_int_equal(l.code, EXIT_OK);
		code = parameter_fill(&l.cli, request);
		text = json_dumps(request, JSON_COMPACT | JSON_SORT_KEYS);
		if (code != (rows[i].request ? EXIT_OK : EXIT_USAGE) ||
		    (rows[i].request && strcmp(text, rows[i].request) != 0))
			fail_msg("%s: exit code %d, %s", rows[i].line, code, text);
		free(text);
		json_decref(request);
		drop(&l);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(options_stand_anywhere_and_are_written_in_three_ways),
		cmocka_unit_test(what_stands_behind_two_dashes_is_an_argument),
		cmocka_unit_test(a_wrong_command_line_is_wrong_usage),
		cmocka_unit_test(only_names_of_files_need_not_be_text),
		cmocka_unit_test(help_is_an_answer_wherever_it_is_asked_for),
		cmocka_unit_test(a_command_line_becomes_the_fields_of_a_request),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
