/*
 * exchange.h - a request for a page, and the answer under way.
 *
 * The server (scheduler/web) fills it, a function of this room answers it:
 *
 *   enum err_code page_NAME(struct exchange *x, struct err *err);
 *
 * which adds to x->body and says x->type.  Of its errors ERR_NOT_FOUND becomes
 * 404 and ERR_INPUT 400, both with the sentence; ERR_LIMIT and ERR_BUSY 503,
 * anything else 500, with the sentence on the server's stderr only.
 */
#ifndef SCHEDULER_PAGE_EXCHANGE_H
#define SCHEDULER_PAGE_EXCHANGE_H

#include "core/base/buf.h"
#include "core/view/open.h"

#define EXCHANGE_REFRESH "10" /* ?refresh=: so many seconds, or not at all */

enum { EXCHANGE_ARGS_MAX = 8, PAGE_BYTES_MAX = 32 << 20 };

struct exchange {
	const char *project_dir;
	const char *args[EXCHANGE_ARGS_MAX]; /* what the ":" segments of the address were */
	/* ?name= of the address, decoded; NULL when it is not there.  Lives as long as x. */
	const char *(*query)(const struct exchange *x, const char *name);
	const char *params; /* names that the query may have, one space between two; "" */
	const void *server; /* its own, for query() */
	const char *prefix; /* before every address of ours: "/path" of a proxy, or "" */
	int64_t now_us;
	struct stale_memory *memory; /* what the server knows of files from earlier requests */
	struct view *view; /* a snapshot; NULL: nothing has run yet, or the row does not want it */
	const char *type;  /* content type */
	char *saved_as;    /* owned; a browser saves it in a file of that name; NULL: it shows it */
	bool lasting;      /* what this address gives never changes */
	struct buf body;
};

/* Does a list of names, as `params` is one, hold the first `bytes` of `name` as one of them? */
bool exchange_names(const char *names, const char *name, size_t bytes);

/* A key in an address, from 1: decimal digits and nothing else, no zero in front. */
bool exchange_number(const char *text, int64_t *out);

/* ?name= as a number from 1 to max; `otherwise` when it is not given.  ERR_INPUT: it is none. */
enum err_code exchange_count(const struct exchange *x, const char *name, int64_t otherwise,
			     int64_t max, int64_t *out, struct err *err) MUST_CHECK;

/*
 * ?name= as one of `words`, which end with NULL: its index, or -1 when it is not
 * given.  ERR_INPUT names the words.
 */
enum err_code exchange_word(const struct exchange *x, const char *name, const char *const *words,
			    int *out, struct err *err) MUST_CHECK;

/* The place in a list of runs that ?before= or ?after= say: keys, 0 when not given. */
enum err_code exchange_place(const struct exchange *x, int64_t *before, int64_t *after,
			     struct err *err) MUST_CHECK;

/* Is a dag that a parameter names known?  ERR_INPUT: no. */
enum err_code exchange_dag(const struct exchange *x, const char *dag, struct err *err) MUST_CHECK;

/* ?state= as the state of a run; NULL when it is not given. */
enum err_code exchange_run_state(const struct exchange *x, const char **out,
				 struct err *err) MUST_CHECK;

/* ?state= as the state of a task; NULL when it is not given. */
enum err_code exchange_task_state(const struct exchange *x, const char **out,
				  struct err *err) MUST_CHECK;

#endif
