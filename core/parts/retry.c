/* retry.c - the keys of a DAG file that say whether and when a task is tried again. */
#include "core/parts/retry.h"

#include "core/base/words.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define AT(field) offsetof(struct retry, field)

enum { STATUS_MAX = 255, ENDS_MAX = 100 };

/* Signals that end a program, by name; those that stop or wake one are no end. */
static const struct {
	const char *name;
	int signal;
} signals[] = {
	{ "SIGHUP", SIGHUP },   { "SIGINT", SIGINT },   { "SIGQUIT", SIGQUIT },
	{ "SIGILL", SIGILL },   { "SIGTRAP", SIGTRAP }, { "SIGABRT", SIGABRT },
	{ "SIGBUS", SIGBUS },   { "SIGFPE", SIGFPE },   { "SIGKILL", SIGKILL },
	{ "SIGUSR1", SIGUSR1 }, { "SIGSEGV", SIGSEGV }, { "SIGUSR2", SIGUSR2 },
	{ "SIGPIPE", SIGPIPE }, { "SIGALRM", SIGALRM }, { "SIGTERM", SIGTERM },
	{ "SIGXCPU", SIGXCPU }, { "SIGXFSZ", SIGXFSZ }, { "SIGVTALRM", SIGVTALRM },
	{ "SIGPROF", SIGPROF }, { "SIGIO", SIGIO },     { "SIGPWR", SIGPWR },
	{ "SIGSYS", SIGSYS },
};

enum { WORDS_MAX = countof(signals) + OUTCOME_COUNT };

/* All words that an item may be, for a guess at what was meant. */
static size_t
all_words(const char *words[WORDS_MAX])
{
	size_t n = 0;

	for (int i = 0; i < OUTCOME_COUNT; i++) {
		enum account account = outcome_account((enum outcome)i);

		if (account != ACCOUNT_NONE && account != ACCOUNT_HELD)
			words[n++] = outcome_name((enum outcome)i);
	}
	for (size_t i = 0; i < countof(signals); i++)
		words[n++] = signals[i].name;
	return n;
}

/* One list while it is read. */
struct end_reader {
	struct yreader *r;
	const char *name;
	bool asks;     /* it is retry_on */
	bool of_group; /* a group is tried again from its first task: no end is the same then */
	struct end_list *ends;
	struct status_range *statuses;
};

/* "3", "10-20": digits, perhaps '-' and digits.  False: it is no number at all. */
static bool
is_status(const char *text, long *first, long *last)
{
	char *end;

	if (*text < '0' || *text > '9' || strlen(text) > 12)
		return false;
	*first = *last = strtol(text, &end, 10);
	if (*end == '-' && end[1] >= '0' && end[1] <= '9')
		*last = strtol(end + 1, &end, 10);
	return *end == '\0';
}

static void
add_status(struct end_reader *l, const struct ynode *item, long first, long last)
{
	if (first == 0) {
		ykeys_say(l->r, item, E0630, "statuses from 1 to 255 are failures",
			  "exit status 0 is success: there is nothing to retry");
	} else if (first > last || last > STATUS_MAX) {
		ykeys_say(
		    l->r, item, E0630, first > last ? "write the lower one first: 10-20" : NULL,
		    "an exit status is a number from 1 to %d, a range goes upwards", STATUS_MAX);
	} else {
		l->statuses[l->ends->n_statuses++] = (struct status_range){ (uint8_t)first,
									    (uint8_t)last };
	}
}

static bool
add_signal(struct end_reader *l, const char *text)
{
	for (size_t i = 0; i < countof(signals); i++) {
		if (strcmp(text, signals[i].name) != 0)
			continue;
		l->ends->signals |= UINT64_C(1) << (signals[i].signal - 1);
		return true;
	}
	return false;
}

/* What is meant by a word that is no end: SIGTERM by TERM or sigterm, or the nearest one. */
static const char *
meant_end(struct yreader *r, const char *text)
{
	const char *words[WORDS_MAX];

	for (size_t i = 0; i < countof(signals); i++) {
		const char *name = signals[i].name;
		size_t room = strlen(name) + 7;
		char *help;

		if (strcasecmp(text, name) != 0 && strcasecmp(text, name + 3) != 0)
			continue;
		help = arena_get(r->arena, room);
		(void)snprintf(help, room, "write %s", name);
		return help;
	}
	return ykeys_nearest(r, text, words, all_words(words));
}

