/*
 * web.c - the status page: libmicrohttpd inside a libuv loop.
 *
 * Read-only.  The order for every request: the Host header is ours (else a page
 * elsewhere could point a name at this address), the method is known, the path
 * matches a row, the row is open or the request carries the token; only then
 * the row's function runs, on one snapshot of the database.
 */
#include "scheduler/scheduler.h"

#include "core/clock.h"
#include "core/mem.h"
#include "scheduler/html.h"
#include "scheduler/route.h"
#include "scheduler/token.h"

#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

enum {
	CONNECTIONS_MAX = 64,
	CONNECTION_BYTES_MAX = 32 << 10, /* request line and headers */
	CONNECTION_TIMEOUT_S = 30,
	FORM_BYTES_MAX = 4096,
};

#define COOKIE "tidemill_session"
#define LOGIN_PATH "/login"

struct web {
	const char *project_dir;
	char host[64]; /* "127.0.0.1" */
	int port;
	int listen_fd;
	struct tokens tokens;
	struct MHD_Daemon *daemon;
	uv_loop_t loop;
	uv_poll_t poll;
	uv_timer_t timer;
	uv_signal_t on_term, on_int;
};

/* One request: the form of POST /login is gathered here. */
struct gathering {
	struct buf form;
};

static const char *
query_of(const struct exchange *x, const char *name)
{
	return MHD_lookup_connection_value(x->connection, MHD_GET_ARGUMENT_KIND, name);
}

static enum MHD_Result
send_body(struct MHD_Connection *c, int status, const char *type, struct buf *body)
{
	static const char *const headers[][2] = {
		{ "Content-Security-Policy", "default-src 'none'; style-src 'self'; img-src "
					     "'self'; form-action 'self'; base-uri 'none'; "
					     "frame-ancestors 'none'" },
		{ "X-Content-Type-Options", "nosniff" },
		{ "Referrer-Policy", "no-referrer" },
		{ "Cross-Origin-Opener-Policy", "same-origin" },
		{ "Cross-Origin-Resource-Policy", "same-origin" },
		{ "Cache-Control", "no-store" },
	};
	size_t bytes = body->bytes;
	struct MHD_Response *r =
	    MHD_create_response_from_buffer(bytes, buf_give(body), MHD_RESPMEM_MUST_FREE);
	enum MHD_Result result;

	if (!r)
		return MHD_NO;
	for (size_t i = 0; i < countof(headers); i++)
		(void)MHD_add_response_header(r, headers[i][0], headers[i][1]);
	(void)MHD_add_response_header(r, "Content-Type", type);
	result = MHD_queue_response(c, (unsigned)status, r);
	MHD_destroy_response(r);
	return result;
}

static enum MHD_Result
send_text(struct MHD_Connection *c, int status, const char *text)
{
	struct buf body;
	enum MHD_Result result;

	buf_init(&body, 4096);
	buf_text(&body, text);
	buf_char(&body, '\n');
	result = send_body(c, status, "text/plain; charset=utf-8", &body);
	buf_release(&body);
	return result;
}

/* To `where`, with the session cookie if the login was right. */
static enum MHD_Result
redirect(const struct web *w, struct MHD_Connection *c, const char *where, bool cookie)
{
	struct MHD_Response *r = MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);
	char text[256];
	enum MHD_Result result;

	if (!r)
		return MHD_NO;
	(void)MHD_add_response_header(r, "Location", where);
	(void)MHD_add_response_header(r, "Cache-Control", "no-store");
	if (cookie) {
		(void)snprintf(text, sizeof(text), COOKIE "=%s; Path=/; HttpOnly; SameSite=Strict",
			       w->tokens.cookie);
		(void)MHD_add_response_header(r, "Set-Cookie", text);
	}
	result = MHD_queue_response(c, MHD_HTTP_SEE_OTHER, r);
	MHD_destroy_response(r);
	return result;
}

