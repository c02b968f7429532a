/*
 * listen.h - the address of this machine that the page listens on.
 */
#ifndef SCHEDULER_WEB_LISTEN_H
#define SCHEDULER_WEB_LISTEN_H

#include "core/base/err.h"

struct listener {
	char host[64]; /* "127.0.0.1" or "[::1]" */
	int port;      /* the one that was taken, also where any was asked for */
	int fd;        /* the caller closes it; -1: none */
};

/*
 * Listen on ADDRESS:PORT; port 0 takes any free one.  The address is of this
 * machine alone (127.*, [::1], or localhost), else ERR_INPUT.  ERR_SYSTEM: it cannot be
 * had; out->fd may be open then as well.
 */
enum err_code listener_open(struct listener *out, const char *text, struct err *err) MUST_CHECK;

#endif
