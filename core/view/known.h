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
 * Give a row the names of the parts of a dag's grid that begin at its instants: "partition" of
 * "logical_date", "last_partition_name" of "last_logical_date" and "next_partition_name" of
 * "next_partition"; null where there is no grid, or no definition (NULL).  A next one behind the
 * end of the dag, or that no fire brings, becomes null itself.
 */
void known_names(const struct dag *dag, json_t *row);

/*
 * known_names() of each row, by the definition of its "dag_digest".  Of long lists only so much is
 * parsed as takes a moment: the names of the rest are null.
 */
enum err_code known_partitions(struct view *v, json_t *rows, struct err *err) MUST_CHECK;

/* The same for one row. */
enum err_code known_partition(struct view *v, json_t *row, struct err *err) MUST_CHECK;

/* For people: a part's name, where there is one, in the place of the instant that it is of. */
void known_show_names(json_t *row);

#endif
