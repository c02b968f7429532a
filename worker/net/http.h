/*
 * http.h - one question over HTTP, with a bound on everything.
 *
 * A server is not trusted with our time, our memory or what we send: redirects are followed five
 * times at most, to http and https alone, never from https to http, and what is sent in headers
 * goes to the server that was named and to no other.
 */
#ifndef WORKER_NET_HTTP_H
#define WORKER_NET_HTTP_H

#include "core/base/buf.h"
#include "core/base/library.h"

enum {
	HTTP_REDIRECTS_MAX = 5,
	HTTP_HEADER_BYTES_MAX = 64 << 10, /* of one answer, all of them together */
	HTTP_BODY_BYTES_MAX = 1 << 20,
	HTTP_URL_BYTES_MAX = 8 << 10,
};

/* What is asked.  Everything is borrowed. */
struct http_ask {
	bool head; /* HEAD, else GET */
	const char *url;
	const char *const *headers; /* n_headers of "Name: value" */
	size_t n_headers;
	int64_t timeout_us; /* for all of it, redirects too */
	int64_t slow_us;    /* so long it may bring less than 10 bytes a second; 0: 20 s */
};

/* What came back, whatever the status is. */
struct http_answer {
	int status;             /* 100 to 599 */
	int64_t retry_after_us; /* Retry-After, as a time from now, at most a day; 0: none */
	struct buf body;        /* as it was sent */
};

/*
 * Ask.  *out is to be released whatever happens.  ERR_INPUT: the address cannot be asked.
 * ERR_SYSTEM: there is no answer, or none that could be read.  ERR_LIMIT: it went beyond a bound.
 */
enum err_code http_ask(const struct http_ask *ask, struct http_answer *out,
		       struct err *err) MUST_CHECK;

/* Free what an answer holds. */
void http_answer_release(struct http_answer *answer);

/* Add the library to the list. */
void http_libraries(struct library_list *list);

/*
 * Append the address as people may see it: without user, password, query and fragment.  Also of
 * one that is none.
 */
void http_name(const char *url, struct buf *out);

#endif
