/* unknown.c - a word that is not known: what was meant, as far as can be told. */
#include "cli/term/unknown.h"

#include "cli/term/help.h"
#include "core/base/mem.h"
#include "core/text/diag.h"

#include <stdlib.h>
#include <string.h>

enum { FEW = 8, OPTIONS_MAX = 64 };

/* What people who know another program type first, and what does it here. */
struct custom {
	const char *typed, *answer;
};

static const struct custom word_customs[] = {
	{ "api-server", "the status page is `tidemill web`" },
	{ "completion", "shells complete nothing of it; `tidemill help` lists the commands" },
	{ "config", "settings stand in tidemill.yaml, which `tidemill validate` checks" },
	{ "connections", "they stand under `connections:` in tidemill.yaml, which "
			 "`tidemill validate` checks" },
	{ "db",
	  "the database is made, and brought up to date, by the first command that needs it" },
	{ "doctor", "`tidemill validate` checks the files, `tidemill why DAG` says what holds runs "
		    "back" },
	{ "init",
	  "a project is a directory with a dags/ in it: `mkdir dags`, and a DAG file there" },
	{ "man", "`tidemill help` lists the commands, `tidemill help COMMAND` tells more" },
	{ "run", "one run is made by `tidemill dags trigger DAG --wait`" },
	{ "start", "`tidemill standalone` is scheduler and page, `tidemill scheduler` that alone" },
	{ "status", "`tidemill runs list` shows runs, `tidemill dags list` dags" },
	{ "stop", "a scheduler ends on Ctrl-C or SIGTERM; its running tasks go on" },
	{ "variables", "they stand under `variables:` in tidemill.yaml, which "
		       "`tidemill validate` checks" },
	{ "version", "`tidemill --version` is the version" },
	{ "webserver", "the status page is `tidemill web`" },
};

/* Two words, of a group that is here too. */
static const struct custom pair_customs[] = {
	{ "dags backfill", "runs for a range of dates are made by `tidemill backfill create DAG`" },
	{ "dags delete", "remove its file from dags/; what it has done stays in the database" },
	{ "dags details", "a dag is shown by `tidemill dags show DAG`" },
	{ "dags list-import-errors", "mistakes in files are shown by `tidemill validate`" },
	{ "dags list-runs", "runs are listed by `tidemill runs list -d DAG`" },
	{ "dags reserialize",
	  "files are read again by themselves; `tidemill validate` checks them" },
	{ "dags state", "a run is shown by `tidemill runs show DAG RUN`" },
	{ "dags test", "one task is tried by `tidemill tasks test DAG TASK DATE`, a run is made by "
		       "`tidemill dags trigger DAG --wait`" },
	{ "pools delete", "pools stand under `pools:` in tidemill.yaml" },
	{ "pools get", "a pool is shown by `tidemill pools show POOL`" },
	{ "pools set", "pools stand under `pools:` in tidemill.yaml" },
	{ "runs retry", "a run is done again by `tidemill runs clear DAG RUN`, with --only-failed "
			"what failed of it" },
	{ "runs rerun", "a run is done again by `tidemill runs clear DAG RUN`" },
	{ "runs stop", "a run is ended by `tidemill runs cancel DAG RUN`" },
	{ "tasks clear", "a task is done again by `tidemill runs clear DAG RUN -t TASK`" },
	{ "tasks failed-deps", "what holds a task back is told by `tidemill why DAG TASK`" },
	{ "tasks retry", "a task is done again by `tidemill runs clear DAG RUN -t TASK`" },
	{ "tasks run", "one task is tried by `tidemill tasks test DAG TASK DATE`" },
	{ "tasks show", "the tasks of a dag are shown by `tidemill dags show DAG`, one of a run by "
			"`tidemill tasks state DAG TASK RUN`" },
	{ "tasks states-for-dag-run", "they are shown by `tidemill runs show DAG RUN`" },
};

