/* api.c - the status page as JSON: what the CLI prints with -o json, over HTTP. */
#include "scheduler/route.h"

#include <stdlib.h>

/* The answer is this value; takes it over. */
static enum err_code
give(struct exchange *x, json_t *value)
{
	x->type = "application/json; charset=utf-8";
	json_write(value, &x->body);
	buf_char(&x->body, '\n');
	json_decref(value);
	return ERR_NONE;
}

/* A number in the query, between 1 and max; anything else is `otherwise`. */
static int
number(const struct exchange *x, const char *name, int otherwise, int max)
{
	const char *text = x->query(x, name);
	long n = text ? strtol(text, NULL, 10) : 0;

	return n >= 1 && n <= max ? (int)n : otherwise;
}

enum err_code
healthz(struct exchange *x, struct err *err)
{
	(void)err;
	x->type = "text/plain; charset=utf-8";
	buf_text(&x->body, "ok\n");
	return ERR_NONE;
}

enum err_code
api_overview(struct exchange *x, struct err *err)
{
	json_t *out = NULL;
	enum err_code code = view_overview(x->view, x->now_us, &out, err);

	return code ? code : give(x, out);
}

enum err_code
api_dags(struct exchange *x, struct err *err)
{
	json_t *out = NULL;
	enum err_code code = view_dags(x->view, true, &out, err);

	return code ? code : give(x, out);
}

enum err_code
api_dag(struct exchange *x, struct err *err)
{
	json_t *out = NULL;
	enum err_code code = view_dag(x->view, x->args[0], &out, err);

	return code ? code : give(x, out);
}

enum err_code
api_grid(struct exchange *x, struct err *err)
{
	json_t *out = NULL;
	enum err_code code =
	    view_grid(x->view, x->args[0], number(x, "limit", 25, 1000), &out, err);

	return code ? code : give(x, out);
}

enum err_code
api_runs(struct exchange *x, struct err *err)
{
	struct run_filter filter = {
		.dag = x->query(x, "dag"),
		.state = x->query(x, "state"),
		.limit = number(x, "limit", 100, 1000),
	};
	json_t *out = NULL;
	enum err_code code = view_runs(x->view, &filter, &out, err);

	return code ? code : give(x, out);
}

enum err_code
api_run(struct exchange *x, struct err *err)
{
	json_t *run = NULL, *tasks = NULL, *attempts = NULL;
	enum err_code code = view_run(x->view, x->args[0], x->args[1], &run, err);
	int64_t key = json_get_int(run, "key", 0);

	if (!code)
		code = view_tasks(x->view, key, &tasks, err);
	if (!code)
		code = view_attempts(x->view, key, NULL, &attempts, err);
	if (!code) {
		(void)json_object_set(run, "task_list", tasks);
		(void)json_object_set(run, "attempts", attempts);
	}
	json_decref(tasks);
	json_decref(attempts);
	if (!code)
		return give(x, run);
	json_decref(run);
	return code;
}

enum err_code
api_attempt(struct exchange *x, struct err *err)
{
	json_t *out = NULL;
	enum err_code code = view_attempt(x->view, strtoll(x->args[0], NULL, 10), &out, err);

	return code ? code : give(x, out);
}

enum err_code
api_datasets(struct exchange *x, struct err *err)
{
	json_t *out = NULL;
	enum err_code code = view_datasets(x->view, &out, err);

	return code ? code : give(x, out);
}

enum err_code
api_dataset(struct exchange *x, struct err *err)
{
	json_t *out = NULL;
	enum err_code code = view_dataset(x->view, x->args[0], x->query(x, "partition"),
					  number(x, "limit", 1000, 10000), &out, err);

	return code ? code : give(x, out);
}

enum err_code
api_checks(struct exchange *x, struct err *err)
{
	struct check_filter filter = {
		.dataset = x->query(x, "dataset"),
		.partition = x->query(x, "partition"),
		.limit = number(x, "limit", 1000, 10000),
	};
	json_t *out = NULL;
	enum err_code code = view_checks(x->view, &filter, &out, err);

	return code ? code : give(x, out);
}
