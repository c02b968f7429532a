/*
 * web.c - the status page: libmicrohttpd inside a libuv loop.
 *
 * Read-only.  The order for every request: it can be read in one way only
 * (guard.h), the Host header is ours (else a page elsewhere could point a name
 * at this address) or the row is for anybody, the method is known, the path matches a row, the row
 * is for anybody or the request carries the token (route.h); only then the row's function runs, on
 * one snapshot of the database.
 */
#include "scheduler/web/web.h"

#include "core/base/clock.h"
#include "core/base/dyn.h"
#include "core/base/mem.h"
#include "core/base/size.h"
#include "core/project/project.h"
#include "core/view/open.h"
#include "scheduler/page/page.h"
#include "scheduler/web/guard.h"
#include "scheduler/web/query.h"
#include "scheduler/web/reply.h"
#include "scheduler/web/route.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	CONNECTIONS_MAX = 2 * GUESTS_WAITING_MAX, /* so many may be answered at once */
	HEADER_BYTES_MAX = 32 << 10,
	/* With what the library makes of them: a cookie of a few bytes costs it a hundred. */
	CONNECTION_BYTES_MAX = 512 << 10,
	CONNECTION_TIMEOUT_S = 15, /* without a byte; guests.h for the whole */
	SWEEP_MS = 500,
	FORM_BYTES_MAX = 4096,
};

/* It brings TLS and with it nine libraries, which a command that only asks has no use for. */
/* clang-format off */
static const struct dyn_symbol mhd_symbols[] = {
	{ "MHD_add_response_header", offsetof(struct mhd, add_response_header) },
	{ "MHD_create_response_from_buffer", offsetof(struct mhd, create_response_from_buffer) },
	{ "MHD_destroy_response", offsetof(struct mhd, destroy_response) },
	{ "MHD_get_connection_info", offsetof(struct mhd, get_connection_info) },
	{ "MHD_get_connection_values_n", offsetof(struct mhd, get_connection_values_n) },
	{ "MHD_get_daemon_info", offsetof(struct mhd, get_daemon_info) },
	{ "MHD_get_timeout", offsetof(struct mhd, get_timeout) },
	{ "MHD_lookup_connection_value", offsetof(struct mhd, lookup_connection_value) },
	{ "MHD_queue_response", offsetof(struct mhd, queue_response) },
	{ "MHD_run", offsetof(struct mhd, run) },
	{ "MHD_start_daemon", offsetof(struct mhd, start_daemon) },
	{ "MHD_stop_daemon", offsetof(struct mhd, stop_daemon) },
};
/* clang-format on */
static const struct dyn mhd_library = {
	.library = "libmicrohttpd.so.12",
	.package = "libmicrohttpd12",
	.symbols = mhd_symbols,
	.n_symbols = countof(mhd_symbols),
};

/* ---- who asks ---- */

static enum MHD_Result
show_header(void *arg, enum MHD_ValueKind kind, const char *name, size_t name_bytes,
	    const char *value, size_t value_bytes)
{
	(void)kind;
	guard_header(arg, name, name_bytes, value, value_bytes);
	return MHD_YES;
}

/* Why a request is refused for its headers, and with which status; NULL: they are fine. */
static const char *
guard(const struct web *w, struct MHD_Connection *c, int *status)
{
	struct guard g = { 0 };

	(void)w->mhd.get_connection_values_n(c, MHD_HEADER_KIND, show_header, &g);
	if (g.bytes > HEADER_BYTES_MAX) {
		*status = MHD_HTTP_REQUEST_HEADER_FIELDS_TOO_LARGE;
		return "the headers are longer than 32 KiB; cookies of other pages of this host "
		       "may be the reason";
	}
	*status = MHD_HTTP_BAD_REQUEST;
	return guard_verdict(&g);
}

/* `host` names this server: loopback by any of its names with our port, or what the settings allow.
 */