static enum MHD_Result
send_login_form(struct MHD_Connection *c, int status, const char *note)
{
	struct buf body;
	enum MHD_Result result;

	buf_init(&body, 1 << 16);
	html_lit(
	    &body,
	    "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Log in · "
	    "Tidemill</title><meta name=\"viewport\" content=\"width=device-width, "
	    "initial-scale=1\"><link rel=\"stylesheet\" href=\"/style.css\"></head><body><main>"
	    "<h1>Log in to Tidemill</h1>");
	if (note) {
		html_lit(&body, "<p class=\"bad\" role=\"alert\">");
		html_text(&body, note);
		html_lit(&body, "</p>");
	}
	html_lit(&body, "<p>The token is in the file .tidemill/token of the project.</p>"
			"<form method=\"post\" action=\"" LOGIN_PATH
			"\"><label for=\"token\">Token</label>"
			"<input id=\"token\" name=\"token\" type=\"password\" "
			"autocomplete=\"current-password\" "
			"required><button>Log in</button></form></main></body></html>\n");
	result = send_body(c, status, "text/html; charset=utf-8", &body);
	buf_release(&body);
	return result;
}

/* The Host header names this server: loopback by any of its names, with our port. */
static bool
host_is_ours(const struct web *w, struct MHD_Connection *c)
{
	static const char *const names[] = { "localhost", "127.0.0.1", "[::1]" };
	const char *host = MHD_lookup_connection_value(c, MHD_HEADER_KIND, MHD_HTTP_HEADER_HOST);
	char ours[80];

	for (size_t i = 0; host && i < countof(names); i++) {
		(void)snprintf(ours, sizeof(ours), "%s:%d", names[i], w->port);
		if (!strcasecmp(host, ours) || (w->port == 80 && !strcasecmp(host, names[i])))
			return true;
	}
	return false;
}

static bool
is_known(const struct web *w, struct MHD_Connection *c)
{
	static const char bearer[] = "Bearer ";
	const char *header =
	    MHD_lookup_connection_value(c, MHD_HEADER_KIND, MHD_HTTP_HEADER_AUTHORIZATION);
	const char *cookie = MHD_lookup_connection_value(c, MHD_COOKIE_KIND, COOKIE);

	if (header && !strncmp(header, bearer, sizeof(bearer) - 1) &&
	    token_equal(header + sizeof(bearer) - 1, w->tokens.secret))
		return true;
	return cookie && token_equal(cookie, w->tokens.cookie);
}

/* GET /login?code=...: once.  GET /login: the form. */
static enum MHD_Result
login_get(struct web *w, struct MHD_Connection *c)
{
	const char *code = MHD_lookup_connection_value(c, MHD_GET_ARGUMENT_KIND, "code");

	if (!code)
		return send_login_form(c, MHD_HTTP_OK, NULL);
	if (!token_equal(code, w->tokens.login))
		return send_login_form(
		    c, MHD_HTTP_FORBIDDEN,
		    "This login address was used already, or is not of this server.");
	w->tokens.login[0] = '\0';
	return redirect(w, c, "/", true);
}

/* POST /login with token=... */
static enum MHD_Result
login_post(struct web *w, struct MHD_Connection *c, const struct buf *form)
{
	static const char field[] = "token=";
	const char *origin = MHD_lookup_connection_value(c, MHD_HEADER_KIND, "Sec-Fetch-Site");

	if (origin && strcmp(origin, "same-origin") != 0 && strcmp(origin, "none") != 0)
		return send_text(c, MHD_HTTP_FORBIDDEN,
				 "a form of another site may not log in here");
	if (strncmp(form->data, field, sizeof(field) - 1) != 0 ||
	    !token_equal(form->data + sizeof(field) - 1, w->tokens.secret))
		return send_login_form(c, MHD_HTTP_FORBIDDEN, "That is not the token.");
	return redirect(w, c, "/", true);
}

/* Run the row's function on one snapshot. */
static enum err_code
answer(struct exchange *x, const struct route *route, struct err *err)
{
	enum err_code code = route->no_state ? ERR_NONE : view_open(&x->view, x->project_dir, err);

	if (!code && x->view)
		code = view_begin(x->view, err);
	if (!code)
		code = route->answer(x, err);
	if (x->view)
		view_end(x->view);
	view_close(x->view);
	return code;
}

