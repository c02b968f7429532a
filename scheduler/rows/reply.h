/*
 * reply.h - the answer to a command as JSON, and back.
 *
 *   {"ok": true, "code": "ok", "message": "...", "run": 7, "run_id": "...", "logical_date": "...",
 *    "backfill": 2, "plan": [{"logical_date": "...", "verdict": "create", "run": 8}]}
 *
 * Members without a value are left out.
 */
#ifndef SCHEDULER_ROWS_REPLY_H
#define SCHEDULER_ROWS_REPLY_H

#include "core/base/buf.h"
#include "core/base/mem.h"
#include "scheduler/rows/words.h"

/* "create", "clear", "exists", "in_flight", "future". */
const char *plan_verdict_name(enum plan_verdict v);

/* The reply as the JSON that goes over the control socket and into command_row.reply. */
void reply_write(const struct reply *reply, struct buf *out);

/* Read back what reply_write() wrote; false: it is not one.  Strings go into the arena. */
bool reply_read(struct reply *out, const char *json, struct arena *arena);

#endif
