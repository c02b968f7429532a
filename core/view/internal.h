/* internal.h - the struct that the files of the view share.  Nobody else includes it. */
#ifndef CORE_VIEW_INTERNAL_H
#define CORE_VIEW_INTERNAL_H

#include "core/base/db.h"
#include "core/view/open.h"

struct view {
	struct db *db;
	char *project_dir;           /* as it was named to view_open() */
	struct stale_memory *memory; /* borrowed; NULL: none */
	struct known_memory *known;  /* as memory */
};

#endif
