/* known.c - which dags a scheduler has loaded, and their definitions. */
#include "core/view/known.h"

#include "core/dagfile/dagfile.h"
#include "core/model/interval.h"
#include "core/view/internal.h"
#include "core/view/sql.h"

#include <stdio.h>
#include <string.h>

enum { LARGE_BYTES = 32 << 10 }; /* smaller ones are parsed in less than a millisecond */

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
