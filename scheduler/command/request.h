/*
 * request.h - what a frame on the control socket asks for.  Pure.
 *
 * A request is distrusted: every field is checked for its type and its bounds,
 * and a field that the command does not have is an error, so that a client of
 * another version is told rather than half understood.
 *
 *   request_read -> use, while the message lives -> request_release
 *
 * Which fields a command has is said by its row (def.h), and for people in
 * docs/CONTROL.md.
 *
 * Each has "proto": 1 and "command"; each but ping and reload has "key".
 */
#ifndef SCHEDULER_COMMAND_REQUEST_H
#define SCHEDULER_COMMAND_REQUEST_H

#include "core/base/json.h"
#include "scheduler/rows/words.h"

enum {
	REQUEST_PROTO = 1,
	REQUEST_KEY_BYTES_MAX = 64,
	REQUEST_PARAMS_BYTES_MAX = PARAMS_BYTES_MAX,
	REQUEST_RUNS_MAX = 10000, /* max_active_runs; 0 is the dag's own */
};

enum request_kind { REQUEST_COMMAND, REQUEST_PING, REQUEST_RELOAD };

struct request {
	enum request_kind kind;
	struct command command; /* its strings are borrowed from the message */
	struct buf params;      /* what command.params points to */
};

/*
 * Check a message and take it apart.  ERR_INPUT names the field and what is
 * wrong with it; then there is nothing to release.
 */
enum err_code request_read(struct request *out, const json_t *message, struct err *err) MUST_CHECK;

/* Give back what request_read() made. */
void request_release(struct request *r);

#endif
