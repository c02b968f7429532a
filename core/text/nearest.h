/*
 * nearest.h - "did you mean" for the name of a column.
 */
#ifndef CORE_TEXT_NEAREST_H
#define CORE_TEXT_NEAREST_H

#include "core/model/schema.h"
#include "core/text/ykeys.h"

/*
 * The help text that names the column of `schema` whose name is nearest to
 * `name`, in the reader's arena; NULL: none is near.
 */
const char *schema_nearest(struct yreader *r, const struct schema *schema, const char *name);

#endif
