/* calendars.h - the calendars of a project: days, in files, that schedules name. */
#ifndef CORE_PROJECT_CALENDARS_H
#define CORE_PROJECT_CALENDARS_H

#include "core/project/variables.h"

/*
 * Read calendars/NAME.txt of a project, each of which becomes the constant calendar.NAME.  One day
 * or range stands on a line, and # begins a comment.  One with a mistake, which is reported, is
 * left out; so are those beyond CONSTANTS_MAX.
 */
void calendars_read(int project, struct variables *out, struct diags *diags);

#endif
