/* data.c - `tidemill data`: what is in files, without a project. */
#include "cli/cmd/list.h"

#include "cli/term/out.h"
#include "cli/term/parameter.h"
#include "core/text/diag.h"
#include "core/base/mem.h"
#include "core/base/words.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HEAD_ROWS = 10 };

/*
 * The parts of a text between commas, without the space around them, in the arena; an empty one
 * is refused by the caller.
 */
static size_t
split(struct arena *arena, const char *text, const char *const **out)
{
	const char **parts;
	size_t n = 1;

	for (const char *p = text; *p; p++)
		n += *p == ',';
	parts = arena_get(arena, n * sizeof(*parts));
	for (size_t i = 0; i < n; i++) {
		size_t bytes = strcspn(text, ","), before = strspn(text, " \t");
		const char *end = text + bytes;

		text += before < bytes ? before : bytes;
		while (bytes && end > text && (end[-1] == ' ' || end[-1] == '\t'))
			end--;
		parts[i] = arena_bytes(arena, text, (size_t)(end - text));
		text += strcspn(text, ",") + (i + 1 < n);
	}
	*out = parts;
	return n;
}

/* "name:type" into a column; the last colon counts. */
static int
read_column(struct arena *arena, const char *text, struct column *out)
{
	const char *colon = strrchr(text, ':'), *types[COL_TYPE_COUNT], *near;
	int type = colon ? col_type_of(colon + 1) : -1;

	if (!colon || colon == text)
		return cli_fail(EXIT_USAGE,
				"--columns: '%s' is not NAME:TYPE; to choose columns use -c", text);
	if (type < 0) {
		for (int i = 0; i < COL_TYPE_COUNT; i++)
			types[i] = col_type_name((enum col_type)i);
		near = diag_nearest(colon + 1, types, COL_TYPE_COUNT);
		return cli_fail(EXIT_USAGE,
				"--columns: '%s' is no type%s%s%s; there are int64, int32, "
				"float64, string, bool, timestamp, date and json",
				colon + 1, near ? ", perhaps '" : "", near ? near : "",
				near ? "'" : "");
	}
	out->name = arena_bytes(arena, text, (size_t)(colon - text));
	out->type = (enum col_type)type;
	return EXIT_OK;
}

static int
read_columns(struct arena *arena, const char *list, struct schema *out)
{
	const char *const *parts;
	size_t n = split(arena, list, &parts);
	struct column *columns = arena_get(arena, n * sizeof(*columns));
	int code = EXIT_OK;

	if (n > DATA_COLUMNS_MAX)
		return cli_fail(EXIT_USAGE, "--columns: more than %d columns", DATA_COLUMNS_MAX);
	*out = (struct schema){ columns, 0 };
	for (size_t i = 0; i < n && !code; i++) {
		code = read_column(arena, parts[i], &columns[i]);
		if (!code && schema_find(out, columns[i].name) >= 0)
			code = cli_fail(EXIT_USAGE, "--columns: '%s' stands there twice",
					columns[i].name);
		out->count += !code;
	}
	return code;
}

/* The parts of the value of an option, of which each is one of the key. */
static size_t
parts_of(const struct dialect_key *key, const char *value, struct arena *arena,
	 const char *const **out)
{
	const char **one;

	if (key->shape == DIALECT_LIST || key->shape == DIALECT_MAP)
		return split(arena, value, out);
	one = arena_get(arena, sizeof(*one));
	*one = value;
	*out = one;
	return 1;
}

/* The options that say how files differ are the keys of a DAG file with '-' for '_'. */
static int
read_dialect(const struct cli *cli, struct arena *arena, struct dialect *d)
{
	struct err err = { 0 };
	size_t n_keys;
	const struct dialect_key *keys = dialect_keys(&n_keys);

	for (size_t k = 0; k < n_keys; k++) {
		char *option = arena_str(arena, keys[k].name);
		const char *const *parts, *value;
		size_t n;

		for (char *p = option; *p; p++)
			*p = *p == '_' ? '-' : *p;
		value = cli_value(cli, option);
		n = value ? parts_of(&keys[k], value, arena, &parts) : 0;
		for (size_t i = 0; i < n; i++) {
			const char *text = parts[i], *colon = strrchr(text, ':'), *of = NULL;

			if (keys[k].shape == DIALECT_MAP) {
				if (!colon)
					return cli_fail(EXIT_USAGE, "--%s: '%s' is not THEIRS:OURS",
							option, text);
				of = arena_bytes(arena, text, (size_t)(colon - text));
				text = colon + 1;
			}
			if (dialect_set(d, &keys[k], of, text, arena, &err))
				return cli_fail(EXIT_USAGE, "--%s: %s", option, err.msg);
		}
	}
	return dialect_check(d, &err) ? cli_fail(EXIT_USAGE, "%s", err.msg) : EXIT_OK;
}

