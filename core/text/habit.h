/*
 * habit.h - words that people bring along from other tools, and what is meant here.
 *
 * A key, a value or a template variable of Airflow, dbt, Dagu or SQL that is not
 * ours is answered with ours.  A habit only ever becomes help for a mistake: no
 * second spelling is accepted.  To add one: a row in habits.inc.
 */
#ifndef CORE_TEXT_HABIT_H
#define CORE_TEXT_HABIT_H

#include "core/base/base.h"

enum habit_place {
	HABIT_KEY,      /* of a map */
	HABIT_VALUE,    /* a word; its case and what follows a '(' or a blank do not matter */
	HABIT_TEMPLATE, /* how what stands between {{ and }} begins */
};

struct habit {
	enum habit_place place;
	const char *word, *ours; /* ours NULL: there is no such thing here, `help` says what is */
	const char *help;        /* NULL: "it is called 'ours' here" */
};

/*
 * What somebody means by `word` at a place where `known` are the n words that
 * may stand: a static row whose `ours` is one of them or NULL; NULL: no habit.
 */
const struct habit *habit_find(enum habit_place place, const char *word, const char *const *known,
			       size_t n);

#endif
