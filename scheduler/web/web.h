/*
 * web.h - the status page as a program of its own.
 */
#ifndef SCHEDULER_WEB_WEB_H
#define SCHEDULER_WEB_WEB_H

#include <stdbool.h>

#include "core/base/library.h"
#include "core/base/log.h"

struct web_options {
	const char *project_dir;
	const char *listen; /* "127.0.0.1:8080" */
	struct log log;
	int ready_fd; /* 0: none; else its port (a uint16_t) is written to it, and it is closed,
			 when the page answers */
};

/*
 * Serve until SIGTERM or SIGINT; says on stderr where and how to log in, or why not.  An exit
 * code: 0 ended as asked, 1 it could not, 2 the address is wrong.
 */
int web_main(const struct web_options *options);

/* Add the libraries of the loop and of the page to the list. */
void web_libraries(struct library_list *list);

#endif