static bool
is_ours(const struct web *w, const char *host)
{
	const char *const names[] = { "localhost", "127.0.0.1", "[::1]", w->at.host };

	for (size_t i = 0; host && i < countof(names); i++)
		if (guard_host(host, names[i], w->at.port))
			return true;
	for (size_t i = 0; host && i < w->settings.n_web_hosts; i++)
		if (guard_allowed(host, w->settings.web_hosts[i]))
			return true;
	return false;
}

/* A form is sent from a page of ours, or by no page. */
static bool
is_from_here(const struct web *w, struct MHD_Connection *c)
{
	const char *site = header_of(w, c, "Sec-Fetch-Site"), *origin = header_of(w, c, "Origin");

	if (site)
		return !strcmp(site, "same-origin") || !strcmp(site, "none");
	const char *host = origin ? strstr(origin, "://") : NULL;

	if (!origin)
		return true;
	/* A proxy speaks TLS, we do not. */
	return host && (!strncmp(origin, "http:", 5) || !strncmp(origin, "https:", 6)) &&
	       is_ours(w, host + 3);
}

static bool
is_known(const struct web *w, struct MHD_Connection *c)
{
	static const char bearer[] = "Bearer ";
	const char *header = header_of(w, c, MHD_HTTP_HEADER_AUTHORIZATION);
	const char *cookie = w->mhd.lookup_connection_value(c, MHD_COOKIE_KIND, w->cookie);

	if (header && !strncasecmp(header, bearer, sizeof(bearer) - 1) &&
	    token_equal(header + sizeof(bearer) - 1, w->tokens.secret))
		return true;
	return cookie && token_equal(cookie, w->tokens.cookie);
}

/* ---- logging in ---- */

static enum MHD_Result
let_in(struct web *w, struct MHD_Connection *c)
{
	struct response reply = { .status = MHD_HTTP_SEE_OTHER, .cookie = true };
	char home[WEB_PREFIX_CHARS + 2];

	(void)snprintf(home, sizeof(home), "%s/", w->settings.web_prefix);
	reply.location = home;
	return send_reply(w, c, &reply, NULL);
}

/* GET /login?code=...: once.  GET /login: the form.  HEAD uses nothing up. */
static enum MHD_Result
login_get(struct web *w, struct MHD_Connection *c, bool head)
{
	const char *code = w->mhd.lookup_connection_value(c, MHD_GET_ARGUMENT_KIND, "code");

	if (!code || head)
		return send_login_form(w, c, MHD_HTTP_OK, NULL);
	if (!token_equal(code, w->tokens.login))
		return send_login_form(
		    w, c, MHD_HTTP_FORBIDDEN,
		    "This login address was used already, or is not of this server.");
	w->tokens.login[0] = '\0';
	return let_in(w, c);
}

/* POST /login with token=... */
static enum MHD_Result
login_post(struct web *w, struct MHD_Connection *c, const struct visit *q)
{
	static const char field[] = "token=";
	const struct buf *form = &q->form;

	if (!is_from_here(w, c))
		return send_sentence(w, c, q, &(struct response){ .status = MHD_HTTP_FORBIDDEN },
				     "a form of another site may not log in here");
	if (form->full || strncmp(form->data, field, sizeof(field) - 1) != 0 ||
	    !token_equal(form->data + sizeof(field) - 1, w->tokens.secret))
		return send_login_form(w, c, MHD_HTTP_FORBIDDEN, "That is not the token.");
	return let_in(w, c);
}

/* ---- answers ---- */

static const char *
query_of(const struct exchange *x, const char *name)
{
	const struct visit *q = x->server;

	return q->web->mhd.lookup_connection_value(q->connection, MHD_GET_ARGUMENT_KIND, name);
}

static enum err_code
open_state(struct exchange *x, const struct route *route, struct err *err)
{
	enum err_code code = view_open(&x->view, x->project_dir, err);

	if (code == ERR_NOT_FOUND)
		return route->state == STATE_OPTIONAL
			   ? ERR_NONE
			   : err_set(err, ERR_NOT_FOUND, "nothing has run here yet");
	if (!code) {
		stale_remember(x->view, x->memory);
		code = view_begin(x->view, err);
	}
	/* A wrong database is no mistake of the one who asks. */
	return code == ERR_INPUT ? ERR_SYSTEM : code;
}

