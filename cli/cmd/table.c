/* table.c - every command: the words, what it takes, what it does. */
#include "cli/cmd/cmd.h"

#define IDEMPOTENCY_KEY                                                                     \
	{                                                                                   \
		"idempotency-key", 0, "KEY", "sent again with the same key it is done once" \
	}
#define WAIT                                                                                       \
	{                                                                                          \
		"wait", 'w', NULL, "stay until the runs have ended; exit 1 if one did not succeed" \
	}
#define END                         \
	{                           \
		NULL, 0, NULL, NULL \
	}

static const struct option trigger_options[] = {
	{ "logical-date", 'l', "DATE", "the partition; default: the last complete one" },
	{ "param", 'p', "NAME=VALUE", "a parameter of the dag; may be given several times" },
	WAIT,
	IDEMPOTENCY_KEY,
	END,
};

static const struct option key_options[] = { IDEMPOTENCY_KEY, END };

static const struct option backfill_options[] = {
	{ "from-date", 0, "DATE", "the first logical date" },
	{ "to-date", 0, "DATE", "the last one; both are inclusive" },
	{ "reprocess-behavior", 0, "WHAT",
	  "none (default): only missing runs; failed; completed: all" },
	{ "max-active-runs", 0, "N", "at most N runs at a time; default: the dag's" },
	{ "run-backwards", 0, NULL, "the newest date first" },
	{ "param", 'p', "NAME=VALUE", "a parameter of the dag; may be given several times" },
	{ "dry-run", 'n', NULL, "only show what would be done with each date" },
	WAIT,
	IDEMPOTENCY_KEY,
	END,
};

static const struct option runs_options[] = {
	{ "dag", 'd', "DAG", "only runs of this dag" },
	{ "state", 's', "STATE", "only queued, running, success, failed or cancelled ones" },
	{ "limit", 0, "N", "at most N, the newest; default 100" },
	END,
};

static const struct option clear_options[] = {
	{ "only-failed", 0, NULL, "only tasks that did not succeed" },
	{ "task", 't', "TASK", "only this task and everything downstream of it" },
	{ "pinned", 0, NULL, "keep the definition the run had; default: the current one" },
	WAIT,
	IDEMPOTENCY_KEY,
	END,
};

static const struct option logs_options[] = {
	{ "try", 0, "N", "the log of try N; default: the last" },
	END,
};

static const struct option why_options[] = {
	{ "logical-date", 'l', "DATE", "which run; default: the oldest that has not ended" },
	END,
};

static const struct option listen_options[] = {
	{ "listen", 0, "ADDRESS", "default 127.0.0.1:8080; port 0 takes any free one" },
	END,
};

static const struct option sample_options[] = {
	{ "events", 0, "N", "how many events; default 1000000" },
	{ "days", 0, "N", "over how many days; default 21" },
	{ "from-date", 0, "DATE", "the first day; default 2026-05-01" },
	END,
};

#define DATA_OPTIONS(outputs)                                                                    \
	{ "output", 'o', outputs, "how to print; the first is the default" },                    \
	    { "format", 0, "FORMAT", "csv, jsonl or parquet; default: as the files are named" }, \
	    { "columns", 0, "LIST", "what the files hold, such as 'id:int64,at:timestamp'" },    \
	{                                                                                        \
		"schema", 0, "NAME", "the same by name; the one there is is events"              \
	}
#define SELECT                                                                               \
	{                                                                                    \
		"select", 'c', "NAMES", "only these columns, in this order: -c tenant_id,at" \
	}

static const struct option cat_options[] = { SELECT, DATA_OPTIONS("jsonl|csv|table"), END };
static const struct option data_options[] = { DATA_OPTIONS("table|json|csv|jsonl"), END };
static const struct option stats_options[] = { SELECT, DATA_OPTIONS("table|json|csv|jsonl"), END };
static const struct option head_options[] = {
	{ "rows", 'n', "N", "how many rows; default 10" },
	SELECT,
	DATA_OPTIONS("table|csv|jsonl"),
	END,
};

