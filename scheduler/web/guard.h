/*
 * guard.h - what the HTTP library lets through and a proxy may read differently.
 *
 * A request whose bounds or whose host two programs may understand in two ways
 * is refused as a whole.  The caller shows every header, then asks for the
 * verdict.  Pure.
 *
 *   struct guard g = { 0 };  guard_header() for each  ->  guard_verdict()
 */
#ifndef SCHEDULER_WEB_GUARD_H
#define SCHEDULER_WEB_GUARD_H

#include "core/base/err.h"

struct guard {
	int n_host, n_length, n_coding; /* how often each header came */
	size_t bytes;                   /* of all headers, as they were sent */
	const char *wrong;              /* the first thing that cannot be; a literal */
};

/* One header.  Neither name nor value has to end in a NUL; value NULL is an empty one. */
void guard_header(struct guard *g, const char *name, size_t name_bytes, const char *value,
		  size_t value_bytes);

/* Why the request is refused, or NULL: it is fine.  The text is a literal. */
const char *guard_verdict(const struct guard *g);

/* True for a request target that names a path of this server: '/' and then visible ASCII. */
bool guard_target(const char *target);

/*
 * True when a Host header is `name`:`port`, or `name` alone for port 80; case
 * does not count and neither does one dot at the end of the name.
 */
bool guard_host(const char *host, const char *name, int port);

/*
 * True when a Host header is what a setting allows: "NAME", with any port or
 * none, or "NAME:PORT" exactly; case and one dot at the end as above.
 */
bool guard_allowed(const char *host, const char *allowed);

#endif
