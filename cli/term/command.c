/* command.c - parsing the command line by the list of commands, and help from it. */
#include "cli/term/command.h"

#include "core/model/interval.h"
#include "cli/term/help.h"
#include "cli/term/unknown.h"
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/base/unicode.h"
#include "core/project/home.h"
#include "core/project/project.h"
#include "core/text/diag.h"
#include "core/time/civil.h"
#include "core/time/grid.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *
cli_value(const struct cli *cli, const char *name)
{
	for (int i = cli->n_values - 1; i >= 0; i--)
		if (!strcmp(cli->values[i].option->name, name))
			return cli->values[i].value;
	return NULL;
}

bool
cli_given(const struct cli *cli, const char *name)
{
	return cli_value(cli, name) != NULL;
}

/* A bound beyond this one is none for a person. */
static const int64_t NUMBER_SAID_MAX = INT64_C(1000000000000);

/* The date that a word or another spelling means, "" when that cannot be told. */
static void
near_date(const char *text, char out[DATE_CHARS + 1])
{
	static const struct {
		const char *word;
		int64_t days;
	} words[] = { { "today", 0 }, { "now", 0 }, { "yesterday", -1 }, { "tomorrow", 1 } };
	char iso[40], spelled[GRID_TEXT_CHARS + 1];
	unsigned day, month, year;
	int64_t us;

	*out = '\0';
	for (size_t i = 0; i < countof(words); i++) {
		if (strcmp(text, words[i].word) != 0)
			continue;
		grid_text(grid_days, grid_part(grid_days, clock_wall_us()) + words[i].days,
			  spelled);
		(void)snprintf(out, DATE_CHARS + 1, "%.10s", spelled);
	}
	/* Which of 05/06/2026 is the month cannot be told; with points the day comes first. */
	if (sscanf(text, "%2u.%2u.%4u", &day, &month, &year) != 3 &&
	    sscanf(text, "%4u-%2u-%2u", &year, &month, &day) != 3 &&
	    sscanf(text, "%4u/%2u/%2u", &year, &month, &day) != 3 &&
	    sscanf(text, "%4u%2u%2u", &year, &month, &day) != 3)
		return;
	(void)snprintf(iso, sizeof(iso), "%04u-%02u-%02u", year, month, day);
	if (timestamp_parse(iso, strlen(iso), &us))
		(void)snprintf(out, DATE_CHARS + 1, "%.10s", iso);
}

bool
cli_date(const char *what, const char *text, int64_t *us)
{
	char near[DATE_CHARS + 1];

	if (interval_is_text(text, us))
		return true;
	near_date(text, near);
	(void)cli_fail(EXIT_USAGE,
		       "%s '%s' is not a date: use YYYY-MM-DD or YYYY-MM-DDTHH:MM:SSZ%s%s", what,
		       text, *near ? ", perhaps " : "", near);
	return false;
}

bool
cli_number(const char *what, const char *text, int64_t min, int64_t max, int64_t *out)
{
	char *end;
	long long n = strtoll(text, &end, 10);

	if ((end == text || *end || n < min || n > max) && max > NUMBER_SAID_MAX) {
		(void)cli_fail(EXIT_USAGE, "%s '%s' is not a whole number of at least %lld", what,
			       text, (long long)min);
		return false;
	}
	if (end == text || *end || n < min || n > max) {
		(void)cli_fail(EXIT_USAGE, "%s '%s' is not a whole number from %lld to %lld", what,
			       text, (long long)min, (long long)max);
		return false;
	}
	*out = n;
	return true;
}

static const struct option *
option_find(const struct option *options, const char *name, size_t bytes, char letter)
{
	for (const struct option *o = options; o && o->name; o++)
		if (letter ? o->letter == letter
			   : strlen(o->name) == bytes && !memcmp(o->name, name, bytes))
			return o;
	return NULL;
}

/* What the words given so far can be; the longest match of the list wins. */
static const struct cli_command *
command_find(const struct cli *cli, char **words, int n, int *used)
{
	const struct cli_command *found = NULL;

	for (size_t i = 0; i < cli->n_commands; i++) {
		const struct cli_command *c = cli->commands[i];
		char joined[128];
		const char *space = strchr(c->words, ' ');
		int need = space ? 2 : 1;

		if (n < need)
			continue;
		(void)snprintf(joined, sizeof(joined), "%s%s%s", words[0], need == 2 ? " " : "",
			       need == 2 ? words[1] : "");
		if (!strcmp(joined, c->words) && (!found || need > *used)) {
			found = c;
			*used = need;
		}
	}
	return found;
}

/* A word that commands begin with: what they are, asked for or not.  False: it is no such word. */
static bool
say_group(const struct cli *cli, const char *group, bool asked)
{
	struct buf text;
	bool found;

	buf_init(&text, 1 << 16);
	found = help_group(cli, group, &text);
	if (found && asked)
		(void)fputs(text.data, stdout);
	else if (found)
		say_text(text.data);
	buf_release(&text);
	return found;
}

