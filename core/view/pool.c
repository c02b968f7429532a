/* pool.c - who has the slots, how many wait, and which limit holds a task that is ready. */
#include "core/view/pool.h"

#include "core/base/clock.h"
#include "core/project/project.h"
#include "core/time/civil.h"
#include "core/view/answer.h"
#include "core/view/internal.h"
#include "core/view/keeper.h"
#include "core/view/known.h"
#include "core/view/sql.h"

#include "core/base/mem.h"

#include <stdio.h>
#include <string.h>

enum { HOLDERS_TOLD = 20 };

/* ---- the limits ---- */

/* What the one who decides took last; *out is left alone when nobody has said so yet. */
static enum err_code
read_told(struct view *v, struct limits *out, struct err *err)
{
	json_t *row = NULL;
	struct stmt s;
	enum err_code code;

	stmt_begin(&s, v->db, sql_pool_limits);
	code = answer_row(&s, &row, err);
	if (!code && row)
		limits_read(out, json_object_get(row, "text"));
	json_decref(row);
	return code;
}

static enum err_code
limits_now(struct view *v, const char *project_dir, bool *decided, struct limits *out,
	   struct err *err)
{
	struct settings settings;
	struct diags diags;

	diags_init(&diags);
	project_settings(&settings, project_dir, &diags);
	diags_release(&diags);
	*out = settings.limits;
	*decided = v && keeper_there(v);
	return *decided ? read_told(v, out, err) : ERR_NONE;
}

/* ---- the answers ---- */

/* "10/min"; JSON null: none. */
static json_t *
rate_text(const struct slot_pool *pool)
{
	return pool->rate ? json_sprintf("%d/%s", pool->rate, rate_unit(pool)) : json_null();
}

static json_t *
pool_row(const struct slot_pool *pool, bool decided)
{
	json_t *row = json_object();

	(void)json_object_set_new(row, "pool", json_text_new(pool->name));
	(void)json_object_set_new(row, "slots", json_integer(pool->slots));
	(void)json_object_set_new(row, "used", json_integer(0));
	(void)json_object_set_new(row, "waiting", json_integer(0));
	(void)json_object_set_new(row, "rate", rate_text(pool));
	(void)json_object_set_new(row, "share", json_integer(pool->share));
	(void)json_object_set_new(row, "memory_bytes", json_integer(0));
	(void)json_object_set_new(
	    row, "description",
	    json_text_new(pool->slots ? pool->description : "tidemill.yaml names it no more"));
	(void)json_object_set_new(row, "decided", json_boolean(decided));
	(void)json_object_set_new(row, "holders", json_array());
	return row;
}

/* The row of a pool, made if tidemill.yaml names it no more. */
static json_t *
row_of(json_t *rows, const char *pool)
{
	struct slot_pool gone = { .slots = 0 };
	json_t *row, *first = json_array_get(rows, 0);
	size_t i;

	json_array_foreach(rows, i, row)
	{
		if (!strcmp(json_get_text(row, "pool", ""), pool))
			return row;
	}
	(void)snprintf(gone.name, sizeof(gone.name), "%s", pool);
	row = pool_row(&gone, json_get_bool(first, "decided", false));
	(void)json_array_append_new(rows, row);
	return row;
}

static void
add(json_t *row, const char *name, int64_t more)
{
	(void)json_object_set_new(row, name, json_integer(json_get_int(row, name, 0) + more));
}

/* Sums by pool: what a statement's columns used, waiting and memory_bytes say. */
static enum err_code
add_sums(struct view *v, const char *sql, json_t *rows, struct err *err)
{
	static const char *const names[] = { "used", "waiting", "memory_bytes" };
	json_t *sums = NULL, *sum;
	enum err_code code;
	struct stmt s;
	size_t i;

	stmt_begin(&s, v->db, sql);
	code = answer_rows(&s, &sums, err);
	json_array_foreach(sums, i, sum)
	{
		json_t *row = row_of(rows, json_get_text(sum, "pool", ""));

		for (size_t k = 0; k < countof(names); k++)
			add(row, names[k], json_get_int(sum, names[k], 0));
	}
	json_decref(sums);
	return code;
}

