/* help.c - what `tidemill help` prints, from the rows of commands: no line over 80 columns. */
#include "cli/term/help.h"

#include "core/text/wrap.h"

#include <stdio.h>
#include <string.h>

/* Where the words that explain begin: behind a command, and behind an option. */
enum { COMMAND_COLUMN = 21, OPTION_COLUMN = 31 };

const struct option global_options[] = {
	OPTION("directory", 'C', "DIR",
	       "the project directory; else $TIDEMILL_HOME, else here or the nearest one above"),
	OPTION("output", 'o', "table|json", "how to print; the first is the default"),
	OPTION("help", 'h', NULL, "help for the program or a command"),
	OPTION("version", 0, NULL, "the version"),
	OPTIONS_END,
};

static const struct option *
option_named(const struct option *options, const char *name)
{
	for (const struct option *o = options; o && o->name; o++)
		if (!strcmp(o->name, name))
			return o;
	return NULL;
}

const char *
help_outputs(const struct cli_command *c)
{
	const struct option *o = c ? option_named(c->options, "output") : NULL;

	if (c && c->is_plain)
		return "";
	return (o ? o : option_named(global_options, "output"))->arg;
}

/* `left`, and behind it, from a column on, what explains it. */
static void
add_entry(const char *left, const char *right, size_t column, struct buf *out)
{
	size_t chars = strlen(left);

	buf_text(out, left);
	for (; chars < column - 1; chars++)
		buf_char(out, ' ');
	if (chars >= column)
		buf_format(out, "\n%*s", (int)column, "");
	else
		buf_char(out, ' ');
	wrap_text(right, column, column, WRAP_COLUMNS, out);
	buf_char(out, '\n');
}

/* Those that `own` has itself are left out, and -o where there is none. */
static void
add_options(const char *title, const struct option *options, const struct cli_command *own,
	    struct buf *out)
{
	if (!options)
		return;
	buf_format(out, "\n%s:\n", title);
	for (const struct option *o = options; o->name; o++) {
		char left[80];

		if (own &&
		    (option_named(own->options, o->name) || (own->is_plain && o->letter == 'o')))
			continue;
		(void)snprintf(left, sizeof(left), "  %c%c%c --%s%s%s", o->letter ? '-' : ' ',
			       o->letter ? o->letter : ' ', o->letter ? ',' : ' ', o->name,
			       o->arg ? " " : "", o->arg ? o->arg : "");
		add_entry(left, o->help, OPTION_COLUMN, out);
	}
}

static void
add_command(const struct cli_command *c, struct buf *out)
{
	char left[64];

	(void)snprintf(left, sizeof(left), "  %s", c->words);
	add_entry(left, c->summary, COMMAND_COLUMN, out);
}

void
help_program(const struct cli *cli, struct buf *out)
{
	buf_text(out, "usage: tidemill [-C DIR] [-o table|json] COMMAND [ARGUMENT]...\n\n"
		      "Runs data pipelines that are cut into date partitions.\n\nCommands:\n");
	for (size_t i = 0; i < cli->n_commands; i++)
		add_command(cli->commands[i], out);
	add_options("Options of every command", global_options, NULL, out);
	buf_text(out,
		 "\n`tidemill help COMMAND` tells more.\n"
		 "Exit codes: 0 done, 1 the answer is no, 2 wrong usage, 3 the scheduler cannot\n"
		 "be reached, 4 refused, 70 a bug, 130 interrupted.\n");
}

bool
help_group(const struct cli *cli, const char *group, struct buf *out)
{
	size_t bytes = strlen(group), found = 0;

	for (size_t i = 0; i < cli->n_commands; i++) {
		const struct cli_command *c = cli->commands[i];

		if (strncmp(c->words, group, bytes) != 0 || c->words[bytes] != ' ')
			continue;
		if (!found++)
			buf_format(out, "commands of %s:\n", group);
		add_command(c, out);
	}
	return found > 0;
}

/* Prose is broken anew; what is indented, an example, stays as it is. */
static void
add_details(const char *text, struct buf *out)
{
	struct buf prose;

	buf_init(&prose, SIZE_MAX);
	while (*text) {
		size_t n = strcspn(text, "\n");
		bool plain = n && *text != ' ';

		if (plain) {
			buf_text(&prose, prose.bytes ? " " : "");
			buf_add(&prose, text, n);
		}
		if (prose.bytes && (!plain || !text[n] || !text[n + 1])) {
			wrap_text(prose.data, 0, 0, WRAP_COLUMNS, out);
			buf_char(out, '\n');
			buf_reset(&prose);
		}
		if (!plain) {
			buf_add(out, text, n);
			buf_char(out, '\n');
		}
		text += n + (text[n] == '\n');
	}
	buf_release(&prose);
}

void
help_command(const struct cli_command *c, struct buf *out)
{
	const char *outputs = help_outputs(c);
	struct buf usage;

	buf_init(&usage, SIZE_MAX);
	buf_text(&usage, "usage: tidemill");
	buf_text(&usage, c->anywhere ? "" : " [-C DIR]");
	if (*outputs)
		buf_format(&usage, " [-o %s]", outputs);
	buf_format(&usage, " %s%s%s%s", c->words, c->options ? " [OPTION]..." : "",
		   c->args ? " " : "", c->args ? c->args : "");
	wrap_text(usage.data, 0, 7, WRAP_COLUMNS, out);
	buf_text(out, "\n\n");
	wrap_text(c->summary, 0, 0, WRAP_COLUMNS, out);
	buf_text(out, ".\n");
	if (c->details) {
		buf_char(out, '\n');
		add_details(c->details, out);
	}
	add_options("Options", c->options, NULL, out);
	add_options("Options of every command", global_options, c, out);
	buf_release(&usage);
}