static bool
add_outcome(struct end_reader *l, const struct ynode *item)
{
	int outcome = outcome_of(item->text);
	enum account account = outcome < 0 ? ACCOUNT_NONE : outcome_account((enum outcome)outcome);

	if (account == ACCOUNT_NONE || account == ACCOUNT_HELD)
		return false;
	if (account == ACCOUNT_NEVER && !l->of_group)
		ykeys_say(l->r, item, E0631,
			  l->asks ? "take it out: correct what is wrong, then `tidemill runs clear`"
				  : "take it out: it says nothing new",
			  "'%s' is never retried: the same inputs would end the same", item->text);
	else if (l->asks && account == ACCOUNT_SYSTEM && !l->of_group)
		ykeys_say(l->r, item, E0631, "how often says 'infra_retries'",
			  "'%s' is not the task's doing and is retried on an account of its own",
			  item->text);
	else
		l->ends->outcomes |= 1U << outcome;
	return true;
}

/* Outcomes that the list decides about. */
static void
say_no_end(struct end_reader *l, const struct ynode *item)
{
	const char *words[OUTCOME_COUNT];
	struct buf outcomes;
	size_t n = 0;

	for (int i = 0; i < OUTCOME_COUNT; i++) {
		enum account account = outcome_account((enum outcome)i);

		if (account == ACCOUNT_USER || account == ACCOUNT_ASKED ||
		    (account == ACCOUNT_SYSTEM && (!l->asks || l->of_group)))
			words[n++] = outcome_name((enum outcome)i);
	}
	buf_init(&outcomes, SIZE_MAX / 2);
	words_or(words, n, &outcomes);
	ykeys_say(l->r, item, E0630, meant_end(l->r, item->text),
		  "'%s' is no exit status (3, 10-20), no signal that ends a program (SIGKILL) and "
		  "no outcome (%s)",
		  item->text, outcomes.data);
	buf_release(&outcomes);
}

static void
add_item(struct end_reader *l, const struct ynode *item)
{
	long first, last;

	if (item->broken)
		return;
	if (item->kind != YNODE_SCALAR || ynode_is_null(item))
		ykeys_say(l->r, item, E0217, NULL, "each item of '%s' has to be a single value",
			  l->name);
	else if (is_status(item->text, &first, &last))
		add_status(l, item, first, last);
	else if (!add_signal(l, item->text) && !add_outcome(l, item))
		say_no_end(l, item);
}

static void
read_list(struct yreader *r, const struct key *row, const struct ynode *key, void *base,
	  bool of_group)
{
	const struct ynode *value = key->value;
	const struct ynode *item = value->kind == YNODE_LIST ? value->first : value;
	size_t n = value->kind == YNODE_LIST ? value->count : 1;
	struct end_reader l = { .r = r,
				.name = row->name,
				.asks = row->at == AT(on),
				.of_group = of_group,
				.ends = (void *)((char *)base + row->at) };

	if (value->broken)
		return;
	*l.ends = (struct end_list){ .given = true };
	if (value->kind == YNODE_MAP || n == 0 || n > ENDS_MAX || (n == 1 && ynode_is_null(item))) {
		ykeys_say(r, n ? value : key, E0216, NULL,
			  "'%s' has to be a list of one to %d values", row->name, ENDS_MAX);
		return;
	}
	l.ends->statuses = l.statuses = arena_get(r->arena, n * sizeof(*l.statuses));
	for (; item; item = value->kind == YNODE_LIST ? item->next : NULL)
		add_item(&l, item);
}

static void
read_ends(struct yreader *r, const struct key *row, const struct ynode *key, void *base)
{
	read_list(r, row, key, base, false);
}

static void
read_group_ends(struct yreader *r, const struct key *row, const struct ynode *key, void *base)
{
	read_list(r, row, key, base, true);
}

static const char *const presets[] = { "airflow", NULL };