static enum err_code
add_holders(struct view *v, json_t *rows, struct err *err)
{
	json_t *all = NULL, *one;
	enum err_code code;
	struct stmt s;
	size_t i;

	stmt_begin(&s, v->db, sql_pool_holders);
	stmt_int(&s, 1, POOL_HOLDERS_MAX);
	code = answer_rows(&s, &all, err);
	json_array_foreach(all, i, one)
	{
		json_t *row = row_of(rows, json_get_text(one, "pool", ""));

		(void)json_object_del(one, "pool");
		(void)json_array_append(json_object_get(row, "holders"), one);
	}
	json_decref(all);
	return code;
}

/* Leave the one that was asked for. */
static enum err_code
choose(json_t *rows, const char *only, struct err *err)
{
	const char *words[2 * POOLS_MAX], *near;
	size_t n = 0;

	for (size_t i = json_array_size(rows); i-- > 0;) {
		const char *name = json_get_text(json_array_get(rows, i), "pool", "");

		if (strcmp(name, only) != 0 && n < countof(words))
			words[n++] = name;
	}
	if (n == json_array_size(rows)) {
		near = diag_nearest(only, words, n);
		return near ? err_set(err, ERR_NOT_FOUND,
				      "there is no pool '%s'; did you mean '%s'?", only, near)
			    : err_set(err, ERR_NOT_FOUND,
				      "there is no pool '%s'; name it in `pools:` of tidemill.yaml",
				      only);
	}
	for (size_t i = json_array_size(rows); i-- > 0;)
		if (strcmp(json_get_text(json_array_get(rows, i), "pool", ""), only) != 0)
			(void)json_array_remove(rows, i);
	return ERR_NONE;
}

enum err_code
view_pools(struct view *v, const char *project_dir, const char *only, json_t **out, struct err *err)
{
	json_t *rows = json_array();
	struct limits limits;
	bool decided;
	enum err_code code = limits_now(v, project_dir, &decided, &limits, err);

	for (size_t i = 0; !code && i < limits.n_pools; i++)
		(void)json_array_append_new(rows, pool_row(&limits.pools[i], decided));
	if (!code && v)
		code = add_sums(v, sql_pool_used, rows, err);
	if (!code && v)
		code = add_sums(v, sql_pool_waiting, rows, err);
	if (!code && v)
		code = add_holders(v, rows, err);
	if (!code && only)
		code = choose(rows, only, err);
	if (code)
		json_decref(rows);
	else
		*out = rows;
	return code;
}

static json_t *
usage(int64_t used, int64_t total)
{
	json_t *object = json_object();

	(void)json_object_set_new(object, "used", json_integer(used));
	(void)json_object_set_new(object, "total", total ? json_integer(total) : json_null());
	return object;
}

enum err_code
view_shared_limits(struct view *v, const char *project_dir, json_t **out, struct err *err)
{
	json_t *row = NULL;
	struct limits limits;
	bool decided;
	struct stmt s;
	enum err_code code = limits_now(v, project_dir, &decided, &limits, err);

	if (!code && v) {
		stmt_begin(&s, v->db, sql_pool_shared);
		code = answer_row(&s, &row, err);
	}
	if (code)
		return code;
	*out = json_object();
	(void)json_object_set_new(*out, "tasks",
				  usage(json_get_int(row, "tasks", 0), limits.max_active_tasks));
	(void)json_object_set_new(*out, "memory",
				  usage(json_get_int(row, "memory_bytes", 0), limits.memory_bytes));
	json_decref(row);
	return ERR_NONE;
}

/* ---- one dag's tasks ---- */

static enum err_code
read_active(struct held *h, struct err *err)
{
	json_t *row = NULL;
	enum err_code code;
	struct stmt s;

	stmt_begin(&s, h->v->db, sql_pool_active);
	stmt_text(&s, 1, h->dag);
	code = answer_row(&s, &row, err);
	if (!code && row)
		code = known_definition(h->v, json_get_text(row, "digest", ""), &h->active, err);
	json_decref(row);
	return code;
}

enum err_code
held_count(struct view *v, const char *dag, struct held *out, struct err *err)
{
	bool decided;
	enum err_code code;
	struct stmt s;

	*out = (struct held){ .v = v, .dag = dag };
	code = limits_now(v, v->project_dir, &decided, &out->limits, err);
	if (!code)
		code = read_active(out, err);
	if (!code) {
		stmt_begin(&s, v->db, sql_pool_live);
		code = answer_rows(&s, &out->live, err);
	}
	return code;
}

void
held_release(struct held *h)
{
	dag_unref(h->active);
	json_decref(h->live);
}