#define DATA_FILES                                                                             \
	"Files end in .parquet, .csv, .jsonl or .ndjson, those of text also in .gz or .zst\n"  \
	"behind that; '-' is standard input.  Parquet says itself what its columns are;\n"     \
	"those of text are declared (--columns, --schema), or all of them are text: types\n"   \
	"are never guessed.  A pipe cannot be read twice, so its columns have to be\n"         \
	"declared.  Of several files those whose names begin with '_' or '.' are skipped.\n"   \
	"Exit code 1: a file or a row could not be read, which standard error names; 2: the\n" \
	"command line, or the name of a column, is wrong.\n"

static const char cat_details[] = DATA_FILES
    "Several files are one table with the columns of the first.\n"
    "In a table null is NULL; a table has at most 10000 rows.  For jq there is -o jsonl.\n"
    "\n"
    "  tidemill data cat lake/events/event_date=2026-05-01/*.parquet | jq -c .properties\n"
    "  tidemill data cat --schema events -o csv landing/2026-05-01.jsonl.gz\n"
    "  zcat big.csv.gz | tidemill data cat --format csv --columns 'id:int64, name:string' -\n";

static const char count_details[] = DATA_FILES
    "Rows of text are counted by reading them; those of Parquet stand in the footer, and\n"
    "how many of these are bad is not known.  A table of several files ends in their total,\n"
    "unless one of them could not be read; csv and JSON have no total.\n"
    "\n"
    "  tidemill data count lake/events/*/*.parquet\n"
    "  tidemill data count -o csv --schema events landing/*.jsonl.gz\n";

static const char head_details[] = DATA_FILES
    "Several files are one table with the columns of the first.\n"
    "In a table null is NULL; a table has at most 10000 rows.  -n 0 shows the columns alone.\n"
    "For jq there is -o jsonl.\n"
    "\n"
    "  tidemill data head lake/events/event_date=2026-05-01/*.parquet\n"
    "  tidemill data head -n 3 -c tenant_id,user_id lake/events/event_date=2026-05-01/*.parquet\n"
    "  tidemill data head -n 1 -o jsonl people.csv | jq .\n";

static const char schema_details[] =
    DATA_FILES "Nothing but the footer of Parquet and the front of a text file is read.\n"
	       "\n"
	       "  tidemill data schema lake/events/event_date=2026-05-01/*.parquet\n"
	       "  tidemill data schema -o csv people.csv\n";

static const char stats_details[] = DATA_FILES
    "Several files are one table with the columns of the first.\n"
    "Distinct values are counted up to 65536: >65536 says that there are more, which is null\n"
    "in JSON.  MIN and MAX are empty for JSON and decimals, which have no order as text.  Of\n"
    "files that cannot be read to their end there are no statistics.\n"
    "\n"
    "  tidemill data stats lake/engagement/*/*.parquet\n"
    "  tidemill data stats -c engagement_score -o jsonl lake/engagement/*/*.parquet\n"
    "  tidemill data stats --columns id:int64,name:string,at:date people.csv\n";

static const struct option no_options[] = { END };