static const struct custom option_customs[] = {
	{ "--conf", "a param is given by -p NAME=VALUE" },
	{ "--dag-id", "the dag is an argument, without an option" },
	{ "--dag_id", "the dag is an argument, without an option" },
	{ "--daemon",
	  "it stays in the foreground: systemd, or `nohup tidemill scheduler &`, keeps it" },
	{ "--date", "a run is named by --logical-date" },
	{ "--dir", "the project is named by -C DIR" },
	{ "--dag-regex", "the dag is an argument, without an option" },
	{ "--end-date", "the range is named by --from-date and --to-date" },
	{ "--execution-date", "a run is named by --logical-date" },
	{ "--follow", "what is written so far is printed, nothing is followed" },
	{ "--host", "address and port are chosen by --listen 127.0.0.1:PORT" },
	{ "--json", "JSON is printed by -o json" },
	{ "--port", "address and port are chosen by --listen 127.0.0.1:PORT" },
	{ "--na-values", "words for null are given by --null-values" },
	{ "--quiet", "all but data goes to standard error: 2>/dev/null" },
	{ "--sep", "what stands between fields is given by --delimiter" },
	{ "--separator", "what stands between fields is given by --delimiter" },
	{ "--start-date", "the range is named by --from-date and --to-date" },
	{ "--verbose", "TIDEMILL_LOG=debug makes a scheduler say more" },
	{ "--yes", "nothing is asked, so that nothing needs a yes" },
	{ "-V", "the version is --version" },
	{ "-d", "the dag is an argument, without an option" },
	{ "-e", "the range is named by --from-date and --to-date" },
	{ "-f", "what is written so far is printed, nothing is followed" },
	{ "-q", "all but data goes to standard error: 2>/dev/null" },
	{ "-s", "the range is named by --from-date and --to-date" },
	{ "-v", "the version is --version; TIDEMILL_LOG=debug makes a scheduler say more" },
	{ "-y", "nothing is asked, so that nothing needs a yes" },
};

static const char *
custom_of(const struct custom *customs, size_t n, const char *word)
{
	size_t bytes = strcspn(word, "=");

	for (size_t i = 0; i < n; i++)
		if (strlen(customs[i].typed) == bytes && !strncmp(customs[i].typed, word, bytes))
			return customs[i].answer;
	return NULL;
}

void
unknown_name(const char *word, const char *const *names, size_t n, struct buf *out)
{
	const char *near = n ? diag_nearest(word, names, n) : NULL;

	if (near) {
		buf_format(out, "; did you mean '%s'?", near);
		return;
	}
	if (!n || n > FEW)
		return;
	buf_text(out, "; there is ");
	for (size_t i = 0; i < n; i++)
		buf_format(out, "%s%s", !i ? "" : i + 1 < n ? ", " : " and ", names[i]);
}

/* ---- commands ---- */

/* The commands whose first word (`at` 0) or last word (1) is this one. */
static size_t
commands_with(const struct cli *cli, const char *word, int at, const char **out)
{
	size_t n = 0, bytes = strlen(word);

	for (size_t i = 0; i < cli->n_commands; i++) {
		const char *words = cli->commands[i]->words, *space = strchr(words, ' ');

		if (space &&
		    (at ? !strcmp(space + 1, word)
			: (size_t)(space - words) == bytes && !strncmp(words, word, bytes)))
			out[n++] = words;
	}
	return n;
}

/* Of all commands; names has room for them. */
static const char *
nearest_command(const struct cli *cli, const char *given, const char **names)
{
	for (size_t i = 0; i < cli->n_commands; i++)
		names[i] = cli->commands[i]->words;
	return diag_nearest(given, names, cli->n_commands);
}

