/* known.h - which dags a scheduler has loaded, and their definitions. */
#ifndef CORE_VIEW_KNOWN_H
#define CORE_VIEW_KNOWN_H

#include "core/base/hash.h"
#include "core/base/json.h"
#include "core/model/dag.h"
#include "core/view/open.h"

enum { KNOWN_DAGS_MAX = 4 };

/* Large definitions that were parsed, the oldest forgotten first; zero is empty. */
struct known_memory {
	char digests[KNOWN_DAGS_MAX][DIGEST_CHARS + 1];
	struct dag *dags[KNOWN_DAGS_MAX];
	size_t next;
};

/* Forget all. */
void known_memory_release(struct known_memory *memory);

/* ERR_NOT_FOUND unless a scheduler has loaded a dag of that name. */
enum err_code known_dag(struct view *v, const char *dag, struct err *err) MUST_CHECK;

/* The parsed definition of a digest; *out NULL when it is not there or no longer parses. */
enum err_code known_definition(struct view *v, const char *digest, struct dag **out,
			       struct err *err) MUST_CHECK;

/*
 * The logical date that a text means to a dag (interval_read()); as in UTC where its definition is
 * not known.  False: it is none.
 */
bool known_logical(struct view *v, const char *dag, const char *text, int64_t *us);

/*
 * Give runs (rows with "dag_digest" and "logical_date") "partition": the text of the part that each
 * is of on the grid of its definition, null for those without a grid or a definition.  Of long
 * lists only so much is parsed as takes a moment: the rest is null, too.
 */
enum err_code known_partitions(struct view *v, json_t *rows, struct err *err) MUST_CHECK;

#endif
