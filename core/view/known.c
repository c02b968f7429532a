/* known.c - which dags a scheduler has loaded, and their definitions. */
#include "core/view/known.h"

#include "core/base/mem.h"
#include "core/dagfile/dagfile.h"
#include "core/model/interval.h"
#include "core/view/internal.h"
#include "core/view/sql.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	LARGE_BYTES = 32 << 10,     /* smaller ones are parsed in less than a millisecond */
	PARSED_BYTES_MAX = 4 << 20, /* of a list of runs: a tenth of a second */
};

enum err_code
known_dag(struct view *v, const char *dag, struct err *err)
{
	enum err_code code;
	bool known;
	struct stmt s;

	stmt_begin(&s, v->db, sql_know_dag);
	stmt_text(&s, 1, dag);
	known = stmt_row(&s);
	code = stmt_end(&s, err);
	if (!code && !known)
		code = err_set(err, ERR_NOT_FOUND, "no scheduler has seen a dag '%s' here", dag);
	return code;
}

void
known_memory_release(struct known_memory *memory)
{
	for (size_t i = 0; i < KNOWN_DAGS_MAX; i++)
		dag_unref(memory->dags[i]);
	*memory = (struct known_memory){ 0 };
}

/* A definition is what its digest says for ever: once parsed, it need not be parsed again. */
static struct dag *
recall(const struct known_memory *memory, const char *digest)
{
	for (size_t i = 0; memory && i < KNOWN_DAGS_MAX; i++)
		if (memory->dags[i] && strcmp(memory->digests[i], digest) == 0)
			return dag_ref(memory->dags[i]);
	return NULL;
}

static void
remember(struct known_memory *memory, const char *digest, struct dag *dag)
{
	size_t at = memory->next;

	if (strlen(digest) > DIGEST_CHARS)
		return;
	dag_unref(memory->dags[at]);
	memory->dags[at] = dag_ref(dag);
	(void)snprintf(memory->digests[at], sizeof(memory->digests[at]), "%s", digest);
	memory->next = (at + 1) % KNOWN_DAGS_MAX;
}

static struct dag *
parse(struct known_memory *memory, const char *digest, const char *file, const char *text)
{
	size_t bytes = strlen(text);
	struct diags diags;
	struct dag *dag;

	diags_init(&diags);
	dag = dagfile_read(file, text, bytes, &diags);
	diags_release(&diags);
	if (dag && memory && bytes >= LARGE_BYTES)
		remember(memory, digest, dag);
	return dag;
}

enum err_code
known_definition(struct view *v, const char *digest, struct dag **out, struct err *err)
{
	struct known_memory *memory = v->known;
	struct dag *dag = recall(memory, digest);
	enum err_code code;
	struct stmt s;

	if (dag) {
		*out = dag;
		return ERR_NONE;
	}
	stmt_begin(&s, v->db, sql_definition);
	stmt_text(&s, 1, digest);
	if (stmt_row(&s))
		dag = parse(memory, digest, stmt_col_text(&s, 0), stmt_col_text(&s, 1));
	code = stmt_end(&s, err);
	if (code)
		dag_unref(dag);
	else
		*out = dag;
	return code;
}

/* The active definition of a dag, or NULL. */
static struct dag *
active_definition(struct view *v, const char *id)
{
	char digest[DIGEST_CHARS + 1] = "";
	struct dag *dag = NULL;
	struct stmt s;

	stmt_begin(&s, v->db, sql_know_dag);
	stmt_text(&s, 1, id);
	if (stmt_row(&s))
		(void)snprintf(digest, sizeof(digest), "%s", stmt_col_text(&s, 0));
	if (stmt_end(&s, NULL) || known_definition(v, digest, &dag, NULL))
		return NULL;
	return dag;
}

bool
known_logical(struct view *v, const char *dag, const char *text, int64_t *us)
{
	struct dag *definition;
	struct buf why;
	bool is_one;

	/* Most words are run ids. */
	if (!interval_is_text(text, us))
		return false;
	definition = active_definition(v, dag);
	buf_init(&why, SIZE_MAX / 2);
	is_one = !definition || dag_is_unread(definition) ||
		 interval_read(definition, text, INTERVAL_ONE, us, &why);
	buf_release(&why);
	dag_unref(definition);
	return is_one;
}

/* The text of a run's part; null: it is of none. */
static json_t *
partition_text(const struct dag *dag, const char *logical_date)
{
	char text[TIMESTAMP_CHARS + 1];
	int64_t us;

	if (!dag || !dag->partitioned ||
	    !zone_parse(NULL, logical_date, strlen(logical_date), &us) ||
	    !grid_is_start(dag->grid, us))
		return json_null();
	grid_instant_text(dag->grid, us, text);
	return json_text_new(text);
}

