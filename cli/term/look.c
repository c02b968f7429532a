/* look.c - opening what commands read: the state database and the DAG files. */
#include "cli/term/look.h"

#include "core/base/mem.h"
#include "core/view/open.h"

#include <stdlib.h>
#include <string.h>

int
look_state(const struct cli *cli, struct view **out)
{
	struct err err = { 0 };
	enum err_code code = view_open(out, cli->project_dir, &err);

	if (code == ERR_NOT_FOUND) {
		*out = NULL;
		return EXIT_OK;
	}
	return code ? cli_error(&err) : EXIT_OK;
}

int
look_state_needed(const struct cli *cli, struct view **out)
{
	int code = look_state(cli, out);

	if (!code && !*out)
		return cli_fail(EXIT_NO, "nothing has run in %s yet", cli->project_dir);
	return code;
}

int
look_project(const struct cli *cli, struct project *out)
{
	struct diags diags;
	struct err err = { 0 };
	int code = EXIT_OK;

	diags_init(&diags);
	if (project_load(out, cli->project_dir, &diags, &err))
		code = cli_error(&err);
	else if (diags.errors)
		say_warning("DAG files have %zu %s; `tidemill validate` shows them", diags.errors,
			    diags.errors == 1 ? "mistake" : "mistakes");
	diags_release(&diags);
	return code;
}

const struct dag *
look_dag(const struct project *p, const char *id)
{
	const char **names = mem_new(p->n_dags, sizeof(*names));
	const struct dag *found = NULL;

	for (size_t i = 0; i < p->n_dags; i++) {
		names[i] = p->dags[i]->id;
		if (!strcmp(names[i], id))
			found = p->dags[i];
	}
	if (!found) {
		const char *near = diag_nearest(id, names, p->n_dags);

		(void)cli_fail(EXIT_USAGE, "there is no dag '%s'%s%s%s", id,
			       near ? "; did you mean '" : "", near ? near : "",
			       near ? "'?" : " in dags/");
	}
	free(names);
	return found;
}
