/*
 * variables.h - what `variables:` and `templates:` of tidemill.yaml and the environment say.
 *
 *   variables: {bucket: raw-data}      {{ var.bucket }} is raw-data ...
 *   TIDEMILL_VAR_BUCKET=other          ... or other, where the scheduler is started with this
 */
#ifndef CORE_PROJECT_VARIABLES_H
#define CORE_PROJECT_VARIABLES_H

#include "core/base/mem.h"
#include "core/text/constant.h"
#include "core/text/ykeys.h"

/* The constants of a project. */
struct variables {
	struct arena *arena; /* owner of all else; NULL: there is nothing */
	struct constant *items;
	size_t n, room;
	size_t n_templates;  /* of these */
	struct arena *trees; /* where the trees of templates are; or NULL */
};

/* Add what `templates:` says; what is wrong is reported, and there as a key that is `broken`. */
void templates_read(struct yreader *r, const struct ynode *key, struct variables *out);

/* Add what `variables:` says; what is wrong is reported and left out. */
void variables_read(struct yreader *r, const struct ynode *key, struct variables *out);

/*
 * Let the environment (environ(7)) speak: TIDEMILL_VAR_NAME in place of what was read for
 * the name, in whatever case; where nothing was read the name is in lower case.
 */
void variables_override(struct variables *v, char *const *environment);

/* Add one under its whole name; `secret` as in struct constant. */
void variables_add(struct variables *v, const char *name, const char *value, const char *secret);

/*
 * Drop all that begin with `first`, `name` in whatever case and a dot.  Gives the name as
 * it was spelled, else in lower case; for free().
 */
char *variables_drop(struct variables *v, const char *first, const char *name) MUST_CHECK;

/* Are these bytes a name that a variable of the environment can have too? */
bool variables_is_name(const char *text, size_t bytes);

/* As templates know them; borrowed. */
struct constants variables_constants(const struct variables *v);

/* Free what is in it. */
void variables_release(struct variables *v);

#endif
