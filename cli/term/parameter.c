/* parameter.c - what a command line asks of the scheduler, field by field. */
#include "cli/term/parameter.h"

#include "cli/term/say.h"
#include "core/base/mem.h"
#include "core/model/interval.h"
#include "core/model/param.h"
#include "core/text/yjson.h"
#include "core/text/ytree.h"
#include "core/time/civil.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { COUNT_MAX = 10000 };

/* Every NAME=VALUE of an option into one object. */
static int
fill_pairs(const struct cli *cli, const struct option *o, json_t *request)
{
	json_t *pairs = json_object();

	for (int i = 0; i < cli->n_values; i++) {
		const char *text = cli->values[i].value;
		const char *equals = strchr(text, '=');
		char *name;
		bool again;

		if (cli->values[i].option != o)
			continue;
		if (!equals || equals == text) {
			json_decref(pairs);
			return cli_fail(EXIT_USAGE, "--%s '%s' is not NAME=VALUE", o->name, text);
		}
		name = mem_bytes(text, (size_t)(equals - text));
		again = json_object_get(pairs, name) != NULL;
		(void)json_object_set_new(pairs, name, json_text_new(equals + 1));
		free(name);
		if (again) {
			json_decref(pairs);
			return cli_fail(EXIT_USAGE,
					"--%s gives '%.*s' twice: which value is meant?", o->name,
					(int)(equals - text), text);
		}
	}
	if (json_object_get(request, o->field))
		(void)json_object_update(json_object_get(request, o->field), pairs);
	else
		(void)json_object_set(request, o->field, pairs);
	json_decref(pairs);
	return EXIT_OK;
}

/* ---- parameters of a file ---- */

/* The value of a key as a command line would give it: its text, of a list JSON. */
static json_t *
value_of(const struct ynode *value)
{
	struct buf text;
	json_t *out;

	if (value->kind == YNODE_SCALAR)
		return value->plain && ynode_is_null(value) ? NULL : json_text_new(value->text);
	if (value->kind == YNODE_MAP)
		return NULL;
	buf_init(&text, SIZE_MAX);
	yjson_tree(&text, value);
	out = json_text_new(text.data);
	buf_release(&text);
	return out;
}

static int
fill_map(const char *path, const struct ynode *map, json_t *params)
{
	if (map->kind != YNODE_MAP)
		return cli_fail(EXIT_USAGE,
				"--params-file '%s' has no map: write NAME: VALUE lines", path);
	for (const struct ynode *key = map->first; key; key = key->next) {
		json_t *value = value_of(key->value);

		if (!value)
			return cli_fail(EXIT_USAGE,
					"--params-file '%s', line %u: '%s' has to have a single "
					"value, or a list",
					path, key->line, key->text);
		(void)json_object_set_new(params, key->text, value);
	}
	return EXIT_OK;
}

static int
fill_tree(const char *path, const struct buf *text, json_t *params)
{
	const struct source source = { .name = path, .text = text->data, .bytes = text->bytes };
	struct arena *arena = arena_new();
	const struct ynode *tree;
	struct diags diags;
	int code = EXIT_OK;
	struct buf said;

	diags_init(&diags);
	tree = ytree_read(arena, &source, &diags);
	if (diags.errors) {
		buf_init(&said, SIZE_MAX);
		diags_render(&diags, false, say_columns(), &said);
		say_text(said.data);
		buf_release(&said);
		code = EXIT_USAGE;
	} else if (tree) {
		code = fill_map(path, tree, params);
	}
	diags_release(&diags);
	arena_free(arena);
	return code;
}

/* The map of --params-file, if there is one. */
static int
fill_file(const struct cli *cli, json_t *request)
{
	json_t *params = json_object();
	const char *path = NULL;
	struct err err = { 0 };
	int code = EXIT_OK;
	struct buf text;

	for (int i = 0; i < cli->n_values; i++)
		if (!strcmp(cli->values[i].option->name, "params-file"))
			path = cli->values[i].value;
	if (path) {
		buf_init(&text, PARAMS_BYTES_MAX);
		if (buf_read_file(&text, AT_FDCWD, path, &err))
			code = cli_error(&err);
		else
			code = fill_tree(path, &text, params);
		buf_release(&text);
		(void)json_object_set(request, "params", params);
	}
	json_decref(params);
	return code;
}

static int
fill_option(const struct cli *cli, const struct option *o, const char *value, json_t *request)
{
	char dashed[64];
	json_t *field = NULL;
	int64_t n;

	(void)snprintf(dashed, sizeof(dashed), "--%s", o->name);
	if (!o->arg)
		field = json_true();
	else if (o->value == VALUE_PAIRS)
		return fill_pairs(cli, o, request);
	else if (o->value == VALUE_COUNT && cli_number(dashed, value, 1, COUNT_MAX, &n))
		field = json_integer(n);
	else if (o->value == VALUE_TEXT || (o->value == VALUE_DATE && cli_date(dashed, value, &n)))
		field = json_text_new(value);
	if (!field)
		return EXIT_USAGE;
	(void)json_object_set_new(request, o->field, field);
	return EXIT_OK;
}

/* RUN is a run id or a logical date. */
static const char *
field_of_run(const char *run)
{
	int64_t us;

	return interval_is_text(run, &us) ? "logical_date" : "run_id";
}

static void
fill_arguments(const struct cli *cli, json_t *request)
{
	const char *words = cli->command->args;

	for (int i = 0; words && i < cli->n_args; i++) {
		size_t bytes = strcspn(words, " ");
		const char *field = NULL;

		if (bytes == 3 && !strncmp(words, "DAG", bytes))
			field = "dag";
		else if (bytes == 4 && !strncmp(words, "TASK", bytes))
			field = "task";
		else if (bytes == 3 && !strncmp(words, "RUN", bytes))
			field = field_of_run(cli->args[i]);
		if (field)
			(void)json_object_set_new(request, field, json_text_new(cli->args[i]));
		words += bytes + (words[bytes] == ' ');
	}
}

int
parameter_fill(const struct cli *cli, json_t *request)
{
	int code = fill_file(cli, request);

	fill_arguments(cli, request);
	for (const struct option *o = cli->command->options; o && o->name && !code; o++) {
		const char *value = o->field ? cli_value(cli, o->name) : NULL;

		if (value)
			code = fill_option(cli, o, value, request);
	}
	return code;
}
