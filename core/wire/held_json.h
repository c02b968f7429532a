/*
 * held_json.h - the limits of an attempt as exit records, the database and people have them.
 *
 *   {"memory_bytes":67108864,"memory_of":"process","cpu_seconds":1,"open_files":20,
 *    "file_bytes":1048576,"processes":5,"processes_of":"user"}
 *
 * What there is no limit for is not there.  memory_of is "process" or "cgroup" (all of them
 * together), processes_of "user" (beside what the user had running) or "cgroup".
 */
#ifndef CORE_WIRE_HELD_JSON_H
#define CORE_WIRE_HELD_JSON_H

#include "core/base/json.h"
#include "core/model/held.h"

/* The text, for free(); NULL: there is no limit. */
char *held_to_json(const struct held_to *held);

/* Of what the text was parsed to; what is not understood is no limit. */
void held_from_json(const json_t *value, struct held_to *out);

#endif
