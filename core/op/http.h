/*
 * http.h - what a sensor asks a server, and which answer it waits for.
 */
#ifndef CORE_OP_HTTP_H
#define CORE_OP_HTTP_H

#include "core/model/json_path.h"
#include "core/op/draft.h"

enum { HTTP_HEADERS_MAX = 20, HTTP_STATUSES_MAX = 20 };

/* One header; the value travels in the environment of the worker, as a secret may be in it. */
struct http_header {
	const char *name;
	struct env_entry value; /* its name is that of the variable */
};

struct op_http {
	template_text url; /* NULL: there is no `http:` */
	bool head;
	int statuses[HTTP_STATUSES_MAX]; /* n_statuses of them; none: 200 */
	size_t n_statuses;
	const char *path_text; /* of the body; NULL: it is not looked at */
	struct json_path path;
	template_text equals;
	const struct http_header *headers;
	size_t n_headers;
};

/* `read` function of a row: `http:`, into a struct op_http at its offset. */
void http_read(struct yreader *r, const struct key *row, const struct ynode *key, void *base);

/* Add the variables of its headers to those of the task. */
void http_end(struct yreader *r, const struct op_http *http, struct task *task);

#endif
