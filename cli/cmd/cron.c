/* cron.c - `tidemill cron` and `tidemill dags next-execution`: when a cron or a dag is due next. */
#include "cli/cmd/list.h"

#include "core/base/clock.h"
#include "core/base/mem.h"
#include "cli/term/look.h"
#include "cli/term/out.h"
#include "core/parts/zones.h"
#include "core/model/interval.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { COUNT_USUAL = 10, COUNT_MOST = 100000000, YEARS_AHEAD = 40, DUE_MOST = 10000 };

/* What is wrong with an expression, with a caret below it. */
static int
refuse(const char *text, const struct cron_marks *marks, const struct err *err)
{
	int code = cli_fail(marks->never ? EXIT_NO : EXIT_USAGE, "%s", err->msg);

	if (*text != '@') {
		say("    %s", text);
		say("    %*s^", (int)marks->at, "");
		if (!strpbrk(text, " \t"))
			say("put all five fields in quotes: tidemill cron '30 2 * * *'");
	}
	return code;
}

static void
warn_uneven(const char *text, const struct cron_marks *marks)
{
	for (size_t i = 0; i < marks->n_uneven; i++) {
		const struct cron_uneven *u = &marks->uneven[i];

		say_warning("'%.*s' does not divide the %s field, so its last step is shorter%s%s",
			    (int)u->bytes, text + u->at, u->field,
			    u->divisors ? "; steps that divide it are " : "",
			    u->divisors ? u->divisors : "");
	}
}

static int
read_crons(const struct cli *cli, struct cron *crons)
{
	for (int i = 0; i < cli->n_args; i++) {
		struct cron_marks marks;
		struct err err;

		if (cron_parse(&crons[i], cli->args[i], &marks, &err))
			return refuse(cli->args[i], &marks, &err);
		warn_uneven(cli->args[i], &marks);
	}
	return EXIT_OK;
}

/* The place of an option's value among words; 0, the first of them: it was not given. */
static int
read_word(const struct cli *cli, const char *name, const char *const *words, int *out)
{
	const char *value = cli_value(cli, name);

	*out = 0;
	if (!value)
		return EXIT_OK;
	for (int i = 1; words[i]; i++)
		if (strcmp(words[i], value) == 0)
			*out = i;
	return *out ? EXIT_OK
		    : cli_fail(EXIT_USAGE, "--%s has to be %s, %s or %s, not '%s'", name, words[1],
			       words[2], words[3], value);
}

/* The last instant that is looked at; there is no text for one behind the year 9999. */
static int64_t
years_ahead(int64_t us)
{
	const struct civil last = { .year = 9999, .month = 12, .day = 30 };
	struct civil c = civil_of(us);

	c.year += YEARS_AHEAD;
	return c.year > last.year ? civil_us(&last) : civil_us(&c);
}

static int
print_fires(const struct schedule *s, int64_t from, int64_t count)
{
	int64_t end = years_ahead(from), us = from, n = 0;
	char text[ZONE_TEXT_CHARS + 1];

	while (n < count) {
		us = schedule_after(s, us);
		if (us > end)
			break;
		zone_format(s->zone, us, text);
		(void)puts(text);
		n++;
	}
	if (!n)
		return cli_fail(EXIT_NO, "it does not fire in the %d years that follow",
				YEARS_AHEAD);
	if (n < count)
		say_warning("it fires only %lld times in the %d years that follow", (long long)n,
			    YEARS_AHEAD);
	return EXIT_OK;
}

static int
read_from(const struct cli *cli, const struct zone *zone, int64_t *out)
{
	const char *text = cli_value(cli, "from");

	*out = clock_wall_us();
	if (!text || zone_parse(zone, text, strlen(text), out))
		return EXIT_OK;
	return cli_fail(EXIT_USAGE,
			"--from: '%s' is not a date such as 2026-05-01 or a time such as "
			"2026-05-01T02:30:00, in the zone, or with an offset behind it",
			text);
}

static int
cron(struct cli *cli)
{
	static const char *const gaps[] = { "", "next", "skip", "shift", NULL };
	static const char *const overlaps[] = { "", "first", "second", "both", NULL };
	const char *count_text = cli_value(cli, "count"), *name = cli_value(cli, "timezone");
	struct cron crons[SCHEDULE_CRONS_MAX];
	struct schedule s = { .crons = crons, .n = (size_t)cli->n_args };
	int64_t count = COUNT_USUAL, from;
	struct zone *zone = NULL;
	int gap, overlap, code;
	struct err err;

	if (count_text && !cli_number("--count", count_text, 1, COUNT_MOST, &count))
		return EXIT_USAGE;
	code = read_word(cli, "dst-gap", gaps, &gap);
	if (!code)
		code = read_word(cli, "dst-overlap", overlaps, &overlap);
	if (!code)
		code = read_crons(cli, crons);
	if (!code && name && zone_open(name, &zone, &err))
		code = cli_error(&err);
	if (!code)
		code = read_from(cli, zone, &from);
	if (!code) {
		s.zone = zone;
		s.gap = (enum gap_rule)gap;
		s.overlap = (enum overlap_rule)overlap;
		code = print_fires(&s, from, count);
	}
	zone_unref(zone);
	return code;
}

