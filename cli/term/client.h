/*
 * client.h - asking the scheduler for something, wherever it runs.
 *
 * A daemon is asked over its control socket.  When there is none the request
 * is carried out in this process under the state lock: with `wait` the whole
 * scheduler runs here until the runs it made have ended.
 */
#ifndef CLI_TERM_CLIENT_H
#define CLI_TERM_CLIENT_H

#include "cli/term/command.h"

/*
 * The request that the command's row and the command line make, with its
 * idempotency key: the user's --idempotency-key, or a new one.  EXIT_OK and
 * *out is the caller's, or what was wrong was said.
 */
int client_request(const struct cli *cli, json_t **out);

/* All that most commands do: make the request and send it, with --wait to its end. */
int client_ask(struct cli *cli);

/*
 * Send it and print what came of it: the message on stderr, with -o json the
 * reply on stdout.  With `wait` follows the runs to their end; a daemon's runs
 * are detached from on Ctrl-C.  Takes over `request`.  Gives an exit code;
 * *reply (if not NULL) is the caller's to release.
 */
int client_send(struct cli *cli, json_t *request, bool wait, json_t **reply);

/* The exit code of a reply's code. */
int client_exit_code(const json_t *reply);

#endif
