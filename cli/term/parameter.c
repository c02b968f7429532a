/* parameter.c - arguments that several commands read the same way. */
#include "cli/term/parameter.h"

#include "core/time/civil.h"
#include "core/base/mem.h"

#include <stdlib.h>
#include <string.h>

int
parameter_fill(const struct cli *cli, json_t *request)
{
	json_t *params = json_object();

	for (int i = 0; i < cli->n_values; i++) {
		const char *text = cli->values[i].value;
		const char *equals = strchr(text, '=');
		char *name;

		if (strcmp(cli->values[i].option->name, "param") != 0)
			continue;
		if (!equals || equals == text) {
			json_decref(params);
			return cli_fail(EXIT_USAGE, "--param '%s' is not NAME=VALUE", text);
		}
		name = mem_bytes(text, (size_t)(equals - text));
		(void)json_object_set_new(params, name, json_string(equals + 1));
		free(name);
	}
	if (json_object_size(params))
		(void)json_object_set(request, "params", params);
	json_decref(params);
	return EXIT_OK;
}

void
parameter_run(const struct cli *cli, json_t *request)
{
	const char *run = cli->args[1];
	int64_t us;

	(void)json_object_set_new(request, "dag", json_string(cli->args[0]));
	if (date_parse(run, strlen(run), &us) || timestamp_parse(run, strlen(run), &us))
		(void)json_object_set_new(request, "logical_date", json_string(run));
	else
		(void)json_object_set_new(request, "run_id", json_string(run));
}
