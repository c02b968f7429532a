/* route.c - addresses of the status page as rows. */
#include "scheduler/web/route.h"

#include "scheduler/page/api.h"
#include "scheduler/page/attempt.h"
#include "scheduler/page/dag.h"
#include "scheduler/page/dataset.h"
#include "scheduler/page/overview.h"
#include "scheduler/page/run.h"
#include "scheduler/page/style.h"

#include <string.h>

/* clang-format off */
const struct route route_table[] = {
	{ "/healthz",                  healthz,           STATE_UNUSED,   CAN_ALL, "" },
	{ "/style.css",                style_sheet,       STATE_UNUSED,   CAN_ALL, "v" },
	{ "/",                         page_overview,     STATE_OPTIONAL, CAN_READ, "refresh" },
	{ "/dags",                     page_dags,         STATE_OPTIONAL, CAN_READ,
	  "refresh search condition before after" },
	{ "/dags/:",                   page_dag,          STATE_NEEDED,   CAN_READ,
	  "refresh limit page before after" },
	{ "/dags/:/runs/:",            page_run,          STATE_NEEDED,   CAN_READ,
	  "refresh state page" },
	{ "/dags/:/runs/:/tasks/:",    page_task,         STATE_NEEDED,   CAN_READ,
	  "refresh state page" },
	{ "/attempts/:",               page_attempt,      STATE_NEEDED,   CAN_READ, "refresh" },
	{ "/attempts/:/log",           attempt_log,       STATE_NEEDED,   CAN_READ, "tail" },
	{ "/attempts/:/artifacts/:",   attempt_artifact,  STATE_NEEDED,   CAN_READ, "" },
	{ "/runs",                     page_runs,         STATE_NEEDED,   CAN_READ,
	  "refresh dag state before after" },
	{ "/pools",                    page_pools,        STATE_OPTIONAL, CAN_READ, "refresh" },
	{ "/datasets",                 page_datasets,     STATE_OPTIONAL, CAN_READ,
	  "refresh before after" },
	{ "/datasets/:",               page_dataset,      STATE_NEEDED,   CAN_READ,
	  "refresh before after" },
	{ "/api/v1/overview",          api_overview,      STATE_NEEDED,   CAN_READ, "" },
	{ "/api/v1/dags",              api_dags,          STATE_NEEDED,   CAN_READ,
	  "limit after search" },
	{ "/api/v1/dags/:",            api_dag,           STATE_NEEDED,   CAN_READ, "" },
	{ "/api/v1/dags/:/grid",       api_grid,          STATE_NEEDED,   CAN_READ, "limit" },
	{ "/api/v1/dags/:/runs/:",     api_run,           STATE_NEEDED,   CAN_READ,
	  "limit after" },
	{ "/api/v1/runs",              api_runs,          STATE_NEEDED,   CAN_READ,
	  "limit dag state before after" },
	{ "/api/v1/attempts/:",        api_attempt,       STATE_NEEDED,   CAN_READ, "" },
	{ "/api/v1/attempts/:/log",    attempt_log,       STATE_NEEDED,   CAN_READ, "tail" },
	{ "/api/v1/attempts/:/artifacts/:", attempt_artifact, STATE_NEEDED, CAN_READ, "" },
	{ "/api/v1/datasets",          api_datasets,      STATE_NEEDED,   CAN_READ, "" },
	{ "/api/v1/datasets/:",        api_dataset,       STATE_NEEDED,   CAN_READ,
	  "limit partition before after" },
	{ "/api/v1/checks",            api_checks,        STATE_NEEDED,   CAN_READ,
	  "limit dataset partition" },
	{ "/api/v1/pools",             api_pools,         STATE_OPTIONAL, CAN_READ, "" },
	{ "/api/v1/pools/:",           api_pool,          STATE_OPTIONAL, CAN_READ, "" },
	{ "/metrics",                  metrics,           STATE_OPTIONAL, CAN_READ, "" },
	{ "/api/v1/import-errors",     api_import_errors, STATE_UNUSED,   CAN_READ, "" },
};
/* clang-format on */

const size_t route_count = countof(route_table);

static int
hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Decode `bytes` of one segment to `out`; the length, or -1 when it is no plain name. */
static int
decode(const char *segment, size_t bytes, char *out)
{
	int n = 0;

	for (size_t i = 0; i < bytes; i++) {
		int high, low;
		char c = segment[i];

		if (c == '%') {
			if (bytes - i < 3)
				return -1;
			high = hex(segment[i + 1]);
			low = hex(segment[i + 2]);
			if (high < 0 || low < 0)
				return -1;
			c = (char)(high << 4 | low);
			i += 2;
		}
		if ((unsigned char)c < 0x20 || c == 0x7f || c == '/')
			return -1;
		out[n++] = c;
	}
	out[n] = '\0';
	return !strcmp(out, ".") || !strcmp(out, "..") ? -1 : n;
}

/* True when `path` is the row's; ":" segments are decoded. */
static bool
match(const char *row, const char *path, const char **args, char *room)
{
	size_t n = 0;

	while (*row == '/' && *path == '/') {
		size_t want = strcspn(++row, "/"), have = strcspn(++path, "/");

		if (want == 1 && *row == ':') {
			int length = have ? decode(path, have, room) : -1;

			if (length < 0 || n == EXCHANGE_ARGS_MAX)
				return false;
			args[n++] = room;
			room += length + 1;
		} else if (want != have || memcmp(row, path, want) != 0) {
			return false;
		}
		row += want;
		path += have;
	}
	return !*row && !*path;
}

const struct route *
route_find(const char *path, const char **args, char *room)
{
	if (strlen(path) >= ROUTE_PATH_BYTES_MAX)
		return NULL;
	for (size_t i = 0; i < route_count; i++)
		if (match(route_table[i].path, path, args, room))
			return &route_table[i];
	return NULL;
}

bool
route_lets(const struct route *route, enum capability can)
{
	return route->takes != CAN_NOTHING && can >= route->takes;
}
