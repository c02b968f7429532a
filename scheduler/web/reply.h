/*
 * reply.h - what goes back: headers that every answer has, a sentence, the login form.
 */
#ifndef SCHEDULER_WEB_REPLY_H
#define SCHEDULER_WEB_REPLY_H

#include "scheduler/web/internal.h"

/* What goes back.  The zero value of each member is "without". */
struct response {
	int status;
	const char *type, *location;
	const char *saved_as; /* the name of a file, any text */
	bool cookie;          /* log the browser in */
	bool close;           /* nothing more is read from this connection */
	bool lasting;         /* it may be kept for ever */
	bool packed;          /* the body is gzip */
};

/* A header of the request, borrowed; NULL: it has none of that name. */
const char *header_of(const struct web *w, struct MHD_Connection *c, const char *name);

/* Whose connection it is; NULL: nobody is known by it. */
struct guest *guest_of(const struct web *w, struct MHD_Connection *c);

/* Takes the body over, as gzip if the client likes; NULL: there is none. */
enum MHD_Result send_reply(struct web *w, struct MHD_Connection *c, const struct response *reply,
			   struct buf *body);

/* Is the path one of the API's, whose errors are JSON too? */
bool is_api(const char *path);

/* One sentence: {"error": "..."} below /api, else plain text. */
enum MHD_Result send_sentence(struct web *w, struct MHD_Connection *c, const struct visit *q,
			      const struct response *reply, const char *sentence);

/* The form that takes the token; `note` NULL: nothing is said above it. */
enum MHD_Result send_login_form(struct web *w, struct MHD_Connection *c, int status,
				const char *note);

#endif