static enum MHD_Result
serve(struct web *w, struct MHD_Connection *c, const char *path)
{
	char room[ROUTE_PATH_BYTES_MAX + ROUTE_SEGMENTS_MAX];
	struct exchange x = {
		.project_dir = w->project_dir,
		.query = query_of,
		.connection = c,
		.now_us = clock_wall_us(),
		.status = MHD_HTTP_OK,
	};
	const struct route *route = route_find(path, x.args, room);
	struct err err = { 0 };
	enum MHD_Result result;
	enum err_code code;

	if (!route || !route->open) {
		/* The same answer for what exists and what does not: nothing is learned without a
		 * token. */
		if (!is_known(w, c))
			return strncmp(path, "/api/", 5)
				   ? redirect(w, c, LOGIN_PATH, false)
				   : send_text(c, MHD_HTTP_UNAUTHORIZED,
					       "the token of .tidemill/token is needed");
		if (!route)
			return send_text(c, MHD_HTTP_NOT_FOUND, "there is no such page");
	}
	buf_init(&x.body, PAGE_BYTES_MAX);
	code = answer(&x, route, &err);
	if (code == ERR_NOT_FOUND)
		result = send_text(c, MHD_HTTP_NOT_FOUND, err.msg);
	else if (code || x.body.full)
		result =
		    send_text(c, MHD_HTTP_INTERNAL_SERVER_ERROR, "the answer could not be made");
	else
		result = send_body(c, x.status, x.type, &x.body);
	if (code && code != ERR_NOT_FOUND)
		(void)fprintf(stderr, "web: %s: %s\n", path, err.msg);
	buf_release(&x.body);
	return result;
}

static enum MHD_Result
on_request(void *arg, struct MHD_Connection *c, const char *path, const char *method,
	   const char *version, const char *upload, size_t *upload_bytes, void **state)
{
	struct web *w = arg;
	struct gathering *g = *state;
	bool post = !strcmp(method, MHD_HTTP_METHOD_POST);

	(void)version;
	if (!g) {
		*state = g = mem_new(1, sizeof(*g));
		buf_init(&g->form, FORM_BYTES_MAX);
		return MHD_YES;
	}
	if (*upload_bytes) {
		buf_add(&g->form, upload, *upload_bytes);
		*upload_bytes = 0;
		return MHD_YES;
	}
	if (!host_is_ours(w, c))
		return send_text(c, MHD_HTTP_MISDIRECTED_REQUEST, "this server is not that host");
	if (!post && strcmp(method, MHD_HTTP_METHOD_GET) && strcmp(method, MHD_HTTP_METHOD_HEAD))
		return send_text(c, MHD_HTTP_METHOD_NOT_ALLOWED,
				 "only GET, HEAD, and POST to log in");
	if (!strcmp(path, LOGIN_PATH))
		return post ? login_post(w, c, &g->form) : login_get(w, c);
	if (post)
		return send_text(c, MHD_HTTP_METHOD_NOT_ALLOWED, "nothing is changed by this page");
	return serve(w, c, path);
}

static void
on_completed(void *arg, struct MHD_Connection *c, void **state, enum MHD_RequestTerminationCode why)
{
	struct gathering *g = *state;

	(void)arg;
	(void)c;
	(void)why;
	if (!g)
		return;
	buf_release(&g->form);
	free(g);
	*state = NULL;
}

/* ---- the loop ---- */

static void on_timer(uv_timer_t *timer);

/* Let the library work, then ask it when it wants to be called without traffic. */
static void
turn(struct web *w)
{
	MHD_UNSIGNED_LONG_LONG ms;

	(void)MHD_run(w->daemon);
	if (MHD_get_timeout(w->daemon, &ms) == MHD_YES)
		(void)uv_timer_start(&w->timer, on_timer, ms, 0);
	else
		(void)uv_timer_stop(&w->timer);
}

static void
on_timer(uv_timer_t *timer)
{
	turn(timer->data);
}

static void
on_traffic(uv_poll_t *poll, int status, int events)
{
	(void)status;
	(void)events;
	turn(poll->data);
}

static void
on_signal(uv_signal_t *signal, int number)
{
	(void)number;
	uv_stop(signal->loop);
}