struct shown {
	const struct route *route;
	struct query query;
};

static enum MHD_Result
show_param(void *arg, enum MHD_ValueKind kind, const char *name, size_t name_bytes,
	   const char *value, size_t value_bytes)
{
	struct shown *s = arg;

	(void)kind;
	/* The library ends both with a NUL; one inside the name makes it another name. */
	if (strlen(name) == name_bytes)
		query_show(&s->query, s->route, name, value, value_bytes);
	else
		query_show(&s->query, s->route, "\\0", value, value_bytes);
	return MHD_YES;
}

/* ERR_INPUT: the query has what this address does not take. */
static enum err_code
check_query(const struct web *w, struct MHD_Connection *c, const struct route *route,
	    struct err *err)
{
	struct shown s = { .route = route };

	(void)w->mhd.get_connection_values_n(c, MHD_GET_ARGUMENT_KIND, show_param, &s);
	if (s.query.err.code)
		*err = s.query.err;
	return s.query.err.code;
}

/* Run the row's function on one snapshot. */
static enum err_code
make_answer(struct exchange *x, const struct route *route, struct err *err)
{
	enum err_code code = ERR_NONE;

	if (route->state != STATE_UNUSED)
		code = open_state(x, route, err);
	if (!code)
		code = route->answer(x, err);
	if (!code && x->body.full)
		code = err_set(err, ERR_LIMIT, "the page is larger than %s",
			       SIZE_TEXT(PAGE_BYTES_MAX));
	if (x->view)
		view_end(x->view);
	view_close(x->view);
	x->view = NULL;
	return code;
}

static int
status_of(enum err_code code)
{
	switch (code) {
	case ERR_NOT_FOUND:
		return MHD_HTTP_NOT_FOUND;
	case ERR_INPUT:
		return MHD_HTTP_BAD_REQUEST;
	case ERR_LIMIT:
	case ERR_BUSY:
		return MHD_HTTP_SERVICE_UNAVAILABLE;
	default:
		return MHD_HTTP_INTERNAL_SERVER_ERROR;
	}
}

/* What went wrong, as a page or as JSON.  The reason of what is not the asker's stays here. */
static enum MHD_Result
send_failure(struct web *w, struct exchange *x, const struct visit *q, const struct err *err)
{
	bool asker = err->code == ERR_NOT_FOUND || err->code == ERR_INPUT;
	const char *sentence = asker
				   ? err->msg
				   : "The answer could not be made; the server has said why on its "
				     "standard error.";
	struct response reply = { .status = status_of(err->code) };

	if (!asker)
		log_line(&w->log, LOG_ERROR, "%s: %s", q->path, err->msg);
	if (is_api(q->path))
		return send_sentence(w, q->connection, q, &reply, sentence);
	page_sentence(x, err->code == ERR_NOT_FOUND ? "Not found" : "That did not work", sentence);
	reply.type = x->type;
	return send_reply(w, q->connection, &reply, &x->body);
}

/* The same for what exists and what does not: nothing is learned without a token. */
static enum MHD_Result
send_stranger(struct web *w, struct MHD_Connection *c, const struct visit *q)
{
	if (is_api(q->path))
		return send_sentence(w, c, q, &(struct response){ .status = MHD_HTTP_UNAUTHORIZED },
				     "send the token of .tidemill/token as Authorization: Bearer");
	return send_login_form(w, c, MHD_HTTP_UNAUTHORIZED, NULL);
}