/* What was meant by words that name no command; appended. */
static void
say_meant(const struct cli *cli, char **words, int n, const char *given, struct buf *out)
{
	const char **names = mem_new(cli->n_commands, sizeof(*names)), *near = NULL;
	const char *custom = custom_of(pair_customs, countof(pair_customs), given);
	size_t group;

	if (!custom && (n == 1 || !nearest_command(cli, given, names)))
		custom = custom_of(word_customs, countof(word_customs), words[0]);
	group = commands_with(cli, words[0], 0, names);
	if (custom) {
		buf_format(out, "; %s", custom);
	} else if (group && n > 1) {
		near = diag_nearest(given, names, group);
		if (!near && group == 1)
			near = names[0];
		buf_text(out, near ? "" : "; there are ");
		for (size_t i = 0; !near && i < group; i++)
			buf_format(out, "%s%s", i ? ", " : "", names[i]);
	} else {
		size_t same = commands_with(cli, words[0], 1, names);

		for (size_t i = 0; i < same; i++)
			buf_format(out, "%s%s'", i ? " or '" : ", perhaps '", names[i]);
		near = same ? NULL : nearest_command(cli, given, names);
		if (!near && !same)
			near = nearest_command(cli, words[0], names);
	}
	if (near)
		buf_format(out, ", perhaps '%s'", near);
	if (!custom)
		buf_text(out, "; `tidemill help` lists them");
	free(names);
}

int
unknown_command(const struct cli *cli, char **words, int n)
{
	char *given = n > 1 ? mem_format("%s %s", words[0], words[1]) : mem_str(words[0]);
	struct buf meant;
	int code;

	buf_init(&meant, SIZE_MAX);
	say_meant(cli, words, n, given, &meant);
	code = cli_fail(EXIT_USAGE, "there is no command '%s'%s", given, meant.data);
	buf_release(&meant);
	free(given);
	return code;
}

/* ---- options ---- */

/* The option that a word is the beginning of, or is near to; NULL: none is. */
static const char *
nearest_option(const struct cli_command *c, const char *word)
{
	const char *names[OPTIONS_MAX], *name = word + strspn(word, "-"), *begun = NULL;
	size_t n = 0, bytes = strcspn(name, "=");
	int found = 0;

	for (const struct option *o = c ? c->options : NULL; o && o->name && n < countof(names);
	     o++)
		names[n++] = o->name;
	for (const struct option *o = global_options; o->name && n < countof(names); o++)
		names[n++] = o->name;
	for (size_t i = 0; i < n && bytes > 1; i++)
		if (!strncmp(names[i], name, bytes)) {
			begun = names[i];
			found++;
		}
	return found == 1 ? begun : bytes > 1 ? diag_nearest(name, names, n) : NULL;
}

int
unknown_option(const struct cli_command *c, const char *word)
{
	const char *custom = custom_of(option_customs, countof(option_customs), word);
	const char *near = nearest_option(c, word);

	if (near)
		return cli_fail(EXIT_USAGE,
				"unknown option '%s', perhaps '--%s'; see `tidemill "
				"help%s%s`",
				word, near, c ? " " : "", c ? c->words : "");
	if (custom)
		return cli_fail(EXIT_USAGE, "there is no option '%s': %s", word, custom);
	return cli_fail(EXIT_USAGE, "unknown option '%s'; see `tidemill help%s%s`", word,
			c ? " " : "", c ? c->words : "");
}

/* ---- arguments ---- */

/* Append the words of `args` from number `from` up to `to`, as "TASK and RUN". */
static void
add_args(const char *args, int from, int to, struct buf *out)
{
	for (int i = 0; *args && i < to; i++) {
		size_t bytes = strcspn(args, " ");

		if (i >= from)
			buf_format(out, "%s%.*s",
				   i == from    ? ""
				   : i + 1 < to ? ", "
						: " and ",
				   (int)bytes, args);
		args += bytes + (args[bytes] == ' ');
	}
}

int
unknown_arguments(const struct cli *cli)
{
	const struct cli_command *c = cli->command;
	struct buf what;
	int code;

	buf_init(&what, SIZE_MAX);
	if (cli->n_args < c->args_min) {
		add_args(c->args, cli->n_args, c->args_min, &what);
		buf_format(&what, " %s missing", c->args_min - cli->n_args > 1 ? "are" : "is");
	} else {
		buf_format(&what, "'%s' is one argument too many", cli->args[c->args_max]);
	}
	code = cli_fail(EXIT_USAGE, "%s; usage: tidemill %s%s%s; see `tidemill help %s`", what.data,
			c->words, c->args ? " " : "", c->args ? c->args : "", c->words);
	buf_release(&what);
	return code;
}