static int
say_no_format(const char *format)
{
	struct buf all;
	int code;

	buf_init(&all, SIZE_MAX / 2);
	words_or(format_words, FORMAT_COUNT, &all);
	code = cli_fail(EXIT_USAGE, "--format: '%s' is not %s", format, all.data);
	buf_release(&all);
	return code;
}

/* What the options say of the files. */
static int
read_request(const struct cli *cli, struct arena *arena, struct data_request *q)
{
	const char *format = cli_value(cli, "format"), *schema = cli_value(cli, "schema");
	const char *columns = cli_value(cli, "columns"), *names = cli_value(cli, "select");

	q->files = cli->args;
	q->n_files = (size_t)cli->n_args;
	q->format = format ? format_of(format) : -1;
	if (format && q->format < 0)
		return say_no_format(format);
	if (schema && columns)
		return cli_fail(EXIT_USAGE, "--schema or --columns, not both");
	if (schema && strcmp(schema, "events") != 0)
		return cli_fail(EXIT_USAGE,
				"--schema: '%s' is not known; the one there is is "
				"events",
				schema);
	if (names)
		q->n_names = split(arena, names, &q->names);
	if (q->n_names > DATA_COLUMNS_MAX)
		return cli_fail(EXIT_USAGE, "--select: more than %d columns", DATA_COLUMNS_MAX);
	for (size_t i = 0; i < q->n_names; i++) {
		for (size_t k = 0; k < i; k++) {
			if (!strcmp(q->names[i], q->names[k]))
				return cli_fail(EXIT_USAGE, "--select: '%s' stands there twice",
						q->names[i]);
		}
	}
	if (schema)
		q->declared = schema_events;
	if (read_dialect(cli, arena, &q->dialect))
		return EXIT_USAGE;
	return columns ? read_columns(arena, columns, &q->declared) : EXIT_OK;
}

/* A value of an answer as a field of csv (RFC 4180). */
static void
add_field(const json_t *value, struct buf *out)
{
	const char *text = json_string_value(value);
	size_t bytes = json_string_length(value);

	if (json_is_integer(value)) {
		buf_format(out, "%lld", (long long)json_integer_value(value));
	} else if (json_is_boolean(value)) {
		buf_text(out, json_is_true(value) ? "true" : "false");
	} else if (text && bytes && bytes == strcspn(text, ",\"\r\n")) {
		buf_text(out, text);
	} else if (text) {
		buf_char(out, '"');
		for (size_t i = 0; i < bytes; i++) {
			buf_text(out, text[i] == '"' ? "\"" : "");
			buf_add(out, &text[i], 1);
		}
		buf_char(out, '"');
	}
}

static void
add_csv(const struct data_answer *a, struct buf *out)
{
	const json_t *row, *column;
	size_t i, c;

	json_array_foreach(a->columns, c, column)
	{
		buf_text(out, c ? "," : "");
		add_field(json_object_get(column, "name"), out);
	}
	buf_char(out, '\n');
	json_array_foreach(a->rows, i, row)
	{
		json_array_foreach(a->columns, c, column)
		{
			const char *name = json_string_value(json_object_get(column, "name"));

			buf_text(out, c ? "," : "");
			add_field(json_object_get(row, name), out);
		}
		buf_char(out, '\n');
	}
}

static void
add_jsonl(const struct data_answer *a, struct buf *out)
{
	const json_t *row;
	size_t i;

	json_array_foreach(a->rows, i, row)
	{
		json_write(row, out);
		buf_char(out, '\n');
	}
}

/* As the text that -o asks for, in one piece. */
static void
print_lines(const struct cli *cli, const struct data_answer *a)
{
	struct buf out;

	buf_init(&out, SIZE_MAX);
	if (!strcmp(cli->output, "csv"))
		add_csv(a, &out);
	else
		add_jsonl(a, &out);
	(void)out_bytes(out.data, out.bytes, 0);
	buf_release(&out);
}