/* "127.0.0.1:8080" taken apart, checked, bound; loopback only. */
static enum err_code
bind_address(struct web *w, const char *text, struct err *err)
{
	const char *colon = strrchr(text, ':');
	struct sockaddr_in a = { .sin_family = AF_INET };
	socklen_t bytes = sizeof(a);
	char *end = NULL;
	long port = colon ? strtol(colon + 1, &end, 10) : -1;
	int on = 1;

	if (!colon || *end || port < 0 || port > 65535 || (size_t)(colon - text) >= sizeof(w->host))
		return err_set(err, ERR_INPUT, "listen address '%s' is not ADDRESS:PORT", text);
	(void)snprintf(w->host, sizeof(w->host), "%.*s", (int)(colon - text), text);
	if (!strcmp(w->host, "localhost"))
		(void)snprintf(w->host, sizeof(w->host), "127.0.0.1");
	if (inet_pton(AF_INET, w->host, &a.sin_addr) != 1 ||
	    (ntohl(a.sin_addr.s_addr) >> 24) != 127)
		return err_set(err, ERR_INPUT,
			       "listen address '%s' is not of this machine alone (127.0.0.1): "
			       "put a TLS proxy in front to reach the page from elsewhere",
			       text);
	a.sin_port = htons((uint16_t)port);
	w->listen_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (w->listen_fd < 0)
		return err_errno(err, "listen on %s", text);
	(void)setsockopt(w->listen_fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(w->listen_fd, (struct sockaddr *)&a, sizeof(a)) || listen(w->listen_fd, 64) ||
	    getsockname(w->listen_fd, (struct sockaddr *)&a, &bytes))
		return err_errno(err, "listen on %s", text);
	w->port = ntohs(a.sin_port);
	return ERR_NONE;
}

static enum err_code
start_daemon(struct web *w, struct err *err)
{
	const union MHD_DaemonInfo *info;

	w->daemon = MHD_start_daemon(
	    MHD_USE_EPOLL, 0, NULL, NULL, on_request, w, MHD_OPTION_LISTEN_SOCKET, w->listen_fd,
	    MHD_OPTION_NOTIFY_COMPLETED, on_completed, w, MHD_OPTION_CONNECTION_LIMIT,
	    (unsigned)CONNECTIONS_MAX, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
	    (size_t)CONNECTION_BYTES_MAX, MHD_OPTION_CONNECTION_TIMEOUT,
	    (unsigned)CONNECTION_TIMEOUT_S, MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_END);
	if (!w->daemon)
		return err_set(err, ERR_SYSTEM,
			       "start the web server on %s:%d: the library refused", w->host,
			       w->port);
	w->listen_fd = -1; /* the daemon closes it */
	info = MHD_get_daemon_info(w->daemon, MHD_DAEMON_INFO_EPOLL_FD);
	if (!info || uv_poll_init(&w->loop, &w->poll, info->epoll_fd))
		return err_set(err, ERR_SYSTEM, "start the web server: no epoll descriptor");
	w->poll.data = w->timer.data = w;
	(void)uv_poll_start(&w->poll, UV_READABLE, on_traffic);
	return ERR_NONE;
}

static void
announce(const struct web *w, bool login)
{
	(void)fprintf(stderr, "web: http://%s:%d/ (the token is in %s/.tidemill/token)\n", w->host,
		      w->port, w->project_dir);
	if (login)
		(void)fprintf(stderr, "web: log in once with http://%s:%d" LOGIN_PATH "?code=%s\n",
			      w->host, w->port, w->tokens.login);
	(void)fflush(stderr);
}

static void
close_each(uv_handle_t *handle, void *arg)
{
	(void)arg;
	if (!uv_is_closing(handle))
		uv_close(handle, NULL);
}

int
web_main(const struct web_options *options)
{
	struct web w = { .project_dir = options->project_dir, .listen_fd = -1 };
	struct err err = { 0 };
	enum err_code code;

	if (uv_loop_init(&w.loop))
		return 1;
	(void)uv_timer_init(&w.loop, &w.timer);
	(void)uv_signal_init(&w.loop, &w.on_term);
	(void)uv_signal_init(&w.loop, &w.on_int);
	(void)uv_signal_start(&w.on_term, on_signal, SIGTERM);
	(void)uv_signal_start(&w.on_int, on_signal, SIGINT);
	code = tokens_open(&w.tokens, w.project_dir, &err);
	if (!code)
		code = bind_address(&w, options->listen, &err);
	if (!code)
		code = start_daemon(&w, &err);
	if (!code) {
		announce(&w, options->print_login);
		(void)uv_run(&w.loop, UV_RUN_DEFAULT);
	} else {
		(void)fprintf(stderr, "tidemill: %s\n", err.msg);
	}
	uv_walk(&w.loop, close_each, NULL);
	(void)uv_run(&w.loop, UV_RUN_DEFAULT);
	if (w.daemon)
		MHD_stop_daemon(w.daemon);
	if (w.listen_fd >= 0)
		(void)close(w.listen_fd);
	(void)uv_loop_close(&w.loop);
	return code == ERR_NONE ? 0 : code == ERR_INPUT ? 2 : 1;
}