static const struct option cron_options[] = {
	OPTION("timezone", 0, "ZONE", "whose clock the cron means; default UTC"),
	OPTION("from", 0, "TIME", "the fires after it, strictly; default now"),
	OPTION("count", 'n', "N", "how many; default 10"),
	OPTION("dst-gap", 0, "RULE", "next, skip or shift: a time that the clock passes over"),
	OPTION("dst-overlap", 0, "RULE", "first, second or both: a time that it shows twice"),
	OPTIONS_END,
};

static const char cron_details[] =
    "One time a line, with the offset that is then in force.  Of several EXPR all fires are\n"
    "printed, those at one instant once.  It looks 40 years ahead: when there are fewer fires\n"
    "than asked for, it says so on standard error; when there is none, the exit code is 1.\n"
    "\n"
    "  tidemill cron '30 2 * * *' --timezone Europe/Berlin --from 2026-03-28\n"
    "  tidemill cron '0 6 * * fri#2' '0 6 L * *'\n";

const struct cli_command cmd_cron = {
	.words = "cron",
	.args = "EXPR...",
	.summary = "when a cron fires next",
	.details = cron_details,
	.args_min = 1,
	.args_max = SCHEDULE_CRONS_MAX,
	.options = cron_options,
	.anywhere = true,
	.is_plain = true,
	.run = cron,
};

/* ---- of a dag ---- */

/* The start of the first interval that becomes due after an instant; INT64_MAX: none will. */
static int64_t
first_due_after(const struct dag *dag, int64_t from_us)
{
	int64_t first = interval_from(dag, dag->start_us), newest;

	if (first == INT64_MAX)
		return first;
	newest = interval_newest(dag, first, from_us);
	return newest == INT64_MIN ? first : interval_next(dag, newest);
}

static json_t *
due_rows(const struct dag *dag, int64_t from_us, int64_t count)
{
	int64_t us = first_due_after(dag, from_us);
	json_t *rows = json_array();

	for (int64_t n = 0; n < count && us < dag->end_us; n++, us = interval_next(dag, us)) {
		char text[TIMESTAMP_CHARS + 1], due[ZONE_TEXT_CHARS + 1];
		int64_t due_us = interval_due(dag, us);
		json_t *row;

		if (due_us == INT64_MAX)
			break;
		row = json_object();
		grid_instant_text(dag->grid, us, text);
		if (dag->partitioned)
			(void)json_object_set_new(row, "partition", json_string(text));
		timestamp_format(us, text);
		(void)json_object_set_new(row, "data_interval_start", json_string(text));
		timestamp_format(interval_end(dag, us), text);
		(void)json_object_set_new(row, "data_interval_end", json_string(text));
		zone_format(dag->zone, due_us, due);
		(void)json_object_set_new(row, "due", json_string(due));
		(void)json_array_append_new(rows, row);
	}
	return rows;
}

static const struct out_column due_columns[] = {
	{ "partition", "PARTITION", OUT_TEXT, 0 },
	{ "data_interval_start", "DATA_INTERVAL_START", OUT_TEXT, 0 },
	{ "data_interval_end", "DATA_INTERVAL_END", OUT_TEXT, 0 },
	{ "due", "DUE", OUT_TEXT, 0 },
};

static int
print_due(struct cli *cli, const struct dag *dag)
{
	const char *count_text = cli_value(cli, "count");
	int64_t count = 1, from;
	json_t *rows;

	if (count_text && !cli_number("--count", count_text, 1, DUE_MOST, &count))
		return EXIT_USAGE;
	if (read_from(cli, dag->zone, &from))
		return EXIT_USAGE;
	if (dag_is_woken(dag))
		return cli_fail(EXIT_NO,
				"no clock makes runs of dag '%s', datasets do (%s); what they "
				"wait for says: tidemill why %s",
				dag->id, dag->schedule_text, dag->id);
	if (!dag->has_fires || dag->start_us == INT64_MIN)
		return cli_fail(EXIT_NO, "dag '%s' has no schedule that makes runs of it", dag->id);
	rows = due_rows(dag, from, count);
	out_list(cli, rows, due_columns + !dag->partitioned,
		 countof(due_columns) - !dag->partitioned, "no further run comes");
	json_decref(rows);
	return EXIT_OK;
}

static int
next_execution(struct cli *cli)
{
	struct project project = { 0 };
	int code = look_project(cli, &project);
	const struct dag *dag = code ? NULL : look_dag(&project, cli->args[0]);

	if (!code)
		code = dag ? print_due(cli, dag) : EXIT_USAGE;
	project_release(&project);
	return code;
}

static const struct option next_options[] = {
	OPTION("count", 'n', "N", "how many; default 1"),
	OPTION("from", 0, "TIME", "those due after it, strictly; default now"),
	OPTIONS_END,
};

const struct cli_command cmd_dags_next_execution = {
	.words = "dags next-execution",
	.args = "DAG",
	.summary = "when the schedule of a dag makes its next runs, by its file",
	.details = "  tidemill dags next-execution sales -n 5\n",
	.args_min = 1,
	.args_max = 1,
	.options = next_options,
	.run = next_execution,
};
