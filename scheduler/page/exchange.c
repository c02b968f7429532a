/* exchange.c - a request for a page, and the answer under way. */
#include "scheduler/page/exchange.h"

#include "core/base/words.h"
#include "core/model/state.h"
#include "core/view/known.h"
#include "core/view/paged.h"

#include <stdlib.h>
#include <string.h>

enum { NUMBER_DIGITS_MAX = 18 }; /* what surely fits into an int64_t */

bool
exchange_names(const char *names, const char *name, size_t bytes)
{
	while (*names) {
		size_t n = strcspn(names, " ");

		if (n == bytes && !memcmp(names, name, n))
			return true;
		names += n;
		names += *names == ' ';
	}
	return false;
}

bool
exchange_number(const char *text, int64_t *out)
{
	size_t digits = strspn(text, "0123456789");

	if (digits == 0 || digits > NUMBER_DIGITS_MAX || text[digits] || text[0] == '0')
		return false;
	*out = strtoll(text, NULL, 10);
	return true;
}

enum err_code
exchange_count(const struct exchange *x, const char *name, int64_t otherwise, int64_t max,
	       int64_t *out, struct err *err)
{
	const char *text = x->query(x, name);
	int64_t n = otherwise;

	if (text && (!exchange_number(text, &n) || n > max))
		return err_set(err, ERR_INPUT, "%s has to be a number from 1 to %lld", name,
			       (long long)max);
	*out = n;
	return ERR_NONE;
}

enum err_code
exchange_word(const struct exchange *x, const char *name, const char *const *words, int *out,
	      struct err *err)
{
	const char *text = x->query(x, name);
	struct buf all;
	size_t n = 0;

	*out = -1;
	if (!text)
		return ERR_NONE;
	for (int i = 0; words[i]; i++) {
		if (!strcmp(words[i], text)) {
			*out = i;
			return ERR_NONE;
		}
	}
	while (words[n])
		n++;
	buf_init(&all, SIZE_MAX / 2);
	words_or(words, n, &all);
	(void)err_set(err, ERR_INPUT, "%s has to be %s", name, all.data);
	buf_release(&all);
	return ERR_INPUT;
}

enum err_code
exchange_place(const struct exchange *x, int64_t *before, int64_t *after, struct err *err)
{
	const char *from = x->query(x, "after");
	enum err_code code = exchange_count(x, "before", 0, INT64_MAX, before, err);

	*after = 0;
	if (code || !from)
		return code;
	if (*before)
		return err_set(err, ERR_INPUT, "before and after do not go together");
	if (!strcmp(from, "oldest"))
		*after = VIEW_FROM_OLDEST;
	else if (!exchange_number(from, after))
		return err_set(err, ERR_INPUT, "after has to be the key of a run, or 'oldest'");
	return ERR_NONE;
}

enum err_code
exchange_dag(const struct exchange *x, const char *dag, struct err *err)
{
	enum err_code code = known_dag(x->view, dag, err);

	if (code == ERR_NOT_FOUND)
		err->code = code = ERR_INPUT;
	return code;
}

/* The first state of each list is the one that nothing is in. */
static enum err_code
state_of(const struct exchange *x, const char *const *states, const char **out, struct err *err)
{
	enum err_code code;
	int at;

	code = exchange_word(x, "state", states + 1, &at, err);
	*out = code || at < 0 ? NULL : states[1 + at];
	return code;
}

#define X(id, name) name,

enum err_code
exchange_run_state(const struct exchange *x, const char **out, struct err *err)
{
	static const char *const states[] = { RUN_STATES(X) NULL };

	return state_of(x, states, out, err);
}

enum err_code
exchange_task_state(const struct exchange *x, const char **out, struct err *err)
{
	static const char *const states[] = { TASK_STATES(X) NULL };

	return state_of(x, states, out, err);
}

#undef X
