/* parameter.c - what a command line asks of the scheduler, field by field. */
#include "cli/term/parameter.h"

#include "core/model/interval.h"
#include "core/base/mem.h"
#include "core/time/civil.h"

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
	(void)json_object_set_new(request, o->field, pairs);
	return EXIT_OK;
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
	int code = EXIT_OK;

	fill_arguments(cli, request);
	for (const struct option *o = cli->command->options; o && o->name && !code; o++) {
		const char *value = o->field ? cli_value(cli, o->name) : NULL;

		if (value)
			code = fill_option(cli, o, value, request);
	}
	return code;
}
