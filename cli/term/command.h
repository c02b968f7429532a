/*
 * command.h - one list of commands makes parser and help.
 *
 * A command is a row: its words, what it takes, its options, a function.  The
 * parser fills struct cli from the row, so a command never looks at argv.
 * Data goes to stdout, everything else to stderr.
 */
#ifndef CLI_TERM_COMMAND_H
#define CLI_TERM_COMMAND_H

#include "cli/term/say.h"
#include "core/base/json.h"
#include "core/base/library.h"
#include "core/model/data_request.h"
#include "core/wire/spec.h"

/*
 * The other programs inside this one, given by main(): the only file that may
 * know them.  All block until they are done.
 */
struct programs {
	/* scheduler_main() of scheduler/daemon/scheduler.h */
	int (*scheduler)(const char *project_dir);
	/* web_main() of scheduler/web/web.h */
	int (*web)(const char *project_dir, const char *listen);
	/* Both, the page in a child. */
	int (*standalone)(const char *project_dir, const char *listen);
	/* scheduler_session() of scheduler/daemon/session.h */
	enum err_code (*session)(const char *project_dir, const json_t *request, bool wait,
				 json_t **reply, bool *failed, struct err *err);
	/* worker_test() of worker/trial.h */
	int (*task_test)(const struct spec *spec, char **result);
	/* sample_write() of worker/look/sample.h with the demo's seed */
	enum err_code (*sample)(const char *project_dir, int64_t events, int days,
				int64_t first_day, struct err *err);
	/* The libraries of all of them, with their versions. */
	void (*libraries)(struct library_list *list);
	/* data_run() of worker/look/data.h */
	enum err_code (*data)(const struct data_request *request, struct data_answer *answer,
			      struct err *err);
};

/* What the value of an option is for the scheduler; of one without a value: true. */
enum option_value {
	VALUE_TEXT,
	VALUE_DATE,  /* or a timestamp */
	VALUE_COUNT, /* 1 to 10000 */
	VALUE_PAIRS, /* NAME=VALUE, collected into one object */
};

/*
 * A command that has an option of the name of a global one means its own: so a row
 * named "output" says which words -o takes, with '|' between them, the default first.
 */
struct option {
	const char *name; /* without the dashes */
	char letter;      /* 0: none */
	const char *arg;  /* what it takes, in capitals; NULL: a flag */
	const char *help;
	const char *field; /* of the request that the command makes of it; NULL: none */
	enum option_value value;
};

/* clang-format off */
/* A row that the command itself reads, one that goes into its request, and the end of the rows. */
#define OPTION(name, letter, arg, help) { name, letter, arg, help, NULL, VALUE_TEXT }
#define OPTION_ASKS(name, letter, arg, help, field, value) { name, letter, arg, help, field, value }
#define OPTIONS_END { NULL, 0, NULL, NULL, NULL, VALUE_TEXT }
/* clang-format on */

struct cli;

/* A row: what the zero value of a member means is "none" or "no". */
struct cli_command {
	const char *words;   /* "dags list" */
	const char *args;    /* "DAG [TASK]" */
	const char *summary; /* one line */
	const char *details; /* prose, and examples, which are indented */
	int args_min, args_max;
	const struct option *options; /* ends with a NULL name */
	/*
	 * The command of the scheduler that it asks for (docs/CONTROL.md); NULL: none.  Of args
	 * DAG becomes field dag, TASK task, RUN becomes run_id or logical_date.
	 */
	const char *asks;
	bool spawns;      /* may start tasks: the spawner is forked before anything else */
	bool anywhere;    /* needs no project */
	bool is_plain;    /* prints no data, or only as text: it has no -o */
	bool takes_bytes; /* its arguments name files, which need not be UTF-8 */
	/* What it does, once the command line is right.  Gives an exit code. */
	int (*run)(struct cli *cli);
};

enum { CLI_ARGS_MAX = 4096, CLI_VALUES_MAX = 64 };

struct cli {
	const struct cli_command *const *commands; /* all there are, sorted by words */
	size_t n_commands;
	const struct cli_command *command;
	const struct programs *programs;
	char *project_dir; /* absolute, for the caller to free */
	char output[12];   /* the word of -o, said or not */
	bool json;         /* -o json */
	const char *args[CLI_ARGS_MAX];
	int n_args;
	struct {
		const struct option *option;
		const char *value;
	} values[CLI_VALUES_MAX];
	int n_values;
};

/*
 * Fill cli, whose commands and programs are given, from argv: global options,
 * words, options, arguments.  On failure prints what is wrong and how to get
 * help, and gives EXIT_USAGE; help and version are printed here too (*done is
 * set, EXIT_OK).
 */
int command_parse(struct cli *cli, int argc, char **argv, bool *done);

/*
 * Find the project of a parsed command line; a command that needs none goes by the current
 * directory where there is none.  EXIT_OK, or what was wrong was said.
 */
int command_project(struct cli *cli);

/* The last value of an option, "" of a flag; NULL: it was not given. */
const char *cli_value(const struct cli *cli, const char *name);

/* Was the option given? */
bool cli_given(const struct cli *cli, const char *name);

/* A date or timestamp from the command line into *us; false: said so on stderr. */
bool cli_date(const char *what, const char *text, int64_t *us);

/* A whole number between min and max; false: said so on stderr. */
bool cli_number(const char *what, const char *text, int64_t min, int64_t max, int64_t *out);

#endif
