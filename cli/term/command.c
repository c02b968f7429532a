/* command.c - parsing the command line by the list of commands, and help from it. */
#include "cli/term/command.h"

#include "core/time/civil.h"
#include "core/text/diag.h"
#include "core/base/mem.h"
#include "core/dagfile/project.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct option global_options[] = {
	OPTION("directory", 'C', "DIR", "the project directory; else $TIDEMILL_HOME, else here"),
	OPTION("output", 'o', "table|json", "how to print; the first is the default"),
	OPTION("help", 'h', NULL, "help for the program or a command"),
	OPTION("version", 0, NULL, "the version"),
	OPTIONS_END,
};

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

bool
cli_date(const char *what, const char *text, int64_t *us)
{
	if (timestamp_parse(text, strlen(text), us))
		return true;
	(void)cli_fail(EXIT_USAGE, "%s '%s' is not a date: use YYYY-MM-DD or YYYY-MM-DDTHH:MM:SSZ",
		       what, text);
	return false;
}

bool
cli_number(const char *what, const char *text, int64_t min, int64_t max, int64_t *out)
{
	char *end;
	long long n = strtoll(text, &end, 10);

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

/* The words of -o, with '|' between them. */
static const char *
outputs_of(const struct cli_command *c)
{
	const struct option *o = option_find(c->options, "", 0, 'o');

	return (o ? o : option_find(global_options, "", 0, 'o'))->arg;
}

/* Those that `own` has itself are left out. */
static void
print_options(const char *title, const struct option *options, const struct option *own)
{
	if (!options)
		return;
	(void)printf("\n%s:\n", title);
	for (const struct option *o = options; o->name; o++) {
		char left[64];

		if (option_find(own, o->name, strlen(o->name), '\0'))
			continue;
		(void)snprintf(left, sizeof(left), "%c%c%c --%s%s%s", o->letter ? '-' : ' ',
			       o->letter ? o->letter : ' ', o->letter ? ',' : ' ', o->name,
			       o->arg ? " " : "", o->arg ? o->arg : "");
		(void)printf("  %-34s %s\n", left, o->help);
	}
}

static void
print_help(const struct cli *cli)
{
	(void)printf("usage: tidemill [-C DIR] [-o table|json] COMMAND [ARGUMENT]...\n\n"
		     "Runs data pipelines that are cut into date partitions.\n\nCommands:\n");
	for (size_t i = 0; i < cli->n_commands; i++)
		(void)printf("  %-18s %s\n", cli->commands[i]->words, cli->commands[i]->summary);
	print_options("Options of every command", global_options, NULL);
	(void)printf(
	    "\n`tidemill help COMMAND` tells more.  Exit codes: 0 done, 1 the answer is no, 2 "
	    "wrong "
	    "usage,\n3 the scheduler cannot be reached, 4 refused, 70 a bug, 130 interrupted.\n");
}

static void
print_command_help(const struct cli_command *c)
{
	(void)printf("usage: tidemill [-C DIR] [-o %s] %s%s%s%s\n\n%s.\n", outputs_of(c), c->words,
		     c->options ? " [OPTION]..." : "", c->args ? " " : "", c->args ? c->args : "",
		     c->summary);
	if (c->details)
		(void)printf("\n%s", c->details);
	print_options("Options", c->options, NULL);
	print_options("Options of every command", global_options, c->options);
}

static int
unknown_option(const struct cli_command *c, const char *word)
{
	const char *names[64];
	const char *near;
	size_t n = 0;

	for (const struct option *o = c ? c->options : NULL; o && o->name && n < 60; o++)
		names[n++] = o->name;
	for (const struct option *o = global_options; o->name; o++)
		names[n++] = o->name;
	near = diag_nearest(word + strspn(word, "-"), names, n);
	return cli_fail(EXIT_USAGE, "unknown option '%s'%s%s%s; see `tidemill help%s%s`", word,
			near ? ", perhaps '--" : "", near ? near : "", near ? "'" : "",
			c ? " " : "", c ? c->words : "");
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

/* The commands whose first word is `group`; false: there are none. */
static bool
write_group(const struct cli *cli, const char *group, struct buf *out)
{
	size_t bytes = strlen(group), found = 0;

	for (size_t i = 0; i < cli->n_commands; i++) {
		const struct cli_command *c = cli->commands[i];

		if (strncmp(c->words, group, bytes) != 0 || c->words[bytes] != ' ')
			continue;
		if (!found++)
			buf_format(out, "commands of %s:\n", group);
		buf_format(out, "  %-18s %s\n", c->words, c->summary);
	}
	return found > 0;
}

/* False: no command begins with this word. */
static bool
say_group(const struct cli *cli, const char *group)
{
	struct buf text;
	bool found;

	buf_init(&text, 1 << 16);
	found = write_group(cli, group, &text);
	if (found && cli_given(cli, "help"))
		(void)fputs(text.data, stdout);
	else if (found)
		say_text(text.data);
	buf_release(&text);
	return found;
}

static int
unknown_command(const struct cli *cli, char **words, int n)
{
	const char **names;
	const char *near;
	char *given;
	int code;

	if (n == 1 && say_group(cli, words[0]))
		return EXIT_USAGE;
	names = mem_new(cli->n_commands, sizeof(*names));
	given = n > 1 ? mem_format("%s %s", words[0], words[1]) : mem_str(words[0]);
	for (size_t i = 0; i < cli->n_commands; i++)
		names[i] = cli->commands[i]->words;
	near = diag_nearest(given, names, cli->n_commands);
	if (!near)
		near = diag_nearest(words[0], names, cli->n_commands);
	code = cli_fail(EXIT_USAGE, "there is no command '%s'%s%s%s; `tidemill help` lists them",
			given, near ? ", perhaps '" : "", near ? near : "", near ? "'" : "");
	free(given);
	free(names);
	return code;
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
			return cli_fail(EXIT_USAGE, "option '--%s' needs a value: --%s %s", o->name,
					o->name, o->arg);
		value = argv[++*at];
	}
	if (cli->n_values == CLI_VALUES_MAX)
		return cli_fail(EXIT_USAGE, "more than %d options", CLI_VALUES_MAX);
	cli->values[cli->n_values].option = o;
	cli->values[cli->n_values++].value = value ? value : "";
	return EXIT_OK;
}

/*
 * Words first, so that options are looked up in the right command.  Only
 * global options may stand before the words; those with a value are skipped.
 */
static int
find_words(struct cli *cli, int argc, char **argv, bool *word_at)
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
	if (n && !strcmp(words[0], "help") && !cli_given(cli, "help")) {
		cli->values[cli->n_values].option = &global_options[2];
		cli->values[cli->n_values++].value = "";
		word_at[at[0]] = true;
		if (n == 1)
			return EXIT_OK;
		return find_words(cli, argc - at[0], argv + at[0], word_at + at[0]);
	}
	cli->command = command_find(cli, words, n, &used);
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
	const char *words = outputs_of(cli->command), *given = cli_value(cli, "output");
	size_t n;

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
	const char *words = outputs_of(cli->command), *given = cli_value(cli, "output"), *near;
	struct arena *arena = arena_new();
	const char *names[8];
	size_t n = 0, bytes;
	int code;

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

static int
check_usage(struct cli *cli)
{
	const struct cli_command *c = cli->command;
	struct err err;

	if (!take_output(cli))
		return unknown_output(cli);
	if (cli->n_args < c->args_min || cli->n_args > c->args_max)
		return cli_fail(EXIT_USAGE, "usage: tidemill %s%s%s; see `tidemill help %s`",
				c->words, c->args ? " " : "", c->args ? c->args : "", c->words);
	if (project_dir(cli_value(cli, "directory"), &cli->project_dir, &err))
		return cli_error(&err);
	return EXIT_OK;
}

int
command_parse(struct cli *cli, int argc, char **argv, bool *done)
{
	bool *word_at = mem_new((size_t)argc + 1, sizeof(*word_at));
	int code = find_words(cli, argc, argv, word_at);

	if (!code)
		code = take_all(cli, argc, argv, word_at);
	free(word_at);
	*done = !code;
	if (code)
		return code;
	if (cli_given(cli, "version")) {
		(void)printf("tidemill %s\n", TIDEMILL_VERSION);
		return EXIT_OK;
	}
	if (cli_given(cli, "help") && cli->command) {
		print_command_help(cli->command);
		return EXIT_OK;
	}
	if (cli_given(cli, "help") || !cli->command) {
		print_help(cli);
		return cli_given(cli, "help") ? EXIT_OK : EXIT_USAGE;
	}
	*done = false;
	return check_usage(cli);
}
