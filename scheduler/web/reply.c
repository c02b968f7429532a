/* reply.c - what goes back: headers that every answer has, a sentence, the login form. */
#include "scheduler/web/reply.h"

#include "core/base/json.h"
#include "scheduler/page/html.h"
#include "scheduler/page/style.h"
#include "scheduler/web/pack.h"

#include <stdio.h>
#include <string.h>

enum { LASTING_S = 365 * 24 * 3600 };

/* Whatever the name is, it is data: each byte that is no letter or digit is written as %XX. */
static void
add_disposition(const struct web *w, struct MHD_Response *r, const char *name)
{
	struct buf text;

	buf_init(&text, SIZE_MAX);
	buf_text(&text, "attachment; filename*=UTF-8''");
	for (const char *p = name; *p; p++) {
		unsigned char c = (unsigned char)*p;
		bool plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
			     (c >= 'a' && c <= 'z') || c == '.' || c == '-' || c == '_';

		buf_format(&text, plain ? "%c" : "%%%02X", c);
	}
	(void)w->mhd.add_response_header(r, "Content-Disposition", text.data);
	buf_release(&text);
}

static void
add_headers(const struct web *w, struct MHD_Response *r, const struct response *reply)
{
	static const char *const fixed[][2] = {
		{ "Content-Security-Policy",
		  "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; "
		  "frame-ancestors 'none'" },
		{ "X-Content-Type-Options", "nosniff" },
		{ "Referrer-Policy", "no-referrer" },
		{ "Cross-Origin-Opener-Policy", "same-origin" },
		{ "Cross-Origin-Resource-Policy", "same-origin" },
	};
	char text[256];

	for (size_t i = 0; i < countof(fixed); i++)
		(void)w->mhd.add_response_header(r, fixed[i][0], fixed[i][1]);
	(void)snprintf(text, sizeof(text), "public, max-age=%d, immutable", LASTING_S);
	(void)w->mhd.add_response_header(r, "Cache-Control", reply->lasting ? text : "no-store");
	if (reply->lasting || reply->packed)
		(void)w->mhd.add_response_header(r, "Vary", "Accept-Encoding");
	if (reply->packed)
		(void)w->mhd.add_response_header(r, "Content-Encoding", "gzip");
	if (reply->type)
		(void)w->mhd.add_response_header(r, "Content-Type", reply->type);
	if (reply->saved_as)
		add_disposition(w, r, reply->saved_as);
	if (reply->location)
		(void)w->mhd.add_response_header(r, "Location", reply->location);
	if (reply->status == MHD_HTTP_UNAUTHORIZED)
		(void)w->mhd.add_response_header(r, "WWW-Authenticate",
						 "Bearer realm=\"tidemill\"");
	if (reply->status == MHD_HTTP_METHOD_NOT_ALLOWED)
		(void)w->mhd.add_response_header(r, "Allow", "GET, HEAD");
	if (reply->close)
		(void)w->mhd.add_response_header(r, "Connection", "close");
	if (reply->cookie) {
		(void)snprintf(text, sizeof(text), "%s=%s; Path=%s/; HttpOnly; SameSite=Strict",
			       w->cookie, w->tokens.cookie, w->settings.web_prefix);
		(void)w->mhd.add_response_header(r, "Set-Cookie", text);
	}
}

const char *
header_of(const struct web *w, struct MHD_Connection *c, const char *name)
{
	return w->mhd.lookup_connection_value(c, MHD_HEADER_KIND, name);
}

struct guest *
guest_of(const struct web *w, struct MHD_Connection *c)
{
	const union MHD_ConnectionInfo *info = w->mhd.get_connection_info(
	    c, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

	return info ? info->socket_context : NULL;
}

enum MHD_Result
send_reply(struct web *w, struct MHD_Connection *c, const struct response *reply, struct buf *body)
{
	struct response full = *reply;
	struct guest *guest = guest_of(w, c);
	struct MHD_Response *r;
	enum MHD_Result result;
	size_t bytes;

	full.packed = body && body->bytes >= PACK_BYTES_MIN &&
		      pack_accepted(header_of(w, c, "Accept-Encoding")) && pack_gzip(body);
	bytes = body ? body->bytes : 0;
	r = w->mhd.create_response_from_buffer(bytes, bytes ? buf_give(body) : NULL,
					       bytes ? MHD_RESPMEM_MUST_FREE
						     : MHD_RESPMEM_PERSISTENT);
	if (!r)
		return MHD_NO;
	add_headers(w, r, &full);
	if (guest)
		guest_asked(&w->guests, guest, (int64_t)uv_now(&w->loop));
	result = w->mhd.queue_response(c, (unsigned)reply->status, r);
	w->mhd.destroy_response(r);
	return result;
}

bool
is_api(const char *path)
{
	return path && (!strcmp(path, "/api") || !strncmp(path, "/api/", 5));
}

enum MHD_Result
send_sentence(struct web *w, struct MHD_Connection *c, const struct visit *q,
	      const struct response *reply, const char *sentence)
{
	bool api = is_api(q->path);
	struct response full = *reply;
	struct buf body;
	enum MHD_Result result;

	buf_init(&body, 16384);
	full.type = api ? "application/json; charset=utf-8" : "text/plain; charset=utf-8";
	if (api) {
		json_t *object = json_object();

		(void)json_object_set_new(object, "error", json_text_new(sentence));
		json_write(object, &body);
		json_decref(object);
	} else {
		buf_text(&body, sentence);
	}
	buf_char(&body, '\n');
	result = send_reply(w, c, &full, &body);
	buf_release(&body);
	return result;
}

enum MHD_Result
send_login_form(struct web *w, struct MHD_Connection *c, int status, const char *note)
{
	struct response reply = { .status = status, .type = "text/html; charset=utf-8" };
	struct buf body;
	enum MHD_Result result;

	buf_init(&body, 16384);
	html_lit(&body, "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
			"<meta name=\"viewport\" content=\"width=device-width, "
			"initial-scale=1\"><meta name=\"color-scheme\" content=\"light dark\">"
			"<title>Log in · Tidemill</title>");
	style_link(&body, w->settings.web_prefix);
	html_lit(&body, "</head><body><main><h1>Log in to Tidemill</h1>");
	if (note) {
		html_lit(&body, "<p class=\"bad\" role=\"alert\">");
		html_text(&body, note);
		html_lit(&body, "</p>");
	}
	html_lit(&body, "<p>The token is in the file <code>.tidemill/token</code> of the "
			"project.</p><form method=\"post\" action=\"");
	html_text(&body, w->settings.web_prefix);
	html_lit(&body,
		 LOGIN_PATH "\"><label for=\"token\">Token</label>"
			    "<input id=\"token\" name=\"token\" type=\"password\" size=\"40\" "
			    "autocomplete=\"current-password\" required autofocus>"
			    "<button>Log in</button></form></main></body></html>\n");
	result = send_reply(w, c, &reply, &body);
	buf_release(&body);
	return result;
}
