/*
 * internal.h - the server of the status page, as its own files see it.  Nobody else includes it.
 */
#ifndef SCHEDULER_WEB_INTERNAL_H
#define SCHEDULER_WEB_INTERNAL_H

#include "core/base/buf.h"
#include "core/base/log.h"
#include "core/project/settings.h"
#include "core/view/stale.h"
#include "scheduler/web/guests.h"
#include "scheduler/web/listen.h"
#include "scheduler/web/token.h"

#include <microhttpd.h>
#include <uv.h>

#define LOGIN_PATH "/login"

/* What is used of libmicrohttpd. */
struct mhd {
	__typeof__(&MHD_add_response_header) add_response_header;
	__typeof__(&MHD_create_response_from_buffer) create_response_from_buffer;
	__typeof__(&MHD_destroy_response) destroy_response;
	__typeof__(&MHD_get_connection_info) get_connection_info;
	__typeof__(&MHD_get_connection_values_n) get_connection_values_n;
	__typeof__(&MHD_get_daemon_info) get_daemon_info;
	__typeof__(&MHD_get_timeout) get_timeout;
	__typeof__(&MHD_lookup_connection_value) lookup_connection_value;
	__typeof__(&MHD_queue_response) queue_response;
	__typeof__(&MHD_run) run;
	__typeof__(&MHD_start_daemon) start_daemon;
	__typeof__(&MHD_stop_daemon) stop_daemon;
};

struct web {
	struct mhd mhd;
	struct log log;
	const char *project_dir;
	char cookie[32]; /* its name, by the port: cookies do not tell ports apart */
	struct listener at;
	struct tokens tokens;
	struct settings settings;
	struct guests guests;
	struct stale_memory memory;
	struct MHD_Daemon *daemon;
	uv_loop_t loop;
	uv_poll_t poll;
	uv_timer_t timer;
	uv_timer_t sweep; /* while there are guests: who of them takes too long? */
	uv_signal_t on_term, on_int;
};

/* One request, from its first line on. */
struct visit {
	struct web *web;
	struct MHD_Connection *connection;
	char *path;      /* as sent, without prefix and query; NULL: it is no path of ours */
	bool begun;      /* its headers were looked at */
	struct buf form; /* of POST /login */
};

#endif
