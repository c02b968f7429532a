/*
 * leftovers.h - what attempts left in staging directories when nobody could clear it away.
 *
 * A scheduler clears away after each attempt; one that was killed in between leaves `aN`, and a
 * worker that was killed leaves `aN-work`.  Of what an attempt of this project left that has ended,
 * and after whose end nobody wrote there, nothing is needed, unless it was kept for people to see.
 */
#ifndef SCHEDULER_PUBLISH_LEFTOVERS_H
#define SCHEDULER_PUBLISH_LEFTOVERS_H

#include "scheduler/publish/collector.h"

/* Look once through the datasets that the catalog's dags write, on a thread; a few hundred a look.
 */
void leftovers_look(const struct collector *c);

#endif