/* Is help asked for anywhere in it? */
static bool
asks_help(const struct cli *cli, int argc, char **argv)
{
	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
		if (!strcmp(argv[i], "-h") || !strcmp(argv[i], "--help"))
			return true;
	return cli_given(cli, "help");
}

/*
 * Two values of an option that changes something: nobody can tell which was meant.  Of one that
 * only chooses what is shown the last counts.
 */
static int
check_twice(const struct cli *cli, const struct option *o, const char *value)
{
	const char *before = o->value == VALUE_PAIRS ? NULL : cli_value(cli, o->name);

	if (!before || !strcmp(before, value))
		return EXIT_OK;
	return cli_fail(EXIT_USAGE, "--%s is given twice, '%s' and '%s': which is meant?", o->name,
			before, value);
}

/* One option at argv[*at]; moves *at over what it used. */
static int
take_option(struct cli *cli, int argc, char **argv, int *at)
{
	const char *word = argv[*at];
	bool longer = word[1] == '-';
	const char *name = longer ? word + 2 : word + 1;
	const char *equals = longer ? strchr(name, '=') : NULL;
	size_t bytes = equals ? (size_t)(equals - name) : strlen(name);
	const struct cli_command *c = cli->command;
	const struct option *own = c ? c->options : NULL;
	const struct option *o = option_find(own, name, bytes, longer ? '\0' : *name);
	const char *value = equals ? equals + 1 : !longer && name[1] ? name + 1 : NULL;

	if (!o)
		o = option_find(global_options, name, bytes, longer ? '\0' : *name);
	if (!o)
		return unknown_option(c, word);
	if (!o->arg && value)
		return cli_fail(EXIT_USAGE, "option '--%s' takes no value", o->name);
	if (o->arg && !value) {
		if (*at + 1 >= argc)
			return cli_fail(EXIT_USAGE, "option '%s' needs a value: %s %s", word, word,
					o->arg);
		value = argv[++*at];
	}
	if (o->arg && o->field && check_twice(cli, o, value))
		return EXIT_USAGE;
	if (cli->n_values == CLI_VALUES_MAX)
		return cli_fail(EXIT_USAGE, "more than %d options", CLI_VALUES_MAX);
	cli->values[cli->n_values].option = o;
	cli->values[cli->n_values++].value = value ? value : "";
	return EXIT_OK;
}

/* An option that is none of those that may stand before the command. */
static bool
is_local_option(const char *word)
{
	if (word[0] != '-' || !word[1] || !strcmp(word, "--"))
		return false;
	if (word[1] != '-')
		return !option_find(global_options, "", 0, word[1]);
	return !option_find(global_options, word + 2, strcspn(word + 2, "="), '\0');
}

/*
 * Words first, so that options are looked up in the right command.  Only
 * global options may stand before the words; those with a value are skipped.
 */
static int
find_words(struct cli *cli, int argc, char **argv, bool *word_at, bool *done)
{
	char *words[2];
	int at[2] = { 0 }, n = 0, used = 0;

	for (int i = 1; i < argc && n < 2; i++) {
		if (!strcmp(argv[i], "-C") || !strcmp(argv[i], "-o") ||
		    !strcmp(argv[i], "--directory") || !strcmp(argv[i], "--output")) {
			i++;
			continue;
		}
		if (argv[i][0] == '-')
			continue;
		at[n] = i;
		words[n++] = argv[i];
	}
	if (n && !strcmp(words[0], "help")) {
		if (!cli_given(cli, "help")) {
			cli->values[cli->n_values].option = option_find(global_options, "", 0, 'h');
			cli->values[cli->n_values++].value = "";
		}
		word_at[at[0]] = true;
		if (n == 1)
			return EXIT_OK;
		return find_words(cli, argc - at[0], argv + at[0], word_at + at[0], done);
	}
	cli->command = command_find(cli, words, n, &used);
	if (!cli->command && n == 1 && say_group(cli, words[0], asks_help(cli, argc, argv))) {
		*done = asks_help(cli, argc, argv);
		return *done ? EXIT_OK : EXIT_USAGE;
	}
	if (!cli->command && n && at[0] > 1 && is_local_option(argv[at[0] - 1]))
		return cli_fail(EXIT_USAGE,
				"option '%s' stands before the command, and belongs behind it: "
				"`tidemill COMMAND %s ...`",
				argv[at[0] - 1], argv[at[0] - 1]);
	if (!cli->command)
		return n ? unknown_command(cli, words, n) : EXIT_OK;
	for (int i = 0; i < used; i++)
		word_at[at[i]] = true;
	return EXIT_OK;
}

static int
take_all(struct cli *cli, int argc, char **argv, const bool *word_at)
{
	bool options_end = false;

	for (int i = 1; i < argc; i++) {
		int code = EXIT_OK;

		if (word_at[i])
			continue;
		if (!options_end && !strcmp(argv[i], "--"))
			options_end = true;
		else if (!options_end && argv[i][0] == '-' && argv[i][1])
			code = take_option(cli, argc, argv, &i);
		else if (cli->n_args == CLI_ARGS_MAX)
			code = cli_fail(EXIT_USAGE, "more than %d arguments", CLI_ARGS_MAX);
		else
			cli->args[cli->n_args++] = argv[i];
		if (code)
			return code;
	}
	return EXIT_OK;
}