static enum MHD_Result
serve(struct web *w, struct MHD_Connection *c, const struct visit *q)
{
	char room[ROUTE_PATH_BYTES_MAX];
	struct exchange x = {
		.project_dir = w->project_dir,
		.query = query_of,
		.params = "",
		.server = q,
		.prefix = w->settings.web_prefix,
		.memory = &w->memory,
		.now_us = clock_wall_us(),
	};
	const struct route *route = route_find(q->path, x.args, room);
	enum capability can = is_known(w, c) ? CAN_READ : CAN_ALL;
	bool let = route && route_lets(route, can);
	struct err err = { 0 };
	enum MHD_Result result;

	if (!let && can == CAN_ALL)
		return send_stranger(w, c, q);
	buf_init(&x.body, PAGE_BYTES_MAX);
	if (let) {
		x.params = route->params;
		err.code = check_query(w, c, route, &err);
		if (!err.code)
			err.code = make_answer(&x, route, &err);
	} else {
		err.code = err_set(&err, ERR_NOT_FOUND, "there is no such page");
	}
	if (err.code)
		result = send_failure(w, &x, q, &err);
	else
		result = send_reply(w, c,
				    &(struct response){ .status = MHD_HTTP_OK,
							.type = x.type,
							.saved_as = x.saved_as,
							.lasting = x.lasting },
				    &x.body);
	free(x.saved_as);
	buf_release(&x.body);
	return result;
}

/* ---- requests ---- */

/* A proxy may leave the prefix that it shows the page below, or take it off. */
static const char *
without_prefix(const struct web *w, const char *target)
{
	size_t bytes = strlen(w->settings.web_prefix);

	if (!bytes || strncmp(target, w->settings.web_prefix, bytes) != 0)
		return target;
	if (target[bytes] == '/')
		return target + bytes;
	return target[bytes] && target[bytes] != '?' ? target : "/";
}

/* The target as the client sent it: the library would decode it before we see it. */
static void *
on_target(void *arg, const char *target, struct MHD_Connection *c)
{
	struct visit *q = mem_new(1, sizeof(*q));

	q->web = arg;
	q->connection = c;
	buf_init(&q->form, FORM_BYTES_MAX);
	if (target && guard_target(target)) {
		target = without_prefix(q->web, target);
		q->path = mem_bytes(target, strcspn(target, "?"));
	}
	return q;
}

/* What anybody may have says nothing of this project, so it does not matter what it was asked as.
 */
static bool
is_for_anybody(const char *path)
{
	const char *args[EXCHANGE_ARGS_MAX];
	char room[ROUTE_PATH_BYTES_MAX];
	const struct route *route = route_find(path, args, room);

	return route && route_lets(route, CAN_ALL);
}

/* Once the headers are there; whatever is refused here ends the connection. */
static enum MHD_Result
begin(struct web *w, struct MHD_Connection *c, const struct visit *q, const char *method)
{
	struct response reply = { .close = true };
	bool post = !strcmp(method, MHD_HTTP_METHOD_POST);
	const char *wrong = guard(w, c, &reply.status);

	if (!wrong && !q->path)
		wrong = "the address is not a path";
	if (wrong)
		return send_sentence(w, c, q, &reply, wrong);
	reply.status = MHD_HTTP_MISDIRECTED_REQUEST;
	if (!is_for_anybody(q->path) && !is_ours(w, header_of(w, c, MHD_HTTP_HEADER_HOST)))
		return send_sentence(w, c, q, &reply,
				     "this server is not that host; behind a proxy, allow the "
				     "name in tidemill.yaml, web: {hosts: [NAME]}, and start the "
				     "page again");
	reply.status = MHD_HTTP_METHOD_NOT_ALLOWED;
	if (post && strcmp(q->path, LOGIN_PATH) != 0)
		return send_sentence(w, c, q, &reply, "nothing is changed by this page");
	if (!post && strcmp(method, MHD_HTTP_METHOD_GET) != 0 &&
	    strcmp(method, MHD_HTTP_METHOD_HEAD) != 0)
		return send_sentence(w, c, q, &reply, "only GET, HEAD, and POST to log in");
	return MHD_YES;
}

