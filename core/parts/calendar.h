/* calendar.h - the keys of a schedule that list days and instants: at, except, only. */
#ifndef CORE_PARTS_CALENDAR_H
#define CORE_PARTS_CALENDAR_H

#include "core/parts/reader.h"

/* The instants of the key `at`, in the dag's zone, into its schedule; false was reported. */
bool dagfile_read_instants(struct dagfile *f, const struct ynode *key);

/* The days of the key `except` or `only`; false was reported. */
bool dagfile_read_days(struct dagfile *f, const struct ynode *key, struct days *out);

#endif