/* The word after -o, or the default; it has to be one of those that the command knows. */
static bool
take_output(struct cli *cli)
{
	const char *words = help_outputs(cli->command), *given = cli_value(cli, "output");
	size_t n;

	if (cli->command->is_plain)
		return !given;

	for (const char *p = words; *p; p += n + (p[n] == '|')) {
		n = strcspn(p, "|");
		if (given && (strlen(given) != n || memcmp(given, p, n) != 0))
			continue;
		(void)snprintf(cli->output, sizeof(cli->output), "%.*s", (int)n, p);
		cli->json = strcmp(cli->output, "json") == 0;
		return true;
	}
	return false;
}

static int
unknown_output(const struct cli *cli)
{
	const char *words = help_outputs(cli->command), *given = cli_value(cli, "output"), *near;
	struct arena *arena;
	const char *names[8];
	size_t n = 0, bytes;
	int code;

	if (cli->command->is_plain)
		return cli_fail(EXIT_USAGE, "`tidemill %s` prints no data: it has no -o",
				cli->command->words);
	arena = arena_new();

	for (const char *p = words; *p && n < countof(names); p += bytes + (p[bytes] == '|')) {
		bytes = strcspn(p, "|");
		names[n++] = arena_bytes(arena, p, bytes);
	}
	/* What programs ask for first; rows that come one by one have another word for it. */
	near = !strcmp(given, "json") ? "jsonl" : diag_nearest(given, names, n);
	code = cli_fail(EXIT_USAGE, "output '%s' is none of %s%s%s%s", given, words,
			near ? ", perhaps '" : "", near ? near : "", near ? "'" : "");
	arena_free(arena);
	return code;
}

/* Where the number of an argument is past the words for them, the last word counts. */
static void
arg_name(const char *args, int number, char out[32])
{
	size_t bytes = strcspn(args, " ");

	for (; number && args[bytes]; number--) {
		args += bytes + 1;
		bytes = strcspn(args, " ");
	}
	args += *args == '[';
	(void)snprintf(out, 32, "%.*s", (int)strcspn(args, " ]."), args);
}

/*
 * What is sent to the scheduler, stored and shown has to be text.  The names of files need not
 * be, and -C is judged once it is known which directory it is.
 */
static int
check_text(const struct cli *cli)
{
	const struct cli_command *c = cli->command;
	char name[32];

	for (int i = 0; i < cli->n_values; i++) {
		const struct option *o = cli->values[i].option;

		if (o->letter != 'C' && !unicode_valid(cli->values[i].value))
			return cli_fail(EXIT_USAGE, "--%s '%s' is not UTF-8 text", o->name,
					cli->values[i].value);
	}
	for (int i = 0; i < cli->n_args && !c->takes_bytes; i++) {
		arg_name(c->args ? c->args : "argument", i, name);
		if (!unicode_valid(cli->args[i]))
			return cli_fail(EXIT_USAGE, "%s '%s' is not UTF-8 text", name,
					cli->args[i]);
	}
	return EXIT_OK;
}

static int
check_usage(struct cli *cli)
{
	const struct cli_command *c = cli->command;
	int code;

	code = check_text(cli);
	if (code)
		return code;
	if (!take_output(cli))
		return unknown_output(cli);
	if (cli->n_args < c->args_min || cli->n_args > c->args_max)
		return unknown_arguments(cli);
	return EXIT_OK;
}

int
command_project(struct cli *cli)
{
	const char *dir = cli_value(cli, "directory");
	struct err err;

	if (!home_find(dir, &cli->project_dir, &err))
		return EXIT_OK;
	if (cli->command->anywhere && !project_dir(dir, &cli->project_dir, &err))
		return EXIT_OK;
	return cli_error(&err);
}

/* Of the command, or of the program; unasked it is for standard error. */
static int
print_help(const struct cli *cli)
{
	bool asked = cli_given(cli, "help");
	struct buf text;

	buf_init(&text, 1 << 20);
	if (cli->command)
		help_command(cli->command, &text);
	else
		help_program(cli, &text);
	if (asked)
		(void)fputs(text.data, stdout);
	else
		say_text(text.data);
	buf_release(&text);
	return asked ? EXIT_OK : EXIT_USAGE;
}

int
command_parse(struct cli *cli, int argc, char **argv, bool *done)
{
	bool *word_at = mem_new((size_t)argc + 1, sizeof(*word_at));
	int code;

	*done = false;
	code = find_words(cli, argc, argv, word_at, done);
	if (!code && !*done)
		code = take_all(cli, argc, argv, word_at);
	free(word_at);
	if (code || *done)
		return code;
	*done = true;
	if (cli_given(cli, "version")) {
		(void)printf("tidemill %s\n", TIDEMILL_VERSION);
		return EXIT_OK;
	}
	if (cli_given(cli, "help") || !cli->command)
		return print_help(cli);
	*done = false;
	return check_usage(cli);
}
