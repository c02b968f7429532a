/* route.c - addresses of the status page as rows. */
#include "scheduler/page/route.h"

#include <stdlib.h>
#include <string.h>

enum { NUMBER_DIGITS_MAX = 18 }; /* what surely fits into an int64_t */

const struct route route_table[] = {
	{ .path = "/healthz", .answer = healthz, .state = STATE_UNUSED, .open = true },
	{ .path = "/style.css", .answer = style_sheet, .state = STATE_UNUSED, .open = true },
	{ .path = "/", .answer = page_overview, .state = STATE_OPTIONAL },
	{ .path = "/dags", .answer = page_dags, .state = STATE_OPTIONAL },
	{ .path = "/dags/:", .answer = page_dag },
	{ .path = "/dags/:/runs/:", .answer = page_run },
	{ .path = "/dags/:/runs/:/tasks/:", .answer = page_task },
	{ .path = "/attempts/:", .answer = page_attempt },
	{ .path = "/attempts/:/log", .answer = attempt_log },
	{ .path = "/datasets", .answer = page_datasets, .state = STATE_OPTIONAL },
	{ .path = "/datasets/:", .answer = page_dataset },
	{ .path = "/api/v1/overview", .answer = api_overview },
	{ .path = "/api/v1/dags", .answer = api_dags },
	{ .path = "/api/v1/dags/:", .answer = api_dag },
	{ .path = "/api/v1/dags/:/grid", .answer = api_grid },
	{ .path = "/api/v1/dags/:/runs/:", .answer = api_run },
	{ .path = "/api/v1/runs", .answer = api_runs },
	{ .path = "/api/v1/attempts/:", .answer = api_attempt },
	{ .path = "/api/v1/attempts/:/log", .answer = attempt_log },
	{ .path = "/api/v1/datasets", .answer = api_datasets },
	{ .path = "/api/v1/datasets/:", .answer = api_dataset },
	{ .path = "/api/v1/checks", .answer = api_checks },
	{ .path = "/api/v1/import-errors", .answer = api_import_errors, .state = STATE_UNUSED },
};

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

			if (length < 0 || n == ROUTE_SEGMENTS_MAX)
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

bool
route_number(const char *text, int64_t *out)
{
	size_t digits = strspn(text, "0123456789");

	if (digits == 0 || digits > NUMBER_DIGITS_MAX || text[digits] || text[0] == '0')
		return false;
	*out = strtoll(text, NULL, 10);
	return true;
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