/* In a table what is not there must not look like an empty text. */
static void
show_nulls(const struct data_answer *a)
{
	const json_t *column, *value;
	size_t i, c;
	json_t *row;

	json_array_foreach(a->rows, i, row)
	{
		json_array_foreach(a->columns, c, column)
		{
			const char *name = json_get_text(column, "name", "");

			value = json_object_get(row, name);
			if (!value || json_is_null(value))
				(void)json_object_set_new(row, name, json_string("NULL"));
		}
	}
}

/* Distinct values that were not all counted. */
static void
show_limits(const struct data_answer *a)
{
	json_t *row;
	size_t i;

	json_array_foreach(a->rows, i, row)
	{
		const json_t *over = json_object_get(row, "distinct_over");
		char text[24];

		(void)snprintf(text, sizeof(text), ">%lld", (long long)json_integer_value(over));
		if (over)
			(void)json_object_set_new(row, "distinct", json_string(text));
	}
}

/* Of several files, unless one of them is missing in it.  Only for people: programs add up. */
static void
add_total(const struct data_answer *a)
{
	json_t *total = json_object();
	int64_t rows = 0, bad = 0;
	bool is_known = true;
	const json_t *row;
	size_t i;

	json_array_foreach(a->rows, i, row)
	{
		rows += json_get_int(row, "rows", 0);
		bad += json_get_int(row, "bad_rows", 0);
		is_known = is_known && json_is_integer(json_object_get(row, "bad_rows"));
	}
	(void)json_object_set_new(total, "file", json_string("total"));
	(void)json_object_set_new(total, "rows", json_integer(rows));
	(void)json_object_set_new(total, "bad_rows", is_known ? json_integer(bad) : json_null());
	(void)json_array_append_new(a->rows, total);
}

/* What a table for people has that the data for programs has not. */
static void
dress(const struct data_request *q, const struct data_answer *a)
{
	if (q->action == DATA_ROWS)
		show_nulls(a);
	else if (q->action == DATA_STATS)
		show_limits(a);
	else if (q->action == DATA_COUNT && json_array_size(a->rows) > 1 && !a->n_failed)
		add_total(a);
}

static void
print_list(const struct cli *cli, const struct data_request *q, const struct data_answer *a,
	   struct arena *arena)
{
	size_t n = json_array_size(a->columns), c;
	struct out_column *columns = arena_get(arena, n * sizeof(*columns));
	const json_t *column;

	json_array_foreach(a->columns, c, column)
	{
		columns[c] = (struct out_column){
			.key = json_get_text(column, "name", ""),
			.title = json_get_text(column, "title", ""),
			.kind = json_get_bool(column, "right", false) ? OUT_NUMBER : OUT_TEXT,
			.rank = (int)c,
		};
	}
	if (!cli->json)
		dress(q, a);
	if (cli->json || json_array_size(a->rows)) {
		out_list(cli, a->rows, columns, n, "");
		return;
	}
	if (q->action == DATA_ROWS && n)
		out_titles(columns, n);
	if (n && !a->problems && q->rows_max)
		say("there are no rows");
}

static int
run(struct cli *cli, struct data_request *q)
{
	struct arena *arena = arena_new();
	struct data_answer answer = { 0 };
	struct err err = { 0 };
	int code = read_request(cli, arena, q);

	/* `... | head` is no mistake: end as any other filter does. */
	(void)signal(SIGPIPE, SIG_DFL);
	if (!code && cli->programs->data(q, &answer, &err))
		code = cli_error(&err);
	if (!code && !q->to_stdout) {
		if (!strcmp(cli->output, "csv") || !strcmp(cli->output, "jsonl"))
			print_lines(cli, &answer);
		else
			print_list(cli, q, &answer, arena);
	}
	code = out_end(code);
	if (!code && answer.problems)
		code = EXIT_NO;
	json_decref(answer.columns);
	json_decref(answer.rows);
	arena_free(arena);
	return code;
}

/* Rows go straight to standard output, but for a table, which is laid out as a whole. */
static int
run_rows(struct cli *cli, int64_t rows_max)
{
	int format = format_of(cli->output);
	struct data_request q = { .action = DATA_ROWS, .rows_max = rows_max };

	q.to_stdout = format >= 0;
	if (q.to_stdout)
		q.output = (enum format)format;
	return run(cli, &q);
}

