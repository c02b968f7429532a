/* explain.c - `tidemill explain`: what the code of a mistake means, and what to do. */
#include "cli/cmd/list.h"

#include "cli/term/out.h"
#include "core/text/wrap.h"
#include "core/base/mem.h"
#include "core/text/code.h"
#include "core/text/diag.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct out_column code_columns[] = {
	{ "code", "CODE", OUT_TEXT, 0 },
	{ "level", "LEVEL", OUT_TEXT, 2 },
	{ "name", "NAME", OUT_TEXT, 1 },
	{ "meaning", "MEANING", OUT_TEXT, 0 },
};

static json_t *
code_json(const struct code_row *row)
{
	json_t *object = json_pack("{s:s, s:s, s:s, s:s, s:s}", "code", row->id, "name", row->name,
				   "level", row->level == DIAG_ERROR ? "error" : "warning",
				   "meaning", row->meaning, "text", row->text);

	(void)json_object_set_new(object, "example", json_text_new(row->example));
	return object;
}

/* A paragraph, its lines broken between words. */
static void
print_paragraph(const char *text)
{
	size_t columns = out_columns();
	struct buf lines;

	buf_init(&lines, SIZE_MAX);
	wrap_text(text, 0, 0, columns && columns < WRAP_COLUMNS ? columns : WRAP_COLUMNS, &lines);
	(void)puts(lines.data);
	buf_release(&lines);
}

/* Indented; what would be no character on a terminal is shown as one. */
static void
print_example(const char *text)
{
	bool begins = true;

	for (const char *p = text; *p; p++) {
		if (begins && *p != '\n')
			(void)fputs("    ", stdout);
		begins = *p == '\n';
		if (((unsigned char)*p < 0x20 && !begins && *p != '\t') || *p == 0x7f)
			(void)fputs("\xef\xbf\xbd", stdout);
		else
			(void)putchar(*p);
	}
}

static void
print_code(const struct cli *cli, const struct code_row *row)
{
	char *title;

	if (cli->json) {
		json_t *object = code_json(row);

		out_object(cli, object);
		json_decref(object);
		return;
	}
	title = mem_format("%s %s, %s: %s", row->id, row->name,
			   row->level == DIAG_ERROR ? "an error" : "a warning", row->meaning);
	print_paragraph(title);
	free(title);
	(void)putchar('\n');
	print_paragraph(row->text);
	if (!row->example)
		return;
	(void)printf("\nA file with it:\n\n");
	print_example(row->example);
}

static void
print_codes(const struct cli *cli)
{
	json_t *rows = json_array();

	for (size_t i = 0; i < CODE_COUNT; i++)
		(void)json_array_append_new(rows, code_json(code_row((enum code)i)));
	out_list(cli, rows, code_columns, countof(code_columns), "there are no codes");
	json_decref(rows);
}

static int
unknown_code(const char *word)
{
	const char **words = mem_new(2 * (size_t)CODE_COUNT, sizeof(*words)), *near;
	size_t n = 0;
	int code;

	for (size_t i = 0; i < CODE_COUNT; i++) {
		words[n++] = code_row((enum code)i)->id;
		words[n++] = code_row((enum code)i)->name;
	}
	near = diag_nearest(word, words, n);
	code = cli_fail(EXIT_USAGE, "there is no code '%s'%s%s%s; `tidemill explain` lists them",
			word, near ? ", perhaps '" : "", near ? near : "", near ? "'" : "");
	free(words);
	return code;
}

static int
explain(struct cli *cli)
{
	const struct code_row *row = cli->n_args ? code_find(cli->args[0]) : NULL;

	if (cli->n_args && !row)
		return unknown_code(cli->args[0]);
	if (row)
		print_code(cli, row);
	else
		print_codes(cli);
	return EXIT_OK;
}

static const char explain_details[] =
    "A message about a DAG file ends in its code, in brackets.  CODE is that or its name.\n"
    "\n"
    "  tidemill explain E0107\n"
    "  tidemill explain key-twice\n";

const struct cli_command cmd_explain = {
	.words = "explain",
	.args = "[CODE]",
	.summary = "what the code of a mistake means; without CODE all of them",
	.details = explain_details,
	.args_max = 1,
	.anywhere = true,
	.run = explain,
};
