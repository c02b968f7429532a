/*
 * route.h - addresses of the status page as rows.  Pure but for the view that a row's function
 * reads.
 *
 * A request is matched to a row first; a row says who may have it.  The zero
 * value of `open` is no: a new row wants a token.  Segments ":" match one path
 * segment each, percent-decoded.
 */
#ifndef SCHEDULER_ROUTE_H
#define SCHEDULER_ROUTE_H

#include "core/view.h"

enum { ROUTE_SEGMENTS_MAX = 8, ROUTE_PATH_BYTES_MAX = 2048, PAGE_BYTES_MAX = 32 << 20 };

/* A request that matched, and the answer under way. */
struct exchange {
	const char *project_dir;
	const char *args[ROUTE_SEGMENTS_MAX]; /* what the ":" segments were */
	const char *(*query)(const struct exchange *x, const char *name); /* ?name=, or NULL */
	void *connection;
	int64_t now_us;
	struct view *view; /* a snapshot; NULL: nothing has run yet */
	int status;        /* HTTP; 200 until somebody says otherwise */
	const char *type;  /* content type */
	struct buf body;
};

struct route {
	const char *path;  /* "/dags/:" */
	const char *title; /* of the page; NULL: not a page of ours */
	bool open;         /* nobody has to be known */
	bool no_state;     /* does not read the database */
	/* ERR_NOT_FOUND becomes 404, anything else 500 with the sentence on stderr only. */
	enum err_code (*answer)(struct exchange *x, struct err *err);
};

extern const struct route route_table[];
extern const size_t route_count;

/*
 * The row of a path, its ":" segments copied into `room` (ROUTE_PATH_BYTES_MAX)
 * and pointed to by args.  NULL: there is none, or the path is malformed
 * (NUL, '/', '.' or '..' as a decoded segment, a bad escape).
 */
const struct route *route_find(const char *path, const char **args, char *room);

/* Pages (page.c), JSON (api.c), and the style sheet. */
enum err_code page_overview(struct exchange *x, struct err *err);
enum err_code page_dags(struct exchange *x, struct err *err);
enum err_code page_dag(struct exchange *x, struct err *err);
enum err_code page_run(struct exchange *x, struct err *err);
enum err_code page_attempt(struct exchange *x, struct err *err);
enum err_code page_datasets(struct exchange *x, struct err *err);
enum err_code page_dataset(struct exchange *x, struct err *err);
enum err_code page_log(struct exchange *x, struct err *err);
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

#endif
