/*
 * zones.h - the time zones of this machine: the TZif files of its tzdata.
 *
 * They stand in /usr/share/zoneinfo, or where the environment's TZDIR says.
 */
#ifndef CORE_PARTS_ZONES_H
#define CORE_PARTS_ZONES_H

#include "core/time/zone.h"

/*
 * The zone of a name such as Europe/Berlin; one reference, the caller's.  *out is NULL for UTC,
 * which needs no file.  ERR_INPUT: there is no such zone, with the nearest that there is;
 * ERR_SYSTEM: this machine has no tzdata, or its file cannot be read.
 */
enum err_code zone_open(const char *name, struct zone **out, struct err *err) MUST_CHECK;

/*
 * The zone that an expression names; one reference, the caller's.  UTC, which is a zone without a
 * file elsewhere, is one here too.  NULL: zone_open() fails.
 */
struct zone *zone_named(const char *name) MUST_CHECK;

enum { ZONES_MARK_CHARS = 64 };

/*
 * What tells whether the files are those of before, without reading them: a text that differs
 * once another tzdata is installed.
 */
void zones_mark(char out[ZONES_MARK_CHARS + 1]);

enum { ZONES_VERSION_CHARS = 63 };

/*
 * Where the files are, and which version of tzdata they are of: "2026a"; "": they do not say, or
 * there are none.
 */
const char *zones_version(char out[ZONES_VERSION_CHARS + 1]);

#endif
