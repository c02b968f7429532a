/*
 * files.h - the keys of `from:` that say how its files differ from the plain form.
 */
#ifndef CORE_OP_FILES_H
#define CORE_OP_FILES_H

#include "core/model/dialect.h"
#include "core/text/ykeys.h"

/* As many as dialect_keys() has; a test holds them together. */
enum { FILES_KEYS = 15 };

/* A table for ykeys_read(), into a struct dialect. */
extern const struct key files_keys[FILES_KEYS];

/*
 * After the keys of the map `from` were read: report those that files of the format cannot have,
 * and those that contradict each other.  format below 0: it is not known.
 */
void files_end(struct yreader *r, const struct ynode *from, int format, const struct dialect *d);

/*
 * Report names in `rename`, `timestamp_format` and `date_format` that are no columns of what is
 * read, and columns of another type.  `also` is one more name that may stand in `rename`, or NULL.
 */
void files_check_columns(struct yreader *r, const struct ynode *from, const struct schema *read,
			 const char *also);

#endif
