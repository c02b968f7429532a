/* api.c - the status page as JSON: what the CLI prints with -o json, over HTTP. */
#include "scheduler/page/api.h"

#include "core/time/grid.h"
#include "core/view/dag.h"
#include "core/view/dataset.h"
#include "core/view/known.h"
#include "core/view/overview.h"
#include "core/view/paged.h"
#include "core/view/pool.h"
#include "core/view/run.h"
#include "scheduler/page/health.h"

#include <string.h>

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

/* ?limit=, from 1 to max; `otherwise` when it is not given. */
static enum err_code
limit_of(const struct exchange *x, int otherwise, int max, int *out, struct err *err)
{
	int64_t n = otherwise;
	enum err_code code = exchange_count(x, "limit", otherwise, max, &n, err);

	*out = (int)n;
	return code;
}

/* The key of the attempt in the address. */
static enum err_code
key_of(const struct exchange *x, int64_t *out, struct err *err)
{
	if (!exchange_number(x->args[0], out))
		return err_set(err, ERR_NOT_FOUND, "there is no attempt '%s'", x->args[0]);
	return ERR_NONE;
}

enum err_code
healthz(struct exchange *x, struct err *err)
{
	(void)err;
	x->type = "text/plain; charset=utf-8";
	buf_text(&x->body, "ok\n");
	return ERR_NONE;
}

/* What the database does not know: who runs it, and how many mistakes the DAG files have. */
static enum err_code
add_health(struct exchange *x, json_t *overview, struct err *err)
{
	long pid = health_scheduler(x->project_dir);
	json_t *problems = NULL, *scheduler = json_object();
	enum err_code code = health_import_errors(x->project_dir, &problems, err);

	(void)json_object_set_new(scheduler, "running", json_boolean(pid != 0));
	(void)json_object_set_new(scheduler, "pid", pid > 0 ? json_integer(pid) : json_null());
	(void)json_object_set_new(overview, "scheduler", scheduler);
	if (!code)
		(void)json_object_set_new(overview, "import_errors",
					  json_integer((json_int_t)json_array_size(problems)));
	json_decref(problems);
	return code;
}

enum err_code
api_overview(struct exchange *x, struct err *err)
{
	json_t *out = NULL;
	enum err_code code = view_overview(x->view, x->now_us, &out, err);

	if (!code)
		code = add_health(x, out, err);
	if (!code)
		return give(x, out);
	json_decref(out);
	return code;
}

enum err_code
api_import_errors(struct exchange *x, struct err *err)
{
	json_t *out = NULL;
	enum err_code code = health_import_errors(x->project_dir, &out, err);

	return code ? code : give(x, out);
}

enum err_code
api_dags(struct exchange *x, struct err *err)
{
	struct dags_page page = {
		.after = x->query(x, "after"),
		.search = x->query(x, "search"),
		.present = -1,
		.paused = -1,
	};
	json_t *out = NULL;
	enum err_code code = limit_of(x, 1000, 10000, &page.limit, err);

	if (!code)
		code = view_dags_page(x->view, &page, &out, err);
	return code ? code : give(x, out);
}

enum err_code
api_dag(struct exchange *x, struct err *err)
{
	json_t *out = NULL;
	enum err_code code = view_dag(x->view, x->args[0], x->now_us, &out, err);

	return code ? code : give(x, out);
}

enum err_code
api_grid(struct exchange *x, struct err *err)
{
	json_t *out = NULL;
	int limit = 0;
	enum err_code code = limit_of(x, 25, 1000, &limit, err);

	if (!code)
		code = view_grid(x->view, x->args[0], limit, &out, err);
	if (!code)
		code = known_partitions(x->view, out, err);
	return code ? code : give(x, out);
}

enum err_code
api_runs(struct exchange *x, struct err *err)
{
	struct runs_page page = { .dag = x->query(x, "dag") };
	json_t *out = NULL;
	enum err_code code = limit_of(x, 100, 1000, &page.limit, err);

	if (!code)
		code = exchange_run_state(x, &page.state, err);
	if (!code)
		code = exchange_place(x, &page.before, &page.after, err);
	if (!code && page.dag)
		code = exchange_dag(x, page.dag, err);
	if (!code)
		code = view_runs_page(x->view, &page, &out, err);
	if (!code)
		code = known_partitions(x->view, out, err);
	return code ? code : give(x, out);
}

/*
 * As many of the run's tasks as ?limit= says, which task begins the next page, and the attempts of
 * these; of all tasks where no page follows on another, also of those that the run has no more.
 */
static enum err_code
add_tasks(struct exchange *x, json_t *run, int limit, struct err *err)
{
	const char *after = x->query(x, "after");
	int64_t key = json_get_int(run, "key", 0), all = 0;
	json_t *tasks = NULL, *attempts = NULL, *next = json_null(), *n;
	enum err_code code = view_tasks_after(x->view, key, after, limit + 1, &tasks, err);
	const char *state;

	if (!code && json_array_size(tasks) > (size_t)limit) {
		(void)json_array_remove(tasks, (size_t)limit);
		next = json_incref(
		    json_object_get(json_array_get(tasks, (size_t)limit - 1), "task"));
	}
	if (!code)
		code = after || json_is_string(next)
			   ? view_attempts_of(x->view, key, tasks, &attempts, err)
			   : view_attempts(x->view, key, NULL, &attempts, err);
	json_object_foreach(json_object_get(run, "tasks"), state, n)
	{
		all += json_integer_value(n);
	}
	(void)json_object_set_new(run, "task_count", json_integer(all));
	(void)json_object_set_new(run, "next_after", next);
	if (!code) {
		(void)json_object_set(run, "task_list", tasks);
		(void)json_object_set(run, "attempts", attempts);
	}
	json_decref(tasks);
	json_decref(attempts);
	return code;
}

