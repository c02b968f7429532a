/* clock.h - is the schedule held because the wall clock jumped ahead? */
#ifndef CORE_VIEW_CLOCK_H
#define CORE_VIEW_CLOCK_H

#include "core/view/open.h"

/* {jump_us, jumped_at, schedule_held_until, text}, text a sentence; JSON null: it is not. */
enum err_code view_clock(struct view *v, json_t **out, struct err *err) MUST_CHECK;

#endif