static enum MHD_Result
/* NOLINTNEXTLINE(readability-function-size): the library fixes its parameters. */
on_request(void *arg, struct MHD_Connection *c, const char *decoded, const char *method,
	   const char *version, const char *upload, size_t *upload_bytes, void **state)
{
	struct web *w = arg;
	struct visit *q = *state;

	(void)decoded;
	(void)version;
	if (!q->begun) {
		q->begun = true;
		return begin(w, c, q, method);
	}
	if (*upload_bytes) {
		buf_add(&q->form, upload, *upload_bytes);
		*upload_bytes = 0;
		return MHD_YES;
	}
	if (strcmp(q->path, LOGIN_PATH) != 0)
		return serve(w, c, q);
	if (!strcmp(method, MHD_HTTP_METHOD_POST))
		return login_post(w, c, q);
	return login_get(w, c, !strcmp(method, MHD_HTTP_METHOD_HEAD));
}

static void
on_completed(void *arg, struct MHD_Connection *c, void **state, enum MHD_RequestTerminationCode why)
{
	struct visit *q = *state;

	struct web *w = arg;
	struct guest *guest = guest_of(w, c);

	(void)why;
	if (guest)
		guest_answered(&w->guests, guest, (int64_t)uv_now(&w->loop));
	if (!q)
		return;
	buf_release(&q->form);
	free(q->path);
	free(q);
	*state = NULL;
}

/* ---- who comes and goes ---- */

/* The library closes a connection from which nothing can come any more. */
static void
show_out(int fd)
{
	if (fd >= 0)
		(void)shutdown(fd, SHUT_RDWR);
}

static void
on_sweep(uv_timer_t *sweep)
{
	struct web *w = sweep->data;
	int fd;

	while ((fd = guests_overdue(&w->guests, (int64_t)uv_now(&w->loop))) >= 0)
		show_out(fd);
	if (!w->guests.first)
		(void)uv_timer_stop(sweep);
}

static void
on_connection(void *arg, struct MHD_Connection *c, void **guest,
	      enum MHD_ConnectionNotificationCode what)
{
	const union MHD_ConnectionInfo *info;
	struct web *w = arg;

	if (what == MHD_CONNECTION_NOTIFY_CLOSED) {
		guest_go(&w->guests, *guest);
		*guest = NULL;
		return;
	}
	info = w->mhd.get_connection_info(c, MHD_CONNECTION_INFO_CONNECTION_FD);
	if (!info)
		return;
	*guest = guest_come(&w->guests, (int)info->connect_fd, (int64_t)uv_now(&w->loop));
	show_out(guests_surplus(&w->guests));
	if (!uv_is_active((uv_handle_t *)&w->sweep))
		(void)uv_timer_start(&w->sweep, on_sweep, SWEEP_MS, SWEEP_MS);
}

/* ---- the loop ---- */

static void on_timer(uv_timer_t *timer);

