/*
 * learn.h - the names of the columns of a text file that nobody declared.
 */
#ifndef WORKER_LOOK_LEARN_H
#define WORKER_LOOK_LEARN_H

#include "core/base/mem.h"
#include "core/model/data_request.h"

enum { LEARN_LINES = 1000 };

/*
 * The columns of a text file that nobody declared: the names in the header of a
 * csv file, the keys in the first LEARN_LINES lines of a JSON Lines file.
 */
enum err_code data_learn(const char *path, enum format format, const struct dialect *dialect,
			 struct arena *arena, struct schema *out, struct err *err) MUST_CHECK;

#endif
