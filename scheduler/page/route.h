/*
 * route.h - addresses of the status page as rows.  Pure but for the view that a row's function
 * reads.
 *
 * A request is matched to a row first; a row says who may have it.  The zero
 * value of `open` is no: a new row wants a token.  Segments ":" match one path
 * segment each, percent-decoded.
 */
#ifndef SCHEDULER_PAGE_ROUTE_H
#define SCHEDULER_PAGE_ROUTE_H

#include "core/view/view.h"

enum { ROUTE_SEGMENTS_MAX = 8, ROUTE_PATH_BYTES_MAX = 2048, PAGE_BYTES_MAX = 32 << 20 };

/* A request that matched, and the answer under way. */
struct exchange {
	const char *project_dir;
	const char *args[ROUTE_SEGMENTS_MAX]; /* what the ":" segments were */
	const char *(*query)(const struct exchange *x, const char *name); /* ?name=, or NULL */
	void *connection;
	int64_t now_us;
	struct view *view; /* a snapshot; NULL: nothing has run yet, or the row does not want it */
	const char *type;  /* content type */
	struct buf body;
};

/* Whether a row reads the database.  The zero value is yes, and 404 while there is none. */
enum route_state { STATE_NEEDED, STATE_OPTIONAL, STATE_UNUSED };

struct route {
	const char *path; /* "/dags/:" */
	/*
	 * ERR_NOT_FOUND becomes 404 and ERR_INPUT 400, both with the sentence;
	 * ERR_LIMIT and ERR_BUSY 503, anything else 500, with the sentence on
	 * stderr only.
	 */
	enum err_code (*answer)(struct exchange *x, struct err *err);
	enum route_state state;
	bool open; /* nobody has to be known */
};

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

/* A key in an address, from 1: decimal digits and nothing else, no zero in front. */
bool route_number(const char *text, int64_t *out);

/* Pages (pages.c, pages_run.c), JSON (api.c), and the style sheet. */
enum err_code page_overview(struct exchange *x, struct err *err);
enum err_code page_dags(struct exchange *x, struct err *err);
enum err_code page_dag(struct exchange *x, struct err *err);
enum err_code page_run(struct exchange *x, struct err *err);
enum err_code page_task(struct exchange *x, struct err *err);
enum err_code page_attempt(struct exchange *x, struct err *err);
enum err_code page_datasets(struct exchange *x, struct err *err);
enum err_code page_dataset(struct exchange *x, struct err *err);
enum err_code attempt_log(struct exchange *x, struct err *err);
enum err_code style_sheet(struct exchange *x, struct err *err);
enum err_code healthz(struct exchange *x, struct err *err);
enum err_code api_overview(struct exchange *x, struct err *err);
enum err_code api_dags(struct exchange *x, struct err *err);
enum err_code api_dag(struct exchange *x, struct err *err);
enum err_code api_grid(struct exchange *x, struct err *err);
enum err_code api_runs(struct exchange *x, struct err *err);
enum err_code api_run(struct exchange *x, struct err *err);
enum err_code api_attempt(struct exchange *x, struct err *err);
enum err_code api_datasets(struct exchange *x, struct err *err);
enum err_code api_dataset(struct exchange *x, struct err *err);
enum err_code api_checks(struct exchange *x, struct err *err);
enum err_code api_import_errors(struct exchange *x, struct err *err);

#endif