enum err_code
api_run(struct exchange *x, struct err *err)
{
	json_t *run = NULL;
	int limit = 0;
	enum err_code code = limit_of(x, 1000, 10000, &limit, err);

	if (!code)
		code = view_run(x->view, x->args[0], x->args[1], &run, err);
	if (!code)
		code = known_partition(x->view, run, err);
	if (!code)
		code = add_tasks(x, run, limit, err);
	if (!code)
		return give(x, run);
	json_decref(run);
	return code;
}

enum err_code
api_attempt(struct exchange *x, struct err *err)
{
	json_t *out = NULL;
	int64_t key = 0;
	enum err_code code = key_of(x, &key, err);

	if (!code)
		code = view_attempt(x->view, key, &out, err);

	return code ? code : give(x, out);
}

enum err_code
api_datasets(struct exchange *x, struct err *err)
{
	json_t *out = NULL;
	enum err_code code = view_datasets(x->view, &out, err);

	return code ? code : give(x, out);
}

/* ?partition= as it is written, the name of one on any grid; NULL when it is not given. */
static enum err_code
partition_of(const struct exchange *x, const char **out, struct err *err)
{
	const char *text = x->query(x, "partition");
	bool named = !text;
	int64_t part;

	for (int unit = 0; !named && unit < GRID_UNITS; unit++)
		named = grid_parse((struct grid){ .unit = (enum grid_unit)unit }, text,
				   strlen(text), &part);
	if (!named)
		return err_set(err, ERR_INPUT,
			       "partition has to be the name of one, such as 2026-05-01, "
			       "2026-05-01T13 or 2026-05");
	*out = text;
	return ERR_NONE;
}

enum err_code
api_dataset(struct exchange *x, struct err *err)
{
	struct partitions_page page = {
		.dataset = x->args[0],
		.before = x->query(x, "before"),
		.after = x->query(x, "after"),
	};
	json_t *out = NULL;
	enum err_code code = limit_of(x, 1000, 10000, &page.limit, err);

	if (!code)
		code = partition_of(x, &page.partition, err);
	if (!code && !page.partition + !page.before + !page.after < 2)
		code = err_set(err, ERR_INPUT, "partition, before and after do not go together");
	if (!code)
		code = view_partitions_page(x->view, &page, &out, err);

	return code ? code : give(x, out);
}

enum err_code
api_checks(struct exchange *x, struct err *err)
{
	struct check_filter filter = { .dataset = x->query(x, "dataset") };
	json_t *out = NULL;
	enum err_code code = limit_of(x, 1000, 10000, &filter.limit, err);

	if (!code)
		code = partition_of(x, &filter.partition, err);
	if (!code && filter.dataset)
		code = view_know_checked(x->view, filter.dataset, err);
	if (!code)
		code = view_checks(x->view, &filter, &out, err);

	return code ? code : give(x, out);
}

enum err_code
api_pools(struct exchange *x, struct err *err)
{
	json_t *out = NULL;
	enum err_code code = view_pools(x->view, x->project_dir, NULL, &out, err);

	return code ? code : give(x, out);
}

enum err_code
api_pool(struct exchange *x, struct err *err)
{
	json_t *out = NULL;
	enum err_code code = view_pools(x->view, x->project_dir, x->args[0], &out, err);

	if (code)
		return code;
	code = give(x, json_incref(json_array_get(out, 0)));
	json_decref(out);
	return code;
}

enum err_code
metrics(struct exchange *x, struct err *err)
{
	static const struct {
		const char *key, *help;
	} sums[] = {
		{ "slots", "Slots of the pool." },
		{ "used", "Slots that live attempts hold." },
		{ "waiting", "Tasks of the pool that are ready and wait." },
	};
	json_t *rows = NULL;
	enum err_code code = view_pools(x->view, x->project_dir, NULL, &rows, err);

	if (code)
		return code;
	x->type = "text/plain; version=0.0.4; charset=utf-8";
	buf_format(&x->body,
		   "# HELP tidemill_scheduler_up Somebody starts tasks.\n"
		   "# TYPE tidemill_scheduler_up gauge\ntidemill_scheduler_up %d\n",
		   json_get_bool(json_array_get(rows, 0), "decided", false));
	for (size_t i = 0; i < countof(sums); i++) {
		const char *key = sums[i].key;

		buf_format(&x->body, "# HELP tidemill_pool_%s %s\n# TYPE tidemill_pool_%s gauge\n",
			   key, sums[i].help, key);
		/* Names of pools need no escapes. */
		for (size_t k = 0; k < json_array_size(rows); k++)
			buf_format(&x->body, "tidemill_pool_%s{pool=\"%s\"} %lld\n", key,
				   json_get_text(json_array_get(rows, k), "pool", ""),
				   (long long)json_get_int(json_array_get(rows, k), key, 0));
	}
	json_decref(rows);
	return ERR_NONE;
}
