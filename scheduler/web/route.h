/*
 * route.h - addresses as rows.  Pure.
 *
 * A request is matched to a row first; the row says who may have it.  A row
 * that says nothing is for nobody.  Segments ":" match one path segment each,
 * percent-decoded.
 */
#ifndef SCHEDULER_WEB_ROUTE_H
#define SCHEDULER_WEB_ROUTE_H

#include "scheduler/page/exchange.h"

enum { ROUTE_PATH_BYTES_MAX = 2048 };

/* What the one who asks can do.  A row's own is what it takes; the zero value denies all. */
enum capability {
	CAN_NOTHING,
	CAN_ALL,  /* anybody can: nobody has to be known */
	CAN_READ, /* who sends the token, or its cookie */
};

/* Whether a row reads the database.  The zero value is yes, and 404 while there is none. */
enum route_state { STATE_NEEDED, STATE_OPTIONAL, STATE_UNUSED };

struct route {
	const char *path; /* "/dags/:" */
	/* Makes the answer, a function of scheduler/page; its errors: exchange.h. */
	enum err_code (*answer)(struct exchange *x, struct err *err);
	enum route_state state;
	enum capability takes;
	const char *params; /* of its query, one space between two names; others are refused */
};

/* Every address; route_count of them. */
extern const struct route route_table[];
extern const size_t route_count;

/*
 * The row of a path as the client sent it, still percent-encoded.  Its ":"
 * segments are decoded, once, into `room` (ROUTE_PATH_BYTES_MAX) and pointed to
 * by args; everything else has to be spelt as in the row.  NULL: there is none,
 * or the path is malformed (a control character or '/' in a decoded segment,
 * '.' or '..' as one, a bad escape, too long).
 */
const struct route *route_find(const char *path, const char **args, char *room);

/* May somebody who can do `can` have this row?  Nobody, when the row does not say. */
bool route_lets(const struct route *route, enum capability can);

#endif