static int
print_rows(struct cli *cli)
{
	return run_rows(cli, INT64_MAX);
}

static int
print_head(struct cli *cli)
{
	const char *rows = cli_value(cli, "rows");
	int64_t n = HEAD_ROWS;

	/* A number that is too large is read as the largest there is, which is refused so. */
	if (rows && !cli_number("--rows", rows, 0, INT64_MAX - 1, &n))
		return EXIT_USAGE;
	return run_rows(cli, n);
}

static int
show_schema(struct cli *cli)
{
	return run(cli, &(struct data_request){ .action = DATA_SCHEMA });
}

static int
count_rows(struct cli *cli)
{
	return run(cli, &(struct data_request){ .action = DATA_COUNT });
}

static int
show_stats(struct cli *cli)
{
	return run(cli, &(struct data_request){ .action = DATA_STATS });
}

/* clang-format off */
#define OPTION_SELECT \
	OPTION("select", 'c', "NAMES", "only these columns, in this order: -c tenant_id,at")
#define OPTIONS_DATA(outputs) \
	OPTION("output", 'o', outputs, "how to print; the first is the default"), \
	OPTION("format", 0, "FORMAT", "csv, jsonl or parquet; default: as the files are named"), \
	OPTION("columns", 0, "LIST", "what the files hold, such as 'id:int64,at:timestamp'"), \
	OPTION("schema", 0, "NAME", "the same by name; the one there is is events"), \
	OPTION("delimiter", 0, "C", "of csv, such as ';' or tab; default ','"), \
	OPTION("quote", 0, "C", "of csv, or none; default '\"'"), \
	OPTION("escape", 0, "C", "what stands before quotes in quotes; default: they are doubled"), \
	OPTION("header", 0, "BOOL", "false: csv without names; fields are column0, column1, ..."), \
	OPTION("skip-rows", 0, "N", "lines before the header"), \
	OPTION("encoding", 0, "NAME", "latin1, cp1252, utf-16, utf-16le or utf-16be; default utf-8"), \
	OPTION("decimal", 0, "C", "',' for decimal commas"), \
	OPTION("thousands", 0, "C", "what stands between groups of three digits"), \
	OPTION("null-values", 0, "LIST", "words for null, such as NA,-"), \
	OPTION("timestamp-format", 0, "FORM", "such as '%d.%m.%Y %H:%M', or epoch_s, epoch_ms"), \
	OPTION("date-format", 0, "FORM", "such as %d.%m.%Y"), \
	OPTION("timezone", 0, "ZONE", "of times without one, such as Europe/Berlin; default UTC"), \
	OPTION("dst-gap", 0, "WORD", "reject or shift local times that clocks left out"), \
	OPTION("dst-overlap", 0, "WORD", "earlier, later or reject: those that they showed twice"), \
	OPTION("rename", 0, "LIST", "what columns are called instead: 'Betrag:amount'")
/* clang-format on */

#define DATA_FILES                                                                             \
	"Files end in .parquet, .csv, .jsonl or .ndjson, those of text also in .gz or .zst\n"  \
	"behind that; '-' is standard input.  Parquet says itself what its columns are;\n"     \
	"those of text are declared (--columns, --schema), or all of them are text: types\n"   \
	"are never guessed.  A pipe cannot be read twice, so its columns have to be\n"         \
	"declared.  Of several files those whose names begin with '_' or '.' are skipped.\n"   \
	"Exit code 1: a file or a row could not be read, which standard error names; 2: the\n" \
	"command line, or the name of a column, is wrong.\n"

static const struct option cat_options[] = {
	OPTION_SELECT,
	OPTIONS_DATA("jsonl|csv|table"),
	OPTIONS_END,
};

static const char cat_details[] = DATA_FILES
    "Several files are one table with the columns of the first.\n"
    "In a table null is NULL; a table has at most 10000 rows.  For jq there is -o jsonl.\n"
    "\n"
    "  tidemill data cat lake/events/*/*.parquet | jq -c .properties\n"
    "  tidemill data cat --schema events -o csv landing/2026-05-01.jsonl.gz\n"
    "  zcat big.csv.gz | tidemill data cat --format csv --columns id:int64 -\n";