/* Let the library work, then ask it when it wants to be called without traffic. */
static void
turn(struct web *w)
{
	MHD_UNSIGNED_LONG_LONG ms;

	(void)w->mhd.run(w->daemon);
	if (w->mhd.get_timeout(w->daemon, &ms) == MHD_YES)
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

static enum err_code
start_daemon(struct web *w, struct err *err)
{
	const union MHD_DaemonInfo *info;

	w->daemon = w->mhd.start_daemon(
	    MHD_USE_EPOLL, 0, NULL, NULL, on_request, w, MHD_OPTION_LISTEN_SOCKET, w->at.fd,
	    MHD_OPTION_URI_LOG_CALLBACK, on_target, w, MHD_OPTION_NOTIFY_COMPLETED, on_completed, w,
	    MHD_OPTION_NOTIFY_CONNECTION, on_connection, w, MHD_OPTION_CONNECTION_LIMIT,
	    (unsigned)CONNECTIONS_MAX, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
	    (size_t)CONNECTION_BYTES_MAX, MHD_OPTION_CONNECTION_TIMEOUT,
	    (unsigned)CONNECTION_TIMEOUT_S, MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_END);
	if (!w->daemon)
		return err_set(err, ERR_SYSTEM,
			       "start the web server on %s:%d: the library refused", w->at.host,
			       w->at.port);
	w->at.fd = -1; /* the daemon closes it */
	info = w->mhd.get_daemon_info(w->daemon, MHD_DAEMON_INFO_EPOLL_FD);
	if (!info || uv_poll_init(&w->loop, &w->poll, info->epoll_fd))
		return err_set(err, ERR_SYSTEM, "start the web server: no epoll descriptor");
	w->poll.data = w->timer.data = w->sweep.data = w;
	(void)uv_poll_start(&w->poll, UV_READABLE, on_traffic);
	return ERR_NONE;
}

static void
announce(const struct web *w)
{
	const char *prefix = w->settings.web_prefix;

	log_tell(&w->log, "http://%s:%d%s/ (the token is in %s/.tidemill/token)", w->at.host,
		 w->at.port, prefix, w->project_dir);
	log_tell(&w->log, "log in once with http://%s:%d%s" LOGIN_PATH "?code=%s", w->at.host,
		 w->at.port, prefix, w->tokens.login);
}

static void
close_each(uv_handle_t *handle, void *arg)
{
	(void)arg;
	if (!uv_is_closing(handle))
		uv_close(handle, NULL);
}

/* Whoever waits for the page may go on. */
static void
tell_ready(const struct web_options *options, uint16_t port)
{
	if (options->ready_fd <= 0)
		return;
	(void)!write(options->ready_fd, &port, sizeof(port));
	(void)close(options->ready_fd);
}

/* What is wrong with them is said, and the page comes up without it. */
static void
read_settings(struct web *w)
{
	struct diags diags;
	struct buf text;

	diags_init(&diags);
	project_settings(&w->settings, w->project_dir, &diags);
	if (diags.count) {
		buf_init(&text, 1 << 20);
		diags_render(&diags, false, log_columns(&w->log), &text);
		log_block(&w->log, LOG_WARN, text.data);
		buf_release(&text);
	}
	diags_release(&diags);
}

int
web_main(const struct web_options *options)
{
	struct web w = {
		.log = options->log,
		.project_dir = options->project_dir,
		.at.fd = -1,
	};
	struct err err = { 0 };
	enum err_code code;

	if (uv_loop_init(&w.loop))
		return 1;
	(void)uv_timer_init(&w.loop, &w.timer);
	(void)uv_timer_init(&w.loop, &w.sweep);
	read_settings(&w);
	(void)uv_signal_init(&w.loop, &w.on_term);
	(void)uv_signal_init(&w.loop, &w.on_int);
	(void)uv_signal_start(&w.on_term, on_signal, SIGTERM);
	(void)uv_signal_start(&w.on_int, on_signal, SIGINT);
	code = dyn_load(&mhd_library, &w.mhd, &err);
	if (!code)
		code = tokens_open(&w.tokens, w.project_dir, &err);
	if (!code)
		code = listener_open(&w.at, options->listen, &err);
	(void)snprintf(w.cookie, sizeof(w.cookie), "tidemill_%d", w.at.port);
	if (!code)
		code = start_daemon(&w, &err);
	if (!code) {
		announce(&w);
		tell_ready(options, (uint16_t)w.at.port);
		(void)uv_run(&w.loop, UV_RUN_DEFAULT);
	} else {
		log_line(&w.log, LOG_ERROR, "%s", err.msg);
	}
	uv_walk(&w.loop, close_each, NULL);
	(void)uv_run(&w.loop, UV_RUN_DEFAULT);
	if (w.daemon)
		w.mhd.stop_daemon(w.daemon);
	if (w.at.fd >= 0)
		(void)close(w.at.fd);
	stale_memory_release(&w.memory);
	(void)uv_loop_close(&w.loop);
	return code == ERR_NONE ? 0 : code == ERR_INPUT ? 2 : 1;
}

void
web_libraries(struct library_list *list)
{
	static const struct dyn_symbol symbols[] = { { "MHD_get_version", 0 } };
	static const struct dyn library = { "libmicrohttpd.so.12", "libmicrohttpd12", symbols,
					    countof(symbols) };
	struct {
		__typeof__(&MHD_get_version) version;
	} mhd;
	struct err err;

	library_add(list, "libuv", uv_version_string());
	library_add(list, "libmicrohttpd",
		    dyn_load(&library, &mhd, &err) ? "missing" : mhd.version());
}