const struct command command_table[] = {
	{ "backfill create", "DAG", "make runs for a range of dates, as one stored plan",
	  "  tidemill backfill create sales --from-date 2026-05-01 --to-date 2026-05-21 --wait\n"
	  "  tidemill backfill create sales --from-date 2026-05-01 --to-date 2026-05-21 "
	  "--dry-run\n",
	  1, 1, backfill_options, COMMAND_SPAWNS, cmd_backfill_create },
	{ "dags list", "", "the dags, and how their last runs ended", NULL, 0, 0, no_options, 0,
	  cmd_dags_list },
	{ "dags pause", "DAG", "make no runs and start no tasks of a dag; what runs goes on", NULL,
	  1, 1, key_options, 0, cmd_dags_pause },
	{ "dags show", "DAG", "the tasks of a dag, what each waits for, and its datasets", NULL, 1,
	  1, no_options, 0, cmd_dags_show },
	{ "dags trigger", "DAG", "make one run now",
	  "  tidemill dags trigger sales --logical-date 2026-05-01 --wait\n", 1, 1, trigger_options,
	  COMMAND_SPAWNS, cmd_dags_trigger },
	{ "dags unpause", "DAG", "let a paused dag go on", NULL, 1, 1, key_options, 0,
	  cmd_dags_unpause },
	{ "data cat", "FILE...", "the rows of files", cat_details, 1, CLI_ARGS_MAX, cat_options, 0,
	  cmd_data_cat },
	{ "data count", "FILE...", "how many rows files have", count_details, 1, CLI_ARGS_MAX,
	  data_options, 0, cmd_data_count },
	{ "data head", "FILE...", "the first rows of files", head_details, 1, CLI_ARGS_MAX,
	  head_options, 0, cmd_data_head },
	{ "data schema", "FILE...", "the columns of files, and how Parquet stores them",
	  schema_details, 1, CLI_ARGS_MAX, data_options, 0, cmd_data_schema },
	{ "data stats", "FILE...",
	  "nulls, distinct values (counted up to 65536), least and greatest of each column",
	  stats_details, 1, CLI_ARGS_MAX, stats_options, 0, cmd_data_stats },
	{ "datasets list", "", "the datasets and how far they reach", NULL, 0, 0, no_options, 0,
	  cmd_datasets_list },
	{ "datasets show", "DATASET", "the partitions of a dataset: rows, version, stale, checks",
	  NULL, 1, 1, no_options, 0, cmd_datasets_show },
	{ "runs cancel", "DAG RUN", "end a run: RUN is a run id or a logical date", NULL, 2, 2,
	  key_options, 0, cmd_runs_cancel },
	{ "runs clear", "DAG RUN", "open a new epoch of a run that has ended: it runs again",
	  "  tidemill runs clear sales 2026-05-03 --only-failed --wait\n", 2, 2, clear_options,
	  COMMAND_SPAWNS, cmd_runs_clear },
	{ "runs list", "", "runs, the newest first", NULL, 0, 0, runs_options, 0, cmd_runs_list },
	{ "runs show", "DAG RUN", "one run and its tasks: RUN is a run id or a logical date", NULL,
	  2, 2, no_options, 0, cmd_runs_show },
	{ "sample create", "",
	  "sample events and tenants, always the same, into the project directory", NULL, 0, 0,
	  sample_options, 0, cmd_sample },
	{ "scheduler", "", "run the scheduler in the foreground", NULL, 0, 0, no_options,
	  COMMAND_SPAWNS, cmd_scheduler },
	{ "standalone", "", "the scheduler and the status page together", NULL, 0, 0,
	  listen_options, COMMAND_SPAWNS, cmd_standalone },
	{ "tasks list", "DAG", "the tasks of a dag in topological order", NULL, 1, 1, no_options, 0,
	  cmd_tasks_list },
	{ "tasks logs", "DAG TASK RUN", "the log of a task: RUN is a run id or a logical date",
	  NULL, 3, 3, logs_options, 0, cmd_tasks_logs },
	{ "tasks state", "DAG TASK RUN", "the state of a task and of its attempts", NULL, 3, 3,
	  no_options, 0, cmd_tasks_state },
	{ "tasks test", "DAG TASK DATE",
	  "run one task here and now; no state is recorded, output goes to a scratch place", NULL,
	  3, 3, no_options, 0, cmd_tasks_test },
	{ "validate", "[PATH]...", "check DAG files; without PATH those of the project", NULL, 0,
	  CLI_ARGS_MAX, no_options, 0, cmd_validate },
	{ "web", "", "the status page", NULL, 0, 0, listen_options, 0, cmd_web },
	{ "why", "DAG [TASK]", "every gate that holds a run or a task back", NULL, 1, 2,
	  why_options, 0, cmd_why },
};

const size_t command_count = countof(command_table);