const struct cli_command cmd_data_cat = {
	.words = "data cat",
	.args = "FILE...",
	.summary = "the rows of files",
	.details = cat_details,
	.args_min = 1,
	.args_max = CLI_ARGS_MAX,
	.anywhere = true,
	.takes_bytes = true,
	.options = cat_options,
	.run = print_rows,
};

static const struct option count_options[] = {
	OPTIONS_DATA("table|json|csv|jsonl"),
	OPTIONS_END,
};

static const char count_details[] = DATA_FILES
    "Rows of text are counted by reading them; those of Parquet stand in the footer, and\n"
    "how many of these are bad is not known.  A table of several files ends in their total,\n"
    "unless one of them could not be read; csv and JSON have no total.\n"
    "\n"
    "  tidemill data count lake/events/*/*.parquet\n"
    "  tidemill data count -o csv --schema events landing/*.jsonl.gz\n";

const struct cli_command cmd_data_count = {
	.words = "data count",
	.args = "FILE...",
	.summary = "how many rows files have",
	.details = count_details,
	.args_min = 1,
	.args_max = CLI_ARGS_MAX,
	.anywhere = true,
	.takes_bytes = true,
	.options = count_options,
	.run = count_rows,
};

static const struct option head_options[] = {
	OPTION("rows", 'n', "N", "how many rows; default 10"),
	OPTION_SELECT,
	OPTIONS_DATA("table|csv|jsonl"),
	OPTIONS_END,
};

static const char head_details[] = DATA_FILES
    "Several files are one table with the columns of the first.\n"
    "In a table null is NULL; a table has at most 10000 rows.  -n 0 shows the columns alone.\n"
    "For jq there is -o jsonl.\n"
    "\n"
    "  tidemill data head lake/events/event_date=2026-05-01/*.parquet\n"
    "  tidemill data head -n 3 -c tenant_id,user_id lake/events/*/*.parquet\n"
    "  tidemill data head -n 1 -o jsonl people.csv | jq .\n";

const struct cli_command cmd_data_head = {
	.words = "data head",
	.args = "FILE...",
	.summary = "the first rows of files",
	.details = head_details,
	.args_min = 1,
	.args_max = CLI_ARGS_MAX,
	.anywhere = true,
	.takes_bytes = true,
	.options = head_options,
	.run = print_head,
};

static const struct option schema_options[] = {
	OPTIONS_DATA("table|json|csv|jsonl"),
	OPTIONS_END,
};

static const char schema_details[] = DATA_FILES
    "Nothing but the footer of Parquet and the front of a text file is read.\n"
    "\n"
    "  tidemill data schema lake/events/event_date=2026-05-01/*.parquet\n"
    "  tidemill data schema -o csv people.csv\n";

const struct cli_command cmd_data_schema = {
	.words = "data schema",
	.args = "FILE...",
	.summary = "the columns of files, and how Parquet stores them",
	.details = schema_details,
	.args_min = 1,
	.args_max = CLI_ARGS_MAX,
	.anywhere = true,
	.takes_bytes = true,
	.options = schema_options,
	.run = show_schema,
};

static const struct option stats_options[] = {
	OPTION_SELECT,
	OPTIONS_DATA("table|json|csv|jsonl"),
	OPTIONS_END,
};

static const char stats_details[] = DATA_FILES
    "Several files are one table with the columns of the first.\n"
    "Distinct values are counted up to 65536: >65536 says that there are more, which is null\n"
    "in JSON.  MIN and MAX are empty for JSON and decimals, which have no order as text.  Of\n"
    "files that cannot be read to their end there are no statistics.\n"
    "\n"
    "  tidemill data stats lake/engagement/*/*.parquet\n"
    "  tidemill data stats -c engagement_score -o jsonl lake/engagement/*/*.parquet\n"
    "  tidemill data stats --columns id:int64,name:string,at:date people.csv\n";

const struct cli_command cmd_data_stats = {
	.words = "data stats",
	.args = "FILE...",
	.summary =
	    "nulls, distinct values (counted up to 65536), least and greatest of each column",
	.details = stats_details,
	.args_min = 1,
	.args_max = CLI_ARGS_MAX,
	.anywhere = true,
	.takes_bytes = true,
	.options = stats_options,
	.run = show_stats,
};