/* Until when may the pool begin no other?  0: it may.  As the scheduler remembers it. */
static enum err_code
look_at_rate(const struct held *h, const struct slot_pool *pool, int64_t *until_us, struct err *err)
{
	struct stmt s;

	int64_t at_us;

	*until_us = 0;
	if (!pool || !pool->rate)
		return ERR_NONE;
	stmt_begin(&s, h->v->db, sql_pool_starts);
	stmt_text(&s, 1, pool->name);
	stmt_int(&s, 2, pool->rate - 1);
	if (stmt_row(&s)) {
		const char *at = stmt_col_text(&s, 0);

		if (timestamp_parse(at, strlen(at), &at_us) &&
		    at_us + pool->rate_us > clock_wall_us())
			*until_us = at_us + pool->rate_us;
	}
	return stmt_end(&s, err);
}

/* What live attempts use of everything that the task asks for. */
static void
count_live(const struct held *h, const struct task *task, struct limit_ask *ask)
{
	const json_t *row;
	size_t i;

	json_array_foreach(h->live, i, row)
	{
		bool same = !strcmp(json_get_text(row, "dag", ""), h->dag);

		ask->all.used++;
		ask->memory.used += json_get_int(row, "memory_bytes", 0);
		ask->dag.used += same;
		ask->task.used += same && !strcmp(json_get_text(row, "task", ""), task->id);
		if (!strcmp(json_get_text(row, "pool", ""), task_pool(task)))
			ask->pool_used += (int)json_get_int(row, "slots", 0);
	}
}

/* The limit that holds the start of a task; NONE: its turn has not come. */
static enum err_code
held_by(const struct held *h, const struct task *task, struct gate *out, struct err *err)
{
	int at = h->active ? dag_task_find(h->active, task->id) : -1;
	struct limit_ask ask = {
		.pool = limits_pool(&h->limits, task_pool(task)),
		.slots = task->pool_slots,
		.memory_bytes = task->memory_asked ? task->memory_bytes : 0,
		.task.total = at < 0 ? task->max_active : h->active->tasks[at].max_active,
		.dag.total = h->active ? h->active->max_active_tasks : 0,
		.all.total = h->limits.max_active_tasks,
		.memory.total = h->limits.memory_bytes,
	};
	enum err_code code = look_at_rate(h, ask.pool, &ask.rate_until_us, err);

	count_live(h, task, &ask);
	if (!code)
		*out = limit_gate(limit_decide(&ask), &ask, task, h->dag);
	return code;
}

/* Behind how many it stands. */
static enum err_code
say_turn(const struct held *h, const char *pool, char **turn, json_t **holders, struct err *err)
{
	const struct slot_pool *def = limits_pool(&h->limits, pool);
	json_t *rows = json_array(), *row = row_of(rows, pool);
	enum err_code code = add_sums(h->v, sql_pool_waiting, rows, err);
	int64_t waiting;
	struct stmt s;

	if (!code)
		code = add_sums(h->v, sql_pool_used, rows, err);
	if (!code) {
		stmt_begin(&s, h->v->db, sql_why_holders);
		stmt_int(&s, 1, HOLDERS_TOLD);
		stmt_text(&s, 2, pool);
		code = answer_rows(&s, holders, err);
	}
	waiting = json_get_int(row, "waiting", 0);
	if (!code)
		*turn = mem_format("it is ready and waits for its turn in pool '%s': %lld of %d "
				   "slots are used, and %lld %s",
				   pool, (long long)json_get_int(row, "used", 0),
				   def ? def->slots : 0, (long long)waiting,
				   waiting == 1 ? "task waits" : "tasks wait");
	json_decref(rows);
	return code;
}

enum err_code
held_say(const struct held *h, const struct task *task, json_t *row, char **turn, json_t **holders,
	 struct err *err)
{
	struct gate gate;
	json_t *told = NULL;
	enum err_code code = held_by(h, task, &gate, err);
	struct buf text;

	if (code)
		return code;
	/* Memory that comes free may be kept for another: then it fits, and waits all the same. */
	if (gate.kind == GATE_NONE)
		return keeper_gate(row) == GATE_MEMORY
			   ? ERR_NONE
			   : say_turn(h, task_pool(task), turn, holders, err);
	buf_init(&text, SIZE_MAX / 2);
	gate_write(&gate, &text);
	if (!json_read(&told, text.data, text.bytes, "a gate", NULL))
		(void)json_object_set_new(row, "gate", told);
	buf_release(&text);
	return ERR_NONE;
}