static void
read_preset(struct yreader *r, const struct key *row, const struct ynode *key, void *base)
{
	struct retry *retry = base;
	int which;

	(void)row;
	if (!ykeys_word(r, key, presets, &which))
		return;
	retry->delay_us = 5 * MINUTE_US;
	retry->max_delay_us = 24 * HOUR_US;
	retry->backoff = 1;
	retry->jitter = 0;
}

/* The preset comes first: what stands beside it has the last word. */
#define PLAIN_KEYS                                                                             \
	{ "preset", WANT_CUSTOM, .read = read_preset },                                        \
	    { "retries", WANT_INT, .at = AT(retries), .max = RETRIES_MAX },                    \
	    { "retry_delay", WANT_DURATION, .at = AT(delay_us), .max = 7.0 * DAY_US },         \
	    { "backoff", WANT_NUMBER, .at = AT(backoff), .min = 1, .max = 100 },               \
	    { "max_retry_delay", WANT_DURATION, .at = AT(max_delay_us), .max = 7.0 * DAY_US }, \
	    { "jitter", WANT_CHANCE, .at = AT(jitter) },                                       \
	{                                                                                      \
		"retry_budget", WANT_DURATION, .at = AT(budget_us), .min = SECOND_US,          \
					       .max = 365.0 * DAY_US                           \
	}

static const struct key keys[] = {
	PLAIN_KEYS,
	{ "infra_retries", WANT_INT, .at = AT(infra_retries), .max = RETRIES_MAX },
	{ "retry_on", WANT_CUSTOM, .at = AT(on), .read = read_ends },
	{ "no_retry_on", WANT_CUSTOM, .at = AT(never), .read = read_ends },
};

static const struct key group_keys[] = {
	PLAIN_KEYS,
	{ "retry_on", WANT_CUSTOM, .at = AT(on), .read = read_group_ends },
	{ "no_retry_on", WANT_CUSTOM, .at = AT(never), .read = read_group_ends },
};

void
dagfile_retry_begin(struct retry *retry)
{
	*retry = (struct retry){
		.infra_retries = INFRA_RETRIES,
		.delay_us = MINUTE_US,
		.max_delay_us = HOUR_US,
		.backoff = 2,
		.jitter = 0.5,
	};
}

struct keyset
dagfile_retry_keys(struct retry *retry)
{
	return (struct keyset)KEYSET(keys, retry);
}

struct keyset
dagfile_group_retry_keys(struct retry *retry)
{
	return (struct keyset)KEYSET(group_keys, retry);
}

/* What both lists mean, in words; false: nothing. */
static bool
find_both(const struct end_list *on, const struct end_list *never, char *out, size_t room)
{
	uint32_t outcomes = on->outcomes & never->outcomes;
	uint64_t both = on->signals & never->signals;

	if (never->outcomes >> OUTCOME_SIGNAL & 1)
		both |= on->signals;
	for (int i = 0; i < OUTCOME_COUNT; i++)
		if (outcomes >> i & 1)
			return snprintf(out, room, "'%s'", outcome_name((enum outcome)i)) > 0;
	for (size_t i = 0; i < countof(signals); i++)
		if (both >> (signals[i].signal - 1) & 1)
			return snprintf(out, room, "%s", signals[i].name) > 0;
	for (size_t i = 0; i < on->n_statuses; i++) {
		struct status_range a = on->statuses[i];

		if (never->outcomes >> OUTCOME_ERROR & 1)
			return snprintf(out, room, "exit status %d", a.first) > 0;
		for (size_t k = 0; k < never->n_statuses; k++) {
			struct status_range b = never->statuses[k];

			if (a.first <= b.last && b.first <= a.last)
				return snprintf(out, room, "exit status %d",
						a.first > b.first ? a.first : b.first) > 0;
		}
	}
	return false;
}

void
dagfile_retry_check(struct yreader *r, const struct ynode *map, const struct retry *retry)
{
	const struct ynode *on = ynode_get(map, "retry_on");
	const struct ynode *never = ynode_get(map, "no_retry_on");
	char both[64];

	/* Where neither stands, what is inherited was looked at there. */
	if ((on || never) && find_both(&retry->on, &retry->never, both, sizeof(both)))
		ykeys_say(r, on ? on : never, E0632,
			  "'error' and 'signal' in retry_on may have exceptions in no_retry_on",
			  "%s is in retry_on and in no_retry_on", both);
}