/* Which member of a row is an instant, and which tells its part. */
static const struct {
	const char *instant, *name;
} named[] = {
	{ "logical_date", "partition" },
	{ "last_logical_date", "last_partition_name" },
	{ "next_partition", "next_partition_name" },
};

/* Does the schedule never come to an interval: is it behind the end, or does nothing fire then? */
static bool
is_over(const struct dag *dag, int64_t us)
{
	return us >= dag->end_us ||
	       (dag_is_scheduled(dag) &&
		interval_due(dag, interval_by_ticks(dag) ? us : interval_at(dag, us)) == INT64_MAX);
}

void
known_names(const struct dag *dag, json_t *row)
{
	const char *next = json_get_text(row, "next_partition", "");
	int64_t us;

	if (dag && zone_parse(NULL, next, strlen(next), &us) && is_over(dag, us))
		(void)json_object_set_new(row, "next_partition", json_null());
	for (size_t i = 0; i < countof(named); i++)
		if (json_object_get(row, named[i].instant))
			(void)json_object_set_new(
			    row, named[i].name,
			    partition_text(dag, json_get_text(row, named[i].instant, "")));
}

void
known_show_names(json_t *row)
{
	for (size_t i = 0; i < countof(named); i++) {
		json_t *name = json_object_get(row, named[i].name);

		/* The "partition" of a dag is another word. */
		if (!json_object_get(row, named[i].instant))
			continue;
		if (json_is_string(name))
			(void)json_object_set(row, named[i].instant, name);
		(void)json_object_del(row, named[i].name);
	}
}

/* The definitions of a list of runs, each parsed once; NULL: it was not. */
struct read_dags {
	struct read_dag {
		char digest[DIGEST_CHARS + 1];
		struct dag *dag;
	} * items;
	size_t n, room, last; /* the last that was asked for */
	int64_t bytes;        /* of what was parsed */
};

static void
read_dags_release(struct read_dags *all)
{
	for (size_t i = 0; i < all->n; i++)
		dag_unref(all->items[i].dag);
	free(all->items);
}

static bool
read_dags_find(struct read_dags *all, const char *digest)
{
	if (all->last < all->n && strcmp(all->items[all->last].digest, digest) == 0)
		return true;
	for (all->last = 0; all->last < all->n; all->last++)
		if (strcmp(all->items[all->last].digest, digest) == 0)
			return true;
	return false;
}

/* The definition of a digest, borrowed; NULL: there is none, or it would take too long. */
static enum err_code
read_dag(struct view *v, struct read_dags *all, const char *digest, const struct dag **out,
	 struct err *err)
{
	struct read_dag *item;
	int64_t bytes = 0;
	enum err_code code;
	struct stmt s;

	if (!read_dags_find(all, digest)) {
		stmt_begin(&s, v->db, sql_definition_bytes);
		stmt_text(&s, 1, digest);
		if (stmt_row(&s))
			bytes = stmt_col_int(&s, 0);
		code = stmt_end(&s, err);
		if (code)
			return code;
		all->items = mem_grow(all->items, all->n, &all->room, sizeof(*all->items));
		all->last = all->n;
		item = &all->items[all->n++];
		*item = (struct read_dag){ .dag = NULL };
		(void)snprintf(item->digest, sizeof(item->digest), "%s", digest);
		if (all->bytes + bytes <= PARSED_BYTES_MAX) {
			all->bytes += bytes;
			code = known_definition(v, digest, &item->dag, err);
			if (code)
				return code;
		}
	}
	*out = all->items[all->last].dag;
	return ERR_NONE;
}

enum err_code
known_partitions(struct view *v, json_t *rows, struct err *err)
{
	struct read_dags all = { .items = NULL };
	enum err_code code = ERR_NONE;
	json_t *row;
	size_t i;

	json_array_foreach(rows, i, row)
	{
		const struct dag *dag = NULL;

		code = read_dag(v, &all, json_get_text(row, "dag_digest", ""), &dag, err);
		if (code)
			break;
		known_names(dag, row);
	}
	read_dags_release(&all);
	return code;
}

enum err_code
known_partition(struct view *v, json_t *row, struct err *err)
{
	json_t *alone = json_array();
	enum err_code code;

	(void)json_array_append(alone, row);
	code = known_partitions(v, alone, err);
	json_decref(alone);
	return code;
}
